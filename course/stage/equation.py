"""Checked equations: Typst mathematics, coloured by meaning, beside a function that evaluates both sides.

Not for words (`theme.text`), and not for changing one line into the next (`derivation.Derivation`).

A scene author writes plain Typst mathematics; the colours come by themselves:

    forward = Checked(
        r"x_t = sqrt(overline(alpha)_t) x_0 + sqrt(1 - overline(alpha)_t) epsilon",
        check=lambda: (states[t], np.sqrt(a) * x0 + np.sqrt(1 - a) * noise),  # both sides: arrays or numbers
        tolerance=1e-6,                  # largest |left - right|; relative=True divides by the largest side
    )
    line = Equation(forward)             # draws it; Equation(source, check=…) does both at once
    Equation(r"SNR = alpha^2 / sigma^2", definition="gives a name")            # claims nothing: says why
    Checked(r"norm(epsilon)^2 approx d", check=lambda: z)    # ONE number or array: a z-score, |z| < 5
    line.verify()                        # Discrepancy, or CourseError with both sides and their difference
    line.discrepancy_label()             # "largest difference 3 × 10⁻⁷", measured now
    line.part("x_0")                     # the glyphs of a fragment (n=1 for its second occurrence) …
    Equation(r"{{ a b : product }} = c", …).part("product")                    # … or of a labelled group

Chapters declare their equations, so that one test runs every check without drawing anything:

    def equations(self) -> Mapping[str, Checked]: ...
    verify_chapter(chapter)              # {name: Discrepancy, or None for a definition}

Coloured by default: epsilon and hat(epsilon) as noise; x_0 as signal; c as prompt; t, alpha,
beta, sigma and the index of x_t as time; hat(x), theta and what carries it as an index as model. By
hand, in the source: noise(…), signal(…), prompt(…), time(…), model(…), wrong(…), muted(…); ink(…) switches a
default off. Or `colors={"w": MODEL, "x_T": NOISE}` for letters, named symbols, and either with an index.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
import typst
from manim import MathTypst, Text, VGroup, VMobject
from manim.constants import SCALE_FACTOR_PER_FONT_POINT
from numpy.typing import NDArray

from course.errors import CourseError
from course.stage.checked import Checked, Discrepancy, Evaluate, verify_chapter
from course.stage.manim_internals import forget_svg
from course.stage.outlines import Outlined
from course.stage.theme import (
    EQUATION,
    INK,
    LABEL,
    MODEL,
    MUTED,
    NOISE,
    PROMPT,
    SAFE_WIDTH,
    SENTENCE,
    SIGNAL,
    TIME,
    WRONG,
    text,
)

__all__ = ["Checked", "Discrepancy", "Equation", "same_glyphs", "verify_chapter"]

POINTS = 10
"""The size that Manim has Typst set its formulas at, before it scales them."""

_MEANINGS = {
    "ink": INK,
    "noise": NOISE,
    "signal": SIGNAL,
    "prompt": PROMPT,
    "time": TIME,
    "model": MODEL,
    "wrong": WRONG,
    "muted": MUTED,
}

# Show rules compare content as Typst has parsed it, so no source is taken apart here. Black stands for "no
# colour yet" (Manim then draws it in INK): a rule leaves alone what has a colour, so colours set by hand win.
_PAINT = r"""
#let tint(colour, it) = text(fill: colour, it)
#let is-tinted(it) = repr(it.func()) == "styled"
"""
_RULES = r"""
#let if-plain(it, rule) = context if text.fill == black { rule(it) } else { it }
#let time-indices = ($t$.body, $t-1$.body, $t+1$.body, $s$.body)
#let meaning(base, index) = {
  let whole = if index == none { base } else { math.attach(base, b: index) }
  let own = by-hand.find(pair => pair.at(0) == whole)
  if own != none { own.at(1) }
  else if index == $theta$.body { model-colour }
  else if base in ($alpha$.body, $beta$.body, $sigma$.body, $overline(alpha)$.body, $tilde(beta)$.body) {
    time-colour
  }
  else if base in ($epsilon$.body, $hat(epsilon)$.body) { noise-colour }
  else if base == $c$.body { prompt-colour }
  else if base == $hat(x)$.body { model-colour }
  else if base == $x$.body and index == $0$.body { signal-colour }
}
#show math.attach: it => if-plain(it, it => {
  let fields = it.fields()
  let base = fields.remove("base")
  let index = fields.at("b", default: none)
  let colour = meaning(base, index)
  if colour != none {
    if index != none { fields.b = tint(if index == $c$.body { prompt-colour } else { colour }, index) }
    math.attach(tint(colour, base), ..fields)
  } else if index in time-indices or (base == $x$.body and index != none and not is-tinted(index)) {
    math.attach(base, ..fields, b: tint(time-colour, index))
  } else { it }
})
#let decorated(it) = if-plain(it, it => {
  let colour = meaning(it, none)
  if colour == none { it } else { tint(colour, it) }
})
#show math.accent: decorated
#show math.overline: decorated
#let letter(colour) = it => if-plain(it, tint.with(colour))
#show regex("\bt\b"): letter(time-colour)
#show regex("\bc\b"): letter(prompt-colour)
#show regex("\bε\b"): letter(noise-colour)
#show regex("\b[αβσ]\b"): letter(time-colour)
#show regex("\bθ\b"): letter(model-colour)
"""


def typst_source(equation: Checked, colors: Mapping[str, str], paint: str) -> str:
    """All that Typst needs to set an equation elsewhere than on the stage, its groups without their labels.

    `paint` defines in Typst how a colour is shown, `tint(colour, it)`, and `is-tinted(it)`; the meanings have
    their colours in `noise-colour` and so on.
    """
    body, _ = MathTypst._preprocess_groups(equation.typst)
    return f"{_preamble(colors, paint)}\n#let manimgrp(label, body) = body\n$ {body} $"


def _preamble(colors: Mapping[str, str], paint: str = _PAINT) -> str:
    lines = [f'#let {name}-colour = rgb("{_hex(colour)}")' for name, colour in _MEANINGS.items()]
    lines += [paint, *(f"#let {name}(it) = tint({name}-colour, it)" for name in _MEANINGS)]
    pairs = "".join(f'(${pattern}$.body, rgb("{_hex(colour)}")), ' for pattern, colour in colors.items())
    lines += [f"#let by-hand = ({pairs})", _RULES]
    lines += [
        f'#show regex("\\b" + ${pattern}$.body.text + "\\b"): letter(rgb("{_hex(colour)}"))'
        for pattern, colour in colors.items()
        if re.fullmatch(r"[A-Za-z.]+", pattern)
    ]
    return "\n".join(lines)


def _hex(colour: Any) -> str:
    return colour.to_hex() if hasattr(colour, "to_hex") else str(colour)


class Equation(Outlined, MathTypst):
    """A checked equation as a Manim mobject: `Write`, `FadeIn`, `Transform` and `.animate` all work.

    Takes a `Checked`, or Typst source with the fields of `Checked` as keywords. Parts wrapped in
    `{{ … : label }}` keep their place in a `Derivation`. The equation is made to fit `fit_width` (Manim
    units) by shrinking it down to the smallest size a phone can show (44) and no further: CourseError then
    asks for a shorter line.
    """

    def __init__(
        self,
        equation: Checked | str,
        *,
        check: Evaluate | None = None,
        definition: str = "",
        tolerance: float = 1e-6,
        relative: bool = False,
        colors: Mapping[str, str] | None = None,
        font_size: float = EQUATION,
        fit_width: float = SAFE_WIDTH,
    ) -> None:
        if isinstance(equation, str):
            equation = Checked(equation, check, definition, tolerance, relative)
        elif check is not None or definition:
            raise CourseError(f"“{equation.typst}” brings its own check: give a second one to neither.")
        self.checked = equation
        self.colors = dict(colors or {})
        if font_size < SENTENCE:
            raise CourseError(
                f"“{equation.typst}” at size {font_size:g}: an equation needs {SENTENCE} for a phone."
            )
        preamble = _preamble(self.colors)
        try:
            super().__init__(
                equation.typst,
                typst_preamble=preamble,
                color=INK,
                font_size=font_size,
                stroke_width=0,
            )
        except typst.TypstError as error:
            raise _compile_error(equation.typst, preamble, error) from None
        self.baselines = _baselines(ElementTree.parse(self.file_name).getroot())
        if len(self.baselines) != len(self):
            self.baselines = []
        self.symbols = _symbols(self)
        for glyph in self.submobjects:
            if _is_stroke(glyph):
                _thicken(glyph, font_size)
            # Write draws outlines in the stroke's colour, which Typst leaves white.
            glyph.set_stroke(glyph.get_fill_color(), width=0)
            # A copy that flies elsewhere is still one of this formula's: the lint asks.
            glyph.formula = equation.typst
        forget_svg(self, keep=[name for names in self._label_aliases.values() for name in names])
        # Manim tells an equation's font size by its height, which the thickness has just changed.
        self.initial_height = self.height / (font_size * SCALE_FACTOR_PER_FONT_POINT)
        if self.width > fit_width:
            smaller = font_size * fit_width / self.width
            if smaller < SENTENCE:
                raise CourseError(
                    f"“{equation.typst}” is {self.width:.1f} units wide and {fit_width:.1f} are free: "
                    f"to fit, it would shrink to size {smaller:.0f}, below {SENTENCE}. "
                    "Break the line, or give a name to a part of it."
                )
            self.scale(fit_width / self.width)

    def verify(self) -> Discrepancy | None:
        """Run the check; CourseError naming the equation, both sides and the difference if it fails."""
        return self.checked.verify()

    def discrepancy_label(self, where: str = "") -> Text:
        """The measured discrepancy in words, to stand beside the equation; `where` says what it was taken on.

        CourseError if the check fails.
        """
        found = self.verify()
        if found is None:
            raise CourseError(f"“{self.checked.typst}” is a definition: there is no discrepancy to show.")
        return text(f"{where}{found}", size=LABEL, color=MUTED)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the `{{ … : label }}` groups, in the order in which they open."""
        return tuple(dict.fromkeys(self._group_labels))

    def indices(self, label: str) -> list[int]:
        """Where in `submobjects` the glyphs of a labelled group are."""
        members = {id(glyph) for glyph in self.select(label)}
        return [index for index, glyph in enumerate(self.submobjects) if id(glyph) in members]

    def part(self, name: str, n: int = 0) -> VGroup:
        """The glyphs of a `{{ … : name }}` group, or of the n-th occurrence (from 0) of a fragment."""
        if name in self.labels:
            return self.select(name)
        try:
            mine, wanted = same_glyphs(self, Equation(name, definition="a fragment", colors=self.colors))
        except CourseError:
            mine, wanted = [], []
        starts = range(len(mine) - len(wanted) + 1) if wanted else ()
        hits = [start for start in starts if mine[start : start + len(wanted)] == wanted]
        if n >= len(hits):
            labels = ", ".join(self.labels) or "none"
            raise CourseError(
                f"“{self.checked.typst}” shows “{name}” {len(hits)} times, no occurrence {n} (from 0); "
                f"its labels: {labels}."
            )
        return VGroup(*self.submobjects[hits[n] : hits[n] + len(wanted)])


def _compile_error(source: str, preamble: str, error: typst.TypstError) -> CourseError:
    """The author's own source with Typst's message, its line and column counted in that source."""
    # Group braces blanked out with spaces keep the columns, which Manim's rewriting of the groups does not.
    plain = re.sub(r"\{\{|(:\s*[A-Za-z_][\w-]*\s*)?\}\}", lambda found: " " * len(found.group()), source)
    try:
        typst.compile(f"{preamble}\n$\n{plain}\n$".encode(), format="svg")
    except typst.TypstError as again:
        error = again
    message = f"Typst cannot set “{source}”: {error.message}"
    if error.hints:
        message += f" ({error.hints[0]})"
    place = re.search(r":(\d+):(\d+)\n", error.diagnostic)
    lines = source.splitlines()
    line = int(place.group(1)) - preamble.count("\n") - 3 if place else -1
    if place and 0 <= line < len(lines):
        column = int(place.group(2))
        message += f", line {line + 1}, column {column + 1}:\n  {lines[line]}\n  {' ' * column}^"
    return CourseError(message)


def same_glyphs(*equations: Equation, coloured: bool = True) -> list[list[int]]:
    """For each equation one number per glyph, equal wherever shape, relative size and colour are equal.

    Place and font size do not matter, nor does colour unless `coloured`; all straight rules (fraction bars,
    overlines) of one colour are equal.
    """
    known: list[tuple[str, NDArray[np.float64]]] = []

    def number(colour: str, outline: NDArray[np.float64]) -> int:
        for index, (other, shape) in enumerate(known):
            if other == colour and shape.shape == outline.shape and np.allclose(shape, outline, atol=2e-3):
                return index
        known.append((colour, outline))
        return len(known) - 1

    return [
        [
            number(_colour(glyph) if coloured else "", _outline(glyph, equation.font_size))
            for glyph in equation.submobjects
        ]
        for equation in equations
    ]


def _symbols(equation: Equation) -> list[list[int]]:
    """Glyphs (by index) grouped into symbols: a letter with its indices and accents, a root with its bar."""
    baselines = equation.baselines
    if not baselines:
        return [[index] for index in range(len(equation))]
    size = _em(equation.font_size)
    glyphs = equation.submobjects
    symbols: list[list[int]] = []
    for index, glyph in enumerate(glyphs):
        joins = False
        if symbols:
            first = symbols[-1][0]
            base = glyphs[first]
            if _over(glyph, base) or _roofs(glyph, base, size):
                joins = True
            elif not _is_stroke(glyph) and not (
                index + 1 < len(glyphs) and _roofs(glyphs[index + 1], glyph, size)
            ):
                shift = abs(baselines[index] - baselines[first]) / POINTS
                # Indices and powers stand 0.15 to 0.45 em off the line, numerators and denominators 0.6 and
                # more; tall brackets are shifted too, but stay centred.
                joins = 0.05 < shift < 0.55 and abs(glyph.get_y() - base.get_y()) > 0.1 * size
        if joins:
            symbols[-1].append(index)
        else:
            symbols.append([index])
    return symbols


def _roofs(rule: VMobject, root: VMobject, size: float) -> bool:
    """Whether `rule` is the bar of a root whose sign is `root`."""
    return _is_stroke(rule) and abs(rule.get_left()[0] - root.get_right()[0]) < 0.05 * size


def _baselines(element: ElementTree.Element, y: float = 0.0) -> list[float]:
    """For each glyph and rule of Typst's SVG, in drawing order, the height in points that it stands on."""
    found = []
    for child in element:
        tag = child.tag.rsplit("}", 1)[-1]
        numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", child.get("transform", ""))]
        here = y + (numbers[-1] if numbers else 0.0)
        if tag in ("use", "path"):
            found.append(here)
        elif tag == "g":
            found += _baselines(child, here)
    return found


def _over(accent: VMobject, base: VMobject) -> bool:
    """Whether `accent` (a hat, a tilde, an overline) stands over `base`."""
    middle = accent.get_x()
    return (
        base.get_left()[0] < middle < base.get_right()[0]
        and 0 < accent.get_y() - base.get_y() < base.height + accent.height
    )


def _is_stroke(glyph: VMobject) -> bool:
    return len(glyph.points) <= 4


_RULE = 0.048  # of the font's size: how thick New Computer Modern's straight rules are


def _em(font_size: float) -> float:
    return POINTS * SCALE_FACTOR_PER_FONT_POINT * font_size


def _thicken(rule: VMobject, font_size: float) -> None:
    """Turn a stroked rule (fraction bar, overline) into a filled one: strokes do not scale with glyphs."""
    half = np.array([0, _RULE * _em(font_size) / 2, 0])
    left, right = rule.points[0], rule.points[-1]
    colour = rule.get_stroke_color()
    rule.set_points_as_corners([left - half, right - half, right + half, left + half, left - half])
    rule.set_fill(colour, 1).set_stroke(width=0)


def _outline(glyph: VMobject, font_size: float) -> NDArray[np.float64]:
    size = _em(font_size)
    if len(glyph.points) == 16 and glyph.height < 1.1 * _RULE * size:
        return np.zeros((0, 3))
    return (glyph.points - glyph.points.min(axis=0)) / size


def _colour(glyph: VMobject) -> str:
    return glyph.get_fill_color().to_hex()
