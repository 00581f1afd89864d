"""Draw assets/emoji/sheet.png and names.json from Noto Color Emoji; done once, the result ships.

    .venv/bin/python tools/glyph_sheet.py /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf

Not to be run again without training again: every model has learned these glyphs. The font is Debian's package
fonts-noto-color-emoji.
"""

import json
import sys

from PIL import Image, ImageDraw, ImageFont

from course.grammar import NOUNS
from course.model.data import NAMES, SHEET

SYMBOLS = "🦋🐌🐱🐟🍎🌳🌻🍄🐦🐸⭐🌙🏠⛵❤🐞🎈🌵👑☂🚗🚀🍓🐢"
"""One for each noun, in their order."""
EDGE = 96  # pixels of a glyph


def main(font: str) -> None:
    """Draw the sheet, eight glyphs in a row, and write the nouns' names beside it."""
    face = ImageFont.truetype(font, 109)
    sheet = Image.new("RGBA", (8 * EDGE, len(SYMBOLS) // 8 * EDGE))
    for k, symbol in enumerate(SYMBOLS):
        cell = Image.new("RGBA", (180, 180))
        ImageDraw.Draw(cell).text((20, 20), symbol, font=face, embedded_color=True)
        cell = cell.crop(cell.getbbox()).convert("RGBa")
        cell.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        cell = cell.convert("RGBA")
        x, y = k % 8 * EDGE, k // 8 * EDGE
        sheet.paste(cell, (x + (EDGE - cell.width) // 2, y + (EDGE - cell.height) // 2))
    sheet.save(SHEET, optimize=True)
    names = {"source": "Noto Color Emoji", "names": list(NOUNS), "symbols": list(SYMBOLS)}
    NAMES.write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the font: python tools/glyph_sheet.py NotoColorEmoji.ttf")
    main(sys.argv[1])
