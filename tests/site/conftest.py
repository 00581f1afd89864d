"""A small site: one chapter with a walk, a proof and a verdict, and a film with beats and pictures in it."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from course.cast import Cast
from course.paths import media
from course.render.rendered import Rendered, rendered_path
from course.site import explore
from course.site.build import build_site, home
from course.stage import theme
from course.video.encoding import encoder_options
from course.voice import Cue, Utterance
from course.voice.captions import captions, write_vtt

NAME, FPS, SIZE, STEPS = "ch91_tiny", 10, (320, 180), 12
CAST = Cast(
    "a big fish on a green background",
    "a small car on a yellow background",
    steps=STEPS,
    model="forward:prompt",
)
SCENE = '''
"""A chapter to try the site on."""

from dataclasses import replace
from math import inf

from course.maths import reverse_checks
from course.precompute import CaptureSpec
from course.stage import Chapter
from course.stage.proofs import proof, text_only
from course.stage.sheets import Sheet
from course.stage.verdicts import Verdict, verdict


class Tiny(Chapter):
    """A chapter to try the site on."""

    title = "Is 1 < 2 & 2 > 1?"
    question = "Does the site work?"

    def specs(self):
        walk = CaptureSpec.of(self.cast, model="forward:prompt")
        return {
            "walk": walk,
            "wall": [replace(walk, prompt=one, seed=k) for one in ("a cat", "a boat") for k in (7, 8)],
            "lost": {k: replace(walk, prompt="a star", steps=k) for k in (1, 5)},
        }

    def sheets(self):
        walls = {(run.spec.prompt, str(run.spec.seed)): run for run in self.captures["wall"]}
        lost = {str(k): run for k, run in self.captures["lost"].items()}
        lost["no <step>"] = self.captures["walk"].pictures[0]
        return (
            Sheet("wall", "Other words", "Drawings.", "Which?", ("Words", "Seed"), walls),
            Sheet("lost", "Fewer & fewer", "In static.", "How few?", ("Steps",), lost),
        )

    @verdict
    def small(self):
        how = "measured for a test"
        return Verdict(0.25, (1, "It is ⟨small⟩."), (inf, "It is ⟨large⟩."), how=how, unit="%")

    @verdict
    def shown(self):
        return Verdict(3, (5, "Only shown."), (inf, "Not shown."), how="counted for a test")

    @proof
    def mixture(self):
        """Every state is a picture and noise."""
        mixed = r"x_t = sqrt(overline(alpha)_t) x_0 + sqrt(1 - overline(alpha)_t) epsilon"
        return (
            ("So much picture, so much noise.", mixed, reverse_checks.mixture.on(self.captures["walk"])),
            text_only("A step that only the page has.", r"a = b", "a name"),
            ("And that is all of it.", r"c = d", "another name"),
            text_only("One more for readers.", r"e = f", "a third name"),
        )
'''
LINES = (
    *((0.2, "Here is a picture."), (2.0, "It is small."), (4.0, "Now <another> & more.")),
    *(
        (6.0, "The machine looks at it."),
        (8.0, "So much picture, so much noise."),
        (10.0, "And that is all of it."),
    ),
)
MARKS = (("story", 0.0), ("mechanism", 5.8), ("derivation", 7.8))
EMPTY = ((3.6, 4.1), (5.6, 6.1), (7.6, 8.1))
"""When nothing is on stage: there a beat begins."""
SECONDS = 12


def _picture(second: float) -> np.ndarray:
    pixels = np.full((SIZE[1], SIZE[0], 3), tuple(bytes.fromhex(theme.BACKGROUND[1:])), np.uint8)
    if not any(start <= second < end for start, end in EMPTY):
        place = 20 + 40 * sum(second >= start for start, _ in EMPTY)
        pixels[60:120, place : place + 60] = (43, 212, 255)
    pixels[4:14, 290:316] = 200  # the depth's name
    return pixels


def _film(path: Path) -> Path:
    encoding = encoder_options(FPS, "high")
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream = encoding.add_stream(out, *SIZE)
        for number in range(SECONDS * FPS):
            for packet in stream.encode(encoding.frame(_picture(number / FPS), number)):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def make_episode() -> None:
    """What rendering and building an episode leave behind, as far as the site reads it."""
    folder = media() / "episodes" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    film = _film(folder / "episode.mp4")
    cues = tuple(
        Cue(start, Utterance(text, folder / "none.wav", 1.4, (), "silence")) for start, text in LINES
    )
    write_vtt(captions([]), folder / "captions.vtt")
    stamps = "\n".join(
        f"00:00:{int(at):02d}.200 --> 00:00:{int(at) + 1:02d}.500\n{text}\n" for at, text in LINES[:2]
    )
    (folder / "captions.vtt").write_text(f"WEBVTT\n\n{stamps}")
    parts = [
        {"title": f"The {name}", "start": start, "end": end}
        for (name, start), end in zip(MARKS, (5.8, 7.8, SECONDS), strict=True)
    ]
    (folder / "chapters.json").write_text(json.dumps({"duration": SECONDS, "chapters": parts}))
    (folder / "build.json").write_text("{}")
    remember = media() / "videos" / NAME / "remember.png"
    remember.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (640, 360), theme.SIGNAL).save(remember)
    Rendered(film, FPS, cues, MARKS, "Tiny", "Does it?", CAST, remember).save(rendered_path(NAME))


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, shared_media: Path) -> Path:
    path = tmp_path_factory.mktemp("scenes") / f"{NAME}.py"
    path.write_text(SCENE)
    return path


@pytest.fixture(scope="session")
def site(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site with one chapter; its film is there."""
    before = pytest.MonkeyPatch()
    before.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("site-media")))
    make_episode()
    build_site([scene])
    folder = home()
    before.undo()
    return folder


@pytest.fixture(scope="session")
def folder(shared_media: Path) -> Path:
    """The site with the page on which the model runs; exported once for all processes of a test run."""
    with FileLock(shared_media / "explore.lock"):
        page, _ = explore.write_explore()
    if '"runtime": null' in page.read_text():
        pytest.skip("npm cannot bring onnxruntime-web here")
    return page.parent
