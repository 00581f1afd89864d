"""Chapter 2: the walk back, from static to a picture."""

import textwrap
from dataclasses import replace
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Arrow, FadeIn, Mobject, RoundedRectangle, ValueTracker, VGroup

from course import grammar
from course.maths import measure, reverse, reverse_checks
from course.precompute import CaptureSpec
from course.precompute.families import Specs
from course.stage import Chapter, Equation, LivePicture, Mosaic, Picture, Seam, Walk, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.parts.pictures import to_pixels
from course.stage.places import into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Sheet, Sheets
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

WALL, SEEDS, TILES, COLUMNS, DOTS = 21, 4, 30, 6, 110
BAR, BEFORE = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
BANDS = {"coarse": theme.SIGNAL, "middle": theme.TIME, "fine": theme.PROMPT}
SPREAD = 0.5  # of the toy whose pictures are one bell
FINE = "root mean square of the fine detail in the ending by that of the walk"
ROW, HIGH = (-4.6, 0.0, 4.6), 0.95  # where three pictures stand side by side


class Denoise(Chapter):
    """The walk back: how a picture comes out of noise, one small step at a time."""

    title = "The walk back"
    question = "How does a picture come out of noise?"

    def specs(self) -> Specs:
        """Walks without guidance: of other words, from other dice, told a wrong step number, without noise."""
        walk = CaptureSpec.of(self.cast, guidance=1.0)
        wall = grammar.relatives(walk.prompt, self.cast.other, WALL)
        seeds = [replace(walk, seed=walk.seed + k) for k in range(SEEDS)]
        other = replace(walk, prompt=self.cast.other)
        at, late, early = self.told_at
        return {
            "walk": walk,
            "wall": [replace(walk, prompt=prompt, seed=walk.seed + k) for k, prompt in enumerate(wall)],
            "seeds": seeds,
            "rolled": [replace(one, eta=1.0) for one in seeds],
            "bare": [replace(one, scheduler="ddpm-mean") for one in seeds],
            "other": [other, replace(other, seed=walk.seed + 1)],
            "late": replace(walk, start=(walk.key, late, at)),
            "early": replace(walk, start=(walk.key, early, at)),
            "known": replace(walk, model="forward:prompt"),
        }

    def sheets(self) -> Sheets:
        """Other words, each from a seed of its own; other seeds, with noise added on the way and without."""
        wall, ways = (
            self.captures["wall"],
            {"none": "seeds", "as DDPM adds it": "rolled", "left out of DDPM": "bare"},
        )
        return (
            Sheet(
                "words",
                "Other words",
                "Every sentence from static of its own.",
                "Which of them is the hardest to tell without its words?",
                ("Words",),
                {run.spec.prompt: run for run in wall},
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

    @cached_property
    def settled(self) -> dict[str, int]:
        """The first step from which on each part of the guess is nine tenths of what it will be."""
        walk = self.captures["walk"]
        shares = measure.settling(walk.guesses, walk.states[-1]).values()
        return dict(zip(BANDS, map(measure.settled_at, shares), strict=True))

    @cached_property
    def strengths(self) -> dict[str, float]:
        """How strong the waves of each part of the finished picture are, beside the noise's."""
        found = measure.strengths(self.captures["walk"].states[-1]).values()
        return dict(zip(BANDS, found, strict=True))

    @cached_property
    def cloth(self) -> tuple[np.ndarray, np.ndarray]:
        """States and guesses of a walk in the toy album of cloth, from the same static."""
        walk = self.captures["walk"]
        return reverse.woven(walk.alphas_cumprod.tolist(), walk.states[0].astype(np.float64))

    @verdict
    def sketches(self) -> Verdict:
        steps = list(self.settled.values())
        return Verdict(
            float(np.diff(steps).min()),
            (0, "But keep looking. A little here, a little there, and something stands out."),
            (inf, "But keep looking. First something large and soft. Then edges. Then the small things."),
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
    def soft(self) -> Verdict:
        walk = self.captures["walk"]
        first, final = (measure.bands(one)["middle"] for one in (walk.guesses[0], walk.states[-1]))
        return Verdict(
            float(np.sqrt((first**2).mean() / (final**2).mean())),
            (0.5, "Its first ⟨answer⟩ is a blur."),
            (inf, "Its first ⟨answer⟩ is soft still."),
            how="root mean square of the middling shapes in the first guess over that in the finished picture",
        )

    @verdict
    def grainy(self) -> Verdict:
        hardly = "It ⟨expects⟩ less noise than there is. Here, that hardly shows."
        grain = "It ⟨expects⟩ less noise than there is, and so grain stays in the picture."
        return Verdict(self._fine("late"), (1.1, hardly), (inf, grain), how=f"{FINE}, told a later number")

    @verdict
    def wiped(self) -> Verdict:
        wiped = "It ⟨takes⟩ fine detail for noise, and wipes it away."
        hardly = "It ⟨expects⟩ more noise than there is. Here, that hardly shows."
        return Verdict(
            self._fine("early"), (0.95, wiped), (inf, hardly), how=f"{FINE}, told an earlier number"
        )

    def _fine(self, name: str) -> float:
        """How much fine detail a run ends with, by that of the walk."""
        ends = (self.captures[one].states[-1] for one in (name, "walk"))
        one, other = (measure.distance(measure.bands(end)["fine"], 0) for end in ends)
        return one / other

    @verdict
    def settles(self) -> Verdict:
        walk, (coarse, middling, fine) = self.captures["walk"], self.settled.values()
        shares = measure.settling(walk.guesses, walk.states[-1]).values()
        pairs = zip(shares, self.settled.values(), strict=True)
        said = "Measured against the finished picture, ⟨nine⟩ tenths of the coarse are right by step "
        said += f"⟨{spelled(coarse)}⟩, of the middle by ⟨{spelled(middling)}⟩, of the fine detail by ⟨{spelled(fine)}⟩."
        return Verdict(
            min(float(share[step - 1 :].min()) for share, step in pairs),
            (0.9 - 1e-9, None),
            (inf, said),
            how="smallest share, from those steps on, of each frequency band of the finished picture that the guess already has",
        )

    @verdict
    def strongest(self) -> Verdict:
        coarse, middling, fine = self.strengths.values()
        return Verdict(
            min(coarse / middling, middling / fine),
            (1, "As the noise ⟨sinks⟩, whatever is strongest comes out first."),
            (inf, "As the noise ⟨sinks⟩, the strongest comes out first: in our picture, the coarse."),
            how="strength of the coarse waves by the middling ones, or of these by the fine ones, whichever is less",
        )

    @verdict
    def ahead(self) -> Verdict:
        levels = self.captures["walk"].alphas_cumprod
        pairs = zip(self.settled.values(), self.strengths.values(), strict=True)
        late = [step - int(np.argmax(np.sqrt(levels) * bar > np.sqrt(1 - levels))) for step, bar in pairs]
        return Verdict(
            max(late),
            (0, "The model guesses each part ⟨before⟩ it surfaces: it has seen such pictures."),
            (inf, "Yet not each part is guessed ⟨before⟩ it surfaces."),
            how="steps from where a part of the picture is stronger than the noise to where the guess has nine tenths of it, at most",
        )

    @verdict
    def woven(self) -> Verdict:
        guesses, final = self.cloth[1], self.cloth[0][-1]
        settled = {n: measure.settled_at(s) for n, s in measure.settling(guesses, final).items()}
        return Verdict(
            settled["coarse"] - settled["fine"],
            (0, "⟨Walk⟩ there, and threads and stains come together."),
            (inf, "⟨Walk⟩ there, and the fine threads come first, the large stains last."),
            how="steps between nine tenths of the fine waves and of the coarse ones, in the toy album",
        )

    @verdict
    def collapsed(self) -> Verdict:
        rolled, bare = (
            measure.spread(np.stack([run.states[-1] for run in self.captures[name]]))
            for name in ("rolled", "bare")
        )
        change = 100 * (bare / rolled - 1)
        said = f"On our model, DDPM's {spelled(SEEDS)} pictures without the roll differ ⟨{abs(change):.0f}⟩ percent"
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
        wall = VGroup(*(Walk(walk.pictures, step, 1.85) for walk in walks))
        wall.arrange_in_grid(rows=3, buff=0.08).move_to([0, theme.SAFE_BOTTOM + wall.height / 2, 0])
        self.add(wall)
        with self.opening("A picture drowns in static. This is the walk back, and nobody holds a brush."):
            self.follow(step, self.cast.steps)
        first, *rest = wall
        self.bring_to_front(first)
        with self.say(self.question):
            self.move(first.animate.scale_to_fit_height(6.0).move_to([0, 0.45, 0]), run_time=1.4)
            self.hide(*rest)

    def _small_steps(self) -> None:
        # Back to the static: dice are rolled, words come beside it; then step by step, until it is a picture.
        walk, steps = self.captures["walk"], self.cast.steps
        step, (old,) = ValueTracker(steps), self.on_stage
        picture = Walk(walk.pictures, step, height=6.0).move_to(old)
        self.remove(old)
        self.add(picture)
        with self.say("Back to the start. Every dot is a ⟨roll⟩ of the ⟨dice⟩, and any roll ⟨will⟩ do."):
            self.turn(step, 0, run_time=1.5)
            for k in (1, 2, 3):
                self.mark()
                roll = Picture(self.captures["seeds"][k].pictures[0], 6.0).move_to(picture)
                self.add(roll)
                self.hold(0.3)
                self.remove(roll)
        place = Picture(walk.pictures[0], 5.1).move_to([-3.3, 0.9, 0])
        dots = parts.StepDots(steps, step, width=5.1).next_to(place, DOWN, buff=0.25)
        words = theme.text(textwrap.fill(self.cast.prompt, 16), color=theme.PROMPT).move_to([3.6, 1.2, 0])
        with self.say(f"A machine is given the static, together with a few ⟨words⟩: {self.cast.prompt}."):
            self.move(into(picture, place))
            self.mark().move(FadeIn(words, shift=0.3 * LEFT))
            self.point(words, run_time=1.5)
        with self.say("Each step leaves a ⟨little⟩ less noise."):
            self.show(dots)
            self.mark().turn(step, max(1, steps // 10), run_time=1.2)
        with self.say(self.sketches):
            self.sound_walk(walk.alphas_cumprod[steps // 10 :], self.line.remaining + 6)
            self.follow(step, steps, beyond=6)
        with self.say(f"After {counted(steps, 'step')}, the noise is gone."):
            self.point(picture)
        self.hide(words, dots)
        self.remove(picture)
        self.add(picture.still())

    def _page(self) -> None:
        # The picture shrinks into the last place of a page that holds the whole walk; reading it, none is where it begins.
        (picture,) = self.on_stage
        pictures, steps = self.captures["walk"].pictures, self.cast.steps
        chosen = np.linspace(1, steps, min(steps, TILES)).round().astype(int)
        columns = max(k for k in range(1, COLUMNS + 1) if len(chosen) % k == 0)
        page = Mosaic(pictures[chosen], columns)
        *rest, last = page
        whole = "the whole walk at once, the state after each step. Nothing was skipped."
        if steps > TILES:
            whole = f"the walk at once: {spelled(TILES)} of its {spelled(steps)} states, evenly spread."
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
        rows = [self.captures["seeds"][:2], self.captures["other"]]
        steps, tall, across, down = self.cast.steps, 2.7, (0.9, 3.8), (1.3, -1.48)
        turns = ValueTracker(0), ValueTracker(0)
        dice = [Picture(run.pictures[0], 0.85) for run in rows[0]]
        films = [
            [Walk(run.pictures, turn, tall) for run in row] for row, turn in zip(rows, turns, strict=True)
        ]
        prompts = self.cast.prompt, self.cast.other
        words = [theme.text(prompt, theme.SENTENCE, theme.PROMPT, width=4.6) for prompt in prompts]
        for k, x in enumerate(across):
            dice[k].move_to([x, 3.17, 0])
            words[k].move_to([-3.9, down[k], 0])
            for film, y in zip(films, down, strict=True):
                film[k].move_to([x, y, 0])
        rolled = theme.text("the dice", theme.SENTENCE, theme.NOISE).move_to([-3.9, 3.17, 0])
        with self.say("Does the machine know one picture only? ⟨Roll⟩ the dice again, and keep the words."):
            # lint: allow many-words — two prompts, read one after the other
            self.show(rolled, dice[0], words[0], films[0][0])
            self.mark().show(dice[1], films[0][1])
            self.follow(turns[0], steps, beyond=1.0)
        with self.say(self.other_dice):
            self.mark().point(words[0], *films[0])
        with self.say("Keep the dice, and ⟨change⟩ the words."):
            self.show(*films[1])
            self.mark().show(words[1], run_time=0.5)
            self.follow(turns[1], steps, beyond=1.0)
        with self.say("The same static, and still other pictures."):
            self.point(*dice, *films[1], run_time=2.0)
        with self.say("So where does it come from? From the ⟨dice⟩, and from what the machine ⟨believes⟩."):
            self.mark().point(rolled, *dice)
            self.mark().point(*words, *(film for row in films for film in row))
        self.hold(0.3)

    def mechanism(self) -> None:
        self.tell(self._belief, self._one_step, self._lie, self._order, self._why, self._cloth, self._known)

    def _belief(self) -> None:
        # What it is and what the model believes, side by side, then in one frame; the walk makes them one.
        walk, step, steps = self.captures["walk"], ValueTracker(0), self.cast.steps
        state, guess = (Walk(film, step, 3.4) for film in (walk.pictures, walk.guess_pictures))
        here = named(state.move_to([ROW[0], HIGH, 0]), "what it is")
        there = named(guess.move_to([ROW[2], HIGH, 0]), "what it believes", theme.MODEL)
        model, given, arrows = self._model(0)
        with self.say("The model is given the ⟨state⟩, its ⟨number⟩, and the words. ⟨Out⟩ comes a picture."):
            self.show(model)
            self.mark().show(here, arrows[0])
            self.mark().show(given, *arrows[1:3])
            # lint: allow many-words — the prompt is among them
            self.mark().show(FadeIn(there, target_position=model, scale=0.3), arrows[3])
        with self.say(f"{self.soft} Much could still come out of this static. It guesses the ⟨average⟩."):
            self.mark().point(there)
            self.mark().point(guess)
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=4.6).move_to([0, 1.3, 0])
        below = places.halves_named(seam, ("what it is", "its belief"), (theme.INK, theme.MODEL))
        amounts = {"picture": walk.signal_level, "noise": walk.noise_level}
        faders = parts.Faders(amounts, step, {"picture": theme.SIGNAL, "noise": theme.NOISE}, width=8.0)
        faders.move_to([0, -2.35, 0])
        with self.say("Put both into one frame. ⟨Below⟩ it, how much picture and how much noise there is."):
            self.hide(here[1], there[1], model, given, arrows)
            self.move(into(state, seam), into(guess, seam))
            self.remove(state, guess)
            self.add(seam)
            self.show(below)
            self.mark().show(faders)
        with self.say("Now walk. The left side clears up. The right side makes up its mind."):
            self.follow(step, round(0.55 * steps))
        squares = theme.text("picture²\n+ noise²\n= 1").move_to([4.7, 1.3, 0])
        with self.say("The two do not add up to one. Their ⟨squares⟩ do: noise adds in squares."):
            self.point(faders)
            self.mark().show(squares)  # lint: allow many-words — names and their sum
        with self.say("They come closer and closer. In the end, the two are one."):
            self.follow(step, steps)
        self.sweep()

    def _one_step(self) -> None:
        # One step opened up: into the model and out again; what the state is made of; then other amounts of it.
        walk, k = self.captures["walk"], self.cast.steps // 2
        a, b = walk.signal_level[k : k + 2], walk.noise_level[k : k + 2]
        noise, (now, turned, blamed), old, signs = self._mix("this state", k, k)
        (after, louder, quieter), new = self._mix("next state", k + 1, k)[1:3]
        guess = Picture(walk.guess_pictures[k], 3.4).move_to(blamed)
        model, given, arrows = self._model(k)
        with self.say(f"Open up step {k}. State, number, words ⟨go⟩ in. ⟨Out⟩ comes a guess of the ending."):
            self.show(now, given, model, run_time=0.5)
            self.mark().show(arrows[:3], run_time=0.5)
            self.mark().move(FadeIn(guess, target_position=model, scale=0.3), FadeIn(arrows[3]))
        with self.say(f"Turn the guess down to ⟨{a[0]:.2f}⟩: so much of it is in the state."):
            self.hide(given, model, arrows)
            self.move(guess.animate.move_to(turned), FadeIn(signs[0]), FadeIn(old[0]))
            self.mark().become(guess, turned, old[1])
        with self.say(f"What is left over, the model takes for noise: ⟨{b[0]:.2f}⟩ of it."):
            self.show(signs[1], noise)
            self.mark().become(noise, blamed, old[2])
        with self.say(f"Keep both, but mix anew: ⟨{a[1]:.2f}⟩ of the guess, ⟨{b[1]:.2f}⟩ of the noise."):
            self.hide(now, old[0], signs[0])
            for which, before, then in ((1, turned, louder), (2, blamed, quieter)):
                self.mark().hide(old[which], run_time=0.2)
                self.become(before, then, new[which])
        change = 100 * measure.distance(*walk.states[k : k + 2]) / measure.distance(walk.states[k], 0)
        said = f"Their ⟨sum⟩ is the next state, {change:.0f} ⟨percent⟩ changed."
        with self.say(f"{said} That is the whole program: guess, mix, guess again."):
            flying = VGroup(louder.copy(), quieter.copy())
            self.mark().move(flying.animate.scale(0.5).move_to(after))
            self.swap(after, new[0], signs[0], instead_of=flying)
            self.mark().point(after, new[0])
        self.sweep(0.3)

    def _model(self, number: int) -> tuple[VGroup, VGroup, VGroup]:
        """The model as a box between two pictures of a row; a step's number and the words; four arrows, the last out of it."""
        frame = RoundedRectangle(width=2.6, height=1.3, corner_radius=0.2, color=theme.MODEL)
        model = VGroup(frame, theme.text("model", theme.SENTENCE, theme.MODEL)).move_to([0, HIGH, 0])
        words = theme.text(self.cast.prompt, theme.LABEL, theme.PROMPT, width=5.0).move_to([0, -1.4, 0])
        given = VGroup(theme.text(f"step {number}", theme.LABEL, theme.TIME).move_to([0, 2.75, 0]), words)
        left, right = ([ROW[k] - (k - 1) * 1.7, HIGH, 0] for k in (0, 2))
        starts = left, given[0].get_bottom(), words.get_top(), frame.get_right()
        ends = frame.get_left(), frame.get_top(), frame.get_bottom(), right
        ways = zip(starts, ends, strict=True)
        arrows = (Arrow(a, b, buff=0.1, color=theme.MUTED, stroke_width=6) for a, b in ways)
        return model, given, VGroup(*arrows)

    def _mix(self, name: str, at: int, k: int) -> tuple[Picture, VGroup, VGroup, VGroup]:
        """State `at` as a sum of the guess and the noise of step `k`, each turned down; their names; = and +.

        First the noise before it is turned down.
        """
        walk = self.captures["walk"]
        a, b = walk.signal_level[at], walk.noise_level[at]
        terms = walk.states[at], a * walk.guesses[k], b * walk.noise[k]
        tiles = VGroup(*(Picture.from_model(term, 3.4) for term in terms))
        words = (name, f"{a:.2f} × guess", f"{b:.2f} × noise")
        told = zip(words, (theme.INK, theme.MODEL, theme.NOISE), strict=True)
        names = VGroup(*(on_baseline(theme.text(word, theme.LABEL, color)) for word, color in told))
        for tile, word, x in zip(tiles, names, ROW, strict=True):
            tile.move_to([x, HIGH, 0])
            word.shift([x, -1.4, 0])
        signs = VGroup(*(theme.text(sign).move_to([x, HIGH, 0]) for sign, x in (("=", -2.3), ("+", 2.3))))
        return Picture.from_model(walk.noise[k], 3.4).move_to(tiles[2]), tiles, names, signs

    def _lie(self) -> None:
        # One state, three times, told its own number, a later and an earlier one; each goes on to its end.
        at, late, early = self.told_at
        walk, *wrong = (self.captures[name].pictures for name in ("walk", "late", "early"))
        frames = walk[at:], *wrong
        turns, tiles = [ValueTracker(0) for _ in frames], VGroup()
        colors = theme.SIGNAL, theme.WRONG, theme.WRONG
        for film, number, color, turn in zip(frames, self.told_at, colors, turns, strict=True):
            one = LivePicture(lambda share, f=film: f[round(share * (len(f) - 1))], turn, height=4.1)
            tiles.add(named(one, f"told step {number}", color, gap=0.25))
        tiles.arrange(RIGHT, buff=0.35).move_to([0, 0.1, 0])
        with self.say(
            f"Why the number? It tells how much noise to ⟨expect⟩. State {at}, told the truth, ends well."
        ):
            self.show(*(one[0] for one in tiles), tiles[0][1], run_time=0.4)
            self.mark()
            self.follow(turns[0], 1)
        with self.say(f"Now lie: say that it is step {late} already. {self.grainy}"):
            self.show(tiles[1][1])
            self.point(tiles[1])
            self.mark()
            self.follow(turns[1], 1)
        with self.say(f"Or say that it is only step {early}. {self.wiped}"):
            self.show(tiles[2][1])
            self.mark()
            self.follow(turns[2], 1, beyond=0.5)
        with self.say("Fewer, larger steps may do, with true numbers: chapter four counts the cost."):
            self.point(tiles[0], run_time=2.5)
        self.sweep()

    def _order(self) -> None:
        # The guess and its three parts, finished and then from the start: each is told when it is right.
        walk, step = self.captures["walk"], ValueTracker(self.cast.steps - 1)
        taken = [list(measure.bands(guess).values()) for guess in (*walk.guesses, walk.states[-1])]
        most = [np.abs(band).max() for band in taken[-1]]
        films = [
            to_pixels(np.stack(band) / m) for band, m in zip(zip(*taken, strict=True), most, strict=True)
        ]
        row = VGroup(*(Walk(film, step, 3.1) for film in (walk.guess_pictures, *films)))
        whole, *bands = row.arrange(RIGHT, buff=0.3).move_to([0, 0.6, 0])
        names = [on_baseline(theme.text(name, theme.LABEL, color)) for name, color in BANDS.items()]
        for name, band in zip(names, bands, strict=True):
            name.shift([band.get_x(), band.get_bottom()[1] - 0.55, 0])
        when = [
            theme.text(f"step {k}", theme.LABEL, color).next_to(name, DOWN, buff=0.25)
            for k, color, name in zip(self.settled.values(), BANDS.values(), names, strict=True)
        ]
        louder = theme.text("contrast turned up", theme.LABEL, theme.MUTED).next_to(bands[1], UP, buff=0.2)
        with self.say(
            "When is the guess right? Take it apart: ⟨coarse⟩ shapes, ⟨middle⟩ ones, ⟨fine⟩ detail."
        ):
            self.show(whole, louder, run_time=0.5)
            for name, band in zip(names, bands, strict=True):
                self.mark().show(FadeIn(band, target_position=whole), name, run_time=0.7)
        with self.say(self.settles):
            self.mark().turn(step, 0)
            for k, name in zip(self.settled.values(), when, strict=True):
                self.mark()
                self.run(step, max(k - 1, step.get_value()), 1.0)
                self.show(name, run_time=0.4)
        self.sweep(0.3)

    def _why(self) -> None:
        # How strong the parts are, as bars out of which the noise sinks, beside the guess.
        step, steps, height = ValueTracker(self.cast.steps), self.cast.steps, places.BIG
        guess = Walk(self.captures["walk"].guess_pictures, step, height).move_to([-4.4, 0.3, 0])
        tide = self._tide(self.strengths, step, BANDS)
        with self.say("Why this order? Bars say how ⟨strong⟩ each part is; rising ⟨water⟩ is the noise."):
            self.show(guess, tide[0], *tide.names.values())
            self.mark().show(*tide.bars.values())
            self.mark().show(tide.water, step.animate.set_value(0), run_time=2.0)
        with self.say(self.strongest):
            self.mark()
            self.follow(step, steps, beyond=3.0)
        with self.say(self.ahead):
            self.mark().point(guess)
        self.sweep(0.3)

    def _tide(self, strengths: dict[str, float], step: ValueTracker, colors: dict[str, str]) -> parts.Tide:
        """Bars and water right of a picture, on the height of its lower edge."""
        levels = self.captures["walk"].alphas_cumprod
        tide = parts.Tide(strengths, levels, step, colors, 6.4, places.BIG)
        return tide.shift(np.array([-1.7, 0.3 - places.BIG / 2, 0]) - tide[0].get_start())

    def _cloth(self) -> None:
        # A toy album of cloth, where the fine is strong and the coarse is weak: there the fine comes first.
        step = ValueTracker(self.cast.steps)
        # Turned up: the toy is measured in noise, and knows no brightness of its own.
        films = to_pixels(1.5 * self.cloth[1])
        guess = Walk(films, step, height=places.BIG).move_to([-4.4, 0.3, 0])
        colors = {"large stains": theme.SIGNAL, "fine threads": theme.PROMPT}
        strengths = dict(zip(colors, (reverse.STAINS, reverse.THREADS), strict=True))
        tide = self._tide(strengths, step, colors)
        with self.say("It is up to what it has seen. In a toy album of cloth, fine ⟨threads⟩ are strong."):
            self.show(named(guess, "a toy cloth, guessed", theme.MUTED))
            self.mark().show(tide)
        with self.say(self.woven):
            self.turn(step, 0)
            self.mark()
            self.follow(step, self.cast.steps, beyond=1.5)
        self.sweep(0.4)

    def _known(self) -> None:
        # A known picture drowned and played backwards, beside the walk; then the guesses of the two.
        known, walk, steps = self.captures["known"], self.captures["walk"], self.cast.steps
        step, colors = ValueTracker(steps), (theme.MUTED, theme.MODEL)
        films = Walk(known.pictures, step), Walk(walk.pictures, step)
        left, right = side_by_side(*films, ("drowned, backwards", "the walk"), colors)
        guesses = Walk(known.guess_pictures, step), Walk(walk.guess_pictures, step)
        ending, guessed = side_by_side(*guesses, ("its known ending", "the walk's guess"), colors)
        with self.say("Could we fake a walk? ⟨Drown⟩ a drawing in noise, and play that ⟨backwards⟩."):
            self.show(left[0])
            self.mark().turn(step, 0, run_time=1.5)
            self.mark().show(left[1], right)
        with self.say("Were the guesses perfect, no single state could tell from which of the two it is."):
            self.follow(step, steps)
        said = "Here it never ⟨changes⟩: we knew the ending. In a walk, ⟨nobody⟩ knows it yet."
        with self.say(f"The difference is in the guess. {said}"):
            self.turn(step, 0, run_time=0.8)
            self.swap(ending, guessed, instead_of=VGroup(left, right))
            self.mark().run(step, steps / 3, 2.0)
            self.mark()
            self.follow(step, steps - 1)

    def derivation(self) -> None:
        first = self._drowning, self._two_bells, self._triangle
        self.tell(*first, self._ring, self._four, self._answer)

    @proof
    def drowning(self) -> Lines:
        """What is known: how a picture drowns, at once and step by step."""
        return (
            ("This is how a picture drowns: so much of the ⟨picture⟩, plus so much noise, epsilon.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", reverse_checks.mixture.on(self.captures["known"])),
            ("One step of it ⟨keeps⟩ root alpha of the state, and adds noise of variance beta.",
             r"x_t = sqrt(alpha_t) x_(t-1) + sqrt(beta_t) epsilon_t", "how a step of drowning is defined"),
            ("Beta is one minus alpha, and alpha bar multiplies all alphas.",
             r"beta_t = 1 - alpha_t, quad overline(alpha)_t = alpha_1 alpha_2 dots.c alpha_t", "names"),
        )  # fmt: skip

    def _drowning(self) -> None:
        # The ending and two states of a drowning, which counts to the right while the walk goes left; then formulas.
        film, steps, k = self.captures["known"].pictures, self.cast.steps, self.cast.steps // 2
        states = film[[steps, min(k + 1, steps), k]]
        chain = parts.Chain(states, ("x_0", "x_(t-1)", "x_t"), height=2.6, gap=1.5).move_to([0, 1.2, 0])
        ending, before, now = chain.states
        ways = VGroup()
        for way, name, color in ((RIGHT, "t counts up", theme.NOISE), (LEFT, "our walk", theme.MODEL)):
            ways.add(named(Arrow(-2.5 * way, 2.5 * way, color=color), name, color, gap=0.1))
        ways.arrange(DOWN, buff=0.25).move_to([0, -1.7, 0])
        with self.say("Formulas count the ⟨drowning⟩: x zero is the ending. Our walk goes ⟨back⟩."):
            self.show(chain.states, chain.arrows, run_time=0.5)
            self.mark().show(ways[0])
            self.mark().show(ways[1])
        self.hide(ways)
        told = self.prove(self.drowning, at=1.7 * DOWN, alone=True)
        for held in (ending, before):
            with told.saying():
                told.write()
                self.mark().point(held, now, told.line, run_time=2.0)
        told.step()
        told.clear()
        with self.say("Suppose we know the ⟨ending⟩. ⟨What⟩ was the state one step earlier, x t minus one?"):
            self.mark().point(ending)
            hidden = theme.text("?", 2 * theme.TITLE, theme.TIME).move_to(before[0])
            self.mark().swap(hidden, instead_of=before[0])
        self.sweep(0.4)

    @proof
    def posterior(self) -> Lines:
        """One step back where the ending is known: two bells, multiplied."""
        pull = rf"sqrt(alpha_t) / beta_t x_t + sqrt({BEFORE}) / (1 - {BEFORE}) x_0"
        walk = self.captures["walk"]
        return (
            ("Both must hold, says Bayes: ⟨multiply⟩ the two.",
             r"q(x_(t-1) | x_t, x_0) prop time(q(x_t | x_(t-1))) signal(q(x_(t-1) | x_0))", reverse_checks.bayes.on(walk)),
            text_only("The logarithm of a bell, times minus two, is a square over its variance.",
             rf"-2 log q = (x_t - sqrt(alpha_t) x_(t-1))^2 / beta_t + (x_(t-1) - sqrt({BEFORE}) x_0)^2 / (1 - {BEFORE}) + C", reverse_checks.exponents.on(walk)),
            text_only("Open the squares, and sort by x t minus one.",
             rf"= x_(t-1)^2 (alpha_t / beta_t + 1 / (1 - {BEFORE})) - 2 x_(t-1) ({pull}) + C", reverse_checks.opened.on(walk)),
            text_only("So the product is a bell too, of mean mu tilde and variance sigma tilde squared.",
             r"-2 log q = x_(t-1)^2 / tilde(sigma)_t^2 - 2 x_(t-1) tilde(mu)_t / tilde(sigma)_t^2 + C", reverse_checks.bell.on(walk)),
            ("A product of bells is a bell. One over variance, call it sharpness, adds up: the ⟨state's⟩, and the ⟨ending's⟩.",
             rf"1 / tilde(sigma)_t^2 = {{{{ time(alpha_t / beta_t) : state }}}} + {{{{ signal(1 / (1 - {BEFORE})) : ending }}}}", reverse_checks.sharpness.on(walk)),
            text_only("Over one denominator.",
             rf"1 / tilde(sigma)_t^2 = (alpha_t (1 - {BEFORE}) + beta_t) / (beta_t (1 - {BEFORE}))", reverse_checks.one_denominator.on(walk)),
            ("Over one denominator, and upside down: this is how ⟨wide⟩ it is.",
             rf"tilde(sigma)_t^2 = (1 - {BEFORE}) / (1 - {BAR}) beta_t", reverse_checks.variance.on(walk)),
            text_only("The mean over the variance is what stands with x t minus one alone.",
             rf"tilde(mu)_t / tilde(sigma)_t^2 = {pull}", reverse_checks.over_variance.on(walk)),
            ("Its ⟨middle⟩ lies between the two, each weighted by its sharpness.",
             rf"tilde(mu)_t = (sqrt(alpha_t) (1 - {BEFORE}) x_t + sqrt({BEFORE}) beta_t x_0) / (1 - {BAR})", reverse_checks.mean.on(walk)),
        )  # fmt: skip

    @proof
    def approximation(self) -> Lines:
        """What is put in the ending's place."""
        return (
            ("But nobody tells us the ending. In its place ⟨goes⟩ the model's guess: our one approximation.",
             r"x_0 approx hat(x)_0 (x_t, t, c)", "an approximation: the guess in place of the ending"),
            text_only("Then the first line tells how much noise the model blames.",
             rf"hat(epsilon) = (x_t - sqrt({BAR}) hat(x)_0) / sqrt(1 - {BAR})", reverse_checks.blamed.on(self.captures["walk"])),
        )  # fmt: skip

    def _two_bells(self) -> None:
        # One number of the state before: what the ending says of it, what the state says, and both, a narrower bell.
        walk = self.captures["walk"]
        k = reverse.balanced(walk.alphas_cumprod)
        level, before = walk.alphas_cumprod[k : k + 2]
        q, alpha, bell = reverse.posterior(level, before), level / before, reverse.normal_density
        x_t, x_0, guess = reverse.telling(walk.states[k], walk.states[-1], walk.guesses[k], level, before)
        ending, wide = ValueTracker(x_0), (1 - before, (1 - alpha) / alpha)
        says = np.sqrt(before) * x_0, x_t / np.sqrt(alpha)
        reach = [[one - 3 * np.sqrt(w), one + 3 * np.sqrt(w)] for one, w in zip(says, wide, strict=True)]
        highest = 1.05 / np.sqrt(2 * np.pi * q.variance)
        axes = parts.Axes((np.min(reach), np.max(reach)), (0, highest), "x", "y", width=9.4, height=2.5)
        axes.shift([-5.3, 0.75, 0] - axes.x_line.get_start())
        curve = partial(parts.live_curve, axes)
        first = curve(lambda x, x_0: bell(x, np.sqrt(before) * x_0, wide[0]), ending, color=theme.SIGNAL)
        second = curve(lambda x: bell(x, says[1], wide[1]), color=theme.TIME)
        both = curve(lambda x, x_0: bell(x, q.mean(x_t, x_0), q.variance), ending, color=theme.INK)
        number = Equation("x_(t-1)", definition="a number's name").next_to(axes.x_line, RIGHT, buff=0.25)
        left, right = ([-6.6, 2.2, 0], RIGHT), ([6.6, 2.2, 0], LEFT)
        sides = (left, right) if says[0] < says[1] else (right, left)
        said = ("the ending\nsays", theme.SIGNAL), ("the state\nsays", theme.TIME)
        names = [
            theme.text(words, theme.LABEL, color).next_to(at, side, buff=0)
            for (words, color), (at, side) in zip(said, sides, strict=True)
        ]
        together = theme.text("both", theme.LABEL).next_to(axes.point(q.mean(x_t, x_0), highest), RIGHT, 0.6)
        with self.say("Take one number of it. From the ⟨ending⟩, it was about here, give or take: a bell."):
            self.show(axes.x_line, number)
            self.mark().show(first, names[0])
        with self.say("From the state where we ⟨are⟩, it was there, give or take one step's noise: another."):
            self.show(second, names[1])
            self.mark().point(second, names[1], run_time=1.5)
        told = self.prove(self.posterior, under=axes.x_line, alone=True)
        with told.saying():
            told.write()
            self.mark().show(both, together.shift(0.25 * DOWN))
        with told.saying():
            told.write()
            self.mark().point(told.part("state"), second, names[1])
            self.mark().point(told.part("ending"), first, names[0])
        for _ in ("wide", "middle"):
            with told.saying():
                told.write()
                self.mark().point(both, told.line, run_time=2.0)
        told.clear()
        told = self.prove(self.approximation, under=axes.x_line)
        guessed = theme.text("the guess\nsays", theme.LABEL, theme.MODEL).move_to(names[0])
        with told.saying():
            told.write()
            self.mark().hide(names[0], run_time=0.3)
            self.show(guessed, first.animate.set_stroke(theme.MODEL), run_time=0.5)
            self.turn(ending, guess)
        self.sweep(0.4)

    @proof
    def family(self) -> Lines:
        """All steps that leave the right amount of noise, and two of them."""
        walk, left = self.captures["walk"], rf"1 - {BEFORE} - tilde(sigma)_t^2"
        factor = rf"sqrt(alpha_t) (1 - {BEFORE})"
        return (
            ("Take the guess, keep some of the ⟨old⟩ noise, and roll some ⟨fresh⟩: sigma z.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + sqrt(1 - {BEFORE} - sigma^2) hat(epsilon) + sigma z", reverse_checks.family_keeps_marginals.on(walk)),
            ("Independent noise adds in ⟨squares⟩, like sides at a right angle. So any sigma ends as it should.",
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
            ("Set sigma as ⟨wide⟩ as Bayes has it. All but the roll, call it ⟨m⟩, is Bayes's middle again: a sampler called DDPM.",
             rf"m = ({factor} x_t + sqrt({BEFORE}) beta_t hat(x)_0) / (1 - {BAR})", reverse_checks.family_is_ddpm.on(walk)),
            ("With sigma ⟨zero⟩, nothing is rolled, and all of the old noise is ⟨kept⟩. This is DDIM, the walk that you saw.",
             rf"x_(t-1) = sqrt({BEFORE}) hat(x)_0 + sqrt(1 - {BEFORE}) hat(epsilon)", reverse_checks.ddim_update.on(walk)),
        )  # fmt: skip

    def _triangle(self) -> None:
        # A right triangle: the noise that the next state must hold, of old and of fresh noise; its corner moves.
        levels = self.captures["walk"].alphas_cumprod
        level, before = levels[reverse.balanced(levels) :][:2]
        most = float(np.sqrt(reverse.posterior(level, before).variance / (1 - before)))
        share = ValueTracker(0.6 * most)
        triangle = parts.RightAngle(share, (theme.NOISE, theme.TIME), 4.7).shift([-2.35, 0.9, 0])
        whole = theme.text("noise in the next state", theme.LABEL).move_to([0, 0.5, 0])
        kept = theme.text("old noise,\nkept", theme.LABEL, theme.NOISE).move_to([-3.6, 1.9, 0])
        fresh = theme.text("fresh noise,\nrolled", theme.LABEL, theme.TIME).move_to([3.9, 1.9, 0])
        named_by = ("DDPM", theme.TIME), ("DDIM", theme.SIGNAL)
        names = [theme.text(name, color=color).move_to([-5.9, 3.2, 0]) for name, color in named_by]
        told = self.prove(self.family, at=1.5 * DOWN, alone=True)
        with told.saying():
            self.show(triangle.whole, whole)
            self.mark().show(triangle.first, kept, run_time=0.6)
            self.mark().show(triangle.second, fresh, run_time=0.6)
        with told.saying():
            told.write()
            self.mark().turn(share, 0.2 * most)
            self.follow(share, 0.9 * most)
        with told.saying():
            self.mark().show(share.animate.set_value(most), names[0])
            told.write()
            self.mark().point(told.line, run_time=2.0)
        with told.saying():
            self.mark().hide(names[0], fresh)
            self.show(share.animate.set_value(0.0), names[1])
            told.write()
            self.mark().point(triangle, kept, run_time=2.0)
        self.sweep(0.4)

    @proof
    def trap(self) -> Lines:
        """What is lost where DDPM's mean goes without its noise."""
        return (
            ("Take DDPM's middle, and ⟨forget⟩ to roll. Each step multiplies the variance by the slope of m ⟨squared⟩, and nothing refills the ring.",
             r'op("Var") x_(t-1) = ((d m) / (d x_t))^2 op("Var") x_t', reverse_checks.collapse.on(self.captures["walk"])),
        )  # fmt: skip

    def _ring(self) -> None:
        # Two clouds: one that fresh noise keeps as wide as it should be, one that shrinks and leaves a ring empty.
        step, levels = ValueTracker(0), self.captures["walk"].alphas_cumprod[self.cast.steps // 3 :]
        # The very first steps shrink it at once: from a third of the way on, in small steps, it can be watched.
        levels = np.interp(np.arange(4 * len(levels) - 3) / 4, np.arange(len(levels)), levels)
        should = 1.7 * np.sqrt(levels * (SPREAD**2 - 1) + 1)
        shrunk = 1.7 * np.sqrt(reverse.mean_step_variances(levels.tolist(), SPREAD))
        dots = partial(reverse.flock, levels.tolist(), SPREAD, DOTS, self.cast.seed)
        sides = (
            (-3.4, True, should, "with its noise", theme.SIGNAL),
            (3.0, False, shrunk, "without", theme.WRONG),
        )
        rolled, bare = (
            named(parts.Flock(0.85 * dots(rolls), should, reach, step, color), name, color).shift([x, 1.3, 0])
            for x, rolls, reach, name, color in sides
        )
        told = self.prove(self.trap, at=2.25 * DOWN)
        with self.say(
            "A trap, in a toy. ⟨Dots⟩ are pictures, and the ⟨circle⟩ is how far they should reach."
        ):
            self.show(rolled)
            self.mark().point(rolled[0][2])
            self.mark().point(rolled[0][1])
        with told.saying():
            self.mark().show(bare)
            told.write()
            self.mark()
            self.follow(step, len(levels) - 1, beyond=0.6)
        self.sweep(0.3)

    def _four(self) -> None:
        # Four seeds of our model: with nothing rolled, with DDPM's rolls, and with its rolls left out.
        step, rows = ValueTracker(0), VGroup()
        for name in ("seeds", "rolled", "bare"):
            films = VGroup(*(Walk(run.pictures, step, height=2.05) for run in self.captures[name]))
            rows.add(films.arrange(RIGHT, buff=0.15))
        rows.arrange(DOWN, buff=0.15).move_to([0.0, theme.SAFE_CENTER[1], 0])
        said = ("DDIM", theme.SIGNAL), ("DDPM", theme.TIME), ("no roll", theme.WRONG)
        names = VGroup(*(theme.text(name, theme.SENTENCE, color) for name, color in said))
        for name, row in zip(names, rows, strict=True):
            name.next_to(row, LEFT, buff=0.3)
        with self.say(self.collapsed):
            self.show(rows, names, run_time=0.3)
            self.run(step, self.cast.steps, 2.0)
            self.mark().point(*rows[1:], *names[1:], run_time=1.5)
        with self.say("DDIM rolls nothing either, but it ⟨keeps⟩ all of the old noise: they stay apart."):
            self.mark().point(rows[0], names[0], run_time=2.0)
        self.sweep(0.4)

    def _answer(self) -> None:
        # The chapter's question, answered over the seam; in the end there is nothing but the picture.
        walk, step, steps = self.captures["walk"], ValueTracker(0), self.cast.steps
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=6.2).move_to([0, 0.35, 0])
        with self.say("So how does a picture come out of noise? The model guesses the ending."):
            self.show(seam)
            self.follow(step, 0.2 * steps)
        with self.say("We step a little towards it, and it guesses again, ⟨until⟩ the guess is the picture."):
            self.run(step, 0.6 * steps, 0.6 * self.line.remaining)
            self.run(step, steps, max(self.line.remaining - 0.8, 0.5))
            self.mark()
        self.hold(0.3)

    def remember(self) -> Mobject:
        """The seam: what it is, what the model believes."""
        walk = self.captures["walk"]
        # Late enough that the picture is seen on both sides, early enough that they differ.
        step = ValueTracker(int(np.argmax(walk.noise_level < 0.4)))
        return Seam(walk.pictures, walk.guess_pictures, step, height=6.0)
