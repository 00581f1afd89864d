"""Chapter 1: where a picture is, what is near it, and how it is drowned in noise."""

from collections.abc import Callable
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, Dot, Ellipse, FadeIn, FadeOut, Line, ValueTracker, VGroup
from manim.utils.rate_functions import ease_in_sine, ease_out_sine, linear

from course import grammar
from course.maths import noise, noise_checks, reverse_checks
from course.precompute import CaptureSpec, Specs
from course.stage import Chapter, Equation, LivePicture, Picture, Walk, parts, theme
from course.stage.parts.driven import drive
from course.stage.parts.pictures import to_pixels
from course.stage.places import adds_up, into, named, reading, side_by_side
from course.stage.proofs import Lines, Told, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

PIECES = 32
# The sea: units from tile to tile, seen from near; how small it is from afar; how many tiles a shore is wide.
TILE, FAR, SHORE = 1.6, 0.5, 3.0
ROWS, COLUMNS, FROM, ISLAND = 11, 72, (5, 9), (5, 62)
FEW = 3  # dials: as many as a room has directions
AROUND = (0, 42, 75, 105, 138, 180, 235, 305)  # degrees: where pictures lie on the ground, as seen from above
SHARES = partial(parts.Shares, colors=(theme.SIGNAL, theme.NOISE), names=("picture²", "static²"))
BAR, BEFORE, VAR = r"overline(alpha)_t", r"overline(alpha)_(t-1)", 'op("Var")'
OLD, TWO, ALL = ("old²", "static²"), "alpha_t alpha_(t-1)", "alpha_t alpha_(t-1) dots.c alpha_1"


class Noise(Chapter):
    """Where a picture is: 3,072 numbers, almost all of them static, and how a picture gets lost there."""

    title = "Where is a picture?"
    question = "What is near a picture, and what is far away?"
    letters = {"u": theme.SIGNAL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Drawings, two of them drowned step by step, and pieces of static as every walk starts from."""
        cast, drawn = self.cast, partial(CaptureSpec, model="forward:prompt")
        homes = grammar.relatives(cast.prompt, cast.other, len(AROUND))
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
        sentence = f"Count ⟨more⟩: all get equally long, and turn to a right angle with the {self.names[0]}."
        return self._askew(f"{PIECES} captured pieces and the picture", sentence, *self.static)

    @verdict
    def apart(self) -> Verdict:
        sentence = "And with each other? Lay ⟨one⟩ of them flat. The others still stand at a right angle."
        return self._askew("a captured piece and all others", sentence, *self.static[1:], to=self.static[0])

    @verdict
    def no_hint(self) -> Verdict:
        said, homes = "a piece of static, one drawing and others", self.captures["homes"]
        sentence = "⟨Static⟩ stands at a right angle to ⟨every⟩ one of them."
        return self._askew(said, sentence, *(home.states[-1] for home in homes), to=self.static[0])

    def _askew(self, of: str, says: str, *things: np.ndarray, to: np.ndarray | None = None) -> Verdict:
        """How far from a right angle the things are, to the drawing if to nothing else; by chance, one over root d."""
        askew = [abs(noise.angle(self.corners["drawing"] if to is None else to, one) - 90) for one in things]
        how = f"largest distance from 90° of the angles between {of}"
        return Verdict(max(askew), (5 * np.degrees(1 / self.root), says), (inf, None), how=how, unit="°")

    def story(self) -> None:
        self.tell(self._dive, self._sea, self._drowning, self._backwards)

    def _dive(self) -> None:
        # Into a picture, closer and closer, until it is numbers; one of them is a dial that is turned.
        drawing, (rows, columns, colours) = self.film[0], self.film.shape[1:]
        row, column = noise.busiest(drawing, margin=12)  # in the middle: the dive leaves all edges at once
        channel, low, high = 1, drawing.copy(), drawing.copy()  # green is what the eye sees most of
        low[row, column, channel], high[row, column, channel] = 0, 255
        rolls = noise.settings((ROWS, COLUMNS, *drawing.shape), self.cast.seed)
        frames = np.stack([drawing, low, high, drawing, *rolls[FROM[0], FROM[1] - 5 : FROM[1] + 1]])
        turn = ValueTracker(0)
        picture = Walk(frames, turn, height=5.2, crossfade=True).move_to([0, 1.05, 0])
        zoom = parts.PixelZoom(picture, row, column)
        self.add(picture)
        with self.opening(f"Here is {self.cast.prompt}. Come closer. It is made of squares."):
            self.play(zoom.approach(), run_time=self.line.remaining, rate_func=linear)
        # lint: allow cast-word — the three primaries of every screen, whoever plays
        with self.say(f"{self.question} Each square is ⟨three⟩ numbers: so much red, green and blue."):
            self.show(zoom.show_grid())
            self.mark().show(zoom.show_numbers(), run_time=1.6)
        one = noise.moving(frames, [int(np.ravel_multi_index((row, column, channel), drawing.shape))])
        knob = parts.Knob(lambda t: float(one(t)[0]), turn, most=255)
        plate = theme.plate(knob, opacity=1).move_to([4.9, 0.3, 0])
        wire = Line(picture.pixel_center(row, column), plate.get_left(), color=theme.SIGNAL, stroke_width=8)
        tip = Dot(wire.get_start(), radius=0.14, color=theme.SIGNAL)
        # lint: allow cast-word — one of the three primaries
        with self.say("A number is a dial, from 0 to 255. ⟨Turn⟩ the one for green: less of it, and ⟨more⟩."):
            self.hide(FadeOut(zoom.numbers))
            self.show(Create(wire), tip, plate)
            self.mark().turn(turn, 1, run_time=1.8)
            self.mark().turn(turn, 2, run_time=1.8)
        count = theme.text(f"= {drawing.size:,}", theme.TITLE, theme.SIGNAL)
        product = theme.text(f"{rows} × {columns} × {colours}", theme.TITLE, theme.SIGNAL)
        VGroup(product, count).arrange(DOWN, buff=0.4).move_to([3.6, 0.6, 0])
        each = f"{spelled(rows)} rows, {spelled(columns)} columns, {spelled(colours)} numbers in each square"
        with self.say(f"{each.capitalize()}: ⟨{drawing.size:,}⟩ numbers. That is all there is to a picture."):
            self.hide(plate, wire, tip, zoom.grid)
            self.move(zoom.retreat(), turn.animate.set_value(3), run_time=1.4)
            self.move(picture.animate.scale_to_fit_height(5.6).move_to([-3.6, 0.4, 0]), FadeIn(product))
            self.mark().show(count)
        self._all_dials(picture, turn, frames, VGroup(product, count))

    def _all_dials(self, picture: Walk, turn: ValueTracker, frames: np.ndarray, sizes: VGroup) -> None:
        # A wall of dials, all turned at random: static; and how many settings there are.
        numbers = frames[0].size
        some = noise.moving(frames, np.linspace(0, numbers - 1, 15).astype(int).tolist())
        dials = parts.Dials(lambda t: some(t) / 255, turn, radius=0.48)
        dials.arrange_in_grid(rows=3, cols=5, buff=0.3).move_to([3.6, 0.8, 0])
        more = theme.text(f"… {numbers:,} dials", theme.SENTENCE, theme.SIGNAL).next_to(dials, DOWN, buff=0.4)
        with self.say("Now turn all dials at random. What will you see?"):
            self.hide(sizes)
            self.show(dials, more)
            self.turn(turn, 4, run_time=1.6)
        with self.say("Static. Try ⟨again⟩: static. Once ⟨more⟩: it is always static."):
            for value in (5, 6):
                self.mark().turn(turn, value)
        digits = noise.digits(numbers)
        times = theme.text("256 · 256 · 256 · …", theme.SENTENCE, theme.SIGNAL)
        count = theme.text(f"{digits:,} digits", theme.TITLE, theme.TIME)
        atoms = theme.text("atoms in the universe:\n80 digits", theme.LABEL, theme.MUTED)
        whole = VGroup(times, count, atoms).arrange(DOWN, buff=0.5).move_to([3.6, 0.5, 0])
        asked = f"How many settings ⟨are⟩ there? 256, ⟨times⟩ 256, and so on: a number of ⟨{digits:,}⟩ digits"
        with self.say(f"{asked}. The number of ⟨atoms⟩ in the universe has only eighty."):
            self.mark().swap(times, turn.animate.set_value(7), instead_of=VGroup(dials, more))
            self.mark().turn(turn, 8, run_time=1.6)
            self.mark().show(count, turn.animate.set_value(9))
            self.mark().show(atoms, turn.animate.set_value(8))
            self.turn(turn, 9, run_time=self.line.remaining)
        self.hide(whole, picture.animate.scale_to_fit_height(6.0).center(), run_time=0.8)

    def _island(self, rows: int = ROWS, columns: int = COLUMNS, at: tuple[int, int] = ISLAND) -> parts.Chart:
        """Dials turned at random, far and wide; in one place the picture, and around it what is near."""
        rolls = noise.settings((rows, columns, *self.film.shape[1:]), self.cast.seed)
        return parts.Chart(noise.chart(rolls, {at: self.film[0]}, SHORE), TILE)

    def _sea(self) -> None:
        # Out of one piece of static into a sea of it; a long way off, an island: a picture with a shore of snow.
        chart, gone = self._island(), self.on_stage
        near = 6.0 / chart.tile_height
        self.add(chart.scale(near).center_on(FROM))
        self.remove(*gone)
        with self.say("Each square of this chart is one setting of all dials. A sea of static."):
            self.play(chart.zoom(FAR / near), run_time=self.line.remaining + 0.3)
        out = (ISLAND[0], round(0.3 * FROM[1] + 0.7 * ISLAND[1]))
        with self.say(self.rare):
            self.move(chart.animate(rate_func=ease_in_sine).center_on(out), run_time=self.line.remaining)
        with self.say("An island: we know the way. And what is ⟨near⟩ it? Itself, with a little static."):
            self.move(chart.animate(rate_func=ease_out_sine).center_on(ISLAND), run_time=2.4)
            self.mark().play(chart.zoom(3), run_time=self.line.remaining)
        with self.say("Farther out, more and more static. Then the open sea."):
            self.play(chart.zoom(1 / 3), run_time=self.line.remaining)
        island = Picture(self.film[0], chart.tile_height)
        self.add(island)
        self.hide(chart, island.animate.scale_to_fit_height(5.0).move_to([0, 0.95, 0]), run_time=1.0)

    def _drowning(self) -> None:
        # The picture is drowned, little by little; and nobody can tell it from static that never was one.
        step, steps, still = ValueTracker(0), self.cast.steps, self.on_stage
        picture = Walk(self.film, step, height=5.0).move_to([0, 0.95, 0])
        row = parts.StepDots(steps, step, width=8.0).next_to(picture, DOWN, buff=0.3)
        dots = VGroup(row, theme.text("step", theme.LABEL, theme.TIME).next_to(row.dots, LEFT, buff=0.4))
        self.add(picture)
        self.remove(*still)
        with self.say("Now drown it, slowly. Some static, and you hardly mind. Some more. You still see it."):
            self.show(dots)
            self.follow(step, 0.5 * steps)
        with self.say("At which step is it gone? You cannot say. In the end: harsh, plain static."):
            self.follow(step, steps)
        left, right = Picture(self.film[-1]), Picture(to_pixels(self.static[PIECES // 2]))
        pair = side_by_side(left, right, ("left?", "right?"), height=4.6, size=theme.SENTENCE)
        asked = [one[1] for one in pair]
        answer = theme.text(f"the {self.names[0]}", theme.SENTENCE, theme.SIGNAL).move_to(asked[0])
        with self.say(f"One of these was the {self.names[0]}. The other never was anything. Can you tell?"):
            self.instead(left, right, *asked)
            self.point(left, right)
        with self.say(self.drowned):
            self.mark().swap(answer, instead_of=asked[0])
            self.point(left, answer)
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
        ramp = Picture(np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None], (24, 256, 3)), 0.7)
        scale = VGroup(ramp.move_to([2.4, 0.6, 0]))
        sides = UP + LEFT, UP + RIGHT, DOWN + LEFT, DOWN + RIGHT, DOWN
        for said, end in zip(("0", "255", "−1", "1", "0"), sides, strict=True):
            label = theme.text(said, theme.LABEL, theme.MUTED if end[1] > 0 else theme.SIGNAL)
            scale.add(label.next_to(ramp.get_corner(end), end * UP, buff=0.25))
        self.add(card)
        sizes = f"{spelled(shape[0])} ⟨sheets⟩, one for each colour, with {spelled(shape[1])} rows and {spelled(shape[2])} columns"
        with self.say(f"In the program it is a block of numbers, a ⟨tensor⟩ called x: {sizes}."):
            self.mark().point(VGroup(card.name, card.shape_label))
            self.mark().gather(sheets, self.line.remaining, 0.5)
        with self.say("A dial's settings, 0 to 255, go from ⟨minus⟩ one to ⟨one⟩ there: ⟨zero⟩ is mid-grey."):
            self.swap(*scale[:3], instead_of=sheets)
            for label in scale[3:]:
                self.mark().show(label, run_time=0.5)
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
        with self.say(f"So ⟨{numbers:,}⟩ numbers make ⟨one⟩ place, in a space that nobody can draw whole."):
            self.mark().show(many)
            self.mark().swap(spot, card.picture.copy().animate.scale(0.02).move_to(spot), instead_of=card)
            self.point(spot, many)

    def _sheet(self) -> None:
        # The exact plane through two drawings and a piece of static; a dot walks over it, and its picture shows.
        one, two = self.names
        sheet = parts.Sheet([*self.corners.values()], 10.6, 4.5)
        sheet.scale(min(1, 12 / sheet.width)).move_to([-0.3, 0.35, 0])
        start, other, static = (sheet.point(spot) for spot in sheet.spots)
        short = theme.text(f"{self.away[0]:.0f}", theme.SENTENCE, theme.SIGNAL)
        long = theme.text(f"{self.away[1]:.0f}", theme.SENTENCE, theme.NOISE)
        short.next_to((start + other) / 2, LEFT, buff=0.25)
        long.next_to((start + static) / 2, UP, buff=0.4)
        ruler = Equation(r'sqrt("difference"^2 + dots.c)', definition="a distance", font_size=44)
        ruler.move_to([2.6, -2.0, 0])
        dots = [Dot(at, 0.14) for at in (start, other, static)]
        self.instead(sheet.corners[0], dots[0])
        three = f"Three places: the {one}, a second drawing, the ⟨{two}⟩, and ⟨static⟩"
        with self.say(f"{three}. Exactly one ⟨flat⟩ sheet goes through all three: that can be drawn."):
            for corner, dot in zip(sheet.corners[1:], dots[1:], strict=True):
                self.mark().show(corner, dot)
            self.mark().show(Create(sheet.triangle.set_z_index(1)), run_time=1.4)
        with self.say("How far apart? ⟨Square⟩ the difference of each dial, add, take the root."):
            self.mark().show(ruler)
        with self.say(self.farther):
            self.show(short)
            self.mark().show(long)
        # The strongest image: the sheet fills the frame; then the picture that is where the dot stands.
        there = sheet.there(4.6).move_to([-4.4, 0.3, 0])
        # Both drawings go to the left edge, so that what is seen lies between the three.
        closer = 4 * TILE / (start - other)[1]
        with self.say("Each place on this sheet is one setting of the dials: a picture, everywhere."):
            self.hide(short, long, ruler, *dots, run_time=0.3)
            self.move(sheet.animate.scale(closer, about_point=start).shift([-4 * TILE, 2 * TILE, 0] - start))
            wall = sheet.wall(5, 9, TILE)
            self.show(wall, run_time=0.4)
            self.remove(sheet, *sheet.corners)
        with self.say("Walk on it. The ⟨dot⟩ is where you are, the large ⟨picture⟩ what you see there."):
            self.move(FadeOut(wall), sheet.animate.scale(0.72 / closer).move_to([2.85, 0.2, 0]))
            self.mark().show(FadeIn(sheet.dot, scale=2))
            self.mark().show(FadeIn(there, target_position=sheet.corners[0], scale=0.3))
        home, far, snow = sheet.spots
        with self.say(f"Walk from the {one} to the {two}. Halfway you see both, a double exposure."):
            self.play(*sheet.go(0.5 * (home + far)), run_time=self.line.remaining)
        with self.say("It is neither the one nor the other. Go on."):
            self.play(*sheet.go(far), run_time=self.line.remaining + 0.4)
        with self.say("Now out towards the static. It covers more and more, until nothing is left."):
            self.play(*sheet.go(snow), run_time=self.line.remaining)
        with self.say("Back inside, all three shine through: mixtures, and nothing new."):
            self.play(*sheet.go(0.44 * (home + far) + 0.12 * snow), run_time=1.3)
            self.play(*sheet.go(0.3 * home + 0.58 * far + 0.12 * snow), run_time=self.line.remaining)

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
            one = LivePicture(partial(moved, way), share, roll, height=3.4)
            trio.add(named(one, name, color, gap=0.25, width=4.2))
        trio.arrange(RIGHT, buff=0.6, aligned_edge=UP).align_to([0, 2.65, 0], UP)
        far = reading("each moved by", lambda s: s * self.away[0], share, theme.TIME).move_to([0, -2.65, 0])
        self.instead(trio[0][0])
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

    def _schedule(self) -> None:
        # How a program drowns a picture: two tiles, each by its amount, make one; and the amounts cross.
        film, steps, step = self.captures["drawing"], self.cast.steps, ValueTracker(0.1 * self.cast.steps)
        plot = parts.SchedulePlot(film.alphas_cumprod[::-1], width=5.4, height=3.6)
        plot.names["noise"].shift(0.1 * RIGHT)
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
        self.instead(one, amounts[0])
        with self.say("How does a program drown a picture? It ⟨adds⟩ static, which it calls ⟨noise⟩."):
            self.mark().show(plus, other, amounts[1])
            self.mark().show(equals, picture)
        clean = "Always to the clean picture: less of that, and more of this."
        with self.say(f"{clean} Adding bit by bit gives the same, as you will see."):
            self.follow(step, 0.35 * steps)
        with self.say("How ⟨much⟩ picture, at each step: it falls. How ⟨much⟩ noise: it rises."):
            here = picture.animate.scale_to_fit_height(4.2).move_to([-4.55, 0.55, 0])
            self.hide(one, plus, other, equals, *amounts, here, run_time=0.8)
            self.show(plot.axes)
            for name in ("picture", "noise"):
                self.mark().show(Create(plot.curves[name]), plot.names[name], run_time=1.2)
        markers = [plot.marker("picture", step), plot.marker("noise", step), plot.line_at(step)]
        squares = theme.text("picture² + noise² = 1", theme.LABEL).move_to([1.1, 3.1, 0])
        with self.say("Square both, and at every step they add up to one: it never gets louder than static."):
            self.show(*markers, squares)
            self.follow(step, 0.42 * steps)
        cross = float(np.interp(0, (film.noise_level - film.signal_level)[::-1], np.arange(steps + 1)))
        there = f"They cross at about step ⟨{cross:.0f}⟩: as much noise as picture"
        with self.say(f"{there}. ⟨Then⟩ noise is more."):
            self.run(step, cross, 1.0, FadeOut(squares))
            self.mark().point(*markers[:2])
            self.mark().follow(step, 0.5 * (cross + steps))
        left = f"{float(f'{1 / film.signal_level[0]:.1g}'):,.0f}"
        part = theme.text(f"picture × 1/{left}", theme.LABEL, theme.SIGNAL).next_to(picture, DOWN, buff=0.35)
        with self.say(f"After {counted(steps, 'step')}, the picture is ⟨turned⟩ down to one part in {left}."):
            self.run(step, steps, 1.4)
            self.mark().show(part)

    def derivation(self) -> None:
        self.tell(self._one_step, self._fan, self._home)

    @proof
    def steps(self) -> Lines:
        """One step of drowning; two steps make one; any number of steps makes one."""
        film, given = self.captures["drawing"], {"picture": self.corners["drawing"], "static": self.static}
        before = r"(sqrt(alpha_(t-1)) x_(t-2) + sqrt(1 - alpha_(t-1)) epsilon_(t-1))"
        return (
            ("What stays is called ⟨alpha⟩: root alpha times the old state, and the root of the ⟨rest⟩ times static, epsilon.",
             r"x_t = sqrt(alpha_t) {{ x_(t-1) : before }} + sqrt(1 - alpha_t) epsilon_t", noise_checks.one_step.on(film, static=self.static)),
            text_only("Squared, both amounts add up to one, at every step.",
             r"sqrt(alpha_t)^2 + sqrt(1 - alpha_t)^2 = 1", noise_checks.squares_add.on(film)),
            text_only("In other words, each next value lies under a bell: around the old one, turned down.",
             r"q(x_t | x_(t-1)) = cal(N)(sqrt(alpha_t) x_(t-1), (1 - alpha_t) I)", "the rule by which a picture is drowned, one step"),
            ("The state before came about in the same way. Put that in.",
             rf"x_t = sqrt(alpha_t) {{{{ {before} : before }}}} + sqrt(1 - alpha_t) epsilon_t", noise_checks.two_steps.on(film, **given)),
            ("Multiply out: one share of the old state, and two of static.",
             rf"x_t = sqrt({TWO}) x_(t-2) + sqrt(alpha_t (1 - alpha_(t-1))) epsilon_(t-1) + sqrt(1 - alpha_t) epsilon_t", noise_checks.two_steps.on(film, **given)),
            ("For each dial, static is a bell. Add ⟨two⟩: a bell again, and its variance, the width squared, is the sum.",
             rf"alpha_t (1 - alpha_(t-1)) + 1 - alpha_t = 1 - {TWO}", noise_checks.variances_add.on(film)),
            ("So two pieces of static are as good as one: two steps are one step.",
             rf"x_t = sqrt({TWO}) x_(t-2) + sqrt(1 - {TWO}) epsilon", noise_checks.merged.on(film, static=self.static)),
            text_only("Suppose that all steps but the last make a single one.",
             rf"x_(t-1) = sqrt({BEFORE}) x_0 + sqrt(1 - {BEFORE}) epsilon", reverse_checks.mixture.on(film)),
            text_only("The last one makes, by the same rule, one step again.",
             rf"x_t = sqrt(alpha_t {BEFORE}) x_0 + sqrt(1 - alpha_t {BEFORE}) epsilon", noise_checks.one_more.on(film)),
            ("A third step joins in the same way, and so on, back to the clean picture, x zero. Only the ⟨product⟩ gets longer.",
             rf"x_t = sqrt({ALL}) x_0 + sqrt(1 - {ALL}) epsilon", noise_checks.all_in_one.on(film)),
            text_only("The product of all alphas so far.",
             rf"{BAR} = alpha_t {BEFORE} = {ALL}", noise_checks.product.on(film)),
            ("Call it alpha ⟨bar⟩. One jump from the clean picture to ⟨any⟩ state: that is what the program did.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(film)),
        )  # fmt: skip

    @proof
    def lengths(self) -> Lines:
        """How long static is."""
        static, d = self.static, self.static[0].size
        return (
            ("Why equally long? ⟨Square⟩ the d numbers of a piece, and add: each brings, on average, one.",
             r"EE norm(epsilon)^2 = 1 + 1 + dots.c + 1 = d", noise_checks.mean_square.on(static=static)),
            (f"So its length is root d: the root of {d:,} is about ⟨{self.root:.0f}⟩. All {spelled(PIECES)} end on one ⟨circle⟩.",
             rf'norm(epsilon) approx sqrt(d) = sqrt("{d:,}") approx {self.root:.0f}', noise_checks.length_law.on(static=static)),
            text_only("By parts, since the bell's slope is minus y times p, the fourth power gives three.",
             r"EE epsilon_i^4 = integral y^3 dot.c y p(y) dif y = 3 integral y^2 p(y) dif y = 3", noise_checks.fourth_by_parts),
            text_only("How much does one square vary? Its own square's average, less its average squared: two.",
             rf"{VAR} epsilon_i^2 = EE epsilon_i^4 - (EE epsilon_i^2)^2 = 3 - 1 = 2", noise_checks.variance_of_square),
            text_only("Independent squares' variances add.",
             rf"{VAR} norm(epsilon)^2 = 2 + 2 + dots.c + 2 = 2 d", noise_checks.variance_of_squares.on(static=static)),
            text_only("Change d by a little, s. Then its root changes by s over two root d.",
             r"sqrt(d + s) approx sqrt(d) + s / (2 sqrt(d))", noise_checks.root_is_nearly_straight.on(d=d)),
            text_only("The square spreads by root two d. Times the slope, d cancels.",
             r"sqrt(2 d) / (2 sqrt(d)) = 1 / sqrt(2)", noise_checks.spread_of_length.on(d=d)),
            text_only("So it is root d long, give or take one over root two, for any number of dials.",
             r"norm(epsilon) approx sqrt(d) plus.minus 1 slash sqrt(2)", noise_checks.length_law.on(static=static)),
        )  # fmt: skip

    @proof
    def angles(self) -> Lines:
        """Static is at right angles to every picture, and to other static."""
        given = {"picture": self.corners["drawing"].astype(np.float64), "static": self.static}
        return (
            ("And the angle? ⟨u⟩ is the picture's direction, of length one. Along it, static is as random as a ⟨single⟩ dial: zero, give or take one.",
             r"u dot.c epsilon tilde.op cal(N)(0, u_1^2 + dots.c + u_d^2) = cal(N)(0, 1)", noise_checks.along_picture.on(**given)),
            ("Over its length, root d, that is next to ⟨nothing⟩: phi is a right angle, to any picture.",
             r"cos phi = (u dot.c epsilon) slash norm(epsilon) approx 0 plus.minus 1 slash sqrt(d)", noise_checks.cosine_to_picture.on(**given)),
            text_only("The direction may be that of another piece: two of them are at a right angle, too.",
             r"cos phi = (epsilon dot.c epsilon') / (norm(epsilon) norm(epsilon')) approx 0 plus.minus 1 / sqrt(d)", noise_checks.cosine_law.on(static=self.static)),
        )  # fmt: skip

    @proof
    def turning(self) -> Lines:
        """Drowning is a quarter turn."""
        return (
            ("Now ⟨drown⟩ it. The two roots are a cosine and a sine, the curves that crossed: a quarter turn, from picture to static.",
             rf"x_t = sqrt({BAR}) signal(g) x_0 + sqrt(1 - {BAR}) epsilon", noise_checks.quarter_turn.on(self.captures["drawing"])),
        )  # fmt: skip

    def _one_step(self) -> None:
        # A state gets quieter, and static comes on top: the bar would overflow, so what was there makes room.
        film, s = self.captures["coarse"], ValueTracker(0)
        chain = parts.Chain(film.pictures[::-1][1:4], (r"x_(t-2)", r"x_(t-1)", r"x_t"), height=1.7)
        pair = VGroup(chain.move_to([-1.2, 2.4, 0]).states[1], chain.states[2], chain.arrows[1])
        home, (_, old, new, *_) = pair.get_center(), noise.alphas(film.alphas_cumprod[::-1].tolist())
        bar = SHARES(lambda s: (1 - max(s - 1, 0) * (1 - new), min(s, 1) * (1 - new)), s, width=4, names=OLD)
        bar.move_to([2.4, 1.4, 0])
        names = "alpha_t", "1 - alpha_t"
        amounts = [Equation(name, definition="a share of the bar", font_size=44) for name in names]
        pair.scale(1.9).move_to(theme.SAFE_CENTER)
        self.add(pair[0])
        with self.say("One step, x t minus one to x t: the old gets ⟨quieter⟩, static comes on top."):
            self.mark().show(Create(pair[2]), pair[1])
        why = "Why quieter? ⟨More⟩ static on top would get louder and louder"
        with self.say(f"{why}. So the old makes ⟨room⟩: squared, both fill one bar."):
            self.move(pair.animate.scale(1.2 / 1.9).move_to([-3.6, 1.6, 0]), FadeIn(bar))
            self.mark().turn(s, 1, run_time=1.6)
            self.mark().turn(s, 2, run_time=1.6)
        told = self.prove(self.steps, at=[0, -1.7, 0])
        with told.saying():
            for k, one in enumerate(amounts):
                self.mark().show(one.next_to(bar.middle(k), UP, buff=0.5), run_time=0.4)
                if k == 0:
                    told.write()
        with told.saying():
            self.hide(bar, *amounts)
            self.move(pair.animate.scale(1 / 1.2).move_to(home))
            self.show(chain.states[0], Create(chain.arrows[0]))
        self._all_steps(told, self._two_steps(told, chain, old, new))

    def _two_steps(self, told: Told, chain: parts.Chain, old: float, new: float) -> VGroup:
        # Each of two steps fills up with static: two bells, and added, one that is wider. Then one step for two.
        s, add = ValueTracker(0), ValueTracker(0)

        def shares(s: float) -> tuple[float, float, float]:
            one, two = min(s, 1) * (1 - old), max(s - 1, 0) * (1 - new)
            return (1 - one) * (1 - two), one * (1 - two), two

        three = (theme.SIGNAL, theme.NOISE, theme.NOISE)
        bar = SHARES(shares, s, colors=three, width=8.3, names=None).move_to([-1.2, 0.35, 0])
        bar.parts[1].set_opacity(0.4)
        with told.saying():
            self.show(bar, run_time=0.5)
            self.turn(s, 1, run_time=0.8)
            self.turn(s, 2, run_time=0.8)
        first, second = np.sqrt((1 - old) * new), np.sqrt(1 - new)
        kinds = {
            "first static": (theme.MUTED, lambda x, _: noise_checks.bell(x, first)),
            "second static": (theme.NOISE, lambda x, _: noise_checks.bell(x, second)),
            "together": (theme.INK, lambda x, add: noise_checks.bell(x, np.hypot(first, add * second))),
        }
        laws = parts.Laws(kinds, add, reach=2.5, top=1.3, x_label="value of a dial", width=7.0)
        both = VGroup(*(one[name] for name in list(kinds)[:2] for one in (laws.curves, laws.names)))
        chain.add(bar)
        with told.saying():
            self.swap(laws.axes, both, instead_of=chain)
            self.mark().show(laws.curves["together"], laws.names["together"], run_time=0.4)
            self.turn(add, 1, run_time=1.4)
        bar.parts[1].set_opacity(1)
        with told.saying():
            self.swap(left := VGroup(chain.states[0], chain.states[2], chain.leap(), bar), instead_of=laws)
        return left

    def _all_steps(self, told: Told, gone: VGroup) -> None:
        # The whole film, and the bar that tells how much of it is still the picture.
        film, step, steps = self.captures["drawing"], ValueTracker(0), self.cast.steps
        level = partial(np.interp, xp=np.arange(steps + 1), fp=film.alphas_cumprod[::-1])
        picture = Walk(self.film, step, height=3.2).move_to([-5.0, 1.95, 0])
        bar = SHARES(lambda s: (level(s), 1 - level(s)), step, width=6.4).move_to([0.4, 2.3, 0])
        with told.saying():
            self.swap(picture, bar, instead_of=gone)
            self.run(step, 0.5 * steps, 2.0)
            self.mark()
            told.write()
        with told.written():
            self.turn(step, 0)
            self.mark().run(step, steps, 1.6)

    def _fan(self) -> None:
        # Static as rays over a picture that lies flat: the more dials are counted, the more upright they stand.
        drawing, n, lay = self.corners["drawing"], ValueTracker(np.log10(FEW)), ValueTracker(0)
        end = noise.opening(np.stack([drawing, *self.static]), self.cast.seed)
        fan = parts.Fan(1.9, radius=4.2).shift([-1.2, -2.5, 0])
        flat = fan.live_ray(partial(end, 0), n, lay, color=theme.SIGNAL)
        others = (partial(end, k) for k in range(1, PIECES + 1))
        rays = VGroup(*(fan.live_ray(one, n, lay, color=theme.NOISE, width=3) for one in others))
        thumb = named(Picture(self.film[0], 2.2), "picture", theme.SIGNAL).move_to([5.4, -1.3, 0])
        piece = named(Picture(to_pixels(self.static[0]), 2.2), "static", theme.NOISE).move_to(thumb)
        counter = reading("dials:", lambda n: round(10**n), n, theme.TIME).move_to([3.6, 1.5, 0], LEFT)
        middle = named(Dot(fan.point(0, 0), radius=0.14), "0: mid-grey", gap=-0.9)
        self.instead(thumb, fan.base)
        drawn = "Draw each place as an arrow from ⟨mid-grey⟩, all dials at zero."
        with self.say(f"{drawn} The ⟨{self.names[0]}⟩ lies flat; lengths, and ⟨angles⟩ to it, are true."):
            self.mark().show(middle)
            self.mark().show(Create(flat))
            self.mark().show(fan.ticks)
        some = f"Now ⟨{spelled(PIECES)}⟩ of static. Count ⟨{spelled(FEW)}⟩ dials"
        with self.say(f"{some}: they point anywhere."):
            self.hide(middle)
            self.mark().gather(rays)
            self.mark().show(counter)
        with self.say(self.upright):
            self.mark().run(n, float(np.log10(drawing.size)), self.line.remaining + 0.5)
        with self.say(self.apart):
            self.mark().swap(piece, lay.animate.set_value(1), instead_of=thumb, run_time=2.0)
        self._measured(fan, VGroup(counter, fan.ticks, piece), thumb, lay)
        self._quarter_turn(fan, flat, thumb)

    def _measured(self, fan: parts.Fan, gone: VGroup, thumb: VGroup, lay: ValueTracker) -> None:
        # Beside the fan what each line speaks of: squares that add up, the circle that all end on, and the angle.
        m, static = ValueTracker(0), self.static[0].astype(np.float64)
        added = np.append(0, np.cumsum(static.ravel() ** 2))
        sums = VGroup(reading("dials added:", round, m, theme.TIME).move_to([2.2, 1.5, 0], LEFT))
        sums.add(reading("squares:", lambda m: added[round(m)], m, theme.NOISE).move_to([2.2, 0.7, 0], LEFT))
        circle, length = fan.arc(1.0, color=theme.INK), theme.text(f"{self.root:.0f}", theme.LABEL)
        length.move_to(fan.point(1.18, 140))
        u = theme.text("u", theme.LABEL, theme.SIGNAL).next_to(fan.point(0.25, 0), DOWN, buff=0.15)
        phi = [fan.arc(0.35, 0, 90, theme.INK), theme.text("φ", theme.LABEL).move_to(fan.point(0.55, 40))]
        told = self.prove(self.lengths, at=[-1.2, 2.5, 0])
        with told.saying():
            self.swap(sums, thumb, lay.animate.set_value(0), instead_of=gone)
            told.write()
            self.mark().run(m, static.size, self.line.remaining)
        with told.written():
            self.show(length)
            self.mark().show(Create(circle))
        told.clear()
        told = self.prove(self.angles, at=[-1.2, 2.5, 0])
        with told.saying():
            self.mark().swap(u, instead_of=sums)
            self.point(u, fan.base)
            self.mark()
            told.write()
        with told.written():
            self.show(*phi)
        told.clear()
        self.hide(u, *phi, length)

    def _quarter_turn(self, fan: parts.Fan, flat: Line, thumb: VGroup) -> None:
        # The picture is turned up until it is as long as static, and is still that picture. Then it turns.
        drawing, gain, turn = self.corners["drawing"], ValueTracker(1), ValueTracker(0)
        at = partial(noise.turned, drawing, self.static[0])

        def end(gain: float, turn: float) -> tuple[float, float]:
            x = at(gain, turn)
            return noise.length(x) / self.root, noise.angle(drawing, x)

        here = LivePicture(lambda g, t: to_pixels(at(g, t)), gain, turn, height=2.6).move_to([5.2, 0.5, 0])
        ray = fan.live_ray(end, gain, turn, color=theme.SIGNAL).set_z_index(1)
        loud = reading("g =", lambda g: g, gain, theme.SIGNAL, 1).move_to([5.2, -1.3, 0])
        legs = fan.legs(end, gain, turn, colors=(theme.SIGNAL, theme.NOISE))
        louder = f"The {self.names[0]} is shorter. Turn it ⟨up⟩, g times as loud: still the {self.names[0]}"
        with self.say(f"{louder}. Length is loudness; ⟨direction⟩ tells."):
            self.move(into(thumb[0], here), FadeIn(loud), FadeOut(thumb[1]), run_time=0.6)
            self.add(here, ray)
            self.remove(thumb, flat)
            self.mark().turn(gain, self.root / noise.length(drawing), run_time=2.0)
            self.mark().point(ray)
        rows = (("cosine", np.cos, theme.SIGNAL, -1.3), ("sine", np.sin, theme.NOISE, -2.0))
        waves = [reading(name, of, turn, color, 2).move_to([5.2, y, 0]) for name, of, color, y in rows]
        told = self.prove(self.turning, at=[-1.2, 2.7, 0])
        with told.saying():
            self.mark().swap(*waves, *legs, instead_of=loud)
            told.write()
            self.run(turn, np.pi / 2, self.line.remaining + 0.5)

    def _home(self) -> None:
        # Pictures lie on the ground, all round; static stands up like a pole, at a right angle to every one.
        middle = np.array([0, -1.1, 0])
        ground = Ellipse(10.6, 2.6, color=theme.MUTED, fill_opacity=0.08).move_to(middle)
        spots = [middle + np.array([5.3 * np.cos(a), 1.3 * np.sin(a), 0]) for a in np.radians(AROUND)]
        ways = [Line(middle, spot, color=theme.SIGNAL, stroke_width=4) for spot in spots]
        shown, static = self.captures["homes"], self.static[0]
        homes = [Picture(home.pictures[-1], 1.1).move_to(at) for home, at in zip(shown, spots, strict=True)]
        angles = [noise.angle(home.states[-1], static) for home in shown]
        pole = Line(middle, middle + 3.0 * UP, color=theme.NOISE, stroke_width=9)
        top = Picture(to_pixels(static), 1.4).move_to(middle + 3.7 * UP)
        found = theme.text(f"{min(angles):.0f}° … {max(angles):.0f}°", theme.LABEL).move_to([2.2, 1.2, 0])
        self.instead(ground)
        with self.say(f"Take many pictures, and lay them all flat. {self.no_hint}"):
            self.gather([one for pair in zip(ways, homes, strict=True) for one in pair], 2.4)
            self.mark().show(Create(pole), top)
            self.mark().show(found)
        with self.say("You are up ⟨here⟩, in static: which way is home? It leans towards ⟨none⟩ of them."):
            self.mark().point(top)
            self.mark().point(*homes)
        with self.say("So the way home has to be learnt, from ⟨many⟩ pictures."):
            self.mark().point(*homes)
        chart = self._island(13, 23, (6, 11)).scale(2).center_on((6, 11))
        with self.say("And where is a picture? On a rare island, in a sea of static, a quarter turn away."):
            self.show(FadeOut(*self.on_stage), chart)
            self.play(chart.zoom(FAR / 2), run_time=self.line.remaining)

    def remember(self) -> parts.Chart:
        """An island in the sea of static: a picture, and all around it what is near."""
        return self._island(5, 9, (2, 4))
