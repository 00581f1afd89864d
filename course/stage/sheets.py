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
    from course.precompute import Capture

Shown: TypeAlias = "Capture | NDArray[np.uint8]"
"""What a choice shows: how a captured run ends, or a picture (H, W, 3)."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of pictures. `about` says what they are, `ask` what to write down before choosing one.

    `axes` names what is chosen, one thing or two; `pictures` has the picture of every choice, by its label or
    by two of them. `name` stands in the page's address. Raises CourseError where a choice has no picture.
    """

    name: str
    title: str
    about: str
    ask: str
    axes: tuple[str, ...]
    pictures: Mapping[Any, Shown]

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

    @property
    def choices(self) -> list[list[str]]:
        """For each axis what there is to choose, in order."""
        return [list(dict.fromkeys(one[k] for one in self.pictures)) for k in range(len(self.axes))]


Sheets: TypeAlias = Sequence[Sheet]
"""What a chapter's `sheets` gives, in the order of the page."""
