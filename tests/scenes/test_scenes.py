"""Every chapter, as a person would run it: its equations, its film under plain Manim, another cast."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from course.chapters import chapters, load
from course.paths import ROOT
from course.stage.checked import verify_chapter
from course.stage.chapter import DEPTHS

CHAPTERS = chapters()
FPS, SIZE = 5, (256, 144)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_equation_holds_on_the_captured_run(path: Path) -> None:
    found = verify_chapter(load(path)())
    assert found
    assert any(discrepancy is not None for discrepancy in found.values())


def manim(path: Path, folder: Path, **environment: str) -> Path:
    """Render a chapter with the plain command; the film."""
    command = [
        *(sys.executable, "-m", "manim", "-ql", "--fps", str(FPS), "-r", f"{SIZE[0]},{SIZE[1]}"),
        *("--save_sections", "--media_dir", str(folder), "--progress_bar", "none", "-v", "WARNING", str(path)),
    ]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:] + run.stdout[-2000:]
    films = [film for film in folder.rglob("*.mp4") if film.parent.name not in ("sections", load(path).__name__)]
    assert len(films) == 1, films
    return films[0]


def luma(film: Path) -> np.ndarray:
    """(N, H, W) of a film."""
    with av.open(str(film)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_plain_manim_makes_a_film_with_sound_and_three_sections(path: Path, tmp_path: Path) -> None:
    film = manim(path, tmp_path)
    sections = [p.stem for p in film.parent.glob("sections/*.mp4")]
    assert all(any(depth in name for name in sections) for depth in DEPTHS), sections

    frames = luma(film)
    # Between two depths the stage is empty for a moment; more than a second of it would be dead air.
    blank = np.array([frame.std() < 1.0 for frame in frames])
    runs = "".join("b" if b else "." for b in blank).split(".")
    assert max(map(len, runs)) <= FPS
    assert 240 <= len(frames) / FPS <= 600, "all three depths together take 4 to 10 minutes"

    with av.open(str(film)) as container:
        sound = np.concatenate([f.to_ndarray().ravel() for f in container.decode(audio=0)]).astype(float)
        seconds = container.streams.audio[0].duration * container.streams.audio[0].time_base
    assert abs(float(seconds) - len(frames) / FPS) < 0.5
    assert np.abs(sound).max() > 0.1


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_another_cast_is_shown_and_spoken(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_PROMPT", "a big fish on a green background")
    monkeypatch.setenv("COURSE_OTHER", "a small car on a green background")
    monkeypatch.setenv("COURSE_SEED", "11")
    monkeypatch.setenv("COURSE_STEPS", "15")
    monkeypatch.setenv("COURSE_VOICE", "silence")
    from course.render.plan import plan_chapter

    spoken = " ".join(cue.utterance.text for cue in plan_chapter(path).cues)
    assert "a big fish on a green background" in spoken
    assert "butterfly" not in spoken
    assert "snail" not in spoken
