"""`course train` and `course evaluate`.

Not for the work itself: see `train`, `tasks` and `card`.
"""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import click

from course.errors import CourseError, UsageError
from course.files import read_json, unwritable
from course.model.settings import GENERATORS, RECIPES, TEACHER, UNGUIDED
from course.paths import ASSETS, media, shown


def _check_compiler() -> None:
    """Raise UsageError where the compiler that a network is compiled with is missing."""
    name = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")
    if not shutil.which(name):
        raise UsageError(f"--fast needs the C++ compiler {name}. Install it, or leave out --fast.")


def _say_if_slower(options: dict[str, bool], place: str) -> None:
    """Tell where the options that compute in bfloat16 would cost time instead of saving it."""
    from course.model.train import has_bfloat16

    named = " and ".join(name for name, given in options.items() if given)
    if named and not has_bfloat16(place):
        click.echo(
            f"This processor has no instructions for bfloat16, in which {named} would compute: "
            "training goes several times as fast without.",
            err=True,
        )


@click.command()
@click.option(
    "--model", type=click.Choice(list(RECIPES)), default="pixel", show_default=True, help="Which one."
)
@click.option("--minutes", type=float, help="Budget in minutes of training; default: the recipe's.")
@click.option("--steps", type=int, help="Budget in steps instead of minutes.")
@click.option("--batch", type=click.IntRange(1), help="Pictures in a step; default: the recipe's.")
@click.option(
    "--fast",
    is_flag=True,
    help="Compute in bfloat16 with a compiled network: worth it on a CPU with AMX or AVX-512 BF16. "
    "Needs a C++ compiler.",
)
@click.option(
    "--muon",
    is_flag=True,
    help="Let Muon, in bfloat16, turn the U-Net's inner matrices (pixel, latent).",
)
@click.option(
    "--resume/--fresh", default=True, show_default=True, help="Take up what is there, or start over."
)
@click.option(
    "--refine",
    is_flag=True,
    help="Train the weights that are there further; of clip the picture half, of vae the decoder alone: "
    "the generators were trained on the other halves.",
)
@click.option(
    "--export", is_flag=True, help="Write the weights of an unfinished training, and train no further."
)
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Weights folder; default: assets/models/MODEL."
)
def train(
    model: str,
    minutes: float | None,
    steps: int | None,
    batch: int | None,
    fast: bool,
    muon: bool,
    resume: bool,
    refine: bool,
    export: bool,
    device: str | None,
    output: Path | None,
) -> None:
    """Train one of the shipped models; stop with Ctrl-C at any time and run again to go on."""
    if minutes is not None and steps is not None:
        raise UsageError("Give --minutes or --steps, not both.")
    if (minutes is not None and not minutes > 0) or (steps is not None and steps < 1):
        raise UsageError("The budget must be more than nothing, for example --minutes 60.")
    if export and (minutes or steps or not resume):
        raise UsageError("--export trains nothing. Give it without --minutes, --steps and --fresh.")
    if refine and model in ("judge", "student"):
        raise UsageError(f"--refine is for the others. Train the {model} without it.")
    if muon and model not in GENERATORS:
        raise UsageError(f"--muon is for {' and '.join(GENERATORS)}. Train {model} without it.")
    if fast:
        _check_compiler()
    recipe = replace(RECIPES[model], batch=batch or RECIPES[model].batch, muon=muon)
    from course.model import devices

    place = devices.device(device)
    for folder in (output or ASSETS / "models" / model, media() / "training"):
        if reason := unwritable(folder.absolute().parent):
            raise CourseError(f"Cannot write {shown(folder)} ({reason}). Make its folder writable.")
    from course.model.registry import make_task
    from course.model.train import Budget, export_unfinished
    from course.model.train import train as run

    task = make_task(model)
    if refine:
        task.restore(output or ASSETS / "models" / model)
    if export:
        folder = export_unfinished(model, task, output, recipe)
    else:
        _say_if_slower({"--fast": fast, "--muon": muon}, place)
        budget = Budget(steps=steps) if steps else Budget(minutes=minutes or RECIPES[model].minutes)
        folder = run(
            model,
            task,
            budget,
            resume=resume,
            device=place,
            output=output,
            recipe=recipe,
            refine=refine,
            fast=fast,
        )
    click.echo(f"wrote {shown(folder)}")


@click.command()
@click.option(
    "--model",
    type=click.Choice((*GENERATORS, "student")),
    default="pixel",
    show_default=True,
    help="Which one.",
)
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@click.option("--quick", is_flag=True, help="A few pictures only, shown and not written to the model card.")
def evaluate(model: str, device: str | None, quick: bool) -> None:
    """Have the independent judge score the pictures of a model, and write its card."""
    from course.model import card, devices, distilled, evaluate
    from course.precompute import weights_digest
    from course.precompute.systems import painter

    place = devices.device(device)
    extent, paint = evaluate.QUICK if quick else evaluate.FULL, painter(model, place)
    if model == "student":
        teacher = painter(TEACHER, place)
        known = read_json(ASSETS / "models" / TEACHER / "scores.json")
        own = known if known.get("weights") == weights_digest(TEACHER) else {}
        scores = {"weights": weights_digest(model), **distilled.measure(paint, teacher, extent, own)}
        click.echo(distilled.table(scores))
        for path in () if quick else distilled.write(scores, paint, teacher):
            click.echo(f"wrote {shown(path)}")
        return
    every = evaluate.sampler(paint, extent.steps)
    late = evaluate.sampler(paint, extent.steps, UNGUIDED)
    weights = weights_digest(model)
    scores = {"weights": weights, **evaluate.measure(every, late, model, extent)}
    click.echo(card.table(scores))
    if quick:
        return
    for path in card.write(model, scores, late):
        click.echo(f"wrote {shown(path)}")
