from pathlib import Path

import pytest

from course import chapters
from course.errors import CourseError, UsageError


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
