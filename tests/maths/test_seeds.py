"""What the seed decides: closed forms, brute force, SciPy; every check notices a mistake."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from course.maths import seeds, seeds_checks
from course.maths.checking import Check
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked
from tests.damage import bent, damaged, unnoticed

CHECKS = {name: one for name, one in vars(seeds_checks).items() if isinstance(one, Check)}
RNG = np.random.default_rng(0)
STATIC = RNG.standard_normal((2, 3, 32, 32))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        return capture(CaptureSpec("a snail on a blue background", seed=1, steps=6))


def bound(one: Check, walk: Capture) -> Check:
    given = {
        "static": STATIC,
        "solved": STATIC + 1e-6,
        "picture": walk.states[-2:],
        "other_end": walk.states[-2:] + 1e-4,
        "pictures": walk.guesses.reshape(2, 3, *walk.guesses.shape[1:]),
    }
    takes = inspect.signature(one.function).parameters
    return one.on(walk, **{name: value for name, value in given.items() if name in takes})


def holds(one: Check) -> bool:
    found = Checked("x", one).measure()
    assert found is not None
    return found.value <= found.limit


# Prompt, seed, both


def test_the_shares_are_those_that_the_table_was_made_with() -> None:
    # Variances 1, 4 and 0.25, on so many numbers that chance hardly matters.
    prompt, seed, both = (
        RNG.normal(0, s, shape)
        for s, shape in ((1, (40, 1, 2000)), (2, (1, 40, 2000)), (0.5, (40, 40, 2000)))
    )
    found = seeds.Components.of(prompt + seed + both)
    np.testing.assert_allclose(found.shares, np.array([1, 4, 0.25]) / 5.25, atol=0.03)
    assert found.raw.sum() == pytest.approx(1)


def test_chance_alone_is_taken_for_nothing_but_chance() -> None:
    found = seeds.Components.of(RNG.standard_normal((4, 4, 5000)))
    np.testing.assert_allclose(found.raw, [0.2, 0.2, 0.6], atol=0.02)
    np.testing.assert_allclose(found.chance, [0.2, 0.2, 0.6])
    assert found.shares[2] > 0.97


def test_pictures_that_are_all_the_same_have_no_shares() -> None:
    found = seeds.Components.of(np.ones((3, 4, 5)))
    assert not found.raw.any()
    assert not found.shares.any()


def test_walks_that_begin_as_one_part() -> None:
    ends = RNG.standard_normal((5, 1, 30))
    runs = np.concatenate([0 * ends, 0.5 * ends, ends], axis=1)
    np.testing.assert_allclose(seeds.parting(runs), [0, 0.5, 1], atol=1e-12)


def test_distances_of_starts_that_say_all_or_nothing_about_endings() -> None:
    starts = RNG.standard_normal((30, 50))
    assert seeds.likeness(starts, 2 * starts) == pytest.approx(1)
    assert abs(seeds.likeness(starts, RNG.standard_normal((30, 50)))) < 0.2


def test_in_the_plane_of_the_most_spread_distances_are_kept_and_others_lie_in_it_too() -> None:
    flat, turned = RNG.standard_normal((20, 2)), np.linalg.qr(RNG.standard_normal((7, 2)))[0].T
    found, middle = seeds.flat(flat @ turned + 3, (flat @ turned + 3).mean(0)[None])
    np.testing.assert_allclose(
        np.linalg.norm(found[:, None] - found, axis=-1),
        np.linalg.norm(flat[:, None] - flat, axis=-1),
        atol=1e-9,
    )
    np.testing.assert_allclose(middle, 0, atol=1e-9)
    assert (found[0] >= 0).all()


def test_what_the_seed_chooses_agrees_along_its_row_only() -> None:
    chosen = np.broadcast_to([0, 1, 2, 0], (5, 4))
    assert seeds.agreement(chosen) == pytest.approx((1, 2 / 12))
    assert seeds.agreement(RNG.integers(0, 4, (60, 60))) == pytest.approx((0.25, 0.25), abs=0.02)


# Colours, copies


def test_colours_are_counted_where_the_thing_is_there() -> None:
    law = seeds.skewed(5, 3, 4)
    np.testing.assert_allclose(law, [0.125, 0.125, 0.125, 0.5, 0.125])
    found = seeds.Counted.of([3, 3, 0, 1, 3], [True, True, False, True, True], list(law))
    assert found.counts.tolist() == [0, 1, 0, 3, 0]
    assert found.shares[3] == 0.75
    low, high = found.interval(3)
    assert (low, high) == pytest.approx((0.3006, 0.9544), abs=1e-3)  # Wilson's formula for 3 of 4


def test_what_is_drawn_as_in_training_has_small_scores_and_what_is_not_large_ones() -> None:
    law = seeds.skewed(5, 3, 4)
    drawn = RNG.choice(5, 4000, p=law)
    assert np.abs(seeds.Counted.of(drawn, np.ones(4000), list(law)).scores).max() < 4
    sharp = RNG.choice(5, 4000, p=seeds.sharpened(law, 3))
    assert seeds.Counted.of(sharp, np.ones(4000), list(law)).scores[3] > 10
    np.testing.assert_allclose(seeds.sharpened(law, 2)[3], 16 / 20)


def test_as_near_to_training_as_those_held_out_is_one_half() -> None:
    assert seeds.nearer([1, 2, 3], [1, 2, 3]) == pytest.approx(0.5)
    assert seeds.nearer([1, 1], [2, 3, 4]) == 1


# Steps and their inverses


@pytest.mark.parametrize("s", [0.2, 0.7, 1.5])
def test_a_step_tried_again_and_again_is_inverted_however_little_picture_there_is(s: float) -> None:
    levels = np.cos(np.linspace(0.49999, 0, 31) * np.pi) ** 2
    for level, after in pairwise(levels):
        noise, start = seeds.bell_noise(level, s), RNG.standard_normal(7)
        later = seeds.step(start, noise, level, after)
        if after < 1:
            np.testing.assert_allclose(seeds.tries(later, noise, level, after, 60)[-1], start, atol=1e-8)


def test_back_in_one_call_is_off_and_right_where_the_noise_is_the_same_at_both_ends() -> None:
    level, after, start = 0.3, 0.4, RNG.standard_normal(50)
    bell = seeds.bell_noise(level, 0.5)
    assert np.abs(seeds.hasty(seeds.step(start, bell, level, after), bell, level, after) - start).max() > 0.01

    def fixed(x: np.ndarray) -> np.ndarray:
        return np.full_like(x, 0.3)

    there = seeds.step(start, fixed, level, after)
    np.testing.assert_allclose(seeds.hasty(there, fixed, level, after), start, atol=1e-12)


def test_on_pictures_that_are_static_themselves_each_step_loses_a_cosine() -> None:
    angles = np.linspace(1.5, 0, 31)
    found = seeds.widths(list(np.cos(angles) ** 2), 1.0)
    np.testing.assert_allclose(found[-1], np.cos(0.05) ** 30, rtol=1e-9)


def test_static_in_the_shape_of_a_picture_is_told_from_true_static() -> None:
    pictures = np.zeros((2, 3, 32, 32)) + 0.1 * RNG.standard_normal((2, 3, 1, 1))
    pictures[:, :, 8:24, 8:24] += 1
    pictures += 0.01 * RNG.standard_normal(pictures.shape)
    static = RNG.standard_normal(pictures.shape)
    assert seeds.worn(static, pictures) == pytest.approx(1, abs=0.1)
    assert seeds.worn(np.where(pictures > 0.5, static, static / 2), pictures) > 1.6


# Checks


def test_all_checks_hold(walk: Capture) -> None:
    assert not [name for name, one in CHECKS.items() if not holds(bound(one, walk))]


@pytest.mark.long
@pytest.mark.parametrize("name", CHECKS)
def test_damaged_data_is_noticed_by_all_but_identities(name: str, walk: Capture) -> None:
    one = bound(CHECKS[name], walk)
    read = [what for what, _ in damaged(one)]
    if one.identity:
        assert unnoticed(one) == read
    elif read != ["static"]:  # of which only the law is looked at: see below
        assert not unnoticed(one)


@pytest.mark.parametrize("wrong", [STATIC + 0.1, 1.1 * STATIC, STATIC[::-1].cumsum(0)])
def test_static_that_is_none_is_noticed(wrong: np.ndarray) -> None:
    assert not holds(seeds_checks.recursion.on(static=wrong))


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        ("widths", {"recursion", "arrives"}),
        ("factors", {"one_step", "turned_round", "arrives", "tried"}),
        ("angle", {"tried"}),
        ("sums_of_squares", {"add_up", "by_pairs"}),
    ],
)
def test_mistakes_in_the_formulas_are_noticed(
    broken: str, noticed: set[str], walk: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(seeds, broken)

    def wrong(*args: object) -> object:
        found = bent(right(*args)) + 0.02
        return tuple(found) if broken == "factors" else found

    checks = {name: bound(CHECKS[name], walk) for name in noticed}
    monkeypatch.setattr(seeds, broken, wrong)
    assert {name for name, one in checks.items() if not holds(one)} == noticed


def test_a_method_whose_error_falls_faster_or_slower_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "hasty", lambda later, noise, level, after: np.asarray(later))
    assert not holds(seeds_checks.hasty_error)


def test_chance_agrees_with_every_order_of_a_small_table() -> None:
    from itertools import permutations

    values = np.array([0.3, -1.2, 2.0, 0.7, 0.1, -0.4])
    tables = [np.array(order).reshape(2, 3, 1) for order in permutations(values)]
    mean = np.mean([seeds.Components.of(table).raw for table in tables], axis=0)
    np.testing.assert_allclose(mean, seeds.Components.of(tables[0]).chance, atol=1e-12)


def test_the_recursion_is_a_law_of_static(walk: Capture) -> None:
    scores = np.asarray(seeds_checks.recursion.on(static=STATIC)())
    assert stats.kstest(scores[:2], "norm").pvalue > 1e-4
