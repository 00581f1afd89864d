"""Watches a scene being passed over: which faults last, when nothing moves or is there, what is cut off.

Not for what is a fault (`layout`, `formulas`). A fault counts from half a second on; while what is concerned
moves or fades, from two seconds on: a crossfade or a flight is no stumbling block. Of formulas it is one at
once: what is printed over each other cannot be read, and is taken for a third formula.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from manim import DL, UR, Animation, FadeOut, Mobject, Scene, Text, Transform

from course.stage.lint import formulas
from course.stage.lint.layout import Fault, faults
from course.stage.lint.survey import Boxes, Element, Survey
from course.stage.manim_internals import StageRenderer

EVERY = 0.25  # seconds between two looks at an animation
CLOSELY, CLOSEST = 0.1, 0.05  # where formulas change, and where all that is seen goes or comes
RESTING, FLYING = 0.5, 2.0  # seconds that a fault lasts before it counts
OVER = 0.15  # seconds that formulas may lie over each other
EMPTY = 0.2  # seconds without a picture: two fades back to back, one out and one in, take less
FAST = 0.6  # units a second from which something is in flight
MOVED = 0.05  # units that something moves before it counts as a motion


@dataclass
class Lasting:
    """A fault in time: seconds of the film, how long of it at rest, and the scene's lines concerned."""

    fault: Fault
    depth: str
    start: float
    end: float
    lines: set[int]
    line: int = 0
    rested: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether a viewer would stumble on it."""
        if self.fault.kind == formulas.KIND:
            return self.end - self.start > OVER
        return self.rested > RESTING - 1e-6 or self.end - self.start > FLYING - 1e-6


@dataclass(frozen=True)
class Still:
    """A time in seconds in which nothing on screen changed."""

    depth: str
    start: float
    end: float
    line: int


@dataclass(frozen=True)
class Black:
    """A time in seconds in which there is nothing to see, the line that ends it, and the one it begins at."""

    depth: str
    start: float
    end: float
    line: int
    first_line: int


@dataclass(frozen=True)
class Played:
    """An animation (a wait has `kind` 'wait'), when, in seconds, and whether it fades out all there is."""

    depth: str
    start: float
    end: float
    kind: str
    sweeps: bool
    line: int


def fades_out(kind: str) -> bool:
    """Whether all that is animated fades out."""
    return set(kind.split(", ")) == {"FadeOut"}


@dataclass(frozen=True)
class _Look:
    depth: str
    time: float
    elements: list[Element]
    line: int


class Watch:
    """What was seen of one scene: `lasting` faults, `stills`, what was `played`, and when it was `black`."""

    def __init__(self) -> None:
        self.survey = Survey()
        self.lasting: list[Lasting] = []
        self.stills: list[Still] = []
        self.played: list[Played] = []
        self.black: list[Black] = []
        self._running: dict[tuple[object, ...], Lasting] = {}
        self._last: _Look | None = None
        self._badge: Boxes | None = None
        self._since: dict[int, tuple[Mobject, int]] = {}  # what is on screen, and the line that showed it
        self._still: _Look | None = None
        self._becoming: formulas.Becoming = {}
        self._black: Black | None = None
        self._read: formulas.Look | None = None
        self._over: dict[tuple[object, ...], Lasting] = {}

    def look(self, scene: Scene, time: float) -> None:
        """See the scene at `time` (seconds); what was seen last has lasted until now."""
        renderer: Any = scene.renderer
        elements = self.survey.look(scene.mobjects, renderer.camera.frame)
        self._pass(_Look(getattr(scene, "depth", ""), time, elements, line_of(scene)), renderer.furniture)

    def read(self, scene: Scene, time: float) -> formulas.Look:
        """See the formulas of the scene at `time` (seconds); those seen last have stood there until now."""
        glyphs = formulas.seen(scene.mobjects, self._becoming)
        now = formulas.Look(getattr(scene, "depth", ""), time, line_of(scene), glyphs)
        self._stand(now)
        return now

    def _stand(self, now: formulas.Look) -> None:
        last, self._read = self._read, now
        if last is None or now.time <= last.time + 1e-6:
            return
        before, self._over = self._over, {}
        for fault in last.glyphs.over():
            new = Lasting(fault, last.depth, last.time, now.time, {last.line}, last.line)
            key = (last.depth, *fault.identity)
            self._over[key] = running = before.get(key, new)
            running.end = now.time
            if running is new:
                self.lasting.append(new)

    def is_black(self, scene: Scene) -> bool:
        """Whether there is nothing to see."""
        renderer: Any = scene.renderer
        return self.survey.is_black(scene.mobjects, renderer.camera.frame)

    def miss(self, scene: Scene, time: float) -> None:
        """Notice if there is nothing to see."""
        if self.is_black(scene):
            begun, line = self._black, line_of(scene)
            start, first = (begun.start, begun.first_line) if begun else (time, line)
            self._black = Black(getattr(scene, "depth", ""), start, time, line, first)
        else:
            self._lit(line_of(scene))

    def _lit(self, line: int) -> None:
        if self._black is not None and self._black.end - self._black.start > EMPTY - 1e-6:
            self.black.append(replace(self._black, line=line))
        self._black = None

    def begin(self, animations: Sequence[Animation]) -> None:
        """Know what turns into what from now on."""
        for animation in animations:
            target = getattr(animation, "target_mobject", None)
            if isinstance(animation, Transform) and target is not None:
                self.survey.became(animation.mobject, target)
        self._becoming = formulas.becomes(animations, self._becoming)

    def flight(self, looks: Sequence[formulas.Look]) -> None:
        """Judge how symbols of one formula passed each other in an animation that was looked at.

        What touches before or after it stands so in the formula.
        """
        if len(looks) < 3:
            return
        standing = looks[0].glyphs.touching() | looks[-1].glyphs.touching()
        running: Lasting | None = None
        for look, following in pairwise(looks):
            if crossed := look.glyphs.crossing() - standing:
                if running is None:
                    fault = look.glyphs.crossed(crossed)
                    running = Lasting(fault, look.depth, look.time, look.time, {look.line}, look.line)
                    self.lasting.append(running)
                running.end = following.time
            else:
                running = None

    def end(self, time: float) -> None:
        """The film ends at `time`."""
        if self._black is not None:
            self._black = replace(self._black, end=time)
            self._lit(self._black.line)
        self._pass(_Look("", time, [], 0), [])
        self._stand(formulas.Look("", time, 0, formulas.seen([], {})))
        for running in self._running.values():
            self.lasting.append(running)
        self._running.clear()
        self.lasting.sort(key=lambda lasting: lasting.start)

    def _pass(self, now: _Look, furniture: Iterable[Mobject]) -> None:
        last, self._last = self._last, now
        if last is not None and now.time > last.time + 1e-6:
            self._judge(last, now)
            self._rest(last, now)
        # This look is judged when the next one tells how long it lasted.
        self._badge = next((_box(piece) for piece in furniture if _is_lettered(piece)), None)

    def _judge(self, last: _Look, now: _Look) -> None:
        seconds = now.time - last.time
        self._since = {
            id(element.mobject): self._since.get(id(element.mobject), (element.mobject, last.line))
            for element in last.elements
        }
        following = {id(element.mobject): element for element in now.elements}
        moving = {
            id(element.mobject)
            for element in last.elements
            if _in_flight(element, following.get(id(element.mobject)), seconds)
        }
        seen = set()
        for fault in faults(last.elements, self._badge):
            key = (last.depth, *fault.identity)
            seen.add(key)
            members = [id(element.mobject) for element in fault.elements]
            running = self._running.get(key)
            if running is None:
                lines = {last.line, *(self._since[member][1] for member in members)}
                running = Lasting(fault, last.depth, last.time, now.time, lines, last.line)
                self._running[key] = running
            running.end = now.time
            if not moving.intersection(members):
                if not running.rested:
                    running.fault = fault  # what it says while things fade is not what a viewer sees
                running.rested += seconds
        for key in [key for key in self._running if key not in seen]:
            self.lasting.append(self._running.pop(key))

    def _rest(self, last: _Look, now: _Look) -> None:
        """Tell until when nothing has changed since the look that the present stillness began with."""
        begun = self._still
        if begun is None or begun.depth != last.depth or _changed(begun.elements, last.elements):
            self._still = begun = last
        if begun.depth != now.depth or _changed(begun.elements, now.elements):
            self.stills.append(Still(begun.depth, begun.time, now.time, begun.line))
            self._still = None


class LookingRenderer(StageRenderer):
    """Passes over every animation as a dry pass does, and shows `watch` the scene on the way."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.only = range(0)
        self.watch = watch

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Pass over one animation."""
        start = self.time
        for see in (self.watch.look, self.watch.read, self.watch.miss):
            see(scene, start)
        super().play(scene, *args, **kwargs)
        kind = self.plan[-1].kind
        if kind == "wait":
            self.watch.miss(scene, self.time)
        sweeps = fades_out(kind) and not self.watch.survey.look(scene.mobjects, self.camera.frame)
        depth = getattr(scene, "depth", "")
        self.watch.played.append(Played(depth, start, self.time, kind, sweeps, line_of(scene)))

    def _pass_over(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        advance: Callable[[float], None] = scene.update_to_time

        def in_looks(end: float) -> None:
            animations = list(_each(scene.animations or ()))
            self.watch.begin(animations)
            flies = formulas.animates(animations)
            fades = self.watch.is_black(scene) or all(isinstance(one, FadeOut) for one in animations)
            closely = CLOSEST if fades else CLOSELY if flies else EVERY
            seldom, often = (max(2, round(end / every) + 1) for every in (EVERY, closely))
            seen, read = np.linspace(0, end, seldom), []
            for moment in np.union1d(seen, np.linspace(0, end, often)):
                time = self.time + float(moment)
                advance(float(moment))
                self.watch.miss(scene, time)
                if flies:
                    read.append(self.watch.read(scene, time))
                if moment in seen:
                    self.watch.look(scene, time)
            self.watch.flight(read)

        scene.update_to_time = in_looks
        try:
            super()._pass_over(scene, *args, **kwargs)
        finally:
            del scene.update_to_time


def line_of(scene: Scene) -> int:
    """The innermost line of the scene's own file that is being run; its class's where it is the stage's."""
    kind: Any = type(scene)
    source, first = _written(kind)
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == source:
            return int(frame.f_lineno)
        frame = frame.f_back
    return first


@cache
def _written(kind: type) -> tuple[str, int]:
    """The file and the first line of a class; finding the line parses the whole file."""
    return inspect.getsourcefile(kind) or "", inspect.getsourcelines(kind)[1]


def _each(animations: Iterable[Animation]) -> Iterator[Animation]:
    for animation in animations:
        yield animation
        yield from _each(getattr(animation, "animations", ()))


def _is_lettered(mobject: Mobject) -> bool:
    return any(isinstance(member, Text) for member in mobject.get_family())


def _box(mobject: Mobject) -> Boxes:
    return np.array([*mobject.get_corner(DL)[:2], *mobject.get_corner(UR)[:2]])


def _in_flight(element: Element, following: Element | None, seconds: float) -> bool:
    if following is None:
        return False
    speed = np.abs(following.box - element.box).max() / seconds
    fading = abs(following.opacity - element.opacity) / seconds
    return bool(speed > FAST or fading > 0.1 or following.colours != element.colours)


def _changed(before: list[Element], after: list[Element]) -> bool:
    if [id(element.mobject) for element in before] != [id(element.mobject) for element in after]:
        return True
    return any(
        one.shown != other.shown
        or abs(one.opacity - other.opacity) > 0.1
        or len(one.trace) != len(other.trace)
        or bool((np.abs(one.trace - other.trace) > MOVED).any())
        or (one.kind != "picture" and one.colours != other.colours)
        for one, other in zip(before, after, strict=True)
    )
