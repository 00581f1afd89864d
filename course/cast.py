"""Who plays: the prompts, the seed and the model that every chapter shows, and where overrides come from.

Not for checking prompts against a model's vocabulary: precompute does that, where the model is known.
"""

import functools
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from course.errors import UsageError
from course.paths import ROOT

MARKS = "⟨⟩"
"""Signs around a word of narration that something on screen waits for: no word of the cast holds them."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Cast:
    """What `course.toml` says under `[cast]`, then of the cast that is named, then what the environment says.

    `prompt` and `other` are the two leading prompts, `guidance` is w in ε_u + w(ε_c − ε_u), `size` the edge
    of the pictures in pixels for a model from elsewhere, 0 for its own.
    """

    prompt: str
    other: str
    seed: int = 7
    steps: int = 30
    guidance: float = 1.0
    model: str = "pixel"
    size: int = 0

    def __post_init__(self) -> None:
        if not self.prompt.strip() or not self.other.strip():
            raise UsageError(
                'The prompt is empty. Give one, for example --prompt "a butterfly on a blue background".'
            )
        if any(mark in self.prompt + self.other for mark in MARKS):
            raise UsageError(f"A prompt cannot hold {MARKS[0]} or {MARKS[1]}. Write it without them.")
        if self.steps < 1:
            raise UsageError(
                f"steps is {self.steps}, but a walk takes at least 1 step. Give --steps 30, say."
            )
        if not 0 <= self.guidance < math.inf:
            raise UsageError(
                f"guidance is {self.guidance:g}, but must be 0 or more: 0 ignores the prompt, 1 follows it."
            )
        if not 0 <= self.seed < 2**63:
            raise UsageError(f"seed is {self.seed}, but it must be between 0 and 2⁶³ − 1.")
        if self.size < 0:
            raise UsageError(f"size is {self.size}, but it must be 0 (the model's own) or more pixels.")


def variable(name: str) -> str:
    """The environment variable that overrides a field: prompt → COURSE_PROMPT."""
    return f"COURSE_{name.upper()}"


TABLES = ("cast", "casts", "voice", "render", "publish")


def settings() -> dict[str, Any]:
    """The contents of `course.toml` (or of the file that COURSE_FILE names)."""
    path = Path(os.environ.get("COURSE_FILE") or ROOT / "course.toml")
    try:
        stat = path.stat()
        return _settings(path, stat.st_mtime_ns, stat.st_size)
    except FileNotFoundError:
        raise UsageError(f"{path} is missing. Restore it, or point COURSE_FILE at another.") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}). Restore it, or point COURSE_FILE at another."
        ) from None


@functools.lru_cache(maxsize=4)
def _settings(path: Path, modified: int, size: int) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from None
    if unknown := sorted(set(found) - set(TABLES)):
        raise UsageError(f"{path} has an unknown part: {', '.join(unknown)}. Known: {', '.join(TABLES)}.")
    return found


def table(name: str, known: Iterable[str]) -> dict[str, Any]:
    """What `course.toml` says under `[name]`, empty if nothing. UsageError for what is not `known`."""
    return _entries(settings().get(name, {}), name, known)


def _entries(found: Any, name: str, known: Iterable[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise UsageError(f"{name} in course.toml should be a table: [{name}], and the entries below it.")
    if unknown := sorted(set(found) - set(known)):
        raise UsageError(
            f"course.toml has an unknown entry under [{name}]: {', '.join(unknown)}. "
            f"Known: {', '.join(known)}."
        )
    return found


def current_cast(chapter: str = "") -> Cast:
    """The cast of this process: COURSE_PROMPT, COURSE_SEED and so on before the cast that COURSE_CAST names,
    before `[cast]`; for a chapter, such as `ch5_compass`, with what the tables say of it alone."""
    known = {field.name: field.type for field in fields(Cast)}
    said = _said("cast", settings().get("cast", {}), chapter)
    if name := os.environ.get("COURSE_CAST"):
        casts = _entries(found := settings().get("casts", {}), "casts", found)
        if name not in casts or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            there = ", ".join(casts) or "none; write one as [casts.fish], with small letters and digits"
            raise UsageError(f"course.toml has no cast called {name!r} under [casts]. Known: {there}.")
        said |= _said(f"casts.{name}", casts[name], chapter)
    if missing := [
        name for name in ("prompt", "other") if name not in said and variable(name) not in os.environ
    ]:
        raise UsageError(f"course.toml lacks {' and '.join(missing)} under [cast].")
    values: dict[str, Any] = {}
    for name, kind in known.items():
        raw = os.environ.get(variable(name), said.get(name))
        if raw is not None:
            values[name] = _converted(name, getattr(kind, "__name__", str(kind)), raw)
    return replace(Cast(values.pop("prompt"), values.pop("other")), **values)


def _said(name: str, found: Any, chapter: str) -> dict[str, Any]:
    """What a table says of a chapter: its own entries, and those of its table `chN` before them."""
    known = [field.name for field in fields(Cast)]
    own = dict(found) if isinstance(found, Mapping) else {}
    tables = {key: own.pop(key) for key in list(own) if re.fullmatch(r"ch[0-9]+", key)}
    said = dict(_entries(own if isinstance(found, Mapping) else found, name, known))
    for key, one in tables.items():  # all of them are looked at, so that a slip shows at once
        more = _entries(one, f"{name}.{key}", known)
        if key == chapter.partition("_")[0]:
            said |= more
    return said


def _converted(name: str, kind: str, raw: object) -> str | int | float:
    if kind == "str":
        if not isinstance(raw, str):
            raise UsageError(f"{name} should be text in quotes, not {raw!r}.")
        return raw
    try:
        if isinstance(raw, str):
            return int(raw) if kind == "int" else float(raw)
        if type(raw) is int or (kind == "float" and isinstance(raw, float)):  # true is no number
            return raw
    except ValueError:
        pass
    raise UsageError(f"{name} should be a {'whole ' if kind == 'int' else ''}number, not {raw!r}.")


_OPTIONS: dict[str, tuple[Any, str]] = {
    "prompt": (str, "The leading prompt."),
    "other": (str, "The prompt it is compared with."),
    "seed": (int, "Which noise the walk starts from."),
    "steps": (int, "How many steps the walk takes."),
    "guidance": (float, "How strongly the words steer: 0 not at all, 1 as trained."),
    "model": (
        str,
        "pixel, latent, forward:<picture>, the folder of a diffusers pipeline, or its id on the hub.",
    ),
    "size": (int, "Edge of the pictures in pixels, for a model from elsewhere; 0 is its own."),
}


def cast_name(verb: Callable[P, R]) -> Callable[P, R]:
    """Give a verb the option --cast, which goes through the environment; it says whose films are meant."""

    @functools.wraps(verb)
    def with_name(*args: P.args, **kwargs: P.kwargs) -> R:
        if (name := kwargs.pop("cast_name")) is not None:
            os.environ["COURSE_CAST"] = str(name)
        if os.environ.get("COURSE_CAST"):
            current_cast()
        return verb(*args, **kwargs)

    return click.option("--cast", "cast_name", metavar="NAME", help="One of [casts] in course.toml.")(
        with_name
    )


def cast_options(verb: Callable[P, R]) -> Callable[P, R]:
    """Give a verb the cast's options; the verb itself then calls `current_cast()` and sees them applied.

    They go through the environment, so that worker processes inherit them. Raises `UsageError`,
    before the verb begins, where the cast that results makes no sense.
    """

    @functools.wraps(verb)
    def with_cast(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in _OPTIONS:
            value = kwargs.pop(f"cast_{name}")
            if value is not None:
                os.environ[variable(name)] = str(value)
        current_cast()
        return verb(*args, **kwargs)

    decorated: Callable[P, R] = cast_name(with_cast)
    for name, (kind, text) in reversed(_OPTIONS.items()):
        decorated = click.option(f"--{name}", f"cast_{name}", type=kind, help=text)(decorated)
    return decorated
