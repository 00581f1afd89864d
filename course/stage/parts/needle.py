"""A compass: a ring, and a needle from its middle that is as long and turned as far as it was measured.

Not for several rays with angles to one of them (`fan.Fan`).

    needle = Needle(lambda k: (length[round(k)], turned[round(k)]), step)
"""

from collections.abc import Callable

import numpy as np
from manim import DEGREES, Circle, Line, Polygon, ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.theme import BACKGROUND, MUTED, PROMPT


class Needle(VGroup):
    """`reading(*trackers' values)` gives the needle's length, 1 at the ring, and its turn in degrees.

    It points up at 0 degrees, to the right at 90. `radius` is the ring's.
    """

    def __init__(
        self,
        reading: Callable[..., tuple[float, float]],
        *trackers: ValueTracker,
        radius: float = 1.7,
        color: str = PROMPT,
    ) -> None:
        super().__init__()
        self.ring = Circle(radius, color=MUTED, stroke_width=4).set_fill(BACKGROUND, opacity=1)
        ticks = VGroup()
        for degrees in range(0, 360, 30):
            out = _towards(degrees)
            ticks.add(Line(0.9 * radius * out, radius * out, color=MUTED, stroke_width=4))

        def draw(shape: Polygon) -> None:
            length, turn = finite(reading(*(tracker.get_value() for tracker in trackers)), "The needle")
            out, middle = _towards(turn), self.ring.get_center()
            side = 0.055 * self.ring.height * np.array([-out[1], out[0], 0]) * min(1.0, 0.3 + length)
            tip = middle + length * self.ring.height / 2 * out
            shape.set_points_as_corners([middle + side, tip, middle - side, middle + side])

        blank = Polygon(*np.eye(3), stroke_width=0).set_fill(color, opacity=1)
        self.needle = drive(blank, draw)
        self.add(self.ring, ticks, self.needle)


def _towards(turn: float) -> NDArray[np.float64]:
    return np.array([np.sin(turn * DEGREES), np.cos(turn * DEGREES), 0.0])
