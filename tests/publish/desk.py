"""A desk in a temporary folder: small real episodes, a configuration folder, the command, the site.

Not for tests themselves.
"""

import json
import multiprocessing
import multiprocessing.forkserver
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from course.files import digest_file
from course.paths import ROOT
from tests.publish.loopback import CLIENT_ID, CLIENT_SECRET, YouTube

SECONDS, RATE = 33, 4


def make_film(path: Path, seed: int = 0, seconds: int = SECONDS) -> None:
    """A real film of static and a tone at −14 LUFS: H.264, AAC, index in front."""
    random = np.random.default_rng(seed)
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", options=options) as container:
        video = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "20"})
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        audio = container.add_stream("aac", rate=48000)
        audio.layout = "stereo"
        for _ in range(seconds * RATE):
            picture = random.integers(0, 255, (90, 160, 3), dtype=np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        tone = (0.2 * np.sin(2 * np.pi * 997 * np.arange(seconds * 48000) / 48000)).astype(np.float32)
        for start in range(0, len(tone), 1024):
            part = np.ascontiguousarray(np.stack([tone[start : start + 1024]] * 2))
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            container.mux(audio.encode(frame))
        container.mux(audio.encode())


@dataclass
class Result:
    code: int
    text: str
    connections: list[str]


@dataclass
class Desk:
    """A producer's desk: media folder, configuration folder, the site, and the command."""

    root: Path
    site: YouTube
    films: list[Path]
    all_text: str = ""

    def prepare(self) -> None:
        """Sign in, and put an episode on the desk."""
        self.client_secrets()
        self.sign_in()
        self.episode()

    def close(self) -> None:
        """Stop the site, and make sure that no secret lies about."""
        self.site.shutdown()
        self.site.server_close()
        self.check_secrets()

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def config(self) -> Path:
        return self.root / "config" / "noise-to-picture"

    @property
    def ledger(self) -> dict:
        return json.loads((self.media / "published.json").read_text())

    def folder(self, chapter: str = "ch2_denoise") -> Path:
        return self.media / "episodes" / chapter

    def episode(self, chapter: str = "ch2_denoise", film: int = 0, title: str = "The walk back") -> Path:
        folder = self.folder(chapter)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.films[film], folder / "episode.mp4")
        if film == 0 and chapter != "ch2_denoise":
            # One film for one chapter: bytes after the last box change the digest and nothing else.
            with open(folder / "episode.mp4", "ab") as file:
                file.write(b"\0\0\0\x18free" + chapter.encode().ljust(16)[:16])
        lines = ["1", "00:00:00,500 --> 00:00:03,000", "Static.", "", "2", "00:00:03,500 --> 00:00:06,000"]
        (folder / "captions.srt").write_text("\n".join([*lines, "Thirty small steps.", ""]))
        (folder / "captions.vtt").write_text("WEBVTT\n\n00:00.500 --> 00:03.000\nStatic.\n")
        (folder / "chapters.json").write_text(json.dumps({"title": title, "chapters": []}))
        (folder / "description.txt").write_text(
            "How does a picture come out of noise?\n\n0:00 Story\n0:11 Mechanism\n0:22 Derivation\n\n"
            "Licences: drawings from Noto Emoji, SIL Open Font License 1.1.\n"
        )
        Image.new("RGB", (1280, 720), (10, 12, 24)).save(folder / "thumbnail.png")
        self.built(chapter, title=title)
        return folder

    def built(self, chapter: str = "ch2_denoise", **build: object) -> None:
        """Note what the episode was built from, as it is now."""
        folder = self.folder(chapter)
        path = folder / "build.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        files = {file.name: digest_file(file) for file in folder.iterdir() if file != path}
        path.write_text(json.dumps(before | build | {"files": files}))

    def client_secrets(self) -> Path:
        installed = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "auth_uri": self.site.url + "auth",
            "token_uri": self.site.url + "token",
        }
        self.config.mkdir(parents=True, exist_ok=True)
        path = self.config / "client_secrets.json"
        path.write_text(json.dumps({"installed": installed}))
        path.chmod(0o600)
        return path

    def sign_in(self) -> Path:
        self.config.mkdir(parents=True, exist_ok=True)
        path = self.config / "token.json"
        value = {
            "token": self.site.token(),
            "refresh_token": next(iter(self.site.refresh_tokens)),
            "token_uri": self.site.url + "token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "expiry": "2099-01-01T00:00:00Z",
        }
        path.write_text(json.dumps(value))
        path.chmod(0o600)
        return path

    def publish(self, *arguments: str, **environment: str) -> Result:
        output, leaks = self.root / "output.txt", self.root / "leaks.txt"
        output.unlink(missing_ok=True)
        leaks.unlink(missing_ok=True)
        here = {
            "COURSE_MEDIA": str(self.media),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "OAUTHLIB_INSECURE_TRANSPORT": "1",  # the loopback has no certificate
            "NO_PROXY": "127.0.0.1",
            "TZ": "UTC",
        }
        process = multiprocessing.get_context("forkserver").Process(
            target=producer_run,
            args=(["publish", *arguments], self.site.url, here | environment, str(output), str(leaks)),
        )
        self.site.victim = None
        process.start()
        self.site.victim = process.pid
        process.join(120)
        if process.exitcode is None:
            process.kill()
            process.join()
            pytest.fail("it hangs:\n" + output.read_text())
        text = output.read_text()
        self.all_text += text
        spoken = "\n".join(line for line in text.splitlines() if not line.startswith("DEBUG:"))
        connections = leaks.read_text().splitlines()
        assert set(connections) <= {"127.0.0.1"}, connections
        return Result(process.exitcode, spoken, connections)

    def check_secrets(self) -> None:
        """No secret in anything said or written; the files that hold them are for the user alone."""
        readable = [("output", self.all_text)]
        readable += [
            (str(path), path.read_bytes().decode("latin-1"))
            for path in self.media.rglob("*")
            if path.is_file() and path.suffix not in (".mp4", ".png")
        ]
        for secret in filter(None, self.site.issued):
            for where, text in readable:
                assert secret not in text, f"{secret[:10]}… stands in {where}"
        for path in self.config.glob("*.json"):
            assert path.stat().st_mode & 0o077 == 0, path


@contextmanager
def start_producers() -> Iterator[None]:
    """Producers are forked from a process that has imported everything: they start at once."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["producer", "desk"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(ROOT)]))
        multiprocessing.forkserver.ensure_running()
    yield


def producer_run(*arguments: object) -> None:
    from tests.publish import producer

    producer.run(*arguments)  # type: ignore[arg-type]
