"""A compass: a ring, and a needle from its middle that is as long and turned as far as it was measured.

Not for several rays with angles to one of them (`fan.Fan`).

    needle = Needle(lambda k: (length[round(k)], turned[round(k)]), step)
    Needle.along(length, turned, step)   # a pale one stays where the first was, a line shows where it points
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from manim import DEGREES, Circle, Line, Polygon, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.stage.parts.digits import LiveNumber, finite
from course.stage.parts.driven import drive
from course.stage.theme import BACKGROUND, LABEL, MUTED, PROMPT


class Needle(VGroup):
    """`reading(*trackers' values)` gives the needle's length, 1 at the ring, and its turn in degrees.

    It points up at 0 degrees, to the right at 90. `radius` is the ring's.
    """

    numbers: Sequence[LiveNumber] = ()

    def __init__(
        self,
        reading: Callable[..., tuple[float, float]],
        *trackers: ValueTracker,
        radius: float = 1.7,
        color: str = PROMPT,
        first: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self.ring = Circle(radius, color=MUTED, stroke_width=4).set_fill(BACKGROUND, opacity=1)
        ticks = VGroup()
        for degrees in range(0, 360, 30):
            out = _towards(degrees)
            ticks.add(Line(0.9 * radius * out, radius * out, color=MUTED, stroke_width=4))

        def now() -> tuple[float, float]:
            length, turn = finite(reading(*(tracker.get_value() for tracker in trackers)), "The needle")
            return length, turn

        def lay(shape: Polygon, length: float, turn: float) -> None:
            out, middle = _towards(turn), self.ring.get_center()
            side = 0.055 * self.ring.height * np.array([-out[1], out[0], 0]) * min(1.0, 0.3 + length)
            tip = middle + length * self.ring.height / 2 * out
            shape.set_points_as_corners([middle + side, tip, middle - side, middle + side])

        def bear(line: Line) -> None:
            middle = self.ring.get_center()
            line.set_points_by_ends(middle, middle + 0.9 * self.ring.height / 2 * _towards(now()[1]))

        def blank(opacity: float) -> Polygon:
            return Polygon(*np.eye(3), stroke_width=0).set_fill(color, opacity=opacity)

        self.needle = drive(blank(1), lambda shape: lay(shape, *now()))
        self.add(self.ring, ticks)
        if first is not None:
            lay(pale := blank(0.3), *first)
            self.add(pale, drive(Line(color=color, stroke_width=3), bear))
        self.add(self.needle)

    @classmethod
    def along(cls, length: ArrayLike, turned: ArrayLike, step: ValueTracker, radius: float = 1.7) -> "Needle":
        """As long and as turned at each step as in (S,) values, straight in between; the first one stays.

        `numbers` say both, in percent and degrees.
        """
        values = np.stack([length, turned])

        def now(k: float) -> tuple[float, float]:
            read = [float(np.interp(k, range(values.shape[1]), row)) for row in values]
            return read[0], read[1]

        needle = cls(now, step, radius=radius, first=now(0))
        number = partial(LiveNumber, decimals=0, size=LABEL, color=PROMPT)
        percent = number(lambda k: 100 * now(k)[0], step, suffix="%")
        needle.numbers = (percent, number(lambda k: now(k)[1], step, suffix="°"))
        return needle


def _towards(turn: float) -> NDArray[np.float64]:
    return np.array([np.sin(turn * DEGREES), np.cos(turn * DEGREES), 0.0])
