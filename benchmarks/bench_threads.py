"""How long a U-Net call takes, alone and beside busy processes, by what torch's threads do while they wait.

Run by hand: `python benchmarks/bench_threads.py`; Linux only. Every setting has its own processes, which take
turns. `others` are the cores that other programs took meanwhile; only `quiet` turns, in which these were few,
enter the numbers, unless there are none. Targets: at most 450 ms a call of 64 alone, 650 beside one busy
process; on another machine the ratios to torch's default in the same run say more.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS")
ONE = {"OMP_NUM_THREADS": "1"}
SETTINGS: dict[str, tuple[int, dict[str, str]]] = {
    "torch's default": (1, {}),
    "OMP_WAIT_POLICY=PASSIVE": (1, {"OMP_WAIT_POLICY": "PASSIVE"}),
    "GOMP_SPINCOUNT=0": (1, {"GOMP_SPINCOUNT": "0"}),
    "one thread": (1, ONE),
    "two processes": (2, ONE),
}
"""How many processes share the batch, and their environment."""
QUIET = 0.1
"""Cores that other programs may have taken."""
TICKS = os.sysconf("SC_CLK_TCK")


class Settled:
    """The processes of one setting, loaded and warm, each with its share of the batch."""

    def __init__(self, batch: int, processes: int, variables: dict[str, str], train: bool) -> None:
        clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        command = [sys.executable, __file__, "--share", str(batch // processes), *["--train"] * train]
        self.workers = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean | variables
            )
            for _ in range(processes)
        ]
        self.calls(2)

    def calls(self, count: int) -> float:
        """Seconds a call, until the last process is done."""
        start = time.perf_counter()
        for worker in self.workers:
            assert worker.stdin
            worker.stdin.write(f"{count}\n")
            worker.stdin.flush()
        for worker in self.workers:
            assert worker.stdout
            if not worker.stdout.readline():
                raise SystemExit("A process of the measurement has ended; its message stands above.")
        return (time.perf_counter() - start) / count

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


def serve(share: int, train: bool) -> None:
    """For each line with a number, make so many calls and answer."""
    import torch  # before the course's own modules, which would choose a setting

    from course.model.pipeline import fold
    from course.precompute.systems import load_pipeline, system_of

    pipe = load_pipeline("pixel")
    states = fold(pipe.noise(list(range(share))))
    words = system_of(pipe).encode(["a butterfly on a blue background"] * share)
    for line in sys.stdin:
        with torch.set_grad_enabled(train):
            for _ in range(int(line)):
                answer = pipe.unet(states, 600, encoder_hidden_states=words).sample
                if train:
                    answer.square().mean().backward()
        print("done", flush=True)


@contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """Processes that do nothing but keep a core busy."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield [one.pid for one in spinning]
    finally:
        for one in spinning:
            one.kill()
            one.wait()


def used(pid: int) -> int:
    """Clock ticks that a process has run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def all_used() -> int:
    """Clock ticks that all cores were not idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4]


def turn(settled: Settled, beside: int, calls: int) -> tuple[float, float]:
    """Seconds a call, and how many cores others took."""
    with busy(beside) as spinning:
        time.sleep(0.3)
        pids = [os.getpid(), *spinning, *(worker.pid for worker in settled.workers)]
        start, before = time.perf_counter(), all_used() - sum(map(used, pids))
        seconds = settled.calls(calls)
        others = all_used() - sum(map(used, pids)) - before
        return seconds, others / TICKS / (time.perf_counter() - start)


def wait_for_quiet(patience: float) -> None:
    """Return when others have taken little for a second, or after `patience` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = all_used()
        time.sleep(1)
        if (all_used() - before) / TICKS < QUIET:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=10, help="of measuring; the last round is finished")
    parser.add_argument("--calls", type=int, default=4, help="in one turn")
    parser.add_argument("--busy", type=int, nargs="*", default=[0, 1], help="how many busy processes beside")
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for quiet, a turn")
    parser.add_argument("--train", action="store_true", help="with the backward pass")
    parser.add_argument("--share", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.share:
        serve(given.share, given.train)
        return
    seen: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    with ExitStack() as stack, suppress(KeyboardInterrupt):  # what is measured by then is printed
        settled = {}
        for name, (processes, variables) in SETTINGS.items():
            settled[name] = Settled(given.batch, processes, variables, given.train)
            stack.callback(settled[name].close)
        end, rounds = time.monotonic() + 60 * given.minutes, 0
        while not rounds or time.monotonic() < end:
            for beside in given.busy:
                for name, one in settled.items():
                    wait_for_quiet(given.patience)
                    seen[beside, name].append(turn(one, beside, given.calls))
            rounds += 1
            print(f"round {rounds}", file=sys.stderr, flush=True)
    print("beside  setting                    median    min  quartiles  ratio to the default  quiet  others")
    for (beside, name), turns in seen.items():
        quiet = [k for k, (_, others) in enumerate(turns) if others < QUIET]
        chosen = quiet or range(len(turns))
        times = [1000 * turns[k][0] for k in chosen]
        ratios = [turns[k][0] / seen[beside, "torch's default"][k][0] for k in chosen]
        low, middle, high = quartiles(times)
        less, ratio, more = quartiles(ratios)
        print(
            f"{beside:6}  {name:24} {middle:6.0f} ms {min(times):6.0f} {low:5.0f}–{high:<5.0f} "
            f"{ratio:.2f} × ({less:.2f}–{more:.2f})    {len(quiet):2}/{len(turns):<3} "
            f"{statistics.median(others for _, others in turns):4.2f}"
        )


def quartiles(values: list[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


if __name__ == "__main__":
    main()
