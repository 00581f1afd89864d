"""Captures of models from elsewhere: what a folder of any family gives, and that nothing of it is guessed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from course import doctor
from course.errors import CourseError, UsageError
from course.maths import reverse_checks
from course.paths import ROOT
from course.precompute import CaptureSpec, capture, store, weights_digest
from course.precompute.store import capture_path, load
from tests.precompute.recorder.conftest import Load
from tests.precompute.recorder.families import (
    FAMILIES,
    NEGATIVE,
    PROMPT,
    STEPS,
    Family,
    lively,
    stable_diffusion,
)

Folders = Callable[[Family], Path]
pytestmark = pytest.mark.long
each = pytest.mark.parametrize("family", FAMILIES, ids=str)
SD, Z = FAMILIES[0], FAMILIES[3]


def asked(family: Family, folder: Path, **changes: Any) -> CaptureSpec:
    size = family.call["height"], family.call["width"]
    return replace(
        CaptureSpec(PROMPT, 7, STEPS, 3.0, negative_prompt=NEGATIVE, model=str(folder), size=size), **changes
    )


@each
def test_any_familys_folder_makes_a_capture(family: Family, folders: Folders, load: Load) -> None:
    spec = asked(family, folders(family))
    made = capture(spec)
    takes = family.arguments(2.0 if family.shifted else 3.0, output_type="pil")
    own = [name for name in takes if name in ("max_sequence_length", "guidance_scale") and name != family.w]
    plain = load(family)(**{name: value for name, value in takes.items() if name not in own})
    np.testing.assert_array_equal(made.pictures[-1], np.asarray(plain.images[0]))
    assert len(made.guesses) == len(made.noise) == len(made.guess_pictures) == STEPS
    # The equation that chapters check, whatever the family's own time and scale.
    left, right = reverse_checks.mixture.on(made)()
    assert reverse_checks.mixture.within is not None
    assert np.abs(left - right).max() < reverse_checks.mixture.within * max(1, np.abs(left).max())
    assert made.noise_cond is not None
    assert made.noise_uncond is not None
    if made.provenance["guided"] == "u + w(c − u)" or family.shifted:
        guided = made.noise_uncond + 3.0 * (made.noise_cond - made.noise_uncond)
        assert np.abs(guided - made.noise).max() < 1e-3 * np.abs(made.noise).max()
    assert made.attention is not None
    assert made.attention.shape[:2] == (STEPS, len(made.tokens))
    assert PROMPT in made.provenance["read"]
    again = load_back(spec)
    np.testing.assert_array_equal(again.states, made.states)


@pytest.mark.parametrize("family", [SD, FAMILIES[2], Z, FAMILIES[5]], ids=str)
def test_a_compact_capture_is_half_as_large_and_looks_the_same(family: Family, folders: Folders) -> None:
    spec = asked(family, folders(family))
    whole, compact = capture(spec), capture(replace(spec, compact=True))
    halved = compact.provenance["float16"]
    assert {"states", "guesses", "noise", "noise_cond", "noise_uncond", "attention"} == halved.keys()
    for name, error in halved.items():
        one, other = getattr(whole, name), getattr(compact, name)
        assert other.dtype == np.float32
        # Rounded to eleven binary digits; near 0, to a multiple of 2⁻²⁴.
        assert (np.abs(one - other) <= np.maximum(np.abs(one) * 2.0**-11, 2.0**-25)).all()
        assert error == np.abs(one - other).max()
    np.testing.assert_array_equal(compact.pictures, whole.pictures)
    np.testing.assert_array_equal(compact.guess_pictures, whole.guess_pictures)
    again = load_back(compact.spec)
    for name, array in compact.tensors().items():
        np.testing.assert_array_equal(getattr(again, name), array)
        assert array.dtype == getattr(again, name).dtype
    with safe_open(capture_path(compact.key), "numpy") as file:
        assert {name: file.get_slice(name).get_dtype() for name in halved} == dict.fromkeys(halved, "F16")
    pixels = whole.pictures.nbytes + whole.guess_pictures.nbytes
    sizes = [capture_path(one.key).stat().st_size - pixels for one in (whole, compact)]
    assert sizes[1] < 0.5 * sizes[0] + 8192  # of headers
    # Equations hold as well as the numbers are kept.
    assert whole.rounding == 0
    for one in (whole, compact):
        check = reverse_checks.mixture.on(one)
        left, right = check()
        assert check.within is not None
        assert np.abs(left - right).max() < check.within * max(1, np.abs(left).max())


def test_only_large_states_are_kept_compactly_unless_asked(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = asked(SD, folders(SD), steps=1)
    assert spec.key != replace(spec, compact=False).key
    assert "float16" not in capture(replace(spec, seed=1)).provenance
    monkeypatch.setattr(store, "LARGE", 4 * 16 * 16 - 1)
    assert "float16" in capture(replace(spec, seed=2)).provenance
    assert "float16" not in capture(replace(spec, seed=3, compact=False)).provenance


def test_numbers_too_large_for_a_compact_capture_stay_as_they_are() -> None:
    arrays: dict[str, np.ndarray] = {
        "states": np.full(3, 1 / 3, np.float32),
        "guesses": np.array([1, 1e5], np.float32),
    }
    kept, errors = store.rounded(arrays)
    assert errors.keys() == {"states"}
    np.testing.assert_array_equal(kept["guesses"], arrays["guesses"])


def test_captures_of_models_that_ship_are_kept_as_ever() -> None:
    spec = CaptureSpec("a cat")
    assert "compact" not in spec.to_dict()
    assert "compact" not in spec.asked()
    assert CaptureSpec.from_dict(spec.to_dict()) == spec
    for compact in (True, False):
        with pytest.raises(UsageError, match="for models from elsewhere only"):
            CaptureSpec("a cat", compact=compact)


def load_back(spec: CaptureSpec) -> Any:
    return load(capture_path(spec.key), spec.key)


def test_guidance_zero_ignores_the_prompt_and_one_follows_it(folders: Folders) -> None:
    for family in (SD, Z):
        spec = asked(family, folders(family), guidance=0.0, steps=2)
        zero, other = capture(spec), capture(replace(spec, prompt="a snail"))
        np.testing.assert_array_equal(zero.states, other.states)
        one = capture(replace(spec, guidance=1.0))
        assert np.abs(one.states[-1] - zero.states[-1]).max() > 1e-3
        np.testing.assert_array_equal(one.noise, one.noise_cond)
        assert one.lacks("noise_uncond") == ("noise_uncond",)


def test_steps_of_a_model_from_elsewhere_need_not_divide_anything(folders: Folders) -> None:
    assert len(capture(asked(SD, folders(SD), steps=7)).noise) == 7


def test_a_known_picture_beside_such_a_walk_takes_as_many_steps() -> None:
    for steps in (7, 8, 28, 50):
        known = capture(CaptureSpec("a cat", steps=steps, model="forward:prompt"))
        assert len(known.guesses) == steps
        assert (np.diff(known.alphas_cumprod) > 0).all()
        assert known.alphas_cumprod[-1] == 1


def test_another_file_in_the_folder_is_another_capture(folders: Folders, tmp_path: Path) -> None:
    folder = tmp_path / "sd"
    shutil.copytree(folders(SD), folder)
    spec = asked(SD, folder)
    before = spec.key
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(path.read_text().replace("0.012", "0.013"))
    assert spec.key != before
    assert weights_digest(str(folder)) != weights_digest(str(folders(SD)))


@pytest.fixture
def broken(folders: Folders, tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(folders(SD), folder)
    return folder


def refused(folder: Path, says: str, kind: type[CourseError] = UsageError, **changes: Any) -> None:
    spec = asked(SD, folder, **changes)
    with pytest.raises(kind, match=says) as caught:
        capture(spec)
    assert "\n" not in str(caught.value)
    assert not capture_path(spec.key).exists()


def rewrite(folder: Path, **changes: Any) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_is_no_text_to_image_pipeline_is_refused(broken: Path) -> None:
    for name in ("StableDiffusionImg2ImgPipeline", "DDPMPipeline", "WanPipeline"):
        rewrite(broken, _class_name=name)
        refused(broken, "is not a text-to-image pipeline")


def test_code_from_elsewhere_is_not_run(broken: Path) -> None:
    rewrite(broken, _class_name=["pipeline", "TheirPipeline"])
    refused(broken, "needs code of its own")
    rewrite(broken, _class_name="TheirPipeline")
    refused(broken, "needs code of its own")


def test_pickled_weights_are_not_read(broken: Path) -> None:
    path = broken / "unet" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))
    refused(broken, "holds pickled weights")


def test_a_missing_file_and_a_missing_tensor_are_named(broken: Path) -> None:
    path = broken / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    del tensors["conv_out.weight"]
    save_file(tensors, path, metadata={"format": "pt"})
    refused(broken, "missing: conv_out.weight", CourseError)
    path.unlink()
    refused(broken, "cannot be loaded", CourseError)


def test_a_missing_shard_ends_in_a_sentence(broken: Path) -> None:
    import diffusers

    whole = broken / "unet"
    network = diffusers.UNet2DConditionModel.from_pretrained(whole)
    (whole / "diffusion_pytorch_model.safetensors").unlink()
    network.save_pretrained(whole, max_shard_size="50KB")
    first, *others = sorted(whole.glob("*.safetensors"))
    assert others
    first.unlink()
    refused(broken, "cannot be loaded", CourseError)


def test_a_folder_without_an_index_or_with_half_of_one_is_refused(broken: Path) -> None:
    (broken / "model_index.json").write_text("{")
    refused(broken, "names no pipeline")
    (broken / "model_index.json").unlink()
    with pytest.raises(
        UsageError, match=r"is not known\. Known: pixel, latent, student, forward:<picture>, folders"
    ):
        _ = asked(SD, broken).key


def test_no_numbers_in_the_middle_of_a_run_end_it_and_the_step_is_named(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import UNet2DConditionModel

    forward, calls = UNet2DConditionModel.forward, []

    def worse(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        answer = forward(self, *args, **kwargs)
        # One rehearsal, three questions about attention, then the run: its third step is the last straw.
        return answer if len(calls) < 1 + 3 + 3 else (answer[0] * torch.nan,)

    monkeypatch.setattr(UNet2DConditionModel, "forward", worse)
    refused(broken, "Step 3 of .* no numbers", CourseError)


LIMITED = """
import resource, sys, torch
from pathlib import Path
from course.errors import CourseError
from course.precompute import CaptureSpec, capture
from course.precompute.store import capture_path
torch.set_num_threads(1)
small = CaptureSpec("a", model=sys.argv[1], steps=1, size=(32, 32))
capture(small)
here = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (here + (64 << 20),) * 2)
large = CaptureSpec("a", model=sys.argv[1], steps=1, size=(2048, 2048))
try:
    capture(large)
except CourseError as error:
    print(error)
print(sorted(path.name for path in capture_path("").parent.iterdir()) == [capture_path(small.key).name])
capture(CaptureSpec("b", model=sys.argv[1], steps=1, size=(32, 32)))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory it has")
def test_what_does_not_fit_into_memory_ends_in_a_sentence_and_leaves_nothing(
    folders: Folders, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folders(SD))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COURSE_MEDIA": str(tmp_path), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    said, alone = done.stdout.splitlines()
    assert said.endswith(
        "did not fit into the memory of cpu, not even without attention. "
        "Ask for smaller pictures, such as --size 1024."
    )
    assert alone == "True"
    assert "is captured without attention: there was not enough memory" in done.stderr


def test_attention_goes_first_where_memory_is_short(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB.")

    spec = asked(SD, folders(SD), seed=11)
    plain = capture(replace(spec, compact=False))
    monkeypatch.setattr("course.precompute.recorder.attention._map", full)
    made = capture(spec)
    np.testing.assert_array_equal(made.states, plain.states)
    assert made.lacks("attention", "noise_uncond") == ("attention",)
    assert "attention: there was not enough memory for it" in made.provenance["lacks"]
    assert "is captured without attention" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8589934592 bytes."),
        RuntimeError("MPS backend out of memory (MPS allocated: 18.07 GB)."),
        MemoryError(),
    ],
    ids=str,
)
def test_memory_that_runs_out_is_known_in_all_its_words(
    error: Exception, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import UNet2DConditionModel

    from course.precompute import foreign

    capture(asked(SD, folders(SD), steps=1))  # loaded by now

    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(UNet2DConditionModel, "forward", full)
    refused(folders(SD), "did not fit into the memory of cpu.* smaller pictures", CourseError, seed=12)
    with pytest.raises(CourseError, match="did not fit"):
        foreign.examined(asked(SD, folders(SD)), "cpu")
    monkeypatch.setattr(UNet2DConditionModel, "from_pretrained", full)
    foreign._loaded.cache_clear()
    refused(folders(SD), "do not fit into memory", CourseError, seed=12)


def test_other_errors_of_a_pipeline_are_not_taken_for_a_lack_of_memory(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import UNet2DConditionModel

    def wrong(*_: object, **__: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(UNet2DConditionModel, "forward", wrong)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        capture(asked(SD, folders(SD), seed=13))


def test_what_anothers_loop_cannot_do_is_refused(folders: Folders) -> None:
    folder = folders(SD)
    for changes in ({"switch": (1, "a snail")}, {"record": ("qk",)}, {"mix": ("mean", ("a", "b"))}):
        (name,) = changes
        refused(folder, f"{name} cannot be asked of", **changes)
    refused(folder, "knows 0, 1 and more only", guidance=0.5)
    with pytest.raises(UsageError, match="size is for models from elsewhere"):
        CaptureSpec(PROMPT, size=(32, 32))


def test_a_scheduler_that_does_not_say_its_level_is_refused(tmp_path: Path) -> None:
    import diffusers

    parts = {**stable_diffusion(), "scheduler": diffusers.EDMEulerScheduler()}
    parts = {name: lively(p) if isinstance(p, torch.nn.Module) else p for name, p in parts.items()}
    diffusers.StableDiffusionPipeline(**parts).save_pretrained(tmp_path)
    refused(tmp_path, "EDMEulerScheduler does not say how much noise", CourseError)


def test_a_prompt_of_500_words_is_cut_and_what_is_lost_is_said(
    folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    long = " ".join([PROMPT] * 63)
    made = capture(asked(SD, folders(SD), prompt=long, steps=1))
    assert "did not read all of the prompt as it stands: blue leaf a small" in capsys.readouterr().err
    assert len(made.provenance["lost"].split()) == 504 - 14


def test_the_doctor_says_what_a_model_reads_of_the_casts_prompt(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_MODEL", str(folders(SD)))
    monkeypatch.setenv("COURSE_PROMPT", PROMPT)
    found = doctor.CHECKS["cast's model"]("cast's model")
    assert "StableDiffusionPipeline, reads" in found.found
    assert found.state == "ok" or "not read as it stands" in found.advice
    monkeypatch.setenv("COURSE_MODEL", str(folders(SD) / "nowhere"))
    with pytest.raises(UsageError, match="is not known"):
        doctor.CHECKS["cast's model"]("cast's model")
