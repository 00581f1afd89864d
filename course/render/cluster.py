"""Drawing on a Dask cluster: its workers get code and captures by a shared path or by upload.

Not for starting one: see docs/cluster.md. `distributed` is the optional extra `cluster`.
"""

import io
import json
import secrets
import threading
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
from course.video.groups import Group

PATIENCE = "10s"  # for a scheduler to answer
RETRIES = 3  # for a task whose worker is lost


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
        bundle = None
        if not self._shared:
            data = bundled(tasks)
            # On every worker: sent to one alone, it would be lost with it, and all tasks that need it.
            bundle = self._client.scatter((digest_bytes(data), data), hash=True, broadcast=True)
        executor = _Drawing(self._client, bundle)
        try:
            yield executor
        finally:
            executor.call_off()

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


class _Drawing(Executor):
    """Sends tasks to the cluster; a result is there when its segments lie where they belong."""

    def __init__(self, client: Any, bundle: Any) -> None:
        self._client, self._bundle = client, bundle
        self._executor = client.get_executor(pure=False, retries=RETRIES)
        self._sent: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Draw `args[0]`, a task, on some worker."""
        (task,) = args
        result: Future[Any] = Future()
        root = None if self._bundle is not None else str(ROOT)
        sent = self._executor.submit(cluster_worker.perform, json.dumps(packed(task)), root, self._bundle)
        self._sent.append(sent)

        def arrived(done: Future[Any]) -> None:
            # Not in Dask's own thread: writing files takes a while.
            threading.Thread(target=_settle, args=(result, done), daemon=True).start()

        sent.add_done_callback(arrived)
        result.set_running_or_notify_cancel()
        return result

    def call_off(self) -> None:
        """Cancel what is not done."""
        for sent in self._sent:
            sent.cancel()
        self._executor.shutdown(wait=False)


def _settle(result: Future[Any], done: Future[Any]) -> None:
    try:
        answer, files = done.result()
        if "error" in answer:
            raise SceneError(answer["error"], answer["trace"])
        store = Store()
        for key, data in files.items():
            store.keep(key, Group.from_bytes(key, data))
        result.set_result(drawn(answer["drawn"]))
    except CourseError as error:
        result.set_exception(error)
    except BaseException as error:
        what = f"{type(error).__name__}: {error}"
        result.set_exception(CourseError(f"The cluster could not draw this ({what}). What is done is kept."))


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
