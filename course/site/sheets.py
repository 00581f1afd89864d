"""A sheet of pictures as the page needs it: one small file of them; for each its name, and whose it is.

Not for declaring sheets (`stage.sheets`), nor for laying them out, which is the template's.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any
from urllib.parse import urlencode

import numpy as np
from PIL import Image

from course.cast import Cast
from course.model.settings import GENERATORS
from course.precompute import Capture, CaptureSpec
from course.stage.sheets import Sheet

MOST_STEPS = 100
"""So many steps at most a reader's browser is asked for."""


@dataclass(frozen=True)
class Cell:
    """One picture: its place in the file, its labels; of a plain walk also its prompt and seed.

    `walk` is the query by which the page where the model runs walks it again, "" where it cannot.
    """

    number: int
    labels: tuple[str, ...]
    prompt: str = ""
    seed: int = 0
    walk: str = ""


class Pictures:
    """A sheet with its file."""

    def __init__(self, sheet: Sheet, cast: Cast) -> None:
        self.sheet, self._cast = sheet, cast
        self._shown = {labels: sheet.pictures[labels] for labels in product(*sheet.choices)}
        ends = (one.pictures[-1] if isinstance(one, Capture) else one for one in self._shown.values())
        self._pictures = [np.asarray(one, np.uint8) for one in ends]
        self.side = self._pictures[0].shape[1]

    def __iter__(self) -> Iterator[Cell]:
        """The pictures, the last axis running fastest."""
        return (self._cell(number, labels) for number, labels in enumerate(self._shown))

    def _cell(self, number: int, labels: tuple[str, ...]) -> Cell:
        shown = self._shown[labels]
        if not isinstance(shown, Capture):
            return Cell(number, labels)
        spec, walk = shown.spec, walk_of(shown.spec)
        plain = is_plain(spec, self._cast)
        return Cell(number, labels, spec.prompt if plain else "", spec.seed if plain else 0, walk)

    @property
    def live(self) -> dict[str, Any] | None:
        """What the page needs so that the model paints between these pictures; None where it cannot."""
        live = self.sheet.live
        if live is None or not walk_of(live.spec):
            return None
        asked = {name: getattr(live.spec, name) for name in ("model", "steps", "guidance")}
        sentences = live.corners or (live.spec.prompt,)
        words = {"sentences": sentences, "later": live.later, "places": self.sheet.places}
        return asked | {"seed": str(live.spec.seed)} | words  # JavaScript's numbers end before seeds do

    @property
    def last(self) -> int:
        """The number of the last picture."""
        return len(self._pictures) - 1

    @cached_property
    def data(self) -> bytes:
        """A PNG of all pictures, one below the other."""
        return column(self._pictures)


def is_plain(spec: CaptureSpec, cast: Cast) -> bool:
    """Whether a run is what this cast gives with some prompt and seed, all else being as it is."""
    own = CaptureSpec.of(cast, prompt=spec.prompt, seed=spec.seed)
    return replace(spec, record=()) in (own, replace(own, guidance=1.0))


def walk_of(spec: CaptureSpec) -> str:
    """The query by which the page where the model runs walks as `spec` does; "" where it cannot."""
    asked = {name: getattr(spec, name) for name in ("prompt", "seed", "steps", "guidance", "model")}
    can = spec.model in GENERATORS and spec.steps <= MOST_STEPS
    return urlencode(asked) if can and replace(spec, record=()) == CaptureSpec(**asked) else ""


def column(pictures: list[np.ndarray]) -> bytes:
    """Pictures (H, W, 3) as one PNG, one below the other. Nothing is lost: noise takes its room."""
    file = io.BytesIO()
    Image.fromarray(np.concatenate(pictures)).save(file, "PNG", optimize=True)
    return file.getvalue()
