"""The shipped models as training tasks: losses, held-out scores, samples, and how they are saved.

Not for the loop around them (`train`) or the networks themselves (`networks`).
"""

import copy
import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from course.errors import CourseError
from course.files import replacing
from course.model import networks
from course.model.data import HELD_OUT, TRAINING, album, to_model
from course.model.grammar import COLOURS, NOUNS
from course.model.loading import load_text_encoder, quiet
from course.model.pipeline import PixelPipeline, fold
from course.model.settings import RECIPES
from course.paths import shown

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


def half(module: Any) -> Any:
    """A float16 copy for saving, which forgets where it was loaded from; the module itself is left alone."""
    made = copy.deepcopy(module).to(torch.device("cpu"), torch.float16)
    if "_name_or_path" in getattr(made, "_internal_dict", {}):
        made.register_to_config(_name_or_path="")
    return made.to(memory_format=torch.contiguous_format)


class ClipTask:
    """Contrastive training on pictures and captions (Radford et al. 2021)."""

    def __init__(self) -> None:
        self.module: nn.Module = networks.clip()
        self.words = networks.tokenizer()

    @cached_property
    def training(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures, and their captions' token numbers."""
        pixels, captions = pictures(0, album_size())
        return pixels, networks.token_ids(self.words, captions)

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """Symmetric cross-entropy over the batch; captions that occur twice count as right for both."""
        pixels, ids = self.training
        picked = torch.randint(len(pixels), (batch,), generator=generator)
        device = next(module.parameters()).device
        ids = ids[picked].to(device)
        logits = module(input_ids=ids, pixel_values=pixels[picked].to(device)).logits_per_text
        same = (ids[:, None] == ids[None]).all(-1).float()
        target = same / same.sum(1, keepdim=True)
        return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """How often the right caption is picked among 32, on 1,024 held-out pictures."""
        return {"right_of_32": round(caption_accuracy(module, min(1024, album_size())), 4)}

    def show(self, module: nn.Module, path: Path) -> None:
        """Nothing to see: a CLIP draws no pictures."""

    def save(self, module: nn.Module, folder: Path) -> None:
        """A `CLIPModel` folder with the tokenizer beside it."""
        half(module).save_pretrained(folder)
        self.words.save_pretrained(folder)


def caption_accuracy(module: Any, count: int, start: int = HELD_OUT) -> float:
    """The share of held-out pictures whose caption scores highest among 32 (its own and 31 others')."""
    pixels, captions = pictures(start, count)
    ids = networks.token_ids(networks.tokenizer(), captions)
    device = next(module.parameters()).device
    right = 0
    with torch.no_grad():
        for k in range(0, count, 32):
            some = ids[k : k + 32]
            output = module(input_ids=some.to(device), pixel_values=pixels[k : k + 32].to(device))
            same = (some[:, None] == some[None]).all(-1)
            best = output.logits_per_image.argmax(1).cpu()
            right += int(same[torch.arange(len(best)), best].sum())
    return right / count


def album_size() -> int:
    """How many pictures are trained on; smaller only in tests (COURSE_ALBUM)."""
    return int(os.environ.get("COURSE_ALBUM", TRAINING))


def encode(text_encoder: Any, ids: torch.Tensor) -> torch.Tensor:
    """(N, 16) token numbers to (N, 16, 128) embeddings in the encoder's own precision, no gradients."""
    with torch.no_grad(), torch.autocast(ids.device.type, enabled=False):
        return text_encoder(ids).last_hidden_state


def noise_levels(strata: torch.Tensor, timesteps: int) -> torch.Tensor:
    """Numbers in [0, 1) to timesteps: 1/5 uniform, 7/10 Beta(2, 1.5), 1/10 in the last tenth.

    A v-loss at little noise is nearly all unavoidable, and would take most of the gradient; Esser et al.
    2024, section 3.1, weigh the middle for the same reason, where shapes are decided. Where things go, and
    how many, is decided in the last tenth, under noise ten times the picture.
    """
    t = (torch.arange(timesteps) + 0.5) / timesteps
    density = 0.2 + 0.7 * t * (1 - t).sqrt() / 0.26667 + (t > 0.9)
    return torch.searchsorted(density.cumsum(0) / density.sum(), strata).clamp(max=timesteps - 1)


class PixelTask:
    """Denoising in pixel space, conditioned on the frozen CLIP text encoder."""

    name = "pixel"
    prediction = "v_prediction"

    def __init__(self, prediction: str | None = None) -> None:
        self.prediction = prediction or self.prediction
        self.module: nn.Module = self.network()
        self.words = networks.tokenizer()
        self.scheduler = networks.scheduler(self.prediction)
        self.text_encoder: Any = load_text_encoder()
        self.empty = networks.token_ids(self.words, [""])
        self.dropout = RECIPES[self.name].caption_dropout

    @cached_property
    def training(self) -> tuple[torch.Tensor, torch.Tensor]:
        """What is trained on; drawn when first asked for, so that saving alone needs no album."""
        return self.examples(0, album_size())

    @cached_property
    def held(self) -> tuple[torch.Tensor, torch.Tensor]:
        """What the held-out score is taken on."""
        return self.examples(HELD_OUT, min(512, album_size()))

    @cached_property
    def weights(self) -> torch.Tensor:
        """How often each training picture is drawn: the recipe's weights.

        They go by the caption alone, so the law of the pictures of any one caption stays what it is.
        """
        recipe = RECIPES[self.name]
        ids = self.training[1]
        two = (ids == self.words.convert_tokens_to_ids("and")).any(1)
        nouns = torch.tensor(self.words.convert_tokens_to_ids(list(NOUNS)))
        colours = torch.tensor(self.words.convert_tokens_to_ids(list(COLOURS)))
        # A background's colour is followed by "background", a thing's by its noun.
        coloured = (torch.isin(ids[:, :-1], colours) & torch.isin(ids[:, 1:], nouns)).any(1)
        weights = torch.ones(len(ids))
        weights[coloured] = recipe.colour_weight
        weights[two] = recipe.pair_weight
        return weights

    def network(self) -> nn.Module:
        """The untrained denoiser."""
        return networks.pixel_unet()

    def restore(self, folder: Path) -> None:
        """Start from the denoiser of a finished training. Raises CourseError where there is none."""
        try:
            with quiet():
                self.module = UNet2DConditionModel.from_pretrained(
                    folder / "unet", torch_dtype=torch.float32, local_files_only=True
                )
        except (OSError, ValueError) as error:
            raise CourseError(
                f"{shown(folder)} holds no weights to refine ({type(error).__name__}). Leave out --refine."
            ) from error

    def examples(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """What is denoised (count, C, h, w), and its captions' token numbers."""
        pixels, captions = pictures(start, count)
        return fold(pixels), networks.token_ids(self.words, captions)

    def denoising_loss(
        self,
        module: nn.Module,
        clean: torch.Tensor,
        ids: torch.Tensor,
        generator: torch.Generator,
        timesteps: torch.Tensor,
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
        words = encode(self.text_encoder, ids.to(device))
        output = module(noisy, timesteps.to(device), encoder_hidden_states=words).sample.float()
        if self.prediction == "sample":
            # ‖Δv‖² = (1 + SNR)‖Δx₀‖², held below 100 where the noise vanishes.
            weight = (1 / (1 - self.scheduler.alphas_cumprod[timesteps])).clamp(max=100).to(device)
            return ((output - target).square().mean((1, 2, 3)) * weight).mean()
        return mse_loss(output, target)

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """One batch at stratified noise levels; one caption in ten is replaced by the empty prompt."""
        data, ids = self.training
        picked = torch.multinomial(self.weights, batch, replacement=True, generator=generator)
        ids = ids[picked].clone()
        ids[torch.rand(batch, generator=generator) < self.dropout] = self.empty
        strata = (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
        timesteps = noise_levels(strata, self.scheduler.config.num_train_timesteps)
        return self.denoising_loss(module, data[picked], ids, generator, timesteps)

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """The same loss on held-out and on as many training pictures, at fixed noise."""
        scores = {}
        for name, (clean, ids) in {"held_out": self.held, "training": self.training}.items():
            count = min(len(clean), len(self.held[0]))
            timesteps = torch.arange(count) * self.scheduler.config.num_train_timesteps // count
            generator = torch.Generator().manual_seed(1)
            total = 0.0
            for some in torch.arange(count).split(64):
                loss = self.denoising_loss(module, clean[some], ids[some], generator, timesteps[some])
                total += float(loss) * len(some)
            scores[name] = round(total / count, 5)
        return scores

    def pipeline(self, module: nn.Module) -> Any:
        """The whole system around `module`, ready to paint."""
        return PixelPipeline(module, self.scheduler, self.text_encoder, self.words)

    def show(self, module: nn.Module, path: Path) -> None:
        """Two seeds of every watched prompt, 30 steps, no guidance."""
        pipe = self.pipeline(module)
        pipe.set_progress_bar_config(disable=True)
        paint = pipe(list(WATCHED) * 2, seeds=[7] * len(WATCHED) + [8] * len(WATCHED), num_inference_steps=30)
        contact_sheet(paint.pictures, path, len(WATCHED))

    def save(self, module: nn.Module, folder: Path) -> None:
        """A diffusers pipeline folder: unet, scheduler, text encoder, tokenizer."""
        pipe = PixelPipeline(half(module), self.scheduler, half(self.text_encoder), self.words)
        pipe.save_pretrained(folder)
