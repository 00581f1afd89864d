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
from typing import Any

from course.errors import CourseError
from course.files import write_text
from course.paths import media, shown
from course.progress import progress
from course.render import cost, finish, worker
from course.render import plan as plans
from course.render.locks import locked
from course.render.plan import Plan
from course.render.pool import local_pool
from course.render.quality import Quality
from course.render.sources import DEPTHS
from course.render.worker import Job, SceneError, Segment

Pool = Callable[[bool], AbstractContextManager[Executor]]
ATTEMPTS = 3  # for a share whose worker died


@dataclass
class Depth:
    """One depth of one chapter in this build."""

    scene: Path
    name: str
    quality: Quality
    known: dict[str, str]
    plan: Plan | None
    why: list[str]

    @property
    def id(self) -> tuple[str, str]:
        return self.scene.stem, self.name

    @property
    def folder(self) -> Path:
        return plans.depth_folder(self.scene, self.quality, self.name)

    @property
    def job(self) -> Job:
        sources = {name: digest for name, digest in self.known.items() if name.endswith(".py")}
        environment = {name: value for name, value in os.environ.items() if name.startswith("COURSE_")}
        environment["COURSE_MEDIA"] = str(media().absolute())
        return Job(self.scene, self.name, self.quality, sources, environment)

    @property
    def segments(self) -> list[Segment]:
        """All its segments; raises if it has no plan yet."""
        assert self.plan is not None
        return self.plan.segments(self.folder, self.quality.fps)


@dataclass
class Build:
    """What is built, and what went wrong with it so far."""

    scenes: Sequence[Path]
    quality: Quality
    depths: Sequence[str] = DEPTHS
    jobs: int = 0
    window: tuple[float, float] | None = None
    episode: bool = False
    failed: dict[str, CourseError] = field(default_factory=dict)
    drawn: list[worker.Drawn] = field(default_factory=list)

    def run(self) -> list[Path]:
        """Build it all and return the files; raises `CourseError` after the rest is done where a chapter failed."""
        workers = self.jobs or len(os.sched_getaffinity(0))

        def pool(fresh: bool) -> AbstractContextManager[Executor]:
            return local_pool(workers, fresh)

        files: list[Path] = []
        with locked(self.scenes):
            _tidy(self.scenes)
            depths = [one for scene in self.scenes for one in self._looked_at(scene)]
            self._plan([one for one in depths if one.why], pool)
            files = self._draw(depths, pool, workers)
        if self.failed:
            raise _summary(self.failed, len(self.scenes))
        return files

    # Planning

    def _looked_at(self, scene: Path) -> list[Depth]:
        found = []
        try:
            for name in self.depths:
                known = plans.known_inputs(scene, name, self.quality)
                kept = plans.load(plans.depth_folder(scene, self.quality, name))
                found.append(Depth(scene, name, self.quality, known, kept, plans.reasons(kept, known)))
        except CourseError as error:
            self._fail(scene.stem, error)
            return []
        return found

    def _plan(self, depths: Sequence[Depth], pool: Pool) -> None:
        """Capture what the chapters declare, then run each depth dry."""
        if not depths:
            return
        with pool(True) as executor:
            asked = {executor.submit(worker.declared, one.job): one for one in _one_each(depths)}
            specs: dict[str, dict[str, dict[str, Any]]] = {}
            for future in _done(asked):
                if (result := self._result(future, asked[future])) is not None:
                    specs[asked[future].scene.stem] = result
            self._capture(specs)
            told = {executor.submit(worker.plan, one.job): one for one in depths if one.scene.stem in specs}
            with progress(total=len(told), desc="planning", unit="depth") as bar:
                for future in _done(told):
                    one = told[future]
                    if (dry := self._result(future, one)) is not None:
                        one.plan = plans.made(dry, one.known, specs[one.scene.stem])
                        plans.save(one.plan, one.folder, dry.states)
                    bar.update(1)

    def _capture(self, specs: dict[str, dict[str, dict[str, Any]]]) -> None:
        from course.precompute import CaptureSpec, capture_all

        for chapter, named in list(specs.items()):
            try:
                capture_all([CaptureSpec.from_dict(spec) for spec in named.values()])
            except CourseError as error:
                self._fail(chapter, error)
                del specs[chapter]

    # Drawing

    def _draw(self, depths: Sequence[Depth], pool: Pool, workers: int) -> list[Path]:
        """Draw every segment that is not there yet; finish each chapter as soon as it is complete."""
        by_id = {one.id: one for one in depths if one.plan is not None}
        chosen = {id_: self._chosen(one, by_id) for id_, one in by_id.items()}
        missing = {id_: [one for one in segments if not one.path.exists()] for id_, segments in chosen.items()}
        speed = cost.speed(self.quality).drawing
        work, expected = [], 0.0
        for id_, segments in missing.items():
            if segments and id_[0] not in self.failed:
                plan = by_id[id_].plan
                assert plan is not None
                costs = cost.expected(plan.animations, self.quality)
                expected += sum(sum(costs[one.first : one.last]) for one in segments)
                work.append(cost.Work(id_, segments, [one * speed for one in costs], plan.seconds))
        files: dict[str, list[Path]] = {}

        def complete() -> None:
            for scene in self.scenes:
                own = [id_ for id_ in chosen if id_[0] == scene.stem]
                if scene.stem in files or scene.stem in self.failed or len(own) < len(self.depths):
                    continue
                if all(segment.path.exists() for id_ in own for segment in missing[id_]):
                    try:
                        files[scene.stem] = self._finish(scene, [by_id[id_] for id_ in own], chosen)
                    except CourseError as error:
                        self._fail(scene.stem, error)

        complete()
        if work:
            total = sum(segment.frames for segments in missing.values() for segment in segments)
            with progress(total=total, desc="rendering", unit="frame") as bar:
                self._drawn(cost.shares(work, workers), by_id, pool, bar, complete)
            cost.learn(self.quality, expected, self.drawn)
            complete()
        return [path for scene in self.scenes for path in files.get(scene.stem, [])]

    def _drawn(
        self,
        shares: Sequence[cost.Share],
        by_id: dict[tuple[str, str], Depth],
        pool: Pool,
        bar: Any,
        complete: Callable[[], None],
    ) -> None:
        """Have all shares drawn; a worker that dies takes only its segment with it, and is replaced."""
        left = {number: share for number, share in enumerate(shares)}
        attempts = dict.fromkeys(left, 0)
        counted: set[Path] = set()
        while left:
            running: dict[Future[Any], int] = {}
            with pool(False) as executor:
                for number, share in left.items():
                    one = by_id[share.depth]
                    states = plans.load_states(one.plan, one.folder) if one.plan else None
                    todo = [segment for segment in share.segments if not segment.path.exists()]
                    at = {segment.first: states[segment.first] for segment in todo} if states else {}
                    running[executor.submit(worker.draw, one.job, todo, at)] = number
                broken = False
                while running and not broken:
                    done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                    _count(left.values(), counted, bar)
                    for future in done:
                        number = running.pop(future)
                        one = by_id[shares[number].depth]
                        try:
                            self.drawn.append(future.result())
                            _count([left.pop(number)], counted, bar)
                            complete()
                        except BrokenProcessPool:
                            broken = True
                        except CourseError as error:
                            self._fail(one.scene.stem, error)
                        if one.scene.stem in self.failed:
                            for other, at_ in list(running.items()):
                                if shares[at_].depth[0] == one.scene.stem and other.cancel():
                                    del running[other]
                            left = {n: s for n, s in left.items() if s.depth[0] != one.scene.stem}
            if broken:
                for number in list(left):
                    attempts[number] += 1
                    chapter = left[number].depth[0]
                    if attempts[number] >= ATTEMPTS and chapter not in self.failed:
                        self._fail(
                            chapter,
                            CourseError(
                                "A worker was killed again and again, perhaps for lack of memory. "
                                "Try --jobs 1; what is done already is kept."
                            ),
                        )
                left = {n: s for n, s in left.items() if s.depth[0] not in self.failed}

    def _chosen(self, depth: Depth, by_id: dict[tuple[str, str], Depth]) -> list[Segment]:
        """The depth's segments, or those of them in the window that was asked for."""
        if self.window is None:
            return depth.segments
        at = 0
        for name in self.depths:
            if name == depth.name:
                break
            earlier = by_id.get((depth.scene.stem, name))
            at += earlier.plan.frames if earlier and earlier.plan else 0
        found = []
        for segment in depth.segments:
            start, at = at / self.quality.fps, at + segment.frames
            if at / self.quality.fps > self.window[0] and start < self.window[1]:
                found.append(segment)
        return found

    def _finish(
        self, scene: Path, depths: list[Depth], chosen: dict[tuple[str, str], list[Segment]]
    ) -> list[Path]:
        for one in depths:
            if plans.known_inputs(scene, one.name, self.quality) != one.known:
                raise CourseError(f"{shown(scene)} or what it uses changed while it was rendered. Render it again.")
        parts = [
            finish.Part(one.name, one.plan, one.segments, chosen[one.id], one.job)
            for one in depths
            if one.plan is not None
        ]
        return finish.finish(scene, self.quality, parts, whole=tuple(self.depths) == DEPTHS, episode=self.episode)

    def _result(self, future: Future[Any], depth: Depth) -> Any:
        try:
            return future.result()
        except BrokenProcessPool:
            self._fail(depth.scene.stem, CourseError("A worker was killed while it planned. Run again."))
        except CourseError as error:
            self._fail(depth.scene.stem, error)
        return None

    def _fail(self, chapter: str, error: CourseError) -> None:
        if chapter in self.failed:
            return
        self.failed[chapter] = error
        note = ""
        if isinstance(error, SceneError) and error.trace:
            path = media() / "videos" / chapter / "error.txt"
            write_text(path, error.trace)
            note = f" (all of it: {shown(path)})"
        print(f"{chapter} failed: {error}{note}", file=sys.stderr)


def _summary(failed: dict[str, CourseError], count: int) -> CourseError:
    names = ", ".join(failed)
    rest = "" if len(failed) == count else " The other chapters are done."
    return CourseError(f"{len(failed)} of {count} chapters failed: {names}; what to mend is said above.{rest}")


def _one_each(depths: Iterable[Depth]) -> list[Depth]:
    return list({one.scene: one for one in depths}.values())


def _done(futures: dict[Future[Any], Depth]) -> Iterable[Future[Any]]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from done


def _count(shares: Iterable[cost.Share], counted: set[Path], bar: Any) -> None:
    """Move the bar on by the segments that have come into being."""
    for share in shares:
        for segment in share.segments:
            if segment.path not in counted and segment.path.exists():
                counted.add(segment.path)
                bar.update(segment.frames)


def _tidy(scenes: Iterable[Path]) -> None:
    """Remove what a killed build has left under temporary names; nobody else writes here now."""
    for scene in scenes:
        for path in (media() / "videos" / scene.stem).rglob(".*.*"):
            if path.is_file() and path.name != ".lock":
                path.unlink(missing_ok=True)


