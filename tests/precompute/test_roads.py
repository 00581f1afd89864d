"""Roads are what captures say, stride by stride; early strides and solvers are those that captures take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course.errors import UsageError
from course.maths import faster
from course.precompute import CaptureSpec, Recognised, Roads, capture, gather, gathering, roads
from course.precompute.roads import CALLS, EARLY, STRIDES, WAYS

RUN = CaptureSpec("a snail on a blue background", seed=3, steps=12)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(gathering, "ASSETS", tmp_path / "assets")


def test_ways_and_strays_are_those_of_captured_walks() -> None:
    found = gather(Roads(RUN, 1)).arrays
    fine = capture(replace(RUN, scheduler="ab2"))
    np.testing.assert_allclose(found["end"], fine.states[-1], atol=1e-4)

    few = replace(RUN, steps=4)
    four = {
        "even": few,
        "remembered": replace(few, scheduler="ab2"),
        "solver": replace(few, scheduler="unipc"),
        "early": replace(few, spacing=EARLY),
        "both": replace(few, scheduler="ab2", spacing=EARLY),
    }
    for way, spec in four.items():
        off = 127.5 * np.sqrt(((capture(spec).states[-1] - found["end"]) ** 2).mean())
        assert found["off"][0, WAYS.index(way), CALLS.index(4)] == pytest.approx(off, abs=0.05), way

    places = faster.straightened(fine.states, fine.alphas_cumprod)
    np.testing.assert_allclose(found["curve"], faster.Bow.of(places).seen(places), atol=1e-3)
    assert found["longer"][0] == pytest.approx(faster.longer(places), abs=1e-5)
    # Up to its long stride, each stray is on the road; the last one has no road left.
    np.testing.assert_allclose(found["strays"][3, :7], found["curve"][:7], atol=1e-6)
    assert found["single"][0, 0, -1] == pytest.approx(found["single"][0, 1, -1])
    assert found["strays"].shape == (STRIDES, 13, 2)


def test_walks_are_read_beside_the_first_road() -> None:
    several, walk = Roads(RUN, 2), capture(RUN)
    even, early = (capture(one) for one in roads.strides(RUN, 6).values())
    seen = roads.Seen(gather(several), walk)
    # The road's own static, and its end.
    np.testing.assert_allclose(seen.places(even)[0], seen["curve"][0], atol=1e-3)
    assert seen.off["even"][6] == pytest.approx(seen["off"][:, 0, CALLS.index(6)].mean())
    assert seen.beside(even) == pytest.approx(seen["off"][0, 0, CALLS.index(6)], abs=0.05)
    assert seen.nearer("even") > 1
    # Where a slope leads all the way down is the guess, and a stride of Euler's ends on its own slope.
    start, _, now, end = seen.leaning(even)
    np.testing.assert_allclose(now, end, atol=1e-3)
    np.testing.assert_allclose(start, seen.places(even)[-2])
    assert np.abs(seen.leaning(early)[2] - seen.leaning(early)[3]).max() > 0.01
    begun, way = seen.stray(0)
    np.testing.assert_allclose(begun, seen["curve"][0], atol=1e-6)
    assert len(way) == 11


def test_the_student_s_scores_are_told_beside_those_of_strides() -> None:
    found = gather(Recognised(replace(RUN, prompt="a snail", steps=30), 1))
    for k, calls in enumerate(roads.FEW):
        student, strides = roads.known(found, calls)
        assert 0 <= student <= 100
        assert strides == pytest.approx(100 * found.arrays["right"][1, k])


def test_more_calls_are_recognised_more_often() -> None:
    right = gather(Recognised(replace(RUN, prompt="a snail", steps=30), 1)).arrays["right"]
    assert right.shape == (2, 3)
    assert (right[:, 2] > right[:, 0]).all()
    assert (right <= 1).all()


def test_roads_are_those_of_the_pixel_model_without_guidance() -> None:
    for other in (replace(RUN, model="latent"), replace(RUN, guidance=3.0), replace(RUN, steps=10)):
        with pytest.raises(UsageError, match="pixel model at guidance 1"):
            Roads(other, 1)
