"""What a worker process does: run one depth of a chapter, to plan it or to draw some of its animations.

Not for deciding what is drawn where. The only module here that imports Manim, and only when it is called.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.files import digest_file, replacing
from course.paths import ASSETS, ROOT, media
from course.render.quality import Quality
from course.render.reel import Cut, Reel
from course.render.sources import source_inputs

if TYPE_CHECKING:
    from course.stage import Chapter
    from course.stage.manim_internals import StageRenderer


@dataclass(frozen=True)
class Job:
    """One depth of one chapter at one quality; `sources` are the digests of its code, as the plan knows them.

    `environment` holds the COURSE_… variables of the build: a worker may have been started before they were set.
    """

    scene: Path
    depth: str
    quality: Quality
    sources: Mapping[str, str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Segment:
    """Animations `first` up to, not including, `last`: one file of `frames` frames."""

    first: int
    last: int
    frames: int
    path: Path


@dataclass(frozen=True)
class Drawn:
    """What drawing took, in CPU seconds: passing over what came before, drawing, encoding; and frames drawn."""

    passing: float
    drawing: float
    encoding: float
    frames: int


@dataclass(frozen=True)
class Dry:
    """What a dry pass found. `animations` are (frames, kind); `states` (name, digest) of every object on stage
    before each of them; `seconds` the CPU time it took."""

    title: str
    question: str
    animations: list[tuple[int, str]]
    cues: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    captures: dict[str, str]
    reads: dict[str, str]
    states: list[list[tuple[str, str]]]
    seconds: float


class SceneError(CourseError):
    """A scene raised; `trace` is the whole traceback."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


# Tasks


def declared(job: Job) -> dict[str, dict[str, Any]]:
    """The capture specs that a chapter declares, by name, as plain values."""
    with _running(job) as (chapter, renderer):
        return {name: spec.to_dict() for name, spec in chapter(renderer).specs().items()}


def plan(job: Job) -> Dry:
    """Run a depth without drawing, in a process of its own, and note what it does and what it reads."""
    from course.stage.manim_internals import scene_state

    states: list[list[tuple[str, str]]] = []
    with _running(job) as (chapter, renderer), _noting_reads() as reads:
        renderer.only = range(0)
        scene = chapter(renderer)
        captures = scene.captures
        renderer.before = lambda scene, index: states.append(scene_state(scene))
        begun = time.process_time()
        scene.render()
        seconds = time.process_time() - begun
    return Dry(
        title=scene.title,
        question=scene.question,
        animations=[(planned.frames, planned.kind) for planned in renderer.plan],
        cues=[{"start": cue.start, "utterance": cue.utterance.to_json()} for cue in scene.cues],
        effects=[
            {"start": one.start, "path": str(one.path), "gain": one.gain} for one in getattr(scene, "effects", ())
        ],
        captures={name: capture.key for name, capture in captures.items()},
        reads={_home(path): digest_file(path) for path in sorted(reads) if path.is_file()},
        states=states,
        seconds=seconds,
    )


def draw(job: Job, segments: list[Segment], states: Mapping[int, list[tuple[str, str]]]) -> Drawn:
    """Draw and encode consecutive segments; `states` are the plan's, for the first animation of each.

    Raises `CourseError` where the scene's state there is another than the plan's, where the code has changed since
    it was planned, and where a file cannot be written.
    """
    from course.stage.manim_internals import scene_state

    starts = {segment.first: segment for segment in segments}

    def permit() -> None:
        if source_inputs(job.scene, job.depth) != job.sources:
            raise CourseError(f"{job.scene.name} or what it uses changed while it was rendered. Render it again.")

    with _running(job) as (chapter, renderer):
        begun, passed = time.thread_time(), 0.0
        quality = job.quality
        with Reel(quality.encoding, quality.width, quality.height, permit) as reel:

            def before(scene: Any, index: int) -> None:
                nonlocal passed
                if index in starts:
                    _compare(job, index, states[index], scene_state(scene))
                    reel.begin(Cut(starts[index].path, starts[index].frames))
                if index == segments[0].first:
                    passed = time.thread_time() - begun

            renderer.only = range(segments[0].first, segments[-1].last)
            renderer.before = before
            renderer.sink = reel.add
            chapter(renderer).render()
            drawing = time.thread_time() - begun - passed
        return Drawn(passed, drawing, reel.seconds, sum(segment.frames for segment in segments))


def portray(job: Job, path: Path) -> None:
    """Write the chapter's picture to remember as a 1280×720 PNG."""
    from PIL import Image

    from course.stage import theme
    from course.stage.manim_internals import snapshot

    with _running(job) as (chapter, renderer):
        picture = chapter(renderer).remember()
        picture.scale(min(theme.SAFE_WIDTH / picture.width, theme.SAFE_HEIGHT / picture.height, 1))
        pixels = snapshot(picture.move_to([0, 0, 0]), 1280, 720, theme.BACKGROUND)
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary)


# How


@contextlib.contextmanager
def _running(job: Job) -> Iterator[tuple["type[Chapter]", "StageRenderer"]]:
    """The chapter's class and a renderer for it, in this job's environment and configuration."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("COURSE_")}
    for name in environment:
        del os.environ[name]
    os.environ.update(job.environment)
    os.environ["COURSE_DEPTHS"] = job.depth
    try:
        from manim import tempconfig

        from course.chapters import load
        from course.stage.manim_internals import StageRenderer

        settings = {
            "pixel_width": job.quality.width,
            "pixel_height": job.quality.height,
            "frame_rate": job.quality.fps,
            "dry_run": True,  # frames go to the reel, and Manim writes nothing
            "progress_bar": "none",
            "verbosity": "ERROR",
        }
        with tempconfig(settings):
            yield load(job.scene), StageRenderer()
    except CourseError:
        raise
    except Exception as error:
        raise _readable(error, job.scene) from None
    finally:
        for name in [name for name in os.environ if name.startswith("COURSE_")]:
            del os.environ[name]
        os.environ.update(environment)


def _readable(error: Exception, scene: Path) -> SceneError:
    """What was raised, at which line of the scene."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(scene)]
    if isinstance(error, SyntaxError) and error.filename == str(scene):
        lines.append(error.lineno)
    place = f"{scene.name}:{lines[-1]}" if lines else scene.name
    trace = "".join(traceback.format_exception(error))
    return SceneError(f"{place}: {type(error).__name__}: {error}", trace)


def _compare(job: Job, index: int, planned: list[tuple[str, str]], found: list[tuple[str, str]]) -> None:
    if found == planned:
        return
    differs = [one[0] for one, other in zip(found, planned, strict=False) if one != other]
    differs += [name for name, _ in [*found[len(planned) :], *planned[len(found) :]]]
    raise CourseError(
        f"{job.scene.name}, {job.depth}: before animation {index} the stage is not as planned; "
        f"{differs[0]} differs. The scene must be the same each time it runs: look for unseeded chance, "
        "the time of day, or the order of a set."
    )


# What a scene reads


_reads: set[Path] | None = None
_listening = False


@contextlib.contextmanager
def _noting_reads() -> Iterator[set[Path]]:
    """Collect the files of the course that are opened for reading; captures, speech and code count elsewhere."""
    global _reads, _listening
    if not _listening:
        sys.addaudithook(_heard)
        _listening = True
    _reads = found = set()
    try:
        yield found
    finally:
        _reads = None


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _reads is None or not isinstance(arguments[0], str):
        return
    mode = arguments[1] or "r"
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return
    path = Path(os.path.abspath(arguments[0]))
    generated = media().absolute()
    if path.is_relative_to(generated):
        if path.relative_to(generated).parts[0] not in ("captures", "voice", "videos"):
            _reads.add(path)
    elif path.is_relative_to(ASSETS) or (path.is_relative_to(ROOT / "scenes") and path.suffix not in (".py", ".pyc")):
        _reads.add(path)


def _home(path: Path) -> str:
    for name, folder in (("media", media().absolute()), ("", ROOT)):
        if path.is_relative_to(folder):
            return str(Path(name) / path.relative_to(folder))
    return str(path)


