"""The playlist that the films lie in: found or made, filled in course order, opened for films people can see.

Not for the films themselves, and never for what others put in: their entries, texts and visibility stay.
"""

from collections.abc import Callable
from typing import Any

from course.publish.built import course_order
from course.publish.ledger import Playlist, Published
from course.publish.metadata import writable
from course.publish.refusals import RefusedError
from course.publish.site import Site

_OPENNESS = ("private", "unlisted", "public")
_UNSORTED = ("manualSortRequired", "invalidPlaylistItemPosition")


class Playlists:
    """The playlists of one signed-in account, as far as the ledger knows them."""

    def __init__(self, site: Site, say: Callable[[str], None]) -> None:
        self.site, self.say = site, say
        self.ledger = site.ledger
        self.fresh: dict[str, dict[str, Any]] = {}

    def put(self, chapter: str, entry: Published, name: str) -> str:
        """See to it that the film stands in the playlist and its earlier versions do not. Returns its entry.

        A film that somebody put in by hand stays where it is.
        """
        playlist = self._ensure(name)
        items = self._listed(name, playlist)
        ids = {item["id"] for item in items}
        for old in [item for item in entry.old_items if item in ids]:
            try:
                self.site.call("playlistItems.delete", id=old)
            except RefusedError as error:
                if error.reason not in ("playlistItemNotFound", "notFound"):  # gone already
                    raise
        items = [item for item in items if item["id"] not in entry.old_items]
        there = [item for item in items if _video(item) == entry.video]
        made = there[0] if there else self._insert(chapter, entry.video, playlist, items)
        entry.old_items = []
        return str(made["id"])

    def open(self, name: str, privacy: str) -> bool:
        """Let people see the playlist as they can see a film in it. Returns whether it was found.

        It is never closed again, and one with other people's films that this course did not make stays.
        """
        playlist = self._find(name)
        if playlist is None:
            return False
        made = self.ledger.playlists[name].made
        if _OPENNESS.index(playlist["status"]["privacyStatus"]) >= _OPENNESS.index(privacy):
            return True
        ours = {video for one in self.ledger.episodes.values() for video in (one.video, *one.replaced)}
        if not made and {_video(item) for item in self._items(playlist["id"])} - ours:
            self.say(
                f"The playlist “{name}” stays {playlist['status']['privacyStatus']}: this course did not "
                "make it, and it holds other films. Open it in YouTube Studio if you like."
            )
            return True
        value = {
            "id": playlist["id"],
            "snippet": writable(playlist["snippet"]),
            "status": writable(playlist["status"]) | {"privacyStatus": privacy},
        }
        self.site.call("playlists.update", part="snippet,status", body=value)
        return True

    def _ensure(self, name: str) -> str:
        """The id of the playlist, made where there is none; in the ledger from now on."""

        def make() -> dict[str, Any]:
            value = {"snippet": {"title": name}, "status": {"privacyStatus": "private"}}
            playlist: dict[str, Any] = self.site.call("playlists.insert", part="snippet,status", body=value)
            self.fresh[playlist["id"]] = playlist
            return playlist

        if playlist := self._find(name):
            return str(playlist["id"])
        playlist = self.site.ensure(lambda: self._titled(name), make, looked=True)
        self.ledger.playlists[name] = Playlist(playlist["id"], made=True)
        self.ledger.save()
        return str(playlist["id"])

    def _find(self, name: str) -> dict[str, Any] | None:
        """The playlist that the ledger knows by this name, whatever its title is by now; else by title."""
        known = self.ledger.playlists.get(name)
        if known:

            def by_id() -> dict[str, Any] | None:
                return next(iter(self.site.pages("playlists.list", part="snippet,status", id=known.id)), None)

            if found := self.site.seen(by_id) or self.fresh.get(known.id):
                return found
        if found := self._titled(name):
            self.ledger.playlists[name] = Playlist(found["id"])
            self.ledger.save()
        return found

    def _titled(self, name: str) -> dict[str, Any] | None:
        listed = self.site.pages("playlists.list", part="snippet,status", mine=True)
        return next((one for one in listed if one["snippet"]["title"] == name), None)

    def _items(self, playlist: str, **only: Any) -> list[dict[str, Any]]:
        try:
            return list(self.site.pages("playlistItems.list", part="snippet", playlistId=playlist, **only))
        except RefusedError as error:
            if error.reason in ("playlistNotFound", "videoNotFound"):
                return []  # not there yet
            raise

    def _listed(self, name: str, playlist: str) -> list[dict[str, Any]]:
        """The entries, once those that the ledger knows are among them: the order hangs on them."""
        ours = {one.playlist_item for one in self.ledger.episodes.values() if one.playlist == name} - {""}
        items: list[dict[str, Any]] = []

        def all_there() -> bool:
            items[:] = self._items(playlist)
            return ours <= {item["id"] for item in items}

        self.site.seen(all_there)
        return items

    def _insert(self, chapter: str, video: str, playlist: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Put a film behind the last of the chapters before it."""
        chapters = {entry.video: name for name, entry in self.ledger.episodes.items()}
        known = [
            (place, chapters[_video(item)]) for place, item in enumerate(items) if _video(item) in chapters
        ]
        earlier = [place for place, name in known if course_order(name) < course_order(chapter)]
        later = [place for place, _ in known if place not in earlier]
        snippet = {
            "playlistId": playlist,
            "position": earlier[-1] + 1 if earlier else later[0] if later else len(items),
            "resourceId": {"kind": "youtube#video", "videoId": video},
        }

        def find() -> dict[str, Any] | None:
            return next(iter(self._items(playlist, videoId=video)), None)

        def make() -> dict[str, Any]:
            return self.site.call("playlistItems.insert", part="snippet", body={"snippet": snippet})

        try:
            return self.site.ensure(find, make, looked=True)
        except RefusedError as error:
            if error.reason not in _UNSORTED:
                raise
            del snippet["position"]  # the playlist sorts itself
            return self.site.ensure(find, make)


def _video(item: dict[str, Any]) -> str:
    return str(item["snippet"]["resourceId"].get("videoId", ""))
