"""Pictures to choose from: by chip, key and die; by the address or a link with a cast; or all at once."""

import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from course.cast import Cast
from course.errors import CourseError
from course.precompute import CaptureSpec
from course.site.sheets import column, is_plain, walk_of
from course.stage.sheets import Sheet
from tests.episode.browser import needs_chromium, served
from tests.site.conftest import CAST, NAME
from tests.site.test_in_browser import DESKTOP, PHONE, SIZES, launched, looking

LABELS = [
    *(f"Words: a {noun}, seed: {seed}" for noun in ("cat", "boat") for seed in (7, 8)),
    *("Steps: 1", "Steps: 5", "Steps: no <step>"),
]
PIXEL = np.zeros((2, 2, 3), np.uint8)
in_browser = [needs_chromium, pytest.mark.long]
PICTURE = """cell => new Promise(done => {
  const image = cell.querySelector("img");
  function drawn() {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
    const side = image.naturalWidth, rows = image.naturalHeight / side;
    const place = parseFloat(getComputedStyle(image).objectPosition.split(" ")[1]) / 100;
    const row = Math.round(place * (rows - 1));
    canvas.getContext("2d").drawImage(image, side / 2, row * side + side / 2, 1, 1, 0, 0, 1, 1);
    done([...canvas.getContext("2d").getImageData(0, 0, 1, 1).data].slice(0, 3));
  }
  if (image.complete && image.naturalWidth) drawn(); else image.onload = drawn;
})"""

IN_SIGHT = """one => {
  const box = one.getBoundingClientRect();
  return box.top < innerHeight && box.bottom > 0;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as server:
        yield f"http://127.0.0.1:{server.server_port}/{NAME}.html"


def shown(page: Page) -> list[str]:
    """What is written under the pictures that are to be seen."""
    return page.locator(".cells > li:visible > p").all_inner_texts()


def test_a_sheet_is_one_file_with_a_row_for_each_choice_and_every_choice_is_named(site: Path) -> None:
    html = (site / f"{NAME}.html").read_text()
    for name, count in (("wall", 4), ("lost", 3)):
        with Image.open(site / NAME / f"{name}.png") as picture:
            assert picture.height == count * picture.width
    cells = re.findall(r"<li[^>]*><img[^>]*?alt=\"[^\"]+\"[^>]*><p>(.*?)</p>", html)
    assert cells == [label.replace("<", "&lt;").replace(">", "&gt;") for label in LABELS]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "step"}, "named 'step'"),
        ({"name": "Two words"}, "named 'Two words'"),
        ({"pictures": {}}, "has no picture"),
        ({"pictures": {("a", "b"): PIXEL}}, "of its pictures by as many"),
        ({"axes": ("A", "B"), "pictures": {("a", "b"): PIXEL, ("c", "d"): PIXEL}}, "no picture of a, d"),
    ],
)
def test_a_sheet_that_lacks_something_is_refused_in_a_sentence(changes: dict[str, Any], says: str) -> None:
    values: dict[str, Any] = {"name": "ours", "title": "T", "about": "A", "ask": "Q", "axes": ("A",)}
    with pytest.raises(CourseError, match=says):
        Sheet(**{**values, "pictures": {"a": PIXEL}, **changes})


def test_only_a_run_in_which_nothing_else_was_changed_answers_to_a_cast() -> None:
    cast = Cast("a cat", "a fish", guidance=3.0)
    walk = CaptureSpec.of(cast, prompt="a boat", seed=9)
    assert is_plain(walk, cast)
    assert is_plain(CaptureSpec("a boat", record=("qk",)), cast)
    for changes in ({"eta": 1.0}, {"steps": 5}, {"guidance": 2.0}, {"negative_prompt": "a cat"}):
        assert not is_plain(CaptureSpec("a boat", **changes), cast)


def test_only_a_walk_that_the_browser_can_walk_leads_there() -> None:
    walk = CaptureSpec("a cat & a fish", seed=9, steps=10, guidance=2.5, record=("qk",))
    assert walk_of(walk) == "prompt=a+cat+%26+a+fish&seed=9&steps=10&guidance=2.5&model=pixel"
    for changes in ({"eta": 1.0}, {"steps": 200}, {"switch": (2, "a boat")}, {"model": "forward:prompt"}):
        assert walk_of(replace(walk, **changes)) == ""


def test_pictures_are_kept_to_the_last_bit() -> None:
    pictures = list(np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8))
    assert (np.asarray(Image.open(io.BytesIO(column(pictures)))) == np.concatenate(pictures)).all()


class TestInBrowser:
    """What a reader does with them."""

    pytestmark = in_browser

    @SIZES
    def test_a_chip_shows_its_picture_at_once_and_it_is_that_picture(
        self, browser: Browser, address: str, site: Path, size: dict[str, Any]
    ) -> None:
        rows = np.asarray(Image.open(site / NAME / "wall.png").convert("RGB"))
        side = rows.shape[1]
        with looking(browser, address, **size) as page:
            assert shown(page) == [LABELS[0], LABELS[4]]
            sheet = page.locator("#sheet-wall")
            for k, (words, seed) in enumerate((w, s) for w in ("a cat", "a boat") for s in ("7", "8")):
                for name in (words, seed):
                    box = sheet.get_by_role("radio", name=name, exact=True).bounding_box()
                    assert box
                    assert min(box["width"], box["height"]) >= 44  # room for a thumb
                    sheet.get_by_role("radio", name=name, exact=True).click()
                assert shown(page) == [LABELS[k], LABELS[4]]
                pixel = page.locator("#sheet-wall .cells > li:visible").evaluate(PICTURE)
                assert pixel == rows[k * side + side // 2, side // 2].tolist()
            page.wait_for_timeout(300)
            assert page.url.endswith("#wall=3")

    def test_keys_alone_choose_and_roll_and_a_screen_reader_is_told(
        self, browser: Browser, address: str
    ) -> None:
        with looking(browser, address, **DESKTOP) as page:
            page.locator("#sheet-lost input").first.focus()
            page.keyboard.press("ArrowRight")
            assert shown(page)[1] == LABELS[5]
            assert page.evaluate("document.activeElement.labels[0].textContent") == "5"
            page.keyboard.press("Tab")
            before = shown(page)[1]
            for _ in range(6):
                page.keyboard.press("Enter")
                assert shown(page)[1] != before
                before = shown(page)[1]
                assert page.locator("#sheet-lost output").inner_text() == before
            assert page.get_by_role("group", name="Steps").is_visible()
            assert page.get_by_role("img", name="Fewer & fewer.").is_visible()

    @pytest.mark.parametrize(
        ("choice", "seen", "step"),
        [
            ("wall=2", [LABELS[2], LABELS[4]], 0),
            ("step=5&wall=3&lost=2", [LABELS[3], LABELS[6]], 5),
            ("wall=99", [LABELS[0], LABELS[4]], 0),
            ("wall=-1&lost=<b>", [LABELS[0], LABELS[4]], 0),
            ("wall&&=&%%%", [LABELS[0], LABELS[4]], 0),
        ],
    )
    def test_the_address_holds_what_was_chosen_and_nonsense_in_it_is_no_harm(
        self, browser: Browser, address: str, choice: str, seen: list[str], step: int
    ) -> None:
        with looking(browser, f"{address}#{choice}", **PHONE) as page:
            assert shown(page) == seen
            assert page.get_by_label("Step", exact=True).input_value() == str(step)

    def test_a_choice_does_not_forget_the_step(self, browser: Browser, address: str) -> None:
        with looking(browser, f"{address}#step=5", **DESKTOP) as page:
            page.locator("#sheet-lost").get_by_role("radio", name="5", exact=True).click()
            page.get_by_label("One step on").click()
            page.wait_for_timeout(400)
            assert page.url.endswith("#step=6&lost=1")

    @SIZES
    def test_without_javascript_all_pictures_stand_there_named(
        self, browser: Browser, address: str, size: dict[str, Any]
    ) -> None:
        with looking(browser, address, **size, java_script_enabled=False) as page:
            assert shown(page) == LABELS
            assert page.locator(".pick:visible, .hold:visible, .note:visible").count() == 0
            for cell in page.locator(".cells > li").all():
                box = cell.bounding_box()
                assert box
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= size["viewport"]["width"]

    @pytest.mark.parametrize(
        ("query", "seen", "says"),
        [
            ("prompt=a%20boat&seed=8", 3, "“a boat”, seed 8 is on this page"),
            ("prompt=A++Boat", 2, "“A Boat” is on this page"),
            ("seed=8", 1, "seed 8 is on this page"),
            (f"prompt={quote(CAST.prompt)}", 0, f"Here is “{CAST.prompt}”"),
            (f"prompt={quote(CAST.prompt)}&seed=007", 0, "seed 7, as the link wants it"),
            ("prompt=&seed=", 0, "names nobody: it is empty"),
            ("seed=-3", 0, "names nobody: its seed is no whole number"),
            ("seed=1e9&prompt=a+boat", 0, "its seed is no whole number"),
            (f"prompt={'long' * 100}", 0, "its prompt is too long"),
            ("prompt=%E0%A4%A&seed=%00", 0, ""),
        ],
    )
    def test_a_link_that_holds_a_cast_opens_on_it(
        self, browser: Browser, address: str, query: str, seen: int, says: str
    ) -> None:
        with looking(browser, f"{address}?{query}", **PHONE) as page:
            assert says in page.locator(".note").inner_text()
            assert shown(page)[0] == LABELS[seen]
            assert page.locator("#sheet-wall .cells").evaluate(IN_SIGHT) == ("is on this page" in says)

    def test_of_another_cast_it_says_how_to_render_it(self, browser: Browser, address: str) -> None:
        prompt = 'a cat\'s <b>hat</b> & "$(rm)"'
        with looking(browser, f"{address}?prompt={quote(prompt)}&seed=12", **PHONE) as page:
            note = page.locator(".note")
            assert "is not on this page" in note.inner_text()
            command = note.locator("code").first.inner_text()
            wanted = ["course", "render", "ch91", "--prompt", prompt, "--seed", "12", "--episode"]
            assert shlex.split(command) == wanted
            assert note.locator("b").count() == 0
            assert note.locator("code").last.inner_text() == "course site ch91"

    def test_each_picture_of_a_plain_cast_gives_the_link_to_it(self, browser: Browser, address: str) -> None:
        with looking(browser, f"{address}#wall=3", **DESKTOP) as page:
            page.locator("#sheet-wall .hold:visible").click()
            page.wait_for_url("**?prompt=a%20boat&seed=8")
            assert shown(page)[0] == LABELS[3]
