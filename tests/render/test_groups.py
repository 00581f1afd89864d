"""Groups of pictures: they decode alike wherever they stand, and stillness costs one picture."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from course.video.encoding import GROUP, Canvas, encoder_options, longest
from course.video.film import timing, write_film
from course.video.groups import DamagedError, Group, Session, Strip, as_before, still
from tests.episode.browser import found_by_chromium, needs_chromium

WIDTH, HEIGHT, FPS = 160, 90, 10
ENCODING = encoder_options(FPS)
MOST = longest(Fraction(FPS))
CELLS = 16
WHOLE = 0, 0, WIDTH, HEIGHT


def picture(number: int) -> np.ndarray:
    """A picture that holds its number in sixteen black and white cells."""
    pixels = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    pixels[..., :3] = 60 + number % 7 * 20
    for cell in range(CELLS):
        pixels[30:60, cell * 10 : cell * 10 + 10, :3] = 235 if number >> cell & 1 else 20
    return pixels


def number_in(frame: np.ndarray) -> int:
    """The number in a decoded frame (H, W, 3)."""
    return sum(1 << cell for cell in range(CELLS) if frame[45, cell * 10 + 5, 0] > 128)


@dataclass
class Reel:
    """Groups that were encoded, and the order in which they are shown."""

    groups: dict[str, Group] = field(default_factory=dict)
    lengths: list[tuple[str, int]] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    canvas: Canvas = field(default_factory=lambda: Canvas(ENCODING, WIDTH, HEIGHT))

    def hold(self, number: int, frames: int) -> None:
        key = f"still {number}"
        if key not in self.groups:
            self.canvas.update(picture(number), WHOLE)
            self.groups[key] = still(self.canvas)
        self.lengths.append((key, frames))
        self.wanted += [number] * frames

    def move(self, first: int, frames: int) -> None:
        key = f"moving {first} {frames}"
        if key not in self.groups:
            session = Session(ENCODING, WIDTH, HEIGHT)
            for number in range(first, first + frames):
                self.canvas.update(picture(number), WHOLE)
                session.add(self.canvas.frame(0))
            self.groups[key] = session.end()
        self.lengths.append((key, frames))
        self.wanted += range(first, first + frames)

    def write(self, path: Path) -> Path:
        after = as_before(ENCODING, WIDTH, HEIGHT)
        strip = Strip(ENCODING, WIDTH, HEIGHT, self.lengths, self.groups.__getitem__, after)
        assert write_film(strip, None, [], "A reel", path) == len(self.wanted)
        return path


@pytest.fixture
def reel() -> Reel:
    """All that may stand beside each other: single pictures in a row, long stillness, motion, repetitions."""
    made = Reel()
    for first, frames in [(1, 1), (2, 1), (3, 1)]:
        made.hold(first, frames)
    made.move(100, 17)
    made.hold(4, MOST)
    made.hold(4, 1)
    made.hold(5, MOST + 1)
    made.move(200, 2)
    made.hold(1, 1)
    made.move(100, 17)
    made.hold(5, MOST * 3 // 2)
    made.move(300, MOST)
    made.hold(6, 3)
    made.hold(7, 1)
    return made


def numbers(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [
            (round(frame.time * FPS), number_in(frame.to_ndarray(format="rgb24")))
            for frame in container.decode(video=0)
        ]


def test_every_picture_is_shown_once_and_in_its_place(reel: Reel, tmp_path: Path) -> None:
    film = reel.write(tmp_path / "film.mp4")
    assert numbers(film) == list(enumerate(reel.wanted))
    assert timing(film) == (len(reel.wanted), 1)


@pytest.mark.parametrize("frames", [1, MOST, MOST * 3 // 2, 600 * FPS])
def test_stillness_of_any_length_is_one_picture_bit_for_bit(tmp_path: Path, frames: int) -> None:
    reel = Reel()
    reel.move(10, 3)
    reel.hold(9, frames)
    reel.move(20, 3)
    film = reel.write(tmp_path / "film.mp4")
    seen: set[bytes] = set()
    with av.open(str(film)) as container:
        for place, frame in enumerate(container.decode(video=0)):
            if 3 <= place < 3 + frames:
                seen.add(frame.to_ndarray().tobytes())
    assert place == 5 + frames
    assert len(seen) == 1
    assert film.stat().st_size < 8000 + 60 * frames + 4000 * frames / MOST


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_the_joined_film_is_a_legal_stream_that_seeks_to_every_second(reel: Reel, tmp_path: Path) -> None:
    film = reel.write(tmp_path / "film.mp4")
    said = subprocess.run(
        ["ffmpeg", "-v", "warning", "-err_detect", "explode", "-i", str(film), "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout, said.stderr) == ("", "")
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(film)]
    (stream,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    assert (stream["profile"], stream["pix_fmt"], stream["has_b_frames"]) == ("High", "yuv420p", 1)
    assert (stream["r_frame_rate"], stream["avg_frame_rate"]) == (f"{FPS}/1", f"{FPS}/1")
    assert (stream["start_pts"], int(stream["nb_frames"])) == (0, len(reel.wanted))
    assert float(stream["duration"]) == pytest.approx(len(reel.wanted) / FPS)
    command, raw = ["ffmpeg", "-v", "error"], ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    for second in range(len(reel.wanted) // FPS):
        got = subprocess.run(
            [*command, "-ss", str(second), "-i", str(film), *raw],
            capture_output=True,
            check=True,
        ).stdout
        frame = np.frombuffer(got, np.uint8).reshape(HEIGHT, WIDTH, 3)
        assert number_in(frame) == reel.wanted[second * FPS], second


PAGE = """<!doctype html><canvas></canvas><video muted src="film.mp4"></video><script>
const video = document.querySelector("video"), canvas = document.querySelector("canvas");
const tell = value => fetch("/result", {method: "POST", body: JSON.stringify(value)});
video.onerror = () => tell({error: video.error.message});
// On a busy machine the seek is over before its picture is there.
const seek = moment => new Promise(done => {
  const shown = new Promise(next => video.requestVideoFrameCallback(next));
  video.addEventListener("seeked", () => shown.then(done), {once: true}); video.currentTime = moment;
});
video.onloadeddata = async () => {
  const found = [];
  for (const moment of MOMENTS) {
    await seek(moment);
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext("2d"); context.drawImage(video, 0, 0);
    let text = "";
    for (const value of context.getImageData(0, 45, canvas.width, 1).data) text += String.fromCharCode(value);
    found.push(btoa(text));
  }
  await tell({duration: video.duration, found});
};
</script>"""


@needs_chromium
def test_a_player_in_chromium_seeks_to_every_second(reel: Reel, tmp_path: Path) -> None:
    reel.write(tmp_path / "film.mp4")
    # In the middle of a frame: at its very beginning a player may round down.
    moments = [second + 0.5 / FPS for second in range(len(reel.wanted) // FPS)]
    (tmp_path / "index.html").write_text(PAGE.replace("MOMENTS", json.dumps(moments)))
    found: dict[str, Any] = found_by_chromium(tmp_path, "index.html")
    assert "error" not in found
    rows = [np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 4) for text in found["found"]]
    frames = [np.broadcast_to(row[None, :, :3], (HEIGHT, WIDTH, 3)) for row in rows]
    assert [number_in(frame) for frame in frames] == [reel.wanted[round(at * FPS - 0.5)] for at in moments]


def test_no_two_instant_refreshes_in_a_row_carry_the_same_number(reel: Reel) -> None:
    after = as_before(ENCODING, WIDTH, HEIGHT)
    strip = Strip(ENCODING, WIDTH, HEIGHT, reel.lengths, reel.groups.__getitem__, after)
    packets = [(packet, begins) for packet, _, begins in strip.packets()]
    for (packet, begins), (other, again) in pairwise(packets):
        if begins and again:
            assert refresh_number(packet) != refresh_number(other)


def refresh_number(packet: bytes) -> int:
    """idr_pic_id of an instant refresh (ITU-T H.264, 7.3.3), for a frame_num of 4 bits."""
    bits = "".join(f"{byte:08b}" for byte in packet[packet.index(b"\0\0\1") + 4 :][:8])

    def exponential(bits: str) -> tuple[int, str]:
        zeros = len(bits) - len(bits.lstrip("0"))
        return int(bits[zeros : 2 * zeros + 1], 2) - 1, bits[2 * zeros + 1 :]

    for _ in range(3):  # first_mb_in_slice, slice_type, pic_parameter_set_id
        _, bits = exponential(bits)
    return exponential(bits[4:])[0]


def test_a_group_is_the_same_bytes_again_whatever_was_encoded_before() -> None:
    def encoded(earlier: Sequence[int]) -> bytes:
        canvas = Canvas(ENCODING, WIDTH, HEIGHT)
        for number in earlier:
            canvas.update(picture(number), WHOLE)
        session = Session(ENCODING, WIDTH, HEIGHT)
        for number in range(40, 52):
            canvas.update(picture(number), WHOLE)
            session.add(canvas.frame(0))
        return session.end().to_bytes("key")

    assert encoded([]) == encoded([5, 6, 7])
    assert b"x264" not in encoded([])


def test_only_tiles_that_changed_are_converted_and_the_frame_is_that_of_the_whole() -> None:
    chance = np.random.default_rng(0)
    for width, height in [(160, 90), (854, 480), (166, 106)]:
        canvas = Canvas(ENCODING, width, height)
        pixels = chance.integers(0, 256, (height, width, 4), dtype=np.uint8)
        canvas.update(pixels, (0, 0, width, height))
        rows = [(0, 1), (13, 14), (height - 1, height), (31, 77), (0, 0)]
        for (top, bottom), left, right in product(rows, (0, 33), (91, width)):
            pixels = pixels.copy()
            shape = (bottom - top, right - left, 4)
            pixels[top:bottom, left:right] = chance.integers(0, 256, shape, dtype=np.uint8)
            canvas.update(pixels, (left, top, right, bottom))
            assert (canvas.frame(0).to_ndarray() == ENCODING.frame(pixels, 0).to_ndarray()).all()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[:-1], "not what was kept"),
        (lambda data: data[:40], "no group"),
        (lambda data: b"", "no group"),
        (lambda data: data[:-3] + b"abc", "not what was kept"),
        (lambda data: data.replace(b"[1, ", b"[99, ", 1), "another version"),
        (lambda data: data.replace(b"true", b"false", 1), "not what was kept"),
        (lambda data: still(Canvas(ENCODING, WIDTH, HEIGHT)).to_bytes("other"), "not what was kept"),
    ],
)
def test_bytes_that_are_not_the_group_are_not_believed(spoil: Any, says: str) -> None:
    group = still(Canvas(ENCODING, WIDTH, HEIGHT))
    data = group.to_bytes("key")
    assert Group.from_bytes("key", data) == group
    with pytest.raises(DamagedError, match=says):
        Group.from_bytes("key", spoil(data))


def test_a_group_that_is_shorter_than_planned_is_not_joined(reel: Reel, tmp_path: Path) -> None:
    reel.lengths[3] = (reel.lengths[3][0], 16)
    with pytest.raises(DamagedError, match="not as long"):
        reel.write(tmp_path / "film.mp4")
    assert not list(tmp_path.iterdir())
    assert GROUP * FPS == MOST
