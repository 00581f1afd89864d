import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course.paths import ROOT
from course.stage.equation import verify_chapter
from course.stage.lint.findings import lint
from course.stage.loading import load


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The chapter that CONTRIBUTING.md tells people to begin with, on a picture that needs no model."""
    (code,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.S | re.M
    )
    path = tmp_path / "ch10_left.py"
    path.write_text(code, encoding="utf-8")
    monkeypatch.setenv("COURSE_MODEL", "forward:prompt")
    monkeypatch.setenv("COURSE_VOICE", "silence")
    return path


@pytest.mark.long
def test_the_chapter_that_newcomers_copy_plays_to_its_end_under_plain_manim(
    example: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "manim", "-ql", "--dry_run", "--media_dir", str(tmp_path), str(example)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Rendered Left" in done.stdout


def test_the_equation_that_newcomers_copy_holds(example: Path) -> None:
    (found,) = verify_chapter(load(example)()).values()
    assert found is not None
    assert found.value <= found.limit


@pytest.mark.long
def test_a_viewer_stumbles_on_nothing_in_the_chapter_that_newcomers_copy(example: Path) -> None:
    assert [str(finding) for finding in lint(example)] == []
