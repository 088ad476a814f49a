"""The lists of the catalog, and items with everything stored of them. Importing this loads no storage.

Lists are ids first, in their order, then the rows that are on screen: 200,000 rows open in the time of their ids.
Thread: any but the GUI's.
"""

from array import array
from collections.abc import Sequence

from retrovue.core.domain.browse import BrowseQuery, CatalogTotals, FileRow, ItemRow, SeasonRow, View
from retrovue.core.domain.media import CatalogItem, ItemKind
from retrovue.core.host import Host


def list_ids(host: Host, query: BrowseQuery) -> "array[int]":
    """Return the row ids of a list in its order; of a grouped list one id per group."""
    return host.browse.ids(query)


def item_rows(host: Host, kind: ItemKind, ids: Sequence[int], *, grouped: bool = False) -> list[ItemRow]:
    """Return the rows of these ids in their order; ids that are gone are left out.

    Args:
        grouped: each row stands for the same item on every server.
    """
    return host.browse.items(kind, ids, grouped=grouped)


def season_rows(host: Host, show_id: int, *, grouped: bool = False) -> list[SeasonRow]:
    """Return the seasons of a show by number, specials first, as its present episodes say."""
    return host.browse.seasons(show_id, grouped=grouped)


def file_rows(host: Host, ids: Sequence[int]) -> list[FileRow]:
    """Return the rows of these files in their order."""
    return host.browse.files(ids)


def totals(host: Host, server_id: int | None = None) -> CatalogTotals:
    """Return how much there is of one server, or of all; a local file of two servers counts once."""
    return host.browse.totals(server_id)


def resolutions(host: Host) -> list[str]:
    """Return every resolution that a present file has, largest first."""
    return host.browse.resolutions()


def size_bytes(host: Host, view: View, ids: Sequence[int], *, grouped: bool = False) -> int:
    """Return how large these rows of a list are together."""
    return host.browse.size_bytes(view, ids, grouped=grouped)


def same_on_servers(host: Host, kind: ItemKind, ids: Sequence[int]) -> list[int]:
    """Return these items, each followed by those that are the same on other servers; every id once."""
    return host.browse.members(kind, ids)


def owners_of_files(host: Host, kind: ItemKind, file_ids: Sequence[int]) -> list[int]:
    """Return the movies or episodes that these files belong to, in the order of the files."""
    return host.browse.owners(kind, file_ids)


def item(host: Host, kind: ItemKind, item_id: int) -> CatalogItem | None:
    """Return one item; of a removed one `removed_at` says when."""
    return host.catalog.get(kind, item_id)


def items(host: Host, kind: ItemKind, ids: Sequence[int]) -> list[CatalogItem]:
    """Return items in the order of `ids`; those that are gone are left out."""
    return host.catalog.many(kind, ids)


def episodes_of(host: Host, show_id: int) -> list[CatalogItem]:
    """Return the present episodes of a show in order."""
    return host.catalog.episodes_of(show_id)


def search(host: Host, text: str, *, limit: int) -> list[CatalogItem]:
    """Return present items whose title contains every word of `text`, best first."""
    return host.catalog.search(text, limit=limit)
