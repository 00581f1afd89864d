"""Outlines of set text and formulas, read from the SVG that Pango and Typst write: a third of Manim's time.

Not for pictures from elsewhere: what this does not know is left to Manim.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import StringIO
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
import svgelements
from manim import RIGHT, SVGMobject, VGroup, VMobject
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from numpy.typing import NDArray

_INHERITED = ("fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width")
_LINK = "{http://www.w3.org/1999/xlink}href"
_PASSED_OVER = {"defs", "metadata", "title", "desc"}
_HARMLESS = {
    *("id", "x", "y", "d", "transform", "style", "class", "overflow", _LINK),
    *("fill-rule", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", *_INHERITED),
}

Shape = tuple[NDArray[np.float64], VMobject, tuple[str, ...]]
"""Points (4 N, 3) as Manim has them, something without points that looks like it, the names of its groups."""


class _UnknownError(Exception):
    """Something in an SVG that is left to Manim."""


class Outlined(SVGMobject):
    """For what Manim sets itself: its outlines are read here where they are simple."""

    def generate_mobject(self) -> Any:
        """See `SVGMobject.generate_mobject`."""
        tree = self.modify_xml_tree(ElementTree.parse(self.get_file_path()))
        try:
            shapes = list(_shapes(tree.getroot()))
        except _UnknownError:
            return super().generate_mobject()
        members: dict[str, list[VMobject]] = {"root": []}
        for points, look, names in shapes:
            one = look.copy()  # which takes a tenth of the time that making one does
            one.points = points
            for name in ("root", *names):
                members.setdefault(name, []).append(one)
        self.add(*members["root"])
        self.id_to_vgroup_dict = {name: VGroup(*own) for name, own in members.items()}
        return self.flip(RIGHT)


def _shapes(root: ElementTree.Element) -> Iterator[Shape]:
    """The shapes in drawing order."""
    known = {one.get("id"): one for one in root.iter() if one.get("id")}

    def walk(
        element: ElementTree.Element,
        matrix: NDArray[np.float64],
        look: Mapping[str, str],
        names: tuple[str, ...],
        used: bool = False,
    ) -> Iterator[Shape]:
        tag = element.tag.rpartition("}")[2]
        if tag in _PASSED_OVER or (tag == "symbol" and not used):
            return
        if tag not in ("svg", "g", "symbol", "use", "path"):
            raise _UnknownError(tag)
        if tag != "svg" and (foreign := set(element.attrib) - _HARMLESS):
            raise _UnknownError(str(foreign))
        matrix = matrix @ _matrix(element.get("transform", ""))
        look = {**look, **_look(element)}
        if tag == "g" and (name := element.get("id")):
            names = (*names, name)
        if tag == "path":
            points = _outline(element.get("d", ""))
            if len(points):
                flat = points[:, :2] @ matrix[:2, :2].T + matrix[:2, 2]
                scale = float(abs(np.linalg.det(matrix[:2, :2])) ** 0.5)
                yield np.pad(flat, ((0, 0), (0, 1))), _styled(tuple(sorted(look.items())), scale), names
        elif tag == "use":
            shift = _moved(float(element.get("x", 0)), float(element.get("y", 0)))
            if (of := known.get(element.get(_LINK, "").removeprefix("#"))) is None:
                raise _UnknownError("use")
            yield from walk(of, matrix @ shift, look, names, used=True)
        else:
            for child in element:
                yield from walk(child, matrix, look, names)

    yield from walk(root, np.eye(3), {}, ())


def _look(element: ElementTree.Element) -> dict[str, str]:
    """What an element says of fill and stroke, its style before its attributes."""
    found = {name: element.attrib[name] for name in _INHERITED if name in element.attrib}
    for part in element.get("style", "").split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name in _INHERITED:
            found[name] = value
        elif name not in ("", "fill-rule", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"):
            raise _UnknownError(name)
    return found


@lru_cache(maxsize=1000)
def _styled(look: tuple[tuple[str, str], ...], scale: float) -> VMobject:
    """Without points, as `SVGMobject.apply_style_to_mobject` has it, by svgelements' own rules."""
    words = " ".join(f"{name}={quoteattr(value)}" for name, value in look)
    (shape,) = svgelements.SVG.parse(StringIO(f'<svg><path d="M0 0L1 1" {words}/></svg>'))
    return VMobject().set_style(
        stroke_width=shape.stroke_width * scale if shape.stroke.value is not None else 0,
        stroke_color=shape.stroke.hexrgb,
        stroke_opacity=shape.stroke.opacity,
        fill_color=shape.fill.hexrgb,
        fill_opacity=shape.fill.opacity,
    )


@lru_cache(maxsize=2000)
def _matrix(transform: str) -> NDArray[np.float64]:
    """The matrix (3, 3) of a `transform`."""
    one = svgelements.Matrix(transform)
    return np.array([[one.a, one.c, one.e], [one.b, one.d, one.f], [0, 0, 1]], dtype=float)


def _moved(x: float, y: float) -> NDArray[np.float64]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=float)


@lru_cache(maxsize=5000)
def _outline(path: str) -> NDArray[np.float64]:
    """The cubic curves (4 N, 3) of path data: every letter is set a hundred times and read once."""
    points: NDArray[np.float64] = VMobjectFromSVGPath(svgelements.Path(path)).points
    return points
