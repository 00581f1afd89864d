"""What the site's refusals mean: try again, slow down, come back tomorrow, or never; each in a sentence.

Not for the pauses themselves: `site` makes them.
"""

import json
import re
from datetime import datetime
from enum import Enum

from googleapiclient.errors import HttpError

from course.errors import CourseError
from course.publish.credentials import revoked
from course.publish.ledger import next_day

SLOW = 15.0
"""Seconds to wait at least where the site asks for fewer requests and does not say how long."""


class Then(Enum):
    """What to do after a refusal."""

    RETRY = "retry"
    WAIT = "wait"
    TOMORROW = "tomorrow"
    NEVER = "never"


# The reasons that the API documents for the calls made here (developers.google.com/youtube/v3/docs/errors and
# the page of each method; developers.google.com/webmaster-tools/v1/errors for those of every Google API), and
# those that were met and are not documented: SERVICE_UNAVAILABLE (409), failedPrecondition.
_SORTED = {
    # What was just made is not always there at once, and may be stored though the answer says otherwise.
    Then.RETRY: """
        backendError internalError internalServerError backendNotConnected notReady processingFailure
        SERVICE_UNAVAILABLE serviceUnavailable UNAVAILABLE INTERNAL ABORTED conflict
        videoNotFound playlistNotFound captionNotFound captionExists
    """,
    Then.WAIT: """
        rateLimitExceeded userRateLimitExceeded concurrentLimitExceeded limitExceeded servingLimitExceeded
        RATE_LIMIT_EXCEEDED RESOURCE_EXHAUSTED
    """,
    Then.TOMORROW: """
        quotaExceeded dailyLimitExceeded uploadLimitExceeded uploadRateLimitExceeded
        variableTermLimitExceeded variableTermExpiredDailyExceeded
    """,
    Then.NEVER: """
        badRequest invalid invalidParameter invalidHeader invalidQuery required parseError tooManyParts
        incompatibleParameters invalidFilters invalidPageToken missingRequiredParameter unexpectedParameter
        invalidPart unknownPart invalidValue notFound methodNotAllowed gone preconditionFailed
        failedPrecondition uploadTooLarge unsupportedMediaProtocol wrongUrlForUpload
        authError authorizationRequired expired invalidCredentials youtubeSignupRequired
        accessNotConfigured SERVICE_DISABLED accountDeleted accountDisabled accountUnverified userBlocked
        dailyLimitExceededUnreg userRateLimitExceededUnreg rateLimitExceededUnreg keyInvalid keyExpired
        ipRefererBlocked refererBlocked lockedDomainExpired domainPolicy sslRequired
        unauthorized forbidden insufficientPermissions insufficientAuthorizedParty insufficientAudience
        insufficientCapabilities ACCESS_TOKEN_SCOPE_INSUFFICIENT PERMISSION_DENIED
        accountDelegationForbidden cmsUserAccountNotFound contentOwnerAccountNotFound
        authenticatedUserAccountClosed authenticatedUserAccountSuspended authenticatedUserNotChannel
        channelClosed channelNotFound channelSuspended channelForbidden invalidCriteria categoryNotFound
        videoChartNotFound invalidCategoryId invalidDescription invalidFilename invalidPublishAt
        invalidRecordingDetails invalidTags invalidTitle invalidVideoGameRating invalidVideoMetadata
        invalidDefaultBroadcastPrivacySetting mediaBodyRequired defaultLanguageNotSet
        forbiddenEmbedSetting forbiddenLicenseSetting forbiddenPrivacySetting
        invalidImage imageFormatUnsupported imageTooTall imageTooWide
        contentRequired invalidMetadata nameTooLong couldNotConvert
        channelIdRequired playlistIdRequired resourceIdRequired playlistTitleRequired invalidPlaylistSnippet
        defaultLanguageNotSetError localizationValidationError maxPlaylistExceeded playlistForbidden
        playlistOperationUnsupported playlistContainsMaximumNumberOfVideos playlistItemsNotAccessible
        playlistItemNotFound watchHistoryNotAccessible watchLaterNotAccessible duplicate
        invalidContentDetails invalidPlaylistItemPosition invalidResourceType manualSortRequired
        videoAlreadyInAnotherSeriesPlaylist videoAlreadyInPlaylist
    """,
}
REASONS = {reason: then for then, reasons in _SORTED.items() for reason in reasons.split()}

NO_CHANNEL = (
    "This Google account has no YouTube channel. Create one at https://www.youtube.com/create_channel "
    "and run the same command again."
)


class RefusedError(CourseError):
    """The site said no; `reason` is its word for it."""

    def __init__(self, message: str, reason: str, then: Then) -> None:
        super().__init__(message)
        self.reason, self.then = reason, then


def verdict(error: HttpError) -> Then:
    """What to do after this answer."""
    reason, message = reason_of(error)
    known = REASONS.get(reason)
    if known is Then.WAIT or reason == "quotaExceeded":
        # One word serves the limit of a minute and that of a day; the sentence may say which it is.
        if re.search(r"\bper day\b|\bdaily\b|\bper 24 hours\b", message, re.IGNORECASE):
            return Then.TOMORROW
        if re.search(r"\bper (\d+ )?(minute|second)", message, re.IGNORECASE):
            return Then.WAIT
        if error.status_code == 429 and reason == "rateLimitExceeded" and not retry_after(error):
            return Then.TOMORROW  # so the daily limit of uploads answers
    if error.status_code >= 500:
        return Then.RETRY
    if known:
        return known
    return {408: Then.RETRY, 429: Then.WAIT}.get(error.status_code, Then.NEVER)


def doubtful(error: HttpError) -> bool:
    """Whether the site contradicts itself about what is there: then it may be late."""
    return verdict(error) is Then.RETRY and (
        error.status_code == 404 or reason_of(error)[0] == "captionExists"
    )


def pause(error: HttpError) -> float:
    """The seconds to wait at least before the next try."""
    return retry_after(error) or (SLOW if verdict(error) is Then.WAIT else 0.0)


def retry_after(error: HttpError) -> float:
    """The seconds that the site asks to wait, 0 where it does not say."""
    try:
        return max(0.0, float(error.resp.get("retry-after", 0)))
    except ValueError:
        return 0.0


def refusal(error: HttpError, now: datetime) -> RefusedError:
    """A refusal as a sentence for people, at the site's time `now`."""
    reason, message = reason_of(error)
    then = verdict(error)
    if error.status_code == 401 and reason != "youtubeSignupRequired":
        return RefusedError(str(revoked()), reason, then)
    begin = next_day(now)
    again = (
        f"Run the same command again after {begin:%H:%M} on {begin:%d %B} (your clock): "
        "it goes on where it stopped."
    )
    sentences = {
        "uploadLimitExceeded": "YouTube takes no more uploads from this account today. "
        "Run the same command again tomorrow: it goes on where it stopped.",
        "uploadRateLimitExceeded": "YouTube takes no more thumbnails from this account today. "
        "Run the same command again tomorrow.",
        "youtubeSignupRequired": NO_CHANNEL,
        "accessNotConfigured": "The YouTube Data API is not switched on in your Google project. "
        "docs/publishing.md says where.",
        "insufficientPermissions": "The sign-in does not allow managing videos. "
        "Run `course publish --logout`, then publish again and allow it.",
    }
    sentences["SERVICE_DISABLED"] = sentences["accessNotConfigured"]
    if then is Then.TOMORROW and reason not in sentences:
        used = "Today's quota is used up" if reason != "rateLimitExceeded" else "A limit of today is reached"
        sentences[reason] = f"{used}; YouTube's tomorrow begins at midnight in California. {again}"
    default = f"YouTube refused ({error.status_code}, {reason}): {message}"
    return RefusedError(sentences.get(reason, default), reason, then)


def reason_of(error: HttpError) -> tuple[str, str]:
    """The site's word and sentence for a refusal. Never the address, which may be a secret."""
    try:
        value = json.loads(error.content)["error"]
        named = [*value.get("errors", []), *value.get("details", [])]
        reasons = [one["reason"] for one in named if one.get("reason")]
        reason = reasons[0] if reasons else value.get("status", "unknown")
        message = re.sub(r"<[^>]*>|\s+", " ", str(value.get("message", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unknown", "no reason given"
    return str(reason), " ".join(message.split())[:200] or "no reason given"
