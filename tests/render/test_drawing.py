"""What workers draw: frame for frame what one serial run draws, whoever draws which part."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path

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
from course.stage.painting import Box
from course.video.encoding import encoder_options
from tests.render.studio import Studio

FILM = Quality("tiny", 160, 90, 10, "low")


def frames_of(task: worker.Task) -> tuple[worker.Drawn, list[np.ndarray]]:
    """Do a task, and keep every frame as it came from the renderer."""
    found: list[np.ndarray] = []
    take = Reel.take

    def keep(reel: Reel, pixels: np.ndarray, box: Box, times: int) -> None:
        found.extend([pixels[..., :3].copy()] * times)
        take(reel, pixels, box, times)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reel, "take", keep)
        return worker.draw(task), found


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
    one = planned(studio, depth)
    lines = tuple(cue["utterance"] for cue in one.planned.cues)
    states = plans.load_states(one.planned, one.folder)
    lengths = [frames for frames, _ in one.planned.animations]
    # As short as can be: a task for some worker in turn for every animation.
    tasks = [
        worker.Task(
            one.job,
            tuple(own),
            {play: lengths[play]},
            {play: states[play]},
            {},
            lines,
            (),
            one.planned.families,
        )
        for play, own in groupby(one.planned.segments, key=lambda segment: segment.play)
    ]
    with local_pool(2) as pool:
        results, parts = zip(*pool.map(frames_of, tasks), strict=True)
    assert [len(part) for part in parts] == [frames for frames, _ in one.planned.animations]
    wanted = serial(studio.scene, depth, one.planned.animations, studio.folder / "serial")
    found = [frame for part in parts for frame in part]
    assert len(found) == len(wanted)
    for number, (mine, theirs) in enumerate(zip(found, wanted, strict=True)):
        assert (mine == theirs).all(), number
    assert set().union(*(result.segments for result in results)) == {one.key for one in one.planned.segments}


def planned(studio: Studio, depth: str) -> Depth:
    """A depth that was run dry, in a process of its own."""
    one = Depth(studio.scene, depth, FILM, plans.known_inputs(studio.scene, depth, FILM), None, ["new"])
    with local_pool(1, fresh=True) as pool:
        _, dry = pool.submit(worker.rehearse, one.job).result()
    assert dry is not None
    one.plan = plans.made(dry, one.known, flatten({}), FILM, [])
    plans.save(one.plan, one.folder, dry.states)
    return one


def test_a_plan_depends_on_all_code_that_decides_what_is_seen_and_for_how_long(studio: Studio) -> None:
    wanted = (
        "stage/telling",
        "stage/display",
        "stage/theme",
        "voice/timing",
        "video/encoding",
        "render/worker",
    )
    code = planned(studio, "story").planned.code
    assert {f"course/{name}.py" for name in wanted} <= set(code)
    assert not [name for name in code if name.startswith("course/publish")]


def test_code_that_changes_while_it_is_drawn_yields_no_segment(studio: Studio) -> None:
    one = planned(studio, "mechanism")
    stale = replace(one.job, sources={**one.job.sources, "scenes/ch1_tiny.py": "another"})
    lines = tuple(cue["utterance"] for cue in one.planned.cues)
    lengths = {play: frames for play, (frames, _) in enumerate(one.planned.animations)}
    segments = tuple(one.planned.segments)
    with pytest.raises(CourseError, match="changed while it was rendered"):
        worker.draw(worker.Task(stale, segments, lengths, {}, {}, lines, (), flatten({}).families))
    assert not list(studio.media.rglob("*.group"))


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
