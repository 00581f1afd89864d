"""Dials that show numbers: a row of dials whose needles stand where the values are, or a large one alone.

Not for amounts over the steps of a walk (`sliders.Faders`).

    turn = ValueTracker(0)
    row = Dials(lambda at: np.interp(at, [0, 1], [0.2, 0.9])[None], turn)    # one dial
    Knob(lambda at: 255 * at, turn, most=255)            # one large dial, its number and its stops
    self.play(turn.animate.set_value(1))
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from manim import DOWN, LEFT, RIGHT, Circle, Dot, Line, ValueTracker, VGroup
from numpy.typing import ArrayLike

from course.stage.parts.digits import LiveNumber, finite
from course.stage.parts.driven import drive
from course.stage.theme import INK, LABEL, MUTED, SIGNAL, text

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


class Knob(VGroup):
    """A large dial for the number from 0 to `most` that `value(*trackers' values)` gives, which stands below.

    Both its stops are named.
    """

    def __init__(
        self, value: Callable[..., float], *trackers: ValueTracker, most: int, color: str = SIGNAL
    ) -> None:
        dial = Dials(lambda *at: [value(*at) / most], *trackers, radius=0.8, color=color)
        number = LiveNumber(value, *trackers, decimals=0, color=color).next_to(dial, DOWN, buff=0.5)
        stops = (
            text(str(stop), LABEL, MUTED).next_to(dial, DOWN + side, buff=-0.1)
            for stop, side in ((0, LEFT), (most, RIGHT))
        )
        super().__init__(dial, number.set_x(dial.get_x() + 0.17), *stops)


def needle_angle(value: float) -> float:
    """Where a needle points at `value`, 0 … 1, in radians."""
    return float(np.radians(LOWEST + value * (HIGHEST - LOWEST)))


def _dial(reading: Callable[[], float], radius: float, color: str) -> VGroup:
    face = Circle(radius, stroke_color=MUTED, stroke_width=5)
    needle = Line(color=color, stroke_width=9)

    def point(line: Line) -> None:
        towards = needle_angle(reading())
        tip = 0.42 * face.width * np.array([np.cos(towards), np.sin(towards), 0])
        line.set_points_by_ends(face.get_center(), face.get_center() + tip)

    return VGroup(face, drive(needle, point), drive(Dot(radius=0.07, color=INK), lambda d: d.move_to(face)))
