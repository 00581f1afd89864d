"""Both sides of chapter 8's equations: on bells where all is known, or on what the autoencoder really says.

Not for drawing, and not for the formulas themselves (see `latent`).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from course.maths import latent
from course.maths.checking import check
from course.maths.latent import Toy
from course.maths.reverse import normal_density

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

TOY = Toy()
PLACES = np.linspace(-3, 3, 13)  # pictures
GRID = np.linspace(-12, 12, 24001)  # miniatures
GUESS = (0.4, 0.9)  # a q that is not the best one: its middle per x, its width
BETAS = (0.05, 0.3, 1.0, 4.0)
DRAWS = 4_000
LITTLE = 1e-4


def _average(f: Callable[[Array], Array], mean: float, width: float) -> float:
    """The mean of f(z) over N(mean, width²), by quadrature."""
    return float(np.trapezoid(normal_density(GRID, mean, width**2) * f(GRID), GRID))


# The bound


@check(within=1e-9)
def evidence(toy: Toy = TOY) -> Pair:
    """p(x) in closed form against the sum over all miniatures."""
    summed = [np.trapezoid(toy.prior(GRID) * toy.likelihood(x, GRID), GRID) for x in PLACES]
    return toy.evidence(PLACES), np.array(summed)


@check()
def reweighed(toy: Toy = TOY, seed: int = 0) -> Array:
    """p(x) against the mean of p(x|z) p(z)/q(z) over draws from q: z-scores."""
    z, found = np.random.default_rng(seed).standard_normal((DRAWS, 1)), []
    for x in PLACES:
        at = GUESS[0] * x + GUESS[1] * z[:, 0]
        terms = toy.likelihood(x, at) * toy.prior(at) / normal_density(at, GUESS[0] * x, GUESS[1] ** 2)
        found.append((terms.mean() - toy.evidence(x)) / (terms.std(ddof=1) / np.sqrt(DRAWS)))
    return np.array(found)


def _log_ratio(toy: Toy, x: float, z: Array) -> Array:
    q = -(((z - GUESS[0] * x) / GUESS[1]) ** 2) / 2 - np.log(np.sqrt(2 * np.pi) * GUESS[1])
    return np.log(np.maximum(toy.likelihood(x, z) * toy.prior(z), 1e-300)) - q


def _log_likelihood(toy: Toy, x: float, z: Array) -> Array:
    return np.log(np.maximum(toy.likelihood(x, z), 1e-300))


@check(within=1e-6)
def gap(toy: Toy = TOY) -> Pair:
    """What Jensen's inequality gives away, log p(x) less the mean logarithm, against D(q‖p(z|x))."""
    left, right = [], []
    for x in PLACES:
        q = GUESS[0] * x, GUESS[1]
        left.append(np.log(toy.evidence(x)) - _average(partial(_log_ratio, toy, x), *q))
        middle, width = toy.best(x)
        right.append(latent.kl((q[0] - middle) / width, q[1] / width))
    return np.array(left), np.array(right)


@check(within=1e-6)
def split(toy: Toy = TOY) -> Pair:
    """The mean of log p(x|z) p(z)/q(z) against that of log p(x|z), less how far q is from p(z)."""
    left, right = [], []
    for x in PLACES:
        q = GUESS[0] * x, GUESS[1]
        left.append(_average(partial(_log_ratio, toy, x), *q))
        said = _average(partial(_log_likelihood, toy, x), *q)
        right.append(said - latent.kl(*q))
    return np.array(left), np.array(right)


# The distance of two bells: what the encoder says of N pictures, (N, …), and the library's distances (N,)


@check()
def distance(latents: Array, widths: Array, nats: Array, seed: int = 0) -> Array:
    """The library's distance of each picture's bells against draws of log q − log p: z-scores."""
    m, s = (np.asarray(one, np.float64).reshape(len(one), -1) for one in (latents, widths))
    noise, found = np.random.default_rng(seed), []
    for mean, width, told in zip(m, s, nats, strict=True):
        dice = noise.standard_normal((DRAWS // 10, mean.size))
        drawn = ((mean + width * dice) ** 2 / 2 - dice**2 / 2 - np.log(width)).sum(1)
        found.append((drawn.mean() - told) / (drawn.std(ddof=1) / np.sqrt(len(drawn))))
    return np.array(found)


@check(within=1e-5, relative=True)
def term_by_term(latents: Array, widths: Array, nats: Array) -> Pair:
    """The same distances against the four terms, summed over all numbers of a miniature."""
    terms = latent.kl_terms(latents, widths)
    return np.asarray(nats, np.float64), terms.reshape(4, len(nats), -1).sum((0, 2))


@check(within=1e-9, identity=True)
def logarithms(toy: Toy = TOY) -> Pair:
    """log p and log q of each x, from their densities, against −z²/2 + c and −(z − μ)²/(2σ²) − log σ + c."""
    z, c = np.linspace(-3, 3, 61), -np.log(2 * np.pi) / 2
    left, right = [np.log(toy.prior(z))], [c - z**2 / 2]
    for x in PLACES:
        m, s = (float(one) for one in toy.best(x))
        left.append(np.log(normal_density(z, m, s**2)))
        right.append(c - (z - m) ** 2 / (2 * s**2) - np.log(s))
    return np.array(left), np.array(right)


@check(within=1e-6)
def moments(toy: Toy = TOY) -> Pair:
    """E z² and E((z − μ)/σ)² over the best q of each x, by quadrature, against μ² + σ² and 1."""
    left, right = [], []
    for x in PLACES:
        m, s = (float(one) for one in toy.best(x))

        def in_widths(z: Array, m: float = m, s: float = s) -> Array:
            return np.square((z - m) / s)

        left += [_average(np.square, m, s), _average(in_widths, m, s)]
        right += [toy.weight**2 * x**2 / (toy.weight**2 + toy.noise**2) ** 2 + s**2, 1.0]
    return np.array(left), np.array(right)


# Dice first: static (N, …) is captured


@check()
def stretched(static: Array, middle: float = 0.7, wide: float = 0.3) -> Array:
    """μ + σ ε of captured static against N(μ, σ²): z-scores of mean, square, and share below μ."""
    z = middle + wide * np.asarray(static, np.float64).ravel()
    off = (z - middle) / wide
    below = (z < middle).mean() - 0.5
    return np.array(
        [
            off.mean() * np.sqrt(z.size),
            ((off**2).sum() - z.size) / np.sqrt(2 * z.size),
            2 * below * np.sqrt(z.size),
        ]
    )


@check(within=1e-6)
def through_the_dice(toy: Toy = TOY) -> Pair:
    """The slope of E f(z) in μ and σ by differences against E f'(μ + σ ε) (1, ε), f the likelihood of x."""
    left, right = [], []
    for x in PLACES:
        f = partial(toy.likelihood, x)

        def slope(z: Array, x: float = x) -> Array:
            return np.asarray(toy.likelihood(x, z) * toy.weight * (x - toy.weight * z) / toy.noise**2)

        def by_dice(z: Array, of: Callable[[Array], Array] = slope) -> Array:
            return of(z) * (z - GUESS[0]) / GUESS[1]

        m, s = GUESS
        for dm, ds in ((LITTLE, 0.0), (0.0, LITTLE)):
            left.append((_average(f, m + dm, s + ds) - _average(f, m - dm, s - ds)) / (2 * LITTLE))
        right += [_average(slope, m, s), _average(by_dice, m, s)]
    return np.array(left), np.array(right)


# The weight


@check(within=1e-4)
def weighed(toy: Toy = TOY) -> Pair:
    """The best middle and width of q at several β by brute force against the closed form."""
    left, right = [], []
    for beta in BETAS:
        for x in PLACES[::6]:

            def loss(q: Array, x: float = x, beta: float = beta) -> float:
                m, s = q[0], np.exp(q[1])
                told = ((x - toy.weight * m) ** 2 + (toy.weight * s) ** 2) / (2 * toy.noise**2)
                return float(told + beta * latent.kl(m, s))

            m, s = minimize(loss, [0.0, 0.0], options={"gtol": 1e-7}).x
            left += [m, np.exp(s)]
            right += [*np.atleast_1d(toy.best(x, beta)[0]), toy.best(x, beta)[1]]
    return np.array(left), np.array(right)


# How wide latents are: (N, …) before and after scaling


@check(within=1e-6, relative=True)
def scaled(latents: Array, scaled: Array) -> Pair:
    """The variance of scaled latents against that of raw ones over the square of what divides them."""
    before, after = (np.asarray(one, np.float64) for one in (latents, scaled))
    s = np.median(before / after)
    return after.var(), before.var() / s**2


@check(within=1e-6, relative=True)
def louder(toy: Toy = TOY) -> Pair:
    """Signal by noise of √ᾱ x + √(1−ᾱ) ε, as variances, with x of a width and with x brought to width 1."""
    level, wide = np.linspace(0.1, 0.9, 9), np.sqrt(np.trapezoid(GRID**2 * toy.evidence(GRID), GRID))
    left = level * wide**2 / (1 - level)
    return left, level / (1 - level) * (toy.weight**2 + toy.noise**2)


# Two averages: of pictures and of miniatures


@check(within=1e-5, relative=True)
def two_averages(apart: Array, mean: Array, decoded: Array) -> Pair:
    """Square distances: of pictures from the picture of the mean, against those from their own mean and
    between these two."""
    gap = (np.asarray(decoded, np.float64) - mean) ** 2
    return np.asarray(apart[1]), np.asarray(apart[0] + gap.mean())
