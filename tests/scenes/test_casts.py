"""What is said of a cast is true of that cast: sentences are read against the captures, for twelve casts.

Slow, for a cast has to be captured; what needs no model is read always. A chapter is read as soon as it has
an entry in `READINGS`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from manim import Scene, tempconfig

from course.cast import Cast, variable
from course.chapters import resolve
from course.stage import Chapter, Picture
from course.stage.claims import refuted
from course.stage.loading import load
from course.stage.words import spelled
from course.voice import Utterance, speak

RUNS = 8
"""So many runs are enough of a gathering: what is said must be true of them, too."""

CASTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "6 steps": {"steps": "6"},
    "12 steps": {"steps": "12"},
    "15 steps": {"steps": "15"},
    "60 steps": {"steps": "60"},
    "a pair": {"prompt": "a red car and a tree", "other": "a fish and a star"},
    "bare nouns": {"prompt": "fish", "other": "car"},
    "capitals": {"prompt": "A BUTTERFLY ON A BLUE BACKGROUND", "other": "A Snail"},
    "a shared noun": {"prompt": "a red fish", "other": "a fish on a green background"},
    "no guidance": {"guidance": "0"},
    "guidance 3": {"guidance": "3"},
    "guidance 7": {"guidance": "7"},
}


@dataclass
class Told:
    """A chapter that was told: its lines, and for each of them the pictures on stage at the fullest moment.

    `tiles` are those of the largest mosaic, (H, W, 3) as bytes, in reading order; `pictures` all of them.
    """

    chapter: Chapter
    lines: list[str]
    tiles: list[list[bytes]]
    pictures: list[set[bytes]]

    @property
    def cast(self) -> Cast:
        return self.chapter.cast

    def states(self, name: str = "walk") -> list[bytes]:
        """The pictures of a walk, state by state."""
        return [picture.tobytes() for picture in self.chapter.captures[name].pictures]


def told(path: Path) -> Told:
    """Tell a chapter without drawing it or speaking aloud."""
    with tempconfig({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        chapter = load(path)()
        gatherings = type(chapter).gatherings(chapter)
        smaller = {name: replace(one, count=min(one.count, RUNS)) for name, one in gatherings.items()}
        chapter.__dict__["gatherings"] = lambda: smaller
        one = Told(chapter, [], [], [])

        def say(text: str) -> Utterance:
            return speak(text, "silence")

        def look(scene: Scene, index: int) -> None:
            while len(one.lines) < len(chapter.cues):
                one.lines.append(chapter.cues[len(one.lines)].utterance.text)
                one.tiles.append([])
                one.pictures.append(set())
            if not one.lines:
                return
            shown = [
                part for root in scene.mobjects for part in root.get_family() if isinstance(part, Picture)
            ]
            small = [part for part in shown if part.height < 2]  # a mosaic's tiles, whoever holds them
            seen = [part.pixels[..., :3].tobytes() for part in small]
            if len(seen) >= len(one.tiles[-1]):
                one.tiles[-1] = seen
            one.pictures[-1] |= {part.pixels[..., :3].tobytes() for part in shown}

        chapter.__dict__["speak"] = say
        chapter.renderer.only, chapter.renderer.before = range(0), look
        chapter.render()
    return one


Reading = Callable[[Told, int, re.Match[str]], bool]


def shows_the_whole_walk(one: Told, line: int, said: re.Match[str]) -> bool:
    """Every state after a step is there; each once, unless it is said that there are more."""
    tiles = Counter(max(one.tiles[line : line + 2], key=lambda shown: len(list(shown))))
    more = "more than once" in said.string
    return set(one.states()[1:]) <= set(tiles) and (max(tiles.values()) > 1) == more


def shows_so_many_of_its_states(one: Told, line: int, said: re.Match[str]) -> bool:
    tiles = max(one.tiles[line : line + 2], key=lambda shown: len(list(shown)))
    of = set(one.states()[1:])
    return (
        said[1] == spelled(len(set(tiles) & of))
        and said[2] == spelled(one.cast.steps)
        and len(tiles) < len(of)
    )


def counts_the_steps(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == spelled(one.cast.steps)


def names_the_prompt(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == one.cast.prompt.lower()


def are_other_pictures(one: Told, line: int, said: re.Match[str]) -> bool:
    """No two of the walks end alike: a tenth of the range apart, on average, counts as another picture."""
    ends = [one.chapter.captures[name].pictures[-1].astype(float) for name in ("walk", "walk 1", "walk 2")]
    return all(np.abs(a - b).mean() > 2.55 for k, a in enumerate(ends) for b in ends[k + 1 :])


READINGS: Mapping[str, Mapping[str, Reading]] = {
    "ch2_denoise": {
        r"(?i)the whole walk|nothing was skipped": shows_the_whole_walk,
        r"([\w-]+) of its ([\w,-]+) states": shows_so_many_of_its_states,
        r"After ([\w,-]+) steps?, the noise is gone": counts_the_steps,
        r"together with a few words: (.*)\.": names_the_prompt,
        r"and other pictures\.": are_other_pictures,
    },
}
"""By chapter: what a sentence may say that depends on the cast, and how it is read against the captures."""


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
    one = told(path)
    assert list(untrue(one, READINGS[chapter])) == []
    assert refuted(one.chapter.claims()) == []
    read = [pattern for pattern in READINGS[chapter] if any(re.search(pattern, text) for text in one.lines)]
    assert len(read) >= len(READINGS[chapter]) - 1, "sentences that were read are not said any more"


@pytest.mark.parametrize("steps", [12, 30, 60])
def test_a_page_of_states_is_called_what_it_is(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MODEL": "forward:prompt", "STEPS": str(steps), "DEPTHS": "story"}.items():
        monkeypatch.setenv(f"COURSE_{name}", value)
    (path,) = resolve(["ch2"])
    one = told(path)
    (said,) = [text for text in one.lines if "walk at once" in text]
    assert ("Nothing was skipped" in said) == (steps <= 30)
    readings = READINGS["ch2_denoise"]
    assert list(untrue(one, readings)) == []
    # The harness notices what would be untrue.
    one.lines = [
        "Here is the whole walk at once. Nothing was skipped." if text == said else text for text in one.lines
    ]
    assert bool(list(untrue(one, readings))) == (steps != 30)
