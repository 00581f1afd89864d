"""The trailer: each chapter's question, asked over the last picture of its film, between two title cards.

Not for drawing what the films show: their pictures are taken as they are.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from course.episode import describe, pictures
from course.episode.assemble import build_facts, fresh_folder, narration, write_build, write_words
from course.episode.kept import keep, made_of
from course.episode.whole import CARD, LINE, TITLE
from course.errors import CourseError, UsageError
from course.files import write_text
from course.paths import films, shown
from course.progress import progress
from course.render.rendered import Rendered, leads_on
from course.stage import theme
from course.video.encoding import Pictures, encoder_options
from course.video.film import Mark, Shape, shape, timing, write_film
from course.voice import Cue, Utterance, speak
from course.voice.effects import effect, walk
from course.voice.mix import mix

NAME = "trailer"
FULL = f"{TITLE}: the trailer"
HEADING, ASIDE = "Words in, picture out.", "What happens in between?"

# Seconds.
QUIET = 0.35  # before a line is said
STAND = 0.4  # a question stands on after it was said
CLEAR = 0.5  # it goes, and the picture lightens
ALONE = 4.0  # the picture has to itself then
FADE = 0.3  # a picture comes and goes
END = 1.2  # the last card stands on

DIM = 0.4  # of a picture's light is left behind its question
WALK = np.linspace(0.0, 1.0, 31)  # ᾱ: static gives way to a chord as the picture lightens
CRF = "18"  # finer than a film's: these pictures have been encoded before
PLATE = 217  # of 255: how opaque what lies behind the words is
SIZES = (0.125, 0.11, 0.095, 0.08, 0.065)  # of a question's letters, in heights of the frame

_GROUND = ImageColor.getrgb(theme.BACKGROUND)


@dataclass(frozen=True)
class Shot:
    """A chapter's part: those `pictures` of its film, by number, and what is asked over them."""

    rendered: Rendered
    pictures: range
    question: Utterance

    @property
    def asked(self) -> float:
        """For how many seconds the question stands."""
        return QUIET + self.question.duration + STAND


def bring_up_to_date(chapters: Sequence[tuple[str, Rendered]]) -> Path:
    """The trailer's folder, built unless the one that is there was made from exactly these chapters.

    They are as they are kept.
    """
    lines = [_opening(), *(speak(rendered.question) for _, rendered in chapters), _ending()]
    said = [line.path.name for line in lines]  # stands for text, voice and settings
    parts = [made_of(rendered, name) for name, rendered in chapters]
    return keep(NAME, [*parts, *said], partial(build_trailer, chapters)).parent


def build_trailer(chapters: Sequence[tuple[str, Rendered]]) -> Path:
    """Cut `media/episodes/trailer/` from rendered chapters and return that folder.

    Raises `CourseError` where they were rendered with different settings.
    """
    if not chapters:
        raise UsageError("There is no chapter to cut a trailer from. Render one first: course render.")
    like = _shape([rendered.video for _, rendered in chapters])
    counts = [timing(rendered.video)[0] for _, rendered in chapters]
    shots = [_shot(*one, count, like.fps) for one, count in zip(chapters, counts, strict=True)]
    opening, ending = _opening(), _ending()
    first = _frames(max(CARD, QUIET + opening.duration + STAND), like.fps)
    last = _frames(max(CARD, QUIET + ending.duration + END), like.fps)
    at = first
    marks, cues, effects = [Mark(0.0, HEADING)], [Cue(QUIET, opening)], [effect("opening", 0.0)]
    for shot in shots:
        start = float(at / like.fps)
        marks.append(Mark(start, shot.rendered.title))
        cues.append(Cue(start + QUIET, shot.question))
        effects.append(walk(WALK, CLEAR + ALONE, start + shot.asked, gain=-9))
        at += len(shot.pictures)
    start = float(at / like.fps)
    marks.append(Mark(start, TITLE))
    cues.append(Cue(start + QUIET, ending))
    effects.append(effect("opening", start))
    duration = float((at + last) / like.fps)
    with fresh_folder(NAME) as folder:
        silent, track = folder / "silent.mp4", folder / "track.wav"
        _write_pictures(shots, first, last, like, silent)
        mix(cues, duration, track, effects)
        write_film([silent], track, marks, FULL, folder / "episode.mp4")
        silent.unlink()
        track.unlink()
        write_words(folder, FULL, LINE, marks, duration, float(like.fps), cues)
        casts = [shot.rendered.cast for shot in shots]
        about = f"The trailer of {TITLE}, a course on diffusion models at three depths."
        voices = [cue.utterance.voice for cue in cues]
        # No time stamps: all parts are shorter than what YouTube takes for a chapter.
        write_text(folder / "description.txt", describe.describe(LINE, about, [], duration, casts, voices))
        pictures.thumbnail(shots[0].rendered.thumbnail, HEADING, folder / "thumbnail.png")
        titles = [(mark.title, mark.start) for mark in marks]
        pictures.contact_sheet(folder / "episode.mp4", titles, duration, folder / "contact_sheet.png")
        parts = [
            {**build_facts(name, rendered, count), "taken": [shot.pictures.start, shot.pictures.stop]}
            for (name, rendered), count, shot in zip(chapters, counts, shots, strict=True)
        ]
        facts = {"title": FULL, "question": LINE, "frames": at + last, "narration": narration(cues)}
        write_build(folder, {**facts, "chapters": parts})
    return films() / "episodes" / NAME


def _opening() -> Utterance:
    return speak(f"{HEADING} {ASIDE}")


def _ending() -> Utterance:
    return speak(f"{TITLE}. {LINE}.")


def _shape(videos: Sequence[Path]) -> Shape:
    """What all films have in common: size and frame rate."""
    first = shape(videos[0])
    for video in videos[1:]:
        other = shape(video)
        if (other.width, other.height, other.fps) != (first.width, first.height, first.fps):
            raise CourseError(
                f"{shown(video)} has another size or frame rate than {shown(videos[0])}, so they make no "
                "trailer. Render all chapters with the same quality."
            )
    return first


def _shot(chapter: str, rendered: Rendered, count: int, fps: Fraction) -> Shot:
    """What leads to a chapter's last word, which is about the picture to remember."""
    shot = Shot(rendered, range(0), speak(rendered.question))
    own = [cue.end for cue in rendered.cues if not leads_on(chapter, cue)]
    end = min(count, _frames(max(own), fps)) if own else count
    return replace(shot, pictures=range(max(0, end - _frames(shot.asked + CLEAR + ALONE, fps)), end))


def _frames(seconds: float, fps: Fraction) -> int:
    return math.ceil(seconds * fps)


def _write_pictures(shots: Sequence[Shot], first: int, last: int, like: Shape, path: Path) -> None:
    """Encode the whole trailer; `first` and `last` are the numbers of pictures that its cards have."""
    normal = encoder_options(like.fps)
    encoding = replace(normal, options={**normal.options, "crf": CRF})
    size = like.width, like.height
    every = chain(
        pictures.title_card(size, HEADING, ASIDE, first, seed=7),
        *(_asking(shot, f"{k} of {len(shots)}", size, like.fps) for k, shot in enumerate(shots, 1)),
        pictures.title_card(size, TITLE, LINE, last, seed=7),
    )
    total = first + sum(len(shot.pictures) for shot in shots) + last
    with closing(Pictures(path, encoding, *size)) as out:
        for picture in progress(every, total=total, desc=NAME, unit="frames"):
            out.add(picture)


def _asking(shot: Shot, place: str, size: tuple[int, int], fps: Fraction) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a shot: dim behind the question on its plate, then alone. `place` is a label."""
    ground = Image.new("RGB", size, theme.BACKGROUND)
    question, label = _question(shot.rendered.question, size), _label(place, size)
    box = question.getbbox()
    question = question.crop(box)
    opaque = question.getchannel("A")
    length, asked = float(len(shot.pictures) / fps), shot.asked
    for number, frame in enumerate(_taken(shot.rendered.video, shot.pictures, fps)):
        now = float(number / fps)
        light = np.interp(now, [0, FADE, asked, asked + CLEAR, length - FADE, length], [0, DIM, DIM, 1, 1, 0])
        stands = float(np.interp(now, [0, FADE, asked, asked + CLEAR], [0, 1, 1, 0]))
        picture = frame.to_image()
        if light < 1:
            picture = Image.blend(ground, picture, float(light))
        if stands:
            picture.paste(question, box, opaque.point([round(alpha * stands) for alpha in range(256)]))
        picture.paste(label, (size[0] - label.width, 0), label)
        picture.paste(_GROUND, (0, round(size[1] * 0.985), *size))  # over the progress line
        yield np.asarray(picture)


def _taken(video: Path, wanted: range, fps: Fraction) -> Iterator[Any]:
    """Those pictures of a film, decoded."""
    found = 0
    with av.open(str(video)) as container:
        stream: Any = container.streams.video[0]
        container.seek(int(wanted.start / fps / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            number = round(frame.time * fps)
            if number >= wanted.stop:
                break
            if number in wanted:
                yield frame
                found += 1
    if found < len(wanted):
        raise CourseError(f"{shown(video)} does not play to its end. Render the chapter again.")


def _question(words: str, size: tuple[int, int]) -> Image.Image:
    """A transparent picture with the question on a plate, above the captions' eighth, as large as may be."""
    width, height = size
    faces = [pictures.font(round(height * part)) for part in SIZES]
    settings = [(face, pictures.wrapped(words, face, round(width * 0.84))) for face in faces]
    face, lines = next((one for one in settings if len(one[1]) <= 2), settings[-1])
    text, middle = "\n".join(lines), (width / 2, height * 7 / 16)
    setting: dict[str, Any] = {"font": face, "anchor": "mm", "align": "center", "spacing": face.size * 0.2}
    sheet = Image.new("RGBA", size, (*_GROUND, 0))
    pen, room = ImageDraw.Draw(sheet), face.size * 0.45
    left, top, right, bottom = pen.multiline_textbbox(middle, text, **setting)
    pen.rounded_rectangle((left - room, top - room, right + room, bottom + room), room, (*_GROUND, PLATE))
    pen.multiline_text(middle, text, fill=theme.INK, **setting)
    return sheet


def _label(place: str, size: tuple[int, int]) -> Image.Image:
    """What stands at the top right, for the name of the depth."""
    height = size[1]
    wide, high = round(size[0] * 0.21), round(height * 0.145)
    sheet = Image.new("RGBA", (wide, high), (*_GROUND, 0))
    pen, room = ImageDraw.Draw(sheet), height * 0.03
    pen.rounded_rectangle((0, -room, wide + room, high - 1), room, _GROUND)
    right = wide - size[0] * theme.SAFE / theme.FRAME_WIDTH
    face = pictures.font(round(height * SIZES[-1]), "Medium")
    pen.text((right, height * 0.075), place, theme.MUTED, face, anchor="rm")
    return sheet
