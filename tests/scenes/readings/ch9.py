"""What chapter 9 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np

from course.precompute.roads import CALLS, WAYS
from tests.scenes.readings import Reading, Told

LEVELS, NUMBER = r"([\d.]+) levels", r"(\d+(?:\.\d+)?)"


def found(one: Told, array: str) -> np.ndarray:
    return one.chapter.gathered["roads"].arrays[array].astype(float)


def off(one: Told, way: str, calls: int) -> float:
    return float(found(one, "off")[:, WAYS.index(way), CALLS.index(calls)].mean())


def near(said: str, true: float) -> bool:
    """Whether a number is the true one, as far as it has digits."""
    return abs(float(said) - true) <= 0.5001 * 10.0 ** -len(said.partition(".")[2])


def beside(one: Told, which: str) -> float:
    captures = one.chapter.captures
    walk = captures[which] if which == "short" else captures["few"][which]
    return float(127.5 * np.sqrt(((walk.states[-1].astype(float) - found(one, "end")) ** 2).mean()))


def is_so_much_longer(one: Told, line: int, said: re.Match[str]) -> bool:
    # The walk itself, in its few steps, is a little shorter than the road that it goes along.
    walk = one.chapter.captures["walk"]
    signal, noise = np.sqrt(walk.alphas_cumprod), np.sqrt(1 - walk.alphas_cumprod)
    y = (walk.states.astype(float) / (signal + noise).reshape(-1, 1, 1, 1)).reshape(len(signal), -1)
    own = 100 * (np.linalg.norm(np.diff(y, axis=0), axis=1).sum() / np.linalg.norm(y[-1] - y[0]) - 1)
    measured = 100 * found(one, "longer")
    return near(said[1], measured.mean()) and own < measured.max() + 2 and measured.min() > 0


def is_one_flat_bow_or_not(one: Told, line: int, said: re.Match[str]) -> bool:
    return (found(one, "flat").mean() > 0.8) == (said[0] == "one flat bow")


def is_how_far_it_ends(one: Told, line: int, said: re.Match[str]) -> bool:
    shown = one.chapter.captures["few"]["even"].pictures[-1].tobytes()
    return near(said[1], beside(one, "even")) and any(shown in pictures for pictures in one.pictures[line:])


def is_where_one_stride_leads(one: Told, line: int, said: re.Match[str]) -> bool:
    single = found(one, "single")[0, 1]
    return (
        near(said[1], single[3]) and near(said[2], single[0]) and (single[0] > 3 * single[3]) == bool(said[3])
    )


def grows_or_not(one: Told, line: int, said: re.Match[str]) -> bool:
    after, end = found(one, "single").mean(0)[:, 0]
    return (end > 1.3 * after) == ("grows" in said[0])


def is_how_near_short_ones_end(one: Told, line: int, said: re.Match[str]) -> bool:
    return near(said[2], beside(one, "short")) and (
        beside(one, "short") > 0.95 * beside(one, "even")
    ) == bool(said[1])


def is_what_six_calls_do(one: Told, line: int, said: re.Match[str]) -> bool:
    return near(said[1], beside(one, "early")) and near(said[2], beside(one, "even"))


def has_grown_so(one: Told, line: int, said: re.Match[str]) -> bool:
    after, end = found(one, "single").mean(0)
    alone = (end / after)[0] > 1.5 * (end / after)[1:].max()
    return near(said[1], end[0]) and near(said[2], end[0] / after[0]) and alone == ("No other" in said[3])


def is_so_at_four_calls(one: Told, line: int, said: re.Match[str]) -> bool:
    return near(said[1], off(one, "both", 4)) and near(said[2], off(one, "solver", 4))


def are_four_and_ten(one: Told, line: int, said: re.Match[str]) -> bool:
    four, ten = off(one, "both", 4), off(one, "even", 10)
    return near(said[1], four) and near(said[2], ten) and (four <= 1.15 * ten) == bool(said[3])


def is_so_with_three_times_the_calls(one: Told, line: int, said: re.Match[str]) -> bool:
    even, kept = (off(one, way, 10) / off(one, way, 30) for way in ("even", "remembered"))
    return near(said[1], even) and near(said[2], kept) and (kept <= 7) == bool(said[3])


def is_a_blob_or_not(one: Told, line: int, said: re.Match[str]) -> bool:
    taught = one.chapter.gathered["teacher"].arrays["pictures"][0, 0]
    strength = []
    for picture in (one.chapter.captures["student"][1].pictures[-1], taught):
        steps = [np.diff(picture.astype(float), axis=axis).ravel() for axis in (0, 1)]
        strength.append(np.sqrt((np.concatenate(steps) ** 2).mean()))
    return (strength[0] <= 0.8 * strength[1]) == ("soft blob" in said[0])


def are_as_near_as_told(one: Told, line: int, said: re.Match[str]) -> bool:
    two, taught = (
        picture.astype(float)
        for picture in (
            one.chapter.captures["student"][2].pictures[-1],
            one.chapter.gathered["teacher"].arrays["pictures"][0, 0],
        )
    )
    return (np.sqrt(((two - taught) ** 2).mean()) <= 30) == (said[0].startswith("the same"))


READINGS: Mapping[str, Reading] = {
    r"It is (?:only )?([\d.]+) percent longer": is_so_much_longer,
    r"one flat bow|most of how it bends": is_one_flat_bow_or_not,
    rf"They end beside the picture: {LEVELS}": is_how_far_it_ends,
    rf"In the middle, it ends {LEVELS} off\. At the start, {LEVELS}(: that one)?": is_where_one_stride_leads,
    r"A mistake made early (?:grows|stays)": grows_or_not,
    rf"ones later: (still )?{LEVELS} off": is_how_near_short_ones_end,
    rf"The same six calls: {LEVELS} off instead of (\d+)": is_what_six_calls_do,
    rf"mistake is {LEVELS}, ([\d.]+) times what it was\. (No other|Others)": has_grown_so,
    rf"at four calls, {LEVELS} instead of the solver's (\d+)": is_so_at_four_calls,
    rf"Four of these end {LEVELS} off; ten even ones, (\d+)\.( Four calls do)?": are_four_and_ten,
    rf"On our network, that is {NUMBER} and {NUMBER}(: its slopes)?": is_so_with_three_times_the_calls,
    r"still a soft blob|no softer than": is_a_blob_or_not,
    r"(?<!not )the same picture, a little|not the same picture, but": are_as_near_as_told,
}
