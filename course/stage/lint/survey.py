"""What a viewer sees at one moment: texts, equations, pictures and shapes with their boxes, in drawing order.

Not for judging it (`layout`).
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from manim import (
    Axes,
    ImageMobject,
    MarkupText,
    Mobject,
    NumberLine,
    Text,
    Typst,
    ValueTracker,
    VectorizedPoint,
    config,
)
from numpy.typing import NDArray

from course.stage import theme
from course.stage.lint.colours import Colour, rounded
from course.stage.parts.digits import LiveNumber
from course.stage.parts.dots import Ruler
from course.stage.parts.plots import Axes as PlotAxes

SEEN = 0.15
"""The opacity from which a viewer sees something."""
BLACK = 0.02
"""The opacity up to which a viewer sees the background alone."""

Boxes = NDArray[np.float64]
"""Left, bottom, right and top in units of the default frame; (4,) or (n, 4)."""

_GROUPS = {"VGroup", "Group", "Mobject", "VMobject", "VDict"}


@dataclass
class Element:
    """One thing on screen. `parts` are the boxes (n, 4) of a text's visible glyphs, `box` is that of all.

    `size` is a text's effective font size, after scaling and camera; `axis` marks the numbers of an axis.
    `colours` are its visible ones at full opacity, `fill` the opacity of a shape's inside. `trace` and
    `shown` change when its place, form or pixels do.
    """

    kind: str  # text, equation, picture or shape
    mobject: Mobject
    words: str
    parts: Boxes
    opacity: float
    colours: tuple[Colour, ...]
    root: Mobject
    z: float = 0.0
    size: float = 0.0
    axis: bool = False
    fill: float = 0.0
    trace: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    shown: int = 0
    box: Boxes = field(init=False)

    def __post_init__(self) -> None:
        self.box = np.concatenate([self.parts[:, :2].min(axis=0), self.parts[:, 2:].max(axis=0)])
        self.trace = np.concatenate([self.box, self.trace])

    @property
    def is_words(self) -> bool:
        """Whether it is read."""
        return self.kind in ("text", "equation")

    @property
    def name(self) -> str:
        """What to call it in a report: the words themselves, or what it is and where."""
        if self.is_words:
            return f"“{self.words}”"
        x, y = (self.box[:2] + self.box[2:]) / 2
        return f"{self.words} at ({x:.1f}, {y:.1f})"


class Survey:
    """Looks at a stage again and again, and remembers whose glyphs are whose.

    Animating a part of a text makes Manim put its glyphs on stage one by one; they are still one text here.
    """

    def __init__(self) -> None:
        self._owners: dict[int, tuple[Mobject, Mobject]] = {}  # the glyph is kept, or its id could come again
        self._axis: dict[int, Mobject] = {}
        self._stands_for: dict[int, tuple[Mobject, Mobject]] = {}

    def became(self, mobject: Mobject, target: Mobject) -> None:
        """From now on `mobject` looks like `target`: its words and size are those."""
        self._stands_for[id(mobject)] = (mobject, target)

    def is_black(self, mobjects: Iterable[Mobject], camera_frame: Mobject) -> bool:
        """Whether there is nothing that a viewer could see, not even faintly."""
        left, bottom, right, top = boxes([camera_frame])[0]
        for member in members(root for root in mobjects if root is not camera_frame):
            if isinstance(member, ValueTracker) or not len(member.points):
                continue
            if isinstance(member, ImageMobject) or alpha(member) > BLACK:
                low, high = member.points.min(axis=0), member.points.max(axis=0)
                if low[0] < right and high[0] > left and low[1] < top and high[1] > bottom:
                    return False
        return True

    def look(self, mobjects: Iterable[Mobject], camera_frame: Mobject | None = None) -> list[Element]:
        """The elements that can be seen, in drawing order."""
        leaves = [leaf for root in mobjects if root is not camera_frame for leaf in self._leaves(root)]
        pieces: dict[int, list[Any]] = {}
        for mobject, _ in leaves:
            if owned := self._owners.get(id(mobject)):
                pieces.setdefault(id(owned[1]), []).append(mobject)
        center, zoom = np.zeros(2), 1.0
        if camera_frame is not None:
            center, zoom = camera_frame.get_center()[:2], config.frame_height / camera_frame.height
        found = []
        for mobject, root in leaves:
            element: Element | None
            if owned := self._owners.get(id(mobject)):
                # All of a text stands where its first glyph is drawn.
                glyphs = pieces.pop(id(owned[1]), None)
                element = self._words(owned[1], glyphs, center, zoom) if glyphs else None
            else:
                element = _thing(mobject, root, boxes([mobject], center, zoom))
            if element is not None and _on_screen(element.box):
                found.append(element)
        return sorted(found, key=lambda element: element.z)

    def _leaves(
        self, mobject: Mobject, root: Mobject | None = None, axis: bool = False
    ) -> Iterator[tuple[Any, Mobject]]:
        """What draws something, and the outermost part it belongs to that is more than a group."""
        if isinstance(mobject, ValueTracker | VectorizedPoint):
            return
        if root is None and type(mobject).__name__ not in _GROUPS:
            root = mobject
        axis = axis or isinstance(mobject, PlotAxes | Ruler | Axes | NumberLine)
        if _is_words(mobject):
            if axis:
                self._axis[id(mobject)] = mobject
            for glyph in _glyphs(mobject):
                self._owners[id(glyph)] = (glyph, mobject)
                yield glyph, root or mobject
            return
        if len(mobject.points):
            yield mobject, root or mobject
        for member in mobject.submobjects:
            yield from self._leaves(member, root, axis)

    def _words(
        self, mobject: Mobject, glyphs: Sequence[Any], center: NDArray[np.float64], zoom: float
    ) -> Element | None:
        alphas = [alpha(glyph) for glyph in glyphs]
        seen = [glyph for glyph, alpha in zip(glyphs, alphas, strict=True) if alpha > SEEN]
        if not seen:
            return None
        colours = tuple(dict.fromkeys(_colour(glyph) for glyph in seen))
        _, like = self._stands_for.get(id(mobject), (mobject, mobject))
        kind, words, size = _reads(like)
        if like is not mobject and like.height:
            size *= mobject.height / like.height
        if any(not np.ptp(glyph.points, axis=0).any() for glyph in glyphs):
            size = 0.0  # it is being written: some letters are a point yet, and say nothing of how high it is
        return Element(
            kind,
            mobject,
            words,
            boxes(seen, center, zoom),
            float(np.mean(alphas)),
            colours,
            mobject,
            float(max(glyph.z_index for glyph in seen)),
            size * zoom,
            id(mobject) in self._axis,
        )


def _thing(mobject: Any, root: Mobject, parts: Boxes) -> Element | None:
    z, name = float(mobject.z_index), type(mobject).__name__
    pixels = getattr(mobject, "pixels", None)
    if pixels is not None:
        opacity = float(mobject.get_fill_opacity())
        if opacity <= SEEN:
            return None
        mean = rounded(pixels[..., :3].reshape(-1, 3).mean(axis=0) / 255)
        shown = zlib.crc32(pixels.tobytes())
        return Element("picture", mobject, name, parts, opacity, (mean,), mobject, z, shown=shown)
    if isinstance(mobject, ImageMobject):
        return Element("picture", mobject, name, parts, 1.0, (), mobject, z)
    fill, stroke = _highest(mobject.fill_rgbas), _stroke(mobject)
    if max(fill, stroke) <= SEEN:
        return None
    colours = [rounded(mobject.fill_rgbas[0])] if fill > SEEN else []
    if stroke > SEEN:
        colours.append(rounded(mobject.stroke_rgbas[0]))
    return Element(
        "shape",
        mobject,
        type(root).__name__,
        parts,
        max(fill, stroke),
        tuple(colours),
        root,
        z,
        fill=fill,
        trace=mobject.points[[0, len(mobject.points) // 2, -1], :2].ravel(),
    )


def _is_words(mobject: Mobject) -> bool:
    return isinstance(mobject, Text | MarkupText | Typst | LiveNumber)


def _glyphs(mobject: Mobject) -> list[Any]:
    return [member for member in mobject.family_members_with_points() if len(member.points) > 1]


def _reads(mobject: Any) -> tuple[str, str, float]:
    """Kind, words and font size of a text."""
    if isinstance(mobject, Typst):
        checked = getattr(mobject, "checked", None)
        words = (
            checked.typst if checked is not None else getattr(mobject, "typst_code", type(mobject).__name__)
        )
        return "equation", " ".join(words.split()), float(mobject.font_size)
    if isinstance(mobject, LiveNumber):
        tallest = max((glyph.height for glyph in _glyphs(mobject)), default=0.0)
        return "text", "a running number", tallest / _digit()
    return "text", " ".join(mobject.original_text.split()), float(mobject.font_size)


@cache
def _digit() -> float:
    """How high the lowest digit is at font size 1."""
    return theme.text("1", theme.SENTENCE).height / theme.SENTENCE


def boxes(mobjects: Sequence[Any], center: NDArray[np.float64] | float = 0.0, zoom: float = 1.0) -> Boxes:
    """The boxes (n, 4) of some mobjects, as a camera at `center` sees them."""
    points = np.concatenate([mobject.points[:, :2] for mobject in mobjects])
    starts = np.cumsum([0, *(len(mobject.points) for mobject in mobjects[:-1])])
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    return np.hstack([(low - center) * zoom, (high - center) * zoom])


def _on_screen(box: Boxes) -> bool:
    x, y = theme.FRAME_WIDTH / 2, theme.FRAME_HEIGHT / 2
    return bool(box[0] < x and box[2] > -x and box[1] < y and box[3] > -y)


def _highest(rgbas: NDArray[np.float64]) -> float:
    if len(rgbas) == 1:  # nearly always, and asked for every glyph at every look
        return float(rgbas[0, 3])
    return float(rgbas[:, 3].max()) if len(rgbas) else 0.0


def _stroke(mobject: Any) -> float:
    width = mobject.stroke_width
    thick = width > 0 if isinstance(width, int | float) else np.max(width) > 0
    return _highest(mobject.stroke_rgbas) if thick else 0.0


def members(mobjects: Iterable[Mobject]) -> Iterator[Any]:
    """All parts of some mobjects, one after the other; `get_family` would put together all of them first."""
    for mobject in mobjects:
        yield mobject
        if mobject.submobjects:
            yield from members(mobject.submobjects)


def alpha(glyph: Any) -> float:
    """The opacity of what is most seen of a glyph."""
    return max(_highest(glyph.fill_rgbas), _stroke(glyph))


def _colour(glyph: Any) -> Colour:
    filled = _highest(glyph.fill_rgbas) > SEEN
    return rounded((glyph.fill_rgbas if filled else glyph.stroke_rgbas)[0])
