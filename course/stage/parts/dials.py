"""Dials that show numbers: a row of knobs whose needles stand where the values are.

Not for amounts over the steps of a walk (`sliders.Faders`).

    turn = ValueTracker(0)
    row = Dials(lambda at: np.interp(at, [0, 1], [0.2, 0.9])[None], turn)    # one dial
    self.play(turn.animate.set_value(1))
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from manim import RIGHT, Circle, Dot, Line, ValueTracker, VGroup
from numpy.typing import ArrayLike

from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.theme import INK, MUTED, SIGNAL

LOWEST, HIGHEST = 225.0, -45.0
"""Degrees that a needle points to at 0 and at 1: over the top, clockwise."""


class Dials(VGroup):
    """One dial for each of the numbers, 0 … 1, that `readings(*trackers' values)` gives; always as many.

    Values beyond 0 and 1 stay at the stop. `dials[k]` is one of them; a copy does not follow.
    """

    def __init__(
        self,
        readings: Callable[..., ArrayLike],
        *trackers: ValueTracker,
        radius: float = 0.5,
        gap: float = 0.4,
        color: str = SIGNAL,
    ) -> None:
        super().__init__()

        def reading(k: int) -> float:
            values = finite(readings(*(tracker.get_value() for tracker in trackers)), "A row of dials")
            return float(np.clip(values[k], 0, 1))

        count = len(finite(readings(*(tracker.get_value() for tracker in trackers)), "A row of dials"))
        for k in range(count):
            self.add(_dial(partial(reading, k), radius, color))
        self.arrange(RIGHT, buff=gap)


def needle_angle(value: float) -> float:
    """Where a needle points at `value`, 0 … 1, in radians."""
    return float(np.radians(LOWEST + value * (HIGHEST - LOWEST)))


def _dial(reading: Callable[[], float], radius: float, color: str) -> VGroup:
    face = Circle(radius, stroke_color=MUTED, stroke_width=5)
    needle = Line(color=color, stroke_width=9)

    def point(line: Line) -> None:
        towards = needle_angle(reading())
        tip = 0.42 * face.width * np.array([np.cos(towards), np.sin(towards), 0])
        line.put_start_and_end_on(face.get_center(), face.get_center() + tip)

    return VGroup(face, drive(needle, point), drive(Dot(radius=0.07, color=INK), lambda d: d.move_to(face)))
