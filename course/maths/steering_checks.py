"""Both sides of chapter 5's equations: on captured tensors, or on toys where everything is known.

Not for drawing, and not for the formulas themselves (see `steering`).

`queries` (heads, N, d) and `keys` (heads, T, d) are those of one layer at one step; `levels` are ᾱ at which
the toy with two words is looked at.
"""

from collections.abc import Callable
from functools import partial
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.maths import steering
from course.maths.checking import Check, check
from course.maths.steering import Bells, TwoWords, bell, slope

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
Pair = tuple[Any, Any]

WS = (0.0, 0.5, 1.0, 2.0, 3.0, 7.0)
"""Guidance scales that are tried."""
NOISES = (0.05, 0.2, 0.5, 1.0, 3.0, 10.0)
X, Y = np.linspace(-2.5, 2.5, 21), np.linspace(-2, 2, 20)  # Y is nowhere 0, where nothing can be divided
_FAR = 1e4  # so much noise that the bells are lost in it


# Attention


def kernel(queries: Floats, keys: Floats) -> Array:
    """(heads, N, T): what the fused kernel that the network runs gives as weights, in its own float32."""
    import torch

    q, k = (torch.from_numpy(np.ascontiguousarray(x, np.float32)) for x in (queries, keys))
    # Values that are the rows of the identity make the kernel put out its weights.
    values = torch.eye(k.shape[-2]).expand(*k.shape[:-1], k.shape[-2])
    return torch.nn.functional.scaled_dot_product_attention(q, k, values).double().numpy()


@check(within=1e-5, identity=True)
def fits(queries: Floats, keys: Floats) -> Pair:
    """e^(s_i − s_j) against the ratio of the kernel's weights, for each place's two favourite words."""
    s, a = np.sort(steering.scores(queries, keys), -1), np.sort(kernel(queries, keys), -1)
    return np.exp(s[..., -2] - s[..., -1]), a[..., -2] / a[..., -1]


@check(within=1e-5, identity=True)
def weights(queries: Floats, keys: Floats) -> Pair:
    """softmax(QKᵀ/√d) in float64 against the fused kernel's weights."""
    return steering.attention(queries, keys), kernel(queries, keys)


@check(within=1e-12, identity=True)
def no_order(queries: Floats, keys: Floats) -> Pair:
    """What a place receives, the keys standing for values, against the same with all rows backwards."""
    left, right = (steering.attention(queries, k) @ k.astype(np.float64) for k in (keys, keys[:, ::-1]))
    return left, right


@check(within=1e-6, relative=True, identity=True)
def dot_product(queries: Floats, keys: Floats) -> Pair:
    """q · k of every place and word as the library multiplies, against the sum of d products."""
    q, k = queries.astype(np.float64), keys.astype(np.float64)
    added = np.zeros((*q.shape[:-1], k.shape[-2]))
    for i in range(q.shape[-1]):
        added += q[..., :, None, i] * k[..., None, :, i]
    return steering.scores(q, k, scaled=False), added


@check(within=1e-12, identity=True)
def variance_of_product() -> Pair:
    """Var(q_i k_i) of two independent standard normal numbers, by quadrature, against 1."""
    points, mass = np.polynomial.hermite_e.hermegauss(20)
    both, chance = np.outer(points, points), np.outer(mass, mass) / mass.sum() ** 2
    return (chance * both**2).sum() - (chance * both).sum() ** 2, 1.0


def _signs(d: int, divide: float) -> float:
    """Var(q · k / `divide`) of signs ±1, counted out in full: 2^d sums, of which comb(d, j) are d − 2j."""
    return sum(comb(d, j) / 2**d * ((d - 2 * j) / divide) ** 2 for j in range(d + 1))


@check(within=1e-9, identity=True)
def variance_of_dot(d: int) -> Pair:
    """Var(q · k) of d signs against d."""
    return _signs(d, 1.0), float(d)


@check(within=1e-9, identity=True)
def variance_scaled(d: int) -> Pair:
    """Var(q · k / √d) of d signs against 1."""
    return _signs(d, np.sqrt(d)), 1.0


# Guidance, on a run and on the toy with two words


@check(within=1e-5)
def guided(noise: Floats, noise_cond: Floats, noise_uncond: Floats, guidance: float) -> Pair:
    """The noise that the scheduler was given against the two branches that came out of the network."""
    return noise.astype(np.float64), steering.guided(noise_uncond, noise_cond, guidance)


def at_levels(within: float) -> Callable[[Callable[[TwoWords, float], Pair]], Check]:
    """A check of `sides`, of the toy at one ᾱ, at all `levels` that are neither noise nor picture alone."""

    def make(sides: Callable[[TwoWords, float], Pair]) -> Check:
        def everywhere(levels: tuple[float, ...], toy: TwoWords = TwoWords()) -> Pair:  # noqa: B008 — frozen
            left, right = zip(*(sides(toy, one) for one in levels if 0.02 < one < 0.98), strict=True)
            return np.array(left), np.array(right)

        everywhere.__name__, everywhere.__doc__ = sides.__name__, sides.__doc__
        return check(within)(everywhere)

    return make


@at_levels(within=1e-9)
def bayes(toy: TwoWords, level: float) -> Pair:
    """p_t(x|c) against p_t(x) p_t(c|x) / p(c)."""
    return toy.conditional(X, level), toy.power(X, level, 1) / toy.shares[0]


@at_levels(within=1e-9)
def logarithms(toy: TwoWords, level: float) -> Pair:
    """log p_t(c|x) against log p_t(x|c) − log p_t(x) + log p(c)."""
    told, free = np.log(toy.conditional(X, level)), np.log(toy.density(X, level))
    return np.log(toy.word(X, level)), told - free + np.log(toy.shares[0])


def _slopes(toy: TwoWords, level: float) -> tuple[Array, Array, Array]:
    """∇ log of p_t(x), of p_t(x|c) and of p_t(c|x)."""
    free, told, word = (slope(partial(of, level=level), X) for of in (toy.density, toy.conditional, toy.word))
    return free, told, word


@at_levels(within=1e-6)
def word_score(toy: TwoWords, level: float) -> Pair:
    """∇ log p_t(c|x) against the difference of the two scores."""
    free, told, word = _slopes(toy, level)
    return word, told - free


@at_levels(within=1e-6)
def noise_is_score(toy: TwoWords, level: float) -> Pair:
    """E[ε | x_t] against −√(1−ᾱ) ∇ log p_t."""
    return toy.noise(X, level, False), -np.sqrt(1 - level) * _slopes(toy, level)[0]


@at_levels(within=1e-6)
def compass(toy: TwoWords, level: float) -> Pair:
    """E[ε|x,c] − E[ε|x] against −√(1−ᾱ) ∇ log p_t(c|x)."""
    added = toy.noise(X, level, True) - toy.noise(X, level, False)
    return added, -np.sqrt(1 - level) * _slopes(toy, level)[2]


def _mixed(toy: TwoWords, level: float, w: float = 3.0) -> Array:
    return steering.guided(toy.noise(X, level, False), toy.noise(X, level, True), w)


@at_levels(within=1e-6)
def both_slopes(toy: TwoWords, level: float) -> Pair:
    """The guided noise against −√(1−ᾱ) times the slope of p_t, and w times that of the word."""
    free, _, word = _slopes(toy, level)
    return _mixed(toy, level), -np.sqrt(1 - level) * (free + 3 * word)


@at_levels(within=1e-6)
def power(toy: TwoWords, level: float) -> Pair:
    """The guided noise against −√(1−ᾱ) ∇ log [p_t(x) p_t(c|x)^w]."""
    return _mixed(toy, level), -np.sqrt(1 - level) * slope(lambda x: toy.power(x, level, 3), X)


# Guidance on two bells


BELLS = Bells()


def _normal(density: Array, y: Array) -> Array:
    return density / np.trapezoid(density, y)


@check(within=1e-9, identity=True)
def powers(bells: Bells = BELLS) -> Pair:
    """p(y) p(c|y)^w against p(y)^(1−w) p(y|c)^w, both made to have area 1."""
    y = bells.part * np.linspace(-5, 5, 2001)
    p, told = (bell(y, variance) for variance in bells.variances())
    word = told / p / (told / p).max()  # a chance: at most 1
    left, right = (
        [_normal(one(w), y) for w in WS] for one in (lambda w: p * word**w, lambda w: p ** (1 - w) * told**w)
    )
    return np.array(left), np.array(right)


@check(within=1e-9)
def wanted(bells: Bells = BELLS) -> Pair:
    """1/V, V measured on a grid, against (1−w)/A² + w/B²."""
    return [bells.sharpened(w) / bells.measured(w) for w in WS], np.ones(len(WS))


@check(within=1e-9)
def noised(bells: Bells = BELLS) -> Pair:
    """The same for bells that are noised first, at several noises."""
    ratios = [bells.sharpened(w, noise) / bells.measured(w, noise) for w in WS for noise in NOISES]
    return ratios, np.ones(len(ratios))


@check(within=1e-6)
def ddim_flows(bells: Bells = BELLS) -> Pair:
    """dy/dσ of one DDIM step in x with the guided noise, y = x/√ᾱ, against −σ times the mix of slopes."""
    left, right = [], []
    for w in WS:
        for sigma, after in ((0.3, 0.29), (1.0, 0.9), (3.0, 2.0)):
            a, b = 1 / np.sqrt(1 + sigma**2), sigma / np.sqrt(1 + sigma**2)
            laws = [a**2 * variance + b**2 for variance in bells.variances()]
            free, told = (-b * slope(partial(bell, variance=v), a * Y, 0.01) for v in laws)
            epsilon = steering.guided(free, told, w)
            stepped = (a * Y - b * epsilon) / a + after * epsilon  # the guess, with less noise on it
            left.append((stepped - Y) / (after - sigma))
            right.append(-sigma * bells.slopes(Y, w, sigma))
    return left, right


@check(within=1e-6)
def flow(bells: Bells = BELLS) -> Pair:
    """−σ times the guided slope, taken of the noised bells' logarithms, against σ y / V_σ."""
    both = [(w, noise) for w in WS for noise in NOISES]
    return (
        [-noise * bells.slopes(Y, w, noise) for w, noise in both],
        [noise * Y / bells.sharpened(w, noise) for w, noise in both],
    )


@check(within=1e-7)
def split(bells: Bells = BELLS) -> Pair:
    """log of walks from σ = 10 down to other noises, integrated, against the halves of the logarithms."""
    both = [(w, noise) for w in WS for noise in (3.0, 1.0, 0.3, 1e-4)]
    return (
        [np.log(bells.walked(w, 10.0, noise)) for w, noise in both],
        [(bells.logarithm(w, noise) - bells.logarithm(w, 10.0)) / 2 for w, noise in both],
    )


@check(within=1e-7)
def spread(bells: Bells = BELLS) -> Pair:
    """log of the variance of walks from a bell of starts, by quadrature, less that at the start."""
    starts, mass = np.polynomial.hermite_e.hermegauss(4)
    chance, both = mass / mass.sum(), [(w, noise) for w in WS for noise in (3.0, 0.3)]
    ends = [np.array([bells.walked(w, 10.0, noise, y) for y in starts]) for w, noise in both]
    return (
        [np.log((chance @ one**2 - (chance @ one) ** 2) / (chance @ starts**2)) for one in ends],
        [bells.logarithm(w, noise) - bells.logarithm(w, 10.0) for w, noise in both],
    )


@check(within=1e-6)
def on_the_way(bells: Bells = BELLS) -> Pair:
    """log of the variance of integrated walks from pure noise, against that of the brackets."""
    both = [(w, noise) for w in WS for noise in (3.0, 1.0, 0.3)]
    # The walk is linear: a start of one standard deviation, σ, is one standard deviation out.
    walked = [2 * np.log(bells.walked(w, _FAR, noise, _FAR)) for w, noise in both]
    return walked, [bells.logarithm(w, noise) for w, noise in both]


@check(within=1e-5)
def endings(bells: Bells = BELLS) -> Pair:
    """The variance of guided walks from pure noise, integrated, by A^(2(1−w)) B^(2w)."""
    walked = [bells.walked(w, _FAR, 1e-5, _FAR) ** 2 / bells.arrived(w) for w in WS]
    return walked, np.ones(len(WS))
