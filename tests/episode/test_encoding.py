import base64
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from course.video.encoding import encoder_options
from course.video.film import Mark, timing, write_film
from course.voice import sound
from tests.episode.browser import found_by_chromium, needs_chromium
from tests.episode.tiny_film import film, needs_ffmpeg, number_in

SIDE = 40
CHART = [(r, g, b) for r in (0, 96, 192, 255) for g in (0, 96, 192, 255) for b in (0, 96, 192, 255)]


def chart() -> NDArray[np.uint8]:
    """64 known colours in patches of 40×40, 16 in a row."""
    pixels = np.zeros((4 * SIDE, 16 * SIDE, 3), np.uint8)
    for place, colour in enumerate(CHART):
        y, x = divmod(place, 16)
        pixels[y * SIDE : (y + 1) * SIDE, x * SIDE : (x + 1) * SIDE] = colour
    return pixels


def patches(pixels: NDArray[np.uint8]) -> NDArray[np.int_]:
    return np.array(
        [
            pixels[y * SIDE + SIDE // 2, x * SIDE + SIDE // 2, :3]
            for y, x in (divmod(place, 16) for place in range(len(CHART)))
        ]
    ).astype(int)


@pytest.fixture(scope="module")
def chart_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart as an episode would hold it: encoded, then joined with sound."""
    folder = tmp_path_factory.mktemp("chart")
    encoding = encoder_options(30)
    with av.open(str(folder / "chart.mp4"), "w") as out:
        stream = encoding.add_stream(out, 16 * SIDE, 4 * SIDE)
        for number in range(30):
            rgba = np.dstack([chart(), np.full((4 * SIDE, 16 * SIDE), 255, np.uint8)])
            for packet in stream.encode(encoding.frame(rgba, number)):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    sound.write(folder / "track.wav", [np.zeros((48_000, 2), np.float32)], channels=2)
    write_film(
        [folder / "chart.mp4"], folder / "track.wav", [Mark(0.0, "Chart")], "Chart", folder / "episode.mp4"
    )
    return folder / "episode.mp4"


@needs_ffmpeg
def test_known_colours_come_back_within_3_levels_through_ffmpeg(chart_film: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-i", str(chart_film), "-frames:v", "1"]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    ).stdout
    got = patches(np.frombuffer(raw, np.uint8).reshape(4 * SIDE, 16 * SIDE, 3))
    assert np.abs(got - np.array(CHART)).max() <= 3


def test_the_stored_luma_is_bt709_and_not_bt601(chart_film: Path) -> None:
    """By the standard's own formula: Y' = 16 + 219 (0.2126 R' + 0.7152 G' + 0.0722 B')."""
    with av.open(str(chart_film)) as container:
        frame = next(container.decode(video=0))
    luma = np.asarray(frame.planes[0]).reshape(-1, frame.planes[0].line_size)
    colours = np.array(CHART) / 255
    wanted = 16 + 219 * colours @ np.array([0.2126, 0.7152, 0.0722])
    other = 16 + 219 * colours @ np.array([0.299, 0.587, 0.114])
    got = np.array(
        [
            luma[y * SIDE + SIDE // 2, x * SIDE + SIDE // 2]
            for y, x in (divmod(place, 16) for place in range(64))
        ]
    )
    assert np.abs(got - wanted).max() <= 2
    assert np.abs(wanted - other).max() > 20


@pytest.mark.parametrize("frames", [1, 2, 3, 59, 60, 61, 130])
def test_groups_of_pictures_are_closed_and_two_seconds_long(tmp_path: Path, frames: int) -> None:
    with av.open(str(film(tmp_path / "film.mp4", frames))) as container:
        packets: list[Any] = [packet for packet in container.demux(video=0) if packet.size]
        order = sorted(round(packet.pts * packet.time_base * 30) for packet in packets)
        keys = [round(packet.pts * packet.time_base * 30) for packet in packets if packet.is_keyframe]
    assert order == list(range(frames))
    assert keys == list(range(0, frames, 60))
    # Closed: no picture that is stored after a key picture is shown before it.
    latest = -1
    for packet in packets:
        at = round(packet.pts * packet.time_base * 30)
        if packet.is_keyframe:
            latest = at
        assert at >= latest


def test_pieces_of_any_length_and_quality_join_without_losing_a_picture(tmp_path: Path) -> None:
    lengths = [1, 30, 2, 1, 3, 17, 1]
    pieces = [
        film(tmp_path / f"{k}.mp4", length, ("low", "medium", "high")[k % 3])
        for k, length in enumerate(lengths)
    ]
    total = sum(lengths)
    sound.write(tmp_path / "track.wav", [np.zeros((total * 1600, 2), np.float32)], channels=2)
    assert (
        write_film(pieces, tmp_path / "track.wav", [Mark(0.0, "All")], "All", tmp_path / "all.mp4") == total
    )
    with av.open(str(tmp_path / "all.mp4")) as container:
        decoded = [(round(frame.time * 30), number_in(frame)) for frame in container.decode(video=0)]
    assert decoded == list(enumerate(number for length in lengths for number in range(length)))
    assert timing(tmp_path / "all.mp4")[0] == total


PAGE = """<!doctype html><canvas></canvas><video muted src="episode.mp4"></video><script>
const video = document.querySelector("video"), canvas = document.querySelector("canvas");
const tell = value => fetch("/result", {method: "POST", body: JSON.stringify(value)});
video.onerror = () => tell({error: video.error.message});
video.onloadeddata = () => { video.onseeked = () => {
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d"); context.drawImage(video, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let text = ""; for (const value of pixels) text += String.fromCharCode(value);
  tell({width: canvas.width, height: canvas.height, pixels: btoa(text), duration: video.duration});
}; video.currentTime = 0.5; };
</script>"""


@pytest.mark.slow
@needs_chromium
def test_known_colours_come_back_within_3_levels_in_chromium(chart_film: Path, tmp_path: Path) -> None:
    shutil.copy(chart_film, tmp_path / "episode.mp4")
    (tmp_path / "page.html").write_text(PAGE)
    found = found_by_chromium(
        tmp_path,
        "page.html",
        # As a graphics card would: without one, Chromium's own shortcut takes 5 % off every blue.
        *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    )
    assert "error" not in found
    assert (found["width"], found["height"]) == (16 * SIDE, 4 * SIDE)
    assert found["duration"] == pytest.approx(1.0, abs=0.034)
    pixels = np.frombuffer(base64.b64decode(found["pixels"]), np.uint8).reshape(4 * SIDE, 16 * SIDE, 4)
    assert np.abs(patches(pixels) - np.array(CHART)).max() <= 3


def test_an_odd_size_is_refused_in_a_sentence_that_says_even(tmp_path: Path) -> None:
    from course.errors import UsageError

    with av.open(str(tmp_path / "x.mp4"), "w") as out, pytest.raises(UsageError, match="Give even sizes"):
        encoder_options(15, "low").add_stream(out, 853, 479)
