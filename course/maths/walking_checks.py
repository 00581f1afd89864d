"""Both sides of chapter 4's equations: on arrays of captured walks, or on the toy mixture.

Not for drawing, and not for the formulas themselves (see `walking`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from course.maths import walking
from course.maths.checking import Check, check
from course.maths.walking import TOY, Mixture, level_of, sigma_of

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
Sides = Callable[[Array, float, Mixture], Pair]

LEVELS = (0.02, 0.1, 0.3, 0.6, 0.9)  # ᾱ at which the toy is looked at
STATES = np.array([-1.7, -0.6, 0.05, 0.8, 1.9])
SIGMAS = (0.3, 0.6, 1.0, 2.0)
LITTLE = 1e-3  # what σ grows by where a line says that it grows by a little
NODES, _SHARES = np.polynomial.hermite_e.hermegauss(20)
WEIGHTS = _SHARES / _SHARES.sum()  # a mean over fresh noise z is a Gauss–Hermite sum
HALVINGS = (20, 40, 80, 160, 320)
HIGH, LOW = 3.0, 0.1  # σ from which and to which its roads are followed: bounded away from 0
STARTS = np.linspace(-4, 4, 17)


@check(within=1e-10, identity=True)
def split(endings: Array, guess: Array) -> Pair:
    """The mean square of x_0 − g over all endings (N, D) against that of (x_0 − m) + (m − g)."""
    x, m, g = endings, endings.mean(0), guess
    return ((x - g) ** 2).mean(), (((x - m) + (m - g)) ** 2).mean()


@check(within=1e-10, identity=True)
def expanded(endings: Array, guess: Array) -> Pair:
    """The same against the two squares and twice the product."""
    x, m, g = endings, endings.mean(0), guess
    return ((x - g) ** 2).mean(), ((x - m) ** 2 + (m - g) ** 2 + 2 * (x - m) * (m - g)).mean()


@check(within=1e-10, identity=True)
def pythagoras(endings: Array, guess: Array) -> Pair:
    """E‖x_0 − g‖² against E‖x_0 − m‖² + ‖m − g‖²."""
    x, m, g = endings, endings.mean(0), guess
    return ((x - g) ** 2).mean(), ((x - m) ** 2).mean() + ((m - g) ** 2).mean()


@check(within=1e-10, identity=True)
def best(endings: Array) -> Pair:
    """The answer of least mean square error, found by least squares, against the mean of the endings."""
    return np.linalg.lstsq(np.ones((len(endings), 1)), endings, rcond=None)[0][0], endings.mean(0)


# Tweedie, on the toy at several levels


def _on_toy(
    places: Sequence[tuple[Array, float]], within: float, identity: bool = False
) -> Callable[[Sides], Check]:
    """A check of `sides` (at places (N,), at a level of noise, on a mixture), everywhere at once."""

    def make(sides: Sides) -> Check:
        def everywhere(toy: Mixture = TOY) -> Pair:
            left, right = zip(*(sides(at, level, toy) for at, level in places), strict=True)
            return np.array(left), np.array(right)

        everywhere.__name__, everywhere.__doc__ = sides.__name__, sides.__doc__
        return check(within, identity=identity)(everywhere)

    return make


at_levels = partial(_on_toy, [(STATES, level) for level in LEVELS])
at_sigmas = partial(_on_toy, [(np.linspace(-3, 3, 25) * np.hypot(1, sigma), sigma) for sigma in SIGMAS])


def _slope(f: Callable[[Any], Array], at: Array | float, h: float = 1e-3) -> Array:
    """f′ by central differences of order four."""
    return (f(at - 2 * h) - 8 * f(at - h) + 8 * f(at + h) - f(at + 2 * h)) / (12 * h)


def _curvature(f: Callable[[Any], Array], at: Array, h: float = 1e-3) -> Array:
    """f″ by central differences."""
    return (f(at + h) - 2 * f(at) + f(at - h)) / h**2


def _pulled(x: Array, level: float, toy: Mixture) -> Array:
    """∫ −(x − √ᾱ x_0)/(1−ᾱ) q(x | x_0) p(x_0) dx_0."""
    return toy.over_pictures(x, level, lambda x, x_0: -(x - np.sqrt(level) * x_0) / (1 - level))


@at_levels(within=1e-9)
def density(x: Array, level: float, toy: Mixture) -> Pair:
    """The closed density of x_t against likelihood times prior, integrated over x_0."""
    return toy.density(x, level), toy.over_pictures(x, level)


@at_levels(within=1e-12, identity=True)
def bell(x: Array, level: float, toy: Mixture) -> Pair:
    """SciPy's density of x_t given x_0, by its own highest value, against exp(−(x_t − √ᾱ x_0)²/(2(1−ᾱ)))."""
    middle = np.sqrt(level) * np.array(toy.places)[:, None]
    q = stats.norm(middle, np.sqrt(1 - level))
    return q.pdf(x) / q.pdf(middle), np.exp(-((x - middle) ** 2) / (2 * (1 - level)))


@at_levels(within=1e-8)
def gradient(x: Array, level: float, toy: Mixture) -> Pair:
    """The derivative of p_t against −(x_t − √ᾱ x_0)/(1−ᾱ) times likelihood times prior, integrated."""
    return _slope(lambda x: toy.density(x, level), x), _pulled(x, level, toy)


@at_levels(within=1e-7)
def over_density(x: Array, level: float, toy: Mixture) -> Pair:
    """The derivative of p_t over p_t against the same integral, over p_t."""
    p = toy.density(x, level)
    return _slope(lambda x: toy.density(x, level), x) / p, _pulled(x, level, toy) / p


@at_levels(within=1e-9)
def logarithm(x: Array, level: float, toy: Mixture) -> Pair:
    """The closed score against that integral, over p_t."""
    return toy.score(x, level), _pulled(x, level, toy) / toy.density(x, level)


@at_levels(within=1e-9)
def posterior(x: Array, level: float, toy: Mixture) -> Pair:
    """The closed score against the pull, averaged over p(x_0 | x_t): likelihood times prior, normalised."""
    return toy.score(x, level), _pulled(x, level, toy) / toy.over_pictures(x, level)


@at_levels(within=1e-9)
def log_gradient(x: Array, level: float, toy: Mixture) -> Pair:
    """The closed score against −(x_t − √ᾱ E[x_0|x_t])/(1−ᾱ), the mean by brute force."""
    return toy.score(x, level), -(x - np.sqrt(level) * toy.guess(x, level)) / (1 - level)


@at_levels(within=1e-9)
def tweedie(x: Array, level: float, toy: Mixture) -> Pair:
    """E[x_0 | x_t] by brute force against (x_t + (1−ᾱ) ∇ log p_t)/√ᾱ. Robbins 1956, Efron 2011."""
    return toy.guess(x, level), (x + (1 - level) * toy.score(x, level)) / np.sqrt(level)


# The road, in y = x/√ᾱ and σ, on the toy


@check(within=1e-5, identity=True)
def squares() -> Pair:
    """(σ+h)² against σ² + 2σh; h small."""
    return (np.array(SIGMAS) + LITTLE) ** 2, np.array(SIGMAS) ** 2 + 2 * np.array(SIGMAS) * LITTLE


@at_sigmas(within=1e-5)
def more_noise(y: Array, sigma: float, toy: Mixture) -> Pair:
    """p_{σ+h}(y) against the mean of p_σ(y − √(2σh) z) over z; h small."""
    moved = y[:, None] - np.sqrt(2 * sigma * LITTLE) * NODES
    return toy.cloud(y, sigma + LITTLE), toy.cloud(moved, sigma) @ WEIGHTS


@at_sigmas(within=1e-5)
def shaken(y: Array, sigma: float, toy: Mixture) -> Pair:
    """p_{σ+h}(y) against the mean over z of p_σ(y − √(2σh) z), expanded to second order in z; h small."""
    p, shake = partial(toy.cloud, sigma=sigma), np.sqrt(2 * sigma * LITTLE) * NODES
    terms = p(y)[:, None] - shake * _slope(p, y)[:, None] + shake**2 / 2 * _curvature(p, y)[:, None]
    return toy.cloud(y, sigma + LITTLE), terms @ WEIGHTS


@at_sigmas(within=1e-5)
def curved(y: Array, sigma: float, toy: Mixture) -> Pair:
    """p_{σ+h}(y) against p_σ(y) + σ h ∇²p_σ(y); h small."""
    p = partial(toy.cloud, sigma=sigma)
    return toy.cloud(y, sigma + LITTLE), p(y) + sigma * LITTLE * _curvature(p, y)


@at_sigmas(within=1e-3)
def quotient(y: Array, sigma: float, toy: Mixture) -> Pair:
    """(p_{σ+h}(y) − p_σ(y))/h against σ ∇²p_σ(y); h a hundredth of small."""
    p, h = partial(toy.cloud, sigma=sigma), LITTLE / 100
    return (toy.cloud(y, sigma + h) - p(y)) / h, sigma * _curvature(p, y)


@at_sigmas(within=1e-4)
def heat(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of p_σ(y) with σ against σ times its second derivative by y."""
    return _slope(partial(toy.cloud, y), sigma), sigma * _curvature(partial(toy.cloud, sigma=sigma), y)


@at_sigmas(within=1e-4)
def divergence(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of p_σ(y) with σ against d/dy of σ dp_σ/dy."""
    p = partial(toy.cloud, sigma=sigma)
    return _slope(partial(toy.cloud, y), sigma), _slope(lambda y: sigma * _slope(p, y), y)


@at_sigmas(within=1e-4)
def flow(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of p_σ(y) with σ against −d/dy of p_σ times the velocity −σ ∇ log p_σ."""
    carried = _slope(lambda y: toy.cloud(y, sigma) * toy.slope(y, sigma), y)
    return _slope(partial(toy.cloud, y), sigma), -carried


@check(within=1e-7)
def roads_keep_the_law(toy: Mixture = TOY) -> Pair:
    """The share of all states below each road against what it was at its start: it keeps the law p_σ."""
    sigmas = list(np.linspace(HIGH, LOW, 30))
    places = walking.road(toy.slope, STARTS, sigmas, between=20)
    shares = np.array([toy.below(y, sigma) for y, sigma in zip(places, sigmas, strict=True)])
    return shares, np.broadcast_to(shares[0], shares.shape)


@at_levels(within=1e-9)
def stretch(x: Array, level: float, toy: Mixture) -> Pair:
    """log p_t(x_t) against log p_σ(y), the latter by brute force, both less their value at the place 0."""
    grid, sigma, x = toy.grid(), float(sigma_of(level)), np.append(x, 0.0)
    y = (x / np.sqrt(level))[:, None]
    left = np.log(toy.density(x, level))
    right = np.log(np.trapezoid(stats.norm.pdf(y, grid, sigma) * toy.density(grid), grid))
    return left[:-1] - left[-1], right[:-1] - right[-1]


@at_levels(within=1e-7)
def multiplied_out(x: Array, level: float, toy: Mixture) -> Pair:
    """E[x_0 | x_t] by brute force against x_t/√ᾱ + (1−ᾱ)/√ᾱ ∇ log p_t(x_t)."""
    root = np.sqrt(level)
    return toy.guess(x, level), x / root + (1 - level) / root * toy.score(x, level)


def _uphill(y: Array, sigma: float, toy: Mixture) -> Array:
    """∇ log p_σ(y), by differences of the density."""
    return _slope(lambda y: np.log(toy.cloud(y, sigma)), y)


@at_sigmas(within=1e-7)
def by_y(y: Array, sigma: float, toy: Mixture) -> Pair:
    """E[x_0 | y] by brute force against y + (1−ᾱ)/√ᾱ · 1/√ᾱ ∇ log p_σ(y)."""
    level = level_of(sigma)
    return toy.mean(y, sigma), y + (1 - level) / level * _uphill(y, sigma, toy)


@at_sigmas(within=1e-7)
def tweedie_by_size(y: Array, sigma: float, toy: Mixture) -> Pair:
    """E[x_0 | y] by brute force against y + σ² ∇ log p_σ(y)."""
    return toy.mean(y, sigma), y + sigma**2 * _uphill(y, sigma, toy)


@at_sigmas(within=1e-7)
def solved(y: Array, sigma: float, toy: Mixture) -> Pair:
    """∇ log p_σ(y) against (E[x_0 | y] − y)/σ², the mean by brute force."""
    return _uphill(y, sigma, toy), (toy.mean(y, sigma) - y) / sigma**2


@at_sigmas(within=1e-9)
def slope_is_noise(y: Array, sigma: float, toy: Mixture) -> Pair:
    """−σ ∇ log p_σ(y) against (y − E[x_0 | y])/σ, the mean by brute force."""
    return toy.slope(y, sigma), (y - toy.mean(y, sigma)) / sigma


# Captured walks: states (S+1, C, H, W), guesses and noise (S, C, H, W), √ᾱ at each state (S+1,)


def _steps(states: Array, noise: Array, signal_level: Array) -> tuple[Array, Array, Array, Array, Array]:
    """States before and after each step, ε̂, and √ᾱ before and after as columns."""
    root = signal_level.reshape(-1, 1, 1, 1)
    states = states.astype(np.float64)
    return states[:-1], states[1:], noise.astype(np.float64), root[:-1], root[1:]


@check(within=1e-5)
def rescaled(states: Array, guesses: Array, noise: Array, signal_level: Array) -> Pair:
    """x_t/√ᾱ_t against x̂₀ + σ ε̂ at every step, times √ᾱ_t, so that all steps weigh the same."""
    before, _, noise, a, _ = _steps(states, noise, signal_level)
    return before, a * (guesses + sigma_of(a**2) * noise)


@check(within=1e-5)
def inserted(states: Array, noise: Array, signal_level: Array) -> Pair:
    """x_{t−1} against √ᾱ_{t−1} (x_t − √(1−ᾱ_t) ε̂)/√ᾱ_t + √(1−ᾱ_{t−1}) ε̂, times √ᾱ_t."""
    before, after, noise, a, b = _steps(states, noise, signal_level)
    return a * after, b * (before - np.sqrt(1 - a**2) * noise) + a * np.sqrt(1 - b**2) * noise


@check(within=1e-5)
def divided(states: Array, noise: Array, signal_level: Array) -> Pair:
    """x_{t−1}/√ᾱ_{t−1} against x_t/√ᾱ_t − √(1−ᾱ_t)/√ᾱ_t ε̂ + √(1−ᾱ_{t−1})/√ᾱ_{t−1} ε̂, times √ᾱ_t."""
    before, after, noise, a, b = _steps(states, noise, signal_level)
    return a * after / b, before - np.sqrt(1 - a**2) * noise + a * np.sqrt(1 - b**2) / b * noise


@check(within=1e-5)
def euler_step(states: Array, noise: Array, signal_level: Array) -> Pair:
    """y_{t−1} against y_t + (σ_{t−1} − σ_t) ε̂ at every step, times √ᾱ_t."""
    before, after, noise, a, b = _steps(states, noise, signal_level)
    return a * after / b, before + a * (sigma_of(b**2) - sigma_of(a**2)) * noise


@check(within=0.01, identity=True)
def taylor(toy: Mixture = TOY) -> Pair:
    """y(σ−h) along the road against y − h ε̂ + h²/2 dε̂/dσ, over h²: what is left out is of order h."""
    left, right, h = [], [], LITTLE
    for sigma in SIGMAS:
        y = walking.road(toy.slope, STARTS, list(np.linspace(HIGH, sigma, 40)))[-1]
        end, *near = (walking.road(toy.slope, y, [sigma, sigma + d])[-1] for d in (-h, -h / 10, h / 10))
        bend = (toy.slope(near[1], sigma + h / 10) - toy.slope(near[0], sigma - h / 10)) / (h / 5)
        left.append((end - y + h * toy.slope(y, sigma)) / h**2)
        right.append(bend / 2)
    return np.array(left), np.array(right)


@check(within=0.15, identity=True)
def one_step_error(toy: Mixture = TOY) -> tuple[float, float]:
    """The measured order of a single step's error, by halving the step, against 2."""
    y, errors = walking.road(toy.slope, STARTS, list(np.linspace(HIGH, 1.0, 40)))[-1], []
    for h in (sizes := 0.2 / 2.0 ** np.arange(5)):
        true = walking.road(toy.slope, y, [1.0, 1.0 - h], between=50)[-1]
        errors.append(np.abs(walking.euler(toy.slope, y, [1.0, 1.0 - h])[-1] - true).mean())
    return walking.order(list(1 / sizes), np.array(errors)), 2.0


@check(within=0.15, identity=True)
def whole_error(toy: Mixture = TOY, counts: Sequence[int] = HALVINGS) -> tuple[float, float]:
    """The measured order of the whole walk's error, over four halvings of the step, against 1."""
    errors = walking.euler_errors(toy.slope, STARTS, HIGH, LOW, counts)
    return walking.order(counts, errors), 1.0
