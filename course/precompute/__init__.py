"""Run a text-to-image pipeline once and keep everything that it did: `CaptureSpec` → `Capture`.

Not for drawing. Importing this costs no torch; a capture that is already on disk is read without it.
"""

from course.precompute.capturing import capture, capture_all
from course.precompute.families import Specs
from course.precompute.gathering import Gathered, Gathering, gather, gather_all, gather_each
from course.precompute.spec import CaptureSpec, weights_digest
from course.precompute.store import Capture

__all__ = [
    "Capture",
    "CaptureSpec",
    "Gathered",
    "Gathering",
    "Specs",
    "capture",
    "capture_all",
    "gather",
    "gather_all",
    "gather_each",
    "weights_digest",
]
