import json
import re
import stat
import sys
import threading
import time
import urllib.request

import pytest

from course.errors import UsageError
from course.paths import ROOT
from course.publish import credentials
from tests.publish.desk import Desk

BROWSER = """
import sys, urllib.request
open(sys.argv[2], "w").write(sys.argv[1])
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read()
"""


@pytest.fixture
def browser(desk: Desk) -> str:
    """A real program that opens the address it is given and follows where the site sends it."""
    script = desk.root / "browser.py"
    script.write_text(BROWSER)
    return f"{sys.executable} {script} %s {desk.root / 'address.txt'} &"


def test_first_sign_in_uses_pkce_and_keeps_the_token_for_the_user_alone(desk: Desk, browser: str) -> None:
    (desk.config / "token.json").unlink()
    (desk.config / "client_secrets.json").chmod(0o644)
    result = desk.publish("ch2", BROWSER=browser)
    assert result.code == 0, result.text
    token = desk.config / "token.json"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.config / "client_secrets.json").stat().st_mode) == 0o600
    address = (desk.root / "address.txt").read_text()
    assert "code_challenge_method=S256" in address
    assert "youtube.force-ssl" in address
    assert address.count("googleapis.com%2Fauth%2F") == 1  # one scope, no more
    for secret in desk.site.issued:
        assert secret not in address  # what a process list would show
    assert desk.publish("ch2").code == 0  # and the next time without a browser


def test_sign_in_without_a_browser_shows_the_address(desk: Desk) -> None:
    (desk.config / "token.json").unlink()

    def visit() -> None:
        output = desk.root / "output.txt"
        found = None
        while found is None:
            time.sleep(0.05)
            found = re.search(r"^http://\S+$", output.read_text() if output.exists() else "", re.MULTILINE)
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(found[0]).read()

    threading.Thread(target=visit, daemon=True).start()
    result = desk.publish("ch2", PATH="", BROWSER="", DISPLAY="")
    assert result.code == 0, result.text


def test_denied_access_is_said_in_words(desk: Desk, browser: str) -> None:
    (desk.config / "token.json").unlink()
    desk.site.deny = True
    result = desk.publish("ch2", BROWSER=browser)
    assert result.code == 1
    assert "did not grant access (access_denied)" in result.text
    assert not (desk.config / "token.json").exists()


def test_expired_access_is_renewed_and_kept(desk: Desk) -> None:
    value = json.loads((desk.config / "token.json").read_text())
    (desk.config / "token.json").write_text(json.dumps(value | {"expiry": "2001-01-01T00:00:00Z"}))
    assert desk.publish("ch2").code == 0
    assert json.loads((desk.config / "token.json").read_text())["token"] != value["token"]


def test_access_that_ends_during_the_upload_is_renewed(desk: Desk) -> None:
    def end(kind: str) -> str | None:
        if kind == "chunk" and len(desk.site.ranges) == 3 and not ended:
            ended.append(kind)
            return "token"
        return None

    ended: list[str] = []
    desk.site.fault = end
    assert desk.publish("ch2").code == 0
    assert desk.site.violations == []
    assert desk.site.short == 0  # the chunk was sent again as a whole


def test_revoked_access_says_to_sign_in_again(desk: Desk, browser: str) -> None:
    desk.site.refresh_tokens.clear()
    desk.site.tokens.clear()
    result = desk.publish("ch2")
    assert result.code == 1
    assert "no longer accepts the saved sign-in" in result.text
    assert "Traceback" not in result.text
    assert desk.publish("ch2", BROWSER=browser).code == 0


def test_logout_revokes_and_deletes(desk: Desk) -> None:
    result = desk.publish("--logout")
    assert result.code == 0
    assert "Signed out" in result.text
    assert desk.site.refresh_tokens == set()
    assert not (desk.config / "token.json").exists()
    assert "Nobody was signed in" in desk.publish("--logout").text


def test_logout_deletes_also_when_the_site_is_away(desk: Desk) -> None:
    desk.site.fault = lambda kind: "cut"
    result = desk.publish("--logout")
    assert "Remove the access yourself" in result.text
    assert not (desk.config / "token.json").exists()


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (None, "no access to YouTube yet"),
        ("nonsense", "not the JSON file"),
        ("[]", "not for a desktop app"),
        ('{"web": {"client_id": "x"}}', "not for a desktop app"),
        ('{"installed": {"client_id": "x"}}', "lacks client_secret, auth_uri, token_uri"),
        (
            '{"installed": {"client_id": "x", "client_secret": "y", "auth_uri": "http://example.org", '
            '"token_uri": "http://example.org"}}',
            "not https",
        ),
    ],
)
def test_client_secrets_that_do_not_serve_are_explained(
    desk: Desk, contents: str | None, sentence: str
) -> None:
    (desk.config / "token.json").unlink()
    path = desk.config / "client_secrets.json"
    path.unlink() if contents is None else path.write_text(contents)
    result = desk.publish("ch2")
    assert result.code == 1
    assert sentence in result.text
    assert "Traceback" not in result.text
    assert desk.site.log == []


@pytest.mark.parametrize("contents", ["{", "{}", "[]", '{"token": 3}'])
def test_damaged_sign_in_is_explained(desk: Desk, contents: str) -> None:
    (desk.config / "token.json").write_text(contents)
    result = desk.publish("ch2")
    assert result.code == 1
    assert "sign-in is damaged" in result.text
    assert desk.publish("--logout").code == 0


@pytest.mark.parametrize("signup_first", [False, True])
def test_account_without_a_channel_is_told_where_to_make_one(desk: Desk, signup_first: bool) -> None:
    desk.site.channel, desk.site.signup_first = None, signup_first
    result = desk.publish("ch2")
    assert result.code == 1
    assert "no YouTube channel" in result.text
    assert (desk.config / "token.json").exists()


def test_secrets_never_lie_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ROOT / "media"))
    with pytest.raises(UsageError, match="inside the checkout"):
        credentials.folder()


def test_two_publishers_at_once_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk.root / "config"))
    with credentials.alone():
        result = desk.publish("ch2")
    assert result.code == 1
    assert "Another `course publish` is running" in result.text
    assert desk.site.log == []
