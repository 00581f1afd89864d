"""The lint: runs a chapter without drawing it and says what a viewer would stumble on, where and when.

Not for whether equations hold or a film plays: tests and the render engine see to that.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manim import Scene, config, tempconfig

from course.chapters import COURSE
from course.errors import CourseError
from course.paths import shown
from course.stage.chapter import DEPTHS
from course.stage.equation import Equation
from course.stage.lint.source import Source
from course.stage.lint.watch import Black, Lasting, LookingRenderer, Played, Still, Watch, fades_out, line_of
from course.stage.loading import load, mistakes
from course.stage.marks import marked
from course.stage.proofs import proofs
from course.voice.timing import FASTEST, words_a_minute

if TYPE_CHECKING:
    from course.stage.chapter import Chapter
    from course.voice import Cue

KINDS = (
    *("text-over-text", "text-over-picture", "outside-frame", "caption-zone", "over-badge", "small-text"),
    *("contrast", "colours", "many-words", "formula-over-formula", "black", "still", "fast", "cut-off"),
    *("late-voice", "late-question", "still-start", "silent-end", "long", "cast-word", "proof", "exception"),
)
"""What there is to find; all but the last can be allowed."""

LONGEST_STILL = 4.5  # seconds under narration
STILL_SLACK = 0.3
FEWEST_WORDS = 5  # the pace of "Now back." says nothing
PAUSE = 1.0  # seconds of silence that the voice goes on across
LINGER = 0.3  # seconds that the end of an animation is seen before a depth ends
VOICE_BY, QUESTION_BY, MOVES_BY = 1.5, 10.0, 1.0  # seconds of the film
LAST_SILENCE = 1.5  # seconds after the last line
LONGEST, LONGEST_DERIVATION = 420.0, 165.0  # seconds, for the course's own chapters


@dataclass(frozen=True)
class Finding:
    """One fault: where in the source, when in the film (seconds; None for a fault of the source alone)."""

    kind: str
    chapter: str
    path: str
    line: int
    depth: str
    time: float | None
    seconds: float
    words: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        when = "" if self.time is None else f" {self.depth} {clock(self.time)}"
        long = f" (for {self.seconds:.1f} s)" if self.seconds else ""
        words = f": {', '.join(_short(word) for word in self.words[:4])}" if self.words else ""
        more = f" and {len(self.words) - 4} more" if len(self.words) > 4 else ""
        return f"{self.path}:{self.line}{when} {self.kind}{words}{more}: {self.message}{long}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def clock(seconds: float) -> str:
    """'1:04.5'."""
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


@dataclass(frozen=True)
class _Found:
    """A finding before exceptions are taken off: `lines` are those an exception may belong to."""

    kind: str
    line: int
    lines: set[int]
    depth: str
    time: float | None
    seconds: float
    words: tuple[str, ...]
    message: str


class _Cues(list["Cue"]):
    """The chapter's cues, each with the line of the scene that says it."""

    def __init__(self, chapter: Any) -> None:
        super().__init__()
        self.chapter = chapter
        self.lines: list[tuple[str, int]] = []

    def append(self, cue: "Cue") -> None:
        super().append(cue)
        self.lines.append((self.chapter.depth, line_of(self.chapter)))


def lint(path: Path) -> list[Finding]:
    """All findings in the scene file at `path`, in the order of the film, for the depths of COURSE_DEPTHS.

    The narration is spoken (from the cache where it can be), captures are made where they are missing.
    """
    return watched(path)[1]


def watched(
    path: Path,
    before: Callable[[Scene, int], None] | None = None,
    prepare: Callable[["Chapter"], None] | None = None,
) -> tuple["Chapter", list[Finding]]:
    """The chapter after it was played to its end, and what `lint` finds in it.

    `prepare(chapter)` is called before it is played, `before(scene, index)` before every animation.
    """
    watch = Watch()
    with tempconfig({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}), mistakes(path):
        chapter = load(path)(LookingRenderer(watch))
        chapter.cues = cues = _Cues(chapter)
        chapter.renderer.before = before
        if prepare:
            prepare(chapter)
        chapter.render()
        starts = [(depth, frame / config.frame_rate) for depth, frame in chapter.marks]
        end = chapter.now
    watch.end(end)
    source = Source(path)
    ends = {
        depth: following for (depth, _), (_, following) in zip(starts, [*starts[1:], ("", end)], strict=True)
    }
    lines = list(zip(cues, cues.lines, strict=True))
    found = [
        *_merged(watch.lasting),
        *_black(watch.black),
        *_still(watch.stills, lines),
        *_fast(lines),
        *_cut_off(watch.played, lines, ends),
        *_beginning(chapter, lines, watch.stills),
        *_ending(chapter, lines, end),
        *(_long(chapter, starts, ends) if path.stem in COURSE else ()),
        *_cast_words(source),
        # Where only some depths ran, a proof may be told in another.
        *(_proofs(chapter) if len(starts) == len(DEPTHS) else ()),
    ]
    found.sort(key=lambda one: (one.time is None, one.time or 0.0, one.line))
    remaining = [one for one in found if not source.allow(one.kind, one.lines)]
    # Where only some depths ran, an exception may belong to another.
    if len(starts) == len(DEPTHS):
        remaining += _unused(source)
    where = shown(path)
    return chapter, [
        Finding(
            one.kind,
            path.stem,
            where,
            one.line,
            one.depth,
            None if one.time is None else round(one.time, 3),
            round(one.seconds, 3),
            one.words,
            one.message,
        )
        for one in remaining
    ]


def _merged(lasting: Iterable[Lasting]) -> Iterator[_Found]:
    """One finding for the parts of a thing, and for what comes again at the same line."""
    groups: dict[tuple[object, ...], list[Lasting]] = defaultdict(list)
    for one in lasting:
        if one.counts:
            groups[(one.fault.kind, one.depth, one.line, one.fault.message)].append(one)
    for (kind, depth, line, message), members in groups.items():
        words = dict.fromkeys(element.name for member in members for element in member.fault.elements)
        longest = max(members, key=lambda member: member.end - member.start)
        yield _Found(
            str(kind),
            int(str(line)),
            set.union(*(member.lines for member in members)),
            str(depth),
            members[0].start,
            longest.end - longest.start,
            tuple(words),
            str(message),
        )


Said = Sequence[tuple["Cue", tuple[str, int]]]


def _still(stills: Iterable[Still], lines: Said) -> Iterator[_Found]:
    voices: list[list[float]] = []
    for cue, _ in lines:
        end = cue.start + cue.utterance.duration
        if voices and cue.start - voices[-1][1] < PAUSE:
            voices[-1][1] = end
        else:
            voices.append([cue.start, end])
    for still in stills:
        spans = [(max(still.start, start), min(still.end, end)) for start, end in voices]
        start, end = max(spans, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
        if end - start > LONGEST_STILL + STILL_SLACK:
            said = [
                (cue, line)
                for cue, (_, line) in lines
                if cue.start < end and cue.start + cue.utterance.duration > start
            ]
            yield _Found(
                "still",
                said[0][1],
                {still.line, *(line for _, line in said)},
                still.depth,
                start,
                end - start,
                tuple(f"“{cue.utterance.text}”" for cue, _ in said),
                f"nothing moves while the voice goes on; {LONGEST_STILL:g} s are enough",
            )


def _black(spans: Iterable[Black]) -> Iterator[_Found]:
    for one in spans:
        message = "there is nothing to see; let the next picture come as the last one goes"
        lines = {one.line, one.first_line}
        yield _Found("black", one.line, lines, one.depth, one.start, one.end - one.start, (), message)


def _beginning(chapter: "Chapter", lines: Said, stills: Sequence[Still]) -> Iterator[_Found]:
    """What decides whether anybody goes on watching: nothing of it where the film's beginning did not run."""
    depth, start = chapter.marks[0] if chapter.marks else ("", 0)
    if depth != DEPTHS[0]:
        return
    of_class = line_of(chapter)
    for still in stills:
        if still.start == start and still.end >= MOVES_BY - 1e-6:
            message = f"nothing moves for so long; let the first picture move within {MOVES_BY:g} s"
            seconds = still.end - still.start
            yield _Found("still-start", still.line, {still.line, of_class}, depth, 0.0, seconds, (), message)
    if not lines:
        return  # what says nothing at all is meant to
    first, (_, line) = lines[0]
    if first.start > VOICE_BY + 1e-6:
        message = f"the voice begins {first.start:.1f} s after the film; {VOICE_BY:g} s at most"
        words = (f"“{first.utterance.text}”",)
        yield _Found("late-voice", line, {line, of_class}, depth, first.start, 0.0, words, message)
    early = [(cue, at) for cue, (_, at) in lines if cue.start < QUESTION_BY]
    question = _plain(chapter.question)
    if not any(f" {question} " in f" {_plain(cue.utterance.text)} " for cue, _ in early):
        message = f"no line that begins before second {QUESTION_BY:g} asks it, in these words"
        allowed = {line, of_class, *(at for _, at in early)}
        yield _Found(
            "late-question", line, allowed, depth, first.start, 0.0, (f"“{chapter.question}”",), message
        )


def _plain(text: str) -> str:
    """The words of a text, without case and punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _ending(chapter: "Chapter", lines: Said, end: float) -> Iterator[_Found]:
    if not lines or chapter.depth != DEPTHS[-1]:
        return
    cue, (depth, line) = lines[-1]
    said = cue.start + cue.utterance.duration
    if end - said > LAST_SILENCE + 1e-6:
        message = (
            f"after this line nothing is said any more; end the film {LAST_SILENCE:g} s after it at most"
        )
        allowed, words = {line, line_of(chapter)}, (f"“{cue.utterance.text}”",)
        yield _Found("silent-end", line, allowed, depth, said, end - said, words, message)


def _long(
    chapter: "Chapter", starts: Sequence[tuple[str, float]], ends: Mapping[str, float]
) -> Iterator[_Found]:
    line, lengths = line_of(chapter), {depth: ends[depth] - start for depth, start in starts}
    told = [(DEPTHS[-1], lengths.get(DEPTHS[-1], 0.0), LONGEST_DERIVATION)]
    if len(lengths) == len(DEPTHS):
        told.append(("chapter", sum(lengths.values()), LONGEST))
    for what, seconds, most in told:
        if seconds > most + 1e-6:
            message = f"the {what} lasts {clock(seconds)}; {clock(most)} at most"
            yield _Found("long", line, {line}, DEPTHS[-1], None, 0.0, (), message)


def _fast(lines: Said) -> Iterator[_Found]:
    for cue, (depth, line) in lines:
        seconds = cue.utterance.duration
        pace = words_a_minute(cue.utterance.text, seconds)
        if len(cue.utterance.text.split()) >= FEWEST_WORDS and round(pace) > FASTEST:
            words, message = (f"“{cue.utterance.text}”",), f"{pace:.0f} words a minute, {FASTEST:g} at most"
            yield _Found("fast", line, {line}, depth, cue.start, seconds, words, message)


def _cut_off(played: Sequence[Played], lines: Said, ends: dict[str, float]) -> Iterator[_Found]:
    for depth, end in ends.items():
        own = [one for one in played if one.depth == depth]
        swept = [one for one in own if one.sweeps]
        moves = [one for one in own if swept and one.end <= swept[-1].start + 1e-6 and one.kind != "wait"]
        if moves and not fades_out(moves[-1].kind) and swept[-1].start - moves[-1].end < LINGER - 1e-6:
            last = moves[-1]
            message = f"the depth ends with this animation; hold its end for {LINGER:g} s at least"
            yield _Found(
                "cut-off",
                last.line,
                {last.line},
                depth,
                last.end,
                0.0,
                (last.kind.replace("_MethodAnimation", ".animate"),),
                message,
            )
        for cue, (said_in, line) in lines:
            over = cue.start + cue.utterance.duration - end
            if said_in == depth and over > 0.05:
                words = (f"“{cue.utterance.text}”",)
                message = f"the depth ends {over:.1f} s before the line does"
                yield _Found("cut-off", line, {line}, depth, cue.start, 0.0, words, message)


def _cast_words(source: Source) -> Iterator[_Found]:
    for line, word, string in source.cast_words():
        message = f"“{word}” is a word of the cast; another cast would make it wrong. Take it from self.cast"
        yield _Found("cast-word", line, {line}, "", None, 0.0, (f"“{string}”",), message)


def _proofs(chapter: "Chapter") -> Iterator[_Found]:
    for name, one in proofs(chapter).items():
        for line in one:
            message = ""
            if line.filmed and (name, marked(line.says)[0]) not in chapter.told:
                message = f"no beat tells this line of the proof {name}. Tell it, or write text_only(…)"
            elif not line.filmed:
                try:
                    Equation(line.checked, colors=chapter.letters)
                except CourseError as error:
                    message = str(error)
            if message:
                number = int(line.place.rpartition(":")[2])
                words = (f"“{marked(line.says)[0]}”",)
                yield _Found("proof", number, {number}, "", None, 0.0, words, message)


def _unused(source: Source) -> Iterator[_Found]:
    for allowance in source.allowances:
        line, message = allowance.line, ""
        if allowance.kind not in KINDS[:-1]:
            message = f"there is no fault called {allowance.kind}; known: {', '.join(KINDS[:-1])}"
        elif not allowance.reason:
            message = f"say why: # lint: allow {allowance.kind} — reason"
        elif not allowance.used:
            message = f"nothing here needs the exception for {allowance.kind}; take it away"
        if message:
            yield _Found("exception", line, {line}, "", None, 0.0, (), message)


def _short(words: str, most: int = 60) -> str:
    return words if len(words) <= most else f"{words[: most - 2].rstrip()}…{words[-1]}"
