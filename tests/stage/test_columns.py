"""Bars over numbers are as high as what they count, wherever they stand, and grow from row to row."""

import numpy as np
import pytest
from manim import DOWN, ValueTracker

from course.stage.parts.columns import HIGH, Columns
from course.stage.theme import WRONG
from tests.stage.settling import settled

ROWS = np.array([[1.0, 2.0, 0.5], [5.0, 2.0, 0.7]])


def test_bars_grow_on_their_feet_from_one_row_to_the_other() -> None:
    row = ValueTracker(0)
    columns = Columns(ROWS, row, WRONG, "which").shift(DOWN)
    for at, amounts in ((0, ROWS[0]), (0.5, ROWS.mean(0)), (1, ROWS[1])):
        row.set_value(at)
        bars = [one.submobjects[0] for one in settled(columns).bars]
        np.testing.assert_allclose([bar[0].height for bar in bars], HIGH * amounts / 5)
        np.testing.assert_allclose([bar[0].get_bottom()[1] for bar in bars], -1)
        assert [bar[1].original_text for bar in bars] == [f"{amount:.1f}" for amount in amounts]


def test_each_number_stands_below_its_bar() -> None:
    columns = Columns(ROWS, ValueTracker(1), WRONG, "which")
    assert [number.original_text for number in columns.numbers] == ["1", "2", "3"]
    for bar, number in zip(columns.bars, columns.numbers, strict=True):
        assert number.get_x() == pytest.approx(bar.submobjects[0][0].get_x(), abs=0.05)
        assert number.get_top()[1] < 0
    assert columns.about.get_top()[1] < columns.numbers[0].get_bottom()[1]
