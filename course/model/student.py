"""The student: the pixel model distilled progressively, to four steps and then to two (Salimans & Ho 2022).

Its teacher's guidance is folded in (Meng et al. 2023), so that a step is one call. What ships is its weights'
difference from the teacher's, of low rank. Not for how steps look from outside: see `course.precompute`.
"""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import mse_loss

from course.errors import CourseError
from course.files import digest_file, write_json
from course.model.loading import load
from course.model.prompts import SEEDS, WATCHED
from course.model.settings import CALLS, TAUGHT, TEACHER, TIMESTEPS
from course.model.tasks import PixelTask, contact_sheet, encode
from course.paths import ASSETS, shown

WEIGHTS = ASSETS / "models" / TEACHER / "unet" / "diffusion_pytorch_model.safetensors"
STRIDE = TIMESTEPS // 4
SUBSTEPS = (4, 2, 2, 2)
"""So many steps of the guided teacher become each of the student's four: more where the road bends."""
HALVED = 0.6
"""After this share of the training, two of the student's own steps become one."""
MARKED = 128
"""Pictures that the student is marked on, the same every time."""
BYTES = 5_930_000
"""How many bytes the difference may take, so that with its names it is under 6 MB."""
DIFFERENCE, INDEX = "difference.safetensors", "model_index.json"
LEFT, RIGHT, SCALE = ".left", ".right", ".scale"


class StudentTask(PixelTask):
    """One step of the student's lands where several of its teacher's do."""

    name = "student"

    def __init__(self) -> None:
        super().__init__()
        self.teacher: Any = copy.deepcopy(self.module).eval().requires_grad_(False)
        self.four: Any = None
        self.kept: dict[str, torch.Tensor] = {}
        """The weights at the moment of halving, which an unfinished training keeps."""
        kept = self.scheduler.alphas_cumprod
        # The last entry is that of a finished picture, so that timestep −1 finds it.
        self.alpha = torch.cat([kept.sqrt(), torch.ones(1)])
        self.sigma = torch.cat([(1 - kept).sqrt(), torch.zeros(1)])

    def network(self) -> nn.Module:
        """The teacher's, weights and all."""
        return load(UNet2DConditionModel, ASSETS / "models" / TEACHER / "unet")

    def reach(self, share: float, average: dict[str, torch.Tensor]) -> None:
        """From `HALVED` of the training on, the average of the four-step student is the teacher."""
        if share < HALVED or self.four is not None:
            return
        self.kept = self.kept or {name: weight.detach().clone() for name, weight in average.items()}
        self.four = copy.deepcopy(self.teacher)
        self.four.load_state_dict(self.kept)

    def at(self, table: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """α or σ at (N,) timesteps, to be multiplied with states."""
        return table.to(timesteps.device)[timesteps].reshape(-1, 1, 1, 1)

    def landing(
        self, v: torch.Tensor, states: torch.Tensor, now: torch.Tensor, then: torch.Tensor
    ) -> torch.Tensor:
        """Where one DDIM step from `now` to `then` leads (Song et al. 2021, eq. 12 with σ = 0)."""
        a, s = self.at(self.alpha, now), self.at(self.sigma, now)
        return self.at(self.alpha, then) * (a * states - s * v) + self.at(self.sigma, then) * (
            a * v + s * states
        )

    def aim(
        self, after: torch.Tensor, states: torch.Tensor, now: torch.Tensor, then: torch.Tensor
    ) -> torch.Tensor:
        """The v with which one step leads to `after`: Salimans & Ho 2022, algorithm 2, there for x."""
        a, s = self.at(self.alpha, now), self.at(self.sigma, now)
        ratio = self.at(self.sigma, then) / s
        guess = (after - ratio * states) / (self.at(self.alpha, then) - ratio * a)
        return (a * states - guess) / s

    @torch.no_grad()
    def walked(self, states: torch.Tensor, words: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        """Where the guided teacher is after `STRIDE` timesteps."""
        blank = encode(self.text_encoder, self.empty.to(states.device)).expand_as(words)
        counts = torch.tensor(SUBSTEPS, device=now.device)[(TIMESTEPS - 1 - now) // STRIDE]
        states, now = states.clone(), now.clone()
        for k in range(max(SUBSTEPS)):
            going = counts > k
            here, at = states[going], now[going]
            both = torch.cat([blank[going], words[going]])
            output = self.teacher(here.repeat(2, 1, 1, 1), at.repeat(2), encoder_hidden_states=both)
            without, conditional = output.sample.float().chunk(2)
            guidance = torch.where(at == TIMESTEPS - 1, 1.0, TAUGHT).reshape(-1, 1, 1, 1)
            then = at - STRIDE // counts[going]
            states[going] = self.landing(without + guidance * (conditional - without), here, at, then)
            now[going] = then
        return states

    @torch.no_grad()
    def target(self, states: torch.Tensor, words: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        """The v that the student should put out, (N, 12, 16, 16).

        First that of the guided teacher's steps. Then, where the halved walk is, that of two steps of the
        student before; at the two timesteps that only four steps meet, what that one says.
        """
        if self.four is None:
            return self.aim(self.walked(states, words, now), states, now, now - STRIDE)

        def says(states: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
            return self.four(states, now, encoder_hidden_states=words).sample.float()

        own = says(states, now)
        between = self.landing(own, states, now, now - STRIDE)
        halved = (now + 1) % (2 * STRIDE) == 0
        later = (now - STRIDE).clamp(min=0)
        after = self.landing(says(between, later), between, later, later - STRIDE)
        two = self.aim(after, states, now, (now - 2 * STRIDE).clamp(min=-1))
        return torch.where(halved.reshape(-1, 1, 1, 1), two, own)

    def distilled(
        self, module: nn.Module, clean: torch.Tensor, ids: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """The loss on (N, 12, 16, 16) pictures, a quarter of them before each of the four steps."""
        device = next(module.parameters()).device
        for frozen in filter(None, (self.teacher, self.four, self.text_encoder)):
            frozen.to(device)
        now = TIMESTEPS - 1 - STRIDE * (torch.arange(len(clean)) % 4)
        noisy = self.scheduler.add_noise(clean, torch.randn(clean.shape, generator=generator), now)
        states = noisy.to(device, memory_format=torch.channels_last)
        words, now = encode(self.text_encoder, ids.to(device)), now.to(device)
        output = module(states, now, encoder_hidden_states=words).sample.float()
        return mse_loss(output, self.target(states, words, now))

    def loss(self, module: nn.Module, generator: torch.Generator, batch: int) -> torch.Tensor:
        """One batch of the training pictures with their captions."""
        data, ids = self.training
        picked = torch.multinomial(self.weights, batch, replacement=True, generator=generator)
        return self.distilled(module, data[picked], ids[picked], generator)

    def held_out(self, module: nn.Module) -> dict[str, float]:
        """The same loss on held-out and on as many training pictures, at fixed noise."""
        scores = {}
        for name, (clean, ids) in {"held_out": self.held, "training": self.training}.items():
            generator = torch.Generator().manual_seed(1)
            scores[name] = round(float(self.distilled(module, clean[:MARKED], ids[:MARKED], generator)), 5)
        return scores

    def show(self, module: nn.Module, path: Path) -> None:
        """Two seeds of every watched prompt, first in two steps, then in four."""
        pipe = self.pipeline(module)
        pipe.set_progress_bar_config(disable=True)
        prompts, seeds = list(WATCHED) * len(SEEDS), [seed for seed in SEEDS for _ in WATCHED]
        made = [pipe(prompts, seeds=seeds, num_inference_steps=steps).pictures for steps in (2, 4)]
        contact_sheet(torch.cat([torch.from_numpy(one) for one in made]).numpy(), path, len(WATCHED))

    def save(self, module: nn.Module, folder: Path) -> None:
        """The difference from the teacher's weights, and whose it is."""
        theirs = self.teacher.cpu().state_dict()
        change = {name: weight.cpu() - theirs[name] for name, weight in module.state_dict().items()}
        folder.mkdir(parents=True, exist_ok=True)
        save_file(low_rank(change, BYTES), folder / DIFFERENCE)
        index = {
            "_class_name": "PixelPipeline",
            "teacher": TEACHER,
            "teacher_unet": digest_file(WEIGHTS),
            "guidance": TAUGHT,
            "steps": list(CALLS),
        }
        write_json(folder / INDEX, index)


def low_rank(change: dict[str, torch.Tensor], size: int) -> dict[str, torch.Tensor]:
    """At most about `size` bytes that say most of what changed, by name.

    Vectors in float16; of matrices (a convolution's is (out, in × window)) those singular directions, over
    all of them, that hold most of the squared change for the bytes they take (Eckart & Young 1936), in eight
    bits: whole numbers (out, rank) and (rank, in × window), and what each rank is to be multiplied with.
    """
    kept = {name: one.half().contiguous() for name, one in change.items() if one.ndim < 2}
    room = size - sum(one.nbytes for one in kept.values())
    split = {
        name: torch.linalg.svd(one.flatten(1), full_matrices=False)
        for name, one in change.items()
        if one.ndim > 1
    }
    bytes_each = {name: len(u) + vh.shape[1] + torch.float32.itemsize for name, (u, _, vh) in split.items()}
    worth = sorted(
        (
            (float(value) ** 2 / bytes_each[name], name)
            for name, (_, some, _) in split.items()
            for value in some
        ),
        reverse=True,
    )
    ranks = dict.fromkeys(split, 0)
    for _, name in worth:
        if room < bytes_each[name]:
            break
        room -= bytes_each[name]
        ranks[name] += 1
    for name, rank in ranks.items():
        if rank:
            u, values, vh = split[name]
            (left, out), (right, into) = _eight_bits(u[:, :rank].T), _eight_bits(vh[:rank])
            kept |= {
                name + LEFT: left.T.contiguous(),
                name + RIGHT: right,
                name + SCALE: values[:rank] * out * into,
            }
    return kept


def _eight_bits(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, M) as whole numbers from −127 to 127, and (N,) what each row of them is to be multiplied with."""
    steps = rows.abs().amax(1) / 127
    return (rows / steps[:, None]).round().to(torch.int8).contiguous(), steps


def unpacked(kept: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What `low_rank` kept, in float32: vectors, and matrices (out, in × window), by name."""
    change = {name: one.float() for name, one in kept.items() if not name.endswith((LEFT, RIGHT, SCALE))}
    for name in (one.removesuffix(LEFT) for one in kept if one.endswith(LEFT)):
        left, right, scale = (kept[name + part].float() for part in (LEFT, RIGHT, SCALE))
        change[name] = (left * scale) @ right
    return change


def add_difference(module: nn.Module, folder: Path) -> None:
    """Make a student of its teacher's network. Raises CourseError where files are damaged or not for it."""
    advice = (
        f"Restore it (git checkout -- {shown(folder)}), or train it: course train --model student --fresh"
    )
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        if index["teacher_unet"] != digest_file(WEIGHTS):
            raise CourseError(
                f"The student in {shown(folder)} was taught by another {TEACHER} model. {advice}"
            )
        kept = load_file(folder / DIFFERENCE)
        weights = dict(module.named_parameters())
        with torch.no_grad():
            for name, change in unpacked(kept).items():
                weights[name].add_(change.reshape(weights[name].shape))
    except (OSError, ValueError, SafetensorError, KeyError, RuntimeError) as error:
        raise CourseError(
            f"The student in {shown(folder)} is damaged ({type(error).__name__}). {advice}"
        ) from error
