"""The pipelines that can be captured, each seen in the same way: encode words, draw noise, denoise, decode.

Not for recording (see `batches`): these call the stock pipelines and leave their loops alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch

from course.errors import CourseError, UsageError
from course.model.data import to_pixels
from course.model.loading import load, quiet
from course.model.networks import token_ids
from course.model.pipeline import PixelPipeline, unfold
from course.model.settings import TEACHER
from course.model.student import add_difference
from course.precompute.spec import SHIPPED, changed, model_folder, weights_digest


class PixelSystem:
    """Denoising of the picture itself, (3, 32, 32); the pipeline always evaluates both branches."""

    guides = True
    """Whether the pipeline itself computes ε_u + w(ε_c − ε_u), for any w, one a picture."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe

    def encode(self, prompts: list[str]) -> torch.Tensor:
        """(N, T, D) token embeddings."""
        ids = token_ids(self.pipe.tokenizer, prompts).to(self.pipe.text_encoder.device)
        with torch.no_grad():
            return self.pipe.text_encoder(ids).last_hidden_state

    def noise(self, seeds: list[int]) -> torch.Tensor:
        """(N, C, H, W) of N(0, I), each from its own seed, so that a batch equals its members."""
        return self.pipe.noise(seeds)

    def denoise(
        self,
        conditional: torch.Tensor,
        without: torch.Tensor,
        latents: torch.Tensor,
        *,
        steps: int,
        guidance: list[float],
        eta: float = 0.0,
        generator: list[torch.Generator] | None = None,
    ) -> torch.Tensor:
        """Run the pipeline with both branches in one batch, unconditional first: the last state (N, C, H,
        W)."""
        return self.pipe(
            [""] * len(conditional),
            num_inference_steps=steps,
            guidance_scale=guidance,
            latents=latents,
            eta=eta,
            generator=generator,
            prompt_embeds=conditional,
            negative_prompt_embeds=without,
        ).states

    def unfolded(self, output: torch.Tensor) -> torch.Tensor:
        """What the network puts out, in the shape of the states."""
        return unfold(output)

    def pictures(self, states: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) states to (N, 3, H, W) pictures in model units."""
        return states

    def pixels(self, states: np.ndarray) -> np.ndarray:
        """(N, C, H, W) states to (N, H, W, 3) uint8."""
        with torch.no_grad():
            parts = torch.from_numpy(states.astype(np.float32)).to(self.pipe.device).split(64)
            return to_pixels(torch.cat([self.pictures(part) for part in parts]).cpu().numpy())


class LatentSystem(PixelSystem):
    """Denoising of an autoencoder's latents by a stock `StableDiffusionPipeline`.

    That one takes a single guidance for the batch and switches guidance off at w ≤ 1, so it is run with both
    branches on and whoever records guides in its place: w = 0 and w = 1 come out as asked.
    """

    guides = False

    def noise(self, seeds: list[int]) -> torch.Tensor:
        """(N, C, H, W) of N(0, I), each from its own seed, so that a batch equals its members."""
        config = self.pipe.unet.config
        shape = (config.in_channels, config.sample_size, config.sample_size)
        return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in seeds])

    def denoise(
        self,
        conditional: torch.Tensor,
        without: torch.Tensor,
        latents: torch.Tensor,
        *,
        steps: int,
        guidance: list[float],
        eta: float = 0.0,
        generator: list[torch.Generator] | None = None,
    ) -> torch.Tensor:
        """Run the pipeline; its own guidance is the first of `guidance`, and off for one of 1 or less."""
        return self.pipe(
            num_inference_steps=steps,
            guidance_scale=guidance[0],
            latents=latents,
            eta=eta,
            generator=generator,
            prompt_embeds=conditional,
            negative_prompt_embeds=without,
            output_type="latent",
        ).images

    def unfolded(self, output: torch.Tensor) -> torch.Tensor:
        """As it is."""
        return output

    def pictures(self, states: torch.Tensor) -> torch.Tensor:
        """Decoded."""
        vae = self.pipe.vae
        return vae.decode(states.to(vae.device) / vae.config.scaling_factor).sample


@lru_cache(maxsize=2)
def _loaded(model: str, digest: str, device: str) -> Any:
    kind: Any = PixelPipeline
    if model == "latent":
        with quiet():  # a slow import with remarks on what is not installed, for this model only
            from diffusers import StableDiffusionPipeline
        kind = StableDiffusionPipeline
    pipe = load(kind, model_folder(TEACHER if model == "student" else model), low_cpu_mem_usage=False)
    if model == "student":
        add_difference(pipe.unet, model_folder(model))
    if weights_digest(model) != digest:
        raise CourseError(changed(model))
    pipe.weights_digest = digest
    pipe.set_progress_bar_config(disable=True)
    pipe.unet.eval()
    return pipe.to(device)


def load_pipeline(model: str, device: str = "cpu") -> Any:
    """The model's pipeline, float32, offline. Loaded again only when its weights change.

    Raises UsageError for a model from elsewhere, which can be captured but not asked for more.
    """
    if model not in SHIPPED:
        raise UsageError(f"{model} can be captured, but not asked for many pictures. Use pixel or latent.")
    return _loaded(model, weights_digest(model), device)


def painter(model: str, device: str = "cpu") -> partial[torch.Tensor]:
    """`paint` with the model's pipeline."""
    return partial(paint, load_pipeline(model, device))


def weights_of(pipe: Any, model: str) -> str:
    """The digest of the weights that `pipe` computes with, which need not be those on disk by now."""
    return getattr(pipe, "weights_digest", None) or weights_digest(model)


def system_of(pipe: Any) -> PixelSystem:
    """The pipeline as the recorder sees it."""
    return PixelSystem(pipe) if isinstance(pipe, PixelPipeline) else LatentSystem(pipe)


@contextmanager
def unguided_steps(unet: Any, steps: int) -> Iterator[None]:
    """For its first `steps` evaluations, `unet` gives the conditional answer in both halves of its batch."""
    seen = 0

    def both_conditional(_: Any, __: Any, output: Any) -> None:
        nonlocal seen
        seen += 1
        if seen <= steps:
            without, conditional = output[0].chunk(2)
            without.copy_(conditional)

    handle = unet.register_forward_hook(both_conditional)
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def paint(
    pipe: Any, prompts: list[str], seeds: list[int], steps: int, guidance: float, unguided: int = 0
) -> torch.Tensor:
    """(N, 3, H, W) finished pictures in model units, on the CPU; nothing is recorded.

    The first `unguided` steps are taken at guidance 1.
    """
    if guidance < 1:
        raise UsageError(
            f"guidance is {guidance:g}, but a stock pipeline paints with 1 or more. Capture it instead."
        )
    system = system_of(pipe)
    # At guidance 1 a stock pipeline has no unconditional half.
    with unguided_steps(pipe.unet, unguided if guidance > 1 else 0):
        last = system.denoise(
            system.encode(prompts),
            system.encode([""] * len(prompts)),
            system.noise(seeds).to(pipe.device),
            steps=steps,
            guidance=[guidance] * len(prompts),
        )
    return system.pictures(last).float().cpu()
