"""Have a pipeline's loop go on from another state than its own, or with fresh noise on the way.

Not for looking (see `watching`): it changes what `step` hands back, and nothing else. A recording within
sees a loop that was handed this.
"""

import functools
import inspect
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import hypot, sqrt
from typing import Any

import torch

from course.errors import UsageError
from course.precompute.recorder.times import Clock, Level, prediction, to_guess
from course.precompute.recorder.watching import handed, replaced


@contextmanager
def going_on(
    pipe: Any,
    at: int = 0,
    state: torch.Tensor | None = None,
    eta: float = 0.0,
    fresh: torch.Generator | None = None,
) -> Iterator[None]:
    """In this block the loop of `pipe` finds `state` (B, …), scaled to signal² + noise² = 1, before its step
    number `at`, from 1 on; what it did until then is in vain.

    With `eta`, every later step exchanges some of the old noise for noise drawn from `fresh`: as much as DDIM
    with this η (Song et al. 2021, eq. 16), so 1 is DDPM's. Without `fresh` nothing comes in its place.
    Right only for loops whose steps mix guess and noise anew, and that remember nothing but the state.
    Raises UsageError for a state of another shape, and where the scheduler does not say how noisy states are.
    """
    scheduler = pipe.scheduler
    step, clock, done = scheduler.step, Clock(scheduler), 0
    signature = inspect.signature(step)

    @functools.wraps(step)
    def stepped(*args: Any, **kwargs: Any) -> Any:
        nonlocal done
        given = signature.bind(*args, **kwargs).arguments
        received, timestep, before = (given[name] for name in ("model_output", "timestep", "sample"))
        here = clock.read(timestep)
        kind = prediction(scheduler, clock.form)
        result = step(*args, **kwargs)
        done += 1
        times = scheduler.timesteps
        there = clock.read(times[done]) if done < len(times) else clock.last()
        if here is None or there is None or kind is None:
            raise UsageError(f"{type(scheduler).__name__} does not say how much noise a state holds.")
        after = handed(result)
        if state is not None and done == at:
            if state.shape != after.shape:
                raise UsageError(
                    f"States here are {tuple(after.shape)}, not {tuple(state.shape)}. "
                    "Go on from one of the same pipeline, and of pictures of the same size."
                )
            return handed(result, state.double() * hypot(*there))
        if eta and done > at:
            # In float64, which not every device knows.
            _, noise = to_guess(before.cpu(), received[:, : before.shape[1]].cpu(), here, kind)
            return handed(result, after.cpu().double() + _exchanged(noise, here, there, eta, fresh))
        return result

    with ExitStack() as undo:
        replaced(scheduler, "step", stepped, undo)
        yield


def _exchanged(
    noise: torch.Tensor, here: Level, there: Level, eta: float, fresh: torch.Generator | None
) -> torch.Tensor:
    """What is added to a state where a part of its noise is exchanged on the way from `here` to `there`."""
    level, after = here.alpha_cumprod, there.alpha_cumprod
    variance = eta**2 * (1 - after) / (1 - level) * (1 - level / after)
    change = (sqrt(max(1 - after - variance, 0.0)) - sqrt(1 - after)) * noise
    if fresh is not None:
        change = change + sqrt(max(variance, 0.0)) * torch.randn(noise.shape, generator=fresh)
    return hypot(*there) * change
