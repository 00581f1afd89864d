"""The script a person reads aloud, and what is wrong with the takes: missing, clipped, noisy, outdated.

Not for playing takes: `takes` does that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from course.errors import CourseError
from course.files import write_json
from course.voice import sound, takes
from course.voice.spoken import clean, spoken_words
from course.voice.timing import PACE, levels, speech_intervals


@dataclass(frozen=True)
class Line:
    """A line of a chapter: the number that names its take, the depth it belongs to, and what it says."""

    number: str
    depth: str
    text: str


def numbered(chapter: str, lines: Sequence[tuple[str, str]]) -> list[Line]:
    """Give every different text a number. A text keeps the one it was recorded under."""
    known = {text: number for number, text in takes.script(chapter).items()}
    highest = max((int(number) for number in known.values() if number.isdigit()), default=0)
    result: dict[str, Line] = {}
    for depth, written in lines:
        text = clean(written)
        if text not in known:
            highest += 1
            known[text] = f"{highest:03d}"
        result.setdefault(text, Line(known[text], depth, text))
    return list(result.values())


def write_script(chapter: str, lines: Sequence[tuple[str, str]]) -> list[Line]:
    """Write `assets/voice/<chapter>/script.json` and return the lines in the order in which they are said.

    Lines that are no longer said stay in it while there is a take of them, so that the take is known to be
    old.
    """
    script = numbered(chapter, lines)
    table = {line.number: line.text for line in script}
    for number, text in takes.script(chapter).items():
        if number not in table and (takes.folder() / chapter / f"{number}.wav").exists():
            table[number] = text
    write_json(takes.folder() / chapter / takes.SCRIPT, {"lines": dict(sorted(table.items()))})
    return script


def check(chapter: str, lines: Sequence[tuple[str, str]]) -> list[str]:
    """What is wrong with a chapter's takes, one sentence each that names the file; empty if all is well."""
    home = takes.folder() / chapter
    script = numbered(chapter, lines)
    wanted = {line.number for line in script}
    found: list[str] = []
    for line in script:
        path = home / f"{line.number}.wav"
        if not path.exists():
            found.append(f'{path.name} is missing: "{line.text}"')
            continue
        found += [f"{path.name} {fault}" for fault in faults(path, line.text)]
    for path in sorted(home.glob("*.wav")):
        if path.stem not in wanted:
            old = takes.script(chapter).get(path.stem)
            said = f' It was read for: "{old}"' if old else ""
            found.append(f"{path.name} is out of date: no line of the chapter says this any more.{said}")
    return found


def faults(path: Path, text: str) -> list[str]:
    """What is wrong with one recording, each as the end of a sentence that begins with its name."""
    try:
        samples = sound.read(path)
        with av.open(str(path)) as container:
            rate = container.streams.audio[0].rate
    except CourseError as error:
        return [f"cannot be used: {error}"]
    found = []
    if rate < 44_100:
        found.append(f"was recorded at {rate / 1000:g} kHz and sounds dull. Record at 48 kHz.")
    if _clipped(samples):
        found.append("is clipped. Record it again, not so loud.")
    level = sound.loudness([np.tile(samples, max(1, -(-sound.RATE // len(samples))))], peaks=False).integrated
    speech = speech_intervals(samples)
    if level < -45.0 or not speech:
        return [*found, "is nearly silent. Record it again, louder."]
    distance = _above_noise(samples)
    if distance < 25.0:
        found.append(
            f"is noisy: the voice is only {distance:.0f} dB above the room. Record it in a quieter one."
        )
    seconds = sum(end - start for start, end in speech)
    pace = len(" ".join(spoken_words(text)).split()) / seconds * 60
    if pace > 220.0 or (pace < 70.0 and seconds > 2.0):
        found.append(
            f"has {pace:.0f} words a minute. Is it the right line? The course speaks {PACE[0]} to {PACE[1]}."
        )
    return found


def _clipped(samples: sound.Samples) -> bool:
    """Whether the top is flat: three samples in a row at the very peak, which is at or near full scale."""
    peak = float(np.abs(samples).max())
    if peak < 0.9:
        return False
    flat = np.abs(samples) > peak * 0.999
    return bool(np.any(flat[:-2] & flat[1:-1] & flat[2:]))


def _above_noise(samples: sound.Samples) -> float:
    """Decibels between the loud parts and the quietest tenth."""
    quiet, loud = np.quantile(levels(samples), [0.05, 0.95])
    return float(20 * np.log10(loud / max(quiet, 1e-6)))
