"""The guessing game: drawings are of what is asked for, answers are the network's or an album's."""

from pathlib import Path

import numpy as np
import pytest

from course.errors import UsageError
from course.maths import learn
from course.model.data import album, sample, to_model
from course.model.prompts import WATCHED
from course.precompute import CaptureSpec, Gathered, Gathering, Milestones, Rivals, Rounds, gather, gathering
from course.precompute.games import TIMES, Stages, drawn

RUN = CaptureSpec("a snail on a blue background", seed=3, steps=2)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(gathering, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(gathering, "BATCH", 2)


def test_drawings_are_the_same_each_time_and_none_is_a_training_picture() -> None:
    found = drawn(RUN.prompt, 3, first=5)
    np.testing.assert_array_equal(found[1:], drawn(RUN.prompt, 2, first=6))
    known = {sample(k).pixels.tobytes() for k in range(200)}
    assert not {one.tobytes() for one in found} & known
    corners = found[:, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(-1, 3)
    assert (np.median(corners, 0).argmax()) == 2  # on blue
    assert len({drawn("a red fish", 12)[k, 0, 0].tobytes() for k in range(12)}) > 3
    with pytest.raises(UsageError, match="names nothing"):
        drawn("and and", 1)


def test_a_rounds_answer_comes_nearer_to_the_truth_than_no_answer() -> None:
    found = gather(Rounds(RUN, 3)).arrays
    assert found["velocity"].shape == (3, len(TIMES), 3, 32, 32)
    assert found["numbers"][0] > 10_000_000
    for picture, noise, answers in zip(*(found[n] for n in ("picture", "noise", "velocity")), strict=True):
        played = learn.Round(picture, noise, answers, found["level"])
        for k in range(len(TIMES)):
            assert (played.mistakes(k).noise ** 2).mean() < 0.5 * (noise**2).mean()
    np.testing.assert_array_equal(to_model(drawn(RUN.prompt, 3)), found["picture"])


def test_rivals_are_measured_as_the_mathematics_says() -> None:
    of = Rivals(RUN, 3, cards=9)
    found = gather(of).arrays
    cards, new = to_model(album(0, 9)[0]), to_model(album(1_000_000, 3)[0])
    from course.model.pipeline import PixelPipeline

    noise = PixelPipeline.noise([3, 4, 5]).numpy()
    for kind, pictures in enumerate((cards[:3], new)):
        for k, level in enumerate(found["level"]):
            states = learn.mixed(pictures, noise, float(level))
            off = [
                learn.best_answer(x, cards, float(level)) - c for x, c in zip(states, pictures, strict=True)
            ]
            assert found["album"][kind, k] == pytest.approx(np.sqrt((np.array(off) ** 2).mean()), abs=1e-5)
    assert found["album"][0, 0] < 1e-6 < found["network"][0, 0]


def test_milestones_are_the_sheets_that_a_training_left() -> None:
    found = gather(Milestones(CaptureSpec(WATCHED[0]), 1)).arrays
    assert found["pictures"].shape[1:] == (2, len(WATCHED), 32, 32, 3)
    assert (np.diff(found["seen"]) > 0).all()
    right = found["right"].sum((1, 2))
    assert right[0] < right[-1]
    ground = np.median(found["pictures"][-1, 0, 0].reshape(-1, 3), 0)
    assert ground.argmax() == 2  # the first one is asked for on blue


def test_stages_are_some_way_apart_and_one_opens_that_is_right() -> None:
    seen, right = np.array([100, 110, 130, 150, 170]), np.zeros((5, 2, len(WATCHED)), bool)
    right[4, 0, [3, 6]] = right[2, 1, 0] = True
    pictures = np.zeros((5, 2, len(WATCHED), 4, 4, 3), np.uint8)
    arrays = {"pictures": pictures, "right": right, "seen": seen}
    stages = Stages.of(Gathered(Milestones(RUN, 1), arrays, {}))
    assert stages.seen.tolist() == [100, 130, 170]
    assert stages.pictures.shape == (3, 16, 4, 4, 3)
    assert stages.early == 1
    assert (stages.opening("fish"), stages.opening("snail")) == (3, 6)
    assert stages.thing(3) == "a fish"


@pytest.mark.parametrize("of", [Rounds(RUN, 2), Rivals(RUN, 2, cards=7), Milestones(RUN, 1)])
def test_what_is_read_back_is_what_was_asked_for(of: Gathering) -> None:
    path = gathering.result_path(of.key())
    gathering._write(path, gathering.Gathered(of, {"x": np.arange(3)}, {"weights": "w"}))
    assert gathering._read(path).of == of


def test_what_makes_no_sense_is_refused() -> None:
    latent = CaptureSpec(RUN.prompt, model="latent")
    with pytest.raises(UsageError, match="pixel model"):
        Rounds(latent, 1)
    with pytest.raises(UsageError, match="no 8 cards"):
        Rivals(RUN, 8, cards=7)
