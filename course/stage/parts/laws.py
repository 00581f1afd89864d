"""How likely numbers are: a few densities over one axis, which follow trackers, and a push at one place.

Not for measured data (`plots.LinePlot`), nor for walkers under a density (`roadmap.Cloud`).

    w = ValueTracker(1)
    laws = Laws({"all": (NOISE, lambda x, w: bell(x, 1.0)), "guided": (WRONG, …)}, w, reach=2.4, top=0.9)
    laws.curves["all"]; laws.names["guided"]; laws.push(at, lambda x, w: w * slope(x), on="guided")
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from manim import Dot, Line, Polygon, ValueTracker, VGroup, VMobject
from numpy.typing import NDArray

from course.stage.equation import Equation
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import drive
from course.stage.parts.livecurve import live_curve
from course.stage.parts.plots import Axes
from course.stage.theme import INK, LABEL, PROMPT, SAFE_LEFT, SAFE_TOP, SENTENCE, text

HEAD = 0.28  # how long and how wide the head of a push is


class Laws(VGroup):
    """Densities by name, each a colour and a function of x (N,) and the trackers' values, −reach to reach.

    They stand at the upper left of the safe frame, their names in a column to the right: words, or formulas.
    """

    def __init__(
        self,
        laws: Mapping[str, tuple[str, Callable[..., Any]]],
        *trackers: ValueTracker,
        reach: float,
        top: float,
        x_label: str = "x",
        y_label: str = "how likely",
        width: float = 8.0,
        height: float = 1.9,
        formulas: bool = False,
    ) -> None:
        super().__init__()
        self.axes = Axes((-reach, reach), (0.0, top), x_label, y_label, width, height)
        corner = np.array([SAFE_LEFT + 0.1, SAFE_TOP - 0.05, 0])
        self.axes.shift(corner - [self.axes.get_left()[0], self.axes.get_top()[1], 0])
        self.curves = {
            name: live_curve(self.axes, law, *trackers, color=color) for name, (color, law) in laws.items()
        }
        self.names = {name: _name(name, color, formulas) for name, (color, _) in laws.items()}
        step = min(0.6, 3.0 / max(1, len(laws) - 1))
        for row, name in enumerate(self.names.values()):
            name.shift([self.axes.get_right()[0] + 0.5 - name.get_left()[0], 2.4 - step * row, 0])
        self._laws, self._trackers = laws, trackers
        self.add(self.axes, *self.curves.values(), *self.names.values())

    def push(
        self, at: ValueTracker, how: Callable[..., float], color: str = PROMPT, on: str | None = None
    ) -> VGroup:
        """A dot at `at`, on a curve or the axis, and an arrow how(x, the trackers' values) of x long."""

        def ends() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            x, values = at.get_value(), [tracker.get_value() for tracker in self._trackers]
            y = 0.0 if on is None else float(self._laws[on][1](np.array([x]), *values)[0])
            return self.axes.point(x, y), self.axes.point(x + how(x, *values), y)

        def shaft(line: Line) -> None:
            start, end = ends()
            line.set_points_by_ends(start, end)

        def head(shape: Polygon) -> None:
            start, end = ends()
            size = min(HEAD, abs(end[0] - start[0])) * np.sign(end[0] - start[0])
            corners = [end + np.array(corner) * size for corner in ([0, 0.6, 0], [1, 0, 0], [0, -0.6, 0])]
            shape.set_points_as_corners([*corners, corners[0]])

        dot = drive(Dot(radius=0.17, color=INK), lambda one: one.move_to(ends()[0]))
        tip = Polygon(*np.eye(3), stroke_width=0).set_fill(color, opacity=1)
        return VGroup(drive(Line(color=color, stroke_width=14), shaft), drive(tip, head), dot)

    def die(self, middle: ValueTracker, width: ValueTracker, thrown: float) -> Dot:
        """A dot on the axis, `thrown` widths from the middle."""

        def put(dot: Dot) -> None:
            dot.move_to(self.axes.point(middle.get_value() + thrown * width.get_value(), 0.0))

        return drive(Dot(radius=0.14, color=INK), put)


def _name(name: str, color: str, formula: bool) -> VMobject:
    if formula:
        return Equation(name, definition="a curve's name", font_size=SENTENCE).set_color(color)
    return on_baseline(text(name, LABEL, color))
