"""One bar cut into shares that follow trackers: together they fill it, or do not.

Not for amounts side by side (`plots.BarPlot`, `sliders.Faders`).

    t = ValueTracker(0)
    bar = Shares(lambda t: (1 - t, t), t, colors=(SIGNAL, NOISE))
    bar.parts[1]; bar.middle(1)                          # a share, and the point above its middle
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from manim import DOWN, LEFT, RIGHT, Line, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.theme import LABEL, MUTED, text

THIN = 1e-4  # a line of no length has no direction to be put on


class Shares(VGroup):
    """From left to right the shares, each from 0 to 1, that `shares(*trackers' values)` gives; `width` is 1.

    As many as `colors`. `parts[k]` is one of them, `track` the whole bar behind them. A copy does not follow.
    `names` of the first and the last one stand below the bar's ends.
    """

    def __init__(
        self,
        shares: Callable[..., ArrayLike],
        *trackers: ValueTracker,
        colors: Sequence[str],
        width: float = 8.0,
        height: float = 0.6,
        names: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._shares, self._trackers = shares, trackers
        if len(self._now()) != len(colors):
            raise CourseError(f"A bar of {len(self._now())} shares needs as many colours, not {len(colors)}.")
        # Manim draws a stroke of 100 one unit wide.
        self.track = Line(width / 2 * LEFT, width / 2 * RIGHT, color=MUTED, stroke_width=100 * height)
        self.track.set_opacity(0.25)
        self.parts = VGroup(*(Line(color=color, stroke_width=100 * height) for color in colors))
        for k, part in enumerate(self.parts):
            drive(part, partial(self._lay, k))
        self.add(self.track, self.parts)
        for name, color, side in zip(names or (), (colors[0], colors[-1]), (LEFT, RIGHT), strict=False):
            below = text(name, LABEL, color).next_to(self.track, DOWN, buff=0.45 + height / 2)
            self.add(below.align_to(self.track, side))

    def _lay(self, k: int, line: Line) -> None:
        line.set_points_by_ends(*self.ends(k))

    def _now(self) -> NDArray[np.float64]:
        return finite(self._shares(*(tracker.get_value() for tracker in self._trackers)), "A bar of shares")

    def ends(self, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where share k begins and ends."""
        start, end = self.track.get_start(), self.track.get_end()
        before = np.concatenate([[0.0], np.cumsum(self._now())])
        return start + before[k] * (end - start), start + max(before[k + 1], before[k] + THIN) * (end - start)

    def middle(self, k: int) -> NDArray[np.float64]:
        """The middle of share k."""
        return np.mean(self.ends(k), axis=0)
