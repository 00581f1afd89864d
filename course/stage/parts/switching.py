"""Changing one's mind on the way: a bar that says until which step which words led, and where that ended.

Not for a single walk (`sliders.StepDots`).

    when = ValueTracker(0)                              # the step at which the words were changed
    bar = SplitBar(30, when, ("this", "that"))
    names = ("changed at step", "nearer to", "as near")
    curve = Between(nearness, first_picture, other_picture, labels=names)
    curve.marker(when); curve.so_far(when)
"""

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, DashedLine, Dot, Line, ValueTracker, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import LiveNumber, finite, on_baseline, written
from course.stage.parts.driven import drive
from course.stage.parts.pictures import Picture
from course.stage.theme import INK, LABEL, MUTED, PROMPT, TIME, text


class SplitBar(VGroup):
    """All steps of a walk from left to right: until `tracker` under the first words, then under the others.

    `names` stand over the two ends, the step below the knob.
    """

    def __init__(self, steps: int, tracker: ValueTracker, names: tuple[str, str], width: float = 6.0) -> None:
        super().__init__()
        start, end = np.array([-width / 2, 0, 0]), np.array([width / 2, 0, 0])
        self.later = Line(start, end, color=MUTED, stroke_width=22)
        self.sooner = Line(start, end, color=PROMPT, stroke_width=22)
        knob = Dot(radius=0.24, color=TIME).set_stroke(INK, width=4)

        def here() -> NDArray[np.float64]:
            share = min(max(tracker.get_value() / steps, 0.0), 1.0)
            return self.later.get_start() + share * (self.later.get_end() - self.later.get_start())

        drive(knob, lambda dot: dot.move_to(here()))
        drive(
            self.sooner,
            lambda bar: bar.set_points_by_ends(self.later.get_start(), here()),
        )
        self.names = VGroup(
            *(on_baseline(text(n, LABEL, color)) for n, color in zip(names, (PROMPT, MUTED), strict=True))
        )
        self.names.shift((self.later.get_top()[1] + 0.42) * UP)  # on one line, above the knob
        self.names[0].align_to(self.later, LEFT)
        self.names[1].align_to(self.later, RIGHT)
        if self.names[0].get_right()[0] + 0.2 > self.names[1].get_left()[0]:
            raise CourseError(f"“{names[0]}” and “{names[1]}” do not fit over a bar of {width:g} units.")
        number = LiveNumber(
            lambda step: float(np.floor(step + 0.5)), tracker, decimals=0, size=LABEL, color=TIME
        )
        self.add(self.later, self.sooner, knob, self.names)
        self.add(drive(number, lambda n: n.move_to(here() + 0.6 * DOWN)))


class Between(VGroup):
    """A curve (S+1,) of values from 0 to 1 between two pictures: 1 at the height of `first`, 0 of `other`.

    `point(step, value)` is where a pair stands; `middle` is the line halfway. `labels`
    are what stands below, above and at that line.
    """

    def __init__(
        self,
        values: ArrayLike,
        first: NDArray[np.uint8],
        other: NDArray[np.uint8],
        *,
        labels: tuple[str, str, str],
        width: float = 5.0,
        height: float = 3.6,
        picture_height: float = 1.5,
    ) -> None:
        super().__init__()
        self.values = finite(values, "The curve")
        if self.values.ndim != 1 or len(self.values) < 2:
            raise CourseError(f"The curve is a row of values, not of shape {self.values.shape}.")
        steps = len(self.values) - 1
        self.base = Line([0, 0, 0], [width, 0, 0], color=MUTED, stroke_width=3)
        self.side = Line([0, 0, 0], [0, height, 0], color=MUTED, stroke_width=3)
        self.add(self.base, self.side)
        self.middle = DashedLine(self.point(0, 0.5), self.point(steps, 0.5), color=MUTED, stroke_width=3)
        self.ends = VGroup(Picture(first, picture_height), Picture(other, picture_height))
        for picture, value in zip(self.ends, (1.0, 0.0), strict=True):
            picture.next_to(self.point(0, value), LEFT, buff=0.25)
        self.curve = VMobject(stroke_color=TIME, stroke_width=7)
        self.curve.set_points_as_corners([self.point(k, v) for k, v in enumerate(self.values)])
        numbers = VGroup()
        for step in sorted({0, steps // 3, 2 * steps // 3, steps}):
            number = text(written(step, 0), LABEL, MUTED)
            numbers.add(number.next_to(self.point(step, 0), DOWN, buff=0.2))
        label = text(labels[0], LABEL, MUTED).next_to(numbers, DOWN, buff=0.2)
        self.axes = VGroup(self.base, self.side, self.middle, numbers, label.set_x(width / 2))
        above = text(labels[1], LABEL, MUTED).next_to(self.ends[0], UP, buff=0.2)
        below = text(labels[2], LABEL, MUTED).next_to(self.middle, DOWN, buff=0.1)
        self.axes.add(above.align_to(self.ends, LEFT), below.align_to(self.middle, RIGHT))
        self.add(self.axes, self.ends, self.curve)
        self.center()

    def point(self, step: float, value: float) -> NDArray[np.float64]:
        """Where (step, value) stands on stage."""
        origin, right, top = self.base.get_start(), self.base.get_end(), self.side.get_end()
        return origin + step / (len(self.values) - 1) * (right - origin) + value * (top - origin)

    def marker(self, tracker: ValueTracker) -> Dot:
        """A dot that rides the curve."""
        dot = Dot(radius=0.16, color=TIME).set_stroke(INK, width=4)

        def here() -> NDArray[np.float64]:
            step = tracker.get_value()
            return self.point(step, float(np.interp(step, np.arange(len(self.values)), self.values)))

        return drive(dot, lambda d: d.move_to(here()))

    def so_far(self, tracker: ValueTracker) -> VMobject:
        """The curve up to the tracker."""
        curve = VMobject(stroke_color=TIME, stroke_width=7)

        def trace(part: VMobject) -> None:
            step = min(max(tracker.get_value(), 1e-3), len(self.values) - 1)
            steps = [*range(int(np.ceil(step))), step]
            heights = np.interp(steps, np.arange(len(self.values)), self.values)
            part.set_points_as_corners([self.point(k, v) for k, v in zip(steps, heights, strict=True)])

        return drive(curve, trace)
