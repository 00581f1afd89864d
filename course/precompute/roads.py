"""Roads from static to pictures, walked in fine steps and in long strides: how far beside the end these land,
and what a judge sees there.

Not for single walks, which are captures, nor for what strides are (`course.maths.faster`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.errors import UsageError
from course.grammar import NOUNS
from course.maths import faster, measure
from course.model.scores import scores
from course.precompute.gathering import Gathered, Gathering, affordable
from course.precompute.spec import CaptureSpec, placed
from course.precompute.store import Capture

Arrays = dict[str, NDArray[Any]]

CALLS, FEW = (2, 4, 6, 10, 30), (1, 2, 4)
EARLY = 1.6
"""The power by which early calls stand closer: 1 is evenly."""
WAYS = ("even", "remembered", "solver", "early", "both")
"""Even strides of Euler's, even ones that remember the last slope, a solver off the shelf (UniPC, even too),
early strides of Euler's, and early ones that remember."""
STRIDES = 6
SEEDS, FINE = 8, 120
FEWER, COARSER = 2, 60
"""Roads and their steps; and for casts that nobody has waited for."""


@dataclass(frozen=True)
class Roads(Gathering):
    """`count` roads of the pixel model at guidance 1, each in the spec's steps (a multiple of STRIDES) and in
    few strides; UsageError for other models.

    Gathered are `off` (count, ways, calls), how far from the road's end so many strides land in each of WAYS,
    in levels of 255 (root mean square); `single` (count, 2, STRIDES), where one of six strides is long and
    all else is fine: how far it lands beside the road, and how far from its end that leads; `longer` and
    `flat` (count,), see `faster`. Of the first road `end` (C, H, W) float32; `axes` (2, D) float32, its chord
    and its bend as unit vectors; `curve` (S + 1, 2), the road as seen in that plane; `strays` (STRIDES,
    S + 1, 2), where each of the long strides leads, and `stray_ends` (STRIDES, H, W, 3) uint8.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spec.model != "pixel" or self.spec.guidance != 1 or self.spec.steps % STRIDES:
            raise UsageError(
                f"Roads are those of the pixel model at guidance 1, in a multiple of {STRIDES} steps."
            )

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "roads", CALLS, EARLY, WAYS, STRIDES]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Roads"}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        walker = _Walker(system, [self.spec.prompt] * len(runs))
        start = walker.start([self.spec.seed + run for run in runs])
        fine = moments(self.spec.steps)
        road = walker.strides(start, fine, remember=True)
        end = road[-1]
        off = np.stack([[_apart(walker.way(way, start, n), end) for n in CALLS] for way in WAYS])
        wide, strays, single = self.spec.steps // STRIDES, list[Any](), list[Any]()
        for k in range(STRIDES):
            first, last = k * wide, (k + 1) * wide
            (landed,) = walker.strides(road[first], [fine[first], fine[last]])[1:]
            rest = walker.strides(landed, fine[last:], remember=True)
            between = np.linspace(0, 1, wide + 1)[1:].reshape(-1, 1, 1, 1, 1)
            strays.append(
                np.concatenate([road[: first + 1], road[first] + between * (landed - road[first]), rest[1:]])
            )
            single.append([_apart(landed, road[last]), _apart(rest[-1], end)])
        new: Arrays = {
            "off": np.moveaxis(off, -1, 0),
            "single": np.moveaxis(np.array(single), (0, -1), (-1, 0)),
            "longer": np.array([faster.longer(one) for one in np.moveaxis(road, 1, 0)]),
            "flat": np.array([faster.flat(one) for one in np.moveaxis(road, 1, 0)]),
        }
        if kept:
            return {**kept, **{name: np.concatenate([kept[name], one]) for name, one in new.items()}}
        bow = faster.Bow.of(road[:, 0])
        return new | {
            "end": end[0].astype(np.float32),
            "axes": np.stack([bow.along, bow.up]).astype(np.float32),
            "curve": bow.seen(road[:, 0]),
            "strays": np.stack([bow.seen(one[:, 0]) for one in strays]),
            "stray_ends": system.pixels(np.stack([one[-1, 0] for one in strays])),
        }

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> Arrays:
        """See `Gathering.finish`."""
        return dict(kept)


def several(walk: CaptureSpec) -> Gathering:
    """The roads of a walk and of the seeds that follow: as many, and as fine, as few wait for."""
    return affordable(Roads(replace(walk, steps=FINE), SEEDS), Roads(replace(walk, steps=COARSER), FEWER))


def strides(walk: CaptureSpec, calls: int) -> dict[str, CaptureSpec]:
    """A walk in so many strides: "even" ones, and "early" ones that remember the last slope."""
    even = replace(walk, steps=calls)
    return {"even": even, "early": replace(even, scheduler="ab2", spacing=EARLY)}


@dataclass(frozen=True, eq=False)
class Seen:
    """Gathered `Roads`, read; and captured walks as they are seen beside the first of them, whose static is
    that of `walk`.
    """

    found: Gathered
    walk: Capture

    def __getitem__(self, name: str) -> NDArray[Any]:
        """What was gathered by this name."""
        return self.found.arrays[name]

    @cached_property
    def off(self) -> dict[str, dict[int, float]]:
        """For each way and number of calls how far from the road's end they land, in levels, on average."""
        mean = self["off"].mean(0).tolist()
        return {way: dict(zip(CALLS, row, strict=True)) for way, row in zip(WAYS, mean, strict=True)}

    @cached_property
    def single(self) -> NDArray[np.float64]:
        """(2, STRIDES): how far one long stride lands beside the road, and where that leads, on average."""
        return np.asarray(self["single"].mean(0), np.float64)

    def nearer(self, way: str) -> float:
        """How many times nearer to the road's end thirty calls land than ten, on average."""
        return self.off[way][10] / self.off[way][30]

    def stray(self, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the long stride number k begins (2,), and the way from where it lands to the end (N, 2)."""
        way = self["strays"][k]
        wide = len(way) // STRIDES
        return way[k * wide], way[(k + 1) * wide :]

    def beside(self, walk: Capture) -> float:
        """How far from the road's end another walk ends, in levels."""
        return measure.LEVELS * measure.distance(walk.states[-1], self["end"])

    @cached_property
    def plane(self) -> faster.Bow:
        """The plane in which the road is seen."""
        start = faster.straightened(self.walk.states, self.walk.alphas_cumprod)[0].ravel()
        return faster.Bow(start, *self["axes"].astype(np.float64))

    def places(self, walk: Capture) -> NDArray[np.float64]:
        """(S + 1, 2): where a walk goes in it."""
        return self.plane.seen(faster.straightened(walk.states, walk.alphas_cumprod))

    def tips(self, walk: Capture) -> NDArray[np.float64]:
        """(S, 2): where its guesses are in it."""
        return self.plane.seen(walk.guesses)

    def leaning(self, walk: Capture) -> NDArray[np.float64]:
        """(4, 2): where its last stride begins, where that would lead along the slope before, where along its
        own, and where it ends.
        """
        (before, start, end), taus = self.places(walk)[-3:], faster.share(walk.alphas_cumprod)[-3:]
        # All the way down, slopes lead to their guesses.
        part = ((taus[1] - taus[2]) / taus[:2])[:, None]
        led = start + (self.tips(walk)[-2:] - [before, start]) * part
        return np.stack([start, *led, end])


@dataclass(frozen=True)
class Recognised(Gathering):
    """`count` seeds of each noun's prompt, by which the models are scored, in FEW calls at guidance 1.

    Gathered is `right` (2, len(FEW)): of how many pictures the judge says what they should show, as a share,
    in even strides of Euler's and in early ones that remember.
    """

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "recognised", FEW, EARLY]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Recognised"}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        import torch

        from course.model.evaluate import noun_prompts
        from course.model.judge import load_judge, verdicts

        prompts, nouns, _ = zip(*noun_prompts(), strict=True)
        right, judge = np.zeros((2, len(FEW))), load_judge()
        for run in runs:
            walker = _Walker(system, prompts)
            start = walker.start([self.spec.seed + run] * len(prompts))
            for k, way in enumerate(("even", "both")):
                for n, calls in enumerate(FEW):
                    ends = torch.from_numpy(walker.way(way, start, calls).astype(np.float32))
                    said = verdicts(judge, ends)["noun"].tolist()
                    right[k, n] += np.mean(
                        [NOUNS[one] == noun for one, noun in zip(said, nouns, strict=True)]
                    )
        return {"right": kept.get("right", np.zeros_like(right)) + right}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> Arrays:
        """See `Gathering.finish`."""
        return {"right": kept["right"] / self.count}


def known(found: Gathered, calls: int) -> tuple[float, float]:
    """In how many of a hundred pictures of so many calls the judge sees what they should show: the student's,
    as it was scored when it was trained, and those of early strides.
    """
    student = scores("student")["student"][str(calls)]["noun"]
    return 100 * float(student), 100 * float(found.arrays["right"][1, FEW.index(calls)])


def moments(steps: int, power: float = 1.0) -> list[int]:
    """(S + 1): the timesteps at which so many calls are made, and −1, where no noise is left."""
    return [*placed(steps, power), -1]


class _Walker:
    """Strides of several walks at once, places y (N, C, H, W) in straight coordinates, float64."""

    def __init__(self, system: Any, prompts: Sequence[str]) -> None:
        self.system, self.said = system, system.encode(list(prompts))
        self._levels = system.pipe.scheduler.alphas_cumprod.double().numpy()

    def level(self, time: int) -> float:
        """ᾱ."""
        return float(self._levels[time]) if time >= 0 else 1.0

    def tau(self, time: int) -> float:
        """How much of y is noise."""
        return float(faster.share(self.level(time)))

    def start(self, seeds: Sequence[int]) -> NDArray[np.float64]:
        """Static, where a walk begins."""
        x = self.system.noise(list(seeds)).double().numpy()
        first = self.level(moments(1)[0])
        return np.asarray(x / (np.sqrt(first) + np.sqrt(1 - first)))

    def answer(self, x: Any, time: int) -> Any:
        """What the network says of states (N, C, H, W), as a tensor."""
        import torch

        from course.model.pipeline import fold

        unet = self.system.pipe.unet
        with torch.no_grad():
            output = unet(fold(x.float().to(unet.device)), time, encoder_hidden_states=self.said).sample
        return self.system.unfolded(output).cpu()

    def slope(self, y: NDArray[np.float64], time: int) -> NDArray[np.float64]:
        """ε̂ − x̂_0 = (α + σ) v̂ + (σ − α) x, of the v̂ that the network says."""
        import torch

        signal, noise = np.sqrt(self.level(time)), np.sqrt(1 - self.level(time))
        x = y * (signal + noise)
        said = self.answer(torch.from_numpy(x), time).double().numpy()
        return (signal + noise) * said + (noise - signal) * x

    def strides(
        self, start: NDArray[np.float64], times: Sequence[int], remember: bool = False
    ) -> NDArray[np.float64]:
        """(S + 1, N, C, H, W): the places after each stride."""
        places, before, last = [start], None, 1.0
        for time, after in pairwise(times):
            here, h = self.slope(places[-1], time), self.tau(after) - self.tau(time)
            places.append(places[-1] + h * faster.lean(here, before, h, last))
            before, last = (here, h) if remember else (None, 1.0)
        return np.stack(places)

    def way(self, name: str, start: NDArray[np.float64], calls: int) -> NDArray[np.float64]:
        """(N, C, H, W): where so many calls end, in one of WAYS."""
        if name == "solver":
            return self._solved(start, calls)
        times = moments(calls, EARLY if name in ("early", "both") else 1.0)
        return np.asarray(self.strides(start, times, remember=name in ("remembered", "both"))[-1])

    def _solved(self, start: NDArray[np.float64], calls: int) -> NDArray[np.float64]:
        """By diffusers, evenly: Zhao et al. 2023."""
        import torch
        from diffusers import UniPCMultistepScheduler

        solver = UniPCMultistepScheduler.from_config(
            self.system.pipe.scheduler.config, timestep_spacing="trailing"
        )
        solver.set_timesteps(calls)
        first = self.level(moments(1)[0])
        x = torch.from_numpy(start * (np.sqrt(first) + np.sqrt(1 - first)))
        for time in solver.timesteps:
            x = solver.step(self.answer(x, int(time)).double(), time, x).prev_sample
        return np.asarray(x.numpy())


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,): how far places (N, C, H, W) are from others, root mean square in levels of 255.

    Right on a road, and at its end, where places are pictures.
    """
    return measure.LEVELS * np.sqrt(((one - other) ** 2).mean((1, 2, 3)))
