"""The guessing game that a model was trained with: rounds of it, rivals at it, and how it was learnt.

Not for what the answers mean, nor for a player that keeps an album (`course.maths.learn`).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from course.errors import UsageError
from course.grammar import BACKGROUNDS, NOUNS, Thing, parse
from course.model.data import HELD_OUT, SIZE, album, draw, to_model
from course.model.prompts import SEEDS, WATCHED
from course.paths import ASSETS
from course.precompute.gathering import Gathered, Gathering
from course.precompute.spec import CaptureSpec

TIMES = (29, 119, 239, 359, 479, 599, 719, 839, 959, 1079, 1139, 1179)
"""The timesteps at which rounds are played: little noise first."""
KEPT = ("cards", "new")
"""What the rivals are shown: pictures that were trained on, and others."""

APART = 1.25
"""How many times as many pictures a stage of training has seen as the one before."""


def drawn(prompt: str, count: int, first: int = 0) -> NDArray[np.uint8]:
    """(count, 32, 32, 3): drawings number `first` and on of a prompt, made as the training pictures were, and
    none of them; in natural colours and on any background, where it names none. UsageError where it names
    nothing that can be drawn.
    """
    things, background = parse(prompt)
    if not things:
        raise UsageError(f"{prompt!r} names nothing that can be drawn. Name one of: {', '.join(NOUNS)}.")
    made, grounds = [], [one for one in BACKGROUNDS if one not in {thing.colour for thing in things}]
    for number in range(first, first + count):
        rng = np.random.default_rng((HELD_OUT, number))
        made.append(draw(things[:2], background or str(rng.choice(grounds)), rng))
    return np.stack(made)


def _pixels_only(spec: CaptureSpec) -> None:
    if spec.model != "pixel":
        raise UsageError("Rounds are played with the pixel model only.")


def _levels(system: Any) -> NDArray[np.float64]:
    """(L,): ᾱ at TIMES."""
    return np.asarray(system.pipe.scheduler.alphas_cumprod.double().numpy()[list(TIMES)])


def _answer(
    system: Any, pictures: NDArray[Any], noise: NDArray[Any], words: Any, time: int
) -> NDArray[np.float32]:
    """(N, C, H, W): what the network says of pictures (N, C, H, W) that are hidden under noise."""
    import torch

    from course.model.pipeline import fold

    level = float(system.pipe.scheduler.alphas_cumprod[time])
    noisy = torch.from_numpy(np.sqrt(level) * pictures + np.sqrt(1 - level) * noise).float()
    unet = system.pipe.unet
    with torch.no_grad():
        output = unet(fold(noisy.to(unet.device)), time, encoder_hidden_states=words).sample
    return np.asarray(system.unfolded(output).cpu().numpy())


def _from_album(noisy: NDArray[Any], cards: NDArray[Any], level: float) -> NDArray[np.float64]:
    """(N, C, H, W): the mean of cards (M, C, H, W), each as likely as it is to be what is noisy."""
    x, flat = noisy.reshape(len(noisy), -1), cards.reshape(len(cards), -1).astype(np.float64)
    log = (2 * np.sqrt(level) * x @ flat.T - level * (flat**2).sum(1)) / (2 * (1 - level))
    weights = np.exp(log - log.max(1, keepdims=True))
    return np.asarray((weights / weights.sum(1, keepdims=True) @ flat).reshape(noisy.shape))


def _sheet(folder: Path, line: Mapping[str, str]) -> Path:
    return folder / f"step{int(line['step']):06d}.png"


def _tiles(sheet: Path) -> NDArray[np.uint8]:
    """(2, 8, 32, 32, 3): the pictures of a sheet, which shows them twice as large."""
    with Image.open(sheet) as image:
        pixels = np.asarray(image.convert("RGB"))[::2, ::2]
    tiles = pixels.reshape(len(SEEDS), SIZE, len(WATCHED), SIZE, 3)
    return np.ascontiguousarray(tiles.swapaxes(1, 2))


@dataclass(frozen=True)
class Rounds(Gathering):
    """`count` rounds with the prompt's words: a new drawing each, one piece of noise, hidden in it at TIMES.

    Gathered are `picture` and `noise` (count, C, H, W), and `velocity` (count, L, C, H, W), what the network
    answers, all float32; `level` (L,) float64, ᾱ; `numbers` (1,), how many numbers the network has.
    """

    ships: ClassVar[bool] = False  # played within seconds

    def __post_init__(self) -> None:
        super().__post_init__()
        _pixels_only(self.spec)

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "rounds", TIMES]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Rounds"}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        picture = to_model(drawn(self.spec.prompt, len(runs), runs.start))
        noise = system.noise([self.spec.seed + run for run in runs]).numpy()
        words = system.encode([self.spec.prompt] * len(runs))
        answers = [_answer(system, picture, noise, words, t) for t in TIMES]
        new = {"picture": picture, "noise": noise, "velocity": np.stack(answers, 1)}
        found = {name: np.concatenate([kept[name], one]) if kept else one for name, one in new.items()}
        count = sum(one.numel() for one in system.pipe.unet.parameters())
        return {**found, "level": _levels(system), "numbers": np.array([count])}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        return dict(kept)


@dataclass(frozen=True)
class Rivals(Gathering):
    """How far two players' guesses of a picture are off, told no words: the network's, and that of one who
    keeps an album of the first `cards` training pictures. Each of `count` of these cards and of as many new
    pictures is hidden once at each of TIMES.

    Gathered are `network` and `album` (2, L) float64, root mean square a number in model units, of the kinds
    in KEPT; `level` (L,) float64, ᾱ.
    """

    cards: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        _pixels_only(self.spec)
        if self.count > self.cards:
            raise UsageError(f"An album of {self.cards} has no {self.count} cards to play with.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "rivals", TIMES, self.cards]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Rivals", "cards": self.cards}

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        cards, levels = to_model(album(0, self.cards)[0]), _levels(system)
        new = to_model(album(HELD_OUT, self.count)[0][runs.start : runs.stop])
        noise = system.noise([self.spec.seed + run for run in runs]).numpy()
        silence = system.encode([""] * len(runs))
        sums = {name: np.zeros((len(KEPT), len(TIMES))) for name in ("network", "album")}
        for kind, pictures in enumerate((cards[runs.start : runs.stop], new)):
            for k, (t, level) in enumerate(zip(TIMES, levels, strict=True)):
                noisy = np.sqrt(level) * pictures + np.sqrt(1 - level) * noise
                answer = _answer(system, pictures, noise, silence, t)
                guesses = {
                    "network": np.sqrt(level) * noisy - np.sqrt(1 - level) * answer,
                    "album": _from_album(noisy, cards, float(level)),
                }
                for name, guess in guesses.items():
                    sums[name][kind, k] += ((guess - pictures) ** 2).mean((1, 2, 3)).sum()
        found = {name: kept[name] + one if kept else one for name, one in sums.items()}
        return {**found, "level": levels}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        off = {name: np.sqrt(kept[name] / self.count) for name in ("network", "album")}
        return {**off, "level": kept["level"]}


@dataclass(frozen=True)
class Milestones(Gathering):
    """What the spec's model painted on its way through training: WATCHED, from two seeds; nothing is run.

    Gathered are `pictures` (M, 2, 8, 32, 32, 3) uint8, seeds, then prompts; `right` (M, 2, 8) bool: a judge
    sees all in it that was asked for; `seen` (M,), how many pictures it had been shown by then.
    """

    ships: ClassVar[bool] = False  # the sheets themselves do

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "milestones"]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Milestones"}

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that is asked for in words."""
        return WATCHED

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        import torch

        from course.model.judge import load_judge, verdicts

        folder = ASSETS / "models" / self.spec.model / "training"
        lines = list(csv.DictReader((folder / "log.csv").read_text(encoding="utf-8").splitlines()))
        lines = [one for one in lines if _sheet(folder, one).exists()]
        asked = np.zeros((len(WATCHED), len(NOUNS)), bool)
        for row, prompt in zip(asked, WATCHED, strict=True):
            row[[NOUNS.index(thing.noun) for thing in parse(prompt)[0]]] = True
        sheets, right = [], []
        for line in lines:
            tiles = _tiles(_sheet(folder, line))
            named = verdicts(load_judge(), torch.from_numpy(to_model(tiles.reshape(-1, *tiles.shape[2:]))))
            seen = named["nouns"].numpy().reshape(len(SEEDS), len(WATCHED), -1) > 0.5
            sheets.append(tiles)
            right.append((seen | ~asked).all(-1))
        shown = [int(one["pictures"]) for one in lines]
        return {"pictures": np.stack(sheets), "right": np.stack(right), "seen": np.array(shown)}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        return dict(kept)


@dataclass(frozen=True, eq=False)
class Stages:
    """Milestones each of which has seen a quarter more than the one before, at least.

    `pictures` are (M, 16, H, W, 3) uint8, `right` (M, 16) bool, `seen` (M,).
    """

    pictures: NDArray[np.uint8]
    right: NDArray[np.bool_]
    seen: NDArray[np.int64]

    @classmethod
    def of(cls, found: Gathered) -> "Stages":
        """Of what was gathered of `Milestones`."""
        pictures, right, seen = (found.arrays[name] for name in ("pictures", "right", "seen"))
        kept = [0]
        for k in range(1, len(seen)):
            if seen[k] >= APART * seen[kept[-1]]:
                kept.append(k)
        flat = pictures.reshape(len(seen), -1, *pictures.shape[3:])
        return cls(flat[kept], right.reshape(len(seen), -1)[kept], seen[kept])

    def named(self) -> dict[tuple[str, str], NDArray[np.uint8]]:
        """The pictures of the first seed, by how many had been seen and what was asked for."""
        return {
            (f"{seen:,}", prompt): picture
            for seen, pictures in zip(self.seen, self.pictures, strict=True)
            for prompt, picture in zip(WATCHED, pictures, strict=False)
        }

    @property
    def early(self) -> int:
        """The last one with one right picture at most."""
        return int(max(np.flatnonzero(self.right.sum(1) <= 1), default=0))

    def opening(self, noun: str) -> int:
        """Which picture is right in the end and has this noun asked for; else another one that is right."""
        good = np.flatnonzero(self.right[-1])
        return next(
            (int(k) for k in good if noun in WATCHED[k % len(WATCHED)].split()), int(max(good, default=0))
        )

    def thing(self, picture: int) -> str:
        """'a butterfly': the first thing that was asked for."""
        return Thing(parse(WATCHED[picture % len(WATCHED)])[0][0].noun).phrase()
