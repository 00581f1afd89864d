"""When each word is said, measured from the sound where the voice does not tell.

Not for voices that give word times themselves: theirs are better.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from course.voice.sound import RATE, Samples
from course.voice.spoken import spoken_words, syllables

Span = tuple[float, float]

# Seconds of silence, at least: where a teacher pauses, after a question and before what is worth waiting for.
AFTER_CLAUSE = {":": 0.35, ";": 0.3}
AFTER_SENTENCE = {".": 0.45, "?": 0.65, "!": 0.45, "…": 0.7}
BREATH = 0.3  # after a line
AFTER_LINE = {"?": 0.6, "…": 0.7, ":": 0.5, "!": 0.4}  # after one that ends like this
AFTER_STEP = 0.5  # after a line with which a step of a proof is written

PACE = (140, 165)  # words a minute over a film
FASTEST = 180.0  # words a minute, the most for a line with the breath after it
READING = 150.0  # words a minute at which a text is read aloud
FRAME = 0.01  # seconds between two looks at the level
PAUSE = 0.12  # shorter dips belong to consonants


def breath(text: str) -> float:
    """Seconds of silence after a line, by the sign it ends with."""
    return AFTER_LINE.get(text.replace("...", "…").rstrip("\"'”’)] ")[-1:], BREATH)


def words_said(text: str) -> int:
    """How many words a line has when it is spoken, for its pace."""
    # Letters that are spelled, as in D D P M, take no longer than a word.
    return len(re.sub(r"\b[A-Z](?: [A-Z])+\b", "letters", " ".join(spoken_words(text))).split())


def words_a_minute(text: str, seconds: float) -> float:
    """The pace of a line of `seconds`: the breath after it counts, as the pauses in it do."""
    return 60 * words_said(text) / (seconds + BREATH)


def film_pace(lines: Iterable[tuple[str, float]]) -> float:
    """Words a minute over lines, each with its seconds: the breaths between them count. See `PACE`."""
    said = [(words_said(text), seconds + breath(text)) for text, seconds in lines]
    return 60 * sum(words for words, _ in said) / sum(seconds for _, seconds in said)


def levels(samples: Samples) -> NDArray[np.float64]:
    """The level of every hundredth of a second (N,): root mean square, full scale 1."""
    hop = int(FRAME * RATE)
    count = len(samples) // hop
    return np.sqrt(np.mean(samples[: count * hop].reshape(count, hop).astype(np.float64) ** 2, axis=1))


def speech_intervals(samples: Samples, pause: float = PAUSE) -> list[Span]:
    """Where somebody speaks, in seconds: within 30 dB of the loud parts, gaps below `pause` closed."""
    level = levels(samples)
    if not len(level):
        return []
    loud = float(np.quantile(level, 0.95))
    if loud < 1e-4:
        return []
    starts = FRAME * np.flatnonzero(level > loud * 10 ** (-30 / 20))
    ends = starts + FRAME
    gaps = np.flatnonzero(starts[1:] - ends[:-1] >= pause)
    firsts, lasts = starts[[0, *(gaps + 1)]], ends[[*gaps, -1]]
    intervals = zip(firsts.tolist(), lasts.tolist(), strict=True)
    return [span for span in intervals if span[1] - span[0] >= 0.03]


def unusable(samples: Samples, spoken: list[str]) -> str:
    """What is wrong with a recording of these words, as the end of a sentence; nothing if it can be used."""
    wanted = 60 / READING * max(1, len(" ".join(spoken).split()))
    speech = sum(end - start for start, end in speech_intervals(samples))
    if levels(samples).max(initial=0.0) < 10 ** (-50 / 20):
        return "is silent from end to end"
    if speech < 0.1 * wanted:
        return f"has {speech:.1f} s of speech, where about {wanted:.0f} s are expected"
    if speech > 5 * wanted + 3:
        return f"has {speech:.0f} s of speech, where about {wanted:.0f} s are expected: far too long"
    return ""


def spread(spoken: list[str], start: float, end: float) -> list[Span]:
    """Give every word its part of a stretch of time by its syllables, with a rest after punctuation."""
    weights: list[tuple[float, float]] = []
    for word in spoken:
        rest = {".": 1.5, "?": 1.5, "!": 1.5, ",": 0.8, ";": 1.0, ":": 1.0}.get(word[-1:], 0.0)
        weights.append((syllables(word) + (0.3 if word else 0.0), rest))
    if weights:
        weights[-1] = (weights[-1][0], 0.0)
    total = sum(saying + rest for saying, rest in weights) or 1.0
    scale, now = (end - start) / total, start
    spans: list[Span] = []
    for saying, rest in weights:
        spans.append((now, now + saying * scale))
        now += (saying + rest) * scale
    return spans


def measured(spoken: list[str], samples: Samples) -> list[Span]:
    """Word times from the sound: phrases between punctuation are matched to the stretches of speech in it.

    Some pauses have no sign in the text and some signs no pause, so the match is the cheapest way through
    both: what is matched should be as long as its syllables let expect, and end at a long pause. Inside a
    match the syllables are spread over the stretches, so that no word falls into a pause.
    """
    stretches = speech_intervals(samples)
    if not stretches:
        return spread(spoken, 0.0, len(samples) / RATE)
    phrases = _phrases(spoken)
    lengths = [end - start for start, end in stretches]
    weights = [float(sum(syllables(word) for word in phrase)) for phrase in phrases]
    second = sum(lengths) / (sum(weights) or 1.0)  # of speech for a syllable
    costs = {(0, 0): (0.0, (0, 0))}
    for i, j in ((i, j) for i in range(1, len(phrases) + 1) for j in range(1, len(stretches) + 1)):
        if (i == len(phrases)) != (j == len(stretches)):
            continue
        pause = 0.0 if j == len(stretches) else min(0.5, stretches[j][0] - stretches[j - 1][1])
        ways = [
            (
                costs[k, m][0] + abs(sum(weights[k:i]) * second - sum(lengths[m:j])) - pause,
                (k, m),
            )
            for k in range(i)
            for m in range(j)
            if (k, m) in costs
        ]
        if ways:
            costs[i, j] = min(ways)
    spans: list[Span] = []
    at = (len(phrases), len(stretches))
    while at != (0, 0):
        before = costs[at][1]
        bare = [word.rstrip(".,?!;:") for phrase in phrases[before[0] : at[0]] for word in phrase]
        own = stretches[before[1] : at[1]]
        times = spread(bare, 0.0, sum(end - start for start, end in own))
        spans = [(_unfold(start, own, False), _unfold(end, own, True)) for start, end in times] + spans
        at = before
    return spans


def _phrases(spoken: list[str]) -> list[list[str]]:
    phrases: list[list[str]] = [[]]
    for word in spoken:
        if phrases[-1] and word and phrases[-1][-1][-1:] in set(".,?!;:"):
            phrases.append([])
        phrases[-1].append(word)
    return phrases


def _unfold(moment: float, stretches: list[Span], ends: bool) -> float:
    """A moment of speaking time as one of the line; at a seam a stretch's end or the next one's start."""
    for start, end in stretches:
        if moment < end - start - 1e-9 or (ends and moment <= end - start + 1e-9):
            return start + moment
        moment -= end - start
    return stretches[-1][1]
