"""The still pictures of an episode: thumbnail, contact sheet, and the title card of the whole film.

Not for anything that moves inside a chapter: that is the stage's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

from course.errors import CourseError
from course.files import replacing
from course.paths import shown
from course.stage import theme

THUMBNAIL = (1280, 720)
THUMBNAIL_BYTES = 2_000_000
COLUMNS, ROWS = 6, 4
TILE = (320, 180)


def font(size: int, weight: str = "Bold") -> ImageFont.FreeTypeFont:
    """The course's own face. Raises `CourseError` where the file is missing."""
    path = next(file for file in theme.FONT_FILES if file.stem.endswith(weight))
    try:
        return ImageFont.truetype(str(path), size)
    except OSError:
        raise CourseError(f"The font {shown(path)} is missing. Restore it from the repository.") from None


def wrapped(words: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Words in as few lines as fit into `width` pixels, of about the same length."""
    lines: list[str] = []
    for word in words.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) == 2:
        every = words.split()
        splits = [(" ".join(every[:cut]), " ".join(every[cut:])) for cut in range(1, len(every))]
        lines = list(min(splits, key=lambda pair: max(face.getlength(line) for line in pair)))
    return lines


def thumbnail(picture: Path, words: str, path: Path) -> None:
    """Write a 1280×720 PNG below 2 MB: what the picture shows, as large as can be, above large `words`."""
    try:
        with Image.open(picture) as opened:
            shot = opened.convert("RGB")
    except OSError as error:
        raise CourseError(f"{shown(picture)} is no picture ({error}). Render the chapter again.") from None
    face, lines = next(
        (face, lines)
        for size in (88, 80, 72, 64, 56, 48, 40, 32)
        if len(lines := wrapped(words, face := font(size), THUMBNAIL[0] - 96)) <= 2 or size == 32
    )
    height = round(face.size * 1.22)
    strip = height * len(lines) + 44
    canvas = Image.new("RGB", THUMBNAIL, theme.BACKGROUND)
    content = _content(shot)
    room = (THUMBNAIL[0] - 48, THUMBNAIL[1] - strip - 28)
    scale = min(room[0] / content.width, room[1] / content.height)
    size = max(1, round(content.width * scale)), max(1, round(content.height * scale))
    content = content.resize(size, Image.Resampling.LANCZOS)
    canvas.paste(content, ((THUMBNAIL[0] - size[0]) // 2, 24 + (room[1] - size[1]) // 2))
    pen = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        y = THUMBNAIL[1] - strip + 12 + height * number
        pen.text((THUMBNAIL[0] / 2, y), line, font=face, fill=theme.INK, anchor="ma")
    with replacing(path) as temporary:
        canvas.save(temporary, optimize=True)
        if temporary.stat().st_size >= THUMBNAIL_BYTES:
            canvas.quantize(256, dither=Image.Dither.NONE).save(temporary, optimize=True)


def _content(shot: Image.Image) -> Image.Image:
    """The part that differs from the background, with a little of it around."""
    plain = Image.new("RGB", shot.size, shot.getpixel((0, 0)))
    box = (
        ImageChops.difference(shot, plain)
        .convert("L")
        .point(lambda level: 255 if level > 12 else 0)
        .getbbox()
    )
    if box is None:
        return shot
    room = round(0.02 * shot.width)
    return shot.crop(
        (
            max(0, box[0] - room),
            max(0, box[1] - room),
            min(shot.width, box[2] + room),
            min(shot.height, box[3] + room),
        )
    )


def contact_sheet(video: Path, marks: Sequence[tuple[str, float]], duration: float, path: Path) -> None:
    """Write a PNG of pictures spread evenly over the film, each with its time and depth."""
    count = COLUMNS * ROWS
    moments = [duration * (number + 0.5) / count for number in range(count)]
    label = 34
    sheet = Image.new("RGB", (COLUMNS * TILE[0], ROWS * (TILE[1] + label)), theme.BACKGROUND)
    pen, face = ImageDraw.Draw(sheet), font(20, "Medium")
    for number, picture in enumerate(_stills(video, moments)):
        row, column = divmod(number, COLUMNS)
        x, y = column * TILE[0], row * (TILE[1] + label)
        sheet.paste(picture.resize((TILE[0] - 4, TILE[1] - 4), Image.Resampling.BOX), (x + 2, y + 2))
        depth = next((name for name, start in reversed(marks) if start <= moments[number]), "")
        pen.text((x + 8, y + TILE[1] + 4), f"{stamp(moments[number])}  {depth}", font=face, fill=theme.MUTED)
    with replacing(path) as temporary:
        sheet.save(temporary)


def _stills(video: Path, moments: Sequence[float]) -> Iterator[Image.Image]:
    """The picture at each moment (seconds), or some frames before: those no other needs are left out."""
    with av.open(str(video)) as container:
        stream: Any = container.streams.video[0]
        stream.codec_context.skip_frame = "NONREF"
        for moment in moments:
            container.seek(int(moment / stream.time_base), stream=stream)
            latest: Any = None
            for frame in container.decode(stream):
                if latest is not None and frame.time > moment:
                    break
                latest = frame
            yield latest.to_image()


def title_card(
    size: tuple[int, int], heading: str, line: str, frames: int, seed: int
) -> Iterator[NDArray[np.uint8]]:
    """Pictures (H, W, 3) of a card that opens or ends a film: static gives way to words."""
    width, height = size
    card = Image.new("RGB", size, theme.BACKGROUND)
    pen = ImageDraw.Draw(card)
    big, small = font(round(height * 0.13)), font(round(height * 0.065), "Medium")
    pen.text((width / 2, height * 0.42), heading, font=big, fill=theme.INK, anchor="mm")
    for number, words in enumerate(wrapped(line, small, round(width * 0.9))):
        pen.text(
            (width / 2, height * (0.58 + 0.085 * number)), words, font=small, fill=theme.MUTED, anchor="mm"
        )
    settled = np.asarray(card)
    middle = np.float32(settled.mean())
    side = height // 18
    grains = np.random.default_rng(seed).normal(128.0, 48.0, (-(-height // side), -(-width // side)))
    for number in range(frames):
        alpha = np.float32(min(1.0, max(0.0, (number / max(1, frames - 1) - 0.1) / 0.5)))
        kept, noise = np.sqrt(alpha), np.sqrt(1 - alpha) / 2
        picture = np.empty_like(settled)
        for row, grain in enumerate(grains):  # one band at a time: at 4K the whole would take a gigabyte
            band = slice(row * side, (row + 1) * side)
            static = noise * (np.repeat(grain.astype(np.float32), side)[:width] - middle)
            mixed = kept * settled[band] + static[None, :, None]
            picture[band] = np.clip(np.rint(mixed), 0, 255)
        yield picture


def stamp(seconds: float) -> str:
    """0:05, 12:34 or 1:02:03, as viewers write a moment."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
