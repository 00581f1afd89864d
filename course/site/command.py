"""`course site` and `course explore`.

Not for the work itself: see `build`, `widget`, `explore` and `serve`.
"""

import webbrowser
from urllib.parse import urlencode

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
@click.option("--explore", is_flag=True, help="Only the page on which the model itself runs.")
@cast_options
def site(chapters: tuple[str, ...], widget: str | None, explore: bool) -> None:
    """Build the pages of CHAPTERS (default: all): film, text at three depths, every step.

    They lie in media/site, to be opened from there or handed out by any web server. What has not changed is
    not built again.
    """
    if explore:
        if chapters or widget is not None:
            raise UsageError("--explore makes one page of its own. Give it alone: course site --explore")
        from course.site.explore import write_explore

        for path in write_explore():
            click.echo(shown(path))
        return
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("prompts", nargs=-1)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="A port of your choice; else a free one."
)
def explore(prompts: tuple[str, ...], port: int) -> None:
    """Open the page on which the model runs: with your PROMPT, or two, to go from one to the other.

    For this computer only; ends with Ctrl-C.
    """
    if len(prompts) > 2:
        raise UsageError('Give one prompt or two, each in quotes: course explore "a butterfly" "a snail"')
    from course.model.prompts import check_prompt
    from course.site.explore import write_explore
    from course.site.serve import Server

    asked = dict(zip(("prompt", "other"), map(check_prompt, prompts), strict=False))
    page, _ = write_explore()
    with Server(page.parent, port) as server:
        address = f"http://127.0.0.1:{server.server_port}/{page.name}{'?' * bool(asked)}{urlencode(asked)}"
        click.echo(f"{address}  (Ctrl-C ends)")
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("ended")
