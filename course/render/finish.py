"""A chapter whose segments are all there: joined and checked, its sound laid under it, handed on.

Not for drawing: the one picture that is drawn here, the thumbnail's, is drawn by a worker.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from course.cast import current_cast
from course.errors import CourseError
from course.files import digest_bytes, digest_file, read_json, write_json
from course.paths import ROOT, shown
from course.render import worker
from course.render.plan import Plan
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.rendered import DEPTHS as TITLES
from course.render.rendered import Rendered, rendered_path
from course.render.sources import code_digest
from course.render.worker import Job, Segment
from course.video.film import Mark, shape, timing, write_film
from course.voice import Cue, sound
from course.voice.mix import Effect, mix

Then = Callable[[Rendered, str], Path]
"""What is done with a rendered chapter, given its name; returns the file that came out."""


@dataclass(frozen=True)
class Part:
    """One depth of the film: all its segments, and those of them that the film has."""

    name: str
    plan: Plan
    segments: Sequence[Segment]
    chosen: Sequence[Segment]
    job: Job


def finish(
    scene: Path, quality: Quality, home: Path, parts: Sequence[Part], whole: bool, then: Then | None
) -> list[Path]:
    """Join a chapter's segments and say which files there are now; nothing is done twice.

    `whole` is False where some depths were left out; `home` is where the film goes; `then` is given a whole
    chapter. Raises `CourseError` where the result is not as planned.
    """
    complete = whole and all(len(part.chosen) == len(part.segments) for part in parts)
    name = scene.stem if complete else "-".join([scene.stem, *(part.name for part in parts if part.chosen)])
    film = home / f"{name}.mp4"
    cues, effects, marks = _score(parts, quality.fps)
    made_of = digest_bytes(
        *(segment.path.name.encode() for part in parts for segment in part.chosen),
        *(
            _stamp(one).encode()
            for one in [*(cue.utterance.path for cue in cues), *(e.path for e in effects)]
        ),
        code_digest("voice", "video/film.py", "render/finish.py").encode(),
        str(quality.draft).encode(),
    )
    stamp = film.with_suffix(".json")
    if not (film.exists() and read_json(stamp).get("made_of") == made_of):
        stamp.unlink(missing_ok=True)  # killed between film and stamp, it must not vouch for another film
        _join(parts, cues, effects, marks, quality, film)
        write_json(stamp, {"made_of": made_of})
    if not complete:
        return [film]
    thumbnail = home / "thumbnail.png"
    if not (thumbnail.exists() and read_json(stamp).get("thumbnail") == parts[-1].plan.key):
        with local_pool(1, fresh=True) as pool:
            pool.submit(worker.draw_thumbnail, parts[-1].job, thumbnail).result()
        write_json(stamp, {"made_of": made_of, "thumbnail": parts[-1].plan.key})
    rendered = Rendered(
        video=film,
        fps=quality.fps,
        cues=tuple(cues),
        marks=tuple((part, start) for part, start in marks),
        title=parts[0].plan.title,
        question=parts[0].plan.question,
        cast=current_cast(),
        thumbnail=thumbnail,
        effects=tuple(effects),
        inputs=_inputs(scene, parts),
    )
    path = rendered_path(scene.stem)
    if not path.exists() or json.dumps(read_json(path)) != json.dumps(rendered.to_json(path.parent)):
        rendered.save(path)
    _prune(home, parts)
    return [film, *([then(rendered, scene.stem)] if then else [])]


def _score(parts: Sequence[Part], fps: int) -> tuple[list[Cue], list[Effect], list[tuple[str, float]]]:
    """What is said, what is heard and where depths begin, in seconds of the film."""
    cues: list[Cue] = []
    effects: list[Effect] = []
    marks: list[tuple[str, float]] = []
    at = 0
    for part in parts:
        if not part.chosen:
            continue
        marks.append((part.name, at / fps))
        # Where only a window was asked for, the film begins in the middle of the depth.
        skipped = sum(segment.frames for segment in part.segments if segment.first < part.chosen[0].first)
        kept = sum(segment.frames for segment in part.chosen)
        for cue in part.plan.spoken():
            if skipped <= cue.start * fps < skipped + kept:
                cues.append(Cue((at - skipped) / fps + cue.start, cue.utterance))
        for one in part.plan.effects:
            if skipped <= one["start"] * fps < skipped + kept:
                effects.append(Effect((at - skipped) / fps + one["start"], Path(one["path"]), one["gain"]))
        at += kept
    return cues, effects, marks


def _join(
    parts: Sequence[Part],
    cues: Sequence[Cue],
    effects: Sequence[Effect],
    marks: Sequence[tuple[str, float]],
    quality: Quality,
    film: Path,
) -> None:
    segments = [segment for part in parts for segment in part.chosen]
    if not segments:
        raise CourseError("The film ends before the moment that was asked for. Give an earlier one.")
    wanted = sum(segment.frames for segment in segments)
    duration = wanted / quality.fps
    for segment in segments:
        if not _whole(segment, quality):
            segment.path.unlink(missing_ok=True)
            raise CourseError(f"{shown(segment.path)} was damaged and has been removed. Render again.")
    with tempfile.TemporaryDirectory(prefix="course-sound-") as folder:
        track = Path(folder) / "track.wav"
        if quality.draft:
            _lay(cues, duration, track)
        else:
            mix(cues, duration, track, effects)
        named = [Mark(start, TITLES.get(name, name)) for name, start in marks]
        write_film([segment.path for segment in segments], track, named, parts[0].plan.title, film)
    _check(film, quality, wanted)


def _whole(segment: Segment, quality: Quality) -> bool:
    try:
        found = shape(segment.path)
        right = (found.width, found.height) == (quality.width, quality.height)
        return right and timing(segment.path)[0] == segment.frames
    except (CourseError, av.FFmpegError):
        return False


def _lay(cues: Sequence[Cue], duration: float, track: Path) -> None:
    """The lines where they belong, as loud as they were spoken: good enough for a draft."""
    total = round(duration * sound.RATE)
    samples = np.zeros(total, np.float32)
    for cue in cues:
        start = round(cue.start * sound.RATE)
        line = sound.read(cue.utterance.path)[: total - start]
        samples[start : start + len(line)] += line
    sound.write(track, [np.repeat(samples[:, None], 2, axis=1)], channels=2)


def _check(film: Path, quality: Quality, frames: int) -> None:
    found, now = shape(film), timing(film)[0]
    planned = (quality.width, quality.height, quality.encoding.fps, frames)
    if (found.width, found.height, found.fps, now) != planned:
        film.unlink()
        raise CourseError(
            f"The joined film has {now} frames of {found.width}×{found.height} at {found.fps} a second, "
            f"the plan {frames} of {quality.width}×{quality.height} at {quality.fps}. Render again."
        )


def _inputs(scene: Path, parts: Sequence[Part]) -> dict[str, str]:
    names = {name for part in parts for name in part.plan.inputs if name.endswith(".py")}
    files = {name: ROOT / name for name in names if (ROOT / name).is_file()} | {f"scenes/{scene.name}": scene}
    return {name: digest_file(path) for name, path in sorted(files.items())}


def _prune(home: Path, parts: Sequence[Part]) -> None:
    """Remove the segments of earlier contents."""
    for part in parts:
        kept = {segment.path for segment in part.segments}
        for path in home.joinpath(part.name).iterdir():
            states = path.name.endswith(".states.json") and not path.name.startswith(part.plan.key)
            if states or (path.suffix == ".mp4" and path not in kept):
                path.unlink(missing_ok=True)


def _stamp(sound_file: Path) -> str:
    """Tells a sound from another one under its name, which already stands for its text, voice and settings.

    A course has hundreds of megabytes of them: reading all would take longer than the rest of a build that
    has nothing to do.
    """
    stat = sound_file.stat()
    return f"{sound_file.name} {stat.st_mtime_ns} {stat.st_size}"
