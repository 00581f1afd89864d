"""What capturing costs over the bare diffusers loop, and what a batch of seeds saves over one by one.

Run by hand: `python benchmarks/bench_capture.py`. CPU time of this process is compared, best of several
interleaved rounds, so that a busy machine does not decide. Targets: at most 1.10 times; at least 2 times on
two cores.
"""

import argparse
import time
from collections.abc import Callable

import torch

from course.precompute import CaptureSpec
from course.precompute.batches import run
from course.precompute.systems import load_pipeline, system_of

PROMPT = "a butterfly on a blue background"


def best_of(rounds: int, *jobs: Callable[[], object], clock: Callable[[], float]) -> list[float]:
    """The shortest time of each job in seconds, the jobs taking turns."""
    times: list[list[float]] = [[] for _ in jobs]
    for _ in range(rounds):
        for job, taken in zip(jobs, times, strict=True):
            start = clock()
            job()
            taken.append(clock() - start)
    return [min(taken) for taken in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", default="pixel")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    pipe = load_pipeline(given.model)
    system = system_of(pipe)
    specs = [CaptureSpec(PROMPT, seed, given.steps, 2.0, model=given.model) for seed in range(given.seeds)]

    @torch.no_grad()
    def bare(chosen: list[CaptureSpec]) -> None:
        system.denoise(
            system.encode([spec.prompt for spec in chosen]),
            system.encode([""] * len(chosen)),
            system.noise([spec.seed for spec in chosen]),
            steps=given.steps,
            guidance=[spec.guidance for spec in chosen],
        )

    def captured(chosen: list[CaptureSpec]) -> None:
        run(pipe, chosen, lambda _: None)

    bare(specs[:1])  # warm
    for count in (1, given.seeds):
        without, with_hooks = best_of(
            given.rounds,
            lambda count=count: bare(specs[:count]),
            lambda count=count: captured(specs[:count]),
            clock=time.process_time,
        )
        ratio = with_hooks / without
        print(f"{count:2} at once: {without:.2f} s bare, {with_hooks:.2f} s captured: {ratio:.3f} times")
    together, alone = best_of(
        given.rounds,
        lambda: captured(specs),
        lambda: [captured([spec]) for spec in specs],
        clock=time.perf_counter,
    )
    ratio = alone / together
    print(f"{given.seeds} seeds: {together:.2f} s in one batch, {alone:.2f} s one by one: {ratio:.2f} times")


if __name__ == "__main__":
    main()
