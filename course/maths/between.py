"""What lies between two prompts or two pieces of static, where "and" lies, and what averages of bells are.

Arrays, everything in float64. Not for running a network, and not for what the course claims about these (see
`between_checks`). Prompts are points (D,), or tables with as many numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage, stats
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

Array = NDArray[np.float64]


def _rows(points: ArrayLike) -> Array:
    points = np.asarray(points, np.float64)
    return points.reshape(len(points), -1)


# Where "and" lies


def away(points: ArrayLike, firsts: ArrayLike, seconds: ArrayLike) -> Array:
    """(N, D): from the nearest place on each straight path, first to second, to each point; (N, …) each."""
    p, a, b = _rows(points), _rows(firsts), _rows(seconds)
    along = b - a
    share = ((p - a) * along).sum(1) / np.maximum((along**2).sum(1), 1e-300)
    return p - a - np.clip(share, 0, 1)[:, None] * along


def off_path(points: ArrayLike, firsts: ArrayLike, seconds: ArrayLike) -> Array:
    """(N,): how far each point is off the straight path between its two, in units of that path's length."""
    lengths = np.linalg.norm(_rows(seconds) - _rows(firsts), axis=1)
    return np.linalg.norm(away(points, firsts, seconds), axis=1) / lengths


def common(offsets: ArrayLike) -> float:
    """How much of N ≥ 2 offsets (N, D), as mean squares, is one offset that they share.

    The square of the mean, less what chance alone gives it, over the mean square.
    """
    x = _rows(offsets)
    chance = x.var(0, ddof=1).sum() / len(x)
    return float(((x.mean(0) ** 2).sum() - chance) / (x**2).sum(1).mean())


def and_offset(boths: ArrayLike, firsts: ArrayLike, seconds: ArrayLike, among: ArrayLike) -> Array:
    """(…): "and" as a direction: the mean way from the middle of two to both, of the pairs `among` (N,) says.

    (N, …) each. The pairs that hold a word are left out where that word's own picture is to be changed.
    """
    boths, firsts, seconds = (np.asarray(x, np.float64) for x in (boths, firsts, seconds))
    return np.asarray((boths - (firsts + seconds) / 2)[np.asarray(among, bool)].mean(0))


def projected(points: ArrayLike, dimensions: int = 2) -> Array:
    """(N, dimensions): points (N, …) as seen from where they are spread most (principal components).

    The first point never lies to the left of the middle, nor below it, so that the picture has one way up.
    """
    found = PCA(dimensions, svd_solver="full").fit_transform(_rows(points))
    return np.asarray(found * np.where(found[0] < 0, -1.0, 1.0))


def clusters(points: ArrayLike, count: int, seed: int = 0) -> NDArray[np.int64]:
    """(N,): which of `count` heaps each of the points (N, …) belongs to, heaps numbered as they come."""
    found = KMeans(count, n_init=10, random_state=seed).fit_predict(_rows(points))
    numbers = {heap: k for k, heap in enumerate(dict.fromkeys(found.tolist()))}
    return np.array([numbers[heap] for heap in found.tolist()])


# What "and" changes, by what its parts change


@dataclass(frozen=True, eq=False)
class Projection:
    """At each of S steps the nearest c₁ d₁ + c₂ d₂ to what both together change."""

    coefficients: Array
    """(S, 2): c₁ and c₂."""
    residual: Array
    """(S,): the length of what is left, by that of what both change."""
    overall: float
    """How much is explained of the squares of all steps together: those that change most count most."""

    @property
    def explained(self) -> Array:
        """(S,): how much of the square is explained."""
        return 1 - self.residual**2

    @classmethod
    def of(cls, both: ArrayLike, first: ArrayLike, second: ArrayLike) -> "Projection":
        """Project changes ε_and − ε_∅ (S, …) onto ε_a − ε_∅ and ε_b − ε_∅, by least squares."""
        target, parts = _rows(both), np.stack([_rows(first), _rows(second)], -1)
        found = [np.linalg.lstsq(of, to, rcond=None)[0] for of, to in zip(parts, target, strict=True)]
        left = target - np.einsum("sdk,sk->sd", parts, np.array(found))
        off, size = np.linalg.norm(left, axis=1), np.linalg.norm(target, axis=1)
        return cls(np.array(found), off / size, float(1 - (off**2).sum() / (size**2).sum()))


def by_angles(both: ArrayLike, first: ArrayLike, second: ArrayLike) -> Array:
    """(S, 2): the same coefficients from lengths and products alone, by Cramer's rule."""
    y, a, b = _rows(both), _rows(first), _rows(second)
    aa, bb, ab = (a * a).sum(1), (b * b).sum(1), (a * b).sum(1)
    ya, yb = (y * a).sum(1), (y * b).sum(1)
    return np.stack([ya * bb - yb * ab, yb * aa - ya * ab], 1) / (aa * bb - ab**2)[:, None]


def tally(nouns: ArrayLike, first: int, second: int, sure: float = 0.5) -> tuple[int, int, int]:
    """How many pictures show both, one of the two, neither: `nouns` (N, K), how likely each noun is there."""
    seen = (np.asarray(nouns, np.float64)[:, [first, second]] > sure).sum(1)
    return int((seen == 2).sum()), int((seen == 1).sum()), int((seen == 0).sum())


def things(pictures: ArrayLike, contrast: float = 0.35, least: int = 30) -> NDArray[np.int64]:
    """(N,): how many things each of (N, C, H, W), in model units, shows: what hangs together, stands out from
    the middle value of the rim by `contrast` of a range of 2, and has at least so many pixels: the smallest
    thing that is ever drawn has a few more.
    """
    found = []
    for picture in np.asarray(pictures, np.float64):
        rim = np.concatenate([picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1]], axis=1)
        away = np.abs(picture - np.median(rim, axis=1)[:, None, None]).max(0)
        parts, _ = ndimage.label(away > contrast, np.ones((3, 3)))
        found.append(int((np.bincount(parts.ravel())[1:] >= least).sum()))
    return np.array(found)


def onset(holds: ArrayLike) -> int:
    """From which of N places (N,) on it holds to the end; N where it does not hold at the last one."""
    fails = np.flatnonzero(~np.asarray(holds, bool))
    return int(fails[-1]) + 1 if fails.size else 0


# Between two pieces of static


def round_mix(a: ArrayLike, b: ArrayLike, theta: float) -> Array:
    """cos θ · a + sin θ · b: of two independent N(0, I) again N(0, I), whatever θ."""
    return np.cos(theta) * np.asarray(a, np.float64) + np.sin(theta) * np.asarray(b, np.float64)


def straight_mix(a: ArrayLike, b: ArrayLike, share: float) -> Array:
    """(1−s) a + s b: of two independent N(0, I) a N(0, ((1−s)² + s²) I), too short in between."""
    return (1 - share) * np.asarray(a, np.float64) + share * np.asarray(b, np.float64)


def spread_of(share: float) -> float:
    """√((1−s)² + s²), the length of a straight mix by that of its ends."""
    return float(np.hypot(1 - share, share))


# Four averages, on bells


@dataclass(frozen=True)
class Bell:
    """N(mean, variance) on a line; a negative variance belongs to no law, only to a slope."""

    mean: float
    variance: float

    def density(self, x: ArrayLike) -> Array:
        """p(x)."""
        return np.asarray(stats.norm.pdf(np.asarray(x, np.float64), self.mean, np.sqrt(self.variance)))

    def score(self, x: ArrayLike) -> Array:
        """∇ log p(x)."""
        return (self.mean - np.asarray(x, np.float64)) / self.variance

    def noised(self, sigma: float) -> "Bell":
        """The law of y = x_0 + σ ε."""
        return Bell(self.mean, self.variance + sigma**2)


def powers(bells: Sequence[Bell], weights: Sequence[float]) -> Bell:
    """The bell ∝ Π pᵢ^{wᵢ}: precisions add up by weight, and so do means by precision."""
    precision = sum(w / one.variance for one, w in zip(bells, weights, strict=True))
    pull = sum(w * one.mean / one.variance for one, w in zip(bells, weights, strict=True))
    return Bell(pull / precision, 1 / precision)


def product(a: Bell, b: Bell) -> Bell:
    """∝ √(p_a p_b): what the mean of two scores is the score of."""
    return powers((a, b), (0.5, 0.5))


def conjunction(a: Bell, b: Bell, whole: Bell) -> Bell:
    """∝ p_a p_b / p: what s_a + s_b − s_∅ is the score of. Liu et al. 2022, eq. 11."""
    return powers((a, b, whole), (1, 1, -1))


def either(a: Bell, b: Bell, x: ArrayLike) -> Array:
    """The score of (p_a + p_b)/2: both scores, each by how likely x is its own."""
    x = np.asarray(x, np.float64)
    pa, pb = a.density(x), b.density(x)
    return np.asarray((pa * a.score(x) + pb * b.score(x)) / (pa + pb))
