"""A page holds all of its chapter, and is made again when, and only when, something of it has changed."""

import re
import shutil
import time
from pathlib import Path

import pytest

from course.errors import CourseError
from course.site import build, chapter_page, pages
from course.site.build import build_site, home
from course.stage import theme
from tests.site.conftest import LINES, NAME, SCENE, STEPS, make_episode


def words(html: str) -> str:
    """The text of a page, without its tags and scripts."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", text.replace("&nbsp;", "\u00a0"))


@pytest.fixture
def own(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the media folder that a test may change."""
    folder = tmp_path / "media"
    shutil.copytree(site.parent, folder)
    monkeypatch.setenv("COURSE_MEDIA", str(folder))
    return folder / "site"


def test_a_page_says_what_the_film_says_and_proves_what_the_film_leaves_out(site: Path) -> None:
    html = (site / f"{NAME}.html").read_text()
    said = words(html)
    places = [
        said.index(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) for _, text in LINES
    ]
    assert places == sorted(places)
    lines = ["So much picture, so much noise.", "A step that only the page has.", "And that is all of it."]
    lines.append("One more for readers.")
    places = [said.index(line) for line in lines]
    assert places == sorted(places)
    assert html.count("<math") == len(lines)
    assert html.count('class="line extra"') == 2
    assert "a third name" in said
    assert said.count("Every state is a picture and noise.") == 1


def test_measurements_stand_where_they_are_spoken_of_with_their_numbers(site: Path) -> None:
    html = (site / f"{NAME}.html").read_text()
    said = words(html)
    assert said.index("It is small.") < said.index("0.25\u00a0%") < said.index("Now &lt;another&gt;")
    assert "Measured for a test. The sentence holds while this is at most 1\u00a0%." in said
    assert said.index("Also measured") < said.index("Only shown.")
    assert re.search(r"checked: (largest|relative) difference [\d.]+", said)


def test_words_of_a_chapter_are_words_and_never_markup(site: Path) -> None:
    for page in (f"{NAME}.html", "index.html"):
        html = (site / page).read_text()
        assert "<another>" not in html
        assert "1 < 2 & 2" not in html


def test_stills_come_from_the_film_one_for_each_beat_without_its_furniture(site: Path) -> None:
    from PIL import Image

    html = (site / f"{NAME}.html").read_text()
    stills = re.findall(r'<img src="([^"]+webp)" width="(\d+)" height="(\d+)"', html)
    assert len(stills) == 4  # two beats in the story, one in each other depth
    for name, width, height in stills:
        with Image.open(site / name) as picture:
            assert picture.width / picture.height == pytest.approx(int(width) / int(height), rel=0.05)
            assert picture.width < 120  # the name of the depth is far to the right


def test_every_step_is_there(site: Path) -> None:
    html = (site / f"{NAME}.html").read_text()
    assert re.findall(r'<li id="step-(\d+)">', html) == [str(k) for k in range(STEPS + 1)]


def test_what_is_beside_a_page_is_what_it_names(site: Path) -> None:
    html = (site / f"{NAME}.html").read_text()
    named = set(re.findall(rf"{NAME}/([\w.]+)", html))
    there = {path.name for path in (site / NAME).iterdir()}
    assert there - named == {"captions.vtt"}  # for whoever wants them; the page holds them itself
    assert named <= there


def test_the_first_page_is_light(site: Path) -> None:
    first = [
        f"{NAME}.html",
        f"{NAME}/states.png",
        f"{NAME}/guesses.png",
        f"{NAME}/poster.webp",
    ]
    assert sum((site / name).stat().st_size for name in first) < 500_000
    assert len(pages.script().encode()) < 40_000


def test_an_unchanged_site_is_left_alone_and_quickly(own: Path, scene: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*") if path.is_file()}
    start = time.monotonic()
    build_site([scene])
    assert time.monotonic() - start < 3
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*") if path.is_file()} == before


def test_a_changed_sentence_or_film_or_a_lost_file_makes_the_page_anew(
    own: Path, scene: Path, tmp_path: Path
) -> None:
    page = own / f"{NAME}.html"
    (own / NAME / "states.png").unlink()
    build_site([scene])
    assert (own / NAME / "states.png").is_file()
    changed = tmp_path / f"{NAME}.py"
    changed.write_text(SCENE.replace("One more for readers.", "Another one for readers."))
    build_site([changed])
    assert "Another one for readers." in page.read_text()
    (own.parent / "episodes" / NAME / "build.json").write_text('{"made": "again"}')
    before = page.stat().st_mtime_ns
    build_site([changed])
    assert page.stat().st_mtime_ns != before


def test_a_chapter_without_a_film_is_a_page_all_the_same(own: Path, scene: Path) -> None:
    shutil.rmtree(own.parent / "episodes")
    build_site([scene])
    html = (own / f"{NAME}.html").read_text()
    assert "has not been rendered yet" in html
    assert "<video" not in html
    assert html.count("<math") == 4
    assert "One more for readers." in html
    assert 'id="step-12"' in html
    assert not (own / NAME / "episode.mp4").exists()
    make_episode()
    build_site([scene])
    assert "<video" in (own / f"{NAME}.html").read_text()


@pytest.mark.parametrize("name", ["chapters.json", "episode.mp4"])
def test_a_damaged_episode_ends_in_a_sentence(
    name: str, own: Path, scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own.parent / "episodes" / NAME
    (folder / name).write_bytes(b"no film, no JSON")
    (folder / "build.json").write_text('{"made": "once more"}')
    with pytest.raises(CourseError, match="No page of ch91_tiny"):
        build_site([scene])
    assert f"The episode of {NAME} is damaged" in capsys.readouterr().err


def test_a_chapter_that_states_what_does_not_hold_is_named_and_the_others_are_built(
    own: Path, tmp_path: Path, scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "ch92_wrong.py"
    wrong.write_text(SCENE.replace("sqrt(overline", "sqrt(nonsense"))
    with pytest.raises(CourseError, match=r"No page of ch92_wrong\. What to mend is said above\. The others"):
        build_site([scene, wrong])
    assert "ch92_wrong failed: “x_t = sqrt(nonsense" in capsys.readouterr().err
    assert not (own / "ch92_wrong.html").exists()


def test_the_overview_names_what_is_there_and_what_is_not(site: Path) -> None:
    html = (site / "index.html").read_text()
    assert html.index(f'href="{NAME}.html"') < html.index("Not here yet")
    for entry in build.COURSE.values():
        assert entry.title in html


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, relative luminance."""

    def light(colour: str) -> float:
        parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_a_meaning_can_be_read_on_its_ground(scheme: str) -> None:
    css = pages.css(words=False)
    block = css.split(":root {")[1 if scheme == "light" else 2].split("}")[0]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
    for name in ("ink", "muted", "noise", "signal", "prompt", "time", "model", "wrong"):
        assert contrast(colours[name], colours["ground"]) >= 4.5, name
    if scheme == "dark":
        shown = {name.lower(): colour for name, colour in theme.MEANINGS.items()}
        assert {name: colours[name] for name in shown} == shown


def test_the_page_has_all_its_characters_in_its_own_typefaces(site: Path) -> None:
    assert pages.unset((site / f"{NAME}.html").read_text()) == set()


def test_home_is_below_the_media_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path))
    assert home() == tmp_path / "site"
    assert chapter_page.episode(NAME) is None
