"""How much weight each word gets, as bars lying beside the words; the weights may follow a tracker.

Not for few named numbers (`plots.BarPlot`): a word here may be as long as it likes, there are more of them.

    mix = ValueTracker(0)
    bars = WordBars(("a", "red", "snail"), lambda m: (1 - m) * raw + m * scaled, mix, numbers=True)
    bars.threads(place)                  # from a point to every word, as thick as its weight
"""

from collections.abc import Callable, Sequence

import numpy as np
from manim import Line, ValueTracker, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.parts.digits import LiveNumber, finite, on_baseline
from course.stage.parts.driven import drive
from course.stage.theme import LABEL, MUTED, PROMPT, text


class WordBars(VGroup):
    """One row for each word: the word, and a bar as long as its weight, 0 … 1.

    `weights(*trackers' values)` gives (N,) numbers; `width` is the length of a bar of 1. With `numbers`,
    each row says its weight in percent.
    """

    def __init__(
        self,
        words: Sequence[str],
        weights: Callable[..., ArrayLike],
        *trackers: ValueTracker,
        width: float = 4.0,
        pitch: float = 0.72,
        color: str = PROMPT,
        numbers: bool = False,
    ) -> None:
        super().__init__()

        def weight(row: int, *values: float) -> float:
            return float(np.clip(finite(weights(*values), "The weights")[row], 0, 1))

        count = len(finite(weights(*(tracker.get_value() for tracker in trackers)), "The weights"))
        if count != len(words):
            raise CourseError(f"There are {len(words)} words and {count} weights: one weight for each word.")
        labels = [on_baseline(text(word, LABEL, color)) for word in words]
        indent = max(label.width for label in labels) + 0.35
        half = text("x", LABEL).height / 2
        self.rows = []
        for row, label in enumerate(labels):
            label.shift([indent - 0.35 - label.get_right()[0], -row * pitch - half, 0])
            track = Line(
                [indent, -row * pitch, 0], [indent + width, -row * pitch, 0], color=MUTED, stroke_width=6
            ).set_opacity(0.25)
            bar = Line([indent, -row * pitch, 0], [indent + 1, -row * pitch, 0], color=color, stroke_width=24)

            def stretch(line: Line, track: Line = track, row: int = row) -> None:
                share = weight(row, *(tracker.get_value() for tracker in trackers))
                start, end = track.get_start(), track.get_end()
                line.set_points_by_ends(start, start + share * (end - start))

            drive(bar, stretch)
            self.rows.append(VGroup(label, track, bar))
            if numbers:
                share = LiveNumber(
                    lambda *values, row=row: 100 * weight(row, *values),
                    *trackers,
                    decimals=0,
                    suffix="%",
                    size=LABEL,
                    color=color,
                )
                self.rows[-1].add(share.shift([indent + width + 0.25, -row * pitch - half, 0]))
        self.add(*self.rows)
        self.center()

    def threads(self, place: ArrayLike) -> VGroup:
        """A line from a point to each word, as thick as its weight is now."""
        threads = VGroup()
        for word, track, bar, *_ in self.rows:
            share, end = bar.get_length() / track.get_length(), [word.get_left()[0] - 0.15, track.get_y(), 0]
            threads.add(Line(place, end, color=PROMPT, stroke_width=1 + 45 * share).set_opacity(0.75))
        return threads
