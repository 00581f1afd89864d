"""How words steer: attention, guidance, how near an ending is to two others, and guidance on bell curves.

Arrays or scalars, everything computed in float64. Not for running a network, and not for what the course
claims about these (see `steering_checks`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from course.maths.measure import LEVELS, distance

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
    rim = np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)
    away = np.linalg.norm(pixels - np.median(rim, axis=1)[:, None, None], axis=0)
    places = away.reshape(edge, h // edge, edge, w // edge).mean(axis=(1, 3)).ravel()
    return np.asarray(places > places.max() / 2)


def said(tokens: Sequence[str], weights: ArrayLike) -> tuple[tuple[str, ...], Array]:
    """Tokens up to the first of those that only fill up, and the weights (…, T), all padding as one."""
    weights = np.asarray(weights, np.float64)
    last = tokens.index(tokens[-1])
    whole = np.concatenate([weights[..., :last], weights[..., last:].sum(-1, keepdims=True)], axis=-1)
    return tuple(tokens[: last + 1]), whole


# Guidance


def guided(without: ArrayLike, conditional: ArrayLike, guidance: float) -> Array:
    """ε_u + w(ε_c − ε_u). Ho & Salimans 2022, eq. 6, with their w one less."""
    u, c = np.asarray(without, np.float64), np.asarray(conditional, np.float64)
    return u + guidance * (c - u)


def beyond(state: ArrayLike) -> float:
    """The part of a picture's numbers that a screen cannot show: more than half a level beyond ±1."""
    return float((np.abs(np.asarray(state, np.float64)) > 1 + 0.5 / LEVELS).mean())


# Distances between endings


def apart(one: ArrayLike, other: ArrayLike) -> float:
    """How far two pictures in model units are apart: root mean square, in levels of 255."""
    return LEVELS * distance(one, other)


def agreement(ones: Sequence[float], others: Sequence[float]) -> float:
    """How alike two lists of numbers are ordered: Kendall's τ (1938), 1 for one order, −1 for the reverse."""
    return round(float(stats.kendalltau(ones, others).statistic), 9)


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


# Guidance on two bell curves around 0: all things have variance A², those that the words mean have B²


def sharpened(whole: float, part: float, w: float, noise: float = 0.0) -> float:
    """The variance of p(y)^(1−w) p(y|c)^w, both of them noised first by `noise` (a standard deviation).

    `whole` and `part` are the bells' standard deviations A and B; B < A keeps it positive for w ≥ 0.
    """
    return 1 / ((1 - w) / (whole**2 + noise**2) + w / (part**2 + noise**2))


def way(whole: float, part: float, w: float, noise: ArrayLike) -> Array:
    """Where the guided walk stands at each noise, up to a factor: (A²+τ²)^((1−w)/2) (B²+τ²)^(w/2)."""
    square = np.asarray(noise, np.float64) ** 2
    return (whole**2 + square) ** ((1 - w) / 2) * (part**2 + square) ** (w / 2)


def arrived(whole: float, part: float, w: float) -> float:
    """The variance of where guided walks from pure noise end: (A²)^(1−w) (B²)^w."""
    return float(whole ** (2 * (1 - w)) * part ** (2 * w))


def bell(y: ArrayLike, variance: float) -> Array:
    """The density of N(0, variance)."""
    return np.exp(-(np.asarray(y, np.float64) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
