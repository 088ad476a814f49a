"""One question to a server and what came back, as the parts of the HTTP client hand them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

MAX_BODY_BYTES = 64 * 1024 * 1024
SECRET_HEADERS = frozenset(("Authorization", "X-Emby-Token", "X-Plex-Token"))
"""The headers that hold a token where the connection has one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. `body` is decompressed; `server_time` is the Date header in epoch seconds."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> float | None:
        """The server's clock when it answered, epoch seconds, None when not told."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Call:
    """One question.

    Attributes:
        page_size: the number of items asked for, None when it is no page of a listing.
        html_ok: a web page is an answer, not a captive portal.
        tell_moves: every redirect is told as a `MovedError`, also one that could be followed.
        patient: wait and ask again where the server is not ready.
        anonymous: asked without a token on purpose, as everybody may: a refusal is not about an account.
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

    @property
    def carries_secrets(self) -> bool:
        """Whether a header of it may hold a token."""
        return not SECRET_HEADERS.isdisjoint(self.headers)


@dataclass(slots=True)
class Raw:
    """An answer of any status. The body of a refusal may be cut: nobody needs more of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
