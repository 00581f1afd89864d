"""Chapter 4: why walk, and not jump: every guess is the middle of all that is still possible."""

import math
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    ReplacementTransform,
    RoundedRectangle,
    ValueTracker,
    VGroup,
    linear,
)

from course.grammar import NOUNS, caption, parse
from course.maths import measure, walking, walking_checks
from course.maths import reverse_checks as checks
from course.maths.measure import LEVELS
from course.maths.walking import TOY, Melted
from course.precompute import CaptureSpec, Gathered, Gathering, gather_each
from course.stage import Chapter, LivePicture, Picture, Walk, theme
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.parts.digits import LiveNumber, on_baseline
from course.stage.parts.melt import Melt
from course.stage.parts.pictures import to_pixels
from course.stage.parts.plots import BarPlot, LinePlot, ticks
from course.stage.parts.roadmap import Cloud, RoadMap
from course.stage.parts.sliders import StepDots
from course.stage.parts.tables import TensorTable
from course.stage.words import counted, spelled

ENDINGS = 16
STARTS = 4
SAMPLES, FEWER = 1024, 256
ALL_STEPS = 1200
OURS = "So ours is the nearest."
EARLY = "The first few steps buy the most."
CLOSE = "Its first guess comes close to that average, and it took a single call."
FAR = "This is its first guess at that average, in a single call."
NEAR = "Each guess is nearer to the middle than any ending is."
ASTRAY = "This guess is not the middle of what is left."
COUNTS = (1, 2, 3, 5, 10, 15, 20, 30)
SHOWN = (1, 2, 3, 5, 10, 30)

HERE, THERE, BIG = [-3.4, 0.45, 0], [3.4, 0.45, 0], 4.2


class WhyWalk(Chapter):
    """Why walk, and not jump: the only place to jump to is the middle of everything."""

    title = "Why walk?"
    question = "Why not just jump to the picture?"

    def specs(self) -> Mapping[str, CaptureSpec]:
        """Walks, endings that leave one of them on the way, and strides of all sizes, all without guidance."""
        cast = self.cast
        walk = CaptureSpec(cast.prompt, cast.seed, cast.steps, model=cast.model)
        walks = {f"walk {k}": replace(walk, seed=cast.seed + k) for k in range(1, ENDINGS)}
        endings = {
            f"ending {k} from {stop}": replace(walk, seed=cast.seed + k, start=(walk.key, stop), eta=1.0)
            for stop in self.stops
            for k in range(ENDINGS)
        }
        strides = {f"{count} steps": replace(walk, steps=count) for count in COUNTS}
        known = CaptureSpec(cast.prompt, cast.seed, cast.steps, model="forward:prompt")
        return {"walk": walk, **walks, **endings, **strides, "known": known}

    def gatherings(self) -> Mapping[str, Gathering]:
        """The mean of many finished pictures, those of two other prompts, and where the first walk should end."""
        cast = self.cast
        walk = CaptureSpec(cast.prompt, cast.seed, cast.steps, model=cast.model)
        return {
            "mean": Gathering(walk, SAMPLES),
            "other": Gathering(replace(walk, prompt=cast.other), FEWER),
            "stranger": Gathering(replace(walk, prompt=self.stranger), FEWER),
            "judge": Gathering(replace(walk, steps=ALL_STEPS), 1),
        }

    @cached_property
    def gathered(self) -> Mapping[str, Gathered]:
        """The results of `gatherings`, by the same names."""
        return gather_each(self.gatherings(), self.captures["walk"])

    @cached_property
    def stops(self) -> tuple[int, int]:
        """Where a walk is left for its endings: once early, once later."""
        return round(0.2 * self.cast.steps), round(0.4 * self.cast.steps)

    @cached_property
    def stranger(self) -> str:
        """The prompt with a noun that nobody asked for."""
        (thing, *_), background = parse(self.cast.prompt)
        noun = next(n for n in NOUNS if n not in f"{self.cast.prompt} {self.cast.other}")
        return caption((replace(thing, noun=noun),), background)

    @cached_property
    def nouns(self) -> tuple[str, str, str]:
        """What the three prompts are called, as long as their nouns tell them apart."""
        first, second, third = (
            parse(p)[0][0].noun for p in (self.cast.prompt, self.cast.other, self.stranger)
        )
        return (first, second, third) if first != second else ("own words", "other words", third)

    # ------------------------------------------------------------- measured

    @cached_property
    def finished(self) -> np.ndarray:
        """(16, H, W, 3) uint8: finished pictures of the prompt, each from a start of its own."""
        names = ["walk", *(f"walk {k}" for k in range(1, ENDINGS))]
        return np.stack([self.captures[name].pictures[-1] for name in names])

    @cached_property
    def melted(self) -> tuple[Melted, Melted]:
        """For each stop: the mean of its endings beside the guess."""
        guesses = self.captures["walk"].guesses
        early, late = (walking.melted(self._endings(stop), guesses[stop]) for stop in self.stops)
        return early, late

    def _endings(self, stop: int) -> np.ndarray:
        return np.stack([self.captures[f"ending {k} from {stop}"].states[-1] for k in range(ENDINGS)])

    @cached_property
    def alike(self) -> float:
        """How far apart four first guesses are, for one unit of distance between their starts."""
        walks = [self.captures[name] for name in ("walk", *(f"walk {k}" for k in range(1, STARTS)))]
        starts, guesses = (np.stack([getattr(c, name)[0] for c in walks]) for name in ("states", "guesses"))
        return measure.spread(guesses) / measure.spread(starts)

    @cached_property
    def away(self) -> dict[str, float]:
        """From the first guess to the mean picture of each prompt, as a share of the own mean's size."""
        guess, own = self.captures["walk"].guesses[0], self.gathered["mean"].mean
        size = measure.distance(own, 0)
        means = ("mean", "other", "stranger")
        return {name: measure.distance(guess, self.gathered[name].mean) / size for name in means}

    def _close(self) -> str:
        """Whether the first guess is near the mean of its own prompt, in words."""
        return CLOSE if self.away["mean"] < 0.3 else FAR

    @cached_property
    def nearest(self) -> tuple[tuple[int, float], tuple[int, float]]:
        """For each stop: which ending is nearest to the mean of all, and how far from it."""
        found = []
        for stop in self.stops:
            ends = self._endings(stop)
            away = [measure.distance(end, ends.mean(0)) for end in ends]
            found.append((int(np.argmin(away)), min(away)))
        early, late = found
        return early, late

    def _middle(self) -> str:
        """Whether both guesses are nearer to the mean of the endings than every ending is, in words."""
        pairs = zip(self.melted, self.nearest, strict=True)
        return NEAR if all(found.distance < away for found, (_, away) in pairs) else ASTRAY

    def _alike(self) -> str:
        return "Every time nearly the same blur." if self.alike < 0.1 else "Blurs, and much alike."

    def _whose(self) -> str:
        """Which prompt's mean the first guess is nearest to, in words."""
        own, *others = self.away.values()
        return OURS if own < min(others) else "So it could be another's."

    @cached_property
    def chance(self) -> float:
        """How far the mean of so many samples is off by chance alone, as a share of its size."""
        return self.gathered["mean"].floor / measure.distance(self.gathered["mean"].mean, 0)

    def _rest(self) -> str:
        """How much of the first guess's distance is that of the samples' mean, in words."""
        return (
            f"The mean of so many is itself {100 * self.chance:.1f} percent off. "
            "The rest is the model's mistake."
        )

    @cached_property
    def errors(self) -> dict[int, float]:
        """For each number of model calls how far the end lies from the judge's, in levels of 255."""
        judge = self.gathered["judge"].mean
        return {n: LEVELS * measure.distance(self.captures[f"{n} steps"].states[-1], judge) for n in COUNTS}

    @cached_property
    def early(self) -> float:
        """What each call up to the tenth takes off the error, on average, by what each later one does."""
        calls = np.array([COUNTS[0], 10, COUNTS[-1]])
        early, late = np.diff([self.errors[n] for n in calls]) / np.diff(calls)
        return float(early / late)

    def _buys(self) -> str:
        """Which calls take the most off the error, in words."""
        return EARLY if self.early > 1 else "Here the first few steps buy less than the later ones."

    @cached_property
    def order(self) -> float:
        """How fast the toy's error falls with the number of steps: its power."""
        return float(walking_checks.whole_error()()[0])

    # ------------------------------------------------------------------ story

    def story(self) -> None:
        walk = self.captures["walk"]
        numbers = walk.pictures[0].size

        # Two rooms: words in one, pictures in the other, and no point that is in both.
        rooms = VGroup(
            *(
                RoundedRectangle(width=6.4, height=5.5, corner_radius=0.3, color=color, stroke_width=5)
                for color in (theme.PROMPT, theme.SIGNAL)
            )
        )
        rooms.arrange(RIGHT, buff=0.5).move_to([0, -0.1, 0])
        spoken = [k for k, token in enumerate(walk.tokens) if not token.startswith("<")]
        words = theme.text(textwrap.fill(self.cast.prompt, 20), theme.LABEL, theme.PROMPT)
        words.move_to([rooms[0].get_x(), 1.9, 0])
        assert walk.text_embedding is not None
        table = TensorTable(
            walk.text_embedding[spoken], [walk.tokens[k] for k in spoken], show=(2, 2), color=theme.PROMPT
        ).move_to([rooms[0].get_x(), -0.85, 0])
        turn = ValueTracker(0)
        picture = Walk(self.finished, turn, height=3.9).move_to([rooms[1].get_x(), 0.35, 0])
        label = theme.text(f"{numbers:,} numbers", theme.LABEL, theme.SIGNAL)
        label.move_to([rooms[1].get_x(), -2.2, 0])
        with self.say(
            f"You ask for {self.cast.prompt}. The machine turns your words into a small table of numbers."
        ) as line:
            self.play(FadeIn(rooms[0]), FadeIn(words), run_time=0.9)
            line.until("machine")
            self.play(FadeIn(table, target_position=words, scale=0.5), run_time=1.2)
        with self.say(f"Pictures live in another room. There, a place is {numbers:,} numbers.") as line:
            self.play(FadeIn(rooms[1]), FadeIn(picture), run_time=0.9)
            line.until("place")
            self.play(FadeIn(label), run_time=0.6)
        with self.say("So which picture do your words name? This one? Or this? Or this?") as line:
            self.play(Circumscribe(words, color=theme.PROMPT), run_time=1.2)
            for k, nth in ((1, 1), (2, 2), (3, 3)):
                line.until("this", nth)
                self.play(turn.animate.set_value(k), run_time=0.25)
        with self.say("It is all of them, and thousands more. There is no single place to jump to.") as line:
            self.play(turn.animate.set_value(ENDINGS - 1), run_time=line.remaining, rate_func=linear)
        self.sweep()

        self._best_answer()

    def _best_answer(self) -> None:
        """The best single answer is the average of all places you might mean: a blur that is nothing."""
        melt = Melt(self.finished, height=6.2).move_to([0, 0.3, 0])
        mean = Picture.from_model(self.gathered["mean"].mean, height=5.0).move_to([0, 0.5, 0])
        mean.set_stroke(theme.WRONG, width=6)
        with self.say("But suppose you had to answer at once, with one picture.") as line:
            self.play(LaggedStart(*(FadeIn(tile) for tile in melt), lag_ratio=0.1), run_time=2.5)
            line.until("one picture")
            self.play(Circumscribe(melt[5], color=theme.INK), run_time=0.8)
        with self.say(
            "You pay the square of what each number is off. Then your best bet is the middle: the average."
        ) as line:
            line.until("Then")
            self.play(melt.together([0, 0.5, 0], 5.0), run_time=line.remaining + 1.5)
        self.remove(*melt, melt)
        self.add(melt.mean)
        label = theme.text(f"the average of {SAMPLES:,}", theme.LABEL).next_to(mean, DOWN, buff=0.3)
        with self.say(
            f"This is the average of {SAMPLES:,} of them: a blur. No one would ask for that."
        ) as line:
            self.play(ReplacementTransform(melt.mean, mean), FadeIn(label), run_time=1.0)
            line.until("No one")
            self.play(Circumscribe(mean, color=theme.WRONG), run_time=1.2)
        with self.say("And yet no other single answer does better."):
            left = Picture(mean.pixels, BIG).move_to(HERE)
            self.play(
                mean.animate.match_height(left).move_to(left),
                label.animate.next_to(left, DOWN, buff=0.3),
                run_time=1.2,
            )
        self._fog(VGroup(mean, label), self.cast.steps)

    def _fog(self, average: VGroup, steps: int) -> None:
        """The first guess beside the average; then walk a little, the fog thins, ask again."""
        walk, step = self.captures["walk"], ValueTracker(0)
        state = Walk(walk.pictures, step, height=BIG).move_to(HERE)
        guess = Walk(walk.guess_pictures, step, height=BIG).move_to(THERE)
        guess.set_stroke(theme.MODEL, width=6)
        here = theme.text("where you stand", theme.LABEL).next_to(state, DOWN, buff=0.3)
        there = theme.text("the model's guess", theme.LABEL, theme.MODEL).next_to(guess, DOWN, buff=0.3)
        dots = StepDots(steps, step, width=5.4, number=False).move_to([0, -2.75, 0])
        with self.say(f"Now the model answers at once. {self._close()}") as line:
            self.play(FadeIn(guess), FadeIn(there), run_time=0.9)
            line.until("guess")
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.2)
        with self.say(
            "A walk starts in static, which leans very slightly towards some pictures. "
            "You can hardly tell which. That is fog: the blur in the guess."
        ) as line:
            self.play(FadeOut(average), run_time=0.4)
            self.play(FadeIn(state), FadeIn(here), run_time=0.7)
            line.until("leans")
            self.play(Circumscribe(state, color=theme.NOISE), run_time=1.0)
            line.until("blur")
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.2)
        with self.say("So do not jump. Take one small step towards the guess, and look again.") as line:
            line.until("Take")
            self.play(FadeIn(dots), run_time=0.5)
            self.play(step.animate.set_value(1), run_time=0.6)
        with self.say("The fog is a little thinner, the lean easier to see.") as line:
            self.play(step.animate.set_value(0.3 * steps), run_time=line.remaining, rate_func=linear)
        with self.say("Fewer places are left, and their middle moves. Step, look.") as line:
            self.play(step.animate.set_value(0.6 * steps), run_time=line.remaining, rate_func=linear)
        with self.say("In the end a single place is left. And the middle of one place is a picture.") as line:
            self.sound_walk(walk.alphas_cumprod[round(0.6 * steps) :], line.remaining)
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        self._jump_and_walk(state, guess, VGroup(here, there, dots))

    def _jump_and_walk(self, state: Walk, guess: Walk, gone: VGroup) -> None:
        """The one jump beside the walk."""
        jump, walked = self._pair()
        names = self._pair_names(jump, walked)
        with self.say("Jump, and you get the first guess: a blur."):
            self.play(FadeOut(gone), FadeOut(state), FadeOut(guess), run_time=0.5)
            self.play(FadeIn(jump), FadeIn(names[0]), run_time=0.8)
        with self.say("Walk, and you get one of them."):
            self.play(FadeIn(walked), FadeIn(names[1]), run_time=0.8)
            self.play(Circumscribe(walked, color=theme.SIGNAL), run_time=1.2)
        self.hold(0.6)

    def _pair(self, height: float = 4.7) -> VGroup:
        """What one jump makes, and what the walk makes, from the same static."""
        jump = Picture(self.captures["1 steps"].pictures[-1], height).set_stroke(theme.WRONG, width=8)
        walked = Picture(self.captures["walk"].pictures[-1], height).set_stroke(theme.SIGNAL, width=8)
        return VGroup(jump.move_to([-3.4, 0.3, 0]), walked.move_to([3.4, 0.3, 0]))

    def _pair_names(self, jump: Mobject, walked: Mobject) -> VGroup:
        return VGroup(
            theme.text("jump", theme.SENTENCE, theme.WRONG).next_to(jump, DOWN, buff=0.3),
            theme.text("walk", theme.SENTENCE, theme.SIGNAL).next_to(walked, DOWN, buff=0.3),
        )

    # -------------------------------------------------------------- mechanism

    def mechanism(self) -> None:
        self._first_guesses()
        self._what_it_is()
        self._melting(0)
        self._melting(1)
        self._strides()
        self._errors()

    def _first_guesses(self) -> None:
        """Four different starts, the same first blur."""
        names = ["walk", *(f"walk {k}" for k in range(1, STARTS))]
        jump = ValueTracker(0)
        row = VGroup(
            *(
                Walk(
                    np.stack([self.captures[n].pictures[0], self.captures[n].guess_pictures[0]]),
                    jump,
                    height=2.95,
                    crossfade=True,
                )
                for n in names
            )
        )
        row.arrange(RIGHT, buff=0.35).move_to([0, 0.75, 0])
        before = theme.text(f"{spelled(STARTS)} starts", theme.SENTENCE).next_to(row, DOWN, buff=0.4)
        after = theme.text("first guesses", theme.SENTENCE, theme.MODEL).move_to(before)
        with self.say(
            f"{spelled(STARTS).capitalize()} pieces of static. They have nothing in common."
        ) as line:
            self.play(LaggedStart(*(FadeIn(one) for one in row), lag_ratio=0.3), run_time=1.5)
            self.play(FadeIn(before), run_time=0.5)
        with self.say("Ask the model once for each. What will the finished picture be?") as line:
            line.until("What")
            self.play(jump.animate.set_value(1), FadeOut(before), run_time=1.5)
            self.play(FadeIn(after), run_time=0.5)
        share = 100 * self.alike
        label = theme.text(f"{share:.1f} % as far apart as the starts", theme.LABEL, theme.MUTED)
        label.next_to(after, DOWN, buff=0.35)
        with self.say(self._alike()):
            self.play(FadeIn(label), run_time=0.6)
            self.play(
                LaggedStart(*(Circumscribe(one, color=theme.MODEL) for one in row), lag_ratio=0.2),
                run_time=1.8,
            )
        self.sweep()

    def _what_it_is(self) -> None:
        """The first blur is nearly the average of everything that the words could mean."""
        guess = (
            Picture(self.captures["walk"].guess_pictures[0], BIG)
            .move_to(HERE)
            .set_stroke(theme.MODEL, width=6)
        )
        mean = Picture.from_model(self.gathered["mean"].mean, BIG).move_to(THERE)
        names = VGroup(
            theme.text("first guess", theme.LABEL, theme.MODEL).next_to(guess, DOWN, buff=0.3),
            theme.text(f"mean of {SAMPLES:,} pictures", theme.LABEL).next_to(mean, DOWN, buff=0.3),
        )
        with self.say(f"Is it that average, the mean of {SAMPLES:,} finished pictures?") as line:
            self.play(FadeIn(guess), FadeIn(names[0]), run_time=0.9)
            line.until("mean")
            self.play(FadeIn(mean), FadeIn(names[1]), run_time=1.0)

        first, second, third = self.nouns
        away = dict(zip((first, second, third), (100 * value for value in self.away.values()), strict=True))
        bars = BarPlot(
            away,
            y_label="root mean square gap (%)",
            colors={first: theme.MODEL, second: theme.MUTED, third: theme.MUTED},
            decimals=0 if min(away.values()) >= 10 else 1,
            width=8.0,
            height=1.5,
        ).move_to([2.7, 0.85, 0])
        # Words with and without letters that reach below the line stand on one line.
        top = max(name.get_top()[1] for name in bars.names.values())
        row = VGroup(*(on_baseline(name) for name in bars.names.values()))
        row.shift((top - row.get_top()[1]) * UP)
        itself = theme.text(f"the mean itself: {100 * self.chance:.1f} % off", theme.LABEL, theme.MUTED)
        means = [
            Picture.from_model(self.gathered[name].mean, 1.25).next_to(bars.names[noun], DOWN, buff=0.15)
            for name, noun in zip(self.away, (first, second, third), strict=True)
        ]
        for one in means:
            one.set_y(bars.get_bottom()[1] - 0.15 - one.height / 2)
        itself.next_to(VGroup(*means), DOWN, buff=0.2)
        with self.say(
            f"They differ. In root mean square, {away[first]:.0f} percent of the mean's own size."
        ) as line:
            aside = VGroup(guess, names[0])
            self.play(
                mean.animate.match_height(means[0]).move_to(means[0]),
                FadeOut(names[1]),
                aside.animate.shift([-1.15, 0, 0]),
                run_time=0.8,
            )
            self.play(FadeIn(bars.line), FadeIn(bars.y_label), run_time=0.6)
            line.until(f"{away[first]:.0f}")
            self.play(FadeIn(bars.part(first)), run_time=0.8)
        verdict = self._whose()
        with self.say(
            f"To the means of two other prompts it is {away[second]:.0f}, and {away[third]:.0f}. {verdict}"
        ) as line:
            self.play(FadeIn(bars.part(second)), FadeIn(means[1]), run_time=0.7)
            line.until("and")
            self.play(FadeIn(bars.part(third)), FadeIn(means[2]), run_time=0.7)
            line.until(verdict.split()[0])
            self.play(Circumscribe(bars.part(first), color=theme.MODEL), run_time=1.2)
        with self.say(self._rest()) as line:
            self.play(FadeIn(itself), run_time=0.6)
            line.until("The rest")
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.5)
        self.sweep()

    def _melting(self, which: int) -> None:
        """Sixteen endings from one state, slid together, beside the guess at that state."""
        walk, steps, stop = self.captures["walk"], self.cast.steps, self.stops[which]
        step = ValueTracker(0)
        runs = [self.captures[f"ending {k} from {stop}"] for k in range(ENDINGS)]
        state = Picture(walk.pictures[stop], BIG).move_to(HERE)
        melt = Melt(np.stack([run.pictures[-1] for run in runs]), height=5.2).move_to([3.4, 0.05, 0])
        tiles = VGroup(
            *(
                Walk(run.pictures, step, height=melt[0].height).move_to(place)
                for run, place in zip(runs, melt, strict=True)
            )
        )
        where = theme.text(f"step {stop} of {steps}", theme.LABEL, theme.TIME).next_to(state, DOWN, buff=0.3)
        fresh = theme.text("fresh noise each step", theme.LABEL, theme.MUTED).move_to([0.5, 3.1, 0])
        first = which == 0
        with self.say(
            f"Now stop the walk on its way, at step {stop}."
            if first
            else f"Once more, later on. Step {stop}."
        ):
            self.play(FadeIn(state), FadeIn(where), run_time=0.9)
        with self.say(
            "Go on from here sixteen times, with a little fresh noise at every step."
            if first
            else "Again sixteen endings, all from this one state."
        ) as line:
            copies = [state.copy() for _ in tiles]
            self.play(
                LaggedStart(
                    *(
                        copy.animate.match_height(tile).move_to(tile)
                        for copy, tile in zip(copies, tiles, strict=True)
                    ),
                    lag_ratio=0.08,
                ),
                FadeIn(fresh),
                run_time=1.8,
            )
            self.remove(*copies)
            self.add(tiles)
            self.play(
                step.animate.set_value(steps - stop),
                run_time=line.remaining + (1.0 if first else 0.4),
                rate_func=linear,
            )
        self.remove(tiles)
        self.add(melt)
        with self.say(
            "From here, every one of these endings is possible. Now slide them together."
            if first
            else "They differ less by now. Slide them together."
        ) as line:
            line.until("Now slide" if first else "Slide")
            self.play(FadeOut(fresh), melt.together(THERE, BIG), run_time=max(line.remaining, 3.0))
        self.remove(*melt, melt)
        self.add(melt.mean)

        guess = Picture(walk.guess_pictures[stop], BIG).move_to(HERE).set_stroke(theme.MODEL, width=6)
        names = VGroup(
            theme.text(f"guess at step {stop}", theme.LABEL, theme.MODEL).next_to(guess, DOWN, buff=0.3),
            theme.text("mean of 16 endings", theme.LABEL).next_to(melt.mean, DOWN, buff=0.3),
        )
        with self.say(
            f"They melt into a blur. And this is the model's guess at step {stop}, in one call."
            if first
            else "There is less fog: the blur is sharper. And the guess, beside it."
        ) as line:
            self.play(FadeIn(names[1]), run_time=0.5)
            line.until("And")
            self.play(FadeOut(where), FadeOut(state), FadeIn(guess), FadeIn(names[0]), run_time=1.0)
        self._seam(guess, melt.mean, names, which)

    def _seam(self, guess: Picture, mean: Picture, names: VGroup, which: int) -> None:
        """Guess and mean put into one frame, then an ending and the mean, and how far each pair is apart."""
        found, (nearest, away), first = self.melted[which], self.nearest[which], which == 0
        ending = self.captures[f"ending {nearest} from {self.stops[which]}"].pictures[-1]
        seam = Picture(_halves(guess.pixels, mean.pixels), 5.0).move_to([0, 0.6, 0])
        halves = _under(seam, "guess", "mean")
        left = Picture(seam.pixels, BIG).move_to(HERE)
        right = Picture(_halves(ending, mean.pixels), BIG).move_to(THERE)
        apart, off = LEVELS * found.distance, LEVELS * away
        labels = VGroup(
            theme.text(f"{apart:.1f} levels apart", theme.LABEL, theme.MODEL),
            theme.text(f"{off:.0f} levels apart", theme.LABEL),
        )
        ends = _under(right, "ending", "mean")
        for label, picture in zip(labels, (left, right), strict=True):
            label.next_to(picture, DOWN, buff=0.85)
        with self.say(
            "Put both into one frame. Do you see the seam?" if first else "Into one frame with them."
        ):
            self.play(FadeOut(names), guess.animate.set_stroke(width=0), run_time=0.4)
            self.play(*(one.animate.match_height(seam).move_to(seam) for one in (guess, mean)), run_time=1.2)
            self.remove(guess, mean)
            self.add(seam)
            self.play(FadeIn(halves), run_time=0.4)
        with self.say(
            f"They are {apart:.1f} levels of 255 apart. The nearest ending is {off:.0f} from that mean."
            if first
            else f"{apart:.1f} levels here, and {off:.0f} for the nearest ending."
        ) as line:
            self.play(
                seam.animate.match_height(left).move_to(left),
                *(
                    old.animate.move_to(new)
                    for old, new in zip(halves, _under(left, "guess", "mean"), strict=True)
                ),
                run_time=0.8,
            )
            self.play(FadeIn(labels[0]), run_time=0.5)
            line.until("nearest")
            self.play(FadeIn(right), FadeIn(ends), FadeIn(labels[1]), run_time=0.8)
        if not first:
            with self.say(f"{self._middle()} But sixteen are few, and the model errs.") as line:
                self.play(Circumscribe(seam, color=theme.MODEL), run_time=1.2)
                line.until("But")
                self.play(Circumscribe(labels[0], color=theme.MODEL), run_time=1.2)
        self.sweep()

    def _strides(self) -> None:
        """From one start in more and more steps: six pictures."""
        tiles = VGroup(*(Picture(self.captures[f"{n} steps"].pictures[-1], 2.4) for n in SHOWN))
        tiles.arrange_in_grid(rows=2, cols=3, buff=(0.8, 0.8)).move_to([-0.8, 0.55, 0])
        names = [
            theme.text(_steps(n), theme.LABEL, theme.TIME).next_to(tile, DOWN, buff=0.15)
            for n, tile in zip(SHOWN, tiles, strict=True)
        ]
        start = Picture(self.captures["walk"].pictures[0], BIG).move_to([-0.8, 0.45, 0])
        with self.say("So how many steps does a walk need? The same start, and one step: a jump.") as line:
            self.play(FadeIn(start), run_time=0.8)
            line.until("The same")
            self.play(start.animate.match_height(tiles[0]).move_to(tiles[0]), run_time=1.0)
            line.until("one step")
            self.play(ReplacementTransform(start, tiles[0]), FadeIn(names[0]), run_time=0.8)
        with self.say("Two steps. Three. Five. Ten. And thirty. The fog clears.") as line:
            for k, word in enumerate(("Two", "Three", "Five", "Ten", "thirty"), 1):
                line.until(word)
                self.play(FadeIn(tiles[k]), FadeIn(names[k]), run_time=0.5)
        self.sweep()

    def _errors(self) -> None:
        """How far each end lies from that of the longest walk there is."""
        counts, calls = np.array(COUNTS), ValueTracker(1)
        ends = np.stack([self.captures[f"{n} steps"].pictures[-1] for n in COUNTS])
        picture = LivePicture(lambda n: ends[np.argmin(np.abs(counts - n))], calls, height=BIG).move_to(
            [-4.4, 0.45, 0]
        )
        judge = Picture.from_model(self.gathered["judge"].mean, BIG).move_to(picture)
        label = theme.text(f"{ALL_STEPS:,} steps", theme.LABEL, theme.TIME).next_to(judge, DOWN, buff=0.3)
        errors = np.array(list(self.errors.values()))
        plot = LinePlot(
            counts,
            {"walk": errors},
            x_label="model calls",
            y_label="levels of 255 off",
            colors={"walk": theme.TIME},
            x_range=(0.0, float(counts[-1])),
            y_range=(0.0, _tick_above(errors.max())),
            width=6.0,
            height=3.5,
        )
        plot.shift([theme.SAFE_RIGHT - 0.3 - plot.axes.get_right()[0], -0.05 - plot.axes.get_y(), 0])
        marker = plot.marker("walk", calls)
        number = LiveNumber(
            lambda n: float(counts[np.argmin(np.abs(counts - n))]),
            calls,
            decimals=0,
            size=theme.LABEL,
            color=theme.TIME,
        )
        word = on_baseline(theme.text("steps:", theme.LABEL, theme.TIME))
        taken = VGroup(word, number.shift((word.get_right()[0] + 0.2 - number.get_left()[0]) * RIGHT))
        taken.move_to(label)
        with self.say(f"How far is each end from that of {ALL_STEPS:,} steps, all there are?") as line:
            self.play(FadeIn(plot.axes), FadeIn(judge), FadeIn(label), run_time=0.9)
            line.until("that of")
            self.play(Circumscribe(judge, color=theme.TIME), run_time=1.2)
        with self.say(f"With one call of the model, {errors[0]:.0f} levels of 255."):
            self.play(FadeOut(judge), FadeOut(label), FadeIn(picture), FadeIn(marker), run_time=0.6)
            self.play(FadeIn(taken), run_time=0.3)
        by = {n: self.errors[n] for n in (10, 30)}
        with self.say(f"With ten, {by[10]:.0f}. With thirty, {by[30]:.0f}.") as line:
            pace = (line.remaining + 1.5) / float(counts[-1] - counts[0])
            for here, there in pairwise(COUNTS):
                ends_at = [plot.point(n, self.errors[n]) for n in (here, there)]
                self.play(
                    Create(Line(*ends_at, color=theme.TIME, stroke_width=7), rate_func=linear),
                    calls.animate(rate_func=linear).set_value(there),
                    run_time=pace * (there - here),
                )
        with self.say(self._buys()):
            self.play(Circumscribe(plot.axes, color=theme.TIME), run_time=1.5)
        self.hold(0.4)

    # ------------------------------------------------------------- derivation

    def equations(self) -> Mapping[str, Checked]:
        walk, known, stop = self.captures["walk"], self.captures["known"], self.stops[0]
        bar, before = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
        ends, beside = self._endings(stop), self._endings(stop)[0]
        off = rf"norm(x_t - sqrt({bar}) x_0)^2"
        pull = rf"- (x_t - sqrt({bar}) x_0) / (1 - {bar})"
        over = r"(q(x_t | x_0) p(x_0)) / (p_t (x_t))"
        change = r"(partial p_sigma) / (partial sigma)"
        one = {"tolerance": 1e-10}
        return {
            "split": Checked(
                r"EE norm(x_0 - g)^2 = EE norm({{ (x_0 - m) + (m - g) : both }})^2",
                walking_checks.split(ends, beside),
                **one,
            ),
            "expanded": Checked(
                r"EE norm(x_0 - g)^2 = EE norm(x_0 - m)^2 + norm(m - g)^2 + 2 EE (x_0 - m) dot.c (m - g)",
                walking_checks.expanded(ends, beside),
                **one,
            ),
            "pythagoras": Checked(
                r"EE norm(x_0 - g)^2 = EE norm(x_0 - m)^2 + norm(m - g)^2",
                walking_checks.pythagoras(ends, beside),
                **one,
            ),
            "best": Checked(r"g = m = EE[x_0 | x_t]", walking_checks.best(ends), **one),
            "density": Checked(
                r"p_t (x_t) = integral q(x_t | x_0) p(x_0) dif x_0", walking_checks.density(), tolerance=1e-9
            ),
            "bell": Checked(
                rf"q(x_t | x_0) prop exp(- {off} / (2 (1 - {bar})))", walking_checks.bell(), tolerance=1e-12
            ),
            "gradient": Checked(
                rf"nabla_x p_t (x_t) = integral {pull} q(x_t | x_0) p(x_0) dif x_0",
                walking_checks.gradient(),
                tolerance=1e-8,
            ),
            "over p": Checked(
                rf"(nabla_x p_t (x_t)) / (p_t (x_t)) = integral {pull} {over} dif x_0",
                walking_checks.over_density(),
                tolerance=1e-7,
            ),
            "logarithm": Checked(
                rf"nabla_x log p_t (x_t) = integral {pull} {over} dif x_0",
                walking_checks.logarithm(),
                tolerance=1e-9,
            ),
            "bayes": Checked(
                rf"nabla_x log p_t (x_t) = integral {pull} p(x_0 | x_t) dif x_0",
                walking_checks.posterior(),
                tolerance=1e-9,
            ),
            "log": Checked(
                rf"nabla_x log p_t (x_t) = - (x_t - sqrt({bar}) EE[x_0 | x_t]) / (1 - {bar})",
                walking_checks.log_gradient(),
                tolerance=1e-9,
            ),
            "tweedie": Checked(
                rf"EE[x_0 | x_t] = (x_t + (1 - {bar}) nabla_x log p_t (x_t)) / sqrt({bar})",
                walking_checks.tweedie(),
                tolerance=1e-9,
            ),
            "jump": Checked(
                rf"x_t = sqrt({bar}) x_0 + sqrt(1 - {bar}) epsilon", checks.mixture(known), tolerance=1e-5
            ),
            "scaled": Checked(
                rf"x_t / sqrt({bar}) = x_0 + sqrt(1 - {bar}) / sqrt({bar}) epsilon",
                walking_checks.rescaled(known),
                tolerance=1e-5,
            ),
            "named": Checked(r"y = x_0 + sigma epsilon", walking_checks.rescaled(known), tolerance=1e-5),
            "squares": Checked(
                r"(sigma + h)^2 approx sigma^2 + 2 sigma h", walking_checks.squares(), tolerance=1e-5
            ),
            "more noise": Checked(
                r"p_(sigma + h) (y) approx EE p_sigma (y - sqrt(2 sigma h) z), quad z tilde.op N(0, 1)",
                walking_checks.more_noise(),
                tolerance=1e-4,
            ),
            "shaken": Checked(
                r"p_(sigma + h) approx EE [p_sigma - sqrt(2 sigma h) z nabla p_sigma + 1/2 dot.c 2 sigma h z^2 nabla^2 p_sigma]",
                walking_checks.shaken(),
                tolerance=1e-4,
            ),
            "curved": Checked(
                r"p_(sigma + h) approx p_sigma + sigma h nabla^2 p_sigma",
                walking_checks.curved(),
                tolerance=1e-4,
            ),
            "quotient": Checked(
                r"(p_(sigma + h) - p_sigma) / h approx sigma nabla^2 p_sigma",
                walking_checks.quotient(),
                tolerance=1e-3,
            ),
            "heat": Checked(
                rf"{change} = sigma nabla^2 p_sigma",
                walking_checks.heat(),
                tolerance=1e-4,
            ),
            "divergence": Checked(
                rf"{change} = nabla dot.c (sigma nabla p_sigma)",
                walking_checks.divergence(),
                tolerance=1e-4,
            ),
            "carried": Checked(
                rf"{change} = nabla dot.c (p_sigma sigma nabla log p_sigma)",
                walking_checks.flow(),
                tolerance=1e-4,
            ),
            "flow": Checked(
                rf"{change} = - nabla dot.c (p_sigma v), quad v = - sigma nabla log p_sigma",
                walking_checks.flow(),
                tolerance=1e-4,
            ),
            "road": Checked(
                r"(d y) / (d sigma) = - sigma nabla log p_sigma (y)",
                walking_checks.roads_keep_the_law(),
                tolerance=1e-7,
            ),
            "stretch": Checked(
                r'log p_t (x_t) = log p_sigma (y) + "a constant"', walking_checks.stretch(), tolerance=1e-9
            ),
            "multiplied out": Checked(
                rf"hat(x)_0 = x_t / sqrt({bar}) + (1 - {bar}) / sqrt({bar}) nabla_x log p_t (x_t)",
                walking_checks.multiplied_out(),
                tolerance=1e-7,
            ),
            "by y": Checked(
                rf"hat(x)_0 = y + (1 - {bar}) / sqrt({bar}) 1 / sqrt({bar}) nabla_y log p_sigma (y)",
                walking_checks.by_y(),
                tolerance=1e-7,
            ),
            "tweedie again": Checked(
                r"hat(x)_0 = y + sigma^2 nabla log p_sigma (y)",
                walking_checks.tweedie_by_size(),
                tolerance=1e-7,
            ),
            "solved": Checked(
                r"nabla log p_sigma (y) = (hat(x)_0 - y) / sigma^2",
                walking_checks.solved(),
                tolerance=1e-7,
            ),
            "noise": Checked(
                r"(d y) / (d sigma) = - sigma nabla log p_sigma (y) = (y - hat(x)_0) / sigma = hat(epsilon)",
                walking_checks.slope_is_noise(),
                tolerance=1e-9,
            ),
            "ddim": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before}) hat(epsilon)",
                checks.ddim_update(walk),
                tolerance=1e-5,
            ),
            "inserted": Checked(
                rf"x_(t-1) = sqrt({before}) (x_t - sqrt(1 - {bar}) hat(epsilon)) / sqrt({bar}) + sqrt(1 - {before}) hat(epsilon)",
                walking_checks.inserted(walk),
                tolerance=1e-5,
            ),
            "divided": Checked(
                rf"x_(t-1) / sqrt({before}) = x_t / sqrt({bar}) - sqrt(1 - {bar}) / sqrt({bar}) hat(epsilon)"
                rf" + sqrt(1 - {before}) / sqrt({before}) hat(epsilon)",
                walking_checks.divided(walk),
                tolerance=1e-5,
            ),
            "euler": Checked(
                r"y_(t-1) = y_t + (sigma_(t-1) - sigma_t) hat(epsilon)",
                walking_checks.euler_step(walk),
                tolerance=1e-5,
            ),
            "taylor": Checked(
                r"y (sigma - h) = y - h hat(epsilon) + h^2 / 2 (d hat(epsilon)) / (d sigma) + dots.c",
                walking_checks.taylor(),
                tolerance=0.01,
            ),
            "straight": Checked(
                r"y - hat(x)_0 = sigma hat(epsilon)", walking_checks.rescaled(walk), tolerance=1e-5
            ),
            "one step": Checked(
                r'"error of one step" prop h^2', walking_checks.one_step_error(), tolerance=0.15
            ),
            "all steps": Checked(
                r'"error of" N "steps" prop N h^2 prop 1 / N', walking_checks.whole_error(), tolerance=0.15
            ),
        }

    def derivation(self) -> None:
        colors = {"g": theme.MODEL, "m": theme.SIGNAL}
        lines = {
            name: Equation(checked, font_size=50 if name == "bell" else 60, fit_width=12.6, colors=colors)
            for name, checked in self.equations().items()
        }
        self._bowl(lines)
        self._tweedie(lines)
        self._road(lines)
        self._ddim(lines)
        self._why(lines)

    def _bowl(self, lines: Mapping[str, Equation]) -> None:
        """Which single answer has the smallest mean square error? The bottom of a bowl is the mean."""
        ends, s = self._endings(self.stops[0]).astype(np.float64), ValueTracker(1)
        mean = ends.mean(0)

        def answer(s: float) -> np.ndarray:
            return mean + s * (ends[0] - mean)

        along = np.linspace(-1, 1, 61)
        off = np.array([((ends - answer(x)) ** 2).mean() for x in along])
        picture = LivePicture(lambda s: to_pixels(answer(s)), s, height=BIG).move_to([-4.4, 0.45, 0])
        label = theme.text("your answer", theme.LABEL, theme.MODEL).next_to(picture, DOWN, buff=0.3)
        plot = LinePlot(
            along,
            {"bowl": off},
            x_label="0: the mean, 1: that ending",
            y_label="mean square error",
            colors={"bowl": theme.MODEL},
            y_range=(0.0, _tick_above(off.max())),
            width=6.0,
            height=3.5,
        )
        plot.shift([theme.SAFE_RIGHT - 0.3 - plot.axes.get_right()[0], -0.05 - plot.axes.get_y(), 0])
        with self.say("Why the mean? Answer with one of sixteen endings, and blend in the others.") as line:
            self.play(FadeIn(picture), FadeIn(label), run_time=0.8)
            line.until("sixteen")
            self.play(FadeIn(plot.axes), FadeIn(marker := plot.marker("bowl", s)), run_time=0.8)
        with self.say(
            "The error falls, and beyond their mean it rises. The bottom is the mean. Why?"
        ) as line:
            self.play(
                s.animate.set_value(-1),
                Create(plot.curves["bowl"].reverse_direction()),
                run_time=3.0,
                rate_func=linear,
            )
            line.until("bottom")
            self.play(s.animate.set_value(0), run_time=1.2)
            self.play(Circumscribe(marker, color=theme.MODEL), run_time=0.8)
        self.sweep()

        shown = {"x_0": ends[1], "m": mean, "g": ends[0]}
        colors = {"g": theme.MODEL, "m": theme.SIGNAL}
        letters = VGroup(
            *(
                VGroup(
                    Equation(name, definition="the name of a picture", colors=colors, font_size=60),
                    Picture.from_model(values, height=1.9),
                ).arrange(RIGHT, buff=0.3)
                for name, values in shown.items()
            )
        )
        letters.arrange(RIGHT, buff=0.9).move_to([-1.2, 2.4, 0])
        proof = Derivation(
            self, *(lines[n] for n in ("split", "expanded", "pythagoras", "best")), at=0.9 * DOWN
        )
        with self.say("x zero is any ending, m is their mean, g is your answer. Put m in between.") as line:
            for letter, word in zip(letters, ("x zero", "m is", "g is"), strict=True):
                line.until(word)
                self.play(FadeIn(letter), run_time=0.5)
            line.until("Put")
            proof.step()
        with self.say("A square of a sum: two squares, and twice the product."):
            proof.step()
        with self.say("In the product only x zero varies, and its mean is m. So that term is zero.") as line:
            self.play(Circumscribe(lines["expanded"].part("(x_0 - m)"), color=theme.SIGNAL), run_time=1.2)
            line.until("So")
            proof.step()
        with self.say(
            "The first part you cannot change. The second is least where g equals m: "
            "the mean of x zero, given x t."
        ) as line:
            self.play(
                Circumscribe(lines["pythagoras"].part("EE norm(x_0 - m)^2"), color=theme.INK), run_time=1.2
            )
            line.until("second")
            self.play(
                Circumscribe(lines["pythagoras"].part("norm(m - g)^2"), color=theme.MODEL), run_time=1.2
            )
            proof.step()
        with self.say("Training pays squares too, so the model learns this mean."):
            self.play(Circumscribe(lines["best"].part("EE[x_0 | x_t]"), color=theme.INK), run_time=1.2)
        self.sweep()

    def _tweedie(self, lines: Mapping[str, Equation]) -> None:
        """The mean of what is possible, from the gradient of how likely each state is."""
        walk, k = self.captures["walk"], self.stops[1]
        a = walk.signal_level[k]
        terms = (walk.states[k], a * walk.guesses[k] - walk.states[k], a * walk.guesses[k])
        state, push, guess = (Picture.from_model(values, height=1.9) for values in terms)
        plus, equals = (theme.text(sign) for sign in "+=")
        VGroup(state, plus, push, equals, guess).arrange(RIGHT, buff=0.4).move_to([-1.2, 2.4, 0])
        names = ("density", "bell", "gradient", "over p", "logarithm", "bayes", "log", "tweedie")
        proof = Derivation(self, *(lines[n] for n in names), at=0.9 * DOWN)
        with self.say("How likely is a state? Sum over all pictures it could have come from."):
            self.play(FadeIn(state), run_time=0.6)
            proof.step()
        with self.say("Which way does that rise? x t is in q alone, and q is a bell."):
            proof.step()
        with self.say("By x t, its gradient is q times minus the offset, over the variance."):
            proof.step()
        with self.say("Divide both sides by p t."):
            proof.step()
        with self.say("A gradient over its function is the gradient of the logarithm."):
            proof.step()
        with self.say("On the right, by Bayes: how likely x zero is, given x t."):
            proof.step()
        with self.say("The integral is a mean, and only x zero varies in it."):
            proof.step()
        with self.say("Solve for that mean: Tweedie's formula."):
            proof.step()
        with self.say("The state plus a push uphill is the guess, dimmed by root alpha bar.") as line:
            line.until("push")
            self.play(FadeIn(plus), FadeIn(push), run_time=0.7)
            line.until("guess")
            self.play(FadeIn(equals), FadeIn(guess), run_time=0.7)
        self.sweep()

    def _rescaled(self, k: float) -> np.ndarray:
        """The drowned drawing at state k, turned up until the picture in it is as loud as ever."""
        film = self.captures["known"]
        return film.states[round(k)] / film.signal_level[round(k)]

    def _map(self) -> RoadMap:
        road_map = RoadMap(walking_checks.HIGH, 3.0, width=10.2, height=4.6, name="noise σ")
        road_map.move_to([-0.7, -0.1, 0])
        place = theme.text("place y", theme.LABEL, theme.MUTED)
        # A label of its own, to the upper left of the roads, where none of them comes.
        place.next_to(road_map.point(road_map.high, road_map.reach), UP, buff=0.25)
        return road_map.add(place.align_to(road_map.base, LEFT))

    def _road(self, lines: Mapping[str, Equation]) -> None:
        """The roads from noise to pictures."""
        film = self.captures["known"]
        step = ValueTracker(self.cast.steps)
        louder = LivePicture(lambda k: to_pixels(self._rescaled(k)), step, height=1.9).move_to([-1.2, 2.4, 0])
        proof = Derivation(self, *(lines[n] for n in ("jump", "scaled", "named")), at=0.9 * DOWN)
        with self.say("Now which motion leads back? Drowning, from chapter one."):
            self.play(FadeIn(louder), run_time=0.6)
            proof.step()
        with self.say("Divide by root alpha bar: the picture keeps its size, and noise comes on top."):
            proof.step()
            end = int(np.argmax(walking.sigma_of(film.alphas_cumprod) < 1.2))
            self.play(step.animate.set_value(end), run_time=2.0, rate_func=linear)
        with self.say("Call the left side y, the amount of noise sigma."):
            proof.step()
        self.sweep()

        # A cloud that noise smears, and walkers below it to whom no noise is added.
        sigma = ValueTracker(0.4)
        at = np.linspace(0.4, 1.8, 57)
        # Each walker stands for an equal share of the cloud, so that they crowd where the curve is high.
        starts = TOY.quantiles((np.arange(14) + 0.5) / 14, 0.4)
        tracks = walking.road(TOY.slope, starts, list(at))
        highest = float(TOY.cloud(np.array(TOY.places[0]), 0.4))
        cloud = Cloud(TOY.cloud, (at, tracks), sigma, reach=5.0, highest=highest).move_to([-1.2, 2.3, 0])
        for dot in cloud.walkers:
            dot.scale(0.6)
        toy = theme.text("a toy: one number, two places", theme.LABEL, theme.MUTED)
        names = ("squares", "more noise", "shaken", "curved", "quotient", "heat")
        names = (*names, "divergence", "carried", "flow", "road")
        proof = Derivation(self, *(lines[n] for n in names), at=1.2 * DOWN)
        with self.say("For one number, this is p, the cloud. More noise smears it.") as line:
            self.play(FadeIn(cloud), FadeIn(toy.move_to([-1.2, 0.75, 0])), run_time=0.7)
            line.until("More")
            self.play(sigma.animate.set_value(0.8), run_time=1.6)
            self.play(FadeOut(toy), run_time=0.3)
        with self.say("Let sigma grow by a little, h: its square grows by about two sigma h."):
            proof.step()
        with self.say(
            "Variances add, so y came from y less a shake: root two sigma h, times fresh noise, z."
        ):
            proof.step()
        with self.say("h is small: expand to second order."):
            proof.step()
        with self.say("On average z is zero, and z squared is one."):
            proof.step()
        with self.say("Take p off, and divide by h."):
            proof.step()
        with self.say("Let h go to zero: p spreads like heat."):
            proof.step()
            self.play(sigma.animate.set_value(1.2), run_time=1.2)
        with self.say("Over all numbers it adds up: the divergence of the gradient."):
            proof.step()
        with self.say("The gradient of p is p times the gradient of its logarithm."):
            proof.step()
        with self.say(
            "Call the rest minus v. The continuity equation: p changes as walkers move, at velocity v."
        ):
            self.play(FadeIn(cloud.walkers), run_time=0.5)
            proof.step()
            self.play(sigma.animate.set_value(1.8), run_time=1.2, rate_func=linear)
        with self.say("Without fresh noise, the same clouds, and backwards too: the probability flow."):
            proof.step()
            self.play(sigma.animate.set_value(0.4), run_time=2.2, rate_func=linear)
        self.sweep()

        names = ("stretch", "multiplied out", "by y", "tweedie again", "solved", "noise")
        proof = Derivation(self, *(lines[n] for n in names), at=0.2 * DOWN)
        with self.say(
            "x t is y times root alpha bar: a stretch. It adds a constant to the logarithm."
        ) as line:
            proof.step()
            line.until("It adds")
            self.play(Circumscribe(lines["stretch"].part('"a constant"'), color=theme.INK), run_time=1.2)
        with self.say("Now Tweedie again, multiplied out. The guess stands for the mean."):
            proof.step()
        with self.say("A gradient by x is one by y, over root alpha bar.") as line:
            proof.step()
            line.until("one by y")
            self.play(Circumscribe(lines["by y"].part("nabla_y"), color=theme.INK), run_time=1.2)
        with self.say("One minus alpha bar, over alpha bar, is sigma squared."):
            proof.step()
        with self.say("Solve for the gradient."):
            proof.step()
        with self.say("So the velocity is y less the guess, over sigma: the predicted noise."):
            proof.step()

    def _ddim(self, lines: Mapping[str, Equation]) -> None:
        """DDIM is Euler's method on these roads."""
        names = ("ddim", "inserted", "divided", "euler")
        proof = Derivation(self, *(lines[n] for n in names), at=0.25 * UP)
        whole = theme.text("DDIM = Euler's method", theme.SENTENCE, theme.TIME).move_to([-1.2, 3.1, 0])
        title = VGroup(whole[:4], whole[4:])
        with self.say("The program goes by DDIM, from chapter two.") as line:
            line.until("by")
            self.sweep(0.4)
            self.play(FadeIn(title[0]), run_time=0.3)
            proof.step()
        with self.say("The guess is the state less the noise, turned up. Put that in."):
            proof.step()
        with self.say("Divide by the root in front, and multiply out."):
            proof.step()
        measured = lines["euler"].discrepancy_label("left and right, on our walk:\n")
        with self.say("The old place, plus the change of sigma times the velocity: Euler's method.") as line:
            proof.step()
            line.until("velocity")
            self.play(Circumscribe(lines["euler"].part("hat(epsilon)"), color=theme.NOISE), run_time=1.0)
            line.until("Euler's")
            self.play(FadeIn(title[1]), FadeIn(measured.move_to([0, -2.3, 0])), run_time=0.7)
            self.hold(0.5)
        self.sweep()

    def _why(self, lines: Mapping[str, Equation]) -> None:
        """Straight strides on a bent road, and what each of them misses."""
        road_map, high, start = self._map(), walking_checks.HIGH, 1.0
        sigmas = np.append(np.linspace(high, 0.02, 90), 0.0)
        starts = np.array([-2.7, -1.8, -0.9, -0.25, 0.25, start, 1.8, 2.7])
        places = walking.road(TOY.slope, starts, list(sigmas[:-1]))
        roads = [
            road_map.road(sigmas, track, theme.MUTED, 4) for track in np.concatenate([places, places[-1:]]).T
        ]
        mine = roads[list(starts).index(start)]
        hills = road_map.hills(TOY.density)
        walks = []
        for count in (1, 2, 5, 15):
            stops = np.linspace(high, 0, count + 1)
            color = theme.WRONG if count == 1 else theme.SIGNAL if count == 15 else theme.TIME
            walks.append(road_map.strides(stops, walking.euler(TOY.slope, start, list(stops)), color))
        names = [
            theme.text(counted(count, "step"), theme.SENTENCE, one[0].get_stroke_color()).move_to(
                [0.6, 3.1, 0]
            )
            for count, one in zip((1, 2, 5, 15), walks, strict=True)
        ]
        with self.say(
            "Here are the toy's roads. All head for the middle, then each finds one place."
        ) as line:
            self.play(FadeIn(road_map), FadeIn(hills), run_time=0.8)
            line.until("All head")
            self.play(
                LaggedStart(*(Create(one, rate_func=linear) for one in roads), lag_ratio=0.05),
                run_time=line.remaining,
            )
        others = VGroup(*(one for one in roads if one is not mine))
        with self.say(
            "Now jump. One step, at the first velocity, ends between the places: the first guess."
        ) as line:
            self.play(FadeOut(others), run_time=0.6)
            line.until("One")
            self.play(Create(walks[0][0], rate_func=linear), FadeIn(names[0]), run_time=1.4)
            self.play(FadeIn(walks[0][2], scale=2), run_time=0.4)
            line.until("the first guess")
            self.play(Circumscribe(walks[0][2], color=theme.WRONG), run_time=1.2)
        with self.say("Two steps. Five. Fifteen follow the bend.") as line:
            for k, word in enumerate(("Two", "Five", "Fifteen"), 1):
                line.until(word)
                # One after the other: both names stand at the same place.
                self.play(FadeOut(walks[k - 1]), FadeOut(names[k - 1]), run_time=0.2)
                self.play(FadeIn(walks[k]), FadeIn(names[k]), run_time=0.3)
        self.sweep()

        proof = Derivation(self, *(lines[n] for n in ("taylor", "one step", "all steps")), at=0.3 * UP)
        with self.say("What does one step miss? By Taylor, how the velocity changes on the way.") as line:
            proof.step()
            line.until("changes")
            self.play(
                Circumscribe(lines["taylor"].part("(d hat(epsilon)) / (d sigma)"), color=theme.WRONG),
                run_time=1.2,
            )
        with self.say("So one step is off by about h squared."):
            proof.step()
        factor = f"{2 ** float(self.order):.1f}"
        measured = theme.text(f"on the toy: twice the steps, error ÷ {factor}", theme.LABEL, theme.MUTED)
        with self.say(
            "N steps, one over N long, add up. For small ones: twice the steps, about half the error."
        ) as line:
            proof.step()
            line.until("twice")
            self.play(FadeIn(measured.move_to([0, -2.5, 0])), run_time=0.7)
        self.sweep()

        jump, walked = self._pair()
        names = self._pair_names(jump, walked)
        with self.say(
            "So why walk? If the guess never changed, the road would be straight, and one jump would do."
        ) as line:
            self.play(FadeIn(jump), FadeIn(names[0]), run_time=0.8)
            line.until("the road")
            self.play(FadeIn(lines["straight"].scale(0.8).move_to([-1.2, 3.3, 0])), run_time=0.8)
            line.until("one jump")
            self.play(Circumscribe(jump, color=theme.WRONG), run_time=1.2)
        with self.say("But it does change. With every step, there is less that it could be."):
            self.play(FadeIn(walked), FadeIn(names[1]), run_time=0.8)
            self.play(Circumscribe(walked, color=theme.SIGNAL), run_time=1.2)
        self.hold(0.6)

    # ----------------------------------------------------------------- claims

    def claims(self) -> Mapping[str, Claim]:
        own, other, stranger = (100 * self.away[name] for name in ("mean", "other", "stranger"))
        first, last = self.errors[COUNTS[0]], self.errors[COUNTS[-1]]
        variance = float(self.gathered["mean"].variance.mean())
        others = [
            measure.distance(self.captures[name].states[-1], self.gathered["mean"].mean) ** 2
            for name in ("walk", *(f"walk {k}" for k in range(1, ENDINGS)))
        ]
        melts = {
            f"sixteen endings from step {stop}": Claim(
                f"The guess at step {stop} is {LEVELS * found.distance:.1f} levels of 255 from the mean of "
                f"{ENDINGS} endings from there, the nearest of these endings {LEVELS * away:.0f}. {self._middle()}",
                found.distance / away,
                "the guess's root mean square distance from the mean, by that of the ending that is nearest to it",
                high=1.0 if self._middle() == NEAR else 100.0,
            )
            for stop, found, (_, away) in zip(self.stops, self.melted, self.nearest, strict=True)
        }
        return {
            "the average is the best single answer": Claim(
                "No other single answer does better than the average.",
                min(variance + away for away in others) / variance,
                f"mean square error of each of {ENDINGS} finished pictures, by that of the average, over {SAMPLES:,} samples",
                low=1.0,
            ),
            "close": Claim(
                self._close(),
                own,
                "from the first guess to the average, as a share of the average's size",
                high=30.0 if self._close() == CLOSE else 100.0,
                unit="%",
            ),
            "first guesses": Claim(
                f"{self._alike()} {100 * self.alike:.1f} % as far apart as the starts.",
                100 * self.alike,
                f"root mean square distance from their mean, {spelled(STARTS)} guesses by their starts",
                high=30,
                unit="%",
            ),
            "the first guess is the mean": Claim(
                f"From the first guess to the mean of {SAMPLES:,} finished pictures it is {own:.0f} percent of that "
                f"mean's size, to those of two other prompts {other:.0f} and {stranger:.0f}. {self._whose()}",
                own / min(other, stranger),
                f"relative L2 distance to the own mean, by that to the nearest other one ({FEWER} samples each)",
                low=0.0 if self._whose() == OURS else 1.0,
                high=1.0 if self._whose() == OURS else 100.0,
            ),
            "chance": Claim(
                self._rest(),
                own / (100 * self.chance),
                "that distance by the samples' spread over the root of their number",
                low=1,
                unit="times chance",
            ),
            **melts,
            "more steps, less error": Claim(
                f"One call ends {first:.0f} levels of 255 from where {ALL_STEPS:,} steps end, {COUNTS[-1]} calls {last:.0f}.",
                last / first,
                "root mean square distance of the last states, one start",
                high=0.5,
            ),
            "which steps buy the most": Claim(
                self._buys(),
                self.early,
                "what each call up to the tenth takes off the error, on average, by what each later one does",
                low=1.0 if self._buys() == EARLY else -math.inf,
                high=math.inf if self._buys() == EARLY else 1.0,
            ),
            "order": Claim(
                "For small ones: twice the steps, about half the error.",
                self.order,
                "the toy's error over the number of steps, four halvings, slope in logarithms",
                low=0.85,
                high=1.15,
            ),
        }

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """From the blur that a jump makes to the picture at the end of the walk."""
        jump, walked = self._pair(5.7)
        arrow = Arrow(LEFT, RIGHT, color=theme.TIME, stroke_width=12, buff=0).scale_to_fit_width(1.2)
        return VGroup(jump, arrow, walked).arrange(RIGHT, buff=0.3)


def _tick_above(highest: float) -> float:
    """The first round number of the axis from 0 at or above the highest value."""
    top = highest
    # A longer axis may have other round numbers.
    while (found := ticks(0.0, top))[-1] < highest - 1e-9:
        top = found[-1] + found[1] - found[0]
    return found[-1]


def _halves(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(H, W, 3): the left half of one picture beside the right half of another; (H, W, 3 or 4) each."""
    half = left.shape[1] // 2
    return np.concatenate([left[:, :half, :3], right[:, half:, :3]], axis=1)


def _under(picture: Mobject, left: str, right: str) -> VGroup:
    """What the two halves of a picture are, each below its half."""
    names = VGroup(
        on_baseline(theme.text(left, theme.LABEL, theme.MODEL if left == "guess" else theme.INK)),
        on_baseline(theme.text(right, theme.LABEL)),
    )
    for name, side in zip(names, (LEFT, RIGHT), strict=True):
        name.set_x(picture.get_x() + side[0] * picture.width / 4)
    return names.shift((picture.get_bottom()[1] - 0.6) * UP)


def _steps(n: int) -> str:
    """'1 step', '30 steps'."""
    return f"{n} step" + ("" if n == 1 else "s")
