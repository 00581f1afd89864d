"""What an equation claims and how to check it: both sides evaluated, compared, and reported for people.

Not for drawing: `equation.Equation` does that. Nothing here needs Manim, so every check runs in a plain test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from course.errors import CourseError
from course.maths.checking import Check, Sides

Z_LIMIT = 5.0
"""A statistical check fails from this |z| on: by chance once in two million."""

Evaluate = Callable[[], Sides]


@dataclass(frozen=True)
class Discrepancy:
    """What a check measured: `value` against the `limit` that it has to stay below."""

    value: float
    limit: float
    words: str

    def __str__(self) -> str:
        return f"{self.words} {_short(self.value)}"


def _short(value: float) -> str:
    """A measured number in a handful of signs: 0.83, 3 × 10⁻⁷."""
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


@dataclass(frozen=True)
class Checked:
    """An equation's source and how to check it, without drawing anything.

    `check` returns either a tuple (left, right) of numbers or arrays of one shape, compared by the largest
    absolute difference (`relative`: divided by the largest absolute value of the two sides) against
    `tolerance`; or a single number or array, taken as z-scores, of which the largest |z| must stay below 5.
    A `maths.checking.Check` brings both along.
    A line that claims nothing about numbers gives in `definition` the reason why it needs no check.
    """

    typst: str
    check: Evaluate | None = None
    definition: str = ""
    tolerance: float = 1e-6
    relative: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.check, Check):
            object.__setattr__(self, "relative", self.check.relative)
            if self.check.within is not None:
                object.__setattr__(self, "tolerance", self.check.within)
        if (self.check is None) == (not self.definition):
            raise CourseError(
                f"The equation “{self.typst}” needs either check=… (a function returning both sides) "
                "or definition=… (the reason why there is nothing to check), and not both."
            )

    def __deepcopy__(self, memo: dict[int, Any]) -> "Checked":
        # Manim copies mobjects deeply; a check may hold on to captures or to the chapter.
        return self

    def measure(self) -> Discrepancy | None:
        """Run the check: what it measured, whether good or bad; None for a definition."""
        return self._measure()[0]

    def verify(self) -> Discrepancy | None:
        """Run the check (None for a definition); CourseError with both sides and their gap if it fails."""
        found, sides = self._measure()
        if found is not None and not found.value <= found.limit:
            raise CourseError(
                f"The equation “{self.typst}” does not hold: {sides}; "
                f"{found.words} {found.value:.3g}, allowed {found.limit:.3g}."
            )
        return found

    def _measure(self) -> tuple[Discrepancy | None, str]:
        if self.check is None:
            return None, ""
        try:
            result = self.check()
        except CourseError:
            raise
        except Exception as error:
            raise CourseError(
                f"The check of “{self.typst}” raised {type(error).__name__}: {error}. Mend it."
            ) from error
        if not isinstance(result, tuple):
            z = np.abs(_numbers(result, self.typst))
            worst = float(z.max())
            return Discrepancy(worst, Z_LIMIT, "|z| ="), f"z = {_sketch(z)}"
        if len(result) != 2:
            raise CourseError(
                f"The check of “{self.typst}” must return (left, right), not {len(result)} values."
            )
        left, right = (_numbers(side, self.typst) for side in result)
        if left.shape != right.shape:
            raise CourseError(
                f"The two sides of “{self.typst}” have different shapes: {left.shape} and {right.shape}. "
                "Compare arrays of one shape."
            )
        # A NaN on either side must fail, which it does as long as it is compared with <=.
        with np.errstate(invalid="ignore"):
            gap = np.abs(left - right)
        value, words = float(gap.max()), "largest difference"
        if self.relative:
            scale = max(float(np.abs(left).max()), float(np.abs(right).max()))
            value, words = (value / scale if value else 0.0), "relative difference"
        worst_at = np.unravel_index(int(np.argmax(gap)), gap.shape)
        sides = f"left {_sketch(left)}, right {_sketch(right)}"
        if gap.ndim:
            place = ", ".join(str(int(i)) for i in worst_at)
            sides += f", farthest apart at [{place}]: {left[worst_at]:.6g} against {right[worst_at]:.6g}"
        return Discrepancy(value, self.tolerance, words), sides


def _numbers(side: Any, source: str) -> NDArray[np.float64]:
    numbers = np.asarray(side, dtype=np.float64)
    if numbers.size == 0:
        raise CourseError(f"The check of “{source}” returned an empty array: there is nothing to compare.")
    return numbers


def _sketch(numbers: NDArray[np.float64]) -> str:
    if numbers.size <= 4:
        return np.array2string(numbers, precision=6, separator=", ")
    first = ", ".join(f"{value:.4g}" for value in numbers.ravel()[:3])
    return f"[{first}, …] of shape {numbers.shape}"


class HasEquations(Protocol):
    """Whatever declares checked equations: a chapter."""

    def equations(self) -> Mapping[str, Checked]:
        """Name → checked equation."""


def verify_chapter(chapter: HasEquations) -> dict[str, Discrepancy | None]:
    """Run every check that `chapter.equations()` declares; all failures together in one CourseError."""
    found: dict[str, Discrepancy | None] = {}
    failures = []
    for name, equation in chapter.equations().items():
        try:
            found[name] = equation.verify()
        except CourseError as error:
            failures.append(f"{name}: {error}")
    if failures:
        raise CourseError("\n".join(failures))
    return found
