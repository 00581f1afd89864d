"""Worker processes at home: a process pool that starts clean, lets go of nothing, and dies with its build.

Not for other machines: see `cluster`.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext

_STARTING = threading.Lock()  # what a server is started with stands in the environment for a moment
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def local_pool(workers: int, fresh: bool = False) -> Iterator[Executor]:
    """A pool of `workers` processes; with `fresh`, each task gets a process of its own.

    At the end of the block, and when the build is killed, tasks that still run are cut off at once: whatever
    they were writing has a temporary name.
    """
    reader, writer = multiprocessing.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        workers,
        mp_context=_context(),
        initializer=_begin,
        initargs=(reader,),
        max_tasks_per_child=1 if fresh else None,
    )
    try:
        yield pool
    except BaseException:
        writer.close()  # the workers' lifeline
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        writer.close()
        reader.close()


def _context() -> BaseContext:
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    # Manim is imported once, in the server that workers are forked from; the course's own modules are not:
    # they may change between two builds of one process.
    context = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(["manim", "av"])
    with _STARTING:
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        try:
            forkserver.ensure_running()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
    return context


def _begin(lifeline: Connection) -> None:
    """In each worker: leave Ctrl-C to the build, and go when the build has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _THREADS:
        os.environ[name] = "1"

    def watch() -> None:
        multiprocessing.connection.wait([lifeline])
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
