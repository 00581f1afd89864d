"""What chapter 7 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from course import grammar
from course.grammar import NOUNS
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told

SURE = 0.5


def nouns(one: Told) -> list[str]:
    """The first noun that each of the two prompts names; another one where they name the same."""
    mine, theirs = ([thing.noun for thing in grammar.parse(p)[0]] for p in (one.cast.prompt, one.cast.other))
    return [mine[0], next(noun for noun in (*theirs, *NOUNS) if noun != mine[0])]


def pictures(one: Told, name: str) -> np.ndarray:
    found = one.chapter.gathered[name].arrays["pictures"]
    return found.reshape(-1, *found.shape[2:]).astype(float)


def seen(one: Told, name: str, which: list[str]) -> np.ndarray:
    """(N, nouns): which of them the judge names in each picture."""
    found = one.chapter.gathered[name].arrays["nouns"].reshape(-1, len(NOUNS))
    return np.stack([found[:, NOUNS.index(noun)] > SURE for noun in which], 1)


def parts(picture: np.ndarray) -> int:
    """How many things stand out from the middle colour of the rim."""
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    out = (np.abs(picture - np.median(rim, axis=0)) > 0.35 * 127.5).any(-1)
    labels, count = ndimage.label(out, np.ones((3, 3)))
    return sum(int((labels == k).sum()) >= 30 for k in range(1, count + 1))


def doubles(one: Told, name: str) -> int:
    return sum(parts(picture) > 1 for picture in pictures(one, name))


def names_the_first_thing_and_the_other(one: Told, line: int, said: re.Match[str]) -> bool:
    things, _ = grammar.parse(said[1])
    other, _ = grammar.parse(said[2])
    return [thing.noun for thing in (*things, *other)] == nouns(one)


def are_both_asked_for(one: Told, line: int, said: re.Match[str]) -> bool:
    return [thing.noun for thing in grammar.parse(f"{said[1]} and {said[2]}")[0]] == nouns(one)


def are_neither(one: Told, line: int, said: re.Match[str]) -> bool:
    found = seen(one, "middle", nouns(one)).any(1)
    return (said[1], said[2]) in ((spelled(int((~found).sum())), None), (None, spelled(int(found.sum()))))


def is_neither_for_that_share(one: Told, line: int, said: re.Match[str]) -> bool:
    found = seen(one, "road", nouns(one))
    share, healthy = 100 * (~found.any(1)).mean(), bool(found[0, 0] and found[-1, 1])
    return not (healthy and share) if said[1] is None else healthy and abs(share - int(said[1])) <= 0.5


def are_what_was_asked_for_between_two_dice(one: Told, line: int, said: re.Match[str]) -> bool:
    good = seen(one, "round", nouns(one)[:1])
    return bool(good.all()) if said[1] == "Every" else said[2] == spelled(int(good.sum()))


def come_apart(one: Told, line: int, said: re.Match[str]) -> bool:
    return (said[1] or said[2]) == spelled(doubles(one, "written"))


def are_one_of_each(one: Told, line: int, said: re.Match[str]) -> bool:
    both = int(seen(one, "written", nouns(one)).all(1).sum())
    return both == {"none": 0, "every time": 8}.get(said[1], both) and (
        said[2] is None or said[2] == spelled(both)
    )


def is_so_on_the_road(one: Told, line: int, said: re.Match[str]) -> bool:
    found = doubles(one, "road")
    return found == 0 if said[1] is None else said[1] == spelled(found)


def are_so_many_of_the_sheet(one: Told, line: int, said: re.Match[str]) -> bool:
    found = doubles(one, "sheet")
    return said[1] == ("none" if not found else spelled(found))


def are_how_far_off_they_are(one: Told, line: int, said: re.Match[str]) -> bool:
    tables = dict(
        zip(
            one.chapter.gathered["tables"].of.prompts,
            one.chapter.gathered["tables"].arrays["tables"].astype(float),
            strict=True,
        )
    )
    a, b = (tables[grammar.Thing(noun).phrase()].ravel() for noun in nouns(one))
    both = f"{grammar.Thing(nouns(one)[0]).phrase()} and {grammar.Thing(nouns(one)[1]).phrase()}"
    for text, told in ((both, said[1]), (said[2], said[3]), (said[4], said[5])):
        point = tables[text].ravel()
        share = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        off = 100 * np.linalg.norm(point - a - share * (b - a)) / np.linalg.norm(b - a)
        if abs(off - int(told)) > 0.51:
            return False
    return True


def is_what_the_parts_explain(one: Told, line: int, said: re.Match[str]) -> bool:
    captures = one.chapter.captures
    without = captures["both"].noise_uncond.astype(float)
    whole = (captures["both"].noise_cond - without).reshape(one.cast.steps, -1)
    sides = [(captures[n].noise_uncond - without).reshape(one.cast.steps, -1) for n in ("first", "second")]
    left = 0.0
    for k in range(one.cast.steps):
        plane = np.linalg.qr(np.stack([side[k] for side in sides], 1))[0]
        left += float(((whole[k] - plane @ (plane.T @ whole[k])) ** 2).sum())
    return abs(100 * (1 - left / float((whole**2).sum())) - int(said[1])) <= 0.51


READINGS: Mapping[str, Reading] = {
    r"This is (.*)\. Turn it, bit by bit, into (.*)\.": names_the_first_thing_and_the_other,
    r"What lies between (.*) and (.*)\?": are_both_asked_for,
    r"sees neither, in ([\w-]+) of|sees one of them in ([\w-]+) of": are_neither,
    r"then for (\d+) percent of the way neither|one sentence turns into the other": is_neither_for_that_share,
    r"(Every|At ([\w-]+) of [\w-]+) stops? on this road": are_what_was_asked_for_between_two_dice,
    r"apart: two things, in ([\w-]+) of|In ([\w-]+) of .* comes apart": come_apart,
    r"one of each, (?:in )?(none|every time|only ([\w-]+) of)": are_one_of_each,
    r"nowhere on it were there two things|two things were seen at ([\w-]+) of": is_so_on_the_road,
    r"Of [\w-]+ mixtures, ([\w-]+) shows? two things": are_so_many_of_the_sheet,
    r"Our “and” is (\d+) off\. Is that far\? “(.*)” is (\d+) off, “(.*)” (\d+)\.": are_how_far_off_they_are,
    r"The parts explain (\d+) percent": is_what_the_parts_explain,
}
