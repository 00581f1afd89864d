from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.desk import Desk, make_film, start_producers
from tests.publish.loopback import YouTube


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    for seed in range(2):
        make_film(folder / f"{seed}.mp4", seed)
    return [folder / "0.mp4", folder / "1.mp4"]


@pytest.fixture(scope="session", autouse=True)
def forkserver() -> Iterator[None]:
    with start_producers():
        yield


@pytest.fixture
def desk(tmp_path: Path, films: list[Path]) -> Iterator[Desk]:
    here = Desk(tmp_path, YouTube(), films)
    here.prepare()
    yield here
    here.close()
