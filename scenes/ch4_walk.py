"""Chapter 4: why walk, and not jump: every guess is the middle of all that is still possible."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from math import inf, prod, sqrt

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Arrow, Create, FadeOut, Mobject, Rectangle, ValueTracker, VGroup

from course import grammar
from course.maths import measure, reverse_checks, walking
from course.maths import walking_checks as toy
from course.maths.walking import MAP, TOY
from course.precompute import Capture, CaptureSpec, Gathering
from course.precompute.families import Specs
from course.stage import Equation, LivePicture, Picture, Walk, parts, places, theme
from course.stage.anymodel import AnyModel
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import to_pixels
from course.stage.places import BIG, in_a_row, into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Sheet, Sheets
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

ENDINGS, STARTS, SAMPLES, BARE, FEWER, ALL_STEPS = 16, 4, 1024, 512, 256, 1200
COUNTS, SHOWN, MANY = (1, 2, 3, 5, 10, 15, 20, 30), (1, 2, 5, 30), spelled(ENDINGS)
STATIC = 0.05  # so much ᾱ at most has a state that is static
MINE = 3  # the place on the map where the walk ends, from below
APART = 3.0  # so far apart that the map's places fade about when the captured guess makes up its mind
NEAR = 0.75  # the place on the toy's line that is in the middle of a map of one road
BAR, BEFORE = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
AT_WORK = (-1.2, 2.4, 0.0)  # where a derivation's picture stands: above its lines, left of the badge


class WhyWalk(AnyModel):
    """Why walk, and not jump: the only place to jump to is the middle of everything."""

    title = "Why walk?"
    question = "Why not just jump to the picture?"
    letters = {"g": theme.MODEL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Walks, endings that leave one of them on the way, and strides of all sizes, all without guidance."""
        walk, bare, drawn = self._walk, self._bare, grammar.drawable(self.cast.prompt, self.cast.other)
        sixteen = [replace(bare, seed=bare.seed + k) for k in range(ENDINGS)]
        return {
            "walk": walk,
            "starts": [replace(walk, seed=walk.seed + k) for k in range(STARTS)],
            "bare": sixteen,
            "endings": {k: [replace(w, start=(bare.key, k), eta=1.0) for w in sixteen] for k in self.stops},
            "strides": {count: replace(walk, steps=count) for count in COUNTS},
            "known": replace(walk, model="forward:prompt", prompt=drawn, size=None),
        }

    def sheets(self) -> Sheets:
        """Where walks end that leave one of them on its way; other seeds; fewer and fewer steps."""
        walks, left = self.captures, {"at its first step": self.captures["bare"]}
        if "endings" not in self.absent:
            left |= {f"after {stop} steps": walks["endings"][stop] for stop in self.stops}
        return (
            Sheet("endings", "Other endings",
                f"One walk to “{self._bare.prompt}” is left, for others with dice of their own.",
                "What is settled when the walk is left, and what still open?", ("Left", "Ending"),
                {(at, str(k)): run for at, runs in left.items() for k, run in enumerate(runs, 1)}),
            Sheet("seeds", "Other dice", "The same words, each seed another piece of static.",
                "How early could you tell these pictures apart?", ("Seed",),
                {str(run.spec.seed): run for run in walks["starts"]}),
            Sheet("steps", "Fewer steps", "The same words and the same static, with fewer calls of the model.",
                "With how few steps is it still a picture?", ("Steps",),
                {str(count): run for count, run in walks["strides"].items()}),
        )["endings" in self.absent:]  # fmt: skip

    def gatherings(self) -> Mapping[str, Gathering]:
        """The mean of many finished pictures of three prompts, and where the first walk should end."""
        walk = self._walk
        if self.elsewhere:
            return {}
        return {
            "own": Gathering(walk, SAMPLES),
            "other": Gathering(replace(walk, prompt=self.cast.other), FEWER),
            "bare": Gathering(self._bare, BARE),
            "judge": Gathering(replace(walk, steps=ALL_STEPS), 1),
        }

    @property
    def _walk(self) -> CaptureSpec:
        return CaptureSpec.of(self.cast, guidance=1.0)

    @property
    def _bare(self) -> CaptureSpec:
        """A walk to the things that the prompt names, whatever they look like; from elsewhere, to all it says."""
        return self._walk if self.elsewhere else replace(self._walk, prompt=grammar.bare(self.cast.prompt))

    @cached_property
    def stops(self) -> tuple[int, int]:
        """Where such a walk is left: once early, once later."""
        return max(1, round(0.1 * self.cast.steps)), round(0.5 * self.cast.steps)

    @cached_property
    def bare(self) -> Capture:
        """The first of sixteen such walks: the story's, and the one that is left for its endings."""
        return self.captures["bare"][0]

    @cached_property
    def finished(self) -> np.ndarray:
        """(16, H, W, 3) uint8: finished pictures of the things, each from a start of its own."""
        return np.stack([walk.pictures[-1] for walk in self.captures["bare"]])

    @cached_property
    def hung(self) -> np.ndarray:
        """(4, H, W, 3) uint8: two unlike the first of them and each other, the one most like it, it at MINE."""
        ends = np.stack([walk.states[-1] for walk in self.captures["bare"]])
        near = int(np.argsort([measure.distance(one, ends[0]) for one in ends], kind="stable")[1])
        return self.finished[[*measure.unlike(ends, len(MAP.places) - 1)[1:], near, 0]]

    @cached_property
    def ends(self) -> np.ndarray:
        """(2, 16, D) float64: how the walks end that leave the first one at each of the stops."""
        families = (self.captures["endings"][stop] for stop in self.stops)
        return np.array([[run.states[-1].ravel() for run in family] for family in families], np.float64)

    @cached_property
    def gauge(self) -> tuple[float, str, str]:
        """What they are measured in: so many in one model unit, called so, and in full. Latents have no light."""
        light = measure.LEVELS, "levels", "levels of 255"
        return light if self.bare.in_pixels else (100.0, "percent", "percent of the latents' static")

    @cached_property
    def away(self) -> list[tuple[float, float]]:
        """For each stop, by the gauge: how far an ending is from the mean of endless many, the guess from theirs."""
        fewer, found = np.sqrt(ENDINGS / (ENDINGS - 1)), []
        for ends, stop in zip(self.ends, self.stops, strict=True):
            off = measure.distance(ends.mean(0), self.bare.guesses[stop].ravel())
            found.append((self.gauge[0] * measure.spread(ends) * fewer, self.gauge[0] * off))
        return found

    def _away(self, one: np.ndarray, mean: str) -> float:
        """From a picture or a guess to what was gathered under that name, in levels of 255."""
        return measure.LEVELS * measure.distance(one, self.gathered[mean].mean)

    @cached_property
    def blurs(self) -> tuple[float, float]:
        """How far from the average the first guess is, and how far the finished pictures are."""
        finished = [self._away(one.states[-1], "bare") for one in self.captures["bare"]]
        return self._away(self.bare.guesses[0], "bare"), float(np.sqrt(np.mean(np.square(finished))))

    @verdict
    @needs(runs=f"{BARE} pictures")
    def close(self) -> Verdict:
        (guess, picture), once = self.blurs, "Ask the model once, at the start"
        return Verdict(guess / picture,
            (0.4, f"{once}: its first ⟨guess⟩ comes close to that average."),
            (inf, f"{once}, and set its first ⟨guess⟩ by that average."),
            how=f"root mean square distance from the first guess to the average of {BARE}, by that of {ENDINGS} finished pictures")  # fmt: skip

    @verdict
    def alike(self) -> Verdict:
        firsts = [(one.guesses[0], one.states[0]) for one in self.captures["starts"]]
        guesses, starts = map(np.stack, zip(*firsts, strict=True))
        return Verdict(100 * measure.spread(guesses) / measure.spread(starts),
            (10, f"Every time nearly the same {'guess' if self.elsewhere else 'blur'}."),
            (30, "They are much alike."),
            (inf, "They are not much alike."),
            how=f"root mean square distance from their mean, {spelled(STARTS)} first guesses by their starts", unit="%")  # fmt: skip

    @verdict
    @needs(runs=f"{SAMPLES:,} pictures")
    def whose(self) -> Verdict:
        own, other = (self._away(self.captures["walk"].guesses[0], name) for name in ("own", "other"))
        return Verdict(own / other,
            (1, "So it is nearer to its ⟨own⟩, yet not the same: the rest is the model's mistake."),
            (inf, "So it could be the ⟨other's⟩."),
            how=f"root mean square distance from the first guess to the own mean ({SAMPLES:,} samples), by that to the other prompt's ({FEWER})")  # fmt: skip

    @verdict
    @needs(endings="states")
    def settles(self) -> Verdict:
        ((early, _), (late, _)), (_, unit, whole) = self.away, self.gauge
        said = f"One of them is now ⟨{late:.0f}⟩ {unit} from the mean, where it was {early:.0f}."
        return Verdict(late / early,
            (0.8, f"{said} The walk has made up its mind."),
            (1, f"{said} They agree little better."),
            (inf, f"{said} They agree no better."),
            how=f"how far one of {ENDINGS} endings is from their mean, {early:.0f} {whole} from step {self.stops[0]} and {late:.0f} from step {self.stops[1]}")  # fmt: skip

    @verdict
    @needs(endings="states")
    def chance(self) -> Verdict:
        apart, quarter = self.away[0][1], self.away[0][0] / sqrt(ENDINGS)
        said = f"The ⟨guess⟩ is {apart:.0f} away. By ⟨chance⟩ alone it would be {quarter:.0f}."
        return Verdict(apart / quarter,
            (1, f"{said} So they are the same."),
            (2, f"{said} So the model is a little off, too."),
            (inf, f"{said} So the model is off, too."),
            how=f"root mean square distance of the guess from the mean of {ENDINGS} endings, {apart:.1f} {self.gauge[2]}, by a quarter of their spread")  # fmt: skip

    @verdict
    @needs(runs=f"{ALL_STEPS:,} steps")
    def thirds(self) -> Verdict:
        ten, thirty = (self._away(self.captures["strides"][n].states[-1], "judge") for n in (10, 30))
        said = f"Ten calls, ⟨{ten:.0f}⟩. Thirty, ⟨{thirty:.0f}⟩"
        return Verdict(thirty / ten,
            (0.25, f"{said}: from there on, less than a third for three times the calls."),
            (0.45, f"{said}: from there on, three times the calls, about a third of the error."),
            (inf, f"{said}."),
            how=f"root mean square distance of the last state from that of {ALL_STEPS:,} steps, one start: thirty calls by ten")  # fmt: skip

    @verdict
    def half(self) -> Verdict:
        return Verdict(toy.whole_error()[0], (0.85, None), (1.15, "⟨Twice⟩ the steps, half the error."), (inf, None),
            how="the toy's error over the number of steps, four halvings, slope in logarithms")  # fmt: skip

    def story(self) -> None:
        self.tell(self._question, self._pour, self._two_dots, self._average, self._journey)

    def _map(self, step: ValueTracker, asked: ValueTracker | None = None) -> parts.WalkMap:
        """The first walk on the map, its own picture at the place where it ends."""
        walk = self.bare
        way = walking.journey(MAP, MINE, walk.alphas_cumprod, apart=APART)
        return parts.WalkMap(way, MAP.places, self.hung, (walk.pictures, walk.guess_pictures), step, asked)

    def _question(self) -> None:
        # Static on the left, pictures on the right, and a leap that ends between them; then picture by picture.
        chart, what = self._map(ValueTracker(0)), self._bare.prompt
        doubt = theme.text("?", 2 * theme.TITLE, theme.WRONG).move_to(chart.jump.get_end() + 0.5 * RIGHT)
        self.add(chart.states, chart.places)
        with self.opening(f"You start in static, and want {what}. ⟨Why⟩ not just jump to the picture?"):
            self.play(Create(chart.jump), run_time=1.0)
            self.mark().show(doubt)
        with self.say("But to which one? ⟨This⟩ would do. And ⟨this⟩. And ⟨this⟩. There are thousands more."):
            shown: list[Mobject] = [chart.jump, doubt]
            for place in (chart.places[MINE], *reversed(chart.places[:2])):
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
        what = f"{self._bare.prompt}: {' × '.join(map(str, numbers.shape))} numbers"
        name = theme.text(what, theme.LABEL, theme.PROMPT).next_to(pour.table, UP, buff=0.2)
        size = theme.text(" × ".join(map(str, shape)), theme.LABEL, theme.SIGNAL)
        with self.say("To a model words are numbers, and so is a ⟨picture⟩. ⟨Pour⟩ one into the other:"):
            self.show(pour.table, name.align_to(pour.table, LEFT))
            self.mark().show(pour.picture, size.next_to(pour.picture, RIGHT, buff=0.4), run_time=0.4)
            self.mark().follow(poured, pour.size)
        count = f"{numbers.size:,} numbers for {prod(shape):,} places"
        with self.say(f"{count}: ⟨rubbish⟩, like the static. They say what you want, ⟨not⟩ where it is."):
            self.point(name, size)
            self.mark().point(pour.picture)
            self.mark().point(name)
        self.sweep()

    def _two_dots(self) -> None:
        # A dot on the left or on the right; your answer between them, and a bar of what it pays for both.
        down, across = np.mgrid[:15, :15]
        pair = [np.where(np.hypot(down - 7, across - x) < 2.6, 240.0, 12.0)[..., None] for x in (3, 11)]

        def pixels(share: float) -> np.ndarray:
            return np.rint((1 - share) * pair[0] + share * pair[1]).astype(np.uint8).repeat(3, -1)

        def pay(share: float) -> VGroup:
            both, squares = share**2 + (1 - share) ** 2, f"{share:.1f}² + {1 - share:.1f}² = {{:.2f}}"
            return places.stripe(both, "you pay", -2.45, theme.WRONG, -3.6, 4.5, squares)

        share = ValueTracker(0)
        left, right = (Picture(pixels(one), 3.2).set_stroke(theme.SIGNAL, width=5) for one in (0, 1))
        answer = LivePicture(pixels, share, height=3.2).set_stroke(theme.MODEL, width=5)
        VGroup(left, answer, right).arrange(RIGHT, buff=0.8).move_to([-0.5, 0.6, 0])
        name = theme.text("your answer", theme.LABEL, theme.MODEL).next_to(answer, DOWN, buff=0.25)
        with self.say("Take something simpler: a dot, left or ⟨right⟩. Draw ⟨one⟩ picture for both."):
            self.show(left)
            self.mark().show(right)
            self.mark().show(answer, name)
        with self.say("For each you pay the ⟨square⟩ of what you are off. Your best ⟨bet⟩ is the average:"):
            self.mark().show(Driven(pay, share), run_time=0.4)
            self.turn(share, 1.0, run_time=1.6)
            self.mark().turn(share, 0.5, run_time=self.line.remaining)
        with self.say("two faint dots. And in the ⟨middle⟩, none."):
            self.mark().point(answer)
        self.sweep()

    @needs(runs=f"{BARE} pictures")
    def _average(self) -> None:
        # A wall of possible pictures melts into their average; static becomes the model's first guess, beside it.
        melt = parts.Melt(self.finished, height=5.2).move_to([-0.6, 0.5, 0])
        many = named(melt, f"{MANY} that you might mean")
        mean = Picture.from_model(self.gathered["bare"].mean, 5.2).set_stroke(theme.WRONG, width=6)
        label = named(mean.move_to(melt), f"the average of {BARE:,}")[1]
        with self.say("Now the same with all the pictures that you might mean."):
            self.gather(melt, run_time=1.8)
            self.show(many[1], run_time=0.4)
        with self.say(f"Laid over each other, here {BARE:,} of them: a ⟨blur⟩. Nobody would ask for that."):
            self.hide(many[1])
            self.play(melt.together(mean.get_center(), 5.2, lag_ratio=0.02), run_time=1.4)
            self.remove(*melt, melt)
            self.add(melt.mean)
            self.become(melt.mean, mean, label)
            self.mark().point(mean)
        (near, off), jump = self.blurs, ValueTracker(0)
        film = np.stack([self.bare.pictures[0], self.bare.guess_pictures[0]])
        guess = Walk(film, jump, crossfade=True).set_stroke(theme.MODEL, width=6)
        shown = (guess, mean.copy(), Picture(self.finished[0]))
        words = ("first guess", f"average of {BARE:,}", "finished")
        left, middle, right = in_a_row(shown, words, (theme.MODEL, theme.WRONG, theme.SIGNAL))
        rows = ((near, "guess", theme.MODEL), (off, "finished", theme.SIGNAL))
        bars = places.stripes(*rows, words="{:.0f} levels", y=-2.1)
        with self.say(self.close):
            self.become(mean, middle[0], FadeOut(label), middle[1], left[0])
            self.mark().turn(jump, 1)
            self.show(left[1], run_time=0.4)
        with self.say(f"Of 255 levels of light it is ⟨{near:.0f}⟩ off; a finished ⟨picture⟩, {off:.0f}."):
            self.mark().show(bars[0])
            self.mark().show(right, bars[1])
        self.sweep()

    def _journey(self) -> None:
        # The map: the jump ends in the blur between all places; the walk bends while places fade.
        walk, steps, step, asked = self.bare, self.steps, ValueTracker(0), ValueTracker(0)
        chart = self._map(step, asked)
        sketch = theme.text("a sketch: right, less noise; up, which picture", theme.LABEL, theme.MUTED)
        sketch.move_to([theme.SAFE_LEFT + sketch.width / 2, -2.65, 0])
        with self.say("So a jump ends ⟨here⟩: in the middle of all places, where there is none."):
            self.show(chart.states, chart.places, sketch)
            self.mark().show(Create(chart.jump), chart.guess, run_time=1.0)
        with self.say("Do not jump. ⟨Take⟩ one small step towards the guess, and ⟨ask⟩ again."):
            self.hide(chart.jump)
            self.add(chart.road)
            self.mark().show(chart.arrow, run_time=0.4)
            self.turn(step, 1)
            self.mark().turn(asked, 1)
        shares = enumerate((0.1, 0.17, 0.27, 0.4, 0.55), 1)
        # Of few steps a share may be less than one: it moves all the same.
        stops = [min(steps, max(round(one * steps), 1 + 0.8 * k)) for k, one in shares]
        early, later = stops[:2], stops[2:]
        with self.say("⟨Some⟩ places fit no more. They ⟨fade⟩, and the middle of the others moves."):
            for stop in early:
                self.mark().turn(step, stop, run_time=0.6)
                self.turn(asked, stop, run_time=1.2)
        with self.say("So you bend. ⟨Step⟩, ask. ⟨Step⟩, ask. ⟨Step⟩, ask."):
            for stop in later:
                self.mark().turn(step, stop, run_time=0.4)
                self.turn(asked, stop, run_time=0.4)
        with self.say("In the end a single place is left. And the middle of one place is a picture."):
            self.sound_walk(walk.alphas_cumprod[round(0.55 * steps) :], self.line.remaining)
            self.follow(step, steps, asked.animate.set_value(steps))
        jump, walked = self._pair()
        with self.say("Jump, and you get the middle of everything. ⟨Walk⟩, and you get one of them."):
            self.hide(chart.road, chart.arrow, chart.places, sketch, chart.states)
            self.show(jump)
            self.mark().remove(chart.guess)
            self.become(chart.guess.still(), walked[0], walked[1])

    def _pair(self, height: float = places.TALL) -> VGroup:
        """What one jump makes, and what the walk makes, from the same static."""
        colors, pictures = (theme.WRONG, theme.SIGNAL), (self.bare.guess_pictures[0], self.finished[0])
        jump, walk = (Picture(one).set_stroke(color, 8) for one, color in zip(pictures, colors, strict=True))
        return side_by_side(jump, walk, ("jump", "walk"), colors, height, theme.SENTENCE)

    def mechanism(self) -> None:
        first, then = partial(self._melting, 0), partial(self._melting, 1)
        self.tell(self._first_guesses, self._whose, first, then, self._strides, self._errors, self._roads)

    def _first_guesses(self) -> None:
        # Four different starts turn into four guesses: the same blur.
        jump = ValueTracker(0)
        films = (np.stack([one.pictures[0], one.guess_pictures[0]]) for one in self.captures["starts"])
        row = VGroup(*(Walk(film, jump, height=3.05, crossfade=True) for film in films))
        row.arrange(RIGHT, buff=0.3).move_to([0, 0.5, 0])
        after = theme.text("first guesses", theme.SENTENCE, theme.MODEL).next_to(row, DOWN, buff=0.4)
        told = {len(grammar.telling(one)) for one in (self.cast.prompt, self._bare.prompt)}
        more = f"{'Say' if len(told) > 1 else 'Once'} more: {self.cast.prompt}"
        with self.say(f"{more}. {spelled(STARTS).capitalize()} starts."):
            self.gather(row, run_time=3.5, lag_ratio=0.9)
        self.misread(row)
        with self.say("Ask the model once for each: ⟨what⟩ will this be?"):
            self.mark().turn(jump, 1, run_time=1.5)
            self.show(after, run_time=0.4)
        with self.say(self.alike):
            self.point(row)
        self.hide(row[1:], after, run_time=0.4)

    @needs(runs=f"{SAMPLES:,} pictures")
    def _whose(self) -> None:
        # The first guess, the mean that it should be and another one's, with how far they are away.
        walk, other = self.captures["walk"], grammar.bare(self.cast.other)
        means = [Picture.from_model(self.gathered[name].mean) for name in ("own", "other")]
        guess = Picture(walk.guess_pictures[0]).set_stroke(theme.MODEL, width=6)
        words = ("first guess", f"mean of {SAMPLES:,}", f"mean: {other}")
        three = in_a_row((guess, *means), words, (theme.MODEL, theme.INK, theme.INK))
        off, away = (self._away(walk.guesses[0], name) for name in ("own", "other"))
        gaps = [theme.text(f"{one:.0f} levels", theme.SENTENCE, theme.WRONG) for one in (off, away)]
        for gap, mean in zip(gaps, means, strict=True):
            gap.move_to([mean.get_x(), -2.3, 0])
        with self.say(f"Is this blur the ⟨mean⟩ of {SAMPLES:,} finished pictures?"):
            self.become(self.on_stage[-1], guess, three[0][1])
            self.mark().show(three[1])
        with self.say(f"It is ⟨{off:.0f}⟩ levels off. The ⟨mean⟩ of {self.cast.other} is {away:.0f} away."):
            self.mark().show(gaps[0])
            self.mark().show(three[2], gaps[1])
            self.point(*gaps)
        with self.say(self.whose):
            self.mark().point(guess, means[int(away < off)])

    @needs(endings="states")
    def _melting(self, which: int) -> None:
        # A state flies into sixteen tiles, each goes on by itself; the endings slide together: the guess.
        walk, stop, early = self.bare, self.stops[which], which == 0
        step, on = ValueTracker(0 if early else self.stops[0]), ValueTracker(0)
        runs = self.captures["endings"][stop]
        state = Walk(walk.pictures, step, 3.0).move_to([-4.75, 0.6, 0])
        here = named(state, f"step {stop} of {self.steps}", theme.TIME)
        melt = parts.Melt(np.stack([run.pictures[-1] for run in runs]), height=6.2).move_to([0.7, 0.1, 0])
        tiles = melt.films([run.pictures for run in runs], on)
        what = f"Now {self._bare.prompt} again, and no more said. Stop the walk at step {stop}."
        with self.say(what if early else f"{counted(stop - self.stops[0], 'step').capitalize()} later."):
            self.instead(state)
            self.follow(step, stop)
            self.show(here[1])
        what = f"Go on from here {MANY} times, with a little fresh noise at every step, so that each goes its own way."
        with self.say(what if early else f"Again {MANY} endings, all from this state."):
            copies = VGroup(*(state.still() for _ in tiles))
            self.gather([*map(into, copies, melt)], run_time=1.2, lag_ratio=0.05)
            self.remove(*copies)
            self.add(tiles)
            self.follow(on, self.steps - stop, beyond=0.5)
        self.remove(tiles)
        self.add(melt)
        ((before, far), (now, near)), (_, unit, in_full) = self.away, self.gauge
        shrunk = theme.text(f"{before:.0f} → {now:.0f} {unit}", theme.LABEL).next_to(here, DOWN, buff=0.4)
        with self.say("All of these are still possible. See what ⟨differs⟩." if early else self.settles):
            self.mark().point(melt) if early else self.mark().show(shrunk)
        guess = Picture(walk.guess_pictures[stop]).set_stroke(theme.MODEL, width=6)
        names = ("guess", f"mean of {ENDINGS}")
        guessed, mean = side_by_side(guess, melt.mean, names, (theme.MODEL, theme.INK), 2.9)
        what = f"Slide them together: their ⟨mean⟩. And here the model's ⟨guess⟩ at step {stop}, in one call."
        late = "Their mean is less of a ⟨blur⟩ than it was. And so is the model's ⟨guess⟩."
        if self.elsewhere:  # where nobody has looked
            late = "Again their ⟨mean⟩. And the model's ⟨guess⟩, in one call."
        with self.say(what if early else late):
            self.play(melt.together(melt.mean.get_center(), 2.9, lag_ratio=0.02), run_time=1.4)
            self.remove(*melt, melt)
            self.add(melt.mean)
            self.mark().show(mean[1])
            self.mark().show(guessed, FadeOut(here, *([] if early else [shrunk])))
        if early:
            # Bars: how far one ending is, the mean of sixteen by chance, and the guess.
            root = sqrt(ENDINGS)
            rows = ((before, "ending to mean", theme.NOISE), (before / root, "by chance", theme.MUTED))
            last = (far, "guess to mean", theme.MODEL)
            whole, part, off = places.stripes(*rows, last, words=f"{{:.0f}} {unit}", y=-1.72)
            pieces = VGroup(*(whole[0].copy().stretch(0.96 / root, 0) for _ in range(round(root))))
            pieces.arrange(RIGHT, buff=0.04 * whole[0].width / (root - 1)).move_to(whole[0])
            spoken = f"⟨{before:.0f}⟩ {in_full.removesuffix(' of 255')}"
            with self.say(f"One ending is {spoken} from the mean of all."):
                self.mark().show(whole)
            with self.say(f"A ⟨mean⟩ of {MANY} is still off by one over the root of {MANY}: a ⟨quarter⟩."):
                self.mark().become(whole[0], pieces)
                self.mark().become(pieces[0].copy(), part[0], part[1:])
            with self.say(self.chance):
                self.mark().show(off)
                self.mark().point(part)
            return
        both = zip((far, near), (f"guess, step {one}" for one in self.stops), [theme.MODEL] * 2, strict=True)
        first, second = places.stripes(*both, words=f"{{:.0f}} {unit}")
        with self.say(f"It is now ⟨{near:.0f}⟩ {unit} from that mean, where it was {far:.0f}."):
            self.mark().show(second)
            self.show(first)
        self.sweep()

    def _strides(self) -> None:
        # From one start in more and more steps: four pictures.
        strides = self.captures["strides"]
        begun = [n for n in COUNTS if strides[n].alphas_cumprod[0] < STATIC]
        counts = SHOWN if {*SHOWN} <= {*begun} else (*begun[:3], COUNTS[-1])
        tiles = VGroup(*(Picture(strides[count].pictures[-1], 3.05) for count in counts))
        tiles.arrange(RIGHT, buff=0.3).move_to([0, 0.5, 0])
        names = [theme.line(counted(n, "step"), theme.TIME, 3.3) for n in counts]
        starts = [Picture(self.captures["walk"].pictures[0], 3.05).move_to(tile) for tile in tiles]
        with self.say(f"Back to {self.cast.prompt}: how many steps does a walk need?"):
            self.gather(starts, run_time=3.2, lag_ratio=0.9)
        if counts[0] > 1:
            with self.say(f"With fewer than {spelled(counts[0])}, this loop does not begin in static."):
                self.point(*starts, run_time=self.line.remaining)
        first, *more, last = (f"⟨{spelled(n).capitalize()}⟩" for n in counts)
        said = ". ".join((f"{first} is the jump" if counts[0] == 1 else first, *more, f"And {last.lower()}"))
        with self.say(f"{said}{'.' if self.elsewhere else ': the fog clears.'}"):
            for start, tile, name in zip(starts, tiles, names, strict=True):
                self.mark().become(start, tile, name.next_to(tile, DOWN, buff=0.35), run_time=0.5)
        self.sweep()

    @needs(runs=f"{ALL_STEPS:,} steps")
    def _errors(self) -> None:
        # Where the longest walk ends; then how far from it fewer calls end, as a curve that falls.
        counts, calls, strides = np.array(COUNTS), ValueTracker(1), self.captures["strides"]
        ends = [run.pictures[-1] for run in strides.values()]
        errors = {n: self._away(run.states[-1], "judge") for n, run in strides.items()}
        past = partial(np.searchsorted, counts, side="right")
        judge = Picture.from_model(self.gathered["judge"].mean)
        names, colors = (counted(1, "step"), f"{ALL_STEPS:,} steps"), (theme.TIME, theme.TIME)
        pair = side_by_side(Picture(ends[0]), judge, names, colors)
        picture = LivePicture(lambda n: ends[past(n + 1e-6) - 1], calls, height=BIG).move_to(places.LEFTMOST)
        labels = ("model calls", "levels of 255 off")
        plot = places.curve_on_the_right(counts, list(errors.values()), labels, theme.TIME, x_from=0.0)
        taken = places.reading("steps:", lambda n: counts[past(n + 1e-6) - 1], calls, theme.TIME)
        taken.next_to(picture, DOWN)
        one, ten, thirty = (theme.text(f"{errors[n]:.0f}", theme.LABEL) for n in (1, 10, 30))
        for number, n in ((one, 1), (ten, 10), (thirty, 30)):
            number.next_to(plot.point(n, errors[n]), RIGHT if n == 1 else UP, buff=0.25)
        with self.say(f"How far is each end from ⟨that⟩ of {ALL_STEPS:,} steps, all there are?"):
            self.show(pair)
            self.mark().point(judge)
        with self.say(f"One call of the model: ⟨{errors[1]:.0f}⟩ levels of 255. And with ⟨more⟩?"):
            self.swap(picture, taken, plot.axes, plot.marker("curve", calls), instead_of=pair)
            self.mark().show(one)
            self.mark()
            for here, there in pairwise(COUNTS[:5]):
                self.run(calls, there, 0.3, Create(plot.piece("curve", here, there)))
        with self.say(self.thirds):
            self.mark().show(ten, run_time=0.4)
            for here, there in pairwise(COUNTS[4:]):
                self.run(calls, there, 0.3, Create(plot.piece("curve", here, there)))
            self.mark().show(thirty, run_time=0.4)
            self.turn(calls, 10, run_time=1.2)
            self.follow(calls, 30)
        self.sweep()

    def _roads(self) -> None:
        # Roads from noise to four pictures; on one of them straight strides, fewer and more.
        road_map = parts.RoadMap(toy.HIGH, 3.0, width=9.4, height=5.0, name="noise").move_to([-1.3, 0.1, 0])
        sigmas, mine = np.linspace(toy.HIGH, 0.01, 90), 4
        starts = np.array([-2.8, -1.9, -1.1, -0.4, 0.4, 1.1, 1.9, 2.8])
        tracks = walking.road(MAP.slope, starts, list(sigmas), between=20)
        roads = VGroup(*(road_map.road(sigmas, track, theme.MUTED, 4) for track in tracks.T))
        walks = []
        for count, color in ((1, theme.WRONG), (2, theme.TIME), (15, theme.SIGNAL)):
            stops = np.linspace(toy.HIGH, 0, count + 1)
            walk = road_map.strides(stops, walking.euler(MAP.slope, starts[mine], list(stops)), color)
            name = theme.text(counted(count, "step"), theme.SENTENCE, color).move_to([-3.6, -1.2, 0])
            walks.append(VGroup(walk, name))
        blur = Picture(self.bare.guess_pictures[0], 1.1).set_stroke(theme.WRONG, width=5)
        blur.move_to(walks[0][0][-1].get_center() + 1.95 * RIGHT)
        with self.say("In a sketch: ⟨roads⟩ from noise. All head for the middle, then each finds its place."):
            self.show(road_map, road_map.hang(MAP.places, self.hung))
            self.mark().draw(roads, run_time=2.2)
        jump = "the jump." if self.elsewhere else "the jump, a blur."
        with self.say(f"⟨One⟩ step in the first direction ends in between: {jump}"):
            self.mark().hide(*(road for road in roads if road is not roads[mine]))
            self.show(walks[0])
            self.show(blur)
        with self.say("⟨Two⟩ steps turn once, and come nearer. ⟨Fifteen⟩ keep to the road."):
            for before, after in pairwise(walks):
                self.mark().hide(before, blur, run_time=0.2)
                self.show(after, run_time=0.4)
        with self.say("Why does the error fall as one over the steps? That, the mathematics tells."):
            for k in range(3):
                self.swap(*walks[k], instead_of=walks[k - 1])
        self.sweep()

    def derivation(self) -> None:
        self.tell(self._mean, self._uphill, self._flowing, self._euler, self._misses, self._why)

    @proof
    @needs(endings="states")
    def squares(self) -> Lines:
        """Squared error is least at the mean."""
        found, square = {"endings": self.ends[0], "guess": self.ends[0][0]}, r"EE (x_0 - g)^2"
        return (
            ("Why is the middle the best answer? x zero is any ending, m their mean, g your answer. You pay the ⟨average⟩ square between.",
             rf"{square} = EE ({{{{ (x_0 - m) + (m - g) : both }}}})^2", toy.split.on(**found)),
            text_only("A square of a sum is two squares, and twice the product.", rf"{square} = EE (x_0 - m)^2 + (m - g)^2 + 2 EE (x_0 - m)(m - g)", toy.expanded.on(**found)),
            ("Squared: two ⟨squares⟩. The product goes, for on average x zero minus m is nothing.", rf"{square} = EE (x_0 - m)^2 + (m - g)^2", toy.pythagoras.on(**found)),
            ("The first part you cannot change. The ⟨second⟩ goes where g is m: the mean of all endings from here, given x t.", r"g = m = EE[x_0 | x_t]", toy.best.on(endings=self.ends[0])),
        )  # fmt: skip

    @needs(endings="states")
    def _mean(self) -> None:
        # An ending, the mean, your answer; a bar of what you pay, of which one part shrinks as g becomes m.
        runs, s = self.captures["endings"][self.stops[0]], ValueTracker(1)
        ends = np.array([run.seen for run in runs], np.float64)
        mean = ends.mean(0)
        answer = LivePicture(lambda s: to_pixels(mean + s * (ends[0] - mean)), s, height=1.75)
        shown = (Picture.from_model(one, 1.75) for one in (ends[1], mean))
        row = VGroup(*shown, answer).arrange(RIGHT, buff=1.9).move_to([AT_WORK[0] + 0.5, 2.65, 0])
        name = partial(Equation, definition="a picture's name", colors=self.letters, font_size=60)
        for letter, picture in zip(("x_0", "m", "g"), [*row], strict=True):
            row.add(name(letter).next_to(picture, LEFT, buff=0.3))
        fixed, off = ((ends - mean) ** 2).mean(), ((ends[0] - mean) ** 2).mean()
        unit = 8.0 / (fixed + off)

        def bar(size: float, color: str) -> Rectangle:
            return Rectangle(width=max(unit * size, 1e-3), height=0.55, stroke_width=0).set_fill(color, 1)

        first = bar(fixed, theme.SIGNAL).move_to([AT_WORK[0] - 4 + unit * fixed / 2, 1.3, 0])
        second = Driven(lambda s: bar(off * s**2, theme.MODEL).next_to(first, RIGHT, buff=0.05), s)
        paid = [theme.text(word, theme.LABEL, theme.BACKGROUND) for word in ("endings to m", "m to g")]
        for word, at in zip(paid, (first, second), strict=True):
            word.move_to(at).set_z_index(1)
        told = self.prove(self.squares, under=VGroup(row, first))
        with told.saying():
            self.show(row)
            self.mark()
        with told.saying():
            told.write()
            self.mark().point(told.part("EE (x_0 - m)^2"), told.part("(m - g)^2"))
            self.show(first, second, *paid)
        with told.saying():
            self.point(first)
            self.mark().hide(paid[1])
            self.turn(s, 0)
        with self.say("Training pays squares as well. So the model's guess is this mean."):
            self.point(told.part("EE[x_0 | x_t]"))
        self.sweep()

    @proof
    def tweedie(self) -> Lines:
        """The mean of what is possible, from the gradient of how likely each state is."""
        score, pull = r"nabla log p_sigma (y)", r"(x_0 - y) / sigma^2"
        return (
            ("A state x t is picture and noise, mixed. Alpha bar says how much ⟨picture⟩.", rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(self.captures["known"])),
            ("Divide by the first root: the picture, plus ⟨sigma⟩ times noise. Call it y.",
             rf"y := x_t / sqrt({BAR}) = x_0 + sigma epsilon, quad sigma := sqrt(1 - {BAR}) / sqrt({BAR})", toy.rescaled.on(self.captures["known"])),
            ("How likely is a y? A ⟨bell⟩ around every picture; added up, the ⟨hill⟩ p.", r"p_sigma (y) = integral q(y | x_0) p(x_0) dif x_0", toy.density),
            text_only("A bell of width sigma.", r"q(y | x_0) prop exp(- norm(y - x_0)^2 / (2 sigma^2))", toy.bell),
            ("Stand at y. A bell's slope is its height, times the ⟨pull⟩ to its picture over sigma squared.", rf"nabla p_sigma (y) = integral {pull} q(y | x_0) p(x_0) dif x_0", toy.gradient),
            text_only("Divide by p. A gradient over its function is that of the logarithm.", rf"{score} = integral {pull} (q(y | x_0) p(x_0)) / (p_sigma (y)) dif x_0", toy.over_density),
            ("Divide by p: left, the slope of log p; right, by ⟨Bayes⟩, each pull as its picture is likely.", rf"{score} = integral {pull} p(x_0 | y) dif x_0", toy.posterior),
            ("That is the mean picture minus y, over sigma squared.", rf"{score} = (EE[x_0 | y] - y) / sigma^2", toy.log_gradient),
            ("Solve. The middle of all that is possible is y, plus a ⟨push⟩ uphill: Tweedie's formula.", rf"EE[x_0 | y] = y + sigma^2 {score}", toy.tweedie_by_size),
            text_only("In x t the law is only stretched.", r'log p_t (x_t) = log p_sigma (y) + "a constant"', toy.stretch),
            text_only("A gradient by y is root alpha bar times one by x t: the same formula there.", rf"EE[x_0 | x_t] = (x_t + (1 - {BAR}) nabla log p_t (x_t)) / sqrt({BAR})", toy.tweedie),
        )  # fmt: skip

    def _uphill(self) -> None:
        # A state and its noise; then a hill of two bells, their pulls on one place, and the mean pull.
        film, step = self.captures["known"], ValueTracker(self.cast.steps)
        picture = Walk(film.pictures, step, height=2.2).move_to(AT_WORK)
        noisy = int(np.argmax(walking.sigma_of(film.alphas_cumprod) < 1.2))
        sigma, y, width = ValueTracker(1.0), ValueTracker(-0.5), 1.0
        cloud, top = parts.Hill(TOY, sigma, width).move_to(AT_WORK), float(TOY.cloud(TOY.places[0], width))
        spot, bells, pulls = cloud.marker(y), cloud.bells(width), cloud.pulls(-0.5, width)
        push = Driven(lambda y: cloud.arrow(y, float(TOY.mean(y, width)), 0.04, theme.MODEL), y)
        says = drive(theme.text("push", theme.LABEL, theme.MODEL), lambda one: one.next_to(push, LEFT))
        pairs = zip(TOY.places, self.hung[[0, MINE]], strict=True)
        pictures = VGroup(*(Picture(one, 0.7).move_to(cloud.spot(place, 0.66 * top)) for place, one in pairs))
        name = partial(Equation, definition="a name", font_size=48)
        q, p = (name(one).next_to(cloud.spot(2.7, 0.8 * top), RIGHT) for one in ("q", "p_sigma (y)"))
        here = drive(name("y"), lambda one: one.next_to(spot, DOWN, buff=0.1))
        told = self.prove(self.tweedie, under=VGroup(cloud, here))
        with told.saying():
            self.show(picture)
            told.write()
            self.mark().run(step, noisy, 1.4)
        with told.saying():
            told.write()
            self.mark().point(told.part("sigma", 1))
        with told.saying():
            self.swap(cloud.base, pictures, instead_of=picture)
            self.mark().show(bells, q.next_to(cloud.spot(-2.7, 0.8 * top), LEFT))
            self.mark().become(bells, cloud.curve, FadeOut(q), p)
        with told.saying():
            self.show(spot, here)
            told.write()
            self.mark().show(pulls)
        with told.saying():
            told.write()
            self.mark().become(pulls, weighed := cloud.pulls(-0.5, width, weighed=True))
        with told.saying():
            self.swap(push, says, instead_of=weighed)
        with told.saying():
            told.write()
            self.mark().turn(y, -3.4, run_time=1.8)
        self.sweep()

    @proof
    def spreading(self) -> Lines:
        """A hill that noise smears, and the velocity that smears it the same without any."""
        change = r"(partial p_sigma) / (partial sigma)"
        return (
            ("More noise, and the hill ⟨spreads⟩. Walkers stand on it, dense where it is high; each has a velocity v.", r"(d y) / (d sigma) = v", "a name: nothing to check"),
            ("A stretch gains what flows ⟨in⟩, and loses what flows out.", rf"{change} = - partial / (partial y) (p_sigma v)", toy.flow),
            text_only("One bell's change with sigma is its second slope, times sigma.", r"(partial q) / (partial sigma) = ((y - x_0)^2 / sigma^3 - 1 / sigma) q = sigma (partial^2 q) / (partial y^2)", toy.bell_spreads),
            ("And noise? Tops give their neighbours more than they get, and ⟨sink⟩; valleys fill: by sigma times the bend.", rf"{change} = sigma (partial^2 p_sigma) / (partial y^2)", toy.heat),
            ("Both are slopes, and far out nothing flows: so what flows is minus sigma times the slope of p.", r"p_sigma v = - sigma (partial p_sigma) / (partial y)", toy.same_flow),
            ("Divide by p: all go downhill, ⟨outward⟩ as noise grows, ⟨inward⟩ on the way back: the probability flow.", r"v = - sigma nabla log p_sigma (y)", toy.roads_keep_the_law),
            ("By Tweedie that is y minus the guess, over sigma: the predicted noise.", r"(d y) / (d sigma) = (y - hat(x)_0) / sigma = hat(epsilon)", toy.slope_is_noise),
        )  # fmt: skip

    def _flowing(self) -> None:
        # The hill smears; a bin of it with what flows in and out; walkers that follow their arrows, and back.
        sigma = ValueTracker(0.45)
        cloud = parts.Hill(TOY, sigma, 0.4).move_to(AT_WORK)
        one, (out, back) = cloud.bin(TOY.slope, 2.0, 3.3), (cloud.arrows(TOY.slope, s) for s in (0.6, -0.6))
        told = self.prove(self.spreading, under=cloud)
        with told.saying():
            self.show(cloud, cloud.walkers)
            self.mark().turn(sigma, 1.0, run_time=1.6)
            self.show(out)
        with told.saying():
            self.hide(out, cloud.walkers)
            self.show(one, sigma.animate.set_value(0.6))
            told.write()
            self.mark().turn(sigma, 1.1, run_time=1.5)
        with told.saying():
            self.hide(one, sigma.animate.set_value(0.45))
            told.write()
            self.mark().turn(sigma, 1.3, run_time=2.0)
        with told.saying():
            told.write()
            self.show(one, sigma.animate.set_value(0.7))
            self.turn(sigma, 1.1, run_time=1.2)
        with told.saying():
            self.hide(one, sigma.animate.set_value(0.6))
            told.write()
            self.show(cloud.walkers, out)
            self.mark().run(sigma, 1.7, 1.2)
            self.mark().swap(back, instead_of=out, run_time=0.4)
            self.run(sigma, 0.5, 1.6)
        told.rest()
        self.sweep()

    @proof
    def ddim(self) -> Lines:
        """DDIM is Euler's method on these roads."""
        walk, who = self.captures["walk"], "Our program steps"
        if self.absent:  # then it cannot be led, for its steps are others
            walk, who = self.captures["known"], "This model's loop does a little more. The plainest one steps"
        return (
            (f"{who} by DDIM: to the guess, with less of the predicted noise.", rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + sqrt(1 - {BEFORE}) hat(epsilon)", reverse_checks.ddim_update.on(walk)),
            ("Divide by the first root: from y straight towards the ⟨guess⟩, until less noise is left.", r"y_(t-1) = hat(x)_0 + sigma_(t-1) hat(epsilon)", toy.divided.on(walk)),
            ("The guess is y minus sigma times noise. So y moves by the change of ⟨sigma⟩, times the velocity: Euler's method.",
             r"y_(t-1) = y_t + (sigma_(t-1) - sigma_t) hat(epsilon)", toy.euler_step.on(walk)),
        )  # fmt: skip

    def _road(self) -> tuple[parts.RoadMap, Mobject, Callable[[float], float]]:
        """A map of one of the toy's roads, from near, the road, and where on the map it is at a σ."""
        road_map = parts.RoadMap(2.0, 0.75, 9.0, 2.5, "noise σ").move_to([-1.2, 2.05, 0])
        road_map.name.shift(2.25 * RIGHT)
        road_map.add(theme.text("y", theme.LABEL, theme.MUTED).next_to(road_map.point(2, 0.5), LEFT))
        sigmas = np.linspace(toy.HIGH, 0.01, 90)
        track = walking.road(TOY.slope, 0.5, list(sigmas)) - NEAR
        way = road_map.road(sigmas[sigmas < 2], track[sigmas < 2], theme.MUTED, 5)
        return road_map, way, lambda sigma: float(np.interp(-sigma, -sigmas, track))

    def _euler(self) -> None:
        # A road, and on it one stride that aims straight at the guess and stops on the way.
        (road_map, way, at), before, after = self._road(), 1.2, 0.6
        y, slope = at(before), float(TOY.slope(at(before) + NEAR, before))
        aim = road_map.strides([before, 0.0], [y, y - before * slope], theme.MODEL)
        stride = road_map.strides([before, after], [y, y + (after - before) * slope], theme.TIME)
        names = VGroup(*(Equation(name, definition="a name") for name in ("y_t", "hat(x)_0", "y_(t-1)")))
        for name, dot, side in zip(names, (aim[1], aim[2], stride[2]), (DOWN, RIGHT, DOWN), strict=True):
            name.next_to(dot, side, buff=0.12)
        told = self.prove(self.ddim, under=road_map)
        with told.saying():
            self.show(road_map, Create(way), run_time=self.line.remaining / 2)
        with told.saying():
            told.write()
            self.mark().show(aim, *names[:2])
        with told.saying():
            told.write()
            self.mark().show(stride, names[2])
        self.sweep()

    @proof
    def misses(self) -> Lines:
        """What each stride misses, and all of them together."""
        return (
            ("What does one step miss? How the velocity ⟨changes⟩ on the way: about h squared.", r"y (sigma - h) = y - h hat(epsilon) + h^2 / 2 (d hat(epsilon)) / (d sigma) + dots.c", toy.taylor),
            text_only("So one step is off by about h squared.", r'"error of one step" prop h^2', toy.one_step_error),
            (f"N short steps, each one over N long, together miss one over N. {self.half}",
             r'h prop 1 / N, quad "error of" N "steps" prop N h^2 prop 1 / N', toy.whole_error),
        )  # fmt: skip

    def _misses(self) -> None:
        # A stride, and how far beside the road it ends; then more and shorter ones, and the gap at the end.
        road_map, way, at = self._road()
        walks = []
        for count in (1, 2, 4):
            stops = np.linspace(1.2, 0.6, count + 1)
            ends = walking.euler(TOY.slope, at(1.2) + NEAR, list(stops)) - NEAR
            gap = road_map.road([0.6, 0.6], [float(ends[-1]), at(0.6)], theme.WRONG, 16)
            walks.append(VGroup(road_map.strides(stops, ends, theme.TIME), gap))
            h = Equation("h", definition="a name", font_size=56)
            walks[-1][0].add(h.next_to(road_map.point(stops[:2].mean(), ends[:2].mean()), DOWN, buff=0.15))
        told = self.prove(self.misses, under=road_map)
        with told.saying():
            self.show(road_map, way, walks[0][0])
            told.write()
            self.mark().show(walks[0][1])
        with told.saying():
            told.write()
            self.swap(walks[1], instead_of=walks[0], run_time=0.5)
            self.mark().swap(walks[2], instead_of=walks[1], run_time=0.5)

    def _why(self) -> None:
        # A straight road to one picture; then the map: places fade, the guess moves, the walk arrives.
        chart = self._map(step := ValueTracker(0))
        only = chart.places[MINE]
        straight = places.arrow(chart.jump.get_start(), only.get_left(), theme.TIME)
        with self.say("If the guess never changed, the road would be straight, and one ⟨jump⟩ would do."):
            self.instead(chart.states, only)
            self.mark().show(Create(straight), run_time=1.0)
        with self.say("But it does change: with every step, less is possible. So walk."):
            self.hide(straight)
            self.show(chart.guess, *chart.places[:MINE], chart.arrow, run_time=0.6)
            self.add(chart.road)
            self.follow(step, self.steps)
        self.hold(0.5)

    def remember(self) -> Mobject:
        """From the blur that a jump makes to the picture at the end of the walk."""
        (jump, _), (walked, _) = self._pair(5.7)
        arrow = Arrow(LEFT, RIGHT, color=theme.TIME, stroke_width=12, buff=0).scale_to_fit_width(1.2)
        return VGroup(jump, arrow, walked).arrange(RIGHT, buff=0.3)
