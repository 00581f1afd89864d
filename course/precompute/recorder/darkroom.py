"""Develop any state into the picture that a pipeline would have made of it, by the pipeline's own last lines.

Not for running it to the end: one step is rehearsed and played again, with other endings and networks asleep.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from typing import Any

import numpy as np
import torch
from torch import nn

from course.precompute.recorder.run import Run
from course.precompute.recorder.watching import handed, recording, replaced


class Darkroom:
    """Has `pipe` take one step as `arguments()` asks, and develops states in its way from then on."""

    def __init__(self, pipe: Any, arguments: Callable[[], dict[str, Any]]) -> None:
        self.pipe = pipe
        self.arguments = lambda: {**arguments(), "num_inference_steps": 1, "output_type": "pil"}
        self.answers: dict[nn.Module, list[Any]] = {}
        self.rehearsal = self._rehearse()

    def _rehearse(self) -> Run:
        seen: dict[nn.Module, list[Any]] = {}

        def keep(part: nn.Module, _: Any, output: Any) -> None:
            seen.setdefault(part, []).append(output)

        def stepped(run: Run) -> None:
            # Whatever is asked after the last step belongs to the end, which stays awake.
            self.answers = {part: list(outputs) for part, outputs in seen.items()}

        with ExitStack() as undo:
            for part in dict.fromkeys(self.pipe.components.values()):
                if isinstance(part, nn.Module):
                    undo.callback(part.register_forward_hook(keep).remove)
            run = undo.enter_context(recording(self.pipe, each=stepped))
            self.pipe(**self.arguments())
        return run

    def pictures(self, states: Iterable[torch.Tensor]) -> Iterator[np.ndarray]:
        """(H, W, 3) uint8 of each state (1, …)."""
        for state in states:
            with self._ending(state):
                image = self.pipe(**self.arguments()).images[0]
            yield np.asarray(image.convert("RGB"))

    @contextmanager
    def _ending(self, state: torch.Tensor) -> Iterator[None]:
        step = self.pipe.scheduler.step

        def stepped(*args: Any, **kwargs: Any) -> Any:
            return handed(step(*args, **kwargs), state)

        stepped.__wrapped__ = step  # type: ignore[attr-defined]
        with ExitStack() as undo:
            replaced(self.pipe.scheduler, "step", stepped, undo)
            for part, answers in self.answers.items():
                again = cycle(answers)
                replaced(part, "forward", lambda *_, again=again, **__: next(again), undo)
            yield
