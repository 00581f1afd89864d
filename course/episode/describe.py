"""The text under a film: what it asks, where its parts begin, who plays, and whose work is in it.

Not for titles and tags, which the publisher knows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.cast import Cast
from course.episode.film import Mark
from course.episode.pictures import stamp
from course.episode.rendered import DEPTHS
from course.voice.spoken import clean

MOST = 4900  # bytes; YouTube takes 5,000
FEWEST = 3  # time stamps; below that YouTube shows no chapters at all

CREDITS = (
    "Noise to Picture, © its founders. Film, words and sounds: licence CC BY 4.0. Code: MIT licence.",
    "The course's own models learned from Noto Color Emoji, © Google, SIL Open Font License 1.1.",
    "Typeface: Inter, © The Inter Project Authors, SIL Open Font License 1.1.",
    "Mathematics: New Computer Modern, GUST Font License, set with Typst. Animated with Manim Community.",
)
VOICES = {
    "takes": "Voice: read by a person.",
    "endpoint": "Voice: synthetic.",
    "hibari": "Voice: synthetic; hibari, © Maureese Williams, Apache License 2.0, distilled from Kokoro-82M "
    "by hexgrad; its reading rules from misaki and spaCy.",
    "festival": "Voice: synthetic; Festival with CMU US SLT (HTS), © Carnegie Mellon University "
    "and others, under permissive licences.",
    "espeak": "Voice: synthetic; eSpeak NG.",
}


def describe(
    question: str, about: str, marks: Sequence[Mark], casts: Iterable[Cast], voices: Iterable[str]
) -> str:
    """The description as plain text: no angle brackets, which YouTube refuses, and short enough for it.

    Where it would be too long, time stamps are left out and then casts; credits and licences never are.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters["stamp"] = stamp
    template = environment.get_template("description.txt.j2")
    shown = [Mark(mark.start, _line(mark.title)) for mark in marks]
    players = [_plain(cast) for cast in dict.fromkeys(casts)]
    text = ""
    for kept, some in _shorter(shown, players):
        text = template.render(
            question=_line(question),
            about=_line(about),
            marks=kept,
            casts=some,
            more=len(players) - len(some),
            credits=[*CREDITS, *(VOICES[voice] for voice in sorted(set(voices)) if voice in VOICES)],
        )
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        if len(text.encode()) <= MOST:
            break
    return text


def _shorter(marks: list[Mark], casts: list[Cast]) -> Iterator[tuple[list[Mark], list[Cast]]]:
    """All marks and casts, then fewer and fewer: every third mark opens a chapter, which has three depths."""
    coarser = range(len(DEPTHS), len(marks), len(DEPTHS))
    thinned = [marks, *(marks[::step] for step in coarser if len(marks[::step]) >= FEWEST)]
    yield from ((kept, casts) for kept in thinned)
    yield from ((thinned[-1], casts[:count]) for count in reversed(range(1, len(casts))))


def _line(text: str, most: int = 200) -> str:
    """One line of at most `most` bytes."""
    plain = clean(text).replace("<", "‹").replace(">", "›")
    if len(plain.encode()) <= most:
        return plain
    return plain.encode()[: most - 3].decode(errors="ignore").rstrip() + "…"


def _plain(cast: Cast) -> Cast:
    model = Path(cast.model).name if Path(cast.model).is_absolute() else cast.model
    return replace(cast, prompt=_line(cast.prompt, 400), other=_line(cast.other, 400), model=_line(model))
