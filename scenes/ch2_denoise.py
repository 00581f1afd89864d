"""Chapter 2: the walk back, from static to a picture."""

import textwrap
from collections.abc import Mapping
from dataclasses import replace
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
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    Rectangle,
    ReplacementTransform,
    ShowPassingFlash,
    SurroundingRectangle,
    ValueTracker,
    VGroup,
    linear,
)

from course.maths import checks, measure
from course.precompute import Capture, CaptureSpec
from course.stage import Chapter, Mosaic, Picture, Seam, Walk, theme
from course.stage.chain import Chain
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.pictures import to_pixels
from course.stage.plots import LinePlot
from course.stage.sliders import Faders, StepDots
from course.stage.words import counted

SEEDS = 4
FRACTIONS = ("exponents", "bell", "inverse", "common", "numerator", "variance", "collected", "mean")
SPOKEN_BANDS = {"coarse": "coarse shapes", "middle": "middling shapes", "fine": "fine detail"}


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
        ) as line:
            self.sound_walk(walk.alphas_cumprod[steps // 5 :], line.remaining + 1.5)
            self.play(step.animate.set_value(steps), run_time=line.remaining + 1.5, rate_func=linear)

        with self.say(f"After {counted(steps, 'step')}, the noise is gone.") as line:
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=1.2)

        # The picture shrinks into the last place of a page that holds every step.
        mosaic = Mosaic(self._chosen_thirty(walk.pictures))
        last = mosaic[len(mosaic) - 1]
        with self.say(
            "Here is the whole walk at once. Nothing was skipped, and nothing was touched up."
        ) as line:
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
        with self.say("In the last row there is hardly anything left to do.") as line:
            self.play(frame.animate.move_to(final), run_time=1.2)
        with self.say("Yet there is no single step at which the picture appears.") as line:
            self.play(FadeOut(frame), run_time=0.8)
        self.sweep()

        # The surprise: nothing was hidden in the static, for other static gives another picture.
        step.set_value(0)
        names = [f"walk {k}" for k in (1, 2)]
        pair = VGroup(*(Walk(self.captures[n].pictures, step, height=4.6) for n in names)).arrange(
            RIGHT, buff=0.6
        )
        pair.move_to([0, 0.2, 0])
        with self.say(
            "Was the picture hidden in the static all along? Roll the dice again, and keep the words."
        ) as line:
            self.play(FadeIn(pair), run_time=1.0)
        with self.say(
            "The same machine, the same words, and other pictures. They were made on the way."
        ) as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        with self.say(
            "So where do they come from? From what the machine believes. Let us look at that."
        ) as line:
            self.play(pair.animate.scale(0.97), run_time=line.remaining)

    def _chosen_thirty(self, pictures: np.ndarray) -> np.ndarray:
        """Thirty states in order, the finished picture last: every step of thirty, or thirty of more or fewer."""
        return pictures[np.linspace(1, len(pictures) - 1, 30).round().astype(int)]

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
            "A blur. With nothing but noise to go on, the best guess is an average of everything it could be."
        ):
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.5)

        # Put both into one frame, with a seam down the middle.
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=4.9).move_to([0, 1.0, 0])
        amounts = {"picture": walk.signal_level, "noise": walk.noise_level}
        faders = Faders(amounts, step, {"picture": theme.SIGNAL, "noise": theme.NOISE}, width=8.0)
        faders.move_to([0, -2.25, 0])
        with self.say(
            "Let us put the two into one frame. Left of the line, what it is. Right of it, what the model believes."
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
        with self.say("Below it, two faders: how much picture there is, and how much noise.") as line:
            self.play(FadeIn(faders), run_time=1.0)

        # The strongest image: the whole walk with its belief beside it.
        half = self.cast.steps // 2
        with self.say("Now walk. The left side clears up. The right side makes up its mind.") as line:
            self.play(step.animate.set_value(half), run_time=line.remaining + 1, rate_func=linear)
        with self.say("Watch the line in the middle. It fades, as the two sides come to agree.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining + 1.5, rate_func=linear)
        with self.say("Finally, guess and picture agree completely."):
            self.play(Circumscribe(seam, color=theme.SIGNAL), run_time=1.4)
        self.sweep()

        self._one_step(walk)
        self._bands(walk)
        self._known_ending(walk)

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
            f"Now open up one step. Step {k}, say. The state goes into the model, together with the words."
        ) as line:
            self.play(FadeIn(state), FadeIn(words), FadeIn(box), FadeIn(model), run_time=1.0)
            line.until("goes")
            going = VGroup(state.copy(), words.copy())
            self.play(going.animate.scale(0.25).move_to(model), run_time=1.4)
            self.remove(going)
        with self.say(
            "Out comes the guess. In the program, this is one line. The network is called U net."
        ) as line:
            self.play(FadeIn(guess, target_position=model, scale=0.3), run_time=1.2)
            line.until("In the program")
            self.play(FadeIn(call, shift=0.2 * UP), run_time=0.8)

        # The state is exactly so much guess plus so much predicted noise.
        noise = Picture.from_model(walk.noise[k], height=3.2).move_to(place["right"])
        equals, plus = (theme.text(sign).move_to([x, 0.9, 0]) for sign, x in (("=", -2.3), ("+", 2.3)))
        names = VGroup(
            theme.text("this state", theme.LABEL).next_to(state, DOWN, buff=0.3),
            theme.text(f"{a[0]:.2f} × guess", theme.LABEL, theme.SIGNAL).move_to([0, 0, 0]),
            theme.text(f"{b[0]:.2f} × noise", theme.LABEL, theme.NOISE).next_to(noise, DOWN, buff=0.3),
        )
        names[1].move_to([0, names[0].get_y(), 0])
        with self.say(f"So the state is a mix of two things. The guess, turned down to {a[0]:.2f}.") as line:
            self.play(FadeOut(words), FadeOut(box), FadeOut(model), FadeOut(call), run_time=0.5)
            self.play(guess.animate.move_to(place["middle"]), FadeIn(equals), FadeIn(names[0]), run_time=1.0)
            line.until("turned")
            self.play(FadeIn(names[1]), run_time=0.6)
        with self.say(f"And the noise that the model blames, turned down to {b[0]:.2f}."):
            self.play(FadeIn(plus), FadeIn(noise), FadeIn(names[2]), run_time=1.0)
        mixture = Equation(self.equations()["mixture"], font_size=60).move_to([0, -2.3, 0])
        with self.say("That is exact, at every step of this run. We checked it, number by number."):
            self.play(FadeIn(mixture), run_time=0.8)
            self.hold(1.5)
            measured = mixture.discrepancy_label().move_to(mixture)
            self.play(FadeOut(mixture), FadeIn(measured), run_time=0.8)

        # Keep both, and turn the faders: the next state.
        after = Picture(walk.pictures[k + 1], height=3.2).move_to(place["left"])
        changed = VGroup(
            theme.text("next state", theme.LABEL),
            theme.text(f"{a[1]:.2f} × guess", theme.LABEL, theme.SIGNAL),
            theme.text(f"{b[1]:.2f} × noise", theme.LABEL, theme.NOISE),
        )
        for new, old in zip(changed, names, strict=True):
            new.move_to(old)
        step_call = theme.text("scheduler.step( … )", theme.LABEL, theme.TIME).move_to([0, -2.3, 0])
        with self.say(
            f"Now take the step. Keep both, and turn the faders: {a[1]:.2f} of the guess, {b[1]:.2f} of the noise."
        ):
            self.play(FadeOut(measured), FadeIn(step_call), run_time=0.7)
            self.play(FadeOut(names[1]), FadeIn(changed[1]), run_time=0.8)
            self.play(FadeOut(names[2]), FadeIn(changed[2]), run_time=0.8)
        with self.say("This gives the next state. Nothing else happens during one step.") as line:
            flying = VGroup(guess.copy(), noise.copy())
            self.play(flying.animate.scale(0.5).move_to(place["left"]), run_time=0.9)
            self.play(
                FadeOut(flying),
                FadeOut(state),
                FadeOut(names[0]),
                FadeIn(after),
                FadeIn(changed[0]),
                run_time=0.7,
            )
        self.sweep()

    def _bands(self, walk: Capture) -> None:
        """How soon the coarse, the middling and the fine parts of the guess are what they will be."""
        final = walk.states[-1]
        shares = measure.settling(walk.guesses, final)
        settled = {name: measure.settled_at(share) for name, share in shares.items()}
        colors = {"coarse": theme.SIGNAL, "middle": theme.TIME, "fine": theme.PROMPT}

        # The finished picture, taken apart by the size of what is in it.
        parts = [
            Picture.from_model(np.clip(band / np.abs(band).max(), -1, 1), height=3.6)
            for band in measure.bands(final).values()
        ]
        row = VGroup(*parts).arrange(RIGHT, buff=0.8).move_to([0, 0.5, 0])
        labels = [
            theme.text(name, theme.LABEL, color).next_to(part, DOWN, buff=0.3)
            for (name, color), part in zip(colors.items(), parts, strict=True)
        ]
        with self.say(
            "When does the guess make up its mind? Take the finished picture apart. Coarse shapes."
        ) as line:
            line.until("Coarse")
            self.play(FadeIn(row[0]), FadeIn(labels[0]), run_time=0.8)
        with self.say("Shapes of middling size. And fine detail.") as line:
            self.play(FadeIn(row[1]), FadeIn(labels[1]), run_time=0.8)
            line.until("And")
            self.play(FadeIn(row[2]), FadeIn(labels[2]), run_time=0.8)
        self.sweep()

        x = np.arange(1, self.cast.steps + 1)
        curves = {name: np.clip(share, 0, 1) for name, share in shares.items()}
        plot = LinePlot(x, curves, x_label="step", y_label="settled", colors=colors, width=8.0, height=3.6)
        plot.move_to([0.2, 0.1, 0])
        # All three end at one: their names stand in a column below that point, in the order of the legend.
        column = VGroup(*plot.names.values()).arrange(DOWN, aligned_edge=LEFT, buff=0.2)
        column.next_to(plot.point(x[-1], 1), RIGHT, buff=0.3).align_to(plot.point(x[-1], 1), UP)
        order = sorted(settled, key=settled.__getitem__)

        def drawn(name: str) -> list[Animation]:
            return [Create(plot.curves[name], rate_func=linear), FadeIn(plot.names[name])]

        with self.say(
            "Now ask of each guess how much of that it already has. One means: nothing changes any more."
        ):
            self.play(FadeIn(plot.axes), run_time=1.0)
        for name in order:
            when = f"by step {settled[name]}" if settled[name] <= self.cast.steps else "only at the very end"
            with self.say(f"{SPOKEN_BANDS[name].capitalize()}: nine tenths are settled {when}.") as line:
                self.play(*drawn(name), run_time=line.remaining)
        if order == list(colors):
            with self.say("The coarse before the fine. The walk sketches first, and fills in later."):
                self.play(Circumscribe(plot.axes, color=theme.SIGNAL), run_time=1.5)
        self.sweep()

    def _known_ending(self, walk: Capture) -> None:
        """The honest comparison: a known picture drowned and played backwards, beside the walk."""
        known, step = self.captures["known"], ValueTracker(0)
        left = Walk(known.pictures, step, height=4.2).move_to([-3.4, 0.45, 0])
        right = Walk(walk.pictures, step, height=4.2).move_to([3.4, 0.45, 0])
        drawn = theme.text("known, played backwards", theme.LABEL, theme.MUTED).next_to(left, DOWN, buff=0.3)
        walked = theme.text("the walk", theme.LABEL, theme.MODEL).next_to(right, DOWN, buff=0.3)
        with self.say(
            "Could we fake this? On the left is a drawing that we drowned in noise, and play backwards."
        ):
            self.play(FadeIn(left), FadeIn(drawn), run_time=1.0)
        with self.say("On the right, the walk. Watch them side by side.") as line:
            self.play(FadeIn(right), FadeIn(walked), run_time=0.8)
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining + 3, rate_func=linear)
        with self.say(
            "Both turn static into a picture. Over many pictures, a perfect walk and such a film follow the same law."
        ) as line:
            line.until("perfect walk")
            self.play(Circumscribe(right, color=theme.MODEL), run_time=1.2)
            self.play(Circumscribe(left, color=theme.MUTED), run_time=1.2)
        beliefs = [
            Walk(capture.guess_pictures, step, height=4.2).move_to(side)
            for capture, side in ((known, left), (walk, right))
        ]
        with self.say("The difference is in the guess. Rewind, and look at that instead.") as line:
            self.play(step.animate.set_value(0), run_time=1.2)
            self.play(FadeOut(left), FadeOut(right), *(FadeIn(b) for b in beliefs), run_time=1.0)
        with self.say(
            "On the left it never changes: we knew the ending. On the right, nobody knows the ending yet."
        ) as line:
            self.play(
                step.animate.set_value(self.cast.steps - 1), run_time=line.remaining + 1, rate_func=linear
            )
        self.hold(1.0)

    # ------------------------------------------------------------- derivation

    def equations(self) -> Mapping[str, Checked]:
        walk, known = self.captures["walk"], self.captures["known"]
        levels = walk.alphas_cumprod.tolist()
        bar, before = r"overline(alpha)_t", r"overline(alpha)_(t-1)"
        return {
            "mixture": Checked(
                rf"x_t = sqrt({bar}) hat(x)_0 + sqrt(1 - {bar}) hat(epsilon)",
                checks.mixture(walk),
                tolerance=1e-5,
            ),
            "forward": Checked(
                rf"x_t = sqrt({bar}) x_0 + sqrt(1 - {bar}) epsilon", checks.mixture(known), tolerance=1e-5
            ),
            "letters": Checked(
                r"alpha_t = 1 - beta_t quad quad overline(alpha)_t = alpha_1 alpha_2 dots.c alpha_t",
                definition="names for what one step leaves, and for what all steps so far leave",
            ),
            "bayes": Checked(
                r"q(x_(t-1) | x_t, x_0) prop q(x_t | x_(t-1)) q(x_(t-1) | x_0)",
                checks.bayes(levels),
                tolerance=1e-9,
            ),
            "exponents": Checked(
                rf"-2 log q = (x_t - sqrt(alpha_t) x_(t-1))^2 / beta_t + (x_(t-1) - sqrt({before}) x_0)^2 / (1 - {before}) + C",
                checks.exponents_add(levels),
                tolerance=1e-8,
            ),
            "bell": Checked(
                r"-2 log q = x_(t-1)^2 / tilde(sigma)_t^2 - 2 x_(t-1) tilde(mu)_t / tilde(sigma)_t^2 + C",
                checks.bell(levels),
                tolerance=1e-8,
            ),
            "inverse": Checked(
                rf"1 / tilde(sigma)_t^2 = alpha_t / beta_t + 1 / (1 - {before})",
                checks.inverse_variance(levels),
                tolerance=1e-9,
            ),
            "common": Checked(
                rf"1 / tilde(sigma)_t^2 = (alpha_t (1 - {before}) + beta_t) / (beta_t (1 - {before}))",
                checks.common_denominator(levels),
                tolerance=1e-9,
            ),
            "numerator": Checked(
                rf"1 / tilde(sigma)_t^2 = (1 - {bar}) / (beta_t (1 - {before}))",
                checks.numerator(levels),
                tolerance=1e-9,
            ),
            "variance": Checked(
                rf"tilde(sigma)_t^2 = (1 - {before}) / (1 - {bar}) beta_t",
                checks.variance(levels),
                tolerance=1e-8,
            ),
            "collected": Checked(
                rf"tilde(mu)_t = tilde(sigma)_t^2 (sqrt(alpha_t) / beta_t x_t + sqrt({before}) / (1 - {before}) x_0)",
                checks.mean_collected(levels),
                tolerance=1e-9,
            ),
            "mean": Checked(
                rf"tilde(mu)_t = (sqrt(alpha_t) (1 - {before}) x_t + sqrt({before}) beta_t x_0) / (1 - {bar})",
                checks.mean(levels),
                tolerance=1e-8,
            ),
            "guess": Checked(
                r"x_0 approx hat(x)_0 (x_t, c)",
                definition="an approximation: the guess in place of the ending",
            ),
            "family": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before} - sigma^2) hat(epsilon) + sigma z",
                checks.family_keeps_marginals(levels),
            ),
            "law": Checked(
                rf"(1 - {before} - sigma^2) + sigma^2 = 1 - {before}",
                checks.noise_adds_up(levels),
                tolerance=1e-12,
            ),
            "ddpm": Checked(
                rf"sqrt({before}) hat(x)_0 + sqrt(1 - {before} - tilde(sigma)_t^2) hat(epsilon) = tilde(mu)_t (x_t, hat(x)_0)",
                checks.family_is_ddpm(walk),
                tolerance=1e-5,
            ),
            "ddim": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before}) hat(epsilon)",
                checks.ddim_update(walk),
                tolerance=1e-5,
            ),
            "collapse": Checked(
                r'op("Var") x_(t-1) = ((d tilde(mu)_t) / (d x_t))^2 op("Var") x_t',
                checks.collapse(levels),
                tolerance=1e-10,
            ),
        }

    def derivation(self) -> None:
        known = self.captures["known"]
        lines = {
            name: Equation(checked, font_size=44 if name in FRACTIONS else 60)
            for name, checked in self.equations().items()
        }

        # What we know: how a picture is drowned.
        step = ValueTracker(self.cast.steps)
        picture = Walk(known.pictures, step, height=3.4).move_to([0, 1.4, 0])
        forward = lines["forward"].move_to([0, -1.6, 0])
        with self.say("We know how a picture is drowned. So much picture, plus so much noise.") as line:
            self.play(FadeIn(picture), FadeIn(forward), run_time=1.0)
            self.play(step.animate.set_value(0), run_time=line.remaining, rate_func=linear)
        with self.say(
            "Now back. Suppose somebody told us the ending, x zero. Where were we one step earlier?"
        ) as line:
            line.until("Where")
            self.play(step.animate.set_value(1), Circumscribe(picture, color=theme.TIME), run_time=1.5)
        letters = lines["letters"].move_to([0, -1.6, 0])
        with self.say(
            "Two letters first. Beta is the noise that one step adds. Alpha is what it leaves of the rest."
        ):
            self.play(FadeOut(forward), run_time=0.5)
            self.play(FadeIn(letters), run_time=0.8)
            self.play(Circumscribe(letters.part("beta_t"), color=theme.TIME), run_time=1.2)
        with self.say("Alpha bar is all of them multiplied: how much picture is left by then.") as line:
            line.until("multiplied")
            self.play(Circumscribe(letters.part("overline(alpha)_t"), color=theme.TIME), run_time=1.2)
        self.sweep()

        # Bayes, the exponents, the square; above them, what is known and what is asked for.
        film = self.captures["coarse"].pictures[::-1]
        chain = Chain(film[[0, 3, 4]], ("x_0", "x_(t-1)", "x_t"), height=1.6).move_to([0, 2.0, 0])
        ends = VGroup(chain.states[0], chain.states[2])
        asked = theme.text("?", theme.TITLE, theme.TIME).move_to(chain.states[1])
        proof = Derivation(self, *(lines[n] for n in ("bayes", "exponents", "bell")), at=1.15 * DOWN)
        with self.say(
            "Bayes says: the chance of the step from there to here, times the chance of being there."
        ):
            self.play(FadeIn(ends), FadeIn(asked), FadeIn(chain.arrows), run_time=1.0)
            proof.step()
        with self.say(
            "Both are bell curves. Take the logarithm, times minus two: each bell becomes a square."
        ):
            proof.step()
        with self.say("And squares of the same letter add up to one square, and a constant.") as line:
            line.until("one square")
            proof.step()
        with self.say(
            "So this is a bell too. Its variance stands under the square of x t minus one."
        ) as line:
            line.until("variance")
            self.play(Circumscribe(lines["bell"].part("tilde(sigma)_t^2"), color=theme.TIME), run_time=1.2)
        proof.clear()

        proof = Derivation(
            self, *(lines[n] for n in ("inverse", "common", "numerator", "variance")), at=1.15 * DOWN
        )
        with self.say(
            "What multiplies that square? In the bell, one over the variance. In the sum, these two."
        ):
            proof.step()
            self.play(
                Circumscribe(lines["inverse"].part(r"alpha_t / beta_t"), color=theme.TIME), run_time=1.2
            )
        with self.say("Put them over one denominator."):
            proof.step()
        with self.say("Alpha times alpha bar is the next alpha bar. And alpha plus beta is one.") as line:
            self.play(Circumscribe(lines["common"].part(r"alpha_t"), color=theme.TIME), run_time=1.2)
            line.until("And")
            self.play(Circumscribe(lines["common"].part(r"beta_t"), color=theme.TIME), run_time=1.2)
        with self.say("So all of the top is one minus alpha bar."):
            proof.step()
        with self.say("Turn it upside down. That is the variance of one step back."):
            proof.step()
        proof.clear()

        proof = Derivation(self, lines["collected"], lines["mean"], at=1.15 * DOWN)
        with self.say("Now what multiplies x t minus one just once. Times the variance, that is the mean."):
            proof.step()
        with self.say(
            "Put in the variance. The mean mixes the present state with the finished picture."
        ) as line:
            proof.step()
            self.play(FadeOut(asked), FadeIn(chain.states[1]), run_time=0.6)
            line.until("present")
            self.play(Circumscribe(lines["mean"].part("x_t"), color=theme.INK), run_time=0.9)
            self.play(Circumscribe(lines["mean"].part("x_0"), color=theme.SIGNAL), run_time=0.9)
        self.sweep(0.5)

        # The one approximation, said aloud.
        walk, k = self.captures["walk"], self.cast.steps // 2
        parts = np.stack(
            [walk.guess_pictures[k], to_pixels(walk.noise[k]), self.captures["walk 1"].pictures[0]]
        )
        states = Chain(parts, (r"hat(x)_0", r"hat(epsilon)", "z"), height=1.8).move_to([0, 1.9, 0]).states
        approximation = lines["guess"].move_to([0, -1.0, 0])
        with self.say("But nobody tells us the ending. So we put the model's guess in its place.") as line:
            self.play(FadeIn(approximation), run_time=1.0)
            line.until("guess")
            self.play(FadeIn(states[0]), run_time=0.8)
        with self.say("This is the only approximation in this chapter. Everything else is exact."):
            self.play(Circumscribe(approximation, color=theme.WRONG), run_time=1.5)
            self.play(FadeOut(approximation), run_time=0.4)

        # One free number, the same law of every state.
        proof = Derivation(self, lines["family"], lines["law"], at=1.15 * DOWN)
        with self.say(
            "Now write the step with one free number, sigma. It says how much fresh noise, z, is added."
        ) as line:
            proof.step()
            self.play(FadeIn(states[1]), run_time=0.6)
            self.play(Circumscribe(lines["family"].part("sigma z"), color=theme.TIME), run_time=1.2)
            line.until("fresh")
            self.play(FadeIn(states[2]), run_time=0.6)
        with self.say("The old noise shrinks by just as much as the new noise brings.") as line:
            line.until("just")
            proof.step()
        with self.say("So every state keeps its law, whatever sigma is."):
            self.play(Circumscribe(lines["law"], color=theme.SIGNAL), run_time=1.2)
        proof.clear()

        proof = Derivation(self, lines["ddpm"], lines["ddim"], at=0.9 * DOWN)
        with self.say(
            "Choose sigma as Bayes has it, and you get the mean from before. This sampler is called D D P M."
        ):
            proof.step()
            self.play(Circumscribe(lines["ddpm"].part("tilde(sigma)_t^2"), color=theme.TIME), run_time=1.2)
        with self.say(
            "Choose zero, and no noise is added at all. This is D D I M. It is the walk that you saw."
        ) as line:
            self.play(FadeOut(states[2]), run_time=0.6)
            line.until("This is")
            proof.step()
        measured = lines["ddim"].discrepancy_label().move_to([0, -2.7, 0])
        with self.say("Here is the largest difference between this equation and the run that we filmed."):
            self.play(FadeIn(measured), run_time=0.8)
        self.sweep()

        self._the_trap()
        self._answer()

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
            "Now a trap. Take the mean of D D P M, and forget its noise. Surely that is D D I M?"
        ) as line:
            self.play(FadeIn(rows[0]), FadeIn(fine), run_time=0.8)
            line.until("forget")
            self.play(FadeIn(rows[1]), FadeIn(trap), run_time=0.8)
        half = self.cast.steps // 2
        with self.say("Four seeds. Above and below start from the same static.") as line:
            self.play(step.animate.set_value(half), run_time=line.remaining, rate_func=linear)
        with self.say("Above is D D I M. Below is the mean alone, with nothing put back.") as line:
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining + 1, rate_func=linear)
        with self.say(self._verdict()):
            self.play(Circumscribe(rows[1], color=theme.WRONG), run_time=1.8)
        if self._collapse() < -50:
            with self.say("Without its noise, every seed shrinks to nearly the same blur."):
                for blur in rows[1]:
                    self.play(Circumscribe(blur, color=theme.WRONG), run_time=0.7)
        with self.say(
            "For data that is one bell curve, we can work out the shrinking on paper. It agrees to the last digit."
        ):
            self.play(FadeOut(rows[0]), FadeOut(fine), run_time=0.6)
            group = VGroup(rows[1], trap)
            self.play(group.animate.set_y(1.3), run_time=0.8)
            shrinking = Equation(self.equations()["collapse"], font_size=54).move_to([0, -1.0, 0])
            self.play(FadeIn(shrinking), run_time=0.8)
            self.play(FadeIn(shrinking.discrepancy_label().move_to([0, -2.3, 0])), run_time=0.8)
        self.sweep()

    def _answer(self) -> None:
        """The chapter's question, answered over the seam."""
        walk, step = self.captures["walk"], ValueTracker(0)
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=5.6).move_to([0, 0.3, 0])
        with self.say("So how does a picture come out of noise? Each step moves a little towards a guess."):
            self.play(FadeIn(seam), run_time=0.8)
            self.play(step.animate.set_value(self.cast.steps // 3), run_time=3.0, rate_func=linear)
        with self.say("Every step reveals a little more, and improves the next guess.") as line:
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining, rate_func=linear)
        self.hold(1.0)

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
        step = ValueTracker(round(0.45 * self.cast.steps))
        return Seam(walk.pictures, walk.guess_pictures, step, height=6.0)
