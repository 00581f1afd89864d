"""Who publishes: the sign-in with Google, and what must stay secret, in the user's configuration folder.

Not for the repository, a log or a message: nothing here puts a token, a code or an upload's address into any.
"""

import json
import logging
import os
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from filelock import FileLock, Timeout

from course.errors import CourseError, UsageError
from course.paths import ROOT

# Captions need this one, and it covers everything else that publishing does: no other is asked for.
SCOPES = ["https://www.googleapis.com/auth/youtube.force-ssl"]
SIGN_IN_SECONDS = 300
LOGIN_AGAIN = "Run `course publish --logout`, then publish again to sign in afresh."


def folder() -> Path:
    """The user's configuration folder for this course. Raises `UsageError` where it lies in the checkout."""
    home = Path.home()
    if base := os.environ.get("XDG_CONFIG_HOME"):
        path = Path(base)
    elif sys.platform == "darwin":
        path = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        path = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        path = home / ".config"
    path = path / "noise-to-picture"
    if path.resolve().is_relative_to(ROOT):
        raise UsageError(
            "The configuration folder lies inside the checkout, where secrets do not belong. "
            "Set XDG_CONFIG_HOME to another folder."
        )
    return path


def keep(name: str, value: Any) -> None:
    """Write a secret file: never readable by others, whole or not at all."""
    path = folder() / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"Cannot write {path} ({error.strerror}). Make its folder writable.") from None


def _load(name: str) -> Any:
    """A secret file's contents, or None. Raises `ValueError` for a damaged one."""
    path = folder() / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"Cannot read {path} ({error.strerror}). Make it readable for yourself.") from None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return json.loads(text)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock that keeps two publishing commands from working at once."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock = FileLock(folder() / "publish.lock", fallback_to_soft=False).acquire(blocking=False)
    except Timeout:
        raise CourseError("Another `course publish` is running. Wait until it has finished.") from None
    with lock:
        yield


def _client_secrets() -> dict[str, Any]:
    path = folder() / "client_secrets.json"
    how = "docs/publishing.md says how to get it."
    try:
        value = _load(path.name)
    except ValueError:
        raise CourseError(f"{path} is not the JSON file that Google's console gives. {how}") from None
    if value is None:
        raise CourseError(f"There is no {path}: this course has no access to YouTube yet. {how}")
    if not isinstance(value, dict) or not isinstance(value.get("installed"), dict):
        raise CourseError(f"{path} is not for a desktop app: it has no “installed” entry. {how}")
    entries = value["installed"]
    wanted = ("client_id", "client_secret", "auth_uri", "token_uri")
    if missing := [name for name in wanted if not isinstance(entries.get(name), str) or not entries[name]]:
        raise CourseError(f"{path} lacks {', '.join(missing)}. {how}")
    try:
        _trust(entries["auth_uri"])
        _trust(entries["token_uri"])
    except ValueError:
        raise CourseError(f"{path} names an address that is not https. {how}") from None
    return value


def _trust(address: str) -> None:
    """Raise `ValueError` for an address to which a secret must not go in the clear."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname != "127.0.0.1":
        raise ValueError("not https")


def credentials(say: Callable[[str], None]) -> Any:
    """Google's `Credentials`: the saved ones, or new ones after a sign-in in the browser."""
    from google.oauth2.credentials import Credentials

    try:
        saved = _load("token.json")
        if saved is None:
            return _sign_in(say)
        _trust(saved["token_uri"])
        expiry = datetime.fromisoformat(saved["expiry"]).astimezone(UTC).replace(tzinfo=None)
        names = ("token", "refresh_token", "token_uri", "client_id", "client_secret")
        return Credentials(**{name: saved[name] for name in names}, scopes=SCOPES, expiry=expiry)
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"The saved sign-in is damaged. {LOGIN_AGAIN}") from None


def _sign_in(say: Callable[[str], None]) -> Any:
    from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
    from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

    # These log request bodies, codes and tokens included, for whoever has turned debug logs on.
    for name in ("requests_oauthlib", "oauthlib", "google_auth_oauthlib", "urllib3", "google.auth"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        webbrowser.get()
        browser = True
    except webbrowser.Error:
        browser = False
    flow = InstalledAppFlow.from_client_config(_client_secrets(), SCOPES, autogenerate_code_verifier=True)
    say("Google asks in your browser whether this course may manage your YouTube channel.")
    try:
        with redirect_stdout(sys.stderr):  # the library prints the address, which a pipe would hold back
            fresh = flow.run_local_server(
                host="127.0.0.1",
                port=0,
                timeout_seconds=SIGN_IN_SECONDS,
                open_browser=browser,
                authorization_prompt_message="If it does not open, open this address yourself:\n{url}",
                success_message="Signed in. You can close this window.",
            )
    except WSGITimeoutError:
        raise CourseError(f"Nobody signed in within {SIGN_IN_SECONDS // 60} minutes. Run it again.") from None
    except (OAuth2Error, Warning, ValueError, KeyError) as error:
        reason = getattr(error, "error", None) or type(error).__name__
        raise CourseError(f"Google did not grant access ({reason}). Run it again and allow it.") from None
    except OSError as error:
        raise CourseError(
            f"The sign-in could not reach Google ({type(error).__name__}). Run it again."
        ) from None
    save(fresh)
    return fresh


def save(fresh: Any) -> None:
    """Keep Google's `Credentials` for the next run."""
    keep("token.json", json.loads(fresh.to_json()))


def revoked() -> CourseError:
    """Forget a sign-in that the site no longer accepts; returns what to tell."""
    (folder() / "token.json").unlink(missing_ok=True)
    return CourseError(
        "YouTube no longer accepts the saved sign-in (revoked or expired). Run it again to sign in."
    )


def logout() -> str:
    """Revoke the sign-in at Google and delete it here, with the addresses of unfinished uploads."""
    from googleapiclient.http import build_http

    try:
        saved = _load("token.json")
    except ValueError:
        saved = []
    for name in ("token.json", "uploads.json"):
        (folder() / name).unlink(missing_ok=True)
    if saved is None:
        return "Nobody was signed in."
    by_hand = "Remove the access yourself at https://myaccount.google.com/connections."
    try:
        token, issuer = saved["refresh_token"], saved["token_uri"]
        _trust(issuer)
    except (ValueError, KeyError, TypeError):
        return f"The saved sign-in was damaged and is deleted here. {by_hand}"
    try:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer, _ = build_http().request(
            urljoin(issuer, "revoke"), "POST", body=urlencode({"token": token}), headers=headers
        )
        done = answer.status in (200, 400)  # 400: it was revoked before
    except (
        Exception
    ):  # whatever the network does, the local copy is gone and the user hears what is left to do
        done = False
    return (
        "Signed out: revoked at Google and deleted here."
        if done
        else f"Deleted here, but Google did not answer. {by_hand}"
    )


class Sessions:
    """The addresses of unfinished uploads, by film digest. Secret: whoever has one can write to it."""

    def __init__(self) -> None:
        try:
            self._all: dict[str, dict[str, str]] = dict(_load("uploads.json") or {})
        except (ValueError, TypeError):
            self._all = {}  # a lost address costs a repeated transfer, never a second video

    def get(self, film: str) -> dict[str, str] | None:
        """`uri` and `text` (digest of what the session was told) of the film's unfinished upload."""
        return self._all.get(film)

    def put(self, film: str, uri: str, text: str) -> None:
        """Remember a session before its first byte is sent."""
        self._all[film] = {"uri": uri, "text": text}
        keep("uploads.json", self._all)

    def drop(self, film: str) -> None:
        """Forget a session that is finished or expired."""
        if self._all.pop(film, None):
            keep("uploads.json", self._all)
