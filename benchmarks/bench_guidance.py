"""Where guidance should begin: how often pairs are obeyed with the first steps left unguided.

    python benchmarks/bench_guidance.py --guidances 3,4,5 --unguided 0,1,2,4

Prints a Markdown table: of the pairs seen in training and of those kept out of it, the share whose two nouns
the judge names, and how much of the first guess as it is taken lies beyond what a screen can show. All rows
have the same prompts and seeds. Not for choosing what ships: `course evaluate`.
"""

import click
import numpy as np

from course.model.evaluate import FULL, pair_prompts, sampler, score
from course.precompute import CaptureSpec, capture_all
from course.precompute.systems import painter

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
    """Paint all that obedience is scored on, from every seed for each of both, and have the judge name it."""
    print("| guidance | first steps unguided | first guess beyond ±1 | pairs seen | pairs kept out |")
    print("|---|---|---|---|---|")
    for w in (float(part) for part in guidances.split(",")):
        for first in (int(part) for part in unguided.split(",")):
            scores = score(sampler(painter(MODEL), steps, first), w, FULL.prompts, range(seeds))
            out = beyond(1.0 if first else w)
            shares = " | ".join(
                f"{100 * share:.1f} %" for share in (out, scores["both_nouns"], scores["both_nouns_held_out"])
            )
            print(f"| {w:g} | {first} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
