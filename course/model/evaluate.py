"""Score the shipped generators with the independent judge and write the model card, the grid picture and the numbers.

Not for training anything.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import torch

from course.model.data import album, draw, sample, to_model, to_pixels
from course.model.grammar import BACKGROUNDS, COLOURS, NOUNS, Thing, caption, held_out_pairs
from course.model.judge import load_judge, verdicts
from course.progress import progress

STEPS, SEEDS, BATCH = 30, 8, 32
Sampler = Callable[[Sequence[str], Sequence[int], float], torch.Tensor]


def sampler(model: str, device: str) -> Sampler:
    """A function from prompts, seeds and guidance to (N, 3, 32, 32) finished pictures in model units."""
    from course.precompute.recording import load_pipeline

    pipe = load_pipeline(model, device)

    def paint(prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        made = []
        for k in range(0, len(prompts), BATCH):
            out = pipe(list(prompts[k : k + BATCH]), seeds=list(seeds[k : k + BATCH]), num_inference_steps=STEPS, guidance_scale=guidance)
            made.append(out.states.float().cpu())
        return torch.cat(made)

    return paint


def background_for(k: int, colour: str | None = None) -> str:
    """A background for the k-th prompt, never the thing's own colour."""
    choices = [b for b in BACKGROUNDS if b != colour]
    return choices[k % len(choices)]


def noun_prompts() -> list[tuple[str, str, str]]:
    """(prompt, noun, background): each noun once."""
    return [(caption((Thing(n),), b), n, b) for k, n in enumerate(NOUNS) for b in (background_for(k),)]


def colour_prompts() -> list[tuple[str, str, str]]:
    """(prompt, noun, colour): each noun in one colour."""
    made = []
    for k, noun in enumerate(NOUNS):
        colour = COLOURS[k % len(COLOURS)]
        made.append((caption((Thing(noun, colour),), background_for(k, colour)), noun, colour))
    return made


def pair_prompts(held_out: bool, count: int = 24) -> list[tuple[str, str, str]]:
    """(prompt, noun, noun): pairs that training showed, or pairs that it never did."""
    pairs = [p for p in combinations(NOUNS, 2) if (frozenset(p) in held_out_pairs()) == held_out]
    step = max(1, len(pairs) // count)
    picked = pairs[::step][:count]
    return [(caption((Thing(a), Thing(b)), background_for(k)), a, b) for k, (a, b) in enumerate(picked)]


def score(paint: Sampler, guidance: float, seeds: int = SEEDS) -> dict[str, float]:
    """The obedience measures, each the share of pictures of which the judge says what the prompt said."""
    judge = load_judge()
    scores: dict[str, float] = {}

    def run(prompts: Sequence[str]) -> dict[str, torch.Tensor]:
        many = [p for p in prompts for _ in range(seeds)]
        return verdicts(judge, paint(many, [s for _ in prompts for s in range(seeds)], guidance))

    single = noun_prompts()
    seen = run([p for p, _, _ in single])
    wanted = torch.tensor([NOUNS.index(n) for _, n, _ in single]).repeat_interleave(seeds)
    ground = torch.tensor([BACKGROUNDS.index(b) for _, _, b in single]).repeat_interleave(seeds)
    scores["noun"] = float((seen["noun"] == wanted).float().mean())
    scores["background"] = float((seen["background"] == ground).float().mean())
    coloured = colour_prompts()
    seen = run([p for p, _, _ in coloured])
    colour = torch.tensor([COLOURS.index(c) for _, _, c in coloured]).repeat_interleave(seeds)
    scores["colour"] = float((seen["colour"] == colour).float().mean())
    for name, held_out in (("both_nouns", False), ("both_nouns_held_out", True)):
        pairs = pair_prompts(held_out)
        two = run([p for p, _, _ in pairs])["two"].sort(1).values
        want = torch.tensor([sorted((NOUNS.index(a), NOUNS.index(b))) for _, a, b in pairs]).repeat_interleave(seeds, 0)
        scores[name] = float((two == want).all(1).float().mean())
    return {k: round(v, 4) for k, v in scores.items()}


def diversity(paint: Sampler, guidance: float, prompts: int = 8) -> float:
    """Mean pairwise distance of 16 finished pictures over that of 16 random training pictures of the prompt."""
    ratios = []
    for k, (prompt, noun, ground) in enumerate(noun_prompts()[::3][:prompts]):
        made = paint([prompt] * 16, list(range(100, 116)), guidance).flatten(1)
        rng = np.random.default_rng(k)
        # "A X" without a size word is mostly, not always, of middling size; the training law says how often.
        sizes = rng.choice(np.array(["small", "", "big"]), 16, p=[0.094, 0.742, 0.164])
        drawn = np.stack([draw((Thing(noun, None, str(s) or None),), ground, rng) for s in sizes])
        real = torch.from_numpy(to_model(drawn)).flatten(1)
        ratios.append(float(torch.pdist(made).mean() / torch.pdist(real).mean()))
    return round(float(np.mean(ratios)), 3)


def variants(pictures: torch.Tensor) -> torch.Tensor:
    """(N, V, 3, 32, 32): each picture shifted by up to 2, flipped and scaled by 0.9, 1 and 1.1."""
    made = []
    for scale in (0.9, 1.0, 1.1):
        theta = torch.tensor([[1 / scale, 0, 0], [0, 1 / scale, 0]]).expand(len(pictures), 2, 3)
        grid = torch.nn.functional.affine_grid(theta, list(pictures.shape), align_corners=False)
        scaled = torch.nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        for flipped in (scaled, scaled.flip(-1)):
            padded = torch.nn.functional.pad(flipped, (2, 2, 2, 2), mode="replicate")
            made += [padded[..., y : y + 32, x : x + 32] for y in (0, 2, 4) for x in (0, 2, 4)]
    return torch.stack(made, 1)


def nearest(pictures: torch.Tensor, training: torch.Tensor) -> np.ndarray:
    """Root-mean-square distance of each picture's best variant to the nearest of `training` (M, 3, 32, 32); (N,)."""
    flat = training.flatten(1)
    norms = flat.square().sum(1)
    found = []
    for one in progress(range(len(pictures)), desc="looking for copies", unit="picture"):
        queries = variants(pictures[one : one + 1])[0].flatten(1)
        squared = queries.square().sum(1)[:, None] + norms[None] - 2 * queries @ flat.T
        found.append(float(squared.min().clamp(min=0).div(flat.shape[1]).sqrt()))
    return np.array(found)


def copying(paint: Sampler, guidance: float, count: int = 48) -> dict[str, Any]:
    """Distances to the nearest of the 50,000 training pictures: generated against held-out ones of the same prompts."""
    training = torch.from_numpy(to_model(album()[0]))
    singles = noun_prompts()
    prompts = [singles[k % len(singles)] for k in range(count)]
    made = paint([p for p, _, _ in prompts], [200 + k for k in range(count)], guidance)
    rng = np.random.default_rng(0)
    real = np.stack([draw((Thing(n),), b, rng) for _, n, b in prompts])
    ours, theirs = nearest(made, training), nearest(torch.from_numpy(to_model(real)), training)
    quantiles = (0.1, 0.25, 0.5, 0.75, 0.9)
    return {
        "median_ratio": round(float(np.median(ours) / np.median(theirs)), 3),
        "generated_quantiles": [round(float(q), 4) for q in np.quantile(ours, quantiles)],
        "held_out_quantiles": [round(float(q), 4) for q in np.quantile(theirs, quantiles)],
    }


def grid_pictures(paint: Sampler, guidance: float) -> tuple[np.ndarray, list[str]]:
    """What the card shows: every noun, then colours, sizes and pairs; (72, 32, 32, 3) uint8 and the prompts."""
    prompts = [p for p, _, _ in noun_prompts()] + [p for p, _, _ in colour_prompts()] + [p for p, _, _ in pair_prompts(False)]
    return to_pixels(paint(prompts, [7] * len(prompts), guidance).numpy()), prompts


__all__ = ["copying", "diversity", "grid_pictures", "noun_prompts", "sample", "sampler", "score"]
