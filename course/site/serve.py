"""Hands the site out to this computer's own browser, and to nobody else.

Not for publishing it: any server of static files does that.
"""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from course.errors import CourseError

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",  # these two let a page have threads
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class _Handler(SimpleHTTPRequestHandler):
    server: "Server"
    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        """Refuse what another page or another name asks for; no folder is listed."""
        hosts = [f"{name}:{self.server.server_port}" for name in ("127.0.0.1", "localhost")]
        origin, host = self.headers.get("Origin"), self.headers.get("Host")
        elsewhere = self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        led_here = self.headers.get("Sec-Fetch-Mode") == "navigate"
        if host not in hosts or (origin and origin not in [f"http://{one}" for one in hosts]):
            self.send_error(403, "For this computer's own browser only")
            return None
        if elsewhere and not (led_here and self.headers.get("Sec-Fetch-Dest") == "document"):
            self.send_error(403, "For this site's own pages only")
            return None
        path = Path(self.translate_path(self.path))
        if any(part.startswith(".") for part in path.relative_to(self.directory).parts):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Serves `folder` on the loopback, at `port`, or at a free one for 0. Raises CourseError where it is
    taken."""

    daemon_threads, block_on_close = True, False

    def __init__(self, folder: Path, port: int = 0) -> None:
        try:
            super().__init__(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
        except OSError as error:
            raise CourseError(
                f"Port {port} cannot be had ({error.strerror}). Leave --port out for a free one."
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes hangs up."""
