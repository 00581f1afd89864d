"""What runs inside a cluster's worker. It is sent there as source, so it imports nothing of the course.

Not for drawing: it starts a process that does. A worker needs no more than Python and the same libraries.
"""

from typing import Any

POLL = 0.2  # seconds between looks for what is whole


def versions(names: list[str]) -> dict[str, str]:
    """The installed version of each package, "none" where it is not there."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def sees(probe: str, token: str, code: str) -> bool:
    """Whether this machine finds what the build has just written, and its code, under the same paths."""
    import pathlib

    try:
        return pathlib.Path(probe).read_text() == token and pathlib.Path(code).is_file()
    except OSError:
        return False


def perform(payload: str, root: str | None, bundle: tuple[str, bytes] | None, desk: str) -> dict[str, Any]:
    """Draw a task in a process of its own; returns its answer.

    Where the disk is not shared (and so there is a `bundle`), groups that lie on the `desk` already are left
    out, and each other one is handed in there as soon as it is whole.
    """
    import io
    import json
    import os
    import pathlib
    import shutil
    import subprocess
    import sys
    import tempfile
    import time
    import zipfile

    from distributed import Queue, Variable, get_worker

    task = json.loads(payload)
    waiting: list[str] = []
    if bundle is not None:
        there = set(Variable(f"{desk}-there").get())
        task["segments"] = [one for one in task["segments"] if one["key"] not in there]
        waiting = [one["key"] for one in task["segments"]]
        if not waiting:
            return {"drawn": None}
        digest, data = bundle
        folder = pathlib.Path(get_worker().local_directory) / f"noise-to-picture-{digest[:16]}"
        if not folder.exists():
            fresh = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                archive.extractall(fresh)
            try:
                fresh.rename(folder)
            except OSError:  # another worker on this machine was faster
                shutil.rmtree(fresh, ignore_errors=True)
        root = str(folder / "root")
        task["job"]["scene"] = str(folder / "root" / "scenes" / pathlib.Path(task["job"]["scene"]).name)
        task["job"]["environment"]["COURSE_MEDIA"] = str(folder / "media")
        for name in ("COURSE_FILE", "COURSE_GROUPS"):
            task["job"]["environment"].pop(name, None)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment["COURSE_MEDIA"] = task["job"]["environment"]["COURSE_MEDIA"]
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "course.render.task_process"],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        # Its input stays open while it works: when this worker dies, it ends, and the drawing with it.
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
        if waiting:
            groups, queue = pathlib.Path(environment["COURSE_MEDIA"]) / "groups", Queue(desk)
            ended = False
            while waiting and not ended:
                ended = process.poll() is not None
                for key in [key for key in waiting if (groups / key[:2] / f"{key}.group").exists()]:
                    waiting.remove(key)
                    queue.put((key, (groups / key[:2] / f"{key}.group").read_bytes()))
                time.sleep(0 if ended else POLL)
        lines = process.stdout.read().strip().splitlines()
        process.wait()
        complaints.seek(0)
        said = complaints.read()[-2000:]
    if process.returncode or not lines:
        raise RuntimeError(f"drawing ended with status {process.returncode}: {said}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
