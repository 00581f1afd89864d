"""A row of dots over a number line: where each of a few dozen measured values lies, none averaged away.

Not for curves and bars (`plots`).

    row = DotRow(lengths, (52, 59), x_label="length", color=NOISE)
    self.play(FadeIn(row.line), LaggedStart(*(FadeIn(dot) for dot in row.dots)))
    row.mark(55.4, "√d")                                # an upright line with a word
"""

import numpy as np
from manim import DOWN, RIGHT, UP, Dot, Line, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.digits import finite, written
from course.stage.parts.plots import Range, ticks
from course.stage.theme import AXIS, INK, LABEL, MUTED, text

RADIUS = 0.09


class Ruler(VGroup):
    """The number line of a row of dots, with round numbers and a name."""


class DotRow(VGroup):
    """(N,) values as `dots` over a number `line`; dots that would cover each other are stacked.

    Raises CourseError where a value lies outside `x_range`.
    """

    def __init__(
        self, values: ArrayLike, x_range: Range, *, x_label: str, color: str, width: float = 8.0
    ) -> None:
        super().__init__()
        numbers = finite(values, "A row of dots").ravel()
        low, high = x_range
        if not low < high or numbers.min() < low or numbers.max() > high:
            raise CourseError(
                f"The values lie between {numbers.min():g} and {numbers.max():g}, "
                f"outside {low:g} to {high:g}. Give a range that holds them."
            )
        self.x_range = x_range
        self._axis = Line([0, 0, 0], [width, 0, 0], color=MUTED, stroke_width=3)
        self.line = Ruler(self._axis)
        decimals = 0 if high - low > 4 else 1
        for x in ticks(low, high):
            at = self._at(x)
            number = text(written(x, decimals), size=AXIS, color=MUTED)
            self.line.add(Line(at, at + 0.1 * DOWN, color=MUTED, stroke_width=3))
            self.line.add(number.next_to(at, DOWN, buff=0.2))
        name = text(x_label, size=LABEL, color=MUTED)
        self.line.add(name.next_to(self._axis, RIGHT, buff=0.3))
        heights: dict[int, int] = {}
        self.dots = VGroup()
        for value in numbers:
            column = int(np.round((value - low) / (high - low) * width / (2 * RADIUS)))
            heights[column] = heights.get(column, 0) + 1
            self.dots.add(
                Dot(self._at(value) + (2 * heights[column] - 0.5) * RADIUS * UP, RADIUS, color=color)
            )
        self.add(self.line, self.dots)

    def _at(self, x: float) -> np.ndarray:
        start, end = self._axis.get_start(), self._axis.get_end()
        low, high = self.x_range
        return start + (x - low) / (high - low) * (end - start)

    def mark(self, x: float, words: str, color: str = INK, height: float = 1.2) -> VGroup:
        """An upright line at `x`, with `words` on top."""
        at = self._at(x)
        line = Line(at, at + height * UP, color=color, stroke_width=3)
        return VGroup(line, text(words, size=LABEL, color=color).next_to(line, UP, buff=0.12))
