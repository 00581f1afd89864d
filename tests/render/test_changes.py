"""What a change in a real chapter costs: only frames that look different, whatever the change was.

Slow: every depth of every chapter is stepped through again and again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.chapters import resolve
from course.paths import ROOT, media

DEPTHS = ("story", "mechanism", "derivation")
LOOK = """
import json, sys
from pathlib import Path
from course.precompute import capture_all
from course.render import planning, worker
from course.render import plan as plans
from course.render.pool import local_pool
from course.render.quality import quality
from course.render.segments import cut

if __name__ == "__main__":
    scene, low = Path(sys.argv[1]), quality("l")
    depths = [
        planning.Depth(scene, name, low, plans.known_inputs(scene, name, low), None, [])
        for name in ("story", "mechanism", "derivation")
    ]
    with local_pool(2, fresh=True) as pool:
        declares, _ = pool.submit(worker.rehearse, depths[0].job).result()
        capture_all(declares.specs.values())
        dries = [dry for _, dry in pool.map(worker.rehearse, [one.job for one in depths])]
    print(json.dumps({
        one.name: {
            "segments": [[each.key, each.frames] for each in cut(dry.shown, low)],
            "lines": [cue["utterance"]["text"] for cue in dry.cues],
        }
        for one, dry in zip(depths, dries)
    }))
"""

pytestmark = pytest.mark.slow


class Copy:
    """A checkout of one's own, whose chapters are looked at as they are and changed."""

    def __init__(self, folder: Path, chapter: str) -> None:
        self.folder, self.scene = folder, folder / "scenes" / f"{chapter}.py"
        for name in ("course", "scenes"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("assets", "pyproject.toml"):
            (folder / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "course.toml", folder)
        self.before = self.look()

    def look(self, **environment: str) -> dict[str, dict[str, Any]]:
        """Keys, frames and lines of every depth as it is now."""
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(self.scene)],
            env={**os.environ, "PYTHONPATH": str(self.folder), "COURSE_MEDIA": str(media()), **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return found

    def drawn(self, **environment: str) -> dict[str, float]:
        """The part of each depth's frames that would be drawn anew."""
        known = {key for one in self.before.values() for key, _ in one["segments"]}
        parts = {}
        for name, one in self.look(**environment).items():
            new = {key: frames for key, frames in one["segments"] if key not in known}
            parts[name] = sum(new.values()) / sum(frames for _, frames in one["segments"])
        return parts

    def change(self, path: Path, change: Callable[[str], str]) -> None:
        text = path.read_text()
        changed = change(text)
        assert changed != text
        path.write_text(changed)


@pytest.fixture(scope="module", params=[path.stem for path in resolve([])])
def copied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy"), request.param)


@pytest.fixture
def copy(copied: Copy) -> Copy:
    shutil.copytree(ROOT / "course" / "maths", copied.folder / "course" / "maths", dirs_exist_ok=True)
    shutil.copy(ROOT / "scenes" / copied.scene.name, copied.scene)
    return copied


NOTHING = dict.fromkeys(DEPTHS, 0.0)


def test_an_unused_constant_draws_nothing(copy: Copy) -> None:
    copy.change(copy.scene, lambda text: text.replace("\n\n\nclass ", "\n\nUNUSED = 5\n\n\nclass ", 1))
    assert copy.drawn() == NOTHING


def test_a_default_that_is_written_otherwise_draws_nothing(copy: Copy) -> None:
    assert copy.drawn(COURSE_GUIDANCE="1") == NOTHING


def test_a_tolerance_draws_nothing(copy: Copy) -> None:
    pattern = re.compile(r"(?:(?<=within=)|(?<=rance=))(\d[\d.]*e-\d+|\d\.\d+)")
    paths = [copy.scene, *sorted((copy.folder / "course" / "maths").glob("*_checks.py"))]
    wider = lambda found: f"{1.01 * float(found[1]):g}"  # noqa: E731
    for path in paths:
        text = path.read_text()
        path.write_text(pattern.sub(wider, text))
    assert any(path.read_text() != (ROOT / path.relative_to(copy.folder)).read_text() for path in paths)
    assert copy.drawn() == NOTHING


def test_a_sentence_draws_what_is_timed_by_it_and_no_more(copy: Copy) -> None:
    text = copy.scene.read_text()
    for depth in DEPTHS:
        lines = copy.before[depth]["lines"]
        line = next(one for one in lines[len(lines) // 2 :] if text.count(one) == 1)
        text = text.replace(line, f"{line} And so it goes on.")
    copy.scene.write_text(text)
    drawn = copy.drawn()
    assert max(drawn.values()) < 0.15, drawn
