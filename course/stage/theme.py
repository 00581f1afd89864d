"""The one visual language: colours by meaning, sizes, the safe frame, and how words are set.

Not for drawing anything in particular: parts and scenes take their colours and their text from here.
"""

import textwrap
from functools import cache

import manimpango
from manim import BackgroundRectangle, Mobject, Text, VGroup

from course.errors import CourseError
from course.paths import ASSETS
from course.stage.manim_internals import typesetting

BACKGROUND = "#0b101c"
NOISE = "#808794"  # noise, static, what carries no picture
SIGNAL = "#2bd4ff"  # picture, signal, x₀
PROMPT = "#ffcf5c"  # prompt, words, tokens, text embeddings
TIME = "#b070ff"  # time, steps, the schedule
MODEL = "#58b184"  # the model and what it predicts
WRONG = "#ea6549"  # what goes wrong
INK = "#f2f4f8"  # plain words and lines
MUTED = "#aab2c0"  # secondary words, axes, furniture: carries no meaning

MEANINGS = {
    "NOISE": NOISE,
    "SIGNAL": SIGNAL,
    "PROMPT": PROMPT,
    "TIME": TIME,
    "MODEL": MODEL,
    "WRONG": WRONG,
    "INK": INK,
}

# Font sizes at Manim's default frame, 8 units high.
TITLE = 72
SENTENCE = 44
LABEL = 36
AXIS = 30
EQUATION = 48

FRAME_WIDTH = 128 / 9
FRAME_HEIGHT = 8.0
SAFE = 0.35  # nothing but deliberate bleeds comes closer to the edge
CAPTION_TOP = -FRAME_HEIGHT / 2 + FRAME_HEIGHT / 8  # below this line lies the captions' eighth

SAFE_LEFT, SAFE_RIGHT = -FRAME_WIDTH / 2 + SAFE, FRAME_WIDTH / 2 - SAFE
SAFE_TOP, SAFE_BOTTOM = FRAME_HEIGHT / 2 - SAFE, CAPTION_TOP
SAFE_WIDTH, SAFE_HEIGHT = SAFE_RIGHT - SAFE_LEFT, SAFE_TOP - SAFE_BOTTOM
SAFE_CENTER = ((SAFE_LEFT + SAFE_RIGHT) / 2, (SAFE_TOP + SAFE_BOTTOM) / 2, 0.0)

FONT = "Inter"
FONT_FILES = tuple(ASSETS / "fonts" / f"Inter-{weight}.otf" for weight in ("Regular", "Medium", "Bold"))


@cache
def register_fonts() -> None:
    """Make the shipped Inter known to Pango, once in a process. Raises `CourseError` if a file is missing."""
    for path in FONT_FILES:
        if not path.is_file() or not manimpango.register_font(str(path)):
            raise CourseError(
                f"The font {path.name} is missing from assets/fonts. Restore it from the repository."
            )


def text(
    string: str, size: float = SENTENCE, color: str = INK, weight: str = "NORMAL", width: float | None = None
) -> Text:
    """Words in Inter: a Manim `Text` of font size `size`, in lines centred on each other.

    Lines end at newlines and, if `width` (units) is given, where they would get wider. `weight` is NORMAL,
    MEDIUM or BOLD. Raises `CourseError` for an empty string, which has no place on screen.
    """
    if not string.strip():
        raise CourseError("text() was given no words. Give at least one visible character.")
    register_fonts()
    words = _set(string, size, color, weight)
    if width is None or words.width <= width:
        return words
    for letters in range(max(map(len, string.split("\n"))) - 1, 0, -1):
        words = _set(_balanced(string, letters), size, color, weight)
        if words.width <= width:
            return words
    raise CourseError(f"A word of {string!r} is wider than {width:g} units at size {size:g}. Shorten it.")


def _balanced(string: str, letters: int) -> str:
    """Break lines after at most `letters` characters, as evenly as takes no more lines."""

    def fill(letters: int) -> str:
        return "\n".join(textwrap.fill(line, letters, break_long_words=False) for line in string.split("\n"))

    widest = fill(letters)
    while letters > 1 and fill(letters - 1).count("\n") == widest.count("\n"):
        letters -= 1
    return fill(letters)


def _set(string: str, size: float, color: str, weight: str) -> Text:
    with typesetting():
        words = Text(
            string,
            font=FONT,
            font_size=size,
            color=color,
            weight=weight,
            line_spacing=0.55,
            disable_ligatures=True,
            warn_missing_font=False,
        )
    _center_lines(words, string)
    return words.center()


def _center_lines(words: Text, string: str) -> None:
    """Centre each line, which Pango aligns left, and drop the invisible dots Manim sets for blanks."""
    middle, first, visible = words.get_center()[0], 0, []
    for line in string.split("\n"):
        glyphs = [
            glyph for char, glyph in zip(line, words.submobjects[first:], strict=False) if not char.isspace()
        ]
        if glyphs:
            group = VGroup(*glyphs)
            group.shift([middle - group.get_center()[0], 0, 0])
        visible += glyphs
        first += len(line) + 1
    words.submobjects = visible


def plate(mobject: Mobject, opacity: float = 0.88) -> VGroup:
    """`mobject` on a rounded, nearly opaque plate of the background's colour, for words over a picture."""
    back = BackgroundRectangle(mobject, color=BACKGROUND, fill_opacity=opacity, buff=0.18, corner_radius=0.14)
    return VGroup(back, mobject)
