"""Pairs of nouns: what is asked for names what it should, and the best pair is the one that a judge says."""

from collections.abc import Collection

import numpy as np
import pytest

from course.grammar import NOUNS, parse
from course.precompute import Album, CaptureSpec, Gathered, Tables
from course.precompute import pairs as of_pairs
from course.precompute.pairs import EDGE, HELD, RAISED, Ours, sentences

OURS = Ours.of("a big fish on a green background", "a small car on a yellow background")


def seen(
    surely: dict[tuple[str, str], list[float]], halfway: Collection[tuple[str, str]] = ()
) -> dict[str, Gathered]:
    """As if the judge had seen both of some pairs, one of some halfway, and nothing else."""
    held = of_pairs.held_out("pixel")
    nouns, middles = np.zeros((len(HELD), held.count, len(NOUNS))), np.zeros((len(HELD), 1, len(NOUNS)))
    for pair, how in surely.items():
        for noun in pair:
            nouns[HELD.index(pair), :, NOUNS.index(noun)] = how
    for pair in halfway:
        middles[HELD.index(pair), 0, NOUNS.index(pair[1])] = 1
    found = {"held": (held, nouns), "halves": (of_pairs.halves(held), middles)}
    return {name: Gathered(of, {"nouns": one.astype(np.float16)}, {}) for name, (of, one) in found.items()}


def test_ours_are_two_things_and_both_on_the_first_ones_ground() -> None:
    assert OURS.both == "a big fish and a small car on a green background"
    assert OURS.things == ("a fish", "a car")
    assert OURS.four[2:] == ("a big cat on a green background", "a big sunflower on a green background")
    assert OURS.bare[2:] == ("a fish and a car", "a fish on a blue background", "a cat")


def test_all_that_is_gathered_of_ours_keeps_the_sum_of_its_weights() -> None:
    middle = OURS.middle(CaptureSpec(OURS.first, seed=11))
    nouns = np.zeros((1, middle.count, len(NOUNS)), np.float16)
    nouns[0, [0, 2], NOUNS.index("car")] = 0.9
    made = OURS.gatherings(Gathered(middle, {"nouns": nouns}, {}))
    assert made["road"].spec.seed == 12
    for name, one in made.items():
        if isinstance(one, Album) and one.how == "tables":
            for words in one.words:
                assert sum(weight for _, weight in words) == pytest.approx(1), name


def test_held_out_pairs_are_written_with_and() -> None:
    held = of_pairs.held_out("pixel")
    assert ("butterfly", "snail") in HELD
    assert held.words[HELD.index(("butterfly", "snail"))][0][0] == sentences(("butterfly", "snail"))[2]
    assert len(parse(held.prompts[0])[0]) == 2


def test_the_best_pair_shows_both_most_often_and_then_most_surely() -> None:
    often, surer, seldom, own = HELD[5], HELD[7], HELD[9], HELD[1]
    assert "butterfly" in own
    found = seen(
        {often: [0.2, 0.6, 0.6, 0.6], surer: [0.1, 0.6, 0.9, 0.6], seldom: [1, 1, 0, 0], own: [1, 1, 1, 1]}
    )
    every = np.ones(len(HELD), bool)
    assert of_pairs.best(found, every) == (7, 1)
    assert of_pairs.best(seen({seldom: [0, 0, 0, 0.9]}), every) == (9, 3)
    assert of_pairs.best(found, every & (np.arange(len(HELD)) != 7)) == (5, 1)
    assert of_pairs.best(found, ~every) == (7, 1)
    assert of_pairs.best(seen({often: [0.6] * 4, surer: [0.9] * 4}, halfway={surer}), every) == (5, 0)


def test_two_things_stand_apart_where_there_are_two_heaps() -> None:
    pictures = np.full((3, 2, 32, 32, 3), 40, np.uint8)
    pictures[0, 0, 4:12, 4:12] = pictures[0, 0, 20:28, 20:28] = 220
    pictures[1, 0, 4:20, 4:20] = pictures[2, 1, 4:12, 4:12] = 220
    found = Gathered(of_pairs.wall(of_pairs.held_out("pixel")), {"pictures": pictures}, {})
    assert of_pairs.apart({"wall": found}).tolist() == [True, False, False]


def test_ways_lead_from_the_middle_of_two_sentences_to_the_one_with_both() -> None:
    texts = tuple(dict.fromkeys(text for three in of_pairs.PLAIN for text in three))
    of = Tables(CaptureSpec(OURS.first), len(texts), texts=texts)
    rows = np.random.default_rng(0).standard_normal((len(of.prompts), 2, 3))
    middles, boths = of_pairs.ways(Gathered(of, {"tables": rows}, {}))
    first, second, both = (rows[of.prompts.index(text)].ravel() for text in of_pairs.PLAIN[5])
    assert middles[5] == pytest.approx((first + second) / 2)
    assert boths[5] == pytest.approx(both)


def test_the_best_pair_alone_has_a_triangle_and_its_way_comes_from_other_pairs() -> None:
    best = HELD[9]
    made = of_pairs.gatherings(seen({best: [0.0, 0.0, 0.9, 0.9]}), np.ones(len(HELD), bool))
    triangle, way = made["triangle"], made["moved"]
    assert isinstance(triangle, Album)
    assert isinstance(way, Album)
    assert triangle.spec.seed == 2
    assert len(triangle.words) == EDGE + RAISED
    first, second, both = sentences(best)
    assert [dict(triangle.words[k]) for k in (0, EDGE - 1)] == [{first: 1, second: 0}, {first: 0, second: 1}]
    assert dict(triangle.words[-1])[both] == 1
    others = {prompt for words in way.words for prompt, _ in words} - {first, second}
    assert not any(set(best) & set(prompt.split()) for prompt in others)
