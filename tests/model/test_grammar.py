"""Captions can be read back, and every word of them is a word that the models know."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.model import grammar
from course.model.grammar import BACKGROUNDS, COLOURS, NOUNS, SIZES, Thing

things = st.builds(
    Thing,
    st.sampled_from(NOUNS),
    st.one_of(st.none(), st.sampled_from(COLOURS)),
    st.one_of(st.none(), st.sampled_from(SIZES)),
)


@given(
    st.lists(things, min_size=1, max_size=2),
    st.one_of(st.none(), st.sampled_from(BACKGROUNDS)),
    st.booleans(),
)
def test_a_caption_reads_back_as_what_it_says(said: list[Thing], background: str | None, first: bool) -> None:
    assert grammar.parse(grammar.caption(tuple(said), background, first)) == (tuple(said), background)


def test_every_single_caption_reads_back() -> None:
    for noun, colour, size, background in product(
        NOUNS, (None, *COLOURS), (None, *SIZES), (None, *BACKGROUNDS)
    ):
        thing = Thing(noun, colour, size)
        assert grammar.parse(grammar.caption((thing,), background)) == ((thing,), background)


@pytest.mark.parametrize(
    ("prompt", "background", "nouns"),
    [
        ("A Red FISH, on a blue background", "blue", ["fish"]),
        ("on a green background a cat and a tree", "green", ["cat", "tree"]),
        ("a strange glowing snail", None, ["snail"]),
        ("background", None, []),
        ("", None, []),
    ],
)
def test_loose_prompts_are_understood_as_far_as_they_go(
    prompt: str, background: str | None, nouns: list[str]
) -> None:
    found, where = grammar.parse(prompt)
    assert ([thing.noun for thing in found], where) == (nouns, background)


def test_the_words_are_there_once_and_enough() -> None:
    words = grammar.vocabulary()
    assert len(set(words)) == len(words)
    assert len(NOUNS) >= 24
    assert {"butterfly", "snail"} <= set(NOUNS)
    assert grammar.UNSEEN_PAIR in grammar.held_out_pairs()
