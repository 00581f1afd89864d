"""What chapter 5 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from course.precompute import Capture
from tests.scenes.readings import Reading, Told

LEVELS = 127.5


def apart(one: Capture, other: Capture) -> float:
    """Root mean square, in levels of 255."""
    gap = one.states[-1].astype(float) - other.states[-1]
    return float(LEVELS * np.sqrt((gap**2).mean()))


def grown(one: Told) -> list[Capture]:
    captures = one.chapter.captures
    return [captures["guided"][0], *captures["grown"], captures["changed"]["thing"][0]]


def are_the_prompts_words(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == one.cast.prompt.lower()


def are_the_other_words(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1].lower() == one.cast.other.lower()


def begin_alike(one: Told, line: int, said: re.Match[str]) -> bool:
    first, *others = grown(one)
    return all((run.states[0] == first.states[0]).all() for run in others)


def are_six_pictures(one: Told, line: int, said: re.Match[str]) -> bool:
    nearest = min(apart(a, b) for a, b in combinations(grown(one), 2))
    return begin_alike(one, line, said) and (nearest > 5) == ("Nothing but words" in said.string)


def needles(one: Told) -> list[np.ndarray]:
    """What the words add to the guess, at each step."""
    run, found = one.chapter.captures["walk"], []
    for k in range(one.cast.steps):
        level = run.alphas_cumprod[k]
        added = run.noise_uncond[k].astype(float) - run.noise_cond[k]
        found.append((added * np.sqrt((1 - level) / level)).ravel())
    return found


def is_how_far_the_needle_has_turned(one: Told, line: int, said: re.Match[str]) -> bool:
    first, now = (needles(one)[k] for k in (0, max(2, one.cast.steps // 5)))
    turned = np.degrees(np.arccos(first @ now / np.linalg.norm(first) / np.linalg.norm(now)))
    return abs(turned - int(said[1])) <= 1 and (turned <= 45) == ("only" in said.string)


def is_how_near_the_guess_is_without_words(one: Told, line: int, said: re.Match[str]) -> bool:
    run, half = one.chapter.captures["walk"], one.cast.steps // 2
    free = [run.guesses[k].ravel() - needles(one)[k] for k in (0, half)]
    far = [float(np.linalg.norm(guess - run.states[-1].ravel())) for guess in free]
    return (far[1] <= far[0] / 2) == (said[1] == "close")


def are_settled_in_this_order(one: Told, line: int, said: re.Match[str]) -> bool:
    full, settled = one.chapter.captures["full"], {}
    for kind, walks in one.chapter.captures["changed"].items():
        at_once = max(apart(walks[0], full), 1e-9)
        settled[kind] = max((k for k, run in walks.items() if apart(run, full) >= at_once / 2), default=-1)
    ends = min(settled.values()), max(settled.values())
    return (settled[said[1]], settled[said[2]]) == ends


def is_what_is_left_of_the_needle(one: Told, line: int, said: re.Match[str]) -> bool:
    lengths = [np.linalg.norm(needles(one)[k]) for k in (0, one.cast.steps // 2)]
    return int(said[1]) == round(float(100 * lengths[1] / lengths[0]))


def is_nearer_from_there_on(one: Told, line: int, said: re.Match[str]) -> bool:
    first, other = one.chapter.captures["walk"], one.chapter.captures["other"]
    turned = one.chapter.captures["turned"]
    late = [run for k, run in turned.items() if k >= int(said[1])]
    return all(apart(run, first) <= apart(run, other) for run in late)


def left(one: Told, kind: str) -> float:
    """What is left halfway of a change, in percent."""
    full, walks = one.chapter.captures["full"], one.chapter.captures["changed"][kind]
    half = min(walks, key=lambda k: abs(k - one.cast.steps / 2))
    return 100 * apart(walks[half], full) / max(apart(walks[0], full), 1e-9)


def are_the_extremes(one: Told, line: int, said: re.Match[str]) -> bool:
    found = {kind: left(one, kind) for kind in one.chapter.captures["changed"]}
    ends = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
    if said[1] is None:
        return found[ends[1]] - found[ends[0]] <= 10
    read = (said[1], said[3]) == ends
    return read and all(abs(found[end] - int(said[k])) < 1 for end, k in zip(ends, (2, 4), strict=True))


def was_not_asked_for(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] not in one.chapter.captures["bare"].spec.prompt


def is_the_background_that_was_asked_for(one: Told, line: int, said: re.Match[str]) -> bool:
    asked = one.chapter.captures["order"].spec.prompt
    return said[1] is None or f"{said[1].lower()} background" in asked


def is_the_width_of_a_row(one: Told, line: int, said: re.Match[str]) -> bool:
    return one.chapter.captures["plain"].text_embedding.shape[1] == int(said[1])


def is_beyond_the_screen(one: Told, line: int, said: re.Match[str]) -> bool:
    states = one.chapter.captures["guided"][7].states[-1]
    share = 100 * float((np.abs(states) > 1 + 0.5 / LEVELS).mean())
    return share <= 0.5 if said[1] is None else abs(share - int(said[1])) <= 0.5


def are_how_far_it_moves(one: Told, line: int, said: re.Match[str]) -> bool:
    whole, without = one.chapter.captures["plain"], one.chapter.captures["without"]
    noun = next(word for word in without if word != "on")
    moved = [round(apart(without[word], whole)) for word in ("on", noun)]
    return moved == [int(said[1]), int(said[3])] and said[2] == noun


READINGS: Mapping[str, Reading] = {
    r"We set out and say: (.*)\.": are_the_prompts_words,
    r"From here on, we say: (.*)\. The walk": are_the_other_words,
    r"With (.*), this\.": are_the_prompts_words,
    r"All of them come from this one": begin_alike,
    r"One static, six": are_six_pictures,
    r"[Hh]alfway, it .* (\d+) percent of what it was": is_what_is_left_of_the_needle,
    r"It has turned by (\d+) degrees": is_how_far_the_needle_has_turned,
    r"without words, the guess is (close|something else)\.": is_how_near_the_guess_is_without_words,
    r"The (\w+) is settled first, the (\w+) last\.": are_settled_in_this_order,
    r"at step (\d+): from there on, it is nearer": is_nearer_from_there_on,
    r"a new (\w+) does (\d+) percent of its change, a new (\w+) still (\d+)|all three do": are_the_extremes,
    r"Nobody asked for (\w+)\.": was_not_asked_for,
    r"model: (\w+) has moved from|The picture changes, by": is_the_background_that_was_asked_for,
    r"a row of (\d+) numbers": is_the_width_of_a_row,
    r"[Aa]t seven, (?:(\d+) percent|hardly)": is_beyond_the_screen,
    r"“on”, pixels move by (\d+) of 255 .* “(\w+)”, no thing is named: by (\d+)\.": are_how_far_it_moves,
}
