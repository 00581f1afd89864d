"""Walks as roads on a map of places: a road that is drawn as far as a tracker says, a dot at its end.

Not for the places themselves (`maps.EmbeddingMap`).

    places = EmbeddingMap(corners, pictures)
    roads = [Road(places, plane_coordinates_of_the_states, step) for …]       # (S+1, 2) each
"""

import numpy as np
from manim import Dot, ValueTracker, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.parts.maps import EmbeddingMap
from course.stage.theme import INK, PROMPT


class Road(VGroup):
    """The way through `places` (S+1, 2) of a map, up to step `tracker`; `head` is the dot there."""

    def __init__(
        self, within: EmbeddingMap, places: ArrayLike, tracker: ValueTracker, color: str = PROMPT
    ) -> None:
        super().__init__()
        way = finite(places, "A road")
        if way.ndim != 2 or way.shape[1] != 2 or len(way) < 2:
            raise CourseError(f"A road leads through places (S+1, 2), not {way.shape}.")
        steps = np.arange(len(way))

        def at(step: float) -> NDArray[np.float64]:
            return within.point([np.interp(step, steps, axis) for axis in way.T])

        def draw(line: VMobject) -> None:
            until = min(max(tracker.get_value(), 1e-3), len(way) - 1)
            line.set_points_as_corners([at(k) for k in (*range(int(np.ceil(until))), until)])

        self.line = drive(VMobject(stroke_color=color, stroke_width=6), draw)
        dot = Dot(radius=0.14, color=color).set_stroke(INK, width=3)
        self.head = drive(dot, lambda d: d.move_to(at(tracker.get_value())))
        self.add(self.line, self.head)
