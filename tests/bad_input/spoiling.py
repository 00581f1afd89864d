"""Ways to spoil a checkout: functions that make something of it missing, damaged or other than it has to be.

Not for what is said about it: see `kinds`.
"""

import shutil
import wave
from pathlib import Path

from course.model.data import SHEET
from course.paths import media
from course.render.rendered import rendered_path
from tests.bad_input.checkout import SCENE, TINY, Checkout, Spoil
from tests.publish.desk import Desk, make_film
from tests.publish.loopback import YouTube

SCRIPT, TAKE = f"assets/voice/{TINY}/script.json", f"assets/voice/{TINY}/001.wav"


def write(name: str, content: str | bytes) -> Spoil:
    """A file with this content in place of what is there."""

    def spoil(checkout: Checkout) -> None:
        path = checkout.root / name
        _gone(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def swap(name: str, old: str, new: str) -> Spoil:
    """Other words in a file."""

    def spoil(checkout: Checkout) -> None:
        path = checkout.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not say {old!r} any more"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return spoil


def remove(name: str) -> Spoil:
    """Files or folders that are not there, by their name or a pattern."""

    def spoil(checkout: Checkout) -> None:
        for path in _all(checkout, name):
            _gone(path)

    return spoil


def read_only(name: str) -> Spoil:
    """A folder, and those in it, in which nothing can be written."""

    def spoil(checkout: Checkout) -> None:
        top = checkout.root / name
        for path in (top, *top.rglob("*")):
            if path.is_dir():
                path.chmod(0o555)

    return spoil


def folder(name: str) -> Spoil:
    """An empty folder in place of what is there."""

    def spoil(checkout: Checkout) -> None:
        _gone(checkout.root / name)
        (checkout.root / name).mkdir(parents=True)

    return spoil


def cut(pattern: str) -> Spoil:
    """The first half of the files of this pattern."""

    def spoil(checkout: Checkout) -> None:
        for path in _all(checkout, pattern):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return spoil


def both(*spoils: Spoil) -> Spoil:
    """One after the other."""

    def spoil(checkout: Checkout) -> None:
        for one in spoils:
            one(checkout)

    return spoil


def toml(text: str) -> Spoil:
    """This `course.toml`."""
    return write("course.toml", text)


def cast(line: str) -> Spoil:
    """A cast whose entries are good but for this line, which replaces its own."""
    good = {
        "prompt": '"a big butterfly"',
        "other": '"a big snail"',
        "seed": "7",
        "steps": "6",
        "guidance": "1.0",
    }
    name = line.split(" = ")[0]
    lines = [f"{key} = {value}" for key, value in good.items() if key != name]
    return toml("\n".join(["[cast]", *lines, line, ""]))


def scene(old: str, new: str) -> Spoil:
    """Other code in the tiny chapter."""
    return swap(SCENE, old, new)


def episode(checkout: Checkout) -> None:
    """A finished episode of the tiny chapter."""
    film = checkout.base / "film.mp4"
    if not film.exists():
        make_film(film)
    site = YouTube()
    try:
        Desk(checkout.root, site, [film]).episode(TINY)
    finally:
        site.shutdown()
        site.server_close()


def overwrite(pattern: str, content: str) -> Spoil:
    """This content in all files of this pattern."""

    def spoil(checkout: Checkout) -> None:
        for path in _all(checkout, pattern):
            path.write_text(content, encoding="utf-8")

    return spoil


def half_a_picture(checkout: Checkout) -> None:
    """The first half of a PNG, half.png."""
    data = SHEET.read_bytes()
    (checkout.root / "half.png").write_bytes(data[: len(data) // 2])


def take(checkout: Checkout) -> None:
    """A take of the tiny chapter's first line: a second of silence."""
    write(SCRIPT, '{"lines": {"001": "This is a picture."}}')(checkout)
    with wave.open(str(checkout.root / TAKE), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(bytes(96000))


def rendered(content: str) -> Spoil:
    """This in place of what a rendered tiny chapter is known by."""
    return write(f"media/{rendered_path(TINY).relative_to(media())}", content)


def secrets(content: str) -> Spoil:
    """This as the access to YouTube that Google's console gave."""

    def spoil(checkout: Checkout) -> None:
        path = checkout.home / ".config" / "noise-to-picture" / "client_secrets.json"
        path.parent.mkdir(parents=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)

    return spoil


def _all(checkout: Checkout, pattern: str) -> list[Path]:
    paths = list(checkout.root.glob(pattern))
    assert paths, f"there is no {pattern} any more"
    return paths


def _gone(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
