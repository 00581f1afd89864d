"""What was answered badly once is answered in a sentence; all kinds: `benchmarks/reliability_input.py`."""

from pathlib import Path

import pytest

from tests.bad_input.checkout import Checkout, faults
from tests.bad_input.kinds import KINDS

ONCE_BROKEN = (
    "a folder for course.toml",
    "a table that nobody reads",
    "a voice that is no table, spoken",
    "an unknown entry of the voice, spoken",
    "a port that is no number",
    "patience in words",
    "a script of takes that is a list",
    "a device of another kind",
    "weights into a file's inside",
    "capturing on an unknown device",
    "a scene file with a slip, linted",
    "a scene file with a slip, captured",
    "a chapter that divides by nothing, read aloud",
    "claims that divide by nothing",
    "a folder for a scene",
    "half a picture",
    "no sheet of drawings",
    "half the sheet of drawings",
    "plain manim into what is read only",
    "half a film",
    "a build whose files are a list",
)


@pytest.mark.long
def test_bad_input_is_answered_in_a_sentence_and_touches_nothing(tmp_path: Path) -> None:
    kinds = {kind.what: kind for kind in KINDS}
    assert len(kinds) == len(KINDS) >= 60
    checkout = Checkout(tmp_path)
    try:
        found = {what: faults(kinds[what], checkout)[0] for what in ONCE_BROKEN}
    finally:
        checkout.close()
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
