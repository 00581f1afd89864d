"""Numbers on stage: how a value is written, and a number that follows trackers.

Not for axes (`plots`) and not for tables (`tables`).
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from manim import Text, ValueTracker, VectorizedPoint, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.driven import drive
from course.stage.theme import INK, SENTENCE, text

MINUS = "−"


def finite(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """The values as float64; CourseError naming `what` and the first place where they are not finite."""
    numbers = np.asarray(values, dtype=np.float64)
    bad = np.argwhere(~np.isfinite(numbers))
    if numbers.size == 0:
        raise CourseError(f"{what} has no values: there is nothing to draw.")
    if len(bad):
        place = ", ".join(str(int(i)) for i in bad[0])
        raise CourseError(
            f"{what} has {len(bad)} of {numbers.size} values that are not finite, the first at [{place}] "
            f"({numbers[tuple(bad[0])]}): find out where they come from before drawing them."
        )
    return numbers


def written(value: float, decimals: int = 2) -> str:
    """A number with a real minus sign and no negative zero."""
    string = f"{value:.{decimals}f}"
    if float(string) == 0:
        string = string.lstrip("-")
    return string.replace("-", MINUS)


def on_baseline(words: Text) -> Text:
    """Shift a line of words so that the line that its letters stand on is at height 0."""
    letter = words.original_text.strip()[0]
    pair = text(f"1{letter}", size=words.font_size)
    return words.shift([0, pair[1].get_bottom()[1] - pair[0].get_bottom()[1] - words[0].get_bottom()[1], 0])


@cache
def _sign(sign: str, size: float, color: str) -> VMobject:
    """One sign of a number, standing where its baseline is at height 0 and its middle at 0."""
    pair = text(f"1{sign}", size=size, color=color)  # the 1 stands on the baseline and shows where it is
    glyph = pair[1].shift([0, -pair[0].get_bottom()[1], 0])
    return glyph.set_x(0)


class LiveNumber(VGroup):
    """`value(*trackers' values)` with fixed decimals, starting at the same left edge whatever it is.

    Digits have equal widths, so that a running number does not tremble. `suffix` is one more sign ("%").
    A copy does not follow. Raises `CourseError` when the value is not finite.
    """

    def __init__(
        self,
        value: Callable[..., float],
        *trackers: ValueTracker,
        decimals: int = 2,
        suffix: str = "",
        size: float = SENTENCE,
        color: str = INK,
    ) -> None:
        super().__init__()
        anchor = VectorizedPoint()
        shown: list[str] = []

        def rewrite(group: VGroup) -> None:
            now = finite(value(*(tracker.get_value() for tracker in trackers)), "A running number")
            string = written(float(now), decimals) + suffix
            if [string] != shown:
                shown[:] = [string]
                group.submobjects = [anchor, *_line(string, size, color, anchor.get_center())]

        drive(self, rewrite)


def _line(string: str, size: float, color: str, start: NDArray[np.float64]) -> list[VMobject]:
    unit = size / SENTENCE
    glyphs, x = [], 0.0
    for sign in string:
        width = unit * (0.17 if sign == "." else 0.5 if sign == "%" else 0.34)
        glyphs.append(_sign(sign, size, color).copy().shift(start).shift([x + width / 2, 0, 0]))
        x += width
    return glyphs
