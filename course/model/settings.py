"""Every number of the training recipes, in one table.

Not for code: `networks` builds from these, `train` runs them.
"""

from dataclasses import dataclass

TOKENS = 16
WIDTH = 128
TIMESTEPS = 1200
"""Divides by every step count that the course shows (1, 2, 3, 5, 10, 15, 30, 100), so spacing is exact."""

SWAPS, TWICE = 16, 0.1
"""Refining CLIP: captions with one word exchanged to tell each from; pictures of a noun twice, as a share."""

GENERATORS = ("pixel", "latent")
"""Those that paint from words on their own: scored, and brought to the browser."""
UNGUIDED = 1
"""So many first steps are left unguided where that is measured beside guidance throughout."""
TEACHER, TAUGHT = "pixel", 3.0
CALLS = (1, 2, 4)
"""Whose student ships, the guidance folded into it (after `UNGUIDED` steps), and how many steps it may
walk in."""

CARD = ("scores.json", "grid.png", "grid_one_seed.png", "README.md")
"""What `course evaluate` writes beside the weights, and a training leaves where it is."""


@dataclass(frozen=True)
class Recipe:
    """How one model is trained; `minutes` on two cores, the learning rate falling over the last half."""

    batch: int
    learning_rate: float
    minutes: float
    weight_decay: float = 0.01
    warmup: int = 100
    ema: float = 0.999
    seed: int = 0
    caption_dropout: float = 0.1
    pair_weight: float = 1.0
    """How often captions of two things are drawn beside all others; of a thing's colour, `colour_weight`."""
    colour_weight: float = 1.0
    muon: bool = False
    """Whether Muon turns the matrices inside the blocks; AdamW does otherwise."""


RECIPES = {
    "clip": Recipe(batch=256, learning_rate=1e-3, minutes=7, ema=0.99, weight_decay=0.05),
    "pixel": Recipe(batch=32, learning_rate=1e-3, minutes=110, pair_weight=2, colour_weight=2),
    "vae": Recipe(batch=16, learning_rate=1e-3, minutes=30, ema=0.998),
    "latent": Recipe(batch=32, learning_rate=1e-3, minutes=60, pair_weight=2),
    "student": Recipe(
        batch=32,
        learning_rate=4e-4,
        minutes=60,
        warmup=10,
        ema=0.99,
        caption_dropout=0,
        pair_weight=3,
        colour_weight=2,
    ),
    "judge": Recipe(batch=128, learning_rate=2e-3, minutes=6, ema=0.99),
}
