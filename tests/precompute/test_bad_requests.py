"""Each request that makes no sense ends in a sentence that says what to do, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course import cli
from course.errors import CourseError, UsageError
from course.paths import ASSETS, ROOT
from course.precompute import CaptureSpec, capture, spec
from course.precompute.store import capture_path
from course.render.command import render

PROMPT = "a butterfly on a blue background"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"prompt": "  "}, "prompt is empty"),
        ({"steps": 0}, "between 1 and 1200"),
        ({"steps": 1201}, "between 1 and 1200"),
        ({"steps": 7}, "nearest are 6 and 8"),
        ({"guidance": -1.0}, "0 or more"),
        ({"guidance": float("nan")}, "0 or more"),
        ({"seed": -1}, "0 or more"),
        ({"eta": -0.1}, "0 or more"),
        ({"scheduler": "euler"}, "Known: ddim"),
        ({"switch": (31, PROMPT)}, "from 0 to 30"),
        ({"start": ("0" * 24, 30)}, "from 0 to 29"),
        ({"record": ("values",)}, "Known: qk"),
        ({"steps": 2.5}, r"steps is 2\.5, but must be a whole number"),
        ({"seed": True}, "seed is True, but must be a whole number"),
        ({"seed": "7"}, "seed is '7', but must be a whole number"),
        ({"steps": float("inf")}, "must be a whole number"),
        ({"guidance": True}, "guidance is True, but must be a number"),
        ({"eta": None}, "eta is None, but must be a number"),
        ({"start": ("0" * 24, 1.5)}, r"the step of start is 1\.5"),
        ({"switch": (True, PROMPT)}, "the step of switch is True"),
    ],
)
def test_values_that_make_no_sense_are_refused_at_once(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        CaptureSpec(**{"prompt": PROMPT, **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"prompt": "a buterfly on a blue background"}, r"'buterfly' \(nearest: butterfly"),
        ({"prompt": "a dragon"}, "never saw 'dragon'"),
        ({"switch": (1, "a snale")}, "nearest: snail"),
        ({"mix": ("mean", ("a cat", "a dogg"))}, "'dogg'"),
        ({"negative_prompt": "an elephant"}, "'elephant'"),
        (
            {"model": "no/such/model"},
            "is not known. Known: pixel, latent, student, forward:<picture>, folders",
        ),
        ({"model": "forward:nowhere.png"}, "names no picture"),
        ({"model": f"forward:{__file__}"}, "is not a picture"),
        ({"start": ("0" * 24, 1)}, "is not there"),
        ({"mix": ("sum", ("a cat", "a frog")), "record": ("qk",)}, "capture each prompt alone"),
        ({"mix": ("mean", ("a cat", "a frog")), "switch": (1, "a cat")}, "Leave one out"),
    ],
)
def test_what_cannot_be_captured_is_refused_with_a_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        capture(CaptureSpec(**{"prompt": PROMPT, "steps": 2, **changes}))
    assert str(caught.value).count("\n") == 0


def test_a_model_that_cannot_be_captured_is_refused_before_its_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").mkdir()  # whoever reads it fails
    with pytest.raises(UsageError, match="is not known"):
        _ = CaptureSpec(PROMPT, model=str(tmp_path)).key
    (promised,) = [getattr(one, "help", "") for one in render.params if "--model" in one.opts]
    assert promised.startswith("pixel, latent, forward:<picture>, the folder of a diffusers pipeline")


def test_a_start_from_a_walk_of_another_length_is_refused() -> None:
    other = capture(CaptureSpec(PROMPT, steps=2, model="forward:prompt"))
    with pytest.raises(UsageError, match="2 steps"):
        capture(CaptureSpec(PROMPT, steps=3, start=(other.key, 1)))


def test_a_prompt_longer_than_the_model_reads_is_cut_and_the_lost_words_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "a small red butterfly and a big purple snail on a blue background and a green frog"
    made = capture(CaptureSpec(long, steps=1))
    assert "lost: a green frog" in capsys.readouterr().err
    assert made.tokens[-2:] == ("and", "<end>")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the pixel model that may be harmed."""
    folder = tmp_path / "models" / "pixel"
    shutil.copytree(ASSETS / "models" / "pixel", folder, ignore=shutil.ignore_patterns("training"))
    monkeypatch.setattr(spec, "ASSETS", tmp_path)
    return folder


def test_missing_weights_are_named_with_the_command_that_makes_them(weights: Path) -> None:
    shutil.rmtree(weights)
    with pytest.raises(CourseError, match="course train --model pixel"):
        capture(CaptureSpec(PROMPT, steps=1, seed=1234))


@pytest.mark.parametrize("kept", [0, 100, 200_000])
def test_a_truncated_weight_file_is_one_clear_sentence(weights: Path, kept: int) -> None:
    path = weights / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CourseError, match="cannot be loaded") as caught:
        capture(CaptureSpec(PROMPT, steps=1))
    assert "git checkout" in str(caught.value)


def test_new_weights_make_new_captures(weights: Path) -> None:
    before = CaptureSpec(PROMPT).key
    path = weights / "unet" / "diffusion_pytorch_model.safetensors"
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    os.utime(path, ns=(1, 1))
    assert CaptureSpec(PROMPT).key != before


def test_a_folder_that_cannot_be_written_is_noticed_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "file"))
    with pytest.raises(CourseError, match=r"Cannot keep captures in .* COURSE_MEDIA"):
        capture(CaptureSpec(PROMPT, steps=1200))  # it would take minutes


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is writable for root")
def test_a_read_only_media_folder_is_noticed_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "captures").mkdir(mode=0o555)
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    with pytest.raises(CourseError, match="Permission denied"):
        capture(CaptureSpec(PROMPT, steps=1200))


CHAPTER = '''
from course.precompute import CaptureSpec
from course.stage import Chapter


class Tiny(Chapter):
    """A chapter with one capture."""

    title = question = "Tiny"

    def specs(self):
        walk = CaptureSpec.of(self.cast, steps=1)
        return {"walk": walk, "others": {6: [CaptureSpec.of(self.cast, steps=1, seed=self.cast.seed + 1)]}}
'''


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scenes"
    folder.mkdir()
    (folder / "ch1_tiny.py").write_text(CHAPTER)
    monkeypatch.setattr("course.chapters.SCENES", folder)
    for name in ("PROMPT", "SEED"):
        monkeypatch.setenv(f"COURSE_{name}", {"PROMPT": PROMPT, "SEED": "7"}[name])
    monkeypatch.chdir(tmp_path)
    return folder


def test_precompute_captures_what_a_chapter_declares_and_draws_nothing(
    scenes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["precompute", "ch1", "--seed", "77"])
    assert not done.value.code
    said = capsys.readouterr().out
    for path in (capture_path(CaptureSpec(PROMPT, seed, 1).key) for seed in (77, 78)):
        assert path.exists()
        assert path.name in said
    assert sorted(p.name for p in scenes.parent.iterdir()) == ["scenes"]


def test_precompute_with_an_unknown_word_ends_in_one_line(
    scenes: Path, capsys: pytest.CaptureFixture[str], media_folder: Path
) -> None:
    before = sorted(media_folder.rglob("*"))
    with pytest.raises(SystemExit) as done:
        cli.main(["precompute", "ch1", "--prompt", "a buterfly"])
    assert done.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "nearest: butterfly" in error
    assert len(error.splitlines()) == 1
    assert sorted(media_folder.rglob("*")) == before


def test_reading_a_capture_back_loads_no_torch(media_folder: Path) -> None:
    capture(CaptureSpec(PROMPT, steps=1))
    code = (
        "import sys; from course.precompute import CaptureSpec, capture\n"
        f"assert capture(CaptureSpec({PROMPT!r}, steps=1)).states.shape == (2, 3, 32, 32)\n"
        "loaded = {'torch', 'diffusers', 'transformers'} & set(sys.modules); assert not loaded, loaded"
    )
    environment = {**os.environ, "COURSE_MEDIA": str(media_folder)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)
