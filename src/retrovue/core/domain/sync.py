"""The request, progress and report of a sync."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.servers import LibraryKind
from retrovue.core.i18n import _


class SyncTier(StrEnum):
    """How a library was read, from cheapest to most expensive."""

    MARKER = "marker"
    DELTA = "delta"
    SWEEP = "sweep"
    FULL = "full"


class SyncOutcome(StrEnum):
    """How the sync of one library ended.

    `incomplete`: what arrived is stored, but the listing was not complete or not consistent, so nothing was
    removed. `unavailable`: the library is not in the server's list, or the server cannot be reached. `failed`: nothing
    could be read.
    """

    OK = "ok"
    HELD_BACK = "held_back"
    INCOMPLETE = "incomplete"
    UNAVAILABLE = "unavailable"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Initiator(StrEnum):
    """Who started a sync. A sync that the user starts checks more than a scheduled one."""

    PERSON = "person"
    SCHEDULE = "schedule"
    SERVER_HINT = "server_hint"


class RemovalState(StrEnum):
    """The state of an absent item. `kept`: the user chose to keep it, which holds until it returns."""

    HELD_BACK = "held_back"
    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What to sync.

    Attributes:
        server_ids, library_ids: None is all; library ids narrow the servers.
        show_title, show_year: sync only this show (its episodes included).
        shows: (library id, show) as a server listed them a moment ago, so that they are not requested again.
        full: read everything again. dry_run: report what would change, write nothing.
        verify: compare with a complete listing, even if the server reports no changes.
        gentle: request one page at a time, whatever the settings are.
    """

    server_ids: tuple[int, ...] | None = None
    library_ids: tuple[int, ...] | None = None
    show_title: str | None = None
    show_year: int | None = None
    shows: tuple[tuple[int, RemoteItem], ...] = ()
    full: bool = False
    dry_run: bool = False
    initiator: Initiator = Initiator.PERSON
    verify: bool = False
    gentle: bool = False


@dataclass(frozen=True, slots=True)
class SyncIssue:
    """A message about a sync. `level` is "info", "warning" or "error"."""

    level: str
    message: str
    remote_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One line of a dry run. `action` is "add", "update", "remove" or "hold_back"."""

    action: str
    kind: ItemKind
    title: str
    remote_id: str


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """What the sync of one library did; counts are of movies, shows and episodes."""

    server: str
    library: str
    server_id: int
    library_id: int
    mode: SyncTier
    outcome: SyncOutcome
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    held_back: int = 0
    failed: int = 0
    error: str | None = None
    hint: str | None = None
    issues: tuple[SyncIssue, ...] = ()
    planned: tuple[PlannedChange, ...] = ()
    duration_ms: int = 0
    requests: int = 0
    received_bytes: int = 0

    @property
    def wrote(self) -> bool:
        """Return whether the catalog changed."""
        return bool(self.added or self.updated or self.removed or self.held_back)


@dataclass(frozen=True, slots=True)
class ServerFailure:
    """A server that no request could be sent to.

    Attributes:
        reason: "sign_in", "keyring", "unreachable", "catalog" (this computer's own trouble) or "other".
        message: what happened and what to do; `command_message` has the remedy of the command line.
    """

    server: str
    server_id: int
    reason: str
    message: str
    command_message: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a whole sync did.

    `is_cut_short`: canceled before each server had said what there is to read.
    """

    libraries: tuple[LibraryReport, ...] = ()
    failures: tuple[ServerFailure, ...] = ()
    requests: int = 0
    received_bytes: int = 0
    duration_s: float = 0.0
    is_cut_short: bool = False

    @property
    def is_canceled(self) -> bool:
        """Return whether it was canceled before it had read everything."""
        return self.is_cut_short or any(library.outcome is SyncOutcome.CANCELLED for library in self.libraries)

    @property
    def wrote(self) -> bool:
        """Return whether the catalog changed."""
        return any(library.wrote for library in self.libraries)


@dataclass(frozen=True, slots=True)
class LibraryProgress:
    """The progress of one library. `total` is None until the server reports it."""

    library_id: int
    server: str
    library: str
    phase: str
    done: int = 0
    total: int | None = None
    kind: LibraryKind = LibraryKind.OTHER


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """The progress of a sync, over all libraries and in the current one.

    Attributes:
        fraction: `items_done` of `items_total`, so that number, bar and per cent agree; it goes back only where more is
            found than was known. None, like `items_total`, while a library has not told how much it holds.
        rate: items per second, smoothed. time_left_s is set only after 5 s and 5 %.
    """

    libraries_done: int = 0
    libraries_total: int = 0
    items_done: int = 0
    items_total: int | None = None
    fraction: float | None = None
    current: LibraryProgress | None = None
    rate: float | None = None
    time_left_s: float | None = None
    requests: int = 0
    received_bytes: int = 0
    added: int = 0
    updated: int = 0
    absent: int = 0
    failed: int = 0
    message: str | None = None
    level: str = "info"

    @property
    def percent(self) -> int | None:
        """The fraction in whole per cent; 100 only at the end: what says 100 % and goes on is not believed again."""
        if self.fraction is None:
            return None
        if self.items_total:
            # As bars count it: 29 of 100 is a fraction that times 100 is less than 29.
            whole = self.items_done * 100 // self.items_total
            return 100 if self.items_done >= self.items_total else min(99, whole)
        return 100 if self.fraction >= 1 else min(99, int(self.fraction * 100))

    def with_message(self, message: str, level: str) -> "SyncProgress":
        """Return the same progress with a line for the sync log; `level` is "info", "warning" or "error"."""
        return replace(self, message=message, level=level)


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A stored sync of one library."""

    id: int
    server: str
    server_id: int
    library: str
    library_id: int | None
    mode: SyncTier
    initiator: Initiator
    started_at: datetime
    finished_at: datetime | None
    outcome: SyncOutcome | None
    error: str | None
    added: int
    updated: int
    unchanged: int
    removed: int
    held_back: int
    failed: int
    requests: int
    received_bytes: int
    duration_ms: int
    issues: tuple[SyncIssue, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Removal:
    """An item that its server no longer lists: waiting for a decision, or removed.

    `is_of_files`: the item itself is listed, but with fewer files than it had.
    """

    id: int
    server: str
    library: str
    library_id: int
    kind: ItemKind
    item_id: int
    title: str
    state: RemovalState
    created_at: datetime | None = None
    is_of_files: bool = False

    @property
    def label(self) -> str:
        """The title, and whether only files of the item would go."""
        return _("{title} (files only)").format(title=self.title) if self.is_of_files else self.title


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What changed in the catalog. Every view receives it once.

    Attributes:
        kinds: names of what changed: "servers", "libraries", "mappings", "items", "files", "runs",
            "removals", "notices".
    """

    kinds: frozenset[str]
    initiator: str = ""
