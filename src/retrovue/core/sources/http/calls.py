"""Request and response types shared by the modules of the HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

MAX_BODY_BYTES = 64 * 1024 * 1024
SECRET_HEADERS = frozenset(("Authorization", "X-Emby-Token", "X-Plex-Token"))
"""The headers that contain a token."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response. `body` is decompressed; `server_time` is the Date header in epoch seconds."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200

    @property
    def content_type(self) -> str:
        """Return the media type in lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> float | None:
        """Return the server's clock at the time of the response in epoch seconds, or None."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Call:
    """A request.

    Attributes:
        page_size: the requested number of items; None when it is not a page of a listing.
        html_ok: accept a web page instead of reporting a captive portal.
        tell_moves: raise `MovedError` for every redirect, even one that could be followed.
        patient: wait and repeat while the server is not ready.
        readable: statuses of errors whose body the caller reads itself.
        anonymous: sent without a token on purpose, so a refusal says nothing about an account.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    page_size: int | None = None
    max_bytes: int = MAX_BODY_BYTES
    html_ok: bool = False
    tell_moves: bool = False
    patient: bool = True
    anonymous: bool = False
    readable: frozenset[int] = frozenset()

    @property
    def carries_secrets(self) -> bool:
        """Return whether a header can contain a token."""
        return not SECRET_HEADERS.isdisjoint(self.headers)


@dataclass(slots=True)
class Raw:
    """A response with any status. The body of an error can be truncated."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
