"""A captured walk as every step of it: its pictures in two small files, its numbers beside them.

Not for the films of it; and not for laying it out, which is the template's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from course.precompute import Capture
from course.site.sheets import column


@dataclass(frozen=True)
class Step:
    """One state of the walk: how much picture and how much noise is in it (their squares add up to one)."""

    number: int
    signal: float
    noise: float


class Walk:
    """All states of a capture, and at each the guess that the model makes from it."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self.prompt, self.seed = capture.spec.prompt, capture.spec.seed
        self.steps = len(capture.guess_pictures)
        self.side = capture.pictures.shape[1]
        self.backwards = capture.spec.model.startswith("forward:")

    def __iter__(self) -> Iterator[Step]:
        """The states, first to last."""
        levels = zip(self._capture.signal_level, self._capture.noise_level, strict=True)
        return (Step(number, float(signal), float(noise)) for number, (signal, noise) in enumerate(levels))

    @property
    def states(self) -> bytes:
        """A PNG of all states, one below the other."""
        return column(list(self._capture.pictures))

    @property
    def guesses(self) -> bytes:
        """A PNG of all guesses likewise; beside the last state, which has none, stands the last one."""
        made = self._capture.guess_pictures
        return column([*made, made[-1]])
