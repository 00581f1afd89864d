"""Firefox without a window, driven by WebDriver BiDi over its own websocket: no program in between.

Not for tests themselves. Playwright drives no Firefox but its own; Debian has no geckodriver.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

FIREFOX = next((name for name in ("firefox-esr", "firefox") if shutil.which(name)), "")
QUIET = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "services.settings.server": "",
    "browser.newtabpage.enabled": False,
}
KEYS = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011", "End": "\ue010", "Tab": "\ue004"}


class Page:
    """One tab. `said` is what its console and its errors said."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: WebSocketClientConnection) -> None:
        self._loop, self._socket, self._number = loop, socket, 0
        self.said: list[str] = []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._tab = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        return self._loop.run_until_complete(asyncio.wait_for(self._answer(message), 60))

    async def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        await self._socket.write_message(json.dumps(message))
        while True:
            found = json.loads(await self._socket.read_message() or "{}")
            if found.get("method") == "log.entryAdded":
                self.said.append(str(found["params"].get("text")))
            if found.get("id") == message["id"]:
                assert found["type"] == "success", found
                return found["result"]

    def size(self, width: int, height: int) -> None:
        """Give the page so much room."""
        self._send(
            "browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height}
        )

    def open(self, address: str) -> None:
        """Load a page whole."""
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """What an expression gives, once it is settled."""
        text = f"(async () => JSON.stringify(await ({expression}) ?? null))()"
        there = {"context": self._tab}
        found = self._send("script.evaluate", expression=text, target=there, awaitPromise=True)
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def press(self, key: str) -> None:
        """A key, as a person presses it."""
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._send("input.performActions", context=self._tab, actions=[source])


@contextmanager
def firefox() -> Iterator[Page]:
    """A page in a Firefox with a profile of its own."""
    assert FIREFOX, "Firefox is missing: sh tools/setup.sh test brings it"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        settings = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in QUIET.items())
        (home / "user.js").write_text(settings)
        command = [FIREFOX, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port=0"]
        with (home / "said.txt").open("wb") as said:
            browser = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, "HOME": folder})
        loop = asyncio.new_event_loop()
        try:
            address = _listening(home / "said.txt", browser)
            socket = loop.run_until_complete(_connected(f"{address}/session"))
            yield Page(loop, socket)
            socket.close()
        finally:
            browser.terminate()
            browser.wait(20)
            loop.close()


async def _connected(address: str) -> WebSocketClientConnection:
    return await websocket_connect(address, max_message_size=1 << 24)


def _listening(said: Path, browser: "subprocess.Popen[bytes]", seconds: float = 90) -> str:
    """The address that it says it listens on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and browser.poll() is None:
        if found := re.search(r"BiDi listening on (ws://\S+)", said.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"Firefox does not listen: {said.read_text(errors='replace')}")
