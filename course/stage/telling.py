"""The words that a beat of a chapter is written in: say, show, hide, point, follow, tell, prove.

Not for how a film is put together (`chapter`), nor for what is shown (`parts`, `equation`, `proofs`).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
from manim import (
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    ReplacementTransform,
    Typst,
    ValueTracker,
    VMobject,
    config,
    linear,
    smooth,
    squish_rate_func,
    there_and_back_with_pause,
)

from course.errors import CourseError
from course.stage import theme
from course.stage.manim_internals import StageScene, where
from course.stage.marks import marked
from course.stage.pointing import veil
from course.stage.proofs import WIDTH, Proof, Told
from course.voice.timing import breath

if TYPE_CHECKING:
    from course.voice import Cue, Utterance

Shown: TypeAlias = Any
"""A mobject, which fades in, an animation, or `mobject.animate…`."""
Beat = Callable[[], None]
F = TypeVar("F", bound=Callable[..., Any])


RUNS = "runs"
"""What a beat needs besides captures: so much more than those, of a model that ships."""


def needs(**fields: str | tuple[str, ...]) -> Callable[[F], F]:
    """Say of a beat which fields of which captures it shows: `@needs(walk=("attention", "tokens"))`.

    Where a capture lacks one, as those of some models do, or cannot be had at all, the film leaves the beat
    out and says so. Below `@verdict` or `@proof`, what it measures or proves is then not stated either.
    `runs` says what is asked of shipped models alone, and gathered: `@needs(runs="1,024 pictures")`.
    """

    def note(beat: F) -> F:
        beat.needs = {name: (one,) if isinstance(one, str) else one for name, one in fields.items()}  # type: ignore[attr-defined]
        return beat

    return note


class Lack(NamedTuple):
    """Why a beat cannot be told with the cast's model: as words on screen, and as a sentence."""

    words: str
    says: str


class Spoken:
    """A line of narration while it is being spoken; what `with self.say(…) as line` gives."""

    def __init__(self, stage: "Telling", utterance: "Utterance", marks: tuple[int, ...]) -> None:
        self._stage, self._utterance, self._start = stage, utterance, stage.frame
        self._marks = list(marks)
        self._breath = breath(utterance.text)

    def breathe(self, seconds: float) -> None:
        """Let the silence after the line last this long, at least."""
        self._breath = max(self._breath, seconds)

    @property
    def duration(self) -> float:
        """How long the line takes, in seconds."""
        return self._utterance.duration

    @property
    def remaining(self) -> float:
        """Seconds until the line has been spoken; at least one frame, so that it can be a run time."""
        spoken = (self._stage.frame - self._start) / config.frame_rate
        return max(self.duration - spoken, 1 / config.frame_rate)

    def mark(self) -> None:
        """Wait until the word at the sentence's next mark, as in `The ⟨word⟩`, starts; at once if it has.

        Raises CourseError where no mark is left.
        """
        if not self._marks:
            raise CourseError(
                f"A beat waits for a mark{where(self._stage)}, and “{self._utterance.text}” has none left. "
                "Put ⟨ and ⟩ around the word to wait for."
            )
        self._wait(self._utterance.words[self._marks.pop(0)].start)

    def close(self) -> None:
        """Wait until the line is spoken, and a breath. CourseError for a mark that nothing waited for."""
        if self._marks:
            word = self._utterance.words[self._marks[0]].text
            raise CourseError(
                f"“{self._utterance.text}” has a mark at “{word}” that nothing waits for"
                f"{where(self._stage)}. Take it away, or wait for it: self.mark()."
            )
        self._stage.hold_until(self._start + math.ceil((self.duration + self._breath) * config.frame_rate))

    def _wait(self, start: float) -> None:
        self._stage.hold_until(self._start + round(start * config.frame_rate))


def _cover(old: Mobject, new: Shown) -> bool:
    """Whether both are formulas and the one would be printed over the other."""
    pair = [one for one in (old, new) if isinstance(one, Mobject)]
    if len(pair) < 2 or not all(any(isinstance(part, Typst) for part in one.get_family()) for one in pair):
        return False
    apart = np.abs(old.get_center() - new.get_center())[:2]
    return bool((2 * apart < [old.width + new.width, old.height + new.height]).all())


class Telling(StageScene):
    """A stage on which beats are told: lines of narration, and what is seen while they are said.

    `cues` are the spoken lines, `told` the lines of proofs that were written, `letters` the colours of a
    chapter's own letters in formulas.
    """

    letters: ClassVar[Mapping[str, str]] = {}
    cues: "list[Cue]"
    told: list[tuple[str, str]]
    _line: Spoken | None
    _awaited: str = ""

    @property
    def frame(self) -> int:
        """Frames so far."""
        return self.renderer.frames

    @property
    def now(self) -> float:
        """Seconds so far."""
        return self.frame / config.frame_rate

    # What is said

    @cached_property
    def speak(self) -> "Callable[[str], Utterance]":
        """What makes a spoken line of a sentence: the best voice there is, unless another is handed in."""
        from course.voice import speak

        return speak

    def say(self, text: object) -> AbstractContextManager[Spoken]:
        """Speak `text` (a sentence or a verdict) while the block's animations play; at its end wait until it
        is said, and a breath. A word in ⟨ ⟩ is one that `self.mark()` waits for.
        """
        self._unsaid(f"“{text}”{where(self)}")
        return self._saying(text)

    def _unsaid(self, next_line: str = "") -> None:
        """Note a line that is about to be said. CourseError for one that never was."""
        lost, self._awaited = self._awaited, next_line
        if lost:
            raise CourseError(f"{lost} is never said: it has no block. Write: with self.say(…):")

    @contextmanager
    def _saying(self, text: object) -> Iterator[Spoken]:
        from course.voice import Cue

        self._awaited = ""
        if self._line is not None:
            raise CourseError(
                f"A line is said within another{where(self)}. Close the first block before the next."
            )
        try:
            sentence, marks = marked(str(text))
        except ValueError as error:
            raise CourseError(f"A line of narration{where(self)}: {error}.") from None
        utterance = self.speak(sentence)
        self.cues.append(Cue(self.now, utterance))
        self._line = line = Spoken(self, utterance, marks)
        yield line
        self._line = None
        line.close()

    @property
    def line(self) -> Spoken:
        """The line that is being said. Raises CourseError where none is."""
        if self._line is None:
            raise CourseError(f"Nothing is being said{where(self)}. Write with self.say(“…”): around it.")
        return self._line

    def breathe(self, seconds: float) -> None:
        """Let the silence after the line that is being said last this long, at least; nothing without one."""
        if self._line is not None:
            self._line.breathe(seconds)

    def mark(self) -> Self:
        """Wait until the word at the next mark of the line is said: `self.mark().show(picture)`."""
        self.line.mark()
        return self

    # What is seen

    def show(self, *shown: Shown, run_time: float = theme.SHOW) -> None:
        """Mobjects fade in; animations play."""
        self.play(*(FadeIn(one) if isinstance(one, Mobject) else one for one in shown), run_time=run_time)

    def hide(self, *gone: Shown, run_time: float = theme.HIDE) -> None:
        """Mobjects fade out; animations play."""
        self.play(*(FadeOut(one) if isinstance(one, Mobject) else one for one in gone), run_time=run_time)

    def swap(self, *new: Shown, instead_of: Mobject, run_time: float = theme.SHOW) -> None:
        """One thing goes, and others come in its place."""
        if any(_cover(instead_of, one) for one in new):
            self.hide(instead_of, run_time=run_time / 2)
            self.show(*new, run_time=run_time / 2)
            return
        self.show(FadeOut(instead_of), *new, run_time=run_time)

    def instead(self, *shown: Mobject, run_time: float = theme.MOVE) -> None:
        """Other things come in place of all that is on stage: no empty frame between, and no ghosts."""
        out, come = squish_rate_func(smooth, 0, 0.58), squish_rate_func(smooth, 0.42, 1)
        gone = [FadeOut(one, rate_func=out) for one in self.on_stage]
        if not gone:
            come = smooth
        self.play(*gone, *(FadeIn(one, rate_func=come) for one in shown), run_time=run_time)

    def become(self, old: Mobject, new: Mobject, *also: Shown, run_time: float = theme.SHOW) -> None:
        """One thing turns into another; a formula goes before the other one comes in its place."""
        if _cover(old, new):
            self.swap(new, *also, instead_of=old, run_time=run_time)
            return
        self.show(ReplacementTransform(old, new), *also, run_time=run_time)

    def gather(self, things: Iterable[Shown], run_time: float = theme.GATHER, lag_ratio: float = 0.1) -> None:
        """Many things appear, or many animations play, one after the other."""
        shown = (FadeIn(one) if isinstance(one, Mobject) else one for one in things)
        self.play(LaggedStart(*shown, lag_ratio=lag_ratio), run_time=run_time)

    def draw(
        self, curves: Iterable[VMobject], run_time: float = theme.GATHER, lag_ratio: float = 0.05
    ) -> None:
        """Curves are drawn evenly from their start, one a little after the other."""
        drawn = (Create(curve, rate_func=linear) for curve in curves)
        self.play(LaggedStart(*drawn, lag_ratio=lag_ratio), run_time=run_time)

    def move(self, *moved: Shown, run_time: float = theme.MOVE) -> None:
        """Things go where they are used: `picture.animate.move_to(…)`."""
        self.play(*moved, run_time=run_time)

    def point(self, *things: Mobject, run_time: float = theme.POINT) -> None:
        """Point at something that is on stage, or at several things: the rest dims for a moment."""
        dark = veil(things, self.renderer.camera.frame)
        self.play(
            FadeIn(dark, rate_func=there_and_back_with_pause, remover=True),
            run_time=run_time,
        )

    def turn(self, tracker: ValueTracker, to: float, run_time: float = theme.MOVE) -> None:
        """Let what follows a tracker go to where it stands at `to`."""
        self.play(tracker.animate.set_value(to), run_time=run_time)

    def run(self, tracker: ValueTracker, to: float, seconds: float, *also: Shown) -> None:
        """Let a tracker run evenly to `to`."""
        self.play(tracker.animate.set_value(to), *also, run_time=seconds, rate_func=linear)

    def follow(self, tracker: ValueTracker, to: float, *also: Shown, beyond: float = 0.0) -> None:
        """Let a tracker run evenly to `to` until the line has been said, or `beyond` seconds longer."""
        self.run(tracker, to, self.line.remaining + beyond, *also)

    def hold(self, seconds: float) -> None:
        """Stand still for `seconds`, in whole frames; nothing for less than half a frame."""
        self.hold_until(self.frame + round(seconds * config.frame_rate))

    def hold_until(self, frame: int) -> None:
        """Stand still until that frame; nothing if it has passed."""
        if frame > self.frame:
            self.wait((frame - self.frame) / config.frame_rate)

    def sweep(self, run_time: float = 0.6) -> None:
        """Fade out everything on stage."""
        if self.on_stage:
            self.play(FadeOut(*self.on_stage), run_time=run_time)
        self.clear()

    @property
    def on_stage(self) -> list[Mobject]:
        """What is on stage."""
        frame = self.renderer.camera.frame
        return [one for one in self.mobjects if not isinstance(one, ValueTracker) and one is not frame]

    # What it is made of

    def tell(self, *beats: Beat) -> None:
        """Tell a depth, or what is left of it, beat by beat; the progress line moves with each.

        A beat whose captures lack what it `needs` is left out, and the film says so, once for neighbours.
        """
        if wrong := [beat for beat in beats if not callable(beat)]:
            raise CourseError(
                f"tell(…){where(self)} was given {wrong[0]!r}. Name the beats without brackets: "
                "self.tell(self._one)."
            )
        before: Lack | None = None
        for number, beat in enumerate(beats):
            self._progress(number / len(beats))
            lack = self._lacking(beat)
            if lack is None:
                beat()
            elif lack != before:
                self._leave_out(lack)
            before = lack

    def prove(
        self,
        proof: Proof,
        under: Mobject | None = None,
        at: Sequence[float] | None = None,
        alone: bool = False,
        width: float = WIDTH,
    ) -> Told:
        """Begin to tell a proof in the middle of the frame, or of what is free `under` something, or `at`.

        With `alone`, each line takes the place of the one before, larger than two would be. A line that is
        wider than `width` is set smaller.
        """
        top = theme.SAFE_TOP if under is None else under.get_bottom()[1] - 0.25
        middle = (top + theme.SAFE_BOTTOM) / 2
        place = (0.0, middle, 0.0) if at is None else at
        return Told(self, proof, place, 2 * min(top - place[1], place[1] - theme.SAFE_BOTTOM), alone, width)

    def _progress(self, told: float) -> None:
        """Move the progress line to the part `told` of this depth."""

    def _lacking(self, beat: Beat) -> Lack | None:
        """Why a beat cannot be told."""
        return None

    def _leave_out(self, lack: Lack) -> None:
        words = theme.text(lack.words, theme.SENTENCE, theme.MUTED, width=theme.SAFE_WIDTH)
        with self.say(lack.says):
            (self.instead if self.on_stage else self.show)(words.move_to(theme.SAFE_CENTER))
            self.hold(self.line.remaining / 3)
            self.point(words)
        self.sweep(0.3)
