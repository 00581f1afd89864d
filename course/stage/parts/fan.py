"""A fan of rays from one point: how long each thing is, and at which angle to the one that lies flat.

Not for places in a plane (`maps.EmbeddingMap`): only lengths, and angles to one of them, are true here.

    fan = Fan(60.0)                                     # lengths up to 60, in 4.2 units
    fan.ray(55.3, 90.4, NOISE); fan.arc(55.4)           # degrees, from the flat line on the right
    fan.live_ray(lambda t: (length(t), angle(t)), t, color=SIGNAL)
    fan.legs(lambda t: (length(t), angle(t)), t, colors=(SIGNAL, NOISE))    # its cosine and its sine
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from manim import DEGREES, Arc, Line, ValueTracker, VectorizedPoint, VGroup
from numpy.typing import NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.theme import LABEL, MUTED, text


class Fan(VGroup):
    """The half circle from 0 to 180 degrees with its base line; `reach` is the length at its rim.

    `point(length, angle)` is where a ray ends. Rays and arcs are made for the place where the fan stands.
    """

    def __init__(self, reach: float, radius: float = 4.2) -> None:
        super().__init__()
        if not reach > 0:
            raise CourseError(f"A fan reaches some length above 0, not {reach:g}.")
        self.reach = reach
        # Two unseen points carry the fan's place and scale.
        self._origin, self._rim = VectorizedPoint(), VectorizedPoint([radius, 0, 0])
        self.base = Line([-radius, 0, 0], [radius, 0, 0], color=MUTED, stroke_width=4)
        self.ticks = VGroup()
        for degrees in (0, 90, 180):
            end = self.point(reach, degrees)
            out = end / np.linalg.norm(end)
            label = text(f"{degrees}°", size=LABEL, color=MUTED)
            self.ticks.add(
                Line(end, end + 0.15 * out, color=MUTED, stroke_width=4),
                label.move_to(end + (0.35 + 0.5 * abs(out[0] * label.width)) * out),
            )
        self.add(self._origin, self._rim, self.base, self.ticks)

    def point(self, length: float, angle: float) -> NDArray[np.float64]:
        """Where a ray of this length ends, `angle` in degrees from the flat line on the right."""
        length, angle = (float(v) for v in finite([length, angle], "A ray"))
        origin, rim = self._origin.get_center(), self._rim.get_center()
        unit = np.linalg.norm(rim - origin) / self.reach
        return origin + length * unit * np.array([np.cos(angle * DEGREES), np.sin(angle * DEGREES), 0])

    def ray(self, length: float, angle: float, color: str, width: float = 5) -> Line:
        """A line from the middle to (length, angle)."""
        return Line(self.point(0, 0), self.point(length, angle), color=color, stroke_width=width)

    def live_ray(
        self,
        end: Callable[..., tuple[float, float]],
        *trackers: ValueTracker,
        color: str,
        width: float = 9,
    ) -> Line:
        """A ray that ends at (length, angle) = end(*trackers' values)."""
        line = Line(color=color, stroke_width=width)
        return drive(
            line,
            lambda ray: ray.set_points_by_ends(
                self.point(0, 0), self.point(*end(*(tracker.get_value() for tracker in trackers)))
            ),
        )

    def legs(
        self, end: Callable[..., tuple[float, float]], *trackers: ValueTracker, colors: tuple[str, str]
    ) -> VGroup:
        """A live ray's cosine, along the base, and its sine, from there up to its end."""

        def lay(upright: int, line: Line) -> None:
            start, tip = self.point(0, 0), self.point(*end(*(tracker.get_value() for tracker in trackers)))
            foot = np.array([tip[0], start[1], 0])
            line.set_points_by_ends(*((foot, tip) if upright else (start, foot)))

        made = (Line(color=color, stroke_width=5) for color in colors)
        return VGroup(*(drive(leg, partial(lay, upright)) for upright, leg in enumerate(made)))

    def arc(self, length: float, start: float = 0, end: float = 180, color: str = MUTED) -> Arc:
        """All that has this length, between two angles."""
        radius = float(np.linalg.norm(self.point(length, 0) - self.point(0, 0)))
        return Arc(
            radius,
            start * DEGREES,
            (end - start) * DEGREES,
            arc_center=self.point(0, 0),
            color=color,
            stroke_width=4,
        )
