import shutil
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from course.publish import metadata, preflight
from course.publish.ledger import Quota
from tests.publish.desk import Desk


def refused(desk: Desk, sentence: str) -> None:
    """Publishing stops with this sentence, before anything is sent."""
    result = desk.publish("ch2")
    assert result.code == 1, result.text
    assert sentence in result.text
    assert "Traceback" not in result.text
    assert result.connections == []


def test_check_alone_stops_at_the_same_fault(desk: Desk) -> None:
    (desk.folder() / "thumbnail.png").write_bytes(b"no picture")
    desk.built()
    result = desk.publish("--check")
    assert result.code == 1
    assert "thumbnail.png is not a picture" in result.text
    assert result.connections == []


def test_good_film_has_nothing_to_say(films: list[Path]) -> None:
    duration, findings = preflight.film(films[0])
    assert duration == pytest.approx(33, abs=0.1)
    assert findings == []


def test_film_cut_short_is_noticed(desk: Desk) -> None:
    film = desk.folder() / "episode.mp4"
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 3 // 4])
    desk.built()
    refused(desk, "episode.mp4")


def test_film_with_a_damaged_middle_is_noticed(desk: Desk) -> None:
    film = desk.folder() / "episode.mp4"
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60_000] = bytes(60_000)
    film.write_bytes(data)
    desk.built()
    refused(desk, "does not play to its end")


def test_film_that_is_no_film_is_noticed(desk: Desk) -> None:
    (desk.folder() / "episode.mp4").write_text("<html>404</html>")
    desk.built()
    refused(desk, "does not play to its end")


def test_silent_track_and_late_index_are_mentioned(films: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "plain.mp4"
    with av.open(str(films[0])) as source, av.open(str(path), "w") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    _, findings = preflight.film(path)
    assert [finding.fatal for finding in findings] == [False]
    assert "index is at its end" in findings[0].text


def test_missing_sound_is_noticed(films: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    with av.open(str(films[0])) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    _, findings = preflight.film(path)
    assert findings[0].fatal
    assert "lacks a picture or a sound track" in findings[0].text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Static.\n", "Caption 1 in captions.srt cannot be read"),
        ("1\n00:00:01,000 --> 00:00:00,500\nStatic.\n", "does not follow"),
        ("1\n00:00:01,000 --> 00:00:02,500\nA\n\n2\n00:00:02,000 --> 00:00:03,000\nB\n", "does not follow"),
        ("1\n00:00:01,000 --> 00:01:12,500\nStatic.\n", "comes after the film's end"),
        ("1\n00:00:01,000 --> 00:00:02,500\n\n", "cannot be read"),
    ],
)
def test_captions_that_do_not_parse_are_fatal(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "captions.srt"
    path.write_text(text)
    (finding,) = preflight.captions(path, 33.0)
    assert finding.fatal
    assert sentence in finding.text


def test_faulty_captions_stay_at_home(desk: Desk) -> None:
    (desk.folder() / "captions.srt").write_text("Static.\n")
    desk.built()
    refused(desk, "Caption 1 in captions.srt cannot be read")


def test_thumbnail_of_another_size_stays_at_home(desk: Desk) -> None:
    Image.new("RGB", (640, 360)).save(desk.folder() / "thumbnail.png")
    desk.built()
    refused(desk, "640×360")


def test_thumbnail_over_two_megabytes_stays_at_home(desk: Desk) -> None:
    Image.effect_noise((1280, 720), 90).convert("RGB").save(desk.folder() / "thumbnail.png", compress_level=0)
    desk.built()
    refused(desk, "YouTube takes 2")


def test_episode_that_was_not_built_says_how_to_build_it(desk: Desk) -> None:
    shutil.rmtree(desk.folder())
    result = desk.publish("ch2")
    assert result.code == 1
    assert "course episode ch2" in result.text
    desk.folder().mkdir(parents=True)
    refused(desk, "is not built: episode.mp4, captions.srt, thumbnail.png")


def test_episode_that_is_out_of_date_stays_at_home(desk: Desk) -> None:
    captions = desk.folder() / "captions.srt"
    captions.write_text(captions.read_text().replace("Thirty", "Forty"))
    refused(desk, "out of date: captions.srt changed")


def test_film_of_the_whole_course_is_out_of_date_with_its_chapters(desk: Desk) -> None:
    desk.episode("course")
    desk.built("course", chapters=[{"inputs": {"pyproject.toml": "0" * 64}}])
    result = desk.publish("course")
    assert result.code == 1
    assert "course is out of date: pyproject.toml changed" in result.text


def test_film_of_the_whole_course_is_out_of_date_when_a_chapter_was_built_anew(desk: Desk) -> None:
    words = [{"start": 1.0, "text": "This is static.", "sound": "1" * 64}]
    desk.built(video="2" * 64, narration=words)
    desk.episode("course")
    part = {"chapter": "ch2_denoise", "video": "2" * 64, "narration": words}
    desk.built("course", chapters=[part])
    assert desk.publish("course", "--dry-run").code == 0
    changes: list[dict[str, Any]] = [{"video": "3" * 64}, {"narration": []}]
    for change in changes:
        desk.built("course", chapters=[part | change])
        result = desk.publish("course")
        assert result.code == 1
        assert "course is out of date: ch2_denoise changed" in result.text
        assert "`course episode all`" in result.text
    desk.built("course", chapters=[part | {"chapter": "../../elsewhere"}])
    assert desk.publish("course", "--dry-run").code == 0


def test_build_file_cannot_point_outside(desk: Desk) -> None:
    desk.built(inputs={"../../../etc/passwd": "0" * 64})
    assert desk.publish("ch2", "--dry-run").code == 0


def test_title_with_an_emoji_and_101_characters_stays_at_home(desk: Desk) -> None:
    desk.built(title="🦋" + "n" * 99)
    refused(desk, "The title has 101 characters, but YouTube takes 100")


def test_unknown_chapter_is_bad_usage(desk: Desk) -> None:
    for name in ("ch99", "../ch2_denoise", "ch"):
        result = desk.publish(name)
        assert result.code == 2
        assert "There is no chapter" in result.text


@pytest.mark.parametrize("value", ["tomorrow", "2001-01-01T00:00"])
def test_time_that_is_none_or_past_is_bad_usage(desk: Desk, value: str) -> None:
    assert desk.publish("ch2", "--schedule", value, "--yes").code == 2
    assert desk.site.videos == {}


GOOD = "0:00 Story\n0:11 Mechanism\n0:22 Derivation\n"


@pytest.mark.parametrize(
    ("title", "description", "sentence"),
    [
        ("x" * 101, GOOD, "101 characters"),
        ("a < b", GOOD, "title contains an angle bracket"),
        ("fine", GOOD + "x → <b>", "description contains an angle bracket"),
        ("fine", GOOD + "é" * 2600, "bytes"),
        ("two\nlines", GOOD, "control character"),
        ("fine", "0:01 Story\n0:11 Mechanism\n0:22 Derivation", "first at 0:00"),
        ("fine", "0:00 Story\n0:11 Mechanism", "2 time stamps"),
        ("fine", "0:00 Story\n0:05 Mechanism\n0:22 Derivation", "5 s apart"),
        ("fine", "0:00 Story\n0:11 Mechanism\n0:25 Derivation", "8 s apart"),
    ],
)
def test_text_that_the_site_would_refuse_is_named(title: str, description: str, sentence: str) -> None:
    (problem,) = metadata.problems(title, description, ("a tag",), 33)
    assert sentence in problem


def test_longest_allowed_text_passes() -> None:
    assert metadata.problems("🦋" * 50, GOOD + "x" * (5000 - len(GOOD)), ("t" * 498,), 33) == []
    assert metadata.problems("fine", GOOD, ("t" * 501,), 33) != []


def test_hours_in_time_stamps_count() -> None:
    assert metadata.time_stamps("0:00 a\n59:59 b\n1:00:10 c\nat 2:00 nothing") == [0, 3599, 3610]


def test_quota_starts_afresh_at_midnight_in_california() -> None:
    from datetime import UTC, datetime

    quota = Quota("2026-07-01", 900, 3)
    assert quota.on(datetime(2026, 7, 2, 6, 59, tzinfo=UTC)).units == 900
    assert quota.on(datetime(2026, 7, 2, 7, 1, tzinfo=UTC)).units == 0
