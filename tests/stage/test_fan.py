"""A fan's rays are as long as what they stand for, and at its angle."""

import numpy as np
import pytest
from manim import ValueTracker

from course.errors import CourseError
from course.stage.parts.fan import Fan


def test_rays_keep_lengths_and_angles_after_the_fan_has_moved() -> None:
    fan = Fan(60.0, radius=4.0).scale(0.5).shift([-1, -2, 0])
    ray, flat = fan.ray(30, 60, "#ffffff"), fan.ray(60, 0, "#ffffff")
    along = ray.get_end() - ray.get_start()
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(60)
    assert ray.get_length() == pytest.approx(1)
    np.testing.assert_allclose(flat.get_end(), fan.base.get_end(), atol=1e-6)


def test_an_arc_passes_through_the_ends_of_all_rays_of_its_length() -> None:
    fan = Fan(60.0).shift([1, -2, 0])
    arc = fan.arc(45, 20, 160)
    np.testing.assert_allclose(arc.get_start(), fan.point(45, 20), atol=1e-6)
    np.testing.assert_allclose(arc.get_end(), fan.point(45, 160), atol=1e-6)
    assert np.linalg.norm(arc.point_from_proportion(0.5) - fan.point(0, 0)) == pytest.approx(
        np.linalg.norm(fan.point(45, 90) - fan.point(0, 0)), rel=1e-3
    )


def test_a_live_ray_follows_its_tracker() -> None:
    fan, turn = Fan(2.0), ValueTracker(0)
    ray = fan.live_ray(lambda t: (1 + t, 90 * t), turn, color="#ffffff")
    turn.set_value(1)
    ray.update(0)
    np.testing.assert_allclose(ray.get_end(), fan.point(2, 90), atol=1e-6)


def test_legs_are_the_cosine_and_the_sine_of_a_ray() -> None:
    fan, turn = Fan(2.0).shift([1, -1, 0]), ValueTracker(0)
    flat, upright = fan.legs(lambda t: (2, t), turn, colors=("#ffffff", "#000000"))
    turn.set_value(60)
    for leg in (flat, upright):
        leg.update(0)
    assert 4.2 * np.cos(np.radians(60)) == pytest.approx(flat.get_length(), abs=1e-4)
    assert 4.2 * np.sin(np.radians(60)) == pytest.approx(upright.get_length(), abs=1e-4)
    np.testing.assert_allclose(upright.get_end(), fan.point(2, 60), atol=1e-4)


def test_a_length_that_is_no_number_is_refused() -> None:
    with pytest.raises(CourseError, match="A ray has 1 of 2"):
        Fan(1.0).ray(np.nan, 0, "#ffffff")
    with pytest.raises(CourseError, match="above 0"):
        Fan(0.0)
