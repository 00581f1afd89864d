"""How much faster pictures are drawn as Cairo patterns than as Manim's ImageMobject, at 1080p.

Run by hand: `python benchmarks/bench_pictures.py`. Both ways in one process, so that a busy machine slows both;
what counts is the ratio. Targets: 28 moving pictures at least 50 times, a 6×5 mosaic of a playing walk at least
50 times to draw and 4 times to render with encoding.
"""

import logging
import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np
from manim import (
    RESAMPLING_ALGORITHMS,
    Camera,
    Group,
    ImageMobject,
    Mobject,
    Scene,
    ValueTracker,
    VGroup,
    linear,
    tempconfig,
)

from course.stage import Picture, Walk
from course.stage.manim_internals import StageCamera, StageScene

SIZE, STEPS = 32, 30
FILM = np.random.default_rng(0).integers(0, 256, (2 * STEPS, SIZE, SIZE, 3), dtype=np.uint8)
HD = {
    "pixel_width": 1920,
    "pixel_height": 1080,
    "frame_rate": 30,
    "disable_caching": True,
    "progress_bar": "none",
}


def image(array: np.ndarray, height: float) -> ImageMobject:
    mobject = ImageMobject(array).set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
    mobject.height = height
    return mobject


def seconds_per_frame(
    camera: Camera, mobject: Mobject, advance: Callable[[int], object], frames: int
) -> float:
    """Median over frames of what drawing takes, moving or changing the mobject not included."""
    times = []
    for k in range(frames):
        advance(k)
        start = time.perf_counter()
        camera.reset()
        camera.capture_mobjects([mobject])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def moving() -> None:
    """28 pictures in a grid, drifting by parts of a pixel."""
    ours = VGroup(*(Picture(frame, 1.2) for frame in FILM[:28])).arrange_in_grid(4, 7, buff=0.2)
    theirs = Group(*(image(frame, 1.2) for frame in FILM[:28])).arrange_in_grid(4, 7, buff=0.2)
    one = seconds_per_frame(StageCamera(), ours, lambda k: ours.shift([0.0137, 0.0071, 0]), 30)
    other = seconds_per_frame(Camera(), theirs, lambda k: theirs.shift([0.0137, 0.0071, 0]), 5)
    report("28 moving pictures, drawing a frame", one, other, 50)


def mosaic(pictures: list[Mobject], group: type[Group] | type[VGroup]) -> Mobject:
    return group(*pictures).arrange_in_grid(5, 6, buff=0.08).move_to([0, 0.3, 0])


def playing() -> None:
    """A mosaic in which every picture shows another frame of the walk at every frame."""
    t = ValueTracker(0)
    ours = mosaic([Walk(FILM[k : k + STEPS], t, height=1.25) for k in range(STEPS)], VGroup)
    images = [image(FILM[k], 1.25) for k in range(STEPS)]
    theirs = mosaic(images, Group)

    def advance(frame: int) -> None:
        for k, picture in enumerate(images):
            picture.pixel_array[..., :3] = FILM[k + frame % STEPS]

    one = seconds_per_frame(StageCamera(), ours, lambda k: t.set_value(k % STEPS), 30)
    other = seconds_per_frame(Camera(), theirs, advance, 5)
    report("6×5 mosaic of a playing walk, drawing a frame", one, other, 50)


class Ours(StageScene):
    def construct(self) -> None:
        t = ValueTracker(0)
        self.add(mosaic([Walk(FILM[k : k + STEPS], t, height=1.25) for k in range(STEPS)], VGroup))
        self.play(t.animate(rate_func=linear).set_value(STEPS), run_time=1)


class Theirs(Scene):
    def construct(self) -> None:
        t = ValueTracker(0)
        images = [image(FILM[k], 1.25) for k in range(STEPS)]
        group = mosaic(images, Group)

        def show(_: Mobject) -> None:
            step = min(round(t.get_value()), STEPS - 1)
            for k, picture in enumerate(images):
                picture.pixel_array[..., :3] = FILM[k + step]

        group.add_updater(show)
        self.add(group)
        self.play(t.animate(rate_func=linear).set_value(STEPS), run_time=1)


def rendering() -> None:
    """The same mosaic as a film of one second, encoding included."""
    taken = {}
    for scene in (Ours, Theirs):
        with tempfile.TemporaryDirectory() as folder, tempconfig({"media_dir": folder}):
            start = time.perf_counter()
            scene().render()
            taken[scene] = (time.perf_counter() - start) / HD["frame_rate"]
    report("the same mosaic, rendering a frame with encoding", taken[Ours], taken[Theirs], 4)


def report(what: str, ours: float, theirs: float, target: float) -> None:
    ratio = theirs / ours
    print(
        f"{what}: {ours * 1000:.2f} ms instead of {theirs * 1000:.0f} ms, {ratio:.0f} times as fast "
        f"(target {target:g}: {'reached' if ratio >= target else 'MISSED'})"
    )


if __name__ == "__main__":
    logging.getLogger("manim").setLevel(logging.ERROR)
    with tempconfig(HD):
        moving()
        playing()
        rendering()
