"""Words and pictures as points: the shipped CLIP's embeddings of both, in one space.

Not for captures, which keep the embedding of their own prompt.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from course.errors import UsageError
from course.model.data import SIZE, to_model
from course.model.loading import load_clip
from course.model.networks import token_ids, tokenizer
from course.model.prompts import check_prompt


class Embeddings(NamedTuple):
    """What CLIP makes of N texts."""

    tokens: np.ndarray
    """(N, 16, 128) float32: each token in its context; what conditions the generators."""
    pooled: np.ndarray
    """(N, 64) float32, of length 1: each text as one point, in the space that pictures share."""


@lru_cache(maxsize=1)
def _clip() -> tuple[Any, Any]:
    return load_clip(), tokenizer()


def _unit(points: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(points, dim=-1).numpy()


def sharpness() -> float:
    """What the cosine of a text and a picture is multiplied by before the softmax, as CLIP has learned it."""
    return float(_clip()[0].logit_scale.detach().exp())


@torch.no_grad()
def embed(texts: Sequence[str]) -> Embeddings:
    """Token and pooled embeddings of `texts`. Raises UsageError for words that the model never saw."""
    if not texts:
        raise UsageError("There is no text to embed. Give at least one.")
    for text in texts:
        check_prompt(text)
    clip, words = _clip()
    output = clip.text_model(token_ids(words, list(texts)))
    return Embeddings(output.last_hidden_state.numpy(), _unit(clip.text_projection(output.pooler_output)))


@torch.no_grad()
def embed_pictures(pixels: np.ndarray) -> np.ndarray:
    """(N, 64) float32, of length 1: pictures (N, 32, 32, 3) uint8 in the space of the pooled texts."""
    if pixels.ndim != 4 or pixels.shape[1:] != (SIZE, SIZE, 3) or pixels.dtype != np.uint8:
        raise UsageError(f"Pictures are (N, {SIZE}, {SIZE}, 3) uint8, not {pixels.shape} {pixels.dtype}.")
    clip, _ = _clip()
    parts = torch.from_numpy(to_model(pixels)).split(256)
    points = [clip.visual_projection(clip.vision_model(part).pooler_output) for part in parts]
    return _unit(torch.cat(points))
