"""The text under a film: what it asks, where its parts begin, who plays, and whose work is in it.

Not for titles and tags, which the publisher knows.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.cast import Cast
from course.episode.film import Mark
from course.episode.pictures import stamp
from course.voice.spoken import clean

MOST = 4900  # bytes; YouTube takes 5,000

CREDITS = (
    "Noise to Picture, © its founders. Film, words and sounds: licence CC BY 4.0. Code: MIT licence.",
    "The course's own models learned from Noto Color Emoji, © Google, SIL Open Font License 1.1.",
    "Typeface: Inter, © The Inter Project Authors, SIL Open Font License 1.1.",
    "Mathematics: New Computer Modern, GUST Font License, set with Typst. Animated with Manim Community.",
)
VOICES = {
    "takes": "Voice: read by a person.",
    "endpoint": "Voice: synthetic.",
    "festival": "Voice: synthetic; Festival with CMU US SLT (HTS), © Carnegie Mellon University "
    "and others, under permissive licences.",
    "espeak": "Voice: synthetic; eSpeak NG.",
}


def describe(
    question: str, about: str, marks: Sequence[Mark], casts: Iterable[Cast], voices: Iterable[str]
) -> str:
    """The description as plain text: no angle brackets, which YouTube refuses, and short enough for it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters["stamp"] = stamp
    text = environment.get_template("description.txt.j2").render(
        question=_line(question),
        about=_line(about),
        marks=[Mark(mark.start, _line(mark.title)) for mark in marks],
        casts=[_plain(cast) for cast in list(dict.fromkeys(casts))[:5]],
        credits=[*CREDITS, *(VOICES[voice] for voice in sorted(set(voices)) if voice in VOICES)],
    )
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return text.encode()[:MOST].decode(errors="ignore")


def _line(text: str, most: int = 200) -> str:
    plain = clean(text).replace("<", "‹").replace(">", "›")
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def _plain(cast: Cast) -> Cast:
    return Cast(
        **{
            **cast.__dict__,
            "prompt": _line(cast.prompt),
            "other": _line(cast.other),
            "model": _line(Path(cast.model).name if Path(cast.model).is_absolute() else cast.model),
        }
    )
