"""Chapter 9: a road that is nearly straight, strides that land beside it, and a student that jumps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from math import inf

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, FadeIn, FadeOut, Mobject, ValueTracker, VGroup

from course import grammar
from course.chapters import COURSE
from course.maths import faster, faster_checks, latent, measure
from course.maths.faster_checks import BELL, TWO
from course.model.data import to_model
from course.model.settings import TAUGHT, UNGUIDED
from course.precompute import FIXED, Album, Capture, CaptureSpec, Gathering, Recognised, albums, nine, roads
from course.precompute.families import Specs
from course.precompute.roads import CALLS, EARLY, FEW, STRIDES
from course.stage import Chapter, Equation, Mosaic, Picture, Walk, parts, places, theme
from course.stage.parts.driven import drive
from course.stage.parts.pictures import to_pixels
from course.stage.proofs import Lines, proof, text_only
from course.stage.verdicts import Verdict, verdict
from course.stage.words import counted, levels, spelled

STEPS = 30  # of the teacher's walk beside which the student is seen
TEACHER = 2 * STEPS - UNGUIDED  # calls: a guided step takes two
SHOWN, MIDDLE = 6, 3  # prompts; which of six strides is in the middle of the road
STUDENT = theme.INK  # even strides have the colour of what goes wrong, early ones that of the model
JUDGED = "by a judge that names what it sees"
PLACE, TALL = (-5.1, -1.9, 9.2), 4.7  # where the road begins, how long its chord is; how high what is off it
RAISED = (-5.1, -1.0, 9.2)  # the same while the title stands under it
in_a_row = partial(places.in_a_row, gap=0.35, middle=(0.0, 0.45))


class Faster(Chapter):
    """Straighter roads: where calls are best spent, and a student that needs hardly any."""

    title = "Straighter roads"
    question = "Can we take straighter roads?"
    letters = dict.fromkeys(("v", "w"), theme.MODEL) | {"y": theme.SIGNAL, "tau": theme.TIME, "h": theme.TIME}

    def specs(self) -> Specs:
        """One walk in many steps and in few; the student's; and what the other chapters' pictures are made of."""
        walk = CaptureSpec.of(self.cast, guidance=1.0, model="pixel")
        jump = partial(replace, walk, model="student")
        return {
            "walk": walk,
            "few": roads.strides(walk, STRIDES),
            "short": replace(walk, steps=STRIDES, spacing=EARLY),
            "four": [roads.strides(one, 4) for one in (walk, replace(walk, prompt=self.cast.other))],
            "student": {calls: jump(steps=calls) for calls in FEW},
            "others": [jump(prompt=one, steps=2) for one in self.prompts],
            **nine.specs(walk, self.cast.other),
        }

    def gatherings(self) -> Mapping[str, Gathering]:
        """Roads in fine steps and in few; what a judge sees after few; what the teacher paints."""
        walk = CaptureSpec.of(self.cast, guidance=1.0, model="pixel")
        teacher = replace(walk, steps=STEPS, guidance=TAUGHT)
        return {
            "roads": roads.several(walk),
            "recognised": Recognised(FIXED, 4),
            "teacher": Album(teacher, 1, words=albums.alone(*self.prompts), unguided=UNGUIDED),
        }

    @cached_property
    def prompts(self) -> tuple[str, ...]:
        """The cast's two, and others."""
        return grammar.relatives(self.cast.prompt, self.cast.other, SHOWN)

    # What is measured

    @cached_property
    def road(self) -> roads.Seen:
        """The roads from static to pictures, and where walks are beside the first of them."""
        return roads.Seen(self.gathered["roads"], self.captures["walk"])

    @property
    def starts(self) -> str:
        """'eight starts'."""
        return counted(self.gathered["roads"].of.count, "start")

    @property
    def end(self) -> parts.Finish:
        """Where the road ends."""
        return parts.Finish(to_pixels(self.road["end"]), 2.15).move_to([5.5, -1.5, 0])

    @property
    def even(self) -> Capture:
        """Six even strides."""
        return self.captures["few"]["even"]

    @verdict
    def straight(self) -> Verdict:
        longer = 100 * float(self.road["longer"].mean())
        said = f"⟨{longer:.1f}⟩ percent longer than the straight line."
        none, some = f"It does not wind. It is only {said}", f"It winds. It is {said}"
        how = f"length of the road by that of its chord, less 1, {self.starts}"
        return Verdict(longer, (5, none), (inf, some), how=how, unit="%")

    @verdict
    def flat(self) -> Verdict:
        most = "⟨Stretch⟩ its height, and this is most of how it bends, not all."
        bow = "⟨Stretch⟩ its height: one flat bow, like the path of a ball that you throw."
        how = f"of the bend, as squares of what is off the chord, what lies in one plane, {self.starts}"
        return Verdict(100 * float(self.road["flat"].mean()), (80, most), (inf, bow), how=how, unit="%")

    @verdict
    def beside(self) -> Verdict:
        off = self.road.beside(self.even)
        said = f"They end ⟨beside⟩ the picture: {levels(off)} of 255 off"
        how = f"root mean square distance of the end of {STRIDES} even strides from the road's end"
        return Verdict(off, (5, f"{said}, hardly seen."), (inf, f"{said}."), how=how, unit="levels")

    @verdict
    def first(self) -> Verdict:
        middle, start = (float(self.road["single"][0, 1, k]) for k in (MIDDLE, 0))
        said = f"In the ⟨middle⟩, it ends {levels(middle)} off. At the ⟨start⟩, {levels(start)}"
        how = "how far from the end the first of six strides alone leads, by how far the fourth does"
        return Verdict(start / middle, (3, f"{said}."), (inf, f"{said}: that one is to blame."), how=how)

    @verdict
    def grows(self) -> Verdict:
        after, end = self.road.single[:, 0]
        same = "A mistake made early stays as large as it was."
        more = "A mistake made early grows, all the way to the picture."
        how = f"how far from the end the first of six strides leads, by how far it lands beside the road, {self.starts}"
        return Verdict(float(end / after), (1.3, same), (inf, more), how=how)

    @verdict
    def times(self) -> Verdict:
        ratio, end = self.road.single[1] / self.road.single[0], float(self.road.single[1, 0])
        said = f"By the ⟨end⟩, the first one's mistake is {levels(end)}, {ratio[0]:.1f} times what it was."
        often, alone = f"{said} Others grow as well.", f"{said} No other grows so."
        how = "by how much the first stride's mistake grows, by the most that another one's does"
        return Verdict(float(ratio[0] / ratio[1:].max()), (1.5, often), (inf, alone), how=how)

    @verdict
    def sooner(self) -> Verdict:
        even, short = map(self.road.beside, (self.even, self.captures["short"]))
        less = f"So take ⟨short⟩ strides first, where mistakes grow, and ⟨long⟩ ones later: ⟨{levels(short)}⟩ off."
        same = f"Take ⟨short⟩ strides first, and ⟨long⟩ ones later: still ⟨{levels(short)}⟩ off."
        how = "distance from the road's end, early strides by even ones"
        return Verdict(short / even, (0.95, less), (inf, same), how=how)

    @verdict
    def better(self) -> Verdict:
        even, early = map(self.road.beside, self.captures["few"].values())
        said = f"The same six calls: ⟨{levels(early)}⟩ off instead of {even:.0f}"
        how = "distance from the road's end, early strides that remember by even ones"
        return Verdict(early / even, (0.75, f"{said}, and for nothing."), (inf, f"{said}."), how=how)

    @verdict
    def high(self) -> Verdict:
        most = "But most of these tips were too ⟨high⟩: above the road's end. Whoever aims there misses it."
        all_ = "But all these tips were too ⟨high⟩: above the road's end. Whoever aims there ends above it."
        how = "height of the lowest of six guesses over the chord, in the plane of the road"
        lowest = float(self.road.tips(self.even)[:, 1].min())
        return Verdict(lowest, (0, most), (inf, all_), how=how, unit="model units")

    @verdict
    def where(self) -> Verdict:
        solver, both = self.road.off["solver"][4], self.road.off["both"][4]
        said = f"Now ⟨early⟩ ones that remember: at ⟨four⟩ calls, {levels(both)} instead of the solver's {solver:.0f}"
        how = "distance from the road's end after four calls: early ones that remember by those of UniPC, evenly placed"
        return Verdict(both / solver, (0.8, f"{said}."), (inf, f"{said}: no great gain."), how=how)

    @verdict
    def ten(self) -> Verdict:
        four, ten, starts = self.road.off["both"][4], self.road.off["even"][10], self.starts
        said = f"⟨Four⟩ of these end {levels(four)} off; ten ⟨even⟩ ones, {ten:.0f}."
        how = f"distance from the road's end, four early strides that remember by ten even ones, {starts}"
        return Verdict(four / ten, (1.15, f"{said} Four calls do what ten did."), (inf, said), how=how)

    @verdict
    def network(self) -> Verdict:
        even, kept = map(self.road.nearer, ("even", "remembered"))
        theory = "With three times the calls, even strides should end ⟨three⟩ times nearer, and ⟨nine⟩ times if they remember."
        said = f"{theory} On our ⟨network⟩, that is {even:.1f} and {kept:.1f}"
        return Verdict(kept, (7, f"{said}: its slopes are not so smooth."), (inf, f"{said}."), how="distance from the road's end of ten even strides that remember by that of thirty")  # fmt: skip

    @cached_property
    def taught(self) -> np.ndarray:
        """(N, H, W, 3): what the teacher paints of `prompts`."""
        return self.gathered["teacher"].arrays["pictures"][:, 0]

    @verdict
    def blob(self) -> Verdict:
        pictures = self.captures["student"][1].pictures[-1], self.taught[0]
        one, all_ = (latent.detail(to_model(picture)) for picture in pictures)
        soft = "⟨One⟩ call of the student's is still a soft blob."
        fine = "⟨One⟩ call of the student's is no softer than its teacher's picture."
        how = "steps between neighbouring pixels after one call, by those of its teacher's picture"
        return Verdict(100 * one / all_, (80, soft), (inf, fine), how=how, unit="%")

    @verdict
    def two(self) -> Verdict:
        pictures = self.captures["student"][2].pictures[-1], self.taught[0]
        off = measure.LEVELS * measure.distance(*map(to_model, pictures))
        said = f"⟨Two⟩, beside the ⟨{TEACHER}⟩ of its teacher, two in each step but the first:"
        same = f"{said} much the ⟨same⟩ picture, a little softer."
        other = f"{said} not the ⟨same⟩ picture, but one of the same thing."
        how = f"root mean square distance of two calls from the teacher's picture of {TEACHER}"
        return Verdict(off, (30, same), (inf, other), how=how, unit="levels")

    @verdict
    def bought(self) -> Verdict:
        learned, free = roads.known(self.gathered["recognised"], 1)
        said = f"At ⟨one⟩ call, a judge names the thing in {learned:.0f} percent of the student's pictures; of early ⟨strides'⟩, in {free:.0f}."
        how = f"pictures of one thing that are recognised, {JUDGED}: the student's less those of an untrained call"
        return Verdict(
            learned - free, (10, said), (inf, f"{said} That is what training buys."), how=how, unit="%"
        )

    @verdict
    def free(self) -> Verdict:
        learned, free = roads.known(self.gathered["recognised"], 4)
        near = "By ⟨four⟩ calls, early strides do nearly as well, and need no training at all."
        less = "By ⟨four⟩ calls, early strides come nearer, and need no training at all."
        how = f"the student's pictures that are recognised at four calls, {JUDGED}, less those of early strides that remember"
        return Verdict(learned - free, (5, near), (inf, less), how=how, unit="%")

    # Story

    def story(self) -> None:
        self.tell(self._ride, self._flat, self._six, self._blame, self._better, self._same_calls)

    def _bow(self, *ways: np.ndarray, room: float = TALL, place: Sequence[float] = PLACE) -> parts.Bow:
        """The road seen flat, as high as keeps ways, or what ends beside it, below `room` units over its chord."""
        ways = ways or (self.road.places(self.even), *self.road["strays"])
        return parts.Bow.within(self.road["curve"], place, room, *ways)

    def _ride(self) -> None:
        # A picture goes from static to what was asked for, along a line that is nearly straight.
        walk, steps, step = self.captures["walk"], self.cast.steps, ValueTracker(0)
        bow = self._bow(room=0, place=RAISED)
        rider = bow.ride(Walk(walk.pictures, step, 3.0), self.road.places(walk), step, up=1.6)
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
        bow, high = self._bow(room=0, place=RAISED), self._bow(self.road["curve"], room=3.25)
        rider = bow.ride(Walk(walk.pictures, step, 1.9), self.road.places(walk), step, up=1.1)
        self.add(bow.road, *gone)
        with self.say(self.straight):
            self.show(bow.chord, FadeOut(*gone), FadeIn(rider))
            self.turn(step, 0, run_time=1.6)
            self.mark().show(places.lifted(bow.chord), run_time=1.6)
        with self.say(self.flat):
            grown = bow.stretch.animate.set_value(high.stretch.get_value())
            down = bow.chord.animate.shift((PLACE[1] - RAISED[1]) * UP)
            self.mark().show(high.times, grown, down, run_time=1.6)
            self.follow(step, self.cast.steps)

    def _six(self) -> None:
        # Six straight strides beside the bow; where they land, and where the road ends: two pictures.
        bow, end = self._bow(), self.end
        strides = bow.strides(self.road.places(self.even), theme.WRONG)
        landed = end.other(self.even.pictures[-1], levels(self.road.beside(self.even)), theme.WRONG)
        with self.say("Each step asks the network once, and that takes time. So take ⟨six⟩ long strides:"):
            self.instead(bow, bow.times, end)
            self.mark().show(strides[0])
        with self.say("each straight to where the road points now. But the road ⟨bends⟩ away."):
            self.gather(strides[1:], run_time=3.0, lag_ratio=0.8)
            self.mark().show(places.lifted(bow.road), run_time=1.6)
        with self.say(self.beside):
            self.mark().show(landed)
            self.point(landed, end, run_time=1.8)

    def _stray(self, k: int, bow: parts.Bow, end: parts.Finish) -> VGroup:
        """One long stride, where it leads, and the picture there."""
        start, way = self.road.stray(k)
        other = end.other(self.road["stray_ends"][k], levels(self.road["single"][0, 1, k]), theme.WRONG)
        return VGroup(bow.line(way, theme.WRONG, 5), *bow.strides([start, way[0]], theme.WRONG), other)

    def _blame(self) -> None:
        # Only one stride is long: in the middle it leads home; at the start, to another end.
        bow, end = self._bow(), self.end
        middle, start = (self._stray(k, bow, end) for k in (MIDDLE, 0))
        way, road = self.road["strays"][0], self.road["curve"]
        gap = bow.gap(road, way, at := ValueTracker(len(way) // STRIDES), theme.INK)
        with self.say("Which of the six is to blame? Make only ⟨one⟩ long, and take all else in tiny steps."):
            self.instead(bow, bow.times, end)
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
        bow, end = self._bow(), self.end
        both = self.captures["short"], self.captures["few"]["early"]
        short, early = (bow.strides(self.road.places(one), theme.MODEL) for one in both)
        landed = [end.other(one.pictures[-1], levels(self.road.beside(one)), theme.MODEL) for one in both]
        ghost, now, lean = bow.leaning(*self.road.leaning(both[1]))
        with self.say(self.sooner):
            self.instead(bow, bow.times, end)
            self.mark().gather(short[:3], run_time=1.6, lag_ratio=0.8)
            self.mark().gather(short[3:], run_time=1.6, lag_ratio=0.8)
            self.mark().show(landed[0])
        with self.say("And let each ⟨remember⟩ the last slope, so that it leans as the road has ⟨turned⟩."):
            self.show(FadeOut(*short, landed[0]), *early[:-1])
            self.mark().show(ghost)
            self.show(now)
            self.mark().become(now, lean)
        with self.say(self.better):
            self.mark().show(FadeOut(ghost, lean), early[-1], landed[1])
            self.point(landed[1], end, run_time=1.8)

    def _same_calls(self) -> None:
        # Six even strides, six early ones, and the road's end: three pictures.
        few = [Picture(one.pictures[-1]) for one in self.captures["few"].values()]
        names, colors = ("six, evenly", "six, early", "tiny steps"), (theme.WRONG, theme.MODEL, theme.SIGNAL)
        row = in_a_row((*few, self.end), names, colors, 4.1)
        with self.say("So we need no straighter road: it was nearly straight. We need better ⟨strides⟩."):
            self.instead(*row)
            self.mark().point(row[1], row[2], run_time=2.0)
        self.hold(0.3)

    # Mechanism

    def mechanism(self) -> None:
        first = self._arrows, self._bars, self._curves, self._four
        self.tell(*first, self._jumps, self._calls, self._wall, self._judged, self._today)

    def _fan(self) -> tuple[parts.Bow, list[Mobject]]:
        """The bow with room for the arrows of six even strides, and these."""
        stops, tips = self.road.places(self.even)[:-1], self.road.tips(self.even)
        bow = self._bow(tips, room=4.9, place=(-5.7, -2.6, 8.9))
        return bow, [bow.arrow(*pair, theme.WRONG) for pair in zip(stops, tips, strict=True)]

    def _arrows(self) -> None:
        # The bow; at each of six calls an arrow to a picture, the guess; the tips come down, the blur clears.
        (bow, arrows), asked, step = self._fan(), ValueTracker(0), ValueTracker(0)
        up = np.clip([bow.point(tip)[1] for tip in self.road.tips(self.even)], -1.5, 1.3)
        guess = Walk(self.even.guess_pictures, asked, 2.9)
        drive(guess, lambda one: one.move_to([5.15, np.interp(asked.get_value(), range(STRIDES), up), 0]))
        above = bow.drop(max(self.road.tips(self.even), key=lambda tip: tip[1]), theme.INK)
        here = bow.ride(Dot(radius=0.17, color=theme.INK), self.road.places(self.even), step)

        def again(k: int, seconds: float) -> None:
            paler = arrows[k - 1].animate.set_opacity(0.4)
            self.show(arrows[k], paler, asked.animate.set_value(k), run_time=seconds)

        with self.say("The six even strides again. ⟨Ask⟩ the network: where is the picture? ⟨There⟩."):
            self.show(bow, bow.times, run_time=0.4)
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
            self.show(*(one.animate.set_opacity(1) for one in arrows), run_time=0.6)
            self.mark().draw([above])

    def _bars(self) -> None:
        # Six bars: how far each long stride alone lands beside the road; they grow to where that leads.
        about = f"which stride is long; mean of {self.starts}"
        columns = parts.Columns(self.road.single, grown := ValueTracker(0), theme.WRONG, about).shift(
            1.7 * DOWN
        )
        (first, *_, last) = zip(columns.bars, columns.numbers, strict=True)
        said = [theme.text(f"levels off, {when}", theme.SENTENCE) for when in ("just after it", "at the end")]
        before, then = (one.move_to([-2.4, 3.1, 0]) for one in said)
        what = f"Which stride did it? That was one start; now, the mean of {self.starts}."
        with self.say(f"{what} Make ⟨one⟩ of the six long. Just after it, each is a ⟨little⟩ off."):
            self.instead(columns, before)
            self.point(columns.about, run_time=1.8)
            self.mark().point(*columns.numbers, columns.about)
            self.mark().point(*columns.bars)
        with self.say(self.times):
            self.mark().show(grown.animate.set_value(1), FadeOut(before), then, run_time=2.0)
            self.point(*first, run_time=1.8)
        with self.say("The last one is off as well. But behind it, no road is left on which to ⟨grow⟩."):
            self.point(*last, run_time=1.8)
            self.mark().point(*first)

    def _curves(self) -> None:
        # How far from the end, over the number of calls: even strides, a solver off the shelf, early ones.
        counts, ways = [n for n in CALLS if n <= 10], {"even": "even", "solver": "solver", "early": "both"}
        curves = {name: [self.road.off[way][n] for n in counts] for name, way in ways.items()}
        colors = dict(zip(ways, (theme.WRONG, theme.MUTED, theme.MODEL), strict=True))
        plot = parts.LinePlot(
            np.array(counts), curves, x_label="calls", y_label=f"levels off, mean of {self.starts}", colors=colors,
            x_range=(0, 10), y_range=(0, 10 * float(np.ceil(max(map(max, curves.values())) / 10))), width=10.2, height=4.3,
        ).move_to([-0.1, 0.2, 0])  # fmt: skip
        four, other, ten = (plot.spot(*at) for at in (("early", 4), ("solver", 4), ("even", 10)))
        gap, level = (plot.link(four, one) for one in (other, ten))
        first = f"How far off, by the number of calls? Still the mean of {self.starts}. First ⟨even⟩ strides."
        told = first, "Then a ⟨clever⟩ solver off the shelf. It is even, too.", self.where
        self.instead(plot.axes)
        for name, says in zip(ways, told, strict=True):
            with self.say(says):
                self.mark().draw([plot.curves[name]])
                self.show(plot.names[name], run_time=0.3)
                if name == "early":
                    self.mark().show(four, other, gap)
        with self.say(self.ten):
            self.mark().show(FadeOut(other, gap))
            self.mark().show(ten, level)
            self.point(four, ten, run_time=1.8)

    def _four(self) -> None:
        # Four calls, evenly and early, of both prompts: four pictures.
        ends = [Picture(one.pictures[-1]) for pair in self.captures["four"] for one in pair.values()]
        row = in_a_row(ends, ("four, evenly", "four, early") * 2, (theme.WRONG, theme.MODEL) * 2, 3.05)
        with self.say("Here are ⟨four⟩ calls: evenly; and ⟨early⟩, with the last slope remembered."):
            self.mark().instead(row[0], row[2])
            self.mark().show(row[1], row[3])
            self.point(row[1], row[3])

    def _jumps(self) -> None:
        # Along the bow a teacher's short strides; a student leaps over them, from one to a later one; then farther.
        bow, curve = self._bow(self.road["curve"], room=1.5), self.road["curve"]
        short, *longer = (curve[:: (len(curve) - 1) // count] for count in (12, 4, 2))
        four, two = (bow.leaps(one, STUDENT, high) for one, high in zip(longer, (1.0, 2.0), strict=True))
        with self.say("Fewer still? Then somebody has to ⟨learn⟩. Let this be a teacher's walk, in short strides."):  # fmt: skip
            self.instead(bow.chord, bow.times, self.end)
            self.mark().gather(bow.strides(short, theme.MUTED), run_time=2.0)
        with self.say("A ⟨student⟩, at first its copy, learns to land in one stride where the teacher takes several."):  # fmt: skip
            self.mark().draw(four, run_time=5.0, lag_ratio=0.9)
        with self.say("Then it teaches itself: one stride, where it took ⟨two⟩. That is no straighter road, but a learned ⟨jump⟩."):  # fmt: skip
            self.mark().play(*(one.animate.fade(0.8) for one in four), run_time=0.5)
            self.draw(two, run_time=1.8, lag_ratio=0.9)
            self.mark().play(*(places.lifted(one[0]) for one in two), run_time=1.2)

    def _calls(self) -> None:
        # The student's picture after one call, after two, and its teacher's.
        student = (self.captures["student"][calls].pictures[-1] for calls in (1, 2))
        shown = [Picture(one) for one in (*student, self.taught[0])]
        names = ("student, one call", "two calls", f"teacher, {TEACHER} calls")
        row = in_a_row(shown, names, (STUDENT, STUDENT, theme.MUTED), 4.1)
        with self.say(self.blob):
            self.mark().instead(row[0], row[2])
        with self.say(self.two):
            self.mark().show(row[1])
            self.mark().point(row[2])
            self.mark().point(*row[1:], run_time=2.0)

    def _wall(self) -> None:
        # Six things: above, two calls of the student's; below, its teacher's many.
        two = [one.pictures[-1] for one in self.captures["others"]]
        rows = (Mosaic(some, SHOWN, height=2.05, gap=0.1) for some in (two, self.taught))
        names = ("student: two calls", STUDENT), (f"teacher: {TEACHER} calls", theme.MUTED)
        above, below = (places.named(row, *name, gap=0.15) for row, name in zip(rows, names, strict=True))
        VGroup(above, below).arrange(DOWN, buff=0.2).move_to([0, -0.05, 0])
        with self.say("And other ⟨words⟩? Above, two calls of the student's; below, all those of its ⟨teacher⟩."):  # fmt: skip
            self.mark().instead(above, below)
            self.point(above, run_time=1.6)
            self.mark().point(below, run_time=1.6)

    def _judged(self) -> None:
        # Bars: in how many pictures the thing is recognised, at one call, two and four, trained and untrained.
        known = {counted(calls, "call"): roads.known(self.gathered["recognised"], calls) for calls in FEW}
        title, (one, two, four) = places.rivals(known, {"student": STUDENT, "early strides": theme.MODEL})
        with self.say(self.bought):
            self.instead(title, two, four)
            self.mark().show(one)
            self.point(one, run_time=2.0)
            self.mark().point(one[1], run_time=1.6)
        with self.say(self.free):
            self.mark().point(four, run_time=2.0)

    def _today(self) -> None:
        # Names of models that need few steps; beside them the student's two calls.
        names = VGroup(*(theme.text(one, theme.TITLE, STUDENT) for one in faster.DISTILLED))
        names.arrange(DOWN, buff=0.7, aligned_edge=LEFT).move_to([-3.3, 0.2, 0])
        jump = Walk(self.captures["student"][2].pictures, step := ValueTracker(0), 5.0).move_to([3.9, 0.0, 0])
        many = spelled(len(faster.DISTILLED))
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
        self.tell(self._lines, self._coordinates, self._strides, self._targets, self._answer, self._nine)

    @proof
    def flow(self) -> Lines:
        """Straight lines from pictures to noise, and the field that they are on average."""
        static, *_, picture = self.captures["walk"].states
        return (
            ("Mix picture and noise along a ⟨straight⟩ line. Its slope is the same all the way: noise less picture.",
             r"x_t = (1 - t) x_0 + t epsilon, quad (d x_t) / (d t) = epsilon - x_0", faster_checks.constant.on(static=static, picture=picture)),
            ("But lines ⟨cross⟩. There you cannot tell which is yours. The best answer is the ⟨mean⟩ of their slopes, v.",
             r"v(x, t) = EE[epsilon - x_0 | x_t = x]", faster_checks.averaged.on()),
            text_only("Follow these means, and p, how likely each place is, stays right: what flows in, less what flows out.",
             r"(partial p) / (partial t) = -(partial (v p)) / (partial x)", faster_checks.carried.on()),
            text_only("Of a single bell with middle m and width s, this mean is known.",
             r"v = -m + (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) (x - (1 - t) m)", faster_checks.of_a_bell.on()),
            ("But means bend. Even of one ⟨bell⟩, with middle m and width s, straight lines make a bent flow.",
             r"x_t = (1 - t) m + sqrt((1 - t)^2 s^2 + t^2) x_1", faster_checks.bent.on()),
        )  # fmt: skip

    def _lines(self) -> None:
        # Straight lines between noise and two pictures; where they cross, a mean; dots that walk as means lead; a bell.
        flow, share = parts.Flow().move_to([-1.6, 1.75, 0]), ValueTracker(0)
        ends = np.stack([one.pictures[-1] for one in self.captures["seeds"]])
        hung, roads, walkers = flow.hang(TWO.places, ends, 1.2), flow.roads(TWO), flow.walkers(TWO, share)
        lines, (here, ways, mean) = flow.lines(), flow.crossing(0.5, 0.0)
        told = self.prove(self.flow, under=flow, alone=True)
        with told.saying():
            self.show(flow, hung)
            self.mark().draw(lines, run_time=1.4, lag_ratio=0.3)
            told.write()
        with told.saying():
            self.mark().show(here, *ways)
            told.write()
            self.mark().show(mean)
            self.point(here, mean)
        with self.say("v points to the noise. A walk goes ⟨against⟩ it: from noise to a picture."):
            self.show(FadeOut(*lines, *ways, mean, here), *roads)
            self.mark().show(walkers, run_time=0.3)
            self.follow(share, 1)
        with told.saying():
            told.write()
            self.mark().show(FadeOut(*roads, walkers, hung), flow.bell(BELL))
            self.draw(flow.roads(BELL), run_time=1.4, lag_ratio=0.1)
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
        seen, tips = self.road.places(walk), self.road.tips(walk)
        # The first arrow comes after a fifth of the way: before that, it would leave the frame.
        bow = self._bow(tips[steps // 5 :], room=2.6, place=(-6.2, 0.4, 8.4))
        here = bow.ride(Dot(radius=0.17, color=theme.INK), seen, step)
        films = [Walk(film, step, 2.0) for film in (walk.pictures, walk.guess_pictures)]
        pair = places.abreast(films, ("state", "guess"), theme.INK, 2.15, 1.5).shift(4.67 * RIGHT)
        share = partial(np.interp, xp=range(steps + 1), fp=faster.share(walk.alphas_cumprod))
        tau = places.letter("tau", share, step, theme.TIME).move_to([-2.6, -0.25, 0])
        y = bow.ride(Equation("y", definition="a name").set_color(theme.SIGNAL), seen, step, up=0.45)
        told = self.prove(self.rescaled, under=VGroup(bow, pair, tau), alone=True)
        with told.saying():
            self.show(bow, here, pair, bow.times)
            self.mark()
            told.write()
            self.mark().show(tau, run_time=0.4)
            self.follow(step, 0.2 * steps)
        with told.saying():
            self.show(bow.aim(seen, tips, step), y, run_time=0.4)
            self.mark()
            told.write()
            self.follow(step, 0.45 * steps)
        with told.saying():
            self.mark()
            told.write()
            self.follow(step, 0.75 * steps)
        models = " and ".join(", ".join(faster.STRAIGHT).rsplit(", ", 1))
        with self.say(f"One model, rescaled. {models} learn that slope itself: now you can read them."):
            self.follow(step, steps)
        self.sweep(0.4)

    @proof
    def strides(self) -> Lines:
        """How good strides are."""
        return (
            ("Euler takes the slope that is ⟨here⟩. One stride, of length h, misses by about its square.",
             r"y(tau + h) approx y + h v + 1/2 h^2 (d v) / (d tau)", faster_checks.missed.on()),
            ("Remember the last slope, and ⟨lean⟩ by half of what has changed. It takes no call more.",
             r"y_(k+1) = y_k + h (3/2 v_k - 1/2 v_(k-1))", faster_checks.leaning.on(self.captures["walk"])),
            text_only("On two bells: twice the strides, each a quarter as far off, are half the error. Remembering, a quarter; Heun, too, but for twice the calls.",
             r'"error" prop 1 / N^p, quad p = 1 "or" 2', faster_checks.orders.on()),
        )  # fmt: skip

    def _strides(self) -> None:
        # One long stride beside the road, and how far off it lands; then one that leans, by a ghost of the slope before.
        walk, (start, way), road = self.captures["few"]["early"], self.road.stray(0), self.road["curve"]
        bow = self._bow(way, slopes := self.road.leaning(walk), room=2.6, place=(-6.2, 0.4, 8.4))
        (stride,) = bow.strides([start, way[0]], theme.WRONG)
        early = bow.strides(self.road.places(walk), theme.MODEL)
        gap = bow.line([road[-len(way)], way[0]], theme.INK, 6)
        ghost, now, lean = bow.leaning(*slopes)
        rows, measured = VGroup(theme.text("times nearer", theme.LABEL)), ValueTracker(0)
        for kind, law, color in (("even", 3, theme.WRONG), ("remembered", 9, theme.MODEL)):
            times = partial(np.interp, xp=(0, 1), fp=(law, self.road.nearer(kind)))
            rows.add(places.reading(kind, times, measured, color, 1))
        rows.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to([4.35, 1.9, 0])
        told = self.prove(self.strides, under=bow, alone=True)
        with told.saying():
            self.show(bow, bow.times)
            self.mark().draw([stride])
            told.write()
            self.show(gap)
        with told.saying():
            self.show(FadeOut(stride, gap), *early[:-1])
            self.mark().show(ghost, now)
            told.write()
            self.become(now, lean, run_time=1.6)
        with self.say(self.network):
            self.show(FadeOut(ghost, lean), early[-1])
            self.mark().show(*rows[:2])
            self.mark().show(rows[2])
            self.mark().turn(measured, 1)
            self.point(*rows[1:], run_time=2.0)
        self.sweep(0.4)

    @proof
    def student(self) -> Lines:
        """What a student is taught."""
        return (
            text_only("From time t, a teacher's two steps land at time r. This guess lands there at once.",
             r"tilde(x) = (x_r - (sigma_r \/ sigma_t) x_t) / (alpha_r - (sigma_r \/ sigma_t) alpha_t)", faster_checks.aims.on(self.even)),
            ("What must a student ⟨guess⟩, to land at once where its teacher's two steps do? A ⟨mean⟩ of the teacher's two guesses; w is how much the second one counts.",
             r"tilde(x) = (1 - w) hat(x) + w hat(x)'", faster_checks.lands.on(self.even)),
            ("Squares teach the mean of many targets. But here each state has only ⟨one⟩, as soft as the teacher's guesses. Nothing more is averaged: the miss can reach ⟨zero⟩.",
             r"min_theta EE norm(hat(x)_theta (x_t) - tilde(x))^2 = 0", faster_checks.halved.on()),
        )  # fmt: skip

    def _targets(self) -> None:
        # Two guesses of the teacher's, and the student's target, which is made of both; its mixture is turned.
        few, mix = self.even, ValueTracker(0)
        aim = faster.mixed(few.guesses[0], few.guesses[1], faster.share(few.alphas_cumprod)[:3])
        film = np.stack([few.guess_pictures[0], to_pixels(aim)])
        shown = [*(Picture(one, 2.5) for one in few.guess_pictures[:2]), Walk(film, mix, 2.5, crossfade=True)]
        row = places.abreast(shown, ("first guess", "second guess", "target"), theme.MODEL, 4.4, 1.2)
        row[2][1].set_color(STUDENT)
        told = self.prove(self.student, under=row, alone=True)
        with told.saying():
            self.show(*row[:2])
            self.mark().point(*row[:2])
            self.show(row[2], run_time=0.4)
            self.mark().turn(mix, 1)
            told.write()
        with told.saying():
            told.write()
            self.mark().point(row[2], run_time=2.0)
            self.mark().point(told.line)
        self.hold(0.3)
        self.sweep(0.4)

    def _answer(self) -> None:
        # The bow with its six arrows, and a picture that goes along it to its end.
        (bow, arrows), walk, step = self._fan(), self.captures["walk"], ValueTracker(0)
        rider = Walk(walk.pictures, step, 2.0).set_z_index(2)
        with self.say(
            f"{self.question} They are nearly straight. Ask early, and remember. Or learn the jump."
        ):
            self.show(bow, bow.times, *arrows, bow.ride(rider, self.road.places(walk), step, up=1.1))
            self.follow(step, self.cast.steps)

    def _nine(self) -> None:
        # Nine pictures to remember, one by one, each with its chapter's title as it is said; then all of them.
        planes = parts.planes(self.captures["latent"].states[-1]).repeat(2, 0).repeat(2, 1)[:32, :32]
        stills, titles = nine.stills(self.captures, planes), [one.title for one in COURSE.values()]
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
        (bow, arrows), guesses = self._fan(), self.even.guess_pictures
        tips = ((0, 2.0), (1, 0.15), (STRIDES - 1, -1.7))
        return VGroup(bow, *arrows, *(Picture(guesses[k], 1.7).move_to([5.2, y, 0]) for k, y in tips))
