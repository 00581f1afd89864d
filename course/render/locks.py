"""One build at a time for each chapter: the second waits, and a lock dies with its process.

Not for machines that share a disk without locks (some network file systems).
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from course.errors import CourseError
from course.paths import films


@contextmanager
def locked(scenes: Iterable[Path]) -> Iterator[None]:
    """Hold the chapters in this block, always taken in the same order; says so when it has to wait.

    Raises `CourseError` where nothing can be written, or the disk knows no locks.
    """
    with ExitStack() as held:
        for scene in sorted(scenes):
            folder = films() / "videos" / scene.stem
            try:
                folder.mkdir(parents=True, exist_ok=True)
                # Where a disk knows no locks, a file that is merely there would outlive a killed build.
                lock = FileLock(folder / ".lock", fallback_to_soft=False)
                held.enter_context(_taken(lock, scene.stem))
            except OSError as error:
                raise CourseError(
                    f"Cannot write in {folder} ({error.strerror}). "
                    "Make it writable, or set COURSE_MEDIA to a folder that is."
                ) from None
        yield


def _taken(lock: FileLock, chapter: str) -> AbstractContextManager[object]:
    try:
        return lock.acquire(blocking=False)
    except Timeout:
        print(f"{chapter} is being rendered by another build; waiting for it", file=sys.stderr)
        return lock.acquire()
