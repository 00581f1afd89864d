"""Which chapters there are: from a name as a person types it to the scene file and its class.

Not for running them: that is Manim's and the render engine's part.
"""

import difflib
import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError, UsageError
from course.paths import SCENES, shown

if TYPE_CHECKING:
    from course.stage import Chapter


def chapters() -> list[Path]:
    """All scene files, `scenes/ch<number>_<topic>.py`, in the order of their numbers."""
    files = [path for path in SCENES.glob("ch*_*.py") if re.fullmatch(r"ch\d+_\w+", path.stem)]
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


def load(path: Path) -> "type[Chapter]":
    """Import a scene file and return its one public chapter class.

    Raises `CourseError` where it holds none or several. A mistake in the file itself keeps its traceback.
    """
    from course.stage import Chapter

    name = f"scenes.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise CourseError(f"{shown(path)} is not a scene file. Chapters are scenes/ch<number>_<topic>.py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    found = [
        value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Chapter)
        and value.__module__ == name
        and not key.startswith("_")
    ]
    if len(found) != 1:
        names = ", ".join(value.__name__ for value in found) or "none"
        raise CourseError(f"{shown(path)} must hold exactly one public Chapter class, but holds {names}.")
    return found[0]


def _short(path: Path) -> str:
    return path.stem.split("_")[0]
