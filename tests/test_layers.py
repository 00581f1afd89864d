"""Data goes one way: a package imports what lies below it, nothing that lies above it.

Read off the source: imports inside functions and those for type checkers count as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.episode.kept import CODE
from course.paths import ROOT, SCENES

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "files", "paths", "progress"),
    ("cast", "grammar", "chapters"),
    ("maths",),
    ("model",),
    ("precompute",),
    ("video",),
    ("stage",),
    ("scenes",),
    ("render",),
    ("episode",),
    ("site",),
    ("publish",),
    ("verbs", "doctor", "cli", "__main__"),
)
"""From low to high; those in one row may import each other. `voice` lies beside: see `BESIDE`."""
BESIDE = {"voice": {"errors", "files", "paths", "progress", "cast"}}
"""What a package that has no place in the rows imports …"""
HEARD_BY = {"voice": {"video", "stage", "scenes", "render", "episode", "site", "verbs", "doctor"}}
"""… and who imports it."""
MATHS = {"errors", "maths"}
"""All of the course that the mathematics needs; from outside it needs NumPy and SciPy."""
EXCEPTIONS = {
    ("course/maths/steering_checks.py", "torch"): "the fused kernel that a formula is compared with",
    ("course/maths/between.py", "sklearn"): "projections and heaps",
    ("course/maths/seeds.py", "sklearn"): "projections",
}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def layer(name: str) -> str:
    """The layer of a module: its package, or `verbs` for the commands on top."""
    parts = name.split(".")
    if parts[0] == "scenes" or len(parts) == 1:
        return parts[0]
    return "verbs" if parts[-1] == "command" else parts[1]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere in it, by its whole name; `from p import m` names p.m too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports out in full"
            assert node.module
            for alias in node.names:
                submodule = ROOT.joinpath(*node.module.split("."), alias.name)
                is_module = submodule.is_dir() or submodule.with_suffix(".py").is_file()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def allowed(importer: str, other: str) -> bool:
    """Whether a module of one layer may import one of another."""
    if importer == other or other == "course":  # the version
        return True
    if importer in BESIDE:
        return other in BESIDE[importer]
    if other in HEARD_BY:
        return importer in HEARD_BY[other]
    if importer == "maths":
        return other in MATHS
    rows = {name: row for row, names in enumerate(LAYERS) for name in names}
    return rows[other] <= rows[importer]


FILES = [*sorted((ROOT / "course").rglob("*.py")), *sorted(SCENES.glob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_nothing_that_lies_above_it(path: Path) -> None:
    here, file = layer(module_name(path)), str(path.relative_to(ROOT))
    upward = [
        name
        for name in imported(path)
        if name.partition(".")[0] in ("course", "scenes")
        and not allowed(here, layer(name))
        and not any(file == one and name.startswith(of) for one, of in EXCEPTIONS)
    ]
    assert not upward, f"{file} lies in {here} and imports {', '.join(upward)}"


@pytest.mark.parametrize("path", sorted((ROOT / "course" / "maths").glob("*.py")), ids=lambda path: path.name)
def test_the_mathematics_needs_numpy_and_scipy_only(path: Path) -> None:
    outside = {name.partition(".")[0] for name in imported(path)} - {"numpy", "scipy", "course"}
    outside -= sys.stdlib_module_names
    file = str(path.relative_to(ROOT))
    assert not {name for name in outside if (file, name) not in EXCEPTIONS}


def test_the_contract_knows_what_it_forbids() -> None:
    assert not allowed("render", "episode")
    assert not allowed("model", "precompute")
    assert not allowed("maths", "precompute")
    assert not allowed("voice", "stage")
    assert not allowed("publish", "voice")
    assert not allowed("chapters", "stage")
    assert allowed("stage", "precompute")
    assert allowed("episode", "voice")
    assert allowed("verbs", "publish")
    assert layer("course.voice.command") == "verbs"


def test_an_episode_is_built_again_where_code_of_other_packages_that_it_uses_changes() -> None:
    used = {
        "/".join(name.split(".")[1:]) + ".py"
        for path in (ROOT / "course" / "episode").glob("*.py")
        for name in imported(path)
        if name.startswith(("course.render.", "course.video."))
    }
    # What decides on building, and what is handed on as it is, changes no episode.
    used -= {"render/sources.py"}
    assert {name for name in used if name not in CODE and name.partition("/")[0] not in CODE} == set()
