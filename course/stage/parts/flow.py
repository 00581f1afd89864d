"""Straight lines between noise and pictures, and the roads that follow their mean: on a line, with toys.

Not for roads of a network (`bow`), nor for walks in the coordinates of chapter 4 (`roadmap.RoadMap` itself).

    flow = Flow().move_to([-1.6, 1.75, 0])
    flow.lines(); flow.crossing(0.5, 0.0)        # what one cannot tell apart, and its mean
    flow.roads(TWO); flow.walkers(TWO, share)               # from noise to places, as the mean leads
    flow.bell(BELL)                                         # where these end, with its middle m and width s
"""

from functools import cache, partial

import numpy as np
from manim import RIGHT, Arrow, Dot, ValueTracker, VGroup, VMobject
from numpy.typing import NDArray

from course.maths.faster import velocity
from course.maths.walking import Mixture, road
from course.stage.equation import Equation
from course.stage.parts.driven import drive
from course.stage.parts.roadmap import RoadMap
from course.stage.theme import INK, MODEL, NOISE, SIGNAL, WRONG

TAUS = np.linspace(0.999, 0.001, 61)
"""Amounts of noise at which a road is drawn: at either end alone, its slope is not defined."""
STARTS = np.linspace(-2.1, 2.1, 8)
PAIRS = (-1.9, 1.2), (-1.2, -1.1), (-0.5, 1.3), (0.5, -1.2), (1.2, 1.1), (1.9, -1.3)
"""Some noise, and what it is mixed with."""


class Flow(RoadMap):
    """A map of roads over how much noise there is in a straight mixture, 1 to 0."""

    def __init__(self) -> None:
        super().__init__(1.0, 2.6, 8.6, 3.2, "how much noise")

    def lines(self) -> list[VMobject]:
        """A straight line from each of some noise to a place near one of two."""
        return [self.road([1, 0], pair, NOISE) for pair in PAIRS]

    def crossing(self, tau: float, place: float) -> tuple[Dot, list[Arrow], Arrow]:
        """A dot at a place, two ways on from it, and their mean."""
        at = self.point(tau, place)
        way = partial(Arrow, at, buff=0.2, stroke_width=12)
        ways = [way(end=self.point(tau - 0.3, place + side), color=WRONG) for side in (1.1, -1.1)]
        return Dot(at, 0.16, color=INK), ways, way(end=self.point(tau - 0.35, place), color=MODEL)

    def roads(self, toy: Mixture) -> list[VMobject]:
        """The roads from some noise that follow the mean slope."""
        return [self.road(TAUS, way, MODEL, 8) for way in _ways(toy)]

    def walkers(self, toy: Mixture, share: ValueTracker) -> VGroup:
        """A dot on each of these roads, where `share` of the way to the places has been walked."""

        def stand(dot: Dot, way: NDArray[np.float64]) -> None:
            k = share.get_value() * (len(TAUS) - 1)
            dot.move_to(self.point(*(float(np.interp(k, range(len(TAUS)), axis)) for axis in (TAUS, way))))

        dots = (drive(Dot(radius=0.11, color=INK), partial(stand, way=way)) for way in _ways(toy))
        return VGroup(*dots).set_z_index(1)

    def bell(self, toy: Mixture) -> VGroup:
        """A toy's single bell where the roads end, on its side, with its middle m and its width s."""
        (middle,), spread, high = toy.places, toy.spread, 0.23
        far = np.linspace(-1.5, 2.5, 81)
        bell = self.road(-high * toy.density(far), far, SIGNAL, 6)
        span = self.road([-0.04, -0.04], [middle, middle + spread], INK, 8)
        top = Dot(self.point(-high * float(toy.density(middle)), middle), 0.08, color=SIGNAL)
        names = (
            Equation(name, definition="a letter").next_to(at, RIGHT, buff=0.15)
            for name, at in (("m", top), ("s", span))
        )
        return VGroup(bell, top, span, *names)


@cache
def _ways(toy: Mixture) -> NDArray[np.float64]:
    """(N, T): places at TAUS."""
    return road(partial(velocity, toy), STARTS, list(TAUS)).T
