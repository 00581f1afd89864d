"""Where things lie: the checkout, what ships with it, and what is generated.

Not for creating anything: callers make the folders they write to.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
SCENES = ROOT / "scenes"


def media() -> Path:
    """The folder for everything generated: `COURSE_MEDIA` if set, else `media/` of the checkout."""
    return Path(os.environ.get("COURSE_MEDIA") or ROOT / "media")


def films() -> Path:
    """The folder for what is made of a cast: `media()`, or for the cast that COURSE_CAST names one inside it.

    Captures, spoken lines and encoded pictures are everybody's.
    """
    name = os.environ.get("COURSE_CAST")
    return media() / "casts" / name if name else media()


def shown(path: Path) -> str:
    """A path as people like to read it: relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
