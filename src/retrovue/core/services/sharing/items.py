"""Items, people and files of the catalog as other programs are told of them. Importing this loads no storage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retrovue.core.domain.sharing import SharedItem, SharedPlay, SharedUser
from retrovue.core.host import Host

if TYPE_CHECKING:
    from sqlalchemy import Row


def items_of_plays(host: Host, plays: Iterable[SharedPlay]) -> dict[tuple[int, str], SharedItem]:
    """Return the items of plays by (server, remote ID); those that are not in the catalog are left out."""
    return host.shared.items_of(plays)


def items_at(host: Host, wanted: Mapping[int, set[str]]) -> dict[tuple[int, str], SharedItem]:
    """Return items by (server, remote ID) of the remote IDs of each server."""
    return host.shared.items_at(dict(wanted))


def season_at(host: Host, server_id: int, remote_id: str) -> SharedItem | None:
    """Return a season by the server's own ID."""
    return host.shared.season_at(server_id, remote_id)


def item_with_id(host: Host, kind: str, row_id: int) -> SharedItem | None:
    """Return an item by our number."""
    return host.shared.item(kind, row_id)


def items_with_text(host: Host, text: str, *, limit: int) -> list[SharedItem]:
    """Return items whose title has every word, of every kind."""
    return host.shared.found(text, limit=limit)


def children_of(host: Host, kind: str, row_id: int) -> list[SharedItem]:
    """Return the seasons of a show, or the episodes of a season."""
    return host.shared.children(kind, row_id)


def items_of_library(host: Host, kind: str, library_id: int) -> list[SharedItem]:
    """Return the items of a kind in a library."""
    return host.shared.of_library(kind, library_id)


def added_last(host: Host, kind: str | None, library_ids: Sequence[int] | None, *, limit: int) -> list[SharedItem]:
    """Return what was added last, newest first; None is any kind or library."""
    return host.shared.added_last(kind, library_ids, limit=limit)


def counts_of_library(host: Host, library_id: int) -> tuple[int, int, int, int]:
    """Return how many movies, shows, seasons and episodes a library has."""
    return host.shared.counts(library_id)


def files_of(host: Host, kind: str, row_ids: Sequence[int]) -> "dict[int, list[Row[Any]]]":
    """Return the files of movies or episodes by our number."""
    return host.shared.files(kind, row_ids)


def all_users(host: Host) -> list[SharedUser]:
    """Return the accounts of every server."""
    return host.shared.users()
