"""Made-up lines and recordings: speech-like bursts whose times are known."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from course.voice import Cue, Utterance, Word, sound

needs_festival = pytest.mark.skipif(
    not shutil.which("festival") or not Path("/usr/share/festival/voices/us/cmu_us_slt_arctic_hts").is_dir(),
    reason="festival with festvox-us-slt-hts is not installed",
)
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


def voiced(seconds: float, level: float = 0.2) -> NDArray[np.float32]:
    """A buzz with the outline of speech: harmonics of 120 Hz, four swells a second."""
    time = np.arange(round(seconds * sound.RATE)) / sound.RATE
    buzz = np.sum([np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 12)], axis=0)
    return (level * buzz * (0.6 + 0.4 * np.cos(2 * np.pi * 4 * time))).astype(np.float32)


@pytest.fixture
def line(tmp_path: Path) -> Callable[..., Utterance]:
    """Make an utterance of evenly timed words with a real WAV behind it."""
    made = iter(range(1000))

    def make(text: str, seconds: float = 2.0, level: float = 0.2) -> Utterance:
        path = tmp_path / f"line{next(made)}.wav"
        sound.write(path, [sound.faded(voiced(seconds, level))])
        words = text.split()
        step = seconds / len(words)
        timed = tuple(Word(word, k * step, (k + 1) * step) for k, word in enumerate(words))
        return Utterance(text, path, seconds, timed, "takes")

    return make


@pytest.fixture
def cues(line: Callable[..., Utterance]) -> list[Cue]:
    """Three lines with pauses, 12 seconds in all."""
    texts = [
        "Drown this picture in noise.",
        "Little by little, until nobody can tell.",
        "Static, always static.",
    ]
    return [Cue(1.0 + 3.6 * k, line(text, 2.6)) for k, text in enumerate(texts)]
