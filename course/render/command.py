"""`course render` and `course plan`.

Not for the work itself: see `build`.
"""

import os
import subprocess
import sys
from pathlib import Path

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import UsageError
from course.paths import shown
from course.render.sources import DEPTHS


@click.command()
@click.argument("chapters", nargs=-1)
@click.option("-q", "--quality", "letter", default="l", show_default=True, help="l, m, h or k: 480p15 to 2160p60.")
@click.option("--depth", "depths", multiple=True, type=click.Choice(DEPTHS), help="Only this depth; may be repeated.")
@click.option("--from", "start", type=float, help="Only what is shown from this second on (a quick look).")
@click.option("--to", "stop", type=float, help="Only what is shown before this second.")
@click.option("--draft", is_flag=True, help="480p15 with the fastest encoder settings.")
@click.option("--episode", is_flag=True, help="Also build the finished episode.")
@click.option("--open", "opens", is_flag=True, help="Open the film when it is done.")
@click.option("--jobs", type=int, help="Worker processes; default: one for each core.")
@cast_options
def render(
    chapters: tuple[str, ...],
    letter: str,
    depths: tuple[str, ...],
    start: float | None,
    stop: float | None,
    draft: bool,
    episode: bool,
    opens: bool,
    jobs: int | None,
) -> None:
    """Render CHAPTERS (default: all) to video. What has not changed is not rendered again."""
    from course.render.build import Build
    from course.render.quality import quality

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs is {jobs}, but at least 1 worker has to do the work.")
    window = None if start is None and stop is None else (start or 0.0, float("inf") if stop is None else stop)
    if window and not 0 <= window[0] < window[1]:
        raise UsageError("--from and --to are seconds of the film, and --from comes first.")
    if episode and (depths or window):
        raise UsageError("An episode has all of a chapter. Leave out --episode, or --depth, --from and --to.")
    build = Build(
        scenes=resolve(chapters),
        quality=quality(letter, draft),
        depths=tuple(depth for depth in DEPTHS if depth in depths) or DEPTHS,
        jobs=jobs or 0,
        window=window,
        episode=episode,
    )
    files = build.run()
    for path in files:
        click.echo(shown(path))
    if opens and files:
        _open(files[-1])


def _open(path: Path) -> None:
    if sys.platform == "win32":
        os.startfile(path)
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([opener, str(path)], check=False)
    except FileNotFoundError:
        click.echo(f"There is no {opener} here; open the file yourself.", err=True)
