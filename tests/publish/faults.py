"""Sixty uploads on which a seed lets things fail: 30 of a bad connection, 30 in which site and owner meddle.

Not for the service itself, which is `loopback`, and not tests: they and a benchmark run these.
"""

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.publish.desk import Desk, Result
from tests.publish.loopback import GRAIN, seeded_faults

CONNECTION, MEDDLED = range(30), range(30, 60)
NAME = "Noise to Picture"
HAND = b"1\n00:00:00,000 --> 00:00:02,000\nBy hand.\n"


@dataclass
class Outcome:
    """What came of one upload, and what was said last."""

    finished: bool
    one_video: bool
    bytes_once: bool
    all_there: bool
    foreign_untouched: bool
    text: str

    @property
    def good(self) -> bool:
        return all((self.finished, self.one_video, self.bytes_once, self.all_there, self.foreign_untouched))


class Owner:
    """Films, a playlist and a caption track that the channel's owner made, and whether they are as before."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self.site, self.chance = desk.site, chance
        site = desk.site
        snippet = {"title": "By hand", "description": "Mine.", "tags": ["mine"], "categoryId": "22"}
        status = {"privacyStatus": "private", "uploadStatus": "processed", "embeddable": False}
        site.videos["hand"] = {"id": "hand", "snippet": snippet, "status": status}
        self.playlist: dict[str, Any] = {
            "id": "PL",
            "snippet": {
                "title": NAME if chance.random() < 0.5 else "Mine",
                "description": "Mine.",
                "defaultLanguage": "en",
                "tags": ["mine"],
            },
            "status": {"privacyStatus": "private", "podcastStatus": "enabled"},
        }
        site.playlists["PL"] = self.playlist
        entry = {"playlistId": "PL", "resourceId": {"videoId": "hand"}, "position": 0}
        self.item = {"id": "hand", "snippet": entry, "contentDetails": {"note": "mine", "startAt": "3"}}
        site.items.append(self.item)
        self.track: dict[str, Any] = {}
        self.before = self.seen()

    def meddle(self) -> None:
        """Once the course's film is there: add a caption track, a tag, and forbid embedding."""
        new = next((one for key, one in self.site.videos.items() if key != "hand"), None)
        if self.track or new is None:
            return
        name = self.chance.choice(("", "For the deaf"))
        snippet = {"videoId": new["id"], "language": "en", "name": name, "trackKind": "standard"}
        if name or not self.site.captions:
            self.track = {"id": "hand", "snippet": snippet, "data": HAND}
            self.site.captions["hand"] = self.track
        new["snippet"]["tags"] = [*new["snippet"]["tags"], "mine"]
        new["status"]["embeddable"] = False
        self.before = self.seen()

    def seen(self) -> Any:
        new = next((one for key, one in self.site.videos.items() if key != "hand"), None)
        mine = self.site.playlists["PL"]
        return copy.deepcopy(
            (
                self.site.videos["hand"],
                (mine["snippet"], mine["status"]),
                [(one["id"], one.get("contentDetails")) for one in self.site.items if one["id"] == "hand"],
                self.site.captions.get("hand"),
                new and ("mine" in new["snippet"]["tags"], new["status"]["embeddable"]),
            )
        )


def upload(desk: Desk, seed: int) -> Outcome:
    """Publish chapter 2 while what the seed says fails, as often as it is killed and once more."""
    site = desk.site
    kills = [] if seed % 3 == 0 else [6 + seed % 11, 5 + seed % 13][: 1 + seed % 2]
    wish: tuple[str, ...] = ()
    owner = None
    site.fault = seeded_faults(seed, rate=0.3, expire=seed % 5 == 4)
    if seed in MEDDLED:
        chance = random.Random(seed)
        owner = Owner(desk, chance)
        site.lag = chance.choice((0, 1, 1, 2))
        site.fault = _meddled(desk, seed, chance, owner)
        wish = ("--privacy", "public", "--yes")
    for kill in kills:
        site.kill_at = len(site.log) + kill
        site.kill_when = ("before", "inside", "after")[(seed + kill) % 3]
        result = desk.publish("ch2", *wish)
        site.kill_at, site.kill_when = None, "before"
        if result.code not in (-9, 0):
            return _outcome(desk, owner, result)
    return _outcome(desk, owner, desk.publish("ch2", *wish))


def _meddled(desk: Desk, seed: int, chance: random.Random, owner: Owner) -> Callable[[str], str | None]:
    """The site stores and denies, loses a finished session, wants a minute's rest; the owner is at work."""
    site = desk.site
    connection = seeded_faults(seed, rate=0.15, expire=False)
    swallows, denials = chance.choice((0, 1)), {"/playlistItems": 1, "/captions": chance.choice((0, 1))}

    def fault(kind: str) -> str | None:
        nonlocal swallows
        owner.meddle()
        request = site.log[-1]
        if kind == "chunk" and swallows:
            session = site.sessions.get(request.rsplit("/", 1)[-1])
            if session and len(session["data"]) + GRAIN >= session["size"]:
                swallows = 0
                return "swallow"
        for path, left in denials.items():
            if left and request.startswith("POST") and request.endswith(path):
                denials[path] = left - 1
                return "missing"
        if kind == "call" and chance.random() < 0.1:
            return chance.choice(("minute", "aborted"))
        return connection(kind)

    return fault


def _outcome(desk: Desk, owner: Owner | None, result: Result) -> Outcome:
    site = desk.site
    videos = [key for key in site.videos if key != "hand"]
    film = (desk.folder() / "episode.mp4").read_bytes()
    entry: Any = desk.ledger["episodes"].get("ch2_denoise", {})
    tracks = [one for key, one in site.captions.items() if key != "hand"]
    placed = [video for video in site.in_playlist(NAME) if video != "hand"]
    wanted = "public" if owner else "private"
    return Outcome(
        finished=result.code == 0,
        one_video=len(videos) == 1 and entry.get("video") == videos[0],
        bytes_once=site.violations == [] and [site.films.get(one) for one in videos] == [film],
        all_there=(
            videos == list(site.thumbnails)
            and [one["data"] for one in tracks] == [(desk.folder() / "captions.srt").read_bytes()]
            and [one["id"] for one in tracks] == [entry.get("captions_track")]
            and placed == videos
            and all(site.videos[one]["status"]["privacyStatus"] == wanted for one in videos)
            and len(site.playlists) == 1 + bool(owner and owner.playlist["snippet"]["title"] != NAME)
            and desk.ledger["uploading"] == {}
        ),
        foreign_untouched=owner is None or owner.seen() == owner.before,
        text=result.text,
    )
