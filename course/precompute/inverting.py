"""Walks taken backwards: from a finished picture to the static that leads to it, hastily or solved.

Not for the way there, which is a capture; nor for what inverting a step means (`course.maths.seeds`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.errors import UsageError
from course.precompute.gathering import Gathering

ENOUGH = 3e-7
"""A step is solved where no number of the state changes by more: single precision allows no less."""
CALLS = 60
"""So often a step is tried at most: the last one is never solved."""


@dataclass(frozen=True)
class Inversion(Gathering):
    """`count` walks of the pixel model at guidance 1, and each of them back; UsageError for others.

    Gathered are, all (count, C, H, W) float32: `static` and the finished `picture`; `naive`, the static found
    with one call a step, the noise predicted at the wrong end; `solved`, found from the last state but one
    with each step solved by fixed point; `other`, found in the same way from the finished picture; and where
    walks from these three end: `naive_end`, `solved_end`, `other_end`. Besides `residual` (count, S) float64,
    by how much the step from the state found misses the state that it was found from (root mean square; S − 1
    from the walk's own states, the last from the picture); `ratio` (S,), by which a try shrinks the change
    of the one before; `calls` (S,), how many tries there were.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spec.model != "pixel" or self.spec.guidance != 1:
            raise UsageError("Walks of the pixel model at guidance 1 are inverted, no others.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "inversion", ENOUGH, CALLS]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Inversion"}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        steps = _Steps(system, self.spec.prompt, self.spec.steps, len(runs))
        last = self.spec.steps - 1
        states = steps.walk(system.noise([self.spec.seed + run for run in runs]))
        picture, before = states[-1], states[-2]
        found = {"static": states[0], "picture": picture, "naive": steps.hastily(picture)}
        solved, residual, ratio, calls = steps.back(before, last - 1)
        end, off, slowest, tried = steps.solve(picture, last)
        found |= {"solved": solved, "other": steps.back(end, last - 1)[0]}
        for name in ("naive", "solved", "other"):
            found[f"{name}_end"] = steps.walk(found[name])[-1]
        new = {name: one.float().numpy() for name, one in found.items()}
        new |= {"residual": np.column_stack([*residual, off])}
        joined = {name: np.concatenate([kept[name], one]) if kept else one for name, one in new.items()}
        # Of several batches the slowest counts.
        for name, values in (("ratio", [*ratio, slowest]), ("calls", [*calls, tried])):
            joined[name] = np.maximum(kept[name], values) if kept else np.array(values)
        return joined

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        return dict(kept)


class _Steps:
    """The deterministic walk's steps and their inverses, k from 0 (static) to S − 1, states (N, C, H, W).

    With ᾱ = cos² φ and v = cos φ ε − sin φ x₀ a step is a turn by δ = φ_t − φ_{t−1}, cos δ x − sin δ v(x)
    (Salimans & Ho 2022, appendix D): the same as DDIM's, but x stands on its right with the factor tan δ
    only, so that trying again comes nearer however little picture there is.
    """

    def __init__(self, system: Any, prompt: str, steps: int, count: int) -> None:
        from course.precompute.forward import levels

        scheduler = system.pipe.scheduler
        scheduler.set_timesteps(steps)
        self.unet, self.unfolded = system.pipe.unet, system.unfolded
        self.timesteps = scheduler.timesteps.tolist()
        self.angles = np.arccos(np.sqrt(levels(scheduler, self.timesteps))).tolist()
        self.said = system.encode([prompt] * count)

    def velocity(self, x: Any, k: int) -> Any:
        """What the network says of a state, float64."""
        import torch

        from course.model.pipeline import fold

        with torch.no_grad():
            folded = fold(x.float().to(self.unet.device))
            output = self.unet(folded, self.timesteps[k], encoder_hidden_states=self.said).sample
        return self.unfolded(output).double().cpu()

    def turn(self, k: int) -> tuple[float, float]:
        """cos δ and sin δ of step k."""
        delta = self.angles[k] - self.angles[k + 1]
        return float(np.cos(delta)), float(np.sin(delta))

    def step(self, x: Any, k: int) -> Any:
        """One step towards the picture."""
        cos, sin = self.turn(k)
        return cos * x - sin * self.velocity(x, k)

    def walk(self, x: Any) -> list[Any]:
        """All S + 1 states, from static on."""
        states = [x.double()]
        for k in range(len(self.timesteps)):
            states.append(self.step(states[-1], k))
        return states

    def hastily(self, x: Any) -> Any:
        """Back to static, each step with the ε̂ that the network predicts at its wrong end."""
        for k in reversed(range(len(self.timesteps))):
            (a, b), (a_after, b_after) = ((np.cos(p), np.sin(p)) for p in self.angles[k : k + 2])
            noise = a * self.velocity(x, k) + b * x
            x = a * (x - b_after * noise) / a_after + b * noise
        return x

    def solve(self, after: Any, k: int) -> tuple[Any, NDArray[np.float64], float, int]:
        """The state from which step k leads to `after`; what is returned besides is as in `Inversion`."""
        cos, sin = self.turn(k)
        x, changes = after, list[float]()
        while len(changes) < CALLS and (not changes or changes[-1] > ENOUGH):
            new = (after + sin * self.velocity(x, k)) / cos
            changes.append(float((new - x).abs().max()))
            x = new
        off = (self.step(x, k) - after).square().flatten(1).mean(1).sqrt().numpy()
        ratio = (changes[-1] / changes[0]) ** (1 / max(len(changes) - 1, 1))
        return x, off, ratio, len(changes)

    def back(self, x: Any, k: int) -> tuple[Any, list[NDArray[np.float64]], list[float], list[int]]:
        """From the state after step k to static: it, and of each step from the first on what `solve` says."""
        told = list[tuple[NDArray[np.float64], float, int]]()
        for step in range(k, -1, -1):
            x, off, ratio, calls = self.solve(x, step)
            told.insert(0, (off, ratio, calls))
        return x, [off for off, _, _ in told], [ratio for _, ratio, _ in told], [n for _, _, n in told]
