"""A road from static to a picture, seen flat: along its chord, and off it, with what is off it stretched.

Not for roads of a toy on a line (`roadmap`): these places are of thousands of numbers, as `maths.faster.Bow`
sees them.

    bow = Bow(curve, stretch := ValueTracker(1), width=9, left=(-4.5, -2))      # curve (N, 2)
    self.show(bow); self.turn(stretch, 5)
    bow.ride(picture, places, step)                      # goes through places (S + 1, 2) as step says
    bow.line(places, WRONG); bow.strides(places, WRONG); bow.arrow(places[0], tip)
"""

from itertools import pairwise
from typing import TypeVar

import numpy as np
from manim import RIGHT, UP, ArcBetweenPoints, Arrow, Dot, Line, Mobject, ValueTracker, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.theme import MODEL, MUTED, SAFE_TOP, SIGNAL

M = TypeVar("M", bound=Mobject)


class Bow(VGroup):
    """The `road` through places (N, 2) over its `chord`, which is `width` units long and begins at `left`.

    What is off the chord is drawn as many times as high as the tracker `stretch` says.
    """

    def __init__(
        self, places: ArrayLike, stretch: ValueTracker, width: float, left: tuple[float, float]
    ) -> None:
        road = finite(places, "A road")
        self.stretch = stretch
        self._whole = float(road[-1, 0])
        self.chord = Line([*left, 0], [left[0] + width, left[1], 0], color=MUTED, stroke_width=4)
        self.road = VMobject(stroke_color=SIGNAL, stroke_width=9)
        drive(self.road, lambda one: one.set_points_as_corners([self.point(at) for at in road]))
        super().__init__(self.chord, self.road)

    def point(self, place: ArrayLike) -> NDArray[np.float64]:
        """Where a place (along, off) stands."""
        along, off = np.asarray(place, np.float64)
        start, end = self.chord.get_start(), self.chord.get_end()
        unit = (end[0] - start[0]) / self._whole
        return np.asarray(start + unit * (along * RIGHT + off * self.stretch.get_value() * UP))

    def at(self, places: ArrayLike, number: float) -> NDArray[np.float64]:
        """Where place `number` of (N, 2) stands, or what is between two of them."""
        stops = finite(places, "A way")
        return self.point([np.interp(number, range(len(stops)), axis) for axis in stops.T])

    def line(self, places: ArrayLike, color: str, width: float = 7) -> VMobject:
        """A line through places (N, 2), as the road is stretched now."""
        through = [self.point(at) for at in finite(places, "A road")]
        return VMobject(stroke_color=color, stroke_width=width).set_points_as_corners(through)

    def strides(self, places: ArrayLike, color: str, leap: float = 0.0) -> list[VGroup]:
        """Straight strides through stops (S + 1, 2), each with a dot where it lands.

        With `leap`, an angle, they are jumps instead: arcs that leave the road.
        """
        drawn = []
        for pair in pairwise(self.point(at) for at in finite(places, "Stops")):
            line = ArcBetweenPoints(*pair, angle=-leap, color=color, stroke_width=9)
            drawn.append(VGroup(line, Dot(pair[1], 0.13, color=color)))
        return drawn

    def ride(self, thing: M, places: ArrayLike, step: ValueTracker, up: float = 0.0) -> M:
        """Let a thing stand `up` units above place number `step` of (S + 1, 2), or between two of them.

        Where the place is too high for that, it stands as high as the frame lets it.
        """

        def stand(one: M) -> M:
            x, y, z = self.at(places, step.get_value()) + up * UP
            return one.move_to([x, min(y, SAFE_TOP - one.height / 2), z])

        return drive(thing, stand)

    def arrow(self, start: ArrayLike, tip: ArrayLike, color: str = MODEL) -> Arrow:
        """An arrow from a place to another, as the road is stretched now."""
        return Arrow(self.point(start), self.point(tip), buff=0, color=color, stroke_width=7, tip_length=0.25)
