"""Chapter 8: what changes where a miniature is painted, and enlarged at the end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from math import inf
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, FadeIn, FadeOut, Mobject, Square, ValueTracker, VGroup

from course import grammar
from course.grammar import NOUNS, Thing
from course.maths import latent, latent_checks, measure
from course.maths.latent import PUBLISHED
from course.maths.latent_checks import TOY
from course.maths.reverse import normal_density
from course.model.data import to_model
from course.precompute import CaptureSpec, Costs, Gathering, Rooms, Trips, Turned
from course.precompute.families import Specs
from course.precompute.miniatures import TRIPS, TURNS
from course.stage import Chapter, Equation, Mosaic, Picture, Walk, drive, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import Driven
from course.stage.places import into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

MANY, DRAWINGS = 64, 64
STEPS = 30  # of what does not depend on the cast, so that it ships
JUDGED = "by a judge that names what it sees"
BANDS = {"coarse": (0, 3), "middle": (3, 7), "fine": (7, 23)}
"""Whole cycles per picture."""
OTHERS = "Stable Diffusion"
AVERAGES = "average, in pixels", "average, enlarged"
GUESSES = "guess in pixels", "guess in miniature"
COLORS = theme.SIGNAL, theme.MODEL, theme.MODEL
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
        fixed = CaptureSpec(Thing(NOUNS[0]).phrase(), steps=STEPS, model="latent")
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
            (inf, "They are not the same picture, for they had two ⟨painters⟩, and two dice."),
            how="root mean square distance of the two finished pictures", unit="levels")  # fmt: skip

    @cached_property
    def edges(self) -> float:
        """How strong the edges of the first guess in miniature are, in percent of the finished picture's."""
        walk = self.captures["walk"]
        guess, end = (latent.detail(to_model(one)) for one in (walk.guess_pictures[0], walk.pictures[-1]))
        return 100 * guess / end

    @verdict
    def sharp(self) -> Verdict:
        return Verdict(self.edges,
            (50, "It is ⟨soft⟩ as well, but not the same."),
            (inf, "It is ⟨sharp⟩, from edge to edge."),
            how="steps between neighbouring pixels of the first guess, by those of the finished picture", unit="%")  # fmt: skip

    @verdict
    def sharpens(self) -> Verdict:
        said = "On the left, a ⟨blur⟩ grows sharp. On the right"
        return Verdict(self.edges,
            (50, f"{said}, it grows sharp as well, out of something else."),
            (inf, f"{said}, one sharp thing turns into another."),
            how="the same edges of the first guess", unit="%")  # fmt: skip

    @verdict
    def nothing(self) -> Verdict:
        asked = [NOUNS.index(thing.noun) for thing in grammar.parse(self.cast.prompt)[0]]
        sure = float(self._found("rooms", "nouns")[0, asked].max(initial=0))
        return Verdict(sure,
            (0.5, "But what was asked for is ⟨not⟩ in it, says a judge that names what it sees."),
            (inf, "And what was asked for is ⟨already⟩ in it, says a judge that names what it sees."),
            how=f"how likely the first guess shows a noun that was asked for, {JUDGED}")  # fmt: skip

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
            (inf, f"{said}. Average, then enlarge, is not enlarge, then average."),
            how="root mean square distance of the mean picture from the picture of the mean miniature", unit="levels")  # fmt: skip

    @verdict
    def believed(self) -> Verdict:
        mean = self._found("rooms", "latents").astype(np.float64).mean(0)
        off = 100 * float(np.linalg.norm(self.captures["walk"].guesses[0] - mean) / np.linalg.norm(mean))
        said = f"{off:.0f} percent off"
        return Verdict(off,
            (40, f"Its first guess is just this average, ⟨{said}⟩: the picture of an average, not the average of pictures."),
            (inf, f"Its first guess is only akin to this average, ⟨{said}⟩: a picture of an average, not an average of pictures."),
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
        said = f"Noise has a width of ⟨one⟩, the numbers of our miniatures {wide:.1f}"
        return Verdict(abs(after - 1),
            (0.1, f"{said}. So ⟨divide⟩ by that, and both are one."),
            (inf, f"{said}. Divided by what ships, that is ⟨{after:.2f}⟩."),
            how="how far the standard deviation of scaled latents is from 1")  # fmt: skip

    # Story

    def story(self) -> None:
        self.tell(self._twice, self._small, self._dice, self._seen, self._same)

    def _twice(self) -> None:
        # Two walks side by side, one out of snow, one out of stained glass.
        step, steps = ValueTracker(0), self.cast.steps
        films = [Walk(self.captures[name].pictures, step, 5.3) for name in ("pixel", "walk")]
        for film, x in zip(films, (-3.7, 1.75), strict=True):
            self.add(film.move_to([x, 0.75, 0]))
        words = "left, at full size; right, as a miniature, a latent, and enlarged at the end."
        with self.opening(f"Here is {self.cast.prompt}, painted twice: {words}"):
            self.turn(step, min(1, 0.7 * steps), run_time=0.8)  # of few steps, too, one is seen at once
            self.follow(step, 0.7 * steps)
        names = zip(films, ("at full size", "a miniature, enlarged"), COLORS, strict=False)
        with self.say(self.question):
            self.show(*(named(film, word, color, gap=0.2)[1] for film, word, color in names), run_time=0.4)
            self.follow(step, steps)

    def _small(self) -> None:
        # Four little squares of grey numbers; an arrow; the picture that is made of them.
        old, step = self.on_stage[1], ValueTracker(self.cast.steps)
        small, arrow, picture, words = self._enlarging(step)
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

    def _enlarging(self, step: ValueTracker) -> tuple[Walk, Mobject, Walk, VGroup]:
        """A walk's miniature, an arrow, the picture that is made of it; and their names."""
        walk = self.captures["walk"]
        small = Walk(parts.planes(walk.states), step)
        picture = Walk(walk.pictures, step)
        pair = side_by_side(small, picture, ("the miniature", "enlarged"), (theme.MODEL, theme.SIGNAL), HIGH)
        arrow = places.arrow([-1.15, 0.35, 0], [1.15, 0.35, 0], theme.MODEL)
        return small, arrow, picture, VGroup(pair[0][1], pair[1][1])

    def _dice(self) -> None:
        # The miniature goes back to dice, the picture to stained glass; then both walk.
        small, arrow, picture, words = self._enlarging(step := ValueTracker(self.cast.steps))
        self.remove(*self.on_stage)
        self.add(small, arrow, picture, words)
        with self.say("Like every walk, it begins with ⟨dice⟩. Enlarge those, and you see ⟨stained⟩ glass."):
            self.mark().turn(step, 0)
            self.mark().point(picture)
        with self.say(self.glass):
            self.mark().point(picture, run_time=1.6)
        with self.say("For the enlarger knows pictures only. It makes ⟨patches⟩ and edges, even of dice."):
            self.point(small, arrow)
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
        pair = side_by_side(left, right, ("at full size", "enlarged"), (theme.INK, theme.SIGNAL), HIGH)
        with self.say(self.unlike):
            self.instead(pair)
            self.mark().point(*pair, run_time=1.6)
        small, arrow, picture, words = self._enlarging(step := ValueTracker(0))
        with self.say("The walk is the same: from dice to a picture. But it walks in another ⟨room⟩."):
            self.instead(small, words[0])
            self.mark().follow(step, self.cast.steps)
        with self.say("And you only see that room through the ⟨enlarger⟩."):
            self.mark().show(arrow, picture, words[1])
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        self.tell(self._ask, self._between, self._rooms, self._wall, self._turn, self._trips, self._cost)

    def _ask(self) -> None:
        # What either believes at its very first step, large: a blur, and something sharp.
        pixel, walk = self.captures["pixel"], self.captures["walk"]
        guesses = [Picture(one.guess_pictures[0], HIGH) for one in (pixel, walk)]
        left, right = (Picture(one.pictures[0]) for one in (pixel, walk))
        pair = side_by_side(left, right, GUESSES, COLORS[1:], HIGH)
        for guess, (picture, _) in zip(guesses, pair, strict=True):
            guess.move_to(picture)
        what = "In pixels, a ⟨blur⟩: as chapter four showed, the middle of all that words allow."
        with self.say(f"Ask both at their ⟨first⟩ step: what will it be? {what}"):
            self.show(pair[0][0], pair[1][0])
            self.mark().point(left, right)
            self.mark().become(pair[0][0], guesses[0], pair[0][1])
            self.point(guesses[0], pair[0][1], run_time=2.0)
        with self.say("And in miniature? ⟨This⟩."):
            self.mark().become(pair[1][0], guesses[1], pair[1][1])
        with self.say(self.sharp):
            self.mark().point(guesses[1], pair[1][1])
        with self.say(self.nothing):
            self.mark().point(guesses[1], pair[1][1])

    def _between(self) -> None:
        # From one picture to another: on the left one fades as the other comes, on the right one thing changes.
        way, film = ValueTracker(0), self._found("rooms", "film")
        fading = Walk(film[[0, -1]], at := ValueTracker(0), crossfade=True)
        names, colors = ("mixed in pixels", "mixed in miniature"), (theme.SIGNAL, theme.MODEL)
        pair = side_by_side(fading, Walk(film, way, crossfade=True), names, colors, HIGH)
        last = len(film) - 1
        with self.say("Why? Go from one of its pictures to another. In pixels, one ⟨fades⟩ into the other."):
            self.instead(*pair)
            self.mark().turn(at, 0.5, run_time=2.0)
        with self.say("Halfway: two ghosts. Now mix the two ⟨miniatures⟩, and enlarge."):
            self.point(pair[0])
            self.mark().turn(way, last / 2, run_time=2.0)
        with self.say(self.halfway):
            self.mark().point(pair[1])
            self.play(at.animate.set_value(1), way.animate.set_value(last), run_time=1.5)

    def _rooms(self) -> None:
        # Pictures melt into a blur; their miniatures melt as well, and what is enlarged of that is sharp.
        pictures, small = self._found("rooms", "pictures"), self._found("rooms", "latents")
        wall = parts.Melt(pictures, 8, 6.2, gap=0.06).move_to([0, 0.3, 0])
        minis = parts.Melt(parts.planes(small), 8, 5.2, gap=0.06).move_to([2.4, 0.1, 0])
        ends = side_by_side(*self.averages, AVERAGES, COLORS[:2], 3.7)
        for end, x in zip(ends, (-4.5, 4.5), strict=True):
            end.set_x(x)
        with self.say(f"Now ⟨{spelled(MANY)}⟩ of its pictures. ⟨Average⟩ them, pixel by pixel: a blur."):
            self.mark().instead(*wall)
            self.mark().play(wall.together(ends[0][0].get_center(), 3.7), run_time=3.0)
            self.remove(*wall)
            self.add(wall.mean)
            self.show(ends[0][1], run_time=0.4)
        mean = [0, ends[0][0].get_y(), 0]
        with self.say("And now their ⟨miniatures⟩ instead, ⟨number⟩ by number."):
            self.mark().gather(minis, run_time=1.2, lag_ratio=0.02)
            self.mark().play(minis.together(mean, 2.6), run_time=3.0)
            self.remove(*minis)
            self.add(minis.mean)
        arrow = places.arrow([1.3, mean[1], 0], [2.75, mean[1], 0], theme.MODEL)
        with self.say("⟨Enlarge⟩ that."):
            self.mark().show(arrow, ends[1])
        with self.say(self.apart):
            self.mark().point(wall.mean, *ends[0][1], *ends[1], run_time=2.0)
        guess = named(Picture(self.captures["walk"].guess_pictures[0], 3.7), "first guess", theme.MODEL)
        guess.move_to([0, ends[1].get_y(), 0])
        with self.say(self.believed):
            self.show(guess, FadeOut(minis.mean, arrow))
            self.mark().point(guess, *ends[1], run_time=2.0)

    def _wall(self) -> None:
        # Four large squares in step: state and guess in pixels, state and guess in miniature, enlarged.
        step, walks = ValueTracker(0), (self.captures["pixel"], self.captures["walk"])
        row = VGroup(*(Walk(one, step, 3.1) for w in walks for one in (w.pictures, w.guess_pictures)))
        words = places.named_row(row, ("state", "guess") * 2, (theme.INK, theme.MODEL) * 2, 0.35)
        for pair, word, color in ((row[:2], "in pixels", COLORS[0]), (row[2:], "in miniature", COLORS[1])):
            words.append(on_baseline(theme.text(word, theme.SENTENCE, color)).shift([pair.get_x(), 2.2, 0]))
        at = places.reading("step", lambda k: k, step, theme.TIME).move_to([0, 3.2, 0])
        with self.say("All in step; two painters and two ⟨dice⟩, so not the same walk."):
            self.instead(*row, *words, at)
            self.mark().point(row[0], row[2], run_time=1.6)
        with self.say(self.sharpens):
            self.mark().follow(step, self.cast.steps, beyond=0.6)

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
        with self.say("What does a single number do? Take the ⟨strongest⟩ of all, and ⟨turn⟩ it."):
            self.instead(row[0], row[1], *words[:2])
            self.mark().show(here)
            self.mark().turn(turn, len(TURNS) - 1, run_time=1.4)
        with self.say("It is no pixel. It is a ⟨stroke⟩ of the brush."):
            self.turn(turn, 0, run_time=1.6)
            self.mark().show(row[2], words[2])
        with self.say(self.near):
            self.turn(turn, len(TURNS) - 1, run_time=1.6)
            self.mark().point(row[2], words[2], run_time=1.6)
            self.follow(turn, middle)

    def _trips(self) -> None:
        # Two drawings and some letters go to and fro; bars say how much of which detail is wrong.
        trip, film = ValueTracker(0), self._found("own", "film")
        row = VGroup(*(Walk(one, trip, 3.3, crossfade=True) for one in film))
        row.arrange(RIGHT, buff=0.5).move_to([-0.2, 1.05, 0])

        def bar(trips: float, k: int, name: str) -> VGroup:
            size = float(np.interp(trips, range(TRIPS + 1), [0, *self.lost[name]]))
            color = theme.WRONG if name == "fine" else theme.MUTED
            return places.stripe(size, f"{name} detail", -1.25 - 0.55 * k, color, -2.2, 0.05, LOST)

        bars = [Driven(partial(bar, k=k, name=name), trip) for k, name in enumerate(BANDS)]
        at = places.reading("trips", lambda k: k, trip, theme.TIME).move_to([-5.9, 3.2, 0])
        shrink = "A third network, the ⟨shrinker⟩, makes miniatures of pictures. There and ⟨back⟩: a trip."
        with self.say(f"What is lost? {shrink}"):
            self.instead(*row)
            self.mark().show(at)
            self.mark().turn(trip, 1)
        with self.say(self.fine):
            self.show(*bars[:2])
            self.mark().show(bars[2])
            self.mark().point(bars[0], run_time=2.0)
        with self.say(f"{spelled(TRIPS).capitalize()} trips: fine lines go first. {self.moss}"):
            self.turn(trip, TRIPS, run_time=2.4)
            self.mark().point(row[2], run_time=1.6)

    def _cost(self) -> None:
        # Bars of work, ours; then squares to scale: the places of a million pixels, and of their miniature.
        (pixel, step, enlarge), big = self.work, PUBLISHED["Stable Diffusion XL"]
        rows = (pixel, "a step in pixels"), (step, "a step in miniature"), (enlarge, "enlarging")
        bars = [
            places.stripe(size, name, 1.3 - 1.2 * k, color, -1.2, 4.2 / pixel, "{:.0f} million")
            for k, ((size, name), color) in enumerate(zip(rows, COLORS, strict=True))
        ]
        unit = theme.text("multiplications", theme.LABEL, theme.MUTED).move_to([0.9, 2.4, 0])
        less, share = spelled(self.sizes[0] // self.sizes[1]), 100 * step / pixel
        what = f"but a step of ours takes ⟨{share:.0f}⟩ percent of the work, and then it ⟨enlarges⟩."
        with self.say(f"Is it ⟨cheaper⟩? {less.capitalize()} times fewer numbers, {what}"):
            self.mark().instead(bars[0], unit)
            self.mark().show(bars[1])
            self.mark().show(bars[2])
        with self.say(self.cheaper):
            self.mark().point(*bars, run_time=1.6)
        squares, names = [], []
        sizes = zip((big.edge, big.latent), ("pixels", "places"), COLORS, (-3.4, 2.6), strict=False)
        for edge, what, color, x in sizes:
            one = Square(5.5 * edge / big.edge, color=color, stroke_width=5).set_fill(color, opacity=0.3)
            squares.append(one.move_to([x, 0.5, 0]))
            names.append(theme.text(f"{edge**2:,} {what}", theme.LABEL, color).next_to(one, DOWN, buff=0.2))
        theirs = theme.text(f"{OTHERS} XL", theme.LABEL, theme.MUTED).move_to([2.6, 2.0, 0])
        pairs = f"{big.fewer**2:,}"
        told = theme.text(f"{pairs} × fewer pairs", theme.SENTENCE, theme.MODEL).move_to([2.9, -1.7, 0])
        fewer = f"⟨{big.fewer}⟩ times fewer places. And where each of them asks each, ⟨{pairs}⟩ times fewer pairs."
        with self.say(f"At a million ⟨pixels⟩, it matters: {fewer}"):
            self.mark().instead(squares[0], names[0], theirs)
            self.mark().show(squares[1], names[1])
            self.mark().show(told)
        self.hold(0.3)

    # Derivation

    def derivation(self) -> None:
        self.tell(self._bound, self._bells, self._weight, self._width, self._answer)

    @proof
    def bound(self) -> Lines:
        """What shrinker and enlarger are trained for: a bound on how likely a picture is."""
        return (
            ("How likely is a picture, x? ⟨Average⟩ over all miniatures, z, how likely x is made of each.",
             r"p(x) = EE_(z tilde.op p) p(x | z)", latent_checks.evidence.on()),
            ("Hardly any z makes this x. So draw from a ⟨bell⟩, q, that the shrinker puts where it thinks z is, and weigh.",
             r"p(x) = EE_(z tilde.op q) (p(x | z) p(z)) / q(z)", latent_checks.reweighed.on()),
            ("A logarithm ⟨bends⟩: the average of logarithms lies below the logarithm of the average. A bound, to be pushed up.",
             r"log p(x) >= EE_q log (p(x | z) p(z)) / q(z)", latent_checks.gap.on()),
            ("Split it: how well x is made again, less how ⟨far⟩ q is from p, the bell of all dice.",
             r"log p(x) >= EE_q log p(x | z) - D(q, p)", latent_checks.split.on()),
        )  # fmt: skip

    def _bound(self) -> None:
        # A miniature and its picture; beside them a curve, a chord below it, and a dot that runs along both.
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
        both = VGroup(small, picture, arrow, *letters).shift(3.8 * LEFT)
        with told.saying():
            self.show(both)
            self.mark().run(which, len(minis) - 2, 2.4)
            told.write()
        with told.saying():
            self.point(picture, letters[1])
            self.mark().turn(which, len(minis) - 1)
            told.write()
        with told.saying():
            self.move(both.animate.shift(3.8 * RIGHT), FadeIn(chord.axes, chord.curve))
            self.mark().show(chord.below)
            told.write()
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
            ("Both are bells, and their logarithms ⟨squares⟩. Over q, the averages of these squares are known.",
             r"EE_q z^2 = mu^2 + sigma^2, quad EE_q ((z - mu) / sigma)^2 = 1", latent_checks.moments.on()),
            ("Put them in. D ⟨grows⟩ as q moves off, as it gets ⟨wide⟩, and as it gets ⟨narrow⟩.",
             r"D(q, p) = 1/2 (mu^2 + sigma^2 - 1 - log sigma^2)", latent_checks.term_by_term.on(**given)),
            ("But how do you train through ⟨dice⟩? Throw first, epsilon, and then ⟨stretch⟩ and shift. What is trained stands outside.",
             r"z = mu + sigma epsilon, quad epsilon tilde.op cal(N)(0, 1)", latent_checks.stretched.on(static=static)),
            text_only("So slopes go through: of an average over q, they are averages over the dice.",
             r"(partial) / (partial mu) EE f(mu + sigma epsilon) = EE f'(mu + sigma epsilon)", latent_checks.through_the_dice.on()),
        )  # fmt: skip

    def _laws(self, q: Callable[..., Any], *trackers: ValueTracker, top: float) -> parts.Laws:
        """The dice's bell, and another one whose middle and width follow trackers."""
        made = {
            "p: dice": (theme.NOISE, lambda x, *at: normal_density(x, 0.0, 1.0)),
            "q: picture": (theme.MODEL, lambda x, *at: normal_density(x, q(*at)[0], q(*at)[1] ** 2)),
        }
        return parts.Laws(made, *trackers, reach=4.0, top=top, x_label="z", height=2.3)

    def _bells(self) -> None:
        # Two bells: one moves off, widens, narrows, and a number follows; then dice are stretched and shifted.
        mean, width = ValueTracker(0), ValueTracker(1)
        laws = self._laws(lambda *at: at, mean, width, top=1.2)
        far = parts.LiveNumber(lambda m, s: float(latent.kl(m, s)), mean, width, size=theme.TITLE)
        name = theme.text("D =", theme.TITLE).next_to(
            laws.names["q: picture"], DOWN, buff=0.5, aligned_edge=LEFT
        )
        far.shift(name.get_corner(DOWN + RIGHT) + 0.25 * RIGHT - far.get_corner(DOWN + LEFT))
        told = self.prove(self.bells, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws)
            self.mark().turn(mean, 1.0)
            told.write()
            self.turn(mean, 1.8)
        with told.saying():
            self.turn(mean, 1.0)
            self.mark().turn(width, 0.6)
            told.write()
            self.turn(width, 1.0)
        with told.saying():
            self.show(name, far, mean.animate.set_value(0))
            told.write()
            self.mark().turn(mean, 1.5)
            self.mark().turn(width, 1.8)
            self.mark().turn(width, 0.35)
        dice = np.array([-1.6, -1.0, -0.5, 0.0, 0.5, 1.0, 1.6])
        dots = VGroup(*(Dot(radius=0.14, color=theme.INK) for _ in dice))

        def thrown(dot: Dot, e: float) -> None:
            dot.move_to(laws.axes.point(mean.get_value() + width.get_value() * e, 0))

        for dot, one in zip(dots, dice, strict=True):
            drive(dot, partial(thrown, e=one))
        with told.saying():
            self.move(mean.animate.set_value(0), width.animate.set_value(1), FadeOut(name, far), run_time=0.8)
            self.mark().show(dots)
            told.write()
            self.mark().turn(width, 0.35)
            self.turn(mean, 1.5)
        self.sweep(0.4)

    @proof
    def weight(self) -> Lines:
        """What it does to weigh the distance otherwise."""
        return (
            ("D may be weighed by ⟨beta⟩. In a toy, x is w z and some noise, tau: the best width is known.",
             r"sigma^2 = (beta tau^2) / (w^2 + beta tau^2)", latent_checks.weighed.on()),
        )  # fmt: skip

    def _weight(self) -> None:
        # The weight falls, and the bell of one picture becomes a needle; beside it what a draw from all dice looks like.
        power = ValueTracker(1.0)
        laws = self._laws(lambda b: TOY.best(2.0, 10**b), power, top=2.3)
        glass = Picture(self.captures["walk"].pictures[0], 2.7).move_to([5.2, -1.5, 0])
        name = places.reading("β =", lambda b: 10**b, power, theme.WRONG, 2)
        name.next_to(laws.names["q: picture"], DOWN, buff=0.5, aligned_edge=LEFT)
        told = self.prove(self.weight, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws)
            self.mark().show(name)
            told.write()
            self.follow(power, 0)
        a_lot = "a lot, and q becomes p: a miniature that says ⟨nothing⟩"
        with self.say(f"Weigh it {a_lot}. Weigh it little: a ⟨needle⟩."):
            self.mark().turn(power, 1.5)
            self.mark().turn(power, -0.7, run_time=1.6)
        with self.say(self.pointlike):
            self.mark().point(laws.curves["q: picture"])
        with self.say("So a draw from ⟨p⟩ is no picture: ⟨stained⟩ glass. That is why it takes a walk."):
            self.mark().point(laws.curves["p: dice"], laws.names["p: dice"])
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
        told = self.prove(self.scale, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws)
            self.mark().point(laws.curves["noise"], laws.names["noise"])
            self.mark()
            told.write()
            self.follow(by, float(self._found("trips", "spread")[0]))
        with told.saying():
            self.turn(by, 1)
            self.mark()
            told.write()
            self.turn(by, float(self._found("trips", "spread")[0]))
        self.sweep(0.4)

    @proof
    def rooms(self) -> Lines:
        """Averages in two rooms."""
        found = self.gathered["rooms"].arrays
        given = {name: found[name] for name in ("apart", "mean", "decoded")}
        return (
            ("Each is right on average, but in its ⟨own⟩ room. Call the enlarger G: an average inside is not one outside.",
             r"G(EE z) != EE G(z)", latent_checks.two_averages.on(**given)),
        )  # fmt: skip

    def _answer(self) -> None:
        # The blur and the sharp thing once more; then the walk, in miniature and enlarged.
        pair = side_by_side(*self.averages, AVERAGES, COLORS[:2], 3.6)
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
