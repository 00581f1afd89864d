"""Chapter 3: how it learned: a guessing game, and why the best player of it would never paint anything new."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from math import inf
from typing import Any, cast

import numpy as np
from manim import DOWN, RIGHT, UP, FadeIn, FadeOut, Mobject, Square, ValueTracker, VGroup

from course import grammar
from course.maths import learn, learn_checks, measure
from course.maths.reverse import normal_density
from course.maths.walking import TOY
from course.model.data import SIZE, TRAINING, sample, to_model
from course.model.prompts import WATCHED
from course.model.settings import RECIPES
from course.precompute import CaptureSpec, Copies, Gathering, Milestones, Rivals, Rounds
from course.precompute.copies import likenesses
from course.precompute.families import Specs
from course.precompute.games import Stages, drawn
from course.stage import Chapter, LinePlot, LivePicture, Mosaic, Picture, Walk, parts, places, theme
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
PLAYERS = ("the album player", "our network")
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

    # Rounds, players, what they make

    def _of(self, name: str, array: str) -> np.ndarray:
        return self.gathered[name].arrays[array]

    def sheets(self) -> Sheets:
        """What was painted on the way through training."""
        grown = {
            (f"{seen:,}", prompt): picture
            for seen, pictures in zip(self.stages.seen, self.stages.pictures, strict=True)
            for prompt, picture in zip(WATCHED, pictures, strict=False)  # of the first seed
        }
        about = "Requests from its training, the same static each time, as it goes on."
        return (Sheet("grown", "While it learned", about, "After how many rounds can you name it?", ("Rounds", "Words"), grown),)  # fmt: skip

    @cached_property
    def stages(self) -> Stages:
        """Training's own pictures, from first to last."""
        return Stages.of(self.gathered["grown"])

    @property
    def total(self) -> str:
        """How many rounds were played."""
        return f"{self.stages.seen[-1]:,}"

    @property
    def numbers(self) -> int:
        """How many numbers the network is."""
        return int(self._of("rounds", "numbers")[0])

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
        said = f"After {seen[early]:,} rounds, ⟨blobs⟩: a judge finds what was asked in ⟨{few}⟩ of {all_}. "
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
            (inf, f"The mistake has a ⟨shape⟩: where the {what}, it is {times:.1f} times as large as ⟨beside⟩ it."),
            how="root mean square of the noise's error on the thing, by that on the ground")  # fmt: skip

    @verdict
    def sharper(self) -> Verdict:
        theirs, ours = learn.fineness(one.states[-1] for one in self.copied), learn.fineness(self.painted)
        return Verdict(theirs / ours,
            (1.05, "The album player's picture is no ⟨sharper⟩ than the network's."),
            (inf, "The album player's picture is the ⟨sharper⟩ one."),
            how=f"strength of fine detail in {SEEDS} pictures of the album player, by that in the network's")  # fmt: skip

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
        said = f"This ⟨one⟩. The ⟨difference⟩: {off:.0f} levels. "
        return Verdict(off,
            (5, f"{said}So that is a ⟨copy⟩ as well."),
            (inf, f"{said}What the network painted is on ⟨none⟩ of them."),
            how="from the network's picture to its nearest in training, shifted and flipped to fit", unit="levels")  # fmt: skip

    @verdict
    def clumsy(self) -> Verdict:
        off, new = (np.median(self._of("copies", name)) for name in ("far", "held_out"))
        said = "⟨Eight⟩ seeds: eight cards. And from the network, eight ⟨pictures⟩"
        return Verdict(off / new,
            (1.1, f"{said}, as far from its training as ⟨new⟩ drawings are."),
            (inf, f"{said}. They are farther from its training than ⟨new⟩ drawings are: clumsy, too."),
            how="how far the network's pictures are from their nearest in training, by how far new drawings are")  # fmt: skip

    @verdict
    def remembers(self) -> Verdict:
        known, new = (self._errors("album", kind)[HALF] for kind in (0, 1))
        said = f"An album of {CARDS:,} of its pictures: on these, ⟨{known:.0f}⟩ levels off. On new ones, ⟨{new:.0f}⟩."
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
    def heavy(self) -> Verdict:
        ours, theirs = (self._errors(name, 1)[-1] for name in ("network", "album"))
        return Verdict(abs(1 - theirs / ours),
            (0.05, "Only under the ⟨heaviest⟩ noise both guess alike: there, nobody knows anything."),
            (inf, "Even under the ⟨heaviest⟩ noise they differ."),
            how="the album's error on new pictures by the network's, at the most noise; less 1")  # fmt: skip

    @verdict
    def room(self) -> Verdict:
        numbers, own = TRAINING * 3 * SIZE**2, self.numbers
        said = f"Its {TRAINING:,} training pictures are ⟨{numbers / 1e6:.0f}⟩ million numbers. The network is ⟨{own / 1e6:.0f}⟩ million"
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
        self.add(picture, self._counter(stage, [4.3, 1.1, 0]), rounds)
        with self.opening(f"Asked for {thing}, this machine once painted snow. Then a blob. Then {thing}."):
            self.follow(stage, last)
        with self.say(self.question):
            self.turn(stage, 0, run_time=0.9)
            self.follow(stage, last)

    def _game(self) -> None:
        # A picture goes under; beside it comes a guess of the noise, then what that leaves of the picture.
        picture, noise, (guess, guessed) = self.played.picture, self.played.noise, self.played.guesses(SHOWN)
        share, most = ValueTracker(0), float(np.sqrt(1 - self.played.levels[SHOWN]))
        hidden = LivePicture(lambda b: to_pixels(learn.mixed(picture, noise, 1 - b**2)), share)
        static = Picture(to_pixels(guessed / PALE))
        names = "a picture, hidden", "its guess: the noise"
        left, right = side_by_side(hidden, static, names, (theme.SIGNAL, theme.NOISE), TALL)
        place = hidden.get_center()
        arrow = places.arrow([-1.1, 0.3, 0], [1.1, 0.3, 0], theme.MODEL)
        leaves, wrong = Picture(to_pixels(guess), TALL), Picture(parts.glow(guess - picture, 0.6), TALL)
        left_over = theme.text("what that leaves", theme.LABEL, theme.MODEL).move_to(right[1])
        mistake = theme.text("where it is wrong", theme.LABEL, theme.WRONG).move_to(right[1])
        truth = theme.text("the truth", theme.LABEL, theme.SIGNAL).move_to(left[1])
        with self.say("By playing a game. Take a picture, and ⟨hide⟩ it under noise."):
            self.instead(hidden.scale(1.2).move_to([0, 0.3, 0]))
            self.mark().turn(share, most, run_time=1.4)
        with self.say("⟨Guess⟩ which noise that was! ⟨This⟩ is its guess."):
            self.mark().move(hidden.animate.scale(1 / 1.2).move_to(place), FadeIn(left[1]))
            self.mark().show(arrow, right)
        with self.say("⟨Take⟩ the guess away: out comes what it believes was hidden."):
            self.mark().hide(right[1], run_time=0.3)
            self.become(static, leaves.move_to(static), FadeIn(left_over), run_time=1.4)
        with self.say("⟨Compare⟩ that with the truth. Wrong ⟨here⟩, by so much."):
            self.mark().hide(left[1], run_time=0.3)
            self.turn(share, 0, run_time=0.8)
            self.show(truth, run_time=0.3)
            self.mark().hide(left_over, run_time=0.3)
            self.become(leaves, wrong.move_to(leaves), FadeIn(mistake))
        turn = ValueTracker(0)
        starts, ways = np.random.default_rng(0).uniform([[0.1], [-0.2]], [[0.9], [0.2]], (2, 9))
        dials = parts.Dials(lambda s: starts + s * ways, turn, radius=0.55, gap=0.3, color=theme.MODEL)
        dials.move_to([0, -0.2, 0])
        many = theme.text(f"nine of {self.numbers:,}", theme.SENTENCE, theme.MODEL).move_to([0, -1.7, 0])
        own = f"each of its {self.numbers / 1e6:.0f} million inner numbers"
        with self.say(f"So {own} is ⟨turned⟩, by a hair, to where it would be less wrong."):
            small = VGroup(hidden, wrong).animate.scale(0.45).move_to([0, 2.1, 0])
            self.move(small, *(FadeOut(one) for one in (truth, mistake, arrow)))
            self.show(dials, many)
            self.mark().follow(turn, 1)

    def _words(self) -> None:
        # Ten rounds of training's own: noisy pictures, the words above; at the tenth there are none.
        at, count = ValueTracker(0), round(1 / RECIPES["pixel"].caption_dropout)
        rounds, rolls = [sample(k) for k in range(count)], np.random.default_rng(0)
        static = rolls.normal(size=(count, 3, SIZE, SIZE))
        noisy = learn.mixed(to_model(np.stack([one.pixels for one in rounds])), static, 0.45)
        said = [theme.text(one.caption, theme.SENTENCE, theme.PROMPT, width=9.5) for one in rounds[:-1]]
        said.append(theme.text("…", theme.TITLE, theme.MUTED))
        words = Driven(lambda k: said[round(k)].copy().move_to([-0.4, 2.95, 0]), at)
        film = Walk(to_pixels(noisy), at, 4.9).move_to([-0.4, -0.2, 0])
        label = theme.text("from its\ntraining", theme.LABEL, theme.MUTED).move_to([-5.2, -0.2, 0])
        number = places.reading("round", lambda k: round(k) + 1, at, theme.TIME).move_to([4.4, -0.2, 0])
        often = f"{spelled(count - 1).capitalize()} times in {spelled(count)}"
        with self.say(f"Then the next ⟨round⟩. {often}, the words are read aloud, too."):
            self.instead(film, words, label, number)
            self.mark().follow(at, count - 2, beyond=0.6)
        with self.say("And once, there are ⟨none⟩: then it must guess without."):
            self.mark().turn(at, count - 1, run_time=0.2)
            self.point(film, words, run_time=1.6)

    def _paints(self) -> None:
        # The walk of the cast's own prompt, static first; beside it what is guessed to be hidden in it.
        step, walk = ValueTracker(0), self.captures["walk"]
        names, colors = ("only noise", "what it believes"), (theme.NOISE, theme.MODEL)
        pair = side_by_side(Walk(walk.pictures, step), Walk(walk.guess_pictures, step), names, colors, TALL)
        said = "It is shown ⟨nothing⟩ but noise. It guesses, a little is taken off, and again."
        with self.say(f"And to paint {walk.spec.prompt}? {said}"):
            self.instead(pair[0])
            self.mark().show(pair[1])
            self.hide(pair[0][1], run_time=0.3)
            self.follow(step, walk.spec.steps, beyond=0.6)

    def _grown(self) -> None:
        # Eight requests of training's, two seeds each, at several moments; those that a judge finds right stay light.
        stage, right, early = ValueTracker(0), self.stages.right, self.stages.early
        films = self.stages.pictures.swapaxes(0, 1)
        wall = VGroup(*(Walk(one, stage, 1.56, crossfade=True) for one in films))
        wall.arrange_in_grid(rows=2, buff=0.08).move_to([0, -0.1, 0])
        count, rounds = self._counter(stage, [-1.8, 2.5, 0]), theme.text("rounds", theme.SENTENCE, theme.TIME)
        rounds.move_to([1.9, 2.45, 0])
        label = theme.text("requests from its training, two seeds each", theme.LABEL, theme.MUTED)

        def lit(which: np.ndarray) -> list[Any]:
            pairs = zip(wall, which, strict=True)
            return [one.animate.set_fill(opacity=1.0 if good else 0.25) for one, good in pairs]

        with self.say("These are eight ⟨requests⟩ of its own training. At first: ⟨snow⟩."):
            self.instead(wall, label.next_to(wall, DOWN, buff=0.35))
            self.mark().show(count, rounds)
            self.mark().follow(stage, 1)
        with self.say(self.risen):
            self.mark().turn(stage, early, run_time=1.6)
            self.mark().move(*lit(right[early]))
            self.mark().run(stage, len(right) - 1, 1.8)
            self.mark().move(*lit(right[-1]))
        with self.say(f"Nobody showed it how to paint. It guessed noise, ⟨{self.total}⟩ times."):
            self.move(*lit(np.ones_like(right[-1])))
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
        place = rest.get_center()
        rest.set_x(0)
        with self.say("Open one round. Here is the noise that was added, and the ⟨guess⟩. Which is which?"):
            self.show(pair[0][0])
            self.mark().show(pair[1][0])
        with self.say("Take one from the ⟨other⟩, and make what is left brighter."):
            self.show(pair[0][1], pair[1][1], run_time=0.4)
            merged = pair[0][0].animate.move_to(rest[0])
            self.mark().move(merged, FadeOut(pair[0][1], pair[1][1]))
            self.become(pair[1][0], rest[0], FadeOut(pair[0][0]), FadeIn(rest[1]))
        with self.say(self.shape):
            self.mark().move(rest.animate.move_to(place), FadeIn(shown))
            self.mark().point(*rest, run_time=1.8)

    def _wall(self, step: ValueTracker, height: float) -> parts.Cards:
        """The album; at a step of its player's walk, a card is as bright as it is likely."""
        return parts.Cards(to_pixels(self.cards), self.copied[0].film()[2], step, COLUMNS, height)

    def _album(self) -> None:
        # A wall of cards; a noisy picture beside it, and below that the mean of the cards that shine.
        step, count = ValueTracker(0), spelled(len(self.cards))
        wall = self._wall(step, 5.3).move_to([0, -0.1, 0])
        sees, says = (Walk(to_pixels(film), step, 2.35) for film in self.copied[0].film()[:2])
        seen = named(sees.move_to([-5.0, 2.1, 0]), "what it sees", theme.NOISE, gap=0.12)
        answer = named(says.move_to([-5.0, -1.05, 0]), "its answer", theme.INK, gap=0.12)
        middle = learn.undecided(self.copied[0].shares) + 1
        with self.say(f"Who plays best? Someone with an ⟨album⟩ of all cards in the game: here, {count}."):
            self.instead(wall)
            self.mark().point(wall.card(self.copied[0].card), run_time=1.6)
        with self.say("Under noise, ⟨which⟩ card can that be? The likelier, the ⟨brighter⟩."):
            self.mark().move(wall.animate.set_x(1.95), FadeIn(seen))
            self.mark().follow(step, 0.6 * middle, beyond=0.6)
        with self.say("The answer is their ⟨mean⟩, by how likely each is. None is ⟨better⟩: proof follows."):
            self.mark().show(answer)
            self.mark().follow(step, middle)

    def _race(self) -> None:
        # Two walks from one static, side by side: the album player's and the network's.
        step, last = ValueTracker(0), self.cast.steps
        copied, painted = to_pixels(self.copied[0].states), self.captures["walk"].pictures
        pair = self._players(Walk(copied, step), Walk(painted, step), *PLAYERS)
        with self.say("From the same static, let both of them ⟨paint⟩: the album player, and our network."):
            self.instead(*pair)
            self.mark().follow(step, 0.3 * last)
        with self.say(self.sharper):
            self.run(step, last, 1.0)
            self.mark().point(pair[0], run_time=1.6)

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
        at, among = ValueTracker(0), cast(Copies, self.gathered["copies"].of).among
        search = Walk(np.stack([sample(k).pixels for k in range(FIRST)]), at, 4.1).move_to(second[1][0])
        with self.say(f"And the ⟨network⟩? Of {among:,} pictures it trained on, which is nearest?"):
            self.mark().instead(second[0], search)
            self.follow(at, FIRST - 1, beyond=0.6)
        with self.say(self.fresh):
            self.mark().swap(second[1], instead_of=search)
            self.mark().show(second[2])
            self.mark().point(*second[2], run_time=1.8)

    def _compared(self, made: np.ndarray, card: np.ndarray, name: str, color: str) -> list[VGroup]:
        """What a player made, a card, and what they differ by, side by side and named."""
        apart = Picture(to_pixels(np.abs(made - card) - 1), 4.1).set_stroke(theme.MUTED, width=3)
        off = f"{measure.LEVELS * measure.distance(made, card):.0f} levels apart"
        tiles = VGroup(*(Picture(to_pixels(one), 4.1) for one in (made, card)), apart)
        colors = color, theme.SIGNAL, theme.WRONG
        words = places.named_row(tiles, ("painted", name, off), colors, 0.4)
        return [VGroup(*pair) for pair in zip(tiles, words, strict=True)]

    def _eight(self) -> None:
        # Eight pictures of either player, from the same eight pieces of static.
        copied = Mosaic(to_pixels(np.stack([one.states[-1] for one in self.copied])), 4)
        pair = self._players(copied, Mosaic(to_pixels(self.painted), 4), *PLAYERS, 3.2)
        for one, x in zip(pair, (-3.38, 3.38), strict=True):
            one.set_x(x).shift(0.5 * DOWN)
        with self.say(self.clumsy):
            self.instead(*pair)
            self.mark().point(pair[0])
            self.mark().point(pair[1])
            self.mark().point(*pair[1], run_time=1.8)
        with self.say("So the perfect player of this game never ⟨paints⟩ anything new."):
            self.mark().point(pair[0], run_time=1.8)

    def _curves(self) -> None:
        # How far off either player is, the more noise there is: on pictures that it knows, and on new ones.
        noise = np.sqrt(1 - self._of("rivals", "level"))
        at, kinds = ValueTracker(float(noise[0])), {"album, known": ("album", 0, theme.INK, 0.55, 0.28)}
        kinds["album, new"] = ("album", 1, theme.WRONG, 0.2, 0.3)
        kinds["network, known"] = ("network", 0, theme.SIGNAL, 0.27, 0.42)
        kinds["network, new"] = ("network", 1, theme.MODEL, 0.58, 0.42)
        curves = {name: self._errors(*of[:2]) for name, of in kinds.items()}
        plot = LinePlot(
            noise, curves, x_label="noise", y_label="levels off", colors={name: of[2] for name, of in kinds.items()},
            x_range=(0, 1), y_range=up_to(np.max(list(curves.values()))), width=11.4, height=4.3,
        )  # fmt: skip
        plot.shift([-0.35 - plot.axes.get_x(), 0.1 - plot.axes.get_y(), 0])
        for name, (*_, x, up) in kinds.items():
            plot.names[name].move_to(plot.point(x, plot.value(name, x)) + up * UP)
        with self.say("How do you tell ⟨memory⟩ from learning? Let both guess pictures that are new."):
            self.mark().instead(plot.axes)
            self.show(plot.line_at(at), run_time=0.3)
            self.follow(at, float(noise[HALF]))
        for player, said in (("album", self.remembers), ("network", self.learned)):
            both = f"{player}, known", f"{player}, new"
            dots = [plot.marker(name, at) for name in both]
            with self.say(said):
                for name, dot in zip(both, dots, strict=True):
                    self.mark().draw([plot.curves[name]], run_time=0.9)
                    self.show(plot.names[name], dot, run_time=0.4)
                self.mark().point(*dots, *(plot.names[name] for name in both), run_time=1.8)
        with self.say(self.heavy):
            self.mark().turn(at, float(noise[-1]))
            self.point(dots[-1], run_time=1.6)

    def _room(self) -> None:
        # All training pictures as a square of numbers, and the network's numbers as a square beside it.
        album = Square(4.9, stroke_width=0).set_fill(theme.SIGNAL, opacity=0.7).move_to([-3.0, 0.3, 0])
        small = Square(4.9 / self.room.measured**0.5, stroke_width=0).set_fill(theme.MODEL, opacity=1)
        small.move_to([3.4, 0, 0]).align_to(album, DOWN)
        with self.say(self.room):
            self.mark().instead(named(album, "its training pictures", theme.SIGNAL))
            self.mark().show(own := named(small, "the network", theme.MODEL))
            self.mark().move(small.animate.move_to(album), FadeOut(own[1]), run_time=1.4)
        pair = self._both()
        with self.say("It knows what old and new pictures have in ⟨common⟩. With ⟨that⟩, it paints."):
            self.mark().instead(*pair)
            self.mark().point(pair[1], run_time=1.6)
        self.hold(0.3)

    def _both(self) -> VGroup:
        """What either player made of one static."""
        copied, painted = (Picture(to_pixels(one)) for one in (self.copied[0].states[-1], self.painted[0]))
        return self._players(copied, painted, "copied", "painted")

    @staticmethod
    def _players(copied: Mobject, painted: Mobject, one: str, other: str, height: float = TALL) -> VGroup:
        """What either player makes, side by side and named."""
        return side_by_side(copied, painted, (one, other), (theme.INK, theme.MODEL), height)

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
            ("What does an ⟨answer⟩ g cost, on average? Put their ⟨mean⟩, m, in between, and open the square.",
             r"EE (x_0 - g)^2 = EE (x_0 - m)^2 + 2 (m - g) EE (x_0 - m) + (m - g)^2", learn_checks.expanded.on(**given)),
            ("Counted from their own mean, they are ⟨zero⟩ on average. So the middle goes.",
             r"EE (x_0 - m) = 0", learn_checks.centred.on(values=values, shares=shares)),
            ("What is left is ⟨least⟩ where the answer is the mean itself. The rest is doubt: nobody can win ⟨that⟩.",
             r"EE (x_0 - g)^2 = EE (x_0 - m)^2 + (m - g)^2", learn_checks.split.on(**given)),
        )  # fmt: skip

    def _cheapest(self) -> None:
        # What one number may be, as dots; over them what each answer costs, a curve on which an answer runs.
        _, values, shares = self.doubt
        at = ValueTracker(-0.5)
        costs = parts.Costs(values, shares, at)
        costs.shift(np.array([-0.6, 1.5, 0]) - costs.axes.get_center())
        told = self.prove(self.least, under=costs.axes, alone=True)
        with self.say("Why is the album best? Take one number of the picture. ⟨This⟩ is what it may be."):
            self.show(costs.axes)
            self.mark().show(costs.dots)
        with told.saying():
            self.mark().show(costs.curve, costs.answer)
            self.mark().show(costs.middle)
            told.write()
            self.follow(at, 0.9)
        with told.saying():
            told.write()
            self.mark().turn(at, costs.mean - 0.4, run_time=1.2)
        with told.saying():
            told.write()
            self.mark().turn(at, costs.mean, run_time=1.2)
            self.mark().point(costs.answer, costs.dots, run_time=1.4)
        self.sweep(0.4)

    @proof
    def optimum(self) -> Lines:
        """The best answer for an album."""
        k, first, walk = self.doubt[0], self.copied[0], self.captures["walk"]
        given = {"state": first.states[k], "cards": self.cards, "guess": first.guesses[k]}
        return (
            ("For an album, that mean is a sum over its cards, a. How ⟨likely⟩ each is, the bell of the noise says: the nearer, the ⟨likelier⟩.",
             rf"hat(x)_0 = sum_i w_i a_i, quad w_i prop exp(-norm(x_t - sqrt({BAR}) a_i)^2 / (2 (1 - {BAR})))", learn_checks.album.on(**given, level=float(walk.alphas_cumprod[k]))),
        )  # fmt: skip

    def _sum(self) -> None:
        # The album once more, its cards as bright as they are likely, and their mean, as the noise gets less.
        step, shares = ValueTracker(0), self.copied[0].shares
        wall = self._wall(step, 3.6).move_to([-2.6, 1.7, 0])
        answer = Walk(to_pixels(self.copied[0].film()[1]), step, 3.0).move_to([3.0, 1.2, 0])
        told = self.prove(self.optimum, under=wall)
        with told.saying():
            self.show(wall, answer)
            told.write()
            self.mark().run(step, learn.undecided(shares) + 1, 2.2)
            self.mark().follow(step, self.cast.steps)
        self.sweep(0.4)

    @proof
    def coordinates(self) -> Lines:
        """One mistake as three."""
        return (
            ("Noise or picture, which one to guess? The state fixes their ⟨sum⟩. So a mistake in one is a mistake in the other.",
             rf"sqrt({BAR}) Delta x_0 = -sqrt(1 - {BAR}) Delta epsilon", learn_checks.one_mistake.on(self.played)),
            ("⟨Square⟩ it. SNR is picture over noise. Where there is much noise, a guess of it is ⟨easily⟩ right.",
             rf'norm(Delta epsilon)^2 = "SNR" norm(Delta x_0)^2, quad "SNR" = {BAR} / (1 - {BAR})', learn_checks.noise_loss.on(self.played)),
            ("Ours guesses neither of them, but ⟨v⟩, both at once. Noise and picture are computed from it.",
             rf"v = sqrt({BAR}) epsilon - sqrt(1 - {BAR}) x_0", "a name: what ours answers"),
            ("Its mistakes count at ⟨every⟩ noise: never less than the picture's.",
             r'norm(Delta v)^2 = (1 + "SNR") norm(Delta x_0)^2', learn_checks.velocity_loss.on(self.played)),
        )  # fmt: skip

    def _coordinates(self) -> None:
        # One mistake as picture, as noise and as v, equally bright for equal errors, while the noise gets more.
        at, last = ValueTracker(1), len(self.played.levels) - 1
        found, kinds = [self.played.mistakes(k) for k in range(last + 1)], ("picture", "noise", "velocity")
        wrong = (np.stack([getattr(one, kind) for one in found]) for kind in kinds)
        tiles = VGroup(*(Walk(parts.glow(one, 0.55), at, 3.2, crossfade=True) for one in wrong))
        tiles.arrange(RIGHT, buff=0.5).move_to([-1.0, 1.75, 0])
        names = (("in the picture", theme.SIGNAL), ("in the noise", theme.NOISE), ("in v", theme.MODEL))
        trio = [named(tile, *name, gap=0.15) for tile, name in zip(tiles, names, strict=True)]
        share = np.sqrt(1 - self.played.levels)
        how = places.reading("noise", lambda k: np.interp(k, range(len(share)), share), at, theme.TIME, 2)
        how.move_to([5.6, 1.75, 0])
        told = self.prove(self.coordinates, under=trio[0], alone=True)
        with told.saying():
            self.show(*trio[:2], how)
            self.mark()
            told.write()
            self.follow(at, 3)
        with told.saying():
            self.mark()
            told.write()
            self.turn(at, 5, run_time=2.0)
            self.mark().follow(at, last)
        with told.saying():
            self.mark().show(trio[2])
            told.write()
            self.follow(at, 0.4 * last)
        with told.saying():
            told.write()
            self.mark().follow(at, 0, beyond=0.6)
        self.sweep(0.4)

    @proof
    def dropped(self) -> Lines:
        """From how likely pictures are to the game."""
        levels = self.captures["walk"].alphas_cumprod
        return (
            ("Why this game at all? We want the pictures to be ⟨likely⟩. By Jensen's inequality, it is enough if each step's bell lies on the ⟨true⟩ one.",
             r'-log p (x_0) <= sum_t "KL"(q(x_(t-1) | x_t, x_0) || p_theta (x_(t-1) | x_t)) + C', learn_checks.bound.on(levels=levels)),
            ("Two bells of one width: what counts is their distance, ⟨squared⟩. So it is the picture's error, with a weight.",
             r'"KL" = 1/2 ("SNR"_(t-1) - "SNR"_t) norm(Delta x_0)^2', learn_checks.one_term.on(levels=levels)),
            ("The game ⟨drops⟩ that weight: whatever the noise, a round is a round.",
             r'cal(L) = EE norm(Delta epsilon)^2', "the game: a choice (Ho et al. 2020, eq. 14)"),
        )  # fmt: skip

    def _bells(self) -> None:
        # Two bells of one width; the model's slides onto the true one.
        off, width = ValueTracker(1.7), 0.45
        laws = parts.Laws(
            {"true step": (theme.SIGNAL, lambda x, d: normal_density(x, -0.4, width**2)), "model step": (theme.MODEL, lambda x, d: normal_density(x, d - 0.4, width**2))},
            off, reach=2.4, top=1.0,
        )  # fmt: skip
        told = self.prove(self.dropped, under=laws.axes, alone=True)
        with told.saying():
            self.show(laws.axes, laws.curves["true step"], laws.names["true step"])
            self.mark().show(laws.curves["model step"], laws.names["model step"])
            told.write()
            self.mark().follow(off, 0.2)
        with told.saying():
            told.write()
            self.mark().turn(off, 1.2)
            self.turn(off, 0.4)
        with told.saying():
            told.write()
            self.mark().turn(off, 0)
        self.sweep(0.4)

    @proof
    def slopes(self) -> Lines:
        """What is guessed is a slope."""
        return (
            ("And where does a guess lead? Each picture ⟨pulls⟩ a state its own way, up its own bell: that is its noise, turned round.",
             rf"nabla log q(x_t | x_0) = -epsilon / sqrt(1 - {BAR})", learn_checks.slope_is_noise.on(self.played)),
            ("Aim for every ⟨single⟩ pull, and by that very mean you learn the slope of ⟨all⟩ pictures.",
             r"EE norm(s - nabla log q(x_t | x_0))^2 = EE norm(s - nabla log p_t (x_t))^2 + C", learn_checks.score_matching.on()),
        )  # fmt: skip

    def _slopes(self) -> None:
        # A hill with two tops; at one place two pulls, one for each top's pictures, and their mean.
        at = ValueTracker(-0.5)
        hill = {"all states": (theme.INK, lambda x, _: learn_checks.hill(x))}
        laws = parts.Laws(hill, at, reach=2.6, top=0.4)
        ways = [lambda x, _, c=c: learn_checks.pull(x, c) for c in TOY.places]
        pulls = VGroup(*(laws.push(at, way, theme.SIGNAL) for way in ways))
        mean = laws.push(at, lambda x, _: learn_checks.pull(x), theme.MODEL, on="all states")
        told = self.prove(self.slopes, under=laws.axes, alone=True)
        with told.saying():
            self.show(*laws)
            self.mark().show(pulls)
            told.write()
            self.follow(at, 0.6)
        with told.saying():
            told.write()
            self.mark().show(mean)
            self.mark().follow(at, 1.6)
        with self.say("That slope is what a walk ⟨follows⟩: whoever guesses noise can walk."):
            self.mark().follow(at, -0.2)
        self.sweep(0.4)

    def _answer(self) -> None:
        # The network's walk once more; then what the album player made of the same static, beside it.
        step, pair, last = ValueTracker(0), self._both(), self.cast.steps
        walk = Walk(self.captures["walk"].pictures, step, TALL).move_to(pair[1][0])
        with self.say(f"So how did it learn? It guessed ⟨noise⟩, {self.total} times."):
            self.show(walk, pair[1][1], run_time=0.4)
            self.mark().follow(step, last)
        with self.say("Perfect play only ⟨copies⟩. What it has learned, it ⟨paints⟩ with."):
            self.mark().show(pair[0])
            self.mark().point(*pair[1])
        self.hold(0.3)

    def remember(self) -> Mobject:
        return self._both()
