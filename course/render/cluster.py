"""Drawing on a Dask cluster: its workers get code and captures by a shared path or by upload.

Not for starting one: see docs/cluster.md. `distributed` is the optional extra `cluster`.
"""

import contextlib
import io
import json
import secrets
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.files import digest_bytes, write_bytes
from course.paths import ASSETS, ROOT, media
from course.precompute.store import capture_path
from course.render import cluster_worker
from course.render.plan import PACKAGES
from course.render.segments import installed
from course.render.store import Store
from course.render.task_process import drawn, packed
from course.render.worker import SceneError, Task
from course.video.groups import DamagedError, Group

PATIENCE = "10s"  # for a scheduler to answer
RETRIES = 3  # for a task whose worker is lost
LATE = 60.0  # seconds that groups may take from a worker to here


@contextmanager
def connected(address: str) -> Iterator["Cluster"]:
    """The workers of the scheduler at `address` ("tcp://host:8786"), with the same versions as here.

    Raises `CourseError` where there is no scheduler, no worker, or one with other versions.
    """
    try:
        import cloudpickle  # type: ignore[import-untyped]
        from distributed import Client
    except ImportError:
        raise CourseError(
            'Rendering on a cluster needs the extra "cluster". Run: .venv/bin/pip install -e ".[cluster]"'
        ) from None
    cloudpickle.register_pickle_by_value(cluster_worker)  # workers need not have the course installed
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, ImportError):
        raise CourseError(
            f"No scheduler answers at {address}. Start one with `dask scheduler`; see docs/cluster.md."
        ) from None
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            raise CourseError(f"The scheduler at {address} has no workers. Start some: dask worker {address}")
        _check_versions(client)
        yield Cluster(client)
    finally:
        client.close()


def _check_versions(client: Any) -> None:
    here = {name: installed(name) for name in PACKAGES}
    for worker, found in client.run(cluster_worker.versions, list(here)).items():
        for name, version in here.items():
            if found[name] != version:
                raise CourseError(
                    f"The worker {worker} has {name} {found[name]}, this machine has {version}, so frames "
                    f"may differ. Install the same there: pip install {name}=={version}"
                )


class Cluster:
    """Makes an executor for tasks to be drawn; `threads` is how many the workers draw at once."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._shared = self._sees_this_disk()

    @property
    def threads(self) -> int:
        """Tasks at once, over all workers."""
        return sum(one["nthreads"] for one in self._client.scheduler_info(n_workers=-1)["workers"].values())

    @contextmanager
    def __call__(self, tasks: Sequence[Task]) -> Iterator[Executor]:
        """An executor for `worker.draw` and these tasks; what still runs in the end is called off."""
        if self._shared:
            bundle, desk = None, None
        else:
            data = bundled(tasks)
            # On every worker: sent to one alone, it would be lost with it, and all tasks that need it.
            bundle = self._client.scatter((digest_bytes(data), data), hash=True, broadcast=True)
            desk = _Desk(self._client)
        executor = _Drawing(self._client, bundle, desk)
        try:
            yield executor
        finally:
            executor.call_off()
            if desk is not None:
                desk.close()

    def _sees_this_disk(self) -> bool:
        """Whether every worker finds this checkout and its media at the same places."""
        token = secrets.token_hex(8)
        probe = media().absolute() / "videos" / f".probe-{token}.txt"
        write_bytes(probe, token.encode())
        try:
            found = self._client.run(
                cluster_worker.sees, str(probe), token, str(ROOT / "course" / "render" / "cluster_worker.py")
            )
            return all(found.values())
        finally:
            probe.unlink(missing_ok=True)


class _Desk:
    """Where workers elsewhere hand in groups, each as soon as it is whole, and see which are there."""

    def __init__(self, client: Any) -> None:
        from distributed import Queue, Variable

        self.name = f"noise-to-picture-{secrets.token_hex(8)}"
        self._queue = Queue(self.name, client=client)
        self._there = Variable(f"{self.name}-there", client=client)
        self._store, self._keys = Store(), list[str]()
        self._closed = threading.Event()
        self._there.set([])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __contains__(self, key: str) -> bool:
        return key in self._store

    def close(self) -> None:
        """Take nothing in any more."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        from distributed import TimeoutError as Late

        while not self._closed.is_set():
            try:
                handed = [self._queue.get(timeout="1s")]
                while self._queue.qsize():
                    handed.append(self._queue.get())
            except Late:
                continue
            except Exception:  # the scheduler has gone; the tasks say so
                return
            for key, data in handed:
                with contextlib.suppress(DamagedError):
                    self._store.keep(key, Group.from_bytes(key, data))
                    self._keys.append(key)
            self._there.set(list(self._keys))


class _Drawing(Executor):
    """Sends tasks to the cluster; a result is there when its groups lie in the store."""

    def __init__(self, client: Any, bundle: Any, desk: _Desk | None) -> None:
        self._bundle, self._desk = bundle, desk
        self._executor = client.get_executor(pure=False, retries=RETRIES)
        self._sent: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Draw `args[0]`, a task, on some worker."""
        (task,) = args
        result: Future[Any] = Future()
        root, name = (str(ROOT), "") if self._desk is None else (None, self._desk.name)
        payload = json.dumps(packed(task))
        sent = self._executor.submit(cluster_worker.perform, payload, root, self._bundle, name)
        self._sent.append(sent)

        def arrived(done: Future[Any]) -> None:
            # Not in Dask's own thread: what was handed in may still be on its way.
            threading.Thread(target=self._settle, args=(result, done, task), daemon=True).start()

        sent.add_done_callback(arrived)
        result.set_running_or_notify_cancel()
        return result

    def call_off(self) -> None:
        """Cancel what is not done."""
        for sent in self._sent:
            sent.cancel()
        self._executor.shutdown(wait=False)

    def _settle(self, result: Future[Any], done: Future[Any], task: Task) -> None:
        try:
            answer = done.result()
            if "error" in answer:
                raise SceneError(answer["error"], answer["trace"])
            late = time.monotonic() + LATE
            while self._desk and any(one.key not in self._desk for one in task.segments):
                if time.monotonic() > late:
                    raise CourseError("What was drawn on the cluster did not arrive here. Run again.")
                time.sleep(0.05)
            nothing = {"depth": (task.job.scene.stem, task.job.depth), "passing": 0.0, "segments": {}}
            result.set_result(drawn(answer["drawn"] or nothing))
        except CourseError as error:
            result.set_exception(error)
        except BaseException as error:
            what = f"{type(error).__name__}: {error}"
            result.set_exception(
                CourseError(f"The cluster could not draw this ({what}). What is done is kept.")
            )


def bundled(tasks: Iterable[Task]) -> bytes:
    """A zip with all that drawing these tasks takes: code, scenes, fonts, captures, other files they read."""
    files: dict[str, Path] = {}
    for path in sorted((ROOT / "course").rglob("*")):
        if path.suffix in (".py", ".j2", ".txt"):
            files[f"root/{path.relative_to(ROOT)}"] = path
    files["root/course.toml"] = ROOT / "course.toml"
    for path in sorted((ASSETS / "fonts").iterdir()):
        files[f"root/assets/fonts/{path.name}"] = path
    for task in tasks:
        files[f"root/scenes/{task.job.scene.name}"] = task.job.scene
        for key in task.captures.values():
            files[f"media/captures/{key}.safetensors"] = capture_path(key)
        for name in task.reads:
            folder, _, rest = name.partition("/")
            files[f"media/{rest}" if folder == "media" else f"root/{name}"] = (
                media() / rest if folder == "media" else ROOT / name
            )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
