"""A small rendered chapter: every picture carries its number, every line of narration is really there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from course.cast import Cast
from course.render.rendered import Rendered
from tests.episode.tiny_film import FPS, MARKS, chapter, spoken


@pytest.fixture(scope="module", autouse=True)
def own_episodes(shared_media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A media folder of the file's own: an episode has one builder at a time. What was spoken is shared."""
    folder = tmp_path_factory.mktemp("media")
    for kept in ("captures", "voice"):
        (shared_media / kept).mkdir(exist_ok=True)
        (folder / kept).symlink_to(shared_media / kept)
    os.environ["COURSE_MEDIA"] = str(folder)
    yield
    os.environ["COURSE_MEDIA"] = str(shared_media)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("rendered")
    picture = Image.new("RGB", (1280, 720), (11, 16, 28))
    ImageDraw.Draw(picture).ellipse((480, 120, 800, 440), fill=(43, 212, 255))
    picture.save(folder / "remember.png")
    return Rendered(
        video=chapter(folder / "chapter.mp4"),
        fps=FPS,
        cues=spoken(folder),
        marks=MARKS,
        title="Where is a picture?",
        question="What is nearby in the space of all pictures?",
        cast=Cast("a butterfly on a blue background", "a snail on a blue background"),
        thumbnail=folder / "remember.png",
        inputs={"course.toml": "0" * 64},
    )
