"""How likely numbers are: a few densities over one axis, which follow a tracker, and a push at one place.

Not for measured data (`plots.LinePlot`), nor for walkers under a density (`roadmap.Cloud`).

    w = ValueTracker(1)
    laws = Laws({"all": (NOISE, lambda x, w: bell(x, 1.0)), "guided": (WRONG, …)}, w, reach=2.4, top=0.9)
    laws.curves["all"]; laws.names["guided"]; laws.push(at, lambda x, w: w * slope(x))
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from manim import RIGHT, UP, Dot, Line, ValueTracker, VGroup

from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import drive
from course.stage.parts.livecurve import live_curve
from course.stage.parts.plots import Axes
from course.stage.theme import INK, LABEL, PROMPT, SAFE_LEFT, SAFE_TOP, text


class Laws(VGroup):
    """Densities by name, each a colour and a function of x (N,) and the tracker's value, −reach to reach.

    They stand at the upper left of the safe frame, their names in a column to the right.
    """

    def __init__(
        self,
        laws: Mapping[str, tuple[str, Callable[..., Any]]],
        tracker: ValueTracker,
        *,
        reach: float,
        top: float,
        x_label: str = "x",
        width: float = 8.0,
        height: float = 1.9,
    ) -> None:
        super().__init__()
        self.axes = Axes((-reach, reach), (0.0, top), x_label, "how likely", width, height)
        corner = np.array([SAFE_LEFT + 0.1, SAFE_TOP - 0.05, 0])
        self.axes.shift(corner - [self.axes.get_left()[0], self.axes.get_top()[1], 0])
        self.curves = {
            name: live_curve(self.axes, law, tracker, color=color) for name, (color, law) in laws.items()
        }
        self.names = {name: on_baseline(text(name, LABEL, color)) for name, (color, _) in laws.items()}
        for row, name in enumerate(self.names.values()):
            name.shift([self.axes.get_right()[0] + 0.5 - name.get_left()[0], 2.4 - 0.6 * row, 0])
        self._tracker = tracker
        self.add(self.axes, *self.curves.values(), *self.names.values())

    def push(self, at: ValueTracker, how: Callable[[float, float], float], color: str = PROMPT) -> VGroup:
        """A dot on the axis at `at`, and a bar from it that is how(x, the tracker's value) of x long."""
        dot = drive(Dot(radius=0.15, color=INK), lambda one: one.move_to(self.axes.point(at.get_value(), 0)))

        def draw(line: Line) -> None:
            x = at.get_value()
            start = self.axes.point(x, 0) + 0.14 * UP
            end = self.axes.point(x + how(x, self._tracker.get_value()), 0) + 0.14 * UP
            # A line of no length has no direction to be put on.
            line.put_start_and_end_on(start, end + 1e-6 * RIGHT)

        return VGroup(drive(Line(color=color, stroke_width=16), draw), dot)
