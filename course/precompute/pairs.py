"""Sentences of two nouns: what a cast's own two can be mixed to, and the pairs that were kept out of
training, of which one is chosen by what a judge sees. Not for what the answers mean (`maths.between`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from course import grammar
from course.grammar import BACKGROUNDS, NOUNS, UNSEEN_PAIR, Thing, caption, held_out_pairs, parse
from course.model.data import to_model
from course.precompute.albums import Album, alone, between, corners, lifted, moved, seen, straight, turned
from course.precompute.gathering import Gathered, Gathering
from course.precompute.spec import CaptureSpec
from course.precompute.tables import Tables

Pair = tuple[str, str]

ALL: tuple[Pair, ...] = tuple(combinations(NOUNS, 2))
HELD: tuple[Pair, ...] = tuple(pair for pair in ALL if frozenset(pair) in held_out_pairs())
"""The pairs that were never drawn or named together in training."""
SEEDS, STEPS, GUIDANCE = 4, 30, 3.0
STOPS, EDGE, RAISED, TRIES = 17, 9, 8, 8
"""Pictures on a road; along a sheet, a triangle, a straight road; up a triangle; of one way to say both."""
FEWER = 5
"""Along the sheet of a pair that is not the course's own, so that nobody waits for it."""
AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the mean way to "and" is added."""


def sentences(pair: Pair, ground: str | None = BACKGROUNDS[1]) -> tuple[str, str, str]:
    """One of each noun, and the sentence with both."""
    a, b = (Thing(noun) for noun in pair)
    return caption((a,), ground), caption((b,), ground), caption((a, b), ground)


PLAIN: tuple[tuple[str, str, str], ...] = tuple(sentences(pair, None) for pair in ALL)
"""Of every pair one of each and both, with nothing said of their looks."""


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
    def more(self) -> list[str]:
        """Other nouns, neither of a cast's nor of the course's own pair."""
        return [noun for noun in NOUNS if noun not in (*self.nouns, *UNSEEN_PAIR)]

    @cached_property
    def both(self) -> str:
        """The sentence with "and"."""
        ((one,), ground), ((other,), _) = parse(self.first), parse(self.second)
        return caption((one, other), ground)

    @cached_property
    def four(self) -> tuple[str, str, str, str]:
        """The two, and two more things that look like the first: the corners of a sheet."""
        (one,), ground = parse(self.first)
        third, fourth = (caption((replace(one, noun=noun),), ground) for noun in self.more[:4:3])
        return self.first, self.second, third, fourth

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The two and both, nothing said of their looks; one of them on some ground; another thing."""
        return (*sentences(self.nouns, None), sentences(self.nouns)[0], Thing(self.more[0]).phrase())

    def middle(self, walk: CaptureSpec) -> Album:
        """The middle of the two sentences, from several seeds."""
        return Album(walk, TRIES, words=(between(self.first, self.second, 0.5),))

    def gatherings(self, middle: Gathered) -> dict[str, Gathering]:
        """What was found in the "middle"; from its first seed that shows neither, the "road" between the two.

        A road between two seeds ("round", "straight"), a "sheet" of the four, other ways to say both
        ("concat", "scores", "written"), and the "tables" of all pairs.
        """
        walk = middle.of.spec
        ill = replace(walk, seed=walk.seed + int(np.argmin(seen(middle, self.nouns).any(1))))
        two = (self.first, 1.0), (self.second, 1.0)
        seeds = walk.seed, walk.seed + 1
        rounds = (turned(*seeds, 90 * k / (STOPS - 1)) for k in range(STOPS))
        straights = (straight(*seeds, k / (EDGE - 1)) for k in range(EDGE))
        edge = EDGE if frozenset(self.nouns) == UNSEEN_PAIR else FEWER
        road = tuple(between(self.first, self.second, k / (STOPS - 1)) for k in range(STOPS))
        texts = tuple(dict.fromkeys((*self.bare, *(text for three in PLAIN for text in three))))
        return {
            "middle": middle.of,
            "road": Album(ill, 1, words=road),
            "round": Album(walk, STOPS, static=tuple(rounds)),
            "straight": Album(walk, EDGE, static=tuple(straights)),
            "sheet": Album(walk, 1, words=corners(self.four, edge)),
            "concat": Album(walk, TRIES, words=(two,), how="concat"),
            "scores": Album(walk, TRIES, words=(two,), how="scores"),
            "written": Album(walk, TRIES, words=alone(self.both)),
            "tables": Tables(CaptureSpec(self.first, model=walk.model), len(texts), texts=texts),
        }


def held_out(model: str) -> Album:
    """Every held-out pair, written with "and", from a few seeds; only what the judge sees in it is kept."""
    asked = alone(*(sentences(pair)[2] for pair in HELD))
    spec = CaptureSpec(asked[0][0][0], steps=STEPS, guidance=GUIDANCE, model=model)
    return Album(spec, SEEDS, words=asked, unguided=1, pictures=False)


def sure(found: Gathered) -> NDArray[np.float64]:
    """(pairs, seeds): how likely both are in a picture: as likely as the less likely one."""
    return np.stack([named(found, k).min(1) for k in range(found.of.count)], 1)


def named(found: Gathered, seed: int = 0) -> NDArray[np.float64]:
    """(pairs, 2): how likely each of a pair's two is in its picture of one seed."""
    nouns = found.arrays["nouns"][:, seed].astype(np.float64)
    places = [[NOUNS.index(noun) for noun in pair] for pair in HELD]
    return np.array([one[place] for one, place in zip(nouns, places, strict=True)])


def neither(found: Gathered) -> NDArray[np.bool_]:
    """(pairs,): whether a pair's picture of the first seed shows neither."""
    return named(found).max(1) <= 0.5


def tables(found: Gathered, texts: Sequence[str]) -> NDArray[np.float64]:
    """(texts, T D): what the encoder makes of some texts, of those that were read."""
    rows = dict(zip(found.of.prompts, found.arrays["tables"], strict=True))
    return np.stack([rows[text].ravel() for text in texts]).astype(np.float64)


def apart(found: Mapping[str, Gathered]) -> NDArray[np.bool_]:
    """(pairs,): whether two things stand apart in a pair's picture of the first seed."""
    from course.maths.between import things  # brings scikit-learn, for which not everyone should wait

    return things(to_model(found["wall"].arrays["pictures"][:, 0])) == 2


def ways(found: Gathered) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(pairs, T D) each, of tables: the middles of all pairs, and their sentences with "and"."""
    firsts, seconds, boths = (tables(found, some) for some in zip(*PLAIN, strict=True))
    return (firsts + seconds) / 2, boths


def suited(found: Mapping[str, Gathered], apart: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(pairs,): which may be chosen: they stand `apart` where they are written and show neither halfway.

    Things of the course's own pair are left out: there are others.
    """
    return _free() & apart & neither(found["halves"])


def _free() -> NDArray[np.bool_]:
    return np.array([not UNSEEN_PAIR & set(pair) for pair in HELD])


def best(found: Mapping[str, Gathered], apart: NDArray[np.bool_]) -> tuple[int, int]:
    """Which of the suited pairs shows both from most seeds, the judge being surest; its first seed that does.

    Of all but those with the course's own things, where none is suited.
    """
    seen, able = sure(found["held"]), suited(found, apart)
    among = np.flatnonzero(able if able.any() else _free())
    which = max(among, key=lambda k: ((seen[k] > 0.5).sum(), seen[k].mean()))
    return int(which), int(np.argmax(seen[which] > 0.5))


def halves(held: Album) -> Album:
    """The middles of every pair's two sentences, from the first seed."""
    middles = tuple(between(*sentences(pair)[:2], 0.5) for pair in HELD)
    return replace(held, count=1, static=(), words=middles, pictures=True)


def wall(held: Album) -> Album:
    """The pictures of its first seed."""
    return replace(held, count=1, static=(), pictures=True)


def unseen(model: str) -> dict[str, Gathering]:
    """The pairs written ("held"), the pictures of the first seed ("wall"), and "halves"."""
    held = held_out(model)
    return {"held": held, "wall": wall(held), "halves": halves(held)}


def gatherings(found: Mapping[str, Gathered], apart: NDArray[np.bool_]) -> dict[str, Gathering]:
    """Of the best of the pairs: the "triangle" of its two sentences (EDGE mixtures) and both (RAISED from the
    middle), and the middle "moved" by the mean way to "and" of all other pairs.
    """
    which, seed = best(found, apart)
    first, second, both = sentences(HELD[which])
    others = [sentences(pair) for pair in ALL if not set(pair) & set(HELD[which])]
    edge = (between(first, second, k / (EDGE - 1)) for k in range(EDGE))
    lift = (lifted(first, second, both, k / RAISED) for k in range(1, RAISED + 1))
    ways = (moved(first, second, others, share) for share in AMOUNTS)
    at = replace(found["held"].of.spec, prompt=first)
    return {
        "triangle": Album(replace(at, seed=seed), 1, words=(*edge, *lift), unguided=1),
        "moved": Album(at, TRIES, words=tuple(ways), unguided=1),
    }
