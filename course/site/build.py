"""Builds the site, chapter by chapter; a page that was made from exactly what there is now is kept.

Not for what is on a page: see `chapter_page`.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from course.cast import current_cast
from course.chapters import COURSE, asked, chapters
from course.errors import CourseError
from course.files import digest_bytes, digest_file, read_json, replacing, stamp, write_bytes, write_json
from course.paths import ASSETS, films, media
from course.progress import progress
from course.render.build import cores
from course.render.rendered import rendered_path
from course.render.sources import code_digest

CODE = (
    *("site", "site/look", "site/templates", "stage", "maths", "precompute", "render/rendered.py"),
    *("episode/describe.py", "chapters.py", "grammar.py"),
)
"""What decides on a page besides the scene, its captures and its film."""
MATHEMATICS = "mathematics.woff2"
"""The one file that all pages share."""
OWN_WORDS = "explore.html"
"""The page where the model runs; others lead to it if it is there."""
KNOWN = "browser/known.json"
"""What pages have to know of the models: see `model.export_models`, and `runtime`, what runs them."""


def home() -> Path:
    """The site's folder."""
    return films() / "site"


def build_site(scenes: Sequence[Path]) -> list[Path]:
    """Bring the pages of these chapters, and the overview, up to date; returns all pages, the overview first.

    A chapter that fails is said on standard error, and the others are built; CourseError in the end.
    """
    look = _look()
    wanted = {one.stem for one in scenes}
    explore, sizes = _own_words(), _sizes()
    jobs = [_Job(scene, look, _following(scene.stem, wanted), explore, sizes) for scene in scenes]
    left = [job for job in jobs if not job.is_done()]
    failed: dict[str, CourseError] = {}
    for job, error in progress(_made(left), total=len(left), desc="site", unit="page"):
        if error:
            failed[job.name] = error
            print(f"{job.name} failed: {error}", file=sys.stderr)
    index = _write_index(look)
    pages = [job.target for job in jobs if job.name not in failed]
    if failed:
        rest = " The others are done." if pages else ""
        raise CourseError(f"No page of {', '.join(failed)}. What to mend is said above.{rest}")
    return [index, *pages]


def _made(jobs: "Sequence[_Job]") -> "Iterator[tuple[_Job, CourseError | None]]":
    """Do jobs, several at a time where there are cores for it; each with what went wrong, in any order."""
    if min(len(jobs), cores()) < 2:
        for job in jobs:
            yield job, _outcome(job)
        return
    from course.render.pool import local_pool

    ours = {name: value for name, value in os.environ.items() if name.startswith("COURSE_")}
    with local_pool(min(len(jobs), cores())) as pool:
        futures = {pool.submit(_outcome, job, ours): job for job in jobs}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                yield futures[future], CourseError("A worker was killed while it made this page. Run again.")


def _outcome(job: "_Job", environment: Mapping[str, str] = MappingProxyType({})) -> CourseError | None:
    # A worker has the environment of the process that it was forked from, as it was then.
    os.environ.update(environment)
    try:
        job.do()
    except CourseError as error:
        return error
    return None


def _look() -> str:
    """Put the mathematics' font where pages find it; returns what tells one look of theirs from another."""
    # Asked of the files, so that nothing heavy is loaded where nothing is to be done.
    fonts = sorted((ASSETS / "fonts" / "web").iterdir())
    ours, shared = ASSETS / "fonts" / "web" / MATHEMATICS, home() / MATHEMATICS
    if not shared.is_file() or shared.read_bytes() != ours.read_bytes():
        write_bytes(shared, ours.read_bytes())
    return code_digest("site/look", "site/pages.py") + "".join(digest_file(path) for path in fonts)


def _record(name: str) -> Path:
    """What is known of a page that was made."""
    return home() / ".kept" / f"{name}.json"


@dataclass(frozen=True)
class _Job:
    """A chapter's page to be made; it leads to `following`, a chapter, and `explore`, where the model runs.

    Either is "" where there is none. `sizes` has the bytes of what runs there, by model.
    """

    scene: Path
    look: str
    following: str
    explore: str
    sizes: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        return self.scene.stem

    @property
    def target(self) -> Path:
        return home() / f"{self.name}.html"

    @cached_property
    def key(self) -> str:
        """What the page is made of, besides its captures."""
        leads = (self.following, self.explore, repr(self.sizes))
        said = (self.look, *leads, repr(current_cast(self.name)), *_sources(self.scene))
        return digest_bytes(*(one.encode() for one in said))

    def is_done(self) -> bool:
        """Whether the page is there and was made of just this."""
        kept = read_json(_record(self.name))
        return kept.get("key") == self.key and _as_made(kept)

    def do(self) -> None:
        """Make the page with all that lies beside it, and note what of."""
        from course.site.chapter_page import Neighbour, make

        following, folder = self.following, home() / self.name
        neighbour = Neighbour(f"{following}.html", *_called(following)) if following else None
        made = make(self.scene, neighbour, self.explore, dict(self.sizes))
        for file, content in made.files.items():
            if isinstance(content, Path):
                _had(content, folder / file)
            else:
                write_bytes(folder / file, content, durable=False)
        write_bytes(self.target, made.html.encode())
        for left in folder.iterdir() if folder.is_dir() else ():
            if left.name not in made.files:
                left.unlink()
        there = (self.target, *(folder / file for file in made.files))
        noted = {
            "key": self.key,
            "captures": {path.name: stamp(path) for path in made.captures},
            "files": {str(path.relative_to(home())): path.stat().st_size for path in there},
            "title": made.title,
            "question": made.question,
            "seconds": made.seconds,
        }
        write_json(_record(self.name), noted)


def _sources(scene: Path) -> Iterator[str]:
    yield code_digest(*CODE)
    yield digest_file(scene)
    for path in (rendered_path(scene.stem), films() / "episodes" / scene.stem / "build.json"):
        yield digest_file(path) if path.is_file() else "not there"


def _as_made(kept: dict[str, Any]) -> bool:
    """Whether the files of a page are there, and no capture that it read is another now.

    One that is gone counts as it was: nobody needs it.
    """
    files, captures = kept.get("files", {}), kept.get("captures", {})
    there = all(
        (home() / name).is_file() and (home() / name).stat().st_size == size for name, size in files.items()
    )
    paths = {media() / "captures" / name: stamp for name, stamp in captures.items()}
    return there and all(not path.exists() or stamp(path) == then for path, then in paths.items())


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
    return entry.title, asked(entry.question, cast.prompt, cast.other)


def _own_words() -> str:
    return OWN_WORDS if (home() / OWN_WORDS).is_file() else ""


def _sizes() -> tuple[tuple[str, int], ...]:
    """The bytes that a reader's browser fetches for each model, with what runs it."""
    known = read_json(home() / KNOWN)
    if not known.get("runtime"):
        return ()
    shared = known["runtime"].values()
    models = ((name, (*model["files"].values(), *shared)) for name, model in known["models"].items())
    return tuple((name, sum(file["bytes"] for file in files)) for name, files in models)


def refresh_index() -> Path:
    """Bring the overview alone up to date, and return it."""
    return _write_index(_look())


def _write_index(look: str) -> Path:
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
    explore = _own_words()
    key = digest_bytes(repr((listed, explore, look)).encode(), code_digest(*CODE[:3]).encode())
    kept = read_json(_record("index"))
    if kept.get("key") != key or not target.is_file():
        from course.site.pages import credits_of, page

        write_bytes(
            target, page("index.html.j2", chapters=listed, explore=explore, credits=credits_of([])).encode()
        )
        write_json(_record("index"), {"key": key})
    return target
