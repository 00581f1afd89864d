"""Takes the planned steps on YouTube one by one and writes each confirmed fact into the ledger.

Not for planning them, and not for the conversation with the producer: `planning` and `command` do that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from googleapiclient.http import MediaFileUpload

from course.errors import CourseError, UsageError
from course.progress import progress
from course.publish import planning, upload
from course.publish.built import Built
from course.publish.ledger import Ledger, Published
from course.publish.metadata import Listing, alike, body, text_digest, writable
from course.publish.playlists import Playlists
from course.publish.refusals import NO_CHANNEL, RefusedError, Then
from course.publish.site import Site, UnsureError

TIME = "%Y-%m-%dT%H:%M:%SZ"
PROCESSED, PROCESSING, FAILED = "processed", "processing", "failed"
PROCESSING_TAKES = timedelta(hours=24)
"""No film of this length is processed for longer."""
_SPOKEN = {
    "categoryId": "category",
    "defaultLanguage": "language",
    "defaultAudioLanguage": "spoken language",
    "selfDeclaredMadeForKids": "made for kids",
    "containsSyntheticMedia": "synthetic media",
}


class Publisher:
    """Publishes episodes for one signed-in account."""

    def __init__(self, site: Site, table: Listing, wish: planning.Wish, say: Callable[[str], None]) -> None:
        self.site, self.table, self.wish, self.say = site, table, wish, say
        self.ledger: Ledger = site.ledger
        self.playlists = Playlists(site, say)
        self.state: dict[str, str] = {}
        self.trouble: dict[str, str] = {}
        self.left: list[str] = []

    def check_account(self) -> None:
        """Make sure that there is a channel, that it is this course's, and that a schedule lies ahead."""
        channel = next(iter(self.site.pages("channels.list", part="id", mine=True)), None)
        if channel is None:
            raise CourseError(NO_CHANNEL)
        if self.ledger.channel not in ("", channel["id"]):
            raise CourseError(
                "The signed-in account is not the channel that this course was published on. Run "
                "`course publish --logout` and sign in with that account, or move media/published.json away."
            )
        if self.wish.schedule and self.wish.schedule <= self.site.now():
            raise UsageError(
                f"The time {self.wish.schedule.astimezone():%Y-%m-%d %H:%M} is past. Give a later one."
            )
        if self.ledger.channel != channel["id"]:
            self.ledger.channel = channel["id"]
            self.ledger.save()

    def look(self, names: list[str]) -> list[str]:
        """Bring the ledger's visibilities up to date. Returns the chapters whose film is gone."""
        known = {name: self.ledger.episodes[name] for name in names if name in self.ledger.episodes}
        there = upload.look(self.site, [entry.video for entry in known.values()])
        for name, entry in known.items():
            if entry.video in there:
                self._note(name, entry, there[entry.video])
        self.ledger.save()
        return [name for name, entry in known.items() if entry.video not in there]

    def forget(self, names: list[str]) -> None:
        """Take films that are gone out of the ledger: they are uploaded again."""
        for name in names:
            upload.Sessions().drop(self.ledger.episodes.pop(name).film)
        self.ledger.save()

    def publish(self, built: Built) -> None:
        """Take every step that is left for one episode, look whether all is well, and say so."""
        do: dict[str, Callable[[Built], None]] = {
            "upload": self._upload,
            "unlist": self._unlist,
            "text": self._text,
            "thumbnail": self._thumbnail,
            "captions": self._captions,
            "playlist": self._playlist,
            "visibility": self._visibility,
            "open": self._open,
        }
        name = built.entry
        taken: set[str] = set()
        while True:
            entry = self.ledger.episodes.get(name)
            if entry and entry.film == built.film_digest and self.state.get(name) == FAILED:
                return  # nothing helps a film that the site could not read; that is said already
            # Each kind once: a step that changes nothing (the site kept a film private) is not taken again.
            left = [
                step for step in planning.steps(built, entry, self.table, self.wish) if step.kind not in taken
            ]
            if not left:
                break
            if left[0].kind != "upload":
                self.say(f"{name}: {left[0].sentence}")
            do[left[0].kind](built)
            taken.add(left[0].kind)
        self._end(name, taken)

    def unfinished(self) -> list[str]:
        """What is not as it was asked for, one sentence each."""
        return list(dict.fromkeys([*self.trouble.values(), *self.left]))

    def _end(self, name: str, taken: set[str]) -> None:
        """Look once more at what was changed, and say how the film stands."""
        entry = self.ledger.episodes[name]
        if taken:
            wanted = ("private" if self.wish.schedule else self.wish.privacy, self.wish.publish_at)
            shown: dict[str, Any] = {}

            def as_wanted() -> bool:
                shown.update(upload.look(self.site, [entry.video], 1))
                status = shown.get(entry.video, {}).get("status", {})
                stands = (status.get("privacyStatus"), _utc(status.get("publishAt", "")))
                return entry.video in shown and ("visibility" not in taken or stands == wanted)

            right = self.site.seen(as_wanted)
            if entry.video not in shown:
                self.left.append(
                    f"{entry.address} is not to be seen on YouTube. Look at it in YouTube Studio."
                )
                return
            self._note(name, entry, shown[entry.video])
            self.ledger.save()
            if not right:
                self.left.append(
                    f"{name} stays {entry.privacy}: YouTube keeps uploads of projects that it has not "
                    "audited private. docs/publishing.md says how to ask for an audit."
                )
        nothing = "" if taken else "nothing to do, "
        if self.state.get(name) == PROCESSING:
            self.say(
                f"{name}: {nothing}but YouTube is still processing {entry.address}. "
                "Run the same command again later to see that it came through."
            )
        elif nothing and self.state.get(name) == PROCESSED:
            self.say(f"{name}: nothing to do, {entry.address} is up to date")

    def _entry(self, built: Built) -> Published:
        return self.ledger.episodes[built.entry]

    def _upload(self, built: Built) -> None:
        digest = built.film_digest
        value = body(built, self.table, digest)
        sent = {"snippet": value["snippet"], "status": value["status"] | {"privacyStatus": "private"}}
        with progress(total=built.film.stat().st_size, desc=built.entry, unit="B", unit_scale=True) as bar:

            def confirmed(received: int, size: int) -> None:
                bar.update(received - bar.n)
                self.ledger.uploading[built.entry] = {"film": digest, "confirmed": received, "size": size}
                self.ledger.save()

            begun = self.ledger.uploading.get(built.entry, {}).get("film") == digest
            video, text = upload.send(
                self.site, built.film, digest, sent, text_digest(value), confirmed, begun
            )
        old = self.ledger.episodes.get(built.entry)
        entry = Published(video["id"], digest, f"{self.site.now():{TIME}}", text)
        if old:
            entry.replaced = old.replaced | {old.video: old.privacy}
            entry.old_items = [*old.old_items, *filter(None, [old.playlist_item])]
        if text == text_digest(value):
            told = value["snippet"] | value["status"]
            # A film that was found may have been changed by hand already.
            entry.stood = {k: v for k, v in _ours(told, video).items() if k == "tags" or alike(v, told[k])}
        self._note(built.entry, entry, video)
        self.ledger.episodes[built.entry] = entry
        self.ledger.uploading.pop(built.entry, None)
        self.ledger.save()
        upload.Sessions().drop(digest)
        self.say(f"{built.entry}: the film is at {entry.address}")

    def _text(self, built: Built) -> None:
        """Send the fields that changed here; what was changed by hand on the site since stays there."""
        entry = self._entry(built)
        value = body(built, self.table, entry.film)
        now = self._there(entry.video)
        sent, kept = value["snippet"] | value["status"], []
        there = now["snippet"] | now["status"]
        if entry.stood:
            by_hand = [tag for tag in there.get("tags", []) if tag not in entry.stood.get("tags", [])]
            sent["tags"] = list(dict.fromkeys([*sent["tags"], *by_hand]))
            for name in [name for name in sent if name != "tags"]:
                now_there = there.get(name)
                if not alike(now_there, entry.stood.get(name)) and not alike(now_there, sent[name]):
                    del sent[name]
                    kept.append(_SPOKEN.get(name, name))
        parts = {part: {k: v for k, v in sent.items() if k in value[part]} for part in value}
        answer = self._update(now, **parts)
        if kept:
            self.say(
                f"{built.entry}: changed by hand on YouTube, so it stays as it is there: {', '.join(kept)}."
            )
        ours = {name: one for name, one in (value["snippet"] | value["status"]).items() if name in sent}
        entry.stood, entry.text = _ours(ours, answer), text_digest(value)
        self.ledger.save()

    def _thumbnail(self, built: Built) -> None:
        media = MediaFileUpload(str(built.thumbnail), mimetype="image/png")
        entry = self._entry(built)
        try:
            self.site.call("thumbnails.set", videoId=entry.video, media_body=media)
        except RefusedError as error:
            why = {
                "forbidden": "YouTube wants the channel verified by phone first. "
                "Do that at https://www.youtube.com/verify and run the same command again.",
                "uploadRateLimitExceeded": str(error),
            }.get(error.reason)
            if why is None:
                raise
            self.left.append(f"{built.entry} has no thumbnail: {why}")
            return
        entry.thumbnail = built.thumbnail_digest
        self.ledger.save()

    def _captions(self, built: Built) -> None:
        """Change the track that the ledger knows, or add one; nobody else's is touched."""
        entry = self._entry(built)
        tracks: dict[str, dict[str, Any]] = {}

        def known() -> bool:
            listed = self.site.call("captions.list", part="snippet", videoId=entry.video).get("items", [])
            tracks.clear()
            tracks.update((one["id"], one["snippet"]) for one in listed)
            return entry.captions_track in ("", *tracks)

        self.site.seen(known)
        if entry.captions_track in tracks:
            media = _subtitles(built)
            self.site.call("captions.update", part="id", body={"id": entry.captions_track}, media_body=media)
        else:
            track = self._track(built, entry.video, tracks)
            if track is None:
                self.left.append(
                    f"{built.entry}: its captions were not added, for the tracks in "
                    f"“{self.table.language}” that are there are not this course's. "
                    "Delete or rename one in YouTube Studio and run the same command again."
                )
                return
            entry.captions_track = track
        entry.captions = built.captions_digest
        self.ledger.save()

    def _track(self, built: Built, video: str, tracks: dict[str, dict[str, Any]]) -> str | None:
        """Add a caption track beside `tracks`, or take up the one whose answer got lost. None: no room."""
        language = self.table.language

        def rivals(listed: dict[str, dict[str, Any]]) -> dict[str, str]:
            return {
                key: one.get("name", "")
                for key, one in listed.items()
                if one.get("trackKind") != "ASR" and one["language"].lower() == language.lower()
            }

        def is_ours(track: str) -> bool:
            # To the letter: nothing is lost by calling it so.
            return self._reads(track) == _words(built.captions.read_bytes())

        there = rivals(tracks)
        if same := next(filter(is_ours, there), None):
            return same
        free = [name for name in ("", self.table.playlist) if name not in there.values()]
        if not free:
            return None
        snippet = {"videoId": video, "language": language, "name": free[0], "isDraft": False}
        rival = False

        def find() -> dict[str, Any] | None:
            listed = self.site.call("captions.list", part="snippet", videoId=video).get("items", [])
            names = rivals({one["id"]: one["snippet"] for one in listed if one["id"] not in tracks})
            found = next((one for one in listed if names.get(one["id"]) == free[0]), None)
            return found if found and (not rival or is_ours(found["id"])) else None

        def make() -> dict[str, Any]:
            nonlocal rival
            media = _subtitles(built)
            try:
                return self.site.call(
                    "captions.insert", part="snippet", body={"snippet": snippet}, media_body=media
                )
            except UnsureError as unsure:
                # One of this name is there and was not shown: ours of before, or somebody else's.
                rival = rival or bool(unsure.refusal and unsure.refusal.reason == "captionExists")
                raise

        try:
            track = self.site.ensure(find, make, looked=True)
        except RefusedError as error:
            if error.reason != "captionExists":
                raise
            return None
        if free[0]:
            self.say(
                f"{built.entry}: the captions in “{language}” that somebody added stay; "
                f"this course's stand beside them as “{free[0]}”."
            )
        if track.get("snippet", {}).get("status") == "failed":
            why = track["snippet"].get("failureReason", "no reason given")
            self.left.append(f"{built.entry}: YouTube could not read its captions ({why}).")
        return str(track["id"])

    def _reads(self, track: str) -> list[str] | None:
        """The words of a caption track; None where the site does not give it out."""
        try:
            return _words(self.site.call("captions.download", id=track))
        except RefusedError as error:
            if error.then is Then.TOMORROW:
                raise
            return None

    def _playlist(self, built: Built) -> None:
        entry = self._entry(built)
        name = self.wish.playlist or entry.playlist or self.table.playlist
        try:
            entry.playlist_item = self.playlists.put(built.entry, entry, name)
        except RefusedError as error:
            if error.then is Then.TOMORROW:
                raise
            # What the producer asked for besides, such as a schedule, does not hang on it.
            self.left.append(
                f"{built.entry} is not in the playlist “{name}” yet ({error.reason}). "
                "Run the same command again later."
            )
            return
        entry.playlist = name
        self.ledger.save()

    def _visibility(self, built: Built) -> None:
        entry = self._entry(built)
        if self.wish.schedule:
            if entry.privacy == "public":
                raise UsageError(f"{built.entry} is public already; only a private film can be scheduled.")
            status: dict[str, Any] = {"privacyStatus": "private", "publishAt": self.wish.publish_at}
        else:
            status = {"privacyStatus": self.wish.privacy, "publishAt": None}
        self._note(built.entry, entry, self._update(self._there(entry.video), status=status))
        entry.playlist_closed = entry.privacy != "private"
        self.ledger.save()

    def _open(self, built: Built) -> None:
        """A film that can be seen belongs in a playlist that can be seen."""
        entry = self._entry(built)
        name = entry.playlist or self.table.playlist
        try:
            found = self.playlists.open(name, entry.privacy)
        except RefusedError as error:
            if error.then is Then.TOMORROW:
                raise
            found = False
        if not found:
            self.left.append(
                f"The playlist “{name}” is not to be found on YouTube, so it was not opened. "
                "Run the same command again later, or name another with --playlist."
            )
            return
        entry.playlist_closed = False
        self.ledger.save()

    def _unlist(self, built: Built) -> None:
        entry = self._entry(built)
        for video in planning.old(entry, built.film_digest):
            now = upload.look(self.site, [video]).get(video)
            if now and now["status"].get("privacyStatus") == "public":
                self._update(now, status={"privacyStatus": "unlisted"})
                entry.replaced[video] = "unlisted"
            else:  # somebody has closed or deleted it since
                entry.replaced[video] = now["status"].get("privacyStatus", "private") if now else "deleted"
            self.ledger.save()

    def _there(self, video: str) -> dict[str, Any]:
        now = upload.look(self.site, [video]).get(video)
        if now is None:
            raise CourseError(
                f"https://youtu.be/{video} is no longer on YouTube. Run the same command again."
            )
        return now

    def _update(self, now: dict[str, Any], **parts: dict[str, Any]) -> dict[str, Any]:
        """Change some fields of a video. The site erases what an update of a part leaves out, so the rest
        is sent back; parts without a change are not sent."""
        value = {name: writable(now[name]) | changes for name, changes in parts.items()}
        status = value.get("status", {})
        if status.get("privacyStatus") != "private" or not status.get("publishAt"):
            status.pop("publishAt", None)
        answer: dict[str, Any] = self.site.call(
            "videos.update", part=",".join(value), body={"id": now["id"], **value}
        )
        return answer

    def _note(self, name: str, entry: Published, video: dict[str, Any]) -> None:
        """Write down who can see the film and how its processing stands, as the site tells it."""
        status = video.get("status", {})
        privacy, publish_at = entry.privacy, entry.publish_at
        entry.privacy = status.get("privacyStatus", privacy)
        entry.publish_at = _utc(status.get("publishAt", ""))
        if publish_at and not entry.publish_at and (privacy, entry.privacy) == ("private", "public"):
            entry.playlist_closed = True  # its schedule has come
        self.state[name], reason = _state(video)
        self.trouble.pop(name, None)
        if self.state[name] == FAILED:
            self.trouble[name] = (
                f"YouTube did not accept {entry.address} ({reason}). Look at it in YouTube Studio; "
                "once it is deleted there, the same command uploads it again."
            )
        elif self.state[name] == PROCESSING and self.site.now() - _moment(entry.uploaded) > PROCESSING_TAKES:
            self.trouble[name] = (
                f"YouTube has been processing {entry.address} since {entry.uploaded} and does not end. Look "
                "at it in YouTube Studio; once it is deleted there, the same command uploads it again."
            )


def _state(video: dict[str, Any]) -> tuple[str, str]:
    """How far the site is with a film, and why not further. No reason is needed to have failed."""
    status, details = video.get("status", {}), video.get("processingDetails", {})
    uploaded = status.get("uploadStatus")
    if uploaded in ("failed", "rejected", "deleted") or details.get("processingStatus") == "failed":
        reasons = (status.get("rejectionReason"), status.get("failureReason"))
        reason = next(filter(None, (*reasons, details.get("processingFailureReason"))), None)
        return FAILED, reason or f"{uploaded or 'failed'}, no reason given"
    return (PROCESSED if uploaded == "processed" else PROCESSING), ""


def _ours(sent: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The fields that were sent as the site has them now; of the tags only those that were sent."""
    there = answer.get("snippet", {}) | answer.get("status", {})
    return {name: there[name] for name in sent if name in there} | {"tags": sent["tags"]}


def _subtitles(built: Built) -> MediaFileUpload:
    return MediaFileUpload(str(built.captions), mimetype="application/octet-stream")


def _words(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", errors="replace").split()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _utc(text: str) -> str:
    """A time as the site writes it, to the second, in UTC."""
    return f"{_moment(text):{TIME}}" if text else ""
