"""Small results gathered from many runs, as named arrays: the mean of their finished pictures, the variance.

Not for single runs, which are captures: of these runs nothing is kept but two sums, so that a thousand of
them fit into a file that ships. More is gathered in `albums`, `copies`, `games`, `inverting`,
`miniatures`, `roads`, `tables`.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from course.errors import UsageError
from course.files import digest_bytes, write_bytes
from course.model.prompts import check_prompt
from course.paths import ASSETS, media, shown
from course.precompute import store
from course.precompute.spec import SHIPPED, CaptureSpec, weights_digest
from course.precompute.store import Capture
from course.progress import progress

Array = NDArray[np.float64]

FORMAT = 2
"""Raised whenever the same gathering would be computed differently."""
BATCH = 32
"""Runs side by side: always the same ones, so that a result taken up again is the same to the last bit."""
PLAIN = CaptureSpec("x")
DONE = "done"
"""Says in an unfinished result how many runs it holds."""


@dataclass(frozen=True)
class Gathering:
    """`count` runs of `spec`, from its seed on: seed, seed + 1, … The spec is one of a shipped model, at any
    guidance, without noise on the way; UsageError for another one.
    """

    spec: CaptureSpec
    count: int

    KINDS: ClassVar[dict[str, type["Gathering"]]] = {}
    """What else can be gathered, by the names that files have for it."""
    ships: ClassVar[bool] = True
    """Whether computing it takes long enough for a place among the course's assets."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Gathering.KINDS[cls.__name__] = cls

    def __post_init__(self) -> None:
        spec = self.spec
        if self.count < 1:
            raise UsageError(f"A gathering of {self.count} runs holds nothing. Ask for one run or more.")
        free = ("prompt", "seed", "steps", "guidance", "model")
        plain = replace(PLAIN, **{name: getattr(spec, name) for name in free})
        if spec != plain or spec.model not in SHIPPED:
            raise UsageError(
                "Only plain runs of a shipped model are gathered: DDIM, eta 0, all steps, one prompt."
            )

    def key(self, weights: str | None = None) -> str:
        """Names the result: a digest of the runs and of the model's `weights` (default: its present)."""
        whole = [FORMAT, *self.asked(), weights or weights_digest(self.spec.model)]
        return digest_bytes(json.dumps(whole).encode())[:24]

    def asked(self) -> list[Any]:
        """What the key is made of besides the weights, as JSON knows it."""
        return [self.spec.asked(), self.count]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON knows it; see `from_dict`."""
        return {"spec": self.spec.to_dict(), "count": self.count}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> "Gathering":
        """The inverse of `to_dict`, for what is gathered of any kind."""
        rest = {name: value for name, value in values.items() if name not in ("kind", "spec")}
        kind = Gathering.KINDS[values["kind"]] if "kind" in values else Gathering
        return kind(CaptureSpec.from_dict(values["spec"]), **rest)

    @property
    def runs(self) -> int:
        """How many walks that is."""
        return self.count

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that is asked for in words."""
        return (self.spec.prompt,)

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """What is kept once these `runs` have been added to what was `kept` before them."""
        last = finished(system, self.spec, [self.spec.seed + run for run in runs])
        sums = kept.get("sums", np.zeros((2, *last.shape[1:])))
        return {"sums": sums + np.stack([last.sum(0), (last**2).sum(0)])}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The result, from what was kept of all runs."""
        return _mean_and_variance(kept["sums"], self.count)


@dataclass(frozen=True, eq=False)
class Gathered:
    """What was gathered: arrays by name, in model units, and what they were made with.

    Today's computing gives `mean` and `variance`, float32.
    """

    of: Gathering
    arrays: Mapping[str, NDArray[Any]]
    provenance: dict[str, Any]

    @cached_property
    def mean(self) -> Array:
        """(C, H, W): the mean of the finished pictures."""
        return self.arrays["mean"].astype(np.float64)

    @cached_property
    def variance(self) -> Array:
        """(C, H, W): their sample variance, number by number; 0 for a single run."""
        return self.arrays["variance"].astype(np.float64)

    @cached_property
    def floor(self) -> float:
        """How far chance alone puts the mean from that of endlessly many runs: root mean square a number."""
        return float(np.sqrt(self.variance.mean() / self.of.count))


def result_path(key: str) -> Path:
    """Where a result that was computed here is kept."""
    return media() / "results" / f"{key}.safetensors"


def shipped_path(key: str) -> Path:
    """Where a result lies that ships with the course."""
    return ASSETS / "results" / f"{key}.safetensors"


def at_hand(of: Gathering, weights: str | None = None) -> bool:
    """Whether its result lies on disk, computed here or shipped."""
    key = of.key(weights)
    return result_path(key).exists() or shipped_path(key).exists()


def affordable(large: Gathering, smaller: Gathering) -> Gathering:
    """The `large` one where its result is at hand or is made to be shipped; else one that few wait for.

    What is said of it must take its numbers from the one that it is.
    """
    return large if _shipping.get() or at_hand(large) else smaller


@contextmanager
def shipping() -> Iterator[None]:
    """In this block every gathering that `affordable` chooses from is the large one."""
    token = _shipping.set(True)
    try:
        yield
    finally:
        _shipping.reset(token)


_shipping = ContextVar("_shipping", default=False)


def gather(of: Gathering, weights: str | None = None, device: str | None = None) -> Gathered:
    """One result: see `gather_all`."""
    return gather_all([of], weights, device)[0]


def gather_all(
    wanted: Iterable[Gathering], weights: str | None = None, device: str | None = None
) -> list[Gathered]:
    """The results, from disk or from those shipped; what is missing is computed, with a bar.

    Interrupted, it goes on at the batch where it stopped. `weights` names the weights' digest where the model
    itself may be absent, as where a film is only drawn.
    """
    gatherings = list(wanted)
    found = {of: kept for of in gatherings if (kept := _from_disk(of, weights)) is not None}
    if missing := [of for of in dict.fromkeys(gatherings) if of not in found]:
        for prompt in dict.fromkeys(prompt for of in missing for prompt in of.prompts):
            check_prompt(prompt)
        store.check_writable()
        with progress(total=sum(of.runs for of in missing), desc="gathering", unit="run") as bar:
            for of in missing:
                found[of] = _compute(of, bar, device)
    return [found[of] for of in gatherings]


def gather_each(wanted: Mapping[str, Gathering], like: Capture) -> dict[str, Gathered]:
    """The results by the same names, of the weights that `like` was captured with: a film can be drawn from
    it where the model is not.
    """
    return dict(zip(wanted, gather_all(wanted.values(), like.provenance["weights"]), strict=True))


def ship(wanted: Iterable[Gathering]) -> list[Path]:
    """Put the results among the course's assets and take away those of other weights: the files there now."""
    gathered = gather_all(of for of in wanted if of.ships)
    paths = [shipped_path(one.of.key()) for one in gathered]
    for one, path in zip(gathered, paths, strict=True):
        _write(path, one)
    for path in sorted(shipped_path("").parent.glob("*.safetensors")):
        try:
            found = _read(path)
            stale = found.provenance["weights"] != weights_digest(found.of.spec.model)
        except store.Damaged:
            stale = True
        if stale:
            path.unlink()
    return paths


# On disk


def _write(path: Path, one: Gathered) -> None:
    tensors = {name: np.ascontiguousarray(array) for name, array in one.arrays.items()}
    rest = {**one.of.to_dict(), "provenance": one.provenance}
    header = {"about": json.dumps(rest), "digest": _digest(rest, tensors)}
    write_bytes(path, save(tensors, metadata=header))


def _digest(rest: dict[str, Any], tensors: Mapping[str, NDArray[Any]]) -> str:
    arrays = []
    for name, array in sorted(tensors.items()):
        arrays += [f"{name} {array.dtype.str} {array.shape}".encode(), array.tobytes()]
    return digest_bytes(json.dumps(rest, sort_keys=True).encode(), *arrays)


def _read(path: Path) -> Gathered:
    """A result, finished or not. Raises Damaged where the bytes are not those written."""
    try:
        data = path.read_bytes()  # by Python, so that the render engine notes which files a scene reads
        tensors = load(data)
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])["__metadata__"]
        about = json.loads(header["about"])
        if _digest(about, tensors) != header["digest"]:
            raise store.Damaged("its contents do not match their digest")
        provenance = about.pop("provenance")
        return Gathered(Gathering.from_dict(about), tensors, provenance)
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise store.Damaged(f"it is no gathered result ({type(error).__name__})") from error


def _from_disk(of: Gathering, weights: str | None) -> Gathered | None:
    key = of.key(weights)
    for path in (result_path(key), shipped_path(key)):
        if path.exists():
            try:
                kept = _read(path)
                if kept.of == of:
                    return kept
                reason = "it is the result of something else"
            except store.Damaged as damage:
                reason = str(damage)
            print(f"warning: {shown(path)} is damaged ({reason}); gathering it again", file=sys.stderr)
    return None


# Computing


def _compute(of: Gathering, bar: Any, device: str | None) -> Gathered:
    from course.precompute.batches import default_device
    from course.precompute.forward import provenance
    from course.precompute.systems import load_pipeline, system_of, weights_of

    spec, device = of.spec, device or default_device()
    system = system_of(load_pipeline(spec.model, device))
    weights = weights_of(system.pipe, spec.model)
    path = result_path(of.key(weights))
    unfinished = path.with_suffix(".part")
    done, arrays = _taken_up(unfinished, of)
    bar.update(done)
    about = provenance(spec, device, str(system.pipe.unet.dtype), weights)
    while done < of.runs:
        runs = range(done, min(done + BATCH, of.runs))
        arrays = of.add(arrays, system, runs)
        done += len(runs)
        if done < of.runs:
            _write(unfinished, Gathered(of, {**arrays, DONE: np.array([done])}, about))
        bar.update(len(runs))
    kept = Gathered(of, of.finish(arrays), about)
    _write(path, kept)
    unfinished.unlink(missing_ok=True)
    return kept


def _mean_and_variance(sums: Array, count: int) -> dict[str, NDArray[np.float32]]:
    """From the sums (2, C, H, W) of the pictures and of their squares."""
    mean = sums[0] / count
    variance = np.maximum(sums[1] / count - mean**2, 0) * count / max(count - 1, 1)
    # Single precision is a thousand times finer than chance, and what ships stays small.
    return {"mean": mean.astype(np.float32), "variance": (variance * (count > 1)).astype(np.float32)}


def _taken_up(unfinished: Path, of: Gathering) -> tuple[int, dict[str, NDArray[Any]]]:
    try:
        kept = _read(unfinished)
    except store.Damaged:
        return 0, {}
    done = int(kept.arrays.get(DONE, np.zeros(1))[0])
    if kept.of != of or not 0 < done < of.runs or done % BATCH:
        return 0, {}
    return done, {name: array for name, array in kept.arrays.items() if name != DONE}


def finished(system: Any, spec: CaptureSpec, seeds: list[int]) -> Array:
    """(N, C, H, W): the last states of runs that record nothing."""
    without = system.encode([""] * len(seeds))
    # At guidance 0 the prompt cancels out, and the other half alone is a run of its own at guidance 1.
    words = system.encode([spec.prompt] * len(seeds)) if spec.guidance else without
    with branches(system, spec.guidance or 1.0) as guidance:
        last = system.denoise(
            words,
            without,
            system.noise(seeds).to(system.pipe.device),
            steps=spec.steps,
            guidance=[guidance] * len(seeds),
        )
    return last.double().cpu().numpy()


@contextmanager
def branches(system: Any, guidance: float) -> Iterator[float]:
    """In this block the pipeline computes ε_u + w(ε_c − ε_u), `guidance` being w, when asked for the guidance
    that this yields. At 1 it evaluates the conditional half only: the other one cancels out.
    """
    from course.precompute.batches import BOTH

    def second_half(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        words = kwargs["encoder_hidden_states"].chunk(2)[1]
        return (args[0].chunk(2)[1], *args[1:]), {**kwargs, "encoder_hidden_states": words}

    def twice(module: Any, args: Any, output: Any) -> Any:
        return type(output)(sample=output.sample.repeat(2, 1, 1, 1))

    def nearer(module: Any, args: Any, output: Any) -> None:
        without, conditional = output[0].chunk(2)
        conditional.copy_(without + guidance / BOTH * (conditional - without))

    unet, asked = system.pipe.unet, guidance
    with ExitStack() as hooks:
        if guidance == 1 and system.guides:  # one that does not leaves the other half out by itself
            hooks.callback(unet.register_forward_pre_hook(second_half, with_kwargs=True).remove)
            hooks.callback(unet.register_forward_hook(twice).remove)
        elif guidance < 1 and not system.guides:  # its own guidance is off below 1
            hooks.callback(unet.register_forward_hook(nearer).remove)
            asked = BOTH
        yield asked
