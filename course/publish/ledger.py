"""What is known to be on YouTube, written down after each confirmed fact: `media/published.json`.

Not for secrets: the sign-in and the addresses of unfinished uploads lie in the user's configuration folder.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from course.errors import CourseError
from course.files import write_json
from course.paths import media, shown

DAILY_UNITS, DAILY_UPLOADS = 10_000, 100


@dataclass
class Published:
    """One episode on YouTube. Digests are SHA-256 of what was sent; empty means not there yet.

    `stood` is the text as this course wrote it: a field that reads otherwise on the site was changed by hand.
    `playlist_closed` says that the playlist has yet to be opened for a film that people can see. `replaced`
    holds the videos with earlier films of this episode, and who can see them; `old_items` their entries in
    playlists.
    """

    video: str
    film: str
    uploaded: str
    text: str = ""
    stood: dict[str, Any] = field(default_factory=dict)
    thumbnail: str = ""
    captions: str = ""
    captions_track: str = ""
    playlist: str = ""
    playlist_item: str = ""
    playlist_closed: bool = False
    privacy: str = "private"
    publish_at: str = ""
    replaced: dict[str, str] = field(default_factory=dict)
    old_items: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the film is watched."""
        return f"https://youtu.be/{self.video}"


@dataclass
class Playlist:
    """A playlist that films of this course lie in, and whether this course made it."""

    id: str
    made: bool = False


@dataclass
class Quota:
    """The quota used on `day` (Pacific time), by this course's own count: the site does not tell."""

    day: str = ""
    units: int = 0
    uploads: int = 0

    def on(self, moment: datetime) -> "Quota":
        """The count for the day that holds `moment`: this one, or a fresh one."""
        day = moment.astimezone(_pacific()).date().isoformat()
        return self if day == self.day else Quota(day)


@dataclass
class Ledger:
    """The whole file. `uploading` tells how far an unfinished film has come, by chapter; `playlists` go by
    the name that the producer gave."""

    path: Path
    channel: str = ""
    episodes: dict[str, Published] = field(default_factory=dict)
    uploading: dict[str, dict[str, Any]] = field(default_factory=dict)
    playlists: dict[str, Playlist] = field(default_factory=dict)
    quota: Quota = field(default_factory=Quota)

    def save(self) -> None:
        """Write the file atomically."""
        value = asdict(self)
        del value["path"]
        write_json(self.path, value)

    def spend(self, units: int, uploads: int, moment: datetime) -> None:
        """Count what one request costs, before it is sent: a refused one costs as well."""
        self.quota = self.quota.on(moment)
        self.quota.units += units
        self.quota.uploads += uploads
        self.save()


def read() -> Ledger:
    """The ledger of this course; an empty one where nothing was published yet."""
    path = media() / "published.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        episodes = {name: Published(**entry) for name, entry in value.pop("episodes").items()}
        quota = Quota(**value.pop("quota"))
        # Ledgers written before have no playlists.
        playlists = {name: Playlist(**one) for name, one in value.pop("playlists", {}).items()}
        known = {item.name for item in fields(Ledger)} - {"path", "episodes", "quota", "playlists"}
        if set(value) != known:
            raise ValueError("unknown or missing entries")
        return Ledger(path, episodes=episodes, quota=quota, playlists=playlists, **value)
    except FileNotFoundError:
        return Ledger(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{shown(path)} is damaged ({error}). Restore it, or move it away: "
            "films that are on YouTube already are then recognised and not uploaded twice."
        ) from None


def next_day(moment: datetime) -> datetime:
    """When the quota starts afresh: the next midnight, Pacific time."""
    local = moment.astimezone(_pacific())
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), local.tzinfo)
    return midnight.astimezone()


def _pacific() -> ZoneInfo | timezone:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # a system without a time zone database, such as bare Windows
        return timezone(timedelta(hours=-8))
