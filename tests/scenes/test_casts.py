"""What is said of a cast is true of that cast, and fits: its sentences are read against its captures.

Slow, for each of twelve casts has to be captured; what needs no model is read always. A chapter is read as
soon as it has a module in `tests.scenes.readings`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from course.cast import variable
from course.chapters import resolve
from course.precompute import Gathering
from course.precompute.gathering import at_hand
from course.stage import Chapter, Picture
from course.stage.claims import refuted
from course.stage.lint.findings import Finding, watched
from course.voice import speak
from tests.scenes.readings import Reading, Told, readings

RUNS = 8
"""So many runs are enough of a gathering: what is said must be true of them, too."""

READINGS = readings()

CASTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "6 steps": {"steps": "6"},
    "12 steps": {"steps": "12"},
    "15 steps": {"steps": "15"},
    "60 steps": {"prompt": "a tree and a rocket", "other": "a snail", "steps": "60"},
    "a pair": {"prompt": "a red car and a tree", "other": "a fish and a star"},
    "bare nouns": {"prompt": "fish", "other": "car"},
    "capitals": {"prompt": "A BUTTERFLY ON A BLUE BACKGROUND", "other": "A Snail"},
    "a shared noun": {"prompt": "a red fish", "other": "a fish on a green background"},
    "no guidance": {"guidance": "0"},
    "guidance 3": {"guidance": "3"},
    "guidance 7": {"guidance": "7"},
}


def smaller(chapter: Chapter) -> None:
    """Cut the chapter's large gatherings down."""
    # Of albums and tables each picture and each sentence has a part of its own.
    gatherings = {
        name: one if type(one) is not Gathering or at_hand(one) else replace(one, count=min(one.count, RUNS))
        for name, one in type(chapter).gatherings(chapter).items()
    }
    chapter.__dict__["gatherings"] = lambda: gatherings


def told(path: Path, prepare: Callable[[Chapter], None]) -> tuple[Told, list[Finding]]:
    """Tell a chapter without drawing it, prepared first; and what the lint finds in it."""
    lines: list[str] = []
    tiles: list[list[bytes]] = []
    pictures: list[set[bytes]] = []

    def look(scene: Any, index: int) -> None:
        while len(lines) < len(scene.cues):
            lines.append(scene.cues[len(lines)].utterance.text)
            tiles.append([])
            pictures.append(set())
        if not lines:
            return
        shown = [part for root in scene.mobjects for part in root.get_family() if isinstance(part, Picture)]
        small = [part for part in shown if part.height < 2]  # a mosaic's tiles, whoever holds them
        seen = [part.pixels[..., :3].tobytes() for part in small]
        if len(seen) >= len(tiles[-1]):
            tiles[-1] = seen
        pictures[-1] |= {part.pixels[..., :3].tobytes() for part in shown}

    chapter, found = watched(path, look, prepare)
    return Told(chapter, lines, tiles, pictures), found


def silent(chapter: Chapter) -> None:
    """Tell the chapter without speaking aloud."""
    smaller(chapter)
    chapter.__dict__["speak"] = lambda text: speak(text, "silence")


def untrue(one: Told, readings: Mapping[str, Reading]) -> Iterator[str]:
    """The sentences that are not true of what is shown."""
    for number, text in enumerate(one.lines):
        for pattern, holds in readings.items():
            if (said := re.search(pattern, text)) and not holds(one, number, said):
                yield f"“{text}” ({holds.__name__})"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASTS)
@pytest.mark.parametrize("chapter", READINGS)
def test_what_is_said_is_true_of_every_cast(chapter: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for field, value in CASTS[name].items():
        monkeypatch.setenv(variable(field), value)
    (path,) = resolve([chapter])
    one, found = told(path, smaller)
    assert list(untrue(one, READINGS[chapter])) == []
    assert refuted(one.chapter.claims()) == []
    read = [pattern for pattern in READINGS[chapter] if any(re.search(pattern, text) for text in one.lines)]
    assert len(read) >= len(READINGS[chapter]) - 1, "sentences that were read are not said any more"
    # What a scene excepts is excepted for the course's own cast.
    assert [str(finding) for finding in found if finding.kind != "exception"] == []


@pytest.mark.parametrize("steps", [12, 30, 60])
def test_a_page_of_states_is_called_what_it_is(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MODEL": "forward:prompt", "STEPS": str(steps), "DEPTHS": "story"}.items():
        monkeypatch.setenv(f"COURSE_{name}", value)
    (path,) = resolve(["ch2"])
    one, _ = told(path, silent)
    (said,) = [text for text in one.lines if "walk at once" in text]
    assert ("Nothing was skipped" in said) == (steps <= 30)
    # A known film has one ending, whatever is asked for: only what is said of the page can be true of it.
    readings = {said: holds for said, holds in READINGS["ch2"].items() if holds.__name__.startswith("shows_")}
    assert len(readings) == 2
    assert list(untrue(one, readings)) == []
    # The harness notices what would be untrue.
    one.lines = [
        "Here is the whole walk at once. Nothing was skipped." if text == said else text for text in one.lines
    ]
    assert bool(list(untrue(one, readings))) == (steps > 30)
