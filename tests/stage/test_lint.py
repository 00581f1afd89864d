"""The lint: each fault a viewer would stumble on is found on a scene made to have it, and nothing else is."""

import itertools
import json
import os
import textwrap
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig

from course.stage import theme
from course.stage.chapter import DEPTHS
from course.stage.lint.colours import confusable, contrast, rounded
from course.stage.lint.findings import KINDS, Finding, lint
from course.voice import takes

SCENE = '''
import numpy as np
from manim import *
from course.stage import *
from course.stage.parts import *

def picture(height=3.0, hue=0):
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    return Picture(np.stack([np.tile(np.roll(ramp, 8 * hue + 4 * k), (32, 1)) for k in range(3)], -1), height)

class Made(Chapter):
    """A chapter about a red cat, says its docstring."""
    title = "A title"
    question = "A question?"
    def story(self):
{story}
    def mechanism(self):
        self.add(picture())
        self.hold(0.1)
    def derivation(self):
        self.add(picture())
        self.hold(0.1)
    def remember(self):
        return Dot()
'''


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COURSE_VOICE", "silence")
    with tempconfig({"frame_rate": 20, "pixel_width": 160, "pixel_height": 90}):
        yield


pytestmark = pytest.mark.long

Look = Callable[..., list[Finding]]
ALL = "story,mechanism,derivation"
OF_FILMS = {"black", "still-start", "late-voice", "late-question", "silent-end", "long"}
"""What only a whole film can have: a scene of one fault is none."""


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look(story: str, depths: str = "story") -> list[Finding]:
        os.environ["COURSE_DEPTHS"] = depths  # taken back after each test
        path = tmp_path / "ch1_made.py"
        path.write_text(SCENE.format(story=textwrap.indent(textwrap.dedent(story), " " * 8)))
        return [finding for finding in lint(path) if finding.kind not in OF_FILMS]

    return look


MADE = """
        one = picture()
        self.add(one)
        {first}
        with self.say("{says}") as line:
            {meanwhile}
            self.play(one.animate.shift(0.5 * RIGHT), run_time=line.remaining)
        {last}
"""
WELL = {"first": "", "says": "But, where is it?", "meanwhile": "", "last": ""}
"""A depth that is a film as it should be, if its question is "Where is it"."""


@pytest.fixture
def film(tmp_path: Path) -> Look:
    def film(
        where: str = "story", name: str = "ch9_faster", depths: str = ALL, **other: str
    ) -> list[Finding]:
        os.environ["COURSE_DEPTHS"] = depths
        later = {"says": "It is over there."}
        parts = {
            depth: MADE.format(
                **WELL | (later if depth != DEPTHS[0] else {}) | (other if depth == where else {})
            )
            for depth in DEPTHS
        }
        head, _, _ = SCENE.replace("A question?", "Where is it").partition("    def story")
        path = tmp_path / f"{name}.py"
        path.write_text(head + "".join(f"    def {depth}(self):{body}" for depth, body in parts.items()))
        return lint(path)

    return film


FILMS = {
    "black": {"last": "self.remove(one); self.hold(0.5); self.add(one); self.hold(0.1)"},
    "still-start": {"meanwhile": "self.hold(1.1)"},
    "late-voice": {"first": "self.play(one.animate.shift(LEFT), run_time=1.6)"},
    "late-question": {"says": "Where is that thing?"},
    "silent-end": {"where": "derivation", "last": "self.play(one.animate.shift(LEFT), run_time=1.6)"},
    "long": {"where": "derivation", "last": "self.play(one.animate.shift(LEFT), run_time=170)"},
}
"""Faults of a whole film by kind: what is changed in one that has none."""
ALSO = {"long": {"silent-end"}}


def kinds(findings: list[Finding]) -> list[str]:
    return sorted({finding.kind for finding in findings})


def shown(*objects: str, seconds: float = 1) -> str:
    """A story that shows mobjects, given as expressions, for a while."""
    return f"self.play({', '.join(f'FadeIn({one})' for one in objects)})\nself.hold({seconds})\n"


FAULTS = {
    "text-over-text": shown("theme.text('one word')", "theme.text('another').shift(0.2 * UP)"),
    "text-over-picture": shown("picture()", "theme.text('sky')"),
    "outside-frame": shown("theme.text('at the edge').shift(6 * LEFT)"),
    "caption-zone": shown("theme.text('down here').shift(3.2 * DOWN)"),
    "over-badge": shown("theme.text('long words').move_to([4.5, 3.2, 0])"),
    "small-text": shown("theme.text('tiny', size=40).scale(0.6)"),
    "contrast": shown("theme.text('dim', color='#3a4155')"),
    "colours": shown(
        "theme.text('good', color='#7f9a3c').shift(UP)", "theme.text('bad', color='#e8554e').shift(DOWN)"
    ),
    "many-words": shown("theme.text('one two three four five six seven eight nine ten ' * 2, width=10)"),
    "still": """
        words = theme.text("nothing moves")
        with self.say("This line goes on and on, word after word, and the screen shows the same two words."):
            self.play(FadeIn(words))
        with self.say("And so does the next one, which makes it worse."):
            self.hold(0.1)
        """,
    "cut-off": """
        dot = Dot()
        self.add(dot)
        self.play(dot.animate.shift(3 * RIGHT), run_time=2)
        """,
    "cast-word": shown("theme.text('a green snail')"),
    "formula-over-formula": shown(
        "Equation('a = b', definition='looks')", "Equation('c < d', definition='looks').shift(0.2 * UP)"
    ),
}
"""Faults by kind; for `fast`, `proof`, `exception` and those of films see the tests further down."""


def test_every_kind_of_fault_has_a_scene_made_to_have_it() -> None:
    assert set(KINDS) == {*FAULTS, *FILMS, "fast", "proof", "exception"}


def test_a_line_of_a_proof_that_nobody_tells_or_that_cannot_be_set_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ch1_proven.py"
    path.write_text(
        "from course.stage.proofs import proof, text_only\n"
        + SCENE.format(story="        told = self.prove(self.twice)\n        told.rest(until=2)")
        + """

    @proof
    def twice(self):
        return (
            ("Take something.", "a + a", "a name"),
            ("And once more.", "a + a + a", "a name"),
            ("Nobody says this.", "2 a", "a name"),
            text_only("Nobody can set this.", "no.such.letter", "a name"),
        )
"""
    )
    untold, unset = [finding for finding in lint(path) if finding.kind == "proof"]
    lines = path.read_text().splitlines()
    assert "Nobody says this." in lines[untold.line - 1]
    assert "Tell it, or write text_only" in untold.message
    assert "Nobody can set this." in lines[unset.line - 1]
    assert "Typst cannot set" in unset.message


@pytest.mark.parametrize("kind", FAULTS)
def test_a_scene_made_to_have_a_fault_has_exactly_that(look: Look, kind: str) -> None:
    assert kinds(look(FAULTS[kind])) == [kind]


@pytest.mark.parametrize("kind", FILMS)
def test_a_film_made_to_have_a_fault_has_exactly_that(film: Look, kind: str) -> None:
    found = film(**FILMS[kind])
    assert {finding.kind for finding in found} == {kind} | ALSO.get(kind, set())
    for finding in found:
        assert finding.line
        assert str(finding).count(f" {finding.kind}") == 1


def test_nothing_is_reported_of_a_film_that_begins_and_ends_as_it_should(film: Look) -> None:
    assert [str(finding) for finding in film()] == []


@pytest.mark.parametrize(("kind", "depth"), [("late-voice", "mechanism"), ("silent-end", "story")])
def test_a_beginning_or_end_that_did_not_run_is_not_judged(film: Look, kind: str, depth: str) -> None:
    change = {name: f"{what}; self.hold(0.3)" for name, what in FILMS[kind].items() if name != "where"}
    assert film(depth, depths=depth, **change) == []


def test_a_chapter_of_somebody_elses_may_be_as_long_as_they_like(film: Look) -> None:
    assert kinds(film(**FILMS["long"], name="ch10_theirs")) == ["silent-end"]


def test_a_whole_chapter_is_long_though_none_of_its_depths_is(film: Look) -> None:
    (found,) = [
        one for one in film(first="self.play(one.animate.shift(LEFT), run_time=421)") if one.kind == "long"
    ]
    assert "chapter lasts 7:0" in found.message


@pytest.mark.parametrize(
    ("says", "kinds_of"),
    [
        ("Well: WHERE — is it?", []),
        ("Whereis it?", ["late-question"]),
        ("Where is item one?", ["late-question"]),
    ],
)
def test_a_question_is_known_by_its_words_alone(film: Look, says: str, kinds_of: list[str]) -> None:
    assert kinds(film(says=says)) == kinds_of


def test_a_question_that_is_asked_after_ten_seconds_is_late(film: Look) -> None:
    late = "self.play(one.animate.shift(LEFT), run_time=10.5, rate_func=linear)"
    assert kinds(film(first=late)) == ["late-question", "late-voice"]


@pytest.mark.parametrize("kind", sorted(FILMS.keys() - {"long"}))
def test_what_a_film_is_found_to_have_can_be_allowed_where_it_is(film: Look, kind: str) -> None:
    allow = f"# lint: allow {kind} — it is meant to be so"
    change = dict(FILMS[kind])
    if kind == "black":
        change["last"] += f"  {allow}"
    else:
        before = " " * 8 + allow
        change["first"] = f"{change.get('first', '')}\n{before}".strip()
    assert film(**change) == []


# Formulas


def formulas(*changes: str) -> str:
    """A story in which two formulas are there, one of them shown; and what happens then."""
    old, new = "Equation('a = b + c', definition='l')", "Equation('x < d / sqrt(e)', definition='l')"
    return "\n".join((f"old, new = {old}, {new}", "self.show(old)", "self.hold(1)", *changes, "self.hold(1)"))


@pytest.mark.parametrize(
    "change",
    [
        "self.play(FadeOut(old), FadeIn(new))",
        "self.play(ReplacementTransform(old, new))",
        "self.play(Transform(old, new))",
        "self.play(Write(new), FadeOut(old), run_time=1.5)",
        "self.play(new.shift(2 * UP).animate.shift(4 * DOWN), run_time=2)",
        "self.play(old.part('b').copy().animate.shift(3 * LEFT), run_time=4)",
    ],
)
def test_formulas_that_are_seen_over_each_other_are_reported(look: Look, change: str) -> None:
    found = look(formulas(change))
    assert kinds(found) == ["formula-over-formula"]
    assert "“a = b + c”" in found[0].words


@pytest.mark.parametrize(
    "change",
    [
        "self.swap(new, instead_of=old)",
        "self.become(old, new)",
        "self.play(FadeOut(old))\nself.play(FadeIn(new))",
        "self.play(FadeOut(old), FadeIn(new.shift(2 * DOWN)))",
        "self.play(old.animate.shift(2 * UP), FadeIn(new.shift(2 * DOWN)))",
        "self.play(old.part('b').copy().animate.shift(2 * DOWN))",
        "self.play(old.part('b').animate.scale(1.3))",
        "self.play(Indicate(old))",
        "self.point(old.part('b'))",
    ],
)
def test_formulas_that_come_and_go_and_point_as_they_should_are_left_alone(look: Look, change: str) -> None:
    assert look(formulas(change)) == []


LINES = [
    "a x = b + epsilon",
    "x = (b + epsilon) / a",
    "x = (b / sqrt(c_t^2) + epsilon / d_1) / a",
    "sqrt(overline(alpha)_t) x = epsilon / d_1 + b / sqrt(c_t^2)",
    "integral_0^1 x = b / sqrt(c_t^2)",
    "{{ sum_(k=1)^n a_k : left }} = {{ b : right }}",
    "{{ b + d : right }} = {{ 1 / 2 : left }}",
]


def test_no_step_of_a_derivation_prints_a_symbol_over_another(look: Look) -> None:
    told = f"proof = Derivation(self, *(Equation(one, definition='looks') for one in {LINES}))"
    assert look(f"{told}\nfor _ in range({len(LINES)}):\n    proof.step()\n    self.hold(1)\n") == []


SOUND = {
    "words apart": shown("theme.text('one word')", "theme.text('another').shift(2 * UP)"),
    "words on a plate": shown("VGroup(picture(), theme.plate(theme.text('sky')))"),
    "words beside a picture": shown("picture()", "theme.text('beside').shift(4 * RIGHT)"),
    "a crossfade": """
        one, other = theme.text("before"), theme.text("after it")
        self.play(FadeIn(one))
        self.hold(1)
        self.play(FadeOut(one), FadeIn(other))
        self.hold(1)
        """,
    "words that fly past each other": """
        one, other = theme.text("left").shift(4 * LEFT), theme.text("middle")
        self.add(one, other)
        self.play(one.animate.shift(8 * RIGHT), run_time=1.5)
        self.hold(1)
        """,
    "a zoom into a picture beyond the frame": """
        one = picture(5).move_to(theme.SAFE_CENTER)
        self.play(FadeIn(one))
        zoom = PixelZoom(one, 8, 12)
        self.play(zoom.approach(), run_time=3)
        self.play(zoom.show_grid())
        self.play(zoom.show_numbers())
        self.hold(1)
        self.play(zoom.hide())
        self.play(zoom.retreat(), run_time=3)
        self.hold(1)
        """,
    "small numbers on an axis": shown(
        "LinePlot(np.arange(3.0), {'a': np.arange(3.0)}, x_label='x', y_label='y', "
        "colors={'a': theme.SIGNAL}, width=6)"
    ),
    "all colours that have a meaning": shown(
        "VGroup(*(theme.text(n.lower(), color=c) for n, c in theme.MEANINGS.items()))"
        ".arrange_in_grid(cols=2, buff=0.4).move_to(theme.SAFE_CENTER)"
    ),
    "a running number": """
        step = ValueTracker(0)
        self.add(LiveNumber(lambda value: value, step, decimals=2, size=36))
        self.play(step.animate.set_value(3), run_time=3)
        self.hold(1)
        """,
    "a derivation": """
        line = lambda source: Equation(source, definition="looks")
        proof = Derivation(self, line("a x = b + epsilon"), line("x = (b + epsilon) / a"))
        proof.step()
        self.hold(1)
        proof.step()
        self.hold(1)
        """,
    "an equation lit in part": """
        line = Equation("x_t = a x_0 + b epsilon", definition="looks")
        self.play(FadeIn(line))
        self.play(Indicate(line.part("epsilon")))
        self.play(line.part("x_0").animate.set_opacity(0.9))
        self.hold(1)
        """,
    "a word lit in part": """
        words = theme.text("something")
        self.play(Write(words))
        self.play(Indicate(words[:4]))
        self.hold(1)
        """,
    "a slow pan under the voice": """
        words = theme.text("moving")
        with self.say("This line goes on and on, word after word, and the word moves a little.") as line:
            self.play(words.animate.shift(RIGHT), run_time=line.remaining)
        """,
    "colours named as such, and keys": """
        names = {"red": 1}
        self.add(Square(fill_opacity=1, color="blue"))
        self.hold(names["red"])
        """,
}


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_reported_where_a_viewer_stumbles_on_nothing(look: Look, name: str) -> None:
    assert [str(finding) for finding in look(SOUND[name])] == []


def test_a_finding_says_where_when_and_which_words(look: Look) -> None:
    (found,) = look(f"self.hold(2)\n{FAULTS['text-over-text']}")
    assert found.words == ("“one word”", "“another”")
    assert found.depth == "story"
    # 2 s of waiting, and a part of the fade of one second.
    assert found.time is not None
    assert 2.0 <= found.time <= 2.5
    line = Path(found.path).read_text().splitlines()[found.line - 1]
    assert line.strip().startswith("self.play(FadeIn(theme.text('one word'))")
    assert f":{found.line} story 0:02" in str(found)


def test_the_size_that_counts_is_the_one_on_screen(look: Look) -> None:
    zoomed_out = "self.renderer.camera.frame.scale(1.5)\n" + shown("theme.text('far away')")
    assert kinds(look(zoomed_out)) == ["small-text"]
    assert look(shown("theme.text('grown', size=24).scale(2)")) == []
    assert kinds(look(shown("Equation('x = y', definition='looks').scale(0.8)"))) == ["small-text"]
    assert kinds(look(shown("theme.text('0.5', size=30)"))) == ["small-text"]  # a number, but on no axis


def test_a_text_that_is_being_written_has_its_size_when_all_of_it_is_there(look: Look) -> None:
    def written(text: str) -> str:
        return f"self.play(Write({text}), run_time=5)\nself.hold(1)"

    assert look(written("theme.text('our own word')")) == []
    assert kinds(look(written("theme.text('our own word', size=40).scale(0.6)"))) == ["small-text"]


def test_words_that_were_transformed_are_reported_as_what_they_are_now(look: Look) -> None:
    story = """
        one = theme.text("before")
        self.play(FadeIn(one))
        self.play(Transform(one, theme.text("after\\nit", size=26)))
        self.hold(1)
        """
    (found,) = look(story)
    assert (found.kind, found.words) == ("small-text", ("“after it”",))


def test_words_in_pieces_are_still_words(look: Look) -> None:
    story = """
        words = theme.text("something").shift(3.2 * DOWN)
        self.add(words)
        self.play(Indicate(words[:4]))
        self.hold(1)
        """
    (found,) = look(story)
    assert (found.kind, found.words) == ("caption-zone", ("“something”",))


def test_a_picture_in_front_of_words_is_reported(look: Look) -> None:
    (found,) = look(shown("theme.text('hidden')", "picture()"))
    assert "behind" in found.message


def test_a_line_read_too_fast_is_reported(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "These are ten words that somebody reads in two seconds."
    folder = tmp_path / "takes" / "ch1_made"
    folder.mkdir(parents=True)
    (folder / "script.json").write_text(json.dumps({"lines": {"001": text}}))
    samples = np.random.default_rng(0).normal(0, 3000, 2 * 48_000).astype(np.int16)
    with wave.open(str(folder / "001.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    monkeypatch.setattr(takes, "folder", lambda: tmp_path / "takes")
    monkeypatch.setenv("COURSE_VOICE", "auto")
    (found,) = look(f"with self.say({text!r}):\n    self.hold(0.1)\n")
    assert found.kind == "fast"
    assert 200 < float(found.message.split()[0]) < 320
    assert found.words == (f"“{text}”",)


# Exceptions


def test_a_commented_exception_is_taken_in_its_place(look: Look) -> None:
    first, second = FAULTS["text-over-picture"].splitlines()
    reason = "# lint: allow text-over-picture — the sky is plain"
    assert look(f"{reason}\n{first}\n{second}") == []
    assert look(f"{first}  {reason}\n{second}") == []
    assert look(f"# Two comments in a row.\n{reason}\n# And a third.\n{first}\n{second}") == []
    story = f"{reason}\nwith self.say('Hello there.'):\n    {first}\n    {second}\n"
    assert look(story) == []


def test_an_exception_covers_neither_another_statement_nor_another_fault(look: Look) -> None:
    first, second = FAULTS["text-over-picture"].splitlines()
    elsewhere = f"# lint: allow text-over-picture — reason\nself.hold(0.1)\n{first}\n{second}\n"
    assert kinds(look(elsewhere, ALL)) == ["exception", "text-over-picture"]
    other = f"# lint: allow contrast — reason\n{first}\n{second}\n"
    assert kinds(look(other, ALL)) == ["exception", "text-over-picture"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# lint: allow contrast — the old reason is gone", "take it away"),
        ("# lint: allow contrst — mistyped", "no fault called contrst"),
        ("# lint: allow contrast", "say why"),
    ],
)
def test_an_exception_that_does_nothing_is_reported(look: Look, comment: str, said: str) -> None:
    (found,) = look(f"self.hold(0.5)  {comment}\n", ALL)
    assert found.kind == "exception"
    assert said in found.message
    assert comment in Path(found.path).read_text().splitlines()[found.line - 1]


def test_an_exception_for_a_depth_that_did_not_run_is_left_alone(look: Look) -> None:
    assert look("self.hold(0.5)  # lint: allow contrast — needed in this depth\n", "mechanism") == []


# The source


@pytest.mark.parametrize(
    "line",
    [
        "self.hold(len('the butterflies'))",
        "self.hold(len(f'{self.cast.seed} Snails'))",
        "names = ['on a pink background']",
        "self.hold(len(str(dict(prompt='a big car'))))",
    ],
)
def test_a_word_of_the_cast_is_found_wherever_it_is_written_out(look: Look, line: str) -> None:
    (found,) = look(f"{line}\nself.hold(0.1)\n")
    assert found.kind == "cast-word"
    assert line in Path(found.path).read_text().splitlines()[found.line - 1]


@pytest.mark.parametrize(
    "line", ["self.hold(len('starting, scattered, heartily, catalogue'))", "self.hold(0.1)  # cat"]
)
def test_words_that_only_contain_one_of_the_cast_are_left_alone(look: Look, line: str) -> None:
    assert look(f"{line}\n") == []


# Colours


def test_contrast_agrees_with_published_ratios() -> None:
    """WCAG's own examples: black on white 21:1, #777777 on white 4.48:1."""
    white = (1.0, 1.0, 1.0)
    assert contrast((0.0, 0.0, 0.0), white) == pytest.approx(21)
    assert contrast(rounded(np.full(3, 0x77 / 255)), white) == pytest.approx(4.48, abs=0.005)


def test_colours_that_a_deficiency_joins_are_told_apart_from_the_themes_own() -> None:
    def colour(code: str) -> tuple[float, float, float]:
        return rounded([int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)])

    assert confusable(colour("#cf5044"), colour("#699c52")) == "deuteranopia"
    assert confusable(colour("#cf5044"), colour("#cf5045")) == ""  # alike for everybody: meant to be
    for one, other in itertools.combinations((*theme.MEANINGS.values(), theme.MUTED), 2):
        assert confusable(colour(one), colour(other)) == ""


# The command


def test_the_command_prints_json_and_fails_where_something_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from course import chapters
    from course.errors import CourseError
    from course.stage.command import lint as command

    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    story = textwrap.indent(FAULTS["small-text"], " " * 8)
    (tmp_path / "ch1_made.py").write_text(SCENE.format(story=story))
    run = CliRunner().invoke(command, ["ch1", "--json"])
    assert isinstance(run.exception, CourseError)
    assert str(run.exception).startswith("One thing to mend in ch1_made.")
    (found,) = json.loads(run.stdout)
    assert (found["kind"], found["chapter"], found["depth"]) == ("small-text", "ch1_made", "story")
    assert found["words"] == ["“tiny”"]

    (tmp_path / "ch1_made.py").write_text(SCENE.format(story=" " * 8 + shown("Dot()").replace("\n", "; ")))
    run = CliRunner().invoke(command, ["ch1", "--json"])
    assert run.exception is None
    assert json.loads(run.stdout) == []
