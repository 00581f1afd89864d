"""A small rendered chapter: every picture carries its number, every line of narration is really there."""

import pytest
from PIL import Image, ImageDraw

from course.cast import Cast
from course.render.rendered import Rendered
from tests.episode.tiny_film import FPS, MARKS, chapter, spoken


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
