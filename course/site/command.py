"""`course site`.

Not for the work itself: see `build` and `widget`.
"""

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import UsageError
from course.paths import shown


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("chapters", nargs=-1)
@click.option(
    "--widget", metavar="CHAPTER", help="Only one file: every step of this chapter's walk, to embed."
)
@cast_options
def site(chapters: tuple[str, ...], widget: str | None) -> None:
    """Build the pages of CHAPTERS (default: all): film, text at three depths, every step.

    They lie in media/site, to be opened from there or handed out by any web server. What has not changed is
    not built again.
    """
    if widget is None:
        from course.site.build import build_site

        for path in build_site(resolve(chapters)):
            click.echo(shown(path))
        return
    if chapters or widget == "all":
        raise UsageError("A widget is one file of one chapter. Name that one alone: course site --widget ch2")
    from course.site.widget import write_widget

    (scene,) = resolve([widget])
    click.echo(shown(write_widget(scene)))
