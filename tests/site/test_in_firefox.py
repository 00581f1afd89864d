"""The site in Firefox: keys go through every step, chips choose, and nothing is said on the console."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.episode.browser import served
from tests.site.conftest import NAME, STEPS
from tests.site.firefox import Page, firefox
from tests.site.test_in_browser import ON_SCREEN, WATCH

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with firefox() as one:
        yield one


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as server:
        yield f"http://127.0.0.1:{server.server_port}/{NAME}.html"


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)], ids=["phone", "desktop"])
def test_keys_land_on_every_step_exactly_once(page: Page, address: str, size: tuple[int, int]) -> None:
    page.size(*size)
    page.open(address)
    page.evaluate(f"({WATCH})()")
    for way in (".strip", ".viewer input"):
        page.evaluate(f"document.querySelector('{way}').focus()")
        for step in range(1, STEPS + 1):
            page.press("ArrowRight")
            page.evaluate("new Promise(done => setTimeout(done, 60))")
            assert page.evaluate(f"({ON_SCREEN})()") == step
        assert page.evaluate("seen.splice(0)") == list(range(1, STEPS + 1))
        page.press("Home")
        page.evaluate("new Promise(done => setTimeout(done, 300))")
        assert page.evaluate("seen.splice(0)") == [0]
        assert page.evaluate("location.hash") == "#step=0"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.said == []


def test_keys_choose_a_picture_and_an_address_opens_on_it(page: Page, address: str) -> None:
    page.open(address)
    page.evaluate("document.querySelector('#sheet-lost input').focus()")
    page.press("ArrowRight")
    shown = "document.querySelector('#sheet-{} .on p').textContent"
    assert page.evaluate(shown.format("lost")) == "Steps: 5"
    page.evaluate("new Promise(done => setTimeout(done, 300))")
    assert page.evaluate("location.hash") == "#lost=1"
    page.open(f"{address}?prompt=a%20boat&seed=8")
    assert (
        page.evaluate("document.querySelector('#sheet-wall .on p').textContent") == "Words: a boat, seed: 8"
    )
    assert page.said == []


def test_a_page_opened_from_a_folder_works(page: Page, site: Path) -> None:
    page.open((site / f"{NAME}.html").as_uri())
    page.evaluate("document.querySelector('.strip').focus()")
    page.press("End")
    assert page.evaluate("document.querySelector('output').textContent") == f"step {STEPS} of {STEPS}"
    assert page.evaluate("document.querySelector('math').getBoundingClientRect().height > 10")
    assert page.said == []
