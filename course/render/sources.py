"""Which code a depth's frames may depend on: one coarse question. What its frames show says what changed.

Not for what a depth depends on besides code (`plan`); nothing is imported or run, files are only read.
"""

import ast
import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from course.errors import CourseError
from course.files import digest_bytes, digest_file, stamp
from course.paths import ROOT, shown

DEPTHS = ("story", "mechanism", "derivation")
ALWAYS = ("course.stage.chapter", "course.stage.manim_internals", "course.render.worker")
"""Modules that every depth depends on, known before one was run."""
INDIFFERENT = tuple(f"course.{name}" for name in ("publish", "episode", "cli", "doctor", "progress"))
"""Packages and modules that show nothing. The voice counts: its pauses say how long a picture is held."""


def source_inputs(scene: Path, depth: str, names: Iterable[str] = ()) -> dict[str, str]:
    """Digests of the part of a scene file that may concern this depth, and of modules, by file name.

    `names` are files of the course (`loaded`). Raises `CourseError` naming file and line where the scene is
    no valid Python, or a file is gone.
    """
    found = {f"scenes/{scene.name}": _parts(scene, *_stamp(scene))[depth]}
    always = (f"{name.replace('.', '/')}.py" for name in ALWAYS)
    for name in sorted({*always, *names} - found.keys()):
        found[name] = digest_now(ROOT / name)
    return found


def digest_now(path: Path) -> str:
    """Digest of a file as it is now; read once for all depths. Raises `CourseError` where it is gone."""
    return _digest(path, *_stamp(path))


def loaded() -> list[str]:
    """The files of the course whose modules this process has loaded, without those that show nothing."""
    paths = (
        Path(file)
        for name, module in list(sys.modules.items())
        if name.startswith("course.") and not name.startswith(INDIFFERENT)
        if (file := getattr(module, "__file__", None))
    )
    return sorted(str(path.relative_to(ROOT)) for path in paths if path.is_relative_to(ROOT))


def code_digest(*parts: str) -> str:
    """Digest of all files of some of the course's packages or modules ("voice", "video/encoding.py")."""
    homes = [ROOT / "course" / name for name in parts]
    files = [path for home in homes for path in (sorted(home.iterdir()) if home.is_dir() else [home])]
    return digest_bytes(*(digest_now(path).encode() for path in files if not path.is_dir()))


def _stamp(path: Path) -> list[int]:
    """`stamp`, of a file of the course. Raises `CourseError` where it is gone."""
    try:
        return stamp(path)
    except FileNotFoundError:
        raise CourseError(f"{shown(path)} is not there any more.") from None


@lru_cache(maxsize=512)
def _digest(path: Path, modified: int, size: int) -> str:
    return digest_file(path)


@lru_cache(maxsize=64)
def _parts(scene: Path, modified: int, size: int) -> dict[str, str]:
    """For each depth a digest of a scene file without what only its other depths can reach by name."""
    try:
        source = scene.read_bytes()
        tree = ast.parse(source)
    except OSError as error:
        raise CourseError(f"Cannot read {shown(scene)} ({error.strerror}).") from None
    except SyntaxError as error:
        raise CourseError(f"{shown(scene)}:{error.lineno}: {error.msg}. Mend it and run again.") from None
    parts = [part for node in tree.body for part in (node, *getattr(node, "body", ()))]
    named = {part.name: part for part in parts if isinstance(part, ast.FunctionDef)}
    begin = {
        name: min([part.lineno, *(each.lineno for each in part.decorator_list)]) - 1
        for name, part in named.items()
    }
    lines = source.splitlines()
    # Each word of it, in quotes and comments too, may stand for something that the file defines; names with
    # other letters than ASCII's may be written in several ways, and count as used.
    always = {name for name in named if not name.isascii()}
    uses = {
        name: always
        | named.keys()
        & set(map(bytes.decode, re.findall(rb"\w+", b"\n".join(lines[begin[name] : part.end_lineno]))))
        for name, part in named.items()
    }

    def reach(names: Iterable[str]) -> set[str]:
        waiting, reached = [name for name in names if name in named], set[str]()
        while waiting:
            if (name := waiting.pop()) not in reached:
                reached.add(name)
                waiting += uses[name]
        return reached

    found = {}
    for depth in DEPTHS:
        others = reach(name for name in DEPTHS if name != depth)
        nobodys = named.keys() - others - reach([depth])
        kept = [*lines]
        for name in others - reach([depth]) - reach(nobodys):
            part = named[name]
            kept[begin[name] : part.end_lineno] = [b""] * (part.end_lineno - begin[name])  # type: ignore[operator]
        found[depth] = digest_bytes(*(line for line in kept if line.strip()))
    return found
