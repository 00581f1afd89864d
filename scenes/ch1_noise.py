"""Chapter 1: where a picture is, what is near it, and how it is drowned in noise."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    Polygon,
    ReplacementTransform,
    ValueTracker,
    VGroup,
    linear,
)

from course.maths import checks, noise, noise_checks
from course.model.grammar import parse
from course.precompute import CaptureSpec
from course.stage import Chapter, LivePicture, Mosaic, Picture, Walk, theme
from course.stage.chain import Chain
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.dials import Dials
from course.stage.digits import LiveNumber
from course.stage.dots import DotRow
from course.stage.equation import Checked, Equation
from course.stage.fan import Fan
from course.stage.maps import EmbeddingMap
from course.stage.pictures import to_pixels
from course.stage.plots import SchedulePlot
from course.stage.sliders import StepDots
from course.stage.tables import NumberedTensor
from course.stage.words import counted
from course.stage.zoom import PixelZoom

PIECES = 32
ROOTS = ("root", "spread", "length")  # fractions: two lines of them and a plot must share the frame


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
        with self.say("Closer. It is made of little squares, and of nothing else.") as line:
            self.play(zoom.approach(), run_time=line.remaining)
        # lint: allow cast-word — the three primaries of every screen, whoever plays
        with self.say("And each square is three numbers. So much red, so much green, so much blue.") as line:
            self.play(zoom.show_grid(), run_time=0.8)
            self.play(zoom.show_numbers(), run_time=line.remaining)
        with self.say(f"{numbers:,} numbers. That is all there is to a picture."):
            self.play(zoom.hide(), run_time=0.5)
            self.play(zoom.retreat(), run_time=1.6)
        self._dials(picture, drawing, static, row, column)

        # A sea of static, and one island in it.
        tiles = static[1 : PIECES - 1].copy()
        mosaic = Mosaic(tiles)
        middle = 14
        island = Picture(drawing, height=mosaic[middle].height).move_to(mosaic[middle])
        with self.say("This is the sea that pictures live in. Static, as far as you can see.") as line:
            self.play(LaggedStart(*(FadeIn(tile) for tile in mosaic), lag_ratio=0.2), run_time=line.remaining)
        with self.say(
            "Pictures are islands in it. Chance never takes you to one. So we put one here."
        ) as line:
            line.until("So we")
            self.play(FadeOut(mosaic[middle]), FadeIn(island), run_time=1.0)
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

    def _dials(
        self, picture: Picture, drawing: np.ndarray, static: np.ndarray, row: int, column: int
    ) -> None:
        """Every number is a dial: turn one, then all at random."""
        numbers = drawing.size
        channel = int(np.argmax(np.abs(drawing[row, column].astype(int) - 128)))
        turned = drawing.copy()
        turned[row, column, channel] = 255 if turned[row, column, channel] < 128 else 0
        shown = np.linspace(0, numbers - 1, 7).astype(int)
        shown[3] = np.ravel_multi_index((row, column, channel), drawing.shape)
        frames = np.stack([drawing, turned, drawing, *static[1:5]])
        values = frames.reshape(len(frames), -1)[:, shown] / 255

        def readings(turn: float) -> np.ndarray:
            return np.array([np.interp(turn, np.arange(len(frames)), dial) for dial in values.T])

        turn = ValueTracker(0)
        live = Walk(frames, turn, height=4.3, crossfade=True).move_to([0, 1.3, 0])
        dials = Dials(readings, turn).move_to([0, -1.75, 0])
        more = [theme.text("…", theme.SENTENCE, theme.MUTED) for _ in range(2)]
        more[0].next_to(dials, LEFT, buff=0.4)
        more[1].next_to(dials, RIGHT, buff=0.4)
        with self.say("Think of every number as a dial."):
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
            f"The dials have more settings than you can write. The number has {digits:,} digits."
        ) as line:
            line.until("number")
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
        card = NumberedTensor("x_0", shape, Picture(drawing.pictures[-1]), color=theme.SIGNAL, height=3.2)
        card.move_to([-3.2, 0.4, 0])
        with self.say(
            f"In the program, it is a block of numbers, a tensor: {shape[0]} colours, {shape[1]} rows, {shape[2]} columns."
        ) as line:
            self.play(FadeIn(card), run_time=1.0)
            line.until("colours")
            self.play(Circumscribe(card.shape_label, color=theme.SIGNAL), run_time=line.remaining)
        words = VGroup(
            theme.text("2 numbers: on a map", theme.LABEL),
            theme.text("3 numbers: in a room", theme.LABEL),
            theme.text(f"{numbers:,} numbers: …", theme.LABEL, theme.SIGNAL),
        )
        words.arrange(DOWN, buff=0.6, aligned_edge=LEFT).move_to([3.0, 0.4, 0])
        with self.say("Two numbers are a place on a map. Three, a place in a room.") as line:
            self.play(FadeIn(words[0]), run_time=0.6)
            line.until("Three")
            self.play(FadeIn(words[1]), run_time=0.6)
        with self.say(f"So {numbers:,} numbers are a place too, in a space that is a little larger.") as line:
            self.play(FadeIn(words[2]), run_time=0.8)
            line.until("larger")
            self.play(Circumscribe(words[2], color=theme.SIGNAL), run_time=1.0)
        self.sweep()

        self._sheet()
        self._nearby()
        self._schedule()

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
            *(sheet.point(place) for place in places.values()), color=theme.MUTED, stroke_width=4
        )
        return sheet, triangle, places

    def _there(self, x: ValueTracker, y: ValueTracker, height: float) -> LivePicture:
        """The picture that stands at (x, y) of the plane."""
        return LivePicture(lambda x, y: to_pixels(self.plane.point(x, y)), x, y, height=height)

    def _sheet(self) -> None:
        """The exact plane through two drawings and a piece of static, and a walk over it."""
        sheet, triangle, places = self._map()
        one, two = self.names
        aside = VGroup(sheet, triangle).shift(2.5 * LEFT)
        with self.say(f"Here are three such places. The {one}, the {two}, and a piece of static.") as line:
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
        short = theme.text(f"{apart:.0f}", theme.LABEL, theme.SIGNAL)
        short.next_to((sheet.point(places["drawing"]) + sheet.point(places["other"])) / 2, LEFT, buff=0.25)
        long = theme.text(f"{away:.0f}", theme.LABEL, theme.NOISE)
        long.next_to((sheet.point(places["drawing"]) + sheet.point(places["static"])) / 2, UP, buff=0.35)
        ruler = theme.text("√( difference² + … )", theme.LABEL).move_to([4.3, 2.2, 0])
        with self.say("How far apart are they? As at school: square each difference, add, take the root."):
            self.play(FadeIn(ruler), run_time=0.8)
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
            self.play(FadeOut(short), FadeOut(long), FadeOut(ruler), run_time=0.4)
            self.play(aside.animate.shift(2.5 * RIGHT), run_time=0.8)
            self.play(FadeIn(there, target_position=sheet.marker[0], scale=0.3), run_time=1.2)
            line.until("dot")
            self.play(FadeIn(cursor, scale=2), run_time=0.6)
        with self.say(
            f"Walk from the {one} to the {two}. Halfway, you see both, like a double exposure."
        ) as line:
            line.until("to the")
            to(0.5 * (places["drawing"] + places["other"]), line.remaining)
        with self.say("It is neither the one nor the other. Go on."):
            self.play(Circumscribe(there, color=theme.WRONG), run_time=1.2)
            to(places["other"], 1.5)
        with self.say(
            "Now out towards the static. It begins to snow, and snows, until nothing is left."
        ) as line:
            to(places["static"], line.remaining)
        with self.say(f"And home along the other side. Out of the snow comes the {one}.") as line:
            to(places["drawing"] + 0.25 * (places["static"] - places["drawing"]), line.remaining)
        with self.say("Inside, all three shine through each other.") as line:
            to(np.mean([places["drawing"], places["other"], places["static"]], axis=0), line.remaining)
        with self.say("That is all there is on this sheet. Mixtures of three, and nothing new.") as line:
            to(0.7 * places["drawing"] + 0.2 * places["other"] + 0.1 * places["static"], line.remaining)
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
        moved = theme.text("each moved by", theme.LABEL, theme.TIME).move_to([-0.6, -2.55, 0])
        number = LiveNumber(lambda s: s * far, share, decimals=1, size=theme.LABEL, color=theme.TIME)
        number.next_to(moved, RIGHT, buff=0.3)
        with self.say("So what is near a picture? Take it three times, and go three ways."):
            self.play(LaggedStart(*(FadeIn(picture) for picture in pictures), lag_ratio=0.3), run_time=1.5)
        with self.say(
            f"One way at random. One towards the {self.names[1]}. And one way, all dials up."
        ) as line:
            for label, word in zip(labels, ("One", "towards", "And"), strict=True):
                line.until(word)
                self.play(FadeIn(label), run_time=0.5)
        with self.say("All three go equally far. Watch.") as line:
            self.play(FadeIn(moved), FadeIn(number), run_time=0.6)
            self.play(share.animate.set_value(0.4), run_time=line.remaining + 1.0, rate_func=linear)
        with self.say("A little snow. A ghost. A bit of fog.") as line:
            self.play(share.animate.set_value(1), run_time=line.remaining + 1.0, rate_func=linear)
        with self.say(
            f"The same distance, and one of them is the {self.names[1]}. Distance does not tell you what you see."
        ) as line:
            self.play(Circumscribe(VGroup(moved, number), color=theme.TIME), run_time=1.5)
            line.until("one of them")
            self.play(Circumscribe(pictures[1], color=theme.SIGNAL), run_time=1.5)
        with self.say("And the random way? Roll it again, and again. There is always snow that way.") as line:
            line.until("Roll")
            for k in range(2, 7):
                self.play(roll.animate.set_value(k), run_time=0.25)
                self.hold(0.35)
        with self.say("Nearly every direction out of a picture looks like this."):
            self.play(Circumscribe(pictures[0], color=theme.NOISE), run_time=1.5)
        self.sweep()

    def _schedule(self) -> None:
        """How a program drowns a picture: a mix, with two amounts that cross."""
        film = self.captures["drawing"]
        levels = film.alphas_cumprod[::-1]
        crossing = self._crossing()
        step, steps = ValueTracker(0), self.cast.steps
        picture = Walk(film.pictures[::-1], step, height=4.2).move_to([-4.55, 0.55, 0])
        plot = SchedulePlot(levels, width=5.4, height=3.4).move_to([2.2, -0.05, 0])
        plot.names["noise"].shift(0.1 * RIGHT)
        plot.names["picture"].shift(
            0.35 * UP + 0.1 * RIGHT
        )  # its curve ends where the axis has its last number
        plot.shift([6.6 - plot.get_right()[0], 0, 0])
        label = theme.text("a known drawing", theme.LABEL, theme.MUTED).next_to(picture, DOWN, buff=0.3)
        with self.say("Here is how the program drowns a picture in static. It calls the static noise."):
            self.play(FadeIn(picture), FadeIn(label), FadeIn(plot.axes), run_time=1.0)
        with self.say("How much picture: it falls. How much noise: it rises.") as line:
            self.play(Create(plot.curves["picture"]), FadeIn(plot.names["picture"]), run_time=1.2)
            line.until("How", 2)
            self.play(Create(plot.curves["noise"]), FadeIn(plot.names["noise"]), run_time=1.2)
        call = theme.text("scheduler.add_noise( … )", theme.LABEL, theme.TIME).move_to([-3.4, 3.15, 0])
        markers = [plot.marker("picture", step), plot.marker("noise", step), plot.line_at(step)]
        with self.say("In the program, one line does it. It mixes the two by these amounts."):
            self.play(FadeIn(call), *(FadeIn(marker) for marker in markers), run_time=0.8)
            self.play(Circumscribe(call, color=theme.TIME), run_time=1.2)
        with self.say(
            f"From step {crossing} on, there is more noise than picture. And still you know it."
        ) as line:
            self.play(step.animate.set_value(crossing), run_time=line.remaining, rate_func=linear)
        left = f"After {counted(steps, 'step')}, one part in {self._left_over()} of it is left."
        with self.say(left) as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        with self.say("So much for the way in. Next comes the question why this is so simple.") as line:
            self.play(Circumscribe(picture, color=theme.NOISE), run_time=1.5)

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
            "sample": Checked(
                r"x_t = sqrt(1 - beta_t) x_(t-1) + sqrt(beta_t) epsilon_t",
                noise_checks.one_step(levels, static),
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
            "suppose": Checked(
                rf"x_(t-1) = sqrt({before}) x_0 + sqrt(1 - {before}) epsilon",
                checks.mixture(film),
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
                rf"x_t = sqrt({bar}) x_0 + sqrt(1 - {bar}) epsilon", checks.mixture(film), tolerance=1e-6
            ),
            "squares": Checked(
                r"norm(epsilon)^2 = epsilon_1^2 + epsilon_2^2 + dots.c + epsilon_d^2",
                noise_checks.sum_of_squares(static),
                tolerance=1e-12,
            ),
            "mean": Checked(r"EE norm(epsilon)^2 = 1 + 1 + dots.c + 1 = d", noise_checks.mean_square(static)),
            "variance": Checked(
                r"op('Var') epsilon_i^2 = EE epsilon_i^4 - (EE epsilon_i^2)^2".replace("'", '"'),
                noise_checks.variance_of_square(),
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
        }

    def derivation(self) -> None:
        film, steps = self.captures["drawing"], self.cast.steps
        lines = {
            name: Equation(checked, font_size=50 if name in ROOTS else 60)
            for name, checked in self.equations().items()
        }

        # One step of drowning.
        step = ValueTracker(0)
        picture = Walk(film.pictures[::-1], step, height=3.4).move_to([0, 1.4, 0])
        law = lines["law"].move_to([0, -1.6, 0])
        with self.say(
            "One step of drowning: the picture becomes quieter, and some noise comes on top."
        ) as line:
            self.play(FadeIn(picture), run_time=0.8)
            self.play(step.animate.set_value(steps // 3), run_time=line.remaining, rate_func=linear)
        with self.say(
            "As a formula: the next state follows a bell curve around the old one, turned down."
        ) as line:
            self.play(FadeIn(law), run_time=0.8)
            line.until("around")
            self.play(Circumscribe(law.part(r"sqrt(1 - beta_t) x_(t-1)"), color=theme.INK), run_time=1.2)
        with self.say(
            "Beta says how wide the bell is: how much noise this step brings. It is fixed in advance."
        ):
            self.play(Circumscribe(law.part(r"beta_t I"), color=theme.TIME), run_time=1.2)
        self.sweep()

        # Two steps make one.
        chain = self._chain((r"x_(t-2)", r"x_(t-1)", r"x_t"), (1, 2, 3))
        proof = Derivation(
            self, *(lines[n] for n in ("sample", "alpha", "inserted", "multiplied")), at=1.15 * DOWN
        )
        with self.say("To roll from that bell: take its middle, and add its width times fresh static."):
            self.play(FadeIn(chain.states[1]), FadeIn(chain.states[2]), Create(chain.arrows[1]), run_time=1.0)
            proof.step()
        with self.say("Let alpha be one minus beta: what is kept. That is only a shorter name."):
            proof.step()
        with self.say("The state before came about in the same way. Put that in its place."):
            self.play(FadeIn(chain.states[0]), Create(chain.arrows[0]), run_time=0.8)
            proof.step()
        with self.say("Multiply out. One part picture, and two pieces of static."):
            proof.step()
        proof.clear()

        proof = Derivation(self, lines["variances"], lines["merged"], at=1.15 * DOWN)
        with self.say("Two independent bells add up to one bell. Their variances add up too."):
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
        proof = Derivation(self, *(lines[n] for n in ("suppose", "one more")), at=1.15 * DOWN)
        with self.say("Suppose that all earlier steps together amount to one step from the picture."):
            self.play(FadeIn(chain.states[0]), FadeIn(chain.states[1]), Create(chain.arrows[0]), run_time=1.0)
            proof.step()
        with self.say("Then one more step makes, by the same rule, one step again."):
            self.play(FadeIn(chain.states[2]), Create(chain.arrows[1]), run_time=0.8)
            proof.step()
        proof.clear()
        proof = Derivation(self, *(lines[n] for n in ("product", "jump")), at=1.15 * DOWN)
        with self.say("Every step only multiplies. We call the product alpha bar."):
            proof.step()
        with self.say("So you can jump to any step at once. One picture, one piece of static.") as line:
            proof.step()
            line.until("One picture")
            self.play(
                FadeOut(chain.states[1]), ReplacementTransform(chain.arrows, chain.leap()), run_time=1.2
            )
        measured = lines["jump"].discrepancy_label().move_to([0, -2.7, 0])
        with self.say("We checked this formula against every state of the film that you saw."):
            self.play(FadeIn(measured), run_time=0.8)
        self.sweep()

        self._lengths(lines)
        self._angles(lines)
        self._direction(lines)

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
        proof = Derivation(self, lines["squares"], lines["mean"], at=0.8 * DOWN)
        with self.say("Now, how long is a piece of static? Square all its numbers, and add."):
            self.play(FadeIn(piece), run_time=0.6)
            self.play(FadeIn(signs), run_time=0.6)
            proof.step()
        with self.say("Each squared number is one on average. So the whole is d, the number of dials."):
            self.play(FadeIn(sums), run_time=0.6)
            proof.step()
        self.sweep(0.5)

        # All the pieces, squared: they gather around d.
        reach = max(4 * np.sqrt(2 * d), 1.1 * float(np.abs(found**2 - d).max()))
        squares = DotRow(found**2, (d - reach, d + reach), x_label="length, squared", color=theme.NOISE)
        squares.move_to([0, 2.2, 0])
        middle = squares.mark(d, f"d = {d:,}", height=0.9)
        proof = Derivation(self, *(lines[n] for n in ("variance", "three", "all")), at=1.0 * DOWN)
        with self.say("And how much does that vary? For one square, it is this difference."):
            self.play(FadeIn(squares.line), LaggedStart(*(FadeIn(dot) for dot in squares.dots)), run_time=1.5)
            self.play(FadeIn(middle), run_time=0.5)
            proof.step()
        with self.say("For a bell curve, the fourth power is three on average. That leaves two."):
            proof.step()
        with self.say("The dials are independent, so their variances add. Two d."):
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
        with self.say("So static is root d long, and the spread is the same however many dials there are."):
            proof.step()
        self.sweep()

    def _reach(self) -> float:
        return 1.04 * float(noise_checks.lengths(self.static).max())

    def _fan(self) -> Fan:
        return Fan(self._reach()).shift([-0.8, -2.5, 0])

    def _angles(self, lines: Mapping[str, Equation]) -> None:
        """The angle between two pieces of static: measured, then by reckoning."""
        first, others = self.static[0], self.static[1:]
        found = noise_checks.lengths(self.static)
        corners = noise.angles(self.static)
        fan = self._fan()
        flat = fan.ray(noise.length(first), 0, theme.INK, width=7)
        rays = [fan.ray(noise.length(x), noise.angle(first, x), theme.NOISE, width=3) for x in others]
        thumb = Picture(to_pixels(first), height=1.5).move_to([5.5, -1.7, 0])
        length = theme.text(
            f"length {found.mean():.1f} ± {found.std(ddof=1):.1f}", theme.SENTENCE, theme.NOISE
        )
        length.move_to([theme.SAFE_LEFT + 0.1 + length.width / 2, 3.1, 0])
        with self.say(
            f"We measured {counted(PIECES, 'piece')} of static. Here is the first, lying flat."
        ) as line:
            self.play(FadeIn(fan), run_time=0.6)
            line.until("Here")
            self.play(FadeIn(thumb), Create(flat), run_time=1.0)
        with self.say(
            f"The other {counted(PIECES - 1, 'piece')} follow, each at its angle to the first."
        ) as line:
            self.play(
                LaggedStart(*(Create(ray) for ray in rays), lag_ratio=0.15), run_time=line.remaining + 0.5
            )
        with self.say(
            f"They are all equally long: {found.mean():.1f}, give or take {found.std(ddof=1):.1f}."
        ):
            self.play(FadeIn(length), Create(fan.arc(float(np.sqrt(first.size)))), run_time=1.4)
        right = theme.text(f"angle {corners.mean():.1f}° ± {corners.std():.1f}°", theme.SENTENCE, theme.NOISE)
        right.next_to(length, DOWN, buff=0.3, aligned_edge=LEFT)
        with self.say("And they all stand at right angles to the first. That holds for every two of them."):
            self.play(FadeIn(right), run_time=0.6)
            self.play(
                LaggedStart(*(ray.animate.set_color(theme.INK) for ray in rays), lag_ratio=0.1), run_time=1.5
            )
        self.sweep()

        proof = Derivation(
            self, *(lines[n] for n in ("product of two", "its variance", "cosine")), at=0.3 * UP
        )
        with self.say(
            "Why? Multiply two pieces, dial by dial, and add. On average, nothing is left."
        ) as line:
            proof.step()
            line.until("nothing")
            self.play(Circumscribe(lines["product of two"], color=theme.NOISE), run_time=1.2)
        with self.say("Each single product has variance one, and altogether there are d."):
            proof.step()
        with self.say("Divide by both lengths. The cosine is zero, give or take one over root d."):
            proof.step()
        measured = lines["cosine"].discrepancy_label().move_to([0, -2.5, 0])
        with self.say("Our static agrees. Anything below five is chance."):
            self.play(FadeIn(measured), run_time=0.8)
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
        here = LivePicture(lambda g, t: to_pixels(at(g, t)), gain, turn, height=2.9).move_to([5.3, -0.25, 0])
        size = LiveNumber(
            lambda g, t: end(g, t)[0], gain, turn, decimals=1, size=theme.LABEL, color=theme.SIGNAL
        )
        size.next_to(here, DOWN, buff=0.25)
        ray = fan.live_ray(end, gain, turn, color=theme.SIGNAL).set_z_index(1)
        rays = VGroup(
            *(fan.ray(noise.length(x), noise.angle(drawing, x), theme.NOISE, width=3) for x in self.static)
        )
        beside = fan.ray(noise.length(other), noise.angle(drawing, other), theme.SIGNAL, width=5)
        thumb = Picture(self.captures["other"].pictures[-1], height=1.4)
        thumb.move_to(fan.point(1.12 * self._reach(), max(noise.angle(drawing, other), 32)))
        one, two = self.names
        with self.say(f"Where are the pictures in all this? Let the {one} lie flat.") as line:
            self.play(FadeIn(fan), run_time=0.6)
            line.until("Let")
            self.play(FadeIn(here), FadeIn(ray), FadeIn(size), run_time=1.0)
        with self.say(f"The {two} is {noise.angle(drawing, other):.0f} degrees away.") as line:
            self.play(Create(beside), FadeIn(thumb), run_time=1.0)
        with self.say("And all the static, once more, at right angles. To this picture, and to any.") as line:
            self.play(LaggedStart(*(Create(one) for one in rays), lag_ratio=0.15), run_time=line.remaining)
        shell = fan.arc(root)
        with self.say("Is the picture not too short? Turn it up, until it is as long as static.") as line:
            line.until("Turn")
            self.play(FadeOut(beside), FadeOut(thumb), FadeIn(shell), run_time=0.6)
            self.play(gain.animate.set_value(root / noise.length(drawing)), run_time=line.remaining + 0.5)
        with self.say(f"Louder, and still the {one}. Length does not tell. Direction does."):
            self.play(Circumscribe(here, color=theme.SIGNAL), run_time=1.5)
        jump = Equation(self.equations()["jump"], font_size=54).move_to([-1.6, 3.0, 0])
        with self.say(
            "Now keep the length, and turn. This is the jump from before, drawn as a turn."
        ) as line:
            self.play(FadeIn(jump), run_time=0.6)
            self.play(turn.animate.set_value(np.pi / 4), run_time=line.remaining, rate_func=linear)
        with self.say(
            "The two roots are a cosine and a sine. For a picture this long, drowning is one quarter turn."
        ) as line:
            self.play(turn.animate.set_value(np.pi / 2), run_time=line.remaining, rate_func=linear)
        self.sweep()
        self._answer()

    def _answer(self) -> None:
        """The chapter's question, answered on the sheet."""
        sheet, triangle, places = self._map()
        x, y = (ValueTracker(float(value)) for value in places["drawing"])
        there = self._there(x, y, 4.6).move_to([-4.4, 0.3, 0])
        cursor = sheet.dot_at(x, y)

        def towards(name: str, share: float, seconds: float) -> None:
            place = places["drawing"] + share * (places[name] - places["drawing"])
            self.play(
                x.animate.set_value(float(place[0])), y.animate.set_value(float(place[1])), run_time=seconds
            )

        with self.say("So what is near a picture? By the ruler, a little snow, and other drawings."):
            self.play(FadeIn(sheet), FadeIn(triangle), FadeIn(there), FadeIn(cursor), run_time=0.8)
            towards("static", 0.2, 1.5)
            towards("other", 0.5, 1.5)
        with self.say("Far away is static: the same distance, in nearly every direction.") as line:
            towards("static", 1, line.remaining)
        with self.say("And almost every place is static. The way home must be learnt.") as line:
            towards("drawing", 0, line.remaining)

    # ----------------------------------------------------------------- claims

    def claims(self) -> Mapping[str, Claim]:
        film, other, static = self.captures["drawing"], self.captures["other"].states[-1], self.static
        drawing, (one, two) = film.states[-1], self.names
        size, root = drawing.size, float(np.sqrt(drawing.size))
        apart, away = noise.length(drawing - other), noise.length(drawing - static[0])
        found, corners = noise_checks.lengths(static), noise.angles(static)
        snow = [abs(np.cos(np.radians(noise.angle(x, drawing - other)))) for x in static]
        crossing = self._crossing()
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
            "other is near": Claim(
                f"A step as long as the way to the {two}, taken at random, ends in snow.",
                max(snow),
                f"largest |cosine| between the way to the {two} and {len(static)} captured pieces of static",
                high=5 / root,
            ),
            "crossing": Claim(
                f"From step {crossing} on, there is more noise than picture.",
                film.noise_level[::-1][crossing] / film.signal_level[::-1][crossing],
                "√(1−ᾱ) over √ᾱ at that step of the captured schedule (at the step before it is below 1)",
                low=1,
            ),
            "left over": Claim(
                f"After {counted(self.cast.steps, 'step')}, one part in {self._left_over()} of it is left.",
                1 / film.signal_level[0],
                "1/√ᾱ of the last state of the captured schedule",
                low=1000,
            ),
            "lengths": Claim(
                f"All pieces of static are equally long: {found.mean():.1f}, give or take {found.std(ddof=1):.1f}.",
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

    def _crossing(self) -> int:
        """The first step at which there is more noise than picture."""
        return int(np.argmax(self.captures["drawing"].alphas_cumprod[::-1] <= 0.5))

    def _left_over(self) -> str:
        return f"{round(1 / self.captures['drawing'].signal_level[0], -3):,.0f}"

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """The sheet through two drawings and static, and the picture that is where the dot stands."""
        sheet, triangle, places = self._map()
        spot = 0.8 * places["drawing"] + 0.2 * places["static"]
        x, y = (ValueTracker(float(value)) for value in spot)
        there = self._there(x, y, 4.6).move_to([-4.4, 0.3, 0])
        string = Line(sheet.point(spot), there.get_right(), color=theme.INK, stroke_width=4)
        return VGroup(triangle, sheet, string, there.still(), sheet.dot_at(x, y))
