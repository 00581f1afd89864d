"""Pictures on stage: pixels stay pixels, drawn by Cairo through Manim's own camera.

Not for plots or text, and not for reading files: a picture comes from an array, mostly a capture's.

A picture is a vector mobject whose inside is its pixels. It can be grouped, moved, rotated, scaled, framed
(`set_stroke`) and ordered by `z_index` like any other. These take one: FadeIn, FadeOut, `.animate`,
Transform, ReplacementTransform and TransformFromCopy (between pictures of equal pixel size), FadeTransform,
GrowFromCenter, ShrinkToCenter, SpinInFromNothing, Rotate, MoveAlongPath, Indicate, Circumscribe, and groups
of them. Create, Write and their kin draw outlines, which a picture has not: they raise a sentence, as does a
Transform between a picture and something else.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from manim import LEFT, UP, Line, Mobject, Rectangle, ValueTracker, VGroup, VMobject
from numpy.typing import NDArray

from course.errors import CourseError
from course.stage import theme
from course.stage.manim_internals import Rule
from course.stage.parts.digits import on_baseline

Pixels = NDArray[np.uint8]


def to_pixels(values: NDArray[Any]) -> Pixels:
    """Model units, roughly [−1, 1], shape (…, C, H, W) with C of 1 or 3, as pixels (…, H, W, 3) uint8.

    Values beyond ±1 are clipped. Raises `CourseError` for another shape or a value that is not finite.
    """
    values = np.asarray(values)
    if values.ndim < 3 or values.shape[-3] not in (1, 3):
        raise CourseError(
            f"A picture in model units has the shape (3, H, W) or (1, H, W), not {values.shape}. "
            "Decode latents first; pixels (H, W, 3) go to Picture()."
        )
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise CourseError(
            f"{count} of the picture's {values.size} values are not finite. Find out where they arose."
        )
    pixels = np.clip(np.rint((values.astype(np.float64) + 1) * 127.5), 0, 255).astype(np.uint8)
    return np.broadcast_to(np.moveaxis(pixels, -3, -1), (*values.shape[:-3], *values.shape[-2:], 3))


def checked(array: NDArray[Any], film: bool = False) -> Pixels:
    """The array as pixels (H, W, 4) uint8, or (N, H, W, 4) if `film`; `CourseError` for anything else."""
    array = np.asarray(array)
    name, shape = ("A film", "(N, H, W, 3 or 4)") if film else ("A picture", "(H, W, 3 or 4)")
    if array.ndim != 3 + film or array.shape[-1] not in (3, 4) or 0 in array.shape:
        raise CourseError(
            f"{name} has the shape {shape}, not {array.shape}. Model units go to Picture.from_model()."
        )
    if array.dtype != np.uint8:
        raise CourseError(
            f"{name} takes uint8 values from 0 to 255, not {array.dtype}. "
            "Use Picture.from_model() for model units."
        )
    if array.shape[-1] == 3:
        array = np.concatenate([array, np.full((*array.shape[:-1], 1), 255, np.uint8)], axis=-1)
    return np.require(array, requirements=["C", "W"])  # as Cairo reads it


class Picture(Rectangle):
    """(H, W, 3 or 4) uint8 pixels, `height` units high, drawn nearest-neighbour (averaged only where shrunk).

    `pixels` is (H, W, 4) uint8 and never changed in place: use `set_pixels`.
    """

    def __init__(self, array: NDArray[Any], height: float = 4.0) -> None:
        self._pixels = checked(array)
        rows, columns = self._pixels.shape[:2]
        super().__init__(height=height, width=height * columns / rows, stroke_width=0, stroke_color=theme.INK)
        self.set_fill(
            theme.WRONG, opacity=1
        )  # the colour shows only where a foreign camera ignores the pixels

    @classmethod
    def from_model(cls, values: NDArray[Any], height: float = 4.0) -> "Picture":
        """A picture from model units, (C, H, W) with C of 1 or 3, −1 black and 1 white."""
        if np.ndim(values) != 3:
            raise CourseError(
                f"Picture.from_model takes one picture (C, H, W), not the shape {np.shape(values)}."
            )
        return Picture(to_pixels(values), height)

    @property
    def pixels(self) -> Pixels:
        """What is shown, (H, W, 4) uint8."""
        return self._pixels

    def set_pixels(self, array: NDArray[Any]) -> Self:
        """Show other pixels of the same size; `.animate.set_pixels(…)` blends over to them."""
        pixels = checked(array)
        if pixels.shape != self.pixels.shape:
            raise CourseError(
                f"The picture is {_size(self.pixels)} pixels, the new one {_size(pixels)}. Resize it."
            )
        self._pixels = pixels
        return self

    def get_corners(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Where the pixels go: the upper left corner, and the vectors along the first row and column."""
        right_top, left_top, left_bottom = self.points[0], self.points[4], self.points[8]
        return left_top, right_top - left_top, left_bottom - left_top

    def pixel_center(self, row: int, column: int) -> NDArray[Any]:
        """The point on stage in the middle of a pixel."""
        corner, across, down = self.get_corners()
        rows, columns = self.pixels.shape[:2]
        return corner + across * (column + 0.5) / columns + down * (row + 0.5) / rows

    def still(self) -> "Picture":
        """What is shown now, in the same place, as a picture that follows nothing."""
        still = Picture(self.pixels)
        still.points = self.points.copy()
        still.match_style(self, family=False)
        return still.set_z_index(self.z_index)

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Self:
        """As in Manim, the pixels blended as well."""
        super().interpolate_color(mobject1, mobject2, alpha)
        self._blend(_picture(mobject1), _picture(mobject2), alpha)
        return self

    def _blend(self, first: "Picture", second: "Picture", alpha: float) -> None:
        self._pixels = blend(first.pixels, second.pixels, alpha)

    def align_points(self, vmobject: VMobject) -> Self:
        """Raises `CourseError` unless the other is a picture of the same pixel size."""
        if not isinstance(vmobject, Picture):
            raise CourseError(
                f"A picture cannot turn into {type(vmobject).__name__}: only into a picture of equal size. "
                "Use FadeOut and FadeIn, or FadeTransform."
            )
        if self.pixels.shape != vmobject.pixels.shape:
            raise CourseError(
                f"A picture of {_size(self.pixels)} pixels cannot turn into one of {_size(vmobject.pixels)}. "
                "Use FadeTransform, or resize one."
            )
        return super().align_points(vmobject)

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Self:
        """Raises `CourseError`: a picture has no outline that could be drawn bit by bit."""
        raise CourseError(
            "Create, Write and their kin draw outlines; a picture has none. Use FadeIn or GrowFromCenter."
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "Picture":
        memo[id(self._pixels)] = self._pixels  # never changed in place, so copies share it
        return super().__deepcopy__(memo)


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[-2]}×{pixels.shape[-3]}"


def _picture(mobject: Mobject) -> Picture:
    if not isinstance(mobject, Picture):
        raise CourseError(f"A picture cannot turn into {type(mobject).__name__}. Use FadeOut and FadeIn.")
    return mobject


def blend(first: Pixels, second: Pixels, alpha: float) -> Pixels:
    """(1 − α)·first + α·second, rounded; at the ends exactly the one or the other."""
    if alpha <= 0 or first is second:
        return first
    if alpha >= 1:
        return second
    mixed = first.astype(np.float32) * (1 - alpha) + second.astype(np.float32) * alpha
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


class LivePicture(Picture):
    """A picture that shows `paint(*values)`, uint8 (H, W, 3 or 4), for the trackers' current values.

    It is looked up when it is drawn: it goes on following while it is moved or faded, and copies follow too.
    Transformed into another picture, it stops following. `paint` must be a pure function.
    """

    def __init__(
        self, paint: Callable[..., NDArray[Any]], *trackers: ValueTracker, height: float = 4.0
    ) -> None:
        self.paint, self.trackers = paint, trackers
        self._values = tuple(tracker.get_value() for tracker in trackers)
        self._stopped = False
        super().__init__(paint(*self._values), height)
        self.add_updater(Rule(self, lambda picture: None))  # tells Manim to draw it anew in every frame

    @property
    def pixels(self) -> Pixels:
        """What is shown for the trackers' current values, (H, W, 4) uint8."""
        values = tuple(tracker.get_value() for tracker in self.trackers)
        if values != self._values and not self._stopped:
            self._values, self._pixels = values, checked(self.paint(*values))
        return self._pixels

    def _blend(self, first: Picture, second: Picture, alpha: float) -> None:
        if not (self._follows_as(first) and self._follows_as(second)):
            self._stopped = True
            self._pixels = blend(first.pixels, second.pixels, alpha)

    def _follows_as(self, other: Picture) -> bool:
        mine = (self.paint, self.trackers)
        return isinstance(other, LivePicture) and (other.paint, other.trackers) == mine

    def __deepcopy__(self, memo: dict[int, Any]) -> "LivePicture":
        memo[id(self.paint)] = self.paint
        memo.update((id(tracker), tracker) for tracker in self.trackers)
        return super().__deepcopy__(memo)


class _Film:
    """Frames (N, H, W, 4) and a rule which of them a number means. Shared by copies: it never changes."""

    def __init__(self, frames: NDArray[Any], crossfade: bool = False) -> None:
        self.frames, self.crossfade = checked(frames, film=True), crossfade

    def __call__(self, value: float) -> Pixels:
        value = min(max(value, 0.0), len(self.frames) - 1)
        if not self.crossfade:
            return self.frames[math.floor(value + 0.5)]
        below = math.floor(value)
        return blend(self.frames[below], self.frames[min(below + 1, len(self.frames) - 1)], value - below)


class Walk(LivePicture):
    """A picture that plays a film, (S+1, H, W, 3 or 4) uint8: it shows frame round(tracker).

    Beyond the ends it stays on the first or last frame. With `crossfade`, values in between blend two frames.
    """

    def __init__(
        self, frames: NDArray[Any], tracker: ValueTracker, height: float = 4.0, crossfade: bool = False
    ) -> None:
        super().__init__(_Film(frames, crossfade), tracker, height=height)


def halves(left: NDArray[Any], right: NDArray[Any]) -> Pixels:
    """(H, W, 4): the left half of one picture beside the right half of another; (H, W, 3 or 4) each."""
    half = left.shape[1] // 2
    return np.concatenate([checked(left)[:, :half], checked(right)[:, half:]], axis=1)


class Seam(LivePicture):
    """One big picture split down the middle: the left half of one film, the right half of another.

    `left` (S+1, H, W, 3) is what the picture is, `right` (S or S+1, H, W, 3) what the model believes;
    `tracker` says the step in both, and a shorter film stays on its last frame. `line` is the seam; it is as
    bright as the two differ, and gone where they are the same.
    """

    def __init__(
        self, left: NDArray[Any], right: NDArray[Any], tracker: ValueTracker, height: float = 5.0
    ) -> None:
        films = _Film(left), _Film(right)
        if films[0].frames.shape[1:] != films[1].frames.shape[1:]:
            sizes = " and ".join(_size(film.frames) for film in films)
            raise CourseError(f"The two sides of a seam need pictures of equal size, not {sizes}.")
        super().__init__(lambda value: halves(films[0](value), films[1](value)), tracker, height=height)
        steps = np.arange(len(films[0].frames))
        gaps = np.array([np.abs(films[0](k) - films[1](k).astype(float)).mean() for k in range(len(steps))])

        def shown(value: float) -> float:
            return float(np.interp(value, steps, gaps / max(gaps.max(), 1e-9)))

        corner, across, down = self.get_corners()
        width = films[0].frames.shape[2]
        top = corner + across * (width // 2) / width
        self.line = Line(top, top + down, color=theme.INK, stroke_width=3)
        self.line.add_updater(
            Rule(self.line, lambda line: line.set_stroke(opacity=shown(tracker.get_value())))
        )
        self.add(self.line)


class Mosaic(VGroup):
    """All pictures (N, H, W, 3 or 4) uint8 in reading order, filling the safe frame above the captions.

    `mosaic[k]` is picture k. With `height`, the mosaic is that high instead.
    """

    def __init__(
        self,
        frames: NDArray[Any] | Sequence[NDArray[Any]],
        columns: int = 6,
        height: float | None = None,
        gap: float = 0.08,
    ) -> None:
        pictures = [Picture(frame, height=1.0) for frame in _each(frames)]
        super().__init__(*pictures)
        self.arrange_in_grid(cols=columns, buff=gap)
        if height is not None:
            self.scale_to_fit_height(height)
        else:
            self.scale(min(theme.SAFE_WIDTH / self.width, theme.SAFE_HEIGHT / self.height))
            self.move_to(theme.SAFE_CENTER)


class PictureGrid(VGroup):
    """Pictures in rows and columns, (R, C, H, W, 3 or 4) uint8, words beside rows and above columns.

    `grid[r, c]` is a picture, `grid.row(r)` and `grid.column(c)` groups; `height` is that of the pictures,
    `gap` that between columns and that between rows, `colors` are those of the words of rows and of columns.
    """

    def __init__(
        self,
        pictures: NDArray[Any],
        height: float = 5.0,
        rows: Sequence[str] = (),
        columns: Sequence[str] = (),
        gap: tuple[float, float] = (0.12, 0.12),
        colors: tuple[str, str] = (theme.INK, theme.INK),
    ) -> None:
        pictures = np.asarray(pictures)
        if pictures.ndim != 5:
            raise CourseError(f"A grid has the shape (rows, columns, H, W, 3 or 4), not {pictures.shape}.")
        down, across = pictures.shape[:2]
        if (rows and len(rows) != down) or (columns and len(columns) != across):
            raise CourseError(
                f"A grid of {down}×{across} needs {down} row words and {across} column words, or none."
            )
        cell = (height - gap[1] * (down - 1)) / down
        self.pictures = [[Picture(picture, height=cell) for picture in row] for row in pictures]
        super().__init__(*(picture for row in self.pictures for picture in row))
        self.arrange_in_grid(rows=down, cols=across, buff=gap)
        self.row_words, self.column_words = VGroup(), VGroup()
        for r, word in enumerate(rows):
            self.row_words.add(theme.text(word, theme.LABEL, colors[0]).next_to(self[r, 0], LEFT))
        for beside in self.row_words:
            beside.set_x(self.row_words.get_x())
        for c, word in enumerate(columns):
            above = on_baseline(theme.text(word, theme.LABEL, colors[1]))
            self.column_words.add(above.shift(self[0, c].get_top() + 0.25 * UP))
        self.add(self.row_words, self.column_words)

    def __getitem__(self, place: Any) -> Any:
        return self.pictures[place[0]][place[1]] if isinstance(place, tuple) else super().__getitem__(place)

    def row(self, r: int) -> VGroup:
        """The pictures of row r, counted from 0."""
        return VGroup(*self.pictures[r])

    def column(self, c: int) -> VGroup:
        """The pictures of column c, counted from 0."""
        return VGroup(*(row[c] for row in self.pictures))


def _each(frames: NDArray[Any] | Sequence[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    if not len(frames):
        raise CourseError("A mosaic needs at least one picture.")
    yield from frames
