"""Albums: the finished pictures of many walks, with what the judge sees in them, and nothing of the way.

Not for single walks, which are captures. Words and static may be mixed: half of this prompt's table and half
of that one's, one seed's static turned into another's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from course.errors import UsageError
from course.grammar import NOUNS
from course.precompute.gathering import Gathered, Gathering, branches

Words: TypeAlias = tuple[tuple[str, float], ...]
"""Prompts with their weights."""
Static: TypeAlias = tuple[tuple[int, float], ...]
"""Seeds with their weights."""
How = Literal["tables", "concat", "scores"]
HOW: tuple[How, ...] = ("tables", "concat", "scores")


@dataclass(frozen=True)
class Album(Gathering):
    """Every one of `words` walked from every one of `static`, otherwise as `spec` says: M words times `count`
    pictures, those of one sentence side by side.

    Without `words` it is the spec's prompt, without `static` the static of its seed and those that follow.
    Several prompts in one of `words` are made one by `how`: "tables" adds their tables of tokens by weight,
    "concat" puts the tables one after the other (weights are all 1), "scores" adds what each of them changes,
    ε_∅ + Σ wᵢ (εᵢ − ε_∅). The first `unguided` steps are taken at guidance 1. Unless the `pictures` are kept,
    only what the judge sees is. Raises UsageError for what makes no sense.

    Gathered are `pictures` (M, count, H, W, 3) uint8; `nouns` (M, count, 24) float16, how likely each noun
    is in the picture; `colour` and `background` (M, count) uint8, in the order of `course.grammar`.
    """

    words: tuple[Words, ...] = ()
    static: tuple[Static, ...] = ()
    how: How = "tables"
    unguided: int = 0
    pictures: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        words = self.words or (((self.spec.prompt, 1.0),),)
        static = self.static or tuple(((self.spec.seed + k, 1.0),) for k in range(self.count))
        object.__setattr__(self, "words", _plain(words, str))
        object.__setattr__(self, "static", _plain(static, int))
        if len(self.static) != self.count:
            raise UsageError(f"An album of {self.count} pictures a sentence has {len(self.static)} static.")
        if self.how not in HOW:
            raise UsageError(f"how is {self.how!r}. Known: {', '.join(HOW)}.")
        if self.how != "tables" and len({len(one) for one in self.words}) > 1:
            raise UsageError(f"Sentences joined by {self.how} need as many parts each.")
        if self.how == "concat" and any(weight != 1 for one in self.words for _, weight in one):
            raise UsageError("Tables that are put one after the other have no weights but 1.")
        if self.how == "scores" and self.spec.model != "pixel":
            raise UsageError("Scores are added by the pixel model only.")
        if not 0 <= self.unguided <= self.spec.steps:
            raise UsageError(f"unguided is {self.unguided}, but must lie between 0 and {self.spec.steps}.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        mixed = [self.words, self.static, self.how, self.unguided, self.pictures]
        return [*super().asked(), "album", *mixed]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        own = {name: getattr(self, name) for name in ("words", "static", "how", "unguided", "pictures")}
        return {**super().to_dict(), "kind": "Album", **own}

    @property
    def runs(self) -> int:
        """How many walks that is."""
        return len(self.words) * self.count

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that is asked for in words."""
        return tuple(dict.fromkeys(prompt for one in self.words for prompt, _ in one))

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        last = self._walked(system, runs)
        new = self._seen(last) | {"pictures": system.pixels(last.numpy())}
        return {name: np.concatenate([kept[name], one]) if kept else one for name, one in new.items()}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        whole = {n: one.reshape(len(self.words), self.count, *one.shape[1:]) for n, one in kept.items()}
        return {name: one for name, one in whole.items() if self.pictures or name != "pictures"}

    def _walked(self, system: Any, runs: range) -> Any:
        """(N, C, H, W): the last states of these walks, on the CPU."""
        import torch

        words = [self.words[run // self.count] for run in runs]
        static = [self.static[run % self.count] for run in runs]
        parts = len(words[0]) if self.how == "scores" else 1
        with torch.no_grad():
            tables = dict(zip(self.prompts, system.encode(list(self.prompts)), strict=True))
            latents = torch.stack(
                [sum(w * one for w, one in zip(*_noise(system, mixed), strict=True)) for mixed in static]
            )
            said = torch.stack([table for one in words for table in self._tables(tables, one)])
        without = system.encode([""] * len(said)).repeat(
            1, said.shape[1] // len(next(iter(tables.values()))), 1
        )
        weights = torch.tensor([[weight for _, weight in one] for one in words]) if parts > 1 else None
        with _branches(system, self.spec.guidance, self.unguided, weights) as guidance:
            last = system.denoise(
                said,
                without,
                latents.repeat_interleave(parts, 0).to(system.pipe.device),
                steps=self.spec.steps,
                guidance=[guidance] * len(said),
            )
        return last[::parts].float().cpu()

    def _tables(self, tables: Mapping[str, Any], words: Words) -> list[Any]:
        """The tables of one picture's rows."""
        import torch

        if self.how == "scores":
            return [tables[prompt] for prompt, _ in words]
        if self.how == "concat":
            return [torch.cat([tables[prompt] for prompt, _ in words])]
        return [torch.stack([weight * tables[prompt] for prompt, weight in words]).sum(0)]

    @staticmethod
    def _seen(last: Any) -> dict[str, NDArray[Any]]:
        """What the judge says of pictures."""
        from course.model.judge import load_judge, verdicts

        found = verdicts(load_judge(), last)
        return {
            "nouns": found["nouns"].numpy().astype(np.float16),
            "colour": found["colour"].numpy().astype(np.uint8),
            "background": found["background"].numpy().astype(np.uint8),
        }


def _plain(mixed: Iterable[Any], kind: type) -> tuple[Any, ...]:
    """Equal mixtures become the same values, whatever types they were given in, or JSON made of them."""
    return tuple(tuple((kind(of), float(weight)) for of, weight in one) for one in mixed)


def _noise(system: Any, mixed: Static) -> tuple[list[float], Any]:
    return [weight for _, weight in mixed], system.noise([seed for seed, _ in mixed])


@contextmanager
def _branches(system: Any, guidance: float, unguided: int, weights: Any | None) -> Iterator[float]:
    """As `gathering.branches`, with unguided steps, and with changes that add up by `weights` (N, parts)."""
    from course.precompute.systems import unguided_steps

    unet = system.pipe.unet

    def added(module: Any, args: Any, output: Any) -> None:
        without, conditional = output[0].chunk(2)
        by = weights.reshape(-1, weights.shape[1], 1, 1, 1).to(without)  # type: ignore[union-attr]
        change = (by * (conditional - without).unflatten(0, (-1, weights.shape[1]))).sum(1)  # type: ignore[union-attr]
        conditional.copy_(without + change.repeat_interleave(weights.shape[1], 0))  # type: ignore[union-attr]

    with ExitStack() as stack:
        if weights is None:
            guidance = stack.enter_context(branches(system, guidance))
        else:
            stack.callback(unet.register_forward_hook(added).remove)
        if guidance != 1:
            stack.enter_context(unguided_steps(unet, unguided))
        yield guidance


def turned(one: int, other: int, angle: float) -> Static:
    """cos θ of one seed's static and sin θ of the other's, `angle` in degrees: again static, of length √d."""
    return ((one, float(np.cos(np.radians(angle)))), (other, float(np.sin(np.radians(angle)))))


def straight(one: int, other: int, share: float) -> Static:
    """The point that is `share` of the way from one seed's static to the other's: too short in the middle."""
    return ((one, 1 - share), (other, share))


def between(first: str, second: str, share: float) -> Words:
    """The point that is `share` of the way from one prompt's table to the other's."""
    return ((first, 1 - share), (second, share))


def lifted(first: str, second: str, both: str, share: float) -> Words:
    """The middle of two prompts' tables, moved by `share` of the way to that of the sentence `both`."""
    return ((first, (1 - share) / 2), (second, (1 - share) / 2), (both, share))


def moved(first: str, second: str, others: Sequence[tuple[str, str, str]], share: float) -> Words:
    """The middle of two prompts' tables, moved by `share` of the mean way from the middle of two to both,
    over `others`: (first, second, the sentence with both) each.
    """
    weights = {first: 0.5, second: 0.5}
    for a, b, both in others:
        for prompt, part in ((both, 1.0), (a, -0.5), (b, -0.5)):
            weights[prompt] = weights.get(prompt, 0.0) + share * part / len(others)
    return tuple((prompt, weight) for prompt, weight in weights.items() if weight)


def seen(found: Gathered, nouns: Sequence[str]) -> NDArray[np.bool_]:
    """(N, nouns): whether each of these nouns is seen in each picture of an album."""
    likely = found.arrays["nouns"].reshape(-1, len(NOUNS))
    return likely[:, [NOUNS.index(noun) for noun in nouns]] > 0.5


def alone(*prompts: str) -> tuple[Words, ...]:
    """Each of some prompts by itself."""
    return tuple(((prompt, 1.0),) for prompt in prompts)


def corners(four: tuple[str, str, str, str], edge: int) -> tuple[Words, ...]:
    """edge × edge points between four prompts, row by row: the first two along the upper edge, the other two
    along the lower one.
    """
    at = np.linspace(0, 1, edge)
    weights = [((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x) for y in at for x in at]
    return tuple(tuple(zip(four, some, strict=True)) for some in weights)
