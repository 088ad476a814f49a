"""Collections: named groups of movies and shows on a server, and what was watched of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """A collection as its server lists it.

    Attributes:
        library_id: the server's id of its library; None where it belongs to none (Emby, Jellyfin).
        is_promoted: it is on the home screen of the owner or of others.
        member_ids: the server's ids of its items, in order.
    """

    remote_id: str
    title: str
    library_id: str | None
    is_promoted: bool
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of the catalog. `library` is None where it belongs to none."""

    id: int
    server_id: int
    server: str
    library_id: int | None
    library: str | None
    remote_id: str
    title: str
    items: int
    is_promoted: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What was watched of a group of items, by everybody."""

    plays: int
    duration_s: int
    users: int
    watched_items: int


@dataclass(frozen=True, slots=True)
class CollectionSnapshot:
    """What was watched of a collection up to some time.

    Attributes:
        label: a person's word for it.
        extra: whatever else was noted, as JSON values.
    """

    title: str
    total_plays: int
    total_duration_s: int
    unique_users: int
    collected_at: datetime
    label: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
