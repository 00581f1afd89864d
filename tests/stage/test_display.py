"""Digests of frames: none is shared by what looks different. And painting by parts."""

import random
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import (
    UP,
    Circle,
    DashedVMobject,
    Dot,
    FadeIn,
    FadeOut,
    Line,
    LineJointType,
    Mobject,
    Rotate,
    Square,
    Transform,
    Triangle,
    ValueTracker,
    VGroup,
    tempconfig,
)
from manim.constants import CapStyleType

from course.stage import Chapter, Picture, Walk, theme
from course.stage.display import Display
from course.stage.manim_internals import StageCamera, StageRenderer
from course.stage.painting import Box, Painter

WIDTH, HEIGHT = 160, 90
STATIC = np.random.default_rng(0).integers(0, 256, (8, 8, 4), dtype=np.uint8)


def camera(**options: Any) -> StageCamera:
    with tempconfig({"pixel_width": WIDTH, "pixel_height": HEIGHT}):
        return StageCamera(**{"background_color": theme.BACKGROUND, **options})


def digest(*mobjects: Mobject, **options: Any) -> str:
    display = Display(camera(**options))
    return display.frame(display.digest(mobjects))


def drawn(*mobjects: Mobject, **options: Any) -> bytes:
    painter = Painter(camera(**options))
    painter.begin([], [])
    painter.paint(mobjects)
    return painter.pixels.tobytes()


@lru_cache
def _word(text: str, weight: str = "NORMAL") -> Mobject:
    return theme.text(text, theme.SENTENCE, weight=weight)


# What differs


def scene(seed: int) -> list[Any]:
    """Things of all kinds, by chance: outlines, strokes, gradients, dashes, words, pictures."""
    chance = random.Random(seed)

    def place() -> list[float]:
        return [chance.uniform(-5, 5), chance.uniform(-3, 3), 0]

    word = _word(chance.choice(["seed", "noise", "walk"])).copy()
    pixels = STATIC.copy()
    pixels[..., 3] = 255
    things = [
        Square(chance.uniform(1, 3), fill_opacity=0.7, stroke_width=4).move_to(place()),
        Circle(chance.uniform(0.5, 2), stroke_width=chance.choice([2, 5])).move_to(place()),
        Line(place(), place(), stroke_width=6),
        DashedVMobject(Line([-5, 2, 0], [5, chance.uniform(-3, 3), 0]), num_dashes=8),
        Triangle().set_fill(["#ff0000", "#0000ff"], 1).move_to(place()),
        word.move_to(place()),
        Picture(pixels, height=2).move_to(place()),
    ]
    chance.shuffle(things)
    return things


def _of(kind: type, things: list[Any]) -> Any:
    return next(thing for thing in things if type(thing) is kind)


def _pixel(things: list[Any]) -> None:
    picture = _of(Picture, things)
    pixels = picture.pixels.copy()
    pixels[4, 4, 1] ^= 128
    things[things.index(picture)] = Picture(pixels, height=2).move_to(picture)


def _swap(things: list[Any]) -> None:
    one, other = _of(Square, things), _of(Circle, things)
    other.move_to(one).set_fill("#00ff00", 1)
    first, second = things.index(one), things.index(other)
    things[first], things[second] = other, one


def _together(things: list[Any]) -> None:
    _of(Circle, things).move_to(_of(Square, things)).set_fill("#00ff00", 1)


def _on_top(things: list[Any]) -> None:
    _together(things)
    _of(Square, things).set_z_index(5)
    _of(Circle, things).set_z_index(4)


CHANGES: dict[str, tuple[Callable[[list[Any]], Any], Callable[[list[Any]], Any]]] = {
    "order": (_together, _swap),
    "z-index": (_together, _on_top),
    "opacity by 1/255": (
        lambda things: None,
        lambda things: _of(Square, things).set_fill(opacity=0.7 + 1 / 255),
    ),
    "one pixel": (lambda things: None, _pixel),
    "a picture's opacity": (lambda things: None, lambda things: _of(Picture, things).set_opacity(0.99)),
    "a width": (lambda things: None, lambda things: _of(Line, things).set_stroke(width=6.01)),
    "a dash": (
        lambda things: None,
        lambda things: things.__setitem__(
            things.index(_of(DashedVMobject, things)),
            DashedVMobject(Line([-5, 2, 0], [5, 0, 0]), num_dashes=9),
        ),
    ),
    "a cap": (lambda things: None, lambda things: _of(Line, things).set_cap_style(CapStyleType.ROUND)),
    "a joint": (
        lambda things: None,
        lambda things: setattr(_of(Square, things), "joint_type", LineJointType.ROUND),
    ),
    "a gradient's direction": (
        lambda things: None,
        lambda things: _of(Triangle, things).set_sheen_direction(UP),
    ),
    "a word": (
        lambda things: None,
        lambda things: things.append(_word("other").copy().move_to([0, 3, 0])),
    ),
    "a weight of the font": (
        lambda things: things.append(_word("weight").copy()),
        lambda things: things.append(_word("weight", "BOLD").copy()),
    ),
    "a place by a hundredth of a pixel": (
        lambda things: None,
        lambda things: _of(Circle, things).shift([0.01 * 14.2 / WIDTH, 0, 0]),
    ),
    "an open outline": (
        lambda things: things.append(Square(1, stroke_width=8)),
        lambda things: things.append(Square(1, stroke_width=8).set_points(Square(1).points[:-4])),
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_two_frames_that_differ_never_share_a_digest(kind: str) -> None:
    before, after = CHANGES[kind]
    for seed in range(16):  # 14 kinds: 224 pairs
        one, other = scene(seed), scene(seed)
        before(one)
        after(other)
        assert digest(*one) != digest(*other), seed
        assert digest(*one) == digest(*one)


def test_background_and_camera_count() -> None:
    things = scene(0)
    assert digest(*things) != digest(*things, background_color="#000001")
    near = camera()
    near.frame.scale(0.999)
    display = Display(near)
    assert display.frame(display.digest(things)) != digest(*things)


# What does not


def _noisy(mobject: Mobject) -> Mobject:
    for member in mobject.family_members_with_points():
        member.points = member.points + np.random.default_rng(1).normal(0, 1e-14, member.points.shape)
    return mobject


def _invisible(things: list[Any]) -> list[Any]:
    hidden = [Square(2, fill_opacity=0, stroke_width=0), Circle(1, stroke_opacity=0), Mobject()]
    return [hidden[0], *things[:3], hidden[1], *things[3:], hidden[2]]


@pytest.mark.parametrize(
    "change",
    [
        lambda things: [VGroup(*things[:3]), VGroup(VGroup(*things[3:]))],
        lambda things: [thing.set_z_index(2) for thing in things],
        _invisible,
        lambda things: [_noisy(thing) for thing in things],
        lambda things: [thing.shift([0, -0.0, -0.0]) for thing in things],
        lambda things: [thing.copy() for thing in things],
    ],
    ids=["nested", "same order by z-index", "invisible things", "last bits", "minus zero", "copies"],
)
def test_what_is_not_seen_changes_no_digest(change: Callable[[list[Any]], list[Any]]) -> None:
    for seed in range(8):
        things, other = scene(seed), change(scene(seed))
        assert digest(*things) == digest(*other)
        assert drawn(*things) == drawn(*other)


def test_equal_digests_are_equal_pixels() -> None:
    """Frames of small random changes, drawn and digested: none with another's digest has other pixels."""
    seen: dict[str, bytes] = {}
    chance = random.Random(3)
    equal = 0
    for _ in range(150):
        things = scene(chance.randrange(3))
        _of(Circle, things).shift([chance.choice([0, 1e-9, 2e-5, 1e-3, 0.02]), 0, 0])
        _of(Square, things).set_fill(opacity=chance.choice([0.7, 0.7 + 1e-9, 0.701]))
        found, pixels = digest(*things), drawn(*things)
        equal += found in seen
        assert seen.setdefault(found, pixels) == pixels
    assert 20 < equal < 140


# Painting by parts


class Busy(Chapter):
    """All that moves: fading, shifting, turning, pictures, rules, the camera itself."""

    title = "Busy"
    question = "Is all of it there?"

    def story(self) -> None:
        at = ValueTracker(0)
        walk = Walk(np.stack([STATIC[..., :3] // k for k in range(1, 5)]), at)
        spike = Square(1, stroke_width=12).set_points_as_corners([[0, 0, 0], [2, 0.05, 0], [0, 0.1, 0]])
        words = theme.text("held in place", theme.SENTENCE).move_to([0, -3, 0])
        for one in (Dot([4, 2, 0]), Dot([-5, 3, 0])):  # each alone, so that little of a frame changes
            self.play(one.animate.shift([0.3, 0, 0]), run_time=0.6)
        self.play(FadeIn(words), FadeIn(walk.shift([-4, 0, 0])), run_time=0.4)
        self.play(at.animate.set_value(3), walk.animate.shift([1, 1, 0]), run_time=0.6)
        self.play(FadeIn(spike), run_time=0.2)
        self.play(spike.animate.shift([3, 2.5, 0]), Rotate(words, 0.3), run_time=0.5)
        self.play(self.renderer.camera.frame.animate.scale(0.7), run_time=0.4)
        self.wait(0.3)
        dot = Dot([6.9, 3.9, 0], radius=0.4)
        self.play(Transform(spike, Square(2).shift([-6, 3, 0])), FadeIn(dot), run_time=0.4)
        self.play(FadeOut(walk), dot.animate.move_to([-7, -4, 0]), run_time=0.5)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StageRenderer]:
    monkeypatch.setenv("COURSE_VOICE", "silence")
    monkeypatch.setenv("COURSE_DEPTHS", "story")
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    settings = {"pixel_width": WIDTH, "pixel_height": HEIGHT, "frame_rate": 10, "dry_run": True}
    with tempconfig({**settings, "progress_bar": "none", "verbosity": "ERROR"}):
        yield StageRenderer()


def test_a_frame_drawn_by_parts_is_the_frame_drawn_whole(
    told: StageRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint, areas = Painter.paint, []

    def both(self: Painter, mobjects: Any) -> Box:
        mobjects, before = list(mobjects), self.pixels.copy()
        self._before, kept = (0, 0, *self._size), self._before
        paint(self, mobjects)
        whole, after, self._before = self.pixels.copy(), self._before, kept
        self.pixels[:] = before
        left, top, right, bottom = box = paint(self, mobjects)
        assert self._before == after
        assert (self.pixels == whole).all()
        whole[top:bottom, left:right] = before[top:bottom, left:right]
        assert (whole == before).all()
        areas.append((bottom - top) * (right - left) / HEIGHT / WIDTH)
        return box

    monkeypatch.setattr(Painter, "paint", both)
    told.sink = lambda pixels, box, times: None
    Busy(told).render()
    assert len(areas) > 40
    assert np.mean(areas) < 0.8


def test_looking_at_frames_draws_none_and_steps_through_the_same_ones(told: StageRenderer) -> None:
    shown: list[tuple[int, str, int]] = []
    told.observe = lambda index, found, times: shown.append((index, found, times))
    told.sink = lambda pixels, box, times: pytest.fail("drawn")
    Busy(told).render()
    assert sum(times for _, _, times in shown) == told.frames
    again = StageRenderer()
    later: list[tuple[int, str, int]] = []
    again.observe = lambda index, found, times: later.append((index, found, times))
    Busy(again).render()
    assert later == shown
    (held,) = {times for index, _, times in shown if told.plan[index].kind == "wait" and times == 3}
    assert held == 3
