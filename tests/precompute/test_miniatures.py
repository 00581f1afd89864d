"""What is gathered of the autoencoder is what the autoencoder does, asked directly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course.errors import UsageError
from course.model.data import HELD_OUT, sample, to_model
from course.precompute import CaptureSpec, Costs, Rooms, Trips, Turned, capture, gather, gathering
from course.precompute.miniatures import TRIPS, TURNS
from course.precompute.systems import load_pipeline

RUN = CaptureSpec("a snail on a blue background", seed=3, steps=2, model="latent")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(gathering, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(gathering, "BATCH", 2)


def enlarged(latents: np.ndarray) -> np.ndarray:
    vae = load_pipeline("latent").vae
    with torch.no_grad():
        return vae.decode(torch.from_numpy(latents) / vae.config.scaling_factor).sample.numpy()


def test_endings_are_averaged_in_both_rooms() -> None:
    ends = np.stack([capture(replace(RUN, seed=3 + k)).states[-1] for k in range(3)])
    found = gather(Rooms(RUN, 3)).arrays
    np.testing.assert_allclose(found["latents"], ends, atol=5e-3)
    np.testing.assert_allclose(found["mean"], enlarged(ends).mean(0), atol=1e-4)
    np.testing.assert_allclose(found["decoded"], enlarged(ends.mean(0, keepdims=True))[0], atol=1e-4)
    off = ((enlarged(ends) - found["decoded"]) ** 2).mean()
    assert found["apart"][1] == pytest.approx(off, rel=1e-4)
    assert found["apart"][0] < found["apart"][1]
    assert found["nouns"].shape == (2, 24)


def test_a_number_is_turned_and_its_change_lies_mostly_where_it_is() -> None:
    found = gather(Turned(RUN, 1)).arrays
    own, twice, four, seen = found["near"]
    assert 1 / 64 < own < twice < four <= 1
    assert 0.5 < seen <= 1
    end = capture(RUN).states[-1]
    end[tuple(found["which"])] += TURNS[0]
    shown = np.moveaxis((np.clip(enlarged(end[None])[0], -1, 1) + 1) * 127.5, 0, -1)
    assert np.abs(shown - found["film"][0]).max() <= 1


def test_trips_are_those_of_the_encoder_and_its_bells_the_librarys() -> None:
    found = gather(Trips(RUN, 3)).arrays
    vae = load_pipeline("latent").vae
    clean = to_model(np.stack([sample(HELD_OUT + k).pixels for k in range(16)]))
    with torch.no_grad():
        bells = vae.encode(torch.from_numpy(clean)).latent_dist
    np.testing.assert_allclose(found["latents"], bells.mean.numpy(), atol=1e-4)
    np.testing.assert_allclose(found["nats"], bells.kl().numpy(), rtol=1e-4)
    assert found["film"].shape == (3, 1 + TRIPS, 32, 32, 3)
    # Parseval: what is wrong by frequency is what is wrong by pixel.
    once = np.clip(enlarged(vae.config.scaling_factor * bells.mean.numpy()[:3]), -1, 1)
    assert found["error"][0].sum() == pytest.approx(((once - clean[:3]) ** 2).mean((-1, -2)).sum(), rel=1e-3)
    assert found["error"].sum(1)[-1] > found["error"].sum(1)[0]
    assert found["spread"][2] == pytest.approx(1, abs=0.05)


def test_work_is_counted_of_all_three() -> None:
    pixel, step, enlarge = gather(Costs(RUN, 1)).arrays["work"]
    assert step < pixel
    assert 1e8 < enlarge < 1e9


def test_the_pixel_model_has_no_miniatures() -> None:
    with pytest.raises(UsageError, match="Only the latent model"):
        Rooms(replace(RUN, model="pixel"), 3)
