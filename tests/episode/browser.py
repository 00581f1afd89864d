"""A real Chromium without a window, looking at a folder that is served on the loopback.

Not for tests themselves, and not for anything outside this machine: the browser is told to call nobody.
"""

import functools
import http.server
import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), ""
)
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
QUIET = (
    *("--headless", "--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--force-color-profile=srgb"),
    "--autoplay-policy=no-user-gesture-required",
)


class Studio(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, in parts where a player asks for parts, and takes down what the page has found."""

    server: "_Server"
    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        first, last = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        file = path.open("rb")
        file.seek(first)
        self.left = last - first + 1
        return file

    def copyfile(self, source: Any, outputfile: Any) -> None:
        left: int | None = self.__dict__.pop("left", None)
        if left is None:
            super().copyfile(source, outputfile)
            return
        while left and (data := source.read(min(65536, left))):
            outputfile.write(data)
            left -= len(data)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.found = json.loads(body)
        self.server.told.set()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(Studio, directory=str(folder)))
        self.told = threading.Event()
        self.found: dict[str, Any] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A player that has enough hangs up."""


@contextmanager
def served(folder: Path) -> Iterator[_Server]:
    """Serve a folder on the loopback."""
    with _Server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def found_by_chromium(folder: Path, page: str, *options: str, seconds: float = 90) -> dict[str, Any]:
    """What `page`, in `folder`, posts to /result once it has looked at its film."""
    with served(folder) as server, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *QUIET, *options, f"--user-data-dir={profile}"]
        browser = subprocess.Popen(
            [*command, f"http://127.0.0.1:{server.server_port}/{page}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert server.told.wait(seconds), f"Chromium said nothing about {page}"
        finally:
            browser.terminate()
            browser.wait(20)
        return server.found
