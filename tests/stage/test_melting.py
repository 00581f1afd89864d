"""Pictures that melt end as their mean; roads, walkers and walks on a map stand where the numbers say."""

import numpy as np
import pytest
from manim import ValueTracker

from course.errors import CourseError
from course.maths.walking import TOY, Journey
from course.stage.parts.melt import Melt
from course.stage.parts.pouring import Pouring
from course.stage.parts.roadmap import Cloud, Hill, RoadMap
from course.stage.parts.walkmap import END, MIDDLE, STOP, WalkMap


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


def test_what_flows_into_a_bin_and_out_of_it_points_the_way_it_flows() -> None:
    sigma = ValueTracker(1.0)
    cloud = Cloud(lambda y, s: np.exp(-(y**2) / s), ([1.0, 2.0], np.array([[-1.0, 2.0]] * 2)), sigma)
    area, flows = cloud.bin(lambda y, s: y, -1.0, 2.0).submobjects[0]
    assert area.width == pytest.approx(cloud.spot(2.0)[0] - cloud.spot(-1.0)[0])
    assert [np.sign(one.get_end()[0] - one.get_start()[0]) for one in flows] == [-1, 1]
    (arrows,) = cloud.arrows(lambda y, s: y, scale=0.5).submobjects
    np.testing.assert_allclose([one.get_end()[0] for one in arrows], [cloud.spot(y)[0] for y in (-1.5, 3)])


def test_pictures_hang_at_their_places_right_of_the_roads() -> None:
    road_map = RoadMap(high=3.0, reach=2.0)
    hung = road_map.hang([-1.0, 1.0], np.zeros((2, 4, 4, 3), np.uint8))
    np.testing.assert_allclose([one.get_y() for one in hung], [road_map.point(0, y)[1] for y in (-1, 1)])
    assert hung.get_left()[0] > road_map.end.get_x()


def test_numbers_leave_the_table_as_they_fill_the_pixels() -> None:
    numbers, count = np.linspace(-1, 1, 12).reshape(3, 4), ValueTracker(0)
    pour = Pouring(numbers, (3, 2, 3), count)
    assert pour.size == 12
    assert not pour.picture.pixels[..., :3].any()
    count.set_value(5)
    np.testing.assert_array_equal(pour.picture.pixels[..., :3].ravel()[:5], [0, 23, 46, 70, 93])
    assert not pour.picture.pixels[..., :3].ravel()[5:].any()
    assert len(np.unique(pour.table.pixels[..., 0].ravel()[:5])) == 1
    with pytest.raises(CourseError, match="rows and columns"):
        Pouring(np.ones(4), (2, 2, 3), count)


def test_the_weighed_pulls_on_a_hill_add_up_to_the_way_to_the_mean() -> None:
    y, sigma = -0.5, 1.0
    hill = Hill(TOY, ValueTracker(sigma), 0.4)
    unit = hill.spot(1)[0] - hill.spot(0)[0]
    plain, weighed = (hill.pulls(y, sigma, weighed=one) for one in (False, True))
    assert [arrow.get_end()[0] for arrow in plain] == pytest.approx([hill.spot(x)[0] for x in TOY.places])
    whole = sum(arrow.get_end()[0] - arrow.get_start()[0] for arrow in weighed) / unit
    assert whole == pytest.approx(TOY.mean(y, sigma) - y, abs=0.03)


def test_a_walk_on_the_map_ends_beside_its_place_and_the_other_has_faded() -> None:
    way = Journey(
        np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.6, 1.0]), np.array([[0.5, 0.5], [0.2, 0.8], [0, 1]])
    )
    films = np.zeros((3, 4, 4, 3), np.uint8), np.full((2, 4, 4, 3), 9, np.uint8)
    step, pictures = ValueTracker(0), np.full((2, 4, 4, 3), 200, np.uint8)
    chart = WalkMap(way, (-1.0, 1.0), pictures, films, step)
    assert [place.pixels[0, 0, 3] for place in chart.places] == [255, 255]
    step.set_value(2)
    chart.update()
    np.testing.assert_allclose(chart.states.get_center(), [STOP, 1, 0], atol=1e-6)
    np.testing.assert_allclose(chart.guess.get_center(), [MIDDLE, 1, 0], atol=1e-6)
    np.testing.assert_allclose(chart.places[1].get_center(), [END, 1, 0], atol=1e-6)
    assert chart.places[0].pixels[0, 0, 3] < 40
    assert chart.places[1].pixels[0, 0, 3] == 255
    np.testing.assert_array_equal(chart.guess.pixels, chart.states.pixels)
    with pytest.raises(CourseError, match="a picture and a share"):
        WalkMap(way, (-1.0, 1.0, 2.0), pictures, films, step)


def test_on_the_map_a_step_is_taken_before_the_model_is_asked() -> None:
    way = Journey(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([[0.5, 0.5], [0, 1]]))
    films, step, asked = (np.zeros((2, 4, 4, 3), np.uint8),) * 2, ValueTracker(0), ValueTracker(0)
    chart = WalkMap(way, (-1.0, 1.0), np.full((2, 4, 4, 3), 200, np.uint8), films, step, asked=asked)
    step.set_value(1)
    chart.update()
    assert (chart.states.get_y(), chart.guess.get_y()) == pytest.approx((1, 0))
    assert chart.places[0].pixels[0, 0, 3] == 255
    asked.set_value(1)
    chart.update()
    assert chart.guess.get_y() == pytest.approx(1)
    assert chart.places[0].pixels[0, 0, 3] < 40
