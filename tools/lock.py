"""Write requirements.lock from the environment this runs in: all that the project needs, as installed.

Not for choosing versions: change pyproject.toml or upgrade in the environment first, then run `make lock`.
"""

import importlib.metadata
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
HEAD = (
    "# Exact versions of everything, tests included. Written by `make lock`, installed by tools/setup.sh.\n"
)
OLDEST_PYTHON = "3.11.0"  # some packages ask for a later patch, and Debian 12 stays at 3.11.2
# What only other systems or newer Pythons need cannot be read off this environment.
ELSEWHERE = {
    "audioop-lts": '0.2.2; python_version >= "3.13"',
    "cython": '3.3.1; sys_platform == "darwin"',
    "pyobjc-core": '13.0; sys_platform == "darwin"',
    "pyobjc-framework-cocoa": '13.0; sys_platform == "darwin"',
}


def needed(requirements: list[str]) -> dict[str, str]:
    """Name → version of all that the requirements pull in here, without local version tags such as `+cpu`."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(line), "") for line in requirements]
    while waiting:
        requirement, asked_by = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": asked_by}):
            continue
        name = canonicalize_name(requirement.name)
        distribution = importlib.metadata.distribution(requirement.name)
        oldest = SpecifierSet(distribution.metadata.get("Requires-Python") or "")
        if not oldest.contains(OLDEST_PYTHON):
            raise SystemExit(
                f"{name} {distribution.version} needs Python {oldest}: install an older version of it"
            )
        versions[name] = re.sub(r"\+.*", "", distribution.version)
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            waiting += [(Requirement(line), extra) for line in distribution.requires or []]
    return versions


def main() -> None:
    """Write the lock, in the order of the alphabet."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    wanted = [*project["dependencies"], *settings["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    versions = needed(wanted) | ELSEWHERE
    LOCK.write_text(HEAD + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items())))
    print(f"{LOCK.name}: {len(versions)} packages")


if __name__ == "__main__":
    main()
