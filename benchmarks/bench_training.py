"""How much faster training is with `--fast`, and with larger batches: the same steps, side by side.

Every way takes turns with the others, so that whatever else the machine does falls on all of them alike.

    python benchmarks/bench_training.py --model pixel
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from course.model.command import GENERATORS
from course.model.registry import make_task
from course.model.settings import RECIPES
from course.model.train import bfloat16
from course.progress import progress

BATCHES = (32, 128)


def stepping(task: Any, rate: float, batch: int, fast: bool) -> Callable[[], float]:
    """A function that takes one training step and says how many pictures a second that was."""
    module = copy.deepcopy(task.module).to(memory_format=torch.channels_last).train()
    run: Any = torch.compile(module, dynamic=False) if fast else module
    optimizer = torch.optim.AdamW(module.parameters(), rate, fused=True)
    generator = torch.Generator().manual_seed(0)

    def step() -> float:
        started = time.perf_counter()
        with bfloat16("cpu", fast):
            loss = task.loss(run, generator, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return batch / (time.perf_counter() - started)

    return step


def main() -> None:
    """Print pictures a second and ratios as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=GENERATORS, default="pixel")
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args()
    task, rate = make_task(asked.model), RECIPES[asked.model].learning_rate
    ways = {(batch, fast): stepping(task, rate, batch, fast) for fast in (False, True) for batch in BATCHES}
    for step in progress(ways.values(), desc="warming up, compiling", unit="way"):
        for _ in range(3):
            step()
    speeds: dict[tuple[int, bool], list[float]] = {way: [] for way in ways}
    for _ in progress(range(asked.rounds), desc="taking turns", unit="round"):
        for way, step in ways.items():
            speeds[way].append(step())
    plain = speeds[BATCHES[0], False]
    print("| batch | with | pictures/s | ratio | spread |\n|---|---|---|---|---|")
    for (batch, fast), measured in speeds.items():
        ratios = [a / b for a, b in zip(measured, plain, strict=True)]
        print(
            f"| {batch} | {'--fast' if fast else 'plain'} | {statistics.median(measured):.0f} "
            f"| {statistics.median(ratios):.2f} × | {min(ratios):.2f}–{max(ratios):.2f} |"
        )


if __name__ == "__main__":
    main()
