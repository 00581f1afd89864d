"""The table in docs/models.md says what each family gives, as measured here.

Written anew by `python -m tests.precompute.recorder.test_table`.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from course.paths import ROOT
from course.precompute.recorder import recording
from tests.precompute.recorder.conftest import Load
from tests.precompute.recorder.families import FAMILIES, PROMPT, Family, with_ftfy

PAGE = ROOT / "docs" / "models.md"
START, END = "<!-- measured -->", "<!-- end -->"
HEAD = ("pipeline", "states", "guided", "answers", "text among the keys", "the prompt is read")


def row(family: Family, pipe: Any) -> tuple[str, ...]:
    """What one run of a family shows."""
    calls: list[int] = []
    network: nn.Module = getattr(pipe, "transformer", None) or pipe.unet
    handle = network.register_forward_hook(lambda *_: calls.append(1))
    with recording(pipe) as run:
        pipe(**family.arguments())
    handle.remove()
    proof = run.steps[0].proof
    assert proof is not None
    assert run.guesses is not None
    kind = "pixels" if getattr(pipe, "vae", None) is None else "latents"
    passes = "in one call" if len(calls) == len(run.steps) else "in two calls"
    where = {"alone": "alone", "before": "before the picture's", "after": "after the picture's"}
    return (
        f"`{family.kind}`",
        f"{kind}{', packed' if run.states.ndim == 4 else ''}",
        str(proof),
        f"{passes}, the prompt's {('first', 'second')[proof.conditional]}",
        where[family.text[0]],
        "as it is" if run.words == PROMPT else "in a template",
    )


def table(load: Callable[[Family], Any]) -> str:
    """All families, as Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *(row(family, load(family)) for family in FAMILIES)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


@pytest.mark.long
def test_the_page_says_what_was_measured(load: Load) -> None:
    page = PAGE.read_text(encoding="utf-8")
    written = page.partition(START)[2].partition(END)[0].strip()
    assert written == table(load), "write it anew: python -m tests.precompute.recorder.test_table"


def main() -> None:
    with_ftfy(pytest.MonkeyPatch())
    with tempfile.TemporaryDirectory() as folder:
        measured = table(lambda family: family.load(family.save(Path(folder) / str(family))))
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(START)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{START}\n{measured}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
