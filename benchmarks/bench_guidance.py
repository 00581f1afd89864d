"""Where guidance should begin: how often pairs are obeyed with the first steps left unguided.

    python benchmarks/bench_guidance.py --guidances 3,4,5 --unguided 0,1,2,4

Prints a Markdown table: of the pairs seen in training and of those kept out of it, the share whose two nouns
the judge names, and how much of the first guess as it is taken lies beyond what a screen can show. All rows
have the same prompts and seeds. Not for choosing what ships: `course evaluate`.
"""

import click
import numpy as np
import torch

from course.model.evaluate import pair_prompts, sampler
from course.model.grammar import NOUNS
from course.model.judge import load_judge, verdicts
from course.precompute import CaptureSpec, capture_all

MODEL = "pixel"
"""Its states are pictures, so that what lies beyond ±1 says something."""


def beyond(guidance: float) -> float:
    """The share of the numbers of the first guesses beyond ±1: one seed for each pair seen in training."""
    prompts = [prompt for prompt, _, _ in pair_prompts(False)]
    specs = [CaptureSpec(p, seed=k, steps=1, guidance=guidance, model=MODEL) for k, p in enumerate(prompts)]
    return float(np.mean([np.abs(c.guesses[0]) > 1 for c in capture_all(specs)]))


@click.command()
@click.option("--guidances", default="3,4,5", show_default=True, help="Guidance scales, with commas.")
@click.option("--unguided", default="0,1,2,4", show_default=True, help="How many first steps are unguided.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Pictures a prompt.")
@click.option("--steps", type=click.IntRange(1), default=30, show_default=True)
def main(guidances: str, unguided: str, seeds: int, steps: int) -> None:
    """Paint 48 pairs from every seed for each of both, and have the judge name them."""
    judge = load_judge()
    asked = [pair for held_out in (False, True) for pair in pair_prompts(held_out) for _ in range(seeds)]
    wanted = torch.tensor([sorted((NOUNS.index(a), NOUNS.index(b))) for _, a, b in asked])
    prompts, starts = [prompt for prompt, _, _ in asked], [k % seeds for k in range(len(asked))]
    print("| guidance | first steps unguided | first guess beyond ±1 | pairs seen | pairs kept out |")
    print("|---|---|---|---|---|")
    for w in (float(part) for part in guidances.split(",")):
        for first in (int(part) for part in unguided.split(",")):
            painted = sampler(MODEL, "cpu", steps, first)(prompts, starts, w)
            right = (verdicts(judge, painted)["two"].sort(1).values == wanted).all(1).float()
            seen, kept_out = right.reshape(2, -1).mean(1).tolist()
            out = beyond(1.0 if first else w)
            shares = " | ".join(f"{100 * share:.1f} %" for share in (out, seen, kept_out))
            print(f"| {w:g} | {first} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
