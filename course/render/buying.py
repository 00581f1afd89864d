"""What a film will ask of a speech endpoint: how long each depth will be and how many calls it takes.

Not for speaking: lines that were said before count as they are, the others as the voice has spoken so far.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from course.voice import endpoint
from course.voice.speech import BUYING, Utterance, wanted_voice


@dataclass(frozen=True)
class Depth:
    """A depth of a chapter as it will probably be: its seconds, and the lines still to be asked for."""

    chapter: str
    name: str
    seconds: float
    lines: int
    calls: int
    letters: int
    too_long: tuple[str, ...]


def is_bought() -> bool:
    """Whether lines are asked of an endpoint, as things are set now."""
    return wanted_voice() in {"auto", "takes", "endpoint"} and endpoint.identity("A picture.") is not None


@contextmanager
def nothing_bought() -> Iterator[None]:
    """In this block, and in processes started in it, no line is asked of an endpoint: it is estimated."""
    before = os.environ.get(BUYING)
    os.environ[BUYING] = "no"
    try:
        yield
    finally:
        if before is None:
            del os.environ[BUYING]
        else:
            os.environ[BUYING] = before


def estimate(scene: Path) -> list[Depth]:
    """The depths of a chapter with the present cast; runs it without drawing, and asks nobody."""
    from manim import config, tempconfig

    from course.stage.lint.findings import LONGEST_STILL as STILL
    from course.stage.loading import load, mistakes

    with tempconfig({"dry_run": True, "verbosity": "ERROR"}), nothing_bought(), mistakes(scene):
        chapter = load(scene)()
        chapter.renderer.only = range(0)
        chapter.render()
        fps = config.frame_rate
        marks = [(name, frame / fps) for name, frame in chapter.marks] + [("", chapter.now)]
        moving = _moving(chapter.renderer.plan, fps)
        cues = list(chapter.cues)
    found = []
    for (name, start), (_, end) in pairwise(marks):
        own = [cue for cue in cues if start - 1e-6 <= cue.start < end - 1e-6]
        asked = {cue.utterance.text for cue in own if not _is_there(cue.utterance)}
        late = tuple(
            cue.utterance.text
            for cue in own
            if cue.end - max([cue.start, *(stop for begin, stop in moving if begin < cue.end)]) > STILL
        )
        letters = sum(map(len, asked))
        found.append(Depth(scene.stem, name, end - start, len(own), len(asked), letters, late))
    return found


def _is_there(utterance: Utterance) -> bool:
    return utterance.path.suffix == ".wav"


def _moving(animations: Sequence[Any], fps: float) -> list[tuple[float, float]]:
    """When something moves, in seconds: animations that are no waits."""
    spans, now = [], 0.0
    for one in animations:
        end = now + one.frames / fps
        if one.kind != "wait":
            spans.append((now, end))
        now = end
    return spans


def told(scenes: Sequence[Path]) -> Iterator[str]:
    """Lines that say what the endpoint would be asked for the chapters; none where no voice is bought."""
    if not is_bought():
        return
    calls = letters = 0
    for scene in scenes:
        for depth in estimate(scene):
            minutes, seconds = divmod(round(depth.seconds), 60)
            calls, letters = calls + depth.calls, letters + depth.letters
            about = "about " if depth.calls else ""
            yield (
                f"{depth.chapter} {depth.name}: {about}{minutes}:{seconds:02d}, "
                f"{depth.calls} of {depth.lines} lines to ask for ({depth.letters:,} letters)"
            )
            for text in depth.too_long:
                yield f"  does not fit its animations: “{text}”"
    yield f"In all {calls} calls ({letters:,} letters) to {endpoint.speaker()}."
