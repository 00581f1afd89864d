"""`course precompute`: capture everything that the chapters declare.

Not for the capturing itself (see `capturing`).
"""

from contextlib import nullcontext
from pathlib import Path

import click

from course.cast import cast_options
from course.chapters import resolve
from course.paths import shown
from course.precompute import CaptureSpec, Gathering, capture_all, gather_all
from course.precompute.gathering import result_path, ship, shipped_path, shipping
from course.precompute.store import capture_path


def declared(path: Path) -> tuple[list[CaptureSpec], list[Gathering]]:
    """The captures and gathered results that a scene file's chapter declares; nothing is drawn."""
    from manim import tempconfig

    from course.stage.loading import load, mistakes

    with tempconfig({"dry_run": True}), mistakes(path):
        chapter = load(path)()
        return list(chapter.declared().specs.values()), list(chapter.gatherings().values())


@click.command()
@click.argument("chapters", nargs=-1)
@click.option("--device", help="cpu or cuda; default: cuda where there is one.")
@click.option("--ship", "to_ship", is_flag=True, help="Put the gathered results in assets/results.")
@cast_options
def precompute(chapters: tuple[str, ...], device: str | None, to_ship: bool) -> None:
    """Capture all that the CHAPTERS declare (default: every chapter); what is there already is kept.

    Of models from elsewhere, states, guesses, noise and attention are kept as float16 where a state has more
    than 100,000 numbers; compact=True or False in a chapter's CaptureSpec decides otherwise.
    """
    if device:
        from course.model.devices import device as checked

        checked(device)
    with shipping() if to_ship else nullcontext():
        wanted = [declared(path) for path in resolve(chapters)]
    specs = {spec.key: spec for captures, _ in wanted for spec in captures}
    gatherings = list(dict.fromkeys(one for _, gathered in wanted for one in gathered))
    made = capture_all(specs.values(), device)
    for one in made:
        click.echo(f"{shown(capture_path(one.key))}  {one.spec.model}: {one.spec.prompt}")
    gather_all(gatherings, device=device)
    for path in ship(gatherings) if to_ship else ():
        click.echo(shown(path))
    for of in () if to_ship else gatherings:
        path = next(p for p in (result_path(of.key()), shipped_path(of.key())) if p.exists())
        others = " and others" if len(of.prompts) > 1 else ""
        click.echo(f"{shown(path)}  {of.spec.model}: {of.runs} × {of.prompts[0]}{others}")
    if not made and not gatherings:
        click.echo("these chapters declare no captures")
