import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

from course import doctor
from course.errors import CourseError


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder in the shape that diffusers writes, in an `assets` of its own."""
    folder = tmp_path / "models" / "pixel"
    (folder / "unet").mkdir(parents=True)
    index = {"_class_name": "PixelPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    save_file({"weight": np.zeros((1000, 1000), np.float16)}, folder / "unet" / "model.safetensors")
    monkeypatch.setattr(doctor, "ASSETS", tmp_path)
    return folder


def check(name: str) -> doctor.Check:
    (found,) = [one for one in doctor.examine() if one.name == name]
    return found


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one test asks PyTorch about a GPU: starting it takes seconds."""
    if "slow_gpu" not in request.fixturenames:
        monkeypatch.setattr(doctor, "_TORCH", "print()")


@pytest.fixture
def slow_gpu() -> None:
    """Named by the test that really starts PyTorch."""


@pytest.mark.long
def test_the_machine_that_runs_the_tests_can_draw_set_and_encode(slow_gpu: None) -> None:
    states = {one.name: one.state for one in doctor.examine()}
    for name in (
        "Python",
        "packages",
        "drawing",
        "mathematics",
        "encoding",
        "fonts",
        "cast",
        "media",
        "cores",
    ):
        assert states[name] in ("ok", "note"), name
    assert states["GPU"] in ("ok", "note")


def test_the_whole_table_and_its_json_say_the_same() -> None:
    plain = CliRunner().invoke(doctor.doctor, [])
    table = json.loads(CliRunner().invoke(doctor.doctor, ["--json"]).stdout)
    assert {"name", "state", "found", "advice"} == set(table[0])
    for one in table:
        assert one["name"] in plain.stdout
        assert one["advice"] in plain.stdout


def test_a_whole_model_is_recognised(model: Path) -> None:
    assert check("models") == doctor.Check("models", "ok", "pixel, 1.0 million numbers")


def test_missing_weights_are_named_with_the_way_to_get_them(model: Path) -> None:
    (model / "model_index.json").unlink()
    found = check("models")
    assert found.state == "missing"
    assert "course train" in found.advice


def test_a_cut_off_weights_file_is_noticed(model: Path) -> None:
    weights = model / "unet" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    found = check("models")
    assert found.state == "missing"
    assert "model.safetensors is damaged" in found.found


def test_a_missing_part_of_the_model_is_named(model: Path) -> None:
    (model / "unet" / "model.safetensors").unlink()
    (model / "unet").rmdir()
    assert "lacks unet" in check("models").found


def test_a_failed_check_makes_the_command_fail(model: Path) -> None:
    (model / "model_index.json").unlink()
    done = CliRunner().invoke(doctor.doctor, [])
    assert done.exit_code != 0
    assert isinstance(done.exception, CourseError)
    assert "models" in str(done.exception)


def test_a_package_of_the_wrong_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["numpy>=999", "no-such-package>=1", "click>=8; python_version < \'3\'"]\n'
        "[project.optional-dependencies]\ndev = []\n"
    )
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    found = check("packages")
    assert found.state == "missing"
    assert f"numpy {np.__version__}, needed >=999" in found.found
    assert "no-such-package is not installed" in found.found
    assert "click" not in found.found


def test_a_media_folder_that_cannot_be_written_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "file" / "media"))
    found = check("media")
    assert found.state == "missing"
    assert "COURSE_MEDIA" in found.found


def test_looking_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    list(doctor.examine())
    assert list(tmp_path.iterdir()) == []


def test_a_bad_cast_and_a_broken_library_are_lines_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_STEPS", "0")
    monkeypatch.setitem(sys.modules, "manimpango", None)
    table = {one.name: one for one in doctor.examine()}
    assert "at least 1" in table["cast"].found
    assert table["drawing"].state == "missing"
    assert "make setup" in table["drawing"].advice


def test_without_a_voice_the_table_says_how_it_would_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    from course.voice import espeak, festival, hibari

    assert check("voices").state == "ok"
    monkeypatch.setattr(hibari, "identity", lambda text: None)
    monkeypatch.setattr(festival, "identity", lambda text: "installed")
    found = check("voices")
    assert found.state == "note"
    assert "Festival is clear" in found.found
    monkeypatch.setattr(festival, "identity", lambda text: None)
    monkeypatch.setattr(espeak, "identity", lambda text: None)
    found = check("voices")
    assert found.state == "note"
    assert "silent" in found.found
    assert "make setup" in found.advice


def test_exchanged_weights_of_the_voice_are_seen_before_a_render(monkeypatch: pytest.MonkeyPatch) -> None:
    from course.voice import hibari

    monkeypatch.setitem(hibari.WEIGHTS, "heart", "0" * 64)
    hibari._weights.cache_clear()
    found = check("voices")
    assert found.state == "missing"
    assert "hibari.onnx" in found.found
    hibari._weights.cache_clear()


def test_a_pytorch_that_does_not_start_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TORCH", "raise ImportError")
    assert check("GPU").state == "missing"
