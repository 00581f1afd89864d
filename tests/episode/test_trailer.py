import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import srt
import webvtt
from click.testing import CliRunner

from course.chapters import COURSE
from course.episode.command import episode
from course.episode.trailer import build_trailer
from course.errors import CourseError, UsageError
from course.files import digest_file
from course.paths import media
from course.publish.built import course_order
from course.render.rendered import Rendered, rendered_path
from course.voice import Cue
from tests.episode.test_episode import CONTRACT, files
from tests.episode.tiny_film import FPS, FRAMES, film, number_in, spoken

LONG = 420
OWN, NEXT = 9.0, 12.0  # seconds: where the long chapter's last line of its own begins, and the one after


@pytest.fixture(scope="module")
def chapters(
    rendered: Rendered, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[tuple[str, Rendered]]]:
    """A chapter that leads on to the next one, and a short one that ends with its own words."""
    folder = tmp_path_factory.mktemp("trailer")
    said = spoken(folder)
    lead = replace(said[1].utterance, text="Next: Why not just jump to the picture?")
    long = replace(
        rendered,
        video=film(folder / "long.mp4", LONG),
        cues=(said[0], Cue(OWN, said[2].utterance), Cue(NEXT, lead)),
        title="The guessing game",
        question="How did it learn?",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_VOICE", "silence")
        yield [("ch3_learn", long), ("ch4_walk", replace(rendered, question="Why?"))]


@pytest.fixture(scope="module")
def built(chapters: list[tuple[str, Rendered]]) -> Path:
    return build_trailer(chapters)


def pictures(built: Path) -> list[av.VideoFrame]:
    with av.open(str(built / "episode.mp4")) as container:
        return list(container.decode(video=0))


def starts(built: Path) -> list[int]:
    return [mark["frame"] for mark in json.loads((built / "chapters.json").read_text())["chapters"]]


def test_a_trailer_is_a_whole_episode(built: Path) -> None:
    assert built == media() / "episodes" / "trailer"
    assert files(built) == CONTRACT
    facts = json.loads((built / "build.json").read_text())
    assert facts["title"] == "Noise to Picture: the trailer"
    assert [part["chapter"] for part in facts["chapters"]] == ["ch3_learn", "ch4_walk"]
    assert all(digest_file(built / name) == digest for name, digest in facts["files"].items())
    assert facts["frames"] == len(pictures(built))
    with av.open(str(built / "episode.mp4")) as container:
        titles = [mark["metadata"]["title"] for mark in container.chapters()]
        assert container.streams.audio
    assert titles == [
        "Words in, picture out.",
        "The guessing game",
        "Where is a picture?",
        "Noise to Picture",
    ]


def test_its_captions_are_the_questions_in_order_between_what_the_cards_say(built: Path) -> None:
    subs = list(srt.parse((built / "captions.srt").read_text(encoding="utf-8")))
    assert len(webvtt.read(str(built / "captions.vtt"))) == len(subs)
    assert " ".join(sub.content.replace("\n", " ") for sub in subs) == (
        "Words in, picture out. What happens in between? How did it learn? Why? Noise to Picture. "
        "How a picture comes out of noise: the story, the mechanism, the mathematics."
    )
    first, second = (start / FPS for start in starts(built)[1:3])
    begins = {sub.content: sub.start.total_seconds() for sub in subs}
    assert first < begins["How did it learn?"] < first + 1
    assert second < begins["Why?"] < second + 1


def test_a_chapters_part_ends_with_its_last_word_and_not_with_the_next_question(
    built: Path, chapters: list[tuple[str, Rendered]]
) -> None:
    facts = json.loads((built / "build.json").read_text())
    _, long, short, end = starts(built)
    shown = pictures(built)
    for part, (_, rendered), own, start, stop in zip(
        facts["chapters"], chapters, (1, 2), (long, short), (short, end), strict=True
    ):
        first, last = part["taken"]
        assert last / FPS == pytest.approx(rendered.cues[own].end, abs=1 / FPS)
        assert last - first == stop - start
        # The third that is fully lit; the number's two highest places lie under the label.
        lit = range(stop - 60, stop - 15)
        assert [number_in(shown[at]) % 128 for at in lit] == [(first + at - start) % 128 for at in lit]


def test_a_question_stands_over_a_dim_picture_and_then_the_picture_is_alone(built: Path) -> None:
    shown = [frame.to_ndarray(format="gray") for frame in pictures(built)]
    _, long, short, _ = starts(built)

    def written(picture: np.ndarray) -> bool:
        return bool((picture[60:100, 80:240] > 200).any())  # the films have nothing as bright there

    assert all(written(shown[at]) for at in range(long + 12, long + 40))
    assert not any(written(shown[at]) for at in range(short - 60, short))
    assert shown[long + 30][20, 20:250].max() < 0.5 * shown[short - 30][20, 20:250].max()
    assert shown[short - 1][30:].max() < 80  # it goes, whatever stands beside it


def test_the_same_chapters_make_the_same_trailer(built: Path, chapters: list[tuple[str, Rendered]]) -> None:
    before = (built / "build.json").read_bytes()
    assert (build_trailer(chapters) / "build.json").read_bytes() == before


def test_chapters_of_different_quality_make_no_trailer_and_leave_the_old_one(
    built: Path, chapters: list[tuple[str, Rendered]], tmp_path: Path
) -> None:
    small = replace(chapters[1][1], video=film(tmp_path / "small.mp4", 20, size=(160, 90)))
    before = (built / "build.json").read_bytes()
    with pytest.raises(CourseError, match="Render all chapters with the same quality"):
        build_trailer([chapters[0], ("ch4_walk", small)])
    with pytest.raises(UsageError, match="no chapter to cut a trailer from"):
        build_trailer([])
    assert (built / "build.json").read_bytes() == before
    assert not list(built.parent.glob(".*"))


def test_the_command_names_what_is_not_rendered_and_builds_nothing_twice(
    chapters: list[tuple[str, Rendered]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr("course.chapters.SCENES", tmp_path)
    for name, _ in chapters:
        (tmp_path / f"{name}.py").touch()
    chapters[0][1].save(rendered_path("ch3_learn"))
    result = CliRunner().invoke(episode, ["trailer"])
    assert isinstance(result.exception, CourseError)
    assert "Not rendered yet: ch4_walk. First run: course render ch4_walk" in str(result.exception)
    chapters[1][1].save(rendered_path("ch4_walk"))

    def run() -> int:
        result = CliRunner().invoke(episode, ["trailer"], catch_exceptions=False)
        assert result.stdout.strip().endswith("episodes/trailer")
        return (tmp_path / "media" / "episodes" / "trailer" / "build.json").stat().st_mtime_ns

    first = run()
    assert run() == first
    assert [path.name for path in (tmp_path / "media" / "episodes").iterdir()] == ["trailer"]
    replace(chapters[1][1], question="And why?").save(rendered_path("ch4_walk"))
    assert run() > first


def test_nine_chapters_are_27_marks_and_one_order_in_the_playlist(rendered: Rendered) -> None:
    from course.episode.whole import build_course

    folder = build_course([(name, replace(rendered, title=COURSE[name].title)) for name in COURSE])
    with av.open(str(folder / "episode.mp4")) as container:
        marks = [mark["metadata"]["title"] for mark in container.chapters()]
        assert container.streams.video[0].frames == 120 + 9 * FRAMES
    depths = ("the story", "the mechanism", "the derivation")
    assert marks == [f"{entry.title}: {depth}" for entry in COURSE.values() for depth in depths]
    assert len(marks) == 27
    assert len(json.loads((folder / "chapters.json").read_text())["chapters"]) == 27
    names = ["course", "trailer", *reversed([*COURSE])]
    assert sorted(names, key=course_order) == ["trailer", *COURSE, "course"]
    ours = [f"kids/{name}" for name in names]
    assert sorted(ours, key=course_order) == [f"kids/{name}" for name in ("trailer", *COURSE, "course")]
