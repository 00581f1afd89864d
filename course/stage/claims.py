"""What a chapter states as a fact, the number behind it, and the bounds within which the sentence is true.

Not for equations, which are checked on both sides (`checked`); a claim is words with a measurement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from course.errors import CourseError


@dataclass(frozen=True)
class Claim:
    """A sentence, what was `measured` for it (in `unit`), and `how`.

    The sentence is true while `low` ≤ `measured` ≤ `high`. Raises CourseError for bounds that no number
    can break.
    """

    says: str
    measured: float
    how: str
    low: float = float("-inf")
    high: float = float("inf")
    unit: str = ""

    def __post_init__(self) -> None:
        if self.low == float("-inf") and self.high == float("inf"):
            raise CourseError(f"Nothing could refute “{self.says}”. Give its claim a low or a high.")

    @property
    def holds(self) -> bool:
        """Whether the measured number makes the sentence true; false for a NaN."""
        return self.low <= self.measured <= self.high

    @property
    def bounds(self) -> str:
        """The bounds for people, for example “at least 0.9 dB”."""
        unit = f" {self.unit}" if self.unit else ""
        if self.low == self.high:
            return f"exactly {number(self.low)}{unit}"
        if self.low == float("-inf"):
            return f"at most {number(self.high)}{unit}"
        if self.high == float("inf"):
            return f"at least {number(self.low)}{unit}"
        return f"{number(self.low)} to {number(self.high)}{unit}"


def number(value: float) -> str:
    """A measured number in about four significant figures, thousands apart: 0.7072, 3,072."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value % 1 == 0 else f"{value:.4g}"


def refuted(claims: Mapping[str, Claim]) -> list[str]:
    """One line for each claim that does not hold."""
    return [
        f"{name}: “{claim.says}” needs {claim.bounds}, measured {number(claim.measured)}"
        for name, claim in claims.items()
        if not claim.holds
    ]


HEAD = """# What the course states as a fact

Written by `course claims --write` from the captured runs of the default cast (`course.toml`), not by hand.
With another cast, words and numbers are others: `course claims --prompt …`. In model units, black is −1 and
white is 1.
"""


def markdown(title: str, claims: Iterable[Claim]) -> str:
    """One chapter's claims as a Markdown section with a table."""
    rows = ["| What the chapter says | Measured | True while | How it was measured |", "|---|---|---|---|"]
    for claim in claims:
        measured = f"{number(claim.measured)}{' ' + claim.unit if claim.unit else ''}"
        cells = (claim.says, measured, claim.bounds, claim.how)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return f"## {title}\n\n" + "\n".join(rows) + "\n"
