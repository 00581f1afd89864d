"""Train one of the shipped models: resumable at any moment, on CPU or CUDA, with a log and samples.

Every step draws its batch, noise and timesteps from a generator seeded by the step's number, so a resumed
training is the uninterrupted one. Not for the networks or the losses themselves: see `networks` and `tasks`.
"""

import io
import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors import SafetensorError
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from course.errors import CourseError
from course.files import digest_bytes, write_bytes, write_text
from course.model.loading import quiet
from course.model.optimizer import make_optimizer
from course.model.settings import CARD, RECIPES, Recipe
from course.paths import ASSETS, media, shown
from course.progress import progress

CHECKPOINT_SECONDS = 180.0
HEADER = "step,pictures,seconds,loss,learning_rate,scores"
STATE = 2
"""The form of an unfinished training's file; another number where it holds other things."""
FURTHER = (0.0, 0.2, 0.4, 0.6)
"""How much further a refining may be carried in the direction that it took, as shares of its way."""
MEASURED = 20
"""After so many steps the speed is known well enough to say how long it will take."""


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


@runtime_checkable
class Staged(Protocol):
    """A task that learns from what it was before: at some point its own weights become its teacher's."""

    kept: dict[str, torch.Tensor]
    """What an unfinished training keeps of it."""

    def reach(self, share: float, average: dict[str, torch.Tensor]) -> None:
        """Told before each step how much of the training is done, and the averaged weights by then."""


@dataclass(frozen=True)
class Budget:
    """How long: either minutes or steps; exactly one is given."""

    minutes: float | None = None
    steps: int | None = None

    def spent(self, step: int, seconds: float) -> float:
        """The fraction of the budget that is used up."""
        return step / self.steps if self.steps is not None else seconds / (60 * (self.minutes or 1e-9))

    def after(self, step: int, seconds: float) -> "Budget":
        """The same, and what has been spent before."""
        if self.steps is not None:
            return Budget(steps=step + self.steps)
        return Budget(minutes=seconds / 60 + (self.minutes or 0))


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM so that a step always finishes and is saved."""
    caught: list[int] = []
    previous = {
        s: signal.signal(s, lambda number, _: caught.append(number)) for s in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield caught
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def learning_rate(recipe: Recipe, step: int, spent: float) -> float:
    """Linear warm-up, constant over the first half of the budget, then linear to 2 % of the peak.

    `step` counts from where the optimiser was fresh, `spent` is the fraction of the budget from there on.
    """
    return (
        recipe.learning_rate
        * min(1.0, (step + 1) / recipe.warmup)
        * min(1.0, 0.02 + 1.96 * (1 - min(spent, 1.0)))
    )


@contextmanager
def bfloat16(device: str, on: bool) -> Iterator[None]:
    """Products in bfloat16 while the block lasts, weights in float32; does nothing where `on` is false."""
    with ExitStack() as stack:
        if on:
            kind = torch.device(device).type
            stack.enter_context(torch.autocast(kind, torch.bfloat16))
            if kind == "cpu":
                # The fused attention's backward pass in bfloat16 is slow there (docs/performance.md).
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        yield


def has_bfloat16(device: str) -> bool:
    """Whether products of bfloat16 numbers are instructions of `device`; elsewhere they are imitated."""
    if torch.device(device).type != "cpu":
        return True
    return any("bf16" in name and there for name, there in torch.cpu.get_capabilities().items())


def is_milestone(step: int) -> bool:
    """True at 125, 250, 500, 1000, 2000 … steps: where the log and the samples are taken."""
    return step >= 125 and step % 125 == 0 and (step // 125).bit_count() == 1


def configuration_digest(recipe: Recipe, module: nn.Module) -> str:
    """Names a training: another recipe, network, part held still or form of what is kept, another digest."""
    shapes = [(name, tuple(p.shape)) for name, p in module.state_dict().items()]
    still = [name for name, p in module.named_parameters() if not p.requires_grad]
    kept = {k: v for k, v in asdict(recipe).items() if k != "minutes"}
    return digest_bytes(json.dumps([kept, shapes, still, HEADER, STATE]).encode())[:16]


def state_path(name: str) -> Path:
    """Where an unfinished training is kept."""
    return media() / "training" / name / "state.pt"


def train(
    name: str,
    task: Task,
    budget: Budget,
    *,
    resume: bool = True,
    device: str = "cpu",
    output: Path | None = None,
    recipe: Recipe | None = None,
    refine: bool = False,
    fast: bool = False,
) -> Path:
    """Train `task` until the budget is used up; write its weights to `output` (assets/models/<name>).

    Takes up again from `state_path(name)` where there is one and `resume` is true. With `refine` the module
    holds the weights of a finished training: its log goes on, the budget comes on top, and what comes out is
    `carried_further`. `fast` computes in bfloat16 with a compiled network. Raises CourseError if a state
    belongs to another configuration, or when interrupted (everything saved).
    """
    recipe = recipe or RECIPES[name]
    output = output or ASSETS / "models" / name
    logs = output / "training"
    module: Any = task.module
    module = module.to(device).to(memory_format=torch.channels_last).train()
    digest = configuration_digest(recipe, module)
    origin = {k: v.detach().clone() for k, v in module.state_dict().items()}
    average = {k: v.clone() for k, v in origin.items()}
    optimizer = make_optimizer(module, recipe)
    run: Any = torch.compile(module, dynamic=False) if fast else module
    step, pictures, seconds, log = _told(logs) if refine else (0, 0, 0.0, [HEADER])
    begun = (step, seconds)
    if resume and state_path(name).exists():
        state = _load(state_path(name), device, digest)
        module.load_state_dict(state["module"])
        average, origin = state["average"], state["origin"]
        optimizer.load_state_dict(state["optimizer"])
        step, pictures, seconds, log = (state[key] for key in ("step", "pictures", "seconds", "log"))
        begun = state["begun"]
        if isinstance(task, Staged):
            task.kept = state["kept"]
        print(f"going on from step {step}, after {_duration(seconds)} of training", flush=True)
    budget = budget.after(*begun)
    told = budget.spent(*begun)

    def own() -> float:
        """How much of what this training adds is used up."""
        return (budget.spent(step, seconds) - told) / (1 - told)

    if budget.spent(step, seconds) >= 1:
        print("the budget is used up: nothing to train, the weights are written again", flush=True)

    def save_state() -> None:
        state = {
            "configuration": digest,
            "module": module.state_dict(),
            "average": average,
            "origin": origin,
            "optimizer": optimizer.state_dict(),
            "step": step,
            "pictures": pictures,
            "seconds": seconds,
            "log": log,
            "begun": begun,
            "kept": task.kept if isinstance(task, Staged) else {},
        }
        # torch.save straight to a full disk ends in an error of its own kind; a plain write is understood.
        buffer = io.BytesIO()
        torch.save(state, buffer)
        write_bytes(state_path(name), buffer.getvalue())

    def report(loss: float, **more: float) -> None:
        with _averaged(module, average), torch.no_grad():
            scores = json.dumps(task.held_out(module) | more)
            task.show(module, logs / f"step{step:06d}.png")
        rate = optimizer.param_groups[0]["lr"]
        log.append(f"{step},{pictures},{seconds:.1f},{loss:.5f},{rate:.6f},{scores}")
        write_text(logs / "log.csv", "\n".join(log) + "\n")

    running: float | None = None
    saved = started = time.monotonic()
    first, before = step, seconds
    with (
        _stoppable() as caught,
        progress(
            desc=f"train {name}",
            total=100.0,
            initial=round(min(100.0, 100 * budget.spent(step, seconds)), 2),  # so that the time left is right
            unit="%",
            mininterval=1.0,
        ) as bar,
    ):
        while budget.spent(step, seconds) < 1 and not caught:
            generator = torch.Generator().manual_seed((recipe.seed + 1) * 1_000_003 + step)
            if isinstance(task, Staged):
                task.reach(own(), average)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step - begun[0], own())
            with bfloat16(device, fast):
                loss = task.loss(run, generator, recipe.batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            step, pictures = step + 1, pictures + recipe.batch
            _follow(average, module, min(recipe.ema, (1 + step) / (10 + step)))
            value = float(loss.detach())
            if value != value:
                raise CourseError(
                    f"The loss of {name} is not a number at step {step}. Lower the learning rate and resume."
                )
            running = value if running is None else 0.99 * running + 0.01 * value
            seconds = before + time.monotonic() - started
            speed = (step - first) / (seconds - before)
            bar.n = round(min(100.0, 100 * budget.spent(step, seconds)), 2)
            bar.set_postfix(
                {"step": step, "loss": f"{running:.4f}", "pictures/s": f"{speed * recipe.batch:.0f}"}
            )
            if step - first == MEASURED:
                bar.write(forecast(budget, recipe, step, pictures, seconds, speed))
            if is_milestone(step):
                report(running)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                save_state()
                saved = time.monotonic()
        save_state()
        if caught:
            raise CourseError(
                f"Stopped at step {step}; nothing is lost. Run the same command again to go on."
            )
        more: dict[str, float] = {}
        if refine:
            more["further"], average = carried_further(task, module, origin, average)
            bar.write(f"carried {more['further']:.0%} further than the training went")
        report(running or 0.0, **more)
        with _averaged(module, average):
            export(task, module, output)
    return output


def carried_further(
    task: Task, module: nn.Module, origin: dict[str, torch.Tensor], average: dict[str, torch.Tensor]
) -> tuple[float, dict[str, torch.Tensor]]:
    """Weights beyond `average` on the line from `origin`, and by which of the shares in FURTHER of the way.

    The share with the least "training" score of `task.held_out`; measured, not promised (Zheng et al. 2024 do
    so between other pairs of weights). `origin` and `average` are state dicts of `module`, left as they are.
    """

    def beyond(share: float) -> dict[str, torch.Tensor]:
        return {
            k: w + share * (w - origin[k]) if w.is_floating_point() else w.clone() for k, w in average.items()
        }

    def lost(share: float) -> float:
        with _averaged(module, beyond(share)), torch.no_grad():
            return task.held_out(module)["training"]

    best = min(FURTHER, key=lost)
    return best, beyond(best)


def forecast(budget: Budget, recipe: Recipe, step: int, pictures: int, seconds: float, speed: float) -> str:
    """What to expect at `speed` (steps a second): how long the steps take, or how far the minutes go.

    `pictures` were seen so far, perhaps in batches of another size.
    """
    if budget.steps is not None:
        return f"{_duration((budget.steps - step) / speed)} to go at the measured speed"
    left = 60 * (budget.minutes or 0) - seconds
    more = max(0, round(left * speed))
    return (
        f"{_duration(left)} to go; at the measured speed they end at step {step + more:,}, "
        f"{pictures + more * recipe.batch:,} pictures"
    )


def _told(logs: Path) -> tuple[int, int, float, list[str]]:
    """Steps, pictures, seconds and lines of a finished training's log; of nothing where it left none.

    Raises CourseError where the log has other columns.
    """
    path = logs / "log.csv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else [HEADER]
    if lines[:1] != [HEADER]:
        raise CourseError(
            f"{shown(path)} is of another version, its columns are not {HEADER}. Move it away and run again."
        )
    if len(lines) < 2:
        return 0, 0, 0.0, [HEADER]
    step, pictures, seconds = lines[-1].split(",")[:3]
    return int(step), int(pictures), float(seconds), lines


def _duration(seconds: float) -> str:
    return f"{max(0.0, seconds):.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def _follow(average: dict[str, torch.Tensor], module: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the module's by 1 − decay."""
    with torch.no_grad():
        for key, value in module.state_dict().items():
            if value.is_floating_point():
                average[key].lerp_(value, 1 - decay)
            else:
                average[key].copy_(value)


@contextmanager
def _averaged(module: nn.Module, average: dict[str, torch.Tensor]) -> Iterator[None]:
    """The averaged weights in the module, in evaluation mode, for as long as the block lasts."""
    raw = {k: v.detach().clone() for k, v in module.state_dict().items()}
    module.load_state_dict(average)
    module.eval()
    try:
        yield
    finally:
        module.load_state_dict(raw)
        module.train()


def export_unfinished(
    name: str, task: Task, output: Path | None = None, recipe: Recipe | None = None
) -> Path:
    """Write the averaged weights of a training that is not finished, and leave its state as it is.

    Raises CourseError where there is no such training, or where it belongs to another configuration.
    """
    path, output = state_path(name), output or ASSETS / "models" / name
    if not path.exists():
        raise CourseError(f"There is no training at {shown(path)}. Start one: course train --model {name}")
    state = _load(path, "cpu", configuration_digest(recipe or RECIPES[name], task.module))
    task.module.load_state_dict(state["average"])
    export(task, task.module.eval(), output)
    return output


def export(task: Task, module: nn.Module, output: Path) -> None:
    """Write the weights beside the old ones and swap the folders, keeping `training/` and the card.

    Raises CourseError where they cannot be written; the old ones then stay.
    """
    fresh, old = (output.with_name(f".{output.name}.{which}") for which in ("new", "old"))
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        with quiet():
            task.save(module, fresh)
        for path in fresh.rglob("*"):
            path.chmod(
                0o755 if path.is_dir() else 0o644
            )  # save_pretrained leaves weights readable by one user
        if (output / "training").exists():
            shutil.copytree(output / "training", fresh / "training", dirs_exist_ok=True)
        for kept in CARD:
            if (output / kept).exists():
                shutil.copy2(output / kept, fresh / kept)
        shutil.rmtree(old, ignore_errors=True)
        if output.exists():
            output.rename(old)
        fresh.rename(output)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise CourseError(
            f"Cannot write the weights to {shown(output)} ({error}). Free some space and run the same again."
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def _load(path: Path, device: str, digest: str) -> dict[str, Any]:
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        configuration = state["configuration"]
    except Exception as error:
        raise CourseError(
            f"{shown(path)} is damaged ({type(error).__name__}). Delete it, or start over with --fresh."
        ) from error
    if configuration != digest:
        raise CourseError(
            f"{shown(path)} belongs to another recipe or network, or is of another version. "
            "Start over with --fresh, or bring back the settings and options (--refine) it was made with."
        )
    return state
