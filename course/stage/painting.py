"""Frames as pixels, one after the other: of a moving picture only what changed is drawn.

Not for what is drawn or where: the camera knows that.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from manim import Mobject, VMobject
from numpy.typing import NDArray

if TYPE_CHECKING:
    from course.stage.manim_internals import Layer, StageCamera

MITER = 10.0  # Cairo's limit: so far a corner may reach, in widths of its line; the half of it to each side
AROUND = 3  # pixels that antialiasing may touch besides

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


class Painter:
    """Draws frames into `pixels` (H, W, 4) uint8 for `camera`.

    `begin` with what stands still; then `paint` what moves, frame by frame. Over everything lies the
    `layer`, which stands still too.
    """

    def __init__(self, camera: "StageCamera") -> None:
        self._camera = camera
        self._size = camera.pixel_width, camera.pixel_height
        self._base = camera.background.copy()
        self.pixels: NDArray[np.uint8] = self._base.copy()
        self._before: Box = (0, 0, 0, 0)

    def begin(self, mobjects: Iterable[Mobject], layer: "Layer") -> None:
        """Draw what does not move from here on."""
        self._base[:] = self._camera.background
        self._draw(mobjects, self._base)
        self._layer = layer
        self._before = (0, 0, *self._size)

    def paint(self, mobjects: Iterable[Mobject]) -> Box:
        """Draw the next frame; returns the box outside of which nothing has changed."""
        moving = self._camera.get_mobjects_to_display(mobjects)
        now = self._box(moving)
        left, top, right, bottom = box = _both(self._before, now)
        self.pixels[top:bottom, left:right] = self._base[top:bottom, left:right]
        self._draw(moving, self.pixels)
        self._camera.lay(self.pixels, self._layer, box)
        self._before = now
        return box

    def _draw(self, mobjects: Iterable[Mobject], pixels: NDArray[np.uint8]) -> None:
        camera = self._camera
        for kind, batch in groupby(camera.get_mobjects_to_display(mobjects), camera.type_or_raise):
            camera.display_funcs[kind](list(batch), pixels)

    def _box(self, mobjects: Sequence[Mobject]) -> Box:
        """Where `mobjects` can leave anything; the whole frame where that cannot be told."""
        whole = (0, 0, *self._size)
        if not mobjects:
            return 0, 0, 0, 0
        reach, points = 0.0, []
        for mobject in mobjects:
            if not isinstance(mobject, VMobject) or mobject.background_image:
                return whole
            points.append(mobject.points[:, :2])
            reach = max(reach, mobject.get_stroke_width(background=True), mobject.get_stroke_width())
            if hasattr(mobject, "pixels"):  # the fourth corner need not be one of its points
                corner, across, down = mobject.get_corners()
                points.append((corner + across + down)[None, :2])
        reach *= MITER / 2 * self._camera.cairo_line_width_multiple
        every = np.concatenate(points)
        first, last = every.min(axis=0) - reach, every.max(axis=0) + reach
        x, y, left, top = self._camera.view()
        edges = np.array([left + first[0] * x, top - last[1] * y, left + last[0] * x, top - first[1] * y])
        if not np.isfinite(edges).all():
            return whole
        reached = (np.floor(edges[:2]) - AROUND, np.ceil(edges[2:]) + AROUND)
        found = np.clip(np.concatenate(reached), 0, self._size * 2).astype(int)
        x0, y0, x1, y1 = found.tolist()
        return x0, y0, x1, y1


def _both(one: Box, other: Box) -> Box:
    """The smallest box around two; an empty one counts for nothing."""
    boxes = [box for box in (one, other) if box[0] < box[2] and box[1] < box[3]]
    if not boxes:
        return 0, 0, 0, 0
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
