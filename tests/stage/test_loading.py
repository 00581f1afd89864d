from pathlib import Path

import pytest

from course.errors import CourseError
from course.stage.loading import load

_CLASS = "class {name}(Chapter):\n    title = question = ''\n"


def write(path: Path, *names: str) -> Path:
    path.write_text(
        "from course.stage import Chapter\n" + "".join(_CLASS.format(name=name) for name in names)
    )
    return path


def test_the_one_public_chapter_class_of_a_file_is_found(tmp_path: Path) -> None:
    chapter = load(write(tmp_path / "ch1_noise.py", "Noise", "_Helper"))
    assert chapter.__name__ == "Noise"


@pytest.mark.parametrize("names", [[], ["Noise", "Snow"]])
def test_a_file_with_no_or_two_chapters_is_refused_by_name(names: list[str], tmp_path: Path) -> None:
    with pytest.raises(
        CourseError, match=r"ch1_noise\.py must hold exactly one.*" + (", ".join(names) or "none")
    ):
        load(write(tmp_path / "ch1_noise.py", *names))


def test_a_mistake_in_a_scene_file_shows_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "ch1_noise.py").write_text("x = 1 / 0\n")
    with pytest.raises(ZeroDivisionError) as error:
        load(tmp_path / "ch1_noise.py")
    assert "ch1_noise.py" in str(error.traceback[-1].path)
