"""Pictures at places: points of a plane with pictures as markers, and maps of how large numbers are.

Not for curves and bars (`plots`).

    places = EmbeddingMap(points, pictures)             # (N, 2) coordinates, (N, H, W, 3) pictures
    places.marker[3]; places.point((0.2, -1.0)); places.dot_at(x_tracker, y_tracker)

    heat = AttentionOverlay(picture, capture.attention[:, token], step)   # (S, h, w) maps, step: a tracker
    self.play(FadeIn(heat))
"""

import math
from collections.abc import Sequence

import numpy as np
from manim import Dot, ManimColor, Square, ValueTracker, VectorizedPoint, VGroup
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import drive
from course.stage.parts.pictures import LivePicture, Picture, Pixels
from course.stage.theme import BACKGROUND, INK, PROMPT, WRONG


class EmbeddingMap(VGroup):
    """Points (N, 2) of a plane, each shown by its picture.

    `pictures` are (N, H, W, 3 or 4) uint8 or `Picture`s. One unit is equally long in both directions.
    `marker[k]` is picture k,
    `picture_height` units high; the markers' middles stay within `width` by `height`.
    """

    def __init__(
        self,
        points: ArrayLike,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        *,
        width: float = 10.0,
        height: float = 5.0,
        picture_height: float = 1.4,
    ) -> None:
        super().__init__()
        places = finite(points, "The map")
        if places.ndim != 2 or places.shape[1] != 2 or len(places) != len(pictures):
            raise CourseError(
                f"A map needs as many points (N, 2) as pictures, not points of shape {places.shape} "
                f"for {len(pictures)} pictures."
            )
        low, high = places.min(axis=0), places.max(axis=0)
        span = np.maximum(high - low, 1e-12)
        scale = min((width - picture_height) / span[0], (height - picture_height) / span[1])
        self._middle = (low + high) / 2
        self.marker = [p if isinstance(p, Picture) else Picture(p, picture_height) for p in pictures]
        # Two unseen points, one at the middle of the data, carry the map's place and scale.
        self._origin = VectorizedPoint()
        self._unit = VectorizedPoint([scale * float(span.max()), 0, 0])
        self._span = float(span.max())
        self.add(self._origin, self._unit, *self.marker)
        for marker, place in zip(self.marker, places, strict=True):
            marker.move_to(self.point(place))

    def point(self, place: ArrayLike) -> NDArray[np.float64]:
        """Where the point (x, y) of the plane stands on stage."""
        origin, unit = self._origin.get_center(), self._unit.get_center()
        x, y = (np.asarray(place, dtype=np.float64) - self._middle) / self._span
        return origin + np.array([x, y, 0.0]) * np.linalg.norm(unit - origin)

    def dot_at(self, x: ValueTracker, y: ValueTracker, color: str = INK) -> Dot:
        """A dot that stands at (x, y) of the plane."""
        dot = Dot(radius=0.16, color=color).set_stroke(BACKGROUND, width=4).set_z_index(1)
        return drive(dot, lambda d: d.move_to(self.point((x.get_value(), y.get_value()))))


def place_in(picture: Picture, place: int, edge: int) -> Square:
    """A frame around one of edge × edge places of a picture, counted in reading order."""
    row, column = divmod(place, edge)
    size = picture.height / edge
    offset = size * np.array([column + 0.5 - edge / 2, edge / 2 - row - 0.5, 0])
    return Square(size, color=INK, stroke_width=6).move_to(picture.get_center() + offset)


def glow(values: ArrayLike, most: float, color: str = WRONG) -> Pixels:
    """(…, H, W, 3) uint8: how large numbers (…, C, H, W) are, whatever their sign: from dark to `color`."""
    share = np.clip(np.abs(finite(values, "What glows")).mean(-3) / most, 0, 1)[..., None]
    dark, light = (255 * ManimColor(c).to_rgb() for c in (BACKGROUND, color))
    return np.rint(dark + share * (light - dark)).astype(np.uint8)


class AttentionOverlay(LivePicture):
    """A heat map over `picture`: it shows through, tinted, where the weights are high, and is dark elsewhere.

    `weights` is (h, w), or (S, h, w) with `tracker` saying the step (the nearest one is shown). All steps
    share one scale, from 0 to the largest weight, to be comparable. It stands where `picture` does.
    """

    def __init__(
        self, picture: Picture, weights: ArrayLike, tracker: ValueTracker | None = None, color: str = PROMPT
    ) -> None:
        maps = finite(weights, "The attention map")
        if maps.ndim != (2 if tracker is None else 3):
            raise CourseError(
                f"An attention map has shape (h, w), or (steps, h, w) with a tracker, not {maps.shape}."
            )
        if maps.min() < 0 or maps.max() <= 0:
            raise CourseError("An attention map holds weights from 0 up, not all of them 0.")
        heat = (maps / maps.max())[..., None]
        dark, light = (
            np.append(255 * ManimColor(c).to_rgb(), 255 * a) for c, a in ((BACKGROUND, 0.82), (color, 0.4))
        )
        frames = np.rint(dark + heat * (light - dark)).astype(np.uint8)
        if tracker is None:
            super().__init__(lambda: frames, height=picture.height)
        else:
            last = len(frames) - 1
            super().__init__(
                lambda step: frames[min(max(math.floor(step + 0.5), 0), last)], tracker, height=picture.height
            )
        self.stretch_to_fit_width(picture.width).move_to(picture)
