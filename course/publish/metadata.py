"""What YouTube is told about a film (title, description, tags, declarations), and its rules for that.

Not for sending it: `publishing` does that.
"""

import json
import re
from dataclasses import dataclass, fields
from typing import Any

from course.cast import table
from course.errors import UsageError
from course.files import digest_bytes
from course.publish.built import COURSE, TRAILER, Built

TITLE_CHARACTERS, DESCRIPTION_CHARACTERS, TAG_CHARACTERS = 100, 5000, 500
MARK_SECONDS, MARKS = 10, 3
SITE_CHARACTERS = 60  # there is room for so much under every film
_ADDRESS = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?(/[A-Za-z0-9._~%-]+)*/?", re.ASCII)


@dataclass(frozen=True)
class Listing:
    """The `[publish]` table of `course.toml`: what holds for every film of the course.

    `category` is the site's number (27 is Education). `synthetic_media` is declared by default: the pictures
    are a generative model's and the voice may be a machine's.
    """

    playlist: str = "Noise to Picture"
    tags: tuple[str, ...] = ("diffusion models", "generative AI", "machine learning", "mathematics", "Manim")
    category: int = 27
    language: str = "en"
    license: str = "youtube"
    site: str = ""
    made_for_kids: bool = False
    synthetic_media: bool = True

    def __post_init__(self) -> None:
        if self.license not in ("youtube", "creativeCommon"):
            raise UsageError(
                f"license under [publish] is {self.license!r}, but YouTube knows youtube and creativeCommon."
            )
        if self.site and not (_ADDRESS.fullmatch(self.site) and len(self.site) <= SITE_CHARACTERS):
            raise UsageError(
                f"site under [publish] is {self.site!r}, which is no address of at most {SITE_CHARACTERS} "
                'characters. Write it whole: site = "https://example.org/noise-to-picture".'
            )


def listing() -> Listing:
    """What `course.toml` says under `[publish]`; what it does not say keeps its default."""
    kinds: dict[str, type] = {item.name: type(item.default) for item in fields(Listing)}
    said = table("publish", kinds)
    for name, value in said.items():
        wanted = list if kinds[name] is tuple else kinds[name]
        if type(value) is not wanted:
            raise UsageError(f"{name} under [publish] in course.toml should be a {_SPOKEN[kinds[name]]}.")
        said[name] = tuple(map(str, value)) if isinstance(value, list) else value
    return Listing(**said)


_SPOKEN = {str: "text in quotes", int: "whole number", bool: "true or false", tuple: "list of texts"}


def build_tag(film_digest: str) -> str:
    """A tag that names the film's bytes, by which an upload is recognised even without the ledger."""
    return f"noise-to-picture-{film_digest[:16]}"


def description(built: Built, table: Listing) -> str:
    """The text under a film: as it was built, and after its first paragraph where its page is."""
    if not table.site:
        return built.description
    first, gap, rest = built.description.partition("\n\n")
    page = "" if built.chapter in (COURSE, TRAILER) else f"{built.chapter}.html"
    return f"{first}\n\nTo read and to touch: {table.site.rstrip('/')}/{page}{gap}{rest}"


def body(built: Built, table: Listing, film_digest: str) -> dict[str, Any]:
    """The `snippet` and `status` of the video resource, without its visibility."""
    return {
        "snippet": {
            "title": built.title,
            "description": description(built, table),
            "tags": [*table.tags, build_tag(film_digest)],
            "categoryId": str(table.category),
            "defaultLanguage": table.language,
            "defaultAudioLanguage": table.language,
        },
        "status": {
            "license": table.license,
            "selfDeclaredMadeForKids": table.made_for_kids,
            "containsSyntheticMedia": table.synthetic_media,
        },
    }


def text_digest(value: dict[str, Any]) -> str:
    """SHA-256 of a body: it changes when anything that the site is told changes."""
    return digest_bytes(json.dumps(value, sort_keys=True).encode())


# What the site fills in itself; everything else in a part that is updated is erased where it is not sent.
_SITES_OWN = {
    *("publishedAt", "channelId", "channelTitle", "thumbnails", "localized", "liveBroadcastContent"),
    *("uploadStatus", "failureReason", "rejectionReason", "madeForKids"),
}


def writable(part: dict[str, Any]) -> dict[str, Any]:
    """A part as the site tells it, without what only the site can write: what an update has to send back."""
    return {name: value for name, value in part.items() if name not in _SITES_OWN}


def alike(one: Any, other: Any) -> bool:
    """Whether two values of a field are the same but for white space, which the site tidies in texts."""
    return _tidy(one) == _tidy(other)


def _tidy(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


def time_stamps(description: str) -> list[int]:
    """The seconds of the lines that begin with a time stamp such as 1:05 or 1:02:03."""
    found = re.findall(r"^(?:(\d+):)?(\d{1,2}):(\d\d)\b", description, re.MULTILINE)
    return [int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) for hours, minutes, seconds in found]


def problems(title: str, description: str, tags: tuple[str, ...], duration: float) -> list[str]:
    """What the site would refuse or ignore, one sentence each. `duration` in seconds."""
    found = []
    if (length := _length(title)) > TITLE_CHARACTERS:
        found.append(f"The title has {length} characters, but YouTube takes {TITLE_CHARACTERS}. Shorten it.")
    # The API counts a description in bytes, the site in characters; both must fit.
    if (length := len(description.encode())) > DESCRIPTION_CHARACTERS:
        found.append(
            f"The description has {length} bytes, but YouTube takes {DESCRIPTION_CHARACTERS}. Shorten it."
        )
    for name, text in (("title", title), ("description", description)):
        if re.search("[<>]", text):
            found.append(f"The {name} contains an angle bracket, which YouTube refuses. Write it in words.")
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]", text) or (name == "title" and "\n" in text):
            found.append(f"The {name} contains a control character. Take it out.")
    if (length := sum(len(tag) + 2 * (" " in tag) + 1 for tag in tags)) > TAG_CHARACTERS:
        found.append(f"The tags have {length} characters together, but YouTube takes {TAG_CHARACTERS}.")
    stamps = time_stamps(description)
    gaps = [b - a for a, b in zip(stamps, [*stamps[1:], duration], strict=False)]
    # A film without chapters is none the worse for it.
    if stamps and (len(stamps) < MARKS or stamps[0] != 0):
        found.append(
            f"The description has {len(stamps)} time stamps, but YouTube shows chapters only "
            f"from {MARKS} on, the first at 0:00."
        )
    elif stamps and min(gaps) < MARK_SECONDS:
        found.append(
            f"Two time stamps in the description are {min(gaps):.0f} s apart, but YouTube shows chapters "
            f"only where each is at least {MARK_SECONDS} s long."
        )
    return found


def _length(text: str) -> int:
    """How the site counts: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2
