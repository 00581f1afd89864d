"""Parts that show where a tracker stands: crossing faders and a row of dots for the steps.

Not for axes with numbers (`plots`): these are to be read at a glance, under a picture.

    step = ValueTracker(0)
    Faders({"picture": np.sqrt(a), "noise": np.sqrt(1 - a)}, step, colors={"picture": SIGNAL, "noise": NOISE})
    StepDots(30, step)                       # 31 states, 0 … 30; the lit dot stands at the tracker
    self.play(step.animate.set_value(30), run_time=8, rate_func=linear)
"""

from collections.abc import Mapping

import numpy as np
from manim import DOWN, LEFT, RIGHT, Dot, Line, ValueTracker, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.digits import LiveNumber, finite
from course.stage.parts.driven import drive
from course.stage.theme import INK, LABEL, MUTED, TIME, text


class Faders(VGroup):
    """One horizontal fader for each name: how much of it there is where `tracker` stands.

    `amounts` maps a name to (N,) values between 0 and 1; the tracker runs over 0 … N-1, straight in between.
    """

    def __init__(
        self,
        amounts: Mapping[str, ArrayLike],
        tracker: ValueTracker,
        colors: Mapping[str, str],
        width: float = 6.0,
    ) -> None:
        super().__init__()
        words = {name: text(name, size=LABEL, color=colors.get(name, INK)) for name in amounts}
        longest = max((word.width for word in words.values()), default=0.0)
        for row, (name, amount) in enumerate(amounts.items()):
            values = finite(amount, f"The fader “{name}”")
            if values.ndim != 1 or values.min() < 0 or values.max() > 1:
                raise CourseError(f"The fader “{name}” takes a row of values between 0 and 1.")
            self.add(_fader(words[name], values, tracker, colors.get(name, INK), longest, width, 0.75 * row))
        self.center()


def _fader(
    word: VGroup,
    values: np.ndarray,
    tracker: ValueTracker,
    color: str,
    indent: float,
    width: float,
    down: float,
) -> VGroup:
    start = np.array([0.0, -down, 0.0])
    track = Line(start, start + width * RIGHT, color=MUTED, stroke_width=6).set_opacity(0.35)
    level = Line(start, start + RIGHT, color=color, stroke_width=10)
    knob = Dot(radius=0.2, color=color).set_stroke(INK, width=3)

    def amount(step: float) -> float:
        return float(np.interp(step, np.arange(len(values)), values))

    def here() -> np.ndarray:
        return track.get_start() + amount(tracker.get_value()) * (track.get_end() - track.get_start())

    drive(knob, lambda k: k.move_to(here()))
    drive(level, lambda bar: bar.set_points_by_ends(track.get_start(), here()))
    number = LiveNumber(amount, tracker, decimals=2, size=LABEL, color=color)
    word.next_to(track, LEFT, buff=0.45 + indent - word.width).align_to(start + (0.45 + indent) * LEFT, LEFT)
    number.next_to(track, RIGHT, buff=0.45)
    return VGroup(track, level, knob, word, number)


class StepDots(VGroup):
    """Dots for the states 0 … steps in a row; the lit one glides with `tracker`, its number below it."""

    def __init__(self, steps: int, tracker: ValueTracker, width: float = 11.0, number: bool = True) -> None:
        super().__init__()
        if steps < 1:
            raise CourseError(f"A walk of {steps} steps has no dots: it needs at least one step.")
        gap = width / steps
        radius = min(0.08, gap / 4)
        self.dots = VGroup(*[Dot([k * gap, 0, 0], radius=radius, color=MUTED) for k in range(steps + 1)])
        self.dots.set_opacity(0.5).center()
        first, last = self.dots[0], self.dots[-1]

        def here() -> np.ndarray:
            share = min(max(tracker.get_value() / steps, 0.0), 1.0)
            return first.get_center() + share * (last.get_center() - first.get_center())

        self.passed = Line(color=TIME, stroke_width=6)
        drive(self.passed, lambda line: line.set_points_by_ends(first.get_center(), here()))
        self.lit = drive(
            Dot(radius=0.2, color=TIME).set_stroke(INK, width=3), lambda dot: dot.move_to(here())
        )
        self.add(self.dots, self.passed, self.lit)
        if number:
            self.number = LiveNumber(
                lambda step: float(np.floor(step + 0.5)), tracker, decimals=0, size=LABEL, color=TIME
            )
            self.add(drive(self.number, lambda n: n.move_to(here() + 0.55 * DOWN)))
