"""Hints that servers push over a websocket: something is playing or has changed.

They are only hints: not every change is announced, nothing is repeated after a disconnect, and one new movie causes
about 150 frames. The listener requests the facts from the server.
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
    """An item is ready to be fetched, or gone according to the server.

    Attributes:
        library_id: the library's remote id, or None.
        kind: None where the server does not send it.
    """

    remote_id: str
    library_id: str | None = None
    removed: bool = False
    kind: ItemKind | None = None


@dataclass(frozen=True, slots=True)
class WatchedHint:
    """The account watched, marked or unmarked an item. Seasons are announced as well; ids not stored are ignored."""

    remote_id: str


@dataclass(frozen=True, slots=True)
class LibraryHint:
    """Something in a library changed; the server does not say what. `removed`: something is gone."""

    library_id: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class SessionsHint:
    """All sessions on the server: the only hint that is complete."""

    sessions: tuple[RemoteSession, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """The websocket is open. Earlier events were missed, so check once."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The websocket is gone; it is tried again after a pause."""

    error: SourceError
    retry_in_s: float


Said = PlayingHint | ItemHint | WatchedHint | LibraryHint | SessionsHint
"""What a frame can say."""
Hint = Said | Connected | Disconnected
