"""An episode that was made from exactly what there is now is kept; any other is built again.

Not for building one: see `assemble`.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from course.files import digest_bytes, digest_file, read_json, write_json
from course.paths import films
from course.render.rendered import Rendered, rendered_path
from course.render.sources import code_digest

CODE = ("episode", "voice", "video", "render/rendered.py")
"""What decides on an episode besides what is handed in."""


def bring_up_to_date(rendered: Rendered, chapter_name: str) -> Path:
    """The film of a chapter's episode, built unless the one that is there was made from exactly this.

    `rendered` is as it is kept.
    """

    def build() -> None:
        from course.episode.assemble import build_episode  # loads Manim, and mostly nothing is to do

        build_episode(rendered, chapter_name)

    return keep(chapter_name, [made_of(rendered, chapter_name)], build)


def made_of(rendered: Rendered, chapter_name: str) -> str:
    """A digest of a rendered chapter as it is kept."""
    film = json.dumps(read_json(rendered.video.with_suffix(".json")))
    return digest_bytes(digest_file(rendered_path(chapter_name)).encode(), film.encode())


def keep(name: str, parts: Iterable[str], build: Callable[[], object]) -> Path:
    """The film of an episode, built unless the one that is there was made of these `parts` by this code."""
    film = films() / "episodes" / name / "episode.mp4"
    stamp = films() / "videos" / name / "episode.json"
    made = digest_bytes(*(part.encode() for part in parts), code_digest(*CODE).encode())
    facts = film.with_name("build.json")
    whole = facts.exists() and film.exists()
    if not (whole and read_json(stamp) == {"made_of": made, "build": digest_file(facts)}):
        build()
        write_json(stamp, {"made_of": made, "build": digest_file(facts)})
    return film
