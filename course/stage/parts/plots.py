"""Plots from data, with real axes that a phone can show: lines, bars, and the noise schedule.

Not for maps of pictures (`maps`), and never drawn by eye: every point comes from an array, and a value that
is not finite raises `CourseError`.

    plot = LinePlot(
        steps, {"picture": np.sqrt(a), "noise": np.sqrt(1 - a)},       # one x for all, or name → (x, y)
        x_label="step", y_label="amount", colors={"picture": SIGNAL, "noise": NOISE},
    )
    self.play(FadeIn(plot.axes), *[Create(curve) for curve in plot.curves.values()])
    plot.point(12, 0.5)                              # where data stand on stage
    plot.marker("noise", tracker)                    # a dot that rides the curve at x = tracker
    plot.line_at(tracker)                            # an upright line at x = tracker

    SchedulePlot(capture.alphas_cumprod)             # two crossing curves: how much picture, how much noise
    BarPlot({"prompt": 0.61, "seed": 0.24}, y_label="share", colors={"prompt": PROMPT, "seed": NOISE})
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, Line, Rectangle, ValueTracker, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite, written
from course.stage.parts.driven import drive
from course.stage.theme import AXIS, INK, LABEL, MUTED, NOISE, SIGNAL, TIME, text

Range = tuple[float, float]


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) from low to high, about so many."""
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * min((1, 2, 5, 10), key=lambda factor: abs(np.log(factor * power / raw)))
    first = np.ceil(low / step - 1e-9)
    return [float(k * step) for k in np.arange(first, np.floor(high / step + 1e-9) + 1)]


def up_to(highest: float) -> Range:
    """From 0 to the first round number of the axis at or above `highest`."""
    top = highest
    # A longer axis may have other round numbers.
    while (found := ticks(0.0, top))[-1] < highest - 1e-9:
        top = found[-1] + found[1] - found[0]
    return 0.0, found[-1]


class Axes(VGroup):
    """Two axes with round numbers; `point(x, y)` is where a pair of values stands on stage.

    `x_label` and `y_label` name what is measured, with its unit; `width` by `height` is the plotting area.
    """

    def __init__(
        self,
        x_range: Range,
        y_range: Range,
        x_label: str,
        y_label: str,
        width: float = 8.0,
        height: float = 4.2,
    ) -> None:
        super().__init__()
        for low, high in (x_range, y_range):
            if not low < high:
                raise CourseError(
                    f"An axis from {low:g} to {high:g} has no length: give it two different ends."
                )
        self.x_range, self.y_range = x_range, y_range
        # The lines carry the scale, so that a plot may be moved and scaled as one.
        self.x_line = Line([0, 0, 0], [width, 0, 0], color=MUTED, stroke_width=3)
        self.y_line = Line([0, 0, 0], [0, height, 0], color=MUTED, stroke_width=3)
        self.add(self.x_line, self.y_line)
        for x in ticks(*x_range):
            at = self.point(x, y_range[0])
            number = text(_short(x, x_range), size=AXIS, color=MUTED)
            self.add(
                Line(at, at + 0.1 * DOWN, color=MUTED, stroke_width=3), number.next_to(at, DOWN, buff=0.2)
            )
        # On a low axis, numbers would stand over each other.
        for y in ticks(*y_range, about=4 if height >= 2 else 2):
            at = self.point(x_range[0], y)
            number = text(_short(y, y_range), size=AXIS, color=MUTED)
            self.add(
                Line(at, at + 0.1 * LEFT, color=MUTED, stroke_width=3), number.next_to(at, LEFT, buff=0.2)
            )
        bottom = self.get_bottom()[1]
        self.x_label = text(x_label, size=LABEL, color=MUTED)
        self.x_label.move_to([width / 2, bottom - 0.15 - self.x_label.height / 2, 0])
        self.y_label = text(y_label, size=LABEL, color=MUTED)
        self.y_label.next_to(self.y_line, UP, buff=0.25).set_x(0).align_to(self.get_left(), LEFT)
        self.add(self.x_label, self.y_label)

    def point(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Where (x, y) stands on stage: (3,); of arrays (N,) all points, (N, 3)."""
        origin, right, top = self.x_line.get_start(), self.x_line.get_end(), self.y_line.get_end()
        across = (np.asarray(x)[..., None] - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (np.asarray(y)[..., None] - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return origin + across * (right - origin) + up * (top - origin)


def _short(value: float, around: Range) -> str:
    step = (around[1] - around[0]) / 4
    return written(value, max(0, int(-np.floor(np.log10(step)))) if step < 1 and value != int(value) else 0)


class LinePlot(VGroup):
    """Curves over common axes, each named at its end in its own colour.

    `x` is (N,); `curves` maps a name to (N,) values. `y_range` defaults to the data's, widened to include 0.
    `axes`, `curves[name]` and `names[name]` are the parts, to be shown one after the other.
    """

    def __init__(
        self,
        x: ArrayLike,
        curves: Mapping[str, ArrayLike],
        *,
        x_label: str,
        y_label: str,
        colors: Mapping[str, str],
        x_range: Range | None = None,
        y_range: Range | None = None,
        width: float = 8.0,
        height: float = 4.2,
    ) -> None:
        super().__init__()
        self.x = finite(x, "The plot's x")
        self.values = {name: finite(y, f"The curve “{name}”") for name, y in curves.items()}
        if not self.values:
            raise CourseError("A plot needs at least one curve.")
        for name, y in self.values.items():
            if self.x.ndim != 1 or y.shape != self.x.shape:
                raise CourseError(
                    f"The curve “{name}” has shape {y.shape} over an x of shape {self.x.shape}."
                )
        if np.any(np.diff(self.x) <= 0):
            raise CourseError("The plot's x must rise from each point to the next: sort the data by x.")
        together = np.concatenate([*self.values.values(), [0.0]])
        self.axes = Axes(
            x_range or (float(self.x[0]), float(self.x[-1])),
            y_range or (float(together.min()), float(together.max())),
            x_label,
            y_label,
            width,
            height,
        )
        self.colors = {name: colors.get(name, INK) for name in self.values}
        self.curves: dict[str, VMobject] = {}
        self.names: dict[str, VMobject] = {}
        for name, y in self.values.items():
            curve = VMobject(stroke_color=self.colors[name], stroke_width=7)
            curve.set_points_as_corners(self.axes.point(self.x, y))
            self.curves[name] = curve
            label = text(name, size=LABEL, color=self.colors[name])
            self.names[name] = label.next_to(curve.points[-1], RIGHT, buff=0.2)
        _spread(list(self.names.values()))
        self.add(self.axes, *self.curves.values(), *self.names.values())
        self.center()

    def point(self, x: float, y: float) -> NDArray[np.float64]:
        """Where (x, y) stands on stage."""
        return self.axes.point(x, y)

    def piece(self, name: str, first: float, last: float) -> Line:
        """The curve from one x to another, as a straight line."""
        ends = (self.point(x, self.value(name, x)) for x in (first, last))
        return Line(*ends, color=self.colors[name], stroke_width=7)

    def value(self, name: str, x: float) -> float:
        """The curve's value at x, straight between its points."""
        return float(np.interp(x, self.x, self.values[name]))

    def marker(self, name: str, tracker: ValueTracker) -> Dot:
        """A dot that rides the curve `name` at x = tracker."""
        dot = Dot(radius=0.13, color=self.colors[name]).set_stroke(INK, width=3)
        return drive(
            dot, lambda d: d.move_to(self.point(tracker.get_value(), self.value(name, tracker.get_value())))
        )

    def spot(self, name: str, x: float) -> Dot:
        """A dot on the curve `name` at x."""
        return Dot(self.point(x, self.value(name, x)), 0.16, color=self.colors[name])

    def link(self, one: Dot, other: Dot) -> Line:
        """A thin line from one spot to another."""
        return Line(one.get_center(), other.get_center(), color=INK, stroke_width=4)

    def line_at(self, tracker: ValueTracker, color: str = TIME) -> Line:
        """An upright line at x = tracker, over the whole height of the plot."""
        low, high = self.axes.y_range
        line = Line(color=color, stroke_width=4)
        return drive(
            line,
            lambda mark: mark.set_points_by_ends(
                self.point(tracker.get_value(), low), self.point(tracker.get_value(), high)
            ),
        )


def _spread(labels: Sequence[VMobject], gap: float = 0.12) -> None:
    """Push labels apart that stand at the same height, keeping their middle."""
    ordered = sorted(labels, key=lambda label: (label.get_y(), label.get_x()))
    for below, above in pairwise(ordered):
        overlap = below.get_top()[1] + gap - above.get_bottom()[1]
        if overlap > 0:
            above.shift(overlap * UP)


class SchedulePlot(LinePlot):
    """How much picture (√ᾱ) and how much noise (√(1−ᾱ)) is in each state, from (S+1,) values of ᾱ."""

    def __init__(self, alphas_cumprod: ArrayLike, width: float = 8.0, height: float = 4.2) -> None:
        alphas = finite(alphas_cumprod, "The schedule")
        if alphas.ndim != 1 or alphas.min() < 0 or alphas.max() > 1:
            raise CourseError("A schedule is a row of ᾱ values between 0 and 1, one for each state.")
        super().__init__(
            np.arange(len(alphas)),
            {"picture": np.sqrt(alphas), "noise": np.sqrt(1 - alphas)},
            x_label="step",
            y_label="amount",
            colors={"picture": SIGNAL, "noise": NOISE},
            y_range=(0.0, 1.0),
            width=width,
            height=height,
        )


class BarPlot(VGroup):
    """Bars from 0, each with its name below and its number above (below, where it is negative).

    `values` maps a name to a number; the numbers stand on the bars and `y_label` says what they are, with the
    unit. `bars[name]`, `names[name]` and `numbers[name]` are the parts, `part(name)` all three.
    """

    def __init__(
        self,
        values: Mapping[str, float],
        *,
        y_label: str,
        colors: Mapping[str, str],
        decimals: int = 2,
        width: float = 8.0,
        height: float = 3.6,
    ) -> None:
        super().__init__()
        if not values:
            raise CourseError("A bar plot needs at least one bar.")
        for name, value in values.items():
            finite(value, f"The bar “{name}”")
        low, high = min(0.0, *values.values()), max(0.0, *values.values())
        unit = height / ((high - low) or 1.0)
        slot = width / len(values)
        self.line = Line([0, 0, 0], [width, 0, 0], color=MUTED, stroke_width=3)
        self.bars: dict[str, VMobject] = {}
        self.names: dict[str, VMobject] = {}
        self.numbers: dict[str, VMobject] = {}
        for k, (name, value) in enumerate(values.items()):
            color, middle, size = colors.get(name, INK), (k + 0.5) * slot, max(abs(value) * unit, 1e-3)
            away, back = (UP, DOWN) if value >= 0 else (DOWN, UP)
            bar = Rectangle(width=0.6 * slot, height=size, stroke_width=0, fill_color=color, fill_opacity=1)
            self.bars[name] = bar.move_to([middle, np.sign(value) * size / 2, 0])
            self.numbers[name] = text(written(value, decimals), size=LABEL, color=INK).next_to(
                bar, away, buff=0.15
            )
            self.names[name] = text(name, size=LABEL, color=color).next_to([middle, 0, 0], back, buff=0.2)
            if self.names[name].width > slot - 0.2:
                raise CourseError(
                    f"The word “{name}” is wider than its bar's place ({slot:.1f} units): "
                    "make the plot wider or the word shorter."
                )
        self.y_label = text(y_label, size=LABEL, color=MUTED)
        self.add(self.line, *self.bars.values(), *self.numbers.values(), *self.names.values())
        self.add(self.y_label.next_to(self, UP, buff=0.35))
        self.center()

    def part(self, name: str) -> VGroup:
        """The bar with its name and number."""
        return VGroup(self.bars[name], self.names[name], self.numbers[name])
