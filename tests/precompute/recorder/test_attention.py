"""Attention as recorded is the network's own, against a kernel of ours, and it goes to the right words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from course.precompute.recorder import Run, recording
from tests.precompute.recorder.conftest import Load
from tests.precompute.recorder.families import FAMILIES, NEGATIVE, PROMPT, STEPS, Family

pytestmark = pytest.mark.long
each = pytest.mark.parametrize("family", FAMILIES, ids=str)
SD, Z, QWEN, LUMINA = FAMILIES[0], FAMILIES[3], FAMILIES[11], FAMILIES[12]


@contextmanager
def plain_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[torch.Tensor]]:
    """softmax(QKᵀ/√d)V written out in float64; keeps the softmax of every call, (rows, heads, Q, K)."""
    kept: list[torch.Tensor] = []

    def attend(query: Any, key: Any, value: Any, attn_mask: Any = None, **more: Any) -> torch.Tensor:
        groups = query.shape[1] // key.shape[1]
        k, v = (one.double().repeat_interleave(groups, 1) for one in (key, value))
        scores = query.double() @ k.transpose(-1, -2) * (more.get("scale") or query.shape[-1] ** -0.5)
        if more.get("is_causal"):
            scores = scores.masked_fill(~torch.ones(scores.shape[-2:], dtype=torch.bool).tril(), -torch.inf)
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, -torch.inf)
        elif attn_mask is not None:
            scores = scores + attn_mask
        kept.append(scores.softmax(-1))
        return (kept[-1] @ v).to(value.dtype)

    with monkeypatch.context() as patch:
        patch.setattr(functional, "scaled_dot_product_attention", attend)
        yield kept


def shares(family: Family, kept: list[torch.Tensor]) -> torch.Tensor:
    """(layers · steps, T, P): each such softmax, cut to the text by what is known of the family."""
    where, tokens, keys = family.text
    places = family.places[0] * family.places[1]
    found = []
    for softmax in kept:
        _, _, asked, length = softmax.shape
        if length != keys or asked not in (places, keys) or (where == "alone" and asked == keys):
            continue
        if asked == keys:
            softmax = softmax[:, :, :places] if where == "after" else softmax[:, :, -places:]
        softmax = softmax[..., places : places + tokens] if where == "after" else softmax[..., :tokens]
        found.append((softmax / softmax.sum(-1, keepdim=True)).mean(1)[0].T)
    return torch.stack(found)


@each
def test_attention_is_what_a_kernel_of_our_own_computes(
    family: Family, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = load(family)
    off = 0.0 if family.shifted else 1.0  # one pass a step
    with plain_kernel(monkeypatch) as kept:
        pipe(**family.arguments(off))
    expected = shares(family, kept).unflatten(0, (STEPS, -1)).mean(1).unflatten(-1, family.places)
    with recording(pipe, attention=True) as run:
        pipe(**family.arguments(off))
    assert run.attention is not None
    assert run.attention.shape == (STEPS, 1, family.text[1], *family.places)
    assert (run.attention[:, 0] - expected).abs().max() < 1e-4
    assert (run.attention.sum(2) - 1).abs().max() < 1e-5
    assert run.attention.std() > 1e-3, "it looks at some tokens more than at others"


@each
def test_with_both_branches_it_is_that_of_the_prompt_and_nothing_else_changes(
    family: Family, load: Load
) -> None:
    pipe = load(family)
    plain = pipe(**family.arguments()).images
    with recording(pipe, attention=True) as run:
        pipe(**family.arguments())
    with recording(pipe, attention=True) as alone:
        pipe(**family.arguments(0.0 if family.shifted else 1.0))
    assert run.last is not None
    assert torch.equal(run.last, plain)
    assert run.attention is not None
    assert alone.attention is not None
    assert (run.attention[0] - alone.attention[0]).abs().max() < 1e-5
    assert run.attention.shape == alone.attention.shape


def recorded(pipe: Any, family: Family, **changes: Any) -> Run:
    with recording(pipe) as run:
        pipe(**family.arguments(**changes))
    return run


@each
def test_the_tokens_are_those_of_the_prompt(family: Family, load: Load) -> None:
    run = recorded(load(family), family)
    seen = " ".join(run.tokens)
    assert PROMPT in seen
    assert NEGATIVE not in seen
    assert PROMPT in run.words
    assert run.lost == ()
    assert "tokens" not in run.lacks


def test_a_template_around_the_prompt_is_among_what_was_read(load: Load) -> None:
    assert recorded(load(Z), Z).words == f"user {PROMPT} assistant"
    assert recorded(load(SD), SD).words == PROMPT
    assert recorded(load(QWEN), QWEN).words.startswith("system user a small")


def test_words_that_are_cut_off_are_named(load: Load) -> None:
    long = " ".join([PROMPT] * 3)
    run = recorded(load(SD), SD, prompt=long)
    assert len(run.tokens) == 16
    assert run.lost == ("blue", "leaf", *PROMPT.split())


def test_of_two_pictures_each_has_its_own(load: Load) -> None:
    with recording(load(SD), attention=True) as run:
        load(SD)(**SD.arguments(prompt=[PROMPT, NEGATIVE], negative_prompt=["", ""]))
    assert run.attention is not None
    assert run.attention.shape == (STEPS, 2, 16, 8, 8)
    first, second = run.attention[0]
    assert not torch.allclose(first, second)


def test_prompts_of_different_lengths_in_one_batch_are_said_to_have_no_common_attention(load: Load) -> None:
    with recording(load(Z), attention=True) as run:
        load(Z)(**Z.arguments(prompt=[PROMPT, NEGATIVE], negative_prompt=["", ""]))
    assert run.attention is None
    assert run.lacks["attention"] == "the prompts of a batch have different lengths"


def test_a_network_without_the_fused_kernel_says_that_nothing_was_seen(load: Load) -> None:
    from diffusers.models.attention_processor import AttnProcessor

    pipe = load(SD)
    usual = pipe.unet.attn_processors
    pipe.unet.set_attn_processor(AttnProcessor())
    try:
        with recording(pipe, attention=True) as run:
            pipe(**SD.arguments())
    finally:
        pipe.unet.set_attn_processor(usual)
    assert run.attention is None
    assert run.lacks["attention"].startswith("no fused attention of the picture")
    assert np.isfinite(run.states.numpy()).all()


def test_a_network_that_keeps_answers_is_not_asked_again(load: Load, folders: Any) -> None:
    from diffusers import FirstBlockCacheConfig

    flux = FAMILIES[2]
    pipe = flux.load(folders(flux))
    pipe.transformer.enable_cache(FirstBlockCacheConfig(threshold=0.5))
    plain = pipe(**flux.arguments()).images
    with recording(pipe, attention=True) as run:
        pipe(**flux.arguments())
    assert run.last is not None
    assert torch.equal(run.last, plain)
    assert "asking again would disturb it" in run.lacks["attention"]
