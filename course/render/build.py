"""From scene files to chapter films: plan what changed, draw what is missing, join, check, hand over.

Not for how any one of these is done; each has a module of its own.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from course.errors import CourseError
from course.paths import films, shown
from course.progress import progress
from course.render import cost, finish, planning, store, worker
from course.render import plan as plans
from course.render.cost import Share
from course.render.locks import locked
from course.render.planning import Depth, Failures
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.segments import Segment
from course.render.sources import DEPTHS
from course.render.store import MissingError, Store
from course.render.worker import Drawn, Task

ATTEMPTS = 3  # for a share that had a worker to itself and lost it
GONE = "Its pictures go lost as fast as they are drawn. Look at media/groups and the disk, and run again."
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
        begun = time.monotonic()
        limit = store.limit_of_store()
        with locked(self.scenes), store.writable():
            tidy(self.scenes)
            depths = self.planned()
            files = self._draw(depths)
            fresh = {key for one in self.drawn for key in one.segments}
            print(summary(depths, fresh, time.monotonic() - begun), file=sys.stderr)
        Store().prune(limit)
        if self.failures.by_chapter:
            raise self.failures.summary(len(self.scenes))
        return files

    def planned(self) -> list[Depth]:
        """All depths of the chapters that did not fail, with plans that hold and what is lacking."""
        depths = planning.look(self.scenes, self.depths, self.quality, self.failures)
        planning.bring_up_to_date(depths, lambda fresh: local_pool(self.workers, fresh), self.failures)
        depths = [one for one in depths if one.scene.stem not in self.failures]
        planning.find_lacking(depths, self.window)
        return depths

    def _draw(self, depths: Sequence[Depth]) -> list[Path]:
        """Draw every segment that is not there yet; beside that, finish each chapter that is complete."""
        files: dict[str, list[Path]] = {}
        kept, finishing = Store(), Finishing(self.workers)
        for attempt in range(ATTEMPTS):
            own = [one for one in depths if one.scene.stem not in {*files, *self.failures.by_chapter}]
            if attempt:  # something was damaged, or another build needed the room
                planning.find_lacking(own, self.window)
            parts = {
                scene: [one for one in own if one.scene == scene] for scene in {one.scene: 0 for one in own}
            }
            waiting = {
                scene: {segment.key for one in every for segment in one.chosen}
                if not all(one.joined for one in every)
                else set[str]()
                for scene, every in parts.items()
            }

            def complete(
                parts: dict[Path, list[Depth]] = parts, waiting: dict[Path, set[str]] = waiting
            ) -> None:
                for scene in list(waiting):
                    waiting[scene] -= {key for key in waiting[scene] if key in kept}
                    if not waiting[scene]:
                        del waiting[scene]
                        if scene.stem not in self.failures:
                            finishing.begin(scene, partial(self._finish, parts[scene]))
                for scene, future in finishing.ended():
                    try:
                        files[scene.stem] = future.result()
                    except MissingError:
                        kept.weed(segment.key for one in parts[scene] for segment in one.chosen)
                    except CourseError as error:
                        self.failures.add(scene.stem, error)

            complete()
            before = len(self.drawn)
            if work := [cost.work(one) for one in own if one.lacking]:
                with Bars(own) as bars:
                    shares = cost.shares(work, self.workers)
                    self._rounds(shares, {one.id: one for one in own}, bars, complete)
                cost.learn(self.quality, work, self.drawn[before:])
                complete()
            finishing.wait()
            complete()
            if not [one for one in own if one.scene.stem not in {*files, *self.failures.by_chapter}]:
                break
        for scene in self.scenes:
            if scene.stem not in files and scene.stem not in self.failures:
                self.failures.add(scene.stem, MissingError(GONE))
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

    def _finish(self, depths: Sequence[Depth]) -> list[Path]:
        for one in depths:
            if plans.known_inputs(one.scene, one.name, self.quality, one.planned) != one.known:
                raise CourseError(
                    f"{shown(one.scene)} or what it uses changed while it was rendered. Render it again."
                )
        return finish.finish(depths[0].scene, self.quality, [planning.part(one) for one in depths], self.then)


class Finishing:
    """Chapters that are finished beside the drawing, `most` at once; a build that is stopped leaves them."""

    def __init__(self, most: int) -> None:
        self._turns = threading.Semaphore(most)
        self._begun: dict[Path, Future[list[Path]]] = {}

    def begin(self, scene: Path, work: Callable[[], list[Path]]) -> None:
        """Do the work of a chapter when it is its turn."""
        future: Future[list[Path]] = Future()

        def run() -> None:
            with self._turns:
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

        self._begun[scene] = future
        # Sound is coded outside of Python's lock. Nobody waits for such a thread when the build is stopped.
        threading.Thread(target=run, name=f"finishing {scene.stem}", daemon=True).start()

    def ended(self) -> list[tuple[Path, Future[list[Path]]]]:
        """Those that have ended since this was asked last, in the order in which they began."""
        done = [(scene, future) for scene, future in self._begun.items() if future.done()]
        for scene, _ in done:
            del self._begun[scene]
        return done

    def wait(self) -> None:
        """Until all have ended."""
        wait(self._begun.values())


class Bars:
    """A bar for all frames and, on a terminal, one for each chapter; they move on by segments."""

    def __init__(self, depths: Sequence[Depth]) -> None:
        self._waiting = {segment.key: (one.scene.stem, segment) for one in depths for segment in one.lacking}
        self._store = Store()
        frames: dict[str, int] = {}
        for chapter, segment in self._waiting.values():
            frames[chapter] = frames.get(chapter, 0) + segment.drawn
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
        for key in [key for key in self._waiting if key in self._store]:
            chapter, segment = self._waiting.pop(key)
            self._all.update(segment.drawn)
            if chapter in self._each:
                self._each[chapter].update(segment.drawn)


def summary(depths: Sequence[Depth], drawn: Container[str], seconds: float) -> str:
    """What was drawn, what was known, in one sentence; `drawn` are the keys of what was drawn just now."""
    segments = [segment for one in depths for segment in one.chosen]
    fresh = {segment.key: segment.drawn for segment in segments if segment.key in drawn}
    frames, new = sum(segment.frames for segment in segments), sum(fresh.values())
    return f"{frames:,} frames: {new:,} drawn, {frames - new:,} known. {seconds:.0f} s."


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tidy(scenes: Iterable[Path]) -> None:
    """Remove what a killed build has left under temporary names; call it with the chapters locked."""
    for scene in scenes:
        for path in (films() / "videos" / scene.stem).rglob(".*.*"):
            if path.is_file():
                path.unlink(missing_ok=True)


def _todo(share: Share) -> tuple[Segment, ...]:
    """What is not drawn yet; nothing where a worker died between its last segment and its report."""
    kept = Store()
    return tuple(segment for segment in share.segments if segment.key not in kept)


def _task(share: Share, depth: Depth) -> Task:
    todo = _todo(share)
    states = plans.load_states(depth.planned, depth.folder)
    return Task(
        depth.job,
        todo,
        {one.play: depth.planned.animations[one.play][0] for one in todo},
        {one.play: states[one.play] for one in todo if one.play < len(states)},
        depth.planned.captures(),
        tuple(cue["utterance"] for cue in depth.planned.cues),
        depth.planned.reads(),
        depth.planned.families,
    )
