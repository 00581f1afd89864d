"""Upright bars over numbers 1, 2, 3, …, each with its amount, which grow from some amounts to others.

Not for bars with names (`plots.BarPlot`), nor for those of noise (`tide.Tide`).

    columns = Columns([before, after], at := ValueTracker(0), WRONG, "which one")     # (2, N); at 0: before
    self.show(columns); self.turn(at, 1); self.point(columns.bars[0], columns.numbers[0])
"""

from functools import partial

import numpy as np
from manim import DOWN, RIGHT, UP, Rectangle, ValueTracker, VectorizedPoint, VGroup
from numpy.typing import ArrayLike

from course.stage.parts.digits import finite, on_baseline
from course.stage.parts.driven import Driven
from course.stage.theme import LABEL, MUTED, TIME, text

WIDE, APART, HIGH = 1.2, 1.85, 3.7
"""How wide a bar is, how far it stands from the next, and how high the largest amount is."""


class Columns(VGroup):
    """Rows of amounts (K, N) from 0 up: the one of number `row`, or what is between two of them.

    `bars` are the bars with their amounts, which follow the tracker, `numbers` stand below them, and `about`
    says what these count. The feet of the bars stand at height 0, the middle one at 0.
    """

    def __init__(self, rows: ArrayLike, row: ValueTracker, color: str, about: str, decimals: int = 1) -> None:
        amounts = finite(rows, "Columns")
        count = amounts.shape[1]
        places = APART * (np.arange(count) - (count - 1) / 2)
        foot = VectorizedPoint()  # unseen: it carries the place of what is built again and again

        def bar(now: float, k: int) -> VGroup:
            amount = float(np.interp(now, range(len(amounts)), amounts[:, k]))
            shape = Rectangle(width=WIDE, height=HIGH * amount / amounts.max(), stroke_width=0)
            at = foot.get_center() + places[k] * RIGHT
            shape.set_fill(color, opacity=1).move_to(at, aligned_edge=DOWN)
            return VGroup(shape, text(f"{amount:.{decimals}f}", LABEL).next_to(shape, UP, buff=0.15))

        self.bars = [Driven(partial(bar, k=k), row) for k in range(count)]
        self.numbers = [
            on_baseline(text(str(k + 1), LABEL, TIME)).shift([x, -0.5, 0]) for k, x in enumerate(places)
        ]
        self.about = text(about, LABEL, MUTED).move_to([0, -1.05, 0])
        super().__init__(foot, *self.bars, *self.numbers, self.about)
