"""Every part of the stage once: what the snapshots show, and a film to look at (`manim -qm` on this file).

Not a chapter: its data are formulas, so that no picture here depends on a model.
"""

from collections.abc import Callable

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, Mobject, ValueTracker, VGroup, linear
from numpy.typing import NDArray

from course.maths.walking import MAP, Mixture, journey
from course.stage.chapter import Chapter
from course.stage.derivation import Derivation
from course.stage.equation import Equation
from course.stage.parts import (
    Approach,
    AttentionOverlay,
    BarPlot,
    Bow,
    Cards,
    Chart,
    Chord,
    Columns,
    Costs,
    Crowd,
    Drift,
    EmbeddingMap,
    Faders,
    Flow,
    Heaps,
    Knob,
    Laws,
    LinePlot,
    Needle,
    NumberedTensor,
    PixelZoom,
    Pouring,
    Quarter,
    SchedulePlot,
    Shares,
    Sheet,
    StepDots,
    TensorTable,
    Tide,
    Triangle,
    WalkMap,
    WordBars,
    cell,
    planes,
)
from course.stage.parts.crowd import apart
from course.stage.parts.pictures import Picture, PictureGrid
from course.stage.theme import MODEL, NOISE, PROMPT, SIGNAL, TIME, WRONG

STEPS = 30
ALPHAS = np.cos(0.5 * np.pi * np.linspace(1, 0, STEPS + 1)) ** 2


def pixels(hue: float = 0.0) -> NDArray[np.uint8]:
    """A ball over a plain ground, (32, 32, 3)."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    inside = x**2 + y**2 < 0.55
    light = np.clip(0.95 - 0.5 * np.hypot(x + 0.3, y + 0.35), 0, 1)
    ball = np.stack([light * (0.5 + 0.5 * np.cos(hue + k)) for k in (0.0, 2.1, 4.2)], axis=-1)
    ground = np.stack([0.16 + 0.05 * y, 0.2 + 0.05 * y, 0.33 - 0.08 * y], axis=-1)
    return np.rint(255 * np.where(inside[..., None], ball, ground)).astype(np.uint8)


def heat() -> NDArray[np.float64]:
    """Weights (16, 16) with one bump."""
    y, x = np.mgrid[-1:1:16j, -1:1:16j]
    return np.exp(-6 * ((x + 0.3) ** 2 + (y + 0.3) ** 2))


def definition(source: str, size: float = 60) -> Equation:
    return Equation(source, definition="shown for its looks", font_size=size)


def equations() -> VGroup:
    return VGroup(
        definition(r"x_t = sqrt(overline(alpha)_t) x_0 + sqrt(1 - overline(alpha)_t) epsilon"),
        definition(
            r"hat(x)_0 = (x_t - sqrt(1 - overline(alpha)_t) epsilon_theta (x_t, t, c))"
            r" / sqrt(overline(alpha)_t)"
        ),
    ).arrange(DOWN, buff=1.0)


def zoomed() -> Mobject:
    picture = Picture(pixels(), height=5)
    zoom = PixelZoom(picture, 8, 12)
    picture.scale(zoom.factor, about_point=zoom.point)
    return VGroup(picture, zoom.grid, zoom.numbers)


def bars() -> Mobject:
    return BarPlot(
        {"prompt": 0.61, "seed": 0.24, "both": 0.15},
        y_label="share of variance",
        colors={"prompt": PROMPT, "seed": NOISE, "both": MODEL},
    )


def lines() -> Mobject:
    calls = np.array([1, 2, 3, 5, 10, 30])
    return LinePlot(
        calls,
        {"one step each": 40.0 / calls, "two steps each": 55.0 / calls**1.6},
        x_label="model calls",
        y_label="error (levels of 255)",
        colors={"one step each": WRONG, "two steps each": MODEL},
        width=7.5,
    )


def dials() -> Mobject:
    step = ValueTracker(12)
    faders = Faders(
        {"picture": np.sqrt(ALPHAS), "noise": np.sqrt(1 - ALPHAS)}, step, {"picture": SIGNAL, "noise": NOISE}
    )
    return VGroup(faders, StepDots(STEPS, step)).arrange(DOWN, buff=1.2)


def attention() -> Mobject:
    picture = Picture(pixels(), height=5)
    plain = Picture(pixels(), height=5).next_to(picture, RIGHT, buff=0.6)
    return VGroup(picture, plain, AttentionOverlay(plain, heat())).center()


def places() -> Mobject:
    angles = np.linspace(0, 2 * np.pi, 7)[:-1]
    points = np.stack([2 * np.cos(angles), np.sin(angles)], axis=1)
    return EmbeddingMap(points, np.stack([pixels(angle) for angle in angles]))


def tensors() -> Mobject:
    numbers = np.sin(np.arange(77 * 64, dtype=float).reshape(77, 64)) * 1.5
    tokens = ["a", "small", "snail", *["."] * 74]
    card = NumberedTensor("x_0", (3, 32, 32), Picture(pixels()), color=SIGNAL)
    return VGroup(TensorTable(numbers, tokens), card).arrange(RIGHT, buff=0.8)


def chart() -> Mobject:
    """A sea of grey tiles, and in it a picture with a shore."""
    grey = np.random.default_rng(1).integers(60, 200, (4, 7, 32, 32, 1), dtype=np.uint8)
    tiles = np.broadcast_to(grey, (4, 7, 32, 32, 3)).copy()
    for column, share in ((2, 0.5), (3, 1.0), (4, 0.5)):
        tiles[2, column] = np.rint(share * pixels() + (1 - share) * tiles[2, column]).astype(np.uint8)
    return Chart(tiles, height=1.7)


def cards() -> Mobject:
    """Eight cards, of which two are likely, and one of them besides at its size."""
    balls = np.stack([pixels(hue) for hue in np.linspace(0, 5, 8)])
    wall = Cards(balls, [[0, 0.5, 0, 0.1, 0, 0, 1, 0]], ValueTracker(0), columns=4, height=4)
    return VGroup(wall, wall.card(6).shift(4.2 * RIGHT)).shift(1.5 * LEFT)


def costs() -> Mobject:
    return Costs([-0.6, 0.2, 0.9], [0.2, 0.3, 0.5], ValueTracker(-0.3), height=3.5)


def sheet() -> Mobject:
    return Sheet([pixels(hue).transpose(2, 0, 1) / 127.5 - 1 for hue in (0.0, 2.0, 4.0)], width=9, height=5)


def tide() -> Mobject:
    return Tide({"coarse": 2.2, "fine": 0.4}, ALPHAS, ValueTracker(12), {"coarse": SIGNAL, "fine": PROMPT})


def steering() -> Mobject:
    step, w = ValueTracker(1), ValueTracker(3)
    needle = Needle(lambda k: (1 / (1 + k), 70 * k), step, first=(1.0, 0.0))
    bars = WordBars(("a", "snail", "on"), lambda: (0.2, 0.5, 0.3), width=3.0, numbers=True)
    row = VGroup(needle, bars).arrange(RIGHT, buff=2.0).shift(DOWN)
    bells = {
        "all": (NOISE, lambda x, w: np.exp(-(x**2) / 2)),
        "guided": (WRONG, lambda x, w: np.exp(-w * x**2)),
    }
    laws = Laws(bells, w, reach=2.4, top=1.0)
    push = laws.push(ValueTracker(1.2), lambda x, w: -0.2 * w, on="all")
    return VGroup(laws, push, bars.threads([0, -1, 0]), row)


def between() -> Mobject:
    """A dot on its way up in a triangle, and two needles halfway round a quarter turn."""
    share = ValueTracker(0.5)
    triangle = Triangle(np.stack([pixels(hue) for hue in (0.0, 2.0, 4.0)]), 4.5, 3.5)
    names = definition("epsilon_1"), definition("epsilon_2")
    pair = VGroup(VGroup(triangle, triangle.lift(), triangle.dot(share, share)), Quarter(share, names))
    angles = np.linspace(0, 6, 30)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1)
    ended = ring + np.array([0.3, 1.5])
    ways = Drift(np.concatenate([ring, ended]), width=3, height=4)
    return VGroup(pair.arrange(RIGHT, buff=1.0), ways).arrange(RIGHT, buff=1.0).scale_to_fit_width(12.5)


def poured() -> Mobject:
    numbers = np.sin(np.arange(16 * 128, dtype=float).reshape(16, 128)) * 1.5
    return Pouring(numbers, (32, 32, 3), ValueTracker(1200))


def walked() -> Mobject:
    films = np.stack([pixels(k / 10) for k in range(STEPS + 1)])
    ends = np.stack([pixels(k) for k in range(4)])
    return WalkMap(journey(MAP, 2, ALPHAS), MAP.places, ends, (films, films[:-1]), ValueTracker(15))


def crowd() -> Mobject:
    """Some that came close, kept off each other, and the region that they stand in."""
    films = np.stack([[pixels(k)] for k in range(7)])
    places = apart(
        0.8 * np.stack([np.cos(np.arange(7)), np.sin(2 * np.arange(7))], axis=1), 1.3, (-6, -3, 6, 3)
    )
    some = Crowd(films, places[None], ValueTracker(0), size=1.2)
    return VGroup(some.region(0.2, PROMPT), some)


def heaps() -> Mobject:
    """Red, blue and green balls, more of one than the law says."""
    kinds = np.repeat([0, 1, 2, 3], [90, 40, 60, 5])
    album = np.stack([pixels(2.1 * kind) for kind in kinds])
    return Heaps(
        (album, album), (kinds, kinds), ("red", "blue", "green", "unclear"), (1 / 3,) * 3, ValueTracker(1)
    )


def miniature() -> Mobject:
    """A latent's four planes, a frame around one number of the last; and a chord under a logarithm."""
    y, x = np.mgrid[-1:1:8j, -1:1:8j]
    shown = Picture(planes(np.stack([2 * x, 2 * y, 3 * x * y, 1 - x**2 - y**2])), height=5)
    framed = VGroup(shown, cell(shown, (3, 2, 5), 8))
    return VGroup(framed, Chord(ValueTracker(0.3), (SIGNAL, WRONG), 5.0, 3.0)).arrange(RIGHT, buff=1.0)


def bow() -> Mobject:
    """A road, strides that end beside it, leaps over it, and an arrow that aims too high."""
    along = np.linspace(0, 40, 41)
    road = Bow(np.stack([along, along * (40 - along) / 120], 1), ValueTracker(5), 10, (-5, -2.5))
    stops = np.array([[0, 0], [12, 3.4], [25, 4], [41, 2]])
    rider = road.ride(Picture(pixels(), height=1.5), stops, ValueTracker(1), up=1.0)
    leaps = road.leaps(stops[[0, 2]], SIGNAL, 1.2)
    return VGroup(road, *road.strides(stops, WRONG), *leaps, road.arrow(stops[0], [41, 5]), rider, road.times)


def flow() -> Mobject:
    """Roads of a mean with walkers on them, a crossing, and a bell where roads end."""
    bell, flow = Mixture((1.0,), (0.7,), 0.5), Flow().shift([-1.5, 0, 0])
    here, ways, mean = flow.crossing(0.5, 0.0)
    moving = *flow.roads(bell), flow.walkers(bell, ValueTracker(0.4)), flow.bell(bell)
    return VGroup(flow, *flow.lines(), *moving, here, *ways, mean)


PARTS: dict[str, Callable[[], Mobject]] = {
    "equations": equations,
    "zoom": zoomed,
    "schedule": lambda: SchedulePlot(ALPHAS),
    "lines": lines,
    "bars": bars,
    "dials": dials,
    "attention": attention,
    "places": places,
    "tensors": tensors,
    "cards": cards,
    "chart": chart,
    "costs": costs,
    "sheet": sheet,
    "knob": lambda: Knob(lambda: 178.0, most=255),
    "shares": lambda: Shares(lambda: (0.5, 0.3, 0.2), colors=(SIGNAL, NOISE, MODEL), width=9),
    "tide": tide,
    "steering": steering,
    "pouring": poured,
    "walkmap": walked,
    "crowd": crowd,
    "heaps": heaps,
    "between": between,
    "miniature": miniature,
    "bow": bow,
    "flow": flow,
    "approach": lambda: Approach([-0.9, 0.15, -0.4, 0.1], "x_t", "guesses, in a toy"),
    "grid": lambda: PictureGrid(
        np.array([[pixels(k + n) for k in range(3)] for n in range(2)]),
        4.5,
        *(("one", "two"), ("a", "pq", "x"), (0.6, 0.1), (NOISE, PROMPT)),
    ),
    "columns": lambda: Columns([[1, 2, 4], [5, 3, 1]], ValueTracker(0.5), WRONG, "which one is long"),
}


class Gallery(Chapter):
    """All parts in motion."""

    title = "Gallery"
    question = "What is a scene made of?"

    def story(self) -> None:
        picture = Picture(pixels(), height=5)
        self.play(FadeIn(picture))
        zoom = PixelZoom(picture, 8, 12)
        self.play(zoom.approach(), run_time=3)
        self.play(zoom.show_grid())
        self.play(zoom.show_numbers(), run_time=2)
        self.hold(1)
        self.play(zoom.hide())
        self.play(zoom.retreat(), run_time=2)
        heat_map = AttentionOverlay(picture, heat())
        self.play(FadeIn(heat_map))
        self.hold(0.5)

    def mechanism(self) -> None:
        step = ValueTracker(0)
        faders = Faders(
            {"picture": np.sqrt(ALPHAS), "noise": np.sqrt(1 - ALPHAS)},
            step,
            {"picture": SIGNAL, "noise": NOISE},
        )
        dots = StepDots(STEPS, step)
        self.play(FadeIn(VGroup(faders, dots).arrange(DOWN, buff=1.2)))
        self.play(step.animate.set_value(STEPS), run_time=3, rate_func=linear)
        self.play(FadeOut(faders), dots.animate.shift(0.5 * UP))
        self.sweep()

        plot = SchedulePlot(ALPHAS)
        step = ValueTracker(0)
        self.play(FadeIn(plot.axes))
        self.play(*[Create(curve) for curve in plot.curves.values()], run_time=1.5)
        self.play(*[FadeIn(name) for name in plot.names.values()])
        self.add(plot.line_at(step), plot.marker("picture", step), plot.marker("noise", step))
        self.play(step.animate.set_value(STEPS), run_time=2)
        self.sweep()
        for name in ("lines", "bars", "places", "tensors"):
            self.play(FadeIn(PARTS[name]()))
            self.hold(0.5)
            self.sweep()

    def derivation(self) -> None:
        proof = Derivation(
            self,
            definition(r"x_t = sqrt(overline(alpha)_t) x_0 + sqrt(1 - overline(alpha)_t) epsilon"),
            definition(r"sqrt(overline(alpha)_t) x_0 = x_t - sqrt(1 - overline(alpha)_t) epsilon"),
            definition(r"x_0 = (x_t - sqrt(1 - overline(alpha)_t) epsilon) / sqrt(overline(alpha)_t)"),
            definition(
                r"hat(x)_0 = (x_t - sqrt(1 - overline(alpha)_t) epsilon_theta (x_t, t, c))"
                r" / sqrt(overline(alpha)_t)"
            ),
        )
        for _ in range(4):
            proof.step()
            self.hold(0.6)
        proof.clear()

    def remember(self) -> Mobject:
        return Picture(pixels(), height=5).set_stroke(TIME, width=4)
