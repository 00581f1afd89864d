"""Sentences that grow, turns on the way, bars beside words, live curves, roads: each shows its numbers."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from manim import Dot, FadeOut, ValueTracker

from course.errors import CourseError
from course.stage.parts.livecurve import live_curve
from course.stage.parts.maps import EmbeddingMap
from course.stage.parts.plots import Axes
from course.stage.parts.roads import Road
from course.stage.parts.sentence import Sentence
from course.stage.parts.switching import Between, SplitBar
from course.stage.parts.wordbars import WordBars

PICTURES = np.zeros((3, 4, 4, 3), np.uint8) + np.array([0, 90, 180], np.uint8)[:, None, None, None]


# Sentences


def test_the_words_stand_in_reading_order_and_within_the_width() -> None:
    sentence = Sentence("a small red snail on a blue background", width=5.0)
    assert sentence.width <= 5.0
    tops = [word.get_bottom()[1] for word in sentence.words]
    rows = [round(top, 0) for top in tops]
    assert rows == sorted(rows, reverse=True)
    assert all(
        a.get_right()[0] < b.get_left()[0]
        for a, b in pairwise(sentence.words)
        if abs(a.get_y() - b.get_y()) < 0.3
    )


def test_only_the_words_that_are_new_light_up() -> None:
    short, long = Sentence("a snail"), Sentence("a small snail")
    fresh = long.fresh(short)
    assert len(fresh) == 1
    assert fresh[0] is long.words[1]
    assert len(short.grow(long)) == 3


def test_the_same_words_in_another_order_are_none_new_and_do_not_cross() -> None:
    one = Sentence("a big butterfly on a blue background", 54, width=5.9)
    two = Sentence("on a blue background a big butterfly", 54, width=5.9)
    assert len(two.fresh(one)) == 0
    moves = one.grow(two)
    for move in moves:
        move.begin()
    for t in np.linspace(0, 1, 29):
        for move in moves:
            move.interpolate(t)
        seen = [move.mobject for move in moves if move.mobject[0].get_fill_opacity() > 0.25]
        for a, b in combinations(seen, 2):
            apart = np.abs(a.get_center() - b.get_center())[:2]
            gap = apart - np.array([a.width + b.width, a.height + b.height]) / 2
            assert gap.max() > -0.25, (t, a.original_text, b.original_text)
    assert sum(not isinstance(move, FadeOut) for move in moves) == len(two.words)


def test_a_word_that_does_not_fit_or_is_not_there_is_named() -> None:
    with pytest.raises(CourseError, match="'background' is wider than 1 units"):
        Sentence("a background", width=1)
    with pytest.raises(CourseError, match="does not hold the word “cat”"):
        Sentence("a snail").find("cat")


# Turns on the way


def test_the_bar_is_filled_up_to_the_turn() -> None:
    when = ValueTracker(0)
    bar = SplitBar(30, when, ("this", "that"), width=6.0).shift([1, 2, 0])
    for step, share in ((0, 0), (10, 1 / 3), (30, 1), (45, 1)):
        when.set_value(step)
        bar.update(0)
        assert bar.sooner.get_length() / bar.later.get_length() == pytest.approx(share, abs=1e-4)
    with pytest.raises(CourseError, match="do not fit"):
        SplitBar(30, when, ("strawberry", "strawberry"), width=2.0)


def test_the_curve_runs_between_its_two_pictures() -> None:
    plot = Between([0.0, 0.5, 1.0], PICTURES[0], PICTURES[1], x_label="changed at step").shift([1, -1, 0])
    assert plot.ends[0].get_y() == pytest.approx(plot.point(0, 1)[1])
    assert plot.ends[1].get_y() == pytest.approx(plot.point(0, 0)[1])
    assert plot.middle.get_y() == pytest.approx((plot.ends[0].get_y() + plot.ends[1].get_y()) / 2)
    when = ValueTracker(1)
    dot, part = plot.marker(when), plot.so_far(when)
    for step, value in ((1, 0.5), (1.5, 0.75)):
        when.set_value(step)
        dot.update(0)
        part.update(0)
        np.testing.assert_allclose(dot.get_center(), plot.point(step, value), atol=1e-6)
        np.testing.assert_allclose(part.points[-1], plot.point(step, value), atol=1e-6)
    assert plot.upright(2).get_x() == pytest.approx(plot.point(2, 0)[0])
    assert all(isinstance(tick, Dot) for tick in plot.ticks([1, 2]))


# Weights, curves, roads


def test_a_bar_is_as_long_as_its_weight() -> None:
    mix = ValueTracker(0)
    bars = WordBars(("a", "snail"), lambda m: [1 - m, m], mix, width=4.0)
    for value in (0.0, 0.25, 1.0):
        mix.set_value(value)
        bars.update(0)
        lengths = [row[2].get_length() / row[1].get_length() for row in bars.rows]
        assert lengths == pytest.approx([1 - value, value], abs=1e-4)
    with pytest.raises(CourseError, match="2 words and 1 weights"):
        WordBars(("a", "snail"), lambda: [1.0])


def test_a_live_curve_follows_its_tracker_and_stays_within_the_axes() -> None:
    axes, w = Axes((-1.0, 1.0), (0.0, 2.0), "x", "y"), ValueTracker(1)
    curve = live_curve(axes, lambda x, w: w * x**2, w, color="#ffffff")
    for value, top in ((1, 1.0), (5, 2.0)):
        w.set_value(value)
        curve.update(0)
        np.testing.assert_allclose(curve.points[-1], axes.point(1, top), atol=1e-6)


def test_a_road_ends_where_the_walk_stands() -> None:
    places = EmbeddingMap([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]], PICTURES).shift([1, 1, 0])
    step = ValueTracker(0)
    road = Road(places, [[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]], step)
    for value, end in ((0.5, (1.0, 0.0)), (2.0, (4.0, 0.0))):
        step.set_value(value)
        road.update(0)
        np.testing.assert_allclose(road.head.get_center(), places.point(end), atol=1e-6)
        np.testing.assert_allclose(road.line.points[-1], places.point(end), atol=1e-6)
    with pytest.raises(CourseError, match="A road leads through places"):
        Road(places, [[0.0, 0.0]], step)
