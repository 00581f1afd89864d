"""Colours as people see them: contrast, and how far apart two stay under a colour-vision deficiency.

Not for choosing colours: those are the theme's.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""Red, green and blue in sRGB, 0 … 1."""

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
_DEFICIENCIES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# Ottosson 2020, "A perceptual color space for image processing": linear RGB → cone responses → Oklab.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

APART, TOGETHER = 0.12, 0.06
"""Distances in Oklab: what plainly differs, and what is taken for the same."""


def linear(colour: Colour) -> NDArray[np.float64]:
    """Light intensities (3,) of an sRGB colour (IEC 61966-2-1)."""
    rgb = np.asarray(colour, dtype=np.float64)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


@cache
def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.1, from 1 to 21."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05 for colour in (one, other))
    return light / dark


@cache
def distance(one: Colour, other: Colour, deficiency: str = "") -> float:
    """How far apart two colours are in Oklab, as seen with a `deficiency`, or without one."""
    seen = np.eye(3) if not deficiency else np.array(_DEFICIENCIES[deficiency])
    a, b = (_OKLAB @ np.cbrt(_CONES @ np.clip(seen @ linear(colour), 0, 1)) for colour in (one, other))
    return float(np.linalg.norm(a - b))


@cache
def confusable(one: Colour, other: Colour) -> str:
    """The deficiency that makes one of two plainly different colours, or ''."""
    if distance(one, other) < APART:
        return ""
    seen = {name: distance(one, other, name) for name in _DEFICIENCIES}
    nearest = min(seen, key=seen.__getitem__)
    return nearest if seen[nearest] < TOGETHER else ""


def over(front: Colour, opacity: float, back: Colour) -> Colour:
    """`front` at `opacity` laid over `back`, blended in sRGB as the camera does it."""
    return rounded(opacity * np.asarray(front) + (1 - opacity) * np.asarray(back))


def rounded(rgb: Any) -> Colour:
    """Three numbers from 0 to 1 as a `Colour`, to the 1/255 that a film keeps."""
    red, green, blue = (round(float(value) * 255) / 255 for value in rgb[:3])
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    """'#rrggbb'."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in colour)
