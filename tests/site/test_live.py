"""Sheets between whose pictures the model paints in the reader's browser: what the dials ask for, it paints.

In Debian's Chromium; a chapter of its own, in the site with the model.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from course.errors import CourseError
from course.precompute import CaptureSpec, capture
from course.site.build import build_site
from course.stage.sheets import Live, Sheet
from tests.episode.browser import needs_chromium, served
from tests.site.test_accessible import wrong
from tests.site.test_explore import HEAR, HEARD
from tests.site.test_in_browser import DESKTOP, PHONE, SIZES, launched, looking

NAME = "ch92_alive"
CORNERS = ("a cat", "a fish", "a star", "a boat")
WALK = CaptureSpec("a cat", seed=12345, steps=4, guidance=2.0)
SCENE = f'''
"""A chapter to try live sheets on."""

from dataclasses import replace

import numpy as np

from course.precompute import CaptureSpec
from course.stage import Chapter
from course.stage.sheets import Live, Sheet

CORNERS = {CORNERS}


class Alive(Chapter):
    """A chapter to try live sheets on."""

    title = "Alive"
    question = "Does it paint?"

    def specs(self):
        walk = CaptureSpec("a cat", seed=12345, steps=4, guidance=2.0)
        return {{
            "plain": walk,
            "corners": [replace(walk, prompt=one) for one in CORNERS],
            "fish": {{2: replace(walk, prompt="a fish", start=(walk.key, 2))}},
        }}

    def sheets(self):
        shown, walk = self.captures, self.captures["plain"]
        ends = [run.pictures[-1] for run in shown["corners"]]
        places = [("0%", "0%"), ("100%", "0%"), ("0%", "100%"), ("100%", "100%")]
        mixed = dict(zip(places, ends, strict=True))
        late = {{(now, k): run for now in ("fish", "boat") for k, run in
                (("0", shown["corners"][1]), ("2", shown["fish"][2]), ("never", walk))}}
        return (
            Sheet("mixed", "Mixed", "Four.", "Where?", ("Right", "Down"), mixed, Live(walk.spec, CORNERS)),
            Sheet("late", "Late", "One.", "When?", ("Now", "Before"), late,
                  Live(walk.spec, later=("a fish", "a boat"))),
        )
'''
FETCHED = "performance.getEntriesByType('resource').filter(one => /browser/.test(one.name)).length"
PAINTED = "document.querySelector('#sheet-{} .own > p.mine')?.checkVisibility() || false"

pytestmark = [needs_chromium, pytest.mark.long]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory, shared_media: Path) -> Iterator[str]:
    path = tmp_path_factory.mktemp("scenes") / f"{NAME}.py"
    path.write_text(SCENE)
    with FileLock(shared_media / "alive.lock"):
        build_site([path])
    with served(folder) as server:
        yield f"http://127.0.0.1:{server.server_port}/{NAME}.html"


@pytest.fixture(scope="module")
def awake(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose reader has asked for the model."""
    with looking(browser, address, HEAR, **PHONE) as page:
        page.wait_for_timeout(300)
        assert page.evaluate(FETCHED) == 0
        assert page.locator(".dial").count() == 0
        page.locator("#sheet-mixed .wake").click()
        page.locator("#sheet-late .dial").wait_for(timeout=180_000)
        assert page.locator(".wake:visible").count() == 0
        yield page


def painted(page: Page, sheet: str, **dials: str) -> np.ndarray:
    """What the model paints where these dials are put."""
    page.evaluate("heard.length = 0")
    for name, value in dials.items():
        page.locator(f"#sheet-{sheet}").get_by_role("slider", name=name).fill(value)
    assert not page.evaluate(PAINTED.format(sheet))  # the sheet's own picture is there at once
    page.wait_for_function(PAINTED.format(sheet), timeout=180_000)
    drawn = page.locator(f"#sheet-{sheet} canvas.mine").evaluate(
        "one => [...one.getContext('2d').getImageData(0, 0, 32, 32).data]"
    )
    return np.reshape(drawn, (32, 32, 4))[..., :3]


def as_captured(page: Page, picture: np.ndarray, spec: CaptureSpec) -> None:
    """The walk that the page has just heard of is that run, at every step, and its end is what is shown."""
    run = capture(spec)
    heard = [one for one in page.evaluate(HEARD) if one.get("state")]
    states = [one["state"] for one in heard if one["id"] == heard[-1]["id"]]  # another may have been begun
    assert len(states) == len(run.states)
    for mine, theirs in zip(states, run.states, strict=True):
        assert np.abs(np.reshape(mine, theirs.shape) - theirs).max() < 1e-3
    assert np.abs(picture.astype(int) - run.pictures[-1].astype(int)).max() <= 1


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.25), (1, 0.75)])
def test_four_sentences_are_mixed_as_pytorch_mixes_them(awake: Page, x: float, y: float) -> None:
    picture = painted(awake, "mixed", Right=str(x), Down=str(y))
    shares = ((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x)
    some = tuple(one for one, share in zip(CORNERS, shares, strict=True) for _ in range(round(8 * share)))
    values = {name: getattr(WALK, name) for name in ("prompt", "seed", "steps", "guidance")}
    as_captured(awake, picture, CaptureSpec(**values, mix=("mean", some)))
    told = awake.locator("#sheet-mixed p.mine").inner_text()
    assert told.startswith(
        f"Right: {100 * x:g}%, down: {100 * y:g}%. Computed now, in your browser: 4 steps in"
    )
    assert awake.locator("#sheet-mixed output.hidden").inner_text() == told


@pytest.mark.parametrize(("now", "step"), [("fish", 1), ("boat", 3)])
def test_words_are_exchanged_at_any_step_as_pytorch_exchanges_them(awake: Page, now: str, step: int) -> None:
    awake.locator("#sheet-late").get_by_role("radio", name=now).check()
    picture = painted(awake, "late", Before=str(step))
    values = {name: getattr(WALK, name) for name in ("prompt", "seed", "steps", "guidance")}
    as_captured(awake, picture, CaptureSpec(**values, switch=(step, f"a {now}")))


def test_a_place_of_the_sheet_is_painted_as_the_sheet_has_it(awake: Page) -> None:
    picture = painted(awake, "late", Before="4")
    assert "before: never" in awake.locator("#sheet-late p.mine").inner_text()
    as_captured(awake, picture, WALK)


def test_a_hand_that_goes_on_shows_the_nearest_picture_and_its_last_place_is_painted(
    awake: Page,
) -> None:
    awake.evaluate("heard.length = 0")
    dial = awake.locator("#sheet-mixed").get_by_role("slider", name="Right")
    for value, near in (("0.1", "0%"), ("0.9", "100%"), ("0.2", "0%")):
        dial.fill(value)
        cell = awake.locator("#sheet-mixed .cells > li:visible > p:visible")
        assert cell.inner_text().startswith(f"Right: {near}, ")
        awake.wait_for_timeout(100)
    awake.wait_for_function(PAINTED.format("mixed"), timeout=180_000)
    assert awake.evaluate("heard.filter(one => one.done).length") == 1
    assert "Right: 20%" in awake.locator("#sheet-mixed p.mine").inner_text()
    awake.locator("#sheet-mixed .die:not(.wake)").click()
    assert not awake.evaluate(PAINTED.format("mixed"))
    awake.wait_for_function(PAINTED.format("mixed"), timeout=180_000)


def test_everybody_can_use_the_dials(awake: Page) -> None:
    assert wrong(awake) == []
    assert awake.evaluate("document.documentElement.scrollWidth") <= 360


@SIZES
def test_without_the_model_the_sheet_is_a_sheet(browser: Browser, address: str, size: dict[str, Any]) -> None:
    for lost, said in (("live.js", "What paints did not arrive"), ("known.json", "The line broke")):
        context = browser.new_context(**size)
        context.route(f"**/{lost}", lambda route: route.abort())
        page = context.new_page()
        page.goto(address)
        page.locator("#sheet-late .wake").click()
        page.get_by_text(said).wait_for()
        page.locator("#sheet-late").get_by_role("radio", name="never").check()
        assert page.locator("#sheet-late .cells > li:visible > p").inner_text() == "Now: fish, before: never"
        assert page.locator("#sheet-late .wake").is_enabled()
        context.close()


def test_from_a_folder_no_model_is_offered(browser: Browser, address: str, folder: Path) -> None:
    with looking(browser, (folder / f"{NAME}.html").as_uri(), **DESKTOP) as page:
        assert page.locator("#sheet-mixed .die").count() == 1


def test_a_label_that_is_no_place_is_a_sentence() -> None:
    pictures = {label: np.zeros((2, 2, 3), np.uint8) for label in ("0", "late")}
    with pytest.raises(CourseError, match=r"a label stands nowhere: .*late"):
        Sheet("ours", "T", "A", "Q", ("Before",), pictures, Live(WALK, later=("a fish",)))
