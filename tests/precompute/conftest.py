"""One folder of captures for all tests here: what one test captured, the next reads from disk."""

from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="session")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def media_folder(captured: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_MEDIA", str(captured))
    torch.set_num_threads(1)
    return captured
