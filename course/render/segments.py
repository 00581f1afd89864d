"""How a depth is cut into groups of pictures, and how each is named: by what its frames show.

Not for drawing them, nor for keeping them.
"""

import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import repeat

import cairo

from course.files import digest_bytes, digest_file
from course.paths import ROOT
from course.render.quality import Quality
from course.video.encoding import longest

DRAWING = ("manim", "av", "numpy", "pycairo")
"""Packages that decide what a frame of known content looks like, and how it is encoded."""
_CODE = tuple(
    f"course/{name}.py"
    for name in (
        *("stage/display", "stage/painting", "stage/manim_internals"),
        *("video/encoding", "video/groups", "render/segments", "render/reel"),
    )
)

Shown = Sequence[tuple[str, int]]
"""What an animation shows: the digest of a frame, and how often it is shown, one after the other."""


@dataclass(frozen=True)
class Segment:
    """A group of pictures of a depth: `frames` frames of animation `play`, from its frame `start` on.

    `key` says what it shows; `same` are the frames in it that show what the one before them does.
    """

    play: int
    start: int
    frames: int
    key: str
    same: tuple[int, ...] = ()

    @property
    def still(self) -> bool:
        """Whether all its frames are one picture."""
        return len(self.same) == self.frames - 1

    @property
    def drawn(self) -> int:
        """How many frames have to be drawn."""
        return self.frames - len(self.same)


def cut(shown: Mapping[int, Shown], quality: Quality) -> Iterator[Segment]:
    """A depth as segments: each begins with an animation, or where one has gone on for too long."""
    most, home = longest(quality.encoding.fps), _home(quality)
    for play, pictures in sorted(shown.items()):
        start = 0
        for frames in _pieces(pictures, most):
            same = tuple(place for place in range(1, len(frames)) if frames[place] == frames[place - 1])
            still = len(same) == len(frames) - 1
            key = digest_bytes(
                home.encode(), *(frame.encode() for frame in (frames[:1] if still else frames))
            )
            yield Segment(play, start, len(frames), f"{key[:32]}", same)
            start += len(frames)


def _pieces(pictures: Shown, most: int) -> Iterator[Sequence[str]]:
    """A picture that is held stays whole, however long; frames that move come at most `most` together."""
    if len(pictures) == 1:
        digest, times = pictures[0]
        yield list(repeat(digest, times))
        return
    frames = [digest for digest, times in pictures for _ in range(times)]
    for start in range(0, len(frames), most):
        yield frames[start : start + most]


def after_key(quality: Quality) -> str:
    """Names the pictures that follow one that stands still (`groups.as_before`)."""
    return digest_bytes(_home(quality).encode(), b"as before")[:32]


@lru_cache
def _home(quality: Quality) -> str:
    """All that decides, besides what a frame shows, which bytes come out."""
    code = [digest_file(ROOT / name) for name in _CODE]
    drawn = cairo.cairo_version_string(), platform.machine()
    found = [repr(quality.encoding), quality.width, quality.height, *drawn, *code]
    return json.dumps([*found, *(installed(name) for name in DRAWING)])


def installed(name: str) -> str:
    """The installed version of a package, "none" where it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def joined(segments: Iterable[Segment]) -> list[tuple[str, int]]:
    """Keys and frames, in order: what a strip is made of."""
    return [(segment.key, segment.frames) for segment in segments]
