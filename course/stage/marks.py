"""Marks within a sentence of narration: where, while it is said, something on screen waits for its word.

Not for word times, which the voice knows, nor for captions, which never see a mark.

    marked("First the ⟨square⟩. Then x t minus one.")     # ("First the square. Then x t minus one.", (2,))
"""

import re

from course.cast import MARKS


def marked(sentence: str) -> tuple[str, tuple[int, ...]]:
    """The sentence as it is spoken, and for each mark in it which of its words (from 0) the mark begins at.

    Raises ValueError where a mark is opened and not closed, or the other way round.
    """
    opened = re.sub(f"[^{MARKS}]", "", sentence)
    if opened.replace(MARKS, ""):
        raise ValueError(f"marks stand around words, as in ⟨this⟩, but “{sentence}” has {opened}")
    places = tuple(
        number for number, word in enumerate(sentence.split()) for _ in range(word.count(MARKS[0]))
    )
    return re.sub(f"[{MARKS}]", "", sentence), places
