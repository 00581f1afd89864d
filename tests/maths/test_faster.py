"""Straighter roads: closed forms, SciPy, diffusers; every check notices a mistake."""

import inspect
import re
from functools import partial

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm

from course.maths import faster, faster_checks, walking
from course.maths.checking import Check
from course.maths.walking import Mixture
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

CHECKS = {name: one for name, one in vars(faster_checks).items() if isinstance(one, Check)}
THREE = Mixture((0.2, 0.5, 0.3), (-2.0, 0.1, 1.3), 0.4)
RNG = np.random.default_rng(2)
STEPS = 6


def ddim(steps: int) -> DDIMScheduler:
    """Diffusers' own, for networks that put out a guess."""
    scheduler = DDIMScheduler(
        num_train_timesteps=1200,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=False,
        timestep_spacing="trailing",
        prediction_type="sample",
    )
    scheduler.set_timesteps(steps)
    return scheduler


def walked() -> dict[str, np.ndarray]:
    """Six DDIM steps of a made-up network, by diffusers."""
    scheduler = ddim(STEPS)
    levels = np.append(scheduler.alphas_cumprod.double().numpy()[scheduler.timesteps], 1.0)
    x = RNG.standard_normal((3, 4, 4))
    states, guesses, noise = [x], [], []
    for k, t in enumerate(scheduler.timesteps):
        guess = np.tanh(states[-1] + 0.3 * k)
        noise.append((states[-1] - np.sqrt(levels[k]) * guess) / np.sqrt(1 - levels[k]))
        guesses.append(guess)
        after = scheduler.step(torch.from_numpy(guess), t, torch.from_numpy(states[-1])).prev_sample
        states.append(after.numpy())
    return {
        "states": np.array(states),
        "guesses": np.array(guesses),
        "noise": np.array(noise),
        "alphas_cumprod": levels,
    }


WALK = walked()
GIVEN = {**WALK, "static": RNG.standard_normal((3, 4, 4)), "picture": RNG.standard_normal((3, 4, 4))}


def bound(one: Check) -> Check:
    takes = inspect.signature(one.function).parameters
    return one.on(**{name: value for name, value in GIVEN.items() if name in takes})


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_holds_and_notices_damage(name: str) -> None:
    one = bound(CHECKS[name])
    found = Checked("x", one).measure()
    assert found is not None
    assert found.value <= found.limit
    if not one.identity:
        assert len(unnoticed(one)) < len([what for what, _ in damaged(one)])


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("y", [-1.5, 0.3, 1.1])
def test_the_velocity_is_the_mean_over_all_pictures_that_are_possible(y: float, tau: float) -> None:
    def joint(x: float) -> float:
        weights = zip(THREE.weights, THREE.places, strict=True)
        law = sum(w * norm.pdf(x, m, THREE.spread) for w, m in weights)
        return float(law * norm.pdf((y - (1 - tau) * x) / tau))

    options = {"points": THREE.places, "limit": 200, "epsabs": 1e-13}
    whole = quad(joint, -6, 6, **options)[0]
    mean = quad(lambda x: ((y - (1 - tau) * x) / tau - x) * joint(x), -6, 6, **options)[0] / whole
    assert faster.velocity(THREE, y, tau) == pytest.approx(mean, abs=1e-7)


def test_pure_noise_and_no_noise_have_a_velocity_too() -> None:
    mean = np.dot(THREE.weights, THREE.places)
    assert faster.velocity(THREE, 0.4, 1.0) == pytest.approx(0.4 - mean)
    assert faster.velocity(THREE, 0.4, 0.0) == pytest.approx(-0.4)


def test_the_coordinates_are_those_of_a_flow_matching_scheduler() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000)
    tau = float(scheduler.sigmas[400])
    x, noise = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0)).double()
    mixed = scheduler.scale_noise(x, scheduler.timesteps[400:401], noise).numpy()
    level = float(faster.level_of(tau))
    state = np.sqrt(level) * x.numpy() + np.sqrt(1 - level) * noise.numpy()
    np.testing.assert_allclose(faster.straightened(state, [level]), mixed, atol=1e-6)
    assert float(faster.share(level)) == pytest.approx(tau)


def test_the_road_in_straight_coordinates_is_the_one_of_karras() -> None:
    # y/(1−τ) over σ = τ/(1−τ) is the road of chapter 4.
    taus = np.linspace(0.8, 0.05, 40)
    found = walking.road(partial(faster.velocity, THREE), np.array([-1.0, 0.2]), list(taus))
    start = found[0] / (1 - taus[0])
    karras = walking.road(THREE.slope, start, list(taus / (1 - taus)))
    np.testing.assert_allclose(found / (1 - taus)[:, None], karras, atol=1e-5)


@pytest.mark.parametrize("method", faster.METHODS)
def test_every_method_finds_the_end_that_scipy_finds(method: str) -> None:
    starts = np.array([-1.0, 0.2, 1.7])

    def slope(tau: float, y: np.ndarray) -> np.ndarray:
        return faster.velocity(THREE, y, tau)

    there = solve_ivp(slope, (0.95, 0.05), starts, rtol=1e-10, atol=1e-11).y[:, -1]
    walk = faster.METHODS[method]
    ends = walk(partial(faster.velocity, THREE), starts, list(np.linspace(0.95, 0.05, 2001)))[-1]
    np.testing.assert_allclose(ends, there, atol=2e-3 if method == "Euler" else 1e-5)


def test_a_remembering_stride_follows_a_slope_that_changes_evenly_whatever_the_strides() -> None:
    taus = [1.0, 0.9, 0.5, 0.45, 0.1]
    found = faster.remembered(lambda y, tau: np.array(3 * tau), 0.0, taus)
    # After the first stride, which has nothing to remember.
    expected = [1.5 * (tau**2 - taus[1] ** 2) for tau in taus[1:]]
    np.testing.assert_allclose(found[1:] - found[1], expected, atol=1e-12)


def test_a_straight_road_is_no_longer_than_its_chord_and_a_half_circle_is() -> None:
    line = np.linspace(0, 1, 9)[:, None] * RNG.standard_normal(7)
    assert faster.longer(line) == pytest.approx(0, abs=1e-12)
    angle = np.linspace(np.pi, 0, 400)
    plane = np.linalg.qr(RNG.standard_normal((7, 2)))[0]
    circle = np.stack([np.cos(angle), np.sin(angle)], 1) @ plane.T
    assert faster.longer(circle) == pytest.approx(np.pi / 2 - 1, abs=1e-4)
    assert faster.flat(circle) == pytest.approx(1)
    seen = faster.Bow.of(circle).seen(circle)
    np.testing.assert_allclose(seen, np.stack([1 + np.cos(angle), np.sin(angle)], 1), atol=1e-9)


def test_a_road_through_three_dimensions_is_not_flat() -> None:
    turn = np.linspace(0, 6 * np.pi, 300)
    screw = np.stack([turn, np.cos(turn) - 1, np.sin(turn)], 1)
    assert faster.flat(screw) == pytest.approx(0.75, abs=0.01)


def test_a_student_that_hits_its_target_lands_where_two_steps_of_ddim_do() -> None:
    scheduler = ddim(STEPS // 2)
    levels = WALK["alphas_cumprod"]
    for k, t in enumerate(scheduler.timesteps):
        before, after = WALK["states"][2 * k], WALK["states"][2 * k + 2]
        aim = faster.target(before, after, (levels[2 * k], levels[2 * k + 2]))
        landed = scheduler.step(torch.from_numpy(aim), t, torch.from_numpy(before)).prev_sample
        np.testing.assert_allclose(landed.numpy(), after, atol=1e-5)


def test_what_is_said_of_others_says_where_it_stands() -> None:
    for source in (*faster.DISTILLED.values(), *faster.STRAIGHT.values()):
        assert re.match(r".+ et al\. 20\d\d: |its (model card|technical report): ", source), source
