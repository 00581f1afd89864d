"""What drawing is expected to cost, learned from what it did cost; who draws what; and how long that takes.

Not for drawing: these are estimates, and nothing but time depends on them.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.files import read_json, write_json
from course.paths import media
from course.render.quality import Quality
from course.render.segments import Segment
from course.render.worker import Drawn

if TYPE_CHECKING:
    from course.render.planning import Depth

START = 1.0  # CPU seconds until a worker runs a scene, captures read
GRAINS = (2.0, 4.0, 8.0, 16.0)  # a share is worth at least so many times what it takes to get to it
SLACK = 1.02  # so much later may all be drawn for chapters to be whole one after the other
STILL, MOVING = 3.0e-8, 1.0e-8  # CPU seconds a pixel: of a picture that is held, of a frame that moves
PRIOR = 30.0  # pictures that this guess, made before anything was measured, counts for
MEMORY = 0.8  # how much of what earlier builds taught still counts after one more


@dataclass(frozen=True)
class Work:
    """What is left to draw of one depth: for each segment how many pictures that are held and how many frames
    that move it takes, what it costs, and what it costs to pass over all before it, in CPU seconds."""

    depth: tuple[str, str]
    segments: tuple[Segment, ...]
    pictures: tuple[tuple[int, int], ...]
    costs: tuple[float, ...]
    passing: tuple[float, ...]

    @property
    def cost(self) -> float:
        """All segments together."""
        return sum(self.costs)


@dataclass(frozen=True)
class Share:
    """Segments of one depth, in their order, that one worker draws in one go; CPU seconds."""

    depth: tuple[str, str]
    segments: tuple[Segment, ...]
    cost: float
    passing: float

    @property
    def total(self) -> float:
        """All that the worker spends."""
        return START + self.passing + self.cost


# What it costs


def work(depth: "Depth") -> Work:
    """What the segments that a depth lacks are expected to cost on this machine."""
    plan, prices, segments = depth.planned, speeds(depth.quality), tuple(depth.lacking)
    pictures = tuple((1, 0) if one.still else (0, one.frames) for one in segments)
    costs = tuple(still * prices[0] + moving * prices[1] for still, moving in pictures)
    share = plan.seconds / max(1, len(plan.animations))
    return Work(depth.id, segments, pictures, costs, tuple(share * one.play for one in segments))


def speeds(quality: Quality) -> tuple[float, float]:
    """CPU seconds for a picture that is held and for a frame that moves, by what was measured."""
    normal, right = _learned(quality)
    still, moving = np.linalg.lstsq(normal, right, rcond=None)[0]
    return max(float(still), 1e-5), max(float(moving), 1e-5)


def learn(quality: Quality, works: Iterable[Work], drawn: Iterable[Drawn]) -> None:
    """Remember, for this machine, what the segments of a build really cost."""
    pictures = {
        segment.key: counts
        for one in works
        for segment, counts in zip(one.segments, one.pictures, strict=True)
    }
    normal, right = _learned(quality)
    normal, right = MEMORY * normal, MEMORY * right
    for one in drawn:
        for key, seconds in one.segments.items():
            counts = np.array(pictures[key], dtype=float)
            # Weighed by length, so that the total comes out right rather than the shortest segments.
            weight = 1 / max(1.0, counts.sum())
            normal += weight * np.outer(counts, counts)
            right += weight * counts * seconds
    write_json(
        _path(), {**read_json(_path()), quality.name: {"normal": normal.tolist(), "right": right.tolist()}}
    )


def _learned(quality: Quality) -> tuple[np.ndarray, np.ndarray]:
    try:
        known = read_json(_path())[quality.name]
        return np.array(known["normal"], dtype=float).reshape(2, 2), np.array(
            known["right"], dtype=float
        ).reshape(2)
    except (KeyError, ValueError, TypeError):
        prices = np.array([STILL, MOVING]) * quality.width * quality.height
        return np.diag([PRIOR, PRIOR]), PRIOR * prices


def _path() -> Path:
    return media() / "videos" / "prices.json"


# Who draws what


def shares(works: Iterable[Work], workers: int) -> list[Share]:
    """Cut the work for `workers`, the dearest share first, in the grain that has them all done soonest.

    If it costs next to nothing, one chapter follows the other: what is whole is finished beside the rest.
    """
    runs = list(works)
    found = min((_cut(runs, workers, grain) for grain in GRAINS), key=lambda found: makespan(found, workers))
    chapters: dict[str, float] = defaultdict(float)
    for share in found:
        chapters[share.depth[0]] += share.total
    grouped = sorted(found, key=lambda share: (-chapters[share.depth[0]], share.depth[0], -share.total))
    return grouped if makespan(grouped, workers) <= SLACK * makespan(found, workers) else found


def _cut(runs: Sequence[Work], workers: int, grain: float) -> list[Share]:
    """Large shares first, small ones last, so that all end together.

    A share is half of what is left for each worker (guided self-scheduling, Polychronopoulos and Kuck 1987),
    but not so small that getting to it weighs more than one part in `grain`.
    """
    queue = list(runs)
    heap = [(-run.cost, number) for number, run in enumerate(queue)]
    heapq.heapify(heap)
    left = sum(run.cost for run in queue)
    found: list[Share] = []
    while heap:
        _, number = heapq.heappop(heap)
        run = queue[number]
        size = max(left / (2 * workers), grain * (START + run.passing[0]))
        taken, cost = 1, run.costs[0]
        while taken < len(run.segments) and cost + run.costs[taken] / 2 <= size:
            cost += run.costs[taken]
            taken += 1
        found.append(Share(run.depth, run.segments[:taken], cost, run.passing[0]))
        left -= cost
        if taken < len(run.segments):
            queue.append(_part(run, taken, len(run.segments)))
            heapq.heappush(heap, (-queue[-1].cost, len(queue) - 1))
    return sorted(found, key=lambda share: -share.total)


def makespan(found: Sequence[Share], workers: int) -> float:
    """Seconds until the last of `workers` cores is done, each taking the next share when it is free."""
    free = [0.0] * workers
    for share in found:
        heapq.heapreplace(free, free[0] + share.total)
    return max(free)


def _part(one: Work, start: int, stop: int) -> Work:
    return replace(
        one,
        segments=one.segments[start:stop],
        pictures=one.pictures[start:stop],
        costs=one.costs[start:stop],
        passing=one.passing[start:stop],
    )
