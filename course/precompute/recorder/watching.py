"""Hooks on a pipeline's scheduler and networks: they look, and change nothing.

Not for what the numbers mean: `times`, `guidance` and `attention` say that.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from course.errors import UsageError
from course.precompute.recorder import calls
from course.precompute.recorder.guidance import Proof, prove
from course.precompute.recorder.run import Run, Step
from course.precompute.recorder.times import Clock, prediction, to_guess

OFF_BY = 1e-2
"""How far, in parts of its size, the scheduler's own guess may lie from ours."""


@contextmanager
def recording(pipe: Any, *, branches: bool = True) -> Iterator[Run]:
    """Record what `pipe` does within the block: `with recording(pipe) as run: pipe(…)`.

    The pipeline paints the same picture to the last bit. With `branches`, the answers with and without the
    prompt are kept as well; they cost the memory of two states a step. One call of the pipeline a block.
    Raises UsageError where there is no scheduler to watch.
    """
    scheduler = getattr(pipe, "scheduler", None)
    if not callable(getattr(scheduler, "step", None)):
        raise UsageError(
            f"{type(pipe).__name__} has no scheduler that takes steps, so there is nothing to record."
        )
    watch = _Watch(pipe, branches)
    with ExitStack() as undo:
        watch.attach(undo)
        yield watch.run
        watch.finish()


class _Watch:
    """What was seen since the last step, and the run so far."""

    def __init__(self, pipe: Any, branches: bool) -> None:
        self.pipe, self.branches = pipe, branches
        self.clock = Clock(pipe.scheduler)
        self.run = Run()
        self.answers: list[tuple[torch.Tensor, str | None, bool]] = []
        self.names: dict[nn.Module, str | None] = {}
        self.proofs: list[Proof] = []
        self.schedule: Any = None

    def attach(self, undo: ExitStack) -> None:
        """Hook everything, and have it undone with `undo`."""
        for part in dict.fromkeys(self.pipe.components.values()):
            if isinstance(part, nn.Module):
                handle = part.register_forward_hook(self._answered, with_kwargs=True)
                undo.callback(handle.remove)
                context: Any = getattr(part, "cache_context", None)
                if context is not None:
                    _replace(part, "cache_context", self._named(part, context), undo)
        scheduler = self.pipe.scheduler
        _replace(scheduler, "step", self._stepping(scheduler.step), undo)

    def finish(self) -> None:
        """What can only be said of the whole."""
        run = self.run
        run.last_level = self.clock.last() if run.steps else None
        run.prediction = prediction(self.pipe.scheduler, self.clock.form)
        kind = type(self.pipe.scheduler).__name__
        if not run.steps:
            return
        if run.levels is None or run.prediction is None:
            run.prediction = None
            run.lacks["guesses"] = f"{kind} does not say how much noise a state holds, or what its output is"
        missing = {step.why for step in run.steps if step.proof is None}
        if missing:
            run.lacks["branches"] = "; ".join(sorted(missing))

    def _named(self, part: nn.Module, context: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(context)
        @contextmanager
        def named(name: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
            before = self.names.get(part)
            self.names[part] = name
            try:
                with context(name, *args, **kwargs) as entered:
                    yield entered
            finally:
                self.names[part] = before

        return named

    def _answered(self, part: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        rows = _rows(output)
        if rows is not None:
            embedded = isinstance(kwargs.get("guidance"), torch.Tensor)
            self.answers.append((rows, self.names.get(part), embedded))

    def _stepping(self, step: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(step)

        @functools.wraps(step)
        def stepped(*args: Any, **kwargs: Any) -> Any:
            if self.schedule is None:
                self.schedule = self.pipe.scheduler.timesteps
            elif self.schedule is not self.pipe.scheduler.timesteps:
                raise UsageError("This recording holds a run already. Open a block of its own for each call.")
            given = signature.bind(*args, **kwargs).arguments
            received, timestep, state = (given[name] for name in ("model_output", "timestep", "sample"))
            level = self.clock.read(timestep)
            seen = Step(_kept(state), _kept(received), self.clock.timestep, level)
            if self.branches:
                self._branch(seen, received, state)
            self.answers.clear()
            result = step(*args, **kwargs)
            after = result.prev_sample if hasattr(result, "prev_sample") else result[0]
            self.run.steps.append(seen)
            self.run.last = _kept(after)
            self._compare(seen, result)
            if self.run.broken is None and not bool(torch.isfinite(self.run.last).all()):
                self.run.broken = len(self.run.steps) - 1
            return result

        return stepped

    def _branch(self, seen: Step, received: torch.Tensor, state: torch.Tensor) -> None:
        """Keep the network's answers, and say which is which where that is proven for every picture."""
        fitting = [
            (one, name, embedded)
            for rows, name, embedded in self.answers
            if (one := _like(rows, state)) is not None
        ]
        answers = [part for rows, _, _ in fitting for part in rows.split(len(state))]
        seen.answers = tuple(_kept(answer) for answer in answers)
        if len(answers) != 2:
            embedded = len(answers) == 1 and fitting[0][2]
            seen.why = (
                ("one pass a step: guidance is built in" if embedded else "one pass a step: guidance is off")
                if len(answers) == 1
                else f"{len(answers)} answers a step, in place of two"
            )
            return
        named = [name for _, name, _ in fitting]
        conditional = named.index("cond") if sorted(map(str, named)) == ["cond", "uncond"] else None
        values = calls.guidance(self.pipe, calls.running(self.pipe))
        channels = state.shape[1]
        proofs = []
        for k in range(len(state)):
            before = self.proofs[k] if k < len(self.proofs) else None
            halves = (answers[0][k], answers[1][k])
            proofs.append(prove(halves, received[k][:channels], state[k], values, conditional, before))
        proven = [proof for proof in proofs if isinstance(proof, Proof)]
        if len(proven) < len(proofs) or len({(one.conditional, one.form) for one in proven}) != 1:
            seen.why = next((proof for proof in proofs if isinstance(proof, str)), "pictures disagree")
            return
        self.proofs = list(proven)
        seen.proof = proven[0]

    def _compare(self, seen: Step, result: Any) -> None:
        """Hold our guess against the scheduler's own, where it gives one that it has not clipped."""
        scheduler = self.pipe.scheduler
        config, kind = scheduler.config, prediction(scheduler, self.clock.form)
        own = getattr(result, "pred_original_sample", None)
        if own is None and isinstance(result, tuple) and len(result) > 1:
            own = result[1]
        if (
            not isinstance(own, torch.Tensor)
            or own.shape != seen.state.shape
            or seen.level is None
            or kind is None
        ):
            return
        if config.get("clip_sample") or config.get("thresholding"):
            return
        guess, _ = to_guess(seen.state, seen.received[:, : seen.state.shape[1]], seen.level, kind)
        if float((guess - own.double().cpu()).norm()) > OFF_BY * float(guess.norm()):
            self.run.lacks["guesses"] = (
                f"{type(scheduler).__name__} makes another guess of the network's output"
            )


def _replace(thing: Any, name: str, by: Any, undo: ExitStack) -> None:
    """Put `by` into the instance, and have what was there brought back."""
    own = vars(thing).get(name)
    object.__setattr__(thing, name, by)
    undo.callback(
        lambda: object.__setattr__(thing, name, own) if own is not None else vars(thing).pop(name, None)
    )


def _kept(tensor: torch.Tensor) -> torch.Tensor:
    """A copy on the CPU: loops may go on writing into their own."""
    return tensor.detach().to("cpu", copy=True)


def _rows(output: Any) -> torch.Tensor | None:
    """A network's output as (rows, …); None where it is something else."""
    first = getattr(output, "sample", None)
    if first is None:
        first = output[0] if isinstance(output, (tuple, list)) and len(output) else output
    if isinstance(first, (tuple, list)) and first and all(isinstance(one, torch.Tensor) for one in first):
        if len({one.shape for one in first}) > 1:
            return None
        first = torch.stack(list(first))
    return first if isinstance(first, torch.Tensor) else None


def _like(rows: torch.Tensor, state: torch.Tensor) -> torch.Tensor | None:
    """The rows in the shape of the states, without an axis for film and without a learned variance; None
    where they are no answers about this state.
    """
    if rows.ndim == state.ndim + 1 and rows.shape[2] == 1:
        rows = rows.squeeze(2)
    if rows.ndim != state.ndim or len(rows) % len(state):
        return None
    rows = rows[:, : state.shape[1]]
    return rows if rows.shape[1:] == state.shape[1:] else None
