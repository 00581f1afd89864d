"""`course train` and `course evaluate`.

Not for the work itself: see `train`, `tasks` and `evaluate`.
"""

from pathlib import Path

import click

from course.errors import UsageError
from course.paths import shown

MODELS = ("clip", "pixel")


@click.command()
@click.option("--model", type=click.Choice(MODELS), default="pixel", show_default=True, help="Which model to train.")
@click.option("--minutes", type=float, help="Budget in minutes; default: the recipe's.")
@click.option("--steps", type=int, help="Budget in steps instead of minutes.")
@click.option("--resume/--fresh", default=True, show_default=True, help="Take up an interrupted training, or start over.")
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the weights; default: assets/models/MODEL.")
def train(model: str, minutes: float | None, steps: int | None, resume: bool, device: str | None, output: Path | None) -> None:
    """Train one of the shipped models; stop with Ctrl-C at any time and run again to go on."""
    if minutes is not None and steps is not None:
        raise UsageError("Give --minutes or --steps, not both.")
    if (minutes is not None and minutes <= 0) or (steps is not None and steps < 1):
        raise UsageError("The budget must be more than nothing, for example --minutes 60.")
    import torch

    from course.model.settings import RECIPES
    from course.model.tasks import TASKS
    from course.model.train import Budget
    from course.model.train import train as run

    if device and device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("There is no CUDA device here. Leave out --device to train on the CPU.")
    budget = Budget(steps=steps) if steps else Budget(minutes=minutes or RECIPES[model].minutes)
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    folder = run(model, TASKS[model](), budget, resume=resume, device=place, output=output)
    click.echo(f"wrote {shown(folder)}")
