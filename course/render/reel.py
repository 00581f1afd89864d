"""Frames into segment files: one encoder, one thread beside the one that draws, files whole or not there.

Not for deciding where a segment begins; the worker says so.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from course.errors import CourseError
from course.files import replacing
from course.video.encoding import Encoding, Pictures

WAITING = 6  # frames that may wait for the encoder: 50 MB at 1080p


@dataclass(frozen=True)
class _Cut:
    path: Path
    frames: int


class Reel:
    """Writes segments one after the other: `begin`, `add` frames, `begin` the next; `with` closes the last.

    `permit` is called before a finished segment gets its name, and raises if it must not. `seconds` is what
    each segment took the encoder, in CPU time.
    """

    def __init__(self, encoding: Encoding, width: int, height: int, permit: Callable[[], None]) -> None:
        self._encoding, self._size, self._permit = encoding, (width, height), permit
        self._queue: queue.Queue[_Cut | tuple[NDArray[np.uint8], int] | None] = queue.Queue(WAITING)
        self._error: BaseException | None = None
        self._abandoned = self._ended = False
        self.seconds: list[float] = []
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)

    def __enter__(self) -> "Reel":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._abandoned = kind is not None
        self._queue.put(None)
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error

    def begin(self, path: Path, frames: int) -> None:
        """End the segment before, if any, and begin one that must have so many frames."""
        self._put(_Cut(path, frames))

    def add(self, frame: NDArray[np.uint8], times: int) -> None:
        """Show a frame (H, W, 4) uint8, to keep, `times` times. Raises what went wrong in the encoder."""
        self._put((frame, times))

    def _put(self, item: _Cut | tuple[NDArray[np.uint8], int]) -> None:
        if self._error is not None:
            raise self._error
        self._queue.put(item)

    def _next(self) -> Any:
        item = self._queue.get()
        self._ended = item is None
        return item

    def _run(self) -> None:
        try:
            item = self._next()
            while isinstance(item, _Cut):
                item = self._segment(item)
        except BaseException as error:
            self._error = error
            while not self._ended:  # or the one that draws would wait for room in the queue
                self._next()

    def _segment(self, cut: _Cut) -> Any:
        """Write one segment; returns what comes after it: the next one's beginning, or the end."""
        start = time.thread_time()
        with replacing(cut.path) as temporary:
            try:
                pictures = Pictures(temporary, self._encoding, *self._size)
                try:
                    while isinstance(item := self._next(), tuple):
                        pictures.add(*item)
                except BaseException:
                    pictures.abandon()
                    raise
                pictures.close()
            except av.FFmpegError as error:
                raise OSError(error.errno, error.strerror) from error
            if item is None and self._abandoned:
                raise _AbandonedError
            if pictures.count != cut.frames:
                raise CourseError(
                    f"A segment has {pictures.count} frames where the plan says {cut.frames}. The scene must "
                    "be the same each time it runs: look for the time of day, or for chance without a seed."
                )
            self._permit()
        self.seconds.append(time.thread_time() - start)
        return item


class _AbandonedError(Exception):
    """The scene raised while this segment was being drawn."""
