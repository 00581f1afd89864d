"""An episode that was made from exactly what there is now is kept; any other is built again.

Not for building one: see `assemble`.
"""

import json
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
    film = films() / "episodes" / chapter_name / "episode.mp4"
    stamp = films() / "videos" / chapter_name / "episode.json"
    made_of = digest_bytes(
        digest_file(rendered_path(chapter_name)).encode(),
        json.dumps(read_json(rendered.video.with_suffix(".json"))).encode(),
        code_digest(*CODE).encode(),
    )
    build = film.with_name("build.json")
    whole = build.exists() and film.exists()
    if not (whole and read_json(stamp) == {"made_of": made_of, "build": digest_file(build)}):
        from course.episode.assemble import build_episode  # loads Manim, and mostly nothing is to do

        build_episode(rendered, chapter_name)
        write_json(stamp, {"made_of": made_of, "build": digest_file(build)})
    return film
