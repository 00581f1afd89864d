"""The text under a film: what it asks, where its parts begin, who plays, and whose work is in it.

Not for titles and tags, which the publisher knows.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.cast import Cast
from course.episode.pictures import stamp
from course.render.rendered import DEPTHS
from course.video.film import Mark
from course.voice.spoken import clean

MOST = 4900  # bytes; YouTube takes 5,000
FEWEST = 3  # time stamps; below that YouTube shows no chapters at all
SHORTEST = 10  # seconds between time stamps; below that it shows none either

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
    "by hexgrad; its reading rules from misaki and spaCy; its net for words outside the lexicon trained on "
    "what eSpeak NG says.",
    "festival": "Voice: synthetic; Festival with CMU US SLT (HTS), © Carnegie Mellon University "
    "and others, under permissive licences.",
    "espeak": "Voice: synthetic; eSpeak NG.",
}


def describe(
    question: str,
    about: str,
    marks: Sequence[Mark],
    duration: float,
    casts: Iterable[Cast],
    voices: Iterable[str],
) -> str:
    """The description as plain text: no angle brackets, which YouTube refuses, and short enough for it.

    Where it would be too long, time stamps are left out and then casts; credits and licences never are.
    Stamps that YouTube would not show are left out with a line on standard error; `duration` is in seconds.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters["stamp"] = stamp
    template = environment.get_template("description.txt.j2")
    lasting = long_enough(marks, duration)
    if left := [mark.title for mark in marks if mark not in lasting]:
        print(
            f"note: YouTube shows no chapters under {SHORTEST} s and no fewer than {FEWEST}, so the "
            f"description leaves out {', '.join(left)}.",
            file=sys.stderr,
        )
    shown = [Mark(mark.start, _line(mark.title)) for mark in lasting]
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


def long_enough(marks: Sequence[Mark], duration: float) -> list[Mark]:
    """The marks that YouTube would show of a film of `duration` seconds; none where too few are left.

    One that comes too soon after the one before is left out, and so is one too near the end.
    """
    kept: list[Mark] = []
    for mark in marks:
        if not kept or int(mark.start) - int(kept[-1].start) >= SHORTEST:
            kept.append(mark)
    while kept and duration - int(kept[-1].start) < SHORTEST:
        kept.pop()
    return kept if len(kept) >= FEWEST else []


def _shorter(marks: list[Mark], casts: list[Cast]) -> Iterator[tuple[list[Mark], list[Cast]]]:
    """All marks and casts, then fewer and fewer: every third mark opens a chapter, which has three depths."""
    coarser = range(len(DEPTHS), len(marks), len(DEPTHS))
    thinned = [marks, *(marks[::step] for step in coarser if len(marks[::step]) >= FEWEST)]
    yield from ((kept, casts) for kept in thinned)
    yield from ((thinned[-1], casts[:count]) for count in reversed(range(1, len(casts))))


def _line(text: str, most: int = 200) -> str:
    """One line of at most `most` bytes. A time of day gets a ratio's sign, or it would be a time stamp."""
    plain = re.sub(r"(?<=\d):(?=\d\d)", "∶", clean(text).replace("<", "‹").replace(">", "›"))
    if len(plain.encode()) <= most:
        return plain
    return plain.encode()[: most - 3].decode(errors="ignore").rstrip() + "…"


def _plain(cast: Cast) -> Cast:
    model = Path(cast.model).name if Path(cast.model).is_absolute() else cast.model
    return replace(cast, prompt=_line(cast.prompt, 400), other=_line(cast.other, 400), model=_line(model))
