"""A quarter turn from one thing to another that stands at a right angle to it: round the arc, or straight.

Not for angles that are measured (`fan`).

    share = ValueTracker(0)
    turn = Quarter(share, names=(Equation("epsilon_1", …), Equation("epsilon_2", …)))
    self.show(turn.arms); self.show(turn.straight, turn.chord)
"""

from collections.abc import Callable

import numpy as np
from manim import DOWN, LEFT, PI, RIGHT, UP, Arc, Arrow, Dot, Line, Mobject, ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.driven import drive
from course.stage.theme import INK, NOISE, SIGNAL, WRONG

Tip = Callable[[float], NDArray[np.float64]]


class Quarter(VGroup):
    """Two `arms`, `radius` long, with their names; at `share` of the way between them two needles: `straight`
    on the `chord`, `round` on the `arc`.
    """

    def __init__(self, share: ValueTracker, names: tuple[Mobject, Mobject], radius: float = 2.6) -> None:
        ends = (radius * RIGHT, radius * UP)
        arms = VGroup(*(Arrow(0 * UP, end, buff=0, color=NOISE, stroke_width=8) for end in ends))
        self.arms = VGroup(arms, names[0].next_to(arms[0], DOWN, buff=0.15).align_to(arms[0], RIGHT))
        self.arms.add(names[1].next_to(arms[1], LEFT, buff=0.15).align_to(arms[1], UP))
        self.chord = Line(*ends, color=WRONG, stroke_width=5)
        self.arc = Arc(radius, 0, PI / 2, color=SIGNAL, stroke_width=5)
        self._corner = arms

        def chord(at: float) -> NDArray[np.float64]:
            return (1 - at) * ends[0] + at * ends[1]

        def arc(at: float) -> NDArray[np.float64]:
            return np.cos(at * PI / 2) * ends[0] + np.sin(at * PI / 2) * ends[1]

        self.straight, self.round = (
            self._needle(share, tip, color) for tip, color in ((chord, WRONG), (arc, SIGNAL))
        )
        super().__init__(self.arms, self.chord, self.arc, self.straight, self.round)

    def _needle(self, share: ValueTracker, tip: Tip, color: str) -> VGroup:
        def end() -> NDArray[np.float64]:
            return self._corner[0].get_start() + tip(share.get_value())

        line, dot = Line(color=color, stroke_width=9), Dot(radius=0.14, color=color).set_stroke(INK, width=3)
        drive(line, lambda one: one.set_points_by_ends(self._corner[0].get_start(), end()))
        return VGroup(line, drive(dot, lambda one: one.move_to(end())))
