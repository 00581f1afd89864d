"""One step back: the posterior of the previous state, the samplers that share its marginals, the collapse.

Scalars or arrays, float64 throughout. Not for sampling from a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """q(x_{t−1} | x_t, x_0) = N(of_x0 · x_0 + of_xt · x_t, variance · I). Ho et al. 2020, eqs. 6 and 7."""

    of_x0: float
    of_xt: float
    variance: float


def posterior(level: float, before: float) -> Posterior:
    """The posterior between ᾱ_t = `level` and ᾱ_{t−1} = `before` (`before` > `level`)."""
    alpha = level / before
    beta = 1 - alpha
    return Posterior(
        of_x0=float(np.sqrt(before) * beta / (1 - level)),
        of_xt=float(np.sqrt(alpha) * (1 - before) / (1 - level)),
        variance=float((1 - before) / (1 - level) * beta),
    )


def posterior_density(points: Array, x_t: float, x_0: float, level: float, before: float) -> Array:
    """Bayes' rule by brute force in one dimension: likelihood × prior on a grid, normalised (trapezoids).

    `points` (N,) must cover the posterior densely.
    """
    alpha = level / before
    log = -((x_t - np.sqrt(alpha) * points) ** 2) / (2 * (1 - alpha))
    log -= (points - np.sqrt(before) * x_0) ** 2 / (2 * (1 - before))
    weight = np.exp(log - log.max())
    return weight / np.trapezoid(weight, points)


def normal_density(points: Array, mean: float, variance: float) -> Array:
    """The density of N(mean, variance) at `points`."""
    return np.exp(-((points - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def family_mean(guess: Array, noise: Array, before: float, sigma: float) -> Array:
    """√ᾱ_{t−1} x̂₀ + √(1 − ᾱ_{t−1} − σ²) ε̂. Song et al. 2021, eq. 12 without its last term."""
    return np.sqrt(before) * guess + np.sqrt(1 - before - sigma**2) * noise


def mean_step_variances(levels: Sequence[float], spread: float) -> Array:
    """The states' variance (S+1,) under DDPM's mean without its noise, on data from N(m, spread²).

    The ideal guess is E[x_0 | x_t], linear in x_t, so a step multiplies the variance by one factor squared.
    """
    variances = [levels[0] * spread**2 + 1 - levels[0]]
    for level, before in pairwise(levels):
        q = posterior(level, before)
        gain = np.sqrt(level) * spread**2 / (level * spread**2 + 1 - level)
        variances.append((q.of_x0 * gain + q.of_xt) ** 2 * variances[-1])
    return np.array(variances)


def mean_step_walks(levels: Sequence[float], mean: float, spread: float, starts: Array) -> Array:
    """The same walks carried out on `starts` (N,) one by one: (S+1, N)."""
    walks = [starts]
    for level, before in pairwise(levels):
        x = walks[-1]
        gain = np.sqrt(level) * spread**2 / (level * spread**2 + 1 - level)
        guess = mean + gain * (x - np.sqrt(level) * mean)
        q = posterior(level, before)
        walks.append(q.of_x0 * guess + q.of_xt * x)
    return np.array(walks)
