#!/bin/sh
# GNU OpenMP (libgomp, as it comes in wheels): with nothing set, OMP_DISPLAY_ENV says that threads wait passively, and yet they
# spin; only GOMP_SPINCOUNT, which is shown with VERBOSE, tells the two apart. So "OMP_WAIT_POLICY = 'PASSIVE'" in that listing
# is no proof that waiting threads sleep. They do when the variable is set, or the count is 0.
# Seen with the libgomp in scikit-learn 1.9.1's wheel on Python 3.11 (Linux, x86-64); met when a capture beside other work took
# three times as long.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1
"$folder/venv/bin/python" - <<'PY'
import os
import re
import subprocess
import sys

import sklearn

print("scikit-learn", sklearn.__version__)
LOAD = "from sklearn.utils import _openmp_helpers"  # loads the libgomp that came along


def told(**settings: str) -> tuple[str, str]:
    """Wait policy and spin count as libgomp lists them when it is loaded."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**bare, "OMP_DISPLAY_ENV": "VERBOSE", **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    policy = re.search(r"OMP_WAIT_POLICY = '(\w+)'", done.stderr)
    count = re.search(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)
    return policy[1], count[1]


unset, passive, none = told(), told(OMP_WAIT_POLICY="PASSIVE"), told(GOMP_SPINCOUNT="0")
print(f"nothing set: policy {unset[0]}, spins {unset[1]} times")
print(f"OMP_WAIT_POLICY=PASSIVE: policy {passive[0]}, spins {passive[1]} times")
print(f"GOMP_SPINCOUNT=0: policy {none[0]}, spins {none[1]} times")
assert (unset, passive, none) == (("PASSIVE", "300000"), ("PASSIVE", "0"), ("PASSIVE", "0")), "this has changed"
PY
