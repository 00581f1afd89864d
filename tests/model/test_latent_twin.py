"""The latent twin trains, is saved as a stock StableDiffusionPipeline, and captured through it as asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from course.errors import CourseError, UsageError
from course.model import latent, train
from course.model.data import album, to_model
from course.model.settings import Recipe
from course.precompute import Capture, CaptureSpec, capture, capture_all, spec, systems

PROMPT, OTHER = "a butterfly on a blue background", "a snail on a white background"
TINY = Recipe(batch=2, learning_rate=1e-3, minutes=1)
S = 4
WALK = CaptureSpec(PROMPT, seed=3, steps=S, guidance=2.5, model="latent", record=("qk",))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vae and a latent model, trained for two steps each."""
    folder = tmp_path_factory.mktemp("assets") / "models"
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_ALBUM", "32")
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        patch.setattr(latent.LatentTask, "show", lambda *_: None)
        train.train("vae", latent.VaeTask(), train.Budget(steps=2), output=folder / "vae", recipe=TINY)
        task = latent.LatentTask(folder / "vae")
        train.train("latent", task, train.Budget(steps=2), output=folder / "latent", recipe=TINY)
    return folder


@pytest.fixture
def pipe(models: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from diffusers import StableDiffusionPipeline

    monkeypatch.setattr(spec, "ASSETS", models.parent)
    stock = StableDiffusionPipeline.from_pretrained(models / "latent", dtype=torch.float32)
    stock.set_progress_bar_config(disable=True)
    return stock


def noise(seed: int) -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_the_autoencoder_scales_its_latents_to_one(models: Path) -> None:
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(models / "vae", dtype=torch.float32)
    pictures = torch.from_numpy(to_model(album(0, 32)[0]))
    scaled = vae.encode(pictures).latent_dist.mode() * vae.config.scaling_factor
    assert float(scaled.std()) == pytest.approx(1, abs=0.01)
    again = vae.decode(vae.encode(pictures).latent_dist.mode()).sample.clamp(-1, 1)
    error = float((again - pictures).double().square().mean())
    assert latent.psnr(vae, pictures) == pytest.approx(10 * np.log10(4 / error), abs=0.01)


def test_the_autoencoder_learns(models: Path) -> None:
    task = latent.VaeTask()
    before = task.held_out(task.module)["psnr"]
    optimizer = torch.optim.Adam(task.module.parameters(), 2e-3)
    for step in range(8):
        optimizer.zero_grad()
        task.loss(task.module, torch.Generator().manual_seed(step), 8).backward()
        optimizer.step()
    assert task.held_out(task.module)["psnr"] > before + 0.5


def test_a_captured_walk_is_the_stock_pipelines(pipe: Any) -> None:
    for w in (1.0, 2.5):
        walk = capture(replace(WALK, guidance=w))
        plain = pipe(PROMPT, num_inference_steps=S, guidance_scale=w, latents=noise(3), output_type="latent")
        assert np.abs(plain.images[0].numpy() - walk.states[-1]).max() < 1e-4
        decoded = pipe.vae.decode(plain.images / pipe.vae.config.scaling_factor).sample[0]
        rgb = pipe.image_processor.postprocess(decoded[None].detach(), output_type="np")[0]
        assert np.abs(np.round(rgb * 255) - walk.pictures[-1]).max() <= 1


def test_shapes_are_those_of_latents_and_of_their_decodes(pipe: Any) -> None:
    walk = capture(WALK)
    assert walk.states.shape == (S + 1, 4, 8, 8)
    assert walk.guesses.shape == walk.noise.shape == (S, 4, 8, 8)
    assert walk.pictures.shape == (S + 1, 32, 32, 3)
    assert walk.guess_pictures.shape == (S, 32, 32, 3)
    assert walk.attention is not None
    assert walk.attention.shape == (S, 16, 8, 8)
    np.testing.assert_allclose(walk.attention.sum(1), 1, atol=1e-5)
    assert walk.queries is not None
    level = walk.alphas_cumprod.reshape(-1, 1, 1, 1)
    after = np.sqrt(level[1:]) * walk.guesses + np.sqrt(1 - level[1:]) * walk.noise
    assert np.abs(after - walk.states[1:]).max() < 1e-5


def test_guidance_zero_is_captured_as_asked_though_the_stock_pipeline_skips_it(pipe: Any) -> None:
    zero, also, one = capture_all(
        [replace(WALK, guidance=0.0), replace(WALK, guidance=0.0, prompt=OTHER), replace(WALK, guidance=1.0)]
    )
    assert np.abs(zero.states - also.states).max() < 1e-4
    assert np.abs(zero.states - one.states).max() > 1e-4
    unconditional = pipe(
        "", num_inference_steps=S, guidance_scale=1.0, latents=noise(3), output_type="latent"
    )
    assert np.abs(unconditional.images[0].numpy() - zero.states[-1]).max() < 1e-4
    walk = capture(WALK)
    assert_guided(walk, 2.5)


def assert_guided(walk: Capture, w: float) -> None:
    assert walk.noise_cond is not None
    assert walk.noise_uncond is not None
    combined = walk.noise_uncond + w * (walk.noise_cond - walk.noise_uncond)
    assert np.abs(combined - walk.noise).max() < 1e-4


def test_switching_and_going_on_work_in_latents_too(pipe: Any) -> None:
    walk = capture(replace(WALK, record=()))
    other = capture(replace(WALK, prompt=OTHER, record=()))
    switched = capture(replace(WALK, record=(), switch=(0, OTHER)))
    assert np.abs(switched.states - other.states).max() < 1e-4
    on = capture(replace(WALK, record=(), start=(walk.key, 2)))
    assert np.abs(on.states - walk.states[2:]).max() < 1e-4
    drawn = capture(CaptureSpec(PROMPT, steps=S, model="forward:prompt"))
    with pytest.raises(UsageError, match=r"states of \(3, 32, 32\)"):
        capture(replace(WALK, record=(), start=(drawn.key, 2)))


def test_painting_with_less_than_one_is_refused_rather_than_done_wrong(pipe: Any) -> None:
    with pytest.raises(UsageError, match="Capture it instead"):
        systems.paint(pipe, [PROMPT], [1], S, 0.5)
    painted = systems.paint(pipe, [PROMPT], [3], S, 1.0)
    walk = capture(replace(WALK, guidance=1.0))
    ours = ((painted[0].clamp(-1, 1) + 1) * 127.5).round().numpy().transpose(1, 2, 0)
    assert np.abs(ours - walk.pictures[-1]).max() <= 1


def test_first_steps_left_unguided_are_the_walk_that_goes_on_guided(pipe: Any) -> None:
    plain = replace(WALK, guidance=1.0, record=())
    capture(plain)
    for steps in (1, 3):
        walk = capture(replace(plain, guidance=2.5, start=(plain.key, steps)))
        painted = systems.paint(pipe, [PROMPT], [3], S, 2.5, unguided=steps)
        ours = ((painted[0].clamp(-1, 1) + 1) * 127.5).round().numpy().transpose(1, 2, 0)
        assert np.abs(ours - walk.pictures[-1]).max() <= 1
    throughout = systems.paint(pipe, [PROMPT], [3], S, 2.5)
    assert (systems.paint(pipe, [PROMPT], [3], S, 2.5, unguided=1) - throughout).abs().max() > 1e-3
    alone = systems.paint(pipe, [PROMPT], [3], S, 1.0)
    assert torch.equal(systems.paint(pipe, [PROMPT], [3], S, 1.0, unguided=1), alone)


def test_a_latent_training_without_an_autoencoder_says_what_to_train_first(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="course train --model vae"):
        latent.LatentTask(tmp_path / "vae")
