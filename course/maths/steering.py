"""How words steer: attention, guidance, how near an ending is to two others, and guidance on toys.

Arrays or scalars, everything computed in float64. Not for running a network, and not for what the course
claims about these (see `steering_checks`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import isqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from course.maths.measure import LEVELS, distance
from course.maths.run import Run

Array = NDArray[np.float64]


# Attention


def scores(queries: ArrayLike, keys: ArrayLike, scaled: bool = True) -> Array:
    """q · k_j, divided by √d if `scaled`: (…, N, T) from (…, N, d) and (…, T, d)."""
    q, k = np.asarray(queries, np.float64), np.asarray(keys, np.float64)
    return q @ np.swapaxes(k, -1, -2) / (np.sqrt(q.shape[-1]) if scaled else 1.0)


def softmax(values: ArrayLike) -> Array:
    """e^s over the sum of all e^s along the last axis; nothing overflows."""
    values = np.asarray(values, np.float64)
    weights = np.exp(values - values.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def attention(queries: ArrayLike, keys: ArrayLike, scaled: bool = True) -> Array:
    """softmax(QKᵀ/√d) of one head, (…, N, T). Vaswani et al. 2017, eq. 1, without the values."""
    return softmax(scores(queries, keys, scaled))


def telling_head(
    queries: ArrayLike, keys: ArrayLike, token: int, among: ArrayLike | None = None
) -> tuple[int, int]:
    """The head that looks at `token` most, and where: (head, place), the place by all heads together.

    `queries` (heads, N, d), `keys` (heads, T, d); `among` (N,) of bool says which places may be chosen.
    """
    weights = attention(queries, keys)[..., token]
    seen = weights.sum(axis=0)
    place = int(np.argmax(seen if among is None else np.where(among, seen, -1)))
    return int(np.argmax(weights[:, place])), place


def subject(picture: ArrayLike, edge: int) -> NDArray[np.bool_]:
    """Which of edge × edge places show a thing, (edge²,): far from the colour of the rim of (C, H, W).

    Far is more than half as far as the farthest place.
    """
    pixels = np.asarray(picture, np.float64)
    _, h, w = pixels.shape
    away = np.linalg.norm(pixels - np.median(_rim(pixels), axis=1)[:, None, None], axis=0)
    places = away.reshape(edge, h // edge, edge, w // edge).mean(axis=(1, 3)).ravel()
    return np.asarray(places > places.max() / 2)


def _rim(pixels: Array) -> Array:
    """The outermost pixels of (C, H, W), (C, N)."""
    return np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)


def said(tokens: Sequence[str], weights: ArrayLike) -> tuple[tuple[str, ...], Array]:
    """Tokens up to the first of those that only fill up, and the weights (…, T), all padding as one."""
    weights = np.asarray(weights, np.float64)
    last = tokens.index(tokens[-1])
    whole = np.concatenate([weights[..., :last], weights[..., last:].sum(-1, keepdims=True)], axis=-1)
    return tuple(tokens[: last + 1]), whole


class Attentive(Protocol):
    """A run whose attention was recorded; see `course.precompute.Capture` for each array."""

    guesses: Any
    queries: Any
    keys: Any
    attention: Any
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What one place of a picture looks at, at one step: `shares` of `words`, which add up to 1, by all heads
    and layers together. `head` is the one that chose it.
    """

    step: int
    head: int
    place: int
    words: tuple[str, ...]
    shares: Array

    @classmethod
    def at(cls, run: Attentive, step: int, word: str) -> "Look":
        """Where, on the thing that is guessed at a step, a head looks at a word most."""
        thing = subject(run.guesses[step], isqrt(run.queries.shape[2]))
        token = run.tokens.index(word)
        head, place = telling_head(run.queries[step], run.keys[step], token, thing)
        looks = run.attention[step].reshape(len(run.tokens), -1)[:, place]
        return cls(step, head, place, *said(run.tokens, looks))

    def alone(self, run: Attentive) -> tuple[Array, Array]:
        """What its head gives to the words, (T,): with the fits divided by √d, and without."""
        q, k = run.queries[self.step, self.head, self.place], run.keys[self.step, self.head]
        whole, sharp = (said(run.tokens, attention(q, k, scaled))[1] for scaled in (True, False))
        return whole, sharp

    def share(self, *words: str) -> float:
        """What these words get together, each as often as it is said."""
        return float(sum(share for word, share in zip(self.words, self.shares, strict=True) if word in words))

    def beside(self, *words: str) -> int:
        """What all others get, in percent: the sum of their whole percentages, as they stand on screen."""
        others = (share for word, share in zip(self.words, self.shares, strict=True) if word not in words)
        return sum(round(100 * share) for share in others)


# Guidance


def guided(without: ArrayLike, conditional: ArrayLike, guidance: float) -> Array:
    """ε_u + w(ε_c − ε_u). Ho & Salimans 2022, eq. 6, with their w one less."""
    u, c = np.asarray(without, np.float64), np.asarray(conditional, np.float64)
    return u + guidance * (c - u)


def needle(run: Run) -> tuple[Array, Array, Array]:
    """What the words add to the guess at each step of a walk: the guess without them (S, …), how long that is
    which they add, by the longest (S,), and how far it has turned from the first one, in degrees (S,).
    """
    assert run.noise_cond is not None
    assert run.noise_uncond is not None
    level = np.asarray(run.alphas_cumprod, np.float64)[: len(run.noise)].reshape(
        -1, *[1] * (run.noise.ndim - 1)
    )
    # The state is the same for both guesses, so only the noise that is taken out of it differs.
    added = -np.sqrt((1 - level) / level) * (run.noise_cond.astype(np.float64) - run.noise_uncond)
    flat = added.reshape(len(added), -1)
    length = np.maximum(np.linalg.norm(flat, axis=1), 1e-12)
    turned = np.degrees(np.arccos(np.clip(flat @ flat[0] / length / length[0], -1, 1)))
    return run.guesses - added, length / length.max(), turned


def beyond(state: ArrayLike) -> float:
    """The part of a picture's numbers that a screen cannot show: more than half a level beyond ±1."""
    return float((np.abs(np.asarray(state, np.float64)) > 1 + 0.5 / LEVELS).mean())


# Distances between endings


def apart(one: ArrayLike, other: ArrayLike) -> float:
    """How far two pictures in model units are apart: root mean square, in levels of 255."""
    return LEVELS * distance(one, other)


def nearness(endings: ArrayLike, first: ArrayLike, other: ArrayLike) -> Array:
    """How near each of N endings is to `first`, (N,): 0 at `other`, 1 at `first`, ½ equally far from both."""
    found = []
    for ending in np.asarray(endings, np.float64):
        near, far = apart(ending, first), apart(ending, other)
        found.append(far / (near + far) if near + far else 0.5)
    return np.array(found)


def no_return(nearness: ArrayLike) -> int:
    """The first index from which on the nearness stays above ½; as many as there are values, if never."""
    undecided = np.flatnonzero(np.asarray(nearness) <= 0.5)
    return int(undecided[-1]) + 1 if undecided.size else 0


@dataclass(frozen=True)
class Changed:
    """How walks of so many `steps` end whose words are changed at step `at[k]`: `endings[k]`, and without a
    change the last one, `endings[-1]`.
    """

    steps: int
    at: Sequence[int]
    endings: Sequence[Array]

    @classmethod
    def of(cls, walks: Sequence[Run], at: Sequence[int]) -> "Changed":
        """How these walks end, of which all but the last are changed at a step."""
        return cls(len(walks[-1].guesses), at, [walk.states[-1] for walk in walks])

    def _every(self, values: ArrayLike) -> Array:
        """(S+1,): values at `at` and at the end, straight in between."""
        return np.interp(np.arange(self.steps + 1), [*self.at, self.steps], np.asarray(values, np.float64))

    @property
    def nearest(self) -> list[int]:
        """For every step which of the endings is the nearest in time."""
        return [int(k) for k in np.rint(self._every(np.arange(len(self.endings))))]

    @property
    def nearness(self) -> Array:
        """(S+1,): how near the ending is to the unchanged one, 0 where it is that of a change at once."""
        return self._every(nearness(self.endings, self.endings[-1], self.endings[0]))

    @property
    def left(self) -> Array:
        """(S+1,): how far the change moves the ending, by how far a change at once does."""
        moved = np.array([apart(ending, self.endings[-1]) for ending in self.endings])
        return self._every(moved / max(moved[0], 1e-9))

    @property
    def half(self) -> tuple[int, float]:
        """The step nearest to half of them at which words were changed, and how much of that is `left`."""
        step = min(self.at, key=lambda k: abs(k - self.steps / 2))
        return step, float(self.left[step])


# Colours


def grounds(picture: ArrayLike, edge: int = 8) -> tuple[Array, Array]:
    """The colours, 0 … 255, of the rim of (C, H, W) in model units, and of the thing on it: their medians."""
    pixels = LEVELS * (np.clip(np.asarray(picture, np.float64), -1, 1) + 1)
    side = pixels.shape[-1] // edge
    thing = np.repeat(np.repeat(subject(picture, edge).reshape(edge, edge), side, 0), side, 1)
    return np.median(_rim(pixels), axis=1), np.median(pixels[:, thing], axis=1)


def colour(rgb: ArrayLike, among: Mapping[str, ArrayLike]) -> str:
    """Which of some named colours is the nearest to one."""
    return min(among, key=lambda name: distance(rgb, among[name]))


# Guidance on a line


def bell(y: ArrayLike, variance: float) -> Array:
    """The density of N(0, variance)."""
    return np.exp(-(np.asarray(y, np.float64) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def slope(density: Callable[[Array], Array], x: Array, h: float = 1e-3) -> Array:
    """The derivative of the logarithm of a density, by central differences of order four."""
    once, twice = (np.log(density(x + k * h)) - np.log(density(x - k * h)) for k in (1, 2))
    return (8 * once - twice) / (12 * h)


@dataclass(frozen=True)
class TwoWords:
    """Pictures of one number and two words, all by quadrature: how often each is meant, and its bell.

    `level` is ᾱ, above 0 and below 1; "the word" is the first of the two.
    """

    shares: tuple[float, float] = (0.3, 0.7)
    middles: tuple[float, float] = (-1.0, 0.8)
    widths: tuple[float, float] = (0.4, 0.6)
    x_0: Array = field(default_factory=lambda: np.linspace(-6, 6, 2001), repr=False)

    def _given(self) -> Array:
        """p(x_0 | word) for each of the words, (2, N)."""
        bells = zip(self.middles, self.widths, strict=True)
        return np.stack([bell(self.x_0 - middle, width**2) for middle, width in bells])

    def _prior(self) -> Array:
        return np.array(self.shares) @ self._given()

    def _noised(self, x: Array, level: float) -> Array:
        """q(x_t = x | x_0), (…, N)."""
        return bell(x[..., None] - np.sqrt(level) * self.x_0, 1 - level)

    def _mean(self, x: Array, level: float, prior: Array, of: Array) -> Array:
        joint = self._noised(x, level) * prior
        return np.asarray(np.trapezoid(joint * of, self.x_0) / np.trapezoid(joint, self.x_0))

    def density(self, x: Array, level: float) -> Array:
        """p_t(x)."""
        return np.asarray(np.trapezoid(self._noised(x, level) * self._prior(), self.x_0))

    def conditional(self, x: Array, level: float) -> Array:
        """p_t(x | c) of the word."""
        return np.asarray(np.trapezoid(self._noised(x, level) * self._given()[0], self.x_0))

    def word(self, x: Array, level: float) -> Array:
        """p_t(c | x): the word's chance given x_0, averaged over what x_0 may be."""
        chance = self.shares[0] * self._given()[0] / np.maximum(self._prior(), 1e-300)
        return self._mean(x, level, self._prior(), chance)

    def noise(self, x: Array, level: float, told: bool) -> Array:
        """E[ε | x_t], given the word or not: what an ideal network predicts."""
        prior = self._given()[0] if told else self._prior()
        epsilon = (x[..., None] - np.sqrt(level) * self.x_0) / np.sqrt(1 - level)
        return self._mean(x, level, prior, epsilon)

    def laws(self, level: float) -> tuple[list[Callable[..., Array]], Callable[[float], float]]:
        """As functions of x and w, on a grid: p_t(x), p_t(x | c), p_t(c | x), and p_t(x) p_t(c | x)^w with
        area 1; and of x alone the slope of log p_t(c | x).
        """
        grid = np.linspace(-4, 4, 321)
        free, told, word = (of(grid, level) for of in (self.density, self.conditional, self.word))
        slopes = np.gradient(np.log(word), grid)

        def product(x: Array, w: float) -> Array:
            whole = free * word**w
            return np.asarray(np.interp(x, grid, whole / np.trapezoid(whole, grid)))

        laws: list[Callable[..., Array]] = [
            lambda x, w: np.asarray(np.interp(x, grid, free)),
            lambda x, w: np.asarray(np.interp(x, grid, told)),
            lambda x, w: np.asarray(np.interp(x, grid, word)),
            product,
        ]
        return laws, lambda x: float(np.interp(x, grid, slopes))

    def power(self, x: Array, level: float, w: float) -> Array:
        """p_t(x) p_t(c | x)^w, not normalised."""
        return self.density(x, level) * self.word(x, level) ** w


@dataclass(frozen=True)
class Bells:
    """All pictures are one number of standard deviation `whole`; those with the words have `part`, less."""

    whole: float = 1.0
    part: float = 0.5

    def variances(self, noise: float = 0.0) -> tuple[float, float]:
        """Those of both bells, with so much noise (a standard deviation) on them."""
        return self.whole**2 + noise**2, self.part**2 + noise**2

    def slopes(self, y: Array, w: float, noise: float) -> Array:
        """(1−w) ∇ log p + w ∇ log p(· | c), of the noised bells, taken numerically."""
        free, told = (slope(partial(bell, variance=v), y, 0.01) for v in self.variances(noise))
        return (1 - w) * free + w * told

    def sharpened(self, w: float, noise: float = 0.0) -> float:
        """The variance of p(y)^(1−w) p(y|c)^w, both of them noised first; B < A keeps it positive."""
        whole, part = self.variances(noise)
        return 1 / ((1 - w) / whole + w / part)

    def drawn(self) -> list[Callable[..., Array]]:
        """As functions of y, w and the noise, 1 at most: all, those with the words, the product noised,
        the product of both noised, and guided walks on their way.
        """
        widths: list[Callable[[float, float], float]] = [
            lambda w, noise: self.variances(noise)[0],
            lambda w, noise: self.variances(noise)[1],
            lambda w, noise: self.sharpened(w) + noise**2,
            self.sharpened,
            self.arrived,
        ]
        return [lambda y, w, noise, of=of: np.exp(-(y**2) / 2 / of(w, noise)) for of in widths]

    def measured(self, w: float, noise: float = 0.0) -> float:
        """The same, measured on a grid."""
        y = np.sqrt(self.sharpened(w, noise)) * np.linspace(-14, 14, 2001)
        whole, part = self.variances(noise)
        density = np.exp(-(y**2) / 2 * ((1 - w) / whole + w / part))
        return float(np.trapezoid(y**2 * density, y) / np.trapezoid(density, y))

    def walked(self, w: float, start: float, stop: float, y: float = 1.0) -> float:
        """Where the guided walk from (start, y) stands at the noise `stop`, integrated (DOP853)."""

        def along(u: float, y: Array) -> Array:  # u = log σ: even steps
            whole, part = self.variances(float(np.exp(u)))
            return np.exp(2 * u) * ((1 - w) * y / whole + w * y / part)

        span = (np.log(start), np.log(stop))
        return float(solve_ivp(along, span, [y], method="DOP853", rtol=1e-11, atol=1e-13).y[0, -1])

    def logarithm(self, w: float, noise: float) -> float:
        """log of the variance of guided walks at a noise: (1−w) log(A² + σ²) + w log(B² + σ²)."""
        whole, part = np.log(self.variances(noise))
        return float((1 - w) * whole + w * part)

    def arrived(self, w: float, noise: float = 0.0) -> float:
        """The variance of guided walks from pure noise, on their way and at their end: A^(2(1−w)) B^(2w)."""
        return float(np.exp(self.logarithm(w, noise)))
