"""What to capture, as a frozen value with a stable key, and the checks on it that need no model.

Not for running anything.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from course.errors import CourseError, UsageError
from course.files import digest_bytes, digest_file
from course.grammar import NOUNS, Thing
from course.model.data import sheet_digest
from course.model.settings import CALLS, TEACHER, TIMESTEPS
from course.paths import ASSETS, shown
from course.precompute import hub

if TYPE_CHECKING:
    from course.cast import Cast

FORMAT = 3
"""Raised whenever the same spec would be captured differently, so that no old file is taken for a new one; a
field that is added needs no other, as long as its default leaves everything as it was."""
SHIPPED = ("pixel", "latent", "student")
SCHEDULERS = ("ddim", "ddpm-mean", "unipc", "ab2")
"""`ddpm-mean` takes DDPM's mean and leaves out its noise: the trap that chapter 2 films. `unipc` is UniPC
(Zhao et al. 2023), `ab2` Adams and Bashforth's method of second order in straight coordinates."""

OWN = {
    "scheduler": "take other steps",
    "eta": "add noise on the way",
    "start": "go on from another walk",
    "switch": "exchange its words on the way",
    "mix": "take several sentences at once",
    "record": "hand over queries and keys",
}
"""The fields that not every loop from elsewhere can be asked, and what such a loop then cannot do, as a film
says it."""
TRIED = ("scheduler", "eta", "start")
"""Those of them that some of these loops can: which, is tried (`capturing.beyond`)."""

_SIZE = (
    "size is for models from elsewhere only, and from 8 × 8 pixels on. Leave it out, or give such a --model."
)


@dataclass(frozen=True)
class CaptureSpec:
    """One denoising run.

    `guidance` is w in ε_u + w(ε_c − ε_u): 0 ignores the prompt, 1 is the conditional model.
    `start=(key, step)` goes on from a state of another capture, `start=(key, step, state)` from an earlier or
    later one than the step's number says; `switch=(step, prompt)` changes the prompt;
    `mix=(how, prompts)` combines conditions, or hands in the rows of one "backwards"; `record=("qk",)` keeps
    one layer's queries and keys. `model` is "pixel", "latent", "forward:<picture>" (a picture file, or
    "forward:prompt" for one drawn like those it was trained on) or the folder of a text-to-image pipeline of
    diffusers, which takes a `size`, height and width in pixels, and is otherwise run as it is (but some can
    start elsewhere and add noise, see `capturing.beyond`); or the id of one on the hub, whose `revision` may
    stand behind it, "owner/name@v1"; "student" walks in 1, 2 or 4 steps what the pixel model walks in 30, its
    guidance folded in. `spacing` says where the steps are spent, see
    `placed`: more than 1 is early. `compact` has the file of a model from elsewhere hold float16 (True) or
    float32 (False); None takes float16 where a state has more than 100,000 numbers (`store.LARGE`).
    Numbers become plain ones: 1, 1.0 and NumPy's are the same.
    Raises UsageError for values that make no sense.
    """

    prompt: str
    seed: int = 0
    steps: int = 30
    guidance: float = 1.0
    scheduler: str = "ddim"
    eta: float = 0.0
    model: str = "pixel"
    negative_prompt: str = ""
    start: tuple[str, int] | tuple[str, int, int] | None = None
    switch: tuple[int, str] | None = None
    mix: tuple[Literal["mean", "concat", "sum", "backwards"], tuple[str, ...]] | None = None
    record: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    revision: str = ""
    spacing: float = 1.0
    compact: bool | None = None

    def __post_init__(self) -> None:
        self._make_plain()
        if not self.prompt.strip() and not self.is_forward:
            raise UsageError('The prompt is empty. Give one, for example "a butterfly on a blue background".')
        if not 1 <= self.steps <= TIMESTEPS:
            raise UsageError(
                f"steps is {self.steps}, but must lie between 1 and {TIMESTEPS}, the length of the schedule."
            )
        if self.model == "student" and (self.steps not in CALLS or self.guidance != 1):
            raise UsageError(
                f"The student walks in {named_counts(CALLS)} steps at guidance 1: its teacher's guidance "
                f"is folded in. steps is {self.steps}, guidance {self.guidance:g}."
            )
        self._check_solver()
        if TIMESTEPS % self.steps and self.model in SHIPPED and self.spacing == 1:
            near = [n for n in range(1, TIMESTEPS + 1) if TIMESTEPS % n == 0]
            near = [max(n for n in near if n < self.steps), min(n for n in near if n > self.steps)]
            raise UsageError(
                f"steps is {self.steps}, but must divide the schedule of {TIMESTEPS} evenly, or the walk "
                f"would not end at a finished picture. The nearest are {near[0]} and {near[1]}."
            )
        if not 0 <= self.guidance < math.inf:
            raise UsageError(
                f"guidance is {self.guidance:g}, but must be 0 or more: 0 ignores the prompt, 1 follows it."
            )
        if self.eta < 0:
            raise UsageError(
                f"eta is {self.eta:g}, but it must be 0 or more: 0 adds no noise on the way, 1 is DDPM's."
            )
        if self.seed < 0:
            raise UsageError(f"seed is {self.seed}, but it must be 0 or more.")
        for name, value, last in (
            ("start", self.start and self.start[1], -1),
            ("start", self.start and self.start[-1], 0),
            ("switch", self.switch and self.switch[0], 0),
        ):
            if value is not None and not 0 <= value <= self.steps + last:
                raise UsageError(
                    f"{name} names step {value}, but must name one from 0 to {self.steps + last}."
                )
        if self.size and (not self.is_foreign or min(self.size) < 8):
            raise UsageError(_SIZE)
        if self.compact is not None and (not self.is_foreign or not isinstance(self.compact, bool)):
            raise UsageError("compact is True or False, and for models from elsewhere only. Leave it out.")
        if unknown := set(self.record) - {"qk"}:
            raise UsageError(f"record names {', '.join(sorted(unknown))}. Known: qk.")

    def _check_solver(self) -> None:
        if self.scheduler not in SCHEDULERS:
            raise UsageError(f"Scheduler {self.scheduler!r} is not known. Known: {', '.join(SCHEDULERS)}.")
        if not 0 < self.spacing < math.inf:
            raise UsageError(
                f"spacing is {self.spacing:g}, but must be more than 0: 1 is even, more is early."
            )
        other = self.scheduler in ("unipc", "ab2") or self.spacing != 1
        if other and (self.eta or self.start or self.is_foreign or self.is_forward):
            raise UsageError(
                "Another scheduler or spacing is for whole walks of a shipped model, without noise on the "
                "way. Leave out eta and start."
            )
        if self.spacing != 1 and self.scheduler not in ("ddim", "ab2"):
            raise UsageError(
                f"Scheduler {self.scheduler!r} places its steps evenly. Take ddim or ab2 for another spacing."
            )
        if self.spacing != 1 and len(set(placed(self.steps, self.spacing))) < self.steps:
            raise UsageError(
                f"Of {self.steps} steps at spacing {self.spacing:g} some fall on the same timestep. "
                "Ask for fewer steps, or a spacing nearer to 1."
            )

    def _make_plain(self) -> None:
        """Equal fields become the same values, and so the same key, whatever types they were given in."""
        plain: dict[str, Any] = {
            "prompt": " ".join(self.prompt.split()),
            "seed": _whole("seed", self.seed),
            "steps": _whole("steps", self.steps),
            "guidance": _real("guidance", self.guidance),
            "eta": _real("eta", self.eta),
            "spacing": _real("spacing", self.spacing),
            "start": self.start
            and (self.start[0], *(_whole("the step of start", k) for k in self.start[1:])),
            "switch": self.switch and (_whole("the step of switch", self.switch[0]), self.switch[1]),
            "mix": self.mix and (self.mix[0], tuple(self.mix[1])),
            "record": tuple(self.record),
            "size": self.size and (_whole("height", self.size[0]), _whole("width", self.size[1])),
        }
        if self.is_foreign and Path(self.model).is_dir():
            plain["model"] = str(Path(self.model).resolve())
        elif self.revision:
            plain |= {"model": f"{self.model.partition('@')[0]}@{self.revision}", "revision": ""}
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, cast: "Cast", **changes: Any) -> "CaptureSpec":
        """The cast's own walk, with some fields changed: `CaptureSpec.of(self.cast, seed=3)`."""
        own = {name: getattr(cast, name) for name in ("prompt", "seed", "steps", "guidance", "model")}
        if cast.size and not is_foreign(cast.model):
            raise UsageError(_SIZE)
        own |= changes
        if cast.size and is_foreign(own["model"]):
            own["size"] = (cast.size, cast.size)
        return cls(**own)

    @property
    def is_forward(self) -> bool:
        """True for a known picture noised and played backwards, where no model runs."""
        return self.model.startswith("forward:")

    @property
    def is_foreign(self) -> bool:
        """True for a model that does not ship with the course."""
        return is_foreign(self.model)

    @property
    def extra(self) -> tuple[str, ...]:
        """The fields that are asked of a model from elsewhere, but that not every such loop can be asked."""
        return tuple(name for name in OWN if self.is_foreign and name in self.asked())

    @property
    def key(self) -> str:
        """Names the capture: a digest of what is asked and of the model's weights, 24 hexadecimal digits."""
        return digest_bytes(json.dumps([FORMAT, self.asked(), weights_digest(self.model)]).encode())[:24]

    def asked(self) -> dict[str, Any]:
        """The prompt and the fields that are not at their defaults, by name: what keys are made of, so that a
        field that is added changes none."""
        defaults = {one.name: one.default for one in fields(self)}
        values = asdict(self)
        return {name: values[name] for name in sorted(values) if values[name] != defaults[name]}

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON knows them. `compact` only where it is asked: the files of models that ship stay
        as they were."""
        values = json.loads(json.dumps(asdict(self)))
        return {name: value for name, value in values.items() if name != "compact" or value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CaptureSpec":
        """The inverse of `to_dict`."""
        return cls(**values)


def is_foreign(model: str) -> bool:
    """True for a model that does not ship with the course; a known picture, "forward:…", is none."""
    return model not in SHIPPED and not model.startswith("forward:")


def placed(steps: int, spacing: float) -> list[int]:
    """The timesteps before each of `steps` steps, from the last of the schedule down: T(1 − (k/S)^ρ) − 1.

    ρ = `spacing`: 1 is even (trailing, Lin et al. 2024), more spends the steps early, where noise is high.
    """
    return [round(TIMESTEPS * (1 - (k / steps) ** spacing)) - 1 for k in range(steps)]


def named_counts(counts: tuple[int, ...]) -> str:
    """1, 2 or 4."""
    return f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}"


def _whole(name: str, value: Any) -> int:
    if not _is_number(value) or value % 1:
        raise UsageError(f"{name} is {value!r}, but must be a whole number.")
    return int(value)


def _real(name: str, value: Any) -> float:
    if not _is_number(value):
        raise UsageError(f"{name} is {value!r}, but must be a number.")
    return float(value) + 0.0  # no −0


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def model_folder(model: str) -> Path:
    """Where a model lies. Raises UsageError where there is none, CourseError if one that ships is gone."""
    if model not in SHIPPED:
        folder = hub.snapshot(model) if hub.is_id(model) else Path(model)
        if not (folder / "model_index.json").is_file():
            raise UsageError(
                f"Model {model!r} is not known. Known: {', '.join(SHIPPED)}, forward:<picture>, folders "
                "with a model_index.json, and ids of such models on the hub, owner/name."
            )
        return folder
    folder = ASSETS / "models" / model
    if not (folder / "model_index.json").exists():
        raise CourseError(
            f"The {model} model's weights are missing in {shown(folder)}. "
            f"Restore them: git checkout -- assets/models/{model}; or train: course train --model {model}"
        )
    return folder


def weights_digest(model: str) -> str:
    """A digest of everything a model computes with; for `forward:` that of the picture."""
    if model.startswith("forward:"):
        source = model.removeprefix("forward:")
        return sheet_digest() if source == "prompt" else digest_file(forward_picture(source))
    if model == "student":
        return digest_bytes(_folder_digest(model).encode(), weights_digest(TEACHER).encode())
    return _folder_digest(model)


def _folder_digest(model: str) -> str:
    folder = model_folder(model)
    suffixes = (".safetensors", ".json", ".bin", *(() if model in SHIPPED else (".txt", ".model", ".jinja")))
    stamps = []
    for home, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one != "training"]
        for name in names:
            if name.endswith(suffixes) and name != "scores.json":
                stat = os.stat(path := os.path.join(home, name))
                stamps.append((path, stat.st_mtime_ns, stat.st_size))
    return _digest(tuple(sorted(stamps, key=lambda one: one[0].split(os.sep))))


def changed(model: str) -> str:
    """What to say where a model's weights are not those that a run began with."""
    return f"The weights of {model} were exchanged while they were at work. Run the same command again."


def forward_picture(source: str) -> Path:
    """The picture file that `forward:` names. Raises UsageError where there is none."""
    path = Path(source)
    if not path.is_file():
        raise UsageError(
            f"forward:{source} names no picture. Give a picture file, or forward:prompt for a drawn one."
        )
    return path


@lru_cache(maxsize=32)
def _digest(stamps: tuple[tuple[str, int, int], ...]) -> str:
    return digest_bytes(*(digest_file(Path(path)).encode() for path, _, _ in stamps))


FIXED = CaptureSpec(Thing(NOUNS[0]).phrase(), steps=30)
"""What is asked where nothing depends on the cast, so that what is gathered of it ships."""
