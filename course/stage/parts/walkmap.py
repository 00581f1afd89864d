"""A walk on a map: static on the left, places on the right, where you stand and the middle of what is left.

Not for measured places: what stands up and down here is a toy's (`maths.walking.journey`), the film says so.

    step = ValueTracker(0)
    way = walking.journey(MAP, 2, walk.alphas_cumprod)
    chart = WalkMap(way, MAP.places, pictures, (walk.pictures, walk.guess_pictures), step)
    self.add(chart.states, chart.places)           # static, and a picture at each place
    self.show(chart.jump); self.show(chart.guess, chart.arrow, chart.road)
    self.turn(step, 30)                            # the road bends, places fade as they become less likely
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from manim import LEFT, RIGHT, Arrow, DashedLine, Mobject, ValueTracker, VectorizedPoint, VGroup, VMobject
from numpy.typing import NDArray

from course.errors import CourseError
from course.maths.walking import Journey
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import LivePicture, Pixels, Walk, checked
from course.stage.theme import MODEL, TIME, WRONG

SIZE, GAP = 2.2, 0.3
"""How high states and guesses are, and what is free between the last of them."""
START, MIDDLE, END = -5.3, 2.35, 4.75
STOP = MIDDLE - SIZE - GAP
"""Where from left to right the walk starts, where the middle moves, where the places are, and where the walk
stops: then a state goes the way of the arrow from its edge to that of the guess.
"""
FAINTEST = 0.12


class WalkMap(VGroup):
    """`states` on its way from the left, `guess` at the middle of what is still possible, `places` that fade.

    `pictures` (K, H, W, 3) hang at `heights` (K,) units above the middle; `films` are a walk's states (S+1)
    and guesses (S), both (…, H, W, 3). `arrow` leads from the state to the guess, `road` is the way so far,
    `jump` the straight line from the start into the middle of all. Places and guess stand where the tracker
    `asked` does, which is `step` unless it is given: a film can step first, and ask then.
    """

    def __init__(
        self,
        way: Journey,
        heights: Sequence[float],
        pictures: NDArray[np.uint8],
        films: tuple[NDArray[np.uint8], NDArray[np.uint8]],
        step: ValueTracker,
        asked: ValueTracker | None = None,
    ) -> None:
        super().__init__()
        if len(heights) != len(pictures) or way.shares.shape[1] != len(heights):
            raise CourseError(
                f"A map has a picture and a share for each of its {len(heights)} places, not "
                f"{len(pictures)} pictures and {way.shares.shape[1]} shares."
            )
        asked = step if asked is None else asked
        steps, pixels_of = np.arange(len(way.places)), [checked(pixels) for pixels in pictures]
        # An unseen point carries the map's place.
        self._origin = VectorizedPoint()

        def at(x: float, y: float) -> NDArray[np.float64]:
            return self._origin.get_center() + np.array([x, y, 0.0])

        def here(k: float) -> NDArray[np.float64]:
            return at(START + k / steps[-1] * (STOP - START), float(np.interp(k, steps, way.places)))

        def middle(k: float) -> NDArray[np.float64]:
            return at(MIDDLE, float(np.interp(k, steps, way.middles)))

        def trace(line: VMobject) -> None:
            until = max(step.get_value(), 1e-3)
            line.set_points_as_corners([here(k) for k in (*steps[steps < until], until)])

        def lead(k: float, asked: float) -> Mobject:
            start, end = here(k) + SIZE / 2 * RIGHT, middle(asked) + (SIZE / 2 + GAP) * LEFT
            if np.linalg.norm(end - start) < GAP:
                return VectorizedPoint(end)
            return Arrow(start, end, buff=0, color=TIME, stroke_width=8, max_tip_length_to_length_ratio=0.4)

        def faded(now: float, k: int) -> Pixels:
            share = float(np.interp(now, steps, way.shares[:, k])) * len(heights)
            opacity = FAINTEST + (1 - FAINTEST) * min(1.0, share)
            alpha = np.rint(pixels_of[k][..., 3:] * opacity).astype(np.uint8)
            return np.concatenate([pixels_of[k][..., :3], alpha], axis=-1)

        self.road = drive(VMobject(stroke_color=TIME, stroke_width=8), trace).set_z_index(-1)
        self.arrow = Driven(lead, step, asked)
        states, guesses = films
        self.states = drive(Walk(states, step, SIZE), lambda one: one.move_to(here(step.get_value())))
        # At its end the guess is the picture.
        guess = Walk(np.concatenate([guesses, states[-1:]]), asked, SIZE).set_stroke(MODEL, width=6)
        self.guess = drive(guess, lambda one: one.move_to(middle(asked.get_value())))
        self.places = VGroup()
        for k, height in enumerate(heights):
            place = LivePicture(partial(faded, k=k), asked, height=1.0)
            self.places.add(place.move_to(at(END, height)))
        self.jump = DashedLine(
            here(0) + SIZE / 2 * RIGHT, at(MIDDLE, 0), color=WRONG, stroke_width=8, dash_length=0.25
        )
        self.jump.set_z_index(-1)
        self.add(self._origin, self.road, self.jump, self.arrow, self.places, self.states, self.guess)
