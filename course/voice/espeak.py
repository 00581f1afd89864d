"""The espeak-ng voice: small, on nearly every system, plainly a machine; its words are timed by ear.

Not for SSML or phoneme input: what is said is plain words.
"""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from course.errors import CourseError
from course.voice import sound
from course.voice.spoken import RESPELLED, spoken_words
from course.voice.timing import Span, measured

NAME = "espeak"
SETTINGS = ["-v", "en-us", "-s", "150", "-g", "1"]


@cache
def _installed() -> bool:
    return shutil.which("espeak-ng") is not None


def identity(text: str) -> str | None:
    """What a spoken line depends on besides its text; None where this voice is not installed."""
    return " ".join([*SETTINGS, *spoken_words(text, RESPELLED)]) if _installed() else None


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """Speak a line: samples (N,) at 48 kHz and each written word's span. Raises `CourseError` on failure."""
    said = spoken_words(text, RESPELLED)
    with tempfile.TemporaryDirectory(prefix="course-espeak-") as folder:
        path = Path(folder) / "line.wav"
        words = " ".join(word for word in said if word)
        try:
            # The text goes through standard input: an argument could be taken for an option.
            done = subprocess.run(
                ["espeak-ng", *SETTINGS, "-w", str(path), "--stdin"],
                input=words + "\n",
                capture_output=True,
                timeout=120,
                check=False,
                text=True,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CourseError(
                f"espeak-ng did not speak ({error}). Try again, or use --voice silence."
            ) from None
        if done.returncode or not path.exists():
            hint = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise CourseError(f"espeak-ng did not speak ({hint}). Install it again, or use --voice silence.")
        samples = sound.read(path)
    samples = np.concatenate(list(sound.filtered([samples], "highpass=f=80")))[:, 0]
    return samples, measured(said, samples)
