"""The interface of all server types, in domain terms.

A source translates one server's protocol. It has no database, does not decide about removals, and raises only
`SourceError` (or `Cancelled`). All methods block, can be called from several threads in parallel, and end within
their deadlines. `abort()` ends every blocked call immediately.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.marks import RemoteMark
from retrovue.core.domain.media import ItemKind, RemoteItem, RemoteStub
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import RemoteLibrary, Server, ServerInfo
from retrovue.core.i18n import _
from retrovue.core.sources.records import RecordedPlay, ReportPage


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The differences between server types that matter to the sync service.

    Attributes:
        has_change_marker: one request returns per library whether anything may have changed (tier 0).
        page_size: items per page of a full listing; `slim_page_size`: of a slim one.
        max_ids: how many ids fit one detail request.
        delta_fields: the times of an item that a delta can filter by, in order ("updated", "added").
        joint: two kinds that one request can list or count together (`also`), where a library contains both.
        overcounts: some versions always report a larger total than they list.
    """

    has_change_marker: bool
    page_size: int = 500
    slim_page_size: int = 1000
    max_ids: int = 200
    delta_fields: tuple[str, ...] = ("updated", "added")
    joint: tuple[ItemKind, ItemKind] | None = None
    overcounts: bool = False


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item of a page that could not be decoded. It is present, and never counts as absent.

    `title` is None where even that is unreadable.
    """

    remote_id: str | None
    reason: str
    title: str | None = None

    @property
    def text(self) -> str:
        """Return the item and the reason why it could not be read, translated."""
        if self.remote_id is None:
            return self.reason if self.title is None else f"“{self.title}”: {self.reason}"
        if self.title is None:
            return _("Item with ID {id}: {reason}").format(id=self.remote_id, reason=self.reason)
        return _("“{title}” (ID {id}): {reason}").format(title=self.title, id=self.remote_id, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing.

    Attributes:
        items: full items (of `items_page`).
        stubs: ids with their change keys (of `stubs_page`).
        bad: items that could not be decoded.
        arrived: how many elements the response contained, decoded or not, including skipped ones. The next page
            starts at `start + arrived`, never at the requested size.
        total: items in the whole listing according to this response, or None.
        skipped: elements that are intentionally not items of this listing (missing episodes, optimized
            versions). They count towards `arrived` and `total`.
        placeholder_ids: skipped elements for an item without a file. A stored item with this id is gone.
        elsewhere_ids: items (of `details`) whose path is in another library of the server.
        server_time: the server's clock (HTTP Date header) in epoch seconds, or None.
        declared: the number of elements that the response declares, or None. If it differs from `arrived`, the
            response is incomplete.
    """

    start: int
    arrived: int
    total: int | None
    items: Sequence[RemoteItem] = ()
    stubs: Sequence[RemoteStub] = ()
    bad: Sequence[BadItem] = ()
    skipped: int = 0
    skipped_ids: Sequence[str] = ()
    placeholder_ids: Sequence[str] = ()
    elsewhere_ids: Sequence[str] = ()
    server_time: float | None = None
    declared: int | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """A delta: items changed or added after these instants, epoch seconds by the server's clock."""

    changed_after: float
    field: str = "updated"
    """"updated" or "added": the time of the item that is compared."""


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A recently saved row. `library_ids`: the libraries of its path; empty where the path is in none."""

    remote_id: str
    change_key: int
    library_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """The rows saved since an instant, in all libraries.

    Attributes:
        is_whole: whether every row arrived and could be read.
        server_time: the server's clock in epoch seconds, or None.
    """

    rows: Sequence[SavedRow]
    is_whole: bool
    server_time: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of items in all libraries, the ids of the newest, and the server's clock (epoch s).

    `total` and `server_time` are None when the server did not send them.
    """

    total: int | None
    newest: tuple[str, ...]
    server_time: float | None


@dataclass(frozen=True, slots=True)
class WatchedStub(RemoteStub):
    """An item that the account watched: how often, when last (epoch s), and the show of an episode."""

    view_count: int = 0
    last_viewed_at: int | None = None
    show_remote_id: str | None = None


class Overview(Protocol):
    """Requests about several libraries of a server together, which show whether a library needs a sync.

    Responses can contain items of other libraries or of none. An item in two libraries appears once.
    All methods raise as those of `MediaSource`.
    """

    @property
    def knows_watched(self) -> bool:
        """Return whether there is an account with a watch state."""

    def saved(self, since: float, *, start: int = 0) -> Saved:
        """Return the rows saved at `since` (epoch s by the server's clock) or later, from row `start` on.

        An item without a date is never included. Only an empty page after the last one proves that it was the last.
        """

    def counted(self) -> Counted:
        """Return the number of items."""

    def counted_singly(self) -> int | None:
        """Return the total as the sum of one request per item type, to check that the joint one loses none."""

    def watched(self, *, start: int, size: int) -> Page:
        """Return a page of `WatchedStub`: movies and episodes that the account watched, last played first."""


@dataclass(slots=True)
class Traffic:
    """The traffic of a source so far. `received_bytes` counts bodies as transferred."""

    requests: int = 0
    received_bytes: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a server: address with its base path, token, and how to trust and pace it.

    Attributes:
        url: `http(s)://host[:port][/base]` without a trailing slash.
        token: secret; never logged. None where the server needs none (identity only).
        client_id: the stable identifier of this installation.
        tls_fingerprint: SHA-256 hex of the one certificate trusted in addition to the system's, or None.
        gzip: None decides by network (off on a private one), True and False force it.
        server: the stored server that must be at the address. Its identity is checked before the token is sent.
        may_move: whether the identity request follows a redirect on the same host. All later requests use the new
            address. Set while a server is added or tested, so that the user sees the address and can save it.
        program: what is at the address by its name, where it is no media server: remedies speak of it.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    client_id: str = "retrovue"
    user_id: str | None = None
    tls_fingerprint: str | None = None
    gzip: bool | None = None
    read_timeout_s: float = 10.0
    connect_timeout_s: float = 5.0
    total_timeout_s: float = 60.0
    server: Server | None = None
    may_move: bool = False
    program: str = ""


class MediaSource(Protocol):
    """One server, accessed through the protocol of its type."""

    @property
    def capabilities(self) -> Capabilities:
        """Return the properties of this server type for the sync service."""

    @property
    def traffic(self) -> Traffic:
        """Return requests and bytes so far."""

    @property
    def address(self) -> str:
        """Return the address in use: the original one, or the target of a redirect of the identity request."""

    def identify(self) -> ServerInfo:
        """Return which server is at this address, without a token.

        If the connection names a server, every request with a token calls this first.

        Raises:
            WrongServerError: another product responds (its kind is in `found_kind`).
            StartingError: the server is not ready yet.
            MovedError: the address redirects to another one.
            SourceError: anything else, with the failed layer.
        """

    def probe(self) -> ServerInfo:
        """Return which server is at this address, signed in. Raises `AuthError` for a refused token."""

    def libraries(self) -> list[RemoteLibrary]:
        """Return every library the account can see, of all types. A failed or partial list raises."""

    def overview(self, libraries: Sequence[RemoteLibrary]) -> Overview | None:
        """Return requests about all these libraries together; None where libraries have a change marker."""

    def count(self, library: RemoteLibrary, kind: ItemKind, *, also: ItemKind | None = None) -> int | None:
        """Return how many items of a kind a library has, without fetching them; None where that is unknown.

        `also` is counted as well; only kinds of `capabilities.joint`.
        """

    def items_page(
        self,
        library: RemoteLibrary,
        kind: ItemKind,
        *,
        start: int,
        size: int,
        since: Since | None = None,
        also: ItemKind | None = None,
    ) -> Page:
        """Return a page of full items in a stable order. A refused page size raises `PageTooLargeError`.

        Items of `also` are in the same list; only kinds of `capabilities.joint`.
        """

    def stubs_page(self, library: RemoteLibrary, kind: ItemKind, *, start: int, size: int) -> Page:
        """Return a page of ids and change keys in a stable order."""

    def details(self, library: RemoteLibrary, kind: ItemKind, ids: Sequence[str]) -> Page:
        """Return full items by id. Ids missing from the response are left out; that alone proves nothing."""

    def find_shows(self, library: RemoteLibrary, title: str, year: int | None) -> list[RemoteItem]:
        """Return shows of a library with exactly this title (any letter case), and year when given."""

    def episodes_of(self, library: RemoteLibrary, show_remote_id: str, *, start: int, size: int) -> Page:
        """Return a page of all episodes of one show."""

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        """Return the image at a `RemoteItem.artwork` address, scaled by the server if possible.

        Raises:
            ProtocolError: not an image, or larger than 10 MB.
        """

    def sessions(self) -> list[RemoteSession]:
        """Return the live sessions. Needs administrator permissions."""

    def credits_at_ms(self, remote_id: str) -> int | None:
        """Return where the credits of an item begin, milliseconds; None where the server has no such marker."""

    def record(self, since: int) -> list[RecordedPlay]:
        """Return what the server remembers of plays since an instant (epoch s). Needs administrator permissions."""

    def account_names(self) -> Mapping[str, str]:
        """Return the names of all accounts by their ids. Needs administrator permissions."""

    def reported(self, after: int) -> Iterator[ReportPage] | None:
        """Return what the Playback Reporting plugin recorded after a row id; None where there is no such plugin."""

    def collections(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteCollection]:
        """Return the collections of libraries, complete with their members; where they belong to none, all of them.

        Raises:
            ProtocolError: a list is incomplete.
        """

    def marks(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteMark]:
        """Return the tags (labels) of movies and shows, and the favorites of all accounts that can be asked.

        Raises:
            ProtocolError: a list is incomplete.
        """

    def stop_session(self, stop_id: str, message: str) -> None:
        """Stop a stream (`RemoteSession.stop_id`), with a message for its viewer where the server shows one.

        Raises:
            NotFoundError: it has ended already.
            ForbiddenError: the account, or the server's plan, does not allow it.
        """

    def abort(self) -> None:
        """Close every open socket, so that blocked calls end immediately. Thread: any."""

    def close(self) -> None:
        """Close all connections."""
