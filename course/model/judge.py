"""The independent judge: says what is in a picture, trained on renderings that nothing else sees.

It never takes part in training a generator. Not for the scores themselves: see `evaluate`.
"""

from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from course.errors import CourseError
from course.grammar import BACKGROUNDS, COLOURS, NOUNS
from course.model.data import HELD_OUT, sample, to_model
from course.model.loading import load_state
from course.model.tasks import album_size, half
from course.paths import ASSETS, shown
from course.progress import progress

FOLDER = ASSETS / "models" / "judge"
FIRST = HELD_OUT + 1_000_000
"""The judge's own renderings: other numbers than anyone trains or is measured on."""
TRAINED, TESTED = 30_000, 2_000


class Judge(nn.Module):
    """(N, 3, 32, 32) in model units to logits: nouns (N, 24), several may hold; background, colour (N, 5)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 48, 96, 160)
        blocks: list[nn.Module] = []
        for before, after in pairwise(widths):
            blocks += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.SiLU()]
            blocks += [nn.Conv2d(after, after, 3, padding=1), nn.BatchNorm2d(after), nn.SiLU()]
            blocks += [nn.MaxPool2d(2)]
        self.features = nn.Sequential(*blocks)
        self.heads = nn.ModuleDict(
            {
                "nouns": nn.Linear(2 * widths[-1], len(NOUNS)),
                "background": nn.Linear(2 * widths[-1], len(BACKGROUNDS)),
                "colour": nn.Linear(2 * widths[-1], len(COLOURS)),
            }
        )

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        """The logits by name."""
        features = self.features(pictures)
        pooled = torch.cat([features.amax((2, 3)), features.mean((2, 3))], 1)
        return {name: head(pooled) for name, head in self.heads.items()}


def examples(start: int, count: int) -> dict[str, torch.Tensor]:
    """Renderings with what is truly in them; `colour` is −1 where there are two things or natural colours."""
    numbers = progress(range(start, start + count), desc="drawing for the judge", unit="picture")
    samples = [sample(k) for k in numbers]
    nouns = torch.zeros(count, len(NOUNS))
    for k, one in enumerate(samples):
        for thing in one.things:
            nouns[k, NOUNS.index(thing.noun)] = 1
    colours = [
        COLOURS.index(s.things[0].colour) if len(s.things) == 1 and s.things[0].colour else -1
        for s in samples
    ]
    return {
        "pictures": torch.from_numpy(to_model(np.stack([s.pixels for s in samples]))),
        "nouns": nouns,
        "background": torch.tensor([BACKGROUNDS.index(s.background) for s in samples]),
        "colour": torch.tensor(colours),
    }


class JudgeTask:
    """Supervised training of the judge."""

    def __init__(self) -> None:
        self.module: nn.Module = Judge()

    @cached_property
    def data(self) -> dict[str, torch.Tensor]:
        """What is trained on."""
        return examples(FIRST, min(TRAINED, album_size()))

    @cached_property
    def test(self) -> dict[str, torch.Tensor]:
        """What the accuracy is taken on."""
        return examples(FIRST + TRAINED, min(TESTED, album_size()))

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """The three heads' losses, with a little noise so that tiny imperfections do not decide."""
        picked = torch.randint(len(self.data["pictures"]), (batch,), generator=generator)
        pictures = self.data["pictures"][picked]
        strength = 0.25 * torch.rand(batch, 1, 1, 1, generator=generator)
        pictures = pictures + strength * torch.randn(pictures.shape, generator=generator)
        device = next(module.parameters()).device
        logits = module(pictures.to(device))
        loss = 8 * binary_cross_entropy_with_logits(logits["nouns"], self.data["nouns"][picked].to(device))
        loss = loss + cross_entropy(logits["background"], self.data["background"][picked].to(device))
        colour = self.data["colour"][picked].to(device)
        total = cross_entropy(logits["colour"], colour, ignore_index=-1, reduction="sum")
        return loss + total / (colour >= 0).sum().clamp(min=1)

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """The judge's accuracy on true renderings it has not seen: what a perfect generator would score."""
        verdict = verdicts(module, self.test["pictures"])
        single = self.test["nouns"].sum(1) == 1
        coloured = self.test["colour"] >= 0
        both = self.test["nouns"].gather(1, verdict["two"]).all(1)
        right = self.test["nouns"][torch.arange(len(single)), verdict["noun"]] == 1
        return {
            "noun": round(float(right[single].float().mean()), 4),
            "both_nouns": round(float(both[~single].float().mean()), 4),
            "background": round(float((verdict["background"] == self.test["background"]).float().mean()), 4),
            "colour": round(float((verdict["colour"] == self.test["colour"])[coloured].float().mean()), 4),
        }

    def show(self, module: nn.Module, path: Path) -> None:
        """Nothing to see: a judge draws no pictures."""

    def save(self, module: nn.Module, folder: Path) -> None:
        """One safetensors file."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(half(module).state_dict(), folder / "model.safetensors")


def verdicts(judge: nn.Module, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
    """What it sees in (N, 3, 32, 32): `noun`, `background`, `colour` (N,), the `two` likeliest nouns (N,
    2)."""
    device = next(judge.parameters()).device
    with torch.no_grad():
        parts = [judge(some.to(device)) for some in pictures.split(256)]
    logits = {name: torch.cat([part[name] for part in parts]).cpu() for name in parts[0]}
    return {
        "noun": logits["nouns"].argmax(1),
        "two": logits["nouns"].topk(2, 1).indices,
        "nouns": logits["nouns"].sigmoid(),
        "background": logits["background"].argmax(1),
        "colour": logits["colour"].argmax(1),
    }


@lru_cache(maxsize=1)
def load_judge() -> Judge:
    """The shipped judge, float32. Raises CourseError where it has not been trained."""
    path = FOLDER / "model.safetensors"
    if not path.exists():
        raise CourseError(f"{shown(FOLDER)} holds no weights. Train it first: course train --model judge")
    judge = Judge()
    load_state(judge, path)
    return judge.eval()
