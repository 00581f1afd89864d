"""A right triangle over a fixed long side: how two amounts whose squares add up share one that stays.

Not for angles that are measured (`fan`).

    share = ValueTracker(0.3)                          # the second side, by the long one
    triangle = RightAngle(share, (NOISE, TIME))
    triangle.named(whole, first, second)               # words or formulas beside the sides, which follow them
    self.play(share.animate.set_value(0.8))
"""

import numpy as np
from manim import DOWN, Line, Mobject, ValueTracker, VGroup, VMobject
from numpy.typing import NDArray

from course.stage.parts.driven import drive
from course.stage.theme import INK

SIZE = 0.28  # of the sign of the right angle


class RightAngle(VGroup):
    """`whole` is `width` units long; `first` and `second` meet at a right angle over it.

    `share` (0 … 1) is the second's part of the long side: at 0 the first one lies on it. `mark` is the sign
    of the right angle.
    """

    def __init__(self, share: ValueTracker, colors: tuple[str, str], width: float = 5.0) -> None:
        self.whole = Line([0, 0, 0], [width, 0, 0], color=INK, stroke_width=7)
        self.first, self.second = (Line(color=color, stroke_width=9) for color in colors)

        self._share = share

        def between(side: Line, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
            side.set_points_by_ends(start, end)

        def square(mark: VMobject) -> None:
            corner, (first, second) = self._corner(), self._sides()
            size = min(SIZE, 0.4 * width * first, 0.4 * width * second)
            back, on = -size * np.array([first, second, 0]), size * np.array([second, -first, 0])
            mark.set_points_as_corners([corner + back, corner + back + on, corner + on])

        drive(self.first, lambda side: between(side, self.whole.get_start(), self._corner()))
        drive(self.second, lambda side: between(side, self._corner(), self.whole.get_end()))
        self.mark = drive(VMobject(stroke_color=INK, stroke_width=4), square)
        super().__init__(self.whole, self.first, self.second, self.mark)

    def _sides(self) -> tuple[float, float]:
        """Both sides, by the long one."""
        second = min(max(self._share.get_value(), 0.0), 1.0)
        return float(np.sqrt(1 - second**2)), second

    def _corner(self) -> NDArray[np.float64]:
        # By Thales, every corner on the half circle over the long side is a right angle.
        first, second = self._sides()
        start, end = self.whole.get_start(), self.whole.get_end()
        return np.asarray(start + np.linalg.norm(end - start) * first * np.array([first, second, 0]))

    def named(self, whole: Mobject, first: Mobject, second: Mobject) -> VGroup:
        """What the three sides are called, outside of them, where it stays: a group of the three."""
        whole.next_to(self.whole, DOWN, buff=0.25)

        def beside(word: Mobject, second: bool) -> None:
            a, b = self._sides()
            out = np.array([a, b, 0] if second else [-b, a, 0])
            end = self.whole.get_end() if second else self.whole.get_start()
            half = np.abs(out) @ [word.width / 2, word.height / 2, 0]
            word.move_to((self._corner() + end) / 2 + (half + 0.2) * out)

        return VGroup(
            whole, drive(first, lambda w: beside(w, False)), drive(second, lambda w: beside(w, True))
        )
