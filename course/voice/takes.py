"""Recorded takes: a WAV for a line, read aloud by a person, wins over any machine.

Not for recording, nor for judging a recording: `course voice check` does that (script).
"""

import json
from pathlib import Path

from course.errors import CourseError
from course.files import digest_file
from course.paths import ASSETS
from course.voice import sound
from course.voice.spoken import clean, spoken_words
from course.voice.timing import Span, measured, unusable

NAME = "takes"
SCRIPT = "script.json"


def folder() -> Path:
    """Where takes lie: one folder a chapter, a WAV for each numbered line, and their script."""
    return ASSETS / "voice"


def script(chapter: str) -> dict[str, str]:
    """The numbered lines that were read aloud: "001" → text. Empty where no script was written yet."""
    path = folder() / chapter / SCRIPT
    if not path.exists():
        return {}
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))["lines"]
        return {str(number): clean(text) for number, text in lines.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise CourseError(
            f"{path} is damaged. Restore it, or delete it and write it again: course voice script {chapter}"
        ) from None


def find(text: str) -> Path | None:
    """The take of this very text, whichever chapter it was read for."""
    if not folder().is_dir():
        return None
    for chapter in sorted(path.parent.name for path in folder().glob(f"*/{SCRIPT}")):
        for number, line in script(chapter).items():
            path = folder() / chapter / f"{number}.wav"
            if line == text and path.is_file():
                return path
    return None


def identity(text: str) -> str | None:
    """The take's digest; None where there is no take of this line."""
    path = find(text)
    return digest_file(path) if path else None


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """The take: samples (N,) at 48 kHz whatever it was recorded as, and measured spans of the words."""
    path = find(text)
    if path is None:
        raise CourseError(f'There is no take of "{text}". Record it, or use another voice.')
    samples, said = sound.read(path), spoken_words(text)
    if fault := unusable(samples, said):
        raise CourseError(f'{path} {fault}. Record it again: "{text}"')
    return samples, measured(said, samples)
