"""What is recorded of a run is what the pipeline did, in thirteen families, and nothing changes by it."""

import subprocess
import sys
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from course.errors import UsageError
from course.paths import ROOT
from course.precompute.recorder import Run, recording
from tests.precompute.recorder.conftest import Load
from tests.precompute.recorder.families import FAMILIES, NEGATIVE, PROMPT, SIGMA_SHIFT, STEPS, Family

Numbers = np.ndarray
pytestmark = pytest.mark.long
each = pytest.mark.parametrize("family", FAMILIES, ids=str)
SD = FAMILIES[0]
REFUSED = {"PRXPipeline": 1.0, "PRXPixelPipeline": 1.0}
"""Families that refuse a lower guidance than this."""


def recorded(pipe: Any, family: Family, w: float = 3.0, **changes: Any) -> Run:
    with recording(pipe) as run:
        pipe(**family.arguments(w, **changes))
    return run


def wide(tensor: torch.Tensor | None) -> Numbers:
    assert tensor is not None
    return tensor.double().numpy()


def column(values: Numbers, like: Numbers) -> Numbers:
    return values.reshape(-1, *[1] * (like.ndim - 1))


def off(one: Numbers, other: Numbers) -> float:
    """The difference in parts of the size."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


@each
def test_the_picture_is_the_plain_pipelines_to_the_last_bit(family: Family, load: Load) -> None:
    pipe = load(family)
    for w in (0.0, 0.5, 1.0, 3.0):
        if w < REFUSED.get(family.kind, 0):
            continue
        plain = pipe(**family.arguments(w)).images
        with recording(pipe) as run:
            watched = pipe(**family.arguments(w)).images
        assert torch.equal(watched, plain)
        assert run.last is not None
        assert torch.equal(run.last, plain)
        assert len(run.steps) == STEPS
        assert torch.equal(pipe(**family.arguments(w)).images, plain), "and so afterwards"


def levels(family: Family, run: Run) -> tuple[Numbers, Numbers]:
    """The factors of picture and noise in each state, (S + 1,), worked out from the timesteps alone."""
    t = run.timesteps.numpy()
    if run.prediction == "flow":
        sigma = np.append(t / 1000, 0)
        if family.kind == "SanaPipeline":  # its timesteps are rounded
            sigma = 0.999 * (1 - np.arange(STEPS + 1) / STEPS)
            sigma = SIGMA_SHIFT * sigma / (1 + (SIGMA_SHIFT - 1) * sigma)
        return 1 - sigma, sigma
    scaled = family.kind in ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
    beta = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2 if scaled else np.linspace(1e-4, 0.02, 1000)
    level = np.append(np.cumprod(1 - beta)[t.astype(int)], 1.0)
    if family.kind == "StableDiffusionPipeline":
        level[-1] = 1 - beta[0]  # this scheduler stops at the first level of the schedule
    if family.kind == "StableDiffusionXLPipeline":
        return np.ones_like(level), np.sqrt(1 / level - 1)
    return np.sqrt(level), np.sqrt(1 - level)


@each
def test_guess_and_noise_make_up_the_state_at_the_schedulers_own_time(family: Family, load: Load) -> None:
    run = recorded(load(family), family)
    a, b = levels(family, run)
    states, guesses, noise = wide(run.states), wide(run.guesses), wide(run.noise)
    again = column(a[:-1], guesses) * guesses + column(b[:-1], noise) * noise
    assert off(again, states[:-1]) < 1e-5
    np.testing.assert_allclose(wide(run.alphas_cumprod), a**2 / (a**2 + b**2), atol=1e-6)
    np.testing.assert_allclose(wide(run.sigmas), b, atol=1e-5)


@each
def test_each_state_follows_from_guess_and_noise_by_the_schedulers_equation(
    family: Family, load: Load
) -> None:
    run = recorded(load(family), family)
    assert run.levels is not None
    a, b = np.array(run.levels).T
    states, guesses, noise = wide(run.states), wide(run.guesses), wide(run.noise)
    name = type(load(family).scheduler).__name__
    if name == "DPMSolverMultistepScheduler":
        after = second_order(states, guesses, a, b)
    elif name == "DDPMScheduler":
        after = drawn(states, guesses, wide(run.received)[:, :, 3:], a**2, run.timesteps.numpy())
    else:
        after = column(a[1:], guesses) * guesses + column(b[1:], noise) * noise
    assert off(after, states[1:]) < 1e-4


def second_order(states: Numbers, guesses: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """DPM-Solver++(2M), Lu et al. 2022, algorithm 2, its first and last step of first order."""
    after = []
    with np.errstate(divide="ignore"):
        h = np.diff(np.log(a) - np.log(b))
    for k, (x, guess) in enumerate(zip(states, guesses, strict=False)):
        aim = guess
        if 0 < k < len(guesses) - 1:
            aim = guess + (guess - guesses[k - 1]) * h[k] / (2 * h[k - 1])
        after.append(b[k + 1] / b[k] * x - a[k + 1] * np.expm1(-h[k]) * aim)
    return np.stack(after)


def drawn(states: Numbers, guesses: Numbers, learned: Numbers, level: Numbers, t: Numbers) -> Numbers:
    """DDPM with a learned variance (Nichol & Dhariwal 2021, eq. 15), thresholds of Saharia et al. 2022."""
    random = torch.Generator().manual_seed(7)
    torch.randn(states[0].shape, generator=random)
    after = []
    for k, (x, guess) in enumerate(zip(states, guesses, strict=False)):
        limit = np.clip(np.quantile(np.abs(guess), 0.95), 1, 1.5)
        clipped = np.clip(guess, -limit, limit) / limit
        kept = level[k] / level[k + 1]
        mean = level[k + 1] ** 0.5 * (1 - kept) * clipped + kept**0.5 * (1 - level[k + 1]) * x
        share = (learned[k] + 1) / 2
        spread = 0.0
        if t[k] > 0:
            least = max((1 - kept) * (1 - level[k + 1]) / (1 - level[k]), 1e-20)
            spread = np.exp(0.5 * (share * np.log(1 - kept) + (1 - share) * np.log(least)))
        noise = torch.randn(states[0].shape, generator=random).double().numpy() if t[k] > 0 else 0.0
        after.append(mean / (1 - level[k]) + spread * noise)
    return np.stack(after)


@each
def test_the_branches_are_two_separate_runs_of_the_network(family: Family, load: Load) -> None:
    pipe = load(family)
    run = recorded(pipe, family)
    assert "branches" not in run.lacks
    first = run.steps[0]
    off_at = 0.0 if family.shifted else 1.0
    # The words to be kept away from are never wrapped in a template.
    for answer, changes in ((first.conditional, {}), (first.unconditional, family.plainly(pipe, NEGATIVE))):
        alone = recorded(pipe, family, off_at, **changes)
        assert len(alone.steps[0].answers) == 1
        assert answer is not None
        single = wide(alone.steps[0].received)[:, : answer.shape[1]]
        assert off(wide(answer), single) < 1e-5
        assert (alone.lacks["branches"]).startswith("one pass a step")


@each
def test_the_guided_output_follows_from_the_branches_at_every_step(family: Family, load: Load) -> None:
    for w in family.takes:
        run = recorded(load(family), family, w)
        for step in run.steps:
            c, u = wide(step.conditional), wide(step.unconditional)
            guided = u + (w + family.shifted) * (c - u)
            if family.kind in ("QwenImagePipeline", "Lumina2Pipeline"):
                guided *= np.linalg.norm(c, axis=-1, keepdims=True) / np.linalg.norm(
                    guided, axis=-1, keepdims=True
                )
            assert off(guided, wide(step.received)[:, : c.shape[1]]) < 1e-5
            assert step.proof is not None
            assert step.proof.w == w
        assert run.noise_cond is not None
        assert run.noise_cond.shape == run.states[1:].shape


def test_two_pictures_with_a_generator_each_are_recorded_as_they_are_painted(load: Load) -> None:
    for family in (SD, FAMILIES[3], FAMILIES[6], FAMILIES[11]):

        def changes() -> dict[str, Any]:  # one of them writes into the caller's list
            return {
                "prompt": [PROMPT, NEGATIVE],
                "negative_prompt": [NEGATIVE, PROMPT],
                "generator": [torch.Generator().manual_seed(k) for k in (1, 2)],
            }

        plain = load(family)(**family.arguments(**changes())).images
        run = recorded(load(family), family, **changes())
        assert run.last is not None
        assert torch.equal(run.last, plain)
        c, u = run.steps[0].conditional, run.steps[0].unconditional
        assert c is not None
        assert u is not None
        assert len(c) == 2
        assert "branches" not in run.lacks


def test_noise_on_the_way_is_drawn_as_without_the_recorder(load: Load) -> None:
    pipe = load(SD)
    plain = pipe(**SD.arguments(eta=0.7)).images
    run = recorded(pipe, SD, eta=0.7)
    assert run.last is not None
    assert torch.equal(run.last, plain)
    assert not torch.equal(plain, pipe(**SD.arguments()).images)


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("DDIMScheduler", 6),
        ("DDPMScheduler", 6),
        ("PNDMScheduler", 7),
        ("LMSDiscreteScheduler", 6),
        ("EulerDiscreteScheduler", 6),
        ("EulerAncestralDiscreteScheduler", 6),
        ("HeunDiscreteScheduler", 11),
        ("KDPM2DiscreteScheduler", 11),
        ("KDPM2AncestralDiscreteScheduler", 11),
        ("DPMSolverMultistepScheduler", 6),
        ("DPMSolverSinglestepScheduler", 6),
        ("UniPCMultistepScheduler", 6),
        ("DEISMultistepScheduler", 6),
        ("LCMScheduler", 6),
        ("TCDScheduler", 6),
    ],
)
def test_steps_are_calls_and_each_states_level_is_that_of_its_timestep(
    name: str, calls: int, load: Load
) -> None:
    pipe = load(SD)
    usual = pipe.scheduler
    try:
        pipe.scheduler = getattr(diffusers, name).from_config(
            usual.config, skip_prk_steps=True, set_alpha_to_one=True
        )
        plain = pipe(**SD.arguments(num_inference_steps=6)).images
        run = recorded(pipe, SD, num_inference_steps=6)
        trained = pipe.scheduler.alphas_cumprod.double().numpy()
    finally:
        pipe.scheduler = usual
    assert run.last is not None
    assert torch.equal(run.last, plain)
    assert len(run.steps) == calls
    assert run.alphas_cumprod is not None
    at = np.interp(run.timesteps.numpy(), np.arange(1000), trained)
    np.testing.assert_allclose(run.alphas_cumprod[:-1].numpy(), at, rtol=0.02, atol=1e-3)
    assert "branches" not in run.lacks
    assert run.guesses is not None


def test_numbers_of_half_the_width_are_kept_in_their_own_type(load: Load, folders: Any) -> None:
    for family in (SD, FAMILIES[3]):
        pipe = family.load(folders(family), dtype=torch.bfloat16)
        plain = pipe(**family.arguments()).images
        run = recorded(pipe, family)
        assert run.last is not None
        assert torch.equal(run.last, plain)
        assert run.steps[0].answers[0].dtype == torch.bfloat16
        proof = run.steps[0].proof
        assert proof is not None
        assert proof.conditional == (1 if family is SD else 0)
        assert run.guesses is not None


def test_branches_that_are_not_asked_for_cost_no_memory_and_all_else_is_there(load: Load) -> None:
    with recording(load(SD), branches=False, attention=True) as run:
        load(SD)(**SD.arguments())
    assert run.lacks == {"branches": "they were not asked for"}
    assert run.noise_cond is None
    assert run.steps[0].answers == ()
    assert run.guesses is not None
    assert run.attention is not None


def test_what_cannot_be_proven_is_not_said(load: Load) -> None:
    pipe = load(SD)
    with recording(pipe) as run:
        # The loop gets other answers than the network gave.
        handle = pipe.unet.register_forward_hook(lambda _, __, output: (output[0] ** 2,))
        pipe(**SD.arguments())
    handle.remove()
    assert run.steps[0].proof is None
    assert run.noise_cond is None
    assert run.lacks["branches"].startswith(
        "what the scheduler received follows from the network's answers in no way"
    )
    assert run.guesses is not None


def test_with_the_two_halves_alike_neither_is_called_the_one_with_the_prompt(load: Load) -> None:
    run = recorded(load(SD), SD, negative_prompt=PROMPT)
    assert run.noise_cond is None
    assert run.lacks["branches"].startswith("either half may be the one")


def test_nothing_is_left_behind_by_a_run_that_fails(load: Load) -> None:
    pipe = load(SD)
    plain = pipe(**SD.arguments()).images

    def stop(*_: Any) -> Any:
        raise RuntimeError("enough")

    for kept in (True, False):
        with pytest.raises(RuntimeError, match="enough"), recording(pipe, branches=kept):
            pipe(**SD.arguments(), callback_on_step_end=stop)
        assert "step" not in vars(pipe.scheduler)
        assert "cache_context" not in vars(pipe.unet)
        assert not pipe.unet._forward_hooks
        assert torch.equal(pipe(**SD.arguments()).images, plain)


def test_each_call_wants_a_block_of_its_own(load: Load) -> None:
    pipe = load(SD)
    with recording(pipe):
        pipe(**SD.arguments())
        with pytest.raises(UsageError, match="a block of its own"):
            pipe(**SD.arguments())


def test_what_takes_no_steps_cannot_be_recorded() -> None:
    class Nothing:
        scheduler = None

    with pytest.raises(UsageError, match="Nothing has no scheduler that takes steps"), recording(Nothing()):
        pass


def test_importing_it_loads_nothing_that_diffusers_does_not() -> None:
    code = (
        "import sys, diffusers, diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion\n"
        "packages = lambda: {name.partition('.')[0] for name in sys.modules}\n"
        "before = packages()\n"
        "from course.precompute import recording\n"
        "new = packages() - before - set(sys.stdlib_module_names)\n"
        "assert callable(recording) and new == {'course'}, new"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
