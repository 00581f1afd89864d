"""Guesses on a line that come nearer and nearer to what is looked for.

Not for roads (`roadmap`): a guess is not on its way, it is tried, and a better one takes its place.

    line = Approach([-0.8, 0.1, -0.3], "x_t", "guesses, in a toy")       # how far off, and on which side
    self.show(line.axis, line.dots[0]); self.become(line.dots[0].copy(), line.dots[1])
"""

import numpy as np
from manim import DOWN, LEFT, UP, Dot, Line, VGroup
from numpy.typing import ArrayLike

from course.stage.equation import Equation
from course.stage.parts.digits import finite
from course.stage.theme import INK, LABEL, MODEL, MUTED, text

GOAL, REACH = 3.5, 8.0
"""Where what is looked for stands, and how far from it the first guess."""


class Approach(VGroup):
    """`axis`, a line with a `mark` and its name in mathematics, and what the `dots` are, in words; one dot
    for each distance `off` the mark (N,), the first one as far as the line has room.
    """

    def __init__(self, off: ArrayLike, name: str, about: str) -> None:
        gaps = finite(off, "Guesses")
        line = Line([-6.2, 0, 0], [5.0, 0, 0], color=MUTED, stroke_width=4)
        mark = Line([GOAL, -0.25, 0], [GOAL, 0.25, 0], color=INK, stroke_width=8)
        letter = Equation(name, definition="a name", font_size=56).next_to(mark, UP, buff=0.15)
        said = text(about, LABEL, MODEL).next_to(line, DOWN, buff=0.3).align_to(line, LEFT)
        self.mark, self.axis = mark, VGroup(line, mark, letter, said)
        places = GOAL + REACH * gaps / np.abs(gaps[0])
        self.dots = VGroup(*(Dot([x, 0, 0], 0.13, color=MODEL) for x in places)).set_z_index(1)
        super().__init__(self.axis, self.dots)
