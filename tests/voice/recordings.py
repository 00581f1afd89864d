"""Made-up recordings: a buzz with the outline of speech, at known times; and which voices are installed."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from course.voice import sound

needs_festival = pytest.mark.skipif(
    not shutil.which("festival") or not Path("/usr/share/festival/voices/us/cmu_us_slt_arctic_hts").is_dir(),
    reason="festival with festvox-us-slt-hts is not installed",
)
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


def voiced(seconds: float, level: float = 0.2) -> NDArray[np.float32]:
    """A buzz with the outline of speech: harmonics of 120 Hz, four swells a second."""
    time = np.arange(round(seconds * sound.RATE)) / sound.RATE
    buzz = np.sum([np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 12)], axis=0)
    return (level * buzz * (0.6 + 0.4 * np.cos(2 * np.pi * 4 * time))).astype(np.float32)
