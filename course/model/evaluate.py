"""Score a generator's pictures with the independent judge, and what else can be measured on them.

Not for training anything, and not for the model card that the scores end in (`card`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import torch
from scipy.ndimage import binary_dilation, label
from scipy.optimize import linear_sum_assignment
from scipy.special import log_softmax, logsumexp
from sklearn.neighbors import NearestNeighbors

from course.grammar import BACKGROUNDS, COLOURS, NOUNS, Thing, caption, exchanged, held_out_pairs, parse
from course.model.data import album, draw, to_model, to_pixels
from course.model.embedding import embed, embed_pictures, sharpness
from course.model.judge import JudgeTask, load_judge, verdicts
from course.model.latent import VaeTask
from course.model.loading import load_clip
from course.model.settings import UNGUIDED
from course.model.tasks import album_size, caption_accuracy, roughened
from course.progress import progress

GUIDANCES = (1.0, 2.0, 3.0, 4.0, 5.0)
OBEDIENCE = ("noun", "both_nouns", "background", "colour")
"""What the best guidance is chosen by: the mean of these."""
BATCH = 32
SEARCH_SEED = 1000
"""The guidance is chosen on other seeds than it is then scored on."""
LOOKS, DRAWINGS = 16, 64
"""Where one of several pictures is chosen, so many roughened copies of a thing are read, and held to so many
true drawings."""
CONTRAST, SPECK = 0.35, 3
"""What differs more than this from the background (of a range of 2) is part of a thing; a thing of fewer
pixels is none."""
ONE_SEED = 7
"""That of the grid in which nothing is chosen."""

Sampler = Callable[[Sequence[str], Sequence[int], float], torch.Tensor]
Painter = Callable[[list[str], list[int], int, float, int], torch.Tensor]
"""From prompts, seeds, steps, guidance, and how many first steps are taken at guidance 1."""


@dataclass(frozen=True)
class Extent:
    """How much is painted: seeds a prompt, seeds to choose of, how many prompts of a kind (at most), pictures
    looked up as copies."""

    steps: int
    seeds: int
    choice: int
    search_seeds: int
    prompts: int
    diversity: int
    copies: int


FULL = Extent(steps=30, seeds=8, choice=16, search_seeds=3, prompts=24, diversity=8, copies=48)
QUICK = Extent(steps=10, seeds=1, choice=2, search_seeds=1, prompts=2, diversity=1, copies=2)


def sampler(paint: Painter, steps: int, unguided: int = 0) -> Sampler:
    """A function from prompts, seeds and guidance to (N, 3, 32, 32) finished pictures in model units.

    The first `unguided` steps are taken at guidance 1. No picture is painted twice.
    """
    painted: dict[tuple[str, int, float], torch.Tensor] = {}

    def pictures(prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        asked = [(prompt, seed, guidance) for prompt, seed in zip(prompts, seeds, strict=True)]
        new = [one for one in dict.fromkeys(asked) if one not in painted]
        starts = range(0, len(new), BATCH)
        for k in progress(starts, desc=f"painting at guidance {guidance:g}", unit="batch") if new else ():
            some = new[k : k + BATCH]
            words, numbers = [prompt for prompt, _, _ in some], [seed for _, seed, _ in some]
            painted.update(zip(some, paint(words, numbers, steps, guidance, unguided), strict=True))
        return torch.stack([painted[one] for one in asked])

    return pictures


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


def _some(items: list[Any], count: int) -> list[Any]:
    """At most `count` of them, evenly spread."""
    return items[:: max(1, len(items) // count)][:count]


def alone(picture: torch.Tensor) -> list[np.ndarray]:
    """(3, 32, 32) in model units: each thing in a picture of the same shape, by itself on the background.

    A thing is what hangs together and stands out from the middle value of the border.
    """
    pixels = picture.numpy()
    border = np.concatenate((pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]), 1)
    background = np.median(border, 1)[:, None, None]
    touching = np.ones((3, 3))
    parts, count = label(np.abs(pixels - background).max(0) > CONTRAST, touching)
    things = [parts == k + 1 for k in range(count)]
    return [np.where(binary_dilation(t), pixels, background) for t in things if t.sum() >= SPECK]


@cache
def _sought(prompt: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the own CLIP puts a prompt of one thing and all that differ in one word, and true drawings of it.

    (1 + K, 64) and (DRAWINGS, 64), each of length 1, the prompt first.
    """
    things, background = parse(prompt)
    rng = np.random.default_rng(0)
    drawn = np.stack([draw(things, background or BACKGROUNDS[0], rng) for _ in range(DRAWINGS)])
    return embed([prompt, *exchanged(prompt)]).pooled, embed_pictures(drawn)


def clearness(picture: torch.Tensor, prompt: str) -> float:
    """How well a picture (3, 32, 32) says the words of its prompt, as a logarithm; the own CLIP reads it.

    Each thing is read `alone`; -inf where there are not as many as the words say. Of every thing: how likely
    its words are among all that differ in one (asked as Radford et al. 2021, section 3.1, ask for a class),
    times how densely true drawings of them lie about it (a kernel of the width of CLIP's own softmax). Both
    on average over roughened copies, the same for all pictures: one look is often sure of a spoilt one.
    """
    things, background = parse(prompt)
    seen = alone(picture.clamp(-1, 1))
    if len(seen) != len(things):
        return -math.inf
    copies = torch.cat([_looks(one) for one in seen])
    points = embed_pictures(to_pixels(copies.numpy()))
    scale = sharpness()
    told = np.empty((len(seen), len(things)))
    for k, thing in enumerate(things):
        words, drawings = _sought(caption((thing,), background))
        likely = log_softmax(scale * points @ words.T, 1)[:, 0]
        dense = logsumexp(scale * (points @ drawings.T - 1), 1) - math.log(DRAWINGS)
        told[:, k] = (likely + dense).reshape(len(seen), -1).mean(1)
    return float(told[linear_sum_assignment(told, maximize=True)].sum())


def _looks(picture: np.ndarray) -> torch.Tensor:
    """(LOOKS, 3, 32, 32): a picture roughened so many times, in the same ways whichever picture it is."""
    copies = torch.from_numpy(picture).float().expand(LOOKS, -1, -1, -1)
    return roughened(copies, torch.Generator().manual_seed(0))


def clearest(pictures: torch.Tensor, prompts: Sequence[str]) -> torch.Tensor:
    """(P, 3, 32, 32): of each prompt's pictures, (P, S, 3, 32, 32), the one of the greatest `clearness`.

    Chosen as Ramesh et al. 2021 choose what they show; the judge has no say in it.
    """
    picked = []
    pairs = list(zip(pictures, prompts, strict=True))
    for some, prompt in progress(pairs, desc="choosing the clearest", unit="prompt"):
        picked.append(some[int(np.argmax([clearness(one, prompt) for one in some]))])
    return torch.stack(picked)


def _painted(paint: Sampler, prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
    """(P, S, 3, 32, 32): every prompt from every seed."""
    made = paint([p for p in prompts for _ in seeds], [s for _ in prompts for s in seeds], guidance)
    return made.unflatten(0, (len(prompts), len(seeds)))


def score(
    paint: Sampler, guidance: float, prompts: int, seeds: Sequence[int], choose: bool = False
) -> dict[str, float]:
    """The obedience measures: the share of pictures of which the judge says what the prompt said.

    Of all pictures, or where it is to `choose` of one a prompt, the `clearest`.
    """
    judge = load_judge()
    scores: dict[str, float] = {}

    def judged(asked: list[tuple[str, str, str]], **wanted: tuple[str, Sequence[Any]]) -> None:
        words = [prompt for prompt, _, _ in asked]
        pictures = _painted(paint, words, seeds, guidance)
        if choose:
            pictures = clearest(pictures, words)[:, None]
        verdict = verdicts(judge, pictures.flatten(0, 1))
        verdict["two"] = verdict["two"].sort(1).values
        for name, (seen, right) in wanted.items():
            each = torch.tensor(right).repeat_interleave(pictures.shape[1], 0)
            same = (verdict[seen] == each).reshape(len(each), -1).all(1).float()
            scores[name] = round(float(same.mean()), 4)

    single = _some(noun_prompts(), prompts)
    judged(
        single,
        noun=("noun", [NOUNS.index(noun) for _, noun, _ in single]),
        background=("background", [BACKGROUNDS.index(ground) for _, _, ground in single]),
    )
    coloured = _some(colour_prompts(), prompts)
    judged(
        coloured,
        coloured_noun=("noun", [NOUNS.index(noun) for _, noun, _ in coloured]),
        colour=("colour", [COLOURS.index(colour) for _, _, colour in coloured]),
    )
    for name, held_out in (("both_nouns", False), ("both_nouns_held_out", True)):
        pairs = pair_prompts(held_out, prompts)
        both = [sorted((NOUNS.index(a), NOUNS.index(b))) for _, a, b in pairs]
        judged(pairs, **{name: ("two", both)})
    return scores


def diversity(paint: Sampler, guidance: float, prompts: int) -> float:
    """Mean pairwise distance of 16 finished pictures over that of 16 random training pictures of the
    prompt."""
    ratios = []
    for k, (prompt, noun, ground) in enumerate(_some(noun_prompts(), prompts)):
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


def nearest(pictures: torch.Tensor, training: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The root-mean-square distance of each picture's best variant to the nearest of `training`, and which
    that is: (N,) both.

    `pictures` (N, 3, 32, 32), `training` (M, 3, 32, 32).
    """
    known = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(training.flatten(1).numpy())
    found, which = [], []
    for one in progress(pictures.split(1), desc="looking for copies", unit="picture"):
        distances, numbers = known.kneighbors(variants(one)[0].flatten(1).numpy())
        found.append(distances.min())
        which.append(numbers[distances.argmin(0), 0].item())
    return np.array(found) / math.sqrt(training[0].numel()), np.array(which)


def copying(paint: Sampler, guidance: float, count: int) -> dict[str, Any]:
    """Distances to the nearest training picture: generated ones against held-out ones of the same prompts."""
    training = torch.from_numpy(to_model(album(0, album_size())[0]))
    singles = noun_prompts()
    prompts = [singles[k % len(singles)] for k in range(count)]
    made = paint([p for p, _, _ in prompts], [200 + k for k in range(count)], guidance)
    rng = np.random.default_rng(0)
    real = np.stack([draw((Thing(noun),), ground, rng) for _, noun, ground in prompts])
    ours, theirs = (nearest(of, training)[0] for of in (made, torch.from_numpy(to_model(real))))
    quantiles = (0.1, 0.25, 0.5, 0.75, 0.9)
    return {
        "pictures": len(training),
        "median_ratio": round(float(np.median(ours) / np.median(theirs)), 3),
        "generated_quantiles": [round(float(q), 4) for q in np.quantile(ours, quantiles)],
        "held_out_quantiles": [round(float(q), 4) for q in np.quantile(theirs, quantiles)],
    }


def best_guidance(paint: Sampler, extent: Extent) -> tuple[float, dict[str, float]]:
    """The guidance of 1 to 5 whose pictures obey best, and the mean obedience of each, on a smaller set."""
    seeds = range(SEARCH_SEED, SEARCH_SEED + extent.search_seeds)
    found = {}
    for guidance in GUIDANCES:
        scores = score(paint, guidance, max(1, extent.prompts // 2), seeds)
        found[f"{guidance:g}"] = round(sum(scores[name] for name in OBEDIENCE) / len(OBEDIENCE), 4)
    return float(max(found, key=found.__getitem__)), found


def spot_check(paint: Sampler, guidance: float) -> dict[str, float]:
    """The judge on twelve pictures always the same: small enough to be repeated in a test."""
    chosen = noun_prompts()[::2]
    verdict = verdicts(load_judge(), paint([p for p, _, _ in chosen], [0] * len(chosen), guidance))
    nouns = [NOUNS[k] == noun for k, (_, noun, _) in zip(verdict["noun"], chosen, strict=True)]
    grounds = [
        BACKGROUNDS[k] == ground for k, (_, _, ground) in zip(verdict["background"], chosen, strict=True)
    ]
    return {"noun": round(float(np.mean(nouns)), 4), "background": round(float(np.mean(grounds)), 4)}


def measure(paint: Sampler, late: Sampler, model: str, extent: Extent) -> dict[str, Any]:
    """Everything that the model card reports, as JSON knows it.

    `late` paints as `paint` does, with the first `UNGUIDED` steps at guidance 1.
    """

    def measured(by: Sampler, guidance: float) -> dict[str, Any]:
        return {
            **score(by, guidance, extent.prompts, range(extent.seeds)),
            "diversity": diversity(by, guidance, extent.diversity),
            "copying": copying(by, guidance, extent.copies),
        }

    best, search = best_guidance(paint, extent)
    best_late, search_late = best_guidance(late, extent)
    scores = {
        "steps": extent.steps,
        "seeds": extent.seeds,
        "choice": extent.choice,
        "best_guidance": f"{best:g}",
        "search": search,
        "at": {f"{w:g}": measured(paint, w) for w in dict.fromkeys((1.0, best))},
        "late": {
            "unguided": UNGUIDED,
            "best_guidance": f"{best_late:g}",
            "search": search_late,
            **measured(late, best_late),
            "chosen": score(late, best_late, extent.prompts, range(extent.choice), choose=True),
        },
        "spot_check": spot_check(paint, best),
        "clip": round(caption_accuracy(load_clip(), min(1024, album_size())), 4),
        "judge": JudgeTask().held_out(load_judge()),
    }
    if model == "latent":
        scores["vae_psnr"] = VaeTask.shipped_psnr()
    return scores


def grid_pictures(paint: Sampler, guidance: float, seeds: Sequence[int]) -> tuple[np.ndarray, list[str]]:
    """What the card shows: every noun, then colours and pairs; (72, 32, 32, 3) uint8, and the prompts.

    Of the seeds' pictures each prompt has the `clearest`.
    """
    prompts = [p for asked in (noun_prompts(), colour_prompts(), pair_prompts(False)) for p, _, _ in asked]
    picked = clearest(_painted(paint, prompts, seeds, guidance), prompts)
    return to_pixels(picked.numpy()), prompts
