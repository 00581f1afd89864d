"""A known picture noised and played backwards: a capture in which no model runs.

Not for what a model does (see `batches`); on screen it is labelled as what it is.
"""

from datetime import UTC, datetime
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image

from course.errors import UsageError
from course.grammar import NOUNS, parse
from course.model.data import SIZE, draw, to_model, to_pixels
from course.model.networks import scheduler
from course.model.pipeline import PixelPipeline
from course.precompute.spec import CaptureSpec, forward_picture, weights_digest
from course.precompute.store import Capture


def levels(schedule: Any, timesteps: list[int]) -> np.ndarray:
    """(S+1,) float64: ᾱ at each state, the last at the scheduler's final one."""
    kept = schedule.alphas_cumprod.double().numpy()
    return np.append(kept[timesteps], float(schedule.final_alpha_cumprod))


def provenance(spec: CaptureSpec, device: str, dtype: str, weights: str) -> dict[str, str]:
    """What a capture was made with, and when; `weights` is their digest."""
    return {
        "model": spec.model,
        "weights": weights,
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "device": device,
        "dtype": dtype,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def known_picture(spec: CaptureSpec) -> np.ndarray:
    """(32, 32, 3) uint8: the file that `forward:` names, or for `forward:prompt` one drawn from the prompt.

    Raises UsageError where the file is no picture or the prompt names nothing.
    """
    source = spec.model.removeprefix("forward:")
    if source == "prompt":
        things, background = parse(spec.prompt)
        if not things:
            raise UsageError(
                f"{spec.prompt!r} names nothing that can be drawn. Name one of: {', '.join(NOUNS)}."
            )
        return draw(things[:2], background or "white", np.random.default_rng(spec.seed))
    try:
        with Image.open(forward_picture(source)) as image:
            return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX))
    except OSError:  # no picture, or half of one
        raise UsageError(f"forward:{source} is not a picture. Give a PNG or JPEG file.") from None


def forward(spec: CaptureSpec) -> Capture:
    """x_t = √ᾱ_t x₀ + √(1−ᾱ_t) ε with one ε throughout."""
    pixels = known_picture(spec)
    schedule = scheduler()
    schedule.set_timesteps(spec.steps)
    timesteps = schedule.timesteps.tolist()[: spec.steps]  # it may add one that is not in the schedule
    level = levels(schedule, timesteps)
    clean = to_model(pixels).astype(np.float64)
    noise = PixelPipeline.noise([spec.seed])[0].double().numpy()
    a, b = (np.sqrt(v).reshape(-1, 1, 1, 1) for v in (level, 1 - level))
    states = (a * clean + b * noise).astype(np.float32)
    guesses = np.repeat(clean[None], spec.steps, 0).astype(np.float32)
    return Capture(
        spec=spec,
        states=states,
        guesses=guesses,
        noise=np.repeat(noise[None], spec.steps, 0).astype(np.float32),
        timesteps=np.array(timesteps, np.int64),
        alphas_cumprod=level,
        pictures=to_pixels(states),
        guess_pictures=to_pixels(guesses),
        provenance=provenance(spec, "cpu", "torch.float64", weights_digest(spec.model)),
    )
