"""`course episode`: finish rendered chapters, and join them into one film.

Not for rendering: `course render` comes first.
"""

import click

from course.cast import cast_name
from course.chapters import resolve
from course.errors import CourseError
from course.paths import shown


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CHAPTER...|all")
@click.option("--burn", is_flag=True, help="Also write a copy with the captions drawn into the picture.")
@cast_name
def episode(names: tuple[str, ...], burn: bool) -> None:
    """Finish rendered chapters: sound, captions, marks, thumbnail. `all` also joins them into one film."""
    from course.episode.assemble import build_episode
    from course.render.rendered import Rendered, rendered_path

    scenes = resolve(names)
    missing = [scene.stem for scene in scenes if not rendered_path(scene.stem).exists()]
    if missing:
        raise CourseError(
            f"Not rendered yet: {', '.join(missing)}. First run: course render {' '.join(missing)}"
        )
    chapters = [(scene.stem, Rendered.load(rendered_path(scene.stem))) for scene in scenes]
    for name, rendered in chapters:
        click.echo(shown(build_episode(rendered, name, burn)))
    if "all" in names:
        from course.episode.whole import build_course

        click.echo(shown(build_course(chapters)))
