"""A chart shows each tile where it says it is, however it is zoomed and moved."""

import numpy as np
import pytest

from course.errors import CourseError
from course.stage.parts.chart import GAP, Chart

TILES = np.random.default_rng(1).integers(0, 256, (3, 7, 4, 4, 3), dtype=np.uint8)


def shown(chart: Chart, tile: tuple[int, int]) -> np.ndarray:
    """The pixels around the place that the chart gives for a tile."""
    corner, across, down = chart.get_corners()
    x, y, _ = chart.place(tile) - corner
    column, row = x / across[0] * chart.pixels.shape[1], y / down[1] * chart.pixels.shape[0]
    return chart.pixels[round(row) - 2 : round(row) + 2, round(column) - 2 : round(column) + 2, :3]


def test_every_tile_is_where_the_chart_says() -> None:
    chart = Chart(TILES, height=1.6).scale(0.7).shift([3, -1, 0])
    for tile in np.ndindex(3, 7):
        np.testing.assert_array_equal(shown(chart, tile), TILES[tile])


def test_a_tile_can_be_put_anywhere_and_is_as_high_as_said() -> None:
    chart = Chart(TILES, height=1.6).center_on((2, 5), [1, 2, 0])
    np.testing.assert_allclose(chart.place((2, 5)), [1, 2, 0], atol=1e-9)
    assert chart.place((2, 6))[0] - chart.place((2, 5))[0] == pytest.approx(1.6)
    assert chart.tile_height == pytest.approx(1.6 * 4 / (4 + GAP))


def test_zooming_leaves_the_point_where_it_is() -> None:
    chart = Chart(TILES).center_on((1, 3))
    zoom = chart.zoom(0.25)
    zoom.begin()
    zoom.interpolate(1.0)
    np.testing.assert_allclose(chart.place((1, 3)), 0, atol=1e-9)
    assert chart.tile_height == pytest.approx(0.25 * Chart(TILES).tile_height)


def test_tiles_of_another_shape_are_refused() -> None:
    with pytest.raises(CourseError, match="rows, columns"):
        Chart(TILES[0])
