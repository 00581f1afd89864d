"""Into the noise: steps that drown a picture, places in picture space, lengths and angles, the exact plane.

Pictures and pieces of static are arrays of one shape, in model units; everything is computed in float64. Not
for the way back (see `reverse`), and not for what the course claims about them (see `noise_checks`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import floor, log10

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]


# Steps into the noise


def alphas(levels: Sequence[float]) -> list[float]:
    """α_t = 1 − β_t of each step, from ᾱ of the states: `levels` (S+1,) fall from the picture into the noise.

    Ho et al. 2020, eq. 4, for the steps of this walk.
    """
    return [after / before for before, after in pairwise(levels)]


def step(x: ArrayLike, noise: ArrayLike, alpha: float) -> Array:
    """One step: √α x + √(1−α) ε. Ho et al. 2020, eq. 2, with α = 1 − β."""
    return np.sqrt(alpha) * np.asarray(x, np.float64) + np.sqrt(1 - alpha) * np.asarray(noise, np.float64)


def composed(levels: Sequence[float]) -> tuple[Array, Array]:
    """How much picture and how much noise is in each state, one step after the other: two (S+1,) arrays.

    Each step turns both down, and adds its own noise's variance to that which is there.
    """
    signal, variance = [1.0], [0.0]
    for alpha in alphas(levels):
        signal.append(np.sqrt(alpha) * signal[-1])
        variance.append(alpha * variance[-1] + (1 - alpha))
    return np.array(signal), np.sqrt(variance)


# Lengths and angles


def length(x: ArrayLike) -> float:
    """‖x‖, the root of the sum of all squares."""
    return float(np.linalg.norm(np.asarray(x, np.float64)))


def angle(a: ArrayLike, b: ArrayLike) -> float:
    """The angle between two pictures as seen from grey (zero), in degrees."""
    a, b = np.ravel(np.asarray(a, np.float64)), np.ravel(np.asarray(b, np.float64))
    return float(np.degrees(np.arccos(np.clip(a @ b / (length(a) * length(b)), -1, 1))))


def angles(pieces: Iterable[ArrayLike]) -> Array:
    """The angles of all pairs of N pieces, (N·(N−1)/2,), in degrees."""
    return np.array([angle(a, b) for a, b in combinations(list(pieces), 2)])


def counting(pieces: ArrayLike, seed: int) -> tuple[Array, Array]:
    """Lengths over √n, and angles to the first in degrees, of N pieces when only n of their dials count.

    (N, d) each, for n from 1 to d; which dials come first is rolled with `seed`.
    """
    flat = np.asarray(pieces, np.float64).reshape(len(np.asarray(pieces)), -1)
    flat = flat[:, np.random.default_rng(seed).permutation(flat.shape[1])]
    squares, along = np.cumsum(flat**2, 1), np.cumsum(flat * flat[0], 1)
    cosines = along / np.sqrt(squares * squares[0])
    sizes = np.sqrt(squares / np.arange(1, flat.shape[1] + 1))
    return sizes, np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def opening(pieces: ArrayLike, seed: int) -> Callable[[int, float, float], tuple[float, float]]:
    """The same of piece k for 10^n dials, as a function of k, n and `lay`: a length and an angle.

    The angle is that to the first piece, and, as `lay` goes from 0 to 1, that to the second.
    """
    sizes, turns = counting(pieces, seed)
    laid = [angle(np.asarray(pieces)[1], one) for one in np.asarray(pieces)]

    def end(k: int, n: float, lay: float) -> tuple[float, float]:
        at = k, round(10**n) - 1
        return sizes[at], (1 - lay) * turns[at] + lay * laid[k]

    return end


def turned(picture: ArrayLike, static: ArrayLike, gain: float, turn: float) -> Array:
    """cos φ g x_0 + sin φ ε: a picture that is g times as loud, turned into static, by radians."""
    return np.cos(turn) * gain * np.asarray(picture) + np.sin(turn) * np.asarray(static)


def nearby(x: ArrayLike, direction: ArrayLike, distance: float) -> Array:
    """The picture `distance` away from `x` along `direction`, whatever that one's own length."""
    direction = np.asarray(direction, np.float64)
    return np.asarray(x, np.float64) + distance / length(direction) * direction


# The plane through three pictures


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane through three pictures, with coordinates in which distances are true.

    `origin`, `across` and `up` have the pictures' shape; the last two have length 1 and a right angle.
    """

    origin: Array
    across: Array
    up: Array

    @classmethod
    def through(cls, top: ArrayLike, bottom: ArrayLike, right: ArrayLike) -> "Plane":
        """The plane in which `top` is the origin, `bottom` lies straight below it and `right` to the right.

        Raises CourseError where the three lie on one line.
        """
        top, bottom, right = (np.asarray(x, np.float64) for x in (top, bottom, right))
        side = top - bottom
        up = side / (length(side) or 1.0)
        away = right - top
        away = away - np.sum(away * up) * up
        if length(side) == 0 or length(away) <= 1e-9 * length(right - top):
            raise CourseError(
                "No plane can be laid through these pictures: two are the same, or all three lie on one "
                "line. Choose another prompt or seed for one of them."
            )
        return cls(top, away / length(away), up)

    def coordinates(self, x: ArrayLike) -> tuple[float, float]:
        """Where the point of the plane that is nearest to `x` stands."""
        offset = np.asarray(x, np.float64) - self.origin
        return float(np.sum(offset * self.across)), float(np.sum(offset * self.up))

    def point(self, x: float, y: float) -> Array:
        """The picture at (x, y)."""
        return self.origin + x * self.across + y * self.up


def chart(rolls: ArrayLike, islands: Mapping[tuple[int, int], ArrayLike], reach: float) -> Pixels:
    """(R, C, H, W, 3) uint8: a chart of pictures at (row, column) whose shores reach `reach` places out.

    `rolls` (R, C, H, W, 3) are dials turned at random. Every place is the nearest island, moved towards the
    roll of that place, all the way from `reach` on: as far as it stands from the island.
    """
    rolls = np.asarray(rolls, np.float64)
    rows, columns = np.indices(rolls.shape[:2])
    away = np.stack([np.hypot(rows - row, columns - column) for row, column in islands])
    share = np.minimum(away.min(0) / reach, 1)[..., None, None, None]
    nearest = np.stack([*map(np.asarray, islands.values())])[away.argmin(0)]
    return np.rint((1 - share) * nearest + share * rolls).astype(np.uint8)


# Counting and finding


def digits(numbers: int, values: int = 256) -> int:
    """How many digits it takes to write down how many settings `numbers` dials of `values` places have."""
    return floor(numbers * log10(values)) + 1


def settings(shape: Sequence[int], seed: int) -> Pixels:
    """Dials turned at random, each of the 256 settings as likely as any other: an array of this shape."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def chance(pixels: Pixels, off: int) -> float:
    """log₁₀ of the chance that dials at random all come within `off` settings of a picture, (H, W, 3)."""
    values = pixels.astype(int)
    settings = np.minimum(values + off, 255) - np.maximum(values - off, 0) + 1
    return float(np.log10(settings / 256).sum())


def busiest(pixels: Pixels, rows: int = 3, columns: int = 5, *, margin: int = 0) -> tuple[int, int]:
    """Row and column of the middle of the `rows` × `columns` window, (H, W, 3), whose pixels differ most.

    The window keeps `margin` pixels away from every edge.
    """
    pixels = pixels[margin : len(pixels) - margin, margin : pixels.shape[1] - margin]
    windows = np.lib.stride_tricks.sliding_window_view(pixels.astype(np.float64), (rows, columns), (0, 1))
    spread = windows.var(axis=(-2, -1)).sum(axis=-1)
    top, left = np.unravel_index(int(np.argmax(spread)), spread.shape)
    return margin + int(top) + rows // 2, margin + int(left) + columns // 2


def moving(frames: ArrayLike, which: list[int]) -> Callable[[float], Array]:
    """Where some of a film's numbers, counted in reading order, stand at any moment of it."""
    film = np.asarray(frames, np.float64)
    tracks = film.reshape(len(film), -1).T[which]
    return lambda at: np.array([np.interp(at, np.arange(len(film)), track) for track in tracks])
