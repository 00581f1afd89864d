"""Which glyphs of a line make up its terms: what stands between +, −, = and the like, outside brackets.

For pointing at whole terms. Not for setting a line (`equation`), and not for changing it (`derivation`).
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from course.stage.equation import Equation, same_glyphs

RELATIONS = "= approx prop <= >= ~ := < > arrow.r"
SIGNS = "+ - plus.minus"
SIZES = (100, 220, 240, 260, 310, 380, 440, 500)
"""The heights, in percent, at which New Computer Modern has another bracket each."""

Term = list[int]
"""Glyphs by their index, in reading order."""


def touched(line: Equation, changed: set[int]) -> list[Term]:
    """The smallest whole terms of `line` that hold the `changed` glyphs, with the signs that changed as well.

    A term that changes inside one pair of brackets only gives way to the terms in there. Neighbours whose
    sign in between is new are one. Empty where nothing would be left out: then there is nothing to point at.
    """
    if not changed or not line.baselines:
        return []
    found = _joined(_touched(line, _reading(line, range(len(line))), changed))
    bare = [index for index in range(len(line)) if _kind(line)[index] not in ("relation", "sign")]
    return [] if {index for term in found for index in term}.issuperset(bare) else found


def _touched(line: Equation, glyphs: Sequence[int], changed: set[int]) -> list[tuple[Term, bool]]:
    """Terms among `glyphs` that changed, each with whether it goes on from the one before it."""
    found: list[tuple[Term, bool]] = []
    glued = False
    for term, separator in _split(line, glyphs):
        new_sign = bool(separator) and separator[0] in changed
        mine = [index for index in term if index in changed]
        if not mine and not new_sign:
            glued = False
            continue
        inner = _inside(line, term, mine)
        if inner is not None and not new_sign and (parts := _touched(line, inner, changed)):
            found += parts
            glued = False
            continue
        found.append(([*(separator if new_sign else ()), *term], glued and new_sign))
        glued = True
    return found


def _joined(found: list[tuple[Term, bool]]) -> list[Term]:
    terms: list[Term] = []
    for term, goes_on in found:
        if goes_on and terms:
            terms[-1] = [*terms[-1], *term]
        else:
            terms.append(term)
    return terms


def _split(line: Equation, glyphs: Sequence[int]) -> list[tuple[Term, Term]]:
    """The terms among `glyphs`, each with the sign before it (or none), as they are read."""
    kinds, level = _kind(line), _level(line, glyphs)
    terms: list[tuple[Term, Term]] = [([], [])]
    depth = 0
    for index in glyphs:
        on_line = abs(line.baselines[index] - level) < 1 and not _roofed(line, index)
        kind = kinds[index]
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        if kind in ("relation", "sign") and on_line and depth == 0:
            terms.append(([], [index]))
        else:
            terms[-1][0].append(index)
    return [(term, sign) for term, sign in terms if term]


def _inside(line: Equation, term: Term, changed: list[int]) -> Term | None:
    """What stands between the outermost brackets of `term` that hold all that changed; None if none do."""
    kinds, depth, start = _kind(line), 0, 0
    for place, index in enumerate(term):
        if kinds[index] == "open":
            depth += 1
            if depth == 1:
                start = place
        elif kinds[index] == "close" and depth:
            depth -= 1
            if depth == 0 and set(changed) <= set(inner := term[start + 1 : place]) and changed:
                return inner
    return None


def _reading(line: Equation, glyphs: Sequence[int]) -> Term:
    """From left to right; a fraction's bar comes with what it begins above."""
    return sorted(glyphs, key=lambda index: (round(float(line[index].get_left()[0]), 3), index))


def _level(line: Equation, glyphs: Sequence[int]) -> float:
    """The height that most of `glyphs` stand on: the relation's, where there is one."""
    kinds = _kind(line)
    at = [line.baselines[index] for index in glyphs if kinds[index] == "relation"]
    at = at or [line.baselines[index] for index in glyphs if kinds[index] == "sign"]
    at = at or [line.baselines[index] for index in glyphs] or [0.0]
    return Counter(round(height, 1) for height in at).most_common(1)[0][0]


def _roofed(line: Equation, index: int) -> bool:
    """Whether a glyph stands over or under a straight rule: in a fraction, or in a root."""
    x = line[index].get_x()
    return any(
        rule.get_left()[0] < x < rule.get_right()[0]
        for k, rule in enumerate(line.submobjects)
        if k != index and _kind(line)[k] == "rule" and rule.width > line[index].width
    )


def _kind(line: Equation) -> list[str]:
    """For each glyph: relation, sign, open, close, rule or ''."""
    known = getattr(line, "_kinds", None)
    if known is None:
        known = line._kinds = _kinds(line)  # type: ignore[attr-defined]
    return known


def _kinds(line: Equation) -> list[str]:
    *numbers, mine = same_glyphs(*_references(), line, coloured=False)
    relations, signs, brackets = numbers
    names = dict.fromkeys(relations, "relation") | dict.fromkeys(signs, "sign")
    names |= dict.fromkeys(brackets[0::3], "open") | dict.fromkeys(brackets[2::3], "close")
    flat = [glyph.height < 0.2 * glyph.width and len(glyph.points) == 16 for glyph in line.submobjects]
    return ["rule" if rule else names.get(number, "") for number, rule in zip(mine, flat, strict=True)]


@cache
def _references() -> tuple[Equation, ...]:
    """Relations; signs; brackets of every size around one letter each."""
    brackets = " ".join(f"lr(size: #{size}%, {pair})" for size in SIZES for pair in ("(x)", "[x]", "{x}"))
    return tuple(
        Equation(source, definition="what terms are told by", fit_width=1000)
        for source in (RELATIONS, SIGNS, brackets)
    )
