"""Load weights: offline, float32, quietly and whole, or one sentence that says what to do.

Not for networks without weights: see `networks`.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline
from diffusers.pipelines.pipeline_loading_utils import simple_get_class_obj
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPModel, CLIPTextModel
from transformers.utils import logging as transformers_logging

from course.errors import CourseError
from course.model.devices import out_of_memory
from course.paths import ASSETS, shown

CLIP = ASSETS / "models" / "clip"


@contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' load reports and bars: the text encoder is a part of CLIP's weights on
    purpose."""
    libraries = (diffusers_logging, transformers_logging)
    before = [(library, library.get_verbosity(), library.is_progress_bar_enabled()) for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, verbosity, bars in before:
            library.set_verbosity(verbosity)
            if bars:
                library.enable_progress_bar()


def load(
    kind: Any, folder: Path, elsewhere: tuple[str, ...] = (), dtype: Any = torch.float32, **options: Any
) -> Any:
    """`kind.from_pretrained(folder)`, in float32 if not asked otherwise: a model, or a pipeline with its own.

    Raises CourseError where files are missing or damaged, and where the tensors are not exactly the model's:
    both libraries give a missing one random numbers, others at each load. Names that begin with one of
    `elsewhere` belong to another model on purpose.
    """
    if not folder.exists():
        raise CourseError(f"{shown(folder)} is missing. {_advice(folder)}")
    try:
        with quiet():
            parts = {
                name: _checked(part, folder / name, elsewhere, dtype, options)
                for name, part in _models(kind, folder).items()
            }
            if not parts:
                return _checked(kind, folder, elsewhere, dtype, options)
            return kind.from_pretrained(folder, dtype=dtype, local_files_only=True, **parts, **options)
    except CourseError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise CourseError(
                f"The weights in {shown(folder)} do not fit into memory. "
                "Take a smaller model, or end other programs."
            ) from None
        raise CourseError(
            f"The weights in {shown(folder)} cannot be loaded ({type(error).__name__}). {_advice(folder)}"
        ) from error


def load_state(module: nn.Module, path: Path) -> None:
    """Fill `module` in float32 from one safetensors file. Raises CourseError as `load` does."""
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CourseError(
            f"{shown(path)} is damaged ({type(error).__name__}). {_advice(path.parent)}"
        ) from error
    wanted = module.state_dict()
    reshaped = [name for name in wanted.keys() & weights.keys() if wanted[name].shape != weights[name].shape]
    missing, unexpected = wanted.keys() - weights.keys(), weights.keys() - wanted.keys()
    _refuse(type(module), path.parent, missing, unexpected, reshaped)
    module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})


def _models(kind: Any, folder: Path) -> dict[str, Any]:
    """The networks of a pipeline folder, by name; none where `kind` is a model itself.

    A pipeline says nothing of what its models lacked (diffusers 0.42 passes over `output_loading_info`), so
    each is loaded on its own.
    """
    if not issubclass(kind, DiffusionPipeline):
        return {}
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    named = {name: part for name, part in index.items() if isinstance(part, list) and part[0]}
    kinds = {name: simple_get_class_obj(*part) for name, part in named.items()}
    return {name: part for name, part in kinds.items() if issubclass(part, nn.Module)}


def _checked(kind: Any, folder: Path, elsewhere: tuple[str, ...], dtype: Any, options: dict[str, Any]) -> Any:
    model, report = kind.from_pretrained(
        folder,
        dtype=dtype,
        local_files_only=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # reported by name below; the libraries' own errors do not agree
        **options,
    )
    unexpected = [name for name in report["unexpected_keys"] if not name.startswith(elsewhere)]
    reshaped = [name for name, *_ in report["mismatched_keys"]]
    _refuse(kind, folder, report["missing_keys"], unexpected, reshaped)
    return model


def _refuse(
    kind: type, folder: Path, missing: Iterable[str], unexpected: Iterable[str], reshaped: Iterable[str]
) -> None:
    """Raise CourseError where a folder's tensors are not exactly those that `kind` has."""
    found = {"missing": missing, "not the model's": unexpected, "of another shape": reshaped}
    faults = [f"{what}: {_some(sorted(names))}" for what, names in found.items() if names]
    if faults:
        raise CourseError(
            f"The weights in {shown(folder)} are not those of a {kind.__name__}. {'; '.join(faults)}. "
            f"{_advice(folder)}"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _advice(folder: Path) -> str:
    models = ASSETS / "models"
    if not folder.is_relative_to(models):
        return "Copy or download them again; those that ship come back with `git checkout -- assets/models`."
    model = folder.relative_to(models).parts[0]
    return f"Restore them (git checkout -- {shown(folder)}), or train them: course train --model {model}"


def load_clip() -> CLIPModel:
    """The shipped CLIP."""
    return load(CLIPModel, CLIP).eval()


def load_text_encoder() -> CLIPTextModel:
    """The shipped CLIP's text half, which conditions both generators."""
    # The other half, and what joins the two, lie in the same file.
    others = ("vision_model.", "visual_projection.", "text_projection.", "logit_scale")
    return load(CLIPTextModel, CLIP, others).eval()
