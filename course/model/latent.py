"""The latent twin: a small autoencoder and a denoiser in its latents, as training tasks.

Not for the loop around them (`train`), and not for pixel space (`tasks`).
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler
from torch import nn
from torch.nn.functional import l1_loss, mse_loss

from course.errors import CourseError
from course.model import networks
from course.model.data import HELD_OUT, to_pixels
from course.model.loading import load, quiet
from course.model.prompts import SEEDS, WATCHED
from course.model.tasks import PixelTask, album_size, contact_sheet, fixed_loss, half, pictures
from course.paths import ASSETS, shown
from course.progress import progress

VAE = ASSETS / "models" / "vae"
KL_WEIGHT, EDGE_WEIGHT = 1e-4, 0.5
MEASURED = 2048
"""So many training pictures decide how the latents are scaled."""


def psnr(vae: Any, pixels: torch.Tensor) -> float:
    """Peak signal-to-noise ratio in dB of (N, 3, 32, 32) after encoding and decoding, from the mean over
    all."""
    device = next(vae.parameters()).device
    total = 0.0
    with torch.no_grad():
        for some in pixels.split(128):
            again = vae.decode(vae.encode(some.to(device)).latent_dist.mode()).sample
            total += float(mse_loss(again.clamp(-1, 1), some.to(device), reduction="sum"))
    return 10 * float(torch.log10(torch.tensor(2.0**2 * pixels.numel() / total)))


def latents(vae: Any, pixels: torch.Tensor) -> torch.Tensor:
    """(N, 3, 32, 32) to the means of their latents (N, 4, 8, 8), unscaled, on the CPU."""
    device = next(vae.parameters()).device
    parts = (
        progress(pixels.split(256), desc="encoding the album", unit="batch")
        if len(pixels) > 4096
        else pixels.split(256)
    )
    with torch.no_grad():
        return torch.cat([vae.encode(some.to(device)).latent_dist.mode().cpu() for some in parts])


class VaeTask:
    """Reconstruction through a narrow middle: L1 and L2 on pixels, L1 on edges, a little KL."""

    def __init__(self) -> None:
        self.module: nn.Module = networks.vae()
        self.refining = False

    def restore(self, folder: Path) -> None:
        """Start from a finished training, its encoder held still: the twin was trained on its latents.

        Raises CourseError where there is none.
        """
        vae = load(AutoencoderKL, folder, low_cpu_mem_usage=False)
        for part in (vae.encoder, vae.quant_conv):
            part.requires_grad_(False)
        self.module, self.refining = vae, True

    @cached_property
    def training(self) -> torch.Tensor:
        """Pictures that are trained on, (N, 3, 32, 32)."""
        return pictures(0, album_size())[0]

    @cached_property
    def held(self) -> torch.Tensor:
        """Pictures that the score is taken on."""
        return pictures(HELD_OUT, min(512, album_size()))[0]

    def loss(self, module: Any, generator: torch.Generator, batch: int) -> torch.Tensor:
        """One batch; the edges' share keeps outlines from blurring."""
        picked = torch.randint(len(self.training), (batch,), generator=generator)
        device = next(module.parameters()).device
        clean = self.training[picked].to(device, memory_format=torch.channels_last)
        posterior = module.encode(clean).latent_dist
        noise = torch.randn(posterior.mean.shape, generator=generator).to(device)
        again = module.decode(posterior.mean + posterior.std * noise).sample
        loss = l1_loss(again, clean) + mse_loss(again, clean)
        for axis in (-1, -2):
            loss = loss + EDGE_WEIGHT * l1_loss(again.diff(dim=axis), clean.diff(dim=axis))
        kl = 0.5 * (posterior.mean.square() + posterior.var - 1 - posterior.logvar).mean()
        return loss + KL_WEIGHT * kl

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """PSNR of held-out pictures, in dB; in a refining also the loss on training pictures."""
        scores = {"psnr": round(psnr(module, self.held), 2)}
        return {**scores, "training": fixed_loss(self, module)} if self.refining else scores

    def show(self, module: Any, path: Path) -> None:
        """Held-out pictures above, what comes back below."""
        device = next(module.parameters()).device
        clean = self.held[:8].to(device)
        again = module.decode(module.encode(clean).latent_dist.mode()).sample
        contact_sheet(to_pixels(torch.cat([clean, again]).cpu().numpy()), path, len(clean))

    def save(self, module: Any, folder: Path) -> None:
        """An `AutoencoderKL` folder whose scaling factor brings its latents to a standard deviation of 1.

        A refining leaves it, and the latents, as they are.
        """
        made = half(module)
        if not self.refining:
            spread = latents(module, self.training[:MEASURED]).std()
            made.register_to_config(scaling_factor=round(1 / float(spread), 5))
        made.save_pretrained(folder)

    @staticmethod
    def shipped_psnr() -> float:
        """PSNR in dB of the autoencoder that ships in the latent pipeline, on 512 held-out pictures."""
        vae = load(AutoencoderKL, ASSETS / "models" / "latent" / "vae", low_cpu_mem_usage=False).eval()
        return round(psnr(vae, pictures(HELD_OUT, 512)[0]), 2)


class LatentTask(PixelTask):
    """Denoising of the autoencoder's scaled latents, conditioned on the frozen CLIP text encoder."""

    name = "latent"

    def __init__(self, vae: Path = VAE) -> None:
        super().__init__()
        if not vae.exists():
            raise CourseError(
                f"There is no autoencoder in {shown(vae)}. Train it first: course train --model vae"
            )
        self.vae: Any = load(AutoencoderKL, vae, low_cpu_mem_usage=False).eval()
        # StableDiffusionPipeline wants an offset of 1, which trailing spacing does not use.
        self.scheduler = DDIMScheduler.from_config(self.scheduler.config, steps_offset=1)

    def network(self) -> nn.Module:
        """The untrained denoiser."""
        return networks.latent_unet()

    def examples(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Scaled latents (count, 4, 8, 8), and their captions' token numbers."""
        pixels, captions = pictures(start, count)
        scaled = latents(self.vae, pixels) * self.vae.config.scaling_factor
        return scaled, networks.token_ids(self.words, captions)

    def _assembled(self, unet: Any, vae: Any, text_encoder: Any) -> Any:
        with quiet():
            from diffusers import StableDiffusionPipeline

            return StableDiffusionPipeline(
                vae,
                text_encoder,
                self.words,
                unet,
                self.scheduler,
                safety_checker=None,
                feature_extractor=None,
                requires_safety_checker=False,
            )

    def show(self, module: nn.Module, path: Path) -> None:
        """Two seeds of every watched prompt, 30 steps, no guidance, decoded."""
        device = next(module.parameters()).device
        pipe = self._assembled(module, self.vae.to(device), self.text_encoder.to(device))
        pipe.set_progress_bar_config(disable=True)
        noise = [
            torch.randn(4, 8, 8, generator=torch.Generator().manual_seed(s)) for s in SEEDS for _ in WATCHED
        ]
        made = pipe(
            list(WATCHED) * len(SEEDS),
            num_inference_steps=30,
            guidance_scale=1.0,
            latents=torch.stack(noise).to(device),
            output_type="np",
        )
        contact_sheet((made.images * 255).round().astype("uint8"), path, len(WATCHED))

    def save(self, module: nn.Module, folder: Path) -> None:
        """A `StableDiffusionPipeline` folder: unet, autoencoder, scheduler, text encoder, tokenizer."""
        self._assembled(half(module), half(self.vae), half(self.text_encoder)).save_pretrained(folder)
