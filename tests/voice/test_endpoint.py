"""A loopback server that speaks the endpoint's contract, and misbehaves in every way it may."""

import io
import json
import threading
import time
import wave
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from course.errors import CourseError, UsageError
from course.paths import media
from course.voice import speak, speech
from course.voice.spoken import syllables
from tests.voice.recordings import voiced

KEY = "sk-very-secret-0123456789"


def wav(seconds: float = 1.2, rate: int = 24_000) -> bytes:
    return wav_of(voiced(seconds)[:: 48_000 // rate], rate)


def wav_of(samples: NDArray[np.floating], rate: int = 24_000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


def answered(body: bytes, handler: "Handler") -> None:
    handler.answer(body, "audio/wav")


class Server(ThreadingHTTPServer):
    """Answers with the behaviours in `plan`, one a request, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        self.plan: list[Callable[[Handler], None]] = [good]
        self.asked: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has hung up is what some of these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.server.headers.append(dict(self.headers))
        self.server.times.append(time.monotonic())
        plan = self.server.plan
        (plan.pop(0) if len(plan) > 1 else plan[0])(self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, body: bytes, kind: str, code: int = 200, length: int | None = None, **more: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


def good(handler: Handler) -> None:
    handler.answer(wav(), "audio/wav")


def status(code: int, **more: str) -> Callable[[Handler], None]:
    body = json.dumps({"error": {"message": f"no, {KEY} is no good"}}).encode()
    return lambda handler: handler.answer(body, "application/json", code, None, **more)


def html(handler: Handler) -> None:
    handler.answer(b"<html><body>Sign in to the hotel's network</body></html>", "text/html")


def html_as_sound(handler: Handler) -> None:
    handler.answer(b"<html><body>Sign in</body></html>", "audio/wav")


def cut_off(handler: Handler) -> None:
    handler.answer(wav()[:20_000], "audio/wav", length=len(wav()))


def cut_off_without_a_sign(handler: Handler) -> None:
    handler.answer(wav()[:20_000], "audio/wav")


def empty(handler: Handler) -> None:
    handler.answer(b"", "audio/wav")


def hangs(handler: Handler) -> None:
    time.sleep(2.0)
    handler.close_connection = True


def drips(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "audio/wav")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b"RIFF")
        handler.wfile.flush()
        time.sleep(0.1)
    handler.close_connection = True


def closes(handler: Handler) -> None:
    handler.close_connection = True


def elsewhere(handler: Handler) -> None:
    handler.answer(b"", "text/plain", 307, Location="http://127.0.0.1:9/v1/audio/speech")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        monkeypatch.setenv("COURSE_VOICE", "endpoint")
        monkeypatch.setenv("COURSE_VOICE_URL", f"http://127.0.0.1:{running.server_port}/v1")
        monkeypatch.setenv("COURSE_VOICE_KEY", KEY)
        monkeypatch.setenv("COURSE_VOICE_TIMEOUT", "0.5")
        monkeypatch.setenv("COURSE_VOICE_BACKOFF", "0.01")
        yield running
        running.shutdown()


def test_the_endpoint_is_asked_as_its_contract_says_and_only_once_for_a_line(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_VOICE_MODEL", "large")
    monkeypatch.setenv("COURSE_VOICE_NAME", "nova")
    line = speak("The x_t is noise & DDIM walks back.")
    assert line.voice == "endpoint"
    assert server.asked == [
        {
            "path": "/v1/audio/speech",
            "model": "large",
            "voice": "nova",
            "input": "The x t is noise and DDIM walks back.",
            "response_format": "wav",
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert speak("The x_t is noise & DDIM walks back.") == line
    assert len(server.asked) == 1
    monkeypatch.setenv("COURSE_VOICE_NAME", "onyx")
    speak("The x_t is noise & DDIM walks back.")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        *(status(429), status(429, Retry_After="0"), status(500), status(503)),
        *(html, html_as_sound, cut_off, cut_off_without_a_sign, empty, hangs, closes),
    ],
)
def test_a_passing_trouble_is_waited_out(
    server: Server, trouble: Callable[[Handler], None], request: pytest.FixtureRequest
) -> None:
    server.plan = [trouble, good]
    line = speak(f"Said at the second try, {request.node.name}.")
    assert line.voice == "endpoint"
    assert line.duration == pytest.approx(1.2, abs=0.1)
    assert len(server.asked) == 2


@pytest.mark.parametrize("trouble", [status(429), status(500), html, cut_off, closes, drips])
def test_a_lasting_trouble_ends_in_a_sentence_and_keeps_what_was_spoken(
    server: Server, trouble: Callable[[Handler], None], request: pytest.FixtureRequest
) -> None:
    before = speak(f"This one went well, {request.node.name}.")
    server.plan = [trouble]
    with pytest.raises(CourseError, match=r"failed 4 times .*already spoken are kept"):
        speak(f"This one does not, {request.node.name}.")
    assert len(server.asked) == 5
    assert speak(before.text) == before
    assert len(server.asked) == 5


def test_the_pauses_between_tries_grow_and_a_servers_own_wish_counts(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_VOICE_BACKOFF", "0.08")
    server.plan = [status(500)]
    with pytest.raises(CourseError, match="failed 4 times"):
        speak("Wait a little, then a little more.")
    pauses = [after - before for before, after in pairwise(server.times)]
    # Each twice the one before, give or take a fifth, so that many clients do not come back at once.
    assert [pause >= wish for pause, wish in zip(pauses, (0.064, 0.128, 0.256), strict=True)] == [True] * 3
    assert pauses[2] > pauses[0]
    server.times.clear()
    server.plan = [status(429, Retry_After="1"), good]
    assert speak("Wait as long as you are told.").voice == "endpoint"
    assert server.times[1] - server.times[0] >= 0.8


@pytest.mark.parametrize("code", [400, 401, 403, 404])
def test_a_refusal_is_not_asked_again(server: Server, code: int) -> None:
    server.plan = [status(code)]
    with pytest.raises(CourseError, match=rf"refused .*\({code}\)"):
        speak(f"Refused with {code}.")
    assert len(server.asked) == 1


def test_a_redirect_does_not_carry_the_key_away(server: Server) -> None:
    server.plan = [elsewhere]
    with pytest.raises(CourseError, match=r"refused the request \(307\)"):
        speak("Go elsewhere.")


@pytest.mark.parametrize("trouble", [status(401), status(500), html, good])
def test_the_key_is_nowhere_but_in_the_request(
    server: Server, trouble: Callable[[Handler], None], capfd: pytest.CaptureFixture[str]
) -> None:
    server.plan = [trouble]
    message = ""
    try:
        speak(f"Where is the key? {trouble}")
    except CourseError as error:
        message = str(error)
    streams = capfd.readouterr()
    assert KEY not in message + streams.out + streams.err
    for path in media().rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_nothing_listens_at_the_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_VOICE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(CourseError, match="cannot be reached"):
        speak("Is anybody there?")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "localhost:8000", "ftp://127.0.0.1/v1"])
def test_an_address_that_is_none_is_a_usage_error(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_VOICE_URL", url)
    with pytest.raises(UsageError, match="no web address"):
        speak("Hello.", "endpoint")


def test_without_an_address_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_VOICE_URL", raising=False)
    assert speak("Nobody is asked.", "endpoint").voice != "endpoint"


def silent(handler: Handler) -> None:
    handler.answer(wav_of(np.zeros(24_000)), "audio/wav")


def hiss(handler: Handler) -> None:
    handler.answer(wav_of(np.random.default_rng(0).normal(0, 3e-4, 96_000)), "audio/wav")


def a_click(handler: Handler) -> None:
    handler.answer(wav_of(np.pad(voiced(0.06)[::2], (0, 90_000))), "audio/wav")


def endless(handler: Handler) -> None:
    handler.answer(wav(60.0), "audio/wav")


@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        (silent, "is silent from end to end"),
        (hiss, "is silent from end to end"),
        (a_click, r"has 0\.0 s of speech, where about 5 s are expected"),
        (endless, r"has 60 s of speech, where about 4 s are expected: far too long"),
    ],
)
def test_an_answer_that_cannot_be_this_line_is_refused_and_not_kept(
    server: Server, trouble: Callable[[Handler], None], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_VOICE_TIMEOUT", "20")
    text = f"Nothing of the kind was said here, {trouble.__name__}, and nobody heard."
    server.plan = [trouble]
    with pytest.raises(CourseError, match=rf'sent for "{text}" {named}'):
        speak(text)
    assert len(server.asked) == 1
    server.plan = [lambda handler: handler.answer(wav(4.0), "audio/wav")]
    assert speak(text).duration == pytest.approx(4.0, abs=0.1)


SCENE = """from course.stage import Chapter
class Noise(Chapter):
    title, question = 'Noise', 'Where is a picture?'
    def story(self):
        with self.say('Where is a picture?'): self.hold(1)
        with self.say('Where is a picture?'): self.hold(1)
    def mechanism(self):
        with self.say('{long}'): self.hold(1)
    def derivation(self):
        with self.say('Here it is.'): self.hold(2)
"""


def test_a_film_is_priced_before_anything_is_asked_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from course import chapters
    from course.voice.command import voice

    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    monkeypatch.setattr(speech, "_syllable", speech._syllable.__wrapped__)
    long = " ".join(["It goes on and on, and nothing moves on the screen."] * 4)
    (tmp_path / "ch1_noise.py").write_text(SCENE.format(long=long))
    lines = CliRunner().invoke(voice, ["price", "ch1"], catch_exceptions=False).output.splitlines()
    assert server.asked == []
    assert [line.split(", ")[1] for line in lines if line.startswith("ch1")] == [
        "1 of 2 lines to ask for (19 letters)",
        f"1 of 1 lines to ask for ({len(long)} letters)",
        "1 of 1 lines to ask for (11 letters)",
    ]
    assert f"  does not fit its animations: “{long}”" in lines
    assert lines[-1].startswith(f"In all 3 calls ({19 + len(long) + 11} letters) to http://127.0.0.1")

    # What was said before counts as it is, and the rest at the pace at which it was said.
    for text in ("Where is a picture?", "Two plus two.", "And so on."):
        server.plan = [partial(answered, wav(0.5 * syllables(text)))]
        speak(text)
    server.asked.clear()
    slow = CliRunner().invoke(voice, ["price", "ch1"], catch_exceptions=False).output.splitlines()
    assert "0 of 2 lines" in slow[0]
    minutes, seconds = map(int, slow[1].split("about ")[1].split(",")[0].split(":"))
    assert 60 * minutes + seconds == pytest.approx(0.5 * syllables(long), rel=0.15)
    assert server.asked == []


def test_a_plan_asks_the_endpoint_for_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from course import chapters
    from course.render.command import plan

    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(chapters, "SCENES", tmp_path)
    (tmp_path / "ch1_noise.py").write_text(SCENE.format(long="And on it goes."))
    for _ in range(2):  # the second finds the plan of the first
        printed = CliRunner().invoke(plan, ["ch1"], catch_exceptions=False).output
        assert "ch1_noise  mechanism" in printed
    assert server.asked == []
    assert not list((tmp_path / "media" / "voice").glob("*.wav"))


def test_an_endpoint_may_be_named_in_one_line_of_the_settings(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "course.toml"
    path.write_text(
        f'[cast]\nprompt = "a"\nother = "b"\n[voice]\nendpoint = "http://127.0.0.1:{server.server_port}/v1"\n'
    )
    monkeypatch.setenv("COURSE_FILE", str(path))
    monkeypatch.delenv("COURSE_VOICE_URL")
    monkeypatch.delenv("COURSE_VOICE")
    assert speak("Said by the endpoint of the settings.").voice == "endpoint"
    assert server.asked[0]["path"] == "/v1/audio/speech"


def test_what_the_endpoint_sends_is_resampled(server: Server, tmp_path: Path) -> None:
    server.plan = [lambda handler: handler.answer(wav(rate=16_000), "audio/wav")]
    line = speak("Eight, sixteen, twenty-four.")
    with wave.open(str(line.path)) as file:
        assert file.getframerate() == 48_000
        assert np.abs(np.frombuffer(file.readframes(10**7), "<i2")).max() > 1000
