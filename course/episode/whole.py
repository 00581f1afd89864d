"""The whole course as one film: a title card, the chapters in order, marks for every chapter and depth.

Not for building the chapters' own episodes: `assemble` does.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av

from course.episode import describe, pictures
from course.episode.assemble import build_facts, fresh_folder, write_build, write_words
from course.errors import UsageError
from course.files import write_text
from course.paths import films
from course.progress import progress
from course.render.rendered import DEPTHS, Rendered
from course.video.encoding import encoder_options
from course.video.film import Mark, Shape, shape, timing, write_film
from course.voice import Cue
from course.voice.effects import effect
from course.voice.mix import Effect, mix

NAME = "course"
TITLE = "Noise to Picture"
LINE = "How a picture comes out of noise: the story, the mechanism, the mathematics"
CARD = 4.0  # seconds


def build_course(chapters: Sequence[tuple[str, Rendered]]) -> Path:
    """Join rendered chapters into `media/episodes/course/` and return that folder.

    Raises `CourseError` where they were rendered with different settings.
    """
    if not chapters:
        raise UsageError("There is no chapter to join. Render one first: course render.")
    first = shape(chapters[0][1].video)
    counts = [timing(rendered.video)[0] for _, rendered in chapters]
    with fresh_folder(NAME) as folder, progress(total=4, desc=NAME) as bar:
        card = folder / "card.mp4"
        at = _write_card(first, card)
        marks: list[Mark] = []
        cues: list[Cue] = []
        effects: list[Effect] = [effect("opening", 0.0)] if at else []
        for (_, rendered), count in zip(chapters, counts, strict=True):
            start = float(at / first.fps)
            for depth, moment in rendered.marks or (("", 0.0),):
                name = f"{rendered.title}: {DEPTHS.get(depth, depth).lower()}" if depth else rendered.title
                # The card belongs to the first mark: viewers' players want one at 0, and none shorter than 10
                # s.
                marks.append(Mark(start + moment if marks else 0.0, name))
            cues += [Cue(start + cue.start, cue.utterance) for cue in rendered.cues]
            effects += [Effect(start + one.start, one.path, one.gain) for one in rendered.effects]
            at += count
        duration = float(at / first.fps)
        bar.update(1)
        track = folder / "track.wav"
        mix(cues, duration, track, effects)
        bar.update(1)
        videos = [*([card] if card.exists() else []), *(rendered.video for _, rendered in chapters)]
        write_film(videos, track, marks, TITLE, folder / "episode.mp4")
        track.unlink()
        card.unlink(missing_ok=True)
        bar.update(1)
        write_words(folder, TITLE, LINE, marks, duration, float(first.fps), cues)
        casts = [rendered.cast for _, rendered in chapters]
        voices = [cue.utterance.voice for cue in cues]
        about = f"{TITLE}: the whole course on diffusion models in one film."
        text = describe.describe(LINE, about, marks, duration, casts, voices)
        write_text(folder / "description.txt", text)
        pictures.thumbnail(chapters[0][1].thumbnail, TITLE, folder / "thumbnail.png")
        pictures.contact_sheet(
            folder / "episode.mp4",
            [(mark.title, mark.start) for mark in marks],
            duration,
            folder / "contact_sheet.png",
        )
        parts = [
            build_facts(name, rendered, count)
            for (name, rendered), count in zip(chapters, counts, strict=True)
        ]
        write_build(folder, {"title": TITLE, "question": LINE, "frames": at, "chapters": parts})
        bar.update(1)
    return films() / "episodes" / NAME


def _write_card(like: Shape, path: Path) -> int:
    """Encode the title card so that the chapters can follow as they are; returns how many pictures it has.

    0, and no card, where the chapters come from an encoder that is not the course's.
    """
    frames = round(CARD * like.fps)
    normal = encoder_options(like.fps)
    for preset in (normal.options["preset"], "ultrafast"):
        encoding = replace(normal, options={**normal.options, "preset": preset})
        with av.open(str(path), "w", format="mp4") as out:
            stream = encoding.add_stream(out, like.width, like.height)
            cards = pictures.title_card((like.width, like.height), TITLE, LINE, frames, seed=7)
            for number, pixels in enumerate(cards):
                for packet in stream.encode(encoding.frame(pixels, number)):
                    out.mux(packet)
            for packet in stream.encode(None):
                out.mux(packet)
        if shape(path) == like:
            return frames
    path.unlink()
    return 0
