"""Chapter 6: when the seed matters: it decides whatever the words leave open."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from math import inf
from typing import cast

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Mobject, ValueTracker, VGroup

from course import grammar
from course.grammar import NOUNS, Thing
from course.maths import measure, seeds, seeds_checks
from course.maths.walking import TOY
from course.model.data import skewed_law
from course.precompute import FIXED, Album, CaptureSpec, Copies, Gathering, Inversion, albums
from course.precompute.copies import likenesses
from course.precompute.families import Specs
from course.precompute.walkers import Walkers
from course.stage import Chapter, Picture, PictureGrid, Walk, parts, places, theme
from course.stage.parts.crowd import apart, mapped
from course.stage.parts.pictures import to_pixels
from course.stage.places import into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Sheet, Sheets
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

WALKERS, EDGE, MANY, SAMPLES, STRONG = 16, 4, 12, 256, 3.0
STEPS = 30  # of walks taken backwards
FIELD = (-6.7, -3.0, 6.7, 2.68)  # where a crowd may stand: below the words, above the captions
TILE, ROOM = 1.36, 1.04
INSIDE = np.add(FIELD[:2], TILE / 2), np.subtract(FIELD[2:], TILE / 2)
FAVOURITE = grammar.COLOURS.index(grammar.SKEWED_COLOUR)
COMPONENTS = {"prompt": theme.PROMPT, "seed": theme.NOISE, "both": theme.SIGNAL}
PILES = {"training": theme.INK, "made": theme.MODEL, "pulled": theme.MODEL}
IN_LEVELS = "{:.0f} levels"
BAR = r"overline(alpha)"


class Seeds(Chapter):
    """When the seed matters: sixteen walkers aim at one blur, part, and arrive in a region that words draw."""

    title = "Sixteen walkers"
    question = "When does the seed matter?"
    letters = {"A": theme.TIME, "B": theme.TIME, "F": theme.MODEL, "v": theme.MODEL}  # noqa: RUF012

    def specs(self) -> Specs:
        """Sixteen walks of the bare words and of fuller ones, all without guidance."""
        walk, many = CaptureSpec.of(self.cast, guidance=1.0, model="pixel"), range(WALKERS)
        bare, said = ([replace(walk, prompt=one, seed=walk.seed + k) for k in many] for one in self.words)
        return {"walk": walk, "open": bare, "said": said}

    def gatherings(self) -> Mapping[str, Gathering]:
        """Tables of nouns and seeds, small to be seen and large to be measured; balloons; walks back; copies."""
        walk = CaptureSpec.of(self.cast, guidance=1.0, model="pixel")
        balloon = replace(FIXED, prompt=Thing(grammar.SKEWED_NOUN).phrase())
        few, many = ([Thing(noun).phrase() for noun in nouns] for nouns in (self.nouns, NOUNS[:MANY]))
        texts = few, many, [grammar.fuller(one) for one in many]
        table, bare, said = (albums.alone(*prompts) for prompts in texts)
        return {
            "table": Album(walk, EDGE, words=table),
            "many": Album(FIXED, MANY, words=bare),
            "many said": Album(FIXED, MANY, words=said),
            "drawn": Album(balloon, SAMPLES),
            "guided": Album(replace(balloon, guidance=STRONG), SAMPLES, unguided=1),
            "copies": likenesses(replace(walk, prompt=self.words[1])),
            "back": Inversion(replace(walk, steps=STEPS), 2),
        }

    @cached_property
    def words(self) -> tuple[str, str]:
        """What the prompt names and no more; and fuller words: the prompt, or made up where it says no more."""
        return grammar.bare(self.cast.prompt), grammar.fuller(self.cast.prompt)

    @cached_property
    def nouns(self) -> tuple[str, ...]:
        """Four: those of the cast come first."""
        return tuple(dict.fromkeys((*grammar.nouns(self.cast.prompt, self.cast.other), *NOUNS)))[:EDGE]

    # What is measured

    @cached_property
    def walkers(self) -> tuple[Walkers, Walkers]:
        """Sixteen with bare words, and with fuller ones."""
        bare, said = (Walkers(self.captures[name]) for name in ("open", "said"))
        return bare, said

    @cached_property
    def ways(self) -> tuple[np.ndarray, np.ndarray]:
        """(S+1, 16, 2) and (16, 2): where on stage these beliefs lie, alike near alike, and fuller endings.

        Exact where they are close together; in the end moved aside as far as pictures would lie on each other.
        """
        (open_, _), ends = self.walkers, np.concatenate([one.ends for one in self.walkers])
        beliefs = open_.believed[:, :-1].swapaxes(0, 1)
        found, aims = seeds.flat(ends, beliefs.reshape(-1, *beliefs.shape[2:]))
        found, aims = (mapped(one, found, TILE, FIELD) for one in (found, aims))
        bare, said = (apart(some, ROOM * TILE, FIELD) for some in (found[:WALKERS], found[WALKERS:]))
        way = np.concatenate([aims.reshape(-1, WALKERS, 2), found[None, :WALKERS]])
        # Of few steps the beliefs in between lie farther out than any ending.
        return np.clip(way + open_.parted[:, None, None] * (bare - found[:WALKERS]), *INSIDE), said

    def sheets(self) -> Sheets:
        """Nouns and seeds, the words bare."""
        table, seed = self._table("table"), self.cast.seed
        shown = {(noun, str(seed + s)): table[p, s] for p, noun in enumerate(self.nouns) for s in range(EDGE)}
        about = "Along a seed, one piece of static; along a noun, the same words."
        return (Sheet("seeds", "Nouns and seeds", about, "What does the seed decide, what the noun?", ("Noun", "Seed"), shown),)  # fmt: skip

    def _table(self, name: str) -> np.ndarray:
        return self.gathered[name].arrays["pictures"]

    @cached_property
    def tables(self) -> list[np.ndarray]:
        """Twelve nouns from twelve seeds: shuffled anyhow, as they are, and with more words."""
        bare, said = self._table("many"), self._table("many said")
        shuffled = np.random.default_rng(0).permutation(bare.reshape(-1, *bare.shape[2:]))
        return [shuffled.reshape(bare.shape), bare, said]

    @cached_property
    def shares(self) -> np.ndarray:
        """(3, 3): percent of what pictures differ by that are the prompt's, the seed's, both's, of `tables`."""
        return np.array([100 * seeds.Components.of(table).shares for table in self.tables])

    @cached_property
    def colours(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """(256,) each, of guidance 1 and a strong one: the colour, and whether the judge sees the thing."""
        both, thing = {name: self.gathered[name] for name in ("drawn", "guided")}, (grammar.SKEWED_NOUN,)
        return {name: (one.arrays["colour"][0], albums.seen(one, thing)[:, 0]) for name, one in both.items()}

    @cached_property
    def counted(self) -> dict[str, seeds.Counted]:
        law = skewed_law().tolist()
        return {name: seeds.Counted.of(*found, law) for name, found in self.colours.items()}

    @cached_property
    def back(self) -> Mapping[str, np.ndarray]:
        return self.gathered["back"].arrays

    @verdict
    def aim(self) -> Verdict:
        alike = "They ⟨agree⟩: the same blur, the middle of all that the words allow."
        part = "They ⟨agree⟩ in part: blurs, the middle of what each still holds for possible."
        how = f"how far {WALKERS} first guesses are from their mean, by the finished pictures"
        return Verdict(100 * self.walkers[0].parted[0], (30, alike), (inf, part), how=how, unit="%")

    @verdict
    def early(self) -> Verdict:
        half = self.walkers[0].half
        when = f"By step ⟨{spelled(half)}⟩ of {spelled(self.cast.steps)}"
        said = f"{when}, they are more than half as far apart as they will ever be."
        how = "the step at which guesses are half as far from their mean as the pictures, by all steps"
        return Verdict(
            half / self.cast.steps, (0.3, f"{said} So the seed matters early."), (inf, said), how=how
        )

    @verdict
    def narrower(self) -> Verdict:
        bare, said = (measure.spread(one.ends) for one in self.walkers)
        change = 100 * (1 - said / bare)
        same = "The same static, and yet they end hardly ⟨closer⟩ together."
        less = f"The same static, and they end {change:.0f} percent ⟨closer⟩ together."
        how = f"root mean square distance of {WALKERS} pictures from their mean, fuller words by bare ones"
        return Verdict(change, (5, same), (inf, less), how=how, unit="percent")

    @verdict
    def ground(self) -> Verdict:
        along, across = (100 * one for one in seeds.agreement(self.gathered["many"].arrays["background"]))
        said = f"the same one in ⟨{along:.0f}⟩ of a hundred pairs along a row. Across rows, in {across:.0f}."
        plain = f"No word named a background. It was {said}"
        chose = f"No word named a background, so the seed chose: {said}"
        how = f"share of pairs with one background, {MANY} nouns from {MANY} seeds: one seed by two seeds"
        return Verdict(along / across, (1.5, plain), (inf, chose), how=how)

    @verdict
    def open_(self) -> Verdict:
        seed = self.shares[1, 1]
        said = f"With a noun alone, ⟨{seed:.0f}⟩ percent of all difference is the seed's"
        how = f"the seed's variance component, {MANY} bare nouns from {MANY} seeds"
        return Verdict(seed, (50, f"{said}."), (inf, f"{said}: most was left open."), how=how, unit="percent")

    @verdict
    def spoken(self) -> Verdict:
        said = f"Now the seed's part is ⟨{self.shares[2, 1]:.0f}⟩ percent"
        less, same = f"{said}. What is said is not left to it any more.", f"{said}, and not much less."
        how = "the seed's variance component with size and background said, by that of bare nouns"
        return Verdict(self.shares[2, 1] / self.shares[1, 1], (0.75, less), (inf, same), how=how)

    @verdict
    def followed(self) -> Verdict:
        found = self.counted["drawn"]
        said = f"Of those that are clear, ⟨{100 * found.shares[FAVOURITE]:.0f}⟩ percent are {grammar.SKEWED_COLOUR}"
        return Verdict(found.scores[FAVOURITE],
            (-2, f"{said}: ⟨fewer⟩ than in training."),
            (2, f"{said}, as in training, give or take chance: what was shown ⟨more⟩ comes more often."),
            (inf, f"{said}: ⟨even⟩ more than in training."),
            how=f"z-score of the favourite colour among {found.counts.sum()} against training's law")  # fmt: skip

    @verdict
    def mistaken(self) -> Verdict:
        found = self.counted["drawn"]
        off = max(set(range(len(found.law))) - {FAVOURITE}, key=lambda k: abs(found.scores[k]))
        none = "The ⟨other⟩ colours are off by no more than chance allows."
        said = f"But ⟨{grammar.COLOURS[off]}⟩ has {100 * found.shares[off]:.0f} percent, not training's"
        some = f"{said} {100 * found.law[off]:.0f}: that is the model's own mistake."
        how = "the largest z-score among the other colours against training's law"
        return Verdict(abs(found.scores[off]), (3, none), (inf, some), how=how)

    @verdict
    def sharpened(self) -> Verdict:
        before, after = (100 * self.counted[name].shares[FAVOURITE] for name in ("drawn", "guided"))
        said = f"Now ⟨{after:.0f}⟩ percent are {grammar.SKEWED_COLOUR}"
        same, more = f"{said}: hardly more.", f"{said}. What is common gets commoner."
        how = f"share of the favourite colour at guidance {STRONG:.0f} by that at 1"
        return Verdict(after / before, (1.1, same), (inf, more), how=how)

    @verdict
    def copied(self) -> Verdict:
        found = self.gathered["copies"]
        made, new = (measure.LEVELS * np.median(found.arrays[name]) for name in ("far", "held_out"))
        said = f"⟨{new:.0f}⟩ levels. So ours, at {made:.0f}"
        return Verdict(seeds.nearer(found.arrays["far"], found.arrays["held_out"]),
            (0.5, f"{said}, are no ⟨copies⟩. Training left habits, not pictures."),
            (0.75, f"{said}, are about as ⟨near⟩ as new drawings."),
            (inf, f"{said}, are ⟨nearer⟩ than new drawings: that smells of copying."),
            how=f"how often one of {found.of.count} endings is nearer to training than one of as many new ones")  # fmt: skip

    @verdict
    def wears(self) -> Verdict:
        length = 100 * self._rms("naive") / self._rms("static")
        said = f"What comes out is ⟨{length:.0f}⟩ percent as long as static"
        near, shape = f"{said}, and no more than ⟨near⟩ it.", f"{said}, and it ⟨wears⟩ the picture's shape."
        how = "strength of the static found in a hurry where the picture stands out most, by where least"
        worn = seeds.worn(self.back["naive"], self.back["picture"])
        return Verdict(worn, (1.2, near), (inf, shape), how=how)

    @verdict
    def solved(self) -> Verdict:
        many = f"{STEPS - 1} of {STEPS} steps"
        same = f"In {many}, this finds the very static that we ⟨began⟩ with."
        near = f"Over {many}, this comes near the static that we ⟨began⟩ with."
        how = "largest difference between the static begun with and that found from the last state but one"
        off = float(np.abs(self.back["solved"] - self.back["static"]).max())
        return Verdict(off, (1e-4, same), (inf, near), how=how)

    @verdict
    def another(self) -> Verdict:
        found, levels = self._rms("other", "static"), measure.LEVELS * self._rms("other_end", "picture")
        off = "a tenth of a level" if levels <= 0.1 else f"{levels:.1f} levels of 255"
        said = f"static. It leads to the ⟨same⟩ picture, within {off}."
        near = f"From the finished picture we find ⟨nearly⟩ the same {said}"
        far = f"From the finished picture we find ⟨another⟩ {said}"
        how = "root mean square distance of that static from the one begun with; unrelated ones have 1.41"
        return Verdict(found, (0.3, near), (inf, far), how=how)

    def _rms(self, name: str, other: str = "") -> float:
        return measure.distance(self.back[name], self.back[other] if other else 0)

    # Story

    def story(self) -> None:
        self.tell(self._wall, self._aims, self._more_words, self._left_open)

    def _bare_words(self) -> Mobject:
        return theme.text(self.words[0], theme.SENTENCE, theme.PROMPT).move_to([0, 3.2, 0])

    def _beliefs(self, at: ValueTracker) -> tuple[parts.Crowd, Mobject]:
        """What walkers with bare words believe: all at their places (0), then step by step; their region."""
        walks, way = self.captures["open"], self.ways[0]
        films = [np.concatenate([w.guess_pictures[:1], w.guess_pictures, w.pictures[-1:]]) for w in walks]
        crowd = parts.Crowd(films, np.concatenate([way[-1:], way]), at, TILE)
        return crowd, crowd.region(0.12, theme.PROMPT).set_z_index(-1)

    def _wall(self) -> None:
        # Static all over the frame turns into pictures; the words that all of them were given stand above.
        step, steps, many = ValueTracker(0), self.cast.steps, spelled(WALKERS).capitalize()
        films = [walk.pictures for walk in self.captures["open"]]
        crowd = parts.Crowd(films, np.repeat(self.ways[0][-1:], steps + 1, axis=0), step, TILE)
        words = self._bare_words()
        self.add(crowd, words)
        said = f"{many} squares of static, and the same words for each."
        with self.opening(f"{said} A number tells which static it is: its seed. {self.question}"):
            self.follow(step, steps)
        with self.say(f"{many} different pictures, like beside like. Did they not all ⟨aim⟩ at one point?"):
            self.point(words)
            self.mark().turn(step, 0, run_time=1.5)

    def _aims(self) -> None:
        # What each believes, at its place: one blur. They slide together, then part, step by step.
        (crowd, _), at, steps = self.on_stage, ValueTracker(0), self.cast.steps
        beliefs, region = self._beliefs(at)
        step = places.reading("step", lambda k: min(max(k, 1), steps), at, theme.TIME)
        with self.say("Ask each of them, at the very start, what it ⟨will⟩ be."):
            self.mark().swap(beliefs, instead_of=crowd)
            self.show(step.move_to([-5.6, 3.2, 0]), run_time=0.3)
        with self.say(self.aim):
            self.mark().point(beliefs)
            self.turn(at, 1, run_time=2.0)
        what = "So they set out for one point. But ⟨each⟩ sees its own static, and asks again at every step."
        with self.say(what):
            self.mark()
            self.follow(at, self.walkers[0].half)
        with self.say(self.early):
            self.mark()
            self.follow(at, steps + 1, beyond=0.6)
        with self.say("So they arrive at no point, but in a ⟨region⟩, and each at its own place."):
            self.hide(step)
            self.mark().show(region)

    def _more_words(self) -> None:
        # More words: the sixteen pictures change where they are, and gather in a smaller region.
        (words, beliefs, region), at = self.on_stage, ValueTracker(0)
        films = np.stack([to_pixels(one.ends) for one in self.walkers], axis=1)
        crowd = parts.Crowd(films, [self.ways[0][-1], self.ways[1]], at, TILE, crossfade=True)
        more = theme.line(self.words[1], theme.PROMPT, 11.5).move_to(words)
        more.set_x(min(0, 5.0 - more.width / 2))  # clear of the badge
        with self.say(f"How large is it? That is up to the words. Say ⟨more⟩: {self.words[1]}."):
            self.remove(beliefs, region)
            self.add(crowd.region(0.12, theme.PROMPT).set_z_index(-1), crowd)
            self.mark().swap(more, instead_of=words)
            self.turn(at, 1, run_time=2.0)
        with self.say(self.narrower):
            self.mark().point(crowd, run_time=2.0)

    def _left_open(self) -> None:
        # Four of them, those that are most unlike, side by side: what the words left open.
        (smaller, crowd, words), chosen = self.on_stage, measure.unlike(self.walkers[1].ends, EDGE)
        row = VGroup(*(crowd[k].still().scale_to_fit_height(3.25) for k in chosen))
        row.arrange(RIGHT, buff=0.15).move_to([0, 0.1, 0])
        stills = [crowd[k].still() for k in chosen]
        with self.say(f"Still, no two are the same. Here are the ⟨{spelled(EDGE)}⟩ that differ most."):
            self.mark().hide(smaller, crowd, run_time=0.5)
            self.move(*map(into, stills, row))
        with self.say("Keep words and seed, and you get the very same picture again."):
            self.point(words, stills[0])
        with self.say("What the words say is settled. Whatever they leave ⟨open⟩, the seed decides."):
            self.point(words)
            self.mark().point(*stills)
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        self.tell(self._rows, self._whose, self._drawn, self._copies)

    def _rows(self) -> None:
        # A table, nouns across and seeds down: a row is pointed at, then a column.
        pictures, count = self._table("table").swapaxes(0, 1), spelled(EDGE)
        said = [f"seed {self.cast.seed + s}" for s in range(EDGE)]
        grid = PictureGrid(pictures, 5.68, said, self.nouns, (0.99, 0.08), (theme.NOISE, theme.PROMPT))
        grid.shift([-0.075, -0.11, 0]).row_words.set_x(-5.6)
        names, tiles = grid.row_words, grid.pictures
        columns = [VGroup(grid.column_words[p], *grid.column(p)) for p in range(EDGE)]
        what = f"⟨{count.capitalize()}⟩ seeds, and {count} ⟨nouns⟩."
        with self.say(f"In a program, a seed sets the dice going. {what}"):
            self.show(*names, columns[0], run_time=0.5)
            self.mark().point(*names)
            self.mark().gather(columns[1:], lag_ratio=0.5)
        with self.say("Along a ⟨row⟩ the static is the same, and only the noun changes."):
            self.mark().point(names[0], *tiles[0], run_time=2.2)
        with self.say(self.ground):
            self.point(*tiles[1], run_time=1.8)
            self.mark().point(*tiles[2], run_time=1.8)
        with self.say("Down a ⟨column⟩ the noun is the same, and only the static changes."):
            self.mark().point(columns[1], run_time=2.2)
        self.sweep(0.4)

    def _whose(self) -> None:
        # Twelve nouns from twelve seeds, and bars of whose the difference is; then with more words: they move.
        at, many = ValueTracker(1), spelled(MANY)
        walls = np.stack([parts.Chart(table.swapaxes(0, 1)).pixels for table in self.tables])
        wall = Walk(walls, at, 5.7, crossfade=True)
        one, colour = Thing(NOUNS[0]).phrase(), theme.PROMPT
        said = [words.replace(NOUNS[0], "…") for words in (one, grammar.fuller(one))]
        bare, full = (theme.text(words, theme.SENTENCE, colour, width=5.2).move_to([3.2, 1.75, 0]) for words in said)  # fmt: skip
        bars = []
        for k, (one, color) in enumerate(COMPONENTS.items()):
            share = partial(np.interp, xp=range(3), fp=self.shares[:, k])
            bars.append(places.live_stripe(share, at, one, 0.2 - 0.9 * k, color, 2.3, 0.032, "{:.0f} %"))
        with self.say(f"Whose is the difference? Take ⟨{many}⟩ nouns and {many} seeds."):
            self.show(wall.move_to([-3.7, 0.1, 0]))
            self.mark().show(bare)
        what = "What changes from noun to noun is the ⟨prompt's⟩. From seed to seed, the ⟨seed's⟩."
        with self.say(f"{what} What one seed makes of one noun only is of ⟨both⟩."):
            for one in bars:
                self.mark().show(one, run_time=0.6)
        with self.say(self.open_):
            self.mark().point(bars[1], run_time=3.0)
        what = "⟨Shuffle⟩ the table, and prompt and seed have next to nothing left."
        with self.say(f"Chance is taken off. {what}"):
            self.mark().turn(at, 0, run_time=1.5)
        with self.say("Put it back, and say more: a size, and a ⟨background⟩. The same seeds."):
            self.turn(at, 1)
            self.mark().swap(full, instead_of=bare)
            self.turn(at, 2, run_time=2.0)
        with self.say(self.spoken):
            self.mark().point(bars[1], run_time=2.0)
        self.sweep(0.4)

    def _drawn(self) -> None:
        # A wall of one thing from many seeds sorts itself by colour, beside what training had; then guidance.
        at, law, both = ValueTracker(0), skewed_law(), ("drawn", "guided")
        order = np.argsort(-law, kind="stable")
        rank, names = np.argsort(order), [*(grammar.COLOURS[k] for k in order), "unclear"]
        kinds = [np.where(sure, rank[colour], len(law)) for colour, sure in self.colours.values()]
        heaps = parts.Heaps([self._table(one)[0] for one in both], kinds, names, law[order], at)
        blue = law[FAVOURITE], *(self.counted[one].shares[FAVOURITE] for one in both)
        training, drawn, guided = (
            theme.text(f"{what}: {100 * share:.0f}%", theme.LABEL, color).move_to([-4.2, 0.3, 0], LEFT)
            for (what, color), share in zip(PILES.items(), blue, strict=True)
        )
        training.shift(0.8 * DOWN)
        thing = Thing(grammar.SKEWED_NOUN).phrase()
        with self.say(f"Does training show? Ask {SAMPLES} seeds for {thing}, and name ⟨no⟩ colour."):
            self.show(heaps.crowd)
            self.mark().point(heaps.crowd)
        with self.say("⟨Sort⟩ them by what a judge sees."):
            self.mark().turn(at, 1, run_time=2.0)
            self.show(heaps.names, run_time=0.4)
        share = f"{100 * law[FAVOURITE]:.0f} ⟨percent⟩ {grammar.SKEWED_COLOUR}, on purpose"
        with self.say(f"The ⟨frames⟩ are training's colours: {share}."):
            self.mark().show(heaps.frames, training)
            self.mark().point(heaps.frames[0][0], heaps.names[0])
        with self.say(self.followed):
            self.mark().show(drawn)
            self.mark().point(heaps.heap(0, 0), drawn, training, run_time=2.0)
        with self.say(self.mistaken):
            self.mark().point(*heaps.names[1:-1], run_time=2.5)
        with self.say(f"Now ⟨pull⟩ harder: guidance {STRONG:.0f}. The same seeds."):
            self.mark().hide(drawn)
            self.turn(at, 2, run_time=1.2)
            self.turn(at, 3, run_time=1.5)
        with self.say(self.sharpened):
            self.mark().show(guided)
            self.point(heaps.heap(0, 1), guided, run_time=2.0)
        self.sweep(0.4)

    def _copies(self) -> None:
        # The ending that is nearest to training, beside that training picture; bars: how near, and new ones.
        found = self.gathered["copies"]
        far, held_out = (measure.LEVELS * found.arrays[name] for name in ("far", "held_out"))
        k, count, among = int(np.argmin(far)), spelled(len(far)), cast(Copies, found.of).among
        made, nearest = Picture(to_pixels(self.walkers[1].ends[k])), Picture(found.arrays["nearest"][k])
        names, colors = ("made", "its nearest in training"), (theme.MODEL, theme.INK)
        left, right = side_by_side(made, nearest, names, colors, 3.4)
        rows = [(np.median(far), "half of ours", theme.MODEL), (np.median(held_out), "half of new", theme.MUTED)]  # fmt: skip
        bars = places.stripes(*rows, words=IN_LEVELS, y=-2.15)
        what = f"Of {among:,} training pictures, find the ⟨nearest⟩, shifted or flipped."
        with self.say(f"Or did it copy? {what}"):
            self.show(left)
            self.mark().show(right)
        what = f"Half of them are {rows[0][0]:.0f} ⟨levels⟩ off, or more."
        with self.say(f"This pair is the ⟨closest⟩ of {count}. {what}"):
            self.mark().point(left, right)
            self.mark().show(bars[0])
        with self.say(f"And ⟨new⟩ drawings, that it never saw? {self.copied}"):
            self.mark().show(bars[1])
            self.mark().point(*bars)
            self.mark().point(left, right, run_time=2.0)
        self.hold(0.3)

    # Derivation

    def derivation(self) -> None:
        beats = self._split, self._map, self._hurry, self._hasty, self._tries, self._found, self._two
        self.tell(*beats, self._answer)

    @proof
    def law(self) -> Lines:
        """A prompt leaves a law, and the walk carries static onto it."""
        static = np.stack([walk.states[0] for walk in self.captures["open"]])
        return (
            ("Words do not name one picture. They leave a ⟨law⟩: how likely each picture is, given c.",
             r"x_0 tilde.op p(x_0 | c)", "a name: nothing to check"),
            ("The walk starts in static, from a ⟨bell⟩, and rolls no dice on its way. So it is a ⟨map⟩, F.",
             r"x_T tilde.op cal(N)(0, I), quad x_0 = F(x_T)", "what the walk is, without fresh noise"),
            ("Where F pulls neighbours ⟨apart⟩, fewer end on each spot: divide by how much it stretches.",
             r"p(x_0 | c) = p(x_T) / abs(det (partial x_0) / (partial x_T))", seeds_checks.change_of_variables),
            text_only("On pictures that are one bell, of width s, each step multiplies the width: so every walk can be followed on paper.",
             rf"s_(t-1) = (A + B sqrt(1 - {BAR}_t) / ({BAR}_t s^2 + 1 - {BAR}_t)) s_t", seeds_checks.recursion.on(static=static)),
            text_only("In many small steps, the bell of static becomes just as wide as the pictures are.", r"s_0 arrow.r s", seeds_checks.arrives),
        )  # fmt: skip

    @proof
    def table(self) -> Lines:
        """What the bars of prompt, seed and both are."""
        pictures = self._table("table") / measure.LEVELS
        return (
            ("Take a picture of the table apart: the ⟨mean⟩ of all, what its ⟨prompt⟩ adds, what its ⟨seed⟩ adds, and the ⟨rest⟩: both.",
             r"x_(p s) = m + a_p + b_s + r_(p s)", "how a picture of the table is taken apart"),
            ("Over the whole table their ⟨squares⟩ add up, as at right angles. Less what chance alone gives, these were the bars.",
             r"sum norm(x_(p s) - m)^2 = sum norm(a_p)^2 + sum norm(b_s)^2 + sum norm(r_(p s))^2", seeds_checks.add_up.on(pictures=pictures)),
            text_only("Each sum over its number of free values, less what is left, is a variance: of P prompts and Q seeds, so much is the prompt's.",
             r"v_p = 1 / Q (S_p / (P - 1) - S_b / ((P - 1)(Q - 1)))", seeds_checks.by_pairs.on(pictures=pictures)),
            text_only("A table that is shuffled anyhow has none of prompts and none of seeds, on average.",
             r"EE v_p = EE v_s = 0", seeds_checks.by_chance.on(pictures=pictures)),
        )  # fmt: skip

    def _split(self) -> None:
        # One picture of the table as a sum of four: the mean of all, the noun's part, the seed's, the rest.
        x = self._table("table") / measure.LEVELS - 1
        mean, noun, seed = x.mean((0, 1)), x[0].mean(0), x[:, 0].mean(0)
        terms = x[0, 0], mean, noun - mean, seed - mean, x[0, 0] - noun - seed + mean
        names = {"picture": theme.INK, "mean": theme.MUTED, **COMPONENTS}
        tiles = [
            named(Picture.from_model(np.moveaxis(term, -1, -3), 2.0), name, color)
            for term, (name, color) in zip(terms, names.items(), strict=True)
        ]
        row = places.adds_up(*tiles, signs="=+++", gap=0.17).move_to([0, 1.2, 0])
        signs = row[1::2].set_y(tiles[0][0].get_y())
        told = self.prove(self.table, under=row, alone=True)
        with told.saying():
            self.show(tiles[0])
            for sign, tile in zip(signs, tiles[1:], strict=True):
                self.mark().show(sign, tile, run_time=0.6)
        with told.saying():
            told.write()
            self.mark().point(*tiles[2:], told.line, run_time=2.0)
        self.sweep(0.4)

    def _map(self) -> None:
        # A hill over a line of pictures, two of them below it; walkers from one wide bell, each to its own place.
        low, high = 0.35, 2.2
        sigma = ValueTracker(low)
        cloud = parts.Hill(TOY, sigma, low, (low, high), WALKERS, 2.0).move_to([-1.2, 2.35, 0])
        ends = self.walkers[0].ends
        hung = VGroup(*(Picture(to_pixels(ends[k]), 1.15) for k in measure.unlike(ends, 2)))
        for picture, place in zip(hung, TOY.places, strict=True):
            picture.next_to(cloud.spot(place), DOWN, buff=0.15)
        static = theme.text("static", theme.LABEL, theme.NOISE).next_to(cloud.spot(0), DOWN, buff=0.3)
        told = self.prove(self.law, under=hung, alone=True)
        with told.saying():
            self.show(cloud, hung)
            self.mark().point(cloud)
        with told.saying():
            wide = sigma.animate.set_value(high)
            self.mark().show(wide, FadeOut(hung), FadeIn(static, cloud.walkers), run_time=1.6)
            told.write()
            self.mark().show(FadeOut(static), FadeIn(hung), run_time=0.4)
            self.run(sigma, low, 2.2)
        with told.saying():
            self.mark().turn(sigma, 1.4, run_time=1.0)
            self.turn(sigma, low, run_time=1.6)
            told.write()
        self.sweep(0.4)

    @proof
    def turning(self) -> Lines:
        """One step, turned round."""
        walk = self.captures["walk"]
        return (
            ("Is there a way ⟨back⟩, from a picture to its static? One step: so much of the ⟨state⟩, so much of the predicted noise.",
             r"x_(t-1) = A x_t + B hat(epsilon)(x_t)", seeds_checks.one_step.on(walk)),
            text_only("How much, the schedule says.",
             rf"A = sqrt({BAR}_(t-1) / {BAR}_t), quad B = sqrt(1 - {BAR}_(t-1)) - A sqrt(1 - {BAR}_t)", "names"),
            ("Turn it round. But the noise was predicted ⟨at⟩ the very state that we look for: it is on both sides.",
             r"x_t = (x_(t-1) - B hat(epsilon)(x_t)) / A", seeds_checks.turned_round.on(walk)),
            ("In a hurry, predict it where we ⟨stand⟩ instead.",
             r"x_t approx (x_(t-1) - B hat(epsilon)(x_(t-1))) / A", "an approximation: the noise of a neighbouring state"),
            text_only("Over a whole walk that is off by one over the number of steps.", r'"error" prop 1 / N', seeds_checks.hasty_error),
        )  # fmt: skip

    def _hurry(self) -> None:
        # Two states of the walk and an arrow between them; then the formulas of the way back.
        walk = self.captures["walk"]
        k = int(np.argmax(walk.signal_level[:-1] > 0.85))
        chain = parts.Chain(walk.pictures[k : k + 2], ("x_t", "x_(t-1)"), height=2.6, gap=2.4)
        told = self.prove(self.turning, under=chain.move_to([-0.6, 2.0, 0]), alone=True)
        with told.saying():
            self.show(chain)
            told.write()
            self.mark().point(chain.states[1])
            self.mark().point(chain.states[0], told.line, run_time=2.0)
        with told.saying():
            told.write()
            self.mark().point(chain.states[0], told.part("hat(epsilon)(x_t)"), run_time=2.0)
        with told.saying():
            told.write()
            self.mark().point(chain.states[1])
        self.sweep(0.4)

    def _hasty(self) -> None:
        # The finished picture, and what a hasty walk back makes of it: no static, it wears the picture's shape.
        picture = "picture", "picture", theme.SIGNAL
        left, right = self._back(4.4, picture, ("naive", "back in a hurry", theme.WRONG))
        with self.say(f"All {spelled(STEPS)} steps back, in a hurry."):
            self.show(left, run_time=0.4)
            self.become(left[0].copy(), right[0], right[1], run_time=1.6)
        with self.say(self.wears):
            self.mark().point(right)
            self.mark().point(right[0], run_time=2.0)
        self.sweep(0.4)

    @proof
    def solving(self) -> Lines:
        """A step is solved for the state before it by trying again and again."""
        return (
            ("A step is a ⟨turn⟩ by a small angle, delta. Call v the noise, less the state's own part.",
             r"x_(t-1) = cos delta dot.c x_t - sin delta dot.c v(x_t)", seeds_checks.as_turn.on(self.captures["walk"])),
            text_only("What that is, in full.",
             rf"v(x_t) = (hat(epsilon)(x_t) - sqrt(1 - {BAR}_t) x_t) / sqrt({BAR}_t), quad cos^2 phi_t = {BAR}_t, quad delta = phi_t - phi_(t-1)", "names"),
            ("So be patient. Put a guess in on the ⟨right⟩, and out comes a better guess. Again, and ⟨again⟩.",
             r"x_t^((n+1)) = (x_(t-1) + sin delta dot.c v(x_t^((n)))) / (cos delta)", "how it is solved: a step is a turn by a small angle δ"),
            ("Each try leaves tan delta of what was ⟨missing⟩, times a slope. Small steps, small delta: it shrinks.",
             r"x_t^((n+1)) - x_t approx tan delta dot.c v' dot.c (x_t^((n)) - x_t)", seeds_checks.tried),
        )  # fmt: skip

    def _tries(self) -> None:
        # A line with the state that is looked for, and guesses that come nearer from try to try.
        level, after = np.cos([0.7, 0.35]) ** 2
        noise, start = seeds.bell_noise(level, 0.2), np.ones(1)
        found = seeds.tries(seeds.step(start, noise, level, after), noise, level, after, 4)[:, 0]
        line = parts.Approach(found - start, "x_t", "guesses, in a toy").shift(2.0 * UP)
        told = self.prove(self.solving, under=line, alone=True)
        with told.saying():
            self.show(line.axis)
            self.mark()
            told.write()
            self.point(told.line, run_time=1.8)
        with told.saying():
            self.show(line.dots[0], run_time=0.4)
            told.write()
            self.mark().become(line.dots[0].copy(), line.dots[1], run_time=0.6)
            self.mark()
            for before, then in pairwise(line.dots[1:]):
                self.become(before.copy(), then, run_time=0.6)
        with told.saying():
            told.write()
            self.mark().point(line.dots, line.mark, run_time=1.5)
        self.sweep(0.4)

    @proof
    def found(self) -> Lines:
        """What solving finds, from the last state but one and from the finished picture."""
        back, name = self.back, r"x'_T"
        return (
            text_only("From the last state but one, static is found again.",
             r'"solved" = x_T', seeds_checks.round_trip.on(static=back["static"], solved=back["solved"])),
            ("Two statics, ⟨one⟩ picture. There is a way back, but a hair's breadth in the ⟨picture⟩ is a world in the static.",
             rf"F({name}) approx F(x_T), quad {name} != x_T", seeds_checks.same_picture.on(picture=back["picture"], other_end=back["other_end"])),
        )  # fmt: skip

    def _back(self, height: float, *squares: tuple[str, str, str]) -> VGroup:
        """Some of the gathered squares side by side, each with its name and colour."""
        row = VGroup()
        for name, words, color in squares:
            row.add(named(Picture.from_model(self.back[name][0], height), words, color, gap=0.25))
        return row.arrange(RIGHT, buff=0.3, aligned_edge=UP).move_to([0, 0.1, 0])

    def _found(self) -> None:
        # Three squares: the static begun with, the one found in a hurry, the one found by solving.
        begun, solved = ("static", "begun with", theme.NOISE), ("solved", "solved", theme.MODEL)
        row = self._back(4.1, begun, ("naive", "in a hurry", theme.WRONG), solved)
        with self.say(self.solved):
            self.show(row[1])
            self.show(row[2])
            self.mark().show(row[0])
            self.point(row[0], row[2], run_time=1.6)
        left = 100 * self.back["ratio"][-1]
        what = f"a try leaves {left:.0f} percent of an error."
        with self.say(f"At the very ⟨last⟩ step, onto the picture, {what}"):
            self.mark().point(row[2], run_time=2.0)
        self.sweep(0.4)

    def _two(self) -> None:
        # Two statics, each with the picture that it leads to: unlike, and the same.
        begun, found = ("static", "begun with", theme.NOISE), ("other", "found", theme.MODEL)
        ends = [(name, "its picture", theme.SIGNAL) for name in ("picture", "other_end")]
        row = self._back(2.9, begun, ends[0], found, ends[1]).shift(0.7 * UP)
        with self.say(self.another):
            self.show(row[:2])
            self.mark().show(row[2])
            self.mark().show(row[3])
            self.point(row[1], row[3])
        told = self.prove(self.found, at=[0, -2.2, 0])
        with told.saying():
            told.write()
            self.mark().point(row[1], row[3])
            self.mark().point(row[0], row[2], run_time=2.0)
        self.sweep(0.4)

    def _answer(self) -> None:
        # All walkers once more, from one blur to their places in the region.
        at, words = ValueTracker(1), self._bare_words()
        crowd = self._beliefs(at)[0]
        with self.say("So when does the seed matter? All walkers set out for one blur, and part."):
            self.show(crowd, words)
            self.follow(at, self.walkers[0].half)
        with self.say("The words draw the ⟨region⟩. Whatever they leave open, the seed decides."):
            self.run(at, self.cast.steps + 1, 2.2)
            self.mark().show(crowd.region(0.12, theme.PROMPT).set_z_index(-1))
        self.hold(0.3)

    def remember(self) -> Mobject:
        """Sixteen endings in the region that the words allow."""
        crowd, region = self._beliefs(ValueTracker(self.cast.steps + 1))
        return VGroup(region, crowd, self._bare_words())
