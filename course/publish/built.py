"""An episode's folder as the publisher reads it: what is in it, and whether it is up to date.

Not for judging the contents: that is `preflight`.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from course.files import digest_file
from course.paths import ROOT, SCENES, films, shown

COURSE = "course"  # the folder of the film that `course episode all` joins, beside those of the chapters
TRAILER = "trailer"  # and of the one that `course episode trailer` cuts


@dataclass(frozen=True)
class Built:
    """One built episode of the present cast, its trailer or its film of the whole course:
    `episodes/<chapter>/` below `films()`."""

    chapter: str
    folder: Path

    @property
    def entry(self) -> str:
        """Its name in the ledger: the chapter's, after that of its cast where the cast has one."""
        cast = os.environ.get("COURSE_CAST")
        return f"{cast}/{self.chapter}" if cast else self.chapter

    @property
    def how(self) -> str:
        """The command that builds it."""
        cast = f" --cast {name}" if (name := os.environ.get("COURSE_CAST")) else ""
        return f"course episode {'all' if self.chapter == COURSE else self.chapter}{cast}"

    @property
    def film(self) -> Path:
        """The film, an MP4 file."""
        return self.folder / "episode.mp4"

    @property
    def captions(self) -> Path:
        """The captions, an SRT file."""
        return self.folder / "captions.srt"

    @property
    def thumbnail(self) -> Path:
        """The picture to remember, 1280×720."""
        return self.folder / "thumbnail.png"

    @cached_property
    def build(self) -> dict[str, Any]:
        """What the episode was made from, with its `title`."""
        return _object(self.folder / "build.json")

    @cached_property
    def description(self) -> str:
        """The text under the film, with time stamps, credits and licences."""
        return _read(self.folder / "description.txt").strip()

    @property
    def title(self) -> str:
        """The title as viewers see it."""
        title = self.build.get("title")
        if not isinstance(title, str) or not title.strip():
            raise CourseError(
                f'{shown(self.folder / "build.json")} names no "title". Build {self.chapter} again.'
            )
        return title.strip()

    @cached_property
    def film_digest(self) -> str:
        """SHA-256 of the film's bytes."""
        return digest_file(self.film)

    @cached_property
    def captions_digest(self) -> str:
        """SHA-256 of the captions' bytes."""
        return digest_file(self.captions)

    @cached_property
    def thumbnail_digest(self) -> str:
        """SHA-256 of the thumbnail's bytes."""
        return digest_file(self.thumbnail)

    def missing(self) -> list[str]:
        """The files of the contract that publishing needs and that are not there (or are empty)."""
        paths = [self.film, self.captions, self.thumbnail]
        paths += [self.folder / name for name in ("chapters.json", "description.txt", "build.json")]
        return [path.name for path in paths if not path.is_file() or path.stat().st_size == 0]

    def stale(self) -> list[str]:
        """What changed since the episode was built, in a sentence: a source of it, or one of its files."""
        try:
            changed = self._changed()
        except (TypeError, AttributeError, KeyError):
            raise CourseError(
                f"{shown(self.folder / 'build.json')} is damaged. Build the episode again: `{self.how}`."
            ) from None
        if not changed:
            return []
        names = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        how = f"Render again what changed, then run `{self.how}`."
        return [f"{self.chapter} is out of date: {names} changed since it was built. {how}"]

    def _changed(self) -> list[str]:
        changed: list[str] = []
        chapters = self.build.get("chapters", [])  # the whole course lists what each of its chapters had
        listed = [(part.get("inputs"), ROOT) for part in (self.build, *chapters)]
        for digests, home in [*listed, (self.build.get("files"), self.folder)]:
            for name, digest in (digests or {}).items():
                path = (home / name).resolve()
                if not path.is_relative_to(home.resolve()):
                    continue  # what a file says is never a way out of its folder
                if not path.is_file() or digest_file(path) != digest:
                    changed.append(name)
        return changed + [part["chapter"] for part in chapters if _built_anew(part)]


def _built_anew(part: dict[str, Any]) -> bool:
    """Whether a chapter's own episode has other pictures or words than the film of the whole course."""
    episode = Built(str(part.get("chapter", "")), films() / "episodes" / str(part.get("chapter", "")))
    if episode.chapter not in episodes() or not (episode.folder / "build.json").is_file():
        return False
    return any(episode.build.get(key) != part.get(key) for key in ("video", "narration"))


def course_order(name: str) -> tuple[bool, int, str]:
    """The sort key of the course: its trailer, ch1, ch2, … ch10 (of whichever cast), then all else."""
    if name.rpartition("/")[2] == TRAILER:
        return (False, -1, name)
    number = re.match(r"(?:.*/)?ch(\d+)", name)
    return (number is None, int(number[1]) if number else 0, name)


def episodes() -> list[str]:
    """The episode folders, in course order: a trailer comes first, the film of the whole course last."""
    folder = films() / "episodes"
    names = [path.name for path in folder.glob("*") if path.is_dir() and not path.name.startswith(".")]
    return sorted(names, key=course_order)


def unbuilt() -> list[str]:
    """Chapters that have a scene and no episode yet, trailer and whole course likewise, in course order."""
    return sorted(
        {COURSE, TRAILER, *(path.stem for path in SCENES.glob("ch*_*.py"))} - set(episodes()),
        key=course_order,
    )


def choose(names: Sequence[str]) -> list[Built]:
    """The episodes that were asked for, in course order.

    A name is a chapter's, its beginning such as `ch2`, `course` for the film of the whole course, `trailer`,
    or `all` for every one of these that is built. Raises `UsageError` for a name that is none of them,
    `CourseError` for one that is not built.
    """
    there = episodes()
    known = sorted([*there, *unbuilt()], key=course_order)
    if not there:
        raise CourseError(
            "No episode has been built yet. Build one first: `course render ch2`, then `course episode ch2`."
        )
    if "all" in names:
        names = [name for name in there if name.startswith("ch") or name in (COURSE, TRAILER)]
    chosen = set()
    for name in names:
        matches = [one for one in known if one == name or one.startswith(f"{name}_")]
        if len(matches) != 1:
            raise UsageError(f"There is no chapter {name!r}. Chapters: {', '.join(known)}.")
        chosen.add(matches[0])
    found = [Built(name, films() / "episodes" / name) for name in sorted(chosen, key=course_order)]
    for one in found:
        if one.chapter not in there:
            raise CourseError(f"{one.chapter} has no episode yet. Build it first: `{one.how}`.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CourseError(f"{shown(path)} is missing. Build the episode again.") from None
    except (OSError, UnicodeDecodeError):
        raise CourseError(f"{shown(path)} cannot be read as UTF-8 text. Build the episode again.") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise CourseError(f"{shown(path)} is not valid JSON ({error}). Build the episode again.") from None
    if not isinstance(value, dict):
        raise CourseError(f"{shown(path)} does not hold an object. Build the episode again.")
    return value
