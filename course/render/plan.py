"""The plan of one depth: its animations in whole frames, what is said when, and all that it depends on.

Not for making one: a dry pass does (`worker.plan`); nor for drawing it.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from course.cast import current_cast
from course.chapters import next_question
from course.files import digest_bytes, digest_file, stamp, write_text
from course.paths import ASSETS, ROOT, films, media
from course.precompute.families import Declared, Tree, memberships
from course.precompute.spec import CaptureSpec
from course.precompute.store import capture_path, same_but_for_rounding, sample
from course.render.quality import Quality
from course.render.segments import Segment, cut, installed
from course.render.sources import digest_now, source_inputs
from course.render.worker import Dry, State
from course.voice import Cue, Utterance, speak

FORMAT = 3
PACKAGES = ("manim", "av", "numpy", "pillow", "pycairo", "manimpango", "typst", "scipy")


@dataclass(frozen=True)
class Plan:
    """What a dry pass found, and `inputs`: what that depends on, by name.

    Names in `inputs` are for people: files, libraries, `cast`, `quality`, `capture <name>`, `family <name>`
    (which members it has), `line "<text>"`, `sound <file>`.
    `segments` are its animations as groups of pictures, `picture` the digest of the one to remember.
    `specs` are all captures that the chapter declares, `families` how they stand in families;
    `stamps` (time and size) tell whether the files of those it looks at must be read again to be compared,
    `samples` whether one that was captured again is the same but for rounding;
    `why` says what had changed when this plan was made.
    """

    inputs: dict[str, str]
    title: str
    question: str
    animations: list[tuple[int, str]]
    segments: list[Segment]
    picture: str
    cues: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    specs: dict[str, dict[str, Any]]
    families: Tree
    stamps: dict[str, list[int]]
    why: list[str]
    seconds: float
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names this content: a digest of all inputs."""
        return digest_bytes(json.dumps([FORMAT, self.inputs], sort_keys=True).encode())[:16]

    @property
    def frames(self) -> int:
        """Frames of the whole depth."""
        return sum(frames for frames, _ in self.animations)

    @property
    def declares(self) -> Declared:
        """All captures that the chapter declares."""
        return Declared(
            {name: CaptureSpec.from_dict(spec) for name, spec in self.specs.items()}, self.families
        )

    @property
    def code(self) -> list[str]:
        """The files of code that it depends on."""
        return [name for name in self.inputs if name.endswith(".py")]

    def declaring(self, declares: Declared) -> "Plan":
        """This plan where the chapter declares these captures."""
        specs = {name: spec.to_dict() for name, spec in declares.specs.items()}
        return replace(self, specs=specs, families=declares.families)

    def captures(self) -> dict[str, str]:
        """The keys of all captures that the chapter declares, by name."""
        return {name: spec.key for name, spec in self.declares.specs.items()}

    def reads(self) -> tuple[str, ...]:
        """Other files that the depth opens, below the checkout or (media/…) the media folder."""
        places = ("media", "assets", "scenes")
        return tuple(
            name for name in self.inputs if name.partition("/")[0] in places and not name.endswith(".py")
        )

    def spoken(self, start: float = 0.0) -> list[Cue]:
        """The spoken lines, in seconds from `start`."""
        return [Cue(start + at, utterance) for at, utterance in self._lines]

    @cached_property
    def _lines(self) -> list[tuple[float, Utterance]]:
        return [(cue["start"], Utterance.from_json(cue["utterance"])) for cue in self.cues]


def depth_folder(scene: Path, quality: Quality, depth: str) -> Path:
    """Where the plan and the segments of a depth are kept."""
    return films().absolute() / "videos" / scene.stem / quality.name / depth


def save(plan: Plan, folder: Path, states: list[State] | None = None) -> None:
    """Keep a plan, and the stage's states beside it (first, so that no plan lacks them)."""
    if states is not None:
        write_text(folder / f"{plan.key}.states.json", json.dumps(states))
    write_text(folder / "plan.json", json.dumps({"format": FORMAT, **asdict(plan)}, ensure_ascii=False))


def load(folder: Path) -> Plan | None:
    """The plan that is kept, if there is one and it is whole."""
    try:
        value = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        if value.pop("format") != FORMAT:
            return None
        value["animations"] = [(int(frames), str(kind)) for frames, kind in value["animations"]]
        value["segments"] = [Segment(**{**one, "same": tuple(one["same"])}) for one in value["segments"]]
        return Plan(**value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load_states(plan: Plan, folder: Path) -> list[State]:
    """The stage before each animation, as the dry pass saw it; nothing where that is lost, or was seen with
    captures that differ by rounding."""
    if not all(
        _as_planned(key, plan, f"{_CAPTURE}{name}")
        for name, key in plan.captures().items()
        if f"{_CAPTURE}{name}" in plan.inputs
    ):
        return []
    try:
        value = json.loads((folder / f"{plan.key}.states.json").read_text(encoding="utf-8"))
        return [[(name, digest) for name, digest in state] for state in value]
    except (OSError, ValueError, TypeError):
        return []


# What a depth depends on


def known_inputs(scene: Path, depth: str, quality: Quality, plan: Plan | None = None) -> dict[str, str]:
    """All that can be told without running the depth: cast, fonts, quality, versions, and code, that which
    `plan` names included.
    """
    code = [name for name in plan.code if (ROOT / name).is_file()] if plan else []
    cast = current_cast(scene.stem)
    return {
        **source_inputs(scene, depth, code),
        "cast": digest_bytes(repr(cast).encode()),
        "next chapter": next_question(scene.stem, cast.prompt, cast.other),
        "fonts": _fonts(),
        "quality": digest_bytes(repr((quality, quality.encoding)).encode()),
        **_versions(),
        **_settings_files(),
    }


def found_inputs(plan: Plan) -> dict[str, str]:
    """What the dry pass found out that the depth depends on, as it is now."""
    now: dict[str, str] = {}
    reads = plan.reads()
    families = memberships(plan.families)
    for name in plan.inputs:
        if name.startswith(_CAPTURE):
            spec = plan.specs.get(name.removeprefix(_CAPTURE))
            now[name] = _shown_capture(CaptureSpec.from_dict(spec).key, plan, name) if spec else "gone"
        elif name.startswith(_FAMILY):
            now[name] = families.get(name.removeprefix(_FAMILY), "gone")
        elif name in reads:
            now[name] = _digest_or_missing(name)
    now |= {_line(text): _said(speak(text)) for text in (cue["utterance"]["text"] for cue in plan.cues)}
    return now | _heard(plan.effects)


def made(dry: Dry, known: Mapping[str, str], declares: Declared, quality: Quality, why: list[str]) -> Plan:
    """The plan of a dry pass that ran with `known` inputs, because of `why`."""
    lines = {
        _line(cue["utterance"]["text"]): _said(Utterance.from_json(cue["utterance"])) for cue in dry.cues
    }
    captures = {f"{_CAPTURE}{name}": _contents(key) for name, key in dry.captures.items()}
    stamps = {f"{_CAPTURE}{name}": stamp(capture_path(key)) for name, key in dry.captures.items()}
    counted = memberships(declares.families)
    families = {f"{_FAMILY}{name}": counted.get(name, "gone") for name in dry.families}
    return Plan(
        inputs={**known, **dry.code, **captures, **families, **lines, **dry.reads, **_heard(dry.effects)},
        title=dry.title,
        question=dry.question,
        animations=dry.animations,
        segments=list(cut(dry.shown, quality)),
        picture=dry.picture,
        cues=dry.cues,
        effects=dry.effects,
        specs={},
        families={},
        stamps=stamps,
        why=why,
        seconds=dry.seconds,
        samples={f"{_CAPTURE}{name}": sample(capture_path(key)) for name, key in dry.captures.items()},
    ).declaring(declares)


def reasons(plan: Plan | None, known: Mapping[str, str]) -> list[str]:
    """Why a kept plan does not hold any more, as names of inputs; nothing if it holds."""
    if plan is None:
        return ["never rendered at this quality"]
    now = {**known, **found_inputs(plan)}
    changed = [name for name in now if name in plan.inputs and plan.inputs[name] != now[name]]
    new = [f"{name} (new)" for name in now if name not in plan.inputs]
    gone = [f"{name} (gone)" for name in plan.inputs if name not in now]
    return [*changed, *new, *gone]


_CAPTURE, _FAMILY = "capture ", "family "


def _shown_capture(key: str, plan: Plan, name: str) -> str:
    """What identifies a capture: key and contents. A file that is gone counts as it was: nobody needs it."""
    before = plan.inputs[name]
    path = capture_path(key)
    if not path.exists():
        return before if before.startswith(key) else key
    if _as_planned(key, plan, name):
        return before
    # Captured again, by another number of threads or in another batch, it is the same picture.
    again = before.startswith(key) and same_but_for_rounding(plan.samples.get(name, {}), sample(path))
    return before if again else _contents(key)


def _as_planned(key: str, plan: Plan, name: str) -> bool:
    """Whether the file of a capture holds what it held when the plan was made."""
    path, before = capture_path(key), plan.inputs[name]
    if not path.exists():
        return False
    return before.startswith(key) and (stamp(path) == plan.stamps.get(name) or _contents(key) == before)


def _contents(key: str) -> str:
    """A capture's key, and a digest of its arrays: taken again, it is the same, whatever its header says."""
    with open(capture_path(key), "rb") as file:
        file.seek(int.from_bytes(file.read(8), "little"), os.SEEK_CUR)
        return f"{key} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _line(text: str) -> str:
    return f'line "{text}"'


def _said(utterance: Utterance) -> str:
    return digest_bytes(json.dumps(utterance.to_json(), sort_keys=True).encode())


def _heard(effects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Sounds besides the lines: their names stand for their content, so they need only be there."""
    paths = {Path(one["path"]) for one in effects}
    return {f"sound {path.name}": "there" if path.is_file() else "gone" for path in sorted(paths)}


def _digest_or_missing(name: str) -> str:
    folder, _, rest = name.partition("/")
    path = media() / rest if folder == "media" else ROOT / name
    return digest_now(path) if path.is_file() else "missing"


@lru_cache
def _fonts() -> str:
    return digest_bytes(*(digest_file(path).encode() for path in sorted((ASSETS / "fonts").glob("*.[ot]tf"))))


@lru_cache
def _versions() -> dict[str, str]:
    found = {"Python": ".".join(map(str, sys.version_info[:2])), "machine": platform.machine()}
    return {**found, **{name: installed(name) for name in PACKAGES}}


def _settings_files() -> dict[str, str]:
    """Manim's own configuration files, which may change anything."""
    places = (Path.home() / ".config" / "manim" / "manim.cfg", Path.cwd() / "manim.cfg")
    return {f"{path.parent.name}/manim.cfg": digest_file(path) for path in places if path.is_file()}
