"""Train one of the shipped models: resumable at any moment, the same on CPU and CUDA, with a log and samples on the way.

Every step draws its batch, noise and timesteps from a generator seeded by the step's number, so a resumed training
is the uninterrupted one. Not for the networks or the losses themselves: see `networks` and `tasks`.
"""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from course.errors import CourseError
from course.files import digest_bytes, replacing, write_text
from course.model.settings import RECIPES, Recipe
from course.paths import ASSETS, media, shown
from course.progress import progress

CHECKPOINT_SECONDS = 180.0


class Task(Protocol):
    """What is particular to one model: its trainable module, its loss, what it shows and how it is saved."""

    module: nn.Module

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """One batch's loss (a scalar), all randomness from `generator`."""

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """Named scores on held-out pictures."""

    def show(self, module: nn.Module, path: Path) -> None:
        """Write a picture of what the model can do now, from fixed seeds."""

    def save(self, module: nn.Module, folder: Path) -> None:
        """Write the weights in the standard folder format, float16."""


@dataclass(frozen=True)
class Budget:
    """How long: either minutes or steps; exactly one is given."""

    minutes: float | None = None
    steps: int | None = None

    def spent(self, step: int, seconds: float) -> float:
        """The fraction of the budget that is used up."""
        return step / self.steps if self.steps is not None else seconds / (60 * (self.minutes or 1e-9))


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM so that a step always finishes and is saved."""
    caught: list[int] = []
    previous = {s: signal.signal(s, lambda number, _: caught.append(number)) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def learning_rate(recipe: Recipe, step: int, spent: float) -> float:
    """Linear warm-up, constant over the first half of the budget, then linear to 2 % of the peak."""
    return recipe.learning_rate * min(1.0, (step + 1) / recipe.warmup) * min(1.0, 0.02 + 1.96 * (1 - min(spent, 1.0)))


def is_milestone(step: int) -> bool:
    """True at 125, 250, 500, 1000, 2000 … steps: where the log and the samples are taken."""
    return step >= 125 and step % 125 == 0 and (step // 125).bit_count() == 1


def configuration_digest(recipe: Recipe, module: nn.Module) -> str:
    """Names a training: another recipe or another network gets another digest."""
    shapes = [(name, tuple(p.shape)) for name, p in module.state_dict().items()]
    kept = {k: v for k, v in asdict(recipe).items() if k != "minutes"}
    return digest_bytes(json.dumps([kept, shapes]).encode())[:16]


def train(
    name: str,
    task: Task,
    budget: Budget,
    *,
    resume: bool = True,
    device: str = "cpu",
    state_folder: Path | None = None,
    output: Path | None = None,
    recipe: Recipe | None = None,
) -> Path:
    """Train `task` until the budget is used up and write its weights to `output` (default `assets/models/<name>`).

    Takes up again from `media/training/<name>/state.pt` where there is one and `resume` is true. Raises CourseError if
    that state belongs to another configuration, or when interrupted (everything saved).
    """
    recipe = recipe or RECIPES[name]
    state_path = (state_folder or media() / "training" / name) / "state.pt"
    output = output or ASSETS / "models" / name
    logs = output / "training"
    torch.manual_seed(recipe.seed)
    module = task.module.to(device).to(memory_format=torch.channels_last).train()
    digest = configuration_digest(recipe, module)
    average = {k: v.detach().clone() for k, v in module.state_dict().items()}
    optimizer = torch.optim.AdamW(
        module.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.99), fused=True
    )
    step, seconds, log = 0, 0.0, ["step,seconds,loss,learning_rate,scores"]
    if resume and state_path.exists():
        state = _load(state_path, device)
        if state["configuration"] != digest:
            raise CourseError(
                f"{shown(state_path)} belongs to another recipe or network. "
                "Start over with --fresh, or bring back the settings it was made with."
            )
        module.load_state_dict(state["module"])
        average = state["average"]
        optimizer.load_state_dict(state["optimizer"])
        step, seconds, log = state["step"], state["seconds"], state["log"]

    def save_state() -> None:
        with replacing(state_path) as temporary:
            torch.save(
                {
                    "configuration": digest,
                    "module": module.state_dict(),
                    "average": average,
                    "optimizer": optimizer.state_dict(),
                    "step": step,
                    "seconds": seconds,
                    "log": log,
                },
                temporary,
            )

    def averaged() -> nn.Module:
        """The module with its averaged weights, in evaluation mode; the raw ones are put back by `restore`."""
        raw = {k: v.detach().clone() for k, v in module.state_dict().items()}
        module.load_state_dict(average)
        module.eval()
        restore.append(raw)
        return module

    restore: list[dict[str, torch.Tensor]] = []

    def report(loss: float) -> None:
        shown_module = averaged()
        with torch.no_grad():
            scores = task.held_out(shown_module)
            task.show(shown_module, logs / f"step{step:06d}.png")
        module.load_state_dict(restore.pop())
        module.train()
        log.append(f"{step},{seconds:.1f},{loss:.5f},{optimizer.param_groups[0]['lr']:.6f},{json.dumps(scores)}")
        write_text(logs / "log.csv", "\n".join(log) + "\n")

    running: float | None = None
    saved = started = time.monotonic()
    first, before = step, seconds
    with _stoppable() as caught, progress(desc=f"train {name}", total=100.0, unit="%", mininterval=1.0) as bar:
        while budget.spent(step, seconds) < 1 and not caught:
            generator = torch.Generator().manual_seed((recipe.seed + 1) * 1_000_003 + step)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step, budget.spent(step, seconds))
            loss = task.loss(module, generator, recipe.batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            step += 1
            decay = min(recipe.ema, (1 + step) / (10 + step))
            with torch.no_grad():
                for key, value in module.state_dict().items():
                    if value.is_floating_point():
                        average[key].lerp_(value, 1 - decay)
                    else:
                        average[key].copy_(value)
            value = float(loss.detach())
            if value != value:
                raise CourseError(f"The loss of {name} is not a number at step {step}. Lower the learning rate and resume.")
            running = value if running is None else 0.99 * running + 0.01 * value
            seconds = before + time.monotonic() - started
            bar.n = round(min(100.0, 100 * budget.spent(step, seconds)), 2)
            bar.set_postfix(
                {"step": step, "loss": f"{running:.4f}", "pictures/s": f"{(step - first) * recipe.batch / (seconds - before):.0f}"}
            )
            if step - first == 20 and budget.minutes is None and budget.steps is not None:
                rate = (seconds - before) / 20
                print(f"about {rate * (budget.steps - step) / 60:.0f} minutes at the measured speed", flush=True)
            if is_milestone(step):
                report(running)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                save_state()
                saved = time.monotonic()
    save_state()
    if caught:
        raise CourseError(f"Stopped at step {step}; nothing is lost. Run the same command again to go on.")
    report(running or 0.0)
    export(task, averaged(), output)
    module.load_state_dict(restore.pop())
    return output


def export(task: Task, module: nn.Module, output: Path) -> None:
    """Write the weights beside the old ones and swap the folders, keeping `training/` and the card."""
    fresh = output.with_name(f".{output.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    task.save(module, fresh)
    for kept in ("training", "README.md", "grid.png", "scores.json"):
        if (output / kept).exists():
            shutil.move(output / kept, fresh / kept)
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    fresh.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def _load(path: Path, device: str) -> dict[str, Any]:
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        raise CourseError(f"{shown(path)} is damaged ({type(error).__name__}). Delete it, or start over with --fresh.") from error
