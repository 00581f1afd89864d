"""What rendering costs: against an earlier commit, encoding alone and plain Manim; what is used again.

Run by hand: `python benchmarks/bench_render.py [part…] [chapter…] [--against COMMIT]`, by default all parts
on ch2. Costs are CPU times (user and system, of all processes), side by side in one run, so that a busy
machine does not decide; only `busy` wants the machine to itself. Parts:
- cold: a whole chapter at 1080p60 from a cold store, against the engine of another commit (at most 0.65
  times) and against encoding all its frames once as that engine does, by its encoder's own CPU time (at most
  0.90 times); sizes and closeness of both films (structural similarity to the frames before the encoder);
- sentence: one sentence changed in the middle of a depth, up to the joined film, against that depth from
  cold (at most 0.20 times);
- stepping: stepping through and digesting a depth, against drawing and encoding it (at most 0.10 times);
- film: a depth against plain Manim drawing the same with `ImageMobject`s and two encoders at once;
- reuse: builds with nothing changed, for nine chapters, start-up included (below 2 s);
- memory: of a build with two workers, all processes together (below 1.5 GB); the first frame of the chapter
  under plain Manim (15 s);
- busy: how much of all cores a build uses (at least 90 %);
- text: setting words and formulas, against Manim's own way of reading them.
"""

import argparse
import contextlib
import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from course.paths import ROOT
from course.stage.marks import marked

PARTS = ("cold", "sentence", "stepping", "film", "reuse", "memory", "busy", "text")
DEPTHS = ("story", "mechanism", "derivation")
COURSE = 9  # chapters
BEFORE = "c92d307"  # the last commit that drew every frame
EVERY = 20  # of so many frames one is compared
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


def keep(scene: Path, name: str, every: int, target: Path) -> None:
    """Write each `every`-th frame of a depth as it comes from the renderer, without loss."""
    from course.render import worker

    place = 0
    with (
        worker._running(depth(scene, name).job) as (chapter, renderer),
        av.open(str(target), "w") as out,
    ):
        stream: Any = out.add_stream("libx264rgb", rate=60, options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "rgb24"

        def sink(frame: np.ndarray, box: Any, times: int) -> None:
            nonlocal place
            for _ in range(-(-(place + times) // every) - -(-place // every)):
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[..., :3]), format="rgb24")
                out.mux(stream.encode(picture))
            place += times

        renderer.sink = sink
        chapter(renderer).render()
        out.mux(stream.encode(None))


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


def draw(scene: Path, name: str, first: int, last: int) -> None:
    """Draw some animations of a planned depth."""
    from course.render import plan as plans
    from course.render import worker

    one = depth(scene, name)
    states = plans.load_states(one.planned, one.folder)
    own = tuple(segment for segment in one.planned.segments if first <= segment.play < last)
    plays = {segment.play for segment in own}
    worker.draw(
        worker.Task(
            one.job,
            own,
            {play: one.planned.animations[play][0] for play in plays},
            {play: states[play] for play in plays},
            one.planned.captures(),
            tuple(cue["utterance"] for cue in one.planned.cues),
            (),
            one.planned.families,
        )
    )


def step(scene: Path, name: str) -> None:
    """Step through a depth; prints the CPU seconds of passing over it and of stepping and digesting."""
    from course.render import worker

    one = depth(scene, name)
    took = []
    for steps in (False, True):
        with worker._running(one.job) as (chapter, renderer):
            if steps:
                renderer.observe = lambda index, digest, times: None
            else:
                renderer.only = range(0)
            told = chapter(renderer)
            begun = time.process_time()
            told.render()
            took.append(time.process_time() - begun)
    print(json.dumps(took))


def lay(scene: Path, by_manim: bool) -> None:
    """Set a chapter's formulas and, as words, what it claims; prints CPU seconds and how many there were."""
    from manim import SVGMobject

    from course.stage import theme
    from course.stage.equation import Equation
    from course.stage.loading import load
    from course.stage.outlines import Outlined

    if by_manim:
        del Outlined.generate_mobject
        assert Outlined.generate_mobject is SVGMobject.generate_mobject
    chapter = load(scene)()
    formulas = list(chapter.equations().values())
    words = [one.says[:40] for one in chapter.claims().values()]
    theme.text("warm")
    begun = [time.process_time()]
    for one in formulas:
        Equation(one, fit_width=100.0)
    begun.append(time.process_time())
    for line in words:
        theme.text(line)
    begun.append(time.process_time())
    print(json.dumps([*np.diff(begun), len(formulas), len(words)]))


# What they share


def depth(scene: Path, name: str) -> Any:
    """A depth at 1080p60 with the plan that is kept, if there is one."""
    from course.render import plan as plans
    from course.render.planning import Depth
    from course.render.quality import quality

    high = quality("h")
    kept = plans.load(plans.depth_folder(scene, high, name))
    return Depth(scene, name, high, plans.known_inputs(scene, name, high, kept), kept, [])


@contextlib.contextmanager
def tree(commit: str) -> Iterator[Path]:
    """The project as it was at a commit, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-tree-") as made:
        folder = Path(made) / "tree"
        git = ("git", "-C", str(ROOT), "worktree")
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


THERE = """
import sys, json, os
from pathlib import Path
if __name__ == "__main__":
    from course.render.build import Build
    from course.render.quality import quality
    build = Build(scenes=[Path({scene!r})], quality=quality("h"), depths={depths!r}, workers=2)
    build.run()
    encoding = [getattr(one, "encoding", 0.0) for one in build.drawn]
    print(json.dumps([Build.run.__code__.co_filename, sum(encoding)]))
"""


def built(root: Path, scene: Path, media: Path, depths: tuple[str, ...] = DEPTHS) -> tuple[float, float]:
    """CPU seconds of a build by the project in `root`, and, if it tells, those of its encoder's threads."""
    code = THERE.format(scene=str(scene), depths=depths)
    # Python looks in the working folder first.
    took, said = cpu(sys.executable, "-c", code, cwd=root, PYTHONPATH=str(root), COURSE_MEDIA=str(media))
    used, encoding = json.loads(said.splitlines()[-1])
    assert Path(used).is_relative_to(root)
    return took, float(encoding)


def room(folder: Path, name: str) -> Path:
    """A media folder of its own, with the captures and lines that there are."""
    media = folder / name
    media.mkdir()
    for kept in ("captures", "voice"):  # used, and added to, where they are
        (media / kept).symlink_to((folder / "media" / kept).resolve())
    return media


def spent() -> float:
    """CPU seconds of everything that this process has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu(*command: str, cwd: Path = ROOT, **environment: str) -> tuple[float, str]:
    """CPU seconds of a command in `cwd` and what it waited for, and what it printed."""
    before = spent()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd, env={**os.environ, **environment}
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


def ssim(video: Path, exact: Path, change: str, pick: str = "") -> float:
    """Structural similarity (0 to 1) of a film's frames to exact ones, in luma and chroma (ffmpeg's).

    `change` is the filter by which the exact ones get the film's colours, `pick` one that chooses its frames.
    """
    graph = (
        f"[0:v]{pick}settb=1/60,setpts=N,format=yuv420p[a];"
        f"[1:v]settb=1/60,setpts=N,{change},format=yuv420p[b];[a][b]ssim=shortest=1"
    )
    command = ("ffmpeg", "-hide_banner", "-i", str(video), "-i", str(exact), "-lavfi", graph)
    done = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True)
    return float(done.stderr.rpartition("All:")[2].split()[0])


# Parts


def bench_cold(folder: Path, scenes: list[Path], against: str, depths: tuple[str, ...] = DEPTHS) -> None:
    """A chapter from a cold store, against another commit, and against encoding alone as that one does."""
    scene, ours, theirs = scenes[-1], room(folder, "ours"), room(folder, "theirs")
    with tree(against) as other:
        there = other / "scenes" / scene.name
        for root in (ROOT, other):  # what is said is in the cache before it is measured
            spoken = str(room(folder, f"spoken-{root.name}"))
            plan = (sys.executable, "-m", "course", "plan", scene.stem)
            cpu(*plan, cwd=root, PYTHONPATH=str(root), COURSE_MEDIA=spoken)
        new, _ = built(ROOT, scene, ours, depths)
        old, floor = built(other, there, theirs, depths)
    films = [next(media.glob(f"videos/*/1080p60/{scene.stem}*.mp4")) for media in (ours, theirs)]
    frames = [timing_of(film) for film in films]
    sizes = [film.stat().st_size / count for film, count in zip(films, frames, strict=True)]
    print(
        f"cold: {scene.stem} {', '.join(depths)}, {frames[0]} frames at 1080p60, two workers: {new:.0f} s, "
        f"at {against} {old:.0f} s for {frames[1]}: {new / old:.2f} times (0.65); encoding them all there "
        f"{floor:.0f} s: {new / floor:.2f} times (0.90), then {old / floor:.2f}"
    )
    print(
        f"cold: {sizes[0] / 1000:.2f} kB a frame, then {sizes[1] / 1000:.2f}: "
        f"{sizes[0] / sizes[1]:.2f} times (1.05)"
    )
    os.environ["COURSE_MEDIA"] = str(ours)
    exact = folder / "exact.mkv"
    here("keep", scene, depths[0], EVERY, exact)
    last = depth(scene, depths[0]).planned.frames - 1
    close = []
    for film in films:
        pick = f"select='lte(n,{last})*not(mod(n,{EVERY}))',"
        close.append(ssim(film, exact, "scale=out_color_matrix=bt709:out_range=tv", pick))
    print(f"cold: SSIM of every {EVERY}th frame of the {depths[0]} {close[0]:.5f}, then {close[1]:.5f}")


def timing_of(film: Path) -> int:
    """How many frames a film has."""
    from course.video.film import timing

    return timing(film)[0]


def bench_sentence(folder: Path, scenes: list[Path], against: str) -> None:
    """A sentence in the middle of a depth becomes longer; then changes that show nothing."""
    home = folder / "scenes"
    home.mkdir()
    scene = home / scenes[-1].name
    text = scenes[-1].read_text()
    scene.write_text(text)
    media = room(folder, "sentence")
    alone, _ = built(ROOT, scene, media, (DEPTHS[1],))
    built(ROOT, scene, media)
    os.environ["COURSE_MEDIA"] = str(media)
    lines = [cue["utterance"]["text"] for cue in depth(scene, DEPTHS[1]).planned.cues]
    written = re.findall(r'self\.say\("([^"{]+)"\)', text)
    line = next(said for said in written if marked(said)[0] in lines[len(lines) // 2 :])
    scene.write_text(text.replace(line, f"{line} And so it goes on."))
    one, _ = built(ROOT, scene, media)
    print(
        f"sentence: {line!r} in {scene.stem} {DEPTHS[1]} made longer: {one:.1f} s of CPU up to the joined "
        f"film, the depth from cold {alone:.1f} s: {one / alone:.2f} times (0.20)"
    )


def bench_stepping(folder: Path, scenes: list[Path], against: str) -> None:
    """Stepping and digesting against drawing and encoding, for each depth of the last chapter."""
    scene = scenes[-1]
    for name in DEPTHS:
        media = room(folder, name)
        os.environ["COURSE_MEDIA"] = str(media)
        whole, _ = built(ROOT, scene, media, (name,))
        passing, stepping = json.loads(here("step", scene, name)[1])
        print(
            f"stepping: {scene.stem} {name}: {stepping:.1f} s to step and digest ({passing:.1f} s to pass "
            f"over), {whole:.1f} s for the whole build: "
            f"{(stepping - passing) / (whole - stepping):.2f} times (0.10)"
        )


def bench_film(folder: Path, scenes: list[Path], against: str) -> None:
    """Some animations of every depth of the last chapter, by the engine and plain Manim, with start-up."""
    ours, theirs = [], []
    for name in DEPTHS:
        here("build", scenes[-1:], (name,), (0.0, 0.1))
        one = depth(scenes[-1], name)
        first = len(one.planned.animations) // 2
        counts = np.cumsum([frames for frames, _ in one.planned.animations[first:]])
        last = first + 1 + int(np.searchsorted(counts, 4 * one.quality.fps))
        frames = int(counts[last - first - 1])
        ours.append(here("draw", one.scene, name, first, last)[0])
        plain = folder / f"plain_{name}.py"
        plain.write_text(PLAIN.format(scene=str(one.scene), first=first, last=last))
        options = (
            "-qh",
            "--max-inflight-encoders",
            "2",
            "--disable_caching",
            "--progress_bar",
            "none",
            "-v",
            "ERROR",
        )
        command = (MANIM, *options, "--media_dir", str(folder / name), str(plain))
        theirs.append(cpu(*command, COURSE_DEPTHS=name)[0])
        print(
            f"film: {one.scene.stem} {name}, {frames} frames: engine {ours[-1]:.1f} s, plain Manim "
            f"{theirs[-1]:.1f} s: {ours[-1] / theirs[-1]:.2f} times"
        )
    print(f"film: together {sum(ours) / sum(theirs):.2f} times (0.60)")


def bench_reuse(folder: Path, scenes: list[Path], against: str) -> None:
    """Nine chapters, drawn tiny, with nothing changed, by the command line."""
    home = folder / "scenes"
    home.mkdir()
    every = sorted((ROOT / "scenes").glob("ch*_*.py"))
    for number in range(COURSE):
        source = every[number % len(every)]
        copy = home / f"ch{number + 1}_{source.stem.partition('_')[2]}{number}.py"
        copy.write_text(source.read_text())
    here("build", sorted(home.iterdir()), DEPTHS, None, True)
    command = TINY.format(scenes=str(home))
    walls = []
    for _ in range(5):
        begun = time.monotonic()
        took, _ = cpu(sys.executable, "-c", command)
        walls.append(time.monotonic() - begun)
    print(
        f"reuse: {COURSE} chapters with nothing changed: {np.median(walls):.2f} s ({min(walls):.2f} to "
        f"{max(walls):.2f}), {took:.2f} s of CPU, start-up included (2 s)"
    )


TINY = """
import sys
from pathlib import Path
import course.chapters as chapters, course.render.quality as qualities
chapters.SCENES = Path({scenes!r})
qualities._KNOWN["l"] = qualities.Quality("tiny", 192, 108, 5, "low")
from course.cli import main
if __name__ == "__main__":
    main(["render"])
"""


def bench_memory(folder: Path, scenes: list[Path], against: str) -> None:
    """The most memory that a build at 1080p60 has, and how soon plain Manim shows something."""
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


def bench_busy(folder: Path, scenes: list[Path], against: str) -> None:
    """How much of all cores a build uses, from the plan to the film. On a machine that does nothing else."""
    cores = len(os.sched_getaffinity(0))
    begun = time.monotonic()
    used = here("build", scenes, DEPTHS, (0.0, 30.0))[0]
    wall = time.monotonic() - begun
    print(
        f"busy: {100 * used / wall / cores:.0f} % of {cores} cores over {wall:.0f} s, start-up, planning and "
        "joining included (90 %)"
    )


def bench_text(folder: Path, scenes: list[Path], against: str) -> None:
    """A chapter's formulas and words, set twice, each in a process of its own."""
    ours, theirs = (json.loads(here("lay", scenes[-1], by)[1].splitlines()[-1]) for by in (False, True))
    for place, what in enumerate(("formulas", "lines of words")):
        one, other, count = ours[place], theirs[place], ours[place + 2]
        print(
            f"text: {count} {what} of {scenes[-1].stem}: {1000 * one / count:.0f} ms each, Manim "
            f"{1000 * other / count:.0f} ms: {one / other:.2f} times"
        )


def main() -> None:
    """Run the parts that are named, or all, on the chapters that are named, or ch2."""
    from course.chapters import resolve
    from course.errors import UsageError
    from course.paths import media

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="part or chapter")
    parser.add_argument("--against", default=BEFORE, help="the commit to compare with (default: %(default)s)")
    parser.add_argument("--depth", action="append", choices=DEPTHS, help="of the part cold (default: all)")
    asked = parser.parse_args()
    names = asked.names
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    parts = [name for name in names if name in PARTS] or list(PARTS)
    try:
        scenes = resolve([name for name in names if name not in PARTS] or ["ch2"])
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
            more = (tuple(asked.depth),) if name == "cold" and asked.depth else ()
            globals()[f"bench_{name}"](folder, list(scenes), asked.against, *more)


if __name__ == "__main__":
    main()
