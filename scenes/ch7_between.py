"""Chapter 7: what lies between two sentences, and where "and" is."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, FadeIn, FadeOut, Line, Mobject, Square, ValueTracker, VGroup

from course import grammar
from course.grammar import NOUNS
from course.maths import between, between_checks, measure
from course.model.data import to_model
from course.precompute import CaptureSpec, Gathering, albums, gather_each, pairs
from course.precompute.families import Specs
from course.precompute.pairs import EDGE, RAISED, SEEDS, STOPS, TRIES
from course.stage import Chapter, Equation, LivePicture, Mosaic, Picture, Walk, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import drive
from course.stage.parts.pictures import to_pixels
from course.stage.places import into, named, side_by_side
from course.stage.proofs import Lines, proof, text_only
from course.stage.sheets import Live, Sheet, Sheets
from course.stage.verdicts import Verdict, verdict
from course.stage.words import spelled

GROUND = grammar.BACKGROUNDS[1]  # where nothing of ours is asked for
WAYS = {"middle": "average", "concat": "in a row", "scores": "sum", "written": "written"}
JUDGED = "by a judge that names what it sees"
LAWS = {"a": theme.PROMPT, "b": theme.SIGNAL, "all": theme.MUTED, "average": theme.INK}
LAWS |= {"either": theme.MODEL, "both": theme.MODEL, "added": theme.WRONG}


def _of(count: int) -> str:
    """'six of eight tries'."""
    return f"{spelled(count)} of {spelled(TRIES)} tries"


def _way(name: str, says: str) -> verdict:
    """What one way to say both leads to, in most tries."""

    def way(chapter: "Between") -> Verdict:
        tally = both, one, neither = chapter.tally(name)
        most = ("one of each", "one of the two", "neither")[int(np.argmax(tally))]
        two = int((chapter._count(name) > 1).sum())
        also = f" Yet two things, in {spelled(two)}." if one == max(tally) and two > TRIES / 2 else ""
        said = f"{says}: {most}, in {_of(max(tally))}.{also}"
        how = f"tries of {TRIES} that show one of each, {JUDGED}; {one} show one of them, {neither} neither"
        return Verdict(both, (TRIES / 2, said), (inf, f"{said} That works."), how=how)

    return verdict(way)


class Between(Chapter):
    """What lies between two sentences: the mixed ones, and beside their road the one with "and"."""

    title = "In between"
    question = "What lies between {a} and {b}?"
    letters = dict.fromkeys(("p_a", "s_a", "d_a"), theme.PROMPT) | {"d": theme.INK, "r": theme.WRONG}
    letters |= dict.fromkeys(("p_b", "s_b", "d_b"), theme.SIGNAL)

    def specs(self) -> Specs:
        """A walk, static of other seeds, and what each sentence changes at the states of the one with "and"."""
        walk, ours = self._walk, self.ours
        both = replace(walk, prompt=ours.both)
        return {
            "walk": walk,
            "static": [replace(walk, seed=walk.seed + k, steps=1) for k in range(TRIES)],
            "both": both,
            "first": replace(both, negative_prompt=ours.first),
            "second": replace(both, negative_prompt=ours.second),
            "added": replace(walk, steps=1, mix=("sum", (ours.first, ours.second))),
        }

    def gatherings(self) -> Mapping[str, Gathering]:
        """Of the cast's two things, and of the pairs that were kept out of training: see `precompute.pairs`."""
        first = {"middle": self.ours.middle(self._walk), **pairs.unseen(self.cast.model)}
        found = gather_each(first, self.captures["walk"])
        return first | self.ours.gatherings(found["middle"]) | pairs.gatherings(found, pairs.apart(found))

    def sheets(self) -> Sheets:
        """What lies between four sentences; four ways to say both."""
        tiles, (a, b, c, d) = self._film("sheet"), self.ours.four
        edge = round(len(tiles) ** 0.5)
        far = [f"{100 * k / (edge - 1):g}%" for k in range(edge)]
        mixed = {(far[k % edge], far[k // edge]): tile for k, tile in enumerate(tiles)}
        ways = {(how, str(k + 1)): self._film(kind)[k] for kind, how in WAYS.items() for k in range(TRIES)}
        corners = f"At the corners: “{a}” and, to the right, “{b}”; below them “{c}” and “{d}”."
        live = Live(self.gathered["sheet"].of.spec, corners=self.ours.four)
        return (
            Sheet("mixed", "Between four sentences", corners, "Where does one stop, and the other begin?", ("To the right", "Down"), mixed, live),
            Sheet("both", "Four ways to say both", "The same eight pieces of static each.", "Which way shows two things?", ("Way", "Try"), ways),
        )  # fmt: skip

    @cached_property
    def ours(self) -> pairs.Ours:
        """The sentences of the cast's two things."""
        return pairs.Ours.of(self.cast.prompt, self.cast.other)

    @property
    def _walk(self) -> CaptureSpec:
        return CaptureSpec.of(self.cast, guidance=1.0, prompt=self.ours.first)

    # What was found

    def _film(self, name: str) -> np.ndarray:
        """(N, H, W, 3): all pictures of an album in one row."""
        pictures = self.gathered[name].arrays["pictures"]
        return pictures.reshape(-1, *pictures.shape[2:])

    def _count(self, name: str) -> np.ndarray:
        """(N,): how many things each picture of an album shows."""
        return between.things(to_model(self._film(name)))

    def tally(self, name: str) -> tuple[int, int, int]:
        """In how many tries both are seen, one of them, neither."""
        first, second = map(NOUNS.index, self.ours.nouns)
        return between.tally(self.gathered[name].arrays["nouns"][0], first, second)

    @cached_property
    def best(self) -> tuple[str, str]:
        """The held-out pair that is shown."""
        return pairs.HELD[pairs.best(self.gathered, pairs.apart(self.gathered))[0]]

    @cached_property
    def off(self) -> np.ndarray:
        """(3,): how far off our road, in percent of it: the sentence with "and", two other sentences."""
        first, second, *others = pairs.tables(self.gathered["tables"], self.ours.bare)
        return 100 * between.off_path(others, [first] * 3, [second] * 3)

    @cached_property
    def raised(self) -> tuple[float, float]:
        """From which share of the lift on there are two things, and both; above 1 where there never are."""
        two, both = self._count("triangle") > 1, albums.seen(self.gathered["triangle"], self.best).all(1)
        split, told = (between.onset(one[EDGE:]) + 1 for one in (two, two & both))
        return split / RAISED, told / RAISED

    @cached_property
    def changes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(S, C, H, W) each: what the sentence with "and" and either other one change at the same states."""
        both, first, second = (self.captures[name] for name in ("both", "first", "second"))
        without = both.noise_uncond.astype(np.float64)
        return both.noise_cond - without, first.noise_uncond - without, second.noise_uncond - without

    @cached_property
    def projection(self) -> between.Projection:
        """How much of the first is made of the others."""
        return between.Projection.of(*self.changes)

    # What is said of it

    @verdict
    def halfway(self) -> Verdict:
        neither = self.tally("middle")[2]
        some = f"Halfway, a judge still ⟨sees⟩ one of them in {_of(TRIES - neither)}."
        none = f"Halfway, a ⟨monster⟩. A judge that knows both sees neither, in {_of(neither)}; this is the first of them."
        how = f"tries of {TRIES} whose picture halfway shows neither, {JUDGED}"
        return Verdict(neither, (TRIES / 2, some), (inf, none), how=how)

    @verdict
    def ill(self) -> Verdict:
        seen, (a, b) = albums.seen(self.gathered["road"], self.ours.nouns), self.ours.things
        share = 100 * float((~seen.any(1)).mean()) if seen[0, 0] and seen[-1, 1] else 0.0
        plain = "Walk all of the ⟨road⟩: bit by bit, one sentence turns into the other."
        most = f"Walk all of the ⟨road⟩: {a}, then for {share:.0f} percent of the way neither, then {b}."
        how = f"share of {STOPS} stops on the road that show neither, {JUDGED}"
        return Verdict(share, (0, plain), (inf, most), how=how, unit="%")

    @verdict
    def dice(self) -> Verdict:
        good, all_ = int(albums.seen(self.gathered["round"], self.ours.nouns[:1]).sum()), spelled(STOPS)
        some = f"At ⟨{spelled(good)}⟩ of {all_} stops on this road, it is {self.ours.things[0]}."
        every = f"⟨Every⟩ stop on this road is {self.ours.things[0]}, from end to end. No monsters."
        how = f"stops of {STOPS} between two pieces of static that show the noun, {JUDGED}"
        return Verdict(good, (STOPS - 1, some), (inf, every), how=how)

    @verdict
    def splits(self) -> Verdict:
        two = int((self._count("written") > 1).sum())
        some = f"In {_of(two)}, the heap comes ⟨apart⟩ into two things."
        most = f"And the heap comes ⟨apart⟩: two things, in {_of(two)}."
        how = f"tries of {TRIES} with the sentence with “and” that show two things or more"
        return Verdict(two, (TRIES / 2, some), (inf, most), how=how)

    @verdict
    def kinds(self) -> Verdict:
        both = self.tally("written")[0]
        said = "Look ⟨closely⟩, though: one of each, in "
        none, some = f"{said}none of them. Which two, it gets wrong.", f"{said}only {_of(both)}."
        how = f"tries of {TRIES} with the sentence with “and” that show one of each, {JUDGED}"
        every = "Look ⟨closely⟩: one of each, every time."
        return Verdict(both, (0, none), (TRIES - 1, some), (inf, every), how=how)

    @verdict
    def nowhere(self) -> Verdict:
        two = int((self._count("road") > 1).sum())
        none = "Not on the road: we ⟨walked⟩ it, and nowhere on it were there two things."
        some = f"On the road itself, two things were ⟨seen⟩ at {spelled(two)} of {spelled(STOPS)} stops."
        return Verdict(two, (0, none), (inf, some), how=f"stops of {STOPS} on the road that show two things")

    @verdict
    def beside(self) -> Verdict:
        near, far = (f"The word “and” lies ⟨{where}⟩ this road." for where in ("near", "beside"))
        how = "how far the sentence with “and” is off the straight path, by that path's length"
        return Verdict(self.off[0], (20, near), (inf, far), how=how, unit="%")

    @verdict
    def sheet(self) -> Verdict:
        count = self._count("sheet")
        two, all_ = int((count > 1).sum()), spelled(len(count))
        none = f"Is “and” among them? Of {all_} mixtures, ⟨none⟩ shows two things."
        some = f"Is “and” among them? Of {all_} mixtures, ⟨{spelled(two)}⟩ show two things or more."
        how = f"pictures of the sheet, of {len(count)}, that show two things or more"
        return Verdict(two, (0, none), (inf, some), how=how)

    @verdict
    def mixtures(self) -> Verdict:
        ill = int(pairs.neither(self.gathered["halves"]).sum())
        said = f"First ⟨halfway⟩ between their two sentences: neither, in {ill} of {len(pairs.HELD)}."
        how = f"held-out pairs of {len(pairs.HELD)} whose middle shows neither, {JUDGED}"
        return Verdict(ill, (len(pairs.HELD) / 2, said), (inf, f"{said} Most are monsters."), how=how)

    @verdict
    def held(self) -> Verdict:
        found, name = pairs.sure(self.gathered["held"]) > 0.5, " and ".join(self.best)
        share, often = 100 * float(found.mean()), spelled(int(found[pairs.HELD.index(self.best)].sum()))
        some = f"At guidance three, both things come out in ⟨{share:.0f}⟩ percent. Of those ⟨apart⟩ whose middle is neither, the surest: ⟨{name}⟩, {often} of {spelled(SEEDS)}."
        none = f"⟨Never⟩ do both things come out. The judge is ⟨least⟩ unsure of ⟨{name}⟩."
        how = f"pictures of {len(found)} held-out pairs, {SEEDS} seeds each, at guidance {pairs.GUIDANCE:g}, that show both, {JUDGED}"
        return Verdict(share, (0, none), (inf, some), how=how, unit="%")

    @verdict
    def lift(self) -> Verdict:
        split, told = (100 * one for one in self.raised)
        never = "It ⟨changes⟩, step by step, into what the sentence ⟨makes⟩."
        both = f"After ⟨{split:.0f}⟩ percent of the way up it splits in two. After ⟨{told:.0f}⟩, each is what it is called."
        how = "share of the way up from which on two things are counted and both are named"
        return Verdict(told, (100, both), (inf, never), how=how, unit="%")

    @verdict
    def others(self) -> Verdict:
        own, ground, third = (f"⟨{one:.0f}⟩" for one in self.off)
        said = f"Our “and” is {own} off. Is that far? “{self.ours.bare[3]}” is {ground} off, “{self.ours.bare[4]}” {third}. "
        near, far = "Beside this road lies ⟨nearly⟩ everything.", "So “and” lies ⟨farther⟩ out than those."
        how = "how far the sentence with “and” is off the path, by how far another sentence is"
        return Verdict(self.off[0] / self.off[1], (1.5, said + near), (inf, said + far), how=how)

    @verdict
    def shared(self) -> Verdict:
        middles, boths = pairs.ways(self.gathered["tables"])
        share = 100 * between.common(boths - middles)
        alike = f"From the middle of a pair to its “and”, the ways have much in ⟨common⟩: {share:.0f} percent of them is one way."
        own = "From the middle of a pair to its “and”, the ways ⟨differ⟩: each pair has its own."
        how = f"of the ways from a pair's middle to its “and”, as mean squares, what {len(boths)} pairs share"
        return Verdict(share, (33, own), (inf, alike), how=how, unit="%")

    @verdict
    def doubled(self) -> Verdict:
        counts = self._count("moved").reshape(-1, TRIES)
        both = albums.seen(self.gathered["moved"], self.best)[-TRIES:]
        one, two, each = (int(found.sum()) for found in (counts[0] == 1, counts[-1] > 1, both.all(1)))
        said = f"Without it, ⟨one⟩ thing in {_of(one)}. With it, ⟨two⟩ things in {spelled(two)}, but one of ⟨each⟩ in {spelled(each)}."
        how = f"tries of {TRIES} from the middle, moved by the mean way of other pairs, that show two things"
        lost = f"{said} It says two, and not which two." if each < TRIES / 2 else said
        return Verdict(two, (TRIES / 2, f"{said} It hardly works."), (inf, lost), how=how)

    averaged = _way("middle", "⟨Average⟩ their tables of numbers")
    queued = _way("concat", "Put one table ⟨after⟩ the other")
    summed = _way("scores", "⟨Add⟩ what each of them changes")
    spoken = _way("written", "⟨Write⟩ it, with “and”")

    @verdict
    def softer(self) -> Verdict:
        fine = [measure.distance(measure.bands(one)["fine"], 0) for one in to_model(self._film("straight"))]
        lost = 100 * (1 - 2 * fine[EDGE // 2] / (fine[0] + fine[-1]))
        soft = f"The picture grows ⟨soft⟩: halfway, {lost:.0f} percent of its fine detail is gone."
        how = "root mean square of the fine detail halfway on the straight path, by that of its ends, less 1"
        return Verdict(lost, (5, "In our picture, that hardly ⟨shows⟩."), (inf, soft), how=how, unit="%")

    @verdict
    def explained(self) -> Verdict:
        share = 100 * self.projection.overall
        said = f"Squares add up. The parts ⟨explain⟩ {share:.0f} percent of d."
        how = "square of what the sentence with “and” changes that the best mix of its parts' explains"
        rest, all_ = f"{said} The rest belongs to the “and”.", f"{said} That is nearly all."
        return Verdict(share, (80, rest), (inf, all_), how=how, unit="%")

    # How it is told

    def story(self) -> None:
        self.tell(self._slide, self._road, self._dice, self._and, self._where)

    def _at(self, name: str, share: ValueTracker, height: float = 4.0) -> LivePicture:
        """The picture at a share of a road."""
        film = self._film(name)
        return LivePicture(lambda s: film[round(s * (len(film) - 1))], share, height=height)

    def _slide(self) -> None:
        # A picture whose words are turned, bit by bit, into others: it falls ill.
        at = ValueTracker(0)
        picture = self._at("road", at, 6.3).move_to([0, 0.4, 0])
        dial = parts.Dials(lambda s: [s], at, radius=0.9, color=theme.PROMPT).move_to([5.2, 0.4, 0])
        self.add(picture, dial)
        with self.opening(f"This is {self.ours.first}. Turn it, bit by bit, into {self.ours.things[1]}."):
            self.follow(at, 0.35)
        with self.say(self.question):
            self.follow(at, 0.5)
        self.remove(dial)

    def _road(self) -> None:
        # The picture over a road, with its two ends; a dot walks along all of it.
        (old,), film, at = self.on_stage, self._film("road"), ValueTracker(0.5)
        picture = self._at("road", at, 4.4).move_to([0, 1.4, 0])
        ends = [Picture(film[k], 2.3).move_to([x, -1.1, 0]) for k, x in ((0, -5.3), (-1, 5.3))]
        names = [named(*pair, theme.PROMPT, gap=0.15)[1] for pair in zip(ends, self.ours.nouns, strict=True)]
        road = Line([-4.0, -1.75, 0], [4.0, -1.75, 0], color=theme.MUTED, stroke_width=8)
        dot = Dot(radius=0.22, color=theme.PROMPT)
        drive(dot, lambda one: one.move_to(road.point_from_proportion(at.get_value())))
        with self.say("A sentence is numbers to it, and so a ⟨place⟩. Two places, and a ⟨road⟩ of mixtures."):
            self.move(into(old, picture))
            self.remove(old)
            self.add(picture)
            self.mark().show(*ends, *names)
            self.mark().show(road, dot)
        with self.say(self.halfway):
            self.mark().point(picture, run_time=3.4)
        with self.say(self.ill):
            self.turn(at, 0, run_time=0.9)
            self.mark().follow(at, 1)

    def _dice(self) -> None:
        # The words stay, and one static is turned into another; the picture beside it stays what it is.
        turn, (a, b) = ValueTracker(0), (run.states[0] for run in self.captures["static"][:2])
        static = LivePicture(lambda s: to_pixels(between.round_mix(a, b, s * np.pi / 2)), turn)
        names, colors = ("the dice", "what comes out"), (theme.NOISE, theme.SIGNAL)
        pair = side_by_side(static, self._at("round", turn), names, colors, 4.6)
        arrow = places.arrow([-1.1, 0.3, 0], [1.1, 0.3, 0], theme.MUTED)
        with self.say("Now leave the words alone, and ⟨turn⟩ the dice: from one static into another."):
            self.instead(pair, arrow)
            self.mark().follow(turn, 0.25)
        with self.say(self.dice):
            self.mark().follow(turn, 1, beyond=1.0)

    def _and(self) -> None:
        # A heap under two words; "and" comes between them, and there are two things; then all tries.
        words = parts.Sentence(" and ".join(self.ours.things), 58, width=10).move_to([-0.6, 3.05, 0])
        little = words.words[words.spoken.index("and")]
        heap = Picture(self._film("road")[STOPS // 2], 5.3).move_to([0, -0.25, 0])
        tries = Mosaic(self._film("written"), 4, height=5.3).move_to(heap)
        two = tries[int(np.argmax(self._count("written") > 1))]
        written = Picture(two.pixels, 5.3).move_to(heap)
        with self.say("So how do you get both? ⟨Write⟩ one little word between them: ⟨“and”⟩."):
            self.instead(heap)
            self.mark().show(*(word for word in words.words if word is not little))
            self.mark().show(FadeIn(little, shift=0.6 * DOWN))
        with self.say(self.splits):
            self.mark().become(heap, written, run_time=1.2)
            self.become(written, two, *(FadeIn(one) for one in tries if one is not two), run_time=1.4)
        with self.say(self.kinds):
            self.mark().point(tries, run_time=2.0)

    def _where(self) -> None:
        # The road once more, with the heap on it; high above it the two things: a triangle.
        triangle, heap = self._over_the_road()
        doubt = theme.text("and?", 2 * theme.TITLE, theme.PROMPT).move_to(triangle.corners[2])
        with self.say("One little word, and one heap becomes two things. ⟨Where⟩ is it, this “and”?"):
            self.instead(triangle.bottom, heap, *triangle.corners[:2])
            self.mark().show(doubt)
        with self.say(self.nowhere):
            self.mark().point(heap, *triangle.corners[:2], run_time=2.4)
        with self.say(self.beside):
            name = theme.text("and", theme.TITLE, theme.PROMPT).next_to(triangle.corners[2], LEFT, buff=0.3)
            self.mark().swap(triangle.corners[2], triangle.sides, name, instead_of=doubt)
            self.point(triangle.corners[2], name)
        self.hold(0.3)

    def _over_the_road(self) -> tuple[parts.Triangle, Picture]:
        """Both ends of the road and what "and" makes above it; and the heap in its middle."""
        two = self._film("written")[int(np.argmax(self._count("written") > 1))]
        film = np.stack([*self._film("road")[[0, -1]], two])
        triangle = parts.Triangle(film, 10.2, 3.3, 2.9).shift([0, -1.5, 0])
        heap = Picture(self._film("road")[STOPS // 2], 2.2).move_to(triangle.place(0.5, 0))
        return triangle, heap

    def mechanism(self) -> None:
        first = self._sheet, self._pick, self._triangle, self._far
        self.tell(*first, self._map, self._direction, self._four_ways)

    def _sheet(self) -> None:
        # A sheet of mixtures between four sentences; two dials move a frame over it, its picture stands beside.
        x, y, tiles = ValueTracker(0), ValueTracker(0), self._film("sheet")
        edge = round(len(tiles) ** 0.5)
        last, chart = edge - 1, parts.Chart(tiles.reshape(edge, edge, *tiles.shape[1:]), 5.5 / edge)
        chart.move_to([-3.6, 0.3, 0])
        names = [theme.text(noun, theme.LABEL, theme.PROMPT) for noun in grammar.nouns(*self.ours.four)]
        names = VGroup(*map(on_baseline, names))
        sides = ((UP, LEFT), (UP, RIGHT), (DOWN, LEFT), (DOWN, RIGHT))
        for name, (side, end) in zip(names, sides, strict=True):
            name.align_to(chart, end).shift((3.28 if side is UP else -2.88) * UP)
        here = Square(chart.tile_height + 0.08, color=theme.INK, stroke_width=6)
        drive(here, lambda one: one.move_to(chart.place((y.get_value() * last, x.get_value() * last))))
        picture = LivePicture(lambda x, y: tiles[round(y * last) * edge + round(x * last)], x, y, height=4.1)
        dials = parts.Dials(lambda x, y: [x, y], x, y, radius=0.6, gap=1.0, color=theme.PROMPT)
        dials.next_to(picture.move_to([3.4, 0.6, 0]), DOWN, buff=0.35)
        with self.say("Let us look for it. ⟨Four⟩ sentences, a sheet of mixtures, and two ⟨dials⟩."):
            self.show(chart, names, picture)
            self.mark().point(*names)
            self.mark().show(dials, here)
        with self.say("Turn the one, turn the other: every mixture of the four is here."):
            for one, to in ((x, 1), (y, 1), (x, 0.25), (y, 0.5)):
                self.run(one, to, 1.1)
        with self.say(self.sheet):
            self.run(x, 0.75, 1.2)
            self.mark().point(chart, run_time=2.0)

    def _pick(self) -> None:
        # All pairs that were never seen together, one picture each; the best of them is picked.
        wall, written = Mosaic(self._film("halves"), 7, height=5.6).move_to([0, -0.1, 0]), self._film("wall")
        fine = [one for one, ill in zip(wall, pairs.neither(self.gathered["halves"]), strict=True) if not ill]
        with self.say(f"Is it only our two? Here are {len(wall)} ⟨pairs⟩ that it never saw together."):
            self.mark().instead(*wall)
        with self.say(self.mixtures):
            self.mark().gather([one.animate.set_fill(opacity=0.25) for one in fine], run_time=3.0)
        with self.say("And now each of them ⟨written⟩, with “and”."):
            shown = zip(wall, written, strict=True)
            new = [one.animate.set_fill(opacity=1).set_pixels(pixels) for one, pixels in shown]
            self.mark().gather(new, run_time=2.4)
        with self.say(self.held):
            self.mark().bring_to_front(best := wall[pairs.HELD.index(self.best)])
            able = zip(wall, pairs.suited(self.gathered, pairs.apart(self.gathered)), strict=True)
            dim = [one.animate.set_fill(opacity=0.25) for one, free in able if not free and one is not best]
            self.mark().gather(dim, run_time=1.5)
            grown = best.animate.scale_to_fit_height(5.4).move_to([0, 0, 0])
            self.mark().move(grown, *(FadeOut(one) for one in wall if one is not best))

    def _triangle(self) -> None:
        # A triangle of two sentences and the one with both; a dot goes along its bottom, then up from the middle.
        film, x, up, last = self._film("triangle"), ValueTracker(0), ValueTracker(0), EDGE - 1
        triangle = parts.Triangle(film[[0, last, -1]], 5.1, 3.6).shift([3.1, -1.9, 0])

        def frame(x: float, up: float) -> np.ndarray:
            raised = round(up * RAISED)
            return np.asarray(film[last + raised if raised else round(x * last)])

        picture = LivePicture(frame, x, up, height=6.2).move_to([-3.6, 0.4, 0])
        with self.say("Their two sentences, and on ⟨top⟩ the one with “and”: a triangle."):
            self.instead(picture, triangle.bottom, *triangle.corners[:2])
            self.mark().show(triangle.sides, triangle.corners[2], triangle.dot(x, up))
        with self.say("⟨Along⟩ the bottom, one turns into the other."):
            self.mark().follow(x, 1, beyond=1.6)
        with self.say("Back to the ⟨middle⟩. Now up, off the road, to the one with “and”."):
            self.mark().turn(x, 0.5)
            self.show(triangle.lift())
            self.follow(up, min(self.raised[0], 0.5) - 1 / RAISED)
        with self.say(self.lift):
            for stop in self.raised:
                self.mark().turn(up, min(stop, 1), run_time=1.2)
            self.run(up, 1, self.line.remaining + 0.6)

    def _far(self) -> None:
        # The road, a hundred long, and how far off it three sentences are, drawn to scale.
        film, road = self._film("road"), min(6.0, 470 / self.off.max())
        flat = parts.Triangle(film[[0, -1, 0]], road, 0.1, 1.6).shift([-0.4, -2.2, 0])
        for end, side in zip(flat.corners[:2], (LEFT, RIGHT), strict=True):
            end.shift(1.2 * side)
        length = theme.text("100", theme.SENTENCE, theme.MUTED).next_to(flat.bottom, DOWN, buff=0.15)
        colors = theme.PROMPT, theme.NOISE, theme.NOISE
        poles = []
        said = "and", f"on {GROUND}", grammar.nouns(self.ours.bare[4])[0]
        for k, (off, color, word) in enumerate(zip(self.off, colors, said, strict=True)):
            poles.append(flat.pole(0.5 + (k - 1) * 1.85 / road, off, color, word))
        with self.say("How far off is that? Let the road between our two be a ⟨hundred⟩ long."):
            self.instead(flat.bottom, *flat.corners[:2])
            self.mark().show(length)
        with self.say(self.others):
            for pole in poles:
                self.mark().show(pole, *([FadeOut(length)] if pole is poles[0] else []))
            self.mark().point(*poles[1:])

    def _map(self) -> None:
        # A map of all pairs: from the middle of each to its sentence with "and", and what these ways share.
        drift = parts.Drift(between.projected(np.concatenate(pairs.ways(self.gathered["tables"]))))
        words = (("the middles", -2.2, theme.MUTED), ("with “and”", 2.2, theme.PROMPT))
        names = [theme.text(said, theme.LABEL, color).move_to([-5.2, y, 0]) for said, y, color in words]
        with self.say(f"Take all {len(pairs.ALL)} pairs of our nouns. Here are their middles, on a map."):
            self.instead(drift.starts, names[0])
        with self.say(self.shared):
            self.mark().draw(drift.ways, run_time=1.6)
            self.show(drift.ends, names[1], run_time=0.5)
            self.show(drift.common)

    def _direction(self) -> None:
        # Eight heaps between two sentences; the common way to "and" is added, more and more: each splits in two.
        amount, most, film = ValueTracker(0), len(pairs.AMOUNTS) - 1, self._film("moved")
        walls = film.reshape(most + 1, TRIES, *film.shape[1:]).swapaxes(0, 1)
        wall = VGroup(*(Walk(one, amount, 2.6) for one in walls))
        wall.arrange_in_grid(rows=2, buff=0.14).move_to([0, -0.3, 0])
        how = places.reading("and ×", lambda k: k / most, amount, theme.PROMPT, 2)
        how.shift(np.array([-1.2, 3.05, 0]) - how[0].get_left())
        with self.say(f"Take the ⟨middle⟩ of {' and '.join(self.best)}. Add the ⟨other⟩ pairs' way."):
            self.mark().instead(wall)
            self.mark().show(how)
            self.follow(amount, most, beyond=1.0)
        with self.say(self.doubled):
            self.turn(amount, 0, run_time=0.7)
            self.mark().point(wall, run_time=1.0)
            self.mark().turn(amount, most, run_time=1.6)
            self.mark().point(wall, run_time=1.8)

    def _four_ways(self) -> None:
        # Four ways to say both, side by side, try after try, each with how often it is one of each.
        which, said = ValueTracker(0), (self.averaged, self.queued, self.summed, self.spoken)
        row = VGroup(*(Walk(self._film(kind), which, 3.2) for kind in WAYS))
        row.arrange(RIGHT, buff=0.18).move_to([0, 0.6, 0])
        self.instead(*row)
        for k, (kind, says) in enumerate(zip(WAYS, said, strict=True)):
            tally, x = self.tally(kind), row[k].get_x()
            most = int(np.argmax(tally))
            count = theme.text(f"{('both', 'one', 'neither')[most]}: {tally[most]} of {TRIES}", theme.LABEL)
            words = on_baseline(theme.text(WAYS[kind], theme.LABEL, theme.PROMPT)).shift([x, -1.6, 0])
            with self.say(says if k else f"Back to our two. There are four ways to say both. {says}"):
                self.mark().show(words, run_time=0.4)
                self.run(which, 0 if k % 2 else TRIES - 1, max(self.line.remaining - 0.5, 0.8))
                self.show(on_baseline(count).shift([x, -2.3, 0]), run_time=0.4)
        with self.say("Why do they differ? That, the mathematics tells."):
            self.follow(which, TRIES - 1)

    def derivation(self) -> None:
        self.tell(self._static, self._averages, self._parts, self._answer)

    @proof
    def mixing(self) -> Lines:
        """Two pieces of static, mixed straight and round."""
        static = np.stack([run.states[0] for run in self.captures["static"]])
        turned = r"cos phi epsilon_1 + sin phi epsilon_2"
        return (
            ("Go ⟨straight⟩, a share s of the way. Independent noise adds in squares. Halfway that is a half: static that is too weak.",
             r'op("Var") ((1 - s) epsilon_1 + s epsilon_2) = (1 - s)^2 + s^2', between_checks.straight_law.on(static=static)),
            text_only("Open the squares: less than one, wherever s lies between zero and one.",
             r"(1 - s)^2 + s^2 = 1 - 2 s (1 - s)", between_checks.spreads.on()),
            text_only("The length of the other mix, for any two pieces.",
             rf"norm({turned})^2 = cos^2 phi norm(epsilon_1)^2 + sin^2 phi norm(epsilon_2)^2 + 2 cos phi sin phi epsilon_1 dot.c epsilon_2", between_checks.length.on(static=static)),
            ("Go ⟨round⟩ instead, by an angle, phi. Cosine squared and sine squared are one: every stop is static, as good as rolled.",
             rf"{turned} tilde.op cal(N)(0, I)", between_checks.round_law.on(static=static)),
        )  # fmt: skip

    def _static(self) -> None:
        # Two pieces of static at a right angle; a needle goes straight between them, and one goes round.
        share = ValueTracker(0)
        first, second = (Equation(f"epsilon_{k}", definition="a piece of static") for k in (1, 2))
        quarter = parts.Quarter(share, (first, second)).shift([-5.9, 0.6, 0])
        tiles = [
            named(self._at(name, share, 2.6).move_to([x, 2.0, 0]), name, color, gap=0.12)
            for name, x, color in (("straight", -0.7, theme.WRONG), ("round", 2.3, theme.SIGNAL))
        ]
        rolls = [Picture(run.pictures[0], 2.6) for run in self.captures["static"][:2]]
        told = self.prove(self.mixing, under=quarter)
        with self.say("First the dice: why no monsters? Two pieces of static stand at a ⟨right⟩ angle."):
            self.show(*(roll.move_to(tile[0]) for roll, tile in zip(rolls, tiles, strict=True)))
            self.mark().show(quarter.arms)
        with told.saying():
            self.mark().swap(quarter.chord, quarter.straight, tiles[0], instead_of=rolls[0])
            told.write()
            self.follow(share, 0.5)
        with self.say(self.softer):
            self.mark().point(tiles[0], run_time=2.0)
        with told.saying():
            self.mark().swap(
                quarter.arc, quarter.round, tiles[1], share.animate.set_value(0), instead_of=rolls[1]
            )
            told.write()
            self.follow(share, 1)
        self.sweep(0.4)

    @proof
    def averages(self) -> Lines:
        """Which law each average of two predictions belongs to."""
        return (
            ("The ⟨slope⟩ of such a law's logarithm, s, is what the model predicts, up to a factor: chapter four.",
             r"s := nabla log p", "a name: the slope of a law's logarithm"),
            ("⟨Average⟩ two of them. Halves of logarithms are a root of the product: a bell in the middle, where neither is likely.",
             r"1/2 (s_a + s_b) = nabla log sqrt(p_a p_b)", between_checks.product.on()),
            text_only("Made to sum to one, this product is a bell again.", r"sqrt(p_a p_b) prop cal(N)(mu, sigma^2)", between_checks.product_law.on()),
            ("The law of ⟨either⟩ has two humps. Its slope trusts each as far as it is likely here. One or the other, never both.",
             r"nabla log (p_a + p_b) = (p_a s_a + p_b s_b) / (p_a + p_b)", between_checks.mixture.on()),
            ("For ⟨both⟩, let the picture decide a and b, each without the other. Then Bayes multiplies them, over p, all pictures.",
             r"p(x | a, b) prop (p_a p_b) / p", between_checks.two_likelihoods.on()),
            ("In slopes: ⟨add⟩ the two, and take away the one without words.",
             r"nabla log p(x | a, b) = s_a + s_b - s", between_checks.conjunction.on()),
            ("But a walk meets its laws ⟨noised⟩. Multiply noised bells, and it is not their product, noised. Only in the end they ⟨agree⟩.",
             r"nabla log p_sigma (y | a, b) eq.not s_(a, sigma) + s_(b, sigma) - s_sigma", between_checks.with_noise.on()),
        )  # fmt: skip

    def _averages(self) -> None:
        # Two bells; what lies between them by each average; then all of them widened by noise.
        sigma = ValueTracker(0)
        made = {name: (color, between_checks.law(name)) for name, color in LAWS.items()}
        laws = parts.Laws(made, sigma, reach=3.2, top=1.0)
        shown = {name: VGroup(laws.curves[name], laws.names[name]) for name in LAWS}
        two = (Picture(self._film(kind)[1], 1.9).move_to([5.5, 1.35, 0]) for kind in ("scores", "middle"))
        fused, heap = (named(*pair, gap=0.12) for pair in zip(two, ("sum", "mixture"), strict=True))
        told = self.prove(self.averages, under=laws.axes, alone=True)
        with self.say("Now let a picture be one number, x. ⟨Amber⟩: likely with a. ⟨Cyan⟩: with b."):
            self.show(laws.axes)
            for name in "ab":
                self.mark().show(shown[name], run_time=0.6)
        x, gone = ValueTracker(-2.6), VGroup()
        for name, to in {"a": -0.3, "average": 1.6, "either": -1.8, "both": 0.9}.items():
            push = laws.push(x, partial(between_checks.push, name), LAWS[name])
            new = VGroup(push) if name == "a" else VGroup(push, shown[name])
            if name == "both":  # narrower than the average, which comes back beside it
                new.add(shown["all"], shown["average"])
            with told.saying():
                told.write()
                self.mark().show(*new, *map(FadeOut, gone))
                self.follow(x, to)
            gone = new
        with told.saying():
            told.write()
            self.mark().show(FadeOut(push))
            self.point(told.line, shown["both"], run_time=1.8)
        with told.saying():
            told.write()
            self.mark().show(shown["added"], fused, FadeOut(shown["average"]), FadeOut(shown["all"]))
            self.run(sigma, 1.0, 3.0)
            self.mark().turn(sigma, 0, run_time=1.4)
        with self.say("Averaged ⟨tables⟩ go through a whole network. No law says what comes out."):
            self.hide(shown["both"], shown["added"], fused)
            told.clear()
            self.mark().show(heap)
            self.point(heap)
        self.sweep(0.4)

    @proof
    def plane(self) -> Lines:
        """What the sentence with "and" changes, by what its parts change."""
        both, first, second = (self.captures[name] for name in ("both", "first", "second"))
        given = {"first": first.noise_uncond, "second": second.noise_uncond, "without": both.noise_uncond}
        start = {name: one[0] for name, one in given.items()}
        return (
            ("So ask the model. Call d what the sentence with “and” ⟨changes⟩: its predicted noise, less that without words.",
             r"d := epsilon_c - epsilon_u", "a name: what a sentence changes"),
            ("Adding takes what the two parts change, for all of it.",
             r"epsilon = epsilon_u + d_a + d_b", between_checks.sum_of_changes.on(added=self.captures["added"].noise[0], **start)),
            ("Be generous: take their best mix. What it ⟨leaves⟩, r, stands at a right angle to both.",
             r"d = k_a d_a + k_b d_b + r", between_checks.two_ways.on(both=both.noise_cond, **given)),
            (str(self.explained),
             r"norm(d)^2 = norm(k_a d_a + k_b d_b)^2 + norm(r)^2", between_checks.right_angles.on(both=both.noise_cond, **given)),
        )  # fmt: skip

    def _parts(self) -> None:
        # What "and" changes as a picture, its part that the others explain, and the rest; a right triangle of the three.
        step, (whole, a, b) = ValueTracker(0), self.changes
        k = self.projection.coefficients.T.reshape(2, -1, 1, 1, 1)
        inside = k[0] * a + k[1] * b
        size = 2.5 * np.sqrt((whole**2).mean((1, 2, 3), keepdims=True))
        films = [Walk(to_pixels(one / size), step, 2.2) for one in (inside, whole - inside, whole)]
        row = places.adds_up(*films).move_to([-1.9, 2.2, 0])
        names = ("parts", theme.MODEL), ("rest, r", theme.WRONG), ("and: d", theme.INK)
        words = [named(one, *name, gap=0.12)[1] for one, name in zip(films, names, strict=True)]
        share = ValueTracker(float(np.sqrt(1 - self.projection.overall)))
        triangle = parts.RightAngle(share, (theme.MODEL, theme.WRONG), 3.2).shift([3.4, 0.9, 0])
        called = {"d": theme.INK, "parts": theme.MODEL, "r": theme.WRONG}
        sides = triangle.named(*(theme.text(name, theme.LABEL, color) for name, color in called.items()))
        told = self.prove(self.plane, under=VGroup(row, *words))
        with told.saying():
            self.show(films[2], words[2])
            self.mark().follow(step, self.cast.steps - 1)
            told.write()
        with told.saying():
            told.write()
            self.turn(step, 0)
        with told.saying():
            self.show(*films[:2], *words[:2], row[1], row[3])
            self.mark().show(triangle, sides)
            told.write()
        with told.saying():
            told.write()
            self.mark().point(triangle, sides, films[0], run_time=1.6)
            self.follow(step, self.cast.steps - 1)
        self.sweep(0.4)

    def _answer(self) -> None:
        # The road with its heap; then the two things high above it.
        triangle, heap = self._over_the_road()
        with self.say(f"So what lies between {' and '.join(self.ours.things)}? ⟨Mixtures⟩ of the two."):
            self.show(triangle.bottom, heap, *triangle.corners[:2])
            self.mark().point(heap)
        with self.say(self.beside):
            self.show(triangle.sides, triangle.corners[2])
            self.mark().point(triangle.corners[2])
        self.hold(0.5)

    def remember(self) -> Mobject:
        """The road between the two sentences, and what "and" makes beside it."""
        triangle, heap = self._over_the_road()
        return VGroup(triangle, heap)
