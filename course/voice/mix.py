"""The audio bus: lines and soft effects on one track, effects under the voice, at a publisher's loudness.

Not for encoding: the track is an ordinary WAV.
"""

import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from course.errors import CourseError
from course.voice import sound
from course.voice.speech import Cue

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a missing ffmpeg program, which nothing here needs
    from pydub import AudioSegment

LUFS = -14.0  # integrated, of the stereo track (ITU-R BS.1770)
HOLD = -2.0  # dBTP the limiter aims at: encoding to AAC and back adds up to about 1 dB
DUCK = -10.0  # decibels an effect gives way under the voice
EASE = 0.25  # seconds in which it does
BLOCK = 10.0  # seconds mixed at a time: an hour's track never lies in memory
_MONO_TO_STEREO = 3.01  # LU that the same sound on two channels measures above one


@dataclass(frozen=True)
class Effect:
    """A sound under the film: a WAV at `path`, starting at `start` seconds, `gain` in decibels."""

    start: float
    path: Path
    gain: float = 0.0


def mix(cues: Sequence[Cue], duration: float, path: Path, effects: Sequence[Effect] = ()) -> None:
    """Write one 48 kHz 16-bit stereo WAV of exactly `duration` seconds, at −14 LUFS and below −1 dBTP.

    A line that would run past the end is faded out there. A track without any sound stays silent.
    Raises `CourseError` where a line's sound is missing.
    """
    total = round(duration * sound.RATE)
    with tempfile.TemporaryDirectory(prefix="course-mix-") as folder:
        bus = Path(folder) / "bus.wav"
        sound.write(bus, _bus(cues, effects, total))
        level = sound.loudness(sound.blocks_of(bus), peaks=False).integrated
        if level <= -69.0:
            sound.write(path, (_stereo(block) for block in sound.blocks_of(bus)), channels=2)
            return
        gain = LUFS - _MONO_TO_STEREO - level
        for _ in range(5):
            loud = Path(folder) / "loud.wav"
            sound.write(loud, _exactly(sound.filtered(sound.blocks_of(bus), _limiter(gain)), total))
            miss = LUFS - _MONO_TO_STEREO - sound.loudness(sound.blocks_of(loud), peaks=False).integrated
            if abs(miss) < 0.2:
                break
            gain += miss
        sound.write(path, (_stereo(block) for block in sound.blocks_of(loud)), channels=2)


def _limiter(gain: float) -> str:
    """Louder, with peaks held at twice the rate: what lies between two samples counts as well."""
    ceiling = 10 ** (HOLD / 20)
    return (
        f"volume={gain:.3f}dB:precision=float,aresample={2 * sound.RATE},"
        f"alimiter=limit={ceiling:.4f}:attack=3:release=80:level=0:latency=1,aresample={sound.RATE}"
    )


def _bus(cues: Sequence[Cue], effects: Sequence[Effect], total: int) -> Iterator[sound.Samples]:
    step = round(BLOCK * sound.RATE)
    for start in range(0, total, step):
        size = min(step, total - start)
        voice = _overlaid([(cue.start, cue.utterance.path, 0.0) for cue in cues], start, size, total)
        under = _overlaid([(one.start, one.path, one.gain) for one in effects], start, size, total)
        yield voice + under * _ducking(cues, start, size) if under.any() else voice


def _overlaid(items: Iterable[tuple[float, Path, float]], start: int, size: int, total: int) -> sound.Samples:
    """The sounds that fall into samples start…start+size of the film, laid over one another."""
    begin, length = round(start * 1000 / sound.RATE), -(-size * 1000 // sound.RATE)
    block = AudioSegment.silent(duration=length, frame_rate=sound.RATE)
    heard = False
    for at, path, gain in items:
        offset = round(at * 1000)
        if offset >= begin + length or offset + _milliseconds(path) <= begin:
            continue
        piece = _segment(path, gain, max(0, round(total * 1000 / sound.RATE) - offset))
        piece = piece[max(0, begin - offset) : begin + length - offset]
        block = block.overlay(piece, position=max(0, offset - begin))
        heard = True
    if not heard:
        return np.zeros(size, np.float32)
    return np.array(block.get_array_of_samples(), dtype=np.float32)[:size] / np.float32(32767.0)


@lru_cache(maxsize=4096)
def _milliseconds(path: Path) -> int:
    try:
        return -(-sound.length(path) * 1000 // sound.RATE)
    except (OSError, EOFError) as error:
        raise CourseError(f"The sound {path} cannot be read ({error}). Render the chapter again.") from None


@lru_cache(maxsize=16)
def _segment(path: Path, gain: float, most: int) -> AudioSegment:
    """A sound as mono at 48 kHz, cut to `most` milliseconds with a short fade where it would be longer."""
    segment = AudioSegment.from_wav(str(path)).set_frame_rate(sound.RATE).set_channels(1).set_sample_width(2)
    segment = segment + gain if gain else segment
    return segment if len(segment) <= most else segment[:most].fade_out(min(20, most))


def _ducking(cues: Sequence[Cue], start: int, size: int) -> sound.Samples:
    """The effects' gain (size,): lower while somebody speaks, eased in before and out after."""
    times = (start + np.arange(size)) / sound.RATE
    depth = np.zeros(size)
    for cue in cues:
        if cue.end + EASE > times[0] and cue.start - EASE < times[-1]:
            edges = [cue.start - EASE, cue.start, cue.end, cue.end + EASE]
            depth = np.maximum(depth, np.interp(times, edges, [0.0, 1.0, 1.0, 0.0]))
    return (10 ** (DUCK * depth / 20)).astype(np.float32)


def _exactly(blocks: Iterable[sound.Samples], total: int) -> Iterator[sound.Samples]:
    """Mono blocks (N, 1), cut or filled up with silence to `total` samples."""
    left = total
    for block in blocks:
        yield block[:left]
        left -= min(left, len(block))
    if left:
        yield np.zeros((left, 1), np.float32)


def _stereo(block: sound.Samples) -> sound.Samples:
    return np.repeat(block.reshape(-1, 1), 2, axis=1)
