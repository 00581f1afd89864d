"""What chapter 2 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np

from course.maths import measure
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told


def shows_the_whole_walk(one: Told, line: int, said: re.Match[str]) -> bool:
    """Every state after a step is there."""
    return set(one.states()[1:]) <= set().union(*one.pictures[line : line + 2])


def shows_so_many_of_its_states(one: Told, line: int, said: re.Match[str]) -> bool:
    """As many as are told, and not all of them."""
    shown, of = set().union(*one.pictures[line : line + 2]), set(one.states()[1:])
    counted = said[1] == spelled(len(shown & of)) and said[2] == spelled(one.cast.steps)
    return counted and not of <= shown


def counts_the_steps(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == spelled(len(one.chapter.captures["walk"].guesses))


def names_the_prompt(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == one.cast.prompt.lower()


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Less than a tenth of the range apart, on average."""
    return bool(np.abs(one.astype(float) - other.astype(float)).mean() < 2.55)


def is_another_picture(one: Told, line: int, said: re.Match[str]) -> bool:
    first, second = (run.pictures[-1] for run in one.chapter.captures["seeds"][:2])
    return not alike(first, second)


def are_still_others(one: Told, line: int, said: re.Match[str]) -> bool:
    """The same static under other words ends as none of the pictures above it."""
    above = [run.pictures for run in one.chapter.captures["seeds"][:2]]
    below = [run.pictures for run in one.chapter.captures["other"]]
    same_static = all(np.array_equal(a[0], b[0]) for a, b in zip(above, below, strict=True))
    return same_static and not any(alike(a[-1], b[-1]) for a in above for b in below)


def is_opened_half_way(one: Told, line: int, said: re.Match[str]) -> bool:
    return int(said[1]) == len(one.chapter.captures["walk"].guesses) // 2


def is_that_state(one: Told, line: int, said: re.Match[str]) -> bool:
    """The one that the three ways start from, and there are later and earlier numbers."""
    at, starts = int(said[1]), [one.chapter.captures[name].states[0] for name in ("late", "early")]
    # Loops from elsewhere have their states in other units, and these are rounded.
    return all(np.allclose(start, one.chapter.captures["walk"].states[at], atol=1e-5) for start in starts)


def is_later(one: Told, line: int, said: re.Match[str]) -> bool:
    at, late = (one.chapter.captures["late"].spec.start[k] for k in (-1, 1))
    return bool(int(said[1]) == late > at)


def is_earlier(one: Told, line: int, said: re.Match[str]) -> bool:
    at, early = (one.chapter.captures["early"].spec.start[k] for k in (-1, 1))
    return bool(int(said[1]) == early < at)


def is_so_far_off(one: Told, line: int, said: re.Match[str]) -> bool:
    """The step half way moves the state by so much of its size."""
    states = one.chapter.captures["walk"].states.astype(float)
    k = (len(states) - 1) // 2
    moved = np.linalg.norm(states[k + 1] - states[k]) / np.linalg.norm(states[k])
    return int(said[1]) == round(100 * moved)


def is_settled_by(one: Told, line: int, said: re.Match[str]) -> bool:
    """Nine tenths of each part are right from the step on that is told, and not from the one before it.

    Of latents it is the pictures made of them that are looked at.
    """
    walk = one.chapter.captures["walk"]
    guesses, last = walk.guesses, walk.states[-1]
    if last.shape != (3, *walk.pictures.shape[1:3]):
        guesses, last = (
            film.astype(float).transpose(0, 3, 1, 2) / 127.5 - 1
            for film in (walk.guess_pictures, walk.pictures)
        )
        last = last[-1]
    shares = measure.settling(guesses, last).values()
    return [spelled(measure.settled_at(share)) for share in shares] == list(said.groups())


READINGS: Mapping[str, Reading] = {
    r"(?i)the whole walk|nothing was skipped": shows_the_whole_walk,
    r"after ([\w-]+) of its ([\w,-]+) steps": shows_so_many_of_its_states,
    r"After ([\w,-]+) steps?, the noise is gone": counts_the_steps,
    r"together with a few words: (.*)\.": names_the_prompt,
    r"and another picture\.": is_another_picture,
    r"The same static, and still other pictures": are_still_others,
    r"(?i)(?:open up|with our numbers, at) step (\d+)[.:]": is_opened_half_way,
    r"State (\d+), told the truth": is_that_state,
    r"say that it is step (\d+) already\.": is_later,
    r"Or say that it is only step (\d+)\.": is_earlier,
    r"nine tenths of the coarse are right by step ([\w-]+)\. Of the middle, by step ([\w-]+)\. Of the fine "
    r"detail, by step ([\w-]+)\.": is_settled_by,
    r"The next state is (\d+) percent off this one\.": is_so_far_off,
}
