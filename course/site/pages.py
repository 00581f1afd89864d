"""The pages of the site from what is known of chapters, by templates, and the look that they share.

Not for finding any of it out: `chapter_page` does.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from course.episode.describe import CREDITS, VOICES
from course.episode.pictures import stamp
from course.errors import CourseError
from course.paths import ASSETS, shown
from course.stage.claims import number

HERE = Path(__file__).parent
FONTS = ASSETS / "fonts" / "web"
MATHEMATICS = "mathematics.woff2"
FORMULAS = "Formulas on these pages: Latin Modern Math, © GUST e-foundry, GUST Font License; a part of it."


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"stamp": stamp, "number": number}
    return environment


def page(template: str, *, whole: bool = True, **values: Any) -> str:
    """A page of HTML; whatever is no `Markup` is escaped. Its look and its script lie in it, those of the
    `whole` site or of the viewer alone: on a slow line a second answer takes longer than all of them."""
    look = {"css": Markup(css(whole=whole)), "js": Markup(script(whole))}
    return _environment().get_template(template).render(**look, **values)


def credits_of(voices: Sequence[str]) -> list[str]:
    """The notices of what ships with a page, or is heard in its film."""
    return [*CREDITS, *(VOICES[one] for one in sorted(set(voices)) if one in VOICES), FORMULAS]


@lru_cache
def css(words: bool = True, whole: bool = True) -> str:
    """The style sheet: with the typeface for `words` in it, so that no line is ever set twice; and with the
    looks of the `whole` site, not of the viewer alone."""
    names = ("ground.css", "viewer.css", *(("site.css",) if whole else ()))
    parts = [(HERE / "look" / name).read_text(encoding="utf-8") for name in names]
    return "\n".join([*(_faces(whole) if words else ()), *parts])


def _faces(bold: bool) -> list[str]:
    weights = {"words": 400} | ({"words-bold": 700} if bold else {})
    faces = [
        f'@font-face{{font-family:"Course Words";font-weight:{weight};'
        f"src:url({data_url(_font(name), 'font/woff2')})}}"
        for name, weight in weights.items()
    ]
    if bold:
        faces.append(f'@font-face{{font-family:"Course Mathematics";src:url({MATHEMATICS}) format("woff2")}}')
    return faces


def _font(name: str) -> bytes:
    path = FONTS / f"{name}.woff2"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"The font {shown(path)} is missing. Restore it from the repository.") from None


@lru_cache
def script(whole: bool = True) -> str:
    """The JavaScript of a page; or of the viewer alone."""
    names = ("address.js", "viewer.js", *(("sheets.js", "page.js") if whole else ()))
    shared, *parts = ((HERE / "look" / name).read_text(encoding="utf-8") for name in names)
    return "\n".join([shared, *(f"{{\n{part}}}" for part in parts)])


def data_url(data: bytes, kind: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def vtt_url(text: str) -> str:
    """WebVTT as an address that holds it: a page in a folder may not fetch one."""
    return "data:text/vtt;charset=utf-8," + quote(text, safe=" '(),-./:;=>?!")


def chapters_vtt(parts: Sequence[Mapping[str, Any]]) -> str:
    """The parts of a film (title, start, end in seconds) as WebVTT."""
    cues = [f"{_time(part['start'])} --> {_time(part['end'])}\n{part['title']}\n" for part in parts]
    return "WEBVTT\n\n" + "\n".join(cues)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def unset(html: str) -> set[str]:
    """The characters of a page that neither of its typefaces has: the reader's machine has to find them."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", html, flags=re.DOTALL)
    known = _characters("words") | _characters("mathematics")
    return {
        letter for letter in str(Markup(text).unescape()) if letter.isprintable() and ord(letter) not in known
    }


@lru_cache
def _characters(name: str) -> frozenset[int]:
    """What a font holds, as `tools/webfonts.sh` wrote it down."""
    return frozenset(int(code, 16) for code in (FONTS / f"{name}.txt").read_text(encoding="utf-8").split())
