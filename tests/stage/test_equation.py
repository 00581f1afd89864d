"""Equations: what a viewer reads was checked, is coloured by meaning, and changes one thing at a time."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest
from manim import ManimColor, MathTypst, VMobject, config

from course.errors import CourseError
from course.stage.checked import Checked, verify_chapter
from course.stage.derivation import Derivation, match, relation
from course.stage.equation import Equation, same_glyphs
from course.stage.manim_internals import StageScene
from course.stage.terms import touched
from course.stage.theme import (
    EQUATION,
    INK,
    MODEL,
    NOISE,
    PROMPT,
    SAFE_BOTTOM,
    SAFE_TOP,
    SAFE_WIDTH,
    SENTENCE,
    SIGNAL,
    TIME,
    WRONG,
)
from tests.stage.digests import scene_digest

FORWARD = r"x_t = sqrt(overline(alpha)_t) x_0 + sqrt(1 - overline(alpha)_t) epsilon"


@pytest.fixture(autouse=True)
def typst_files_go_nowhere_near_the_repository(tmp_path_factory: pytest.TempPathFactory) -> None:
    config.media_dir = str(tmp_path_factory.getbasetemp())
    config.tex_dir = str(tmp_path_factory.getbasetemp() / "typst")


def drawn(source: str, **kwargs: Any) -> Equation:
    return Equation(source, definition="only its looks are tested", **kwargs)


def color(glyph: VMobject) -> str:
    return glyph.get_fill_color().to_hex().lower()


def colors(equation: Equation) -> list[str]:
    return [color(glyph) for glyph in equation]


# Checks


def test_a_right_equation_reports_its_measured_discrepancy() -> None:
    found = Checked("a = b", check=lambda: ([1.0, 2.0], [1.0, 2.0 + 3e-9])).verify()
    assert found is not None
    assert found.value == pytest.approx(3e-9, rel=1e-6)


def test_a_wrong_equation_fails_and_names_itself_both_sides_and_the_difference() -> None:
    wrong = Checked("a = b", check=lambda: (np.array([1.0, 2.5]), np.array([1.0, 2.0])), tolerance=0.1)
    with pytest.raises(
        CourseError, match=r"“a = b”.*left \[1\. , 2\.5\].*right \[1\., 2\.\].*at \[1\].*0\.5.*0\.1"
    ):
        wrong.verify()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_side_that_is_not_a_number_never_passes(bad: float) -> None:
    for sides in ((bad, 1.0), (1.0, bad), (bad, bad)):
        for relative in (False, True):
            with pytest.raises(CourseError, match="does not hold"):
                Checked("a = b", check=partial(tuple, sides), tolerance=1e9, relative=relative).verify()


def test_relative_discrepancy_is_measured_against_the_larger_side() -> None:
    found = Checked("a = b", check=lambda: (1000.0, 1001.0), tolerance=1e-2, relative=True).verify()
    assert found is not None
    assert found.value == pytest.approx(1 / 1001)
    assert Checked("0 = 0", check=lambda: (0.0, 0.0), relative=True).verify().value == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(("z", "passes"), [(4.99, True), (-4.99, True), (5.01, False), ([0.1, -7.0], False)])
def test_a_statistical_check_fails_beyond_five_sigma_on_either_side(z: Any, passes: bool) -> None:
    equation = Checked("norm(epsilon)^2 approx d", check=lambda: z)
    if passes:
        equation.verify()
    else:
        with pytest.raises(CourseError, match=r"\|z\| = .* allowed 5"):
            equation.verify()


def test_sides_of_different_shapes_are_not_silently_broadcast() -> None:
    with pytest.raises(CourseError, match=r"different shapes: \(3,\) and \(\)"):
        Checked("a = b", check=lambda: (np.ones(3), 1.0)).verify()


def test_a_check_over_nothing_is_not_a_passed_check() -> None:
    with pytest.raises(CourseError, match="empty"):
        Checked("a = b", check=lambda: (np.array([]), np.array([]))).verify()


def test_an_equation_without_a_check_must_say_why() -> None:
    with pytest.raises(CourseError, match="needs either check"):
        Checked("a = b")
    with pytest.raises(CourseError, match="not both"):
        Checked("a = b", check=lambda: (1.0, 1.0), definition="a name")
    assert drawn("a = b").verify() is None


class _Chapter:
    def __init__(self, **checks: Callable[[], Any]) -> None:
        self.checks = checks

    def equations(self) -> Mapping[str, Checked]:
        return {name: Checked(f"{name} = 0", check) for name, check in self.checks.items()}


def test_one_call_runs_every_check_of_a_chapter_and_reports_all_that_fail() -> None:
    ran: list[str] = []

    def sides(name: str, right: float) -> tuple[float, float]:
        ran.append(name)
        return 0.0, right

    fine = _Chapter(a=partial(sides, "a", 0.0), b=partial(sides, "b", 1e-9))
    assert [round(found.value, 12) for found in verify_chapter(fine).values() if found] == [0.0, 1e-9]
    assert ran == ["a", "b"]
    with pytest.raises(CourseError) as error:
        verify_chapter(_Chapter(a=lambda: (1.0, 0.0), b=lambda: (0.0, 0.0), c=lambda: (3.0, 0.0)))
    assert [line[:2] for line in str(error.value).splitlines()] == ["a:", "c:"]


def test_the_number_on_screen_is_the_measured_one() -> None:
    label = Equation("a = b", check=lambda: (1.0, 1.0 + 2.5e-7)).discrepancy_label()
    assert label.original_text in ("largest difference 2 × 10⁻⁷", "largest difference 3 × 10⁻⁷")
    with pytest.raises(CourseError, match="does not hold"):
        Equation("a = b", check=lambda: (1.0, 2.0)).discrepancy_label()
    with pytest.raises(CourseError, match="definition"):
        drawn("a = b").discrepancy_label()


def test_copying_an_equation_does_not_copy_what_its_check_looks_at() -> None:
    class Captures:
        def __deepcopy__(self, memo: Any) -> Any:
            raise AssertionError("captures were copied")

        def sides(self) -> tuple[float, float]:
            return 1.0, 1.0

    equation = Equation("a = b", check=Captures().sides)
    assert equation.copy().verify() is not None


# Looks


def test_symbols_have_the_colour_of_what_they_name() -> None:
    equation = drawn(FORWARD)
    assert color(equation.part("x_0")[0]) == SIGNAL
    assert color(equation.part("epsilon")[0]) == NOISE
    assert {color(glyph) for glyph in equation.part("overline(alpha)_t")} == {TIME}
    assert [color(glyph) for glyph in equation.part("x_t")] == [INK, TIME]
    assert color(equation.part("=")[0]) == INK
    guess = drawn(r"hat(x)_0 + hat(epsilon)_t + epsilon_theta (x_t, t, c) + sigma_t^2")
    assert {color(glyph) for glyph in guess.part("hat(x)_0")} == {MODEL}
    assert {color(glyph) for glyph in guess.part("hat(epsilon)_t")} == {NOISE}
    assert {color(glyph) for glyph in guess.part("epsilon_theta")} == {MODEL}
    assert color(guess.part("c")[0]) == PROMPT
    assert color(guess.part("t")[0]) == TIME
    assert colors(guess)[-2:] in ([INK, TIME], [TIME, INK])  # σ's power is no part of its name


def test_words_in_an_equation_are_not_coloured_letter_by_letter() -> None:
    assert set(colors(drawn('"a picture" = "cat"'))) == {INK}


def test_an_author_can_set_a_colour_or_switch_one_off() -> None:
    assert set(colors(drawn("wrong(x_0 + epsilon)"))) == {WRONG}
    assert set(colors(drawn("ink(x_0 + c t)"))) == {INK}
    assert colors(drawn("w + x_T + x_0", colors={"w": MODEL, "x_T": NOISE})) == [
        MODEL,
        INK,
        NOISE,
        NOISE,
        INK,
        SIGNAL,
        SIGNAL,
    ]
    assert colors(drawn("lambda x_0", colors={"lambda": WRONG, "x_0": PROMPT})) == [WRONG, PROMPT, PROMPT]


@pytest.mark.parametrize(
    "source",
    [
        FORWARD,
        r"hat(x)_0 = (x_t - sqrt(1 - overline(alpha)_t) epsilon_theta (x_t, t, c)) / sqrt(overline(alpha)_t)",
        r"EE[x_0 | x_t] = integral x_0 p_theta (x_0 | x_(t-1)) dif x_0 + sum_(t=1)^T beta_t^2 (1 - t) c^2",
    ],
)
def test_colours_move_nothing_by_more_than_a_stroke(source: str) -> None:
    plain, colored = MathTypst(source, font_size=EQUATION), drawn(source)
    assert len(plain) == len(colored)
    for theirs, mine in zip(plain, colored, strict=True):
        np.testing.assert_allclose(mine.get_left()[0], theirs.get_left()[0], atol=0.03)
        np.testing.assert_allclose(mine.get_y(), theirs.get_y(), atol=0.015)


def test_fraction_bars_grow_with_their_fraction() -> None:
    small, large = drawn("x / 2"), drawn("x / 2", font_size=2 * EQUATION)
    bars = [min(equation, key=lambda glyph: glyph.height) for equation in (small, large)]
    assert bars[1].height == pytest.approx(2 * bars[0].height, rel=1e-3)
    assert all(glyph.get_stroke_width() == 0 for glyph in small)


def test_an_equation_too_wide_for_the_frame_shrinks_to_phone_size_and_no_further() -> None:
    line = " + ".join(["x_0"] * 13)
    assert drawn(line, font_size=70).font_size < 70
    assert drawn(line, font_size=70).width <= SAFE_WIDTH + 1e-6
    assert drawn(line, font_size=70).font_size >= SENTENCE
    with pytest.raises(CourseError, match="Break the line"):
        drawn(" + ".join(["x_0"] * 30))
    with pytest.raises(CourseError, match="44 for a phone"):
        drawn("x", font_size=30)


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("x_t = sqr(alpha)", 1, 7),
        ("{{ x_t : a }} = {{ foo(x) : b }}", 1, 20),
        ("a = b\n  + sqrt(x", 2, 9),
        ("a = frac(1)", 1, 5),
    ],
)
def test_typst_that_does_not_compile_is_shown_with_its_column(source: str, line: int, column: int) -> None:
    with pytest.raises(CourseError) as error:
        drawn(source)
    message = str(error.value)
    assert f"line {line}, column {column}" in message
    shown, caret = message.splitlines()[-2:]
    assert shown.strip() == source.splitlines()[line - 1].strip()
    assert caret.index("^") == column + 1


def test_a_part_is_found_by_what_it_says_or_by_its_label() -> None:
    equation = drawn(r"{{ x_t : state }} = sqrt(overline(alpha)_t) x_0 + overline(alpha)_t")
    assert len(equation.part("state")) == 2
    first, second = equation.part("overline(alpha)_t"), equation.part("overline(alpha)_t", 1)
    assert first.get_x() < equation.part("x_0").get_x() < second.get_x()
    with pytest.raises(CourseError, match=r"“x_0” 1 times.*labels: state"):
        equation.part("x_0", 1)
    with pytest.raises(CourseError, match="0 times"):
        equation.part("beta")


# Derivations


def test_symbols_stay_whole_with_their_indices_accents_and_roots() -> None:
    equation = drawn(r"x_(t-1)^2 + sqrt(1 - hat(epsilon)_t)")
    assert [len(symbol) for symbol in equation.symbols] == [5, 1, 2, 1, 1, 3]
    fraction = drawn(r"x_t / sqrt(alpha_t)")
    assert [len(symbol) for symbol in fraction.symbols] == [2, 2, 2, 1]  # Typst draws the bar last


def test_what_two_lines_share_is_matched_and_what_differs_is_not() -> None:
    old, new = drawn("x_t = a + x_(t-1)"), drawn("x_t = a + b x_(t-2)")
    same, morph = match(old, new)
    assert morph == []
    kept = {j for _, j in same}
    come = [new.submobjects[j] for j in range(len(new)) if j not in kept]
    wanted = [*new.part("b"), *new.part("x_(t-2)")]
    assert {id(glyph) for glyph in come} == {id(glyph) for glyph in wanted}


def test_a_colour_is_part_of_a_symbols_identity() -> None:
    kinds = same_glyphs(drawn("x_0"), drawn("x_t"), drawn("x_0", font_size=90))
    assert kinds[0] == kinds[2]
    assert kinds[0][0] != kinds[1][0]


def test_a_label_in_both_lines_says_what_becomes_what() -> None:
    old, new = drawn("{{ a : left }} + {{ b : right }}"), drawn("{{ B : right }} + {{ a : left }}")
    same, morph = match(old, new)
    assert (0, 2) in same  # a crosses over, although reading order would have kept the plus sign only
    assert morph == [(2, 0)]


class _Lines(StageScene):
    """Three lines; what is on stage after each step."""

    sources = (FORWARD, FORWARD.replace("x_t", "y"), r"y - sqrt(1 - overline(alpha)_t) epsilon = x_0")

    def construct(self) -> None:
        self.lines = [drawn(source) for source in self.sources]
        self.proof = Derivation(self, *self.lines)
        self.on_stage = []
        for _ in self.lines:
            self.proof.step()
            self.on_stage.append([line for line in self.lines if line in self.mobjects])
        self.heights = [line.get_y() for line in self.lines]
        with pytest.raises(CourseError, match="no further step"):
            self.proof.step()
        self.digest = scene_digest(self)
        self.proof.clear()
        self.left = [mobject for mobject in self.mobjects if mobject.submobjects]


def _run(only: range | None) -> _Lines:
    scene = _Lines()
    scene.renderer.only = only
    scene.render()
    return scene


@pytest.fixture
def quiet_film(tmp_path: Any) -> Any:
    from manim import tempconfig

    settings: dict[str, Any] = {
        "quality": "low_quality",
        "media_dir": str(tmp_path),
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    settings |= {"frame_rate": 5, "pixel_width": 160, "pixel_height": 90, "write_to_movie": False}
    settings |= {"disable_caching": True, "tex_dir": config.tex_dir}
    with tempconfig(settings):
        yield


@pytest.mark.usefixtures("quiet_film")
def test_at_most_two_lines_are_on_screen_and_the_old_one_stands_dimmed_above() -> None:
    scene = _run(range(0))
    first, second, third = scene.lines
    assert scene.on_stage == [[first], [first, second], [second, third]]
    assert scene.heights[1] > scene.heights[2]
    kept = {i for i, _ in match(second, third)[0]}
    lit = {i for term in touched(second, set(range(len(second))) - kept) for i in term}
    assert 0 < len(lit) < len(second)
    for i, glyph in enumerate(second.submobjects):
        assert (glyph.get_fill_opacity() == 1) == (i in lit)
        assert glyph.get_fill_opacity() >= 0.6  # dimmed, and still to be read
    assert {glyph.get_fill_opacity() for glyph in third} == {1.0}
    assert second.get_top()[1] <= SAFE_TOP
    assert third.get_bottom()[1] >= SAFE_BOTTOM
    assert scene.left == []


@pytest.mark.usefixtures("quiet_film")
def test_a_worker_that_skips_a_derivation_sees_what_a_worker_that_draws_it_sees() -> None:
    assert _run(None).digest == _run(range(0)).digest


def test_lines_stand_under_each_other_by_their_signs() -> None:
    assert relation(drawn(r"sum_(i=1)^d a_i <= b")).get_x() == pytest.approx(  # type: ignore[union-attr]
        drawn(r"sum_(i=1)^d a_i <= b").part("<=").get_x()
    )
    assert relation(drawn("a + b")) is None


def test_a_derivation_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises(CourseError, match="at least two lines"):
        Derivation(StageScene(), drawn("a"))


def test_a_color_means_one_thing_to_manim_and_to_typst() -> None:
    assert ManimColor(SIGNAL).to_hex().lower() == color(drawn("x_0")[0])
