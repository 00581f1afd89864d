"""Chapter 1: where a picture is, what is near it, and how it is drowned in noise."""

from collections.abc import Callable
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, Dot, FadeIn, FadeOut, Line, ValueTracker, VGroup, linear

from course import grammar
from course.maths import noise, noise_checks, reverse_checks
from course.precompute import CaptureSpec, Specs
from course.stage import Chapter, LivePicture, Picture, Walk, parts, theme
from course.stage.parts.digits import LiveNumber
from course.stage.parts.driven import drive
from course.stage.parts.pictures import to_pixels
from course.stage.places import adds_up, into, named, reading, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

PIECES = 32
# A chart that fills the frame: its rows, units from tile to tile, and how many tiles a shore is wide.
ROWS, TILE, SHORE = 5, 1.6, 4.5
FROM, ISLAND, COLUMNS = (2, 5), (2, 14), 20
HOMES = ((1, 8), (1, 5), (1, 2), (3, 2), (5, 3), (5, 6), (5, 9), (3, 10))  # around (3, 6), where you stand
SHARES = partial(parts.Shares, colors=(theme.SIGNAL, theme.NOISE), names=("picture²", "static²"))
BAR, BEFORE, VAR = r"overline(alpha)_t", r"overline(alpha)_(t-1)", 'op("Var")'


class Noise(Chapter):
    """Where a picture is: 3,072 numbers, almost all of them static, and how a picture gets lost there."""

    title = "Where is a picture?"
    question = "What is near a picture, and what is far away?"
    letters = {"u": theme.SIGNAL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Drawings, two of them drowned step by step, and pieces of static as every walk starts from."""
        cast, drawn = self.cast, partial(CaptureSpec, model="forward:prompt")
        homes = grammar.relatives(cast.prompt, cast.other, len(HOMES))
        return {
            "drawing": drawn(cast.prompt, cast.seed, cast.steps),
            "other": drawn(cast.other, cast.seed, cast.steps),
            # Five big steps, so that the eye sees what each one adds.
            "coarse": drawn(cast.prompt, cast.seed, 5),
            "static": [drawn(cast.prompt, cast.seed + k, 1) for k in range(PIECES)],
            "homes": [drawn(one, cast.seed, 1) for one in homes],
        }

    @cached_property
    def film(self) -> np.ndarray:
        """(S+1, H, W, 3) uint8: the drawing, drowned step by step."""
        return self.captures["drawing"].pictures[::-1]

    @cached_property
    def static(self) -> np.ndarray:
        """(32, 3, H, W): pieces of static, each rolled with a seed of its own."""
        return np.stack([one.noise[0] for one in self.captures["static"]])

    @cached_property
    def corners(self) -> dict[str, np.ndarray]:
        """Both drawings and a piece of static, (3, H, W) each, in model units."""
        drawing, other = (self.captures[name].states[-1] for name in ("drawing", "other"))
        return {"drawing": drawing, "other": other, "static": self.static[0]}

    @cached_property
    def names(self) -> tuple[str, str]:
        """What the two drawings are called."""
        return grammar.called(self.cast.prompt, self.cast.other)

    @cached_property
    def away(self) -> tuple[float, float]:
        """From the drawing to the other one, and to the piece of static, in model units."""
        drawing, other, static = self.corners.values()
        return noise.length(drawing - other), noise.length(drawing - static)

    @cached_property
    def root(self) -> float:
        """The root of the number of dials."""
        return float(np.sqrt(self.static[0].size))

    @verdict
    def rare(self) -> Verdict:
        return Verdict(
            -noise.chance(self.film[0], 64),
            (20, None),
            (inf, "Somewhere in it are pictures, too: far too rare to be met by chance."),
            how="digits of the odds against a roll in which every dial is within a quarter of its range of the picture's",
            unit="digits",
        )

    @verdict
    def drowned(self) -> Verdict:
        turned = noise.angle(self.captures["drawing"].states[0], self.corners["drawing"])
        return Verdict(
            abs(np.cos(np.radians(turned))) * self.root,
            (5, "It was the ⟨left⟩ one. Nobody can tell."),
            (inf, "It was the ⟨left⟩ one. A trace of it is there."),
            how="cosine between the drowned picture and the picture, in units of what chance gives, 1/√d",
        )

    @verdict
    def farther(self) -> Verdict:
        said = f"From the {self.names[0]} to the {self.names[1]} it is {self.away[0]:.0f}. To the static, ⟨{self.away[1]:.0f}⟩"
        return Verdict(
            self.away[0] / self.away[1],
            (0.9, f"{said}: far away."),
            (1.1, f"{said}: about as far."),
            (inf, f"{said}: not even as far."),
            how=f"distance to the {self.names[1]} over the distance to a captured piece of static, in model units",
        )

    @verdict
    def snowed(self) -> Verdict:
        drawing, other = self.corners["drawing"], self.corners["other"]
        ends = [noise.length(noise.nearby(drawing, x, self.away[0]) - other) for x in self.static]
        return Verdict(
            min(ends) / self.away[0],
            (1.2, None),
            (inf, "Roll the random way again. Nearly every way out of a picture leads into static."),
            how=f"as long a step as to the {self.names[1]}, along {PIECES} pieces of static: smallest distance to it, over that step",
        )

    @verdict
    def upright(self) -> Verdict:
        sentence = (
            f"Count ⟨more⟩, and all become equally long, and turn to a right angle with the {self.names[0]}."
        )
        return self._askew(f"{PIECES} captured pieces and the picture", sentence, *self.static)

    @verdict
    def apart(self) -> Verdict:
        sentence = "And with each other? Lay ⟨one⟩ of them flat. The others still stand at a right angle."
        return self._askew("a captured piece and all others", sentence, *self.static[1:], to=self.static[0])

    @verdict
    def no_hint(self) -> Verdict:
        said, homes = "a piece of static, one drawing and others", self.captures["homes"]
        sentence = "But static is at a right angle to ⟨every⟩ one of them."
        return self._askew(said, sentence, *(home.states[-1] for home in homes), to=self.static[0])

    def _askew(self, of: str, says: str, *things: np.ndarray, to: np.ndarray | None = None) -> Verdict:
        """How far from a right angle the things are, to the drawing if to nothing else; by chance, one over root d."""
        askew = [abs(noise.angle(self.corners["drawing"] if to is None else to, one) - 90) for one in things]
        how = f"largest distance from 90° of the angles between {of}"
        return Verdict(max(askew), (5 * np.degrees(1 / self.root), says), (inf, None), how=how, unit="°")

    def _rolls(self, rows: int, columns: int) -> np.ndarray:
        """(rows, columns, H, W, 3) uint8: all dials turned at random, again and again."""
        shape = self.film.shape[1:]
        return noise.settings(shape, rows * columns, self.cast.seed).reshape(rows, columns, *shape)

    def story(self) -> None:
        self.tell(self._dive, self._sea, self._drowning, self._backwards)

    def _dive(self) -> None:
        # Into a picture, closer and closer, until it is numbers; one of them is a dial that is turned.
        drawing, (rows, columns, colours) = self.film[0], self.film.shape[1:]
        row, column = noise.busiest(drawing)
        # Green is what the eye sees most of.
        channel, low, high = 1, drawing.copy(), drawing.copy()
        low[row, column, channel], high[row, column, channel] = 0, 255
        rolls = self._rolls(ROWS, COLUMNS)[FROM[0], : FROM[1] + 1]
        frames = np.stack([drawing, low, high, drawing, *rolls])
        turn = ValueTracker(0)
        picture = Walk(frames, turn, height=8.0, crossfade=True)
        zoom = parts.PixelZoom(picture, row, column)
        self.add(picture)
        with self.opening(f"Here is {self.cast.prompt}. Come closer. It is made of squares."):
            self.play(zoom.approach(), run_time=self.line.remaining, rate_func=linear)
        # lint: allow cast-word — the three primaries of every screen, whoever plays
        with self.say(f"{self.question} Each square is ⟨three⟩ numbers: so much red, green and blue."):
            self.show(zoom.show_grid())
            self.mark().show(zoom.show_numbers(), run_time=self.line.remaining)

        one = noise.moving(frames, [int(np.ravel_multi_index((row, column, channel), drawing.shape))])
        dial = parts.Dials(lambda t: one(t) / 255, turn, radius=0.8)
        number = LiveNumber(lambda t: one(t)[0], turn, decimals=0, color=theme.SIGNAL)
        number.next_to(dial, DOWN, buff=0.25).set_x(dial.get_x() + 0.17)
        plate = theme.plate(VGroup(dial, number), opacity=1).move_to([4.9, 0.3, 0])
        wire = Line(picture.pixel_center(row, column), plate.get_left(), color=theme.SIGNAL, stroke_width=8)
        tip = Dot(wire.get_start(), radius=0.14, color=theme.SIGNAL)
        # lint: allow cast-word — one of the three primaries
        with self.say("A number is a dial, from 0 to 255. ⟨Turn⟩ the one for green: less of it, and more."):
            self.hide(FadeOut(zoom.numbers))
            self.show(Create(wire), tip, plate)
            for value in (1, 2, 3):
                (self.mark() if value == 1 else self).turn(turn, value)
        count = theme.text(f"= {drawing.size:,}", theme.TITLE, theme.SIGNAL)
        product = theme.text(f"{rows} × {columns} × {colours}", theme.TITLE, theme.SIGNAL)
        VGroup(product, count).arrange(DOWN, buff=0.4).move_to([3.6, 0.6, 0])
        with self.say(
            f"{spelled(rows).capitalize()} rows, {spelled(columns)} columns, {spelled(colours)} numbers in each square: "
            f"⟨{drawing.size:,}⟩ numbers. That is all there is to a picture."
        ):
            self.hide(plate, wire, tip, zoom.grid)
            self.move(zoom.retreat(), run_time=1.4)
            self.move(picture.animate.scale_to_fit_height(5.6).move_to([-3.6, 0.4, 0]), FadeIn(product))
            self.mark().show(count)
        self._all_dials(picture, turn, frames, VGroup(product, count))

    def _all_dials(self, picture: Walk, turn: ValueTracker, frames: np.ndarray, sizes: VGroup) -> None:
        # A wall of dials, all turned at random: static; and how many settings there are.
        numbers = frames[0].size
        some = noise.moving(frames, np.linspace(0, numbers - 1, 15).astype(int).tolist())
        dials = parts.Dials(lambda t: some(t) / 255, turn, radius=0.48)
        dials.arrange_in_grid(rows=3, cols=5, buff=0.3)
        dials.move_to([3.6, 0.8, 0])
        more = theme.text(f"… {numbers:,} dials", theme.SENTENCE, theme.SIGNAL).next_to(dials, DOWN, buff=0.4)
        with self.say("Now turn all dials at random. What will you see?"):
            self.swap(dials, more, instead_of=sizes)
            self.turn(turn, 4, run_time=1.6)
        with self.say("Static. Try ⟨again⟩: static. Once ⟨more⟩: it is always static."):
            for value in (5, 6):
                self.mark().turn(turn, value)
        digits = noise.digits(numbers)
        times = theme.text("256 · 256 · 256 · …", theme.SENTENCE, theme.SIGNAL)
        count = theme.text(f"{digits:,} digits", theme.TITLE, theme.TIME)
        atoms = theme.text("atoms in the universe:\n80 digits", theme.LABEL, theme.MUTED)
        whole = VGroup(times, count, atoms).arrange(DOWN, buff=0.5).move_to([3.6, 0.5, 0])
        with self.say(
            "How many settings ⟨are⟩ there? 256, times 256, and so on: "
            f"a number of ⟨{digits:,}⟩ digits. The number of ⟨atoms⟩ in the universe has only eighty."
        ):
            self.mark().swap(times, turn.animate.set_value(7), instead_of=VGroup(dials, more))
            self.turn(turn, 8, run_time=1.6)
            self.mark().show(count, turn.animate.set_value(9))
            self.mark().show(atoms, turn.animate.set_value(8))
            self.turn(turn, 9, run_time=self.line.remaining)
        self.hide(whole, picture.animate.scale_to_fit_height(6.0).center(), run_time=0.8)

    def _island(self, columns: int = COLUMNS, island: tuple[int, int] = ISLAND) -> parts.Chart:
        """Dials turned at random, far and wide; in one place the picture, and around it what is near."""
        return parts.Chart(noise.chart(self._rolls(ROWS, columns), {island: self.film[0]}, SHORE), TILE)

    def _sea(self) -> None:
        # Out of one piece of static into a sea of it; far off, an island: a picture with a shore of snow.
        chart, gone = self._island(), self.on_stage
        near = 6.0 / chart.tile_height
        self.add(chart.scale(near).center_on(FROM))
        self.remove(*gone)
        with self.say("Each square of this chart is one setting of all dials. A sea of static."):
            self.play(chart.zoom(1 / near), run_time=self.line.remaining + 0.3)
        with self.say(self.rare):
            self.move(chart.animate.center_on(ISLAND), run_time=self.line.remaining)
        with self.say("An island. And what is near it? Itself, with a little static."):
            self.play(chart.zoom(1.9), run_time=self.line.remaining)
        with self.say("Farther out, more and more static. Then the open sea."):
            self.play(chart.zoom(1 / 1.9), run_time=self.line.remaining)
        island = Picture(self.film[0], chart.tile_height)
        self.add(island)
        self.hide(chart, island.animate.scale_to_fit_height(5.0).move_to([0, 0.95, 0]), run_time=1.0)

    def _drowning(self) -> None:
        # The picture is drowned, little by little; and nobody can tell it from static that never was one.
        step, steps, still = ValueTracker(0), self.cast.steps, self.on_stage
        picture = Walk(self.film, step, height=5.0).move_to([0, 0.95, 0])
        dots = parts.StepDots(steps, step, width=8.0).next_to(picture, DOWN, buff=0.3)
        self.add(picture)
        self.remove(*still)
        with self.say("Now drown it, slowly. Some static, and you hardly mind. Some more. You still see it."):
            self.show(dots)
            self.follow(step, 0.5 * steps)
        with self.say(
            "At which step is it gone? You cannot say. In the end, static: harsh, with many dials turned all the way."
        ):
            self.follow(step, steps)
        left, right = Picture(self.film[-1]), Picture(to_pixels(self.static[PIECES // 2]))
        pair = side_by_side(left, right, ("left?", "right?"), height=4.6, size=theme.SENTENCE)
        asked = [one[1] for one in pair]
        answer = theme.text(f"the {self.names[0]}", theme.SENTENCE, theme.SIGNAL).move_to(asked[0])
        with self.say(f"One of these was the {self.names[0]}. The other never was anything. Can you tell?"):
            self.hide(dots, into(picture, left))
            self.show(right, *asked)
            self.point(picture, right)
        with self.say(self.drowned):
            self.mark().swap(answer, instead_of=asked[0])
            self.point(picture, answer)
        self.hide(*self.on_stage)

    def _backwards(self) -> None:
        # The film to remember: out of static comes the picture.
        step, film = ValueTracker(self.cast.steps), self.captures["drawing"]
        picture = Walk(self.film, step, height=5.0).move_to([0, 0.65, 0])
        with self.say("Now run the film backwards. Out of static comes a picture."):
            self.show(picture, run_time=0.5)
            self.sound_walk(film.alphas_cumprod, self.line.remaining + 1.0)
            self.follow(step, 0, beyond=1.0)
        with self.say("That was only possible because somebody knew the ending."):
            self.point(picture)
        with self.say("This course is about getting there without knowing it."):
            self.move(picture.animate.scale_to_fit_height(6.2).move_to(theme.SAFE_CENTER))

    def mechanism(self) -> None:
        self.tell(self._place, self._sheet, self._nearby, self._schedule)

    def _place(self) -> None:
        # A picture is a tensor, a tensor a list of numbers, and such a list is a place.
        shape, numbers, drawing = self.corners["drawing"].shape, self.static[0].size, self.film[0]
        card = parts.NumberedTensor("x", shape, Picture(drawing), color=theme.SIGNAL, height=3.8)
        card.move_to([-4.5, 0.4, 0])
        sheets = VGroup(*(Picture(drawing * one, 2.7) for one in np.eye(3, dtype=np.uint8)))
        sheets.arrange(RIGHT, buff=0.3).move_to([2.4, 0.6, 0])
        scale = theme.text("0 … 255   →   −1 … 1").move_to([2.4, 0.6, 0])
        self.add(card)
        with self.say(
            f"In the program it is a block of numbers, a ⟨tensor⟩: {spelled(shape[0])} ⟨sheets⟩, one for each colour, "
            f"with {spelled(shape[1])} rows and {spelled(shape[2])} columns."
        ):
            self.mark().point(card.shape_label)
            self.mark().gather(sheets, self.line.remaining, 0.5)
        with self.say("A dial's settings, 0 to 255, go from minus one to ⟨one⟩ there."):
            self.swap(scale, instead_of=sheets)
            self.mark().point(scale)
        # Two dials and the place that they make.
        across, up = ValueTracker(0.15), ValueTracker(0.2)
        corner, ends = np.array([0.3, -0.9, 0]), (4.2 * RIGHT, 3.4 * UP)
        axes = VGroup(*(Line(corner, corner + end, color=theme.MUTED, stroke_width=5) for end in ends))
        here = drive(
            Dot(radius=0.2, color=theme.SIGNAL),
            lambda dot: dot.move_to(corner + across.get_value() * ends[0] + up.get_value() * ends[1]),
        )
        dials = parts.Dials(lambda a, b: (a, b), across, up, radius=0.5, gap=0.6).move_to([2.4, -1.8, 0])
        two = theme.text("2 numbers", theme.LABEL, theme.SIGNAL).move_to([2.4, -2.7, 0])
        many = theme.text(f"{numbers:,} numbers", theme.LABEL, theme.SIGNAL).move_to([-4.5, -2.7, 0])
        with self.say("Two numbers make a place on a ⟨map⟩. Turn ⟨them⟩, and you go somewhere else."):
            self.hide(scale)
            self.show(axes, dials, two)
            self.mark().show(here, run_time=0.4)
            self.mark().turn(across, 0.8, run_time=0.8)
            self.turn(up, 0.7, run_time=0.8)
        spot = Dot([-4.5, -1.6, 0], radius=0.2, color=theme.SIGNAL)
        with self.say(f"So ⟨{numbers:,}⟩ numbers make ⟨one⟩ place, too, in a space that nobody can draw."):
            self.mark().show(many)
            self.mark().swap(spot, card.picture.copy().animate.scale(0.02).move_to(spot), instead_of=card)
            self.point(spot, many)
        self.sweep()

    def _sheet(self) -> None:
        # The exact plane through two drawings and a piece of static; a dot walks over it, and its picture shows.
        one, two = self.names
        sheet = parts.Sheet([*self.corners.values()], 10.6, 4.5).move_to([-0.3, 0.35, 0])
        start, other, static = (sheet.point(spot) for spot in sheet.spots)
        short = theme.text(f"{self.away[0]:.0f}", theme.SENTENCE, theme.SIGNAL)
        long = theme.text(f"{self.away[1]:.0f}", theme.SENTENCE, theme.NOISE)
        short.next_to((start + other) / 2, LEFT, buff=0.25)
        long.next_to((start + static) / 2, UP, buff=0.4)
        ruler = theme.text("√( difference² + … )", theme.LABEL).move_to([1.6, 2.6, 0])
        self.add(sheet.corners[0])
        with self.say(
            f"Three places: the {one}, a second drawing, the ⟨{two}⟩, and ⟨static⟩. "
            "As a tabletop lies on three legs, exactly one ⟨flat⟩ sheet goes through them."
        ):
            for corner in sheet.corners[1:]:
                self.mark().show(corner)
            self.mark().show(Create(sheet.triangle.set_z_index(1)), run_time=1.4)
        with self.say("How far apart? Square the difference of each dial, ⟨add⟩, take the root."):
            self.mark().show(ruler)
        with self.say(self.farther):
            self.show(short)
            self.mark().show(long)

        # The strongest image: the sheet fills the frame; then the picture that is where the dot stands.
        there, wall = sheet.there(4.6).move_to([-4.4, 0.3, 0]), sheet.wall(ROWS, 9, TILE)

        def go(spot: np.ndarray, seconds: float) -> None:
            self.run(sheet.x, float(spot[0]), seconds, sheet.y.animate.set_value(float(spot[1])))

        with self.say("Each place on this sheet is one setting of the dials: a picture, everywhere."):
            self.hide(short, long, ruler, *sheet.corners)
            self.show(wall, run_time=1.5)
        with self.say("The ⟨dot⟩ marks where you are, and on the ⟨left⟩ is what you see there."):
            self.hide(wall, run_time=0.6)
            self.move(sheet.animate.scale(0.72).move_to([2.85, 0.2, 0]), run_time=0.8)
            self.mark().show(FadeIn(sheet.dot, scale=2))
            self.mark().show(FadeIn(there, target_position=sheet.corners[0], scale=0.3))
        home, far, snow = sheet.spots
        with self.say(f"Walk ⟨from⟩ the {one} to the {two}. Halfway you see both, a double exposure."):
            self.mark()
            go(0.5 * (home + far), self.line.remaining)
        with self.say("It is neither the one nor the other. Go on."):
            go(far, self.line.remaining + 0.4)
        with self.say("Now out towards the static. It covers more and more, until nothing is left."):
            go(snow, self.line.remaining)
        with self.say("And ⟨inside⟩, all three shine through: mixtures, and nothing new."):
            self.mark()
            # Static is twice as loud: more of it hides the rest.
            go(0.42 * (home + far) + 0.16 * snow, self.line.remaining + 0.4)
        self.sweep()

    def _nearby(self) -> None:
        # What is near a picture: equally long steps in three directions.
        drawing, other, two = self.corners["drawing"], self.corners["other"], self.names[1]
        share, roll = ValueTracker(0), ValueTracker(1)

        def moved(way: Callable[[float], np.ndarray], share: float, roll: float) -> np.ndarray:
            return to_pixels(noise.nearby(drawing, way(roll), share * self.away[0]))

        ways = (
            ("at random", theme.NOISE, lambda roll: self.static[round(roll)]),
            (f"to the {two}", theme.SIGNAL, lambda _: other - drawing),
            ("brighter", theme.INK, lambda _: np.ones_like(drawing)),
        )
        trio = VGroup()
        for name, color, way in ways:
            trio.add(named(LivePicture(partial(moved, way), share, roll, height=3.9), name, color))
        trio.arrange(RIGHT, buff=0.6, aligned_edge=UP).move_to([0, 0.35, 0])
        far = reading("each moved by", lambda s: s * self.away[0], share, theme.TIME).move_to([0, -2.6, 0])
        self.add(trio[0][0])
        with self.say(f"Go three ways. ⟨One⟩ at random. One ⟨to⟩ the {two}. One ⟨brighter⟩: all dials up."):
            for one in (trio[0][1], *trio[1:]):
                self.mark().show(one, run_time=0.6)
        with self.say("All three go equally far. Watch. A little static. A ghost. A bit brighter."):
            self.show(far, run_time=0.5)
            self.follow(share, 0.6)
        with self.say(f"Equally far, and one of them is the ⟨{two}⟩."):
            self.run(share, 1, 1.2)
            self.mark().point(trio[1])
        with self.say(self.snowed):
            for k in range(2, 8):
                self.turn(roll, k, run_time=0.2)
                self.hold(0.35)
            self.point(trio[0])
        self.sweep()

    def _schedule(self) -> None:
        # How a program drowns a picture: two tiles, each by its amount, make one; and the amounts cross.
        film, step, steps = self.captures["drawing"], ValueTracker(0), self.cast.steps
        plot = parts.SchedulePlot(film.alphas_cumprod[::-1], width=5.4, height=3.6)
        plot.names["noise"].shift(0.1 * RIGHT)
        # Its curve ends where the axis has its last number.
        plot.names["picture"].shift(0.35 * UP + 0.1 * RIGHT)
        plot.shift([6.6 - plot.get_right()[0], -0.1, 0])
        drawing, static, level = self.corners["drawing"], film.noise[0], plot.value
        one, plus, other, equals, picture = adds_up(
            LivePicture(lambda t: to_pixels(level("picture", t) * drawing), step, height=3.6),
            LivePicture(lambda t: to_pixels(level("noise", t) * static), step, height=3.6),
            Walk(self.film, step, height=3.6, crossfade=True),
        )
        amounts = [
            reading(f"{name} ×", partial(level, name), step, color, 2).next_to(tile, DOWN, buff=0.35)
            for name, tile, color in (("picture", one, theme.SIGNAL), ("noise", other, theme.NOISE))
        ]
        with self.say("How does a program drown a picture? It adds ⟨static⟩, which it calls ⟨noise⟩."):
            self.show(one, amounts[0])
            self.mark().show(plus, other)
            self.mark().show(amounts[1], equals, picture)
        with self.say("Always to the clean picture, dial by dial: less of that, and more of this."):
            self.follow(step, 0.35 * steps)
        with self.say("How ⟨much⟩ picture, at each step: it falls. How ⟨much⟩ noise: it rises."):
            here = picture.animate.scale_to_fit_height(4.2).move_to([-4.55, 0.55, 0])
            self.hide(one, plus, other, equals, *amounts, here, run_time=0.8)
            self.show(plot.axes)
            for name in ("picture", "noise"):
                self.mark().show(Create(plot.curves[name]), plot.names[name], run_time=1.2)
        markers = [plot.marker("picture", step), plot.marker("noise", step), plot.line_at(step)]
        squares = theme.text("picture² + noise² = 1", theme.LABEL).move_to([1.1, 3.1, 0])
        with self.say("Square both, and at every step they add up to one."):
            self.show(*markers, squares)
        beyond = int(np.argmax(film.noise_level[::-1] > 1.2 * film.signal_level[::-1]))
        with self.say(f"At step {beyond} there is more noise than picture."):
            self.run(step, beyond, self.line.remaining, FadeOut(squares))
        left = f"{float(f'{1 / film.signal_level[0]:.1g}'):,.0f}"
        part = theme.text(f"1 / {left}", theme.LABEL, theme.SIGNAL)
        with self.say(f"After {counted(steps, 'step')}, one part in ⟨{left}⟩ of it is left."):
            self.run(step, steps, 1.6)
            self.mark().show(part.move_to(plot.point(0.5 * steps, 0.18)))

    def derivation(self) -> None:
        self.tell(self._one_step, self._two_steps, self._all_steps, self._fan, self._home)

    @proof
    def one(self) -> Lines:
        """One step of drowning."""
        film = self.captures["drawing"]
        return (
            ("How likely is each next value? q is a ⟨bell⟩, N: its middle is the old value, turned ⟨down⟩. "
             "Beta is its variance, alike for all dials: I.",
             r"q(x_t | x_(t-1)) = cal(N)(sqrt(1 - beta_t) x_(t-1), beta_t I)",
             "the rule by which a picture is drowned, one step"),
            ("Why down? ⟨Square⟩ both amounts: together they fill one bar, at every step.",
             r"sqrt(1 - beta_t)^2 + sqrt(beta_t)^2 = 1", noise_checks.squares_add.on(film)),
            ("Call one minus beta alpha, and roll: the old state, plus fresh static, epsilon.",
             r"x_t = sqrt(alpha_t) {{ x_(t-1) : before }} + sqrt(1 - alpha_t) epsilon_t",
             noise_checks.one_step.on(film, static=self.static)),
        )  # fmt: skip

    @proof
    def steps(self) -> Lines:
        """Two steps make one."""
        film, given = self.captures["drawing"], {"picture": self.corners["drawing"], "static": self.static}
        two = r"alpha_t alpha_(t-1)"
        before = r"(sqrt(alpha_(t-1)) x_(t-2) + sqrt(1 - alpha_(t-1)) epsilon_(t-1))"
        return (
            ("The state before came about in the same way. Put that in.",
             rf"x_t = sqrt(alpha_t) {{{{ {before} : before }}}} + sqrt(1 - alpha_t) epsilon_t",
             noise_checks.two_steps.on(film, **given)),
            ("Multiply out: one share of picture, and two of static.",
             rf"x_t = sqrt({two}) x_(t-2) + sqrt(alpha_t (1 - alpha_(t-1))) epsilon_(t-1) + sqrt(1 - alpha_t) epsilon_t",
             noise_checks.two_steps.on(film, **given)),
            ("Both are bells. Independent bells ⟨add⟩ up to a bell, and their variances add.",
             rf"alpha_t (1 - alpha_(t-1)) + 1 - alpha_t = 1 - {two}", noise_checks.variances_add.on(film)),
            ("So two pieces of static are as good as one. Two steps are one step.",
             rf"x_t = sqrt({two}) x_(t-2) + sqrt(1 - {two}) epsilon",
             noise_checks.merged.on(film, static=self.static)),
        )  # fmt: skip

    @proof
    def jump(self) -> Lines:
        """Any number of steps makes one."""
        film = self.captures["drawing"]
        return (
            ("Begin at the clean picture, x zero. Alpha bar is the product of all alphas so far.",
             rf"{BAR} = alpha_t {BEFORE} = alpha_t alpha_(t-1) dots.c alpha_1", noise_checks.product.on(film)),
            ("Suppose that t minus one steps make a single one, as the first does.",
             rf"x_(t-1) = sqrt({BEFORE}) x_0 + sqrt(1 - {BEFORE}) epsilon", reverse_checks.mixture.on(film)),
            text_only("One more step makes, by the same rule, one step again.",
                      rf"x_t = sqrt(alpha_t {BEFORE}) x_0 + sqrt(1 - alpha_t {BEFORE}) epsilon",
                      noise_checks.one_more.on(film)),
            ("Then one more makes one again: you can ⟨jump⟩ from the clean picture to any state, as the program did.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(film)),
        )  # fmt: skip

    @proof
    def lengths(self) -> Lines:
        """How long static is."""
        static, d = self.static, self.static[0].size
        return (
            ("Why? Square all d numbers of a piece, and ⟨add⟩. Each brings, on average, one.",
             r"EE norm(epsilon)^2 = 1 + 1 + dots.c + 1 = d", noise_checks.mean_square.on(static=static)),
            (f"Take the root: ⟨root⟩ d, about {self.root:.0f}. And here are the lengths of all {spelled(PIECES)}.",
             r"norm(epsilon) approx sqrt(d)", noise_checks.length_law.on(static=static)),
            text_only("By parts, since the bell's slope is minus y times p, the fourth power gives three.",
                      r"EE epsilon_i^4 = integral y^3 dot.c y p(y) dif y = 3 integral y^2 p(y) dif y = 3",
                      noise_checks.fourth_by_parts),
            text_only("How much does one square vary? Its own square's average, less its average squared: two.",
                      rf"{VAR} epsilon_i^2 = EE epsilon_i^4 - (EE epsilon_i^2)^2 = 3 - 1 = 2",
                      noise_checks.variance_of_square),
            text_only("Independent squares' variances add.", rf"{VAR} norm(epsilon)^2 = 2 + 2 + dots.c + 2 = 2 d",
                      noise_checks.variance_of_squares.on(static=static)),
            text_only("Change d by a little, s. Then its root changes by s over two root d.",
                      r"sqrt(d + s) approx sqrt(d) + s / (2 sqrt(d))", noise_checks.root_is_nearly_straight.on(d=d)),
            text_only("The square spreads by root two d. Times the slope, d cancels.",
                      r"sqrt(2 d) / (2 sqrt(d)) = 1 / sqrt(2)", noise_checks.spread_of_length.on(d=d)),
            text_only("So it is root d long, give or take one over root two, for any number of dials.",
                      r"norm(epsilon) approx sqrt(d) plus.minus 1 slash sqrt(2)",
                      noise_checks.length_law.on(static=static)),
        )  # fmt: skip

    @proof
    def angles(self) -> Lines:
        """Static is at right angles to every picture, and to other static."""
        given = {"picture": self.corners["drawing"].astype(np.float64), "static": self.static}
        return (
            ("And the angle? Along the picture, in direction ⟨u⟩, static is a ⟨single⟩ roll: zero, give or take one.",
             r"u dot.c epsilon tilde.op cal(N)(0, u_1^2 + dots.c + u_d^2) = cal(N)(0, 1)",
             noise_checks.along_picture.on(**given)),
            ("Over its length, root d, that is next to ⟨nothing⟩: phi is a right angle, to any picture.",
             r"cos phi = (u dot.c epsilon) slash norm(epsilon) approx 0 plus.minus 1 slash sqrt(d)",
             noise_checks.cosine_to_picture.on(**given)),
            text_only("The direction may be that of another piece: two of them are at a right angle, too.",
                      r"cos phi = (epsilon dot.c epsilon') / (norm(epsilon) norm(epsilon')) approx 0 plus.minus 1 / sqrt(d)",
                      noise_checks.cosine_law.on(static=self.static)),
        )  # fmt: skip

    @proof
    def turning(self) -> Lines:
        """Drowning is a quarter turn."""
        return (
            ("Now ⟨drown⟩ it. The two roots are a cosine and a sine: a quarter turn, from picture to static.",
             rf"x_t = sqrt({BAR}) signal(g) x_0 + sqrt(1 - {BAR}) epsilon",
             noise_checks.quarter_turn.on(self.captures["drawing"])),
        )  # fmt: skip

    def _chain(self, names: tuple[str, ...]) -> tuple[parts.Chain, list[float]]:
        """The first states of five big steps, above the equations; and β of the steps between them."""
        film = self.captures["coarse"]
        alphas = noise.alphas(film.alphas_cumprod[::-1].tolist())
        chain = parts.Chain(film.pictures[::-1][1 : len(names) + 1], names, height=1.7)
        return chain.move_to([-1.2, 2.4, 0]), [1 - alpha for alpha in alphas[1:]]

    def _one_step(self) -> None:
        # A picture gets quieter, and noise comes on top: one dial's bell, and two amounts that fill a bar.
        (chain, (beta, *_)), s, old = self._chain((r"x_(t-1)", r"x_t")), ValueTracker(), 0.8

        def bell(x: np.ndarray, s: float) -> np.ndarray:
            spread = np.sqrt(s * beta)
            return noise_checks.bell((x - old * (1 - s + s * np.sqrt(1 - beta))) / spread) / spread

        # It starts as narrow as fits below the top.
        s.set_value((noise_checks.bell(np.zeros(1))[0] / 1.5) ** 2 / beta)
        axes = parts.Axes((-2, 3), (0, 1.6), "value of a dial", "how likely", width=5.0, height=2.2)
        axes.move_to([2.9, 1.0, 0])
        curve = parts.live_curve(axes, bell, s, color=theme.NOISE)
        before = Line(axes.point(old, 0), axes.point(old, 1.6), color=theme.SIGNAL, stroke_width=6)
        name = theme.text("old value", theme.LABEL, theme.SIGNAL).next_to(before, UP, buff=0.1)
        chain.scale(1.9).move_to(theme.SAFE_CENTER)
        self.add(chain.states[0])
        with self.say("One step from state to state: the old one gets ⟨quieter⟩, and static comes on top."):
            self.mark().show(Create(chain.arrows[0]), chain.states[1])
        told = self.prove(self.one, at=[0, -1.7, 0])
        with told.saying():
            self.move(chain.animate.scale(1 / 1.9).move_to([-4.2, 1.9, 0]), FadeIn(axes, before, name))
            told.write()
            self.mark().show(curve, run_time=0.4)
            self.mark().turn(s, 1, run_time=1.8)
        bar = SHARES(lambda s: (1 - s * beta, s * beta), s, width=6.0).move_to([3.2, 1.6, 0])
        with told.saying():
            self.hide(axes, curve, before, name)
            s.set_value(0)
            self.show(bar, run_time=0.5)
            self.mark().turn(s, 1)
        told.step()
        self.sweep()

    def _two_steps(self) -> None:
        # Three states and a bar: each step shortens what is there and fills up with noise. Then one step for two.
        (chain, (first, second, *_)), s = self._chain((r"x_(t-2)", r"x_(t-1)", r"x_t")), ValueTracker(0)

        def shares(s: float) -> tuple[float, float, float]:
            one, two = min(s, 1) * first, max(s - 1, 0) * second
            return (1 - one) * (1 - two), one * (1 - two), two

        three = (theme.SIGNAL, theme.NOISE, theme.NOISE)
        bar = SHARES(shares, s, colors=three, width=8.3).move_to([-1.2, 0.3, 0])
        bar.parts[1].set_opacity(0.4)
        told = self.prove(self.steps, at=[0, -1.7, 0])
        self.add(chain)
        with told.saying():
            self.show(bar, run_time=0.5)
            self.turn(s, 1)
        with told.saying():
            self.turn(s, 2)
        # Two bells, one for each grey share; added, the first widens.

        def bell(x: np.ndarray, add: float, old: float, new: float = 0) -> np.ndarray:
            spread = np.sqrt(old + add * new)
            return noise_checks.bell(x / spread) / spread

        one, other, add = first * (1 - second), second, ValueTracker(0)
        two = {
            "old": (theme.INK, partial(bell, old=one, new=other)),
            "new": (theme.NOISE, partial(bell, old=other)),
        }
        laws = parts.Laws(two, add, reach=2.5, top=1.3, x_label="a dial")
        with told.saying():
            self.swap(laws, instead_of=chain)
            told.write()
            self.mark().run(add, 1, 1.2, FadeOut(laws.curves["new"], laws.names["new"]))
        with told.saying():
            told.write()
            alike = bar.parts[1].animate.set_opacity(1)
            self.swap(chain.states[0], chain.states[2], chain.leap(), alike, instead_of=laws)
        self.sweep()

    def _all_steps(self) -> None:
        # The whole film, and the bar that tells how much of it is still the picture.
        film, step, steps = self.captures["drawing"], ValueTracker(0), self.cast.steps
        levels = film.alphas_cumprod[::-1]
        level = partial(np.interp, xp=np.arange(len(levels)), fp=levels)
        picture = Walk(self.film, step, height=3.2).move_to([-5.0, 1.95, 0])
        bar = SHARES(lambda s: (level(s), 1 - level(s)), step, width=6.4).move_to([0.4, 2.3, 0])
        told = self.prove(self.jump, at=[0, -1.5, 0])
        self.add(picture)
        for share in (0.3, 0.5):
            with told.saying():
                self.show(bar, run_time=0.5)
                told.write()
                self.run(step, share * steps, 1.0)
        with told.saying():
            told.write()
            self.mark().run(step, steps, 2.0)
        self.sweep()

    def _fan(self) -> None:
        # Static as rays over a picture that lies flat: the more dials are counted, the more upright they stand.
        drawing, n, lay = self.corners["drawing"], ValueTracker(1), ValueTracker(0)
        sizes, turns = noise.counting(np.stack([drawing, *self.static]), self.cast.seed)
        tilts = [noise.angle(self.static[0], one) for one in (drawing, *self.static)]

        def end(k: int) -> Callable[[float, float], tuple[float, float]]:
            at = lambda n: (k, round(10**n) - 1)  # noqa: E731
            return lambda n, lay: (sizes[at(n)], (1 - lay) * turns[at(n)] + lay * tilts[k])

        fan = parts.Fan(1.12, radius=3.3).shift([-2.1, -2.75, 0])
        grey = {"color": theme.NOISE, "width": 3}
        rays = VGroup(*(fan.live_ray(end(k), n, lay, **grey) for k in range(1, PIECES + 1)))
        flat = fan.live_ray(end(0), n, lay, color=theme.SIGNAL)
        thumb = Picture(self.film[0], 1.4).move_to([3.2, -2.0, 0])
        piece = Picture(to_pixels(self.static[0]), 1.4).move_to(thumb)
        number = LiveNumber(lambda n: round(10**n), n, decimals=0, size=theme.TITLE, color=theme.TIME)
        many = theme.text("dials counted", theme.LABEL, theme.TIME)
        counter = VGroup(many, number).arrange(DOWN, buff=0.3).move_to([4.4, 1.3, 0])
        middle = named(Dot(fan.point(0, 0), radius=0.14), "mid-grey", gap=-0.9)
        self.add(thumb)
        with self.say(f"Where does that lead? Seen from mid-grey, let the ⟨{self.names[0]}⟩ lie flat."):
            self.show(fan.base, middle)
            self.mark().show(Create(flat))
        with self.say(f"Now ⟨{spelled(PIECES)}⟩ pieces of static. Count ⟨ten⟩ dials: they point anywhere."):
            self.hide(middle)
            self.mark().gather(rays)
            self.mark().show(counter)
        with self.say(self.upright):
            self.mark().run(n, float(np.log10(drawing.size)), self.line.remaining)
            self.show(fan.ticks, run_time=0.5)
        with self.say(self.apart):
            self.mark().swap(piece, lay.animate.set_value(1), instead_of=thumb, run_time=2.0)
        self.swap(thumb, lay.animate.set_value(0), instead_of=piece)
        self._measured(fan, counter)
        self._quarter_turn(fan, flat, thumb)

    def _measured(self, fan: parts.Fan, counter: VGroup) -> None:
        # Beside the fan what each line speaks of: squares that add up, lengths, and the angle.
        m = ValueTracker(0)
        added = np.append(0, np.cumsum(self.static[0].astype(np.float64).ravel() ** 2))
        sums = VGroup(reading("dials added:", round, m, theme.TIME).move_to([3.6, 0.6, 0]))
        sums.add(reading("squares:", lambda m: added[round(m)], m, theme.NOISE).move_to([3.6, -0.2, 0]))
        found = noise_checks.lengths(self.static)
        reach = max(2.8, *(1.05 * np.abs(found - self.root)))
        ends = self.root - reach, self.root + reach
        lengths = parts.DotRow(found, ends, x_label="length", color=theme.NOISE, width=3.2).scale(1.35)
        lengths.shift(np.array([2.1, -0.6, 0]) - lengths.line[0].get_center())
        mark = lengths.mark(self.root, "√d", height=1.5)
        u = theme.text("u", theme.LABEL, theme.SIGNAL).move_to(fan.point(0.25, 22))
        phi = [fan.arc(0.45, 0, 90, theme.INK), theme.text("φ", theme.LABEL).move_to(fan.point(0.6, 45))]
        told = self.prove(self.lengths, at=[-1.2, 2.5, 0])
        with told.saying():
            self.swap(sums, instead_of=counter)
            told.write()
            self.mark().run(m, self.static[0].size, self.line.remaining)
        with told.saying():
            told.write()
            self.mark().swap(lengths, mark, Create(fan.arc(1.0, color=theme.INK)), instead_of=sums)
        told.clear()
        told = self.prove(self.angles, at=[-1.2, 2.5, 0])
        with told.saying():
            told.write()
            self.mark().show(u)
            self.mark().point(u, fan)
        with told.saying():
            told.write()
            self.mark().show(*phi)
        told.clear()
        self.hide(lengths, mark, u, *phi)

    def _quarter_turn(self, fan: parts.Fan, flat: Line, thumb: Picture) -> None:
        # The picture is turned up until it is as long as static, and is still that picture. Then it turns.
        drawing, gain, turn = self.corners["drawing"], ValueTracker(1), ValueTracker(0)

        def at(gain: float, turn: float) -> np.ndarray:
            return np.cos(turn) * gain * drawing + np.sin(turn) * self.static[0]

        def end(gain: float, turn: float) -> tuple[float, float]:
            x = at(gain, turn)
            return noise.length(x) / self.root, noise.angle(drawing, x)

        here = LivePicture(lambda g, t: to_pixels(at(g, t)), gain, turn, height=4.2).move_to([4.5, -0.8, 0])
        ray = fan.live_ray(end, gain, turn, color=theme.SIGNAL).set_z_index(1)
        with self.say(
            f"The {self.names[0]} is shorter. Turn it ⟨up⟩, g times as loud: still the {self.names[0]}. "
            "Length is only loudness. The ⟨direction⟩ tells."
        ):
            self.move(into(thumb, here), run_time=0.6)
            self.add(here, ray)
            self.remove(thumb, flat)
            self.mark().turn(gain, self.root / noise.length(drawing), run_time=2.0)
            self.mark().point(ray)
        told = self.prove(self.turning, at=[-1.2, 2.7, 0])
        with told.saying():
            told.write()
            self.mark().run(turn, np.pi / 2, self.line.remaining)
        self.sweep()

    def _home(self) -> None:
        # A chart: away from one island to the static in the middle; all around lie other islands.
        rolls, middle, here = self._rolls(7, 13), (3, 6), np.array([0, 0.45, 0])
        rolls[middle] = to_pixels(self.static[0])
        homes = dict(zip(HOMES, (home.pictures[-1] for home in self.captures["homes"]), strict=True))
        chart = parts.Chart(noise.chart(rolls, homes, 2.0), 1.35).center_on(middle, here)
        roads = [Line(here, chart.place(home), color=theme.INK, stroke_width=5, buff=0.5) for home in HOMES]
        you = Dot(here, radius=0.2, color=theme.WRONG).set_stroke(theme.BACKGROUND, width=6)
        chart.scale(3).center_on(HOMES[0])
        with self.say(
            "The chart, its pictures pulled together. Near one there is mostly itself, under static."
        ):
            self.add(chart)
            self.play(chart.zoom(0.75), run_time=self.line.remaining)
        with self.say("Far away is static. Suppose you stand ⟨here⟩: which way is home?"):
            self.move(chart.animate.center_on(middle, here), run_time=2.0)
            self.mark().show(you)
            self.play(chart.zoom(1 / 2.25, here), run_time=self.line.remaining)
        with self.say(f"There are many homes. {self.no_hint}"):
            self.mark().draw(roads)
        with self.say("Nothing in it says which way to go. ⟨So⟩ the way home has to be learnt."):
            self.mark().move(you.animate.scale(1.4))

    def remember(self) -> parts.Chart:
        """An island in the sea of static: a picture, and all around it what is near."""
        return self._island(9, (2, 4))
