"""What chapter 2 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np

from course.stage.words import spelled
from tests.scenes.readings import Reading, Told


def shows_the_whole_walk(one: Told, line: int, said: re.Match[str]) -> bool:
    """Every state after a step is there; each once, unless it is said that there are more."""
    tiles = Counter(max(one.tiles[line : line + 2], key=lambda shown: len(list(shown))))
    more = "more than once" in said.string
    return set(one.states()[1:]) <= set(tiles) and (max(tiles.values()) > 1) == more


def shows_so_many_of_its_states(one: Told, line: int, said: re.Match[str]) -> bool:
    tiles = max(one.tiles[line : line + 2], key=lambda shown: len(list(shown)))
    of = set(one.states()[1:])
    return (
        said[1] == spelled(len(set(tiles) & of))
        and said[2] == spelled(one.cast.steps)
        and len(tiles) < len(of)
    )


def counts_the_steps(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == spelled(one.cast.steps)


def names_the_prompt(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == one.cast.prompt.lower()


def are_other_pictures(one: Told, line: int, said: re.Match[str]) -> bool:
    """No two of the walks end alike: a tenth of the range apart, on average, counts as another picture."""
    ends = [one.chapter.captures[name].pictures[-1].astype(float) for name in ("walk", "walk 1", "walk 2")]
    return all(np.abs(a - b).mean() > 2.55 for k, a in enumerate(ends) for b in ends[k + 1 :])


READINGS: Mapping[str, Reading] = {
    r"(?i)the whole walk|nothing was skipped": shows_the_whole_walk,
    r"([\w-]+) of its ([\w,-]+) states": shows_so_many_of_its_states,
    r"After ([\w,-]+) steps?, the noise is gone": counts_the_steps,
    r"together with a few words: (.*)\.": names_the_prompt,
    r"and other pictures\.": are_other_pictures,
}
