"""A road seen flat: what is off its chord is stretched, what is along it is not; things ride along."""

import numpy as np
import pytest
from manim import Dot, Mobject, ValueTracker

from course.stage.parts.bow import Bow
from course.stage.theme import WRONG

CURVE = np.array([[0, 0], [10, 2], [20, 3], [40, 0]])


def settled(thing: Mobject) -> Mobject:
    for member in thing.get_family():
        member.update(0, recursive=False)
    return thing


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
