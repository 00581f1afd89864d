"""A crowd stands where the numbers say, nobody covers another; heaps are as high as many."""

import numpy as np
import pytest
from manim import ValueTracker, VGroup

from course.errors import CourseError
from course.stage.parts.crowd import Crowd, apart, mapped
from course.stage.parts.heaps import HIGH, WIDE, Heaps

BOX = (-3.0, -2.0, 3.0, 2.0)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_covers_another_or_leaves_the_field(seed: int) -> None:
    close = 0.3 * np.random.default_rng(seed).standard_normal((9, 2)) + [2.5, 0]
    found = apart(close, 1.0, BOX)
    gaps = np.abs(found[:, None] - found[None]).max(-1)[~np.eye(9, dtype=bool)]
    assert gaps.min() > 1 - 1e-6
    assert (np.abs(found) <= [2.5 + 1e-9, 1.5 + 1e-9]).all()


def test_what_is_mapped_fills_the_field() -> None:
    points = np.array([[5.0, 1.0], [7.0, 3.0], [6.0, 2.0]])
    assert mapped(points, points, 1.0, BOX).tolist() == [[-2.5, -1.5], [2.5, 1.5], [0.0, 0.0]]
    assert mapped([[8.0, 1.0]], points, 1.0, BOX).tolist() == [[5.0, -1.5]]


def test_those_with_room_stay_where_they_are() -> None:
    places = np.array([[-2.0, 0.0], [0.0, 0.0], [2.0, 1.0]])
    np.testing.assert_allclose(apart(places, 1.0, BOX), places)


def test_those_at_the_very_same_place_part() -> None:
    found = apart(np.zeros((4, 2)), 1.0, BOX)
    gaps = np.abs(found[:, None] - found[None]).max(-1)[~np.eye(4, dtype=bool)]
    assert gaps.min() > 1 - 1e-6


def test_more_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(CourseError, match="No room for 30"):
        apart(np.zeros((30, 2)), 1.0, BOX)


def test_between_two_frames_a_crowd_is_on_its_way() -> None:
    films = np.zeros((2, 3, 4, 4, 3), np.uint8)
    films[:, 1] = 100
    ways = np.array([[[0, 0], [1, 0]], [[0, 2], [3, 0]], [[1, 2], [3, 4]]])
    at = ValueTracker(0)
    crowd = Crowd(films, ways, at, (1.0, 0.5, 0.5), crossfade=True)
    region = crowd.region(0.1, "#ffffff")
    for value, place, height, shown in ((0.5, [2, 0], 0.75, 50), (1, [3, 0], 0.5, 100), (9, [3, 4], 0.5, 0)):
        at.set_value(value)
        crowd.update()
        region.update()
        np.testing.assert_allclose(crowd[1].get_center()[:2], place, atol=1e-6)
        assert crowd[1].height == pytest.approx(height)
        assert (crowd[1].pixels[..., :3] == shown).all()
    # The last ways are (1, 2) and (3, 4), the pictures half a unit high.
    np.testing.assert_allclose([region[0].width, region[0].height], 2 + 0.5 + 0.2)
    np.testing.assert_allclose(region.get_center(), [2, 3, 0], atol=1e-6)


def test_ways_that_do_not_fit_the_films_are_refused() -> None:
    with pytest.raises(CourseError, match="ways of shape"):
        Crowd(np.zeros((2, 3, 4, 4, 3), np.uint8), np.zeros((2, 3, 2)), ValueTracker(0), 1.0)


def test_heaps_are_as_high_as_there_are_many_of_a_kind_and_frames_as_the_law_says() -> None:
    kinds = np.repeat([0, 1, 2], [16, 40, 3])  # the last ones are unclear
    after = np.repeat([0, 1, 2], [8, 48, 3])
    album = np.zeros((len(kinds), 4, 4, 3), np.uint8)
    at = ValueTracker(1)
    heaps = Heaps((album, album), (kinds, after), ("a", "b", "unclear"), (0.5, 0.5), at)
    tile = WIDE / heaps.across
    for value, which, many in ((1, 0, (16, 40)), (3, 1, (8, 48))):
        at.set_value(value)
        heaps.crowd.update()
        heaps.frames.update()
        for kind, count in enumerate(many):
            pictures = VGroup(*heaps.heap(kind, which)[1:])
            assert len(pictures) == count
            assert pictures.height == pytest.approx(-(-count // heaps.across) * tile, abs=0.03)
            assert pictures.height < HIGH
        assert [frame.height for frame in heaps.frames[0]] == pytest.approx([28 / heaps.across * tile] * 2)
