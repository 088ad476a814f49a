"""Servers, their libraries and the folders of a library."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ServerKind(StrEnum):
    """The products whose libraries are imported."""

    PLEX = "plex"
    EMBY = "emby"
    JELLYFIN = "jellyfin"

    @property
    def label(self) -> str:
        """Return the product's name."""
        return {"plex": "Plex", "emby": "Emby", "jellyfin": "Jellyfin"}[self.value]


class LibraryKind(StrEnum):
    """The type of a library's items. Only movies and shows are imported."""

    MOVIES = "movies"
    SHOWS = "shows"
    MIXED = "mixed"
    MUSIC = "music"
    PHOTOS = "photos"
    HOME_VIDEOS = "home_videos"
    OTHER = "other"

    @property
    def is_imported(self) -> bool:
        """Return whether items of this kind are imported."""
        return self in (LibraryKind.MOVIES, LibraryKind.SHOWS, LibraryKind.MIXED)


class ServerState(StrEnum):
    """The state of a server after its last response."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    CONNECTING = "connecting"
    CERTIFICATE = "certificate"
    SIGN_IN_AGAIN = "sign_in_again"
    KEYRING_LOCKED = "keyring_locked"
    NOT_REACHABLE = "not_reachable"
    DISABLED = "disabled"


class SyncMode(StrEnum):
    """When a library is synced automatically."""

    AUTOMATIC = "automatic"
    DAILY = "daily"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The server that responded at an address. `account` is the signed-in account, where the server sends it."""

    kind: ServerKind
    name: str
    machine_identifier: str
    version: str
    platform: str | None = None
    account: str | None = None
    user_id: str | None = None
    """The account's id on this server, where requests need it (Emby, Jellyfin)."""
    is_owner: bool = True


@dataclass(frozen=True, slots=True)
class Certificate:
    """An unverified certificate of a server, for a user who decides whether to trust it.

    Attributes:
        fingerprint: SHA-256 in 64 lower-case hex digits.
        subject: whom it was issued to. issuer: who signed it; the same name means self-signed. None: unreadable.
    """

    fingerprint: str
    subject: str | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def readable(self) -> str:
        """Return the fingerprint as people compare it: `AB:CD:…`."""
        return readable_fingerprint(self.fingerprint)

    @property
    def expires_on(self) -> str | None:
        """Return its last day as YYYY-MM-DD."""
        return None if self.valid_until is None else self.valid_until.isoformat()


def readable_fingerprint(fingerprint: str) -> str:
    """Return 64 hex digits as `AB:CD:…`."""
    return ":".join(fingerprint[index : index + 2] for index in range(0, len(fingerprint), 2)).upper()


@dataclass(frozen=True, slots=True)
class Server:
    """A stored server. The token is not part of it: it is in the keyring under `uuid`."""

    id: int
    uuid: str
    kind: ServerKind
    name: str
    url: str
    machine_identifier: str
    version: str
    platform: str | None = None
    account: str | None = None
    remote_user_id: str | None = None
    is_owner: bool = True
    is_active: bool = True
    follow_live: bool = True
    state: ServerState = ServerState.UNKNOWN
    state_detail: str | None = None
    state_at: datetime | None = None
    tls_fingerprint: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LibraryRoot:
    """A folder of a library, in the server's own path syntax."""

    path: str
    remote_id: str | None = None
    network_path: str | None = None
    """Emby's share alias of the same folder. Item paths can have either form."""


@dataclass(frozen=True, slots=True)
class Library:
    """A stored library. `items` counts its movies or episodes that are in the catalog."""

    id: int
    server_id: int
    remote_id: str
    name: str
    kind: LibraryKind
    uuid: str | None = None
    is_enabled: bool = True
    change_marker: str | None = None
    items: int = 0
    roots: tuple[LibraryRoot, ...] = ()
    sync_mode: SyncMode = SyncMode.AUTOMATIC
    last_sync_at: datetime | None = None
    last_full_sync_at: datetime | None = None
    last_verified_at: datetime | None = None
    unavailable_since: datetime | None = None
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class RemoteLibrary:
    """A library as a server lists it.

    Attributes:
        change_marker: opaque text that changes when the content may have changed. None where the server has none;
            tier 0 then never reports "no changes".
        uuid: not reused as `remote_id` is; None where the server has none.
    """

    remote_id: str
    name: str
    kind: LibraryKind
    uuid: str | None = None
    change_marker: str | None = None
    roots: tuple[LibraryRoot, ...] = field(default=())
