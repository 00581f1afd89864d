"""Chapter 4: why walk, and not jump: every guess is the middle of all that is still possible."""

from collections.abc import Callable, Mapping
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
    Mobject,
    Rectangle,
    ValueTracker,
    VGroup,
    VMobject,
)

from course import grammar
from course.maths import measure, reverse_checks, walking
from course.maths import walking_checks as toy
from course.maths.walking import MAP, TOY
from course.precompute import Capture, CaptureSpec, Gathering, capture_all
from course.precompute.families import Specs
from course.stage import Chapter, Equation, LivePicture, Picture, Walk, parts, places, theme
from course.stage.parts.driven import Driven
from course.stage.parts.pictures import to_pixels
from course.stage.places import BIG, into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

ENDINGS, STARTS, SAMPLES, BARE, FEWER, ALL_STEPS = 16, 4, 1024, 512, 256, 1200
COUNTS, SHOWN, MANY = (1, 2, 3, 5, 10, 15, 20, 30), (1, 2, 3, 5, 10, 30), spelled(ENDINGS)
MINE = 2  # the place on the map where the walk ends, from below
BAR, BEFORE = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
AT_WORK = (-1.2, 2.25, 0.0)  # where a derivation's picture stands: above its lines, left of the badge


class WhyWalk(Chapter):
    """Why walk, and not jump: the only place to jump to is the middle of everything."""

    title = "Why walk?"
    question = "Why not just jump to the picture?"
    letters = {"g": theme.MODEL, "m": theme.SIGNAL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Walks, endings that leave one of them on the way, and strides of all sizes, all without guidance."""
        walk, undecided = self._walk, self.undecided.spec
        return {
            "walk": walk,
            "starts": [replace(walk, seed=walk.seed + k) for k in range(STARTS)],
            "bare": [one.spec for one in self.bare],
            "endings": {
                stop: [
                    replace(undecided, seed=one.spec.seed, start=(undecided.key, stop), eta=1.0)
                    for one in self.bare
                ]
                for stop in self.stops
            },
            "strides": {count: replace(walk, steps=count) for count in COUNTS},
            "known": replace(walk, model="forward:prompt"),
        }

    def gatherings(self) -> Mapping[str, Gathering]:
        """The mean of many finished pictures of three prompts, and where the first walk should end."""
        walk = self._walk
        return {
            "own": Gathering(walk, SAMPLES),
            "other": Gathering(replace(walk, prompt=self.cast.other), FEWER),
            "bare": Gathering(replace(walk, prompt=grammar.bare(self.cast.prompt)), BARE),
            "judge": Gathering(replace(walk, steps=ALL_STEPS), 1),
        }

    @property
    def _walk(self) -> CaptureSpec:
        return CaptureSpec.of(self.cast, guidance=1.0)

    @cached_property
    def bare(self) -> list[Capture]:
        """Sixteen walks to the things that the prompt names, whatever they look like."""
        bare = replace(self._walk, prompt=grammar.bare(self.cast.prompt))
        return capture_all(replace(bare, seed=bare.seed + k) for k in range(ENDINGS))

    @cached_property
    def stops(self) -> tuple[int, int]:
        """Where a walk is left for its endings: once early, once later."""
        return round(0.2 * self.cast.steps), round(0.4 * self.cast.steps)

    @cached_property
    def undecided(self) -> Capture:
        """Of those sixteen walks the one whose guess changes most from the first stop to the second."""
        early, late = self.stops
        return max(self.bare, key=lambda one: measure.distance(one.guesses[early], one.guesses[late]))

    @cached_property
    def finished(self) -> np.ndarray:
        """(16, H, W, 3) uint8: finished pictures of the things, each from a start of its own."""
        return np.stack([walk.pictures[-1] for walk in self.bare])

    @cached_property
    def hung(self) -> np.ndarray:
        """(4, H, W, 3) uint8: the first of them and those most unlike it and each other, the first at MINE."""
        found, ends = [0], np.stack([walk.states[-1] for walk in self.bare])
        for _ in MAP.places[1:]:
            away = ((ends[:, None] - ends[found]) ** 2).mean((2, 3, 4)).min(1)
            found.append(int(np.argmax(away)))
        return self.finished[[*found[1 : MINE + 1], found[0], *found[MINE + 1 :]]]

    @cached_property
    def ends(self) -> np.ndarray:
        """(2, 16, D) float64: how the walks end that leave the undecided one at each of the stops."""
        families = (self.captures["endings"][stop] for stop in self.stops)
        return np.array([[run.states[-1].ravel() for run in family] for family in families], np.float64)

    @cached_property
    def apart(self) -> float:
        """From the guess at the first stop to the mean of the endings from there, in levels of 255."""
        guess = self.undecided.guesses[self.stops[0]]
        return measure.LEVELS * measure.distance(self.ends[0].mean(0), guess.ravel())

    @cached_property
    def spreads(self) -> list[float]:
        """For each stop how far one ending is from where the mean of endless many would be, in levels of 255."""
        fewer = np.sqrt(ENDINGS / (ENDINGS - 1))
        return [measure.LEVELS * measure.spread(ends) * fewer for ends in self.ends]

    @cached_property
    def errors(self) -> dict[int, float]:
        """For each number of model calls how far the end lies from the judge's, in levels of 255."""
        judge, strides = self.gathered["judge"].mean, self.captures["strides"]
        return {n: measure.LEVELS * measure.distance(strides[n].states[-1], judge) for n in COUNTS}

    def _away(self, guess: np.ndarray, mean: str, size: str) -> float:
        """From a guess to the mean picture of a prompt, in percent of the size of one."""
        means = self.gathered
        return 100 * measure.distance(guess, means[mean].mean) / measure.distance(means[size].mean, 0)

    @verdict
    def close(self) -> Verdict:
        return Verdict(
            self._away(self.bare[0].guesses[0], "bare", "bare"),
            (40, "Ask the model once, at the start: its first ⟨guess⟩ comes close to that average."),
            (inf, "Ask the model once, at the start: its first ⟨guess⟩ at that average."),
            how=f"from the first guess to the average of {BARE}, as a share of the average's size",
            unit="%",
        )

    @verdict
    def alike(self) -> Verdict:
        walks = self.captures["starts"]
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
        guess = self.captures["walk"].guesses[0]
        own, other = (self._away(guess, name, "own") for name in ("own", "other"))
        apart = f"It is ⟨{own:.0f}⟩ percent off. The mean of {self.cast.other} is ⟨{other:.0f}⟩ percent away."
        return Verdict(
            own / other,
            (1, f"{apart} So this is ours, and the rest is the model's mistake."),
            (inf, f"{apart} So it could be the other's."),
            how=f"root mean square distance from the first guess to the own mean ({SAMPLES:,} samples), by that to the other prompt's ({FEWER})",
        )

    @verdict
    def settles(self) -> Verdict:
        early, late = self.spreads
        return Verdict(
            late / early,
            (0.8, "They ⟨agree⟩ far better: the walk has made up its mind."),
            (inf, "They ⟨agree⟩ little better."),
            how=f"how far one of {ENDINGS} endings is from their mean, {early:.0f} levels of 255 from step {self.stops[0]} and {late:.0f} from step {self.stops[1]}",
        )

    @verdict
    def chance(self) -> Verdict:
        quarter = self.spreads[0] / np.sqrt(ENDINGS)
        said = f"⟨Chance⟩ makes {quarter:.0f}: a mean of {MANY} is off by a quarter of what one ending is."
        return Verdict(
            self.apart / quarter,
            (1, f"{said} So they are the same."),
            (2, f"{said} The rest is the model's."),
            (inf, f"{said} Most is the model's."),
            how=f"root mean square distance of the guess from the mean of {ENDINGS} endings, {self.apart:.1f} levels of 255, by a quarter of their spread",
        )

    @verdict
    def thirds(self) -> Verdict:
        ten, thirty = self.errors[10], self.errors[30]
        said = f"Ten calls, ⟨{ten:.0f}⟩. Thirty, ⟨{thirty:.0f}⟩"
        return Verdict(
            thirty / ten,
            (0.25, f"{said}: less than a third."),
            (0.45, f"{said}: three times the calls, about a third of the error."),
            (inf, f"{said}."),
            how=f"root mean square distance of the last state from that of {ALL_STEPS:,} steps, one start: thirty calls by ten",
        )

    @verdict
    def half(self) -> Verdict:
        how = "the toy's error over the number of steps, four halvings, slope in logarithms"
        said = "⟨Twice⟩ the steps, half the error."
        return Verdict(toy.whole_error()[0], (0.85, None), (1.15, said), (inf, None), how=how)

    def story(self) -> None:
        self.tell(self._question, self._pour, self._two_dots, self._average, self._journey)

    def _map(self, step: ValueTracker) -> parts.WalkMap:
        """The first walk on the map, its own picture at the place where it ends."""
        walk = self.bare[0]
        way, films = walking.journey(MAP, MINE, walk.alphas_cumprod), (walk.pictures, walk.guess_pictures)
        return parts.WalkMap(way, MAP.places, self.hung, films, step)

    def _question(self) -> None:
        # Static on the left, pictures on the right, and a leap that ends between them; then picture by picture.
        chart, what = self._map(ValueTracker(0)), grammar.bare(self.cast.prompt)
        doubt = theme.text("?", 2 * theme.TITLE, theme.WRONG).move_to(chart.jump.get_end() + 0.5 * RIGHT)
        self.add(chart.states, chart.places)
        with self.opening(f"You start in static, and want {what}. ⟨Why⟩ not just jump to the picture?"):
            self.play(Create(chart.jump), run_time=1.0)
            self.mark().show(doubt)
        with self.say("But to which one? ⟨This⟩ would do. And ⟨this⟩. And ⟨this⟩. There are thousands more."):
            shown: list[Mobject] = [chart.jump, doubt]
            for place in reversed(chart.places[1:]):
                big = Picture(place.pixels, BIG).move_to([0.6, 0, 0])
                self.mark().hide(*shown, run_time=0.2)
                self.become(place.still(), big, run_time=0.5)
                shown = [big]
        self.sweep()

    @needs(bare="text_embedding")
    def _pour(self) -> None:
        # The table that the words become, and a picture that fills with its numbers: rubbish.
        walk, poured = self.captures["bare"][0], ValueTracker(0)
        numbers, shape = walk.text_embedding, walk.pictures[0].shape
        pour = parts.Pouring(numbers, shape, poured).move_to([0, -0.15, 0])
        what = f"{grammar.bare(self.cast.prompt)}: {' × '.join(map(str, numbers.shape))} numbers"
        name = theme.text(what, theme.LABEL, theme.PROMPT).next_to(pour.table, UP, buff=0.2)
        size = theme.text(" × ".join(map(str, shape)), theme.LABEL, theme.SIGNAL)
        size.next_to(pour.picture, RIGHT, buff=0.4)
        with self.say("Your words become numbers as well. ⟨Pour⟩ these into the pixels:"):
            self.show(pour.table, name.align_to(pour.table, LEFT))
            self.mark().show(pour.picture, size, run_time=0.4)
            self.follow(poured, pour.size, beyond=0.6)
        with self.say("rubbish. They say what you want, ⟨not⟩ where it is."):
            self.point(pour.picture)
            self.mark().point(name)
        self.sweep()

    def _two_dots(self) -> None:
        # A dot on the left, a dot on the right; slid together they make two faint dots, none in the middle.
        down, across = np.mgrid[:15, :15]
        dots = [np.where(np.hypot(down - 7, across - x) < 2.6, 240, 12) for x in (3, 11)]
        pixels = np.repeat(np.array(dots, np.uint8)[..., None], 3, axis=-1)
        melt = parts.Melt(pixels, columns=2, height=4.2, gap=0.8).move_to([-0.3, 0.5, 0])
        about = theme.text("a toy", theme.LABEL, theme.MUTED).move_to([-0.3, -2.3, 0])
        with self.say("Take something simpler: a dot, ⟨left⟩ or ⟨right⟩. Draw one picture for both."):
            self.show(about, run_time=0.3)
            for one in melt:
                self.mark().show(one.set_stroke(theme.SIGNAL, width=5))
        with self.say("You pay the square of what each pixel is off. Then your ⟨best⟩ bet is the average:"):
            self.point(melt[0], run_time=1.0)
            self.point(melt[1], run_time=1.0)
            self.mark().play(melt.together([-0.3, 0.5, 0], 4.2), run_time=self.line.remaining + 0.6)
        self.remove(*melt, melt)
        self.add(melt.mean.set_stroke(theme.SIGNAL, width=5))
        with self.say("two faint dots. And in the ⟨middle⟩, none."):
            self.mark().point(melt.mean)
        self.sweep()

    def _average(self) -> None:
        # A wall of possible pictures slides together into their average; the model's first guess, beside it.
        melt = parts.Melt(self.finished, height=6.4).move_to([-0.6, 0.3, 0])
        mean = Picture.from_model(self.gathered["bare"].mean, 5.2).set_stroke(theme.WRONG, width=6)
        mean.move_to([-0.6, 0.5, 0])
        with self.say("Now the same with all the pictures that you might mean."):
            self.gather(melt, run_time=1.8)
            self.play(melt.together(mean.get_center(), 5.2), run_time=self.line.remaining + 1.5)
        self.remove(*melt, melt)
        self.add(melt.mean)
        guess = Picture(self.bare[0].guess_pictures[0]).set_stroke(theme.MODEL, width=6)
        names = ("first guess", f"the average of {BARE:,}")
        left, right = side_by_side(guess, mean.copy(), names, (theme.MODEL, theme.INK))
        with self.say("The average is a blur. ⟨Nobody⟩ would ask for that."):
            self.become(melt.mean, mean)
            self.mark().point(mean)
        with self.say(self.close):
            self.become(mean, right[0], right[1])
            self.mark().show(left)
            self.point(guess)
        self.sweep()

    def _journey(self) -> None:
        # The map: the jump ends in the blur between all places; the walk bends while places fade.
        walk, steps, step = self.bare[0], self.cast.steps, ValueTracker(0)
        chart = self._map(step)
        sketch = theme.text("a sketch", theme.LABEL, theme.MUTED).move_to([-5.4, -2.5, 0])
        with self.say("So a jump ends ⟨here⟩: in the middle of all places, where there is none."):
            self.show(chart.states, chart.places, sketch)
            self.mark().show(Create(chart.jump), run_time=0.7)
            self.show(chart.guess)
        with self.say("Do not jump. ⟨Take⟩ one small step towards the guess, and ask again."):
            self.hide(chart.jump)
            self.add(chart.road)
            self.mark().show(chart.arrow, run_time=0.4)
            self.turn(step, 1)
        with self.say("Some places fit no more. They fade, and the middle of the others moves."):
            self.follow(step, 0.27 * steps)
        with self.say("So you bend. Step, ask. Step, ask."):
            self.follow(step, 0.55 * steps, beyond=0.6)
        with self.say("In the end a single place is left. And the middle of one place is a picture."):
            self.sound_walk(walk.alphas_cumprod[round(0.55 * steps) :], self.line.remaining)
            self.follow(step, steps)
        jump, walked = self._pair()
        with self.say("Jump, and you get the middle of everything. ⟨Walk⟩, and you get one of them."):
            self.hide(chart.road, chart.arrow, chart.places, sketch, chart.states)
            self.show(jump)
            self.mark().remove(chart.guess)
            self.become(chart.guess.still(), walked[0], walked[1])

    def _pair(self, height: float = places.TALL) -> VGroup:
        """What one jump makes, and what the walk makes, from the same static."""
        colors, pictures = (theme.WRONG, theme.SIGNAL), (self.bare[0].guess_pictures[0], self.finished[0])
        jump, walk = (Picture(one).set_stroke(color, 8) for one, color in zip(pictures, colors, strict=True))
        return side_by_side(jump, walk, ("jump", "walk"), colors, height, theme.SENTENCE)

    def mechanism(self) -> None:
        first, then = partial(self._melting, 0), partial(self._melting, 1)
        self.tell(self._first_guesses, self._whose, first, then, self._strides, self._errors)

    def _first_guesses(self) -> None:
        # Four different starts turn into four guesses: the same blur.
        jump, number = ValueTracker(0), spelled(STARTS)
        films = (np.stack([one.pictures[0], one.guess_pictures[0]]) for one in self.captures["starts"])
        row = VGroup(*(Walk(film, jump, height=3.05, crossfade=True) for film in films))
        row.arrange(RIGHT, buff=0.3).move_to([0, 0.5, 0])
        before = theme.text(f"{number} starts", theme.SENTENCE).next_to(row, DOWN, buff=0.4)
        after = theme.text("first guesses", theme.SENTENCE, theme.MODEL).move_to(before)
        told = {len(grammar.telling(one)) for one in (self.cast.prompt, grammar.bare(self.cast.prompt))}
        with self.say(
            f"{'Say' if len(told) > 1 else 'Once'} more: {self.cast.prompt}. {number.capitalize()} starts."
        ):
            self.gather(row, run_time=3.5, lag_ratio=0.9)
            self.show(before)
        with self.say("Ask the model once for each: ⟨what⟩ will this be?"):
            self.mark().swap(jump.animate.set_value(1), instead_of=before, run_time=1.5)
            self.show(after, run_time=0.4)
        with self.say(self.alike):
            self.point(row)
        self.sweep()

    def _whose(self) -> None:
        # The first guess, the mean that it should be and another one's, with how far they are away.
        walk, other = self.captures["walk"], grammar.bare(self.cast.other)
        means = (Picture.from_model(self.gathered[name].mean, 3.6) for name in ("own", "other"))
        guess = Picture(walk.guess_pictures[0], 3.6).set_stroke(theme.MODEL, width=6)
        three = VGroup(guess, *means).arrange(RIGHT, buff=0.8).move_to([-0.3, 0.75, 0])
        words = ("first guess", f"mean of {SAMPLES:,}", f"mean: {other}")
        labels = [theme.text(word, theme.LABEL) for word in words]
        away = (self._away(walk.guesses[0], name, "own") for name in ("own", "other"))
        gaps = [theme.text(f"{one:.0f} % away", theme.SENTENCE, theme.WRONG) for one in away]
        for word, y, one in zip((*labels, *gaps), [-1.5] * 3 + [-2.3] * 2, (*three, *three[1:]), strict=True):
            word.move_to([one.get_x(), y, 0])
        with self.say(f"Is this blur the ⟨mean⟩ of {SAMPLES:,} finished pictures?"):
            self.show(guess, labels[0])
            self.mark().show(three[1], labels[1])
        with self.say(self.whose):
            self.mark().show(gaps[0])
            self.mark().show(three[2], labels[2], gaps[1])
            self.point(guess)
        self.sweep()

    def _melting(self, which: int) -> None:
        # A state flies into sixteen tiles, each goes on by itself; the endings slide together: the guess.
        walk, stop, early = self.undecided, self.stops[which], which == 0
        step, on = ValueTracker(0 if early else self.stops[0]), ValueTracker(0)
        runs = self.captures["endings"][stop]
        state = Walk(walk.pictures, step, 3.0).move_to([-4.75, 0.6, 0])
        here = named(state, f"step {stop} of {self.cast.steps}", theme.TIME)
        melt = parts.Melt(np.stack([run.pictures[-1] for run in runs]), height=6.2).move_to([0.7, 0.1, 0])
        tiles = melt.films([run.pictures for run in runs], on)
        what = f"Stop a walk to {grammar.bare(self.cast.prompt)}: of {MANY} starts, the one that still changes its mind most."
        later = f"{counted(stop - self.stops[0], 'step').capitalize()} later."
        with self.say(what if early else later):
            if early:
                starts = melt.films([one.guess_pictures for one in self.bare], step)
                self.show(starts)
                self.run(step, stop, 3.0)
                mine = starts[[one.key for one in self.bare].index(walk.key)]
                self.swap(into(mine, state), instead_of=VGroup(*(one for one in starts if one is not mine)))
                self.swap(state, instead_of=mine)
            else:
                self.show(state)
                self.follow(step, stop)
            self.show(here[1])
        what = f"Go on from here {MANY} times, with a little fresh noise at every step."
        with self.say(what if early else f"Again {MANY} endings, all from this state."):
            copies = VGroup(*(state.still() for _ in tiles))
            self.gather([*map(into, copies, melt)], run_time=1.2, lag_ratio=0.05)
            self.remove(*copies)
            self.add(tiles)
            self.follow(on, self.cast.steps - stop, beyond=0.5)
        self.remove(tiles)
        self.add(melt)
        what = "See how they differ: from here, ⟨all⟩ of that is possible."
        with self.say(what if early else self.settles):
            self.mark().point(melt)
        guess = Picture(walk.guess_pictures[stop]).set_stroke(theme.MODEL, width=6)
        names = (f"guess at step {stop}", f"mean of {ENDINGS} endings")
        guessed, mean = side_by_side(guess, melt.mean, names, (theme.MODEL, theme.INK), 3.7)
        what = f"Slide them ⟨together⟩. And this is the model's ⟨guess⟩ at step {stop}, in one call."
        with self.say(what if early else "⟨So⟩ their mean is less of a blur, and so is the ⟨guess⟩."):
            self.mark().play(melt.together(melt.mean.get_center(), 3.7), run_time=2.4)
            self.remove(*melt, melt)
            self.add(melt.mean)
            self.mark().swap(mean[1], guessed, instead_of=here)
        if early:
            self._by_chance(VGroup(guessed[1], mean[1]))
        self.sweep()

    def _by_chance(self, names: VGroup) -> None:
        # How far the guess is from the mean of sixteen, and a quarter of how far one ending is.
        stripe = partial(places.stripe, left=-2.0, unit=6.0 / self.spreads[0], words="{:.0f} levels")
        whole = stripe(self.spreads[0], "ending to mean", -2.55, theme.NOISE)
        quarter = stripe(self.spreads[0] / np.sqrt(ENDINGS), "a quarter", -2.55, theme.NOISE)
        with self.say(f"They are ⟨{self.apart:.0f}⟩ levels of 255 apart. {self.chance}"):
            self.hide(names)
            self.mark().show(stripe(self.apart, "guess to mean", -1.9, theme.MODEL))
            self.mark().show(whole)
            self.hold(1.0)
            self.hide(whole[1:])
            self.become(whole[0], quarter[0])
            self.show(quarter[1:])

    def _strides(self) -> None:
        # From one start in more and more steps: six pictures.
        pictures = [self.captures["strides"][count].pictures[-1] for count in SHOWN]
        tiles = VGroup(*(Picture(picture, 2.5) for picture in pictures))
        tiles.arrange_in_grid(rows=2, cols=3, buff=(1.3, 0.75)).move_to([-1.3, 0.5, 0])
        names = (f"{count} step{'s' * (count > 1)}" for count in SHOWN)
        steps = [named(*pair, theme.TIME, gap=0.13) for pair in zip(tiles, names, strict=True)]
        start = Picture(self.captures["walk"].pictures[0], BIG).move_to([-1.3, 0.5, 0])
        with self.say("How many steps does a walk need? ⟨One⟩ is the jump. ⟨Two⟩. ⟨Three⟩."):
            self.show(start)
            self.mark().become(start, tiles[0], steps[0][1], run_time=0.6)
            for one in steps[1:3]:
                self.mark().show(one, run_time=0.5)
        with self.say("⟨Five⟩. ⟨Ten⟩. And ⟨thirty⟩. The fog clears."):
            for one in steps[3:]:
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
            self.mark().point(judge)
        with self.say(f"One call of the model: {self.errors[1]:.0f} levels of 255."):
            self.swap(picture, plot.marker("curve", calls), instead_of=all_steps)
            self.show(taken, run_time=0.3)
        with self.say(self.thirds):
            for here, there in pairwise(COUNTS):
                self.run(calls, there, 0.08 * (there - here), Create(plot.piece("curve", here, there)))
                if there in (10, 30):
                    self.mark()
        with self.say("Why one over the number of steps? That, the mathematics tells."):
            self.turn(calls, 10, run_time=1.5)
            self.turn(calls, 30, run_time=1.5)

    def derivation(self) -> None:
        self.tell(self._mean, self._uphill, self._flowing, self._euler, self._roads, self._misses, self._why)

    @proof
    def squares(self) -> Lines:
        """Squared error is least at the mean."""
        found, square = {"endings": self.ends[0], "guess": self.ends[0][0]}, r"EE norm(x_0 - g)^2"
        return (
            ("Why is the middle the best answer? ⟨x⟩ zero is any ending, ⟨m⟩ their mean, ⟨g⟩ your answer.",
             rf"{square} = EE norm({{{{ (x_0 - m) + (m - g) : both }}}})^2", toy.split.on(**found)),
            text_only("A square of a sum: two squares, and twice the product.",
             rf"{square} = EE norm(x_0 - m)^2 + norm(m - g)^2 + 2 EE (x_0 - m) dot.c (m - g)",
             toy.expanded.on(**found)),
            ("Multiply out. On average x zero minus m is nothing, so the mixed term goes.",
             rf"{square} = EE norm(x_0 - m)^2 + norm(m - g)^2", toy.pythagoras.on(**found)),
            ("The first part you cannot change. The ⟨second⟩ goes where g is m: the mean of x zero, given x t.",
             r"g = m = EE[x_0 | x_t]", toy.best.on(endings=self.ends[0])),
        )  # fmt: skip

    def _mean(self) -> None:
        # An ending, the mean, your answer; a bar of what you pay, of which one part shrinks as g becomes m.
        ends, shape, s = self.ends[0], self.undecided.states[0].shape, ValueTracker(1)
        mean = ends.mean(0)
        answer = LivePicture(
            lambda s: to_pixels((mean + s * (ends[0] - mean)).reshape(shape)), s, height=1.75
        )
        shown = (Picture.from_model(one.reshape(shape), 1.75) for one in (ends[1], mean))
        row = VGroup(*shown, answer).arrange(RIGHT, buff=1.9).move_to([AT_WORK[0] + 0.5, 2.65, 0])
        name = partial(Equation, definition="a picture's name", colors=self.letters, font_size=60)
        fixed, off = ((ends - mean) ** 2).mean(), ((ends[0] - mean) ** 2).mean()
        unit = 8.0 / (fixed + off)

        def bar(size: float, color: str) -> Rectangle:
            return Rectangle(width=max(unit * size, 1e-3), height=0.35, stroke_width=0).set_fill(color, 1)

        first = bar(fixed, theme.SIGNAL).move_to([AT_WORK[0] - 4 + unit * fixed / 2, 1.3, 0])
        second = Driven(lambda s: bar(off * s**2, theme.MODEL).next_to(first, RIGHT, buff=0.05), s)
        told = self.prove(self.squares, under=VGroup(row, first))
        with told.saying():
            self.gather(row, lag_ratio=0.5)
            for letter, picture in zip(("x_0", "m", "g"), row, strict=True):
                self.mark().show(name(letter).next_to(picture, LEFT, buff=0.3), run_time=0.4)
        with told.saying():
            told.write()
            self.show(first, second)
        with told.saying():
            self.point(first)
            self.mark().turn(s, 0)
        with self.say("Training pays squares as well. So the model's guess is this mean."):
            self.point(told.part("EE[x_0 | x_t]"))
        self.sweep()

    @proof
    def tweedie(self) -> Lines:
        """The mean of what is possible, from the gradient of how likely each state is."""
        score, pull = r"nabla log p_sigma (y)", r"(x_0 - y) / sigma^2"
        return (
            ("Divide a state by root alpha bar: a picture as ⟨loud⟩ as ever, plus sigma times noise.",
             rf"y = x_t / sqrt({BAR}) = x_0 + sigma epsilon, quad sigma = sqrt(1 - {BAR}) / sqrt({BAR})", toy.rescaled.on(self.captures["known"])),
            ("How likely is y? A bell around every picture, added up: a hill.",
             r"p_sigma (y) = integral q(y | x_0) p(x_0) dif x_0", toy.density),
            text_only("A bell of width sigma.", r"q(y | x_0) prop exp(- norm(y - x_0)^2 / (2 sigma^2))", toy.bell),
            ("Its slope: every bell ⟨pulls⟩ towards its own picture.",
             rf"nabla p_sigma (y) = integral {pull} q(y | x_0) p(x_0) dif x_0", toy.gradient),
            text_only("Divide by p. A gradient over its function is that of the logarithm.",
             rf"{score} = integral {pull} (q(y | x_0) p(x_0)) / (p_sigma (y)) dif x_0", toy.over_density),
            ("Divide by p: by Bayes, each pull counts as much as its picture is likely, given y.",
             rf"{score} = integral {pull} p(x_0 | y) dif x_0", toy.posterior),
            ("That is the mean picture minus y, over sigma squared.",
             rf"{score} = (EE[x_0 | y] - y) / sigma^2", toy.log_gradient),
            ("Solve. The middle of all that is possible is y, plus a ⟨push⟩ uphill: Tweedie's formula.",
             rf"EE[x_0 | y] = y + sigma^2 {score}", toy.tweedie_by_size),
            text_only("In x t the law is only stretched.",
             r'log p_t (x_t) = log p_sigma (y) + "a constant"', toy.stretch),
            text_only("A gradient by y is root alpha bar times one by x t: the same formula there.",
             rf"EE[x_0 | x_t] = (x_t + (1 - {BAR}) nabla log p_t (x_t)) / sqrt({BAR})", toy.tweedie),
        )  # fmt: skip

    def _cloud(self, sigma: ValueTracker, highest: float = 0.4) -> parts.Cloud:
        """The toy's hill, as high as it is at σ = `highest`, and walkers that each stand for an equal share."""
        at = np.linspace(0.4, 1.8, 57)
        tracks = walking.road(TOY.slope, TOY.quantiles((np.arange(14) + 0.5) / 14, 0.4), list(at))
        top = float(TOY.cloud(TOY.places[0], highest))
        cloud = parts.Cloud(TOY.cloud, (at, tracks), sigma, reach=5.0, highest=top, height=1.9)
        return cloud.move_to(AT_WORK)

    def _uphill(self) -> None:
        # A state and its noise; then a hill of two bells, their pulls on one place, and the mean pull.
        film, step = self.captures["known"], ValueTracker(self.cast.steps)
        louder = [to_pixels(x / level) for x, level in zip(film.states, film.signal_level, strict=True)]
        picture = Walk(np.stack(louder), step, height=2.2).move_to(AT_WORK)
        noisy = int(np.argmax(walking.sigma_of(film.alphas_cumprod) < 1.2))
        sigma, y, width = ValueTracker(1.0), ValueTracker(-0.5), 1.0
        cloud = self._cloud(sigma, width)
        at = np.linspace(-5, 5, 161)
        ups = (walking.Mixture((0.5,), (place,), TOY.spread).cloud(at, width) for place in TOY.places)
        bells = VGroup(*(cloud.line(at, up) for up in ups))
        spot = cloud.marker(y)
        pulls = VGroup(*(cloud.arrow(-0.5, place, 0.04, theme.SIGNAL) for place in TOY.places))
        shares = TOY.shares(-0.5 / np.hypot(1, width), 1 / (1 + width**2))
        ends = -0.5 + shares * (np.array(TOY.places) + 0.5)
        weighed = VGroup(*(cloud.arrow(-0.5, end, 0.04, theme.SIGNAL) for end in ends))
        push = Driven(lambda y: cloud.arrow(y, float(TOY.mean(y, width)), 0.0, theme.MODEL), y)
        told = self.prove(self.tweedie, under=cloud)
        with told.saying():
            self.show(picture)
            told.write()
            self.mark().run(step, noisy, 1.4)
        with told.saying():
            self.swap(bells, cloud.base, instead_of=picture)
            told.write()
            self.become(bells, cloud.curve)
        with told.saying():
            self.show(spot)
            self.mark().show(pulls)
        with told.saying():
            told.write()
            self.become(pulls, weighed)
        with told.saying():
            self.swap(push, instead_of=weighed)
        with told.saying():
            told.write()
            self.mark().turn(y, -3.4, run_time=1.8)
        self.sweep()

    @proof
    def spreading(self) -> Lines:
        """A hill that noise smears, and the velocity that smears it the same without any."""
        change = r"(partial p_sigma) / (partial sigma)"
        return (
            ("More noise smears the hill. One bell's change with sigma is its second slope, times sigma.",
             r"(partial q) / (partial sigma) = ((y - x_0)^2 / sigma^3 - 1 / sigma) q = sigma (partial^2 q) / (partial y^2)",
             toy.bell_spreads),
            ("The hill is a sum of bells, so it does the same.",
             rf"{change} = sigma (partial^2 p_sigma) / (partial y^2)", toy.heat),
            ("⟨Look⟩ at one bin: it gains what flows in, less what flows out, at velocity v.",
             rf"{change} = - partial / (partial y) (p_sigma v), quad v = - sigma partial / (partial y) log p_sigma",
             toy.flow),
            ("So walkers at velocity v, without any noise, keep to the hill, ⟨and⟩ back: the probability flow.",
             r"(d y) / (d sigma) = v = - sigma nabla log p_sigma (y)", toy.roads_keep_the_law),
            ("By Tweedie, v is y minus the guess, over sigma: the predicted noise.",
             r"(d y) / (d sigma) = (y - hat(x)_0) / sigma = hat(epsilon)", toy.slope_is_noise),
        )  # fmt: skip

    def _flowing(self) -> None:
        # The hill smears; a bin of it with what flows in and out; walkers that follow their arrows, and back.
        sigma = ValueTracker(0.4)
        cloud = self._cloud(sigma)
        one, arrows = cloud.bin(TOY.slope, 2.2, 3.0), cloud.arrows(TOY.slope)
        told = self.prove(self.spreading, under=cloud)
        with told.saying():
            self.show(cloud)
            told.write()
            self.turn(sigma, 1.0, run_time=1.4)
        told.step(sigma.animate.set_value(0.6))
        with told.saying():
            self.mark().show(one)
            told.write()
            self.turn(sigma, 1.2, run_time=1.5)
        with told.saying():
            self.swap(cloud.walkers, arrows, instead_of=one)
            told.write()
            self.run(sigma, 1.8, 1.0)
            self.mark().run(sigma, 0.5, 1.6)
        told.rest()
        self.sweep()

    @proof
    def ddim(self) -> Lines:
        """DDIM is Euler's method on these roads."""
        walk = self.captures["walk"]
        return (
            ("The program goes by DDIM, from chapter two.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + sqrt(1 - {BEFORE}) hat(epsilon)",
             reverse_checks.ddim_update.on(walk)),
            ("Divide by the first root: straight towards the ⟨guess⟩, until less noise is left.",
             r"y_(t-1) = hat(x)_0 + sigma_(t-1) hat(epsilon)", toy.divided.on(walk)),
            ("The guess is y minus sigma times that noise. So: a step of sigma, at the velocity ⟨here⟩. Euler's method.",
             r"y_(t-1) = y_t + (sigma_(t-1) - sigma_t) hat(epsilon)", toy.euler_step.on(walk)),
        )  # fmt: skip

    def _road(self) -> tuple[parts.RoadMap, VMobject, Callable[[float], float]]:
        """A low map of one of the toy's roads, the road, and where it is at a σ."""
        road_map = parts.RoadMap(toy.HIGH, 1.8, width=9.0, height=2.2, name="noise σ").move_to([-1.2, 2.2, 0])
        sigmas = np.linspace(toy.HIGH, 0.01, 90)
        track = walking.road(TOY.slope, 0.9, list(sigmas))
        return (
            road_map,
            road_map.road(sigmas, track, theme.MUTED, 5),
            lambda s: float(np.interp(-s, -sigmas, track)),
        )

    def _euler(self) -> None:
        # A road, and on it one stride that aims straight at the guess and stops on the way.
        (road_map, way, at), before, after = self._road(), 1.7, 0.8
        y, slope = at(before), float(TOY.slope(at(before), before))
        aim = road_map.strides([before, 0.0], [y, y - before * slope], theme.MODEL)
        stride = road_map.strides([before, after], [y, y + (after - before) * slope], theme.TIME)
        names = VGroup(*(Equation(name, definition="a name") for name in ("y_t", "hat(x)_0", "y_(t-1)")))
        for name, dot in zip(names, (aim[1], aim[2], stride[2]), strict=True):
            name.next_to(dot, DOWN, buff=0.12)
        told = self.prove(self.ddim, under=road_map)
        with told.saying():
            self.show(road_map, Create(way))
        with told.saying():
            told.write()
            self.mark().show(aim, *names[:2])
        with told.saying():
            told.write()
            self.mark().show(stride, names[2])
        self.sweep()

    def _roads(self) -> None:
        # Roads from noise to four pictures; on one of them straight strides, fewer and more.
        road_map = parts.RoadMap(toy.HIGH, 3.0, width=9.4, height=5.0, name="noise σ").move_to([-1.3, 0.1, 0])
        sigmas, mine = np.linspace(toy.HIGH, 0.01, 90), 4
        starts = np.array([-2.8, -1.9, -1.1, -0.4, 0.4, 1.1, 1.9, 2.8])
        tracks = walking.road(MAP.slope, starts, list(sigmas), between=20)
        roads = VGroup(*(road_map.road(sigmas, track, theme.MUTED, 4) for track in tracks.T))
        hung = road_map.hang(MAP.places, self.hung)
        walks = []
        for count, color in ((1, theme.WRONG), (2, theme.TIME), (5, theme.TIME), (15, theme.SIGNAL)):
            stops = np.linspace(toy.HIGH, 0, count + 1)
            walk = road_map.strides(stops, walking.euler(MAP.slope, starts[mine], list(stops)), color)
            name = theme.text(counted(count, "step"), theme.SENTENCE, color).move_to([-3.6, -1.2, 0])
            walks.append(VGroup(walk, name))
        blur = Picture.from_model(self.gathered["bare"].mean, 0.9)
        with self.say("Here are the roads. ⟨All⟩ head for the middle, then each finds its place."):
            self.show(road_map, hung)
            self.mark()
            self.draw(roads, run_time=self.line.remaining)
        with self.say(
            "⟨One⟩ step at the first velocity ends in between: the jump. ⟨Two⟩. ⟨Five⟩. ⟨Fifteen⟩ follow."
        ):
            self.hide(*(road for road in roads if road is not roads[mine]))
            walks[0].add(blur.move_to(walks[0][0][-1].get_center() + 0.75 * RIGHT))
            self.mark().show(walks[0])
            for before, after in pairwise(walks):
                self.mark().hide(before, run_time=0.2)
                self.show(after, run_time=0.3)
        self.sweep()

    @proof
    def misses(self) -> Lines:
        """What each stride misses, and all of them together."""
        return (
            ("What does one step miss? How the velocity ⟨changes⟩ on the way: about h squared.",
             r"y (sigma - h) = y - h hat(epsilon) + h^2 / 2 (d hat(epsilon)) / (d sigma) + dots.c", toy.taylor),
            text_only("So one step is off by about h squared.", r'"error of one step" prop h^2', toy.one_step_error),
            (f"N steps, one over N long, together miss one over N. {self.half}",
             r'"error of" N "steps" prop N h^2 prop 1 / N', toy.whole_error),
        )  # fmt: skip

    def _misses(self) -> None:
        # A stride, and how far beside the road it ends; then more and shorter ones, and the gap at the end.
        road_map, way, at = self._road()
        walks = []
        for count, last in ((1, 0.4), (2, 0.0), (4, 0.0)):
            stops = np.linspace(1.7, last, count + 1)
            ends = walking.euler(TOY.slope, at(1.7), list(stops))
            gap = road_map.road([last, last], [float(ends[-1]), at(last)], theme.WRONG, 14)
            walks.append(VGroup(road_map.strides(stops, ends, theme.TIME), gap))
        told = self.prove(self.misses, under=road_map)
        with told.saying():
            self.show(road_map, way, walks[0][0])
            told.write()
            self.mark().show(walks[0][1])
        with told.saying():
            self.swap(walks[1], instead_of=walks[0])
            told.write()
            self.mark().swap(walks[2], instead_of=walks[1])
        self.sweep()

    @proof
    def straight(self) -> Lines:
        """A road is straight where the guess never changes."""
        return (
            ("If the guess never changed, the road would be straight, and one ⟨jump⟩ would do.",
             r"y - hat(x)_0 = sigma hat(epsilon)", toy.rescaled.on(self.captures["walk"])),
        )  # fmt: skip

    def _why(self) -> None:
        # The straight line, and the map: places fade, the guess moves, the walk arrives.
        step, steps = ValueTracker(0), self.cast.steps
        chart = self._map(step)
        told = self.prove(self.straight, at=[-1.2, 3.2, 0])
        with told.saying():
            self.show(chart.states, chart.guess, chart.places)
            told.write()
            self.mark().show(Create(chart.jump), run_time=0.6)
        with self.say("But it does change: with every step, less is possible. So walk."):
            self.hide(chart.jump)
            self.add(chart.road, chart.arrow)
            self.follow(step, steps)
        self.hold(0.5)

    def remember(self) -> Mobject:
        """From the blur that a jump makes to the picture at the end of the walk."""
        (jump, _), (walked, _) = self._pair(5.7)
        arrow = Arrow(LEFT, RIGHT, color=theme.TIME, stroke_width=12, buff=0).scale_to_fit_width(1.2)
        return VGroup(jump, arrow, walked).arrange(RIGHT, buff=0.3)
