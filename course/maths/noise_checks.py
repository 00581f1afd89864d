"""Both sides of chapter 1's equations: on captured films and static, or z-scores for what holds on average.

Not for drawing, and not for the formulas themselves (see `noise`).

`alphas_cumprod` (S+1,) is ᾱ of a film's states from the noise to the picture, as a capture keeps it; `static`
is N pieces of noise, (N, …), d numbers each, rolled independently by the program.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import noise
from course.maths.checking import check

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

GRID = np.linspace(-12, 12, 4801)
NODES, _SHARES = np.polynomial.hermite_e.hermegauss(8)
WEIGHTS = _SHARES / _SHARES.sum()  # a mean over one standard normal number is a Gauss–Hermite sum


def standard_scores(values: Array) -> list[float]:
    """z-scores of the mean (0) and the mean square (1) of independent standard normal numbers."""
    count = values.size
    return [values.mean() * np.sqrt(count), ((values**2).mean() - 1) / np.sqrt(2 / count)]


# One step, two steps, all steps


def _alphas(alphas_cumprod: Array) -> list[float]:
    return noise.alphas([float(level) for level in alphas_cumprod[::-1]])


def _pairs(alphas_cumprod: Array) -> list[tuple[float, float]]:
    """(α_{t−1}, α_t) for all steps but the first."""
    return list(pairwise(_alphas(alphas_cumprod)))


@check(within=1e-12, identity=True)
def squares_add(alphas_cumprod: Array) -> Pair:
    """Both amounts of every state, one step after the other, squared and added, against 1."""
    picture, static = noise.composed([float(level) for level in alphas_cumprod[::-1]])
    return picture**2 + static**2, np.ones(len(picture))


@check()
def one_step(alphas_cumprod: Array, static: Array, x: float = 0.8) -> Array:
    """Mean and variance of one step from x, with captured static for ε, against N(√α x, 1−α), each step."""
    return np.array(
        [
            standard_scores((noise.step(x, static, alpha) - np.sqrt(alpha) * x) / np.sqrt(1 - alpha))
            for alpha in _alphas(alphas_cumprod)
        ]
    )


@check(within=1e-12, identity=True)
def two_steps(alphas_cumprod: Array, picture: Array, static: Array) -> Pair:
    """Two steps taken one after the other against the one line with its brackets multiplied out."""
    walked, written = [], []
    for before, alpha in _pairs(alphas_cumprod):
        walked.append(noise.step(noise.step(picture, static[0], before), static[1], alpha))
        old, new = np.sqrt(alpha * (1 - before)) * static[0], np.sqrt(1 - alpha) * static[1]
        written.append(np.sqrt(alpha * before) * picture + old + new)
    return np.array(walked), np.array(written)


@check(within=1e-12, identity=True)
def variances_add(alphas_cumprod: Array) -> Pair:
    """α_t (1−α_{t−1}) + 1 − α_t against 1 − α_t α_{t−1}."""
    before, alpha = np.array(_pairs(alphas_cumprod)).T
    return alpha * (1 - before) + 1 - alpha, 1 - alpha * before


@check()
def merged(alphas_cumprod: Array, static: Array, x: float = 0.8) -> Array:
    """Mean and variance of two steps from x, each with its own static, against N(√(αα′) x, 1 − αα′)."""
    found, half = [], len(static) // 2
    for before, alpha in _pairs(alphas_cumprod):
        after = noise.step(noise.step(x, static[:half], before), static[half : 2 * half], alpha)
        found.append(standard_scores((after - np.sqrt(alpha * before) * x) / np.sqrt(1 - alpha * before)))
    return np.array(found)


@check(within=1e-6)
def one_more(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """Every captured state x_t against √(α_t ᾱ_{t−1}) x_0 + √(1 − α_t ᾱ_{t−1}) ε."""
    levels = alphas_cumprod[::-1]
    steps = zip(levels, _alphas(alphas_cumprod), strict=False)
    written = [_mixed(states[-1], noise[0], alpha * before) for before, alpha in steps]
    return states[::-1][1:].astype(np.float64), np.array(written)


@check(within=1e-6)
def all_in_one(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """Every captured state x_t against √(α_t ⋯ α_1) x_0 + √(1 − α_t ⋯ α_1) ε."""
    written = [_mixed(states[-1], noise[0], product) for product in np.cumprod(_alphas(alphas_cumprod))]
    return states[::-1][1:].astype(np.float64), np.array(written)


def _mixed(picture: Array, static: Array, level: float) -> Array:
    """√ᾱ x_0 + √(1−ᾱ) ε; a level that damaged data put beyond 1 makes it no number, which no check passes."""
    return noise.step(picture, static, level)


@check(within=1e-12, identity=True)
def product(alphas_cumprod: Array) -> Pair:
    """How much picture and noise one step after the other leaves, against √ᾱ_t and √(1−ᾱ_t)."""
    levels = alphas_cumprod[::-1]
    return np.stack(noise.composed(levels.tolist())), np.sqrt([levels, 1 - levels])


# Lengths


def lengths(static: Array) -> Array:
    """(N,): the length of each piece."""
    return np.array([noise.length(piece) for piece in static])


def _flat(static: Array) -> Array:
    return static.reshape(len(static), -1).astype(np.float64)


@check()
def mean_square(static: Array) -> Array:
    """E‖ε‖² = d."""
    d = static[0].size
    return np.array([((lengths(static) ** 2).mean() - d) / np.sqrt(2 * d / len(static))])


def _mean(values: Array) -> Array:
    """The mean of `values` at the nodes over a standard normal number; exact for the powers used here."""
    return np.array((WEIGHTS * values).sum())


@check(within=1e-12, identity=True)
def variance_of_square() -> Pair:
    """Var ε² as the mean squared distance from its mean, and E ε⁴ − (E ε²)², against 3 − 1."""
    square = NODES**2
    sides = _mean((square - _mean(square)) ** 2), _mean(square**2) - _mean(square) ** 2
    return np.array(sides), np.array([3.0 - 1.0, 3.0 - 1.0])


def bell(y: Array, spread: float = 1.0) -> Array:
    """The density of the normal law around 0."""
    return np.exp(-((y / spread) ** 2) / 2) / (np.sqrt(2 * np.pi) * spread)


@check(within=1e-12, identity=True)
def fourth_by_parts() -> Pair:
    """∫y³·y p, 3∫y² p, with p the standard normal density on a fine grid, against 3."""
    sides = GRID**4 * bell(GRID), 3 * GRID**2 * bell(GRID)
    return np.array(np.trapezoid(sides, GRID)), np.array([3.0, 3.0])


@check()
def variance_of_squares(static: Array) -> Array:
    """Var ‖ε‖² = 2d."""
    ratio = (lengths(static) ** 2).var(ddof=1) / (2 * static[0].size)
    return np.array([(ratio - 1) / np.sqrt(2 / (len(static) - 1))])


@check(within=1e-3, relative=True, identity=True)
def root_is_nearly_straight(d: int) -> Pair:
    """√(d+s) against √d + s/(2√d) for s up to two spreads of ‖ε‖² on either side."""
    s = np.linspace(-2, 2, 41) * np.sqrt(2 * d)
    return np.sqrt(d + s), np.sqrt(d) + s / (2 * np.sqrt(d))


@check(within=1e-12, identity=True)
def spread_of_length(d: int) -> Pair:
    """√(2d) / (2√d) against 1/√2."""
    return np.array(np.sqrt(2 * d) / (2 * np.sqrt(d))), np.array(np.sqrt(0.5))


@check()
def length_law(static: Array) -> Array:
    """‖ε‖ has the mean √d (less 1/(4√d), which is far below what can be seen) and the spread 1/√2."""
    found, d = lengths(static), static[0].size
    mean = (found.mean() - np.sqrt(d)) / np.sqrt(0.5 / len(found))
    return np.array([mean, (found.var(ddof=1) / 0.5 - 1) / np.sqrt(2 / (len(found) - 1))])


# Angles


def _cosine_scores(cosines: Array, d: int) -> Array:
    """z-scores of the mean, 0, and the mean square, 1/d, of cosines between independent directions.

    Directions are uniform, so these are pairwise independent; a squared one varies by 2(d−1)/(d²(d+2)).
    """
    squared, count = 2 * (d - 1) / (d**2 * (d + 2)), len(cosines)
    mean = cosines.mean() / np.sqrt(1 / (d * count))
    return np.array([mean, ((cosines**2).mean() - 1 / d) / np.sqrt(squared / count)])


@check()
def cosine_law(static: Array) -> Array:
    """The cosine between two pieces has the mean 0 and the spread 1/√d."""
    return _cosine_scores(np.cos(np.radians(noise.angles(static))), static[0].size)


@check()
def along_picture(picture: Array, static: Array) -> Array:
    """Static along u = x_0/‖x_0‖ has the mean 0 and the variance 1."""
    return np.array(standard_scores(_flat(static) @ np.ravel(picture) / noise.length(picture)))


@check()
def cosine_to_picture(picture: Array, static: Array) -> Array:
    """The cosine between static and u = x_0/‖x_0‖ has the mean 0 and the spread 1/√d."""
    angles = np.array([noise.angle(picture, piece) for piece in static])
    return _cosine_scores(np.cos(np.radians(angles)), static[0].size)


@check(within=1e-6)
def quarter_turn(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """Every captured state with its picture made g times as loud, against the turn cos φ g x_0 + sin φ ε.

    g makes the picture as long as its noise, and φ is the angle whose cosine is √ᾱ_t.
    """
    x_0, static = states[-1].astype(np.float64), noise[0].astype(np.float64)
    signal = np.sqrt(alphas_cumprod).reshape(-1, *(1,) * x_0.ndim)
    gain = np.linalg.norm(static) / np.linalg.norm(x_0)
    turn = np.arccos(signal)
    return states + (gain - 1) * signal * x_0, np.cos(turn) * gain * x_0 + np.sin(turn) * static
