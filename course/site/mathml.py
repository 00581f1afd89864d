"""Equations as MathML, set by Typst from the film's own source, the course's colours as classes.

Not for drawing them (`stage.equation`), nor for checking what they claim (`stage.checked`).
"""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import typst
from markupsafe import Markup

from course.errors import CourseError
from course.stage.checked import Checked
from course.stage.equation import typst_source

# What MathML has no element for, Typst leaves out, overlines among it; an accent stays, and looks the same.
_PAINT = r"""
#let tint(colour, it) = {
  let meanings = (
    (noise-colour, "noise"), (signal-colour, "signal"), (prompt-colour, "prompt"), (time-colour, "time"),
    (model-colour, "model"), (wrong-colour, "wrong"), (muted-colour, "muted"),
  )
  let found = meanings.find(pair => pair.at(0) == colour)
  let painted = text(fill: colour, it)
  if found == none { painted } else { html.elem("mrow", attrs: (class: found.at(1)), painted) }
}
#let is-tinted(it) = repr(it.func()) in ("styled", "elem")
#show math.overline: it => math.accent(it.body, sym.macron)
"""
_SPACING = {"\u0304": "\u00af", "\u0302": "^", "\u0303": "~", "\u0307": "\u02d9"}
"""Accents as characters that take room: browsers set those that take none beside their letter."""
_TALL = {"mfrac", "msqrt", "mroot", "mtable", "munder", "munderover"}
_EXPECTED = "html export is under active development"


def mathml(equations: Sequence[Checked], colors: Mapping[str, str]) -> list[Markup]:
    """Each equation as one `<math>` element; `colors` are a chapter's letters, as for `Equation`.

    Raises CourseError, naming the equation, where Typst cannot set it or would leave a part of it out.
    """
    try:
        found = _set(equations, colors)
    except (typst.TypstError, ValueError) as error:
        if len(equations) != 1:  # one by one, it shows which of them it is
            return [mathml([one], colors)[0] for one in equations]
        raise CourseError(
            f"“{equations[0].typst}” cannot stand on a page: {getattr(error, 'message', error)}. "
            "Write it otherwise."
        ) from None
    return [Markup(one) for one in found]


def _set(equations: Sequence[Checked], colors: Mapping[str, str]) -> list[str]:
    sources = [f"#[\n{typst_source(one, colors, _PAINT)}\n]" for one in equations]
    page, warnings = typst.compile_with_warnings("\n".join(sources).encode(), format="html")
    if left_out := [one.message for one in warnings if _EXPECTED not in one.message]:
        raise ValueError("; ".join(dict.fromkeys(left_out)))
    found = re.findall(r"<math.*?</math>", page.decode(), re.DOTALL)
    if len(found) != len(equations):
        raise ValueError(f"{len(equations)} equations gave {len(found)} elements")
    return [_mended(one) for one in found]


def _mended(page: str) -> str:
    """What browsers need besides: accents over their letters, and brackets no wider than they are drawn."""
    tree = ElementTree.fromstring(page.replace("\ufe00", ""))  # which of two script alphabets: there is one
    for element in tree.iter():
        if element.tag == "mover" and element.get("accent") == "true":
            element[1].text = _SPACING.get(element[1].text or "", element[1].text)
        if element.tag == "mrow" and not any(one.tag in _TALL for one in element.iter()):
            # A bracket that may stretch is given the room of the largest there is.
            for sign in element.findall("mo"):
                if (sign.text or "") in "()[]{}|‖":
                    sign.set("stretchy", "false")
    return ElementTree.tostring(tree, encoding="unicode")
