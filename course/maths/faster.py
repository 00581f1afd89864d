"""Straighter roads: coordinates in which walks are nearly straight, strides, what a student learns.

Not for a network's walks, which are captures, and not for what the course claims of these (`faster_checks`).

A state x_t = α x_0 + σ ε with α = √ᾱ, σ = √(1−ᾱ), divided by α + σ, is y = (1−τ) x_0 + τ ε, τ = σ/(α+σ): the
straight mixture of flow matching (Lipman et al. 2023, Liu et al. 2023). There the probability-flow ODE is
dy/dτ = ε̂ − x̂_0, and DDIM is Euler's method. In float64; `level` is ᾱ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.maths.walking import Mixture, euler, order, road

Array = NDArray[np.float64]
T = TypeVar("T", bound=Any)
Slope = Callable[[Array, float], Array]

DISTILLED: Mapping[str, str] = {
    "SDXL Turbo": "Sauer et al. 2023: adversarial distillation, one to four steps",
    "FLUX.1 schnell": "its model card: latent adversarial distillation, one to four steps",
    "Z-Image Turbo": "its model card: distilled, eight steps",
}
"""Few-step models of others, and where they say that they are students."""
STRAIGHT: Mapping[str, str] = {
    "Stable Diffusion 3": "Esser et al. 2024: rectified flow",
    "FLUX": "its model card: rectified flow",
    "Z-Image": "its technical report: flow matching",
}
"""Large open models that are trained to say ε − x_0."""


# Coordinates


def share(level: ArrayLike) -> Array:
    """τ: how much of the mixture is noise, from 1 (static) to 0 (picture)."""
    level = np.asarray(level, np.float64)
    signal, noise = np.sqrt(level), np.sqrt(1 - level)
    return noise / (signal + noise)


def level_of(tau: ArrayLike) -> Array:
    """ᾱ where the mixture holds τ of noise."""
    tau = np.asarray(tau, np.float64)
    return (1 - tau) ** 2 / ((1 - tau) ** 2 + tau**2)


def straightened(states: ArrayLike, levels: ArrayLike) -> Array:
    """(N, …): states x_t (N, …) as mixtures y, by their ᾱ (N,)."""
    states, levels = np.asarray(states, np.float64), np.asarray(levels, np.float64)
    return states / (np.sqrt(levels) + np.sqrt(1 - levels)).reshape(-1, *[1] * (states.ndim - 1))


@dataclass(frozen=True, eq=False)
class Bow:
    """A road as it is seen flat: along its chord, and along the direction in which it bends most.

    `start` (D,), and two unit vectors (D,) at a right angle to each other; the bend is up.
    """

    start: Array
    along: Array
    up: Array

    @classmethod
    def of(cls, places: ArrayLike) -> "Bow":
        """Of places (N, …) along a road."""
        off, along = _off_chord(places)
        up = np.linalg.svd(off, full_matrices=False)[2][0]
        up *= np.sign((off @ up)[np.argmax(np.abs(off @ up))])
        return cls(np.asarray(places, np.float64).reshape(len(off), -1)[0], along, up)

    def seen(self, places: ArrayLike) -> Array:
        """(N, 2): how far along the chord, and how far off it, places (N, …) are."""
        places = np.asarray(places, np.float64)
        gap = places.reshape(len(places), -1) - self.start
        return np.stack([gap @ self.along, gap @ self.up], 1)


def _off_chord(places: ArrayLike) -> tuple[Array, Array]:
    """(N, D) what of the way there is at a right angle to the chord, and the chord's direction (D,)."""
    y = np.asarray(places, np.float64)
    y = y.reshape(len(y), -1)
    way = y - y[0]
    along = way[-1] / np.linalg.norm(way[-1])
    return way - np.outer(way @ along, along), along


def longer(places: ArrayLike) -> float:
    """How much longer the road through places (N, …) is than its chord: 0 is straight."""
    y = np.asarray(places, np.float64)
    y = y.reshape(len(y), -1)
    return float(np.linalg.norm(np.diff(y, axis=0), axis=1).sum() / np.linalg.norm(y[-1] - y[0]) - 1)


def flat(places: ArrayLike) -> float:
    """How much of the bend, as squares of what is off the chord, lies in one plane with it: 1 is flat."""
    spread = np.linalg.svd(_off_chord(places)[0], compute_uv=False) ** 2
    return float(spread[0] / spread.sum())


# Strides


def lean(slope: T, before: T | None, stride: float, stride_before: float) -> T:
    """The slope, an array or a tensor, leant by how it has changed: Adams–Bashforth of order two, strides of
    any lengths (Hairer, Nørsett & Wanner 1993, section III.5, eq. 5.4).

    Without one `before`, Euler's.
    """
    return slope if before is None else slope + stride / (2 * stride_before) * (slope - before)


def remembered(slope: Slope, start: ArrayLike, taus: Sequence[float]) -> Array:
    """Places (N+1, …) after strides through `taus` that remember the last slope; the first is Euler's."""
    places, before, last = [np.asarray(start, np.float64)], None, 1.0
    for tau, after in pairwise(taus):
        here = slope(places[-1], tau)
        places.append(places[-1] + (after - tau) * lean(here, before, after - tau, last))
        before, last = here, after - tau
    return np.array(places)


def heun(slope: Slope, start: ArrayLike, taus: Sequence[float]) -> Array:
    """Places (N+1, …) after strides along the mean of the slopes here and where this one would lead."""
    places = [np.asarray(start, np.float64)]
    for tau, after in pairwise(taus):
        here, h = slope(places[-1], tau), after - tau
        places.append(places[-1] + h / 2 * (here + slope(places[-1] + h * here, after)))
    return np.array(places)


METHODS: Mapping[str, Callable[[Slope, ArrayLike, Sequence[float]], Array]] = {
    "Euler": euler,
    "Heun": heun,
    "remembered": remembered,
}


# A mixture of bells, where the velocity is known


def velocity(toy: Mixture, y: ArrayLike, tau: float) -> Array:
    """E[ε − x_0 | y] in closed form."""
    level = float(level_of(tau))
    signal, noise = np.sqrt(level), np.sqrt(1 - level)
    x = np.asarray(y, np.float64) * (signal + noise)
    middles = np.array(toy.places)
    # Of each bell the mean of what is still possible, and these by how likely the bell is.
    pull = signal * toy.spread**2 / (level * toy.spread**2 + 1 - level)
    each = middles + pull * (x[..., None] - signal * middles)
    return np.asarray(-noise * toy.score(x, level) - (toy.shares(x, level) * each).sum(-1))


def errors(
    toy: Mixture, starts: ArrayLike, ends: tuple[float, float], counts: Sequence[int]
) -> dict[str, Array]:
    """The mean error of each of METHODS after so many equal strides from τ = `ends[0]` to `ends[1]`."""

    def slope(y: Array, tau: float) -> Array:
        return velocity(toy, y, tau)

    true = road(slope, starts, list(np.linspace(*ends, 65)))[-1]
    return {
        name: np.array(
            [np.abs(walk(slope, starts, list(np.linspace(*ends, n + 1)))[-1] - true).mean() for n in counts]
        )
        for name, walk in METHODS.items()
    }


def orders(counts: Sequence[int], found: Mapping[str, Array]) -> dict[str, float]:
    """How fast each method's errors fall: 1/Nᵖ."""
    return {name: order(counts, one) for name, one in found.items()}


# What a student learns


def target(before: ArrayLike, after: ArrayLike, levels: tuple[float, float]) -> Array:
    """x̃: the guess with which one DDIM step from `before` lands `after`, at ᾱ = `levels`.

    Salimans & Ho 2022, appendix G: (x_s − (σ_s/σ_t) x_t) / (α_s − (σ_s/σ_t) α_t).
    """
    (a, b), (s, n) = np.sqrt(levels), np.sqrt(1 - np.asarray(levels))
    ratio = n / s
    return np.asarray((np.asarray(after, np.float64) - ratio * np.asarray(before)) / (b - ratio * a))


def mixed(first: ArrayLike, second: ArrayLike, taus: ArrayLike) -> Array:
    """The same from the teacher's two guesses: a mean of them, by the three τ (3,) of its two strides."""
    start, middle, end = np.asarray(taus, np.float64)
    weight = (1 - end / middle) / (1 - end / start)
    return (1 - weight) * np.asarray(first, np.float64) + weight * np.asarray(second, np.float64)
