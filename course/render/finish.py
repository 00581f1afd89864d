"""A chapter whose segments are all there: joined and checked, its sound laid under it, handed on.

Not for drawing: the one picture that is drawn here, the thumbnail's, is drawn by a worker.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.cast import current_cast
from course.errors import CourseError
from course.files import digest_bytes, digest_file, read_json, stamp, write_json
from course.paths import ROOT
from course.render import worker
from course.render.plan import Plan, depth_folder
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.rendered import DEPTHS as TITLES
from course.render.rendered import Rendered, rendered_path
from course.render.segments import Segment, after_key, joined
from course.render.sources import DEPTHS, code_digest
from course.render.store import Store
from course.render.worker import Job
from course.video.film import Mark, shape, timing, write_film
from course.video.groups import Strip, as_before
from course.voice import Cue, sound
from course.voice.mix import Effect, mix

Then = Callable[[Rendered, str], Path]
"""What is done with a rendered chapter, given its name; returns the file that came out."""


@dataclass(frozen=True)
class Part:
    """One depth of the film, and those of its segments that the film has."""

    name: str
    plan: Plan
    chosen: Sequence[Segment]
    job: Job


def is_there(scene: Path, quality: Quality, parts: Sequence[Part]) -> bool:
    """Whether the film of these parts is there as it should be."""
    film = _film(scene, quality, parts)
    try:
        made_of = read_json(film.with_suffix(".json")).get("made_of")
        return film.exists() and made_of == _made_of(parts, quality)
    except OSError:  # a line's sound is gone
        return False


def finish(scene: Path, quality: Quality, parts: Sequence[Part], then: Then | None) -> list[Path]:
    """Join a chapter's segments and say which files there are now; nothing is done twice.

    `then` is given a chapter that is whole. Raises `CourseError` where the result is not as planned, and
    `MissingError` where the store lacks a segment.
    """
    film, cues, effects, marks = _film(scene, quality, parts), *_score(parts, quality.fps)
    stamp, home = film.with_suffix(".json"), film.parent
    if not is_there(scene, quality, parts):
        made_of = _made_of(parts, quality)
        stamp.unlink(missing_ok=True)  # killed between film and stamp, it must not vouch for another film
        _join(parts, cues, effects, marks, quality, film)
        write_json(stamp, {"made_of": made_of})
    if film.stem != scene.stem:
        return [film]
    thumbnail = home / "thumbnail.png"
    picture = digest_bytes(parts[-1].plan.picture.encode(), after_key(quality).encode())
    if not (thumbnail.exists() and read_json(stamp).get("thumbnail") == picture):
        with local_pool(1, fresh=True) as pool:
            pool.submit(worker.draw_thumbnail, parts[-1].job, thumbnail).result()
        write_json(stamp, {**read_json(stamp), "thumbnail": picture})
    rendered = Rendered(
        video=film,
        fps=quality.fps,
        cues=tuple(cues),
        marks=tuple((part, start) for part, start in marks),
        title=parts[0].plan.title,
        question=parts[0].plan.question,
        cast=current_cast(scene.stem),
        thumbnail=thumbnail,
        effects=tuple(effects),
        inputs=_inputs(scene, parts),
        mixed=not quality.draft,
    )
    path = rendered_path(scene.stem)
    if not path.exists() or json.dumps(read_json(path)) != json.dumps(rendered.to_json(path.parent)):
        rendered.save(path)
    _prune(parts)
    return [film, *([then(rendered, scene.stem)] if then else [])]


def _film(scene: Path, quality: Quality, parts: Sequence[Part]) -> Path:
    """Where the film goes: under the chapter's name only if it is all of it."""
    whole = tuple(part.name for part in parts) == DEPTHS
    complete = whole and all(len(part.chosen) == len(part.plan.segments) for part in parts)
    names = [] if complete else [part.name for part in parts if part.chosen]
    return depth_folder(scene, quality, "all").parent / f"{'-'.join([scene.stem, *names])}.mp4"


def _made_of(parts: Sequence[Part], quality: Quality) -> str:
    cues, effects, marks = _score(parts, quality.fps)
    return digest_bytes(
        after_key(quality).encode(),
        *(f"{key} {frames}".encode() for part in parts for key, frames in joined(part.chosen)),
        *(f"{cue.start} {_stamp(cue.utterance.path)}".encode() for cue in cues),
        *(f"{one.start} {one.gain} {_stamp(one.path)}".encode() for one in effects),
        repr((marks, parts[0].plan.title)).encode(),
        code_digest("voice", "video/film.py", "render/finish.py").encode(),
        str(quality.draft).encode(),
    )


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
        before = part.plan.segments[: part.plan.segments.index(part.chosen[0])]
        skipped = sum(segment.frames for segment in before)
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
    strip = _strip(joined(segment for part in parts for segment in part.chosen), quality)
    if not strip.frames:
        raise CourseError("The film ends before the moment that was asked for. Give an earlier one.")
    duration = strip.frames / quality.fps
    with tempfile.TemporaryDirectory(prefix="course-sound-") as folder:
        track = Path(folder) / "track.wav"
        if quality.draft:
            _lay(cues, duration, track)
        else:
            mix(cues, duration, track, effects)
        named = [Mark(start, TITLES.get(name, name)) for name, start in marks]
        write_film(strip, track, named, parts[0].plan.title, film)
    _check(film, quality, strip.frames)


def _strip(lengths: Sequence[tuple[str, int]], quality: Quality) -> Strip:
    store, after = Store(), after_key(quality)
    setting = quality.encoding, quality.width, quality.height
    if after not in store:
        store.keep(after, as_before(*setting))
    store.touch([after, *(key for key, _ in lengths)])
    return Strip(*setting, lengths, store.fetch, store.fetch(after))


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


def _prune(parts: Sequence[Part]) -> None:
    """Remove what belongs to earlier plans."""
    for part in parts:
        for path in depth_folder(part.job.scene, part.job.quality, part.name).iterdir():
            if path.name != "plan.json" and not path.name.startswith(part.plan.key):
                path.unlink(missing_ok=True)


def _stamp(sound_file: Path) -> str:
    """Tells a sound from another one under its name, which already stands for its text, voice and settings.

    A course has hundreds of megabytes of them: reading all would take longer than the rest of a build that
    has nothing to do.
    """
    return " ".join([sound_file.name, *map(str, stamp(sound_file))])
