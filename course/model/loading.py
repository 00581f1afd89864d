"""Load weights that ship with the course: offline, float32, quietly, or one sentence that says what to do.

Not for networks without weights: see `networks`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers.utils import logging as diffusers_logging
from transformers import CLIPModel, CLIPTextModel
from transformers.utils import logging as transformers_logging

from course.errors import CourseError
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


def load(kind: Any, folder: Path, **options: Any) -> Any:
    """`kind.from_pretrained(folder)` in float32. Raises CourseError where the files are missing or
    damaged."""
    if not folder.exists():
        raise CourseError(f"{shown(folder)} is missing. {_advice(folder)}")
    try:
        with quiet():
            return kind.from_pretrained(folder, dtype=torch.float32, local_files_only=True, **options)
    except Exception as error:
        raise CourseError(
            f"The weights in {shown(folder)} cannot be loaded ({type(error).__name__}). {_advice(folder)}"
        ) from error


def _advice(folder: Path) -> str:
    return (
        f"Restore them (git checkout -- {shown(folder)}), or train them: course train --model {folder.name}"
    )


def load_clip() -> CLIPModel:
    """The shipped CLIP."""
    return load(CLIPModel, CLIP).eval()


def load_text_encoder() -> CLIPTextModel:
    """The shipped CLIP's text half, which conditions both generators."""
    return load(CLIPTextModel, CLIP).eval()
