"""Sound as arrays: reading, writing, filtering, and measuring loudness, through FFmpeg's libraries.

Not for deciding how loud a film should be (mix) and not for speech.
"""

import math
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from course.errors import CourseError
from course.files import replacing

RATE = 48_000
BLOCK = 10 * RATE

Samples = NDArray[np.float32]


def read(path: Path) -> Samples:
    """Any sound file as mono float32 (N,) at 48 kHz, full scale ±1. Raises `CourseError` if it is none."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise CourseError(f"{path} holds no sound. Record it again as a WAV file.")
            # Channels are averaged here: FFmpeg's own way to mono makes a stereo recording 3 dB louder.
            resampler = av.AudioResampler("fltp", rate=RATE)
            frames = (out for frame in container.decode(audio=0) for out in resampler.resample(frame))
            parts = [frame.to_ndarray().mean(axis=0) for frame in chain(frames, _flushed(resampler))]
    except (av.FFmpegError, OSError) as error:
        raise CourseError(
            f"{path} cannot be read as sound ({error}). Record it again as a WAV file."
        ) from None
    if not parts or not sum(part.size for part in parts):
        raise CourseError(f"{path} is empty. Record it again as a WAV file.")
    return np.concatenate(parts).astype(np.float32, copy=False)


def _flushed(resampler: av.AudioResampler) -> Iterator[av.AudioFrame]:
    yield from resampler.resample(None)


def to_int16(samples: Samples) -> NDArray[np.int16]:
    """Rounded and held within full scale."""
    return np.clip(np.rint(samples * 32767.0), -32768, 32767).astype("<i2")


def write(path: Path, blocks: Iterable[Samples], channels: int = 1) -> None:
    """Write blocks of shape (N,) or (N, channels) as one 16-bit WAV at 48 kHz, atomically."""
    with replacing(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for block in blocks:
            file.writeframes(to_int16(block).tobytes())


def length(path: Path) -> int:
    """The number of samples of a WAV file, from its header."""
    with wave.open(str(path), "rb") as file:
        return file.getnframes()


def blocks_of(path: Path, size: int = BLOCK) -> Iterator[Samples]:
    """A WAV file of ours in blocks of float32 (N, channels)."""
    with wave.open(str(path), "rb") as file:
        while data := file.readframes(size):
            raw = np.frombuffer(data, dtype="<i2").reshape(-1, file.getnchannels())
            yield raw.astype(np.float32) / 32767.0


def _graph(chain: str, layout: str) -> Graph:
    graph = Graph()
    nodes = [graph.add_abuffer(format="flt", sample_rate=RATE, layout=layout, time_base=Fraction(1, RATE))]
    for step in chain.split(","):
        name, _, arguments = step.strip().partition("=")
        nodes.append(graph.add(name, arguments or None))
    nodes.append(graph.add("abuffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _through(chain: str, blocks: Iterable[Samples]) -> Iterator[av.AudioFrame]:
    graph: Graph | None = None
    position = 0
    for block in blocks:
        data = block[:, None] if block.ndim == 1 else block
        layout = "mono" if data.shape[1] == 1 else "stereo"
        graph = graph or _graph(chain, layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(data, dtype=np.float32).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate = RATE
        frame.pts = position
        position += len(data)
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield frame


def filtered(blocks: Iterable[Samples], chain: str) -> Iterator[Samples]:
    """Blocks of (N,) or (N, channels) sent through a chain of libavfilter's filters, as (N, channels)."""
    for frame in _through(chain + ",aformat=sample_fmts=flt", blocks):
        channels = frame.layout.nb_channels
        yield frame.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)


def faded(samples: Samples, seconds: float = 0.006) -> Samples:
    """The same samples (N,), risen from and fallen to zero at the ends, so that a join does not click."""
    ramp = np.linspace(0.0, 1.0, round(seconds * RATE), dtype=np.float32)[: len(samples)]
    out = samples.copy()
    out[: len(ramp)] *= ramp
    out[len(out) - len(ramp) :] *= ramp[::-1]
    return out


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS (ITU-R BS.1770-4) and true peak in dBTP; −70 or lower is silence."""

    integrated: float
    true_peak: float


def loudness(blocks: Iterable[Samples], peaks: bool = True) -> Loudness:
    """Measure a sound of at least 0.4 s; shorter ones and silence come out at −70 LUFS.

    Without `peaks` the true peak is left at −120: looking between the samples is most of the work.
    """
    integrated, peak = -70.0, 0.0
    for frame in _through("ebur128=metadata=1" + (":peak=true" if peaks else ""), blocks):
        integrated = float(frame.metadata.get("lavfi.r128.I", integrated))
        peak = max(peak, float(frame.metadata.get("lavfi.r128.true_peak", 0.0)))
    return Loudness(integrated, 20 * math.log10(max(peak, 1e-6)))
