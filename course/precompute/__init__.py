"""Run a text-to-image pipeline once and keep everything that it did: `CaptureSpec` → `Capture`.

Not for drawing. Importing this costs no torch; a capture that is already on disk is read without it.
"""

from course.precompute.albums import Album
from course.precompute.capturing import capture, capture_all
from course.precompute.copies import Copies
from course.precompute.families import Specs
from course.precompute.gathering import Gathered, Gathering, gather, gather_all, gather_each
from course.precompute.inverting import Inversion
from course.precompute.spec import CaptureSpec, weights_digest
from course.precompute.store import Capture
from course.precompute.tables import Tables

__all__ = [
    "Album",
    "Capture",
    "CaptureSpec",
    "Copies",
    "Gathered",
    "Gathering",
    "Inversion",
    "Specs",
    "Tables",
    "capture",
    "capture_all",
    "gather",
    "gather_all",
    "gather_each",
    "weights_digest",
]
