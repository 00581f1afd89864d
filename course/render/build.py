"""From scene files to chapter films: plan what changed, draw what is missing, join, check, hand over.

Not for how any one of these is done; each has a module of its own.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError
from course.paths import media, shown
from course.progress import progress
from course.render import cost, finish, planning, worker
from course.render import plan as plans
from course.render.cost import Share
from course.render.locks import locked
from course.render.planning import Depth, Failures
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.sources import DEPTHS
from course.render.worker import Drawn, Segment, Task

ATTEMPTS = 3  # for a share that had a worker to itself and lost it
Cluster = Callable[[Sequence[Task]], AbstractContextManager[Executor]]
"""Workers elsewhere, for a block; given all the tasks that they will get."""


@dataclass
class Build:
    """What is to be built; `workers` processes at home, or those of a `cluster`.

    `then` is done with each chapter that is whole, as soon as it is.
    """

    scenes: Sequence[Path]
    quality: Quality
    depths: Sequence[str] = DEPTHS
    workers: int = 0
    window: tuple[float, float] | None = None
    then: finish.Then | None = None
    cluster: Cluster | None = None
    failures: Failures = field(default_factory=Failures)
    drawn: list[Drawn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workers = self.workers or cores()

    def run(self) -> list[Path]:
        """Build it all and return the files.

        Raises `CourseError` where a chapter failed, after the others are done.
        """
        with locked(self.scenes):
            tidy(self.scenes)
            depths = self.planned()
            files = self._draw(depths)
        if self.failures.by_chapter:
            raise self.failures.summary(len(self.scenes))
        return files

    def planned(self) -> list[Depth]:
        """All depths of the chapters that did not fail, with plans that hold."""
        depths = planning.look(self.scenes, self.depths, self.quality, self.failures)
        planning.bring_up_to_date(depths, lambda fresh: local_pool(self.workers, fresh), self.failures)
        return [one for one in depths if one.scene.stem not in self.failures]

    def _draw(self, depths: Sequence[Depth]) -> list[Path]:
        """Draw every segment that is not there yet; finish each chapter as soon as it is complete."""
        chosen = planning.chosen(depths, self.window)
        missing = {id_: [one for one in own if not one.path.exists()] for id_, own in chosen.items()}
        files: dict[str, list[Path]] = {}

        def complete() -> None:
            for scene in self.scenes:
                if scene.stem in files or scene.stem in self.failures:
                    continue
                own = [one for one in depths if one.scene == scene]
                if all(segment.path.exists() for one in own for segment in missing[one.id]):
                    try:
                        files[scene.stem] = self._finish(own, chosen)
                    except CourseError as error:
                        self.failures.add(scene.stem, error)

        complete()
        work = [cost.work(one, missing[one.id]) for one in depths if missing[one.id]]
        if work:
            with Bars(missing) as bars:
                self._rounds(cost.shares(work, self.workers), {one.id: one for one in depths}, bars, complete)
            cost.learn(self.quality, work, self.drawn)
            complete()
        return [path for scene in self.scenes for path in files.get(scene.stem, [])]

    def _rounds(
        self,
        shares: Sequence[Share],
        depths: dict[tuple[str, str], Depth],
        bars: "Bars",
        complete: Callable[[], None],
    ) -> None:
        """Have all shares drawn. A worker that dies takes a segment with it, not the build."""
        left = dict(enumerate(shares))
        lost = dict.fromkeys(left, 0)
        together = True
        while left := {number: share for number, share in left.items() if _todo(share)}:
            # After a death nobody knows whose share it was: the rest go one at a time, until that is clear.
            batch = left if together else dict([next(iter(left.items()))])
            tasks = {number: _task(share, depths[share.depth]) for number, share in batch.items()}
            with self._pool(list(tasks.values()), len(batch)) as executor:
                running = {executor.submit(worker.draw, task): number for number, task in tasks.items()}
                died = self._collect(running, left, bars, complete)
            if died and not together:
                (number,) = batch
                lost[number] += 1
                if lost[number] >= ATTEMPTS:
                    self.failures.add(
                        left[number].depth[0],
                        CourseError(
                            "A worker was killed again and again while it drew this, perhaps for lack of "
                            "memory. What is done is kept: run again, or with a lower quality."
                        ),
                    )
            together = together and not died
            left = {number: share for number, share in left.items() if share.depth[0] not in self.failures}

    def _pool(self, tasks: Sequence[Task], most: int) -> AbstractContextManager[Executor]:
        return self.cluster(tasks) if self.cluster else local_pool(min(self.workers, most))

    def _collect(
        self,
        running: dict[Future[Drawn], int],
        left: dict[int, Share],
        bars: "Bars",
        complete: Callable[[], None],
    ) -> bool:
        """Wait for tasks, taking what is done out of `left`; True where a worker died."""
        while running:
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            bars.update()
            for future in done:
                number = running.pop(future)
                chapter = left[number].depth[0] if number in left else ""
                try:
                    self.drawn.append(future.result())
                    left.pop(number, None)
                    bars.update()
                    complete()
                except BrokenProcessPool:
                    return True
                except CourseError as error:
                    self.failures.add(chapter, error)
                    for other, at in list(running.items()):
                        if left[at].depth[0] == chapter and other.cancel():
                            del running[other]
        return False

    def _finish(self, depths: Sequence[Depth], chosen: dict[tuple[str, str], list[Segment]]) -> list[Path]:
        for one in depths:
            if plans.known_inputs(one.scene, one.name, self.quality) != one.known:
                raise CourseError(
                    f"{shown(one.scene)} or what it uses changed while it was rendered. Render it again."
                )
        parts = [finish.Part(one.name, one.planned, one.segments, chosen[one.id], one.job) for one in depths]
        whole = tuple(self.depths) == DEPTHS
        return finish.finish(depths[0].scene, self.quality, depths[0].folder.parent, parts, whole, self.then)


class Bars:
    """A bar for all frames and, on a terminal, one for each chapter; they move on by segments."""

    def __init__(self, missing: dict[tuple[str, str], list[Segment]]) -> None:
        self._waiting = {segment.path: (id_[0], segment) for id_, own in missing.items() for segment in own}
        frames: dict[str, int] = {}
        for chapter, segment in self._waiting.values():
            frames[chapter] = frames.get(chapter, 0) + segment.frames
        self._all = progress(total=sum(frames.values()), desc="rendering", unit="frame")
        single = sys.stderr.isatty() and len(frames) > 1
        self._each = {
            chapter: progress(total=count, desc=chapter, unit="frame", position=place, leave=False)
            for place, (chapter, count) in enumerate(frames.items(), 1)
            if single
        }

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self._all.refresh()
        for bar in [*self._each.values(), self._all]:
            bar.close()

    def update(self) -> None:
        """Count what is there by now."""
        for path in [path for path in self._waiting if path.exists()]:
            chapter, segment = self._waiting.pop(path)
            self._all.update(segment.frames)
            if chapter in self._each:
                self._each[chapter].update(segment.frames)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tidy(scenes: Iterable[Path]) -> None:
    """Remove what a killed build has left under temporary names; call it with the chapters locked."""
    for scene in scenes:
        for path in (media() / "videos" / scene.stem).rglob(".*.*"):
            if path.is_file():
                path.unlink(missing_ok=True)


def _todo(share: Share) -> tuple[Segment, ...]:
    """What is not drawn yet; nothing where a worker died between its last segment and its report."""
    return tuple(segment for segment in share.segments if not segment.path.exists())


def _task(share: Share, depth: Depth) -> Task:
    todo = _todo(share)
    states = plans.load_states(depth.planned, depth.folder)
    return Task(
        depth.job,
        todo,
        {one.first: states[one.first] for one in todo if one.first < len(states)},
        depth.planned.captures(),
        tuple(cue["utterance"] for cue in depth.planned.cues),
        depth.planned.reads(),
        depth.planned.families,
    )
