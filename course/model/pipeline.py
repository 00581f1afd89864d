"""The pixel-space text-to-image pipeline: stock components in the diffusers folder format, loaded offline.

Not for recording what happens on the way: `course.precompute` hooks the scheduler and the network.
"""

import inspect
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import DDIMScheduler, DiffusionPipeline, UNet2DConditionModel
from torch.nn.functional import pixel_shuffle, pixel_unshuffle
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from course.model.data import SIZE, to_pixels
from course.model.networks import token_ids

PATCH = 2


def fold(pictures: torch.Tensor) -> torch.Tensor:
    """(N, 3, 32, 32) to (N, 12, 16, 16): 2×2 space-to-depth. A permutation, so noise stays noise."""
    return pixel_unshuffle(pictures, PATCH)


def unfold(patches: torch.Tensor) -> torch.Tensor:
    """(N, 12, 16, 16) back to (N, 3, 32, 32)."""
    return pixel_shuffle(patches, PATCH)


@dataclass
class PixelOutput:
    """The last state (N, 3, 32, 32) float32 and the pictures (N, 32, 32, 3) uint8."""

    states: torch.Tensor
    pictures: np.ndarray


class PixelPipeline(DiffusionPipeline):
    """Text to a 32×32 picture, denoised in pixel space with classifier-free guidance.

    Both branches are always evaluated, in one batch (unconditional first), and combined as ε_u + w(ε_c − ε_u)
    (Ho & Salimans 2022, eq. 6 with their w shifted by one), so w = 0 is the unconditional model and
    w = 1 the conditional one.
    """

    unet: UNet2DConditionModel
    scheduler: DDIMScheduler
    text_encoder: CLIPTextModel
    tokenizer: PreTrainedTokenizerFast

    def __init__(
        self,
        unet: UNet2DConditionModel,
        scheduler: DDIMScheduler,
        text_encoder: CLIPTextModel,
        tokenizer: PreTrainedTokenizerFast,
    ) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler, text_encoder=text_encoder, tokenizer=tokenizer)

    @torch.no_grad()
    def encode_prompt(self, prompts: list[str]) -> torch.Tensor:
        """(N, 16, 128) token embeddings of the frozen text encoder."""
        ids = token_ids(self.tokenizer, prompts).to(self.text_encoder.device)
        return self.text_encoder(ids).last_hidden_state

    @staticmethod
    def noise(seeds: list[int]) -> torch.Tensor:
        """(N, 3, 32, 32) of N(0, I), each picture from its own seed, so that a batch equals its members."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        return torch.stack([torch.randn(3, SIZE, SIZE, generator=g) for g in generators])

    @torch.no_grad()
    def __call__(
        self,
        prompt: str | list[str],
        negative_prompt: str | list[str] = "",
        num_inference_steps: int = 30,
        guidance_scale: float | list[float] = 1.0,
        seeds: list[int] | None = None,
        latents: torch.Tensor | None = None,
        eta: float = 0.0,
        generator: torch.Generator | list[torch.Generator] | None = None,
        prompt_embeds: torch.Tensor | None = None,
        negative_prompt_embeds: torch.Tensor | None = None,
    ) -> PixelOutput:
        """Paint one picture per prompt, from `latents` (N, 3, 32, 32) or from a seed each (0, 1, 2 …)."""
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        negative = (
            [negative_prompt] * len(prompts) if isinstance(negative_prompt, str) else list(negative_prompt)
        )
        positive_embeds = self.encode_prompt(prompts) if prompt_embeds is None else prompt_embeds
        negative_embeds = (
            self.encode_prompt(negative) if negative_prompt_embeds is None else negative_prompt_embeds
        )
        embeds = torch.cat([negative_embeds, positive_embeds])
        states = self.noise(seeds or list(range(len(prompts)))) if latents is None else latents
        states = states.to(self.unet.device, self.unet.dtype)
        w = torch.as_tensor(guidance_scale, dtype=states.dtype, device=states.device).reshape(-1, 1, 1, 1)
        extra = {"eta": eta, "generator": generator}
        extra = {k: v for k, v in extra.items() if k in inspect.signature(self.scheduler.step).parameters}
        self.scheduler.set_timesteps(num_inference_steps)
        states = states * self.scheduler.init_noise_sigma
        for t in self.scheduler.timesteps:
            scaled = self.scheduler.scale_model_input(states, t)
            output = self.unet(fold(torch.cat([scaled, scaled])), t, encoder_hidden_states=embeds).sample
            without, conditional = unfold(output).chunk(2)
            guided = without + w * (conditional - without)
            states = self.scheduler.step(guided, t, states, **extra).prev_sample
        return PixelOutput(states, to_pixels(states.float().cpu().numpy()))
