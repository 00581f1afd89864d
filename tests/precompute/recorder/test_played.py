"""Chapter 2 is told to its end by models that it was not written for, and what it says is true of them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from course.chapters import resolve
from course.stage.checked import verify_chapter
from course.stage.claims import refuted
from tests.precompute.recorder.families import FAMILIES, Family
from tests.scenes.readings import readings
from tests.scenes.test_casts import told, untrue

Folders = Callable[[Family], Path]
pytestmark = pytest.mark.slow
OF = {str(family): family for family in FAMILIES}
STEPS = 6
CASES = {
    # What paints, another scheduler, whether states are pixels, whether each is guess and noise mixed anew
    "a transformer of pixels": ("PRXPixel", "", True, True),
    "a transformer of latents": ("StableDiffusion3", "", False, True),
    "steps that remember": ("StableDiffusion", "DPMSolverMultistepScheduler", False, False),
    "steps taken twice": ("StableDiffusion", "HeunDiscreteScheduler", False, False),
}


@pytest.mark.parametrize("case", CASES)
def test_chapter_two_is_told_by_a_model_from_elsewhere(
    case: str, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, scheduler, pixels, straight = CASES[case]
    folder = folders(OF[name])
    if scheduler:
        folder = Path(shutil.copytree(folder, tmp_path / "model"))
        path = folder / "model_index.json"
        index = json.loads(path.read_text()) | {"scheduler": ["diffusers", scheduler]}
        path.write_text(json.dumps(index))
    for field, value in {"MODEL": str(folder), "STEPS": str(STEPS), "PROMPT": "a small red bird"}.items():
        monkeypatch.setenv(f"COURSE_{field}", value)
    (path,) = resolve(["ch2"])
    one = told(path)
    chapter, walk = one.chapter, one.chapter.captures["walk"]
    assert refuted(chapter.claims()) == []
    assert list(untrue(one, readings()["ch2"])) == []
    verify_chapter(chapter)
    # What its own loop cannot do is left out, and said so; nothing is stated of it.
    assert sorted(chapter.absent) == ["bare", "early", "late", "rolled"]
    assert [line for line in one.lines if "left out" in line] == [
        "This model cannot go on from another walk, so a part of this chapter is left out here.",
        "This model cannot add noise on the way or take other steps, so a part of this chapter is left out "
        "here.",
    ]
    assert not chapter.claims().keys() & {"grainy", "wiped", "collapsed"}
    said = "\n".join(one.lines)
    assert ("paints no pixels" in said) == (not pixels)
    assert ("DDIM, the walk that you saw" in said) == straight
    assert ("the plainest walk" in said) == (not straight)
    # It is this model's walk that is seen.
    shown = set().union(*one.pictures)
    assert {walk.pictures[state].tobytes() for state in (0, -1)} <= shown
