"""States of a walk in a row, each with its name in mathematics, and arrows from each to the next.

Not for whole walks (`pictures.Walk`, `pictures.Mosaic`): at most a handful of states fits beside equations.

    chain = Chain(film[[1, 2, 3]], ("x_(t-2)", "x_(t-1)", "x_t")).move_to([0, 1.9, 0])
    self.play(FadeIn(chain.states[0]), FadeIn(chain.states[1]), Create(chain.arrows[0]))
    self.play(FadeOut(chain.states[1]), ReplacementTransform(chain.arrows, chain.leap()))  # one for all
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from manim import DOWN, RIGHT, Arrow, Mobject, VGroup
from numpy.typing import NDArray

from course.stage.equation import Equation
from course.stage.parts.pictures import Picture
from course.stage.theme import NOISE


class Chain(VGroup):
    """Pictures (N, H, W, 3) uint8 in a row, with a Typst name below each: `states`, and `arrows` between."""

    def __init__(
        self, pictures: NDArray[np.uint8], names: Sequence[str], *, height: float = 1.8, gap: float = 1.6
    ) -> None:
        super().__init__()
        self.states = VGroup()
        for pixels, name in zip(pictures, names, strict=True):
            picture = Picture(pixels, height=height)
            label = Equation(name, definition="the name of a state", font_size=44)
            self.states.add(VGroup(picture, label.next_to(picture, DOWN, buff=0.2)))
        self.states.arrange(RIGHT, buff=gap)
        for state in self.states:  # names of different heights must not move the pictures
            state.shift([0, -state[0].get_y(), 0])
        self.arrows = VGroup(*(_arrow(one[0], other[0]) for one, other in pairwise(self.states)))
        self.add(self.states, self.arrows)

    def leap(self) -> VGroup:
        """One arrow from the first state to the last, to take the place of `arrows`."""
        return VGroup(_arrow(self.states[0][0], self.states[-1][0]))


def _arrow(one: Mobject, other: Mobject) -> Arrow:
    return Arrow(one.get_right(), other.get_left(), buff=0.25, color=NOISE, stroke_width=6)
