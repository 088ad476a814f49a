"""Servers, their libraries and the folders a library is made of."""

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
        """The product's own name."""
        return {"plex": "Plex", "emby": "Emby", "jellyfin": "Jellyfin"}[self.value]


class LibraryKind(StrEnum):
    """What a library holds. Only movies and shows are imported."""

    MOVIES = "movies"
    SHOWS = "shows"
    MIXED = "mixed"
    MUSIC = "music"
    PHOTOS = "photos"
    HOME_VIDEOS = "home_videos"
    OTHER = "other"

    @property
    def is_imported(self) -> bool:
        """Whether items of this kind are read into the catalog."""
        return self in (LibraryKind.MOVIES, LibraryKind.SHOWS, LibraryKind.MIXED)


class ServerState(StrEnum):
    """What is known of a server's last answer."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    CONNECTING = "connecting"
    CERTIFICATE = "certificate"
    SIGN_IN_AGAIN = "sign_in_again"
    KEYRING_LOCKED = "keyring_locked"
    NOT_REACHABLE = "not_reachable"
    DISABLED = "disabled"


class SyncMode(StrEnum):
    """When a library is synced without being asked."""

    AUTOMATIC = "automatic"
    DAILY = "daily"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answered at an address. `account` is the signed-in account's name where the server tells it."""

    kind: ServerKind
    name: str
    machine_identifier: str
    version: str
    platform: str | None = None
    account: str | None = None
    user_id: str | None = None
    """The account's id on this server, where its kind needs one in requests (Emby, Jellyfin)."""
    is_owner: bool = True


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed, verified by nobody: for a person who decides whether to trust it.

    Attributes:
        fingerprint: SHA-256 in 64 lower-case hex digits.
        subject: whom it was made for; issuer: who signed it (the same name: it signed itself). None: cannot be read.
    """

    fingerprint: str
    subject: str | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def readable(self) -> str:
        """The fingerprint as people compare it: `AB:CD:…`."""
        return readable_fingerprint(self.fingerprint)

    @property
    def expires_on(self) -> str | None:
        """Its last day as YYYY-MM-DD."""
        return None if self.valid_until is None else self.valid_until.isoformat()


def readable_fingerprint(fingerprint: str) -> str:
    """64 hex digits as `AB:CD:…`."""
    return ":".join(fingerprint[index : index + 2] for index in range(0, len(fingerprint), 2)).upper()


@dataclass(frozen=True, slots=True)
class Server:
    """A stored server. The token is not here: it lives in the keyring under `uuid`."""

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
    """Emby's share alias of the same folder; item paths may come in either form."""


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
        change_marker: opaque text that moves when the content may have changed; None where the server
            gives none (then tier 0 never says "nothing moved").
        uuid: stable over a reuse of `remote_id`, where the server gives one.
    """

    remote_id: str
    name: str
    kind: LibraryKind
    uuid: str | None = None
    change_marker: str | None = None
    roots: tuple[LibraryRoot, ...] = field(default=())
