"""A road seen flat: what is off its chord is stretched, what is along it is not; things ride along."""

import numpy as np
import pytest
from manim import Dot, ValueTracker

from course.stage.parts.bow import Bow, Finish
from course.stage.theme import SAFE_TOP, WRONG
from tests.stage.settling import settled

CURVE = np.array([[0, 0], [10, 2], [20, 3], [40, 0]])


def test_only_what_is_off_the_chord_is_stretched() -> None:
    stretch = ValueTracker(1)
    bow = Bow(CURVE, stretch, width=8, left=(-3, -1))
    assert bow.chord.get_end() == pytest.approx([5, -1, 0])
    assert bow.point([20, 3]) == pytest.approx([1, -1 + 0.6, 0])
    stretch.set_value(5)
    settled(bow)
    assert bow.point([20, 3]) == pytest.approx([1, -1 + 3, 0])
    assert bow.road.get_top()[1] == pytest.approx(2)
    assert bow.road.get_start() == pytest.approx([-3, -1, 0])


def test_a_thing_rides_from_stop_to_stop() -> None:
    step = ValueTracker(0.5)
    bow = Bow(CURVE, ValueTracker(2), width=4, left=(0, 0))
    dot = settled(bow.ride(Dot(), CURVE, step, up=0.5))
    assert dot.get_center() == pytest.approx([0.5, 0.2 + 0.5, 0])
    step.set_value(3)
    assert settled(dot).get_center() == pytest.approx([4, 0.5, 0])


def test_strides_land_where_they_are_said_to_and_an_arrow_ends_at_its_tip() -> None:
    bow = Bow(CURVE, ValueTracker(1), width=4, left=(0, 0))
    strides = bow.strides(CURVE, WRONG)
    assert len(strides) == 3
    assert strides[1][1].get_center() == pytest.approx(bow.point([20, 3]))
    assert strides[1][0].get_start() == pytest.approx(bow.point([10, 2]))
    assert bow.arrow([0, 0], [40, 8]).get_end() == pytest.approx(bow.point([40, 8]), abs=1e-6)


def test_it_is_as_high_as_leaves_room_for_what_ends_beside_it() -> None:
    way = np.array([[0, 0], [20, 4], [41, 1]])
    bow = Bow.within(CURVE, (-3, -1, 8), 4.0, way, CURVE)
    # 4 of 40 along are 0.8 units of 8; five of that are 4.
    assert bow.stretch.get_value() == pytest.approx(5.0)
    assert bow.point([20, 4])[1] == pytest.approx(3.0)
    assert bow.times.original_text == "height × 5"
    assert Bow.within(CURVE, (-3, -1, 8), 0.1, way).stretch.get_value() == 1
    assert Bow.within(CURVE, (-3, -1, 8), 4.0).stretch.get_value() == 1


def test_a_leap_is_off_the_road_until_it_lands() -> None:
    bow = Bow(CURVE, ValueTracker(1), width=8, left=(-3, -1))
    leap, dot = bow.leaps(CURVE[[0, 3]], WRONG, high=1.5)[0]
    assert leap.get_end() == pytest.approx(bow.point([40, 0]))
    assert dot.get_center() == pytest.approx(bow.point([40, 0]))
    assert leap.point_from_proportion(0.5) == pytest.approx([1, 0.5, 0], abs=0.02)


def test_a_gap_goes_along_with_both_ways_and_an_aim_ends_at_its_tip() -> None:
    bow, step = Bow(CURVE, ValueTracker(1), width=4, left=(0, 0)), ValueTracker(1.5)
    (line,) = settled(bow.gap(CURVE, CURVE + np.array([0, 2]), step, WRONG)).submobjects
    assert line.get_start() == pytest.approx([1.5, 0.25, 0])
    assert line.get_end() == pytest.approx([1.5, 0.45, 0])
    gap, dot = bow.aim(CURVE, CURVE[1:], step)
    step.set_value(1)
    assert settled(gap).submobjects[0].get_end() == pytest.approx([2, 0.3, 0])
    assert settled(dot).get_center() == pytest.approx([2, 0.3, 0])


def test_what_is_too_high_is_dropped_to_the_chord_and_a_slope_leans_from_one_place() -> None:
    bow = Bow(CURVE, ValueTracker(1), width=4, left=(0, 0))
    assert bow.drop([20, 3], WRONG).get_end() == pytest.approx([2, 0, 0])
    (ghost, name), now, leant = bow.leaning(*CURVE)
    for arrow, tip in zip((ghost, now, leant), CURVE[1:], strict=True):
        assert arrow.get_start() == pytest.approx(bow.point(CURVE[0]), abs=1e-6)
        assert arrow.get_end() == pytest.approx(bow.point(tip), abs=1e-6)
    assert name.get_bottom()[1] > ghost.get_top()[1]


def test_another_end_stands_above_the_road_s_own_and_says_how_far_off_it_is() -> None:
    finish = Finish(np.zeros((4, 4, 3), np.uint8), 2.15).move_to([5.5, -1.5, 0])
    other, off = finish.other(np.ones((4, 4, 3), np.uint8), "14 levels", WRONG)
    assert other.get_bottom()[1] > finish.get_top()[1]
    assert other.height == pytest.approx(2.15)
    assert (off.original_text, off.get_x()) == ("14 levels", pytest.approx(5.5))
    assert off.get_top()[1] < SAFE_TOP
