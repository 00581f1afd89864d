"""What rendering costs: against plain Manim, against encoding alone, and what planning and reuse add.

Run by hand: `python benchmarks/bench_render.py [film] [encoder] [reuse] [chapters]`; no name runs all. What
is compared is measured in CPU time, side by side in one run, so that a busy machine does not decide. Targets:
- film: a short film like a chapter, at 1080p60, costs at most 0.6 times what plain Manim takes to draw the
  same with `ImageMobject`s, at the same quality (SSIM against the frames before the encoder);
- encoder: drawing and encoding cost at most 1.5 times what encoding alone does;
- reuse: a build without changes takes below 2 s, one depth changed below 1.15 times that depth alone;
- chapters: passing over costs below 2 % of drawing; 32 workers are at least 24 times as fast as one.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE, STEPS, FPS = 32, 30, 60
EQUATION = "x_(t-1) = sqrt(alpha) x_0 + sqrt(1 - alpha) epsilon"
ANOTHER = "x_t = sqrt(beta) x_0 + sqrt(1 - beta) epsilon"

OURS = f'''
"""The film, as a chapter."""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from bench_render import ANOTHER, EQUATION, walk
from manim import FadeIn, FadeOut, ReplacementTransform, ValueTracker, linear
from course.stage import Chapter, Equation, Mosaic, Walk, theme

class Film(Chapter):
    title = "Film"
    question = "How long does it take?"

    def mechanism(self):
        t = ValueTracker(0)
        picture, words = Walk(walk(), t, height=5), theme.text("a butterfly")
        picture.move_to([-3, 0, 0]), words.move_to([3, 0, 0])
        self.play(FadeIn(picture), FadeIn(words), run_time=0.5)
        self.play(t.animate.set_value({STEPS}), run_time=3, rate_func=linear)
        self.wait(1)
        self.play(FadeOut(picture, words), run_time=0.5)
        mosaic = Mosaic(walk()[1:])
        self.play(FadeIn(mosaic), run_time=0.5)
        self.wait(1)
        self.play(FadeOut(mosaic), run_time=0.5)
        one, other = (Equation(source, definition="made up") for source in ({EQUATION!r}, {ANOTHER!r}))
        self.play(FadeIn(one), run_time=0.5)
        self.play(ReplacementTransform(one, other), run_time=1)
        self.wait(0.5)
'''

THEIRS = f'''
"""The same film in plain Manim."""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from bench_render import ANOTHER, EQUATION, walk
from manim import FadeIn, FadeOut, Group, ImageMobject, MathTypst, RESAMPLING_ALGORITHMS, Scene, Text, linear
from manim import ReplacementTransform, UpdateFromAlphaFunc

def image(pixels, height):
    made = ImageMobject(pixels)
    made.set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
    made.height = height
    return made

class Film(Scene):
    def construct(self):
        states = walk()
        picture, words = image(states[0], 5).move_to([-3, 0, 0]), Text("a butterfly").move_to([3, 0, 0])
        frames = [image(state, 5).pixel_array for state in states]
        def play(mobject, alpha):
            mobject.pixel_array = frames[round(alpha * {STEPS})]
        self.play(FadeIn(picture), FadeIn(words), run_time=0.5)
        self.play(UpdateFromAlphaFunc(picture, play), run_time=3, rate_func=linear)
        self.wait(1)
        self.play(FadeOut(picture, words), run_time=0.5)
        mosaic = Group(*(image(state, 1.05) for state in states[1:])).arrange_in_grid(5, 6, buff=0.1)
        self.play(FadeIn(mosaic), run_time=0.5)
        self.wait(1)
        self.play(FadeOut(mosaic), run_time=0.5)
        one, other = MathTypst({EQUATION!r}), MathTypst({ANOTHER!r})
        self.play(FadeIn(one), run_time=0.5)
        self.play(ReplacementTransform(one, other), run_time=1)
        self.wait(0.5)
'''


def walk() -> np.ndarray:
    """A picture coming out of noise, (STEPS + 1, SIZE, SIZE, 3) uint8, as a walk's states do."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    picture = np.stack([np.sin(9 * rows), np.cos(7 * columns), np.sin(5 * (rows + columns))])
    noise = np.random.default_rng(0).normal(size=picture.shape)
    states = [(k / STEPS) ** 0.5 * picture + (1 - k / STEPS) ** 0.5 * noise for k in range(STEPS + 1)]
    return np.clip(127.5 * (np.stack(states).transpose(0, 2, 3, 1) + 1), 0, 255).astype(np.uint8)


# In a process of its own


def draw_film(folder: Path, keep: bool) -> None:
    """Plan and draw the film in this process; with `keep`, also its frames before the encoder, losslessly."""
    from course.render import plan as plans
    from course.render import worker
    from course.render.planning import Depth
    from course.render.quality import quality
    from course.render.sources import specs_digest

    scene, high = folder / "ch1_film.py", quality("h")
    one = Depth(scene, "mechanism", high, plans.known_inputs(scene, "mechanism", high), None, [])
    dry = worker.rehearse(one.job)
    one.plan = plans.made(dry, one.known, {}, specs_digest(scene), [])
    task = worker.Task(
        one.job, tuple(one.segments), {0: dry.states[0]}, {}, tuple(cue["utterance"] for cue in dry.cues), ()
    )
    drawn = worker.draw(task)
    report = {
        "dry": dry.seconds,
        "drawing": drawn.drawing,
        "encoding": drawn.encoding,
        "frames": one.plan.frames,
        "segments": [str(segment.path) for segment in one.segments],
    }
    if keep:
        with worker._running(one.job) as (chapter, renderer), av.open(str(folder / "exact.mkv"), "w") as out:
            stream = out.add_stream("ffv1", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = high.width, high.height, "bgr0"

            def sink(frame: np.ndarray, times: int) -> None:
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[..., :3]), format="rgb24")
                for _ in range(times):
                    out.mux(stream.encode(picture.reformat(format="bgr0")))

            renderer.sink = sink
            chapter(renderer).render()
            out.mux(stream.encode(None))
    (folder / "report.json").write_text(json.dumps(report))


def encode_again(source: Path, target: Path, how: str) -> None:
    """Encode exact frames once more: as the engine does ("ours") or as Manim does ("manim")."""
    from course.render.quality import quality

    encoding = quality("h").encoding
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        if how == "ours":
            stream = encoding.add_stream(out, 1920, 1080)
        else:
            stream = out.add_stream("libx264", rate=Fraction(FPS), options={"crf": "23"})
            stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number, frame in enumerate(container.decode(video=0)):
            pixels = frame.to_ndarray(format="rgba")
            if how == "ours":
                out.mux(stream.encode(encoding.frame(pixels, number)))
            else:
                picture = av.VideoFrame.from_ndarray(pixels, format="rgba")
                picture.pts, picture.time_base = number, Fraction(1, FPS)
                out.mux(stream.encode(picture))
        out.mux(stream.encode(None))


def cpu(*command: str, **environment: str) -> float:
    """CPU seconds of a command and what it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def here(function: str, *arguments: Any, **environment: str) -> float:
    """CPU seconds of one of the functions above in a fresh process."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bench_render as b; "
    code += "from pathlib import Path, PosixPath; " + f"b.{function}(*{arguments!r})"
    return cpu(sys.executable, "-c", code, **environment)


# Benchmarks


def bench_film(folder: Path) -> None:
    """A short film, drawn by the engine and by plain Manim."""
    (folder / "ch1_film.py").write_text(OURS)
    (folder / "plain.py").write_text(THEIRS)
    media = {"COURSE_MEDIA": str(folder / "media"), "COURSE_VOICE": "silence"}
    theirs = cpu(
        str(Path(sys.executable).with_name("manim")),
        "-qh", "--disable_caching", "--progress_bar", "none", "-v", "ERROR",
        "--media_dir", str(folder / "plain"), str(folder / "plain.py"),
    )  # fmt: skip
    ours = here("draw_film", folder, False, **media)
    print(f"film: engine {ours:.1f} s, plain Manim {theirs:.1f} s of CPU: {ours / theirs:.2f} times (0.60)")
    here("draw_film", folder, True, **media)
    report = json.loads((folder / "report.json").read_text())
    rest = ours - report["drawing"] - report["encoding"]
    print(
        f"    {report['frames']} frames: drawing {report['drawing']:.1f}, encoding {report['encoding']:.1f},"
    )
    print(f"    start-up and dry pass {rest:.1f} s")
    exact = folder / "exact.mkv"
    for how in ("ours", "manim"):
        here("encode_again", exact, folder / f"{how}.mp4", how)
        size = (folder / f"{how}.mp4").stat().st_size / 1000
        print(f"    quality, {how}: SSIM {ssim(folder / f'{how}.mp4', exact):.5f}, {size:.0f} kB")


def bench_encoder(folder: Path) -> None:
    """Drawing and encoding against encoding the same frames alone (after `film`)."""
    report = json.loads((folder / "report.json").read_text())
    both, floor = report["drawing"] + report["encoding"], report["encoding"]
    print(
        f"encoder: with drawing {both:.1f} s, encoding alone {floor:.1f} s: {both / floor:.2f} times (1.50)"
    )


def ssim(film: Path, exact: Path) -> float:
    """Structural similarity of all frames, in luma and chroma as they are shown (0 to 1)."""
    graph = (
        "[0:v]settb=1/60,setpts=N,format=yuv420p[a];"
        "[1:v]settb=1/60,setpts=N,scale=out_color_matrix={}:out_range=tv,format=yuv420p[b];[a][b]ssim"
    )
    matrix = "bt709" if "ours" in film.name else "bt601"  # as each was converted
    done = subprocess.run(
        [
            "ffmpeg",
            "-hide_banner",
            "-i",
            film,
            "-i",
            exact,
            "-lavfi",
            graph.format(matrix),
            "-f",
            "null",
            "-",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stderr.rpartition("All:")[2].split()[0])


def bench_chapters(folder: Path) -> None:
    """All chapters at 1080p60 by their plans: passing over, and the whole course on many workers."""
    from course.chapters import chapters
    from course.render import cost, overview
    from course.render.build import Build
    from course.render.quality import quality

    build = Build(scenes=chapters(), quality=quality("h"))
    depths = build.planned()
    prices = cost.speeds(build.quality)
    for one in depths:
        frames = [(count, kind == "wait") for count, kind in one.planned.animations]
        drawing = sum(count * prices[0 if still else 1] for count, still in frames)
        dry = one.planned.seconds
        print(
            f"chapters: {one.scene.stem} {one.name}: {one.planned.frames} frames, {drawing:.0f} s to draw, ",
            end="",
        )
        print(f"{dry:.1f} s to pass over: {100 * dry / drawing:.1f} % (2 %)")
    absent = [
        replace(one, quality=replace(one.quality, name="absent")) for one in depths
    ]  # as if nothing were there
    for workers in (1, 2, 8, 32):
        found = overview.estimate(absent, workers)
        print(
            f"chapters: {workers} workers: {found['seconds'] / 60:.1f} min, {found['speedup']:.1f} times ",
            end="",
        )
        print(f"one core that only draws and encodes; limited by {found['limit']}")


def bench_reuse(folder: Path) -> None:
    """Nothing changed, and one depth changed, on the short film with three depths, at 480p15."""
    from course.render.build import Build
    from course.render.quality import quality

    text = OURS.replace(
        "    def mechanism", "    def story(self):\n        self._film()\n\n    def mechanism"
    )
    text = text.replace(
        "def mechanism(self):", "def mechanism(self):\n        self._film()\n\n    def _film(self):"
    )
    text += "\n    def derivation(self):\n        self._film()\n        self.wait(0.25)\n"
    scene = folder / "ch2_reuse.py"
    scene.write_text(text)
    os.environ.update(COURSE_MEDIA=str(folder / "reuse"), COURSE_VOICE="silence")

    def built(depths: tuple[str, ...]) -> tuple[float, float]:
        build = Build(scenes=(scene,), quality=quality("l"), depths=depths, workers=1)
        begun = time.monotonic()
        build.run()
        drawn = sum(one.passing + one.drawing + one.encoding for one in build.drawn)
        return time.monotonic() - begun, drawn

    every = ("story", "mechanism", "derivation")
    built(every)
    print(f"reuse: nothing changed: {built(every)[0]:.2f} s (2 s)")
    scene.write_text(text.replace("self.wait(0.25)", "self.wait(0.5)"))
    wall, drawn = built(every)
    shutil.rmtree(folder / "reuse" / "videos")
    alone_wall, alone = built(("derivation",))
    print(
        f"reuse: one depth changed: {drawn:.1f} s of CPU in workers, {wall:.1f} s in all; that depth alone ",
        end="",
    )
    print(f"{alone:.1f} s, {alone_wall:.1f} s in all: {drawn / alone:.2f} times (1.15)")


def main() -> None:
    """Run the benchmarks that are named, or all."""
    names = sys.argv[1:] or ["film", "encoder", "reuse", "chapters"]
    with tempfile.TemporaryDirectory(prefix="bench-render-") as folder:
        for name in names:
            globals()[f"bench_{name}"](Path(folder))


if __name__ == "__main__":
    main()
