"""An album's cards stand where it says, and the likeliest is the brightest."""

import numpy as np
from manim import ValueTracker

from course.stage.parts.cards import FAINT, GAP, Cards

CARDS = np.random.default_rng(1).integers(1, 256, (6, 4, 4, 3), dtype=np.uint8)
SHARES = [[1 / 6] * 6, [0.1, 0, 0, 0, 0.9, 0]]


def tile(wall: Cards, number: int) -> np.ndarray:
    row, column = divmod(number, 3)
    top, left = (6 * place + GAP for place in (row, column))
    return wall.pixels[top : top + 4, left : left + 4]


def test_each_card_is_as_bright_as_it_is_likely() -> None:
    step = ValueTracker(0)
    wall = Cards(CARDS, SHARES, step, columns=3, height=3)
    assert all((tile(wall, k)[..., 3] == 255).all() for k in range(6))
    step.set_value(1)
    np.testing.assert_array_equal(tile(wall, 4), np.dstack([CARDS[4], np.full((4, 4), 255)]))
    assert (tile(wall, 1)[..., 3] == round(255 * FAINT)).all()
    assert (tile(wall, 0)[..., 3] == round(255 * (FAINT + (1 - FAINT) / 9))).all()
    step.set_value(0.5)
    assert (tile(wall, 1)[..., 3] == round(255 * (1 + FAINT) / 2)).all()


def test_a_card_that_is_taken_out_lies_where_it_was() -> None:
    wall = Cards(CARDS, SHARES, ValueTracker(0), columns=3, height=3).shift([1, 2, 0])
    card = wall.card(5)
    np.testing.assert_allclose(card.get_center(), [1 + 1.5, 2 - 0.75, 0])
    np.testing.assert_array_equal(card.pixels[..., :3], CARDS[5])
    assert card.height == 1.0
