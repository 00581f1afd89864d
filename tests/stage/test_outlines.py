"""Text and formulas are set as Manim sets them, in a fraction of its time."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import MathTypst, SVGMobject, Text
from manim.mobject.svg import svg_mobject

from course.stage import theme
from course.stage.equation import Equation
from course.stage.manim_internals import typesetting
from course.stage.outlines import Outlined
from course.stage.theme import Words

FORMULAS = [
    r"{{ hat(x)_0 : guess }} = (x_t - sqrt(1 - alpha_t) epsilon) / sqrt({{ overline(alpha)_t : kept }})",
    r"EE norm(epsilon - epsilon_theta)^2 <= underbrace(integral_0^1 p(x) dif x, 1) quad mat(a, b; c, d)",
]


def the_same(ours: SVGMobject, manims: SVGMobject) -> None:
    assert len(ours.submobjects) == len(manims.submobjects) > 3
    for one, other in zip(ours.submobjects, manims.submobjects, strict=True):
        assert one.points.shape == other.points.shape
        assert np.allclose(one.points, other.points, rtol=0, atol=1e-12)
        for name in ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert one.stroke_width == pytest.approx(other.stroke_width)


@pytest.mark.parametrize("weight", ["NORMAL", "BOLD"])
@pytest.mark.parametrize("words", ["go on 7\nab ", "Σ x̂₀ = 3.5 % — “ok” → fi", "“Ça”, said the snail; i j!"])
def test_words_are_set_as_manim_sets_them(words: str, weight: str) -> None:
    theme.register_fonts()
    how: dict[str, Any] = {"font": theme.FONT, "font_size": 31, "color": "#ff8000", "weight": weight}
    with typesetting():
        the_same(*(kind(words, **how, line_spacing=0.55, disable_ligatures=True) for kind in (Words, Text)))


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_and_their_parts_are_set_as_manim_sets_them(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Equation(formula, definition="a test", fit_width=40)
    svg_mobject.SVG_HASH_TO_MOB_MAP.clear()
    monkeypatch.setattr(Outlined, "generate_mobject", SVGMobject.generate_mobject)
    manims = Equation(formula, definition="a test", fit_width=40)
    the_same(ours, manims)
    assert ours.symbols == manims.symbols
    assert [ours.indices(label) for label in ours.labels] == [
        manims.indices(label) for label in manims.labels
    ]
    assert issubclass(Equation, MathTypst)


def test_what_is_not_known_is_left_to_manim(tmp_path: Path) -> None:
    path = tmp_path / "ring.svg"
    path.write_text('<svg><g fill="#fff"><path d="M0 0L4 0L4 4Z"/><circle cx="9" cy="2" r="2"/></g></svg>')
    ours, manims = Outlined(str(path), use_svg_cache=False), SVGMobject(str(path), use_svg_cache=False)
    assert len(ours.submobjects) == len(manims.submobjects) == 2
    assert np.array_equal(ours.submobjects[1].points, manims.submobjects[1].points)


def test_a_text_takes_at_most_half_of_manims_time() -> None:
    theme.register_fonts()
    took = {}
    for kind in (Words, Text, Words, Text):  # the first of each warms up
        begun = time.process_time()
        with typesetting():
            for number in range(5):
                kind(f"the words say how large the region is {number}", font=theme.FONT, font_size=33)
        took[kind] = time.process_time() - begun
    assert took[Words] < 0.5 * took[Text]
