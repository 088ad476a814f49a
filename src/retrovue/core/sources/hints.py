"""What servers say by themselves over a websocket: hints that something is played or has changed.

Hints only: not every change is announced, nothing is repeated after a disconnect, and one new film makes some 150
frames. Whoever listens asks the server for the facts.
"""

from dataclasses import dataclass

from retrovue.core.domain.errors import SourceError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.playback import RemoteSession


@dataclass(frozen=True, slots=True)
class PlayingHint:
    """A player reported its state; repeated about every 10 s while it plays."""

    session_key: str
    state: str
    remote_id: str | None = None
    position_ms: int | None = None
    device_id: str | None = None
    transcode_key: str | None = None


@dataclass(frozen=True, slots=True)
class ItemHint:
    """An item is ready to be fetched, or the server says that it is gone.

    Attributes:
        library_id: the library's remote id; None where the server does not tell.
        kind: None where the server does not tell.
    """

    remote_id: str
    library_id: str | None = None
    removed: bool = False
    kind: ItemKind | None = None


@dataclass(frozen=True, slots=True)
class WatchedHint:
    """The account watched an item, or marked or unmarked it. Seasons are named, too: what is not stored is no news."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class LibraryHint:
    """Something of a library changed that the server does not name. `removed`: something is gone."""

    library_id: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class SessionsHint:
    """Everything that is played on the server now: the only hint that is complete."""

    sessions: tuple[RemoteSession, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """The websocket is open. What happened before was not heard: look once."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The websocket is gone; it is tried again after a pause."""

    error: SourceError
    retry_in_s: float


Said = PlayingHint | ItemHint | WatchedHint | LibraryHint | SessionsHint
"""What a frame can say."""
Hint = Said | Connected | Disconnected
