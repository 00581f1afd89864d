"""Chapters 2 and 4 are told to their end by models they were not written for, and what they say is true."""

from collections.abc import Callable
from pathlib import Path

import pytest

from course.chapters import resolve
from course.stage.checked import verify_chapter
from course.stage.claims import refuted
from course.stage.lint.findings import lint
from tests.precompute.recorder.families import FAMILIES, Family, with_scheduler
from tests.scenes.readings import Told, readings
from tests.scenes.test_casts import silent, told, untrue

Folders = Callable[[Family], Path]
pytestmark = pytest.mark.slow
OF = {str(family): family for family in FAMILIES}
STEPS = 6
CASES = {
    # What paints, another scheduler, whether states are pixels, whether each is guess and noise mixed anew
    "a transformer of pixels": ("PRXPixel", "", True, True),
    "a transformer of latents": ("StableDiffusion3", "", False, True),
    "packed latents": ("Flux", "", False, True),
    "small pictures": ("ZImage", "", False, True),
    "a U-Net of latents": ("StableDiffusion", "", False, True),
    "steps that remember": ("StableDiffusion", "DPMSolverMultistepScheduler", False, False),
    "steps taken twice": ("StableDiffusion", "HeunDiscreteScheduler", False, False),
}
LATER = ("a U-Net of latents",)
"""Cases that chapter 2 has no words of its own for."""


def prepared(
    case: str, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, bool]:
    """Give the part to a model; whether its states are pixels, and its steps DDIM's."""
    name, scheduler, pixels, straight = CASES[case]
    folder = with_scheduler(folders(OF[name]), scheduler, tmp_path)
    cast = {"MODEL": folder, "STEPS": STEPS, "PROMPT": "a small red bird", "SIZE": OF[name].call["height"]}
    for field, value in cast.items():
        monkeypatch.setenv(f"COURSE_{field}", str(value))
    return pixels, straight


def left_out(one: Told) -> list[str]:
    """What the film cannot do, as it says it."""
    end = ", so a part of this chapter is left out here."
    return [line.removesuffix(end) for line in one.lines if line.endswith(end)]


def plays(chapter: str) -> Told:
    """A chapter, told: nothing that it says or claims is untrue."""
    (path,) = resolve([chapter])
    one, _ = told(path, silent)
    assert refuted(one.chapter.claims()) == []
    assert list(untrue(one, readings()[chapter])) == []
    verify_chapter(one.chapter)
    return one


@pytest.mark.parametrize("case", [case for case in CASES if case not in LATER])
def test_chapter_two_is_told_by_a_model_from_elsewhere(
    case: str, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, straight = prepared(case, folders, tmp_path, monkeypatch)
    one = plays("ch2")
    chapter, walk = one.chapter, one.chapter.captures["walk"]
    # What its own loop cannot do is left out, and said so; nothing is stated of it.
    gone = () if straight else ("bare", "early", "late", "rolled")
    cannot = (
        "This model cannot go on from another walk",
        "This model cannot add noise on the way or take other steps",
    )
    assert sorted(chapter.absent) == list(gone)
    assert left_out(one) == list(() if straight else cannot)
    assert {"grainy", "wiped", "collapsed"}.isdisjoint(chapter.claims()) == (not straight)
    said = "\n".join(one.lines)
    assert ("paints no pixels" in said) == (not pixels)
    assert ("DDIM, the walk that you saw" in said) == straight
    assert ("the plainest walk" in said) == (not straight)
    # It is this model's walk that is seen.
    shown = set().union(*one.pictures)
    assert {walk.pictures[state].tobytes() for state in (0, -1)} <= shown


@pytest.mark.parametrize("case", CASES)
def test_chapter_four_is_told_by_a_model_from_elsewhere(
    case: str, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, straight = prepared(case, folders, tmp_path, monkeypatch)
    one = plays("ch4")
    chapter, walk = one.chapter, one.chapter.captures["bare"][0]
    # What is not asked of it, or what its own loop cannot do, is left out, and said so.
    many = [
        f"This model is not asked for {much}" for much in ("512 pictures", "1,024 pictures", "1,200 steps")
    ]
    cannot = "This model cannot add noise on the way or go on from another walk"
    assert left_out(one) == [
        "This model does not give its text embedding",
        *many[:2],
        *([] if straight else [cannot]),
        many[2],
        *([] if straight else [cannot]),
    ]
    stated = {"close", "whose", "thirds"} | (set() if straight else {"settles", "chance"})
    assert stated.isdisjoint(chapter.claims())
    said = "\n".join(one.lines)
    assert ("levels from the mean" in said) == (straight and pixels)
    assert ("percent of the latents' static" in said) == (straight and not pixels)
    assert ("Our program steps by DDIM" in said) == straight
    assert ("The plainest one steps by DDIM" in said) == (not straight)
    # Some loops do not begin in static where they take few steps.
    begins = chapter.captures["strides"][1].alphas_cumprod[0] < 0.05
    assert ("One is the jump" in said) == begins
    assert ("this loop does not begin in static" in said) == (not begins)
    # It is this model that is seen: its walk, and where it ends once it is left.
    shown = set().union(*one.pictures)
    assert {walk.pictures[state].tobytes() for state in (0, -1)} <= shown
    if pixels or not straight:  # what is set in words of its own
        (path,) = resolve(["ch4"])
        assert [str(finding) for finding in lint(path)] == []
    if straight:
        ends = {run.pictures[-1].tobytes() for stop in chapter.captures["endings"].values() for run in stop}
        assert len(ends) == 32
        assert ends <= shown
