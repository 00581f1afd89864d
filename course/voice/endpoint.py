"""Speech from any server with the OpenAI-compatible `POST …/v1/audio/speech`, at home or elsewhere.

Not used unless COURSE_VOICE_URL or course.toml names one; the key is read from the environment and goes
nowhere but into the request.
"""

import math
import os
import random
import tempfile
import time
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException
from json import dumps
from pathlib import Path
from urllib.parse import urlsplit

from course.errors import CourseError, UsageError
from course.voice import sound
from course.voice.settings import entry
from course.voice.spoken import spoken_words
from course.voice.timing import Span, measured, unusable

NAME = "endpoint"
TRIES = 4
LIMIT = 64 * 1024 * 1024  # bytes; a line of narration is a few seconds long


def identity(text: str) -> str | None:
    """Address, model, voice and what is said; None where no endpoint is set. Never the key."""
    url = _url()
    if not url:
        return None
    if not _is_address(url):
        raise UsageError(
            "COURSE_VOICE_URL (or endpoint under [voice] in course.toml) is no web address. "
            "Set it to something like http://localhost:8000/v1."
        )
    return f"{speaker()} {' '.join(spoken_words(text))}"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        return False


def speaker() -> str:
    """Address, model and voice."""
    parts = urlsplit(_url())
    where = f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"
    return f"{where} {_model()} {_name()}"


def _url() -> str:
    """From the environment, else from course.toml."""
    return (os.environ.get("COURSE_VOICE_URL") or entry("endpoint", "")).strip()


def _model() -> str:
    return os.environ.get("COURSE_VOICE_MODEL", "tts-1")


def _name() -> str:
    return os.environ.get("COURSE_VOICE_NAME", "alloy")


def _timeout() -> float:
    return _seconds("COURSE_VOICE_TIMEOUT", "60")


def _seconds(variable: str, default: str) -> float:
    said = os.environ.get(variable, default)
    try:
        if 0 <= (seconds := float(said)) < math.inf:
            return seconds
    except ValueError:
        pass
    raise UsageError(f"{variable} is {said!r}, but should be a number of seconds, such as {default}.")


def say(text: str) -> tuple[sound.Samples, list[Span]]:
    """Ask for the line: samples (N,) at 48 kHz and measured spans of the words.

    Busy servers, errors of theirs, broken answers and silence on the line are tried again with growing
    pauses; then, and at once for a refused key or request, a `CourseError` says what to do.
    """
    said = spoken_words(text)
    words = " ".join(word for word in said if word)
    trouble = ""
    for attempt in range(TRIES):
        try:
            samples = _decoded(_ask(words))
        except _TryAgainError as again:
            trouble = str(again)
            if attempt + 1 < TRIES:
                _rest(again.after if again.after is not None else _first_pause() * 2**attempt)
            continue
        if fault := unusable(samples, said):
            raise CourseError(
                f'What the speech endpoint sent for "{text}" {fault}. It is not used. Run the same command '
                "again, or set another COURSE_VOICE_NAME or COURSE_VOICE_MODEL."
            )
        return samples, measured(said, samples)
    raise CourseError(
        f"The speech endpoint failed {TRIES} times ({trouble}). Lines already spoken are kept: "
        "run the same command again later, or choose another --voice."
    )


class _TryAgainError(Exception):
    """Worth another try, after so many seconds where the server said so."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


def _first_pause() -> float:
    return _seconds("COURSE_VOICE_BACKOFF", "1")


def _rest(seconds: float) -> None:
    time.sleep(min(seconds, 30.0) * random.uniform(0.8, 1.2))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another server."""

    def redirect_request(self, *arguments: object, **more: object) -> None:
        return None


def _ask(words: str) -> bytes:
    url = _url().rstrip("/")
    url = url if url.endswith("/audio/speech") else f"{url}/audio/speech"
    body = {"model": _model(), "voice": _name(), "input": words, "response_format": "wav"}
    request = urllib.request.Request(url, data=dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    if key := os.environ.get("COURSE_VOICE_KEY", "").strip():
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    opener = urllib.request.build_opener(_NoRedirect())
    try:
        with opener.open(request, timeout=_timeout()) as answer:
            return _body(answer, _timeout())
    except urllib.error.HTTPError as error:
        raise _refused(error.code, error.headers) from None
    except TimeoutError:
        raise _TryAgainError(f"no answer within {_timeout():g} s") from None
    except urllib.error.URLError as error:
        reason = error.reason
        what = "no answer in time" if isinstance(reason, TimeoutError) else f"cannot be reached: {reason}"
        raise _TryAgainError(what) from None
    except (HTTPException, OSError) as error:
        raise _TryAgainError(f"the answer broke off: {type(error).__name__}") from None


def _body(answer: object, seconds: float) -> bytes:
    """The whole body, within `seconds` in all: a server that drips bytes must not hold a render for hours."""
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    kind = answer.headers.get_content_type()  # type: ignore[attr-defined]
    announced = answer.headers.get("Content-Length")  # type: ignore[attr-defined]
    while data := answer.read1(65536):  # type: ignore[attr-defined]
        parts.append(data)
        size += len(data)
        if size > LIMIT:
            raise _TryAgainError("the answer is far too long for a line of speech")
        if time.monotonic() > deadline:
            raise _TryAgainError(f"the answer took longer than {seconds:g} s")
    if announced is not None and announced.isdigit() and size < int(announced):
        raise _TryAgainError(f"the answer broke off after {size} of {announced} bytes")
    if kind.startswith("text/") or kind in {"application/json", "application/xhtml+xml"}:
        raise _TryAgainError(f"it answered with {kind} and no sound")
    return b"".join(parts)


def _refused(code: int, headers: Message) -> Exception:
    if code in {401, 403}:
        return CourseError(
            f"The speech endpoint refused the key ({code}). Set COURSE_VOICE_KEY to a valid one; "
            "lines already spoken are kept."
        )
    if code in {408, 409, 425, 429} or code >= 500:
        after = headers.get("Retry-After", "")
        return _TryAgainError(f"status {code}", float(after) if after.isdigit() else None)
    return CourseError(
        f"The speech endpoint refused the request ({code}). Check COURSE_VOICE_URL, COURSE_VOICE_MODEL and "
        "COURSE_VOICE_NAME; lines already spoken are kept."
    )


def _decoded(data: bytes) -> sound.Samples:
    with tempfile.TemporaryDirectory(prefix="course-endpoint-") as folder:
        path = Path(folder) / "answer"
        path.write_bytes(data)
        try:
            samples = sound.read(path)
        except CourseError:
            raise _TryAgainError("what came back is no sound, or only part of it") from None
    if data[:4] == b"RIFF" and not _whole(data):
        raise _TryAgainError("the sound broke off in the middle")
    return samples


def _whole(data: bytes) -> bool:
    """Whether a WAV holds what its headers announce; servers that stream announce all ones or 0."""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            return size in {0, 0xFFFFFFFF} or size >= 0x7FFFF000 or len(data) - at - 8 >= size
        at += 8 + size + size % 2
    return False
