"""Results of many runs: right, resumable, whole or not there, and found where they ship."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.errors import UsageError
from course.files import digest_bytes
from course.paths import ROOT
from course.precompute import CaptureSpec, Gathered, Gathering, capture_all, gather, gather_all, gathering
from course.precompute.systems import load_pipeline

RUN = CaptureSpec("a snail on a blue background", seed=40, steps=2)
FEW = Gathering(RUN, 5)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(gathering, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(gathering, "BATCH", 2)


def stopped_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Let so many batches run, then press Ctrl-C; the seeds of those that ran."""
    real, ran = gathering.finished, list[list[int]]()

    def finished(system: Any, spec: CaptureSpec, seeds: list[int]) -> np.ndarray:
        if len(ran) == batches:
            raise KeyboardInterrupt
        ran.append(seeds)
        return real(system, spec, seeds)

    monkeypatch.setattr(gathering, "finished", finished)
    return ran


def test_mean_and_variance_are_those_of_single_captures() -> None:
    ends = np.stack([c.states[-1] for c in capture_all(replace(RUN, seed=40 + k) for k in range(5))]).astype(
        float
    )
    found = gather(FEW)
    np.testing.assert_allclose(found.mean, ends.mean(0), atol=2e-5)
    np.testing.assert_allclose(found.variance, ends.var(0, ddof=1), atol=2e-5)
    assert found.floor == pytest.approx(np.sqrt(ends.var(0, ddof=1).mean() / 5), rel=1e-4)
    assert found.provenance["weights"]


@pytest.mark.parametrize(
    ("model", "guidance"), [("pixel", 3.0), ("pixel", 0.0), ("latent", 3.0), ("latent", 0.5), ("latent", 0.0)]
)
def test_at_any_guidance_mean_and_variance_are_those_of_single_captures(model: str, guidance: float) -> None:
    run = replace(RUN, guidance=guidance, model=model)
    ends = np.stack([c.states[-1] for c in capture_all(replace(run, seed=40 + k) for k in range(3))]).astype(
        float
    )
    found = gather(Gathering(run, 3))
    np.testing.assert_allclose(found.mean, ends.mean(0), atol=1e-4)
    np.testing.assert_allclose(found.variance, ends.var(0, ddof=1), atol=1e-4)
    assert abs(found.mean - gather(Gathering(replace(run, guidance=1), 3)).mean).max() > 0.01


@pytest.mark.parametrize(("guidance", "rows"), [(0.0, 2), (1.0, 2), (3.0, 4)])
def test_a_half_that_cancels_out_is_not_computed(
    guidance: float, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    pipe = load_pipeline("pixel")
    real = pipe.unet.conv_in.forward

    def forward(x: Any) -> Any:
        seen.append(len(x))
        return real(x)

    monkeypatch.setattr(pipe.unet.conv_in, "forward", forward)
    gather(Gathering(replace(RUN, guidance=guidance), 2))
    assert seen == [rows] * RUN.steps


def test_a_result_may_hold_other_arrays_than_todays(tmp_path: Path) -> None:
    of = Gathering(replace(RUN, guidance=2.5), 4)
    arrays: dict[str, np.ndarray] = {
        "counts": np.arange(6).reshape(2, 3),
        "directions": np.linspace(0, 1, 5, dtype=np.float32),
        "exact": np.array([1 / 3]),
    }
    path = gathering.result_path(of.key())
    gathering._write(path, Gathered(of, arrays, {"weights": "w"}))
    (found,) = gather_all([of])
    assert found.of == of
    assert {name: one.dtype for name, one in found.arrays.items()} == {k: v.dtype for k, v in arrays.items()}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_a_single_run_is_its_own_mean() -> None:
    (end,) = capture_all([RUN])
    found = gather(Gathering(RUN, 1))
    np.testing.assert_allclose(found.mean, end.states[-1], atol=2e-5)
    assert found.floor == 0


def test_interrupted_it_goes_on_and_ends_as_if_nothing_had_happened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = gather(FEW)
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "other"))
    with monkeypatch.context() as patch:
        stopped_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            gather(FEW)
    assert not gathering.result_path(FEW.key()).exists()
    ran = stopped_after(1, monkeypatch)
    again = gather(FEW)
    assert ran == [[44]]
    np.testing.assert_array_equal(whole.mean, again.mean)
    np.testing.assert_array_equal(whole.variance, again.variance)
    assert [path.suffix for path in gathering.result_path("").parent.iterdir()] == [".safetensors"]


def test_what_is_there_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = gather(FEW)
    stopped_after(0, monkeypatch)
    np.testing.assert_array_equal(gather(FEW).mean, first.mean)


@pytest.mark.parametrize("where", [-1, 400, 30])
def test_a_damaged_file_is_noticed_and_made_again(where: int, capsys: pytest.CaptureFixture[str]) -> None:
    first = gather(FEW)
    path = gathering.result_path(FEW.key())
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    np.testing.assert_array_equal(gather(FEW).mean, first.mean)
    assert "damaged" in capsys.readouterr().err


def test_a_result_under_a_wrong_name_is_not_believed(capsys: pytest.CaptureFixture[str]) -> None:
    gather(FEW)
    fewer = replace(FEW, count=3)
    gathering.result_path(FEW.key()).rename(gathering.result_path(fewer.key()))
    assert gather(fewer).of.count == 3
    assert "something else" in capsys.readouterr().err


def test_what_ships_is_found_without_computing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (path,) = gathering.ship([FEW])
    first = gather(FEW)
    assert path.stat().st_size < 100_000
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "empty"))
    stopped_after(0, monkeypatch)
    np.testing.assert_array_equal(gather(FEW).mean, first.mean)


def test_shipping_takes_results_of_other_weights_away(monkeypatch: pytest.MonkeyPatch) -> None:
    (old,) = gathering.ship([replace(FEW, count=2)])
    with monkeypatch.context() as patch:
        patch.setattr(gathering, "weights_digest", lambda model: digest_bytes(model.encode()))
        patch.setattr("course.precompute.systems.weights_of", lambda _, model: digest_bytes(model.encode()))
        (new,) = gathering.ship([FEW])
    assert new.exists()
    assert not old.exists()


def test_other_weights_and_counts_are_other_results() -> None:
    guided = replace(FEW, spec=replace(RUN, guidance=2))
    assert len({FEW.key(), FEW.key("other weights"), replace(FEW, count=6).key(), guided.key()}) == 4
    assert guided.key() == replace(FEW, spec=replace(RUN, guidance=float(np.float32(2)))).key()


def test_what_ships_is_whole_and_lies_under_its_name() -> None:
    shipped = sorted((ROOT / "assets" / "results").glob("*.safetensors"))
    assert shipped
    for path in shipped:
        found = gathering._read(path)
        assert path.stem == found.of.key(), "run `course precompute ch4 --ship`"
        assert found.arrays
        assert type(found.of) is not Gathering or {"mean", "variance"} <= set(found.arrays)


@pytest.mark.parametrize(
    "change",
    [{"negative_prompt": "a cat"}, {"eta": 1.0}, {"model": "forward:prompt"}, {"scheduler": "ddpm-mean"}],
)
def test_runs_of_which_half_would_be_left_out_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="Only plain runs of a shipped model"):
        Gathering(replace(RUN, **change), 4)


def test_a_gathering_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="one run or more"):
        Gathering(RUN, 0)


def test_what_takes_long_is_taken_where_it_is_at_hand_or_is_made_to_ship() -> None:
    large, small = Gathering(RUN, 3), Gathering(RUN, 1)
    assert gathering.affordable(large, small) == small
    with gathering.shipping():
        assert gathering.affordable(large, small) == large
    assert gathering.affordable(large, small) == small
    gather(large)
    assert gathering.affordable(large, small) == large
