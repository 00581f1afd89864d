"""Every step of one chapter's walk in a single file, to be put into slides or on other people's pages.

Not for the pages of the site.
"""

from pathlib import Path

from markupsafe import Markup

from course.errors import CourseError
from course.files import write_bytes
from course.site.build import home
from course.site.pages import data_url, page
from course.site.steps import Walk
from course.stage.loading import load, mistakes


def write_widget(scene: Path) -> Path:
    """Write `media/site/widget-<chapter>.html` and return it. Raises CourseError where there is no walk."""
    with mistakes(scene):
        chapter = load(scene)()
        if "walk" not in chapter.declared().specs:
            raise CourseError(f"{scene.stem} has no capture named walk, so it has no steps to show.")
        walk = Walk(chapter.captures["walk"])
    html = page(
        "widget.html.j2",
        whole=False,
        walk=walk,
        states=Markup(data_url(walk.states, "image/png")),
        guesses=Markup(data_url(walk.guesses, "image/png")),
    )
    path = home() / f"widget-{scene.stem}.html"
    write_bytes(path, html.encode())
    return path
