"""A chapter whose walk may be any model's: its own steps, pixels or latents, whichever loop took them.

Not for what a model cannot be asked, which leaves beats out (`Chapter.lacking`), nor for recording its runs
(`precompute.recorder`).
"""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from manim import Dot, Mobject, ValueTracker
from numpy.typing import NDArray

from course.stage import theme
from course.stage.chapter import Chapter
from course.stage.parts.pictures import Picture, Walk, to_pixels
from course.stage.places import side_by_side

if TYPE_CHECKING:
    from course.precompute import Capture

Array = NDArray[np.floating]


class AnyModel(Chapter):
    """What is true of the capture `walk` whichever model took it, and how that is said and drawn.

    A chapter that has one calls a picture `known` that the course drowned itself, in as many steps as the
    cast asks for.
    """

    @cached_property
    def steps(self) -> int:
        """How many steps the walk takes: some models from elsewhere take two where one is asked for."""
        return len(self.captures["walk"].guesses)

    @cached_property
    def straight(self) -> bool:
        """Whether each state is the guess and the noise before it, mixed anew: DDIM, and no other loop."""
        return not self.absent  # other loops cannot be led

    @cached_property
    def rising(self) -> "Capture":
        """The run whose levels formulas are checked on: the walk, unless its loop also goes back."""
        walk = self.captures["walk"]
        return walk if (np.diff(walk.alphas_cumprod) > 0).all() else self.captures["known"]

    @cached_property
    def known(self) -> "Capture":
        """The known picture, its films as long as the walk's."""
        known = self.captures["known"]
        guess, state = (
            np.linspace(0, len(known.guesses) - 1 + k, self.steps + k).round().astype(int) for k in (0, 1)
        )
        return replace(known, pictures=known.pictures[state], guess_pictures=known.guess_pictures[guess])

    def spot(self, picture: Picture, number: int) -> Dot:
        """A dot where one number of a state, counted through it, stands on the state's picture."""
        walk = self.captures["walk"]
        _, *at = np.unravel_index(number, walk.states.shape[1:])
        # A number of the latents stands for several pixels: the dot is in their middle.
        scale = np.divide(walk.pictures.shape[1:3], walk.states.shape[2:])
        row, column = scale * (np.array(at) + 0.5) - 0.5
        return Dot(picture.pixel_center(row, column), 0.1, color=theme.TIME).set_stroke(theme.INK, 2)

    def misread(self, words: Mobject) -> None:
        """Say what the model did not read of the prompt as it stands, if any, and point at its words."""
        if unread := self.captures["walk"].unread:
            with self.say(unread):
                self.point(words, run_time=self.line.remaining)

    def _latents(self) -> None:
        # A state as the model has it, three channels as colours; then the picture made of it; both walk.
        walk, step = self.captures["walk"], ValueTracker(0)
        channels, high, wide = walk.states.shape[1:]
        numbers = Walk(to_pixels(walk.colours(walk.states)), step)
        picture = Walk(walk.pictures, step)
        here, there = side_by_side(numbers, picture, ("latents", "the picture"), (theme.TIME, theme.INK))
        size = f"{channels:,} times {high:,} times {wide:,} numbers"
        with self.say(f"This model paints no pixels. Its state is {size}, latents, seen here as colours."):
            self.show(here)
            self.run(step, self.steps / 3, 0.8 * self.line.remaining)
        with self.say("A ⟨decoder⟩ makes them into pictures. All that you see has gone through it."):
            self.mark().show(there)
            self.follow(step, self.steps, beyond=0.5)
        self.sweep(0.3)
