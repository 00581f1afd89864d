"""How words steer: numbers from torch, counting, and closed forms; every check notices a mistake."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from course.maths import steering, steering_checks
from course.precompute import Capture, CaptureSpec
from course.stage.checked import Checked

RNG = np.random.default_rng(5)
QUERIES = RNG.standard_normal((4, 9, 32)).astype(np.float32)
KEYS = RNG.standard_normal((4, 7, 32)).astype(np.float32)
LEVELS = [0.05, 0.4, 0.9]
A, B = 1.0, 0.5
WS = (0.0, 0.5, 1.0, 3.0, 7.0)


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


def test_guidance_is_narrower_than_the_sharpened_law_and_right_only_at_zero_and_one() -> None:
    for w in (0.0, 1.0):
        assert steering.arrived(A, B, w) == pytest.approx(steering.sharpened(A, B, w))
    for w in (1.5, 3.0, 7.0):
        assert steering.arrived(A, B, w) < 0.95 * steering.sharpened(A, B, w)
    assert steering.sharpened(A, B, 3) == pytest.approx(0.1)
    assert steering.arrived(A, B, 3) == pytest.approx(1 / 64)


def test_noise_and_powers_do_not_commute() -> None:
    for tau in (0.2, 1.0):
        power_first = steering.sharpened(A, B, 3.0) + tau**2
        assert steering.sharpened(A, B, 3.0, tau) != pytest.approx(power_first, rel=0.05)
        assert steering.sharpened(A, B, 1.0, tau) == pytest.approx(steering.sharpened(A, B, 1.0) + tau**2)


# Checks


def equations(made: Capture) -> dict[str, Checked]:
    return {
        "dot": Checked("x", steering_checks.dot_product(QUERIES, KEYS), tolerance=1e-9),
        "weights": Checked("x", steering_checks.weights(QUERIES, KEYS), tolerance=1e-5),
        "ratio": Checked("x", steering_checks.weighted_ratio(QUERIES, KEYS), tolerance=1e-5),
        "product": Checked("x", steering_checks.variance_of_product(), tolerance=1e-9),
        "sum": Checked("x", steering_checks.variance_of_dot(32), tolerance=1e-9),
        "mean square": Checked("x", steering_checks.mean_square_of_dot(QUERIES[0], KEYS[0]), tolerance=1e-9),
        "scaled": Checked("x", steering_checks.variance_scaled(32), tolerance=1e-9),
        "guided": Checked("x", steering_checks.guided(made, made.spec.guidance), tolerance=1e-5),
        "noise": Checked("x", steering_checks.noise_is_score(LEVELS), tolerance=1e-7),
        "bayes": Checked("x", steering_checks.bayes(LEVELS), tolerance=1e-9),
        "logarithms": Checked("x", steering_checks.logarithms(LEVELS), tolerance=1e-9),
        "word": Checked("x", steering_checks.word_score(LEVELS), tolerance=1e-7),
        "steering": Checked("x", steering_checks.steering_is_word_score(LEVELS), tolerance=1e-7),
        "power": Checked("x", steering_checks.guided_is_power(LEVELS), tolerance=1e-7),
        "bells": Checked("x", steering_checks.power_of_bells(A, B, WS), tolerance=1e-9),
        "wanted": Checked("x", steering_checks.variance_wanted(A, B, WS), tolerance=1e-9),
        "followed": Checked("x", steering_checks.variance_followed(A, B, WS), tolerance=1e-9),
        "flow": Checked("x", steering_checks.flow(A, B, WS), tolerance=1e-7),
        "exponents": Checked("x", steering_checks.exponents(A, B, WS), tolerance=1e-8),
        "split": Checked("x", steering_checks.logarithm_walked(A, B, WS), tolerance=1e-7),
        "bell again": Checked("x", steering_checks.product_of_bells(A, B, WS), tolerance=1e-9),
        "ddim": Checked("x", steering_checks.ddim_flows(A, B, WS), tolerance=1e-7),
        "brackets": Checked("x", steering_checks.brackets(A, B, WS), tolerance=1e-6),
        "spread": Checked("x", steering_checks.spread(A, B, WS), tolerance=1e-7),
        "on the way": Checked("x", steering_checks.variance_on_the_way(A, B, WS), tolerance=1e-6),
        "endings": Checked("x", steering_checks.endings(A, B, WS), tolerance=1e-5),
    }


def failing(made: Capture, *names: str) -> set[str]:
    found = {name: one.measure() for name, one in equations(made).items() if name in names or not names}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_equations_hold() -> None:
    assert not failing(capture(3.0))


def test_a_run_guided_otherwise_than_it_says_is_noticed() -> None:
    made = capture(3.0)
    assert "guided" in failing(replace(made, spec=replace(made.spec, guidance=2.9)), "guided")
    assert "guided" in failing(
        replace(made, noise_cond=made.noise_uncond, noise_uncond=made.noise_cond), "guided"
    )


def test_a_forgotten_root_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = steering.scores
    monkeypatch.setattr(steering, "scores", lambda q, k, scaled=True: right(q, k, False))
    assert failing(capture(3.0), "weights", "ratio") == {"weights", "ratio"}


def test_guidance_that_starts_from_the_words_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "guided", lambda u, c, w: c + w * (np.asarray(c) - u))
    assert failing(capture(3.0), "guided", "power") == {"guided", "power"}


def test_wrong_variances_of_the_bells_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = steering.arrived
    monkeypatch.setattr(steering, "sharpened", lambda a, b, w, noise=0.0: closed(a, b, w) + noise**2)
    monkeypatch.setattr(steering, "way", lambda a, b, w, noise: np.hypot(b, noise))
    assert failing(capture(3.0), "flow", "split", "spread") == {"flow", "split", "spread"}
    monkeypatch.setattr(steering, "arrived", lambda a, b, w: 1 / ((1 - w) / a**2 + w / b**2))
    assert "endings" in failing(capture(3.0), "endings")


KERNEL, MEASURED = steering_checks.kernel, steering_checks.measured_variance
FIELD, WALKED = steering_checks.field, steering_checks.walked


@pytest.mark.parametrize(
    ("part", "slip", "noticed"),
    [
        ("kernel", lambda q, k: KERNEL(1.01 * q, k), {"weights", "ratio"}),
        (
            "measured_variance",
            lambda *bells: 1.01 * MEASURED(*bells),
            {"wanted", "followed", "exponents", "bell again"},
        ),
        (
            "field",  # w as in the paper, one less
            lambda whole, part, w, tau, y: FIELD(whole, part, w + 1, tau, y),
            {"split", "spread", "on the way", "endings"},
        ),
        (
            "walked",  # a walk that ends early
            lambda whole, part, w, start, stop, y: WALKED(whole, part, w, start, stop + 0.01, y),
            {"split", "spread", "on the way", "endings"},
        ),
    ],
)
def test_a_wrong_measurement_is_noticed(
    part: str, slip: Callable[..., Any], noticed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering_checks, part, slip)
    assert failing(capture(3.0), *noticed) == noticed


def test_agreement_is_that_of_the_orders_alone() -> None:
    looks = [0.04, 0.06, 0.07]
    assert steering.agreement(looks, [20, 46, 61]) == 1
    assert steering.agreement(looks, [61, 46, 20]) == -1
    assert steering.agreement(looks, [20, 61, 46]) == pytest.approx(1 / 3)
