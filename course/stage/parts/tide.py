"""Bars that rise out of sinking water: how strong the parts of a picture are in each state, and the noise.

Not for bars with numbers (`plots.BarPlot`).

    step = ValueTracker(0)
    Tide({"coarse": 2.3, "fine": 0.1}, walk.alphas_cumprod, step, {"coarse": SIGNAL, "fine": PROMPT})
    self.play(step.animate.set_value(30), run_time=8, rate_func=linear)
"""

from collections.abc import Mapping

import numpy as np
from manim import DOWN, RIGHT, UP, Line, Mobject, Rectangle, ValueTracker, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.digits import finite, on_baseline
from course.stage.parts.driven import drive
from course.stage.theme import INK, LABEL, MUTED, NOISE, text


class Tide(VGroup):
    """A bar for each of `strengths` (noise alone has 1), √ᾱ of it high, and water that is √(1−ᾱ) high.

    `alphas_cumprod` (S+1,) is where `tracker` runs, 0 … S, straight in between. `bars[name]` and
    `names[name]` are the parts, and `water` is the noise with its name.
    """

    def __init__(
        self,
        strengths: Mapping[str, float],
        alphas_cumprod: ArrayLike,
        tracker: ValueTracker,
        colors: Mapping[str, str],
        width: float = 5.2,
        height: float = 4.2,
    ) -> None:
        super().__init__()
        if not strengths or min(strengths.values()) < 0:
            raise CourseError("A tide needs at least one bar, and none of them below 0.")
        levels = finite(alphas_cumprod, "The tide's schedule")
        if levels.ndim != 1 or levels.min() < 0 or levels.max() > 1:
            raise CourseError("A tide follows a row of ᾱ values between 0 and 1, one for each state.")
        steps, rise, fall = np.arange(len(levels)), np.sqrt(levels), np.sqrt(1 - levels)
        base = Line([0, 0, 0], [width, 0, 0], color=MUTED, stroke_width=3)
        unit, slot = height / max(1.0, *strengths.values()), width / len(strengths)

        def stands(column: Mobject, middle: float, high: float) -> None:
            # From the base, wherever the whole has been moved to.
            column.stretch_to_fit_height(max(high * unit, 1e-3))
            column.move_to(base.get_start() + middle * RIGHT, aligned_edge=DOWN)

        self.bars: dict[str, Rectangle] = {}
        self.names: dict[str, Mobject] = {}
        for k, (name, strength) in enumerate(strengths.items()):
            color, middle = colors.get(name, INK), (k + 0.5) * slot
            bar = Rectangle(width=0.55 * slot, height=1, stroke_width=0, fill_color=color, fill_opacity=1)

            def grow(bar: Rectangle, middle: float = middle, strength: float = strength) -> None:
                stands(bar, middle, strength * float(np.interp(tracker.get_value(), steps, rise)))

            self.bars[name] = drive(bar, grow)
            self.names[name] = on_baseline(text(name, LABEL, color)).shift([middle, -0.5, 0])
            if self.names[name].width > slot - 0.15:
                raise CourseError(f"The word “{name}” is wider than its bar's place ({slot:.1f} units).")

        def here() -> float:
            return float(np.interp(tracker.get_value(), steps, fall))

        sea = Rectangle(width=width, height=1, stroke_width=0, fill_color=NOISE, fill_opacity=0.55)
        drive(sea, lambda sea: stands(sea, width / 2, here()))
        word = text("noise", LABEL, NOISE)
        drive(word, lambda word: word.next_to(base.get_end() + here() * unit * UP, RIGHT, buff=0.2))
        self.water = VGroup(sea, word)
        self.add(base, *self.bars.values(), *self.names.values(), self.water)
        self.center()
