"""The site as a reader has it: every step by thumb, key and slider; from a folder; without JavaScript.

In Debian's Chromium, driven by Playwright, which brings none of its own.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.episode.browser import CHROMIUM, needs_chromium, served
from tests.site.conftest import LINES, NAME, STEPS

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
WATCH = r"""() => {
  window.seen = [];
  const output = document.querySelector(".viewer output");
  const look = () => seen.push(Number(/\d+/.exec(output.textContent)[0]));
  new MutationObserver(look).observe(output, {childList: true});
}"""
ON_SCREEN = """() => {
  const box = document.querySelector(".strip").getBoundingClientRect(), middle = box.left + box.width / 2;
  const all = [...document.querySelectorAll(".strip > li")];
  const boxes = all.map(one => one.getBoundingClientRect());
  return boxes.findIndex(one => one.left <= middle && middle < one.right);
}"""
RESTING = """before => new Promise(done => {
  const strip = document.querySelector(".strip");
  let left = before, since = performance.now();
  function look() {
    const now = performance.now();
    if (strip.scrollLeft !== left) { left = strip.scrollLeft; since = now; }
    if (left !== before && left % strip.clientWidth === 0 && now - since > 200) done(true);
    else requestAnimationFrame(look);
  }
  look();
})"""
SETTLED = "() => { const s = document.querySelector('.strip'); return s.scrollLeft % s.clientWidth === 0; }"

pytestmark = [needs_chromium, pytest.mark.long]


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The system's own Chromium, without a window."""
    options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    chromium = playwright.chromium.launch(executable_path=shutil.which(CHROMIUM), args=options)
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@contextmanager
def looking(browser: Browser, address: str, first: str = "", **options: Any) -> Iterator[Page]:
    """A page without errors, without a word on the console, and without a call to anybody else.

    The script `first` runs before all of its own.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    page.add_init_script(first)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    origin = re.match(r"file://|https?://[^/]+", address)
    assert origin
    yield page
    assert said == []
    assert [one for one in asked if not one.startswith((origin[0], "data:", "blob:"))] == []
    context.close()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as server:
        yield f"http://127.0.0.1:{server.server_port}/{NAME}.html"


def swipe(page: Page, distance: float) -> None:
    """A finger goes over the strip by so many pixels."""
    box = page.locator(".strip").bounding_box()
    assert box
    client = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + 80

    def touch(kind: str, *places: float) -> None:
        client.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y} for at in places]}
        )

    before = page.evaluate("document.querySelector('.strip').scrollLeft")
    touch("touchStart", x)
    for part in range(1, 9):
        touch("touchMove", x + distance * part / 8)
    page.wait_for_timeout(100)  # a swipe, no flick: Chromium lets a strong one run on past a stop
    touch("touchMove", x + distance)
    touch("touchEnd")
    page.evaluate(RESTING, before)


def test_a_thumb_lands_on_every_step_exactly_once(browser: Browser, address: str) -> None:
    with looking(browser, address, **PHONE) as page:
        page.locator(".strip").scroll_into_view_if_needed()
        page.evaluate(WATCH)
        for step in range(1, STEPS + 1):
            swipe(page, -240)
            assert page.evaluate(ON_SCREEN) == step
        assert page.evaluate("seen") == list(range(1, STEPS + 1))
        swipe(page, 240)
        assert page.evaluate(ON_SCREEN) == STEPS - 1
        page.wait_for_timeout(300)
        assert page.url.endswith(f"#step={STEPS - 1}")


@SIZES
def test_keys_buttons_and_slider_land_on_every_step_exactly_once(
    browser: Browser, address: str, size: dict[str, Any]
) -> None:
    onward = list(range(1, STEPS + 1))
    with looking(browser, address, **size) as page:
        page.evaluate(WATCH)
        for way in (".strip", ".viewer input"):
            page.focus(way)
            for _ in onward:
                page.keyboard.press("ArrowRight")
                page.wait_for_timeout(40)
            assert page.evaluate(ON_SCREEN) == STEPS
            assert page.evaluate("seen.splice(0)") == onward
            page.keyboard.press("Home")
            page.wait_for_timeout(80)
            assert page.evaluate("seen.splice(0)") == [0]
            assert page.evaluate(ON_SCREEN) == 0
        on = page.get_by_label("One step on")
        for _ in onward:
            on.click()
        assert page.evaluate("seen.splice(0)") == onward
        assert on.is_disabled()
        assert "step 12 of 12" in (
            page.get_by_label("Step", exact=True).get_attribute("aria-valuetext") or ""
        )


def test_a_mouse_drags_the_strip_and_lets_go_of_it_at_a_step(browser: Browser, address: str) -> None:
    with looking(browser, address, **DESKTOP) as page:
        strip = page.locator(".strip")
        strip.scroll_into_view_if_needed()
        box = strip.bounding_box()
        assert box
        page.mouse.move(box["x"] + 400, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 20, box["y"] + 60, steps=8)
        page.mouse.up()
        page.wait_for_timeout(200)
        assert page.evaluate(ON_SCREEN) == 1
        assert (
            page.evaluate(
                "document.querySelector('.strip').scrollLeft % document.querySelector('.strip').clientWidth"
            )
            == 0
        )


def test_a_tap_shows_one_picture_large_and_the_next_both(browser: Browser, address: str) -> None:
    with looking(browser, address, **PHONE) as page:
        state, guess = (page.locator(f"#step-0 .{kind}") for kind in ("state", "guess"))
        small = guess.bounding_box()
        guess.tap()
        large = guess.bounding_box()
        assert small
        assert large
        assert large["width"] == 2 * small["width"]
        assert large["width"] <= 328
        assert not state.is_visible()
        guess.tap()
        assert state.is_visible()


@pytest.mark.parametrize(
    ("hash", "step"), [("step=7", 7), ("step=999", STEPS), ("step=-1", 0), ("step=<script>", 0), ("step", 0)]
)
def test_an_address_names_a_step_and_nonsense_in_it_is_no_harm(
    browser: Browser, address: str, hash: str, step: int
) -> None:
    with looking(browser, f"{address}#{hash}", **PHONE) as page:
        page.wait_for_timeout(150)
        assert page.evaluate(ON_SCREEN) == step
        assert page.get_by_label("Step", exact=True).input_value() == str(step)


@SIZES
def test_state_and_guess_are_the_pictures_of_that_step(
    browser: Browser, address: str, size: dict[str, Any]
) -> None:
    with looking(browser, address, **size) as page:
        found = page.evaluate(
            """async () => {
              const sheet = new Image();
              sheet.src = "NAME/states.png";
              await sheet.decode();
              const tile = document.querySelector("#step-5 .state"), style = getComputedStyle(tile);
              return {rows: sheet.height / sheet.width, rendering: style.imageRendering,
                place: style.backgroundPositionY, side: tile.getBoundingClientRect().width,
                pixels: sheet.width};
            }""".replace("NAME", NAME)
        )
        assert found["rows"] == STEPS + 1
        assert found["rendering"] == "pixelated"
        assert float(found["place"].rstrip("%")) == pytest.approx(100 * 5 / STEPS, abs=0.01)
        assert found["side"] % found["pixels"] == 0  # every pixel of the picture is as large as the next


@SIZES
def test_nothing_is_wider_than_the_screen_and_nothing_jumps(
    browser: Browser, address: str, size: dict[str, Any]
) -> None:
    with looking(browser, address, **size) as page:
        shift = page.evaluate(
            """() => new Promise(done => {
              const found = [];
              new PerformanceObserver(list => {
                for (const one of list.getEntries())
                  found.push([one.value, one.sources.map(s => s.node && s.node.outerHTML.slice(0, 60))]);
              }).observe({type: "layout-shift", buffered: true});
              setTimeout(() => done(found), 800);
            })"""
        )
        assert shift == []
        assert page.evaluate("document.documentElement.scrollWidth") == size["viewport"]["width"]


def test_the_text_and_the_marks_follow_the_film(browser: Browser, address: str) -> None:
    with looking(browser, address, **DESKTOP) as page:
        page.evaluate("document.querySelector('video').muted = true")
        page.get_by_label("Play from 0:08").click()
        page.wait_for_function("document.querySelector('.said.now')", timeout=8000)
        assert page.locator(".said.now").inner_text() == LINES[4][1]
        assert page.locator(".marks a[aria-current]").inner_text().endswith("The derivation")
        assert page.locator(".said.now").is_visible()
        page.evaluate("document.querySelector('video').pause()")


def test_a_page_opened_from_a_folder_has_its_film_its_captions_and_its_fonts(
    browser: Browser, site: Path
) -> None:
    with looking(browser, (site / f"{NAME}.html").as_uri(), **DESKTOP) as page:
        page.evaluate("const v = document.querySelector('video'); v.muted = true; v.play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.3", timeout=8000)
        cues = page.evaluate(
            """async () => {
              const track = document.querySelector("video").textTracks[0]; track.mode = "showing";
              for (let k = 0; k < 50 && !(track.cues && track.cues.length); k++)
                await new Promise(done => setTimeout(done, 50));
              return [...track.cues].map(cue => cue.text);
            }"""
        )
        assert cues == [text for _, text in LINES[:2]]
        page.evaluate("document.querySelector('math').scrollIntoView()")
        page.wait_for_timeout(300)
        assert page.evaluate("[...document.fonts].every(face => face.status === 'loaded')")
        page.focus(".strip")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
        assert page.url.endswith("#step=1")


@SIZES
def test_without_javascript_all_of_it_is_there(browser: Browser, address: str, size: dict[str, Any]) -> None:
    with looking(browser, address, **size, java_script_enabled=False) as page:
        for step in range(STEPS + 1):
            box = page.locator(f"#step-{step} .state").bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["viewport"]["width"]
        assert page.locator("math").count() == 4
        assert page.locator("video[controls]").is_visible()
        assert page.locator(".controls, .follow").first.is_hidden()
        assert page.locator(".said").count() == len(LINES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ground_is_what_the_reader_prefers(browser: Browser, address: str, scheme: Any) -> None:
    with looking(browser, address, **PHONE, color_scheme=scheme, reduced_motion="reduce") as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (max(map(int, re.findall(r"\d+", ground))) < 64) == (scheme == "dark")
        said = page.locator(".said").first
        assert said.evaluate("one => getComputedStyle(one).transitionDuration") == "0s"


def test_the_overview_leads_to_the_chapter(browser: Browser, site: Path, address: str) -> None:
    with looking(browser, address.replace(f"{NAME}.html", "index.html"), **PHONE) as page:
        page.get_by_role("link").filter(has_text="Is 1 < 2").click()
        page.wait_for_url(f"**/{NAME}.html")
