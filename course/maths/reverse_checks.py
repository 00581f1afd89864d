"""Both sides of chapter 2's equations: on a captured run, or on one number with a closed-form answer.

Not for drawing, and not for the formulas themselves (see `reverse`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import reverse
from course.maths.checking import Check, check

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
Value = Array | float

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the posterior's σ, to try the family with
X_T, X_0 = 0.7, -0.4  # a state and an ending, one number each


def _column(values: Array) -> Array:
    return values.reshape(-1, 1, 1, 1)


@check(within=1e-5)
def mixture(states: Array, guesses: Array, noise: Array, signal_level: Array, noise_level: Array) -> Pair:
    """x_t against √ᾱ_t x̂₀ + √(1−ᾱ_t) ε̂, at every step of a capture."""
    left = states[:-1].astype(np.float64)
    return left, _column(signal_level[:-1]) * guesses + _column(noise_level[:-1]) * noise


@check(within=1e-4)
def blamed(states: Array, guesses: Array, noise: Array, signal_level: Array, noise_level: Array) -> Pair:
    """ε̂ as captured against (x_t − √ᾱ_t x̂₀)/√(1−ᾱ_t), at every step."""
    left = states[:-1].astype(np.float64) - _column(signal_level[:-1]) * guesses
    return noise.astype(np.float64), left / _column(noise_level[:-1])


@check(within=1e-5)
def ddim_update(states: Array, guesses: Array, noise: Array, signal_level: Array, noise_level: Array) -> Pair:
    """x_{t−1} against √ᾱ_{t−1} x̂₀ + √(1−ᾱ_{t−1}) ε̂, at every step. Song et al. 2021, eq. 12, σ = 0."""
    left = states[1:].astype(np.float64)
    return left, _column(signal_level[1:]) * guesses + _column(noise_level[1:]) * noise


@dataclass(frozen=True)
class Back:
    """One step back, from ᾱ_t = `level` to ᾱ_{t−1} = `before`; for one number, of known state and ending."""

    level: float
    before: float

    @property
    def alpha(self) -> float:
        """α_t: what one step of drowning leaves."""
        return self.level / self.before

    @property
    def beta(self) -> float:
        """β_t: the variance of the noise that it adds."""
        return 1 - self.alpha

    @cached_property
    def q(self) -> reverse.Posterior:
        """The posterior, in closed form."""
        return reverse.posterior(self.level, self.before)

    @property
    def sharpness(self) -> float:
        """α_t/β_t + 1/(1−ᾱ_{t−1}): what the two bells' exponents have in common with the square."""
        return self.alpha / self.beta + 1 / (1 - self.before)

    @property
    def pull(self) -> float:
        """√α_t/β_t x_t + √ᾱ_{t−1}/(1−ᾱ_{t−1}) x_0: what they have with the number alone."""
        return np.sqrt(self.alpha) / self.beta * X_T + np.sqrt(self.before) / (1 - self.before) * X_0

    def grid(self, reach: float, count: int) -> Array:
        """Places around the mean, up to `reach` standard deviations."""
        return self.q.mean(X_T, X_0) + np.sqrt(self.q.variance) * np.linspace(-reach, reach, count)

    def density(self, x: Array) -> Array:
        """q(x_{t−1} | x_t, x_0) by brute force: likelihood times prior, normalised on a dense grid."""
        return reverse.posterior_density(x, X_T, X_0, self.level, self.before)

    def exponents(self, form: Callable[[Array], Array]) -> Pair:
        """−2 log q by brute force against `form`, each less its value in the middle, where C falls out."""
        x = self.grid(3, 61)
        sides = -2 * np.log(self.density(x)), form(x)
        return sides[0] - sides[0][30], sides[1] - sides[1][30]


def _inner(levels: Sequence[float]) -> list[Back]:
    """The steps of a walk but the last, where ᾱ_{t−1} = 1 and the posterior is a point."""
    return [Back(level, before) for level, before in pairwise(list(levels)[:-1])]


def at_each_step(within: float) -> Callable[[Callable[[Back], tuple[Value, Value]]], Check]:
    """A check of both sides of one step back, at all steps of a schedule at once."""

    def make(sides: Callable[[Back], tuple[Value, Value]]) -> Check:
        def everywhere(alphas_cumprod: Array) -> Pair:
            left, right = zip(*map(sides, _inner(list(alphas_cumprod))), strict=True)
            return np.array(left), np.array(right)

        everywhere.__name__, everywhere.__doc__ = sides.__name__, sides.__doc__
        return check(within, identity=True)(everywhere)

    return make


@at_each_step(within=1e-9)
def bayes(back: Back) -> tuple[Value, Value]:
    """Likelihood times prior, normalised on a grid, against the closed normal density."""
    x, width = back.grid(12, 4001), np.sqrt(back.q.variance)
    return back.density(x) * width, reverse.normal_density(x, back.q.mean(X_T, X_0), back.q.variance) * width


@at_each_step(within=1e-8)
def exponents(back: Back) -> tuple[Value, Value]:
    """−2 log q against the sum of the two squares."""
    a, b = np.sqrt(back.alpha), np.sqrt(back.before)
    return back.exponents(lambda x: (X_T - a * x) ** 2 / back.beta + (x - b * X_0) ** 2 / (1 - b**2))


@at_each_step(within=1e-8)
def opened(back: Back) -> tuple[Value, Value]:
    """−2 log q against the squares opened and sorted by powers."""
    return back.exponents(lambda x: x**2 * back.sharpness - 2 * x * back.pull)


@at_each_step(within=1e-8)
def bell(back: Back) -> tuple[Value, Value]:
    """−2 log q against x²/σ̃² − 2xμ̃/σ̃²."""
    return back.exponents(lambda x: (x**2 - 2 * x * back.q.mean(X_T, X_0)) / back.q.variance)


@at_each_step(within=1e-9)
def sharpness(back: Back) -> tuple[Value, Value]:
    """1/σ̃² against α_t/β_t + 1/(1−ᾱ_{t−1}), times σ̃² so that every step weighs the same."""
    return 1.0, back.q.variance * back.sharpness


@at_each_step(within=1e-9)
def one_denominator(back: Back) -> tuple[Value, Value]:
    """1/σ̃² against (α_t (1−ᾱ_{t−1}) + β_t) / (β_t (1−ᾱ_{t−1})), as a ratio."""
    over = (back.alpha * (1 - back.before) + back.beta) / (back.beta * (1 - back.before))
    return 1.0, back.q.variance * over


@at_each_step(within=1e-8)
def variance(back: Back) -> tuple[Value, Value]:
    """The variance measured on the grid's density against (1−ᾱ_{t−1})/(1−ᾱ_t) β_t, relative."""
    x = back.grid(12, 4001)
    found = np.trapezoid((x - back.q.mean(X_T, X_0)) ** 2 * back.density(x), x)
    return 1.0, found / ((1 - back.before) / (1 - back.level) * back.beta)


@at_each_step(within=1e-9)
def over_variance(back: Back) -> tuple[Value, Value]:
    """μ̃/σ̃² against √α_t/β_t x_t + √ᾱ_{t−1}/(1−ᾱ_{t−1}) x_0, both times σ̃²."""
    return back.q.mean(X_T, X_0), back.q.variance * back.pull


@at_each_step(within=1e-8)
def mean(back: Back) -> tuple[Value, Value]:
    """The mean measured on the grid's density against the closed form."""
    x = back.grid(12, 4001)
    mixed = np.sqrt(back.alpha) * (1 - back.before) * X_T + np.sqrt(back.before) * back.beta * X_0
    return np.trapezoid(x * back.density(x), x), mixed / (1 - back.level)


@at_each_step(within=1e-12)
def noise_adds_up(back: Back) -> tuple[Value, Value]:
    """The squares of the two noise coefficients of the family, added, against 1 − ᾱ_{t−1}, for five σ."""
    fresh = np.array(SHARES) * np.sqrt(back.q.variance)
    kept = [reverse.family_mean(np.zeros(1), np.ones(1), back.before, sigma)[0] for sigma in fresh]
    return np.square(kept) + fresh**2, np.full(len(SHARES), 1 - back.before)


@check(identity=True)
def family_keeps_marginals(alphas_cumprod: Array, draws: int = 20_000) -> Array:
    """z-scores of mean and variance of x_{t−1} given x_0, after a step with true x_0 and ε, for five σ."""
    rng, z = np.random.default_rng(2), []
    for back in _inner(list(alphas_cumprod)):
        for sigma in np.array(SHARES) * np.sqrt(back.q.variance):
            x = reverse.family_mean(np.full(draws, X_0), rng.standard_normal(draws), back.before, sigma)
            x = x + sigma * rng.standard_normal(draws)
            width = np.sqrt(1 - back.before)
            z.append((x.mean() - np.sqrt(back.before) * X_0) / (width / np.sqrt(draws)))
            z.append((x.var(ddof=1) / width**2 - 1) / np.sqrt(2 / (draws - 1)))
    return np.array(z)


@at_each_step(within=1e-12)
def factored(back: Back) -> tuple[Value, Value]:
    """1 − ᾱ_{t−1} − σ̃² against (1−ᾱ_{t−1}) (1 − β_t/(1−ᾱ_t))."""
    return 1 - back.before - back.q.variance, (1 - back.before) * (1 - back.beta / (1 - back.level))


@at_each_step(within=1e-12)
def rooted(back: Back) -> tuple[Value, Value]:
    """The same against α_t (1−ᾱ_{t−1})²/(1−ᾱ_t), whose root is taken next."""
    return 1 - back.before - back.q.variance, back.alpha * (1 - back.before) ** 2 / (1 - back.level)


Form = Callable[[Back, Array, Array, Array], Array]


def as_family(form: Form) -> Check:
    """A check of the family's mean at σ² = the posterior variance against a form of it, on a run."""

    def everywhere(states: Array, guesses: Array, noise: Array, alphas_cumprod: Array) -> Pair:
        left, right = [], []
        for k, back in enumerate(_inner(list(alphas_cumprod))):
            x, guess, blame = (values[k].astype(np.float64) for values in (states, guesses, noise))
            left.append(reverse.family_mean(guess, blame, back.before, float(np.sqrt(back.q.variance))))
            right.append(form(back, x, guess, blame))
        return np.array(left), np.array(right)

    everywhere.__name__, everywhere.__doc__ = form.__name__, form.__doc__
    return check(within=1e-5)(everywhere)


@as_family
def m_root(back: Back, x: Array, guess: Array, noise: Array) -> Array:
    """The noise's factor worked out."""
    factor = np.sqrt(back.alpha / (1 - back.level)) * (1 - back.before)
    return np.sqrt(back.before) * guess + factor * noise


@as_family
def m_state(back: Back, x: Array, guess: Array, noise: Array) -> Array:
    """ε̂ put in as state and guess."""
    factor = np.sqrt(back.alpha) * (1 - back.before) / (1 - back.level)
    return np.sqrt(back.before) * guess + factor * (x - np.sqrt(back.level) * guess)


@as_family
def m_sorted(back: Back, x: Array, guess: Array, noise: Array) -> Array:
    """Sorted by state and guess."""
    of_guess = np.sqrt(back.before) * (1 - back.level - back.alpha * (1 - back.before))
    return (np.sqrt(back.alpha) * (1 - back.before) * x + of_guess * guess) / (1 - back.level)


@as_family
def family_is_ddpm(back: Back, x: Array, guess: Array, noise: Array) -> Array:
    """DDPM's mean: the posterior's, with the guess in the ending's place."""
    return back.q.of_x0 * guess + back.q.of_xt * x


@check(within=1e-10, identity=True)
def collapse(alphas_cumprod: Array, spread: float = 0.5) -> Pair:
    """The mean-only sampler's variance on Gaussian data, by the first: of walks, against the recursion."""
    predicted = reverse.mean_step_variances(list(alphas_cumprod), spread)
    starts = np.linspace(-1, 1, 1001)
    starts = starts / starts.std() * np.sqrt(predicted[0])
    walks = reverse.mean_step_walks(list(alphas_cumprod), 0.3, spread, starts)
    return walks.var(axis=1) / predicted[0], predicted / predicted[0]


@check(identity=True)
def refilled(alphas_cumprod: Array, spread: float = 0.5, draws: int = 20_000) -> Array:
    """z-scores of the variance of DDPM's walks on the same data, with its rolls, against its recursion."""
    levels, rng = list(alphas_cumprod), np.random.default_rng(3)
    predicted = reverse.mean_step_variances(levels, spread, rolls=True)
    starts, fresh = rng.standard_normal(draws), rng.standard_normal((len(levels) - 1, draws))
    walks = reverse.mean_step_walks(levels, 0.0, spread, np.sqrt(predicted[0]) * starts, fresh)
    return (walks.var(axis=1, ddof=1) / predicted - 1) * np.sqrt((draws - 1) / 2)
