"""Builds the site, chapter by chapter; a page that was made from exactly what there is now is kept.

Not for what is on a page: see `chapter_page`.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from course.cast import current_cast
from course.chapters import COURSE, chapters
from course.errors import CourseError
from course.files import digest_bytes, digest_file, read_json, replacing, write_bytes, write_json
from course.grammar import named
from course.paths import ASSETS, films, media
from course.progress import progress
from course.render.rendered import rendered_path
from course.render.sources import code_digest

CODE = (
    *("site", "site/look", "site/templates", "stage", "maths", "precompute", "render/rendered.py"),
    *("episode/describe.py", "chapters.py", "grammar.py"),
)
"""What decides on a page besides the scene, its captures and its film."""
SHARED = ("site.css", "site.js", "mathematics.woff2")


def home() -> Path:
    """The site's folder."""
    return films() / "site"


def build_site(scenes: Sequence[Path]) -> list[Path]:
    """Bring the pages of these chapters, and the overview, up to date; returns all pages, the overview first.

    A chapter that fails is said on standard error, and the others are built; CourseError in the end.
    """
    css, js = _write_shared()
    failed: dict[str, CourseError] = {}
    pages = []
    for scene in progress(scenes, desc="site", unit="page"):
        try:
            pages.append(_bring_up_to_date(scene, css, js, {one.stem for one in scenes}))
        except CourseError as error:
            failed[scene.stem] = error
            print(f"{scene.stem} failed: {error}", file=sys.stderr)
    index = _write_index(css, js)
    if failed:
        rest = " The others are done." if pages else ""
        raise CourseError(f"No page of {', '.join(failed)}. What to mend is said above.{rest}")
    return [index, *pages]


def _write_shared() -> tuple[str, str]:
    """Write what all pages share; returns the addresses of the style sheet and of the script."""
    folder, stamp = home(), home() / "site.css"
    # Asked of the files, so that nothing heavy is loaded where nothing is to be done.
    look = code_digest("site/look", "site/pages.py") + digest_bytes(
        *(digest_file(path).encode() for path in sorted((ASSETS / "fonts" / "web").iterdir()))
    )
    kept = read_json(_record("shared"))
    if kept.get("look") != look or not all((folder / name).is_file() for name in SHARED):
        from course.site.pages import FONTS, MATHEMATICS, css, script

        write_bytes(stamp, css().encode())
        write_bytes(folder / "site.js", script().encode())
        write_bytes(folder / MATHEMATICS, (FONTS / MATHEMATICS).read_bytes())
        write_json(_record("shared"), {"look": look})
    mark = digest_bytes(look.encode())[:8]
    return f"site.css?{mark}", f"site.js?{mark}"


def _record(name: str) -> Path:
    """What is known of a page that was made."""
    return home() / ".kept" / f"{name}.json"


def _bring_up_to_date(scene: Path, css: str, js: str, wanted: set[str]) -> Path:
    name = scene.stem
    target, folder = home() / f"{name}.html", home() / name
    following = _following(name, wanted)
    key = digest_bytes(
        *(one.encode() for one in (css, js, following, repr(current_cast(name)), *_sources(scene))),
    )
    kept = read_json(_record(name))
    if kept.get("key") == key and _as_made(kept):
        return target
    from course.site.chapter_page import Neighbour, make

    made = make(scene, css, js, Neighbour(f"{following}.html", *_called(following)) if following else None)
    for file, content in made.files.items():
        if isinstance(content, Path):
            _had(content, folder / file)
        else:
            write_bytes(folder / file, content, durable=False)
    write_bytes(target, made.html.encode())
    for left in folder.iterdir() if folder.is_dir() else ():
        if left.name not in made.files:
            left.unlink()
    files = {
        str(path.relative_to(home())): path.stat().st_size
        for path in (target, *(folder / f for f in made.files))
    }
    stamps = {path.name: _stamp(path) for path in made.captures}
    write_json(
        _record(name),
        {
            "key": key,
            "captures": stamps,
            "files": files,
            "title": made.title,
            "question": made.question,
            "seconds": made.seconds,
        },
    )
    return target


def _sources(scene: Path) -> Iterator[str]:
    yield code_digest(*CODE)
    yield digest_file(scene)
    for path in (rendered_path(scene.stem), films() / "episodes" / scene.stem / "build.json"):
        yield digest_file(path) if path.is_file() else "not there"


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_size]


def _as_made(kept: dict[str, Any]) -> bool:
    """Whether the files of a page are there, and no capture that it read is another now.

    One that is gone counts as it was: nobody needs it.
    """
    files, captures = kept.get("files", {}), kept.get("captures", {})
    there = all(
        (home() / name).is_file() and (home() / name).stat().st_size == size for name, size in files.items()
    )
    paths = {media() / "captures" / name: stamp for name, stamp in captures.items()}
    return there and all(not path.exists() or _stamp(path) == stamp for path, stamp in paths.items())


def _had(source: Path, target: Path) -> None:
    """The same file under a second name where the disk allows it, else a copy: films are large."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and os.path.samefile(source, target):
        return
    with replacing(target, durable=False) as temporary:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)


def _following(name: str, wanted: set[str]) -> str:
    """The chapter after this one, if it has a page or is getting one."""
    names = [path.stem for path in chapters()]
    later = names[names.index(name) + 1 :][:1] if name in names else []
    return next((one for one in later if one in wanted or (home() / f"{one}.html").is_file()), "")


def _called(name: str) -> tuple[str, str]:
    """A chapter's title and question, as far as the course knows them."""
    kept = read_json(_record(name))
    entry = COURSE.get(name)
    if entry is None:
        return str(kept.get("title", name)), str(kept.get("question", ""))
    cast = current_cast(name)
    a, b = named(cast.prompt, cast.other)
    return entry.title, entry.question.format(a=a, b=b)


def _write_index(css: str, js: str) -> Path:
    """The overview: chapters with a page, and those of the course that have none yet."""
    target = home() / "index.html"
    pages = sorted(path.stem for path in home().glob("ch*_*.html"))
    names = list(dict.fromkeys([*COURSE, *(path.stem for path in chapters()), *pages]))
    listed = []
    for name in names:
        title, question = _called(name)
        there = (home() / f"{name}.html").is_file()
        poster = f"{name}/poster.webp" if (home() / name / "poster.webp").is_file() else ""
        listed.append(
            {
                "page": f"{name}.html" if there else "",
                "poster": poster if there else "",
                "number": name[2:].partition("_")[0],
                "title": title,
                "question": question,
                "seconds": read_json(_record(name)).get("seconds", 0.0),
            }
        )
    key = digest_bytes(repr((listed, css, js)).encode(), code_digest(*CODE[:3]).encode())
    kept = read_json(_record("index"))
    if kept.get("key") != key or not target.is_file():
        from course.site.pages import credits_of, page

        write_bytes(
            target, page("index.html.j2", chapters=listed, css=css, js=js, credits=credits_of([])).encode()
        )
        write_json(_record("index"), {"key": key})
    return target
