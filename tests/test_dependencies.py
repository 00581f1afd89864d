"""Whatever is imported by name is declared: what another package happens to bring may be gone in its next."""

import ast
import importlib.metadata
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PROVIDED = importlib.metadata.packages_distributions()
OWN = {"course", "scenes", "tests"}
OF_THE_COURSE = [ROOT / "course", ROOT / "scenes"]
OF_DEVELOPERS = [ROOT / "tests", ROOT / "benchmarks", ROOT / "tools"]


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(folders: list[Path]) -> Iterator[str]:
    """Names of modules from elsewhere."""
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found: list[str] = []
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found = [node.module]
            yield from (n for n in found if n.partition(".")[0] not in OWN | sys.stdlib_module_names)


def distributions(module: str) -> set[str]:
    """Who provides a module; where several share its first name (google), those that have its second."""
    first, _, rest = module.partition(".")
    found = PROVIDED.get(first, [])
    if len(set(found)) > 1:
        second = f"{first}/{rest.partition('.')[0]}"
        files = {name: importlib.metadata.files(name) or [] for name in found}
        found = [name for name, own in files.items() if any(str(f).startswith(second) for f in own)]
    return {canonicalize_name(name) for name in found}


@pytest.mark.parametrize(
    ("folders", "extras"),
    [(OF_THE_COURSE, ("browser", "cluster", "publish")), (OF_DEVELOPERS, tuple(EXTRAS))],
    ids=["course", "tests"],
)
def test_what_is_imported_is_declared(folders: list[Path], extras: tuple[str, ...]) -> None:
    declared = names(PROJECT["dependencies"]).union(*(names(EXTRAS[extra]) for extra in extras))
    missing = {
        module: sorted(distributions(module))
        for module in sorted(set(imported(folders)))
        if not distributions(module) & declared
    }
    assert not missing, "declare in pyproject.toml who provides these, then run make lock"


def test_the_lock_holds_all_that_is_declared() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = names([line for line in lines if not line.startswith("#")])
    assert names([*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]) <= locked
