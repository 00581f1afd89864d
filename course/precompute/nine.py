"""What each of the nine chapters leaves, in pictures of a cast's own walks, which other chapters take, too.

Not for what the chapters themselves show as their picture to remember.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course import grammar
from course.model.data import to_pixels
from course.precompute.pairs import Ours
from course.precompute.spec import CaptureSpec

ALONG = 0.1, 0.8
"""When words are changed: early and late."""
SEEN = 0.4
"""So much noise is left where something can be seen through it."""


def specs(walk: CaptureSpec, other: str) -> dict[str, Any]:
    """Besides a `walk` of the pixel model at guidance 1: changed to the `other` prompt on the way, from other
    seeds, halfway to another sentence and with "and", and in miniature.
    """
    ours = Ours.of(walk.prompt, other)
    first, bare = replace(walk, prompt=ours.first), replace(walk, prompt=grammar.bare(walk.prompt))
    steps = (min(max(1, round(part * walk.steps)), walk.steps - 1) for part in ALONG)
    return {
        "turned": [replace(walk, prompt=other, start=(walk.key, k)) for k in steps],
        "seeds": [replace(bare, seed=walk.seed + k) for k in (1, 2)],
        "between": [
            replace(first, mix=("mean", (ours.first, ours.second))),
            replace(first, prompt=ours.both),
        ],
        "latent": replace(walk, model="latent"),
    }


def stills(captures: Mapping[str, Any], miniature: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """(9) pictures (H, 2 H, 3), of captures by the names of `specs`, besides "walk" and the "student"'s.

    `miniature` (H, H, 3) is how the last state in miniature is drawn.
    """
    walk, jump = captures["walk"], captures["student"][2].pictures
    some = min(int(np.argmax(walk.noise_level < SEEN)), len(walk.noise) - 1)
    pairs = (
        (walk.pictures[-1], walk.pictures[0]),
        (walk.pictures[some], walk.guess_pictures[some]),
        (walk.pictures[some], to_pixels(walk.noise[some] / 3)),
        (walk.guess_pictures[0], walk.pictures[-1]),
        *([one.pictures[-1] for one in captures[name]] for name in ("turned", "seeds", "between")),
        (miniature, captures["latent"].pictures[-1]),
        (jump[0], jump[-1]),
    )
    return [np.concatenate(list(pair), axis=1) for pair in pairs]
