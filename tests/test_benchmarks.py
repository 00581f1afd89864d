"""A benchmark that is asked what it does says so, and does nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from course.paths import ROOT

pytestmark = pytest.mark.long

BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_help_is_help(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path), "--help"], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stdout.lower().startswith("usage:")
    assert done.stderr == ""
