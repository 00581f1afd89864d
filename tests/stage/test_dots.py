"""A row of dots puts each value where its axis says, and hides none behind another."""

import numpy as np
import pytest

from course.errors import CourseError
from course.stage.parts.dots import RADIUS, DotRow
from course.stage.theme import NOISE


def test_each_dot_stands_at_its_value_wherever_the_row_is_moved() -> None:
    values = np.array([10.0, 12.5, 20.0])
    row = DotRow(values, (10, 20), x_label="length", color=NOISE, width=5).scale(0.8).shift([1, 2, 0])
    start, end = row._axis.get_start()[0], row._axis.get_end()[0]
    found = [10 + 10 * (dot.get_x() - start) / (end - start) for dot in row.dots]
    assert found == pytest.approx(values)
    assert row.mark(12.5, "here")[0].get_x() == pytest.approx(row.dots[1].get_x())


def test_equal_values_are_stacked() -> None:
    row = DotRow([3.0, 3.0, 3.0], (0, 10), x_label="length", color=NOISE)
    heights = sorted(dot.get_y() for dot in row.dots)
    assert np.diff(heights) == pytest.approx(2 * RADIUS)


@pytest.mark.parametrize("values", [[-1.0, 3.0], [np.nan, 3.0]])
def test_a_value_that_the_axis_cannot_show_is_refused(values: list[float]) -> None:
    with pytest.raises(CourseError):
        DotRow(values, (0, 10), x_label="length", color=NOISE)
