"""Checks of equations: plain functions that return both sides, and own how far apart these may be.

Not for comparing the sides or telling people (`stage.checked`), and not for the formulas themselves.

    @check(within=1e-5)
    def mixture(states, guesses, noise, signal_level): ...       # → (left, right), or z-scores

    mixture.on(capture)                 # the fields of the parameters' names are handed in, as arrays
    best.on(endings=endings)            # or arrays by name
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import ArrayLike

from course.errors import CourseError

Sides = tuple[ArrayLike, ArrayLike] | ArrayLike
"""Left and right, arrays of one shape; or z-scores, for what holds on average."""


@dataclass(frozen=True, eq=False)
class Check:
    """A `function` of arrays that returns both sides of an equation; call it once all it needs is `given`.

    `within` is the largest absolute difference allowed, or if `relative` the largest by the larger side's
    largest value; None for a function that returns z-scores, which have one limit for all. An `identity`
    holds whatever it is given; any other check fails on damaged data, and a test damages it.
    """

    function: Callable[..., Sides]
    within: float | None = None
    relative: bool = False
    identity: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in the source: module and function."""
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    def on(self, source: object = None, /, **given: Any) -> "Check":
        """The same check on fields of `source` that are called as its parameters are, and on what is `given`.

        Raises CourseError naming what the function does not take.
        """
        names = inspect.signature(self.function).parameters
        if unknown := [name for name in given if name not in names]:
            raise CourseError(f"{self.name} takes {', '.join(names)}, but no {', '.join(unknown)}.")
        fields = {name: getattr(source, name) for name in names if hasattr(source, name)}
        within = self.within
        if within is not None and not self.identity and not self.relative:
            within += getattr(source, "rounding", 0.0)  # of a capture that is kept in few digits
        return replace(self, within=within, given={**self.given, **fields, **given})

    def __call__(self) -> Any:
        """Both sides, as `Sides` says. Raises CourseError naming what is still to be handed in."""
        names = inspect.signature(self.function).parameters
        missing = [n for n, one in names.items() if one.default is one.empty and self.given.get(n) is None]
        if missing:
            raise CourseError(f"{self.name} needs {', '.join(missing)}. Hand it in: {self.name}.on(…).")
        return self.function(**self.given)


def check(
    within: float | None = None, relative: bool = False, identity: bool = False
) -> Callable[[Callable[..., Sides]], Check]:
    """Make a function a `Check`."""
    return lambda function: Check(function, within, relative, identity)
