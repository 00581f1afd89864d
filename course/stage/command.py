"""`course lint` and `course claims`: layout and facts of a chapter, looked at without drawing a frame.

Not for the source's own style: that is ruff's part.
"""

import json

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import CourseError, UsageError
from course.files import write_text
from course.paths import ROOT, shown
from course.progress import progress

CLAIMS = ROOT / "docs" / "claims.md"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("chapters", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@cast_options
def lint(chapters: tuple[str, ...], as_json: bool) -> None:
    """Look for overlaps, tiny text and other faults of layout in CHAPTERS (all, if none is named).

    A deliberate exception is one comment on the statement that shows it, or directly above:
    # lint: allow text-over-picture — why.
    """
    from course.stage.lint.findings import lint as look
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("chapters", nargs=-1)
@click.option("--write", is_flag=True, help="Write the claims of all chapters to docs/claims.md.")
@cast_options
def claims(chapters: tuple[str, ...], write: bool) -> None:
    """Measure every fact that CHAPTERS state (all, if none is named), and show the numbers behind them."""
    from course.stage.claims import HEAD, markdown, refuted
    from course.stage.loading import load, mistakes

    if write and chapters:
        raise UsageError("docs/claims.md holds all chapters. Give --write without naming any.")
    sections, wrong = [HEAD], []
    for path in progress(resolve(chapters), desc="claims", unit="chapter"):
        with mistakes(path):
            chapter = load(path)()
            found = chapter.claims()
        sections.append(markdown(f"{path.stem}: {chapter.title}", found.values()))
        wrong += [f"{path.stem}, {line}" for line in refuted(found)]
    text = "\n".join(sections)
    click.echo(text)
    if wrong:
        raise CourseError("Measured otherwise than said:\n" + "\n".join(wrong))
    if write:
        write_text(CLAIMS, text)
        click.echo(f"wrote {shown(CLAIMS)}")
