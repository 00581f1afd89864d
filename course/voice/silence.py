"""The voice that says nothing, at a reading pace: for tests, drafts, and machines without any voice.

Not for pauses between lines: those are the scene's.
"""

import numpy as np

from course.voice import sound
from course.voice.spoken import spoken_words
from course.voice.timing import READING, Span, spread

NAME = "silence"


def identity(text: str) -> str | None:
    """What a line depends on besides its text; there is always silence."""
    return f"{READING:g} words a minute"


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """Silence (N,) at 48 kHz, as long as reading the line aloud takes, and the span of every written word."""
    said = spoken_words(text)
    seconds = max(0.4, 60.0 / READING * len(" ".join(said).split()))
    samples = np.zeros(round(seconds * sound.RATE), np.float32)
    return samples, spread(said, 0.0, len(samples) / sound.RATE)
