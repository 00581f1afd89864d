"""Captions can be read back, and every word of them is a word that the models know."""

from dataclasses import astuple
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import grammar
from course.grammar import BACKGROUNDS, COLOURS, NOUNS, SIZES, Thing

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


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("A Red FISH, on a blue background", "a fish"),
        ("a red car and a big tree", "a car and a tree"),
        ("fish", "a fish"),
        ("something strange", "something strange"),
    ],
)
def test_a_bare_prompt_names_the_things_and_leaves_open_what_they_look_like(prompt: str, things: str) -> None:
    assert grammar.bare(prompt) == things


@pytest.mark.parametrize(
    ("prompt", "more"),
    [
        ("fish", "a big fish on a blue background"),
        ("a tree and a rocket", "a big tree and a big rocket"),
        ("a red fish", "a red fish"),
    ],
)
def test_bare_words_become_fuller_and_full_ones_stay(prompt: str, more: str) -> None:
    assert grammar.fuller(prompt) == more


def test_the_words_are_there_once_and_enough() -> None:
    words = grammar.vocabulary()
    assert len(set(words)) == len(words)
    assert len(NOUNS) >= 24
    assert {"butterfly", "snail"} <= set(NOUNS)
    assert grammar.UNSEEN_PAIR in grammar.held_out_pairs()


@given(things, things, st.one_of(st.none(), st.sampled_from(BACKGROUNDS)))
def test_a_growing_sentence_keeps_its_words_and_ends_with_another_thing(
    one: Thing, two: Thing, background: str | None
) -> None:
    said = grammar.growing(grammar.caption((one,), background), grammar.caption((two,), background))
    assert len(said) == 5
    for shorter, longer in pairwise(said):
        kept = [word for word in shorter.split() if word not in ("a", "an")]
        assert [word for word in longer.split() if word in kept][: len(kept)] == kept
        assert len(longer.split()) > len(shorter.split())
    found, _ = grammar.parse(said[-1])
    assert found[0].noun == one.noun
    assert found[1].noun != one.noun


def test_words_are_left_out_and_moved_but_none_is_added() -> None:
    prompt = "a big snail on a blue background"
    assert grammar.telling(prompt) == ("big", "snail", "blue")
    assert grammar.without(prompt, "blue") == "a big snail on a background"
    assert grammar.reordered(prompt)[0] == "on a blue background a big snail"
    for other in grammar.reordered(prompt):
        assert sorted(other.split()) == sorted(prompt.split())


@given(things, things, st.sampled_from(BACKGROUNDS))
def test_one_word_is_exchanged_for_every_other_of_its_kind(one: Thing, two: Thing, background: str) -> None:
    prompt = grammar.caption((one, two), background)
    made = grammar.exchanged(prompt)
    assert len(set(made)) == len(made)
    coloured = sum(thing.colour is not None for thing in (one, two))
    sized = sum(thing.size is not None for thing in (one, two))
    assert len(made) == 2 * (len(NOUNS) - 1) + coloured * (len(COLOURS) - 1) + sized + len(BACKGROUNDS) - 1
    parsed = grammar.parse(prompt)
    for other in made:
        (first, second), ground = grammar.parse(other)
        assert grammar.caption((first, second), ground) == other  # "an" before a vowel
        was, now = (
            [*astuple(a), *astuple(b), where] for (a, b), where in (parsed, ((first, second), ground))
        )
        assert sum(x != y for x, y in zip(was, now, strict=True)) == 1


@pytest.mark.parametrize(
    ("prompt", "other"),
    [
        ("a big butterfly on a blue background", "a big snail on a blue background"),
        ("FISH", "car"),
        ("a red car and a tree", "a fish and a star"),
    ],
)
def test_relatives_are_the_two_and_then_things_that_neither_names(prompt: str, other: str) -> None:
    found = grammar.relatives(prompt, other, 12)
    assert found[:2] == (prompt, other)
    assert len(set(found)) == 12
    asked = {thing.noun for one in (prompt, other) for thing in grammar.parse(one)[0]}
    for one in found[2:]:
        (thing,), background = grammar.parse(one)
        assert thing.noun not in asked
        assert thing.colour != background  # or it could not be seen
    with pytest.raises(ValueError, match="not 40"):
        grammar.relatives(prompt, other, 40)


@pytest.mark.parametrize(
    ("prompt", "other"),
    [
        ("fish", "car"),
        ("a red fish", "a fish on a green background"),
        ("A Snail ON a Blue background", "A CAT"),
    ],
)
def test_one_thing_of_a_sentence_is_said_otherwise(prompt: str, other: str) -> None:
    whole = grammar.growing(prompt, other)[3]
    found = grammar.altered(prompt, other)
    assert list(found) == ["background", "colour", "thing"]
    for was, now, said in found.values():
        changed = [pair for pair in zip(whole.split(), said.split(), strict=True) if pair[0] != pair[1]]
        assert changed[-1] == (was, now)
        assert all(pair[0] in ("a", "an") for pair in changed[:-1])


@pytest.mark.parametrize(
    ("prompt", "other", "first", "second"),
    [
        ("a big fish on a green background", "A Snail", "a big fish on a green background", "a snail"),
        ("a red car and a tree", "a fish and a star", "a red car", "a fish"),
        ("a red fish", "a fish on a green background", "a red fish", "a butterfly on a green background"),
        ("a fish", "a red fish and a car", "a fish", "a car"),
        ("a blue background", "big", "a butterfly on a blue background", "a snail"),
    ],
)  # fmt: skip
def test_a_pair_of_sentences_names_two_different_things(
    prompt: str, other: str, first: str, second: str
) -> None:
    assert grammar.pair(prompt, other) == (first, second)
