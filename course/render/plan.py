"""The plan of one depth: its animations in whole frames, what is said when, and all that it depends on.

Not for making one: a dry pass does (`worker.plan`); nor for drawing it.
"""

import json
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from course.cast import current_cast
from course.files import digest_bytes, digest_file, write_text
from course.paths import ASSETS, ROOT, media
from course.precompute.spec import CaptureSpec
from course.render.quality import Quality
from course.render.sources import source_inputs
from course.render.worker import Dry, Segment
from course.voice import Cue, Utterance, speak

FORMAT = 1
SEGMENT = 4.0  # seconds of film that a segment has at least
PACKAGES = ("manim", "av", "numpy", "pillow", "pycairo", "manimpango", "typst", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Plan:
    """What a dry pass found, and `inputs`: what that depends on, by name.

    Names in `inputs` are for people: files, libraries, `cast`, `quality`, `capture <name>`, `line "<text>"`.
    """

    inputs: dict[str, str]
    title: str
    question: str
    animations: list[tuple[int, str]]
    cues: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    specs: dict[str, dict[str, Any]]
    seconds: float

    @property
    def key(self) -> str:
        """Names this content: a digest of all inputs."""
        return digest_bytes(json.dumps([FORMAT, self.inputs], sort_keys=True).encode())[:16]

    @property
    def frames(self) -> int:
        """Frames of the whole depth."""
        return sum(frames for frames, _ in self.animations)

    def spoken(self, start: float = 0.0) -> list[Cue]:
        """The spoken lines, in seconds from `start`."""
        return [Cue(start + cue["start"], Utterance.from_json(cue["utterance"])) for cue in self.cues]

    def segments(self, folder: Path, fps: float) -> list[Segment]:
        """The depth cut into files of some seconds each, always at the same places."""
        found: list[Segment] = []
        first = frames = 0
        for index, (count, _) in enumerate(self.animations):
            frames += count
            if frames >= SEGMENT * fps or index == len(self.animations) - 1:
                path = folder / f"{self.key}-{first:04d}-{index + 1:04d}.mp4"
                found.append(Segment(first, index + 1, frames, path))
                first, frames = index + 1, 0
        return found


def depth_folder(scene: Path, quality: Quality, depth: str) -> Path:
    """Where the plan and the segments of a depth are kept."""
    return media() / "videos" / scene.stem / quality.name / depth


def save(plan: Plan, folder: Path, states: list[list[tuple[str, str]]]) -> None:
    """Keep a plan, and the stage's states beside it (first, so that no plan lacks them)."""
    write_text(folder / f"{plan.key}.states.json", json.dumps(states))
    write_text(folder / "plan.json", json.dumps({"format": FORMAT, **asdict(plan)}, ensure_ascii=False))


def load(folder: Path) -> Plan | None:
    """The plan that is kept, if there is one and it is whole."""
    try:
        value = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        if value.pop("format") != FORMAT:
            return None
        value["animations"] = [(int(frames), str(kind)) for frames, kind in value["animations"]]
        return Plan(**value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load_states(plan: Plan, folder: Path) -> list[list[tuple[str, str]]] | None:
    """The stage before each animation, as the dry pass saw it; None where that is lost."""
    try:
        value = json.loads((folder / f"{plan.key}.states.json").read_text(encoding="utf-8"))
        return [[(name, digest) for name, digest in state] for state in value]
    except (OSError, ValueError, TypeError):
        return None


# What a depth depends on


def known_inputs(scene: Path, depth: str, quality: Quality) -> dict[str, str]:
    """All that can be told without running the depth: code, cast, fonts, quality, encoder, versions."""
    return {
        **source_inputs(scene, depth),
        "cast": digest_bytes(repr(current_cast()).encode()),
        "fonts": _fonts(),
        "quality": digest_bytes(repr((quality, quality.encoding)).encode()),
        **_versions(),
        **_settings_files(),
    }


def found_inputs(plan: Plan) -> dict[str, str]:
    """What the dry pass found out that the depth depends on, as it is now."""
    captures = {f"capture {name}": CaptureSpec.from_dict(spec).key for name, spec in plan.specs.items()}
    lines = {_line(text): _said(speak(text)) for text in (cue["utterance"]["text"] for cue in plan.cues)}
    kept = (*captures, *lines)
    files = {
        name: _digest_or_missing(name)
        for name in plan.inputs
        if name.partition("/")[0] in ("media", "assets", "scenes") and not name.endswith(".py") and name not in kept
    }
    return {**captures, **lines, **files}


def made(dry: Dry, known: Mapping[str, str], specs: dict[str, dict[str, Any]]) -> Plan:
    """The plan of a dry pass that ran with `known` inputs."""
    lines = {_line(cue["utterance"]["text"]): _said(Utterance.from_json(cue["utterance"])) for cue in dry.cues}
    captures = {f"capture {name}": key for name, key in dry.captures.items()}
    return Plan(
        inputs={**known, **captures, **lines, **dry.reads},
        title=dry.title,
        question=dry.question,
        animations=dry.animations,
        cues=dry.cues,
        effects=dry.effects,
        specs=specs,
        seconds=dry.seconds,
    )


def reasons(plan: Plan | None, known: Mapping[str, str]) -> list[str]:
    """Why a kept plan does not hold any more, as names of inputs; nothing if it holds."""
    if plan is None:
        return ["never rendered at this quality"]
    now = {**known, **found_inputs(plan)}
    changed = [name for name in now if name in plan.inputs and plan.inputs[name] != now[name]]
    new = [f"{name} (new)" for name in now if name not in plan.inputs]
    gone = [f"{name} (gone)" for name in plan.inputs if name not in now]
    return [*changed, *new, *gone]


def _line(text: str) -> str:
    return f'line "{text}"'


def _said(utterance: Utterance) -> str:
    return digest_bytes(json.dumps(utterance.to_json(), sort_keys=True).encode())


def _digest_or_missing(name: str) -> str:
    folder, _, rest = name.partition("/")
    path = media() / rest if folder == "media" else ROOT / name
    return digest_file(path) if path.is_file() else "missing"


@lru_cache
def _fonts() -> str:
    return digest_bytes(*(digest_file(path).encode() for path in sorted((ASSETS / "fonts").glob("*.[ot]tf"))))


@lru_cache
def _versions() -> dict[str, str]:
    found = {"Python": ".".join(map(str, sys.version_info[:2])), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def _settings_files() -> dict[str, str]:
    """Manim's own configuration files, which may change anything."""
    places = (Path.home() / ".config" / "manim" / "manim.cfg", Path.cwd() / "manim.cfg")
    return {f"{path.parent.name}/manim.cfg": digest_file(path) for path in places if path.is_file()}


def iterate(plans: Mapping[str, Plan], fps: float) -> Iterator[tuple[str, Plan, float]]:
    """Depth, plan, and when it starts in the film (seconds), in order."""
    start = 0
    for depth, plan in plans.items():
        yield depth, plan, start / fps
        start += plan.frames
