"""Whether a build that is killed, that runs out of disk or that loses a worker ends in the same film.

Run by hand: `python benchmarks/reliability_render.py --runs 20 --chapters ch1 ch2 --depth story`. Parts:
- kill: the command and all that it started are killed (kill -9) at a random moment of the build, then it is
  run again: the film must be byte-identical to one that was never disturbed;
- disk: no file may grow beyond a random size (RLIMIT_FSIZE, as a full disk meets one file after the other):
  the build must end in a sentence without a traceback, and again in the same film once there is room;
- cluster: one of two Dask workers is killed (kill -9) in each phase of a build: before the first group is
  there, while groups are drawn, when all of them are there.
Films are rendered in a folder of their own; captures and spoken lines are used, and added to, where they are.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from course.files import digest_file
from course.paths import ROOT, media

PARTS = ("kill", "disk", "cluster")
LIMITED = (
    "import resource, sys; from course.cli import main\n"
    "if __name__ == '__main__':\n"
    "    if size := int(sys.argv.pop(1)): resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
    "    if sys.argv.pop(1) == 'tiny':\n"
    "        import course.render.quality as q\n"
    "        q._KNOWN['l'] = q.Quality('tiny', 192, 108, 2, 'low')\n"
    "    main(sys.argv[1:])\n"
)


class Bench:
    """A folder in which the same films are rendered again and again."""

    def __init__(self, folder: Path, arguments: Sequence[str], size: str) -> None:
        self.size = size
        self.media, self.arguments = folder / "media", ["render", *arguments]
        self.media.mkdir()
        for kept in ("captures", "voice"):
            (media().absolute() / kept).mkdir(parents=True, exist_ok=True)
            (self.media / kept).symlink_to(media().absolute() / kept)
        self.reset()
        begun = time.monotonic()
        self.finish()  # captures and lines are there from now on
        self.reset()
        begun = time.monotonic()
        self.finish()
        self.seconds = time.monotonic() - begun
        self.films = self.digests()
        self.largest = max(path.stat().st_size for path in self.files())

    def reset(self) -> None:
        """Forget all that was rendered."""
        for made in ("videos", "groups"):
            shutil.rmtree(self.media / made, ignore_errors=True)

    def start(self, *more: str, limit: int = 0) -> "subprocess.Popen[str]":
        """Begin a build, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", LIMITED, str(limit), self.size, *self.arguments, *more],
            env=os.environ | {"COURSE_MEDIA": str(self.media)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )

    def finish(self) -> None:
        """Build to the end."""
        build = self.start()
        _, said = build.communicate()
        if build.returncode:
            raise SystemExit(f"an undisturbed build ended with {build.returncode}: {said[-1500:]}")

    def files(self) -> list[Path]:
        """What stands under its final name."""
        found = [*(self.media / "videos").rglob("*.mp4"), *(self.media / "groups").rglob("*.group")]
        return sorted(path for path in found if not path.name.startswith("."))

    def groups(self) -> int:
        """How many groups of pictures are there."""
        return sum(path.suffix == ".group" for path in self.files())

    def digests(self) -> dict[str, str]:
        """Of each file that stands under its final name."""
        return {str(path.relative_to(self.media)): digest_file(path) for path in self.files()}

    def same(self) -> bool:
        """Whether all groups and films are those of the undisturbed build."""
        return self.digests() == self.films


def kill_at_random(bench: Bench, runs: int) -> None:
    """Kill -9, resume, compare."""
    moments, same = [], 0
    while len(moments) < runs:
        bench.reset()
        moment = random.uniform(0.02, 1.0)
        build = bench.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            build.wait(moment * bench.seconds)
        if build.poll() is not None:  # it was quicker than the undisturbed one, and nothing was killed
            build.communicate()
            continue
        os.killpg(build.pid, signal.SIGKILL)
        build.communicate()
        moments.append(moment)
        bench.finish()
        same += bench.same()
    at = ", ".join(f"{100 * moment:.0f}" for moment in sorted(moments))
    print(f"kill -9: {same} of {runs} resumed to byte-identical films; killed at {at} % of the build's time")


def full_disk(bench: Bench, runs: int) -> None:
    """No room for a file of some size, then room again."""
    same = sentences = 0
    for _ in range(runs):
        bench.reset()
        build = bench.start(limit=round(bench.largest * random.random() ** 2) + 1)
        _, said = build.communicate()
        lines = [line for line in said.splitlines() if line.startswith("error:")]
        good = build.returncode == 1 and len(lines) == 1 and "Traceback" not in said
        if not good:
            print(f"  ended with {build.returncode}: {said[-400:]!r}")
        sentences += good
        bench.finish()
        same += bench.same()
    print(
        f"full disk: {sentences} of {runs} ended in a sentence, {same} of {runs} then in byte-identical films"
    )


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A scheduler and two workers on this machine."""
    import distributed

    started = []
    note = folder / "scheduler.json"

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:]]
        common = ["--scheduler-file", str(note), "--host", "127.0.0.1", "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen([*command, *common], start_new_session=True, cwd=folder, **quiet))  # type: ignore[call-overload]
        return started[-1]

    try:
        start("dask_scheduler", "--port", "0")
        while not note.exists():
            time.sleep(0.1)
        each = ("--nthreads", "1", "--no-nanny", "--local-directory")
        workers = [start("dask_worker", *each, str(folder / f"own{k}")) for k in range(2)]
        with distributed.Client(scheduler_file=str(note), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
            address = client.scheduler.address
        yield address, workers
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        note.unlink(missing_ok=True)


def lost_worker(bench: Bench, runs: int) -> None:
    """One of two workers dies in each phase."""
    whole = sum(name.endswith(".group") for name in bench.films)
    phases: dict[str, Callable[[], bool]] = {
        "before the first group": lambda: True,
        "while drawing": lambda: bench.groups() > random.randrange(max(1, whole - 1)),
        "when all is drawn": lambda: bench.groups() >= whole,
    }
    for phase, reached in phases.items():
        same = 0
        for _ in range(runs):
            bench.reset()
            with (
                tempfile.TemporaryDirectory(prefix="reliability-") as own,
                cluster(Path(own)) as (address, workers),
            ):
                build = bench.start("--scheduler", address)
                while build.poll() is None and not reached():
                    time.sleep(0.02)
                os.killpg(workers[0].pid, signal.SIGKILL)
                _, said = build.communicate()
                if build.returncode:
                    print(f"  ended with {build.returncode}: {said[-400:]!r}")
            same += bench.same()
        print(f"a worker killed {phase}: {same} of {runs} builds ended in byte-identical films")


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20, help="of each part and phase (20)")
    parser.add_argument("--chapters", nargs="+", default=["all"], help="which films (all)")
    parser.add_argument("--depth", choices=("story", "mechanism", "derivation"), help="only this one of each")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="which (all)")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments (0)")
    parser.add_argument(
        "--tiny", action="store_true", help="films of 192×108 at 2 frames a second, not drafts"
    )
    given = parser.parse_args()
    if given.runs < 1:
        parser.error("--runs must be 1 or more.")
    random.seed(given.seed)
    depth = ["--depth", given.depth] if given.depth else []
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        how = ["-q", "l"] if given.tiny else ["-q", "l", "--draft"]
        bench = Bench(Path(folder), [*how, *depth, *given.chapters], "tiny" if given.tiny else "as it is")
        print(f"an undisturbed build: {bench.seconds:.0f} s, {bench.groups()} groups", flush=True)
        for part in given.parts:
            {"kill": kill_at_random, "disk": full_disk, "cluster": lost_worker}[part](bench, given.runs)


if __name__ == "__main__":
    main()
