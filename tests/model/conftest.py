"""A small album in a folder of its own: tests never draw or read the 50,000 pictures. And small networks."""

from functools import partial
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel

from course.model import networks


@pytest.fixture(autouse=True)
def small_album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setenv("COURSE_ALBUM", "32")
    torch.set_num_threads(1)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """U-Nets with the blocks of the shipped ones and few channels, for what takes minutes in wide ones."""
    for name, widths in (("pixel_unet", (16, 32, 32)), ("latent_unet", (16, 32))):
        config = {**getattr(networks, name)().config, "block_out_channels": widths, "attention_head_dim": 2}
        monkeypatch.setattr(networks, name, partial(UNet2DConditionModel.from_config, config))
