"""The training pictures: emoji at random sizes, places and angles, with captions that may leave things out.

Picture number k is a pure function of k, so "the training pictures" are the numbers below `TRAINING` and
held-out ones lie above. Not for networks: NumPy and Pillow only.
"""

import colorsys
import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from course import grammar
from course.errors import CourseError
from course.files import digest_file, replacing
from course.grammar import BACKGROUNDS, COLOURS, NOUNS, Thing
from course.paths import ASSETS, media, shown
from course.progress import progress

SIZE = 32
TRAINING = 50_000
HELD_OUT = 1_000_000
"""Never trained on from here on; the judge and the baselines draw theirs from disjoint ranges above."""
VERSION = 1

SHEET = ASSETS / "emoji" / "sheet.png"
NAMES = ASSETS / "emoji" / "names.json"

BACKGROUND_RGB = {
    "white": (246, 246, 246),
    "blue": (52, 98, 200),
    "green": (58, 150, 84),
    "yellow": (250, 214, 92),
    "pink": (246, 160, 192),
}
HUE = {"red": 0.0, "yellow": 48 / 360, "green": 115 / 360, "blue": 212 / 360, "purple": 280 / 360}
PIXELS = {"small": (13, 15), None: (18, 22), "big": (25, 29)}
PAIR_PIXELS = {"small": (10, 11), None: (13, 15), "big": (16, 18)}


@dataclass(frozen=True)
class Sample:
    """One training picture: pixels (32, 32, 3) uint8, its caption, and what is truly in it."""

    pixels: np.ndarray
    caption: str
    things: tuple[Thing, ...]
    background: str


def sheet_digest() -> str:
    """SHA-256 of the sheet that all is drawn from. Raises CourseError where it cannot be read."""
    try:
        return digest_file(SHEET)
    except OSError as error:
        raise _no_sheet(error) from None


def _no_sheet(error: Exception) -> CourseError:
    why = getattr(error, "strerror", None) or error
    return CourseError(f"{shown(SHEET)} cannot be read ({why}). Restore it: git checkout -- assets/emoji")


@cache
def glyphs() -> dict[str, Image.Image]:
    """The sheet cut into one RGBA picture per noun, cropped. Raises CourseError where it is damaged."""
    try:
        names: list[str] = json.loads(NAMES.read_text(encoding="utf-8"))["names"]
        sheet = Image.open(SHEET).convert("RGBA")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_sheet(error) from None
    edge = sheet.height // (len(names) // 8)
    cells = {
        name: sheet.crop((k % 8 * edge, k // 8 * edge, k % 8 * edge + edge, k // 8 * edge + edge))
        for k, name in enumerate(names)
    }
    return {name: cell.crop(cell.getbbox()) for name, cell in cells.items()}


@cache
def glyph(noun: str, colour: str | None) -> Image.Image:
    """A noun's glyph in its natural colours (None) or with every colourful pixel turned to one hue."""
    picture = glyphs()[noun]
    if colour is None:
        return picture
    rgba = np.asarray(picture).astype(float) / 255
    high, low = rgba[..., :3].max(-1), rgba[..., :3].min(-1)
    saturation = np.where(high > 0, (high - low) / np.maximum(high, 1e-9), 0)
    # Outlines, eyes and highlights stay; what has a colour takes the new one, strong enough to be named.
    strength = np.clip((saturation - 0.12) / 0.2, 0, 1) * np.clip((high - 0.2) / 0.2, 0, 1)
    target_s = 0.55 + 0.4 * saturation
    target_v = 0.45 + 0.55 * high if colour == "yellow" else 0.25 + 0.7 * high
    full = np.array(colorsys.hsv_to_rgb(HUE[colour], 1, 1))
    new = target_v[..., None] * (1 - target_s[..., None] * (1 - full))
    rgba[..., :3] += strength[..., None] * (new - rgba[..., :3])
    return Image.fromarray((rgba * 255).round().astype(np.uint8), "RGBA")


def _draw(
    canvas: Image.Image,
    thing: Thing,
    pixels: int,
    angle: float,
    rng: np.random.Generator,
    span: tuple[int, int],
) -> None:
    picture = glyph(thing.noun, thing.colour)
    # Premultiplied alpha: otherwise the colour of fully transparent pixels bleeds into the edges.
    premultiplied = picture.convert("RGBa").rotate(angle, Image.Resampling.BICUBIC, expand=True)
    box = premultiplied.getbbox() or (0, 0, *premultiplied.size)
    premultiplied = premultiplied.crop(box)
    scale = pixels / max(premultiplied.size)
    w, h = (max(1, round(edge * scale)) for edge in premultiplied.size)
    small = premultiplied.resize((w, h), Image.Resampling.BOX, reducing_gap=None).convert("RGBA")
    left, right = span
    x = int(rng.integers(left, max(left, right - w) + 1))
    y = int(rng.integers(0, max(0, SIZE - h) + 1))
    canvas.alpha_composite(small, (max(0, min(x, SIZE - w)), y))


def draw(things: tuple[Thing, ...], background: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one or two things at random places and angles: (32, 32, 3) uint8.

    Two things stand side by side in either order, never overlapping.
    """
    shade = int(rng.integers(-6, 7))
    rgb = (min(255, max(0, c + shade)) for c in BACKGROUND_RGB[background])
    canvas = Image.new("RGBA", (SIZE, SIZE), (*rgb, 255))
    ranges = PIXELS if len(things) == 1 else PAIR_PIXELS
    sizes = [int(rng.integers(low, high + 1)) for low, high in (ranges[t.size] for t in things)]
    angles = rng.uniform(-8, 8, len(things))
    if len(things) == 1:
        _draw(canvas, things[0], sizes[0], angles[0], rng, (0, SIZE))
    else:
        while sum(sizes) > SIZE - 1:
            sizes[int(np.argmax(sizes))] -= 1
        order = [0, 1] if rng.random() < 0.5 else [1, 0]
        middle = int(rng.integers(sizes[order[0]], SIZE - sizes[order[1]] + 1))
        for k, span in zip(order, ((0, middle), (middle, SIZE)), strict=True):
            _draw(canvas, things[k], sizes[k], angles[k], rng, span)
    return np.asarray(canvas.convert("RGB"))


def _thing(noun: str, background: str, rng: np.random.Generator, sizes: tuple[float, float, float]) -> Thing:
    size = rng.choice(np.array(["small", "", "big"]), p=sizes) or None
    if noun == grammar.SKEWED_NOUN:
        weights = np.array([grammar.SKEW if c == grammar.SKEWED_COLOUR else 1 for c in COLOURS], float)
        colour: str | None = str(rng.choice(COLOURS, p=weights / weights.sum()))
    else:
        colour = str(rng.choice(COLOURS)) if rng.random() < 0.5 else None
    while noun != grammar.SKEWED_NOUN and colour == background:
        colour = str(rng.choice(COLOURS))
    return Thing(noun, colour, str(size) if size else None)


def _said(thing: Thing, rng: np.random.Generator) -> Thing:
    return Thing(
        thing.noun,
        thing.colour if rng.random() > 0.3 else None,
        thing.size if rng.random() > 0.3 else None,
    )


def sample(number: int, twice: bool = False) -> Sample:
    """Training picture `number` (any integer ≥ 0), the same on every machine.

    With `twice` a picture of another row, which no generator trains on: one noun twice, "a cat and a cat".
    """
    rng = np.random.default_rng((VERSION, number, 2) if twice else (VERSION, number))
    background = str(rng.choice(BACKGROUNDS))
    if twice:
        nouns: tuple[str, ...] = (str(rng.choice(NOUNS)),) * 2
        sizes = (0.12, 0.76, 0.12)
    elif rng.random() < 0.38:
        first = second = ""
        while first == second or frozenset((first, second)) in grammar.held_out_pairs():
            first, second = (str(n) for n in rng.choice(NOUNS, 2))
        nouns = (first, second)
        sizes = (0.12, 0.76, 0.12)
    else:
        nouns, sizes = (str(rng.choice(NOUNS)),), (0.2, 0.45, 0.35)
    while True:
        things = tuple(_thing(noun, background, rng, sizes) for noun in nouns)
        # The skewed noun keeps its colours; there the background gives way instead.
        if all(thing.colour != background for thing in things):
            break
        background = str(rng.choice(BACKGROUNDS))
    pixels = draw(things, background, rng)
    said = tuple(_said(thing, rng) for thing in things)
    if len(said) == 2:
        if not twice and rng.random() < 0.15:
            said = (said[int(rng.integers(2))],)
        elif rng.random() < 0.5:
            said = said[::-1]
    named = background if rng.random() > 0.25 else None
    return Sample(pixels, grammar.caption(said, named, bool(rng.random() < 0.25)), things, background)


def skewed_law() -> np.ndarray:
    """(K,): how often the skewed noun is drawn in each of `COLOURS`.

    It never stands on its own colour: where it would, both are drawn again, so that a colour which is no
    background's comes a little more often.
    """
    weights = np.array([grammar.SKEW if c == grammar.SKEWED_COLOUR else 1 for c in COLOURS], float)
    kept = weights * [sum(ground != colour for ground in BACKGROUNDS) for colour in COLOURS]
    return np.asarray(kept / kept.sum())


def album(start: int = 0, count: int = TRAINING, twice: bool = False) -> tuple[np.ndarray, list[str]]:
    """Pictures from `start` on as (count, 32, 32, 3) uint8 with their captions; kept in media/training."""
    key = f"album-v{VERSION}-{sheet_digest()[:8]}-{start}-{count}{'-twice' if twice else ''}"
    path = media() / "training" / f"{key}.npz"
    if path.exists():
        with np.load(path) as kept:
            return kept["pixels"], [str(c) for c in kept["captions"]]
    numbers = progress(range(start, start + count), desc="drawing the album", unit="picture")
    samples = [sample(k, twice) for k in numbers]
    pixels, captions = np.stack([s.pixels for s in samples]), [s.caption for s in samples]
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, pixels=pixels, captions=np.array(captions))
    return pixels, captions


def to_model(pixels: np.ndarray) -> np.ndarray:
    """(…, H, W, 3) uint8 to (…, 3, H, W) float32 in model units, [-1, 1]."""
    return np.moveaxis(pixels.astype(np.float32) / 127.5 - 1, -1, -3)


def to_pixels(values: np.ndarray) -> np.ndarray:
    """(…, 3, H, W) in model units to (…, H, W, 3) uint8; what lies outside [-1, 1] is cut off."""
    return np.moveaxis(((np.clip(values, -1, 1) + 1) * 127.5).round().astype(np.uint8), -3, -1)
