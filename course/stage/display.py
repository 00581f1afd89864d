"""What a frame shows, as a digest of the numbers that Cairo is given: equal digests, equal pixels.

Not for drawing: nothing is rasterised.

Numbers are rounded far below what can be seen, so that the last bits of a sum decide nothing: outlines to
1/256 of a pixel, which is Cairo's own grid (`_cairo_fixed_from_double`), after they were split and closed,
which compares them unrounded; pictures and gradients to 2⁻¹⁶ of a pixel, colours to 10⁻⁵, widths to 10⁻⁹.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import Mobject, VMobject
from numpy.typing import NDArray

if TYPE_CHECKING:
    from course.stage.manim_internals import StageCamera

_GRID, _FINE = 256.0, 65536.0
_CLOSE = 1e-5  # Manim's relative tolerance for points that are equal (`numpy.isclose`)


class Display:
    """Digests of what `camera` would draw."""

    def __init__(self, camera: "StageCamera") -> None:
        self._camera = camera

    def digest(self, mobjects: Iterable[Mobject]) -> bytes:
        """What is drawn of `mobjects`, in the order of drawing; what cannot be seen does not count."""
        total = hashlib.sha256()
        facts: list[Any] = []
        outlines: list[NDArray[np.float64]] = []
        tolerances: list[float] = []
        colours: list[NDArray[np.float64]] = []
        fine: list[NDArray[np.float64]] = []
        for mobject in self._camera.get_mobjects_to_display(mobjects):
            if not isinstance(mobject, VMobject):
                facts.append(_foreign(mobject))
                continue
            fill = _seen(mobject.get_fill_rgbas())
            lines = [
                (round(width, 9), rgbas, back)
                for back in (True, False)
                if (width := mobject.get_stroke_width(back))
                and (rgbas := _seen(mobject.get_stroke_rgbas(back))) is not None
            ]
            if fill is None and not lines:
                continue
            pixels, style = getattr(mobject, "pixels", None), None
            layers = [rgbas for rgbas in (fill, *(line[1] for line in lines)) if rgbas is not None]
            if lines:
                style = [(width, back) for width, _, back in lines], mobject.joint_type, mobject.cap_style
            if any(len(rgbas) > 1 for rgbas in layers):
                fine.append(np.array(mobject.get_gradient_start_and_end_points()))
            if pixels is None:
                shape = None
                colours += layers
            else:
                shape = pixels.shape
                corner, across, down = mobject.get_corners()
                fine.append(np.array([corner, corner + across, corner + down]))
                colours += layers if fill is None else [fill[:, 3], *layers[1:]]
                total.update(pixels.tobytes())
            facts.append((len(mobject.points), shape, [len(rgbas) for rgbas in layers], fill is None, style))
            if mobject.background_image:
                facts.append(repr(mobject.background_image))
            if pixels is None or lines:
                outlines.append(mobject.points)
                tolerances.append(mobject.tolerance_for_point_equality)
        total.update(repr(facts).encode())
        if outlines:
            total.update(self._outlined(outlines, tolerances))
        if fine:
            total.update(self._placed(np.concatenate(fine), _FINE).tobytes())
        if colours:
            rounded = np.rint(np.concatenate([rgbas.ravel() for rgbas in colours]) * 1e5)
            total.update(rounded.astype(np.int32).tobytes())
        return total.digest()

    def frame(self, *layers: bytes) -> str:
        """A frame of these digests, one over the other, on the camera's background."""
        camera = self._camera
        ground = repr((camera.background_color, camera.background_opacity)).encode()
        return hashlib.sha256(ground + b"".join(layers)).hexdigest()[:32]

    def _placed(self, points: NDArray[np.float64], grid: float) -> NDArray[np.int64]:
        """Points (N, 3) in units as (N, 2) in pixels times `grid`, rounded."""
        across, down, left, top = self._camera.view()
        flat = points[:, :2] * (across * grid, -down * grid) + (left * grid, top * grid)
        if not np.isfinite(flat).all():
            flat = np.nan_to_num(flat)
        return np.rint(flat).astype(np.int64)

    def _outlined(self, outlines: list[NDArray[np.float64]], tolerances: list[float]) -> bytes:
        """Where the curves of all outlines lie, which of them go on, and which close a subpath.

        As Manim's `get_subpath_split_indices_from_points` and `consider_points_equals_2d`, for all at once.
        """
        whole = [points[: len(points) // 4 * 4] for points in outlines]
        curves = [len(points) // 4 for points in whole]
        every = np.concatenate(whole)
        count = len(every) // 4
        if not count:
            return b""
        flat = every[:, :2].reshape(count, 4, 2)
        first, last = flat[:, 0], flat[:, 3]
        tolerance = np.repeat(tolerances, curves)[:, None]
        begins = np.ones(count, bool)
        begins[1:] = ~_alike(last[:-1], first[1:], tolerance[1:])
        begins[(np.cumsum(curves) - curves)[np.array(curves) > 0]] = True
        ends = np.append(begins[1:], True)
        origin = first[np.maximum.accumulate(np.where(begins, np.arange(count), 0))]
        closes = ends & _alike(origin, last, tolerance)
        return self._placed(every, _GRID).tobytes() + np.packbits([begins, closes]).tobytes()


def _alike(one: NDArray[np.float64], other: NDArray[np.float64], tolerance: Any) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        gap = np.abs(one - other)
        return ((gap <= tolerance + _CLOSE * np.abs(other)) & np.isfinite(gap) | (one == other)).all(axis=1)


def _seen(rgbas: NDArray[Any]) -> NDArray[np.float64] | None:
    """Colours, or None where all of them are invisible."""
    return rgbas if any(alpha >= 5e-6 for alpha in rgbas[:, 3].tolist()) else None


def _foreign(mobject: Mobject) -> str:
    """A thing that is neither outline nor stage picture: all that Manim may look at."""
    total = hashlib.sha256(type(mobject).__name__.encode())
    for name in ("points", "rgbas", "pixel_array", "stroke_width"):
        value = np.asarray(getattr(mobject, name, 0))
        total.update(repr((name, value.shape, str(value.dtype))).encode() + value.tobytes())
    return total.hexdigest()
