"""A bar's shares are as wide as what they stand for, one beside the other."""

import numpy as np
import pytest
from manim import ValueTracker

from course.errors import CourseError
from course.stage.parts.shares import Shares
from course.stage.theme import NOISE, SIGNAL


def bar(t: ValueTracker) -> Shares:
    return Shares(lambda t: (1 - t, t), t, colors=(SIGNAL, NOISE), width=6)


def test_shares_follow_their_tracker_and_fill_the_bar_after_it_has_moved() -> None:
    t = ValueTracker(0.25)
    shares = bar(t).shift([1, 2, 0])
    t.set_value(0.5)
    shares.update(0)
    one, two = shares.parts
    assert one.get_length() == pytest.approx(3)
    np.testing.assert_allclose(one.get_end(), two.get_start(), atol=1e-9)
    np.testing.assert_allclose(one.get_start(), [-2, 2, 0], atol=1e-9)
    np.testing.assert_allclose(two.get_end(), [4, 2, 0], atol=1e-9)


def test_a_share_of_nothing_can_be_drawn() -> None:
    shares = bar(ValueTracker(0))
    assert shares.parts[1].get_length() < 0.01


def test_a_colour_too_few_is_refused() -> None:
    with pytest.raises(CourseError, match="2 shares"):
        Shares(lambda: (0.5, 0.5), colors=(SIGNAL,))
