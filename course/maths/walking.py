"""Why a walk takes steps: the roads from noise to pictures on a Gaussian mixture, where everything is known.

Not for a network's walks: those are captures. All in float64; `level` is ᾱ, above 0 and below 1.

A state x_t = √ᾱ x_0 + √(1−ᾱ) ε, divided by √ᾱ, is y = x_0 + σ ε with σ = √((1−ᾱ)/ᾱ): in these coordinates
the probability-flow ODE is dy/dσ = −σ ∇ log p_σ(y) (Karras et al. 2022, eq. 1), and DDIM is Euler's method.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy  # whose modules load as they are used: a build in which nothing has changed uses none
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def sigma_of(level: ArrayLike) -> Array:
    """σ = √((1−ᾱ)/ᾱ): how much noise there is for one part of picture."""
    level = np.asarray(level, np.float64)
    return np.sqrt((1 - level) / level)


def level_of(sigma: ArrayLike) -> Array:
    """ᾱ = 1/(1+σ²)."""
    return 1 / (1 + np.asarray(sigma, np.float64) ** 2)


@dataclass(frozen=True)
class Mixture:
    """Data on a line: places (K,) with weights (K,) that sum to 1, each a bell of width `spread`."""

    weights: tuple[float, ...]
    places: tuple[float, ...]
    spread: float

    def _terms(self, x: ArrayLike, level: float) -> tuple[Array, Array, float]:
        """Log of each bell's part of the density, (…, K), distances from the bells' middles, the variance."""
        variance = level * self.spread**2 + 1 - level
        offset = np.asarray(x, np.float64)[..., None] - np.sqrt(level) * np.array(self.places)
        logs = np.log(self.weights) - offset**2 / (2 * variance) - np.log(2 * np.pi * variance) / 2
        return logs, offset, variance

    def density(self, x: ArrayLike, level: float = 1.0) -> Array:
        """p_t(x), the density of states at ᾱ = `level`; at 1 that of the data."""
        return np.exp(scipy.special.logsumexp(self._terms(x, level)[0], axis=-1))

    def score(self, x: ArrayLike, level: float) -> Array:
        """∇ log p_t(x)."""
        _, offset, variance = self._terms(x, level)
        return -(self.shares(x, level) * offset).sum(-1) / variance

    def shares(self, x: ArrayLike, level: float) -> Array:
        """(…, K): how likely it is that x_t = x comes from each of the places."""
        logs = self._terms(x, level)[0]
        # By hand: a walk asks for single states, tens of thousands of times; SciPy takes 0.1 ms for each.
        parts = np.exp(logs - logs.max(axis=-1, keepdims=True))
        return np.asarray(parts / parts.sum(axis=-1, keepdims=True))

    def below(self, y: ArrayLike, sigma: float) -> Array:
        """The share of states y = x_0 + σ ε that lie below `y`."""
        width = np.hypot(self.spread, sigma)
        offset = np.asarray(y, np.float64)[..., None] - np.array(self.places)
        return (np.array(self.weights) * scipy.special.ndtr(offset / width)).sum(-1)

    def quantiles(self, shares: ArrayLike, sigma: float) -> Array:
        """The places below which these shares (above 0, below 1) of the states y = x_0 + σ ε lie."""
        shares = np.asarray(shares, np.float64)
        reach = 10 * np.hypot(self.spread, sigma)
        low = np.full(shares.shape, min(self.places) - reach)
        high = np.full(shares.shape, max(self.places) + reach)
        for _ in range(60):
            middle = (low + high) / 2
            above = self.below(middle, sigma) < shares
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return (low + high) / 2

    def over_pictures(
        self, x: ArrayLike, level: float, of: Callable[[Array, Array], Array] | None = None
    ) -> Array:
        """∫ of(x, x_0) q(x_t = x | x_0) p(x_0) dx_0 for each x, by trapezoids; `of` is 1 by default."""
        grid = self.grid()
        x = np.asarray(x, np.float64)[..., None]
        weight = self.joint(x, grid, level)
        return np.asarray(np.trapezoid(weight if of is None else of(x, grid) * weight, grid, axis=-1))

    def guess(self, x: ArrayLike, level: float) -> Array:
        """E[x_0 | x_t = x] by brute force: likelihood times prior on a grid, normalised."""
        return self.over_pictures(x, level, lambda x, x_0: x_0) / self.over_pictures(x, level)

    def grid(self, points: int = 6001) -> Array:
        """Points that cover the data."""
        reach = 10 * self.spread
        return np.linspace(min(self.places) - reach, max(self.places) + reach, points)

    def joint(self, x: ArrayLike, x_0: Array, level: float) -> Array:
        """q(x_t = x | x_0) p(x_0)."""
        bell = np.exp(-((x - np.sqrt(level) * x_0) ** 2) / (2 * (1 - level))) / np.sqrt(
            2 * np.pi * (1 - level)
        )
        return bell * self.density(x_0)

    # In the coordinates y and σ

    def cloud(self, y: ArrayLike, sigma: float) -> Array:
        """p_σ(y), the density of y = x_0 + σ ε."""
        level = float(level_of(sigma))
        root = np.sqrt(level)
        return root * self.density(root * np.asarray(y, np.float64), level)

    def mean(self, y: ArrayLike, sigma: float) -> Array:
        """E[x_0 | y] by brute force."""
        level = float(level_of(sigma))
        return self.guess(np.sqrt(level) * np.asarray(y, np.float64), level)

    def slope(self, y: ArrayLike, sigma: float) -> Array:
        """dy/dσ = −σ ∇ log p_σ(y), which is ε̂."""
        level = float(level_of(sigma))
        # y = x/√ᾱ, so that a gradient by y is √ᾱ times one by x; and σ √ᾱ = √(1−ᾱ).
        return -np.sqrt(1 - level) * self.score(np.sqrt(level) * np.asarray(y, np.float64), level)


TOY = Mixture(weights=(0.5, 0.5), places=(-1.6, 1.6), spread=0.15)
"""Two places you might mean."""
MAP = Mixture(weights=(0.25,) * 4, places=(-2.25, -1.1, 1.1, 2.25), spread=0.1)
"""Four of them, and none in the middle."""

Slope = Callable[[Array, float], Array]


def euler(slope: Slope, start: ArrayLike, sigmas: Sequence[float]) -> Array:
    """Places (N+1, …) after steps of Euler's method through `sigmas` (N+1 values, falling)."""
    places = [np.asarray(start, np.float64)]
    for sigma, after in pairwise(sigmas):
        places.append(places[-1] + (after - sigma) * slope(places[-1], sigma))
    return np.array(places)


def road(slope: Slope, start: ArrayLike, sigmas: Sequence[float], between: int = 8) -> Array:
    """As `euler`, but along the curve: `between` Runge–Kutta steps of order four from each σ to the next."""
    y = np.asarray(start, np.float64)
    places = [y]
    for sigma, after in pairwise(sigmas):
        h = (after - sigma) / between
        for k in range(between):
            s = sigma + k * h
            one = slope(y, s)
            two = slope(y + h / 2 * one, s + h / 2)
            three = slope(y + h / 2 * two, s + h / 2)
            four = slope(y + h * three, s + h)
            y = y + h / 6 * (one + 2 * two + 2 * three + four)
        places.append(y)
    return np.array(places)


def euler_errors(slope: Slope, start: ArrayLike, high: float, low: float, counts: Sequence[int]) -> Array:
    """Euler's mean error at σ = `low`, for each number of equal steps from σ = `high` down to it."""
    true = road(slope, start, list(np.linspace(high, low, 129)))[-1]
    ends = [euler(slope, start, list(np.linspace(high, low, count + 1)))[-1] for count in counts]
    return np.array([np.abs(end - true).mean() for end in ends])


def order(counts: Sequence[int], errors: Array) -> float:
    """How fast errors fall: p in error ∝ 1/Nᵖ, by least squares on logarithms."""
    return float(-np.polyfit(np.log(counts), np.log(errors), 1)[0])


@dataclass(frozen=True)
class Journey:
    """A walk on a toy, in S steps: `middles` (S+1,), the mean of what is possible, `shares` (S+1, K), how
    likely each end is, and `places` (S+1,), as on a map where each step goes straight towards the middle.
    """

    places: Array
    middles: Array
    shares: Array


def journey(toy: Mixture, place: int, alphas_cumprod: ArrayLike, apart: float = 1.0) -> Journey:
    """The probability flow's way to one of the toy's `place`s, with a run's ᾱ (S+1,), as on a map.

    The noise is `apart` times less than the run's, as if the places lay so many times further apart: then
    the others become impossible earlier.
    """
    noise = sigma_of(np.clip(np.asarray(alphas_cumprod, np.float64), 1e-4, 1 - 1e-4)) / apart
    sigmas, levels = [float(sigma) for sigma in noise], level_of(noise)
    # Roads keep the share of all states that lies below them.
    start = toy.quantiles(sum(toy.weights[:place]) + toy.weights[place] / 2, sigmas[0])
    way = np.sqrt(levels) * road(toy.slope, start, sigmas, between=40)
    pairs = [(x, float(level)) for x, level in zip(way, levels, strict=True)]
    middles = np.array([toy.guess(*pair) for pair in pairs])
    # The flow's own place would not do for a map: x_t is also stretched on the way.
    left, places = np.arange(len(middles))[::-1], [middles[0]]
    for k, middle in enumerate(middles[:-1]):
        places.append(middle + (places[-1] - middle) * left[k + 1] / left[k])
    return Journey(np.array(places), middles, np.array([toy.shares(*pair) for pair in pairs]))
