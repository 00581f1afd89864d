"""`course precompute`: capture everything that the chapters declare.

Not for the capturing itself (see `capturing`).
"""

from collections.abc import Mapping
from pathlib import Path

import click

from course.cast import cast_options
from course.chapters import load, resolve
from course.errors import UsageError
from course.paths import shown
from course.precompute import CaptureSpec, capture_all
from course.precompute.store import capture_path


def declared(path: Path) -> Mapping[str, CaptureSpec]:
    """The captures that a scene file's chapter declares, by name; nothing is drawn or written."""
    from manim import tempconfig

    with tempconfig({"dry_run": True}):
        return load(path)().specs()


@click.command()
@click.argument("chapters", nargs=-1)
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@cast_options
def precompute(chapters: tuple[str, ...], device: str | None) -> None:
    """Capture all that the CHAPTERS declare (default: every chapter); what is there already is kept."""
    specs = {spec.key: spec for path in resolve(chapters) for spec in declared(path).values()}
    if device and device.startswith("cuda"):
        import torch

        if not torch.cuda.is_available():
            raise UsageError("There is no CUDA device here. Leave out --device to use the CPU.")
    made = capture_all(specs.values(), device)
    for one in made:
        click.echo(f"{shown(capture_path(one.key))}  {one.spec.model}: {one.spec.prompt}")
    if not made:
        click.echo("these chapters declare no captures")
