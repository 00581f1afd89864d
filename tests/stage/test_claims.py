"""A claim is refuted when its number leaves its bounds, and its table says so in words."""

import pytest

from course.errors import CourseError
from course.stage.claims import Claim, markdown, number, refuted


@pytest.mark.parametrize(("measured", "holds"), [(0.89, False), (0.9, True), (float("nan"), False)])
def test_a_claim_stands_or_falls_with_its_number(measured: float, holds: bool) -> None:
    claim = Claim("Nine tenths are there.", measured, "counted", low=0.9)
    assert claim.holds is holds
    assert bool(refuted({"share": claim})) is not holds


def test_a_claim_that_nothing_could_refute_is_refused() -> None:
    with pytest.raises(CourseError, match="low or a high"):
        Claim("It is nice.", 1.0, "looked at")


def test_the_table_shows_numbers_and_bounds_as_people_write_them() -> None:
    claims = [
        Claim("A.", 3072, "counted | twice", low=3072, high=3072),
        Claim("B.", 0.70711, "measured", low=0.4, high=1.1, unit="dB"),
        Claim("C.", 24349.6, "measured", high=30000),
    ]
    table = markdown("ch1: Title", claims)
    assert "| A. | 3,072 | exactly 3,072 | counted \\| twice |" in table
    assert "| B. | 0.7071 dB | 0.4 to 1.1 dB | measured |" in table
    assert "| C. | 24,350 | at most 30,000 | measured |" in table


def test_small_numbers_keep_their_figures() -> None:
    assert number(1.192e-07) == "1.192e-07"
    assert number(0.0) == "0"
