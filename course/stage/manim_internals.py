"""The module that reaches into Manim 0.22: camera, renderer, configuration, rules, state digests.

Not for scenes: they use `Chapter` and the pictures. When Manim moves, this file has to be read again, and
`filming`, which reaches into its file writer.
"""

import copy
import hashlib
import inspect
import multiprocessing.util
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cairo
import numpy as np
from manim import (
    Animation,
    CairoRenderer,
    ManimColor,
    Mobject,
    MovingCamera,
    RendererType,
    Scene,
    ScreenRectangle,
    SVGMobject,
    TracedPath,
    VMobject,
    config,
)
from manim.utils.exceptions import EndSceneEarlyException
from manim.utils.family import extract_mobject_family_members

from course.errors import CourseError, UsageError
from course.paths import films
from course.stage.display import Display
from course.stage.filming import StageFileWriter
from course.stage.painting import Box, Painter

SEED = 20_260
STAGE_WIDTH, STAGE_HEIGHT = 128 / 9, 8.0  # in units; Manim's default, which a configuration may have changed


# Configuration


_private: dict[int, str] = {}  # process id → its folder; a forked worker must not write into its parent's


def private_folder() -> str:
    """A folder of this process alone, removed when it ends.

    Manim's text and formula caches look, then write, and their names ignore the font files: shared between
    processes or between versions of a font they would show a half-written or a stale word.
    """
    folder = _private.get(os.getpid())
    if folder is None:
        folder = _private[os.getpid()] = tempfile.mkdtemp(prefix="noise-to-picture-")
        multiprocessing.util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=0)
    return folder


@contextmanager
def typesetting() -> Iterator[None]:
    """Set text and formulas in this block: on an endless page, and with this process's own caches.

    Manim wraps text at the film's width in pixels, and so differently at each quality.
    """
    names = ("pixel_width", "pixel_height", "text_dir", "tex_dir")
    before = {name: config[name] for name in names}
    config.pixel_width = config.pixel_height = 100_000
    config.text_dir, config.tex_dir = f"{private_folder()}/text", f"{private_folder()}/typst"
    try:
        yield
    finally:
        config.update(before)


def forget_svg(mobject: SVGMobject, keep: Collection[str] = ()) -> None:
    """Drop what Manim keeps of a parsed SVG: nobody reads it, and every copy copies it.

    That is its paths, and its groups but for those to `keep`: of a text, five times as many as glyphs.
    """
    for glyph in mobject.get_family():
        if hasattr(glyph, "path_obj"):
            glyph.path_obj = None
    groups = mobject.id_to_vgroup_dict
    mobject.id_to_vgroup_dict = {name: group for name, group in groups.items() if name in keep}


_PLAIN = frozenset(
    {bool, int, float, str, type(None), ManimColor}
)  # never changed, so that copies share them


def _copy(mobject: Mobject, memo: dict[int, Any]) -> Mobject:
    """As Manim copies, in half the time: every animation copies all that it moves."""
    made = mobject.__class__.__new__(mobject.__class__)
    memo[id(mobject)] = made
    attributes = vars(made)
    for name, value in vars(mobject).items():
        kind = type(value)
        if kind in _PLAIN:
            attributes[name] = value
        elif kind is np.ndarray and not value.dtype.hasobject and id(value) not in memo:
            attributes[name] = memo[id(value)] = value.copy("K")
        else:
            attributes[name] = copy.deepcopy(value, memo)
    attributes["original_id"] = str(id(mobject))
    return made


Mobject.__deepcopy__ = _copy


def settle(background: str) -> None:
    """Set Manim's configuration as a chapter needs it; call before Manim reads it to build a scene."""
    config.background_color = background
    config.disable_caching = True  # a second, cached run would lose sound
    config.notify_outdated_version = False  # a render asks no package index anything
    config.seed = SEED
    if str(config.media_dir) in ("media", "./media"):  # --media_dir was not given
        config.media_dir = films()
    config.text_dir, config.tex_dir = f"{private_folder()}/text", f"{private_folder()}/typst"
    if config.preview and not _opener():
        config.preview = False


def stage_size(width: int, height: int) -> tuple[int, int]:
    """The largest 16:9 area in a film of `width` × `height` pixels; one that is a pixel off has no bars."""
    wide, high = round(height * STAGE_WIDTH / STAGE_HEIGHT), round(width * STAGE_HEIGHT / STAGE_WIDTH)
    return (width if width <= wide + 1 else wide), (height if height <= high + 1 else high)


def _opener() -> bool:
    return sys.platform in ("darwin", "win32") or shutil.which("xdg-open") is not None


# Camera


Outline = list[tuple[list[float], list[list[float]], bool]]
"""Start, curves (two handles and an end each) and closedness of each subpath."""
Layer = list[tuple[cairo.ImageSurface, int, int]]
"""Pieces of a transparent frame, and where their top left corners lie: x, y in pixels."""
OUTLINES = 1000  # outlines that a camera remembers: what stands still is not taken apart in each frame


class StageCamera(MovingCamera):
    """A moving camera that draws pictures as Cairo patterns: a vector mobject with `pixels` is a picture.

    It sees the stage, which is 16:9 whatever shape the film has: see `StageRenderer.get_frame`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._outlines: dict[tuple[float, bytes], Outline] = {}
        config.frame_width, config.frame_height = STAGE_WIDTH, STAGE_HEIGHT
        width, height = stage_size(config.pixel_width, config.pixel_height)
        super().__init__(*args, **{"pixel_width": width, "pixel_height": height} | kwargs)

    def get_mobjects_to_display(self, mobjects: Any, *args: Any, **kwargs: Any) -> list[Mobject]:
        """As in Manim, without the camera's own frame, which is never seen."""
        found = super().get_mobjects_to_display(mobjects, *args, **kwargs)
        return [mobject for mobject in found if mobject is not self.frame]

    def reset_view(self) -> None:
        """Look at the default frame again."""
        self.frame = ScreenRectangle(height=config.frame_height, stroke_width=0)

    def display_vectorized(self, vmobject: VMobject, ctx: cairo.Context) -> "StageCamera":
        """Draw one vector mobject, or a picture: its pixels between the two layers of its stroke."""
        pixels = getattr(vmobject, "pixels", None)
        if pixels is None:
            super().display_vectorized(vmobject, ctx)
            return self
        corner, across, down = vmobject.get_corners()
        self._outline(ctx, vmobject, background=True)
        _draw_picture(ctx, pixels, corner, across, down, vmobject.get_fill_opacity())
        self._outline(ctx, vmobject, background=False)
        return self

    def _outline(self, ctx: cairo.Context, vmobject: VMobject, background: bool) -> None:
        if vmobject.get_stroke_width(background):
            self.set_cairo_context_path(ctx, vmobject)
            self.apply_stroke(ctx, vmobject, background)

    def set_cairo_context_path(self, ctx: cairo.Context, vmobject: VMobject) -> "StageCamera":
        """As in Manim, but an outline that was drawn before is remembered."""
        points = np.asarray(vmobject.points, dtype=np.float64)
        if len(points) == 0:
            return self
        key = (vmobject.tolerance_for_point_equality, points.tobytes())
        outline = self._outlines.get(key)
        if outline is None:
            if len(self._outlines) >= OUTLINES:
                self._outlines.clear()
            outline = self._outlines[key] = _outline(vmobject, points)
        ctx.new_path()
        curve_to = ctx.curve_to
        for start, curves, closed in outline:
            ctx.new_sub_path()
            ctx.move_to(*start)
            for curve in curves:
                curve_to(*curve)
            if closed:
                ctx.close_path()
        return self

    def layer(self, mobjects: Sequence[Mobject]) -> Layer:
        """`mobjects` as they stand in the default frame, to be laid over frames of this camera's size."""
        sheet = np.zeros((self.pixel_height, self.pixel_width, 4), np.uint8)
        ctx = cairo.Context(_surface(sheet))
        x, y = self.pixel_width / config.frame_width, self.pixel_height / config.frame_height
        ctx.set_matrix(cairo.Matrix(x, 0, 0, -y, self.pixel_width / 2, self.pixel_height / 2))
        for mobject in self.get_mobjects_to_display(mobjects):
            super().display_vectorized(mobject, ctx)
        rows = np.flatnonzero(sheet.any(axis=(1, 2)))
        bands = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []
        return [_cropped(sheet, band[0], band[-1] + 1) for band in bands]

    def lay(self, frame: np.ndarray, layer: Layer, box: Box | None = None) -> None:
        """Lay a layer over a finished frame (H, W, 4), or over a box of it."""
        ctx = cairo.Context(_surface(frame))
        if box is not None:
            ctx.rectangle(box[0], box[1], box[2] - box[0], box[3] - box[1])
            ctx.clip()
        for piece, left, top in layer:
            ctx.set_source_surface(piece, left, top)
            ctx.paint()

    def view(self) -> tuple[float, float, float, float]:
        """How units become pixels: pixels a unit across and down, and where the origin lies, x and y."""
        low, high = self.frame.points.min(axis=0), self.frame.points.max(axis=0)
        (wide, tall, _), middle = high - low, (low + high) / 2
        x, y = self.pixel_width / wide, self.pixel_height / tall
        return x, y, self.pixel_width / 2 - middle[0] * x, self.pixel_height / 2 + middle[1] * y


def _outline(vmobject: VMobject, points: np.ndarray) -> Outline:
    """Where Manim would begin, bend and close the subpaths of points (N, 3)."""
    if not np.isfinite(points).all():
        return []
    size, found = vmobject.n_points_per_cubic_curve, []
    for first, last in vmobject.get_subpath_split_indices_from_points(points, n_dims=2).tolist():
        flat = points[first:last, :2]
        if len(flat) >= size:
            whole = flat[: len(flat) // size * size].reshape(-1, size, 2)
            closed = vmobject.consider_points_equals_2d(flat[0], flat[-1])
            found.append((flat[0].tolist(), whole[:, 1:].reshape(-1, 2 * size - 2).tolist(), closed))
    return found


def _surface(pixels: np.ndarray) -> cairo.ImageSurface:
    """A Cairo surface over (H, W, 4) uint8, sharing its memory."""
    height, width = pixels.shape[:2]
    return cairo.ImageSurface.create_for_data(pixels.data, cairo.FORMAT_ARGB32, width, height)


def _cropped(sheet: np.ndarray, top: int, bottom: int) -> tuple[cairo.ImageSurface, int, int]:
    columns = np.flatnonzero(sheet[top:bottom].any(axis=(0, 2)))
    left = int(columns[0])
    piece = np.ascontiguousarray(sheet[top:bottom, left : columns[-1] + 1])
    return _surface(piece), left, int(top)


def _draw_picture(
    ctx: cairo.Context,
    pixels: np.ndarray,
    top_left: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    alpha: float,
) -> None:
    """Draw (H, W, 4) uint8: its first row runs along `across`, its first column along `down`."""
    height, width = pixels.shape[:2]
    xx, yx = across[:2] / width
    xy, yy = down[:2] / height
    if alpha <= 0 or abs(xx * yy - xy * yx) < 1e-12:
        return
    if (pixels[..., 3] != 255).any():  # Cairo wants colours multiplied by alpha
        weight = pixels[..., 3:].astype(np.uint16)
        pixels = np.concatenate(
            [((pixels[..., :3] * weight + 127) // 255).astype(np.uint8), pixels[..., 3:]], axis=2
        )
    surface = _surface(pixels)
    ctx.save()
    ctx.new_path()
    ctx.transform(cairo.Matrix(xx, yx, xy, yy, top_left[0], top_left[1]))
    ctx.rectangle(0, 0, width, height)
    ctx.set_source_surface(surface)
    pattern = ctx.get_source()
    device = ctx.get_matrix()
    shrinks = min(np.hypot(device.xx, device.yx), np.hypot(device.xy, device.yy)) < 1
    pattern.set_filter(cairo.FILTER_GOOD if shrinks else cairo.FILTER_NEAREST)
    pattern.set_extend(cairo.EXTEND_PAD)
    if alpha < 1:
        ctx.clip()
        ctx.paint_with_alpha(alpha)
    else:
        ctx.fill()
    ctx.restore()


# Renderer


_CAIRO = "A chapter is drawn with Cairo. Leave out --renderer=opengl, and take it out of manim.cfg."


@dataclass(frozen=True)
class Planned:
    """One animation of a run: its place among the plays, `start` and `frames` in frames, depth, and kind."""

    index: int
    start: int
    frames: int
    depth: str
    kind: str


class StageRenderer(CairoRenderer):
    """Manim's Cairo renderer in whole frames, which draws only its `only` and keeps a plan of everything.

    `only` is None to run every animation; some numbers to run those and end the scene after the last; an
    empty range to run none and go to the end, which yields the plan. An animation that is passed over leaves
    the scene as running it would. `before(scene, index)`, if set, is called before every animation, run or
    not. Of what is run, a frame is drawn if `wanted(index, place, frames)` says so, or is not set; `frames`
    are those of the animation. With `observe` set none is drawn, but `observe(index, digest, times)` told
    what each would show (`Display`).
    `sink(frame, box, times)`, if set, gets every finished frame (H, W, 4) uint8, the box outside of which it
    is as the one before, and how often it is shown; the array is written to again. `begin` is the number of
    the first frame that was drawn.
    """

    def __init__(self, **kwargs: Any) -> None:
        if config.renderer == RendererType.OPENGL:
            raise UsageError(_CAIRO)
        super().__init__(file_writer_class=StageFileWriter, camera_class=StageCamera, **kwargs)
        self.only: Collection[int] | None = None
        self.before: Callable[[Scene, int], None] | None = None
        self.wanted: Callable[[int, int, int], bool] | None = None
        self.observe: Callable[[int, str, int], None] | None = None
        self.sink: Callable[[np.ndarray, Box, int], None] | None = None
        self.plan: list[Planned] = []
        self._display: Display | None = None
        self._painter: Painter | None = None
        self._standing = b""
        self._moving: Iterable[Mobject] = ()
        self._length = 0
        self._place: int | None = None  # the frame within the animation that is run; None between animations
        self.frames = 0
        self.begin: int | None = None
        self.furniture = ()

    @property
    def furniture(self) -> Sequence[Mobject]:
        """What is drawn over every frame, whatever scene and camera do; it stands still until set anew."""
        return self._furniture

    @furniture.setter
    def furniture(self, mobjects: Sequence[Mobject]) -> None:
        self._furniture = tuple(mobjects)
        self._layer: Layer | None = None
        self._above: bytes | None = None

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Draw one animation or pass over it, and note it in the plan."""
        if self.only and self.num_plays > max(self.only):
            raise EndSceneEarlyException
        index, own = self.num_plays, self.only is None or self.num_plays in self.only
        if self.before is not None:
            self.before(scene, index)
        if own:
            self._place = 0
            super().play(scene, *args, **kwargs)
            self._place = None
        else:
            self._pass_over(scene, *args, **kwargs)
        scene.update_mobjects(0)
        frames = round(scene.duration * config.frame_rate)
        frozen = scene.is_current_animation_frozen_frame()
        kind = (
            "wait" if frozen else ", ".join(type(animation).__name__ for animation in scene.animations or ())
        )
        if frozen:
            scene.remove(scene.animations[0].mobject)  # Manim leaves an empty mobject behind each wait
        if own and not self.skip_animations:
            self.begin = self.frames if self.begin is None else self.begin
        self.plan.append(Planned(index, self.frames, frames, getattr(scene, "depth", ""), kind))
        self.frames += frames
        self.time = self.frames / config.frame_rate

    def _pass_over(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Bring the scene to where the animation leaves it, drawing nothing."""
        scene.compile_animation_data(*args, **kwargs)
        self.file_writer.add_partial_movie_file(None)
        self.animations_hashes.append(None)
        if not scene.is_current_animation_frozen_frame():
            for animation in scene.animations or ():
                animation._setup_scene(scene)
                animation.begin()
            check_pairs(scene)
            scene.update_to_time(scene.duration)
            for animation in scene.animations or ():
                animation.finish()
                animation.clean_up_from_scene(scene)
        self.static_image = None
        self.num_plays += 1

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Look at, or draw, what does not move in this animation."""
        self._moving, self._length = scene.moving_mobjects, round(scene.duration * config.frame_rate)
        if self.observe is not None:
            self._display = self._display or Display(self.camera)
            self._standing = self._display.digest(static_mobjects)
        elif not self.skip_animations:
            self._painter = self._painter or Painter(self.camera)
            self._painter.begin(static_mobjects, self._over())

    def update_frame(self, scene: Scene, mobjects: Iterable[Mobject] | None = None, **kwargs: Any) -> None:
        """As in Manim, but nothing within an animation, where `render` does it."""
        if self._place is None:
            super().update_frame(scene, mobjects, **kwargs)

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Look at, or draw, the next frame of this animation."""
        self._frame(moving_mobjects or (), 1)

    def freeze_current_frame(self, duration: float) -> None:
        """The frame of a wait, exactly round(duration · fps) times; Manim cuts off, and loses some."""
        self._frame(self._moving, round(duration * config.frame_rate))

    def _frame(self, moving: Iterable[Mobject], times: int) -> None:
        assert self._place is not None
        place, self._place = self._place, self._place + times
        if self.observe is not None:
            assert self._display is not None
            if self._above is None:
                self._above = self._display.digest(self._furniture)
            shown = self._display.frame(self._standing, self._display.digest(moving), self._above)
            self.observe(self.num_plays, shown, times)
        elif not self.skip_animations and (
            self.wanted is None or self.wanted(self.num_plays, place, self._length)
        ):
            assert self._painter is not None
            box, pixels = self._painter.paint(moving), self._painter.pixels
            if self.sink is None:
                self.add_frame(self._framed(pixels), times)
            elif pixels.shape[:2] == (config.pixel_height, config.pixel_width):
                self.sink(pixels, box, times)
            else:
                self.sink(self._framed(pixels), (0, 0, config.pixel_width, config.pixel_height), times)

    def get_frame(self) -> np.ndarray:
        """The frame (H, W, 4) uint8 that the camera has drawn, with the furniture over it."""
        frame = super().get_frame()
        self.camera.lay(frame, self._over())
        return self._framed(frame)

    def _over(self) -> Layer:
        if self._layer is None:
            self._layer = self.camera.layer(self._furniture)
        return self._layer

    def _framed(self, frame: np.ndarray) -> np.ndarray:
        """A frame of its own, with bars where the film is not 16:9."""
        height, width = frame.shape[:2]
        if (width, height) == (config.pixel_width, config.pixel_height):
            return frame.copy()
        whole = np.empty((config.pixel_height, config.pixel_width, 4), np.uint8)
        whole[:] = self.camera.background[0, 0]
        top, left = (config.pixel_height - height) // 2, (config.pixel_width - width) // 2
        whole[top : top + height, left : left + width] = frame
        return whole


class StageScene(Scene):
    """A scene in whole frames, with the stage's renderer and its rules. The base of `Chapter`."""

    renderer: StageRenderer

    def __init__(self, renderer: StageRenderer | None = None) -> None:
        if renderer is not None and not isinstance(renderer, StageRenderer):
            raise UsageError(_CAIRO)
        super().__init__(renderer=renderer or StageRenderer())
        width, height = config.pixel_width, config.pixel_height
        if self.renderer.file_writer.output_spec.is_video and (width % 2 or height % 2):
            raise UsageError(f"A film of {width}×{height} pixels cannot be encoded. Give even sizes.")

    def get_run_time(self, animations: list[Animation]) -> float:
        """The longest run time in seconds, rounded to whole frames, at least one."""
        return whole_frames(super().get_run_time(animations)) / config.frame_rate

    def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
        """A progress bar over exactly the frames' times; Manim's range is sometimes one too long."""
        return super().get_time_progression(run_time - 0.25 / config.frame_rate, *args, **kwargs)

    def begin_animations(self) -> None:
        """As in Manim, then check that pictures turn into pictures only."""
        super().begin_animations()
        check_pairs(self)

    def get_moving_mobjects(self, *animations: Animation) -> list[Mobject]:
        """Everything, when the camera moves."""
        moving = super().get_moving_mobjects(*animations)
        camera_frame = self.renderer.camera.frame
        animated = [member for animation in animations for member in animation.mobject.get_family()]
        return list(self.mobjects) if camera_frame in animated else moving

    def get_moving_and_static_mobjects(
        self, animations: Iterable[Animation]
    ) -> tuple[list[Mobject], list[Mobject]]:
        """As in Manim, but what a rule rebuilds is drawn as it is in each frame, not as in the first."""
        moving, static = super().get_moving_and_static_mobjects(animations)
        ruled = (mobject for mobject in moving if mobject.updaters)
        rebuilt = {id(member) for mobject in ruled for member in mobject.get_family()[1:]}
        return [mobject for mobject in moving if id(mobject) not in rebuilt], static

    def compile_animation_data(self, *args: Any, **kwargs: Any) -> Any:
        """As in Manim, then check the stage's rules, before anything is drawn."""
        result = super().compile_animation_data(*args, **kwargs)
        check_rules(self)
        return result

    def play(self, *args: Any, **kwargs: Any) -> None:
        """As in Manim, in whole frames; raises `CourseError` where a rule of the stage is broken."""
        self.update_mobjects(
            0
        )  # what follows a tracker shows its value even if it was set without an animation
        dice = _dice()
        super().play(*args, **kwargs)
        check_pairs(self)  # again: what comes later in a Succession had not begun
        if _dice() != dice:
            raise CourseError(
                f"An animation draws random numbers while it plays{where(self)}, so no two renders agree. "
                "Draw them before play() and use the results."
            )

    def wait(
        self, duration: float = 1.0, stop_condition: Any = None, frozen_frame: bool | None = None
    ) -> None:
        """Wait for `duration` seconds, in whole frames."""
        if stop_condition is not None:
            raise CourseError(
                f"wait(stop_condition=…) has no length that can be planned{where(self)}. Give seconds."
            )
        super().wait(duration, frozen_frame=frozen_frame)

    def add_updater(self, func: Callable[[float], None]) -> None:
        """Refused: see `check_rules`."""
        raise CourseError(f"The scene has an updater{where(self)}. {_INSTEAD}")


def whole_frames(seconds: float) -> int:
    """How many frames a duration in seconds takes at the current frame rate, at least one."""
    return max(1, round(seconds * config.frame_rate))


# The stage's rules


_INSTEAD = "Use drive(), Driven or LivePicture of course.stage: pure functions of a ValueTracker."


class Rule:
    """An updater the stage allows: a function of trackers' values alone, not run on copies of its owner."""

    # Manim asks for it in each frame, and finding it out takes longer than many a rule.
    __signature__ = inspect.Signature([inspect.Parameter("mobject", inspect.Parameter.POSITIONAL_OR_KEYWORD)])

    def __init__(self, owner: Mobject, apply: Callable[[Any], None]) -> None:
        self.owner, self.apply = owner, apply

    def __call__(self, mobject: Mobject) -> None:
        """Apply the rule to its owner."""
        if mobject is self.owner:
            self.apply(mobject)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Rule":
        return self


def check_rules(scene: Scene) -> None:
    """Raise `CourseError` if anything on stage moves by other means than animations and stage rules."""
    roots = list(scene.mobjects)
    for animation in scene.animations or ():
        roots += [
            mobject for mobject in (animation.mobject, getattr(animation, "target_mobject", None)) if mobject
        ]
    for mobject in extract_mobject_family_members(roots):
        if isinstance(mobject, TracedPath):
            raise CourseError(f"TracedPath remembers every frame that was drawn{where(scene)}. {_INSTEAD}")
        for updater in mobject.updaters:
            if isinstance(updater, Rule):
                continue
            if "dt" in inspect.signature(updater).parameters:
                what = "an updater with dt"
            elif "always_redraw" in getattr(updater, "__qualname__", ""):
                what = "an always_redraw"
            else:
                what = "an updater"
            raise CourseError(f"{mobject} has {what}{where(scene)}. {_INSTEAD}")


def check_pairs(scene: Scene) -> None:
    """Raise `CourseError` if a Transform that has begun turns a shape into a picture: a patch, on screen."""
    for animation in _single(scene.animations or ()):
        target = getattr(animation, "target_copy", None)
        if target is None:
            continue
        mine, others = animation.mobject.family_members_with_points(), target.family_members_with_points()
        for one, other in zip(mine, others, strict=False):
            if hasattr(other, "pixels") and not hasattr(one, "pixels"):
                raise CourseError(
                    f"{type(one).__name__} cannot turn into a picture{where(scene)}. "
                    "Use FadeOut and FadeIn, or FadeTransform."
                )


def _single(animations: Iterable[Animation]) -> Iterator[Animation]:
    """Every animation, those in groups and at a changed speed instead of the groups."""
    for animation in animations:
        within = getattr(animation, "animations", None) or [getattr(animation, "anim", None)]
        yield from _single(within) if within != [None] else [animation]


def where(scene: Scene) -> str:
    """' (file.py:12)' for the innermost line of the scene's own file that is being run, or nothing."""
    source = inspect.getsourcefile(type(scene))
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == source:
            return f" ({os.path.basename(source)}:{frame.f_lineno})"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def reseed() -> None:
    """Start every global random generator from the stage's seed."""
    random.seed(SEED)
    np.random.seed(SEED)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(SEED)


@contextmanager
def seeded_only(scene: Scene) -> Iterator[None]:
    """In this block, `np.random.default_rng()` without a seed in the scene's file raises `CourseError`."""
    source, original = inspect.getsourcefile(type(scene)), np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        if seed is None and sys._getframe(1).f_code.co_filename == source:
            raise CourseError(f"np.random.default_rng() has no seed{where(scene)}. Give it one.")
        return original(seed)

    np.random.default_rng = default_rng  # type: ignore[assignment]
    try:
        yield
    finally:
        np.random.default_rng = original


def _dice() -> tuple[Any, ...]:
    state: Any = np.random.get_state(legacy=False)
    return random.getstate(), state["state"]["key"].tobytes(), state["state"]["pos"]


# State and snapshots


def scene_state(scene: Scene) -> list[tuple[str, str]]:
    """What would be drawn, object by object, in drawing order: a name a person recognises, and a digest.

    Covers geometry (to 1e-6 units), colours, stroke widths, order, pixels, and the camera's frame. Digests of
    two runs are compared with `alike`.
    """
    state = []
    for mobject in extract_mobject_family_members(
        scene.mobjects, use_z_index=True, only_those_with_points=True
    ):
        if mobject is scene.renderer.camera.frame:
            continue
        state.append((_label(mobject), _digest(mobject)))
    state.append(("camera", _digest(scene.renderer.camera.frame)))
    return state


def _label(mobject: Mobject) -> str:
    words = getattr(mobject, "original_text", "") or getattr(mobject, "text", "")
    return f"{type(mobject).__name__} {words!r}" if words else type(mobject).__name__


def alike(one: str, other: str) -> bool:
    """Whether two digests of `scene_state` stand for the same object, up to the last bits of numbers."""
    return any(mine == theirs for mine, theirs in zip(one.split(), other.split(), strict=True))


def _digest(mobject: Mobject) -> str:
    """Two digests, rounded on grids half a step apart, which start at odd places.

    Passing over computes in another order than drawing does. What lies on the edge of one grid, where the
    last bit decides, is far from the edges of the other.
    """
    totals = [hashlib.sha256(), hashlib.sha256()]
    numbers = ["points", "fill_rgbas", "stroke_rgbas", "background_stroke_rgbas", "stroke_width"]
    for name in (*numbers, "background_stroke_width", "z_index"):
        value = np.asarray(getattr(mobject, name, 0.0), dtype=np.float64)
        for total, offset in zip(totals, (0.1234567, 0.6234567), strict=True):
            cells = np.floor(value * 1e6 + offset).astype(np.int64)
            total.update(name.encode() + str(value.shape).encode() + cells.tobytes())
    pixels = getattr(mobject, "pixels", None)
    for total in totals:
        if pixels is not None:
            total.update(str(pixels.shape).encode() + pixels.tobytes())
    return " ".join(total.hexdigest()[:20] for total in totals)


def snapshot(mobject: Mobject, width: int, height: int, background: str) -> np.ndarray:
    """`mobject` as it stands in the default frame, (height, width, 3) uint8: for thumbnails and tests."""
    camera = StageCamera(pixel_width=width, pixel_height=height, background_color=background)
    camera.capture_mobject(mobject)
    return camera.pixel_array[..., :3].copy()
