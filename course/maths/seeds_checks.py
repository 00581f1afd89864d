"""Both sides of chapter 6's equations: on captured walks, on what was gathered, or in closed form.

Not for drawing, and not for the formulas themselves (see `seeds`).
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course.maths import seeds, walking
from course.maths.checking import check
from course.maths.measure import LEVELS
from course.maths.walking import TOY, Mixture

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

WIDTHS = (0.2, 0.5, 1.0)  # s of the bells that walks are followed on
COSINE = tuple(np.cos(np.linspace(0.49, 0, 31) * np.pi) ** 2)  # ᾱ of thirty equal turns
FINE = np.cos(np.linspace(0.4999, 0, 20001) * np.pi) ** 2  # of very many small ones
HIGH, LOW = 3.0, 0.1  # σ between which the toy's roads are followed
PLACES = np.linspace(-4, 4, 16)  # none on the watershed
LITTLE = 1e-4
SHUFFLED = 200
COUNTS = (40, 80, 160, 320)


# A table of pictures (P, Q, …): prompts, seeds


@check(within=1e-9, relative=True, identity=True)
def add_up(pictures: Array) -> Pair:
    """The three sums of squares together against that of all pictures about their mean."""
    x = pictures.astype(np.float64)
    return seeds.sums_of_squares(x).sum(), ((x - x.mean((0, 1))) ** 2).sum()


@check(within=1e-9, relative=True, identity=True)
def by_pairs(pictures: Array) -> Pair:
    """The variances of prompt, seed and both against those by distances of pairs: of one prompt, of one seed,
    of neither."""
    x = pictures.astype(np.float64)
    p, q = x.shape[:2]
    squares = seeds.sums_of_squares(x) / [p - 1, q - 1, (p - 1) * (q - 1)]
    left = [(squares[0] - squares[2]) / q, (squares[1] - squares[2]) / p, squares[2]]
    flat = x.reshape(p * q, -1)
    apart = ((flat[:, None] - flat[None]) ** 2).sum(-1)
    row, column = np.divmod(np.arange(p * q), q)
    same, alike = row[:, None] == row, column[:, None] == column
    prompt, seed, neither = (apart[m].mean() / 2 for m in (same & ~alike, alike & ~same, ~same & ~alike))
    return np.array(left), np.array([neither - prompt, neither - seed, prompt + seed - neither])


@check(identity=True)
def by_chance(pictures: Array, seed: int = 0) -> Array:
    """Raw shares of tables in which the same pictures lie anyhow, many times, against those of chance."""
    rng, flat = np.random.default_rng(seed), pictures.reshape(-1, *pictures.shape[2:])
    tables = [rng.permutation(flat).reshape(pictures.shape) for _ in range(SHUFFLED)]
    raw = np.array([seeds.Components.of(table).raw for table in tables])
    off = raw.mean(0) - seeds.Components.of(pictures).chance
    return np.asarray(off / (raw.std(0, ddof=1) / np.sqrt(SHUFFLED)))


# The sampler as a map, on bells N(0, s²): `static` (N, …) is captured, ᾱ of the states rise


@check()
def recursion(static: Array, levels: Sequence[float] = COSINE) -> Array:
    """Captured static walked step by step against N(0, its recursion's variance), after each step."""
    found = []
    for s in WIDTHS:
        x = np.asarray(static, np.float64)
        for (level, after), width in zip(pairwise(levels), seeds.widths(levels, s)[1:], strict=True):
            x = seeds.step(x, seeds.bell_noise(level, s), level, after)
            found += [x.mean() * np.sqrt(x.size) / width, ((x / width) ** 2 - 1).sum() / np.sqrt(2 * x.size)]
    return np.array(found)


@check(within=1e-3)
def arrives(levels: Array = FINE) -> Pair:
    """How wide N(0, 1) is after very many small steps against the pictures' own width."""
    return np.array([seeds.widths(levels, s)[-1] for s in WIDTHS]), np.array(WIDTHS)


@check(within=1e-6)
def change_of_variables(toy: Mixture = TOY) -> Pair:
    """log p at the start of each road against log p at its end plus the logarithm of the stretch between."""
    sigmas = list(np.linspace(HIGH, LOW, 30))
    before, here, after = (
        walking.road(toy.slope, PLACES + d, sigmas, between=40)[-1] for d in (-LITTLE, 0, LITTLE)
    )
    stretch = (after - before) / (2 * LITTLE)
    return np.log(toy.cloud(PLACES, HIGH)), np.log(toy.cloud(here, LOW)) + np.log(stretch)


# A step and its inverse: states (S+1, C, H, W), noise (S, C, H, W), ᾱ at each state (S+1,)


def _factors(alphas_cumprod: Array) -> tuple[Array, Array]:
    both = [seeds.factors(level, after) for level, after in pairwise(alphas_cumprod)]
    a, b = np.array(both).T
    return a.reshape(-1, 1, 1, 1), b.reshape(-1, 1, 1, 1)


@check(within=1e-5)
def one_step(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """x_{t−1} against A x_t + B ε̂(x_t), over A where that is large, so that all steps weigh the same."""
    x, (a, b) = states.astype(np.float64), _factors(alphas_cumprod)
    large = np.maximum(a, 1)
    return x[1:] / large, (a * x[:-1] + b * noise) / large


@check(within=1e-5)
def turned_round(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """x_t against (x_{t−1} − B ε̂(x_t))/A: x_t stands on both sides."""
    x, (a, b) = states.astype(np.float64), _factors(alphas_cumprod)
    return x[:-1], (x[1:] - b * noise) / a


@check(within=1e-5)
def as_turn(states: Array, noise: Array, alphas_cumprod: Array) -> Pair:
    """x_{t−1} against cos δ x_t − sin δ v, v = (ε̂ − √(1−ᾱ_t) x_t)/√ᾱ_t."""
    x, shape = states.astype(np.float64), (-1, 1, 1, 1)
    turn = np.array([seeds.angle(*pair) for pair in pairwise(alphas_cumprod)]).reshape(shape)
    a, b = (np.sqrt(level).reshape(shape) for level in (alphas_cumprod[:-1], 1 - alphas_cumprod[:-1]))
    # Where there is no picture yet, v is what rounding makes of it.
    rounding = np.minimum(a / np.sin(turn), 1)
    return rounding * x[1:], rounding * (np.cos(turn) * x[:-1] - np.sin(turn) * (noise - b * x[:-1]) / a)


class Denoiser:
    """The best one for pictures that are a bell."""

    def noise(self, x: Array, level: float, s: float) -> Array:
        """ε̂ at states x (N,): see `seeds.bell_noise`."""
        return seeds.bell_noise(level, s)(x)


DENOISER = Denoiser()


@check(within=1e-7)
def tried(denoiser: Denoiser = DENOISER, levels: Sequence[float] = COSINE) -> Pair:
    """By what each try shrinks the error, on bells, against tan δ · v′."""
    left, right = [], []
    level, after = levels[1], levels[2]
    for s in (one for one in WIDTHS if one != 1):
        noise, start = partial(denoiser.noise, level=level, s=s), np.array([1.3])
        off = seeds.tries(seeds.step(start, noise, level, after), noise, level, after, 3)[:, 0] - start[0]
        left += list(off[1:] / off[:-1])
        velocity = float((noise(start)[0] - np.sqrt(1 - level) * start[0]) / np.sqrt(level) / start[0])
        right += [np.tan(seeds.angle(level, after)) * velocity] * 3
    return np.array(left), np.array(right)


@check(within=0.15, identity=True)
def hasty_error(toy: Mixture = TOY, counts: Sequence[int] = COUNTS) -> tuple[float, float]:
    """The measured order of a whole walk taken backwards hastily, by halving the steps, against 1."""
    errors = []
    for count in counts:
        levels = [float(walking.level_of(sigma)) for sigma in np.linspace(HIGH, LOW, count + 1)]
        noises = [lambda x, level=level: -np.sqrt(1 - level) * toy.score(x, level) for level in levels]
        steps = list(zip(noises, *zip(*pairwise(levels), strict=True), strict=False))
        x = PLACES.copy()
        for one in steps:
            x = seeds.step(x, *one)
        for one in reversed(steps):
            x = seeds.hasty(x, *one)
        errors.append(np.abs(x - PLACES).mean())
    return walking.order(counts, np.array(errors)), 1.0


# Walks taken backwards, as gathered: (N, C, H, W)


@check(within=1e-5)
def round_trip(static: Array, solved: Array) -> Pair:
    """The static of a walk against that found from its last state but one, each step solved."""
    return np.asarray(static, np.float64), np.asarray(solved, np.float64)


@check(within=0.25)
def same_picture(picture: Array, other_end: Array) -> Pair:
    """From the finished picture to that which the static found from it leads to: levels, root mean square."""
    off = (np.asarray(other_end, np.float64) - picture).reshape(len(picture), -1)
    return LEVELS * np.sqrt((off**2).mean(1)), np.zeros(len(picture))
