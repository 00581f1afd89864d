"""Fixtures for rendering: a studio of one's own."""

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from course.render.build import Build
from course.render.worker import Task
from tests.render.studio import Studio


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    made = Studio(tmp_path)
    made.write()
    monkeypatch.setenv("COURSE_MEDIA", str(made.media))
    monkeypatch.setenv("COURSE_VOICE", "espeak")
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Chapter and depth of everything that is handed to workers to be drawn, as it is."""
    seen: list[tuple[str, str]] = []
    original = Build._pool

    def pool(self: Build, tasks: Sequence[Task], most: int) -> AbstractContextManager[Executor]:
        seen.extend((task.job.scene.stem, task.job.depth) for task in tasks)
        return original(self, tasks, most)

    monkeypatch.setattr(Build, "_pool", pool)
    return seen
