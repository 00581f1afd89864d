"""Both sides of the course's equations, ready for `Checked`: on a captured run, or on a closed-form case.

Not for drawing, and not for the formulas themselves (see `reverse`).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import reverse
from course.maths.checking import check
from course.maths.run import Run

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
Sides = Callable[[], Pair]


def _column(values: Array) -> Array:
    return values.reshape(-1, 1, 1, 1)


@check(within=1e-5)
def mixture(states: Array, guesses: Array, noise: Array, signal_level: Array, noise_level: Array) -> Pair:
    """x_t against √ᾱ_t x̂₀ + √(1−ᾱ_t) ε̂, at every step of a capture."""
    left = states[:-1].astype(np.float64)
    return left, _column(signal_level[:-1]) * guesses + _column(noise_level[:-1]) * noise


def blamed(run: Run) -> Sides:
    """ε̂ as captured against (x_t − √ᾱ_t x̂₀)/√(1−ᾱ_t), at every step."""

    def sides() -> tuple[Array, Array]:
        signal, noise = _column(run.signal_level[:-1]), _column(run.noise_level[:-1])
        left = run.states[:-1].astype(np.float64) - signal * run.guesses
        return run.noise.astype(np.float64), left / noise

    return sides


@check(within=1e-5)
def ddim_update(states: Array, guesses: Array, noise: Array, signal_level: Array, noise_level: Array) -> Pair:
    """x_{t−1} against √ᾱ_{t−1} x̂₀ + √(1−ᾱ_{t−1}) ε̂, at every step. Song et al. 2021, eq. 12, σ = 0."""
    left = states[1:].astype(np.float64)
    return left, _column(signal_level[1:]) * guesses + _column(noise_level[1:]) * noise


def _inner(levels: Sequence[float]) -> list[tuple[float, float]]:
    """The pairs (ᾱ_t, ᾱ_{t−1}) of a walk but the last, where ᾱ_{t−1} = 1 and the posterior is a point."""
    return list(pairwise(levels[:-1]))


def bayes(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """Likelihood times prior, normalised on a grid, against the closed normal density, at every step."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            q = reverse.posterior(level, before)
            mean, width = q.of_x0 * x_0 + q.of_xt * x_t, np.sqrt(q.variance)
            points = mean + width * np.linspace(-12, 12, 4001)
            left.append(reverse.posterior_density(points, x_t, x_0, level, before) * width)
            right.append(reverse.normal_density(points, mean, q.variance) * width)
        return np.array(left), np.array(right)

    return sides


def exponents_add(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """−2 log q on a grid, less its value in the middle, against the sum of the two squares, less the same."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            alpha = level / before
            q = reverse.posterior(level, before)
            points = q.of_x0 * x_0 + q.of_xt * x_t + np.sqrt(q.variance) * np.linspace(-3, 3, 61)
            full = -2 * np.log(reverse.posterior_density(points, x_t, x_0, level, before))
            squares = (x_t - np.sqrt(alpha) * points) ** 2 / (1 - alpha)
            squares += (points - np.sqrt(before) * x_0) ** 2 / (1 - before)
            left.append(full - full[30])
            right.append(squares - squares[30])
        return np.array(left), np.array(right)

    return sides


def bell(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """−2 log q on a grid, less its value in the middle, against x²/σ̃² − 2xμ̃/σ̃², less the same."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            q = reverse.posterior(level, before)
            centre = q.of_x0 * x_0 + q.of_xt * x_t
            points = centre + np.sqrt(q.variance) * np.linspace(-3, 3, 61)
            full = -2 * np.log(reverse.posterior_density(points, x_t, x_0, level, before))
            square = (points**2 - 2 * points * centre) / q.variance
            left.append(full - full[30])
            right.append(square - square[30])
        return np.array(left), np.array(right)

    return sides


def inverse_variance(levels: Sequence[float]) -> Sides:
    """1/σ̃² against α_t/β_t + 1/(1−ᾱ_{t−1}), times σ̃² so that every step weighs the same."""

    def sides() -> tuple[Array, Array]:
        pairs = _inner(levels)
        variances = [reverse.posterior(level, before).variance for level, before in pairs]
        sums = [
            v * (level / before / (1 - level / before) + 1 / (1 - before))
            for v, (level, before) in zip(variances, pairs, strict=True)
        ]
        return np.ones(len(pairs)), np.array(sums)

    return sides


def common_denominator(levels: Sequence[float]) -> Sides:
    """1/σ̃² against (α_t (1−ᾱ_{t−1}) + β_t) / (β_t (1−ᾱ_{t−1})), as a ratio."""

    def sides() -> tuple[Array, Array]:
        ratios = []
        for level, before in _inner(levels):
            alpha = level / before
            beta = 1 - alpha
            whole = (alpha * (1 - before) + beta) / (beta * (1 - before))
            ratios.append(whole * reverse.posterior(level, before).variance)
        return np.array(ratios), np.ones(len(ratios))

    return sides


def numerator(levels: Sequence[float]) -> Sides:
    """1/σ̃² against (1 − ᾱ_t) / (β_t (1−ᾱ_{t−1})), as a ratio."""

    def sides() -> tuple[Array, Array]:
        ratios = [
            (1 - level) / ((1 - level / before) * (1 - before)) * reverse.posterior(level, before).variance
            for level, before in _inner(levels)
        ]
        return np.array(ratios), np.ones(len(ratios))

    return sides


def noise_adds_up(levels: Sequence[float]) -> Sides:
    """The squares of the two noise coefficients of the family, added, against 1 − ᾱ_{t−1}, for five σ."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            full = np.sqrt(reverse.posterior(level, before).variance)
            for share in (0.0, 0.25, 0.5, 0.75, 1.0):
                kept = reverse.family_mean(np.zeros(1), np.ones(1), before, share * full)[0]
                left.append(kept**2 + (share * full) ** 2)
                right.append(1 - before)
        return np.array(left), np.array(right)

    return sides


def variance(levels: Sequence[float]) -> Sides:
    """The variance measured on the grid's density against (1−ᾱ_{t−1})/(1−ᾱ_t) β_t, relative."""

    def sides() -> tuple[Array, Array]:
        measured = []
        for level, before in _inner(levels):
            q = reverse.posterior(level, before)
            points = np.sqrt(q.variance) * np.linspace(-12, 12, 4001)
            density = reverse.posterior_density(points, 0.0, 0.0, level, before)
            measured.append(np.trapezoid(points**2 * density, points) / q.variance)
        return np.array(measured), np.ones(len(measured))

    return sides


def mean(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """The mean measured on the grid's density against the closed form, at every step."""

    def sides() -> tuple[Array, Array]:
        measured, closed = [], []
        for level, before in _inner(levels):
            q = reverse.posterior(level, before)
            centre = q.of_x0 * x_0 + q.of_xt * x_t
            points = centre + np.sqrt(q.variance) * np.linspace(-12, 12, 4001)
            density = reverse.posterior_density(points, x_t, x_0, level, before)
            measured.append(np.trapezoid(points * density, points))
            closed.append(centre)
        return np.array(measured), np.array(closed)

    return sides


def mean_collected(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """μ̃ against σ̃² (√α_t/β_t x_t + √ᾱ_{t−1}/(1−ᾱ_{t−1}) x_0), before it is simplified."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            alpha, q = level / before, reverse.posterior(level, before)
            left.append(q.of_x0 * x_0 + q.of_xt * x_t)
            collected = np.sqrt(alpha) / (1 - alpha) * x_t + np.sqrt(before) / (1 - before) * x_0
            right.append(q.variance * collected)
        return np.array(left), np.array(right)

    return sides


def family_keeps_marginals(levels: Sequence[float], draws: int = 20_000) -> Callable[[], Array]:
    """z-scores of the family's mean and variance of x_{t−1} given x_0, for five σ, at every step.

    x_t is drawn from q(x_t | x_0) and one step of the family is taken with the true x_0 and ε.
    """

    def scores() -> Array:
        rng = np.random.default_rng(2)
        x_0, z = 0.8, []
        for level, before in _inner(levels):
            full = np.sqrt(reverse.posterior(level, before).variance)
            for share in (0.0, 0.25, 0.5, 0.75, 1.0):
                noise = rng.standard_normal(draws)
                x = reverse.family_mean(np.full(draws, x_0), noise, before, share * full)
                x = x + share * full * rng.standard_normal(draws)
                width = np.sqrt(1 - before)
                z.append((x.mean() - np.sqrt(before) * x_0) / (width / np.sqrt(draws)))
                z.append((x.var(ddof=1) / width**2 - 1) / np.sqrt(2 / (draws - 1)))
        return np.array(z)

    return scores


def family_is_ddpm(run: Run) -> Sides:
    """The family's mean at σ² = the posterior variance against DDPM's mean, on captured tensors."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for k, (level, before) in enumerate(_inner(list(run.alphas_cumprod))):
            q = reverse.posterior(level, before)
            guess, noise = run.guesses[k].astype(np.float64), run.noise[k].astype(np.float64)
            left.append(reverse.family_mean(guess, noise, before, float(np.sqrt(q.variance))))
            right.append(q.of_x0 * guess + q.of_xt * run.states[k])
        return np.array(left), np.array(right)

    return sides


def collapse(levels: Sequence[float], spread: float = 0.5) -> Sides:
    """The mean-only sampler's variance on Gaussian data: of walks one by one, against the recursion.

    Relative to the first. The starts have exactly the first state's variance, so no chance is involved.
    """

    def sides() -> tuple[Array, Array]:
        predicted = reverse.mean_step_variances(levels, spread)
        starts = np.linspace(-1, 1, 1001)
        starts = starts / starts.std() * np.sqrt(predicted[0])
        walks = reverse.mean_step_walks(levels, 0.3, spread, starts)
        return walks.var(axis=1) / predicted[0], predicted / predicted[0]

    return sides


def squares_opened(levels: Sequence[float], x_t: float = 0.7, x_0: float = -0.4) -> Sides:
    """−2 log q on a grid, less its value in the middle, against the squares opened and sorted by powers."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for level, before in _inner(levels):
            alpha = level / before
            beta = 1 - alpha
            q = reverse.posterior(level, before)
            points = q.of_x0 * x_0 + q.of_xt * x_t + np.sqrt(q.variance) * np.linspace(-3, 3, 61)
            full = -2 * np.log(reverse.posterior_density(points, x_t, x_0, level, before))
            sorted_ = points**2 * (alpha / beta + 1 / (1 - before))
            sorted_ -= 2 * points * (np.sqrt(alpha) / beta * x_t + np.sqrt(before) / (1 - before) * x_0)
            left.append(full - full[30])
            right.append(sorted_ - sorted_[30])
        return np.array(left), np.array(right)

    return sides


def left_of_noise(levels: Sequence[float]) -> dict[str, Sides]:
    """1 − ᾱ_{t−1} − σ̃² against the three forms it takes on the way to α_t (1−ᾱ_{t−1})² / (1−ᾱ_t).

    By name: `factored`, `common` (over one denominator), `root` (whose root is taken).
    """
    forms: dict[str, Callable[[float, float], float]] = {
        "factored": lambda level, before: (1 - before) * (1 - (1 - level / before) / (1 - level)),
        "common": lambda level, before: (1 - before) * (1 - level - (1 - level / before)) / (1 - level),
        "root": lambda level, before: level / before * (1 - before) ** 2 / (1 - level),
    }

    def against(form: Callable[[float, float], float]) -> Sides:
        def sides() -> tuple[Array, Array]:
            pairs = _inner(levels)
            left = [1 - before - reverse.posterior(level, before).variance for level, before in pairs]
            return np.array(left), np.array([form(level, before) for level, before in pairs])

        return sides

    return {name: against(form) for name, form in forms.items()}


def family_to_ddpm(run: Run) -> dict[str, Sides]:
    """The family's mean at σ² = the posterior variance against the forms it takes on the way to DDPM's mean.

    On captured tensors, by name: `root` (the noise's factor worked out), `state` (ε̂ by x_t and x̂₀), `sorted`.
    """
    Form = Callable[[float, float, Array, Array, Array], Array]

    def root(level: float, before: float, x: Array, guess: Array, noise: Array) -> Array:
        return np.sqrt(before) * guess + np.sqrt(level / before / (1 - level)) * (1 - before) * noise

    def state(level: float, before: float, x: Array, guess: Array, noise: Array) -> Array:
        factor = np.sqrt(level / before) * (1 - before) / (1 - level)
        return np.sqrt(before) * guess + factor * (x - np.sqrt(level) * guess)

    def in_order(level: float, before: float, x: Array, guess: Array, noise: Array) -> Array:
        alpha = level / before
        of_guess = np.sqrt(before) * (1 - level - alpha * (1 - before)) / (1 - level)
        return np.sqrt(alpha) * (1 - before) / (1 - level) * x + of_guess * guess

    def against(form: Form) -> Sides:
        def sides() -> tuple[Array, Array]:
            left, right = [], []
            for k, (level, before) in enumerate(_inner(list(run.alphas_cumprod))):
                sigma = float(np.sqrt(reverse.posterior(level, before).variance))
                x, guess, noise = (
                    values[k].astype(np.float64) for values in (run.states, run.guesses, run.noise)
                )
                left.append(reverse.family_mean(guess, noise, before, sigma))
                right.append(form(level, before, x, guess, noise))
            return np.array(left), np.array(right)

        return sides

    return {"root": against(root), "state": against(state), "sorted": against(in_order)}
