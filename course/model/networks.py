"""The networks, all of them stock classes of diffusers and transformers, built from the settings.

Not for weights: `train` makes them, the pipelines' `from_pretrained` loads them.
"""

from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast

from course.grammar import vocabulary
from course.model.settings import TIMESTEPS, TOKENS, WIDTH

START, END, UNKNOWN = "<start>", "<end>", "<unknown>"


def tokenizer() -> PreTrainedTokenizerFast:
    """One token a word, lower case, `<start> … <end>`, padded with `<end>` to 16 as CLIP does."""
    # `<end>` has the highest number: CLIPTextModel pools there by either of its two rules (one is for id 2).
    ids = {word: k for k, word in enumerate((UNKNOWN, *vocabulary(), START, END))}
    words = Tokenizer(WordLevel(ids, unk_token=UNKNOWN))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, ids[START]), (END, ids[END])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        unk_token=UNKNOWN,
        model_max_length=TOKENS,
    )


def token_ids(words: PreTrainedTokenizerFast, texts: list[str]) -> torch.Tensor:
    """(N, 16) token numbers, padded and cut as the models expect."""
    batch = words(texts, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt")
    return batch.input_ids


def clip() -> CLIPModel:
    """CLIP in miniature: a causal text transformer and a vision transformer sharing 64 dimensions."""
    words = tokenizer()
    common: dict[str, Any] = {"hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_attention_heads": 4}
    text = {
        **common,
        "num_hidden_layers": 3,
        "vocab_size": len(words),
        "max_position_embeddings": TOKENS,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
    }
    vision = {**common, "num_hidden_layers": 3, "image_size": 32, "patch_size": 4}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=64))


def pixel_unet() -> UNet2DConditionModel:
    """The pixel-space denoiser: 2×2 space-to-depth turns 3×32×32 into 12×16×16, which is twice as fast."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=12,
        out_channels=12,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=(2, 4, 6),  # in diffusers this is the number of heads, 32 wide each
        norm_num_groups=16,
    )


def vae() -> AutoencoderKL:
    """A small autoencoder: 3×32×32 to 4×8×8 and back."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(32, 64, 96),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=16,
        sample_size=32,
        mid_block_add_attention=False,
    )


def latent_unet() -> UNet2DConditionModel:
    """The latent denoiser: 4×8×8."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(128, 192),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=16,
    )


def scheduler(prediction: str = "v_prediction") -> DDIMScheduler:
    """The cosine schedule with a last ᾱ of practically 0, trailing spacing, no clipping.

    Nichol & Dhariwal 2021 (eq. 17) for the schedule, Lin et al. 2024 for why the spacing trails.
    """
    return DDIMScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type=prediction,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )
