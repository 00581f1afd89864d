"""The one visual language: colours by meaning, sizes, the safe frame, and how words are set.

Not for drawing anything in particular: parts and scenes take their colours and their text from here.
"""

import math
import re
import unicodedata
from functools import cache, lru_cache
from itertools import accumulate

import manimpango
from manim import BackgroundRectangle, Mobject, Text, VGroup

from course.errors import CourseError
from course.paths import ASSETS
from course.stage.manim_internals import STAGE_HEIGHT, STAGE_WIDTH, forget_svg, typesetting
from course.stage.outlines import Outlined

BACKGROUND = "#0b101c"
NOISE = "#949ba8"  # noise, static, what carries no picture
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

# How long beats last, in seconds.
SHOW = 0.8  # something appears
HIDE = 0.4  # something goes
MOVE = 1.0  # something goes from where it was to where it is used
POINT = 1.2  # something is pointed at
GATHER = 1.8  # many things appear, one after the other

FRAME_WIDTH, FRAME_HEIGHT = STAGE_WIDTH, STAGE_HEIGHT
SAFE = 0.35  # nothing but deliberate bleeds comes closer to the edge
CAPTION_TOP = -FRAME_HEIGHT / 2 + FRAME_HEIGHT / 8  # below this line lies the captions' eighth

SAFE_LEFT, SAFE_RIGHT = -FRAME_WIDTH / 2 + SAFE, FRAME_WIDTH / 2 - SAFE
SAFE_TOP, SAFE_BOTTOM = FRAME_HEIGHT / 2 - SAFE, CAPTION_TOP
SAFE_WIDTH, SAFE_HEIGHT = SAFE_RIGHT - SAFE_LEFT, SAFE_TOP - SAFE_BOTTOM
SAFE_CENTER = ((SAFE_LEFT + SAFE_RIGHT) / 2, (SAFE_TOP + SAFE_BOTTOM) / 2, 0.0)

FONT = "Inter"
FONT_FILES = tuple(ASSETS / "fonts" / f"Inter-{weight}.otf" for weight in ("Regular", "Medium", "Bold"))

# What Inter joins to one glyph, and the sign it draws; the longer first. `<=` and `>=` stay two.
_ARROWS = (
    ("<[-–—]*(?:[-–—]>|→)|←[-–—]*>", "↔"),
    ("<=+>", "⇔"),
    ("[-–—]+>", "→"),
    ("=+>", "⇒"),
    ("<[-–—]+", "←"),
    ("<==+", "⇐"),
)


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
    string = _drawn(unicodedata.normalize("NFC", string).expandtabs(1))
    if width is not None:
        string = "\n".join(_broken(line, size, weight, width) for line in string.split("\n") if line.strip())
    return _set(string, size, color, weight)


def line(string: str, color: str, width: float) -> Text:
    """Words in one line, if they fit into `width` units: as large as a sentence, or else as a label."""
    words = text(string, SENTENCE, color)
    return words if words.width <= width else text(string, LABEL, color, width=width)


def _drawn(string: str) -> str:
    """`string` with as many characters as glyphs: Inter draws `->`, `=>` and their kin as one arrow."""
    for typed, arrow in _ARROWS:
        string = re.sub(typed, arrow, string)
    return string


def _broken(line: str, size: float, weight: str, width: float) -> str:
    """`line` in as few lines as stay within `width` units, about equally long."""
    words = line.split()
    glyphs = _set(" ".join(words), size, INK, weight).submobjects
    ends = list(accumulate(map(len, words)))
    left = [glyphs[end - len(word)].get_left()[0] for word, end in zip(words, ends, strict=True)]
    right = [glyphs[end - 1].get_right()[0] for end in ends]

    def fill(limit: float) -> list[list[str]]:
        lines: list[list[str]] = []
        start = -math.inf
        for word, begin, end in zip(words, left, right, strict=True):
            if end - start > limit:
                lines.append([])
                start = begin
            lines[-1].append(word)
        return lines

    if too_wide := [word for word, a, b in zip(words, left, right, strict=True) if b - a > width]:
        raise CourseError(f"{too_wide[0]!r} is wider than {width:g} units at font size {size:g}. Shorten it.")
    # The narrowest limit that takes no more lines is the distance between the ends of two words.
    widest_word = max(b - a for a, b in zip(left, right, strict=True))
    limits = sorted(b - a for a in left for b in right if widest_word <= b - a <= width)
    fewest = len(fill(width))
    best = next(limit for limit in limits if len(fill(limit)) == fewest)
    return "\n".join(" ".join(line) for line in fill(best))


def _set(string: str, size: float, color: str, weight: str) -> Text:
    return _made(string, size, color, weight).copy()


class Words(Outlined, Text):
    """Manim's `Text`, set in a third of the time."""


@lru_cache(maxsize=1000)
def _made(string: str, size: float, color: str, weight: str) -> Text:
    """To be copied, which takes a tenth of the time that setting the words does."""
    with typesetting():
        words = Words(
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
    forget_svg(words)
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
