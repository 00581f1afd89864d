"""Pictures: the pixels a viewer sees are the pixels of the capture, wherever and however they are drawn."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import (
    DEGREES,
    DOWN,
    LEFT,
    PI,
    RESAMPLING_ALGORITHMS,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Camera,
    ChangeSpeed,
    Circumscribe,
    Create,
    DrawBorderThenFill,
    FadeIn,
    FadeOut,
    FadeTransform,
    Group,
    GrowFromCenter,
    ImageMobject,
    Indicate,
    LaggedStart,
    Line,
    Mobject,
    MoveAlongPath,
    ReplacementTransform,
    Rotate,
    Scene,
    ShowPassingFlash,
    ShrinkToCenter,
    SpinInFromNothing,
    Square,
    Succession,
    Text,
    Transform,
    TransformFromCopy,
    Uncreate,
    ValueTracker,
    VGroup,
    Write,
    tempconfig,
)
from numpy.typing import NDArray
from PIL import Image

from course.errors import CourseError
from course.stage import LivePicture, Mosaic, Picture, PictureGrid, Seam, Walk, theme
from course.stage.manim_internals import StageCamera, StageScene

WIDTH, HEIGHT = 320, 180
UNIT = HEIGHT / 8  # screen pixels to a unit
BACKGROUND = tuple(int(theme.BACKGROUND[k : k + 2], 16) for k in (1, 3, 5))


@pytest.fixture(autouse=True)
def small_screen(tmp_path: Path) -> Iterator[None]:
    settings = {
        "pixel_width": WIDTH,
        "pixel_height": HEIGHT,
        "frame_rate": 10,
        "dry_run": True,
        "progress_bar": "none",
        "background_color": theme.BACKGROUND,
        "media_dir": str(tmp_path),
    }
    with tempconfig(settings):
        yield


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def drawn(*mobjects: Mobject, camera: Camera | None = None) -> np.ndarray:
    """What the camera sees, (H, W, 3) int."""
    camera = camera or StageCamera()
    camera.reset()
    camera.capture_mobjects(mobjects)
    return camera.pixel_array[..., :3].astype(int)


def random_picture(rng: np.random.Generator, size: int = 32, alpha: bool = False) -> np.ndarray:
    return rng.integers(0, 256, (size, size, 3 + alpha), dtype=np.uint8)


def place(top: int, left: int, size: int) -> tuple[float, list[float]]:
    """Height and centre, in units, of a picture whose sides lie on screen pixels."""
    return size / UNIT, [(left + size / 2 - WIDTH / 2) / UNIT, (HEIGHT / 2 - top - size / 2) / UNIT, 0]


def pasted(array: np.ndarray, top: int, left: int, size: int, opacity: float = 1) -> np.ndarray:
    """The same with Pillow alone."""
    screen = Image.new("RGBA", (WIDTH, HEIGHT), (*BACKGROUND, 255))
    picture = Image.fromarray(array).convert("RGBA").resize((size, size), Image.Resampling.NEAREST)
    picture.putalpha(picture.getchannel("A").point(lambda a: round(a * opacity)))
    layer = Image.new("RGBA", screen.size)
    layer.paste(picture, (left, top))
    return np.array(Image.alpha_composite(screen, layer))[..., :3].astype(int)


# Equality with Manim and with Pillow


@pytest.mark.parametrize("size", [32, 64, 96, 128])
def test_an_aligned_picture_equals_the_one_manim_draws(rng: np.random.Generator, size: int) -> None:
    array = random_picture(rng)
    height, center = place(20, 40, size)
    ours = Picture(array, height).move_to(center)
    theirs = ImageMobject(array).set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
    theirs.height = height
    theirs.move_to(center)
    difference = np.abs(drawn(ours) - drawn(theirs, camera=Camera()))
    assert difference.max() <= 1
    assert (drawn(ours) == pasted(array, 20, 40, size)).all()


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5, 0.8])
def test_opacity_equals_an_independent_composition(rng: np.random.Generator, opacity: float) -> None:
    array = random_picture(rng)
    height, center = place(30, 100, 64)
    picture = Picture(array, height).move_to(center).set_opacity(opacity)
    assert np.abs(drawn(picture) - pasted(array, 30, 100, 64, opacity)).max() <= 2


def test_transparent_pixels_let_the_background_through(rng: np.random.Generator) -> None:
    array = random_picture(rng, alpha=True)
    height, center = place(30, 100, 64)
    assert np.abs(drawn(Picture(array, height).move_to(center)) - pasted(array, 30, 100, 64)).max() <= 2


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_quarter_turns_move_pixels_exactly(rng: np.random.Generator, quarter: int) -> None:
    array = random_picture(rng)
    height, center = place(30, 100, 64)
    turned = drawn(Picture(array, height).move_to(center).rotate(quarter * PI / 2))
    assert (turned == pasted(np.rot90(array, quarter), 30, 100, 64)).mean() > 0.999


def test_a_rotated_picture_equals_an_independent_composition(rng: np.random.Generator) -> None:
    array, angle = random_picture(rng, 8), 25 * DEGREES
    height, center = place(42, 112, 96)
    ours = drawn(Picture(array, height).move_to(center).rotate(angle))
    # Pillow wants the inverse: screen pixel → picture pixel
    scale, middle_x, middle_y = 8 / 96, 112 + 48, 42 + 48
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    inverse = (c, -s, 4 - c * middle_x + s * middle_y, s, c, 4 - s * middle_x - c * middle_y)
    layer = (
        Image.fromarray(array)
        .convert("RGBA")
        .transform((WIDTH, HEIGHT), Image.Transform.AFFINE, inverse, Image.Resampling.NEAREST)
    )
    screen = Image.new("RGBA", (WIDTH, HEIGHT), (*BACKGROUND, 255))
    theirs = np.array(Image.alpha_composite(screen, layer))[..., :3].astype(int)
    inside = np.array(layer)[..., 3] == 255
    inside[1:-1, 1:-1] &= inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    assert inside.sum() > 8000
    assert (ours[inside] == theirs[inside]).all(
        axis=1
    ).mean() > 0.995  # the rest lies exactly between two pixels
    outside = np.array(layer)[..., 3] == 0
    outside[1:-1, 1:-1] &= outside[:-2, 1:-1] & outside[2:, 1:-1] & outside[1:-1, :-2] & outside[1:-1, 2:]
    assert (ours[outside] == BACKGROUND).all()


def test_a_mirrored_picture_is_mirrored(rng: np.random.Generator) -> None:
    array = random_picture(rng)
    height, center = place(30, 100, 64)
    assert (
        drawn(Picture(array, height).move_to(center).flip(UP)) == pasted(array[:, ::-1], 30, 100, 64)
    ).all()


def test_a_shrunken_picture_is_averaged_not_thinned_out() -> None:
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2 * 255
    array = np.repeat(checkerboard[..., None], 3, axis=2).astype(np.uint8)
    height, center = place(80, 150, 16)
    inside = drawn(Picture(array, height).move_to(center))[82:94, 152:164]
    assert np.abs(inside - 127.5).max() < 30


# On stage with other things


def test_pictures_and_shapes_overlap_in_the_order_they_were_added() -> None:
    red = np.full((2, 2, 3), [255, 0, 0], np.uint8)
    cover = Square(1, fill_opacity=1, fill_color="#00ff00", stroke_width=0)
    middle = (HEIGHT // 2, WIDTH // 2)
    assert tuple(drawn(Picture(red, 3), cover)[middle]) == (0, 255, 0)
    assert tuple(drawn(cover, Picture(red, 3))[middle]) == (255, 0, 0)
    assert tuple(
        drawn(VGroup(cover, Picture(red, 3)), Line(LEFT, RIGHT, color="#0000ff", stroke_width=90))[middle]
    ) == (0, 0, 255)
    assert tuple(drawn(cover.copy().set_z_index(1), Group(Picture(red, 3)))[middle]) == (0, 255, 0)


def test_a_zooming_camera_shows_the_picture_bigger(rng: np.random.Generator) -> None:
    array = random_picture(rng)
    camera = StageCamera()
    camera.frame.scale(0.5)
    small, big = Picture(array, 32 / UNIT), Picture(array, 64 / UNIT)
    assert (drawn(small, camera=camera) == drawn(big)).all()


def test_a_border_is_a_stroke(rng: np.random.Generator) -> None:
    picture = Picture(random_picture(rng), 3).set_stroke(theme.SIGNAL, 6)
    edge = (HEIGHT // 2, round(WIDTH / 2 - 1.5 * UNIT))
    assert np.abs(drawn(picture)[edge] - [0x2B, 0xD4, 0xFF]).max() < 40


def test_copies_share_pixels_and_nothing_else(rng: np.random.Generator) -> None:
    picture = Picture(random_picture(rng))
    twin = copy.deepcopy(picture).shift(UP).set_opacity(0.5)
    assert twin.pixels is picture.pixels
    assert picture.get_center()[1] == pytest.approx(0)
    assert picture.get_fill_opacity() == 1


# Animations


class Stage(StageScene):
    """Plays one animation and keeps its frames."""

    def run(self, *animations: Animation, run_time: float = 1.0) -> list[np.ndarray]:
        frames: list[np.ndarray] = []

        def keep(frame: np.ndarray, num_frames: int = 1) -> None:
            frames.extend([frame] * num_frames)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.renderer, "add_frame", keep)
            self.play(*animations, run_time=run_time)
        return frames


TAKES_PICTURES: dict[str, Callable[[Picture, Picture], Animation]] = {
    "FadeIn": lambda a, b: FadeIn(a, shift=UP),
    "FadeOut": lambda a, b: FadeOut(a, scale=0.5),
    "animate": lambda a, b: a.animate.shift(UP).scale(0.5).set_opacity(0.4).build(),
    "Transform": Transform,
    "ReplacementTransform": ReplacementTransform,
    "TransformFromCopy": TransformFromCopy,
    "FadeTransform": FadeTransform,
    "FadeTransform into text": lambda a, b: FadeTransform(a, Text("x")),
    "GrowFromCenter": lambda a, b: GrowFromCenter(a),
    "ShrinkToCenter": lambda a, b: ShrinkToCenter(a),
    "SpinInFromNothing": lambda a, b: SpinInFromNothing(a),
    "Rotate": lambda a, b: Rotate(a, 1.0),
    "MoveAlongPath": lambda a, b: MoveAlongPath(a, Line(LEFT, RIGHT)),
    "Indicate": lambda a, b: Indicate(a),
    "Circumscribe": lambda a, b: Circumscribe(a),
    "AnimationGroup": lambda a, b: AnimationGroup(FadeIn(a), FadeIn(b)),
    "LaggedStart": lambda a, b: LaggedStart(FadeIn(a), FadeIn(b)),
    "Succession": lambda a, b: Succession(FadeIn(a), FadeOut(a)),
    "groups": lambda a, b: Transform(VGroup(a.copy()), VGroup(b, b.copy().shift(UP))),
}


@pytest.mark.parametrize("name", TAKES_PICTURES)
def test_this_animation_takes_a_picture(rng: np.random.Generator, name: str) -> None:
    one, other = Picture(random_picture(rng)), Picture(random_picture(rng), 2).shift(RIGHT)
    frames = Stage().run(TAKES_PICTURES[name](one, other), run_time=0.4)
    assert len(frames) == 4
    assert len({frame.tobytes() for frame in frames}) >= 3  # something moves


@pytest.mark.parametrize("animation", [Create, Uncreate, Write, DrawBorderThenFill, ShowPassingFlash])
def test_animations_that_draw_outlines_say_what_to_use_instead(
    rng: np.random.Generator, animation: Any
) -> None:
    with pytest.raises(CourseError, match="Create, Write and their kin"):
        Stage().run(animation(Picture(random_picture(rng))))


def test_a_picture_turns_only_into_a_picture_of_equal_size(rng: np.random.Generator) -> None:
    picture = Picture(random_picture(rng))
    with pytest.raises(CourseError, match="32×32 pixels cannot turn into one of 16×16"):
        Stage().run(Transform(picture, Picture(random_picture(rng, 16))))
    with pytest.raises(CourseError, match="cannot turn into Square"):
        Stage().run(Transform(picture, Square()))


@pytest.mark.parametrize(
    "within",
    [
        lambda transform: transform,
        lambda transform: AnimationGroup(FadeIn(Square()), transform),
        lambda transform: AnimationGroup(FadeIn(Square()), LaggedStart(FadeIn(Square()), transform)),
        lambda transform: Succession(FadeIn(Square()), transform),  # begins only while the film runs
        lambda transform: ChangeSpeed(transform, {0: 1, 1: 2}),
    ],
)
def test_a_shape_does_not_turn_into_a_picture_however_deep_the_animation_lies(
    rng: np.random.Generator, within: Any
) -> None:
    with pytest.raises(CourseError, match="Square cannot turn into a picture"):
        Stage().run(within(Transform(Square(), Picture(random_picture(rng)))))


def test_halfway_through_a_transform_pixels_are_averages(rng: np.random.Generator) -> None:
    one, other = random_picture(rng), random_picture(rng)
    picture, target = Picture(one), Picture(other)
    transform = Transform(picture, target, rate_func=lambda t: t)
    transform.begin()
    transform.interpolate(0.5)
    halfway = (one.astype(float) + other) / 2
    assert np.abs(picture.pixels[..., :3] - halfway).max() <= 0.5
    transform.finish()
    assert (picture.pixels[..., :3] == other).all()


def test_fading_in_goes_through_half_opacity(rng: np.random.Generator) -> None:
    array = random_picture(rng)
    height, center = place(30, 100, 64)
    frames = Stage().run(FadeIn(Picture(array, height).move_to(center), rate_func=lambda t: t))
    assert np.abs(frames[5][..., :3].astype(int) - pasted(array, 30, 100, 64, 0.5)).max() <= 2


def test_set_pixels_can_be_animated(rng: np.random.Generator) -> None:
    one, other = random_picture(rng), random_picture(rng)
    picture = Picture(one)
    Stage().run(picture.animate.set_pixels(other))
    assert (picture.pixels[..., :3] == other).all()
    with pytest.raises(CourseError, match="32×32 pixels, the new one 16×16"):
        picture.set_pixels(random_picture(rng, 16))


# Films


@pytest.fixture
def film() -> np.ndarray:
    """Frame k is (k·10, 0, 255 − k·10) everywhere; 31 frames of 4×4."""
    k = np.arange(31)[:, None, None]
    frames = np.stack([k * 8, 0 * k, 255 - k * 8], axis=-1)
    return np.broadcast_to(frames, (31, 4, 4, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("value", "frame"), [(0, 0), (0.49, 0), (0.5, 1), (1.5, 2), (29.6, 30), (99, 30), (-4, 0)]
)
def test_a_walk_shows_the_nearest_frame_and_stays_at_its_ends(
    film: NDArray[np.uint8], value: float, frame: int
) -> None:
    assert (Walk(film, ValueTracker(value)).pixels[..., :3] == film[frame]).all()


def test_a_walk_may_crossfade(film: NDArray[np.uint8]) -> None:
    pixels = Walk(film, ValueTracker(2.25), crossfade=True).pixels[..., :3]
    assert (pixels == np.rint(0.75 * film[2] + 0.25 * film[3])).all()


def test_a_walk_goes_on_while_it_moves_and_fades(film: NDArray[np.uint8]) -> None:
    t = ValueTracker(0)
    walk = Walk(film, t, height=6)
    stage = Stage()
    stage.add(walk)
    frames = stage.run(t.animate(rate_func=lambda a: a).set_value(10), walk.animate.shift(0.5 * LEFT))
    reds = [int(frame[HEIGHT // 2, WIDTH // 2, 0]) for frame in frames]
    assert reds == [8 * k for k in range(10)]
    frames = stage.run(t.animate(rate_func=lambda a: a).set_value(20), FadeOut(walk, rate_func=lambda a: a))
    assert int(frames[5][HEIGHT // 2, WIDTH // 2, 0]) == pytest.approx((8 * 15 + BACKGROUND[0]) / 2, abs=2)


def test_a_walk_follows_a_tracker_set_by_hand(film: NDArray[np.uint8]) -> None:
    t = ValueTracker(0)
    walk = Walk(film, t, height=6)
    stage = Stage()
    stage.add(walk)
    t.set_value(12)
    assert stage.run(FadeIn(Square().shift(5 * RIGHT)))[0][HEIGHT // 2, WIDTH // 2, 0] == 96


def test_a_copy_of_a_walk_follows_and_a_still_does_not(film: NDArray[np.uint8]) -> None:
    t = ValueTracker(3)
    walk = Walk(film, t).shift(UP).set_opacity(0.5)
    twin, still = walk.copy(), walk.still()
    t.set_value(9)
    assert (twin.pixels[..., :3] == film[9]).all()
    assert (still.pixels[..., :3] == film[3]).all()
    assert still.get_center() == pytest.approx(walk.get_center())
    assert still.get_fill_opacity() == 0.5


def test_a_walk_that_turned_into_a_picture_stays_it(film: NDArray[np.uint8]) -> None:
    t = ValueTracker(0)
    walk, ending = Walk(film, t), Picture(film[30])
    stage = Stage()
    stage.add(walk)
    stage.run(Transform(walk, ending))
    t.set_value(5)
    assert (walk.pixels[..., :3] == film[30]).all()


def test_a_live_picture_paints_what_its_trackers_say() -> None:
    x, y = ValueTracker(1), ValueTracker(2)
    live = LivePicture(lambda a, b: np.full((2, 2, 3), 10 * a + b, np.uint8), x, y)
    assert (live.pixels[..., :3] == 12).all()
    x.set_value(4)
    assert (live.pixels[..., :3] == 42).all()


def test_a_seam_shows_what_it_is_on_the_left_and_the_guess_on_the_right(rng: np.random.Generator) -> None:
    states = rng.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    guesses = rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    t = ValueTracker(2)
    seam = Seam(states, guesses, t)
    assert (seam.pixels[:, :4, :3] == states[2, :, :4]).all()
    assert (seam.pixels[:, 4:, :3] == guesses[2, :, 4:]).all()
    t.set_value(4)  # the finished picture: there is no further guess
    assert (seam.pixels[:, :4, :3] == states[4, :, :4]).all()
    assert (seam.pixels[:, 4:, :3] == guesses[3, :, 4:]).all()
    assert seam.line.get_center() == pytest.approx(seam.get_center())
    with pytest.raises(CourseError, match="8×8 and 4×4"):
        Seam(states, guesses[:, :4, :4], t)


def test_the_seam_goes_where_nothing_is_left_to_tell_apart(rng: np.random.Generator) -> None:
    states = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    guesses = states[[0, 2]] // np.array([2, 1], np.uint8).reshape(2, 1, 1, 1)
    t = ValueTracker(1)
    seam = Seam(states, guesses, t)
    seam.update()
    assert seam.line.get_stroke_opacity() > 0
    t.set_value(2)
    seam.update()
    assert seam.line.get_stroke_opacity() == 0


# Many pictures


def test_a_mosaic_fills_the_safe_frame_in_reading_order(rng: np.random.Generator) -> None:
    frames = rng.integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
    mosaic = Mosaic(frames)
    assert mosaic.height == pytest.approx(theme.SAFE_HEIGHT)
    assert mosaic.get_bottom()[1] >= theme.CAPTION_TOP - 1e-6
    assert mosaic.get_top()[1] <= theme.SAFE_TOP + 1e-6
    assert (mosaic[7].pixels[..., :3] == frames[7]).all()
    assert mosaic[5].get_center()[1] == pytest.approx(mosaic[0].get_center()[1])
    assert mosaic[6].get_center()[0] == pytest.approx(mosaic[0].get_center()[0])
    assert mosaic[6].get_center()[1] < mosaic[0].get_center()[1]


def test_a_grid_has_its_pictures_where_rows_and_columns_say(rng: np.random.Generator) -> None:
    pictures = rng.integers(0, 256, (2, 3, 8, 8, 3), dtype=np.uint8)
    grid = PictureGrid(pictures, 4, rows=["seed 1", "seed 2"], columns=["a", "b", "c"])
    assert (grid[1, 2].pixels[..., :3] == pictures[1, 2]).all()
    assert [picture.pixels.tobytes() for picture in grid.row(1)] == [
        grid[1, c].pixels.tobytes() for c in range(3)
    ]
    assert grid.column(2)[0] is grid[0, 2]
    assert VGroup(*grid.row(0), *grid.row(1)).height == pytest.approx(4)
    assert grid.row_words[1].get_right()[0] < grid[1, 0].get_left()[0]
    assert grid.column_words[2].get_center()[0] == pytest.approx(grid[0, 2].get_center()[0])
    assert grid.column_words[0].get_bottom()[1] > grid[0, 0].get_top()[1]
    with pytest.raises(CourseError, match="2 row words and 3 column words"):
        PictureGrid(pictures, rows=["only one"])


def test_pixel_centers_are_where_the_pixels_are_drawn(rng: np.random.Generator) -> None:
    array = np.zeros((8, 8, 3), np.uint8)
    array[2, 5] = 255
    picture = Picture(array, 6).rotate(0.3).shift(DOWN * 0.3)
    x, y, _ = picture.pixel_center(2, 5)
    assert tuple(drawn(picture)[round(HEIGHT / 2 - y * UNIT), round(WIDTH / 2 + x * UNIT)]) == (255, 255, 255)


# Bad input


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((32, 32), np.uint8), r"\(H, W, 3 or 4\), not \(32, 32\)"),
        (np.zeros((3, 32, 32), np.uint8), r"not \(3, 32, 32\)"),
        (np.zeros((0, 32, 3), np.uint8), r"not \(0, 32, 3\)"),
        (np.zeros((32, 32, 3)), "uint8 values from 0 to 255, not float64"),
        (np.full((32, 32, 3), np.nan), "Picture.from_model"),
    ],
)
def test_an_array_that_is_no_picture_is_refused_in_one_sentence(array: NDArray[Any], says: str) -> None:
    with pytest.raises(CourseError, match=says):
        Picture(array)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((4, 8, 8)), "Decode latents first"),
        (np.zeros((8, 8, 3)), r"not \(8, 8, 3\)"),
        (np.zeros((2, 3, 8, 8)), r"one picture \(C, H, W\)"),
        (np.full((3, 8, 8), np.nan), "192 of the picture's 192 values are not finite"),
        (np.full((1, 8, 8), np.inf), "not finite"),
    ],
)
def test_model_units_that_are_no_picture_are_refused_in_one_sentence(array: NDArray[Any], says: str) -> None:
    with pytest.raises(CourseError, match=says):
        Picture.from_model(array)


def test_films_and_mosaics_refuse_what_is_no_film() -> None:
    with pytest.raises(CourseError, match=r"\(N, H, W, 3 or 4\)"):
        Walk(np.zeros((8, 8, 3), np.uint8), ValueTracker(0))
    with pytest.raises(CourseError, match="at least one picture"):
        Mosaic(np.zeros((0, 8, 8, 3), np.uint8))
    with pytest.raises(CourseError, match="rows, columns"):
        PictureGrid(np.zeros((6, 8, 8, 3), np.uint8))


def test_model_units_become_pixels() -> None:
    values = np.array([-1.0, 0.0, 1.0, 3.0, -2.0, 0.5]).reshape(1, 2, 3)
    pixels = Picture.from_model(values).pixels
    assert pixels[..., 0].ravel().tolist() == [0, 128, 255, 255, 0, 191]
    assert (pixels[..., 3] == 255).all()
    colors = Picture.from_model(np.stack([np.full((2, 2), v) for v in (-1, 1, 0)])).pixels
    assert colors[0, 0].tolist() == [0, 255, 128, 255]


def test_a_foreign_scene_shows_an_obvious_mistake_not_a_blank(rng: np.random.Generator) -> None:
    """Under Manim's own camera a picture is a coral patch: nobody takes it for the picture."""
    scene = Scene()
    scene.camera.capture_mobjects([Picture(random_picture(rng), 4)])
    assert tuple(scene.camera.pixel_array[HEIGHT // 2, WIDTH // 2, :3]) == (0xEA, 0x65, 0x49)
