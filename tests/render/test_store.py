"""The store of groups: what a build finds in it, what is wrong with it, how it stays small."""

import os
import shutil
import time
from pathlib import Path

import pytest

from course.errors import UsageError
from course.render import store
from course.render.store import MissingError, Store, limit_of_store
from course.video.groups import Group
from tests.render.studio import CHAPTER, Studio, pictures

GROUP = Group((b"\0\0\1\x65abc", b"\0\0\1\x65def"), (0, 1), still=True)


def group_files(studio: Studio) -> list[Path]:
    return sorted(studio.media.rglob("*.group"))


def test_a_warm_store_a_cold_one_and_none_give_the_same_film(
    studio: Studio, drawn: list[tuple[str, str]]
) -> None:
    studio.build().run()
    cold = studio.film.read_bytes()
    shutil.rmtree(studio.media / "videos")
    drawn.clear()
    studio.build().run()
    assert drawn == []
    assert studio.film.read_bytes() == cold
    # A file in its place: a store that cannot be written.
    shutil.rmtree(studio.media / "videos")
    shutil.rmtree(studio.media / "groups")
    (studio.media / "groups").write_text("no folder")
    studio.build().run()
    assert studio.film.read_bytes() == cold
    assert group_files(studio) == []


def test_a_store_that_cannot_be_written_is_told_in_a_line(studio: Studio) -> None:
    studio.media.mkdir()
    (studio.media / "groups").write_text("no folder")
    code, _, err = studio.run("render")
    assert code == 0
    told = [line for line in err.splitlines() if line.startswith("note:")]
    assert len(told) == 1
    assert "groups cannot be written (File exists); what is drawn is not kept." in told[0]
    assert studio.film.exists()


@pytest.mark.parametrize("how", ["cut", "empty", "exchanged", "gone"])
def test_what_is_damaged_in_the_store_is_drawn_again_and_never_shown(
    studio: Studio, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    studio.build().run()
    wanted = pictures(studio.film)
    files = group_files(studio)
    if how == "exchanged":
        contents = [path.read_bytes() for path in files]
        for path, data in zip(files, [contents[-1], *contents[:-1]], strict=True):
            path.write_bytes(data)
    elif how == "gone":
        files[0].unlink()
    else:
        files[0].write_bytes(files[0].read_bytes()[: 50 if how == "cut" else 0])
    studio.film.unlink()
    capsys.readouterr()
    studio.build().run()
    assert all((one == other).all() for one, other in zip(pictures(studio.film), wanted, strict=True))
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note:")]
    assert all(line.endswith("it is drawn again.") for line in notes)
    assert bool(notes) == (how != "gone")
    assert len(group_files(studio)) == len(files)


def test_a_film_that_is_there_needs_no_store(studio: Studio, drawn: list[tuple[str, str]]) -> None:
    studio.build().run()
    before = studio.film.stat().st_mtime_ns
    shutil.rmtree(studio.media / "groups")
    drawn.clear()
    studio.build().run()
    assert (drawn, studio.film.stat().st_mtime_ns) == ([], before)


def test_what_another_chapter_shows_alike_is_drawn_once(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    other = studio.write("ch2_alike", CHAPTER.replace("Tiny", "Alike").replace('"Alike"', '"Tiny"'))
    films = studio.build(studio.scene, other).run()
    said = capsys.readouterr().err.splitlines()[-1]
    frames = [len(pictures(film)) for film in films]
    assert said.startswith(f"{sum(frames):,} frames: ")
    studio.build().run()
    count = int(said.split(": ")[1].split()[0])
    shutil.rmtree(studio.media)
    studio.build().run()
    assert f": {count:,} drawn" in capsys.readouterr().err.splitlines()[-1]


def test_a_longer_line_moves_what_comes_after_it_and_draws_nothing_again(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.build().run()
    frames = len(pictures(studio.film))
    studio.change("And a dot that moves about.", "And a dot that moves about, as we shall see in a moment.")
    capsys.readouterr()
    studio.build().run()
    assert len(pictures(studio.film)) > frames
    assert ": 0 drawn" in capsys.readouterr().err.splitlines()[-1]


def test_what_was_used_least_recently_goes_first(studio: Studio) -> None:
    kept = Store()
    for key in ("aa1", "bb2", "cc3"):
        kept.keep(key, GROUP)
    old = time.time() - 2 * store.SPARED
    size = kept.size() // 3
    for path in group_files(studio):
        os.utime(path, (old, old))
    torn, writing = (path.with_name(f".{path.stem}.abc.group") for path in group_files(studio)[:2])
    for path in (torn, writing):
        path.write_bytes(b"half")
    os.utime(torn, (old, old))
    kept.touch(["bb2"])
    kept.prune(2.5 * size)
    assert [key in kept for key in ("aa1", "bb2", "cc3")] == [False, True, True]
    assert (torn.exists(), writing.exists()) == (False, True)
    writing.unlink()
    kept.prune(0)
    assert [key in kept for key in ("aa1", "bb2", "cc3")] == [False, True, False]  # somebody uses it now
    assert kept.fetch("bb2") == GROUP
    with pytest.raises(MissingError, match="Render again"):
        kept.fetch("aa1")


@pytest.mark.parametrize("value", ['"5 GB"', "-1", "true", "nan"])
def test_a_limit_that_is_no_size_is_refused_before_anything_is_drawn(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    settings = studio.folder / "course.toml"
    cast = '[cast]\nprompt = "a fish"\nother = "a car"\n'
    settings.write_text(f"{cast}[render]\nstore = {value}\n")
    monkeypatch.setenv("COURSE_FILE", str(settings))
    with pytest.raises(UsageError, match="is a number of gigabytes"):
        studio.build().run()
    assert not studio.media.exists()
    settings.write_text(f"{cast}[render]\nstore = 0.5\n")
    assert limit_of_store() == 5e8
    settings.write_text(cast)
    assert limit_of_store() == 5e9
