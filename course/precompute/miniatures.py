"""What the latent twin's autoencoder does: averages in both rooms, one number turned, pictures sent through
it again and again, what all of that costs. Not for walks, which are captures.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from course.errors import UsageError
from course.grammar import BACKGROUNDS, NOUNS, Thing, parse
from course.model.data import BACKGROUND_RGB, HELD_OUT, SIZE, draw, sample, to_model, to_pixels
from course.model.settings import TOKENS, WIDTH
from course.paths import ASSETS
from course.precompute.gathering import Gathering, finished

Arrays = dict[str, NDArray[Any]]

TURNS = np.linspace(-3, 3, 25)
"""By how much a number is turned, in units of the noise that a walk begins with."""
TRIPS, STOPS = 10, 17
MEASURED = 256
"""So many held-out pictures tell how wide latents are."""
SEEN = 1e-5
"""A change in model units that is none of rounding."""
LETTERS = ("noise", "to pic")


@dataclass(frozen=True)
class Miniatures(Gathering):
    """Whatever is gathered of the autoencoder; UsageError for the pixel model, which has none."""

    what: ClassVar[str] = "miniatures"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spec.model != "latent":
            raise UsageError("Only the latent model has miniatures. Ask with model='latent'.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), self.what]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": type(self).__name__}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> Arrays:
        """See `Gathering.finish`."""
        return dict(kept)


@dataclass(frozen=True)
class Rooms(Miniatures):
    """The endings of `count` walks, averaged as pictures and as latents.

    Gathered are `pictures` (count, H, W, 3) uint8 and `latents` (count, 4, h, w) float16; `mean`, the mean of
    the pictures, and `decoded`, the picture of the mean latent, (3, H, W) float32; `apart` (2,), the mean
    square distance of a picture from either; `nouns` (2, 24), how likely each noun is seen in the picture of
    the first walk's first guess, and in `decoded`; `film` (STOPS, H, W, 3) uint8, the pictures on the
    straight way from the first latent to the one that is farthest from it, whose number is `other` (1,).
    """

    what: ClassVar[str] = "rooms"

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        new = finished(system, self.spec, [self.spec.seed + run for run in runs]).astype(np.float32)
        last = np.concatenate([kept["last"], new]) if kept else new
        if runs.stop < self.count:
            return {"last": last}
        guess = finished(system, replace(self.spec, steps=1), [self.spec.seed])
        pictures, mean = decoded(system, last), decoded(system, last.mean(0, keepdims=True))
        shown = np.concatenate([decoded(system, guess), mean])
        apart = [((pictures - one) ** 2).mean(dtype=np.float64) for one in (pictures.mean(0), mean)]
        other = int(((last - last[0]) ** 2).sum((1, 2, 3)).argmax())
        way = last[0] + np.linspace(0, 1, STOPS).reshape(-1, 1, 1, 1) * (last[other] - last[0])
        return {
            "pictures": to_pixels(pictures),
            "latents": last.astype(np.float16),
            "mean": pictures.mean(0),
            "decoded": mean[0],
            "apart": np.array(apart),
            "nouns": _nouns(shown),
            "other": np.array([other]),
            "film": to_pixels(decoded(system, way)),
        }


@dataclass(frozen=True)
class Turned(Miniatures):
    """Each of the numbers of `count` walks' endings turned up and down, by the most of `TURNS`.

    Gathered are `near` (4,), of the change, as mean squares over all numbers: the share on the number's own
    patch of pixels, on a square twice and four times as wide around it, and the share of pixels that change
    at all; `which` (3,), the number of the first ending that changes its picture most (plane, row, column);
    and `film` (T, H, W, 3) uint8, the picture as that one is turned.
    """

    what: ClassVar[str] = "turned"

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        last = finished(system, self.spec, [self.spec.seed + run for run in runs]).astype(np.float32)
        found = [_turned(system, one) for one in last]
        near = np.concatenate([kept["each"], [near for near, _ in found]]) if kept else [n for n, _ in found]
        if kept:
            return {"each": np.array(near), "which": kept["which"], "film": kept["film"]}
        which = found[0][1]
        film = np.repeat(last[:1], len(TURNS), axis=0)
        film[:, *which] += TURNS
        return {"each": np.array(near), "which": np.array(which), "film": to_pixels(decoded(system, film))}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> Arrays:
        """See `Gathering.finish`."""
        return {"near": kept["each"].mean(0), "which": kept["which"], "film": kept["film"]}


@dataclass(frozen=True)
class Trips(Miniatures):
    """Pictures that are shrunk and enlarged, again and again; nothing is denoised.

    Gathered are `film` (3, 1 + TRIPS, H, W, 3) uint8: a new drawing of the prompt, one of another thing, and
    letters; of `count` held-out pictures `error` (TRIPS, rings), what each trip has put wrong by spatial
    frequency, in whole cycles per picture, and `power` (rings,), what there was of each; of 16 of them
    `latents` and `widths` (16, 4, h, w), the middle and the width of what the encoder says, unscaled, with
    `scaled`, the middles as walks meet them, and `nats` (16,), how far that is from N(0, I); `spread` (3,),
    the standard deviation of many latents, of the encoder's own bells, and of the first ones scaled.
    """

    what: ClassVar[str] = "trips"

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        new = to_model(np.stack([sample(HELD_OUT + run).pixels for run in runs]))
        rounds = list(_trips(system, new))
        power = _rings(new - new.mean((-1, -2), keepdims=True))
        error = np.stack([_rings(one - new) for one in rounds])
        if kept:
            return {**kept, "power": kept["power"] + power, "error": kept["error"] + error}
        shown = to_model(np.stack([*_drawn(self.spec.prompt), letters()]))
        film = np.stack([shown, *_trips(system, shown)], 1)
        many = to_model(np.stack([sample(HELD_OUT + k).pixels for k in range(MEASURED)]))
        middle, width, nats = _encoded(system, many)
        scaled = system.pipe.vae.config.scaling_factor * middle
        spread = [middle.std(dtype=np.float64), np.sqrt((width**2).mean(dtype=np.float64)), scaled.std()]
        return {
            "film": to_pixels(film),
            "power": power,
            "error": error,
            "latents": middle[:16],
            "scaled": scaled[:16],
            "widths": width[:16],
            "nats": nats,
            "spread": np.array(spread),
        }


@dataclass(frozen=True)
class Costs(Miniatures):
    """`work` (3,): the multiply-adds of a step in pixels, of one in latents, and of enlarging a picture."""

    what: ClassVar[str] = "costs"

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> Arrays:
        """See `Gathering.add`."""
        import torch

        from course.model import networks

        words, z = torch.zeros(1, TOKENS, WIDTH), torch.zeros(1, 4, SIZE // 4, SIZE // 4)
        nets = (
            (networks.pixel_unet(), torch.zeros(1, 12, SIZE // 2, SIZE // 2)),
            (networks.latent_unet(), z),
        )
        work = [_work(partial(net, x, 1, encoder_hidden_states=words)) for net, x in nets]
        return {"work": np.array([*work, _work(partial(networks.vae().decode, z))])}


def decoded(system: Any, latents: NDArray[Any]) -> NDArray[np.float32]:
    """(N, 4, h, w) scaled latents as pictures (N, 3, H, W) in model units."""
    import torch

    with torch.no_grad():
        parts = torch.from_numpy(latents.astype(np.float32)).split(64)
        return np.asarray(torch.cat([system.pictures(part).cpu() for part in parts]).numpy())


def letters() -> NDArray[np.uint8]:
    """(H, W, 3): words, which no model of the course was ever shown."""
    canvas = Image.new("RGB", (SIZE, SIZE), BACKGROUND_RGB[BACKGROUNDS[3]])
    font = ImageFont.truetype(str(ASSETS / "fonts" / "Inter-Medium.otf"), 11)
    for row, word in enumerate(LETTERS):
        ImageDraw.Draw(canvas).text((1, 1 + 15 * row), word, fill=(20, 20, 30), font=font)
    return np.asarray(canvas)


def _drawn(prompt: str) -> list[NDArray[np.uint8]]:
    """New drawings of a prompt, and of the first other noun with whiskers: fine lines."""
    rng, (things, background) = np.random.default_rng(HELD_OUT), parse(prompt)
    fine = Thing(NOUNS[2], size="big")
    drawn = things[:2] or (Thing(NOUNS[0], size="big"),)
    return [draw(drawn, background or BACKGROUNDS[0], rng), draw((fine,), BACKGROUNDS[0], rng)]


def _trips(system: Any, pictures: NDArray[Any]) -> Iterator[NDArray[np.float32]]:
    """What comes back of (N, 3, H, W) after each of the trips."""
    factor = system.pipe.vae.config.scaling_factor
    for _ in range(TRIPS):
        pictures = np.clip(decoded(system, factor * _encoded(system, pictures)[0]), -1, 1)
        yield pictures


def _encoded(system: Any, pictures: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Middles and widths of the encoder's bells (N, 4, h, w); how far the first 16 are from N(0, I)."""
    import torch

    vae = system.pipe.vae
    with torch.no_grad():
        found = vae.encode(torch.from_numpy(pictures).float().to(vae.device)).latent_dist
        return found.mean.cpu().numpy(), found.std.cpu().numpy(), found.kl()[:16].double().cpu().numpy()


def _rings(pictures: NDArray[Any]) -> NDArray[np.float64]:
    """(rings,): the mean square of (N, 3, H, W) by whole cycles per picture."""
    radius = np.hypot(*np.meshgrid(*[np.fft.fftfreq(SIZE) * SIZE] * 2)).astype(int)
    power = (np.abs(np.fft.fft2(pictures)) ** 2).sum((0, 1)) / SIZE**4
    return np.bincount(radius.ravel(), power.ravel()).astype(np.float64)


def _nouns(pictures: NDArray[Any]) -> NDArray[np.float32]:
    """(N, 24): how likely the judge sees each noun."""
    import torch

    from course.model.judge import load_judge, verdicts

    return np.asarray(verdicts(load_judge(), torch.from_numpy(pictures))["nouns"].numpy())


def _turned(system: Any, latent: NDArray[Any]) -> tuple[list[float], tuple[int, int, int]]:
    """What `Turned.near` says of one ending, and which of its numbers changes the picture most."""
    places = list(np.ndindex(*latent.shape))
    ends = np.repeat(latent[None], 2 * len(places), axis=0)
    for k, place in enumerate(places):
        ends[2 * k, *place] += TURNS[0]
        ends[2 * k + 1, *place] += TURNS[-1]
    change = np.abs(decoded(system, ends) - decoded(system, latent[None])).astype(np.float64)
    square = (change**2).sum(1).reshape(len(places), 2, SIZE, SIZE).sum(1)
    edge = SIZE // latent.shape[-1]
    at = (np.arange(SIZE) + 0.5) / edge - 0.5
    shares = []
    for wide in (1, 2, 4):
        inside = [
            square[k][np.abs(at - row) < wide / 2][:, np.abs(at - column) < wide / 2].sum()
            for k, (_, row, column) in enumerate(places)
        ]
        shares.append(float(np.sum(inside) / square.sum()))
    return [*shares, float((change.max(1) > SEEN).mean())], places[int(square.sum((1, 2)).argmax())]  # type: ignore[return-value]


def _work(call: Any) -> float:
    """How many multiply-adds a call takes; PyTorch counts each as two operations."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        call()
    return counted.get_total_flops() / 2
