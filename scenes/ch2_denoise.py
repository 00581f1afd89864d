"""Chapter 2: the walk back, from static to a picture."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Circumscribe,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    Rectangle,
    ReplacementTransform,
    ShowPassingFlash,
    SurroundingRectangle,
    Text,
    TransformFromCopy,
    ValueTracker,
    VGroup,
    VMobject,
    linear,
)

from course.maths import measure, noise_checks, reverse_checks
from course.precompute import Capture, CaptureSpec
from course.stage import Chapter, Mosaic, Picture, Seam, Walk, theme
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.parts.chain import Chain
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import drive
from course.stage.parts.pictures import to_pixels
from course.stage.parts.plots import LinePlot
from course.stage.parts.sliders import Faders, StepDots
from course.stage.words import counted, spelled

SEEDS = 4
TILES = 30
BLUR = 0.5  # of the middling shapes, at most; with strong guidance the first guess has more
SIZES = {
    **dict.fromkeys(("exponents", "opened", "bell", "inverse", "common", "numerator", "variance"), 44),
    **dict.fromkeys(("linear", "collected", "mean"), 44),
    **dict.fromkeys(("left", "left common", "left root"), 48),
    **dict.fromkeys(("m root", "m state", "m sorted", "ddpm"), 44),
}
BEFORE = r"overline(alpha)_(t-1)"
SPOKEN_BANDS = {"coarse": "coarse shapes", "middle": "middling shapes", "fine": "fine detail"}


def _under(words: Text, picture: Mobject) -> Text:
    """Words below a picture; neighbours stand on one line, whatever letters they are made of."""
    return on_baseline(words).shift([picture.get_x() - words.get_x(), picture.get_bottom()[1] - 0.7, 0])


class Denoise(Chapter):
    """The walk back: how a picture comes out of noise, one small step at a time."""

    title = "The walk back"
    question = "How does a picture come out of noise?"

    def specs(self) -> Mapping[str, CaptureSpec]:
        cast = self.cast
        walk = CaptureSpec(cast.prompt, cast.seed, cast.steps, cast.guidance, model=cast.model)
        others = {f"walk {k}": replace(walk, seed=cast.seed + k) for k in range(1, SEEDS)}
        trap = {f"trap {k}": replace(walk, seed=cast.seed + k, scheduler="ddpm-mean") for k in range(SEEDS)}
        known = CaptureSpec(cast.prompt, cast.seed, cast.steps, model="forward:prompt")
        # Five big steps, so that the eye sees what each one adds.
        return {"walk": walk, **others, **trap, "known": known, "coarse": replace(known, steps=5)}

    # ------------------------------------------------------------------ story

    def story(self) -> None:
        walk, steps = self.captures["walk"], self.cast.steps
        step = ValueTracker(0)
        picture = Walk(walk.pictures, step, height=5.1).move_to([-3.3, 0.9, 0])
        words = theme.text(textwrap.fill(self.cast.prompt, 16), color=theme.PROMPT).move_to([3.6, 1.2, 0])
        dots = StepDots(steps, step, width=5.1).next_to(picture, DOWN, buff=0.25)

        # Static, and nothing but static: dice are rolled until ours lie on the table.
        with self.say(
            "This is static. Every dot is a roll of the dice. Nobody has drawn anything here."
        ) as line:
            self.play(FadeIn(picture, scale=1.1), run_time=1.2)
            for k in range(1, SEEDS):
                line.until(("roll", "Nobody", "here")[k - 1])
                roll = Picture(self.captures[f"walk {k}"].pictures[0], height=5.1).move_to(picture)
                self.add(roll)
                self.hold(0.4)
                self.remove(roll)

        # The words arrive beside it.
        with self.say(
            f"We give this static to a machine, together with a few words: {self.cast.prompt}."
        ) as line:
            line.until("words")
            self.play(FadeIn(words, shift=0.3 * LEFT), run_time=1.2)

        with self.say(
            "The machine may not paint. It may only remove a little noise, and look again."
        ) as line:
            line.until("only")
            self.play(FadeIn(dots), run_time=0.8)

        # One step, so small that hardly anything happens.
        with self.say("Here is one step. Hardly anything has changed."):
            self.play(step.animate.set_value(1), run_time=0.6)

        with self.say("Another. And another. Still static, you would say.") as line:
            self.play(step.animate.set_value(steps // 5), run_time=line.remaining, rate_func=linear)

        with self.say(
            "But keep looking. First something large and soft. Then edges. Then the small things."
            if self._coarse_first()
            else "But keep looking. A little here, a little there, and something stands out."
        ) as line:
            self.sound_walk(walk.alphas_cumprod[steps // 5 :], line.remaining + 1.5)
            self.play(step.animate.set_value(steps), run_time=line.remaining + 1.5, rate_func=linear)

        with self.say(f"After {counted(steps, 'step')}, the noise is gone.") as line:
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=1.2)

        # The picture shrinks into the last place of a page that holds every step.
        mosaic = Mosaic(self._chosen_thirty(walk.pictures))
        last = mosaic[len(mosaic) - 1]
        with self.say(self._what_the_page_shows(steps)) as line:
            self.play(FadeOut(words), FadeOut(dots), run_time=0.5)
            still = picture.still()
            self.remove(picture)
            self.play(ReplacementTransform(still, last), run_time=1.0)
            rest = [tile for tile in mosaic if tile is not last]
            self.play(LaggedStart(*(FadeIn(tile) for tile in rest), lag_ratio=0.1), run_time=3.0)

        # Read it like a page: the first row, the last row, and no tile where it begins.
        first, final = VGroup(*mosaic[:6]), VGroup(*mosaic[-6:])
        frame = SurroundingRectangle(first, color=theme.TIME, buff=0.05)
        with self.say("Read it like a page. In the first row you see nothing.") as line:
            self.play(Create(frame), run_time=1.0)
        with self.say("In the last row only some grain is left.") as line:
            self.play(frame.animate.move_to(final), run_time=1.2)
        with self.say("Yet there is no single step at which the picture appears.") as line:
            self.play(FadeOut(frame), run_time=0.8)
        self.sweep()

        # The surprise: other static gives another picture, with the same machine and the same words.
        step.set_value(0)
        names = [f"walk {k}" for k in (1, 2)]
        pair = VGroup(*(Walk(self.captures[n].pictures, step, height=4.6) for n in names)).arrange(
            RIGHT, buff=0.6
        )
        pair.move_to([0, 0.2, 0])
        with self.say(
            "Does the machine know one picture only? Roll the dice again, and keep the words."
        ) as line:
            self.play(FadeIn(pair), run_time=1.0)
        with self.say("The same machine, the same words, and other pictures.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        with self.say("So where do they come from? From what the machine believes.") as line:
            self.play(pair.animate.scale(0.97), run_time=line.remaining - 0.2)

    def _what_the_page_shows(self, steps: int) -> str:
        """What is true of thirty tiles for a walk of so many steps."""
        if steps > TILES:
            return (
                f"Here is the walk at once: {spelled(TILES)} of its {spelled(steps)} states, evenly spread, "
                "and nothing was touched up."
            )
        whole = "Here is the whole walk at once."
        if steps < TILES:
            whole += " It is short, so states stand there more than once."
        return f"{whole} Nothing was skipped, and nothing was touched up."

    def _chosen_thirty(self, pictures: np.ndarray) -> np.ndarray:
        """Thirty states in order, the finished picture last: every step of thirty, or thirty of more or fewer."""
        return pictures[np.linspace(1, len(pictures) - 1, TILES).round().astype(int)]

    # -------------------------------------------------------------- mechanism

    def mechanism(self) -> None:
        walk, steps = self.captures["walk"], self.cast.steps
        step = ValueTracker(0)

        # Two pictures: what it is, and what the model believes.
        state = Walk(walk.pictures, step, height=4.2).move_to([-3.4, 0.45, 0])
        guess = Walk(walk.guess_pictures, step, height=4.2).move_to([3.4, 0.45, 0])
        is_now = theme.text("what it is", theme.LABEL).next_to(state, DOWN, buff=0.3)
        believed = theme.text("what the model believes", theme.LABEL, theme.MODEL).next_to(
            guess, DOWN, buff=0.3
        )
        with self.say("At every step the model looks at the static, and the words."):
            self.play(FadeIn(state), FadeIn(is_now), run_time=1.0)
        with self.say(
            "Then it says what it believes the finished picture will be. This is its first guess."
        ) as line:
            line.until("believes")
            self.play(FadeIn(guess, shift=0.5 * RIGHT), FadeIn(believed), run_time=1.2)
        with self.say(
            f"{self._first_look()} Many pictures would fit this static and these words. The best guess is an average of them all."
        ) as line:
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.5)
            line.until("static")
            self.play(Circumscribe(state, color=theme.INK), run_time=1.0)
            line.until("average")
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.0)

        # Put both into one frame, with a seam down the middle.
        seam = self._seam(walk, step, height=4.9).move_to([0, 1.0, 0])
        amounts = {"picture": walk.signal_level, "noise": walk.noise_level}
        faders = Faders(amounts, step, {"picture": theme.SIGNAL, "noise": theme.NOISE}, width=8.0)
        faders.move_to([0, -2.25, 0])
        with self.say(
            "Put the two into one frame. Left of the line, what it is. Right of it, what the model believes."
        ) as line:
            self.play(FadeOut(is_now), FadeOut(believed), run_time=0.5)
            left, right = state.still(), guess.still()
            self.remove(state, guess)
            self.add(left, right)
            self.play(
                left.animate.match_height(seam).move_to(seam),
                right.animate.match_height(seam).move_to(seam),
                run_time=1.5,
            )
            self.remove(left, right)
            self.add(seam)
            for word, side in (("Left", LEFT), ("Right", RIGHT)):
                line.until(word)
                side_of_it = Rectangle(width=seam.width / 2, height=seam.height)
                side_of_it.move_to(seam).shift(side * seam.width / 4)
                self.play(
                    ShowPassingFlash(side_of_it.set_stroke(theme.MODEL, 8), time_width=0.6), run_time=1.3
                )
        with self.say(
            "Below it, two faders: how much picture, and how much noise. Their squares add up to one."
        ) as line:
            self.play(FadeIn(faders), run_time=1.0)
            line.until("squares")
            self.play(Circumscribe(faders, color=theme.TIME), run_time=1.4)

        # The strongest image: the whole walk with its belief beside it.
        half = self.cast.steps // 2
        with self.say("Now walk. The left side clears up. The right side makes up its mind.") as line:
            self.play(step.animate.set_value(half), run_time=line.remaining, rate_func=linear)
        with self.say("They come closer and closer. Finally, guess and picture agree completely.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
            self.play(Circumscribe(seam, color=theme.SIGNAL), run_time=1.0)
        self.sweep()

        self.tell(
            partial(self._one_step, walk), partial(self._bands, walk), partial(self._known_ending, walk)
        )

    def _one_step(self, walk: Capture) -> None:
        """One step opened up: the guess, the mix that the state is, and the same mix with other amounts."""
        k = self.cast.steps // 2
        a, b = walk.signal_level[k : k + 2], walk.noise_level[k : k + 2]
        place = {"left": [-4.6, 0.9, 0], "middle": [0, 0.9, 0], "right": [4.6, 0.9, 0]}

        # Into the model go the state and the words; out comes a guess.
        state = Picture(walk.pictures[k], height=3.2).move_to(place["left"])
        guess = Picture(walk.guess_pictures[k], height=3.2).move_to(place["right"])
        model = theme.text("model", theme.SENTENCE, theme.MODEL).move_to(place["middle"])
        box = SurroundingRectangle(model, color=theme.MODEL, corner_radius=0.15, buff=0.35)
        words = theme.text(textwrap.fill(self.cast.prompt, 18), theme.LABEL, theme.PROMPT)
        words.next_to(state, DOWN, buff=0.3)
        call = theme.text("unet( state, step, words )", theme.LABEL, theme.MODEL).move_to([1.9, -2.0, 0])
        with self.say(
            f"Now open up one step, step {k}. The state goes into the model, with the step's number and the words."
        ) as line:
            self.play(FadeIn(state), FadeIn(words), FadeIn(box), FadeIn(model), run_time=1.0)
            line.until("goes")
            going = VGroup(state.copy(), words.copy())
            self.play(going.animate.scale(0.25).move_to(model), run_time=1.4)
            self.remove(going)
        with self.say(
            "Out comes the guess. In the program, this is one line. The network is a U-Net."
        ) as line:
            self.play(FadeIn(guess, target_position=model, scale=0.3), run_time=1.2)
            line.until("In the program")
            self.play(FadeIn(call, shift=0.2 * UP), run_time=0.8)

        # The state is exactly so much guess plus so much predicted noise.
        noise = Picture.from_model(walk.noise[k], height=3.2).move_to(place["right"])
        equals, plus = (theme.text(sign).move_to([x, 0.9, 0]) for sign, x in (("=", -2.3), ("+", 2.3)))
        # Turned down, they are shown turned down: the three pictures add up as they stand.
        names = self._names("this state", a[0], b[0], (state, state.copy().move_to(place["middle"]), noise))
        with self.say(f"If the guess is right, the state holds that much of it: {a[0]:.2f}.") as line:
            self.play(FadeOut(words), FadeOut(box), FadeOut(model), FadeOut(call), run_time=0.5)
            self.play(guess.animate.move_to(place["middle"]), FadeIn(equals), FadeIn(names[0]), run_time=1.0)
            line.until("that much")
            self.play(
                guess.animate.set_pixels(to_pixels(a[0] * walk.guesses[k])), FadeIn(names[1]), run_time=0.9
            )
        with self.say(
            f"What remains of the state is the noise that the model blames, turned down to {b[0]:.2f}."
        ) as line:
            self.play(FadeIn(plus), FadeIn(noise), run_time=1.0)
            line.until("turned")
            self.play(
                noise.animate.set_pixels(to_pixels(b[0] * walk.noise[k])), FadeIn(names[2]), run_time=0.9
            )
        mixture = Equation(self.equations()["mixture"])
        measured = mixture.discrepancy_label().move_to([0, -2.3, 0])
        with self.say("So, by construction, the sum comes out, up to rounding."):
            self.play(Circumscribe(VGroup(guess, noise), color=theme.SIGNAL), run_time=1.2)
            self.play(FadeIn(measured), run_time=0.8)

        # Keep both, and turn the faders: the next state.
        after = Picture(walk.pictures[k + 1], height=3.2).move_to(place["left"])
        changed = self._names("next state", a[1], b[1], (after, guess, noise))
        step_call = theme.text("scheduler.step( … )", theme.LABEL, theme.TIME).move_to([0, -2.3, 0])
        with self.say(
            f"Now take the step. Keep both, and turn the faders: {a[1]:.2f} of the guess, {b[1]:.2f} of the noise."
        ):
            self.play(FadeOut(measured), FadeOut(state), FadeOut(names[0]), run_time=0.5)
            for k_name, tile, values in (
                (1, guess, a[1] * walk.guesses[k]),
                (2, noise, b[1] * walk.noise[k]),
            ):
                self.play(
                    FadeOut(names[k_name]),
                    FadeIn(changed[k_name]),
                    tile.animate.set_pixels(to_pixels(values)),
                    run_time=1.0,
                )
        with self.say("This gives the next state. The library calls this a scheduler's step."):
            flying = VGroup(guess.copy(), noise.copy())
            self.play(flying.animate.scale(0.5).move_to(place["left"]), run_time=0.9)
            self.play(
                FadeOut(flying),
                FadeIn(after),
                FadeIn(changed[0]),
                run_time=0.7,
            )
            self.play(FadeIn(step_call, shift=0.2 * UP), run_time=0.7)
        self.sweep()

    def _names(self, left: str, guess: float, noise: float, pictures: Sequence[Mobject]) -> VGroup:
        """What stands under the three pictures of a mix: a word, so much of the guess, so much of the noise."""
        words = (
            theme.text(left, theme.LABEL),
            theme.text(f"{guess:.2f} × guess", theme.LABEL, theme.MODEL),
            theme.text(f"{noise:.2f} × noise", theme.LABEL, theme.NOISE),
        )
        return VGroup(*(_under(name, picture) for name, picture in zip(words, pictures, strict=True)))

    def _seam(self, walk: Capture, step: ValueTracker, height: float) -> Seam:
        """The walk and its guess in one frame; the line between them is as bright as they differ."""
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=height)
        gaps = [measure.distance(one, other) for one, other in zip(walk.states, walk.guesses, strict=False)]
        brightness = np.array([*gaps, 0.0]) / max(gaps)

        def fade(line: VMobject) -> VMobject:
            return line.set_stroke(
                opacity=float(np.interp(step.get_value(), range(len(gaps) + 1), brightness))
            )

        drive(seam.line, fade)
        return seam

    def _settled(self) -> dict[str, int]:
        """The first step from which on each part of the guess is nine tenths of what it will be."""
        walk = self.captures["walk"]
        shares = measure.settling(walk.guesses, walk.states[-1])
        return {name: measure.settled_at(share) for name, share in shares.items()}

    def _coarse_first(self) -> bool:
        settled = self._settled()
        return settled["coarse"] < settled["middle"] < settled["fine"]

    def _bands(self, walk: Capture) -> None:
        """How soon the coarse, the middling and the fine parts of the guess are what they will be."""
        final = walk.states[-1]
        shares = measure.settling(walk.guesses, final)
        settled = self._settled()
        colors = {"coarse": theme.SIGNAL, "middle": theme.TIME, "fine": theme.PROMPT}

        # The finished picture, taken apart by the size of what is in it.
        whole = Picture(walk.pictures[-1], height=2.8)
        parts = [
            Picture.from_model(np.clip(band / np.abs(band).max(), -1, 1), height=2.8)
            for band in measure.bands(final).values()
        ]
        VGroup(whole, *parts).arrange(RIGHT, buff=0.5).move_to([0, 0.5, 0])
        finished = _under(theme.text("finished", theme.LABEL), whole)
        labels = [
            _under(theme.text(name, theme.LABEL, color), part)
            for (name, color), part in zip(colors.items(), parts, strict=True)
        ]
        with self.say(
            "When does the guess make up its mind? Take the finished picture apart. Coarse shapes."
        ) as line:
            self.play(FadeIn(whole), FadeIn(finished), run_time=0.8)
            line.until("Coarse")
            self.play(TransformFromCopy(whole, parts[0]), FadeIn(labels[0]), run_time=0.9)
        with self.say("Shapes of middling size. And fine detail. All with their contrast turned up.") as line:
            self.play(TransformFromCopy(whole, parts[1]), FadeIn(labels[1]), run_time=0.9)
            line.until("And")
            self.play(TransformFromCopy(whole, parts[2]), FadeIn(labels[2]), run_time=0.9)
        self.sweep()

        x = np.arange(1, self.cast.steps + 1)
        curves = {name: np.clip(share, 0, 1) for name, share in shares.items()}
        plot = LinePlot(
            x,
            curves,
            x_label="step",
            y_label="settled",
            colors=colors,
            y_range=(0.0, 1.0),
            width=7.2,
            height=3.6,
        ).move_to([0, 0.1, 0])
        plot.shift((theme.SAFE_LEFT + 0.3 - plot.axes.get_left()[0]) * RIGHT)
        mark = Line(plot.point(1, 0.9), plot.point(x[-1], 0.9), color=theme.MUTED, stroke_width=3)
        ninth = theme.text("0.9", theme.LABEL, theme.MUTED).next_to(mark, RIGHT, buff=0.3)
        # All three end at one: what they are called stands in a column, in the order of the legend.
        names = {
            name: theme.text(
                f"{name}: step {k}" if k <= self.cast.steps else f"{name}: at the end",
                theme.LABEL,
                colors[name],
            )
            for name, k in settled.items()
        }
        column = VGroup(*(on_baseline(name) for name in names.values()))
        for row, name in enumerate(column):
            name.shift(
                [ninth.get_left()[0] - name.get_left()[0], ninth.get_bottom()[1] - 0.75 * (row + 1), 0]
            )
        order = sorted(settled, key=settled.__getitem__)

        with self.say(
            "Compare each guess with the finished picture. One: the same. "
            "Zero: no better than a plain colour. Our mark is nine tenths."
        ) as line:
            self.play(FadeIn(plot.axes), run_time=1.0)
            for word, level in (("One", 1), ("Zero", 0)):
                line.until(word)
                along = Line(plot.point(1, level), plot.point(x[-1], level), color=theme.INK, stroke_width=6)
                self.play(ShowPassingFlash(along, time_width=0.5), run_time=1.2)
            line.until("mark")
            self.play(Create(mark), FadeIn(ninth), run_time=0.8)
        for name in order:
            k = settled[name]
            when = f"by step {k}" if k <= self.cast.steps else "only at the very end"
            with self.say(f"{SPOKEN_BANDS[name].capitalize()}: nine tenths are settled {when}.") as line:
                self.play(Create(plot.curves[name], rate_func=linear), run_time=0.6 * line.remaining)
                moves: list[Animation] = [FadeIn(names[name])]
                if k <= self.cast.steps:
                    top = plot.point(k, curves[name][k - 1])
                    moves.append(FadeIn(Dot(top, radius=0.13, color=colors[name])))
                    moves.append(Create(Line(top, plot.point(k, 0), color=colors[name], stroke_width=4)))
                self.play(*moves, run_time=0.9)
        if self._coarse_first():
            with self.say("The coarse before the fine. The walk sketches first, and fills in later.") as line:
                for name in order:
                    self.play(Circumscribe(names[name], color=colors[name]), run_time=0.9)
        self.sweep()

    def _known_ending(self, walk: Capture) -> None:
        """The honest comparison: a known picture drowned and played backwards, beside the walk."""
        known, step = self.captures["known"], ValueTracker(self.cast.steps)
        left = Walk(known.pictures, step, height=4.2).move_to([-3.4, 0.45, 0])
        right = Walk(walk.pictures, step, height=4.2).move_to([3.4, 0.45, 0])
        drawn = _under(theme.text("known, played backwards", theme.LABEL, theme.MUTED), left)
        walked = _under(theme.text("the walk", theme.LABEL, theme.MODEL), right)
        with self.say("Could we fake this? Here is a drawing. We drown it in noise.") as line:
            self.play(FadeIn(left), run_time=0.8)
            line.until("drown")
            self.play(step.animate.set_value(0), run_time=line.remaining, rate_func=linear)
        with self.say("Play that film backwards. On the right, the walk. Watch them side by side.") as line:
            self.play(FadeIn(drawn), run_time=0.8)
            line.until("right")
            self.play(FadeIn(right), FadeIn(walked), run_time=0.8)
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining + 2, rate_func=linear)
        with self.say(
            "Over many such films and many perfect walks, each state has the same statistics. Ours is not perfect."
        ) as line:
            line.until("films")
            self.play(Circumscribe(left, color=theme.MUTED), run_time=1.2)
            self.play(Circumscribe(right, color=theme.MODEL), run_time=1.2)
        beliefs = [
            Walk(capture.guess_pictures, step, height=4.2).move_to(side)
            for capture, side in ((known, left), (walk, right))
        ]
        guesses = (
            _under(theme.text("the film's ending", theme.LABEL, theme.MUTED), left),
            _under(theme.text("the walk's guess", theme.LABEL, theme.MODEL), right),
        )
        with self.say("The difference is in the guess. Rewind, and look there."):
            self.play(step.animate.set_value(0), run_time=1.2)
            self.play(FadeOut(drawn), FadeOut(walked), run_time=0.5)
            self.play(FadeOut(left), FadeOut(right), *(FadeIn(b) for b in (*beliefs, *guesses)), run_time=1.0)
        with self.say(
            "On the left it never changes: we knew the ending. On the right, nobody knows the ending yet."
        ) as line:
            self.play(
                step.animate.set_value(self.cast.steps - 1), run_time=line.remaining + 1, rate_func=linear
            )
        self.hold(0.5)

    # ------------------------------------------------------------- derivation

    def equations(self) -> Mapping[str, Checked]:
        walk, known = self.captures["walk"], self.captures["known"]
        levels = walk.alphas_cumprod.tolist()
        bar, before = r"overline(alpha)_t", BEFORE
        left, m = reverse_checks.left_of_noise(levels), reverse_checks.family_to_ddpm(walk)
        return {
            "mixture": Checked(
                rf"x_t = sqrt({bar}) hat(x)_0 + sqrt(1 - {bar}) hat(epsilon)",
                reverse_checks.mixture.on(walk),
                tolerance=1e-5,
            ),
            "forward": Checked(
                rf"x_t = sqrt({bar}) x_0 + sqrt(1 - {bar}) epsilon",
                reverse_checks.mixture.on(known),
                tolerance=1e-5,
            ),
            "one step": Checked(
                r"x_t = sqrt(alpha_t) x_(t-1) + sqrt(beta_t) epsilon_t",
                noise_checks.one_step.on(
                    alphas_cumprod=np.array(levels), static=known.noise[0].astype(np.float64)
                ),
            ),
            "letters": Checked(
                r"alpha_t = 1 - beta_t quad quad overline(alpha)_t = alpha_1 alpha_2 dots.c alpha_t",
                definition="names for what one step leaves, and for what all steps so far leave",
            ),
            "bayes": Checked(
                r"q(x_(t-1) | x_t, x_0) prop q(x_t | x_(t-1)) q(x_(t-1) | x_0)",
                reverse_checks.bayes(levels),
                tolerance=1e-9,
            ),
            "exponents": Checked(
                rf"-2 log q = (x_t - sqrt(alpha_t) x_(t-1))^2 / beta_t + (x_(t-1) - sqrt({before}) x_0)^2 / (1 - {before}) + C",
                reverse_checks.exponents_add(levels),
                tolerance=1e-8,
            ),
            "opened": Checked(
                rf"= x_(t-1)^2 (alpha_t / beta_t + 1 / (1 - {before})) - 2 x_(t-1) (sqrt(alpha_t) / beta_t x_t + sqrt({before}) / (1 - {before}) x_0) + C",
                reverse_checks.squares_opened(levels),
                tolerance=1e-8,
            ),
            "bell": Checked(
                r"-2 log q = x_(t-1)^2 / tilde(sigma)_t^2 - 2 x_(t-1) tilde(mu)_t / tilde(sigma)_t^2 + C",
                reverse_checks.bell(levels),
                tolerance=1e-8,
            ),
            "inverse": Checked(
                rf"1 / tilde(sigma)_t^2 = alpha_t / beta_t + 1 / (1 - {before})",
                reverse_checks.inverse_variance(levels),
                tolerance=1e-9,
            ),
            "common": Checked(
                rf"1 / tilde(sigma)_t^2 = (alpha_t (1 - {before}) + beta_t) / (beta_t (1 - {before}))",
                reverse_checks.common_denominator(levels),
                tolerance=1e-9,
            ),
            "numerator": Checked(
                rf"1 / tilde(sigma)_t^2 = (1 - {bar}) / (beta_t (1 - {before}))",
                reverse_checks.numerator(levels),
                tolerance=1e-9,
            ),
            "variance": Checked(
                rf"tilde(sigma)_t^2 = (1 - {before}) / (1 - {bar}) beta_t",
                reverse_checks.variance(levels),
                tolerance=1e-8,
            ),
            "linear": Checked(
                rf"tilde(mu)_t / tilde(sigma)_t^2 = sqrt(alpha_t) / beta_t x_t + sqrt({before}) / (1 - {before}) x_0",
                reverse_checks.mean_collected(levels),
                tolerance=1e-9,
            ),
            "collected": Checked(
                rf"tilde(mu)_t = tilde(sigma)_t^2 (sqrt(alpha_t) / beta_t x_t + sqrt({before}) / (1 - {before}) x_0)",
                reverse_checks.mean_collected(levels),
                tolerance=1e-9,
            ),
            "mean": Checked(
                rf"tilde(mu)_t = (sqrt(alpha_t) (1 - {before}) x_t + sqrt({before}) beta_t x_0) / (1 - {bar})",
                reverse_checks.mean(levels),
                tolerance=1e-8,
            ),
            "blamed": Checked(
                rf"hat(epsilon) = (x_t - sqrt({bar}) hat(x)_0) / sqrt(1 - {bar})",
                reverse_checks.blamed(walk),
                tolerance=1e-4,
            ),
            "guess": Checked(
                r"x_0 approx hat(x)_0 (x_t, t, c)",
                definition="an approximation: the guess in place of the ending",
            ),
            "family": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before} - sigma^2) hat(epsilon) + sigma z",
                reverse_checks.family_keeps_marginals(levels),
            ),
            "law": Checked(
                rf"(1 - {before} - sigma^2) + sigma^2 = 1 - {before}",
                reverse_checks.noise_adds_up(levels),
                tolerance=1e-12,
            ),
            "left": Checked(
                rf"1 - {before} - tilde(sigma)_t^2 = (1 - {before}) (1 - beta_t / (1 - {bar}))",
                left["factored"],
                tolerance=1e-12,
            ),
            "left common": Checked(
                rf"1 - {before} - tilde(sigma)_t^2 = (1 - {before}) (1 - {bar} - beta_t) / (1 - {bar})",
                left["common"],
                tolerance=1e-12,
            ),
            "left root": Checked(
                rf"1 - {before} - tilde(sigma)_t^2 = alpha_t (1 - {before})^2 / (1 - {bar})",
                left["root"],
                tolerance=1e-12,
            ),
            "m root": Checked(
                rf"m = sqrt({before}) hat(x)_0 + (sqrt(alpha_t) (1 - {before})) / sqrt(1 - {bar}) hat(epsilon)",
                m["root"],
                tolerance=1e-5,
            ),
            "m state": Checked(
                rf"m = sqrt({before}) hat(x)_0 + (sqrt(alpha_t) (1 - {before})) / (1 - {bar}) (x_t - sqrt({bar}) hat(x)_0)",
                m["state"],
                tolerance=1e-5,
            ),
            "m sorted": Checked(
                rf"m = (sqrt(alpha_t) (1 - {before})) / (1 - {bar}) x_t + sqrt({before}) (1 - {bar} - alpha_t (1 - {before})) / (1 - {bar}) hat(x)_0",
                m["sorted"],
                tolerance=1e-5,
            ),
            "ddpm": Checked(
                rf"m = (sqrt(alpha_t) (1 - {before}) x_t + sqrt({before}) beta_t hat(x)_0) / (1 - {bar})",
                reverse_checks.family_is_ddpm(walk),
                tolerance=1e-5,
            ),
            "ddim": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before}) hat(epsilon)",
                reverse_checks.ddim_update.on(walk),
                tolerance=1e-5,
            ),
            "collapse": Checked(
                r'op("Var") x_(t-1) = ((d m) / (d x_t))^2 op("Var") x_t',
                reverse_checks.collapse(levels),
                tolerance=1e-10,
            ),
        }

    def derivation(self) -> None:
        known = self.captures["known"]
        lines = {
            name: Equation(
                checked, font_size=SIZES.get(name, 60), colors={"x_t": theme.INK} if name == "guess" else {}
            )
            for name, checked in self.equations().items()
        }

        # What we know: how a picture is drowned.
        step = ValueTracker(self.cast.steps)
        picture = Walk(known.pictures, step, height=3.4).move_to([0, 1.4, 0])
        forward = lines["forward"].move_to([0, -1.6, 0])
        with self.say("We know how a picture is drowned. So much picture, plus so much noise.") as line:
            self.play(FadeIn(picture), FadeIn(forward), run_time=1.0)
            self.play(step.animate.set_value(0), run_time=line.remaining, rate_func=linear)
        with self.say("Here t says how deep we are. The walk comes up again, so t counts down.") as line:
            self.play(Circumscribe(forward.part("x_t"), color=theme.TIME), run_time=1.2)
            line.until("The walk")
            self.play(step.animate.set_value(self.cast.steps // 2), run_time=line.remaining, rate_func=linear)
        with self.say(
            "Suppose somebody told us the ending, x zero. Where were we one step less deep?"
        ) as line:
            line.until("x zero")
            self.play(Circumscribe(forward.part("x_0"), color=theme.SIGNAL), run_time=1.0)
            line.until("Where")
            self.play(step.animate.increment_value(1), Circumscribe(picture, color=theme.TIME), run_time=1.5)

        # The names, and one step of drowning.
        letters = lines["letters"].move_to([0, -1.6, 0])
        with self.say(
            "Beta is the variance of the noise that one step adds. Alpha is one minus beta."
        ) as line:
            self.play(FadeOut(forward), run_time=0.5)
            self.play(FadeIn(letters), run_time=0.8)
            self.play(Circumscribe(letters.part("beta_t"), color=theme.TIME), run_time=1.2)
            line.until("Alpha")
            self.play(Circumscribe(letters.part("alpha_t"), color=theme.TIME), run_time=1.2)
        with self.say("Alpha bar is all alphas so far, multiplied.") as line:
            self.play(Circumscribe(letters.part("overline(alpha)_t"), color=theme.TIME), run_time=1.2)
        one = lines["one step"].move_to([0, -1.1, 0])
        with self.say(
            "One step down: less of the state before, plus fresh noise. That is a bell around the first part, its variance beta."
        ) as line:
            self.play(FadeOut(letters), run_time=0.4)
            self.play(FadeIn(one), run_time=0.8)
            line.until("fresh")
            self.play(Circumscribe(one.part("epsilon_t"), color=theme.NOISE), run_time=1.2)
            line.until("first part")
            self.play(Circumscribe(one.part("sqrt(alpha_t) x_(t-1)"), color=theme.TIME), run_time=1.2)
            self.play(Circumscribe(one.part("beta_t"), color=theme.TIME), run_time=1.0)
        with self.say(
            "And all the steps from the drawing: a bell as well, its variance one minus alpha bar."
        ) as line:
            self.play(FadeIn(forward.move_to([0, -2.3, 0])), run_time=0.8)
            line.until("variance")
            self.play(Circumscribe(forward.part("1 - overline(alpha)_t"), color=theme.TIME), run_time=1.2)
        self.sweep()

        # Bayes, the exponents, the square; above them, what is known and what is asked for.
        film = self.captures["coarse"].pictures[::-1]
        chain = Chain(film[[0, 3, 4]], ("x_0", "x_(t-1)", "x_t"), height=1.6).move_to([0, 2.05, 0])
        ends = VGroup(chain.states[0], chain.states[2], chain.states[1][1])
        asked = theme.text("?", theme.TITLE, theme.TIME).move_to(chain.states[1][0])
        proof = Derivation(
            self, *(lines[n] for n in ("bayes", "exponents", "opened", "bell")), at=1.12 * DOWN
        )
        with self.say(
            "Call chances q. How likely is x t minus one, given where we are, and the ending?"
        ) as line:
            self.play(FadeIn(ends), FadeIn(asked), FadeIn(chain.arrows), run_time=1.0)
            for word, state in (
                ("x t minus one", asked),
                ("where", chain.states[2]),
                ("ending", chain.states[0]),
            ):
                line.until(word)
                self.play(Circumscribe(state, color=theme.TIME), run_time=0.9)
        with self.say(
            "By Bayes, up to a factor, as likely as the step from there to here, times being there at all. That step knows no ending."
        ) as line:
            proof.step()
            line.until("from there")
            step_down = VGroup(chain.arrows[1]), lines["bayes"].part("q(x_t | x_(t-1))")
            self.play(*(Circumscribe(part, color=theme.TIME) for part in step_down), run_time=1.3)
            line.until("being")
            down_to_it = VGroup(chain.arrows[0]), lines["bayes"].part("q(x_(t-1) | x_0)")
            self.play(*(Circumscribe(part, color=theme.TIME) for part in down_to_it), run_time=1.3)
        with self.say(
            "Both are bells. Take the logarithm, times minus two: each becomes a square over its variance."
        ):
            proof.step()
        with self.say(
            "Open the squares, and sort by x t minus one. Terms without it go into a constant, big C."
        ) as line:
            proof.step()
        with self.say(
            "One bell, of mean mu tilde and variance sigma tilde squared, looks just like this when opened."
        ) as line:
            proof.step()
        with self.say(
            "So this is a bell too. Compare what stands with the square, and with x t minus one alone."
        ) as line:
            pairs = (
                ("square", rf"alpha_t / beta_t + 1 / (1 - {BEFORE})", "tilde(sigma)_t^2"),
                (
                    "alone",
                    rf"sqrt(alpha_t) / beta_t x_t + sqrt({BEFORE}) / (1 - {BEFORE}) x_0",
                    "tilde(mu)_t / tilde(sigma)_t^2",
                ),
            )
            for word, above, below in pairs:
                line.until(word)
                both = lines["opened"].part(above), lines["bell"].part(below)
                self.play(*(Circumscribe(part, color=theme.TIME) for part in both), run_time=1.5)
        proof.clear()

        proof = Derivation(
            self, *(lines[n] for n in ("inverse", "common", "numerator", "variance")), at=1.15 * DOWN
        )
        with self.say("First the square. One over the variance is this sum."):
            proof.step()
            self.play(
                Circumscribe(lines["inverse"].part(r"alpha_t / beta_t"), color=theme.TIME), run_time=1.2
            )
        with self.say("Put it over one denominator."):
            proof.step()
        with self.say("Alpha times alpha bar before is alpha bar, and alpha plus beta is one.") as line:
            self.play(Circumscribe(lines["common"].part(r"alpha_t"), color=theme.TIME), run_time=1.2)
            line.until("and")
            self.play(Circumscribe(lines["common"].part(r"beta_t"), color=theme.TIME), run_time=1.2)
            proof.step()
        with self.say("Turn it upside down: the variance of one step back."):
            proof.step()
        proof.clear()

        proof = Derivation(self, *(lines[n] for n in ("linear", "collected", "mean")), at=1.15 * DOWN)
        with self.say("Then x t minus one alone. The mean over the variance is this sum."):
            proof.step()  # lint: allow small-text — of full size once it is written
        with self.say("Times the variance: that is the mean."):
            proof.step()
        with self.say(
            "Put in the variance. The mean mixes the present state with the finished picture."
        ) as line:
            proof.step()
            self.play(FadeOut(asked), FadeIn(chain.states[1][0]), run_time=0.6)
            line.until("present")
            self.play(Circumscribe(lines["mean"].part("x_t"), color=theme.INK), run_time=0.9)
            self.play(Circumscribe(lines["mean"].part("x_0"), color=theme.SIGNAL), run_time=0.9)
        self.sweep(0.5)

        # The one approximation, said aloud.
        walk, k = self.captures["walk"], self.cast.steps // 2
        parts = np.stack(
            [walk.guess_pictures[k], to_pixels(walk.noise[k]), self.captures["walk 1"].pictures[0]]
        )
        states = Chain(parts, (r"hat(x)_0", r"hat(epsilon)", "z"), height=1.6).move_to([0, 2.05, 0]).states
        approximation = lines["guess"].move_to([0, -0.55, 0])
        with self.say(
            "But nobody tells us the ending. We approximate: in its place goes the model's guess, from state, step and words, c."
        ) as line:
            line.until("We")
            self.play(FadeIn(approximation), run_time=0.8)
            self.play(Circumscribe(approximation, color=theme.WRONG), run_time=1.2)
            line.until("guess")
            self.play(FadeIn(states[0]), run_time=0.6)
            line.until("words")
            self.play(Circumscribe(approximation.part("c"), color=theme.PROMPT), run_time=1.0)
        blamed = lines["blamed"].move_to([0, -1.95, 0])
        with self.say("Then our first line tells how much noise the model blames: epsilon hat."):
            self.play(FadeIn(blamed), FadeIn(states[1]), run_time=0.8)
            self.play(Circumscribe(blamed.part("hat(epsilon)"), color=theme.NOISE), run_time=1.0)
        self.play(FadeOut(approximation), FadeOut(blamed), run_time=0.4)

        # One free number, the right amount of noise in every state.
        proof = Derivation(self, lines["family"], lines["law"], at=1.15 * DOWN)
        with self.say(
            "Now write the step with one free number, sigma. It says how much fresh noise, z, is added."
        ) as line:
            proof.step()
            self.play(Circumscribe(lines["family"].part("sigma z"), color=theme.TIME), run_time=1.2)
            line.until("fresh")
            self.play(FadeIn(states[2]), run_time=0.6)
        with self.say(
            "Why this root? Variances of independent noise add: with a good guess, to what drowning puts there, for any sigma it allows."
        ) as line:
            self.play(
                Circumscribe(lines["family"].part(rf"sqrt(1 - {BEFORE} - sigma^2)"), color=theme.TIME),
                run_time=1.2,
            )
            line.until("add")
            proof.step()
            line.until("for any")
            self.play(Circumscribe(lines["law"], color=theme.SIGNAL), run_time=1.2)
        proof.clear()

        # Sigma as Bayes has it: the same mean, by algebra.
        proof = Derivation(self, *(lines[n] for n in ("left", "left common", "left root")), at=1.15 * DOWN)
        with self.say(
            "Choose sigma as Bayes has it. Under the root, put in that variance, and take out the common factor."
        ):
            recalled = Equation(self.equations()["variance"], font_size=44).move_to([4.2, 2.2, 0])
            self.play(FadeOut(states[2]), FadeIn(recalled), run_time=0.5)
            proof.step()
            self.play(Circumscribe(lines["left"].part("tilde(sigma)_t^2"), color=theme.TIME), run_time=1.2)
        with self.say("One denominator."):
            proof.step()
        with self.say(
            "One minus beta is alpha, and alpha bar holds one alpha too. So alpha comes out, and leaves the same factor again."
        ):
            self.play(
                Circumscribe(lines["left common"].part("1 - overline(alpha)_t - beta_t"), color=theme.TIME),
                run_time=1.2,
            )
            proof.step()
        proof.clear()

        proof = Derivation(
            self, *(lines[n] for n in ("m root", "m state", "m sorted", "ddpm")), at=1.15 * DOWN
        )
        with self.say("The step without fresh noise, call it m, contains this very root."):
            self.play(FadeOut(recalled), run_time=0.4)
            proof.step()
        with self.say("Put in the noise that the model blames, as state and guess."):
            proof.step()
        with self.say("Sort by the two. Root alpha bar holds one more root alpha."):
            proof.step()
        with self.say(
            "As the variance showed, this top is just beta. It is the mean from before: this sampler is DDPM."
        ) as line:
            self.play(
                Circumscribe(
                    lines["m sorted"].part(rf"1 - overline(alpha)_t - alpha_t (1 - {BEFORE})"),
                    color=theme.TIME,
                ),
                run_time=1.2,
            )
            proof.step()
        proof.clear()

        # Sigma zero: the walk that was filmed.
        ddim = lines["ddim"].move_to([0, -1.0, 0])
        measured = ddim.discrepancy_label().move_to([0, -2.3, 0])
        with self.say(
            "Or choose zero: no noise is added. This is DDIM, the walk that you saw, up to rounding."
        ) as line:
            self.play(FadeIn(ddim), run_time=1.0)
            line.until("This is")
            self.play(Circumscribe(ddim, color=theme.SIGNAL), run_time=1.2)
            line.until("up to")
            self.play(FadeIn(measured), run_time=0.8)
        self.sweep()

        self.tell(self._the_trap, self._answer)

    def _the_trap(self) -> None:
        """DDPM's mean without its noise: every seed collapses towards one picture."""
        step = ValueTracker(0)
        walks = [[self.captures[n] for n in names] for names in self._walks_and_traps()]
        rows = [
            VGroup(*(Walk(c.pictures, step, height=2.45) for c in row)).arrange(RIGHT, buff=0.25)
            for row in walks
        ]
        VGroup(*rows).arrange(DOWN, buff=0.25).move_to([0.9, 0.15, 0])
        fine = theme.text("DDIM", theme.SENTENCE, theme.SIGNAL).next_to(rows[0], LEFT, buff=0.4)
        trap = theme.text("mean\nonly", theme.SENTENCE, theme.WRONG).next_to(rows[1], LEFT, buff=0.4)
        with self.say(
            "Now a trap. Take the mean of DDPM, and forget its noise. Surely that is DDIM?"
        ) as line:
            self.play(FadeIn(rows[0]), FadeIn(fine), run_time=0.8)
            line.until("forget")
            self.play(FadeIn(rows[1]), FadeIn(trap), run_time=0.8)
        with self.say("Four seeds, above and below from the same static.") as line:
            seconds = max(line.remaining, 3.0)
            self.play(step.animate.set_value(self.cast.steps), run_time=seconds, rate_func=linear)
        with self.say(self._verdict()):
            self.play(Circumscribe(rows[1], color=theme.WRONG), run_time=1.8)
        shrinking = Equation(self.equations()["collapse"], font_size=54).move_to([0, -1.0, 0])
        slope = shrinking.part("(d m) / (d x_t)")
        with self.say(
            "Take a toy: all pictures are one bell, m a straight line in x t. Its slope, squared, multiplies the variance. DDPM left room for fresh noise: it stays empty."
        ) as line:
            self.play(FadeOut(rows[0]), FadeOut(fine), run_time=0.6)
            group = VGroup(rows[1], trap)
            self.play(group.animate.set_y(1.3), run_time=0.8)
            line.until("straight")
            self.play(FadeIn(slope), run_time=0.8)
            line.until("slope")
            rest = VGroup(*(glyph for glyph in shrinking if glyph not in slope))
            measured = shrinking.discrepancy_label("in the toy: ").move_to([0, -2.3, 0])
            self.play(FadeIn(rest), run_time=0.8)
            self.play(FadeIn(measured), run_time=0.6)
            line.until("stays")
            self.play(Circumscribe(rows[1], color=theme.WRONG), run_time=1.2)
        self.sweep()

    def _answer(self) -> None:
        """The chapter's question, answered over the seam."""
        walk, step = self.captures["walk"], ValueTracker(0)
        seam = self._seam(walk, step, height=5.6).move_to([0, 0.3, 0])
        with self.say(
            "So how does a picture come out of noise? The model guesses the ending, and we take a small step towards it."
        ):
            self.play(FadeIn(seam), run_time=0.8)
            self.play(step.animate.set_value(self.cast.steps // 3), run_time=3.0, rate_func=linear)
        with self.say(
            "Then it sees a little more, and guesses again. Until the guess is the picture."
        ) as line:
            # The finished picture is there before the last words are.
            seconds = max(line.remaining - 1.0, 1.0)
            self.play(step.animate.set_value(self.cast.steps), run_time=seconds, rate_func=linear)
        self.hold(0.5)

    def _walks_and_traps(self) -> tuple[list[str], list[str]]:
        return ["walk", *(f"walk {k}" for k in range(1, SEEDS))], [f"trap {k}" for k in range(SEEDS)]

    # ----------------------------------------------------------------- claims

    def claims(self) -> Mapping[str, Claim]:
        walk, known, steps = self.captures["walk"], self.captures["known"], self.cast.steps
        final = walk.states[-1]
        shares = measure.settling(walk.guesses, final)
        change = round(self._collapse())
        spreads = [
            np.mean([measure.distance(a, b) ** 2 for a, b in combinations(ends, 2)])
            for ends in ([self.captures[n].states[-1] for n in names] for names in self._walks_and_traps())
        ]
        others = [measure.distance(final, self.captures[f"walk {k}"].states[-1]) for k in range(1, SEEDS)]
        said = {
            "one step": Claim(
                "Here is one step. Hardly anything has changed.",
                measure.distance(walk.states[1], walk.states[0]) / measure.distance(walk.states[0], 0),
                "root mean square change of the numbers in the first step over their root mean square",
                high=0.25,
            ),
            "first guess": Claim(
                self._first_look(),
                self._first_shapes(),
                "root mean square of the middling shapes in the first guess over that in the finished picture",
                high=BLUR if self._first_shapes() <= BLUR else 1,
            ),
            "squares": Claim(
                "Their squares add up to one.",
                float(np.abs(walk.signal_level**2 + walk.noise_level**2 - 1).max()),
                "largest distance from one of ᾱ + (1−ᾱ), the squared amounts of picture and noise",
                high=1e-6,
            ),
            "all steps": Claim(
                f"After {counted(steps, 'step')}, the noise is gone.",
                walk.noise_level[-1],
                "√(1−ᾱ) of the last captured state",
                high=1e-6,
            ),
            "other seeds": Claim(
                "The same machine, the same words, and other pictures.",
                min(others),
                "smallest root mean square distance between the finished picture and those of three other seeds, "
                "in model units",
                low=0.05,
            ),
            "agree": Claim(
                "Finally, guess and picture agree completely.",
                float(np.abs(walk.guesses[-1] - final).max()),
                "largest difference between the last guess and the finished picture, in model units",
                high=1e-5,
            ),
            "known ending": Claim(
                "On the left the guess never changes.",
                float(np.abs(known.guesses - known.guesses[-1]).max()),
                "largest difference between any two guesses of the film of the known drawing, in model units",
                high=1e-5,
            ),
            "no known ending": Claim(
                "On the right, nobody knows the ending yet.",
                measure.distance(walk.guesses[0], walk.guesses[-1]),
                "root mean square distance between the walk's first and last guess, in model units",
                low=0.05,
            ),
            "trap": Claim(
                self._verdict(),
                float(abs(100 * (np.sqrt(spreads[1] / spreads[0]) - 1))),
                "root mean square distance between two of four finished pictures, without DDPM's noise, by DDIM's",
                low=abs(change) - 0.5,
                high=abs(change) + 0.5,
                unit="percent",
            ),
        }
        for name, share in shares.items():
            settled = measure.settled_at(share)
            if settled <= steps:
                said[f"settled {name}"] = Claim(
                    f"{SPOKEN_BANDS[name].capitalize()}: nine tenths are settled by step {settled}.",
                    float(share[settled - 1 :].min()),
                    "smallest share, from that step on, of this frequency band of the finished picture that the "
                    "guess already has",
                    low=0.9,
                )
        return said

    def _first_shapes(self) -> float:
        """How much of the finished picture's middling shapes the first guess has, by root mean square."""
        walk = self.captures["walk"]
        first, final = (measure.bands(one)["middle"] for one in (walk.guesses[0], walk.states[-1]))
        return float(np.sqrt((first**2).mean() / (final**2).mean()))

    def _first_look(self) -> str:
        return "A blur." if self._first_shapes() <= BLUR else "Soft still."

    def _collapse(self) -> float:
        """By how many percent the pictures of DDPM's bare mean differ more from each other than DDIM's."""
        ddim, bare = (
            measure.spread(np.stack([self.captures[n].states[-1] for n in names]))
            for names in self._walks_and_traps()
        )
        return 100 * (bare / ddim - 1)

    def _verdict(self) -> str:
        change = round(self._collapse())
        return f"The pictures below differ from each other {abs(change)} percent {'less' if change < 0 else 'more'}."

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """The seam: what it is, what the model believes."""
        walk = self.captures["walk"]
        # Late enough that the picture is seen on both sides, early enough that they differ.
        step = ValueTracker(int(np.argmax(walk.noise_level < 0.4)))
        return Seam(walk.pictures, walk.guess_pictures, step, height=6.0)
