"""What every test starts from: no cast of the developer's own, and a media folder that is not theirs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from course.paths import SCENES

# A busy machine is no fault.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a third of the time, a test waits for what it has started."""
    return max(1, (3 * (os.cpu_count() or 1)) // 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the chapters, which take longest: one here, one there, each whole in one process.

    A chapter is told once a process for all of its tests. Every process is given a stretch of the list, and
    takes from the end of another's when it has come to its own end.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    chapters: dict[str, list[pytest.Item]] = {}
    others = []
    for item in items:
        parameters = vars(item).get("callspec")
        path = parameters.params.get("path") if parameters else None
        if isinstance(path, Path) and path.parent == SCENES:
            chapters.setdefault(path.stem, []).append(item)
        else:
            others.append(item)
    total, groups = len(items), list(chapters.values())
    items.clear()
    for k in range(processes):
        size = (total - len(items)) // (processes - k)
        stretch = [item for group in groups[k::processes] for item in group]
        rest = max(0, size - len(stretch))
        items += stretch + others[:rest]
        del others[:rest]


@pytest.fixture(scope="session", autouse=True)
def shared_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all that a test run generates; its processes share it: entries go by their content."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "media"
    folder.mkdir(exist_ok=True)
    for name in [name for name in os.environ if name.startswith("COURSE_")]:
        del os.environ[name]
    os.environ["COURSE_MEDIA"] = str(folder)
    return folder


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Take back what a verb puts into the environment for its workers."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)
