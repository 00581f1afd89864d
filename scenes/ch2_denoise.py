"""Chapter 2: the walk back, from static to a picture."""

from dataclasses import replace
from functools import cached_property
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Arrow, FadeIn, Mobject, ValueTracker, VGroup

from course import grammar
from course.maths import measure, reverse, reverse_checks
from course.maths.checking import Check
from course.precompute import CaptureSpec
from course.precompute.families import Specs
from course.stage import Equation, LivePicture, Mosaic, Picture, Seam, Walk, parts, places, theme
from course.stage.anymodel import AnyModel
from course.stage.parts.pictures import to_pixels
from course.stage.places import into, lifted, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Sheet, Sheets
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

WALL, SEEDS, TILES, COLUMNS, DOTS = 12, 4, 30, 6, 110
CHANGED = 4  # which of the wall's words come in the place of the prompt's
BAR, BEFORE = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
BANDS = {"coarse": theme.SIGNAL, "middle": theme.TIME, "fine": theme.PROMPT}
SPREAD = 0.5  # of the toy whose pictures are one bell
FINE = "root mean square of the fine detail in the ending by that of the walk"
CORNER = 3 / 8  # of a picture, along either edge, that is looked at closely


class Denoise(AnyModel):
    """The walk back: how a picture comes out of noise, one small step at a time."""

    title = "The walk back"
    question = "How does a picture come out of noise?"

    def specs(self) -> Specs:
        """Walks without guidance: of other words, from other dice, told a wrong step number, without noise."""
        walk = CaptureSpec.of(self.cast, guidance=1.0)
        wall = grammar.relatives(walk.prompt, self.cast.other, WALL)
        seeds = [replace(walk, seed=walk.seed + k) for k in range(SEEDS)]
        other = replace(walk, prompt=wall[CHANGED])
        at, late, early = self.told_at
        drawn = grammar.drawable(walk.prompt, self.cast.other)
        return {
            "walk": walk,
            "wall": [replace(walk, prompt=prompt, seed=walk.seed + k) for k, prompt in enumerate(wall)],
            "seeds": seeds,
            "rolled": [replace(one, eta=1.0) for one in seeds],
            "bare": [replace(one, scheduler="ddpm-mean") for one in seeds],
            "other": [other, replace(other, seed=walk.seed + 1)],
            "late": replace(walk, start=(walk.key, late, at)),
            "early": replace(walk, start=(walk.key, early, at)),
            "known": replace(walk, model="forward:prompt", prompt=drawn, size=None),
        }

    def sheets(self) -> Sheets:
        """Other words, each from a seed of its own; other seeds, with noise added on the way and without."""
        ways = {"none": "seeds", "as DDPM adds it": "rolled", "left out of DDPM": "bare"}
        ways = {way: name for way, name in ways.items() if name not in self.absent}
        return (
            Sheet(
                "words",
                "Other words",
                "Every sentence from static of its own.",
                "Which of them is the hardest to tell without its words?",
                ("Words",),
                {run.spec.prompt: run for run in self.captures["wall"]},
            ),
            Sheet(
                "seeds",
                "Other dice",
                "The same words, each seed another piece of static.",
                "What do pictures of the same words share, and what does the static decide?",
                ("Noise on the way", "Seed"),
                {(way, str(run.spec.seed)): run for way, name in ways.items() for run in self.captures[name]},
            ),
        )

    @cached_property
    def told_at(self) -> tuple[int, int, int]:
        """A state by its number, and two wrong numbers that the model is told: a later and an earlier one."""
        steps, last = self.cast.steps, self.cast.steps - 1
        at, late, early = (min(round(share * steps), last) for share in (2 / 3, 5 / 6, 1 / 2))
        return at, late, early

    @property
    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        """The walk's guesses (S, 3, H, W) and its ending (3, H, W), as they are seen."""
        walk = self.captures["walk"]
        return walk.guesses_seen, walk.seen

    @cached_property
    def settled(self) -> dict[str, int]:
        """The step by which each part of the guess that is seen is nine tenths of what it will be."""
        return measure.settled(*self._seen)

    @cached_property
    def cloth(self) -> tuple[np.ndarray, np.ndarray]:
        """States and guesses of a walk in the toy album of cloth, from the same static where that will do."""
        walk = self.captures["walk"]
        return reverse.woven(walk.alphas_cumprod.tolist(), walk.states[0], self.cast.seed)

    @verdict
    def sketches(self) -> Verdict:
        steps = list(self.settled.values())
        return Verdict(
            float(np.diff(steps).min()),
            (0, "Watch its guess. A little here, a little there, and something stands out."),
            (inf, "Watch its guess. First something large and soft. Then edges. Then the small things."),
            how="steps between the settling of coarse and middling shapes, or of these and fine detail, at least",
        )

    @verdict
    def other_dice(self) -> Verdict:
        first, *rest = (run.states[-1] for run in self.captures["seeds"])
        return Verdict(
            min(measure.distance(first, other) for other in rest),
            (0.05, "The ⟨same⟩ words, and nearly the same picture."),
            (inf, "The ⟨same⟩ words, and another picture."),
            how="smallest root mean square distance between the finished picture and those of three other seeds, in model units",
        )

    @verdict
    def other_words(self) -> Verdict:
        above, below = self.captures["seeds"][:2], self.captures["other"]
        apart = [measure.distance(a.pictures[-1], b.pictures[-1]) for a in above for b in below]
        return Verdict(
            min(apart) / measure.LEVELS,
            (0.05, "The same static, and nearly the same pictures."),
            (inf, "The same static, and still other pictures."),
            how="smallest root mean square distance between two finished pictures of the prompt and two of other words, in model units",
        )

    @verdict
    @needs(late="states")
    def grainy(self) -> Verdict:
        hardly = "It ⟨expects⟩ less noise than there is. Here, that hardly shows."
        grain = "It ⟨expects⟩ less noise than there is, and so grain stays in the picture."
        return Verdict(self._fine("late"), (1.1, hardly), (inf, grain), how=f"{FINE}, told a later number")

    @verdict
    @needs(early="states")
    def wiped(self) -> Verdict:
        wiped = "It ⟨takes⟩ fine detail for noise, and wipes it away."
        hardly = "It ⟨expects⟩ more noise than there is. Here, that hardly shows."
        return Verdict(
            self._fine("early"), (0.95, wiped), (inf, hardly), how=f"{FINE}, told an earlier number"
        )

    def _fine(self, name: str) -> float:
        """How much fine detail a run ends with, by that of the walk."""
        one, other = (measure.bands(self.captures[run].seen)["fine"] for run in (name, "walk"))
        return measure.distance(one, 0) / measure.distance(other, 0)

    @verdict
    def settles(self) -> Verdict:
        shares = measure.settling(*self._seen).values()
        pairs = zip(shares, self.settled.values(), strict=True)
        coarse, middling, fine = (
            f"by step ⟨{spelled(step)}⟩" if step <= self.steps else "⟨never⟩"
            for step in self.settled.values()
        )
        said = f"Beside the finished picture, ⟨nine⟩ tenths of the coarse are right {coarse}. Of the middle, {middling}"
        said += f". Of the fine detail, {fine}."
        return Verdict(
            min(float(share[step - 1 :].min(initial=1.0)) for share, step in pairs),
            (0.9 - 1e-9, None),
            (inf, said),
            how="smallest share, from those steps on, of each frequency band of the finished picture that the guess already has",
        )

    @verdict
    def ahead(self) -> Verdict:
        walk = self.captures["walk"]
        # In the states' own numbers, where noise is added: latents, if the model paints in them.
        settled, bars = measure.settled(walk.guesses, walk.states[-1]), measure.strengths(walk.states[-1])
        out = {name: int(np.argmax(walk.signal_level * bar > walk.noise_level)) for name, bar in bars.items()}
        return Verdict(
            max(settled[name] - out[name] for name in out),
            (0, "The model guesses each part ⟨before⟩ it surfaces: it has seen such pictures."),
            (inf, "Yet not each part is guessed ⟨before⟩ it surfaces."),
            how="steps from where a part of the picture is stronger than the noise to where the guess has nine tenths of it, at most",
        )

    @verdict
    def woven(self) -> Verdict:
        settled = measure.settled(self.cloth[1], self.cloth[0][-1])
        return Verdict(
            settled["coarse"] - settled["fine"],
            (0, "⟨Walk⟩ there, and stripes and stains come together."),
            (inf, "⟨Walk⟩ there, and the fine stripes come first, the large stains last."),
            how="steps between nine tenths of the fine waves and of the coarse ones, in the toy album",
        )

    @verdict
    @needs(rolled="states", bare="states")
    def collapsed(self) -> Verdict:
        rolled, bare = (
            measure.spread(np.stack([run.seen for run in self.captures[name]])) for name in ("rolled", "bare")
        )
        change = 100 * (bare / rolled - 1)
        said = f"On {'this' if self.elsewhere else 'our'} model, DDPM's {spelled(SEEDS)} pictures without the roll differ ⟨{abs(change):.0f}⟩ percent"
        return Verdict(
            change,
            (0, f"{said} less from each other."),
            (inf, f"{said} more from each other."),
            how="root mean square distance from their mean of four finished pictures, without DDPM's noise, by DDPM's",
            unit="percent",
        )

    def story(self) -> None:
        self.tell(self._wall, self._small_steps, self._page, self._dice)

    def _wall(self) -> None:
        # A wall of static, out of which as many pictures come, all at once; one of them grows until it fills it.
        walks, step = self.captures["wall"], ValueTracker(0)
        wall = VGroup(*(Walk(walk.pictures, step, 2.1) for walk in walks))
        self.add(wall.arrange_in_grid(rows=2, buff=0.08).move_to([0, 0.55, 0]))
        opening = "Drowning a picture in static is easy. This is the walk back, and nobody holds a brush."
        with self.opening(opening):
            self.follow(step, self.steps)
        first, *rest = wall
        self.bring_to_front(first)
        with self.say(self.question):
            self.move(first.animate.scale_to_fit_height(6.0).move_to([0, 0.45, 0]), run_time=1.4)
            self.hide(*rest)

    def _small_steps(self) -> None:
        # Back to the static, rolled anew; a machine and its guess come beside it, which is soft, then has edges, then detail.
        walk, steps = self.captures["walk"], self.steps
        step, (old,) = ValueTracker(steps), self.on_stage
        picture = Walk(walk.pictures, step, height=6.0).move_to(old)
        self.remove(old)
        self.add(picture)
        with self.say("Wind it back. Every ⟨square⟩ is a ⟨roll⟩ of the dice, and any roll ⟨will⟩ do."):
            self.turn(step, 0)
            for k in (1, 2, 3):
                self.mark()
                roll = Picture(self.captures["seeds"][k].pictures[0], 6.0).move_to(picture)
                self.add(roll)
                self.hold(0.3)
                self.remove(roll)
        place, guess = Walk(walk.pictures, step), Walk(walk.guess_pictures, step)
        names = places.pair(place, guess)
        dots = parts.StepDots(steps, step, width=10.0).move_to([0, -2.5, 0])
        machine, words, arrows = places.machine("machine", self.cast.prompt)
        with self.say(f"A ⟨machine⟩ is given the static, together with a few ⟨words⟩: {self.cast.prompt}."):
            self.move(into(picture, place), FadeIn(names[0]))
            self.mark().show(machine, arrows[0])
            self.mark().show(words, arrows[2])
        with self.say("It ⟨guesses⟩ which picture is in there. A ⟨little⟩ noise goes, and it guesses again."):
            # lint: allow many-words — the prompt is among them
            self.mark().show(guess, names[1], arrows[3])
            self.mark().show(dots, run_time=0.4)
            self.turn(step, max(1, steps // 10), run_time=1.2)
        with self.say(self.sketches):
            self.sound_walk(walk.alphas_cumprod[steps // 10 :], self.line.remaining + 5)
            self.follow(step, steps, beyond=5)
        with self.say(f"After {counted(steps, 'step')}, the noise is gone."):
            self.point(picture, guess)
        self.hide(machine, words, arrows, names, guess, dots)
        self.remove(picture)
        self.add(picture.still())

    def _page(self) -> None:
        # The picture shrinks into the last place of a page that holds the whole walk; reading it, none is where it begins.
        (picture,) = self.on_stage
        pictures, steps = self.captures["walk"].pictures, self.steps
        chosen = np.linspace(1, steps, min(steps, TILES)).round().astype(int)
        columns = max(k for k in range(1, COLUMNS + 1) if len(chosen) % k == 0)
        page = self.beside_badge(Mosaic(pictures[chosen], columns))
        *rest, last = page
        whole = "the whole walk at once, the picture after each step. Nothing was skipped."
        if steps > TILES:
            whole = f"the walk at once, after {spelled(TILES)} of its {spelled(steps)} steps, evenly spread."
        with self.say(f"Here is {whole}"):
            self.become(picture, last, run_time=1.0)
            self.gather(rest, run_time=3.0)
        with self.say("Read it like a page. It ⟨begins⟩ in static, and it ⟨ends⟩ in a picture."):
            self.mark().point(page[0])
            self.mark().point(last)
        with self.say("Yet there is no single step at which the picture appears."):
            for k in range(0, len(chosen) - 1, max(1, len(chosen) // 4)):
                self.point(*page[k : k + 2], run_time=0.9)
        self.sweep()

    def _dice(self) -> None:
        # A table: dice across, words down. Along a row the words stay, down a column the dice; each place ends as its own.
        rows, steps = (self.captures["seeds"][:2], self.captures["other"]), self.steps
        films, prompts = [[run.pictures for run in row] for row in rows], [row[0].spec.prompt for row in rows]
        table = parts.Crossing(films, prompts, "the dice")
        dice, words, films, turns = table.starts, table.words, table.films, table.turns
        with self.say("Does the machine know one picture only? ⟨Roll⟩ the dice again, and keep the words."):
            # lint: allow many-words — two prompts, read one after the other
            self.show(table.heading, dice[0], words[0], films[0][0])
            self.mark().show(dice[1], films[0][1])
            self.follow(turns[0], steps, beyond=1.0)
        with self.say(self.other_dice):
            self.mark().point(words[0], *films[0])
        with self.say("Keep the dice, and ⟨change⟩ the words."):
            self.show(*films[1])
            self.mark().show(words[1], run_time=0.5)
            self.follow(turns[1], steps, beyond=1.0)
        with self.say(self.other_words):
            self.point(*dice, *films[1], run_time=2.0)
        with self.say("Where do pictures come from? From the ⟨dice⟩, the ⟨words⟩, the machine's ⟨guesses⟩."):
            self.mark().point(table.heading, *dice)
            self.mark().point(*words)
            self.mark().point(*(film for row in films for film in row))
        self.hold(0.3)

    def mechanism(self) -> None:
        beats = [self._belief, self._one_step, self._lie, self._order, self._why, self._cloth, self._known]
        if not self.captures["walk"].in_pixels:
            beats.insert(1, self._latents)
        self.tell(*beats)

    def _belief(self) -> None:
        # What the model is given and its guess; then state and guess side by side, which the walk makes one.
        walk, step, steps = self.captures["walk"], ValueTracker(0), self.steps
        state, guess = Walk(walk.pictures, step), Walk(walk.guess_pictures, step)
        names = places.pair(state, guess)
        model, given, arrows = places.machine("model", self.cast.prompt, 0)
        said = "The model is given the picture so far, its ⟨state⟩, the step's ⟨number⟩, and the words."
        with self.say(f"{said} ⟨Out⟩ comes a guess of the ending."):
            self.show(model)
            self.mark().show(state, names[0], arrows[0])
            self.mark().show(given, *arrows[1:3])
            self.mark().show(guess, names[1], arrows[3])
        self.misread(given)
        with self.say(
            "Much could still come ⟨out⟩ of this static. It guesses the ⟨average⟩ of all that could."
        ):
            self.mark().point(state, names[0])
            self.mark().point(guess, names[1])
        amounts = {"picture": walk.signal_level, "noise": walk.noise_level}
        faders = parts.Faders(amounts, step, {"picture": theme.SIGNAL, "noise": theme.NOISE}, width=8.0)
        faders.move_to([0, -2.35, 0])
        here, there = VGroup(state, names[0]), VGroup(guess, names[1])
        with self.say("⟨Below⟩, how much picture and how much noise the state holds."):
            self.hide(model, given, arrows)
            self.move(here.animate.set_x(-2.2), there.animate.set_x(2.2), run_time=0.6)
            self.mark().show(faders)
        with self.say("Now walk. Left, the noise thins out. Right, the guess makes up its mind."):
            self.follow(step, round(0.75 * steps))
        with self.say("State and guess come closer and closer. In the end, they are one."):
            self.run(step, steps, max(self.line.remaining - 1.2, 0.5))
            self.hide(names, run_time=0.2)
            self.move(state.animate.set_x(0), guess.animate.set_x(0))
        self.sweep()

    def _one_step(self) -> None:
        # One step opened up: into the model and out again; what the state is made of; then other amounts; what has changed.
        walk, k = self.captures["walk"], self.steps // 2
        (a, c), (b, d) = walk.signal_level[k : k + 2], walk.noise_level[k : k + 2]
        state, after = walk.states[k : k + 2]
        if not self.straight:
            after = c * walk.guesses[k] + d * walk.noise[k]
        shown = walk.colours(np.stack([state, after, walk.guesses[k], walk.noise[k]]))
        this = parts.Mixture("this state", shown[[0, 2, 3]], (a, b), places.ROW)
        then = parts.Mixture("next state", shown[1:], (c, d), places.ROW)
        (now, turned, blamed), (mixed_anew, louder, quieter) = this.tiles, then.tiles
        old, new, signs, noise = this.names, then.names, this.signs, this.full
        VGroup(this, then).shift(places.HIGH * UP)
        guess = Picture.from_model(shown[2], places.SIDE).move_to(blamed)
        model, given, arrows = places.machine("model", self.cast.prompt, k)
        where = "" if self.captures["walk"].in_pixels else ", still in latents"
        with self.say(
            f"Open up step {k}{where}. State, number, words ⟨go⟩ in. ⟨Out⟩ comes a guess of the ending."
        ):
            self.show(now, old[0], given, model, run_time=0.5)
            self.mark().show(arrows[:3], run_time=0.5)
            self.mark().show(guess, arrows[3])
        with self.say(f"Turn the guess ⟨down⟩ to {a:.2f}: so much of it is in the state."):
            self.hide(given, model, arrows)
            self.move(guess.animate.move_to(turned))
            self.mark().become(guess, turned, FadeIn(old[1]))
            self.point(turned, old[1])
        left = f"What is left over, the model takes for ⟨noise⟩, turned down to ⟨{b:.2f}⟩."
        with self.say(f"{left} Their squares add up to one."):
            self.show(signs[1], noise)
            self.mark()
            self.mark().become(noise, blamed, FadeIn(old[2]), FadeIn(signs[0]))
            self.point(*old[1:])
        with self.say(f"Keep both, but mix anew: ⟨{c:.2f}⟩ of the guess, ⟨{d:.2f}⟩ of the noise."):
            self.hide(now, old[0], signs[0])
            for which, before, mixed in ((1, turned, louder), (2, blamed, quieter)):
                self.mark().hide(old[which], run_time=0.2)
                self.become(before, mixed, new[which])
        whole = "Their ⟨sum⟩ is the next state. That is the whole program: guess, mix, guess again."
        if not self.straight:
            whole = "Their ⟨sum⟩ is the next state of the plainest walk. This model's own loop mixes a little more into it."
        with self.say(whole):
            flying = VGroup(louder.copy(), quieter.copy())
            self.mark().move(flying.animate.scale(0.5).move_to(mixed_anew))
            self.swap(mixed_anew, new[0], signs[0], instead_of=flying)
            self.point(mixed_anew, new[0])
        change = 100 * measure.distance(state, after) / measure.distance(state, 0)
        times = max(1, round(60 / change))
        much = Picture.from_model(times * walk.colours(after - state), places.SIDE).move_to(blamed)
        gap = named(much, f"difference × {times}", gap=0.22).move_to(much, aligned_edge=UP)
        that = "The next state" if self.straight else "That"
        said = f"{that} is {change:.0f} percent off ⟨this⟩ one."
        with self.say(f"{said} ⟨Enlarged⟩: more guess, and less noise."):
            self.mark().hide(louder, quieter, signs, *new[1:])
            self.show(VGroup(mixed_anew, new[0]).animate.set_x(0), now, old[0])
            self.mark().show(gap)
            self.point(gap)
        self.sweep(0.3)

    @needs(late="pictures", early="pictures")
    def _lie(self) -> None:
        # One state goes on to its end, told its own number, a later and an earlier one; then the same corner of all three.
        at, late, early = self.told_at
        walk, *wrong = (self.captures[name].pictures for name in ("walk", "late", "early"))
        last = self.captures["walk"].seen
        corner = measure.busiest(measure.bands(last)["fine"], round(CORNER * last.shape[1]))
        turns, tiles, near = [ValueTracker(0) for _ in self.told_at], VGroup(), VGroup()
        colors = theme.SIGNAL, theme.WRONG, theme.WRONG
        for film, number, color, turn in zip((walk[at:], *wrong), self.told_at, colors, turns, strict=True):
            one = LivePicture(lambda share, f=film: f[round(share * (len(f) - 1))], turn, height=4.1)
            tiles.add(named(one, f"told step {number}", color, gap=0.25))
            near.add(Picture(film[-1][corner], 4.1))
        tiles.arrange(RIGHT, buff=0.35).move_to([0, 0.1, 0])
        says = (
            f"Why the number? It tells how much noise to ⟨expect⟩. State {at}, told the truth, ends well.",
            f"Now skip ahead: say that it is step {late} already. {self.grainy}",
            f"Or say that it is only step {early}. {self.wiped}",
        )
        for tile, turn, said in zip(tiles, turns, says, strict=True):
            with self.say(said):
                self.show(tile, run_time=0.5)
                self.point(tile, run_time=1.6)
                self.mark()
                self.follow(turn, 1, beyond=0.3)
        with self.say("Look ⟨closer⟩, at the same corner of all three."):
            self.mark().show(*(one.move_to(tile[0]) for one, tile in zip(near, tiles, strict=True)))
        self.hold(1.0)
        self.sweep(0.3)

    def _order(self) -> None:
        # The guess and its three parts, finished and then from the start, step by step: each is told when it is right.
        walk, step = self.captures["walk"], ValueTracker(self.steps)
        guesses, last = self._seen
        films = to_pixels(measure.apart(np.concatenate([guesses, last[None]])))
        row = VGroup(*(Walk(film, step, 3.0) for film in (walk.guess_pictures, *films)))
        names = places.named_row(row, ("the guess", *BANDS), (theme.MODEL, *BANDS.values()), y=1.0)
        told = [f"step {k}" if k <= self.steps else "never" for k in self.settled.values()]
        when = [theme.text(one, theme.LABEL, color) for one, color in zip(told, BANDS.values(), strict=True)]
        for one, name in zip(when, names[1:], strict=True):
            one.next_to(name, DOWN, buff=0.2)
        louder = theme.text("contrast turned up", theme.LABEL, theme.MUTED).next_to(row[2], UP, buff=0.2)
        dots = parts.StepDots(self.steps, step, width=11.0).move_to([0, -2.45, 0])
        with self.say(
            "When is the guess right? Take it apart: ⟨coarse⟩ shapes, ⟨middle⟩ ones, ⟨fine⟩ detail."
        ):
            self.show(row[0], names[0], run_time=0.5)
            for k in (1, 2, 3):
                self.mark().show(row[k], names[k], *([louder] if k == 2 else []), run_time=0.6)
        with self.say(self.settles):
            self.show(dots, run_time=0.4)
            self.turn(step, 1, run_time=0.8)
            self.mark()
            for k, name in zip(self.settled.values(), when, strict=True):
                self.mark()
                self.run(step, max(min(k, self.steps), step.get_value()), 1.6)
                self.show(name, run_time=0.4)
        self.hold(0.5)
        self.sweep(0.3)

    def _why(self) -> None:
        # A picture drowns: its parts are bars that shrink in rising water. Then back: they come out, and the guess is ahead.
        step, walk = ValueTracker(self.steps), self.captures["walk"]
        tide = parts.Tide(measure.strengths(walk.states[-1]), walk.alphas_cumprod, step, BANDS, 6.4, 3.9)
        films = walk.pictures, walk.guess_pictures
        (state, guess), number = places.flooded(films, places.PAIR, tide, step)
        what = "⟨Drown⟩ the picture: they shrink, and noise rises like water."
        each = "each part is" if self.captures["walk"].in_pixels else "each part of the latents is"
        with self.say(f"Why this order? Bars say how ⟨strong⟩ {each}. {what}"):
            self.show(state, tide[0], *tide.names.values(), number)
            self.mark().show(*tide.bars.values())
            self.mark().show(tide.water, run_time=0.3)
            self.follow(step, 0, beyond=0.6)
        with self.say("Now walk. As the noise ⟨sinks⟩, whatever is strongest comes out first."):
            self.show(guess)
            self.mark()
            self.follow(step, self.steps, beyond=1.0)
        back = min(measure.settled(walk.guesses, walk.states[-1])["middle"], self.steps)
        with self.say(f"Go back to step {back}. {self.ahead}"):
            self.turn(step, back, run_time=0.6)
            self.mark().point(guess, run_time=2.0)
        self.sweep(0.3)

    def _cloth(self) -> None:
        # A toy album of cloth, where the fine is strong and the coarse is weak: taken apart, the fine comes first.
        step, guesses = ValueTracker(self.steps), self.cloth[1]
        stripes = np.repeat(guesses.mean(1, keepdims=True), 3, 1)
        colors = {"large stains": theme.SIGNAL, "fine stripes": theme.PROMPT}
        # Turned up: the toy is measured in noise, and knows no brightness of its own.
        seen = to_pixels(3.0 * (guesses - stripes)), to_pixels(1.5 * stripes)
        strengths = dict(zip(colors, (reverse.STAINS, reverse.THREADS), strict=True))
        tide = parts.Tide(strengths, self.captures["walk"].alphas_cumprod, step, colors, 6.4, 3.9)
        left, number = places.flooded(seen, colors, tide, step)
        cloth = named(Picture(to_pixels(1.5 * guesses[-1]), places.BIG), "a toy cloth", theme.MUTED)
        said = "It is up to what the model has seen. In a toy ⟨album⟩ of cloth, fine ⟨stripes⟩ are strong,"
        with self.say(f"{said} and large stains are weak."):
            self.show(cloth.move_to([-4.3, 0, 0]))
            self.mark().point(cloth[0])
            self.mark().swap(left, tide, number, instead_of=cloth)
        with self.say(self.woven):
            self.turn(step, 0, run_time=0.8)
            self.mark()
            self.follow(step, self.steps, beyond=2.0)
        self.sweep(0.4)

    def _known(self) -> None:
        # A known picture drowned and played backwards, beside the walk; then the guesses of the two.
        known, walk, steps = self.known, self.captures["walk"], self.steps
        step, colors = ValueTracker(steps), (theme.MUTED, theme.MODEL)
        films = Walk(known.pictures, step), Walk(walk.pictures, step)
        states = side_by_side(*films, ("drowned, backwards", "the walk"), colors)
        films = Walk(known.guess_pictures, step), Walk(walk.guess_pictures, step)
        guesses = side_by_side(*films, ("its known ending", "the walk's guess"), colors)
        with self.say("Could we fake a walk? ⟨Drown⟩ a drawing in noise, and play that ⟨backwards⟩."):
            self.show(states[0][0])
            self.mark().turn(step, 0, run_time=1.5)
            self.mark().show(states[0][1], states[1], run_time=0.5)
            self.follow(step, steps, beyond=1.5)
        said = "The states look alike; the guesses do not. Backwards, the ending was ⟨known⟩ all along."
        with self.say(f"{said} In a walk, ⟨nobody⟩ knows it yet."):
            self.turn(step, 0, run_time=0.8)
            self.swap(guesses, instead_of=states)
            self.mark().run(step, steps / 3, 2.0)
            self.mark()
            self.follow(step, steps - 1)

    def derivation(self) -> None:
        self.tell(self._drowning, self._two_bells, self._triangle, self._ring, self._four, self._answer)

    @cached_property
    def middle(self) -> tuple[int, int]:
        """The step that the derivation opens up, half way and not the last; and the number that it follows."""
        walk, k = self.captures["walk"], max(0, min(self.steps // 2, self.steps - 2))
        while k > 0 and walk.alphas_cumprod[k + 1] <= walk.alphas_cumprod[k]:
            k -= 1  # a loop that takes each step twice has another number there
        level, before = walk.alphas_cumprod[k : k + 2]
        return k, reverse.telling(walk.states[k], walk.states[-1], walk.guesses[k], level, before)

    @proof
    def drowning(self) -> Lines:
        """What is known: how a picture drowns, step by step and at once."""
        kept = self.captures["walk"].signal_level[self.middle[0]]
        return (
            ("A step of drowning ⟨keeps⟩ root alpha of the state, and adds root beta of noise: epsilon, of variance one.",
             r"x_t = sqrt(alpha_t) x_(t-1) + sqrt(beta_t) epsilon_t", "how a step of drowning is defined"),
            ("Beta is one minus alpha; alpha ⟨bar⟩ is the product of all alphas.",
             r"beta_t = 1 - alpha_t, quad overline(alpha)_t = alpha_1 alpha_2 dots.c alpha_t", "names"),
            (f"Noise adds in squares, so after t steps, root alpha bar of the ⟨picture⟩ is left, for us ⟨{kept:.2f}⟩.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(self.captures["known"])),
        )  # fmt: skip

    def _drowning(self) -> None:
        # The ending and two states of a drowning, with formulas; then those of our walk, and a square that is followed.
        known, walk, (k, chosen) = self.known, self.captures["walk"], self.middle
        chain = parts.Chain(known.pictures[[-1, k + 1, k]], ("x_0", "x_(t-1)", "x_t"), height=2.0, gap=2.2)
        ending, before, now = chain.move_to([-1.5, 1.85, 0]).states
        jumps = VGroup()
        for many, way in zip((self.steps - k - 1, 1), chain.arrows, strict=True):
            jumps.add(theme.text(f"{many}\nmore", theme.LABEL, theme.NOISE).next_to(way, UP, buff=0.15))
        back = named(Arrow(2.5 * RIGHT, 2.5 * LEFT, color=theme.MODEL), "our walk: t goes down", theme.MODEL)
        back.move_to([-1.5, -1.2, 0])
        with self.say(
            "In formulas, t counts the steps still to go: ⟨up⟩ as a picture drowns, ⟨down⟩ as we walk."
        ):
            self.show(chain.states, run_time=0.5)
            self.mark().show(chain.arrows, jumps)
            self.mark().show(back)
        self.hide(back)
        told = self.prove(self.drowning, under=chain)
        for pointed in (before, now):
            with told.written():
                self.point(pointed, told.line, run_time=2.0)
        with told.written():
            self.point(ending, told.line, run_time=2.0)
            self.mark().show(left := told.figures({rf"sqrt({BAR})": walk.signal_level[k]}))
        self.hide(left, run_time=0.2)
        told.clear()
        with self.say(
            "Now suppose we ⟨knew⟩ our walk's ending. ⟨What⟩ is the next state? Take ⟨one⟩ number of it."
        ):
            ours = [Picture(walk.pictures[n], 2.0).move_to(one[0]) for n, one in ((-1, ending), (k, now))]
            hidden = theme.text("?", 2 * theme.TITLE, theme.TIME).move_to(before[0])
            self.mark().show(*ours)
            self.mark().swap(hidden, instead_of=before[0])
            spots = [self.spot(one, chosen) for one in ours]
            self.mark().show(*spots, run_time=0.3)
            self.point(*spots, run_time=2.0)
        self.sweep(0.3)

    @proof
    def bells(self) -> Lines:
        """What the ending and the state say of the next state."""
        return (
            ("From the ⟨ending⟩, the number is known but for much noise: a wide bell.",
             rf"x_(t-1) = sqrt({BEFORE}) x_0 + sqrt(1 - {BEFORE}) epsilon", reverse_checks.mixture.on(self.captures["known"])),
            ("From the ⟨state⟩, solve the one step: less noise, of variance beta over alpha.",
             r"x_(t-1) = x_t / sqrt(alpha_t) - sqrt(beta_t / alpha_t) epsilon_t", "the step of drowning, solved for the state before"),
        )  # fmt: skip

    @proof
    def posterior(self) -> Lines:
        """One step back where the ending is known: two bells, multiplied; then the guess in the ending's place."""
        pull = rf"sqrt(alpha_t) / beta_t x_t + sqrt({BEFORE}) / (1 - {BEFORE}) x_0"
        walk = self.rising
        return (
            ("Both must hold, says Bayes: how ⟨likely⟩ a value is, is proportional to the ⟨product⟩ of the bells.",
             r"q(x_(t-1) | x_t, x_0) prop time(q(x_t | x_(t-1))) signal(q(x_(t-1) | x_0))", reverse_checks.bayes.on(walk)),
            text_only("The logarithm of a bell, times minus two, is a square over its variance.",
             rf"-2 log q = (x_t - sqrt(alpha_t) x_(t-1))^2 / beta_t + (x_(t-1) - sqrt({BEFORE}) x_0)^2 / (1 - {BEFORE}) + C", reverse_checks.exponents.on(walk)),
            text_only("Open the squares, and sort by x t minus one.",
             rf"= x_(t-1)^2 (alpha_t / beta_t + 1 / (1 - {BEFORE})) - 2 x_(t-1) ({pull}) + C", reverse_checks.opened.on(walk)),
            text_only("So the product is a bell too, of mean mu tilde and variance sigma tilde squared.",
             r"-2 log q = x_(t-1)^2 / tilde(sigma)_t^2 - 2 x_(t-1) tilde(mu)_t / tilde(sigma)_t^2 + C", reverse_checks.bell.on(walk)),
            ("The product is a bell. One over variance, call it sharpness, adds up: the ⟨state's⟩, and the ⟨ending's⟩.",
             rf"1 / tilde(sigma)_t^2 = {{{{ time(alpha_t / beta_t) : state }}}} + {{{{ signal(1 / (1 - {BEFORE})) : ending }}}}", reverse_checks.sharpness.on(walk)),
            ("Over one ⟨denominator⟩: alpha, minus alpha bar, plus beta is one minus alpha bar.",
             rf"1 / tilde(sigma)_t^2 = (alpha_t - {BAR} + beta_t) / (beta_t (1 - {BEFORE})) = (1 - {BAR}) / (beta_t (1 - {BEFORE}))", reverse_checks.one_denominator.on(walk)),
            ("Turn it upside down: this is the ⟨variance⟩.",
             rf"tilde(sigma)_t^2 = (1 - {BEFORE}) / (1 - {BAR}) beta_t", reverse_checks.variance.on(walk)),
            text_only("The mean over the variance is what stands with x t minus one alone.",
             rf"tilde(mu)_t / tilde(sigma)_t^2 = {pull}", reverse_checks.over_variance.on(walk)),
            ("Its ⟨middle⟩ lies between the state's and the ending's, each weighted by its sharpness.",
             rf"tilde(mu)_t = (sqrt(alpha_t) (1 - {BEFORE}) x_t + sqrt({BEFORE}) beta_t x_0) / (1 - {BAR})", reverse_checks.mean.on(walk)),
            ("But nobody tells us the ending. In its place ⟨goes⟩ the model's guess, given the words, c: our one approximation.",
             r"x_0 approx hat(x)_0 (x_t, t, c)", "an approximation: the guess in place of the ending"),
            ("What it leaves of the state, the model takes for ⟨noise⟩: epsilon hat.",
             rf"hat(epsilon) = (x_t - sqrt({BAR}) hat(x)_0) / sqrt(1 - {BAR})", reverse_checks.blamed.on(walk)),
        )  # fmt: skip

    def _two_bells(self) -> None:
        # One number of the next state: what the ending says of it, what the state says, and both, a narrower bell.
        walk, (k, chosen) = self.captures["walk"], self.middle
        level, before = walk.alphas_cumprod[k : k + 2]
        x_t, x_0, guess = (
            float(one.flat[chosen]) for one in (walk.states[k], walk.states[-1], walk.guesses[k])
        )
        root, alpha, ending = float(np.sqrt(before)), level / before, ValueTracker(x_0)
        means, wide = (lambda x: root * x, x_t / np.sqrt(alpha)), (1 - before, (1 - alpha) / alpha)
        said, colors = ("the ending", "the state"), (theme.SIGNAL, theme.TIME)
        bells = parts.Bells(means, wide, ending, said, colors, "x_(t-1)").shift([-5.2, 1.0, 0])
        (wider, narrower), axis = bells.names, bells.axis
        told = self.prove(self.bells, under=axis)
        for curve, name in ((bells.one, wider), (bells.other, narrower)):
            with told.saying():
                self.show(axis, curve, name, run_time=0.5)
                told.write()
                self.mark().move(lifted(curve))
        told.clear()
        told = self.prove(self.posterior, under=axis)
        with told.written():
            self.move(lifted(bells.one), lifted(bells.other))
            self.mark().show(bells.both, bells.together)
        with told.written():
            self.point(told.part("state"), narrower)
            self.mark().point(told.part("ending"), wider)
        for _ in ("denominator", "variance", "middle"):
            with told.written():
                self.move(lifted(bells.both))
        guessed = theme.text("the guess", theme.LABEL, theme.MODEL).move_to(wider)
        with told.written():
            self.swap(guessed, bells.one.animate.set_stroke(theme.MODEL), instead_of=wider)
            self.turn(ending, guess)
        with told.written():
            self.point(told.line, narrower)
        self.sweep(0.4)

    @proof
    def family(self) -> Lines:
        """All steps that leave the right amount of noise."""
        return (
            ("So the next state is the guess, some ⟨old⟩ noise, and some ⟨fresh⟩: sigma times a new roll, z.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + {{{{ sqrt(1 - {BEFORE} - sigma^2) hat(epsilon) : old }}}} + {{{{ time(sigma z) : fresh }}}}",
             reverse_checks.family_keeps_marginals.on(self.rising)),
        )  # fmt: skip

    @proof
    def samplers(self) -> Lines:
        """Two of them: as much fresh noise as Bayes has it, and none."""
        walk, left = self.captures["walk"], rf"1 - {BEFORE} - tilde(sigma)_t^2"
        factor, k = rf"sqrt(alpha_t) (1 - {BEFORE})", self.middle[0] + 1
        kept, noisy = walk.signal_level[k], walk.noise_level[k]
        ours = "DDIM, the walk that you saw, with"
        drawn: Check | str = reverse_checks.ddim_update.on(walk)
        if not self.straight:  # then another check than this cannot be asked of the run
            ours, drawn = "DDIM, here with", "one choice of the family; this model's own loop makes another"
        walk = self.rising
        return (
            ("Squares add up, as at a ⟨right⟩ angle: ⟨whatever⟩ sigma is, the next state holds as much noise as it should.",
             rf"(1 - {BEFORE} - sigma^2) + sigma^2 = 1 - {BEFORE}", reverse_checks.noise_adds_up.on(walk)),
            text_only("Choose sigma as Bayes has it. Under the root, take out the common factor.",
             rf"{left} = (1 - {BEFORE}) (1 - beta_t / (1 - {BAR}))", reverse_checks.factored.on(walk)),
            text_only("One minus beta is alpha, and alpha bar holds one alpha too.",
             rf"{left} = alpha_t (1 - {BEFORE})^2 / (1 - {BAR})", reverse_checks.rooted.on(walk)),
            text_only("The step without fresh noise, call it m, contains this very root.",
             rf"m = sqrt({BEFORE}) hat(x)_0 + ({factor}) / sqrt(1 - {BAR}) hat(epsilon)", reverse_checks.m_root.on(walk)),
            text_only("Put in the noise that the model blames, as state and guess.",
             rf"m = sqrt({BEFORE}) hat(x)_0 + ({factor}) / (1 - {BAR}) (x_t - sqrt({BAR}) hat(x)_0)", reverse_checks.m_state.on(walk)),
            text_only("Sort by the two. Root alpha bar holds one more root alpha.",
             rf"m = ({factor}) / (1 - {BAR}) x_t + sqrt({BEFORE}) (1 - {BAR} - alpha_t (1 - {BEFORE})) / (1 - {BAR}) hat(x)_0", reverse_checks.m_sorted.on(walk)),
            ("Sigma as ⟨wide⟩ as Bayes has it is DDPM. All but the roll, call it ⟨m⟩, is Bayes's middle, with the guess.",
             rf"m = ({factor} x_t + sqrt({BEFORE}) beta_t hat(x)_0) / (1 - {BAR})", reverse_checks.family_is_ddpm.on(walk)),
            (f"With sigma ⟨zero⟩, all old noise is ⟨kept⟩: {ours} ⟨{kept:.2f}⟩ and {noisy:.2f}.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + sqrt(1 - {BEFORE}) hat(epsilon)", drawn),
        )  # fmt: skip

    def _triangle(self) -> None:
        # The step's formula, and its two noises as sides at a right angle: their corner moves, to DDPM and to DDIM.
        level, before = self.captures["walk"].alphas_cumprod[self.middle[0] :][:2]
        most = float(np.sqrt(reverse.posterior(level, before).variance / (1 - before)))
        share = ValueTracker(0.8 * most)
        triangle = parts.RightAngle(share, (theme.NOISE, theme.TIME), 4.4).shift([0.3, 0.95, 0])
        lengths = rf"sqrt(1 - {BEFORE})", rf"noise(sqrt(1 - {BEFORE} - sigma^2))", "sigma"
        sides = (Equation(one, definition="how long a side is", font_size=theme.SENTENCE) for one in lengths)
        whole, old, fresh = triangle.named(*sides)
        names = VGroup()
        for short, long, color in (("DDPM", "probabilistic", theme.TIME), ("DDIM", "implicit", theme.SIGNAL)):
            spelt = theme.text(f"denoising diffusion\n{long} model", theme.LABEL, color)
            name = VGroup(theme.text(short, color=color), spelt).arrange(DOWN, buff=0.2)
            names.add(name.move_to([-4.3, 2.6, 0]))
        step = self.prove(self.family, at=0.65 * DOWN)
        with step.saying():
            self.show(triangle.first, old, run_time=0.5)
            step.write()
            self.mark().point(step.part("old"), triangle.first, old, run_time=1.2)
            self.mark().show(triangle.second, fresh, run_time=0.6)
            self.point(step.part("fresh"), triangle.second, fresh)
        told = self.prove(self.samplers, at=2.05 * DOWN, alone=True)
        with told.saying():
            self.mark().show(triangle.whole, triangle.mark, whole)
            told.write()
            self.mark().turn(share, 0.3 * most)
            self.follow(share, 0.9 * most)
        with told.saying():
            self.mark().show(share.animate.set_value(most), names[0])
            told.write()
            self.mark().point(told.line, run_time=2.0)
        with told.saying():
            self.mark().hide(names[0], fresh, old, triangle.mark)
            self.show(share.animate.set_value(0.0), names[1])
            told.write()
            self.mark().point(told.line, whole, run_time=2.0)
            walk, k = self.captures["walk"], self.middle[0] + 1
            kept, noisy = rf"sqrt({BEFORE})", rf"sqrt(1 - {BEFORE})"
            self.mark().show(told.figures({kept: walk.signal_level[k], noisy: walk.noise_level[k]}))
        self.sweep(0.4)

    @proof
    def with_rolls(self) -> Lines:
        """How wide DDPM's dots lie from step to step."""
        return (
            ("Each step ⟨multiplies⟩ their variance, V, by the square of s, the slope of m; the roll adds its own.",
             r"V_(t-1) = s^2 V_t + time(tilde(sigma)_t^2)", reverse_checks.refilled.on(self.rising)),
        )  # fmt: skip

    @proof
    def trap(self) -> Lines:
        """What is lost where DDPM's mean goes without its noise."""
        return (
            ("Forget to roll, and the dots fall ⟨in⟩: of the old noise, this step keeps less than DDIM's.",
             r"V_(t-1) = s^2 V_t", reverse_checks.collapse.on(self.rising)),
        )  # fmt: skip

    def _ring(self) -> None:
        # Two clouds: one that fresh noise keeps as wide as it should be, one that shrinks and leaves a ring empty.
        levels = self.rising.alphas_cumprod[self.steps // 3 :]
        # The very first steps shrink it at once: from a third of the way on, in small steps, it can be watched.
        levels = np.interp(np.arange(4 * len(levels) - 3) / 4, np.arange(len(levels)), levels)
        should = 1.7 * np.sqrt(levels * (SPREAD**2 - 1) + 1)
        shrunk = 1.7 * np.sqrt(reverse.mean_step_variances(levels.tolist(), SPREAD))
        sides = (
            (-3.4, should, "DDPM", theme.TIME, self.with_rolls),
            (3.2, shrunk, "without the roll", theme.WRONG, self.trap),
        )
        steps, clouds = (ValueTracker(0), ValueTracker(0)), []
        for step, (x, reach, name, color, _) in zip(steps, sides, strict=True):
            dots = reverse.flock(levels.tolist(), SPREAD, DOTS, self.cast.seed, rolls=reach is should)
            clouds.append(named(parts.Flock(0.85 * dots, should, reach, step, color), name, color))
            clouds[-1].shift([x, 1.2, 0])
        said = "A trap, in a toy. ⟨Dots⟩ are pictures; the ⟨circle⟩, how far most should reach,"
        with self.say(f"{said} shrinks as noise leaves."):
            self.show(*clouds)
            self.mark().point(*(cloud[0][2] for cloud in clouds))
            self.mark().point(*(cloud[0][1] for cloud in clouds))
        for step, (x, *_, lines) in zip(steps, sides, strict=True):
            told = self.prove(lines, at=[x, -2.2, 0])
            with told.written():
                self.follow(step, len(levels) - 1, beyond=1.0)
        self.hold(0.3)
        self.sweep(0.3)

    @needs(rolled="pictures", bare="pictures")
    def _four(self) -> None:
        # Four pictures of our model from the same four seeds: with DDPM's rolls, and with its rolls left out.
        step, rows = ValueTracker(0), VGroup()
        for name, said, color in (("rolled", "DDPM", theme.TIME), ("bare", "no roll", theme.WRONG)):
            films = VGroup(*(Walk(run.pictures, step, height=2.3) for run in self.captures[name]))
            word = theme.text(said, theme.SENTENCE, color)
            rows.add(VGroup(word, films.arrange(RIGHT, buff=0.15)).arrange(RIGHT, buff=0.3))
        rows.arrange(DOWN, buff=0.2, aligned_edge=RIGHT).move_to([-0.9, 0.2, 0])
        with self.say(self.collapsed):
            self.show(rows, run_time=0.3)
            self.run(step, self.steps, 2.0)
            self.mark().point(rows[1], run_time=1.5)
        self.hold(0.3)

    def _answer(self) -> None:
        # The chapter's question, answered by state and guess side by side; in the end there is nothing but the picture.
        walk, step, steps = self.captures["walk"], ValueTracker(0), self.steps
        films = Walk(walk.pictures, step), Walk(walk.guess_pictures, step)
        here, there = side_by_side(*films, ("the state", "the guess"), (theme.INK, theme.MODEL), 4.6)
        with self.say("So how does a picture come out of noise? The model guesses the ending."):
            self.instead(here, there)
            self.follow(step, 0.1 * steps)
        with self.say("We step a little towards it, and it guesses again, ⟨until⟩ the guess is the picture."):
            self.run(step, 0.6 * steps, 0.6 * self.line.remaining)
            self.mark()
            self.run(step, steps, 1.0)
            self.hide(here[1], there[1], run_time=0.2)
            self.move(*(one[0].animate.move_to([0, 0.4, 0]).scale(1.3) for one in (here, there)))
        self.hold(0.3)

    def remember(self) -> Mobject:
        """The seam: what it is, what the model believes."""
        walk = self.captures["walk"]
        # Late enough that the picture is seen on both sides, early enough that they differ.
        step = ValueTracker(int(np.argmax(walk.noise_level < 0.4)))
        return Seam(walk.pictures, walk.guess_pictures, step, height=6.0)
