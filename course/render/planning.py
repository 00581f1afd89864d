"""From scene files to plans: keep those that hold, capture what is missing, run the rest dry.

Not for drawing.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from course.cast import current_cast, variable
from course.errors import CourseError
from course.files import write_text
from course.paths import films, media, shown
from course.precompute.families import Declared
from course.progress import progress
from course.render import finish, worker
from course.render import plan as plans
from course.render.plan import Plan
from course.render.quality import Quality
from course.render.segments import Segment
from course.render.sources import DEPTHS
from course.render.store import Store
from course.render.worker import Job, SceneError

Pool = Callable[[bool], AbstractContextManager[Executor]]
"""Worker processes, for a block; given whether each task gets a process of its own."""


@dataclass
class Depth:
    """One depth of one chapter in a build: what it depends on, its plan, and why that does not hold.

    `chosen` are the segments that the film is to have, `lacking` those of them that have to be drawn for it,
    `joined` tells whether the film is there already.
    """

    scene: Path
    name: str
    quality: Quality
    known: dict[str, str]
    plan: Plan | None
    why: list[str]
    chosen: list[Segment] = field(default_factory=list)
    lacking: list[Segment] = field(default_factory=list)
    joined: bool = False

    @property
    def id(self) -> tuple[str, str]:
        """Chapter and depth."""
        return self.scene.stem, self.name

    @property
    def folder(self) -> Path:
        """Where its plan and segments are."""
        return plans.depth_folder(self.scene, self.quality, self.name)

    @property
    def planned(self) -> Plan:
        """The plan, for a depth that has one."""
        assert self.plan is not None
        return self.plan

    @property
    def job(self) -> Job:
        """What a worker has to know; the cast goes along as it is here and now."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("COURSE_")}
        cast = current_cast(self.scene.stem)
        environment |= {variable(one.name): str(getattr(cast, one.name)) for one in fields(cast)}
        environment["COURSE_MEDIA"] = str(media().absolute())
        sources = {name: digest for name, digest in self.known.items() if name.endswith(".py")}
        return Job(self.scene.absolute(), self.name, self.quality, sources, environment)


@dataclass
class Failures:
    """What went wrong, by chapter; a chapter fails once, and the others go on."""

    by_chapter: dict[str, CourseError] = field(default_factory=dict)

    def __contains__(self, chapter: str) -> bool:
        return chapter in self.by_chapter

    def add(self, chapter: str, error: CourseError) -> None:
        """Note it, and say it at once; the whole traceback of a scene goes into a file."""
        if chapter in self:
            return
        self.by_chapter[chapter] = error
        note = ""
        if isinstance(error, SceneError) and error.trace:
            path = films() / "videos" / chapter / "error.txt"
            try:
                write_text(path, error.trace)
                note = f" (traceback: {shown(path)})"
            except CourseError:
                pass
        print(f"{chapter} failed: {error}{note}", file=sys.stderr)

    def result(self, future: Future[Any], chapter: str) -> Any:
        """What a task returned; None where it failed."""
        try:
            return future.result()
        except BrokenProcessPool:
            self.add(chapter, CourseError("A worker was killed while it planned this. Run again."))
        except CourseError as error:
            self.add(chapter, error)
        return None

    def summary(self, chapters: int) -> CourseError:
        """One sentence for the end."""
        names, count = ", ".join(self.by_chapter), len(self.by_chapter)
        rest = " The others are done." if count < chapters else ""
        return CourseError(
            f"{count} of {chapters} chapters failed: {names}. What to mend is said above.{rest}"
        )


def look(scenes: Iterable[Path], names: Sequence[str], quality: Quality, failures: Failures) -> list[Depth]:
    """Every depth as it is now; `why` says what has changed since its plan was made."""
    found: list[Depth] = []
    for scene in scenes:
        try:
            own = []
            for name in names:
                kept = plans.load(plans.depth_folder(scene, quality, name))
                known = plans.known_inputs(scene, name, quality, kept)
                own.append(Depth(scene, name, quality, known, kept, plans.reasons(kept, known)))
            found += own
        except CourseError as error:
            failures.add(scene.stem, error)
    return found


def bring_up_to_date(depths: Sequence[Depth], pool: Pool, failures: Failures) -> None:
    """Make the plans that are missing or do not hold, for all chapters that do not fail on the way.

    Captures first what chapters declare that have something to be planned or drawn.
    """
    with ExitStack() as stack:
        started: list[Executor] = []

        def executor() -> Executor:
            if not started:
                started.append(stack.enter_context(pool(True)))
            return started[0]

        specs = {one.scene: one.plan.declares for one in depths if one.plan is not None}
        # One depth of each chapter tells what the chapter declares.
        first = {one.scene: one for one in depths if one.why}
        fresh = _rehearse(list(first.values()), specs, executor, failures)
        renewed = set()
        for one in depths:
            if one.plan is not None and one.scene in specs:
                before = one.plan
                one.plan = before.declaring(specs[one.scene])
                if one.plan != before:
                    renewed.add(one.id)
                    one.why = plans.reasons(one.plan, one.known)
        find_lacking([one for one in depths if one.plan is not None], None)
        unfinished = {one.scene for one in depths if one.why or one.lacking}
        _capture({scene: own for scene, own in specs.items() if scene in unfinished}, failures)
        left = []
        for one in depths:
            if one.scene.stem in failures or one.id in fresh:
                continue
            if one.plan is not None and one.scene in unfinished:
                one.why = plans.reasons(one.plan, one.known)
            if one.why:
                left.append(one)
            elif one.id in renewed:
                plans.save(one.planned, one.folder)
        _rehearse(left, specs, executor, failures)


def _rehearse(
    depths: Sequence[Depth],
    specs: dict[Path, Declared],
    executor: Callable[[], Executor],
    failures: Failures,
) -> set[tuple[str, str]]:
    """Run depths dry and make their plans, but for those whose captures are missing; returns which it made.

    `specs` gets what their chapters declare.
    """
    made = set()
    told = {executor().submit(worker.rehearse, one.job): one for one in depths}
    if not told:
        return set()
    with progress(total=len(told), desc="planning", unit="depth") as bar:
        for future in finished(told):
            one = told[future]
            if (result := failures.result(future, one.scene.stem)) is not None:
                specs[one.scene], dry = result
                if dry is not None:
                    made.add(one.id)
                    one.known = {n: it for n, it in one.known.items() if not n.endswith(".py")} | dry.code
                    one.plan = plans.made(dry, one.known, specs[one.scene], one.quality, one.why)
                    one.why = []
                    plans.save(one.plan, one.folder, dry.states)
            bar.update(1)
    return made


def _capture(specs: dict[Path, Declared], failures: Failures) -> None:
    """Capture what is missing, all chapters together; where that fails, find out which of them it is."""
    if not specs:
        return
    from course.precompute import capture_all

    try:
        capture_all([spec for own in specs.values() for spec in own.specs.values()])
    except CourseError as error:
        if len(specs) == 1:
            failures.add(next(iter(specs)).stem, error)
            return
        for scene, own in specs.items():
            _capture({scene: own}, failures)


def finished(futures: Iterable[Future[Any]]) -> Iterator[Future[Any]]:
    """Futures as they are done; unlike `as_completed`, for those of any executor."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from done


def find_lacking(depths: Sequence[Depth], window: tuple[float, float] | None) -> None:
    """Find out what the films are to have and what of it has to be drawn: nothing where a film is there.

    `window` (seconds of the chapter) leaves out segments that are not shown within it. What several depths
    show alike is lacking in the first of them.
    """
    store, asked = Store(), set[str]()
    chapters: dict[Path, list[Depth]] = {}
    for one in sorted(depths, key=lambda one: DEPTHS.index(one.name)):
        chapters.setdefault(one.scene, []).append(one)
    for own in chapters.values():
        end = 0
        for one in own:
            one.chosen, one.lacking = [], []
            for segment in one.planned.segments:
                start, end = end, end + segment.frames
                fps = one.quality.fps
                if window is None or (end > window[0] * fps and start < window[1] * fps):
                    one.chosen.append(segment)
        joined = finish.is_there(own[0].scene, own[0].quality, [part(one) for one in own])
        for one in own:
            one.joined = joined
            for segment in () if joined else one.chosen:
                if segment.key not in asked and segment.key not in store:
                    one.lacking.append(segment)
                asked.add(segment.key)


def part(one: Depth) -> finish.Part:
    """What a film needs to know of a depth."""
    return finish.Part(one.name, one.planned, one.chosen, one.job)
