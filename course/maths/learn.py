"""The guessing game: who plays it best, how one mistake looks in three coordinates, and what losses weigh.

Not for a network's answers (those are gathered), nor for what the course claims about them (`learn_checks`).
Pictures are in model units; `level` is ᾱ. A state is x_t = √ᾱ x_0 + √(1−ᾱ) ε.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.maths.reverse import family_mean

Array = NDArray[np.float64]

OUTSTANDING = 0.2
"""A pixel that differs so much from the ground, in model units, belongs to the thing on it."""
SHIFTS = range(-3, 4)


# A player who keeps an album


def weights(x: ArrayLike, cards: NDArray[Any], level: float) -> Array:
    """(N,): how likely each card (N, …) is the one in the state `x`, all cards being drawn equally often.

    w_i ∝ exp(−‖x − √ᾱ c_i‖² / (2 (1 − ᾱ))), and together 1.
    """
    x, flat = np.asarray(x, np.float64).ravel(), cards.reshape(len(cards), -1).astype(np.float64)
    # ‖x‖² is in all of them.
    log = (np.sqrt(level) * flat @ x - level * (flat**2).sum(1) / 2) / (1 - level)
    likely = np.exp(log - log.max())
    return np.asarray(likely / likely.sum())


def best_answer(x: ArrayLike, cards: NDArray[Any], level: float) -> Array:
    """The mean of the cards by these weights, E[x_0 | x_t = x]: no answer has a smaller squared error."""
    return np.asarray(np.tensordot(weights(x, cards, level), cards.astype(np.float64), 1))


@dataclass(frozen=True, eq=False)
class Played:
    """A walk whose guesses are an album's: `states` (S+1, …), `guesses` (S, …), `shares` (S, N) of cards."""

    states: Array
    guesses: Array
    shares: Array

    @property
    def card(self) -> int:
        """Which card it ends on, or nearest to."""
        return int(np.argmax(self.shares[-1]))

    def film(self) -> tuple[Array, Array, Array]:
        """What is seen, answered, and held for likely, step by step, (S+1, …): at first all cards are."""
        even = np.full_like(self.shares[:1], 1 / self.shares.shape[1])
        seen, answered = (np.concatenate([one[:1], one]) for one in (self.states[:-1], self.guesses))
        return seen, answered, np.concatenate([even, self.shares])


def album_walk(start: ArrayLike, cards: NDArray[Any], levels: Sequence[float] | Array) -> Played:
    """DDIM from static with the best answer for these cards, through ᾱ of the states (S+1,)."""
    x = np.asarray(start, np.float64)
    states, guesses, shares = [x], [], []
    for level, before in pairwise(levels):
        shares.append(weights(x, cards, level))
        guess = np.tensordot(shares[-1], cards.astype(np.float64), 1)
        x = family_mean(guess, noise_in(x, guess, level), before, 0.0)
        guesses.append(guess)
        states.append(x)
    return Played(np.array(states), np.array(guesses), np.array(shares))


# One mistake in three coordinates


def noise_in(x: ArrayLike, picture: ArrayLike, level: float) -> Array:
    """ε of a state, given its picture."""
    return (np.asarray(x, np.float64) - np.sqrt(level) * np.asarray(picture)) / np.sqrt(1 - level)


def mixed(picture: ArrayLike, noise: ArrayLike, level: float) -> Array:
    """The state x_t."""
    return turned(np.asarray(picture, np.float64), np.asarray(noise, np.float64), level)[0]


def turned(picture: Array, noise: Array, level: float) -> tuple[Array, Array]:
    """The state x_t and v = √ᾱ ε − √(1−ᾱ) x_0, which stands at a right angle to it. Salimans & Ho 2022."""
    a, b = np.sqrt(level), np.sqrt(1 - level)
    return a * picture + b * noise, a * noise - b * picture


def turned_back(x: Array, velocity: Array, level: float) -> tuple[Array, Array]:
    """Picture and noise that a state and an answer v mean."""
    a, b = np.sqrt(level), np.sqrt(1 - level)
    return a * x - b * velocity, b * x + a * velocity


@dataclass(frozen=True, eq=False)
class Mistakes:
    """What is wrong with an answer, guess less truth, as `picture`, as `noise` and as `velocity`."""

    picture: Array
    noise: Array
    velocity: Array


@dataclass(frozen=True, eq=False)
class Round:
    """A `picture` that was hidden under one piece of `noise` (C, H, W) at several `levels` (L,), and the
    answers that were given, v, as `velocity` (L, C, H, W).
    """

    picture: NDArray[Any]
    noise: NDArray[Any]
    velocity: NDArray[Any]
    levels: Array

    def state(self, k: int) -> Array:
        """What was shown."""
        return mixed(self.picture, self.noise, float(self.levels[k]))

    def guesses(self, k: int) -> tuple[Array, Array]:
        """The picture and the noise that the answer means."""
        return turned_back(self.state(k), self.velocity[k].astype(np.float64), float(self.levels[k]))

    def mistakes(self, k: int) -> Mistakes:
        """What is wrong with the answer, in float64."""
        picture, noise = (one.astype(np.float64) for one in (self.picture, self.noise))
        guess, guessed = self.guesses(k)
        true = turned(picture, noise, float(self.levels[k]))[1]
        return Mistakes(guess - picture, guessed - noise, self.velocity[k] - true)


def snr(level: ArrayLike) -> Array:
    """ᾱ/(1−ᾱ): how strong the picture is beside the noise, in squares."""
    level = np.asarray(level, np.float64)
    return level / (1 - level)


# What is seen


def outstanding(picture: NDArray[Any]) -> NDArray[np.bool_]:
    """(H, W): the pixels of a drawing (C, H, W) that are not its ground, the middle colour of its rim."""
    rim = np.concatenate(
        [picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1]], axis=1, dtype=np.float64
    )
    return np.asarray(np.abs(picture - np.median(rim, 1)[:, None, None]).max(0) > OUTSTANDING)


def fitted(card: NDArray[Any], picture: NDArray[Any]) -> NDArray[Any]:
    """The card (C, H, W), shifted by a few pixels and flipped as fits the picture best; edges go on."""
    edge, (height, width) = max(SHIFTS), card.shape[-2:]
    best, least = card, np.inf
    for one in (card, card[..., ::-1]):
        padded = np.pad(one, ((0, 0), (edge, edge), (edge, edge)), mode="edge")
        for y in range(len(SHIFTS)):
            for x in range(len(SHIFTS)):
                moved = padded[:, y : y + height, x : x + width]
                off = float(((moved - picture) ** 2).mean())
                if off < least:
                    best, least = moved, off
    return best


def undecided(shares: Array) -> int:
    """The last step of (S, N) shares at which no card has three fifths; 0 where there is none."""
    return int(max(np.flatnonzero(shares.max(1) < 0.6), default=0))


def widest(shares: Array, cards: NDArray[Any]) -> int:
    """Which number of the cards (N, …), counted in reading order, is least certain by their shares (N,)."""
    flat = cards.reshape(len(cards), -1).astype(np.float64)
    mean = shares @ flat
    return int(np.argmax(shares @ (flat - mean) ** 2))


def cost(answers: ArrayLike, values: ArrayLike, shares: ArrayLike) -> Array:
    """The mean squared error of answers (M,) where the truth is one of `values` (N,), by their shares."""
    values, shares = (np.asarray(one, np.float64) for one in (values, shares))
    return np.asarray((np.asarray(answers, np.float64)[..., None] - values) ** 2 @ shares)
