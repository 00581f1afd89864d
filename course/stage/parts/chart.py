"""A chart of tiles that is one picture: it is moved and zoomed as one, and may bleed over the frame's edges.

Not for tiles that move by themselves (`pictures.Mosaic`).

    chart = Chart(tiles, height=1.6)                     # (R, C, H, W, 3) uint8, a tile's height with its gap
    chart.center_on((2, 14)); chart.place((0, 3))        # that tile in the middle; where another one is
    self.play(chart.zoom(0.25), run_time=4)              # farther away, about the middle of the frame
"""

from typing import Any, Self

import numpy as np
from manim import ORIGIN, Animation, ManimColor
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.pictures import Picture
from course.stage.parts.zoom import Zoom
from course.stage.theme import BACKGROUND

GAP = 2
"""Pixels between two tiles."""


class Chart(Picture):
    """Tiles (R, C, H, W, 3) uint8 side by side, each `height` units high with the gap; `shape` is (R, C)."""

    def __init__(self, tiles: NDArray[np.uint8], height: float = 1.6) -> None:
        tiles = np.asarray(tiles)
        if tiles.ndim != 5:
            raise CourseError(f"A chart has the shape (rows, columns, H, W, 3), not {tiles.shape}.")
        rows, columns, high, wide = tiles.shape[:4]
        made = np.empty((rows, high + GAP, columns, wide + GAP, 3), np.uint8)
        made[:] = ManimColor(BACKGROUND).to_int_rgb()
        half = GAP // 2
        made[:, half : half + high, :, half : half + wide] = np.moveaxis(tiles, 2, 1)
        super().__init__(made.reshape(rows * (high + GAP), columns * (wide + GAP), 3), rows * height)
        self.shape, self.share = (rows, columns), high / (high + GAP)

    def place(self, tile: tuple[int, int]) -> NDArray[Any]:
        """Where the middle of the tile (row, column) stands on stage."""
        corner, across, down = self.get_corners()
        row, column = tile
        return corner + across * (column + 0.5) / self.shape[1] + down * (row + 0.5) / self.shape[0]

    @property
    def tile_height(self) -> float:
        """How high a tile is now, without its gap."""
        return float(self.height) / self.shape[0] * self.share

    def center_on(self, tile: tuple[int, int], point: ArrayLike = ORIGIN) -> Self:
        """Shift the chart so that a tile stands at `point`; `.animate.center_on(…)` goes there."""
        return self.shift(np.asarray(point, np.float64) - self.place(tile))

    def zoom(self, factor: float, point: ArrayLike = ORIGIN) -> Animation:
        """The chart grows by `factor` about a point that stays where it is, at an even pace."""
        return Zoom(self, factor, np.asarray(point, np.float64))
