"""Kinds of bad input, each tried through the real command line in a checkout of its own.

Not for judging what a good command does: see the tests of the verbs.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course.paths import ROOT

CHAPTER = '''"""A chapter that takes no time."""

from course.precompute import CaptureSpec, Specs
from course.stage import Chapter, Picture


class Tiny(Chapter):
    """A chapter that takes no time."""

    title = "Tiny"
    question = "How small?"

    def specs(self) -> Specs:
        return {"walk": CaptureSpec.of(self.cast)}

    def story(self) -> None:
        with self.say("This is a picture."):
            self.show(Picture(self.captures["walk"].pictures[-1], height=5))

    def mechanism(self) -> None:
        with self.say("It was noise."):
            self.show(Picture(self.captures["walk"].pictures[0], height=5))

    def derivation(self) -> None:
        with self.say("There is nothing to derive."):
            self.show(Picture(self.captures["walk"].pictures[0], height=5))
'''
TINY = "ch10_tiny"
SCENE = f"scenes/{TINY}.py"
PROGRESS = re.compile(r"\d+%\||\d+[a-z]+ \[")
SECONDS = 60


class Checkout:
    """A copy of the course with one tiny chapter more, a media folder with that one's capture, and a home."""

    def __init__(self, base: Path) -> None:
        self.base, self.root = base, base / "checkout"
        self.media, self.home = self.root / "media", base / "home"
        self._whole = base / "whole"
        for name in ("course", "scenes", "assets", "docs"):
            ignored = shutil.ignore_patterns("__pycache__", "training")
            shutil.copytree(ROOT / name, self._whole / name, ignore=ignored)
        for name in ("course.toml", "pyproject.toml"):
            shutil.copy2(ROOT / name, self._whole / name)
        (self._whole / SCENE).write_text(CHAPTER, encoding="utf-8")
        settings = self._whole / "course.toml"
        settings.write_text(
            settings.read_text(encoding="utf-8").replace("steps = 30", "steps = 6"), encoding="utf-8"
        )
        (self._whole / "media").mkdir()
        self.renew()
        self._server = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("server.py")],
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ask("")
        for command in ("course precompute ch10", "course voice check ch10"):
            self.run(command)
        shutil.copytree(self.media, self._whole / "media", dirs_exist_ok=True)

    def close(self) -> None:
        """Stop what runs the commands."""
        self._server.communicate()

    def renew(self) -> None:
        """Whole again, whatever was done to it."""
        for path in self.root.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self._whole, self.root)
        self.home.mkdir()

    def run(self, command: str, environment: Mapping[str, str] | None = None) -> "Answer":
        """Run `course …` or `manim …` in the checkout, with nothing of the developer's own settings."""
        program, *arguments = shlex.split(command)
        out, err = self.base / "out.txt", self.base / "err.txt"
        request = {
            "program": program,
            "arguments": arguments,
            "environment": self.environment() | dict(environment or {}),
            "folder": str(self.root),
            "out": str(out),
            "err": str(err),
            "seconds": SECONDS,
        }
        status = int(self._ask(json.dumps(request) + "\n"))
        return Answer(status, *(path.read_text(encoding="utf-8", errors="replace") for path in (out, err)))

    def _ask(self, request: str) -> str:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(request)
        self._server.stdin.flush()
        return self._server.stdout.readline()

    def environment(self) -> dict[str, str]:
        """That of this process without any of the course's settings, and with a home of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "XDG_"))}
        return kept | {
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.home),
            "COURSE_MEDIA": str(self.media),
            "COURSE_VOICE": "silence",
            "OMP_NUM_THREADS": "1",
        }

    def state(self) -> dict[str, tuple[int, ...]]:
        """Every file and folder of the checkout, with what would show that it was touched."""
        found: dict[str, tuple[int, ...]] = {}
        for path in sorted(self.root.rglob("*")):
            one = path.lstat()
            found[str(path.relative_to(self.root))] = (
                (one.st_mode,) if path.is_dir() else (one.st_mode, one.st_size, one.st_mtime_ns, one.st_ino)
            )
        return found


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> list[str]:
        """The lines on standard error that are no progress."""
        return [line for line in self.err.splitlines() if line.strip() and not PROGRESS.search(line)]


Spoil = Callable[[Checkout], None]


def nothing(checkout: Checkout) -> None:
    """Leave all as it is."""


@dataclass(frozen=True)
class Kind:
    """One kind of bad input: the command, what is spoiled before, and a part of what has to be said."""

    what: str
    command: str
    says: str
    spoil: Spoil = nothing
    environment: Mapping[str, str] = field(default_factory=dict)


def faults(kind: Kind, checkout: Checkout) -> tuple[list[str], Answer, float]:
    """What is wrong with the answer to a kind, the answer, and its seconds."""
    checkout.renew()
    kind.spoil(checkout)
    environment = {
        name: value.format(root=checkout.root, home=checkout.home) for name, value in kind.environment.items()
    }
    before, began = checkout.state(), time.perf_counter()
    answer = checkout.run(kind.command.format(root=checkout.root), environment)
    seconds, after = time.perf_counter() - began, checkout.state()
    found = []
    if answer.status not in (1, 2):
        found.append(f"exit status {answer.status}")
    if not 1 <= len(answer.complaint) <= 2:
        found.append(f"{len(answer.complaint)} lines")
    if "Traceback" in answer.out + answer.err:
        found.append("a traceback")
    if kind.says not in " ".join(answer.err.split()):
        found.append(f"does not say {kind.says!r}")
    touched = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    if left := sorted(name for name in touched if not _allowed(name, answer)):
        found.append(f"touched {', '.join(left[:4])}")
    return found, answer, seconds


def _allowed(name: str, answer: Answer) -> bool:
    """The lock of a chapter that was looked at, and the file with a scene's traceback, which is named."""
    return bool(re.fullmatch(r"media/videos(/\w+(/\.lock)?)?", name)) or (
        name.endswith("error.txt") and name in answer.err
    )
