"""A verdict is measured, said and certified from one object: a number, and the sentence for each range of it.

Not for facts that no sentence states (`claims.Claim`), nor for equations (`checked`).

    @verdict
    def close(self) -> Verdict:
        \"\"\"Whether the first guess is near the mean of its own prompt.\"\"\"
        return Verdict(
            100 * self.away["mean"],
            (30, "Its first guess comes close to that average."),      # up to 30, and 30 itself
            (math.inf, "This is its first guess at that average."),    # above
            how="from the first guess to the average, as a share of the average's size",
            unit="%",
        )

    with self.say(f"Now the model answers at once. {self.close}"):     # and claims() holds it by itself

Where a range has None for its sentence, nothing true can be said there: the film fails rather than lie.
"""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from course.errors import CourseError
from course.stage.claims import Claim, number
from course.stage.marks import marked
from course.stage.proofs import possible

Range = tuple[float, str | None]


class Verdict:
    """What was `measured` (in `unit`), `how`, and `ranges` that follow on each other, each with its sentence.

    A range is (its upper end, the sentence that is true up to there); the last one ends at infinity, so that
    no number is without an answer. Raises ValueError for ranges that leave a gap.
    """

    def __init__(self, measured: float, *ranges: Range, how: str = "", unit: str = "") -> None:
        if not how:
            raise ValueError("does not say how it was measured. Add how=“…”.")
        if not all(isinstance(one, tuple) and len(one) == 2 for one in ranges):
            raise ValueError("needs (up to, sentence) for each range, as in (30, “…”), (math.inf, “…”).")
        ends = [end for end, _ in ranges]
        if not ends or ends[-1] != math.inf:
            above = f"above {number(ends[-1])}" if ends else "at all"
            raise ValueError(
                f"says nothing {above}. End its ranges with (math.inf, “…”), or (math.inf, None)."
            )
        if ends != sorted(set(ends)):
            raise ValueError(f"has its ranges in disorder: {ends}. Let each end above the one before.")
        if len(ends) == 1:
            raise ValueError(
                "says the same whatever is measured. Give it a range where another sentence is true."
            )
        if len({len(marked(sentence)[1]) for _, sentence in ranges if sentence is not None}) > 1:
            raise ValueError("has sentences with different numbers of marks. Give each as many ⟨words⟩.")
        self.measured, self.ranges, self.how, self.unit = float(measured), ranges, how, unit
        self.forced: int | None = None
        self.name = ""

    @property
    def branch(self) -> int:
        """Which range the number lies in, from 0; or the one with a sentence that a test has `forced`."""
        if self.forced is not None:
            said = [k for k, (_, sentence) in enumerate(self.ranges) if sentence is not None]
            return said[min(self.forced, len(said) - 1)]
        if math.isnan(self.measured):
            raise CourseError(f"{self.name} was measured as no number (NaN). Look at: {self.how}.")
        return next(k for k, (end, _) in enumerate(self.ranges) if self.measured <= end)

    def __str__(self) -> str:
        """The sentence that is true here, with its marks. Raises CourseError where there is none."""
        sentence = self.ranges[self.branch][1]
        if sentence is None:
            raise CourseError(
                f"{self.name} measured {number(self.measured)}{self.unit and ' ' + self.unit} "
                f"({self.how}), where nothing true can be said. Write a sentence for that range."
            )
        return sentence

    @property
    def claim(self) -> Claim:
        """The sentence as a claim, with the ends of its range as bounds."""
        low = -math.inf if self.branch == 0 else self.ranges[self.branch - 1][0]
        return Claim(
            marked(str(self))[0], self.measured, self.how, low, self.ranges[self.branch][0], self.unit
        )


class verdict(cached_property[Verdict]):  # noqa: N801 — a decorator
    """Make a chapter's method that returns a `Verdict` one that is measured once and knows its name."""

    def __init__(self, function: Callable[[Any], Verdict]) -> None:
        super().__init__(lambda chapter: _verdict(function, chapter))
        self.__doc__ = function.__doc__
        self.needs: Mapping[str, tuple[str, ...]] = getattr(function, "needs", {})


def _verdict(function: Callable[[Any], Verdict], chapter: object) -> Verdict:
    code = function.__code__
    place = f"{function.__name__} ({code.co_filename.rpartition('/')[2]}:{code.co_firstlineno})"
    try:
        found = function(chapter)
    except ValueError as error:
        raise CourseError(f"The verdict {place} {error}") from error
    if not isinstance(found, Verdict):
        raise CourseError(f"The verdict {place} returns no Verdict. Write: return Verdict(…).")
    found.name = f"The verdict {place}"
    return found


def verdicts(chapter: object) -> Mapping[str, Verdict]:
    """Every verdict of a chapter, by name, in the order in which they are written; see `proofs.possible`."""
    return {name: getattr(chapter, name) for name in possible(chapter, verdict)}
