"""A whole scene in one digest, for tests that ask whether two scenes look equal."""

import hashlib

from manim import Scene

from course.stage.manim_internals import scene_state


def scene_digest(scene: Scene) -> str:
    """Equal scenes look equal from here on, given the same animations."""
    total = hashlib.sha256()
    for name, digest in scene_state(scene):
        total.update(f"{name}\0{digest.split()[0]}\n".encode())
    return total.hexdigest()
