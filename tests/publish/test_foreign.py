"""What the channel's owner did by hand stays, and what the site shows late or wrongly is looked at again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from tests.publish.desk import Desk
from tests.publish.loopback import refuse

HAND = b"1\n00:00:00,000 --> 00:00:02,000\nBy hand.\n"


def ours(desk: Desk, chapter: str = "ch2_denoise") -> str:
    return desk.ledger["episodes"][chapter]["video"]


def stored_and_denied(desk: Desk, path: str) -> Callable[[str], str | None]:
    """The site stores what is posted there and answers 404."""

    def fault(kind: str) -> str | None:
        request = desk.site.log[-1]
        return "missing" if request.startswith("POST") and request.endswith(path) else None

    return fault


def add_track(desk: Desk, key: str, name: str, data: bytes = HAND) -> None:
    snippet = {"videoId": ours(desk), "language": "en", "name": name, "trackKind": "standard"}
    desk.site.captions[key] = {"id": key, "snippet": snippet, "data": data}


def new_captions(desk: Desk, word: str = "Forty") -> bytes:
    path = desk.folder() / "captions.srt"
    path.write_text(path.read_text().replace("Thirty", word))
    desk.built()
    return path.read_bytes()


def new_text(desk: Desk, title: str = "Back out of the noise", **changes: str) -> None:
    path = desk.folder() / "description.txt"
    text = path.read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text)
    desk.built(title=title)


# ---- caption tracks


def test_track_added_by_hand_is_never_overwritten_while_ours_stays_old(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (own,) = desk.site.captions
    # The owner's stands first in the list, in the same language.
    desk.site.captions = {"hand": {}, **desk.site.captions}
    add_track(desk, "hand", "For the deaf")
    data = new_captions(desk)
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert desk.site.captions["hand"]["data"] == HAND
    assert desk.site.captions[own]["data"] == data


def test_captions_stand_beside_a_track_that_the_owner_added_first(desk: Desk) -> None:
    desk.site.no["POST captions"] = refuse(400, "invalidMetadata")
    assert desk.publish("ch2").code == 1  # everything up to the captions is there
    desk.site.no.clear()
    add_track(desk, "hand", "")
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert "stand beside them" in result.text
    assert desk.site.captions["hand"]["data"] == HAND
    own = desk.ledger["episodes"]["ch2_denoise"]["captions_track"]
    assert desk.site.captions[own]["data"] == (desk.folder() / "captions.srt").read_bytes()
    data = new_captions(desk)
    assert desk.publish("ch2").code == 0
    assert (desk.site.captions["hand"]["data"], desk.site.captions[own]["data"]) == (HAND, data)


def test_no_room_for_captions_is_said_in_a_line_and_the_rest_goes_on(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.captions.clear()
    add_track(desk, "one", "")
    add_track(desk, "two", "Noise to Picture")
    new_captions(desk)
    result = desk.publish("ch2", "--privacy", "unlisted")
    assert result.code == 1
    assert "its captions were not added" in result.text
    assert [track["data"] for track in desk.site.captions.values()] == [HAND, HAND]
    assert desk.site.videos[ours(desk)]["status"]["privacyStatus"] == "unlisted"
    del desk.site.captions["two"]
    assert desk.publish("ch2").code == 0
    assert len(desk.site.captions) == 2


def test_captions_that_the_site_stored_and_denied_are_there_once(desk: Desk) -> None:
    desk.site.fault = stored_and_denied(desk, "/captions")
    desk.site.lag = 1
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert list(desk.site.captions) == [desk.ledger["episodes"]["ch2_denoise"]["captions_track"]]


def test_foreign_track_that_is_shown_late_is_not_taken_for_ours(desk: Desk) -> None:
    desk.site.no["POST captions"] = refuse(400, "invalidMetadata")
    assert desk.publish("ch2").code == 1
    desk.site.no.clear()
    add_track(desk, "hand", "")
    desk.site.unseen["tracks", "hand"] = 1
    result = desk.publish("ch2", "--privacy", "unlisted")
    assert result.code == 1
    assert "its captions were not added" in result.text
    assert desk.ledger["episodes"]["ch2_denoise"]["captions_track"] == ""
    assert desk.site.videos[ours(desk)]["status"]["privacyStatus"] == "unlisted"
    assert desk.publish("ch2").code == 0
    assert desk.site.captions["hand"]["data"] == HAND
    assert len(desk.site.captions) == 2


# ---- every field of a part


def test_going_public_erases_nothing_of_the_playlist(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (playlist,) = desk.site.playlists.values()
    hand = {"description": "By hand.", "defaultLanguage": "en", "tags": ["noise"], "thumbnailVideoId": "x"}
    playlist["snippet"] |= hand
    playlist["status"]["podcastStatus"] = "enabled"
    before = json.loads(json.dumps(playlist))
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    assert playlist["snippet"] == before["snippet"]
    assert playlist["status"] == {"privacyStatus": "public", "podcastStatus": "enabled"}


def test_no_update_of_a_film_erases_a_field_known_or_unknown(desk: Desk) -> None:
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    video = desk.site.videos[ours(desk)]
    video["status"] |= {"embeddable": False, "publicStatsViewable": False, "newSetting": "by hand"}
    video["snippet"]["newField"] = "by hand"
    video["recordingDetails"] = {"recordingDate": "2026-01-01T00:00:00Z"}
    new_text(desk)
    assert desk.publish("ch2", "--privacy", "unlisted").code == 0
    assert video["snippet"]["title"] == "Back out of the noise"
    assert video["snippet"]["newField"] == "by hand"
    assert video["status"]["privacyStatus"] == "unlisted"
    assert (video["status"]["embeddable"], video["status"]["publicStatsViewable"]) == (False, False)
    assert video["status"]["newSetting"] == "by hand"
    assert video["recordingDetails"] == {"recordingDate": "2026-01-01T00:00:00Z"}
    assert video["snippet"]["publishedAt"] == "2026-01-01T00:00:00Z"


def test_who_can_see_a_film_changes_without_a_word_of_its_text(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    video = desk.site.videos[ours(desk)]
    video["snippet"] |= {"title": "By hand", "tags": ["by hand"]}
    before = dict(video["snippet"])
    assert desk.publish("ch2", "--privacy", "unlisted").code == 0
    assert video["snippet"] == before


# ---- texts changed by hand


def test_title_and_tags_changed_by_hand_outlive_changes_here(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    snippet = desk.site.videos[ours(desk)]["snippet"]
    snippet["title"] = "By hand"
    snippet["tags"] = [*snippet["tags"], "by hand"]
    new_text(desk, Mechanism="Machine")
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert "changed by hand on YouTube, so it stays as it is there: title." in result.text
    assert snippet is not desk.site.videos[ours(desk)]["snippet"]
    snippet = desk.site.videos[ours(desk)]["snippet"]
    assert snippet["title"] == "By hand"
    assert "by hand" in snippet["tags"]
    assert "0:11 Machine" in snippet["description"]
    # It stays the owner's at the next change too, until both say the same.
    new_text(desk, Machine="Works")
    assert desk.publish("ch2").code == 0
    assert desk.site.videos[ours(desk)]["snippet"]["title"] == "By hand"
    desk.site.videos[ours(desk)]["snippet"]["title"] = "Back out of the noise"
    new_text(desk, Works="Cogs")
    assert desk.publish("ch2").code == 0
    new_text(desk, title="Out of the noise")
    assert desk.publish("ch2").code == 0
    assert desk.site.videos[ours(desk)]["snippet"]["title"] == "Out of the noise"
    assert desk.site.videos[ours(desk)]["snippet"]["tags"].count("by hand") == 1


def test_white_space_that_the_site_tidies_is_no_change_by_hand(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    snippet = desk.site.videos[ours(desk)]["snippet"]
    snippet["description"] = snippet["description"].replace("\n", "\r\n") + "\n"
    new_text(desk, Mechanism="Machine")
    assert desk.publish("ch2").code == 0
    assert "0:11 Machine" in desk.site.videos[ours(desk)]["snippet"]["description"]


# ---- the playlist


def playlist_of_the_owner(desk: Desk) -> dict[str, Any]:
    playlist = {"id": "PL", "snippet": {"title": "Noise to Picture"}, "status": {"privacyStatus": "private"}}
    desk.site.playlists["PL"] = playlist
    snippet = {"playlistId": "PL", "resourceId": {"videoId": "secret"}, "position": 0}
    desk.site.items.append({"id": "hand", "snippet": snippet, "contentDetails": {"note": "by hand"}})
    return playlist


def test_private_playlist_of_the_owner_with_other_films_is_not_opened(desk: Desk) -> None:
    playlist = playlist_of_the_owner(desk)
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 0, result.text
    assert "stays private: this course did not make it" in result.text
    assert playlist["status"]["privacyStatus"] == "private"
    assert desk.site.in_playlist("Noise to Picture") == ["secret", ours(desk)]
    assert desk.site.items[0]["contentDetails"] == {"note": "by hand"}


def test_playlist_that_was_given_another_title_by_hand_is_not_made_again(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (playlist,) = desk.site.playlists.values()
    playlist["snippet"]["title"] = "From noise to picture"
    desk.episode("ch4_walk")
    assert desk.publish("ch4", "--privacy", "public", "--yes").code == 0
    assert len(desk.site.playlists) == 1
    assert desk.site.in_playlist("From noise to picture") == [ours(desk), ours(desk, "ch4_walk")]
    assert playlist["snippet"]["title"] == "From noise to picture"
    assert playlist["status"]["privacyStatus"] == "public"


def test_only_the_courses_own_entry_of_an_old_film_leaves_the_playlist(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    old, (playlist,) = ours(desk), desk.site.playlists
    snippet = {"playlistId": playlist, "resourceId": {"videoId": old}, "position": 1}
    desk.site.items.append({"id": "hand", "snippet": snippet})
    desk.episode(film=1)
    result = desk.publish("ch2", "--yes")
    assert result.code == 0, result.text
    assert desk.site.in_playlist("Noise to Picture") == [old, ours(desk)]
    assert "hand" in [item["id"] for item in desk.site.items]


def test_film_that_the_owner_put_into_the_playlist_stays_in_its_place(desk: Desk) -> None:
    for chapter in ("ch1_noise", "ch4_walk"):
        desk.episode(chapter)
    assert desk.publish("ch1").code == 0
    desk.site.no["POST playlistItems"] = refuse(403, "playlistItemsNotAccessible")
    assert desk.publish("ch4").code == 1
    desk.site.no.clear()
    (playlist,), fourth = desk.site.playlists, ours(desk, "ch4_walk")
    snippet = {"playlistId": playlist, "resourceId": {"videoId": fourth}, "position": 0}
    desk.site.items.insert(0, {"id": "hand", "snippet": snippet})
    assert desk.publish("ch4").code == 0
    assert desk.site.in_playlist("Noise to Picture") == [fourth, ours(desk, "ch1_noise")]


def test_entry_that_is_stored_and_denied_does_not_end_the_run(desk: Desk) -> None:
    desk.site.fault = stored_and_denied(desk, "/playlistItems")
    desk.site.lag = 1
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 0, result.text
    assert desk.site.in_playlist("Noise to Picture") == [ours(desk)]
    assert desk.site.videos[ours(desk)]["status"]["privacyStatus"] == "public"


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        (("--schedule", "2099-01-31T18:00", "--yes"), {"publishAt": "2099-01-31T18:00:00Z"}),
        (("--privacy", "public", "--yes"), {"privacyStatus": "public"}),
    ],
)
@pytest.mark.parametrize("denied", ["GET playlistItems", "POST playlistItems", "POST playlists"])
def test_playlist_that_cannot_be_filled_does_not_keep_visibility_back(
    desk: Desk, wish: tuple[str, ...], status: dict[str, str], denied: str
) -> None:
    no = refuse(400, "maxPlaylistExceeded") if denied == "POST playlists" else refuse(404, "playlistNotFound")
    if denied == "GET playlistItems":
        # The list of uploads, by which films are recognised, is a playlist as well: that one answers.
        desk.site.no["POST playlists"] = refuse(400, "maxPlaylistExceeded")
        assert desk.publish("ch2").code == 1
        desk.site.no.clear()
    desk.site.no[denied] = no
    result = desk.publish("ch2", *wish)
    assert "not in the playlist" in result.text or denied == "GET playlistItems", result.text
    assert status.items() <= desk.site.videos[ours(desk)]["status"].items()
    desk.site.no.clear()
    assert desk.publish("ch2").code == 0
    assert desk.site.in_playlist("Noise to Picture") == [ours(desk)]
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == status.get("privacyStatus", "private")


def test_playlist_is_opened_later_where_that_failed_once(desk: Desk) -> None:
    desk.site.no["PUT playlists"] = refuse(404, "playlistNotFound")
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 1
    assert "was not opened" in result.text
    desk.site.no.clear()
    assert desk.publish("ch2").code == 0
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == "public"


def test_playlist_opens_when_the_schedule_has_come(desk: Desk) -> None:
    assert desk.publish("ch2", "--schedule", "2099-01-31T18:00", "--yes").code == 0
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == "private"
    status = desk.site.videos[ours(desk)]["status"]
    del status["publishAt"]
    status["privacyStatus"] = "public"
    assert desk.publish("ch2").code == 0
    assert playlist["status"]["privacyStatus"] == "public"


def test_playlist_that_sorts_itself_takes_the_film_where_it_likes(desk: Desk) -> None:
    def sorted_itself(kind: str) -> None:
        entries = desk.site.log.count("POST /youtube/v3/playlistItems")
        desk.site.no = {"POST playlistItems": refuse(400, "manualSortRequired")} if entries == 1 else {}

    desk.site.fault = sorted_itself
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert desk.site.in_playlist("Noise to Picture") == [ours(desk)]


# ---- late lists


@pytest.mark.parametrize("lag", [1, 2])
def test_everything_that_is_shown_late_is_there_once_and_in_order(desk: Desk, lag: int) -> None:
    desk.site.lag = lag
    for chapter in ("ch1_noise", "ch3_learn"):
        desk.episode(chapter)
    result = desk.publish("all", "--privacy", "public", "--yes")
    assert result.code == 0, result.text
    assert len(desk.site.videos) == len(desk.site.captions) == len(desk.site.thumbnails) == 3
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == "public"
    names = ("ch1_noise", "ch2_denoise", "ch3_learn")
    assert desk.site.in_playlist("Noise to Picture") == [ours(desk, name) for name in names]


def test_film_that_one_look_misses_is_not_taken_for_deleted(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.unseen["videos", ours(desk)] = 1
    before = list(desk.site.writes)
    assert desk.publish("ch2", "--yes").code == 0
    assert desk.site.writes == before


def test_ledger_forgets_a_deleted_film_only_when_its_upload_is_agreed(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    before = desk.ledger["episodes"]
    desk.site.videos.clear()
    assert desk.publish("ch2").code == 2
    assert desk.ledger["episodes"] == before


def test_unlisting_never_opens_what_the_owner_closed_since(desk: Desk) -> None:
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    old = ours(desk)
    desk.episode(film=1)
    assert desk.publish("ch2", "--yes").code == 0
    desk.site.videos[old]["status"]["privacyStatus"] = "private"
    assert desk.publish("ch2", "--unlist-old").code == 0
    assert desk.site.videos[old]["status"]["privacyStatus"] == "private"


# ---- processing


def test_film_whose_processing_failed_without_a_reason_is_not_called_up_to_date(desk: Desk) -> None:
    desk.site.processing = "failed"
    first = desk.publish("ch2")
    again = desk.publish("ch2")
    for result in (first, again):
        assert result.code == 1
        assert "did not accept" in result.text
        assert "no reason given" in result.text
        assert "up to date" not in result.text
    # A film that was built anew is uploaded, and then all is well.
    desk.site.processing = "processed"
    desk.episode(film=1)
    result = desk.publish("ch2", "--yes")
    assert result.code == 0, result.text


@pytest.mark.parametrize("status", ["failed", "rejected", "deleted"])
def test_nothing_is_changed_on_a_film_that_cannot_be_played(desk: Desk, status: str) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.videos[ours(desk)]["status"]["uploadStatus"] = status
    new_text(desk)
    before = list(desk.site.writes)
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 1
    assert "did not accept" in result.text
    assert desk.site.writes == before


def test_film_that_is_processed_for_ever_is_reported_after_a_day(desk: Desk) -> None:
    desk.site.processing = "uploaded"
    assert desk.publish("ch2").code == 0
    result = desk.publish("ch2")
    assert result.code == 0
    assert "still processing" in result.text
    assert "up to date" not in result.text
    ledger = desk.ledger
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    ledger["episodes"]["ch2_denoise"]["uploaded"] = f"{long_ago:%Y-%m-%dT%H:%M:%SZ}"
    (desk.media / "published.json").write_text(json.dumps(ledger))
    result = desk.publish("ch2")
    assert result.code == 1
    assert "does not end" in result.text
    assert "up to date" not in result.text


# ---- the clock


@pytest.mark.parametrize(
    ("zone", "time", "said"),
    [
        ("Europe/Berlin", "2099-03-29T02:30", "does not exist"),  # clocks go from 02:00 to 03:00
        ("America/New_York", "2099-03-08T02:00", "does not exist"),
        ("Europe/Berlin", "2099-10-25T02:30", "2099-10-25T02:30+02:00 or 2099-10-25T02:30+01:00"),
        ("Australia/Lord_Howe", "2099-10-04T02:15", "does not exist"),  # half an hour
    ],
)
def test_schedule_that_is_no_time_or_two_is_refused(desk: Desk, zone: str, time: str, said: str) -> None:
    result = desk.publish("ch2", "--schedule", time, "--yes", TZ=zone)
    assert result.code == 2
    assert said in result.text
    assert desk.site.log == []


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2099-03-29T01:59", "2099-03-29T00:59:00Z"),
        ("2099-03-29T03:00", "2099-03-29T01:00:00Z"),
        ("2099-03-29T02:30+01:00", "2099-03-29T01:30:00Z"),
        ("2099-10-25T02:30+02:00", "2099-10-25T00:30:00Z"),
        ("2099-10-25T02:30+01:00", "2099-10-25T01:30:00Z"),
    ],
)
def test_schedule_beside_the_missing_hour_means_that_moment(desk: Desk, time: str, moment: str) -> None:
    assert desk.publish("ch2", "--schedule", time, "--yes", TZ="Europe/Berlin").code == 0
    assert desk.site.videos[ours(desk)]["status"]["publishAt"] == moment


@pytest.mark.parametrize("time", ["9999-12-31T23:59-12:00", "0001-01-01T00:00+12:00", "soon"])
def test_schedule_out_of_range_is_one_sentence(desk: Desk, time: str) -> None:
    result = desk.publish("ch2", "--schedule", time, "--yes")
    assert result.code == 2
    assert "is no time" in result.text
    assert "Traceback" not in result.text


# ---- ledgers


def test_ledger_of_before_is_read_and_its_playlist_opened(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    ledger = desk.ledger
    del ledger["playlists"]
    for name in ("stood", "old_items", "playlist_closed"):
        del ledger["episodes"]["ch2_denoise"][name]
    (desk.media / "published.json").write_text(json.dumps(ledger))
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == "public"
    new_text(desk)
    assert desk.publish("ch2").code == 0
    assert desk.site.videos[ours(desk)]["snippet"]["title"] == "Back out of the noise"


def test_thumbnail_is_set_only_where_ours_changed(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.thumbnails[ours(desk)] = b"by hand"
    new_text(desk)
    assert desk.publish("ch2", "--privacy", "unlisted").code == 0
    assert desk.site.thumbnails[ours(desk)] == b"by hand"
    Image.new("RGB", (1280, 720), (90, 200, 220)).save(desk.folder() / "thumbnail.png")
    desk.built(title="Back out of the noise")
    assert desk.publish("ch2").code == 0
    assert desk.site.thumbnails[ours(desk)] == (desk.folder() / "thumbnail.png").read_bytes()
