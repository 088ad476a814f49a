"""What every kind of server can be asked, in the words of the catalog.

A source translates one server's protocol. It holds no database, decides nothing about removal, and raises only
`SourceError` (or `Cancelled`). All methods block, may be called from several threads at once, and end within
their deadlines; `abort()` makes every blocked call end at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from retrovue.core.domain.media import ItemKind, RemoteItem, RemoteStub
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import RemoteLibrary, Server, ServerInfo
from retrovue.core.i18n import _


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What differs between the kinds of servers for the sync service.

    Attributes:
        has_change_marker: one request tells per library whether anything may have moved (tier 0).
        page_size: items a page of a full listing; `slim_page_size`: of a slim one.
        max_ids: how many ids fit one detail request.
        delta_fields: which of an item's times a delta can ask for, in order ("updated", "added").
        joint: two kinds that one question may list or count together (`also`), where a library holds both.
        overcounts: versions of this kind tell larger totals than what they list, and stay so.
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
    """An item of a page that could not be understood. It was present: it is never taken for absent.

    `title` is None where not even that could be read.
    """

    remote_id: str | None
    reason: str
    title: str | None = None

    @property
    def text(self) -> str:
        """Which item it is, and why it could not be read."""
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
        arrived: how many elements the answer held, understood or not, skipped kinds included; the next page
            starts at `start + arrived`, never at what was asked for.
        total: items in the whole listing as told by this answer; None when it was not told.
        skipped: elements that are no items of this listing on purpose (missing episodes, optimised
            versions); they count towards `arrived` and `total`.
        placeholder_ids: those of the skipped that stand for an item without a file: what was stored of it is gone.
        elsewhere_ids: items (of `details`) that by their path are in another library of the server.
        server_time: the server's clock (HTTP Date header), epoch seconds, None when not told.
        declared: how many elements the answer itself says it holds, None when not told; a difference to
            `arrived` means the answer was cut.
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
    """"updated" or "added": which of the item's times is compared."""


@dataclass(frozen=True, slots=True)
class SavedRow:
    """Something that was saved lately. `library_ids`: which it is in by its path, empty where the path tells none."""

    remote_id: str
    change_key: int
    library_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved since an instant, in all libraries.

    Attributes:
        is_whole: every row arrived and could be read.
        server_time: the server's clock, epoch seconds, None when not told.
    """

    rows: Sequence[SavedRow]
    is_whole: bool
    server_time: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items all libraries hold, the ids of the newest of them, and the server's clock (epoch s).

    `total` and `server_time` are None when they were not told.
    """

    total: int | None
    newest: tuple[str, ...]
    server_time: float | None


@dataclass(frozen=True, slots=True)
class WatchedStub(RemoteStub):
    """An item that the account watched: how often, when last (epoch s), and the show it is an episode of."""

    view_count: int = 0
    last_viewed_at: int | None = None
    show_remote_id: str | None = None


class Overview(Protocol):
    """Questions about several libraries of a server at once: whether anything of them is worth asking for.

    Items of other libraries, and of none, may be in the answers, and one that is in two libraries is in them once.
    All methods raise as those of `MediaSource`.
    """

    @property
    def knows_watched(self) -> bool:
        """Whether there is an account whose watching can be asked for."""

    def saved(self, since: float, *, start: int = 0) -> Saved:
        """What was saved at `since` (epoch s by the server's clock) or later; an item without a date is in no answer.

        From the row `start` on: an answer is only proven to hold all by nothing coming after it.
        """

    def counted(self) -> Counted:
        """How many items there are."""

    def counted_singly(self) -> int | None:
        """The same total as a sum of one question for each type of item: proof that a joint one loses none."""

    def watched(self, *, start: int, size: int) -> Page:
        """A page of `WatchedStub`: movies and episodes that the account watched, what was played last first."""


@dataclass(slots=True)
class Traffic:
    """What a source has cost so far. `received_bytes` counts bodies as they crossed the wire."""

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
        tls_fingerprint: SHA-256 hex of the one certificate trusted besides the system's, or None.
        gzip: None decides by network (off on a private one), True and False force it.
        server: the stored server that must be at the address: it is asked who it is before the token goes out.
        may_move: a redirect on the same host is followed when the identity is asked, and everything else is asked
            where it ends: while a server is added or tested, so that a person sees the address and it can be kept.
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


class MediaSource(Protocol):
    """One server, asked through one kind's protocol."""

    @property
    def capabilities(self) -> Capabilities:
        """What the sync service must know of this kind."""

    @property
    def traffic(self) -> Traffic:
        """Requests and bytes so far."""

    @property
    def address(self) -> str:
        """Where it is asked: the address it was opened with, or where a redirect of the identity ended."""

    def identify(self) -> ServerInfo:
        """Who is at this address, without a token.

        Everything that needs the token asks this first where the connection says which server must be there.

        Raises:
            WrongServerError: another product answers (its kind is in `found_kind`).
            StartingError: it is there and not ready yet.
            MovedError: the address leads on to another one.
            SourceError: everything else, with the failed layer.
        """

    def probe(self) -> ServerInfo:
        """Who is at this address, signed in: raises `AuthError` for a refused token."""

    def libraries(self) -> list[RemoteLibrary]:
        """Every library the account can see, of all kinds; a failed or partial list raises."""

    def overview(self, libraries: Sequence[RemoteLibrary]) -> Overview | None:
        """Questions about all of these libraries at once; None where the list of libraries tells what moved."""

    def count(self, library: RemoteLibrary, kind: ItemKind, *, also: ItemKind | None = None) -> int | None:
        """How many items of a kind a library has (no items sent), None when the server does not tell.

        `also` is counted with it; only what `capabilities.joint` names.
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
        """A page of full items in a stable order. A refused page size raises `PageTooLargeError`.

        Items of `also` come in the same list; only what `capabilities.joint` names.
        """

    def stubs_page(self, library: RemoteLibrary, kind: ItemKind, *, start: int, size: int) -> Page:
        """A page of ids and change keys in a stable order."""

    def details(self, library: RemoteLibrary, kind: ItemKind, ids: Sequence[str]) -> Page:
        """Full items by id. Ids that the answer lacks are simply absent: that alone proves nothing."""

    def find_shows(self, library: RemoteLibrary, title: str, year: int | None) -> list[RemoteItem]:
        """Shows of a library with exactly this title (any letter case), and year when given."""

    def episodes_of(self, library: RemoteLibrary, show_remote_id: str, *, start: int, size: int) -> Page:
        """A page of all episodes of one show."""

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        """The image at a `RemoteItem.artwork` address, scaled by the server where it can.

        Raises:
            ProtocolError: not an image, or larger than 10 MB.
        """

    def sessions(self) -> list[RemoteSession]:
        """Who is playing what now; needs the rights of an administrator."""

    def abort(self) -> None:
        """Close every open socket, so that blocked calls end at once. Thread: any."""

    def close(self) -> None:
        """Give back all connections."""
