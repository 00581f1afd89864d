import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import course.doctor
from course import cli
from course.cast import cast_options, current_cast
from course.errors import CourseError, UsageError

HEAVY = {"torch", "diffusers", "transformers"}
THERE = [verb for verb in cli.VERBS if verb in cli.Verbs().list_commands(click.Context(cli.course))]


def python(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[click.Command], None]:
    """Make a click command a verb of the course for one test, loaded the way all verbs are."""

    def register(command: click.Command) -> None:
        monkeypatch.setattr(course.doctor, "extra", command, raising=False)
        monkeypatch.setitem(cli.VERBS, "extra", ("course.doctor:extra", "One more verb."))

    return register


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert isinstance(end.value.code, int)
    return end.value.code


def test_help_loads_neither_models_nor_manim() -> None:
    code = (
        "import sys; from course.cli import course; course.main(['--help'], standalone_mode=False)\n"
        "print(sorted({'torch', 'manim', 'numpy', 'av'} & set(sys.modules)))"
    )
    done = python(code)
    assert done.returncode == 0
    assert done.stdout.endswith("[]\n")
    assert all(name in done.stdout for name in THERE)


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "course", "render", "--jobs", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --jobs is 0, but at least 1 worker has to do the work.\n")


@pytest.mark.parametrize(
    "name", ["cli", "doctor", "chapters", "stage", "voice", "render", "episode", "publish"]
)
def test_no_model_library_is_loaded_just_by_importing(name: str) -> None:
    done = python(f"import sys, course.{name}; print(sorted({HEAVY!r} & set(sys.modules)))")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("name", THERE)
def test_every_verb_in_the_overview_is_there_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(name, "--help") == 0
    assert f"Usage: course {name}" in capsys.readouterr().out


def test_the_command_alone_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert status() == 0
    assert "doctor" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"), [(["rendr"], "rendr"), (["doctor", "--jsn"], "--jsn"), (["--wrong"], "--wrong")]
)
def test_a_slip_on_the_command_line_is_one_line_and_status_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(*arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert named in err
    assert "--help" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("error", "expected"), [(CourseError, 1), (UsageError, 2)])
def test_an_error_for_people_is_one_line_without_a_traceback(
    error: type[CourseError],
    expected: int,
    verb: Callable[[click.Command], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def extra() -> None:
        raise error("The disk is full. Free 2 GB.")

    verb(extra)
    assert status("extra") == expected
    assert capsys.readouterr().err == "error: The disk is full. Free 2 GB.\n"


def test_a_programming_mistake_keeps_its_traceback(verb: Callable[[click.Command], None]) -> None:
    @click.command()
    def extra() -> None:
        raise ZeroDivisionError

    verb(extra)
    with pytest.raises(ZeroDivisionError):
        cli.main(["extra"])


def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "needy.py").write_text("import no_such_package_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.VERBS, "extra", ("needy:extra", ""))
    monkeypatch.setattr(cli, "_is_there", lambda module: True)
    assert status("extra") == 1
    err = capsys.readouterr().err
    assert "no_such_package_anywhere is not installed" in err
    assert "make setup" in err


_LONG_JOB = """
import click, course.doctor, sys, time
from course import cli
@click.command()
def extra():
    print("working", flush=True)
    {work}
course.doctor.extra = extra
cli.VERBS["extra"] = ("course.doctor:extra", "")
cli.main(["extra"])
"""


def test_control_c_ends_a_long_job_with_one_line_and_status_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _LONG_JOB.format(work="time.sleep(60)")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background of a shell has Ctrl-C switched off; a person has not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "stopped; run the same command again to go on"


def test_piping_into_head_is_quiet() -> None:
    work = "[print('x' * 100) for _ in range(100_000)]"
    process = subprocess.Popen(
        [sys.executable, "-c", _LONG_JOB.format(work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "working\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(timeout=30)


def test_cast_options_reach_the_verb_and_its_workers(
    verb: Callable[[click.Command], None], capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @click.argument("name")
    @cast_options
    def extra(name: str) -> None:
        child = python("from course.cast import current_cast as c; print(c().prompt, c().seed, c().guidance)")
        click.echo(f"{name}|{current_cast().prompt}|{child.stdout}", nl=False)

    verb(extra)
    arguments = ["extra", "ch2", "--prompt", "a red fox", "--seed", "11", "--guidance", "3"]
    assert status(*arguments) == 0
    assert capsys.readouterr().out == "ch2|a red fox|a red fox 11 3.0\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--steps", "0"],
        ["--steps", "many"],
        ["--guidance", "-1"],
        ["--guidance", "nan"],
        ["--prompt", " "],
        ["--seed", "-3"],
    ],
)
def test_a_senseless_cast_ends_before_the_work_begins(
    arguments: list[str], verb: Callable[[click.Command], None], capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @cast_options
    def extra() -> None:
        click.echo("worked")

    verb(extra)
    assert status("extra", *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_the_installed_command_answers() -> None:
    command = Path(sys.executable).parent / "course"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout == "course, version 0.1.0\n"
