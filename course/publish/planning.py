"""Compares what is built with what is on YouTube: which steps are left for an episode, and what they cost.

Not for taking them, nor for asking the site: a plan is made from files, so a dry run needs no connection.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from course.publish.built import Built
from course.publish.ledger import DAILY_UNITS, DAILY_UPLOADS, Published, Quota
from course.publish.metadata import Listing, body, text_digest


@dataclass(frozen=True)
class Wish:
    """What the producer asked for. `privacy` and `playlist` None: as it is; for a new film, the default."""

    privacy: str | None = None
    schedule: datetime | None = None
    playlist: str | None = None
    unlist_old: bool = False

    @property
    def publish_at(self) -> str:
        """The schedule as the site writes it, in UTC."""
        return f"{self.schedule:%Y-%m-%dT%H:%M:%SZ}" if self.schedule else ""


@dataclass(frozen=True)
class Step:
    """One thing to do: its kind, a sentence for people, its cost in quota units and uploads."""

    kind: str
    sentence: str
    units: int = 0
    uploads: int = 0


def steps(built: Built, entry: Published | None, table: Listing, wish: Wish) -> list[Step]:
    """What is left to do for one episode, in the order in which it is done.

    Visibility comes last: nobody sees a film before its captions, its thumbnail and its place are right.
    """
    found = []
    film, captions, thumbnail = built.film_digest, built.captions_digest, built.thumbnail_digest
    same = entry is not None and entry.film == film
    if entry is None:
        found.append(Step("upload", "upload the film, private for now", 3, 1))
    elif not same:
        found.append(Step("upload", f"upload the changed film as a new video ({entry.address} stays)", 3, 1))
    text = text_digest(body(built, table, film))
    if entry and same and entry.text != text:
        found.append(Step("text", "update title, description and declarations", 51))
    if not entry or not same or entry.thumbnail != thumbnail:
        found.append(Step("thumbnail", "set the thumbnail", 50))
    if not entry or not same or entry.captions != captions:
        track = same and entry and entry.captions_track
        found.append(Step("captions", "replace the captions" if track else "add the captions", 450))
    playlist = wish.playlist or (entry.playlist if entry else "") or table.playlist
    if not entry or not same or not entry.playlist_item or entry.playlist != playlist:
        found.append(Step("playlist", f"put it in its place in the playlist “{playlist}”", 53))
    privacy = entry.privacy if entry and same else "private"
    if wish.schedule and not (entry and same and entry.publish_at == wish.publish_at):
        local = wish.schedule.astimezone()
        found.append(Step("visibility", f"make it public on {local:%d %B %Y at %H:%M (UTC%z)}", 51))
    elif (
        wish.privacy
        and not wish.schedule
        and (wish.privacy != privacy or (entry and same and entry.publish_at))
    ):
        found.append(Step("visibility", f"make it {wish.privacy}", 51))
    if entry and same and entry.playlist_closed:
        found.append(Step("open", f"open the playlist “{playlist}” as wide as its film", 52))
    if wish.unlist_old and entry:
        found += [
            Step("unlist", f"unlist the old film https://youtu.be/{video}", 51) for video in old(entry, film)
        ]
    return found


def old(entry: Published, film: str) -> list[str]:
    """The videos with earlier films of a chapter that anybody can see. A private one stays private."""
    seen = [video for video, privacy in entry.replaced.items() if privacy == "public"]
    return [*seen, entry.video] if entry.film != film and entry.privacy == "public" else seen


def cost(all_steps: Iterable[Step], quota: Quota) -> tuple[str, bool]:
    """The estimate in words, and whether it fits into what is left of today by our own count."""
    listed = list(all_steps)
    units, uploads = sum(step.units for step in listed) + 2, sum(step.uploads for step in listed)
    left = (max(0, DAILY_UNITS - quota.units), max(0, DAILY_UPLOADS - quota.uploads))
    text = (
        f"Quota: about {units} units and {uploads} uploads, of about {left[0]} units and {left[1]} uploads "
        "left today by this course's own count (YouTube does not tell)."
    )
    return text, units <= left[0] and uploads <= left[1]
