"""One build at a time for each chapter: the second waits, and a lock dies with its process.

Not for machines that share a disk without locks (some network file systems).
"""

import fcntl
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from course.errors import CourseError
from course.paths import media


@contextmanager
def locked(scenes: Iterable[Path]) -> Iterator[None]:
    """Hold the chapters in this block, always taken in the same order; says so when it has to wait."""
    with ExitStack() as held:
        for scene in sorted(scenes):
            folder = media() / "videos" / scene.stem
            try:
                folder.mkdir(parents=True, exist_ok=True)
                file = held.enter_context(open(folder / ".lock", "w"))
            except OSError as error:
                raise CourseError(
                    f"Cannot write in {folder} ({error.strerror}). "
                    "Make it writable, or set COURSE_MEDIA to a folder that is."
                ) from None
            _take(file, scene.stem)
        yield


def _take(file: IO[str], chapter: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{chapter} is being rendered by another build; waiting for it", file=sys.stderr)
        fcntl.flock(file, fcntl.LOCK_EX)
