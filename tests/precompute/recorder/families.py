"""Small untrained pipelines, one a family: the library's own classes, built from configuration alone.

Not for what the recorder sees in them: the tests beside it read this one table.
"""

import importlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import torch
import transformers
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from torch import nn

PROMPT = "a small red butterfly on a blue leaf"
NEGATIVE = "a grey snail"
WORDS = sorted({*PROMPT.split(), *NEGATIVE.split(), "user", "assistant", "system", "&"})
STEPS = 4
TEMPLATE = "{% for message in messages %}user {{ message['content'] }} assistant {% endfor %}"
SIGMA_SHIFT = 3.0


def words(length: int = 16) -> Any:
    """A tokenizer of whole words, padded to the right."""
    ids = {word: k for k, word in enumerate(("<unknown>", "<pad>", *WORDS, "<start>", "<end>"))}
    made = Tokenizer(WordLevel(ids, unk_token="<unknown>"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[(name, ids[name]) for name in ("<start>", "<end>")]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<start>",
        eos_token="<end>",
        pad_token="<pad>",
        unk_token="<unknown>",
        model_max_length=length,
        chat_template=TEMPLATE,
    )


VOCABULARY = len(words())
CORE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "pad_token_id": 1,
    "bos_token_id": VOCABULARY - 2,
    "eos_token_id": VOCABULARY - 1,
}
DECODER = {**CORE, "num_key_value_heads": 2, "head_dim": 8}


def clip(projected: bool = False) -> Any:
    """CLIP's text half."""
    config = transformers.CLIPTextConfig(**CORE, projection_dim=32, max_position_embeddings=16)
    return (transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel)(config)


def t5(width: int = 32) -> Any:
    """T5's encoder."""
    return transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=VOCABULARY, d_model=width, d_kv=8, d_ff=64, num_layers=2, num_heads=4, pad_token_id=1
        )
    )


def gemma() -> Any:
    """Gemma 2."""
    return transformers.Gemma2Model(transformers.Gemma2Config(**DECODER))


def qwen() -> Any:
    """Qwen 3."""
    return transformers.Qwen3Model(transformers.Qwen3Config(**DECODER))


def qwen_vl() -> Any:
    """Qwen 2.5 VL, whose language half alone is asked."""
    vision = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32}
    rope = {"type": "mrope", "mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1e6}
    return transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(
            text_config={**DECODER, "rope_scaling": rope},
            vision_config=vision,
            vocab_size=VOCABULARY,
            image_token_id=0,
            video_token_id=0,
            vision_start_token_id=0,
            vision_end_token_id=0,
        )
    )


def vae(channels: int = 4, **changes: Any) -> Any:
    """An autoencoder that halves the picture once."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        latent_channels=channels,
        sample_size=32,
        **{"shift_factor": 0.1, "scaling_factor": 0.9} | changes,
    )


def unet(**changes: Any) -> Any:
    """A U-Net with one block of cross-attention on either side."""
    return diffusers.UNet2DConditionModel(
        **{
            "sample_size": 16,
            "in_channels": 4,
            "out_channels": 4,
            "block_out_channels": (16, 32),
            "layers_per_block": 1,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 32,
            "attention_head_dim": 8,
            "norm_num_groups": 8,
        }
        | changes
    )


def ddim(**changes: Any) -> Any:
    """Stable Diffusion's own settings."""
    common = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    own = {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}
    return diffusers.DDIMScheduler(**common | own | changes)


def flow(**changes: Any) -> Any:
    """Flow matching, shifted."""
    return diffusers.FlowMatchEulerDiscreteScheduler(**{"shift": SIGMA_SHIFT} | changes)


def lively(network: nn.Module) -> nn.Module:
    """With random weights throughout: much is zero, or not even that, before it is trained."""
    generator = torch.Generator().manual_seed(1)
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            spread = weight[0].numel() ** -0.5
            weight.data = torch.randn(weight.shape, generator=generator) * spread
        elif "norm" not in name:
            weight.data = torch.randn(weight.shape, generator=generator) * 0.02
    return network.eval()


def stable_diffusion() -> dict[str, Any]:
    return {
        "unet": unet(),
        "vae": vae(),
        "text_encoder": clip(),
        "tokenizer": words(),
        "scheduler": ddim(),
        "safety_checker": None,
        "feature_extractor": None,
    }


def sdxl() -> dict[str, Any]:
    large = unet(
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
        cross_attention_dim=64,
        use_linear_projection=True,
        transformer_layers_per_block=(1, 2),
    )
    return {
        "unet": large,
        "vae": vae(),
        "text_encoder": clip(),
        "text_encoder_2": clip(True),
        "tokenizer": words(),
        "tokenizer_2": words(),
        "scheduler": diffusers.EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
    }


def flux() -> dict[str, Any]:
    network = diffusers.FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    return {
        "transformer": network,
        "vae": vae(),
        "text_encoder": clip(),
        "tokenizer": words(),
        "text_encoder_2": t5(),
        "tokenizer_2": words(),
        "scheduler": flow(use_dynamic_shifting=True, shift=1.0),
    }


def z_image() -> dict[str, Any]:
    network = diffusers.ZImageTransformer2DModel(
        in_channels=16,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    )
    return {
        "transformer": network,
        "vae": vae(16),
        "text_encoder": qwen(),
        "tokenizer": words(64),
        "scheduler": flow(),
    }


def prx_network(**changes: Any) -> Any:
    return diffusers.PRXTransformer2DModel(
        **{
            "in_channels": 4,
            "patch_size": 2,
            "context_in_dim": 32,
            "hidden_size": 32,
            "num_heads": 2,
            "depth": 2,
            "axes_dim": [8, 8],
        }
        | changes
    )


def prx() -> dict[str, Any]:
    return {
        "transformer": prx_network(),
        "vae": vae(),
        "text_encoder": gemma(),
        "tokenizer": words(),
        "scheduler": flow(),
    }


def prx_pixel() -> dict[str, Any]:
    return {
        "transformer": prx_network(in_channels=3, bottleneck_size=8, resolution_embeds=True),
        "text_encoder": qwen(),
        "tokenizer": words(),
        "scheduler": flow(),
        "prompt_max_tokens": 16,
        "default_sample_size": 16,
    }


def sd3() -> dict[str, Any]:
    network = diffusers.SD3Transformer2DModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=64,
        caption_projection_dim=32,
        pooled_projection_dim=64,
        pos_embed_max_size=16,
    )
    return {
        "transformer": network,
        "vae": vae(),
        "text_encoder": clip(True),
        "text_encoder_2": clip(True),
        "text_encoder_3": t5(64),
        "tokenizer": words(),
        "tokenizer_2": words(),
        "tokenizer_3": words(),
        "scheduler": flow(),
    }


def deep_floyd() -> dict[str, Any]:
    network = unet(
        in_channels=3,
        out_channels=6,
        block_out_channels=(16, 32),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
        class_embed_type=None,
        encoder_hid_dim=32,
        resnet_time_scale_shift="scale_shift",
    )
    return {
        "unet": network,
        "text_encoder": t5(),
        "tokenizer": words(77),
        "scheduler": diffusers.DDPMScheduler(
            variance_type="learned_range",
            thresholding=True,
            dynamic_thresholding_ratio=0.95,
            sample_max_value=1.5,
        ),
        "safety_checker": None,
        "feature_extractor": None,
        "watermarker": None,
        "requires_safety_checker": False,
    }


def pixart_sigma() -> dict[str, Any]:
    network = diffusers.PixArtTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=4,
        out_channels=8,
        num_layers=2,
        cross_attention_dim=32,
        caption_channels=32,
        sample_size=16,
        patch_size=2,
        attention_bias=True,
        use_additional_conditions=False,
    )
    return {
        "transformer": network,
        "vae": vae(),
        "text_encoder": t5(),
        "tokenizer": words(),
        "scheduler": diffusers.DPMSolverMultistepScheduler(solver_order=2),
    }


def sana() -> dict[str, Any]:
    network = diffusers.SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=2,
        num_cross_attention_heads=2,
        cross_attention_head_dim=16,
        cross_attention_dim=32,
        caption_channels=32,
        sample_size=16,
    )
    block = ("ResBlock", "ResBlock")
    deep = diffusers.AutoencoderDC(
        latent_channels=4,
        encoder_block_types=block,
        decoder_block_types=block,
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_layers_per_block=(1, 1),
        decoder_layers_per_block=(1, 1),
        encoder_qkv_multiscales=((), ()),
        decoder_qkv_multiscales=((), ()),
        downsample_block_type="conv",
        upsample_block_type="interpolate",
        decoder_norm_types="rms_norm",
        decoder_act_fns="silu",
        scaling_factor=0.41407,
    )
    return {
        "transformer": network,
        "vae": deep,
        "text_encoder": gemma(),
        "tokenizer": words(64),
        "scheduler": diffusers.DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=SIGMA_SHIFT
        ),
    }


def chroma() -> dict[str, Any]:
    network = diffusers.ChromaTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 4, 8),
        approximator_num_channels=8,
        approximator_hidden_dim=16,
        approximator_layers=1,
    )
    return {
        "transformer": network,
        "vae": vae(),
        "text_encoder": t5(),
        "tokenizer": words(),
        "scheduler": flow(),
    }


def qwen_image() -> dict[str, Any]:
    network = diffusers.QwenImageTransformer2DModel(
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(8, 4, 4),
    )
    deep = diffusers.AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1],
        num_res_blocks=1,
        temperal_downsample=[False],
        latents_mean=[0.1] * 4,
        latents_std=[0.9] * 4,
    )
    return {
        "transformer": network,
        "vae": deep,
        "text_encoder": qwen_vl(),
        "tokenizer": words(1024),
        "scheduler": flow(use_dynamic_shifting=True, shift=1.0),
    }


def lumina2() -> dict[str, Any]:
    network = diffusers.Lumina2Transformer2DModel(
        sample_size=16,
        in_channels=4,
        hidden_size=32,
        num_layers=2,
        num_refiner_layers=1,
        num_attention_heads=2,
        num_kv_heads=1,
        multiple_of=16,
        axes_dim_rope=(4, 4, 8),
        axes_lens=(64, 32, 32),
        cap_feat_dim=32,
    )
    return {
        "transformer": network,
        "vae": vae(),
        "text_encoder": gemma(),
        "tokenizer": words(64),
        "scheduler": flow(),
    }


@dataclass(frozen=True)
class Family:
    """One kind of pipeline: its parts, how it is called, and what is known about it."""

    kind: str
    parts: Callable[[], dict[str, Any]]
    w: str = "guidance_scale"
    """The argument that guides."""
    call: dict[str, Any] = field(default_factory=dict)
    takes: tuple[float, ...] = (3.0,)
    """The guidances among 0, ½, 1 and 3 at which both branches are evaluated."""
    shifted: bool = False
    """c + w(c − u) in place of u + w(c − u)."""

    text: tuple[str, int, int] = ("alone", 16, 16)
    """Whether the text's keys stand alone, before or after the picture's; how many tokens the text has, and
    how many keys there are."""
    places: tuple[int, int] = (8, 8)
    """Height and width of the picture where it looks at the text in the finest way."""
    unwrapped: Callable[[Any, str], dict[str, Any]] | None = None
    """How it is called with a prompt that is put into no template, where it has one."""

    def __str__(self) -> str:
        return self.kind.removesuffix("Pipeline")

    def save(self, folder: Path) -> Path:
        """The pipeline as a folder of its own."""
        torch.manual_seed(0)
        parts = {
            name: lively(part) if isinstance(part, nn.Module) else part for name, part in self.parts().items()
        }
        getattr(diffusers, self.kind)(**parts).save_pretrained(folder)
        return folder

    def load(self, folder: Path, **options: Any) -> Any:
        """The pipeline from its folder, as anyone loads one."""
        pipe = diffusers.DiffusionPipeline.from_pretrained(folder, local_files_only=True, **options)
        pipe.set_progress_bar_config(disable=True)
        return pipe

    def plainly(self, pipe: Any, prompt: str) -> dict[str, Any]:
        """What to change for a prompt that is put into no template."""
        return self.unwrapped(pipe, prompt) if self.unwrapped else {"prompt": prompt}

    def arguments(self, w: float = 3.0, seed: int = 7, **changes: Any) -> dict[str, Any]:
        """What it is called with."""
        return {
            "prompt": PROMPT,
            "negative_prompt": NEGATIVE,
            "num_inference_steps": STEPS,
            self.w: w,
            "generator": torch.Generator().manual_seed(seed),
            "output_type": "latent",
            **self.call,
            **changes,
        }


def without_instruction(_: Any, prompt: str) -> dict[str, Any]:
    return {"prompt": prompt, "complex_human_instruction": None}


def encoded(pipe: Any, prompt: str) -> dict[str, Any]:
    embeds, mask = pipe._get_gemma_prompt_embeds(prompt, max_sequence_length=48)
    return {"prompt": None, "negative_prompt": None, "prompt_embeds": embeds, "prompt_attention_mask": mask}


SQUARE = {"height": 32, "width": 32}
SHORT = {"max_sequence_length": 16}
BARE = {"use_resolution_binning": False}
FAMILIES = (
    Family("StableDiffusionPipeline", stable_diffusion, call=SQUARE),
    Family("StableDiffusionXLPipeline", sdxl, call=SQUARE),
    Family(
        "FluxPipeline",
        flux,
        "true_cfg_scale",
        {**SQUARE, **SHORT, "guidance_scale": 3.5},
        text=("before", 16, 80),
    ),
    Family(
        "ZImagePipeline",
        z_image,
        call={**SQUARE, "max_sequence_length": 64},
        takes=(0.5, 1.0, 3.0),
        shifted=True,
        text=("after", 12, 96),
    ),
    Family("PRXPipeline", prx, call={**SQUARE, **BARE}, text=("before", 16, 80)),
    Family("PRXPixelPipeline", prx_pixel, call={"height": 16, "width": 16, **BARE}, text=("before", 16, 80)),
    Family("StableDiffusion3Pipeline", sd3, call={**SQUARE, **SHORT}, text=("after", 32, 96)),
    Family(
        "IFPipeline",
        deep_floyd,
        call={"height": 16, "width": 16, "output_type": "pt"},
        text=("before", 77, 141),
    ),
    Family("PixArtSigmaPipeline", pixart_sigma, call={**SQUARE, **SHORT, **BARE, "clean_caption": False}),
    Family(
        "SanaPipeline",
        sana,
        call={**SQUARE, **SHORT, **BARE, "clean_caption": False},
        places=(16, 16),
        unwrapped=without_instruction,
    ),
    Family("ChromaPipeline", chroma, call={**SQUARE, **SHORT}, text=("before", 16, 80)),
    Family(
        "QwenImagePipeline",
        qwen_image,
        "true_cfg_scale",
        {**SQUARE, "max_sequence_length": 64},
        text=("before", 19, 83),
    ),
    Family(
        "Lumina2Pipeline",
        lumina2,
        call={"height": 64, "width": 64, "max_sequence_length": 48},
        text=("before", 40, 56),
        places=(4, 4),
        unwrapped=encoded,
    ),
)


def with_scheduler(folder: Path, scheduler: str, home: Path) -> Path:
    """The pipeline of `folder` with another scheduler, a copy within `home`; itself where none is named."""
    if not scheduler:
        return folder
    copy = Path(shutil.copytree(folder, home / "model"))
    path = copy / "model_index.json"
    index = json.loads(path.read_text()) | {"scheduler": ["diffusers", scheduler]}
    path.write_text(json.dumps(index))
    return copy


def with_ftfy(patch: pytest.MonkeyPatch) -> None:
    """PRX cleans its prompt with a library that is not among the course's: one that leaves it as it is."""
    plain = SimpleNamespace(fix_text=lambda text: text)
    for module in ("pipeline_prx", "pipeline_prx_pixel"):
        patch.setattr(
            importlib.import_module(f"diffusers.pipelines.prx.{module}"), "ftfy", plain, raising=False
        )
