"""Where guidance should begin: how often pairs are obeyed with the first steps left unguided.

    python benchmarks/bench_guidance.py --model pixel --guidances 3,4,5 --unguided 0,1,2,4

Prints a Markdown table: of the pairs seen in training and of those kept out of it, the share whose two nouns
the judge names. All rows have the same prompts and seeds. Not for choosing what ships: `course evaluate`.
"""

import click
import torch

from course.model.evaluate import pair_prompts, sampler
from course.model.grammar import NOUNS
from course.model.judge import load_judge, verdicts


@click.command()
@click.option("--model", type=click.Choice(["pixel", "latent"]), default="pixel", show_default=True)
@click.option("--guidances", default="3,4,5", show_default=True, help="Guidance scales, with commas.")
@click.option("--unguided", default="0,1,2,4", show_default=True, help="How many first steps are unguided.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Pictures a prompt.")
@click.option("--steps", type=click.IntRange(1), default=30, show_default=True)
def main(model: str, guidances: str, unguided: str, seeds: int, steps: int) -> None:
    """Paint 48 pairs from every seed for each of both, and have the judge name them."""
    judge = load_judge()
    asked = [pair for held_out in (False, True) for pair in pair_prompts(held_out) for _ in range(seeds)]
    wanted = torch.tensor([sorted((NOUNS.index(a), NOUNS.index(b))) for _, a, b in asked])
    prompts, starts = [prompt for prompt, _, _ in asked], [k % seeds for k in range(len(asked))]
    print("| guidance | first steps unguided | pairs seen | pairs kept out |\n|---|---|---|---|")
    for w in (float(part) for part in guidances.split(",")):
        for first in (int(part) for part in unguided.split(",")):
            painted = sampler(model, "cpu", steps, first)(prompts, starts, w)
            right = (verdicts(judge, painted)["two"].sort(1).values == wanted).all(1).float()
            seen, kept_out = right.reshape(2, -1).mean(1).tolist()
            print(f"| {w:g} | {first} | {100 * seen:.1f} % | {100 * kept_out:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
