"""How much faster pictures are drawn as Cairo patterns than as Manim's ImageMobject, at 1080p.

Run by hand: `python benchmarks/bench_pictures.py`. Both ways run in one process and are measured in CPU time
of the drawing thread, so that a busy machine does not decide. Targets: 28 moving pictures at least 50 times,
a 6×5 mosaic of a playing walk at least 50 times to draw and 4 times to render, encoding included.
"""

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial

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

from course.stage import LivePicture, Picture
from course.stage.manim_internals import StageCamera, StageScene
from course.stage.parts.pictures import to_pixels

SIZE, STEPS = 32, 30


def walk() -> np.ndarray:
    """A picture coming out of noise, (STEPS + 1, SIZE, SIZE, 3) uint8, as a walk's states do."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    picture = np.stack([np.sin(9 * rows), np.cos(7 * columns), np.sin(5 * (rows + columns))])
    noise = np.random.default_rng(0).normal(size=picture.shape)
    kept = np.linspace(0, 1, STEPS + 1)
    return np.stack([to_pixels(np.sqrt(a) * picture + np.sqrt(1 - a) * noise) for a in kept])


FILM = walk()
HD = {
    "pixel_width": 1920,
    "pixel_height": 1080,
    "frame_rate": 30,
    "disable_caching": True,
    "progress_bar": "none",
}
SECONDS = 2


def image(array: np.ndarray, height: float) -> ImageMobject:
    mobject = ImageMobject(array).set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
    mobject.height = height
    return mobject


def seconds_per_frame(
    camera: Camera, mobject: Mobject, advance: Callable[[int], object], frames: int
) -> float:
    """Median over frames of the CPU time of drawing, moving or changing the mobject not included."""
    times = []
    for k in range(frames):
        advance(k)
        start = time.thread_time()
        camera.reset()
        camera.capture_mobjects([mobject])
        times.append(time.thread_time() - start)
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


def dealt(values: ValueTracker) -> Mobject:
    """A mosaic that is dealt out while the walk plays: picture k goes along up to step k and stays there."""
    return mosaic([LivePicture(partial(state, k), values, height=1.25) for k in range(STEPS)], VGroup)


def state(last: int, step: float) -> np.ndarray:
    return FILM[min(round(step), last)]


def dealt_images(values: ValueTracker) -> Mobject:
    images = [image(FILM[0], 1.25) for _ in range(STEPS)]
    group = mosaic(images, Group)

    def show(_: Mobject) -> None:
        for k, picture in enumerate(images):
            picture.pixel_array[..., :3] = state(k, values.get_value())

    return group.add_updater(show)


def playing() -> None:
    """The mosaic, another step at every frame."""
    t = ValueTracker(0)
    ours, theirs = dealt(t), dealt_images(t)
    one = seconds_per_frame(StageCamera(), ours, lambda k: t.set_value(k % STEPS), 30)
    other = seconds_per_frame(Camera(), theirs, lambda k: theirs.update(t.set_value(5 * k).get_value()), 5)
    report("6×5 mosaic of a playing walk, drawing a frame", one, other, 50)


class Ours(StageScene):
    def construct(self) -> None:
        t = ValueTracker(0)
        self.add(dealt(t))
        self.play(t.animate(rate_func=linear).set_value(STEPS), run_time=SECONDS)


class Theirs(Scene):
    def construct(self) -> None:
        t = ValueTracker(0)
        self.add(dealt_images(t))
        self.play(t.animate(rate_func=linear).set_value(STEPS), run_time=SECONDS)


def rendering() -> None:
    """The same as a film, encoding included: wall time, and CPU time of all threads."""
    taken = {}
    for scene in (Ours, Theirs):
        with tempfile.TemporaryDirectory() as folder, tempconfig({"media_dir": folder}):
            start, spent = time.perf_counter(), time.process_time()
            scene().render()
            frames = SECONDS * HD["frame_rate"]
            taken[scene] = ((time.perf_counter() - start) / frames, (time.process_time() - spent) / frames)
    report("the mosaic as a film, wall time of a frame", taken[Ours][0], taken[Theirs][0], 4)
    report("the mosaic as a film, CPU time of a frame", taken[Ours][1], taken[Theirs][1], 4)


def report(what: str, ours: float, theirs: float, target: float) -> None:
    ratio = theirs / ours
    print(
        f"{what}: {ours * 1000:.2f} ms instead of {theirs * 1000:.0f} ms, {ratio:.0f} times as fast "
        f"(target {target:g}: {'reached' if ratio >= target else 'MISSED'})"
    )


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    logging.getLogger("manim").setLevel(logging.ERROR)
    with tempconfig(HD):
        moving()
        playing()
        rendering()
