"""The default voice: what it says, when, and what it refuses."""

import os
import subprocess
import sys
from difflib import SequenceMatcher
from functools import wraps
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import hibari.dsp
import hibari.voices
import numpy as np
import pytest

from course.errors import CourseError, UsageError
from course.files import digest_file
from course.voice import Cue, sound, speak
from course.voice import hibari as voice
from course.voice.mix import mix
from course.voice.spoken import spoken_words
from course.voice.timing import FASTEST, FRAME, PACE, film_pace, levels, speech_intervals, words_a_minute
from tests.voice.aligner import Aligner, recognised

LINES = (Path(__file__).parent / "lines.txt").read_text(encoding="utf-8").splitlines()
SENTENCES = "Where is a picture? It is lost in three thousand numbers. So guess: it is here… and there."


def phonemes(text: str) -> str:
    words = [voice._digits(word) for word in spoken_words(text, {})]
    return "".join(sign for sign, _ in voice._phonemes(voice._model("heart"), words)).strip(".?")


def part(words: list[str]) -> voice._Part:
    (one,) = voice._line(voice._model("heart"), words)
    return one


def test_words_are_said_when_the_line_says_so() -> None:
    """An aligner with a model of its own listens to 72 lines of the course, a sentence at a time."""
    aligner, model = Aligner(), voice._model("heart")
    starts, ends, after_pauses = [], [], []
    for line in LINES:
        words = spoken_words(line, {})
        for places in voice.sentences(words):
            own = [words[place] for place in places]
            samples, spans, _ = voice._sentence(model, part(own), voice.SPEEDS[0])
            heard = aligner.spans(own, samples)
            if heard is None:
                continue
            starts += [span[0] - truth[0] for span, truth in zip(spans, heard, strict=True)]
            ends += [span[1] - truth[1] for span, truth in zip(spans, heard, strict=True)]
            # After a pause the sound itself tells, to the frame.
            onsets = [start for start, _ in speech_intervals(samples, pause=0.08)]
            begins = [spans[0][0]] + [b[0] for a, b in pairwise(spans) if b[0] - a[1] > 0.08]
            after_pauses += [min((begin - onset for onset in onsets), key=abs) for begin in begins]
    assert len(LINES) >= 60
    assert len(starts) > 900
    for errors in (starts, ends, after_pauses):
        assert abs(np.median(errors)) < 0.03
        assert np.median(np.abs(errors)) < 0.03
        assert np.mean(np.abs(errors) < 0.1) > 0.95


def test_the_lengths_of_sounds_are_the_models_own() -> None:
    """The film of sounds has two frames of 300 samples a unit at 24 kHz: as long as the units say."""
    model = voice._model("heart")
    for speed in voice.SPEEDS:
        for line in LINES[:3]:
            samples, _, lengths = voice._sentence(model, part(line.split()[:5]), speed)
            assert len(samples) / 48_000 == pytest.approx(0.025 * voice._units(lengths, speed).sum())


def test_noise_is_the_packages_own_whatever_was_drawn_before() -> None:
    for shape in ((601, 2), (601, 2_000), (601, 40)):
        own = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        noise = voice._Noise().standard_normal(shape, np.float32)
        assert np.array_equal(noise, own)
        noise *= 2


def test_a_line_is_the_same_in_a_new_process(tmp_path: Path) -> None:
    code = "import sys; from course.voice import speak; print(speak(sys.argv[1], 'hibari').path)"
    own = speak(SENTENCES, "hibari").path
    run = subprocess.run(
        [sys.executable, "-c", code, SENTENCES],
        env={**os.environ, "COURSE_MEDIA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    other = Path(run.stdout.strip())
    assert other.is_relative_to(tmp_path)
    assert other.name == own.name
    assert digest_file(other) == digest_file(own)


def test_what_may_change_the_bytes_is_part_of_a_lines_name(monkeypatch: pytest.MonkeyPatch) -> None:
    here = voice.identity("A picture.")
    assert here
    for part in (
        "heart",
        voice.VERSION,
        *(f"{one} {version(one)}" for one in ("onnxruntime", "numpy", "scipy")),
    ):
        assert part in here
    for name, other in (
        ("_machine", lambda: "another"),
        ("THREADS", 2),
        ("VERSION", "0.2.2"),
        ("AIM", 170.0),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(voice, name, other)
            changed.setattr(voice, "_installed", lambda: True)
            assert voice.identity("A picture.") != here


def test_other_bytes_for_the_same_line_move_no_frame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As another processor may give them: here every sample is off by a hundredth of itself."""
    here = [speak(text, "hibari") for text in HEARD]
    dice, own = np.random.default_rng(0), hibari.dsp.synth

    @wraps(own)
    def other(*bands: Any) -> Any:
        samples = own(*bands)
        return (samples * (1 + 0.01 * dice.standard_normal(len(samples)))).astype(np.float32)

    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    monkeypatch.setattr(hibari.dsp, "synth", other)
    there = [speak(text, "hibari") for text in HEARD]
    for one, same in zip(here, there, strict=True):
        assert digest_file(one.path) != digest_file(same.path)
        for fps in (15, 30, 60):
            assert round(one.duration * fps) == round(same.duration * fps)
            assert [round(word.start * fps) for word in one.words] == [
                round(word.start * fps) for word in same.words
            ]


# A as in "day", I "my", O "go", W "now", Y "boy", T the flapped "t", as Kokoro's phonemes mean them. Some are
# words that the course corrects, as people of the field say them; the rest is what the voice says, read over.
SAID = {
    "x_t": "ˈɛks tˈi",
    "x t": "ˈɛks tˈi",
    "ᾱ": "ˈælfə bˈɑɹ",
    "alpha bar": "ˈælfə bˈɑɹ",
    "epsilon hat": "ˈɛpsɪlˌɑn hˈæt",
    "ε̂": "ˈɛpsɪlˌɑn hˈæt",
    "ε": "ˈɛpsɪlˌɑn",
    "sigma tilde": "sˈɪɡmə tˈɪldə",
    "x zero hat": "ˈɛks zˈɪɹO hˈæt",
    "log p": "lˈɔɡ pˈi",
    "U-Net": "jˈunˌɛt",
    "DDIM": "dˌidˌiˌIˈɛm",
    "DDPM": "dˌidˌipˌiˈɛm",
    "CLIP": "klˈɪp",
    "VAE": "vˌiˌAˈi",
    "SNR": "ˌɛsˌɛnˈɑɹ",
    "CFG": "sˌiˌɛfʤˈi",
    "ODE": "ˌOdˌiˈi",
    "Tweedie": "twˈidi",
    "Tweedie's": "twˈidiz",
    "Euler's": "ˈYləɹz",
    "Heun": "hˈYn",
    "Fourier": "fˈʊɹiˌA",
    "Bayes": "bˈAz",
    "Gaussian": "ɡˈWsiən",
    "theta": "θˈATə",
    "mu tilde": "mjˈu tˈɪldə",
    "cosine": "kˈOsˌIn",
    "pixel": "pˈɪksᵊl",
    "faders": "fˈAdəɹz",
    "rewind": "ɹˌiwˈInd",
    "drawing": "dɹˈɔɪŋ",
    "sampler": "sˈæmpləɹ",
    "samplers": "sˈæmpləɹz",
    "renoised": "ɹˌinˈYzd",
    "And you read it.": "ˌænd ju ɹˈid ɪt",
    "eta": "ˈATə",
    "xi": "zI",
    "latent": "lˈAtᵊnt",
    "logits": "lˈOʤɪts",
    "softmax": "sˈɔftmæks",
    "ReLU": "ɹˈɛlu",
    "covariance": "kˌOvˈɛɹiəns",
    "eigenvalue": "ˈIɡənvˌælju",
    "Langevin": "lˈɑnʒəvˌæn",
    "Leibler": "lˈIbləɹ",
    "Markov": "mˈɑɹkɔf",
    "reparameterization": "ɹˌipəɹˌæməTəɹəzˈAʃən",
    "x_0": "ˈɛks zˈɪɹO",
    "PCA": "pˌisˌiˈA",
    "KL": "kˌAˈɛl",
    "SDE": "ˌɛsdˌiˈi",
    "denoiser": "dˌinˈYzəɹ",
    "denoised": "dˌinˈYzd",
    "autoencoder": "ˌɔTOɪnkˈOdəɹ",
    "scheduler": "skˈɛʤələɹ",
    "stochastic": "stəkˈæstɪk",
    "multiplied": "mˈʌltəplˌId",
    "3,072": "θɹˈi θˈWzᵊnd sˈɛvənti tˈu",
    "3072": "θɹˈi θˈWzᵊnd sˈɛvənti tˈu",
    "7,399": "sˈɛvən θˈWzᵊnd θɹˈi hˈʌndɹəd nˈIndi nˈIn",
    "10.8 percent": "tˈɛn pˈYnt ˈAt pəɹsˈɛnt",
    "0.70": "zˈɪɹO pˈYnt sˈɛvən zˈɪɹO",
    "−1.5": "mˈInəs wˈʌn pˈYnt fˈIv",
    "10⁻³": "tˈɛn tə ðə mˈInəs θɹˈi",
    "1/N": "wˈʌn ˈOvəɹ ˈɛn",
    "x_{t−1}": "ˈɛks tˈi mˈInəs wˈʌn",
    "√d": "ɹˈut dˈi",
    "½": "wˈʌn hˈæf",
    "seed seven": "sˈid sˈɛvən",
    "seed 7": "sˈid sˈɛvən",
    "a 2020 paper": "ɐ twˈɛnti twˈɛnti pˈApəɹ",
    "The answer is no.": "ði ˈænsəɹ ɪz nˈO",
}


@pytest.mark.parametrize(("written", "said"), SAID.items())
def test_the_courses_words_are_said_as_a_person_says_them(written: str, said: str) -> None:
    assert phonemes(written) == said


def test_every_word_of_the_lines_is_in_a_dictionary_or_in_the_list() -> None:
    """A word that the voice has to guess at is worth a look: it goes into PHONEMES, or in here."""
    guessed = set()
    listed = {word.lower() for word in SAID} | set(voice.PHONEMES)
    lexicon = voice._model("heart").phonemes
    for line in LINES:
        for token in lexicon.phonemize_tokens(lexicon.tokenize(" ".join(spoken_words(line, {})))):
            if token.rating is not None and token.rating < 3 and token.text.lower() not in listed:
                guessed.add(token.text)
    assert not guessed


def test_a_teachers_pauses() -> None:
    line = speak(SENTENCES, "hibari")
    ends = {word.text: word for word in line.words}

    def gap(before: str, after: str) -> float:
        return ends[after].start - ends[before].end

    assert gap("picture?", "It") == pytest.approx(0.65 + 0.16, abs=0.1)
    assert gap("numbers.", "So") == pytest.approx(0.45 + 0.16, abs=0.1)
    assert gap("picture?", "It") - gap("numbers.", "So") > 0.1
    assert gap("guess:", "it") >= 0.33
    assert gap("here…", "and") >= 0.55
    samples = sound.read(line.path)
    # Nothing is heard in a pause, and nothing clicks at its edges: no step greater than speech makes.
    for before, after in (("picture?", "It"), ("numbers.", "So"), ("guess:", "it"), ("here…", "and")):
        middle = (ends[before].end + ends[after].start) / 2
        quiet = samples[round((middle - 0.1) * 48_000) : round((middle + 0.1) * 48_000)]
        assert np.abs(quiet).max() < 0.02 * np.abs(samples).max()
        assert np.abs(np.diff(quiet)).max() < 0.01 * np.abs(np.diff(samples)).max()


def test_no_line_is_faster_than_the_course_allows_and_a_film_has_its_pace() -> None:
    said = [(text, speak(text, "hibari").duration) for text in LINES]
    assert PACE == (140, 165)
    assert FASTEST == 180
    assert max(words_a_minute(text, seconds) for text, seconds in said) <= FASTEST
    assert PACE[0] <= film_pace(said) <= PACE[1]


def test_a_line_is_said_once_whatever_its_pace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """How fast it will be is told before: saying a line is what costs time."""
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    said, own = [], voice._said

    def counted(model: Any, parts: Any, speed: float) -> Any:
        said.append(speed)
        return own(model, parts, speed)

    monkeypatch.setattr(voice, "_said", counted)
    for text in LINES:
        speak(text, "hibari")
    slower = sum(speed != voice.SPEEDS[0] for speed in said)
    assert slower > len(LINES) / 6
    assert len(said) <= 1.1 * len(LINES)


HEARD = [
    "In the program, one line mixes the two by these amounts.",
    "So two pieces of static are as good as one. Two steps are one step.",
    "How much picture, at each step: it falls. How much noise: it rises.",
    "The same machine, the same words, and other pictures.",
    "Many pictures would fit this static and these words.",
    "So where do they come from? From what the machine believes.",
    "Take one small step towards the guess, and look again.",
    "In the last row only some grain is left.",
    "Four pieces of static. They have nothing in common.",
    "Now the model answers at once, and it took a single call.",
]


def test_the_words_are_understood_in_the_mixed_film(tmp_path: Path) -> None:
    """By one who does not know the text: pocketsphinx, with the words of its own language model."""
    cues, now = [], 0.5
    for text in HEARD:
        cues.append(Cue(now, speak(text, "hibari")))
        now = cues[-1].end + 0.5
    mix(cues, now, tmp_path / "film.wav")
    film = sound.read(tmp_path / "film.wav")
    said = understood = 0
    for cue in cues:
        heard = recognised(film[round((cue.start - 0.2) * 48_000) : round((cue.end + 0.2) * 48_000)])
        words = [word.lower().strip(".,?:") for word in cue.utterance.text.split()]
        blocks = SequenceMatcher(None, words, heard, autojunk=False).get_matching_blocks()
        said, understood = said + len(words), understood + sum(block.size for block in blocks)
    assert understood / said > 0.9


def test_no_first_or_last_sound_is_cut() -> None:
    """What is kept ends 30 dB below what was there, and no sound is left of what was cut away."""
    model = voice._model("heart")
    for text in ("Think of every number as a dial.", "Here is the first half of it, with three lengths."):
        whole, _, _ = voice._sentence(model, part(text.split()), voice.SPEEDS[0])
        kept, _ = voice._said(model, [part(text.split())], voice.SPEEDS[0])
        loud = np.quantile(levels(whole), 0.95)
        heard = [np.count_nonzero(levels(one) > loud * 10 ** (-45 / 20)) for one in (whole, kept)]
        assert heard[0] - heard[1] <= round(0.03 / FRAME)
        assert levels(kept)[-1] < loud * 10 ** (-30 / 20)


def test_a_sentence_too_long_for_one_breath_of_the_model_is_said_whole() -> None:
    text = ", ".join(["and so the picture comes out of the noise a little more"] * 12) + "."
    line = speak(text, "hibari")
    assert 45 <= line.duration / len(line.words) * 150 <= 75
    assert all(b.start >= a.end - 1e-6 for a, b in pairwise(line.words))
    assert min(word.end - word.start for word in line.words) > 0.02


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A " + "a" * 80 + ".", "80 letters in a row"),
        ("It has 123456789012345678901234567890 atoms.", "30 digits"),
        ("Multiply x ⊙ y.", r'sign "⊙" \(circled dot operator\)'),
        ("Planck's ℏ is small.", r'sign "ħ"'),
        (r"This is \alpha times x.", "markup"),
        ("This is **bold**.", "markup"),
        ("Wo ist ein Bild, und was ist nicht da?", "is German.*course voice script.*endpoint"),
        ("Où est une image dans le bruit ?", "is French"),
        ("Где картинка?", "in Cyrillic letters"),
        ("絵はどこですか", "letters"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        speak(text, "hibari")


def test_emoji_and_tags_are_not_read() -> None:
    plain = speak("A butterfly, at last.", "hibari")
    assert speak("A butterfly, <b>at</b> last. 🦋", "hibari").duration == plain.duration


@pytest.fixture
def exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's weights at which the voice is made to look."""
    path = tmp_path / "hibari.onnx"
    path.write_bytes(voice._weights("heart").read_bytes())
    monkeypatch.setattr(voice, "_path", lambda name: path)
    monkeypatch.setattr(voice, "_weights", voice._weights.__wrapped__)
    return path


def test_exchanged_or_missing_weights_are_noticed(exchanged: Path) -> None:
    assert speak("All is well.", "hibari").voice == "hibari"
    data = bytearray(exchanged.read_bytes())
    data[len(data) // 2] ^= 1
    exchanged.write_bytes(data)
    with pytest.raises(CourseError, match=r"hibari\.onnx is damaged or not the voice heart.*5f70741d4e90"):
        speak("All is well.", "hibari")
    exchanged.unlink()
    with pytest.raises(CourseError, match=r"weights of the voice heart are missing.*another --voice"):
        speak("All is well.", "hibari")


def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voice_table: str) -> None:
    path = tmp_path / "course.toml"
    path.write_text(f'[cast]\nprompt = "a"\nother = "b"\n[voice]\n{voice_table}\n')
    monkeypatch.setenv("COURSE_FILE", str(path))


def test_another_of_its_voices_is_one_line_and_never_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise AssertionError("fetched")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    settings(tmp_path, monkeypatch, 'name = "hibari"\nhibari = "kore"')
    with pytest.raises(CourseError, match=r"voice kore are missing .*af_kore\.int8\.onnx"):
        speak("Who speaks?")
    (tmp_path / "af_kore.int8.onnx").write_bytes(b"not the weights")
    with pytest.raises(CourseError, match="not the voice kore"):
        speak("Who speaks?")
    settings(tmp_path, monkeypatch, 'hibari = "robot"')
    with pytest.raises(UsageError, match=r"no voice called 'robot'.*heart.*kore"):
        speak("Who speaks?")


def test_the_four_other_voices_are_those_of_the_package() -> None:
    own = {name: entry["sha256"] for name, entry in hibari.voices.VOICES.items()}
    assert own == voice.WEIGHTS
