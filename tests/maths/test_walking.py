"""Roads from noise to pictures: closed forms, SciPy, diffusers; every check notices a mistake."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm

from course.maths import walking, walking_checks
from course.maths.walking import TOY, Mixture
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked

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
        y = walking.euler(lambda y, s, noise=noise: noise, x / np.sqrt(levels[k]), sigmas)[-1]
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


def test_endings_of_which_the_guess_is_the_mean_lie_at_chance() -> None:
    rng = np.random.default_rng(5)
    truth = rng.standard_normal((3, 32, 32))
    endings = truth + 0.3 * rng.standard_normal((16, 3, 32, 32))
    assert walking.melted(endings, truth).ratio == pytest.approx(1, abs=0.06)
    assert walking.melted(endings, truth + 0.2).ratio > 2
    assert walking.melted(endings, truth).spread == pytest.approx(0.3, rel=0.05)


# Checks


@dataclass(frozen=True)
class Crooked(Mixture):
    """A mixture whose score is one percent off."""

    def score(self, x: np.ndarray, level: float) -> np.ndarray:  # type: ignore[override]
        return 1.01 * super().score(x, level)


@dataclass(frozen=True)
class Hasty(Mixture):
    """A mixture whose noise has twenty percent more variance than it says."""

    def _terms(self, x: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, float]:  # type: ignore[override]
        spread = float(np.sqrt(self.spread**2 + 0.2 * walking.sigma_of(level) ** 2))
        return Mixture(self.weights, self.places, spread)._terms(x, level)


def on_the_toy(toy: Mixture = TOY) -> dict[str, Checked]:
    return {
        "density": Checked("x", walking_checks.density(toy), tolerance=1e-9),
        "gradient": Checked("x", walking_checks.gradient(toy), tolerance=1e-8),
        "over density": Checked("x", walking_checks.over_density(toy), tolerance=1e-7),
        "logarithm": Checked("x", walking_checks.logarithm(toy), tolerance=1e-9),
        "posterior": Checked("x", walking_checks.posterior(toy), tolerance=1e-9),
        "log": Checked("x", walking_checks.log_gradient(toy), tolerance=1e-9),
        "tweedie": Checked("x", walking_checks.tweedie(toy), tolerance=1e-9),
        "squares": Checked("x", walking_checks.squares(), tolerance=1e-5),
        "more noise": Checked("x", walking_checks.more_noise(toy), tolerance=1e-4),
        "shaken": Checked("x", walking_checks.shaken(toy), tolerance=1e-4),
        "curved": Checked("x", walking_checks.curved(toy), tolerance=1e-4),
        "quotient": Checked("x", walking_checks.quotient(toy), tolerance=1e-3),
        "heat": Checked("x", walking_checks.heat(toy), tolerance=1e-4),
        "divergence": Checked("x", walking_checks.divergence(toy), tolerance=1e-4),
        "speed": Checked("x", walking_checks.flow(toy), tolerance=1e-4),
        "road": Checked("x", walking_checks.roads_keep_the_law(toy), tolerance=1e-7),
        "multiplied out": Checked("x", walking_checks.multiplied_out(toy), tolerance=1e-7),
        "by y": Checked("x", walking_checks.by_y(toy), tolerance=1e-7),
        "tweedie again": Checked("x", walking_checks.tweedie_by_size(toy), tolerance=1e-7),
        "solved": Checked("x", walking_checks.solved(toy), tolerance=1e-7),
        "noise": Checked("x", walking_checks.slope_is_noise(toy), tolerance=1e-9),
        "taylor": Checked("x", walking_checks.taylor(toy), tolerance=0.01),
        "one step": Checked("x", walking_checks.one_step_error(toy), tolerance=0.15),
        "all steps": Checked("x", walking_checks.whole_error(toy), tolerance=0.15),
    }


def on_captures(walk: Capture) -> dict[str, Checked]:
    ends, guess = walk.guesses, walk.guesses[0]
    exact, captured = {"tolerance": 1e-10}, {"tolerance": 1e-5}
    return {
        "split": Checked("x", walking_checks.split(ends, guess), **exact),
        "expanded": Checked("x", walking_checks.expanded(ends, guess), **exact),
        "orthogonal": Checked("x", walking_checks.orthogonal(ends, guess), **exact),
        "pythagoras": Checked("x", walking_checks.pythagoras(ends, guess), **exact),
        "rescaled": Checked("x", walking_checks.rescaled(walk), **captured),
        "inserted": Checked("x", walking_checks.inserted(walk), **captured),
        "divided": Checked("x", walking_checks.divided(walk), **captured),
        "euler": Checked("x", walking_checks.euler_step(walk), **captured),
    }


def failing(equations: dict[str, Checked], *names: str) -> set[str]:
    found = {name: one.measure() for name, one in equations.items() if name in names or not names}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_equations_hold_on_the_toy() -> None:
    assert not failing(on_the_toy())


def test_all_equations_hold_on_a_captured_walk(walk: Capture) -> None:
    assert not failing(on_captures(walk))


def test_a_score_that_is_one_percent_off_is_noticed() -> None:
    crooked = Crooked(TOY.weights, TOY.places, TOY.spread)
    noticed = {"logarithm", "posterior", "log", "tweedie", "speed", "road", "multiplied out", "noise"}
    assert failing(on_the_toy(crooked), *noticed) == noticed


def test_noise_that_grows_faster_than_it_says_is_noticed() -> None:
    hasty = Hasty(TOY.weights, TOY.places, TOY.spread)
    noticed = {"density", "gradient", "over density", "logarithm", "posterior", "log", "tweedie"}
    noticed |= {"more noise", "shaken", "curved", "quotient", "heat", "divergence", "speed"}
    noticed |= {"multiplied out", "by y", "tweedie again", "solved", "noise"}
    assert failing(on_the_toy(hasty), *noticed) == noticed


def test_a_change_of_noise_that_is_not_small_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking_checks, "LITTLE", 0.02)
    noticed = {"squares", "more noise", "shaken", "curved"}
    assert failing(on_the_toy(), *noticed) == noticed
    assert failing({"quotient": Checked("x", walking_checks.quotient(h=0.02), tolerance=1e-3)})


def test_a_forgotten_root_is_noticed(walk: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "sigma_of", lambda level: (1 - level) / level)
    noticed = {"by y", "tweedie again", "solved", "noise", "rescaled", "euler"}
    assert failing(on_the_toy() | on_captures(walk), *noticed) == noticed


def test_a_walk_whose_noise_is_not_what_it_took_is_noticed(walk: Capture) -> None:
    other = replace(walk, noise=walk.noise + np.float32(0.01))
    assert {"rescaled", "inserted", "divided", "euler"} <= failing(on_captures(other))


def test_a_mean_that_is_none_is_noticed(walk: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    real = walking_checks._endings

    def shifted(endings: np.ndarray, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, m, g = real(endings, guess)
        return x, m + 0.1, g

    monkeypatch.setattr(walking_checks, "_endings", shifted)
    assert {"orthogonal", "pythagoras"} <= failing(on_captures(walk))
