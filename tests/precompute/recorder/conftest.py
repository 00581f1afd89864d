"""Each family's folder is made once a process; every test loads from it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.precompute.recorder.families import Family, with_ftfy

Load = Callable[..., Any]


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Family], Path]:
    made: dict[str, Path] = {}

    def folder(family: Family) -> Path:
        if family.kind not in made:
            made[family.kind] = family.save(tmp_path_factory.mktemp(str(family)))
        return made[family.kind]

    return folder


@pytest.fixture(scope="session")
def load(folders: Callable[[Family], Path]) -> Load:
    """The family's pipeline, loaded once and left as it was by every test."""
    loaded: dict[str, Any] = {}

    def pipeline(family: Family) -> Any:
        if family.kind not in loaded:
            loaded[family.kind] = family.load(folders(family))
        return loaded[family.kind]

    return pipeline


@pytest.fixture(autouse=True, scope="session")
def surroundings() -> Iterator[None]:
    """What the pipelines need around them; one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    patch = pytest.MonkeyPatch()
    patch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    with_ftfy(patch)
    yield
    patch.undo()
    torch.set_num_threads(threads)
