"""Watches a scene being passed over: which faults last, when nothing moves, what ends without being seen.

Not for what is a fault (`layout`). A fault counts from half a second on; while what is concerned moves
or fades, from two seconds on: a crossfade or a flight is no stumbling block.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import DL, UR, Animation, Mobject, Scene, Text, Transform

from course.stage.lint.layout import Fault, faults
from course.stage.lint.survey import Boxes, Element, Survey
from course.stage.manim_internals import StageRenderer

EVERY = 0.25  # seconds between two looks at an animation
RESTING, FLYING = 0.5, 2.0  # seconds that a fault lasts before it counts
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
        return self.rested > RESTING - 1e-6 or self.end - self.start > FLYING - 1e-6


@dataclass(frozen=True)
class Still:
    """A time in seconds in which nothing on screen changed."""

    depth: str
    start: float
    end: float
    line: int


@dataclass(frozen=True)
class Played:
    """An animation (a wait has `kind` 'wait'): when, in seconds, and whether the stage is empty after it."""

    depth: str
    start: float
    end: float
    kind: str
    is_empty: bool
    line: int


@dataclass(frozen=True)
class _Look:
    depth: str
    time: float
    elements: list[Element]
    line: int


class Watch:
    """What was seen of one scene: `lasting` faults, `stills`, and what was `played`."""

    def __init__(self) -> None:
        self.survey = Survey()
        self.lasting: list[Lasting] = []
        self.stills: list[Still] = []
        self.played: list[Played] = []
        self._running: dict[tuple[object, ...], Lasting] = {}
        self._last: _Look | None = None
        self._badge: Boxes | None = None
        self._since: dict[int, tuple[Mobject, int]] = {}  # what is on screen, and the line that showed it
        self._still: _Look | None = None

    def look(self, scene: Scene, time: float) -> None:
        """See the scene at `time` (seconds); what was seen last has lasted until now."""
        renderer: Any = scene.renderer
        elements = self.survey.look(scene.mobjects, renderer.camera.frame)
        self._pass(_Look(getattr(scene, "depth", ""), time, elements, line_of(scene)), renderer.furniture)

    def end(self, time: float) -> None:
        """The film ends at `time`."""
        self._pass(_Look("", time, [], 0), [])
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
        self.watch.look(scene, start)
        super().play(scene, *args, **kwargs)
        kind = self.plan[-1].kind
        is_empty = not self.watch.survey.look(scene.mobjects, self.camera.frame)
        depth = getattr(scene, "depth", "")
        self.watch.played.append(Played(depth, start, self.time, kind, is_empty, line_of(scene)))

    def _pass_over(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        advance: Callable[[float], None] = scene.update_to_time

        def in_looks(end: float) -> None:
            for animation in _each(scene.animations or ()):
                target = getattr(animation, "target_mobject", None)
                if isinstance(animation, Transform) and target is not None:
                    self.watch.survey.became(animation.mobject, target)
            for moment in np.linspace(0, end, max(2, round(end / EVERY) + 1)):
                advance(float(moment))
                self.watch.look(scene, self.time + float(moment))

        scene.update_to_time = in_looks
        try:
            super()._pass_over(scene, *args, **kwargs)
        finally:
            del scene.update_to_time


def line_of(scene: Scene) -> int:
    """The innermost line of the scene's own file that is being run; its class's where it is the stage's."""
    source = inspect.getsourcefile(type(scene))
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == source:
            return int(frame.f_lineno)
        frame = frame.f_back
    return inspect.getsourcelines(type(scene))[1]


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
