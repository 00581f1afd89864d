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
from torch.nn.functional import cross_entropy, mse_loss, normalize, pad
from transformers import CLIPModel

from course.errors import CourseError
from course.files import replacing
from course.grammar import COLOURS, NOUNS, exchanged
from course.model import networks
from course.model.data import HELD_OUT, TRAINING, album, to_model
from course.model.loading import load, load_text_encoder
from course.model.pipeline import PixelPipeline, fold
from course.model.prompts import SEEDS, WATCHED
from course.model.settings import RECIPES, SWAPS, TWICE
from course.paths import shown
from course.progress import progress


@cache
def pictures(start: int, count: int, twice: bool = False) -> tuple[torch.Tensor, list[str]]:
    """Album pictures as a (count, 3, 32, 32) tensor in model units, with captions."""
    pixels, captions = album(start, count, twice)
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


def fixed_loss(task: Any, module: nn.Module) -> float:
    """The task's mean loss on eight batches of 128 training pictures, always the same."""
    generator = torch.Generator().manual_seed(1)
    losses = [float(task.loss(module, generator, min(128, album_size()))) for _ in range(8)]
    return round(sum(losses) / len(losses), 5)


class ClipTask:
    """Contrastive training on pictures and captions (Radford et al. 2021)."""

    def __init__(self) -> None:
        self.module: nn.Module = networks.clip()
        self.words = networks.tokenizer()
        self.refining = False

    def restore(self, folder: Path) -> None:
        """Start from a finished training, its text half held still: the generators are conditioned on it.

        Raises CourseError where there is none.
        """
        clip = load(CLIPModel, folder)
        for part in (clip.text_model, clip.text_projection):
            part.requires_grad_(False)
        self.module, self.refining = clip, True

    @cached_property
    def drawn(self) -> tuple[torch.Tensor, list[str]]:
        """What is trained on, pictures and captions; in a refining `TWICE` as many more, of one noun twice.

        "A cat and a cat" is then told from "a cat and a fish": generators make it of such words.
        """
        pixels, captions = pictures(0, album_size())
        if not self.refining:
            return pixels, captions
        more, said = pictures(0, round(TWICE * album_size()), twice=True)
        return torch.cat((pixels, more)), [*captions, *said]

    @cached_property
    def training(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures, and their captions' token numbers."""
        pixels, captions = self.drawn
        return pixels, networks.token_ids(self.words, captions)

    @cached_property
    def texts(self) -> tuple[torch.Tensor, torch.Tensor]:
        """What a refining tells pictures from: (K, 1 + SWAPS, 64) of length 1, each of the K captions first.

        Then which of the K each training picture has.
        """
        captions, which = np.unique(self.drawn[1], return_inverse=True)
        rng = np.random.default_rng(0)
        among = [
            text for own in captions for text in (str(own), *rng.choice(exchanged(own), SWAPS, replace=False))
        ]
        clip: Any = self.module
        device = next(clip.parameters()).device
        ids = networks.token_ids(self.words, among).split(1024)
        with torch.no_grad():
            points = [
                clip.text_projection(clip.text_model(part.to(device)).pooler_output)
                for part in progress(ids, desc="reading captions", unit="batch")
            ]
        texts = normalize(torch.cat(points), dim=-1).unflatten(0, (len(captions), -1))
        return texts, torch.from_numpy(which).to(device)

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """Symmetric cross-entropy over the batch; captions that occur twice count as right for both."""
        pixels, ids = self.training
        picked = torch.randint(len(pixels), (batch,), generator=generator)
        if self.refining:
            return self.picture_loss(module, picked, generator)
        device = next(module.parameters()).device
        ids = ids[picked].to(device)
        logits = module(input_ids=ids, pixel_values=pixels[picked].to(device)).logits_per_text
        return _contrast(logits, (ids[:, None] == ids[None]).all(-1))

    def picture_loss(self, module: Any, picked: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """The same with captions that stand still, and each caption told from those with one word exchanged.

        Pictures are roughened, for what a generator makes is not as clean as a drawing.
        """
        texts, which = self.texts
        which = which[picked.to(which.device)]
        pixels = roughened(self.drawn[0][picked], generator).to(which.device)
        points = module.visual_projection(module.vision_model(pixels).pooler_output)
        points = module.logit_scale.exp() * normalize(points, dim=-1)
        near = torch.einsum("nd,nkd->nk", points, texts[which])
        batch = texts[which, 0] @ points.T
        first = torch.zeros_like(which)
        return _contrast(batch, which[:, None] == which[None]) + cross_entropy(near, first)

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """How often the right caption is picked among 32, on 1,024 held-out pictures.

        In a refining also the loss on training pictures.
        """
        scores = {"right_of_32": round(caption_accuracy(module, min(1024, album_size())), 4)}
        return {**scores, "training": fixed_loss(self, module)} if self.refining else scores

    def show(self, module: nn.Module, path: Path) -> None:
        """Nothing to see: a CLIP draws no pictures."""

    def save(self, module: nn.Module, folder: Path) -> None:
        """A `CLIPModel` folder with the tokenizer beside it."""
        clip = half(module)
        for part in (clip.config.text_config, clip.config.vision_config):
            part.dtype = None  # that of the whole holds; loading had set its own
        clip.save_pretrained(folder)
        self.words.save_pretrained(folder)


def _contrast(logits: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Symmetric cross-entropy of (N, N) logits, where `same` says which texts are those of which pictures."""
    target = same.float() / same.sum(1, keepdim=True)
    return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2


def roughened(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """(N, 3, 32, 32), each moved by up to 2 pixels and under noise of up to a tenth of the range."""
    n, _, height, width = pixels.shape
    edged = pad(pixels, (2, 2, 2, 2), mode="replicate")
    y, x = torch.randint(5, (2, n, 1), generator=generator)
    rows, columns = y + torch.arange(height), x + torch.arange(width)
    moved = edged[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None]].movedim(-1, 1)
    strength = 0.2 * torch.rand(n, 1, 1, 1, generator=generator)
    return moved + strength * torch.randn(moved.shape, generator=generator)


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
        if not (folder / "unet").exists():
            raise CourseError(f"{shown(folder)} holds no weights to refine. Leave out --refine.")
        self.module = load(UNet2DConditionModel, folder / "unet")

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
        prompts = list(WATCHED) * len(SEEDS)
        seeds = [seed for seed in SEEDS for _ in WATCHED]
        paint = pipe(prompts, seeds=seeds, num_inference_steps=30)
        contact_sheet(paint.pictures, path, len(WATCHED))

    def save(self, module: nn.Module, folder: Path) -> None:
        """A diffusers pipeline folder: unet, scheduler, text encoder, tokenizer."""
        pipe = PixelPipeline(half(module), self.scheduler, half(self.text_encoder), self.words)
        pipe.save_pretrained(folder)
