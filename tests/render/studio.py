"""A tiny chapter that can be changed, rendered small and fast, and looked at."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from course.paths import ROOT
from course.render import plan as plans
from course.render.build import Build
from course.render.quality import Quality

TINY = Quality("tiny", 160, 90, 10, "low")

CHAPTER = '''
"""A tiny chapter."""

import numpy as np
from manim import Circle, Dot, FadeIn, FadeOut, Square, Transform, UP, ValueTracker

from course.stage import Chapter, Walk


def shift() -> np.ndarray:
    return 0.5 * UP


class Tiny(Chapter):
    """Three depths."""

    title = "Tiny"
    question = "Does it work?"

    def story(self):
        t = ValueTracker(0)
        film = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
        walk = Walk(film, t)
        with self.say("Here are five small pictures of nothing.") as line:
            self.play(FadeIn(walk), run_time=0.3)
            self.play(t.animate.set_value(4), run_time=line.remaining)
        with self.say("They move up, as you can see, and they stay there for a while."):
            self.play(walk.animate.shift(shift()), run_time=1)
            self._dots(3)

    def _dots(self, count):
        dots = [Dot([k - 1, -2, 0]) for k in range(count)]
        for dot in dots:
            self.play(FadeIn(dot), run_time=0.2)
        self.play(FadeOut(*dots), run_time=0.3)

    def mechanism(self):
        with self.say("And a dot that moves about."):
            dot = Dot(radius=0.5)
            self.play(FadeIn(dot), run_time=0.3)
            self.play(dot.animate.shift(2 * UP), run_time=0.7)

    def derivation(self):
        circle = Circle()
        self.play(FadeIn(circle), run_time=0.4)
        with self.say("Circles are squares."):
            self.play(Transform(circle, Square()), run_time=1)
'''


@dataclass
class Studio:
    """A folder with scenes, a media folder, and what a producer does with them."""

    folder: Path

    @property
    def scene(self) -> Path:
        return self.folder / "scenes" / "ch1_tiny.py"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def write(self, name: str = "ch1_tiny", text: str = CHAPTER) -> Path:
        path = self.folder / "scenes" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def change(self, before: str, after: str) -> None:
        text = self.scene.read_text()
        assert text.count(before) == 1
        self.scene.write_text(text.replace(before, after))

    def build(self, *scenes: Path, **options: object) -> Build:
        return Build(scenes=scenes or (self.scene,), quality=TINY, workers=2, **options)  # type: ignore[arg-type]

    def segments(self, depth: str, chapter: str = "ch1_tiny") -> dict[str, int]:
        """The keys of a depth's segments that are in the store, and which files they are."""
        plan = plans.load(self.media / "videos" / chapter / "tiny" / depth)
        paths = [self.group(one.key) for one in plan.segments] if plan else []
        return {path.stem: path.stat().st_ino for path in paths if path.exists()}

    def group(self, key: str) -> Path:
        """Where the store keeps a group."""
        return self.media / "groups" / key[:2] / f"{key}.group"

    @property
    def film(self) -> Path:
        return self.media / "videos" / "ch1_tiny" / "tiny" / "ch1_tiny.mp4"

    def command(self, *arguments: str, limit: int = 0) -> "subprocess.Popen[str]":
        """`course …` in a process group of its own, over this studio's scenes, at a size for tests.

        No file may grow beyond `limit` bytes, if given.
        """
        code = (
            "import sys; from pathlib import Path; import course.chapters as c, course.render.quality as q\n"
            "import resource\n"
            f"if {limit}: resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
            f"c.SCENES = Path({str(self.scene.parent)!r})\n"
            "q._KNOWN['l'] = q.Quality('tiny', 160, 90, 10, 'low')\n"
            "from course.cli import main\n"
            "if __name__ == '__main__': main(sys.argv[1:])\n"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            cwd=ROOT,
        )

    def run(self, *arguments: str, limit: int = 0) -> tuple[int, str, str]:
        process = self.command(*arguments, limit=limit)
        try:
            out, err = process.communicate(timeout=300)
        except BaseException:
            kill(process)
            raise
        return process.returncode, out, err


def kill(process: "subprocess.Popen[str]") -> None:
    """Kill -9 a command and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def pictures(film: Path) -> list[np.ndarray]:
    """Every frame (H, W, 3)."""
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def loudness(film: Path, fps: float) -> np.ndarray:
    """The loudest sample of each frame's sound."""
    with av.open(str(film)) as container:
        stream = container.streams.audio[0]
        sound = np.concatenate([np.abs(frame.to_ndarray()).max(axis=0) for frame in container.decode(stream)])
    step = round(stream.rate / fps)
    return np.array([sound[k : k + step].max() for k in range(0, len(sound) - step + 1, step)])
