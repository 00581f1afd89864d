"""What chapter 8 says that depends on the cast.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping

import numpy as np

from course.precompute.miniatures import TRIPS
from tests.scenes.readings import Reading, Told


def found(one: Told, name: str, array: str) -> np.ndarray:
    return one.chapter.gathered[name].arrays[array].astype(float)


def neighbours(picture: np.ndarray) -> float:
    """The correlation of each colour's values with those one pixel to the right, averaged."""
    planes = [picture[..., k].astype(float) for k in range(3)]
    return float(np.mean([np.corrcoef(p[:, :-1].ravel(), p[:, 1:].ravel())[0, 1] for p in planes]))


def edges(picture: np.ndarray) -> float:
    x = picture.astype(float)
    down, along = x[1:] - x[:-1], x[:, 1:] - x[:, :-1]
    return float(np.sqrt(((down**2).sum() + (along**2).sum()) / (down.size + along.size)))


def is_how_alike_they_are(one: Told, line: int, said: re.Match[str]) -> bool:
    glass, snow = (neighbours(one.chapter.captures[name].pictures[0]) for name in ("walk", "pixel"))
    return abs(snow) < 0.15 and (glass - snow > 0.25) == (said[1] is None)


def differ_as_told(one: Told, line: int, said: re.Match[str]) -> bool:
    first, second = (one.chapter.captures[name].pictures[-1].astype(float) for name in ("walk", "pixel"))
    return (np.sqrt(((first - second) ** 2).mean()) > 3) == (said[0].startswith("The two"))


def has_such_edges(one: Told, line: int, said: re.Match[str]) -> bool:
    walk = one.chapter.captures["walk"]
    return (edges(walk.guess_pictures[0]) > 0.5 * edges(walk.pictures[-1])) == ("is sharp" in said[0])


def is_halfway(one: Told, line: int, said: re.Match[str]) -> bool:
    film = found(one, "rooms", "film")
    off = film[len(film) // 2] - (film[0] + film[-1]) / 2
    return (np.sqrt((off**2).mean()) > 6) == (said[0] == "of its own")


def are_so_far_apart(one: Told, line: int, said: re.Match[str]) -> bool:
    mean = found(one, "rooms", "pictures").mean(0)
    picture = np.clip((np.moveaxis(found(one, "rooms", "decoded"), 0, -1) + 1) * 127.5, 0, 255)
    # These pictures were rounded, and cut off at black and white.
    return abs(np.sqrt(((mean - picture) ** 2).mean()) - int(said[1])) <= 2


def is_that_far_off(one: Told, line: int, said: re.Match[str]) -> bool:
    mean = found(one, "rooms", "latents").mean(0).ravel()
    gap = one.chapter.captures["walk"].guesses[0].ravel().astype(float) - mean
    off = 100 * np.sqrt(gap @ gap / (mean @ mean))
    return abs(off - int(said[2])) <= 0.6 and (off <= 40) == (said[1] == "just")


def is_where_it_changes(one: Told, line: int, said: re.Match[str]) -> bool:
    own, square, *_ = 100 * found(one, "turned", "near")
    return own < square and abs(square - int(said[1])) <= 0.51


def is_wrong_after_a_trip(one: Told, line: int, said: re.Match[str]) -> bool:
    error, power = found(one, "trips", "error"), found(one, "trips", "power")
    fine = 100 * error[0, 7:].sum() / power[7:].sum()
    return (
        len(error) == TRIPS
        and abs(fine - int(said[1])) <= 0.51
        and error[0, :3].sum() / power[:3].sum() < 0.02
    )


def come_through_or_not(one: Told, line: int, said: re.Match[str]) -> bool:
    film = found(one, "own", "film")
    drawing, letters = (np.sqrt(((film[k, 1] - film[k, 0]) ** 2).mean()) for k in (0, 2))
    return (letters > 1.5 * drawing) == ("cannot" in said[0])


def is_so_much_cheaper(one: Told, line: int, said: re.Match[str]) -> bool:
    pixel, step, enlarge = found(one, "costs", "work")
    times = one.cast.steps * pixel / (one.cast.steps * step + enlarge)
    return times <= 1 if said[1] is None else abs(times - float(said[1])) <= 0.051


READINGS: Mapping[str, Reading] = {
    r"In the glass, they are alike|Here, they are (hardly) more alike": is_how_alike_they_are,
    r"The two pictures are not the same|still the same picture": differ_as_told,
    r"It is (?:sharp|soft)": has_such_edges,
    r"of its own|the same two ghosts": is_halfway,
    r"The two are (\d+) levels of 255 apart": are_so_far_apart,
    r"first guess is (just|only akin to) this average, its numbers (\d+) percent off": is_that_far_off,
    r"(\d+) percent of what changes lies within eight pixels by eight": is_where_it_changes,
    r"a trip puts (\d+) percent of all fine detail wrong": is_wrong_after_a_trip,
    r"Letters it cannot do|Even letters come through": come_through_or_not,
    r"steps? that (?:is ([\d.]+) times cheaper|makes it dearer)": is_so_much_cheaper,
}
