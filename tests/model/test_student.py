"""The student's targets are its teacher's steps, its training goes on after a stop, what ships is small."""

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file

from course.errors import CourseError
from course.model import evaluate, networks, student, train
from course.model.judge import load_judge, verdicts
from course.model.settings import CALLS, TAUGHT, TIMESTEPS, Recipe
from course.model.student import STRIDE, SUBSTEPS, StudentTask, add_difference, low_rank, unpacked
from course.paths import ASSETS
from course.precompute import CaptureSpec, capture
from course.precompute.systems import load_pipeline, painter
from tests.model.test_training import interrupting, run, weights

SHIPPED = ASSETS / "models" / "student"
TINY = Recipe(batch=4, learning_rate=1e-3, minutes=1, warmup=5)
STARTS = torch.tensor([TIMESTEPS - 1 - k * STRIDE for k in range(4)])


@pytest.fixture
def small(narrow: None, monkeypatch: pytest.MonkeyPatch) -> StudentTask:
    """A student of an untrained narrow network."""
    monkeypatch.setattr(StudentTask, "network", lambda _: networks.pixel_unet())
    torch.manual_seed(0)
    return StudentTask()


def batch(task: StudentTask) -> tuple[torch.Tensor, torch.Tensor]:
    """Four states, one before each of the four steps, and their words."""
    states = torch.randn(4, 12, 16, 16, generator=torch.Generator().manual_seed(1))
    words = ["a cat", "a red fish", "a tree and a car", "a snail on a blue background"]
    return states, task.text_encoder(networks.token_ids(task.words, words)).last_hidden_state.detach()


def one_step(
    scheduler: DDIMScheduler, steps: int, v: torch.Tensor, states: torch.Tensor, t: int
) -> torch.Tensor:
    """A step of the library's scheduler, of a walk in `steps`."""
    scheduler.set_timesteps(steps)
    return scheduler.step(v, t, states).prev_sample


@pytest.mark.usefixtures("narrow")
def test_one_step_along_the_target_lands_where_the_guided_teachers_steps_do(small: StudentTask) -> None:
    states, words = batch(small)
    blank = small.text_encoder(small.empty).last_hidden_state.detach()
    target = small.target(states, words, STARTS)
    for k, start in enumerate(STARTS.tolist()):
        here, stride = states[k : k + 1], STRIDE // SUBSTEPS[k]
        for t in range(start, start - STRIDE, -stride):
            with torch.no_grad():
                c = small.teacher(here, t, encoder_hidden_states=words[k : k + 1]).sample
                u = small.teacher(here, t, encoder_hidden_states=blank).sample
            v = c if t == TIMESTEPS - 1 else u + TAUGHT * (c - u)
            here = one_step(small.scheduler, TIMESTEPS // stride, v, here, t)
        landed = one_step(small.scheduler, 4, target[k : k + 1], states[k : k + 1], start)
        assert torch.allclose(landed, here, atol=1e-4)


@pytest.mark.usefixtures("narrow")
def test_halved_one_step_lands_where_two_did_and_what_only_four_steps_meet_stays(small: StudentTask) -> None:
    states, words = batch(small)
    small.reach(0.1, {})
    assert not small.kept
    small.reach(0.9, small.module.state_dict())
    target = small.target(states, words, STARTS)
    with torch.no_grad():
        own = small.four(states, STARTS, encoder_hidden_states=words).sample
    for k, start in enumerate(STARTS.tolist()):
        if k % 2:
            assert torch.allclose(target[k], own[k], atol=1e-5)
            continue
        here, text = states[k : k + 1], words[k : k + 1]
        between = one_step(small.scheduler, 4, own[k : k + 1], here, start)
        with torch.no_grad():
            then = small.four(between, start - STRIDE, encoder_hidden_states=text).sample
        after = one_step(small.scheduler, 4, then, between, start - STRIDE)
        landed = one_step(small.scheduler, 2, target[k : k + 1], here, start)
        assert torch.allclose(landed, after, atol=1e-4)


@pytest.mark.usefixtures("narrow")
def test_a_student_stopped_after_its_halving_goes_on_as_if_nothing_had_happened(
    small: StudentTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StudentTask, "show", lambda *_: None)
    monkeypatch.setattr(StudentTask, "held_out", lambda *_: {})
    whole = weights(run("student", tmp_path / "whole", 6, recipe=TINY))
    train.state_path("student").unlink()
    with pytest.raises(CourseError, match="Stopped at step 5"):
        run("student", tmp_path / "parts", 6, interrupting("student", 4, signal.SIGTERM), TINY)
    assert torch.load(train.state_path("student"), weights_only=True)["kept"]
    parts = weights(run("student", tmp_path / "parts", 6, recipe=TINY))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_the_difference_keeps_the_directions_that_say_most() -> None:
    torch.manual_seed(0)
    strong, weak = torch.randn(20, 3) @ torch.randn(3, 40), 0.01 * torch.randn(30, 10, 3, 3)
    change = {"strong": strong, "weak": weak, "bias": torch.randn(7)}
    room = 2 * 7 + 3 * (60 + 4) + 2 * (120 + 4)
    kept = low_rank(change, room)
    assert kept["strong.left"].shape == (20, 3)
    again = unpacked(kept)
    assert (again["strong"] - strong).norm() < 0.01 * strong.norm()
    assert torch.allclose(again["bias"], change["bias"], rtol=1e-3)
    # Where there is room for two directions of a matrix, they are its two strongest.
    left = (weak.flatten(1) - again["weak"]).square().sum()
    assert float(left) == pytest.approx(
        float(torch.linalg.svdvals(weak.flatten(1))[2:].square().sum()), rel=1e-3
    )
    assert sum(one.nbytes for one in kept.values()) == room


def test_what_ships_is_small_and_belongs_to_the_pixel_model_that_ships() -> None:
    files = [path for path in SHIPPED.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files if path.suffix == ".safetensors") <= 6e6
    pixel, made = (load_pipeline(name).unet.state_dict() for name in ("pixel", "student"))
    taught = load_file(SHIPPED / student.DIFFERENCE)
    change = unpacked(taught)["conv_in.weight"]
    assert torch.allclose((made["conv_in.weight"] - pixel["conv_in.weight"]).flatten(1), change, atol=1e-6)
    assert float(change.abs().max()) > 1e-4


def test_a_damaged_or_foreign_student_is_one_sentence(tmp_path: Path) -> None:
    module: Any = networks.pixel_unet()
    for name, change in ((student.DIFFERENCE, lambda data: data[:1000]), (student.INDEX, lambda data: b"{}")):
        shutil.copytree(SHIPPED, folder := tmp_path / name)
        (folder / name).write_bytes(change((folder / name).read_bytes()))
        with pytest.raises(CourseError, match=r"damaged .* course train --model student"):
            add_difference(module, folder)
    (folder / student.INDEX).write_text('{"teacher_unet": "another"}')
    with pytest.raises(CourseError, match="taught by another pixel model"):
        add_difference(module, folder)


@pytest.mark.parametrize("steps", CALLS)
def test_a_walk_of_the_student_is_a_capture_like_others(steps: int) -> None:
    made = capture(CaptureSpec("a butterfly on a blue background", seed=7, steps=steps, model="student"))
    assert made.states.shape == (steps + 1, 3, 32, 32)
    assert made.timesteps.tolist() == [TIMESTEPS - 1 - k * TIMESTEPS // steps for k in range(steps)]
    assert made.provenance["model"] == "student"


def test_in_two_steps_the_judge_sees_what_was_asked_for() -> None:
    chosen = evaluate.noun_prompts()[::2]
    paint = painter("student")
    seen = verdicts(load_judge(), paint([p for p, _, _ in chosen], [0] * len(chosen), 2, 1.0, 0))
    right = [evaluate.NOUNS[k] == noun for k, (_, noun, _) in zip(seen["noun"], chosen, strict=True)]
    assert sum(right) >= len(chosen) - 2
