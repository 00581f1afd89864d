"""A benchmark that is asked what it does says so, and does nothing else."""

import subprocess
import sys

import pytest

from course.paths import ROOT

pytestmark = pytest.mark.long

BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))
ASKED = """
import os, runpy, sys
import course.model.registry, course.precompute.batches, course.stage, manim  # once for all of them
for path in sys.argv[1:]:
    print(path, flush=True)
    if (child := os.fork()) == 0:
        sys.argv, sys.path[0] = [path, "--help"], os.path.dirname(path)
        code = 3  # where it goes on
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as asked:
            code = asked.code or 0
        sys.stdout.flush()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, path
"""


def test_help_is_help() -> None:
    paths = [str(path) for path in BENCHMARKS]
    done = subprocess.run(
        [sys.executable, "-c", ASKED, *paths], capture_output=True, text=True, timeout=300, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stderr == ""
    for path, after in zip(paths, [*paths[1:], None], strict=True):
        said = done.stdout.partition(f"{path}\n")[2].partition(f"{after}\n")[0]
        assert said.lower().startswith("usage:"), path
