"""Every chapter as a person would run it: equations, the film under plain Manim, layout, another cast."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Text, tempconfig

from course.chapters import COURSE, chapters
from course.maths.checking import Check
from course.paths import ROOT
from course.site.mathml import mathml
from course.stage import Chapter
from course.stage.chapter import DEPTHS
from course.stage.checked import verify_chapter
from course.stage.claims import refuted
from course.stage.command import CLAIMS
from course.stage.lint.findings import Finding, watched
from course.stage.loading import load
from course.stage.marks import marked
from course.stage.verdicts import Verdict, verdicts
from course.voice import speak
from course.voice.timing import PACE, film_pace
from tests.damage import damaged, unnoticed
from tests.site.test_mathml import after, before

CHAPTERS = chapters()
FPS, SIZE = 5, (256, 144)
OTHER_CAST = {
    "COURSE_PROMPT": "a big fish on a green background",
    "COURSE_OTHER": "a small car on a yellow background",
    "COURSE_SEED": "11",
    "COURSE_STEPS": "6",
}
Film = Mapping[str, dict[str, None]]
"""All that is said, and all words that stand on stage, by depth."""

# With this scope a chapter's tests follow each other, so that they share what was made for it in one process.
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem, scope="module")
# What takes a minute a chapter is done with the shortest; -m slow does it with the others.
SHORTEST = min(CHAPTERS, key=lambda path: path.stat().st_size)
one_chapter = pytest.mark.parametrize(
    "path",
    [SHORTEST, *(pytest.param(path, marks=pytest.mark.slow) for path in CHAPTERS if path != SHORTEST)],
    ids=lambda path: path.stem,
    scope="module",
)


@lru_cache(maxsize=1)
def untold(path: Path) -> Chapter:
    """A chapter of the default cast, for what it declares."""
    return load(path)()


@lru_cache(maxsize=1)
def told(path: Path) -> tuple[Chapter, list[Finding], Film]:
    """The same once it has been played to its end, what the lint finds in it, and its words."""
    film, look = words()
    chapter, found = watched(path, look)
    return chapter, found, film


@each_chapter
def test_every_equation_holds_on_the_captured_run(path: Path) -> None:
    found = verify_chapter(untold(path))
    assert found
    assert any(discrepancy is not None for discrepancy in found.values())


@each_chapter
def test_every_claim_is_measured_as_the_table_says(path: Path) -> None:
    claims = untold(path).claims()
    assert claims
    assert refuted(claims) == []
    if path.stem not in COURSE:
        return
    written = rows(CLAIMS.read_text(), path.stem)
    assert list(written) == [claim.says for claim in claims.values()], "run `course claims --write`"
    for claim in claims.values():
        # Another processor rounds otherwise, and a walk of thirty steps carries that on.
        assert written[claim.says] == pytest.approx(claim.measured, rel=0.02, abs=1e-4), claim.says


def rows(table: str, chapter: str) -> dict[str, float]:
    """What docs/claims.md says of one chapter: sentence → measured number."""
    section = table.split(f"\n## {chapter}: ")[1].split("\n## ")[0]
    cells = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {cell[0].removeprefix("| "): float(cell[1].split()[0].replace(",", "")) for cell in cells}


@each_chapter
def test_damaged_data_is_noticed_by_every_check_that_is_no_identity(path: Path) -> None:
    checks = {
        name: line.check for name, line in untold(path).equations().items() if isinstance(line.check, Check)
    }
    assert checks
    for name, one in checks.items():
        read = [what for what, _ in damaged(one)]
        if not one.identity:
            assert len(unnoticed(one)) < len(read), f"{name} reads {read} and holds whatever they are"


@each_chapter
def test_no_symbol_of_any_equation_is_lost_on_its_way_to_the_page(path: Path) -> None:
    chapter = untold(path)
    equations = list(chapter.equations().values())
    assert equations
    for equation, page in zip(equations, mathml(equations, chapter.letters), strict=True):
        assert after(page) == before(equation.typst), equation.typst


def words() -> tuple[Film, Callable[[Any, int], None]]:
    """An empty film, and what fills it when it is called before every animation."""
    film: dict[str, dict[str, None]] = {depth: {} for depth in DEPTHS}
    heard = 0

    def look(scene: Any, index: int) -> None:
        nonlocal heard
        found = film[scene.depth]
        for cue in scene.cues[heard:]:
            found[cue.utterance.text] = None
        heard = len(scene.cues)
        for mobject in scene.mobjects:
            for one in mobject.get_family():
                if isinstance(one, Text):
                    found[" ".join(one.original_text.split())] = None

    return film, look


def certified(one: Verdict) -> list[int]:
    """The ranges of a verdict that have a sentence."""
    return [place for place, (_, sentence) in enumerate(one.ranges) if sentence is not None]


def depths_of(one: Verdict, film: Film) -> list[str]:
    """Where the sentence of a verdict is heard or seen."""
    sentence = marked(str(one))[0]
    return [depth for depth, found in film.items() if sentence in "\n".join(found)]


@each_chapter
def test_every_sentence_that_is_certified_is_said_or_shown(path: Path) -> None:
    chapter, _, film = told(path)
    for name, one in verdicts(chapter).items():
        assert depths_of(one, film), f"{name} certifies “{one}”, which nobody hears or sees"


@one_chapter
def test_every_sentence_that_is_certified_is_said_or_shown_in_every_branch(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter, _, film = told(path)
    own = verdicts(chapter)
    assert own
    places = {name: depths_of(one, film) for name, one in own.items()}
    for turn in count(1):
        others = {name for name, one in own.items() if turn < len(certified(one))}
        if not others:
            break
        concerned = [depth for depth in DEPTHS if any(depth in places[name] for name in others)]
        monkeypatch.setenv("COURSE_DEPTHS", ",".join(concerned))
        with tempconfig({"dry_run": True, "verbosity": "ERROR"}):
            chapter = load(path)()
            for one in verdicts(chapter).values():
                ranges = certified(one)
                one.forced = (ranges.index(one.branch) + turn) % len(ranges)
            chapter.__dict__["speak"] = lambda text: speak(text, "silence")
            film, look = words()
            chapter.renderer.only, chapter.renderer.before = range(0), look
            chapter.render()
        for name in others:
            one = verdicts(chapter)[name]
            assert depths_of(one, film), f"{name} certifies “{one}”, which nobody hears or sees"


def manim(path: Path, folder: Path) -> Path:
    """Render a chapter with the plain command; the film."""
    command = [
        *(sys.executable, "-m", "manim", "-ql", "--fps", str(FPS), "-r", f"{SIZE[0]},{SIZE[1]}"),
        *(
            "--save_sections",
            "--media_dir",
            str(folder),
            "--progress_bar",
            "none",
            "-v",
            "WARNING",
            str(path),
        ),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:] + run.stdout[-2000:]
    films = [*folder.glob(f"videos/{path.stem}/*/*.mp4")]
    assert len(films) == 1, films
    return films[0]


@one_chapter
def test_plain_manim_makes_a_film_with_sound_and_three_sections(path: Path, tmp_path: Path) -> None:
    film = manim(path, tmp_path)
    sections = [section.stem for section in film.parent.glob("sections/*.mp4")]
    assert all(any(depth in name for name in sections) for depth in DEPTHS), sections

    with av.open(str(film)) as container:
        frames = np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])
    # Between two depths the stage is empty for a moment; more than a second of it would be dead air.
    blank = "".join("b" if frame.std() < 1.0 else "." for frame in frames)
    assert max(map(len, blank.split("."))) <= FPS
    if path.stem in COURSE:
        assert 240 <= len(frames) / FPS <= 600, "all three depths together take 4 to 10 minutes"

    with av.open(str(film)) as container:
        sound = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
        stream = container.streams.audio[0]
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
    assert abs(seconds - len(frames) / FPS) < 0.5
    assert np.abs(sound.astype(float)).max() > 0.1


@each_chapter
def test_nothing_overlaps_or_rushes_and_the_film_has_the_courses_pace(path: Path) -> None:
    chapter, found, _ = told(path)
    assert [str(finding) for finding in found] == []
    has_the_courses_pace(path, chapter)


def has_the_courses_pace(path: Path, chapter: Chapter) -> None:
    if path.stem in COURSE:
        lines = [(cue.utterance.text, cue.utterance.duration) for cue in chapter.cues]
        assert PACE[0] <= film_pace(lines) <= PACE[1]


@each_chapter
def test_another_cast_is_spoken_and_fits(path: Path) -> None:
    os.environ |= OTHER_CAST
    chapter, found = watched(path)
    assert [str(finding) for finding in found] == []
    has_the_courses_pace(path, chapter)
    said = "\n".join(cue.utterance.text for cue in chapter.cues)
    assert OTHER_CAST["COURSE_PROMPT"] in said
    assert "butterfly" not in said
    assert "snail" not in said
    assert refuted(chapter.claims()) == []
