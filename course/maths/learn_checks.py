"""Both sides of chapter 3's equations: on an album's cards, on rounds of the game, or on toys.

Not for drawing, and not for the formulas themselves (see `learn`).
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import learn
from course.maths.checking import check
from course.maths.reverse import normal_density, posterior
from course.maths.walking import TOY, Mixture

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

LEVELS = (0.1, 0.4, 0.8)  # ᾱ at which the toy is looked at
WIDTH = 0.7  # of the bell that all pictures of another toy are
GRID = np.linspace(-12, 12, 6001)
GUESSES: tuple[Callable[[Array], Array], ...] = (np.tanh, lambda x: -x, lambda x: 0.3 - x**2 / 4)


# One number of the picture: values (N,) that it may have, with shares (N,) that sum to 1


def _moments(values: Array, shares: Array, answers: Array) -> tuple[Array, Array, Array]:
    mean = float(shares @ values)
    left = learn.cost(answers, values, shares)
    return left, learn.cost(mean, values, shares) + 0 * left, mean - answers


@check(within=1e-12, identity=True)
def expanded(values: Array, shares: Array, answers: Array) -> Pair:
    """E(x_0 − g)² against E(x_0 − m)², twice the product, and (m − g)², for several answers g."""
    left, least, off = _moments(values, shares, answers)
    return left, least + 2 * off * float(shares @ (values - shares @ values)) + off**2


@check(within=1e-12, identity=True)
def centred(values: Array, shares: Array) -> Pair:
    """E(x_0 − m) against 0."""
    return shares @ (values - shares @ values), np.array(0.0)


@check(within=1e-12, identity=True)
def split(values: Array, shares: Array, answers: Array) -> Pair:
    """E(x_0 − g)² against E(x_0 − m)² + (m − g)², for several answers g."""
    left, least, off = _moments(values, shares, answers)
    return left, least + off**2


# The album's optimum


@check(within=1e-9)
def album(state: Array, cards: Array, guess: Array, level: float) -> Pair:
    """The answer in closed form against Bayes by brute force: number by number, some cards get likelier."""
    x, flat = np.asarray(state, np.float64).ravel(), cards.reshape(len(cards), -1).astype(np.float64)
    shares = np.full(len(cards), 1 / len(cards))
    for number, value in enumerate(x):
        shares = shares * np.exp(-((value - np.sqrt(level) * flat[:, number]) ** 2) / (2 * (1 - level)))
        shares /= shares.sum()
    return np.asarray(guess, np.float64).ravel(), shares @ flat


# Rounds of the game: see `learn.Round`


def _wrong(picture: Array, noise: Array, velocity: Array, levels: Array) -> list[learn.Mistakes]:
    played = learn.Round(picture, noise, velocity, levels)
    return [played.mistakes(k) for k in range(len(levels))]


def _squares(name: str, wrong: list[learn.Mistakes]) -> Array:
    """(L,): ‖Δ‖² of each answer, in these coordinates."""
    return np.array([(getattr(one, name) ** 2).sum() for one in wrong])


@check(within=1e-10, identity=True)
def one_mistake(picture: Array, noise: Array, velocity: Array, levels: Array) -> Pair:
    """√ᾱ Δx_0 against −√(1−ᾱ) Δε, number by number."""
    wrong = _wrong(picture, noise, velocity, levels)
    shape = (-1,) + (1,) * picture.ndim
    left = np.sqrt(levels).reshape(shape) * np.array([one.picture for one in wrong])
    return left, -np.sqrt(1 - levels).reshape(shape) * np.array([one.noise for one in wrong])


@check(within=1e-10, relative=True, identity=True)
def noise_loss(picture: Array, noise: Array, velocity: Array, levels: Array) -> Pair:
    """‖Δε‖² against SNR ‖Δx_0‖², as ratios to the latter."""
    wrong = _wrong(picture, noise, velocity, levels)
    return _squares("noise", wrong) / _squares("picture", wrong), learn.snr(levels)


@check(within=1e-10, relative=True, identity=True)
def velocity_loss(picture: Array, noise: Array, velocity: Array, levels: Array) -> Pair:
    """‖Δv‖² against (1 + SNR) ‖Δx_0‖², as ratios to the latter."""
    wrong = _wrong(picture, noise, velocity, levels)
    return _squares("velocity", wrong) / _squares("picture", wrong), 1 + learn.snr(levels)


# From the bound to the game


def _kl(mean: Array, variance: Array, other: Array, others: Array) -> Array:
    """KL(N(mean, variance) ‖ N(other, others)), in closed form."""
    return (np.log(others / variance) + (variance + (mean - other) ** 2) / others - 1) / 2


@check(within=1e-9, identity=True)
def bound(levels: Array) -> Pair:
    """−log p(x_0) against the sum of the bound's terms, where it is tight: pictures are a bell, and each step
    of the model is the true way back. At several pictures; ᾱ of the states (S+1,), from static on.
    """
    x_0 = np.linspace(-1.5, 1.5, 7)
    inside = levels[:-1]
    spread = inside * WIDTH**2 + 1 - inside  # variance of the states
    total = _kl(np.sqrt(inside[0]) * x_0, 1 - inside[0] + 0 * x_0, 0 * x_0, spread[0] + 0 * x_0)
    for k, (level, before) in enumerate(pairwise(inside)):
        q = posterior(float(level), float(before))
        # The true way back from x_t is a bell too: its mean is back · x_t.
        alpha = level / before
        back = np.sqrt(alpha) * spread[k + 1] / spread[k]
        variance = spread[k + 1] * (1 - alpha) / spread[k]
        # Averaged over x_t, given x_0: of mean √ᾱ x_0 and variance 1 − ᾱ.
        off = (q.of_x0 + (q.of_xt - back) * np.sqrt(level)) * x_0
        square = off**2 + (q.of_xt - back) ** 2 * (1 - level)
        total = total + (np.log(variance / q.variance) + (q.variance + square) / variance - 1) / 2
    level = inside[-1]
    gain = np.sqrt(level) * WIDTH**2 / spread[-1]
    left = WIDTH**2 * (1 - level) / spread[-1]
    square = ((1 - gain * np.sqrt(level)) * x_0) ** 2 + gain**2 * (1 - level)
    total = total + np.log(2 * np.pi * left) / 2 + square / (2 * left)
    return -np.log(normal_density(x_0, 0.0, WIDTH**2)), total


@check(within=1e-8, relative=True, identity=True)
def one_term(levels: Array) -> Pair:
    """KL of two bells of Bayes' width, one for the true picture and one for a guess, by quadrature, against
    ½ (SNR_{t−1} − SNR_t) (x_0 − x̂_0)², for each step but the last one of ᾱ (S+1,).
    """
    left, right, true, guess = [], [], 0.4, 0.25
    for level, before in pairwise(levels[:-1]):
        q = posterior(float(level), float(before))
        x_t, width = 0.3, np.sqrt(q.variance)
        means = [float(q.of_x0 * x_0 + q.of_xt * x_t) for x_0 in (true, guess)]
        at = means[0] + width * GRID
        log = ((at - means[1]) ** 2 - (at - means[0]) ** 2) / (2 * q.variance)
        left.append(np.trapezoid(normal_density(at, means[0], q.variance) * log, at))
        right.append((learn.snr(before) - learn.snr(level)) / 2 * (true - guess) ** 2)
    return np.array(left), np.array(right)


# What is guessed is a slope


HILL = 0.6


def hill(x: Array) -> Array:
    """How likely the toy's states are, at one amount of noise."""
    return TOY.density(x, HILL)


def tops() -> Array:
    """(2,): where it has its two tops."""
    halves = GRID[GRID < 0], GRID[GRID > 0]
    return np.array([half[np.argmax(hill(half))] for half in halves])


def pull(x: float, place: float | None = None) -> float:
    """A quarter of the slope at x of the logarithm of that, or of the bell around one place."""
    if place is None:
        return 0.25 * float(TOY.score(np.array(x), HILL))
    return 0.25 * (np.sqrt(HILL) * place - x) / (1 - HILL)


def _losses(toy: Mixture, guess: Callable[[Array], Array], level: float) -> tuple[float, float]:
    """E (s − ∇ log q(x_t | x_0))² and E (s − ∇ log p_t)² of an answer s(x), by quadrature."""
    x = np.linspace(-7, 7, 141)
    said = guess(x)

    def off(at: Array, x_0: Array) -> Array:
        own = (np.sqrt(level) * x_0 - at) / (1 - level)
        return np.asarray((guess(at) - own) ** 2)

    one = np.trapezoid(toy.over_pictures(x, level, off), x)
    other = np.trapezoid((said - toy.score(x, level)) ** 2 * toy.density(x, level), x)
    return float(one), float(other)


@check(within=1e-8)
def score_matching(toy: Mixture = TOY) -> Pair:
    """By how much the two losses of several answers differ from those of the first one: alike for both."""
    found = np.array([[_losses(toy, guess, level) for guess in GUESSES] for level in LEVELS])
    apart = found[:, 1:] - found[:, :1]
    return apart[..., 0], apart[..., 1]


@check(within=1e-9, identity=True)
def slope_is_noise(picture: Array, noise: Array, levels: Array) -> Pair:
    """∇ log q(x_t | x_0) of captured rounds against −ε/√(1−ᾱ)."""
    x = [learn.mixed(picture, noise, float(level)) for level in levels]
    left = [
        (np.sqrt(level) * picture.astype(np.float64) - at) / (1 - level)
        for at, level in zip(x, levels, strict=True)
    ]
    right = [-noise.astype(np.float64) / np.sqrt(1 - level) for level in levels]
    return np.array(left), np.array(right)
