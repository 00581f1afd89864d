"""Takes the planned steps on YouTube one by one and writes each confirmed fact into the ledger.

Not for planning them, and not for the conversation with the producer: `planning` and `command` do that.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from googleapiclient.http import MediaFileUpload

from course.errors import CourseError, UsageError
from course.progress import progress
from course.publish import planning, upload
from course.publish.built import Built, course_order
from course.publish.ledger import Ledger, Published
from course.publish.metadata import Listing, body, text_digest
from course.publish.site import NO_CHANNEL, RefusedError, Site

_KEPT = ("privacyStatus", "publishAt", "embeddable", "publicStatsViewable")


class Publisher:
    """Publishes episodes for one signed-in account."""

    def __init__(self, site: Site, table: Listing, wish: planning.Wish, say: Callable[[str], None]) -> None:
        self.site, self.table, self.wish, self.say = site, table, wish, say
        self.ledger: Ledger = site.ledger
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
                self._note_status(entry, there[entry.video])
            else:
                upload.Sessions().drop(entry.film)
                del self.ledger.episodes[name]
        self.ledger.save()
        return [name for name in known if name not in self.ledger.episodes]

    def publish(self, built: Built) -> bool:
        """Take every step that is left for one episode. Returns whether there was any."""
        do: dict[str, Callable[[Built], None]] = {
            "upload": self._upload,
            "unlist": self._unlist,
            "text": self._text,
            "thumbnail": self._thumbnail,
            "captions": self._captions,
            "playlist": self._playlist,
            "visibility": self._visibility,
        }
        taken: set[str] = set()
        while True:
            entry = self.ledger.episodes.get(built.chapter)
            # Each kind once: a step that changes nothing (the site kept a film private) is not taken again.
            left = [
                step for step in planning.steps(built, entry, self.table, self.wish) if step.kind not in taken
            ]
            if not left:
                return bool(taken)
            if left[0].kind != "upload":
                self.say(f"{built.chapter}: {left[0].sentence}")
            do[left[0].kind](built)
            taken.add(left[0].kind)

    def _entry(self, built: Built) -> Published:
        return self.ledger.episodes[built.chapter]

    def _upload(self, built: Built) -> None:
        digest = built.film_digest
        value = body(built, self.table, digest)
        sent = {"snippet": value["snippet"], "status": value["status"] | {"privacyStatus": "private"}}
        with progress(total=built.film.stat().st_size, desc=built.chapter, unit="B", unit_scale=True) as bar:

            def confirmed(received: int, size: int) -> None:
                bar.update(received - bar.n)
                self.ledger.uploading[built.chapter] = {"film": digest, "confirmed": received, "size": size}
                self.ledger.save()

            video, text = upload.send(self.site, built.film, digest, sent, text_digest(value), confirmed)
        old = self.ledger.episodes.get(built.chapter)
        replaced = old.replaced | {old.video: old.privacy} if old else {}
        entry = Published(
            video["id"], digest, f"{self.site.now():%Y-%m-%dT%H:%M:%SZ}", text, replaced=replaced
        )
        self._note_status(entry, video)
        self.ledger.episodes[built.chapter] = entry
        self.ledger.uploading.pop(built.chapter, None)
        self.ledger.save()
        upload.Sessions().drop(digest)
        self.say(f"{built.chapter}: the film is at {entry.address}")

    def _text(self, built: Built) -> None:
        entry = self._entry(built)
        value = body(built, self.table, entry.film)
        self._update(entry.video, value["snippet"], value["status"])
        entry.text = text_digest(value)
        self.ledger.save()

    def _thumbnail(self, built: Built) -> None:
        media = MediaFileUpload(str(built.thumbnail), mimetype="image/png")
        entry = self._entry(built)
        try:
            self.site.call("thumbnails.set", videoId=entry.video, media_body=media)
        except RefusedError as error:
            if error.reason != "forbidden":
                raise
            self.left.append(
                f"{built.chapter} has no thumbnail: YouTube wants the channel verified by phone first. "
                "Do that at https://www.youtube.com/verify and run the same command again."
            )
            return
        entry.thumbnail = built.thumbnail_digest
        self.ledger.save()

    def _captions(self, built: Built) -> None:
        entry = self._entry(built)

        def media() -> MediaFileUpload:
            return MediaFileUpload(str(built.captions), mimetype="application/octet-stream")

        def find() -> dict[str, Any] | None:
            for track in self.site.call("captions.list", part="snippet", videoId=entry.video).get(
                "items", []
            ):
                snippet = track["snippet"]
                if snippet.get("trackKind") != "ASR" and snippet["language"] == self.table.language:
                    return track
            return None

        made = False

        def make() -> dict[str, Any]:
            nonlocal made
            made = True
            snippet = {"videoId": entry.video, "language": self.table.language, "name": "", "isDraft": False}
            return self.site.call(
                "captions.insert", part="snippet", body={"snippet": snippet}, media_body=media()
            )

        track = self.site.ensure(find, make)
        if not made:
            self.site.call("captions.update", part="id", body={"id": track["id"]}, media_body=media())
        entry.captions, entry.captions_track = built.captions_digest, track["id"]
        self.ledger.save()

    def _playlist(self, built: Built) -> None:
        entry = self._entry(built)
        name = self.wish.playlist or entry.playlist or self.table.playlist
        playlist = self.site.ensure(lambda: self._find_playlist(name), lambda: self._make_playlist(name))[
            "id"
        ]
        items = list(self.site.pages("playlistItems.list", part="snippet", playlistId=playlist))
        for item in [
            item for item in items if item["snippet"]["resourceId"].get("videoId") in entry.replaced
        ]:
            self.site.call("playlistItems.delete", id=item["id"])
            items.remove(item)
        entry.playlist_item = self._place(built.chapter, entry.video, playlist, items)
        entry.playlist = name
        self.ledger.save()

    def _place(self, chapter: str, video: str, playlist: str, items: list[dict[str, Any]]) -> str:
        """Put a film behind the last of the chapters before it. Returns the playlist item's id."""
        chapters = {entry.video: name for name, entry in self.ledger.episodes.items()}
        ids = [item["snippet"]["resourceId"].get("videoId") for item in items]
        others = [one for one in ids if one != video]
        earlier = [
            place
            for place, one in enumerate(others)
            if one in chapters and course_order(chapters[one]) < course_order(chapter)
        ]
        later = [place for place, one in enumerate(others) if one in chapters and place not in earlier]
        position = earlier[-1] + 1 if earlier else later[0] if later else len(others)
        snippet = {
            "playlistId": playlist,
            "position": position,
            "resourceId": {"kind": "youtube#video", "videoId": video},
        }

        def find() -> dict[str, Any] | None:
            listed = self.site.pages("playlistItems.list", part="snippet", playlistId=playlist, videoId=video)
            return next(iter(listed), None)

        def make() -> dict[str, Any]:
            return self.site.call("playlistItems.insert", part="snippet", body={"snippet": snippet})

        item = self.site.ensure(find, make)
        if item["snippet"]["position"] != position:
            self.site.call(
                "playlistItems.update", part="snippet", body={"id": item["id"], "snippet": snippet}
            )
        return item["id"]

    def _find_playlist(self, name: str) -> dict[str, Any] | None:
        listed = self.site.pages("playlists.list", part="snippet,status", mine=True)
        return next((one for one in listed if one["snippet"]["title"] == name), None)

    def _make_playlist(self, name: str) -> dict[str, Any]:
        value = {"snippet": {"title": name}, "status": {"privacyStatus": "private"}}
        return self.site.call("playlists.insert", part="snippet,status", body=value)

    def _visibility(self, built: Built) -> None:
        entry = self._entry(built)
        if self.wish.schedule:
            if entry.privacy == "public":
                raise UsageError(f"{built.chapter} is public already; only a private film can be scheduled.")
            status: dict[str, Any] = {"privacyStatus": "private", "publishAt": self.wish.publish_at}
        else:
            status = {"privacyStatus": self.wish.privacy, "publishAt": None}
        answer = self._update(entry.video, {}, status)
        self._note_status(entry, answer)
        self.ledger.save()
        wanted = "private" if self.wish.schedule else self.wish.privacy
        if entry.privacy != wanted or entry.publish_at != self.wish.publish_at:
            self.left.append(
                f"{built.chapter} stays {entry.privacy}: YouTube keeps uploads of projects that it has not "
                "audited private. docs/publishing.md says how to ask for an audit."
            )
        elif wanted != "private" and (playlist := self._find_playlist(entry.playlist)):
            self._open_playlist(playlist, str(wanted))

    def _open_playlist(self, playlist: dict[str, Any], privacy: str) -> None:
        """A film that can be seen belongs in a playlist that can be seen; it is never closed again."""
        openness = ["private", "unlisted", "public"]
        if openness.index(playlist["status"]["privacyStatus"]) < openness.index(privacy):
            value = {
                "id": playlist["id"],
                "snippet": {key: playlist["snippet"].get(key, "") for key in ("title", "description")},
                "status": {"privacyStatus": privacy},
            }
            self.site.call("playlists.update", part="snippet,status", body=value)

    def _unlist(self, built: Built) -> None:
        entry = self._entry(built)
        for video in planning.old(entry, built.film_digest):
            self._update(video, {}, {"privacyStatus": "unlisted"})
            entry.replaced[video] = "unlisted"
            self.ledger.save()

    def _update(self, video: str, snippet: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        """Change some properties. The site deletes what an update leaves out, so the rest is sent back."""
        now = upload.look(self.site, [video]).get(video)
        if now is None:
            raise CourseError(
                f"https://youtu.be/{video} is no longer on YouTube. Run the same command again."
            )
        writable = ("title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage")
        old_snippet = {key: now["snippet"][key] for key in writable if key in now["snippet"]}
        declared = ("license", "selfDeclaredMadeForKids", "containsSyntheticMedia")
        old_status = {key: now["status"][key] for key in (*_KEPT, *declared) if key in now["status"]}
        merged = old_status | status
        if merged.get("privacyStatus") != "private" or not merged.get("publishAt"):
            merged.pop("publishAt", None)
        value = {"id": video, "snippet": old_snippet | snippet, "status": merged}
        return self.site.call("videos.update", part="snippet,status", body=value)

    def _note_status(self, entry: Published, video: dict[str, Any]) -> None:
        status = video.get("status", {})
        entry.privacy = status.get("privacyStatus", entry.privacy)
        entry.publish_at = _utc(status.get("publishAt", ""))
        if reason := status.get("rejectionReason") or status.get("failureReason"):
            self.left.append(
                f"YouTube did not accept {entry.address} ({reason}). Look at it in YouTube Studio."
            )


def _utc(text: str) -> str:
    """A time as the site writes it, to the second, in UTC."""
    return f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M:%SZ}" if text else ""
