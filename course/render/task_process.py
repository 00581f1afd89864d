"""One task in a process of its own, on whatever machine: the task as JSON in, what it took as JSON out.

Not for finding workers, nor for bringing them what they need: see `cluster`.
"""

import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.render.quality import Quality
from course.render.segments import Segment
from course.render.worker import Drawn, Job, Task, draw


def packed(task: Task) -> dict[str, Any]:
    """A task as plain values."""
    value = asdict(task)
    value["job"]["scene"] = str(task.job.scene)
    return value


def unpacked(value: dict[str, Any]) -> Task:
    """The inverse of `packed`."""
    job = value["job"]
    return Task(
        job=Job(**{**job, "scene": Path(job["scene"]), "quality": Quality(**job["quality"])}),
        segments=tuple(Segment(**{**one, "same": tuple(one["same"])}) for one in value["segments"]),
        lengths={int(play): frames for play, frames in value["lengths"].items()},
        states={int(first): [(n, d) for n, d in state] for first, state in value["states"].items()},
        captures=value["captures"],
        lines=tuple(value["lines"]),
        reads=tuple(value["reads"]),
        families=value["families"],
    )


def drawn(value: dict[str, Any]) -> Drawn:
    """What a task took, from plain values."""
    return Drawn(**{**value, "depth": tuple(value["depth"])})


def main() -> None:
    """Read a task from the first line of standard input, do it, and end with it when the input ends early."""
    task = unpacked(json.loads(sys.stdin.readline()))

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):  # ends when whoever started this has gone
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        answer: dict[str, Any] = {"drawn": asdict(draw(task))}
    except CourseError as error:
        answer = {"error": str(error), "trace": getattr(error, "trace", "")}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
