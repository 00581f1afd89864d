"""What an answer costs: the mean squared error of a number, over what the number may truly be.

Not for measured curves (`plots.LinePlot`).

    at = ValueTracker(-0.9)
    costs = Costs(values, shares, at)                  # (N,) each, in −1 … 1; shares sum to 1
    self.show(costs.axes); self.show(costs.dots); self.show(costs.curve, costs.answer)
    self.turn(at, costs.mean)                          # to `costs.middle`, where the curve is lowest
"""

import numpy as np
from manim import RIGHT, UP, Dot, Line, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.maths.learn import cost
from course.stage.equation import Equation
from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.parts.livecurve import live_curve
from course.stage.parts.plots import Axes, up_to
from course.stage.theme import INK, MODEL, MUTED, SIGNAL

DOT = 0.2
"""How large the dot of the likeliest value is; others by the root of their share."""


class Costs(VGroup):
    """`dots` at the values on `axes`, larger where likelier; `curve`, what each answer costs.

    On it `answer`, called g, stands where the tracker does; `middle` is a line at the `mean`, called m.
    """

    def __init__(
        self,
        values: ArrayLike,
        shares: ArrayLike,
        at: ValueTracker,
        width: float = 9.5,
        height: float = 2.2,
    ) -> None:
        places, amounts = finite(values, "The values"), finite(shares, "The shares")
        self.mean = float(amounts @ places)
        top = up_to(float(cost([-1.0, 1.0], places, amounts).max()))
        self.axes = Axes((-1, 1), top, "a number of the picture", "squared error, on average", width, height)

        def point(x: float) -> NDArray[np.float64]:
            return self.axes.point(x, float(cost(x, places, amounts)))

        def name(letter: str) -> Equation:
            return Equation(letter, definition="a name", font_size=44)

        sizes = np.sqrt(amounts / amounts.max())
        likely = [(x, size) for x, size in zip(places, sizes, strict=True) if size > 0.1]
        self.dots = VGroup(*(Dot(self.axes.point(x, 0), DOT * size, color=SIGNAL) for x, size in likely))
        self.curve = live_curve(self.axes, lambda x: cost(x, places, amounts), color=MODEL)
        dot = drive(Dot(radius=0.17, color=INK), lambda one: one.move_to(point(at.get_value())))
        letter = drive(name("g").set_color(MODEL), lambda one: one.next_to(dot, UP + RIGHT, buff=0.02))
        self.answer = VGroup(dot, letter)
        line = Line(*(self.axes.point(self.mean, y) for y in (0, 0.86 * top[1])), color=MUTED, stroke_width=4)
        self.middle = VGroup(line, name("m").next_to(line, UP, buff=0.1))
        super().__init__(self.axes, self.middle, self.dots, self.curve, self.answer)
        self.center()
