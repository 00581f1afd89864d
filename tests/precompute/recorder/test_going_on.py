"""A walk of a model from elsewhere is left on its way: what is taken up from a state goes on as it did."""

from collections.abc import Callable
from dataclasses import replace
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from course.errors import UsageError
from course.maths import reverse, reverse_checks, walking_checks
from course.precompute import CaptureSpec, beyond, capture, capture_all, capturing, foreign
from course.precompute.recorder import Run, recording
from course.precompute.recorder.going_on import going_on
from tests.precompute.recorder.conftest import Load
from tests.precompute.recorder.families import FAMILIES, PROMPT, STEPS, Family, with_scheduler

Folders = Callable[[Family], Path]
OF = {str(family): family for family in FAMILIES}
SD, FLUX = OF["StableDiffusion"], OF["Flux"]
AT = 1


def recorded(pipe: Any, family: Family, **changes: Any) -> Run:
    with recording(pipe) as run:
        pipe(**family.arguments(**changes))
    return run


def scaled(run: Run, k: int) -> torch.Tensor:
    """A state with signal² + noise² = 1."""
    assert run.levels is not None
    return run.states[k].double() / hypot(*run.levels[k])


def test_a_walk_taken_up_from_a_state_of_its_own_goes_on_as_it_did(load: Load) -> None:
    pipe = load(SD)
    walk = recorded(pipe, SD)
    with going_on(pipe, AT, scaled(walk, AT)):
        again = recorded(pipe, SD, seed=8)
    assert not torch.equal(again.states[0], walk.states[0])
    assert torch.equal(again.states[AT:], walk.states[AT:])
    # Afterwards the pipeline is what it was.
    assert torch.equal(recorded(pipe, SD).states, walk.states)


def test_noise_on_the_way_is_what_the_librarys_own_ddim_adds(load: Load) -> None:
    pipe = load(SD)
    own = recorded(pipe, SD, eta=0.7)
    fresh = torch.Generator().manual_seed(7)
    torch.randn(own.states[0].shape, generator=fresh)  # with which the pipeline starts
    with going_on(pipe, eta=0.7, fresh=fresh):
        ours = recorded(pipe, SD)
    torch.testing.assert_close(ours.states, own.states, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", [SD, FLUX], ids=str)
def test_without_a_roll_ddpms_mean_is_left(family: Family, load: Load) -> None:
    pipe = load(family)
    with going_on(pipe, eta=1.0):
        run = recorded(pipe, family)
    assert run.alphas_cumprod is not None
    assert run.guesses is not None
    for k, (level, after) in enumerate(zip(run.alphas_cumprod[:-1], run.alphas_cumprod[1:], strict=True)):
        mean = reverse.posterior(float(level), float(after))
        expected = mean.of_x0 * run.guesses[k].double() + mean.of_xt * scaled(run, k)
        torch.testing.assert_close(scaled(run, k + 1), expected, rtol=1e-4, atol=1e-5)


def test_a_state_of_another_size_is_refused(load: Load) -> None:
    pipe = load(SD)
    with (
        pytest.raises(UsageError, match="of pictures of the same size"),
        going_on(pipe, 1, torch.zeros(1, 4, 8, 8)),
    ):
        pipe(**SD.arguments())


def asked(family: Family, folder: Path, **changes: Any) -> CaptureSpec:
    size = family.call["height"], family.call["width"]
    return replace(CaptureSpec(PROMPT, 7, STEPS, 1.0, model=str(folder), size=size), **changes)


REMEMBERING = {"IF", "PixArtSigma", "Sana"}
"""Families whose own scheduler remembers the step before, or rolls dice itself."""


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_which_loops_can_be_led_is_measured(family: Family, folders: Folders) -> None:
    walk = asked(family, folders(family))
    ending = replace(walk, seed=9, start=(walk.key, AT), eta=1.0)
    assert beyond(ending) == (("eta", "start") if str(family) in REMEMBERING else ())
    if str(family) in REMEMBERING:
        with pytest.raises(UsageError, match="eta, start cannot be asked of"):
            capture(ending)
        return
    first, *endings = capture_all([walk, ending, replace(ending, seed=10)])
    for one in endings:
        assert len(one.states) == STEPS - AT + 1
        assert len(one.guesses) == len(one.pictures) - 1 == STEPS - AT
        np.testing.assert_allclose(one.states[0], first.states[AT], atol=1e-5)
        np.testing.assert_allclose(one.alphas_cumprod, first.alphas_cumprod[AT:])
    # Each goes its own way, from one and the same guess.
    np.testing.assert_allclose(endings[0].guesses[0], endings[1].guesses[0], atol=1e-3)
    assert np.abs(endings[0].states[-1] - endings[1].states[-1]).max() > 0.1


@pytest.mark.long
@pytest.mark.parametrize("scheduler", ["DPMSolverMultistepScheduler", "HeunDiscreteScheduler"])
def test_a_loop_that_remembers_more_than_its_state_is_not_led(
    scheduler: str, folders: Folders, tmp_path: Path
) -> None:
    walk = asked(SD, with_scheduler(folders(SD), scheduler, tmp_path), steps=6)
    for changes in ({"eta": 1.0}, {"start": (walk.key, 3)}, {"scheduler": "ddpm-mean"}):
        assert beyond(replace(walk, **changes)) == tuple(changes)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "scheduler", "led"),
    [
        ("StableDiffusion", "", True),
        ("StableDiffusion3", "", True),
        ("Flux", "", True),
        ("StableDiffusion", "DPMSolverMultistepScheduler", False),
    ],
)
def test_in_half_precision_it_is_the_same_loops_that_can_be_led(
    name: str, scheduler: str, led: bool, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_scheduler(folders(OF[name]), scheduler, tmp_path)
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    monkeypatch.setattr(foreign, "dtype_for", lambda device: torch.bfloat16)
    foreign._loaded.cache_clear()
    walk = asked(OF[name], folder, steps=5)
    ending = replace(walk, start=(walk.key, AT), eta=1.0)
    assert beyond(ending) == (() if led else ("eta", "start"))
    made = capture(walk)
    assert made.provenance["computed"] == "torch.bfloat16"
    steps = (reverse_checks.ddim_update, walking_checks.divided, walking_checks.euler_step) if led else ()
    for one in (check.on(made) for check in steps):
        left, right = one()
        assert one.within is not None
        assert np.abs(left - right).max() < one.within
    foreign._loaded.cache_clear()


@pytest.mark.long
def test_a_network_that_remembers_other_walks_is_not_led(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from diffusers import UNet2DConditionModel

    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))  # the same files, sound, may have been tried already
    monkeypatch.setattr(capturing, "_tried", {})
    forward, first = UNet2DConditionModel.forward, dict[str, Any](time=0.0)

    def remembering(self: Any, sample: torch.Tensor, timestep: Any, *args: Any, **kwargs: Any) -> Any:
        answer = forward(self, sample, timestep, *args, **kwargs)[0]
        if float(timestep) >= first["time"]:
            first.update(time=float(timestep), sample=sample)
        return (answer + 0.5 * first["sample"],)

    walk = asked(SD, folders(SD), seed=21, steps=5)
    monkeypatch.setattr(UNet2DConditionModel, "forward", remembering)
    assert capture(walk).straight
    assert beyond(replace(walk, start=(walk.key, 3))) == ("start",)


def test_the_first_state_cannot_be_exchanged_and_what_no_loop_can_needs_no_trial(folders: Folders) -> None:
    walk = CaptureSpec(PROMPT, model=str(folders(SD)))
    assert beyond(replace(walk, start=("0" * 24, 0))) == ("start",)
    assert beyond(replace(walk, eta=1.0, switch=(1, "a snail"))) == ("eta", "switch")
    assert beyond(walk) == ()
    assert beyond(CaptureSpec(PROMPT, eta=1.0)) == ()
