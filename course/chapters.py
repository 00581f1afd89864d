"""Which chapters there are, what they ask, and from a name as a person types it to the scene file.

Not for what is in one: see `stage.loading`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError, UsageError
from course.grammar import named, pair
from course.paths import SCENES, shown


@dataclass(frozen=True)
class Entry:
    """What a chapter is called and what it asks; {a} and {b} stand for what the cast's prompts name."""

    title: str
    question: str


COURSE: Mapping[str, Entry] = {
    "ch1_noise": Entry("Where is a picture?", "What is near a picture, and what is far away?"),
    "ch2_denoise": Entry("The walk back", "How does a picture come out of noise?"),
    "ch3_learn": Entry("The guessing game", "How did it learn to do this?"),
    "ch4_walk": Entry("Why walk?", "Why not just jump to the picture?"),
    "ch5_compass": Entry("The compass", "How do words steer?"),
    "ch6_seeds": Entry("Sixteen walkers", "When does the seed matter?"),
    "ch7_between": Entry("In between", "What lies between {a} and {b}?"),
    "ch8_latent": Entry("The miniature", "What does the latent space change?"),
    "ch9_faster": Entry("Straighter roads", "Can we take straighter roads?"),
}
"""The course's own chapters, in order; whoever adds one of theirs need not keep their length."""


def next_question(name: str, prompt: str, other: str) -> str:
    """What the chapter after `name` asks, of a cast's two prompts; "" where there is no such chapter yet."""
    names = list(COURSE)
    following = names[names.index(name) + 1 :][:1] if name in COURSE else []
    if not following or not (SCENES / f"{following[0]}.py").is_file():
        return ""
    return asked(COURSE[following[0]].question, prompt, other)


def asked(question: str, prompt: str, other: str) -> str:
    """A question of the table, of what a cast's two prompts name; of another noun where both name one."""
    first, second = named(prompt, other)
    if first == second:
        first, second = named(*pair(prompt, other))
    a, b = (said if len(said.split()) > 1 else f"“{said}”" for said in (first, second))
    return question.format(a=a, b=b)


def chapters() -> list[Path]:
    """All scene files, `scenes/ch<number>_<topic>.py`, in the order of their numbers."""
    files = [
        path for path in SCENES.glob("ch*_*.py") if re.fullmatch(r"ch\d+_\w+", path.stem) and path.is_file()
    ]
    return sorted(files, key=lambda path: (int(_short(path)[2:]), path.stem))


def resolve(names: Iterable[str] = ()) -> list[Path]:
    """The scene files for names such as `ch2` or `ch2_denoise`; for no name, or `all`, every one.

    Raises `UsageError` for a name that no chapter has, `CourseError` where there are no chapters at all.
    """
    there = chapters()
    if not there:
        raise CourseError(
            f"There are no chapters in {shown(SCENES)}. Restore that folder from the repository."
        )
    known = {path.stem: path for path in there} | {_short(path): path for path in there}
    wanted = list(names) or ["all"]
    found: list[Path] = []
    for name in wanted:
        if name != "all" and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise UsageError(
                f"There is no chapter {name!r}.{hint} Known: {', '.join(path.stem for path in there)}."
            )
        found += there if name == "all" else [known[name]]
    return list(dict.fromkeys(found))


def _short(path: Path) -> str:
    return path.stem.split("_")[0]
