"""Who draws what: nothing twice, nothing forgotten, and everybody done at about the same time."""

from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.render import cost
from course.render.cost import START, Work
from course.render.quality import quality
from course.render.segments import Segment
from course.render.worker import Drawn


def work(name: str, costs: list[float], gaps: frozenset[int] = frozenset(), dry: float = 1.0) -> Work:
    segments = [
        Segment(number, 0, 60, f"{name}-{number}") for number in range(len(costs)) if number not in gaps
    ]
    return Work(
        (name, "story"),
        tuple(segments),
        tuple((0, 60) for _ in segments),
        tuple(costs[one.play] for one in segments),
        tuple(dry * one.play / len(costs) for one in segments),
    )


@given(
    st.lists(st.lists(st.floats(0.1, 30), min_size=1, max_size=40), min_size=1, max_size=6),
    st.integers(1, 40),
    st.frozensets(st.integers(0, 39), max_size=10),
)
def test_every_segment_is_in_exactly_one_share_and_in_order(
    costs: list[list[float]], workers: int, gaps: frozenset[int]
) -> None:
    works = [
        work(f"ch{number}", own, gaps)
        for number, own in enumerate(costs)
        if len(gaps & set(range(len(own)))) < len(own)
    ]
    shares = cost.shares(works, workers)
    assert sorted(segment.key for share in shares for segment in share.segments) == sorted(
        segment.key for one in works for segment in one.segments
    )
    for share in shares:
        assert all(a.play < b.play for a, b in pairwise(share.segments))
    assert sum(share.cost for share in shares) == pytest.approx(sum(one.cost for one in works))


@pytest.mark.parametrize(("workers", "least"), [(2, 1.85), (8, 7.2), (32, 24)])
def test_a_whole_course_keeps_all_workers_busy_to_the_end(workers: int, least: float) -> None:
    chance = np.random.default_rng(0)
    works = [work(f"{number}", list(chance.gamma(4, 2, 45)), dry=2.0) for number in range(27)]
    alone = sum(one.cost for one in works)
    assert alone / cost.makespan(cost.shares(works, workers), workers) > least


def test_chapters_are_whole_one_after_the_other_where_that_costs_nothing() -> None:
    chance = np.random.default_rng(0)
    works = [
        replace(work(f"ch{number}", list(chance.gamma(4, 2, 45)), dry=2.0), depth=(f"ch{number}", depth))
        for number in range(9)
        for depth in ("story", "mechanism", "derivation")
    ]
    order = [share.depth[0] for share in cost.shares(works, 2)]
    assert [name for name, _ in groupby(order)] == list(dict.fromkeys(order))
    assert sum(one.cost for one in works) / cost.makespan(cost.shares(works, 2), 2) > 1.85


def test_one_short_depth_is_not_cut_into_crumbs() -> None:
    shares = cost.shares([work("short", [0.5] * 10)], 8)
    assert len(shares) <= 1 + 5 / START


def test_prices_are_learned_from_what_drawing_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    low, chance = quality("l"), np.random.default_rng(1)
    counts = [(1, 0) if k % 3 else (0, int(b)) for k, b in enumerate(chance.integers(1, 90, 300))]
    segments = [Segment(k, 0, a + b, str(k)) for k, (a, b) in enumerate(counts)]
    one = Work(("ch", "story"), tuple(segments), tuple(counts), (1.0,) * 300, (0.0,) * 300)
    still, moving = 0.004, 0.031
    took = {str(k): (still * a + moving * b) * chance.uniform(0.9, 1.1) for k, (a, b) in enumerate(counts)}
    cost.learn(low, [one], [Drawn(("ch", "story"), 0.1, took)])
    assert cost.speeds(low) == pytest.approx((still, moving), rel=0.25)
    assert cost.speeds(quality("h")) != cost.speeds(low)
    # A damaged file is no reason to stop.
    (tmp_path / "videos" / "prices.json").write_text("{")
    assert all(price > 0 for price in cost.speeds(low))
