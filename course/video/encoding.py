"""How pictures become video: one encoder setting for everything that will ever be joined, and its colours.

Not for sound, marks or joining: those are `film`'s.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from course.errors import UsageError

CODEC = "libx264"
PIXEL_FORMAT = "yuv420p"
BT709 = 1  # primaries, transfer and matrix alike (ITU-T H.273)
LIMITED = 1  # luma 16–235
# Measured on the course's frames: docs/performance.md.
PRESET = "ultrafast"
CRF = {"low": 28, "medium": 25, "high": 23}  # by quality; lines and text want more than film does
GROUP = 2  # seconds that a group of pictures has at most
REORDER = 1  # by so many frames decoding runs ahead of showing: `bframes` without a pyramid
TILE = 480, 60  # width and height in pixels that are converted at once, or divisors near them


_INTERPOLATION = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


@dataclass(frozen=True)
class Encoding:
    """What a writer of video needs: the codec's name, its options, and how pixels become its frames."""

    codec: str
    pixel_format: str
    fps: Fraction
    options: dict[str, str]

    def add_stream(self, container: Any, width: int, height: int) -> Any:
        """Add a video stream to an open output container: tagged BT.709, limited; time counted in frames.

        Raises `UsageError` for a width or height (pixels) that is odd: 4:2:0 halves both.
        """
        if width % 2 or height % 2:
            raise UsageError(f"A film of {width}×{height} pixels cannot be encoded. Give even sizes.")
        stream = container.add_stream(self.codec, rate=self.fps, options=self.options)
        stream.width, stream.height, stream.pix_fmt = width, height, self.pixel_format
        stream.time_base = stream.codec_context.time_base = 1 / self.fps
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        return stream

    def frame(
        self, pixels: NDArray[np.uint8], number: int, reformatter: VideoReformatter | None = None
    ) -> av.VideoFrame:
        """Frame `number` from pixels (H, W, 3) RGB or (H, W, 4) RGBA, converted as it is tagged.

        The alpha channel is ignored: what a renderer hands over lies on its background already. A
        `reformatter` that is used again saves setting one up, a fifth of the time of a whole frame.
        """
        names = {3: "rgb24", 4: "rgba"}
        # Copying the pixels first would take twice as long as converting them does. What is returned has
        # memory of its own, so that `pixels` may change at once.
        whole = np.require(pixels, requirements=["C", "W"])
        picture = av.VideoFrame.from_numpy_buffer(whole, format=names[pixels.shape[2]])
        frame = (reformatter or VideoReformatter()).reformat(
            picture,
            format=self.pixel_format,
            dst_colorspace=BT709,
            src_color_range="JPEG",
            dst_color_range="MPEG",
            interpolation=_INTERPOLATION,
            threads=1,
        )
        frame.color_primaries = frame.color_trc = frame.colorspace = BT709
        frame.color_range = LIMITED
        frame.pts, frame.time_base = number, 1 / self.fps
        return frame


def longest(fps: Fraction) -> int:
    """How many frames a group of pictures has at most."""
    return max(4, round(fps * GROUP))


def encoder_options(fps: float | Fraction, quality: str = "high") -> Encoding:
    """H.264 High, progressive, 4:2:0, BT.709, closed groups of pictures of at most `GROUP` seconds.

    One thread and no instruction of one processor alone, because both change the bytes. `quality` is a key of
    `CRF`. What is encoded with one quality, size and frame rate shares its headers and joins as it is.
    """
    rate = Fraction(fps).limit_denominator(1001)
    group = longest(rate)
    x264 = (
        f"keyint={group}:min-keyint={group}:scenecut=0:open-gop=0:stitchable=1:bframes=2:b-pyramid=none"
        ":cabac=1:8x8dct=1:cpu-independent=1"
    )
    return Encoding(
        CODEC,
        PIXEL_FORMAT,
        rate,
        {
            "preset": PRESET,
            "profile": "high",
            "crf": str(CRF[quality]),
            "threads": "1",
            "forced-idr": "1",
            "x264-params": x264,
        },
    )


class Canvas:
    """A frame in the encoder's colours that lasts: only tiles that changed are converted anew.

    Converting is exact by tiles of even sides: 4:2:0 averages squares of four pixels and looks no further.
    """

    def __init__(self, encoding: Encoding, width: int, height: int) -> None:
        self.encoding, self.size = encoding, (width, height)
        self._frame = av.VideoFrame(width, height, PIXEL_FORMAT)
        self._frame.color_primaries = self._frame.color_trc = self._frame.colorspace = BT709
        self._frame.color_range, self._frame.time_base = LIMITED, 1 / encoding.fps
        self._planes, self._reformatter = _planes(self._frame), VideoReformatter()
        self._tile = _even_part(width, TILE[0]), _even_part(height, TILE[1])
        self._pixels = np.full((height, width), 1, np.uint32)  # not yet black
        self.update(np.zeros((height, width, 4), np.uint8), (0, 0, width, height))

    def update(self, pixels: NDArray[np.uint8], box: tuple[int, int, int, int]) -> None:
        """Take over what has changed in pixels (H, W, 4) RGBA within a box: left, top, right, bottom."""
        (wide, high), (left, top, right, bottom) = self._tile, box
        whole = pixels.view(np.uint32)[..., 0]
        for y in range(top // high * high, bottom, high):
            for x in range(left // wide * wide, right, wide):
                part = np.s_[y : y + high, x : x + wide]
                if (whole[part] == self._pixels[part]).all():
                    continue
                self._pixels[part] = whole[part]
                converted = self.encoding.frame(pixels[part], 0, self._reformatter)
                luma, *chroma = zip(self._planes, _planes(converted), strict=True)
                luma[0][part] = luma[1]
                for mine, its in chroma:
                    mine[y // 2 : (y + high) // 2, x // 2 : (x + wide) // 2] = its

    def frame(self, number: int) -> av.VideoFrame:
        """What stands on it, as frame `number`: one object for all, so encode it before the next update."""
        self._frame.pts = number
        return self._frame


def _even_part(side: int, wanted: int) -> int:
    """The even divisor of a side of a frame that is closest to what is wanted; in pixels."""
    return min(
        (part for part in range(2, side + 1, 2) if side % part == 0), key=lambda part: abs(part - wanted)
    )


def _planes(frame: av.VideoFrame) -> list[NDArray[np.uint8]]:
    """Luma and both chromas (H, W), sharing the frame's memory."""
    found = []
    for plane in frame.planes:
        values = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
        found.append(values.reshape(plane.height, plane.line_size)[:, : plane.width])
    return found


class Pictures:
    """A file of pictures that is being written: `add` them, then `close` it; there are `count` so far."""

    def __init__(self, path: Path, encoding: Encoding, width: int, height: int) -> None:
        self._encoding, self._reformatter, self.count = encoding, VideoReformatter(), 0
        self._out = av.open(str(path), "w", format="mp4")
        try:
            self._stream = encoding.add_stream(self._out, width, height)
        except BaseException:
            self.abandon()
            raise

    def add(self, pixels: NDArray[np.uint8], times: int = 1) -> None:
        """Show pixels, as `Encoding.frame` takes them, `times` times."""
        picture = self._encoding.frame(pixels, self.count, self._reformatter)
        for _ in range(times):
            picture.pts = self.count
            self._out.mux(self._stream.encode(picture))
            self.count += 1

    def close(self) -> None:
        """Write what the encoder still holds, and the end of the file."""
        self._out.mux(self._stream.encode(None))
        self._out.close()

    def abandon(self) -> None:
        """Let go of the file, which is not whole."""
        self._out.close()
