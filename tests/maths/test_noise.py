"""Into the noise: numbers from closed forms, integers and diffusers; every check notices a mistake."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from course.errors import CourseError
from course.maths import noise, noise_checks, reverse_checks
from course.maths.checking import Check
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked

BETA = 0.03
LEVELS = [(1 - BETA) ** t for t in range(40)]
RNG = np.random.default_rng(3)
STATIC = RNG.standard_normal((32, 3, 32, 32))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        return capture(CaptureSpec("a snail on a blue background", seed=1, steps=12, model="forward:prompt"))


# Formulas


def test_steps_one_after_the_other_leave_what_the_product_says() -> None:
    signal, spread = noise.composed(LEVELS)
    t = np.arange(40)
    np.testing.assert_allclose(signal, (1 - BETA) ** (t / 2), rtol=1e-12)
    np.testing.assert_allclose(spread**2, 1 - (1 - BETA) ** t, atol=1e-12)
    np.testing.assert_allclose(noise.alphas(LEVELS), 1 - BETA)


def test_the_film_is_what_the_library_call_that_the_chapter_names_would_make(film: Capture) -> None:
    import torch

    from course.model.networks import scheduler

    made = scheduler().add_noise(
        torch.from_numpy(film.guesses), torch.from_numpy(film.noise), torch.from_numpy(film.timesteps)
    )
    np.testing.assert_allclose(film.states[:-1], made.numpy(), atol=1e-6)


def test_distances_on_the_sheet_are_the_pictures_true_distances() -> None:
    corners = RNG.standard_normal((3, 3, 8, 8))
    plane = noise.Plane.through(*corners)
    places = [np.array(plane.coordinates(x)) for x in corners]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.hypot(*(places[i] - places[j])) == pytest.approx(noise.length(corners[i] - corners[j]))
    assert places[0] == pytest.approx([0, 0])
    assert places[1][0] == pytest.approx(0)
    assert places[1][1] < 0 < places[2][0]


def test_every_place_on_the_sheet_is_the_mixture_that_the_voice_says_it_is() -> None:
    one, two, static = RNG.standard_normal((3, 3, 8, 8))
    plane = noise.Plane.through(one, two, static)
    corners = [np.array(plane.coordinates(x)) for x in (one, two, static)]
    for a, b in ((0.5, 0.5), (0.0, 0.0), (0.2, 0.3)):
        place = a * corners[0] + b * corners[1] + (1 - a - b) * corners[2]
        np.testing.assert_allclose(plane.point(*place), a * one + b * two + (1 - a - b) * static, atol=1e-12)


def test_twice_the_same_picture_is_refused_with_what_to_do() -> None:
    one, two = RNG.standard_normal((2, 3, 8, 8))
    with pytest.raises(CourseError, match="another prompt or seed"):
        noise.Plane.through(one, one, two)
    with pytest.raises(CourseError, match="on one line"):
        noise.Plane.through(one, two, 3 * one - 2 * two)


def test_angles_and_lengths_are_those_of_geometry() -> None:
    assert noise.length([3.0, 4.0]) == 5
    assert noise.angle([1, 0], [1, np.sqrt(3)]) == pytest.approx(60)
    assert noise.angle([2, 0], [-1e-9, 5]) == pytest.approx(90)
    assert noise.angles([[1, 0], [0, 1], [-1, 0]]) == pytest.approx([90, 180, 90])


def test_steps_in_all_directions_are_equally_long() -> None:
    x, y = RNG.standard_normal((2, 3, 8, 8))
    for direction in (y, 100 * y, y - x, np.ones_like(x)):
        assert noise.length(noise.nearby(x, direction, 17.5) - x) == pytest.approx(17.5)
    np.testing.assert_allclose(noise.nearby(x, y - x, noise.length(y - x)), y)


def test_lengths_and_angles_of_a_few_dials_are_those_of_geometry() -> None:
    pieces = RNG.standard_normal((4, 3, 8, 8))
    sizes, turns = noise.counting(pieces, seed=1)
    assert sizes.shape == turns.shape == (4, 192)
    for k, piece in enumerate(pieces):
        assert sizes[k, -1] == pytest.approx(noise.length(piece) / np.sqrt(192))
        assert turns[k, -1] == pytest.approx(noise.angle(pieces[0], piece), abs=1e-5)
    order = np.random.default_rng(1).permutation(192)[:5]
    few = pieces.reshape(4, -1)[:, order]
    assert sizes[2, 4] == pytest.approx(noise.length(few[2]) / np.sqrt(5))
    assert turns[2, 4] == pytest.approx(noise.angle(few[0], few[2]))


def test_a_place_of_a_chart_is_as_far_from_its_island_as_it_stands() -> None:
    rolls = noise.settings((5, 9, 2, 2, 3), seed=1)
    one, two = np.full((2, 2, 3), 40, np.uint8), np.full((2, 2, 3), 200, np.uint8)
    chart = noise.chart(rolls, {(2, 1): one, (2, 7): two}, reach=3)
    np.testing.assert_array_equal(chart[2, 1], one)
    np.testing.assert_array_equal(chart[2, 4], rolls[2, 4])  # three places from both
    np.testing.assert_allclose(chart[2, 2], 2 / 3 * one + 1 / 3 * rolls[2, 2], atol=0.51)
    np.testing.assert_allclose(chart[1, 7], 2 / 3 * two + 1 / 3 * rolls[1, 7], atol=0.51)


def test_rays_open_as_dials_are_counted_and_turn_when_another_one_is_laid_flat() -> None:
    pieces = np.random.default_rng(3).standard_normal((4, 50))
    sizes, turns = noise.counting(pieces, seed=1)
    end = noise.opening(pieces, seed=1)
    assert end(2, np.log10(7), 0.0) == pytest.approx((sizes[2, 6], turns[2, 6]))
    size, turn = end(2, np.log10(50), 1.0)
    cosine = pieces[1] @ pieces[2] / np.linalg.norm(pieces[1]) / np.linalg.norm(pieces[2])
    assert np.cos(np.radians(turn)) == pytest.approx(cosine)
    assert size == pytest.approx(np.sqrt((pieces[2] ** 2).mean()))


def test_a_quarter_turn_leads_from_a_picture_to_static() -> None:
    picture, static = np.random.default_rng(4).standard_normal((2, 3, 4))
    np.testing.assert_allclose(noise.turned(picture, static, 2.0, 0.0), 2 * picture)
    np.testing.assert_allclose(noise.turned(picture, static, 2.0, np.pi / 2), static, atol=1e-12)


def test_the_odds_of_coming_near_a_picture_by_chance_are_those_of_counting() -> None:
    pixels = np.array([[[0, 100, 255]]], np.uint8)
    rolled = noise.settings((400_000, 1, 1, 3), seed=2).astype(int)
    share = (np.abs(rolled - pixels) <= 64).all(axis=(1, 2, 3)).mean()
    assert 10 ** noise.chance(pixels, 64) == pytest.approx(share, rel=0.05)


@pytest.mark.parametrize(("numbers", "values"), [(3072, 256), (12, 256), (3, 10), (1, 9)])
def test_the_number_of_digits_said_aloud_is_that_of_the_exact_integer(numbers: int, values: int) -> None:
    digits = noise.digits(numbers, values)
    assert 10 ** (digits - 1) <= values**numbers < 10**digits


def test_the_zoom_goes_to_where_something_is_to_be_seen() -> None:
    pixels = np.full((20, 20, 3), 90, np.uint8)
    pixels[6:9, 11:16] = RNG.integers(0, 256, (3, 5, 3))
    assert noise.busiest(pixels) == (7, 13)
    pixels[:] = 90
    pixels[0, 0] = 255
    row, column = noise.busiest(pixels)
    assert row <= 1
    assert column <= 2
    pixels[10, 10] = 200
    row, column = noise.busiest(pixels, margin=4)
    assert abs(row - 10) <= 1
    assert abs(column - 10) <= 2


# Checks


def equations(film: Capture, static: np.ndarray = STATIC) -> dict[str, Checked]:
    d, given = static[0].size, {"picture": film.states[-1].astype(np.float64), "static": static}
    checks = (
        noise_checks.squares_add.on(film),
        noise_checks.one_step.on(film, static=static),
        noise_checks.two_steps.on(film, **given),
        noise_checks.variances_add.on(film),
        noise_checks.merged.on(film, static=static),
        noise_checks.one_more.on(film),
        noise_checks.all_in_one.on(film),
        noise_checks.product.on(film),
        reverse_checks.mixture.on(film),
        noise_checks.mean_square.on(static=static),
        noise_checks.fourth_by_parts,
        noise_checks.variance_of_square,
        noise_checks.variance_of_squares.on(static=static),
        noise_checks.root_is_nearly_straight.on(d=d),
        noise_checks.spread_of_length.on(d=d),
        noise_checks.length_law.on(static=static),
        noise_checks.cosine_law.on(static=static),
        noise_checks.along_picture.on(**given),
        noise_checks.cosine_to_picture.on(**given),
        noise_checks.quarter_turn.on(film),
    )
    return {one.function.__name__: Checked("x", one) for one in checks}


def failing(film: Capture, static: np.ndarray = STATIC) -> set[str]:
    found = {name: equation.measure() for name, equation in equations(film, static).items()}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_equations_hold(film: Capture) -> None:
    assert not failing(film)


def test_static_that_is_two_percent_too_loud_is_noticed(film: Capture) -> None:
    loud = failing(film, 1.02 * STATIC)
    assert {"one_step", "merged", "mean_square", "length_law"} <= loud
    assert "cosine_law" not in loud  # directions are as they were


def test_pieces_that_share_a_little_of_one_picture_are_noticed(film: Capture) -> None:
    common = RNG.standard_normal(STATIC.shape[1:])
    alike = np.sqrt(0.98) * STATIC + np.sqrt(0.02) * common
    assert "cosine_law" in failing(film, alike)


def test_static_of_unequal_lengths_is_noticed(film: Capture) -> None:
    uneven = STATIC * np.linspace(0.9, 1.1, len(STATIC)).reshape(-1, 1, 1, 1)
    assert {"variance_of_squares", "length_law"} <= failing(film, uneven)


def test_static_with_a_trace_of_the_picture_in_it_is_noticed(film: Capture) -> None:
    traced = failing(film, STATIC + 0.05 * film.states[-1])
    assert {"along_picture", "cosine_to_picture"} <= traced


def test_a_bell_of_another_width_is_noticed(film: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise_checks, "bell", lambda y: np.exp(-((y / 1.02) ** 2) / 2) / np.sqrt(2 * np.pi))
    assert "fourth_by_parts" in failing(film)


def test_dials_at_random_take_every_setting_alike() -> None:
    rolled = noise.settings((20, 32, 32, 3), seed=1)
    assert rolled.shape == (20, 32, 32, 3)
    counts = np.bincount(rolled.ravel(), minlength=256)
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize(
    "slip",
    [
        lambda film: replace(film, noise=film.noise + 0.01),
        lambda film: replace(film, alphas_cumprod=film.alphas_cumprod**1.01),
    ],
    ids=["noise", "schedule"],
)
def test_a_film_with_another_noise_or_schedule_than_it_says_is_noticed(
    film: Capture, slip: Callable[[Capture], Capture]
) -> None:
    assert {"one_more", "all_in_one", "mixture", "quarter_turn"} <= failing(slip(film))


def test_adding_spreads_instead_of_variances_is_noticed(
    film: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slip(x: np.ndarray, static: np.ndarray, alpha: float) -> np.ndarray:
        return np.sqrt(alpha) * x + (1 - alpha) * static

    monkeypatch.setattr(noise, "step", slip)
    noticed = {"one_step", "two_steps", "merged", "one_more"}
    assert noticed <= failing(film)


LEVELS_BACK = np.array([0.2, 0.7, 1.0])


@pytest.mark.parametrize(
    "check",
    [
        noise_checks.mean_square,
        noise_checks.variance_of_squares,
        noise_checks.length_law,
        noise_checks.cosine_law,
        noise_checks.one_step.on(alphas_cumprod=LEVELS_BACK[1:]),
        noise_checks.merged.on(alphas_cumprod=LEVELS_BACK),
        noise_checks.along_picture.on(picture=np.arange(200.0)),
        noise_checks.cosine_to_picture.on(picture=np.arange(200.0)),
    ],
    ids=lambda check: check.name,
)
def test_scores_are_standard_so_that_five_means_what_it_says(check: Check) -> None:
    rng = np.random.default_rng(11)
    scores = np.array([np.ravel(check.on(static=rng.standard_normal((8, 200)))()) for _ in range(400)])
    assert np.abs(scores.mean(0)).max() < 0.25
    assert scores.std(0) == pytest.approx(1, abs=0.15)
