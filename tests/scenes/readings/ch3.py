"""What chapter 3 says that depends on the cast, or on what was measured.

Not for how it is told and read: see `tests.scenes.test_casts`.
"""

import re
from collections.abc import Mapping
from typing import cast

import numpy as np

from course import grammar
from course.model.data import TRAINING
from course.precompute import Copies
from course.stage.words import spelled
from tests.scenes.readings import Reading, Told

LEVELS = 127.5


def found(one: Told, name: str, array: str) -> np.ndarray:
    return np.asarray(one.chapter.gathered[name].arrays[array])


def shows(one: Told, line: int, pixels: np.ndarray) -> bool:
    return np.ascontiguousarray(pixels).tobytes() in one.pictures[line]


def pixels(values: np.ndarray) -> np.ndarray:
    """(…, C, H, W) in model units as the stage shows them."""
    return np.moveaxis(np.clip(np.rint((values.astype(float) + 1) * LEVELS), 0, 255).astype(np.uint8), -3, -1)


def is_what_a_sheet_shows(one: Told, line: int, said: re.Match[str]) -> bool:
    last = found(one, "grown", "pictures")[-1].reshape(-1, 32, 32, 3)
    right = found(one, "grown", "right")[-1].ravel()
    # The film has run to its end where the next line begins.
    return said[1] == said[2] and any(shows(one, line + 1, tile) for tile in last[right])


def is_how_many_numbers_the_network_has(one: Told, line: int, said: re.Match[str]) -> bool:
    return abs(int(said[1]) - found(one, "rounds", "numbers")[0] / 1e6) <= 0.5


def are_right_at_last(one: Told, line: int, said: re.Match[str]) -> bool:
    seen, right = found(one, "grown", "seen"), found(one, "grown", "right").sum((1, 2))
    at = list(seen).index(int(said[1].replace(",", "")))
    then = said[2] == spelled(int(right[at])) and right[at] <= 1
    return then and said[3] == f"{seen[-1]:,}" and said[4] == spelled(int(right[-1]))


def is_larger_on_the_thing(one: Told, line: int, said: re.Match[str]) -> bool:
    picture, noise, answers, levels = (
        found(one, "rounds", n) for n in ("picture", "noise", "velocity", "level")
    )
    a, b = np.sqrt(levels[6]), np.sqrt(1 - levels[6])
    wrong = (b * (a * picture[0] + b * noise[0]) + a * answers[0, 6] - noise[0]) ** 2
    ground = np.median(picture[0][:, [0, 0, -1, -1], [0, -1, 0, -1]], 1)[:, None, None]
    thing = np.abs(picture[0] - ground).max(0) > 0.25
    times = np.sqrt(wrong.mean(0)[thing].mean() / wrong.mean(0)[~thing].mean())
    things = [each.noun for each in grammar.parse(one.chapter.captures["walk"].spec.prompt)[0]]
    named = said[1] == ("things are" if len(things) > 1 else f"{things[0]} is")
    return named and bool(abs(times / float(said[2]) - 1) < 0.15)


def is_a_card_of_the_album(one: Told, line: int, said: re.Match[str]) -> bool:
    """The card that is shown is what was painted, to the last pixel: the difference is black."""
    return shows(one, line, np.zeros((32, 32, 3), np.uint8))


def is_so_far_off(one: Told, line: int, said: re.Match[str]) -> bool:
    end = one.chapter.captures["walks"][0].states[-1].astype(float)
    far, new = LEVELS * found(one, "copies", "far")[0], LEVELS * np.median(found(one, "copies", "held_out"))
    # Scaled as well, a card may come nearer than only shifted.
    near = shows(one, line, pixels(end)) and far * 0.9 <= int(said[1]) + 1 and int(said[1]) > 0.3 * new - 1
    return bool(
        near and (int(said[1]) > 1.1 * new - 1 if said[2] == "more" else int(said[1]) < 1.1 * new + 1)
    )


def is_among_so_many(one: Told, line: int, said: re.Match[str]) -> bool:
    among = int(said[1].replace(",", ""))
    return among == cast(Copies, one.chapter.gathered["copies"].of).among <= TRAINING


def are_all_shown(one: Told, line: int, said: re.Match[str]) -> bool:
    eight = pixels(np.stack([walk.states[-1] for walk in one.chapter.captures["walks"]]))
    return all(shows(one, line, each) for each in eight)


def are_the_errors_of(player: str) -> Reading:
    def are_its_errors(one: Told, line: int, said: re.Match[str]) -> bool:
        level = found(one, "rivals", "level")
        at = int(np.argmin(np.abs(level - 0.5)))
        known, new = LEVELS * found(one, "rivals", player)[:, at]
        return bool(abs(known - int(said[1])) <= 0.5 and abs(new - int(said[2])) <= 0.5)

    return are_its_errors


def is_so_much(one: Told, line: int, said: re.Match[str]) -> bool:
    right = said[1] == f"{TRAINING:,}" and int(said[2]) == round(TRAINING * 3072 / 1e6)
    return right and abs(int(said[3]) - found(one, "rounds", "numbers")[0] / 1e6) <= 0.5


READINGS: Mapping[str, Reading] = {
    r"Asked for (an? \w+), this machine once .* Then (an? \w+)\.": is_what_a_sheet_shows,
    r"each of its (\d+) million inner numbers": is_how_many_numbers_the_network_has,
    r"After ([\d,]+) rounds, blobs: .* in (\w+) of sixteen\. After all ([\d,]+), in (\w+)": are_right_at_last,
    r"where the (.*), it is ([\d.]+) times as large as on the ground": is_larger_on_the_thing,
    r"from dark to light, not half a level anywhere": is_a_card_of_the_album,
    r"The difference: (\d+) levels on average, (no more|more) than with new drawings": is_so_far_off,
    r"Of ([\d,]+) pictures it trained on": is_among_so_many,
    r"from the network, eight pictures": are_all_shown,
    r"on these, (\d+) levels off\. On new ones, (\d+)": are_the_errors_of("album"),
    r"those that it trained on: (\d+)\. On new ones: (\d+)": are_the_errors_of("network"),
    r"Its ([\d,]+) training pictures are (\d+) million numbers\. The network is (\d+) million": is_so_much,
}
