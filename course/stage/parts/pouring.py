"""A table of numbers that is poured into a picture's pixels, one after the other.

Not for what the numbers mean: poured like this they mean nothing, which is what it shows.

    count = ValueTracker(0)
    pour = Pouring(capture.text_embedding, (32, 32, 3), count)      # the table above, the picture below
    self.play(count.animate.set_value(pour.size))
"""

import math

import numpy as np
from manim import DOWN, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.pictures import LivePicture
from course.stage.theme import PROMPT, SIGNAL

GONE = 20
"""How bright a number is whose place in the table is empty."""


class Pouring(VGroup):
    """`table` (R, C), from black for the lowest number to white, and `picture` of `shape` (H, W, 3).

    The first `tracker` of the numbers have left the one for the other; `size` is how many there are to pour.
    """

    def __init__(
        self,
        numbers: ArrayLike,
        shape: tuple[int, ...],
        tracker: ValueTracker,
        width: float = 11.0,
        height: float = 3.4,
    ) -> None:
        values = finite(numbers, "What is poured")
        if values.ndim != 2:
            raise CourseError(f"A table to pour from has rows and columns, not the shape {values.shape}.")
        room = math.prod(shape)
        self.size = min(values.size, room)
        most = max(float(np.abs(values).max()), 1e-12)
        bright = np.rint((values.ravel() / most + 1) * 127.5).astype(np.uint8)

        def left(count: float) -> NDArray[np.uint8]:
            rest = np.where(np.arange(values.size) < count, GONE, bright).reshape(values.shape)
            return np.repeat(rest[..., None], 3, axis=-1).astype(np.uint8)

        def filled(count: float) -> NDArray[np.uint8]:
            pixels = np.zeros(room, np.uint8)
            pixels[: round(count)] = bright[: min(round(count), room)]
            return pixels.reshape(shape)

        tall = width * len(values) / values.shape[1]
        self.table = LivePicture(left, tracker, height=tall).set_stroke(PROMPT, width=5)
        self.picture = LivePicture(filled, tracker, height=height).set_stroke(SIGNAL, width=5)
        super().__init__(self.table, self.picture)
        self.arrange(DOWN, buff=0.5)
