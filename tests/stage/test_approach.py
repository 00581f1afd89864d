"""Guesses come nearer on stage as they do in numbers, on the side on which they are off."""

import numpy as np
import pytest

from course.stage.parts.approach import GOAL, REACH, Approach
from course.stage.theme import SAFE_LEFT


def test_dots_are_as_far_off_as_guesses_are() -> None:
    line = Approach([-0.5, 0.25, -0.05], "x_t", "guesses").shift([0, 2, 0])
    np.testing.assert_allclose([dot.get_x() - GOAL for dot in line.dots], [-REACH, REACH / 2, -REACH / 10])
    assert [dot.get_y() for dot in line.dots] == pytest.approx(3 * [line.mark.get_y()])
    assert line.get_left()[0] > SAFE_LEFT
