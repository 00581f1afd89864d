"""Which of v, x₀ and ε the network should predict, by measurement: three equal short trainings, compared.

Same small network, same batches, same steps. What counts is the error of the guess x̂₀ on held-out pictures at
every noise level, the first step above all: chapter 4 stands on one-step guesses being conditional means.

    python benchmarks/bench_prediction.py --steps 600
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel

from course.model import tasks
from course.model.settings import WIDTH, Recipe
from course.model.train import Budget, train
from course.precompute.batches import to_guess

LEVELS = (1199, 1119, 999, 799, 599, 399, 199, 39)


class Small(tasks.PixelTask):
    """The pixel task on a network a quarter the width."""

    def network(self) -> torch.nn.Module:
        return UNet2DConditionModel(
            sample_size=16,
            in_channels=12,
            out_channels=12,
            block_out_channels=(32, 64),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=WIDTH,
            attention_head_dim=2,
            norm_num_groups=16,
        )


def guess_errors(task: Small, module: torch.nn.Module) -> dict[int, float]:
    """Root mean square error of x̂₀ per number, on held-out pictures, at each timestep."""
    clean, ids = (part[:256] for part in task.held)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(5))
    errors = {}
    for t in LEVELS:
        timesteps = torch.full((len(clean),), t)
        noisy = task.scheduler.add_noise(clean, noise, timesteps)
        with torch.no_grad():
            words = tasks.encode(task.text_encoder, ids)
            out: Any = module(noisy, timesteps, encoder_hidden_states=words).sample
        level = np.full(len(clean), float(task.scheduler.alphas_cumprod[t]))
        guess, _ = to_guess(out.numpy(), noisy.numpy(), level, task.prediction)
        errors[t] = round(float(np.sqrt(((guess - clean.numpy()) ** 2).mean())), 4)
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=600)
    steps = parser.parse_args().steps
    folder = Path(tempfile.mkdtemp())
    os.environ |= {"COURSE_MEDIA": str(folder), "COURSE_ALBUM": "8000"}
    for prediction in ("v_prediction", "sample", "epsilon"):
        task = Small(prediction)
        recipe = Recipe(batch=32, learning_rate=1e-3, minutes=0, ema=0.99)
        train("pixel", task, Budget(steps=steps), resume=False, output=folder / "model", recipe=recipe)
        print(prediction, json.dumps(guess_errors(task, task.module.eval())), flush=True)


if __name__ == "__main__":
    main()
