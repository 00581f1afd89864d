"""Whether walks end on training pictures: the nearest one of each ending, and of pictures that were held out.

Not for how near is too near (`course.maths.seeds`), nor for how a likeness is looked for (`model.evaluate`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.errors import UsageError
from course.grammar import BACKGROUNDS, parse
from course.model.data import HELD_OUT, TRAINING, album, draw, to_model
from course.precompute.gathering import Gathering, affordable, finished
from course.precompute.spec import CaptureSpec

COMPARED, FEW, AMONG = 16, 4, 5_000
"""Endings that are looked for in training; where nothing ships, how many, and among how many pictures."""


@dataclass(frozen=True)
class Copies(Gathering):
    """The endings of `count` walks, and for each the nearest of the first `among` training pictures, shifts,
    flips and small scalings allowed. UsageError where the prompt names nothing that can be drawn.

    Gathered are `far` (count,) float64, root mean square a number in model units; `number` (count,), which
    training picture it is, and `nearest` (count, H, W, 3) uint8, the picture; `held_out` (count,), how far
    as many new drawings of the same prompt are.
    """

    among: int = TRAINING

    def __post_init__(self) -> None:
        super().__post_init__()
        if not parse(self.spec.prompt)[0]:
            raise UsageError(f"{self.spec.prompt!r} names nothing that can be drawn.")
        if not 1 <= self.among <= TRAINING:
            raise UsageError(f"among is {self.among}, but there are 1 to {TRAINING} training pictures.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "copies", self.among]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Copies", "among": self.among}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        import torch

        last = finished(system, self.spec, [self.spec.seed + run for run in runs])
        ends = system.pictures(torch.from_numpy(last).float().to(system.pipe.device)).detach().cpu().numpy()
        return {"ends": np.concatenate([kept["ends"], ends]) if kept else ends}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        import torch

        from course.model.evaluate import nearest

        pixels, _ = album(0, self.among)
        training = torch.from_numpy(to_model(pixels))
        things, background = parse(self.spec.prompt)
        rng = np.random.default_rng(HELD_OUT)
        drawn = np.stack([draw(things[:2], background or BACKGROUNDS[0], rng) for _ in range(self.count)])
        far, number = nearest(torch.from_numpy(kept["ends"]), training)
        held_out, _ = nearest(torch.from_numpy(to_model(drawn)), training)
        return {"far": far, "number": number, "nearest": pixels[number], "held_out": held_out}


def likenesses(walk: CaptureSpec) -> Gathering:
    """Of a walk and of those of the seeds that follow: as many as few wait for."""
    return affordable(Copies(walk, COMPARED), Copies(walk, FEW, among=AMONG))
