"""`course doctor`: what is there, what is missing and what to do about it, without changing anything.

Not for installing: `make setup` does that.
"""

import importlib.metadata
import json
import math
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import click
from packaging.requirements import Requirement

from course.cast import cast_options, current_cast, settings, variable
from course.chapters import resolve
from course.errors import CourseError
from course.files import replacing
from course.paths import ASSETS, ROOT, media, shown
from course.render.store import Store, limit_of_store

GIGABYTE = 1e9
ROOM_NEEDED, ROOM_WANTED = 0.5, 5.0  # gigabytes: one chapter at preview quality; the whole course at 1080p

_TORCH = """
import torch
if torch.cuda.is_available():
    print(torch.cuda.get_device_name())
elif torch.backends.mps.is_available():
    print("Apple GPU (mps)")
"""


@dataclass(frozen=True)
class Check:
    """One line of the table: `missing` fails the doctor, `note` is worth knowing, `ok` is fine."""

    name: str
    state: Literal["ok", "note", "missing"]
    found: str
    advice: str = ""


def examine() -> Iterator[Check]:
    """Every check in order; none raises, each is `missing` with the reason where it cannot be made."""
    gpu = subprocess.Popen(
        [sys.executable, "-c", _TORCH], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        for name, check in CHECKS.items():
            try:
                yield check(name)
            except CourseError as error:
                yield Check(name, "missing", str(error))
            except Exception as error:
                yield Check(name, "missing", f"{type(error).__name__}: {error}".splitlines()[0], "make setup")
        yield _gpu(gpu)
    finally:
        gpu.kill()
        gpu.communicate()


def _python(name: str) -> Check:
    found = f"{sys.version.split()[0]} in {shown(Path(sys.prefix))}"
    if sys.prefix == sys.base_prefix:
        return Check(name, "note", found, "not a virtual environment: make setup, then .venv/bin/course")
    return Check(name, "ok", found)


def _packages(name: str) -> Check:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = _unmet(project["dependencies"])
    if needed:
        return Check(name, "missing", "; ".join(needed), "make setup")
    optional = [
        f"{extra}: {'; '.join(unmet)}"
        for extra, lines in project["optional-dependencies"].items()
        if (unmet := _unmet(lines))
    ]
    versions = ", ".join(
        f"{one} {importlib.metadata.version(one)}" for one in ("manim", "torch", "diffusers")
    )
    return Check(
        name, "note" if optional else "ok", "; ".join([versions, *optional]), "make setup" if optional else ""
    )


def _unmet(requirements: list[str]) -> list[str]:
    unmet = []
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            unmet.append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            unmet.append(f"{requirement.name} {version}, needed {requirement.specifier}")
    return unmet


def _drawing(name: str) -> Check:
    import cairo
    import manimpango

    return Check(name, "ok", f"Cairo {cairo.cairo_version_string()}, Pango {manimpango.pango_version()}")


def _mathematics(name: str) -> Check:
    import typst

    drawing = typst.compile(b"$x^2$", format="svg")
    if not drawing or b"<svg" not in drawing:
        return Check(name, "missing", "Typst drew nothing", "make setup")
    return Check(name, "ok", f"Typst {importlib.metadata.version('typst')} sets x²")


def _encoding(name: str) -> Check:
    import av

    for codec in ("libx264", "aac"):
        av.codec.Codec(codec, "w")
    return Check(name, "ok", f"H.264 and AAC in PyAV {av.__version__}")


def _fonts(name: str) -> Check:
    from course.stage import theme

    theme.register_fonts()
    return Check(name, "ok", ", ".join(path.stem for path in theme.FONT_FILES))


def _models(name: str) -> Check:
    from safetensors import SafetensorError, safe_open

    advice = "git checkout -- assets/models, or course train"
    folder = ASSETS / "models" / "pixel"
    if not (folder / "model_index.json").is_file():
        return Check(name, "missing", f"{shown(folder)} holds no model", advice)
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    absent = [part for part in index if not part.startswith("_") and not (folder / part).is_dir()]
    files = sorted(folder.rglob("*.safetensors"))
    numbers = 0
    for file in files:
        try:
            with safe_open(file, framework="numpy") as weights:
                numbers += sum(math.prod(weights.get_slice(key).get_shape()) for key in weights.keys())  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            return Check(name, "missing", f"{shown(file)} is damaged ({error})", advice)
    if absent or not files:
        return Check(name, "missing", f"{shown(folder)} lacks {', '.join(absent) or 'its weights'}", advice)
    return Check(name, "ok", f"pixel, {numbers / 1e6:.1f} million numbers")


def _chapters(name: str) -> Check:
    return Check(name, "ok", ", ".join(path.stem for path in resolve()))


def _cast(name: str) -> Check:
    cast = current_cast()
    named = f"{one}: " if (one := os.environ.get("COURSE_CAST")) else ""
    found = f"{named}{cast.prompt!r} and {cast.other!r}, seed {cast.seed}, {cast.steps} steps"
    said = [one.name for one in fields(cast) if variable(one.name) in os.environ]
    over = f"; {', '.join(map(variable, said))} over course.toml" if said else ""
    others = [one for one in settings().get("casts", {}) if one != os.environ.get("COURSE_CAST")]
    more = f"; also there: {', '.join(others)} (--cast)" if others else ""
    return Check(name, "ok", f"{found}{over}{more}")


def _model(name: str) -> Check:
    """The model of the cast. One from elsewhere takes a step, which tells what it reads of the prompt."""
    from course.precompute.spec import CaptureSpec

    cast = current_cast()
    spec = CaptureSpec.of(cast, seed=0, steps=30, guidance=1.0)
    if not spec.is_foreign:
        return Check(name, "ok", f"{cast.model}, which needs no weights but the course's")
    from course.precompute.foreign import examined

    kind, run = examined(spec, "cpu")
    found = f"{cast.model}, {kind}, reads {run.words!r}"
    lacks = [f"{what}: {why}" for what, why in sorted(run.lacks.items())]
    if run.lost:
        lacks.insert(0, f"not read as it stands: {' '.join(run.lost)}")
    return Check(name, "note" if lacks else "ok", found, "; ".join(lacks))


def _voices(name: str) -> Check:
    from course.voice.speech import VOICES

    there = [voice.NAME for voice in VOICES if voice.identity("A picture comes out of noise.") is not None]
    if {"hibari", "endpoint"} & set(there):
        return Check(name, "ok", ", ".join(there))
    worse = {"festival": "Festival is clear, not pleasant", "espeak": "espeak-ng is understandable"}
    best = next((worse[one] for one in there if one in worse), "the narration would be silent")
    return Check(name, "note", f"{', '.join(there)}: {best}", "make setup brings the voice hibari")


def _room(name: str) -> Check:
    folder = media()
    with replacing(folder / ".doctor"):
        pass
    (folder / ".doctor").unlink()
    free = shutil.disk_usage(folder).free / GIGABYTE
    kept, limit = Store().size() / GIGABYTE, limit_of_store() / GIGABYTE
    found = (
        f"{shown(folder)} is writable, {free:.1f} GB free; "
        f"the store of encoded pictures has {kept:.1f} of {limit:g} GB"
    )
    if free < ROOM_NEEDED:
        return Check(name, "missing", found, f"free {ROOM_NEEDED} GB, or set COURSE_MEDIA to another disk")
    if free < ROOM_WANTED:
        return Check(name, "note", found, f"the whole course at 1080p wants {ROOM_WANTED:.0f} GB")
    return Check(name, "ok", found)


def _cores(name: str) -> Check:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Check(name, "ok", f"{count}")


def _gpu(process: "subprocess.Popen[str]") -> Check:
    name = "GPU"
    try:
        found = process.communicate(timeout=60)[0].strip()
    except subprocess.TimeoutExpired:
        return Check(name, "note", "PyTorch did not answer within a minute")
    if process.returncode:
        return Check(
            name,
            "missing",
            "PyTorch does not start",
            'make setup; .venv/bin/python -c "import torch" says why',
        )
    return Check(
        name,
        "ok" if found else "note",
        found or "none: the course renders without; training takes hours, not minutes",
    )


CHECKS: dict[str, Callable[[str], Check]] = {
    "Python": _python,
    "packages": _packages,
    "drawing": _drawing,
    "mathematics": _mathematics,
    "encoding": _encoding,
    "fonts": _fonts,
    "models": _models,
    "chapters": _chapters,
    "cast": _cast,
    "cast's model": _model,
    "voices": _voices,
    "media": _room,
    "cores": _cores,
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write the table as JSON.")
@cast_options
def doctor(as_json: bool) -> None:
    """What is there, what is missing, what to do about it. Exit status 1 if something needed is missing."""
    checks = []
    for check in examine():
        checks.append(check)
        if not as_json:
            _show(check)
    missing = [check.name for check in checks if check.state == "missing"]
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False))
    elif not missing:
        click.echo("All that is needed is there.")
    if missing:
        raise CourseError(f"Something needed is missing: {', '.join(missing)}. The table says what to do.")


def _show(check: Check) -> None:
    colour = {"ok": "green", "note": "yellow", "missing": "red"}[check.state]
    click.echo(f"{check.name:<12} {click.style(f'{check.state:<8}', fg=colour)} {check.found}")
    if check.advice:
        click.echo(f"{'':<21} → {check.advice}")
