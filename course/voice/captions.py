"""Captions that match the voice to the word: cut where sentences and clauses end, short enough to read.

Not for the words on the picture, which are the scene's, nor for drawing captions into it (episode.burn).
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from course.files import write_text
from course.voice.speech import Cue

LINE = 42  # characters in a line; two lines at most
SHORTEST, LONGEST = 1.0, 7.0  # seconds
PACE = 20.0  # characters a second
GAP = 0.04  # seconds of nothing between two captions, so that a change is seen
LINGER = 0.05  # seconds a caption stays after its last word
_MOST_WORDS = 24


@dataclass(frozen=True)
class Caption:
    """What stands under the picture from `start` to `end` (seconds): one line, or two with a feed between."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class _Said:
    text: str
    start: float
    end: float
    closes: bool  # a line of narration ends here


def captions(cues: Iterable[Cue]) -> list[Caption]:
    """Cut what is said into captions, in order of time and without overlap.

    Every caption starts with its first word. It ends with its last one, later only where less than a second,
    or more than twenty characters a second, would be left to read it. Where to cut is the cheapest way
    through all the words.
    """
    words = _words(sorted(cues, key=lambda cue: cue.start))
    cost = [0.0] + [float("inf")] * len(words)
    before = [0] * (len(words) + 1)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, max(-1, end - 1 - _MOST_WORDS), -1):
            price = _price(words, start, end)
            if price is None and end - start > 1:
                break
            total = cost[start] + (1e6 if price is None else price)
            if total < cost[end]:
                cost[end], before[end] = total, start
    cuts = [len(words)]
    while cuts[-1]:
        cuts.append(before[cuts[-1]])
    cuts.reverse()
    return [
        Caption(words[a].start, _until(words, a, b), _lines(" ".join(word.text for word in words[a:b])) or "")
        for a, b in pairwise(cuts)
    ]


def _words(cues: Sequence[Cue]) -> list[_Said]:
    words: list[_Said] = []
    for cue in cues:
        last = len(cue.utterance.words) - 1
        for place, word in enumerate(cue.utterance.words):
            # A second speaker over the first would be no caption at all: order is kept.
            start = max(cue.start + word.start, words[-1].start if words else 0.0)
            words.append(_Said(word.text, start, max(start, cue.start + word.end), place == last))
    return words


def _until(words: Sequence[_Said], start: int, end: int) -> float:
    """When the caption of words start…end leaves: with the voice, later to be readable, before the next."""
    begin, spoken = words[start].start, words[end - 1].end
    letters = sum(len(word.text) + 1 for word in words[start:end]) - 1
    wanted = max(spoken + LINGER, begin + SHORTEST, begin + letters / PACE + 0.01)
    room = words[end].start - GAP if end < len(words) else float("inf")
    return max(min(wanted, room, begin + LONGEST), begin + 0.05)


def _price(words: Sequence[_Said], start: int, end: int) -> float | None:
    """What it costs the reader to get these words as one caption; None where it cannot be one."""
    text = " ".join(word.text for word in words[start:end])
    if _lines(text) is None or words[end - 1].end - words[start].start > LONGEST:
        return None
    shown = _until(words, start, end) - words[start].start
    hasty, dense = SHORTEST - shown, len(text) / shown - PACE
    price = 4.0 + (200.0 + 400.0 * hasty) * (hasty > 1e-6) + (200.0 + 40.0 * dense) * (dense > 0)
    for place in range(start, end - 1):
        rest = words[place + 1].start - words[place].end
        if rest > 1.5:
            price += 300.0 * rest
        if words[place].closes or words[place].text.rstrip("\"'”’)")[-1:] in set(".?!"):
            price += 14.0
    tail = words[end - 1].text.rstrip("\"'”’)")[-1:]
    if not words[end - 1].closes and tail not in set(".?!"):
        price += 5.0 if tail in set(",;:—–") else 16.0
        if end < len(words) and words[end - 1].text.lower() in _LEANING:
            price += 6.0
    return price


_LEANING = {
    *("a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "with", "from", "and", "or", "but", "as"),
    *("is", "are", "was", "it", "its", "this", "that", "these", "your", "our", "no", "not", "very"),
}


def _lines(text: str) -> str | None:
    """The text in one or two lines, broken where it disturbs least; None if that is too long."""
    if len(text) <= LINE:
        return text
    words = text.split(" ")
    best: tuple[float, str] | None = None
    for cut in range(1, len(words)):
        upper, lower = " ".join(words[:cut]), " ".join(words[cut:])
        if len(upper) > LINE or len(lower) > LINE:
            continue
        price = abs(len(upper) - len(lower)) - (12.0 if upper[-1] in ".?!,;:" else 0.0)
        price += 8.0 if words[cut - 1].lower() in _LEANING else 0.0
        if best is None or price < best[0]:
            best = (price, f"{upper}\n{lower}")
    if best is None and len(words) == 1 and len(text) <= 2 * LINE:
        return f"{text[:LINE]}\n{text[LINE:]}"
    return best[1] if best else None


def _stamp(seconds: float, comma: str) -> str:
    whole = max(0, round(seconds * 1000))
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{comma}{rest % 1000:03d}"


def write_srt(items: Sequence[Caption], path: Path) -> None:
    """Write SubRip."""
    blocks = [
        f"{number}\n{_stamp(item.start, ',')} --> {_stamp(item.end, ',')}\n{item.text}\n"
        for number, item in enumerate(items, 1)
    ]
    write_text(path, "\n".join(blocks))


def write_vtt(items: Sequence[Caption], path: Path) -> None:
    """Write WebVTT."""
    blocks = [
        f"{_stamp(item.start, '.')} --> {_stamp(item.end, '.')}\n{html.escape(item.text, quote=False)}\n"
        for item in items
    ]
    write_text(path, "WEBVTT\n\n" + "\n".join(blocks))
