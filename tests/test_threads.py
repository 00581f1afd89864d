"""Beside other work: torch's threads sleep while they wait, unless the user has chosen otherwise."""

import os
import re
import subprocess
import sys

import pytest

SPINNING = 30_000_000_000
"""What libgomp makes of OMP_WAIT_POLICY=ACTIVE, by its manual: practically for ever."""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="libgomp is torch's OpenMP on Linux only")
@pytest.mark.parametrize(
    ("own", "spins"),
    [({}, 0), ({"OMP_WAIT_POLICY": "ACTIVE"}, SPINNING), ({"GOMP_SPINCOUNT": "7"}, 7)],
    ids=["nothing", "policy", "count"],
)
def test_torch_loads_with_the_users_way_of_waiting_or_else_asleep(own: dict[str, str], spins: int) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run(
        [sys.executable, "-c", "import course.model.optimizer"],  # the least that loads torch
        env=clean | own | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    # The library itself says what it has read, when it is loaded.
    assert re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr) == [str(spins)]
