"""What is pointed at between two lines are whole terms, as a teacher would underline them."""

import pytest

from course.stage.equation import Equation
from course.stage.terms import touched


def line(source: str) -> Equation:
    return Equation(source, definition="a line to point at")


def pointed(source: str, *changed: tuple[str, int]) -> list[list[int]]:
    """The terms that are pointed at when these fragments (each with its occurrence) have changed."""
    equation = line(source)
    places = {id(glyph): index for index, glyph in enumerate(equation.submobjects)}
    return touched(equation, {places[id(glyph)] for name, n in changed for glyph in equation.part(name, n)})


def places(source: str, *terms: tuple[str, int]) -> list[list[int]]:
    equation = line(source)
    index = {id(glyph): k for k, glyph in enumerate(equation.submobjects)}
    return [sorted(index[id(glyph)] for glyph in equation.part(name, n)) for name, n in terms]


@pytest.mark.parametrize(
    ("source", "changed", "terms"),
    [
        ("x = a b + c d", [("b", 0)], [("a b", 0)]),
        ("x = a b + c d", [("b", 0), ("d", 0)], [("a b", 0), ("c d", 0)]),
        ("x = sqrt(a - b) y + z", [("b", 0)], [("sqrt(a - b) y", 0)]),
        ("x = frac(a + b, c) - d", [("c", 0)], [("frac(a + b, c)", 0)]),
        ("x = (a + b c) y - z", [("b", 0)], [("b c", 0)]),
        ("x = (a + b c) y - z", [("b", 0), ("y", 0)], [("(a + b c) y", 0)]),
        ("x_(t-1) = a + b", [("a", 0)], [("a", 0)]),
        ("x_(t-1) = a + b", [("x_(t-1)", 0)], [("x_(t-1)", 0)]),
        ("x = lr((frac(a^2, b) + c))^2 + d", [("c", 0)], [("c", 0)]),
        ("x = a + b", [("+", 0)], [("+ b", 0)]),
        ("x = a + b + c", [("a", 0), ("+", 0), ("b", 0)], [("a + b", 0)]),
    ],
)
def test_the_smallest_whole_terms_that_changed_are_pointed_at(
    source: str, changed: list[tuple[str, int]], terms: list[tuple[str, int]]
) -> None:
    assert [sorted(term) for term in pointed(source, *changed)] == places(source, *terms)


def test_where_everything_changed_nothing_is_pointed_at() -> None:
    assert pointed("x = a", ("x", 0), ("a", 0)) == []
    assert pointed("x = a + b") == []
