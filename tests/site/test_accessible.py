"""Everybody can use the site: axe-core finds nothing serious at any size, on any ground, by any address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.episode.browser import needs_chromium, served
from tests.site.conftest import NAME
from tests.site.test_in_browser import SIZES, launched, looking

pytestmark = [needs_chromium, pytest.mark.long]
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def origin(site: Path) -> Iterator[str]:
    with served(site) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def wrong(page: Page) -> list[tuple[str, Any]]:
    """What axe-core calls serious or critical: the rule, and where."""
    page.add_style_tag(content="* { content-visibility: visible !important; }")  # proofs that are far off too
    found = Axe().run(page).response
    assert len(found["passes"]) > 10
    return [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@SIZES
@SCHEMES
@pytest.mark.parametrize(
    "at", [f"{NAME}.html", f"{NAME}.html?prompt=a+hat&seed=3#step=5&wall=1", "index.html"]
)
def test_axe_finds_nothing_serious(
    browser: Browser, origin: str, at: str, size: dict[str, Any], scheme: Any
) -> None:
    with looking(browser, f"{origin}/{at}", **size, color_scheme=scheme) as page:
        assert wrong(page) == []


def test_axe_would_find_a_picture_without_a_name_and_grey_on_grey(browser: Browser, origin: str) -> None:
    with looking(browser, f"{origin}/{NAME}.html") as page:
        page.evaluate("document.querySelector('.cells img').removeAttribute('alt')")
        page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
        assert {rule for rule, _ in wrong(page)} == {"image-alt", "color-contrast"}
