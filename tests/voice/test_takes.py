import json
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from course.errors import CourseError
from course.voice import sound, speak, takes
from course.voice.script import check, numbered, write_script
from tests.voice.recordings import voiced

LINES = [
    ("story", "Where is a picture?"),
    ("story", "It is lost in three thousand numbers."),
    ("mechanism", "Here they are."),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(takes, "ASSETS", tmp_path)
    write_script("ch1_noise", LINES)
    return tmp_path / "voice" / "ch1_noise"


def record(path: Path, samples: NDArray[np.float32], rate: int = 48_000, channels: int = 1) -> None:
    data = np.clip(samples, -1, 1)[:: 48_000 // rate]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat((data * 32767).astype("<i2"), channels).tobytes())


def said(seconds: float = 1.6, level: float = 0.15) -> NDArray[np.float32]:
    room = np.random.default_rng(0).normal(0, 1e-4, round((seconds + 0.8) * 48_000)).astype(np.float32)
    room[19_200 : 19_200 + len(voiced(seconds))] += voiced(seconds, level)
    return room


def record_all(home: Path) -> None:
    for number, (_, text) in enumerate(LINES, 1):
        record(home / f"{number:03d}.wav", said(0.4 * len(text.split())))


def test_a_good_take_wins_over_every_machine(home: Path) -> None:
    record(home / "001.wav", said())
    line = speak("Where is a picture?", "auto")
    assert line.voice == "takes"
    assert line.duration == pytest.approx(1.6 + 0.06 + 0.15, abs=0.06)
    assert [word.text for word in line.words] == ["Where", "is", "a", "picture?"]
    assert speak("Here they are.", "auto").voice != "takes"


def test_a_new_take_replaces_the_old_one_at_once(home: Path) -> None:
    record(home / "001.wav", said(1.6))
    before = speak("Where is a picture?", "takes")
    record(home / "001.wav", said(2.1))
    after = speak("Where is a picture?", "takes")
    assert after.duration - before.duration == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (8_000, 1), (16_000, 2)])
def test_any_recording_comes_out_as_the_course_needs_it(home: Path, rate: int, channels: int) -> None:
    record(home / "001.wav", said(), rate, channels)
    line = speak("Where is a picture?", "takes")
    with wave.open(str(line.path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (48_000, 1)
    level = sound.loudness([sound.read(line.path)]).integrated
    assert level == pytest.approx(-20.0, abs=0.7)


def test_a_take_that_is_no_sound_names_its_file(home: Path) -> None:
    (home / "001.wav").write_bytes(b"I am not a recording")
    with pytest.raises(CourseError, match=r"001\.wav cannot be read as sound"):
        speak("Where is a picture?", "takes")


@pytest.mark.parametrize(
    ("recording", "named"),
    [
        (np.zeros(48_000), "is silent from end to end"),
        (np.zeros(0), "is empty"),
        (np.pad(voiced(0.05), (0, 96_000)), r"has 0\.\d s of speech, where about 2 s are expected"),
        (voiced(30.0), "far too long"),
    ],
)
def test_a_take_that_cannot_be_this_line_is_refused_by_name(
    home: Path, recording: NDArray[np.float32], named: str
) -> None:
    record(home / "001.wav", recording)
    with pytest.raises(CourseError, match=rf"001\.wav.*{named}"):
        speak("Where is a picture?", "takes")


def test_the_check_is_content_with_good_takes(home: Path) -> None:
    record_all(home)
    assert check("ch1_noise", LINES) == []


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda clean: np.clip(clean * 40, -1, 1), "clipped"),
        (lambda clean: clean + np.random.default_rng(1).normal(0, 0.03, clean.shape), "noisy"),
        (lambda clean: clean * 0.01, "nearly silent"),
        (lambda clean: np.zeros_like(clean), "nearly silent"),
        (lambda clean: said(12.0), "words a minute"),
    ],
)
def test_the_check_names_a_bad_take(
    home: Path, spoil: Callable[[NDArray[np.float32]], NDArray[np.float32]], named: str
) -> None:
    record_all(home)
    record(home / "002.wav", spoil(said(2.8)).astype(np.float32))
    (finding,) = check("ch1_noise", LINES)
    assert finding.startswith("002.wav")
    assert named in finding


def test_the_check_names_a_take_of_8_kilohertz_and_missing_ones(home: Path) -> None:
    record(home / "002.wav", said(2.8), rate=8_000)
    assert [finding.split(" ")[0] for finding in check("ch1_noise", LINES)] == [
        "001.wav",
        "002.wav",
        "003.wav",
    ]
    assert "8 kHz" in check("ch1_noise", LINES)[1]


def test_an_edited_line_makes_its_take_out_of_date_and_no_other(home: Path) -> None:
    record_all(home)
    edited = [LINES[0], ("story", "It is lost in three thousand dials."), LINES[2]]
    numbers = {line.text: line.number for line in numbered("ch1_noise", edited)}
    assert numbers == {LINES[0][1]: "001", edited[1][1]: "004", LINES[2][1]: "003"}
    findings = check("ch1_noise", edited)
    assert findings[0] == '004.wav is missing: "It is lost in three thousand dials."'
    assert findings[1].startswith("002.wav is out of date")
    assert "It is lost in three thousand numbers." in findings[1]
    write_script("ch1_noise", edited)
    assert check("ch1_noise", edited) == findings


def test_a_take_that_is_longer_than_its_animations_makes_the_picture_wait(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from manim import tempconfig

    from course.stage.loading import load

    record(home / "001.wav", said(4.0))
    record(home / "003.wav", said(1.0))
    scene = tmp_path / "ch1_noise.py"
    scene.write_text(
        "from course.stage import Chapter\n"
        "class Noise(Chapter):\n"
        "    title, question = 'Noise', 'Where is a picture?'\n"
        "    def story(self):\n"
        "        with self.say('Where is a picture?'): self.hold(0.5)\n"
        "        with self.say('Here they are.'): self.hold(5)\n"
        "    mechanism = derivation = lambda self: None\n"
    )
    monkeypatch.setenv("COURSE_DEPTHS", "story")
    with tempconfig({"dry_run": True, "verbosity": "ERROR"}):
        chapter = load(scene)()
        chapter.renderer.only = range(0)
        chapter.render()
    first, second = chapter.cues
    assert {cue.utterance.voice for cue in chapter.cues} == {"takes"}
    assert first.utterance.duration > 4.0
    assert 0.1 < second.start - first.end < 1.0
    # And a picture that is longer than its take goes on.
    assert chapter.now - second.start > 4.99


def test_a_damaged_script_says_how_to_write_it_again(home: Path) -> None:
    (home / takes.SCRIPT).write_text('{"lines": ')
    with pytest.raises(CourseError, match="course voice script ch1_noise"):
        speak("Where is a picture?", "takes")


def test_the_command_prints_a_script_and_then_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from course import chapters
    from course.voice.command import voice

    scenes = tmp_path / "scenes"
    scenes.mkdir()
    (scenes / "ch1_noise.py").write_text(
        "from course.stage import Chapter\n"
        "class Noise(Chapter):\n"
        "    title, question = 'Noise', 'Where is a picture?'\n"
        "    def story(self):\n"
        "        with self.say('Where is a picture?'): self.hold(1)\n"
        "    def mechanism(self):\n"
        "        with self.say('Here it is.'): pass\n"
        "    def derivation(self):\n"
        "        with self.say('Where is a picture?'): pass\n"
    )
    monkeypatch.setattr(chapters, "SCENES", scenes)
    monkeypatch.setattr(takes, "ASSETS", tmp_path)
    printed = CliRunner().invoke(voice, ["script", "ch1"], catch_exceptions=False).output
    assert [text.strip() for text in printed.splitlines()[1:5]] == [
        *("STORY", "001  Where is a picture?", "", "MECHANISM"),
    ]
    kept = json.loads((tmp_path / "voice" / "ch1_noise" / "script.json").read_text())
    assert kept == {"lines": {"001": "Where is a picture?", "002": "Here it is."}}
    result = CliRunner().invoke(voice, ["check", "ch1"])
    assert "001.wav is missing" in result.output
    assert isinstance(result.exception, CourseError)
