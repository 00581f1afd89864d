"""Bars in sinking water, dots in their circle and a right angle stand where the numbers say, also moved."""

import numpy as np
import pytest
from manim import Square, ValueTracker

from course.errors import CourseError
from course.stage.parts.flock import Flock
from course.stage.parts.rightangle import RightAngle
from course.stage.parts.tide import Tide
from course.stage.theme import NOISE, SIGNAL, TIME

LEVELS = np.array([0.0, 0.36, 1.0])


def test_bars_rise_and_the_noise_sinks_from_one_base() -> None:
    step = ValueTracker(1)
    tide = Tide({"coarse": 2.0, "fine": 0.5}, LEVELS, step, {}, height=4.0).shift([1, 2, 0])
    tide.update()
    base, sea = tide[0], tide.water[0]
    # Half a unit of height is what the noise alone has in a quarter of the strongest bar's.
    assert tide.bars["coarse"].height == pytest.approx(0.6 * 4.0)
    assert tide.bars["fine"].height == pytest.approx(0.6 * 1.0)
    assert sea.height == pytest.approx(0.8 * 2.0)
    for column in (*tide.bars.values(), sea):
        assert column.get_bottom()[1] == pytest.approx(base.get_y(), abs=1e-6)
    step.set_value(2)
    tide.update()
    assert tide.bars["coarse"].height == pytest.approx(4.0)
    assert sea.height < 0.01
    assert tide.bars["fine"].get_bottom()[1] == pytest.approx(base.get_y(), abs=1e-6)


def test_a_tide_says_what_it_cannot_draw() -> None:
    step = ValueTracker(0)
    with pytest.raises(CourseError, match="at least one bar"):
        Tide({}, LEVELS, step, {})
    with pytest.raises(CourseError, match="between 0 and 1"):
        Tide({"a": 1.0}, 2 * LEVELS, step, {})
    with pytest.raises(CourseError, match="wider than its bar's place"):
        Tide({"unpronounceable": 1.0, "b": 1.0}, LEVELS, step, {}, width=2.0)


def test_dots_walk_straight_and_the_ring_is_what_they_leave_empty() -> None:
    step = ValueTracker(0.5)
    places = np.array([[[0.0, 2.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    flock = Flock(places, [2.0, 2.0], [2.0, 1.0], step, SIGNAL).shift([1, 0, 0])
    flock.update()
    middle, ring, dots = flock
    assert dots[0].get_center() == pytest.approx(middle.get_center())
    assert dots[1].get_center() - middle.get_center() == pytest.approx([1.5, 0.5, 0])
    assert ring.submobjects[0][1].width == pytest.approx(4.0)
    step.set_value(1)
    flock.update()
    assert dots[1].get_center() - middle.get_center() == pytest.approx([1, 1, 0])
    assert ring.submobjects[0].get_center() == pytest.approx(middle.get_center())
    with pytest.raises(CourseError, match="two radii for each state"):
        Flock(places, [1.0], [1.0, 1.0], step, SIGNAL)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_the_two_sides_meet_at_a_right_angle_over_the_whole(share: float) -> None:
    triangle = RightAngle(ValueTracker(share), (NOISE, TIME)).shift([-3, 1, 0])
    triangle.update()
    first, second = (side.get_end() - side.get_start() for side in (triangle.first, triangle.second))
    assert first @ second == pytest.approx(0, abs=1e-4)
    assert triangle.second.get_length() == pytest.approx(5 * share, abs=1e-4)
    assert first + second == pytest.approx(triangle.whole.get_end() - triangle.whole.get_start(), abs=1e-4)
    between = triangle.mark.get_start() - triangle.mark.get_end()
    corner = triangle.second.get_start() - triangle.mark.get_start()
    assert 0 < np.linalg.norm(between) < 0.5
    assert np.linalg.norm(corner) < 0.5


def test_what_the_sides_are_called_stays_outside_of_them() -> None:
    share = ValueTracker(0.2)
    triangle = RightAngle(share, (NOISE, TIME))
    whole, first, second = triangle.named(*(Square(0.5) for _ in range(3)))
    share.set_value(0.6)
    for mobject in (triangle, first, second):
        mobject.update()
    assert whole.get_top()[1] < triangle.whole.get_y()
    assert first.get_right()[0] < second.get_left()[0]
    middle = (triangle.first.get_start() + triangle.first.get_end()) / 2
    assert (first.get_center() - middle) @ (triangle.first.get_end() - middle) == pytest.approx(0, abs=1e-4)
