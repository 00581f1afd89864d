"""The real `course publish` in a process of its own, pointed at the loopback, with every connection watched.

Not a double of anything: it sets the site's address and the pauses, then calls the command line.
"""

import logging
import os
import sys
import time
from typing import Any


def run(arguments: list[str], url: str, environment: dict[str, str], output: str, leaks: str) -> None:
    """Run the command line; everything it says goes to `output`, every connection made to `leaks`."""
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1)  # noqa: SIM115 — as Python's own is
    os.environ.update(environment)
    time.tzset()
    watched = os.open(leaks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def watch(event: str, details: tuple[Any, ...]) -> None:
        host = None
        if event == "socket.connect" and isinstance(details[1], tuple):
            host = details[1][0]
        elif event == "socket.getaddrinfo":
            host = details[0]
        if host is not None:
            os.write(watched, f"{host}\n".encode())
        if host not in (None, "127.0.0.1"):
            raise PermissionError("only the loopback")

    sys.addaudithook(watch)
    # Whoever turns on every log must not find a secret there either.
    logging.basicConfig(level=logging.DEBUG, force=True)

    from course import cli
    from course.publish import site, upload

    site.ROOT_URL, site.TIMEOUT, site.WAITS = url, 0.4, (0.01,) * 12
    upload.CHUNK = 256 * 1024
    cli.main(arguments)


def warm() -> None:
    """Import what the command needs, so that the processes forked from here start at once."""
    import google_auth_oauthlib.flow  # noqa: F401


if __name__ != "__main__":
    warm()
