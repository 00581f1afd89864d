"""Chapter 8: what changes where a miniature is painted, and enlarged at the end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from math import inf
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, FadeIn, FadeOut, Mobject, Square, ValueTracker, VGroup

from course.maths import latent, latent_checks, measure
from course.maths.latent import PUBLISHED
from course.maths.latent_checks import TOY
from course.maths.reverse import normal_density
from course.model.data import HELD_OUT, sample, to_model
from course.precompute import FIXED, CaptureSpec, Costs, Gathering, Rooms, Trips, Turned
from course.precompute.families import Specs
from course.precompute.miniatures import TRIPS, TURNS
from course.stage import Chapter, Equation, Mosaic, Picture, Walk, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.places import into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

MANY, DRAWINGS = 64, 64
BANDS = {"coarse": (0, 3), "middle": (3, 7), "fine": (7, 23)}
"""Whole cycles per picture."""
OTHERS = "Stable Diffusion"
AVERAGES = "average of pictures", "picture of an average"
PAINTED = "full size", "miniature"
COLORS = theme.SIGNAL, theme.MODEL
HIGH, LOST = 4.4, "{:.0f} % wrong"


class Latent(Chapter):
    """The latent space: the same walk in another room, seen through an enlarger."""

    title = "The miniature"
    question = "What does the latent space change?"
    letters = dict.fromkeys(("z", "mu", "sigma", "s"), theme.MODEL) | {"x": theme.SIGNAL, "beta": theme.WRONG}

    def specs(self) -> Specs:
        """The same words walked in miniature, and at full size."""
        walk = CaptureSpec.of(self.cast, guidance=1.0, model="latent")
        return {"walk": walk, "pixel": replace(walk, model="pixel")}

    def gatherings(self) -> Mapping[str, Gathering]:
        """Endings averaged in two rooms, numbers turned, drawings sent to and fro, and what steps cost."""
        walk = CaptureSpec.of(self.cast, guidance=1.0, model="latent")
        fixed = replace(FIXED, model="latent")
        return {
            "rooms": Rooms(walk, MANY),
            "turned": Turned(walk, 1),
            "own": Trips(replace(fixed, prompt=self.cast.prompt), 1),
            "trips": Trips(fixed, DRAWINGS),
            "costs": Costs(fixed, 1),
        }

    # What is measured

    def _found(self, name: str, array: str) -> np.ndarray:
        return self.gathered[name].arrays[array]

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """How many numbers a picture has, and its miniature."""
        return (self.captures["pixel"].states[0].size, self.captures["walk"].states[0].size)

    @property
    def averages(self) -> tuple[Picture, Picture]:
        """The mean of the pictures, and the picture of the mean miniature."""
        mean, of_mean = (Picture.from_model(self._found("rooms", name)) for name in ("mean", "decoded"))
        return mean, of_mean

    @cached_property
    def lost(self) -> dict[str, np.ndarray]:
        """(TRIPS,) for coarse, middle and fine: percent of it that is wrong after each trip."""
        error, power = self._found("trips", "error"), self._found("trips", "power")
        return {n: 100 * error[:, a:b].sum(1) / power[a:b].sum() for n, (a, b) in BANDS.items()}

    @cached_property
    def work(self) -> np.ndarray:
        """(3,): millions of multiply-adds of a step in pixels, one in miniature, and of enlarging."""
        return self._found("costs", "work") / 1e6

    @verdict
    def glass(self) -> Verdict:
        alike = latent.alike(self.captures["walk"].pictures[0])
        return Verdict(alike - latent.alike(self.captures["pixel"].pictures[0]),
            (0.3, "In static, neighbours have nothing in common. Here, they are ⟨hardly⟩ more alike."),
            (inf, "In static, neighbours have nothing in common. In the glass, they are ⟨alike⟩."),
            how="correlation of pixels with their neighbours, decoded static less pixel static")  # fmt: skip

    @verdict
    def unlike(self) -> Verdict:
        ends = (to_model(self.captures[name].pictures[-1]) for name in ("walk", "pixel"))
        return Verdict(measure.LEVELS * measure.distance(*ends),
            (3, "Two ⟨painters⟩ and two dice, and still the same picture."),
            (inf, "The two pictures are not the same, for they had two ⟨painters⟩, and two dice."),
            how="root mean square distance of the two finished pictures", unit="levels")  # fmt: skip

    @verdict
    def sharp(self) -> Verdict:
        walk = self.captures["walk"]
        guess, end = (latent.detail(to_model(one)) for one in (walk.guess_pictures[0], walk.pictures[-1]))
        return Verdict(100 * guess / end,
            (50, "It is ⟨soft⟩ as well, but not the same."),
            (inf, "It is ⟨sharp⟩, from edge to edge."),
            how="steps between neighbouring pixels of the first guess, by those of the finished picture", unit="%")  # fmt: skip

    @verdict
    def halfway(self) -> Verdict:
        film = to_model(self._found("rooms", "film"))
        own = measure.LEVELS * measure.distance(film[len(film) // 2], (film[0] + film[-1]) / 2)
        return Verdict(own,
            (6, "Here, the ⟨same⟩ two ghosts."),
            (inf, "No ghosts, but a thing of its ⟨own⟩. The enlarger always paints something."),
            how="root mean square distance of what is halfway between two miniatures from halfway between their pictures", unit="levels")  # fmt: skip

    @verdict
    def apart(self) -> Verdict:
        gap = measure.LEVELS * measure.distance(self._found("rooms", "mean"), self._found("rooms", "decoded"))
        said = f"The two are ⟨{gap:.0f}⟩ levels of 255 apart"
        return Verdict(gap,
            (6, f"{said}: nearly the same."),
            (inf, f"{said}: it matters what comes first. Nobody chose this thing: it is what the enlarger paints there."),
            how="root mean square distance of the mean picture from the picture of the mean miniature", unit="levels")  # fmt: skip

    @verdict
    def believed(self) -> Verdict:
        mean = self._found("rooms", "latents").astype(np.float64).mean(0)
        off = 100 * float(np.linalg.norm(self.captures["walk"].guesses[0] - mean) / np.linalg.norm(mean))
        said = f"its numbers ⟨{off:.0f} percent⟩ off"
        return Verdict(off,
            (40, f"Its first guess is just this average, {said}: the picture of an average, not the average of pictures."),
            (inf, f"Its first guess is only akin to this average, {said}: a picture of an average, not an average of pictures."),
            how=f"distance of the first guess from the mean of {MANY} miniatures, by the length of that", unit="%")  # fmt: skip

    @verdict
    def near(self) -> Verdict:
        share = 100 * float(self._found("turned", "near")[1])
        said = f"Turn all {self.sizes[1]}, one by one: ⟨{share:.0f}⟩ percent of what changes lies within eight pixels by eight"
        return Verdict(share,
            (50, f"{said}, the rest further off."),
            (inf, f"{said}. Mostly here, a little everywhere."),
            how="of the change, as squares over all numbers, what falls on 8 by 8 pixels around the number's place", unit="%")  # fmt: skip

    @verdict
    def fine(self) -> Verdict:
        coarse, fine = (float(self.lost[name][0]) for name in ("coarse", "fine"))
        said = f"Over {DRAWINGS} new drawings, a trip puts ⟨{fine:.0f}⟩ percent of all fine detail wrong"
        return Verdict(fine / coarse,
            (3, f"{said}, and of the ⟨rest⟩ hardly less."),
            (inf, f"{said}. Of what is ⟨coarse⟩, next to nothing."),
            how=f"error over power above 7 cycles a picture by that below 3, {DRAWINGS} new drawings")  # fmt: skip

    @verdict
    def moss(self) -> Verdict:
        film = to_model(self._found("own", "film"))
        letters, drawing = (measure.distance(film[k, 1], film[k, 0]) for k in (2, 0))
        return Verdict(letters / drawing,
            (1.5, "Even ⟨letters⟩ come through, though it was never shown any."),
            (inf, "⟨Letters⟩ it cannot do: it was never shown any."),
            how="root mean square error of letters after one trip, by that of a new drawing")  # fmt: skip

    @verdict
    def cheaper(self) -> Verdict:
        pixel, step, enlarge = self.work
        times = float(self.cast.steps * pixel / (self.cast.steps * step + enlarge))
        over = f"Over ⟨{spelled(self.cast.steps)}⟩ steps"
        return Verdict(times,
            (1, f"{over} that makes it dearer, not cheaper."),
            (2, f"{over} that is {times:.1f} times cheaper: no great matter."),
            (inf, f"{over} that is {times:.1f} times cheaper."),
            how="multiply-adds of a walk in pixels by those of one in miniature, enlarging included")  # fmt: skip

    @verdict
    def pointlike(self) -> Verdict:
        wide, own, _ = self._found("trips", "spread")
        times = float(wide / own)
        return Verdict(times,
            (3, "Ours was trained so that its bells have a ⟨width⟩ that counts."),
            (inf, f"Ours hardly weighed it. Its bells are ⟨{times:.0f}⟩ times narrower than all miniatures are spread: points."),
            how="standard deviation of latents by the root mean square width of what the encoder says of one")  # fmt: skip

    @verdict
    def unit(self) -> Verdict:
        wide, _, after = (float(one) for one in self._found("trips", "spread"))
        said = f"Noise has a width of ⟨one⟩, the numbers of our miniatures one of s, {wide:.1f}"
        return Verdict(abs(after - 1),
            (0.1, f"{said}. So ⟨divide⟩ by s, and both are one."),
            (inf, f"{said}. Divided by what ships, that is ⟨{after:.2f}⟩."),
            how="how far the standard deviation of scaled latents is from 1")  # fmt: skip

    # Story

    def story(self) -> None:
        self.tell(self._twice, self._small, self._dice, self._seen, self._same)

    def _twice(self) -> None:
        # The words; below them two walks side by side, one out of snow, one out of stained glass.
        step, steps = ValueTracker(0), self.cast.steps
        films = [Walk(self.captures[name].pictures, step, 4.2) for name in ("pixel", "walk")]
        self.add(theme.text(self.cast.prompt, theme.LABEL, theme.PROMPT, width=11).move_to([-0.9, 3.35, 0]))
        for film, word, color, x in zip(films, PAINTED, COLORS, (-3.7, 1.75), strict=True):
            word = on_baseline(theme.text(word, theme.LABEL, color)).shift([x, 2.55, 0])
            self.add(film.move_to([x, 0.2, 0]), word)
        words = "left, at full size; right, as a miniature, a latent, which you see enlarged."
        with self.opening(f"Here is {self.cast.prompt}, painted twice: {words}"):
            self.turn(step, min(1, 0.7 * steps), run_time=0.8)  # of few steps, too, one is seen at once
            self.follow(step, 0.7 * steps)
        with self.say(self.question):
            self.follow(step, steps)

    def _small(self) -> None:
        # Four little squares of grey numbers; an arrow; the picture that is made of them.
        old = [one for one in self.on_stage if isinstance(one, Walk)][1]
        small, arrow, picture, words = self._enlarging(ValueTracker(self.cast.steps))
        count = [f"{size:,}" for size in self.sizes]
        with self.say(f"This is what was painted: ⟨four⟩ little squares. All in all, {count[1]} numbers."):
            self.move(into(old, picture), *(FadeOut(one) for one in self.on_stage if one is not old))
            self.remove(old)
            self.add(picture)
            self.mark().show(small, words[0])
            self.point(small, words[0])
        with self.say(f"A second network, the ⟨enlarger⟩, makes {count[0]} numbers of them: the ⟨picture⟩."):
            self.mark().show(arrow)
            self.mark().show(words[1])
            self.point(picture, words[1])

    @staticmethod
    def _way(start: float, end: float, y: float, word: str) -> VGroup:
        """An arrow to the right, and what happens on it above."""
        arrow = places.arrow([start, y, 0], [end, y, 0], theme.MODEL)
        return VGroup(arrow, theme.text(word, theme.LABEL, theme.MODEL).next_to(arrow, UP, buff=0.1))

    def _enlarging(self, step: ValueTracker) -> tuple[Walk, Mobject, Walk, VGroup]:
        """A walk's miniature, an arrow, the picture that is made of it; and their names."""
        walk = self.captures["walk"]
        small, picture = Walk(parts.planes(walk.states), step), Walk(walk.pictures, step)
        names = f"miniature: {self.sizes[1]:,} numbers", f"enlarged: {self.sizes[0]:,} numbers"
        pair = side_by_side(small, picture, names, (theme.MODEL, theme.MODEL), HIGH)
        return small, self._way(-1.15, 1.15, 0.35, "enlarger"), picture, VGroup(pair[0][1], pair[1][1])

    def _dice(self) -> None:
        # The miniature goes back to dice, the picture to stained glass; then both walk.
        small, arrow, picture, words = self._enlarging(step := ValueTracker(self.cast.steps))
        snow = Picture(self.captures["pixel"].pictures[0], HIGH).move_to(small)
        static = named(snow, "static at full size", theme.SIGNAL)
        self.remove(*self.on_stage)
        self.add(small, arrow, picture, words)
        with self.say("Like every walk, it begins with dice. Enlarge those, and you see ⟨stained⟩ glass."):
            self.turn(step, 0)
            self.mark().point(picture)
        with self.say(self.glass):
            self.move(FadeOut(small, arrow, words[0]), FadeIn(static))
            self.mark().point(picture, run_time=1.6)
        with self.say("For the enlarger knows pictures only. It makes ⟨patches⟩ and edges, even of dice."):
            self.move(FadeOut(static), FadeIn(small, arrow, words[0]))
            self.mark().point(picture, run_time=2.0)
        with self.say("Now ⟨walk⟩. The dice thin out, and the glass turns into the picture."):
            self.mark().follow(step, self.cast.steps)

    def _seen(self) -> None:
        # Four moments of the walk, enlarged, side by side.
        steps = self.cast.steps
        stops = [0, *(round(steps * part) for part in (0.4, 0.7, 1))]
        row = Mosaic(self.captures["walk"].pictures[stops], 4).move_to([0, 0.4, 0])
        pairs = [named(one, f"step {k}", theme.TIME, gap=0.25) for k, one in zip(stops, row, strict=True)]
        with self.say(f"{OTHERS}, and many others, paint in ⟨miniature⟩. If you ever watched one at work:"):
            self.instead(pairs[0])
            self.mark().gather(pairs[1:], lag_ratio=0.5)
        with self.say("You never saw its ⟨noise⟩. You saw what an enlarger ⟨makes⟩ of it, on the way."):
            self.mark().point(pairs[0])
            self.mark().point(*pairs[1:3], run_time=2.0)

    def _same(self) -> None:
        # Both finished pictures; then the miniature and its picture once more, walking.
        left, right = (Picture(self.captures[name].pictures[-1]) for name in ("pixel", "walk"))
        pair = side_by_side(left, right, PAINTED, COLORS, HIGH)
        with self.say(self.unlike):
            self.instead(pair)
            self.mark().point(*pair, run_time=1.6)
        small, arrow, picture, words = self._enlarging(step := ValueTracker(0))
        with self.say("The walk is the same: from dice to a picture. But it walks in another room."):
            self.instead(small, arrow, picture, words)
            self.follow(step, self.cast.steps)
        with self.say("And you only see that room through the ⟨enlarger⟩."):
            self.mark().point(arrow, picture, words[1])
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        self.tell(self._ask, self._between, self._rooms, self._turn, self._trips, self._cost)

    def _ask(self) -> None:
        # What either believes at its very first step, large: a blur, and something sharp.
        walks = [self.captures[name] for name in ("pixel", "walk")]
        left, right = (Picture(one.pictures[0]) for one in walks)
        (_, word), (_, other) = side_by_side(left, right, ("in pixels", "in miniature"), COLORS, HIGH)
        tiles = zip(walks, (left, right), strict=True)
        blur, thing = (Picture(one.guess_pictures[0], HIGH).move_to(tile) for one, tile in tiles)
        what = "In pixels, a ⟨blur⟩: as chapter four showed, the middle of all that words allow."
        with self.say(f"Ask both at their ⟨first⟩ step: what will it be? {what}"):
            self.show(left, right, word, other)
            self.mark().point(left, right)
            self.mark().become(left, blur)
            self.point(blur, word, run_time=2.0)
        with self.say("And in miniature? ⟨This⟩."):
            self.mark().become(right, thing)
        with self.say(self.sharp):
            self.mark().point(thing, other)

    def _between(self) -> None:
        # From one picture to another: on the left one fades as the other comes, on the right one thing changes.
        way, film = ValueTracker(0), self._found("rooms", "film")
        fading = Walk(film[[0, -1]], at := ValueTracker(0), crossfade=True)
        names, last = ("mixed in pixels", "mixed in miniature"), len(film) - 1
        pair = side_by_side(fading, Walk(film, way, crossfade=True), names, COLORS, HIGH)
        with self.say("Why? From one of its pictures to ⟨another⟩: in pixels, one ⟨fades⟩ into the other."):
            self.instead(*pair)
            self.mark().play(at.animate.set_value(1), way.animate.set_value(last), run_time=0.8)
            self.mark().turn(at, 0.5, run_time=2.0)
        with self.say("Halfway: two ghosts. Now mix the two ⟨miniatures⟩, and enlarge."):
            self.point(pair[0])
            self.mark().turn(way, last / 2, run_time=2.0)
        with self.say(self.halfway):
            self.mark().point(pair[1])
            self.play(at.animate.set_value(0), way.animate.set_value(0), run_time=1.5)

    def _rooms(self) -> None:
        # Two ways, one below the other: pictures melt into a blur; their miniatures melt, and that is enlarged.
        pictures, small, high = self._found("rooms", "pictures"), self._found("rooms", "latents"), 2.2
        wall, minis = (parts.Melt(of, 8, high, gap=0.06) for of in (pictures, parts.planes(small)))
        blur, thing = (one.scale_to_fit_height(high) for one in self.averages)
        pairs = zip(AVERAGES, COLORS, strict=True)
        names = [theme.text(word, theme.LABEL, color, width=2.4) for word, color in pairs]
        for y, row in ((1.55, (wall, blur, names[0])), (-1.35, (minis, thing, names[1]))):
            for one, x in zip(row, (-5.55, 3.25, 5.6), strict=True):
                one.move_to([x, y, 0])
        apart = theme.text(f"{self.apart.measured:.0f} levels apart", theme.LABEL, theme.WRONG)
        mean, all_ = np.array([-1.15, -1.35, 0]), (wall.copy(), minis.copy())
        ways = self._way(-4.45, 2.15, 1.55, "average"), self._way(-4.45, -2.25, -1.35, "average")
        enlarged = self._way(-0.05, 2.15, -1.35, "enlarge")
        with self.say(f"Now {spelled(MANY)} of its pictures. ⟨Average⟩ them, pixel by pixel: a blur."):
            self.instead(*wall)
            self.add(all_[0], *wall)
            self.mark().play(wall.together(blur.get_center(), high), FadeIn(ways[0]), run_time=2.5)
            self.remove(*wall)
            self.add(wall.mean)
            self.show(names[0], run_time=0.4)
        with self.say("And now their ⟨miniatures⟩ instead, ⟨number⟩ by number."):
            self.mark().gather(minis, run_time=1.2, lag_ratio=0.02)
            self.add(all_[1], *minis)
            self.mark().play(minis.together(mean, high), FadeIn(ways[1]), run_time=2.5)
            self.remove(*minis)
            self.add(minis.mean)
        with self.say("⟨Enlarge⟩ that."):
            self.mark().show(enlarged, thing, names[1])
        with self.say(self.apart):
            self.mark().show(apart.move_to([3.25, 0.1, 0]))
            self.point(wall.mean, thing, apart, run_time=2.0)
        guess = Picture(self.captures["walk"].guess_pictures[0], high).move_to(mean)
        off = f"first guess,\n{self.believed.measured:.0f} % off"
        name = theme.text(off, theme.LABEL, theme.MODEL).move_to([-3.8, -1.35, 0])
        with self.say(self.believed):
            self.move(FadeOut(all_[1], minis.mean, ways[1], enlarged), FadeIn(guess, name))
            self.mark().point(guess, name, thing, run_time=2.0)

    def _turn(self) -> None:
        # One number of the miniature is turned: its cell lights up, the picture changes around its place.
        film, (plane, y, x) = self._found("turned", "film"), map(int, self._found("turned", "which"))
        middle = len(TURNS) // 2
        turn, states = ValueTracker(middle), np.repeat(self.captures["walk"].states[-1:], len(TURNS), axis=0)
        states[:, plane, y, x] += TURNS
        change = np.abs(film.astype(np.float64) - film[middle]).max(-1, keepdims=True)
        heat = np.repeat(np.rint(255 * change / change.max()), 3, axis=-1).astype(np.uint8)
        row = VGroup(*(Walk(one, turn, 4.0, crossfade=True) for one in (parts.planes(states), film, heat)))
        row.arrange(RIGHT, buff=0.35).move_to([0, 0.5, 0])
        names = ("the miniature", theme.MODEL), ("its picture", theme.SIGNAL), ("what changes", theme.INK)
        words = [named(one, *name, gap=0.25)[1] for one, name in zip(row, names, strict=True)]
        here = parts.cell(row[0], (plane, y, x), states.shape[-1])
        block = Square(row[2].height / 4, color=theme.PROMPT, stroke_width=6)
        corners = row[2].pixel_center(4 * y + 1, 4 * x + 1), row[2].pixel_center(4 * y + 2, 4 * x + 2)
        inside = f"all {self.sizes[1]}: {self.near.measured:.0f} % in it"
        share = theme.text(inside, theme.LABEL, theme.PROMPT)
        with self.say("What does a single number do? Take the one that counts ⟨most⟩, and ⟨turn⟩ it."):
            self.instead(*row, *words)
            self.mark().show(here)
            self.mark().turn(turn, len(TURNS) - 1, run_time=1.4)
        with self.say("It is no pixel. It is a ⟨stroke⟩ of the brush."):
            self.turn(turn, 0, run_time=1.6)
            self.mark().point(row[1], words[1])
        with self.say(self.near):
            self.turn(turn, len(TURNS) - 1, run_time=1.6)
            self.mark().swap(share.move_to(words[2]), block.move_to(sum(corners) / 2), instead_of=words[2])
            self.point(row[2], share, run_time=1.6)
            self.follow(turn, 0)

    def _trips(self) -> None:
        # A drawing is shrunk; two drawings and letters go to and fro; bars say how much of which detail is wrong.
        trip, film = ValueTracker(0), self._found("own", "film")
        row = VGroup(*(Walk(one, trip, 3.3, crossfade=True) for one in film))
        row.arrange(RIGHT, buff=0.5).move_to([-0.2, 1.05, 0])
        tiles = Picture(sample(HELD_OUT).pixels), Picture(parts.planes(self._found("trips", "scaled")[0]))
        drawing, shrunk = side_by_side(*tiles, ("a new drawing", "its miniature"), COLORS, HIGH)
        bars = []
        for k, name in enumerate(BANDS):
            size = partial(np.interp, xp=range(TRIPS + 1), fp=[0, *self.lost[name]])
            color, y = theme.WRONG if name == "fine" else theme.MUTED, -1.25 - 0.55 * k
            bars.append(places.live_stripe(size, trip, f"{name} detail", y, color, -2.2, 0.04, LOST))
        at = places.reading("trips", lambda k: k, trip, theme.TIME).move_to([-5.9, 3.2, 0])
        many = theme.text(f"{DRAWINGS}\ndrawings", theme.LABEL, theme.MUTED).move_to([5.7, -1.8, 0])
        shrink = "A third network, the ⟨shrinker⟩, makes miniatures of pictures. There and ⟨back⟩: a trip."
        with self.say(f"What is lost? {shrink}"):
            self.instead(drawing)
            self.mark().show(self._way(-1.15, 1.15, 0.35, "shrinker"), shrunk)
            self.mark().instead(*row, at)
            self.turn(trip, 1)
        with self.say(self.fine):
            self.show(*bars[:2], many)
            self.mark().show(bars[2])
            self.mark().point(bars[0], run_time=2.0)
        with self.say(f"{spelled(TRIPS).capitalize()} trips: fine lines go first. {self.moss}"):
            self.turn(trip, TRIPS, run_time=2.4)
            self.mark().point(row[2], run_time=1.6)

    def _cost(self) -> None:
        # Bars of work, ours; then squares to scale: the places of a million pixels, and of their miniature.
        (pixel, step, enlarge), big = self.work, PUBLISHED["Stable Diffusion XL"]
        rows = (pixel, "step in pixels"), (step, "in miniature"), (enlarge, "enlarging")
        bars = [
            places.stripe(size, name, 1.3 - 1.2 * k, color, -1.2, 4.2 / pixel, "{:.0f} million")
            for k, ((size, name), color) in enumerate(zip(rows, (*COLORS, theme.MODEL), strict=True))
        ]
        unit = theme.text("multiplications", theme.LABEL, theme.MUTED).move_to([0.9, 2.4, 0])
        ratio = f"over {self.cast.steps} steps: {self.cheaper.measured:.1f} to 1"
        what = f"In ⟨pixels⟩, a step takes {pixel:.0f} million multiplications; in ⟨miniature⟩, {step:.0f}."
        with self.say(f"Is it cheaper? {what} And then, once, it ⟨enlarges⟩."):
            self.mark().instead(bars[0], unit)
            self.mark().show(bars[1])
            self.mark().show(bars[2])
        with self.say(self.cheaper):
            self.mark().show(theme.text(ratio, theme.SENTENCE, theme.MODEL).move_to([0, -2.2, 0]))
        squares, names = [], []
        sizes = zip((big.edge, big.latent), ("pixels", "places"), COLORS, (-3.4, 2.6), strict=True)
        for edge, what, color, x in sizes:
            one = Square(5.5 * edge / big.edge, color=color, stroke_width=5).set_fill(color, opacity=0.3)
            squares.append(one.move_to([x, 0.5, 0]))
            names.append(theme.text(f"{edge**2:,} {what}", theme.LABEL, color).next_to(one, DOWN, buff=0.2))
        theirs = theme.text(f"{OTHERS} XL", theme.LABEL, theme.MUTED).move_to([2.6, 2.0, 0])
        fewer, pairs = f"{big.fewer}", f"{big.fewer**2:,}"
        told = [
            theme.text(f"{n} × fewer {what}", theme.SENTENCE, theme.MODEL).move_to([2.9, y, 0])
            for n, what, y in ((fewer, "places", -1.3), (pairs, "pairs", -2.1))
        ]
        asks = f"⟨{fewer}⟩ times fewer places. And where each of them asks each, ⟨{pairs}⟩ times fewer pairs."
        with self.say(f"At a million ⟨pixels⟩, it matters: {asks}"):
            self.mark().instead(squares[0], names[0], theirs)
            self.mark().show(squares[1], names[1], told[0])
            self.mark().show(told[1])
        self.hold(0.3)

    # Derivation

    def derivation(self) -> None:
        self.tell(self._bound, self._bells, self._weight, self._width, self._answer)

    @proof
    def bound(self) -> Lines:
        """What shrinker and enlarger are trained for: a bound on how likely a picture is."""
        return (
            ("How likely is a picture, x? Take the average, E, over all dice, z, of how likely they make it. p is their bell.",
             r"p(x) = EE_(z tilde.op p) p(x | z)", latent_checks.evidence.on()),
            ("Hardly any dice make this x. So draw from ⟨another⟩ bell, q, where the shrinker thinks that z is. What q draws too often, p over q ⟨weighs⟩ less.",
             r"p(x) = EE_(z tilde.op q) (p(x | z) p(z)) / q(z)", latent_checks.reweighed.on()),
            ("A logarithm ⟨bends⟩: the average of logarithms lies below the logarithm of the average. A bound, to be pushed up.",
             r"log p(x) >= EE_q log (p(x | z) p(z)) / q(z)", latent_checks.gap.on()),
            ("Split it: how well x is made again, less how ⟨far⟩ q is from p. Call that D.",
             r"log p(x) >= EE_q log p(x | z) - underbrace(EE_q log q(z) / p(z), D(q, p))", latent_checks.split.on()),
        )  # fmt: skip

    def _bound(self) -> None:
        # A miniature and its picture; beside them two bells, then a curve, a chord below it, and two dots.
        laws = self._laws(lambda: (1.2, 0.35), top=1.3, width=4.2)
        p, q = ((laws.curves[name], laws.names[name]) for name in laws.curves)
        chord = parts.Chord(share := ValueTracker(0.15), (theme.SIGNAL, theme.WRONG), 6.4, 1.9)
        chord.shift(np.array([theme.SAFE_LEFT + 0.1, theme.SAFE_TOP - 0.05, 0]) - chord.get_corner(UP + LEFT))
        walk = self.captures["walk"]
        minis = np.concatenate([walk.states[-1:], self._found("rooms", "latents")[1:9], walk.states[-1:]])
        small = Walk(parts.planes(minis), which := ValueTracker(0), 2.1).move_to([2.5, 1.9, 0])
        picture = Picture(walk.pictures[-1], 2.1).move_to([5.6, 1.45, 0])
        arrow = places.arrow([3.6, 1.6, 0], [4.5, 1.6, 0], theme.MODEL)
        letters = [
            Equation(name, definition="a name", colors=self.letters).next_to(one, DOWN, buff=0.15)
            for name, one in (("z", small), ("x", picture))
        ]
        told = self.prove(self.bound, under=VGroup(chord, *letters), alone=True)
        with told.saying():
            self.show(small, picture, arrow, *letters, laws.axes, *p)
            told.write()
            self.follow(which, len(minis) - 2)
        with told.saying():
            self.mark().show(*q)
            self.turn(which, len(minis) - 1)
            told.write()
            self.mark().point(*laws.curves.values())
        with told.saying():
            self.move(FadeOut(laws.axes, *p, *q), FadeIn(chord.axes, chord.curve))
            told.write()
            self.mark().show(chord.below)
            self.follow(share, 0.8)
        with told.saying():
            told.write()
            self.mark().turn(share, 0.3, run_time=2.0)
        self.sweep(0.4)

    @proof
    def bells(self) -> Lines:
        """How far a bell is from the dice's, term by term; and how one draws from a bell that is trained."""
        trips, static = self.gathered["trips"], self.captures["walk"].states[0]
        given = {name: trips.arrays[name] for name in ("latents", "widths", "nats")}
        return (
            ("This distance, D, is how much ⟨likelier⟩ q makes its own draws than p does: a mean of logarithms.",
             r"D(q, p) = EE_q (log q - log p)", latent_checks.distance.on(**given)),
            ("Both are bells: p around zero, one wide; q around mu, sigma wide. So their logarithms are ⟨squares⟩.",
             r"log p = -z^2 / 2 + C, quad log q = -(z - mu)^2 / (2 sigma^2) - log sigma + C", latent_checks.logarithms.on()),
            ("Over q, the averages of these squares are ⟨known⟩.",
             r"EE_q z^2 = mu^2 + sigma^2, quad EE_q ((z - mu) / sigma)^2 = 1", latent_checks.moments.on()),
            ("Put them in. D ⟨grows⟩ as q moves off, as it gets ⟨wide⟩, and as it gets ⟨narrow⟩.",
             r"D(q, p) = 1/2 (mu^2 + sigma^2 - 1 - log sigma^2)", latent_checks.term_by_term.on(**given)),
            ("But how do you train through dice? Throw ⟨first⟩, epsilon, and then ⟨stretch⟩ and shift. What is trained stands outside.",
             r"z = mu + sigma epsilon, quad epsilon tilde.op cal(N)(0, 1)", latent_checks.stretched.on(static=static)),
            text_only("So slopes go through: of an average over q, they are averages over the dice.",
             r"(partial) / (partial mu) EE f(mu + sigma epsilon) = EE f'(mu + sigma epsilon)", latent_checks.through_the_dice.on()),
        )  # fmt: skip

    def _laws(self, q: Callable[..., Any], *at: ValueTracker, top: float, width: float = 8.0) -> parts.Laws:
        """The dice's bell, and another one whose middle and width follow trackers."""
        made = {
            "p: dice": (theme.NOISE, lambda x, *_: normal_density(x, 0.0, 1.0)),
            "q: picture": (theme.MODEL, lambda x, *at: normal_density(x, q(*at)[0], q(*at)[1] ** 2)),
        }
        return parts.Laws(made, *at, reach=4.0, top=top, x_label="z", width=width, height=2.3)

    def _bells(self) -> None:
        # Two bells: one moves off, widens, narrows, and a number follows; then dice are stretched and shifted.
        mean, width = ValueTracker(1), ValueTracker(1)
        laws = self._laws(lambda *at: at, mean, width, top=1.3)
        pair = (places.letter(name, float, at, theme.MODEL) for name, at in (("mu", mean), ("sigma", width)))
        both = VGroup(*pair).arrange(DOWN, buff=0.25, aligned_edge=LEFT)
        both.next_to(laws.names["q: picture"], DOWN, buff=0.25, aligned_edge=LEFT)
        far = parts.LiveNumber(lambda m, s: float(latent.kl(m, s)), mean, width)
        name = theme.text("D =").next_to(both, DOWN, buff=0.25, aligned_edge=LEFT)
        far.shift(name.get_corner(DOWN + RIGHT) + 0.25 * RIGHT - far.get_corner(DOWN + LEFT))
        told = self.prove(self.bells, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws)
            self.mark().turn(mean, 1.8)
            told.write()
            self.turn(mean, 1.0)
        with told.saying():
            self.show(both)
            told.write()
            self.mark().turn(width, 0.6)
        with told.saying():
            told.write()
            self.mark().turn(width, 1.0)
        with told.saying():
            # lint: allow many-words — three numbers that follow the bells, and those of the axes
            self.show(name, far, mean.animate.set_value(0))
            told.write()
            self.mark().turn(mean, 1.2)
            self.mark().turn(width, 1.5)
            self.mark().turn(width, 0.35)
        with told.saying():
            self.move(mean.animate.set_value(0), width.animate.set_value(1), FadeOut(name, far), run_time=0.8)
            told.write()
            dice = [laws.die(mean, width, one) for one in np.linspace(-1.6, 1.6, 7)]
            self.mark().show(*dice)
            self.mark().turn(width, 0.35)
            self.turn(mean, 1.5)
        self.sweep(0.4)

    @proof
    def weight(self) -> Lines:
        """What it does to weigh the distance otherwise."""
        return (
            ("How much D counts may be chosen: by a weight, ⟨beta⟩. At one, it is the bound.",
             r"EE_q log p(x | z) - beta D(q, p)", "a choice: the weight (Higgins et al. 2017, eq. 4)"),
            text_only("In a toy, x is w z and some noise, tau: there, the best width of q is known.",
             r"sigma^2 = (beta tau^2) / (w^2 + beta tau^2)", latent_checks.weighed.on()),
        )  # fmt: skip

    def _weight(self) -> None:
        # A toy's bell as the weight grows and falls; then real miniatures as points, dice between them, and their glass.
        power = ValueTracker(0)
        laws = self._laws(lambda b: TOY.best(2.0, 10**b), power, top=2.3)
        name = places.letter("beta", lambda b: 10**b, power, theme.WRONG)
        name.next_to(laws.names["q: picture"], DOWN, buff=0.4, aligned_edge=LEFT)
        toy = theme.text("a toy", theme.LABEL, theme.MUTED).next_to(name, DOWN, buff=0.4, aligned_edge=LEFT)
        told = self.prove(self.weight, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws, toy)
            self.mark().show(name)
            told.write()
        with self.say("Weigh it a ⟨lot⟩: q becomes p, and says nothing. Weigh it ⟨little⟩: a needle."):
            self.mark().turn(power, 2, run_time=1.6)
            self.mark().turn(power, -0.7, run_time=1.6)
        latents = self._found("trips", "latents").reshape(-1, self.sizes[1]).astype(np.float64)
        pick = np.argsort(latents.var(0))[-2:]
        unit, middle = 2.9 / np.abs(latents[:, pick]).max(), np.array([-2.8, 0.4])
        spots = ([*(middle + unit * one), 0] for one in latents[:, pick])
        dots = VGroup(*(Dot(spot, 0.08, color=theme.MODEL) for spot in spots))
        dice = self.captures["walk"].states[0].ravel()[pick] * self._found("trips", "spread")[0]
        die = Dot([*(middle + unit * dice), 0], 0.14, color=theme.NOISE)
        glass = Picture(self.captures["walk"].pictures[0], 2.9).move_to([4.2, -1.2, 0])
        about = theme.text(f"{len(latents)} miniatures,\ntwo numbers of each", theme.LABEL, theme.MODEL)
        times = theme.text(f"spread: {self.pointlike.measured:.0f} widths", theme.LABEL, theme.MODEL)
        with self.say(self.pointlike):
            self.instead(dots, about.move_to([4.2, 2.0, 0]))
            self.mark().show(times.move_to([4.2, 0.9, 0]))
        with self.say("So a draw from ⟨p⟩ is no picture: ⟨stained⟩ glass. That is why it takes a walk."):
            self.mark().show(named(die, "dice", theme.NOISE, gap=0.1))
            self.mark().show(glass)
        self.sweep(0.4)

    @proof
    def scale(self) -> Lines:
        """Why latents are divided by a number before anything walks among them."""
        found = self.gathered["trips"].arrays
        return (
            (str(self.unit),
             r'op("Var") (z / s) = 1 / s^2 op("Var") (z)', latent_checks.scaled.on(latents=found["latents"], scaled=found["scaled"])),
            ("Left as they are, each step would hold s squared times as ⟨much⟩ picture by noise as the schedule says.",
             r'"signal" / "noise" = (overline(alpha)_t s^2) / (1 - overline(alpha)_t)', latent_checks.louder.on()),
        )  # fmt: skip

    def _width(self) -> None:
        # How miniatures' numbers lie beside noise: too wide; divided, just as wide.
        by, raw = ValueTracker(1), self._found("trips", "latents").astype(np.float64).ravel()
        counts, edges = np.histogram(raw, 60, (-9, 9), density=True)
        at = (edges[:-1] + edges[1:]) / 2
        made = {
            "noise": (theme.NOISE, lambda x, s: normal_density(x, 0.0, 1.0)),
            "miniatures": (theme.MODEL, lambda x, s: s * np.interp(x * s, at, counts, 0, 0)),
        }
        laws = parts.Laws(made, by, reach=7.0, top=0.8, x_label="a number", y_label="how often")
        divided = places.reading("divided by", lambda s: s, by, theme.MODEL, 1)
        divided.next_to(laws.names["miniatures"], DOWN, buff=0.5, aligned_edge=LEFT)
        told = self.prove(self.scale, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws)
            self.mark().point(laws.curves["noise"], laws.names["noise"])
            told.write()
            self.mark().show(divided, run_time=0.3)
            self.follow(by, float(self._found("trips", "spread")[0]), beyond=0.6)
        with told.saying():
            self.turn(by, 1)
            told.write()
            self.mark().point(laws.curves["miniatures"], laws.names["miniatures"], run_time=1.8)
        self.sweep(0.4)

    @proof
    def rooms(self) -> Lines:
        """Averages in two rooms."""
        found = self.gathered["rooms"].arrays
        given = {name: found[name] for name in ("apart", "mean", "decoded")}
        return (
            ("Each guess is right on average, but in its ⟨own⟩ room. Call the enlarger G: an average inside is not one outside.",
             r"G(EE z) != EE G(z)", latent_checks.two_averages.on(**given)),
        )  # fmt: skip

    def _answer(self) -> None:
        # The blur and the sharp thing once more; then the walk, in miniature and enlarged.
        pair = side_by_side(*self.averages, AVERAGES, COLORS, 3.6)
        told = self.prove(self.rooms, under=pair)
        with told.saying():
            self.show(pair)
            self.mark().point(*pair[1])
            told.write()
        small, arrow, picture, words = self._enlarging(step := ValueTracker(0))
        with self.say("So what does the latent space change? Not the walk, but the ⟨room⟩ it walks in."):
            self.instead(small, arrow, picture, words)
            self.mark().follow(step, self.cast.steps)
        with self.say("What you see of it is the enlarger's picture of that room."):
            self.point(arrow, picture, words[1], run_time=1.8)

    def remember(self) -> Mobject:
        """A miniature, and the picture that is made of it."""
        return VGroup(*self._enlarging(ValueTracker(self.cast.steps)))
