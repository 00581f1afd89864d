"""Chapter 4: why walk, and not jump: every guess is the middle of all that is still possible."""

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from math import inf

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    FadeIn,
    Mobject,
    RoundedRectangle,
    ValueTracker,
    VGroup,
)

from course import grammar
from course.maths import measure, reverse_checks, walking
from course.maths import walking_checks as toy
from course.maths.walking import TOY, Endings
from course.precompute import CaptureSpec, Gathering
from course.precompute.families import Specs
from course.stage import Chapter, Equation, LivePicture, Picture, Walk, parts, places, theme
from course.stage.parts.pictures import halves, to_pixels
from course.stage.places import BIG, HERE, THERE, into, named, side_by_side
from course.stage.proofs import Lines, proof
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

ENDINGS, STARTS, SAMPLES, FEWER, ALL_STEPS = 16, 4, 1024, 256, 1200
COUNTS, SHOWN, MANY = (1, 2, 3, 5, 10, 15, 20, 30), (1, 2, 3, 5, 10, 30), spelled(ENDINGS)
PROMPTS = ("own", "other", "stranger")
BAR, BEFORE = r"overline(alpha)_t", r"overline(alpha)_(t-1)"


class WhyWalk(Chapter):
    """Why walk, and not jump: the only place to jump to is the middle of everything."""

    title = "Why walk?"
    question = "Why not just jump to the picture?"
    letters = {"g": theme.MODEL, "m": theme.SIGNAL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Walks, endings that leave one of them on the way, and strides of all sizes, all without guidance."""
        walk = CaptureSpec.of(self.cast, guidance=1.0)
        seeds = range(walk.seed, walk.seed + ENDINGS)
        return {
            "walk": walk,
            "walks": [replace(walk, seed=seed) for seed in seeds],
            "endings": {
                stop: [replace(walk, seed=seed, start=(walk.key, stop), eta=1.0) for seed in seeds]
                for stop in self.stops
            },
            "strides": {count: replace(walk, steps=count) for count in COUNTS},
            "known": replace(walk, model="forward:prompt"),
        }

    def gatherings(self) -> Mapping[str, Gathering]:
        """The mean of many finished pictures, those of two other prompts, and where the first walk should end."""
        walk = CaptureSpec.of(self.cast, guidance=1.0)
        stranger = grammar.unasked(self.cast.prompt, self.cast.other)
        return {
            "own": Gathering(walk, SAMPLES),
            "other": Gathering(replace(walk, prompt=self.cast.other), FEWER),
            "stranger": Gathering(replace(walk, prompt=stranger), FEWER),
            "judge": Gathering(replace(walk, steps=ALL_STEPS), 1),
        }

    @cached_property
    def stops(self) -> tuple[int, int]:
        """Where a walk is left for its endings: once early, once later."""
        return round(0.2 * self.cast.steps), round(0.4 * self.cast.steps)

    @cached_property
    def finished(self) -> np.ndarray:
        """(16, H, W, 3) uint8: finished pictures of the prompt, each from a start of its own."""
        return np.stack([walk.pictures[-1] for walk in self.captures["walks"]])

    @cached_property
    def ends(self) -> np.ndarray:
        """(2, 16, D) float64: how the walks end that leave the first one at each of the stops."""
        families = (self.captures["endings"][stop] for stop in self.stops)
        return np.array([[run.states[-1].ravel() for run in family] for family in families], np.float64)

    @cached_property
    def endings(self) -> list[Endings]:
        """For each stop the endings from there, in levels of 255, beside the guess."""
        guesses = (measure.LEVELS * self.captures["walk"].guesses[stop] for stop in self.stops)
        return [Endings.of(measure.LEVELS * e, guess) for e, guess in zip(self.ends, guesses, strict=True)]

    @cached_property
    def away(self) -> list[float]:
        """From the first guess to the mean picture of each prompt, in percent of the own mean's size."""
        guess, size = self.captures["walk"].guesses[0], measure.distance(self.gathered["own"].mean, 0)
        means = (self.gathered[name].mean for name in PROMPTS)
        return [100 * measure.distance(guess, mean) / size for mean in means]

    @cached_property
    def errors(self) -> dict[int, float]:
        """For each number of model calls how far the end lies from the judge's, in levels of 255."""
        judge, strides = self.gathered["judge"].mean, self.captures["strides"]
        return {n: measure.LEVELS * measure.distance(strides[n].states[-1], judge) for n in COUNTS}

    @cached_property
    def chance(self) -> float:
        """How far the mean of so many samples is off by chance alone, in percent of its size."""
        return 100 * self.gathered["own"].floor / measure.distance(self.gathered["own"].mean, 0)

    @verdict
    def no_better(self) -> Verdict:
        ends, mean = np.stack([walk.states[-1] for walk in self.captures["walks"]]), self.gathered["own"].mean
        best = min(((ends - one) ** 2).sum() for one in ends) / (ENDINGS - 1) / ((ends - mean) ** 2).sum()
        how = f"mean square error of the best of {ENDINGS} finished pictures as an answer to the others, by that of the average of {SAMPLES:,} to all of them"
        said = "And yet no other single answer does better."
        return Verdict(best * ENDINGS, (1, None), (inf, said), how=how)

    @verdict
    def close(self) -> Verdict:
        return Verdict(
            self.away[0],
            (30, "Its first ⟨guess⟩ comes close to that average, and it took a single call."),
            (inf, "This is its first ⟨guess⟩ at that average, in a single call."),
            how="from the first guess to the average, as a share of the average's size",
            unit="%",
        )

    @verdict
    def alike(self) -> Verdict:
        walks = self.captures["walks"][:STARTS]
        guesses, starts = np.stack([w.guesses[0] for w in walks]), np.stack([w.states[0] for w in walks])
        return Verdict(
            100 * measure.spread(guesses) / measure.spread(starts),
            (10, "Every time nearly the same blur."),
            (30, "Blurs, and much alike."),
            (inf, "Blurs, and not much alike."),
            how=f"root mean square distance from their mean, {spelled(STARTS)} first guesses by their starts",
            unit="%",
        )

    @verdict
    def whose(self) -> Verdict:
        own, *others = self.away
        said = f"To the means of two other prompts it is {others[0]:.0f}, ⟨and⟩ {others[1]:.0f}."
        return Verdict(
            own / min(others),
            (1, f"{said} ⟨So⟩ ours is the nearest."),
            (inf, f"{said} ⟨So⟩ it could be another's."),
            how=f"relative L2 distance from the first guess to the own mean ({SAMPLES:,} samples), by that to the nearest other one ({FEWER})",
        )

    @verdict
    def rest(self) -> Verdict:
        itself = f"The mean of so many is itself {self.chance:.1f} percent off."
        return Verdict(
            self.away[0] / self.chance,
            (1, f"{itself} ⟨The⟩ model is no farther than that."),
            (inf, f"{itself} ⟨The⟩ rest is the model's mistake."),
            how="that distance by the samples' spread over the root of their number",
            unit="times chance",
        )

    @verdict
    def middle(self) -> Verdict:
        ratios = [found.distance / found.off for found in self.endings]
        levels = (f"{found.distance:.1f} by {found.off:.0f} levels of 255" for found in self.endings)
        each = ", ".join(f"{one} from step {stop}" for one, stop in zip(levels, self.stops, strict=True))
        return Verdict(
            max(ratios),
            (1, "Each guess is nearer to the middle than any ending is."),
            (inf, "This guess is not the middle of what is left."),
            how=f"root mean square distance of a guess from the mean of {ENDINGS} endings, by that of the ending nearest to it: {each}",
        )

    @verdict
    def fewer(self) -> Verdict:
        ten, thirty = f"With ⟨ten⟩, {self.errors[10]:.0f}.", f"{self.errors[30]:.0f}."
        return Verdict(
            self.errors[COUNTS[-1]] / self.errors[COUNTS[0]],
            (0.5, f"{ten} With thirty, {thirty}"),
            (inf, f"{ten} And with thirty still {thirty}"),
            how=f"root mean square distance of the last state from that of {ALL_STEPS:,} steps, one start: thirty calls by one, {self.errors[1]:.0f} levels of 255",
        )

    @verdict
    def buys(self) -> Verdict:
        early, late = -np.diff([self.errors[n] for n in (1, 10, 30)]) / np.diff([1, 10, 30])
        return Verdict(
            early / max(late, 1e-9),  # later calls may even lead away
            (1, "Here the first few steps buy less than the later ones."),
            (inf, "The first few steps buy the most."),
            how="what each call up to the tenth takes off the error, on average, by what each later one does",
        )

    @verdict
    def half(self) -> Verdict:
        said = "For small ones: ⟨twice⟩ the steps, about half the error."
        how = "the toy's error over the number of steps, four halvings, slope in logarithms"
        return Verdict(toy.whole_error()[0], (0.85, None), (1.15, said), (inf, None), how=how)

    def story(self) -> None:
        self.tell(self._rooms, self._best_answer, self._fog, self._jump_and_walk)

    @needs(walk=("text_embedding", "tokens"))
    def _rooms(self) -> None:
        # Two rooms: words in one, pictures in the other, and no point that is in both.
        walk, turn = self.captures["walk"], ValueTracker(0)
        room = partial(RoundedRectangle, width=6.4, height=5.5, corner_radius=0.3, stroke_width=5)
        rooms = VGroup(room(color=theme.PROMPT), room(color=theme.SIGNAL)).arrange(RIGHT, buff=0.5)
        left, right = (one.get_x() for one in rooms.move_to([0, -0.1, 0]))
        words = theme.text(textwrap.fill(self.cast.prompt, 20), theme.LABEL, theme.PROMPT)
        spoken = [k for k, token in enumerate(walk.tokens) if not token.startswith("<")]
        names = [walk.tokens[k] for k in spoken]
        table = parts.TensorTable(walk.text_embedding[spoken], names, show=(2, 2), color=theme.PROMPT)
        picture = Walk(self.finished, turn, height=3.9).move_to([right, 0.35, 0])
        label = theme.text(f"{walk.pictures[0].size:,} numbers", theme.LABEL, theme.SIGNAL)
        with self.say(
            f"You ask for {self.cast.prompt}. The ⟨machine⟩ turns your words into a small table of numbers."
        ):
            self.show(rooms[0], words.move_to([left, 1.9, 0]))
            self.mark().move(FadeIn(table.move_to([left, -0.85, 0]), target_position=words, scale=0.5))
        with self.say(
            f"Pictures live in another room. There, a ⟨place⟩ is {walk.pictures[0].size:,} numbers."
        ):
            self.show(rooms[1], picture)
            self.mark().show(label.move_to([right, -2.2, 0]))
        with self.say("So which picture do your words name? ⟨This⟩ one? Or ⟨this⟩? Or ⟨this⟩?"):
            self.point(words, theme.PROMPT)
            for k in (1, 2, 3):
                self.mark().turn(turn, k, run_time=0.25)
        with self.say("It is all of them, and thousands more. There is no single place to jump to."):
            self.follow(turn, ENDINGS - 1)
        self.sweep()

    def _best_answer(self) -> None:
        # Sixteen possible answers slide together into their average: a blur that is nothing.
        melt = parts.Melt(self.finished, height=6.2).move_to([0, 0.3, 0])
        mean = Picture.from_model(self.gathered["own"].mean, height=5.0).move_to([0, 0.5, 0])
        name = named(mean.set_stroke(theme.WRONG, width=6), f"the average of {SAMPLES:,}")[1]
        with self.say("But suppose you had to answer at once, with ⟨one⟩ picture."):
            self.gather(melt, run_time=2.5)
            self.mark().point(melt[5])
        with self.say(
            "You pay the square of what each number is off. ⟨Then⟩ your best bet is the middle: the average."
        ):
            self.mark().play(melt.together([0, 0.5, 0], 5.0), run_time=self.line.remaining + 1.5)
        self.remove(*melt, melt)
        self.add(melt.mean)
        with self.say(f"This is the average of {SAMPLES:,} of them: a blur. ⟨No⟩ one would ask for that."):
            self.become(melt.mean, mean, name)
            self.mark().point(mean, theme.WRONG)
        with self.say(self.no_better):
            left = named(Picture(mean.pixels, BIG).move_to(HERE), f"the average of {SAMPLES:,}")
            self.move(into(mean, left[0]), into(name, left[1]))

    def _fog(self) -> None:
        # The model's guess beside the average; then a walk, in which the fog thins with every step.
        walk, step, steps, average = self.captures["walk"], ValueTracker(0), self.cast.steps, self.on_stage
        state, guess = Walk(walk.pictures, step), Walk(walk.guess_pictures, step)
        guess.set_stroke(theme.MODEL, width=6)
        names = ("where you stand", "the model's guess")
        here, there = side_by_side(state, guess, names, (theme.INK, theme.MODEL))
        dots = parts.StepDots(steps, step, width=5.4, number=False).move_to([0, -2.75, 0])
        with self.say(f"Now the model answers at once. {self.close}"):
            self.show(there)
            self.mark().point(guess, theme.MODEL)
        with self.say(
            "A walk starts in static, which ⟨leans⟩ very slightly towards some pictures. "
            "You can hardly tell which. That is fog: the ⟨blur⟩ in the guess."
        ):
            self.hide(*average)
            self.show(here)
            self.mark().point(state, theme.NOISE)
            self.mark().point(guess, theme.MODEL)
        with self.say("So do not jump. ⟨Take⟩ one small step towards the guess, and look again."):
            self.mark().show(dots)
            self.turn(step, 1)
        with self.say("The fog is a little thinner, the lean easier to see."):
            self.follow(step, 0.3 * steps)
        with self.say("Fewer places are left, and their middle moves. Step, look."):
            self.follow(step, 0.6 * steps)
        with self.say("In the end a single place is left. And the middle of one place is a picture."):
            self.sound_walk(walk.alphas_cumprod[round(0.6 * steps) :], self.line.remaining)
            self.follow(step, steps)

    def _jump_and_walk(self) -> None:
        # The one jump beside the walk.
        jump, walked = self._pair()
        with self.say("Jump, and you get the first guess: a blur."):
            self.hide(*self.on_stage)
            self.show(jump)
        with self.say("Walk, and you get one of them."):
            self.show(walked)
            self.point(walked[0], theme.SIGNAL)
        self.hold(0.6)

    def _pair(self, height: float = places.TALL) -> VGroup:
        """What one jump makes, and what the walk makes, from the same static."""
        jump, walk = (run.pictures[-1] for run in (self.captures["strides"][1], self.captures["walk"]))
        pictures = Picture(jump).set_stroke(theme.WRONG, 8), Picture(walk).set_stroke(theme.SIGNAL, 8)
        colors = (theme.WRONG, theme.SIGNAL)
        return side_by_side(*pictures, ("jump", "walk"), colors, height, theme.SENTENCE)

    def mechanism(self) -> None:
        early, late = partial(self._melting, 0), partial(self._melting, 1)
        self.tell(self._first_guesses, self._what_it_is, early, late, self._strides, self._errors)

    def _first_guesses(self) -> None:
        # Four different starts in a row turn into four guesses: the same first blur.
        walks, jump, number = self.captures["walks"][:STARTS], ValueTracker(0), spelled(STARTS)
        films = [np.stack([walk.pictures[0], walk.guess_pictures[0]]) for walk in walks]
        row = VGroup(*(Walk(film, jump, height=2.95, crossfade=True) for film in films))
        row.arrange(RIGHT, buff=0.35).move_to([0, 0.75, 0])
        before = theme.text(f"{number} starts", theme.SENTENCE).next_to(row, DOWN, buff=0.4)
        after = theme.text("first guesses", theme.SENTENCE, theme.MODEL).move_to(before)
        share = f"{self.alike.measured:.1f} % as far apart as the starts"
        label = theme.text(share, theme.LABEL, theme.MUTED).next_to(after, DOWN, buff=0.35)
        with self.say(f"{number.capitalize()} pieces of static. They have nothing in common."):
            self.gather(row, run_time=1.5, lag_ratio=0.3)
            self.show(before)
        with self.say("Ask the model once for each. ⟨What⟩ will the finished picture be?"):
            self.mark().swap(jump.animate.set_value(1), instead_of=before, run_time=1.5)
            self.show(after)
        with self.say(self.alike):
            self.show(label)
            for one in row:
                self.point(one, theme.MODEL, run_time=0.45)
        self.sweep()

    def _what_it_is(self) -> None:
        # The first guess and the mean of everything that the words could mean; then how far apart, as bars.
        guess = Picture(self.captures["walk"].guess_pictures[0]).set_stroke(theme.MODEL, width=6)
        mean = Picture.from_model(self.gathered["own"].mean)
        names = ("first guess", f"mean of {SAMPLES:,} pictures")
        ours, theirs = side_by_side(guess, mean, names, (theme.MODEL, theme.INK))
        with self.say(f"Is it that average, the ⟨mean⟩ of {SAMPLES:,} finished pictures?"):
            self.show(ours)
            self.mark().show(theirs)
        nouns = grammar.nouns(*(self.gathered[name].of.spec.prompt for name in PROMPTS))
        first, second, third = nouns if nouns[0] != nouns[1] else ("own words", "other words", nouns[2])
        away = dict(zip((first, second, third), self.away, strict=True))
        bars = parts.BarPlot(
            away,
            y_label="root mean square gap (%)",
            colors={first: theme.MODEL, second: theme.MUTED, third: theme.MUTED},
            decimals=0 if min(self.away) >= 10 else 1,
            width=8.0,
            height=1.5,
        ).move_to([2.7, 0.85, 0])
        means = VGroup(*(Picture.from_model(self.gathered[k].mean, 1.25) for k in PROMPTS))
        for one, noun in zip(means, away, strict=True):
            one.move_to([bars.names[noun].get_x(), bars.get_bottom()[1] - 0.15 - one.height / 2, 0])
        itself = theme.text(f"the mean itself: {self.chance:.1f} % off", theme.LABEL, theme.MUTED)
        with self.say(
            f"They differ. In root mean square, ⟨{self.away[0]:.0f}⟩ percent of the mean's own size."
        ):
            self.swap(into(mean, means[0]), ours.animate.shift(1.15 * LEFT), instead_of=theirs[1])
            self.show(bars.line, bars.y_label)
            self.mark().show(bars.part(first))
        with self.say(self.whose):
            self.show(bars.part(second), means[1])
            self.mark().show(bars.part(third), means[2])
            self.mark().point(bars.part(first), theme.MODEL)
        with self.say(self.rest):
            self.show(itself.next_to(means, DOWN, buff=0.2))
            self.mark().point(guess, theme.MODEL, run_time=1.5)
        self.sweep()

    def _melting(self, which: int) -> None:
        # A state flies into sixteen tiles, each goes on by itself, the endings slide together: the guess.
        walk, stop, first = self.captures["walk"], self.stops[which], which == 0
        runs, step = self.captures["endings"][stop], ValueTracker(0)
        state = Picture(walk.pictures[stop], BIG).move_to(HERE)
        here = named(state, f"step {stop} of {self.cast.steps}", theme.TIME)
        melt = parts.Melt(np.stack([run.pictures[-1] for run in runs])).move_to([THERE[0], 0.05, 0])
        films = (Walk(run.pictures, step, melt[0].height) for run in runs)
        tiles = VGroup(*(film.move_to(tile) for film, tile in zip(films, melt, strict=True)))
        fresh = theme.text("fresh noise each step", theme.LABEL, theme.MUTED).move_to([0.5, 3.1, 0])
        with self.say(
            f"Now stop the walk on its way, at step {stop}."
            if first
            else f"Once more, later on. Step {stop}."
        ):
            self.show(here)
        with self.say(
            f"Go on from here {MANY} times, with a little fresh noise at every step."
            if first
            else f"Again {MANY} endings, all from this one state."
        ):
            copies = VGroup(*(state.copy() for _ in tiles))
            self.gather([*map(into, copies, tiles), fresh], lag_ratio=0.08)
            self.remove(*copies)
            self.add(tiles)
            self.follow(step, self.cast.steps - stop, beyond=1.0 if first else 0.4)
        self.remove(tiles)
        self.add(melt)
        with self.say(
            "From here, every one of these endings is possible. ⟨Now⟩ slide them together."
            if first
            else "They differ less by now. ⟨Slide⟩ them together."
        ):
            seconds = max(self.mark().line.remaining, 3.0)
            self.swap(melt.together(THERE, BIG), instead_of=fresh, run_time=seconds)
        self.remove(*melt, melt)
        self.add(melt.mean)
        guess = Picture(walk.guess_pictures[stop]).set_stroke(theme.MODEL, width=6)
        names = (f"guess at step {stop}", f"mean of {ENDINGS} endings")
        guessed, mean = side_by_side(guess, melt.mean, names, (theme.MODEL, theme.INK))
        with self.say(
            f"They melt into a blur. ⟨And⟩ this is the model's guess at step {stop}, in one call."
            if first
            else "There is less fog: the blur is sharper. ⟨And⟩ the guess, beside it."
        ):
            self.show(mean[1])
            self.mark().swap(guessed, instead_of=here)
        self._seam(guess, melt.mean, VGroup(guessed[1], mean[1]), which)

    def _seam(self, guess: Picture, mean: Picture, names: VGroup, which: int) -> None:
        # Guess and mean in one frame, half of each; then an ending and the mean, and how far apart.
        found, first, colors = self.endings[which], which == 0, (theme.MODEL, theme.INK)
        ending = self.captures["endings"][self.stops[which]][found.nearest].pictures[-1]
        seam = Picture(halves(guess.pixels, mean.pixels), 5.0).move_to([0, 0.6, 0])
        left = Picture(seam.pixels, BIG).move_to(HERE)
        right = Picture(halves(ending, mean.pixels), BIG).move_to(THERE)
        below, after = (places.halves_named(one, ("guess", "mean"), colors) for one in (seam, left))
        ends = places.halves_named(right, ("ending", "mean"), (theme.INK, theme.INK))
        apart = named(left, f"{found.distance:.1f} levels apart", theme.MODEL, gap=0.85)[1]
        off = named(right, f"{found.off:.0f} levels apart", gap=0.85)[1]
        with self.say(
            "Put both into one frame. Do you see the seam?" if first else "Into one frame with them."
        ):
            self.hide(names, guess.animate.set_stroke(width=0))
            self.move(into(guess, seam), into(mean, seam))
            self.remove(guess, mean)
            self.add(seam)
            self.show(below)
        with self.say(
            f"They are {found.distance:.1f} levels of 255 apart. The ⟨nearest⟩ ending is {found.off:.0f} from that mean."
            if first
            else f"{found.distance:.1f} levels here, and {found.off:.0f} for the ⟨nearest⟩ ending."
        ):
            self.move(into(seam, left), *map(into, below, after))
            self.show(apart)
            self.mark().show(right, ends, off)
        if not first:
            with self.say(f"{self.middle} ⟨But⟩ {MANY} are few, and the model errs."):
                self.point(seam, theme.MODEL)
                self.mark().point(apart, theme.MODEL)
        self.sweep()

    def _strides(self) -> None:
        # From one start in more and more steps: six pictures.
        pictures = [self.captures["strides"][count].pictures[-1] for count in SHOWN]
        tiles = VGroup(*(Picture(picture, 2.4) for picture in pictures))
        tiles.arrange_in_grid(rows=2, cols=3, buff=(0.8, 0.8)).move_to([-0.8, 0.55, 0])
        names = (f"{count} step{'s' * (count > 1)}" for count in SHOWN)
        steps = [named(*pair, theme.TIME, gap=0.15) for pair in zip(tiles, names, strict=True)]
        start = Picture(self.captures["walk"].pictures[0], BIG).move_to([-0.8, 0.45, 0])
        with self.say("So how many steps does a walk need? ⟨The⟩ same start, and ⟨one⟩ step: a jump."):
            self.show(start)
            self.mark().move(into(start, tiles[0]))
            self.mark().become(start, tiles[0], steps[0][1])
        with self.say("⟨Two⟩ steps. ⟨Three⟩. ⟨Five⟩. ⟨Ten⟩. And ⟨thirty⟩. The fog clears."):
            for one in steps[1:]:
                self.mark().show(one, run_time=0.5)
        self.sweep()

    def _errors(self) -> None:
        # Where the longest walk ends; then how far from it fewer calls end, as a curve that falls.
        counts, calls = np.array(COUNTS), ValueTracker(1)
        ends = [run.pictures[-1] for run in self.captures["strides"].values()]

        def at(calls: float) -> int:
            return int(np.argmin(np.abs(counts - calls)))

        picture = LivePicture(lambda n: ends[at(n)], calls, height=BIG).move_to(places.LEFTMOST)
        judge = Picture.from_model(self.gathered["judge"].mean, BIG).move_to(picture)
        all_steps = named(judge, f"{ALL_STEPS:,} steps", theme.TIME)
        labels = ("model calls", "levels of 255 off")
        plot = places.curve_on_the_right(counts, list(self.errors.values()), labels, theme.TIME, x_from=0.0)
        taken = places.reading("steps:", lambda n: counts[at(n)], calls, theme.TIME).move_to(all_steps[1])
        with self.say(f"How far is each end from ⟨that⟩ of {ALL_STEPS:,} steps, all there are?"):
            self.show(plot.axes, all_steps)
            self.mark().point(judge, theme.TIME)
        with self.say(f"With one call of the model, {self.errors[1]:.0f} levels of 255."):
            self.swap(picture, plot.marker("curve", calls), instead_of=all_steps)
            self.show(taken, run_time=0.3)
        with self.say(self.fewer):
            self.mark()
            pace = (self.line.remaining + 1.5) / (COUNTS[-1] - COUNTS[0])
            for here, there in pairwise(COUNTS):
                self.run(calls, there, pace * (there - here), Create(plot.piece("curve", here, there)))
        with self.say(self.buys):
            self.point(plot.axes, theme.TIME, run_time=1.5)
        self.hold(0.4)

    def derivation(self) -> None:
        first = (self._bowl, self._mean, self._tweedie, self._drowning, self._spreading, self._noise)
        self.tell(*first, self._ddim, self._roads, self._misses, self._why)

    def _bowl(self) -> None:
        # An answer slides from one ending to the mean and beyond; its error draws a bowl.
        ends, s, along = self.ends[0], ValueTracker(1), np.linspace(-1, 1, 61)
        mean, shape = ends.mean(0), self.captures["walk"].states[0].shape

        def answer(s: float) -> np.ndarray:
            return mean + s * (ends[0] - mean)

        off = [((ends - answer(x)) ** 2).mean() for x in along]
        picture = LivePicture(lambda s: to_pixels(answer(s).reshape(shape)), s, height=BIG)
        yours = named(picture.move_to(places.LEFTMOST), "your answer", theme.MODEL)
        labels = ("0: the mean, 1: that ending", "mean square error")
        plot = places.curve_on_the_right(along, off, labels, theme.MODEL)
        marker = plot.marker("curve", s)
        with self.say(f"Why the mean? Answer with one of ⟨{MANY}⟩ endings, and blend in the others."):
            self.show(yours)
            self.mark().show(plot.axes, marker)
        with self.say("The error falls, and beyond their mean it rises. The ⟨bottom⟩ is the mean. Why?"):
            self.run(s, -1, 3.0, Create(plot.curves["curve"].reverse_direction()))
            self.mark().turn(s, 0)
            self.point(marker, theme.MODEL)
        self.sweep()

    @proof
    def squares(self) -> Lines:
        """Squared error is least at the mean."""
        found, square = {"endings": self.ends[0], "guess": self.ends[0][0]}, r"EE norm(x_0 - g)^2"
        return (
            ("⟨x⟩ zero is any ending, ⟨m⟩ is their mean, ⟨g⟩ is your answer. ⟨Put⟩ m in between.",
             rf"{square} = EE norm({{{{ (x_0 - m) + (m - g) : both }}}})^2", toy.split.on(**found)),
            ("A square of a sum: two squares, and twice the product.",
             rf"{square} = EE norm(x_0 - m)^2 + norm(m - g)^2 + 2 EE (x_0 - m) dot.c (m - g)",
             toy.expanded.on(**found)),
            ("In the product only x zero varies, and its mean is m. ⟨So⟩ that term is zero.",
             rf"{square} = EE norm(x_0 - m)^2 + norm(m - g)^2", toy.pythagoras.on(**found)),
            ("The first part you cannot change. The ⟨second⟩ is least where g equals m: "
             "the mean of x zero, given x t.",
             r"g = m = EE[x_0 | x_t]", toy.best.on(endings=self.ends[0])),
        )  # fmt: skip

    def _mean(self) -> None:
        # Three pictures and their letters; below them squared error falls apart.
        ends, shape = self.ends[0], self.captures["walk"].states[0].shape
        letters = VGroup()
        for name, values in (("x_0", ends[1]), ("m", ends.mean(0)), ("g", ends[0])):
            letter = Equation(name, definition="a picture's name", colors=self.letters, font_size=60)
            picture = Picture.from_model(values.reshape(shape), height=1.9)
            letters.add(VGroup(letter, picture).arrange(RIGHT, buff=0.3))
        told = self.prove(self.squares, under=letters.arrange(RIGHT, buff=0.9).move_to([-1.2, 2.4, 0]))
        with told.saying():
            for letter in letters:
                self.mark().show(letter, run_time=0.5)
            self.mark()
        told.step()
        with told.saying():
            self.point(told.part("(x_0 - m)"), theme.SIGNAL)
            self.mark()
        with told.saying():
            self.point(told.part("EE norm(x_0 - m)^2"))
            self.mark().point(told.part("norm(m - g)^2"), theme.MODEL)
        with self.say("Training pays squares too, so the model learns this mean."):
            self.point(told.part("EE[x_0 | x_t]"))
        self.sweep()

    @proof
    def tweedie(self) -> Lines:
        """The mean of what is possible, from the gradient of how likely each state is."""
        offset, score = rf"x_t - sqrt({BAR}) x_0", r"nabla_x log p_t (x_t)"
        pull, over = rf"- ({offset}) / (1 - {BAR})", r"(q(x_t | x_0) p(x_0)) / (p_t (x_t))"
        return (
            ("How likely is a state? Sum over all pictures it could have come from.",
             r"p_t (x_t) = integral q(x_t | x_0) p(x_0) dif x_0", toy.density),
            ("Which way does that rise? x t is in q alone, and q is a bell.",
             rf"q(x_t | x_0) prop exp(- norm({offset})^2 / (2 (1 - {BAR})))", toy.bell),
            ("By x t, its gradient is q times minus the offset, over the variance.",
             rf"nabla_x p_t (x_t) = integral {pull} q(x_t | x_0) p(x_0) dif x_0", toy.gradient),
            ("Divide both sides by p t.",
             rf"(nabla_x p_t (x_t)) / (p_t (x_t)) = integral {pull} {over} dif x_0", toy.over_density),
            ("A gradient over its function is the gradient of the logarithm.",
             rf"{score} = integral {pull} {over} dif x_0", toy.logarithm),
            ("On the right, by Bayes: how likely x zero is, given x t.",
             rf"{score} = integral {pull} p(x_0 | x_t) dif x_0", toy.posterior),
            ("The integral is a mean, and only x zero varies in it.",
             rf"{score} = - (x_t - sqrt({BAR}) EE[x_0 | x_t]) / (1 - {BAR})", toy.log_gradient),
            ("Solve for that mean: Tweedie's formula.",
             rf"EE[x_0 | x_t] = (x_t + (1 - {BAR}) {score}) / sqrt({BAR})", toy.tweedie),
        )  # fmt: skip

    def _tweedie(self) -> None:
        # A state of the walk and how likely it is; in the end a push uphill makes the guess of it.
        walk, k = self.captures["walk"], self.stops[1]
        dimmed = walk.signal_level[k] * walk.guesses[k]
        terms = (walk.states[k], dimmed - walk.states[k], dimmed)
        state, push, guess = (Picture.from_model(values, height=1.9) for values in terms)
        plus, equals = (theme.text(sign) for sign in "+=")
        row = VGroup(state, plus, push, equals, guess).arrange(RIGHT, buff=0.4).move_to([-1.2, 2.4, 0])
        told = self.prove(self.tweedie, under=row)
        with told.saying():
            self.show(state, run_time=0.6)
        told.rest()
        with self.say("The state plus a ⟨push⟩ uphill is the ⟨guess⟩, dimmed by root alpha bar."):
            self.mark().show(plus, push, run_time=0.7)
            self.mark().show(equals, guess, run_time=0.7)
        self.sweep()

    @proof
    def rescaling(self) -> Lines:
        """Drowning, with the picture kept as loud as ever."""
        known = self.captures["known"]
        return (
            ("Now which motion leads back? Drowning, from chapter one.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(known)),
            ("Divide by root alpha bar: the picture keeps its size, and noise comes on top.",
             rf"x_t / sqrt({BAR}) = x_0 + sqrt(1 - {BAR}) / sqrt({BAR}) epsilon", toy.rescaled.on(known)),
            ("Call the left side y, the amount of noise sigma.",
             r"y = x_0 + sigma epsilon", toy.rescaled.on(known)),
        )  # fmt: skip

    def _drowning(self) -> None:
        # A drowned drawing, turned up until the picture in it is as loud as ever.
        film, step = self.captures["known"], ValueTracker(self.cast.steps)
        louder = [to_pixels(x / level) for x, level in zip(film.states, film.signal_level, strict=True)]
        picture = Walk(np.stack(louder), step, height=1.9).move_to([-1.2, 2.4, 0])
        noisy = int(np.argmax(walking.sigma_of(film.alphas_cumprod) < 1.2))
        told = self.prove(self.rescaling, under=picture)
        told.step(picture)
        with told.saying():
            told.write()
            self.run(step, noisy, 2.0)
        told.rest()
        self.sweep()

    @proof
    def spreading(self) -> Lines:
        """A cloud that noise smears, and the velocity that smears it the same without any."""
        change, cloud = r"(partial p_sigma) / (partial sigma)", "p_(sigma + h)"
        return (
            ("Let sigma grow by a little, h: its square grows by about two sigma h.",
             r"(sigma + h)^2 approx sigma^2 + 2 sigma h", toy.squares),
            ("Variances add, so y came from y less a shake: root two sigma h, times fresh noise, z.",
             rf"{cloud} (y) approx EE p_sigma (y - sqrt(2 sigma h) z), quad z tilde.op N(0, 1)", toy.more_noise),
            ("h is small: expand to second order.",
             rf"{cloud} approx EE [p_sigma - sqrt(2 sigma h) z nabla p_sigma + 1/2 dot.c 2 sigma h z^2 nabla^2 p_sigma]",
             toy.shaken),
            ("On average z is zero, and z squared is one.",
             rf"{cloud} approx p_sigma + sigma h nabla^2 p_sigma", toy.curved),
            ("Take p off, and divide by h.",
             rf"({cloud} - p_sigma) / h approx sigma nabla^2 p_sigma", toy.quotient),
            ("Let h go to zero: p spreads like heat.", rf"{change} = sigma nabla^2 p_sigma", toy.heat),
            ("Over all numbers it adds up: the divergence of the gradient.",
             rf"{change} = nabla dot.c (sigma nabla p_sigma)", toy.divergence),
            ("The gradient of p is p times the gradient of its logarithm.",
             rf"{change} = nabla dot.c (p_sigma sigma nabla log p_sigma)", toy.flow),
            ("Call the rest minus v. The continuity equation: p changes as walkers move, at velocity v.",
             rf"{change} = - nabla dot.c (p_sigma v), quad v = - sigma nabla log p_sigma", toy.flow),
            ("Without fresh noise, the same clouds, and backwards too: the probability flow.",
             r"(d y) / (d sigma) = - sigma nabla log p_sigma (y)", toy.roads_keep_the_law),
        )  # fmt: skip

    def _spreading(self) -> None:
        # Two hills that noise smears, and walkers below, to whom none is added: they spread alike, and back.
        sigma, at = ValueTracker(0.4), np.linspace(0.4, 1.8, 57)
        # Each walker stands for an equal share of the cloud, so that they crowd where the curve is high.
        tracks = walking.road(TOY.slope, TOY.quantiles((np.arange(14) + 0.5) / 14, 0.4), list(at))
        highest = float(TOY.cloud(TOY.places[0], 0.4))
        cloud = parts.Cloud(TOY.cloud, (at, tracks), sigma, reach=5.0, highest=highest)
        for dot in cloud.move_to([-1.2, 2.3, 0]).walkers:
            dot.scale(0.6)
        about = theme.text("a toy: one number, two places", theme.LABEL, theme.MUTED).move_to([-1.2, 0.75, 0])
        told = self.prove(self.spreading, at=1.2 * DOWN)
        with self.say("For one number, this is p, the cloud. ⟨More⟩ noise smears it."):
            self.show(cloud, about)
            self.mark().turn(sigma, 0.8, run_time=1.6)
            self.hide(about)
        told.rest(until=5)
        with told.saying():
            told.write()
            self.turn(sigma, 1.2)
        told.rest(until=8)
        with told.saying():
            self.show(cloud.walkers)
            told.write()
            self.run(sigma, 1.8, 1.2)
        with told.saying():
            told.write()
            self.run(sigma, 0.4, 2.2)
        self.sweep()

    @proof
    def velocity(self) -> Lines:
        """The velocity is the predicted noise."""
        return (
            ("x t is y times root alpha bar: a stretch. ⟨It⟩ adds a constant to the logarithm.",
             r'log p_t (x_t) = log p_sigma (y) + "a constant"', toy.stretch),
            ("Now Tweedie again, multiplied out. The guess stands for the mean.",
             rf"hat(x)_0 = x_t / sqrt({BAR}) + (1 - {BAR}) / sqrt({BAR}) nabla_x log p_t (x_t)",
             toy.multiplied_out),
            ("A gradient by x is ⟨one⟩ by y, over root alpha bar.",
             rf"hat(x)_0 = y + (1 - {BAR}) / sqrt({BAR}) 1 / sqrt({BAR}) nabla_y log p_sigma (y)", toy.by_y),
            ("One minus alpha bar, over alpha bar, is sigma squared.",
             r"hat(x)_0 = y + sigma^2 nabla log p_sigma (y)", toy.tweedie_by_size),
            ("Solve for the gradient.", r"nabla log p_sigma (y) = (hat(x)_0 - y) / sigma^2", toy.solved),
            ("So the velocity is y less the guess, over sigma: the predicted noise.",
             r"(d y) / (d sigma) = - sigma nabla log p_sigma (y) = (y - hat(x)_0) / sigma = hat(epsilon)",
             toy.slope_is_noise),
        )  # fmt: skip

    def _noise(self) -> None:
        # From Tweedie's formula to the velocity.
        told = self.prove(self.velocity)
        for pointed in ('"a constant"', "", "nabla_y"):
            with told.saying():
                told.write()
                if pointed:
                    self.mark().point(told.part(pointed))
        told.rest()

    @proof
    def ddim(self) -> Lines:
        """DDIM is Euler's method on these roads."""
        walk, after = self.captures["walk"], rf"sqrt(1 - {BEFORE})"
        return (
            ("The program goes ⟨by⟩ DDIM, from chapter two.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + {after} hat(epsilon)", reverse_checks.ddim_update.on(walk)),
            ("The guess is the state less the noise, turned up. Put that in.",
             rf"x_(t-1) = sqrt({BEFORE}) (x_t - sqrt(1 - {BAR}) hat(epsilon)) / sqrt({BAR}) + {after} hat(epsilon)",
             toy.inserted.on(walk)),
            ("Divide by the root in front, and multiply out.",
             rf"x_(t-1) / sqrt({BEFORE}) = x_t / sqrt({BAR}) - sqrt(1 - {BAR}) / sqrt({BAR}) hat(epsilon)"
             rf" + {after} / sqrt({BEFORE}) hat(epsilon)", toy.divided.on(walk)),
            ("The old place, plus the change of sigma times the ⟨velocity⟩: ⟨Euler's⟩ method.",
             r"y_(t-1) = y_t + (sigma_(t-1) - sigma_t) hat(epsilon)", toy.euler_step.on(walk)),
        )  # fmt: skip

    def _ddim(self) -> None:
        # The name of what the program does; its lines; and what it is.
        whole = theme.text("DDIM = Euler's method", theme.SENTENCE, theme.TIME).move_to([-1.2, 3.1, 0])
        told = self.prove(self.ddim)
        with told.saying():
            self.mark().sweep(0.4)
            self.show(whole[:4], run_time=0.3)
        told.rest(until=3)
        with told.saying():
            told.write()
            self.mark().point(told.part("hat(epsilon)"), theme.NOISE)
            measured = told.measured("left and right, on our walk:\n").move_to([0, -2.3, 0])
            self.mark().show(whole[4:], measured)
            self.hold(0.5)
        self.sweep()

    def _roads(self) -> None:
        # The toy's roads from noise to two places; on one of them straight strides, fewer and more.
        road_map = parts.RoadMap(toy.HIGH, 3.0, width=10.2, height=4.6, name="noise σ").move_to(
            [-0.7, -0.1, 0]
        )
        # The label stands to the upper left of the roads, where none of them comes.
        place = theme.text("place y", theme.LABEL, theme.MUTED)
        place.next_to(road_map.point(road_map.high, road_map.reach), UP, buff=0.25)
        road_map.add(place.align_to(road_map.base, LEFT))
        sigmas, mine = np.append(np.linspace(toy.HIGH, 0.02, 90), 0.0), 5
        starts = np.array([-2.7, -1.8, -0.9, -0.25, 0.25, 1.0, 1.8, 2.7])
        tracks = walking.road(TOY.slope, starts, list(sigmas[:-1]))
        tracks = np.concatenate([tracks, tracks[-1:]]).T
        roads = VGroup(*(road_map.road(sigmas, track, theme.MUTED, 4) for track in tracks))
        walks = []
        for count, color in ((1, theme.WRONG), (2, theme.TIME), (5, theme.TIME), (15, theme.SIGNAL)):
            stops = np.linspace(toy.HIGH, 0, count + 1)
            walk = road_map.strides(stops, walking.euler(TOY.slope, starts[mine], list(stops)), color)
            name = theme.text(counted(count, "step"), theme.SENTENCE, color).move_to([0.6, 3.1, 0])
            walks.append(VGroup(walk, name))
        with self.say("Here are the toy's roads. ⟨All⟩ head for the middle, then each finds one place."):
            self.show(road_map, road_map.hills(TOY.density))
            self.mark()
            self.draw(roads, run_time=self.line.remaining)
        with self.say(
            "Now jump. ⟨One⟩ step, at the first velocity, ends between the places: ⟨the⟩ first guess."
        ):
            (stride, _, end), name = walks[0]
            self.hide(*(road for road in roads if road is not roads[mine]))
            self.mark().show(Create(stride), name, run_time=1.4)
            self.move(FadeIn(end, scale=2), run_time=0.4)
            self.mark().point(end, theme.WRONG)
        with self.say("⟨Two⟩ steps. ⟨Five⟩. ⟨Fifteen⟩ follow the bend."):
            for before, after in pairwise(walks):
                # One after the other: their names stand at the same place.
                self.mark().hide(before, run_time=0.2)
                self.show(after, run_time=0.3)
        self.sweep()

    @proof
    def misses(self) -> Lines:
        """What each stride misses, and all of them together."""
        return (
            ("What does one step miss? By Taylor, how the velocity ⟨changes⟩ on the way.",
             r"y (sigma - h) = y - h hat(epsilon) + h^2 / 2 (d hat(epsilon)) / (d sigma) + dots.c", toy.taylor),
            ("So one step is off by about h squared.", r'"error of one step" prop h^2', toy.one_step_error),
            (f"N steps, one over N long, add up. {self.half}",
             r'"error of" N "steps" prop N h^2 prop 1 / N', toy.whole_error),
        )  # fmt: skip

    def _misses(self) -> None:
        # What each stride misses.
        told, factor = self.prove(self.misses), f"{2**self.half.measured:.1f}"
        twice = theme.text(f"on the toy: twice the steps, error ÷ {factor}", theme.LABEL, theme.MUTED)
        with told.saying():
            told.write()
            self.mark().point(told.part("(d hat(epsilon)) / (d sigma)"), theme.WRONG)
        told.step()
        with told.saying():
            told.write()
            self.mark().show(twice.move_to([0, -2.5, 0]))
        self.sweep()

    @proof
    def straight(self) -> Lines:
        """A road is straight where the guess never changes."""
        return (
            ("So why walk? If the guess never changed, ⟨the⟩ road would be straight, and ⟨one⟩ jump would do.",
             r"y - hat(x)_0 = sigma hat(epsilon)", toy.rescaled.on(self.captures["walk"])),
        )  # fmt: skip

    def _why(self) -> None:
        # What a jump makes, and the line that it would need; what a walk makes.
        jump, walked = self._pair()
        told = self.prove(self.straight, at=[-1.2, 3.3, 0])
        with told.saying():
            self.show(jump)
            self.mark()
            told.write()
            self.mark().point(jump[0], theme.WRONG)
        with self.say("But it does change. With every step, there is less that it could be."):
            self.show(walked)
            self.point(walked[0], theme.SIGNAL)
        self.hold(0.6)

    def remember(self) -> Mobject:
        """From the blur that a jump makes to the picture at the end of the walk."""
        (jump, _), (walked, _) = self._pair(5.7)
        arrow = Arrow(LEFT, RIGHT, color=theme.TIME, stroke_width=12, buff=0).scale_to_fit_width(1.2)
        return VGroup(jump, arrow, walked).arrange(RIGHT, buff=0.3)
