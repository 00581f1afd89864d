"""`course episode`: finish rendered chapters, join them into one film, and cut a trailer from them.

Not for rendering: `course render` comes first.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from course.cast import cast_name
from course.chapters import resolve
from course.errors import CourseError
from course.paths import shown

if TYPE_CHECKING:
    from course.render.rendered import Rendered


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CHAPTER...|all|trailer")
@click.option("--burn", is_flag=True, help="Also write a copy with the captions drawn into the picture.")
@cast_name
def episode(names: tuple[str, ...], burn: bool) -> None:
    """Finish rendered chapters: sound, captions, marks, thumbnail. `all` also joins them into one film.

    `trailer` cuts a film of a good minute from all chapters: each one's question, and its last picture.
    """
    from course.episode.assemble import build_episode

    own = [name for name in names if name != "trailer"]
    chapters = _rendered(own) if own else []
    for name, rendered in chapters:
        click.echo(shown(build_episode(rendered, name, burn)))
    if "all" in own:
        from course.episode.whole import build_course

        click.echo(shown(build_course(chapters)))
    if "trailer" in names:
        from course.episode.trailer import bring_up_to_date

        click.echo(shown(bring_up_to_date(_rendered(["all"]))))


def _rendered(names: Sequence[str]) -> list[tuple[str, "Rendered"]]:
    """The chapters of these names, each rendered. Raises `CourseError` where some are not."""
    from course.render.rendered import Rendered, rendered_path

    scenes = [scene.stem for scene in resolve(names)]
    if missing := [name for name in scenes if not rendered_path(name).exists()]:
        raise CourseError(
            f"Not rendered yet: {', '.join(missing)}. First run: course render {' '.join(missing)}"
        )
    return [(name, Rendered.load(rendered_path(name))) for name in scenes]
