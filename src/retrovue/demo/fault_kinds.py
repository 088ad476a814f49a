"""The faults that servers, proxies and networks were seen to have. See `faults` for when each one fires."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from retrovue.demo.faults import Fault, Page
from retrovue.demo.http import Connection, Hangup, Request, Response

Change = Callable[[dict[str, Any]], dict[str, Any]]

_PORTAL = (
    b"<!DOCTYPE html><html><head><title>Hotel Wi-Fi</title></head><body><form action='/login'>"
    b"<h1>Please sign in to go on</h1></form></body></html>"
)


@dataclass(kw_only=True)
class Status(Fault):
    """Answer with a status and a small page; `retry_after` is sent as it is (seconds or a date)."""

    status: int = 500
    retry_after: str | None = None

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        body = f"<html><body><h1>{self.status}</h1></body></html>".encode()
        return Response(self.status, body, "text/html", headers, close=self.status == 401)


@dataclass(kw_only=True)
class Cut(Fault):
    """Close the connection without an answer."""

    reset: bool = True

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        raise Hangup(reset=self.reset)


@dataclass(kw_only=True)
class CutInBody(Fault):
    """Announce the whole length, send a share of the body, and cut."""

    share: float = 0.5
    reset: bool = True

    def send(self, connection: Connection, head: bytes, body: bytes, stop: threading.Event) -> bool:
        connection.send(head + body[: int(len(body) * self.share)])
        connection.cut(reset=self.reset)
        return True


@dataclass(kw_only=True)
class Truncate(Fault):
    """Send a shorter body with a fitting length: a document that just ends."""

    share: float = 0.5

    def answer(self, request: Request, response: Response) -> Response:
        response.body = response.body[: int(len(response.body) * self.share)]
        return response


@dataclass(kw_only=True)
class Malformed(Fault):
    """Break the document in its middle, leaving its length."""

    def answer(self, request: Request, response: Response) -> Response:
        middle = len(response.body) // 2
        response.body = response.body[:middle] + b'<"}],&' + response.body[middle + 6 :]
        return response


@dataclass(kw_only=True)
class Replace(Fault):
    """Replace bytes of the finished body, so that NUL, invalid UTF-8 and other spoilt text can be served."""

    find: bytes = b'"title":"'
    by: bytes = b'"title":"\xff\xfe'
    count: int = 1

    def answer(self, request: Request, response: Response) -> Response:
        response.body = response.body.replace(self.find, self.by, self.count)
        return response


@dataclass(kw_only=True)
class Html(Fault):
    """Answer 200 with the login page of a hotel or a proxy."""

    body: bytes = _PORTAL

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        return Response(200, self.body, "text/html; charset=utf-8")


@dataclass(kw_only=True)
class Redirect(Fault):
    """Send the client elsewhere."""

    location: str = "/"
    status: int = 302

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        return Response(self.status, b"", "text/html", {"Location": self.location})


@dataclass(kw_only=True)
class BadGzip(Fault):
    """Claim gzip and send something else."""

    def answer(self, request: Request, response: Response) -> Response:
        response.body = b"\x1f\x8b\x08\x00" + response.body[:200]
        response.headers["Content-Encoding"] = "gzip"
        return response


@dataclass(kw_only=True)
class Hang(Fault):
    """Send nothing (`share` None), the head (0.0) or a share of the body, then be silent until the client leaves."""

    share: float | None = None

    def send(self, connection: Connection, head: bytes, body: bytes, stop: threading.Event) -> bool:
        if self.share is not None:
            connection.send(head + body[: int(len(body) * self.share)])
        connection.wait_closed()
        return True


@dataclass(kw_only=True)
class Drip(Fault):
    """Send a few bytes at a time, so that no read ever times out and the answer never ends."""

    chunk_bytes: int = 1
    pause_s: float = 0.2

    def send(self, connection: Connection, head: bytes, body: bytes, stop: threading.Event) -> bool:
        data = head + body
        for start in range(0, len(data), self.chunk_bytes):
            connection.send(data[start : start + self.chunk_bytes])
            if stop.wait(self.pause_s):
                break
        return True


@dataclass(kw_only=True)
class Delay(Fault):
    """Answer later."""

    delay_s: float = 1.0

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        stop.wait(self.delay_s)
        return None


@dataclass(kw_only=True)
class Run(Fault):
    """Call something before the answer is made: let the library shrink or grow while it is read."""

    action: Callable[[], object] = field(default=lambda: None)

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        self.action()
        return None


@dataclass(kw_only=True)
class Flag(Fault):
    """Let the dialect behave differently.

    `always_xml`: XML whatever was asked for; `legacy_tree`: the JSON of 2015; `hoist`: attributes that all children
    share stand on the container only; `ignore_slim`: include and exclude parameters have no effect.
    """

    flag: str = "always_xml"

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        request.flags.add(self.flag)
        return None


@dataclass(kw_only=True)
class IgnoreParameters(Fault):
    """Know nothing of some query parameters (named in lower case), as other versions of a server do."""

    names: frozenset[str] = frozenset({"ismissing", "excludelocationtypes", "locationtypes"})

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        request.params = [pair for pair in request.params if pair[0].lower() not in self.names]
        return None


@dataclass(kw_only=True)
class RefuseLargePages(Fault):
    """Answer 400 to pages of more than `limit` items."""

    limit: int = 1_000

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        if int(request.value("X-Plex-Container-Size") or request.value("Limit") or 0) <= self.limit:
            return None
        return Response(400, b"<html><body><h1>400 Bad Request</h1></body></html>", "text/html")


@dataclass(kw_only=True)
class CapPages(Fault):
    """Give at most `limit` items however many were asked for."""

    limit: int = 100

    def window(self, page: Page) -> None:
        page.size = min(self.limit, self.limit if page.size is None else page.size)


@dataclass(kw_only=True)
class Overlap(Fault):
    """Start each page but the first some items too early, while saying the offset that was asked for."""

    items: int = 5

    def window(self, page: Page) -> None:
        page.start = max(0, page.start - self.items)


@dataclass(kw_only=True)
class EmptyPage(Fault):
    """Give a page without items although the total says there are more."""

    def page(self, page: Page) -> None:
        page.ids = []


@dataclass(kw_only=True)
class Duplicates(Fault):
    """Put the first item of a page in the place of its last."""

    def page(self, page: Page) -> None:
        if len(page.ids) > 1:
            page.ids[-1] = page.ids[0]


@dataclass(kw_only=True)
class WrongTotal(Fault):
    """Claim another total: `by` more than there are; `moving` adds that again on each answer; None: no total."""

    by: int | None = 1
    moving: bool = False

    def page(self, page: Page) -> None:
        if self.by is None:
            page.total = None
        elif page.total is not None:
            page.total += self.by * (self.fired if self.moving else 1)


def without_key(document: dict[str, Any]) -> dict[str, Any]:
    """An item that has no id."""
    return {name: value for name, value in document.items() if name not in ("ratingKey", "key", "Id")}


def wrong_types(document: dict[str, Any]) -> dict[str, Any]:
    """An item whose fields have other types than ever documented."""
    wrong: dict[str, Any] = {
        "title": {"text": 12},
        "index": "seven",
        "duration": [],
        "addedAt": "yesterday",
        "Media": "none",
        "year": {},
    }
    wrong_of_emby: dict[str, Any] = {
        "Name": {"text": 12},
        "IndexNumber": "seven",
        "RunTimeTicks": [],
        "DateCreated": 12.5,
        "MediaSources": "none",
        "ProductionYear": {},
    }
    return {**document, **(wrong_of_emby if "Id" in document else wrong)}


@dataclass(kw_only=True)
class SpoilItem(Fault):
    """Spoil one item wherever it is listed."""

    item_id: int = 0
    change: Change = wrong_types

    def page(self, page: Page) -> None:
        page.spoil[self.item_id] = self.change
