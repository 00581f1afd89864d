"""A map of roads from noise to data on a line: places over how much noise there is, less noise to the right.

Not for pictures, which have thousands of numbers: what this shows is a toy, and the film says so.

    map = RoadMap(high=3.0, reach=4.0)                     # σ from 3 to 0, places from −4 to 4
    map.road(sigmas, places, SIGNAL)                       # a smooth curve
    map.strides(sigmas, places, WRONG)                     # straight strides with a dot at each stop
    map.hang(places, pictures)                             # what is at the end of the roads

    cloud = Cloud(density, (sigmas, places), sigma)        # the law at this σ, and walkers that keep it
    hill = Hill(TOY, sigma, 0.4)                           # a mixture's, with its bells and their pulls
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from manim import DOWN, RIGHT, Arrow, Dot, Line, Polygon, ValueTracker, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.maths.walking import Mixture, level_of, road
from course.stage.parts.digits import finite
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import Picture
from course.stage.theme import INK, LABEL, MUTED, SIGNAL, TIME, text


class RoadMap(VGroup):
    """An axis of σ from `high` on the left to 0 on the right, and places from −reach to reach above it.

    `width` by `height` is the area of the roads; `name` stands under the axis.
    """

    def __init__(
        self,
        high: float = 3.0,
        reach: float = 4.0,
        width: float = 9.0,
        height: float = 4.6,
        name: str = "noise",
    ) -> None:
        super().__init__()
        if not (high > 0 and reach > 0):
            raise CourseError(f"A map of roads needs some noise and some width, not {high:g} and {reach:g}.")
        self.high, self.reach = high, reach
        self.base = Line([0, -height / 2, 0], [width, -height / 2, 0], color=MUTED, stroke_width=3)
        self.end = Line([width, -height / 2, 0], [width, height / 2, 0], color=MUTED, stroke_width=3)
        self.add(self.base, self.end)
        for sigma in range(int(high) + 1):
            at = self.point(sigma, -reach)
            number = text(str(sigma), LABEL, MUTED).next_to(at, DOWN, buff=0.25)
            self.add(Line(at, at + 0.12 * DOWN, color=MUTED, stroke_width=3), number)
        between = self.point(high / 2, -reach)
        self.name = text(name, LABEL, MUTED).next_to(between, DOWN, buff=0.25)
        self.add(self.name)
        self.center()

    def point(self, sigma: float, place: float) -> NDArray[np.float64]:
        """Where the place stands at this much noise."""
        left, right, top = self.base.get_start(), self.base.get_end(), self.end.get_end()
        across = (self.high - sigma) / self.high
        up = (place + self.reach) / (2 * self.reach)
        return left + across * (right - left) + up * (top - right)

    def road(self, sigmas: ArrayLike, places: ArrayLike, color: str, width: float = 5) -> VMobject:
        """A curve through places (N,) at sigmas (N,)."""
        curve = VMobject(stroke_color=color, stroke_width=width)
        pairs = zip(finite(sigmas, "A road"), finite(places, "A road"), strict=True)
        return curve.set_points_as_corners([self.point(*pair) for pair in pairs])

    def strides(self, sigmas: ArrayLike, places: ArrayLike, color: str) -> VGroup:
        """Straight strides from stop to stop, each with its dot; `[0]` is the line, then come the dots."""
        line = self.road(sigmas, places, color, width=6)
        pairs = zip(finite(sigmas, "A stride"), finite(places, "A stride"), strict=True)
        return VGroup(line, *(Dot(self.point(*pair), radius=0.11, color=color) for pair in pairs))

    def hang(self, places: ArrayLike, pictures: NDArray[np.uint8], height: float = 0.9) -> VGroup:
        """A picture at each place (K,), right of the end of the roads; (K, H, W, 3)."""
        pairs = zip(finite(places, "A place"), pictures, strict=True)
        beside = (height / 2 + 0.3) * RIGHT
        return VGroup(*(Picture(pixels, height).move_to(self.point(0, y) + beside) for y, pixels in pairs))


Law = Callable[[NDArray[np.float64], float], NDArray[np.float64]]
"""Of places (N,) and σ: a density, or a velocity."""


class Cloud(VGroup):
    """How likely each place on a line is, and walkers on that line, both where the tracker `sigma` stands.

    `density(places, σ)` gives the curve, `tracks` maps a walker's σ (N,) to places (N, walkers); `walkers`
    are the dots, to be shown later than the curve. The curve's area is the same for every σ.
    """

    def __init__(
        self,
        density: Law,
        tracks: tuple[ArrayLike, ArrayLike],
        sigma: ValueTracker,
        *,
        reach: float = 4.0,
        highest: float = 1.0,
        width: float = 9.0,
        height: float = 1.8,
    ) -> None:
        super().__init__()
        self._at, self._walked = (finite(values, "A walker's way") for values in tracks)
        self.base = Line([-width / 2, 0, 0], [width / 2, 0, 0], color=MUTED, stroke_width=3)
        self.curve = VMobject(stroke_color=SIGNAL, stroke_width=6)
        self._density, self._sigma, self._reach, self._unit = density, sigma, reach, height / highest
        places = np.linspace(-reach, reach, 161)

        def trace(curve: VMobject) -> None:
            curve.points = self.line(places, density(places, sigma.get_value())).points

        def stand(dot: Dot, k: int) -> None:
            dot.move_to(self.spot(self._walkers_at(sigma.get_value())[k]))

        self.walkers = VGroup(
            *(
                drive(Dot(radius=0.1, color=INK), partial(stand, k=k)).set_z_index(1)
                for k in range(self._walked.shape[1])
            )
        )
        self.add(self.base, drive(self.curve, trace))

    def _walkers_at(self, sigma: float) -> NDArray[np.float64]:
        return np.array([np.interp(sigma, self._at, walked) for walked in self._walked.T])

    def spot(self, place: float, up: float = 0.0) -> NDArray[np.float64]:
        """Where a place stands, or what lies `up` above it, in the density's unit."""
        left, right = self.base.get_start(), self.base.get_end()
        share = (place + self._reach) / (2 * self._reach)
        return left + share * (right - left) + np.array([0, up * self._unit, 0])

    def marker(self, place: ValueTracker) -> Dot:
        """A dot on the line, where the tracker stands."""
        dot = Dot(radius=0.15, color=INK).set_z_index(1)
        return drive(dot, lambda one: one.move_to(self.spot(place.get_value())))

    def line(self, places: ArrayLike, heights: ArrayLike, width: float = 4) -> VMobject:
        """A curve over the line, through heights (N,) at places (N,)."""
        pairs = zip(finite(places, "A curve"), finite(heights, "A curve"), strict=True)
        curve = VMobject(stroke_color=SIGNAL, stroke_width=width)
        return curve.set_points_as_corners([self.spot(*pair) for pair in pairs])

    def arrow(self, place: float, to: float, up: float, color: str) -> Arrow:
        """An arrow from place to place, so far above the line."""
        ends = self.spot(place, up), self.spot(to, up)
        # Thick also where it is short: short arrows are half of what there is to see.
        tip = {"max_tip_length_to_length_ratio": 0.5, "max_stroke_width_to_length_ratio": 25}
        return Arrow(*ends, buff=0, color=color, stroke_width=9, **tip)

    def arrows(self, velocity: Law, scale: float = 0.6) -> Driven:
        """An arrow at each walker, as long as it is fast; with a `scale` below 0, the way back."""

        def build(sigma: float) -> VGroup:
            places = self._walkers_at(sigma)
            ends = places + scale * velocity(places, sigma)
            return VGroup(*(self.arrow(*pair, 0, TIME) for pair in zip(places, ends, strict=True)))

        return Driven(build, self._sigma)

    def bin(self, velocity: Law, left: float, right: float, scale: float = 6.0) -> Driven:
        """The curve's area over a stretch of the line, and what flows through its ends, as arrows."""

        def build(sigma: float) -> VGroup:
            places = np.linspace(left, right, 17)
            heights = self._density(places, sigma)
            top = [self.spot(*pair) for pair in zip(places, heights, strict=True)]
            area = Polygon(self.spot(left), *top, self.spot(right), stroke_width=0)
            flows = VGroup()
            for k in (0, -1):
                flux = scale * float(heights[k] * velocity(places[[k]], sigma)[0])
                flows.add(self.arrow(places[k] - flux / 2, places[k] + flux / 2, heights[k] / 2, TIME))
            return VGroup(area.set_fill(SIGNAL, opacity=0.55), flows)

        return Driven(build, self._sigma)


class Hill(Cloud):
    """The cloud of a mixture, as high as it is at σ = `highest`; each walker stands for an equal share.

    They walk where σ is within the `span`.
    """

    def __init__(
        self,
        toy: Mixture,
        sigma: ValueTracker,
        highest: float,
        span: tuple[float, float] = (0.4, 1.8),
        walkers: int = 14,
        height: float = 1.7,
    ) -> None:
        at = np.linspace(*span, 57)
        tracks = road(toy.slope, toy.quantiles((np.arange(walkers) + 0.5) / walkers, at[0]), list(at))
        top = float(toy.cloud(toy.places[0], highest))
        super().__init__(toy.cloud, (at, tracks), sigma, reach=5.0, highest=top, height=height)
        self._toy = toy

    def bells(self, sigma: float) -> VGroup:
        """What each place has of the cloud."""
        toy, at = self._toy, np.linspace(-self._reach, self._reach, 161)
        pairs = zip(toy.weights, toy.places, strict=True)
        return VGroup(
            *(self.line(at, w * Mixture((1.0,), (x,), toy.spread).cloud(at, sigma)) for w, x in pairs)
        )

    def pulls(self, y: float, sigma: float, weighed: bool = False) -> VGroup:
        """Arrows from `y` to each place; if `weighed`, shorter, as it is less likely that y is from there."""
        level = float(level_of(sigma))
        shares = self._toy.shares(np.sqrt(level) * y, level) if weighed else np.ones(len(self._toy.places))
        ends = y + shares * (np.array(self._toy.places) - y)
        return VGroup(*(self.arrow(y, float(end), 0.04, SIGNAL) for end in ends))
