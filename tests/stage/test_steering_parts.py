"""Sentences that grow, turns on the way, bars beside words, live curves, needles: each shows its numbers."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from manim import FadeOut, ValueTracker

from course.errors import CourseError
from course.stage.parts.laws import Laws
from course.stage.parts.livecurve import live_curve
from course.stage.parts.maps import place_in
from course.stage.parts.needle import Needle
from course.stage.parts.pictures import Picture
from course.stage.parts.plots import Axes
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
    plot = Between(
        [0.0, 0.5, 1.0], PICTURES[0], PICTURES[1], labels=("changed at step", "nearer to", "as near")
    ).shift([1, -1, 0])
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


# Weights, curves, roads


def test_a_bar_is_as_long_as_its_weight() -> None:
    mix = ValueTracker(0)
    bars = WordBars(("a", "snail"), lambda m: [1 - m, m], mix, width=4.0)
    for value in (0.0, 0.25, 1.0):
        mix.set_value(value)
        bars.update(0)
        lengths = [row[2].get_length() / row[1].get_length() for row in bars.rows]
        assert lengths == pytest.approx([1 - value, value], abs=1e-4)
    threads = bars.threads([-5, 0, 0])
    assert threads[1].get_stroke_width() > threads[0].get_stroke_width()
    assert all(
        thread.get_end()[0] < row[0].get_left()[0] for thread, row in zip(threads, bars.rows, strict=True)
    )
    with pytest.raises(CourseError, match="2 words and 1 weights"):
        WordBars(("a", "snail"), lambda: [1.0])


def test_a_live_curve_follows_its_tracker_and_stays_within_the_axes() -> None:
    axes, w = Axes((-1.0, 1.0), (0.0, 2.0), "x", "y"), ValueTracker(1)
    curve = live_curve(axes, lambda x, w: w * x**2, w, color="#ffffff")
    for value, top in ((1, 1.0), (5, 2.0)):
        w.set_value(value)
        curve.update(0)
        np.testing.assert_allclose(curve.points[-1], axes.point(1, top), atol=1e-6)


def test_a_needle_is_as_long_and_as_turned_as_it_was_read() -> None:
    step = ValueTracker(0)
    needle = Needle(lambda k: (1 - k / 2, 90 * k), step, radius=2.0).shift([1, -1, 0])
    for value, tip in ((0, (1, 1)), (1, (2, -1))):
        step.set_value(value)
        needle.update(0)
        farthest = max(needle.needle.points, key=lambda p: np.hypot(p[0] - 1, p[1] + 1))
        np.testing.assert_allclose(farthest[:2], tip, atol=1e-6)
    pale, bearing = Needle(lambda k: (0.1, 90), step, radius=2.0, first=(1, 0))[2:4]
    np.testing.assert_allclose(pale.get_top()[:2], (0, 2), atol=1e-6)
    np.testing.assert_allclose(bearing.get_end()[:2], (1.8, 0), atol=1e-6)
    with pytest.raises(CourseError, match="The needle has 1 of 2"):
        Needle(lambda: (np.nan, 0.0))


def test_a_push_starts_at_its_place_and_is_as_long_as_it_is() -> None:
    w, at = ValueTracker(1), ValueTracker(0.5)
    laws = Laws({"flat": ("#ffffff", lambda x, w: 0 * x + w)}, w, reach=2.0, top=3.0)
    push = laws.push(at, lambda x, w: -w * x, on="flat")
    for strength in (1.0, 2.0):
        w.set_value(strength)
        laws.update(0)
        push.update(0)
        bar, head, dot = push
        np.testing.assert_allclose(dot.get_center(), laws.axes.point(0.5, strength), atol=1e-6)
        assert head.get_left()[0] < bar.get_end()[0]
        assert bar.get_end()[0] == pytest.approx(laws.axes.point(0.5 - 0.5 * strength, 0)[0], abs=1e-4)
        assert laws.curves["flat"].points[0][1] == pytest.approx(laws.axes.point(0, strength)[1])


def test_a_place_is_framed_where_it_is() -> None:
    picture = Picture(PICTURES[0], height=4.0).shift([1, 2, 0])
    frame = place_in(picture, 5, 4)  # row 1, column 1 of four
    np.testing.assert_allclose(frame.get_center(), picture.pixel_center(1, 1), atol=1e-6)
    assert frame.width == pytest.approx(1.0)
