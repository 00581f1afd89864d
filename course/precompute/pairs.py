"""Sentences of two nouns: what a cast's own two can be mixed to, and the pairs that were kept out of
training, of which one is chosen by what the judge sees. Not for what is made of the answers (`maths.between`).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from course import grammar
from course.grammar import BACKGROUNDS, NOUNS, Thing, caption, held_out_pairs, parse
from course.precompute.albums import Album, Words, between, corners, lifted, moved
from course.precompute.gathering import Gathered
from course.precompute.spec import CaptureSpec

Pair = tuple[str, str]

ALL: tuple[Pair, ...] = tuple(combinations(NOUNS, 2))
HELD: tuple[Pair, ...] = tuple(pair for pair in ALL if frozenset(pair) in held_out_pairs())
"""The pairs that were never drawn or named together in training."""
SEEDS, STEPS, GUIDANCE = 4, 30, 3.0
EDGE, RAISED = 9, 8
"""Pictures along a triangle's bottom, and up from its middle."""
AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the mean way to "and" is added."""


def sentences(pair: Pair, ground: str | None = BACKGROUNDS[1]) -> tuple[str, str, str]:
    """One of each noun, and the sentence with both."""
    a, b = (Thing(noun) for noun in pair)
    return caption((a,), ground), caption((b,), ground), caption((a, b), ground)


@dataclass(frozen=True)
class Ours:
    """The sentences of a cast's own two things, one of each."""

    first: str
    second: str

    @classmethod
    def of(cls, prompt: str, other: str) -> "Ours":
        """Of a cast's two prompts: see `grammar.pair`."""
        return cls(*grammar.pair(prompt, other))

    @cached_property
    def nouns(self) -> Pair:
        """'butterfly', 'snail'."""
        one, other = grammar.nouns(self.first, self.second)
        return one, other

    @cached_property
    def things(self) -> Pair:
        """'a butterfly', 'a snail'."""
        return grammar.named(self.first, self.second)

    @cached_property
    def both(self) -> str:
        """The sentence with "and"."""
        ((one,), ground), ((other,), _) = parse(self.first), parse(self.second)
        return caption((one, other), ground)

    @cached_property
    def four(self) -> tuple[str, str, str, str]:
        """The two, and two more things that look like the first: the corners of a sheet."""
        (one,), ground = parse(self.first)
        more = [noun for noun in NOUNS if noun not in self.nouns][:2]
        third, fourth = (caption((replace(one, noun=noun),), ground) for noun in more)
        return self.first, self.second, third, fourth

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The two and both, nothing said of their looks; one of them on some ground; another thing."""
        third = next(noun for noun in NOUNS if noun not in self.nouns)
        return (*sentences(self.nouns, None), sentences(self.nouns)[0], Thing(third).phrase())

    def road(self, stops: int) -> tuple[Words, ...]:
        """So many mixtures from the first to the second."""
        return tuple(between(self.first, self.second, k / (stops - 1)) for k in range(stops))

    def sheet(self, edge: int) -> tuple[Words, ...]:
        """edge × edge mixtures of the four."""
        return corners(self.four, edge)


def held_out(model: str) -> Album:
    """Every held-out pair, written with "and", from a few seeds; only what the judge sees in it is kept."""
    asked = tuple(((sentences(pair)[2], 1.0),) for pair in HELD)
    spec = CaptureSpec(asked[0][0][0], steps=STEPS, guidance=GUIDANCE, model=model)
    return Album(spec, SEEDS, words=asked, unguided=1, pictures=False)


def wall(of: Album) -> Album:
    """The pictures of its first seed."""
    return replace(of, count=1, static=(), pictures=True)


def sure(found: Gathered) -> NDArray[np.float64]:
    """(pairs, seeds): how likely both are in a picture: as likely as the less likely one."""
    nouns = found.arrays["nouns"].astype(np.float64)
    places = [[NOUNS.index(noun) for noun in pair] for pair in HELD]
    return np.array([one[:, place].min(1) for one, place in zip(nouns, places, strict=True)])


def best(found: Gathered) -> tuple[int, int]:
    """Which pair shows both from most seeds, the judge being surest, and its first seed that does."""
    seen = sure(found)
    which = max(range(len(seen)), key=lambda k: ((seen[k] > 0.5).sum(), seen[k].mean()))
    return which, int(np.argmax(seen[which] > 0.5))


def triangle(found: Gathered) -> Album:
    """The chosen pair: EDGE mixtures from one sentence to the other, RAISED from their middle to both."""
    which, seed = best(found)
    first, second, both = sentences(HELD[which])
    edge = (between(first, second, k / (EDGE - 1)) for k in range(EDGE))
    lift = (lifted(first, second, both, k / RAISED) for k in range(1, RAISED + 1))
    spec = replace(found.of.spec, prompt=first, seed=seed)
    return Album(spec, 1, words=(*edge, *lift), unguided=1)


def direction(found: Gathered, count: int) -> Album:
    """The middle of the chosen pair's sentences, and the mean way to "and" of all other pairs added to it."""
    pair = HELD[best(found)[0]]
    others = [sentences(other) for other in ALL if not set(other) & set(pair)]
    first, second, _ = sentences(pair)
    words = tuple(moved(first, second, others, share) for share in AMOUNTS)
    return Album(replace(found.of.spec, prompt=first), count, words=words, unguided=1)
