"""From a picture to its numbers: zoom in until a few pixels fill the frame, then write on each what it is.

Not for pictures as such (`pictures`).

    zoom = PixelZoom(picture, row=12, column=14)      # that pixel in the middle; the picture stands on stage
    self.play(zoom.approach(), run_time=4)            # the picture grows until its pixels are tiles
    self.play(zoom.show_grid())
    self.play(zoom.show_numbers())                    # red, green and blue of each tile, 0 … 255
    self.play(zoom.hide())                            # grid and numbers go …
    self.play(zoom.retreat(), run_time=3)             # … and the picture returns to where it was
"""

from typing import Any

import numpy as np
from manim import (
    DOWN,
    Animation,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    VGroup,
)
from numpy.typing import NDArray

from course.errors import CourseError
from course.stage.parts.pictures import Picture
from course.stage.theme import (
    BACKGROUND,
    FRAME_HEIGHT,
    FRAME_WIDTH,
    LABEL,
    SAFE_CENTER,
    SAFE_HEIGHT,
    SAFE_WIDTH,
    plate,
    text,
)


class Zoom(Animation):
    """Scale a mobject by `factor` about a fixed `point`, at an even pace: twice as large in equal times."""

    def __init__(self, mobject: Mobject, factor: float, point: NDArray[np.float64], **kwargs: Any) -> None:
        self.factor, self.point = factor, np.asarray(point, dtype=np.float64)
        super().__init__(mobject, **kwargs)

    def interpolate_submobject(
        self, submobject: Mobject, starting_submobject: Mobject, alpha: float
    ) -> "Zoom":
        """Scale one member of the family."""
        submobject.points = self.point + self.factor**alpha * (starting_submobject.points - self.point)
        return self


class PixelZoom:
    """The zoom from an upright `picture` on stage to `rows` by `columns` of its pixels around (row, column).

    `grid` and `numbers` (row by row, for each pixel a column of red, green and blue) fit the picture as it
    stands after `approach()`. Raises `CourseError` for a pixel outside the picture.
    """

    def __init__(self, picture: Picture, row: int, column: int, *, rows: int = 3, columns: int = 5) -> None:
        self.picture = picture
        height, width = picture.pixels.shape[:2]
        if not (0 <= row < height and 0 <= column < width and rows <= height and columns <= width):
            raise CourseError(
                f"{rows}×{columns} pixels around ({row}, {column}) do not fit into {height}×{width}."
            )
        # Near an edge the window stays inside the picture.
        top = min(max(row - rows // 2, 0), height - rows)
        left = min(max(column - columns // 2, 0), width - columns)
        tile = min(SAFE_WIDTH / columns, SAFE_HEIGHT / rows)
        self.factor = tile / (picture.height / height)
        focus = (
            picture.pixel_center(top, left) + picture.pixel_center(top + rows - 1, left + columns - 1)
        ) / 2
        self.point = (self.factor * focus - np.array(SAFE_CENTER)) / (self.factor - 1)

        corner = np.array(SAFE_CENTER) + tile * np.array([-columns / 2 - left, rows / 2 + top, 0])
        x = corner[0] + tile * np.arange(width + 1)
        y = corner[1] - tile * np.arange(height + 1)
        x_ends = np.clip([x[0], x[-1]], -FRAME_WIDTH / 2, FRAME_WIDTH / 2)
        y_ends = np.clip([y[0], y[-1]], -FRAME_HEIGHT / 2, FRAME_HEIGHT / 2)
        style = {"color": BACKGROUND, "stroke_width": 5}
        self.grid = VGroup(
            *[Line([v, y_ends[0], 0], [v, y_ends[1], 0], **style) for v in x if abs(v) <= FRAME_WIDTH / 2],
            *[Line([x_ends[0], v, 0], [x_ends[1], v, 0], **style) for v in y if abs(v) <= FRAME_HEIGHT / 2],
        )
        self.numbers = VGroup()
        for r in range(top, top + rows):
            for c in range(left, left + columns):
                words = VGroup(*[text(str(int(value)), size=LABEL) for value in picture.pixels[r, c, :3]])
                tag = plate(words.arrange(DOWN, buff=0.2), opacity=0.75)
                self.numbers.add(tag.move_to(corner + tile * np.array([c + 0.5, -r - 0.5, 0])))

    def approach(self) -> Animation:
        """The picture grows until the window fills the safe frame."""
        return Zoom(self.picture, self.factor, self.point)

    def show_grid(self) -> Animation:
        """Lines between the pixels."""
        return LaggedStart(*[Create(line) for line in self.grid], lag_ratio=0.1)

    def show_numbers(self) -> Animation:
        """The numbers, pixel by pixel."""
        return LaggedStart(*[FadeIn(words) for words in self.numbers], lag_ratio=0.1)

    def hide(self) -> Animation:
        """Grid and numbers go."""
        return AnimationGroup(FadeOut(self.grid), FadeOut(self.numbers))

    def retreat(self) -> Animation:
        """The picture returns to where it was before `approach()`."""
        return Zoom(self.picture, 1 / self.factor, self.point)
