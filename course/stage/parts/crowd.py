"""A crowd of pictures, each at a place of its own, which walk and change as a tracker does.

Not for one walk on a map (`walkmap`), nor for pictures in rows (`pictures.Mosaic`).

    ends = apart(places, size=1.2, box=(-6, -2.3, 6, 2))        # (N, 2), alike near alike, none over another
    crowd = Crowd(films, ways, step, size=1.2)                  # films (N, F, H, W, 3), ways (F, N, 2)
    self.add(crowd.region(0.2, PROMPT), crowd)                  # behind them, as large as they need it
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from manim import RoundedRectangle, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.digits import finite
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import Pixels, Walk

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
FINE = 0.05


def mapped(points: ArrayLike, among: ArrayLike, size: float, box: Box) -> NDArray[np.float64]:
    """Points (…, 2) as places on stage: pictures of this `size` at those `among` (N, 2) just fill the box."""
    found, some = finite(points, "A crowd's points"), finite(among, "A crowd's points")
    low, high = some.min(0), some.max(0)
    corner, room = np.array(box[:2]) + size / 2, np.array(box[2:]) - box[:2] - size
    return np.asarray(corner + (found - low) / np.maximum(high - low, 1e-9) * room)


def apart(places: ArrayLike, size: float, box: Box) -> NDArray[np.float64]:
    """Places (N, 2), moved so that squares of this `size` lie off each other and within the `box`.

    One after the other goes to the nearest place that is free; then each has a second choice. CourseError
    where there is no room.
    """
    wanted = finite(places, "A crowd's places")
    low, high = np.array(box[:2]) + size / 2, np.array(box[2:]) - size / 2
    axes = (np.linspace(a, b, max(2, round((b - a) / FINE))) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    found = np.full(wanted.shape, np.inf)
    for k in (*range(len(wanted)), *range(len(wanted))):
        others = np.delete(found, k, axis=0)
        at = np.concatenate([np.clip(wanted[k : k + 1], low, high), grid])
        free = at[(np.abs(at[:, None] - others).max(-1) >= size - 1e-9).all(1)]
        if not len(free):
            raise CourseError(f"No room for {len(wanted)} pictures of {size:.2f} units: make them smaller.")
        found[k] = free[np.argmin(((free - wanted[k]) ** 2).sum(1))]
    return found


class Crowd(VGroup):
    """N pictures that play films (N, F, H, W, 3) uint8 on their ways (F, N, 2), `size` units high: one number
    or one a frame. Where the tracker stands between two frames they are on their way, and with
    `crossfade` blended.
    """

    def __init__(
        self,
        films: Sequence[Pixels] | NDArray[np.uint8],
        ways: ArrayLike,
        tracker: ValueTracker,
        size: float | Sequence[float],
        crossfade: bool = False,
    ) -> None:
        self._ways, self._tracker = finite(ways, "A crowd's ways"), tracker
        if self._ways.shape != (len(films[0]), len(films), 2):
            raise CourseError(
                f"A crowd of {len(films)} films of {len(films[0])} frames has ways of shape "
                f"{(len(films[0]), len(films), 2)}, not {self._ways.shape}."
            )
        self._sizes = np.broadcast_to(np.asarray(size, np.float64), len(self._ways))
        walks = (Walk(film, tracker, self._sizes[0], crossfade) for film in films)
        super().__init__(*(drive(walk, partial(self._stand, k)) for k, walk in enumerate(walks)))

    def _at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What values of the frames are where the tracker stands."""
        last = len(values) - 1
        at = min(max(self._tracker.get_value(), 0.0), last)
        below = min(int(at), max(last - 1, 0))
        return np.asarray(values[below] + (at - below) * (values[min(below + 1, last)] - values[below]))

    def _stand(self, k: int, walk: Walk) -> None:
        walk.scale_to_fit_height(float(self._at(self._sizes))).move_to([*self._at(self._ways[:, k]), 0])

    def region(self, room: float, color: str) -> Driven:
        """What they stand in, with so much `room` around them."""

        def build(_: float) -> RoundedRectangle:
            places, size = self._at(self._ways), float(self._at(self._sizes))
            low, high = places.min(0), places.max(0)
            width, height = high - low + size + 2 * room
            field = RoundedRectangle(
                corner_radius=min(0.4, width / 2, height / 2), width=width, height=height, color=color
            )
            return field.set_fill(color, opacity=0.12).set_stroke(width=5).move_to([*(low + high) / 2, 0])

        return Driven(build, self._tracker)
