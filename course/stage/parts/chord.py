"""A curve and a chord below it: the logarithm of an average, and the average of logarithms.

Not for curves of measured data (`plots`).

    share = ValueTracker(0.2)                  # how far along the chord both dots stand
    Chord(share, (SIGNAL, WRONG), width=6.4, height=1.9)
"""

import numpy as np
from manim import Dot, Line, ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.driven import drive
from course.stage.parts.livecurve import live_curve
from course.stage.parts.plots import Axes
from course.stage.theme import INK

ENDS = (0.06, 0.95)
"""Between these two numbers the chord is drawn."""


class Chord(VGroup):
    """The `curve` of the logarithm over `axes`; `below`: its chord, a dot on each, and the gap between."""

    def __init__(self, share: ValueTracker, colors: tuple[str, str], width: float, height: float) -> None:
        self.axes = Axes((0.05, 1.0), (-3.0, 0.0), "how likely", "logarithm", width, height)
        self._share = share
        self.curve = live_curve(self.axes, lambda x: np.log(x), color=colors[0])
        ends = (self.axes.point(x, float(np.log(x))) for x in ENDS)
        gap = drive(Line(color=INK, stroke_width=6), lambda line: line.set_points_by_ends(*self.pair()))
        high, low = (Dot(radius=0.13, color=color) for color in colors)
        drive(high, lambda dot: dot.move_to(self.pair()[0]))
        drive(low, lambda dot: dot.move_to(self.pair()[1]))
        self.below = VGroup(Line(*ends, color=colors[1], stroke_width=5), gap, high, low)
        super().__init__(self.axes, self.curve, self.below)

    def pair(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the logarithm of the average stands now, and the average of the logarithms."""
        at = float(np.interp(self._share.get_value(), (0, 1), ENDS))
        low = float(np.interp(at, ENDS, np.log(ENDS)))
        return self.axes.point(at, float(np.log(at))), self.axes.point(at, low)
