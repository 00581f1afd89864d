"""Small films whose every picture carries its number, and two ways of looking into the finished file."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from course.video.encoding import encoder_options
from course.video.film import write_film
from course.voice import Cue, Utterance, Word, sound

FPS, SIZE, FRAMES = 30, (320, 180), 187
MARKS = (("story", 0.0), ("mechanism", 61 / FPS), ("derivation", 124 / FPS))
TEXTS = ("Where is a picture?", "The x_t is noise & more.", "Why does ᾱ shrink?")

needs_ffmpeg = pytest.mark.skipif(
    not shutil.which("ffprobe") or not shutil.which("ffmpeg"), reason="ffmpeg and ffprobe are not installed"
)


def numbered(number: int) -> NDArray[np.uint8]:
    """A picture whose top row of nine blocks is its number in binary."""
    pixels = np.full((SIZE[1], SIZE[0], 3), (11, 16, 28), np.uint8)
    for bit in range(9):
        if number >> bit & 1:
            pixels[8:32, 8 + 34 * bit : 34 + 34 * bit] = 235
    pixels[60:120, number : number + 30] = (43, 212, 255)
    return pixels


def number_in(frame: av.VideoFrame) -> int:
    """What `numbered` wrote."""
    luma = frame.to_ndarray(format="gray")
    return sum(1 << bit for bit in range(9) if luma[20, 20 + 34 * bit] > 128)


def chapter(path: Path) -> Path:
    """Numbered pictures as the renderer joins them: each depth begins with a group of pictures."""
    starts = [round(start * FPS) for _, start in MARKS]
    parts = [
        film(path.with_name(f"{name}.mp4"), range(start, end))
        for (name, _), start, end in zip(MARKS, starts, [*starts[1:], FRAMES], strict=True)
    ]
    write_film(parts, None, (), "", path)
    return path


def film(
    path: Path, frames: int | range, quality: str = "high", size: tuple[int, int] = SIZE, preset: str = ""
) -> Path:
    """Encode numbered pictures, so many or those of a range, as the renderer does."""
    encoding = encoder_options(FPS, quality)
    if preset:
        encoding = replace(encoding, options={**encoding.options, "preset": preset})
    with av.open(str(path), "w", format="mp4") as out:
        stream = encoding.add_stream(out, *size)
        for place, number in enumerate(range(frames) if isinstance(frames, int) else frames):
            picture = numbered(number)[: size[1], : size[0]]
            for packet in stream.encode(encoding.frame(picture, place)):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def spoken(folder: Path) -> tuple[Cue, ...]:
    """One line of a second and a half in each depth."""
    cues = []
    for number, ((_, start), text) in enumerate(zip(MARKS, TEXTS, strict=True)):
        seconds, path = 1.5, folder / f"line{number}.wav"
        time = np.arange(round(seconds * sound.RATE)) / sound.RATE
        buzz = np.sum([np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 10)], axis=0)
        sound.write(path, [sound.faded((0.2 * buzz * (0.6 + 0.4 * np.cos(24 * time))).astype(np.float32))])
        words = text.split()
        step = seconds / len(words)
        timed = tuple(Word(word, k * step, (k + 1) * step) for k, word in enumerate(words))
        cues.append(Cue(start + 0.3, Utterance(text, path, seconds, timed, "festival")))
    return tuple(cues)


def probe(path: Path) -> dict[str, Any]:
    """What ffprobe says about a film."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_chapters", "-of", "json"]
    return json.loads(subprocess.run([*command, str(path)], capture_output=True, check=True).stdout)


def boxes(data: bytes, inside: tuple[bytes, ...] = ()) -> list[tuple[bytes, int]]:
    """All boxes of an MP4 as (name, offset), in order: read here, so that nothing of FFmpeg's is trusted."""
    found, at = [], 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        size = size or len(data) - at
        found.append((name, at))
        if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta"):
            found += [(child, at + head + offset) for child, offset in boxes(data[at + head : at + size])]
        at += size
    return found
