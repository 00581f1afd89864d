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
from course.maths.walking import TOY, Mixture, sigma_of

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
Sides = Callable[[Array, float, Mixture], Pair]

LEVELS = (0.02, 0.1, 0.3, 0.6, 0.9)  # ᾱ at which the toy is looked at
STATES = np.array([-1.7, -0.6, 0.05, 0.8, 1.9])
SIGMAS = (0.3, 0.6, 1.0, 2.0)
LITTLE = 1e-3  # a short step
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


# On the toy, at several amounts of noise: y = x_0 + σ ε, so that q(y | x_0) is a bell of width σ around x_0


def _on_toy(
    places: Sequence[tuple[Array, float]], within: float, identity: bool = False
) -> Callable[[Sides], Check]:
    """A check of `sides` (at places (N,), with so much noise, on a mixture), everywhere at once."""

    def make(sides: Sides) -> Check:
        def everywhere(toy: Mixture = TOY) -> Pair:
            left, right = zip(*(sides(at, noise, toy) for at, noise in places), strict=True)
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


def _over_pictures(y: Array, sigma: float, toy: Mixture, pull: bool = False) -> Array:
    """∫ q(y | x_0) p(x_0) dx_0; with `pull`, (x_0 − y)/σ² times that."""
    grid, y = toy.grid(), y[:, None]
    joint = stats.norm.pdf(y, grid, sigma) * toy.density(grid)
    return np.asarray(np.trapezoid((grid - y) / sigma**2 * joint if pull else joint, grid))


@at_sigmas(within=1e-12, identity=True)
def bell(y: Array, sigma: float, toy: Mixture) -> Pair:
    """SciPy's density of y given x_0, by its own highest value, against exp(−(y − x_0)²/(2σ²))."""
    middle = np.array(toy.places)[:, None]
    q = stats.norm(middle, sigma)
    return q.pdf(y) / q.pdf(middle), np.exp(-((y - middle) ** 2) / (2 * sigma**2))


@at_sigmas(within=1e-9)
def density(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The closed density of y against bells times prior, integrated over x_0."""
    return toy.cloud(y, sigma), _over_pictures(y, sigma, toy)


@at_sigmas(within=1e-8)
def gradient(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The derivative of p_σ against (x_0 − y)/σ² times bells times prior, integrated."""
    return _slope(partial(toy.cloud, sigma=sigma), y), _over_pictures(y, sigma, toy, pull=True)


@at_sigmas(within=1e-7)
def over_density(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The derivative of p_σ over p_σ against the same integral, over p_σ."""
    p = toy.cloud(y, sigma)
    return _slope(partial(toy.cloud, sigma=sigma), y) / p, _over_pictures(y, sigma, toy, pull=True) / p


@at_sigmas(within=1e-7)
def posterior(y: Array, sigma: float, toy: Mixture) -> Pair:
    """∇ log p_σ against the pull, averaged over p(x_0 | y): bells times prior, normalised."""
    pulled = _over_pictures(y, sigma, toy, pull=True)
    return _uphill(y, sigma, toy), pulled / _over_pictures(y, sigma, toy)


@at_sigmas(within=1e-7)
def log_gradient(y: Array, sigma: float, toy: Mixture) -> Pair:
    """∇ log p_σ(y) against (E[x_0 | y] − y)/σ², the mean by brute force."""
    return _uphill(y, sigma, toy), (toy.mean(y, sigma) - y) / sigma**2


@at_sigmas(within=1e-7)
def tweedie_by_size(y: Array, sigma: float, toy: Mixture) -> Pair:
    """E[x_0 | y] by brute force against y + σ² ∇ log p_σ(y)."""
    return toy.mean(y, sigma), y + sigma**2 * _uphill(y, sigma, toy)


@at_levels(within=1e-9)
def stretch(x: Array, level: float, toy: Mixture) -> Pair:
    """log p_t(x_t) against log p_σ(y), the latter by brute force, both less their value at the place 0."""
    x = np.append(x, 0.0)
    left = np.log(toy.density(x, level))
    right = np.log(_over_pictures(x / np.sqrt(level), float(sigma_of(level)), toy))
    return left[:-1] - left[-1], right[:-1] - right[-1]


@at_levels(within=1e-9)
def tweedie(x: Array, level: float, toy: Mixture) -> Pair:
    """E[x_0 | x_t] by brute force against (x_t + (1−ᾱ) ∇ log p_t)/√ᾱ. Robbins 1956, Efron 2011."""
    return toy.guess(x, level), (x + (1 - level) * toy.score(x, level)) / np.sqrt(level)


def _uphill(y: Array, sigma: float, toy: Mixture) -> Array:
    """∇ log p_σ(y), by differences of the density."""
    return _slope(lambda y: np.log(toy.cloud(y, sigma)), y)


@at_sigmas(within=1e-4, identity=True)
def bell_spreads(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of SciPy's bells with σ against σ times their second derivative by y."""
    middle = np.array(toy.places)[:, None]
    by_sigma = _slope(lambda sigma: stats.norm.pdf(y, middle, sigma), sigma)
    return by_sigma, sigma * _curvature(lambda y: stats.norm.pdf(y, middle, sigma), y)


@at_sigmas(within=1e-4)
def heat(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of p_σ(y) with σ against σ times its second derivative by y."""
    return _slope(partial(toy.cloud, y), sigma), sigma * _curvature(partial(toy.cloud, sigma=sigma), y)


@at_sigmas(within=1e-4)
def flow(y: Array, sigma: float, toy: Mixture) -> Pair:
    """The change of p_σ(y) with σ against −d/dy of p_σ times the velocity −σ ∇ log p_σ."""
    carried = _slope(lambda y: toy.cloud(y, sigma) * toy.slope(y, sigma), y)
    return _slope(partial(toy.cloud, y), sigma), -carried


@at_sigmas(within=1e-7)
def same_flow(y: Array, sigma: float, toy: Mixture) -> Pair:
    """p_σ times the velocity against −σ times the slope of p_σ."""
    return toy.cloud(y, sigma) * toy.slope(y, sigma), -sigma * _slope(partial(toy.cloud, sigma=sigma), y)


@check(within=1e-7)
def roads_keep_the_law(toy: Mixture = TOY) -> Pair:
    """The share of all states below each road against what it was at its start: it keeps the law p_σ."""
    sigmas = list(np.linspace(HIGH, LOW, 30))
    places = walking.road(toy.slope, STARTS, sigmas, between=20)
    shares = np.array([toy.below(y, sigma) for y, sigma in zip(places, sigmas, strict=True)])
    return shares, np.broadcast_to(shares[0], shares.shape)


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
def divided(states: Array, guesses: Array, noise: Array, signal_level: Array) -> Pair:
    """x_{t−1}/√ᾱ_{t−1} against x̂₀ + σ_{t−1} ε̂ at every step, times √ᾱ_t."""
    _, after, noise, a, b = _steps(states, noise, signal_level)
    return a * after / b, a * (guesses + sigma_of(b**2) * noise)


@check(within=1e-5)
def euler_step(states: Array, noise: Array, signal_level: Array) -> Pair:
    """y_{t−1} against y_t + (σ_{t−1} − σ_t) ε̂ at every step, times √ᾱ_t: at pure noise, too, a number."""
    before, after, noise, a, b = _steps(states, noise, signal_level)
    return a * after / b, before + (a * sigma_of(b**2) - np.sqrt(1 - a**2)) * noise


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
