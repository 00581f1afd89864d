"""Watch any diffusers text-to-image pipeline paint: `with recording(pipe) as run: pipe(…)`.

Not for the course's captures (see `course.precompute`): this needs torch and diffusers only, and knows no
family by name; what it says was measured on the tensors.
"""

from course.precompute.recorder.run import Run, Step
from course.precompute.recorder.watching import recording

__all__ = ["Run", "Step", "recording"]
