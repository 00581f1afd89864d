"""Lines of narration with real sound behind them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from course.voice import Cue, Utterance, Word, sound
from tests.voice.recordings import voiced


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
