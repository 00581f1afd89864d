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


def counts_what_is_poured(one: Told, line: int, said: re.Match[str]) -> bool:
    walk = one.chapter.captures["bare"][0]
    assert walk.text_embedding is not None
    return [said[1], said[2]] == [f"{walk.text_embedding.size:,}", f"{walk.pictures[0].size:,}"]


def _to_the_average(one: Told) -> list[float]:
    """How far the first guess is from the average, in levels, and how far finished pictures are."""
    walks, mean = one.chapter.captures["bare"], one.chapter.gathered["bare"].mean
    each = walks[0].guesses[0], np.stack([walk.states[-1] for walk in walks])
    return [LEVELS * _distance(found, mean) for found in each]


def is_nearer_the_average_than_a_picture(one: Told, line: int, said: re.Match[str]) -> bool:
    guess, picture = _to_the_average(one)
    return (said[1] == "comes close to") == (guess < 0.4 * picture)


def is_so_far_from_the_average(one: Told, line: int, said: re.Match[str]) -> bool:
    return [said[1], said[2]] == [f"{size:.0f}" for size in _to_the_average(one)]


def _to_both_means(one: Told) -> list[float]:
    guess, means = one.chapter.captures["walk"].guesses[0], one.chapter.gathered
    return [LEVELS * _distance(guess, means[name].mean) for name in ("own", "other")]


def is_so_far_from_both_means(one: Told, line: int, said: re.Match[str]) -> bool:
    away = [f"{size:.0f}" for size in _to_both_means(one)]
    return [said[1], said[3]] == away and said[2] == one.cast.other


def is_nearer_to_that_mean(one: Told, line: int, said: re.Match[str]) -> bool:
    own, other = _to_both_means(one)
    return (said[1] == "is nearer to its own") == (own < other)


def stops_the_walk_of_the_bare_nouns(one: Told, line: int, said: re.Match[str]) -> bool:
    """The endings leave the first of the walks to what is named, at both stops."""
    early, late = _stops(one)
    first = one.chapter.captures["bare"][0].spec
    starts = {run.spec.start for stop in (early, late) for run in one.chapter.captures["endings"][stop]}
    right = starts == {(first.key, early), (first.key, late)}
    return right and said[1] == first.prompt and int(said[2]) == early


def counts_the_endings(one: Told, line: int, said: re.Match[str]) -> bool:
    ends = {run.states[-1].tobytes() for run in one.chapter.captures["endings"][_stops(one)[0]]}
    return said[1] == spelled(len(ends))


def names_the_first_stop(one: Told, line: int, said: re.Match[str]) -> bool:
    return int(said[1]) == _stops(one)[0] and 0 < int(said[1]) < one.cast.steps


def counts_the_steps_between(one: Told, line: int, said: re.Match[str]) -> bool:
    early, late = _stops(one)
    return said[1].lower() == spelled(late - early) and (said[2] == "s") == (late - early != 1)


def _unit(one: Told) -> float:
    """Levels of 255 in a model unit; for latents, which have no light, percent: static has one unit."""
    walk = one.chapter.captures["bare"][0]
    return LEVELS if walk.states.shape[1:] == (3, *walk.pictures.shape[1:3]) else 100


def _spreads(one: Told) -> list[float]:
    """How far an ending is from the mean of all, from the first stop and from the second."""
    families = (one.chapter.captures["endings"][stop] for stop in _stops(one))
    ends = [np.stack([run.states[-1] for run in runs]).astype(np.float64) for runs in families]
    return [float(_unit(one) * np.sqrt(each.var(axis=0, ddof=1).mean())) for each in ends]


def is_so_far_from_the_mean(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == f"{_spreads(one)[0]:.0f}" and (said[2] == "levels") == (_unit(one) == LEVELS)


def _apart(one: Told, stop: int) -> float:
    """How far the guess at a stop is from the mean of the endings from there."""
    ends = np.stack([run.states[-1] for run in one.chapter.captures["endings"][stop]]).astype(np.float64)
    return _unit(one) * _distance(one.chapter.captures["bare"][0].guesses[stop], ends.mean(0))


def is_so_far_by_chance(one: Told, line: int, said: re.Match[str]) -> bool:
    return (said[1], said[2]) == (f"{_apart(one, _stops(one)[0]):.0f}", f"{_spreads(one)[0] / 4:.0f}")


def is_so_far_at_both_stops(one: Told, line: int, said: re.Match[str]) -> bool:
    early, late = (f"{_apart(one, stop):.0f}" for stop in _stops(one))
    return (said[1], said[2]) == (late, early)


def agree_more(one: Told, line: int, said: re.Match[str]) -> bool:
    early, late = _spreads(one)
    written = (said[1], said[2]) == (f"{late:.0f}", f"{early:.0f}")
    mind = ["made up its mind" in said.string, "agree little better" in said.string]
    return written and mind == [late < 0.8 * early, 0.8 * early <= late <= early]


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
    r"([\d,]+) numbers for ([\d,]+) places": counts_what_is_poured,
    r"first guess (comes close to|by) that average": is_nearer_the_average_than_a_picture,
    r"Of 255 levels .* it is (\d+) off; a finished picture, (\d+)": is_so_far_from_the_average,
    r"It is (\d+) levels off\. The mean of (.*) is (\d+) away": is_so_far_from_both_means,
    r"^So it (is nearer to its own|could be the other's)": is_nearer_to_that_mean,
    r"Now (.*) again, and no more said\. Stop the walk at step (\d+)": stops_the_walk_of_the_bare_nouns,
    r"Go on from here ([\w-]+) times": counts_the_endings,
    r"guess at step (\d+), in one call": names_the_first_stop,
    r"^([\w-]+) step(s?) later": counts_the_steps_between,
    r"One ending is (\d+) (levels|percent .*) from the mean of all": is_so_far_from_the_mean,
    r"The guess is (\d+) away\. By chance alone it would be (\d+)": is_so_far_by_chance,
    r"One of them is now (\d+) (?:levels|percent) from the mean, where it was (\d+)": agree_more,
    r"It is now (\d+) (?:levels|percent) from that mean, where it was (\d+)": is_so_far_at_both_stops,
    r"Ten calls, (\d+)\. Thirty, (\d+)": is_so_far_after_so_many_calls,
}
