"""From a rendered chapter to a file that can be published, and from all of them to one film.

Not for rendering, and not for uploading.
"""

from pathlib import Path

from course.episode.rendered import Rendered, rendered_path

__all__ = ["Rendered", "build_episode", "rendered_path"]


def build_episode(rendered: Rendered, chapter_name: str, burn: bool = False) -> Path:
    """Build `media/episodes/<chapter_name>/` and return that folder; see `assemble.build_episode`."""
    # Here, because assembling draws with the stage's theme, and the stage's film writer needs `encoding` from
    # here.
    from course.episode import assemble

    return assemble.build_episode(rendered, chapter_name, burn)
