"""One episode: film, captions, marks, the depths' own films, in a folder that is whole or absent.

Not for several chapters in one film: that is `whole`.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from course import __version__
from course.episode import describe, pictures
from course.episode.burn import burn_captions
from course.errors import CourseError, UsageError
from course.files import digest_file, write_json, write_text
from course.paths import films
from course.progress import progress
from course.render.rendered import DEPTHS, Rendered
from course.video.film import Mark, cut, moment, shape, timing, write_film
from course.voice import Cue
from course.voice.captions import captions, write_srt, write_vtt
from course.voice.mix import mix

ABOUT = (
    "{title}: a chapter of Noise to Picture, a course on diffusion models at three depths: "
    "the story, the mechanism, the mathematics."
)


def build_episode(rendered: Rendered, chapter_name: str, burn: bool = False) -> Path:
    """Build `media/episodes/<chapter_name>/` and return it; an episode that was there is replaced as a whole.

    `burn` adds `episode_captioned.mp4`, encoded anew with the captions in the picture. Raises `CourseError`
    where the rendered chapter does not hold together.
    """
    count, _ = timing(rendered.video)
    fps = shape(rendered.video).fps
    if abs(float(fps) - rendered.fps) > 0.01:
        raise CourseError(
            f"{chapter_name} was rendered at {rendered.fps:g} frames a second, but its video has "
            f"{float(fps):g}. Render the chapter again."
        )
    duration = float(count / fps)
    marks = [Mark(start, DEPTHS.get(name, name.capitalize())) for name, start in rendered.marks]
    marks = marks or [Mark(0.0, rendered.title)]
    with (
        fresh_folder(chapter_name) as folder,
        progress(total=4, desc=chapter_name) as bar,
    ):
        track = folder / "track.wav"
        mix(rendered.cues, duration, track, rendered.effects)
        bar.update(1)
        heard = rendered.video if rendered.mixed else track
        write_film([rendered.video], heard, marks, rendered.title, folder / "episode.mp4")
        write_depths(rendered, count, fps, track, folder / "depths")
        track.unlink()
        bar.update(1)
        write_words(folder, rendered.title, rendered.question, marks, duration, float(fps), rendered.cues)
        write_text(
            folder / "description.txt",
            describe.describe(
                rendered.question,
                ABOUT.format(title=rendered.title),
                marks,
                duration,
                [rendered.cast],
                [cue.utterance.voice for cue in rendered.cues],
            ),
        )
        bar.update(1)
        pictures.thumbnail(rendered.thumbnail, rendered.question, folder / "thumbnail.png")
        pictures.contact_sheet(
            folder / "episode.mp4",
            [(mark.title, mark.start) for mark in marks],
            duration,
            folder / "contact_sheet.png",
        )
        if burn:
            burn_captions(folder / "episode.mp4", captions(rendered.cues), folder / "episode_captioned.mp4")
        write_build(folder, build_facts(chapter_name, rendered, count))
        bar.update(1)
    return films() / "episodes" / chapter_name


def write_depths(rendered: Rendered, frames: int, fps: Fraction, track: Path, folder: Path) -> None:
    """Write each depth as a film of its own, with its captions: the chapter's pictures and sound (`track`).

    `frames` are those of the chapter. Pictures are copied. The sound is coded anew: a packet of it lasts 21
    ms, and a depth hardly ever begins with one.
    """
    starts = [round(start * fps) for _, start in rendered.marks]
    for (depth, _), part in zip(rendered.marks, map(range, starts, [*starts[1:], frames]), strict=True):
        start, end = float(part.start / fps), float(part.stop / fps)
        folder.mkdir(exist_ok=True)
        heard = folder / "track.wav"
        cut(track, start, end, heard)
        title = f"{rendered.title}: {DEPTHS.get(depth, depth).lower()}"
        write_film([rendered.video], heard, (), title, folder / f"{depth}.mp4", part)
        heard.unlink()
        cues = [replace(cue, start=cue.start - start) for cue in rendered.cues if start <= cue.start < end]
        lines = [replace(line, end=min(line.end, end - start)) for line in captions(cues)]
        write_srt(lines, folder / f"{depth}.srt")
        write_vtt(lines, folder / f"{depth}.vtt")


def write_words(
    folder: Path,
    title: str,
    question: str,
    marks: Sequence[Mark],
    duration: float,
    fps: float,
    cues: Sequence[Any],
) -> None:
    """Write the captions in both formats and `chapters.json`; its times lie within the pictures they name."""
    lines = captions(cues)
    write_srt(lines, folder / "captions.srt")
    write_vtt(lines, folder / "captions.vtt")
    frames = [round(mark.start * fps) for mark in marks]
    starts = [moment(frame, fps) for frame in frames]
    table = [
        {"title": mark.title, "start": start, "end": end, "frame": frame}
        for mark, start, end, frame in zip(marks, starts, [*starts[1:], duration], frames, strict=True)
    ]
    write_json(
        folder / "chapters.json",
        {"title": title, "question": question, "duration": duration, "fps": fps, "chapters": table},
    )


def build_facts(chapter: str, rendered: Rendered, frames: int) -> dict[str, Any]:
    """What an episode was made from; no secret, no path of this machine, no time of day."""
    cast = asdict(rendered.cast)
    if os.path.isabs(rendered.cast.model):
        cast["model"] = Path(rendered.cast.model).name
    return {
        "chapter": chapter,
        "title": rendered.title,
        "question": rendered.question,
        "cast": cast,
        "fps": rendered.fps,
        "frames": frames,
        "video": digest_file(rendered.video),
        "voices": dict(sorted(Counter(cue.utterance.voice for cue in rendered.cues).items())),
        "narration": narration(rendered.cues),
        "inputs": dict(sorted(rendered.inputs.items())),
    }


def narration(cues: Iterable[Cue]) -> list[dict[str, Any]]:
    """What is said, and when, with digests of the sounds."""
    return [
        {"start": cue.start, "text": cue.utterance.text, "sound": digest_file(cue.utterance.path)}
        for cue in cues
    ]


def write_build(folder: Path, facts: dict[str, Any]) -> None:
    """Write `build.json`: the facts, the versions, and a digest of every other file in the folder."""
    import av

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): digest_file(path) for path in paths}
    versions = {"course": __version__, "av": av.__version__}
    write_json(folder / "build.json", {**facts, "versions": versions, "files": files})


@contextmanager
def fresh_folder(name: str) -> Iterator[Path]:
    """Yield an empty folder; on success it becomes `media/episodes/<name>`, on failure the old one stays.

    A folder that a killed run had put aside is put back first.
    """
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        raise UsageError(f"{name!r} is no name for an episode.")
    target = films() / "episodes" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.parent / f".{name}.old"
    if aside.exists() and not target.exists():
        aside.rename(target)
    for left in target.parent.glob(f".{name}.*.part"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=target.parent))
    folder.chmod(0o777 & ~_umask())
    try:
        yield folder
        shutil.rmtree(aside, ignore_errors=True)
        if target.exists():
            target.rename(aside)
        folder.rename(target)
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise CourseError(
            f"The episode {name} cannot be written ({error.strerror}). Free some space, or set COURSE_MEDIA."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache  # two chapters may be finished at once
def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
