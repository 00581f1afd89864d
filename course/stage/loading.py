"""From a scene file to its chapter class, and to the lines that the chapter says.

Not for which files there are: see `course.chapters`; nor for drawing them.
"""

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from manim import config, tempconfig

from course.errors import CourseError
from course.paths import shown
from course.stage.chapter import Chapter
from course.voice import speak


def load(path: Path) -> type[Chapter]:
    """Import a scene file and return its one public chapter class.

    Raises `CourseError` where it holds none or several. A mistake in the file itself keeps its traceback.
    """
    name = f"scenes.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise CourseError(f"{shown(path)} is not a scene file. Chapters are scenes/ch<number>_<topic>.py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    found = [
        value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Chapter)
        and value.__module__ == name
        and not key.startswith("_")
    ]
    if len(found) != 1:
        names = ", ".join(value.__name__ for value in found) or "none"
        raise CourseError(f"{shown(path)} must hold exactly one public Chapter class, but holds {names}.")
    return found[0]


@contextmanager
def mistakes(path: Path) -> Iterator[None]:
    """In this block, what the scene file at `path` raises becomes a `CourseError` that names its line."""
    try:
        yield
    except CourseError:
        raise
    except Exception as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
        ]
        if isinstance(error, SyntaxError | UnicodeError):
            lines.append(getattr(error, "lineno", None))
        elif not lines:
            raise
        place = f"{shown(path)}:{lines[-1]}" if lines[-1] else shown(path)
        raise CourseError(
            f"{place}: {type(error).__name__}: {error}. Mend it; `course plan {path.stem}` keeps the whole "
            "traceback."
        ) from error


def lines_of(scene: Path) -> list[tuple[str, str]]:
    """(depth, text) for every line that the chapter says with the present cast; runs it without drawing."""
    with tempconfig({"dry_run": True, "verbosity": "ERROR"}), mistakes(scene):
        chapter = load(scene)()
        chapter.__dict__["speak"] = lambda text: speak(text, "silence")
        chapter.renderer.only = range(0)
        chapter.render()
        starts = [(name, frame / config.frame_rate) for name, frame in chapter.marks]
        return [
            (
                next((name for name, start in reversed(starts) if start <= cue.start + 1e-6), ""),
                cue.utterance.text,
            )
            for cue in chapter.cues
        ]
