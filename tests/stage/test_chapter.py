"""A chapter: what a teacher may rely on when writing one, and what the stage refuses."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from manim import (
    LEFT,
    RIGHT,
    UP,
    Circle,
    Dot,
    FadeIn,
    FadeOut,
    Mobject,
    Rotate,
    Square,
    TracedPath,
    Transform,
    UpdateFromAlphaFunc,
    ValueTracker,
    VGroup,
    always_redraw,
    config,
    tempconfig,
)
from PIL import Image

from course.errors import CourseError, UsageError
from course.stage import Chapter, Driven, Picture, Walk, drive, theme
from course.stage.chapter import DEPTHS
from course.stage.manim_internals import StageRenderer, private_folder, scene_state
from course.voice import Utterance, speak
from course.voice.timing import BREATH
from tests.stage.digests import scene_digest

FPS = 10


@pytest.fixture(autouse=True)
def small_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setenv("COURSE_VOICE", "silence")
    monkeypatch.delenv("COURSE_DEPTHS", raising=False)
    settings = {
        "pixel_width": 160,
        "pixel_height": 90,
        "frame_rate": FPS,
        "dry_run": True,
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


class Keeping(StageRenderer):
    """Keeps what it draws, by animation."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: dict[int, list[np.ndarray]] = {}

    def add_frame(self, frame: np.ndarray, num_frames: int = 1) -> None:
        self.drawn.setdefault(self.num_plays, []).extend([frame] * num_frames)
        super().add_frame(frame, num_frames)

    @property
    def all_frames(self) -> list[np.ndarray]:
        return [frame for index in sorted(self.drawn) for frame in self.drawn[index]]


class Told(Chapter):
    title = "A title"
    question = "A question?"

    def story(self) -> None: ...
    def mechanism(self) -> None: ...
    def derivation(self) -> None: ...


def tell(chapter: type[Chapter], **renderer: object) -> Chapter:
    kept = Keeping()
    for name, value in renderer.items():
        setattr(kept, name, value)
    scene = chapter(kept)
    scene.render()
    return scene


@pytest.fixture
def story_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DEPTHS", "mechanism")  # one depth alone


# Whole frames


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_durations_are_exact_to_the_frame(story_only: None, fps: float) -> None:
    wanted = [1, 2, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 53, 59]

    class Lengths(Told):
        def mechanism(self) -> None:
            dot = Dot()
            for frames in wanted:
                self.play(dot.animate.shift(0.1 * UP), run_time=frames / fps)
                self.hold(frames / fps)

    with tempconfig({"frame_rate": fps, "pixel_width": 32, "pixel_height": 18}):
        scene = tell(Lengths)
        counts = [len(scene.renderer.drawn[index]) for index in range(2 * len(wanted))]
        assert counts == [frames for frames in wanted for _ in range(2)]
        assert [planned.frames for planned in scene.renderer.plan][: 2 * len(wanted)] == counts
        assert scene.frame == len(scene.renderer.all_frames)
        assert scene.now == pytest.approx(scene.frame / fps)


def test_odd_durations_are_rounded_to_whole_frames(story_only: None) -> None:
    class Odd(Told):
        def mechanism(self) -> None:
            self.play(FadeIn(Dot()), run_time=0.333)
            self.wait(1 / 7)
            self.hold(0.04)  # less than half a frame: nothing

    assert [len(frames) for frames in tell(Odd).renderer.drawn.values()][:2] == [3, 1]


# The rules


class Redrawn(Told):
    def mechanism(self) -> None:
        self.add(always_redraw(Dot))
        self.wait(0.2)


class Timed(Told):
    def mechanism(self) -> None:
        self.add(Dot().add_updater(lambda dot, dt: dot.shift(dt * UP)))
        self.wait(0.2)


class Updated(Told):
    def mechanism(self) -> None:
        dot, other = Dot(), Dot().add_updater(lambda d: d.next_to(dot, UP))
        self.play(FadeIn(VGroup(dot, other)), run_time=0.2)


class Traced(Told):
    def mechanism(self) -> None:
        dot = Dot()
        self.add(dot, TracedPath(dot.get_center))
        self.play(dot.animate.shift(UP), run_time=0.2)


class SceneUpdated(Told):
    def mechanism(self) -> None:
        self.add_updater(lambda dt: None)


class Unseeded(Told):
    def mechanism(self) -> None:
        self.add(Dot([np.random.default_rng().normal(), 0, 0]))


class Jittering(Told):
    def mechanism(self) -> None:
        shake = UpdateFromAlphaFunc(Dot(), lambda dot, alpha: dot.move_to([random.random(), 0, 0]))
        self.play(shake, run_time=0.2)


class NumpyJittering(Told):
    def mechanism(self) -> None:
        shake = UpdateFromAlphaFunc(Dot(), lambda dot, alpha: dot.move_to([np.random.rand(), 0, 0]))
        self.play(shake, run_time=0.2)


class Stopping(Told):
    def mechanism(self) -> None:
        self.wait(5, stop_condition=lambda: True)


class Nested(Told):
    def mechanism(self) -> None:
        with self.say("One line."), self.say("Another."):
            pass


@pytest.mark.parametrize(
    ("chapter", "says"),
    [
        (Redrawn, "always_redraw"),
        (Timed, "an updater with dt"),
        (Updated, "an updater"),
        (Traced, "TracedPath"),
        (SceneUpdated, "scene has an updater"),
        (Unseeded, r"default_rng\(\) has no seed"),
        (Jittering, "random numbers while it plays"),
        (NumpyJittering, "random numbers while it plays"),
        (Stopping, "no length that can be planned"),
        (Nested, "within another"),
    ],
)
@pytest.mark.parametrize("only", [None, range(0)])
def test_a_scene_that_breaks_a_rule_is_refused_with_its_line(
    story_only: None, chapter: type[Told], says: str, only: range | None
) -> None:
    with pytest.raises(CourseError, match=says) as error:
        tell(chapter, only=only)
    assert "(test_chapter.py:" in str(error.value)


def test_what_follows_a_tracker_is_allowed_and_follows(story_only: None) -> None:
    class Following(Told):
        def mechanism(self) -> None:
            t = ValueTracker(0)
            dot = drive(Dot(), lambda d: d.move_to([t.get_value(), 0, 0]))
            number = Driven(lambda k: Square(0.1 + k, fill_opacity=1), t)
            self.add(dot, number)
            self.play(t.animate.set_value(2), run_time=0.3)
            assert dot.get_center()[0] == pytest.approx(2)
            assert number.width == pytest.approx(2.1)
            t.set_value(1)
            self.hold(0.2)
            assert number.width == pytest.approx(1.1)

    scene = tell(Following)
    # only the current square is drawn, not the one from the first frame as well
    last = scene.renderer.drawn[1][0][..., :3]
    white = (last.min(axis=2) > 250).sum() / (90 / 8) ** 2
    assert white == pytest.approx(1.1**2, rel=0.2)


# Passing over


class Busy(Told):
    def mechanism(self) -> None:
        film = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), dtype=np.uint8)
        t = ValueTracker(0)
        walk, label = Walk(film, t), Driven(lambda k: theme.text(f"{k:.0f}").to_edge(LEFT), t)
        dots = VGroup(*(Dot([np.random.uniform(-3, 3), random.uniform(-3, 3), 0]) for _ in range(5)))
        with self.say("A line with a few words."):
            self.play(FadeIn(walk), FadeIn(dots), run_time=0.3)
            self.add(label)
            self.play(t.animate.set_value(8), walk.animate.shift(RIGHT), run_time=0.8)
        self.play(Transform(dots[0], Circle()), Rotate(walk, 1), run_time=0.4)
        self.play(self.camera.frame.animate.scale(0.7).shift(UP), run_time=0.3)
        self.hold(0.2)
        self.play(FadeOut(walk), t.animate.set_value(3), run_time=0.3)
        self.play(FadeIn(Picture(film[3])), run_time=0.2)


def test_every_worker_draws_the_frames_that_a_serial_run_draws(story_only: None) -> None:
    serial = tell(Busy).renderer
    total = len(serial.plan)
    for start in range(0, total, 2):
        worker = tell(Busy, only=range(start, start + 2)).renderer
        assert sorted(worker.drawn) == list(range(start, min(start + 2, total)))
        for index, frames in worker.drawn.items():
            for mine, theirs in zip(frames, serial.drawn[index], strict=True):
                assert (mine == theirs).all(), index
        assert worker.plan == serial.plan[: len(worker.plan)]


def test_the_state_before_each_animation_is_the_same_drawn_or_passed_over(story_only: None) -> None:
    def states(only: range | None) -> list[str]:
        digests: list[str] = []
        tell(Busy, only=only, before=lambda scene, index: digests.append(scene_digest(scene)))
        return digests

    drawn, passed = states(None), states(range(0))
    assert drawn == passed
    assert len(set(drawn)) > 5


def test_an_empty_range_draws_nothing_and_yields_the_whole_plan(story_only: None) -> None:
    dry, serial = tell(Busy, only=range(0)), tell(Busy)
    assert dry.renderer.drawn == {}
    assert dry.renderer.plan == serial.renderer.plan
    assert dry.cues == serial.cues
    assert [planned.index for planned in dry.renderer.plan] == list(range(len(dry.renderer.plan)))
    assert {planned.depth for planned in dry.renderer.plan} == {"mechanism"}
    assert sum(planned.frames for planned in dry.renderer.plan) == dry.frame


def test_the_state_names_what_differs() -> None:
    one, other = Told(), Told()
    for scene in (one, other):
        scene.add(theme.text("hello"), Dot(), Picture(np.zeros((4, 4, 3), np.uint8)))
    assert scene_state(one) == scene_state(other)
    other.mobjects[2].set_pixels(np.full((4, 4, 3), 7, np.uint8))
    assert [a[0] for a, b in zip(scene_state(one), scene_state(other), strict=True) if a != b] == ["Picture"]
    for change in (lambda m: m.shift(1e-3 * UP), lambda m: m.set_opacity(0.9), lambda m: m.set_z_index(3)):
        before = scene_digest(one)
        change(one.mobjects[1])
        assert scene_digest(one) != before


# Narration


def test_a_line_lasts_until_it_is_spoken_and_a_breath(story_only: None) -> None:
    class Speaking(Told):
        def mechanism(self) -> None:
            self.hold(0.5)
            with self.say("This is a line of ⟨several⟩ words, ⟨said⟩ aloud.") as line:
                assert line.remaining == pytest.approx(line.duration)
                self.play(FadeIn(Dot()), run_time=0.4)
                assert line.remaining == pytest.approx(line.duration - 0.4)
                self.mark()
                self.reached = self.now
                self.mark()
                self.play(FadeIn(Square()), run_time=line.remaining)
            self.after = self.now
            with self.say("A second one."):
                pass

        def _forget(self, lasting: set[str]) -> None:
            """Keep what the test looks at."""

    scene = tell(Speaking)
    first, second = scene.cues
    assert first.start == 0.5
    words = {word.text.strip(".,"): word.start for word in first.utterance.words}
    assert scene.reached == pytest.approx(0.5 + words["several"], abs=0.5 / FPS + 1e-9)
    spoken = 0.5 + first.utterance.duration + BREATH
    assert spoken <= scene.after <= spoken + 1.01 / FPS
    assert second.start == scene.after


def test_a_line_lasts_as_long_as_the_speaker_who_was_handed_in_takes(story_only: None) -> None:
    """Where a build draws, other voices may be installed than where it was planned."""

    class Spoken(Told):
        def mechanism(self) -> None:
            with self.say("One line."):
                pass
            self.after = self.now

        def _forget(self, lasting: set[str]) -> None:
            """Keep what the test looks at."""

    told: list[str] = []

    def slow(text: str) -> Utterance:
        told.append(text)
        return replace(speak(text, "silence"), duration=12.0)

    scene = Spoken()
    scene.__dict__["speak"] = slow
    scene.render()
    assert told == ["One line."]
    assert 12.0 + BREATH <= scene.after <= 12.0 + BREATH + 1.01 / FPS


# Depths and furniture


class Deep(Told):
    def story(self) -> None:
        self.add(Dot())
        self.mine = 1
        self.draws = (random.random(), np.random.rand())
        Deep.seen.append(self.draws)
        with self.say("One."):
            pass
        with self.say("Two."):
            pass

    def mechanism(self) -> None:
        Deep.seen.append((random.random(), np.random.rand()))
        Deep.left = (list(self.mobjects), hasattr(self, "mine"), self.cast.steps)

    def remember(self) -> Mobject:
        return Square(4, color=theme.SIGNAL, fill_opacity=1)

    seen: list[tuple[float, float]] = []  # noqa: RUF012
    left: tuple[list[Mobject], bool, int] = ([], True, 0)


def test_each_depth_starts_from_an_empty_reseeded_stage() -> None:
    Deep.seen.clear()
    scene = tell(Deep)
    assert Deep.seen[0] == Deep.seen[1]
    assert Deep.left[:2] == ([], False)
    assert [depth for depth, _ in scene.marks] == list(DEPTHS)
    assert scene.marks[0][1] == 0
    starts = [
        next(p.start for p in scene.renderer.plan if p.depth == depth) for depth in ("story", "derivation")
    ]
    assert starts == [scene.marks[0][1], scene.marks[2][1]]


def test_a_depth_alone_looks_as_it_does_in_the_whole_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tell(Busy).renderer
    first = next(p.index for p in whole.plan if p.depth == "mechanism")
    monkeypatch.setenv("COURSE_DEPTHS", "mechanism")
    alone = tell(Busy).renderer
    for index, frames in alone.drawn.items():
        for mine, theirs in zip(frames, whole.drawn[first + index], strict=True):
            assert (mine == theirs).all()


def test_unknown_and_missing_depths_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DEPTHS", "story, epilogue")
    with pytest.raises(UsageError, match=r"epilogue.*story, mechanism, derivation"):
        tell(Told)

    class Half(Chapter):
        title = question = "Half"

    monkeypatch.setenv("COURSE_DEPTHS", "derivation")
    with pytest.raises(CourseError, match=r"Half has no derivation\(\) yet"):
        tell(Half)


def test_a_chapter_without_a_question_is_told_so() -> None:
    class Mute(Chapter):
        title = "Mute"

    with pytest.raises(CourseError, match="Mute has no question"):
        Mute()


def bar(frame: np.ndarray) -> float:
    """The lit part of the progress line, from the frame's lowest rows."""
    row = frame[-1, :, :3].astype(int).sum(axis=1)
    return float((row > 300).mean())


def test_what_would_reach_under_the_badge_stands_beside_it(story_only: None) -> None:
    class Wide(Told):
        def story(self) -> None:
            high, low = (self.beside_badge(Square(1).stretch(13, 0).stretch(one, 1)) for one in (7.0, 4.0))
            room = self._badge.get_left()[0] - high.get_right()[0]
            assert room == pytest.approx(theme.SAFE)
            assert low.width == pytest.approx(13)
            self.hold(0.1)

    tell(Wide)


def test_badge_and_progress_line_stay_when_the_camera_moves(story_only: None) -> None:
    class Zooming(Told):
        def mechanism(self) -> None:
            self.play(self.camera.frame.animate.scale(0.2).shift(2 * LEFT), run_time=0.4)
            self.hold(0.1)

    frames = tell(Zooming).renderer.all_frames
    assert (frames[0][:16] != frames[0][45, 10]).any()  # there is a badge
    assert (frames[0] == frames[-1]).all()


class Opens(Told):
    def story(self) -> None:
        square = Square(4, fill_opacity=1, color=theme.SIGNAL, stroke_width=0)
        self.add(square)
        with self.opening("The story begins at once, with the picture."):
            self.move(square.animate.shift(RIGHT))
        self.hold(0.3)


def test_the_story_begins_on_its_picture_and_the_title_lies_over_it() -> None:
    scene = tell(Opens)
    frames = [frame[..., :3].astype(int) for frame in scene.renderer.all_frames]
    cue = scene.cues[0]
    assert cue.start == 0
    middle, corner = (45, 80), (slice(60, 78), slice(8, 40))
    signal = [0x2B, 0xD4, 0xFF]
    assert np.abs(frames[0][middle] - signal).max() < 3
    assert (np.abs(frames[0][corner] - [0xF2, 0xF4, 0xF8]).max(axis=-1) < 60).any()  # letters of the title
    over = frames[int((cue.utterance.duration + BREATH + 0.6) * FPS)]
    assert not (np.abs(over[corner] - [0xF2, 0xF4, 0xF8]).max(axis=-1) < 60).any()


def test_the_last_picture_stays_until_the_next_question_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ends(Told):
        def derivation(self) -> None:
            self.add(Square(4, fill_opacity=1, color=theme.SIGNAL, stroke_width=0))
            with self.say("This is how it ends."):
                pass

    alone = tell(Ends)
    assert np.abs(alone.renderer.all_frames[-1][45, 80, :3].astype(int) - [0x2B, 0xD4, 0xFF]).max() < 3
    assert [cue.utterance.text for cue in alone.cues] == ["This is how it ends."]
    monkeypatch.setattr("course.stage.chapter.next_question", lambda name, *prompts: f"And after {name}?")
    led = tell(Ends)
    assert [cue.utterance.text for cue in led.cues][1:] == ["Next: And after test_chapter?"]
    last = led.cues[-1]
    assert led.now - last.start - last.utterance.duration < 1.5  # and no longer silence than that


@pytest.mark.parametrize("which", [0, 1])
def test_pointing_dims_all_but_the_thing_and_leaves_nothing_behind(which: int) -> None:
    class Points(Told):
        def mechanism(self) -> None:
            squares = [
                Square(2, fill_opacity=1, color=theme.INK, stroke_width=0).shift(3 * side)
                for side in (LEFT, RIGHT)
            ]
            self.add(*squares)
            self.hold(0.2)
            self.point(squares[which])
            self.hold(0.2)
            assert self.on_stage == squares

    os.environ["COURSE_DEPTHS"] = "mechanism"
    try:
        frames = tell(Points).renderer.all_frames
    finally:
        del os.environ["COURSE_DEPTHS"]
    at = [(45, round(80 + 160 / theme.FRAME_WIDTH * x)) for x in (-3, 3)]
    pointed, other = at[which], at[1 - which]
    before, middle, after = frames[0], frames[2 + round(theme.POINT * FPS) // 2], frames[-6]
    assert (before[pointed] == middle[pointed]).all()
    assert middle[other][:3].max() < 0.6 * before[other][:3].max()
    assert (before == after).all()


def test_the_default_picture_to_remember_is_the_title() -> None:
    assert Told().remember().original_text == "A title"


# Configuration


def test_defining_a_chapter_stops_manim_from_asking_the_network() -> None:
    with tempconfig({"notify_outdated_version": True}):

        class Quiet(Told):
            pass

        assert not config.notify_outdated_version


def test_a_preview_is_switched_off_where_nothing_can_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    with tempconfig({"preview": True, "dry_run": False}):
        assert not Told().session_spec.presentation.open_after_render


@pytest.mark.long
def test_text_caches_belong_to_this_process() -> None:
    Told()
    for folder in (config.text_dir, config.tex_dir):
        assert Path(folder).is_relative_to(private_folder())
    code = "from course.stage.manim_internals import private_folder as f; p = f(); print(p)"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert other != private_folder()
    assert not Path(other).exists()  # gone with its process


def test_the_opengl_renderer_is_refused() -> None:
    with pytest.raises(CourseError, match="--renderer=opengl"):
        Told(object())  # type: ignore[arg-type]
    with tempconfig({"renderer": "opengl"}), pytest.raises(UsageError, match=r"take it out of manim\.cfg"):
        StageRenderer()  # as the engine makes it


# Plain manim

SCENE = '''
"""A tiny chapter."""

import numpy as np
from manim import Dot, FadeIn, ValueTracker

from course.stage import Chapter, Walk


class Tiny(Chapter):
    """Three depths, three lines."""

    title = "Tiny"
    question = "Does it work?"

    def story(self):
        t = ValueTracker(0)
        walk = Walk(np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8), t)
        with self.say("Here are five small pictures.") as line:
            self.play(FadeIn(walk), run_time=0.3)
            self.play(t.animate.set_value(4), run_time=line.remaining)

    def mechanism(self):
        with self.say("And a dot."):
            self.play(FadeIn(Dot()), run_time=0.3)

    def derivation(self):
        BREAK
        self.hold(0.4)
'''


def manim(folder: Path, breaks: str = "", *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "tiny.py").write_text(SCENE.replace("BREAK", breaks))
    program = str(Path(sys.executable).with_name("manim"))
    environment = {
        **os.environ,
        "COURSE_MEDIA": str(folder / "media"),
        "COURSE_VOICE": "espeak",
        "COLUMNS": "200",
    }
    command = [
        program,
        "-p",
        "-ql",
        "--fps",
        "10",
        "-r",
        "160,90",
        "--progress_bar",
        "none",
        *options,
        "tiny.py",
    ]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


@pytest.mark.long
def test_a_chapter_works_under_plain_manim_twice(tmp_path: Path) -> None:
    for _ in range(2):  # the second run must not lose sound to a cache
        done = manim(tmp_path, "", "--save_sections")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "available" not in done.stdout  # no word about new versions
        (film,) = (tmp_path / "media").glob("videos/tiny/*/Tiny.mp4")
        with av.open(str(film)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            frames = [frame.to_ndarray(format="gray") for frame in container.decode(video)]
            assert audio.duration is not None
            assert audio.time_base is not None
            assert abs(float(audio.duration * audio.time_base) - len(frames) / 10) < 0.1
            container.seek(0)
            sound = np.concatenate(
                [np.abs(frame.to_ndarray()).max(axis=0) for frame in container.decode(audio)]
            )
        loud = np.nonzero(sound > 0.02)[0] / audio.rate
        assert loud.min() < 0.6  # the first line begins with the film
        assert max(frame.std() for frame in frames) > 10
        sections = sorted(path.stem for path in film.parent.glob("sections/*.mp4"))
        assert [name.rsplit("_", 1)[-1] for name in sections] == list(DEPTHS)
        assert not (tmp_path / "media" / "texts").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == [
        "media",
        "tiny.py",
    ]


@pytest.mark.long
def test_a_mistake_under_plain_manim_is_one_sentence_without_a_traceback(tmp_path: Path) -> None:
    done = manim(tmp_path, "self.add(Dot().add_updater(lambda dot, dt: None)); self.wait(1)")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "error: Dot has an updater with dt (tiny.py:" in done.stderr
    assert not list((tmp_path / "media").glob("videos/tiny/*/Tiny.mp4"))


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--renderer=opengl", "error: A chapter is drawn with Cairo. Leave out --renderer=opengl"),
        ("--resolution=853,479", "error: A film of 853×479 pixels cannot be encoded. Give even sizes."),
    ],
)
def test_what_cannot_be_filmed_is_said_in_one_sentence(tmp_path: Path, option: str, says: str) -> None:
    done = manim(tmp_path, "", option)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(says)
    assert "Traceback" not in done.stderr + done.stdout
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_still_may_have_an_odd_size(tmp_path: Path) -> None:
    done = manim(tmp_path, "", "--resolution=161,91", "-s")
    assert done.returncode == 0, done.stderr
    with Image.open(next(tmp_path.rglob("*.png"))) as still:
        assert still.size == (161, 91)
