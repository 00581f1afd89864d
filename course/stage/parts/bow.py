"""A road from static to a picture, seen flat: along its chord, and off it, with what is off it stretched.

Not for roads of a toy on a line (`roadmap`): these places are of thousands of numbers, as `maths.faster.Bow`
sees them.

    bow = Bow(curve, stretch := ValueTracker(1), width=9, left=(-4.5, -2))      # curve (N, 2)
    self.show(bow, bow.times); self.turn(stretch, 5)
    bow = Bow.within(curve, (-4.5, -2, 9), 4.7, places)    # as high as keeps these below 4.7 units
    bow.ride(picture, places, step)                      # goes through places (S + 1, 2) as step says
    bow.aim(places, tips, step)                          # from there to a tip of its own
    bow.line(places, WRONG); bow.strides(places, WRONG); bow.leaps(places, INK, high=1.2)
    bow.arrow(places[0], tip)
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Arrow,
    CubicBezier,
    Dot,
    Line,
    Mobject,
    Text,
    ValueTracker,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from course.stage.parts.digits import finite
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import Picture, Pixels
from course.stage.theme import INK, LABEL, MODEL, MUTED, SAFE_TOP, SIGNAL, text

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

    @classmethod
    def within(cls, places: ArrayLike, place: Sequence[float], room: float, *ways: ArrayLike) -> "Bow":
        """Stretched as far as keeps ways (N, 2) below `room` units over the chord, and not less than it is.

        In tenths, as it is said; `place` is (x, y, width).
        """
        road, (x, y, width) = finite(places, "A road"), place
        top = max((float(finite(way, "A way")[:, 1].max()) for way in ways), default=0.0)
        times = int(10 * room * road[-1, 0] / (width * top)) / 10 if top > 0 else 1.0
        return cls(road, ValueTracker(max(1.0, times)), width, (x, y))

    @property
    def times(self) -> Text:
        """Says how many times as high as it is all is drawn now, at the upper left of the frame."""
        return text(f"height × {self.stretch.get_value():g}", LABEL, MUTED).move_to([-5.3, 3.2, 0])

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

    def strides(self, places: ArrayLike, color: str) -> list[VGroup]:
        """Straight strides through stops (S + 1, 2), each with a dot where it lands."""
        stops = pairwise(self.point(at) for at in finite(places, "Stops"))
        return [_landing(Line(*pair, color=color, stroke_width=9)) for pair in stops]

    def leaps(self, places: ArrayLike, color: str, high: float) -> list[VGroup]:
        """The same as leaps, `high` units over the straight way: they are off the road until they land."""
        stops = pairwise(self.point(at) for at in finite(places, "Stops"))
        drawn = []
        for start, end in stops:
            # In its middle, such a curve has three quarters of the height of its handles.
            up, along = high / 0.75 * UP, 0.2 * (end - start)[0] * RIGHT
            arc = CubicBezier(start, start + along + up, end - along + up, end, color=color, stroke_width=9)
            drawn.append(_landing(arc))
        return drawn

    def ride(self, thing: M, places: ArrayLike, step: ValueTracker, up: float = 0.0) -> M:
        """Let a thing stand `up` units above place number `step` of (S + 1, 2), or between two of them.

        Where the place is too high for that, it stands as high as the frame lets it.
        """

        def stand(one: M) -> M:
            x, y, z = self.at(places, step.get_value()) + up * UP
            return one.move_to([x, min(y, SAFE_TOP - one.height / 2), z])

        return drive(thing, stand)

    def gap(
        self, places: ArrayLike, others: ArrayLike, number: ValueTracker, color: str, width: float = 6
    ) -> Driven:
        """A line from place `number` of (N, 2) to the other one (N, 2) of that number."""

        def build(k: float) -> Line:
            return Line(self.at(places, k), self.at(others, k), color=color, stroke_width=width)

        return Driven(build, number)

    def aim(self, places: ArrayLike, tips: ArrayLike, step: ValueTracker, color: str = MODEL) -> VGroup:
        """A line from place number `step` of (S + 1, 2) to a tip of its own (S, 2), and a dot there."""
        return VGroup(
            self.gap(places, tips, step, color, 7), self.ride(Dot(radius=0.14, color=color), tips, step)
        )

    def arrow(self, start: ArrayLike, tip: ArrayLike, color: str = MODEL) -> Arrow:
        """An arrow from a place to another, as the road is stretched now."""
        return Arrow(self.point(start), self.point(tip), buff=0, color=color, stroke_width=7, tip_length=0.25)

    def drop(self, place: ArrayLike, color: str) -> Line:
        """An upright line from a place to the height of the chord."""
        top = self.point(place)
        return Line(top, [top[0], self.chord.get_y(), 0], color=color, stroke_width=6)

    def leaning(
        self, start: ArrayLike, before: ArrayLike, now: ArrayLike, end: ArrayLike
    ) -> tuple[VGroup, Arrow, Arrow]:
        """From one place: the last slope as a ghost, with its name, today's, and one that leans by both."""
        ways = zip((before, now, end), (MUTED, INK, MODEL), strict=True)
        ghost, slope, leant = (self.arrow(start, tip, color) for tip, color in ways)
        name = text("last slope", LABEL, MUTED)
        high = ghost.get_top()[1] + name.height + 0.15 > SAFE_TOP
        name.next_to(ghost, DOWN if high else UP, buff=0.15)
        return VGroup(ghost, name), slope, leant


def _landing(way: VMobject, radius: float = 0.13) -> VGroup:
    """A way with a dot of its colour where it ends."""
    return VGroup(way, Dot(way.get_end(), radius, color=way.get_stroke_color()))


class Finish(Picture):
    """Where a road ends, as a picture (H, W, 3)."""

    def other(self, pixels: Pixels, off: str, color: str) -> VGroup:
        """Another end above it, framed, with words that say how far off it is."""
        shown = Picture(pixels, self.height).next_to(self, UP, buff=0.25).set_stroke(color, width=5)
        return VGroup(shown, text(off, LABEL, color).next_to(shown, UP, buff=0.2))
