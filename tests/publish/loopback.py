"""A small YouTube on the loopback, as strict as the real one about bytes, and as unreliable as one likes.

Not a mock: Google's own client talks HTTP to it: sign-in, resumable protocol, the API's answers.
"""

import base64
import email
import email.policy
import hashlib
import itertools
import json
import os
import random
import re
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

GRAIN = 256 * 1024
CLIENT_ID, CLIENT_SECRET = "course.apps.example", "very-secret-client"
# What an update of a part cannot change: the site keeps its own.
OWN = ("publishedAt", "channelId", "thumbnails", "uploadStatus", "failureReason", "rejectionReason")
FAULTS = ("500", "503", "429", "rate", "lost", "cut", "late", "token", "slow", "stall", "partial", "torn")


class Answer(Exception):  # noqa: N818 — not an error
    def __init__(self, status: int, value: Any = None, headers: dict[str, str] | None = None) -> None:
        self.status, self.value, self.headers = status, value, headers or {}


class Cut(Exception):  # noqa: N818
    pass


class Sent(Exception):  # noqa: N818
    """The answer is out already."""


def refuse(status: int, reason: str, message: str = "No.") -> Answer:
    return Answer(status, {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}})


class YouTube(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.RLock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.channel: str | None = "UC-course"
        self.videos: dict[str, dict[str, Any]] = {}
        self.films: dict[str, bytes] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.thumbnails: dict[str, bytes] = {}
        self.captions: dict[str, dict[str, Any]] = {}
        self.playlists: dict[str, dict[str, Any]] = {}
        self.items: list[dict[str, Any]] = []
        self.refresh_tokens = {"refresh-" + secrets.token_hex(12)}
        self.tokens: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.issued: set[str] = set(self.refresh_tokens) | {CLIENT_SECRET}
        self.log: list[str] = []
        self.violations: list[str] = []
        self.ranges: list[tuple[int, int]] = []
        self.audited = True
        self.verified = True
        self.no_quota = False
        self.deny = False
        self.signup_first = False
        self.processing = "processed"
        self.lag = 0
        self.unseen: dict[tuple[str, str], int] = {}
        self.no: dict[str, Answer] = {}
        self.short = 0
        self.offset = timedelta(0)
        self.fault: Callable[[str], str | None] = lambda kind: None
        self.victim: int | None = None
        self.kill_at: int | None = None
        self.kill_when = "before"
        self.numbers = itertools.count(1)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # cut connections are meant

    @property
    def writes(self) -> list[str]:
        return [line for line in self.log if not line.startswith("GET") and "/token" not in line]

    def token(self) -> str:
        token = "access-" + secrets.token_hex(12)
        self.tokens.add(token)
        self.issued.add(token)
        return token

    def strike(self, when: str) -> None:
        """Kill the uploading process, as a power cut would, at the chosen moment of the chosen request."""
        if self.kill_at is not None and len(self.log) >= self.kill_at and when == self.kill_when:
            self.kill_at = None
            while self.victim is None:
                time.sleep(0.001)
            os.kill(self.victim, signal.SIGKILL)
            time.sleep(0.02)

    def made(self, identity: str, *lists: str) -> None:
        """Note that a new thing shows in these lists only after `lag` looks."""
        self.unseen |= {(name, identity): self.lag for name in lists}

    def shows(self, name: str, identity: str) -> bool:
        """Whether a look at the list shows the thing; each look brings it nearer."""
        left = self.unseen.get((name, identity), 0)
        self.unseen[name, identity] = left - 1
        return left <= 0

    def in_playlist(self, title: str) -> list[str]:
        playlists = [key for key, one in self.playlists.items() if one["snippet"]["title"] == title]
        return [
            item["snippet"]["resourceId"]["videoId"]
            for item in self.items
            if item["snippet"]["playlistId"] in playlists
        ]


def seeded_faults(seed: int, rate: float, expire: bool) -> Callable[[str], str | None]:
    chance = random.Random(seed)
    expiries = [1 if expire else 0]
    faults = list(FAULTS)

    def fault(kind: str) -> str | None:
        if kind == "token":
            return None
        if kind == "chunk" and expiries[0] and chance.random() < 0.2:
            expiries[0] = 0
            return "expire"
        chosen = chance.choice(faults) if chance.random() < rate else None
        if chosen == "stall":
            faults.remove("stall")  # once: it takes longest
        return chosen

    return fault


class Handler(BaseHTTPRequestHandler):
    server: YouTube
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: small writes wait for each other
    timeout = 10

    def log_message(self, *_: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) + self.server.offset, usegmt=True)

    def do_GET(self) -> None:
        self.handle_one()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def handle_one(self) -> None:
        site = self.server
        parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        chunk = self.command == "PUT" and parts.path.startswith("/session/")
        kind = "chunk" if chunk else "token" if parts.path in ("/token", "/auth", "/revoke") else "call"
        with site.lock:
            site.log.append(f"{self.command} {self.path.split('?')[0]}")
            fault = site.fault(kind)
        self.unread = int(self.headers.get("content-length", 0))
        site.strike("before")
        try:
            self.break_early(fault, chunk)
            with site.lock:
                try:
                    self.fault = fault
                    self.route(parts.path, fault)
                except Answer as answer:
                    site.strike("after")
                    if fault == "lost":
                        self.cut()
                    self.answer(Answer(503) if fault == "late" else answer)
        except Answer as answer:
            self.answer(answer)
        except Cut:
            self.close_connection = True
        except Sent:
            pass

    def read(self, count: int | None = None) -> bytes:
        data = self.rfile.read(self.unread if count is None else min(count, self.unread))
        self.unread -= len(data)
        return data

    def cut(self) -> None:
        raise Cut

    def break_early(self, fault: str | None, chunk: bool) -> None:
        if fault in ("500", "503"):
            raise Answer(int(fault))
        if fault == "429":
            raise Answer(429, headers={"retry-after": "0"})
        if fault == "rate":
            raise refuse(403, "rateLimitExceeded")
        if fault == "minute":
            message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'."
            raise refuse(429, "rateLimitExceeded", message)
        if fault == "aborted":
            raise refuse(409, "SERVICE_UNAVAILABLE", "The operation was aborted.")
        if fault == "token":
            self.server.tokens.clear()
        if fault == "slow":
            time.sleep(0.05)
        if fault == "stall":
            time.sleep(0.5)
            self.cut()
        if fault == "cut" or (fault == "torn" and not chunk):
            self.cut()

    def answer(self, answer: Answer) -> None:
        self.read()
        data = b"" if answer.value is None else json.dumps(answer.value).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    # ---- the sign-in

    def route(self, path: str, fault: str | None) -> None:
        if path == "/auth":
            self.authorize()
        if path == "/token":
            self.give_token()
        if path == "/revoke":
            self.server.refresh_tokens.discard(parse_qs(self.read().decode())["token"][0])
            self.server.tokens.clear()
            raise Answer(200, {})
        if self.headers.get("authorization", "").removeprefix("Bearer ") not in self.server.tokens:
            raise refuse(401, "authError", "Invalid Credentials")
        if path.startswith("/session/"):
            self.session(path.rsplit("/", 1)[1], fault)
        if self.server.no_quota:
            raise refuse(403, "quotaExceeded", "The request cannot be completed because of quota.")
        name = path.split("/youtube/v3/")[-1].replace("/", "_")
        if name.startswith("captions_"):
            self.download(name.removeprefix("captions_"))
        if no := self.server.no.get(f"{self.command} {name}"):
            raise no
        getattr(self, f"{self.command.lower()}_{name}")()

    def authorize(self) -> None:
        site = self.server
        code = "code-" + secrets.token_hex(8)
        site.issued.add(code)
        site.codes[code] = dict(self.query)
        answer = {"error": "access_denied"} if site.deny else {"code": code}
        where = self.query["redirect_uri"] + "?" + urlencode(answer | {"state": self.query["state"]})
        raise Answer(302, headers={"location": where})

    def give_token(self) -> None:
        site = self.server
        form = {key: values[0] for key, values in parse_qs(self.read().decode()).items()}
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        site.issued.add(basic)
        if (
            form.get("client_secret") != CLIENT_SECRET
            and self.headers.get("authorization") != f"Basic {basic}"
        ):
            raise Answer(401, {"error": "invalid_client"})
        answer = {"access_token": site.token(), "expires_in": 3600, "token_type": "Bearer"}
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in site.refresh_tokens:
                raise Answer(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})
            raise Answer(200, answer)
        asked = site.codes.pop(form["code"], None)
        verifier = form.get("code_verifier", "")
        site.issued.add(verifier)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if asked is None or asked.get("code_challenge_method") != "S256" or asked["code_challenge"] != digest:
            raise Answer(400, {"error": "invalid_grant"})
        fresh = "refresh-" + secrets.token_hex(12)
        site.refresh_tokens.add(fresh)
        site.issued.add(fresh)
        raise Answer(200, answer | {"refresh_token": fresh, "scope": asked["scope"]})

    # ---- the film

    def post_videos(self) -> None:
        site = self.server
        value = json.loads(self.read())
        if len(value["snippet"]["title"]) > 100 or "<" in value["snippet"]["description"]:
            raise refuse(400, "invalidTitle")
        if site.channel is None:
            raise refuse(401, "youtubeSignupRequired")
        key = secrets.token_hex(12)
        site.issued.add(key)
        size = int(self.headers["x-upload-content-length"])
        site.sessions[key] = {"body": value, "size": size, "data": bytearray(), "video": None}
        raise Answer(200, headers={"location": f"{site.url}session/{key}"})

    def session(self, key: str, fault: str | None) -> None:
        site = self.server
        if fault == "expire":
            site.sessions.pop(key, None)
        session = site.sessions.get(key)
        if session is None:
            raise refuse(404, "notFound")
        ranged = re.fullmatch(r"bytes (\*|(\d+)-(\d+))/(\d+)", self.headers["content-range"])
        assert ranged
        asked, first, last, total = ranged.groups()
        if int(total) != session["size"]:
            site.violations.append(f"size {total} for {session['size']}")
        if asked != "*":
            self.chunk(session, int(first), int(last), fault)
        self.tell(session)

    def chunk(self, session: dict[str, Any], first: int, last: int, fault: str | None) -> None:
        site = self.server
        site.ranges.append((first, last))
        if first != len(session["data"]):
            site.violations.append(f"byte {first} sent, {len(session['data'])} expected")
        if last + 1 != session["size"] and (last + 1 - first) % GRAIN:
            site.violations.append(f"chunk of {last + 1 - first} bytes")
        torn = fault in ("torn", "partial") or site.kill_when == "inside"
        count = (last + 1 - first) // 2 // 4096 * 4096 if torn else None
        data = self.read(count)
        if len(data) < (last + 1 - first) and not torn:
            site.short += 1
            self.cut()
        session["data"] += data
        site.strike("inside")
        if fault == "torn":
            self.cut()
        if torn and fault != "partial":
            session["data"] += self.read()
        if len(session["data"]) == session["size"]:
            self.publish(session)
            if fault == "swallow":  # the film is there, its answer and its session are gone
                site.sessions = {key: one for key, one in site.sessions.items() if one is not session}
                self.cut()

    def publish(self, session: dict[str, Any]) -> None:
        site = self.server
        identity = f"video{next(site.numbers):03d}"
        session["video"] = identity
        video = json.loads(json.dumps(session["body"])) | {"id": identity, "kind": "youtube#video"}
        video["status"]["uploadStatus"] = "uploaded"
        video["snippet"] |= {"publishedAt": "2026-01-01T00:00:00Z", "channelId": site.channel}
        video["snippet"]["localized"] = {"title": video["snippet"]["title"]}
        site.made(identity, "uploads", "videos", "thumbnails", "captions")
        video["status"] |= {"embeddable": True, "publicStatsViewable": True}
        site.videos[identity] = video
        site.films[identity] = bytes(session["data"])

    def tell(self, session: dict[str, Any]) -> None:
        if session["video"]:
            raise Answer(200, self.server.videos.get(session["video"]))
        headers = {"range": f"bytes=0-{len(session['data']) - 1}"} if session["data"] else {}
        raise Answer(308, headers=headers)

    # ---- the rest of the API

    def get_channels(self) -> None:
        if self.server.channel is None and self.server.signup_first:
            raise refuse(401, "youtubeSignupRequired")
        if self.server.channel is None:
            raise Answer(200, {"kind": "youtube#channelListResponse"})
        details = {"relatedPlaylists": {"uploads": "UU-course"}}
        raise Answer(200, {"items": [{"id": self.server.channel, "contentDetails": details}]})

    def get_videos(self) -> None:
        site = self.server
        wanted = [
            one for one in self.query["id"].split(",") if one in site.videos and site.shows("videos", one)
        ]
        for one in wanted:
            if site.videos[one]["status"]["uploadStatus"] == "uploaded":
                site.videos[one]["status"]["uploadStatus"] = site.processing
                if site.processing == "failed":
                    site.videos[one]["processingDetails"] = {"processingStatus": "failed"}
        raise Answer(200, {"items": [site.videos[one] for one in wanted]})

    def update(self, there: dict[str, Any], value: dict[str, Any]) -> None:
        """What an update of a part leaves out is deleted; other parts, and the site's own fields, stay."""
        for part in self.query["part"].split(","):
            own = {name: there[part][name] for name in OWN if name in there[part]}
            there[part] = {name: one for name, one in value.get(part, {}).items() if name not in OWN} | own

    def put_videos(self) -> None:
        value = json.loads(self.read())
        video = self.server.videos.get(value["id"])
        if video is None:
            raise refuse(404, "videoNotFound")
        status, parts = value.get("status", {}), self.query["part"].split(",")
        if status.get("publishAt") and status["privacyStatus"] != "private":
            raise refuse(400, "invalidPublishAt")
        if "snippet" in parts and not {"title", "categoryId"} <= value["snippet"].keys():
            raise refuse(400, "invalidVideoMetadata")
        if "status" in parts and "privacyStatus" not in status:
            raise refuse(400, "invalidVideoMetadata")
        self.update(video, value)
        if not self.server.audited:
            video["status"]["privacyStatus"] = "private"
        raise Answer(200, video)

    def post_thumbnails_set(self) -> None:
        if not self.server.verified:
            raise refuse(403, "forbidden", "The user may not set custom thumbnails.")
        if not self.server.shows("thumbnails", self.query["videoId"]):
            raise refuse(404, "videoNotFound")
        self.server.thumbnails[self.query["videoId"]] = self.read()
        raise Answer(200, {"items": [{}]})

    def get_captions(self) -> None:
        tracks = [
            one
            for one in self.server.captions.values()
            if one["snippet"]["videoId"] == self.query["videoId"] and self.server.shows("tracks", one["id"])
        ]
        raise Answer(200, {"items": [{"id": one["id"], "snippet": one["snippet"]} for one in tracks]})

    def multipart(self) -> tuple[dict[str, Any], bytes]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + self.read(), policy=email.policy.HTTP)
        first, second = message.iter_parts()
        data = second.get_payload(decode=True)
        assert isinstance(data, bytes)
        return json.loads(first.get_content()), data

    def post_captions(self) -> None:
        value, data = self.multipart()
        fields = ("videoId", "language", "name")
        if not self.server.shows("captions", value["snippet"]["videoId"]):
            raise refuse(404, "videoNotFound")
        for one in self.server.captions.values():
            if all(one["snippet"][name] == value["snippet"][name] for name in fields):
                raise refuse(409, "captionExists")
        key = f"caption{next(self.server.numbers):03d}"
        self.server.made(key, "tracks")
        snippet = value["snippet"] | {"trackKind": "standard"}
        self.server.captions[key] = {"id": key, "snippet": snippet, "data": data}
        if self.fault == "missing":
            raise refuse(404, "videoNotFound")
        raise Answer(200, {"id": key, "snippet": snippet})

    def put_captions(self) -> None:
        value, data = self.multipart()
        if value["id"] not in self.server.captions:
            raise refuse(404, "captionNotFound")
        self.server.captions[value["id"]]["data"] = data
        raise Answer(200, {"id": value["id"]})

    def download(self, key: str) -> None:
        self.read()
        data = self.server.captions[key]["data"]
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        raise Sent

    def get_playlists(self) -> None:
        listed = [one for key, one in self.server.playlists.items() if self.server.shows("playlists", key)]
        raise Answer(200, {"items": [one for one in listed if self.query.get("id", one["id"]) == one["id"]]})

    def post_playlists(self) -> None:
        key = f"playlist{next(self.server.numbers):03d}"
        self.server.playlists[key] = json.loads(self.read()) | {"id": key}
        self.server.playlists[key]["snippet"] |= {"publishedAt": "2026-01-01T00:00:00Z"}
        self.server.made(key, "playlists", "entries")
        raise Answer(200, self.server.playlists[key])

    def put_playlists(self) -> None:
        value = json.loads(self.read())
        if not value.get("snippet", {}).get("title"):
            raise refuse(400, "playlistTitleRequired")
        self.update(self.server.playlists[value["id"]], value)
        raise Answer(200, self.server.playlists[value["id"]])

    def numbered(self, playlist: str) -> list[dict[str, Any]]:
        items = [item for item in self.server.items if item["snippet"]["playlistId"] == playlist]
        for position, item in enumerate(items):
            item["snippet"]["position"] = position
        return items

    def get_playlistItems(self) -> None:  # noqa: N802 — the API's own name
        if self.query["playlistId"] == "UU-course":
            newest = [one for one in reversed(self.server.videos) if self.server.shows("uploads", one)]
            raise Answer(200, {"items": [{"contentDetails": {"videoId": one}} for one in newest]})
        site, playlist = self.server, self.query["playlistId"]
        if playlist not in site.playlists or not site.shows("entries", playlist):
            raise refuse(404, "playlistNotFound")
        items = [item for item in self.numbered(playlist) if site.shows("items", item["id"])]
        if video := self.query.get("videoId"):
            items = [item for item in items if item["snippet"]["resourceId"]["videoId"] == video]
        raise Answer(200, {"items": items})

    def place(self, item: dict[str, Any], position: int) -> None:
        playlist = item["snippet"]["playlistId"]
        rest = [one for one in self.server.items if one is not item and one["id"] != item["id"]]
        mine = [one for one in rest if one["snippet"]["playlistId"] == playlist]
        if not 0 <= position <= len(mine):
            raise refuse(400, "invalidPlaylistItemPosition")
        mine.insert(position, item)
        self.server.items = [one for one in rest if one["snippet"]["playlistId"] != playlist] + mine
        self.numbered(playlist)

    def post_playlistItems(self) -> None:  # noqa: N802
        value = json.loads(self.read())
        playlist = value["snippet"]["playlistId"]
        if playlist not in self.server.playlists or not self.server.shows("entries", playlist):
            raise refuse(404, "playlistNotFound")
        item = {"id": f"item{next(self.server.numbers):03d}", "snippet": value["snippet"]}
        self.place(item, value["snippet"].get("position", len(self.numbered(playlist))))
        self.server.made(item["id"], "items")
        if self.fault == "missing":  # so YouTube answers at times, and has stored it all the same
            raise refuse(404, "videoNotFound", "Video not found.")
        raise Answer(200, item)

    def delete_playlistItems(self) -> None:  # noqa: N802
        if self.query["id"] not in [item["id"] for item in self.server.items]:
            raise refuse(404, "playlistItemNotFound")
        self.server.items = [item for item in self.server.items if item["id"] != self.query["id"]]
        raise Answer(204)
