"""Encoded groups of pictures by what they show: one folder for all chapters, qualities and builds.

Not for what a key is made of: `segments` knows. What is read is believed only if its digest holds.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from course.cast import table
from course.errors import CourseError, UsageError
from course.files import write_bytes
from course.paths import media, shown
from course.video.groups import DamagedError, Group

GIGABYTES = 5.0  # what it may hold, unless course.toml says otherwise
SPARED = 3600  # seconds in which what was used is not removed: another build may be about to join it
TORN = 60  # seconds after which a temporary file has nobody left who writes it
ELSEWHERE = "COURSE_GROUPS"
"""Where groups are written if not in the media folder: a build says it to its workers."""


class MissingError(CourseError):
    """A group is not there, or not what it should be; drawing it again mends that."""


class Store:
    """Groups by key, in the media folder; where that cannot be written, new ones go elsewhere."""

    def __init__(self) -> None:
        elsewhere = os.environ.get(ELSEWHERE)
        self._home = media().absolute() / "groups"
        self._folders = [Path(elsewhere), self._home] if elsewhere else [self._home]

    def __contains__(self, key: str) -> bool:
        return any(path.exists() for path in self._paths(key))

    def fetch(self, key: str) -> Group:
        """The group of this key. Raises `MissingError`; a damaged one is removed, and a line says so."""
        for path in self._paths(key):
            try:
                return Group.from_bytes(key, path.read_bytes())
            except FileNotFoundError:
                continue
            except (OSError, DamagedError) as error:
                print(f"note: {shown(path)} is {error}; it is drawn again.", file=sys.stderr)
                with contextlib.suppress(OSError):
                    path.unlink()
        raise MissingError("Some of the film's pictures are gone from the store. Render again.")

    def keep(self, key: str, group: Group) -> None:
        """Keep a group. Raises `CourseError` where it cannot be written."""
        write_bytes(self._paths(key)[0], group.to_bytes(key), durable=False)

    def weed(self, keys: Iterable[str]) -> None:
        """Remove what is damaged among these groups."""
        for key in keys:
            with contextlib.suppress(MissingError):
                self.fetch(key)

    def touch(self, keys: Iterable[str]) -> None:
        """Say that these groups were used now."""
        now = time.time()
        for key in keys:
            for path in self._paths(key):
                with contextlib.suppress(OSError):
                    os.utime(path, (now, now))

    def size(self) -> int:
        """Bytes that it holds in the media folder."""
        return sum(size for _, size, _ in self._held("*.group"))

    def prune(self, limit: float) -> None:
        """Remove what is torn, and what was used least recently, until `limit` bytes are left at most."""
        for used, _, path in self._held(".*.group"):
            if used < time.time() - TORN:
                path.unlink(missing_ok=True)
        held = sorted(self._held("[!.]*.group"))
        left = sum(size for _, size, _ in held)
        for used, size, path in held:
            if left <= limit or used > time.time() - SPARED:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                left -= size

    def _paths(self, key: str) -> list[Path]:
        return [folder / key[:2] / f"{key}.group" for folder in self._folders]

    def _held(self, names: str) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._home.glob(f"*/{names}"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found


def limit_of_store() -> float:
    """Bytes that the store may hold: `store` under `[render]` in `course.toml`, in gigabytes.

    Raises `UsageError` where that is no size.
    """
    value = table("render", ("store",)).get("store", GIGABYTES)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise UsageError("store under [render] in course.toml is a number of gigabytes: store = 5, say.")
    return float(value) * 1e9


@contextlib.contextmanager
def writable() -> Iterator[None]:
    """In this block groups can be written: elsewhere, for as long as it lasts, if not in the media folder."""
    home = media().absolute() / "groups"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        reason = error.strerror
    else:
        yield
        return
    print(f"note: {shown(home)} cannot be written ({reason}); what is drawn is not kept.", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="course-groups-") as folder:
        os.environ[ELSEWHERE] = folder
        try:
            yield
        finally:
            del os.environ[ELSEWHERE]
