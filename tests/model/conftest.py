"""A small album in a folder of its own: tests never draw or read the 50,000 pictures."""

from pathlib import Path

import pytest
import torch


@pytest.fixture(autouse=True)
def small_album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setenv("COURSE_ALBUM", "32")
    torch.set_num_threads(1)
