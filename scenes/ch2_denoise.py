"""Chapter 2: the walk back, from static to a picture."""

import textwrap
from collections.abc import Mapping
from dataclasses import replace

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
    ReplacementTransform,
    SurroundingRectangle,
    ValueTracker,
    VGroup,
    linear,
)

from course.maths import checks, measure
from course.precompute import CaptureSpec
from course.stage import Chapter, Mosaic, Picture, Seam, Walk, theme
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.plots import LinePlot
from course.stage.sliders import Faders, StepDots
from course.stage.words import counted

SEEDS = 4


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
        return {"walk": walk, **others, **trap, "known": known}

    # ------------------------------------------------------------------ story

    def story(self) -> None:
        walk, steps = self.captures["walk"], self.cast.steps
        step = ValueTracker(0)
        picture = Walk(walk.pictures, step, height=5.5).move_to([-3.3, 0.6, 0])
        words = theme.text(textwrap.fill(self.cast.prompt, 14), color=theme.PROMPT).move_to([3.6, 1.2, 0])
        dots = StepDots(steps, step, width=5.5).next_to(picture, DOWN, buff=0.3)

        # Static, and nothing but static: dice are rolled until ours lie on the table.
        with self.say("This is static. Every dot is a roll of the dice. Nobody has drawn anything here."):
            self.play(FadeIn(picture, scale=1.1), run_time=1.2)
            for k in range(1, SEEDS):
                roll = Picture(self.captures[f"walk {k}"].pictures[0], height=5.5).move_to(picture)
                self.add(roll)
                self.hold(0.5)
                self.remove(roll)

        # The words arrive beside it.
        with self.say(f"We give this static to a machine, together with a few words: {self.cast.prompt}."):
            self.play(FadeIn(words, shift=0.3 * LEFT), run_time=1.2)

        with self.say("The machine may not paint. It may only remove a little noise, and look again.") as line:
            line.until("only")
            self.play(FadeIn(dots), run_time=0.8)

        # One step, so small that hardly anything happens.
        with self.say("Here is one step. Hardly anything has changed."):
            self.play(step.animate.set_value(1), run_time=0.6)

        with self.say("Another. And another. Still static, you would say.") as line:
            self.play(step.animate.set_value(steps // 5), run_time=line.remaining, rate_func=linear)

        with self.say("But keep looking. First something large and soft. Then edges. Then the small things.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining + 1.5, rate_func=linear)

        with self.say(f"After {counted(steps, 'step')}, the noise is gone.") as line:
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=1.2)

        # The picture shrinks into the last place of a page that holds every step.
        mosaic = Mosaic(self._chosen_thirty(walk.pictures))
        last = mosaic[len(mosaic) - 1]
        with self.say("Here is the whole walk at once. Nothing was skipped, and nothing was touched up.") as line:
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
        pair = VGroup(*(Walk(self.captures[n].pictures, step, height=4.9) for n in names)).arrange(RIGHT, buff=0.6)
        pair.move_to([0, 0.35, 0])
        with self.say("Was the picture hidden in the static all along? Roll the dice again, and keep the words.") as line:
            self.play(FadeIn(pair), run_time=1.0)
        with self.say("The same machine, the same words, and other pictures. They were made on the way.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        with self.say("So where do they come from? From what the machine believes. Let us look at that.") as line:
            self.play(pair.animate.scale(0.97), run_time=line.remaining)

    def _chosen_thirty(self, pictures: np.ndarray) -> np.ndarray:
        """Thirty states in order, the finished picture last: every step of thirty, or thirty of more or fewer."""
        return pictures[np.linspace(1, len(pictures) - 1, 30).round().astype(int)]

    # -------------------------------------------------------------- mechanism

    def mechanism(self) -> None:
        walk, steps = self.captures["walk"], self.cast.steps
        step = ValueTracker(0)

        # Two pictures: what it is, and what the model believes.
        state = Walk(walk.pictures, step, height=4.4).move_to([-3.4, 0.7, 0])
        guess = Walk(walk.guess_pictures, step, height=4.4).move_to([3.4, 0.7, 0])
        is_now = theme.text("what it is", theme.LABEL).next_to(state, DOWN, buff=0.3)
        believed = theme.text("what the model believes", theme.LABEL, theme.MODEL).next_to(guess, DOWN, buff=0.3)
        with self.say("At every step the model looks at the static, and the words."):
            self.play(FadeIn(state), FadeIn(is_now), run_time=1.0)
        with self.say("Then it says what it believes the finished picture will be. This is its first guess.") as line:
            line.until("believes")
            self.play(FadeIn(guess, shift=0.5 * RIGHT), FadeIn(believed), run_time=1.2)
        with self.say("A blur. With nothing but noise to go on, the best guess is an average of everything it could be."):
            self.play(Circumscribe(guess, color=theme.MODEL), run_time=1.5)

        # Put both into one frame, with a seam down the middle.
        seam = Seam(walk.pictures, walk.guess_pictures, step, height=4.9).move_to([0, 1.0, 0])
        amounts = {"picture": walk.signal_level, "noise": walk.noise_level}
        faders = Faders(amounts, step, {"picture": theme.SIGNAL, "noise": theme.NOISE}, width=8.0)
        faders.move_to([0, -2.25, 0])
        with self.say("Let us put the two into one frame. Left of the line, what it is. Right of it, what the model believes."):
            self.play(FadeOut(is_now), FadeOut(believed), run_time=0.5)
            left, right = state.still(), guess.still()
            self.remove(state, guess)
            self.add(left, right)
            self.play(left.animate.match_height(seam).move_to(seam), right.animate.match_height(seam).move_to(seam), run_time=1.5)
            self.remove(left, right)
            self.add(seam)
        with self.say("Below it, two faders: how much picture there is, and how much noise.") as line:
            self.play(FadeIn(faders), run_time=1.0)

        # The strongest image: the whole walk with its belief beside it.
        with self.say("Now walk. The left side clears up. The right side makes up its mind.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining + 5, rate_func=linear)
        with self.say("The two halves meet. At the end, the guess is the picture.") as line:
            self.play(Circumscribe(seam, color=theme.SIGNAL), run_time=1.4)
        self.sweep()

        self._the_mix(walk)
        self._one_step(walk)
        self._bands(walk)
        self._known_ending(walk)

    def _the_mix(self, walk) -> None:
        """The state is exactly so much guess plus so much predicted noise, at every step."""
        middle = self.cast.steps // 2
        state = Picture(walk.pictures[middle], height=3.2)
        guess = Picture(walk.guess_pictures[middle], height=3.2)
        noise = Picture.from_model(walk.noise[middle], height=3.2)
        row = VGroup(state, guess, noise).arrange(RIGHT, buff=1.5).move_to([0, 1.0, 0])
        a, b = walk.signal_level[middle], walk.noise_level[middle]
        equals = theme.text("=").move_to((state.get_right() + guess.get_left()) / 2)
        plus = theme.text("+").move_to((guess.get_right() + noise.get_left()) / 2)
        under = VGroup(
            theme.text("this state", theme.LABEL).next_to(state, DOWN, buff=0.3),
            theme.text(f"{a:.2f} × guess", theme.LABEL, theme.SIGNAL).next_to(guess, DOWN, buff=0.3),
            theme.text(f"{b:.2f} × noise", theme.LABEL, theme.NOISE).next_to(noise, DOWN, buff=0.3),
        )
        with self.say(f"Stop at step {middle}. This state is a mix of exactly two things."):
            self.play(FadeIn(state), FadeIn(under[0]), run_time=1.0)
        with self.say(f"The guess, turned down to {a:.2f}. And the noise that the model blames, turned down to {b:.2f}.") as line:
            self.play(FadeIn(equals), FadeIn(guess, shift=0.4 * RIGHT), FadeIn(under[1]), run_time=1.2)
            line.until("And")
            self.play(FadeIn(plus), FadeIn(noise, shift=0.4 * RIGHT), FadeIn(under[2]), run_time=1.2)
        check = Equation(self.equations()["mixture"]).move_to([0, -2.1, 0])
        with self.say("That holds at every step of this run, and we checked it, number by number.") as line:
            self.play(FadeOut(under), row.animate.shift(0.35 * UP), equals.animate.shift(0.35 * UP), plus.animate.shift(0.35 * UP), run_time=0.7)
            self.play(FadeIn(check.move_to([0, -1.55, 0])), run_time=0.8)
            self.play(FadeIn(check.discrepancy_label().next_to(check, DOWN, buff=0.35)), run_time=0.8)
        self.sweep()

    def _one_step(self, walk) -> None:
        """One step opened up: guess, then mix again with a little more picture and a little less noise."""
        k = self.cast.steps // 2
        a, b = walk.signal_level[k : k + 2], walk.noise_level[k : k + 2]
        before = Picture(walk.pictures[k], height=2.9).move_to([-5.0, 1.5, 0])
        model = theme.plate(theme.text("model", theme.SENTENCE, theme.MODEL)).move_to([-1.3, 1.5, 0])
        box = SurroundingRectangle(model, color=theme.MODEL, corner_radius=0.15, buff=0.3)
        guess = Picture(walk.guess_pictures[k], height=2.0).move_to([2.2, 2.45, 0])
        noise = Picture.from_model(walk.noise[k], height=2.0).move_to([2.2, 0.2, 0])
        after = Picture(walk.pictures[k + 1], height=2.9).move_to([5.2, 1.3, 0])
        name = theme.text("unet( state, step, words )", theme.LABEL, theme.MODEL).move_to([0, -1.45, 0])
        mix = theme.text("scheduler.step( … )", theme.LABEL, theme.TIME).move_to([0, -2.2, 0])
        with self.say("Now open up one step. The state goes into the model, together with the words.") as line:
            self.play(FadeIn(before), FadeIn(box), FadeIn(model), run_time=1.0)
            moving = before.copy()
            self.play(moving.animate.scale(0.3).move_to(model), FadeIn(name), run_time=1.2)
            self.remove(moving)
        with self.say("Out comes the guess, and with it the noise that is left when you take the guess away.") as line:
            self.play(FadeIn(guess, target_position=model, scale=0.3), run_time=1.0)
            line.until("noise")
            self.play(FadeIn(noise, target_position=model, scale=0.3), run_time=1.0)
        more = theme.text(f"{a[0]:.2f} → {a[1]:.2f}", theme.LABEL, theme.SIGNAL).next_to(guess, DOWN, buff=0.12)
        less = theme.text(f"{b[0]:.2f} → {b[1]:.2f}", theme.LABEL, theme.NOISE).next_to(noise, DOWN, buff=0.12)
        noise.shift(0.25 * DOWN)
        less.shift(0.25 * DOWN)
        with self.say(f"Now mix them again: a little more guess, {a[1]:.2f} instead of {a[0]:.2f}, and a little less noise."):
            self.play(FadeIn(more), FadeIn(mix), run_time=0.8)
            self.play(FadeIn(less), run_time=0.8)
        with self.say("That is the next state. That is all a step does.") as line:
            parts = VGroup(guess.copy(), noise.copy())
            self.play(parts.animate.scale(0.6).move_to(after), run_time=0.9)
            self.play(FadeOut(parts), FadeIn(after), run_time=0.6)
        self.sweep()

    def _bands(self, walk) -> None:
        """How soon the coarse, the middling and the fine parts of the guess are what they will be."""
        shares = measure.settling(walk.guesses, walk.states[-1])
        settled = {name: measure.settled_at(share) for name, share in shares.items()}
        x = np.arange(1, self.cast.steps + 1)
        plot = LinePlot(
            x,
            {name: np.clip(share, 0, 1) for name, share in shares.items()},
            colors={"coarse": theme.SIGNAL, "middle": theme.TIME, "fine": theme.PROMPT},
            x_label="step",
            y_label="settled",
        ).move_to([0, 0.4, 0])
        with self.say("When does the guess make up its mind? Split it into coarse shapes, middling ones, and fine detail."):
            self.play(FadeIn(plot.axes), run_time=1.0)
        order = sorted(settled, key=settled.__getitem__)

        def drawn(name: str) -> list[Animation]:
            return [Create(plot.curves[name], rate_func=linear), FadeIn(plot.names[name])]

        words = {"coarse": "coarse shapes", "middle": "middling ones", "fine": "fine detail"}
        with self.say(f"In this run the {words[order[0]]} settle first, by step {settled[order[0]]}.") as line:
            self.play(*drawn(order[0]), run_time=line.remaining)
        with self.say(f"The {words[order[1]]} by step {settled[order[1]]}, the {words[order[2]]} by step {min(settled[order[2]], self.cast.steps)}.") as line:
            self.play(*drawn(order[1]), run_time=line.remaining / 2)
            self.play(*drawn(order[2]), run_time=line.remaining)
        self.sweep()

    def _known_ending(self, walk) -> None:
        """The honest comparison: a known picture drowned and played backwards, beside the walk."""
        known, step = self.captures["known"], ValueTracker(0)
        left = Walk(known.pictures, step, height=4.3).move_to([-3.4, 0.6, 0])
        right = Walk(walk.pictures, step, height=4.3).move_to([3.4, 0.6, 0])
        drawn = theme.text("known, played backwards", theme.LABEL, theme.MUTED).next_to(left, DOWN, buff=0.3)
        walked = theme.text("the walk", theme.LABEL, theme.MODEL).next_to(right, DOWN, buff=0.3)
        with self.say("Could we fake this? On the left is a drawing that we drowned in noise, and play backwards."):
            self.play(FadeIn(left), FadeIn(drawn), run_time=1.0)
        with self.say("On the right, the walk. Watch them side by side.") as line:
            self.play(FadeIn(right), FadeIn(walked), run_time=0.8)
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining + 4, rate_func=linear)
        with self.say("They look alike. Over many pictures, a perfect walk would be no different from such a film."):
            self.play(Circumscribe(left, color=theme.MUTED), Circumscribe(right, color=theme.MODEL), run_time=1.5)
        beliefs = [
            Walk(capture.guess_pictures, step, height=4.3).move_to(side)
            for capture, side in ((known, left), (walk, right))
        ]
        with self.say("The difference is in the guess. Rewind, and look at that instead.") as line:
            self.play(step.animate.set_value(0), run_time=1.2)
            self.play(FadeOut(left), FadeOut(right), *(FadeIn(b) for b in beliefs), run_time=1.0)
        with self.say("On the left it never changes: we knew the ending. On the right, nobody knows the ending yet.") as line:
            self.play(step.animate.set_value(self.cast.steps - 1), run_time=line.remaining + 2, rate_func=linear)

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
            "inverse": Checked(
                rf"1 / tilde(sigma)_t^2 = alpha_t / beta_t + 1 / (1 - {before})",
                checks.inverse_variance(levels),
                tolerance=1e-9,
            ),
            "variance": Checked(
                rf"tilde(sigma)_t^2 = (1 - {before}) / (1 - {bar}) beta_t", checks.variance(levels), tolerance=1e-8
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
                r"x_0 approx hat(x)_0 (x_t, c)", definition="an approximation: the guess in place of the ending"
            ),
            "family": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before} - sigma^2) hat(epsilon) + sigma z",
                checks.family_keeps_marginals(levels),
            ),
            "ddpm": Checked(r"sigma = tilde(sigma)_t", checks.family_is_ddpm(walk), tolerance=1e-5),
            "ddim": Checked(
                rf"x_(t-1) = sqrt({before}) hat(x)_0 + sqrt(1 - {before}) hat(epsilon)",
                checks.ddim_update(walk),
                tolerance=1e-5,
            ),
            "collapse": Checked(
                r"x_(t-1) = tilde(mu)_t (x_t, hat(x)_0)", checks.collapse(levels), tolerance=1e-10
            ),
        }

    def derivation(self) -> None:
        walk, known = self.captures["walk"], self.captures["known"]
        lines = {name: Equation(checked) for name, checked in self.equations().items()}

        # What we know: how a picture is drowned.
        step = ValueTracker(self.cast.steps)
        picture = Walk(known.pictures, step, height=3.4).move_to([0, 1.5, 0])
        forward = lines["forward"].move_to([0, -1.5, 0])
        with self.say("We know how a picture is drowned: so much picture, plus so much noise.") as line:
            self.play(FadeIn(picture), FadeIn(forward), run_time=1.0)
            self.play(step.animate.set_value(0), run_time=line.remaining, rate_func=linear)
        with self.say("Now back. Suppose somebody told us the ending, x zero. Where were we one step earlier?") as line:
            self.play(step.animate.set_value(1), run_time=1.5)
        self.sweep()

        # Bayes, the exponents, the square.
        proof = Derivation(self, *(lines[n] for n in ("bayes", "exponents", "inverse", "variance")), at=0.4 * UP)
        with self.say("Bayes says: the chance of the step from there to here, times the chance of being there."):
            proof.step()
        with self.say("Both are bell curves. Take minus two times the logarithm, and each becomes a square. Squares add."):
            proof.step()
        with self.say("Collect what multiplies the square of x t minus one. That is one over the variance."):
            proof.step()
        with self.say("Bring it over one denominator, and turn it upside down."):
            proof.step()
        proof.clear()

        proof = Derivation(self, lines["collected"], lines["mean"], at=0.4 * UP)
        with self.say("Now collect what multiplies x t minus one just once. Times the variance, that is the mean."):
            proof.step()
        with self.say("Put in the variance that we just found. The mean is a mix of where we are, and where we will end."):
            proof.step()
        proof.clear()

        # The one approximation, said aloud.
        approximation = lines["guess"].move_to([0, 0.6, 0])
        with self.say("But nobody tells us the ending. So we put the model's guess in its place."):
            self.play(FadeIn(approximation), run_time=1.0)
        with self.say("This is the only approximation in the chapter. Everything else is exact.") as line:
            self.play(Circumscribe(approximation, color=theme.WRONG), run_time=1.5)
        self.sweep()

        # One free number, the same marginals.
        proof = Derivation(self, lines["family"], lines["ddim"], at=0.6 * UP)
        with self.say("The same idea, with one free number. Sigma says how much fresh noise each step adds."):
            proof.step()
        with self.say("Whatever sigma is, the noise adds up to one minus alpha bar. Every state keeps its law."):
            self.play(Circumscribe(lines["family"].part("sigma^2"), color=theme.TIME), run_time=1.5)
        with self.say("Sigma from Bayes is the sampler called D D P M. Sigma zero is called D D I M, and it is what you saw."):
            proof.step()
        measured = lines["ddim"].discrepancy_label().move_to([0, -2.3, 0])
        with self.say("Here is how far this equation is from the run that we filmed."):
            self.play(FadeIn(measured), run_time=0.8)
        self.sweep()

        self._the_trap(lines["collapse"])

    def _the_trap(self, equation: Equation) -> None:
        """DDPM's mean without its noise: every seed collapses towards one picture."""
        step = ValueTracker(0)
        walks = [[self.captures[n] for n in names] for names in self._walks_and_traps()]
        rows = [
            VGroup(*(Walk(c.pictures, step, height=2.5) for c in row)).arrange(RIGHT, buff=0.25) for row in walks
        ]
        VGroup(*rows).arrange(DOWN, buff=0.3).move_to([1.7, 0.35, 0])
        spreads = [measure.spread(np.stack([c.states[-1] for c in row])) for row in walks]
        fine = theme.text("DDIM", theme.SENTENCE, theme.SIGNAL).next_to(rows[0], LEFT, buff=0.5)
        trap = theme.text("mean\nonly", theme.SENTENCE, theme.WRONG).next_to(rows[1], LEFT, buff=0.5)
        with self.say("Now the trap. Take D D P M's mean, and forget its noise. Surely that is D D I M?") as line:
            self.play(FadeIn(rows[0]), FadeIn(fine), run_time=0.8)
            self.play(FadeIn(rows[1]), FadeIn(trap), run_time=0.8)
        with self.say("Four seeds, above and below, from the same static.") as line:
            self.play(step.animate.set_value(self.cast.steps), run_time=line.remaining + 5, rate_func=linear)
        less = 100 * (1 - spreads[1] / spreads[0])
        verdict = f"Below, they differ {less:.0f} percent less" if less >= 0 else f"Below, they differ {-less:.0f} percent more"
        with self.say(f"{verdict}. The mean alone keeps shrinking what the noise should have kept alive."):
            self.play(Circumscribe(rows[1], color=theme.WRONG), run_time=1.8)
        self.sweep()

    def _walks_and_traps(self) -> tuple[list[str], list[str]]:
        return ["walk", *(f"walk {k}" for k in range(1, SEEDS))], [f"trap {k}" for k in range(SEEDS)]

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """The seam: what it is, what the model believes."""
        walk = self.captures["walk"]
        step = ValueTracker(round(0.45 * self.cast.steps))
        return Seam(walk.pictures, walk.guess_pictures, step, height=6.0)
