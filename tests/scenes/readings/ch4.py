"""What chapter 4 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np

from course import grammar
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told

LEVELS = 127.5


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2)))


def _stops(one: Told) -> list[int]:
    return sorted(one.chapter.captures["endings"])


def names_every_thing(one: Told, line: int, said: re.Match[str]) -> bool:
    """All the things of the prompt and no others; what they look like is left open."""
    wanted = [thing.noun for thing in grammar.parse(one.cast.prompt)[0]]
    things, background = grammar.parse(said[1])
    return [thing.noun for thing in things] == wanted and background is None


def says_more_only_where_it_does(one: Told, line: int, said: re.Match[str]) -> bool:
    (open_,) = {walk.spec.prompt for walk in one.chapter.captures["bare"]}
    more = set(grammar.telling(one.cast.prompt)) > set(grammar.telling(open_))
    return said[2] == one.cast.prompt and (said[1] == "Say") == more


def is_so_far_from_both_means(one: Told, line: int, said: re.Match[str]) -> bool:
    guess, means = one.chapter.captures["walk"].guesses[0], one.chapter.gathered
    size = _distance(means["own"].mean, np.zeros(1))
    away = [f"{100 * _distance(guess, means[name].mean) / size:.0f}" for name in ("own", "other")]
    nearer = "ours" in said.string
    return (
        [said[1], said[3]] == away and said[2] == one.cast.other and nearer == (int(said[1]) < int(said[3]))
    )


def changes_its_mind_most(one: Told, line: int, said: re.Match[str]) -> bool:
    """The endings leave the one of so many walks whose guess changes most between the two stops."""
    early, late = _stops(one)
    walks = one.chapter.captures["bare"]
    changes = [_distance(walk.guesses[early], walk.guesses[late]) for walk in walks]
    starts = {run.spec.start for stop in (early, late) for run in one.chapter.captures["endings"][stop]}
    most = walks[int(np.argmax(changes))].spec.key
    return said[1] == spelled(len(walks)) and starts == {(most, early), (most, late)}


def counts_the_endings(one: Told, line: int, said: re.Match[str]) -> bool:
    ends = {run.states[-1].tobytes() for run in one.chapter.captures["endings"][_stops(one)[0]]}
    return said[1] == spelled(len(ends))


def names_the_first_stop(one: Told, line: int, said: re.Match[str]) -> bool:
    return int(said[1]) == _stops(one)[0] and 0 < int(said[1]) < one.cast.steps


def counts_the_steps_between(one: Told, line: int, said: re.Match[str]) -> bool:
    early, late = _stops(one)
    return said[1].lower() == spelled(late - early) and (said[2] == "s") == (late - early != 1)


def is_so_far_by_chance(one: Told, line: int, said: re.Match[str]) -> bool:
    early = _stops(one)[0]
    runs = one.chapter.captures["endings"][early]
    ends = np.stack([run.states[-1] for run in runs]).astype(np.float64)
    walk = next(w for w in one.chapter.captures["bare"] if w.spec.key == runs[0].spec.start[0])
    apart = LEVELS * _distance(walk.guesses[early], ends.mean(0))
    quarter = LEVELS * np.sqrt(ends.var(axis=0, ddof=1).mean()) / 4
    return (said[1], said[2]) == (f"{apart:.0f}", f"{quarter:.0f}")


def is_so_far_after_so_many_calls(one: Told, line: int, said: re.Match[str]) -> bool:
    judge, strides = one.chapter.gathered["judge"].mean, one.chapter.captures["strides"]
    errors = [LEVELS * _distance(strides[count].states[-1], judge) for count in (10, 30)]
    third = 0.25 < errors[1] / errors[0] < 0.45
    return [said[1], said[2]] == [f"{error:.0f}" for error in errors] and (
        ("about a third" in said.string) == third
    )


READINGS: Mapping[str, Reading] = {
    r"in static, and want (.*)\. Why not": names_every_thing,
    r"^(Say|Once) more: (.*)\. Four starts": says_more_only_where_it_does,
    r"It is (\d+) percent off\. The mean of (.*) is (\d+) percent away": is_so_far_from_both_means,
    r"of ([\w-]+) starts, the one that still changes its mind most": changes_its_mind_most,
    r"Go on from here ([\w-]+) times": counts_the_endings,
    r"guess at step (\d+), in one call": names_the_first_stop,
    r"^([\w-]+) step(s?) later": counts_the_steps_between,
    r"They are (\d+) levels of 255 apart\. Chance makes (\d+)": is_so_far_by_chance,
    r"Ten calls, (\d+)\. Thirty, (\d+)": is_so_far_after_so_many_calls,
}
