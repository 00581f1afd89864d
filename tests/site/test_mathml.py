"""An equation on the page is the equation of the film: no symbol is lost, none is another."""

import json
import re
import unicodedata
from collections import Counter
from xml.etree import ElementTree

import pytest
import typst
from manim import MathTypst

from course.errors import CourseError
from course.site.mathml import mathml
from course.stage import theme
from course.stage.checked import Checked

SPOKEN = {"−": "-", "∣": "|", "̄": "¯", "̂": "^", "̃": "~", "ϵ": "ε", "ϕ": "φ", "∥": "‖", "∶": ":", "⋅": "·"}
"""Characters that are one symbol under two numbers."""
DRAWN = {"overline": "¯", "underbrace": "⏟"}
"""What is a sign of its own on the page."""
STRUCTURE = {"root", "frac", "underline", "cancel", "binom", *DRAWN}
PLAIN = {
    *(
        "sequence",
        "attach",
        "accent",
        "lr",
        "mid",
        "styled",
        "class",
        "op",
        "h",
        "equation",
        "primes",
        "group",
    ),
    *("limits", "scripts", "stretch", "box", "text", "symbol", "context", "linebreak", "align-point"),
}

TEXT = r"\[(\](?=\])|(?:[^\]\\]|\\.)*)\]"
"""A text in what Typst writes down of an equation; a closing bracket stands there as it is."""


def declared(source: str) -> Checked:
    return Checked(source, definition="a test")


def plain(text: str) -> list[str]:
    """The symbols of a text, each under one number."""
    letters = unicodedata.normalize("NFKD", text)
    return [
        SPOKEN.get(letter, letter)
        for letter in letters
        if not letter.isspace() and letter not in "\u2061\u2062\ufe00"
    ]


def before(source: str) -> Counter[str]:
    """The symbols that an author wrote, as Typst understands them before it sets anything."""
    body, _ = MathTypst._preprocess_groups(source)
    painted = "".join(f"#let {name.lower()}(it) = it\n" for name in (*theme.MEANINGS, "muted"))
    code = f"{painted}#let manimgrp(label, body) = body\n#metadata(repr($ {body} $)) <it>"
    (found,) = json.loads(typst.query(code.encode(), "<it>", field="value"))
    symbols: list[str] = []
    for text in re.findall(TEXT, found):
        symbols += plain(
            re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), text).replace("\\", "")
        )
    symbols += [
        SPOKEN.get(chr(int(code, 16)), code) for code in re.findall(r'accent: "\\u\{([0-9a-f]+)\}"', found)
    ]
    symbols += ["′"] * sum(int(count) for count in re.findall(r"primes\(count: (\d+)", found))
    names = re.findall(r"([a-z-]+)\(", re.sub(TEXT, "", found))
    assert set(names) <= STRUCTURE | PLAIN, (
        f"say in this test what becomes of {set(names) - STRUCTURE - PLAIN}"
    )
    return Counter(symbols + [DRAWN.get(name, name) for name in names if name in STRUCTURE])


def after(page: str) -> Counter[str]:
    """The symbols that stand on the page."""
    symbols: list[str] = []
    for element in ElementTree.fromstring(page).iter():
        if element.tag in ("mi", "mo", "mn", "mtext"):
            symbols += plain("".join(element.itertext()))
        elif element.tag in ("msqrt", "mroot", "mfrac"):
            symbols.append("frac" if element.tag == "mfrac" else "root")
    return Counter(symbols)


@pytest.mark.parametrize(
    "source",
    [
        "overline(alpha)_t",
        "sqrt(overline(a + b))",
        "hat(epsilon) tilde.op tilde(mu)",
        "{{ x_(t-1) : before }} / 2",
        "x'' + norm(x)^2",
        'a "such that" b',
        "2 underbrace(a - b, 0) + c",
    ],
)
def test_a_symbol_is_on_the_page_as_it_was_written(source: str) -> None:
    (page,) = mathml([declared(source)], {})
    assert after(page) == before(source)


def test_a_lost_overline_would_be_noticed() -> None:
    page = typst.compile(b"$ overline(alpha) $", format="html").decode()
    (lost,) = re.findall(r"<math.*</math>", page)
    assert after(lost) != before("overline(alpha)")


def test_what_typst_would_leave_out_ends_in_a_sentence_that_names_the_equation() -> None:
    with pytest.raises(CourseError, match=r"“cancel\(x\) = y” cannot stand on a page: cancel was ignored"):
        mathml([declared("a = b"), declared("cancel(x) = y")], {})


def test_a_slip_in_an_equation_is_named() -> None:
    with pytest.raises(CourseError, match="unknown variable: nonsense"):
        mathml([declared("a = nonsense")], {})


def test_symbols_have_the_colour_of_what_they_stand_for() -> None:
    source = "x_t = sqrt(overline(alpha)_t) x_0 + epsilon, quad g = hat(x)_0, quad p(x | c)"
    (page,) = mathml([declared(source)], {"g": theme.WRONG})
    tree = ElementTree.fromstring(page)
    found = {
        (row.get("class"), "".join(plain("".join(row.itertext()))))
        for row in tree.iter("mrow")
        if row.get("class")
    }
    assert {
        *(("time", "t"), ("time", "α¯"), ("signal", "x"), ("signal", "0")),
        *(("noise", "ε"), ("wrong", "g"), ("model", "x^"), ("prompt", "c")),
    } <= found
