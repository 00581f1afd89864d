"""Both sides of chapter 1's equations, ready for `Checked`: z-scores on captured static, or two sides.

Not for drawing, and not for the formulas themselves (see `noise`).

`levels` are ᾱ of the states from the picture into the noise, (S+1,); `static` is N pieces of noise, (N, …),
d numbers each, rolled independently by the program.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import noise
from course.maths.run import Run

Array = NDArray[np.float64]
Sides = Callable[[], tuple[Array, Array]]
Scores = Callable[[], Array]


def standard_scores(values: Array) -> list[float]:
    """z-scores of the mean (0) and the variance (1) of independent standard normal numbers."""
    count = values.size
    return [values.mean() * np.sqrt(count), (values.var() - 1) / np.sqrt(2 / count)]


# One step, two steps, all steps


def one_step(levels: Sequence[float], static: Array, x: float = 0.8) -> Scores:
    """Mean and variance of one step from x, with captured static for ε, against N(√(1−β) x, β), each step."""

    def scores() -> Array:
        found = []
        for alpha in noise.alphas(levels):
            beta = 1 - alpha
            after = noise.step(x, static, alpha)
            found += standard_scores((after - np.sqrt(1 - beta) * x) / np.sqrt(beta))
        return np.array(found)

    return scores


def renamed(levels: Sequence[float]) -> Sides:
    """√(1−β) and √β against √α and √(1−α)."""

    def sides() -> tuple[Array, Array]:
        alpha = np.array(noise.alphas(levels))
        beta = 1 - alpha
        return np.stack([np.sqrt(1 - beta), np.sqrt(beta)]), np.stack([np.sqrt(alpha), np.sqrt(1 - alpha)])

    return sides


def _pairs(levels: Sequence[float]) -> list[tuple[float, float]]:
    """(α_{t−1}, α_t) for all steps but the first."""
    return list(pairwise(noise.alphas(levels)))


def two_steps(levels: Sequence[float], picture: Array, static: Array) -> Sides:
    """Two steps taken one after the other against the one line with its brackets multiplied out."""

    def sides() -> tuple[Array, Array]:
        walked, written = [], []
        for before, alpha in _pairs(levels):
            walked.append(noise.step(noise.step(picture, static[0], before), static[1], alpha))
            written.append(
                np.sqrt(alpha * before) * picture
                + np.sqrt(alpha * (1 - before)) * static[0]
                + np.sqrt(1 - alpha) * static[1]
            )
        return np.array(walked), np.array(written)

    return sides


def variances_add(levels: Sequence[float]) -> Sides:
    """α_t (1−α_{t−1}) + 1 − α_t against 1 − α_t α_{t−1}."""

    def sides() -> tuple[Array, Array]:
        left = [alpha * (1 - before) + 1 - alpha for before, alpha in _pairs(levels)]
        return np.array(left), np.array([1 - alpha * before for before, alpha in _pairs(levels)])

    return sides


def merged(levels: Sequence[float], static: Array, x: float = 0.8) -> Scores:
    """Mean and variance of two steps from x, each with its own static, against N(√(αα′) x, 1 − αα′)."""

    def scores() -> Array:
        found = []
        half = len(static) // 2
        for before, alpha in _pairs(levels):
            after = noise.step(noise.step(x, static[:half], before), static[half : 2 * half], alpha)
            found += standard_scores((after - np.sqrt(alpha * before) * x) / np.sqrt(1 - alpha * before))
        return np.array(found)

    return scores


def keeps_variance(levels: Sequence[float], static: Array) -> Scores:
    """Mean and variance of one step from numbers of variance 1, each with its own static, against N(0, 1)."""

    def scores() -> Array:
        half = len(static) // 2
        return np.array(
            [
                standard_scores(noise.step(static[:half], static[half : 2 * half], alpha))
                for alpha in noise.alphas(levels)
            ]
        )

    return scores


def first_step(run: Run) -> Sides:
    """The first captured state of the way in against √ᾱ_1 x_0 + √(1 − ᾱ_1) ε."""

    def sides() -> tuple[Array, Array]:
        x_0, x_1 = run.states[-1], run.states[-2].astype(np.float64)
        return x_1, noise.step(x_0, run.noise[0], float(run.alphas_cumprod[-2]))

    return sides


def one_more(run: Run) -> Sides:
    """Every captured state x_t against √(α_t ᾱ_{t−1}) x_0 + √(1 − α_t ᾱ_{t−1}) ε."""

    def sides() -> tuple[Array, Array]:
        levels = run.alphas_cumprod[::-1].tolist()
        written = [
            noise.step(run.states[-1], run.noise[0], alpha * before)
            for before, alpha in zip(levels, noise.alphas(levels), strict=False)
        ]
        return run.states[::-1][1:].astype(np.float64), np.array(written)

    return sides


def product(levels: Sequence[float]) -> Sides:
    """How much picture and noise one step after the other leaves, against √ᾱ_t and √(1−ᾱ_t)."""

    def sides() -> tuple[Array, Array]:
        level = np.array(levels)
        return np.stack(noise.composed(levels)), np.stack([np.sqrt(level), np.sqrt(1 - level)])

    return sides


# Lengths


def lengths(static: Array) -> Array:
    """(N,): the length of each piece."""
    return np.array([noise.length(piece) for piece in static])


def sum_of_squares(static: Array) -> Sides:
    """‖ε‖² against the sum of ε_i², relative to d."""

    def sides() -> tuple[Array, Array]:
        flat = static.reshape(len(static), -1).astype(np.float64)
        return lengths(static) ** 2 / flat.shape[1], (flat**2).sum(1) / flat.shape[1]

    return sides


def mean_square(static: Array) -> Scores:
    """E‖ε‖² = d."""

    def scores() -> Array:
        d = static[0].size
        return np.array([((lengths(static) ** 2).mean() - d) / np.sqrt(2 * d / len(static))])

    return scores


def _normal_moment(power: int) -> float:
    """E ε^power by Gauss–Hermite quadrature, exact for the powers used here."""
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    return float((points**power * weights).sum() / weights.sum())


def variance_of_square() -> Sides:
    """Var ε² as the mean squared distance from its mean, against E ε⁴ − (E ε²)², by quadrature."""

    def sides() -> tuple[Array, Array]:
        points, weights = np.polynomial.hermite_e.hermegauss(8)
        squares, share = points**2, weights / weights.sum()
        spread = (share * (squares - (share * squares).sum()) ** 2).sum()
        return np.array(spread), np.array(_normal_moment(4) - _normal_moment(2) ** 2)

    return sides


def bell(y: Array) -> Array:
    """The density of the standard normal law."""
    return np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)


def slope_of_bell() -> Sides:
    """p′ by central differences against −y p."""

    def sides() -> tuple[Array, Array]:
        y, step = np.linspace(-6, 6, 241), 1e-4
        return (bell(y + step) - bell(y - step)) / (2 * step), -y * bell(y)

    return sides


def fourth_by_parts() -> Sides:
    """∫y³·y p against 3∫y² p, with p the standard normal density: its slope is −y p. Both on a fine grid."""

    def sides() -> tuple[Array, Array]:
        y = np.linspace(-12, 12, 4801)
        density = bell(y)
        moments = (y**3 * y * density, 3 * y**2 * density)
        left, right = (np.array(np.trapezoid(values, y)) for values in moments)
        return left, right

    return sides


def moments() -> Sides:
    """E ε⁴ − (E ε²)² by quadrature against 3 − 1."""

    def sides() -> tuple[Array, Array]:
        return np.array(_normal_moment(4) - _normal_moment(2) ** 2), np.array(3.0 - 1.0)

    return sides


def variance_of_squares(static: Array) -> Scores:
    """Var ‖ε‖² = 2d."""

    def scores() -> Array:
        ratio = (lengths(static) ** 2).var(ddof=1) / (2 * static[0].size)
        return np.array([(ratio - 1) / np.sqrt(2 / (len(static) - 1))])

    return scores


def root_is_nearly_straight(d: int) -> Sides:
    """√(d+s) against √d + s/(2√d) for s up to two spreads of ‖ε‖² on either side."""

    def sides() -> tuple[Array, Array]:
        s = np.linspace(-2, 2, 41) * np.sqrt(2 * d)
        return np.sqrt(d + s), np.sqrt(d) + s / (2 * np.sqrt(d))

    return sides


def spread_of_length(d: int) -> Sides:
    """√(2d) / (2√d) against 1/√2."""

    def sides() -> tuple[Array, Array]:
        return np.array(np.sqrt(2 * d) / (2 * np.sqrt(d))), np.array(1 / np.sqrt(2))

    return sides


def length_law(static: Array) -> Scores:
    """‖ε‖ has the mean √d (less 1/(4√d), which is far below what can be seen) and the spread 1/√2."""

    def scores() -> Array:
        found, d = lengths(static), static[0].size
        mean = (found.mean() - np.sqrt(d)) / np.sqrt(0.5 / len(found))
        return np.array([mean, (found.var(ddof=1) / 0.5 - 1) / np.sqrt(2 / (len(found) - 1))])

    return scores


# Angles


def products(static: Array) -> Array:
    """ε·ε′ for all pairs of pieces."""
    flat = static.reshape(len(static), -1).astype(np.float64)
    return np.array([a @ b for a, b in combinations(flat, 2)])


def mean_product(static: Array) -> Scores:
    """E ε·ε′ = 0: the products of different pairs are uncorrelated, each with the variance d."""

    def scores() -> Array:
        found = products(static)
        return np.array([found.mean() / np.sqrt(static[0].size / len(found))])

    return scores


def variance_of_product(static: Array) -> Scores:
    """Var ε·ε′ = d.

    The variance of (ε·ε′)²/d is 2 + 6/d; two pairs that share a piece have the covariance 2/d.
    """

    def scores() -> Array:
        found, d, n = products(static), static[0].size, len(static)
        variance = (2 + 6 / d + 2 * (n - 2) * 2 / d) / len(found)
        return np.array([((found**2).mean() / d - 1) / np.sqrt(variance)])

    return scores


def cosine_law(static: Array) -> Scores:
    """The cosine between two pieces has the mean 0 and the spread 1/√d.

    Directions are uniform, so the cosines of different pairs are pairwise independent; the variance of a
    squared one is 2(d−1)/(d²(d+2)).
    """

    def scores() -> Array:
        d = static[0].size
        cosines = np.cos(np.radians(noise.angles(static)))
        squared = 2 * (d - 1) / (d**2 * (d + 2))
        return np.array(
            [
                cosines.mean() / np.sqrt(1 / (d * len(cosines))),
                ((cosines**2).mean() - 1 / d) / np.sqrt(squared / len(cosines)),
            ]
        )

    return scores


def along_picture(picture: Array, static: Array) -> Scores:
    """Static along u = x_0/‖x_0‖ has the mean 0 and the variance 1."""

    def scores() -> Array:
        flat = static.reshape(len(static), -1).astype(np.float64)
        return np.array(standard_scores(flat @ np.ravel(picture) / noise.length(picture)))

    return scores


def cosine_to_picture(picture: Array, static: Array) -> Scores:
    """The cosine between static and u = x_0/‖x_0‖ has the mean 0 and the spread 1/√d (see `cosine_law`)."""

    def scores() -> Array:
        d, n = static[0].size, len(static)
        cosines = np.cos(np.radians([noise.angle(picture, piece) for piece in static]))
        squared = 2 * (d - 1) / (d**2 * (d + 2))
        return np.array(
            [cosines.mean() / np.sqrt(1 / (d * n)), ((cosines**2).mean() - 1 / d) / np.sqrt(squared / n)]
        )

    return scores


def quarter_turn(run: Run) -> Sides:
    """Every captured state with its picture made g times as loud, against the turn cos φ g x_0 + sin φ ε.

    g makes the picture as long as its noise, and φ is the angle whose cosine is √ᾱ_t.
    """

    def sides() -> tuple[Array, Array]:
        x_0, static = run.states[-1].astype(np.float64), run.noise[0].astype(np.float64)
        gain = noise.length(static) / noise.length(x_0)
        louder, turned = [], []
        for state, level in zip(run.states, run.alphas_cumprod, strict=True):
            signal = np.sqrt(float(level))
            louder.append(state + (gain - 1) * signal * x_0)
            turned.append(np.cos(np.arccos(signal)) * gain * x_0 + np.sin(np.arccos(signal)) * static)
        return np.array(louder), np.array(turned)

    return sides
