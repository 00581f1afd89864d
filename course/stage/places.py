"""Places and arrangements that recur on the stage, by name: side by side, a name below, words and a number.

Not for mosaics and grids, which are parts (`parts.pictures`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Arrow,
    Dot,
    Mobject,
    Rectangle,
    ReplacementTransform,
    RoundedRectangle,
    Text,
    ValueTracker,
    VGroup,
    there_and_back_with_pause,
)
from numpy.typing import ArrayLike, NDArray

from course.stage import theme
from course.stage.equation import Equation
from course.stage.parts.digits import LiveNumber, on_baseline
from course.stage.parts.driven import Driven
from course.stage.parts.pictures import Walk
from course.stage.parts.plots import LinePlot, up_to
from course.stage.parts.tide import Tide

HERE, THERE = (-3.4, 0.45, 0.0), (3.4, 0.45, 0.0)
"""The middles of two pictures side by side, each with its name below."""
LEFTMOST = (-4.4, 0.45, 0.0)
"""The middle of a picture that has a plot to its right."""
BIG, TALL = 4.2, 4.6
"""The height of a picture of two; and where nothing else is on stage."""


def named(
    thing: Mobject,
    name: str,
    color: str = theme.INK,
    size: float = theme.LABEL,
    gap: float = 0.3,
    width: float | None = None,
) -> VGroup:
    """Something and its name below it, in lines no wider than `width`, if given: a group of both."""
    return VGroup(thing, theme.text(name, size, color, width=width).next_to(thing, DOWN, buff=gap))


def side_by_side(
    left: Mobject,
    right: Mobject,
    names: tuple[str, str],
    colors: tuple[str, str] = (theme.INK, theme.INK),
    height: float = BIG,
    size: float = theme.LABEL,
) -> VGroup:
    """Two pictures of one height left and right of the middle, their names below on one baseline.

    A group of two groups: picture and name.
    """
    pair = VGroup()
    for picture, name, color, place in zip((left, right), names, colors, (HERE, THERE), strict=True):
        # Their upper edges stand where those of two of the usual height do: below the badge.
        picture.scale_to_fit_height(height).move_to([place[0], place[1] + (BIG - height) / 2, 0])
        words = on_baseline(theme.text(name, size, color)).set_x(place[0])
        pair.add(VGroup(picture, words))
    # The taller of the names stands just below the pictures.
    top = max(one[1].get_top()[1] for one in pair)
    for one in pair:
        one[1].shift((pair[0][0].get_bottom()[1] - 0.3 - top) * UP)
    return pair


def walls(left: Mobject, right: Mobject, names: tuple[str, str], colors: tuple[str, str]) -> VGroup:
    """Two mosaics of four columns and two rows, from edge to edge, as `side_by_side` places two pictures."""
    pair = side_by_side(left, right, names, colors, 3.2)
    for one, x in zip(pair, (-3.38, 3.38), strict=True):
        one.set_x(x)
    return pair


def abreast(pictures: Sequence[Mobject], names: Sequence[str], color: str, apart: float, y: float) -> VGroup:
    """Pictures side by side, `apart` units from middle to middle, their names below them on one baseline.

    A group of groups: picture and name.
    """
    row, left = VGroup(), -apart * (len(pictures) - 1) / 2
    for k, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        words = on_baseline(theme.text(name, theme.LABEL, color)).set_x(left + apart * k)
        picture.move_to([left + apart * k, y, 0])
        row.add(VGroup(picture, words.shift((picture.get_bottom()[1] - 0.6) * UP)))
    return row


def adding(
    without: Mobject, dial: Mobject, goes: Mobject, names: tuple[str, Mobject, str], y: float
) -> VGroup:
    """A guess, plus a needle, is where that goes: a group of the three, each with its name, and the signs."""
    here, there = abreast((without, goes), (names[0], names[2]), theme.PROMPT, 9.2, y)
    middle = VGroup(dial.move_to([0, y, 0]), names[1].set_x(0).match_y(here[1].set_color(theme.NOISE)))
    signs = (theme.text(sign, theme.TITLE).move_to([x, y, 0]) for sign, x in (("+", -2.3), ("=", 2.3)))
    return VGroup(here, middle, there, *signs)


def copies(one: Mobject, places: Iterable[Mobject]) -> list[Animation]:
    """One thing becomes several others, each where it stands."""
    return [ReplacementTransform(one.copy(), place) for place in places]


def in_a_row(
    pictures: Sequence[Mobject],
    names: Sequence[str],
    colors: Sequence[str],
    height: float = 3.4,
    gap: float = 0.9,
    middle: tuple[float, float] = (-0.4, 0.85),
) -> list[VGroup]:
    """Pictures of one height, their names below on one baseline: a group of both for each."""
    row = VGroup(*(one.scale_to_fit_height(height) for one in pictures))
    row.arrange(RIGHT, buff=gap).move_to([*middle, 0])
    return [VGroup(*pair) for pair in zip(row, names_below(row, names, colors, 0.6), strict=True)]


def adds_up(*things: Mobject, signs: str = "+=", gap: float = 0.35) -> VGroup:
    """One picture + another = a third, side by side, or several with other signs: a group of all of them."""
    marks = [theme.text(sign, theme.TITLE) for sign in signs]
    pairs = zip(marks, things[1:], strict=True)
    row = VGroup(things[0], *(one for pair in pairs for one in pair))
    row.arrange(RIGHT, buff=gap)
    row.scale(min(1, theme.SAFE_WIDTH / row.width)).move_to([0, 0.7, 0])
    # Names below them may be of unequal heights.
    for picture in things[1:]:
        picture.align_to(things[0], UP)
    return row


def into(thing: Mobject, place: Mobject) -> Any:
    """The animation in which something goes to where another thing stands, and takes its height."""
    return thing.animate.match_height(place).move_to(place)


def curve_on_the_right(
    x: ArrayLike, y: ArrayLike, labels: tuple[str, str], color: str, x_from: float | None = None
) -> LinePlot:
    """One curve, named "curve", in the right half of the frame; its axes begin at `x_from` and at 0."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    plot = LinePlot(
        x,
        {"curve": y},
        x_label=labels[0],
        y_label=labels[1],
        colors={"curve": color},
        x_range=(float(x[0]) if x_from is None else x_from, float(x[-1])),
        y_range=up_to(float(y.max())),
        width=6.0,
        height=3.5,
    )
    return plot.shift([theme.SAFE_RIGHT - 0.3 - plot.axes.get_right()[0], -0.05 - plot.axes.get_y(), 0])


def stripe(size: float, name: str, y: float, color: str, left: float, unit: float, words: str) -> VGroup:
    """A bar from `left`, `unit` times as long as its number, its name before and the number after it.

    `words` says how the number is written: "{:.0f} levels". A group of bar, name and number.
    """
    bar = Rectangle(width=unit * size, height=0.36, stroke_width=0).set_fill(color, opacity=1)
    bar.move_to([left + bar.width / 2, y, 0])
    before = theme.text(name, theme.LABEL, color).next_to(bar, LEFT, buff=0.3)
    return VGroup(bar, before, theme.text(words.format(size), theme.LABEL).next_to(bar, RIGHT, buff=0.3))


def live_stripe(size: Callable[[float], float], tracker: ValueTracker, *args: Any) -> Driven:
    """A stripe whose number follows a tracker; what else it is given is as for `stripe`."""
    return Driven(lambda at: stripe(float(size(at)), *args), tracker)


def stripes(*rows: tuple[float, str, str], words: str, y: float = -1.85) -> list[VGroup]:
    """Bars of one unit, one below the other from `y` on: of each its number, its name and its colour."""
    unit = 4.6 / max(size for size, *_ in rows)
    return [
        stripe(size, name, y - 0.52 * k, color, -1.9, unit, words)
        for k, (size, name, color) in enumerate(rows)
    ]


def rivals(amounts: Mapping[str, Sequence[float]], kinds: Mapping[str, str]) -> tuple[VGroup, list[VGroup]]:
    """Two kinds compared: their names in their colours, and for each name of `amounts`, in percent, two bars
    one below the other, the first one named.
    """
    title = VGroup(*(theme.text(kind, theme.SENTENCE, color) for kind, color in kinds.items()))
    title.arrange(RIGHT, buff=0.8).move_to([-1.0, 2.9, 0])
    rows = []
    for k, (name, sizes) in enumerate(amounts.items()):
        told = zip(sizes, kinds.values(), (1.6, 1.1), strict=True)
        pair = [stripe(size, name, y - 1.6 * k, c, -3.2, 0.07, "{:.0f}%") for size, c, y in told]
        pair[1].remove(pair[1][1])
        rows.append(VGroup(*pair))
    return title, rows


def reading(
    words: str,
    value: Callable[[float], float],
    tracker: ValueTracker,
    color: str,
    decimals: int = 0,
    suffix: str = "",
) -> VGroup:
    """A word and a number that follows a tracker, on one baseline."""
    name = on_baseline(theme.text(words, theme.LABEL, color))
    number = LiveNumber(value, tracker, decimals=decimals, suffix=suffix, size=theme.LABEL, color=color)
    return VGroup(name, number.shift((name.get_right()[0] + 0.2 - number.get_left()[0]) * RIGHT))


def letter(typst: str, value: Callable[[float], float], tracker: ValueTracker, color: str) -> VGroup:
    """A letter as formulas write it, and the number that follows a tracker."""
    name = Equation(f"{typst} =", definition="a name").set_color(color)
    number = LiveNumber(value, tracker, color=color)
    return VGroup(name, number.next_to(name, RIGHT, buff=0.2))


def arrow(start: ArrayLike, end: ArrayLike, color: str) -> Arrow:
    """A bold arrow from a little after one point to a little before another."""
    return Arrow(start, end, buff=0.2, color=color, stroke_width=12)


def bearings(words: tuple[str, str, str], middle: ArrayLike) -> tuple[Arrow, Arrow, list[VGroup]]:
    """Two arrows to one point, from two others, not to scale; and the points with their words.

    `words` are those of the end, of the first arrow's start, and of the second's.
    """
    points = [np.asarray(middle) + at for at in ([-0.9, 1.5, 0], [-2.3, -1.4, 0], [0.8, -1.4, 0])]
    colors, sides = (theme.PROMPT, theme.NOISE, theme.WRONG), (UP, DOWN, DOWN)
    ends = []
    for at, said, color, side in zip(points, words, colors, sides, strict=True):
        ends.append(VGroup(dot := Dot(at, 0.12, color=color), theme.text(said, theme.LABEL, color)))
        ends[-1][1].next_to(dot, side, buff=0.25)
    # Two long names would meet on one line.
    ends[2][1].shift(0.7 * DOWN)
    return arrow(points[1], points[0], theme.PROMPT), arrow(points[2], points[0], theme.PROMPT), ends


PAIR = {"the state": theme.INK, "the guess": theme.MODEL}
"""What stands left and right of a machine, and its colours."""
ROW, HIGH, SIDE = (-4.6, 0.0, 4.6), 0.95, 3.4
"""Where three things stand in a row, and how high its pictures are."""


def pair(state: Mobject, guess: Mobject) -> VGroup:
    """What is put left and right of a machine, at the ends of a row; returns the names below."""
    names = VGroup()
    for one, x, (name, color) in zip((state, guess), (ROW[0], ROW[2]), PAIR.items(), strict=True):
        one.scale_to_fit_height(SIDE).move_to([x, HIGH, 0])
        names.add(theme.text(name, theme.LABEL, color).next_to(one, DOWN, buff=0.3))
    return names


def machine(name: str, words: str, number: int | None = None) -> tuple[VGroup, VGroup, VGroup]:
    """A box in the middle of a row; what it is given, words below and a step's number above; and four arrows.

    They lead into it from the left, from above and from below, and out of it.
    """
    frame = RoundedRectangle(width=2.6, height=1.3, corner_radius=0.2, color=theme.MODEL)
    left, right = ([ROW[k] + side * SIDE / 2, HIGH, 0] for k, side in ((0, 1), (2, -1)))
    above, below = (frame.move_to([ROW[1], HIGH, 0]).get_center() + 1.5 * way for way in (UP, DOWN))
    ends = frame.get_left(), frame.get_top(), frame.get_bottom(), right
    ways = zip((left, above, below, frame.get_right()), ends, strict=True)
    arrows = VGroup(*(Arrow(a, b, buff=0.1, color=theme.MUTED, stroke_width=6) for a, b in ways))
    given = VGroup(theme.text(words, theme.LABEL, theme.PROMPT, width=5.0).next_to(below, DOWN, buff=0.1))
    if number is not None:
        given.add(theme.text(f"step {number}", theme.LABEL, theme.TIME).next_to(above, UP, buff=0.1))
    return VGroup(frame, theme.text(name, theme.SENTENCE, theme.MODEL).move_to(frame)), given, arrows


def named_row(pictures: VGroup, names: Sequence[str], colors: Sequence[str], y: float) -> list[Text]:
    """Pictures side by side around the height `y`; returns their names, below them on one baseline."""
    pictures.arrange(RIGHT, buff=0.35).move_to([0, y, 0])
    return names_below(pictures, names, colors, 0.55)


def names_below(row: VGroup, names: Sequence[str], colors: Sequence[str], down: float) -> list[Text]:
    """The names of things side by side, their baseline `down` units below the lowest."""
    at = [[one.get_x(), row.get_bottom()[1] - down, 0] for one in row]
    told = zip(names, colors, at, strict=True)
    return [on_baseline(theme.text(name, theme.LABEL, color)).shift(place) for name, color, place in told]


def flooded(
    films: Sequence[NDArray[np.uint8]], names: Mapping[str, str], tide: Tide, step: ValueTracker
) -> tuple[VGroup, VGroup]:
    """Two films one above the other at the left, named and coloured, and a tide right of them.

    Returns the films with their names, and the number of their step.
    """
    pictures = (Walk(film, step, 2.1) for film in films)
    left = VGroup(*(named(one, *told, gap=0.2) for one, told in zip(pictures, names.items(), strict=True)))
    tide.shift(np.array([-2.2, -1.9, 0]) - tide[0].get_left())
    number = reading("step", lambda k: float(np.floor(k + 0.5)), step, theme.TIME)
    return left.arrange(DOWN, buff=0.25).move_to([-4.9, 0.3, 0]), number.move_to([1.8, 2.6, 0])


def lifted(curve: Mobject) -> Any:
    """The animation in which a curve is thicker for a moment."""
    return curve.animate(rate_func=there_and_back_with_pause).set_stroke(width=16)
