"""One walk in one file, for slides and other people's pages; and the command that makes it."""

import re
from pathlib import Path

import pytest

from course import cli
from course.cast import current_cast
from course.errors import CourseError
from course.site.build import home
from course.site.widget import write_widget
from tests.episode.browser import needs_chromium
from tests.site.conftest import SCENE


@pytest.fixture
def widget(scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    return write_widget(scene)


def test_a_widget_is_one_small_file_that_asks_for_no_other(widget: Path) -> None:
    html = widget.read_text()
    assert widget.stat().st_size < 400_000
    assert [path for path in home().rglob("*") if path.is_file()] == [widget]
    addresses = re.findall(r"""(?:src|href)=["']?([^"'> ]+)|url\(['"]?([^'")]+)""", html)
    assert addresses
    assert all("".join(pair).startswith("data:") for pair in addresses)
    assert html.count("tile state") == current_cast().steps + 1


@needs_chromium
@pytest.mark.long
def test_a_widget_works_in_a_narrow_frame_on_somebody_elses_page(widget: Path, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    from tests.site.test_in_browser import launched, looking

    page = tmp_path / "theirs.html"
    page.write_text(f'<!doctype html><iframe src="{widget.as_uri()}" width="345" height="520"></iframe>')
    with (
        sync_playwright() as playwright,
        launched(playwright) as browser,
        looking(browser, page.as_uri()) as theirs,
    ):
        frame = theirs.frames[1]
        frame.get_by_label("One step on").click()
        frame.get_by_label("One step on").click()
        assert frame.locator("output").inner_text() == f"step 2 of {current_cast().steps}"
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chapter_without_a_walk_has_no_widget_and_says_so(tmp_path: Path) -> None:
    still = tmp_path / "ch93_still.py"
    still.write_text(SCENE.replace('"walk": walk', '"stroll": walk'))
    with pytest.raises(CourseError, match="ch93_still has no capture named walk, so it has no steps to show"):
        write_widget(still)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["site", "ch99"], "There is no chapter 'ch99'"),
        (["site", "ch4", "--widget", "ch2"], "A widget is one file of one chapter."),
        (["site", "--widget", "all"], "A widget is one file of one chapter."),
        (["site", "--widget", "nonsense"], "There is no chapter 'nonsense'"),
    ],
)
def test_a_slip_on_the_command_line_is_one_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
