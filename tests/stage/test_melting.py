"""Pictures that melt end as their mean; roads and walkers stand where the numbers say."""

import numpy as np
import pytest
from manim import ValueTracker

from course.errors import CourseError
from course.stage.parts.melt import Melt
from course.stage.parts.roadmap import Cloud, RoadMap


def test_pictures_laid_over_each_other_show_their_mean() -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (16, 4, 4, 3), dtype=np.uint8)
    melt = Melt(pictures)
    animation = melt.together([1, 2, 0], height=3.0)
    animation.begin()
    animation.interpolate(1)
    animation.finish()
    shown = np.zeros((4, 4, 3))
    for tile in melt:
        opacity = tile.get_fill_opacity()
        shown = opacity * tile.pixels[..., :3] + (1 - opacity) * shown
        np.testing.assert_allclose(tile.get_center(), [1, 2, 0], atol=1e-6)
        assert tile.height == pytest.approx(3.0)
    np.testing.assert_allclose(shown, pictures.mean(0), atol=1e-6)
    assert np.abs(melt.mean.pixels[..., :3] - pictures.mean(0)).max() <= 0.5


def test_one_picture_has_nothing_to_melt_with() -> None:
    with pytest.raises(CourseError, match="two at least"):
        Melt(np.zeros((1, 4, 4, 3), np.uint8))


def test_a_road_stays_true_when_the_map_is_moved() -> None:
    road_map = RoadMap(high=3.0, reach=2.0, width=6.0, height=4.0)
    before = road_map.point(1.5, 0.0)
    road_map.shift([1, 1, 0]).scale(0.5, about_point=np.zeros(3))
    np.testing.assert_allclose(road_map.point(1.5, 0.0), (before + np.array([1, 1, 0])) * 0.5, atol=1e-6)
    across = road_map.point(0, 0)[0] - road_map.point(3, 0)[0]
    assert across == pytest.approx(3.0)
    np.testing.assert_allclose(road_map.road([3, 0], [0, 2], "#ffffff").points[-1], road_map.point(0, 2))


def test_walkers_and_cloud_follow_the_noise() -> None:
    sigma = ValueTracker(1.0)
    tracks = np.array([[0.0, 1.0], [2.0, 3.0]])
    cloud = Cloud(lambda y, s: np.exp(-(y**2) / s), ([1.0, 2.0], tracks), sigma, reach=4.0, width=8.0)
    np.testing.assert_allclose([dot.get_x() for dot in cloud.walkers], [0, 1], atol=1e-6)
    wide = cloud.curve.points.copy()
    sigma.set_value(1.5)
    cloud.update()
    cloud.walkers.update()
    np.testing.assert_allclose([dot.get_x() for dot in cloud.walkers], [1, 2], atol=1e-6)
    assert not np.allclose(cloud.curve.points, wide)
