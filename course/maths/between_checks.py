"""Both sides of chapter 7's equations: on captured static and walks, or on bells where all is known.

Not for drawing, and not for the formulas themselves (see `between`).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from course.maths import between
from course.maths.between import Bell
from course.maths.checking import check

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

FIRST, OTHER, WHOLE = Bell(-1.0, 0.4), Bell(1.2, 0.3), Bell(0.1, 2.0)
PLACES = np.linspace(-3, 3, 25)
GRID = np.linspace(-25, 25, 20001)
SIGMAS = (0.0, 0.3, 1.0, 3.0)
ANGLES = np.linspace(0.1, 1.5, 8)
SHARES = np.linspace(0.1, 0.9, 9)


def law(name: str) -> Callable[[Array, float], Array]:
    """How likely x is once noise of size σ is added: by the first or the second bell, "a" and "b"; as
    "all" pictures are; by their "average", by "either", by "both"; and by what noised bells make of both,
    "added". (N,) and σ give (N,).
    """

    def density(x: Array, sigma: float) -> Array:
        a, b, whole = (one.noised(sigma) for one in (FIRST, OTHER, WHOLE))
        if name == "either":
            return (a.density(x) + b.density(x)) / 2
        bells = {"a": a, "b": b, "all": whole, "average": between.product(a, b)}
        bells["added"] = between.conjunction(a, b, whole)
        bells["both"] = between.conjunction(FIRST, OTHER, WHOLE).noised(sigma)
        return bells[name].density(x)

    return density


class Toy:
    """The first bell, the second and that of all pictures, "a", "b" and "all", as numbers at places (N,)."""

    def density(self, name: str, x: Array, sigma: float = 0.0) -> Array:
        """How likely x is, with noise of size σ: see `law`."""
        return law(name)(x, sigma)

    def score(self, name: str, x: Array, sigma: float = 0.0) -> Array:
        """The slope of the logarithm of that, in closed form."""
        return {"a": FIRST, "b": OTHER, "all": WHOLE}[name].noised(sigma).score(x)


TOY = Toy()


def push(name: str, x: float, sigma: float) -> float:
    """Three tenths of the slope at x of the logarithm of such a law: short enough to be drawn."""
    return 0.3 * float(_slope(lambda at: np.log(law(name)(at, sigma)), np.array([x]))[0])


def _slope(f: Callable[[Array], Array], x: Array, h: float = 1e-3) -> Array:
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


def _scores(x: Array) -> list[float]:
    """z-scores of the mean, the variance and the length of N(0, 1) numbers; the last two are one."""
    return [x.mean() * np.sqrt(x.size), ((x**2).sum() - x.size) / np.sqrt(2 * x.size)]


# Static: N pieces (N, …), captured


@check()
def round_law(static: Array) -> Array:
    """cos θ · a + sin θ · b of each captured piece and the next against N(0, I), at several angles."""
    pairs = zip(static[:-1:2], static[1::2], strict=True)
    return np.array([_scores(between.round_mix(a, b, t)) for a, b in pairs for t in ANGLES]).ravel()


@check()
def straight_law(static: Array) -> Array:
    """(1−s) a + s b of each captured piece and the next against N(0, ((1−s)² + s²) I), all along."""
    found = []
    for a, b in zip(static[:-1:2], static[1::2], strict=True):
        for share in SHARES:
            found += _scores(between.straight_mix(a, b, float(share)) / between.spread_of(float(share)))
    return np.array(found)


@check(within=1e-9, relative=True, identity=True)
def length(static: Array) -> Pair:
    """‖cos θ a + sin θ b‖² against cos² θ ‖a‖² + sin² θ ‖b‖² + 2 cos θ sin θ a·b."""
    left, right = [], []
    for a, b in zip(static[:-1:2].astype(np.float64), static[1::2].astype(np.float64), strict=True):
        for t in ANGLES:
            c, s = np.cos(t), np.sin(t)
            left.append((between.round_mix(a, b, t) ** 2).sum())
            right.append(c**2 * (a**2).sum() + s**2 * (b**2).sum() + 2 * c * s * (a * b).sum())
    return np.array(left), np.array(right)


@check(within=1e-12, identity=True)
def spreads() -> Pair:
    """cos² θ + sin² θ, and (1−s)² + s², against 1 and 1 − 2 s (1−s)."""
    left = [np.cos(ANGLES) ** 2 + np.sin(ANGLES) ** 2, [between.spread_of(s) ** 2 for s in SHARES]]
    return np.concatenate(left), np.concatenate([np.ones_like(ANGLES), 1 - 2 * SHARES * (1 - SHARES)])


# The four averages, on bells


@check(within=1e-8)
def product(toy: Toy = TOY) -> Pair:
    """The mean of two scores against the derivative of log √(p_a p_b)."""
    left = (toy.score("a", PLACES) + toy.score("b", PLACES)) / 2
    return left, _slope(lambda x: np.log(np.sqrt(toy.density("a", x) * toy.density("b", x))), PLACES)


@check(within=1e-9)
def product_law(toy: Toy = TOY) -> Pair:
    """√(p_a p_b), made to sum to 1 by brute force, against its bell."""

    def root(x: Array) -> Array:
        return np.sqrt(toy.density("a", x) * toy.density("b", x))

    return root(PLACES) / np.trapezoid(root(GRID), GRID), between.product(FIRST, OTHER).density(PLACES)


def _log_density(toy: Toy, sigma: float, x: Array) -> Array:
    return np.log(toy.density("either", x, sigma))


@check(within=1e-8)
def mixture(toy: Toy = TOY) -> Pair:
    """The scores by how likely each is, at several noises, against the derivative of log (p_a + p_b)/2."""
    left, right = [], []
    for sigma in SIGMAS:
        p, q = FIRST.noised(sigma), OTHER.noised(sigma)
        left.append(between.either(p, q, PLACES))
        right.append(_slope(partial(_log_density, toy, sigma), PLACES))
    return np.array(left), np.array(right)


@check(within=1e-8)
def conjunction(toy: Toy = TOY) -> Pair:
    """s_a + s_b − s_∅ without noise against the score of the bell ∝ p_a p_b / p."""
    left = toy.score("a", PLACES) + toy.score("b", PLACES) - toy.score("all", PLACES)
    return left, between.conjunction(FIRST, OTHER, WHOLE).score(PLACES)


@check(within=1e-9)
def two_likelihoods(toy: Toy = TOY) -> Pair:
    """p(x) p(a|x) p(b|x), made to sum to 1 by brute force, against the bell ∝ p_a p_b / p.

    The likelihoods are p(a|x) ∝ p_a/p and p(b|x) ∝ p_b/p: given x, a and b know nothing of each other.
    """

    def joint(x: Array) -> Array:
        p = toy.density("all", x)
        return p * (toy.density("a", x) / p) * (toy.density("b", x) / p)

    inside = GRID[np.abs(GRID) < 10]
    right = between.conjunction(FIRST, OTHER, WHOLE).density(PLACES)
    return joint(PLACES) / np.trapezoid(joint(inside), inside), right


def _log_noised(bell: Bell, sigma: float, y: Array) -> Array:
    """log of the density of x_0 + σ ε, by brute force."""
    kick = Bell(0.0, sigma**2).density(y[:, None] - GRID)
    return np.log(np.trapezoid(kick * bell.density(GRID), GRID, axis=1))


@check(within=1e-8)
def with_noise(toy: Toy = TOY) -> Pair:
    """How wrong s_a + s_b − s_∅ is with noise: by brute force from the noised bell, and in closed form."""
    left, right = [], []
    true = between.conjunction(FIRST, OTHER, WHOLE)
    for sigma in SIGMAS[1:]:
        p, q, r = (one.noised(sigma) for one in (FIRST, OTHER, WHOLE))
        added = sum(sign * toy.score(one, PLACES, sigma) for one, sign in (("a", 1), ("b", 1), ("all", -1)))
        left.append(added - _slope(partial(_log_noised, true, sigma), PLACES))
        right.append(between.conjunction(p, q, r).score(PLACES) - true.noised(sigma).score(PLACES))
    return np.array(left), np.array(right)


# Captured walks: ε̂ with each prompt and without at the same states, (S, C, H, W)


@check(within=1e-6, identity=True)
def two_ways(both: Array, first: Array, second: Array, without: Array) -> Pair:
    """The projection's coefficients by least squares against those from lengths and products alone."""
    changes = [one.astype(np.float64) - without for one in (both, first, second)]
    return between.Projection.of(*changes).coefficients, between.by_angles(*changes)


@check(within=1e-9, identity=True)
def right_angles(both: Array, first: Array, second: Array, without: Array) -> Pair:
    """The square of what "and" changes, by itself, against those of its part in the plane and of the rest."""
    y, a, b = (one.astype(np.float64) - without for one in (both, first, second))
    found = between.Projection.of(y, a, b)
    c = found.coefficients.T.reshape(2, -1, 1, 1, 1)
    square = (y**2).sum((1, 2, 3))
    inside = ((c[0] * a + c[1] * b) ** 2).sum((1, 2, 3)) / square
    return np.ones_like(inside), inside + found.residual**2


@check(within=1e-4)
def sum_of_changes(added: Array, first: Array, second: Array, without: Array) -> Pair:
    """ε̂ of the walk whose changes are added, at its first state, against ε_a + ε_b − ε_∅ there: (C, H, W)."""
    return added, first.astype(np.float64) + second - without
