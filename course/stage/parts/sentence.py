"""A sentence on stage, word by word: it grows into a longer one, and the words that are new light up.

Not for words that nobody takes apart (`theme.text`).

    short, long = Sentence("a snail"), Sentence("a small snail")
    self.play(*short.grow(long)); short.settle(self, long)     # "a" and "snail" move apart, "small" appears
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from manim import (
    Animation,
    FadeIn,
    FadeOut,
    ReplacementTransform,
    Scene,
    Text,
    VGroup,
    smooth,
    squish_rate_func,
)

from course.errors import CourseError
from course.stage.parts.digits import on_baseline
from course.stage.theme import PROMPT, SENTENCE, text


class Sentence(VGroup):
    """The words of `string`, in lines no wider than `width` that start at one edge; `words[k]` is one.

    Raises `CourseError` for a word that is wider.
    """

    def __init__(self, string: str, size: float = SENTENCE, color: str = PROMPT, width: float = 5.0) -> None:
        super().__init__()
        self.spoken = string.split()
        blank, down = 0.3 * size / SENTENCE, 0.72 * size / SENTENCE
        self.words = [on_baseline(text(word, size, color)) for word in self.spoken]
        if too_wide := [
            word for word, drawn in zip(self.spoken, self.words, strict=True) if drawn.width > width
        ]:
            raise CourseError(f"{too_wide[0]!r} is wider than {width:g} units at size {size:g}. Widen it.")

        def lines(limit: float) -> list[list[Text]]:
            filled: list[list[Text]] = [[]]
            used = 0.0
            for word in self.words:
                if used and used + word.width > limit:
                    filled.append([])
                    used = 0.0
                filled[-1].append(word)
                used += word.width + blank
            return filled

        # The narrowest limit that takes no more lines leaves no word alone at the end.
        fewest = len(lines(width))
        limits = np.arange(max(word.width for word in self.words), width, 0.1)
        broken = lines(next((limit for limit in limits if len(lines(limit)) == fewest), width))
        for row, line in enumerate(broken):
            x = 0.0
            for word in line:
                word.shift([x - word.get_left()[0], -row * down, 0])
                x += word.width + blank
        self.add(*self.words)
        self.center()

    def grow(self, longer: "Sentence") -> list[Animation]:
        """Animations that make this sentence the other: kept words move, new ones appear, others go.

        Words that change places would cross the others: they go first, and come again when those have moved.
        """
        straight = _in_order(self.spoken, longer.spoken)
        kept = _kept(self.spoken, longer.spoken)
        early, middle, late = (
            squish_rate_func(smooth, *part) for part in ((0.0, 0.35), (0.3, 0.7), (0.65, 1.0))
        )
        among = {"rate_func": middle} if len(straight) < len(kept) else {}
        moves: list[Animation] = []
        for new, old in kept.items():
            here, there = self.words[old], longer.words[new]
            if new in straight:
                moves.append(ReplacementTransform(here, there, **among))
            else:
                moves += [FadeOut(here, rate_func=early), FadeIn(there, rate_func=late)]
        moves += [FadeIn(word, scale=1.6) for new, word in enumerate(longer.words) if new not in kept]
        gone = [word for old, word in enumerate(self.words) if old not in kept.values()]
        return moves + [FadeOut(word) for word in gone]

    def settle(self, scene: Scene, longer: "Sentence") -> None:
        """After `grow` was played: the longer sentence is one mobject on the stage again."""
        scene.remove(self, *self.words, *longer.words)
        scene.add(longer)

    def fresh(self, shorter: "Sentence") -> VGroup:
        """The words that `shorter` has not."""
        kept = _kept(shorter.spoken, self.spoken)
        return VGroup(*(word for k, word in enumerate(self.words) if k not in kept))

    def find(self, word: str) -> Text:
        """The first place of a word. Raises `CourseError` where it is not said."""
        if word not in self.spoken:
            raise CourseError(f"“{' '.join(self.spoken)}” does not hold the word “{word}”.")
        return self.words[self.spoken.index(word)]


def _in_order(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which word of `new` is which of `old`, as far as they come in the same order."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.b + k: block.a + k for block in blocks for k in range(block.size)}


def _kept(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which word of `new` is which of `old`: those in the same order first, then equal ones anywhere."""
    kept = _in_order(old, new)
    for here, word in enumerate(new):
        free = (k for k, other in enumerate(old) if other == word and k not in kept.values())
        if here not in kept and (before := next(free, None)) is not None:
            kept[here] = before
    return kept
