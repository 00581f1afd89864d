"""What rendering costs: against plain Manim, against encoding alone; what planning, joining and reuse add.

Run by hand: `python benchmarks/bench_render.py [part…] [chapter…]`, by default all parts on ch1 and ch2.
Costs are CPU times (user and system, of all processes) of samples of every depth at 1080p60, side by side in
one run, so that a busy machine does not decide; only `busy` wants the machine to itself. Parts:
- encoder: drawing and encoding against encoding the same frames alone (at most 1.5 times); what passing over
  costs (below 2 % of drawing); the whole course on 32 workers by its plans (at least 24 times one core);
- film: against plain Manim drawing the same with `ImageMobject`s (at most 0.6 times), and how close both
  films come to the frames before the encoder (structural similarity);
- presets: what x264's presets cost at equal quality on these frames;
- reuse: a build without changes (below 2 s a course), one depth changed (below 1.15 times that depth alone);
- memory: of a build, all processes together (below 1.5 GB); the first frame of ch2 under plain Manim (15 s);
- busy: how much of all cores a build uses (at least 90 %).
"""

import argparse
import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np

PARTS = ("encoder", "film", "presets", "reuse", "memory", "busy")
DEPTHS = ("story", "mechanism", "derivation")
SAMPLES = 2  # segments of each depth
FRAMES = 60  # that qualities are compared on, of each depth
COURSE = 9  # chapters
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")
PR_SET_CHILD_SUBREAPER = 36
MANIM = str(Path(sys.executable).with_name("manim"))

PLAIN = """
from pathlib import Path
from manim import ImageMobject, RESAMPLING_ALGORITHMS
from course.stage.loading import load
from course.stage.manim_internals import StageCamera, StageRenderer

class PlainCamera(StageCamera):
    # Pictures as Manim draws them: each one warped through an image of the whole frame.
    def display_vectorized(self, vmobject, ctx):
        pixels = getattr(vmobject, "pixels", None)
        if pixels is None:
            super().display_vectorized(vmobject, ctx)
        elif vmobject.get_fill_opacity() > 0:
            image = ImageMobject(pixels).set_opacity(vmobject.get_fill_opacity())
            image.set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
            corner, across, down = vmobject.get_corners()
            image.points[:] = corner, corner + across, corner + down, corner + across + down
            self.display_image_mobject(image, self.pixel_array)
        return self

class Film(load(Path({scene!r}))):
    def __init__(self):
        renderer = StageRenderer()
        renderer.camera, renderer.only = PlainCamera(), range({first}, {last})
        super().__init__(renderer)
"""


# Each in a process of its own


def plan(scene: Path, name: str) -> None:
    """Run a depth dry and keep its plan."""
    from course.render import plan as plans
    from course.render import worker
    from course.render.sources import specs_digest

    one = depth(scene, name)
    dry = worker.rehearse(one.job)
    made = plans.made(dry, one.known, worker.declared(one.job), specs_digest(scene), [])
    plans.save(made, one.folder, dry.states)


def draw(scene: Path, name: str, places: list[int], report: Path) -> None:
    """Draw segments of a planned depth, those that begin with animations `places`; note what each took."""
    from course.render import plan as plans
    from course.render import worker

    one = depth(scene, name)
    states = plans.load_states(one.planned, one.folder)
    lines = tuple(cue["utterance"] for cue in one.planned.cues)
    captures, drawn = one.planned.captures(), []
    for segment in one.segments:
        if (first := segment.first) in places:
            task = worker.Task(
                one.job, (segment,), {first: states[first]}, captures, lines, (), one.planned.families
            )
            drawn.append(asdict(worker.draw(task)))
    report.write_text(json.dumps(drawn))


def keep(scene: Path, name: str, first: int, last: int, target: Path) -> None:
    """Write the first frames of some animations as they come from the renderer, without loss."""
    from course.render import worker

    with (
        worker._running(depth(scene, name).job) as (chapter, renderer),
        av.open(str(target), "w") as out,
    ):
        stream: Any = out.add_stream("libx264rgb", rate=60, options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "rgb24"

        def sink(frame: np.ndarray, times: int) -> None:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[..., :3]), format="rgb24")
            for _ in range(times):
                out.mux(stream.encode(picture))

        renderer.only, renderer.sink = range(first, last), sink
        chapter(renderer).render()
        out.mux(stream.encode(None))


def encode_plainly(exact: Path, target: Path) -> None:
    """Encode the first exact frames with Manim's own writer, as it is set unless told otherwise."""
    from manim._config.video_encoder import VideoEncoderSpec
    from manim.scene.video_segment_encoder import VideoSegmentEncoder

    options = (("crf", "23"),)
    spec = VideoEncoderSpec("mp4", "libx264", "yuv420p", 1920, 1080, Fraction(60), options)
    writer = VideoSegmentEncoder(target=target, spec=spec)
    with av.open(str(exact)) as container:
        for frame in islice(container.decode(video=0), FRAMES):
            writer.write_frame(frame.to_ndarray(format="rgba"))
    writer.finish()


def build(
    scenes: list[Path],
    depths: tuple[str, ...] = DEPTHS,
    window: tuple[float, float] | None = None,
    tiny: bool = False,
    workers: int = 0,
) -> None:
    """A build with all its workers, at 1080p60 or tiny; prints the CPU seconds of this process's own work."""
    from course.render.build import Build
    from course.render.quality import Quality, quality

    how = Quality("tiny", 192, 108, 5, "low") if tiny else quality("h")
    begun = time.process_time()
    Build(scenes=scenes, quality=how, depths=depths, workers=workers, window=window).run()
    print(time.process_time() - begun)


# What they share


def depth(scene: Path, name: str) -> Any:
    """A depth at 1080p60 with the plan that is kept, if there is one."""
    from course.render import plan as plans
    from course.render.planning import Depth
    from course.render.quality import quality

    high = quality("h")
    kept = plans.load(plans.depth_folder(scene, high, name))
    return Depth(scene, name, high, plans.known_inputs(scene, name, high), kept, [])


def depths_of(scenes: list[Path]) -> list[Any]:
    """All depths of some chapters, planned."""
    found = []
    for scene in scenes:
        for name in DEPTHS:
            if depth(scene, name).plan is None:
                here("plan", scene, name)
            found.append(depth(scene, name))
    return found


def chosen(one: Any, count: int) -> list[Any]:
    """Some segments of a depth, evenly spread."""
    places = (np.arange(count) + 0.5) / count * len(one.segments)
    return [one.segments[int(place)] for place in places]


def counted(one: Any, segment: Any) -> tuple[int, int]:
    """Frames of a segment that stand still, and that move."""
    kinds = one.planned.animations[segment.first : segment.last]
    still = sum(frames for frames, kind in kinds if kind == "wait")
    return still, sum(frames for frames, _ in kinds) - still


def spent() -> float:
    """CPU seconds of everything that this process has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu(*command: str, **environment: str) -> tuple[float, str]:
    """CPU seconds of a command and what it waited for, and what it printed."""
    before = spent()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    with contextlib.suppress(ChildProcessError):
        while True:  # the server that its workers were forked from outlives it, and comes to us
            os.wait()
    return spent() - before, done.stdout


def here(function: str, *arguments: Any) -> tuple[float, str]:
    """As `cpu`, for one of the functions above in a fresh process."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bench_render as b; "
    code += f"from pathlib import Path, PosixPath\nif __name__ == '__main__': b.{function}(*{arguments!r})"
    return cpu(sys.executable, "-c", code)


def ssim(video: Path, exact: Path, change: str, options: tuple[str, ...] = ()) -> float:
    """Structural similarity (0 to 1) of a film's frames to exact ones, in luma and chroma (ffmpeg's).

    `change` is the filter by which the exact ones get the film's colours.
    """
    graph = (
        f"[0:v]settb=1/60,setpts=N,format=yuv420p[a];[1:v]settb=1/60,setpts=N,{change},format=yuv420p[b];"
        "[a][b]ssim=shortest=1"
    )
    command = ("ffmpeg", "-hide_banner", "-i", str(video), *options, "-i", str(exact), "-lavfi", graph)
    done = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True)
    return float(done.stderr.rpartition("All:")[2].split()[0])


def decibels(similarity: float) -> float:
    """SSIM on a scale on which equal steps look alike."""
    return float(-10 * np.log10(1 - similarity))


# Parts


def bench_encoder(folder: Path, scenes: list[Path]) -> None:
    """Drawing against encoding alone, passing over, and the plans' estimate for many workers."""
    from course.render import cost, overview
    from course.render.quality import quality
    from course.render.worker import Drawn

    high, ratios, depths = quality("h"), [], depths_of(scenes)
    for scene in scenes:
        drawing = encoding = dry = 0.0
        for one in [one for one in depths if one.scene == scene]:
            segments, report = chosen(one, SAMPLES), folder / "report.json"
            here("draw", scene, one.name, [segment.first for segment in segments], report)
            drawn = [
                Drawn(
                    **{**each, "depth": one.id, "segments": {int(k): v for k, v in each["segments"].items()}}
                )
                for each in json.loads(report.read_text())
            ]
            cost.learn(high, [cost.work(one, segments)], drawn)
            still, moving = np.sum([counted(one, segment) for segment in segments], axis=0)
            sampled = sum(each.drawing for each in drawn), sum(each.encoding for each in drawn)
            scale = one.planned.frames / (still + moving)
            drawing, encoding = drawing + scale * sampled[0], encoding + scale * sampled[1]
            dry += one.planned.seconds
            part = 100 * one.planned.seconds / scale / sum(sampled)
            print(
                f"encoder: {scene.stem} {one.name}: {still} still and {moving} moving frames: drawing "
                f"{sampled[0]:.1f} s, encoding {sampled[1]:.1f} s: {1 + sampled[0] / sampled[1]:.2f} times; "
                f"dry pass {one.planned.seconds:.1f} s, {part:.1f} % of drawing the depth"
            )
        ratios.append(1 + drawing / encoding)
        print(
            f"encoder: {scene.stem}: {ratios[-1]:.2f} times encoding alone (1.50), with its dry passes "
            f"{ratios[-1] + dry / encoding:.2f} times; passing over everything costs "
            f"{100 * dry / (drawing + encoding):.1f} % of drawing it (2 %)"
        )
    prices = 1000 * np.array(cost.speeds(high))
    print(f"encoder: on average {np.mean(ratios):.2f} times (1.50)")
    print(f"encoder: {prices[0]:.1f} ms for a still frame, {prices[1]:.1f} ms for a moving one, encoded")
    for copies in dict.fromkeys((1, round(COURSE / len(scenes)))):
        course = [
            replace(one, scene=one.scene.with_stem(f"{one.scene.stem}-{copy}"))
            for copy in range(copies)
            for one in depths
        ]
        for one in course:  # as if nothing had been drawn: under this name, nothing has
            assert not one.folder.exists()
        for workers in (2, 32):
            found = overview.estimate(course, workers)
            print(
                f"encoder: {len(course) // len(DEPTHS)} chapters on {workers} workers: "
                f"{found['seconds'] / 60:.1f} min, {found['speedup']:.1f} times one core; {found['limit']}"
            )


def bench_film(folder: Path, scenes: list[Path]) -> None:
    """A segment of every depth of the last chapter, by the engine and by plain Manim, start-up included."""
    ours, theirs = [], []
    for one in depths_of(scenes[-1:]):
        (segment,) = chosen(one, 1)
        ours.append(here("draw", one.scene, one.name, [segment.first], folder / "report.json")[0])
        plain = folder / f"plain_{one.name}.py"
        plain.write_text(PLAIN.format(scene=str(one.scene), first=segment.first, last=segment.last))
        options = ("-qh", "--disable_caching", "--progress_bar", "none", "-v", "ERROR", "--media_dir")
        theirs.append(cpu(MANIM, *options, str(folder / one.name), str(plain), COURSE_DEPTHS=one.name)[0])
        exact = folder / f"{one.name}.mkv"
        here("keep", one.scene, one.name, segment.first, segment.last, exact)
        plainly = folder / f"{one.name}.mp4"
        here("encode_plainly", exact, plainly)
        mine, others = (
            ssim(film, exact, f"scale=out_color_matrix={matrix}:out_range=tv")
            for film, matrix in ((segment.path, "bt709"), (plainly, "bt601"))
        )
        print(
            f"film: {one.scene.stem} {one.name}, {segment.frames} frames: engine {ours[-1]:.1f} s, plain "
            f"Manim {theirs[-1]:.1f} s: {ours[-1] / theirs[-1]:.2f} times; SSIM {mine:.4f} and "
            f"{others:.4f}"
        )
    print(f"film: together {sum(ours) / sum(theirs):.2f} times (0.60)")


def bench_presets(folder: Path, scenes: list[Path]) -> None:
    """Each preset at two rates: time and size where it comes as close to the frames as the present one."""
    from course.render.quality import quality

    encoding = quality("h").encoding
    frames: list[av.VideoFrame] = []
    for one in depths_of(scenes[-1:]):
        exact = folder / f"{one.name}.mkv"
        (segment,) = chosen(one, 1)
        here("keep", one.scene, one.name, segment.first, segment.last, exact)
        with av.open(str(exact)) as container:
            for picture in islice(container.decode(video=0), FRAMES):
                pixels = picture.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
                frames.append(encoding.frame(pixels, len(frames)))
    raw = folder / "frames.yuv"
    with open(raw, "wb") as file:
        for frame in frames:
            file.write(frame.to_ndarray().tobytes())
    layout = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1920x1080", "-r", "60")

    def measured(preset: str, rate: float) -> tuple[float, float, float]:
        how = replace(encoding, options={**encoding.options, "preset": preset, "crf": str(rate)})
        film = folder / "preset.mp4"
        begun = time.process_time()
        with av.open(str(film), "w") as out:
            stream = how.add_stream(out, 1920, 1080)
            for number, frame in enumerate(frames):
                frame.pts = number
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        took = time.process_time() - begun
        return decibels(ssim(film, raw, "null", layout)), took, film.stat().st_size / len(frames)

    now = encoding.options["preset"], float(encoding.options["crf"])
    wanted = measured(*now)[0]
    print(f"presets: {len(frames)} frames, as close as {now[0]} at {now[1]:.0f}: SSIM {wanted:.2f} dB")
    for preset in PRESETS:
        low, high = (measured(preset, now[1] + step) for step in (-2, 4))
        part = (wanted - low[0]) / (high[0] - low[0])
        ends = np.array([(now[1] - 2, *low[1:]), (now[1] + 4, *high[1:])])
        rate, took, size = (1 - part) * ends[0] + part * ends[1]
        print(
            f"presets: {preset:9} crf {rate:4.1f}: {1000 * took / len(frames):5.1f} ms a frame, "
            f"{size / 1000:5.1f} kB a frame"
        )


def bench_reuse(folder: Path, scenes: list[Path]) -> None:
    """Chapters as they are, drawn tiny: a build with nothing to do, and with one depth changed."""
    home = folder / "scenes"
    home.mkdir()
    copies = [home / scene.name for scene in scenes]
    for scene, copy in zip(scenes, copies, strict=True):
        copy.write_text(scene.read_text())
    first = here("build", copies, DEPTHS, None, True)[0]
    one, every = (float(here("build", some, DEPTHS, None, True)[1]) for some in (copies[:1], copies))
    each = (every - one) / max(1, len(copies) - 1)
    print(
        f"reuse: {len(copies)} chapters {first:.0f} s of CPU; with nothing changed {every:.2f} s after "
        f"start-up, {one:.2f} s for one of them, so {one + (COURSE - 1) * each:.2f} s for {COURSE} (2 s)"
    )
    text = copies[-1].read_text()
    changed = text.replace(
        "    def derivation(self) -> None:\n", "    def derivation(self) -> None:\n        1 + 1\n"
    )
    assert changed != text
    copies[-1].write_text(changed)
    some = here("build", copies, DEPTHS, None, True)[0]
    copies[-1].write_text(changed.replace("        1 + 1\n", "        1 + 2\n"))
    alone = here("build", copies[-1:], ("derivation",), None, True)[0]
    print(
        f"reuse: one depth changed {some:.1f} s of CPU, that depth alone {alone:.1f} s: {some / alone:.2f} "
        f"times when tiny; what comes on top, {some - alone:.1f} s, is the same at every size (1.15)"
    )


def bench_memory(folder: Path, scenes: list[Path]) -> None:
    """The most memory that a build at 1080p60 has, and how soon plain Manim shows something."""
    depths_of(scenes[-1:])
    most = 0.0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.25):
            most = max(most, sum(proportional(pid) for pid in family(os.getpid())[1:]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    here("build", scenes[-1:], DEPTHS, (20.0, 24.0), False, 2)
    done.set()
    watcher.join()
    print(
        f"memory: {most / 1e9:.2f} GB at most, all processes of a build at 1080p60 with two workers (1.5 GB)"
    )
    media = folder / "first"
    begun = time.monotonic()
    process = subprocess.Popen(
        [MANIM, "-pql", "--media_dir", str(media), "--progress_bar", "none", str(scenes[-1])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(media.rglob("*.mp4")):
        assert process.poll() is None, "it ended before it drew anything"
        time.sleep(0.05)
    wall, ticks = time.monotonic() - begun, Path(f"/proc/{process.pid}/stat").read_text().split()[13:15]
    process.kill()
    process.wait()
    spent_so_far = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    print(f"memory: first frame of {scenes[-1].stem} after {wall:.1f} s, {spent_so_far:.1f} s of CPU (15 s)")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(child))]


def proportional(pid: int) -> float:
    """A process's memory in bytes, what it shares counted in parts."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024.0 * int(line.split()[1])
    except OSError:
        pass
    return 0.0


def bench_busy(folder: Path, scenes: list[Path]) -> None:
    """How much of all cores a build uses, from the plan to the film. On a machine that does nothing else."""
    cores = len(os.sched_getaffinity(0))
    begun = time.monotonic()
    used = here("build", scenes, DEPTHS, (0.0, 30.0))[0]
    wall = time.monotonic() - begun
    print(
        f"busy: {100 * used / wall / cores:.0f} % of {cores} cores over {wall:.0f} s, start-up, planning and "
        "joining included (90 %)"
    )


def main() -> None:
    """Run the parts that are named, or all, on the chapters that are named, or ch1 and ch2."""
    from course.chapters import resolve
    from course.errors import UsageError
    from course.paths import media

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="part or chapter")
    names = parser.parse_args().names
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    parts = [name for name in names if name in PARTS] or list(PARTS)
    try:
        scenes = resolve([name for name in names if name not in PARTS] or ["ch1", "ch2"])
    except UsageError as error:
        parser.error(str(error))
    own = media().absolute()
    for name in parts:
        with tempfile.TemporaryDirectory(prefix="bench-render-") as made:
            folder = Path(made)
            (folder / "media").mkdir()
            for kept in ("captures", "voice"):  # used, and added to, where they are
                (folder / "media" / kept).symlink_to(own / kept)
            os.environ["COURSE_MEDIA"] = str(folder / "media")
            globals()[f"bench_{name}"](folder, list(scenes))


if __name__ == "__main__":
    main()
