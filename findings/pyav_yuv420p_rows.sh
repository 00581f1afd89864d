#!/bin/sh
# PyAV: from_numpy_buffer("yuv420p") takes an array of an even height that is no multiple of 4, and makes a frame that is two
# rows too short, without a word; from_ndarray, with the same array, makes one of the right height.
# Seen with PyAV 18.1.0 and NumPy 2.4.6 on Python 3.11. Met when a frame of 160×90 pixels was handed to an encoder of that size.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import av
import numpy as np

print("PyAV", av.__version__, "NumPy", np.__version__)
found = {}
for height in (88, 90, 92, 94):
    planes = np.zeros((height * 3 // 2, 160), np.uint8)  # valid: luma, then both chromas of height / 2 rows
    found[height] = (
        av.VideoFrame.from_numpy_buffer(planes, format="yuv420p").height,
        av.VideoFrame.from_ndarray(planes, format="yuv420p").height,
    )
    print(f"{height} rows: from_numpy_buffer makes {found[height][0]}, from_ndarray {found[height][1]}")
assert found == {88: (88, 88), 90: (88, 90), 92: (92, 92), 94: (92, 94)}, "this has changed"
PY
