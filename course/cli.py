"""The `course` command: finds the verb, loads only what that needs, and turns errors into readable lines.

Not for doing the work: each verb lives in its own package, in `command.py`.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from course import __version__
from course.errors import CourseError, UsageError

# verb → where its click command lives, and the line in the overview (so that --help loads no package).
VERBS = {
    "doctor": ("course.doctor:doctor", "What is there, what is missing, what to do about it."),
    "train": ("course.model.command:train", "Train the course's own model; goes on where it was stopped."),
    "evaluate": ("course.model.command:evaluate", "Measure what the trained model can draw."),
    "precompute": ("course.precompute.command:precompute", "Capture the denoising runs that chapters show."),
    "lint": ("course.stage.command:lint", "Look for overlaps, tiny text and other faults of layout."),
    "claims": ("course.stage.command:claims", "Measure every fact that the chapters state."),
    "plan": ("course.render.command:plan", "What a chapter holds: depths, lines, lengths."),
    "render": ("course.render.command:render", "Render chapters to video."),
    "episode": (
        "course.episode.command:episode",
        "Finish rendered chapters: sound, captions, marks, thumbnail.",
    ),
    "voice": ("course.voice.command:voice", "Read the narration yourself, or hear how a voice says a line."),
    "site": ("course.site.command:site", "Build the pages: film, text at three depths, every step."),
    "explore": ("course.site.command:explore", "The model in your browser: your own words, step by step."),
    "publish": ("course.publish.command:publish", "Put finished episodes on YouTube."),
}


class Verbs(click.Group):
    """A click group that imports a verb's module when the verb is used, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs whose package is there, in the order of the work."""
        return [verb for verb, (target, _) in VERBS.items() if _is_there(target.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now; None if there is no such verb."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = VERBS[cmd_name][0].partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "course":
                raise
            raise CourseError(
                f"{error.name} is not installed. Run `make setup`, which installs all."
            ) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing a verb."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, VERBS[verb][1]) for verb in self.list_commands(ctx)])


def _is_there(module: str) -> bool:
    # find_spec would import the parent package, which may be a heavy one.
    package = Path(__file__).parent
    return package.joinpath(*module.split(".")[1:]).with_suffix(".py").is_file()


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="course")
@click.pass_context
def course(ctx: click.Context) -> None:
    """Noise to Picture: a video course on diffusion models, rendered from real denoising runs."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a job failed, 2 bad usage, 130 interrupted.

    Only errors meant for people become a line; a programming mistake keeps its traceback.
    """
    try:
        status = course.main(arguments, prog_name="course", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "course"
        _fail(f"{error.format_message()} See {where} --help.", 2)
    except UsageError as error:
        _fail(str(error), 2)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except CourseError as error:
        _fail(str(error), 1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; run the same command again to go on", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (`| head`) has gone; the interpreter's own flush at exit would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> None:
    click.secho(f"error: {message}", err=True, fg="red" if sys.stderr.isatty() else None)
    sys.exit(status)


if __name__ == "__main__":
    main()
