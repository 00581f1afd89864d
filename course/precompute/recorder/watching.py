"""Hooks on a pipeline's scheduler and networks: they look, and change nothing.

Not for what the numbers mean: `times`, `guidance` and `attention` say that.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from course.errors import UsageError
from course.precompute.recorder import calls
from course.precompute.recorder.attention import Attention
from course.precompute.recorder.guidance import Proof, prove
from course.precompute.recorder.run import Run, Step
from course.precompute.recorder.texts import Reader, rows_of
from course.precompute.recorder.times import Clock, prediction, to_guess

OFF_BY = 1e-2
"""How far, in parts of its size, the scheduler's own guess may lie from ours."""


@contextmanager
def recording(
    pipe: Any,
    *,
    branches: bool = True,
    attention: bool = False,
    each: Callable[[Run], object] | None = None,
) -> Iterator[Run]:
    """Record what `pipe` does within the block: `with recording(pipe) as run: pipe(…)`.

    The pipeline paints the same picture to the last bit. With `branches`, the answers with and without the
    prompt are kept as well; they cost the memory of two states a step. With `attention`, where the picture
    looks in the text is computed as well, for up to six further evaluations of the network in all.
    `each` is called after every step. One call of the pipeline a block.
    Raises UsageError where there is no scheduler to watch.
    """
    scheduler = getattr(pipe, "scheduler", None)
    if not callable(getattr(scheduler, "step", None)):
        raise UsageError(
            f"{type(pipe).__name__} has no scheduler that takes steps, so there is nothing to record."
        )
    watch = _Watch(pipe, branches, Attention() if attention else None, each)
    with ExitStack() as undo:
        watch.attach(undo)
        yield watch.run
        watch.finish()


@dataclass
class _Answer:
    """What a network answered in one call, or in one half of it."""

    rows: torch.Tensor
    name: str | None
    """What the pipeline calls it."""
    embedded: bool
    """Whether w was handed to the network."""
    texts: list[tuple[torch.Tensor, torch.Tensor | None]]
    """(T, D) of each row, and which of the T are meant; none after the first step."""
    maps: list[torch.Tensor | None]
    """(T, P) of each row; none where attention is not asked for."""

    def split(self, state: torch.Tensor) -> "list[_Answer]":
        """One a branch; none where these are no answers about this state."""
        rows, count = _like(self.rows, state), len(state)
        if rows is None:
            return []
        return [
            replace(self, rows=part, texts=self.texts[k : k + count], maps=self.maps[k : k + count])
            for k, part in zip(range(0, len(rows), count), rows.split(count), strict=True)
        ]


class _Watch:
    """What was seen since the last step, and the run so far."""

    def __init__(
        self,
        pipe: Any,
        branches: bool,
        attention: Attention | None,
        each: Callable[[Run], object] | None,
    ) -> None:
        self.pipe, self.branches, self.attention, self.each = pipe, branches, attention, each
        self.reader = Reader(pipe)
        self.clock = Clock(pipe.scheduler)
        self.run = Run()
        self.answers: list[_Answer] = []
        self.names: dict[nn.Module, str | None] = {}
        self.proofs: list[Proof] = []
        self.schedule: Any = None

    def attach(self, undo: ExitStack) -> None:
        """Hook everything, and have it undone with `undo`."""
        for part in dict.fromkeys(self.pipe.components.values()):
            if isinstance(part, nn.Module):
                handle = part.register_forward_hook(self._answered, with_kwargs=True, always_call=True)
                undo.callback(handle.remove)
                if self.attention is not None:
                    handle = part.register_forward_pre_hook(self._asked, with_kwargs=True)
                    undo.callback(handle.remove)
                context: Any = getattr(part, "cache_context", None)
                if context is not None:
                    replaced(part, "cache_context", self._named(part, context), undo)
        if self.attention is not None:
            undo.enter_context(self.attention)
        scheduler = self.pipe.scheduler
        replaced(scheduler, "step", self._stepping(scheduler.step), undo)

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
        if not self.branches:
            run.lacks["branches"] = "they were not asked for"
        elif missing:
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

    def _asked(self, part: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        assert self.attention is not None
        if not self.attention.asking and _looks_at_numbers(args, kwargs):
            self.attention.begin(part, args, kwargs)

    def _answered(self, part: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        if self.attention is not None:
            if self.attention.asking:
                return
            self.attention.end()
        if not _looks_at_numbers(args, kwargs):
            self.reader.note(part, args, kwargs, output)
            return
        rows = _rows(output)
        if rows is not None:
            maps = self.attention.maps() if self.attention is not None else []
            texts = [] if self.run.steps else list(rows_of(args, kwargs))
            embedded = isinstance(kwargs.get("guidance"), torch.Tensor)
            self.answers.append(_Answer(rows, self.names.get(part), embedded, texts, maps))

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
            self._branch(seen, received, state)
            self.answers.clear()
            result = step(*args, **kwargs)
            self.run.steps.append(seen)
            self.run.last = _kept(handed(result))
            self._compare(seen, result)
            if self.run.broken is None and not bool(torch.isfinite(self.run.last).all()):
                self.run.broken = len(self.run.steps) - 1
            if self.each is not None:
                self.each(self.run)
            return result

        return stepped

    def _branch(self, seen: Step, received: torch.Tensor, state: torch.Tensor) -> None:
        """What of the network's answers belongs to the prompt, where that is proven for every picture."""
        halves = [half for answer in self.answers for half in answer.split(state)]
        if self.branches:
            seen.answers = tuple(_kept(half.rows) for half in halves)
        found = self._proven(halves, received, state)
        if isinstance(found, str):
            seen.why = found
        else:
            seen.proof = found
        # A single answer is the one with the prompt; of two that nothing tells apart, neither is.
        own = (
            halves[found.conditional] if isinstance(found, Proof) else halves[0] if len(halves) == 1 else None
        )
        if own is None:
            return
        if self.attention is not None:
            seen.attention = self._picture(own.maps, state)
        if not self.run.steps:
            self._read(own.texts, None if seen.attention is None else seen.attention.shape[1])

    def _proven(self, halves: "list[_Answer]", received: torch.Tensor, state: torch.Tensor) -> Proof | str:
        if len(halves) == 1:
            return f"one pass a step: guidance is {'built in' if halves[0].embedded else 'off'}"
        if len(halves) != 2:
            return f"{len(halves)} answers a step, in place of two"
        names = [half.name for half in halves]
        conditional = names.index("cond") if sorted(map(str, names)) == ["cond", "uncond"] else None
        values = calls.guidance(self.pipe, calls.running(self.pipe))
        proofs: list[Proof] = []
        for k in range(len(state)):
            before = self.proofs[k] if self.proofs else None
            both = halves[0].rows[k], halves[1].rows[k]
            proof = prove(both, received[k][: state.shape[1]], state[k], values, conditional, before)
            if isinstance(proof, str):
                return proof
            proofs.append(proof)
        if len({(one.conditional, one.form) for one in proofs}) > 1:
            return "the pictures of a batch were guided in different ways"
        self.proofs = proofs
        return proofs[0]

    def _read(self, texts: list[tuple[torch.Tensor, torch.Tensor | None]], count: int | None) -> None:
        """The words of the first picture."""
        run, given = self.run, calls.running(self.pipe).get("prompt")
        if texts:
            text, meant = texts[0]
            run.tokens, run.words = self.reader.tokens(text)
            if meant is not None and count not in (None, len(text)):
                run.tokens = tuple(token for token, kept in zip(run.tokens, meant, strict=False) if kept)
        prompt = given[0] if isinstance(given, (list, tuple)) and given else given
        if isinstance(prompt, str) and run.words:
            run.lost = self.reader.lost(prompt, run.words)
        if not run.tokens:
            run.lacks["tokens"] = "what the network was given cannot be traced to a text encoder"
        elif count not in (None, len(run.tokens)):
            run.lacks["tokens"] = f"of {len(run.tokens)} tokens, the picture looks at {count}"
        self.reader.read.clear()

    def _picture(self, maps: list[torch.Tensor | None], state: torch.Tensor) -> torch.Tensor | None:
        """(B, T, h, w), or (B, T, P) where the places make no such picture."""
        there = [one for one in maps if one is not None]
        if not there or len(there) < len(maps) or len({one.shape for one in there}) > 1:
            self.run.lacks["attention"] = (
                "no fused attention of the picture to the text was seen, or asking again would disturb it"
                if not there
                else "the prompts of a batch have different lengths"
            )
            return None
        stacked = torch.stack(there)
        places = stacked.shape[-1]
        local = calls.running(self.pipe)
        high, wide = state.shape[-2:] if state.ndim == 4 else (local.get("height"), local.get("width"))
        if not high or not wide:
            return stacked
        rows = round((places * high / wide) ** 0.5)
        return (
            stacked.unflatten(-1, (rows, -1))
            if rows and rows * round(rows * wide / high) == places
            else stacked
        )

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


def replaced(thing: Any, name: str, by: Any, undo: ExitStack) -> None:
    """Put `by` into the instance, and have what was there brought back."""
    own = vars(thing).get(name)
    object.__setattr__(thing, name, by)
    undo.callback(
        lambda: object.__setattr__(thing, name, own) if own is not None else vars(thing).pop(name, None)
    )


def handed(result: Any, state: torch.Tensor | None = None) -> Any:
    """The next state in what a scheduler's `step` hands back; or that, with another `state` in its place."""
    plain = isinstance(result, tuple)
    own: torch.Tensor = result[0] if plain else result.prev_sample
    if state is None:
        return own
    if plain:
        return (state.to(own), *result[1:])
    result.prev_sample = state.to(own)
    return result


def _looks_at_numbers(args: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a network was given a picture, and not the numbers of words."""
    first = args[0] if args else next(iter(kwargs.values()), None)
    while isinstance(first, (tuple, list)) and first:
        first = first[0]
    return isinstance(first, torch.Tensor) and first.is_floating_point()


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
