"""Closed groups of pictures: encoded each in a session of its own, kept as bytes, laid one after the other.

Not for files of film: `film` writes those. A group decodes to the same pictures wherever it stands.

A picture that stands still is encoded once. What follows it are pictures that say "as before": in H.264 such
a picture holds nothing of what it shows (ITU-T H.264, 7.3.4: every macroblock is skipped), so those that
x264 makes behind a black picture serve behind every one.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

from course.files import digest_bytes
from course.video.encoding import Canvas, Encoding, longest

FORMAT = 1
_GLOBAL_HEADER = 1 << 22  # parameter sets in the film's header, not in every group
_SEI = 6  # the type of a unit that carries remarks: here x264's own name and settings
_START = re.compile(rb"\x00?\x00\x00\x01")  # before each unit


class DamagedError(ValueError):
    """Bytes that are no group, or not the group that was asked for."""


@dataclass(frozen=True)
class Group:
    """Packets (H.264, Annex B) in the order of decoding, and the place in which each is shown, from 0 on.

    A `still` one is a single picture, twice: as two instant refreshes that carry different numbers, since
    two in a row may not carry the same (ITU-T H.264, 7.4.3, idr_pic_id).
    """

    packets: tuple[bytes, ...]
    shown: tuple[int, ...]
    still: bool = False

    def to_bytes(self, key: str) -> bytes:
        """One line of JSON, then the packets; under `key`."""
        body = b"".join(self.packets)
        sizes = [len(packet) for packet in self.packets]
        head = [FORMAT, key, self.still, sizes, self.shown]
        text = json.dumps([*head, digest_bytes(json.dumps(head).encode(), body)])
        return text.encode() + b"\n" + body

    @classmethod
    def from_bytes(cls, key: str, data: bytes) -> "Group":
        """The inverse of `to_bytes`. Raises `DamagedError`."""
        line, _, body = data.partition(b"\n")
        try:
            *head, digest = json.loads(line)
            version, name, still, sizes, shown = head
        except (ValueError, TypeError):
            raise DamagedError("no group of pictures") from None
        if version != FORMAT:
            raise DamagedError("written by another version")
        if name != key or digest != digest_bytes(json.dumps(head).encode(), body):
            raise DamagedError("not what was kept under its name")
        ends = [0, *np.cumsum(sizes).tolist()]
        packets = tuple(body[start:end] for start, end in pairwise(ends))
        return cls(packets, tuple(shown), still)


class Session:
    """Encodes one group: `add` frames, then `end`. `count` frames were added."""

    def __init__(self, encoding: Encoding, width: int, height: int) -> None:
        context: Any = av.CodecContext.create(encoding.codec, "w")
        context.width, context.height, context.pix_fmt = width, height, encoding.pixel_format
        context.time_base, context.framerate = 1 / encoding.fps, encoding.fps
        context.options = dict(encoding.options)
        context.flags |= _GLOBAL_HEADER
        self._context, self.count = context, 0
        self._packets: list[av.Packet] = []

    def add(self, frame: av.VideoFrame, kind: PictureType = PictureType.NONE) -> None:
        """Encode one frame, as `kind`, or as the encoder likes. Its memory may change afterwards."""
        frame.pts, frame.pict_type = self.count, kind
        self._packets += self._context.encode(frame)
        self.count += 1

    def end(self, still: bool = False) -> Group:
        """The whole group."""
        packets = [*self._packets, *self._context.encode(None)]
        return Group(
            tuple(_without_remarks(bytes(packet)) for packet in packets),
            tuple(int(packet.pts or 0) for packet in packets),
            still,
        )


def still(canvas: Canvas) -> Group:
    """What stands on the canvas, as a group that can be held for any time."""
    session = Session(canvas.encoding, *canvas.size)
    for _ in range(2):
        session.add(canvas.frame(0), PictureType.I)
    return session.end(still=True)


def as_before(encoding: Encoding, width: int, height: int) -> Group:
    """A black picture and behind it, for the longest group, pictures that say "as before"."""
    session, canvas = Session(encoding, width, height), Canvas(encoding, width, height)
    for number in range(longest(encoding.fps)):
        session.add(canvas.frame(0), PictureType.P if number else PictureType.I)
    return session.end()


@dataclass(frozen=True)
class Strip:
    """Groups one after the other, each for so many frames: `lengths` are (key, frames).

    `fetch` gives a group by its key, `after` are the pictures behind those that stand still (`as_before`).
    """

    encoding: Encoding
    width: int
    height: int
    lengths: Sequence[tuple[str, int]]
    fetch: Callable[[str], Group]
    after: Group

    @property
    def frames(self) -> int:
        """Frames of all groups."""
        return sum(frames for _, frames in self.lengths)

    def packets(self) -> Iterator[tuple[bytes, int, bool]]:
        """Packets in the order of decoding: bytes, the frame that each shows, whether one may begin there.

        Raises what `fetch` raises, and `DamagedError` where a group is not as long as it should be.
        """
        most, before = longest(self.encoding.fps), 0
        for (key, frames), number in zip(self.lengths, self._numbers(), strict=True):
            group = self.fetch(key)
            if group.still:
                place = before
                for part in _even(frames, most):
                    for packet in (group.packets[number], *self.after.packets[1:part]):
                        yield packet, place, packet is group.packets[number]
                        place += 1
            else:
                if sorted(group.shown) != list(range(frames)):
                    raise DamagedError("not as long as it should be")
                for place, (packet, shown) in enumerate(zip(group.packets, group.shown, strict=True)):
                    yield packet, before + shown, not place
            before += frames

    def _numbers(self) -> list[int]:
        """Which of its two pictures each group begins with: in a row of single frames they alternate."""
        found: list[int] = []
        following = 0
        for _, frames in reversed(self.lengths):
            following = 1 - following if frames == 1 else 0
            found.append(following)
        return found[::-1]


def _even(frames: int, most: int) -> Iterator[int]:
    """So many frames in as few parts as may be, about equally long: none is a single one if `most` is 4."""
    parts = -(-frames // most)
    for part in range(parts):
        yield (frames + part) // parts


def _without_remarks(packet: bytes) -> bytes:
    """A packet without its supplemental information, which only names the encoder."""
    units = list(_START.finditer(packet))
    ends = [*(unit.start() for unit in units[1:]), len(packet)]
    kept = [(unit, end) for unit, end in zip(units, ends, strict=True) if packet[unit.end()] & 31 != _SEI]
    return b"".join(packet[unit.start() : end] for unit, end in kept)
