"""A state as a sum of a guess and of noise, each turned down: three pictures, named, and signs between.

Not for pictures that are added as they are (`places.adds_up`).
"""

from collections.abc import Sequence

import numpy as np
from manim import VGroup
from numpy.typing import NDArray

from course.stage.parts.digits import on_baseline
from course.stage.parts.pictures import Picture
from course.stage.theme import INK, LABEL, MODEL, NOISE, text

Array = NDArray[np.floating]


class Mixture(VGroup):
    """`tiles`: state, a times the guess, b times the noise, (3, C, H, W), at `xs`; `names` below; `signs`.

    `full` is the noise before it is turned down, in its tile's place.
    """

    def __init__(
        self,
        name: str,
        terms: Array,
        amounts: tuple[float, float],
        xs: Sequence[float],
        height: float = 3.4,
    ) -> None:
        (state, guess, noise), (a, b) = terms, amounts
        self.tiles = VGroup(*(Picture.from_model(one, height) for one in (state, a * guess, b * noise)))
        words = (name, INK), (f"{a:.2f} × guess", MODEL), (f"{b:.2f} × noise", NOISE)
        self.names = VGroup(*(on_baseline(text(word, LABEL, color)) for word, color in words))
        for tile, word, x in zip(self.tiles, self.names, xs, strict=True):
            word.shift([tile.set_x(x).get_x(), -height / 2 - 0.65, 0])
        self.signs = VGroup(*(text(sign).set_x(float(np.mean(xs[k : k + 2]))) for k, sign in enumerate("=+")))
        self.full = Picture.from_model(noise, height).move_to(self.tiles[2])
        super().__init__(self.tiles, self.names, self.signs, self.full)
