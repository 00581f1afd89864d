import json

import pytest

from tests.publish import faults
from tests.publish.desk import Desk
from tests.publish.loopback import GRAIN


def assert_one_true_upload(desk: Desk) -> None:
    site = desk.site
    assert site.violations == []
    assert len(site.videos) == 1
    (video,) = site.videos
    assert site.films[video] == (desk.folder() / "episode.mp4").read_bytes()
    entry = desk.ledger["episodes"]["ch2_denoise"]
    assert entry["video"] == video
    assert desk.ledger["uploading"] == {}
    assert list(site.thumbnails) == [video]
    (track,) = site.captions.values()
    assert track["data"] == (desk.folder() / "captions.srt").read_bytes()
    assert entry["captions_track"] == track["id"]
    assert len(site.playlists) == 1
    assert site.in_playlist("Noise to Picture") == [video]


def test_interrupted_upload_continues_where_it_stopped(desk: Desk) -> None:
    desk.site.kill_at, desk.site.kill_when = 8, "after"
    assert desk.publish("ch2").code == -9
    confirmed = desk.ledger["uploading"]["ch2_denoise"]["confirmed"]
    sent = len(desk.site.ranges)
    assert confirmed > 0
    assert desk.publish("ch2").code == 0
    # The site had one chunk more than it could confirm before the end.
    assert desk.site.ranges[sent][0] == confirmed + GRAIN
    assert_one_true_upload(desk)
    assert len(desk.site.sessions) == 1


@pytest.mark.parametrize("seed", [*faults.CONNECTION, *faults.MEDDLED[:10]])
def test_whatever_fails_the_film_arrives_whole_and_once(desk: Desk, seed: int) -> None:
    outcome = faults.upload(desk, seed)
    assert outcome.good, outcome


def test_expired_session_starts_afresh_without_a_second_video(desk: Desk) -> None:
    desk.site.kill_at, desk.site.kill_when = 9, "after"
    assert desk.publish("ch2").code == -9
    desk.site.sessions.clear()
    assert desk.publish("ch2").code == 0
    assert_one_true_upload(desk)


def test_finished_upload_whose_answer_and_session_are_lost_is_taken_up(desk: Desk) -> None:
    def no_answer_to_the_last_chunk(kind: str) -> str | None:
        return "lost" if kind == "chunk" and desk.site.videos else None

    desk.site.fault = no_answer_to_the_last_chunk
    while not desk.site.videos:
        desk.site.kill_at, desk.site.kill_when = len(desk.site.log) + 40, "before"
        desk.publish("ch2")
    desk.site.kill_at = None
    desk.site.fault = lambda kind: None
    desk.site.sessions.clear()
    assert desk.publish("ch2").code == 0
    assert_one_true_upload(desk)


@pytest.mark.parametrize(
    ("lag", "lost"), [(1, ""), (3, ""), (1, "computer"), (3, "computer"), (1, "address")]
)
def test_film_that_the_list_of_uploads_shows_late_is_not_sent_twice(desk: Desk, lag: int, lost: str) -> None:
    site = desk.site
    site.lag = lag

    def swallow(kind: str) -> str | None:
        # The last chunk arrives; its answer and the session are lost, and the computer at the next request.
        if lost and site.videos and site.kill_at is None:
            site.kill_at = len(site.log)
        return "swallow" if kind == "chunk" else None

    site.fault = swallow
    if lost:
        assert desk.publish("ch2").code == -9
        assert len(site.videos) == 1
        site.fault = lambda kind: None
    if lost == "address":  # the ledger still knows that bytes were sent
        (desk.config / "uploads.json").unlink()
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert_one_true_upload(desk)


def test_lost_ledger_and_computer_do_not_upload_the_film_twice(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (desk.media / "published.json").unlink()
    (desk.config / "uploads.json").unlink()
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert_one_true_upload(desk)


def test_film_of_another_upload_is_not_taken_for_this_one(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.episode("ch4_walk")
    assert desk.publish("ch4").code == 0
    assert len(desk.site.videos) == 2


def test_dead_connection_ends_with_what_to_do(desk: Desk) -> None:
    desk.site.fault = lambda kind: "cut"
    result = desk.publish("ch2")
    assert result.code == 1
    assert "cannot be reached" in result.text
    assert "Traceback" not in result.text


def test_session_address_is_kept_apart_from_the_ledger(desk: Desk) -> None:
    desk.site.kill_at, desk.site.kill_when = 9, "after"
    assert desk.publish("ch2").code == -9
    (session,) = desk.site.sessions
    assert session in (desk.config / "uploads.json").read_text()
    assert session not in (desk.media / "published.json").read_text()
    assert desk.publish("ch2").code == 0
    assert json.loads((desk.config / "uploads.json").read_text()) == {}
