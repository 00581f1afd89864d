"""Films of plain `manim`: heard when they are seen, in the colours that were meant, or said what is lost."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

FPS, RATE = 10, 48_000
RED = (232, 0, 3)
SCENE = '''
"""A red square that comes with a click."""

import wave
from pathlib import Path

import numpy as np
from manim import Square

from course.paths import media
from course.stage import Chapter
from course.voice import Utterance


class Click(Chapter):
    """Three depths; in the second one, a click and a red square at the same moment."""

    title = "Click"
    question = "Now?"

    def story(self):
        self.hold(1.3)

    def mechanism(self):
        path = media() / "click.wav"
        samples = np.zeros(48_000, "<i2")
        samples[:48] = 30_000
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        self.__dict__["speak"] = lambda text: Utterance(text, path, 1.0, (), "silence")
        self.hold(0.7)
        square = Square(4, color="#e80003", fill_opacity=1, stroke_width=0)
        self.add(square)
        with self.say("Click."):
            self.hold(1)

    def derivation(self):
        self.hold(0.9)
'''


def manim(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "tap.py").write_text(SCENE)
    (folder / "media").mkdir()
    command = [
        *(sys.executable, "-m", "manim", "-ql", "--fps", str(FPS), "-r", "160,90", "--progress_bar", "none"),
        *options,
        "tap.py",
    ]
    environment = os.environ | {"COURSE_MEDIA": str(folder / "media"), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def pictures(film: Path) -> np.ndarray:
    """Its frames, (N, H, W, 3), turned to RGB as they are tagged."""
    with av.open(str(film)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def heard(film: Path) -> np.ndarray:
    """The loudness of each sample, (N,), from time 0."""
    with av.open(str(film)) as container:
        blocks = [
            (frame.pts or 0, np.abs(frame.to_ndarray()).max(axis=0)) for frame in container.decode(audio=0)
        ]
        base = container.streams.audio[0].time_base or Fraction(1, RATE)
    sound = np.zeros(max(pts + len(block) for pts, block in blocks))
    for pts, block in blocks:
        start = round(pts * base * RATE)
        sound[start : start + len(block)] = block
    return sound


def seen_and_heard(film: Path) -> tuple[float, float]:
    """When the square appears and when the click begins, in seconds."""
    red = np.array([frame[45, 80, 0] > 150 for frame in pictures(film)])
    sound = heard(film)
    return float(np.argmax(red)) / FPS, float(np.argmax(sound > 0.4 * sound.max())) / RATE


def boxes(film: Path) -> list[bytes]:
    """The MP4 boxes of a film, those at the top and those that may hold an edit list."""
    data, found, at = film.read_bytes(), [], 0
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        found.append(kind)
        at += size or len(data)
    return found


def film_in(folder: Path, pattern: str = "videos/tap/*/Click*") -> Path:
    (film,) = (folder / "media").glob(pattern)
    return film


def test_a_film_of_plain_manim_is_as_the_engine_makes_it(tmp_path: Path) -> None:
    manim(tmp_path, "--save_sections")
    film = film_in(tmp_path, "videos/tap/*/Click.mp4")
    seen, click = seen_and_heard(film)
    assert abs(seen - click) < 0.002
    frames = pictures(film)
    assert np.abs(frames[round(seen * FPS) + 2, 45, 80].astype(int) - RED).max() <= 3
    kinds = boxes(film)
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    assert b"elst" not in film.read_bytes()
    with av.open(str(film)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        assert [mark["metadata"]["title"] for mark in container.chapters()] == [
            *("The story", "The mechanism", "The derivation"),
        ]
    # Each section is heard as well, from its own beginning.
    sections = sorted(film.parent.glob("sections/*.mp4"))
    assert len(sections) == 3
    assert sum(len(pictures(one)) for one in sections) == len(frames)
    part, there = seen_and_heard(sections[1])
    assert abs(part - there) < 0.002
    assert heard(sections[0]).max() < 0.01


def test_a_part_of_a_film_is_heard_where_it_is_seen(tmp_path: Path) -> None:
    done = manim(tmp_path, "-n", "1,5")
    seen, click = seen_and_heard(film_in(tmp_path))
    assert 0 < seen < 2
    assert abs(seen - click) < 0.002
    assert "note:" not in done.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--format", "gif"), "note: A GIF has no sound."),
        (("--format", "webm", "-t"), "note: With sound a WebM is not transparent any more"),
        (("--format", "webm", "-n", "0,2"), "note: A part of a film has sound as MP4 only"),
    ],
)
def test_what_a_format_loses_is_said_in_one_line(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    done = manim(tmp_path, *options)
    assert next(line for line in done.stderr.splitlines() if line.startswith("note:")).startswith(says)
    with av.open(str(film_in(tmp_path))) as container:
        assert not container.streams.audio
        if "-t" in options:
            assert container.streams.video[0].metadata.get("alpha_mode") == "1"
