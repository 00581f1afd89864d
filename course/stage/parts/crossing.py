"""A table of walks: across, what they start from, down, the words; each place ends as a picture of its own.

Not for finished pictures (`pictures.PictureGrid`).
"""

from collections.abc import Sequence

import numpy as np
from manim import ValueTracker, VGroup
from numpy.typing import NDArray

from course.stage.parts.pictures import Picture, Walk
from course.stage.theme import NOISE, PROMPT, SENTENCE, text


class Crossing(VGroup):
    """Two rows of films (S+1, H, W, 3), two in each: `films[row]` follow the tracker `turns[row]`.

    `words` stand left of the rows, and above the columns `starts`, the pictures that they begin with, after a
    `heading`.
    """

    def __init__(
        self, rows: Sequence[Sequence[NDArray[np.uint8]]], words: Sequence[str], starts: str
    ) -> None:
        across, down, top, left = (0.4, 3.2), (0.97, -1.65), 3.0, -3.9
        self.turns = [ValueTracker(0) for _ in rows]
        self.starts = [
            Picture(film[0], 1.2).move_to([x, top, 0]) for film, x in zip(rows[0], across, strict=True)
        ]
        self.films = [
            [Walk(film, turn, 2.4).move_to([x, y, 0]) for film, x in zip(row, across, strict=True)]
            for row, turn, y in zip(rows, self.turns, down, strict=True)
        ]
        self.words = [
            text(said, SENTENCE, PROMPT, width=4.6).move_to([left, y, 0])
            for said, y in zip(words, down, strict=True)
        ]
        self.heading = text(starts, SENTENCE, NOISE).move_to([left, top, 0])
        super().__init__(
            self.heading, *self.starts, *self.words, *(film for row in self.films for film in row)
        )
