"""Chapter 5: how words steer: by a needle that is read at every step, long at first, and longer by guidance."""

from dataclasses import replace
from functools import cached_property, partial
from itertools import combinations, pairwise
from math import inf

import numpy as np
from manim import DOWN, RIGHT, UL, UP, FadeIn, FadeOut, GrowArrow, Mobject, Square, ValueTracker, VGroup

from course import grammar
from course.maths import measure, steering, steering_checks
from course.model.data import BACKGROUND_RGB
from course.precompute import Capture, CaptureSpec
from course.precompute.families import Specs
from course.stage import Chapter, LivePicture, Picture, Walk, parts, theme
from course.stage.equation import Equation
from course.stage.parts.digits import on_baseline
from course.stage.parts.maps import place_in
from course.stage.parts.pictures import to_pixels
from course.stage.places import HERE, THERE, abreast, adding, arrow, bearings, copies, into, named, reading
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Live, Sheet, Sheets
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

FULLEST, STRONG, MILD = 7, 3.0, 2.0  # guidance: of walks at most, of one step, with a negative prompt
TURNS, CHANGES = 15, 10  # at so many steps all words are changed, and one of them
PITCH = 0.62  # from one row of words to the next
ROOT = r"-sqrt(1 - overline(alpha)_t) nabla log"


class Compass(Chapter):
    """How words steer: by a needle that is read anew at every step."""

    title = "The compass"
    question = "How do words steer?"
    letters = {"w": theme.MODEL, "A": theme.NOISE, "B": theme.PROMPT}  # noqa: RUF012

    def specs(self) -> Specs:
        """One static under many words; words changed on the way, in order and rows; words pulled at harder."""
        walk = CaptureSpec.of(self.cast, guidance=1.0)
        other = replace(walk, prompt=self.cast.other)
        bare = replace(walk, prompt=self.sentences[0], guidance=MILD)
        full = replace(walk, prompt=self.sentences[3])
        few = grammar.relatives(self.cast.prompt, self.cast.other, 6)[2:]
        turns, changes = (range(0, walk.steps, max(1, walk.steps // many)) for many in (TURNS, CHANGES))
        # From the first step on, it is a walk of its own.
        starts = {k: (full.key, k) if k else None for k in changes}
        return {
            "walk": walk,
            "other": other,
            "grown": [replace(walk, prompt=words) for words in self.sentences[:4]],
            "turned": {k: replace(other, start=(walk.key, k)) for k in turns[1:]},
            "full": full,
            "changed": {
                kind: {k: replace(full, prompt=words, start=start) for k, start in starts.items()}
                for kind, (_, _, words) in self.altered.items()
            },
            "plain": replace(walk, prompt=self.plain, record=("qk",)),
            "order": replace(walk, prompt=grammar.reordered(self.plain)[0]),
            "backwards": replace(walk, prompt=self.plain, mix=("backwards", (self.plain,))),
            "without": {w: replace(walk, prompt=grammar.without(self.plain, w)) for w in ("on", self.noun)},
            "guided": {w: replace(walk, guidance=float(w)) for w in range(FULLEST + 1)},
            "relatives": {w: [replace(walk, prompt=p, guidance=float(w)) for p in few] for w in (1, FULLEST)},
            "bare": bare,
            "away": {c: replace(bare, negative_prompt=f"a {c} background") for c in grammar.BACKGROUNDS},
        }

    def sheets(self) -> Sheets:
        """The sentence as it grows; words exchanged on the way; order; guidance; words to stay away from."""
        shown, plain, full, bare = self.captures, self.plain, self.captures["full"], self.sentences[0]
        guided, other = shown["guided"], shown["changed"]["thing"][0]
        grown = {"no words": guided[0], **{run.spec.prompt: run for run in (*shown["grown"], other)}}
        kinds = {kind: f"{was} → {now}" for kind, (was, now, _) in self.altered.items()}
        exchanged = {kind: {**walks, "never": full} for kind, walks in shown["changed"].items()}
        turned = {"0": shown["other"], **{str(k): run for k, run in shown["turned"].items()}}
        orders = {run.spec.prompt: run for run in (shown["plain"], shown["order"])}
        orders |= {f"{plain}, its rows backwards": shown["backwards"]}
        orders |= {f"{run.spec.prompt} (no “{word}”)": run for word, run in shown["without"].items()}
        pulled = {w: (guided[w], *runs) for w, runs in shown["relatives"].items()}
        away = {"nothing": shown["bare"], **{f"a {c} background": run for c, run in shown["away"].items()}}
        return (
            Sheet("words", "Word by word", "One piece of static, and a sentence that grows.", "Which word will change the picture most?",
                  ("Words",), grown),
            Sheet("exchange", "The point of no return", f"The walk to “{self.sentences[3]}”, one word exchanged on the way.", "From which step on does each exchange come too late?",
                  ("Exchanged", "Before step"), {(kinds[kind], str(k)): run for kind, walks in exchanged.items() for k, run in walks.items()},
                  Live(full.spec, later=tuple(self.altered[kind][2] for kind in kinds))),
            Sheet("all", "All the words", f"From “{self.cast.prompt}” to “{self.cast.other}” on the way.", "How late may all the words be exchanged?",
                  ("Before step",), {**turned, "never": shown["walk"]}, Live(shown["walk"].spec, later=(self.cast.other,))),
            Sheet("order", "Order", "The same words in another order, and without some.", "Which of these pictures will be another one?",
                  ("Words",), orders),
            Sheet("guidance", "How hard the words pull", "The same words and the same static; 1 is as the model was trained.", "At which number does it look best to you, and at which is it too much?",
                  ("Guidance",), {str(w): run for w, run in guided.items()}),
            Sheet("pulled", "Other words, pulled harder", "Five sentences, as trained and with the strongest pull.", "What does the pull do to all of them?",
                  ("Words", "Guidance"), {(run.spec.prompt, str(w)): run for w, runs in pulled.items() for run in runs}),
            Sheet("away", "Away from", f"“{bare}” with guidance {MILD:g}, and a background to stay away from.", "Which background will it take instead?",
                  ("Away from",), away),
        )  # fmt: skip

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return grammar.growing(self.cast.prompt, self.cast.other)

    @cached_property
    def altered(self) -> dict[str, tuple[str, str, str]]:
        return grammar.altered(self.cast.prompt, self.cast.other)

    @cached_property
    def plain(self) -> str:
        return grammar.plain(self.cast.prompt, self.cast.other)

    @cached_property
    def noun(self) -> str:
        return grammar.nouns(self.plain)[0]

    @property
    def _early(self) -> int:
        return max(2, self.cast.steps // 5)

    @cached_property
    def turned(self) -> steering.Changed:
        """How walks end whose words were changed at each of the turns."""
        walk, other, turned = (self.captures[name] for name in ("walk", "other", "turned"))
        return steering.Changed.of((other, *turned.values(), walk), [0, *turned])

    @cached_property
    def exchanged(self) -> dict[str, steering.Changed]:
        """By what is exchanged: how walks end, by the step of that."""
        full, kinds = self.captures["full"], self.captures["changed"].items()
        return {kind: steering.Changed.of((*walks.values(), full), list(walks)) for kind, walks in kinds}

    @cached_property
    def settled(self) -> list[str]:
        """What is exchanged, by how little of that is left at half the steps."""
        return sorted(self.exchanged, key=lambda kind: self.exchanged[kind].half[1])

    def _film(self, changed: steering.Changed) -> np.ndarray:
        """(S+1, H, W, 3): for each step the ending that is the nearest to it."""
        return np.stack([to_pixels(np.asarray(changed.endings[k])) for k in changed.nearest])

    @cached_property
    def compass(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The first walk's guess without words at each step; how much they add, and how far that has turned."""
        return steering.needle(self.captures["walk"])

    @cached_property
    def grown(self) -> list[np.ndarray]:
        """Six walks from one static as films: without words, the sentence as it grows, another thing in it."""
        other = self.captures["changed"]["thing"][0]
        return [walk.pictures for walk in (self.captures["guided"][0], *self.captures["grown"], other)]

    def _apart(self, one: Capture, other: Capture) -> float:
        return steering.apart(one.states[-1], other.states[-1])

    @verdict
    def words_alone(self) -> Verdict:
        nearest = min(measure.distance(*pair) for pair in combinations((film[-1] for film in self.grown), 2))
        return Verdict(nearest,
            (5, "One static, six walks. Not every ⟨word⟩ made a difference."),
            (inf, "One static, six pictures. Nothing but ⟨words⟩ made the difference."),
            how="the smallest distance between two of the six pictures, root mean square, in levels of 255")  # fmt: skip

    @verdict
    def shorter(self) -> Verdict:
        share = 100 * self.compass[1][self.cast.steps // 2] / self.compass[1][0]
        return Verdict(share,
            (60, f"And all the while, it shrinks. ⟨Halfway⟩, it is down to {share:.0f} percent of what it was."),
            (inf, f"And how long is it? ⟨Halfway⟩, it still has {share:.0f} percent of what it was."),
            how="length of what the words add to the guess at half the steps, by that at the first step", unit="%")  # fmt: skip

    @verdict
    def turning(self) -> Verdict:
        by = float(self.compass[2][self._early])
        return Verdict(by,
            (45, f"It has ⟨turned⟩ by {by:.0f} degrees only: ⟨words⟩ still add much the same."),
            (inf, f"It has ⟨turned⟩ by {by:.0f} degrees: what ⟨words⟩ add now has little in common with that."),
            how="angle between what the words add to the guess at a fifth of the steps and at the first step", unit="degrees")  # fmt: skip

    @verdict
    def knows(self) -> Verdict:
        walk, half = self.captures["walk"], self.cast.steps // 2
        far = [steering.apart(self.compass[0][k], walk.states[-1]) for k in (0, half)]
        return Verdict(far[1] / max(far[0], 1e-9),
            (0.5, "Why? By now the ⟨state⟩ shows what it will be. Even ⟨without⟩ words, the guess is close."),
            (inf, "Even ⟨now⟩, ⟨without⟩ words, the guess is something else."),
            how="distance of the guess without words from the ending, at half the steps by that at the first")  # fmt: skip

    @verdict
    def tips(self) -> Verdict:
        tip = steering.no_return(self.turned.nearness)
        return Verdict(float(self.turned.nearness[tip:].min()),
            (0.5, None),
            (inf, f"Where does it tip? Counted in pixels, at step {tip}: ⟨from⟩ there on, it is nearer to what was said first."),
            how="smallest nearness of the endings from there on: the distance to the other prompt's ending over the sum of both distances")  # fmt: skip

    @verdict
    def open(self) -> Verdict:
        first, *_, last = self.settled
        gone = [steering.no_return(1 - self.exchanged[kind].left) for kind in self.settled]
        order = f" The {first} is settled first, the {last} last." if gone == sorted(set(gone)) else ""
        (step, low), (_, high) = (self.exchanged[kind].half for kind in (first, last))
        return Verdict(100 * (high - low),
            (10, "⟨Halfway⟩, all three do about as ⟨little⟩."),
            (inf, f"⟨Halfway⟩, a new {first} does {100 * low:.0f} percent of its change, a new ⟨{last}⟩ still {100 * high:.0f}.{order}"),
            how=f"distance of the ending for a word exchanged at step {step} from the unchanged one, by that for one exchanged at once: the {last}'s less the {first}'s", unit="percentage points")  # fmt: skip

    @cached_property
    def look(self) -> steering.Look:
        """What is looked at a third of the way, where on the thing a head looks at its word most."""
        return steering.Look.at(self.captures["plain"], self.cast.steps // 3, self.noun)

    @verdict
    def glance(self) -> Verdict:
        rest = self.look.beside(*grammar.telling(self.plain))
        said = f"“{self.noun}” ⟨gets⟩ {100 * self.look.share(self.noun):.0f} percent."
        return Verdict(rest,
            (50, f"{said} ⟨Words⟩ that say nothing alone, and the two marks, get about {rest} together."),
            (inf, f"{said} ⟨Most⟩ goes to words that say nothing alone, and to the two marks: about {rest} together."),
            how="attention of the place shown to words that say nothing by themselves and to the marks, over all heads and layers at that step", unit="%")  # fmt: skip

    @verdict
    def causes(self) -> Verdict:
        whole, out = self.captures["plain"], self.captures["without"].values()
        on, noun = (self._apart(whole, one) for one in out)
        said = f"Without “on”, pixels move by {on:.0f} of 255 ⟨levels⟩. ⟨Without⟩ “{self.noun}”, no thing is named: by {noun:.0f}."
        return Verdict(on / max(noun, 1e-9),
            (0.8, f"{said} Looking is not causing."),
            (inf, f"{said} Here, a small word matters."),
            how="how far the ending moves without the one word, by how far without the other, root mean squares")  # fmt: skip

    @verdict
    def moved(self) -> Verdict:
        run, ground = self.captures["order"], str(grammar.parse(self.plain)[1])
        colours = steering.grounds(run.states[-1])
        rim, thing = (measure.distance(c, BACKGROUND_RGB[ground]) for c in colours)
        now = steering.colour(colours[0], BACKGROUND_RGB)
        return Verdict(rim - thing,
            (20, f"Not to the ⟨model⟩. The picture ⟨changes⟩, by {self._apart(run, self.captures['plain']):.0f} levels of 255."),
            (inf, f"Not to the ⟨model⟩: {ground} has ⟨moved⟩ from the background{f', now {now},' * (now != ground)} to the thing."),
            how=f"how much nearer the thing's colour is to {ground} than the rim's once the words are said in another order, in levels of 255")  # fmt: skip

    @verdict
    def rows(self) -> Verdict:
        by = self._apart(self.captures["backwards"], self.captures["plain"])
        return Verdict(by,
            (0.5, "Nothing changes. The ⟨encoder⟩ has written the order into the rows."),
            (inf, f"It moves by {by:.0f} levels: here the ⟨order⟩ of the rows counts."),
            how="distance of the ending whose rows were handed in backwards from the other one, root mean square")  # fmt: skip

    @verdict
    def glare(self) -> Verdict:
        by = 100 * steering.beyond(self.captures["guided"][FULLEST].states[-1])
        return Verdict(by,
            (0.5, f"At {spelled(FULLEST)}, hardly a number is ⟨beyond⟩ what a screen can show."),
            (inf, f"The price: at {spelled(FULLEST)}, {by:.0f} percent of its numbers are ⟨beyond⟩ what a screen can show."),
            how="numbers of the finished state more than half a level beyond ±1", unit="%")  # fmt: skip

    @cached_property
    def bare_ground(self) -> str:
        return steering.colour(steering.grounds(self.captures["bare"].states[-1])[0], BACKGROUND_RGB)

    @verdict
    def negative(self) -> Verdict:
        runs = self.captures["bare"], self.captures["away"][self.bare_ground]
        rims = [steering.grounds(run.states[-1])[0] for run in runs]
        now = steering.colour(rims[1], BACKGROUND_RGB)
        also = f" It is {now}: nobody asked for that, either." if now != self.bare_ground else ""
        return Verdict(measure.distance(*rims),
            (20, f"The background stays {self.bare_ground}: ⟨here⟩ it does nothing."),
            (inf, f"The background is not {self.bare_ground} ⟨any⟩ more.{also}"),
            how="how far the rim's colour moves, root mean square, in levels of 255")  # fmt: skip

    def story(self) -> None:
        self.tell(self._hook, self._six, self._needle)

    def _hook(self) -> None:
        # One picture, and its sentence beside it: both change with every word; then it falls back into static.
        last, at = [film[-1] for film in self.grown], ValueTracker(0)
        film = np.stack([*self.grown[1][-4:], last[2], last[4], self.grown[1][0]])
        picture = Walk(film, at, height=5.6, crossfade=True).move_to([3.3, -0.1, 0])
        said = [self.sentences[k] for k in (0, 1, 3)]
        words = [parts.Sentence(one, 54, width=5.9).move_to([-6.4, 2.6, 0], UL) for one in said]
        first, *more = (one.capitalize() for one in said)
        marked = (f"⟨{one}⟩ {rest}" for one, rest in (words.split(" ", 1) for words in more))
        self.add(picture, words[0])
        with self.opening(f"{first}. {'. '.join(marked)}."):
            self.run(at, 3, 0.8)
            for before, after in pairwise(words):
                self.mark().move(*before.grow(after), at.animate.set_value(at.get_value() + 1), run_time=0.6)
                before.settle(self, after)
        with self.say(self.question):
            self.turn(at, len(film) - 1, run_time=1.2)
        with self.say("All of them come from this one piece of static."):
            self.hide(words[-1])
            self.move(picture.animate.move_to([0, 0.2, 0]))

    def _six(self) -> None:
        # Six copies of the static, with more and more words: they part on the way.
        step, ground = ValueTracker(0), self.altered["background"][0]
        thing = grammar.Thing(self.altered["thing"][1]).phrase()
        tiles = VGroup(*(Walk(film, step, height=2.2) for film in self.grown))
        tiles.arrange_in_grid(2, 3, buff=(2.2, 0.75)).move_to([-0.2, 0.22, 0])
        said = ("no words", *self.sentences[:2], "… and big", f"… and on {ground}", f"… as {thing}")
        words = [named(*one, theme.PROMPT, gap=0.15)[1] for one in zip(tiles, said, strict=True)]
        self.clear()
        with self.say("Take six copies. Say ⟨nothing⟩ to one: it may become anything. Then say ⟨more⟩ and more; at last, ⟨another⟩ thing."):  # fmt: skip
            self.move(*copies(Picture(self.grown[1][0], 5.6).move_to([0, 0.2, 0]), tiles))
            self.mark().show(words[0].set_color(theme.NOISE), run_time=0.5)
            self.mark().gather(words[1:5], lag_ratio=0.4)
            self.mark().show(words[5], run_time=0.5)  # lint: allow many-words — six sentences, to compare
        with self.say("Then all of them walk, each under its own words."):
            self.sound_walk(self.captures["walk"].alphas_cumprod, self.line.remaining + 2)
            self.follow(step, self.cast.steps, beyond=2.0)
        with self.say(self.words_alone):
            self.mark().point(*words, run_time=1.8)

    def _needle(self) -> None:
        # One step: where it would go without words, what the words add, where it goes; then all the steps.
        walk, steps, step = self.captures["walk"], self.cast.steps, ValueTracker(0)
        without, told = (Walk(to_pixels(guess), step, 3.3) for guess in (self.compass[0], walk.guesses))
        push = theme.text("what words add", theme.LABEL, theme.PROMPT)
        dial = parts.Needle.along(*self.compass[1:], step, radius=1.65)
        here, _, there, *signs = adding(without, dial, told, ("without words", push, "with words"), 1.1)
        way = arrow(without.get_right(), told.get_left(), theme.PROMPT)
        percent, degrees = (one.shift([-1.35, y, 0]) for one, y in zip(dial.numbers, (0.5, 1.2), strict=True))
        state = Walk(walk.pictures, step, height=5.0).move_to([0, 0.4, 0])
        dots = parts.StepDots(steps, step, width=10.4, number=False).move_to([1.0, -2.55, 0])
        said = theme.text(self.cast.prompt, theme.LABEL, theme.PROMPT).next_to(dots, UP, 0.2)
        with self.say("Look into one walk, right at its start. The model ⟨guesses⟩ how it will end."):
            self.instead(state)
            self.mark().move(into(state, Square(1.5).move_to([-5.5, -2.2, 0])), FadeIn(dots))
        with self.say(f"⟨Without⟩ words, it guesses this blur: much is possible. ⟨With⟩ {self.cast.prompt}, this."):  # fmt: skip
            self.mark().show(here)
            self.mark().show(there, said)  # lint: allow many-words — the prompt, and what is added up
        with self.say("What words add is the ⟨way⟩ from one to the other: thousands of numbers. Of that, a ⟨needle⟩ shows two: how long it is, and its angle to this ⟨first⟩ one, which points up."):  # fmt: skip
            self.mark().show(GrowArrow(way), push)
            self.mark().swap(dial, *signs, instead_of=way)
            self.mark().point(dial, run_time=1.8)
        with self.say("Without words, plus the needle: ⟨there⟩ this step goes. But only a ⟨little⟩ way."):
            self.point(here, dial)
            self.mark().point(there)
            self.mark().turn(step, 1)
        with self.say("Then it asks again, at every step: a new needle. The ⟨pale⟩ one is the first."):
            self.run(step, 2, 1.4)
            self.mark().follow(step, self._early)
        with self.say(self.turning):
            self.mark().show(degrees, run_time=0.5)
            self.mark().point(dial, push, run_time=1.8)
        with self.say(self.shorter):
            self.show(percent, run_time=0.5)
            self.mark().run(step, steps // 2, 2.4)
        with self.say(self.knows):
            self.mark().point(state, run_time=1.5)
            self.mark().point(here, there, run_time=2.0)
        with self.say("So words are no map. They are a compass, and it is read at every step."):
            self.follow(step, steps - 1)
        self.hold(0.4)

    def mechanism(self) -> None:
        first = (self._too_late, self._one_word, self._table, self._looking, self._out)
        self.tell(*first, self._order, self._rows, self._pull, self._wall, self._away)

    def _too_late(self) -> None:
        # A walk whose words are changed on the way; then every such walk, from the first step to the last.
        steps, step, when = self.cast.steps, ValueTracker(0), ValueTracker(0)
        turn = self.turned.at[len(self.turned.at) // 3]
        film = np.concatenate([self.captures["walk"].pictures[:turn], self.captures["turned"][turn].pictures])
        picture = Walk(film, step, height=4.4).move_to([-3.9, 0.95, 0])
        sentences = (parts.Sentence(words, 54, width=5.6) for words in (self.cast.prompt, self.cast.other))
        before, after = (words.move_to([3.4, 0.95, 0]) for words in sentences)
        dots = parts.StepDots(steps, step, width=4.4).next_to(picture, DOWN, buff=0.3)
        with self.say(f"Could you change your mind on the way? We set out and say: {self.cast.prompt}."):
            self.show(picture, dots, before)
            self.follow(step, turn)
        with self.say(f"From here on, we say: {self.cast.other}. The walk goes ⟨on⟩ from where it is."):
            self.move(*before.grow(after))
            before.settle(self, after)
            self.point(after.fresh(before) or after, run_time=1.5)
            self.mark().follow(step, steps, beyond=1.6)
        ends = self._film(self.turned)
        ending = Walk(ends, when, height=4.4).move_to(picture)
        knob = parts.StepDots(steps, when, width=4.4).next_to(ending, DOWN, buff=0.3)
        names = ("words changed at step", "nearer to", "as near")
        plot = parts.Between(
            self.turned.nearness, *ends[[-1, 0]], labels=names, height=3.2, picture_height=1.8
        )
        plot.shift([6.5 - plot.get_right()[0], 0.15 - plot.get_y(), 0])
        with self.say("Now change them at every step in turn, ⟨first⟩ to last."):
            self.instead(ending, knob, plot.axes, plot.ends, plot.so_far(when), plot.marker(when))
            self.mark().follow(when, steps, beyond=1.8)
        with self.say(self.tips):
            self.turn(when, steering.no_return(self.turned.nearness))
            self.mark().point(plot, ending, run_time=1.8)

    def _one_word(self) -> None:
        # Three pictures of which one word each is exchanged, later and later; how much of that is left.
        steps, when, columns, kinds = self.cast.steps, ValueTracker(0), VGroup(), list(self.altered)
        for x, (kind, (was, now, _)) in zip((-4.6, 0, 4.6), self.altered.items(), strict=True):
            picture = Walk(self._film(self.exchanged[kind]), when, height=3.3).move_to([x, 1.05, 0])
            name = on_baseline(theme.text(f"{was} → {now}", theme.LABEL, theme.PROMPT)).shift([x, -1.15, 0])
            share = partial(np.interp, xp=range(steps + 1), fp=100 * self.exchanged[kind].left)
            left = reading("change:", share, when, theme.SIGNAL, suffix="%").set_x(x).shift(1.75 * DOWN)
            columns.add(VGroup(picture, name, left))
        knob = parts.StepDots(steps, when, width=9.0).move_to([0, -2.4, 0])
        whole = Picture(self.captures["full"].pictures[-1], 4.4).move_to([0, 0.6, 0])
        whole = named(whole, self.sentences[3], theme.PROMPT)
        with self.say(f"Here, no word is changed: {self.sentences[3]}."):
            self.instead(whole)
        with self.say("Now exchange ⟨one⟩ word only: the background, the colour, or the thing."):
            first, *others = columns
            self.mark().become(whole[0], first[0], FadeOut(whole[1]), run_time=1.0)
            self.gather([first[1:], *others], lag_ratio=0.6)  # lint: allow many-words — three pairs of words
        with self.say("At once, all of the change comes. The ⟨later⟩ the word, the less of the picture changes."):  # fmt: skip
            self.show(knob, run_time=0.4)
            self.mark().run(when, max(2, self.exchanged[kinds[0]].at[1]), 1.8)
            self.follow(when, self.exchanged[kinds[0]].half[0], beyond=1.0)
        with self.say(self.open):
            first, last = (columns[kinds.index(self.settled[k])] for k in (0, -1))
            for shown in (first, last):
                self.mark().point(shown, run_time=1.6)
            self.follow(when, steps, beyond=0.6)

    def _numbers(self, columns: int) -> parts.TensorTable:
        """The words of the sentence and the two marks around them, each with some numbers of its row."""
        walk = self.captures["plain"]
        rows = steering.said(walk.tokens, np.zeros(len(walk.tokens)))[0]
        shown = (len(rows), columns)
        table = parts.TensorTable(walk.text_embedding[: len(rows)], rows, show=shown, pitch=PITCH)
        return table.remove(table.shape_label).move_to([0, 0.1, 0])

    @needs(plain=("text_embedding", "tokens"))
    def _table(self) -> None:
        # The words of the sentence, and the marks around them, each with its row of numbers.
        size, table = len(self.captures["plain"].text_embedding[0]), self._numbers(4)
        with self.say(f"How do words get in? An ⟨encoder⟩ makes of each a row of {size} numbers, and of two ⟨marks⟩, for start and end."):  # fmt: skip
            self.instead(parts.Sentence(self.plain, 60, width=11.0).move_to([0, 0.6, 0]))
            self.mark().instead(table)
            self.mark().point(table.row(0), table.row(len(table.heads) - 1), run_time=1.8)

    def _place_in(self, height: float, x: float, y: float) -> tuple[Picture, Square]:
        """What is believed at the shown step, and the frame around the shown place."""
        walk, look = self.captures["plain"], self.look
        picture = Picture(walk.guess_pictures[look.step], height).move_to([x, y, 0])
        return picture, place_in(picture, look.place, walk.attention.shape[-1])

    @needs(plain=("attention", "queries", "keys"))
    def _looking(self) -> None:
        # A place in the picture asks, every row answers: lines as thick as its share.
        picture, frame = self._place_in(4.8, -4.0, 0.4)
        look, words = self.look, self.look.words
        bars = parts.WordBars(words, lambda: look.shares, width=2.0, numbers=True, pitch=PITCH)
        for row in bars.move_to([3.2, -0.1, 0]).rows:
            row[0].align_to(bars, -RIGHT)
        threads = bars.threads(frame.get_right())
        rows, telling = list(zip(words, bars.rows, strict=True)), grammar.telling(self.plain)
        with self.say("Each place in the guess ⟨asks⟩ every row: do you concern me? Each ⟨gets⟩ a share."):
            guess = named(picture, f"guess at step {look.step}", theme.MODEL)
            self.instead(guess, *(row[0] for row in bars.rows))
            self.mark().show(frame)
            self.mark().draw(threads)
        with self.say(self.glance):
            # lint: allow many-words — all shares, to add up
            self.show(*(VGroup(*row[1:]) for row in bars.rows), run_time=0.5)
            self.mark().point(*(row for word, row in rows if word == self.noun))
            self.mark().point(*(row for word, row in rows if word not in telling), run_time=2.4)

    def _out(self) -> None:
        # The picture whole, without a word that is looked at, and without the thing: looks, and what they do.
        whole, out = self.captures["plain"], self.captures["without"]
        pictures = [Picture(run.pictures[-1], 3.7) for run in (whole, *out.values())]
        row = abreast(pictures, ["all words", *(f"without “{word}”" for word in out)], theme.INK, 4.6, 0.85)
        for one, (word, run) in zip(row[1:], out.items(), strict=True):
            looked = f"looked at: {100 * self.look.share(word):.0f}%"
            moves = f"moves by {self._apart(whole, run):.0f}"
            for y, said, color in ((-2.25, looked, theme.PROMPT), (-2.85, moves, theme.SIGNAL)):
                one.add(on_baseline(theme.text(said, theme.LABEL, color)).shift([one[0].get_x(), y, 0]))
        with self.say("Does a word matter because it is looked at? ⟨Take⟩ one out, and walk ⟨again⟩."):
            self.instead(row[0])
            for one in row[1:]:
                self.mark().show(one[:3])
        with self.say(self.causes):
            self.mark().show(row[1][3], run_time=0.5)
            self.mark().show(row[2][3], run_time=0.5)
            self.point(row[1][2:], row[2][2:], run_time=2.4)

    def _order(self) -> None:
        # The same words in another order, each with its picture.
        orders = (self.plain, grammar.reordered(self.plain)[0])
        said, swapped = (parts.Sentence(words, width=5.8) for words in orders)
        pictures = [Picture(self.captures[name].pictures[-1], 3.4) for name in ("plain", "order")]
        for picture, words, x in zip(pictures, (said, swapped), (-3.4, 3.4), strict=True):
            words.next_to(picture.move_to([x, 1.05, 0]), DOWN, buff=0.3)
        with self.say("Does order matter? The same words, ⟨otherwise⟩ arranged. To you, they mean the same."):
            self.instead(pictures[0], said)
            self.mark().gather(swapped.words, lag_ratio=0.3)
        with self.say(self.moved):
            self.mark().show(pictures[1])
            self.mark().point(pictures[1], swapped, run_time=1.8)

    @needs(plain=("text_embedding", "tokens"))
    def _rows(self) -> None:
        # The same rows handed in backwards, and the picture stays.
        pictures = [Picture(self.captures[name].pictures[-1], 3.3) for name in ("plain", "backwards")]
        before, after = abreast(pictures, ("as written", "backwards"), theme.INK, 9.6, 0.6)
        table = self._numbers(1)
        last = len(table.heads) - 1
        turned = (table.row(r).animate.shift((last - 2 * r) * PITCH * DOWN) for r in range(last + 1))
        with self.say("And where does order sit? Leave the words, and hand in their ⟨rows⟩ backwards."):  # fmt: skip
            self.instead(before, table)
            self.mark().move(*turned, run_time=1.6)
        with self.say(self.rows):
            self.show(after)
            self.mark().point(before, after, run_time=1.8)

    def _pull(self) -> None:
        # One step again: the needle is made longer, and the picture follows it.
        w, step = ValueTracker(0), self.cast.steps // 3
        without, told = self.compass[0][step], self.captures["walk"].guesses[step]
        goes = LivePicture(lambda w: to_pixels(steering.guided(without, told, w)), w, height=3.9)
        names = ("without words", reading("needle ×", float, w, theme.MODEL), "where it goes")
        row = adding(Picture.from_model(without, 3.9), self._longer(w, STRONG), goes, names, 0.6)
        with self.say("A third along the first walk: how far to follow the needle? ⟨Zero⟩: not at all. ⟨One⟩: as it is."):  # fmt: skip
            self.instead(row)
            self.mark().point(row[1], row[2])
            self.mark().turn(w, 1)
        with self.say("⟨Three⟩: three times as far as the words say. This is guidance."):
            self.mark().turn(w, STRONG, run_time=2.0)

    def _longer(self, w: ValueTracker, most: float, radius: float = 1.7) -> parts.Needle:
        """The first walk's needle a third of the way, w times as long; at the most, it nearly fills the ring."""
        turned = float(self.compass[2][self.cast.steps // 3])
        return parts.Needle(lambda w: (0.95 * w / most, turned), w, radius=radius)

    def _wall(self) -> None:
        # Whole walks with more and more guidance, side by side; then four prompts, at one and at the most.
        guided, pairs = self.captures["guided"], self.captures["relatives"]
        shown, rows = (0, 1, int(STRONG), FULLEST), []
        strip = [Picture(guided[w].pictures[-1], 3.2) for w in shown]
        strip = abreast(strip, [f"× {w}" for w in shown], theme.MODEL, 3.4, 0.9)
        lost = f"{100 * steering.beyond(guided[FULLEST].states[-1]):.0f}% out of range"
        off = theme.text(lost, theme.LABEL, theme.WRONG).next_to(strip[-1], DOWN, 0.3, RIGHT)
        names = [grammar.parse(run.spec.prompt)[0][0].phrase().split(" ", 1)[1] for run in pairs[1]]
        for y, (w, runs) in zip((1.55, -0.95), pairs.items(), strict=True):
            row = abreast([Picture(run.pictures[-1], 2.3) for run in runs], names, theme.PROMPT, 3.0, y)
            times = theme.text(f"× {w}", theme.SENTENCE, theme.MODEL).move_to([-6.9, y, 0])
            rows.append(VGroup(times, *(one[0] for one in row), *(one[1] for one in row)).shift(0.95 * RIGHT))
        with self.say(f"Now whole walks, from one static. Not guided; ⟨once⟩; ⟨{spelled(int(STRONG))}⟩ times; ⟨{spelled(FULLEST)}⟩ times."):  # fmt: skip
            self.instead(strip[0])
            for one in strip[1:]:
                self.mark().show(one, run_time=0.5)
        with self.say(self.glare):
            self.point(strip[-1], run_time=1.2)
            self.mark().show(off, run_time=0.5)
            self.point(strip[-1], off, run_time=1.8)
        with self.say(f"Other words, the same static. Above, the needle ⟨once⟩; below, ⟨{spelled(FULLEST)}⟩ times."):  # fmt: skip
            self.instead(*rows[0][:5], *rows[1][5:])
            self.mark().point(*rows[0][:5])
            self.mark().show(*rows[1][:5])
            self.line.breathe(0.9)

    def _away(self) -> None:
        # A needle that starts from other words than none: a negative prompt.
        words, away = f"a {self.bare_ground} background", self.captures["away"][self.bare_ground]
        here = named(Picture(self.captures["bare"].pictures[-1], 4.2).move_to(HERE), "needle from no words")
        there = named(Picture(away.pictures[-1], 4.2).move_to(THERE), "negative prompt", theme.WRONG)
        needle, moved, ends = bearings((self.sentences[0], "no words", words), THERE)
        with self.say(f"This is “{self.sentences[0]}”, the needle {spelled(int(MILD))} times as long. Nobody ⟨asked⟩ for {self.bare_ground}."):  # fmt: skip
            self.instead(here)
            self.mark().point(here[0])
        with self.say(f"The needle starts at no words. Start it at ⟨“{words}”⟩: it points ⟨away⟩ from that."):
            self.show(*ends[:2], GrowArrow(needle))
            self.mark().become(needle, moved, FadeIn(ends[2]))
            self.mark().point(ends[2], moved)
        with self.say("That is a negative prompt. We walk ⟨again⟩."):
            self.mark().hide(moved, *ends)
            self.show(there)
        with self.say(self.negative):
            self.mark().point(there, run_time=1.8)
            self.hold(0.5)

    @proof
    def attention(self) -> Lines:
        """What a place receives from the words."""
        walk, at = self.captures["plain"], (self.look.step, slice(self.look.head, self.look.head + 1))
        looks = {"queries": walk.queries[at], "keys": walk.keys[at]}
        d = walk.queries.shape[-1]
        return (
            ("The place has features, h. A matrix, W Q, makes a ⟨question⟩ of them, q.",
             r"q = W_Q h", "a name: a place's question"),
            ("Word number j has the row r j. Another matrix, W K, makes its ⟨key⟩.",
             r"k_j = W_K r_j", "a name: each word's key"),
            ("How well do they fit? The dot product of their d numbers, over ⟨root⟩ d.",
             r"s_j = (q dot.c k_j) / sqrt(d)", steering_checks.fits.on(**looks)),
            text_only("The dot product is a sum of d products.", r"q dot.c k_j = q_1 k_(j 1) + q_2 k_(j 2) + dots.c + q_d k_(j d)", steering_checks.dot_product.on(**looks)),
            text_only("If all numbers are independent, with mean zero and variance one, so is each product.", r'op("Var") (q_i k_(j i)) = EE q_i^2 EE k_(j i)^2 = 1', steering_checks.variance_of_product.on()),
            ("A sum of d products: if each has ⟨variance⟩ one, and is independent, the variance is d.",
             r'op("Var") (q dot.c k_j) = 1 + 1 + dots.c + 1 = d', steering_checks.variance_of_dot.on(d=d)),
            ("Root d takes that back: the ⟨fits⟩ have variance one.",
             r'op("Var") (s_j) = d / sqrt(d)^2 = 1', steering_checks.variance_scaled.on(d=d)),
            ("From the fits come ⟨shares⟩: e to the fit, over the sum of all T.",
             r"a_j = e^(s_j) / (e^(s_1) + e^(s_2) + dots.c + e^(s_T))", steering_checks.weights.on(**looks)),
            text_only("A third matrix makes a value of each row.", r"v_j = W_V r_j", "a name: each word's value"),
            ("Another matrix makes values, v, of the rows. The place gets their ⟨mix⟩, o: a sum, so the ⟨order⟩ of rows is lost.",
             r"o = a_1 v_1 + a_2 v_2 + dots.c + a_T v_T", steering_checks.no_order.on(**looks)),
        )  # fmt: skip

    @proof
    def likelier(self) -> Lines:
        """What the words add points to where they are likelier."""
        level = tuple(self.captures["walk"].alphas_cumprod[:: max(1, self.cast.steps // 5)].tolist())
        return (
            ("⟨Bayes⟩ relates them: amber is grey, times the ⟨hill⟩, the chance of the words at x, over that anywhere.",
             r"p_t (x | c) = (p_t (x) p_t (c | x)) / p(c)", steering_checks.bayes.on(levels=level)),
            ("Take logarithms, and solve for the chance of the words.",
             r"log p_t (c | x) = log p_t (x | c) - log p_t (x) + log p(c)", steering_checks.logarithms.on(levels=level)),
            ("Take slopes along x, nabla. ⟨This⟩ term has no x: it goes.",
             r"nabla log p_t (c | x) = nabla log p_t (x | c) - nabla log p_t (x)", steering_checks.word_score.on(levels=level)),
            ("Chapter four: minus such a slope, times how much noise there is, is the ⟨predicted⟩ noise. Here without words, u.",
             rf"epsilon_u = {ROOT} p_t (x)", steering_checks.noise_is_score.on(levels=level)),
            ("With the words, c, likewise. The difference is the needle, as ⟨noise⟩. Noise is taken away: so it points ⟨uphill⟩, where the words are likelier.",
             rf"epsilon_c - epsilon_u = {ROOT} p_t (c | x)", steering_checks.compass.on(levels=level)),
            ("Guidance ⟨adds⟩ it w times.",
             r"hat(epsilon) = epsilon_u + w (epsilon_c - epsilon_u)", steering_checks.guided.on(self.captures["guided"][3], guidance=3.0)),
            text_only("Put both slopes in.", rf"hat(epsilon) = {ROOT} p_t (x) - w sqrt(1 - overline(alpha)_t) nabla log p_t (c | x)", steering_checks.both_slopes.on(levels=level)),
            ("Put both slopes in. W times a logarithm is a power: the walk ⟨climbs⟩ this product.",
             rf"hat(epsilon) = {ROOT} (p_t (x) p_t (c | x)^w)", steering_checks.power.on(levels=level)),
        )  # fmt: skip

    @proof
    def two_bells(self) -> Lines:
        """Guided walks do not end at that product."""
        check = steering_checks
        return (
            ("Does it arrive there? Let pictures, y, form a ⟨bell⟩ of width A; those with the words, ⟨one⟩ of width B.",
             r"p(y) = cal(N)(0, A^2) quad quad p(y | c) = cal(N)(0, B^2)", "a case that can be worked out on paper"),
            ("By Bayes, the chance of the words goes like one bell over the other. So this is the ⟨product⟩.",
             r"p(y) p(c | y)^w prop p(y) (p(y | c) slash p(y))^w = p(y)^(1-w) p(y | c)^w", check.powers.on()),
            ("Powers of bells are bells, exponents add: one over variance V. ⟨Above⟩ w of one, grey divides.",
             r"1 slash V = (1 - w) slash A^2 + w slash B^2", check.wanted.on()),
            ("But the walk comes from noise, sigma. It meets the bells widened ⟨first⟩, and then multiplied: not the ⟨product⟩, widened.",
             r"1 slash V_sigma = (1 - w) slash (A^2 + sigma^2) + w slash (B^2 + sigma^2)", check.noised.on()),
            text_only("The walk without dice, of chapter four, led by the mixed slopes.", r"(d y) / (d sigma) = - sigma ((1 - w) nabla log p_sigma (y) + w nabla log p_sigma (y | c))", check.ddim_flows.on()),
            ("A bell's slope is minus y over its variance: so the walk ⟨moves⟩ like this.",
             r"d y slash d sigma = sigma y slash V_sigma", check.flow.on()),
            text_only("Divide by y and integrate: sigma over a bracket is the slope of half its logarithm.", r"log abs(y) = (1 - w) / 2 log(A^2 + sigma^2) + w / 2 log(B^2 + sigma^2) + C", check.split.on()),
            text_only("Double it, for the squares. All walks stretch alike, so their variance does the same.", r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2) + D', check.spread.on()),
            ("Divide by y, add up all steps, and double, for the square: fractions become ⟨logarithms⟩.",
             r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2)', check.on_the_way.on()),
            ("Let sigma go to zero: ⟨here⟩ the walks end.",
             r'op("Var") y_0 = A^(2(1-w)) B^(2w)', check.endings.on()),
        )  # fmt: skip

    def derivation(self) -> None:
        self.tell(self._shares, self._uphill, self._bells, self._answer)

    @needs(plain=("attention", "queries", "keys"))
    def _shares(self) -> None:
        # One place and one head of the network: keys, fits, shares, and what comes out; bars fill and sharpen.
        walk, look, mix = self.captures["plain"], self.look, ValueTracker(0)
        tokens, (whole, sharp) = look.words, look.alone(walk)
        kinds = np.stack([0 * whole, whole, sharp])
        filled = (lambda at: [float(np.interp(at, range(3), kind)) for kind in kinds.T], mix)
        bars = parts.WordBars(tokens, *filled, width=1.0, pitch=PITCH, numbers=True)
        bars.move_to([1.2, 2.4, 0], UL)
        picture, frame = self._place_in(2.7, -5.2, 2.2)
        row, last = bars.rows[tokens.index(self.noun)][0], len(tokens) - 1
        asks, answers = [-3.2, frame.get_y(), 0], [row.get_left()[0] - 0.5, row.get_y(), 0]
        places = zip(("h", "q", "r_j", "k_j", "s_j = q dot.c k_j"), (asks, asks, answers, answers, [-0.4, 2.6, 0]), strict=True)  # fmt: skip
        drawn = [Equation(name, definition="a name on the picture").move_to(at) for name, at in places]
        feature, question, of, key, raw = drawn
        fit = arrow(question.get_right(), key.get_left(), theme.PROMPT)
        told = self.prove(self.attention, under=picture, at=(-2.7, -1.2, 0), width=6.7)
        with self.say("This is ⟨one⟩ of several heads, at the same place."):
            self.show(picture, frame, *(row[0] for row in bars.rows), run_time=0.5)
            self.mark().point(frame)
        for before, after in ((feature, question), (of, VGroup(key, fit))):
            with told.saying():
                self.show(before, run_time=0.4)
                told.write()
                self.mark().swap(after, instead_of=before)
        for name in ("sqrt(d)", "1", "1"):
            with told.written():
                self.point(told.part(name))
        with told.saying():
            told.write()
            self.hide(fit, question, key)
            # lint: allow many-words — all shares, to add up
            self.mark().show(*(VGroup(*row[1:]) for row in bars.rows), run_time=0.5)
            self.turn(mix, 1)
        with self.say("And ⟨without⟩ the root? The largest share is larger still."):
            self.mark().show(raw, run_time=0.4)
            self.turn(mix, 2, run_time=1.4)
        with told.saying():
            self.hide(raw, mix.animate.set_value(1), run_time=0.5)
            told.write()
            self.mark().point(bars, told.line)
            turned = (one.animate.shift((last - 2 * r) * PITCH * DOWN) for r, one in enumerate(bars.rows))
            self.mark().move(*turned, run_time=1.6)

    def _uphill(self) -> None:
        # Two clouds of states on a line, the words' chance as a hill, and a needle that points up there.
        toy, level, x, w = steering.TwoWords(), 0.6, ValueTracker(1.2), ValueTracker(1)
        symbols = ("p_t (x)", "p_t (x | c)", "p_t (c | x)", "prop p_t (x) p_t (c | x)^w")
        colors, (drawn, slope) = (theme.NOISE, theme.PROMPT, theme.INK, theme.MODEL), toy.laws(level)
        kinds = dict(zip(symbols, zip(colors, drawn, strict=True), strict=True))
        laws = parts.Laws(kinds, w, reach=2.4, top=1.0, width=8.2, height=2.0, formulas=True)
        push = laws.push(x, lambda x, w: 0.35 * w * slope(x), on=symbols[2])
        shown = [VGroup(laws.curves[name], laws.names[name]) for name in symbols]
        times = reading("w =", float, w, theme.MODEL).move_to([-1.6, 3.3, 0])
        told = self.prove(self.likelier, under=laws)
        with self.say("Let a picture be one number. ⟨Grey⟩: how likely each state, x, is at time t. ⟨Amber⟩: given the words, c."):  # fmt: skip
            self.instead(laws.axes)
            for one in shown[:2]:
                self.mark().show(one)
        with told.saying():
            self.mark()
            told.write()
            self.mark().show(shown[2])
        told.rest(until=2)
        with told.saying():
            self.mark().point(told.part("log p(c)"), run_time=1.0)
            told.write()
        with told.written():
            self.point(told.part("epsilon_u"))
        with told.written():
            self.point(told.part("epsilon_c - epsilon_u"))
            self.mark().show(push, run_time=0.5)
            self.turn(x, 0.0, run_time=1.6)
        with told.saying():
            told.write()
            self.show(times, run_time=0.4)
            self.mark().turn(w, STRONG)
        with told.written():
            self.show(shown[3])

    def _bells(self) -> None:
        # Bells as high as each other: widened first and multiplied then they are another bell; walks narrow.
        bells, w, sigma, wide = steering_checks.BELLS, ValueTracker(1), ValueTracker(0), 0.6
        names = ("all", "with words", "product", "widened first", "guided walks")
        colors = (theme.NOISE, theme.PROMPT, theme.MODEL, theme.TIME, theme.WRONG)
        kinds = dict(zip(names, zip(colors, bells.drawn(), strict=True), strict=True))
        laws = parts.Laws(kinds, w, sigma, reach=2.4, top=1.0, x_label="y", width=8.2, height=2.0)
        every, given, product, first, guided = (VGroup(laws.curves[name], laws.names[name]) for name in names)
        times = reading("w =", float, w, theme.MODEL).move_to([-1.6, 3.3, 0])
        noise = reading("σ =", float, sigma, theme.TIME, 1).move_to([0.8, 3.3, 0])
        widened = theme.text("widened last", theme.LABEL, theme.MODEL).align_to(product[1], [-1, 1, 0])
        told = self.prove(self.two_bells, under=laws)
        with told.saying():
            self.instead(laws.axes)
            for one in (every, given):
                self.mark().show(one)
        with told.written():
            self.show(product, times)
        with told.written():
            self.turn(w, STRONG, run_time=1.6)
        with told.written():
            self.hide(product[1], run_time=0.1)
            self.show(widened, first, noise, sigma.animate.set_value(wide))  # lint: allow many-words — names
            self.mark().point(widened, first[1], laws.axes, run_time=1.5)
        with told.written():
            self.show(guided, FadeOut(every, given), sigma.animate.set_value(2 * wide), run_time=1.0)
        with told.written():
            self.turn(sigma, wide, run_time=1.6)
        with told.written():
            self.hide(widened, run_time=0.1)
            self.show(product[1], sigma.animate.set_value(0), FadeOut(first), run_time=1.0)
        with self.say("At w of ⟨one⟩, they agree. ⟨Above⟩, guided walks end narrower than the product."):
            self.mark().turn(w, 1, run_time=1.0)
            self.mark().turn(w, STRONG, run_time=1.8)

    def _answer(self) -> None:
        # The walk and its needle, step by step; then the needle is made longer, and the picture follows.
        (step, w), (left, right) = (ValueTracker(0), ValueTracker(1)), ([-3.9, 0.3, 0], [1.6, 0.2, 0])
        walk = Walk(self.captures["walk"].pictures, step, height=5.0).move_to(right)
        films = np.stack([run.pictures[-1] for run in self.captures["guided"].values()])
        strong = Walk(films, w, height=5.0).move_to(right)
        dial = parts.Needle.along(*self.compass[1:], step, radius=2.2).move_to(left)
        times = reading("needle ×", float, w, theme.MODEL).move_to([left[0], -2.4, 0])
        longer = VGroup(self._longer(w, FULLEST, radius=2.2).move_to(left), times)
        with self.say("So how do words steer? By a needle, read at every step."):
            self.instead(dial, walk)
            self.follow(step, self.cast.steps)
        with self.say("And guidance follows it further than the words say."):
            self.swap(longer, strong, instead_of=VGroup(dial, walk), run_time=0.5)
            self.follow(w, FULLEST)

    def remember(self) -> Mobject:
        """Five endings of one walk, by the step at which the words were changed."""
        row = VGroup(*(Picture(self._film(self.turned)[k * self.cast.steps // 4], 2.55) for k in range(5)))
        question = theme.text("Too late to change your mind?", theme.TITLE, weight="BOLD")
        return VGroup(question, row.arrange(RIGHT, buff=0.16)).arrange(DOWN, buff=0.7)
