"""What rendering hands over to the episode: a video, what is said in it and when, its one picture.

Not for finding out any of it: the renderer knows.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course.cast import Cast
from course.chapters import COURSE
from course.errors import CourseError
from course.files import write_json
from course.paths import films, shown
from course.video.film import DEPTHS as DEPTHS
from course.voice import Cue, Utterance
from course.voice.mix import Effect


def rendered_path(chapter: str) -> Path:
    """Where a chapter's `Rendered` is kept: `media/videos/<chapter>/rendered.json`."""
    return films() / "videos" / chapter / "rendered.json"


def leads_on(chapter: str, cue: Cue) -> bool:
    """Whether a line of a chapter asks the next one's question (`Chapter` says it last)."""
    return chapter in COURSE and cue.utterance.text.startswith("Next: ")


@dataclass(frozen=True)
class Rendered:
    """A rendered chapter.

    `video` is H.264 in yuv420p, `mixed` tells whether with the sound of an episode; `cues` and `effects`
    count seconds from its start; `marks` are (name of the depth, seconds); `thumbnail` is a picture of
    `Chapter.remember()`, 16:9. `inputs` are the files that it depends on, relative to the checkout, with
    their SHA-256.
    """

    video: Path
    fps: float
    cues: tuple[Cue, ...]
    marks: tuple[tuple[str, float], ...]
    title: str
    question: str
    cast: Cast
    thumbnail: Path
    effects: tuple[Effect, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    mixed: bool = False

    def save(self, path: Path) -> None:
        """Write `to_json()`, atomically."""
        write_json(path, self.to_json(path.parent))

    @classmethod
    def load(cls, path: Path) -> "Rendered":
        """Read what `save` wrote. Raises `CourseError` where it is missing or damaged."""
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")), path.parent)
        except FileNotFoundError:
            raise CourseError(f"{shown(path)} is missing. Render the chapter first: course render.") from None
        except (ValueError, KeyError, TypeError):
            raise CourseError(f"{shown(path)} is damaged. Render the chapter again: course render.") from None

    def to_json(self, home: Path) -> dict[str, Any]:
        """As plain values, files named relative to the folder `home`."""
        return {
            "video": _relative(self.video, home),
            "fps": self.fps,
            "cues": [{"start": cue.start, "utterance": cue.utterance.to_json()} for cue in self.cues],
            "marks": [list(mark) for mark in self.marks],
            "title": self.title,
            "question": self.question,
            "cast": asdict(self.cast),
            "thumbnail": _relative(self.thumbnail, home),
            "effects": [
                {"start": one.start, "path": _relative(one.path, home), "gain": one.gain}
                for one in self.effects
            ],
            "inputs": self.inputs,
            "mixed": self.mixed,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], home: Path) -> "Rendered":
        """The inverse of `to_json`."""
        return cls(
            video=home / value["video"],
            fps=float(value["fps"]),
            cues=tuple(
                Cue(float(cue["start"]), Utterance.from_json(cue["utterance"])) for cue in value["cues"]
            ),
            marks=tuple((str(name), float(start)) for name, start in value["marks"]),
            title=value["title"],
            question=value["question"],
            cast=Cast(**value["cast"]),
            thumbnail=home / value["thumbnail"],
            effects=tuple(
                Effect(float(one["start"]), home / one["path"], float(one["gain"]))
                for one in value.get("effects", [])
            ),
            inputs=dict(value.get("inputs", {})),
            mixed=bool(value.get("mixed", False)),
        )


def _relative(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path.resolve())
