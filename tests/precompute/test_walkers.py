"""Walkers' beliefs end at their pictures, and they part from one middle on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course.precompute import CaptureSpec, capture_all
from course.precompute.walkers import Walkers

RUN = CaptureSpec("a snail", seed=3, steps=4)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))


def test_beliefs_are_those_of_the_walks_and_part() -> None:
    walks = capture_all([replace(RUN, seed=3 + k) for k in range(3)])
    some = Walkers(walks)
    assert some.believed.shape == (3, 5, *walks[0].states.shape[1:])
    np.testing.assert_array_equal(some.believed[1, 0], walks[1].guesses[0])
    np.testing.assert_array_equal(some.believed[:, -1], some.ends)
    middle = some.believed.mean(0)
    apart = [np.sqrt(((some.believed[:, k] - middle[k]) ** 2).mean()) for k in range(5)]
    np.testing.assert_allclose(some.parted, np.array(apart) / apart[-1], rtol=1e-5)
    assert some.parted[some.half - 1] > 0.5
    assert (some.parted[: some.half - 1] <= 0.5).all()
