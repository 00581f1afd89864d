"""Sends a film in chunks that the site confirms one by one, and goes on after any interruption.

Not for anything but the film: its text travels with it, thumbnail and captions follow in `publishing`.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import google.auth.exceptions
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from course.errors import CourseError
from course.publish.credentials import Sessions
from course.publish.metadata import build_tag
from course.publish.refusals import Then, pause, verdict
from course.publish.site import LOOKS, TROUBLE, Site

CHUNK = 8 * 1024 * 1024  # the site wants multiples of 256 KiB
RECENT = 200
LATE = 6
"""So often the list of uploads is looked at, in half a minute, before a film that was sent is sent again."""
_GONE, _SPOILT = (404, 410), (400, 416)


class _Film(MediaIoBaseUpload):
    def has_stream(self) -> bool:
        """No: a chunk that is a stream is already read when it has to be sent again after a 401."""
        return False


def send(
    site: Site,
    film: Path,
    digest: str,
    body: dict[str, Any],
    text: str,
    confirmed: Callable[[int, int], None],
    begun: bool = False,
) -> tuple[dict[str, Any], str]:
    """Bring `film` to the site, once. Returns the video resource and the digest of the text that it carries.

    Goes on with an unfinished upload if there is one, takes up a finished one whose answer got lost, and
    starts afresh only where neither exists. `confirmed(bytes, size)` tells what has arrived; `begun` says
    that some of it was sent before, so that it may be there although the site does not show it yet.
    """
    with open(film, "rb") as file:
        # The open file stays what it is, whatever takes its name in the meantime.
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise CourseError(f"{film.name} has just been built again. Run the same command once more.")
        return _bring(site, file, digest, body, text, confirmed, begun)


def _bring(
    site: Site,
    file: BinaryIO,
    digest: str,
    body: dict[str, Any],
    text: str,
    confirmed: Callable[[int, int], None],
    begun: bool,
) -> tuple[dict[str, Any], str]:
    sessions = Sessions()
    size = file.seek(0, os.SEEK_END)
    gone = False
    for wait in site.patience():
        session = sessions.get(digest)
        if session is None or gone:
            # The old session is forgotten only for the next one: whoever is killed here looks as patiently.
            looks, late = (LOOKS, LATE) if begun or gone else (1, 1)
            if found := site.seen(partial(find, site, digest, looks), late):
                return found, session["text"] if session else ""
            begun = gone = False
            uri = _start(site, file, body)
            if uri is None:
                wait(0)
                continue
            session = {"uri": uri, "text": text}
            sessions.put(digest, uri, text)
            confirmed(0, size)
        try:
            video = _transfer(site, file, body, session["uri"], confirmed)
        except HttpError as error:
            if error.status_code in _SPOILT:
                sessions.drop(digest)
            raise site.refusal(error) from None
        if video is not None:
            return video, session["text"]
        gone = True
    raise AssertionError("patience ends with an error")


def find(site: Site, digest: str, looks: int = 1) -> dict[str, Any] | None:
    """The channel's recent video with this film's build tag, if there is one.

    A video that is listed and not to be seen is looked for so often; it may be deleted, or too new.
    """
    channel = next(iter(site.pages("channels.list", part="contentDetails", mine=True)), {})
    uploads = channel.get("contentDetails", {}).get("relatedPlaylists", {}).get("uploads")
    if not uploads:
        return None
    items = site.pages("playlistItems.list", RECENT, part="contentDetails", playlistId=uploads)
    videos = [item["contentDetails"]["videoId"] for item in items]
    for start in range(0, len(videos), 50):
        for video in look(site, videos[start : start + 50], looks).values():
            works = video["status"].get("uploadStatus") not in ("failed", "rejected", "deleted")
            if works and build_tag(digest) in video["snippet"].get("tags", []):
                return video
    return None


def look(site: Site, videos: list[str], looks: int = LOOKS) -> dict[str, dict[str, Any]]:
    """What the site says about some videos (at most 50) by id; those that are gone are missing."""
    there: dict[str, dict[str, Any]] = {}

    def all_there() -> bool:
        missing = [video for video in videos if video not in there]
        if missing:
            answer = site.call("videos.list", part="snippet,status,processingDetails", id=",".join(missing))
            there.update((video["id"], video) for video in answer.get("items", []))
        return len(there) == len(set(videos))

    site.seen(all_there, looks)
    return there


def _insert(site: Site, file: BinaryIO, body: dict[str, Any]) -> Any:
    media = _Film(file, mimetype="video/mp4", chunksize=CHUNK, resumable=True)
    return site.youtube.videos().insert(part="snippet,status", body=body, media_body=media)


def _start(site: Site, file: BinaryIO, body: dict[str, Any]) -> str | None:
    """Open an upload session, without sending a byte; None where the site was in trouble.

    Google's client would open it and send the first chunk in one go; the session must be kept before that.
    """
    request = _insert(site, file, body)
    headers = request.headers | {
        "x-upload-content-type": request.resumable.mimetype(),
        "x-upload-content-length": str(request.resumable.size()),
    }
    site.ledger.spend(0, 1, site.now())
    try:
        answer, content = site.http.request(request.uri, "POST", body=request.body, headers=headers)
    except google.auth.exceptions.RefreshError as error:
        raise site.signed_off(error) from None
    except TROUBLE:
        return None
    if answer.status == 200 and "location" in answer:
        return str(answer["location"])
    site.ledger.spend(0, -1, site.now())  # no upload began
    failure = HttpError(answer, content)
    if answer.status == 200 or verdict(failure) in (Then.RETRY, Then.WAIT):
        return None
    raise site.refusal(failure)


def _transfer(
    site: Site, file: BinaryIO, body: dict[str, Any], uri: str, confirmed: Callable[[int, int], None]
) -> dict[str, Any] | None:
    """Send what the session lacks. Returns the video resource, or None for a session that is gone."""
    request = _insert(site, file, body)
    request.resumable_uri = uri
    size = request.resumable.size()
    asked = False
    for wait in _while_moving(site, request):
        try:
            if not asked:
                video = _ask(site, request, size)
                asked = True
            else:
                # After a failure the client itself asks first how much has arrived.
                _, video = request.next_chunk()
            confirmed(size if video else request.resumable_progress, size)
            if video:
                return video
        except HttpError as error:
            if error.status_code in _GONE:
                return None
            if verdict(error) in (Then.TOMORROW, Then.NEVER):
                raise
            wait(pause(error))
        except google.auth.exceptions.RefreshError as error:
            raise site.signed_off(error) from None
        except TROUBLE:
            wait(0)
    raise AssertionError("patience ends with an error")


def _ask(site: Site, request: Any, size: int) -> dict[str, Any] | None:
    """Ask how much of an upload has arrived: the video resource if everything has."""
    headers = {"content-range": f"bytes */{size}", "content-length": "0"}
    answer, content = site.http.request(request.resumable_uri, "PUT", headers=headers)
    if answer.status in (200, 201):
        return request.postproc(answer, content)
    if answer.status != 308:
        raise HttpError(answer, content)
    request.resumable_progress = int(answer["range"].split("-")[1]) + 1 if "range" in answer else 0
    return None


def _while_moving(site: Site, request: Any) -> Iterator[Callable[[float], None]]:
    """Attempts without end as long as bytes arrive; patience runs out only where none do."""
    while True:
        before = request.resumable_progress
        for wait in site.patience():
            yield wait
            if request.resumable_progress > before:
                break
