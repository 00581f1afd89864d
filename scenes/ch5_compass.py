"""Chapter 5: how words steer: by a needle that is read at every step, long at first, and longer by guidance."""

import math
from dataclasses import replace
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, GrowArrow, Mobject, Square, ValueTracker, VGroup

from course import grammar
from course.maths import measure, steering, steering_checks
from course.model.data import BACKGROUND_RGB
from course.precompute import Capture, CaptureSpec
from course.precompute.families import Specs
from course.stage import Chapter, LiveNumber, LivePicture, Picture, Walk, parts, theme
from course.stage.parts.maps import place_in
from course.stage.parts.pictures import to_pixels
from course.stage.places import HERE, THERE, arrow, bearings, into, named, reading
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Sheet, Sheets
from course.stage.telling import needs
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

FULLEST, STRONG, MILD = 7, 3.0, 2.0  # guidance: of walks at most, of one step, with a negative prompt
TURNS, CHANGES = 15, 10  # at so many steps all words are changed, and one of them
OTHERS = 4  # so many other prompts are shown to do the same
COLUMNS, MIDDLE = (-4.6, 0.0, 4.6), 0.6  # where three pictures stand side by side
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
        prompts = grammar.relatives(self.cast.prompt, self.cast.other, OTHERS + 2)[2:]

        def changed(kind: str, step: int) -> CaptureSpec:
            # From the first step on, it is a walk of its own.
            return replace(full, prompt=self.altered[kind][2], start=(full.key, step) if step else None)

        return {
            "walk": walk,
            "other": other,
            "grown": [replace(walk, prompt=words) for words in self.sentences[:4]],
            "turned": {k: replace(other, start=(walk.key, k)) for k in self.turns[1:]},
            "full": full,
            "changed": {kind: {k: changed(kind, k) for k in self.changes} for kind in self.altered},
            "plain": replace(walk, prompt=self.plain, record=("qk",)),
            "order": replace(walk, prompt=grammar.reordered(self.plain)[0]),
            "backwards": replace(walk, prompt=self.plain, mix=("backwards", (self.plain,))),
            "without": {w: replace(walk, prompt=grammar.without(self.plain, w)) for w in ("on", self.noun)},
            "guided": {w: replace(walk, guidance=float(w)) for w in range(FULLEST + 1)},
            "relatives": {
                w: [replace(walk, prompt=one, guidance=float(w)) for one in prompts] for w in (1, FULLEST)
            },
            "bare": bare,
            "away": {c: replace(bare, negative_prompt=f"a {c} background") for c in grammar.BACKGROUNDS},
        }

    def sheets(self) -> Sheets:
        """The sentence as it grows; words exchanged on the way; order; guidance; words to stay away from."""
        shown, plain, full = self.captures, self.plain, self.captures["full"]
        kinds = {kind: f"{was} → {now}" for kind, (was, now, _) in self.altered.items()}
        guided, bare = shown["guided"], self.sentences[0]
        others = {
            1: [guided[1], *shown["relatives"][1]],
            FULLEST: [guided[FULLEST], *shown["relatives"][FULLEST]],
        }
        return (
            Sheet(
                "words",
                "Word by word",
                "One piece of static, and a sentence that grows.",
                "Which word will change the picture most?",
                ("Words",),
                {
                    "no words": guided[0],
                    **{run.spec.prompt: run for run in shown["grown"]},
                    self.altered["thing"][2]: shown["changed"]["thing"][0],
                },
            ),
            Sheet(
                "exchange",
                "The point of no return",
                f"The walk to “{self.sentences[3]}”, one word exchanged on the way.",
                "From which step on does each exchange come too late?",
                ("Exchanged", "Before step"),
                {
                    (said, str(k)): run
                    for kind, said in kinds.items()
                    for k, run in shown["changed"][kind].items()
                }
                | {(said, "never"): full for said in kinds.values()},
            ),
            Sheet(
                "all",
                "All the words",
                f"From “{self.cast.prompt}” to “{self.cast.other}” on the way.",
                "How late may all the words be exchanged?",
                ("Before step",),
                {
                    "0": shown["other"],
                    **{str(k): run for k, run in shown["turned"].items()},
                    "never": shown["walk"],
                },
            ),
            Sheet(
                "order",
                "Order",
                "The same words in another order, and without some.",
                "Which of these pictures will be another one?",
                ("Words",),
                {
                    plain: shown["plain"],
                    grammar.reordered(plain)[0]: shown["order"],
                    f"{plain}, its rows backwards": shown["backwards"],
                    **{f"{run.spec.prompt} (no “{word}”)": run for word, run in shown["without"].items()},
                },
            ),
            Sheet(
                "guidance",
                "How hard the words pull",
                "The same words and the same static; 1 is as the model was trained.",
                "At which number does it look best to you, and at which is it too much?",
                ("Guidance",),
                {str(w): run for w, run in guided.items()},
            ),
            Sheet(
                "pulled",
                "Other words, pulled harder",
                "Five sentences, as trained and with the strongest pull.",
                "What does the pull do to all of them?",
                ("Words", "Guidance"),
                {(run.spec.prompt, str(w)): run for w, runs in others.items() for run in runs},
            ),
            Sheet(
                "away",
                "Away from",
                f"“{bare}” with guidance {MILD:g}, and a background to stay away from.",
                "Which background will it take instead?",
                ("Away from",),
                {"nothing": shown["bare"], **{f"a {c} background": run for c, run in shown["away"].items()}},
            ),
        )

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return grammar.growing(self.cast.prompt, self.cast.other)

    @cached_property
    def altered(self) -> dict[str, tuple[str, str, str]]:
        return grammar.altered(self.cast.prompt, self.cast.other)

    @cached_property
    def plain(self) -> str:
        """The growing sentence up to its background, the thing in its own colours."""
        (thing,), background = grammar.parse(self.sentences[3])
        return grammar.caption((replace(thing, colour=None),), background)

    @cached_property
    def noun(self) -> str:
        return grammar.nouns(self.plain)[0]

    @cached_property
    def turns(self) -> range:
        return range(0, self.cast.steps, max(1, self.cast.steps // TURNS))

    @cached_property
    def changes(self) -> range:
        return range(0, self.cast.steps, max(1, self.cast.steps // CHANGES))

    @cached_property
    def half(self) -> int:
        return min(self.changes, key=lambda k: abs(k - self.cast.steps / 2))

    @cached_property
    def turned(self) -> steering.Changed:
        """How walks end whose words were changed at each of the turns."""
        turned = (self.captures["turned"][k] for k in self.turns[1:])
        walks = (self.captures["other"], *turned, self.captures["walk"])
        return steering.Changed(self.cast.steps, self.turns, [walk.states[-1] for walk in walks])

    @cached_property
    def exchanged(self) -> dict[str, steering.Changed]:
        """By what is exchanged: how walks end, by the step of that."""
        full, found = self.captures["full"], {}
        for kind, walks in self.captures["changed"].items():
            ends = [walk.states[-1] for walk in (*walks.values(), full)]
            found[kind] = steering.Changed(self.cast.steps, self.changes, ends)
        return found

    @property
    def early(self) -> int:
        return max(2, self.cast.steps // 5)

    @property
    def late(self) -> int:
        return self.turns[len(self.turns) // 3]

    @cached_property
    def settled(self) -> list[str]:
        return sorted(self.exchanged, key=lambda kind: self.exchanged[kind].left[self.half])

    def _film(self, changed: steering.Changed) -> np.ndarray:
        """(S+1, H, W, 3): for each step the ending that is the nearest to it."""
        return np.stack([to_pixels(np.asarray(changed.endings[k])) for k in changed.nearest])

    @cached_property
    def compass(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the words add to the first walk's guess at each step, how much that is, how far it turned."""
        return steering.needle(self.captures["walk"])

    @cached_property
    def believed(self) -> tuple[np.ndarray, np.ndarray]:
        """(S, C, H, W): the first walk's guesses without words, and with them."""
        return self.captures["walk"].guesses - self.compass[0], self.captures["walk"].guesses

    @cached_property
    def grown(self) -> list[np.ndarray]:
        """Six walks from one static as films: without words, the sentence as it grows, another thing in it."""
        other = self.captures["changed"]["thing"][0]
        return [walk.pictures for walk in (self.captures["guided"][0], *self.captures["grown"], other)]

    def _apart(self, one: Capture, other: Capture) -> float:
        return steering.apart(one.states[-1], other.states[-1])

    @verdict
    def words_alone(self) -> Verdict:
        ends = [film[-1] / measure.LEVELS for film in self.grown]
        nearest = min(steering.apart(a, b) for k, a in enumerate(ends) for b in ends[:k])
        return Verdict(nearest,
            (5, "One static, six walks. Not every word made a difference."),
            (inf, "One static, six pictures. Nothing but words made the difference."),
            how="the smallest distance between two of the six pictures, root mean square, in levels of 255")  # fmt: skip

    @verdict
    def shorter(self) -> Verdict:
        share = 100 * self.compass[1][self.cast.steps // 2] / self.compass[1][0]
        return Verdict(share,
            (60, f"And it shrinks. ⟨Halfway⟩, it is down to {share:.0f} percent of what it was."),
            (inf, f"And how long? ⟨Halfway⟩, it still has {share:.0f} percent of what it was."),
            how="length of what the words add to the guess at half the steps, by that at the first step", unit="%")  # fmt: skip

    @verdict
    def turning(self) -> Verdict:
        by = float(self.compass[2][self.early])
        return Verdict(by,
            (45, f"It has ⟨turned⟩ by {by:.0f} degrees only: ⟨words⟩ still add much the same."),
            (inf, f"It has ⟨turned⟩ by {by:.0f} degrees: what ⟨words⟩ add now has little in common with that."),
            how="angle between what the words add to the guess at a fifth of the steps and at the first step", unit="degrees")  # fmt: skip

    @verdict
    def knows(self) -> Verdict:
        guesses, half = self.believed[0], self.cast.steps // 2
        far = [steering.apart(guesses[k], self.captures["walk"].states[-1]) for k in (0, half)]
        return Verdict(far[1] / max(far[0], 1e-9),
            (0.5, "Why? By now the ⟨state⟩ shows what it will be. Even ⟨without⟩ words, the guess is close."),
            (inf, "Even ⟨now⟩, ⟨without⟩ words, the guess is something else."),
            how="distance of the guess without words from the ending, at half the steps by that at the first")  # fmt: skip

    @verdict
    def tips(self) -> Verdict:
        tip = steering.no_return(self.turned.nearness)
        return Verdict(float(self.turned.nearness[tip:].min()),
            (0.5, None),
            (inf, f"Where does it tip? ⟨From⟩ step {tip} on, it is nearer, pixel by pixel, to what was said first."),
            how="smallest nearness of the endings from there on: the distance to the other prompt's ending over the sum of both distances")  # fmt: skip

    @verdict
    def open(self) -> Verdict:
        first, *_, last = self.settled
        gone = [steering.no_return(1 - self.exchanged[kind].left) for kind in self.settled]
        order = f" The {first} is settled first, the {last} last." if gone == sorted(set(gone)) else ""
        low, high = (100 * self.exchanged[kind].left[self.half] for kind in (first, last))
        return Verdict(high - low,
            (10, "⟨Halfway⟩, all ⟨three⟩ do about as ⟨little⟩."),
            (inf, f"⟨Halfway⟩, the {first} does least. The ⟨{last}⟩ does {high:.0f} percent of its ⟨change⟩.{order}"),
            how=f"distance of the ending for a word exchanged at step {self.half} from the unchanged one, by that for one exchanged at once: the {last}'s less the {first}'s", unit="percentage points")  # fmt: skip

    @cached_property
    def place(self) -> tuple[int, int, int]:
        """Step, head and place that are shown: where, on the thing, a head looks at its word most."""
        walk, step = self.captures["plain"], self.cast.steps // 3
        thing = steering.subject(walk.guesses[step], math.isqrt(walk.queries.shape[2]))
        token = walk.tokens.index(self.noun)
        return step, *steering.telling_head(walk.queries[step], walk.keys[step], token, thing)

    @cached_property
    def shares(self) -> dict[str, float]:
        """What that place looks at, all heads and layers together; all add up to 1."""
        walk, (step, _, place) = self.captures["plain"], self.place
        return steering.looks(walk.tokens, walk.attention[step].reshape(len(walk.tokens), -1)[:, place])

    @verdict
    def glance(self) -> Verdict:
        rest = 100 * sum(v for word, v in self.shares.items() if word not in grammar.telling(self.plain))
        said = f"“{self.noun}” gets {100 * self.shares[self.noun]:.0f} percent."
        return Verdict(rest,
            (50, f"{said} ⟨Words⟩ that say nothing alone, and the signs, get {rest:.0f} together."),
            (inf, f"{said} ⟨Most⟩ goes to words that say nothing alone, and to the signs: {rest:.0f} together."),
            how="attention of the place shown to words that say nothing by themselves and to signs, over all heads and layers at that step", unit="%")  # fmt: skip

    @verdict
    def causes(self) -> Verdict:
        whole, out = self.captures["plain"], self.captures["without"].values()
        on, noun = (self._apart(whole, one) for one in out)
        said = f"Without “on”, it moves by {on:.0f} levels, ⟨without⟩ “{self.noun}” by {noun:.0f}."
        return Verdict(on / max(noun, 1e-9),
            (0.8, f"{said} Looking is not causing."),
            (inf, f"{said} Here, a small word matters."),
            how="how far the ending moves without the one word, by how far without the other, root mean squares")  # fmt: skip

    @verdict
    def moved(self) -> Verdict:
        run, ground = self.captures["order"], str(grammar.parse(self.plain)[1])
        rim, thing = (measure.distance(c, BACKGROUND_RGB[ground]) for c in steering.grounds(run.states[-1]))
        return Verdict(rim - thing,
            (20, f"Not to the model. The picture ⟨changes⟩, by {self._apart(run, self.captures['plain']):.0f} levels of 255."),
            (inf, f"Not to the model. It is another picture, and {ground} has ⟨moved⟩ from the background to the thing."),
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
        said = f"At {spelled(FULLEST)}, {by:.0f} percent of its numbers are ⟨beyond⟩ what a screen can show."
        return Verdict(by,
            (0.5, f"At {spelled(FULLEST)}, hardly a number is ⟨beyond⟩ what a screen can show."),
            (inf, said),
            how="numbers of the finished state more than half a level beyond ±1", unit="%")  # fmt: skip

    @cached_property
    def bare_ground(self) -> str:
        return steering.colour(steering.grounds(self.captures["bare"].states[-1])[0], BACKGROUND_RGB)

    @verdict
    def negative(self) -> Verdict:
        runs = (self.captures["bare"], self.captures["away"][self.bare_ground])
        rims = [steering.grounds(run.states[-1])[0] for run in runs]
        return Verdict(measure.distance(*rims),
            (20, f"The background stays {self.bare_ground}: ⟨here⟩ it does nothing."),
            (inf, f"The background is not {self.bare_ground} ⟨any⟩ more."),
            how="how far the rim's colour moves, root mean square, in levels of 255")  # fmt: skip

    def story(self) -> None:
        self.tell(self._hook, self._six, self._needle)

    def _hook(self) -> None:
        # One picture comes out of static and changes with every word; then it falls back into static.
        last, at = [film[-1] for film in self.grown], ValueTracker(0)
        film = np.stack([*self.grown[1][-9:], last[2], last[4], self.grown[1][0]])
        picture = Walk(film, at, height=6.3, crossfade=True).move_to([0, 0.2, 0])
        first, second, third = (self.sentences[k].capitalize() for k in (0, 1, 3))
        marked = (f"⟨{one}⟩ {rest}" for one, rest in (words.split(" ", 1) for words in (second, third)))
        self.add(picture)
        with self.opening(f"{first}. {'. '.join(marked)}."):
            self.run(at, len(self.grown[1][-9:]) - 1, 0.9)
            for _ in range(2):
                self.mark().turn(at, at.get_value() + 1, run_time=0.5)
        with self.say(self.question):
            self.turn(at, len(film) - 1, run_time=1.2)
        with self.say("All of them come from this one piece of static."):
            self.point(picture)

    def _six(self) -> None:
        # Six copies of the static, with more and more words: they part on the way.
        step, (thing, ground) = ValueTracker(0), grammar.parse(self.sentences[3])
        was, now, _ = self.altered["thing"]
        added = (f"+ {thing[0].colour}", f"+ {thing[0].size}", f"+ on {ground}", f"{was} → {now}")
        tiles = VGroup(*(Walk(film, step, height=2.5) for film in self.grown))
        tiles.arrange_in_grid(rows=2, cols=3, buff=(1.4, 0.75)).move_to([-1.0, 0.65, 0])
        named_tiles = zip(tiles, ("no words", self.sentences[0], *added), strict=True)
        words = [named(*one, theme.PROMPT, gap=0.15)[1] for one in named_tiles]
        words[0].set_color(theme.NOISE)
        with self.say("Take six copies. Say nothing to one, then ⟨more⟩ and more; at last, ⟨another⟩ thing."):
            self.instead(*tiles)
            self.show(words[0], run_time=0.5)
            self.mark().gather(words[1:5], lag_ratio=0.4)
            self.mark().show(words[5], run_time=0.5)
        with self.say("Then all of them walk, each under its own words."):
            self.sound_walk(self.captures["walk"].alphas_cumprod, self.line.remaining + 2)
            self.follow(step, self.cast.steps, beyond=2.0)
        with self.say(self.words_alone):
            self.point(*tiles[:2], run_time=2.0)

    def _dial(self, step: ValueTracker, radius: float = 1.7) -> parts.Needle:
        """The first walk's needle at a step."""
        length, turned = ((range(len(read)), read) for read in self.compass[1:])
        return parts.Needle(lambda k: (np.interp(k, *length), np.interp(k, *turned)), step, radius=radius)

    def _sum(self, without: Picture, dial: Mobject, name: Mobject, goes: Picture, where: str) -> VGroup:
        """The guess without words, plus the needle, and where that goes."""
        left, _, right = ([x, MIDDLE, 0] for x in COLUMNS)
        here = named(without.move_to(left), "without words", theme.NOISE)
        there = named(goes.move_to(right), where, theme.PROMPT if where == "with words" else theme.MODEL)
        signs = (theme.text("+", theme.TITLE), theme.text("=", theme.TITLE))
        for sign, x in zip(signs, (-2.2, 2.2), strict=True):
            sign.move_to([x, MIDDLE, 0])
        return VGroup(
            here, VGroup(dial.move_to([0, MIDDLE, 0]), name.set_x(0).match_y(here[1])), there, *signs
        )

    def _needle(self) -> None:
        # One step: where it would go without words, what the words add, where it goes; then all the steps.
        walk, steps, step = self.captures["walk"], self.cast.steps, ValueTracker(0)
        without, told = (Walk(to_pixels(guess), step, height=3.1) for guess in self.believed)
        push = theme.text("what words add", theme.LABEL, theme.PROMPT)
        row = self._sum(without, self._dial(step, 1.5), push, told, "with words").shift(0.55 * UP)
        here, (dial, _), there, *signs = row
        way = arrow(without.get_right(), told.get_left(), theme.PROMPT)
        state = Walk(walk.pictures, step, height=5.0).move_to([0, 0.4, 0])
        place = Square(1.75).move_to([-4.6, -2.0, 0])
        dots = parts.StepDots(steps, step, width=7.6, number=False).move_to([0.9, -2.4, 0])
        name = theme.text("the walk", theme.LABEL, theme.TIME).move_to([-2.0, -1.75, 0])
        with self.say("Look into one walk, right at its start."):
            self.instead(state)
        with self.say(f"Where to? ⟨Without⟩ words, the model guesses this. ⟨With⟩ {self.cast.prompt}, this."):
            self.move(into(state, place), FadeIn(name, dots), run_time=0.9)
            self.mark().show(here)
            self.mark().show(there)
        with self.say("What words add is the ⟨way⟩ between. Draw it as a ⟨needle⟩: farther is longer."):
            self.mark().show(GrowArrow(way), push)
            self.mark().swap(dial, *signs, instead_of=way)
        with self.say("Without words, plus the needle: ⟨there⟩ this step goes. But only a ⟨little⟩ way."):
            self.point(here, dial)
            self.mark().point(there)
            self.mark().turn(step, 1)
        with self.say("Then it asks again: a new needle. Pointing ⟨up⟩ is what words added first."):
            self.run(step, 2, 1.0)
            self.mark().follow(step, self.early)
        with self.say(self.turning):
            self.mark().point(dial)
            self.mark().point(push)
        with self.say(self.shorter):
            self.mark().run(step, steps // 2, 2.4)
        with self.say(self.knows):
            self.mark().point(state)
            self.mark().point(here)
        with self.say("So words are no map. They are a compass, and it is read at every step."):
            self.follow(step, steps - 1)
        self.hold(0.6)

    def mechanism(self) -> None:
        first = (self._too_late, self._one_word, self._table, self._looking, self._out)
        self.tell(*first, self._order, self._pull, self._wall, self._away)

    def _too_late(self) -> None:
        # A walk whose words are changed on the way; then every such walk, from the first step to the last.
        steps, step, turn, when = self.cast.steps, ValueTracker(0), self.late, ValueTracker(self.late)
        film = np.concatenate([self.captures["walk"].pictures[:turn], self.captures["turned"][turn].pictures])
        picture = Walk(film, step, height=4.4).move_to([-3.9, 0.95, 0])
        sentences = (parts.Sentence(words, 54, width=5.6) for words in (self.cast.prompt, self.cast.other))
        before, after = (words.move_to([3.4, 0.95, 0]) for words in sentences)
        dots = parts.StepDots(steps, step, width=4.4).next_to(picture, DOWN, buff=0.3)
        with self.say(f"Could you change your mind on the way? We set out and say: {self.cast.prompt}."):
            self.show(picture, dots, before)
            self.follow(step, turn)
        with self.say(f"From here on, we say: {self.cast.other}. ⟨The⟩ walk goes on from where it is."):
            self.move(*before.grow(after))
            before.settle(self, after)
            self.mark().follow(step, steps, beyond=2.0)
        with self.say("And this is ⟨where⟩ it ends."):
            self.mark().point(picture)
        endings = self._film(self.turned)
        ending = Walk(endings, when, height=4.0).move_to([-3.9, 1.0, 0])
        bar = parts.SplitBar(steps, when, ("first", "then"), width=4.8)
        bar.shift(np.array([-3.9, -2.1, 0]) - bar.later.get_center())
        nearness, ends = self.turned.nearness, endings[[-1, 0]]
        names = ("changed at step", "nearer to", "as near")
        plot = parts.Between(nearness, *ends, labels=names, width=4.6, height=3.2)
        plot.shift([6.5 - plot.get_right()[0], -0.1 - plot.get_y(), 0])
        with self.say("Now change them at every step in turn, ⟨from⟩ the first one to the last."):
            self.instead(ending, bar, plot.axes, plot.ends, plot.so_far(when), plot.marker(when))
            self.turn(when, 0)
            self.mark().follow(when, steps, beyond=2.0)
        with self.say(self.tips):
            self.turn(when, steering.no_return(self.turned.nearness))
            self.mark().point(plot.ends[0], ending)

    def _one_word(self) -> None:
        # Three pictures of which one word each is exchanged, later and later; how much of that is left.
        steps, when, columns, kinds = self.cast.steps, ValueTracker(0), VGroup(), list(self.altered)
        whole = Picture(self.captures["full"].pictures[-1], 4.2).move_to([0, 0.6, 0])
        for x, (kind, (was, now, _)) in zip(COLUMNS, self.altered.items(), strict=True):
            picture = Walk(self._film(self.exchanged[kind]), when, height=3.1)
            name = theme.text(f"{was} → {now}", theme.LABEL, theme.PROMPT).move_to([x, -0.75, 0])
            share = partial(np.interp, xp=range(steps + 1), fp=100 * self.exchanged[kind].left)
            left = LiveNumber(share, when, decimals=0, suffix="%", size=theme.LABEL, color=theme.SIGNAL)
            unit = theme.text("left", theme.LABEL, theme.SIGNAL).move_to([x + 0.6, -1.35, 0])
            columns.add(VGroup(picture.move_to([x, 1.05, 0]), name, left.move_to([x - 0.5, -1.35, 0]), unit))
        knob = parts.StepDots(steps, when, width=9.0).move_to([0, -2.3, 0])
        with self.say(f"Here, no word is changed: ⟨{self.sentences[3]}⟩."):
            self.instead(named(whole, "nothing changed", theme.PROMPT))
            self.mark().point(whole)
        with self.say("Now exchange one word only: the ⟨background⟩, the ⟨colour⟩, or the ⟨thing⟩."):
            self.mark().instead(columns[0])
            for column in columns[1:]:  # lint: allow many-words — three pairs of words, a number below each
                self.mark().show(column, run_time=0.5)
        with self.say("At once, all of the change comes. The ⟨later⟩ the word, the less of it is left."):
            self.show(knob, run_time=0.4)
            self.mark().follow(when, self.half, beyond=1.0)
        with self.say(self.open):
            first, last = (columns[kinds.index(self.settled[k])] for k in (0, -1))
            for shown in (first, last, last[2:]):
                self.mark().point(shown)
        with self.say("And at the very end, no word changes anything."):
            self.follow(when, steps, beyond=1.0)

    @needs(plain=("text_embedding", "tokens"))
    def _table(self) -> None:
        # The words of the sentence, and the signs around them, each with its row of numbers.
        walk = self.captures["plain"]
        rows, size = steering.said(walk.tokens, np.zeros(len(walk.tokens)))[0], len(walk.text_embedding[0])
        table = parts.TensorTable(walk.text_embedding[: len(rows)], rows, show=(5, 4))
        words = parts.Sentence(self.plain, 60, width=11.0).move_to([0, 0.6, 0])
        with self.say(f"How do words get in? An ⟨encoder⟩ makes each a row of {size} numbers, ⟨signs⟩ for start and end too."):  # fmt: skip
            self.instead(words)
            self.mark().instead(table.move_to([0, -0.2, 0]))
            self.mark().point(table.heads[0])

    def _place_in(self, height: float, x: float, y: float) -> tuple[Picture, Square]:
        """What is believed at the shown step, and the frame around the shown place."""
        walk, (step, _, place) = self.captures["plain"], self.place
        picture = Picture(walk.guess_pictures[step], height).move_to([x, y, 0])
        return picture, place_in(picture, place, walk.attention.shape[-1])

    @needs(plain=("attention", "queries", "keys"))
    def _looking(self) -> None:
        # A place in the picture asks, every row answers: lines as thick as its share.
        picture, frame = self._place_in(5.0, -4.0, 0.2)
        telling, said = grammar.telling(self.plain), self.plain.split()
        order = sorted(self.shares, key=lambda word: word not in telling)
        words = [f"{word} ×{said.count(word)}" if said.count(word) > 1 else word for word in order]
        weights = [self.shares[word] for word in order]
        bars = parts.WordBars(words, lambda: weights, width=2.2, numbers=True, pitch=0.66)
        threads = bars.move_to([2.9, 0.5, 0]).threads(frame.get_right())
        silent = bars.rows[len(set(order) & set(telling)) :]
        rest = theme.text(f"together {100 * sum(weights[-len(silent) :]):.0f}%", theme.LABEL, theme.INK)
        rest.next_to(silent[-1], DOWN, buff=0.3).align_to(bars, RIGHT)
        with self.say("Each place in the picture ⟨asks⟩ every row: do you concern me? Each ⟨gets⟩ a share."):
            self.instead(picture)
            self.mark().show(frame, *(row[0] for row in bars.rows))
            self.mark().draw(threads)
        with self.say(self.glance):
            # lint: allow many-words — all shares, to add up
            self.show(*(VGroup(*row[1:]) for row in bars.rows))
            self.mark().show(rest, run_time=0.4)
            self.point(*silent, rest, run_time=2.0)

    def _three(self, pictures: list[np.ndarray], names: list[str], color: str) -> VGroup:
        """Three pictures side by side, each with its name, the first one's in ink."""
        places = zip(COLUMNS, pictures, names, (theme.INK, color, color), strict=True)
        made = (named(Picture(one, 4.1).move_to([x, 0.55, 0]), name, c) for x, one, name, c in places)
        return VGroup(*made)

    def _out(self) -> None:
        # The picture whole, without a word that is looked at, and without the thing.
        runs = [self.captures["plain"], *self.captures["without"].values()]
        names = ["all words", "without “on”", f"without “{self.noun}”"]
        row = self._three([run.pictures[-1] for run in runs], names, theme.WRONG)
        for one, run in zip(row[1:], runs[1:], strict=True):
            by = theme.text(f"{self._apart(runs[0], run):.0f} levels", theme.LABEL, theme.SIGNAL)
            one.add(by.next_to(one[1], DOWN, buff=0.2))
        with self.say("Does a word matter because it is looked at? ⟨Take⟩ one out, and walk ⟨again⟩."):
            self.instead(row[0])
            for one in row[1:]:
                self.mark().show(one[:2])
        with self.say("From black to full colour, a screen has ⟨255⟩ levels. By how many do pixels move?"):
            self.mark().gather(one[2] for one in row[1:])
        with self.say(self.causes):
            self.point(row[1], run_time=1.8)
            self.mark().point(row[2])

    def _order(self) -> None:
        # The same words in another order; then the same rows in another order.
        orders = (self.plain, grammar.reordered(self.plain)[0])
        said, swapped = (parts.Sentence(words, 54, width=6.0).move_to([3.4, 0.5, 0]) for words in orders)
        films = [self.captures[name].pictures[-1] for name in ("plain", "order", "backwards")]
        picture = Picture(films[0], height=5.2).move_to([-3.6, 0.2, 0])
        row = self._three(films, ["as written", "words moved", "rows backwards"], theme.PROMPT)
        with self.say("Does order matter? The same words, ⟨otherwise⟩ arranged. To a reader, they mean the same."):  # fmt: skip
            self.instead(picture, said)
            self.mark().move(*said.grow(swapped))
            said.settle(self, swapped)
        with self.say(self.moved):
            self.show(picture.animate.set_pixels(films[1]), run_time=1.2)
            self.mark().point(picture)
        with self.say("And where does order sit? Leave the words, and hand in their ⟨rows⟩ backwards."):
            self.hide(swapped)
            self.move(into(picture, row[1][0]))
            self.show(row[1][1], row[0])
            self.mark().show(row[2])
        with self.say(self.rows):
            self.mark().point(row[0], row[2])

    def _pull(self) -> None:
        # One step again: the needle is made longer, and the picture follows it.
        k, w = self.cast.steps // 3, ValueTracker(0)
        without, told = (guess[k] for guess in self.believed)
        goes = LivePicture(lambda w: to_pixels(steering.guided(without, told, w)), w, height=3.9)
        dial = self._longer(w, STRONG)
        times = reading("needle ×", lambda w: w, w, theme.MODEL)
        row = self._sum(Picture.from_model(without, 3.9), dial, times, goes, "where it goes")
        with self.say("One knob is left: how far to follow the needle. ⟨Zero⟩: not at all. ⟨One⟩: as it is."):
            self.instead(row)
            self.mark().point(row[1])
            self.mark().turn(w, 1)
        with self.say("⟨Three⟩: three times as far as the words say. This is guidance."):
            self.mark().turn(w, STRONG, run_time=2.0)

    def _longer(self, w: ValueTracker, most: float, radius: float = 1.7) -> parts.Needle:
        """The first walk's needle a third of the way, w times as long; at the most, it nearly fills the ring."""
        turned = float(self.compass[2][self.cast.steps // 3])
        return parts.Needle(lambda w: (0.95 * w / most, turned), w, radius=radius, color=theme.MODEL)

    def _wall(self) -> None:
        # Whole walks with more and more guidance; then four prompts, at one and at the most.
        w, columns = ValueTracker(0), (-3.2, -0.4, 2.4, 5.2)
        guided = self.captures["guided"]
        picture = Walk(np.stack([walk.pictures[-1] for walk in guided.values()]), w, height=5.6)
        name = theme.text("guidance", theme.SENTENCE, theme.MODEL).move_to([4.6, 1.7, 0])
        number = LiveNumber(round, w, decimals=0, size=theme.TITLE, color=theme.MODEL).move_to([4.6, 0.7, 0])
        lost = f"{100 * steering.beyond(guided[FULLEST].states[-1]):.0f}% off the screen"
        off = theme.text(lost, theme.LABEL, theme.WRONG).move_to([4.0, -0.6, 0])
        rows, pairs = VGroup(), self.captures["relatives"]
        for y, (strength, runs) in zip((1.5, -1.0), pairs.items(), strict=True):
            rows.add(VGroup(theme.text(f"× {strength}", theme.SENTENCE, theme.MODEL).move_to([-5.7, y, 0])))
            rows[-1].add(*(Picture(one.pictures[-1], 2.3) for one in runs))
            for picture_of, x in zip(rows[-1][1:], columns, strict=True):
                picture_of.move_to([x, y, 0])
        names = (grammar.parse(run.spec.prompt)[0][0].phrase().split(" ", 1)[1] for run in pairs[1])
        below = zip(rows[1][1:], names, strict=True)
        words = [named(one, name, theme.PROMPT, gap=0.2)[1] for one, name in below]
        with self.say(f"Whole walks, then, from one static: from zero ⟨up⟩ to {spelled(FULLEST)}."):
            self.instead(picture.move_to([-2.6, 0.2, 0]), name, number)
            self.mark().follow(w, FULLEST, beyond=1.8)
        with self.say(self.glare):
            self.mark().show(off)
            self.point(picture, off)
        with self.say(f"Other words, the same static: the needle ⟨once⟩, and ⟨{spelled(FULLEST)}⟩ times."):
            self.instead(*words)
            self.mark().show(rows[0])
            self.mark().show(rows[1])

    def _away(self) -> None:
        # A needle that starts from other words than none: a negative prompt.
        words, away = f"a {self.bare_ground} background", self.captures["away"][self.bare_ground]
        here = named(Picture(self.captures["bare"].pictures[-1], 4.2).move_to(HERE), "from no words")
        there = named(Picture(away.pictures[-1], 4.2).move_to(THERE), "negative prompt", theme.WRONG)
        needle, moved, ends = bearings((self.sentences[0], "no words", words), THERE)
        with self.say(f"This is “{self.sentences[0]}”, guided. Nobody ⟨asked⟩ for {self.bare_ground}."):
            self.instead(here)
            self.mark().point(here[0])
        with self.say(f"The needle starts at no words. Start it at ⟨“{words}”⟩: it points ⟨away⟩ from that."):
            self.show(*ends[:2], GrowArrow(needle))
            self.mark().become(needle, moved, FadeIn(ends[2]))
            self.mark().point(ends[2], moved)
        with self.say("That is a ⟨negative⟩ prompt. We walk again."):
            self.mark().hide(moved, *ends)
            self.show(there)
        with self.say(self.negative):
            self.mark().point(there[0])
        self.hold(0.4)

    @proof
    def attention(self) -> Lines:
        """What a place receives from the words."""
        walk, (step, head, _) = self.captures["plain"], self.place
        looks = {"queries": walk.queries[step, head : head + 1], "keys": walk.keys[step, head : head + 1]}
        d = walk.queries.shape[-1]
        return (
            ("The place has features, h. A learned matrix, W Q, makes a ⟨question⟩ of them, q.",
             r"q = W_Q h", "a name: a place's question"),
            ("Word number j has the row r j. Another matrix, W K, makes its ⟨key⟩.",
             r"k_j = W_K r_j", "a name: each word's key"),
            ("How well do they fit? Their dot product, over ⟨root⟩ d. Both are d numbers long.",
             r"s_j = (q dot.c k_j) / sqrt(d)", steering_checks.fits.on(**looks)),
            text_only("The dot product is a sum of d products.", r"q dot.c k = q_1 k_1 + q_2 k_2 + dots.c + q_d k_d", steering_checks.dot_product.on(**looks)),
            text_only("If all numbers are independent, with mean zero and variance one, so is each product.", r'op("Var") (q_i k_i) = EE q_i^2 EE k_i^2 = 1', steering_checks.variance_of_product.on()),
            ("It is a sum of d products. If each has ⟨variance⟩ one, and is independent, the variance is d. ⟨Root⟩ d takes that back.",
             r'op("Var") (q dot.c k) = 1 + 1 + dots.c + 1 = d', steering_checks.variance_of_dot.on(d=d)),
            text_only("Divide by root d, and the variance is divided by d: one, however long the keys.", r'op("Var") ((q dot.c k) / sqrt(d)) = d / d = 1', steering_checks.variance_scaled.on(d=d)),
            ("Out of the fits with all T rows come ⟨shares⟩, just as the program computes them.",
             r"a_j = e^(s_j) / (e^(s_1) + e^(s_2) + dots.c + e^(s_T))", steering_checks.weights.on(**looks)),
            text_only("A third matrix makes a value of each row.", r"v_j = W_V r_j", "a name: each word's value"),
            ("A third matrix makes of each row a value, v. The place gets a ⟨mix⟩ of them, o. It is a sum: so the order of rows is lost.",
             r"o = a_1 v_1 + a_2 v_2 + dots.c + a_T v_T", steering_checks.no_order.on(**looks)),
        )  # fmt: skip

    @proof
    def likelier(self) -> Lines:
        """What the words add points to where they are likelier."""
        level = tuple(self.captures["walk"].alphas_cumprod[:: max(1, self.cast.steps // 5)].tolist())
        return (
            ("⟨Bayes⟩ relates them: amber is grey, ⟨times⟩ the chance of the words at x, over their chance anywhere.",
             r"p_t (x | c) = (p_t (x) p_t (c | x)) / p(c)", steering_checks.bayes.on(levels=level)),
            ("Take logarithms, and solve for the chance of the words.",
             r"log p_t (c | x) = log p_t (x | c) - log p_t (x) + log p(c)", steering_checks.logarithms.on(levels=level)),
            ("Take slopes along x. The last term has no x, so it goes.",
             r"nabla log p_t (c | x) = nabla log p_t (x | c) - nabla log p_t (x)", steering_checks.word_score.on(levels=level)),
            ("Chapter four: such a slope, times minus a root, is a ⟨predicted⟩ noise. This one is without words, u.",
             rf"epsilon_u = {ROOT} p_t (x)", steering_checks.noise_is_score.on(levels=level)),
            ("With the words, c, likewise. Their difference is the needle, as ⟨noise⟩. Noise is taken away, hence the minus: it points ⟨uphill⟩, to where the words are likelier.",
             rf"epsilon_c - epsilon_u = {ROOT} p_t (c | x)", steering_checks.compass.on(levels=level)),
            ("Guidance adds it w times. The program ⟨does⟩ exactly this.",
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
            ("Does it arrive there? Let all pictures, y, form a ⟨bell⟩ of width A, and those with the words one of width B.",
             r"p(y) = cal(N)(0, A^2) quad quad p(y | c) = cal(N)(0, B^2)", "a case that can be worked out on paper"),
            ("By Bayes, the chance of the words goes like one bell over the other. So this is the ⟨product⟩.",
             r"p(y) p(c | y)^w prop p(y)^(1-w) p(y | c)^w", check.powers.on()),
            ("Powers of bells are bells, and their exponents ⟨add⟩. So this is its variance, V.",
             r"1 slash V = (1 - w) slash A^2 + w slash B^2", check.wanted.on()),
            ("But the walk comes from noise, sigma. It meets each bell widened ⟨first⟩, and then the product of those: not the product, widened.",
             r"1 slash V_sigma = (1 - w) slash (A^2 + sigma^2) + w slash (B^2 + sigma^2)", check.noised.on()),
            text_only("The walk without dice, of chapter four, led by the mixed slopes.", r"(d y) / (d sigma) = - sigma ((1 - w) nabla log p_sigma (y) + w nabla log p_sigma (y | c))", check.ddim_flows.on()),
            text_only("A bell's slope is minus y over its variance. So chapter four's walk without dice moves like this.", r"(d y) / (d sigma) = sigma y / V_sigma", check.flow.on()),
            text_only("Divide by y and integrate: sigma over a bracket is the slope of half its logarithm.", r"log abs(y) = (1 - w) / 2 log(A^2 + sigma^2) + w / 2 log(B^2 + sigma^2) + C", check.split.on()),
            text_only("Double it, for the squares. All walks stretch alike, so their variance does the same.", r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2) + D', check.spread.on()),
            ("Add up chapter four's steps, from much noise down to sigma. Now ⟨logarithms⟩ are mixed, not inverses.",
             r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2)', check.on_the_way.on()),
            ("Let sigma go to zero. ⟨Here⟩ the walks end.",
             r'op("Var") y_0 = A^(2(1-w)) B^(2w)', check.endings.on()),
        )  # fmt: skip

    def derivation(self) -> None:
        self.tell(self._shares, self._uphill, self._bells, self._answer)

    @needs(plain=("attention", "queries", "keys"))
    def _shares(self) -> None:
        # One place and one head of the network: keys, fits, shares, and what comes out; bars fill and sharpen.
        walk, (step, head, place), mix = self.captures["plain"], self.place, ValueTracker(0)
        q, k = walk.queries[step, head, place], walk.keys[step, head]
        with_root, without = (steering.attention(q, k, scaled) for scaled in (True, False))
        tokens, (whole, sharp) = steering.said(walk.tokens, np.stack([with_root, without]))
        most = sorted(np.argsort(whole)[-4:].tolist())
        kinds = np.stack([np.full(len(most), 1 / len(tokens)), whole[most], sharp[most]])
        picture, frame = self._place_in(2.7, -4.6, 2.2)
        filled = (lambda at: [float(np.interp(at, range(3), kind)) for kind in kinds.T], mix)
        bars = parts.WordBars([tokens[k] for k in most], *filled, width=2.4, pitch=0.7)
        told = self.prove(self.attention, under=picture)
        with self.say("The same place. Now ⟨one⟩ head of the network: before, it was all of them."):
            self.show(picture, frame)
            self.mark().show(*(row[0] for row in bars.move_to([0.6, 2.2, 0]).rows), run_time=0.5)
        for shown in ([frame], [row[0] for row in bars.rows]):
            with told.saying():
                told.write()
                self.mark().point(*shown)
        for terms in ([("sqrt(d)", 0)], [("1", 0), ("d", -1)]):
            with told.saying():
                told.write()
                for term in terms:
                    self.mark().point(told.part(*term))
        with told.saying():
            told.write()
            self.mark().show(*(VGroup(*row[1:]) for row in bars.rows), run_time=0.5)
            self.turn(mix, 1)
        with self.say("And ⟨without⟩ the root? The largest share is larger still."):
            self.mark().turn(mix, 2, run_time=1.4)
            self.point(bars)
        with told.saying():
            self.turn(mix, 1, run_time=0.5)
            told.write()
            self.mark().point(bars, told.line)

    def _uphill(self) -> None:
        # Two clouds of states on a line, and a needle at one state: it points uphill, and gets longer with w.
        toy, level, x, w = steering.TwoWords(), 0.6, ValueTracker(1.2), ValueTracker(1)
        colors = {"all": theme.NOISE, "with words": theme.PROMPT, "product": theme.MODEL}
        drawn, slope = toy.laws(level)
        kinds = {name: (color, law) for (name, color), law in zip(colors.items(), drawn, strict=True)}
        laws = parts.Laws(kinds, w, reach=2.4, top=1.0)
        push = laws.push(x, lambda x, w: 0.35 * w * slope(x))
        shown = [VGroup(laws.curves[name], laws.names[name]) for name in kinds]
        times = self._w(laws, w)
        told = self.prove(self.likelier, under=laws)
        with self.say("Grey: how likely each state, x, is at time t. ⟨Amber⟩: given the words, c."):
            self.instead(laws.axes, shown[0])
            self.mark().show(shown[1])
        with told.saying():
            self.mark()
            told.write()
            self.mark().point(told.part("p_t (c | x)"))
        told.rest(until=3)
        with told.saying():
            told.write()
            self.mark().point(told.part("epsilon_u"))
        with told.saying():
            told.write()
            self.mark().point(told.part("epsilon_c - epsilon_u"))
            self.mark().show(push, run_time=0.5)
            self.turn(x, 0.0)
            self.point(push)
        with told.saying():
            told.write()
            self.show(times, run_time=0.4)
            self.mark().turn(w, STRONG)
        with told.saying():
            told.write()
            self.mark().show(shown[2])

    def _w(self, laws: parts.Laws, w: ValueTracker) -> VGroup:
        """The number w, above the names of laws."""
        return reading("w =", lambda w: w, w, theme.MODEL).next_to(laws.names["all"], UP, 0.3, LEFT)

    def _bells(self) -> None:
        # Two bells; the product's bell and that of guided walks part when w is turned up.
        bells, w = steering_checks.BELLS, ValueTracker(1)
        widths = {
            "all": (theme.NOISE, lambda w: bells.whole**2),
            "with words": (theme.PROMPT, lambda w: bells.part**2),
            "product": (theme.MODEL, bells.sharpened),
            "guided": (theme.WRONG, bells.arrived),
        }
        kinds = {name: (c, lambda y, w, of=of: steering.bell(y, of(w))) for name, (c, of) in widths.items()}
        laws = parts.Laws(kinds, w, reach=2.4, top=3.3, x_label="y")
        shown, times = [VGroup(laws.curves[name], laws.names[name]) for name in kinds], self._w(laws, w)
        told = self.prove(self.two_bells, under=laws)
        with told.saying():
            self.instead(laws.axes)
            self.mark().show(*shown[:2])
        with told.saying():
            told.write()
            self.mark().show(shown[2], times)
            self.turn(w, STRONG)
        for _ in range(3):
            with told.saying():
                told.write()
                self.mark().point(told.line)
        with told.saying():
            told.write()
            self.mark().show(shown[3])
        with self.say("At w of one, they agree. Above, guided walks end ⟨narrower⟩ than the product."):
            self.turn(w, 1, run_time=1.4)
            self.turn(w, STRONG, run_time=1.8)
            self.mark().point(laws.names["guided"], laws.curves["guided"], run_time=2.0)

    def _answer(self) -> None:
        # The walk and its needle, step by step; then the needle is made longer, and the picture follows.
        step, w = ValueTracker(0), ValueTracker(1)
        left, right = [-3.9, 0.3, 0], [1.6, 0.2, 0]
        walk = Walk(self.captures["walk"].pictures, step, height=5.0).move_to(right)
        films = np.stack([run.pictures[-1] for run in self.captures["guided"].values()])
        strong = Walk(films, w, height=5.0).move_to(right)
        dial = self._dial(step, radius=2.2).move_to(left)
        longer = self._longer(w, FULLEST, radius=2.2).move_to(left)
        with self.say("So how do words steer? By a needle, read at every step."):
            self.instead(dial, walk)
            self.follow(step, self.cast.steps)
        self.add(strong).remove(walk)
        with self.say("And guidance follows it further than the words say."):
            self.swap(longer, instead_of=dial, run_time=0.5)
            self.follow(w, FULLEST)

    def remember(self) -> Mobject:
        """Five endings of one walk, by the step at which the words were changed."""
        film = self._film(self.turned)
        row = VGroup(*(Picture(film[k * self.cast.steps // 4], height=2.55) for k in range(5)))
        question = theme.text("Too late to change your mind?", theme.TITLE, weight="BOLD")
        return VGroup(question, row.arrange(RIGHT, buff=0.16)).arrange(DOWN, buff=0.7)
