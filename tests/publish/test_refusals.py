"""Every reason that the API documents for the calls that are made, and what it asks for."""

import json
from datetime import UTC, datetime

import pytest
from googleapiclient.errors import HttpError
from httplib2 import Response

from course.publish.refusals import REASONS, Then, pause, refusal, verdict
from tests.publish.desk import Desk
from tests.publish.loopback import Answer

# As answered in May 2026 (googleapis/google-api-python-client, issue 2753).
UPLOADS = (
    "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of service "
    "'youtube.googleapis.com' for consumer 'project_number:1'."
)
QUERIES = UPLOADS.replace("Video Uploads", "Queries").replace("per day", "per minute per user")

RETRY, WAIT, TOMORROW, NEVER = Then.RETRY, Then.WAIT, Then.TOMORROW, Then.NEVER
# developers.google.com/youtube/v3/docs/errors and the page of each call: (status, then, reasons).
DOCUMENTED = {
    "any": [
        (403, TOMORROW, "quotaExceeded dailyLimitExceeded"),
        (403, WAIT, "rateLimitExceeded userRateLimitExceeded concurrentLimitExceeded"),
        (500, RETRY, "internalError processingFailure"),
        (503, RETRY, "backendError SERVICE_UNAVAILABLE"),
        (409, RETRY, "SERVICE_UNAVAILABLE ABORTED"),
        (400, NEVER, "incompatibleParameters invalidFilters invalidPageToken missingRequiredParameter"),
        (400, NEVER, "unexpectedParameter badRequest parseError failedPrecondition"),
        (401, NEVER, "authError authorizationRequired youtubeSignupRequired expired"),
        (403, NEVER, "forbidden insufficientPermissions accessNotConfigured dailyLimitExceededUnreg"),
        (
            403,
            NEVER,
            "accountDelegationForbidden authenticatedUserAccountClosed channelClosed channelSuspended",
        ),
        (403, NEVER, "authenticatedUserAccountSuspended authenticatedUserNotChannel cmsUserAccountNotFound"),
        (403, NEVER, "insufficientCapabilities channelNotFound"),
        (404, NEVER, "contentOwnerAccountNotFound"),
    ],
    "channels.list": [
        (400, NEVER, "invalidCriteria"),
        (403, NEVER, "channelForbidden"),
        (404, NEVER, "channelNotFound categoryNotFound"),
    ],
    "videos.list": [(400, NEVER, "videoChartNotFound"), (404, RETRY, "videoNotFound")],
    "videos.insert": [
        (400, TOMORROW, "uploadLimitExceeded"),
        (
            400,
            NEVER,
            "defaultLanguageNotSet invalidCategoryId invalidDescription invalidFilename invalidPublishAt",
        ),
        (400, NEVER, "invalidRecordingDetails invalidTags invalidTitle invalidVideoGameRating"),
        (400, NEVER, "invalidVideoMetadata mediaBodyRequired"),
        (403, NEVER, "forbidden forbiddenLicenseSetting forbiddenPrivacySetting"),
    ],
    "videos.update": [
        (400, NEVER, "invalidDefaultBroadcastPrivacySetting invalidTitle invalidPublishAt invalidTags"),
        (403, NEVER, "forbiddenEmbedSetting forbiddenLicenseSetting forbiddenPrivacySetting"),
        (404, RETRY, "videoNotFound"),
    ],
    "thumbnails.set": [
        (400, NEVER, "invalidImage mediaBodyRequired"),
        (403, NEVER, "forbidden"),
        (404, RETRY, "videoNotFound"),
        (429, TOMORROW, "uploadRateLimitExceeded"),
    ],
    "captions.list": [(403, NEVER, "forbidden"), (404, RETRY, "captionNotFound videoNotFound")],
    "captions.insert": [
        (400, NEVER, "contentRequired invalidMetadata nameTooLong"),
        (404, RETRY, "videoNotFound"),
        (409, RETRY, "captionExists"),
    ],
    "captions.update": [(400, NEVER, "contentRequired"), (404, RETRY, "captionNotFound")],
    "captions.download": [(400, NEVER, "couldNotConvert"), (404, RETRY, "captionNotFound")],
    "playlists.list": [
        (400, NEVER, "playlistOperationUnsupported"),
        (403, NEVER, "channelClosed channelSuspended playlistForbidden"),
        (404, RETRY, "playlistNotFound"),
    ],
    "playlists.insert": [
        (400, NEVER, "defaultLanguageNotSetError localizationValidationError maxPlaylistExceeded"),
        (400, NEVER, "invalidPlaylistSnippet playlistTitleRequired"),
        (403, NEVER, "playlistForbidden"),
    ],
    "playlists.update": [
        (400, NEVER, "playlistTitleRequired playlistOperationUnsupported"),
        (404, RETRY, "playlistNotFound"),
    ],
    "playlistItems.list": [
        (400, NEVER, "playlistIdRequired playlistOperationUnsupported"),
        (403, NEVER, "playlistItemsNotAccessible watchHistoryNotAccessible watchLaterNotAccessible"),
        (404, RETRY, "playlistNotFound videoNotFound"),
    ],
    "playlistItems.insert": [
        (400, NEVER, "invalidContentDetails invalidPlaylistItemPosition invalidResourceType duplicate"),
        (400, NEVER, "manualSortRequired videoAlreadyInAnotherSeriesPlaylist channelIdRequired"),
        (400, NEVER, "resourceIdRequired failedPrecondition"),
        (403, NEVER, "playlistContainsMaximumNumberOfVideos"),
        (404, RETRY, "playlistNotFound videoNotFound"),
    ],
    "playlistItems.delete": [(404, NEVER, "playlistItemNotFound")],
}
CASES = [
    (call, status, reason, then)
    for call, rows in DOCUMENTED.items()
    for status, then, reasons in rows
    for reason in reasons.split()
]


def answer(status: int, reason: str, message: str = "No.", **headers: str) -> HttpError:
    named = [{"message": message, "domain": "global", "reason": reason}]
    value = {"error": {"code": status, "message": message, "errors": named}}
    return HttpError(Response({"status": status} | headers), json.dumps(value).encode())


@pytest.mark.parametrize(("call", "status", "reason", "then"), CASES)
def test_every_documented_reason_is_sorted(call: str, status: int, reason: str, then: Then) -> None:
    assert reason in REASONS
    assert verdict(answer(status, reason)) is then


@pytest.mark.parametrize(
    ("status", "reason", "message", "headers", "then"),
    [
        (429, "rateLimitExceeded", UPLOADS, {}, TOMORROW),
        (429, "rateLimitExceeded", "Resource has been exhausted (e.g. check quota).", {}, TOMORROW),
        (429, "RATE_LIMIT_EXCEEDED", UPLOADS, {}, TOMORROW),
        (403, "rateLimitExceeded", UPLOADS, {}, TOMORROW),
        (429, "rateLimitExceeded", QUERIES, {}, WAIT),
        (403, "quotaExceeded", QUERIES, {}, WAIT),
        (429, "rateLimitExceeded", "No.", {"retry-after": "7"}, WAIT),
        (403, "userRateLimitExceeded", "Quota exceeded for 'Queries per 100 seconds'.", {}, WAIT),
        (429, "somethingNew", "No.", {}, WAIT),
        (408, "somethingNew", "No.", {}, RETRY),
        (502, "somethingNew", "No.", {}, RETRY),
        (503, "quotaExceeded", "No.", {}, RETRY),
        (400, "somethingNew", "No.", {}, NEVER),
        (418, "somethingNew", "No.", {}, NEVER),
    ],
)
def test_one_word_for_a_minute_and_a_day_is_told_apart(
    status: int, reason: str, message: str, headers: dict[str, str], then: Then
) -> None:
    assert verdict(answer(status, reason, message, **headers)) is then


def test_an_answer_without_a_reason_or_with_a_strange_one_is_sorted_by_its_status() -> None:
    bare = Response({"status": 429})
    assert verdict(HttpError(bare, b"<html>slow down</html>")) is WAIT
    details = [{"@type": "ErrorInfo"}, {"@type": "ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]
    modern = {"error": {"code": 429, "message": UPLOADS, "status": "RESOURCE_EXHAUSTED", "details": details}}
    assert verdict(HttpError(bare, json.dumps(modern).encode())) is TOMORROW
    for content in (b'{"error": []}', b'{"error": "invalid_grant"}', b"", b"[]"):
        assert verdict(HttpError(Response({"status": 400}), content)) is NEVER


def test_who_is_asked_to_slow_down_waits_for_seconds_and_not_for_none() -> None:
    assert pause(answer(403, "rateLimitExceeded")) >= 10
    assert pause(answer(403, "rateLimitExceeded", **{"retry-after": "33"})) == 33
    assert pause(answer(503, "backendError")) == 0
    assert pause(answer(503, "backendError", **{"retry-after": "soon"})) == 0


@pytest.mark.parametrize("reason", sorted(one for one, then in REASONS.items() if then is TOMORROW))
def test_what_ends_tomorrow_says_so(reason: str) -> None:
    said = str(refusal(answer(403, reason), datetime(2027, 3, 1, 20, 0, tzinfo=UTC)))
    assert "tomorrow" in said
    assert "connection" not in said


def test_daily_limit_of_uploads_is_told_at_once_and_counts_as_no_upload(desk: Desk) -> None:
    named = [{"message": UPLOADS, "domain": "global", "reason": "rateLimitExceeded"}]
    desk.site.no["POST videos"] = Answer(429, {"error": {"code": 429, "message": UPLOADS, "errors": named}})
    result = desk.publish("ch2")
    assert result.code == 1
    assert "tomorrow" in result.text
    assert "connection" not in result.text
    assert [line for line in desk.site.log if line.startswith("POST")] == ["POST /upload/youtube/v3/videos"]
    assert desk.ledger["quota"]["uploads"] == 0
    desk.site.no.clear()
    assert desk.publish("ch2").code == 0
    assert desk.ledger["quota"]["uploads"] == 1


def test_thumbnails_that_wait_for_tomorrow_do_not_keep_the_film_back(desk: Desk) -> None:
    named = [{"reason": "uploadRateLimitExceeded"}]
    desk.site.no["POST thumbnails_set"] = Answer(429, {"error": {"message": "Later.", "errors": named}})
    result = desk.publish("ch2", "--privacy", "public", "--yes")
    assert result.code == 1
    assert "has no thumbnail" in result.text
    assert "tomorrow" in result.text
    (video,) = desk.site.videos.values()
    assert video["status"]["privacyStatus"] == "public"
    assert desk.site.log.count("POST /upload/youtube/v3/thumbnails/set") == 1
    desk.site.no.clear()
    assert desk.publish("ch2").code == 0
    assert len(desk.site.thumbnails) == 1


def test_a_site_that_asks_for_fewer_requests_is_not_called_a_bad_connection(desk: Desk) -> None:
    desk.site.fault = lambda kind: "rate"
    result = desk.publish("ch2")
    assert result.code == 1
    assert "fewer requests" in result.text
    assert "connection" not in result.text
