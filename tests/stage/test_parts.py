"""The storyboard's parts: they show the numbers they were given, readably, and alike on every worker."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from manim import FadeIn, Mobject, Text, ValueTracker, config, tempconfig
from PIL import Image

from course.errors import CourseError
from course.stage.manim_internals import StageScene, snapshot
from course.stage.parts.digits import LiveNumber, finite, on_baseline, written
from course.stage.parts.maps import AttentionOverlay, EmbeddingMap
from course.stage.parts.pictures import Picture
from course.stage.parts.plots import Axes, BarPlot, LinePlot, SchedulePlot, ticks
from course.stage.parts.sliders import Faders, StepDots
from course.stage.parts.tables import NumberedTensor, TensorTable
from course.stage.parts.zoom import PixelZoom
from course.stage.theme import AXIS, BACKGROUND, LABEL, SAFE_CENTER, SAFE_HEIGHT, SAFE_WIDTH, text
from tests.stage import gallery_scene
from tests.stage.digests import scene_digest

SNAPSHOTS = Path(__file__).parent / "snapshots"
line_plot = partial(LinePlot, x_label="step", y_label="amount")


@pytest.fixture(autouse=True)
def private_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.getbasetemp()
    with tempconfig(
        {"media_dir": str(folder), "tex_dir": str(folder / "typst"), "text_dir": str(folder / "text")}
    ):
        yield


# What it looks like


def _difference(seen: np.ndarray, stored: np.ndarray) -> float:
    """The largest mean difference, in levels of 255, of any 16 × 16 tile: what an eye would notice."""
    gap = np.abs(seen.astype(float) - stored).mean(axis=-1)
    height, width = (16 * (side // 16) for side in gap.shape)
    return float(gap[:height, :width].reshape(height // 16, 16, width // 16, 16).mean(axis=(1, 3)).max())


@pytest.mark.parametrize("name", gallery_scene.PARTS)
def test_a_part_looks_as_it_did_when_somebody_looked(name: str) -> None:
    seen = snapshot(gallery_scene.PARTS[name](), 480, 270, BACKGROUND)
    stored = np.asarray(Image.open(SNAPSHOTS / f"{name}.png").convert("RGB"))
    assert _difference(seen, stored) < 6


def test_the_comparison_notices_a_missing_word() -> None:
    plot = gallery_scene.PARTS["bars"]()
    stored = np.asarray(Image.open(SNAPSHOTS / "bars.png").convert("RGB"))
    plot.remove(plot.names["seed"])
    assert _difference(snapshot(plot, 480, 270, BACKGROUND), stored) > 12


@pytest.mark.parametrize("name", gallery_scene.PARTS)
def test_every_word_of_a_part_is_large_enough_for_a_phone(name: str) -> None:
    part = gallery_scene.PARTS[name]()
    words = [member for member in part.get_family() if isinstance(member, Text)]
    assert all(word.font_size > AXIS - 0.5 for word in words)
    assert all(
        word.font_size > LABEL - 0.5 for word in words if any(sign.isalpha() for sign in word.original_text)
    )


# Numbers that are no numbers


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_refused_with_its_place(bad: float) -> None:
    good, spoilt = np.ones(4), np.array([0.5, 0.5, bad, 0.5])
    step = ValueTracker(2)
    with pytest.raises(CourseError, match=r"curve “loss” has 1 of 4 values.*first at \[2\]"):
        line_plot(np.arange(4), {"loss": spoilt}, colors={})
    with pytest.raises(CourseError, match="plot's x has 1 of 4"):
        line_plot(spoilt, {"loss": good}, colors={})
    with pytest.raises(CourseError, match="bar “b” has 1"):
        BarPlot({"a": 1.0, "b": bad}, y_label="share", colors={})
    with pytest.raises(CourseError, match="schedule has 1"):
        SchedulePlot(spoilt)
    with pytest.raises(CourseError, match="fader “noise” has 1"):
        Faders({"noise": spoilt}, step, {})
    with pytest.raises(CourseError, match="table has 1"):
        TensorTable(spoilt[None])
    with pytest.raises(CourseError, match="map has 1 of 4"):
        EmbeddingMap(np.array([[0.0, bad], [1.0, 1.0]]), np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(CourseError, match="attention map has 1"):
        AttentionOverlay(Picture(np.zeros((4, 4, 3), np.uint8)), spoilt.reshape(2, 2))
    with pytest.raises(CourseError, match="running number has 1"):
        LiveNumber(lambda x: spoilt[int(x)], step)


def test_data_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(CourseError, match=r"curve “loss” has shape \(3,\) over an x of shape \(4,\)"):
        line_plot(np.arange(4), {"loss": np.ones(3)}, colors={})
    with pytest.raises(CourseError, match="must rise"):
        line_plot([0, 2, 1], {"loss": np.ones(3)}, colors={})
    with pytest.raises(CourseError, match="has no length"):
        Axes((1, 1), (0, 1), "step", "amount")
    with pytest.raises(CourseError, match="no values"):
        finite([], "The list")
    with pytest.raises(CourseError, match="between 0 and 1"):
        SchedulePlot([0.5, 1.5])
    with pytest.raises(CourseError, match="as many points"):
        EmbeddingMap(np.zeros((3, 2)), np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(CourseError, match="2 rows and 1 names"):
        TensorTable(np.ones((2, 2)), ["a"])
    with pytest.raises(CourseError, match="do not fit into 4×4"):
        PixelZoom(Picture(np.zeros((4, 4, 3), np.uint8)), 1, 1)
    with pytest.raises(CourseError, match="wider than its bar"):
        BarPlot({"a very long name indeed": 1.0, "b": 1.0}, y_label="share", colors={}, width=3)


# Plots tell the truth


def test_a_point_of_the_data_stands_where_the_axes_say_even_after_the_plot_has_moved() -> None:
    plot = line_plot([0, 10], {"a": [0.0, 4.0]}, colors={}, y_range=(0, 8))
    plot.scale(0.5).shift([1, 2, 0])
    numbers = {word.original_text: word for word in plot.axes if isinstance(word, Text)}
    # Halfway up the axis is 4; the curve ends there, at the right end.
    np.testing.assert_allclose(plot.curves["a"].get_end(), plot.point(10, 4), atol=1e-6)
    assert plot.point(10, 4)[1] == pytest.approx(numbers["4"].get_y(), abs=0.02)
    assert plot.point(10, 0)[0] == pytest.approx(numbers["10"].get_x(), abs=0.02)


def test_a_curves_marker_rides_on_the_data() -> None:
    plot = line_plot([0, 1, 3], {"a": [0.0, 1.0, 5.0]}, colors={})
    at = ValueTracker(2)
    marker, line = plot.marker("a", at), plot.line_at(at)
    np.testing.assert_allclose(marker.get_center(), plot.point(2, 3), atol=1e-6)
    at.set_value(0.5)
    marker.update(0)
    line.update(0)
    np.testing.assert_allclose(marker.get_center(), plot.point(0.5, 0.5), atol=1e-6)
    assert line.get_x() == pytest.approx(marker.get_x())


def test_the_two_curves_of_a_schedule_cross_where_picture_and_noise_are_equal() -> None:
    plot = SchedulePlot(np.linspace(0, 1, 11))
    assert plot.value("picture", 5) == pytest.approx(np.sqrt(0.5))
    assert plot.value("noise", 5) == pytest.approx(np.sqrt(0.5))


def test_bars_are_as_long_as_their_numbers_and_negative_ones_hang() -> None:
    plot = BarPlot({"a": 2.0, "b": 1.0, "c": -1.0}, y_label="share", colors={})
    heights = {name: bar.height for name, bar in plot.bars.items()}
    assert heights["a"] / heights["b"] == pytest.approx(2)
    assert plot.bars["c"].get_top()[1] == pytest.approx(plot.line.get_y(), abs=1e-6)
    assert plot.numbers["c"].original_text == "−1.00"


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 30), (-3, 7), (0.001, 0.0042), (0, 55)])
def test_axis_numbers_are_round_few_and_within_the_axis(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert 3 <= len(marks) <= 8
    assert low - 1e-9 <= marks[0] < marks[-1] <= high + 1e-9
    step = marks[1] - marks[0]
    assert step / 10 ** np.floor(np.log10(step) + 1e-9) == pytest.approx(
        min((1, 2, 5), key=lambda n: abs(n - step / 10 ** np.floor(np.log10(step) + 1e-9)))
    )


def test_the_names_of_curves_that_end_together_do_not_touch() -> None:
    plot = line_plot([0, 1], {name: [0, 1] for name in "abc"}, colors={})
    names = sorted(plot.names.values(), key=lambda name: name.get_y())
    assert all(below.get_top()[1] < above.get_bottom()[1] for below, above in pairwise(names))


# Parts that follow a tracker


def test_a_fader_shows_how_much_there_is_at_the_trackers_step() -> None:
    step = ValueTracker(0)
    faders = Faders({"noise": [1.0, 0.5, 0.25]}, step, {}).shift([2, 1, 0])
    track, level, knob, _, number = faders[0]
    for value, amount in ((0, 1.0), (1, 0.5), (1.5, 0.375), (2, 0.25)):
        step.set_value(value)
        for member in faders.get_family():
            member.update(0, recursive=False)
        share = (knob.get_x() - track.get_left()[0]) / track.width
        assert share == pytest.approx(amount, abs=1e-4)
        assert level.width == pytest.approx(amount * track.width, abs=1e-3)
    assert len(number.submobjects) == 1 + len("0.25")


def test_the_lit_dot_stands_on_the_current_step_and_stays_within_the_row() -> None:
    step = ValueTracker(7)
    dots = StepDots(30, step).shift([0, -2, 0])
    for value, index in ((7, 7), (0, 0), (30, 30), (35, 30)):
        step.set_value(value)
        for member in dots.get_family():
            member.update(0, recursive=False)
        np.testing.assert_allclose(dots.lit.get_center(), dots.dots[index].get_center(), atol=1e-6)


def test_a_running_number_keeps_its_left_edge_and_its_baseline() -> None:
    value = ValueTracker(11.11)
    number = LiveNumber(lambda x: x, value)
    edges = []
    for now in (11.11, 88.88, 45.67):
        value.set_value(now)
        number.update(0)
        edges.append((number.submobjects[1].get_x(), number.submobjects[1].get_bottom()[1]))
    assert np.ptp([x for x, _ in edges]) < 0.01
    assert np.ptp([y for _, y in edges]) < 0.02


class _Moving(StageScene):
    """Every tracker-driven part at work."""

    def construct(self) -> None:
        step = ValueTracker(0)
        alphas = gallery_scene.ALPHAS
        plot = SchedulePlot(alphas).scale(0.5)
        faders = Faders({"noise": np.sqrt(1 - alphas)}, step, {}).shift([0, -3, 0])
        picture = Picture(gallery_scene.pixels(), height=2)
        overlay = AttentionOverlay(picture, np.stack([gallery_scene.heat() * k for k in range(1, 5)]), step)
        self.play(FadeIn(faders), FadeIn(plot), FadeIn(picture))
        self.add(plot.marker("noise", step), plot.line_at(step), StepDots(30, step), overlay)
        self.play(step.animate.set_value(17.3), run_time=1)
        self.play(faders.animate.shift([1, 0, 0]), step.animate.set_value(3.0))
        self.state = scene_digest(self)


def test_a_worker_that_skips_ahead_draws_the_same_frame(tmp_path: Path) -> None:
    settings = {"frame_rate": 5, "pixel_width": 160, "pixel_height": 90, "write_to_movie": False}
    states = []
    for only in (None, range(0)):
        with tempconfig(
            {**settings, "media_dir": str(tmp_path), "progress_bar": "none", "disable_caching": True}
        ):
            scene = _Moving()
            scene.renderer.only = only
            scene.render()
            states.append(scene.state)
    assert states[0] == states[1]


# Pictures, tensors, places


def test_the_zoom_ends_on_the_pixels_it_was_asked_for_with_their_own_numbers() -> None:
    pixels = np.arange(12 * 12 * 3, dtype=np.uint8).reshape(12, 12, 3) % 251
    picture = Picture(pixels, height=4).shift([1, -0.5, 0])
    zoom = PixelZoom(picture, 5, 6, rows=3, columns=5)
    before = picture.points.copy()
    for animation in (zoom.approach(),):
        animation.begin()
        animation.finish()
    np.testing.assert_allclose(picture.pixel_center(5, 6), SAFE_CENTER, atol=1e-6)
    middle = zoom.numbers[7]
    np.testing.assert_allclose(middle.get_center(), SAFE_CENTER, atol=1e-6)
    shown = [word.original_text for word in middle.get_family() if isinstance(word, Text)]
    assert shown == [str(value) for value in pixels[5, 6]]
    assert zoom.numbers.width < SAFE_WIDTH
    assert zoom.numbers.height < SAFE_HEIGHT
    # The grid runs along the pixels' borders.
    border = (picture.pixel_center(5, 6) + picture.pixel_center(5, 7)) / 2
    assert min(abs(line.get_x() - border[0]) for line in zoom.grid if line.width < 1e-6) < 1e-6
    back = zoom.retreat()
    back.begin()
    back.finish()
    np.testing.assert_allclose(picture.points, before, atol=1e-6)


def test_near_an_edge_the_zoom_stays_inside_the_picture() -> None:
    pixels = gallery_scene.pixels()
    zoom = PixelZoom(Picture(pixels), 31, 0)
    shown = [word.original_text for word in zoom.numbers[-5].get_family() if isinstance(word, Text)]
    assert shown == [str(value) for value in pixels[31, 0]]


def test_attention_is_bright_where_the_weight_is_and_comparable_between_steps() -> None:
    picture = Picture(gallery_scene.pixels(), height=3).shift([2, 0, 0])
    step = ValueTracker(0)
    overlay = AttentionOverlay(picture, np.array([[[0.0, 0.5]], [[0.0, 1.0]]]), step)
    np.testing.assert_allclose(overlay.get_center(), picture.get_center(), atol=1e-6)
    assert (overlay.width, overlay.height) == pytest.approx((picture.width, picture.height))
    half = overlay.pixels.astype(int)
    step.set_value(1)
    full = overlay.pixels.astype(int)
    assert half[0, 0].tolist() == full[0, 0].tolist()
    assert half[0, 1, :3].sum() > half[0, 0, :3].sum()
    assert full[0, 1, :3].sum() > half[0, 1, :3].sum()
    assert full[0, 1, 3] < half[0, 1, 3] < half[0, 0, 3]


def test_a_map_keeps_proportions_and_finds_its_points_after_it_has_moved() -> None:
    points = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0]])
    places = EmbeddingMap(points, np.zeros((3, 4, 4, 3), np.uint8))
    places.scale(0.7).shift([1, 1, 0])
    x, y = ValueTracker(4), ValueTracker(0)
    np.testing.assert_allclose(places.dot_at(x, y).get_center(), places.marker[1].get_center(), atol=1e-6)
    across = places.marker[1].get_x() - places.marker[0].get_x()
    up = places.marker[2].get_y() - places.marker[0].get_y()
    assert across / up == pytest.approx(4)


def test_a_table_shows_the_first_numbers_and_says_how_many_there_are() -> None:
    table = TensorTable(np.arange(50.0).reshape(5, 10) - 1, list("abcde"), decimals=0)
    words = [word.original_text for word in table.get_family() if isinstance(word, Text)]
    assert [number.original_text for number in table.numbers[1]] == ["9", "10", "11", "12"]
    assert table.numbers[0][0].original_text == "−1"
    assert "5 × 10" in words
    assert words.count("…") == 3
    assert words.count("⋮") == 4
    assert len(table.heads) == 3
    whole = TensorTable(np.ones((2, 2)))
    assert not {"…", "⋮"} & {word.original_text for word in whole.get_family() if isinstance(word, Text)}


def test_a_tensors_card_names_its_shape() -> None:
    card = NumberedTensor("x_0", (3, 32, 32), Picture(gallery_scene.pixels()))
    assert card.shape_label.original_text == "3 × 32 × 32"
    assert card.frame.width > card.shape_label.width


# Writing numbers


def test_numbers_have_a_real_minus_and_no_negative_zero() -> None:
    assert [written(value) for value in (-1.5, -0.001, 0.125)] == ["−1.50", "0.00", "0.12"]


def test_words_with_and_without_descenders_stand_on_one_line() -> None:
    plain, low = on_baseline(text("a", size=LABEL)), on_baseline(text("pa", size=LABEL))
    assert plain[0].get_bottom()[1] == pytest.approx(low[1].get_bottom()[1], abs=0.02)
    assert low[0].get_bottom()[1] < plain[0].get_bottom()[1] - 0.05


def _store() -> None:
    """Draw the snapshots anew: `python tests/stage/test_parts.py`, then look at every one of them."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, part in gallery_scene.PARTS.items():
        mobject: Mobject = part()
        image = Image.fromarray(snapshot(mobject, 480, 270, BACKGROUND))
        image.save(SNAPSHOTS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    config.verbosity = "ERROR"
    _store()
