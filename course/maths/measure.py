"""Numbers measured on captured pictures: frequency bands, distances, spreads.

Not for theory (see `reverse`), and not for plots.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = 127.5
"""Levels of 255 in one model unit."""
BANDS = {"coarse": (0.0, 2.5), "middle": (2.5, 6.5), "fine": (6.5, np.inf)}
"""Ranges of spatial frequency in cycles per picture width."""


def band(pictures: NDArray[np.floating], low: float, high: float) -> NDArray[np.float64]:
    """The part of (…, H, W) whose frequency lies in [low, high) cycles per picture, same shape."""
    h, w = pictures.shape[-2:]
    radius = np.hypot(np.fft.fftfreq(h)[:, None] * h, np.fft.fftfreq(w)[None] * w)
    mask = (radius >= low) & (radius < high)
    return np.fft.ifft2(np.fft.fft2(pictures) * mask).real


def bands(picture: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """A picture (C, H, W), its mean colour off, in coarse, middle and fine parts; they add up to it."""
    centred = picture - picture.mean((-1, -2), keepdims=True)
    return {name: band(centred, low, high) for name, (low, high) in BANDS.items()}


def strengths(picture: NDArray[np.floating]) -> dict[str, float]:
    """How strong the waves of each band of a picture (C, H, W) are: in root mean square, noise having 1."""
    pixels = picture.shape[-2] * picture.shape[-1]
    spike = np.zeros(picture.shape[-2:])
    spike[0, 0] = pixels  # holds every wave equally, so that a band of it counts the band's waves
    waves = {name: (part**2).sum() / pixels for name, part in bands(spike[None]).items()}
    return {n: float(np.sqrt((p**2).mean() * pixels / waves[n])) for n, p in bands(picture).items()}


def settling(guesses: NDArray[np.floating], final: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """How much of each band of the finished picture a guess already has, per step.

    1 − ‖band(guess) − band(final)‖² / ‖band(final) − its mean colour‖², (S,): 1 is settled, below 0 is worse
    than a plain picture. `guesses` (S, C, H, W), `final` (C, H, W).
    """
    shares = {}
    for name, target in bands(final).items():
        low, high = BANDS[name]
        error = band(guesses - final.mean((-1, -2), keepdims=True), low, high) - target
        shares[name] = 1 - (error**2).sum((1, 2, 3)) / (target**2).sum()
    return shares


def settled_at(share: NDArray[np.float64], threshold: float = 0.9) -> int:
    """The first step (from 1) from which on the share stays at or above `threshold`; S + 1 if none."""
    below = np.flatnonzero(share < threshold)
    return int(below[-1]) + 2 if below.size else 1


def settled(guesses: NDArray[np.floating], final: NDArray[np.floating]) -> dict[str, int]:
    """The step by which each band of a guess has nine tenths of the finished picture's: see `settling`."""
    return {name: settled_at(share) for name, share in settling(guesses, final).items()}


def apart(pictures: NDArray[np.floating]) -> NDArray[np.float64]:
    """Coarse, middle and fine parts (3, N, C, H, W) of N pictures, each by its largest value in the last."""
    parts = np.stack([list(bands(picture).values()) for picture in pictures], 1)
    return parts / np.abs(parts[:, -1:]).max((2, 3, 4), keepdims=True)


def spread(pictures: NDArray[np.floating]) -> float:
    """The mean distance (root mean square per number) of N pictures from their mean; (N, …)."""
    pictures = pictures.astype(np.float64)
    return float(np.sqrt(((pictures - pictures.mean(0)) ** 2).mean()))


def distance(one: ArrayLike, other: ArrayLike) -> float:
    """The root mean square difference of two arrays, per number."""
    gap = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return float(np.sqrt((gap**2).mean()))


def unlike(pictures: NDArray[np.floating], count: int) -> list[int]:
    """The first of N pictures (N, …), then, one by one, the one furthest from all chosen: `count` numbers."""
    found, flat = [0], pictures.reshape(len(pictures), -1)
    while len(found) < count:
        away = ((flat[:, None] - flat[found]) ** 2).mean(-1).min(1)
        found.append(int(np.argmax(away)))
    return found


def busiest(detail: NDArray[np.floating], size: int) -> tuple[slice, slice]:
    """Rows and columns of the square, `size` wide, in which a part of a picture (C, H, W) is strongest."""
    power = (np.asarray(detail, np.float64) ** 2).sum(0)
    sums = np.lib.stride_tricks.sliding_window_view(power, (size, size)).sum((-2, -1))
    row, column = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return slice(int(row), int(row) + size), slice(int(column), int(column) + size)
