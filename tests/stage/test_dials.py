"""Dials show the numbers they were given, wherever they stand, and stay at their stops."""

import numpy as np
import pytest
from manim import Mobject, ValueTracker

from course.errors import CourseError
from course.stage.parts.dials import Dials, Knob
from tests.stage.settling import settled


def pointing(dial: Mobject) -> float:
    """Degrees that the needle points to, 0 to the right."""
    face, needle, _ = dial.submobjects
    x, y, _ = needle.get_end() - face.get_center()
    return float(np.degrees(np.arctan2(y, x)))


def test_each_needle_stands_where_its_number_is() -> None:
    dials = settled(Dials(lambda turn: [0.0, turn, 1.0], ValueTracker(0.5)))
    assert pointing(dials[0]) == pytest.approx(-135)  # lower left
    assert pointing(dials[1]) == pytest.approx(90)  # straight up
    assert pointing(dials[2]) == pytest.approx(-45)  # lower right


def test_needles_follow_the_tracker_and_go_with_a_row_that_moves() -> None:
    turn = ValueTracker(0)
    dials = Dials(lambda at: [at / 2], turn, radius=0.4).shift([2, -1, 0]).scale(0.5)
    turn.set_value(1)
    settled(dials)
    assert pointing(dials[0]) == pytest.approx(90)
    assert np.linalg.norm(dials[0][1].get_start() - dials[0][0].get_center()) < 1e-6
    assert dials[0][1].get_length() < 0.5 * dials[0].width


def test_a_knob_says_the_number_that_its_needle_points_to() -> None:
    turn = ValueTracker(0)
    dial, number, *stops = settled(Knob(lambda at: 255 * at, turn, most=255))
    for at, degrees, digits in ((0, -135, 1), (0.5, 90, 3), (1, -45, 3)):
        turn.set_value(at)
        settled(dial)
        settled(number)
        assert pointing(dial[0]) == pytest.approx(degrees)
        assert len(number.submobjects) == 1 + digits  # what it hangs on, and its digits
    assert stops[0].get_x() < dial.get_x() < stops[1].get_x()


def test_what_lies_beyond_the_scale_stays_at_the_stop() -> None:
    dials = settled(Dials(lambda: [-3.0, 7.0]))
    assert pointing(dials[0]) == pytest.approx(-135)
    assert pointing(dials[1]) == pytest.approx(-45)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(CourseError, match="row of dials has 1 of 2"):
        Dials(lambda: [0.5, np.nan])
    with pytest.raises(CourseError, match="no values"):
        Dials(list)
