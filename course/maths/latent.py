"""What an autoencoder is trained for, on bells where all is known; what its pictures have in common; sizes.

Not for running a network, and not for what the course claims about these (see `latent_checks`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.maths.reverse import normal_density

Array = NDArray[np.float64]


def kl_terms(mean: ArrayLike, width: ArrayLike) -> Array:
    """(4, …): ½ μ², ½ σ², −½, −½ log σ²: together how far N(μ, σ²) is from N(0, 1), in nats."""
    m, s = np.asarray(mean, np.float64), np.asarray(width, np.float64)
    return np.stack([m**2 / 2, s**2 / 2, np.full(np.broadcast(m, s).shape, -0.5), -np.log(s)])


def kl(mean: ArrayLike, width: ArrayLike) -> Array:
    """(…): the sum of `kl_terms`."""
    return np.asarray(kl_terms(mean, width).sum(0))


@dataclass(frozen=True)
class Toy:
    """Pictures and miniatures of one number each: z from N(0, 1), x = w z + τ ε."""

    weight: float = 1.5
    noise: float = 0.6

    def prior(self, z: ArrayLike) -> Array:
        """p(z)."""
        return normal_density(np.asarray(z, np.float64), 0.0, 1.0)

    def likelihood(self, x: ArrayLike, z: ArrayLike) -> Array:
        """p(x|z)."""
        return normal_density(np.asarray(x, np.float64), self.weight * np.asarray(z), self.noise**2)

    def evidence(self, x: ArrayLike) -> Array:
        """p(x), in closed form."""
        return normal_density(np.asarray(x, np.float64), 0.0, self.weight**2 + self.noise**2)

    def best(self, x: ArrayLike, beta: float = 1.0) -> tuple[Array, float]:
        """The middle and the width of the best q where the distance from p weighs `beta`; 1 gives p(z|x)."""
        slack = beta * self.noise**2
        middle = self.weight * np.asarray(x, np.float64) / (self.weight**2 + slack)
        return middle, float(np.sqrt(slack / (self.weight**2 + slack)))


def alike(pictures: ArrayLike) -> float:
    """How alike neighbours along a row are, over all pictures (…, H, W, 3): their correlation, 0 … 1."""
    x = np.asarray(pictures, np.float64)
    left, right = (one - one.mean((-3, -2), keepdims=True) for one in (x[..., :-1, :], x[..., 1:, :]))
    return float((left * right).sum() / np.sqrt((left**2).sum() * (right**2).sum()))


def detail(picture: ArrayLike) -> float:
    """The root mean square step from a pixel to its neighbours, of (C, H, W)."""
    x = np.asarray(picture, np.float64)
    steps = [np.diff(x, axis=axis).ravel() for axis in (-1, -2)]
    return float(np.sqrt((np.concatenate(steps) ** 2).mean()))


@dataclass(frozen=True)
class Published:
    """Sizes that somebody else published: pictures' and latents' edges in places, and where to read it."""

    edge: int
    latent: int
    planes: int
    source: str

    @property
    def fewer(self) -> int:
        """How many times fewer places a miniature has than its picture."""
        return (self.edge // self.latent) ** 2


PUBLISHED: Mapping[str, Published] = {
    "Stable Diffusion 1": Published(
        512, 64, 4, "Rombach et al. 2022, and the model card of v1: factor 8, 4 planes"
    ),
    "Stable Diffusion XL": Published(
        1024, 128, 4, "Podell et al. 2023, and the configuration of its autoencoder"
    ),
}
"""Models of others, which work in miniature too."""
