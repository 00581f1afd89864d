"""Chapter 9: a road that is nearly straight, strides that land beside it, and a student that jumps."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from math import inf, log

import numpy as np
from manim import DOWN, UP, Dot, FadeIn, FadeOut, Mobject, Rectangle, ValueTracker, VGroup

from course import grammar
from course.chapters import COURSE
from course.grammar import NOUNS, Thing
from course.maths import faster, faster_checks, latent, measure, walking
from course.maths.faster import DISTILLED, STRAIGHT
from course.maths.faster_checks import COUNTS, ENDS, STARTS, TWO
from course.model.data import to_model
from course.precompute import Capture, CaptureSpec, Gathering, Recognised, Roads, affordable
from course.precompute.albums import Album
from course.precompute.families import Specs
from course.precompute.pairs import Ours
from course.precompute.roads import CALLS, EARLY, FEW, STRIDES, WAYS
from course.stage import Chapter, Mosaic, Picture, Walk, parts, places, theme
from course.stage.parts.digits import on_baseline
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import to_pixels
from course.stage.places import in_a_row
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted

SEEDS, FINE = 8, 120
FEWER, COARSER = 2, 60
"""For casts that nobody has waited for."""
STEPS, GUIDANCE, UNGUIDED = 30, 3.0, 1
"""The teacher's walk beside which the student is seen."""
TEACHER = 2 * STEPS - UNGUIDED
"""Calls: a guided step takes two."""
SHOWN = 6
LEVELS = "{:.0f} levels"
JUDGED = "by a judge that names what it sees"
SCORES = {1: 0.69, 2: 0.96, 4: 1.0}  # TODO: of the student's card


class Faster(Chapter):
    """Straighter roads: where calls are best spent, and a student that needs hardly any."""

    title = "Straighter roads"
    question = "Can we take straighter roads?"
    letters = dict.fromkeys(("v", "w"), theme.MODEL) | {
        "x": theme.SIGNAL,
        "y": theme.SIGNAL,
        "tau": theme.TIME,
        "h": theme.TIME,
    }

    def specs(self) -> Specs:
        """One walk in many steps and in few; students; and what the other chapters' pictures are made of."""
        walk, ours = self._walk, Ours.of(self.cast.prompt, self.cast.other)
        few, four = replace(walk, steps=STRIDES), replace(walk, steps=4)
        other, bare = replace(walk, prompt=self.cast.other), grammar.bare(self.cast.prompt)
        first = replace(walk, prompt=ours.first)
        return {
            "walk": walk,
            "few": few,
            "early": replace(few, scheduler="ab2", spacing=EARLY),
            "four": four,
            "four early": replace(four, scheduler="ab2", spacing=EARLY),
            "student": {n: self._student(walk, n) for n in FEW},
            "others": [self._student(replace(walk, prompt=one), 2) for one in self.prompts],
            "turned": [replace(other, start=(walk.key, k)) for k in self._turns()],
            "seeds": [replace(walk, prompt=bare, seed=walk.seed + k) for k in (1, 2)],
            "between": [replace(first, prompt=ours.both), replace(first, mix=("mean", (ours.first, ours.second)))],
            "latent": replace(walk, model="latent"),
        }  # fmt: skip

    def gatherings(self) -> Mapping[str, Gathering]:
        """Roads in fine steps and in few; what a judge sees after few; what the teacher paints."""
        walk = self._walk
        large, small = Roads(replace(walk, steps=FINE), SEEDS), Roads(replace(walk, steps=COARSER), FEWER)
        taught = replace(walk, steps=STEPS, guidance=GUIDANCE)
        return {
            "roads": affordable(large, small),
            "recognised": Recognised(CaptureSpec(Thing(NOUNS[0]).phrase(), steps=STEPS), 4),
            "teacher": Album(
                taught, 1, words=tuple(((one, 1.0),) for one in self.prompts), unguided=UNGUIDED
            ),
        }

    @property
    def _walk(self) -> CaptureSpec:
        return CaptureSpec.of(self.cast, guidance=1.0, model="pixel")

    @staticmethod
    def _student(walk: CaptureSpec, calls: int) -> CaptureSpec:
        return replace(walk, steps=calls)  # TODO: model="student"

    def _turns(self) -> tuple[int, int]:
        """Once early, once late."""
        return max(1, round(0.1 * self.cast.steps)), round(0.8 * self.cast.steps)

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
        mean = self._found("roads", "off").mean(0)
        return {
            way: dict(zip(CALLS, map(float, row), strict=True)) for way, row in zip(WAYS, mean, strict=True)
        }

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
        return Picture.from_model(self._found("roads", "end"))

    def _beside(self, capture: Capture) -> float:
        """How far from there another walk ends, in levels."""
        return measure.LEVELS * measure.distance(capture.states[-1], self._found("roads", "end"))

    @cached_property
    def plane(self) -> faster.Bow:
        """The plane in which the road is seen."""
        walk = self.captures["walk"]
        start = faster.straightened(walk.states, walk.alphas_cumprod)[0].ravel()
        along, up = self._found("roads", "axes").astype(np.float64)
        return faster.Bow(start, along, up)

    def _seen(self, capture: Capture) -> np.ndarray:
        """(S + 1, 2): where a walk goes in it."""
        return self.plane.seen(faster.straightened(capture.states, capture.alphas_cumprod))

    @cached_property
    def tips(self) -> np.ndarray:
        """(STRIDES, 2): where the guesses of six even strides are in it."""
        return self.plane.seen(self.captures["few"].guesses)

    @verdict
    def straight(self) -> Verdict:
        longer = 100 * float(self._found("roads", "longer").mean())
        return Verdict(longer,
            (5, f"It does not wind. It is only ⟨{longer:.1f}⟩ percent longer than the straight line."),
            (inf, f"It winds a little. It is ⟨{longer:.1f}⟩ percent longer than the straight line."),
            how=f"length of the road by that of its chord, less 1, {self.starts}", unit="%")  # fmt: skip

    @verdict
    def flat(self) -> Verdict:
        share = 100 * float(self._found("roads", "flat").mean())
        return Verdict(share,
            (80, "⟨Stretch⟩ its height: this is most of how it bends, not all."),
            (inf, "⟨Stretch⟩ its height: one flat bow, like the path of a ball that you throw."),
            how=f"of the bend, as squares of what is off the chord, what lies in one plane, {self.starts}", unit="%")  # fmt: skip

    @verdict
    def beside(self) -> Verdict:
        off = self._beside(self.captures["few"])
        said = f"They end ⟨beside⟩ the picture: {off:.0f} levels of 255"
        return Verdict(off,
            (5, f"{said}, which is hardly seen."),
            (inf, f"{said} off."),
            how=f"root mean square distance of the end of {STRIDES} even strides from the road's end", unit="levels")  # fmt: skip

    @verdict
    def first(self) -> Verdict:
        start, middle = (float(self._found("roads", "single")[0, 1, k]) for k in (0, 3))
        said = f"In the ⟨middle⟩, you end {middle:.0f} off. At the ⟨start⟩, {start:.0f}"
        return Verdict(start / middle,
            (3, f"{said}."),
            (inf, f"{said}: that one is to blame."),
            how="how far from the end the first of six strides alone leads, by how far the fourth does")  # fmt: skip

    @verdict
    def grows(self) -> Verdict:
        after, end = self.single[:, 0]
        return Verdict(float(end / after),
            (1.3, "A mistake made early stays as large as it was."),
            (inf, "A mistake made early ⟨grows⟩, all the way to the picture.".replace("⟨", "").replace("⟩", "")),
            how=f"how far from the end the first of six strides leads, by how far it lands beside the road, {self.starts}")  # fmt: skip

    @verdict
    def times(self) -> Verdict:
        (after, end), rest = self.single[:, 0], self.single[:, 1:]
        grown = float(end / after)
        said = f"By the ⟨end⟩, the first one's mistake is {end:.0f} levels, {grown:.1f} times what it was"
        return Verdict(float(grown / (rest[1] / rest[0]).max()),
            (1.5, f"{said}; others grow as well."),
            (inf, f"{said}. No other grows so."),
            how="by how much the first stride's mistake grows, by the most that another one's does")  # fmt: skip

    @verdict
    def better(self) -> Verdict:
        even, early = (self._beside(self.captures[name]) for name in ("few", "early"))
        said = f"The same six calls, ⟨{early:.0f}⟩ levels off instead of {even:.0f}."
        return Verdict(early / even,
            (0.75, f"{said} For nothing."),
            (inf, f"{said}"),
            how="distance from the road's end, early strides that remember by even ones")  # fmt: skip

    @verdict
    def high(self) -> Verdict:
        return Verdict(float(self.tips[:, 1].min()),
            (0, "Some of these tips were too ⟨high⟩. So strides that aimed there miss the end."),
            (inf, "But all these tips were too ⟨high⟩. So the strides that aimed there end above the road."),
            how="height of the lowest of six guesses over the chord, in the plane of the road", unit="model units")  # fmt: skip

    @verdict
    def places(self) -> Verdict:
        solver, both = self.off["solver"][4], self.off["both"][4]
        said = f"Early strides that remember: at four calls, ⟨{both:.0f}⟩ levels instead of {solver:.0f}"
        return Verdict(both / solver,
            (0.8, f"{said}. Where you ask matters more than how."),
            (inf, f"{said}. Where you ask matters, too."),
            how="distance from the road's end after four calls: early ones that remember by those of UniPC, evenly placed")  # fmt: skip

    @verdict
    def ten(self) -> Verdict:
        ten, thirty = self.off["both"][10], self.off["even"][30]
        said = f"At ⟨ten⟩ calls they are {ten:.1f} levels off; even strides, at thirty, {thirty:.1f}"
        return Verdict(ten / thirty,
            (1.3, f"{said}. Ten calls do what thirty did."),
            (inf, f"{said}."),
            how=f"distance from the road's end, ten early strides that remember by thirty even ones, {self.starts}")  # fmt: skip

    @verdict
    def network(self) -> Verdict:
        even, kept = (log(self.off[way][10] / self.off[way][30]) / log(3) for way in ("even", "remembered"))
        said = f"On our network it is ⟨{even:.1f}⟩ and {kept:.1f}"
        return Verdict(kept,
            (1.75, f"{said}: its slopes are not that smooth."),
            (inf, f"{said}, from ten calls to thirty."),
            how="slope in logarithms from ten calls to thirty, even strides that remember")  # fmt: skip

    @cached_property
    def taught(self) -> np.ndarray:
        """(N, H, W, 3): what the teacher paints of `prompts`."""
        return self._found("teacher", "pictures")[:, 0]

    @verdict
    def blob(self) -> Verdict:
        one, all_ = (
            latent.detail(to_model(x)) for x in (self.captures["student"][1].pictures[-1], self.taught[0])
        )
        return Verdict(100 * one / all_,
            (80, "⟨One⟩ call of the student's: still a soft blob."),
            (inf, "⟨One⟩ call of the student's: no softer than its teacher's."),
            how="steps between neighbouring pixels after one call, by those of its teacher's picture", unit="%")  # fmt: skip

    @verdict
    def two(self) -> Verdict:
        off = measure.LEVELS * measure.distance(
            *(to_model(x) for x in (self.captures["student"][2].pictures[-1], self.taught[0]))
        )
        said = f"⟨Two⟩, beside its teacher's ⟨{TEACHER}⟩"
        return Verdict(off,
            (25, f"{said}: nearly the same picture."),
            (inf, f"{said}: not the same picture, but one of these words."),
            how=f"root mean square distance from the teacher's picture of {TEACHER} calls", unit="levels")  # fmt: skip

    @verdict
    def scored(self) -> Verdict:
        alone = 100 * float(self._found("recognised", "right")[0, 1])
        said = f"In two calls, a judge recognises ⟨{100 * SCORES[2]:.0f}⟩ percent of its things; of its teacher's, in two, {alone:.0f}"
        return Verdict(100 * SCORES[2] - alone,
            (10, f"{said}."),
            (inf, f"{said}. That is what training buys."),
            how=f"pictures of one thing in which it is recognised, {JUDGED}: the student's less those of two even strides", unit="%")  # fmt: skip

    @verdict
    def free(self) -> Verdict:
        both = 100 * float(self._found("recognised", "right")[1, 2])
        said = f"At ⟨four⟩ calls, early strides need no training: {both:.0f} percent"
        return Verdict(100 * SCORES[4] - both,
            (3, f"{said}, as good as the student."),
            (inf, f"{said}, the student {100 * SCORES[4]:.0f}."),
            how=f"the student's pictures that are recognised at four calls, {JUDGED}, less those of early strides that remember", unit="%")  # fmt: skip

    # Story

    def story(self) -> None:
        self.tell(self._ride, self._flat, self._six, self._blame, self._better, self._roads)

    def _bow(self, stretch: float, width: float = 9.0, left: tuple[float, float] = (-4.9, -2.1)) -> parts.Bow:
        return parts.Bow(self._found("roads", "curve"), ValueTracker(stretch), width, left)

    @cached_property
    def tall(self) -> int:
        """How many times higher than it is the bow is drawn."""
        seen = np.concatenate([self._seen(self.captures["few"]), *self._found("roads", "strays")])
        return max(1, int(3.7 / (9.0 / seen[-1, 0] * seen[:, 1].max())))

    def _times(self, times: float) -> Mobject:
        """Says how the height is drawn."""
        return theme.text(f"height × {times:g}", theme.LABEL, theme.MUTED).move_to([-5.2, 3.2, 0])

    def _ride(self) -> None:
        # A picture goes from static to what was asked for, along a line that is nearly straight.
        walk, step = self.captures["walk"], ValueTracker(0)
        bow = self._bow(1)
        rider = bow.ride(Walk(walk.pictures, step, 4.4), self._seen(walk), step, up=2.35)
        self.add(bow.road, rider)
        with self.opening(
            f"From static to {self.cast.prompt}: this is the road, in {counted(self.cast.steps, 'small step')}."
        ):
            self.follow(step, 0.8 * self.cast.steps)
        with self.say(self.question):
            self.follow(step, self.cast.steps)
        self.hide(rider)

    def _flat(self) -> None:
        # The straight line under it; then its height grows, and it is a bow.
        old, bow = self.on_stage, self._bow(1)
        self.remove(*old)
        self.add(bow.road)
        times = self._times(self.tall)
        with self.say(self.straight):
            self.show(bow.chord)
            self.mark().point(bow, run_time=1.6)
        with self.say(self.flat):
            self.mark().show(times, run_time=0.4)
            self.turn(bow.stretch, self.tall, run_time=2.0)

    def _stage(self) -> tuple[parts.Bow, Mobject, Picture]:
        """The bow, how high it is drawn, and the picture at its end."""
        bow = self._bow(self.tall)
        return bow, self._times(self.tall), self._at(self.end, self._found("roads", "curve")[-1], bow)

    @staticmethod
    def _at(picture: Picture, place: np.ndarray, bow: parts.Bow, height: float = 2.2) -> Picture:
        """A picture beside the end of a way."""
        at = bow.point(place)
        return picture.scale_to_fit_height(height).move_to([5.55, min(max(at[1], -1.9), 1.9), 0])

    def _six(self) -> None:
        # Six straight strides beside the bow; where they land, and where the road ends: two pictures.
        self.remove(*self.on_stage)
        bow, times, end = self._stage()
        few = self.captures["few"]
        strides = bow.strides(places_ := self._seen(few), theme.WRONG)
        landed = self._at(Picture(few.pictures[-1]), places_[-1], bow).set_stroke(theme.WRONG, width=5)
        self.add(bow, times)
        with self.say(
            "Each step asks the network once, and that costs time. So take ⟨six⟩ long strides instead:"
        ):
            self.show(end)
            self.mark().gather(strides, run_time=3.0, lag_ratio=0.8)
        with self.say("Each goes straight to where the road points now. But the road ⟨bends⟩ away."):
            self.mark().point(bow, *strides, run_time=1.8)
        with self.say(self.beside):
            self.mark().show(landed)
            self.point(landed, end)

    def _stray(self, k: int, bow: parts.Bow) -> tuple[VGroup, Picture]:
        """One long stride, where it leads, and the picture there."""
        way = self._found("roads", "strays")[k]
        wide = (len(way) - 1) // STRIDES
        (stride,) = bow.strides(way[[k * wide, (k + 1) * wide]], theme.WRONG)
        rest = bow.line(way[(k + 1) * wide :], theme.WRONG, 4) if k < STRIDES - 1 else VGroup()
        picture = self._at(Picture(self._found("roads", "stray_ends")[k]), way[-1], bow)
        return VGroup(rest, stride), picture.set_stroke(theme.WRONG, width=5)

    def _blame(self) -> None:
        # Only one stride is long: in the middle it leads home; at the start, to another end.
        bow, times, end = self._stage()
        (middle, same), (start, other) = (self._stray(k, bow) for k in (3, 0))
        same.move_to(end)
        with self.say(
            "Which of the six is to blame? Make only ⟨one⟩ of them long, and take all else in tiny steps."
        ):
            self.instead(bow, times, end)
            self.mark().point(bow.road)
        with self.say(self.first):
            self.mark().show(middle, FadeOut(end), FadeIn(same))
            self.mark().show(FadeOut(middle, same), FadeIn(start, end, other))
        with self.say(self.grows):
            self.point(start, other, run_time=1.8)

    def _better(self) -> None:
        # Strides that are short at first; each leans as the road has turned. They end near the picture.
        bow, times, end = self._stage()
        early, seen = self.captures["early"], self._seen(self.captures["early"])
        strides = bow.strides(seen, theme.MODEL)
        landed = Picture(early.pictures[-1], 2.2).next_to(end, UP, buff=0.4).set_stroke(theme.MODEL, width=5)
        with self.say("So take ⟨short⟩ strides first, where mistakes grow, and ⟨long⟩ ones later."):
            self.instead(bow, times, end)
            self.mark().gather(strides[:3], run_time=1.6, lag_ratio=0.8)
            self.mark().gather(strides[3:], run_time=1.6, lag_ratio=0.8)
        with self.say(
            "And let each stride ⟨remember⟩ the last slope, so that it leans as the road has turned."
        ):
            self.mark().point(*strides, bow, run_time=2.0)
        with self.say(self.better):
            self.mark().show(landed)
            self.point(landed, end)

    def _roads(self) -> None:
        # Six even strides, six early ones, and the road's end: three pictures.
        shown = (
            Picture(self.captures["few"].pictures[-1]),
            Picture(self.captures["early"].pictures[-1]),
            self.end,
        )
        names = ("six, evenly", "six, early", "tiny steps")
        row = in_a_row(shown, names, (theme.WRONG, theme.MODEL, theme.SIGNAL), 3.9)
        with self.say("So no straighter road. It was nearly straight. Better ⟨strides⟩."):
            self.instead(*row)
            self.mark().point(row[1], row[2], run_time=1.6)
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        self.tell(self._arrows, self._bars, self._curves, self._taught, self._jumps, self._wall, self._today)

    def _fan(self) -> tuple[parts.Bow, list[Mobject], Mobject]:
        """The bow with room for the arrows, these, and how high all is drawn."""
        high = max(
            1.0, int(10 * 4.3 / (8.0 / self._seen(self.captures["walk"])[-1, 0] * self.tips[:, 1].max())) / 10
        )
        bow = self._bow(high, 8.0, (-5.6, -2.3))
        stops = self._seen(self.captures["few"])
        return bow, [bow.arrow(*pair) for pair in zip(stops, self.tips, strict=False)], self._times(high)

    def _arrows(self) -> None:
        # The bow; at each of six calls an arrow to a picture, the guess; the tips come down, the blur clears.
        few, asked, step = self.captures["few"], ValueTracker(0), ValueTracker(0)
        bow, arrows, times = self._fan()
        stops, tips = self._seen(few), self.tips
        heights = [bow.point(tip)[1] for tip in tips]
        guess = Walk(few.guess_pictures, asked, 2.5)
        drive(guess, lambda one: one.move_to([4.3, np.interp(asked.get_value(), range(STRIDES), heights), 0]))
        state = Walk(few.pictures, step, 1.9).move_to([-5.8, 1.6, 0])
        here = bow.ride(Dot(radius=0.17, color=theme.INK), stops, step)
        with self.say(
            "Here is the bow, and a walk of six calls. ⟨Ask⟩ the network: where is the picture? ⟨There⟩."
        ):
            self.instead(bow, times, state)
            self.mark().show(here)
            self.mark().draw([arrows[0]], run_time=1.0)
        with self.say("The arrow's tip is its ⟨guess⟩: a blur. ⟨Stride⟩ a part of the way, and ⟨ask⟩ again."):
            self.mark().show(guess)
            self.mark().turn(step, 1)
            self._again(arrows, asked, 1)
        with self.say("Stride, ask. Stride, ask. The tips come ⟨down⟩, and the blur clears."):
            for k in range(2, STRIDES):
                self.turn(step, k, run_time=0.6)
                self._again(arrows, asked, k, 0.6)
            self.mark().turn(step, STRIDES)
        with self.say(self.high):
            self.mark().point(guess, *arrows, run_time=2.0)

    def _again(self, arrows: list[Mobject], asked: ValueTracker, k: int, seconds: float = theme.MOVE) -> None:
        """The next arrow comes, those before it pale, and the guess goes to its tip."""
        if k == 1:
            self.mark()
        pale = [one.animate.set_opacity(0.35) for one in arrows[k - 1 : k]]
        self.play(FadeIn(arrows[k]), *pale, asked.animate.set_value(k), run_time=seconds)

    def _bars(self) -> None:
        # Six bars: how far each long stride alone lands beside the road; they grow to where that leads.
        grown, unit = ValueTracker(0), 4.2 / float(self.single.max())

        def bars(share: float) -> VGroup:
            drawn = VGroup()
            for k, (after, end) in enumerate(self.single.T):
                size = (1 - share) * after + share * end
                bar = Rectangle(width=1.1, height=unit * size, stroke_width=0).set_fill(
                    theme.WRONG, opacity=1
                )
                bar.move_to([-4.4 + 1.75 * k, -1.85 + unit * size / 2, 0])
                drawn.add(bar, theme.text(f"{size:.1f}", theme.LABEL).next_to(bar, UP, buff=0.15))
            return drawn

        chart = Driven(bars, grown)
        under = [
            on_baseline(theme.text(str(k + 1), theme.LABEL, theme.TIME)).shift([-4.4 + 1.75 * k, -2.35, 0])
            for k in range(STRIDES)
        ]
        words = [
            theme.text(f"levels off, {what}; mean of {self.starts}", theme.LABEL, theme.MUTED).move_to(
                [-0.8, 3.2, 0]
            )
            for what in ("just after it", "at the end")
        ]
        with self.say("Which stride did it? Make only ⟨one⟩ long. Just after it, each is a little off."):
            self.instead(chart, *under, words[0])
            self.mark().point(chart)
        with self.say(self.times):
            self.mark().turn(grown, 1, run_time=2.0)
            self.become(words[0], words[1])
        with self.say("So that is where calls belong: where a mistake still has a long way to ⟨grow⟩."):
            self.mark().point(under[0], VGroup(*chart.submobjects[0][:2]))

    def _curves(self) -> None:
        # How far from the end, over the number of calls: even strides, a solver off the shelf, early ones.
        counts = np.array(CALLS)
        shown = {
            "even": ("even", theme.WRONG),
            "UniPC": ("solver", theme.MUTED),
            "early": ("both", theme.MODEL),
        }
        curves = {name: np.array([self.off[way][n] for n in CALLS]) for name, (way, _) in shown.items()}
        plot = parts.LinePlot(
            counts,
            curves,
            x_label="calls",
            y_label=f"levels off, mean of {self.starts}",
            colors={n: c for n, (_, c) in shown.items()},
            x_range=(0, 30),
            y_range=(0, 10 * np.ceil(self.off["even"][2] / 10)),
            width=10.0,
            height=4.6,
        )
        plot.shift([0.2 - plot.get_x(), 0.15 - plot.get_y(), 0])
        spots = [
            parts.LinePlot.marker(plot, name, at)
            for name, at in (("early", ValueTracker(10)), ("even", ValueTracker(30)))
        ]
        with self.say(
            "How far off, by the number of calls? ⟨Even⟩ strides. And a clever ⟨solver⟩ off the shelf, evenly, too."
        ):
            self.instead(plot.axes)
            self.mark().show(plot.curves["even"], plot.names["even"])
            self.mark().show(plot.curves["UniPC"], plot.names["UniPC"])
        with self.say(self.places):
            self.mark().show(plot.curves["early"], plot.names["early"])
        with self.say(self.ten):
            self.mark().show(*spots)
            self.point(*spots)

    def _taught(self) -> None:
        # Four calls, evenly and early, and the road's end: three pictures.
        four = [Picture(self.captures[name].pictures[-1]) for name in ("four", "four early")]
        row = in_a_row(
            (*four, self.end),
            ("four, evenly", "four, early", "tiny steps"),
            (theme.WRONG, theme.MODEL, theme.SIGNAL),
            3.9,
        )
        with self.say(
            "Here are ⟨four⟩ calls, evenly and ⟨early⟩. For fewer still, somebody has to learn something."
        ):
            self.instead(row[0], row[2])
            self.mark().point(row[0])
            self.mark().show(row[1])

    def _jumps(self) -> None:
        # Along the bow a teacher's short strides; a student's jumps over them; then jumps over these.
        bow, times, end = self._stage()
        curve = self._found("roads", "curve")
        last = len(curve) - 1
        rows = [
            bow.strides(curve[np.arange(0, last + 1, last // n)], color)
            for n, color in ((12, theme.MUTED), (4, theme.MODEL), (2, theme.PROMPT))
        ]
        with self.say(
            "A ⟨student⟩: a copy of the network that learns to land in one stride where its teacher takes ⟨several⟩."
        ):
            self.instead(bow.chord, times, end)
            self.mark().gather(rows[0], run_time=1.2)
            self.mark().gather(rows[1], run_time=1.6, lag_ratio=0.9)
        with self.say(
            "Then it is the teacher, and a stride learns to land where ⟨two⟩ of its own do. No straighter road: a learned ⟨jump⟩."
        ):
            self.mark().gather(rows[2], run_time=1.6, lag_ratio=0.9)
            self.mark().point(*rows[2])
        shown = [*(self.captures["student"][n].pictures[-1] for n in (1, 2)), self.taught[0]]
        names = ("one call", "two calls", f"teacher, {TEACHER} calls")
        row = in_a_row([Picture(one) for one in shown], names, (theme.PROMPT, theme.PROMPT, theme.MUTED), 3.9)
        with self.say(self.blob):
            self.mark().instead(row[0])
        with self.say(self.two):
            self.mark().show(row[1])
            self.mark().show(row[2])

    def _wall(self) -> None:
        # Six things: above, two calls of the student's; below, its teacher's many.
        above = [one.pictures[-1] for one in self.captures["others"]]
        wall = Mosaic([*above, *self.taught], SHOWN, gap=0.07).scale(0.86).move_to([0.85, 0.6, 0])
        names = [
            theme.text(n, theme.LABEL, c).move_to([-6.05, row.get_y(), 0])
            for n, c, row in (("2 calls", theme.PROMPT, wall[0]), (f"{TEACHER}", theme.MUTED, wall[SHOWN]))
        ]
        with self.say(self.scored):
            self.instead(wall, *names)
            self.mark().point(*wall[:SHOWN], names[0], run_time=2.0)
        with self.say(self.free):
            self.mark().point(*wall[SHOWN:], run_time=1.6)

    def _today(self) -> None:
        # Names of models that need few steps; then the student's two calls beside the bow.
        names = VGroup(*(theme.text(one, theme.TITLE, theme.PROMPT) for one in DISTILLED)).arrange(
            DOWN, buff=0.6
        )
        names.move_to([-3.0, 0.3, 0])
        step = ValueTracker(0)
        jump = Walk(self.captures["student"][2].pictures, step, 4.6).move_to([3.9, 0.3, 0])
        with self.say(
            "And the ⟨models⟩ of today that need few steps? These three are all students. Not straighter ⟨roads⟩: jumps that were learned."
        ):
            self.instead(jump)
            self.mark().gather(names, run_time=1.8, lag_ratio=0.5)
            self.turn(step, 1)
            self.mark().turn(step, 2)
        self.hold(0.3)

    # Derivation

    def derivation(self) -> None:
        self.tell(self._lines, self._same, self._orders, self._targets, self._answer, self._nine)

    @proof
    def flow(self) -> Lines:
        """Straight lines from pictures to noise, and the field that they are on average."""
        walk = self.captures["walk"]
        given = {"static": walk.states[0], "picture": walk.states[-1]}
        return (
            ("Mix picture and noise along a ⟨straight⟩ line. Its slope is the same all the way: noise less picture.",
             r"x_t = (1 - t) x_0 + t epsilon, quad (d x_t) / (d t) = epsilon - x_0", faster_checks.constant.on(**given)),
            ("But lines ⟨cross⟩. Where they do, you cannot tell which is yours. The best answer is the ⟨mean⟩ of their slopes.",
             r"v(x, t) = EE[epsilon - x_0 | x_t = x]", faster_checks.averaged.on()),
            text_only("Of a single bell with middle m and width s, this mean is known.",
             r"v = -m + (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) (x - (1 - t) m)", faster_checks.of_a_bell.on()),
            text_only("Whoever follows the mean keeps the law: what flows into a place, less what flows out, is how its density changes.",
             r"(partial p) / (partial t) = -(partial (v p)) / (partial x)", faster_checks.carried.on()),
            ("Means ⟨bend⟩. Even for one bell, straight lines make a bent flow.",
             r"x_t = (1 - t) m + sqrt((1 - t)^2 s^2 + t^2) x_1", faster_checks.bent.on()),
        )  # fmt: skip

    def _lines(self) -> None:
        # Straight lines between noise and two pictures; where they cross, a mean; roads that bend instead.
        chart = parts.RoadMap(1.0, 2.6, 9.0, 3.0, "how much noise").move_to([-0.9, 1.7, 0])
        noise, ends = np.array([-1.9, -1.2, -0.5, 0.5, 1.2, 1.9]), np.array([1.2, -1.1, 1.3, -1.2, 1.1, -1.3])
        lines = [chart.road([1, 0], pair, theme.NOISE) for pair in zip(noise, ends, strict=True)]
        taus = np.linspace(0.999, 0.001, 61)
        roads = walking.road(partial(faster.velocity, TWO), np.linspace(-2.1, 2.1, 8), list(taus))
        flow = [chart.road(taus, one, theme.MODEL, 7) for one in roads.T]
        here = Dot(chart.point(0.5, 0.0), 0.16, color=theme.INK)
        ways = [chart.road([0.5, 0.2], [0, side], theme.WRONG, 9) for side in (0.9, -0.9)]
        mean = chart.road([0.5, 0.2], [0, -0.3 * float(faster.velocity(TWO, 0.0, 0.5))], theme.MODEL, 11)
        told = self.prove(self.flow, under=chart, alone=True)
        with told.saying():
            self.show(chart)
            self.mark().draw(lines, run_time=1.6, lag_ratio=0.3)
            told.write()
        with told.saying():
            self.mark().show(here, *ways)
            told.write()
            self.mark().show(mean)
        with told.saying():
            self.hide(*ways, mean, here)
            self.mark().draw(flow, run_time=2.0)
            told.write()
        self.sweep(0.4)

    @proof
    def rescaled(self) -> Lines:
        """The walks of this course, in the same coordinates."""
        walk = self.captures["walk"]
        return (
            ("Ours mix otherwise. ⟨Divide⟩ by the sum of both shares, and it is the same straight mixture.",
             r"x_t / (alpha_t + sigma_t) = (1 - tau) hat(x)_0 + tau hat(epsilon), quad tau = sigma_t / (alpha_t + sigma_t)", faster_checks.rescaled.on(walk)),
            ("Call that y. A step of our walks is now a ⟨stride⟩ along noise less picture: Euler's method.",
             r"y' - y = (tau' - tau) (hat(epsilon) - hat(x)_0)", faster_checks.strides.on(walk)),
            text_only("A stride that goes all the way, to no noise, ends on the guess: it is the arrow's tip.",
             r"y - tau (hat(epsilon) - hat(x)_0) = hat(x)_0", faster_checks.tips.on(walk)),
        )  # fmt: skip

    def _same(self) -> None:
        # The walk rides its bow, and an arrow leads from it to its guess.
        walk, step = self.captures["walk"], ValueTracker(0)
        bow = self._bow(max(1, self.tall // 2), 8.2, (-6.0, 0.45))
        seen = self._seen(walk)
        rider = bow.ride(Dot(radius=0.17, color=theme.INK), seen, step)
        pair = [Walk(film, step, 1.9) for film in (walk.pictures, walk.guess_pictures)]
        for one, at in zip(pair, ([3.75, 2.05, 0], [5.75, 1.75, 0]), strict=True):
            one.move_to([at[0], 1.9, 0])
        tips = self.plane.seen(walk.guesses)

        def arrow(k: float) -> VGroup:
            place = np.array([np.interp(k, range(len(seen)), axis) for axis in seen.T])
            tip = np.array([np.interp(k, range(len(tips)), axis) for axis in tips.T])
            return VGroup(
                bow.line([place, tip], theme.MODEL, 6), Dot(bow.point(tip), 0.12, color=theme.MODEL)
            )

        told = self.prove(self.rescaled, under=VGroup(bow, *pair), alone=True)
        with told.saying():
            self.show(bow, rider, *pair)
            self.mark()
            told.write()
            self.follow(step, 0.3 * self.cast.steps)
        with told.saying():
            self.show(Driven(arrow, step), run_time=0.4)
            self.mark()
            told.write()
            self.follow(step, 0.75 * self.cast.steps)
        models = " and ".join(", ".join(STRAIGHT).rsplit(", ", 1))
        with self.say(f"One model, rescaled. {models} learn that slope itself: now you can read them, too."):
            self.follow(step, self.cast.steps)
        self.sweep(0.4)

    @proof
    def strides(self) -> Lines:
        """How good strides are."""
        walk = self.captures["walk"]
        return (
            ("Euler takes the slope that is ⟨here⟩, and misses by the square of the stride, h.",
             r"y(tau + h) - (y + h v) approx h^2 / 2 (d v) / (d tau)", faster_checks.missed.on()),
            ("Remember the last slope, and ⟨lean⟩ by half of what it has changed. No call more.",
             r"y_(k+1) = y_k + h (3/2 v_k - 1/2 v_(k-1))", faster_checks.leaning.on(walk)),
            ("On two bells: ⟨twice⟩ the strides, half the error. With a slope ⟨remembered⟩, a quarter; so does Heun, for twice the calls.",
             r'"error" prop 1 / N^p, quad p = 1, 2', faster_checks.orders.on()),
        )  # fmt: skip

    def _orders(self) -> None:
        # Three lines: how often the error halves, as the strides are doubled.
        found = faster.errors(TWO, STARTS, ENDS, COUNTS)
        lines = {name: np.log2(one[0] / one) for name, one in found.items()}
        colors = {"Euler": theme.WRONG, "Heun": theme.MUTED, "remembered": theme.MODEL}
        plot = parts.LinePlot(
            np.log2(np.array(COUNTS) / COUNTS[0]),
            lines,
            x_label="strides doubled, times",
            y_label="error halved, times",
            colors=colors,
            width=7.4,
            height=2.5,
        )
        plot.shift([-5.9 - plot.get_left()[0], 3.55 - plot.get_top()[1], 0])
        told = self.prove(self.strides, under=plot, alone=True)
        with told.saying():
            self.show(plot.axes)
            self.mark()
            told.write()
            self.draw([plot.curves["Euler"]])
            self.show(plot.names["Euler"], run_time=0.3)
        with told.saying():
            self.mark()
            told.write()
            self.draw([plot.curves["remembered"]])
            self.show(plot.names["remembered"], run_time=0.3)
        with told.saying():
            self.mark()
            told.write()
            self.mark().show(plot.curves["Heun"], plot.names["Heun"])
            self.point(plot.curves["remembered"], plot.names["remembered"])
        with self.say(self.network):
            self.mark().point(plot)
        self.sweep(0.4)

    @proof
    def student(self) -> Lines:
        """What a student is taught."""
        few = self.captures["few"]
        return (
            ("What must a student ⟨guess⟩, to land at once where two steps do, from time t at time r? Solve for it.",
             r"tilde(x) = (x_r - (sigma_r \/ sigma_t) x_t) / (alpha_r - (sigma_r \/ sigma_t) alpha_t)", faster_checks.aims.on(few)),
            ("It is a ⟨mean⟩ of the teacher's two guesses. The second counts more.",
             r"tilde(x) = (1 - w) hat(x) + w hat(x)'", faster_checks.lands.on(few)),
            ("Squares make it learn the mean of all targets. But each state has only ⟨one⟩. Nothing to average, no blur.",
             r"min_theta EE norm(hat(x)_theta (x_t) - tilde(x))^2 = 0", faster_checks.halved.on()),
        )  # fmt: skip

    def _targets(self) -> None:
        # Two guesses of the teacher's, and the student's target, which is made of both.
        few = self.captures["few"]
        taus = faster.share(few.alphas_cumprod)
        aim = faster.mixed(few.guesses[0], few.guesses[1], tuple(taus[:3]))
        shown = [Picture.from_model(one, 2.7) for one in (few.guesses[0], few.guesses[1], aim)]
        row = places.abreast(shown, ("first guess", "second guess", "target"), theme.MODEL, 4.2, 1.6)
        told = self.prove(self.student, under=row, alone=True)
        with told.saying():
            self.show(*row[:2])
            self.mark()
            told.write()
        with told.saying():
            self.show(row[2])
            self.mark().point(row[2])
            told.write()
        with told.saying():
            self.mark()
            told.write()
            self.point(row[2])
        self.sweep(0.4)

    def _answer(self) -> None:
        # The bow with its six arrows, and the picture rides to its end.
        bow, arrows, _ = self._fan()
        walk, step = self.captures["walk"], ValueTracker(0)
        rider = bow.ride(Walk(walk.pictures, step, 2.4), self._seen(walk), step, up=1.3)
        with self.say(
            "Can we take straighter roads? They are nearly straight. Spend calls early, and remember; or ⟨learn⟩ the jump."
        ):
            self.show(bow, *arrows, rider)
            self.mark().follow(step, self.cast.steps)

    def _nine(self) -> None:
        # Nine pictures to remember, one by one, each as its chapter's title is said; then all of them.
        wall = Mosaic(self.stills, 3, height=6.1, gap=0.14).move_to([0, 0.25, 0])
        titles = [one.title for one in COURSE.values()]
        said = [f"⟨{first}⟩ {rest}".strip() for first, _, rest in (one.partition(" ") for one in titles)]
        said = [one if one[-1] in "?!" else f"{one}." for one in said]
        with self.say(" ".join(said)):
            for k, one in enumerate(wall):
                self.mark()
                self.instead(one, run_time=0.5) if k == 0 else self.show(one, run_time=0.5)
        with self.say(
            "From noise to picture: a guess, a small step, and a better guess. That is all ⟨it⟩ is."
        ):
            self.mark().point(wall, run_time=2.0)
        self.hold(0.6)

    @cached_property
    def stills(self) -> list[np.ndarray]:
        """(9) pictures (H, W, 3): what each chapter leaves, left and right, of this cast's own walks."""
        shown = self.captures
        walk = shown["walk"]
        some = int(np.argmax(walk.noise_level < 0.4))
        early, late = (one.pictures[-1] for one in shown["turned"])
        both, heap = (one.pictures[-1] for one in shown["between"])
        one, other = (one.pictures[-1] for one in shown["seeds"])
        mini = parts.planes(shown["latent"].states[-1])
        mini = np.pad(np.kron(mini, np.ones((2, 2, 1), np.uint8))[:32, :32], ((0, 0), (0, 0), (0, 0)))
        student = shown["student"][2].pictures
        pairs = (
            (walk.pictures[-1], walk.pictures[0]),
            (walk.pictures[some], walk.guess_pictures[some]),
            (walk.pictures[some], to_pixels(np.clip(walk.noise[some] / 3, -1, 1))),
            (walk.guess_pictures[0], walk.pictures[-1]),
            (early, late),
            (one, other),
            (heap, both),
            (mini, shown["latent"].pictures[-1]),
            (student[0], student[-1]),
        )
        return [np.concatenate(pair, 1) for pair in pairs]

    def remember(self) -> Mobject:
        """The bow with its six arrows, and a picture at the tip."""
        bow, arrows, _ = self._fan()
        guess = Picture(self.captures["few"].guess_pictures[-1], 2.5)
        return VGroup(bow, *arrows, guess.move_to([4.3, bow.point(self.tips[-1])[1], 0]))
