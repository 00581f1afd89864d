"""One step back: the posterior of the previous state, the samplers that share its marginals, the collapse.

Scalars or arrays, float64 throughout. Not for sampling from a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """q(x_{t−1} | x_t, x_0) = N(of_x0 · x_0 + of_xt · x_t, variance · I). Ho et al. 2020, eqs. 6 and 7."""

    of_x0: float
    of_xt: float
    variance: float

    def mean(self, x_t: float, x_0: float) -> float:
        """μ̃ for a state and an ending."""
        return self.of_xt * x_t + self.of_x0 * x_0


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


def normal_density(points: Array, mean: float | Array, variance: float) -> Array:
    """The density of N(mean, variance) at `points`."""
    return np.exp(-((points - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def telling(state: Array, ending: Array, guess: Array, level: float, before: float) -> int:
    """Which number shows Bayes at work, counted through x_t, x_0 and x̂_0, arrays of one shape.

    What its ending and its state say of x_{t−1} stands one and a half standard deviations apart, or nearly;
    of such numbers it is the one whose guess is farthest off.
    """
    x_t, x_0, x = (np.asarray(one, np.float64).ravel() for one in (state, ending, guess))
    apart = np.abs(np.sqrt(before) * x_0 - x_t / np.sqrt(level / before)) / np.sqrt(1 - before)
    return int(np.argmax(np.where(np.abs(apart - 1.5) < 0.3, np.abs(x - x_0), -1)))


def family_mean(guess: Array, noise: Array, before: float, sigma: float) -> Array:
    """√ᾱ_{t−1} x̂₀ + √(1 − ᾱ_{t−1} − σ²) ε̂. Song et al. 2021, eq. 12 without its last term."""
    return np.sqrt(before) * guess + np.sqrt(1 - before - sigma**2) * noise


def mean_step_variances(levels: Sequence[float], spread: float, rolls: bool = False) -> Array:
    """The states' variance (S+1,) under DDPM's mean, with or without its noise, on data from N(m, spread²).

    The ideal guess is E[x_0 | x_t], linear in x_t, so a step multiplies the variance by one factor squared.
    """
    variances = [levels[0] * spread**2 + 1 - levels[0]]
    for level, before in pairwise(levels):
        q = posterior(level, before)
        gain = np.sqrt(level) * spread**2 / (level * spread**2 + 1 - level)
        variances.append((q.of_x0 * gain + q.of_xt) ** 2 * variances[-1] + rolls * q.variance)
    return np.array(variances)


def mean_step_walks(
    levels: Sequence[float], mean: float, spread: float, starts: Array, fresh: Array | None = None
) -> Array:
    """The same walks carried out on `starts` (N,) one by one: (S+1, N).

    With `fresh` noise (S, N), of variance 1, they are DDPM's: each step adds as much of it as Bayes says.
    """
    walks = [starts]
    for k, (level, before) in enumerate(pairwise(levels)):
        x = walks[-1]
        gain = np.sqrt(level) * spread**2 / (level * spread**2 + 1 - level)
        guess = mean + gain * (x - np.sqrt(level) * mean)
        q = posterior(level, before)
        noise = 0.0 if fresh is None else np.sqrt(q.variance) * fresh[k]
        walks.append(q.of_x0 * guess + q.of_xt * x + noise)
    return np.array(walks)


def flock(levels: Sequence[float], spread: float, count: int, seed: int, rolls: bool) -> Array:
    """Pictures of two numbers, from N(0, spread²) each, on their walk back: (S+1, 2, count).

    They start within two and a half standard deviations; where DDPM's noise is not rolled, they only shrink.
    """
    rng, width = np.random.default_rng(seed), np.sqrt(levels[0] * spread**2 + 1 - levels[0])
    angle, far = rng.uniform(0, 2 * np.pi, count), np.sqrt(-2 * np.log(1 - rng.uniform(0, 0.95, count)))
    starts = width * np.concatenate([far * np.cos(angle), far * np.sin(angle)])
    fresh = float(rolls) * rng.standard_normal((len(levels) - 1, 2 * count))
    return mean_step_walks(levels, 0.0, spread, starts, fresh).reshape(-1, 2, count)


THREADS, STAINS = 2.5, 0.8
"""How strong the waves of a toy album of cloth are, where the noise is 1."""


def cloth(size: int = 32) -> Array:
    """(3, size, size), 32 at least: how strong each wave is in an album of cloth, in brightness and two hues.

    Fine diagonal threads are strong in brightness, large stains are weak in the hues; there is nothing else.
    """
    across = np.fft.fftfreq(size) * size
    u, v = (across[:, None] + across) / np.sqrt(2), (across[:, None] - across) / np.sqrt(2)
    threads = THREADS * ((np.abs(np.abs(u) - 8) < 1.6) & (np.abs(v) < 2.6))
    stains = STAINS * ((np.hypot(u, v) > 0.5) & (np.hypot(u, v) < 3.5))
    return np.stack([threads, stains, stains])


HUES = np.linalg.qr(np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 1.0], [1.0, 0.0, -1.0]]))[0]
"""(3, 3): brightness and two hues, at right angles to each other, of red, green and blue."""


def woven(levels: Sequence[float], start: NDArray[np.floating], seed: int = 0) -> tuple[Array, Array]:
    """DDIM in the album of `cloth` from `start` (3, 32, 32): states (S+1, 3, 32, 32), one guess less.

    All pictures of that album are one Gaussian, so that the best guess is known: Wiener's filter (1949). A
    start of another shape gives way to static rolled with `seed`.
    """
    strength = cloth()
    if start.shape != strength.shape:
        start = np.random.default_rng(seed).standard_normal(strength.shape)
    power, start = strength**2, start.astype(np.float64)
    waves = np.fft.fft2(np.tensordot(HUES.T, start, 1))
    states: list[NDArray[Any]] = [waves]
    guesses: list[NDArray[Any]] = []
    for level, before in pairwise(levels):
        x = states[-1]
        guess = np.sqrt(level) * power / (level * power + 1 - level) * x
        guesses.append(guess)
        states.append(family_mean(guess, (x - np.sqrt(level) * guess) / np.sqrt(1 - level), before, 0.0))
    back = [
        np.tensordot(HUES, np.fft.ifft2(many).real, ((1,), (1,))).swapaxes(0, 1) for many in (states, guesses)
    ]
    return back[0], back[1]
