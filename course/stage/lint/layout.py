"""What is wrong with the layout at one moment: overlaps, frame, sizes, contrast, colours, too many words.

Not for how long it lasts (`watch`), nor for what the scene's source says (`source`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from course.stage import theme
from course.stage.lint.colours import (
    Colour,
    confusable,
    contrast,
    distance,
    hexadecimal,
    over,
    rounded,
)
from course.stage.lint.survey import Boxes, Element

BACKGROUND = rounded([int(theme.BACKGROUND[k : k + 2], 16) / 255 for k in (1, 3, 5)])
CONTRAST = 4.5
MOST_WORDS = 14  # "about twelve"
PLATE = 0.7  # the opacity from which a shape behind words is a plate
SLACK = 0.03  # units; outlines lie inside the boxes of their control points
FRAMING = 0.1  # units that a frame around something may reach over the safe frame


@dataclass(frozen=True)
class Fault:
    """A fault, the elements concerned, and its sentence without them."""

    kind: str
    elements: tuple[Element, ...]
    message: str
    key: tuple[object, ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for the same fault at another moment."""
        return (self.kind, *(self.key or (id(element.mobject) for element in self.elements)))


def faults(elements: Sequence[Element], badge: Boxes | None = None) -> Iterator[Fault]:
    """All faults among `elements`, which are in drawing order; `badge` is the box of the depth badge."""
    words = [(place, element) for place, element in enumerate(elements) if element.is_words]
    pictures = [(place, element) for place, element in enumerate(elements) if element.kind == "picture"]
    for (_, one), (_, other) in combinations(words, 2):
        if one.kind == other.kind == "equation":
            continue  # a fault of its own, seen more closely: `formulas`
        if _overlap(one.box, other.box) and _touch(one.parts, other.parts):
            yield Fault("text-over-text", (one, other), "overlap")
    for place, text in words:
        for below, picture in pictures:
            if picture.opacity < 0.3 or not _overlap(text.box, picture.box):
                continue
            if not _touch(text.parts, picture.parts):
                continue
            if below > place:
                yield Fault("text-over-picture", (text, picture), "the words are behind the picture")
            elif not any(_is_plate(plate, text) for plate in elements[below + 1 : place]):
                yield Fault("text-over-picture", (text, picture), "words over a picture without theme.plate")
    for element in elements:
        yield from _place(element, badge)
    for place, text in words:
        yield from _size(text)
        yield from _contrast(text, elements[:place])
    yield from _colours(elements)
    yield from _amount([text for _, text in words])


def _overlap(one: Boxes, other: Boxes, slack: float = SLACK) -> bool:
    return bool(
        one[0] + slack < other[2]
        and other[0] + slack < one[2]
        and one[1] + slack < other[3]
        and other[1] + slack < one[3]
    )


def _touch(one: Boxes, other: Boxes) -> bool:
    """Whether any box of the one meets any of the other."""
    a, b = one[:, None], other[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    return bool((low + SLACK < high).all(axis=-1).any())


def _inside(inner: Boxes, outer: Boxes, slack: float = 0.05) -> bool:
    return bool((outer[:2] - slack <= inner[:2]).all() and (inner[2:] <= outer[2:] + slack).all())


def _is_plate(shape: Element, text: Element) -> bool:
    return shape.kind == "shape" and shape.fill >= PLATE and _inside(text.box, shape.box)


# Place


def _place(element: Element, badge: Boxes | None) -> Iterator[Fault]:
    left, bottom, right, top = element.box
    x, y = theme.FRAME_WIDTH / 2 - SLACK, theme.FRAME_HEIGHT / 2 - SLACK
    # What reaches over two opposite edges is meant to; a line from edge to edge may lie anywhere.
    across, along = bool(left <= -x and right >= x), bool(bottom <= -y and top >= y)
    is_bleed = element.kind == "shape" and (across or along)
    key = (id(element.root),)
    slack = FRAMING if element.kind == "shape" else SLACK
    beyond = []
    if not across and not is_bleed:
        beyond += ["left"] if left < theme.SAFE_LEFT - slack else []
        beyond += ["right"] if right > theme.SAFE_RIGHT + slack else []
    if not along and not is_bleed and top > theme.SAFE_TOP + slack:
        beyond.append("top")
    if beyond:
        edges = " and ".join(beyond)
        yield Fault("outside-frame", (element,), f"closer than {theme.SAFE:g} units to the {edges} edge", key)
    if not along and not is_bleed and bottom < theme.SAFE_BOTTOM - slack:
        deep = theme.SAFE_BOTTOM - bottom
        yield Fault("caption-zone", (element,), f"reaches {deep:.2f} units into the captions' eighth", key)
    if badge is None or element.kind == "shape" or (across and along):
        return
    if _overlap(element.box, badge) and _touch(element.parts, badge[None]):
        yield Fault("over-badge", (element,), "lies under the depth badge")


# Reading


def _size(text: Element) -> Iterator[Fault]:
    if text.kind == "equation":
        least = theme.SENTENCE
    else:
        least = theme.AXIS if text.axis and not any(map(str.isalpha, text.words)) else theme.LABEL
    if 0 < text.size < least - 0.5:
        yield Fault("small-text", (text,), f"size {text.size:.0f} on screen, {least} is the smallest")


def _contrast(text: Element, below: Sequence[Element]) -> Iterator[Fault]:
    behind = BACKGROUND
    center = (text.box[:2] + text.box[2:]) / 2
    point = np.concatenate([center, center])
    for place, element in enumerate(below):
        opacity = element.fill if element.kind == "shape" else element.opacity
        if element.is_words or opacity < 0.05 or not element.colours or not _inside(point, element.box, 0):
            continue
        if element.kind == "picture" and not any(_is_plate(plate, text) for plate in below[place:]):
            return  # a fault of its own
        behind = over(element.colours[0], opacity, behind)
    # A derivation dims the line that it leaves behind; its colours count in full.
    opacity = text.opacity if text.kind == "text" else 1.0
    read = {colour: contrast(over(colour, opacity, behind), behind) for colour in text.colours}
    worst = min(read, key=read.__getitem__)
    if read[worst] < CONTRAST - 0.05:
        shown = hexadecimal(over(worst, opacity, behind))
        yield Fault(
            "contrast",
            (text,),
            f"{shown} on {hexadecimal(behind)} has a contrast of {read[worst]:.1f}:1, below {CONTRAST}:1",
        )


def _colours(elements: Sequence[Element]) -> Iterator[Fault]:
    first: dict[Colour, Element] = {}
    for element in elements:
        if element.kind == "picture" or element.opacity < 0.5:
            continue
        for colour in element.colours:
            if distance(colour, BACKGROUND) > 0.12:
                first.setdefault(colour, element)
    for one, other in combinations(first, 2):
        if deficiency := confusable(one, other):
            yield Fault(
                "colours",
                (first[one], first[other]),
                f"{hexadecimal(one)} and {hexadecimal(other)} look alike with {deficiency}",
                (one, other),
            )


def _amount(texts: Sequence[Element]) -> Iterator[Fault]:
    read = [text for text in texts if text.kind == "text" and text.opacity > 0.3]
    count = sum(any(map(str.isalpha, word)) for text in read for word in text.words.split())
    if count > MOST_WORDS:
        yield Fault("many-words", tuple(read), f"{count} words on screen at once, about 12 are enough", ("",))
