"""Words and pictures in one space, against the stock CLIP's own methods."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, CLIPModel

from course.errors import UsageError
from course.model import embedding
from course.model.data import HELD_OUT, sample
from course.paths import ASSETS

TEXTS = ["a butterfly on a blue background", "a snail", "a small red cat and a tree"]
CLIP = ASSETS / "models" / "clip"


@torch.no_grad()
def test_texts_embed_as_the_stock_clip_embeds_them() -> None:
    clip, words = CLIPModel.from_pretrained(CLIP, dtype=torch.float32), AutoTokenizer.from_pretrained(CLIP)
    batch = words(TEXTS, padding="max_length", max_length=16, return_tensors="pt")
    found = embedding.embed(TEXTS)
    assert found.tokens.shape == (3, 16, 128)
    assert found.pooled.shape == (3, 64)
    output = clip.text_model(batch.input_ids)
    assert np.abs(output.last_hidden_state.numpy() - found.tokens).max() < 1e-5
    expected = clip.text_projection(output.pooler_output).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(expected - found.pooled).max() < 1e-5


def test_a_picture_lies_nearer_to_its_own_caption_than_to_most_others() -> None:
    samples = [sample(HELD_OUT + 500_000 + k) for k in range(24)]
    pictures = embedding.embed_pictures(np.stack([s.pixels for s in samples]))
    texts = embedding.embed([s.caption for s in samples]).pooled
    np.testing.assert_allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-5)
    similarity = pictures @ texts.T
    rank = (similarity > np.diag(similarity)[:, None]).sum(1)
    assert np.mean(rank == 0) >= 0.85  # by chance it would be 1 in 24


def test_unknown_words_and_wrong_pictures_are_refused() -> None:
    with pytest.raises(UsageError, match="nearest: butterfly"):
        embedding.embed(["a buterfly"])
    with pytest.raises(UsageError, match="at least one"):
        embedding.embed([])
    with pytest.raises(UsageError, match="uint8"):
        embedding.embed_pictures(np.zeros((1, 3, 32, 32)))
