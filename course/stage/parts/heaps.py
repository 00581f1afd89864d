"""A wall of pictures that sorts itself into heaps by kind, beside the heaps that a law would give.

Not for bars of numbers (`plots.BarPlot`): here every picture that was counted is seen.

    at = ValueTracker(0)
    heaps = Heaps((drawn, guided), (kinds, kinds_guided), ("red", "blue", "unclear"), (0.3, 0.7), at)
    self.show(heaps.crowd)                              # a wall; at = 1: in heaps, `names` below them
    self.turn(at, 2); self.turn(at, 3)                  # the other pictures at the same places; sorted anew
"""

from collections.abc import Sequence
from itertools import count

import numpy as np
from manim import Rectangle, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.stage.parts.crowd import Crowd
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import Driven
from course.stage.theme import INK, LABEL, MUTED, text

BASE, LEFT, PITCH = -2.35, -5.5, 2.2  # where the heaps stand, and how far apart
WIDE, HIGH, WALL = 2.0, 4.6, 13.1  # units of a heap, and of the wall


def heaped(kinds: NDArray[np.int64], across: int) -> NDArray[np.float64]:
    """(N, 2): where pictures of these kinds (N,) stand, heap by heap from the left, so many `across`."""
    found, tile = np.empty((len(kinds), 2)), WIDE / across
    for kind in np.unique(kinds):
        (these,) = np.nonzero(kinds == kind)
        up, right = np.divmod(np.arange(len(these)), across)
        found[these, 0] = LEFT + PITCH * kind + (right - (across - 1) / 2) * tile
        found[these, 1] = BASE + (up + 0.5) * tile
    return found


class Heaps(VGroup):
    """Two albums (N, H, W, 3) uint8 of the same seeds and the kind of each picture (N,), a number below K, or
    K where there is none; `names` of the K + 1. `frames` are as high as the law (K,) lets expect.
    """

    def __init__(
        self,
        albums: Sequence[NDArray[np.uint8]],
        kinds: Sequence[NDArray[np.int64]],
        names: Sequence[str],
        law: ArrayLike,
        at: ValueTracker,
    ) -> None:
        most = max(np.bincount(one).max() for one in kinds)
        # As large as the highest heap allows.
        self.across = next(k for k in count(1) if -(-most // k) * WIDE / k <= HIGH)
        tile, columns = WIDE / self.across, 2 * round(np.sqrt(len(albums[0])))
        down, over = np.divmod(np.arange(len(albums[0])), columns)
        loose = WALL / columns
        wall = np.stack([loose * (over - (columns - 1) / 2), loose * (down.max() / 2 - down)], axis=1)
        first, second = (heaped(one, self.across) for one in kinds)
        films, small = np.stack(albums, axis=1)[:, [0, 0, 1, 1]], 0.96 * tile
        self.crowd = Crowd(films, [wall, first, first, second], at, (0.95 * loose, *3 * (small,)), True)
        self.names = VGroup(*(on_baseline(text(name, LABEL, MUTED)) for name in names))
        for k, name in enumerate(self.names):
            name.set_x(LEFT + PITCH * k).shift([0, BASE - 0.42, 0])
        self._kinds, shares = kinds, np.asarray(law, np.float64)
        counted = [np.count_nonzero(one < len(shares)) for one in kinds]

        def build(at: float) -> VGroup:
            heights = shares * np.interp(at, [2, 3], counted) / self.across * tile
            frames = VGroup()
            for k, height in enumerate(heights):
                frame = Rectangle(color=INK, height=height, width=WIDE + 0.12, stroke_width=4)
                frames.add(frame.move_to([LEFT + PITCH * k, BASE + height / 2, 0]))
            return frames

        self.frames = Driven(build, at)
        super().__init__(self.crowd, self.names, self.frames)

    def heap(self, kind: int, album: int) -> VGroup:
        """The pictures of one kind in one of the albums, with its name."""
        return VGroup(self.names[kind], *(self.crowd[k] for k in np.flatnonzero(self._kinds[album] == kind)))
