"""Run a text-to-image pipeline once and keep everything that it did: `CaptureSpec` → `Capture`.

`recording(pipe)` records what any pipeline does in a script of one's own. Not for drawing. Importing this
costs no torch, but for `recording`; a capture that is already on disk is read without it.
"""

from typing import TYPE_CHECKING, Any

from course.precompute.albums import Album
from course.precompute.capturing import beyond, capture, capture_all
from course.precompute.copies import Copies
from course.precompute.families import Specs
from course.precompute.games import Milestones, Rivals, Rounds
from course.precompute.gathering import Gathered, Gathering, affordable, gather, gather_all, gather_each
from course.precompute.inverting import Inversion
from course.precompute.miniatures import Costs, Rooms, Trips, Turned
from course.precompute.roads import Recognised, Roads
from course.precompute.spec import FIXED, CaptureSpec, weights_digest
from course.precompute.store import Capture
from course.precompute.tables import Tables

if TYPE_CHECKING:
    from course.precompute.recorder import recording


def __getattr__(name: str) -> Any:
    if name == "recording":
        from course.precompute.recorder import recording

        return recording
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "FIXED",
    "Album",
    "Capture",
    "CaptureSpec",
    "Copies",
    "Costs",
    "Gathered",
    "Gathering",
    "Inversion",
    "Milestones",
    "Recognised",
    "Rivals",
    "Roads",
    "Rooms",
    "Rounds",
    "Specs",
    "Tables",
    "Trips",
    "Turned",
    "affordable",
    "beyond",
    "capture",
    "capture_all",
    "gather",
    "gather_all",
    "gather_each",
    "recording",
    "weights_digest",
]
