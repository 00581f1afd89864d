"""What recording costs over the bare pipeline, in CPU time and memory, for three families.

Run by hand: `python benchmarks/bench_recorder.py`. Small untrained networks at sizes where a step takes 50 ms
or more; the jobs take turns and the best of several rounds counts. Targets: at most 1.10 times, and
1.6 with attention.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from course.paths import ROOT
from course.precompute import recording
from course.precompute.recorder import Run

sys.path.append(str(ROOT))  # the tests' pipelines
from tests.precompute.recorder.families import FAMILIES, Family, with_ftfy

SIZES = {"StableDiffusion": 96, "Flux": 144, "PRXPixel": 96}


def jobs(family: Family, pipe: Any, size: int, steps: int) -> tuple[list[Callable[[], object]], list[Run]]:
    """The bare pipeline, recorded, recorded with attention; and the runs, of which the last is kept."""
    kept: list[Run] = []

    def paint() -> None:
        pipe(**family.arguments(height=size, width=size, num_inference_steps=steps))

    def recorded(**options: bool) -> None:
        with recording(pipe, **options) as run:
            paint()
        kept[:] = [run]

    return [paint, lambda: recorded(branches=False), recorded, lambda: recorded(attention=True)], kept


def timed(work: list[Callable[[], object]], rounds: int) -> Iterator[list[float]]:
    """The jobs' CPU times in seconds, round by round."""
    for _ in range(rounds):
        taken = []
        for job in work:
            start = time.process_time()
            job()
            taken.append(time.process_time() - start)
        yield taken


def kept_bytes(run: Run) -> int:
    """What a run holds on to."""
    tensors = [run.last, *(part for step in run.steps for part in (step.state, step.received, *step.answers))]
    return sum(one.numel() * one.element_size() for one in tensors if one is not None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with_ftfy(pytest.MonkeyPatch())
    for family in FAMILIES:
        size = SIZES.get(str(family))
        if size is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            pipe = family.load(family.save(Path(folder)))
            work, kept = jobs(family, pipe, size, given.steps)
            bare, *others = (min(taken) for taken in zip(*timed(work, given.rounds), strict=True))
            work[1]()
            run = kept[0]
        alone = 2 * given.steps * run.steps[0].state.nbytes + run.steps[0].state.nbytes
        ratios = ", ".join(f"{one / bare:.2f}" for one in others)
        print(
            f"{family} at {size}: a step {1000 * bare / given.steps:.0f} ms; without branches, with, with "
            f"attention: {ratios} ×; memory {kept_bytes(run) / alone:.2f} × states and guesses"
        )


if __name__ == "__main__":
    main()
