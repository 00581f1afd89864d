"""Chapter 9: a road that is nearly straight, strides that land beside it, and a student that jumps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, FadeIn, FadeOut, Line, Mobject, Rectangle, ValueTracker, VGroup

from course import grammar
from course.chapters import COURSE
from course.grammar import NOUNS, Thing
from course.maths import faster, faster_checks, latent, measure, walking
from course.maths.faster import DISTILLED, STRAIGHT
from course.maths.faster_checks import BELL, COUNTS, ENDS, STARTS, TWO
from course.model.data import to_model
from course.model.scores import scores
from course.model.settings import TAUGHT, UNGUIDED
from course.precompute import Capture, CaptureSpec, Gathering, Recognised, Roads, affordable, nine
from course.precompute.albums import Album
from course.precompute.families import Specs
from course.precompute.roads import CALLS, EARLY, FEW, STRIDES, WAYS
from course.stage import Chapter, Mosaic, Picture, Walk, parts, places, theme
from course.stage.equation import Equation
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import to_pixels
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, spelled

SEEDS, FINE = 8, 120
FEWER, COARSER = 2, 60
"""For casts that nobody has waited for."""
STEPS = 30
"""Of the teacher's walk beside which the student is seen."""
TEACHER = 2 * STEPS - UNGUIDED
"""Calls: a guided step takes two."""
SHOWN, LAST = 6, 3
STUDENT = theme.INK
"""Its colour: even strides are as what goes wrong, early ones as the model."""
JUDGED = "by a judge that names what it sees"
PLACE, WIDE, TALL = (-5.1, -1.9), 9.2, 4.7
"""Where the road begins, how long its chord is, and how high what is off it may be."""
RAISED = (-5.1, -1.0)
"""Where it begins while the title stands under it."""


def _levels(off: float) -> str:
    """'14 levels', '0.7 levels'."""
    return f"{off:.0f} levels" if off >= 1.5 else f"{off:.1f} levels"


class Faster(Chapter):
    """Straighter roads: where calls are best spent, and a student that needs hardly any."""

    title = "Straighter roads"
    question = "Can we take straighter roads?"
    letters = dict.fromkeys(("v", "w"), theme.MODEL) | {"y": theme.SIGNAL, "tau": theme.TIME, "h": theme.TIME}

    def specs(self) -> Specs:
        """One walk in many steps and in few; the student's; and what the other chapters' pictures are made of."""
        walk = self._walk
        both = enumerate((walk, replace(walk, prompt=self.cast.other)))
        return {
            "walk": walk,
            "few": self._strides(walk, STRIDES),
            "short": replace(walk, steps=STRIDES, spacing=EARLY),
            "four": {k: self._strides(one, 4) for k, one in both},
            "student": {n: self._student(walk, n) for n in FEW},
            "others": [self._student(replace(walk, prompt=one), 2) for one in self.prompts],
            **nine.specs(walk, self.cast.other),
        }

    def gatherings(self) -> Mapping[str, Gathering]:
        """Roads in fine steps and in few; what a judge sees after few; what the teacher paints."""
        walk, fixed = self._walk, CaptureSpec(Thing(NOUNS[0]).phrase(), steps=STEPS)
        large, small = Roads(replace(walk, steps=FINE), SEEDS), Roads(replace(walk, steps=COARSER), FEWER)
        words = tuple(((one, 1.0),) for one in self.prompts)
        return {
            "roads": affordable(large, small),
            "recognised": Recognised(fixed, 4),
            "teacher": Album(replace(walk, steps=STEPS, guidance=TAUGHT), 1, words=words, unguided=UNGUIDED),
        }  # fmt: skip

    @property
    def _walk(self) -> CaptureSpec:
        return CaptureSpec.of(self.cast, guidance=1.0, model="pixel")

    @staticmethod
    def _strides(walk: CaptureSpec, calls: int) -> dict[str, CaptureSpec]:
        """Evenly, and early with the last slope remembered."""
        even = replace(walk, steps=calls)
        return {"even": even, "early": replace(even, scheduler="ab2", spacing=EARLY)}

    @staticmethod
    def _student(walk: CaptureSpec, calls: int) -> CaptureSpec:
        return replace(walk, model="student", steps=calls)

    @cached_property
    def prompts(self) -> tuple[str, ...]:
        """The cast's two, and others."""
        return grammar.relatives(self.cast.prompt, self.cast.other, SHOWN)

    # What is measured

    def _found(self, name: str, array: str) -> np.ndarray:
        return self.gathered[name].arrays[array]

    @cached_property
    def off(self) -> dict[str, dict[int, float]]:
        """For each way and number of calls how far from the road's end they land, in levels, over all roads."""
        mean = self._found("roads", "off").mean(0).tolist()
        return {way: dict(zip(CALLS, row, strict=True)) for way, row in zip(WAYS, mean, strict=True)}

    @cached_property
    def single(self) -> np.ndarray:
        """(2, STRIDES): how far one long stride lands beside the road, and where that leads, over all roads."""
        return self._found("roads", "single").mean(0)

    @property
    def starts(self) -> str:
        """'eight starts'."""
        return counted(self.gathered["roads"].of.count, "start")

    @property
    def end(self) -> Picture:
        """Where the road ends."""
        return Picture.from_model(self._found("roads", "end"), 2.15)

    def _beside(self, capture: Capture) -> float:
        """How far from there another walk ends, in levels."""
        return measure.LEVELS * measure.distance(capture.states[-1], self._found("roads", "end"))

    @cached_property
    def plane(self) -> faster.Bow:
        """The plane in which the road is seen."""
        walk = self.captures["walk"]
        start = faster.straightened(walk.states, walk.alphas_cumprod)[0].ravel()
        return faster.Bow(start, *self._found("roads", "axes").astype(np.float64))

    def _seen(self, capture: Capture) -> np.ndarray:
        """(S + 1, 2): where a walk goes in it."""
        return self.plane.seen(faster.straightened(capture.states, capture.alphas_cumprod))

    @cached_property
    def tips(self) -> np.ndarray:
        """(STRIDES, 2): where the guesses of six even strides are in it."""
        return self.plane.seen(self.captures["few"]["even"].guesses)

    @cached_property
    def known(self) -> np.ndarray:
        """(2, len(FEW)): of how many pictures of one thing in percent a judge says what was asked for: the student's,
        and those of early strides."""
        student = [scores("student")["student"][str(calls)]["noun"] for calls in FEW]
        return 100 * np.array([student, self._found("recognised", "right")[1]])

    @verdict
    def straight(self) -> Verdict:
        longer = 100 * float(self._found("roads", "longer").mean())
        said = f"is only ⟨{longer:.1f}⟩ percent longer than the straight line"
        return Verdict(longer,
            (5, f"It does not wind. It {said}."),
            (inf, f"It winds. It {said}.".replace("only ", "")),
            how=f"length of the road by that of its chord, less 1, {self.starts}", unit="%")  # fmt: skip

    @verdict
    def flat(self) -> Verdict:
        share = 100 * float(self._found("roads", "flat").mean())
        return Verdict(share,
            (80, "⟨Stretch⟩ its height, and this is most of how it bends, not all."),
            (inf, "⟨Stretch⟩ its height: one flat bow, like the path of a ball that you throw."),
            how=f"of the bend, as squares of what is off the chord, what lies in one plane, {self.starts}", unit="%")  # fmt: skip

    @verdict
    def beside(self) -> Verdict:
        off = self._beside(self.captures["few"]["even"])
        said = f"They end ⟨beside⟩ the picture: {_levels(off)} of 255"
        return Verdict(off,
            (5, f"{said} off, hardly seen."),
            (inf, f"{said} off."),
            how=f"root mean square distance of the end of {STRIDES} even strides from the road's end", unit="levels")  # fmt: skip

    @verdict
    def first(self) -> Verdict:
        middle, start = (float(self._found("roads", "single")[0, 1, k]) for k in (LAST, 0))
        said = f"In the ⟨middle⟩, it ends {_levels(middle)} off. At the ⟨start⟩, {_levels(start)}"
        return Verdict(start / middle,
            (3, f"{said}."),
            (inf, f"{said}: that one is to blame."),
            how="how far from the end the first of six strides alone leads, by how far the fourth does")  # fmt: skip

    @verdict
    def grows(self) -> Verdict:
        after, end = self.single[:, 0]
        return Verdict(float(end / after),
            (1.3, "A mistake made early stays as large as it was."),
            (inf, "A mistake made early grows, all the way to the picture."),
            how=f"how far from the end the first of six strides leads, by how far it lands beside the road, {self.starts}")  # fmt: skip

    @verdict
    def times(self) -> Verdict:
        ratio, end = self.single[1] / self.single[0], float(self.single[1, 0])
        said = f"By the ⟨end⟩, the first one's mistake is {_levels(end)}, {ratio[0]:.1f} times what it was"
        return Verdict(float(ratio[0] / ratio[1:].max()),
            (1.5, f"{said}. Others grow as well."),
            (inf, f"{said}. No other grows so."),
            how="by how much the first stride's mistake grows, by the most that another one's does")  # fmt: skip

    @verdict
    def sooner(self) -> Verdict:
        even, short = (self._beside(one) for one in (self.captures["few"]["even"], self.captures["short"]))
        off = f"⟨{_levels(short)}⟩ off"
        return Verdict(short / even,
            (0.95, f"So take ⟨short⟩ strides first, where mistakes grow, and ⟨long⟩ ones later: {off}."),
            (inf, f"Take ⟨short⟩ strides first, and ⟨long⟩ ones later: still {off}."),
            how="distance from the road's end, early strides by even ones")  # fmt: skip

    @verdict
    def better(self) -> Verdict:
        even, early = (self._beside(one) for one in self.captures["few"].values())
        said = f"The same six calls: ⟨{_levels(early)}⟩ off instead of {even:.0f}"
        return Verdict(early / even,
            (0.75, f"{said}, and for nothing."),
            (inf, f"{said}."),
            how="distance from the road's end, early strides that remember by even ones")  # fmt: skip

    @verdict
    def high(self) -> Verdict:
        return Verdict(float(self.tips[:, 1].min()),
            (0, "But most of these tips were too ⟨high⟩: above the road's end. Whoever aims there misses it."),
            (inf, "But all these tips were too ⟨high⟩: above the road's end. Whoever aims there ends above it."),
            how="height of the lowest of six guesses over the chord, in the plane of the road", unit="model units")  # fmt: skip

    @verdict
    def where(self) -> Verdict:
        solver, both = self.off["solver"][4], self.off["both"][4]
        said = f"Now ⟨early⟩ ones that remember: at ⟨four⟩ calls, {_levels(both)} instead of the solver's {solver:.0f}"
        return Verdict(both / solver,
            (0.8, f"{said}."),
            (inf, f"{said}: no great gain."),
            how="distance from the road's end after four calls: early ones that remember by those of UniPC, evenly placed")  # fmt: skip

    @verdict
    def ten(self) -> Verdict:
        four, ten = self.off["both"][4], self.off["even"][10]
        said = f"⟨Four⟩ of these end {_levels(four)} off; ten ⟨even⟩ ones, {ten:.0f}"
        return Verdict(four / ten,
            (1.15, f"{said}. Four calls do what ten did."),
            (inf, f"{said}."),
            how=f"distance from the road's end, four early strides that remember by ten even ones, {self.starts}")  # fmt: skip

    @cached_property
    def orders(self) -> list[float]:
        """By which power errors fall from ten calls to thirty: of even strides, and of those that remember."""
        return [walking.order((10, 30), np.array([self.off[way][n] for n in (10, 30)])) for way in ("even", "remembered")]  # fmt: skip

    @verdict
    def network(self) -> Verdict:
        even, kept = self.orders
        said = f"On our network, that power p, the ⟨order⟩, is ⟨{even:.1f}⟩ and {kept:.1f}"
        return Verdict(kept,
            (1.75, f"{said}: its slopes are not so smooth."),
            (inf, f"{said}, from ten calls to thirty."),
            how="slope in logarithms from ten calls to thirty of even strides that remember")  # fmt: skip

    @cached_property
    def taught(self) -> np.ndarray:
        """(N, H, W, 3): what the teacher paints of `prompts`."""
        return self._found("teacher", "pictures")[:, 0]

    def _learned(self, calls: int) -> np.ndarray:
        """(H, W, 3): what the student paints of the cast's prompt."""
        return self.captures["student"][calls].pictures[-1]

    @verdict
    def blob(self) -> Verdict:
        one, all_ = (latent.detail(to_model(x)) for x in (self._learned(1), self.taught[0]))
        return Verdict(100 * one / all_,
            (80, "⟨One⟩ call of the student's is still a soft blob."),
            (inf, "⟨One⟩ call of the student's is no softer than its teacher's picture."),
            how="steps between neighbouring pixels after one call, by those of its teacher's picture", unit="%")  # fmt: skip

    @verdict
    def two(self) -> Verdict:
        off = measure.LEVELS * measure.distance(to_model(self._learned(2)), to_model(self.taught[0]))
        said = f"⟨Two⟩, beside the ⟨{TEACHER}⟩ of its teacher, two in each step but the first"
        return Verdict(off,
            (30, f"{said}: much the ⟨same⟩ picture, a little softer."),
            (inf, f"{said}: not the ⟨same⟩ picture, but one of the same thing."),
            how=f"root mean square distance of two calls from the teacher's picture of {TEACHER}", unit="levels")  # fmt: skip

    @verdict
    def bought(self) -> Verdict:
        learned, free = self.known[:, FEW.index(1)]
        said = f"At ⟨one⟩ call, a judge names the thing in {learned:.0f} percent of the student's pictures; of early ⟨strides'⟩, in {free:.0f}"
        return Verdict(float(learned - free),
            (10, f"{said}."),
            (inf, f"{said}. That is what training buys."),
            how=f"pictures of one thing that are recognised, {JUDGED}: the student's less those of an untrained call", unit="%")  # fmt: skip

    @verdict
    def free(self) -> Verdict:
        learned, free = self.known[:, FEW.index(4)]
        return Verdict(float(learned - free),
            (5, "By ⟨four⟩ calls, early strides do nearly as well, and need no training at all."),
            (inf, "By ⟨four⟩ calls, early strides come nearer, and need no training at all."),
            how=f"the student's pictures that are recognised at four calls, {JUDGED}, less those of early strides that remember", unit="%")  # fmt: skip

    # Story

    def story(self) -> None:
        self.tell(self._ride, self._flat, self._six, self._blame, self._better, self._same_calls)

    def _bow(self, stretch: float, wide: float = WIDE, place: tuple[float, float] = PLACE) -> parts.Bow:
        return parts.Bow(self._found("roads", "curve"), ValueTracker(stretch), wide, place)

    def _tall(self, *ways: np.ndarray, room: float) -> float:
        """How many times higher than they are ways (N, 2) may be drawn over the bow's chord, at least once."""
        unit = WIDE / self._found("roads", "curve")[-1, 0]
        return max(1.0, int(10 * room / (unit * max(way[:, 1].max() for way in ways))) / 10)

    @cached_property
    def tall(self) -> float:
        """How many times higher than it is the bow is drawn where strides end beside it."""
        even = self._seen(self.captures["few"]["even"])
        return self._tall(even, *self._found("roads", "strays"), room=TALL)

    @staticmethod
    def _times(times: float) -> Mobject:
        """Says how the height is drawn."""
        return theme.text(f"height × {times:g}", theme.LABEL, theme.MUTED).move_to([-5.3, 3.2, 0])

    def _ride(self) -> None:
        # A picture goes from static to what was asked for, along a line that is nearly straight.
        walk, steps, step = self.captures["walk"], self.cast.steps, ValueTracker(0)
        bow = self._bow(1, place=RAISED)
        rider = bow.ride(Walk(walk.pictures, step, 3.0), self._seen(walk), step, up=1.6)
        self.add(bow.road, rider)
        how = f"in {counted(steps, 'small step')}"
        with self.opening(f"From static to {self.cast.prompt}: this is the road, {how}."):
            self.follow(step, 0.8 * steps)
        with self.say(self.question):
            self.follow(step, steps)

    def _flat(self) -> None:
        # The straight line under it; then its height grows, and it is a bow, along which the picture goes again.
        gone, walk, step = self.on_stage[1:], self.captures["walk"], ValueTracker(self.cast.steps)
        self.remove(self.on_stage[0])
        high = self._tall(self._found("roads", "curve"), room=3.25)
        bow = self._bow(1, place=RAISED)
        rider = bow.ride(Walk(walk.pictures, step, 1.9), self._seen(walk), step, up=1.1)
        self.add(bow.road, *gone)
        with self.say(self.straight):
            self.show(bow.chord, FadeOut(*gone), FadeIn(rider))
            self.turn(step, 0, run_time=1.6)
            self.mark().show(places.lifted(bow.chord), run_time=1.6)
        with self.say(self.flat):
            down = bow.chord.animate.shift((PLACE[1] - RAISED[1]) * UP)
            self.mark().show(self._times(high), bow.stretch.animate.set_value(high), down, run_time=1.6)
            self.follow(step, self.cast.steps)

    def _stage(self) -> tuple[parts.Bow, Mobject, Picture]:
        """The bow, how high it is drawn, and the picture at its end."""
        return self._bow(self.tall), self._times(self.tall), self.end.move_to([5.5, -1.5, 0])

    def _landed(self, picture: np.ndarray, off: float, end: Picture, color: str) -> VGroup:
        """Another end above the road's, with how far off it is."""
        shown = Picture(picture, end.height).next_to(end, UP, buff=0.25).set_stroke(color, width=5)
        return VGroup(shown, theme.text(_levels(off), theme.LABEL, color).next_to(shown, UP, buff=0.2))

    def _six(self) -> None:
        # Six straight strides beside the bow; where they land, and where the road ends: two pictures.
        bow, times, end = self._stage()
        few = self.captures["few"]["even"]
        strides = bow.strides(self._seen(few), theme.WRONG)
        landed = self._landed(few.pictures[-1], self._beside(few), end, theme.WRONG)
        with self.say("Each step asks the network once, and that takes time. So take ⟨six⟩ long strides:"):
            self.instead(bow, times, end)
            self.mark().show(strides[0])
        with self.say("each straight to where the road points now. But the road ⟨bends⟩ away."):
            self.gather(strides[1:], run_time=3.0, lag_ratio=0.8)
            self.mark().show(places.lifted(bow.road), run_time=1.6)
        with self.say(self.beside):
            self.mark().show(landed)
            self.point(landed, end, run_time=1.8)

    def _stray(self, k: int, bow: parts.Bow, end: Picture) -> VGroup:
        """One long stride, where it leads, and the picture there."""
        way = self._found("roads", "strays")[k]
        wide = (len(way) - 1) // STRIDES
        (stride,) = bow.strides(way[[k * wide, (k + 1) * wide]], theme.WRONG)
        off, picture = self._found("roads", "single")[0, 1, k], self._found("roads", "stray_ends")[k]
        return VGroup(bow.line(way[(k + 1) * wide :], theme.WRONG, 5), stride, self._landed(picture, off, end, theme.WRONG))  # fmt: skip

    def _blame(self) -> None:
        # Only one stride is long: in the middle it leads home; at the start, to another end.
        bow, times, end = self._stage()
        middle, start = (self._stray(k, bow, end) for k in (LAST, 0))
        way, road = self._found("roads", "strays")[0], self._found("roads", "curve")
        at, color = ValueTracker((len(way) - 1) // STRIDES), theme.INK
        gap = Driven(lambda k: Line(bow.at(road, k), bow.at(way, k), color=color, stroke_width=6), at)
        with self.say("Which of the six is to blame? Make only ⟨one⟩ long, and take all else in tiny steps."):
            self.instead(bow, times, end)
            self.mark().gather([middle[1], middle[0]], run_time=1.4, lag_ratio=0.8)
        with self.say(self.first):
            self.mark().show(middle[2])
            self.mark().show(FadeOut(middle), FadeIn(start[1], start[0]))
            self.show(start[2])
        with self.say(self.grows):
            self.show(gap, run_time=0.4)
            self.follow(at, len(way) - 1)

    def _better(self) -> None:
        # Strides that are short at first; the last of them leans, by a ghost of the slope before. They end nearer.
        bow, times, end = self._stage()
        both = self.captures["short"], self.captures["few"]["early"]
        short, early = (bow.strides(self._seen(one), theme.MODEL) for one in both)
        landed = [self._landed(one.pictures[-1], self._beside(one), end, theme.MODEL) for one in both]
        stops, tips = self._seen(both[1])[-3:], self.plane.seen(both[1].guesses)[-2:]
        # Both slopes, over the last stride: all the way down they would lead to their guesses.
        taus = faster.share(both[1].alphas_cumprod)[-3:]
        led = [stops[1] + (tips[k] - stops[k]) * (taus[1] - taus[2]) / taus[k] for k in (0, 1)]
        ghost, now, leant = (bow.arrow(stops[1], at, color) for at, color in zip((*led, stops[2]), (theme.MUTED, theme.INK, theme.MODEL), strict=True))  # fmt: skip
        name = theme.text("last slope", theme.LABEL, theme.MUTED).next_to(ghost, UP, buff=0.15)
        with self.say(self.sooner):
            self.instead(bow, times, end)
            self.mark().gather(short[:3], run_time=1.6, lag_ratio=0.8)
            self.mark().gather(short[3:], run_time=1.6, lag_ratio=0.8)
            self.mark().show(landed[0])
        with self.say("And let each ⟨remember⟩ the last slope, so that it leans as the road has ⟨turned⟩."):
            self.show(FadeOut(*short, landed[0]), *early[:-1])
            self.mark().show(ghost, name)
            self.show(now)
            self.mark().become(now, leant)
        with self.say(self.better):
            self.mark().show(FadeOut(ghost, name, leant), early[-1], landed[1])
            self.point(landed[1], end, run_time=1.8)

    @staticmethod
    def _row(pictures: Sequence[Picture], names: Sequence[str], colors: Sequence[str], high: float) -> list[VGroup]:  # fmt: skip
        """Pictures side by side over the whole frame, each with its name."""
        row = VGroup(*(one.scale_to_fit_height(high) for one in pictures))
        words = places.named_row(row, names, colors, 0.45)
        return [VGroup(*one) for one in zip(row, words, strict=True)]

    def _same_calls(self) -> None:
        # Six even strides, six early ones, and the road's end: three pictures.
        few = [Picture(one.pictures[-1]) for one in self.captures["few"].values()]
        names, colors = ("six, evenly", "six, early", "tiny steps"), (theme.WRONG, theme.MODEL, theme.SIGNAL)
        row = self._row((*few, self.end), names, colors, 4.1)
        with self.say("So we need no straighter road: it was nearly straight. We need better ⟨strides⟩."):
            self.instead(*row)
            self.mark().point(row[1], row[2], run_time=2.0)
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        first = self._arrows, self._bars, self._curves, self._four
        self.tell(*first, self._jumps, self._calls, self._wall, self._judged, self._today)

    def _fan(self) -> tuple[parts.Bow, list[Mobject], Mobject]:
        """The bow with room for the arrows, these, and how high all is drawn."""
        wide, curve = 8.9, self._found("roads", "curve")
        high = max(1.0, int(10 * 4.9 * curve[-1, 0] / (wide * self.tips[:, 1].max())) / 10)
        bow, stops = self._bow(high, wide, (-5.7, -2.6)), self._seen(self.captures["few"]["even"])
        arrows = [bow.arrow(*pair, theme.WRONG) for pair in zip(stops[:-1], self.tips, strict=True)]
        return bow, arrows, self._times(high)

    def _arrows(self) -> None:
        # The bow; at each of six calls an arrow to a picture, the guess; the tips come down, the blur clears.
        few, asked, step = self.captures["few"]["even"], ValueTracker(0), ValueTracker(0)
        bow, arrows, times = self._fan()
        heights = [float(np.clip(bow.point(tip)[1], -1.5, 1.3)) for tip in self.tips]
        guess = Walk(few.guess_pictures, asked, 2.9)
        drive(guess, lambda one: one.move_to([5.15, np.interp(asked.get_value(), range(STRIDES), heights), 0]))  # fmt: skip
        end = bow.point(self._found("roads", "curve")[-1])[1]
        top = bow.point(self.tips[self.tips[:, 1].argmax()])
        above = Line(top, [top[0], end, 0], color=theme.INK, stroke_width=6)
        here = bow.ride(Dot(radius=0.17, color=theme.INK), self._seen(few), step)

        def again(k: int, seconds: float) -> None:
            self.play(FadeIn(arrows[k]), arrows[k - 1].animate.set_opacity(0.4), asked.animate.set_value(k), run_time=seconds)  # fmt: skip

        with self.say("The six even strides again. ⟨Ask⟩ the network: where is the picture? ⟨There⟩."):  # fmt: skip
            self.show(bow, times, run_time=0.4)
            self.mark().show(here)
            self.mark().draw([arrows[0]], run_time=1.0)
        with self.say("The arrow's tip is its ⟨guess⟩: a blur. ⟨Stride⟩ a part of the way, and ⟨ask⟩ again."):
            self.mark().show(guess)
            self.mark().turn(step, 1)
            self.mark()
            again(1, theme.MOVE)
        with self.say("Stride, ask. Stride, ask. The tips come ⟨down⟩, and the blur clears."):
            for k in range(2, STRIDES):
                self.turn(step, k, run_time=0.6)
                again(k, 0.6)
            self.mark().turn(step, STRIDES)
        with self.say(self.high):
            self.play(*(one.animate.set_opacity(1) for one in arrows), run_time=0.6)
            self.mark().draw([above])

    def _bars(self) -> None:
        # Six bars: how far each long stride alone lands beside the road; they grow to where that leads.
        grown, unit, at = (ValueTracker(0), 3.7 / float(self.single.max()), [-4.6 + 1.85 * k for k in range(STRIDES)])  # fmt: skip

        def bars(share: float) -> VGroup:
            drawn = VGroup()
            for x, (after, end) in zip(at, self.single.T, strict=True):
                size = (1 - share) * after + share * end
                bar = Rectangle(width=1.2, height=unit * size, stroke_width=0).set_fill(theme.WRONG, opacity=1)  # fmt: skip
                bar.move_to([x, -1.7 + unit * size / 2, 0])
                drawn.add(VGroup(bar, theme.text(f"{size:.1f}", theme.LABEL).next_to(bar, UP, buff=0.15)))
            return drawn

        chart = Driven(bars, grown)
        under = [on_baseline(theme.text(str(k + 1), theme.LABEL, theme.TIME)).shift([x, -2.2, 0]) for k, x in enumerate(at)]  # fmt: skip
        foot = theme.text(f"which stride is long; mean of {self.starts}", theme.LABEL, theme.MUTED).move_to([0, -2.75, 0])  # fmt: skip
        words = [theme.text(f"levels off, {what}", theme.SENTENCE).move_to([-2.4, 3.1, 0]) for what in ("just after it", "at the end")]  # fmt: skip
        with self.say(f"Which stride did it? From {self.starts}, make ⟨one⟩ of the six long. Just after it, each is a ⟨little⟩ off."):  # fmt: skip
            self.instead(chart, *under, foot, words[0])
            self.mark().point(*under, foot)
            self.mark().point(chart)
        with self.say(self.times):
            self.mark().play(grown.animate.set_value(1), FadeOut(words[0]), FadeIn(words[1]), run_time=2.0)
            self.point(under[0], chart.submobjects[0][0], run_time=1.8)
        with self.say("The last one is off as well. But behind it, no road is left on which to ⟨grow⟩."):
            self.point(under[-1], chart.submobjects[0][-1], run_time=1.8)
            self.mark().point(under[0], chart.submobjects[0][0])

    def _curves(self) -> None:
        # How far from the end, over the number of calls: even strides, a solver off the shelf, early ones.
        counts = [n for n in CALLS if n <= 10]
        shown = {"even": ("even", theme.WRONG), "solver": ("solver", theme.MUTED), "early": ("both", theme.MODEL)}  # fmt: skip
        curves = {name: [self.off[way][n] for n in counts] for name, (way, _) in shown.items()}
        top = 10 * float(np.ceil(max(map(max, curves.values())) / 10))
        plot = parts.LinePlot(np.array(counts), curves, x_label="calls", y_label=f"levels off, mean of {self.starts}",
            colors={n: c for n, (_, c) in shown.items()}, x_range=(0, 10), y_range=(0, top), width=10.2, height=4.3)  # fmt: skip
        plot.shift([-0.1 - plot.get_x(), 0.2 - plot.get_y(), 0])
        ends = [plot.point(4, self.off["both"][4]), plot.point(10, self.off["even"][10])]
        other = plot.point(4, self.off["solver"][4])
        spots = [Dot(at, 0.16, color=color) for at, color in zip((*ends, other), (theme.MODEL, theme.WRONG, theme.MUTED), strict=True)]  # fmt: skip
        gap, level = (Line(*pair, color=theme.INK, stroke_width=4) for pair in ((ends[0], other), ends))
        clever = "Then a ⟨clever⟩ solver off the shelf. It is even, too."
        told = "How far off, by the number of calls? First ⟨even⟩ strides.", clever, self.where
        self.instead(plot.axes)
        for name, says in zip(shown, told, strict=True):
            with self.say(says):
                self.mark().draw([plot.curves[name]])
                self.show(plot.names[name], run_time=0.3)
                if name == "early":
                    self.mark().show(spots[0], spots[2], gap)
        with self.say(self.ten):
            self.mark().show(FadeOut(spots[2], gap))
            self.mark().show(spots[1], level)
            self.point(*spots[:2], run_time=1.8)

    def _four(self) -> None:
        # Four calls, evenly and early, of both prompts: four pictures.
        ends = [Picture(one.pictures[-1]) for pair in self.captures["four"].values() for one in pair.values()]
        row = self._row(ends, ("four, evenly", "four, early") * 2, (theme.WRONG, theme.MODEL) * 2, 3.05)
        with self.say("Here are ⟨four⟩ calls: evenly; and ⟨early⟩, with the last slope remembered."):
            self.mark().instead(row[0], row[2])
            self.mark().show(row[1], row[3])
            self.point(row[1], row[3])

    def _jumps(self) -> None:
        # Along the bow a teacher's short strides; a student's jumps over them; then jumps over these.
        bow, times, end = self._stage()
        curve = self._found("roads", "curve")
        every = [np.arange(0, len(curve), (len(curve) - 1) // n) for n in (12, 4, 2)]
        short, four, two = (bow.strides(curve[k], c, leap) for k, c, leap in zip(every, (theme.MUTED, STUDENT, STUDENT), (0, 0.9, 1.5), strict=True))  # fmt: skip
        with self.say("Fewer still? Then somebody has to ⟨learn⟩. Let this be a teacher's walk, in short strides."):  # fmt: skip
            self.instead(bow.chord, times, end)
            self.mark().gather(short, run_time=2.0)
        with self.say("A ⟨student⟩, at first its copy, learns to land in one stride where the teacher takes several."):  # fmt: skip
            self.mark().gather(four, run_time=5.0, lag_ratio=0.9)
        with self.say("Then it teaches itself: one stride, where it took ⟨two⟩. That is no straighter road, but a learned ⟨jump⟩."):  # fmt: skip
            self.mark().play(*(one.animate.fade(0.8) for one in four), run_time=0.5)
            self.gather(two, run_time=1.8, lag_ratio=0.9)
            self.mark().play(*(places.lifted(one[0]) for one in two), run_time=1.2)

    def _calls(self) -> None:
        # The student's picture after one call, after two, and its teacher's.
        shown = [Picture(one) for one in (self._learned(1), self._learned(2), self.taught[0])]
        names = ("student, one call", "two calls", f"teacher, {TEACHER} calls")
        row = self._row(shown, names, (STUDENT, STUDENT, theme.MUTED), 4.1)
        with self.say(self.blob):
            self.mark().instead(row[0], row[2])
        with self.say(self.two):
            self.mark().show(row[1])
            self.mark().point(row[2])
            self.mark().point(*row[1:], run_time=2.0)

    def _wall(self) -> None:
        # Six things: above, two calls of the student's; below, its teacher's many.
        rows = [Mosaic(one, SHOWN, height=2.05, gap=0.1) for one in ([one.pictures[-1] for one in self.captures["others"]], self.taught)]  # fmt: skip
        said = (("student: two calls", STUDENT), (f"teacher: {TEACHER} calls", theme.MUTED))
        for row, y in zip(rows, (1.5, -1.25), strict=True):
            row.move_to([0, y, 0])
        names = [theme.text(*one).move_to([0, y, 0]) for one, y in zip([(w, theme.LABEL, c) for w, c in said], (0.13, -2.66), strict=True)]  # fmt: skip
        with self.say("And other ⟨words⟩? Above, two calls of the student's; below, all those of its ⟨teacher⟩."):  # fmt: skip
            self.mark().instead(*rows, *names)
            self.point(rows[0], names[0], run_time=1.6)
            self.mark().point(rows[1], names[1], run_time=1.6)

    def _judged(self) -> None:
        # Bars: in how many pictures the thing is recognised, at one call, two and four, trained and untrained.
        bars, unit = list[VGroup](), 0.07
        for k, calls in enumerate(FEW):
            for size, color, down in zip(self.known[:, k], (STUDENT, theme.MODEL), (0.0, 0.5), strict=True):
                name, y = counted(calls, "call"), 1.6 - 1.6 * k - down
                bars.append(places.stripe(size, name, y, color, -3.2, unit, "{:.0f}%"))
            bars[-1].remove(bars[-1][1])
        who = ("student", STUDENT), ("early strides", theme.MODEL)
        title = VGroup(*(theme.text(name, theme.SENTENCE, color) for name, color in who))
        title.arrange(RIGHT, buff=0.8).move_to([-1.0, 2.9, 0])
        with self.say(self.bought):
            self.instead(title, *bars[2:])
            self.mark().show(*bars[:2])
            self.point(*bars[:2], run_time=2.0)
            self.mark().point(bars[1], run_time=1.6)
        with self.say(self.free):
            self.mark().point(*bars[4:], run_time=2.0)

    def _today(self) -> None:
        # Names of models that need few steps; beside them the student's two calls.
        names = VGroup(*(theme.text(one, theme.TITLE, STUDENT) for one in DISTILLED))
        names.arrange(DOWN, buff=0.7, aligned_edge=LEFT).move_to([-3.3, 0.2, 0])
        jump = Walk(self.captures["student"][2].pictures, step := ValueTracker(0), 5.0).move_to([3.9, 0.0, 0])
        many = spelled(len(DISTILLED))
        with self.say(f"And the ⟨models⟩ of today that need few steps? These {many} are all students."):
            self.instead(jump)
            self.mark().gather(names, run_time=2.0, lag_ratio=0.6)
            self.point(*names, run_time=1.8)
        with self.say("Not straighter roads, most of all, but ⟨jumps⟩ that were ⟨learned⟩."):
            self.mark().turn(step, 1)
            self.mark().turn(step, 2)
        self.hold(0.3)

    # Derivation

    def derivation(self) -> None:
        self.tell(self._lines, self._coordinates, self._orders, self._targets, self._answer, self._nine)

    @proof
    def flow(self) -> Lines:
        """Straight lines from pictures to noise, and the field that they are on average."""
        walk = self.captures["walk"]
        given = {"static": walk.states[0], "picture": walk.states[-1]}
        return (
            ("Mix picture and noise along a ⟨straight⟩ line. Its slope is the same all the way: noise less picture.",
             r"x_t = (1 - t) x_0 + t epsilon, quad (d x_t) / (d t) = epsilon - x_0", faster_checks.constant.on(**given)),
            ("But lines ⟨cross⟩. There you cannot tell which is yours. The best answer is the ⟨mean⟩ of their slopes, v.",
             r"v(x, t) = EE[epsilon - x_0 | x_t = x]", faster_checks.averaged.on()),
            ("Follow these means, and p, how likely each place is, stays ⟨right⟩: what flows in, less what flows out.",
             r"(partial p) / (partial t) = -(partial (v p)) / (partial x)", faster_checks.carried.on()),
            text_only("Of a single bell with middle m and width s, this mean is known.",
             r"v = -m + (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) (x - (1 - t) m)", faster_checks.of_a_bell.on()),
            ("But means bend. Even of one ⟨bell⟩, with middle m and width s, straight lines make a bent flow.",
             r"x_t = (1 - t) m + sqrt((1 - t)^2 s^2 + t^2) x_1", faster_checks.bent.on()),
        )  # fmt: skip

    def _lines(self) -> None:
        # Straight lines between noise and two pictures; where they cross, a mean; roads that bend instead.
        chart = parts.RoadMap(1.0, 2.6, 8.6, 3.2, "how much noise").move_to([-1.6, 1.75, 0])
        noise, ends = np.array([-1.9, -1.2, -0.5, 0.5, 1.2, 1.9]), np.array([1.2, -1.1, 1.3, -1.2, 1.1, -1.3])
        hung = chart.hang(TWO.places, np.stack([self.captures["seeds"][k].pictures[-1] for k in (0, 1)]), 1.2)
        lines = [chart.road([1, 0], pair, theme.NOISE) for pair in zip(noise, ends, strict=True)]
        taus = np.linspace(0.999, 0.001, 61)
        flow, bent = ([chart.road(taus, one, theme.MODEL, 8) for one in walking.road(partial(faster.velocity, toy), np.linspace(-2.1, 2.1, 8), list(taus)).T] for toy in (TWO, BELL))  # fmt: skip
        (m,), s, high = BELL.places, BELL.spread, 0.23
        far = np.linspace(-1.5, 2.5, 81)
        bell = chart.road(-high * BELL.density(far), far, theme.SIGNAL, 6)
        span = chart.road([-0.04, -0.04], [m, m + s], theme.INK, 8)
        top = Dot(chart.point(-high * float(BELL.density(m)), m), 0.08, color=theme.SIGNAL)
        names = [Equation(name, definition="a letter").next_to(at, RIGHT, buff=0.15) for name, at in (("m", top), ("s", span))]  # fmt: skip
        at = chart.point(0.5, 0.0)
        ways = [places.arrow(at, chart.point(0.2, side), theme.WRONG) for side in (1.1, -1.1)]
        mean = places.arrow(at, chart.point(0.15, 0.0), theme.MODEL)
        here = Dot(at, 0.16, color=theme.INK)
        told = self.prove(self.flow, under=chart, alone=True)
        with told.saying():
            self.show(chart, hung)
            self.mark().draw(lines, run_time=1.4, lag_ratio=0.3)
            told.write()
        with told.saying():
            self.mark().show(here, *ways)
            told.write()
            self.mark().show(mean)
            self.point(here, mean)
        with told.saying():
            self.show(FadeOut(*lines, *ways, mean, here), *flow)
            self.mark()
            told.write()
        with told.saying():
            told.write()
            self.mark().show(FadeOut(*flow, hung), bell, top, span, *names)
            self.draw(bent, run_time=1.4, lag_ratio=0.1)
        self.sweep(0.4)

    @proof
    def rescaled(self) -> Lines:
        """The walks of this course, in the same coordinates."""
        walk = self.captures["walk"]
        return (
            ("Ours mix otherwise: alpha of the picture, sigma of the noise. ⟨Divide⟩ by their sum: the same straight mixture, with ⟨tau⟩ of noise.",
             r"x_t / (alpha_t + sigma_t) = (1 - tau) hat(x)_0 + tau hat(epsilon), quad tau = sigma_t / (alpha_t + sigma_t)", faster_checks.rescaled.on(walk)),
            ("Call it y. A step of our walks is now a ⟨stride⟩ along noise less picture: Euler's method.",
             r"y' - y = (tau' - tau) (hat(epsilon) - hat(x)_0)", faster_checks.strides.on(walk)),
            ("All the way down to no noise, it ends on the ⟨guess⟩. That is why the arrow's tip is a picture.",
             r"y - tau (hat(epsilon) - hat(x)_0) = hat(x)_0", faster_checks.tips.on(walk)),
        )  # fmt: skip

    def _coordinates(self) -> None:
        # A dot walks along the bow, and an arrow leads from it to its guess; state and guess stand beside.
        walk, step, steps = self.captures["walk"], ValueTracker(0), self.cast.steps
        seen, tips = self._seen(walk), self.plane.seen(walk.guesses)
        # The first arrow comes after a fifth of the way: before that, it would leave the frame.
        high = int(10 * 2.6 * seen[-1, 0] / (8.4 * tips[steps // 5 :, 1].max())) / 10
        bow = self._bow(high, 8.4, (-6.2, 0.4))
        here = bow.ride(Dot(radius=0.17, color=theme.INK), seen, step)
        films = [Walk(film, step, 2.0) for film in (walk.pictures, walk.guess_pictures)]
        pair = places.abreast(films, ("state", "guess"), theme.INK, 2.15, 1.5).shift(4.67 * RIGHT)
        signal, noise = np.sqrt(walk.alphas_cumprod), np.sqrt(1 - walk.alphas_cumprod)
        shares = {"alpha": signal, "sigma": noise, "tau": noise / (signal + noise)}
        letters = VGroup(*(places.letter(name, partial(np.interp, xp=range(steps + 1), fp=one), step, theme.TIME) for name, one in shares.items()))  # fmt: skip
        letters.arrange(RIGHT, buff=0.7).move_to([-2.6, -0.25, 0])
        y = bow.ride(Equation("y", definition="a name").set_color(theme.SIGNAL), seen, step, up=0.45)

        def arrow(k: float) -> VGroup:
            tip = bow.at(tips, k)
            return VGroup(Line(bow.at(seen, k), tip, color=theme.MODEL, stroke_width=7), Dot(tip, 0.14, color=theme.MODEL))  # fmt: skip

        told = self.prove(self.rescaled, under=VGroup(bow, pair, letters), alone=True)
        with told.saying():
            self.show(bow, here, pair, self._times(high))
            self.show(*letters[:2])
            self.mark()
            told.write()
            self.mark().show(letters[2], run_time=0.4)
            self.follow(step, 0.2 * steps)
        with told.saying():
            self.show(Driven(arrow, step), y, run_time=0.4)
            self.mark()
            told.write()
            self.follow(step, 0.45 * steps)
        with told.saying():
            self.mark()
            told.write()
            self.follow(step, 0.75 * steps)
        models = " and ".join(", ".join(STRAIGHT).rsplit(", ", 1))
        with self.say(f"One model, rescaled. {models} learn that slope itself: now you can read them."):
            self.follow(step, steps)
        self.sweep(0.4)

    @proof
    def strides(self) -> Lines:
        """How good strides are."""
        walk = self.captures["walk"]
        return (
            ("Euler takes the slope that is ⟨here⟩. One stride, of length h, misses by about its square.",
             r"y(tau + h) approx y + h v + 1/2 h^2 (d v) / (d tau)", faster_checks.missed.on()),
            ("Remember the last slope, and ⟨lean⟩ by half of what has changed. It takes no call more.",
             r"y_(k+1) = y_k + h (3/2 v_k - 1/2 v_(k-1))", faster_checks.leaning.on(walk)),
            ("On two bells: ⟨twice⟩ the strides, each a quarter as far off, are half the error. Remembering, a ⟨quarter⟩; Heun, too, but for twice the calls.",
             r'"error" prop 1 / N^p, quad p = 1 "or" 2', faster_checks.orders.on()),
        )  # fmt: skip

    def _orders(self) -> None:
        # Three lines: how often the error halves, as the strides are doubled.
        found = faster.errors(TWO, STARTS, ENDS, COUNTS)
        colors = {"Euler": theme.WRONG, "Heun": theme.MUTED, "remembering": theme.MODEL}
        lines = {name: np.log2(one[0] / one) for name, one in zip(colors, found.values(), strict=True)}
        plot = parts.LinePlot(np.log2(np.array(COUNTS) / COUNTS[0]), lines, x_label="strides doubled, times", y_label="error halved, times",
            colors=colors, width=6.0, height=2.0)  # fmt: skip
        plot.shift([-6.2 - plot.get_left()[0], 3.3 - plot.get_top()[1], 0])
        ours = VGroup(theme.text("our network", theme.LABEL), *(theme.text(f"order {p:.1f}", theme.LABEL, color) for p, color in zip(self.orders, (theme.WRONG, theme.MODEL), strict=True)))  # fmt: skip
        ours.arrange(DOWN, buff=0.3).move_to([5.2, 1.7, 0])
        told = self.prove(self.strides, under=plot, alone=True)
        for name in ("Euler", "remembering"):
            with told.saying():
                if name == "Euler":
                    self.show(plot.axes)
                self.mark()
                told.write()
                self.draw([plot.curves[name]])
                self.show(plot.names[name], run_time=0.3)
        with told.saying():
            self.mark().point(plot.curves["Euler"], plot.names["Euler"])
            told.write()
            self.mark().show(plot.curves["Heun"], plot.names["Heun"])
            self.point(plot.curves["remembering"], plot.names["remembering"])
        with self.say(self.network):
            self.mark().show(ours[0])
            self.mark().gather(ours[1:], lag_ratio=0.8)
        self.sweep(0.4)

    @proof
    def student(self) -> Lines:
        """What a student is taught."""
        few = self.captures["few"]["even"]
        return (
            ("From time t, a teacher's two steps land at time r. What must a student ⟨guess⟩, to land there at once?",
             r"tilde(x) = (x_r - (sigma_r \/ sigma_t) x_t) / (alpha_r - (sigma_r \/ sigma_t) alpha_t)", faster_checks.aims.on(few)),
            ("It is a ⟨mean⟩ of the teacher's two guesses; w is how much the second one counts.",
             r"tilde(x) = (1 - w) hat(x) + w hat(x)'", faster_checks.lands.on(few)),
            ("Squares teach the mean of many targets. But here each state has only ⟨one⟩, as soft as the teacher's guesses. Nothing more is averaged: the miss can reach ⟨zero⟩.",
             r"min_theta EE norm(hat(x)_theta (x_t) - tilde(x))^2 = 0", faster_checks.halved.on()),
        )  # fmt: skip

    def _targets(self) -> None:
        # Two guesses of the teacher's, and the student's target, which is made of both; its mixture is turned.
        few, mix = self.captures["few"]["even"], ValueTracker(0)
        taus = faster.share(few.alphas_cumprod)
        aim = faster.mixed(few.guesses[0], few.guesses[1], (taus[0], taus[1], taus[2]))
        film = np.stack([few.guess_pictures[0], to_pixels(aim)])
        shown = [Picture(few.guess_pictures[0], 2.5), Picture(few.guess_pictures[1], 2.5), Walk(film, mix, 2.5, crossfade=True)]  # fmt: skip
        row = places.abreast(shown, ("first guess", "second guess", "target"), theme.MODEL, 4.4, 1.2)
        told = self.prove(self.student, under=row, alone=True)
        row[2][1].set_color(STUDENT)
        with told.saying():
            self.show(*row[:2])
            told.write()
            self.mark().point(*row[:2])
        with told.saying():
            self.show(row[2], run_time=0.4)
            told.write()
            self.mark().turn(mix, 1)
        with told.saying():
            told.write()
            self.mark().point(row[2], run_time=2.0)
            self.mark().point(told.line)
        self.hold(0.3)
        self.sweep(0.4)

    def _answer(self) -> None:
        # The bow with its six arrows, and a picture that goes along it to its end.
        bow, arrows, times = self._fan()
        walk, step = self.captures["walk"], ValueTracker(0)
        rider = bow.ride(Walk(walk.pictures, step, 2.0).set_z_index(2), self._seen(walk), step, up=1.1)
        with self.say("Can we take straighter roads? They are nearly straight. Ask early, and remember. Or learn the jump."):  # fmt: skip
            self.show(bow, times, *arrows, rider)
            self.follow(step, self.cast.steps)

    def _nine(self) -> None:
        # Nine pictures to remember, one by one, each with its chapter's title as it is said; then all of them.
        mini = np.kron(parts.planes(self.captures["latent"].states[-1]), np.ones((2, 2, 1), np.uint8))[:32, :32]  # fmt: skip
        stills, titles = nine.stills(self.captures, mini), [one.title for one in COURSE.values()]
        wall = Mosaic(stills, 3, height=5.7, gap=0.14).move_to([0, -0.1, 0])
        said = (one if one[-1] in "?!" else f"{one}." for one in titles)
        with self.say(" ".join(f"⟨{first}⟩ {rest}" for first, _, rest in (one.partition(" ") for one in said))):  # fmt: skip
            for still, title in zip(stills, titles, strict=True):
                large = places.named(Picture(still, 4.2), title, size=theme.TITLE)
                self.mark().instead(large.move_to([0, -0.15, 0]), run_time=0.5)
        with self.say("From noise to picture: a ⟨guess⟩, a small step, and a better guess. That is all it is."):  # fmt: skip
            self.instead(wall)
            self.mark().point(wall[1], run_time=1.6)
            self.point(wall[-1], run_time=1.6)

    def remember(self) -> Mobject:
        """The bow with its six arrows, and pictures at their tips."""
        bow, arrows, _ = self._fan()
        guesses = self.captures["few"]["even"].guess_pictures
        tips = [Picture(guesses[k], 1.7).move_to([5.2, y, 0]) for k, y in ((0, 2.0), (1, 0.15), (STRIDES - 1, -1.7))]  # fmt: skip
        return VGroup(bow, *arrows, *tips)
