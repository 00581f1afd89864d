"""Where networks run: what `--device` names, if it is there.

Not for moving anything to it.
"""

import torch

from course.errors import UsageError


def device(asked: str | None) -> str:
    """What was asked for; for None CUDA where there is one, otherwise the CPU.

    Raises UsageError for a device that is unknown or not there.
    """
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if asked is None:
        return "cuda" if there["cuda"] else "cpu"
    try:
        found = torch.device(asked)
    except RuntimeError:
        found = torch.device("meta")
    if found.type not in there:
        raise UsageError(f"--device {asked} is not known. Give cpu or cuda, or leave it out.")
    if (found.index or 0) >= there[found.type]:
        raise UsageError(f"There is no {asked} here. Leave out --device to use the CPU.")
    return asked


def out_of_memory(error: BaseException) -> bool:
    """Whether this says that there is not enough memory, in any of torch's and Python's ways to say so."""
    said = str(error).lower()
    ways = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError | OSError) and any(way in said for way in ways)
    )
