"""Roads from noise to pictures: closed forms, SciPy, diffusers; every check notices a mistake."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm

from course.maths import measure, walking, walking_checks
from course.maths.checking import Check
from course.maths.walking import MAP, TOY, Mixture
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

THREE = Mixture((0.2, 0.5, 0.3), (-2.0, 0.1, 1.3), 0.3)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        return capture(CaptureSpec("a snail on a blue background", seed=1, steps=5))


def bells(x: float, toy: Mixture, level: float) -> float:
    variance = level * toy.spread**2 + 1 - level
    parts = zip(toy.weights, toy.places, strict=True)
    return float(sum(w * norm.pdf(x, np.sqrt(level) * m, np.sqrt(variance)) for w, m in parts))


@pytest.mark.parametrize("level", [0.01, 0.3, 0.8])
@pytest.mark.parametrize("x", [-3.0, 0.2, 1.7])
def test_tweedies_mean_is_the_integral_over_all_pictures(x: float, level: float) -> None:
    def joint(x_0: float) -> float:
        return norm.pdf(x, np.sqrt(level) * x_0, np.sqrt(1 - level)) * bells(x_0, THREE, 1.0)

    whole = quad(joint, -6, 6, points=THREE.places, limit=200, epsabs=1e-14)[0]
    mean = quad(lambda v: v * joint(v), -6, 6, points=THREE.places, limit=200, epsabs=1e-14)[0] / whole
    assert THREE.density(x, level) == pytest.approx(bells(x, THREE, level), rel=1e-12)
    assert THREE.density(x, level) == pytest.approx(whole, rel=1e-8)
    tweedie = (x + (1 - level) * THREE.score(x, level)) / np.sqrt(level)
    assert tweedie == pytest.approx(mean, abs=1e-7)
    assert THREE.guess(x, level) == pytest.approx(mean, abs=1e-7)


def test_the_score_is_finite_where_every_bell_underflows() -> None:
    assert np.isfinite(TOY.score(np.array([-400.0, 400.0]), 0.999)).all()
    assert np.isfinite(TOY.density(400.0, 0.999))


@pytest.mark.parametrize("sigma", [0.0, 0.4, 3.0])
def test_quantiles_are_those_of_all_bells_together(sigma: float) -> None:
    shares = np.array([0.001, 0.3, 0.5, 0.9, 0.999])
    width = np.hypot(THREE.spread, sigma)
    found = THREE.quantiles(shares, sigma)
    below = sum(w * norm.cdf(found, m, width) for w, m in zip(THREE.weights, THREE.places, strict=True))
    np.testing.assert_allclose(below, shares, atol=1e-9)


def test_on_one_bell_the_road_is_the_known_one() -> None:
    bell = Mixture((1.0,), (0.7,), 0.5)
    sigmas = np.linspace(3, 0.1, 20)
    found = walking.road(bell.slope, 2.0, list(sigmas), between=20)
    expected = 0.7 + (2.0 - 0.7) * np.sqrt((0.25 + sigmas**2) / (0.25 + 9))
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_the_road_is_the_probability_flow_of_the_literature() -> None:
    # Song et al. 2021, eq. 13, for the variance-preserving process at constant β: dx/dt = −β/2 (x + ∇ log p).
    beta, start, end = 1.0, 2.0, 0.05

    def drift(t: float, x: np.ndarray) -> np.ndarray:
        return -beta / 2 * (x + THREE.score(x, float(np.exp(-beta * t))))

    x = np.array([-1.5, 0.4, 2.0])
    solved = solve_ivp(drift, (start, end), x, rtol=1e-11, atol=1e-12).y[:, -1]
    levels = np.exp(-beta * np.linspace(start, end, 100))
    sigmas = walking.sigma_of(levels)
    places = walking.road(THREE.slope, x / np.sqrt(levels[0]), list(sigmas))
    np.testing.assert_allclose(places[-1] * np.sqrt(levels[-1]), solved, atol=1e-7)


def _always(noise: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    return noise


def test_ddim_as_diffusers_takes_it_is_eulers_step() -> None:
    scheduler = DDIMScheduler(
        num_train_timesteps=1200,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(6)
    rng = np.random.default_rng(0)
    levels = [float(scheduler.alphas_cumprod[t]) for t in scheduler.timesteps]
    for k in range(1, 5):
        x, noise = rng.standard_normal((2, 1, 3, 4, 4))
        after = scheduler.step(
            torch.from_numpy(noise), scheduler.timesteps[k], torch.from_numpy(x)
        ).prev_sample
        sigmas = [float(walking.sigma_of(level)) for level in levels[k : k + 2]]
        predicted: walking.Slope = partial(_always, noise)
        y = walking.euler(predicted, x / np.sqrt(levels[k]), sigmas)[-1]
        np.testing.assert_allclose(after.numpy() / np.sqrt(levels[k + 1]), y, atol=1e-6)


def test_one_stride_to_no_noise_lands_on_the_mean_of_all_that_is_possible() -> None:
    y, sigma = 1.3, 2.5
    level = float(walking.level_of(sigma))
    end = walking.euler(THREE.slope, y, [sigma, 0.0])[-1]
    assert float(end) == pytest.approx(THREE.guess(y * np.sqrt(level), level), abs=1e-9)


@pytest.mark.parametrize("toy", [TOY, THREE])
def test_twice_the_steps_halve_the_error(toy: Mixture) -> None:
    counts = (20, 40, 80, 160, 320)
    errors = walking.euler_errors(toy.slope, np.linspace(-4, 4, 9), 3.0, 0.1, counts)
    assert walking.order(counts, errors) == pytest.approx(1, abs=0.15)
    assert (np.diff(errors) < 0).all()


def test_the_order_of_a_method_of_order_two_is_not_taken_for_one() -> None:
    counts = (10, 20, 40, 80)
    assert walking.order(counts, 3.0 / np.array(counts) ** 2.0) == pytest.approx(2)


def test_a_journey_ends_at_its_place_while_the_others_become_impossible() -> None:
    levels = np.cos(0.5 * np.pi * np.linspace(1, 0, 31)) ** 2
    for place, at in enumerate(MAP.places):
        way = walking.journey(MAP, place, levels)
        assert way.places[-1] == pytest.approx(at, abs=2 * MAP.spread)
        assert abs(way.middles[0]) < 0.1, "at first everything is possible"
        np.testing.assert_allclose(way.shares[0], MAP.weights, atol=0.02)
        assert way.middles[-1] == pytest.approx(at, abs=2 * MAP.spread)
        assert way.shares[-1, place] > 0.999


def test_on_a_journey_each_step_goes_straight_towards_the_middle_and_the_last_one_gets_there() -> None:
    way = walking.journey(MAP, 3, np.cos(0.5 * np.pi * np.linspace(1, 0, 31)) ** 2, apart=3.0)
    left = way.middles[:-1] - way.places[:-1]
    np.testing.assert_allclose(np.diff(way.places), left / np.arange(30, 0, -1), atol=1e-12)
    assert way.places[-1] == way.middles[-2]


def test_shares_are_bayes_rule() -> None:
    x, level = 0.4, 0.3
    width = np.sqrt(level * THREE.spread**2 + 1 - level)
    parts = np.array(THREE.weights) * norm.pdf(x, np.sqrt(level) * np.array(THREE.places), width)
    np.testing.assert_allclose(THREE.shares(x, level), parts / parts.sum(), atol=1e-12)


# Checks


CHECKS = {name: one for name, one in vars(walking_checks).items() if isinstance(one, Check)}


def bound(one: Check, walk: Capture) -> Check:
    ends = walk.guesses.reshape(len(walk.guesses), -1).astype(np.float64)
    takes = inspect.signature(one.function).parameters
    return one.on(walk, **{k: v for k, v in {"endings": ends, "guess": ends[0]}.items() if k in takes})


def failing(checks: Mapping[str, Check]) -> set[str]:
    found = {name: Checked("x", one).measure() for name, one in checks.items()}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_checks_hold_on_the_toy_and_on_a_captured_walk(walk: Capture) -> None:
    assert not failing({name: bound(one, walk) for name, one in CHECKS.items()})


@pytest.mark.long
@pytest.mark.parametrize("name", CHECKS)
def test_damaged_data_is_noticed_by_all_but_identities(name: str, walk: Capture) -> None:
    one = bound(CHECKS[name], walk)
    read = [what for what, _ in damaged(one)]
    if one.identity:
        assert unnoticed(one) == read
    else:
        assert len(unnoticed(one)) < len(read), f"{name} reads {read} and holds whatever they are"


def test_a_forgotten_root_is_noticed(walk: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def rootless(level: np.ndarray) -> np.ndarray:
        return (1 - level) / level

    for module in (walking, walking_checks):
        monkeypatch.setattr(module, "sigma_of", rootless)
    noticed = {"stretch", "rescaled", "euler_step"}
    assert failing({name: bound(CHECKS[name], walk) for name in noticed}) == noticed


@dataclass(frozen=True)
class Hasty(Mixture):
    """A mixture whose noise has twenty percent more variance than it says."""

    def _terms(self, x: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, float]:  # type: ignore[override]
        spread = float(np.sqrt(self.spread**2 + 0.2 * walking.sigma_of(level) ** 2))
        return Mixture(self.weights, self.places, spread)._terms(x, level)


def test_noise_that_grows_faster_than_it_says_is_noticed() -> None:
    hasty = Hasty(TOY.weights, TOY.places, TOY.spread)
    noticed = {"density", "gradient", "over_density", "posterior", "log_gradient", "tweedie_by_size"}
    noticed |= {"tweedie", "heat", "flow", "slope_is_noise"}
    assert failing({name: CHECKS[name].on(toy=hasty) for name in noticed}) == noticed


def test_places_further_apart_become_impossible_earlier() -> None:
    levels = np.cos(0.5 * np.pi * np.linspace(1, 0, 31)) ** 2
    near, far = (walking.journey(MAP, 3, levels, apart=apart) for apart in (1.0, 3.0))
    assert far.places[-1] == pytest.approx(near.places[-1], abs=0.1)
    np.testing.assert_array_less(near.shares[5:15, 3], far.shares[5:15, 3])


def test_the_unlike_are_the_first_and_those_furthest_from_all_chosen() -> None:
    assert measure.unlike(np.array([[0.0], [1.0], [9.0], [5.0]]), 3) == [0, 2, 3]
