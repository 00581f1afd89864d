"""Chapter 5: how words steer a walk, when they no longer can, and what guidance does."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import combinations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Circumscribe,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Mobject,
    Square,
    ValueTracker,
    VGroup,
    linear,
)

from course import grammar
from course.maths import noise, steering, steering_checks
from course.precompute import Capture, CaptureSpec
from course.stage import Chapter, Mosaic, Picture, Walk, theme
from course.stage.claims import Claim
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Equation
from course.stage.parts.digits import LiveNumber, on_baseline
from course.stage.parts.driven import Driven
from course.stage.parts.livecurve import live_curve
from course.stage.parts.maps import AttentionOverlay, EmbeddingMap
from course.stage.parts.pictures import LivePicture, to_pixels
from course.stage.parts.plots import Axes, LinePlot
from course.stage.parts.roads import Road
from course.stage.parts.sentence import Sentence
from course.stage.parts.sliders import StepDots
from course.stage.parts.switching import Between, SplitBar
from course.stage.parts.tables import TensorTable
from course.stage.parts.wordbars import WordBars
from course.stage.words import counted, spelled

GUIDANCE = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
TURNS = 30
"""At so many places of the walk the words are changed, one place at a time."""
SEEDS = 3
"""So many other pieces of static are asked for their point of no return."""
ALL, MEANT = 1.0, 0.5
"""Standard deviations of the two bells on which guidance is worked out."""
EARLIER, EVEN = "The earlier the change, the more it decides.", "Late words may count as much as early ones."
FALL = 0.05
"""So far the nearness may fall back from turn to turn, and an earlier change still decides more."""
LATE, DECORATE = 0.75, 0.15
"""Which part of the walk is gone when words are late, and up to which part of a change they only decorate."""
CLEARLY = 1.25
"""From this ratio on, one weight counts as clearly larger than another."""
ALIKE = 1.1
"""Up to this ratio, looks count as nearly alike."""
EVEN = "All are looked at nearly alike."
UNEVEN = "But the changes are not alike: looking is not causing."
BANDS = (0.25, 0.6)
"""Up to which part of what another prompt changes a change counts as little, and as some."""
SAID = ("said first", "said after")
"""What the two parts of a bar mean whose walk changes its words at the knob."""
WHERE = (
    "stronger around the thing",
    "equally on the thing and around it",
    "stronger on the thing itself",
)
APART = 1.5
"""From this ratio to what independent numbers give on, a mean square is another one."""
ROWS = (1.3, 0.45, -0.4, -1.25)
"""The lines on which the names of the bells stand."""
TRIED = (0.0, 0.5, 1.0, 2.0, 3.0, 7.0)


class Compass(Chapter):
    """How words steer: a compass that is read at every step, and comes too late after some of them."""

    title = "The compass"
    question = "How do words steer?"

    def specs(self) -> Mapping[str, CaptureSpec]:
        """One static under many words; the words changed on the way; the words pulled at harder."""
        cast = self.cast
        walk = CaptureSpec(cast.prompt, cast.seed, cast.steps, cast.guidance, model=cast.model)
        first, other = replace(walk, record=("qk",)), replace(walk, prompt=cast.other)
        specs = {"first": first, "other": other}
        specs |= {f"grown {k}": replace(walk, prompt=p) for k, p in enumerate(self.sentences)}
        specs |= {f"guidance {w:g}": replace(walk, guidance=w) for w in GUIDANCE}
        specs |= {f"without {w}": replace(walk, prompt=grammar.without(cast.prompt, w)) for w in self.telling}
        specs |= {f"order {k}": replace(walk, prompt=p) for k, p in enumerate(grammar.reordered(cast.prompt))}
        for j in range(1, SEEDS + 1):
            specs |= {
                f"first, static {j}": replace(walk, seed=cast.seed + j),
                f"other, static {j}": replace(other, seed=cast.seed + j),
            }
        # A walk on from the common states is the same walk, and half the work.
        for k in self.turns[1:-1]:
            specs[f"turn {k}"] = replace(other, start=(first.key, k))
            if k in self.few_turns:
                for j in range(1, SEEDS + 1):
                    start = (specs[f"first, static {j}"].key, k)
                    specs[f"turn {k}, static {j}"] = replace(other, seed=cast.seed + j, start=start)
        return specs

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The growing sentence."""
        return grammar.growing(self.cast.prompt, self.cast.other)

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The words of the prompt that say something, four at most."""
        return grammar.telling(self.cast.prompt)[-4:]

    @cached_property
    def turns(self) -> list[int]:
        """The steps at which the words are changed, from 0 (at once) to all of them (never)."""
        steps = self.cast.steps
        return np.unique(np.linspace(0, steps, min(steps, TURNS) + 1).round().astype(int)).tolist()

    @cached_property
    def few_turns(self) -> list[int]:
        """Every third of them, with both ends: enough to find where other static tips."""
        return [*self.turns[:-1:3], self.turns[-1]]

    @cached_property
    def names(self) -> tuple[str, str]:
        """What the two prompts are called: their nouns, as long as those tell them apart."""
        one, two = (grammar.parse(prompt)[0][0].noun for prompt in (self.cast.prompt, self.cast.other))
        return (one, two) if one != two else ("first", "second")

    def _endings(self, static: int = 0) -> list[Capture]:
        """The walks whose words were changed, by `turns` (`few_turns` for other static)."""
        suffix = f", static {static}" if static else ""
        turns = self.few_turns if static else self.turns
        between = [self.captures[f"turn {k}{suffix}"] for k in turns[1:-1]]
        return [self.captures[f"other{suffix}"], *between, self.captures[f"first{suffix}"]]

    def _nearness(self, static: int = 0) -> np.ndarray:
        """How near the endings are to the first prompt's own, for every step from 0 to the last."""
        endings = [capture.states[-1] for capture in self._endings(static)]
        found = steering.nearness(endings, endings[-1], endings[0])
        turns = self.few_turns if static else self.turns
        return np.interp(np.arange(self.cast.steps + 1), turns, found)

    @cached_property
    def morph(self) -> np.ndarray:
        """(S+1, H, W, 3): the ending for words changed at each step, that of the nearest turn."""
        endings = self._endings()
        nearest = [int(np.argmin(np.abs(np.array(self.turns) - k))) for k in range(self.cast.steps + 1)]
        return np.stack([endings[k].pictures[-1] for k in nearest])

    @cached_property
    def too_late(self) -> list[int]:
        """From which step on the ending is nearer to the first prompt's own: this static, then the others."""
        return [steering.no_return(self._nearness(j)) for j in range(SEEDS + 1)]

    @cached_property
    def fall(self) -> float:
        """By how much the nearness falls back from an earlier change to a later one, at worst."""
        nearness = self._nearness()
        return float((np.maximum.accumulate(nearness) - nearness).max())

    @property
    def late_turn(self) -> int:
        """The step at which late words come."""
        return min(self.turns, key=lambda turn: abs(turn - LATE * self.cast.steps))

    @cached_property
    def late(self) -> float:
        """How far words that come late still move the ending, by how far they move it when said at once."""
        endings = [capture.states[-1] for capture in self._endings()]
        turn = self.turns.index(self.late_turn)
        return steering.apart(endings[turn], endings[-1]) / steering.apart(endings[0], endings[-1])

    def _verdict(self) -> tuple[str, str]:
        """What early and late changes do, as measured."""
        how = "only" if self.late < 1 - LATE else "still"
        percent = f"{self.late:.0%}".replace("%", " percent")
        late = (
            f"After {self.late_turn} of the {self.cast.steps} steps, it {how} moves the picture {percent} as far "
            "as at the start."
        )
        return EARLIER if self.fall <= FALL else EVEN, late

    def _moved(self, name: str, since: str = "first") -> float:
        """How far an ending is from another, in levels of 255."""
        return steering.apart(self.captures[name].states[-1], self.captures[since].states[-1])

    # ------------------------------------------------------------------ story

    def story(self) -> None:
        steps, captures = self.cast.steps, self.captures
        none = captures["guidance 0"]
        step = ValueTracker(0)
        picture = Walk(none.pictures, step, height=5.6).move_to([0, 0.35, 0])
        beside = np.array([-3.75, 0.35, 0])

        # One piece of static, and no words.
        with self.say(
            "Here is a piece of static. Keep an eye on it: every walk of this story starts there."
        ) as line:
            self.play(FadeIn(picture, scale=1.1), run_time=1.2)
            line.until("every walk")
            self.play(Circumscribe(picture, color=theme.NOISE), run_time=1.2)
        with self.say("First it walks without any words. It becomes some picture all the same.") as line:
            self.sound_walk(none.alphas_cumprod, line.remaining)
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)

        # The same static, and a sentence that grows.
        said = [Sentence(words, 56, width=6.2).move_to([3.5, 0.35, 0]) for words in self.sentences]
        spoken = (
            "Back to the same static. Now we say two words:",
            "One word more:",
            "And one more:",
            "Now we say where:",
            "Last, we ask for company, which does not always come:",
        )
        for k, (opening, words) in enumerate(zip(spoken, self.sentences, strict=True)):
            walk = captures[f"grown {k}"]
            with self.say(f"{opening} {words}.") as line:
                self.play(step.animate.set_value(0), picture.animate.move_to(beside), run_time=0.9)
                self.remove(picture)
                picture = Walk(walk.pictures, step, height=5.6).move_to(beside)
                self.add(picture)
                if k:
                    self.play(*said[k - 1].grow(said[k]), run_time=0.9)
                    said[k - 1].settle(self, said[k])
                else:
                    self.play(FadeIn(said[k], scale=1.3), run_time=0.9)
                seconds = max(2.4, line.remaining - 0.4)
                self.sound_walk(walk.alphas_cumprod, seconds)
                self.play(step.animate.set_value(steps), run_time=seconds, rate_func=linear)
                self.hold(0.7)
        endings = [none, *(captures[f"grown {k}"] for k in range(len(said)))]
        mosaic = Mosaic(np.stack([capture.pictures[-1] for capture in endings]), columns=3, height=5.9)
        mosaic.move_to([0, 0.3, 0])
        with self.say(
            "Six pictures out of one piece of static. Nothing but words made the difference."
        ) as line:
            still = picture.still()
            self.remove(picture)
            self.add(still)
            self.play(
                FadeOut(said[-1]), still.animate.match_height(mosaic[-1]).move_to(mosaic[-1]), run_time=1.0
            )
            self.remove(still)
            self.add(mosaic[-1])
            rest = [tile for tile in mosaic if tile is not mosaic[-1]]
            self.play(LaggedStart(*(FadeIn(tile) for tile in rest), lag_ratio=0.3), run_time=2.0)
        self.sweep()
        self._roads()

    @cached_property
    def apart(self) -> list[int]:
        """Which three of the six walks are shown as roads: those whose endings stay farthest from each other."""
        ends = [capture.states[-1] for capture in self._grown()]

        nearest = {
            three: min(steering.apart(ends[i], ends[j]) for i, j in combinations(three, 2))
            for three in combinations(range(len(ends)), 3)
        }
        farthest = max(nearest, key=nearest.__getitem__)
        return list(farthest)

    def _roads(self) -> None:
        """Three of the walks on the plane through their endings: one start, three roads."""
        walks = [self._grown()[k] for k in self.apart]
        plane = noise.Plane.through(*(walk.states[-1] for walk in walks))
        ways = [np.array([plane.coordinates(x) for x in walk.states]) for walk in walks]
        places = EmbeddingMap(
            np.stack([way[-1] for way in ways]),
            np.stack([walk.pictures[-1] for walk in walks]),
            width=8.6,
            height=4.6,
            picture_height=1.8,
        )
        colors = [theme.PROMPT if k else theme.NOISE for k in self.apart]
        sheet = self._sheet()
        labels = VGroup()
        for k, color, marker in zip(self.apart, colors, places.marker, strict=True):
            words = counted(len(self.sentences[k - 1].split()), "word") if k else "no words"
            side = UP if marker.get_y() > places.get_y() else DOWN
            labels.add(theme.plate(theme.text(words, theme.LABEL, color)).next_to(marker, side, buff=0.08))
        group = VGroup(places, labels)
        group.shift(np.array([-0.4, 0.2, 0]) - VGroup(*places.marker, labels).get_center())
        step = ValueTracker(0)
        roads = [Road(places, way, step, color) for way, color in zip(ways, colors, strict=True)]
        for marker in places.marker:
            marker.set_z_index(2)
        needles = VGroup(
            *(
                self._needle(places, way, pushes, step)
                for way, pushes in zip(ways, (self._pushes(walk, plane) for walk in walks), strict=True)
                if pushes is not None
            )
        )
        static = Picture(walks[0].pictures[0], height=2.4).move_to(places.point(ways[0][0]))
        with self.say(
            "Here are three of these walks, seen against the flat sheet through their endings. They set out from one point."
        ) as line:
            self.play(FadeIn(sheet), FadeIn(static), run_time=0.8)
            line.until("three")
            self.play(*(FadeIn(marker) for marker in places.marker), run_time=0.6)
            line.until("one point")
            self.play(
                static.animate.scale(0.08),
                *(FadeIn(road) for road in roads),
                *(FadeOut(marker) for marker in places.marker),
                run_time=1.2,
            )
            self.remove(static)
        with self.say(
            "At every step, the words say: a little more this way. The needles show what they add."
        ) as line:
            self.play(FadeIn(needles), run_time=0.5)
            seconds = line.remaining + 1.0
            self.play(step.animate.set_value(self.cast.steps), run_time=seconds, rate_func=linear)
        with self.say("So words are not a map. They are a compass. And you read it at every step.") as line:
            arrived = [FadeIn(VGroup(m, w)) for m, w in zip(places.marker, labels, strict=True)]
            self.play(LaggedStart(*arrived, lag_ratio=0.4), run_time=2.0)
            line.until("And you")
            self.play(step.animate.set_value(0), run_time=1.2)
            self.play(step.animate.set_value(self.cast.steps), run_time=1.8)
        self.hold(0.5)

    def _sheet(self) -> VGroup:
        """A faint flat sheet to see the roads on."""
        left, right, low, high = -6.3, 5.5, -2.5, 3.0
        lines = [Line([x, low, 0], [x, high, 0]) for x in np.linspace(left, right, 13)]
        lines += [Line([left, y, 0], [right, y, 0]) for y in np.linspace(low, high, 7)]
        return VGroup(*lines).set_stroke(theme.MUTED, width=2, opacity=0.3)

    def _pushes(self, walk: Capture, plane: noise.Plane) -> np.ndarray | None:
        """(S, 2): how the guess at each step moves on the plane when the words are heard; None without words."""
        if walk.spec.guidance == 0 or walk.noise_cond is None or walk.noise_uncond is None:
            return None
        last = walk.spec.steps
        a, b = (level[:last].reshape(-1, 1, 1, 1) for level in (walk.signal_level, walk.noise_level))
        # The state is the same for both guesses, so only the noise that is taken out of it differs.
        moved = -b / a * (walk.noise_cond.astype(np.float64) - walk.noise_uncond)
        zero = np.array(plane.coordinates(np.zeros_like(moved[0])))
        return np.stack([np.array(plane.coordinates(one)) - zero for one in moved])

    def _needle(
        self, places: EmbeddingMap, way: np.ndarray, pushes: np.ndarray, step: ValueTracker
    ) -> Driven:
        """Which way the words nudge at the head of a road; all as long, for the nudges fade soon."""
        origin = places.point((0, 0))
        longest = float(np.linalg.norm(pushes, axis=1).max())
        steps = np.arange(len(way))

        def build(k: float) -> Mobject:
            here = places.point([np.interp(k, steps, axis) for axis in way.T])
            push = pushes[min(max(int(k), 0), len(pushes) - 1)]
            if np.linalg.norm(push) < 0.01 * longest or k >= len(pushes):
                return VGroup()
            away = places.point(push) - origin
            away *= 1.1 / np.linalg.norm(away)
            return Arrow(here, here + away, buff=0, color=theme.INK, stroke_width=6)

        return Driven(build, step)

    # -------------------------------------------------------------- mechanism

    def mechanism(self) -> None:
        self.tell(self._too_late, self._table, self._looking, self._order, self._pull)

    def _turned(self, k: int) -> np.ndarray:
        """(S+1, H, W, 3): the walk whose words were changed at step k."""
        return np.concatenate([self.captures["first"].pictures[:k], self.captures[f"turn {k}"].pictures])

    def _too_late(self) -> None:
        """The strongest image: the words are changed at each step in turn, and the endings morph."""
        steps, (one, two) = self.cast.steps, self.names
        turn = self.turns[len(self.turns) // 3]
        step = ValueTracker(0)
        picture = Walk(self._turned(turn), step, height=4.6).move_to([-3.9, 0.85, 0])
        dots = StepDots(steps, step, width=4.6).next_to(picture, DOWN, buff=0.3)
        before, after = (
            Sentence(words, 54, width=5.6).move_to([3.5, 0.85, 0])
            for words in (self.cast.prompt, self.cast.other)
        )
        with self.say("So could you change your mind on the way?"):
            self.play(FadeIn(picture), FadeIn(dots), run_time=0.8)
        with self.say(f"We set out, and we say: {self.cast.prompt}.") as line:
            self.play(FadeIn(before), run_time=0.6)
            self.play(step.animate.set_value(turn), run_time=line.remaining, rate_func=linear)
        with self.say(
            f"Stop, after {counted(turn, 'step')}. From here on we say: {self.cast.other}."
        ) as line:
            self.play(Circumscribe(dots.lit, color=theme.TIME), run_time=0.8)
            line.until("From")
            self.play(*before.grow(after), run_time=1.0)
            before.settle(self, after)
        with self.say("Nothing is thrown away. The walk goes on from where it was.") as line:
            self.play(step.animate.set_value(steps), run_time=line.remaining, rate_func=linear)

        # All turns, from the first step to the last.
        when = ValueTracker(0)
        ending = Walk(self.morph, when, height=4.2).move_to([-4.1, 0.9, 0])
        bar = SplitBar(steps, when, SAID, width=4.8)
        bar.shift(np.array([-4.1, -2.15, 0]) - bar.later.get_center())
        endings = self._endings()
        plot = Between(
            self._nearness(),
            endings[-1].pictures[-1],
            endings[0].pictures[-1],
            x_label="changed at step",
            width=5.4,
            height=3.3,
            picture_height=1.6,
        )
        plot.shift([6.6 - plot.get_right()[0], 0.35 - plot.get_y(), 0])
        curve, marker = plot.so_far(when), plot.marker(when)
        with self.say(f"Now every turn. First: change at once, and only “{two}” is ever said.") as line:
            self.play(FadeOut(picture), FadeOut(dots), FadeOut(after), run_time=0.5)
            self.play(FadeIn(ending), FadeIn(bar), run_time=0.8)
            line.until("First")
            self.play(FadeIn(plot.axes), FadeIn(plot.ends), FadeIn(curve), FadeIn(marker), run_time=0.8)
        with self.say(
            "A step later, and another. The curve says which ending each walk is nearer to."
        ) as line:
            self.play(when.animate.set_value(0.5 * steps), run_time=line.remaining, rate_func=linear)
        with self.say(f"Later and later. At last, no change at all: only “{one}” was said.") as line:
            self.play(when.animate.set_value(steps), run_time=line.remaining + 1.0, rate_func=linear)
            self.remove(curve)
            self.add(plot.curve, marker)
        tip = self.too_late[0]
        upright = plot.upright(tip)
        with self.say(
            f"By distance, the point of no return is step {tip}: from there on, the ending is nearer to the {one}."
        ) as line:
            self.play(when.animate.set_value(tip), run_time=1.5)
            self.play(Create(upright), run_time=0.8)
        others = sorted(self.too_late[1:])
        spans = f"step {others[0]}" if others[0] == others[-1] else f"steps {others[0]} and {others[-1]}"
        between = "at" if others[0] == others[-1] else "between"
        with self.say(f"And other static? {spelled(SEEDS).capitalize()} more pieces tip {between} {spans}."):
            self.play(FadeIn(plot.ticks(others, theme.INK)), run_time=0.8)
        late = self.late_turn
        with self.say(" ".join(self._verdict())) as line:
            self.play(when.animate.set_value(0), run_time=1.2)
            line.until("After")
            self.play(when.animate.set_value(late), run_time=1.6, rate_func=linear)
            self.play(Create(plot.upright(late, theme.TIME)), run_time=0.8)
        self.sweep()

    def _table(self) -> None:
        """Words, tokens, a table of vectors."""
        first = self.captures["first"]
        assert first.text_embedding is not None
        words = Sentence(self.cast.prompt, 54, width=11.0).move_to([0, 1.6, 0])
        table = TensorTable(first.text_embedding, rows=first.tokens, show=(4, 4)).move_to([0, 0.1, 0])
        with self.say("How do words get in? They are cut into tokens: here, a token is a word."):
            self.play(FadeIn(words), run_time=0.8)
            self.play(
                LaggedStart(*(Circumscribe(w, color=theme.PROMPT) for w in words), lag_ratio=0.3),
                run_time=2.0,
            )
        # Prompts are filled up to one length with the sign for the end.
        filled = len(first.tokens) - len(steering.said(first.tokens, np.zeros(len(first.tokens)))[0])
        spare = " Rows to spare repeat the end." if filled else ""
        size = " times ".join(str(n) for n in first.text_embedding.shape)
        with self.say(
            f"A text encoder turns them, and signs for start and end, into rows of numbers: {size}.{spare}"
        ) as line:
            self.play(FadeOut(words), FadeIn(table), run_time=0.9)
            rows = (Circumscribe(table.row(row), color=theme.PROMPT) for row in range(4))
            self.play(LaggedStart(*rows, lag_ratio=0.5), run_time=2.4)
            line.until(size)
            self.play(Circumscribe(table.shape_label, color=theme.PROMPT), run_time=1.2)
        with self.say(
            "So a prompt is no point among the pictures. It is a table, to be looked up on the way."
        ) as line:
            line.until("It is")
            rows = (Circumscribe(table.row(row), color=theme.PROMPT) for row in range(4))
            self.play(LaggedStart(*rows, lag_ratio=0.3), run_time=line.remaining)
        self.sweep()

    @cached_property
    def shares(self) -> Mapping[str, float]:
        """Token → its part of all attention in the first walk, over steps, places, heads and layers."""
        first = self.captures["first"]
        assert first.attention is not None
        tokens, weights = steering.said(first.tokens, first.attention.mean(axis=(0, 2, 3)))
        shares: dict[str, float] = {}
        for token, weight in zip(tokens, weights, strict=True):
            shares[token] = shares.get(token, 0.0) + float(weight)
        return shares

    @property
    def shown(self) -> tuple[str, ...]:
        """The words whose looking is shown over the picture: the thing, and what comes last."""
        return self.telling[-2:]

    def _on_the_thing(self, word: str) -> float:
        """How much a word is looked at from the places that show the thing, by how much from those around it."""
        first = self.captures["first"]
        assert first.attention is not None
        weights = first.attention[:, first.tokens.index(word)].mean(axis=0)
        thing = steering.subject(first.states[-1], len(weights))
        return float(weights.ravel()[thing].mean() / weights.ravel()[~thing].mean())

    def _where(self, word: str) -> int:
        """0 where a word is looked at more from around the thing, 1 from both alike, 2 more from the thing."""
        return int(np.searchsorted((1 / CLEARLY, CLEARLY), self._on_the_thing(word)))

    def _looking(self) -> None:
        """Where each word is looked at, and what really changes when it is taken out."""
        first = self.captures["first"]
        assert first.attention is not None
        picture = Picture(first.pictures[-1], height=5.0).move_to([-3.6, 0.3, 0])
        sentence = Sentence(self.cast.prompt, 54, width=5.6).move_to([3.5, 0.3, 0])
        with self.say(
            "At every step, each part of the picture asks the table: which of you concerns me?"
        ) as line:
            self.play(FadeIn(picture), FadeIn(sentence), run_time=0.8)
            line.until("asks")
            self.play(Circumscribe(sentence, color=theme.PROMPT), run_time=1.4)
        heat: list[Mobject] = []
        for k, word in enumerate(self.shown):
            bright = "This is called cross attention. Bright is where it looked at" if not k else "And at"
            with self.say(f"{bright} {word}: {WHERE[self._where(word)]}.") as line:
                line.until(word)
                at = first.tokens.index(word)
                new = AttentionOverlay(picture, first.attention[:, at].mean(axis=0))
                self.play(FadeIn(new), *(FadeOut(one) for one in heat), run_time=0.5)
                self.play(Circumscribe(sentence.find(word), color=theme.PROMPT), run_time=1.0)
                heat = [new]
        self.sweep()

        # Take each word out, and compare.
        words = self.telling
        pictures = VGroup(*(Picture(self.captures[f"without {w}"].pictures[-1], height=2.7) for w in words))
        pictures.arrange(RIGHT, buff=0.45)
        pictures.scale(min(1, 9.6 / pictures.width)).move_to([1.85, 1.15, 0])
        whole = Picture(first.pictures[-1], height=pictures.height).move_to([-5.2, 1.15, 0])
        names = []
        for word, one in zip(words, pictures, strict=True):
            name = on_baseline(theme.text(word, theme.LABEL, theme.PROMPT))
            name.shift([one.get_x() - name.get_x(), one.get_bottom()[1] - 0.6, 0])
            out = Line(name.get_left(), name.get_right(), color=theme.WRONG, stroke_width=6).scale(1.1)
            out.set_y(one.get_bottom()[1] - 0.48)  # all of them at one height
            names.append(VGroup(name, out))
        looked, moved = (
            [
                theme.text(value, theme.SENTENCE, color).move_to([one.get_x(), y, 0])
                for value, one in zip(values, pictures, strict=True)
            ]
            for values, color, y in (
                ([f"{self.shares[word]:.1%}" for word in words], theme.PROMPT, -1.55),
                ([f"{self._moved(f'without {word}'):.0f}" for word in words], theme.SIGNAL, -2.5),
            )
        )
        heads = [
            theme.text(string, theme.LABEL, color).move_to([0, y, 0])
            for string, color, y in (("looked at", theme.PROMPT, -1.55), ("change", theme.SIGNAL, -2.5))
        ]
        for head in heads:
            head.shift([theme.SAFE_LEFT + 0.1 - head.get_left()[0], 0, 0])
        with self.say(
            "But is a word that is looked at a word that matters? Take it out, and walk again."
        ) as line:
            self.play(FadeIn(whole), run_time=0.7)
            line.until("Take")
            for one, name in zip(pictures, names, strict=True):
                self.play(FadeIn(one), FadeIn(name), run_time=0.7)
        with self.say("Here is each one's share of all looking."):
            self.play(FadeIn(heads[0]), run_time=0.4)
            self.play(LaggedStart(*(FadeIn(number) for number in looked), lag_ratio=0.6), run_time=1.8)
        with self.say(
            "And here is how far the picture moves without it, in levels of two hundred fifty-five."
        ):
            self.play(FadeIn(heads[1]), run_time=0.4)
            self.play(LaggedStart(*(FadeIn(number) for number in moved), lag_ratio=0.6), run_time=2.4)
        seen, felt = self._favourites()
        with self.say(self._compared()) as line:
            whole_rows = self._alike()
            rows = (
                [VGroup(*looked), VGroup(*moved)]
                if whole_rows
                else [looked[words.index(seen)], moved[words.index(felt)]]
            )
            self.play(Circumscribe(rows[0], color=theme.PROMPT), run_time=1.4)
            line.until("changes" if whole_rows else "farthest" if seen != felt else "looking")
            self.play(Circumscribe(rows[1], color=theme.SIGNAL), run_time=1.4)
        self.sweep()

    @cached_property
    def _weighed(self) -> tuple[list[float], list[float]]:
        """Each telling word's share of all looking, and how far the ending moves without it."""
        return [self.shares[word] for word in self.telling], [
            self._moved(f"without {word}") for word in self.telling
        ]

    def _agreement(self) -> float:
        """How far the order of the words by looks is that by what taking them out changes."""
        return steering.agreement(*self._weighed)

    def _ranges(self) -> tuple[float, float]:
        """The largest look by the smallest, and the largest change by the smallest."""
        looks, changes = self._weighed
        return max(looks) / min(looks), max(changes) / max(min(changes), 1e-9)

    def _alike(self) -> bool:
        """Whether the words are looked at nearly alike and yet do not change the picture alike."""
        looks, changes = self._ranges()
        return looks <= ALIKE and changes >= CLEARLY

    def _compared(self) -> str:
        """What looks and changes have to do with each other, as measured."""
        seen, felt = self._favourites()
        if self._alike():
            return f"{EVEN} {UNEVEN}"
        if seen != felt:
            return f"Most looked at: {seen}. But it moves farthest without {felt}. Looking is not causing."
        if self._agreement() < 1:
            return f"Here {seen} is first in both. But others change places: looking is not causing."
        return "Here both have the same order. But only taking a word out could tell: looking is not causing."

    def _looks_and_changes(self, levels: str) -> dict[str, Claim]:
        """What `_compared` says, with the numbers behind it; `levels` says in what changes are measured."""
        if self._alike():
            looks, changes = self._ranges()
            return {
                "looks": Claim(
                    EVEN,
                    looks,
                    "largest share of all looking by the smallest",
                    high=ALIKE,
                ),
                "changes": Claim(
                    UNEVEN,
                    changes,
                    "how far the ending moves without the word that matters most, by how far without the one that matters least",
                    low=CLEARLY,
                ),
            }
        seen, felt = self._favourites()
        return {
            "looking": Claim(
                f"Most looked at is “{seen}”; the picture moves farthest without “{felt}”.",
                self._moved(f"without {felt}")
                - max([self._moved(f"without {w}") for w in self.telling if w != felt], default=0.0),
                f"how much farther the ending moves without “{felt}” than without the next word, {levels}; "
                "attention is the mean over steps, places, heads and layers",
                low=0,
                unit="levels",
            ),
            "looks and changes": Claim(
                self._compared(),
                self._agreement(),
                "Kendall's τ of the words' looks and of how far the ending moves without them: 1 for one order",
                low=1 if self._agreement() == 1 else -1,
                high=1 if self._agreement() == 1 else 0.999,
            ),
        }

    def _favourites(self) -> tuple[str, str]:
        """The word most looked at, and the word without which the picture changes most."""
        seen = max(self.telling, key=lambda word: self.shares[word])
        return seen, max(self.telling, key=lambda word: self._moved(f"without {word}"))

    def _order(self) -> None:
        """The same words in another order."""
        swapped = grammar.reordered(self.cast.prompt)[0]
        yardstick = self._moved("other")

        def shown(name: str) -> Picture:
            return Picture(self.captures[name].pictures[-1], height=5.0).move_to([-3.6, 0.3, 0])

        def sentence(words: str) -> Sentence:
            return Sentence(words, 54, width=5.9).move_to([3.6, 0.3, 0])

        picture, said = shown("first"), sentence(self.cast.prompt)
        with self.say("Does the order of the words matter? Same words, same static, another order.") as line:
            self.play(FadeIn(picture), FadeIn(said), run_time=0.8)
            line.until("another")
            after = sentence(swapped)
            self.play(*said.grow(after), run_time=1.4)
            said.settle(self, after)
            self.play(picture.animate.set_pixels(self.captures["order 0"].pictures[-1]), run_time=0.8)
        moved = self._moved("order 0")
        much = ("It hardly matters", "It matters somewhat", "It matters")[self._band(moved)]
        with self.say(f"{much}: {moved:.0f} levels. The other prompt moves it by {yardstick:.0f}.") as line:
            self.play(Circumscribe(picture, color=theme.SIGNAL), run_time=0.8)
            far = ValueTracker(moved)
            by = LiveNumber(lambda levels: levels, far, decimals=0, color=theme.SIGNAL).move_to(
                [2.2, -2.3, 0]
            )
            unit = theme.text("levels", theme.SENTENCE, theme.SIGNAL).next_to(by, RIGHT, buff=0.65)
            self.play(FadeIn(by), FadeIn(unit), run_time=0.5)
            line.until("The other")
            swap = sentence(self.cast.other)
            self.play(*after.grow(swap), run_time=0.9)
            after.settle(self, swap)
            self.play(
                picture.animate.set_pixels(self.captures["other"].pictures[-1]),
                far.animate.set_value(yardstick),
                run_time=0.8,
            )
        self.sweep()

    def _band(self, moved: float) -> int:
        """0 for little, 1 for some, 2 for much, measured by how far the other prompt moves the picture."""
        return int(np.searchsorted(BANDS, moved / self._moved("other")))

    def _believed(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The first walk's guess at a step without the words, and with them; model units."""
        first = self.captures["first"]
        assert first.noise_uncond is not None
        assert first.noise_cond is not None
        state = first.states[step].astype(np.float64)
        a, b = first.signal_level[step], first.noise_level[step]
        return (state - b * first.noise_uncond[step]) / a, (state - b * first.noise_cond[step]) / a

    def _line_of_guesses(self, y: float, height: float = 2.6) -> tuple[VGroup, VGroup, VGroup]:
        """Guesses at w = 0, 1 and 3 on one straight line, true to scale: pictures, their words, the arrow."""
        without, conditional = self._believed(self.cast.steps // 3)
        start, unit = -5.3, 3.5
        places = {w: start + w * unit for w in (0.0, 1.0, 3.0)}
        pictures = VGroup(
            *(
                Picture(to_pixels(steering.guided(without, conditional, w)), height=height).move_to([x, y, 0])
                for w, x in places.items()
            )
        )
        words = VGroup(
            *(
                theme.text(string, theme.LABEL, color).next_to(picture, DOWN, buff=0.25)
                for string, color, picture in zip(
                    ("0: no words", "1: words", "3: beyond"),
                    (theme.NOISE, theme.PROMPT, theme.MODEL),
                    pictures,
                    strict=True,
                )
            )
        )
        arrows = VGroup(
            *(
                Arrow(a.get_right(), b.get_left(), color=color, buff=0.1, stroke_width=8)
                for a, b, color in (
                    (pictures[0], pictures[1], theme.PROMPT),
                    (pictures[1], pictures[2], theme.MODEL),
                )
            )
        )
        return pictures, words, arrows

    def _pull(self) -> None:
        """Guidance: asked twice, and gone farther than the words say."""
        pictures, words, arrows = self._line_of_guesses(0.8)
        prompt = Sentence(self.cast.prompt, theme.SENTENCE, width=12.0).move_to([0, -2.3, 0])
        with self.say(
            "One knob is left. At every step, here one on the way, the network is asked twice: without the words,"
        ) as line:
            state = Picture(self.captures["first"].pictures[self.cast.steps // 3], height=2.6)
            self.play(FadeIn(state.move_to([-1.8, 0.8, 0])), FadeIn(prompt), run_time=0.7)
            line.until("without")
            self.play(state.animate.move_to(pictures[0]), run_time=0.7)
            self.play(FadeOut(state), FadeOut(prompt), FadeIn(pictures[0]), FadeIn(words[0]), run_time=0.7)
        with self.say("and with them. The difference is the way that the words point."):
            self.play(FadeIn(pictures[1]), FadeIn(words[1]), FadeIn(prompt), run_time=0.7)
            self.play(Create(arrows[0]), run_time=0.8)
        with self.say("Now go on, in the same direction: three times as far. This is guidance."):
            self.play(Create(arrows[1]), run_time=0.9)
            self.play(FadeIn(pictures[2]), FadeIn(words[2]), run_time=0.7)
        self.sweep()

        w = ValueTracker(0)
        films = np.stack([self.captures[f"guidance {g:g}"].pictures[-1] for g in GUIDANCE])

        def nearest(w: float) -> int:
            return int(np.argmin(np.abs(np.array(GUIDANCE) - w)))

        beyond = [steering.beyond(self.captures[f"guidance {g:g}"].states[-1]) for g in GUIDANCE]
        picture = LivePicture(lambda w: films[nearest(w)], w, height=4.9).move_to([-3.4, 0.65, 0])
        name = theme.text("guidance", theme.SENTENCE, theme.MODEL).move_to([3.4, 2.1, 0])
        number = LiveNumber(
            lambda w: GUIDANCE[nearest(w)], w, decimals=1, size=theme.TITLE, color=theme.MODEL
        )
        number.move_to([2.9, 1.15, 0])
        dots = StepDots(int(GUIDANCE[-1]), w, width=5.4, number=False).move_to([3.4, 0.2, 0])
        glare = theme.text("beyond the screen", theme.LABEL, theme.WRONG).move_to([3.4, -0.75, 0])
        share = LiveNumber(
            lambda w: 100 * beyond[nearest(w)], w, decimals=1, suffix="%", color=theme.WRONG
        ).move_to([2.9, -1.5, 0])
        prompt = Sentence(self.cast.prompt, theme.SENTENCE, width=12.0).move_to([0, -2.45, 0])
        with self.say(
            "That was one step. Now whole walks, from one static. Guidance zero: words are never heard."
        ) as line:
            self.play(FadeIn(picture), FadeIn(prompt), run_time=0.8)
            line.until("Guidance")
            self.play(FadeIn(name), FadeIn(number), FadeIn(dots), run_time=0.8)
        with self.say("One: heard as they are. Then more and more, up to seven.") as line:
            self.play(w.animate.set_value(1), run_time=1.5)
            line.until("Then")
            self.play(w.animate.set_value(7), run_time=line.remaining + 0.8, rate_func=linear)
        at = {g: self._percent(part) for g, part in zip(GUIDANCE, beyond, strict=True)}
        with self.say(f"By now, {at[7.0]} of the numbers are beyond what a screen can show."):
            self.play(FadeOut(prompt), FadeIn(glare), FadeIn(share), run_time=0.8)
        self.hold(0.5)

    def _percent(self, share: float) -> str:
        """A share as people say it."""
        return "hardly any" if share < 0.0005 else f"{100 * share:.1f} percent"

    # ------------------------------------------------------------- derivation

    @cached_property
    def head(self) -> tuple[int, int, int, int]:
        """Step, head, place and token shown in the derivation: where, on the thing, one head looks at its word most."""
        first = self.captures["first"]
        assert first.queries is not None
        assert first.keys is not None
        step = self.cast.steps // 3
        noun = grammar.parse(self.cast.prompt)[0][0].noun
        token = first.tokens.index(noun)
        thing = steering.subject(first.guesses[step], math.isqrt(first.queries.shape[2]))
        head, place = steering.telling_head(first.queries[step], first.keys[step], token, thing)
        return step, head, place, token

    def equations(self) -> Mapping[str, Checked]:
        first, strong = self.captures["first"], self.captures["guidance 3"]
        assert first.queries is not None
        assert first.keys is not None
        step, head, _, _ = self.head
        q, k = first.queries[step, head : head + 1], first.keys[step, head : head + 1]
        d = q.shape[-1]
        levels = first.alphas_cumprod[:: max(1, self.cast.steps // 5)].tolist()
        root = r"-sqrt(1 - overline(alpha)_t) nabla log"
        both = (ALL, MEANT, TRIED)
        return {
            "names": Checked(
                r"q = W_Q h quad quad k_j = W_K r_j",
                definition="names: a place's question, and each word's key",
            ),
            "score": Checked(
                r"s_j = (q dot.c k_j) / sqrt(d)", steering_checks.weighted_ratio(q, k), tolerance=1e-5
            ),
            "weights": Checked(
                r"a_j = e^(s_j) / (e^(s_1) + e^(s_2) + dots.c + e^(s_T))",
                steering_checks.weights(q, k),
                tolerance=1e-5,
            ),
            "mixed": Checked(
                r"v_j = W_V r_j quad quad o = a_1 v_1 + a_2 v_2 + dots.c + a_T v_T",
                definition="what the place receives: a mix of values",
            ),
            "dot": Checked(
                r"q dot.c k = q_1 k_1 + q_2 k_2 + dots.c + q_d k_d",
                steering_checks.dot_product(q, k),
                tolerance=1e-6,
                relative=True,
            ),
            "one": Checked(
                r'op("Var") (q_i k_i) = EE q_i^2 EE k_i^2 = 1',
                steering_checks.variance_of_product(),
                tolerance=1e-12,
            ),
            "reckoned": Checked(
                r"EE (q dot.c k)^2 = d EE q_i^2 EE k_i^2",
                steering_checks.mean_square_of_dot(q[0], k[0]),
                tolerance=1e-9,
                relative=True,
            ),
            "sum": Checked(
                r'op("Var") (q dot.c k) = 1 + 1 + dots.c + 1 = d',
                steering_checks.variance_of_dot(d),
                tolerance=1e-9,
            ),
            "scaled": Checked(
                r'op("Var") ((q dot.c k) / sqrt(d)) = d / d = 1',
                steering_checks.variance_scaled(d),
                tolerance=1e-9,
            ),
            "score of noise": Checked(
                rf"epsilon_u = {root} p_t (x)", steering_checks.noise_is_score(levels), tolerance=1e-6
            ),
            "bayes": Checked(
                r"p_t (x | c) = (p_t (x) p_t (c | x)) / p(c)", steering_checks.bayes(levels), tolerance=1e-9
            ),
            "logarithms": Checked(
                r"log p_t (c | x) = log p_t (x | c) - log p_t (x) + log p(c)",
                steering_checks.logarithms(levels),
                tolerance=1e-9,
            ),
            "slopes": Checked(
                r"nabla log p_t (c | x) = nabla log p_t (x | c) - nabla log p_t (x)",
                steering_checks.word_score(levels),
                tolerance=1e-6,
            ),
            "compass": Checked(
                rf"epsilon_c - epsilon_u = {root} p_t (c | x)",
                steering_checks.steering_is_word_score(levels),
                tolerance=1e-6,
            ),
            "guided": Checked(
                r"hat(epsilon) = epsilon_u + w (epsilon_c - epsilon_u)",
                steering_checks.guided(strong, strong.spec.guidance),
                tolerance=1e-5,
            ),
            "both": Checked(
                rf"hat(epsilon) = {root} p_t (x) - w sqrt(1 - overline(alpha)_t) nabla log p_t (c | x)",
                steering_checks.guided_is_power(levels),
                tolerance=1e-6,
            ),
            "power": Checked(
                rf"hat(epsilon) = {root} (p_t (x) p_t (c | x)^w)",
                steering_checks.guided_is_power(levels),
                tolerance=1e-6,
            ),
            "bells": Checked(
                r"p(y) = cal(N)(0, A^2) quad quad p(y | c) = cal(N)(0, B^2)",
                definition="a case that can be worked out on paper",
            ),
            "chance": Checked(
                r"p(c | y) prop p(y | c) / p(y)",
                steering_checks.power_of_bells(ALL, MEANT, [1.0]),
                tolerance=1e-9,
            ),
            "wanted": Checked(
                r"p(y) p(c | y)^w prop p(y)^(1-w) p(y | c)^w",
                steering_checks.power_of_bells(*both),
                tolerance=1e-9,
            ),
            "product": Checked(
                r"e^(-y^2 / (2V)) prop (e^(-y^2 / (2A^2)))^(1-w) (e^(-y^2 / (2B^2)))^w",
                steering_checks.product_of_bells(*both),
                tolerance=1e-9,
            ),
            "exponents": Checked(
                r"y^2 / V = (1 - w) y^2 / A^2 + w y^2 / B^2", steering_checks.exponents(*both), tolerance=1e-8
            ),
            "variance": Checked(
                r"1 / V = (1 - w) / A^2 + w / B^2", steering_checks.variance_wanted(*both), tolerance=1e-9
            ),
            "sigma": Checked(
                r"sigma = sqrt(1 - overline(alpha)_t) / sqrt(overline(alpha)_t)",
                definition="chapter 4's name for the noise beside a picture of full strength",
            ),
            "noised": Checked(
                r"1 / V_sigma = (1 - w) / (A^2 + sigma^2) + w / (B^2 + sigma^2)",
                steering_checks.variance_followed(*both),
                tolerance=1e-9,
            ),
            "walk": Checked(
                r"(d y) / (d sigma) = - sigma ((1 - w) nabla log p_sigma (y) + w nabla log p_sigma (y | c))",
                steering_checks.ddim_flows(*both),
                tolerance=1e-6,
            ),
            "flow": Checked(
                r"(d y) / (d sigma) = sigma y / V_sigma", steering_checks.flow(*both), tolerance=1e-6
            ),
            "brackets": Checked(
                r"1 / y (d y) / (d sigma) = (1 - w) sigma / (A^2 + sigma^2) + w sigma / (B^2 + sigma^2)",
                steering_checks.brackets(*both),
                tolerance=1e-5,
            ),
            "split": Checked(
                r"log abs(y) = (1 - w) / 2 log(A^2 + sigma^2) + w / 2 log(B^2 + sigma^2) + C",
                steering_checks.logarithm_walked(*both),
                tolerance=1e-7,
            ),
            "spread": Checked(
                r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2) + D',
                steering_checks.spread(*both),
                tolerance=1e-7,
            ),
            "known": Checked(
                r'log op("Var") y = (1 - w) log(A^2 + sigma^2) + w log(B^2 + sigma^2)',
                steering_checks.variance_on_the_way(*both),
                tolerance=1e-6,
            ),
            "arrived": Checked(
                r'op("Var") y_0 = A^(2(1-w)) B^(2w)', steering_checks.endings(*both), tolerance=1e-5
            ),
        }

    def derivation(self) -> None:
        lines = {
            name: Equation(checked, font_size=50 if name in ("walk", "split", "spread", "known") else 56)
            for name, checked in self.equations().items()
        }
        self.tell(
            partial(self._attention, lines),
            partial(self._root, lines),
            partial(self._guidance, lines),
            partial(self._bells, lines),
            self._answer,
        )

    def _swap(self, old: Mobject, new: Mobject, y: float = -2.0) -> None:
        """One line goes, the next comes to its place."""
        self.play(FadeOut(old, shift=0.3 * UP), run_time=0.35)
        self.play(FadeIn(new.move_to([0, y, 0]), shift=0.3 * UP), run_time=0.55)

    def _place(self) -> tuple[Picture, Square]:
        """The belief at the shown step, and the frame around the shown place."""
        first = self.captures["first"]
        step, _, place, _ = self.head
        assert first.attention is not None
        edge = first.attention.shape[-1]
        picture = Picture(first.guess_pictures[step], height=4.0).move_to([-4.6, 1.2, 0])
        frame = Square(picture.height / edge, color=theme.INK, stroke_width=6)
        row, column = divmod(place, edge)
        offset = np.array([column + 0.5 - edge / 2, edge / 2 - row - 0.5, 0]) * picture.height / edge
        return picture, frame.move_to(picture.get_center() + offset)

    def _bars(self, mix: ValueTracker) -> WordBars:
        """What that place looks at: with the root at mix = 1, without it at 0."""
        first = self.captures["first"]
        assert first.queries is not None
        assert first.keys is not None
        step, head, place, _ = self.head
        q, k = first.queries[step, head, place], first.keys[step, head]
        tokens, both = steering.said(
            first.tokens, np.stack([steering.attention(q, k, scaled) for scaled in (False, True)])
        )
        most = sorted(np.argsort(both[1])[-5:].tolist())
        shown = both[:, most]
        bars = WordBars(
            [tokens[k] for k in most], lambda m: (1 - m) * shown[0] + m * shown[1], mix, width=3.4, pitch=0.75
        )
        return bars.move_to([2.2, 1.15, 0])

    def _attention(self, lines: Mapping[str, Equation]) -> None:
        """Scaled dot-product attention, with one place, one head, and this run's numbers."""
        picture, frame = self._place()
        step = self.head[0]
        with self.say(
            f"Take step {step}, what is believed there, one place in it, and one of the network's looking parts, a head."
        ) as line:
            self.play(FadeIn(picture), run_time=0.7)
            line.until("one place")
            self.play(Create(frame), run_time=0.8)
        names = lines["names"].move_to([0, -2.0, 0])
        with self.say(
            "A learned matrix turns the place's features, h, into a question, q. Another turns each word's row, r, into a key, k."
        ) as line:
            self.play(FadeIn(names), run_time=0.7)
            self.play(Circumscribe(names.part("q"), color=theme.INK), run_time=0.9)
            line.until("Another")
            self.play(Circumscribe(names.part("k_j"), color=theme.PROMPT), run_time=0.9)
        size = self.captures["first"].queries
        assert size is not None
        with self.say(
            f"How well they fit is their dot product, over root d. Both are d numbers long, here {size.shape[-1]}."
        ) as line:
            self._swap(names, lines["score"])
            self.play(Circumscribe(lines["score"].part("sqrt(d)"), color=theme.WRONG), run_time=1.2)
            line.until("here")
            length = theme.text(f"d = {size.shape[-1]}", theme.SENTENCE, theme.MUTED)
            self.play(FadeIn(length.move_to([3.6, -2.0, 0])), run_time=0.5)
        bars = self._bars(ValueTracker(1))
        measured = lines["weights"].discrepancy_label("against the program's: ").move_to([0, -2.75, 0])
        with self.say(
            "Out of these fits we make shares, over all T tokens. They are the program's own."
        ) as line:
            self.play(FadeOut(length), run_time=0.3)
            self._swap(lines["score"], lines["weights"], -1.6)
            self.play(LaggedStart(*(FadeIn(row) for row in bars.rows), lag_ratio=0.2), run_time=1.5)
            line.until("They")
            self.play(FadeIn(measured), run_time=0.7)
        with self.say(
            "A third matrix makes each word's value, v. By these shares, the place gets a mix of them, o."
        ) as line:
            self._swap(VGroup(lines["weights"], measured), lines["mixed"])
            line.until("value")
            self.play(Circumscribe(lines["mixed"].part("v_1"), color=theme.PROMPT), run_time=1.0)
            line.until("By these")
            self.play(Circumscribe(lines["mixed"], color=theme.PROMPT), run_time=1.2)
        self.sweep()

    def _root(self, lines: Mapping[str, Equation]) -> None:
        """Why √d: the variance of a dot product, reckoned, and this model's."""
        proof = Derivation(self, *(lines[n] for n in ("dot", "one", "sum", "scaled")), at=0.3 * UP)
        with self.say("Why the root? The dot product with a key is a sum of d products."):
            proof.step()
        with self.say(
            "Suppose all are independent, with mean zero and variance one. So is a product: its mean is zero times zero, its mean square one times one."
        ) as line:
            proof.step()
            line.until("its mean square")
            self.play(Circumscribe(lines["one"].part("EE q_i^2 EE k_i^2"), color=theme.INK), run_time=1.0)
        with self.say("Variances of independent numbers add: d of them."):
            proof.step()
        with self.say("Divide by root d, and the variance is divided by d: one, however long the keys."):
            proof.step()
        proof.clear()

        mix = ValueTracker(1)
        picture, frame = self._place()
        bars = self._bars(mix)
        one, other = (100 * share for share in self.most)
        with self.say(
            f"At our place, one word has {one:.0f} percent. Leave the root out, and it has {other:.0f}."
        ) as line:
            self.play(FadeIn(picture), FadeIn(frame), FadeIn(bars), run_time=0.8)
            line.until("Leave")
            self.play(mix.animate.set_value(0), run_time=line.remaining + 0.3)
        # Reckoned for independent numbers, and measured for ours.
        expected, measured = self.dots
        ratio = measured / expected
        found = (
            f"{ratio:.0f} times that"
            if ratio >= APART
            else "about that"
            if ratio > 1 / APART
            else "less than that"
        )
        so = ": ours are no such numbers" if ratio >= APART else ""
        reckoned = lines["reckoned"].move_to([0, -1.6, 0])
        honest = theme.text(f"measured: {found}", theme.SENTENCE, theme.PROMPT).move_to([0, -2.5, 0])
        with self.say(
            f"Independent numbers around zero would have this mean square. In this head, it is {found}{so}."
        ) as line:
            self.play(FadeIn(reckoned), run_time=0.8)
            line.until("In this head")
            self.play(FadeIn(honest), run_time=0.8)
        self.sweep()

    @cached_property
    def most(self) -> tuple[float, float]:
        """The largest weight of the shown place, with the root and without."""
        first = self.captures["first"]
        assert first.queries is not None
        assert first.keys is not None
        step, head, place, _ = self.head
        q, k = first.queries[step, head, place], first.keys[step, head]
        with_root, without = (float(steering.attention(q, k, scaled).max()) for scaled in (True, False))
        return with_root, without

    @cached_property
    def dots(self) -> tuple[float, float]:
        """Mean square of the shown head's dot products: of independent numbers as large, and as measured."""
        first = self.captures["first"]
        assert first.queries is not None
        assert first.keys is not None
        step, head, _, _ = self.head
        q, k = (x[step, head].astype(np.float64) for x in (first.queries, first.keys))
        measured = steering.scores(q, k, scaled=False)
        return float(q.shape[-1] * (q**2).mean() * (k**2).mean()), float((measured**2).mean())

    def _guidance(self, lines: Mapping[str, Equation]) -> None:
        """Guidance and its reading by Bayes, at one noise level."""
        pictures, words, arrows = self._line_of_guesses(1.55, height=2.3)
        guided = lines["guided"].move_to([0, -1.7, 0])
        with self.say(
            "Now guidance: from the answer without words, go w times the way to the one with words."
        ):
            self.play(
                FadeIn(pictures[0]), FadeIn(words[0]), FadeIn(pictures[1]), FadeIn(words[1]), run_time=0.8
            )
            self.play(FadeIn(guided), Create(arrows[0]), run_time=0.8)
            self.play(Create(arrows[1]), FadeIn(pictures[2]), FadeIn(words[2]), run_time=0.9)
            # Both answers were recorded: mixed like this, they are what the sampler got.
            self.play(FadeIn(guided.discrepancy_label().next_to(guided, DOWN, buff=0.3)), run_time=0.7)
        self.sweep()

        proof = Derivation(self, lines["bayes"], lines["logarithms"], lines["slopes"], at=0.3 * UP)
        with self.say("What does the difference mean? Bayes, at one noise level."):
            proof.step()
        with self.say("Take logarithms, and solve for the chance of the words."):
            proof.step()
        with self.say("Take slopes along x. The last term does not know x, so it goes."):
            proof.step()
        proof.clear()
        proof = Derivation(self, lines["score of noise"], lines["compass"], at=0.3 * UP)
        with self.say(
            "From chapter four: the predicted noise is the slope of log p, times minus this root."
        ) as line:
            proof.step()
            line.until("minus")
            root = lines["score of noise"].part("-sqrt(1 - overline(alpha)_t)")
            self.play(Circumscribe(root, color=theme.TIME), run_time=1.2)
        with self.say(
            "That holds with words and without. So minus the difference points to where the words are likelier."
        ):
            proof.step()
            self.play(
                Circumscribe(lines["compass"].part("epsilon_c - epsilon_u"), color=theme.PROMPT), run_time=1.0
            )
        proof.clear()
        power = lines["power"]
        pictures, words, arrows = self._line_of_guesses(1.55, height=2.3)
        with self.say(
            "Put both into guidance: the slope without words, and w times the slope of the words."
        ) as line:
            self.play(FadeIn(pictures), FadeIn(words), FadeIn(arrows), run_time=0.8)
            self.play(FadeIn(lines["both"].move_to([0, -1.8, 0])), run_time=0.8)
            line.until("and w times")
            self.play(Circumscribe(lines["both"].part("w"), color=theme.MODEL), run_time=1.0)
        with self.say(
            "W times a logarithm is a power, and logarithms add: our compass, w times as strong."
        ) as line:
            self._swap(lines["both"], power, -1.8)
            line.until("compass")
            self.play(Circumscribe(power.part("p_t (c | x)^w"), color=theme.MODEL), run_time=1.2)
        with self.say(
            "So are pictures drawn from this product? At one noise level it looks so. But no."
        ) as line:
            self.play(Circumscribe(power.part("p_t (x) p_t (c | x)^w"), color=theme.MODEL), run_time=1.4)
            line.until("But no")
            self.play(Circumscribe(power, color=theme.WRONG), run_time=1.2)
        self.sweep()

    def _two_bells(self, w: ValueTracker, height: float, top: float) -> tuple[Axes, VGroup, VGroup]:
        """Axes; the curves of all, of those with the words, of the power and of guided walks; their names."""
        axes = Axes((-2.4, 2.4), (0.0, top), "y", "density", width=7.0, height=height)
        axes.shift([-2.6 - axes.get_x(), 3.4 - axes.get_top()[1], 0])
        kinds = {
            "all": (theme.NOISE, lambda w: ALL**2),
            "words": (theme.PROMPT, lambda w: MEANT**2),
            "power": (theme.SIGNAL, lambda w: steering.sharpened(ALL, MEANT, w)),
            "guided": (theme.WRONG, lambda w: steering.arrived(ALL, MEANT, w)),
        }
        curves = VGroup(
            *(
                live_curve(
                    axes, lambda y, w, variance=variance: steering.bell(y, variance(w)), w, color=color
                )
                for color, variance in kinds.values()
            )
        )
        names = VGroup(*(theme.text(name, theme.SENTENCE, color) for name, (color, _) in kinds.items()))
        for row, name in enumerate(names):
            on_baseline(name).shift([2.2 - name.get_left()[0], ROWS[row], 0])
        return axes, curves, names

    def _bells(self, lines: Mapping[str, Equation]) -> None:
        """Why guided sampling is not sampling the power: two bells, worked out."""
        axes, (whole, part, *_), names = self._two_bells(ValueTracker(1), height=2.3, top=1.4)
        with self.say(
            "A case for paper: a picture is one number, y. All of them make one bell, of width A; those with the words a narrower one, of width B."
        ) as line:
            self.play(FadeIn(axes), run_time=0.6)
            line.until("All of")
            self.play(FadeIn(whole), FadeIn(names[0]), run_time=0.8)
            line.until("those")
            bells = lines["bells"].move_to([0, -2.05, 0])
            self.play(FadeIn(part), FadeIn(names[1]), FadeIn(bells), run_time=0.8)
        self.sweep(0.4)
        proof = Derivation(
            self,
            *(lines[n] for n in ("chance", "wanted", "product", "exponents", "variance")),
            at=0.3 * UP,
        )
        with self.say("By Bayes, the chance of the words, given y, goes like one bell over the other."):
            proof.step()
        with self.say("Take that to the w, times p of y: our product."):
            proof.step()
        with self.say("Put the bells in. It is a bell again: call its variance V."):
            proof.step()
        with self.say("Take minus two times the logarithm. What has no y, we drop.") as line:
            proof.step()
            line.until("What has")
            self.play(Circumscribe(lines["exponents"].part("y^2 / V"), color=theme.INK), run_time=1.0)
        with self.say("Divide by y squared: the variance that we want."):
            proof.step()
        proof.clear()
        with self.say(
            "But the walk meets both bells with noise, sigma, on them. It adds sigma squared to either variance."
        ) as line:
            self.play(FadeIn(lines["sigma"].move_to([0, 1.7, 0])), run_time=0.8)
            line.until("It adds")
            self.play(FadeIn(lines["noised"].move_to([0, -0.8, 0])), run_time=0.8)
        self.sweep(0.4)

        sigma = np.linspace(0, 1.5, 76)
        curves = {
            "first power": [steering.sharpened(ALL, MEANT, 3) + s**2 for s in sigma],
            "first noise": [steering.sharpened(ALL, MEANT, 3, s) for s in sigma],
        }
        plot = LinePlot(
            sigma,
            curves,
            x_label="noise σ",
            y_label="variance at w = 3",
            colors={"first power": theme.SIGNAL, "first noise": theme.WRONG},
            width=6.6,
            height=3.6,
        )
        plot.move_to([0, 0.3, 0])
        with self.say(
            "For the product, power must come first, then noise. The walk has noise first."
        ) as line:
            self.play(FadeIn(plot.axes), run_time=0.6)
            for name, word in zip(curves, ("power", "The walk"), strict=True):
                line.until(word)
                self.play(Create(plot.curves[name]), FadeIn(plot.names[name]), run_time=1.2)
        self.sweep()

        names = ("walk", "flow", "brackets", "split", "spread", "known", "arrived")
        proof = Derivation(self, *(lines[n] for n in names), at=0.3 * UP)
        with self.say(
            "Where does it end? Here is chapter four's walk without dice, led by the mixed slopes."
        ) as line:
            proof.step()
            line.until("mixed")
            mixed = lines["walk"].part("((1 - w) nabla log p_sigma (y) + w nabla log p_sigma (y | c))")
            self.play(Circumscribe(mixed, color=theme.MODEL), run_time=1.2)
        recalled = lines["noised"].scale(0.8).move_to([0, -2.4, 0])
        with self.say(
            "A bell's logarithm has the slope minus y over its variance. Mixed: minus y over V sigma."
        ):
            proof.step()
        with self.say("Divide by y, and put one over V sigma in."):
            self.play(FadeIn(recalled), run_time=0.4)
            proof.step()
        with self.say("Integrate: sigma over a bracket is the slope of half its logarithm."):
            self.play(FadeOut(recalled), run_time=0.4)
            proof.step()
        with self.say(
            "Double it, for the squares. All walks stretch alike, so their variance does the same, up to a constant, D."
        ) as line:
            proof.step()
            line.until("constant")
            self.play(Circumscribe(lines["spread"].part("D"), color=theme.INK), run_time=1.0)
        with self.say(
            "In much noise, all is static: brackets and variance are sigma squared. So D is zero."
        ) as line:
            proof.step()
            line.until("So D")
            self.play(Circumscribe(lines["known"], color=theme.INK), run_time=1.2)
        with self.say("Leave the logarithm. At sigma zero, this is left."):
            proof.step()
        proof.clear()

        w = ValueTracker(1)
        axes, live, names = self._two_bells(w, height=4.3, top=3.5)
        widths = VGroup(
            *(
                LiveNumber(
                    lambda w, variance=variance: float(np.sqrt(variance(ALL, MEANT, w))), w, color=color
                )
                for variance, color in ((steering.sharpened, theme.SIGNAL), (steering.arrived, theme.WRONG))
            ),
        )
        for number, row in zip(widths, ROWS[2:], strict=True):
            number.move_to([5.2, row + widths[0].height / 2, 0])
        head = theme.text("width", theme.LABEL, theme.MUTED).next_to(widths, UP, buff=0.3)
        strength = theme.text("w", theme.SENTENCE, theme.MODEL).move_to([4.9, 2.3, 0])
        strong = LiveNumber(lambda w: w, w, decimals=1, color=theme.MODEL).next_to(strength, RIGHT, buff=0.3)
        with self.say(
            "For w of one, the two agree. Turn it up, and for bells, guided walks end narrower than the power says."
        ) as line:
            shown = (axes, live, names, widths, head, strength, strong)
            self.play(
                *(FadeIn(one) for one in shown), run_time=0.8
            )  # lint: allow many-words — most are numbers on the axes, a scale and not reading matter
            line.until("Turn")
            self.play(w.animate.set_value(3), run_time=line.remaining, rate_func=linear)
            self.play(Circumscribe(names[3], color=theme.WRONG), run_time=1.2)
        self.sweep()

    def _answer(self) -> None:
        """The chapter's question, answered over the morph."""
        steps, when = self.cast.steps, ValueTracker(0)
        picture = Walk(self.morph, when, height=4.5).move_to([0, 1.05, 0])
        bar = SplitBar(steps, when, SAID, width=6.0)
        bar.shift(np.array([0, -2.1, 0]) - bar.later.get_center())
        with self.say(
            "So how do words steer? They are looked up at every step, and bend the walk a little."
        ) as line:
            self.play(FadeIn(picture), FadeIn(bar), run_time=0.8)
            self.play(when.animate.set_value(0.4 * steps), run_time=line.remaining, rate_func=linear)
        with self.say(
            "Early, they decide. Late, they decorate."
            if self.late <= DECORATE and self.fall <= FALL
            else "The sooner they come, the more they decide."
            if self.fall <= FALL
            else "And even late, they are heard."
        ) as line:
            self.play(when.animate.set_value(steps), run_time=line.remaining, rate_func=linear)
        self.hold(0.4)

    # ----------------------------------------------------------------- claims

    def claims(self) -> Mapping[str, Claim]:
        one, two = self.names
        tip, others = self.too_late[0], self.too_late[1:]
        silent = max(self._moved("guidance 0", f"guidance {w:g}") for w in (1.0, 7.0))
        beyond = {w: steering.beyond(self.captures[f"guidance {w:g}"].states[-1]) for w in (1.0, 7.0)}
        expected, found = self.dots
        nearest = min(
            steering.apart(a.states[-1], b.states[-1])
            for k, a in enumerate(self._grown())
            for b in self._grown()[k + 1 :]
        )
        levels = "root mean square per number of the finished pictures, in levels of 255"
        order = self._band(self._moved("order 0"))
        edges = (0.0, *(100 * band for band in BANDS), float("inf"))
        how = "distance of the endings, in percent of how far the other prompt moves the picture"

        early, late = self._verdict()
        ratios = (0.0, 1 / CLEARLY, CLEARLY, float("inf"))
        places = {word: self._where(word) for word in self.shown}

        def part(moved: float) -> float:
            return 100 * moved / self._moved("other")

        return {
            "one static": Claim(
                "Six pictures out of one piece of static: nothing but words made the difference.",
                nearest,
                f"the smallest distance between two of the six endings, {levels}; all start from one state",
                low=5,
                unit="levels",
            ),
            "words are heard": Claim(
                "Guidance zero: the words are not heard; one and more: they are.",
                silent,
                f"the largest distance of the endings at guidance 1 and 7 from that at 0, {levels}",
                low=5,
                unit="levels",
            ),
            "no return": Claim(
                f"Changed from step {tip} on, the ending is nearer to the {one} than to the {two}.",
                float(self._nearness()[tip:].min()),
                f"smallest nearness of the endings from there on ({len(self.turns)} turns): the distance to the "
                "other prompt's ending over the sum of both distances",
                low=0.5,
                high=1,
            ),
            "early": Claim(
                early,
                self.fall,
                "by how much the nearness of the endings falls back from a turn to a later one, at worst",
                low=0 if self.fall <= FALL else FALL,
                high=FALL if self.fall <= FALL else 1,
            ),
            "late": Claim(
                late,
                100 * self.late,
                "distance of the ending for words changed then from the unchanged one, in percent of that for "
                "words changed at once",
                low=0 if self.late < 1 - LATE else 100 * (1 - LATE),
                high=100 * (1 - LATE) if self.late < 1 - LATE else float("inf"),
                unit="%",
            ),
            "other static": Claim(
                f"{spelled(SEEDS).capitalize()} more pieces of static tip between steps {min(others)} and {max(others)}.",
                float(min(self._nearness(j + 1)[step:].min() for j, step in enumerate(others))),
                f"the same for {SEEDS} other seeds, every third turn, straight in between: their smallest",
                low=0.5,
                high=1,
            ),
            **self._looks_and_changes(levels),
            **{
                f"where {word}": Claim(
                    f"“{word}” is looked at {WHERE[at]}.",
                    self._on_the_thing(word),
                    "mean attention of the places that differ from the rim's colour, by that of the others; mean "
                    "over steps, heads and layers",
                    low=ratios[at],
                    high=ratios[at + 1],
                )
                for word, at in places.items()
            },
            "order": Claim(
                f"In which order the same words are said {('hardly matters', 'matters somewhat', 'matters')[order]}.",
                part(self._moved("order 0")),
                how,
                low=edges[order],
                high=edges[order + 1],
                unit="%",
            ),
            "too much": Claim(
                f"By guidance seven, {self._percent(beyond[7.0])} of the numbers are beyond what a screen can show.",
                100 * beyond[7.0],
                "numbers of the finished state more than half a level beyond ±1; at guidance one, the least",
                low=100 * beyond[1.0],
                unit="%",
            ),
            "the root": Claim(
                f"At the place shown, one word has {100 * self.most[0]:.0f} percent; without the root, "
                f"{100 * self.most[1]:.0f}.",
                100 * (self.most[1] - self.most[0]),
                "largest weight of that place, for one head at one step, without the root less with it",
                low=0,
                unit="percentage points",
            ),
            "not independent": Claim(
                "Questions and keys of this head are not independent numbers around zero."
                if found / expected >= APART
                else "Questions and keys of this head are nearly as independent numbers around zero.",
                abs(np.log(found / expected)),
                "the logarithm of the mean square of q · k over that of independent numbers around zero as large",
                low=float(np.log(APART)) if found / expected >= APART else 0,
                high=float("inf") if found / expected >= APART else 50,
            ),
            "narrower": Claim(
                "Guided walks end narrower than the power says.",
                steering.arrived(ALL, MEANT, 3) / steering.sharpened(ALL, MEANT, 3),
                f"ratio of the variances at w = 3 for bells of width {ALL:g} and {MEANT:g}, in closed form",
                high=0.99,
            ),
        }

    def _grown(self) -> list[Capture]:
        return [self.captures[name] for name in ("guidance 0", *(f"grown {k}" for k in range(5)))]

    # --------------------------------------------------------------- remember

    def remember(self) -> Mobject:
        """Five endings of one walk, by the step at which the words were changed."""
        steps, tip = self.cast.steps, self.too_late[0]
        shown = (0, tip // 2, tip, (tip + steps) // 2, steps)
        row = VGroup()
        for k in shown:
            picture = Picture(self.morph[k], height=2.55)
            left, right = picture.get_corner(DOWN + LEFT), picture.get_corner(DOWN + RIGHT)
            turn = left + k / steps * (right - left)
            bar = VGroup(Line(left, right, color=theme.MUTED, stroke_width=22))
            if k:
                bar.add(Line(left, turn, color=theme.PROMPT, stroke_width=22))
            bar.add(Dot(turn, radius=0.2, color=theme.TIME).set_stroke(theme.INK, width=4))
            row.add(VGroup(picture, bar.shift(0.35 * DOWN)))
        row.arrange(RIGHT, buff=0.16)
        ends = VGroup(
            theme.text(self.names[1], theme.SENTENCE, theme.MUTED).next_to(row[0], DOWN, buff=0.25),
            theme.text(self.names[0], theme.SENTENCE, theme.PROMPT).next_to(row[-1], DOWN, buff=0.25),
        )
        question = theme.text("Too late to change your mind?", theme.TITLE, weight="BOLD")
        return VGroup(question.next_to(row, UP, buff=0.6), row, ends)
