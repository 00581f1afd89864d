"""Speaking a line of narration: which voice says it, and the spoken line as a value that scenes can time by.

Not for mixing lines into a film (mix) nor for what is written under it (captions).
"""

import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from course.errors import UsageError
from course.files import digest_bytes, digest_file, stamp, write_json
from course.paths import media
from course.voice import endpoint, espeak, festival, hibari, silence, sound, takes
from course.voice.settings import entry
from course.voice.spoken import clean, spoken_words, syllables
from course.voice.timing import Span, speech_intervals, spread

LINE_LUFS = -20.0  # every line is as loud as the next; the film's loudness is set in the mix
BUYING = "COURSE_VOICE_BUY"  # "no": lines that an endpoint has not said yet are estimated and not asked for
CODE = 5  # raise when the same text, voice and settings come out differently


class Voice(Protocol):
    """What a module needs to be a voice."""

    NAME: str

    def identity(self, text: str) -> str | None:
        """What the sound depends on besides the written text; None where this voice cannot say this line."""

    def say(self, text: str) -> tuple[sound.Samples, list[Span]]:
        """Samples (N,) at 48 kHz and a span in seconds for every word of the written text."""


VOICES: tuple[Voice, ...] = (takes, endpoint, hibari, festival, espeak, silence)
NAMES = ("auto", *(voice.NAME for voice in VOICES))


@dataclass(frozen=True)
class Word:
    """A written word, and when it is said, in seconds from the start of its line."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """A spoken line: 48 kHz mono 16-bit WAV at `path`, `duration` in seconds, and the times of its words."""

    text: str
    path: Path
    duration: float
    words: tuple[Word, ...]
    voice: str

    def to_json(self) -> dict[str, Any]:
        """As plain values; the path is named relative to the media folder where it lies there."""
        path = self.path.relative_to(media()) if self.path.is_relative_to(media()) else self.path
        words = [[word.text, word.start, word.end] for word in self.words]
        return {
            "text": self.text,
            "path": str(path),
            "duration": self.duration,
            "words": words,
            "voice": self.voice,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Utterance":
        """The inverse of `to_json`."""
        words = tuple(Word(str(text), float(start), float(end)) for text, start, end in value["words"])
        return cls(value["text"], media() / value["path"], float(value["duration"]), words, value["voice"])


@dataclass(frozen=True)
class Cue:
    """A line and when it starts, in seconds from the start of the film (or of the part it belongs to)."""

    start: float
    utterance: Utterance

    @property
    def end(self) -> float:
        """When the line has been spoken, in seconds."""
        return self.start + self.utterance.duration


def wanted_voice() -> str:
    """The name that COURSE_VOICE, or else course.toml, says."""
    return os.environ.get("COURSE_VOICE") or entry("name", "auto")


def speak(text: str, voice: str | None = None) -> Utterance:
    """Say a line, or take it from the cache where it was said before with the same voice and settings.

    `voice` is one of `NAMES`; None asks COURSE_VOICE, then `[voice] name` in course.toml, then takes the best
    there is. A voice that is missing is replaced by the next one, with one line of warning; the last one is
    silence. Raises `UsageError` for an unknown voice or an empty text, `CourseError` where a voice fails.
    """
    written = clean(text)
    wanted = voice or wanted_voice()
    if wanted not in NAMES:
        raise UsageError(f"There is no voice called {wanted!r}. Choose one of: {', '.join(NAMES)}.")
    first = next((place for place, one in enumerate(VOICES) if wanted == one.NAME), 0)
    chain = VOICES[first:] if any(spoken_words(written)) else (silence,)
    for one in chain:
        identity = one.identity(written)
        if identity is not None:
            _warn_if_second_choice(wanted, one.NAME, len(chain) > 1)
            return _spoken(written, one, identity)
    raise AssertionError("silence can always be had")


def _spoken(text: str, voice: Voice, identity: str) -> Utterance:
    key = digest_bytes(text.encode(), voice.NAME.encode(), identity.encode(), str(CODE).encode())[:32]
    path = media() / "voice" / f"{key}.wav"
    notes = path.with_suffix(".json")
    if notes.exists() and path.exists():
        try:
            value = json.loads(notes.read_text(encoding="utf-8"))
            if value.get("stamp") == stamp(path) or value["sound"] == digest_file(path):
                return Utterance.from_json(value)
        except (ValueError, KeyError, TypeError):
            pass
        _once(f"warning: the spoken line {path.name} is damaged; it is spoken again.")
    if voice is endpoint and os.environ.get(BUYING) == "no":
        return _estimated(text, path.with_suffix(".estimate"))
    samples, spans = _prepared(*voice.say(text))
    sound.write(path, [samples])
    utterance = _utterance(text, path, len(samples) / sound.RATE, spans, voice.NAME)
    made = {"identity": identity, "sound": digest_file(path), "stamp": stamp(path)}
    write_json(notes, utterance.to_json() | made)
    return utterance


def _utterance(text: str, path: Path, duration: float, spans: list[Span], voice: str) -> Utterance:
    words = tuple(
        Word(word, round(float(start), 4), round(float(end), 4))
        for word, (start, end) in zip(text.split(), _in_order(spans, duration), strict=True)
    )
    return Utterance(text, path, duration, words, voice)


def _estimated(text: str, path: Path) -> Utterance:
    """A line as long as the endpoint's voice will probably take; there is no sound at `path`."""
    said = spoken_words(text)
    seconds = max(0.4, _syllable(endpoint.speaker()) * sum(map(syllables, said)))
    return _utterance(text, path, seconds, spread(said, 0.0, seconds), endpoint.NAME)


@cache
def _syllable(speaker: str) -> float:
    """Seconds that this voice of the endpoint took for a syllable so far; before its third line a guess."""
    seconds, count, lines = 0.0, 0, 0
    for notes in (media() / "voice").glob("*.json"):
        try:
            value = json.loads(notes.read_text(encoding="utf-8"))
            if value.get("identity", "").startswith(f"{speaker} "):
                seconds += value["duration"]
                count += sum(map(syllables, spoken_words(value["text"])))
                lines += 1
        except (ValueError, KeyError, OSError):
            continue
    return seconds / count if lines >= 3 else 0.27


def _prepared(samples: sound.Samples, spans: list[Span]) -> tuple[sound.Samples, list[Span]]:
    """Cut to the speech, at the common loudness, without a click at either end."""
    speech = speech_intervals(samples)
    if not speech:
        return samples, spans
    # Soft sounds at the ends, such as the "th" of "think", are no speech to a meter: the voice knows.
    first, last = min(speech[0][0] - 0.06, spans[0][0] - 0.02), max(speech[-1][1] + 0.15, spans[-1][1] + 0.05)
    start = max(0, round(first * sound.RATE))
    samples = samples[start : round(last * sound.RATE)]
    # A caption that stays until the last breath has gone seems late.
    ear = speech[-1][1] + 0.03
    spans = [(a - start / sound.RATE, min(b, ear) - start / sound.RATE) for a, b in spans]
    level = sound.loudness([np.tile(samples, max(1, -(-sound.RATE // len(samples))))], peaks=False).integrated
    gain = 10 ** ((LINE_LUFS - level) / 20) if level > -69 else 1.0
    return sound.faded(samples * np.float32(min(gain, 0.95 / float(np.abs(samples).max())))), spans


def _in_order(spans: list[Span], duration: float) -> list[Span]:
    ordered: list[Span] = []
    for start, end in spans:
        start = min(max(start, ordered[-1][0] if ordered else 0.0), duration)
        ordered.append((start, min(max(end, start), duration)))
    return ordered


_said: set[str] = set()


def _warn_if_second_choice(wanted: str, got: str, matters: bool) -> None:
    if not matters or got == wanted or (wanted == "auto" and got != "silence"):
        return
    if got == "silence":
        _once(
            "warning: no voice is installed, so the narration is silent. "
            "Install one: make setup (course doctor tells more)."
        )
    elif wanted == "takes":
        _once(f"warning: some lines have no take; {got} reads them. `course voice check` names them.")
    else:
        _once(f"warning: the voice {wanted} is not installed; {got} speaks instead.")


def _once(message: str) -> None:
    if message not in _said:
        _said.add(message)
        print(message, file=sys.stderr)
