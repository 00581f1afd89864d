from pathlib import Path

import pytest

from course import chapters
from course.errors import CourseError, UsageError
from course.paths import ROOT
from course.stage.loading import load


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for stem in ("ch2_denoise", "ch10_more", "ch1_noise", "helper", "ch3"):
        (tmp_path / f"{stem}.py").write_text("")
    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    return tmp_path


def stems(*names: str) -> list[str]:
    return [path.stem for path in chapters.resolve(names)]


def test_all_chapters_come_in_the_order_of_their_numbers(scenes: Path) -> None:
    assert stems() == stems("all") == ["ch1_noise", "ch2_denoise", "ch10_more"]


def test_a_chapter_is_found_by_number_and_by_name_but_once(scenes: Path) -> None:
    assert stems("ch1") == ["ch1_noise"]
    assert stems("ch10", "ch2_denoise", "ch2") == ["ch10_more", "ch2_denoise"]


@pytest.mark.parametrize("name", ["ch2_denoize", "ch12", "", "../ch1_noise", "helper", "ch2_denoise.py"])
def test_an_unknown_chapter_is_answered_with_the_known_ones(name: str, scenes: Path) -> None:
    with pytest.raises(UsageError, match=r"Known: ch1_noise, ch2_denoise, ch10_more\."):
        chapters.resolve([name])


def test_a_slip_is_answered_with_the_closest_name(scenes: Path) -> None:
    with pytest.raises(UsageError, match=r"Did you mean ch2_denoise\?"):
        chapters.resolve(["ch2_denoize"])


def test_an_empty_scenes_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    with pytest.raises(CourseError, match="no chapters"):
        chapters.resolve()


# What the course asks


def test_the_table_says_what_the_chapters_say() -> None:
    for path in chapters.chapters():
        if path.stem in chapters.COURSE:
            chapter, entry = load(path), chapters.COURSE[path.stem]
            assert (chapter.title, chapter.question) == (entry.title, entry.question)


def test_a_chapter_leads_on_to_the_next_one_that_is_there(scenes: Path) -> None:
    prompts = ("a big butterfly on a blue background", "a big snail")
    assert chapters.next_question("ch1_noise", *prompts) == "How does a picture come out of noise?"
    assert chapters.next_question("ch2_denoise", *prompts) == ""  # chapter 3 is not there yet
    assert chapters.next_question("ch10_more", *prompts) == ""
    (scenes / "ch7_between.py").write_text("")
    assert chapters.next_question("ch6_seeds", *prompts) == "What lies between a butterfly and a snail?"
    said = chapters.next_question("ch6_seeds", "a red fish", "a fish on a green background")
    assert said == "What lies between a fish and a butterfly?"
    said = chapters.next_question("ch6_seeds", "APPLE", "a nebula")
    assert said == "What lies between an apple and a nebula?"
    assert chapters.next_question("ch9_faster", *prompts) == ""  # the last one


def test_the_readme_names_the_chapters_with_their_questions() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    for number, entry in enumerate(chapters.COURSE.values(), 1):
        question = chapters.asked(entry.question, "a butterfly", "a snail")
        assert f"| {number} {entry.title} | {question} |" in told
