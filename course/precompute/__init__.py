"""Run a text-to-image pipeline once and keep everything that it did: `CaptureSpec` → `Capture`.

Not for drawing. Importing this costs no torch; a capture that is already on disk is read without it.
"""

from typing import TYPE_CHECKING, Any

from course.precompute.capturing import capture, capture_all
from course.precompute.families import Specs
from course.precompute.gathering import Gathered, Gathering, gather, gather_all, gather_each
from course.precompute.spec import CaptureSpec, weights_digest
from course.precompute.store import Capture

if TYPE_CHECKING:
    from course.precompute.embedding import embed, embed_pictures

__all__ = [
    "Capture",
    "CaptureSpec",
    "Gathered",
    "Gathering",
    "Specs",
    "capture",
    "capture_all",
    "embed",
    "embed_pictures",
    "gather",
    "gather_all",
    "gather_each",
    "weights_digest",
]


def __getattr__(name: str) -> Any:
    if name not in ("embed", "embed_pictures"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from course.precompute import embedding  # loads torch

    return getattr(embedding, name)
