"""Chapter 3: how it learned: a guessing game, and why the best player of it would never paint anything new."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from math import inf
from typing import Any, cast

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Mobject, Square, ValueTracker, VGroup, Write

from course import grammar
from course.maths import learn, learn_checks, measure
from course.maths.reverse import normal_density
from course.maths.walking import TOY
from course.model.data import HELD_OUT, SIZE, TRAINING, sample, to_model
from course.model.prompts import WATCHED
from course.model.settings import RECIPES
from course.precompute import CaptureSpec, Copies, Gathering, Milestones, Rivals, Rounds
from course.precompute.copies import likenesses
from course.precompute.families import Specs
from course.precompute.games import Stages, drawn
from course.stage import Chapter, LinePlot, LivePicture, Mosaic, Picture, Walk, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import Driven
from course.stage.parts.pictures import to_pixels
from course.stage.parts.plots import up_to
from course.stage.places import TALL, named, side_by_side
from course.stage.proofs import Lines, proof
from course.stage.sheets import Sheet, Sheets
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

ROWS, COLUMNS, FIRST = 7, 12, 100  # the album's cards, and which of the drawings they are
SEEDS, SHOWN = 8, 6  # walks; the noise level of the round that is opened
RIVALS, CARDS, HALF = 64, 1000, 5  # pictures shown to rivals; their album; where picture and noise are equal
PLAYERS, MADE = ("the album player", "our network"), ("copied", "painted")
PALE = 2.5  # noise is shown so much paler, or most of it would be black or white
BAR = r"overline(alpha)"


class Learn(Chapter):
    """How it learned: by guessing noise; and how learning is told from keeping an album."""

    title = "The guessing game"
    question = "How did it learn to do this?"
    letters = {"g": theme.MODEL, "v": theme.MODEL, "w_i": theme.PROMPT}  # noqa: RUF012

    def specs(self) -> Specs:
        """Walks of the prompt from several seeds, without guidance."""
        walk = self._walk
        return {"walk": walk, "walks": [replace(walk, seed=walk.seed + k) for k in range(SEEDS)]}

    def gatherings(self) -> Mapping[str, Gathering]:
        """Rounds with the prompt; rivals and training's own pictures, which follow no cast; likenesses."""
        fixed = CaptureSpec(WATCHED[0])
        return {
            "rounds": Rounds(self._walk, 1),
            "rivals": Rivals(fixed, RIVALS, CARDS),
            "grown": Milestones(fixed, 1),
            "copies": likenesses(self._walk),
        }

    @property
    def _walk(self) -> CaptureSpec:
        prompt = grammar.fuller(self.cast.prompt)
        return CaptureSpec.of(self.cast, prompt=prompt, guidance=1.0, model="pixel")

    def _of(self, name: str, array: str) -> np.ndarray:
        return self.gathered[name].arrays[array]

    def sheets(self) -> Sheets:
        """What was painted on the way through training."""
        about = "Requests from its training, the same static each time, as it goes on."
        return (Sheet("grown", "While it learned", about, "After how many rounds can you name it?", ("Rounds", "Words"), self.stages.named()),)  # fmt: skip

    @cached_property
    def stages(self) -> Stages:
        """Training's own pictures, from first to last."""
        return Stages.of(self.gathered["grown"])

    @property
    def total(self) -> str:
        """How many rounds were played."""
        return f"{self.stages.seen[-1]:,}"

    @property
    def numbers(self) -> np.ndarray:
        """(2,): how many millions of numbers are in all training pictures, and in the network."""
        return np.array([TRAINING * 3 * SIZE**2, self._of("rounds", "numbers")[0]]) / 1e6

    @cached_property
    def played(self) -> learn.Round:
        """The round that is opened."""
        picture, noise, answers = (self._of("rounds", name)[0] for name in ("picture", "noise", "velocity"))
        return learn.Round(picture, noise, answers, self._of("rounds", "level"))

    @cached_property
    def cards(self) -> np.ndarray:
        """(N, C, H, W): an album of the prompt."""
        return to_model(drawn(self._walk.prompt, ROWS * COLUMNS, FIRST))

    @cached_property
    def copied(self) -> list[learn.Played]:
        """What the player with this album makes of the same static, seed by seed."""
        walks = self.captures["walks"]
        return [learn.album_walk(one.states[0], self.cards, one.alphas_cumprod) for one in walks]

    @cached_property
    def painted(self) -> np.ndarray:
        """(8, C, H, W): what the network makes of it."""
        return np.stack([one.states[-1] for one in self.captures["walks"]])

    @cached_property
    def nearest(self) -> np.ndarray:
        """(C, H, W): the training picture that the network's first one is most like, shifted so as to fit."""
        return learn.fitted(to_model(self._of("copies", "nearest")[0]), self.painted[0])

    def _errors(self, player: str, kind: int) -> np.ndarray:
        """(L,): how far a rival's guesses are off, in levels; kind 0 is what it trained on, 1 is new."""
        return measure.LEVELS * self._of("rivals", player)[kind]

    # What is said of it

    @verdict
    def risen(self) -> Verdict:
        right, early, seen = self.stages.right.sum(1), self.stages.early, self.stages.seen
        all_, (few, many) = spelled(self.stages.right.shape[1]), (spelled(int(right[k])) for k in (early, -1))
        said = f"After {seen[early]:,} rounds, blobs: a judge finds what was asked in ⟨{few}⟩ of {all_}. "
        return Verdict(right[-1] - right[early],
            (4, f"{said}After ⟨all⟩ {self.total}, in ⟨{many}⟩, no more."),
            (inf, f"{said}After ⟨all⟩ {self.total}, in ⟨{many}⟩."),
            how=f"pictures of {all_} that show what was asked for, by a judge: after training, less those early on")  # fmt: skip

    @verdict
    def shape(self) -> Verdict:
        where = learn.outstanding(self.played.picture)
        wrong = (self.played.mistakes(SHOWN).noise ** 2).mean(0)
        times = float(np.sqrt(wrong[where].mean() / wrong[~where].mean()))
        things = [thing.noun for thing in grammar.parse(self._walk.prompt)[0]]
        what = "things are" if len(things) > 1 else f"{things[0]} is"
        return Verdict(times,
            (1.5, "The mistake lies ⟨everywhere⟩, in the thing and ⟨beside⟩ it."),
            (inf, f"The mistake has a ⟨shape⟩: where the {what}, it is {times:.1f} ⟨times⟩ as large as on the ground."),
            how="root mean square of the noise's error on the thing, by that on the ground")  # fmt: skip

    @verdict
    def landed(self) -> Verdict:
        off = [measure.LEVELS * np.abs(one.states[-1] - self.cards[one.card]).max() for one in self.copied]
        return Verdict((np.array(off) < 0.5).sum(),
            (SEEDS - 1, f"Here it ⟨is⟩, nearly. The ⟨difference⟩: of 255 levels from dark to light, ⟨{off[0]:.0f}⟩ at most."),
            (inf, "Here it ⟨is⟩. And the ⟨difference⟩? Of 255 levels from dark to light, not ⟨half⟩ a level anywhere."),
            how=f"walks of {SEEDS} with an album that end on a card, no number off by half a level")  # fmt: skip

    @verdict
    def fresh(self) -> Verdict:
        off = measure.LEVELS * measure.distance(self.nearest, self.painted[0])
        said = f"This ⟨one⟩. The ⟨difference⟩: {off:.0f} levels on average"
        return Verdict(measure.distance(self.nearest, self.painted[0]) / np.median(self._of("copies", "held_out")),
            (0.3, f"{said}, next to ⟨nothing⟩. So that is a copy as well."),
            (1.1, f"{said}, no more than with ⟨new⟩ drawings. So what it painted is on none of them."),
            (inf, f"{said}, more than with ⟨new⟩ drawings. So what it painted is on none of them; and clumsy, too."),
            how="how far the network's picture is from its nearest in training, by how far new drawings are")  # fmt: skip

    @verdict
    def remembers(self) -> Verdict:
        known, new = (self._errors("album", kind)[HALF] for kind in (0, 1))
        said = f"An album of {CARDS:,}: on these, ⟨{known:.0f}⟩ levels off. On new ones, ⟨{new:.0f}⟩."
        return Verdict(new - known,
            (5, f"{said} Hardly ⟨more⟩."),
            (inf, f"{said} It knows its ⟨cards⟩, and nothing else."),
            how="an album's error on new pictures less that on its cards, picture and noise equally strong", unit="levels")  # fmt: skip

    @verdict
    def learned(self) -> Verdict:
        known, new = (self._errors("network", kind)[HALF] for kind in (0, 1))
        said = f"The network, on those that it trained on: ⟨{known:.0f}⟩. On new ones: ⟨{new:.0f}⟩."
        return Verdict(new - known,
            (1, f"{said} To have ⟨seen⟩ them makes no difference."),
            (inf, f"{said} In part, that is ⟨memory⟩."),
            how="the network's error on new pictures less that on training's, there too", unit="levels")  # fmt: skip

    @verdict
    def room(self) -> Verdict:
        numbers, own = self.numbers
        said = f"Its {TRAINING:,} training pictures are ⟨{numbers:.0f}⟩ million numbers. The network is ⟨{own:.0f}⟩ million"
        return Verdict(numbers / own,
            (1, f"{said}: there would be ⟨room⟩ for an album."),
            (inf, f"{said}: it has no ⟨room⟩ for an album."),
            how="numbers in all training pictures, by numbers in the network")  # fmt: skip

    # Story

    def story(self) -> None:
        self.tell(self._once, self._game, self._words, self._paints, self._grown)

    def _counter(self, stage: ValueTracker, at: list[float]) -> Driven:
        """How many rounds had been played at a stage, in the middle of a place."""
        numbers = [theme.text(f"{one:,}", theme.TITLE, theme.TIME).move_to(at) for one in self.stages.seen]
        return Driven(lambda k: numbers[round(k)], stage)

    def _once(self) -> None:
        # One request of training's, as it was painted on the way: snow, a blob, the thing; a counter runs.
        stage, last = ValueTracker(0), len(self.stages.seen) - 1
        which = self.stages.opening(*grammar.nouns(self._walk.prompt))
        thing = self.stages.thing(which)
        picture = Walk(self.stages.pictures[:, which], stage, 6.3, crossfade=True).move_to([-1.6, 0.3, 0])
        rounds = theme.text("rounds of\ntraining", theme.SENTENCE, theme.TIME).move_to([4.3, -0.1, 0])
        self.add(picture, count := self._counter(stage, [4.3, 1.1, 0]), rounds)
        with self.opening(f"Asked for {thing}, this machine once painted snow. Then a blob. Then {thing}."):
            self.follow(stage, last)
        with self.say(self.question):
            self.point(count, rounds, run_time=1.6)

    def _game(self) -> None:
        # A picture goes under; less the guess of the noise, that leaves a picture, which is held to the truth.
        picture, noise, (guess, guessed) = self.played.picture, self.played.noise, self.played.guesses(SHOWN)
        share, most = ValueTracker(0), float(np.sqrt(1 - self.played.levels[SHOWN]))
        hidden = LivePicture(lambda b: to_pixels(learn.mixed(picture, noise, 1 - b**2)), share)
        tiles = hidden, Picture(to_pixels(guessed / PALE)), Picture(to_pixels(guess))
        names = "hidden picture", "guessed noise", "what is left"
        row = places.in_a_row(tiles, names, (theme.SIGNAL, theme.NOISE, theme.MODEL))
        (_, name), static, left = VGroup(*row).shift(0.4 * DOWN)
        place, middle = hidden.get_center(), static[0].get_center()
        minus, equals = (theme.text(sign, theme.TITLE).move_to((place + middle) / 2) for sign in "−=")
        equals.shift(middle - place)
        wrong = Picture(parts.glow(guess - picture, 0.6), static[0].height).move_to(middle)
        mistake = theme.text("where it is wrong", theme.LABEL, theme.WRONG).move_to(static[1])
        truth = theme.text("the truth", theme.LABEL, theme.SIGNAL).move_to(name)
        with self.say("By playing a game. Take a picture, and ⟨hide⟩ it under noise."):
            self.instead(hidden.scale(1.4).move_to([0, 0.3, 0]))
            self.mark().turn(share, most, run_time=1.4)
        with self.say("⟨Guess⟩ which noise that was! ⟨This⟩ is its guess."):
            self.mark().move(hidden.animate.scale(1 / 1.4).move_to(place), FadeIn(name))
            self.mark().show(static)
        with self.say("⟨Take⟩ the guess away: out comes what it believes was hidden."):
            self.mark().show(minus, equals)
            self.show(left)
        with self.say("⟨Compare⟩ that with the truth. Wrong ⟨here⟩, by so much."):
            self.mark().hide(name, static, minus, equals)
            self.turn(share, 0)
            self.show(truth, run_time=0.3)
            self.mark().show(wrong, mistake)
        turn = ValueTracker(0)
        starts, ways = np.random.default_rng(0).uniform([[0.1], [-0.2]], [[0.9], [0.2]], (2, 9))
        dials = parts.Dials(lambda s: starts + s * ways, turn, radius=0.55, gap=0.3, color=theme.MODEL)
        arrow = places.arrow([0, 0.85, 0], [0, -0.25, 0], theme.WRONG)
        count = f"{self.numbers[1]:.0f} million"
        many = theme.text(f"nine of {count}", theme.SENTENCE, theme.MODEL).move_to([0, -2.2, 0])
        with self.say(f"So each of its {count} inner numbers is ⟨turned⟩, by a hair, to be less wrong."):
            gone = FadeOut(hidden, truth, *left)
            self.move(gone, wrong.animate.scale(0.7).move_to([0, 2, 0]), mistake.animate.move_to([3.3, 2, 0]))
            self.show(arrow, dials.move_to([0, -0.9, 0]), many)
            self.mark().follow(turn, 1)

    def _words(self) -> None:
        # The next ten rounds, training's own: noisy pictures, the words above; at the last there are none.
        at, count = ValueTracker(0), round(1 / RECIPES["pixel"].caption_dropout)
        rounds = [sample(k) for k in range(count)]
        static = np.random.default_rng(0).normal(size=(count, 3, SIZE, SIZE))
        noisy = learn.mixed(to_model(np.stack([one.pixels for one in rounds])), static, 0.45)
        said = [theme.text(one.caption, theme.SENTENCE, theme.PROMPT, width=9.5) for one in rounds[:-1]]
        said.append(theme.text("no words", theme.SENTENCE, theme.MUTED))
        words = Driven(lambda k: said[round(k)].copy().move_to([-0.4, 2.75, 0]), at)
        film = Walk(to_pixels(noisy), at, 4.5).move_to([-0.4, -0.6, 0])
        label = theme.text("from its\ntraining", theme.LABEL, theme.MUTED).move_to([-5.2, -0.6, 0])
        often = f"{spelled(count - 1).capitalize()} times in {spelled(count)}"
        with self.say(f"Then the next ⟨round⟩. {often}, words say what is hidden."):
            self.instead(film, words, label)
            self.mark().follow(at, count - 2, beyond=0.6)
        with self.say("And once, there are ⟨none⟩: it must learn to guess without, too."):
            self.mark().turn(at, count - 1, run_time=0.2)
            self.point(film, words, run_time=1.6)

    def _paints(self) -> None:
        # The walk of the cast's own prompt, static first; beside it what is guessed to be hidden in it.
        step, walk = ValueTracker(0), self.captures["walk"]
        names, colors = ("what it is shown", "what it believes"), (theme.NOISE, theme.MODEL)
        pair = side_by_side(Walk(walk.pictures, step), Walk(walk.guess_pictures, step), names, colors)
        words = theme.line(walk.spec.prompt, theme.PROMPT, 11).move_to([-0.8, 2.85, 0])
        said = "It gets these words, and ⟨nothing⟩ but noise. It guesses, a little is taken off, and again."
        with self.say(f"And to paint {walk.spec.prompt}? {said}"):
            self.instead(pair.shift(0.45 * DOWN)[0])
            self.show(Write(words), run_time=2.0)
            self.mark().show(pair[1])
            self.follow(step, walk.spec.steps, beyond=0.6)

    def _grown(self) -> None:
        # Eight requests of training's, two seeds each, at several moments; those that a judge finds right stay light.
        stage, right, early = ValueTracker(0), self.stages.right, self.stages.early
        films = self.stages.pictures.swapaxes(0, 1)
        wall = VGroup(*(Walk(one, stage, 1.56, crossfade=True) for one in films))
        wall.arrange_in_grid(rows=2, buff=0.08).move_to([0, 0.1, 0])
        count, rounds = self._counter(stage, [-1.8, 3.1, 0]), theme.text("rounds", theme.SENTENCE, theme.TIME)
        rounds.move_to([1.9, 3.05, 0])
        about = "from its training, two seeds each", "light: found by a judge"
        label, judged = (theme.text(one, theme.LABEL, theme.MUTED).move_to([0, 2.2, 0]) for one in about)
        asked = VGroup()
        for k, (one, tile) in enumerate(zip(WATCHED, wall, strict=False)):
            nouns = ", ".join(thing.noun for thing in grammar.parse(one)[0])
            words = on_baseline(theme.text(nouns, theme.LABEL, theme.PROMPT))
            asked += words.shift([tile.get_x(), -2.1 - 0.55 * (k % 2), 0])

        def lit(which: np.ndarray) -> list[Any]:
            pairs = zip(wall, which, strict=True)
            return [one.animate.set_fill(opacity=1.0 if good else 0.25) for one, good in pairs]

        with self.say("These are eight ⟨requests⟩ of its own training. At first: ⟨snow⟩."):
            self.instead(wall, label)
            self.mark().show(asked)  # lint: allow many-words — what was asked for, one word for each column
            self.mark().show(count, rounds, run_time=0.4)
            self.follow(stage, 1)
        with self.say(self.risen):
            self.turn(stage, early, run_time=1.6)
            self.mark().move(*lit(right[early]), FadeOut(label), FadeIn(judged))
            self.mark().move(*lit(np.ones_like(right[-1])), run_time=0.4)
            self.run(stage, len(right) - 1, 1.6)
            self.mark().move(*lit(right[-1]))
        with self.say(f"Nobody showed it how to paint. It only played this game, ⟨{self.total}⟩ times."):
            self.mark().point(count, rounds, run_time=2.0)
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        self.tell(self._round, self._album, self._race, self._cards, self._eight, self._curves, self._room)

    def _round(self) -> None:
        # The noise that was added, and the guess: alike. Then what they differ by: the shape of the thing.
        picture, noise, (_, guessed) = self.played.picture, self.played.noise, self.played.guesses(SHOWN)
        names, colors = ("the noise that was added", "the noise that it guessed"), (theme.NOISE, theme.MODEL)
        tiles = Picture(to_pixels(noise / PALE)), Picture(to_pixels(guessed / PALE))
        pair, wrong = side_by_side(*tiles, names, colors, TALL), guessed - noise
        tiles = Picture(to_pixels(picture)), Picture(parts.glow(wrong, PALE * measure.distance(wrong, 0)))
        names, colors = ("the picture", "the difference, brighter"), (theme.SIGNAL, theme.WRONG)
        shown, rest = side_by_side(*tiles, names, colors, TALL)
        times = theme.text(f"on it, {self.shape.measured:.1f} times as large", theme.LABEL, theme.WRONG)
        place = rest.get_center()
        rest.set_x(0)
        with self.say("Open a round. Of these two, one is the noise, one is the guess. Which is which?"):
            self.show(pair[0][0], pair[1][0])
            self.point(pair[0][0])
            self.point(pair[1][0])
        with self.say("Take one from the ⟨other⟩, and make what is left brighter."):
            self.show(pair[0][1], pair[1][1], run_time=0.4)
            self.mark().move(pair[0][0].animate.move_to(rest[0]), FadeOut(pair[0][1], pair[1][1]))
            self.become(pair[1][0], rest[0], FadeOut(pair[0][0]), FadeIn(rest[1]))
        with self.say(self.shape):
            self.mark().move(rest.animate.move_to(place), FadeIn(shown))
            self.mark().swap(times.move_to(rest[1]), instead_of=rest[1], run_time=0.4)
            self.point(rest[0], times, run_time=1.8)

    def _wall(self, step: ValueTracker, height: float) -> parts.Cards:
        """The album; at a step of its player's walk, a card is as bright as it is likely."""
        return parts.Cards(to_pixels(self.cards), self.copied[0].film()[2], step, COLUMNS, height)

    def _album(self) -> None:
        # A wall of cards; a noisy picture beside it, and below that the mean of the cards that shine.
        step, count = ValueTracker(0), spelled(len(self.cards))
        wall = self._wall(step, 5.3).move_to([0, -0.1, 0])
        sees, says = (Walk(to_pixels(film), step, 2.35) for film in self.copied[0].film()[:2])
        seen = named(sees.move_to([-5.0, 2.1, 0]), "what it sees", theme.NOISE, gap=0.12)
        answer = named(says.move_to([-5.0, -1.05, 0]), "its belief", theme.INK, gap=0.12)
        middle = learn.undecided(self.copied[0].shares) + 1
        with self.say(f"Who plays best? Who has an ⟨album⟩ of all cards in the game: here, only {count}."):
            self.instead(wall)
            self.mark().point(wall.card(self.copied[0].card), run_time=1.6)
        with self.say("Under noise, ⟨which⟩ card can that be? The likelier, the ⟨brighter⟩."):
            self.mark().move(wall.animate.set_x(1.95), FadeIn(seen))
            self.mark().follow(step, 0.6 * middle, beyond=0.6)
        with self.say("The belief is their ⟨mean⟩, by how likely each is. None is ⟨better⟩: proof follows."):
            self.mark().show(answer)
            self.mark().follow(step, middle)

    def _race(self) -> None:
        # Two walks from one static, side by side: the album player's and the network's.
        pair = self._both(step := ValueTracker(0), PLAYERS)
        with self.say("From the same static, let both of them ⟨paint⟩: the album player, and our network."):
            self.instead(*pair)
            self.mark().follow(step, self.cast.steps)

    def _cards(self) -> None:
        # The album player's picture, its card, which slides out of the wall, and their difference; then the network's.
        played = self.copied[0]
        wall = self._wall(ValueTracker(self.cast.steps), 4.2).move_to([2.7, 0.6, 0])
        card, found = wall.card(played.card), self.cards[played.card]
        first = self._compared(played.states[-1], found, "its card", theme.INK)
        second = self._compared(self.painted[0], self.nearest, "nearest in training", theme.MODEL)
        with self.say("Now ⟨look⟩ in the album."):
            self.instead(first[0], wall)
            self.mark().show(card, run_time=0.4)
        with self.say(self.landed):
            self.mark().move(places.into(card, first[1][0]), FadeOut(wall), FadeIn(first[1][1]))
            self.mark().show(first[2])
            self.mark().point(*first[2], run_time=1.8)
        among = cast(Copies, self.gathered["copies"].of).among
        with self.say(f"And the ⟨network⟩? Of {among:,} pictures it trained on, which is ⟨nearest⟩?"):
            self.mark().instead(second[0])
            self.mark().show(second[1])
        with self.say(self.fresh):
            self.mark().point(*second[1], run_time=0.8)
            self.mark().show(second[2])
            self.mark().point(*second[2], run_time=1.8)

    def _compared(self, made: np.ndarray, card: np.ndarray, name: str, color: str) -> list[VGroup]:
        """What a player made, a card, and what they differ by, side by side and named."""
        apart = Picture(to_pixels(np.abs(made - card) - 1), 4.1).set_stroke(theme.MUTED, width=3)
        off = f"{measure.LEVELS * measure.distance(made, card):.0f} levels off"
        tiles = VGroup(*(Picture(to_pixels(one), 4.1) for one in (made, card)), apart)
        words = places.named_row(tiles, ("painted", name, off), (color, theme.SIGNAL, theme.WRONG), 0.4)
        return [VGroup(*pair) for pair in zip(tiles, words, strict=True)]

    def _eight(self) -> None:
        # Eight pictures of either player, from the same eight pieces of static.
        copied = Mosaic(to_pixels(np.stack([one.states[-1] for one in self.copied])), 4)
        pair = places.walls(copied, Mosaic(to_pixels(self.painted), 4), PLAYERS, (theme.INK, theme.MODEL))
        with self.say("⟨Eight⟩ seeds: eight cards. And from the network, eight ⟨pictures⟩."):
            self.instead(*pair)
            self.mark().point(pair[0])
            self.mark().point(pair[1])
        with self.say("So the perfect player of this game never ⟨paints⟩ anything new."):
            self.mark().point(pair[0], run_time=1.8)

    def _curves(self) -> None:
        # Known pictures and new ones; then how far off either player is on them, the more noise there is.
        known, new = (Mosaic([sample(k + one).pixels for k in range(8)], 4) for one in (0, HELD_OUT))
        pair = places.walls(known, new, ("known to both", "new to both"), (theme.SIGNAL, theme.WRONG))
        noise, kinds = np.sqrt(1 - self._of("rivals", "level")), (
            ("album", "known", 0.5, 0.28, theme.INK), ("album", "new", 0.25, 0.3, theme.WRONG),
            ("network", "known", 0.28, 0.5, theme.SIGNAL), ("network", "new", 0.28, 1.0, theme.MODEL),
        )  # fmt: skip
        errors = [self._errors(player, int(kind == "new")) for player, kind, *_ in kinds]
        names = [f"{one[0]}, {one[1]}: {error[HALF]:.0f}" for one, error in zip(kinds, errors, strict=True)]
        plot = LinePlot(
            noise, dict(zip(names, errors, strict=True)), x_label="noise", y_label="levels off", x_range=(0, 1),
            colors={name: one[-1] for name, one in zip(names, kinds, strict=True)}, y_range=up_to(np.max(errors)), width=11.4, height=4.3,
        )  # fmt: skip
        plot.shift([-0.35 - plot.axes.get_x(), 0.1 - plot.axes.get_y(), 0])
        for name, (*_, x, up, _) in zip(names, kinds, strict=True):
            plot.names[name].move_to(plot.point(x, plot.value(name, x)) + up * UP)
        at = ValueTracker(float(noise[HALF]))
        equal = theme.text("equal parts", theme.LABEL, theme.TIME)
        equal.next_to(plot.point(float(noise[HALF]), 0.9 * plot.axes.y_range[1]), LEFT, buff=0.2)
        with self.say("How do you tell memory from learning? Hide pictures that both ⟨know⟩, and ⟨new⟩."):
            self.instead(*pair)
            self.mark().point(pair[0])
            self.mark().point(pair[1])
        self.instead(plot.axes, plot.line_at(at), equal)
        for both, said in ((names[:2], self.remembers), (names[2:], self.learned)):
            dots = [plot.marker(name, at) for name in both]
            with self.say(said):
                for name, dot in zip(both, dots, strict=True):
                    self.mark().draw([plot.curves[name]], run_time=0.9)
                    self.show(plot.names[name], dot, run_time=0.4)
                self.mark().point(*dots, *(plot.names[name] for name in both), run_time=1.8)

    def _room(self) -> None:
        # All training pictures as a square of numbers, and the network's numbers as a square beside it.
        album = Square(4.9, stroke_width=0).set_fill(theme.SIGNAL, opacity=0.7).move_to([-3.2, 0.3, 0])
        small = Square(4.9 / self.room.measured**0.5, stroke_width=0).set_fill(theme.MODEL, opacity=1)
        small.move_to([3.6, 0, 0]).align_to(album, DOWN)
        numbers, own = self.numbers
        with self.say(self.room):
            self.mark().instead(named(album, f"training pictures: {numbers:.0f} million", theme.SIGNAL))
            self.mark().show(named(small, f"the network: {own:.0f} million", theme.MODEL))
            self.mark().move(small.animate.move_to(album), run_time=1.4)
        with self.say("It knows what old and new pictures have in ⟨common⟩. With ⟨that⟩, it paints."):
            self.mark().instead(*(pair := self._both()))
            self.mark().point(pair[1], run_time=1.6)
        self.hold(0.3)

    def _both(self, step: ValueTracker | None = None, names: tuple[str, str] = MADE) -> VGroup:
        """What either player makes of one static, where a tracker stands; finished without one."""
        at = ValueTracker(self.cast.steps) if step is None else step
        copied, painted = Walk(to_pixels(self.copied[0].states), at), Walk(self.captures["walk"].pictures, at)
        return side_by_side(copied, painted, names, (theme.INK, theme.MODEL), TALL)

    # Derivation

    def derivation(self) -> None:
        self.tell(self._cheapest, self._sum, self._coordinates, self._bells, self._slopes, self._answer)

    @cached_property
    def doubt(self) -> tuple[int, np.ndarray, np.ndarray]:
        """A step at which the album player is in doubt, and what one number may be then: values, shares."""
        k = learn.undecided(self.copied[0].shares)
        shares, flat = self.copied[0].shares[k], self.cards.reshape(len(self.cards), -1).astype(np.float64)
        return k, flat[:, learn.widest(shares, self.cards)], shares

    @proof
    def least(self) -> Lines:
        """What a squared error is least for."""
        _, values, shares = self.doubt
        given = {"values": values, "shares": shares, "answers": np.linspace(-1, 1, 9)}
        return (
            ("An ⟨answer⟩, g, costs the average, E, of its squared error. Put the dots' own ⟨mean⟩, m, in between, and open the square: three terms.",
             r"EE (x_0 - g)^2 = EE (x_0 - m)^2 + 2 (m - g) EE (x_0 - m) + (m - g)^2", learn_checks.expanded.on(**given)),
            ("Counted from their own mean, the dots are ⟨zero⟩ on average. So the one in the middle goes.",
             r"EE (x_0 - m)^2 + 2 (m - g) underbrace(EE (x_0 - m), 0) + (m - g)^2", learn_checks.centred.on(values=values, shares=shares)),
            ("What is left is ⟨least⟩ where the answer is the mean itself. The rest is doubt: nobody can win that.",
             r"EE (x_0 - g)^2 = EE (x_0 - m)^2 + (m - g)^2", learn_checks.split.on(**given)),
        )  # fmt: skip

    def _cheapest(self) -> None:
        # One pixel of a belief; what its number may be, as dots; over them what each answer costs, as a curve.
        k, values, shares = self.doubt
        _, *pixel = map(int, np.unravel_index(learn.widest(shares, self.cards), self.cards.shape[1:]))
        belief = Picture(to_pixels(self.copied[0].guesses[k]), 2.5).move_to([5.35, 1.35, 0])
        here = Square(2.5 * belief.height / SIZE, color=theme.PROMPT, stroke_width=6)
        costs = parts.Costs(values, shares, at := ValueTracker(-0.5), 8.6)
        costs.shift(np.array([-1.75, 1.5, 0]) - costs.axes.get_center())
        told = self.prove(self.least, under=costs.axes, alone=True)
        with self.say("Why is the album best? Take one ⟨pixel⟩, x zero, in one colour. It may be ⟨this⟩."):
            self.show(belief)
            self.mark().show(here.move_to(belief.pixel_center(*pixel)))
            self.mark().show(costs.axes, costs.dots)
        with told.saying():
            self.mark().show(costs.curve, costs.answer)
            self.turn(at, 0.2)
            self.mark().show(costs.middle)
            told.write()
            self.follow(at, 0.9)
        with told.saying():
            self.mark().point(costs.dots, costs.middle)
            told.write()
        with told.saying():
            told.write()
            self.mark().turn(at, costs.mean, run_time=1.2)
        self.sweep(0.4)

    @proof
    def optimum(self) -> Lines:
        """The best answer for an album."""
        k, first, walk = self.doubt[0], self.copied[0], self.captures["walk"]
        given = {"state": first.states[k], "cards": self.cards, "guess": first.guesses[k]}
        best = learn_checks.album.on(**given, level=float(walk.alphas_cumprod[k]))
        return (
            ("What a player sees, the state, is picture and noise, each turned down. How far, alpha bar says.",
             rf"x_t = sqrt({BAR}) x_0 + sqrt(1 - {BAR}) epsilon", "a name: how a picture is hidden"),
            ("For an album, the best answer is a mean of its cards, a. Each has a weight, w: how likely it is.",
             r"hat(x)_0 = sum_i w_i a_i", best),
            ("Were it this card, the rest of the state would be ⟨noise⟩. And noise is a bell: the less of it, the likelier the card.",
             rf"w_i prop exp(-norm(x_t - sqrt({BAR}) a_i)^2 / (2 (1 - {BAR})))", best),
        )  # fmt: skip

    def _sum(self) -> None:
        # A picture and noise, turned down, and the state they make; then the album, and the mean of its cards.
        picture, noise, level = self.played.picture, self.played.noise, ValueTracker(1)
        made = (picture, 0 * noise), (0 * picture, noise), (picture, noise)
        tiles = [LivePicture(lambda a, p=p, n=n: to_pixels(learn.mixed(p, n, a)), level, height=2.6) for p, n in made]  # fmt: skip
        names = ("picture", theme.SIGNAL), ("noise", theme.NOISE), ("state", theme.INK)
        trio = [named(tile, *name, gap=0.2) for tile, name in zip(tiles, names, strict=True)]
        whole = places.adds_up(trio[0], trio[1], trio[2]).move_to([-1.4, 1.5, 0])
        how = places.letter(BAR, lambda a: a, level, theme.TIME).move_to([5.1, 1.7, 0])
        step, shares = ValueTracker(0), self.copied[0].shares
        wall = self._wall(step, 3.6).move_to([-2.6, 1.7, 0])
        answer = Walk(to_pixels(self.copied[0].film()[1]), step, 3.0).move_to([3.0, 1.2, 0])
        told = self.prove(self.optimum, under=wall, alone=True)
        with told.saying():
            self.show(whole, how)
            told.write()
            self.follow(level, 0.1)
        with told.saying():
            self.move(FadeOut(whole, how), FadeIn(wall, answer))
            told.write()
            self.follow(step, learn.undecided(shares))
        with told.saying():
            self.mark()
            told.write()
            self.follow(step, learn.undecided(shares) + 2)
        self.sweep(0.4)

    @proof
    def coordinates(self) -> Lines:
        """One mistake as three."""
        return (
            ("Noise or picture: which one to guess? Their sum is given. So what is wrong in one, Delta, is wrong in the other.",
             rf"sqrt({BAR}) Delta x_0 = -sqrt(1 - {BAR}) Delta epsilon", learn_checks.one_mistake.on(self.played)),
            ("⟨Square⟩ it. SNR is picture over noise. Where there is much noise, a guess of it is ⟨easily⟩ right.",
             rf'norm(Delta epsilon)^2 = "SNR" norm(Delta x_0)^2, quad "SNR" = {BAR} / (1 - {BAR})', learn_checks.noise_loss.on(self.played)),
            ("So our network answers with a ⟨mixture⟩ of both, v. With the state, noise and picture follow from it.",
             rf"v = sqrt({BAR}) epsilon - sqrt(1 - {BAR}) x_0", "a name: what ours answers"),
            ("Its mistake is never smaller than the picture's: it counts at ⟨every⟩ noise.",
             r'norm(Delta v)^2 = (1 + "SNR") norm(Delta x_0)^2', learn_checks.velocity_loss.on(self.played)),
        )  # fmt: skip

    def _coordinates(self) -> None:
        # One mistake as picture, as noise and as v, equally bright for equal errors, while the noise gets more.
        at, last = ValueTracker(1), len(self.played.levels) - 1
        found, kinds = [self.played.mistakes(k) for k in range(last + 1)], ("picture", "noise", "velocity")
        wrong = (np.stack([getattr(one, kind) for one in found]) for kind in kinds)
        tiles = VGroup(*(Walk(parts.glow(one, 0.55), at, 2.9, crossfade=True) for one in wrong))
        tiles.arrange(RIGHT, buff=0.4).move_to([-1.7, 1.75, 0])
        names = ("picture", theme.SIGNAL), ("noise", theme.NOISE), ("v", theme.MODEL)
        trio = [named(tile, *name, gap=0.15) for tile, name in zip(tiles, names, strict=True)]
        level = places.letter(BAR, lambda k: self.played.levels[round(k)], at, theme.TIME)
        what = theme.text("Δ: what\nis wrong", theme.LABEL, theme.WRONG).move_to([5.1, 2.1, 0])
        told = self.prove(self.coordinates, under=trio[0], alone=True)
        with told.saying():
            self.show(*trio[:2], what, level.move_to([5.1, 0.9, 0]))
            told.write()
            self.follow(at, 3)
        with told.saying():
            self.mark()
            told.write()
            self.turn(at, 5, run_time=2.0)
            self.mark().follow(at, last)
        with told.saying():
            self.turn(at, 5)
            self.mark().show(trio[2])
            told.write()
            self.follow(at, 3)
        with told.saying():
            told.write()
            self.turn(at, 0)
            self.mark().follow(at, last, beyond=0.6)
        self.sweep(0.4)

    @proof
    def dropped(self) -> Lines:
        """From how likely pictures are to the game."""
        levels = self.captures["walk"].alphas_cumprod
        return (
            ("We want training's pictures to be likely. By Jensen's inequality, it is enough to bring the two bells together, step by step: KL says how far apart they are; C, what both ends cost.",
             r'-log p (x_0) <= sum_t "KL"(q(x_(t-1) | x_t, x_0) || p_theta (x_(t-1) | x_t)) + C', learn_checks.bound.on(levels=levels)),
            ("Both have one width. Then KL is their distance, squared; and only the picture's error moves them apart.",
             r'"KL" = 1/2 ("SNR"_(t-1) - "SNR"_t) norm(Delta x_0)^2', learn_checks.one_term.on(levels=levels)),
            ("The game keeps that error, and gives it another weight. Ours is that of v.",
             r'cal(L) = EE norm(Delta v)^2 = EE (1 + "SNR") norm(Delta x_0)^2', "the game: a choice (Salimans & Ho 2022)"),
        )  # fmt: skip

    def _bells(self) -> None:
        # Two bells of one width; the model's slides onto the true one.
        off = ValueTracker(1.7)
        laws = parts.Laws({"q: true step": (theme.SIGNAL, lambda x, d: normal_density(x, -0.4, 0.2)), "p: the model's": (theme.MODEL, lambda x, d: normal_density(x, d - 0.4, 0.2))}, off, reach=2.4, top=1.0)  # fmt: skip
        told = self.prove(self.dropped, under=laws.axes, alone=True)
        true, own = (VGroup(laws.curves[name], laws.names[name]) for name in laws.curves)
        with self.say("Why this game? A step back is a bell: q, the ⟨true⟩ one, and p, the ⟨model's⟩."):
            self.show(laws.axes)
            self.mark().show(true)
            self.mark().show(own)
        with told.saying():
            told.write()
            self.follow(off, 0.2)
        with told.saying():
            self.turn(off, 1.2)
            told.write()
            self.follow(off, 0.4)
        with told.saying():
            told.write()
            self.turn(off, 0)
        self.sweep(0.4)

    @proof
    def slopes(self) -> Lines:
        """What is guessed is a slope."""
        return (
            ("And where does a guess lead? Each picture ⟨pulls⟩ a state its own way, up the slope of its own bell: that is its noise, turned round.",
             rf"nabla log q(x_t | x_0) = -epsilon / sqrt(1 - {BAR})", learn_checks.slope_is_noise.on(self.played)),
            ("Let an answer, s, aim at every ⟨single⟩ pull. But for a constant, that costs what aiming at the slope of ⟨all⟩ pictures does.",
             r"EE norm(s - nabla log q(x_t | x_0))^2 = EE norm(s - nabla log p_t (x_t))^2 + C", learn_checks.score_matching.on()),
        )  # fmt: skip

    def _slopes(self) -> None:
        # A hill with two tops, a picture over each; at one place two pulls, one to each, and their mean.
        at, name = ValueTracker(-0.5), "all states, a toy"
        laws = parts.Laws({name: (theme.INK, learn_checks.hill)}, reach=2.6, top=0.8, height=2.5)
        ways = [partial(learn_checks.pull, place=c) for c in TOY.places]
        pulls = VGroup(*(laws.push(at, way, theme.SIGNAL) for way in ways))
        mean = laws.push(at, learn_checks.pull, theme.MODEL, on=name)
        tops = learn_checks.tops()
        for top, card in zip(tops, to_pixels(self.cards[:2]), strict=True):
            laws.add(Picture(card, 1.3).move_to(laws.axes.point(top, 0.57)))
        told = self.prove(self.slopes, under=laws.axes, alone=True)
        with told.saying():
            self.show(*laws)
            self.mark().show(pulls)
            told.write()
            self.follow(at, 0.6)
        with told.saying():
            told.write()
            self.mark().show(mean)
            self.mark().follow(at, -0.5)
        with self.say("That slope is what a walk ⟨follows⟩: whoever guesses noise can walk."):
            self.mark().follow(at, tops[0], FadeOut(pulls), beyond=0.4)
        self.sweep(0.4)

    def _answer(self) -> None:
        # Both walks once more, from one static: what is copied, and what is painted.
        pair = self._both(step := ValueTracker(0))
        with self.say(f"So how did it learn? By playing this ⟨game⟩, {self.total} times."):
            self.show(pair[0][0], pair[1][0], run_time=0.4)
            self.mark().follow(step, self.cast.steps)
        with self.say("Perfect play only ⟨copies⟩. What it has learned, it ⟨paints⟩ with."):
            self.mark().show(pair[0][1])
            self.mark().show(pair[1][1])
        self.hold(0.3)

    def remember(self) -> Mobject:
        return self._both()
