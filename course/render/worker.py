"""What a worker process does: run one depth of a chapter, to plan it or to draw some of its animations.

Not for deciding what is drawn where. The only module here that imports Manim, and only when it is called.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.files import digest_file, replacing
from course.paths import ASSETS, ROOT, media
from course.render.quality import Quality
from course.render.segments import Segment
from course.render.sources import DEPTHS, loaded, source_inputs

if TYPE_CHECKING:
    from course.precompute import Capture
    from course.precompute.families import Declared, Tree
    from course.stage import Chapter
    from course.stage.manim_internals import StageRenderer
    from course.voice import Utterance

State = list[tuple[str, str]]
"""What is on stage: (name, digest) of each object, as `scene_state` gives it."""


@dataclass(frozen=True)
class Job:
    """One depth of one chapter at one quality; `sources` are the digests of its code, as the plan knows them.

    `environment` holds the COURSE_… variables of the build: a worker may be older than they are.
    """

    scene: Path
    depth: str
    quality: Quality
    sources: Mapping[str, str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Task:
    """Segments of a depth to draw, in their order.

    `lengths` are the frames of their animations, `states` the stage before these, by number; `captures`
    (names and keys) and `lines` (the narration) are the depth's, as planned; `reads` names other files that
    it opens; `families` is how the captures stand in families.
    """

    job: Job
    segments: tuple[Segment, ...]
    lengths: Mapping[int, int]
    states: Mapping[int, State]
    captures: Mapping[str, str]
    lines: tuple[dict[str, Any], ...]
    reads: tuple[str, ...]
    families: "Tree"


@dataclass(frozen=True)
class Drawn:
    """What a task took in CPU seconds: to get to its segments, and for each of them by its key."""

    depth: tuple[str, str]
    passing: float
    segments: Mapping[str, float]


@dataclass(frozen=True)
class Dry:
    """What a dry pass found.

    `animations` are (frames, kind), `shown` what each shows, `states` the stage before each; `code` are the
    digests of the course's modules that it loaded; `picture` is that of the chapter's picture to remember, in
    its last depth; `captures` the keys of those that were
    looked at, `families` the names of those whose members were counted or gone through; `reads` the digests
    of other files; `seconds` the CPU time it took.
    """

    title: str
    question: str
    animations: list[tuple[int, str]]
    shown: dict[int, list[tuple[str, int]]]
    cues: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    captures: dict[str, str]
    families: list[str]
    reads: dict[str, str]
    states: list[State]
    code: dict[str, str]
    picture: str
    seconds: float


class SceneError(CourseError):
    """A scene raised; `trace` is the whole traceback."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


# Tasks


def rehearse(job: Job) -> tuple["Declared", Dry | None]:
    """What the chapter declares, and its depth, run frame by frame without drawing, in a process of its own.

    Notes what it shows, does and looks at. Nothing is run, and None given, where a capture is missing that
    the chapter declares: those of all chapters are captured together.
    """
    from course.precompute.store import capture_path
    from course.stage.display import Display
    from course.stage.manim_internals import scene_state

    started = time.time()
    states: list[State] = []
    shown: dict[int, list[tuple[str, int]]] = {}
    seen: dict[str, Capture | None] = {}

    def observe(index: int, digest: str, times: int) -> None:
        shown.setdefault(index, []).append((digest, times))

    with _running(job) as (chapter, renderer), _noting_reads() as reads:
        renderer.observe = observe
        renderer.before = lambda scene, index: states.append(scene_state(scene))
        scene = chapter(renderer)
        declares = scene.declared()
        if not all(capture_path(spec.key).exists() for spec in declares.specs.values()):
            return declares, None
        scene.__dict__["captures"] = scene.captures.noting(seen.__setitem__)
        begun = time.process_time()
        scene.render()
        seconds = time.process_time() - begun
        last = job.depth == DEPTHS[-1]
        picture = Display(renderer.camera).digest([scene.remember()]).hex() if last else ""
    return declares, Dry(
        title=scene.title,
        question=scene.question,
        animations=[(planned.frames, planned.kind) for planned in renderer.plan],
        shown=shown,
        cues=[{"start": cue.start, "utterance": cue.utterance.to_json()} for cue in scene.cues],
        effects=[
            {"start": one.start, "path": str(one.path), "gain": one.gain}
            for one in getattr(scene, "effects", ())
        ],
        captures={name: one.key for name, one in sorted(seen.items()) if one is not None},
        families=sorted(name for name, one in seen.items() if one is None),
        reads={_home(path): digest_file(path) for path in sorted(reads) if path.is_file()},
        states=states,
        code=_code(job, started),
        picture=picture,
        seconds=seconds,
    )


def draw(task: Task) -> Drawn:
    """Draw and encode segments that are not in the store, and keep each there as soon as it is whole.

    Raises `CourseError` where the stage is not as it was planned, where the code has changed since it was
    planned, and where a file cannot be written.
    """
    from course.precompute.families import view
    from course.render.reel import Reel
    from course.render.store import Store
    from course.stage.manim_internals import scene_state, where

    job = task.job

    def permit() -> None:
        if source_inputs(job.scene, job.depth, job.sources) != job.sources:
            raise CourseError(
                f"{job.scene.name} or what it uses changed while it was rendered. Render it again."
            )

    with _running(job) as (chapter, renderer):
        store = Store()
        task = replace(task, segments=tuple(one for one in task.segments if one.key not in store))
        plays = dict.fromkeys(segment.play for segment in task.segments)
        begun, reel = time.thread_time(), Reel(task, store, permit)
        if not plays:  # whoever had this before it died had done it
            return Drawn((job.scene.stem, job.depth), 0.0, {})

        def before(scene: Any, index: int) -> None:
            if index in plays:
                reel.passing = reel.passing or time.thread_time() - begun
                _compare(job, index, task.states.get(index), scene_state(scene))

        renderer.only = plays
        renderer.before = before
        renderer.wanted = reel.wanted
        renderer.sink = reel.take
        scene = chapter(renderer)
        scene.__dict__["captures"] = view(task.families, _planned(task.captures), lambda: where(scene))
        scene.__dict__["speak"] = _speaker(task.lines)
        scene.render()
        reel.end()
    return Drawn((job.scene.stem, job.depth), reel.passing, reel.costs)


def draw_thumbnail(job: Job, path: Path) -> None:
    """Write the chapter's picture to remember as a 1280×720 PNG."""
    from PIL import Image

    from course.stage import theme
    from course.stage.manim_internals import snapshot

    with _running(job) as (chapter, renderer):
        picture = chapter(renderer).remember()
        picture.scale(min(theme.SAFE_WIDTH / picture.width, theme.SAFE_HEIGHT / picture.height, 1))
        pixels = snapshot(picture.move_to(theme.SAFE_CENTER), 1280, 720, theme.BACKGROUND)
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary)


# How


@contextlib.contextmanager
def _running(job: Job) -> Iterator[tuple["type[Chapter]", "StageRenderer"]]:
    """The chapter's class and a renderer for it, in this job's environment and configuration."""
    before = {name: value for name, value in os.environ.items() if name.startswith("COURSE_")}
    _set_environment({**job.environment, "COURSE_DEPTHS": job.depth})
    try:
        from manim import tempconfig

        from course.stage.loading import load
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
        _set_environment(before)


def _set_environment(values: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("COURSE_")]:
        del os.environ[name]
    os.environ.update(values)


def _speaker(lines: tuple[dict[str, Any], ...]) -> Callable[[str], "Utterance"]:
    """Says each line as it was planned: another machine may have other voices."""
    from course.voice import Utterance
    from course.voice.spoken import clean

    planned = {line["text"]: Utterance.from_json(line) for line in lines}

    def speak(text: str) -> Utterance:
        if (said := planned.get(clean(text))) is None:
            raise CourseError(
                f'The line "{text}" was not said when this was planned. '
                "A scene must be the same each time it runs."
            )
        return said

    return speak


def _readable(error: Exception, scene: Path) -> SceneError:
    """What was raised, and at which line of the scene."""
    stack = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in stack if frame.filename == str(scene)]
    if isinstance(error, SyntaxError) and error.filename == str(scene):
        lines.append(error.lineno)
    place = f"{scene.name}:{lines[-1]}" if lines else scene.name
    trace = "".join(traceback.format_exception(error))
    return SceneError(f"{place}: {type(error).__name__}: {error}", trace)


def _compare(job: Job, index: int, planned: State | None, found: State) -> None:
    from course.stage.manim_internals import alike

    if planned is None:
        return
    differing = [
        one[0]
        for one, other in zip(found, planned, strict=False)
        if one[0] != other[0] or not alike(one[1], other[1])
    ]
    differing += [name for name, _ in [*found[len(planned) :], *planned[len(found) :]]]
    if not differing:
        return
    raise CourseError(
        f"{job.scene.name}, {job.depth}: before animation {index} the stage is not as it was planned; "
        f"{differing[0]} differs. A scene must be the same each time it runs: look for chance "
        "without a seed, the time of day, or the order of a set."
    )


def _planned(keys: Mapping[str, str]) -> "Callable[[str], Capture]":
    """Gives captures by name, from disk as they were planned: no model is needed where they are drawn."""
    from course.precompute import store

    @cache
    def look(name: str) -> "Capture":
        path = store.capture_path(keys[name])
        try:
            return store.load(path)
        except store.Damaged as damage:
            raise CourseError(f"{path.name} is damaged or gone ({damage}). Render again.") from None

    return look


# What else a scene reads


def _code(job: Job, started: float) -> dict[str, str]:
    """Digests of what this process has loaded of the course, if it is still what it was."""
    names = loaded()
    changed = next((name for name in names if (ROOT / name).stat().st_mtime > started), None)
    if changed or (job.sources and job.scene.stat().st_mtime > started):
        raise CourseError(f"{changed or job.scene.name} changed while this was planned. Run again.")
    return source_inputs(job.scene, job.depth, names)


_reads: set[Path] | None = None
_listening = False


@contextlib.contextmanager
def _noting_reads() -> Iterator[set[Path]]:
    """Collect the course's files that are opened to be read; captures, speech and code count elsewhere."""
    global _reads, _listening
    if not _listening:
        sys.addaudithook(_heard)
        _listening = True
    found: set[Path] = set()
    _reads = found
    try:
        yield found
    finally:
        _reads = None


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _reads is None or not isinstance(arguments[0], str):
        return
    mode = arguments[1]
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return
    path = Path(os.path.abspath(arguments[0]))
    generated = media().absolute()
    if path.is_relative_to(generated):
        if path.relative_to(generated).parts[:1] not in (
            (),
            ("captures",),
            ("voice",),
            ("videos",),
            ("casts",),
        ):
            _reads.add(path)
    elif path.is_relative_to(ASSETS) or (path.is_relative_to(ROOT / "scenes") and "py" not in path.suffix):
        _reads.add(path)


def _home(path: Path) -> str:
    for name, folder in (("media", media().absolute()), ("", ROOT)):
        if path.is_relative_to(folder):
            return str(Path(name) / path.relative_to(folder))
    return str(path)
