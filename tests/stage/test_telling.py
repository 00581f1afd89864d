"""What a chapter is written in: marks, proofs, verdicts, beats; and every mistake named with its line."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from manim import Dot, FadeIn, Square, ValueTracker, tempconfig

from course.cast import Cast
from course.errors import CourseError, UsageError
from course.maths.checking import Check, Sides, check
from course.precompute import CaptureSpec
from course.stage import Chapter
from course.stage.checked import verify_chapter
from course.stage.manim_internals import StageRenderer
from course.stage.marks import marked
from course.stage.proofs import Lines, Proof, proof, proofs, text_only
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.voice import speak

FPS = 10
FILE = "test_telling.py"


@pytest.fixture(autouse=True)
def small_film(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COURSE_VOICE", "silence")
    monkeypatch.setenv("COURSE_DEPTHS", "mechanism")
    settings = {
        "pixel_width": 64,
        "pixel_height": 36,
        "frame_rate": FPS,
        "dry_run": True,
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


class Blank(Chapter):
    title = "A title"
    question = "A question?"

    def story(self) -> None: ...
    def derivation(self) -> None: ...


def told(chapter: type[Chapter]) -> Chapter:
    renderer = StageRenderer()
    renderer.only = range(0)
    scene = chapter(renderer)
    scene.render()
    return scene


def line_of(text: str) -> int:
    """The line of this file that holds the text first."""
    with open(__file__, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line and "line_of(" not in line)


# Marks


def test_a_mark_is_where_its_word_is_and_never_said() -> None:
    assert marked("First the ⟨square⟩. Then ⟨x t⟩ minus one.") == (
        "First the square. Then x t minus one.",
        (2, 4),
    )
    assert marked("No mark, and 3 < 4 > 2.") == ("No mark, and 3 < 4 > 2.", ())


@pytest.mark.parametrize("wrong", ["a ⟨word", "a word⟩", "a ⟩word⟨", "⟨a ⟨word⟩⟩"])
def test_half_a_mark_is_refused_with_its_line(wrong: str) -> None:
    class Halved(Blank):
        def mechanism(self) -> None:
            with self.say(wrong):  # half a mark
                pass

    with pytest.raises(CourseError, match=rf"{FILE}:{line_of('# half a mark')}\).*⟨this⟩"):
        told(Halved)


def test_a_beat_begins_with_the_word_that_is_marked() -> None:
    sentence = "First there is nothing at all, and then comes a ⟨square⟩, and a ⟨dot⟩ after it."

    class Marked(Blank):
        def mechanism(self) -> None:
            with self.say(sentence):
                self.mark().show(Square(), run_time=0.1)
                self.mark().show(Dot(), run_time=0.1)

    scene = told(Marked)
    (cue,) = scene.cues
    assert cue.utterance.text == sentence.translate({ord(mark): None for mark in "⟨⟩"})
    spoken = speak(cue.utterance.text)
    starts, frame = [], 0
    for planned in scene.renderer.plan:
        if planned.kind != "wait":
            starts.append(frame)
        frame += planned.frames
    at = {word.text.strip(","): word.start for word in spoken.words}
    assert starts[:2] == [round(at[word] * FPS) for word in ("square", "dot")]


def silences(scene: Chapter) -> list[float]:
    """Seconds from the end of each line to the next one, in the mechanism."""
    return [b.start - a.end for a, b in pairwise(scene.cues)]


def test_a_teacher_pauses_after_a_question_and_before_what_is_worth_waiting_for() -> None:
    class Pausing(Blank):
        def mechanism(self) -> None:
            for text in ("It is there.", "Where is it?", "“Where?”", "It is…", "Look at this:", "Here."):
                with self.say(text):
                    pass

    plain, question, quoted, surprise, announced = silences(told(Pausing))
    for pause, wanted in zip(
        (plain, question, quoted, surprise, announced), (0.3, 0.6, 0.6, 0.7, 0.5), strict=True
    ):
        assert wanted - 1e-6 <= pause <= wanted + 1 / FPS


def test_a_step_of_a_proof_is_followed_by_a_longer_breath_and_the_sentence_before_it_is_not() -> None:
    class Proving(Blank):
        @proof
        def doubled(self) -> Lines:
            """Twice."""
            return (
                ("Take a number that is as large as you like it to be.", "x = y", "a name: nothing to check"),
                ("Now double it, and double what is on the other side.", "2 x = 2 y", "the same"),
            )

        def mechanism(self) -> None:
            with self.say("A proof of two lines."):
                pass
            self.prove(self.doubled).rest()
            with self.say("That is all."):
                pass

    before, first, second = silences(told(Proving))
    assert 0.3 - 1e-6 <= before <= 0.3 + 1 / FPS
    for pause in (first, second):
        assert 0.5 - 1e-6 <= pause <= 0.5 + 1 / FPS


def test_a_mark_too_few_or_too_many_names_line_and_sentence() -> None:
    class Few(Blank):
        def mechanism(self) -> None:
            with self.say("The ⟨square⟩ alone."):
                self.mark()
                self.mark()  # one too many

    class Many(Blank):
        def mechanism(self) -> None:
            with self.say("The ⟨square⟩ and the ⟨dot⟩."):
                self.mark()

    with pytest.raises(CourseError, match=rf"{FILE}:{line_of('# one too many')}\).*square alone.*⟨ and ⟩"):
        told(Few)
    with pytest.raises(CourseError, match=r"mark at “dot\.” that nothing waits for"):
        told(Many)


def test_no_prompt_can_bring_a_mark_along() -> None:
    with pytest.raises(UsageError, match="cannot hold ⟨ or ⟩"):
        Cast("a ⟨red⟩ fish", "a snail")


def test_waiting_where_nothing_is_said_is_refused() -> None:
    class Mute(Blank):
        def mechanism(self) -> None:
            self.follow(ValueTracker(0), 1)

    with pytest.raises(CourseError, match="Nothing is being said"):
        told(Mute)


# Proofs


@check(within=1e-9)
def doubled(half: np.ndarray) -> Sides:
    return half + half, 2 * half


@check(within=1e-9)
def broken() -> Sides:
    numbers: dict[str, float] = {}
    return numbers["no such number"], 0


class Proven(Blank):
    @proof
    def twice(self) -> Lines:
        """Twice is once and once again."""
        half = doubled.on(half=np.array([1.5, -2.0]))
        return (
            ("Take something ⟨twice⟩.", "a + a", "a name"),
            ("That is two of it.", "a + a = 2 a", half),
            text_only("Which everybody knows.", "2 a = a + a", half),
            ("So we are done.", "2 a = a + a", half),
        )

    @proof
    def alone(self) -> Lines:
        return (("One line.", "2 a = a + a", doubled.on(half=np.array([3.0]))),)

    def mechanism(self) -> None:
        told = self.prove(self.twice)
        with told.saying():
            self.mark().show(Dot())
        told.rest()
        told = self.prove(self.alone)
        told.step(Dot())


def test_a_proof_is_said_and_written_line_by_line_without_those_that_are_text_only() -> None:
    scene = told(Proven)
    said = [cue.utterance.text for cue in scene.cues]
    assert said == ["Take something twice.", "That is two of it.", "So we are done.", "One line."]
    assert [sentence for _, sentence in scene.told] == said
    assert [one.name for one in proofs(scene).values()] == ["twice", "alone"]
    assert scene.twice.about == "Twice is once and once again."
    assert [line.says for line in scene.twice if not line.filmed] == ["Which everybody knows."]


def test_numbers_of_the_run_stand_below_the_parts_that_they_are() -> None:
    class Counted(Proven):
        def mechanism(self) -> None:
            told = self.prove(self.alone)
            told.step()
            figures = told.figures({"a + a": 1.499, "2 a": 2})
            assert [one.text for one in figures] == ["1.50", "2.00"]
            for one, part in zip(figures, (told.part("a + a"), told.part("2 a")), strict=True):
                assert one.get_x() == pytest.approx(part.get_x())
                assert one.get_top()[1] < part.get_bottom()[1]

    told(Counted)


def test_a_line_that_is_written_at_once_stands_when_its_marked_word_is_said() -> None:
    class AtOnce(Proven):
        def mechanism(self) -> None:
            told = self.prove(self.twice)
            told.step()
            with told.written():
                assert self.on_stage
                self.show(Square(), run_time=0.1)

        @proof
        def twice(self) -> Lines:
            return (
                ("One.", "a", "a name"),
                ("This is, as it were, so long a line that it is ⟨two⟩.", "b", "a name"),
            )

    scene = told(AtOnce)
    cue = scene.cues[-1]
    starts = np.cumsum([0, *(planned.frames for planned in scene.renderer.plan)])
    shown = [
        start
        for start, one in zip(starts, scene.renderer.plan, strict=False)
        if one.frames == round(0.1 * FPS)
    ]
    assert round((cue.start + speak(cue.utterance.text).words[-1].start) * FPS) in shown
    assert [sentence for _, sentence in scene.told] == [one.utterance.text for one in scene.cues]


def test_text_only_lines_are_checked_like_the_others_and_every_line_says_where_it_is() -> None:
    found = verify_chapter(Proven(StageRenderer()))
    assert len(found) == 5
    assert [name.split(" (")[0] for name in found] == ["twice 1", "twice 2", "twice 3", "twice 4", "alone 1"]
    assert f"twice 3 ({FILE}:{line_of('Which everybody knows.')})" in found
    assert [one is None for one in found.values()] == [True, False, False, False, False]


def test_a_line_whose_check_is_missing_names_its_place_and_what_to_write() -> None:
    class Bare(Blank):
        @proof
        def bare(self) -> Lines:
            return (
                ("Said.", "a = a", "a name"),
                ("Said, and not checked.", "b = b"),
            )

    place = rf"{FILE}:{line_of('Said, and not checked.')}\)"
    with pytest.raises(CourseError, match=rf"the proof bare \({place} is not complete\. Write \(sentence"):
        proofs(Bare(StageRenderer()))


def test_a_check_that_raises_or_lacks_its_data_is_one_sentence_with_its_place() -> None:
    class Wrong(Blank):
        @proof
        def wrong(self) -> Lines:
            return (
                ("It raises.", "a = b", broken),
                ("It lacks something.", "a = c", doubled),
            )

    with pytest.raises(CourseError) as caught:
        verify_chapter(Wrong(StageRenderer()))
    first, second = str(caught.value).splitlines()
    assert f"({FILE}:{line_of('It raises.')})" in first
    assert "“a = b” raised KeyError" in first
    assert "doubled needs half. Hand it in" in second


def test_a_check_refuses_what_it_does_not_take() -> None:
    with pytest.raises(CourseError, match=r"doubled takes half, but no whole"):
        doubled.on(whole=np.array(1.0))
    assert isinstance(doubled, Check)
    assert doubled.on(SimpleNamespace(half=np.array([2.0]), whole=3)).given == {"half": np.array([2.0])}


def test_telling_past_the_end_of_a_proof_says_so() -> None:
    class Long(Proven):
        def mechanism(self) -> None:
            told = self.prove(self.alone)
            told.rest()
            told.step()

    with pytest.raises(CourseError, match="The proof alone ends with line 1"):
        told(Long)


def test_lines_that_are_too_high_together_shrink_and_stay_readable() -> None:
    class High(Blank):
        @proof
        def high(self) -> Lines:
            tall = r"a / (b / (c / d)) = integral_0^1 x / (y / z) dif x"
            return (("One.", tall, "a name"), ("Two.", tall.replace("a /", "f /"), "a name"))

        def mechanism(self) -> None:
            below = Square(side_length=1.6).move_to([0, 2.7, 0])
            told = self.prove(self.high, under=below)
            self.add(below)
            told.rest()
            tops = [one.get_top()[1] for one in told.equations]
            assert max(tops) < below.get_bottom()[1]
            assert all(one.font_size >= 44 - 1e-6 for one in told.equations)

    told(High)


# Verdicts


class Weighed(Blank):
    weight = 3.0

    @verdict
    def heavy(self) -> Verdict:
        return Verdict(
            self.weight,
            (2, "It is ⟨light⟩."),
            (4, f"It weighs {self.weight:.0f} ⟨kilograms⟩."),
            (math.inf, None),
            how="on a balance",
            unit="kg",
        )

    def mechanism(self) -> None:
        with self.say(f"Look. {self.heavy}"):
            self.mark()


@pytest.mark.parametrize(
    ("weight", "says", "low", "high"),
    [(2.0, "It is light.", -math.inf, 2), (2.1, "It weighs 2 kilograms.", 2, 4)],
)
def test_a_verdict_says_and_certifies_the_same_sentence(
    weight: float, says: str, low: float, high: float
) -> None:
    class Of(Weighed):
        pass

    Of.weight = weight
    scene = told(Of)
    (claim,) = scene.claims().values()
    assert scene.cues[0].utterance.text == f"Look. {says}"
    assert (claim.says, claim.measured, claim.low, claim.high, claim.unit) == (says, weight, low, high, "kg")
    assert claim.holds


@pytest.mark.parametrize("weight", [5.0, math.nan])
def test_where_nothing_true_can_be_said_the_film_fails_by_name(weight: float) -> None:
    class Of(Weighed):
        pass

    Of.weight = weight
    with pytest.raises(CourseError, match=rf"The verdict heavy \({FILE}:\d+\).*on a balance"):
        told(Of)


@pytest.mark.parametrize(
    ("ranges", "says"),
    [
        (((1.0, "a"), (2.0, "b")), "says nothing above 2"),
        (((2.0, "a"), (1.0, "b"), (math.inf, "c")), "has its ranges in disorder"),
        (((math.inf, "a"),), "says the same whatever is measured"),
        ((), "says nothing at all"),
    ],
)
def test_ranges_that_leave_a_gap_are_refused_with_their_line(ranges: tuple[Any, ...], says: str) -> None:
    class Gap(Blank):
        @verdict
        def gap(self) -> Verdict:
            return Verdict(1.0, *ranges, how="anyhow")

    with pytest.raises(CourseError, match=rf"The verdict gap \({FILE}:\d+\) {says}"):
        Gap(StageRenderer()).claims()


def test_every_branch_of_a_verdict_can_be_heard() -> None:
    class First(Weighed):
        def mechanism(self) -> None:
            self.heavy.forced = 0
            super().mechanism()

    assert told(First).cues[0].utterance.text == "Look. It is light."


# Beats


def test_the_progress_line_moves_with_beats_and_no_added_sentence_moves_it() -> None:
    class Beats(Blank):
        sentences = 1

        def mechanism(self) -> None:
            self.tell(self._one, self._two, self._three, self._four)

        def _one(self) -> None:
            for _ in range(self.sentences):
                with self.say("A sentence."):
                    pass

        def _two(self) -> None:
            self.told_at: list[float] = [self.lit]

        def _three(self) -> None:
            self.told_at.append(self.lit)

        _four = _three

        @property
        def lit(self) -> float:
            """How much of the middle third is lit, as a share."""
            thirds = self.renderer.furniture[0].submobjects
            pairs = [(a.get_left()[0], a.width) for a in thirds]
            grey = next(width for left, width in pairs if -1 < left + width / 2 < 1)
            bright = [width for left, width in pairs if abs(left - (-grey / 2)) < 0.1 and width < grey - 0.1]
            return round(bright[0] / grey, 3) if bright else 0.0

    class More(Beats):
        sentences = 5

    seen = []
    for chapter in (Beats, More):
        scene = chapter(StageRenderer())
        scene.renderer.only = range(0)
        scene._forget = lambda lasting: None  # type: ignore[method-assign]
        scene.render()
        seen.append(scene.told_at)
    assert seen == [[0.25, 0.5, 0.75]] * 2


class Lacking(Blank):
    @cached_property
    def captures(self) -> Any:  # type: ignore[override]
        return {"walk": SimpleNamespace(lacks=lambda *names: tuple(n for n in names if n != "tokens"))}

    def mechanism(self) -> None:
        self.tell(self._looking, self._speaking)

    @needs(walk=("attention", "tokens"))
    def _looking(self) -> None:
        raise AssertionError("the beat is told though its capture lacks what it shows")

    @needs(walk="tokens")
    def _speaking(self) -> None:
        with self.say("Here are the words."):
            self.show(FadeIn(Dot()))


def test_a_beat_whose_capture_lacks_a_field_is_left_out_and_the_film_says_so() -> None:
    said = [cue.utterance.text for cue in told(Lacking).cues]
    assert len(said) == 2
    assert "attention" in said[0]
    assert "left out" in said[0]
    assert said[1] == "Here are the words."


class Elsewhere(Lacking):
    """A chapter of a model that is run in its own loop."""

    def specs(self) -> Any:
        walk = CaptureSpec("a cat", model="somebody/model")
        return {"walk": walk, "rolled": [replace(walk, eta=1.0)], "late": replace(walk, start=("0", 2))}

    def mechanism(self) -> None:
        self.tell(self._rolled, self._late, self._both, self._speaking)

    @verdict
    @needs(rolled="states")
    def collapsed(self) -> Verdict:
        raise AssertionError("this is measured though there is nothing to measure")

    @needs(rolled="pictures")
    def _rolled(self) -> None:
        raise AssertionError("the beat is told though its capture cannot be had")

    _late = needs(rolled="states")(lambda self: self._rolled())
    _both = needs(rolled="states", late="states")(lambda self: self._rolled())


def test_what_a_models_own_loop_cannot_do_is_left_out_once_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("course.precompute.beyond", lambda spec: spec.extra)
    chapter = told(Elsewhere)
    assert [cue.utterance.text for cue in chapter.cues] == [
        "This model cannot add noise on the way, so a part of this chapter is left out here.",
        "This model cannot add noise on the way or go on from another walk, so a part of this chapter is "
        "left out here.",
        "Here are the words.",
    ]
    assert list(chapter.declared().specs) == ["walk"]
    assert chapter.claims() == {}


class Gathering(Lacking):
    """A chapter that shows more of its model than can be asked of another's."""

    cast = Cast("a cat", "a dog", model="somebody/model")  # type: ignore[assignment]

    def mechanism(self) -> None:
        self.tell(self._speaking, self._average, self._speaking)

    @needs(runs="1,024 pictures")
    def _average(self) -> None:
        raise AssertionError("the beat is told though nobody has asked for so many")

    @proof
    @needs(runs="1,024 pictures")
    def squares(self) -> Lines:
        raise AssertionError("this is proven on what is not there")


def test_what_is_asked_of_shipped_models_alone_is_left_out_of_a_film_of_another() -> None:
    seen: list[int] = []

    class Of(Gathering):
        def _leave_out(self, lack: Any) -> None:
            super()._leave_out(lack)
            seen.append(len(self.on_stage))

    chapter = told(Of)
    assert [cue.utterance.text for cue in chapter.cues] == [
        "Here are the words.",
        "This model is not asked for 1,024 pictures, so a part of this chapter is left out here.",
        "Here are the words.",
    ]
    assert seen == [0], "nothing of the beat before is left behind the words"
    assert proofs(chapter) == {}
    shipped = Lacking(StageRenderer())
    assert shipped.lacking({"runs": ("1,024 pictures",)}) is None


def test_a_proof_knows_its_lines() -> None:
    twice = Proven(StageRenderer()).twice
    assert isinstance(twice, Proof)
    assert len(twice) == 4
    assert len(twice.filmed) == 3


# What a newcomer writes


class Forgetful(Proven):
    def mechanism(self) -> None:
        self.say("Nobody says this.")  # no block
        with self.say("Somebody says this."):
            pass


class Early(Proven):
    def mechanism(self) -> None:
        self.prove(self.twice).write()


class Twice(Proven):
    def mechanism(self) -> None:
        told = self.prove(self.alone)
        with told.saying():
            told.write()
            told.write()


class Called(Proven):
    def mechanism(self) -> None:
        self.tell(self._nothing())  # type: ignore[arg-type, func-returns-value]

    def _nothing(self) -> None: ...


class Single(Blank):
    @proof
    def single(self) -> Lines:
        return ("One line.", "a = a", "a name")

    def mechanism(self) -> None:
        self.prove(self.single)


class Uneven(Blank):
    @verdict
    def uneven(self) -> Verdict:
        return Verdict(1.0, (2, "It is ⟨here⟩."), (math.inf, "It is there."), how="anyhow")

    def mechanism(self) -> None:
        with self.say(self.uneven):
            self.mark()


class Careless(Blank):
    @verdict
    def careless(self) -> Verdict:
        return Verdict(1.0, (2, "It is here."), (math.inf, "It is there."))

    def mechanism(self) -> None:
        with self.say(self.careless):
            pass


@pytest.mark.parametrize(
    ("chapter", "says"),
    [
        (Forgetful, "“Nobody says this.” (test_telling.py:{no block}) is never said: it has no block"),
        (Early, "that is not being said. Write it once"),
        (Twice, "that is not being said. Write it once"),
        (Called, "Name the beats without brackets"),
        (Single, "with a comma after each of them, also after a single one"),
        (Uneven, "has sentences with different numbers of marks"),
        (Careless, "does not say how it was measured. Add how="),
    ],
)
def test_what_would_be_lost_without_a_word_is_refused(chapter: type[Chapter], says: str) -> None:
    with pytest.raises(CourseError) as caught:
        told(chapter)
    assert says.replace("{no block}", str(line_of("# no block"))) in str(caught.value)


def test_needs_of_a_family_are_those_of_its_members() -> None:
    class Family(Lacking):
        @cached_property
        def captures(self) -> Any:  # type: ignore[override]
            whole = SimpleNamespace(lacks=lambda *names: ())
            bare = SimpleNamespace(lacks=lambda *names: ("attention",))
            return {"walk": {6: [whole, bare]}}

    assert "attention" in told(Family).cues[0].utterance.text
