"""The visual language: what a viewer with any eyes, on any screen, at any quality, can read."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig

from course.errors import CourseError
from course.paths import ASSETS
from course.stage import theme

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color: str) -> np.ndarray:
    rgb = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio."""
    a, b = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) + 0.05 for color in (one, other))
    return b / a


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    x = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, np.radians(h1 + turn / 2)
    t = 1 - 0.17 * np.cos(hm - np.pi / 6) + 0.24 * np.cos(2 * hm)
    t += 0.32 * np.cos(3 * hm + np.radians(6)) - 0.2 * np.cos(4 * hm - np.radians(63))
    sl, sc, sh = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2), 1 + 0.045 * cm, 1 + 0.015 * cm * t
    angle = 60 * np.exp(-(((np.degrees(hm) % 360 - 275) / 25) ** 2))
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(np.radians(angle))
    dl, dc, dhs = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return float(np.sqrt(dl**2 + dc**2 + dhs**2 + rt * dc * dhs))


def test_the_colour_distance_agrees_with_published_pairs() -> None:
    """Sharma, Wu & Dalal 2005, table 1, pairs 1, 7, 17 and 25."""
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, other, published in pairs:
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("name", [*theme.MEANINGS, "MUTED"])
def test_every_colour_can_be_read_on_the_background(name: str) -> None:
    assert contrast(getattr(theme, name), theme.BACKGROUND) >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_colours_that_mean_different_things_look_different_to_everyone(vision: str) -> None:
    seen = {name: lab(VISION[vision] @ linear(color)) for name, color in theme.MEANINGS.items()}
    nearest = min((ciede2000(seen[a], seen[b]), a, b) for a, b in itertools.combinations(seen, 2))
    assert nearest[0] >= 12, nearest


def test_text_is_the_same_size_at_every_quality() -> None:
    line = "A line that Manim would wrap at the width of a small film, as it does by default"
    sizes = []
    for width, height in ((320, 180), (1920, 1080)):
        with tempconfig({"pixel_width": width, "pixel_height": height}):
            words = theme.text(line)
            sizes.append((words.width, words.height, len(words.submobjects)))
    assert sizes[0] == pytest.approx(sizes[1], abs=1e-6)
    assert sizes[0][2] == len(line.replace(" ", ""))
    assert sizes[0][1] < 0.7  # one line


def test_text_has_the_size_it_was_asked_for() -> None:
    assert theme.text("Walk", 44).font_size == pytest.approx(44)
    ratio = theme.text("Walk", 72).height / theme.text("Walk", 36).height
    assert ratio == pytest.approx(2, abs=0.02)


def test_long_text_is_broken_evenly_within_its_width() -> None:
    question = "How does a picture come out of noise, and why does nobody know the ending?"
    words = theme.text(question, 44, width=10)
    assert words.width <= 10
    lines = words.original_text.split("\n")
    assert " ".join(lines) == question
    assert min(map(len, lines)) > 0.6 * max(map(len, lines))


def test_a_prompt_in_any_latin_spelling_can_be_set() -> None:
    accents = "un papillon e\u0301te\u0301"  # two characters that the font draws as one
    assert len(theme.text(accents, width=3).submobjects) == len("unpapillonété")
    assert len(theme.text("x\u0302 = 3\tx").submobjects) == 5


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("a -> b", "a → b"),
        ("x-->y", "x→y"),
        ("=>", "⇒"),
        ("<-", "←"),
        ("<->", "↔"),
        ("<=>", "⇔"),
        ("<==", "⇐"),
        ("—>", "→"),
        ("<→", "↔"),
        ("a <= b >= c", "a <= b >= c"),
        ("5 - 3 > 1", "5 - 3 > 1"),
    ],
)
def test_arrows_can_be_typed(typed: str, drawn: str) -> None:
    words = theme.text(typed)
    assert words.original_text == drawn
    assert len(words.submobjects) == len(drawn.replace(" ", ""))


def test_no_two_or_three_signs_together_are_lost() -> None:
    signs = "-<>=–→←⇒"
    for length in (2, 3):
        for first in signs:
            rest = itertools.product(signs, repeat=length - 1)
            # Where Inter joins more than is known, within a word, Manim raises.
            theme.text(" ".join(first + "".join(one) for one in rest))


def test_lines_are_centred_below_each_other() -> None:
    words = theme.text("a much longer first line\nshort", 44)
    first, second = words.submobjects[:20], words.submobjects[20:]
    middle = [
        np.mean([g.get_left()[0] for g in (line[0],)] + [line[-1].get_right()[0]]) for line in (first, second)
    ]
    assert middle[0] == pytest.approx(middle[1], abs=0.02)


def test_a_word_too_long_for_the_screen_is_named() -> None:
    with pytest.raises(CourseError, match="Donaudampf"):
        theme.text("Donaudampfschifffahrtsgesellschaft", 72, width=3)


def test_empty_text_is_refused() -> None:
    with pytest.raises(CourseError, match="no words"):
        theme.text("  \n ")


def test_every_weight_is_drawn_in_its_own_shape() -> None:
    widths = {
        weight: theme.text("diffusion", 44, weight=weight).width for weight in ("NORMAL", "MEDIUM", "BOLD")
    }
    assert widths["NORMAL"] < widths["MEDIUM"] < widths["BOLD"]


def test_the_font_ships_with_its_licence() -> None:
    licence = (ASSETS / "fonts" / "OFL.txt").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    for path in theme.FONT_FILES:
        assert path.name in licence
        assert path.stat().st_size < 400_000


def test_text_leaves_nothing_in_the_working_folder(tmp_path: Path) -> None:
    code = "from course.stage import theme; theme.text('x'); import sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert not list(tmp_path.iterdir())
