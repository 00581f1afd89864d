"""Walks of the same words from several pieces of static: where they end, what they believe, when they part.

Not for where they stand on stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from course.maths import seeds
from course.precompute.store import Capture


@dataclass(frozen=True, eq=False)
class Walkers:
    """N captured walks of S steps each."""

    walks: Sequence[Capture]

    @cached_property
    def ends(self) -> NDArray[np.float32]:
        """(N, C, H, W): where they end."""
        return np.stack([walk.states[-1] for walk in self.walks])

    @cached_property
    def believed(self) -> NDArray[np.float32]:
        """(N, S + 1, C, H, W): what each believes at every step, and its end."""
        return np.stack([np.concatenate([walk.guesses, walk.states[-1:]]) for walk in self.walks])

    @cached_property
    def parted(self) -> NDArray[np.float64]:
        """(S + 1,): how far apart that is, by how far in the end."""
        return seeds.parting(self.believed)

    @cached_property
    def half(self) -> int:
        """At which step they are half as far apart as in the end."""
        return int(np.argmax(self.parted > 0.5)) + 1
