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
    looked = [(number, moment) for number in candidates for moment in _later(cues[number])]
    moments: dict[int, float] = {}
    pictures: dict[int, NDArray[np.uint8]] = {}
    most_shown: dict[int, int] = {}
    small = frames(film, [moment for _, moment in looked], SMALL)
    for (number, moment), picture in zip(looked, small, strict=True):
        shown = int(np.abs(_bare(picture).astype(int) - _GROUND).sum())
        if shown >= most_shown.get(number, 0):
            most_shown[number], moments[number], pictures[number] = shown, moment, picture
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


def _later(cue: Cue) -> list[float]:
    """Moments in the second half of a line: at the best of them most is shown, and nothing is dimmed."""
    return [cue.start + part * (cue.end - cue.start) for part in (0.55, 0.7, 0.85, 1.0)]


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
        before: Any = None
        for moment in moments:
            wanted = max(0, int(moment / stream.time_base))
            # Forward from where the film stands, unless it is quicker to begin at a later key frame.
            if before is None or before.pts > wanted or _key_frame(stream, wanted) > before.pts:
                container.seek(wanted, stream=stream)
                decoded = container.decode(stream)
                before, after = next(decoded), next(decoded, None)
            while after is not None and after.time <= moment:
                before, after = after, next(decoded, None)
            picture = before if size is None else before.reformat(*size)
            yield picture.to_ndarray(format="rgb24")


def _key_frame(stream: Any, wanted: int) -> int:
    """The time stamp of the last key frame before one."""
    entry = stream.index_entries[stream.index_entries.search_timestamp(wanted, backward=True)]
    return entry.timestamp


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
