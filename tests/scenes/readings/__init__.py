"""What a chapter says that depends on the cast, and how it is read against the captures.

A module for each chapter, named as people type it (`ch2`), holds its `READINGS`: what a sentence may say, as
a regular expression, and the function that tells whether that is true.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from course.cast import Cast
from course.stage import Chapter


@dataclass
class Told:
    """A chapter that was told: its lines, and for each of them the pictures on stage at the fullest moment.

    `tiles` are those of the largest mosaic, (H, W, 3) as bytes, in reading order; `pictures` all of them.
    """

    chapter: Chapter
    lines: list[str]
    tiles: list[list[bytes]]
    pictures: list[set[bytes]]

    @property
    def cast(self) -> Cast:
        return self.chapter.cast

    def states(self, name: str = "walk") -> list[bytes]:
        """The pictures of a walk, state by state."""
        return [picture.tobytes() for picture in self.chapter.captures[name].pictures]


Reading = Callable[[Told, int, re.Match[str]], bool]
"""Whether the line of that number, in which this was said, is true of what was shown."""


def readings() -> dict[str, Mapping[str, Reading]]:
    """Those of each chapter that has some, by the name that people type."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("ch*.py"))
    return {name: import_module(f"{__name__}.{name}").READINGS for name in names}
