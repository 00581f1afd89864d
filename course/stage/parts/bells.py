"""Two bells over one axis, and the narrower one that they make together: Bayes' rule for one number.

Not for densities of any other shape (`laws`).

    x_0 = ValueTracker(0.4)                             # where the first one stands follows it
    Bells((lambda x: 0.7 * x, 0.9), (0.5, 0.1), x_0, ("the ending", "the state"), (SIGNAL, TIME), "x_(t-1)")
"""

from collections.abc import Callable

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from course.maths.reverse import normal_density
from course.stage.equation import Equation
from course.stage.parts.livecurve import live_curve
from course.stage.parts.plots import Axes
from course.stage.theme import INK, LABEL, text


class Bells(VGroup):
    """The bells `one`, `other` and `both` over `axis`; `names` of the first two, and `together` of the third.

    `means` are that of the first one, a function of the tracker's value, and of the second one.
    """

    def __init__(
        self,
        means: tuple[Callable[[float], float], float],
        variances: tuple[float, float],
        tracker: ValueTracker,
        words: tuple[str, str],
        colors: tuple[str, str],
        symbol: str,
        width: float = 9.0,
        height: float = 2.3,
    ) -> None:
        sharp = 1 / np.array(variances)
        narrow, now = 1 / sharp.sum(), (means[0](tracker.get_value()), means[1])

        def middle(value: float) -> float:
            return float(narrow * (sharp @ [means[0](value), means[1]]))

        reach = [
            (mean - 3 * np.sqrt(v), mean + 3 * np.sqrt(v)) for mean, v in zip(now, variances, strict=True)
        ]
        highest = 1 / np.sqrt(2 * np.pi * narrow)
        axes = Axes((np.min(reach), np.max(reach)), (0, 1.05 * highest), "x", "y", width=width, height=height)
        axes.shift(-axes.x_line.get_start())
        self.one = live_curve(
            axes, lambda x, v: normal_density(x, means[0](v), variances[0]), tracker, color=colors[0]
        )
        self.other = live_curve(axes, lambda x: normal_density(x, means[1], variances[1]), color=colors[1])
        self.both = live_curve(axes, lambda x, v: normal_density(x, middle(v), narrow), tracker, color=INK)
        name = Equation(symbol, definition="a number's name").next_to(axes.x_line, RIGHT, buff=0.25)
        self.axis = VGroup(axes.x_line, name)
        # Each name stands on its bell's side; the third's beside the top, where the first bell is low.
        left, right = ([-1.4, 1.35, 0], RIGHT), ([width + 2.4, 0.95, 0], LEFT)
        sides = (left, right) if now[0] < now[1] else (right, left)
        self.names = [
            text(word, LABEL, color).next_to(at, side, buff=0)
            for word, color, (at, side) in zip(words, colors, sides, strict=True)
        ]
        top = axes.point(middle(tracker.get_value()), 0.9 * highest)
        self.together = text("both", LABEL).next_to(top, sides[0][1] * -1, buff=0.8)
        # The upright axis is never shown, but what the curves are drawn by has to move with them.
        super().__init__(self.axis, axes.y_line, self.one, self.other, self.both, *self.names, self.together)
