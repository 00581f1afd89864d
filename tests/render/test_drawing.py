"""What workers draw: frame for frame what one serial run draws, whoever draws which part."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from course.errors import CourseError
from course.precompute.families import flatten
from course.render import plan as plans
from course.render import worker
from course.render.planning import Depth
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.reel import Reel
from course.render.sources import specs_digest
from course.video.encoding import Encoding, encoder_options
from tests.render.studio import Studio, pictures


class Exact(Encoding):
    """Keeps every pixel as it was drawn."""

    def add_stream(self, container: Any, width: int, height: int) -> Any:
        stream = container.add_stream(
            "libx264rgb", rate=self.fps, options={"crf": "0", "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24"
        return stream

    def frame(self, pixels: np.ndarray, number: int) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[..., :3]), format="rgb24")
        frame.pts, frame.time_base = number, 1 / self.fps
        return frame


@dataclass(frozen=True)
class Lossless(Quality):
    """A quality whose films give back every pixel."""

    @property
    def encoding(self) -> Encoding:
        return Exact("libx264rgb", "rgb24", Fraction(self.fps), {})


FILM = Lossless("lossless", 160, 90, 10, "low")


def serial(scene: Path, depth: str, animations: list[tuple[int, str]], folder: Path) -> list[np.ndarray]:
    """The frames of one depth under the `manim` command, which draws everything in one go, as it has them
    before any encoder."""
    command = [
        str(Path(sys.executable).with_name("manim")),
        "--format",
        "png-sequence",
        "-r",
        "160,90",
        "--fps",
        "10",
    ]
    quiet = ["-v", "ERROR", "--progress_bar", "none", "--media_dir", str(folder)]
    environment = {**os.environ, "COURSE_DEPTHS": depth}
    subprocess.run([*command, *quiet, str(scene)], check=True, env=environment, stdout=subprocess.DEVNULL)
    drawn = iter([np.asarray(Image.open(path))[..., :3] for path in sorted(folder.rglob("*.png"))])
    kept: list[np.ndarray] = []
    for frames, kind in animations:  # what stands still is written once
        kept += [next(drawn)] * frames if kind == "wait" else islice(drawn, frames)
    assert next(drawn, None) is None
    return kept


@pytest.mark.parametrize("depth", ["story", "derivation"])
def test_segments_drawn_by_different_workers_are_the_frames_of_plain_manim(
    studio: Studio, depth: str
) -> None:
    known = plans.known_inputs(studio.scene, depth, FILM)
    one = Depth(studio.scene, depth, FILM, known, None, ["new"])
    with local_pool(2) as pool:
        dry = pool.submit(worker.rehearse, one.job).result()
        one.plan = plans.made(dry, one.known, flatten({}), specs_digest(studio.scene), [])
        # As short as can be: every animation is a segment, and a task for some worker.
        cuts = [
            worker.Segment(index, index + 1, frames, studio.folder / f"{index}.mp4")
            for index, (frames, _) in enumerate(one.plan.animations)
        ]
        lines = tuple(cue["utterance"] for cue in dry.cues)
        tasks = [
            worker.Task(one.job, (cut,), {cut.first: dry.states[cut.first]}, {}, lines, (), one.plan.families)
            for cut in cuts
        ]
        results = list(pool.map(worker.draw, tasks))
    parts = [pictures(cut.path) for cut in cuts]
    assert [len(part) for part in parts] == [cut.frames for cut in cuts]
    wanted = serial(studio.scene, depth, one.plan.animations, studio.folder / "serial")
    found = [frame for part in parts for frame in part]
    assert len(found) == len(wanted)
    for number, (mine, theirs) in enumerate(zip(found, wanted, strict=True)):
        assert (mine == theirs).all(), number
    assert all(result.segments.keys() == {cut.first} for result, cut in zip(results, cuts, strict=True))


def test_a_reel_writes_whole_segments_or_none(tmp_path: Path) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (90, 160, 4), dtype=np.uint8)
    one, two, three = (tmp_path / f"{name}.mp4" for name in ("one", "two", "three"))

    def written(frames: int, stop: bool = False) -> None:
        with Reel(FILM.encoding, 160, 90, lambda: None) as reel:
            reel.begin(one, 3)
            reel.add(frame, 2)
            reel.add(255 - frame, 1)
            reel.begin(two, frames)
            reel.add(frame, 4)
            if stop:
                raise KeyError

    written(4)
    shown = pictures(one)
    assert [
        (picture == other[..., :3]).all()
        for picture, other in zip(shown, [frame, frame, 255 - frame], strict=True)
    ]
    assert len(pictures(two)) == 4
    for path in (one, two):
        path.unlink()
    with pytest.raises(CourseError, match="has 4 frames where the plan says 5"):
        written(5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4"]
    one.unlink()
    with pytest.raises(KeyError):
        written(4, stop=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4"]

    def forbidden() -> None:
        raise CourseError("not now")

    def denied() -> None:
        with Reel(FILM.encoding, 160, 90, forbidden) as reel:
            reel.begin(three, 1)
            reel.add(frame, 1)

    with pytest.raises(CourseError, match="not now"):
        denied()
    assert not three.exists()


def test_code_that_changes_while_it_is_drawn_yields_no_segment(studio: Studio) -> None:
    one = Depth(
        studio.scene, "mechanism", FILM, plans.known_inputs(studio.scene, "mechanism", FILM), None, ["new"]
    )
    dry = worker.rehearse(one.job)
    stale = replace(one.job, sources={**one.job.sources, "scenes/ch1_tiny.py": "another"})
    cut = worker.Segment(0, 1, dry.animations[0][0], studio.folder / "cut.mp4")
    lines = tuple(cue["utterance"] for cue in dry.cues)
    with pytest.raises(CourseError, match="changed while it was rendered"):
        worker.draw(worker.Task(stale, (cut,), {}, {}, lines, (), flatten({}).families))
    assert not list(studio.folder.glob("*.mp4"))


def test_segments_are_closed_groups_that_begin_with_a_key_frame(studio: Studio) -> None:
    studio.build(depths=("mechanism",)).run()
    for path in studio.media.glob("videos/ch1_tiny/tiny/mechanism/*.mp4"):
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        assert packets[0].is_keyframe
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        assert max(np.diff([*keys, len(packets)])) <= 5
        assert Path(path).stat().st_size > 0


@pytest.mark.parametrize("shape", [(480, 854, 4), (90, 166, 3)])
def test_a_frame_that_waits_for_the_encoder_does_not_change_with_the_pixels_it_was_made_of(
    shape: tuple[int, ...],
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    frame = encoder_options(60).frame(pixels, 0)
    whole = frame.to_ndarray().copy()
    assert (encoder_options(60).frame(pixels.copy(), 0).to_ndarray() == whole).all()
    pixels[:] = 0
    assert (frame.to_ndarray() == whole).all()
    pixels.flags.writeable = False
    assert (encoder_options(60).frame(pixels, 0).to_ndarray() != whole).any()
