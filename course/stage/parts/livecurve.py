"""A curve whose shape follows trackers: y = f(x; trackers), over axes of `plots.Axes`.

Not for measured data, which stand still (`plots.LinePlot`).

    w = ValueTracker(1)
    live_curve(axes, lambda x, w: bell(x, variance(w)), w, color=MODEL)
"""

from collections.abc import Callable

import numpy as np
from manim import ValueTracker, VMobject
from numpy.typing import ArrayLike

from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.parts.plots import Axes

POINTS = 161


def live_curve(
    axes: Axes,
    height: Callable[..., ArrayLike],
    *trackers: ValueTracker,
    color: str,
    width: float = 7,
) -> VMobject:
    """The curve of `height(x, *trackers' values)`, x (N,) over the axes' range; cut off at the top."""
    x = np.linspace(*axes.x_range, POINTS)
    curve = VMobject(stroke_color=color, stroke_width=width)

    def trace(line: VMobject) -> None:
        values = finite(height(x, *(tracker.get_value() for tracker in trackers)), "A curve")
        line.set_points_as_corners(axes.point(x, np.clip(values, *axes.y_range)))

    return drive(curve, trace)
