"""Runs commands in processes forked from one that has imported what they need, so that they start at once.

Not for anything but tests: `python server.py` reads a request a line from standard input, as JSON.
"""

import atexit
import ctypes
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any, NoReturn


def serve() -> None:
    """Answer each request with a line: the exit status of its command."""
    import diffusers  # noqa: F401
    import manim  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    from course.cli import VERBS

    for target, _ in VERBS.values():
        importlib.import_module(target.partition(":")[0])
    print("ready", flush=True)
    while line := sys.stdin.readline():
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
            _end(_run(request["program"]))
        _, status = os.waitpid(child, 0)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # nobody who was started stays behind
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(request: dict[str, Any]) -> None:
    """The process that a shell would start: its output, user, folder, environment and arguments."""
    os.setsid()
    signal.alarm(request["seconds"])
    nowhere = os.open(os.devnull, os.O_RDONLY)
    files = [os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for name in ("out", "err")]
    for number, file in enumerate([nowhere, *files]):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1)  # noqa: SIM115 — as Python's own is
    _heed_permissions()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["program"], *request["arguments"]]


def _heed_permissions() -> None:
    """Folders that are read only are so for the superuser, too, on Linux; others are held to it anyway."""
    if sys.platform != "linux" or os.getuid():
        return
    library, overriding = ctypes.CDLL(None, use_errno=True), 1  # CAP_DAC_OVERRIDE
    library.prctl(24, overriding, 0, 0, 0)  # for programs that are started: PR_CAPBSET_DROP
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice
    library.capget(header, held)
    for place in range(3):
        held[place] &= ~(1 << overriding)
    if library.capset(header, held):
        raise OSError(ctypes.get_errno(), "capset")


def _run(program: str) -> int:
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """As the interpreter ends, but for taking its modules apart, which takes two seconds after a fork."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    serve()
