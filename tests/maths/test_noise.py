"""Into the noise: numbers from closed forms, integers and diffusers; every check notices a mistake."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.stats import chisquare

from course.errors import CourseError
from course.maths import noise, noise_checks, reverse_checks
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


# Checks


def equations(film: Capture, static: np.ndarray = STATIC) -> dict[str, Checked]:
    levels, d = film.alphas_cumprod[::-1].tolist(), static[0].size
    picture = film.states[-1].astype(np.float64)
    exact = partial(Checked, "x", tolerance=1e-12)
    return {
        "one_step": Checked("x", noise_checks.one_step(levels, static)),
        "renamed": exact(noise_checks.renamed(levels)),
        "two_steps": exact(noise_checks.two_steps(levels, picture, static)),
        "variances_add": exact(noise_checks.variances_add(levels)),
        "merged": Checked("x", noise_checks.merged(levels, static)),
        "keeps_variance": Checked("x", noise_checks.keeps_variance(levels, static)),
        "first_step": Checked("x", noise_checks.first_step(film), tolerance=1e-6),
        "one_more": Checked("x", noise_checks.one_more(film), tolerance=1e-6),
        "product": exact(noise_checks.product(levels)),
        "jump": Checked("x", reverse_checks.mixture.on(film), tolerance=1e-6),
        "sum_of_squares": exact(noise_checks.sum_of_squares(static)),
        "mean_square": Checked("x", noise_checks.mean_square(static)),
        "variance_of_square": exact(noise_checks.variance_of_square()),
        "slope_of_bell": Checked("x", noise_checks.slope_of_bell(), tolerance=1e-6),
        "fourth_by_parts": exact(noise_checks.fourth_by_parts()),
        "moments": exact(noise_checks.moments()),
        "variance_of_squares": Checked("x", noise_checks.variance_of_squares(static)),
        "root": Checked("x", noise_checks.root_is_nearly_straight(d), tolerance=1e-3, relative=True),
        "spread": exact(noise_checks.spread_of_length(d)),
        "length_law": Checked("x", noise_checks.length_law(static)),
        "mean_product": Checked("x", noise_checks.mean_product(static)),
        "variance_of_product": Checked("x", noise_checks.variance_of_product(static)),
        "cosine_law": Checked("x", noise_checks.cosine_law(static)),
        "along_picture": Checked("x", noise_checks.along_picture(picture, static)),
        "cosine_to_picture": Checked("x", noise_checks.cosine_to_picture(picture, static)),
        "quarter_turn": Checked("x", noise_checks.quarter_turn(film), tolerance=1e-6),
    }


def failing(film: Capture, static: np.ndarray = STATIC) -> set[str]:
    found = {name: equation.measure() for name, equation in equations(film, static).items()}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_equations_hold(film: Capture) -> None:
    assert not failing(film)


def test_static_that_is_two_percent_too_loud_is_noticed(film: Capture) -> None:
    loud = failing(film, 1.02 * STATIC)
    assert {"one_step", "merged", "keeps_variance", "mean_square", "length_law"} <= loud
    assert "cosine_law" not in loud  # directions are as they were


def test_pieces_that_share_a_little_of_one_picture_are_noticed(film: Capture) -> None:
    common = RNG.standard_normal(STATIC.shape[1:])
    alike = np.sqrt(0.98) * STATIC + np.sqrt(0.02) * common
    assert {"mean_product", "cosine_law"} <= failing(film, alike)


def test_static_of_unequal_lengths_is_noticed(film: Capture) -> None:
    uneven = STATIC * np.linspace(0.9, 1.1, len(STATIC)).reshape(-1, 1, 1, 1)
    assert {"variance_of_squares", "length_law"} <= failing(film, uneven)


def test_static_with_a_trace_of_the_picture_in_it_is_noticed(film: Capture) -> None:
    traced = failing(film, STATIC + 0.05 * film.states[-1])
    assert {"along_picture", "cosine_to_picture"} <= traced


def test_a_bell_of_another_width_is_noticed(film: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise_checks, "bell", lambda y: np.exp(-((y / 1.02) ** 2) / 2) / np.sqrt(2 * np.pi))
    assert {"slope_of_bell", "fourth_by_parts"} <= failing(film)


def test_dials_at_random_take_every_setting_alike() -> None:
    rolled = noise.settings((32, 32, 3), 20, seed=1)
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
    assert {"first_step", "one_more", "jump", "quarter_turn"} <= failing(slip(film))


def test_adding_spreads_instead_of_variances_is_noticed(
    film: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slip(x: np.ndarray, static: np.ndarray, alpha: float) -> np.ndarray:
        return np.sqrt(alpha) * x + (1 - alpha) * static

    monkeypatch.setattr(noise, "step", slip)
    noticed = {"one_step", "two_steps", "merged", "keeps_variance", "first_step", "one_more"}
    assert noticed <= failing(film)


@pytest.mark.parametrize(
    "check",
    [
        noise_checks.mean_square,
        noise_checks.variance_of_squares,
        noise_checks.length_law,
        noise_checks.mean_product,
        noise_checks.variance_of_product,
        noise_checks.cosine_law,
        lambda static: noise_checks.one_step([1.0, 0.7], static),
        lambda static: noise_checks.merged([1.0, 0.7, 0.2], static),
        lambda static: noise_checks.keeps_variance([1.0, 0.7], static),
        lambda static: noise_checks.along_picture(np.arange(16.0), static.reshape(100, 16)),
    ],
)
def test_scores_are_standard_so_that_five_means_what_it_says(
    check: Callable[[np.ndarray], noise_checks.Scores],
) -> None:
    rng = np.random.default_rng(11)
    scores = np.array([check(rng.standard_normal((8, 200)))() for _ in range(400)])
    assert np.abs(scores.mean(0)).max() < 0.25
    assert scores.std(0) == pytest.approx(1, abs=0.15)
