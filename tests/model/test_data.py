"""The training pictures: reproducible, true to their captions, with what is kept out kept out."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from course import grammar
from course.grammar import BACKGROUNDS, COLOURS, NOUNS, Thing
from course.model import data


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples without their pictures: what is in them is decided before they are drawn."""
    monkeypatch.setattr(data, "draw", lambda *_: np.zeros((32, 32, 3), np.uint8))


def test_a_picture_depends_on_its_number_only() -> None:
    again = {k: data.sample(k) for k in (7, 0, data.HELD_OUT)}
    for k, one in again.items():
        other = data.sample(k)
        np.testing.assert_array_equal(one.pixels, other.pixels)
        assert one.caption == other.caption
    assert again[0].caption != again[7].caption
    assert again[0].pixels.shape == (32, 32, 3)
    assert again[0].pixels.dtype == np.uint8


@pytest.mark.usefixtures("undrawn")
def test_held_out_pairs_are_never_in_a_training_picture() -> None:
    pairs: Counter[frozenset[str]] = Counter()
    for k in range(12_000):
        things = data.sample(k).things
        if len(things) == 2:
            pairs[frozenset(thing.noun for thing in things)] += 1
    assert not set(pairs) & grammar.held_out_pairs()
    assert len(pairs) == len(NOUNS) * (len(NOUNS) - 1) // 2 - len(grammar.held_out_pairs())


@pytest.mark.usefixtures("undrawn")
def test_one_noun_is_drawn_in_one_colour_four_times_as_often_and_no_other_is() -> None:
    colours: dict[str, Counter[str]] = {noun: Counter() for noun in NOUNS}
    for k in range(12_000):
        for thing in data.sample(k).things:
            if thing.colour:
                colours[thing.noun][thing.colour] += 1
    skewed = np.array([colours[grammar.SKEWED_NOUN][c] for c in COLOURS])
    law = data.skewed_law()
    assert stats.chisquare(skewed, law * skewed.sum()).pvalue > 1e-3
    for noun in set(NOUNS) - {grammar.SKEWED_NOUN}:
        counts = np.array([colours[noun][c] for c in COLOURS])
        assert counts.max() < 2 * counts.min(), noun


@pytest.mark.usefixtures("undrawn")
def test_a_caption_says_nothing_that_is_not_there() -> None:
    left_out = 0
    for k in range(3000):
        one = data.sample(k)
        said, background = grammar.parse(one.caption)
        assert background in (None, one.background)
        there = {thing.noun: thing for thing in one.things}
        for thing in said:
            assert thing.colour in (None, there[thing.noun].colour)
            assert thing.size in (None, there[thing.noun].size)
        left_out += len(said) < len(one.things)
        assert all(thing.colour != one.background for thing in one.things)
    assert left_out > 50  # some captions name one of two things only


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_picture_shows_its_background_and_its_colour(background: str) -> None:
    colour = next(c for c in COLOURS if c != background)
    pixels = data.draw((Thing("apple", colour, "big"),), background, np.random.default_rng(0)).astype(int)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.abs(np.median(corners, 0) - data.BACKGROUND_RGB[background]).max() <= 9
    assert np.ptp(pixels.reshape(-1, 3), 0).max() > 60


def test_a_row_of_its_own_shows_one_noun_twice() -> None:
    for number in range(40):
        one = data.sample(number, twice=True)
        assert one.things[0].noun == one.things[1].noun
        assert one.caption.split().count(one.things[0].noun) == 2
        assert data.sample(number, twice=True).caption == one.caption
    captions = data.album(0, 4, twice=True)[1]
    assert captions == [data.sample(k, twice=True).caption for k in range(4)]
    assert captions != data.album(0, 4)[1]


def test_two_things_stand_side_by_side() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        both = data.draw((Thing("heart", "red"), Thing("heart", "green")), "white", rng).astype(int)
        red, green = (np.flatnonzero((both[..., c] - both[..., 1 - c] > 60).any(0)) for c in (0, 1))
        assert len(red) > 5
        assert len(green) > 5
        assert red.max() < green.min() or green.max() < red.min()


def test_pixels_survive_the_way_to_model_units_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    values = data.to_model(pixels)
    assert values.shape == (3, 16, 16)
    assert (values.min(), values.max()) == (-1, 1)
    np.testing.assert_array_equal(data.to_pixels(values), pixels)
    assert data.to_pixels(np.full((3, 1, 1), 7.0)).max() == 255


def test_an_album_is_kept_and_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    pixels, captions = data.album(5, 3)
    again, same = data.album(5, 3)
    np.testing.assert_array_equal(pixels, again)
    assert captions == same == [data.sample(k).caption for k in (5, 6, 7)]
    assert capsys.readouterr().err.count("drawing the album") <= 2  # drawn once
