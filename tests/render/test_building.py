"""What a producer sees when rendering: what is drawn again, what is not, and nothing ever half there."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.errors import CourseError
from course.render import finish
from course.render.build import Build
from course.render.pool import local_pool
from course.render.rendered import Rendered, rendered_path
from course.render.worker import Task
from tests.render.studio import CHAPTER, TINY, Studio, kill, loudness, pictures


def leftovers(studio: Studio) -> list[str]:
    # What was torn in the store is removed later: another build may write there.
    found = [path for path in studio.media.rglob(".*") if path.is_file() and path.parts[-3] != "groups"]
    return [path.name for path in found if path.name != ".lock"]


def test_a_chapter_becomes_a_film_with_every_line_heard_and_stays_as_it_is_until_something_changes(
    studio: Studio, drawn: list[tuple[str, str]]
) -> None:
    (film,) = studio.build().run()
    assert film == studio.film
    rendered = Rendered.load(rendered_path("ch1_tiny"))
    assert rendered.title == "Tiny"
    assert [name for name, _ in rendered.marks] == ["story", "mechanism", "derivation"]
    assert len(rendered.cues) == 4
    frames = pictures(film)
    assert len(frames) == sum(one.planned.frames for one in studio.build().planned())
    assert all(frame.std() > 1 for frame in frames[40:-20])
    heard(film, rendered)
    assert (TINY.width, TINY.height) == (frames[0].shape[1], frames[0].shape[0])
    assert not leftovers(studio)

    drawn.clear()
    before = film.stat().st_mtime_ns
    begun = time.monotonic()
    assert studio.build().run() == [film]
    assert time.monotonic() - begun < 2
    assert (film.stat().st_mtime_ns, drawn) == (before, [])

    # One depth changes: it alone is drawn, and the sound of all is complete.
    kept = {depth: studio.segments(depth) for depth in ("story", "derivation")}
    studio.change(
        "self.play(dot.animate.shift(2 * UP), run_time=0.7)", "self.play(dot.animate.scale(2), run_time=1.7)"
    )
    studio.build().run()
    assert set(drawn) == {("ch1_tiny", "mechanism")}
    assert {depth: studio.segments(depth) for depth in kept} == kept
    heard(film, Rendered.load(rendered_path("ch1_tiny")))

    # And back: it looks as it did.
    studio.change(
        "self.play(dot.animate.scale(2), run_time=1.7)", "self.play(dot.animate.shift(2 * UP), run_time=0.7)"
    )
    studio.build().run()
    again = pictures(film)
    assert len(again) == len(frames)
    assert all((one == other).all() for one, other in zip(again, frames, strict=True))


def heard(film: Path, rendered: Rendered) -> None:
    """Every line can be heard in its place, and nothing between them."""
    loud = loudness(film, TINY.fps)
    quiet = np.ones(len(loud), bool)
    for cue in rendered.cues:
        start, end = round(cue.start * TINY.fps), round(cue.end * TINY.fps)
        assert loud[start : end + 1].max() > 0.05, cue.utterance.text
        quiet[max(0, start - 1) : end + 3] = False
    assert loud[quiet].max() < 0.01


def test_a_scene_that_raises_is_named_with_its_line_and_the_other_chapters_are_done(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = CHAPTER.replace(
        "self.play(FadeIn(dot), run_time=0.3)\n            self.play(dot",
        "undefined\n            self.play(dot",
    )
    other = studio.write("ch2_broken", broken)
    build = studio.build(other, studio.scene)
    with pytest.raises(CourseError, match=r"1 of 2 chapters failed: ch2_broken.*The others are done"):
        build.run()
    line = 1 + broken.splitlines().index("            undefined")
    said = capsys.readouterr().err
    assert f"ch2_broken.py:{line}: NameError: name 'undefined' is not defined" in said
    assert "Traceback" not in said
    assert "Traceback" in (studio.media / "videos" / "ch2_broken" / "error.txt").read_text()
    assert studio.film.exists()
    assert not list(studio.media.rglob("ch2_broken.mp4"))
    assert not leftovers(studio)


def test_a_scene_that_is_not_the_same_each_time_is_found_out_and_the_object_named(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.change("\n\nclass Tiny", "\n\nimport os\n\n\nclass Tiny")
    studio.change("dot = Dot(radius=0.5)", "dot = Dot(radius=0.5 + os.getpid() / 1e6)")
    studio.change(
        "self.play(FadeIn(dot), run_time=0.3)\n            self.play(dot.animate",
        "self.add(dot)\n            self.play(dot.animate",
    )
    with pytest.raises(CourseError, match="1 of 1 chapters failed"):
        studio.build().run()
    said = capsys.readouterr().err
    assert "ch1_tiny.py, mechanism: before animation" in said
    assert "Dot differs" in said
    assert not studio.film.exists()


def test_a_scene_whose_length_differs_each_time_is_found_out(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.change("\n\nclass Tiny", "\n\nimport os\n\n\nclass Tiny")
    studio.change(
        "self.play(FadeIn(dot), run_time=0.3)\n            self.play(dot.animate",
        "self.play(FadeIn(dot), run_time=0.3 + os.getpid() % 1000 / 10)\n            self.play(dot.animate",
    )
    with pytest.raises(CourseError, match="1 of 1 chapters failed"):
        studio.build().run()
    assert "an animation has other frames than were planned" in capsys.readouterr().err


def test_a_killed_build_goes_on_and_ends_with_the_same_film(studio: Studio) -> None:
    die_and_resume(studio, kills=3)


@pytest.mark.slow
def test_a_build_killed_twenty_times_ends_with_the_same_film(studio: Studio) -> None:
    die_and_resume(studio, kills=20)


def die_and_resume(studio: Studio, kills: int) -> None:
    """Kill -9 a build and its workers at moments all over its life, then let one finish."""
    begun = time.monotonic()
    assert studio.run("render", "--episode")[0] == 0
    whole = time.monotonic() - begun
    wanted = [studio.film.read_bytes(), (studio.media / "episodes/ch1_tiny/episode.mp4").read_bytes()]
    for path in ("videos", "groups", "episodes"):
        (studio.media / path).rename(studio.folder / f"first-{path}")
    moments = np.random.default_rng(5).uniform(0.1, 1.0, kills) * whole
    for number, moment in enumerate(moments):
        if number % 5 == 4:  # so that the later kills do not all meet a build that is done
            for path in ("videos", "groups", "episodes"):
                if (studio.media / path).exists():
                    (studio.media / path).rename(studio.folder / f"{number}-{path}")
        process = studio.command("render", "--episode")
        time.sleep(moment)
        kill(process)
        for film in [studio.film, studio.media / "episodes/ch1_tiny/episode.mp4"]:
            assert not film.exists() or film.read_bytes() in wanted
    code, out, _ = studio.run("render", "--episode")
    assert code == 0
    assert "episode.mp4" in out
    assert [studio.film.read_bytes(), (studio.media / "episodes/ch1_tiny/episode.mp4").read_bytes()] == wanted
    assert not leftovers(studio)
    assert not [path for path in (studio.media / "episodes").iterdir() if path.name.startswith(".")]


def test_two_builds_at_once_wait_for_each_other(studio: Studio) -> None:
    both = [studio.command("render") for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("waiting for it" in err for _, err in said) == 1
    assert len({out for out, _ in said}) == 1
    assert not leftovers(studio)


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing_half_written(studio: Studio) -> None:
    assert studio.run("plan")[0] == 0
    # The system refuses to let files grow beyond this, in the build and in all its workers.
    code, _, err = studio.run("render", limit=10_000)
    assert code == 1
    assert "Cannot write" in err
    assert "Traceback" not in err
    assert not studio.film.exists()
    assert not leftovers(studio)
    assert studio.run("render")[0] == 0


def test_a_worker_that_is_killed_again_and_again_fails_its_chapter_only(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    deadly = studio.write("ch2_deadly", CHAPTER)
    text = deadly.read_text().replace(
        "dot = Dot(radius=0.5)",
        "dot = Dot(radius=0.5)\n            self.renderer.sink and os.kill(os.getpid(), 9)",
    )
    deadly.write_text("import os\n" + text)
    with pytest.raises(CourseError, match="1 of 2 chapters failed: ch2_deadly"):
        studio.build(deadly, studio.scene).run()
    assert "killed again and again" in capsys.readouterr().err
    assert studio.film.exists()


def test_a_worker_that_is_killed_once_is_replaced(studio: Studio) -> None:
    marker = studio.folder / "died"
    studio.change("\n\nclass Tiny", "\n\nimport os\n\n\nclass Tiny")
    studio.change(
        "dot = Dot(radius=0.5)",
        "dot = Dot(radius=0.5)\n"
        f"            if self.renderer.sink and not os.path.exists({str(marker)!r}):\n"
        f"                open({str(marker)!r}, 'w').close()\n"
        "                os.kill(os.getpid(), 9)",
    )
    assert studio.build().run() == [studio.film]
    assert marker.exists()


def test_a_worker_that_dies_after_its_last_segment_has_done_its_work(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Build._pool

    class Dying(Executor):
        """Has each task done, by a real worker, and loses what it reports."""

        def __init__(self, alive: Executor) -> None:
            self.alive = alive

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.alive.submit(fn, *args).result()
            lost: Future[Any] = Future()
            lost.set_exception(BrokenProcessPool("killed"))
            return lost

    @contextmanager
    def dying(self: Build, tasks: Sequence[Task], most: int) -> Iterator[Dying]:
        assert all(task.segments for task in tasks)
        with pool(self, tasks, most) as alive:
            yield Dying(alive)

    monkeypatch.setattr(Build, "_pool", dying)
    assert studio.build().run() == [studio.film]


def test_a_damaged_segment_is_drawn_again(
    studio: Studio, drawn: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    studio.build().run()
    first = pictures(studio.film)
    (key, *_) = studio.segments("mechanism")
    group = studio.group(key)
    group.write_bytes(group.read_bytes()[:-4])
    studio.film.unlink()
    drawn.clear()
    studio.build().run()
    said = capsys.readouterr().err
    assert f"{key}.group is not what was kept under its name; it is drawn again." in said
    assert "Traceback" not in said
    assert set(drawn) == {("ch1_tiny", "mechanism")}
    assert all((one == other).all() for one, other in zip(pictures(studio.film), first, strict=True))


def test_a_film_that_was_joined_but_not_vouched_for_is_not_taken_for_an_older_one(studio: Studio) -> None:
    """Killed right after joining what was changed, and the change taken back: the film goes back as well."""
    studio.build().run()
    first = studio.film.read_bytes()
    studio.change("Dot(radius=0.5)", "Dot(radius=0.9)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "write_json", lambda path, value: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            studio.build().run()
    assert studio.film.read_bytes() != first
    studio.change("Dot(radius=0.9)", "Dot(radius=0.5)")
    studio.build().run()
    assert studio.film.read_bytes() == first


def test_a_sound_that_is_gone_is_made_again(studio: Studio) -> None:
    studio.change(
        "self.play(FadeIn(walk), run_time=0.3)",
        "self.sound_walk(np.linspace(0, 1, 5), 1.5)\n            self.play(FadeIn(walk), run_time=0.3)",
    )
    studio.build().run()
    (effect,) = Rendered.load(rendered_path("ch1_tiny")).effects
    wanted, loud = studio.film.read_bytes(), effect.path.read_bytes()
    effect.path.unlink()
    studio.film.unlink()
    studio.build().run()
    assert effect.path.read_bytes() == loud
    assert studio.film.read_bytes() == wanted


def test_a_quick_look_shows_only_what_was_asked_for_and_its_pieces_are_used_again(
    studio: Studio, drawn: list[tuple[str, str]]
) -> None:
    (film,) = studio.build(window=(5.0, 6.0)).run()
    assert film != studio.film
    assert 0 < len(pictures(film)) < 0.75 * sum(one.planned.frames for one in studio.build().planned())
    looked_at = {depth: studio.segments(depth) for depth in ("story", "mechanism", "derivation")}
    studio.build().run()
    for depth, segments in looked_at.items():
        assert segments.items() <= studio.segments(depth).items()
    heard(studio.film, Rendered.load(rendered_path("ch1_tiny")))
    (story,) = studio.build(depths=("story",)).run()
    assert story != studio.film
    assert len(pictures(story)) == studio.build().planned()[0].planned.frames


def test_a_build_that_is_interrupted_leaves_no_worker_behind() -> None:
    pid = 0

    def interrupted() -> None:
        nonlocal pid
        with local_pool(1) as pool:
            pid = pool.submit(os.getpid).result()
            pool.submit(time.sleep, 60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    for _ in range(50):
        if not alive(pid):
            return
        time.sleep(0.1)
    raise AssertionError("the worker is still there")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# The command line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["render", "--jobs", "0"], "at least 1 worker"),
        (["render", "-q", "x"], "no quality 'x'"),
        (["render", "ch9"], "no chapter 'ch9'"),
        (["render", "--from", "9", "--to", "3"], "--from comes first"),
        (["render", "--episode", "--depth", "story"], "An episode has all of a chapter"),
        (["plan", "--jobs", "0"], "at least 1 worker"),
    ],
)
def test_bad_requests_are_refused_in_a_sentence(studio: Studio, arguments: list[str], says: str) -> None:
    code, out, err = studio.run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_the_plan_tells_what_would_be_rendered_and_why(studio: Studio) -> None:
    code, out, _ = studio.run("plan", "--json")
    assert code == 0
    value = json.loads(out)
    (chapter,) = value["chapters"]
    assert [depth["name"] for depth in chapter["depths"]] == ["story", "mechanism", "derivation"]
    for depth in chapter["depths"]:
        assert depth["render"] == depth["frames"] == sum(one["frames"] for one in depth["animations"])
    story = chapter["depths"][0]
    assert story["narration"][0]["text"] == "Here are five small pictures of nothing."
    words = " ".join(caption["text"].replace("\n", " ") for caption in story["captions"])
    assert words == " ".join(line["text"] for line in story["narration"])
    spoken = [one for one in story["animations"] if one["line"] == 0]
    assert spoken[0]["start"] / 10 == pytest.approx(story["narration"][0]["start"])
    assert value["estimates"][1]["workers"] == 32
    studio.build().run()
    assert "nothing has changed" in studio.run("plan")[1]
    studio.change("Transform(circle, Square())", "Transform(circle, Square(1))")
    code, out, _ = studio.run("plan", "--why")
    assert "ch1_tiny story: all that it shows is known" in out
    reasons = out.partition("derivation is to be rendered, because of:")[2]
    assert "scenes/ch1_tiny.py" in reasons
    assert studio.run("plan", "--why")[1] == out  # asking does not change the answer
