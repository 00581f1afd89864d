"""Many ways on a flat map, each from one place to another, and the mean of them: what they have in common.

Not for pictures at places (`maps.EmbeddingMap`).

    drift = Drift(projected(np.concatenate([middles, boths])))    # (2 N, 2): where they start, where they end
    self.show(drift.starts); self.draw(drift.ways); self.show(drift.ends, drift.common)
"""

import numpy as np
from manim import Arrow, Dot, Line, VGroup
from numpy.typing import ArrayLike

from course.stage.parts.digits import finite
from course.stage.theme import INK, MODEL, MUTED, PROMPT

EVERY = 3
"""Of so many ways one is drawn: all of them would be a carpet."""


class Drift(VGroup):
    """Points (2 N, 2), first all starts, then all ends, made to fit into `width` by `height`."""

    def __init__(self, points: ArrayLike, width: float = 11.5, height: float = 5.4) -> None:
        spots = finite(points, "The map")
        low, high = spots.min(0), spots.max(0)
        spots = (spots - (low + high) / 2) * (np.array([width, height]) / (high - low)).min()
        start, end = np.pad(spots, ((0, 0), (0, 1))).reshape(2, -1, 3)
        self.starts, self.ends = (
            VGroup(*(Dot(at, 0.06, color=color) for at in places))
            for places, color in ((start, MUTED), (end, PROMPT))
        )
        shown = zip(start[::EVERY], end[::EVERY], strict=True)
        self.ways = VGroup(*(Line(a, b, color=MODEL, stroke_width=3) for a, b in shown))
        self.common = Arrow(start.mean(0), end.mean(0), buff=0, color=INK, stroke_width=14)
        super().__init__(self.starts, self.ways, self.ends, self.common)
