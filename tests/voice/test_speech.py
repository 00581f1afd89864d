import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.errors import UsageError
from course.files import digest_file
from course.voice import Utterance, festival, sound, speak, speech
from course.voice.spoken import RESPELLED, spoken_words
from course.voice.timing import BREATH, FASTEST, measured, speech_intervals
from tests.voice.recordings import needs_espeak, needs_festival

TEXT = (
    "Drown this picture in noise, little by little, until nobody can tell what it was. "
    "Three thousand dials stand between you and a butterfly. Remember this film: the course is about "
    "earning it backwards."
)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "_said", set())


def test_importing_the_voices_runs_nothing_and_loads_no_torch() -> None:
    code = (
        "import subprocess, sys\n"
        "def refuse(*a, **k): raise SystemExit('ran a program')\n"
        "subprocess.Popen = refuse\n"
        "import course.voice, course.voice.mix, course.voice.captions\n"
        "raise SystemExit(any(name in sys.modules for name in ('torch', 'diffusers', 'manim')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_festival
def test_festival_speaks_clearly_paced_and_tells_when_words_are_said() -> None:
    line = speak(TEXT, "festival")
    assert line.voice == "festival"
    assert [word.text for word in line.words] == TEXT.split()
    assert 130 <= len(line.words) / line.duration * 60 <= 160
    with wave.open(str(line.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        assert file.getnframes() / 48_000 == pytest.approx(line.duration, abs=1e-4)
    # Speech, heard independently of what Festival says, must lie where the words are, and nowhere else.
    heard = np.zeros(int(line.duration * 100) + 2, bool)
    for start, end in speech_intervals(sound.read(line.path)):
        heard[round(start * 100) : round(end * 100)] = True
    said = np.zeros_like(heard)
    for word in line.words:
        said[round(word.start * 100) : round(word.end * 100)] = True
    assert (heard == said).mean() > 0.9
    said_at = {word.text: word for word in line.words}
    gap = said_at["Three"].start - said_at["was."].end
    assert 0.35 < gap < 0.75


@needs_festival
def test_a_dense_line_is_said_slower_than_a_loose_one() -> None:
    assert festival.FASTEST < FASTEST
    line = speak(
        "But is a word that is looked at a word that is of use to us? Take it out, and go on.", "festival"
    )
    assert 165 <= 60 * len(line.words) / (line.duration + BREATH) <= FASTEST


def test_the_best_voice_that_is_there_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert speech.NAMES == ("auto", "takes", "endpoint", "hibari", "festival", "espeak", "silence")
    assert speak("Where is a picture?").voice == "hibari"


@pytest.mark.parametrize("voice", ["hibari", pytest.param("festival", marks=needs_festival)])
def test_lines_of_one_voice_are_equally_loud(voice: str) -> None:
    levels = [
        sound.loudness([sound.read(speak(text, voice).path)]).integrated
        for text in ("A whisper of a line, said softly.", "STATIC! Always, always STATIC!", TEXT)
    ]
    assert max(levels) - min(levels) < 1.0


@pytest.mark.parametrize("voice", ["hibari", pytest.param("festival", marks=needs_festival)])
@pytest.mark.parametrize(
    "text",
    [
        'noise") (system "touch pwned") (print "',
        "\\\" ' ; & | $(touch pwned) `touch pwned` \n# (quit)",
        "--eval -b (quit)",
        "🦋 a butterfly 🦋 ᾱ <b>bold</b>\x00\x1b[31m",
    ],
)
def test_what_a_line_says_is_never_a_program(
    text: str, voice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = speak(text, voice)
    assert line.voice == voice
    assert line.duration > 0.4
    assert not list(tmp_path.rglob("pwned"))
    assert len(line.words) == len(line.text.split())


@needs_festival
def test_festival_refuses_what_the_spoken_form_should_have_kept_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a spoken form"):
        festival._run(str(tmp_path), ['quiet") (quit) ("'], 1.0)


@needs_festival
def test_festival_says_the_courses_words_as_a_dictionary_has_them() -> None:
    """Phones as in the CMU Pronouncing Dictionary and Merriam-Webster, without stress."""
    known = {
        "cosine": "k ow s ay n",
        "faders": "f ey d er z",
        "rewind": "r iy w ay n d",
        "pixel": "p ih k s ax l",
        "pixels": "p ih k s ax l z",
        "stochastic": "s t ow k ae s t ih k",
        "Pythagoras": "p ih th ae g er ax s",
        "eigenvectors": "ay g ax n v eh k t er z",
        "scheduler": "s k eh jh uh l er",
        "denoised": "d iy n oy z d",
        "theta": "th ey t ax",
        "DDIM": "d iy d iy ay eh m",
        "µ,": "m y uw",
        "τ": "t aw",
        "x_t": "eh k s t iy",
        "ᾱ": "ae l f ax b aa r",
        "x̂₀": "eh k s hh ae t z ih r ow",
        "0.70": "z ih r ow p oy n t s eh v ax n z ih r ow",
        "variance": "v eh r iy ax n s",
        "Bayes": "b ey z",
    }
    program = [f"(voice_{festival.VOICE})"]
    for written in known:
        said = " ".join(spoken_words(written, RESPELLED))
        program.append(
            f"(set! utt (eval (list 'Utterance 'Text \"{said}\")))"
            "(mapcar (lambda (step) (step utt)) (list Initialize Text Token_POS Token POS Phrasify Word))"
            '(mapcar (lambda (phone) (format t "%s " (item.name phone))) (utt.relation.items utt \'Segment))'
            '(format t "\\n")'
        )
    done = subprocess.run(
        ["festival", "--pipe"], input="\n".join(program), capture_output=True, text=True, check=True
    )
    heard = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert dict(zip(known, heard, strict=True)) == known


@needs_festival
def test_a_d_of_festival_that_is_a_train_of_clicks_is_no_louder_than_the_line() -> None:
    line = sound.read(speak("One way at random.", "festival").path)
    loud = np.quantile([np.sqrt(np.mean(part**2)) for part in np.array_split(line, len(line) // 480)], 0.95)
    # Other lines reach 3 to 4; this one had 10, and was 5 dB quieter than its neighbours for it.
    assert np.abs(line).max() < 4.5 * loud
    assert sound.loudness([line]).integrated == pytest.approx(-20.0, abs=0.3)


@needs_festival
def test_no_word_at_the_ends_of_a_line_is_cut() -> None:
    for text in ("Think of every number as a dial.", "Here is the first half of it, with three lengths."):
        line = speak(text, "festival")
        assert line.words[0].start >= 0.01
        assert line.duration - line.words[-1].end >= 0.02


@needs_festival
def test_a_mended_spelling_is_heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = speak("The zyzzyva is mended.", "festival")
    other = speak("Nothing is mended here.", "festival")
    monkeypatch.setitem(RESPELLED, "zyzzyva", "ziz iva")
    after = speak("The zyzzyva is mended.", "festival")
    assert after.path != before.path
    assert [word.text for word in after.words] == [word.text for word in before.words]
    assert speak("Nothing is mended here.", "festival") == other


@needs_espeak
def test_espeak_speaks_and_its_words_are_found_by_listening() -> None:
    line = speak(TEXT, "espeak")
    assert line.voice == "espeak"
    assert [word.text for word in line.words] == TEXT.split()
    starts = [word.start for word in line.words]
    assert starts == sorted(starts)
    assert 0 <= starts[0] < 0.3
    assert line.duration - line.words[-1].end < 0.4


@needs_festival
def test_measured_word_times_are_near_the_voices_own() -> None:
    line = speak(TEXT, "festival")
    found = measured(TEXT.split(), sound.read(line.path))
    errors = [abs(start - word.start) for (start, _), word in zip(found, line.words, strict=True)]
    assert np.median(errors) < 0.15
    assert max(errors) < 0.6


def test_silence_keeps_a_reading_pace() -> None:
    line = speak(TEXT, "silence")
    assert len(line.words) / line.duration * 60 == pytest.approx(150, rel=0.02)
    assert not sound.read(line.path).any()


def test_a_machine_without_voices_gets_silence_and_one_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for voice in (speech.hibari, speech.festival, speech.espeak):
        monkeypatch.setattr(voice, "_installed", lambda: False)
    assert speak("Where is a picture?", "auto").voice == "silence"
    assert speak("And where is the next?", "festival").voice == "silence"
    assert capsys.readouterr().err.count("warning:") == 1


def test_a_missing_voice_is_replaced_by_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speech.hibari, "_installed", lambda: False)
    monkeypatch.setattr(speech.festival, "_installed", lambda: False)
    monkeypatch.setattr(speech.espeak, "identity", lambda text: "installed")
    monkeypatch.setattr(speech.espeak, "say", speech.silence.say)
    assert speak("Where is a picture?", "hibari").voice == "espeak"
    assert "hibari is not installed; espeak speaks instead" in capsys.readouterr().err


def test_the_voice_comes_from_the_environment_then_from_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "course.toml"
    settings.write_text('[cast]\nprompt = "a"\nother = "b"\n[voice]\nname = "robot"\n')
    monkeypatch.setenv("COURSE_FILE", str(settings))
    with pytest.raises(UsageError, match=r"no voice called 'robot'.*silence"):
        speak("Hello.")
    monkeypatch.setenv("COURSE_VOICE", "silence")
    assert speak("Hello.").voice == "silence"


def test_a_line_is_spoken_once_and_a_damaged_one_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []
    real = speech.silence.say

    def counting(text: str) -> Any:
        calls.append(text)
        return real(text)

    monkeypatch.setattr(speech.silence, "say", counting)
    text = "This line is spoken once."
    first = speak(text, "silence")
    assert speak(f"  {text}\n", "silence") == first
    assert len(calls) == 1
    good = digest_file(first.path)
    # As long as nobody has written to it, it is not read; touched, it is, and believed.
    with monkeypatch.context() as unread:
        unread.setattr(speech, "digest_file", lambda path: pytest.fail("a line was read"))
        assert speak(text, "silence") == first
    first.path.touch()
    assert speak(text, "silence") == first
    assert len(calls) == 1
    first.path.write_bytes(first.path.read_bytes()[:100])
    assert speak(text, "silence") == first
    assert digest_file(first.path) == good
    first.path.with_suffix(".json").write_text('{"text"')
    assert speak(text, "silence") == first
    assert len(calls) == 3
    assert "damaged" in capsys.readouterr().err


def test_a_line_survives_json_and_a_moved_media_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = speak("Take me along.", "silence")
    value = json.loads(json.dumps(line.to_json()))
    assert Utterance.from_json(value) == line
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    assert Utterance.from_json(value).path == tmp_path / "voice" / line.path.name


@pytest.mark.parametrize("voice", ["hibari", "festival"])
@pytest.mark.parametrize("text", ["🦋 🐌", "…", "?!", "—"])
def test_a_line_with_nothing_to_say_is_a_pause_and_not_an_error(
    text: str, voice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = speak(text, voice)
    assert line.voice == "silence"
    assert line.duration >= 0.4
    assert "warning" not in capsys.readouterr().err


def test_the_command_says_a_line_with_the_voice_it_is_given() -> None:
    from click.testing import CliRunner

    from course.voice.command import voice

    result = CliRunner().invoke(voice, ["say", "Where is a picture?", "--voice", "silence"])
    path, seconds, unit, name = result.output.split()
    assert sound.length(Path(path)) / 48_000 == pytest.approx(float(seconds), abs=0.01)
    assert (unit, name) == ("s", "silence")
    assert CliRunner().invoke(voice, ["say", "Where?", "--voice", "robot"]).exit_code == 2
