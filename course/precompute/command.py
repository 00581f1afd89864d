"""`course precompute`: capture everything that the chapters declare.

Not for the capturing itself (see `capturing`).
"""

import click

from course.cast import cast_options
from course.chapters import load, resolve
from course.paths import shown
from course.precompute import capture_all
from course.precompute.store import capture_path


@click.command()
@click.argument("chapters", nargs=-1)
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@cast_options
def precompute(chapters: tuple[str, ...], device: str | None) -> None:
    """Capture all that the CHAPTERS declare (default: every chapter); what is there already is kept."""
    specs = {spec.key: spec for path in resolve(chapters) for spec in load(path).declared().values()}
    made = capture_all(specs.values(), device)
    for one in made:
        click.echo(f"{shown(capture_path(one.key))}  {one.spec.model}: {one.spec.prompt}")
