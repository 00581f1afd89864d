"""How words steer: numbers from torch, counting, and closed forms; every check notices a mistake."""

from dataclasses import replace

import numpy as np
import pytest

from course.maths import steering, steering_checks
from course.maths.checking import Check
from course.maths.steering import Bells, TwoWords
from course.precompute import Capture, CaptureSpec
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

RNG = np.random.default_rng(5)
QUERIES = RNG.standard_normal((4, 9, 32)).astype(np.float32)
KEYS = RNG.standard_normal((4, 7, 32)).astype(np.float32)
LEVELS = (0.05, 0.4, 0.9)
BELLS = Bells(1.0, 0.5)


def capture(guidance: float) -> Capture:
    """A capture of three steps with made-up branches, guided as asked."""
    without, conditional = RNG.standard_normal((2, 3, 3, 4, 4)).astype(np.float32)
    return Capture(
        spec=CaptureSpec("a snail", steps=3, guidance=guidance),
        states=np.zeros((4, 3, 4, 4), np.float32),
        guesses=np.zeros((3, 3, 4, 4), np.float32),
        noise=(without + np.float32(guidance) * (conditional - without)).astype(np.float32),
        timesteps=np.arange(3),
        alphas_cumprod=np.linspace(0, 1, 4),
        pictures=np.zeros((4, 4, 4, 3), np.uint8),
        guess_pictures=np.zeros((3, 4, 4, 3), np.uint8),
        noise_cond=conditional,
        noise_uncond=without,
    )


# Formulas


def test_attention_agrees_with_torch_in_double_precision() -> None:
    import torch

    q, k = torch.from_numpy(QUERIES).double(), torch.from_numpy(KEYS).double()
    expected = (q @ k.mT / 32**0.5).softmax(-1).numpy()
    np.testing.assert_allclose(steering.attention(QUERIES, KEYS), expected, atol=1e-14)
    np.testing.assert_allclose(
        steering.attention(QUERIES, KEYS, scaled=False), (q @ k.mT).softmax(-1).numpy(), atol=1e-14
    )


def test_huge_scores_do_not_overflow() -> None:
    np.testing.assert_allclose(steering.softmax([1e4, 1e4, -1e4]), [0.5, 0.5, 0])


def test_the_place_and_head_shown_are_those_that_look_at_the_word() -> None:
    queries, keys = np.zeros((2, 3, 4)), np.zeros((2, 2, 4))
    keys[:, 0] = 1.0
    queries[1, 2] = 5.0  # the second head looks at the first word, from the third place
    assert steering.telling_head(queries, keys, 0) == (1, 2)
    queries[0, 1] = 1.0
    assert steering.telling_head(queries, keys, 0, [True, True, False]) == (0, 1)


def test_the_subject_is_where_the_picture_leaves_its_background() -> None:
    picture = np.full((3, 8, 8), 0.5)
    picture[:, 2:4, 4:6] = -1.0
    assert np.flatnonzero(steering.subject(picture, 4)).tolist() == [1 * 4 + 2]


def test_all_padding_counts_as_one_end_sign() -> None:
    words, weights = steering.said(("<start>", "a", "<end>", "<end>"), [[0.4, 0.3, 0.2, 0.1]])
    assert words == ("<start>", "a", "<end>")
    np.testing.assert_allclose(weights, [[0.4, 0.3, 0.3]])


def test_guidance_of_zero_ignores_the_words_and_one_is_the_plain_conditional_model() -> None:
    u, c = RNG.standard_normal((2, 5))
    np.testing.assert_array_equal(steering.guided(u, c, 0), u)
    np.testing.assert_allclose(steering.guided(u, c, 1), c)
    np.testing.assert_allclose(steering.guided(u, c, 3) - u, 3 * (c - u))


def test_numbers_that_a_screen_shows_do_not_count_as_beyond_it() -> None:
    assert steering.beyond([-1.0, 1.0, 1.003, 0.2]) == 0
    assert steering.beyond([-1.1, 1.0, 1.01, 0.2]) == 0.5


def test_distances_are_in_levels_of_a_screen() -> None:
    assert steering.apart(np.full(4, -1.0), np.full(4, 1.0)) == pytest.approx(255)
    assert steering.apart([0.0, 0.0], [0.6, 0.8]) == pytest.approx(127.5 * np.sqrt(0.5))


def test_nearness_is_a_half_in_the_middle_whatever_else_changes() -> None:
    first, other = np.array([1.0, 0, 0]), np.array([-1.0, 0, 0])
    endings = np.array([other, [0, 0, 0], [0, 3, -2], first])
    assert steering.nearness(endings, first, other) == pytest.approx([0, 0.5, 0.5, 1])
    assert steering.nearness([first], first, first) == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("nearness", "expected"),
    [([0, 0.2, 0.6, 1], 2), ([0, 0.6, 0.4, 0.7, 1], 3), ([0, 0.1, 0.2], 3), ([0.9, 1], 0), ([0.5, 1], 1)],
)
def test_after_the_point_of_no_return_nothing_turns_back(nearness: list[float], expected: int) -> None:
    assert steering.no_return(nearness) == expected


def test_what_is_left_of_a_change_is_measured_by_the_change_at_once() -> None:
    made = steering.Changed(4, [0, 2], list(np.array([[0.0, 2, 0], [1, 0, 0], [0, 0, 0]])))
    assert made.left == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    assert made.nearness[[0, -1]] == pytest.approx([0, 1])
    assert made.nearest == [0, 0, 1, 2, 2]


def test_the_needle_is_what_the_words_add_to_the_guess() -> None:
    made = replace(capture(1.0), alphas_cumprod=np.array([0.1, 0.4, 0.8, 1.0]))
    guess, length, turned = steering.needle(made)
    a, b = made.signal_level[:3], made.noise_level[:3]
    with_words, without = (
        (made.states[:3] - b[:, None, None, None] * noise) / a[:, None, None, None]
        for noise in (made.noise_cond, made.noise_uncond)
    )
    np.testing.assert_allclose(guess, made.guesses - (with_words - without), atol=1e-6)
    assert length.max() == 1
    assert turned[0] == pytest.approx(0, abs=1e-4)


def test_rim_and_thing_are_told_apart_and_named() -> None:
    picture = np.full((3, 8, 8), 1.0)
    picture[:, 2:6, 2:6] = np.array([-1.0, -1.0, 1.0])[:, None, None]
    rim, thing = steering.grounds(picture)
    among = {"white": (255, 255, 255), "blue": (0, 0, 255)}
    assert (steering.colour(rim, among), steering.colour(thing, among)) == ("white", "blue")


def test_guidance_is_narrower_than_the_sharpened_law_and_right_only_at_zero_and_one() -> None:
    for w in (0.0, 1.0):
        assert BELLS.arrived(w) == pytest.approx(BELLS.sharpened(w))
    for w in (1.5, 3.0, 7.0):
        assert BELLS.arrived(w) < 0.95 * BELLS.sharpened(w)
    assert BELLS.sharpened(3) == pytest.approx(0.1)
    assert BELLS.arrived(3) == pytest.approx(1 / 64)


def test_noise_and_powers_do_not_commute() -> None:
    for sigma in (0.2, 1.0):
        power_first = BELLS.sharpened(3.0) + sigma**2
        assert BELLS.sharpened(3.0, sigma) != pytest.approx(power_first, rel=0.05)
        assert BELLS.sharpened(1.0, sigma) == pytest.approx(BELLS.sharpened(1.0) + sigma**2)


def test_the_toys_laws_have_area_one_and_its_words_add_up() -> None:
    toy, x = TwoWords(), np.linspace(-8, 8, 2001)
    other = replace(toy, shares=toy.shares[::-1], middles=toy.middles[::-1], widths=toy.widths[::-1])
    for level in LEVELS:
        assert np.trapezoid(toy.density(x, level), x) == pytest.approx(1)
        assert np.trapezoid(toy.conditional(x, level), x) == pytest.approx(1)
        near = x[np.abs(x) < 3]
        np.testing.assert_allclose(toy.word(near, level) + other.word(near, level), 1, atol=1e-9)


# Checks

GIVEN = {
    "queries": QUERIES,
    "keys": KEYS,
    "levels": LEVELS,
    "d": 32,
}
CHECKS = [one for one in vars(steering_checks).values() if isinstance(one, Check)]


def complete(one: Check) -> Check:
    made = capture(3.0)
    names = one.function.__code__.co_varnames[: one.function.__code__.co_argcount]
    given = {name: value for name, value in GIVEN.items() if name in names}
    return one.on(made, guidance=3.0) if "guidance" in names else one.on(**given)


def holds(one: Check) -> bool:
    found = Checked("x", one).measure()
    return found is not None and found.value <= found.limit


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
def test_every_check_holds_and_notices_damage(one: Check) -> None:
    check = complete(one)
    assert holds(check)
    if not one.identity:
        assert len(unnoticed(check)) < len(list(damaged(check)))


def test_a_run_guided_otherwise_than_it_says_is_noticed() -> None:
    made = capture(3.0)
    assert not holds(steering_checks.guided.on(made, guidance=2.9))
    swapped = replace(made, noise_cond=made.noise_uncond, noise_uncond=made.noise_cond)
    assert not holds(steering_checks.guided.on(swapped, guidance=3.0))


def test_a_forgotten_root_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = steering.scores
    monkeypatch.setattr(steering, "scores", lambda q, k, scaled=True: right(q, k, False))
    assert not holds(complete(steering_checks.weights))
    assert not holds(complete(steering_checks.fits))


def test_guidance_that_starts_from_the_words_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "guided", lambda u, c, w: c + w * (np.asarray(c) - u))
    for one in (steering_checks.guided, steering_checks.both_slopes, steering_checks.power):
        assert not holds(complete(one))


def test_another_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = steering_checks.kernel
    monkeypatch.setattr(steering_checks, "kernel", lambda q, k: right(1.01 * q, k))
    assert not holds(complete(steering_checks.weights))
