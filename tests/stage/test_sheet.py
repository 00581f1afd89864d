"""A sheet is true to scale, and the picture beside it is that of the dot's place."""

import numpy as np
import pytest
from manim.animation.animation import prepare_animation

from course.stage.parts.pictures import to_pixels
from course.stage.parts.sheet import Sheet

PICTURES = 0.3 * np.random.default_rng(1).standard_normal((3, 3, 8, 8))


def test_corners_are_as_far_apart_on_stage_as_the_pictures_are() -> None:
    sheet = Sheet(list(PICTURES)).shift([1, -1, 0])
    true = [np.linalg.norm(PICTURES[a] - PICTURES[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    ends = [sheet.point(spot) for spot in sheet.spots]
    seen = [np.linalg.norm(ends[a] - ends[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(np.array(seen) / seen[0], np.array(true) / true[0], rtol=1e-6)
    for corner, end in zip(sheet.triangle.get_vertices(), ends, strict=True):
        np.testing.assert_allclose(corner, end, atol=1e-6)


def test_the_picture_is_that_of_the_place_where_the_dot_stands() -> None:
    sheet = Sheet(list(PICTURES))
    there, dot = sheet.there(4.0), sheet.dot
    for share in (0.0, 0.4, 1.0):
        spot = (1 - share) * sheet.spots[1] + share * sheet.spots[2]
        sheet.x.set_value(spot[0])
        sheet.y.set_value(spot[1])
        dot.update(0)
        mixed = to_pixels((1 - share) * PICTURES[1] + share * PICTURES[2])
        assert np.abs(there.pixels[..., :3].astype(int) - mixed).max() <= 1
        assert dot.get_center() == pytest.approx(sheet.point(spot), abs=1e-6)


def test_the_dot_goes_evenly_to_where_it_is_sent() -> None:
    sheet = Sheet(list(PICTURES))
    for one in (animations := [prepare_animation(one) for one in sheet.go((2.0, -1.0))]):
        one.begin()
        one.interpolate(0.25)
    assert (sheet.x.get_value(), sheet.y.get_value()) == pytest.approx((0.5, -0.25))
    assert len(animations) == 2


def test_a_wall_shows_at_each_tile_the_picture_that_is_at_its_place() -> None:
    sheet = Sheet(list(PICTURES))
    wall = sheet.wall(3, 3, 1.0)
    zero, one = sheet.point((0, 0)), sheet.point((1, 0))
    x, y = (wall.place((0, 2)) - zero)[:2] / (one - zero)[0]
    expected = to_pixels(sheet.plane.point(x, y))
    assert (wall.pixels[1:9, 21:29, :3] == expected).all()
