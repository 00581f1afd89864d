"""`course voice`: the script to read aloud, what is wrong with the takes, and how a line sounds.

Not for rendering: `course render` speaks on its own.
"""

import os

import click

from course.cast import cast_options
from course.chapters import resolve
from course.errors import CourseError
from course.paths import shown
from course.voice import NAMES


def _choose(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        os.environ["COURSE_VOICE"] = value  # worker processes inherit it


voice_option = click.option(
    "--voice",
    type=click.Choice(NAMES),
    expose_value=False,
    callback=_choose,
    help="Who speaks, for this command; else course.toml says.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def voice() -> None:
    """Read the narration yourself, or hear how a voice says a line."""


@voice.command()
@click.argument("chapter")
@cast_options
def script(chapter: str) -> None:
    """Print a numbered script of CHAPTER to read aloud: one WAV file for each line."""
    from course.stage.loading import lines_of
    from course.voice import takes
    from course.voice.script import write_script

    (scene,) = resolve([chapter])[:1]
    lines = write_script(scene.stem, lines_of(scene))
    depth = ""
    for line in lines:
        if line.depth != depth:
            depth = line.depth
            click.echo(f"\n{depth.upper()}")
        click.echo(f"{line.number}  {line.text}")
    home = shown(takes.folder() / scene.stem)
    click.echo(f"\nRecord each line as {home}/<number>.wav, then run: course voice check {chapter}")


@voice.command()
@click.argument("chapter")
@cast_options
def check(chapter: str) -> None:
    """Name the takes of CHAPTER that are missing, clipped, noisy or out of date."""
    from course.stage.loading import lines_of
    from course.voice.script import check as look

    (scene,) = resolve([chapter])[:1]
    lines = lines_of(scene)
    found = look(scene.stem, lines)
    for sentence in found:
        click.echo(sentence)
    if found:
        raise CourseError(f"{len(found)} things to mend in the takes of {scene.stem}; they are named above.")
    click.echo(f"All takes of {scene.stem} are there and sound well.")


@voice.command()
@click.argument("chapters", nargs=-1)
@voice_option
@cast_options
def price(chapters: tuple[str, ...]) -> None:
    """Tell what a speech endpoint would be asked for CHAPTERS (default: all), and how long they would be."""
    from course.render.buying import is_bought, told

    if not is_bought():
        click.echo("Nothing is bought: no speech endpoint is set, or another voice is chosen.")
    for line in told(resolve(chapters)):
        click.echo(line)


@voice.command()
@click.argument("text")
@voice_option
def say(text: str) -> None:
    """Speak TEXT and name the file."""
    from course.voice import speak

    utterance = speak(text)
    click.echo(f"{shown(utterance.path)}  {utterance.duration:.2f} s  {utterance.voice}")
