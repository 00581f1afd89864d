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


_CLASS = "class {name}(Chapter):\n    title = question = ''\n"


def write(path: Path, *names: str) -> Path:
    path.write_text(
        "from course.stage import Chapter\n" + "".join(_CLASS.format(name=name) for name in names)
    )
    return path


def test_the_one_public_chapter_class_of_a_file_is_found(tmp_path: Path) -> None:
    chapter = chapters.load(write(tmp_path / "ch1_noise.py", "Noise", "_Helper"))
    assert chapter.__name__ == "Noise"


@pytest.mark.parametrize("names", [[], ["Noise", "Snow"]])
def test_a_file_with_no_or_two_chapters_is_refused_by_name(names: list[str], tmp_path: Path) -> None:
    with pytest.raises(
        CourseError, match=r"ch1_noise\.py must hold exactly one.*" + (", ".join(names) or "none")
    ):
        chapters.load(write(tmp_path / "ch1_noise.py", *names))


def test_a_mistake_in_a_scene_file_shows_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "ch1_noise.py").write_text("x = 1 / 0\n")
    with pytest.raises(ZeroDivisionError) as error:
        chapters.load(tmp_path / "ch1_noise.py")
    assert "ch1_noise.py" in str(error.traceback[-1].path)
