"""A right triangle over a fixed long side: how two amounts whose squares add up share one that stays.

Not for angles that are measured (`fan`).

    share = ValueTracker(0.3)                          # the second side, by the long one
    triangle = RightAngle(share, (NOISE, TIME))
    self.play(share.animate.set_value(0.8))
"""

import numpy as np
from manim import RIGHT, Line, ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.driven import drive
from course.stage.theme import INK


class RightAngle(VGroup):
    """`whole` is `width` units long; `first` and `second` meet at a right angle over it.

    `share` (0 … 1) is the second's part of the long side: at 0 the first one lies on it.
    """

    def __init__(self, share: ValueTracker, colors: tuple[str, str], width: float = 5.0) -> None:
        self.whole = Line([0, 0, 0], [width, 0, 0], color=INK, stroke_width=7)
        self.first, self.second = (Line(color=color, stroke_width=9) for color in colors)

        def corner() -> NDArray[np.float64]:
            # By Thales, every corner on the half circle over the long side is a right angle.
            second = min(max(share.get_value(), 0.0), 1.0)
            first = np.sqrt(1 - second**2)
            return self.whole.get_start() + width * first * np.array([first, second, 0])

        def between(side: Line, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
            # A line of no length has no direction to be put on.
            side.put_start_and_end_on(start, end + 1e-6 * RIGHT)

        drive(self.first, lambda side: between(side, self.whole.get_start(), corner()))
        drive(self.second, lambda side: between(side, corner(), self.whole.get_end()))
        super().__init__(self.whole, self.first, self.second)
