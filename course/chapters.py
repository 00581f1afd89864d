"""Which chapters there are: from a name as a person types it to the scene file.

Not for what is in one: see `stage.loading`.
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from course.errors import CourseError, UsageError
from course.paths import SCENES, shown

COURSE = (
    *("ch1_noise", "ch2_denoise", "ch3_learn", "ch4_walk", "ch5_compass"),
    *("ch6_seeds", "ch7_between", "ch8_latent", "ch9_faster"),
)
"""The course's own chapters, in order; whoever adds one of theirs need not keep their length."""


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
