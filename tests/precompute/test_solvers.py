"""Other solvers and steps placed by hand: on a Gaussian whose road is known, and on the shipped model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from course.errors import UsageError
from course.model.networks import scheduler
from course.precompute import CaptureSpec, capture_all
from course.precompute.solvers import StraightScheduler
from course.precompute.spec import placed

SPREAD = 2.0


def walked(schedule: StraightScheduler, steps: int) -> float:
    """Where a walk ends that starts at 1, for pictures of one number with mean 0 and spread `SPREAD`.

    The best v is known there: x̂₀ = αs²x/(α²s² + σ²), and v = (αx − x̂₀)/σ.
    """
    schedule.set_timesteps(steps)
    state = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    for t in schedule.timesteps.tolist():
        level = float(schedule.alphas_cumprod[t])
        guess = level**0.5 * SPREAD**2 * state / (level * SPREAD**2 + 1 - level)
        v = (level**0.5 * state - guess) / (1 - level) ** 0.5
        state = schedule.step(v, t, state).prev_sample
    return float(state)


def straight(remembers: bool, spacing: float = 1.0) -> StraightScheduler:
    made = StraightScheduler.from_config(scheduler().config)
    made.spacing, made.remembers = spacing, remembers
    return made


def test_eulers_method_in_straight_coordinates_is_ddim() -> None:
    assert walked(straight(False), 10) == pytest.approx(walked(scheduler(), 10), abs=1e-6)


@pytest.mark.parametrize(("remembers", "order"), [(False, 1), (True, 2)])
@pytest.mark.parametrize("spacing", [1.0, 1.6])
def test_the_orders_are_what_the_books_say(remembers: bool, order: int, spacing: float) -> None:
    # The flow carries N(0, 1) to the pictures' law, so 1 to its spread.
    exact = SPREAD
    errors = [abs(walked(straight(remembers, spacing), steps) - exact) for steps in (10, 20, 40, 80)]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert slopes[-1] == pytest.approx(order, abs=0.15)


def test_steps_fall_where_the_pipeline_puts_them_unless_placed_early() -> None:
    even = scheduler()
    even.set_timesteps(30)
    assert placed(30, 1) == even.timesteps.tolist()
    early = placed(10, 1.6)
    assert early == sorted(early, reverse=True)
    assert sum(t >= 600 for t in early) > sum(t >= 600 for t in placed(10, 1))


def test_with_ten_calls_early_and_remembered_steps_end_nearer_than_even_ones() -> None:
    base = CaptureSpec("a butterfly on a blue background", seed=7, steps=10)
    specs = [
        replace(base, steps=100),
        base,
        replace(base, scheduler="unipc"),
        replace(base, scheduler="ab2", spacing=1.6),
        replace(base, spacing=1.6),
    ]
    true, even, unipc, ours, early = (one.states for one in capture_all(specs))
    far = [float(np.sqrt(np.mean((one[-1] - true[-1]) ** 2))) for one in (even, unipc, ours)]
    assert far[2] < far[1] < far[0]
    assert np.array_equal(early[0], even[0])
    assert len({spec.key for spec in specs}) == len(specs)


def test_a_capture_by_another_solver_keeps_the_contract() -> None:
    spec = CaptureSpec("a snail on a white background", steps=7, scheduler="ab2", spacing=1.5)
    (one,) = capture_all([spec])
    assert one.timesteps.tolist() == placed(7, 1.5)
    alpha, sigma = (np.sqrt(v).reshape(-1, 1, 1, 1) for v in (one.alphas_cumprod, 1 - one.alphas_cumprod))
    mixed = alpha[:-1] * one.guesses + sigma[:-1] * one.noise
    assert np.abs(mixed - one.states[:-1]).max() < 1e-4
    assert one.alphas_cumprod[-1] == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scheduler": "heun"}, "not known"),
        ({"spacing": 0}, "more than 0"),
        ({"spacing": 1.5, "scheduler": "unipc"}, "evenly"),
        ({"spacing": 9.0, "steps": 100}, "same timestep"),
        ({"scheduler": "ab2", "eta": 1.0}, "without noise"),
        ({"model": "student"}, "1, 2 or 4 steps"),
        ({"model": "student", "steps": 2, "guidance": 3}, "folded in"),
    ],
)
def test_what_cannot_be_walked_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        CaptureSpec("a cat", **fields)  # type: ignore[arg-type]
