import itertools
import json
import multiprocessing
import re
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyloudnorm
import pytest
import srt
import webvtt
from click.testing import CliRunner
from PIL import Image

from course.cast import Cast
from course.episode.assemble import build_episode
from course.episode.command import episode
from course.episode.kept import bring_up_to_date
from course.errors import CourseError, UsageError
from course.files import digest_file
from course.paths import media
from course.render.rendered import Rendered, rendered_path
from course.video.film import write_film
from course.voice import sound
from course.voice.mix import mix
from tests.episode.tiny_film import (
    FPS,
    FRAMES,
    MARKS,
    TEXTS,
    boxes,
    film,
    needs_ffmpeg,
    number_in,
    probe,
    spoken,
)

CONTRACT = {
    *("episode.mp4", "captions.srt", "captions.vtt", "chapters.json", "description.txt"),
    *("thumbnail.png", "contact_sheet.png", "build.json"),
}
DEPTHS = {f"depths/{name}.{kind}" for name, _ in MARKS for kind in ("mp4", "srt", "vtt")}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(rendered: Rendered) -> Path:
    return build_episode(rendered, "ch1_noise")


def test_an_episode_is_exactly_what_the_contract_names(built: Path) -> None:
    assert built == media() / "episodes" / "ch1_noise"
    assert files(built) == CONTRACT | DEPTHS
    assert not [path.name for path in built.parent.iterdir() if path.name.startswith(".")]


@needs_ffmpeg
def test_ffprobe_finds_what_a_publisher_asks_for(built: Path) -> None:
    found = probe(built / "episode.mp4")
    picture, track = found["streams"][:2]
    assert {key: picture[key] for key in ("codec_name", "profile", "pix_fmt", "field_order")} == {
        "codec_name": "h264",
        "profile": "High",
        "pix_fmt": "yuv420p",
        "field_order": "progressive",
    }
    colours = ("color_space", "color_transfer", "color_primaries")
    assert [picture[key] for key in colours] == ["bt709"] * 3
    assert picture["color_range"] == "tv"
    assert (picture["r_frame_rate"], picture["avg_frame_rate"]) == ("30/1", "30/1")
    assert (track["codec_name"], track["profile"]) == ("aac", "LC")
    assert (track["sample_rate"], track["channels"]) == ("48000", 2)
    assert float(picture["start_time"]) == float(track["start_time"]) == 0.0
    assert abs(float(picture["duration"]) - float(track["duration"])) <= 1 / FPS
    assert float(picture["duration"]) == pytest.approx(FRAMES / FPS, abs=1e-3)
    assert found["format"]["tags"]["title"] == "Where is a picture?"


def test_the_index_is_in_front_and_there_is_no_edit_list(built: Path) -> None:
    names = [name for name, _ in boxes((built / "episode.mp4").read_bytes())]
    assert names.index(b"moov") < names.index(b"mdat")
    assert names.count(b"trak") >= 2
    assert b"edts" not in names


@needs_ffmpeg
def test_marks_land_on_the_right_frames(built: Path) -> None:
    marks = probe(built / "episode.mp4")["chapters"]
    assert [mark["tags"]["title"] for mark in marks] == ["The story", "The mechanism", "The derivation"]
    assert [round(float(mark["start_time"]) * FPS) for mark in marks] == [0, 61, 124]
    for mark, (_, start) in zip(marks, MARKS, strict=True):
        # Never before its picture: a player that jumps there would show the one before.
        assert 0 <= float(mark["start_time"]) - start <= 0.001
    assert round(float(marks[-1]["end_time"]) * FPS) == FRAMES
    table = json.loads((built / "chapters.json").read_text())
    assert [mark["frame"] for mark in table["chapters"]] == [0, 61, 124]
    assert [int(mark["start"] * FPS) for mark in table["chapters"]] == [0, 61, 124]
    with av.open(str(built / "episode.mp4")) as container:
        shown = {round(frame.time * FPS): number_in(frame) for frame in container.decode(video=0)}
    assert [shown[mark["frame"]] for mark in table["chapters"]] == [0, 61, 124]


def test_the_video_is_copied_and_never_encoded_again(rendered: Rendered, built: Path) -> None:
    def payload(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    assert payload(built / "episode.mp4") == payload(rendered.video)


def test_an_independent_meter_measures_the_finished_film(built: Path) -> None:
    with av.open(str(built / "episode.mp4")) as container:
        parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
    samples = np.concatenate(parts, axis=1).T
    assert pyloudnorm.Meter(48_000).integrated_loudness(samples) == pytest.approx(-14.0, abs=0.5)
    from scipy.signal import resample_poly

    assert 20 * np.log10(np.abs(resample_poly(samples[:, 0], 8, 1)).max()) <= -1.0


def test_the_sound_starts_with_its_cue_in_the_finished_film(built: Path, rendered: Rendered) -> None:
    samples = sound.read(built / "episode.mp4")
    for cue in rendered.cues:
        before = samples[round((cue.start - 0.03) * 48_000) : round((cue.start - 0.002) * 48_000)]
        after = samples[round((cue.start + 0.002) * 48_000) : round((cue.start + 0.03) * 48_000)]
        assert np.abs(before).max() < 0.02 < np.abs(after).max()


def test_captions_in_the_folder_read_back_and_end_with_the_film(built: Path) -> None:
    subs = list(srt.parse((built / "captions.srt").read_text(encoding="utf-8")))
    assert len(subs) == len(webvtt.read(str(built / "captions.vtt"))) > 0
    assert " ".join(sub.content.replace("\n", " ") for sub in subs) == " ".join(TEXTS)
    assert subs[-1].end.total_seconds() <= FRAMES / FPS


def test_the_description_has_cast_credits_and_licences(built: Path) -> None:
    text = (built / "description.txt").read_text()
    assert not re.search(r"^\d+:\d\d", text, re.MULTILINE)  # this film's depths take two seconds each
    assert '"a butterfly on a blue background"' in text
    assert "seed 7" in text
    assert "licence" in text
    assert "CMU US SLT" in text
    assert len(text.encode()) <= 5000


def test_the_credits_name_all_that_the_neural_voice_was_made_from() -> None:
    from course.episode.describe import describe

    text = describe("Why?", "About.", [], 60.0, [Cast("a fish", "a car")], ["hibari"])
    for source in ("Maureese Williams", "Kokoro-82M", "hexgrad", "misaki", "spaCy", "eSpeak NG"):
        assert source in text


@pytest.mark.parametrize(
    ("starts", "duration", "stamped"),
    [
        ((0.0, 60.0, 120.0), 180.0, ["0:00", "1:00", "2:00"]),
        ((0.0, 9.9, 60.0, 120.0), 180.0, ["0:00", "1:00", "2:00"]),
        ((0.0, 60.0, 120.0, 175.0), 180.0, ["0:00", "1:00", "2:00"]),
        ((0.0, 9.0, 60.0), 180.0, []),
        ((0.0, 2.0, 4.0), 6.0, []),
    ],
)
def test_depths_too_short_for_a_chapter_mark_do_not_keep_a_film_at_home(
    starts: tuple[float, ...], duration: float, stamped: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    from course.episode.describe import describe
    from course.publish.metadata import problems
    from course.video.film import Mark

    marks = [Mark(start, f"Part {number}") for number, start in enumerate(starts)]
    text = describe("Why?", "About.", marks, duration, [Cast("a fish", "a car")], [])
    assert re.findall(r"^(\d+:\d\d) Part", text, re.MULTILINE) == stamped
    assert problems("fine", text, (), duration) == []
    said = capsys.readouterr().err.splitlines()
    assert len(said) == (len(stamped) < len(starts))


def test_a_question_that_begins_with_a_time_of_day_is_no_time_stamp() -> None:
    from course.episode.describe import describe
    from course.publish.metadata import time_stamps
    from course.video.film import Mark

    marks = [Mark(60.0 * k, f"Part {k}") for k in range(3)]
    text = describe("0:15 in the night, what now?", "7:30: about.", marks, 180.0, [Cast("a", "b")], [])
    assert time_stamps(text) == [0, 60, 120]
    assert text.startswith("0∶15 in the night")


@pytest.mark.parametrize(
    "prompt", ["<script>alert(1)</script> butterfly", "{{ 7 * 7 }} {% x %}", "a\x00b\x1b[31m 🦋"]
)
def test_a_prompt_is_only_text_in_a_description(rendered: Rendered, prompt: str) -> None:
    from course.episode.describe import describe
    from course.video.film import Mark

    text = describe("Q?", "About.", [Mark(0.0, "One")], 60.0, [Cast(prompt, "b" * 6000)], ["silence"])
    assert not set("<>\x00\x1b") & set(text)
    assert "49" not in text
    assert "MIT licence" in text
    assert len(text.encode()) <= 5000


def test_a_long_description_loses_time_stamps_and_never_its_licences(rendered: Rendered) -> None:
    from course.episode.describe import describe
    from course.publish.metadata import problems
    from course.video.film import Mark

    def described(casts: list[Cast], title: str = "{}: {}") -> str:
        depths = ("the story", "the mechanism", "the derivation")
        marks = [Mark(300.0 * k, title.format(f"Chapter {k // 3}", depths[k % 3])) for k in range(36)]
        text = describe("Q?", "About.", marks, 300.0 * 36, casts, ["takes", "festival"])
        assert problems("fine", text, (), 300.0 * 36) == []
        assert len(text.encode()) <= 4900
        for kept in ("CC BY 4.0", "MIT licence", "Noto Color Emoji", "Inter Project", "New Computer Modern"):
            assert kept in text
        assert text.endswith("Voice: read by a person.\n")
        return text

    everything = described([rendered.cast])
    assert everything.count("Chapter ") == 36
    casts = [Cast("a fish " * 40, "a car " * 40, seed=seed) for seed in range(6)]
    fewer = described(casts)
    assert re.findall(r"^\S+ (Chapter .*)$", fewer, re.MULTILINE) == [
        f"Chapter {k}: the story" for k in range(12)
    ]
    assert all(
        f'"{cast.prompt.strip()}" and "{cast.other.strip()}", seed {cast.seed}' in fewer for cast in casts
    )
    # More than fits whatever is left out: three stamps stay, and the casts that do not fit are counted.
    crowd = described([Cast("ü" * 900, "ö" * 900, seed=seed) for seed in range(9)], "é" * 900)
    assert len(re.findall(r"^\d+:\d\d", crowd, re.MULTILINE)) == 3
    assert "seed 0" in crowd
    assert re.search(r"^And \d more\.$", crowd, re.MULTILINE)


def test_the_thumbnail_is_right_and_legible_at_320_pixels(built: Path) -> None:
    path = built / "thumbnail.png"
    assert path.stat().st_size < 2_000_000
    with Image.open(path) as opened:
        assert opened.format == "PNG"
        assert opened.size == (1280, 720)
        small = np.asarray(opened.convert("L").resize((320, 180), Image.Resampling.BOX), dtype=float)
    words = small[125:] > 128
    rows = np.flatnonzero(words.any(axis=1))
    lines = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert max(len(line) for line in lines) >= 11  # letters of 11 pixels and more can be read
    assert (small[10:110] > 100).any()  # and the picture to remember is above them


def test_a_picture_full_of_noise_still_fits_below_2_megabytes(tmp_path: Path) -> None:
    from course.episode.pictures import thumbnail

    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    thumbnail(tmp_path / "noise.png", "Where is a picture?", tmp_path / "thumbnail.png")
    assert (tmp_path / "thumbnail.png").stat().st_size < 2_000_000


def test_the_contact_sheet_shows_the_film_in_order(built: Path) -> None:
    with Image.open(built / "contact_sheet.png") as opened:
        sheet = np.asarray(opened.convert("L"))
    places = []
    for k in range(24):
        row, column = divmod(k, 6)
        tile = sheet[row * 214 + 2 : row * 214 + 178, column * 320 + 2 : column * 320 + 318]
        bits = [tile[20, 20 + 34 * bit - bit // 3] > 128 for bit in range(9)]
        places.append(sum(1 << bit for bit in range(9) if bits[bit]))
    assert places == sorted(places)
    wanted = [FRAMES * (k + 0.5) / 24 for k in range(24)]
    assert max(abs(place - want) for place, want in zip(places, wanted, strict=True)) <= 16


def test_build_json_says_what_it_was_made_from_and_nothing_of_this_machine(
    built: Path, rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.loads((built / "build.json").read_text())
    assert facts["title"] == rendered.title
    assert facts["frames"] == FRAMES
    assert facts["video"] == digest_file(rendered.video)
    assert facts["voices"] == {"festival": 3}
    assert facts["inputs"] == rendered.inputs
    assert set(facts["files"]) == (CONTRACT | DEPTHS) - {"build.json"}
    assert all(digest_file(built / name) == digest for name, digest in facts["files"].items())
    monkeypatch.setenv("COURSE_VOICE_KEY", "sk-very-secret")
    text = "".join(
        path.read_text()
        for path in build_episode(rendered, "ch1_noise").rglob("*")
        if path.suffix in (".json", ".txt", ".srt", ".vtt")
    )
    assert "sk-very-secret" not in text
    assert str(media()) not in text
    assert str(rendered.video.parent) not in text


def test_the_same_chapter_makes_the_same_files(built: Path, rendered: Rendered) -> None:
    before = json.loads((built / "build.json").read_text())
    assert json.loads((build_episode(rendered, "ch1_noise") / "build.json").read_text()) == before


def test_a_rendered_chapter_survives_its_json(rendered: Rendered, tmp_path: Path) -> None:
    rendered.save(tmp_path / "rendered.json")
    assert Rendered.load(tmp_path / "rendered.json") == rendered
    (tmp_path / "rendered.json").write_text('{"video": 1')
    with pytest.raises(CourseError, match="is damaged"):
        Rendered.load(tmp_path / "rendered.json")
    with pytest.raises(CourseError, match="is missing"):
        Rendered.load(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    "damage", ["truncated", "cut short", "empty", "text", "missing", "other rate", "no thumbnail"]
)
def test_a_chapter_that_is_not_whole_ends_in_a_sentence_and_leaves_the_old_episode(
    rendered: Rendered, built: Path, tmp_path: Path, damage: str
) -> None:
    video, bad = tmp_path / "video.mp4", rendered
    data = rendered.video.read_bytes()
    if damage == "cut short":  # the index is in front and still promises everything
        video.write_bytes((built / "episode.mp4").read_bytes()[:-20_000])
    if damage in ("truncated", "empty", "text"):
        video.write_bytes({"truncated": data[: len(data) // 2], "empty": b"", "text": b"no film"}[damage])
    bad = replace(rendered, video=video)
    if damage == "other rate":
        bad = replace(rendered, fps=60)
    if damage == "no thumbnail":
        bad = replace(rendered, thumbnail=tmp_path / "none.png")
    before = digest_file(built / "build.json")
    with pytest.raises(CourseError, match=r"Render (the chapter|.* first)"):
        build_episode(bad, "ch1_noise")
    assert digest_file(built / "build.json") == before
    assert not list(built.parent.glob(".*"))


STARTS = [round(start * FPS) for _, start in MARKS]
PARTS = [
    pytest.param(name, range(start, end), id=name)
    for (name, _), start, end in zip(MARKS, STARTS, [*STARTS[1:], FRAMES], strict=True)
]


@pytest.mark.parametrize(("depth", "part"), PARTS)
def test_a_depth_is_a_film_of_its_own_with_exactly_its_pictures(built: Path, depth: str, part: range) -> None:
    path = built / "depths" / f"{depth}.mp4"
    with av.open(str(path)) as container:
        shown = [(round(frame.time * FPS), number_in(frame)) for frame in container.decode(video=0)]
        assert container.metadata["title"] == f"Where is a picture?: the {depth}"
        assert len(container.chapters()) == 0
    assert shown == list(enumerate(part))
    with av.open(str(path)) as mine, av.open(str(built / "episode.mp4")) as whole:
        for one, other in zip(mine.streams, whole.streams, strict=False):
            assert (one.codec_context.name, one.profile) == (other.codec_context.name, other.profile)
            assert one.codec_context.extradata == other.codec_context.extradata
            assert one.start_time == 0
        picture, track = mine.streams.video[0], mine.streams.audio[0]
        assert picture.average_rate == FPS
        assert (picture.width, picture.height, picture.pix_fmt) == (320, 180, "yuv420p")
        assert (track.rate, track.channels) == (48_000, 2)
        for stream in (picture, track):
            seconds = float((stream.duration or 0) * (stream.time_base or 0))
            assert seconds == pytest.approx(len(part) / FPS, abs=1e-3)
    names = [name for name, _ in boxes(path.read_bytes())]
    assert names.index(b"moov") < names.index(b"mdat")
    assert b"edts" not in names


def test_the_depths_together_are_as_long_as_the_film_and_hold_the_packets_it_has(built: Path) -> None:
    def payload(name: str) -> list[bytes]:
        with av.open(str(built / name)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    parts = [payload(f"depths/{depth}.mp4") for depth, _ in MARKS]
    assert [*itertools.chain(*parts)] == payload("episode.mp4")
    assert sum(map(len, parts)) == FRAMES


def test_sound_that_a_film_has_already_is_taken_over_as_it_is(
    built: Path, rendered: Rendered, tmp_path: Path
) -> None:
    def payload(path: Path) -> list[tuple[int | None, bytes]]:
        with av.open(str(path)) as container:
            return [(packet.pts, bytes(packet)) for packet in container.demux(audio=0) if packet.size]

    track, whole = tmp_path / "track.wav", tmp_path / "whole.mp4"
    mix(rendered.cues, FRAMES / FPS, track, rendered.effects)
    write_film([rendered.video], track, (), rendered.title, whole)
    taken = build_episode(replace(rendered, video=whole, mixed=True), "ch2_taken")
    assert payload(taken / "episode.mp4") == payload(whole) == payload(built / "episode.mp4")


@pytest.mark.parametrize(("depth", "part"), PARTS)
def test_a_depth_sounds_as_the_film_does_there_to_the_millisecond(
    built: Path, depth: str, part: range
) -> None:
    film, mine = sound.read(built / "episode.mp4"), sound.read(built / "depths" / f"{depth}.mp4")
    start, length = round(part.start / FPS * 48_000), round(len(part) / FPS * 48_000)
    assert 0 <= len(mine) - length < 1024  # whole packets
    there, here = film[start : start + length], mine[:length]
    shifts = range(-96, 97)
    inner = slice(96, min(len(there), len(here)) - 96)
    alike = [float(np.dot(there[inner], np.roll(here, shift)[inner])) for shift in shifts]
    assert abs(shifts[int(np.argmax(alike))]) <= 48
    assert np.corrcoef(there[inner], here[inner])[0, 1] > 0.99


@pytest.mark.parametrize(("depth", "part"), PARTS)
def test_a_depths_captions_begin_with_its_words(
    built: Path, rendered: Rendered, depth: str, part: range
) -> None:
    subs = list(srt.parse((built / "depths" / f"{depth}.srt").read_text(encoding="utf-8")))
    (cue,) = [cue for cue in rendered.cues if part.start <= cue.start * FPS < part.stop]
    assert subs[0].start.total_seconds() == pytest.approx(cue.start - part.start / FPS, abs=1e-3)
    assert subs[-1].end.total_seconds() <= len(part) / FPS + 1e-3
    assert " ".join(sub.content.replace("\n", " ") for sub in subs) == cue.utterance.text
    assert len(webvtt.read(str(built / "depths" / f"{depth}.vtt"))) == len(subs)


def test_only_the_depths_that_are_there_become_films(rendered: Rendered) -> None:
    folder = build_episode(replace(rendered, marks=(MARKS[0], MARKS[2])), "ch3_two")
    assert {path.stem for path in (folder / "depths").iterdir()} == {"story", "derivation"}
    with av.open(str(folder / "depths" / "story.mp4")) as container:
        assert [number_in(frame) for frame in container.decode(video=0)] == list(range(STARTS[2]))


def test_a_film_that_cannot_be_cut_at_a_mark_is_refused_in_a_sentence(
    rendered: Rendered, tmp_path: Path
) -> None:
    uncut = replace(rendered, video=film(tmp_path / "uncut.mp4", FRAMES))
    with pytest.raises(CourseError, match=r"cannot be cut at picture 0|cannot be cut at picture 61"):
        build_episode(uncut, "ch3_uncut")
    assert not (media() / "episodes" / "ch3_uncut").exists()


def test_an_episode_from_which_nothing_changed_is_not_written_again(
    rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    rendered.save(rendered_path("ch1_noise"))
    kept = Rendered.load(rendered_path("ch1_noise"))
    folder = bring_up_to_date(kept, "ch1_noise").parent
    before = {name: (folder / name).stat().st_mtime_ns for name in files(folder)}
    assert before.keys() >= DEPTHS
    assert bring_up_to_date(kept, "ch1_noise").parent == folder
    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == before


def _forever(rendered: Rendered) -> None:
    while True:
        build_episode(rendered, "ch1_noise")


@pytest.mark.parametrize("after", [0.3, 0.8])
def test_a_build_that_is_killed_leaves_a_whole_episode(rendered: Rendered, built: Path, after: float) -> None:
    process = multiprocessing.get_context("fork").Process(target=_forever, args=(rendered,))
    process.start()
    time.sleep(after)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    again = build_episode(rendered, "ch1_noise")
    facts = json.loads((again / "build.json").read_text())
    assert all(digest_file(again / name) == digest for name, digest in facts["files"].items())
    assert not list(again.parent.glob(".*"))


def test_an_episode_put_aside_by_a_killed_build_is_put_back(rendered: Rendered, built: Path) -> None:
    built.rename(built.parent / ".ch1_noise.old")
    with pytest.raises(CourseError):
        build_episode(replace(rendered, thumbnail=Path("none.png")), "ch1_noise")
    assert files(built) == CONTRACT | DEPTHS


@pytest.mark.parametrize("name", ["../outside", "", ".hidden", "a/b"])
def test_an_episode_cannot_be_written_elsewhere(rendered: Rendered, name: str) -> None:
    with pytest.raises(UsageError, match="no name for an episode"):
        build_episode(rendered, name)


def test_a_chapter_without_a_word_is_silent_but_whole(rendered: Rendered) -> None:
    folder = build_episode(replace(rendered, cues=(), marks=()), "ch9_silent")
    assert files(folder) == CONTRACT
    assert not sound.read(folder / "episode.mp4").any()


def test_burnt_captions_are_in_the_picture_only_while_they_are_said(rendered: Rendered) -> None:
    folder = build_episode(rendered, "ch2_burnt", burn=True)
    assert files(folder) == CONTRACT | DEPTHS | {"episode_captioned.mp4"}
    subs = list(srt.parse((folder / "captions.srt").read_text(encoding="utf-8")))
    lit, numbers = [], []
    with av.open(str(folder / "episode_captioned.mp4")) as container:
        assert len(container.chapters()) == 3
        for frame in container.decode(video=0):
            lit.append(bool((frame.to_ndarray(format="gray")[150:] > 180).any()))
            numbers.append(number_in(frame))
    assert numbers == list(range(FRAMES))
    moments = np.arange(FRAMES) / FPS
    wanted = [any(sub.start.total_seconds() <= t < sub.end.total_seconds() for sub in subs) for t in moments]
    assert sum(a != b for a, b in zip(lit, wanted, strict=True)) <= 2 * len(subs)


def test_the_whole_course_is_one_film_with_marks_for_every_chapter_and_depth(
    rendered: Rendered, tmp_path: Path
) -> None:
    from course.episode.whole import build_course

    other = replace(
        rendered,
        video=film(tmp_path / "second.mp4", 130, "medium"),
        marks=(("story", 0.0), ("mechanism", 70 / FPS)),
        cues=spoken(tmp_path)[:1],
        title="The walk back",
    )
    folder = build_course([("ch1_noise", rendered), ("ch2_denoise", other)])
    assert folder == media() / "episodes" / "course"
    assert files(folder) == CONTRACT
    card = 120
    with av.open(str(folder / "episode.mp4")) as container:
        found: list[Any] = list(container.chapters())
        marks = [
            (round(mark["start"] * mark["time_base"] * FPS), mark["metadata"]["title"]) for mark in found
        ]
        numbers = [number_in(frame) for frame in container.decode(video=0)]
    assert marks == [
        (0, "Where is a picture?: the story"),
        (card + 61, "Where is a picture?: the mechanism"),
        (card + 124, "Where is a picture?: the derivation"),
        (card + FRAMES, "The walk back: the story"),
        (card + FRAMES + 70, "The walk back: the mechanism"),
    ]
    assert numbers[card:] == [*range(FRAMES), *range(130)]
    subs = list(srt.parse((folder / "captions.srt").read_text(encoding="utf-8")))
    assert " ".join(sub.content.replace("\n", " ") for sub in subs) == " ".join([*TEXTS, TEXTS[0]])
    second = (card + FRAMES) / FPS + other.cues[0].start
    assert any(abs(sub.start.total_seconds() - second) < 0.01 for sub in subs)
    level = pyloudnorm.Meter(48_000).integrated_loudness(
        sound.read(folder / "episode.mp4")[:, None].repeat(2, 1)
    )
    assert level == pytest.approx(-14.0, abs=0.5)


def test_drafts_join_as_well(rendered: Rendered, tmp_path: Path) -> None:
    from course.episode.whole import build_course

    draft = replace(rendered, video=film(tmp_path / "draft.mp4", 130, preset="ultrafast"), cues=(), marks=())
    folder = build_course([("ch1_noise", draft)])
    with av.open(str(folder / "episode.mp4")) as container:
        assert [number_in(frame) for frame in container.decode(video=0)][120:] == list(range(130))


def test_chapters_of_different_size_are_not_forced_into_one_film(rendered: Rendered, tmp_path: Path) -> None:
    from course.episode.whole import build_course

    small = replace(rendered, video=film(tmp_path / "small.mp4", 20, size=(160, 90)))
    with pytest.raises(CourseError, match=r"other settings .*same quality and frame rate"):
        build_course([("ch1_noise", rendered), ("ch2_denoise", small)])
    assert not list((media() / "episodes").glob(".*"))


def test_the_command_builds_what_was_rendered_and_names_what_was_not(
    rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from course import chapters

    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    for name in ("ch1_noise", "ch2_denoise"):
        (tmp_path / f"{name}.py").touch()
    rendered.save(rendered_path("ch1_noise"))
    result = CliRunner().invoke(episode, ["all"])
    assert isinstance(result.exception, CourseError)
    assert "Not rendered yet: ch2_denoise. First run: course render ch2_denoise" in str(result.exception)
    rendered.save(rendered_path("ch2_denoise"))
    result = CliRunner().invoke(episode, ["all"], catch_exceptions=False)
    assert [line.rpartition("episodes/")[2] for line in result.stdout.splitlines()] == [
        *("ch1_noise", "ch2_denoise", "course"),
    ]
    assert (tmp_path / "media" / "episodes" / "course" / "episode.mp4").exists()


@pytest.mark.slow
def test_an_hour_of_film_stays_below_500_megabytes_and_5_percent_of_its_time(
    rendered: Rendered, tmp_path: Path
) -> None:
    script = tmp_path / "hour.py"
    rendered.save(tmp_path / "rendered.json")
    script.write_text(
        "import sys, pathlib\n"
        "from course.render.rendered import Rendered\n"
        "from course.episode.whole import build_course\n"
        "one = Rendered.load(pathlib.Path(sys.argv[1]))\n"
        "build_course([(f'ch{k}_x', one) for k in range(578)])\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, str(script), str(tmp_path / "rendered.json")], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_maxrss / 1024 < 500
    # Processor time, which other work on the machine does not change.
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 0.05 * 578 * FRAMES / FPS
