"""Looks at an episode before it leaves: does it play, is it what the site takes, is anything missing.

Not for mending: each finding is one sentence that says what to do.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import av.filter
from PIL import Image

from course.errors import CourseError
from course.progress import progress
from course.publish import metadata
from course.publish.built import Built

LOUDNESS, LOUDNESS_ROOM, PEAK = -14.0, 1.0, -1.0
THUMBNAIL_SIZE, THUMBNAIL_BYTES = (1280, 720), 2_000_000


@dataclass(frozen=True)
class Finding:
    """One sentence; a `fatal` one keeps the episode at home."""

    text: str
    fatal: bool = True


def film(path: Path, play: bool = True) -> tuple[float, list[Finding]]:
    """Decode the film to its end (`play`), or only read its headers.

    Returns its duration in seconds, 0 for a film that does not open or play, and what is wrong with it.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video or not container.streams.audio:
                return 0.0, [
                    Finding(f"{path.name} lacks a picture or a sound track. Build the episode again.")
                ]
            video, audio = container.streams.video[0], container.streams.audio[0]
            findings = [*_codecs(video, audio), *_index(path)]
            lengths = [_seconds(stream) for stream in (video, audio)]
            duration = max(lengths)
            if not play:
                return duration, []
            frames, sound = _decode(container, duration)
            if video.frames and frames != video.frames:
                findings.append(
                    Finding(
                        f"{path.name} promises {video.frames} pictures but holds {frames}. Build it again."
                    )
                )
            gap = max(lengths) - min(lengths)
            if gap > 0.1:
                findings.append(
                    Finding(f"Picture and sound of {path.name} end {gap:.1f} s apart. Build it again.")
                )
            if not any(one.fatal for one in findings):  # what is broken off is silent for no other reason
                findings += _loudness(sound)
            return duration, findings
    except (av.error.FFmpegError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        return 0.0, [Finding(f"{path.name} does not play to its end ({reason}). Build the episode again.")]


def _seconds(stream: Any) -> float:
    return float(stream.duration * stream.time_base)


def _codecs(video: Any, audio: Any) -> list[Finding]:
    picture, sound = video.codec_context, audio.codec_context
    facts = {
        "picture codec": (picture.name, "h264"),
        "pixel format": (picture.pix_fmt, "yuv420p"),
        "sound codec": (sound.name, "aac"),
        "sampling rate": (sound.sample_rate, 48000),
    }
    return [
        Finding(f"The film's {name} is {found}, but should be {wanted}. Build the episode again.")
        for name, (found, wanted) in facts.items()
        if found != wanted
    ]


def _index(path: Path) -> list[Finding]:
    """Playing can start at once only if the index (`moov`) comes before the pictures (`mdat`)."""
    with open(path, "rb") as file:
        while header := file.read(8):
            size, kind = int.from_bytes(header[:4]), header[4:]
            if kind in (b"moov", b"mdat"):
                late = kind == b"mdat"
                return (
                    [Finding("The film's index is at its end. Build the episode again.", False)]
                    if late
                    else []
                )
            if size == 1:
                size = int.from_bytes(file.read(8)) - 8
            if size < 8:
                break
            file.seek(size - 8, 1)
    return []


def _decode(container: Any, duration: float) -> tuple[int, dict[str, str]]:
    """Count the pictures and measure the sound (EBU R 128), strictly: a concealed error counts as one."""
    video, audio = container.streams.video[0], container.streams.audio[0]
    video.thread_type = "AUTO"
    for stream in (video, audio):
        stream.codec_context.options = {"err_detect": "explode"}
    graph = av.filter.Graph()
    source, meter = graph.add_abuffer(template=audio), graph.add("ebur128", "peak=true:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    measured: dict[str, str] = {}
    frames = 0
    with progress(total=round(duration), desc="playing", unit="s") as bar:
        for packet in container.demux(video, audio):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    frames += 1
                    bar.update(round(min(frame.time or 0.0, duration)) - bar.n)
                else:
                    graph.push(frame)
                    measured = _pull(graph, measured)
        graph.push(None)
        measured = _pull(graph, measured)
        bar.update(round(duration) - bar.n)
    return frames, measured


def _pull(graph: Any, measured: dict[str, str]) -> dict[str, str]:
    while True:
        try:
            measured = dict(graph.pull().metadata) or measured
        except (av.error.BlockingIOError, av.error.EOFError):
            return measured


def _loudness(measured: dict[str, str]) -> list[Finding]:
    loudness = float(measured.get("lavfi.r128.I", "-inf"))
    peak = float(measured.get("lavfi.r128.true_peak", "0"))
    if loudness <= -69:  # the meter's floor: nothing was loud enough to count
        return [Finding("The film is silent. Publish it only if that is meant.", False)]
    findings = []
    if abs(loudness - LOUDNESS) > LOUDNESS_ROOM:
        findings.append(
            Finding(
                f"The film's loudness is {loudness:.1f} LUFS, but should be {LOUDNESS:.0f}. Mix it again.",
                False,
            )
        )
    decibels = 20 * math.log10(max(peak, 1e-9))
    if decibels > PEAK + 0.1:
        findings.append(
            Finding(f"The film's sound peaks at {decibels:.1f} dBTP, above {PEAK:.0f}. Mix it again.", False)
        )
    return findings


def captions(path: Path, duration: float) -> list[Finding]:
    """Read the SRT file as the site would: numbered blocks, times that go forward, words in each."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [Finding(f"{path.name} is not UTF-8 text. Build the episode again.")]
    time = r"(\d\d):([0-5]\d):([0-5]\d)[,.](\d{3})"
    before = 0.0
    for number, block in enumerate(re.split(r"\r?\n\s*\r?\n", text.strip()), 1):
        lines = block.strip().splitlines()
        match = re.fullmatch(rf"{time} --> {time}", lines[1].strip()) if len(lines) >= 3 else None
        if match is None or not lines[0].strip().isdigit() or not "".join(lines[2:]).strip():
            return [Finding(f"Caption {number} in {path.name} cannot be read. Build the episode again.")]
        clock = [int(digits) for digits in match.groups()]
        start, end = (3600 * h + 60 * m + s + ms / 1000 for h, m, s, ms in (clock[:4], clock[4:]))
        if not before <= start < end:
            return [
                Finding(f"Caption {number} in {path.name} does not follow the one before. Build it again.")
            ]
        if end > duration + 0.5:
            return [Finding(f"Caption {number} in {path.name} comes after the film's end. Build it again.")]
        before = end
    return []


def thumbnail(path: Path) -> list[Finding]:
    """Check that the picture opens, and its size in pixels and in bytes."""
    try:
        with Image.open(path) as picture:
            picture.load()
            size = picture.size
    except (OSError, SyntaxError, ValueError):
        return [Finding(f"{path.name} is not a picture that opens. Build the episode again.")]
    if size != THUMBNAIL_SIZE:
        return [
            Finding(f"{path.name} is {size[0]}×{size[1]}, but should be 1280×720. Build the episode again.")
        ]
    if (size_bytes := path.stat().st_size) > THUMBNAIL_BYTES:
        return [
            Finding(
                f"{path.name} has {size_bytes / 1e6:.1f} MB, but YouTube takes 2. Build the episode again."
            )
        ]
    return []


def examine(built: Built, table: metadata.Listing, *, play: bool = True) -> list[Finding]:
    """Everything about one episode; `play=False` skips the film's decoding (it was played before)."""
    if missing := built.missing():
        return [Finding(f"{built.chapter} is not built: {', '.join(missing)} missing. Build it first.")]
    duration, findings = film(built.film, play)
    if not duration:
        return findings
    try:
        text = metadata.description(built, table)
        tags = (*table.tags, metadata.build_tag(built.film_digest))
        findings += map(Finding, metadata.problems(built.title, text, tags, duration))
        findings += map(Finding, built.stale())
        if not re.search("licen[cs]e", text, re.IGNORECASE):
            findings.append(
                Finding("The description names no licence of what is shown. Build the episode again.")
            )
    except CourseError as error:
        findings.append(Finding(str(error)))
    return [*findings, *captions(built.captions, duration), *thumbnail(built.thumbnail)]
