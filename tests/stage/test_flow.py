"""Roads of a mean lead from noise to a toy's places; who walks on them goes from noise to picture."""

import numpy as np
import pytest
from manim import ValueTracker

from course.maths.walking import Mixture
from course.stage.parts.flow import Flow

BELL = Mixture((1.0,), (0.7,), 0.5)
TWO = Mixture((0.5, 0.5), (-1.2, 1.2), 0.3)


def place(flow: Flow, point: np.ndarray) -> float:
    """Where on the line a point of the stage is."""
    low, high = flow.point(0, 0)[1], flow.point(0, 1)[1]
    return float((point[1] - low) / (high - low))


def test_the_roads_of_one_bell_are_those_that_are_known() -> None:
    flow = Flow().shift([1, 2, 0])
    for road in flow.roads(BELL):
        start, end = place(flow, road.points[0]), place(flow, road.points[-1])
        # From τ ≈ 1 to τ ≈ 0: m + s times the start.
        assert end == pytest.approx(0.7 + 0.5 * start, abs=0.01)


def test_walkers_begin_in_noise_and_end_near_one_of_two_places() -> None:
    flow, share = Flow(), ValueTracker(0)
    walkers = flow.walkers(TWO, share)
    for walker in walkers:
        walker.update()
        assert walker.get_x() == pytest.approx(flow.base.get_left()[0], abs=0.05)
    share.set_value(1)
    for walker in walkers:
        walker.update()
        assert walker.get_x() == pytest.approx(flow.end.get_x(), abs=0.05)
        assert abs(abs(place(flow, walker.get_center())) - 1.2) < 0.9


def test_the_mean_of_two_ways_lies_between_them() -> None:
    flow = Flow()
    here, ways, mean = flow.crossing(0.5, 0.0)
    assert here.get_center() == pytest.approx(flow.point(0.5, 0.0))
    up, down = (way.get_end() for way in ways)
    assert down[1] < mean.get_end()[1] < up[1]
    assert mean.get_end()[0] > here.get_x()


def test_a_bell_lies_where_the_roads_end_with_its_middle_and_its_width() -> None:
    flow = Flow()
    bell, top, span, m, s = flow.bell(BELL)
    assert top.get_center()[1] == pytest.approx(flow.point(0, 0.7)[1])
    assert span.height == pytest.approx(flow.point(0, 0.5)[1] - flow.point(0, 0)[1])
    assert bell.get_left()[0] >= flow.end.get_x()
    assert m.get_left()[0] > top.get_right()[0]
    assert s.get_left()[0] > span.get_right()[0]
