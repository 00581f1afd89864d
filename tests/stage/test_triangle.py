"""A triangle's dot is where trackers say, a pole is to scale; a quarter turn keeps its length only round."""

import numpy as np
import pytest
from manim import Dot, ValueTracker

from course.stage.parts.drift import EVERY, Drift
from course.stage.parts.quarter import Quarter
from course.stage.parts.triangle import Triangle
from course.stage.theme import NOISE
from tests.stage.settling import settled

PICTURES = np.random.default_rng(1).integers(0, 255, (3, 4, 4, 3), dtype=np.uint8)


def test_the_dot_goes_along_the_bottom_and_up_to_the_top() -> None:
    triangle = Triangle(PICTURES, 6, 3).shift([1, -2, 0])
    along, up = ValueTracker(0), ValueTracker(0)
    dot = triangle.dot(along, up)
    for x, y, corner in ((0.0, 0.0, 0), (1.0, 0.0, 1), (0.5, 1.0, 2), (0.1, 1.0, 2)):
        along.set_value(x)
        up.set_value(y)
        settled(dot)
        assert dot.get_center() == pytest.approx(triangle.corners[corner].get_center(), abs=1e-6)
    assert triangle.place(0.5, 0.5) == pytest.approx([1, -0.5, 0])


def test_a_pole_is_as_long_as_it_says_by_the_bottom() -> None:
    pole, number, name = Triangle(PICTURES, 6, 0.1).scale(0.5).pole(0.25, 80, NOISE, "and")
    assert pole.get_length() == pytest.approx(2.4)
    assert (number.original_text, name.original_text) == ("80", "and")
    assert number.get_bottom()[1] > pole.get_top()[1] > pole.get_bottom()[1] > name.get_top()[1]


def test_round_a_quarter_turn_nothing_is_lost_and_straight_it_is() -> None:
    share = ValueTracker(0)
    turn = Quarter(share, (Dot(), Dot()), radius=2).shift([3, 1, 0])
    for at, length in ((0.0, 2.0), (0.5, np.sqrt(2)), (1.0, 2.0)):
        share.set_value(at)
        settled(turn)
        assert turn.straight[0].get_length() == pytest.approx(length)
        assert turn.round[0].get_length() == pytest.approx(2)
        assert turn.round[0].get_start() == pytest.approx([3, 1, 0])


def test_what_ways_have_in_common_is_their_mean_and_the_map_keeps_its_shape() -> None:
    start = np.random.default_rng(2).standard_normal((9, 2))
    drift = Drift(np.concatenate([start, start + np.array([1, 2])]), width=8, height=5)
    way = drift.common.get_end() - drift.common.get_start()
    assert way[1] / way[0] == pytest.approx(2)
    assert len(drift.ways) == 9 // EVERY
    assert drift.ways[1].get_end() == pytest.approx(drift.ends[EVERY].get_center())
    assert max(drift.starts.width, drift.ends.width) < 8.2
