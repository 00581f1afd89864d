"""What chapter 1 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np

from course.grammar import NOUNS
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told


def drawn(prompt: str) -> list[str]:
    """The nouns of the at most two things that are drawn of a prompt, in their order."""
    return [word for word in prompt.lower().split() if word in NOUNS][:2]


def are_called(one: Told, names: tuple[str, ...]) -> bool:
    """Each drawing goes by all that it shows, unless both show the same; no two by one name."""
    shown = [drawn(prompt) for prompt in (one.cast.prompt, one.cast.other)]
    if shown[0] == shown[1]:
        return names == ("first drawing", "second drawing")[: len(names)]
    return [name.split(" and ") for name in names] == shown[: len(names)]


def names_the_prompt_and_shows_it(one: Told, line: int, said: re.Match[str]) -> bool:
    return said[1] == one.cast.prompt and one.states("drawing")[-1] in one.pictures[line]


def counts_the_numbers(one: Told, line: int, said: re.Match[str]) -> bool:
    shape = one.chapter.captures["drawing"].pictures.shape[1:]
    sizes = [spelled(size) for size in shape]
    return [word.lower() for word in said.groups()[:3]] == sizes and said[4] == f"{np.prod(shape):,}"


def counts_the_digits(one: Told, line: int, said: re.Match[str]) -> bool:
    numbers, digits = one.chapter.captures["drawing"].pictures[0].size, int(said[1].replace(",", ""))
    return bool(10 ** (digits - 1) <= 256**numbers < 10**digits)


def is_called(one: Told, line: int, said: re.Match[str]) -> bool:
    return are_called(one, (said[1],))


def both_are_called(one: Told, line: int, said: re.Match[str]) -> bool:
    return are_called(one, (said[1], said[2]))


def measures_both_ways(one: Told, line: int, said: re.Match[str]) -> bool:
    """Both distances to a whole number, and what is said of them."""
    drawing, other = (one.chapter.captures[name].states[-1].ravel() for name in ("drawing", "other"))
    static = one.chapter.captures["static"][0].noise[0].ravel()
    apart, away = np.linalg.norm(drawing - other), np.linalg.norm(drawing - static)
    words = "far away" if apart < 0.9 * away else "about as far" if apart < 1.1 * away else "not even as far"
    agree = [int(said[3]), int(said[4])] == [round(float(apart)), round(float(away))] and said[5] == words
    return agree and are_called(one, (said[1], said[2]))


def is_where_they_cross(one: Told, line: int, said: re.Match[str]) -> bool:
    """There, or between there and the next step, the squares of both amounts are a half."""
    levels, step = one.chapter.captures["drawing"].alphas_cumprod[::-1], int(said[1])
    return bool(levels[max(step - 1, 0)] > 0.5 > levels[min(step + 1, one.cast.steps)])


def counts_the_steps_and_what_is_left(one: Told, line: int, said: re.Match[str]) -> bool:
    whole = one.chapter.captures["drawing"].alphas_cumprod[0] ** -0.5
    parts = float(said[2].replace(",", ""))
    return said[1] == spelled(one.cast.steps) and bool(abs(parts / whole - 1) < 0.34)


def is_shorter_than_static(one: Told, line: int, said: re.Match[str]) -> bool:
    drawing = one.chapter.captures["drawing"].states[-1]
    return are_called(one, (said[1],)) and bool((drawing**2).mean() < 0.95)


def are_many_other_pictures(one: Told, line: int, said: re.Match[str]) -> bool:
    homes = {home.pictures[-1].tobytes() for home in one.chapter.captures["homes"]}
    return len(homes) >= 8


def counts_the_sheets(one: Told, line: int, said: re.Match[str]) -> bool:
    shape = one.chapter.captures["drawing"].states.shape[1:]
    return list(said.groups()) == [spelled(size) for size in shape]


def is_the_root_of_the_dials(one: Told, line: int, said: re.Match[str]) -> bool:
    static = one.chapter.captures["static"]
    root = round(float(np.sqrt(static[0].noise[0].size)))
    return [said[1], int(said[2]), said[3]] == [f"{static[0].noise[0].size:,}", root, spelled(len(static))]


READINGS: Mapping[str, Reading] = {
    r"Here is (.*)\. Come closer\.": names_the_prompt_and_shows_it,
    r"([\w-]+) rows, ([\w-]+) columns, ([\w-]+) numbers in each square: ([\d,]+) ": counts_the_numbers,
    r"a number of ([\d,]+) digits": counts_the_digits,
    r"One of these was the (.*)\. The other never": is_called,
    r"Three places: the (.*), a second drawing, the (.*), and static": both_are_called,
    r"From the (.*) to the (.*) it is (\d+)\. To the static, (\d+): (.*)\.": measures_both_ways,
    r"Walk from the (.*) to the (.*)\. Halfway": both_are_called,
    r"They cross at about step (\d+): as much": is_where_they_cross,
    r"After ([\w,-]+) steps?, .* turned down to one part in ([\d,]+)": counts_the_steps_and_what_is_left,
    r"a tensor called x: ([\w-]+) sheets, .*, with ([\w-]+) rows and ([\w-]+) columns": counts_the_sheets,
    r"turn to a right angle with the (.*)\.": is_called,
    r"the root of ([\d,]+) is about (\d+)\. All ([\w-]+) end on one circle": is_the_root_of_the_dials,
    r"The (.*) is shorter\. Turn it up": is_shorter_than_static,
    r"Take many pictures, and lay": are_many_other_pictures,
}
