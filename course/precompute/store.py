"""A capture in memory and on disk: one safetensors file with its provenance in the header.

Not for making captures (see `capturing`), and free of torch.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from course.errors import CourseError, UsageError
from course.files import digest_bytes, replacing, unwritable
from course.model.data import to_model
from course.paths import media, shown
from course.precompute.spec import CaptureSpec, changed, weights_digest

LARGE = 100_000
"""Where a state has more numbers than this, a capture is compact if its spec does not say: 3 × 182²."""
SAMPLES = 64
"""How many values of an array tell it from that of another run."""


COARSE = {"torch.bfloat16": 2.0**-8, "torch.float16": 2.0**-11}
"""By what part of itself at most a number is changed that is rounded to a type."""
OFF_BY = 1e-3
"""How far, in parts of the largest number, states may lie from where they are looked for: float16 moves them
by half of that."""


class Damaged(Exception):  # noqa: N818
    """The file is not the capture that it should be."""


@dataclass(frozen=True, eq=False)
class Capture:
    """Everything one denoising run did. S steps, pictures of shape (C, H, W), T tokens.

    Model units are those of the network: pictures lie in about [-1, 1].
    """

    spec: CaptureSpec
    states: np.ndarray
    """(S+1, C, H, W) float32: x_t before each step and after the last."""
    guesses: np.ndarray
    """(S, C, H, W) float32: the guess of the finished picture, x̂₀, at each step."""
    noise: np.ndarray
    """(S, C, H, W) float32: predicted ε, guided."""
    timesteps: np.ndarray
    """(S,) int64: the scheduler's t."""
    alphas_cumprod: np.ndarray
    """(S+1,) float64: ᾱ at each state."""
    pictures: np.ndarray
    """(S+1, H, W, 3) uint8: `states` as pixels."""
    guess_pictures: np.ndarray
    """(S, H, W, 3) uint8: `guesses` as pixels."""
    noise_cond: np.ndarray | None = None
    """(S, C, H, W) float32: predicted ε with the prompt."""
    noise_uncond: np.ndarray | None = None
    """(S, C, H, W) float32: predicted ε without it."""
    text_embedding: np.ndarray | None = None
    """(T, D) float32: what the text encoder made of the tokens."""
    attention: np.ndarray | None = None
    """(S, T, h, w) float32: cross-attention of the conditional pass, averaged over heads and the layers of
    the finest resolution, summing to 1 over tokens."""
    queries: np.ndarray | None = None
    """(S, heads, h·w, d) float32, where `record` asked for "qk"."""
    keys: np.ndarray | None = None
    """(S, heads, T, d) float32, where `record` asked for "qk"."""
    tokens: tuple[str, ...] = ()
    """T strings: what the text encoder saw."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Model and its weights' digest, library versions, device, dtype, when."""

    @property
    def key(self) -> str:
        """The key of the spec."""
        return self.spec.key

    @cached_property
    def signal_level(self) -> np.ndarray:
        """(S+1,) float64: √ᾱ, how much picture there is in each state."""
        return np.sqrt(self.alphas_cumprod)

    @cached_property
    def noise_level(self) -> np.ndarray:
        """(S+1,) float64: √(1−ᾱ), how much noise there is in each state."""
        return np.sqrt(1 - self.alphas_cumprod)

    @property
    def unread(self) -> str:
        """A sentence that names the words of the prompt that were not read as they stand; "" if all were."""
        lost = self.provenance.get("lost")
        return f"Of the words, this model did not read all as they stand: {lost}." if lost else ""

    @property
    def in_pixels(self) -> bool:
        """Whether the states are pictures themselves, not latents of which pictures are made."""
        return self.states.shape[1] == 3 and self.states.shape[2:] == self.pictures.shape[1:3]

    @cached_property
    def straight(self) -> bool:
        """Whether each state is the guess and the noise before it, mixed anew with more of the guess, as far
        as can be told from rounded numbers: DDIM, and hardly another loop."""
        a, b = (one[1:].reshape(-1, 1, 1, 1) for one in (self.signal_level, self.noise_level))
        gap = np.abs(self.states[1:] - (a * self.guesses + b * self.noise)).max()
        near = gap < max(OFF_BY, 3 * self._coarse) * np.abs(self.states[1:]).max()
        return bool(near and (np.diff(self.alphas_cumprod) > 0).all())

    @property
    def _coarse(self) -> float:
        """By what part of itself the loop rounded each number of a state: 0 for float32."""
        return COARSE.get(self.provenance.get("computed", ""), 0.0)

    @cached_property
    def seen(self) -> np.ndarray:
        """(3, H, W): the last state as it is seen, in model units; of latents the picture made of it."""
        return self.states[-1] if self.in_pixels else to_model(self.pictures[-1])

    @cached_property
    def guesses_seen(self) -> np.ndarray:
        """(S, 3, H, W): the guesses as they are seen."""
        return self.guesses if self.in_pixels else to_model(self.guess_pictures)

    def colours(self, numbers: np.ndarray) -> np.ndarray:
        """A state, a guess or noise (…, C, H, W) as it is drawn: of latents, three channels as colours."""
        channels = numbers.shape[-3]
        return numbers if self.in_pixels else numbers[..., : 3 if channels > 2 else 1, :, :]

    @cached_property
    def rounding(self) -> float:
        """How far both sides of an equation of this run may lie apart as numbers are rounded: 0 for float32.

        Up to four of them meet in one; where they were rounded to be kept, each is divided by how much noise
        a state holds at the least.
        """
        errors = self.provenance.get("float16", {}).values()
        kept = max(errors, default=0.0) / float(self.noise_level[: len(self.guesses)].min())
        return 4 * (kept + self._coarse * float(np.abs(self.states).max()))

    def lacks(self, *names: str) -> tuple[str, ...]:
        """Which of the fields `names` are not there, in their order: a model without attention, a known
        picture played backwards, or a spec that did not ask leaves some out. CourseError for no field's name.
        """
        known = [one.name for one in fields(self) if one.name != "spec"]
        if unknown := [name for name in names if name not in known]:
            raise CourseError(f"A capture has no field {', '.join(unknown)}. Known: {', '.join(known)}.")
        values = {name: getattr(self, name) for name in names}
        return tuple(name for name, value in values.items() if value is None or len(value) == 0)

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays by name, those that are there."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: np.ascontiguousarray(value)
            for name, value in values.items()
            if isinstance(value, np.ndarray)
        }


def capture_path(key: str) -> Path:
    """Where the capture with this key is kept."""
    return media() / "captures" / f"{key}.safetensors"


def check_writable() -> None:
    """Raise CourseError where captures cannot be kept, so that nobody waits for a run that is then lost."""
    folder = capture_path("").parent
    if reason := unwritable(folder):
        raise CourseError(
            f"Cannot keep captures in {shown(folder)} ({reason}). "
            "Make it writable, or set COURSE_MEDIA to a folder that is."
        )


def started(spec: CaptureSpec, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """(C, H, W): the state that a spec's `start` names.

    Raises UsageError where there is no such capture, or one of another number of steps or another `shape`.
    """
    assert spec.start is not None
    key, state = spec.start[0], spec.start[-1]
    try:
        other = load(capture_path(key), key)
    except Damaged:
        raise UsageError(f"start names capture {key}, which is not there. Capture it first.") from None
    there = other.states.shape[1:]
    if other.spec.steps != spec.steps or shape not in (None, there):
        raise UsageError(
            f"start names capture {key}: {other.spec.steps} steps, states of {there}. This walk has "
            f"{spec.steps} steps, states of {shape or there}; start from a capture that agrees."
        )
    return other.states[state - (other.spec.start[1] if other.spec.start else 0)]


def rounded(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Float arrays as float16 keeps them, in float32 again; and by how much each was changed at most.

    That is a part in 2,048 of a number: in a picture, less than a tenth of one of 255 levels.
    What does not fit, for it holds numbers beyond 65,504, stays as it is and is not among the latter.
    """
    kept, errors = dict(arrays), {}
    for name, array in arrays.items():
        with np.errstate(over="ignore"):
            half = array.astype(np.float16).astype(np.float32)
        if np.isfinite(half).all():
            kept[name], errors[name] = half, float(np.abs(half - array).max())
    return kept, errors


def _digest(spec: Mapping[str, Any], tensors: Mapping[str, np.ndarray], rest: Mapping[str, Any]) -> str:
    parts = [json.dumps([spec, rest], sort_keys=True).encode()]
    for name in sorted(tensors):
        array = tensors[name]
        parts += [f"{name} {array.dtype.str} {array.shape}".encode(), array.tobytes()]
    return digest_bytes(*parts)


def save(capture: Capture) -> Path:
    """Write a capture under its key, atomically.

    Raises CourseError where the weights it was made with are no longer those that the key stands for.
    """
    if capture.provenance["weights"] != weights_digest(capture.spec.model):
        raise CourseError(changed(capture.spec.model))
    tensors, spec = capture.tensors(), capture.spec.to_dict()
    for name in capture.provenance.get("float16", ()):
        tensors[name] = tensors[name].astype(np.float16)  # which it fits exactly, see `rounded`
    rest = {"tokens": list(capture.tokens), "provenance": dict(capture.provenance)}
    header = {"spec": json.dumps(spec), "rest": json.dumps(rest), "digest": _digest(spec, tensors, rest)}
    path = capture_path(capture.key)
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata=header)
    return path


def load(path: Path, key: str | None = None) -> Capture:
    """Read a capture. Raises Damaged where the bytes are not those once written, or not those of `key`."""
    from safetensors import safe_open

    try:
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
        tensors = load_file(path)
        spec, rest = json.loads(header["spec"]), json.loads(header["rest"])
        if _digest(spec, tensors, rest) != header["digest"]:
            raise Damaged("its contents do not match their digest")
        for name in rest["provenance"].get("float16", ()):
            tensors[name] = tensors[name].astype(np.float32)
        capture = Capture(
            spec=CaptureSpec.from_dict(spec),
            tokens=tuple(rest["tokens"]),
            provenance=rest["provenance"],
            **tensors,
        )
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise Damaged(f"it is not a capture ({type(error).__name__})") from error
    if key is not None and capture.key != key:
        raise Damaged("it is the capture of something else")
    if key is not None and capture.provenance["weights"] != weights_digest(capture.spec.model):
        raise Damaged("it was made with other weights")
    return capture


def sample(path: Path) -> dict[str, list[float]]:
    """Values of each array of a capture's file, spread over all of it; nothing where it cannot be read."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError):
        return {}
    return {
        name: [round(float(value), 6) for value in array.ravel()[:: array.size // SAMPLES + 1]]
        for name, array in tensors.items()
    }


def same_but_for_rounding(one: Mapping[str, list[float]], other: Mapping[str, list[float]]) -> bool:
    """Whether two samples are of one run, computed by another number of threads or in another batch.

    Measured on the shipped models, that moves values in model units by up to 3e-6, and a byte in a million by
    one.
    """
    if not one or {name: len(values) for name, values in one.items()} != {
        name: len(values) for name, values in other.items()
    }:
        return False
    return all(
        np.allclose(one[name], other[name], rtol=1e-4, atol=1 if name.endswith("pictures") else 1e-4)
        for name in one
    )
