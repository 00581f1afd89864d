"""What drawing is expected to cost, learned from what it did cost; who draws what; and how long that takes.

Not for drawing: these are estimates, and nothing but time depends on them.
"""

import heapq
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from course.files import write_text
from course.paths import media
from course.render.quality import Quality
from course.render.worker import Drawn, Segment

STILL = 2.0e-9  # CPU seconds a pixel of a frame that stands still: the encoder only
MOVING = 2.0e-8  # and of one that moves
START = 1.5  # CPU seconds until a worker runs a scene, captures read


@dataclass(frozen=True)
class Speed:
    """What was measured at one quality: drawing took `drawing` times what was expected."""

    drawing: float = 1.0
    samples: int = 0


def speed(quality: Quality) -> Speed:
    """The speed on this machine at this quality, as far as it is known."""
    try:
        return Speed(**json.loads(_speeds().read_text(encoding="utf-8"))[quality.name])
    except (OSError, ValueError, KeyError, TypeError):
        return Speed()


def learn(quality: Quality, expected: float, drawn: Iterable[Drawn]) -> None:
    """Remember how the build's cost compares with what was expected at speed 1."""
    spent = sum(one.drawing + one.encoding for one in drawn)
    if not spent or not expected:
        return
    before = speed(quality)
    weight = 1 / min(before.samples + 1, 4)
    now = replace(
        before, drawing=before.drawing + (spent / expected - before.drawing) * weight, samples=before.samples + 1
    )
    try:
        every = json.loads(_speeds().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        every = {}
    write_text(_speeds(), json.dumps({**every, quality.name: asdict(now)}))


def _speeds() -> Path:
    return media() / "videos" / "speeds.json"


def expected(animations: Sequence[tuple[int, str]], quality: Quality) -> list[float]:
    """CPU seconds to draw and encode each animation, at speed 1."""
    pixels = quality.width * quality.height
    return [frames * pixels * (STILL if kind == "wait" else MOVING) for frames, kind in animations]


@dataclass(frozen=True)
class Share:
    """Consecutive segments of one depth that one worker draws in one go; costs in CPU seconds."""

    depth: tuple[str, str]
    segments: tuple[Segment, ...]
    cost: float
    passing: float

    @property
    def total(self) -> float:
        """All that the worker spends."""
        return START + self.passing + self.cost


@dataclass(frozen=True)
class Work:
    """What is left to draw of one depth: `costs` of all its animations, `dry` CPU seconds to pass over all."""

    depth: tuple[str, str]
    segments: Sequence[Segment]
    costs: Sequence[float]
    dry: float


def shares(work: Iterable[Work], workers: int) -> list[Share]:
    """Cut the work for `workers`: large shares first, small ones last, so that all end at about the same time."""
    runs = [run for one in work for run in _runs(one)]
    left = sum(run.cost for run in runs)
    found: list[Share] = []
    queue = [(-run.cost, number, run) for number, run in enumerate(runs)]
    heapq.heapify(queue)
    number = len(queue)
    while queue:
        _, _, run = heapq.heappop(queue)
        share, rest = _split(run, max(left / (2 * workers), 4 * (START + run.dry)))
        found.append(share)
        left -= share.cost
        if rest is not None:
            heapq.heappush(queue, (-rest.cost, number, rest))
            number += 1
    return found


@dataclass(frozen=True)
class _Run:
    depth: tuple[str, str]
    segments: tuple[Segment, ...]
    each: tuple[float, ...]
    before: tuple[float, ...]  # passing over all that comes before each segment
    dry: float

    @property
    def cost(self) -> float:
        return sum(self.each)


def _runs(work: Work) -> list[_Run]:
    """The segments that are left, in runs without a gap."""
    runs: list[list[Segment]] = []
    for segment in work.segments:
        if runs and runs[-1][-1].last == segment.first:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    count = max(1, len(work.costs))
    return [
        _Run(
            work.depth,
            tuple(run),
            tuple(sum(work.costs[one.first : one.last]) for one in run),
            tuple(work.dry * one.first / count for one in run),
            work.dry,
        )
        for run in runs
    ]


def _split(run: _Run, size: float) -> tuple[Share, _Run | None]:
    """The first segments of a run that cost about `size`, at least one; and the rest."""
    taken, cost = 1, run.each[0]
    while taken < len(run.segments) and cost + run.each[taken] / 2 <= size:
        cost += run.each[taken]
        taken += 1
    share = Share(run.depth, run.segments[:taken], cost, run.before[0])
    if taken == len(run.segments):
        return share, None
    return share, replace(
        run, segments=run.segments[taken:], each=run.each[taken:], before=run.before[taken:]
    )


def makespan(found: Sequence[Share], workers: int) -> float:
    """Seconds until the last of `workers` is done, each taking the next share when it is free."""
    free = [0.0] * max(1, workers)
    for share in found:
        heapq.heapreplace(free, free[0] + share.total)
    return max(free)
