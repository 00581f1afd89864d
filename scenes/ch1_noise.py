"""Chapter 1: where a picture is, what is near it, and how it is drowned in noise."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
from manim import (
    DL,
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arc,
    Circumscribe,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    Polygon,
    ReplacementTransform,
    ValueTracker,
    VGroup,
    VMobject,
    Write,
    linear,
)

from course.grammar import parse
from course.maths import noise, noise_checks, reverse_checks
from course.precompute import CaptureSpec
from course.stage import Chapter, LivePicture, Mosaic, Picture, Walk, theme
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.parts.chain import Chain
from course.stage.parts.dials import Dials
from course.stage.parts.digits import LiveNumber, on_baseline
from course.stage.parts.dots import DotRow
from course.stage.parts.fan import Fan
from course.stage.parts.livecurve import live_curve
from course.stage.parts.maps import EmbeddingMap
from course.stage.parts.pictures import to_pixels
from course.stage.parts.plots import Axes, LinePlot, SchedulePlot
from course.stage.parts.sliders import StepDots
from course.stage.parts.tables import NumberedTensor
from course.stage.parts.zoom import PixelZoom
from course.stage.words import counted

PIECES = 32
INSIDE = {
    "drawing": 0.42,
    "other": 0.42,
    "static": 0.16,
}  # static is twice as loud: more of it hides the rest
ROOTS = ("root", "spread", "length", "tilt")  # fractions: two lines of them and a plot must share the frame


class Noise(Chapter):
    """Where a picture is: 3,072 numbers, almost all of them static, and how a picture gets lost there."""

    title = "Where is a picture?"
    question = "What is near a picture, and what is far away?"

    def specs(self) -> Mapping[str, CaptureSpec]:
        """Two drawings, drowned step by step, and pieces of static as every walk starts from."""
        cast = self.cast
        drawing = CaptureSpec(cast.prompt, cast.seed, cast.steps, model="forward:prompt")
        other = CaptureSpec(cast.other, cast.seed, cast.steps, model="forward:prompt")
        static = {
            f"static {k}": CaptureSpec(cast.prompt, cast.seed + k, 1, model="forward:prompt")
            for k in range(PIECES)
        }
        # Five big steps, so that the eye sees what each one adds.
        coarse = CaptureSpec(cast.prompt, cast.seed, 5, model="forward:prompt")
        return {"drawing": drawing, "other": other, "coarse": coarse, **static}

    @cached_property
    def static(self) -> np.ndarray:
        """(32, 3, H, W): pieces of static, each rolled with a seed of its own."""
        return np.stack([self.captures[f"static {k}"].noise[0] for k in range(PIECES)])

    @cached_property
    def names(self) -> tuple[str, str]:
        """What the two drawings are called: their nouns, as long as those tell them apart."""
        one, two = (parse(prompt)[0][0].noun for prompt in (self.cast.prompt, self.cast.other))
        return (one, two) if one != two else ("first drawing", "second drawing")

    @cached_property
    def plane(self) -> noise.Plane:
        """The plane through both drawings and the first piece of static."""
        drawing, other = (self.captures[name].states[-1] for name in ("drawing", "other"))
        return noise.Plane.through(drawing, other, self.static[0])

    # ------------------------------------------------------------------ story

    def story(self) -> None:
        film = self.captures["drawing"].pictures[::-1]
        drawing, numbers = film[0], film[0].size
        static = to_pixels(self.static)

        # A picture, closer and closer, until it is numbers.
        row, column = noise.busiest(drawing)
        picture = Picture(drawing, height=6.2).move_to(theme.SAFE_CENTER)
        zoom = PixelZoom(picture, row, column)
        with self.say(f"Here is {self.cast.prompt}. Somebody drew it. Come closer.") as line:
            self.play(FadeIn(picture, scale=1.05), run_time=1.2)
            line.until("Come")
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=1.2)
        with self.say("Closer. It is made of little squares.") as line:
            self.play(zoom.approach(), run_time=line.remaining)
        # lint: allow cast-word — the three primaries of every screen, whoever plays
        with self.say("And each square is three numbers. So much red, so much green, so much blue.") as line:
            self.play(zoom.show_grid(), run_time=0.8)
            self.play(zoom.show_numbers(), run_time=line.remaining)
        with self.say(f"{numbers:,} numbers. That is all there is to a picture."):
            self.play(zoom.hide(), run_time=0.5)
            self.play(zoom.retreat(), run_time=1.6)
        self._dials(picture, drawing, row, column)

        # A sea of static, and one island in it.
        tiles = static[1 : PIECES - 1].copy()
        mosaic = Mosaic(tiles)
        middle = 14
        island = Picture(drawing, height=mosaic[middle].height).move_to(mosaic[middle])
        with self.say("Pictures live in a sea of static, as far as you can see.") as line:
            self.play(LaggedStart(*(FadeIn(tile) for tile in mosaic), lag_ratio=0.2), run_time=line.remaining)
        with self.say(
            "Pictures are islands in it, too rare to meet by chance. Here is one. What is near it, and what is far away?"
        ) as line:
            line.until("Here")
            self.play(FadeOut(mosaic[middle]), FadeIn(island), run_time=1.0)
            line.until("What is near")
            self.play(Circumscribe(island, color=theme.SIGNAL), run_time=1.2)

        # It is drowned, little by little.
        step, steps = ValueTracker(0), self.cast.steps
        drowning = Walk(film, step, height=5.0).move_to([0, 0.95, 0])
        dots = StepDots(steps, step, width=8.0).next_to(drowning, DOWN, buff=0.3)
        with self.say("Now let us drown this picture, very slowly."):
            rest = [tile for tile in mosaic if tile is not mosaic[middle]]
            self.play(
                *(FadeOut(tile) for tile in rest),
                ReplacementTransform(island, still := drowning.still()),
                run_time=1.2,
            )
            self.remove(still)
            self.add(drowning)
            self.play(FadeIn(dots), run_time=0.5)
        with self.say("Some static. You hardly mind. Some more. You still know what it is.") as line:
            self.play(step.animate.set_value(0.55 * steps), run_time=line.remaining, rate_func=linear)
        with self.say("At which step is it gone? You cannot say. But in the end it is.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        self._quiz(drowning, dots, static[PIECES // 2])

        # The film to remember, backwards.
        label = theme.text("a known drawing, played backwards", theme.LABEL, theme.MUTED, width=3.8)
        label.move_to([4.75, 0.95, 0])
        with self.say("Now run the film backwards. Out of static comes a picture.") as line:
            self.play(FadeIn(drowning), FadeIn(label), run_time=0.8)
            self.play(step.animate.set_value(0), run_time=line.remaining + 1.0, rate_func=linear)
        with self.say("That was only possible because somebody knew the ending."):
            self.play(Circumscribe(label, color=theme.WRONG), run_time=1.2)
        with self.say("Remember this film. This course is about earning it."):
            self.play(Circumscribe(drowning, color=theme.SIGNAL), run_time=1.2)

    def _dials(self, picture: Picture, drawing: np.ndarray, row: int, column: int) -> None:
        """Every number is a dial: turn one, then all at random."""
        numbers = drawing.size
        channel = int(np.argmax(np.abs(drawing[row, column].astype(int) - 128)))
        turned = drawing.copy()
        turned[row, column, channel] = 255 if turned[row, column, channel] < 128 else 0
        shown = np.linspace(0, numbers - 1, 7).astype(int)
        shown[3] = np.ravel_multi_index((row, column, channel), drawing.shape)
        rolled = noise.settings(drawing.shape, 4, self.cast.seed)
        frames = np.stack([drawing, turned, drawing, *rolled])
        values = frames.reshape(len(frames), -1)[:, shown] / 255

        def readings(turn: float) -> np.ndarray:
            return np.array([np.interp(turn, np.arange(len(frames)), dial) for dial in values.T])

        turn = ValueTracker(0)
        live = Walk(frames, turn, height=4.3, crossfade=True).move_to([0, 1.3, 0])
        dials = Dials(readings, turn).move_to([0, -1.75, 0])
        more = [theme.text("…", theme.SENTENCE, theme.MUTED) for _ in range(2)]
        more[0].next_to(dials, LEFT, buff=0.4)
        more[1].next_to(dials, RIGHT, buff=0.4)
        with self.say("Think of every number as a dial with 256 settings."):
            self.play(picture.animate.match_height(live).move_to(live), run_time=0.8)
            self.remove(picture)
            self.add(live)
            self.play(FadeIn(dials), *(FadeIn(dots) for dots in more), run_time=0.8)
        with self.say("Turn one dial, and one square changes its colour.") as line:
            self.play(turn.animate.set_value(1), Circumscribe(dials[3], color=theme.SIGNAL), run_time=1.5)
            self.play(turn.animate.set_value(2), run_time=1.0)
        with self.say("Now turn all of them, at random. What will you see?") as line:
            line.until("What")
            self.play(turn.animate.set_value(3), run_time=1.5)
        with self.say("Static. Try again. Static. Once more. It is always static.") as line:
            for word, value in (("Try", 4), ("Once", 5), ("always", 6)):
                line.until(word)
                self.play(turn.animate.set_value(value), run_time=0.8)

        # How many settings there are.
        digits = noise.digits(numbers)
        count = theme.text(f"{digits:,} digits", theme.TITLE, theme.TIME).move_to([0, -1.75, 0])
        atoms = theme.text("atoms: about 80 digits", theme.SENTENCE, theme.MUTED).move_to([0, -2.6, 0])
        with self.say(
            f"How many settings are there? Written down, the number has {digits:,} digits."
        ) as line:
            line.until("Written")
            self.play(FadeOut(dials), *(FadeOut(dots) for dots in more), run_time=0.5)
            self.play(FadeIn(count, scale=1.2), run_time=0.8)
        with self.say("The number of atoms in the universe has about eighty."):
            self.play(FadeIn(atoms), run_time=0.6)
        self.sweep()

    def _quiz(self, drowning: Walk, dots: StepDots, static: np.ndarray) -> None:
        """Which of two pieces of static was once a picture?"""
        left = Picture(drowning.pixels, height=4.6).move_to([-3.2, 0.4, 0])
        right = Picture(static, height=4.6).move_to([3.2, 0.4, 0])
        with self.say(f"One of these was the {self.names[0]}. The other never was anything. Can you tell?"):
            still = drowning.still()
            self.remove(drowning)
            self.play(FadeOut(dots), ReplacementTransform(still, left), FadeIn(right), run_time=1.2)
            self.hold(1.2)
            self.play(Circumscribe(left, color=theme.INK), Circumscribe(right, color=theme.INK), run_time=1.5)
        with self.say("It was the left one. Nobody can tell."):
            self.play(Circumscribe(left, color=theme.SIGNAL), run_time=1.4)
            self.play(FadeOut(left), FadeOut(right), run_time=0.5)

    # -------------------------------------------------------------- mechanism

    def mechanism(self) -> None:
        drawing = self.captures["drawing"]
        shape, numbers = drawing.states[-1].shape, drawing.states[-1].size

        # A picture is a tensor, a tensor a list of numbers, and such a list is a place.
        card = NumberedTensor("x", shape, Picture(drawing.pictures[-1]), color=theme.SIGNAL, height=3.2)
        card.move_to([-3.2, 0.4, 0])
        with self.say(
            f"In the program, it is a block of numbers, a tensor: {shape[0]} colours, {shape[1]} rows, {shape[2]} columns."
        ) as line:
            self.play(FadeIn(card), run_time=1.0)
            line.until("colours")
            self.play(Circumscribe(card.shape_label, color=theme.SIGNAL), run_time=line.remaining)
        self._scale()
        flat, deep = (
            self._axes(*ends) for ends in ((2.2 * RIGHT, 1.7 * UP), (1.7 * RIGHT, 1.7 * UP, 0.75 * DL))
        )
        words = theme.text(f"{numbers:,} numbers: …", theme.LABEL, theme.SIGNAL).move_to([3.0, -1.9, 0])
        for drawn, count, x in ((flat, 2, 1.1), (deep, 3, 4.9)):
            drawn.move_to([x, 1.0, 0])
            drawn.add(theme.text(f"{count} numbers", theme.LABEL).move_to([x, -0.7, 0]))
        with self.say("Two numbers are a place on a map. Three, a place in a room.") as line:
            self.play(FadeIn(flat), run_time=0.6)
            line.until("Three")
            self.play(FadeIn(deep), run_time=0.6)
        with self.say(f"So {numbers:,} numbers are a place too, in a space that nobody can draw.") as line:
            self.play(FadeIn(words), run_time=0.8)
            line.until("nobody")
            self.play(Circumscribe(words, color=theme.SIGNAL), run_time=1.0)
        self.sweep()

        self.tell(self._sheet, self._nearby, self._schedule)

    def _axes(self, *ends: np.ndarray) -> VGroup:
        """Axes from one corner to the given ends, and a dot: one step along each axis leads there."""
        drawn, here = (
            VGroup(*(Line([0, 0, 0], end, color=theme.MUTED, stroke_width=5) for end in ends)),
            0 * UP,
        )
        for end in (ends[0], *ends[2:], ends[1]):
            drawn.add(Line(here, here + 0.6 * end, color=theme.SIGNAL, stroke_width=4))
            here = here + 0.6 * end
        return drawn.add(Dot(here, radius=0.14, color=theme.INK))

    def _scale(self) -> None:
        """From the dial's scale to the program's, which every distance from here on is measured in."""
        rulers = VGroup()
        for low, high in (("0", "255"), ("−1", "1")):
            bar = Line(2.2 * LEFT, 2.2 * RIGHT, color=theme.MUTED, stroke_width=6)
            ends = (theme.text(low, theme.LABEL), theme.text(high, theme.LABEL))
            ends[0].next_to(bar.get_start(), DOWN, buff=0.25)
            ends[1].next_to(bar.get_end(), DOWN, buff=0.25)
            rulers.add(VGroup(bar, *ends))
        rulers.arrange(DOWN, buff=0.9).move_to([3.3, 0.1, 0])
        rulers[1].shift([rulers[0][0].get_x() - rulers[1][0].get_x(), 0, 0])
        names = [on_baseline(theme.text(word, theme.LABEL, theme.MUTED)) for word in ("dark", "bright")]
        for name, end in zip(names, (rulers[0][0].get_start(), rulers[0][0].get_end()), strict=True):
            name.shift(end + 0.35 * UP - [name.get_x(), 0, 0])
        with self.say(
            "A dial goes from 0, dark, to 255, bright. The program counts from minus one to one."
        ) as line:
            self.play(FadeIn(rulers[0]), *(FadeIn(name) for name in names), run_time=0.8)
            line.until("The program")
            self.play(ReplacementTransform(rulers[0].copy(), rulers[1]), run_time=1.2)
            self.hold(line.remaining)
            self.play(FadeOut(rulers), *(FadeOut(name) for name in names), run_time=0.5)

    def _map(self) -> tuple[EmbeddingMap, Polygon, dict[str, np.ndarray]]:
        """The plane to scale: its three corners with their pictures, and the triangle between them."""
        corners = {
            "drawing": self.captures["drawing"].states[-1],
            "other": self.captures["other"].states[-1],
            "static": self.static[0],
        }
        places = {name: np.array(self.plane.coordinates(x)) for name, x in corners.items()}
        sheet = EmbeddingMap(
            np.stack(list(places.values())),
            np.stack([to_pixels(x) for x in corners.values()]),
            width=6.9,
            height=3.4,
            picture_height=1.4,
        ).move_to([2.85, 0, 0])
        for k, (name, side) in enumerate((("drawing", UP), ("other", DOWN), ("static", RIGHT))):
            sheet.marker[k].next_to(sheet.point(places[name]), side, buff=0.3)
        pictures = VGroup(*sheet.marker)
        sheet.shift([6.65 - pictures.get_right()[0], 0.15 - pictures.get_y(), 0])
        triangle = Polygon(
            *(sheet.point(place) for place in places.values()),
            color=theme.MUTED,
            stroke_width=4,
            fill_opacity=0.14,
        )
        return sheet, triangle, places

    def _sides(
        self, sheet: EmbeddingMap, places: Mapping[str, np.ndarray], short: str, long: str
    ) -> tuple[Mobject, Mobject]:
        """Labels beside the way to the other drawing and above the way to the static."""
        start, other, static = (sheet.point(places[name]) for name in ("drawing", "other", "static"))
        beside, above = (
            theme.text(short, theme.LABEL, theme.SIGNAL),
            theme.text(long, theme.LABEL, theme.NOISE),
        )
        return (
            beside.next_to((start + other) / 2, LEFT, buff=0.25),
            above.next_to((start + static) / 2, UP, buff=0.35),
        )

    def _there(self, x: ValueTracker, y: ValueTracker, height: float) -> LivePicture:
        """The picture that stands at (x, y) of the plane."""
        return LivePicture(lambda x, y: to_pixels(self.plane.point(x, y)), x, y, height=height)

    def _sheet(self) -> None:
        """The exact plane through two drawings and a piece of static, and a walk over it."""
        sheet, triangle, places = self._map()
        one, two = self.names
        aside = VGroup(sheet, triangle).shift(2.5 * LEFT)
        with self.say(f"Three places in it: the {one}, the {two}, and a piece of static.") as line:
            self.play(FadeIn(sheet.marker[0], scale=2), run_time=0.8)
            for marker, word in ((sheet.marker[1], two), (sheet.marker[2], "static")):
                line.until(word)
                self.play(FadeIn(marker, scale=0.7), run_time=0.7)
        with self.say(
            "Through three places there is exactly one flat sheet. This is it, true to scale."
        ) as line:
            line.until("This")
            self.play(Create(triangle), run_time=1.5)
        apart = noise.length(self.captures["drawing"].states[-1] - self.captures["other"].states[-1])
        away = noise.length(self.captures["drawing"].states[-1] - self.static[0])
        short, long = self._sides(sheet, places, f"{apart:.0f}", f"{away:.0f}")
        ruler = theme.text("√( difference² + … )", theme.LABEL).move_to([4.3, 2.2, 0])
        unit = theme.text("one dial, end to end: 2", theme.LABEL, theme.MUTED, width=3.6)
        unit.move_to([4.6, -1.9, 0])
        with self.say(
            "How far apart are they? As at school: square each difference, add, take the root."
        ) as line:
            line.until("square")
            self.play(FadeIn(ruler), run_time=0.8)
        with self.say("One dial, turned from end to end, is a distance of two."):
            self.play(FadeIn(unit), run_time=0.8)
        with self.say(f"The two drawings are {apart:.0f} apart. The static is {away:.0f} away.") as line:
            self.play(FadeIn(short), run_time=0.6)
            line.until("static")
            self.play(FadeIn(long), run_time=0.6)

        # The strongest image: a cursor on the sheet, and the picture that is there.
        x, y = ValueTracker(0), ValueTracker(0)
        there = self._there(x, y, 4.6).move_to([-4.4, 0.3, 0])
        cursor = sheet.dot_at(x, y)

        def to(place: np.ndarray, seconds: float) -> None:
            self.play(
                x.animate.set_value(float(place[0])),
                y.animate.set_value(float(place[1])),
                run_time=seconds,
                rate_func=linear,
            )

        with self.say("Every place on this sheet is one setting of the dials. The dot marks yours.") as line:
            self.play(*(FadeOut(words) for words in (short, long, ruler, unit)), run_time=0.4)
            self.play(aside.animate.shift(2.5 * RIGHT), run_time=0.8)
            self.play(
                FadeIn(there, target_position=sheet.marker[0], scale=0.3),
                FadeIn(cursor, scale=2),
                run_time=0.9,
            )
            line.until("dot")
            self.play(Circumscribe(cursor, color=theme.INK), run_time=1.0)
        with self.say(
            f"Walk from the {one} to the {two}. Halfway, you see both, like a double exposure."
        ) as line:
            line.until("to the")
            to(0.5 * (places["drawing"] + places["other"]), line.remaining)
        with self.say("Neither the one nor the other. Go on.") as line:
            self.play(Circumscribe(there, color=theme.WRONG), run_time=1.2)
            to(places["other"], line.remaining)
        with self.say(
            "Now out towards the static. It begins to snow, and snows, until nothing is left."
        ) as line:
            to(places["static"], line.remaining)
        with self.say("Inside, all three shine through: mixtures, and nothing new.") as line:
            to(np.sum([share * places[name] for name, share in INSIDE.items()], axis=0), 1.6)
            self.hold(max(line.remaining, 2.0))
        self.sweep()

    def _nearby(self) -> None:
        """What is near a picture: equally long steps in three directions."""
        drawing, other = (self.captures[name].states[-1] for name in ("drawing", "other"))
        far = noise.length(other - drawing)
        share, roll = ValueTracker(0), ValueTracker(1)

        def random(share: float, roll: float) -> np.ndarray:
            return to_pixels(noise.nearby(drawing, self.static[round(roll)], share * far))

        def towards(share: float) -> np.ndarray:
            return to_pixels(noise.nearby(drawing, other - drawing, share * far))

        def brighter(share: float) -> np.ndarray:
            return to_pixels(noise.nearby(drawing, np.ones_like(drawing), share * far))

        pictures = VGroup(
            LivePicture(random, share, roll, height=3.7),
            LivePicture(towards, share, height=3.7),
            LivePicture(brighter, share, height=3.7),
        )
        pictures.arrange(RIGHT, buff=0.75).move_to([0, 0.65, 0])
        labels = [
            theme.text(words, theme.LABEL, color).next_to(picture, DOWN, buff=0.3)
            for words, color, picture in zip(
                ("at random", f"to the {self.names[1]}", "brighter"),
                (theme.NOISE, theme.SIGNAL, theme.INK),
                pictures,
                strict=True,
            )
        ]
        moved = on_baseline(theme.text("each moved by", theme.LABEL, theme.TIME)).shift([-0.6, -2.65, 0])
        number = LiveNumber(lambda s: s * far, share, decimals=1, size=theme.LABEL, color=theme.TIME)
        number.next_to(moved, RIGHT, buff=0.3)
        number.shift([0, -2.65 - number.get_bottom()[1], 0])
        with self.say("So what is near a picture? Go three ways."):
            self.play(LaggedStart(*(FadeIn(picture) for picture in pictures), lag_ratio=0.3), run_time=1.5)
        with self.say(f"One at random. One towards the {self.names[1]}. And one, all dials up.") as line:
            for label, word in zip(labels, ("One", "towards", "And"), strict=True):
                line.until(word)
                self.play(FadeIn(label), run_time=0.5)
        with self.say("All three go equally far. Watch.") as line:
            self.play(FadeIn(moved), FadeIn(number), run_time=0.6)
            self.play(share.animate.set_value(0.4), run_time=line.remaining + 1.0, rate_func=linear)
        with self.say("A little snow. A ghost. A bit of fog.") as line:
            self.play(share.animate.set_value(1), run_time=line.remaining + 1.0, rate_func=linear)
        with self.say(f"Equally far, and one of them is the {self.names[1]}.") as line:
            self.play(Circumscribe(VGroup(moved, number), color=theme.TIME), run_time=1.5)
            line.until("one of them")
            self.play(Circumscribe(pictures[1], color=theme.SIGNAL), run_time=1.5)
        with self.say(
            "Roll the random way again. Nearly every way out of a picture leads into snow."
        ) as line:
            for k in range(2, 7):
                self.play(roll.animate.set_value(k), run_time=0.25)
                self.hold(0.35)
            self.play(Circumscribe(pictures[0], color=theme.NOISE), run_time=1.5)
        self.sweep()

    def _schedule(self) -> None:
        """How a program drowns a picture: a mix, with two amounts that cross."""
        film = self.captures["drawing"]
        levels = film.alphas_cumprod[::-1]
        beyond = self._beyond()
        step, steps = ValueTracker(0), self.cast.steps
        picture = Walk(film.pictures[::-1], step, height=4.2).move_to([-4.55, 0.55, 0])
        plot = SchedulePlot(levels, width=5.4, height=3.4).move_to([2.2, -0.05, 0])
        plot.names["noise"].shift(0.1 * RIGHT)
        plot.names["picture"].shift(
            0.35 * UP + 0.1 * RIGHT
        )  # its curve ends where the axis has its last number
        plot.shift([6.6 - plot.get_right()[0], 0, 0])
        label = theme.text("a known drawing, being drowned", theme.LABEL, theme.MUTED, width=4.2)
        label.next_to(picture, DOWN, buff=0.3)
        static = Picture(to_pixels(film.noise[0]), height=3.0).move_to([2.2, 0.55, 0])
        called = theme.text("noise", theme.LABEL, theme.NOISE).next_to(static, DOWN, buff=0.3)
        with self.say("A program drowns a picture in static, too. It calls the static noise.") as line:
            self.play(FadeIn(picture), FadeIn(label), run_time=0.8)
            line.until("static")
            self.play(FadeIn(static), run_time=0.8)
            line.until("noise")
            self.play(FadeIn(called), run_time=0.5)
        with self.say("How much picture, at each step: it falls. How much noise: it rises.") as line:
            self.play(FadeOut(static), FadeOut(called), FadeIn(plot.axes), run_time=0.5)
            self.play(Create(plot.curves["picture"]), FadeIn(plot.names["picture"]), run_time=1.2)
            line.until("How", 2)
            self.play(Create(plot.curves["noise"]), FadeIn(plot.names["noise"]), run_time=1.2)
        call = theme.text("scheduler.add_noise( … )", theme.LABEL, theme.TIME).move_to([-3.4, 3.15, 0])
        markers = [plot.marker("picture", step), plot.marker("noise", step), plot.line_at(step)]
        for name, color, below in (("noise", theme.NOISE, -0.75), ("picture", theme.SIGNAL, 0.75)):
            amount = LiveNumber(partial(plot.value, name), step, decimals=2, size=theme.LABEL, color=color)
            named = plot.names[name]
            markers.append(
                amount.next_to(named, RIGHT, buff=0).set_y(named.get_y() + below).align_to(named, LEFT)
            )
        with self.say("In the program, one line mixes the two by these amounts."):
            self.play(
                FadeIn(call), *(FadeIn(marker) for marker in markers), run_time=0.8
            )  # lint: allow many-words — most are numbers on the axes, a scale and not reading matter
            self.play(Circumscribe(call, color=theme.TIME), run_time=1.2)
        with self.say(
            f"Go on to step {beyond}: now noise is the larger amount. And still something shows."
        ) as line:
            self.play(FadeOut(call), step.animate.set_value(beyond), run_time=1.6, rate_func=linear)
            line.until("And still")
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=1.2)
        left = f"After {counted(steps, 'step')}, one part in {self._left_over()} of it is left."
        part = theme.text(f"1 / {self._left_over()}", theme.LABEL, theme.SIGNAL)
        part.move_to(plot.point(0.5 * steps, 0.18))
        with self.say(left) as line:
            self.play(step.animate.set_value(steps), run_time=1.4, rate_func=linear)
            line.until("one part")
            self.play(FadeIn(part, scale=1.3), run_time=0.6)

    # ------------------------------------------------------------- derivation

    def equations(self) -> Mapping[str, Checked]:
        film, static = self.captures["drawing"], self.static
        levels, d = film.alphas_cumprod[::-1].tolist(), self.static[0].size
        picture = film.states[-1].astype(np.float64)
        bar, before = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
        two = r"alpha_t alpha_(t-1)"
        merged = noise_checks.merged(levels, static)
        return {
            "law": Checked(
                r"q(x_t | x_(t-1)) = cal(N)(sqrt(1 - beta_t) x_(t-1), beta_t I)",
                definition="the rule by which a picture is drowned, one step",
            ),
            "keeps": Checked(
                r"(1 - beta_t) dot.c 1 + beta_t = 1",
                noise_checks.keeps_variance(levels, static),
            ),
            "sample": Checked(
                r"x_t = sqrt(1 - beta_t) x_(t-1) + sqrt(beta_t) epsilon_t",
                noise_checks.one_step(levels, static),
            ),
            "fresh": Checked(
                r"epsilon_t ~ cal(N)(0, I)", lambda: np.array(noise_checks.standard_scores(static))
            ),
            "alpha": Checked(
                r"x_t = sqrt(alpha_t) {{ x_(t-1) : before }} + sqrt(1 - alpha_t) epsilon_t",
                noise_checks.renamed(levels),
                tolerance=1e-12,
            ),
            "inserted": Checked(
                r"x_t = sqrt(alpha_t) {{ (sqrt(alpha_(t-1)) x_(t-2) + sqrt(1 - alpha_(t-1)) epsilon_(t-1)) : before }}"
                r" + sqrt(1 - alpha_t) epsilon_t",
                noise_checks.two_steps(levels, picture, static),
                tolerance=1e-12,
            ),
            "multiplied": Checked(
                rf"x_t = sqrt({two}) x_(t-2) + sqrt(alpha_t (1 - alpha_(t-1))) epsilon_(t-1) + sqrt(1 - alpha_t) epsilon_t",
                noise_checks.two_steps(levels, picture, static),
                tolerance=1e-12,
            ),
            "variances": Checked(
                rf"alpha_t (1 - alpha_(t-1)) + 1 - alpha_t = 1 - {two}",
                noise_checks.variances_add(levels),
                tolerance=1e-12,
            ),
            "merged": Checked(rf"x_t = sqrt({two}) x_(t-2) + sqrt(1 - {two}) epsilon", merged),
            "first": Checked(
                r"x_1 = sqrt(overline(alpha)_1) x_0 + sqrt(1 - overline(alpha)_1) epsilon",
                noise_checks.first_step(film),
                tolerance=1e-6,
            ),
            "suppose": Checked(
                rf"x_(t-1) = sqrt({before}) x_0 + sqrt(1 - {before}) epsilon",
                reverse_checks.mixture.on(film),
                tolerance=1e-6,
            ),
            "one more": Checked(
                rf"x_t = sqrt(alpha_t {before}) x_0 + sqrt(1 - alpha_t {before}) epsilon",
                noise_checks.one_more(film),
                tolerance=1e-6,
            ),
            "product": Checked(
                rf"{bar} = alpha_t {before} = alpha_t alpha_(t-1) dots.c alpha_1",
                noise_checks.product(levels),
                tolerance=1e-12,
            ),
            "jump": Checked(
                rf"x_t = sqrt({bar}) x_0 + sqrt(1 - {bar}) epsilon",
                reverse_checks.mixture.on(film),
                tolerance=1e-6,
            ),
            "squares": Checked(
                r"norm(epsilon)^2 = epsilon_1^2 + epsilon_2^2 + dots.c + epsilon_d^2",
                noise_checks.sum_of_squares(static),
                tolerance=1e-12,
            ),
            "one": Checked(
                r"EE epsilon_i^2 = op('Var') epsilon_i + (EE epsilon_i)^2 = 1 + 0".replace("'", '"'),
                lambda: np.array(noise_checks.standard_scores(static)),
            ),
            "mean": Checked(r"EE norm(epsilon)^2 = 1 + 1 + dots.c + 1 = d", noise_checks.mean_square(static)),
            "variance": Checked(
                r"op('Var') epsilon_i^2 = EE epsilon_i^4 - (EE epsilon_i^2)^2".replace("'", '"'),
                noise_checks.variance_of_square(),
                tolerance=1e-12,
            ),
            "slope": Checked(r"p'(y) = -y p(y)", noise_checks.slope_of_bell(), tolerance=1e-6),
            "fourth": Checked(
                r"EE epsilon_i^4 = integral y^3 dot.c y p(y) dif y = 3 integral y^2 p(y) dif y = 3",
                noise_checks.fourth_by_parts(),
                tolerance=1e-12,
            ),
            "three": Checked(
                r"op('Var') epsilon_i^2 = 3 - 1 = 2".replace("'", '"'),
                noise_checks.moments(),
                tolerance=1e-12,
            ),
            "all": Checked(
                r"op('Var') norm(epsilon)^2 = 2 + 2 + dots.c + 2 = 2 d".replace("'", '"'),
                noise_checks.variance_of_squares(static),
            ),
            "root": Checked(
                r"sqrt(d + s) approx sqrt(d) + s / (2 sqrt(d))",
                noise_checks.root_is_nearly_straight(d),
                tolerance=1e-3,
                relative=True,
            ),
            "spread": Checked(
                r"sqrt(2 d) / (2 sqrt(d)) = 1 / sqrt(2)", noise_checks.spread_of_length(d), tolerance=1e-12
            ),
            "length": Checked(
                r"norm(epsilon) approx sqrt(d) plus.minus 1 / sqrt(2)", noise_checks.length_law(static)
            ),
            "product of two": Checked(
                r"EE (epsilon dot.c epsilon') = EE epsilon_1 EE epsilon'_1 + dots.c = 0",
                noise_checks.mean_product(static),
            ),
            "its variance": Checked(
                r"op('Var')(epsilon dot.c epsilon') = EE epsilon_1^2 EE epsilon'_1^2 + dots.c = d".replace(
                    "'V", '"V'
                ).replace("r'", 'r"'),
                noise_checks.variance_of_product(static),
            ),
            "cosine": Checked(
                r"cos phi = (epsilon dot.c epsilon') / (norm(epsilon) norm(epsilon')) approx 0 plus.minus 1 / sqrt(d)",
                noise_checks.cosine_law(static),
            ),
            "along": Checked(
                r"u dot.c epsilon ~ cal(N)(0, u_1^2 + dots.c + u_d^2) = cal(N)(0, 1)",
                noise_checks.along_picture(picture, static),
            ),
            "tilt": Checked(
                r"cos phi = (u dot.c epsilon) / norm(epsilon) approx 0 plus.minus 1 / sqrt(d)",
                noise_checks.cosine_to_picture(picture, static),
            ),
            "louder": Checked(
                rf"x_t = sqrt({bar}) signal(g) x_0 + sqrt(1 - {bar}) epsilon",
                noise_checks.quarter_turn(film),
                tolerance=1e-6,
            ),
        }

    def derivation(self) -> None:
        film = self.captures["drawing"]
        lines = {
            name: Equation(checked, font_size=50 if name in ROOTS else 60)
            for name, checked in self.equations().items()
        }

        # One step of drowning, and its bell curve.
        chain = self._chain((r"x_(t-2)", r"x_(t-1)", r"x_t"), (1, 2, 3))
        law = lines["law"].move_to([0, -1.6, 0])
        with self.say(
            "One step, from t minus one to t: the picture gets quieter, and noise comes on top."
        ) as line:
            self.play(FadeIn(chain.states[1]), run_time=0.8)
            line.until("quieter")
            self.play(Create(chain.arrows[1]), FadeIn(chain.states[2]), run_time=1.0)
        with self.say("As a formula: q says how likely each next state is, given the one before."):
            self.play(FadeIn(law), run_time=0.8)
            self.play(Circumscribe(law.part(r"q(x_t | x_(t-1))"), color=theme.INK), run_time=1.4)
        with self.say(
            "It is a bell curve, N, around the old state, turned down. I: each dial on its own."
        ) as line:
            self.play(Circumscribe(law.part(r"cal(N)"), color=theme.INK), run_time=0.9)
            line.until("around")
            self.play(Circumscribe(law.part(r"sqrt(1 - beta_t) x_(t-1)"), color=theme.INK), run_time=1.2)
            line.until("each")
            self.play(Circumscribe(law.part(r"I"), color=theme.INK), run_time=1.0)
        self._bell(chain, law, lines["keeps"])

        # Two steps make one.
        proof = Derivation(
            self, *(lines[n] for n in ("sample", "alpha", "inserted", "multiplied")), at=1.15 * DOWN
        )
        fresh = lines["fresh"].move_to([0, -2.35, 0])
        with self.say(
            "To roll from it: the middle, plus root beta times epsilon: fresh static, mean zero, variance one."
        ) as line:
            self.play(FadeIn(chain.states[1]), FadeIn(chain.states[2]), Create(chain.arrows[1]), run_time=1.0)
            proof.step()
            line.until("fresh")
            self.play(FadeIn(fresh), run_time=0.8)
            self.hold(line.remaining)
            self.play(FadeOut(fresh), run_time=0.4)
        with self.say("Alpha is only a shorter name for one minus beta."):
            proof.step()
        with self.say("The state before came in the same way. Put that in."):
            self.play(FadeIn(chain.states[0]), Create(chain.arrows[0]), run_time=0.8)
            proof.step()
        with self.say("Multiply out: one share of picture, and two of static."):
            proof.step()
        proof.clear()

        proof = Derivation(self, lines["variances"], lines["merged"], at=1.15 * DOWN)
        with self.say("Two independent bells add up to one bell, and so do their variances."):
            proof.step()
        with self.say("So two pieces of static are as good as one. Two steps are one step.") as line:
            proof.step()
            line.until("Two steps")
            self.play(
                FadeOut(chain.states[1]), ReplacementTransform(chain.arrows, chain.leap()), run_time=1.2
            )
        self.sweep(0.5)

        # Induction: any number of steps.
        chain = self._chain((r"x_0", r"x_(t-1)", r"x_t"), (0, 3, 4))
        proof = Derivation(
            self, *(lines[n] for n in ("product", "first", "suppose", "one more", "jump")), at=0.95 * DOWN
        )
        with self.say("x zero is the picture. Alpha bar is the product of all alphas so far."):
            self.play(FadeIn(chain.states[0]), run_time=0.8)
            proof.step()
        with self.say("After one step it is alpha one: the first step, as before."):
            proof.step()
        with self.say("Suppose that t minus one steps amount to one step, too."):
            self.play(FadeIn(chain.states[1]), Create(chain.arrows[0]), run_time=0.8)
            proof.step()
        with self.say("One more step makes, by the same rule, one step again."):
            self.play(FadeIn(chain.states[2]), Create(chain.arrows[1]), run_time=0.8)
            proof.step()
        with self.say("That product is alpha bar t. So you can jump to any step at once.") as line:
            proof.step()
            self.play(
                FadeOut(chain.states[1]), ReplacementTransform(chain.arrows, chain.leap()), run_time=1.2
            )
        gap = self.equations()["jump"].verify()
        assert gap is not None  # the line claims something about numbers
        words = str(replace(gap, words=f"left side − right side, {len(film.states)} states: at most"))
        measured = theme.text(words, theme.LABEL, theme.MUTED).move_to([0, -2.75, 0])
        with self.say("Both sides were checked on every state."):
            self.play(FadeIn(measured), run_time=0.8)
        self.sweep()

        self.tell(
            partial(self._lengths, lines), partial(self._angles, lines), partial(self._direction, lines)
        )

    def _bell(self, chain: Chain, law: Equation, keeps: Equation) -> None:
        """Why the old state is turned down: the bell gets narrower by as much as the noise widens it."""
        betas = 1 - np.array(noise.alphas(self.captures["drawing"].alphas_cumprod[::-1].tolist()))
        # A step that is big enough to be seen; the smallest would move the curve by a hair.
        beta = float(betas[np.argmin(np.abs(betas - 1 / 3))])
        variance = ValueTracker(1.0)

        def bell(x: np.ndarray, variance: float) -> np.ndarray:
            return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)

        axes = Axes((-3, 3), (0, 0.75), "value of a dial", "bell curve", width=6.4, height=2.1)
        axes.move_to([-2.2, 1.5, 0])
        noise_bell = live_curve(axes, lambda x, v: bell(x, beta), variance, color=theme.NOISE)
        state_bell = live_curve(axes, bell, variance, color=theme.INK)
        names = [
            theme.text("noise", theme.LABEL, theme.NOISE).next_to(axes.point(0.5, 0.6), RIGHT, buff=0.2),
            theme.text("state", theme.LABEL).next_to(axes.point(1.3, 0.29), RIGHT, buff=0.2),
        ]
        width = on_baseline(theme.text(f"β = {beta:.2f}", theme.LABEL, theme.NOISE))
        width.shift([4.4, 1.9, 0])
        word = on_baseline(theme.text("variance", theme.LABEL)).shift([3.9, 0.9, 0])
        number = LiveNumber(lambda v: v, variance, decimals=2, size=theme.LABEL).next_to(
            word, RIGHT, buff=0.3
        )
        number.shift([0, 0.9 - number.get_bottom()[1], 0])
        with self.say("Beta, fixed in advance, is the variance of the noise: its width, squared.") as line:
            self.play(FadeOut(chain.states[1:]), FadeOut(chain.arrows[1]), run_time=0.4)
            self.play(FadeIn(axes), FadeIn(noise_bell), FadeIn(names[0]), FadeIn(width), run_time=0.8)
            line.until("fixed")
            self.play(Circumscribe(law.part(r"beta_t I"), color=theme.TIME), run_time=1.0)
        with self.say("Why turn it down? What had variance one gets narrower: one minus beta.") as line:
            self.play(FadeIn(state_bell), FadeIn(names[1]), FadeIn(word), FadeIn(number), run_time=0.8)
            line.until("gets")
            self.play(variance.animate.set_value(1 - beta), run_time=1.5)
        with self.say("The noise adds beta, and it is one again. It never passes one.") as line:
            self.play(FadeOut(law), FadeIn(keeps.move_to(law)), run_time=0.6)
            self.play(variance.animate.set_value(1), run_time=1.8)
            line.until("It never")
            self.play(Circumscribe(number, color=theme.INK), run_time=1.0)
        self.sweep()

    def _chain(self, names: tuple[str, ...], steps: tuple[int, ...]) -> Chain:
        """States of the drowned drawing, in a row above the equations."""
        film = self.captures["coarse"].pictures[::-1]
        return Chain(film[list(steps)], names).move_to([0, 1.85, 0])

    def _lengths(self, lines: Mapping[str, Equation]) -> None:
        """How long a piece of static is: by reckoning, beside what was measured."""
        first, d = self.static[0], self.static[0].size
        found = noise_checks.lengths(self.static)
        total, some = float(found[0] ** 2), first.ravel()[:3]
        signs = theme.text(" + ".join(f"({x:.2f})²" for x in some) + " + …", theme.LABEL, theme.NOISE)
        sums = theme.text(f"= {total:,.0f}", theme.SENTENCE, theme.NOISE)
        piece = Picture(to_pixels(first), height=1.8).move_to([-4.4, 2.15, 0])
        VGroup(signs, sums).arrange(DOWN, aligned_edge=LEFT, buff=0.3).next_to(piece, RIGHT, buff=0.6)
        proof = Derivation(self, *(lines[n] for n in ("squares", "one", "mean")), at=0.8 * DOWN)
        with self.say("Now, how long is a piece of static? Square all its numbers, and add."):
            self.play(FadeIn(piece), run_time=0.6)
            self.play(FadeIn(signs), run_time=0.6)
            proof.step()
        with self.say(
            "E is the average. For a square, it is the variance, one, plus the average squared, zero."
        ):
            proof.step()
        with self.say("One for each number: so the whole is d, the number of dials."):
            self.play(FadeIn(sums), run_time=0.6)
            proof.step()
        self.sweep(0.5)

        # All the pieces, squared: they gather around d.
        reach = max(4 * np.sqrt(2 * d), 1.1 * float(np.abs(found**2 - d).max()))
        squares = DotRow(found**2, (d - reach, d + reach), x_label="length, squared", color=theme.NOISE)
        squares.move_to([0, 2.2, 0])
        middle = squares.mark(d, f"d = {d:,}", height=0.9)
        proof = Derivation(
            self, *(lines[n] for n in ("variance", "slope", "fourth", "three", "all")), at=1.0 * DOWN
        )
        with self.say("How much does that vary? The same rule, for one squared number."):
            self.play(FadeIn(squares.line), LaggedStart(*(FadeIn(dot) for dot in squares.dots)), run_time=1.5)
            self.play(FadeIn(middle), run_time=0.5)
            proof.step()
        bell = LinePlot(
            grid := np.linspace(-4, 4, 161),
            {"bell p": noise_checks.bell(grid), "slope p′": -grid * noise_checks.bell(grid)},
            x_label="y",
            y_label="height",
            colors={"bell p": theme.NOISE, "slope p′": theme.INK},
            y_range=(-0.4, 0.4),
            width=6.4,
            height=1.5,
        ).align_to([-5.4, theme.SAFE_TOP - 0.05, 0], UP + LEFT)
        row = VGroup(squares.line, squares.dots, middle)
        with self.say("p is the bell. Its slope: minus y times p."):
            self.play(FadeOut(row), FadeIn(bell), run_time=0.6)
            proof.step()
        with self.say("At the ends it vanishes. So, by parts, the fourth power gives three."):
            proof.step()
        with self.say("Three less one leaves two."):
            self.play(FadeOut(bell), FadeIn(row), run_time=0.5)
            proof.step()
        with self.say("The dials are independent: variances add. Two d."):
            proof.step()
        proof.clear()

        # The root of each: the same dots, on an axis of lengths.
        root = float(np.sqrt(d))
        lengths = DotRow(found, (np.sqrt(d - reach), np.sqrt(d + reach)), x_label="length", color=theme.NOISE)
        lengths.move_to(squares, aligned_edge=LEFT)
        centre = lengths.mark(root, "√d", height=0.9)
        proof = Derivation(self, *(lines[n] for n in ("root", "spread", "length")), at=1.25 * DOWN)
        with self.say("Change d by a little, s. Then its root changes by s over two root d."):
            self.play(FadeOut(squares.line), FadeOut(middle), FadeIn(lengths.line), run_time=0.6)
            self.play(ReplacementTransform(squares.dots, lengths.dots), FadeIn(centre), run_time=1.0)
            proof.step()
        with self.say("The square spreads by root two d. Times the slope, d cancels."):
            proof.step()
        both = self._compared(
            f"{root:.1f} ± {np.sqrt(0.5):.2f}", f"{found.mean():.1f} ± {found.std(ddof=1):.2f}"
        )
        both.move_to([theme.SAFE_RIGHT - 0.05 - both.width / 2, -0.25, 0])
        with self.say("So static is root d long, and the spread is the same for any d."):
            proof.step()
            self.play(FadeIn(both), run_time=0.8)
        self.sweep()

    def _compared(self, reckoned: str, measured: str) -> VGroup:
        """What the formula gives and what the captured static gives, one above the other."""
        lines = (
            theme.text(f"formula: {reckoned}", theme.LABEL, theme.MUTED),
            theme.text(f"measured: {measured}", theme.LABEL, theme.NOISE),
        )
        return VGroup(*lines).arrange(DOWN, buff=0.3, aligned_edge=RIGHT)

    def _reach(self) -> float:
        return 1.04 * float(noise_checks.lengths(self.static).max())

    def _fan(self) -> Fan:
        return Fan(self._reach()).shift([-0.8, -2.4, 0])

    def _angles(self, lines: Mapping[str, Equation]) -> None:
        """The angle between two pieces of static: by reckoning, beside what was measured."""
        corners, root = noise.angles(self.static), float(np.sqrt(self.static[0].size))
        pair = Chain(to_pixels(self.static[:2]), (r"epsilon", r"epsilon'")).states.move_to([-3.2, 1.85, 0])
        proof = Derivation(
            self, *(lines[n] for n in ("product of two", "its variance", "cosine")), at=1.15 * DOWN
        )
        with self.say("And the angle between two pieces? Multiply them dial by dial, and add."):
            self.play(FadeIn(pair), run_time=0.6)
            proof.step()
        with self.say("They are independent: a product's average is that of the averages. Zero."):
            self.play(Circumscribe(lines["product of two"], color=theme.NOISE), run_time=1.4)
        with self.say("Each product's variance is its average square: one times one. All together, d."):
            proof.step()
        with self.say("Divided by both lengths, the cosine is zero, give or take one over root d."):
            proof.step()
        tilt = float(np.degrees(1 / root))
        both = self._compared(f"90° ± {tilt:.2f}°", f"{corners.mean():.1f}° ± {corners.std():.2f}°")
        with self.say(f"That is ninety degrees, give or take {tilt:.0f}: a right angle."):
            self.play(FadeIn(both.move_to([theme.SAFE_RIGHT - 0.05 - both.width / 2, 1.9, 0])), run_time=0.8)
        self.sweep()

    def _direction(self, lines: Mapping[str, Equation]) -> None:
        """Pictures among the static: length does not tell them apart, direction does."""
        drawing, other = (self.captures[name].states[-1] for name in ("drawing", "other"))
        root = float(np.sqrt(drawing.size))
        gain, turn = ValueTracker(1), ValueTracker(0)

        def at(gain: float, turn: float) -> np.ndarray:
            return np.cos(turn) * gain * drawing + np.sin(turn) * self.static[0]

        def end(gain: float, turn: float) -> tuple[float, float]:
            x = at(gain, turn)
            return noise.length(x), noise.angle(drawing, x)

        fan = self._fan()
        here = LivePicture(lambda g, t: to_pixels(at(g, t)), gain, turn, height=2.9).move_to([5.3, 0.35, 0])
        size = LiveNumber(
            lambda g, t: end(g, t)[0], gain, turn, decimals=1, size=theme.LABEL, color=theme.SIGNAL
        )
        long = on_baseline(theme.text("length", theme.LABEL, theme.SIGNAL))
        long.shift([4.75, here.get_bottom()[1] - 0.6, 0])
        size.next_to(long, RIGHT, buff=0.25)
        size.shift([0, here.get_bottom()[1] - 0.6 - size.get_bottom()[1], 0])
        ray = fan.live_ray(end, gain, turn, color=theme.SIGNAL).set_z_index(1)
        rays = VGroup(
            *(fan.ray(noise.length(x), noise.angle(drawing, x), theme.NOISE, width=3) for x in self.static)
        )
        beside = fan.ray(noise.length(other), noise.angle(drawing, other), theme.SIGNAL, width=5)
        thumb = Picture(self.captures["other"].pictures[-1], height=1.4)
        tip, side = beside.get_end(), RIGHT if noise.angle(drawing, other) <= 90 else LEFT
        thumb.next_to(tip, side, buff=0.2)
        # A flat ray's picture still has to stand above the base line.
        thumb.shift([0, max(fan.point(0, 0)[1] + 0.2 - thumb.get_bottom()[1], 0), 0])
        turned = theme.text(f"{noise.angle(drawing, other):.0f}°", theme.LABEL, theme.SIGNAL)
        turned.next_to(thumb, UP, buff=0.15)
        one, two = self.names
        zero = theme.text("0: mid-grey", theme.LABEL, theme.MUTED).next_to(fan.point(0, 0), DOWN, buff=0.1)
        with self.say(f"And the pictures? Seen from zero, mid-grey, let the {one} lie flat.") as line:
            self.play(FadeIn(fan), run_time=0.6)
            line.until("Seen")
            self.play(FadeIn(zero), run_time=0.5)
            line.until("let")
            self.play(FadeIn(here), FadeIn(ray), FadeIn(long), FadeIn(size), run_time=1.0)
        with self.say(f"The {two} is {noise.angle(drawing, other):.0f} degrees away.") as line:
            self.play(Create(beside), FadeIn(thumb), FadeIn(turned), run_time=1.0)
        with self.say(f"And all {counted(PIECES, 'piece')} of static stand at right angles.") as line:
            self.play(LaggedStart(*(Create(one) for one in rays), lag_ratio=0.15), run_time=line.remaining)
        along, tilt = (lines[name].move_to([-1.6, 3.0, 0]) for name in ("along", "tilt"))
        with self.say("Along any direction u, of length one, static has mean zero and variance one.") as line:
            self.play(Write(along), run_time=1.2)
            line.until("mean")
            self.play(Circumscribe(along.part(r"cal(N)(0, 1)"), color=theme.NOISE), run_time=1.2)
        with self.say("Divide by root d: for any picture, the cosine is about zero.") as line:
            self.play(FadeOut(along), run_time=0.4)
            self.play(FadeIn(tilt), run_time=0.6)
            line.until("the cosine")
            self.play(Circumscribe(tilt, color=theme.NOISE), run_time=1.4)
        shell = fan.arc(root)
        louder = Equation(self.equations()["louder"], font_size=54).move_to([-1.6, 3.0, 0])
        loud = on_baseline(theme.text("loudness g", theme.LABEL, theme.SIGNAL))
        loudness = LiveNumber(lambda g: g, gain, decimals=1, size=theme.LABEL, color=theme.SIGNAL)
        loud.shift([theme.SAFE_RIGHT - 0.95 - loud.get_right()[0], here.get_top()[1] + 0.35, 0])
        loudness.next_to(loud, RIGHT, buff=0.2)
        loudness.shift([0, here.get_top()[1] + 0.35 - loudness.get_bottom()[1], 0])
        with self.say("But the picture is shorter. Turn it up, until it is as long.") as line:
            self.play(Circumscribe(VGroup(long, size), color=theme.SIGNAL), run_time=1.2)
            line.until("Turn")
            self.play(
                *(FadeOut(part) for part in (beside, thumb, turned, tilt)),
                *(FadeIn(part) for part in (shell, loud, loudness)),
                run_time=0.6,
            )
            self.play(gain.animate.set_value(root / noise.length(drawing)), run_time=line.remaining + 0.5)
        with self.say(f"Still the {one}: the direction counts, not the length."):
            self.play(Circumscribe(here, color=theme.SIGNAL), run_time=1.5)
        with self.say("Now turn. The two roots are a cosine and a sine: drowning is a quarter turn.") as line:
            self.play(FadeIn(louder), run_time=0.6)
            self.play(turn.animate.set_value(np.pi / 2), run_time=line.remaining, rate_func=linear)
        # The same without the loudness: the tip leaves its way behind.
        way = VMobject(stroke_color=theme.SIGNAL, stroke_width=5)
        way.set_points_as_corners([fan.point(*end(1, at)) for at in np.linspace(0, np.pi / 2, 61)])
        with self.say("The real, shorter picture also gets longer on the way.") as line:
            self.play(gain.animate.set_value(1), turn.animate.set_value(0), run_time=0.8)
            line.until("also")
            self.play(
                turn.animate.set_value(np.pi / 2),
                Create(way),
                run_time=max(line.remaining, 1.6),
                rate_func=linear,
            )
        self.sweep()
        self._answer()

    def _answer(self) -> None:
        """The chapter's question, answered on the sheet."""
        sheet, triangle, places = self._map()
        x, y = (ValueTracker(float(value)) for value in places["drawing"])
        there = self._there(x, y, 4.6).move_to([-4.4, 0.3, 0])
        cursor = sheet.dot_at(x, y)

        drawing, other = (self.captures[name].states[-1] for name in ("drawing", "other"))
        apart, away = noise.length(drawing - other), noise.length(drawing - self.static[0])
        home, far = places["drawing"], places["static"]
        snow = home + apart / away * (far - home)
        beside, above = self._sides(sheet, places, f"{apart:.0f}", f"{away:.0f}")
        below = theme.text(f"{apart:.0f}", theme.LABEL, theme.NOISE)
        below.next_to(sheet.point(home + 0.55 * (snow - home)), DOWN, buff=0.2)

        def to(place: np.ndarray, seconds: float, turn: float = 0.0) -> None:
            """Walk straight, or by `turn` radians around the drawing."""
            start = np.array([x.get_value(), y.get_value()]) - home

            def part(axis: int) -> Callable[[float], float]:
                def share(t: float) -> float:
                    if turn == 0:
                        return t
                    across = start[::-1] * [-1, 1]
                    now = np.cos(t * turn) * start + np.sin(t * turn) * across
                    return float((now - start)[axis] / (place - home - start)[axis])

                return share

            self.play(
                *(
                    tracker.animate(rate_func=part(axis)).set_value(float(place[axis]))
                    for axis, tracker in enumerate((x, y))
                ),
                run_time=seconds,
            )

        # All that is as far away as the other drawing, from the way to static to the way there.
        bearing = float(np.arctan2(*(far - home)[::-1]))
        turn = -np.pi / 2 - bearing
        radius = float(np.linalg.norm(sheet.point(snow) - sheet.point(home)))
        around = Arc(radius, bearing, turn, arc_center=sheet.point(home), color=theme.INK, stroke_width=4)
        one, two = self.names
        with self.say(
            f"So what is near a picture? Nearly every way, the {one} with snow on it: {apart:.0f} away."
        ) as line:
            self.play(FadeIn(sheet), FadeIn(triangle), FadeIn(there), FadeIn(cursor), run_time=0.8)
            line.until("Nearly")
            self.play(FadeIn(below), run_time=0.4)
            to(snow, 1.6)
        with self.say(f"The {two} is as near. But ways to other drawings are rare.") as line:
            self.play(Create(around), FadeIn(beside), run_time=0.6)
            to(places["other"], max(line.remaining, 2.0), turn)
        with self.say(f"Far away is static: {away:.0f}. So the way home must be learnt.") as line:
            self.play(FadeIn(above), run_time=0.4)
            to(far, 1.5)
            line.until("So the")
            to(home, line.remaining)
        self.hold(0.3)

    # ----------------------------------------------------------------- claims

    def claims(self) -> Mapping[str, Claim]:
        film, other, static = self.captures["drawing"], self.captures["other"].states[-1], self.static
        drawing, (one, two) = film.states[-1], self.names
        size, root = drawing.size, float(np.sqrt(drawing.size))
        apart, away = noise.length(drawing - other), noise.length(drawing - static[0])
        found, corners = noise_checks.lengths(static), noise.angles(static)
        snow = [abs(np.cos(np.radians(noise.angle(x, drawing - other)))) for x in static]
        beyond = self._beyond()
        # The words take the length of the difference; here the sheet has to agree, which is said to be to scale.
        here, there, far = (np.array(self.plane.coordinates(x)) for x in (drawing, other, static[0]))
        return {
            "numbers": Claim(
                f"A picture is {size:,} numbers.",
                film.pictures[-1].size,
                "rows × columns × 3 of the picture, counted in the captured file",
                low=size,
                high=size,
            ),
            "settings": Claim(
                f"The number of settings of the dials has {noise.digits(size):,} digits.",
                len(f"{256**size:x}") * np.log10(16),
                "256 to the power of the number of dials, written out in hexadecimal, each place worth log₁₀ 16",
                low=noise.digits(size) - 1,
                high=noise.digits(size) + np.log10(16),
                unit="digits",
            ),
            "drowned": Claim(
                f"Nobody can tell which piece of static was once the {one}.",
                abs(np.cos(np.radians(noise.angle(film.states[0], drawing)))) * root,
                "cosine between the drowned picture and the picture, in units of what chance gives, 1/√d",
                high=5,
            ),
            "apart": Claim(
                f"The two drawings are {apart:.0f} apart.",
                float(np.hypot(*(here - there))),
                "distance of the two captured drawings on the sheet, in model units",
                low=round(apart) - 0.5,
                high=round(apart) + 0.5,
            ),
            "away": Claim(
                f"The static is {away:.0f} away.",
                float(np.hypot(*(here - far))),
                f"distance of the {one} and a captured piece of static on the sheet, in model units",
                low=round(away) - 0.5,
                high=round(away) + 0.5,
            ),
            "snow is near": Claim(
                f"Nearly every way from the {one} leads to the {one} with snow on it: {apart:.0f} away.",
                min(noise.length(noise.nearby(drawing, x, apart) - other) / apart for x in static),
                f"after a step of that length along each of {len(static)} captured pieces of static: smallest "
                f"distance to the {two} over the distance to the {one}",
                low=1.2,
            ),
            "static is far": Claim(
                f"The {two} is as near as snow, far away is static.",
                apart / away,
                f"distance to the {two} over the distance to a captured piece of static",
                high=0.95,
            ),
            "other is near": Claim(
                f"The {two} is as near as snow, but ways to other drawings are rare: at random, snow.",
                max(snow),
                f"largest |cosine| between the way to the {two} and {len(static)} captured pieces of static",
                high=5 / root,
            ),
            "crossing": Claim(
                f"At step {beyond}, noise is the larger amount.",
                film.noise_level[::-1][beyond] / film.signal_level[::-1][beyond],
                "√(1−ᾱ) over √ᾱ at that step of the captured schedule",
                low=1.05,
            ),
            "left over": Claim(
                f"After {counted(self.cast.steps, 'step')}, one part in {self._left_over()} of it is left.",
                1 / film.signal_level[0],
                "1/√ᾱ of the last state of the captured schedule",
                low=1000,
            ),
            "lengths": Claim(
                f"Static is root d long, {root:.1f}, and the spread is the same for any d.",
                float(found.std(ddof=1)),
                f"standard deviation of the lengths of {len(static)} captured pieces; theory: 0.71 whatever d is",
                low=0.4,
                high=1.1,
            ),
            "angles": Claim(
                "Every two pieces of static stand at right angles.",
                float(np.abs(corners - 90).max()),
                f"largest distance from 90° among the {len(corners)} angles between {len(static)} captured pieces",
                high=5 * np.degrees(1 / root),
                unit="°",
            ),
        }

    def _beyond(self) -> int:
        """A step or two beyond the crossing, where the eye can see that there is more noise than picture."""
        crossing = int(np.argmax(self.captures["drawing"].alphas_cumprod[::-1] <= 0.5))
        return min(crossing + 2, self.cast.steps)

    def _left_over(self) -> str:
        return f"{round(1 / self.captures['drawing'].signal_level[0], -3):,.0f}"

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """The sheet through two drawings and static, and the picture that is where the dot stands."""
        sheet, triangle, places = self._map()
        spot = 0.8 * places["drawing"] + 0.2 * places["static"]
        x, y = (ValueTracker(float(value)) for value in spot)
        there = self._there(x, y, 4.6).move_to([-4.4, 0.3, 0])
        return VGroup(triangle, sheet, there.still(), sheet.dot_at(x, y))
