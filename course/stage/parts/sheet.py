"""The flat sheet through three pictures, true to scale: every place on it is a picture, a dot marks one.

Not for maps of many pictures, whose places are given (`maps`).

    sheet = Sheet((drawing, other, static))              # (C, H, W) each, in model units
    sheet.corners[2]; sheet.triangle; sheet.dot          # a corner's picture; the sheet; the dot
    there = sheet.there(height=4.6)                      # the picture at the dot's place
    wall = sheet.wall(5, 9, 1.6)                         # the frame full of the sheet's pictures
    self.play(*sheet.go((3.0, -1.0)), run_time=2.0)      # the dot goes there
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Dot, Polygon, ValueTracker, VGroup, linear
from numpy.typing import ArrayLike, NDArray

from course.maths.noise import Plane
from course.stage.parts.chart import Chart
from course.stage.parts.maps import EmbeddingMap
from course.stage.parts.pictures import LivePicture, to_pixels
from course.stage.theme import MUTED


class Sheet(VGroup):
    """The plane through `pictures`: the second below the first, the third to the right; `width` by `height`.

    `spots` are their places on the plane, in the pictures' own units; `x` and `y` say where the dot is.
    """

    def __init__(
        self,
        pictures: Sequence[ArrayLike],
        width: float = 6.9,
        height: float = 3.4,
        picture_height: float = 1.4,
    ) -> None:
        self.plane = Plane.through(*pictures)
        self.spots = [np.array(self.plane.coordinates(picture)) for picture in pictures]
        self.x, self.y = ValueTracker(0), ValueTracker(0)
        tiles = np.stack([to_pixels(np.asarray(picture)) for picture in pictures])
        self._map = EmbeddingMap(
            np.stack(self.spots), tiles, width=width, height=height, picture_height=picture_height
        )
        self.corners = self._map.marker
        for corner, spot, side in zip(self.corners, self.spots, (UP, DOWN, RIGHT), strict=True):
            corner.next_to(self._map.point(spot), side, buff=0.3)
        ends = [self._map.point(spot) for spot in self.spots]
        self.triangle = Polygon(*ends, color=MUTED, stroke_width=4, fill_opacity=0.14)
        super().__init__(self._map, self.triangle)

    def point(self, spot: ArrayLike) -> NDArray[np.float64]:
        """Where a place on the plane stands on stage."""
        return self._map.point(spot)

    def go(self, spot: ArrayLike) -> list[Any]:
        """The animations in which the dot goes evenly to a place on the plane."""
        goes = zip((self.x, self.y), np.asarray(spot, np.float64).tolist(), strict=True)
        return [tracker.animate(rate_func=linear).set_value(to) for tracker, to in goes]

    @property
    def dot(self) -> Dot:
        """A dot that stands at (x, y)."""
        return self._map.dot_at(self.x, self.y)

    def there(self, height: float) -> LivePicture:
        """The picture at (x, y)."""
        return LivePicture(lambda x, y: to_pixels(self.plane.point(x, y)), self.x, self.y, height=height)

    def wall(self, rows: int, columns: int, height: float) -> Chart:
        """Tiles around the middle of the frame, each the picture at the place where it stands now."""
        zero = self.point((0, 0))
        unit = self.point((1, 0))[0] - zero[0]
        across = height * (np.arange(columns) - (columns - 1) / 2) - zero[0]
        up = height * ((rows - 1) / 2 - np.arange(rows)) - zero[1]
        tiles = [[to_pixels(self.plane.point(x / unit, y / unit)) for x in across] for y in up]
        return Chart(np.array(tiles), height)
