"""`course lint`: what a viewer would stumble on, found without drawing a frame.

Not for the source's own style: that is ruff's part.
"""

import json

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import CourseError
from course.progress import progress


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("chapters", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@cast_options
def lint(chapters: tuple[str, ...], as_json: bool) -> None:
    """Look for overlaps, tiny text and other faults of layout in CHAPTERS (all, if none is named).

    A deliberate exception is one comment on the statement that shows it, or directly above:
    # lint: allow text-over-picture — why.
    """
    from course.stage.lint import lint as look
    from course.stage.words import counted

    paths = resolve(chapters)
    findings = [finding for path in progress(paths, desc="lint", unit="chapter") for finding in look(path)]
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding)
    names = ", ".join(path.stem for path in paths)
    if findings:
        count = counted(len(findings), "thing").capitalize()
        raise CourseError(
            f"{count} to mend in {names}. Mend or allow them by a comment: # lint: allow KIND — reason."
        )
    if not as_json:
        click.echo(f"Nothing to mend in {names}.")
