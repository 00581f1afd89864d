"""An episode in a real player: sound, captions and marks as a viewer in Chromium gets them."""

import base64
import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webvtt

from course.episode.assemble import build_episode
from course.render.rendered import Rendered
from tests.episode.browser import found_by_chromium, needs_chromium
from tests.episode.tiny_film import FPS, FRAMES, SIZE, probe

PAGE = """<!doctype html><canvas></canvas>
<video src="episode.mp4" preload="auto">
  <track kind="captions" srclang="en" src="captions.vtt" default>
</video>
<script>
const video = document.querySelector("video"), canvas = document.querySelector("canvas");
const after = (target, event) => new Promise(done => target.addEventListener(event, done, {once: true}));
const texts = list => Array.from(list || []).map(cue => cue.text);
function pixels() {
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d"); context.drawImage(video, 0, 0);
  let text = "";
  for (const value of context.getImageData(0, 0, canvas.width, canvas.height).data)
    text += String.fromCharCode(value);
  return btoa(text);
}
async function seek(moment) { const there = after(video, "seeked"); video.currentTime = moment; await there; }
async function look() {
  if (video.readyState < 2) await after(video, "loadeddata");
  const book = await (await fetch("chapters.json")).json();
  const marks = video.addTextTrack("chapters", "Chapters", "en");
  marks.mode = "hidden";
  for (const mark of book.chapters) marks.addCue(new VTTCue(mark.start, mark.end, mark.title));
  const track = document.querySelector("track");
  track.track.mode = "showing";
  if (track.readyState < 2) await after(track, "load");
  const cues = Array.from(track.track.cues).map(cue => [cue.startTime, cue.endTime, cue.text]);
  const found = {duration: video.duration, size: [video.videoWidth, video.videoHeight], cues};
  found.moments = []; found.marks = [];
  for (const moment of MOMENTS) {
    await seek(moment);
    found.moments.push(texts(track.track.activeCues));
  }
  for (const mark of book.chapters) {
    await seek(mark.start);
    const shown = pixels();
    await seek(mark.start + 0.01);  // at the very border the player may count the part before
    found.marks.push({title: texts(marks.activeCues), pixels: shown});
  }
  await seek(0);
  await video.play();
  while (video.currentTime < 1) await new Promise(done => setTimeout(done, 50));
  video.pause();
  found.bytes = [video.webkitVideoDecodedByteCount, video.webkitAudioDecodedByteCount];
  const data = await (await fetch("episode.mp4")).arrayBuffer();
  const sound = await new OfflineAudioContext(2, 48000, 48000).decodeAudioData(data);
  found.sound = {seconds: sound.duration, channels: sound.numberOfChannels, rms: []};
  const left = sound.getChannelData(0);
  for (let at = 0; at + 4800 <= left.length; at += 4800) {
    let sum = 0; for (let k = at; k < at + 4800; k++) sum += left[k] * left[k];
    found.sound.rms.push(Math.sqrt(sum / 4800));
  }
  return found;
}
const tell = value => fetch("/result", {method: "POST", body: JSON.stringify(value)});
look().then(tell, error => tell({error: String(error), media: video.error && video.error.message}));
</script>"""


def played(folder: Path, moments: list[float], seconds: float = 90) -> dict[str, Any]:
    """What Chromium finds in an episode's folder; `moments` are where it tells the caption that it shows."""
    (folder / "player.html").write_text(PAGE.replace("MOMENTS", json.dumps(moments)))
    return found_by_chromium(folder, "player.html", seconds=seconds)


def number_on(pixels: str) -> int:
    """What `tiny_film.numbered` wrote into a picture, read from the browser's canvas."""
    shown = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    return sum(1 << bit for bit in range(9) if shown[20, 20 + 34 * bit, 1] > 128)


@pytest.mark.slow
@needs_chromium
def test_an_episode_plays_in_chromium_with_sound_captions_and_marks(
    rendered: Rendered, tmp_path: Path
) -> None:
    folder = tmp_path / "episode"
    shutil.copytree(build_episode(rendered, "ch1_noise"), folder)
    written = webvtt.read(str(folder / "captions.vtt")).captions
    times = [
        (cue.start_time.in_milliseconds() / 1000, cue.end_time.in_milliseconds() / 1000) for cue in written
    ]
    middles = [(start + end) / 2 for start, end in times]
    silences = [(before[1] + after[0]) / 2 for before, after in pairwise(times)]
    found = played(folder, [*middles, *silences])
    assert "error" not in found, found
    assert found["size"] == list(SIZE)
    assert found["duration"] == pytest.approx(
        float(probe(folder / "episode.mp4")["format"]["duration"]), abs=1 / FPS
    )
    assert found["duration"] == pytest.approx(FRAMES / FPS, abs=1 / FPS)
    assert [text for _, _, text in found["cues"]] == [cue.raw_text for cue in written]
    assert [time for cue in found["cues"] for time in cue[:2]] == pytest.approx(
        [time for pair in times for time in pair], abs=0.001
    )
    assert found["moments"] == [*([cue.raw_text] for cue in written), *([] for _ in silences)]
    table = json.loads((folder / "chapters.json").read_text())["chapters"]
    assert [mark["title"] for mark in found["marks"]] == [[mark["title"]] for mark in table]
    assert [number_on(mark["pixels"]) for mark in found["marks"]] == [mark["frame"] for mark in table]
    assert min(found["bytes"]) > 0
    assert found["sound"]["channels"] == 2
    assert found["sound"]["seconds"] == pytest.approx(FRAMES / FPS, abs=1024 / 48_000)
    loud = np.array(found["sound"]["rms"])
    for cue in rendered.cues:
        assert loud[round(cue.start * 10) + 2 : round(cue.end * 10) - 2].min() > 0.05
        assert loud[: round(rendered.cues[0].start * 10) - 1].max(initial=0.0) < 0.005
