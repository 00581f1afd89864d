"""The reverse formulas against Gaussian conditioning, SciPy and simulation, none of which know them."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from course.maths import measure, reverse

LEVELS = [1e-6, 0.02, 0.2, 0.55, 0.9, 1.0]
PAIRS = list(pairwise(LEVELS[:-1]))


@pytest.mark.parametrize(("level", "before"), PAIRS)
def test_posterior_is_what_conditioning_a_joint_gaussian_gives(level: float, before: float) -> None:
    # Given x_0 = 1: x_{t−1} = √ᾱ' + √(1−ᾱ') a and x_t = √α x_{t−1} + √(1−α) b, jointly normal.
    alpha = level / before
    covariance = np.array(
        [[1 - before, np.sqrt(alpha) * (1 - before)], [np.sqrt(alpha) * (1 - before), 1 - level]]
    )
    slope = covariance[0, 1] / covariance[1, 1]
    q = reverse.posterior(level, before)
    assert q.of_xt == pytest.approx(slope, rel=1e-9)
    assert q.of_x0 == pytest.approx(np.sqrt(before) - slope * np.sqrt(level), rel=1e-9)
    assert q.variance == pytest.approx(covariance[0, 0] - slope * covariance[0, 1], rel=1e-6)


@pytest.mark.parametrize(("level", "before"), PAIRS)
def test_brute_force_density_integrates_to_one_and_is_bayes_rule(level: float, before: float) -> None:
    x_t, x_0, alpha = 0.7, -0.4, level / before

    def product(x: float) -> float:
        likelihood = stats.norm.pdf(x_t, np.sqrt(alpha) * x, np.sqrt(1 - alpha))
        return float(likelihood * stats.norm.pdf(x, np.sqrt(before) * x_0, np.sqrt(1 - before)))

    total = integrate.quad(product, -9, 9, points=[np.sqrt(before) * x_0], limit=200)[0]
    points = np.linspace(-9, 9, 200_001)
    density = reverse.posterior_density(points, x_t, x_0, level, before)
    for k in (90_000, 100_000, 105_000):
        assert density[k] == pytest.approx(product(points[k]) / total, rel=1e-4, abs=1e-9)


def test_normal_density_is_scipys() -> None:
    points = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(
        reverse.normal_density(points, 0.3, 2.0), stats.norm.pdf(points, 0.3, np.sqrt(2))
    )


def test_the_samplers_family_ends_in_the_same_law_for_every_sigma() -> None:
    level, before = 0.2, 0.55
    rng = np.random.default_rng(0)
    full = np.sqrt(reverse.posterior(level, before).variance)
    for sigma in (0.0, 0.5 * full, full):
        noise = rng.standard_normal(200_000)
        x = reverse.family_mean(np.full_like(noise, 0.8), noise, before, sigma)
        x = x + sigma * rng.standard_normal(len(noise))
        test = stats.kstest(x, stats.norm(np.sqrt(before) * 0.8, np.sqrt(1 - before)).cdf)
        assert test.pvalue > 1e-4, sigma


def test_leaving_out_the_noise_collapses_the_spread_as_predicted() -> None:
    # Walk with E[x_0 | x_t] computed by regression from samples of the joint law, not from the closed form.
    spread, mean, n = 0.5, 0.3, 400_000
    rng = np.random.default_rng(1)
    x = np.sqrt(LEVELS[0]) * mean + np.sqrt(LEVELS[0] * spread**2 + 1 - LEVELS[0]) * rng.standard_normal(n)
    predicted = reverse.mean_step_variances(LEVELS, spread)
    for k, (level, before) in enumerate(pairwise(LEVELS)):
        x_0 = mean + spread * rng.standard_normal(n)
        x_t = np.sqrt(level) * x_0 + np.sqrt(1 - level) * rng.standard_normal(n)
        line = stats.linregress(x_t, x_0)
        q = reverse.posterior(level, before)
        x = q.of_x0 * (line.intercept + line.slope * x) + q.of_xt * x
        assert x.var() == pytest.approx(predicted[k + 1], rel=0.03), k
    assert predicted[-1] < spread**2 / 2  # the data has 0.25


def test_with_the_noise_rolled_the_toy_keeps_the_spread_of_its_pictures() -> None:
    levels = list(np.linspace(0.2, 1, 400))
    ends = [reverse.flock(levels, 0.5, 4000, 3, rolls)[-1] for rolls in (True, False)]
    assert ends[0].std() == pytest.approx(0.5, rel=0.06)
    assert ends[1].std() < 0.3


def test_ddim_keeps_the_spread_without_a_roll() -> None:
    levels, spread = np.linspace(0.02, 1, 80), 0.5
    dots = np.random.default_rng(0).normal(size=4000) * np.sqrt(levels[0] * spread**2 + 1 - levels[0])
    begun = dots.std()
    for level, before in pairwise(levels):
        guess = np.sqrt(level) * spread**2 / (level * spread**2 + 1 - level) * dots
        noise = (dots - np.sqrt(level) * guess) / np.sqrt(1 - level)
        dots = reverse.family_mean(guess, noise, before, 0.0)
    assert dots.std() / begun == pytest.approx(spread, rel=0.05)
    assert np.sqrt(reverse.mean_step_variances(levels.tolist(), spread)[-1]) < 0.6 * spread


def test_in_an_album_of_cloth_the_guess_is_the_best_one_and_threads_come_before_stains() -> None:
    rng, level = np.random.default_rng(4), 0.3
    strength = reverse.cloth()
    # Pictures of the album, drowned: the filter must be the regression of each wave on its drowned self.
    x_0 = np.fft.ifft2(strength * np.fft.fft2(rng.standard_normal((1000, 3, 32, 32)))).real
    x_t = np.sqrt(level) * x_0 + np.sqrt(1 - level) * rng.standard_normal(x_0.shape)
    waves, drowned = np.fft.fft2(x_0), np.fft.fft2(x_t)
    slope = (waves * drowned.conj()).real.mean(0) / (np.abs(drowned) ** 2).mean(0)
    states, guesses = reverse.woven([level, 1.0], np.tensordot(reverse.HUES, x_t[0], 1))
    found = np.fft.fft2(np.tensordot(reverse.HUES.T, guesses[0], 1))
    there = strength > 0
    np.testing.assert_allclose(found[there], (slope * drowned[0])[there], rtol=0.25)
    np.testing.assert_allclose(found[~there], 0, atol=1e-9)
    assert states.shape == (2, 3, 32, 32)

    start = rng.standard_normal((3, 32, 32))
    states, guesses = reverse.woven(list(np.linspace(0.001, 1, 40) ** 1.5), start)
    settled = measure.settled(guesses, states[-1])
    assert settled["fine"] < settled["coarse"]
    # Static of another shape, such as that of latents, gives way to some that is rolled.
    assert reverse.woven([level, 1.0], np.zeros((4, 8, 8)), seed=1)[0].shape == states[:2].shape


def test_a_number_that_tells_has_bells_apart_and_a_guess_that_is_off() -> None:
    rng = np.random.default_rng(5)
    x_0, x_t = rng.standard_normal((2, 3, 32, 32))
    guess, level, before = x_0 + 0.3 * rng.standard_normal(x_0.shape), 0.5, 0.7
    chosen = reverse.telling(x_t, x_0, guess, level, before)
    state, ending, guessed = (one.ravel()[chosen] for one in (x_t, x_0, guess))
    apart = abs(np.sqrt(before) * ending - state / np.sqrt(level / before)) / np.sqrt(1 - before)
    assert 1.2 < apart < 1.8
    assert abs(guessed - ending) > np.abs(guess - x_0).mean()


def test_white_noise_has_strength_one_in_every_band() -> None:
    noise = np.random.default_rng(0).standard_normal((300, 32, 32))
    for strength in measure.strengths(noise).values():
        assert strength == pytest.approx(1, abs=0.03)


def test_frequency_bands_part_a_picture_and_add_up_to_it() -> None:
    y, x = np.mgrid[:32, :32] / 32
    slow, fine = np.cos(2 * np.pi * x), 0.3 * np.cos(2 * np.pi * 9 * y)
    parts = measure.bands((slow + fine)[None])
    np.testing.assert_allclose(parts["coarse"][0], slow, atol=1e-12)
    np.testing.assert_allclose(parts["middle"][0], 0, atol=1e-12)
    np.testing.assert_allclose(parts["fine"][0], fine, atol=1e-12)
    noise = np.random.default_rng(0).standard_normal((3, 32, 32))
    whole = sum(measure.bands(noise).values())
    np.testing.assert_allclose(whole, noise - noise.mean((-1, -2), keepdims=True), atol=1e-12)


def test_settling_is_one_when_a_guess_is_the_picture_and_zero_when_it_is_plain() -> None:
    final = np.random.default_rng(0).standard_normal((3, 32, 32))
    plain = np.broadcast_to(final.mean((-1, -2), keepdims=True), final.shape)
    shares = measure.settling(np.stack([plain, (plain + final) / 2, final]), final)
    for share in shares.values():
        np.testing.assert_allclose(share, [0, 0.75, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("share", "step"), [([0.1, 0.95, 0.99], 2), ([0.95, 0.5, 0.99], 3), ([0.1, 0.2], 3), ([1.0, 1.0], 1)]
)
def test_settled_at_names_the_step_after_which_nothing_drops_again(share: list[float], step: int) -> None:
    assert measure.settled_at(np.array(share)) == step


def test_spread_is_the_root_mean_square_distance_from_the_mean() -> None:
    pictures = np.random.default_rng(0).normal(3, 0.7, (5000, 2, 4))
    assert measure.spread(pictures) == pytest.approx(0.7, rel=0.02)
