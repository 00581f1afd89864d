"""The course's neural voice: hibari, whose weights come inside a Python package; it times its words itself.

Not for fetching: of hibari's other voices it speaks those whose file lies on this machine.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import math
import platform
import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.errors import CourseError, UsageError
from course.files import digest_file
from course.voice import sound
from course.voice.settings import entry
from course.voice.spoken import sentences, spoken_words
from course.voice.timing import (
    AFTER_CLAUSE,
    AFTER_SENTENCE,
    BREATH,
    FASTEST,
    FRAME,
    Span,
    speech_intervals,
    words_said,
)

NAME = "hibari"
VERSION = "0.2.1"
WEIGHTS = {  # SHA-256 of each voice's file
    "heart": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
    "emma": "f709f0488ee63b583a22189a955aaf4257b9806dd330be3490661e53af0a89c1",
    "fenrir": "f59fbd87908c91f827bc21b1b89443757b9a8580db9eee20aa948deb731321f4",
    "fable": "c28529302f2d27cd12f62625c24425888c4e3c2675583100ec530259136b8bc6",
    "kore": "346885752673e45d42f9864c9e2432094bc4b6385df060d4b83273da764d2fa9",
}

UNIT = 0.025  # seconds: the model gives every sound a whole number of these
LATE = 0.08  # seconds by which the model's own times lag behind what is heard
LEAD, TAIL = 0.04, 0.12  # seconds kept before the first sound of a sentence and after its last
THREADS = 1  # of the model: two give other bytes
MOST = 400  # phonemes that the model says well in one go
DRAWS = 1 << 20  # numbers of noise by which what is kept of it grows: 11 s of speech
# Its own pace is 163 to 173 words a minute. These are no factors, since each sound is rounded to UNIT: 0.9
# lengthens by 3 to 4 %, 0.85 by 9, 0.8 by 20. A line is said at the first that is not too fast for it.
SPEEDS = (0.87, 0.84, 0.82, 0.8, 0.78, 0.74, 0.7, 0.67, 0.64)
LENGTHS = "/Sub_output_0"  # where the model's graph has the units that each sound lasts, before it rounds
# Which speed that is, is told from the sounds' lengths before anything is said: they come cheaply at a speed
# at which every sound is cut to one unit, and are only asked for where so many phonemes could be too fast.
HURRY = 1000.0
EACH = 0.058  # seconds that one takes, over a line: few have less
AIM = 176.0  # words a minute that it is told to have, so that it has no more than FASTEST
CUT = 0.1  # seconds of silence that are cut off a line at its ends

INSTRUCTIONS = (
    "AVX2",
    "FMA3",
    "AVX512F",
    "AVX512_SKX",
    "AVX512_CLX",
    "AVX512_ICL",
    "AVX512_SPR",
    "ASIMDDP",
    "SVE",
)
NEAR = 0.06  # seconds between the model's time and the sound's, at which the sound is believed
RESTS = ' ,.;:!?—…"'

# Words that hibari says otherwise than people of the field do, in its phonemes: A as in "day", I "my",
# O "go", W "now", Y "boy", T the flapped "t"; ˈ and ˌ stand before a stressed vowel. A test has these and the
# other words of the course.
PHONEMES = {
    "euler": "ˈYləɹ",
    "heun": "hˈYn",
    "fourier": "fˈʊɹiˌA",
    "gaussian": "ɡˈWsiən",
    "gaussians": "ɡˈWsiənz",
    "laplace": "ləplˈɑs",
    "langevin": "lˈɑnʒəvˌæn",
    "kolmogorov": "kˌɔlməɡˈɔɹəf",
    "lagrange": "ləɡɹˈɑnʤ",
    "leibler": "lˈIbləɹ",
    "cauchy": "kOʃˈi",
    "markov": "mˈɑɹkɔf",
    "denoise": "dˌinˈYz",
    "denoises": "dˌinˈYzᵻz",
    "denoised": "dˌinˈYzd",
    "denoiser": "dˌinˈYzəɹ",
    "denoisers": "dˌinˈYzəɹz",
    "denoising": "dˌinˈYzɪŋ",
    "renoise": "ɹˌinˈYz",
    "renoised": "ɹˌinˈYzd",
    "resample": "ɹˌisˈæmpᵊl",
    "resampled": "ɹˌisˈæmpᵊld",
    "sampler": "sˈæmpləɹ",
    "samplers": "sˈæmpləɹz",
    "drawing": "dɹˈɔɪŋ",
    "drawings": "dɹˈɔɪŋz",
    "rewind": "ɹˌiwˈInd",
    "read": "ɹˈid",  # of its two ways, that of "you read": the tagger takes it for the past
    "logit": "lˈOʤɪt",
    "logits": "lˈOʤɪts",
    "relu": "ɹˈɛlu",
    "silu": "sˈilu",
    "parameterization": "pəɹˌæməTəɹəzˈAʃən",
    "reparameterization": "ɹˌipəɹˌæməTəɹəzˈAʃən",
    "autoencoder": "ˌɔTOɪnkˈOdəɹ",
    "autoencoders": "ˌɔTOɪnkˈOdəɹz",
    "ode": "ˌOdˌiˈi",
    "elbo": "ˈɛlbO",
    "fid": "ˌɛfˌIdˈi",
    "iid": "ˌIˌIdˈi",
    "gif": "ʤˈɪf",
    "numpy": "nˈʌmpˌI",
    "multiplied": "mˈʌltəplˌId",
}


@dataclass(frozen=True)
class _Model:
    session: Any
    vocabulary: dict[str, int]
    phonemes: Any


@dataclass(frozen=True)
class _Part:
    """What the model says in one go: words, their phonemes each with its word, and these as numbers."""

    words: list[str]
    signs: list[tuple[str, int | None]]
    ids: list[int]


@cache
def _installed() -> bool:
    """Whether the package is there in the version that this module knows; imports nothing."""
    try:
        return importlib.metadata.version("hibari-tts") == VERSION and bool(
            importlib.util.find_spec("onnxruntime")
        )
    except importlib.metadata.PackageNotFoundError:
        return False


def _chosen() -> str:
    name = entry("hibari", "heart")
    if name not in WEIGHTS:
        raise UsageError(
            f"hibari has no voice called {name!r}. Set hibari under [voice] in course.toml to one of: "
            f"{', '.join(WEIGHTS)}."
        )
    return name


def _path(name: str) -> Path:
    """Where the package says that a voice lies, without the libraries that its other modules load: a build
    asks for it even where nothing is to be said."""
    package = importlib.util.find_spec("hibari")
    if package is None or package.origin is None:
        raise FileNotFoundError("hibari")
    voices = runpy.run_path(str(Path(package.origin).with_name("voices.py")))
    return Path(voices["voice_path"](name, download_missing=False))


@cache
def _weights(name: str) -> Path:
    """The file of a voice, with its digest checked; never fetched."""
    try:
        path = _path(name)
        found = digest_file(path)
    except OSError as error:
        path = Path(error.filename or error.args[0])
        get = "pip install --force-reinstall --no-deps hibari-tts" if name == "heart" else "copy it there"
        raise CourseError(
            f"The weights of the voice {name} are missing ({path}). Put them back ({get}), or use another "
            "--voice."
        ) from None
    if found != WEIGHTS[name]:
        raise CourseError(
            f"{path} is damaged or not the voice {name} that this course knows. Put the right one there "
            f"(SHA-256 {WEIGHTS[name][:12]}…), or use another --voice."
        )
    return path


def identity(text: str) -> str | None:
    """What a spoken line depends on besides its text; None where this voice is not installed.

    Names what may change the bytes: the libraries, and the processor's instructions.
    """
    if not _installed():
        return None
    name = _chosen()
    _weights(name)
    pauses = f"{AFTER_SENTENCE} {AFTER_CLAUSE} {BREATH} {CUT}"
    rules = f"{THREADS} {UNIT} {LATE} {LEAD} {TAIL} {MOST} {SPEEDS} {FASTEST} {AIM} {EACH} {pauses} {NEAR}"
    said = spoken_words(text, {})
    own = {word: PHONEMES[word] for word in map(_bare, said) if word in PHONEMES}
    return f"{name} {VERSION} {_machine()} {rules} {own} {' '.join(said)}"


@cache
def _machine() -> str:
    """Libraries, processor, and the instructions by which kernels are chosen, as far as NumPy knows them."""
    try:
        features = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):
        features = {}
    libraries = [f"{one} {importlib.metadata.version(one)}" for one in ("onnxruntime", "numpy", "scipy")]
    return " ".join([*libraries, platform.machine(), *(one for one in INSTRUCTIONS if features.get(one))])


@cache
def _model(name: str) -> _Model:
    import onnxruntime
    from hibari.g2p import G2P
    from hibari.tts import ASSETS
    from hibari.voices import VOICES

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # no two sentences have the same shape
    # Protobuf merges messages that follow one another: this one names one more output of the graph.
    output = _message(7, _message(12, _message(1, LENGTHS.encode())))
    session = onnxruntime.InferenceSession(
        _weights(name).read_bytes() + output, options, providers=["CPUExecutionProvider"]
    )
    vocabulary = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
    return _Model(session, vocabulary, G2P(british=VOICES[name]["british"]))


def _message(field: int, data: bytes) -> bytes:
    assert len(data) < 128
    return bytes([field << 3 | 2, len(data)]) + data


def _bare(word: str) -> str:
    return word.lower().strip(".,?!;:").removesuffix("'s")


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """Speak a line: samples (N,) at 48 kHz and each written word's span.

    A line that would be faster than the course allows is said slower. Raises `UsageError` for what is no
    English, `CourseError` where the weights are missing or exchanged.
    """
    said = [_digits(word) for word in spoken_words(text, {})]
    model = _model(_chosen())
    parts = _line(model, [word for word in said if word])
    count = words_said(text)

    def pace(seconds: float) -> float:
        return 60 * count / (seconds + BREATH)

    speed = _speed(model, parts, pace)
    samples, heard = _said(model, parts, speed)
    for slower in SPEEDS[SPEEDS.index(speed) + 1 :]:
        if pace(len(samples) / sound.RATE - CUT) <= FASTEST:
            break
        samples, heard = _said(model, parts, slower)
    spans: list[Span] = []
    for word in said:
        before = spans[-1][1] if spans else heard[0][0]
        spans.append(heard.pop(0) if word else (before, before))
    return samples, spans


def _speed(model: _Model, parts: list[_Part], pace: Callable[[float], float]) -> float:
    """The first of the speeds that is not too fast for a line, before it is said."""
    rests = sum(_rest(part.words[-1]) for part in parts[:-1]) - CUT
    if pace(EACH * sum(len(part.signs) for part in parts) + rests) <= FASTEST:
        return SPEEDS[0]
    lengths = [_lengths(model, part) for part in parts]
    for speed in SPEEDS[:-1]:
        if pace(UNIT * sum(_units(sounds, speed).sum() for sounds in lengths) + rests) <= AIM:
            return speed
    return SPEEDS[-1]


def _rest(word: str) -> float:
    """Seconds of silence after a word that ends a sentence."""
    return AFTER_SENTENCE.get(word.replace("...", "…")[-1], 0.0)


def _digits(word: str) -> str:
    """Decimals digit by digit: the voice leaves out a zero at the end."""
    return re.sub(r"(\d)\.(\d+)", lambda found: f"{found[1]} point {' '.join(found[2])}", word)


def _units(lengths: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """The whole units (L,) that the model makes of the lengths of L sounds."""
    return np.maximum(np.round(lengths / np.float32(speed)), 1.0)


def _lengths(model: _Model, part: _Part) -> NDArray[np.float32]:
    """The units (L,) that each sound of a part would last at speed 1, from its first to its last."""
    sounds = [place for place, (_, owner) in enumerate(part.signs) if owner is not None]
    *_, lengths = model.session.run(None, _inputs(part, HURRY))
    return np.asarray(lengths.reshape(-1)[1 + sounds[0] : 2 + sounds[-1]])


def _inputs(part: _Part, speed: float) -> dict[str, NDArray[Any]]:
    return {"ids": np.array([[0, *part.ids, 0]], np.int64), "speed": np.array([speed], np.float32)}


def _said(model: _Model, parts: list[_Part], speed: float) -> tuple[sound.Samples, list[Span]]:
    """The parts of a line, one by one, with the course's own pauses: samples (N,) and the words' spans."""
    pieces: list[sound.Samples] = []
    spans: list[Span] = []
    now = 0.0
    for part in parts:
        samples, times, _ = _sentence(model, part, speed)
        at = max(0.0, times[0][0] - LEAD)
        for (start, end), after, word in zip(times, [*times[1:], None], part.words, strict=True):
            spans.append((now + start - at, now + end - at))
            if after is None:
                until, rest = end + TAIL, _rest(word)
            else:
                gap = after[0] - end
                until, rest = (end + after[0]) / 2, AFTER_CLAUSE.get(word[-1], 0.0) - gap
                if gap < 2 * FRAME or rest <= 0:
                    continue
            # Cut where nothing is heard, so that no sound is.
            piece = sound.faded(samples[round(at * sound.RATE) : round(until * sound.RATE)])
            pieces += [piece, np.zeros(round(rest * sound.RATE), np.float32)]
            now += (len(piece) + len(pieces[-1])) / sound.RATE
            at = until
    return np.concatenate(pieces[:-1]), spans


def _line(model: _Model, words: list[str]) -> list[_Part]:
    """The parts of a line: its sentences, those that are too long for the model cut."""
    return [part for places in sentences(words) for part in _parts(model, [words[i] for i in places])]


def _parts(model: _Model, words: list[str]) -> list[_Part]:
    """A sentence in parts that the model says well: cut in the middle, after a comma where there is one."""
    signs = _phonemes(model, words)
    if len(words) == 1 or len(signs) <= MOST:
        return [_Part(words, signs, [model.vocabulary[sign] for sign, _ in signs])]
    cut = min(
        range(1, len(words)),
        key=lambda place: (words[place - 1][-1] not in ",;:", abs(place - len(words) / 2)),
    )
    return _parts(model, words[:cut]) + _parts(model, words[cut:])


def _sentence(
    model: _Model, part: _Part, speed: float
) -> tuple[sound.Samples, list[Span], NDArray[np.float32]]:
    """One part as the voice says it: samples (N,) at 48 kHz, the words' spans, the sounds' lengths."""
    from hibari import dsp
    from scipy.fft import irfft, next_fast_len, rfft

    *bands, lengths = model.session.run(None, _inputs(part, speed))
    samples = dsp.synth(*(band[0] for band in bands), _Noise())
    count = 2 * len(samples)
    size = next_fast_len(len(samples), real=True)
    samples = (2 * irfft(rfft(samples, size), 2 * size)[:count]).astype(np.float32)  # to 48 kHz
    ends = [UNIT * float(end) - LATE for end in accumulate(_units(lengths.reshape(-1), speed))]
    starts: list[float] = []
    rests = {0, len(part.words)}  # the voice rests before these words, and after the last
    for place, (sign, owner) in enumerate(part.signs):
        if owner == len(starts):
            starts.append(max(0.0, ends[place]))
        elif owner is None and sign != " ":
            rests.add(len(starts))
    return samples, _spans(samples, starts, rests), lengths.reshape(-1)


class _Noise:
    """NumPy's generator of seed 0, which starts anew for every part; what it draws is kept, being slow."""

    def standard_normal(self, shape: tuple[int, ...], dtype: type[np.float32]) -> NDArray[np.float32]:
        """The first numbers that it draws, as an array of this shape of the caller's own."""
        count = math.prod(shape)
        return _draws(-(-count // DRAWS) * DRAWS)[:count].reshape(shape).astype(dtype)


@cache
def _draws(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal(count, np.float32)


def _spans(samples: sound.Samples, starts: list[float], rests: set[int]) -> list[Span]:
    """From where words start: they end where the next one does, and before a rest where the sound ends."""
    total = len(samples) / sound.RATE
    heard = speech_intervals(samples, pause=2 * FRAME)
    silences = list(
        zip([0.0, *(end for _, end in heard)], [*(start for start, _ in heard), total], strict=True)
    )
    ends = [*starts[1:], total]
    for place in rests:
        # The longest silence from the middle of the word before to that of the word after.
        low = (starts[place - 1] + ends[place - 1]) / 2 if place else 0.0
        high = (starts[place] + ends[place]) / 2 if place < len(starts) else ends[-1]
        start, end = max(
            ((max(low, start), min(high, end)) for start, end in silences),
            key=lambda span: span[1] - span[0],
            default=(0.0, 0.0),
        )
        if end - start < 2 * FRAME:
            continue
        if place:
            ends[place - 1] = start
        if place < len(starts) and abs(end - starts[place]) < NEAR:
            starts[place] = end
    return list(zip(starts, ends, strict=True))


def _phonemes(model: _Model, words: list[str]) -> list[tuple[str, int | None]]:
    """The phonemes of a sentence, sign by sign, with the word that each belongs to; None for rests."""
    # Blanks separate tokens for good, so a token belongs to the word in whose place it stands.
    written = [word.replace("...", "…") for word in words]
    text = " ".join(written)
    owner_at = [place for place, word in enumerate(written) for _ in f"{word} "]
    tokens = model.phonemes.tokenize(text)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if own := PHONEMES.get(token.text.lower()):
            own = own.replace("O", "Q") if model.phonemes.british else own  # the British vowel of "go"
            token.phonemes, token.rating = own, 5
            if after and after.text == "'s" and not token.whitespace:
                after.phonemes = "ᵻz" if own[-1] in "szʃʒʧʤ" else "s" if own[-1] in "ptkfθ" else "z"
    at = 0
    signs: list[tuple[str, int | None]] = []
    for token in model.phonemes.phonemize_tokens(tokens):
        owner = owner_at[at]
        sounds = [sign for sign in token.phonemes or "" if sign in model.vocabulary]
        signs += [(sign, None if sign in RESTS else owner) for sign in sounds]
        if token.whitespace:
            signs.append((" ", None))
        at += len(token.text) + len(token.whitespace)
    for place in sorted(set(range(len(words))) - {owner for _, owner in signs}):
        raise CourseError(
            f'The voice hibari has no sound for "{words[place]}". Write it otherwise, or use another --voice.'
        )
    return signs
