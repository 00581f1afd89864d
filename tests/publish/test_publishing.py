import json
import re
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from course.paths import ROOT
from tests.publish.desk import Desk


def status(desk: Desk, chapter: str = "ch2_denoise") -> dict:
    return desk.site.videos[desk.ledger["episodes"][chapter]["video"]]["status"]


def test_new_film_is_private_and_carries_everything_viewers_read(desk: Desk) -> None:
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    (video,) = desk.site.videos.values()
    assert video["status"]["privacyStatus"] == "private"
    assert video["status"]["selfDeclaredMadeForKids"] is False
    assert video["status"]["containsSyntheticMedia"] is True
    assert video["status"]["license"] == "youtube"
    assert video["snippet"]["title"] == "The walk back"
    assert "0:11 Mechanism" in video["snippet"]["description"]
    assert video["snippet"]["categoryId"] == "27"
    assert video["snippet"]["defaultAudioLanguage"] == "en"
    assert "diffusion models" in video["snippet"]["tags"]
    assert f"https://youtu.be/{video['id']}" in result.text


def test_repeating_changes_nothing(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    before = list(desk.site.writes)
    result = desk.publish("ch2")
    assert result.code == 0
    assert "nothing to do" in result.text
    assert desk.site.writes == before


def test_dry_run_and_check_make_no_connection(desk: Desk) -> None:
    for option in ("--dry-run", "--check"):
        result = desk.publish("ch2", option)
        assert result.code == 0, result.text
        assert result.connections == []
        assert "upload the film, private for now" in result.text
        assert "audited" in result.text
    assert desk.site.log == []
    assert not (desk.media / "published.json").exists()


def test_dry_run_needs_no_account(desk: Desk) -> None:
    (desk.config / "token.json").unlink()
    (desk.config / "client_secrets.json").unlink()
    assert desk.publish("all", "--dry-run").code == 0


def test_all_publishes_the_chapters_and_then_the_film_of_the_whole_course(desk: Desk) -> None:
    desk.episode("ch1_noise", title="Where is a picture?")
    desk.episode("course", title="Noise to Picture")
    desk.built("course", chapters=[{"chapter": "ch1_noise"}, {"chapter": "ch2_denoise"}])
    result = desk.publish("all")
    assert result.code == 0, result.text
    assert [
        desk.site.videos[one]["snippet"]["title"] for one in desk.site.in_playlist("Noise to Picture")
    ] == [
        *("Where is a picture?", "The walk back", "Noise to Picture"),
    ]
    film = desk.ledger["episodes"]["course"]["video"]
    assert desk.site.films[film] == (desk.folder("course") / "episode.mp4").read_bytes()
    assert desk.site.thumbnails[film] == (desk.folder("course") / "thumbnail.png").read_bytes()
    before = list(desk.site.writes)
    assert desk.publish("all").code == 0
    assert desk.site.writes == before


def test_course_alone_is_published_by_its_name_or_says_how_to_build_it(desk: Desk) -> None:
    result = desk.publish("course")
    assert result.code == 1
    assert "course has no episode yet. Build it first: `course episode all`" in result.text
    assert re.search(r"left out: .*\bcourse\.$", desk.publish("all", "--dry-run").text, re.MULTILINE)
    desk.episode("course", title="Noise to Picture")
    assert desk.publish("course").code == 0
    assert list(desk.ledger["episodes"]) == ["course"]


def test_the_trailer_comes_first_in_the_playlist_or_says_how_to_build_it(desk: Desk) -> None:
    result = desk.publish("trailer")
    assert result.code == 1
    assert "trailer has no episode yet. Build it first: `course episode trailer`" in result.text
    assert desk.publish("ch2").code == 0
    desk.episode("trailer", title="Noise to Picture: the trailer")
    assert desk.publish("all").code == 0
    listed = [desk.site.videos[one]["snippet"]["title"] for one in desk.site.in_playlist("Noise to Picture")]
    assert listed == ["Noise to Picture: the trailer", "The walk back"]


def test_changed_text_is_updated_in_place_and_stays_visible(desk: Desk) -> None:
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    (identity,) = desk.site.videos
    # What the producer set by hand on the site survives.
    desk.site.videos[identity]["status"]["embeddable"] = False
    text = desk.folder() / "description.txt"
    text.write_text(text.read_text().replace("Mechanism", "What the program does"))
    desk.built(title="Back out of the noise")
    before = len(desk.site.writes)
    result = desk.publish("ch2")
    assert result.code == 0, result.text
    assert desk.site.writes[before:] == ["PUT /youtube/v3/videos"]
    video = desk.site.videos[identity]
    assert video["snippet"]["title"] == "Back out of the noise"
    assert "0:11 What the program does" in video["snippet"]["description"]
    assert video["status"]["privacyStatus"] == "public"
    assert video["status"]["embeddable"] is False
    assert video["status"]["containsSyntheticMedia"] is True


def test_site_stands_under_every_film_from_the_day_it_has_an_address(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (video,) = desk.site.videos.values()
    before = video["snippet"]["description"]
    assert "read and to touch" not in before
    settings = desk.root / "course.toml"
    said = (ROOT / "course.toml").read_text()
    settings.write_text(f'{said}\n[publish]\nsite = "https://example.org/course/"\n')
    writes = len(desk.site.writes)
    desk.episode("course", title="Noise to Picture")
    desk.episode("trailer", title="Noise to Picture: the trailer")
    for name, page in (("ch2", "ch2_denoise.html"), ("course", ""), ("trailer", "")):
        result = desk.publish(name, COURSE_FILE=str(settings))
        assert result.code == 0, result.text
        film = desk.ledger["episodes"]["ch2_denoise" if page else name]["video"]
        there = desk.site.videos[film]["snippet"]["description"].split("\n\n")
        assert there[1] == f"To read and to touch: https://example.org/course/{page}"
        assert [there[0], *there[2:]] == before.split("\n\n")
    assert desk.site.writes[writes:][:1] == ["PUT /youtube/v3/videos"]
    writes = len(desk.site.writes)
    assert desk.publish("ch2", COURSE_FILE=str(settings)).code == 0
    assert desk.site.writes[writes:] == []


@pytest.mark.parametrize(
    "site",
    [
        *("example.org", "ftp://example.org", "https://", "https://example.org/a b", "https://e.org/<b>"),
        *("https://me:secret@example.org", "javascript:alert(1)", "https://e.org/" + 60 * "x"),
    ],
)
def test_site_that_is_no_address_is_a_sentence_and_nothing_is_sent(desk: Desk, site: str) -> None:
    settings = desk.root / "course.toml"
    settings.write_text(f'{(ROOT / "course.toml").read_text()}\n[publish]\nsite = "{site}"\n')
    result = desk.publish("ch2", COURSE_FILE=str(settings))
    assert result.code == 2
    assert "site under [publish] is" in result.text
    assert 'Write it whole: site = "https://example.org' in result.text
    assert desk.site.log == []


def test_changed_captions_and_thumbnail_are_replaced(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    captions = desk.folder() / "captions.srt"
    captions.write_text(captions.read_text().replace("Thirty", "Forty"))
    Image.new("RGB", (1280, 720), (90, 200, 220)).save(desk.folder() / "thumbnail.png")
    desk.built()
    before = len(desk.site.writes)
    assert desk.publish("ch2").code == 0
    assert desk.site.writes[before:] == [
        "POST /upload/youtube/v3/thumbnails/set",
        "PUT /upload/youtube/v3/captions",
    ]
    (track,) = desk.site.captions.values()
    assert b"Forty small steps" in track["data"]
    assert list(desk.site.thumbnails.values()) == [(desk.folder() / "thumbnail.png").read_bytes()]


def test_changed_film_says_what_will_happen_and_sends_nothing_unasked(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.episode(film=1)
    before = len(desk.site.log)
    result = desk.publish("ch2")
    assert result.code == 2
    assert "YouTube cannot replace a film" in result.text
    assert "--yes" in result.text
    assert len(desk.site.log) == before


def test_changed_film_takes_the_place_of_the_old_one(desk: Desk) -> None:
    desk.episode("ch1_noise")
    desk.episode("ch3_learn", title="A game of guessing")
    assert desk.publish("all", "--privacy", "public", "--yes").code == 0
    first, old, third = (desk.ledger["episodes"][name]["video"] for name in sorted(desk.ledger["episodes"]))
    desk.episode(film=1)
    result = desk.publish("ch2", "--yes", "--unlist-old", "--privacy", "public")
    assert result.code == 0, result.text
    new = desk.ledger["episodes"]["ch2_denoise"]["video"]
    assert new != old
    assert desk.site.in_playlist("Noise to Picture") == [first, new, third]
    assert desk.site.videos[old]["status"]["privacyStatus"] == "unlisted"
    assert status(desk)["privacyStatus"] == "public"
    assert desk.site.films[new] == desk.films[1].read_bytes()
    assert desk.ledger["episodes"]["ch2_denoise"]["replaced"] == {old: "unlisted"}


def test_unlisting_never_opens_a_private_film(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (old,) = desk.site.videos
    desk.episode(film=1)
    assert desk.publish("ch2", "--yes", "--unlist-old").code == 0
    assert desk.site.videos[old]["status"]["privacyStatus"] == "private"


def test_public_is_asked_for_once(desk: Desk) -> None:
    result = desk.publish("ch2", "--privacy", "public")
    assert result.code == 2
    assert "Everybody will be able to see ch2_denoise" in result.text
    assert desk.site.log == []
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    assert status(desk)["privacyStatus"] == "public"
    assert desk.publish("ch2", "--privacy", "public").code == 0  # it is public: nothing to ask


def test_film_is_seen_only_when_captions_and_thumbnail_are_there(desk: Desk) -> None:
    seen_without = []

    def watch(kind: str) -> None:
        for identity, video in desk.site.videos.items():
            if video["status"]["privacyStatus"] != "private" and identity not in desk.site.thumbnails:
                seen_without.append(identity)

    desk.site.fault = watch
    assert desk.publish("ch2", "--privacy", "public", "--yes").code == 0
    assert seen_without == []
    assert desk.site.writes[-2:] == ["PUT /youtube/v3/videos", "PUT /youtube/v3/playlists"]
    (playlist,) = desk.site.playlists.values()
    assert playlist["status"]["privacyStatus"] == "public"


def test_playlist_keeps_course_order_and_the_films_of_others(desk: Desk) -> None:
    for chapter in ("ch10_more", "ch1_noise", "ch4_walk"):
        desk.episode(chapter)
    assert desk.publish("ch4", "--playlist", "My course").code == 0
    (playlist,) = desk.site.playlists
    other = {"playlistId": playlist, "resourceId": {"videoId": "somebody's"}, "position": 1}
    desk.site.items.append({"id": "other", "snippet": other})
    for chapter in ("ch10", "ch1", "ch2"):
        assert desk.publish(chapter, "--playlist", "My course").code == 0
    chapters = {entry["video"]: name for name, entry in desk.ledger["episodes"].items()}
    listed = [chapters.get(video, video) for video in desk.site.in_playlist("My course")]
    assert listed == ["ch1_noise", "ch2_denoise", "ch4_walk", "ch10_more", "somebody's"]


def test_schedule_stays_private_until_then(desk: Desk) -> None:
    result = desk.publish("ch2", "--schedule", "2099-01-31T18:00", "--yes")
    assert result.code == 0, result.text
    assert status(desk)["publishAt"] == "2099-01-31T18:00:00Z"
    assert status(desk)["privacyStatus"] == "private"
    before = list(desk.site.writes)
    assert desk.publish("ch2").code == 0
    assert desk.site.writes == before
    assert desk.publish("ch2", "--privacy", "private").code == 0
    assert "publishAt" not in status(desk)


def test_schedule_in_another_time_zone_means_that_moment(desk: Desk) -> None:
    assert desk.publish("ch2", "--schedule", "2099-01-31T18:00+02:00", "--yes").code == 0
    assert status(desk)["publishAt"] == "2099-01-31T16:00:00Z"


def test_clock_off_by_a_day_is_noticed_and_the_sites_time_counts(desk: Desk) -> None:
    desk.site.offset = timedelta(days=1)
    soon = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds")
    result = desk.publish("ch2", "--schedule", soon, "--yes")
    assert result.code == 2
    assert "clock is 24.0 hours slow" in result.text
    assert "is past" in result.text
    assert desk.site.videos == {}


def test_clock_that_makes_certificates_invalid_is_suspected_at_once(desk: Desk) -> None:
    key, certificate = desk.root / "key.pem", desk.root / "certificate.pem"
    how = [
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(["openssl", "req", *how], check=True, capture_output=True)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    desk.site.socket = secure.wrap_socket(desk.site.socket, server_side=True)
    desk.site.url = desk.site.url.replace("http:", "https:")
    result = desk.publish("ch2")
    assert result.code == 1
    assert "certificate of 127.0.0.1 is not accepted" in result.text
    assert "is it right?" in result.text
    assert "Traceback" not in result.text


def test_unaudited_project_is_told_plainly(desk: Desk) -> None:
    desk.site.audited = False
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 1
    assert "ch2_denoise stays private" in result.text
    assert desk.ledger["episodes"]["ch2_denoise"]["privacy"] == "private"


def test_unverified_channel_gets_everything_but_the_thumbnail(desk: Desk) -> None:
    desk.site.verified = False
    result = desk.publish("ch2")
    assert result.code == 1
    assert "youtube.com/verify" in result.text
    assert len(desk.site.captions) == 1
    desk.site.verified = True
    assert desk.publish("ch2").code == 0
    assert len(desk.site.thumbnails) == 1
    assert len(desk.site.videos) == 1


def test_used_up_quota_says_when_to_come_back(desk: Desk) -> None:
    desk.site.no_quota = True
    result = desk.publish("ch2")
    assert result.code == 1
    assert "quota is used up" in result.text
    assert "Traceback" not in result.text
    desk.site.no_quota = False
    assert desk.publish("ch2").code == 0


def test_quota_estimate_follows_what_was_spent(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    spent = desk.ledger["quota"]
    # Thumbnail 50, captions 50 + 400, playlist 50 + 50, and a few looks at 1 each.
    assert 600 <= spent["units"] <= 620
    assert spent["uploads"] == 1
    left = 10_000 - spent["units"]
    assert f"about {left} units and 99 uploads left" in desk.publish("ch2", "--dry-run").text


def test_too_little_quota_is_foretold(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    ledger = desk.ledger
    ledger["quota"]["units"] = 9_900
    (desk.media / "published.json").write_text(json.dumps(ledger))
    desk.episode("ch4_walk")
    result = desk.publish("ch4")
    assert "of about 100 units and 99 uploads left" in result.text
    assert "run the same command again the day after" in result.text


def test_film_deleted_on_the_site_is_uploaded_again_only_when_agreed(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.videos.clear()
    result = desk.publish("ch2")
    assert result.code == 2
    assert "no longer on YouTube" in result.text
    assert desk.site.videos == {}
    assert desk.publish("ch2", "--yes").code == 0
    assert len(desk.site.videos) == 1


def test_other_account_does_not_touch_this_course(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    desk.site.channel = "UC-another"
    result = desk.publish("ch2")
    assert result.code == 1
    assert "not the channel" in result.text


def test_film_that_the_site_rejected_is_reported(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    (video,) = desk.site.videos.values()
    video["status"] |= {"uploadStatus": "rejected", "rejectionReason": "duplicate"}
    result = desk.publish("ch2")
    assert result.code == 1
    assert "did not accept" in result.text
    assert "duplicate" in result.text


@pytest.mark.parametrize("damage", ["{", "[]", '{"episodes": {}}'])
def test_damaged_ledger_is_named_and_left_alone(desk: Desk, damage: str) -> None:
    path = desk.media / "published.json"
    path.write_text(damage)
    result = desk.publish("ch2")
    assert result.code == 1
    assert "published.json is damaged" in result.text
    assert path.read_text() == damage
    assert desk.site.log == []


def test_ledger_is_plain_json_for_people(desk: Desk) -> None:
    assert desk.publish("ch2").code == 0
    entry = json.loads((desk.media / "published.json").read_text())["episodes"]["ch2_denoise"]
    assert entry["playlist"] == "Noise to Picture"
    assert entry["privacy"] == "private"


def test_two_casts_of_a_chapter_are_two_films_in_one_ledger(desk: Desk) -> None:
    named = desk.root / "course.toml"
    named.write_text('[cast]\nprompt = "a"\nother = "b"\n[casts.fish]\nprompt = "a fish"\n')
    desk.episode("ch4_walk", film=1, title="The walk of a fish")
    (desk.media / "casts" / "fish" / "episodes").mkdir(parents=True)
    desk.folder("ch4_walk").rename(desk.media / "casts" / "fish" / "episodes" / "ch2_denoise")
    assert desk.publish("ch2").code == 0
    result = desk.publish("ch2", "--cast", "fish", COURSE_FILE=str(named))
    assert result.code == 0, result.text
    assert set(desk.ledger["episodes"]) == {"ch2_denoise", "fish/ch2_denoise"}
    assert len(desk.site.videos) == 2
    before = list(desk.site.writes)
    assert desk.publish("ch2").code == 0
    assert desk.publish("all", "--cast", "fish", COURSE_FILE=str(named)).code == 0
    assert desk.site.writes == before
    assert "no cast called 'bird'" in desk.publish("ch2", "--cast", "bird", COURSE_FILE=str(named)).text
