"""A triangle of three sentences, each shown by its picture: a dot goes along its bottom, and up from there.

Not for places that are true to scale (`sheet`, `maps`): here the third one is off the others' way.

    triangle = Triangle(film[[0, 8, -1]], width=5, height=4)
    along, up = ValueTracker(0.5), ValueTracker(0)
    self.show(triangle.bottom, *triangle.corners[:2]); self.add(triangle.dot(along, up))
"""

import numpy as np
from manim import DOWN, UP, Dot, Line, ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.driven import drive
from course.stage.parts.pictures import Picture
from course.stage.theme import BACKGROUND, LABEL, MUTED, PROMPT, TITLE, text


class Triangle(VGroup):
    """Pictures (3, H, W, 3) uint8 at the corners: lower left, lower right, top; `width` by `height` between
    their middles. `bottom` joins the lower two, `sides` lead to the top.
    """

    def __init__(
        self, pictures: NDArray[np.uint8], width: float, height: float, picture_height: float = 1.7
    ) -> None:
        spots = np.array([[-width / 2, 0, 0], [width / 2, 0, 0], [0, height, 0]])
        self.bottom, *sides = (
            Line(spots[a], spots[b], color=MUTED, stroke_width=7).set_z_index(-1)
            for a, b in ((0, 1), (0, 2), (1, 2))
        )
        self.sides = VGroup(*sides)
        self.corners = VGroup(
            *(Picture(one, picture_height).move_to(at) for one, at in zip(pictures, spots, strict=True))
        )
        super().__init__(self.bottom, self.sides, self.corners)

    def place(self, along: float, up: float) -> NDArray[np.float64]:
        """Where a share of the bottom is, moved by a share of the way to the top."""
        left, right = self.bottom.get_start(), self.bottom.get_end()
        foot = left + along * (right - left)
        return np.asarray(foot + up * (self.sides[0].get_end() - foot))

    def lift(self) -> Line:
        """The way from the middle of the bottom to the top."""
        return Line(self.place(0.5, 0), self.place(0.5, 1), color=PROMPT, stroke_width=7).set_z_index(-1)

    def dot(self, along: ValueTracker, up: ValueTracker) -> Dot:
        """A dot at that place."""
        dot = Dot(radius=0.2, color=PROMPT).set_stroke(BACKGROUND, width=4)
        return drive(dot, lambda one: one.move_to(self.place(along.get_value(), up.get_value())))

    def pole(self, along: float, percent: float, color: str, name: str) -> VGroup:
        """An upright line from a share of the bottom, so many percent as long, with its number and name."""
        foot = self.place(along, 0)
        length = float(np.linalg.norm(self.bottom.get_end() - self.bottom.get_start()))
        line = Line(foot, foot + percent / 100 * length * UP, color=color, stroke_width=14)
        number = text(f"{percent:.0f}", TITLE, color).next_to(line, UP, buff=0.1)
        return VGroup(line, number, text(name, LABEL, color).next_to(line, DOWN, buff=0.2))
