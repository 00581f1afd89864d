"""Mobjects that follow a `ValueTracker`: pure functions of its value, so that skipped frames leave no trace.

Not for pictures (`pictures.LivePicture`), and not for motion in time: that is what animations are for.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from manim import Mobject, ValueTracker, VGroup

from course.stage.manim_internals import Rule

M = TypeVar("M", bound=Mobject)


def drive(mobject: M, rule: Callable[[M], Any]) -> M:
    """Call `rule(mobject)` before every frame, and return `mobject`.

    `rule` sets the mobject's place or looks from trackers' values alone, as in
    `drive(dot, lambda d: d.move_to(axes.c2p(t.get_value(), 0)))`, never from where it was before: `shift` and
    `rotate` by an amount would add up. A copy does not follow.
    """
    mobject.add_updater(Rule(mobject, rule), call_updater=True)
    return mobject


class Driven(VGroup):
    """A group that always shows `build(*values)`, a new mobject for the trackers' current values.

    It replaces `always_redraw`. Place and style belong into `build`; the group itself can be faded in and
    out. A copy does not follow.
    """

    def __init__(self, build: Callable[..., Mobject], *trackers: ValueTracker) -> None:
        super().__init__()
        shown: list[tuple[float, ...]] = []

        def rebuild(group: VGroup) -> None:
            values = tuple(tracker.get_value() for tracker in trackers)
            if [values] != shown:
                shown[:] = [values]
                group.submobjects = [build(*values)]

        drive(self, rebuild)
