"""The shipped models as training tasks: their losses, their held-out scores, their samples and how they are saved.

Not for the loop around them (`train`) or the networks themselves (`networks`).
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from transformers import CLIPModel, CLIPTextModel

from course.errors import CourseError
from course.files import replacing
from course.model import networks
from course.model.data import HELD_OUT, album, to_model, to_pixels
from course.model.pipeline import PixelPipeline, fold
from course.model.settings import RECIPES
from course.paths import ASSETS, shown

WATCHED = (
    "a butterfly on a blue background",
    "a snail on a white background",
    "a red cat on a yellow background",
    "a big fish on a green background",
    "a small mushroom on a pink background",
    "a purple rocket on a white background",
    "a tree and a heart on a blue background",
    "a bird and a red car on a green background",
)
"""The prompts whose pictures a training keeps on its way, all from the same seeds."""


@cache
def pictures(start: int, count: int) -> tuple[torch.Tensor, list[str]]:
    """Album pictures as a (count, 3, 32, 32) tensor in model units, with captions."""
    pixels, captions = album(start, count)
    return torch.from_numpy(to_model(pixels)), captions


def contact_sheet(pixels: np.ndarray, path: Path, columns: int, zoom: int = 2) -> None:
    """Write (N, H, W, 3) uint8 pictures as one PNG, `columns` in a row, enlarged without smoothing."""
    n, h, w, _ = pixels.shape
    rows = -(-n // columns)
    grid = np.full((rows * h, columns * w, 3), 24, np.uint8)
    for k, picture in enumerate(pixels):
        y, x = divmod(k, columns)
        grid[y * h : (y + 1) * h, x * w : (x + 1) * w] = picture
    image = Image.fromarray(grid).resize((columns * w * zoom, rows * h * zoom), Image.Resampling.NEAREST)
    with replacing(path) as temporary:
        image.save(temporary, optimize=True)


def load_clip() -> CLIPModel:
    """The shipped CLIP, float32. Raises CourseError where it has not been trained."""
    folder = ASSETS / "models" / "clip"
    if not (folder / "model.safetensors").exists():
        raise CourseError(f"{shown(folder)} holds no weights. Train it first: course train --model clip")
    return CLIPModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()


def half(module: nn.Module) -> nn.Module:
    """A float16 copy for saving; the module itself is left alone."""
    import copy

    return copy.deepcopy(module).to("cpu", torch.float16, memory_format=torch.contiguous_format)


class ClipTask:
    """Contrastive training on pictures and captions (Radford et al. 2021)."""

    def __init__(self) -> None:
        self.module: nn.Module = networks.clip()
        self.words = networks.tokenizer()
        self.pixels, captions = pictures(0, album_size())
        self.ids = networks.token_ids(self.words, captions)

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """Symmetric cross-entropy over the batch; captions that occur twice count as right for both."""
        picked = torch.randint(len(self.pixels), (batch,), generator=generator)
        device = next(module.parameters()).device
        ids = self.ids[picked].to(device)
        logits = module(input_ids=ids, pixel_values=self.pixels[picked].to(device)).logits_per_text
        same = (ids[:, None] == ids[None]).all(-1).float()
        target = same / same.sum(1, keepdim=True)
        return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """How often the right caption is picked among 32, on 1,024 held-out pictures."""
        return {"right_of_32": round(caption_accuracy(module), 4)}

    def show(self, module: nn.Module, path: Path) -> None:
        """Nothing to see: a CLIP draws no pictures."""

    def save(self, module: nn.Module, folder: Path) -> None:
        """A `CLIPModel` folder with the tokenizer beside it."""
        half(module).save_pretrained(folder)
        self.words.save_pretrained(folder)


def caption_accuracy(module: nn.Module, count: int = 1024, start: int = HELD_OUT) -> float:
    """The share of held-out pictures whose caption scores highest among 32 (its own and 31 others')."""
    pixels, captions = pictures(start, count)
    ids = networks.token_ids(networks.tokenizer(), captions)
    device = next(module.parameters()).device
    right = 0
    with torch.no_grad():
        for k in range(0, count, 32):
            logits = module(input_ids=ids[k : k + 32].to(device), pixel_values=pixels[k : k + 32].to(device)).logits_per_image
            same = (ids[k : k + 32][:, None] == ids[k : k + 32][None]).all(-1)
            best = logits.argmax(1).cpu()
            right += int(same[torch.arange(len(best)), best].sum())
    return right / count


def album_size() -> int:
    """How many pictures are trained on; smaller only in tests (COURSE_ALBUM)."""
    import os

    from course.model.data import TRAINING

    return int(os.environ.get("COURSE_ALBUM", TRAINING))


def encode(text_encoder: nn.Module, ids: torch.Tensor) -> torch.Tensor:
    """(N, 16) token numbers to (N, 16, 128) embeddings without gradients."""
    with torch.no_grad():
        return text_encoder(ids).last_hidden_state


class PixelTask:
    """Denoising in pixel space, conditioned on the frozen CLIP text encoder."""

    name = "pixel"
    prediction = "v_prediction"

    def __init__(self, prediction: str | None = None) -> None:
        self.prediction = prediction or self.prediction
        self.module: nn.Module = self.network()
        self.words = networks.tokenizer()
        self.scheduler = networks.scheduler(self.prediction)
        self.text_encoder: Any = CLIPTextModel.from_pretrained(
            ASSETS / "models" / "clip", dtype=torch.float32, local_files_only=True
        ).eval()
        self.empty = networks.token_ids(self.words, [""])
        self.dropout = RECIPES[self.name].caption_dropout
        self.data, self.ids = self.examples(0, album_size())
        self.held = self.examples(HELD_OUT, min(512, album_size()))

    def network(self) -> nn.Module:
        return networks.pixel_unet()

    def examples(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """What is denoised (count, C, h, w), and its captions' token numbers."""
        pixels, captions = pictures(start, count)
        return fold(pixels), networks.token_ids(self.words, captions)

    def denoising_loss(
        self, module: nn.Module, clean: torch.Tensor, ids: torch.Tensor, generator: torch.Generator, timesteps: torch.Tensor
    ) -> torch.Tensor:
        """Mean squared error of the prediction, in the coordinates that the network predicts."""
        device = next(module.parameters()).device
        self.text_encoder.to(device)
        noise = torch.randn(clean.shape, generator=generator)
        noisy = self.scheduler.add_noise(clean, noise, timesteps)
        target = {
            "v_prediction": lambda: self.scheduler.get_velocity(clean, noise, timesteps),
            "sample": lambda: clean,
            "epsilon": lambda: noise,
        }[self.prediction]().to(device)
        noisy = noisy.to(device, memory_format=torch.channels_last)
        output = module(noisy, timesteps.to(device), encoder_hidden_states=encode(self.text_encoder, ids.to(device))).sample
        if self.prediction == "sample":
            # ‖Δv‖² = (1 + SNR)‖Δx₀‖², held below 100 where the noise vanishes.
            weight = (1 / (1 - self.scheduler.alphas_cumprod[timesteps])).clamp(max=100).to(device)
            return ((output - target).square().mean((1, 2, 3)) * weight).mean()
        return mse_loss(output, target)

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """One batch at stratified noise levels; one caption in ten is replaced by the empty prompt."""
        picked = torch.randint(len(self.data), (batch,), generator=generator)
        ids = self.ids[picked].clone()
        ids[torch.rand(batch, generator=generator) < self.dropout] = self.empty
        strata = (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
        timesteps = (strata * self.scheduler.config.num_train_timesteps).long()
        return self.denoising_loss(module, self.data[picked], ids, generator, timesteps)

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """The same loss on held-out and on as many training pictures, at fixed noise."""
        scores = {}
        for name, (clean, ids) in {"held_out": self.held, "training": (self.data, self.ids)}.items():
            count = min(len(clean), len(self.held[0]))
            timesteps = torch.arange(count) * self.scheduler.config.num_train_timesteps // count
            generator = torch.Generator().manual_seed(1)
            parts = [
                self.denoising_loss(module, clean[k : k + 64], ids[k : k + 64], generator, timesteps[k : k + 64]) * len(ids[k : k + 64])
                for k in range(0, count, 64)
            ]
            scores[name] = round(float(sum(parts)) / count, 5)
        return scores

    def pipeline(self, module: nn.Module) -> Any:
        return PixelPipeline(module, self.scheduler, self.text_encoder, self.words)

    def show(self, module: nn.Module, path: Path) -> None:
        """Two seeds of every watched prompt, 30 steps, no guidance."""
        pipe = self.pipeline(module)
        pipe.set_progress_bar_config(disable=True)
        paint = pipe(list(WATCHED) * 2, seeds=[7] * len(WATCHED) + [8] * len(WATCHED), num_inference_steps=30)
        contact_sheet(paint.pictures, path, len(WATCHED))

    def save(self, module: nn.Module, folder: Path) -> None:
        """A diffusers pipeline folder: unet, scheduler, text encoder, tokenizer."""
        type(self.pipeline(module))(half(module), self.scheduler, half(self.text_encoder), self.words).save_pretrained(folder)


TASKS: dict[str, Any] = {"clip": ClipTask, "pixel": PixelTask}
__all__ = ["TASKS", "WATCHED", "ClipTask", "PixelTask", "caption_accuracy", "contact_sheet", "load_clip", "pictures", "to_pixels"]
