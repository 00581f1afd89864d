"""What ships loads with the stock classes, offline, and is as small as promised."""

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, CLIPModel, CLIPTextConfig, CLIPTextModel

from course import grammar
from course.errors import CourseError
from course.grammar import BACKGROUNDS, COLOURS, NOUNS, SIZES, Thing
from course.model import judge, loading, networks, tasks
from course.model.pipeline import PixelPipeline, fold, unfold
from course.paths import ASSETS

MODELS = ASSETS / "models"


def test_the_pixel_model_loads_as_a_pipeline_and_piece_by_piece() -> None:
    pipe = PixelPipeline.from_pretrained(MODELS / "pixel", dtype=torch.float32, local_files_only=True)
    unet = UNet2DConditionModel.from_pretrained(MODELS / "pixel", subfolder="unet", dtype=torch.float32)
    for name, value in pipe.unet.state_dict().items():
        assert torch.equal(value, unet.state_dict()[name]), name
    text = CLIPTextModel.from_pretrained(MODELS / "pixel", subfolder="text_encoder", dtype=torch.float32)
    ids = networks.token_ids(AutoTokenizer.from_pretrained(MODELS / "pixel" / "tokenizer"), ["a red fish"])
    assert torch.allclose(text(ids).last_hidden_state, pipe.encode_prompt(["a red fish"]), atol=1e-5)
    scheduler = DDIMScheduler.from_pretrained(MODELS / "pixel", subfolder="scheduler")
    assert float(scheduler.alphas_cumprod[-1]) < 1e-6
    assert (scheduler.config.timestep_spacing, scheduler.config.clip_sample) == ("trailing", False)


def test_the_generators_words_are_read_by_the_clip_that_ships() -> None:
    clip = CLIPModel.from_pretrained(MODELS / "clip", dtype=torch.float32, local_files_only=True)
    text = CLIPTextModel.from_pretrained(MODELS / "pixel", subfolder="text_encoder", dtype=torch.float32)
    theirs = clip.text_model.state_dict()
    for name, value in text.state_dict().items():
        assert torch.equal(value, theirs[name.removeprefix("text_model.")]), name


def test_the_twin_decodes_with_the_autoencoder_that_ships() -> None:
    one, other = (
        AutoencoderKL.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        for folder in (MODELS / "vae", MODELS / "latent" / "vae")
    )
    assert one.config.scaling_factor == other.config.scaling_factor
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_the_weights_are_small_and_readable_by_everyone() -> None:
    files = {p: p.stat() for p in MODELS.rglob("*.safetensors")}
    assert sum(s.st_size for p, s in files.items() if "pixel" in p.parts) <= 25e6
    assert sum(s.st_size for p, s in files.items() if "student" in p.parts) <= 6e6
    assert sum(s.st_size for s in files.values()) <= 66e6
    for path in files:
        with safe_open(path, "pt") as file:
            kinds = {name: file.get_tensor(name).dtype for name in file.keys() if "position_ids" not in name}  # noqa: SIM118
        packed = {".left": torch.int8, ".right": torch.int8, ".scale": torch.float32}
        for name, kind in kinds.items():
            in_eight_bits = packed.get(Path(name).suffix) if "student" in path.parts else None
            assert kind in ({in_eight_bits} if in_eight_bits else {torch.float16, torch.int64}), (path, name)


@pytest.mark.parametrize("folder", ["clip", "pixel/tokenizer"])
def test_the_tokenizer_reads_back_the_whole_grammar(folder: str) -> None:
    shipped = AutoTokenizer.from_pretrained(MODELS / folder)
    made = networks.tokenizer()
    captions = [
        grammar.caption((Thing(noun, colour, size), *more), background, first)
        for noun, colour, size in product(NOUNS, (None, *COLOURS), (None, *SIZES))
        for more, background, first in (
            ((), None, False),
            ((Thing("apple", "red", "big"),), "white", True),
            ((), BACKGROUNDS[len(noun) % 5], False),
        )
    ]
    for words in (made, shipped):
        for caption, ids in zip(captions, networks.token_ids(words, captions).tolist(), strict=True):
            said = caption.split()
            expected = ["<start>", *said, *["<end>"] * (15 - len(said))]
            assert words.convert_ids_to_tokens(ids) == expected
            assert words.decode(ids, skip_special_tokens=True) == caption
    assert made.get_vocab() == shipped.get_vocab()
    assert set(grammar.vocabulary()) | {"<start>", "<end>", "<unknown>"} == set(made.get_vocab())


def test_folding_is_a_permutation() -> None:
    pictures = torch.arange(2 * 3 * 32 * 32.0).reshape(2, 3, 32, 32)
    folded = fold(pictures)
    assert folded.shape == (2, 12, 16, 16)
    assert torch.equal(unfold(folded), pictures)
    assert folded[0, :4, 0, 0].tolist() == [0.0, 1.0, 32.0, 33.0]  # the four numbers of one 2×2 block


def test_loading_says_nothing_and_leaves_the_libraries_as_loud_as_they_were(
    capfd: pytest.CaptureFixture[str],
) -> None:
    from transformers.utils import logging

    logging.set_verbosity_warning()
    loading.load_text_encoder()
    assert capfd.readouterr() == ("", "")
    assert logging.get_verbosity() == logging.WARNING
    assert logging.is_progress_bar_enabled()


def test_a_clip_that_is_not_there_is_named_with_what_brings_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "CLIP", MODELS / "nowhere")
    with pytest.raises(CourseError, match="is missing"):
        loading.load_clip()


Harm = Callable[[dict[str, torch.Tensor], str], None]


def _lost(tensors: dict[str, torch.Tensor], name: str) -> None:
    del tensors[name]


def _renamed(tensors: dict[str, torch.Tensor], name: str) -> None:
    tensors["another.name"] = tensors.pop(name)


def _reshaped(tensors: dict[str, torch.Tensor], name: str) -> None:
    tensors[name] = torch.stack([tensors[name], tensors[name]])


HARMS = [
    (_lost, "missing: {}."),
    (_renamed, "missing: {}; not the model's: another.name"),
    (_reshaped, "shape: {}"),
]
# (kind, folder, where its tensors lie, one of them, what the class calls it)
PARTS = [
    (UNet2DConditionModel, "pixel/unet", "", "conv_norm_out.weight", ""),
    (AutoencoderKL, "vae", "", "decoder.conv_out.bias", ""),
    (CLIPModel, "clip", "", "text_model.encoder.layers.0.layer_norm1.bias", ""),
    (CLIPModel, "clip", "", "logit_scale", ""),
    (
        CLIPTextModel,
        "latent/text_encoder",
        "",
        "text_model.final_layer_norm.weight",
        "final_layer_norm.weight",
    ),
    (PixelPipeline, "pixel", "unet", "conv_norm_out.weight", ""),
    (PixelPipeline, "pixel", "text_encoder", "text_model.final_layer_norm.bias", "final_layer_norm.bias"),
    (StableDiffusionPipeline, "latent", "vae", "decoder.conv_out.bias", ""),
    (StableDiffusionPipeline, "latent", "unet", "conv_in.weight", ""),
]


def _copy(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(MODELS / name, folder, ignore=shutil.ignore_patterns("training")))


def _harm(folder: Path, name: str, harm: Harm) -> None:
    (path,) = folder.glob("*.safetensors")
    tensors = load_file(path)
    harm(tensors, name)
    save_file(tensors, path, {"format": "pt"})


@pytest.mark.parametrize(("harm", "said"), HARMS)
@pytest.mark.parametrize(("kind", "name", "where", "tensor", "called"), PARTS)
def test_weights_that_are_not_whole_are_never_filled_up_with_random_numbers(
    kind: Any,
    name: str,
    where: str,
    tensor: str,
    called: str,
    harm: Harm,
    said: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = _copy(name, tmp_path / "copy")
    loading.load(kind, folder)
    _harm(folder / where, tensor, harm)
    with pytest.raises(CourseError, match=said.format(called or tensor)) as refused:
        loading.load(kind, folder)
    assert str(folder / where) in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_foreign_model_from_configuration_is_loaded_only_whole(tmp_path: Path) -> None:
    small = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = CLIPTextModel(CLIPTextConfig(vocab_size=20, max_position_embeddings=4, **small))
    model.save_pretrained(tmp_path)
    again = loading.load(CLIPTextModel, tmp_path)
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    path = tmp_path / "model.safetensors"
    layer = [name for name in load_file(path) if ".layers.1." in name]
    assert len(layer) == 16  # four projections, two linear layers, two norms, each with weight and bias
    for name in layer:
        _harm(tmp_path, name, _lost)
    with pytest.raises(CourseError, match=r"missing: encoder\.layers\.1\.\S+, \S+, \S+ and 13 more\."):
        loading.load(CLIPTextModel, tmp_path)


@pytest.mark.parametrize(("harm", "said"), HARMS)
def test_the_judge_and_a_denoiser_to_refine_are_whole_or_refused(
    harm: Harm, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixel = _copy("pixel", tmp_path / "pixel")
    _harm(pixel / "unet", "conv_in.bias", harm)
    task = tasks.PixelTask()
    with pytest.raises(CourseError, match=said.format("conv_in.bias")):
        task.restore(pixel)
    monkeypatch.setattr(judge, "FOLDER", _copy("judge", tmp_path / "judge"))
    _harm(judge.FOLDER, "heads.colour.bias", harm)
    with pytest.raises(CourseError, match=said.format("heads.colour.bias")):
        judge.load_judge.__wrapped__()


def test_the_text_half_of_clip_may_lie_beside_the_other_half_and_beside_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CLIP", _copy("clip", tmp_path / "clip"))
    loading.load_text_encoder()
    _harm(loading.CLIP, "text_model.final_layer_norm.bias", _renamed)
    with pytest.raises(CourseError, match=r"missing: final_layer_norm\.bias; not the model's: another\.name"):
        loading.load_text_encoder()
