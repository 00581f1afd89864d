"""A film of any shape shows the whole stage, undistorted; nobody's configuration moves it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from manim import Circle, FadeIn, tempconfig

from course.stage import Chapter, theme
from course.stage.manim_internals import StageRenderer, stage_size


class Round(Chapter):
    """One circle, 4 units wide, in the middle; the furniture of the stage besides."""

    title = "Round"
    question = "Is it round?"

    def story(self) -> None:
        disc = Circle(2, color="#ff0000", fill_opacity=1, stroke_width=0)
        self.play(FadeIn(disc), run_time=0.2)
        self.wait(0.2)


def last_frame(width: int, height: int, **changes: object) -> np.ndarray:
    """The last frame of the story, (height, width, 3)."""
    frames: list[np.ndarray] = []
    settings = {"pixel_width": width, "pixel_height": height, "frame_rate": 10, "dry_run": True}
    with tempconfig({**settings, "progress_bar": "none", "verbosity": "ERROR", **changes}):
        renderer = StageRenderer()
        renderer.only = range(1_000)
        renderer.sink = lambda frame, box, times: frames.append(frame.copy())
        scene = Round(renderer)
        scene.render()
        (index,) = [k for k, one in enumerate(renderer.plan) if one.kind == "wait" and one.frames == 2]
    at = sum(1 for one in renderer.plan[:index] if one.kind == "wait")
    at += sum(one.frames for one in renderer.plan[:index] if one.kind != "wait")
    return frames[at][..., :3]


@pytest.fixture(autouse=True)
def silent_story(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_VOICE", "silence")
    monkeypatch.setenv("COURSE_DEPTHS", "story")
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))


def background() -> np.ndarray:
    return np.array([int(theme.BACKGROUND[k : k + 2], 16) for k in (1, 3, 5)])


@pytest.mark.parametrize(
    ("width", "height", "stage"),
    [
        (1080, 1920, (1080, 608)),
        (640, 480, (640, 360)),
        (480, 480, (480, 270)),
        (1000, 300, (533, 300)),
        (854, 480, (854, 480)),
        (1280, 720, (1280, 720)),
    ],
)
def test_the_stage_stands_whole_and_undistorted_in_a_film_of_any_shape(
    width: int, height: int, stage: tuple[int, int]
) -> None:
    assert stage_size(width, height) == stage
    frame = last_frame(width, height).astype(int)
    assert frame.shape == (height, width, 3)
    red = np.clip((frame[..., 0] - frame[..., 1]) / 255, 0, 1)  # how much of each pixel the disc covers
    across, down = red.sum(1).max(), red.sum(0).max()
    assert across == pytest.approx(down, abs=0.7)
    assert across == pytest.approx(4 / 8 * stage[1], abs=1)
    top, left = (height - stage[1]) // 2, (width - stage[0]) // 2
    bars = np.ones((height, width), bool)
    bars[top : top + stage[1], left : left + stage[0]] = False
    assert (frame[bars] == background()).all()
    # The badge stands at the right and the progress line ends there: nothing is cut off.
    inside = frame[top : top + stage[1], left : left + stage[0]]
    whole = last_frame(stage[0] + stage[0] % 2, stage[1] + stage[1] % 2).astype(int)
    ink = [np.argwhere(np.abs(one - background()).sum(2) > 60) / one.shape[:2] for one in (inside, whole)]
    assert np.abs(ink[0].min(0) - ink[1].min(0)).max() < 0.01
    assert np.abs(ink[0].max(0) - ink[1].max(0)).max() < 0.01


def test_a_configuration_of_the_users_does_not_move_the_stage() -> None:
    ours = last_frame(320, 180)
    for changes in ({"frame_width": 8.0}, {"frame_height": 20.0, "frame_width": 20.0}):
        assert (last_frame(320, 180, **changes) == ours).all()


def test_a_manim_cfg_in_the_current_folder_does_not_move_the_stage(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import numpy as np; import test_frame as t;"
        "np.save('frame.npy', t.last_frame(320, 180))"
    )
    ours = last_frame(320, 180)
    for settings in ("pixel_width = 300\npixel_height = 900\n", "frame_height = 30\n"):
        (tmp_path / "manim.cfg").write_text("[CLI]\n" + settings)
        subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], cwd=tmp_path, check=True)
        assert (np.load(tmp_path / "frame.npy") == ours).all()
