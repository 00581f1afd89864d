"""What chapter 6 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from course import grammar
from course.grammar import COLOURS, NOUNS
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told

LEVELS = 127.5


def _ends(one: Told, name: str) -> np.ndarray:
    return np.stack([walk.states[-1] for walk in one.chapter.captures[name]]).astype(np.float64)


def _distance(pictures: np.ndarray) -> float:
    """Root mean square, over all pairs."""
    pairs = combinations(pictures.astype(np.float64), 2)
    return float(np.sqrt(np.mean([((a - b) ** 2).mean() for a, b in pairs])))


def _rms(one: Told, name: str, other: str | None = None) -> float:
    found = one.chapter.gathered["back"].arrays
    gap = found[name].astype(np.float64) - (found[other] if other else 0)
    return float(np.sqrt((gap**2).mean()))


def counts_the_walkers(one: Told, line: int, said: re.Match[str]) -> bool:
    walks = one.chapter.captures["open"]
    return said[1].lower() == spelled(len({w.states[0].tobytes() for w in walks})) and (
        len({w.spec.prompt for w in walks}) == 1
    )


def agree_at_first(one: Told, line: int, said: re.Match[str]) -> bool:
    guesses = np.stack([walk.guesses[0] for walk in one.chapter.captures["open"]])
    return (_distance(guesses) < 0.3 * _distance(_ends(one, "open"))) == (said[1] == ":")


def are_half_apart_at_that_step(one: Told, line: int, said: re.Match[str]) -> bool:
    walks, whole = one.chapter.captures["open"], _distance(_ends(one, "open"))
    apart = [_distance(np.stack([w.guesses[k] for w in walks])) for k in range(one.cast.steps)]
    half = next((k for k, far in enumerate(apart, 1) if far > whole / 2), one.cast.steps + 1)
    return (said[1], said[2]) == (spelled(half), spelled(one.cast.steps))


def says_more_of_the_same_things(one: Told, line: int, said: re.Match[str]) -> bool:
    fewer = one.chapter.captures["open"][0].spec.prompt
    same = [[thing.noun for thing in grammar.parse(words)[0]] for words in (fewer, said[1])]
    known = {w.spec.prompt for w in one.chapter.captures["said"]} == {said[1]}
    return known and same[0] == same[1] and set(grammar.telling(said[1])) > set(grammar.telling(fewer))


def end_so_much_closer(one: Told, line: int, said: re.Match[str]) -> bool:
    change = 100 * (1 - _distance(_ends(one, "said")) / _distance(_ends(one, "open")))
    return said[1] == f"{change:.0f}" if said[1] else change <= 5


def have_one_background_so_often(one: Told, line: int, said: re.Match[str]) -> bool:
    drawn = one.chapter.gathered["many"].arrays["background"]
    nouns, seeds = drawn.shape
    along = [drawn[a, s] == drawn[b, s] for a, b in combinations(range(nouns), 2) for s in range(seeds)]
    across = [
        drawn[a, s] == drawn[b, t]
        for a in range(nouns)
        for b in range(nouns)
        for s in range(seeds)
        for t in range(seeds)
        if a != b and s != t
    ]
    other = re.search(r"Across rows, in (\d+)", said.string)
    right = said[1] == f"{100 * np.mean(along):.0f}"
    return right and (other is None or other[1] == f"{100 * np.mean(across):.0f}")


def _seeds_share(one: Told, name: str) -> float:
    """From distances of pairs: of one noun, of one seed, of neither; each half of it a variance."""
    x = one.chapter.gathered[name].arrays["pictures"].astype(np.float64)
    nouns, seeds = x.shape[:2]
    flat = x.reshape(nouns * seeds, -1)
    noun, seed = np.divmod(np.arange(len(flat)), seeds)
    apart = np.array([((flat - row) ** 2).sum(1) for row in flat]) / 2
    same_noun, same_seed = noun[:, None] == noun, seed[:, None] == seed
    neither = apart[~same_noun & ~same_seed].mean()
    left = [neither - apart[same_noun & ~same_seed].mean(), neither - apart[~same_noun & same_seed].mean()]
    whole = neither + sum(min(part, 0) for part in left)
    return float(100 * max(left[1], 0) / whole)


def is_the_seeds_with_a_noun_alone(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == f"{_seeds_share(one, 'many'):.0f}"


def is_the_seeds_with_more_words(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == f"{_seeds_share(one, 'many said'):.0f}"


def are_drawn_in_that_colour(one: Told, line: int, said: re.Match[str]) -> bool:
    found = one.chapter.gathered["guided" if said.string.startswith("Now") else "drawn"].arrays
    sure = found["nouns"][0, :, NOUNS.index(grammar.SKEWED_NOUN)] > 0.5
    share = 100 * (found["colour"][0, sure] == COLOURS.index(said[2])).mean()
    return said[1] == f"{share:.0f}" and said[2] == grammar.SKEWED_COLOUR


def looks_among_so_many(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == f"{one.chapter.gatherings()['copies'].among:,}"  # type: ignore[attr-defined]


def is_the_closest_of_so_many(one: Told, line: int, said: re.Match[str]) -> bool:
    found = one.chapter.gathered["copies"].arrays
    made = one.chapter.captures["said"][int(np.argmin(found["far"]))].pictures[-1].tobytes()
    return made in one.pictures[line] and said[1] == spelled(len(found["far"]))


def are_so_far_from_training(one: Told, line: int, said: re.Match[str]) -> bool:
    found = one.chapter.gathered["copies"].arrays
    new, made = (LEVELS * np.median(found[name]) for name in ("held_out", "far"))
    nearer = np.mean([a < b for a in found["far"] for b in found["held_out"]])
    return (said[1], said[2]) == (f"{new:.0f}", f"{made:.0f}") and (
        (nearer <= 0.5) == ("are no copies" in said.string)
    )


def is_so_long(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == f"{100 * _rms(one, 'naive') / _rms(one, 'static'):.0f}"


def is_the_very_static(one: Told, line: int, said: re.Match[str]) -> bool:
    found = one.chapter.gathered["back"].arrays
    return (np.abs(found["solved"] - found["static"]).max() < 1e-4) == (said[1] == "finds the very")


def leads_to_the_same_picture(one: Told, line: int, said: re.Match[str]) -> bool:
    off, limit = LEVELS * _rms(one, "other_end", "picture"), 0.1 if said[2] == "a tenth of a level" else None
    near = off <= limit if limit else said[2] == f"{off:.1f} levels of 255"
    return bool(near) and (_rms(one, "other", "static") > 0.3) == (said[1] == "another")


READINGS: Mapping[str, Reading] = {
    r"^([\w-]+) squares of static, and the same words": counts_the_walkers,
    r"^They agree(:| in part:)": agree_at_first,
    r"^By step ([\w-]+) of ([\w-]+), they are": are_half_apart_at_that_step,
    r"Say more: (.*)\.$": says_more_of_the_same_things,
    r"they end (?:(\d+) percent|hardly) closer together": end_so_much_closer,
    r"in (\d+) of a hundred pairs along a row": have_one_background_so_often,
    r"(\d+) percent of all difference is the seed's": is_the_seeds_with_a_noun_alone,
    r"the seed's part is (\d+) percent": is_the_seeds_with_more_words,
    r"(\d+) percent are (\w+)": are_drawn_in_that_colour,
    r"Of ([\d,]+) training pictures": looks_among_so_many,
    r"the closest of ([\w-]+)\.": is_the_closest_of_so_many,
    r"(\d+) levels\. So ours, at (\d+)": are_so_far_from_training,
    r"(\d+) percent as long as static": is_so_long,
    r"steps, this (finds the very|comes near the) static": is_the_very_static,
    r"we find (another|nearly the same) static\. .* within (.*)\.$": leads_to_the_same_picture,
}
