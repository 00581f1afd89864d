"""Which models can be trained, by the name that `course train --model` takes.

Not for their recipes: see `settings`.
"""

from collections.abc import Callable
from typing import Any

import torch

from course.model.judge import JudgeTask
from course.model.latent import LatentTask, VaeTask
from course.model.settings import RECIPES
from course.model.student import StudentTask
from course.model.tasks import ClipTask, PixelTask

TASKS: dict[str, Callable[[], Any]] = {
    "clip": ClipTask,
    "pixel": PixelTask,
    "vae": VaeTask,
    "latent": LatentTask,
    "student": StudentTask,
    "judge": JudgeTask,
}


def make_task(name: str) -> Any:
    """The named task with untrained weights that are the same every time."""
    torch.manual_seed(RECIPES[name].seed)
    return TASKS[name]()
