"""What Muon gives beside AdamW: the same short training from nothing with both, step for step, side by side.

Both see the same batches, noise and timesteps; they take turns, so that whatever else the machine does falls
on both alike.

    python benchmarks/bench_optimizer.py --model latent
"""

import argparse
import time
from dataclasses import replace

import torch

from course.model.command import GENERATORS
from course.model.optimizer import make_optimizer
from course.model.registry import make_task
from course.model.settings import RECIPES
from course.model.train import bfloat16, has_bfloat16, learning_rate
from course.progress import progress


def main() -> None:
    """Print both held-out losses and the time of a step as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=GENERATORS, default="latent")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=128)
    asked = parser.parse_args()
    recipes = {
        "AdamW": replace(RECIPES[asked.model], batch=asked.batch),
        "Muon": replace(RECIPES[asked.model], batch=asked.batch, muon=True),
    }
    runs = {}
    for name, recipe in recipes.items():
        task = make_task(asked.model)
        module = task.module.to(memory_format=torch.channels_last).train()
        runs[name] = (task, torch.compile(module, dynamic=False), make_optimizer(module, recipe), recipe)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for step in progress(range(asked.steps), desc="taking turns", unit="step"):
        for name, (task, run, optimizer, recipe) in runs.items():
            started = time.perf_counter()
            generator = torch.Generator().manual_seed(step)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step, step / asked.steps)
            with bfloat16("cpu", has_bfloat16("cpu")):
                loss = task.loss(run, generator, recipe.batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(task.module.parameters(), 1.0)
            optimizer.step()
            seconds[name].append(time.perf_counter() - started)
    print("| optimiser | held-out v-loss | seconds a step | ratio | middle half |\n|---|---|---|---|---|")
    for name, (task, *_) in runs.items():
        with torch.no_grad():
            lost = task.held_out(task.module.eval())["held_out"]
        took = torch.tensor(seconds[name])
        low, middle, high = (took / torch.tensor(seconds["AdamW"])).quantile(torch.tensor([0.25, 0.5, 0.75]))
        print(f"| {name} | {lost:.4f} | {took.median():.2f} | {middle:.2f} × | {low:.2f}–{high:.2f} |")


if __name__ == "__main__":
    main()
