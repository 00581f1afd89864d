"""One line of mathematics becomes the next: what matches stays, what changes is lit, the old line dims.

Not for setting or checking a line (`equation.Equation`), and not for words between the lines: the narration
says why each change is allowed.

    proof = Derivation(self, line_1, line_2, line_3)          # Equations; self is the scene
    with self.say("We start from one step of noise."):
        proof.step()                     # writes line 1
    with self.say("Now put the step before it in its place."):
        proof.step()                     # line 1 moves up and dims, line 2 forms below it
    proof.clear()                        # takes both lines off the stage

Glyphs are matched by `{{ … : label }}` groups first (a label in both lines says "this becomes that"), then by
equal runs in reading order. Lines stand under each other by their first relation sign (=, ≈, ∝, ≤, …).
"""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
from manim import (
    DL,
    DOWN,
    ORIGIN,
    UP,
    UR,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    RoundedRectangle,
    Scene,
    Transform,
    VGroup,
    VMobject,
    Write,
)
from numpy.typing import NDArray

from course.errors import CourseError
from course.stage.equation import Equation, same_glyphs
from course.stage.terms import touched
from course.stage.theme import INK, SAFE_BOTTOM, SAFE_TOP, SAFE_WIDTH
from course.voice.timing import AFTER_STEP

GAP = 0.9
"""Free height between the two lines, in Manim units."""
BELOW = 0.15
"""Free height between the old line and the symbols that come out of it."""
DIMMED = 0.6
"""Opacity of what stays unchanged in the old line."""


@runtime_checkable
class Speaks(Protocol):
    """A scene that says what is seen."""

    def breathe(self, seconds: float) -> None:
        """Let the silence after the line that is being said last this long, at least."""


class Derivation:
    """Lines that follow from each other, at most two of them on screen, centred on `at`.

    Every `step()` plays whole animations on `scene` (about 1 s for the first line, 2 s for each further one).
    Lines that are too tall to stand two by two in the safe frame raise `CourseError`.
    """

    def __init__(self, scene: Scene, *lines: Equation, at: NDArray[np.float64] = ORIGIN) -> None:
        if len(lines) < 2:
            raise CourseError("A derivation needs at least two lines; a single one is an Equation.")
        self.scene, self.lines, self.at = scene, lines, at
        self.shown = 0
        self._plates = VGroup()

    def step(self) -> None:
        """Play the next change; CourseError after the last line."""
        if self.shown == len(self.lines):
            raise CourseError(f"The derivation ends with line {self.shown}: it has no further step.")
        if self.shown == 0:
            line = self.lines[0].move_to(self.at)
            self.scene.play(Write(line, run_time=1.2))
        else:
            self._change(self.lines[self.shown - 1], self.lines[self.shown])
        self.shown += 1
        if isinstance(self.scene, Speaks):
            self.scene.breathe(AFTER_STEP)

    def clear(self) -> None:
        """Fade out whatever of the derivation is on the stage."""
        left = self.lines[max(0, self.shown - 2) : self.shown]
        self.scene.play(*[FadeOut(mobject) for mobject in (self._plates, *left) if mobject.submobjects])

    def _change(self, old: Equation, new: Equation) -> None:
        above = self._place(old, new)
        same, morph = match(old, new)
        kept_old, kept_new = {i for i, _ in same}, {j for _, j in same}
        come = [j for j in range(len(new)) if j not in kept_new]
        gone = {i for i in range(len(old)) if i not in kept_old}
        here, there = touched(new, set(come)), touched(old, gone)
        # A line that is new from end to end has no part worth pointing at.
        plates = _plates([new[j] for j in term] for term in here)
        plates.add(*(_plates([above[i] for i in term] for term in there) if here else ()))
        lit = {i for term in there for i in term} if here else set()
        for i in set(range(len(old))) - lit:
            above[i].set_opacity(DIMMED)

        leaving = self.lines[self.shown - 2 : self.shown - 1] if self.shown > 1 else ()
        going: list[Any] = [FadeOut(line, shift=0.3 * UP) for line in leaving]
        if self._plates.submobjects:
            going.append(FadeOut(self._plates))
        # One after the other, for they would cross: the oldest line goes, the old one takes its place, and
        # then its symbols come down.
        if going:
            self.scene.play(*going, run_time=0.25)
        self.scene.play(Transform(old, above), run_time=0.35 if going else 0.6)
        # They come out below the old line, not through it: there they stand as they do in it.
        echo = above.copy().shift((above.height + BELOW) * DOWN)
        pairs = _clear(echo, new, sorted(same + morph, key=lambda pair: pair[1]))
        if pairs:
            moving = VGroup(*[echo[i].copy().set_opacity(0) for i, _ in pairs])
            landed = VGroup(*[new[j] for _, j in pairs])
            self.scene.play(ReplacementTransform(moving, landed), run_time=0.8)
        flown = {j for _, j in pairs}
        arriving = VGroup(*[new[j] for j in range(len(new)) if j not in flown])
        shows: list[Any] = [FadeIn(plates)] if plates.submobjects else []
        if arriving.submobjects:
            shows.append(
                LaggedStart(*[FadeIn(glyph, shift=0.15 * DOWN) for glyph in arriving], lag_ratio=0.1)
            )
        if shows:
            self.scene.play(*shows, run_time=0.9)
        # From here on the line is one mobject again, not the pieces that it was put together from.
        self.scene.remove(*new)
        self.scene.add(new)
        self._plates = plates

    def _place(self, old: Equation, new: Equation) -> Equation:
        """Move `new` to its place and return `old` as it will stand above it."""
        total = old.height + GAP + new.height
        top, bottom = self.at[1] + total / 2, self.at[1] - total / 2
        if top > SAFE_TOP or bottom < SAFE_BOTTOM:
            raise CourseError(
                f"“{old.checked.typst}” and “{new.checked.typst}” together are {total:.1f} units high and "
                "leave the safe frame: break a line into smaller steps, or give its parts names."
            )
        above = old.copy()
        above.set_y(top - old.height / 2)
        new.move_to([self.at[0], bottom + new.height / 2, 0])
        signs = relation(old), relation(new)
        if signs[0] is not None and signs[1] is not None:
            new.shift([signs[0].get_x() - signs[1].get_x(), 0, 0])
            both = VGroup(above, new)
            both.set_x(self.at[0])
            if both.width > SAFE_WIDTH:  # standing by their signs, they do not fit side by side
                above.set_x(self.at[0])
                new.set_x(self.at[0])
        return above


Pairs = list[tuple[int, int]]


def match(old: Equation, new: Equation) -> tuple[Pairs, Pairs]:
    """Which glyphs of `old` become which of `new`: index pairs that stay equal, and pairs that change."""
    a, b = same_glyphs(old, new)
    same: Pairs = []
    morph: Pairs = []
    free_a, free_b = set(range(len(a))), set(range(len(b)))
    for label in old.labels:
        if label in new.labels:
            part_a = free_a & set(old.indices(label))
            part_b = free_b & set(new.indices(label))
            free_a -= part_a
            free_b -= part_b
            equal = _runs(_among(old, part_a), _among(new, part_b), a, b)
            same += equal
            rest_a = sorted(part_a - {i for i, _ in equal}) or sorted(part_a)
            rest_b = sorted(part_b - {j for _, j in equal})
            morph += [(rest_a[min(k, len(rest_a) - 1)], j) for k, j in enumerate(rest_b) if rest_a]
    same += _runs(_among(old, free_a), _among(new, free_b), a, b)
    return same, morph


def _clear(start: Equation, end: Equation, pairs: Pairs) -> Pairs:
    """Those pairs whose glyphs can go from `start` to `end` at once without crossing another one on the way.

    Of two that would cross, the one further from its place stays behind, with the rest of its symbol.
    """
    if not pairs:
        return pairs
    here = np.array([[*start[i].get_corner(DL)[:2], *start[i].get_corner(UR)[:2]] for i, _ in pairs])
    there = np.array([[*end[j].get_corner(DL)[:2], *end[j].get_corner(UR)[:2]] for _, j in pairs])
    far = np.abs(there - here).max(axis=1)
    standing = _meet(here) | _meet(there)
    crossed = np.zeros_like(standing)
    for part in np.linspace(0, 1, 11)[1:-1]:
        crossed |= _meet((1 - part) * here + part * there) & ~standing
    stays: set[int] = set()
    while crossed.any():
        one, other = np.argwhere(crossed)[0]
        worst = pairs[one if far[one] >= far[other] else other][1]
        symbol = next(set(symbol) for symbol in end.symbols if worst in symbol)
        stays |= symbol
        gone = [k for k, (_, j) in enumerate(pairs) if j in symbol]
        crossed[gone], crossed[:, gone] = False, False
    return [pair for pair in pairs if pair[1] not in stays]


def _meet(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (n, 4; left, bottom, right, top) meet (n, n), each pair once."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    return np.asarray(np.triu((low < high).all(axis=2), 1))


def _among(line: Equation, glyphs: set[int]) -> list[list[int]]:
    """The symbols of `line`, as far as they consist of the given glyphs."""
    parts = [[index for index in symbol if index in glyphs] for symbol in line.symbols]
    return [part for part in parts if part]


def _runs(old: list[list[int]], new: list[list[int]], a: list[int], b: list[int]) -> Pairs:
    """Equal runs of whole symbols, longest first, in reading order; as pairs of glyphs."""
    words = [tuple(a[i] for i in symbol) for symbol in old], [tuple(b[j] for j in symbol) for symbol in new]
    return [
        pair
        for block in SequenceMatcher(None, *words, autojunk=False).get_matching_blocks()
        for k in range(block.size)
        for pair in zip(old[block.a + k], new[block.b + k], strict=True)
    ]


@cache
def _relations() -> Equation:
    return Equation("= approx prop <= >= ~ := < >", definition="the signs that lines are aligned by")


def relation(line: Equation) -> VMobject | None:
    """The first relation sign at full size, or None."""
    signs, glyphs = same_glyphs(_relations(), line)
    return next((line[k] for k, kind in enumerate(glyphs) if kind in signs), None)


def _plates(terms: Iterable[Sequence[VMobject]]) -> VGroup:
    """Soft plates behind the given terms."""
    pad = 0.09
    plates = VGroup()
    for term in terms:
        whole = VGroup(*term)
        plate = RoundedRectangle(
            width=whole.width + 2 * pad,
            height=whole.height + 2 * pad,
            corner_radius=0.1,
            stroke_width=0,
            fill_color=INK,
            fill_opacity=0.13,
        )
        plates.add(plate.move_to(whole))
    # Behind the glyphs, which are on the stage already when the plates arrive.
    return plates.set_z_index(-1)
