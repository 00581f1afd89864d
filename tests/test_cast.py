import subprocess
import sys
from pathlib import Path

import pytest

from course.cast import Cast, current_cast
from course.errors import UsageError
from course.precompute.store import capture_path
from course.render.rendered import rendered_path


@pytest.fixture
def course_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "course.toml"
    monkeypatch.setenv("COURSE_FILE", str(path))
    return path


def test_the_shipped_course_file_names_butterfly_and_snail() -> None:
    cast = current_cast()
    assert "butterfly" in cast.prompt
    assert "snail" in cast.other
    assert (cast.seed, cast.steps, cast.guidance) == (7, 30, 1.0)


def test_environment_wins_over_the_file(course_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course_file.write_text('[cast]\nprompt = "a cat"\nother = "a dog"\nseed = 3\n')
    monkeypatch.setenv("COURSE_PROMPT", "a red fox")
    monkeypatch.setenv("COURSE_GUIDANCE", "2.5")
    assert current_cast() == Cast("a red fox", "a dog", seed=3, guidance=2.5)


def test_a_child_process_plays_the_same_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROMPT", "ein 'Fuchs'; $(touch nothing) 🦊")
    code = "from course.cast import current_cast; print(ascii(current_cast().prompt))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == ascii(current_cast().prompt)
    assert current_cast().prompt == "ein 'Fuchs'; $(touch nothing) 🦊"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("STEPS", "0", "at least 1"),
        ("STEPS", "thirty", "whole number"),
        ("SEED", "-1", "between 0"),
        ("SEED", "1" * 40, "between 0"),
        ("SEED", "7.5", "whole number"),
        ("GUIDANCE", "-0.5", "0 or more"),
        ("GUIDANCE", "nan", "0 or more"),
        ("GUIDANCE", "inf", "0 or more"),
        ("SIZE", "-1", "or more pixels"),
        ("PROMPT", "", "empty"),
        ("OTHER", "  ", "empty"),
    ],
)
def test_a_senseless_override_says_what_would_make_sense(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"COURSE_{name}", value)
    with pytest.raises(UsageError, match=expected):
        current_cast()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[cast]\nprompt = "a"\nother = "b"\nsteps = 30.5\n', "whole number"),
        ('[cast]\nprompt = "a"\nother = "b"\nseed = [7]\n', "whole number"),
        ('[cast]\nprompt = ["a"]\nother = "b"\n', "text in quotes"),
        ('[cast]\nprompt = "a"\nother = "b"\npromt = "c"\n', "promt"),
        ('[cast]\nprompt = "a"\n', "other"),
        ("cast = 3\n", "table"),
        ("[cast\n", "not valid TOML"),
    ],
)
def test_a_slip_in_the_course_file_is_named(text: str, expected: str, course_file: Path) -> None:
    course_file.write_text(text)
    with pytest.raises(UsageError, match=expected):
        current_cast()


def test_a_course_file_in_another_encoding_is_no_traceback(course_file: Path) -> None:
    course_file.write_bytes('[cast]\nprompt = "café"\n'.encode("latin-1"))
    with pytest.raises(UsageError, match="not valid TOML"):
        current_cast()


def test_a_missing_course_file_is_named(course_file: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        current_cast()


FISH = """
[cast]
prompt = "a cat"
other = "a dog"
seed = 3
[cast.ch9]
seed = 9
[casts.fish]
prompt = "a fish"
guidance = 2
[casts.fish.ch5]
prompt = "a red fish"
steps = 12
[casts.sea]
other = "a crab"
"""


def test_a_named_cast_stands_between_the_file_and_the_environment(
    course_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_file.write_text(FISH)
    assert current_cast() == Cast("a cat", "a dog", seed=3)
    monkeypatch.setenv("COURSE_CAST", "fish")
    assert current_cast() == Cast("a fish", "a dog", seed=3, guidance=2.0)
    assert current_cast("ch5_compass") == Cast("a red fish", "a dog", seed=3, steps=12, guidance=2.0)
    assert current_cast("ch50_other") == current_cast()
    assert current_cast("ch9_faster").seed == 9
    monkeypatch.setenv("COURSE_PROMPT", "a blue fish")
    assert current_cast("ch5_compass").prompt == "a blue fish"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (FISH, "bird", "no cast called 'bird'.*fish, sea"),
        ("[cast]\nprompt='a'\nother='b'\n", "fish", r"Known: none; write one as \[casts\.fish\]"),
        (FISH + "[casts.'../up']\nseed=1\n", "../up", "no cast called"),
        (FISH + "colour = 3\n", "sea", r"unknown entry under \[casts\.sea\]: colour"),
        (FISH + "[casts.sea.ch2]\nsede = 3\n", "sea", r"unknown entry under \[casts\.sea\.ch2\]: sede"),
        (FISH + "ch2 = 3\n", "sea", r"casts\.sea\.ch2 in course\.toml should be a table"),
        ("[cast]\nprompt='a'\nother='b'\n[casts]\nfish = 3\n", "fish", r"casts\.fish in course\.toml should"),
        ("casts = 3\n[cast]\nprompt='a'\nother='b'\n", "fish", r"casts in course\.toml should be a table"),
    ],
)
def test_a_slip_in_a_named_cast_is_named(
    text: str, name: str, expected: str, course_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_file.write_text(text)
    monkeypatch.setenv("COURSE_CAST", name)
    with pytest.raises(UsageError, match=expected):
        current_cast()


def test_films_of_a_named_cast_lie_apart_and_what_they_are_made_of_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    before = rendered_path("ch2_denoise"), capture_path("0" * 24)
    monkeypatch.setenv("COURSE_CAST", "fish")
    assert rendered_path("ch2_denoise") == tmp_path / "casts" / "fish" / before[0].relative_to(tmp_path)
    assert capture_path("0" * 24) == before[1]
