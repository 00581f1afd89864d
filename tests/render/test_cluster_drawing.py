"""Rendering on a real Dask cluster on loopback: the same film, whoever drew it and whoever died."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.errors import CourseError
from course.render import cluster
from tests.render.studio import Studio, kill

distributed = pytest.importorskip("distributed")


@contextlib.contextmanager
def running(folder: Path, workers: int) -> Iterator[tuple[str, list["subprocess.Popen[str]"]]]:
    """A scheduler and some workers, each a process of its own; its address."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("COURSE_")},
        )
        started.append(process)
        return process

    note = folder / "scheduler.json"
    common = ("--scheduler-file", str(note), "--host", "127.0.0.1", "--no-dashboard")
    try:
        start("dask_scheduler", "--port", "0", *common)
        while not note.exists():
            time.sleep(0.1)
        each = ("--nthreads", "1", "--no-nanny", "--local-directory")
        found = [start("dask_worker", *common, *each, str(folder / f"own{k}")) for k in range(workers)]
        client = distributed.Client(scheduler_file=str(note), set_as_default=False)
        client.wait_for_workers(workers, timeout=120)
        address = client.scheduler.address
        client.close()
        yield address, found
    finally:
        for process in started:
            if process.poll() is None:
                kill(process)


@pytest.mark.parametrize("shared", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_cluster_draws_the_same_film_even_if_a_worker_dies(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    studio.build().run()
    alone = studio.film.read_bytes()
    for path in ("videos", "groups"):
        shutil.rmtree(studio.media / path)
    if (
        not shared
    ):  # as if the workers were elsewhere: everything goes by upload, and what they drew comes back
        monkeypatch.setattr(cluster.Cluster, "_sees_this_disk", lambda self: False)
    with running(studio.folder, 2) as (address, workers), cluster.connected(address) as made:
        assert made._shared == shared
        killed = threading.Event()

        def murder() -> None:
            while not all(made._client.processing().values()):
                time.sleep(0.05)
            os.killpg(workers[0].pid, signal.SIGKILL)
            killed.set()

        threading.Thread(target=murder, daemon=True).start()
        studio.build(cluster=made).run()
        assert killed.is_set()
        assert studio.film.read_bytes() == alone
        assert len(made._client.scheduler_info()["workers"]) == 1


def test_a_worker_with_other_versions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path, 1) as (address, _):
        monkeypatch.setattr(cluster, "installed", lambda name: "0.1" if name == "manim" else "none")
        with (
            pytest.raises(CourseError, match=r"has manim 0\.\d+\.\d+, this machine has 0\.1"),
            cluster.connected(address),
        ):
            pass


def test_a_scheduler_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", "1s")
    with (
        pytest.raises(CourseError, match=r"No scheduler answers at tcp://127\.0\.0\.1:9"),
        cluster.connected("tcp://127.0.0.1:9"),
    ):
        pass
