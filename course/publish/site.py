"""Talks to YouTube through Google's client: counts the quota, waits out trouble, looks before it repeats.

Not for deciding what to say: `publishing` does that; `upload` sends the film, `refusals` reads a no.
"""

import http.client
import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import google.auth.exceptions
import google_auth_httplib2  # type: ignore[import-untyped]
import googleapiclient.discovery
import googleapiclient.discovery_cache
import googleapiclient.errors
import googleapiclient.http
import httplib2

from course.errors import CourseError
from course.publish import refusals
from course.publish.credentials import revoked
from course.publish.ledger import Ledger
from course.publish.refusals import Then

ROOT_URL = "https://youtube.googleapis.com/"
TIMEOUT = 60.0
WAITS: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
LOOKS = 4
"""So often the site is asked for what must be there, and has to deny it, before that is believed."""

# developers.google.com/youtube/v3/determine_quota_cost, as of 2026; uploads are counted on their own.
COSTS = {
    "channels.list": 1,
    "videos.list": 1,
    "videos.update": 50,
    "thumbnails.set": 50,
    "captions.list": 50,
    "captions.download": 200,
    "captions.insert": 400,
    "captions.update": 450,
    "playlists.list": 1,
    "playlists.insert": 50,
    "playlists.update": 50,
    "playlistItems.list": 1,
    "playlistItems.insert": 50,
    "playlistItems.update": 50,
    "playlistItems.delete": 50,
}

TROUBLE = (OSError, httplib2.HttpLib2Error, http.client.HTTPException, google.auth.exceptions.TransportError)


class UnsureError(Exception):
    """A request that makes something new may or may not have arrived: look before trying again.

    `refusal` is the site's no where it said one that is not always true, such as 404.
    """

    def __init__(self, refusal: refusals.RefusedError | None = None) -> None:
        self.refusal = refusal


class _Once:
    """httplib2 silently sends a request again when the connection closes without an answer.

    A repeated insert makes a second thing, a repeated chunk sends bytes twice: here it is an ordinary error.
    """

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]
        except http.client.BadStatusLine:
            raise ConnectionResetError("closed without an answer") from None


class _Plain(_Once, httplib2.HTTPConnectionWithTimeout):
    pass


class _Secure(_Once, httplib2.HTTPSConnectionWithTimeout):
    pass


class _Http(httplib2.Http):
    def request(self, uri: str, *args: Any, connection_type: Any = None, **more: Any) -> Any:
        kind = _Secure if uri.startswith("https:") else _Plain
        try:
            return super().request(uri, *args, connection_type=connection_type or kind, **more)
        except ssl.SSLCertVerificationError:
            # Waiting does not help: a wrong date is the usual reason, a network that listens in another.
            raise CourseError(
                f"The certificate of {urlsplit(uri).hostname} is not accepted, so nothing was sent. "
                f"This computer's date is {datetime.now():%d %B %Y, %H:%M}: is it right?"
            ) from None


class Site:
    """The site, signed in as `credentials`; each call is counted in `ledger`."""

    def __init__(self, credentials: Any, ledger: Ledger, say: Callable[[str], None]) -> None:
        # Google's client warns about answers that are turned into sentences here.
        logging.getLogger("googleapiclient").setLevel(logging.ERROR)
        plain = _Http(timeout=TIMEOUT)
        plain.redirect_codes = plain.redirect_codes - {308}  # "resume incomplete", no redirection
        self.credentials = credentials
        self.http = google_auth_httplib2.AuthorizedHttp(credentials, http=plain)
        document = json.loads(googleapiclient.discovery_cache.get_static_doc("youtube", "v3"))
        self.youtube = googleapiclient.discovery.build_from_document(
            document | {"rootUrl": ROOT_URL}, http=self.http
        )
        self.ledger = ledger
        self.say = say
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """The site's time, which schedules and quotas go by, whatever this computer's clock says."""
        return datetime.now(UTC) + self.ahead

    def call(self, name: str, **parameters: Any) -> Any:
        """The answer to one call, tried again while the site is in trouble.

        Raises `RefusedError` for a no; for an insert that may have arrived, `UnsureError` (see `ensure`).
        """
        resource, method = name.split(".")
        denials = 0
        for wait in self.patience():
            request = getattr(getattr(self.youtube, resource)(), method)(**parameters)
            request.add_response_callback(self._read_clock)
            self.ledger.spend(COSTS[name], 0, self.now())
            try:
                return request.execute()
            except googleapiclient.errors.HttpError as error:
                then, doubtful = refusals.verdict(error), refusals.doubtful(error)
                denials += doubtful
                if then in (Then.TOMORROW, Then.NEVER):
                    raise self.refusal(error) from None
                if then is Then.RETRY and name.endswith(".insert"):
                    raise UnsureError(self.refusal(error) if doubtful else None) from None
                if denials >= LOOKS:
                    raise self.refusal(error) from None
                wait(refusals.pause(error))
            except google.auth.exceptions.RefreshError as error:
                raise self.signed_off(error) from None
            except TROUBLE:
                if name.endswith(".insert"):
                    raise UnsureError from None
                wait(0)
        raise AssertionError("patience ends with an error")

    def ensure(self, find: Callable[[], Any], make: Callable[[], Any], looked: bool = False) -> Any:
        """What `find` finds, else what `make` makes: never two of it, also when an answer gets lost.

        `looked` says that it was looked for just now. Raises `RefusedError` for a no that stays.
        """
        looks, refused = 0 if looked else 1, 0
        for wait in self.patience():
            if found := self.seen(find, looks):
                return found
            try:
                return make()
            except UnsureError as unsure:
                looks, refused = LOOKS, refused + 1
                if unsure.refusal and refused >= LOOKS:
                    if found := self.seen(find):
                        return found
                    raise unsure.refusal from None
                wait(0)
        raise AssertionError("patience ends with an error")

    def seen(self, find: Callable[[], Any], looks: int = LOOKS) -> Any:
        """What `find` finds in up to `looks` looks, with pauses: lists of new things are often late."""
        found = None
        pauses = self.patience("YouTube does not show it yet; looking again")
        for left, wait in zip(range(looks - 1, -1, -1), pauses, strict=False):
            found = find()
            if found:
                break
            if left:
                wait(0)
        return found

    def pages(self, name: str, most: int = 1000, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of a list over all its pages, `most` of them at the most."""
        token, count = None, 0
        while True:
            answer = self.call(name, maxResults=50, pageToken=token, **parameters)
            yield from answer.get("items", [])
            count += 50
            token = answer.get("nextPageToken")
            if not token or count >= most:
                return

    def patience(
        self, why: str = "YouTube does not answer as it should; trying again"
    ) -> Iterator[Callable[[float], None]]:
        """Attempts, each with the pause to make after it; gives up with a sentence after the last."""
        slower = False

        def pause(seconds: float) -> Callable[[float], None]:
            def wait(at_least: float) -> None:
                nonlocal slower
                slower = at_least > 0
                length = max(seconds * random.uniform(0.5, 1.0), min(at_least, WAITS[-1]))
                if length >= 5:
                    self.say(f"{why} in {length:.0f} s.")
                time.sleep(length)

            return wait

        for seconds in WAITS:
            yield pause(seconds)
        raise CourseError(
            "YouTube asks for fewer requests at a time. "
            "Run the same command again in an hour: it goes on where it stopped."
            if slower
            else "YouTube cannot be reached, or is in trouble. "
            "Look at your connection and run the same command again: it goes on where it stopped."
        )

    def signed_off(self, error: google.auth.exceptions.RefreshError) -> CourseError:
        """What to tell when the sign-in could not be renewed."""
        if error.retryable:
            return CourseError("Google's sign-in does not answer. Run the same command again later.")
        return revoked()

    def refusal(self, error: googleapiclient.errors.HttpError) -> refusals.RefusedError:
        """A refusal as a sentence for people."""
        return refusals.refusal(error, self.now())

    def _read_clock(self, answer: Any) -> None:
        try:
            ahead = parsedate_to_datetime(answer["date"]) - datetime.now(UTC)
        except (KeyError, ValueError, TypeError):
            return
        if abs(ahead) > timedelta(minutes=5) and not self.ahead:
            hours = abs(ahead).total_seconds() / 3600
            self.say(
                f"This computer's clock is {hours:.1f} hours {'slow' if ahead > timedelta(0) else 'fast'}; "
                "schedules and quotas go by YouTube's time. Set the clock."
            )
            self.ahead = ahead
