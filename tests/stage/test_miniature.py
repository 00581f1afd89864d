"""A latent's numbers stand where a viewer is told that they stand."""

import numpy as np
import pytest

from course.errors import CourseError
from course.stage.parts.miniature import REACH, cell, planes
from course.stage.parts.pictures import Picture


def test_each_plane_has_its_square_and_each_number_its_pixel() -> None:
    values = np.zeros((2, 4, 8, 8))
    values[1, 2, 5, 3] = 10.0
    shown = planes(values)
    assert shown.shape == (2, 17, 17, 3)
    changed = np.argwhere((shown[1] != shown[0]).any(-1))
    assert changed.tolist() == [[9 + 5, 3]]
    assert (shown[1, 14, 3] == 255).all()
    assert (planes(np.full((4, 8, 8), -REACH))[0, 0] == 0).all()
    assert abs(int(shown[0, 0, 0, 0]) - 127) <= 1


def test_the_frame_lies_around_the_number_that_is_meant() -> None:
    picture = Picture(planes(np.zeros((4, 8, 8))), height=3.4).shift([1, 0.5, 0])
    for number, place in (((0, 0, 0), (0, 0)), ((3, 7, 2), (16, 11))):
        frame = cell(picture, number, 8)
        assert frame.get_center() == pytest.approx(picture.pixel_center(*place))
        assert frame.height > picture.height / 17


def test_what_is_no_latent_is_refused() -> None:
    with pytest.raises(CourseError, match=r"\(4, h, w\)"):
        planes(np.zeros((3, 8, 8)))
