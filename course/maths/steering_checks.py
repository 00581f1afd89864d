"""Both sides of chapter 5's equations, ready for `Checked`: on captured tensors, or on closed-form cases.

Not for drawing, and not for the formulas themselves (see `steering`).

`queries` (heads, N, d) and `keys` (heads, T, d) are those of one layer at one step. The bells have standard
deviations A (`whole`) and B (`part`), and `ws` are the guidance scales that are tried.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from course.maths import steering
from course.maths.run import Run

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
Sides = Callable[[], tuple[Array, Array]]

SHARES, MIDDLES, WIDTHS = (0.3, 0.7), (-1.0, 0.8), (0.4, 0.6)
"""A toy with two words in one dimension: how often each is meant, and the bell of what it means."""

TAUS = np.array([0.0, 0.05, 0.2, 0.5, 1.0, 3.0, 10.0])
_FAR = 1e4  # so much noise that the bells are lost in it


# Attention


def kernel(queries: Floats, keys: Floats) -> Array:
    """(heads, N, T): what the fused kernel that the network runs gives as weights, in its own float32."""
    import torch

    q, k = (torch.from_numpy(np.ascontiguousarray(x, np.float32)) for x in (queries, keys))
    # Values that are the rows of the identity make the kernel put out its weights.
    values = torch.eye(k.shape[-2]).expand(*k.shape[:-1], k.shape[-2])
    return torch.nn.functional.scaled_dot_product_attention(q, k, values).double().numpy()


def dot_product(queries: Floats, keys: Floats) -> Sides:
    """q · k of every place and word as the library multiplies, against the sum of d products."""

    def sides() -> tuple[Array, Array]:
        q, k = queries.astype(np.float64), keys.astype(np.float64)
        added = np.zeros((*q.shape[:-1], k.shape[-2]))
        for i in range(q.shape[-1]):
            added += q[..., :, None, i] * k[..., None, :, i]
        return steering.scores(q, k, scaled=False), added

    return sides


def weights(queries: Floats, keys: Floats) -> Sides:
    """softmax(QKᵀ/√d) in float64 against the fused kernel's weights."""

    def sides() -> tuple[Array, Array]:
        return steering.attention(queries, keys), kernel(queries, keys)

    return sides


def weighted_ratio(queries: Floats, keys: Floats) -> Sides:
    """e^(s_i − s_j) against the ratio of the kernel's weights, for each place's two favourite words."""

    def sides() -> tuple[Array, Array]:
        s, a = np.sort(steering.scores(queries, keys), -1), np.sort(kernel(queries, keys), -1)
        return np.exp(s[..., -2] - s[..., -1]), a[..., -2] / a[..., -1]

    return sides


def variance_of_product() -> Sides:
    """Var(q_i k_i) of two independent standard normal numbers, by quadrature, against 1."""

    def sides() -> tuple[Array, Array]:
        points, mass = np.polynomial.hermite_e.hermegauss(20)
        both = np.outer(points, points)
        chance = np.outer(mass, mass) / mass.sum() ** 2
        return np.array((chance * both**2).sum() - (chance * both).sum() ** 2), np.array(1.0)

    return sides


def variance_of_dot(d: int) -> Sides:
    """Var(q · k) of signs ±1, counted out in full, against d: 2^d sums, of which comb(d, j) are d − 2j."""

    def sides() -> tuple[Array, Array]:
        total = sum(comb(d, j) * (d - 2 * j) ** 2 for j in range(d + 1))
        return np.array(total / 2**d), np.array(float(d))

    return sides


def variance_scaled(d: int) -> Sides:
    """Var(q · k / √d) of signs ±1, counted out in full, against 1."""

    def sides() -> tuple[Array, Array]:
        total = sum(comb(d, j) * ((d - 2 * j) / np.sqrt(d)) ** 2 / 2**d for j in range(d + 1))
        return np.array(total), np.array(1.0)

    return sides


def mean_square_of_dot(queries: Array, keys: Array) -> Sides:
    """E(q · k)² of the captured numbers made independent, against d E q² E k².

    `queries` (P, d) and `keys` (T, d). Signs are drawn independently, so that products of different places
    average out and Σ q_i² k_j² is left, and j is paired with i by every rotation in turn.
    """

    def sides() -> tuple[Array, Array]:
        q, k = (np.square(values, dtype=np.float64) for values in (queries, keys))
        d = q.shape[-1]
        turned = [(q @ np.roll(k, turn, axis=-1).T).mean() for turn in range(d)]
        return np.array(np.mean(turned)), np.array(d * q.mean() * k.mean())

    return sides


# Guidance


def guided(run: Run, guidance: float) -> Sides:
    """The noise that the scheduler was given against the two branches that came out of the network."""

    def sides() -> tuple[Array, Array]:
        assert run.noise_cond is not None
        assert run.noise_uncond is not None
        mixed = steering.guided(run.noise_uncond, run.noise_cond, guidance)
        return run.noise.astype(np.float64), mixed

    return sides


class Toy:
    """The toy with two words at one noise level ᾱ, everything by quadrature over the finished x_0."""

    x = np.linspace(-2.5, 2.5, 21)

    def __init__(self, level: float) -> None:
        self.level = level
        self.x0 = np.linspace(-6, 6, 2001)
        self.given = np.stack(
            [
                np.exp(-((self.x0 - m) ** 2) / (2 * s**2)) / np.sqrt(2 * np.pi * s**2)
                for m, s in zip(MIDDLES, WIDTHS, strict=True)
            ]
        )
        self.prior = np.array(SHARES) @ self.given

    def _noised(self, x: Array) -> Array:
        gap = x[:, None] - np.sqrt(self.level) * self.x0
        return np.exp(-(gap**2) / (2 * (1 - self.level))) / np.sqrt(2 * np.pi * (1 - self.level))

    def density(self, x: Array) -> Array:
        """p_t(x)."""
        return np.trapezoid(self._noised(x) * self.prior, self.x0)

    def conditional(self, x: Array) -> Array:
        """p_t(x | c) of the first word."""
        return np.trapezoid(self._noised(x) * self.given[0], self.x0)

    def word(self, x: Array) -> Array:
        """p_t(c | x): the first word's chance given x_0, averaged over what x_0 may be."""
        chance = SHARES[0] * self.given[0] / np.maximum(self.prior, 1e-300)
        joint = self._noised(x) * self.prior
        return np.trapezoid(joint * chance, self.x0) / np.trapezoid(joint, self.x0)

    def noise(self, x: Array, conditional: bool) -> Array:
        """E[ε | x_t], given the first word or not: what an ideal network predicts."""
        joint = self._noised(x) * (self.given[0] if conditional else self.prior)
        epsilon = (x[:, None] - np.sqrt(self.level) * self.x0) / np.sqrt(1 - self.level)
        return np.trapezoid(joint * epsilon, self.x0) / np.trapezoid(joint, self.x0)


def slope(density: Callable[[Array], Array], x: Array, h: float = 1e-3) -> Array:
    """The derivative of the logarithm of a density, by central differences of order 4."""
    once, twice = (np.log(density(x + k * h)) - np.log(density(x - k * h)) for k in (1, 2))
    return (8 * once - twice) / (12 * h)


def _each(levels: Sequence[float], sides: Callable[[Toy], tuple[Array, Array]]) -> Sides:
    def both() -> tuple[Array, Array]:
        found = [sides(Toy(level)) for level in levels if 0.02 < level < 0.98]
        return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])

    return both


def noise_is_score(levels: Sequence[float]) -> Sides:
    """E[ε | x_t] of the toy against −√(1−ᾱ) ∇ log p_t."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        score = slope(toy.density, toy.x)
        return toy.noise(toy.x, False), -np.sqrt(1 - toy.level) * score

    return _each(levels, sides)


def bayes(levels: Sequence[float]) -> Sides:
    """p_t(x|c) of the toy against p_t(x) p_t(c|x) / p(c)."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        return toy.conditional(toy.x), toy.density(toy.x) * toy.word(toy.x) / SHARES[0]

    return _each(levels, sides)


def logarithms(levels: Sequence[float]) -> Sides:
    """log p_t(c|x) of the toy against log p_t(x|c) − log p_t(x) + log p(c)."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        right = np.log(toy.conditional(toy.x)) - np.log(toy.density(toy.x)) + np.log(SHARES[0])
        return np.log(toy.word(toy.x)), right

    return _each(levels, sides)


def word_score(levels: Sequence[float]) -> Sides:
    """∇ log p_t(c|x) of the toy against the difference of the two scores."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        given, whole = slope(toy.conditional, toy.x), slope(toy.density, toy.x)
        return slope(toy.word, toy.x), given - whole

    return _each(levels, sides)


def steering_is_word_score(levels: Sequence[float]) -> Sides:
    """E[ε|x,c] − E[ε|x] of the toy against −√(1−ᾱ) ∇ log p_t(c|x)."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        word = slope(toy.word, toy.x)
        return toy.noise(toy.x, True) - toy.noise(toy.x, False), -np.sqrt(1 - toy.level) * word

    return _each(levels, sides)


def guided_is_power(levels: Sequence[float], w: float = 3.0) -> Sides:
    """The toy's guided noise against −√(1−ᾱ) ∇ log [p_t(x) p_t(c|x)^w]."""

    def sides(toy: Toy) -> tuple[Array, Array]:
        power = slope(lambda x: toy.density(x) * toy.word(x) ** w, toy.x)
        mixed = steering.guided(toy.noise(toy.x, False), toy.noise(toy.x, True), w)
        return mixed, -np.sqrt(1 - toy.level) * power

    return _each(levels, sides)


# Guidance on two bells


def _grid(width: float) -> Array:
    return width * np.linspace(-14, 14, 2001)


def _normalised(density: Array, y: Array) -> Array:
    return density / np.trapezoid(density, y)


def power_of_bells(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """p(y) p(c|y)^w against p(y)^(1−w) p(y|c)^w, both made to have area 1."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        y = _grid(part / 3)
        p, given = steering.bell(y, whole**2), steering.bell(y, part**2)
        word = given / p
        word = word / word.max()  # a chance: at most 1
        for w in ws:
            left.append(_normalised(p * word**w, y))
            right.append(_normalised(p ** (1 - w) * given**w, y))
        return np.array(left), np.array(right)

    return sides


def measured_variance(whole: float, part: float, w: float, noise: float) -> float:
    """The variance of p(y)^(1−w) p(y|c)^w, both bells noised first, measured on a grid."""
    width = np.sqrt(steering.sharpened(whole, part, w, noise))
    y = _grid(width)
    logs = [-(y**2) / (2 * (s**2 + noise**2)) for s in (whole, part)]
    density = _normalised(np.exp((1 - w) * logs[0] + w * logs[1]), y)
    return float(np.trapezoid(y**2 * density, y))


def product_of_bells(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """A bell of the measured variance V against the product of the bells' powers, both of area 1."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for w in ws:
            variance = measured_variance(whole, part, w, 0)
            y = _grid(np.sqrt(variance))
            left.append(_normalised(np.exp(-(y**2) / (2 * variance)), y))
            logs = [-(y**2) / (2 * s**2) for s in (whole, part)]
            right.append(_normalised(np.exp((1 - w) * logs[0] + w * logs[1]), y))
        return np.array(left), np.array(right)

    return sides


def variance_wanted(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """1/V of the sharpened bell, V measured on a grid, against (1−w)/A² + w/B², as ratios to 1/V."""

    def sides() -> tuple[Array, Array]:
        measured = np.array([measured_variance(whole, part, w, 0) for w in ws])
        return np.ones(len(ws)), measured * np.array([(1 - w) / whole**2 + w / part**2 for w in ws])

    return sides


def exponents(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """y²/V, V measured on a grid, against (1−w) y²/A² + w y²/B², along y."""

    def sides() -> tuple[Array, Array]:
        y = np.linspace(-1.5, 1.5, 31)
        left = [y**2 / measured_variance(whole, part, w, 0) for w in ws]
        right = [(1 - w) * y**2 / whole**2 + w * y**2 / part**2 for w in ws]
        return np.array(left), np.array(right)

    return sides


def variance_followed(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """The same for bells that are noised first, at several noises."""

    def sides() -> tuple[Array, Array]:
        ratios = [
            measured_variance(whole, part, w, tau) * ((1 - w) / (whole**2 + tau**2) + w / (part**2 + tau**2))
            for w in ws
            for tau in TAUS
        ]
        return np.ones(len(ratios)), np.array(ratios)

    return sides


def field(whole: float, part: float, w: float, tau: float, y: Array) -> Array:
    """dy/dτ of the guided walk: −τ times the mix of the two bells' scores."""
    return -tau * ((1 - w) * -y / (whole**2 + tau**2) + w * -y / (part**2 + tau**2))


def ddim_flows(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """dy/dτ of one DDIM step in x with the guided noise, y = x/√ᾱ, against −τ times the mix of slopes."""

    def sides() -> tuple[Array, Array]:
        y, left, right = np.linspace(-2, 2, 21), [], []
        for w in ws:
            for tau, after in ((0.3, 0.29), (1.0, 0.9), (3.0, 2.0)):
                a, b = 1 / np.sqrt(1 + tau**2), tau / np.sqrt(1 + tau**2)
                variances = [a**2 * s**2 + b**2 for s in (whole, part)]
                free, told = (-b * slope(partial(steering.bell, variance=v), a * y, 0.01) for v in variances)
                epsilon = steering.guided(free, told, w)
                stepped = (a * y - b * epsilon) / a + after * epsilon  # the guess, with less noise on it
                left.append((stepped - y) / (after - tau))
                bells = [s**2 + tau**2 for s in (whole, part)]
                slopes = [slope(partial(steering.bell, variance=v), y, 0.01) for v in bells]
                right.append(-tau * ((1 - w) * slopes[0] + w * slopes[1]))
        return np.array(left), np.array(right)

    return sides


def brackets(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """(1/y) dy/dτ, the slopes taken of the noised bells' logarithms, against the sum of the two brackets."""

    def sides() -> tuple[Array, Array]:
        left, _ = flow(whole, part, ws)()
        y = np.linspace(-2, 2, 21)
        apart = np.abs(y) > 0.1  # nothing can be divided by the middle
        shares = [
            (1 - w) * tau / (whole**2 + tau**2) + w * tau / (part**2 + tau**2) for w in ws for tau in TAUS
        ]
        return left[:, apart] / y[apart], np.repeat(np.array(shares)[:, None], apart.sum(), axis=1)

    return sides


def flow(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """−τ times the guided score, the slopes taken of the noised bells' logarithms, against τ y / V_τ."""

    def sides() -> tuple[Array, Array]:
        y, left, right = np.linspace(-2, 2, 21), [], []
        for w in ws:
            for tau in TAUS:
                bells = [whole**2 + tau**2, part**2 + tau**2]
                slopes = [slope(partial(steering.bell, variance=v), y, 0.01) for v in bells]
                left.append(-tau * ((1 - w) * slopes[0] + w * slopes[1]))
                right.append(tau * y / steering.sharpened(whole, part, w, tau))
        return np.array(left), np.array(right)

    return sides


def walked(whole: float, part: float, w: float, start: float, stop: float, y: float) -> float:
    """The guided walk from (start, y) to the noise `stop`, integrated step by step (DOP853)."""
    found = solve_ivp(
        lambda u, y: np.exp(u) * field(whole, part, w, float(np.exp(u)), y),  # u = log τ: even steps
        (np.log(start), np.log(stop)),
        [y],
        method="DOP853",
        rtol=1e-11,
        atol=1e-13,
    )
    return float(found.y[0, -1])


def logarithm_walked(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """The logarithm of walks from τ = 10 down to other noises, integrated, against that of the closed way."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for w in ws:
            for tau in (3.0, 1.0, 0.3, 1e-4):
                left.append(np.log(walked(whole, part, w, 10.0, tau, 1.0)))
                closed = np.log(steering.way(whole, part, w, np.array([tau, 10.0])))
                right.append(closed[0] - closed[1])
        return np.array(left), np.array(right)

    return sides


def spread(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """The logarithm of the variance of integrated walks from a bell of starts, less that at the start.

    The variances are taken by quadrature over the starts, and compared with the closed way's square.
    """

    def sides() -> tuple[Array, Array]:
        starts, mass = np.polynomial.hermite_e.hermegauss(4)
        chance, left, right = mass / mass.sum(), [], []
        for w in ws:
            before = np.log(chance @ starts**2)
            for tau in (3.0, 1.0, 0.3):
                ends = np.array([walked(whole, part, w, 10.0, tau, y) for y in starts])
                left.append(np.log(chance @ ends**2 - (chance @ ends) ** 2) - before)
                closed = np.log(steering.way(whole, part, w, np.array([tau, 10.0])))
                right.append(2 * (closed[0] - closed[1]))
        return np.array(left), np.array(right)

    return sides


def variance_on_the_way(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """The logarithm of the variance of integrated guided walks from pure noise, against the brackets'."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for w in ws:
            for tau in (3.0, 1.0, 0.3):
                # The walk is linear: a start of one standard deviation, τ, is one standard deviation out.
                left.append(2 * np.log(walked(whole, part, w, _FAR, tau, _FAR)))
                square = tau**2
                right.append((1 - w) * np.log(whole**2 + square) + w * np.log(part**2 + square))
        return np.array(left), np.array(right)

    return sides


def endings(whole: float, part: float, ws: Sequence[float]) -> Sides:
    """The variance of guided walks from pure noise, integrated, against (A²)^(1−w) (B²)^w: ratios."""

    def sides() -> tuple[Array, Array]:
        # The walk is linear: a start of one standard deviation, τ, ends one standard deviation out.
        walks = np.array([walked(whole, part, w, _FAR, 1e-5, _FAR) ** 2 for w in ws])
        return walks / np.array([steering.arrived(whole, part, w) for w in ws]), np.ones(len(ws))

    return sides
