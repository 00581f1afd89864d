"""Stills of a film: which moments are worth one, and the picture, without the film's own furniture.

Not for the thumbnail, nor for the contact sheet (`episode.pictures`).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from course.stage import theme
from course.voice import Cue

SMALL = (160, 90)
WIDEST = 1080
EMPTY = 0.002  # of the stage: less than that is no picture
GONE = 0.3  # of a picture: when so much of it leaves, it is worth keeping
MARGIN = 0.03
NEARLY = 8

_BADGE = (0.76, 0.0, 1.0, 0.15)  # left, top, right, bottom, as parts of the frame: the name of the depth
_LINE = (0.0, 0.98, 1.0, 1.0)  # the progress line
_GROUND = np.array(ImageColor.getrgb(theme.BACKGROUND))


@dataclass(frozen=True)
class Still:
    """A moment of the film (seconds), its picture as WebP, and its size in pixels."""

    moment: float
    data: bytes
    size: tuple[int, int]


def beats(film: Path, cues: Sequence[Cue]) -> list[list[int]]:
    """The lines that belong together, by number: a new beat begins where the stage is empty."""
    found: list[list[int]] = []
    for number, picture in enumerate(frames(film, [cue.start + 0.02 for cue in cues], SMALL)):
        if not found or _content(picture).mean() < EMPTY:
            found.append([])
        found[-1].append(number)
    return found


def chosen(film: Path, cues: Sequence[Cue], candidates: Sequence[int], most: int) -> dict[int, float]:
    """After which lines of a beat a still belongs, and of which moment: before much of it leaves, and at the
    end. Only the `candidates` are looked at; there are at most `most`.
    """
    moments = {number: _fullest(film, cues[number]) for number in candidates}
    pictures = dict(zip(moments, frames(film, list(moments.values()), SMALL), strict=True))
    full = {number: content for number, one in pictures.items() if (content := _content(one)).mean() > EMPTY}
    found = [
        number
        for number, then in zip(full, [*list(full)[1:], None], strict=True)
        if then is None or _leaves(pictures[number], pictures[then], full[number]) > GONE
    ]
    while len(found) > most:  # neighbours say least beside each other
        gaps = [moments[b] - moments[a] for a, b in pairwise(found)]
        found.pop(gaps.index(min(gaps)))
    return {number: moments[number] for number in found}


def _fullest(film: Path, cue: Cue) -> float:
    """The moment in the second half of a line at which most is shown, and nothing is dimmed."""
    moments = [cue.start + part * (cue.end - cue.start) for part in (0.55, 0.7, 0.85, 1.0)]
    shown = [np.abs(_bare(one).astype(int) - _GROUND).sum() for one in frames(film, moments, SMALL)]
    return max(zip(shown, moments, strict=True))[1]


def still(film: Path, moment: float) -> Still:
    """The picture at a moment, cut to what is in it."""
    (pixels,) = frames(film, [moment], None)
    shown = _bare(pixels)
    rows, columns = (np.flatnonzero(_content(shown).any(axis)) for axis in (1, 0))
    height, width = shown.shape[:2]
    if len(rows):
        pad = round(MARGIN * width)
        top, bottom = max(0, rows[0] - pad), min(height, rows[-1] + 1 + pad)
        left, right = max(0, columns[0] - pad), min(width, columns[-1] + 1 + pad)
        shown = shown[top:bottom, left:right]
    # Encoding has moved the ground a little, and its edge would be seen on the page's own.
    shown[np.abs(shown.astype(int) - _GROUND).max(axis=-1) < NEARLY] = _GROUND
    picture = Image.fromarray(shown)
    if picture.width > WIDEST:
        picture = picture.resize(
            (WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.BOX
        )
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=80, method=4)
    return Still(moment, file.getvalue(), picture.size)


def frames(film: Path, moments: Sequence[float], size: tuple[int, int] | None) -> Iterator[NDArray[np.uint8]]:
    """The pictures (H, W, 3) at moments (seconds) in their order, the last one before each."""
    with av.open(str(film)) as container:
        stream: Any = container.streams.video[0]
        for moment in moments:
            container.seek(max(0, int(moment / stream.time_base)), stream=stream)
            latest: Any = None
            for frame in container.decode(stream):
                if latest is not None and frame.time > moment:
                    break
                latest = frame
            if size is not None:
                latest = latest.reformat(*size)
            yield latest.to_ndarray(format="rgb24")


def _bare(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame without the name of the depth and the progress line."""
    bare = pixels.copy()
    for left, top, right, bottom in (_BADGE, _LINE):
        height, width = pixels.shape[:2]
        bare[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = (
            _GROUND
        )
    return bare


def _content(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(H, W): where something other than the ground is shown, the furniture aside."""
    return np.abs(_bare(pixels).astype(int) - _GROUND).max(axis=-1) > 24


def _leaves(one: NDArray[np.uint8], other: NDArray[np.uint8], content: NDArray[np.bool_]) -> float:
    """How much of what one picture shows is not there any more in the other."""
    changed = np.abs(one.astype(int) - other).max(axis=-1) > 48
    return float((changed & content).sum() / max(1, content.sum()))
