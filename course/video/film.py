"""The film's file: pictures as they were encoded, sound beside them, marks inside, the index in front.

Not for making pictures or sound; the video is copied packet by packet and never encoded again.
"""

import math
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
import numpy as np

from course.errors import CourseError
from course.files import replacing
from course.paths import shown
from course.video.encoding import REORDER, longest
from course.video.groups import Strip
from course.voice import sound

PRIMING = 1024  # samples an AAC encoder puts in front
BIT_RATE = 192_000
DEPTHS = {"story": "The story", "mechanism": "The mechanism", "derivation": "The derivation"}
"""What the depths of a chapter are called in its marks."""


@dataclass(frozen=True)
class Mark:
    """A chapter mark: `title` from `start` seconds on, until the next one."""

    start: float
    title: str


@dataclass(frozen=True)
class Shape:
    """What pieces of film must have in common to be joined as they are."""

    width: int
    height: int
    fps: Fraction
    headers: bytes


def shape(video: Path) -> Shape:
    """Look at a video's headers. Raises `CourseError` where it is no H.264 in 4:2:0."""
    try:
        with av.open(str(video)) as container:
            if not container.streams.video:
                raise CourseError(f"{shown(video)} holds no picture. Render the chapter again.")
            stream = container.streams.video[0]
            context = stream.codec_context
            if context.name != "h264" or context.pix_fmt != "yuv420p" or not stream.average_rate:
                found = f"{context.name}, {context.pix_fmt}"
                raise CourseError(
                    f"{shown(video)} is {found}, not H.264 in yuv420p. Render the chapter again."
                )
            rate = Fraction(stream.guessed_rate or stream.average_rate)
            return Shape(context.width, context.height, rate, bytes(context.extradata or b""))
    except (av.FFmpegError, OSError) as error:
        raise CourseError(f"{shown(video)} does not open ({error}). Render the chapter again.") from None


def timing(video: Path, part: range | None = None) -> tuple[int, int]:
    """How many pictures a video, or a `part` of it, holds; by how many of them coding runs ahead of showing.

    Decodes nothing. Raises `CourseError` where the file ends before its pictures do, and where a part does
    not begin and end with whole groups of pictures.
    """
    rate = shape(video).fps
    with av.open(str(video)) as container:
        stream: Any = container.streams.video[0]
        found = [(number, packet.is_keyframe) for number, packet in _packets(container, rate, part)]
        wanted = stream.frames if part is None else len(part)
    shown_at = [number for number, _ in found]
    if not shown_at or len(shown_at) < wanted:
        raise CourseError(
            f"{shown(video)} holds {len(shown_at)} of its {wanted} pictures. Render the chapter again."
        )
    if part is not None and (sorted(shown_at) != list(part) or found[0] != (part.start, True)):
        raise CourseError(f"{shown(video)} cannot be cut at picture {part.start}. Render the chapter again.")
    first = min(shown_at)
    return len(shown_at), max(number - at + first for number, at in enumerate(shown_at))


def _packets(container: Any, rate: Fraction, part: range | None) -> Iterator[tuple[int, Any]]:
    """The packets of a video, or a part of it, in the order of decoding, each with the picture it shows."""
    stream = container.streams.video[0]
    origin = round((stream.start_time or 0) * stream.time_base * rate)
    if part is not None:
        # A container is searched by decoding times, which run ahead: what comes too early is passed over.
        before = max(0, part.start + origin - longest(rate))
        container.seek(round(before / rate / stream.time_base), stream=stream)
    for packet in container.demux(stream):
        if not packet.size:
            continue
        number = round(packet.pts * packet.time_base * rate) - origin
        if part is None or number in part:
            yield number, packet
        elif packet.is_keyframe and number >= part.stop:
            return


def write_film(
    videos: Sequence[Path] | Strip,
    track: Path | None,
    marks: Sequence[Mark],
    title: str,
    path: Path,
    part: range | None = None,
) -> int:
    """Join `videos` and the sound in `track` in an MP4; returns how many pictures it has.

    `track` is a 48 kHz stereo WAV, or a film that was written here, whose sound is copied.

    H.264 as it came, AAC-LC 48 kHz stereo, chapter marks, index in front, no edit list: the first picture and
    the first sample are both at 0. Of each video only the pictures in `part`, if it is given. Raises
    `CourseError` where the videos do not fit together, or a part does not hold whole groups of pictures.
    """
    if isinstance(videos, Strip):
        fps, count = videos.encoding.fps, videos.frames
    else:
        first = shape(videos[0])
        for video in videos[1:]:
            if shape(video) != first:
                raise CourseError(
                    f"{shown(video)} was rendered with other settings than {shown(videos[0])}, so they "
                    "cannot be joined. Render all chapters with the same quality and frame rate."
                )
        timings = [timing(video, part) for video in videos]
        fps, counts, delay = first.fps, [count for count, _ in timings], max(ahead for _, ahead in timings)
        count = sum(counts)
    with replacing(path) as temporary:
        options = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"}
        with av.open(str(temporary), "w", format="mp4", options=options) as out:
            out.metadata["title"] = title
            if isinstance(videos, Strip):
                picture = videos.encoding.add_stream(out, videos.width, videos.height)
                pictures = _groups(videos, picture)
            else:
                with av.open(str(videos[0])) as template:
                    picture = out.add_stream_from_template(template.streams.video[0])
                picture.time_base = 1 / fps
                pictures = _pictures(videos, counts, delay, picture, part)
            # Measured on narration: the fast coder takes half the time of the default and comes 28 dB closer.
            audio: Any = None
            heard: Iterator[tuple[float, Any]] = iter(())
            if track is not None and track.suffix == ".wav":
                options = {"aac_coder": "fast"}
                audio = out.add_stream("aac", rate=sound.RATE, layout="stereo", options=options)
                audio.bit_rate = BIT_RATE
                heard = _sounds(track, audio)
            elif track is not None:
                with av.open(str(track)) as template:
                    audio = out.add_stream_from_template(template.streams.audio[0])
                heard = _copied(track, audio)
            if marks:
                out.set_chapters(_chapters(marks, count, fps))
            # Both at once, in order of time: else the muxer would keep all of one in memory, waiting for the
            # other.
            packets = merge(pictures, heard, key=lambda item: item[0])
            for _, packet in packets:
                out.mux(packet)
    return count


def _groups(strip: Strip, stream: Any) -> Iterator[tuple[float, Any]]:
    """As `_pictures`, from groups."""
    rate = strip.encoding.fps
    for number, (data, place, begins) in enumerate(strip.packets()):
        packet: Any = av.Packet(data)
        packet.stream, packet.time_base = stream, 1 / rate
        packet.pts, packet.dts, packet.duration = place, number - REORDER, 1
        packet.is_keyframe = begins
        yield float(number / rate), packet


def _pictures(
    videos: Sequence[Path], counts: Sequence[int], delay: int, stream: Any, part: range | None
) -> Iterator[tuple[float, Any]]:
    """The videos' packets with times in whole frames, one video after the other, and when each is due.

    Decoding times are counted anew: those of short pieces overlap where pieces are joined.
    """
    before = 0
    for video, count in zip(videos, counts, strict=True):
        with av.open(str(video)) as container:
            source: Any = container.streams.video[0]
            rate = Fraction(source.guessed_rate or source.average_rate)
            first = part.start if part else 0
            for number, (shown_at, packet) in enumerate(_packets(container, rate, part)):
                packet.stream = stream
                packet.time_base = 1 / rate
                packet.pts = before + shown_at - first
                packet.dts = before + number - delay
                packet.duration = 1
                yield float((before + number) / rate), packet
        before += count


def _sounds(track: Path, stream: Any) -> Iterator[tuple[float, Any]]:
    """The track as AAC packets, without what the encoder puts in front: no edit list has to hide it."""
    total = sound.length(track)
    position = 0
    for block in sound.blocks_of(track, 100 * PRIMING):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = sound.RATE, position, Fraction(1, sound.RATE)
        position += len(block)
        yield from _kept(stream.encode(frame), total)
    yield from _kept(stream.encode(None), total)


def _copied(film: Path, stream: Any) -> Iterator[tuple[float, Any]]:
    """The AAC packets of a film."""
    with av.open(str(film)) as container:
        packets: Any = container.demux(container.streams.audio[0])
        for packet in packets:
            if packet.size:
                at = float(packet.pts * packet.time_base)
                packet.stream = stream
                yield at, packet


def _kept(packets: Sequence[Any], total: int) -> Iterator[tuple[float, Any]]:
    for packet in packets:
        at = round(packet.pts * packet.time_base * sound.RATE)
        if 0 <= at < total:
            packet.duration = min(PRIMING, total - at)
            yield at / sound.RATE, packet


def cut(track: Path, start: float, stop: float, path: Path) -> None:
    """Write what is heard in `track` (WAV) from second `start` to `stop`; silence where it has ended."""
    first, last = round(start * sound.RATE), round(stop * sound.RATE)
    with wave.open(str(track), "rb") as source, wave.open(str(path), "wb") as target:
        target.setparams(source.getparams())
        source.setpos(min(first, source.getnframes()))
        data = source.readframes(last - first)
        target.writeframes(data.ljust((last - first) * source.getnchannels() * source.getsampwidth(), b"\0"))


def moment(frame: int, fps: float | Fraction) -> float:
    """When a picture is on screen, in seconds and whole milliseconds: never the end of the one before it."""
    return math.ceil(Fraction(1000 * frame) / Fraction(fps).limit_denominator(1001)) / 1000


def _chapters(marks: Sequence[Mark], frames: int, fps: Fraction) -> list[Any]:
    # MP4 keeps marks in milliseconds; rounded down, a player that jumps there shows the picture before.
    starts = [round(1000 * moment(round(mark.start * fps), fps)) for mark in marks]
    return [
        {
            "id": number,
            "start": start,
            "end": end,
            "time_base": Fraction(1, 1000),
            "metadata": {"title": mark.title},
        }
        for number, (mark, start, end) in enumerate(
            zip(marks, starts, [*starts[1:], int(1000 * frames / fps)], strict=True)
        )
    ]
