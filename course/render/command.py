"""`course render` and `course plan`.

Not for the work itself: see `build`.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import UsageError
from course.paths import shown
from course.render.sources import DEPTHS
from course.voice.command import voice_option


@click.command()
@click.argument("chapters", nargs=-1)
@click.option(
    "-q", "--quality", "letter", default="l", show_default=True, help="l, m, h or k: 480p15 to 2160p60."
)
@click.option(
    "--depth", "depths", multiple=True, type=click.Choice(DEPTHS), help="Only this depth; may be repeated."
)
@click.option("--from", "start", type=float, help="Only what is shown from this second on (a quick look).")
@click.option("--to", "stop", type=float, help="Only what is shown before this second.")
@click.option("--draft", is_flag=True, help="480p15 with the fastest encoder settings.")
@click.option("--episode", is_flag=True, help="Also build the finished episode.")
@click.option("--open", "opens", is_flag=True, help="Open the film when it is done.")
@click.option("--jobs", type=int, help="Worker processes; default: one for each core.")
@click.option("--scheduler", help="Render on the Dask cluster with this scheduler, tcp://host:8786.")
@voice_option
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
    scheduler: str | None,
) -> None:
    """Render CHAPTERS (default: all) to video. What has not changed is not rendered again."""
    from course.render.build import Build
    from course.render.buying import told
    from course.render.quality import quality

    _check_jobs(jobs)
    window = (
        None if start is None and stop is None else (start or 0.0, float("inf") if stop is None else stop)
    )
    if window and not 0 <= window[0] < window[1]:
        raise UsageError("--from and --to are seconds of the film, and --from comes first.")
    if episode and (depths or window):
        raise UsageError("An episode has all of a chapter. Leave out --episode, or --depth, --from and --to.")
    build = Build(
        scenes=resolve(chapters),
        quality=quality(letter, draft),
        depths=tuple(depth for depth in DEPTHS if depth in depths) or DEPTHS,
        workers=jobs or 0,
        window=window,
    )
    if episode:
        from course.episode.kept import bring_up_to_date

        build.then = bring_up_to_date
    for line in told(build.scenes):
        click.echo(line, err=True)
    with ExitStack() as stack:
        if scheduler:
            from course.render.cluster import connected

            build.cluster = stack.enter_context(connected(scheduler))
            build.workers = jobs or build.cluster.threads
        files = build.run()
    for path in files:
        click.echo(shown(path))
    if opens and files:
        _open(files[-1])


@click.command()
@click.argument("chapters", nargs=-1)
@click.option(
    "-q", "--quality", "letter", default="l", show_default=True, help="l, m, h or k, as for render."
)
@click.option("--jobs", type=int, default=32, show_default=True, help="How many workers to estimate for.")
@click.option("--why", is_flag=True, help="Say all that changed since each depth was planned last.")
@click.option("--json", "as_json", is_flag=True, help="All of it, animations and captions too, as JSON.")
@voice_option
@cast_options
def plan(chapters: tuple[str, ...], letter: str, jobs: int, why: bool, as_json: bool) -> None:
    """Show what rendering CHAPTERS (default: all) would do, what it would use again, and why."""
    from course.render import overview
    from course.render.build import Build, cores
    from course.render.buying import nothing_bought
    from course.render.locks import locked
    from course.render.quality import quality

    _check_jobs(jobs)
    scenes = resolve(chapters)
    build = Build(scenes=scenes, quality=quality(letter))
    with locked(scenes), nothing_bought():
        depths = build.planned()
    if as_json:
        estimates = [overview.estimate(depths, workers) for workers in dict.fromkeys((cores(), jobs))]
        value = {
            "quality": build.quality.name,
            "chapters": overview.described(depths),
            "estimates": estimates,
        }
        click.echo(json.dumps(value, indent=1, ensure_ascii=False))
    else:
        for line in overview.why(depths) if why else overview.table(depths):
            click.echo(line)
        click.echo(overview.times(depths, cores(), jobs))
    if build.failures.by_chapter:
        raise build.failures.summary(len(scenes))


def _check_jobs(jobs: int | None) -> None:
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs is {jobs}, but at least 1 worker has to do the work.")


def _open(path: Path) -> None:
    if sys.platform == "win32":
        os.startfile(path)
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([opener, str(path)], check=False)
    except FileNotFoundError:
        click.echo(f"There is no {opener} here; open the file yourself.", err=True)
