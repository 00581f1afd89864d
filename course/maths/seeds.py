"""What the seed decides: shares of prompt and seed, colours counted, copies looked for, steps inverted.

Arrays, everything in float64. Not for running a network, and not for what the course claims about these (see
`seeds_checks`). A step is x_{t−1} = A x_t + B ε̂(x_t).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA

Array = NDArray[np.float64]
Noise = Callable[[Array], Array]
"""ε̂ of states, at one ᾱ."""


# How much of a table of pictures comes from its rows, how much from its columns


@dataclass(frozen=True, eq=False)
class Components:
    """Of pictures (P, Q, …) of P prompts from Q seeds: where their variance comes from, three shares each
    that sum to 1: the prompt, the seed, and both together.

    `raw` are the shares of the sum of squares. Chance alone gives those of `chance`, however alike prompts or
    seeds are, so `shares` are the estimates of the variances without it (two-way analysis of variance without
    repetition, Fisher 1925; below zero is zero).
    """

    raw: Array
    chance: Array
    shares: Array

    @classmethod
    def of(cls, pictures: ArrayLike) -> "Components":
        """Split pictures (P, Q, …), P and Q at least 2."""
        x = np.asarray(pictures, np.float64)
        p, q = x.shape[:2]
        squares, free = sums_of_squares(x), np.array([p - 1, q - 1, (p - 1) * (q - 1)])
        prompt, seed, both = squares / free
        found = np.maximum([(prompt - both) / q, (seed - both) / p, both], 0)
        return cls(squares / (squares.sum() or 1.0), free / free.sum(), found / (found.sum() or 1.0))


def sums_of_squares(pictures: Array) -> Array:
    """(3,): of (P, Q, …) what prompts, seeds and both together add to the sum of squares about the mean."""
    x = pictures.reshape(*pictures.shape[:2], -1)
    mean, rows, columns = x.mean((0, 1)), x.mean(1), x.mean(0)
    rest = x - rows[:, None] - columns[None] + mean
    parts = (x.shape[1] * ((rows - mean) ** 2), x.shape[0] * ((columns - mean) ** 2), rest**2)
    return np.array([part.sum() for part in parts])


def parting(runs: ArrayLike) -> Array:
    """How far N walks are apart at each of S steps, by how far in the end: (S,) from (N, S, …)."""
    x = np.asarray(runs, np.float64)
    x = x.reshape(*x.shape[:2], -1)
    apart = np.sqrt(((x - x.mean(0)) ** 2).mean((0, 2)))
    return apart / apart[-1]


def flat(fitted: ArrayLike, *others: ArrayLike) -> list[Array]:
    """Where points lie in the plane in which those `fitted` are spread most: of each family (N, …) an (N, 2).

    The first of those fitted never lies left of the middle, nor below it, so that there is one way up.
    """
    families = [
        np.asarray(points, np.float64).reshape(len(np.asarray(points)), -1) for points in (fitted, *others)
    ]
    plane = PCA(2, svd_solver="full").fit(families[0])
    signs = np.where(plane.transform(families[0][:1])[0] < 0, -1.0, 1.0)
    return [np.asarray(plane.transform(points) * signs) for points in families]


def likeness(starts: ArrayLike, ends: ArrayLike) -> float:
    """Whether what begins far apart ends far apart: the correlation r over all pairs of N, (N, …) each."""
    far = [pdist(np.asarray(x, np.float64).reshape(len(np.asarray(x)), -1)) for x in (starts, ends)]
    return float(stats.pearsonr(*far).statistic)


def agreement(kinds: ArrayLike) -> tuple[float, float]:
    """How often two prompts have the same kind from one seed, and how often from two: of (P, Q) kinds."""
    one = np.asarray(kinds)
    same = one[:, :, None, None] == one
    prompts, sources = (~np.eye(count, dtype=bool) for count in one.shape)
    pairs, crossed = prompts[:, None, :, None], sources[None, :, None, :]
    return float(same[pairs & ~crossed].mean()), float(same[pairs & crossed].mean())


# More of the same than in training?


@dataclass(frozen=True, eq=False)
class Counted:
    """How often each of K colours was drawn, beside how often training drew it."""

    counts: NDArray[np.int64]
    law: Array

    @classmethod
    def of(cls, colours: ArrayLike, sure: ArrayLike, law: Sequence[float]) -> "Counted":
        """Count `colours` (N,), numbers below K, where the thing is `sure` (N,) to be there."""
        seen = np.asarray(colours)[np.asarray(sure, bool)]
        return cls(np.bincount(seen, minlength=len(law)), np.asarray(law, np.float64))

    @property
    def shares(self) -> Array:
        """(K,): of those drawn."""
        return self.counts / max(int(self.counts.sum()), 1)

    @property
    def scores(self) -> Array:
        """(K,) z-scores: beyond 2 or 3 a colour is drawn more or less than in training, not by chance."""
        count = max(int(self.counts.sum()), 1)
        return (self.counts - count * self.law) / np.sqrt(count * self.law * (1 - self.law))

    def interval(self, colour: int, sure: float = 0.95) -> tuple[float, float]:
        """Between which shares the true one lies, so surely (Wilson 1927)."""
        count = int(self.counts.sum())
        found = stats.binomtest(int(self.counts[colour]), count).proportion_ci(sure, method="wilson")
        return float(found.low), float(found.high)


def skewed(count: int, favourite: int, times: float) -> Array:
    """(count,): a law in which one comes so many times as often as each other."""
    weights = np.ones(count)
    weights[favourite] = times
    return weights / weights.sum()


def sharpened(law: ArrayLike, w: float) -> Array:
    """pʷ, made to sum to 1: what a law would become if guidance raised it to a power."""
    powers = np.asarray(law, np.float64) ** w
    return powers / powers.sum()


# Copied?


def nearer(made: ArrayLike, held_out: ArrayLike) -> float:
    """How often a picture that was made lies nearer to training than one held out: ½ where it is as near.

    Mann & Whitney 1947.
    """
    made, held_out = np.asarray(made, np.float64), np.asarray(held_out, np.float64)
    larger = stats.mannwhitneyu(held_out, made).statistic
    return float(larger / (made.size * held_out.size))


# A step and its inverse


def worn(static: ArrayLike, pictures: ArrayLike, part: float = 0.3) -> float:
    """Whether static has a picture's shape: its strength where (N, C, H, W) pictures stand out most from
    their median colour, by that where they do least; 1 for true static. `part` of the pixels each.
    """
    x, y = np.asarray(static, np.float64), np.asarray(pictures, np.float64)
    off = np.abs(y - np.median(y, (2, 3), keepdims=True)).max(1)
    low, high = np.quantile(off, (part, 1 - part), (1, 2), keepdims=True)
    square = (x**2).mean(1)
    return float(np.sqrt(square[off >= high].mean() / square[off <= low].mean()))


def factors(level: float, after: float) -> tuple[float, float]:
    """A and B of the deterministic step from ᾱ = `level` to `after`. Song et al. 2021, eq. 12, σ = 0."""
    a = float(np.sqrt(after / level))
    return a, float(np.sqrt(1 - after) - a * np.sqrt(1 - level))


def step(x: ArrayLike, noise: Noise, level: float, after: float) -> Array:
    """A x + B ε̂(x)."""
    x, (a, b) = np.asarray(x, np.float64), factors(level, after)
    return a * x + b * noise(x)


def hasty(later: ArrayLike, noise: Noise, level: float, after: float) -> Array:
    """(x_{t−1} − B ε̂(x_{t−1}))/A: back in one call, the noise predicted at the wrong end."""
    later, (a, b) = np.asarray(later, np.float64), factors(level, after)
    return (later - b * noise(later)) / a


def tries(later: ArrayLike, noise: Noise, level: float, after: float, count: int) -> Array:
    """(count + 1, …): back by trying again and again, beginning with x_{t−1} itself; see `angle`."""
    x, found = np.asarray(later, np.float64), []
    turn, a, b = angle(level, after), np.sqrt(level), np.sqrt(1 - level)
    found.append(x)
    for _ in range(count):
        velocity = (noise(found[-1]) - b * found[-1]) / a
        found.append((x + np.sin(turn) * velocity) / np.cos(turn))
    return np.array(found)


def angle(level: float, after: float) -> float:
    """δ, by which a step turns: with ᾱ = cos² φ it is cos δ x − sin δ v, v = (ε̂ − sin φ x)/cos φ.

    Salimans & Ho 2022, appendix D. Solved for the x outside v, what is tried again shrinks by tan δ · v′,
    where (x_{t−1} − B ε̂)/A would hardly shrink at all while ᾱ is small.
    """
    return float(np.arccos(np.sqrt(level)) - np.arccos(np.sqrt(after)))


# Where all is known: pictures that are bell curves N(0, s²)


def bell_noise(level: float, s: float) -> Noise:
    """ε̂ of the best denoiser: √(1−ᾱ) x/(ᾱ s² + 1 − ᾱ)."""
    return lambda x: np.sqrt(1 - level) * x / (level * s**2 + 1 - level)


def widths(levels: Sequence[float] | Array, s: float) -> Array:
    """(S+1,): how wide N(0, 1) is after each step from static, `levels` being ᾱ of the states, rising."""
    found = [1.0]
    for level, after in pairwise(levels):
        a, b = factors(level, after)
        found.append(found[-1] * (a + b * np.sqrt(1 - level) / (level * s**2 + 1 - level)))
    return np.array(found)
