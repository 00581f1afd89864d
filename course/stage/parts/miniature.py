"""The numbers of a latent as little grey squares, one for each plane, two by two: a picture like any other.

Not for what a decoder makes of them.

    Walk(planes(capture.states), step, height=4.4)              # (S+1, 4, h, w)
    cell(picture, (plane, row, column), edge=8)                 # a frame around one number
"""

import numpy as np
from manim import ManimColor, Square
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.pictures import Picture, Pixels
from course.stage.theme import BACKGROUND, PROMPT

REACH = 2.5
"""What is black below 0 and white above: a latent's numbers seldom lie further out."""


def planes(values: ArrayLike) -> Pixels:
    """(…, 4, h, w) numbers of about unit spread as pixels (…, 2 h + 1, 2 w + 1, 3), black low, white high."""
    x = np.asarray(values, np.float64)
    if x.ndim < 3 or x.shape[-3] != 4:
        raise CourseError(f"A latent has the shape (4, h, w), not {x.shape}.")
    grey = np.clip((x / REACH + 1) * 127.5, 0, 255).round().astype(np.uint8)
    rows, columns = x.shape[-2:]
    made = np.empty((*x.shape[:-3], 2 * rows + 1, 2 * columns + 1, 3), np.uint8)
    made[:] = ManimColor(BACKGROUND).to_int_rgb()
    for k in range(4):
        top, left = (k // 2) * (rows + 1), (k % 2) * (columns + 1)
        made[..., top : top + rows, left : left + columns, :] = grey[..., k, :, :, None]
    return made


def cell(picture: Picture, number: tuple[int, int, int], edge: int) -> Square:
    """A frame around one number (plane, row, column) of a picture that `planes` made, `edge` numbers wide."""
    plane, row, column = number
    at = picture.pixel_center(row + (plane // 2) * (edge + 1), column + (plane % 2) * (edge + 1))
    return Square(1.5 * picture.height / (2 * edge + 1), color=PROMPT, stroke_width=6).move_to(at)
