"""When each word is said, measured from the sound where the voice does not tell.

Not for voices that give word times themselves: theirs are better.
"""

import numpy as np

from course.voice.sound import RATE, Samples
from course.voice.spoken import syllables

Span = tuple[float, float]

FRAME = 0.01  # seconds between two looks at the level
PAUSE = 0.12  # shorter dips belong to consonants


def speech_intervals(samples: Samples, pause: float = PAUSE) -> list[Span]:
    """Where somebody speaks, in seconds: the level within 30 dB of the loud parts, gaps below `pause` closed."""
    hop = int(FRAME * RATE)
    count = len(samples) // hop
    if count == 0:
        return []
    level = np.sqrt(np.mean(samples[: count * hop].reshape(count, hop).astype(np.float64) ** 2, axis=1))
    loud = float(np.quantile(level, 0.95))
    if loud < 1e-4:
        return []
    active = np.flatnonzero(level > loud * 10 ** (-30 / 20))
    intervals: list[Span] = []
    for frame in active:
        start = frame * FRAME
        if intervals and start - intervals[-1][1] < pause:
            intervals[-1] = (intervals[-1][0], start + FRAME)
        else:
            intervals.append((start, start + FRAME))
    return [span for span in intervals if span[1] - span[0] >= 0.03]


def spread(spoken: list[str], start: float, end: float) -> list[Span]:
    """Give every word its part of a stretch of time by its syllables, with a rest after punctuation."""
    weights: list[tuple[float, float]] = []
    for word in spoken:
        rest = {".": 1.5, "?": 1.5, "!": 1.5, ",": 0.8, ";": 1.0, ":": 1.0}.get(word[-1:], 0.0)
        weights.append((syllables(word) + (0.3 if word else 0.0), rest))
    if weights:
        weights[-1] = (weights[-1][0], 0.0)
    total = sum(word + rest for word, rest in weights) or 1.0
    scale, now, spans = (end - start) / total, start, []
    for word, rest in weights:
        spans.append((now, now + word * scale))
        now += (word + rest) * scale
    return spans


def measured(spoken: list[str], samples: Samples) -> list[Span]:
    """Word times from the sound: phrases between punctuation are matched to the stretches of speech in it.

    Where there are more stretches than phrases, the shortest pauses are no ends of phrases. Where there are fewer,
    syllables are spread over all the stretches laid end to end, so that no word falls into a pause.
    """
    stretches = speech_intervals(samples)
    if not stretches:
        return spread(spoken, 0.0, len(samples) / RATE)
    phrases = _phrases(spoken)
    while len(stretches) > len(phrases):
        pauses = [after[0] - before[1] for before, after in zip(stretches, stretches[1:], strict=False)]
        at = int(np.argmin(pauses))
        stretches[at : at + 2] = [(stretches[at][0], stretches[at + 1][1])]
    if len(phrases) == len(stretches):
        return [
            span for phrase, (start, end) in zip(phrases, stretches, strict=True) for span in spread(phrase, start, end)
        ]
    speaking = sum(end - start for start, end in stretches)
    bare = [word.rstrip(".,?!;:") for word in spoken]
    return [(_unfold(a, stretches, False), _unfold(b, stretches, True)) for a, b in spread(bare, 0.0, speaking)]


def _phrases(spoken: list[str]) -> list[list[str]]:
    phrases: list[list[str]] = [[]]
    for word in spoken:
        if phrases[-1] and word and phrases[-1][-1][-1:] in set(".,?!;:"):
            phrases.append([])
        phrases[-1].append(word)
    return phrases


def _unfold(moment: float, stretches: list[Span], ends: bool) -> float:
    """A moment of speaking time as a moment of the line; at a seam the end of one stretch or the start of the next."""
    for start, end in stretches:
        if moment < end - start - 1e-9 or (ends and moment <= end - start + 1e-9):
            return start + moment
        moment -= end - start
    return stretches[-1][1]
