"""Dots that walk, the circle that they should fill, and the ring of it that they leave empty.

Not for roads over a map (`roads`), nor for clouds on a line (`roadmap.Cloud`).

    step = ValueTracker(0)
    Flock(places, should, reach, step, SIGNAL)          # places (S+1, 2, N), in units
    self.play(step.animate.set_value(S), run_time=4, rate_func=linear)
"""

import numpy as np
from manim import RIGHT, UP, Annulus, Circle, Dot, ValueTracker, VectorizedPoint, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import Driven, drive
from course.stage.theme import INK, WRONG


class Flock(VGroup):
    """N dots at `places` (S+1, 2, N) around its middle, straight in between; `tracker` runs over 0 … S.

    `should` (S+1,) is the circle's radius, `reach` (S+1,) how far the dots go: what lies between is shaded.
    """

    def __init__(
        self, places: ArrayLike, should: ArrayLike, reach: ArrayLike, tracker: ValueTracker, color: str
    ) -> None:
        walks, outer, inner = finite(places, "A flock"), finite(should, "A circle"), finite(reach, "A reach")
        if walks.ndim != 3 or not len(walks) == len(outer) == len(inner):
            raise CourseError(
                f"A flock has places (S+1, 2, N) and two radii for each state, not {walks.shape}, "
                f"{outer.shape} and {inner.shape}."
            )
        steps, middle = np.arange(len(walks)), VectorizedPoint()

        def ring(step: float) -> VGroup:
            circle, dots = (float(np.interp(step, steps, values)) for values in (outer, inner))
            empty = Annulus(min(dots, circle), circle, color=WRONG, fill_opacity=0.4)
            return VGroup(empty, Circle(circle, color=INK, stroke_width=3)).move_to(middle)

        def walk(dots: VGroup) -> None:
            step = min(max(tracker.get_value(), 0.0), len(walks) - 1)
            below = min(int(step), len(walks) - 2)
            now = walks[below] + (step - below) * (walks[below + 1] - walks[below])
            for dot, (x, y) in zip(dots, now.T, strict=True):
                dot.move_to(middle.get_center() + x * RIGHT + y * UP)

        dots = VGroup(*(Dot(radius=0.05, color=color) for _ in range(walks.shape[2])))
        super().__init__(middle, Driven(ring, tracker), drive(dots, walk))
