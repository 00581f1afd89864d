import multiprocessing
import multiprocessing.forkserver
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.paths import ROOT
from tests.publish.desk import Desk, make_film
from tests.publish.loopback import YouTube


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    for seed in range(2):
        make_film(folder / f"{seed}.mp4", seed)
    return [folder / "0.mp4", folder / "1.mp4"]


@pytest.fixture(scope="session", autouse=True)
def forkserver() -> None:
    """Producers are forked from a process that has imported everything: they start at once."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["producer", "desk"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(ROOT)]))
        multiprocessing.forkserver.ensure_running()


@pytest.fixture
def desk(tmp_path: Path, films: list[Path]) -> Iterator[Desk]:
    site = YouTube()
    here = Desk(tmp_path, site, films)
    here.client_secrets()
    here.sign_in()
    here.episode()
    yield here
    site.shutdown()
    site.server_close()
    here.check_secrets()
