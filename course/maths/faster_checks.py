"""Both sides of chapter 9's equations: on captured walks, or on bells where all is known.

Not for drawing, and not for the formulas themselves (see `faster`).
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import faster
from course.maths.checking import check
from course.maths.walking import Mixture, euler, road

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

BELL = Mixture((1.0,), (0.7,), 0.5)
TWO = Mixture((0.5, 0.5), (-1.2, 1.2), 0.45)
"""Two pictures that one might mean, wide enough that strides of a tenth find their order."""
PLACES = np.linspace(-2.5, 2.5, 21)
TIMES = (0.15, 0.35, 0.6, 0.85)
STARTS = np.array([-1.9, -1.3, -0.8, 0.8, 1.3, 1.9])
ENDS = 0.95, 0.05
COUNTS = (20, 40, 80, 160)
ORDERS = {"Euler": 1.0, "Heun": 2.0, "remembered": 2.0}
LITTLE = 1e-4


def slope_of(toy: Mixture) -> faster.Slope:
    """The closed form as a slope."""
    return partial(faster.velocity, toy)


# Straight lines, and what they are on average


@check(within=1e-6, identity=True)
def constant(static: Array, picture: Array) -> Pair:
    """The slope of (1−t) x_0 + t ε by differences, at several times, against ε − x_0: (C, H, W) each."""
    noise, x = np.asarray(static, np.float64), np.asarray(picture, np.float64)

    def line(t: float) -> Array:
        return (1 - t) * x + t * noise

    left = np.stack([(line(t + 0.01) - line(t - 0.01)) / 0.02 for t in TIMES])
    return left, np.broadcast_to(noise - x, left.shape)


def _mean(toy: Mixture, of: Callable[[Array, Array], Array], y: Array, tau: float) -> Array:
    """E[of(x_0, ε) | y] by brute force: all pictures, each by how likely it is to be the one in y."""
    x_0 = np.linspace(-6, 6, 6001)
    noise = (y[:, None] - (1 - tau) * x_0) / tau
    weight = toy.density(x_0) * np.exp(-(noise**2) / 2)
    return np.asarray(np.trapezoid(of(x_0, noise) * weight, x_0) / np.trapezoid(weight, x_0))


@check(within=1e-8)
def averaged(toy: Mixture = TWO) -> Pair:
    """E[ε − x_0 | y] over all pictures by brute force against the closed form."""
    left = [_mean(toy, lambda x, e: e - x, PLACES, tau) for tau in TIMES]
    return np.array(left), np.array([faster.velocity(toy, PLACES, tau) for tau in TIMES])


@check(within=1e-8)
def of_a_bell(toy: Mixture = BELL) -> Pair:
    """The same on N(m, s²) against −m + (τ − (1−τ) s²) / ((1−τ)² s² + τ²) (y − (1−τ) m)."""
    (m,), s = toy.places, toy.spread
    left = [_mean(toy, lambda x, e: e - x, PLACES, tau) for tau in TIMES]
    right = [-m + (t - (1 - t) * s**2) / ((1 - t) ** 2 * s**2 + t**2) * (PLACES - (1 - t) * m) for t in TIMES]
    return np.array(left), np.array(right)


def _law(toy: Mixture, y: Array, tau: float) -> Array:
    level = float(faster.level_of(tau))
    wide = np.sqrt(level) + np.sqrt(1 - level)
    return np.asarray(wide * toy.density(wide * y, level))


@check(within=1e-5)
def carried(toy: Mixture = TWO) -> Pair:
    """How the law of y changes with τ, by differences, against what flows in less what flows out."""
    left, right = [], []
    for tau in TIMES:
        left.append((_law(toy, PLACES, tau + LITTLE) - _law(toy, PLACES, tau - LITTLE)) / (2 * LITTLE))
        flows = [
            _mean(toy, lambda x, e: e - x, PLACES + h, tau) * _law(toy, PLACES + h, tau)
            for h in (-LITTLE, LITTLE)
        ]
        right.append((flows[0] - flows[1]) / (2 * LITTLE))
    return np.array(left), np.array(right)


@check(within=1e-5)
def bent(toy: Mixture = BELL) -> Pair:
    """Roads that follow the velocity of a bell against (1−τ) m + √((1−τ)² s² + τ²) times their start."""
    (m,), s = toy.places, toy.spread
    taus = np.linspace(1.0, 0.05, 39)

    def slope(y: Array, tau: float) -> Array:
        level = float(faster.level_of(tau))
        wide = np.sqrt(level) + np.sqrt(1 - level)
        # ε̂ = −σ ∇ log p, and what is left of y is x̂_0.
        noise = -np.sqrt(1 - level) * toy.score(y * wide, level)
        return noise - (y - tau * noise) / (1 - tau) if tau < 1 else noise - m

    left = road(slope, STARTS, list(taus))
    size = np.sqrt((1 - taus) ** 2 * s**2 + taus**2)[:, None]
    return left, (1 - taus)[:, None] * m + size * STARTS


# Captured walks: states (S+1, C, H, W), guesses and predicted noise (S, C, H, W), ᾱ (S+1,)


@check(within=1e-4)
def rescaled(states: Array, guesses: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """x_t/(α+σ) against (1−τ) x̂_0 + τ ε̂, at every step."""
    tau = faster.share(alphas_cumprod).reshape(-1, 1, 1, 1)[:-1]
    return faster.straightened(states, alphas_cumprod)[:-1], (1 - tau) * guesses + tau * noise


@check(within=1e-4)
def strides(states: Array, guesses: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """What a DDIM step changes of y against the step of τ times ε̂ − x̂_0."""
    tau = faster.share(alphas_cumprod).reshape(-1, 1, 1, 1)
    y = faster.straightened(states, alphas_cumprod)
    return np.diff(y, axis=0), np.diff(tau, axis=0) * (np.asarray(noise, np.float64) - guesses)


@check(within=1e-3)
def tips(states: Array, guesses: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """Where a stride down to τ = 0 ends, y − τ (ε̂ − x̂_0), against the guess."""
    tau = faster.share(alphas_cumprod).reshape(-1, 1, 1, 1)[:-1]
    y = faster.straightened(states, alphas_cumprod)[:-1]
    return y - tau * (np.asarray(noise, np.float64) - guesses), np.asarray(guesses, np.float64)


# Strides


@check(within=1e-3, relative=True, identity=True)
def missed(toy: Mixture = TWO) -> Pair:
    """How far a short Euler stride misses the road against h²/2 times the change of velocity along it."""
    slope, h = slope_of(toy), -LITTLE
    left, right = [], []
    for tau in TIMES:
        true = road(slope, STARTS, [tau, tau + h], between=2)[-1]
        left.append((true - euler(slope, STARTS, [tau, tau + h])[-1]) / h**2)
        v = slope(STARTS, tau)
        ahead, behind = (slope(STARTS + d * v, tau + d) for d in (LITTLE, -LITTLE))
        right.append((ahead - behind) / (4 * LITTLE))
    return np.array(left), np.array(right)


@check(within=1e-9, identity=True)
def leaning(guesses: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """The area under the straight line through two captured slopes, over the next stride, against
    h (v + h/(2 h') (v − v')): strides of any lengths."""
    v, tau = np.asarray(noise, np.float64) - guesses, faster.share(alphas_cumprod)
    left, right = [], []
    for k in range(1, len(v)):
        h, before = tau[k + 1] - tau[k], tau[k] - tau[k - 1]
        at = np.linspace(0, h, 11).reshape(-1, 1, 1, 1)
        left.append(np.trapezoid(v[k] + at / before * (v[k] - v[k - 1]), at, axis=0))
        right.append(h * faster.lean(v[k], v[k - 1], h, before))
    return np.array(left), np.array(right)


@check(within=0.15, identity=True)
def orders(toy: Mixture = TWO) -> Pair:
    """The measured orders of Euler's, Heun's and the remembering stride against 1, 2 and 2."""
    found = faster.orders(COUNTS, faster.errors(toy, STARTS, ENDS, COUNTS))
    return np.array(list(found.values())), np.array([ORDERS[name] for name in found])


# A student's target: of two captured steps each, one after the other


def _pairs(steps: int) -> range:
    return range(0, steps - 1, 2)


@check(within=1e-3)
def lands(states: Array, guesses: Array, alphas_cumprod: Array) -> Pair:
    """Where one DDIM step with the mean of the teacher's two guesses lands against where its two steps do."""
    tau = faster.share(alphas_cumprod)
    left, right = [], []
    for k in _pairs(len(guesses)):
        aim = faster.mixed(guesses[k], guesses[k + 1], (tau[k], tau[k + 1], tau[k + 2]))
        (a, b), (s, n) = np.sqrt(alphas_cumprod[[k, k + 2]]), np.sqrt(1 - alphas_cumprod[[k, k + 2]])
        left.append(b * aim + n / s * (states[k] - a * aim))
        right.append(states[k + 2].astype(np.float64))
    return np.array(left), np.array(right)


@check(within=2e-3)
def aims(states: Array, guesses: Array, alphas_cumprod: Array) -> Pair:
    """The target from the states alone, Salimans & Ho's, against the mean of the teacher's two guesses."""
    tau = faster.share(alphas_cumprod)
    left, right = [], []
    for k in _pairs(len(guesses)):
        levels = float(alphas_cumprod[k]), float(alphas_cumprod[k + 2])
        left.append(faster.target(states[k], states[k + 2], levels))
        right.append(faster.mixed(guesses[k], guesses[k + 1], (tau[k], tau[k + 1], tau[k + 2])))
    return np.array(left), np.array(right)


@check(within=1e-9)
def halved(toy: Mixture = TWO) -> Pair:
    """Where eight strides on the mixture end against two jumps of a student's student that has learned all:
    its loss is 0, for each start has one end."""
    taus = np.linspace(*ENDS, 9)
    places = euler(lambda y, tau: _velocity(toy, y, tau), STARTS, list(taus))
    levels = faster.level_of(taus)
    x = places * (np.sqrt(levels) + np.sqrt(1 - levels))[:, None]
    ends = x[0]
    for k in (0, 4):
        aim = faster.target(x[k], x[k + 4], (levels[k], levels[k + 4]))
        ratio = np.sqrt((1 - levels[k + 4]) / (1 - levels[k]))
        ends = np.sqrt(levels[k + 4]) * aim + ratio * (ends - np.sqrt(levels[k]) * aim)
    again = STARTS
    for tau, after in pairwise(taus):
        again = again + (after - tau) * faster.velocity(toy, again, tau)
    return ends / (np.sqrt(levels[-1]) + np.sqrt(1 - levels[-1])), again


def _velocity(toy: Mixture, y: Array, tau: float) -> Array:
    """By brute force."""
    return _mean(toy, lambda x, e: e - x, y, tau)
