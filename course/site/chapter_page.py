"""One chapter as a page with its files: what it says, by its film; what it proves and measured, by its scene.

Not for deciding whether that has to be done again: `build` does.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from PIL import Image

from course.cast import Cast, current_cast, variable
from course.errors import CourseError
from course.paths import films
from course.precompute.store import capture_path
from course.render.rendered import DEPTHS, Rendered, leads_on, rendered_path
from course.site import stills
from course.site.pages import chapters_vtt, credits_of, page, vtt_url
from course.site.sheets import Pictures
from course.site.steps import Walk
from course.site.text import Block, Teller
from course.stage.loading import load, mistakes
from course.voice import Cue

ABOUT = {
    "story": "No formula.",
    "mechanism": "What the program does, with this run’s numbers.",
    "derivation": "Why it is right, line by line.",
}
STILLS = {"story": 3, "mechanism": 3, "derivation": 2}  # at most, for each beat
SHOWN = (608, 400)  # CSS pixels that a still takes at most
POSTER = (960, 540)
NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Figure:
    """A still between two paragraphs: its address, the moment it is of (seconds), its size in CSS pixels."""

    still: str
    moment: float
    size: tuple[int, int]


@dataclass
class Made:
    """A page, the files beside it (name → bytes, or a file to be had as it is), the captures that it read."""

    html: str
    files: dict[str, bytes | Path] = field(default_factory=dict)
    captures: list[Path] = field(default_factory=list)
    title: str = ""
    question: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Neighbour:
    """The chapter after this one, as far as there is a page of it."""

    page: str
    title: str
    question: str


def make(
    scene: Path, following: Neighbour | None, explore: str = "", sizes: Mapping[str, int] = NONE
) -> Made:
    """Make a chapter's page; `explore` is the page where the model runs, "" where there is none.

    `sizes` has the bytes that each model takes there, with what runs it.

    Raises CourseError where the scene is wrong, or states what does not hold.
    """
    name, film = scene.stem, episode(scene.stem)
    rendered = Rendered.load(rendered_path(name)) if film else None
    with _playing(rendered), mistakes(scene):
        chapter = load(scene)()
        teller = Teller(chapter)
        made = Made("", title=chapter.title, question=chapter.question)
        specs, _ = chapter.declared()
        made.captures = [capture_path(spec.key) for spec in specs.values()]
        values: dict[str, Any] = {"film": "", "depths": [], "walk": None, "size": (16, 9)}
        if film and rendered:
            values |= _film(made, name, film, rendered, teller)
        if "walk" in specs:
            walk = Walk(chapter.captures["walk"])
            made.files |= {"states.png": walk.states, "guesses.png": walk.guesses}
            values |= {"walk": walk, "states": f"{name}/states.png", "guesses": f"{name}/guesses.png"}
        sheets = [Pictures(sheet, chapter.cast) for sheet in chapter.sheets()]
        made.files |= {f"{one.sheet.name}.png": one.data for one in sheets}
        made.html = page(
            "chapter.html.j2",
            **values,
            next=following,
            explore=explore,
            sizes=sizes,
            title=chapter.title,
            question=chapter.question,
            cast=_plain(chapter.cast),
            name=name,
            short=name.partition("_")[0],
            sheets=sheets,
            rest=teller.rest(),
            unsaid=teller.unsaid(),
            credits=credits_of([cue.utterance.voice for cue in rendered.cues] if rendered else []),
        )
    return made


def _plain(cast: Cast) -> Cast:
    """The cast without a path of this machine."""
    return replace(cast, model=Path(cast.model).name if os.path.isabs(cast.model) else cast.model)


def episode(name: str) -> Path | None:
    """A chapter's finished film, if it is there whole."""
    folder = films() / "episodes" / name
    parts = [folder / part for part in ("episode.mp4", "captions.vtt", "chapters.json")]
    return parts[0] if rendered_path(name).is_file() and all(part.is_file() for part in parts) else None


@contextmanager
def _playing(rendered: Rendered | None) -> Iterator[None]:
    """In this block, the cast is the one that the film was made with."""
    before = dict(os.environ)
    if rendered is not None:
        os.environ.update({variable(key): str(value) for key, value in asdict(rendered.cast).items()})
    try:
        current_cast()
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _film(made: Made, name: str, film: Path, rendered: Rendered, teller: Teller) -> dict[str, Any]:
    """What a page needs of its film; its files are put beside it."""
    try:
        book = json.loads((film.parent / "chapters.json").read_text(encoding="utf-8"))
        captions = (film.parent / "captions.vtt").read_text(encoding="utf-8")
        made.seconds, parts = float(book["duration"]), chapters_vtt(book["chapters"])
        poster = Image.open(rendered.thumbnail).convert("RGB").resize(POSTER, Image.Resampling.LANCZOS)
        depths = list(_depths(made, name, film, rendered, teller))
    except (OSError, ValueError, KeyError, TypeError, av.FFmpegError) as error:
        raise CourseError(
            f"The episode of {name} is damaged ({error}). Make it again: course render {name} --episode"
        ) from error
    file = io.BytesIO()
    poster.save(file, "WEBP", quality=78, method=4)
    made.files |= {"episode.mp4": film, "captions.vtt": captions.encode(), "poster.webp": file.getvalue()}
    return {
        "film": f"{name}/episode.mp4",
        "poster": f"{name}/poster.webp",
        "size": (1280, 720),
        "captions": vtt_url(captions),
        "chapters": vtt_url(parts),
        "depths": depths,
    }


def _depths(
    made: Made, name: str, film: Path, rendered: Rendered, teller: Teller
) -> Iterator[dict[str, Any]]:
    # The next chapter's question is a link here.
    cues = [cue for cue in rendered.cues if not leads_on(name, cue)]
    ends = [start for _, start in rendered.marks[1:]] + [float("inf")]
    for (depth, start), end in zip(rendered.marks, ends, strict=True):
        own = [cue for cue in cues if start - 0.01 <= cue.start < end - 0.01]
        beats = [
            list(_beat(made, name, film, [own[k] for k in beat], teller, STILLS.get(depth, 2)))
            for beat in stills.beats(film, own)
        ]
        title = DEPTHS.get(depth, depth.capitalize())
        rank = list(DEPTHS).index(depth) if depth in DEPTHS else 0
        about = ABOUT.get(depth, "")
        yield {"name": depth, "title": title, "start": start, "beats": beats, "rank": rank, "about": about}


def _beat(
    made: Made, name: str, film: Path, cues: Sequence[Cue], teller: Teller, most: int
) -> Iterator[Block | Figure]:
    """Paragraphs, proofs and stills in the order of the film. Equations need no still: they are here."""
    plain = [k for k, cue in enumerate(cues) if not teller.proves(cue)] or [len(cues) - 1]
    places = stills.chosen(film, cues, plain, most)
    done = 0
    for last in [*places, len(cues) - 1]:
        if done <= last:
            yield from teller.beat(cues[done : last + 1])
            done = last + 1
        if last in places:
            one = stills.still(film, places.pop(last))
            file = f"{round(one.moment * 100):06d}.webp"
            made.files[file] = one.data
            yield Figure(f"{name}/{file}", one.moment, _fitted(one.size))


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """How large a still stands on the page."""
    scale = min(1.0, SHOWN[0] / size[0], SHOWN[1] / size[1])
    return round(size[0] * scale), round(size[1] * scale)
