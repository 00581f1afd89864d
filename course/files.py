"""Files that are either whole or not there: temporary name first, then an atomic rename.

Not for trusting what is read: a reader that needs to compares digests itself.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course.errors import CourseError


@contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it becomes `path` at once in the end, or vanishes on failure.

    The temporary name keeps the suffix, which encoders go by. What is not `durable` may come back damaged
    from a power cut: for files whose readers notice. Raises `CourseError` where the folder cannot be
    written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise CourseError(
            f"Cannot write in {path.parent} ({error.strerror}). "
            "Make it writable, or set COURSE_MEDIA to a folder that is."
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        if durable:
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise CourseError(
            f"Cannot write {path} ({error.strerror or error}). Free some space and run again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def unwritable(folder: Path) -> str:
    """Why nothing could be written in a folder, which need not be there yet; empty where it could be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, data: bytes, durable: bool = True) -> None:
    """Write `data` to `path` atomically; see `replacing`."""
    with replacing(path, durable) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, as UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically, as indented JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object that a file holds; empty where there is no file, or one that is no object in JSON."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def digest_bytes(*parts: bytes) -> str:
    """SHA-256 over the parts, each preceded by its length, as hexadecimal digits."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def stamp(path: Path) -> list[int]:
    """When a file was last written, in nanoseconds, and its size: the same as long as nobody writes to it.

    For files whose name stands for what is in them, and which take long to read. Raises `OSError`.
    """
    found = path.stat()
    return [found.st_mtime_ns, found.st_size]


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
