"""Pictures to choose from on a chapter's page: by words, by seed, by when something was changed.

Not for the page itself (`site.sheets`). A chapter declares them, from its captures or its albums:

    def sheets(self) -> Sheets:
        return (
            Sheet("seeds", "Other seeds", "One sentence, eight pieces of static.", "What stays the same?",
                  ("Seed",), {str(run.spec.seed): run for run in self.captures["seeds"]}),
        )
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from course.errors import CourseError

if TYPE_CHECKING:
    from course.precompute import Capture, CaptureSpec

Shown: TypeAlias = "Capture | NDArray[np.uint8]"
"""What a choice shows: how a captured run ends, or a picture (H, W, 3)."""


@dataclass(frozen=True)
class Live:
    """What the model itself paints in a reader's browser, between a sheet's pictures: walks like `spec`.

    With `corners`, mixtures of four sentences: both axes are labelled "0%" to "100%", the first two sentences
    along the upper edge. Else the words are exchanged on the way for those of `later`, before the step that
    labels the last axis, or "never": one sentence for each label of the axis before it, or one alone.
    """

    spec: "CaptureSpec"
    corners: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    def place(self, label: str) -> float:
        """Where a label of a dial stands: a share from 0 to 1, or a step. Raises ValueError if nowhere."""
        if self.corners:
            return float(label.removesuffix("%")) / 100
        return self.spec.steps if label == "never" else int(label)


@dataclass(frozen=True)
class Sheet:
    """A sheet of pictures. `about` says what they are, `ask` what to write down before choosing one.

    `axes` names what is chosen, one thing or two; `pictures` has the picture of every choice, by its label or
    by two of them. `name` stands in the page's address; `live` is for readers who have loaded the model.
    Raises CourseError where a choice has no picture, or no place on a dial.
    """

    name: str
    title: str
    about: str
    ask: str
    axes: tuple[str, ...]
    pictures: Mapping[Any, Shown]
    live: Live | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]+", self.name) or self.name == "step":
            raise CourseError(f"A sheet is named {self.name!r}. Give it a name of small letters, not “step”.")
        if not self.pictures:
            raise CourseError(f"The sheet {self.name} has no picture. Give it some.")
        labels = [(one,) if isinstance(one, str) else one for one in self.pictures]
        object.__setattr__(self, "pictures", dict(zip(labels, self.pictures.values(), strict=True)))
        if any(len(one) != len(self.axes) for one in labels):
            raise CourseError(
                f"The sheet {self.name} chooses by {len(self.axes)}. Label each of its pictures by as many."
            )
        if missing := [one for one in product(*self.choices) if one not in self.pictures]:
            raise CourseError(f"The sheet {self.name} has no picture of {', '.join(missing[0])}.")
        try:
            self.places  # noqa: B018
        except ValueError as error:
            raise CourseError(
                f"The sheet {self.name} is live, but a label stands nowhere: {error}. See docs/site.md."
            ) from error

    @property
    def choices(self) -> list[list[str]]:
        """For each axis what there is to choose, in order."""
        return [list(dict.fromkeys(one[k] for one in self.pictures)) for k in range(len(self.axes))]

    @property
    def places(self) -> list[list[float] | None]:
        """For each axis where its labels stand on its dial; None where it is no dial. Raises ValueError."""
        if self.live is None:
            return [None] * len(self.axes)
        plain = 0 if self.live.corners else len(self.axes) - 1
        dials = [[self.live.place(label) for label in labels] for labels in self.choices[plain:]]
        return [*[None] * plain, *dials]


Sheets: TypeAlias = Sequence[Sheet]
"""What a chapter's `sheets` gives, in the order of the page."""
