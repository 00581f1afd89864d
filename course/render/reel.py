"""Frames into groups of pictures: those that are wanted, encoded one after the other, kept when whole.

Not for drawing: the renderer asks what is wanted, and brings it.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from course.errors import CourseError
from course.render.store import Store
from course.video import groups
from course.video.encoding import Canvas
from course.video.groups import Session

if TYPE_CHECKING:
    from course.render.worker import Task
    from course.stage.painting import Box


class Reel:
    """Where a task's frames arrive and become groups: `wanted` says which to draw, `take` takes them.

    `permit` is called before a group is kept, and raises if it must not. `passing` are the CPU seconds before
    the first, `costs` those of each segment, by its key.
    """

    def __init__(self, task: "Task", store: Store, permit: Callable[[], None]) -> None:
        quality = task.job.quality
        self._job, self._store, self._lengths, self._permit = task.job, store, task.lengths, permit
        self._setting = quality.encoding, quality.width, quality.height
        self._canvas = Canvas(*self._setting)
        self._session: Session | None = None
        self._waiting = list(reversed(task.segments))
        self._arrived = 0  # frames of the segment that is due
        self._begun = 0.0
        self.passing = 0.0
        self.costs: dict[str, float] = {}

    def wanted(self, play: int, place: int, frames: int) -> bool:
        """Whether frame `place` of an animation of so many frames has to be drawn."""
        if frames != self._lengths[play]:
            raise self._unsteady()
        due = self._waiting[-1] if self._waiting else None
        if due is None or play != due.play or place != due.start + self._arrived:
            if self._arrived:
                raise self._unsteady()
            return False
        if not self._arrived:
            self._begun = time.thread_time()
            self._session = None if due.still else Session(*self._setting)
        if self._arrived in due.same:
            self._add(1)
            return False
        return True

    def take(self, pixels: NDArray[np.uint8], box: "Box", times: int) -> None:
        """Take a frame, of which only this box may have changed, to be shown so many times."""
        self._canvas.update(pixels, box)
        self._add(times)

    def end(self) -> None:
        """Raise `CourseError` if anything is missing."""
        if self._waiting:
            raise self._unsteady()

    def _add(self, times: int) -> None:
        due = self._waiting[-1]
        if self._session is not None:
            for _ in range(times):
                self._session.add(self._canvas.frame(0))
        self._arrived += times
        if self._arrived < due.frames:
            return
        if self._arrived > due.frames:
            raise self._unsteady()
        group = self._session.end() if self._session else groups.still(self._canvas)
        self._permit()
        self._store.keep(due.key, group)
        self.costs[due.key] = time.thread_time() - self._begun
        self._waiting.pop()
        self._arrived = 0

    def _unsteady(self) -> CourseError:
        return CourseError(
            f"{self._job.scene.name}, {self._job.depth}: an animation has other frames than were planned. A "
            "scene must be the same each time it runs: look for the time of day, or chance without a seed."
        )
