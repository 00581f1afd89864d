"""Formulas that lie over each other while both are seen, glyph by glyph: at rest, in a fade, in flight.

Not for words (`layout`), nor for how long it lasts (`watch`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import Animation, Mobject, Transform
from numpy.typing import NDArray

from course.stage.lint.layout import SLACK, Fault
from course.stage.lint.survey import SEEN, Boxes, Element, alpha, boxes, members

KIND = "formula-over-formula"
COVER = 0.3  # the part of the smaller glyph that another one covers where the two cross

Pair = tuple[int, int]


@dataclass(frozen=True)
class Glyphs:
    """The glyphs of formulas that can be seen at one moment, and for each of which formulas it is one.

    One that is turning into a glyph of another formula belongs to both.
    """

    members: Sequence[Any]
    formulas: Sequence[frozenset[str]]
    boxes: Boxes

    def over(self) -> list[Fault]:
        """Each two formulas of which glyphs touch."""
        found: dict[frozenset[str], Fault] = {}
        if len(frozenset().union(*self.formulas)) < 2:
            return []
        for a, b in np.argwhere(self._touch()):
            one, other = self.formulas[a], self.formulas[b]
            if not one & other and one | other not in found:
                names = sorted((min(one), min(other)))
                message = "one formula lies over another; let the old one go before the new one comes"
                elements = tuple(self._element(name) for name in names)
                found[one | other] = Fault(KIND, elements, message, (*names,))
        return list(found.values())

    def touching(self) -> set[Pair]:
        """Which glyphs of one formula touch, as their ids."""
        return self._own(self._touch())

    def crossing(self) -> set[Pair]:
        """Which glyphs of one formula cover each other."""
        return self._own(self._touch(COVER))

    def crossed(self, pairs: Iterable[Pair]) -> Fault:
        """The fault that glyphs of one formula, in pairs of ids, cross on their way."""
        ids = {one for pair in pairs for one in pair}
        named = [of for member, of in zip(self.members, self.formulas, strict=True) if id(member) in ids]
        names = sorted(frozenset().union(*named))
        message = "symbols cross each other on their way; let the old line go before the new one comes"
        return Fault(KIND, tuple(self._element(name) for name in names), message, (*names,))

    def _own(self, touch: NDArray[np.bool_]) -> set[Pair]:
        return {
            (id(self.members[a]), id(self.members[b]))
            for a, b in np.argwhere(touch)
            if self.formulas[a] & self.formulas[b]
        }

    def _touch(self, cover: float = 0.0) -> NDArray[np.bool_]:
        """Which boxes (n, n; one above the other) share more than their rims, and the part `cover`."""
        low = np.maximum(self.boxes[:, None, :2], self.boxes[None, :, :2])
        high = np.minimum(self.boxes[:, None, 2:], self.boxes[None, :, 2:])
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        # A fraction's bar is thinner than the slack.
        slack = np.minimum(SLACK, np.minimum(sides[:, None], sides[None]) / 4)
        areas = sides.prod(axis=1)
        shared = np.clip(high - low, 0, None).prod(axis=2)
        covers = shared >= cover * np.minimum(areas[:, None], areas[None])
        return np.asarray(np.triu((high - low > slack).all(axis=2) & covers, 1))

    def _element(self, name: str) -> Element:
        own = [k for k, names in enumerate(self.formulas) if name in names]
        mobject, words = self.members[own[0]], " ".join(name.split())
        return Element("equation", mobject, words, self.boxes[own], 1.0, (), mobject)


@dataclass(frozen=True)
class Look:
    """What was seen of formulas, and when, in seconds."""

    depth: str
    time: float
    line: int
    glyphs: Glyphs


Becoming = Mapping[int, tuple[Any, frozenset[str]]]
"""By the ids of glyphs: the glyph, which is kept, or its id could come again, and what it is turning into."""


def seen(mobjects: Iterable[Mobject], becoming: Becoming) -> Glyphs:
    """The glyphs on stage."""
    glyphs = [glyph for glyph in _glyphs(mobjects) if alpha(glyph) > SEEN]
    none: tuple[Any, frozenset[str]] = (None, frozenset())
    formulas = [frozenset({glyph.formula}) | becoming.get(id(glyph), none)[1] for glyph in glyphs]
    return Glyphs(glyphs, formulas, boxes(glyphs) if glyphs else np.zeros((0, 4)))


def becomes(animations: Iterable[Animation], before: Becoming) -> Becoming:
    """What glyphs are turning into now, besides what they turned into `before`."""
    found = dict(before)
    for animation in animations:
        target = getattr(animation, "target_mobject", None)
        if isinstance(animation, Transform) and target is not None:
            formulas = frozenset(glyph.formula for glyph in _glyphs([target]))
            for glyph in _glyphs([animation.mobject]):
                _, known = found.get(id(glyph), (glyph, frozenset()))
                found[id(glyph)] = glyph, known | formulas
    return found


def animates(animations: Iterable[Animation]) -> bool:
    """Whether a formula, or glyphs of one, are among what is animated."""
    return any(True for animation in animations for _ in _glyphs([animation.mobject]))


def _glyphs(mobjects: Iterable[Any]) -> Iterable[Any]:
    return (one for one in members(mobjects) if "formula" in one.__dict__ and len(one.points))
