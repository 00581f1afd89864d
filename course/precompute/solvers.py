"""Other ways to walk the same road: where the calls are spent, and what is made of the slopes seen before.

Not for the default, DDIM at even steps, which is the pipelines' own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler, UniPCMultistepScheduler
from diffusers.schedulers.scheduling_ddim import DDIMSchedulerOutput

from course.maths import faster
from course.precompute.spec import CaptureSpec, placed


class StraightScheduler(DDIMScheduler):
    """Euler's method or Adams–Bashforth's of second order in straight coordinates, at steps placed by hand.

    There y = x/(α + σ), τ = σ/(α + σ) and dy/dτ = ε̂ − x̂₀ (Lipman et al. 2023, eq. 23, for the path from a
    picture to noise); Euler's method is DDIM. The first step of the second order is Euler's, for it has no
    slope to remember.
    """

    spacing = 1.0
    remembers = False
    """Whether the last slope counts, too: order 2."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        """Place the steps by `spacing`, see `placed`."""
        self.num_inference_steps = num_inference_steps
        timesteps = placed(num_inference_steps, self.spacing)
        self.timesteps = torch.tensor(timesteps, device=device)
        kept = self.alphas_cumprod.double().numpy()[timesteps]
        self.tau = np.append(faster.share(kept), 0.0)
        self.scale = np.append(np.sqrt(kept) + np.sqrt(1 - kept), 1.0)
        self.slope: torch.Tensor | None = None

    def step(
        self,
        model_output: torch.Tensor,
        timestep: Any,
        sample: torch.Tensor,
        return_dict: bool = True,
    ) -> Any:
        """The state at the next of the placed timesteps, (N, C, H, W)."""
        k = int((self.timesteps == int(timestep)).nonzero())
        guess = super().step(model_output, int(timestep), sample).pred_original_sample
        place, scale = float(self.tau[k]), float(self.scale[k])
        now = sample / scale
        slope = (now - guess) / place
        stride = float(self.tau[k + 1]) - place
        before = self.slope if self.remembers else None
        used = faster.lean(slope, before, stride, place - float(self.tau[k - 1]))
        self.slope = slope
        after = (now + stride * used) * float(self.scale[k + 1])
        return DDIMSchedulerOutput(after, guess) if return_dict else (after, guess)


@contextmanager
def walking_by(pipe: Any, spec: CaptureSpec) -> Iterator[None]:
    """The pipeline with the scheduler that `spec` asks for, as long as the block lasts."""
    own = pipe.scheduler
    if spec.scheduler == "unipc":
        pipe.scheduler = UniPCMultistepScheduler.from_config(own.config)
    elif spec.scheduler == "ab2" or spec.spacing != 1:
        pipe.scheduler = StraightScheduler.from_config(own.config)
        pipe.scheduler.spacing, pipe.scheduler.remembers = spec.spacing, spec.scheduler == "ab2"
    try:
        yield
    finally:
        pipe.scheduler = own
