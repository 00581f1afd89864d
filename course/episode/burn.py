"""Captions drawn into the picture, for places that show no caption files. The picture is encoded anew.

Not for the ordinary episode, whose captions are files beside it.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from course.episode.pictures import font
from course.files import replacing
from course.progress import progress
from course.video.encoding import encoder_options
from course.voice.captions import Caption


def burn_captions(source: Path, lines: Sequence[Caption], path: Path) -> None:
    """Write `source` (an MP4) again, its captions on a plate at the bottom; sound and marks are copied."""
    with av.open(str(source)) as container, replacing(path) as temporary:
        picture: Any = container.streams.video[0]
        track: Any = container.streams.audio[0]
        rate = Fraction(picture.average_rate)
        encoding = encoder_options(rate)
        options = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"}
        with av.open(str(temporary), "w", format="mp4", options=options) as out:
            burnt = encoding.add_stream(out, picture.width, picture.height)
            sound = out.add_stream_from_template(track)
            out.set_chapters(container.chapters())
            size = (picture.width, picture.height)
            shown: tuple[int, Image.Image] | None = None
            number = at = 0
            with progress(total=picture.frames, desc="burning captions", unit="frames") as bar:
                packet: Any
                for packet in container.demux(picture, track):
                    if packet.stream.type == "audio":
                        if packet.size:
                            packet.stream = sound
                            out.mux(packet)
                        continue
                    for frame in packet.decode():
                        moment = float(number / rate)
                        while at < len(lines) and lines[at].end <= moment:
                            at += 1
                        if at < len(lines) and lines[at].start <= moment:
                            if shown is None or shown[0] != at:
                                shown = at, _plate(lines[at].text, size)
                            image = frame.to_image()
                            image.paste(shown[1], (0, 0), shown[1])
                            frame = encoding.frame(np.asarray(image), number)
                        frame.pts, frame.time_base = number, 1 / rate
                        frame.pict_type = 0  # the source's kinds of pictures are no wish to the encoder
                        for coded in burnt.encode(frame):
                            out.mux(coded)
                        number += 1
                        bar.update(1)
            for coded in burnt.encode(None):
                out.mux(coded)


def _plate(text: str, size: tuple[int, int]) -> Image.Image:
    """A transparent picture with the caption on a dark plate inside the bottom eighth."""
    width, height = size
    plate = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(plate)
    face = font(max(8, round(height * 0.04)), "Medium")
    box = pen.multiline_textbbox(
        (width / 2, height * 0.98), text, font=face, anchor="md", align="center", spacing=height * 0.008
    )
    room = height * 0.008
    pen.rounded_rectangle(
        (box[0] - 2 * room, box[1] - room, box[2] + 2 * room, min(height - 1, box[3] + room)),
        room,
        (0, 0, 0, 200),
    )
    pen.multiline_text(
        (width / 2, height * 0.98),
        text,
        font=face,
        anchor="md",
        align="center",
        spacing=height * 0.008,
        fill=(255, 255, 255, 255),
    )
    return plate
