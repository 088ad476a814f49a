"""The catalog as CSV, JSON lines or an M3U playlist of local paths."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TextIO

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import CatalogItem, ItemKind, StoredFile
from retrovue.core.domain.path_syntax import native_or_none
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import isoformat, json_text
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.host import Host
from retrovue.core.services.catalog.browsing import list_ids
from retrovue.core.services.catalog.picked import Picked, iterate, own_items
from retrovue.core.services.catalog.playlist import PlaylistOptions, write_playlist
from retrovue.core.services.catalog.sheets import SheetWriter

WHOLE_PATHS = PlaylistOptions()


def _ignore(_count: int) -> None:
    """Take the count of what was left out where nothing is said about it."""


class ExportWhat(StrEnum):
    """What is exported."""

    SHOWS = "shows"
    EPISODES = "episodes"
    MOVIES = "movies"
    FILES = "files"


class ExportFormat(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"
    M3U = "m3u"


_KINDS = {
    ExportWhat.SHOWS: (ItemKind.SHOW,),
    ExportWhat.EPISODES: (ItemKind.EPISODE,),
    ExportWhat.MOVIES: (ItemKind.MOVIE,),
    ExportWhat.FILES: (ItemKind.MOVIE, ItemKind.EPISODE),
}
_ITEM_COLUMNS = (
    "id kind title show year season episode server library remote_id ids added_at duration_ms files "
    "server_path local_path size_bytes state"
).split()
_FILE_COLUMNS = "id server_path local_path size_bytes state server library item title".split()


def item_reference(item: CatalogItem) -> str:
    """How the command line names an item: `show:7`, `episode:123`, `movie:45`."""
    return f"{item.kind.value}:{item.id}"


def file_json(file: StoredFile) -> dict[str, object]:
    """The fixed shape of a media file."""
    return {
        "server_path": file.server_path,
        "local_path": native_or_none(file.local_path),
        "size_bytes": file.size_bytes,
        "state": file.state.value,
        "version": file.version,
        "part": file.part,
    }


def item_json(item: CatalogItem) -> dict[str, object]:
    """The fixed shape of an item, as `search`, `show` and `export` give it."""
    return {
        "id": item_reference(item),
        "kind": item.kind.value,
        "title": item.title,
        "year": item.year,
        "server": item.server,
        "library": item.library,
        "season": item.season,
        "episode": item.episode,
        "ids": [[guid.provider, guid.external_id] for guid in item.ids],
        "files": [file_json(file) for file in item.files],
    }


def export(
    host: Host,
    what: ExportWhat,
    how: ExportFormat,
    out: TextIO,
    token: CancelToken,
    *,
    server_id: int | None = None,
    library_id: int | None = None,
    collection_id: int | None = None,
    playlist: PlaylistOptions = WHOLE_PATHS,
    on_left_out: Callable[[int], None] = _ignore,
) -> int:
    """Write the present items of a kind to `out`; returns how many lines or entries were written.

    Args:
        collection_id: only its members; an episode or file counts with its show.
        playlist: how a playlist is written.
        on_left_out: called with how many items a playlist lacks, because they have no path that can be written.

    Raises:
        Cancelled: between two items; what was written stays.
    """
    if collection_id is None:
        items = _items(host, what, token, server_id, library_id)
    else:
        items = _members(host, what, token, _query(what, server_id, library_id, collection_id))
    return write_items(items, what, how, out, playlist=playlist, on_left_out=on_left_out)


def write_items(
    items: Iterable[CatalogItem],
    what: ExportWhat,
    how: ExportFormat,
    out: TextIO,
    *,
    playlist: PlaylistOptions = WHOLE_PATHS,
    on_left_out: Callable[[int], None] = _ignore,
) -> int:
    """Write these items (a view's, say) in a format; returns how many lines or entries were written."""
    match how:
        case ExportFormat.CSV:
            return _write_csv(items, what, out)
        case ExportFormat.JSON:
            return _write_json(items, what, out)
        case ExportFormat.M3U:
            # Who exports files wants each of them.
            every = playlist.all_versions or what is ExportWhat.FILES
            written = write_playlist(items, out, replace(playlist, all_versions=every))
            on_left_out(written.left_out)
            return written.entries


def _items(
    host: Host,
    what: ExportWhat,
    token: CancelToken,
    server_id: int | None,
    library_id: int | None,
) -> Iterator[CatalogItem]:
    for kind in _KINDS[what]:
        for item in host.catalog.iterate(kind, server_id=server_id, library_id=library_id):
            token.raise_if_cancelled()
            yield item


def _query(what: ExportWhat, server_id: int | None, library_id: int | None, collection_id: int) -> BrowseQuery:
    return BrowseQuery(
        View(what.value),
        server_ids=() if server_id is None else (server_id,),
        library_ids=() if library_id is None else (library_id,),
        collection_ids=(collection_id,),
    )


def _members(host: Host, what: ExportWhat, token: CancelToken, query: BrowseQuery) -> Iterator[CatalogItem]:
    members = Picked.of_view(query.view, list_ids(host, query))
    return own_items(host, members, token) if what is ExportWhat.SHOWS else iterate(host, members, token)


def _write_csv(items: Iterable[CatalogItem], what: ExportWhat, out: TextIO) -> int:
    writer = SheetWriter(out)
    columns = _FILE_COLUMNS if what is ExportWhat.FILES else _ITEM_COLUMNS
    writer.writerow(columns)
    count = 0
    for row in _rows(items, what):
        writer.writerow(row[column] for column in columns)
        count += 1
    return count


def _rows(items: Iterable[CatalogItem], what: ExportWhat) -> Iterator[dict[str, object]]:
    if what is ExportWhat.FILES:
        for item, file in _each_file(items):
            yield {
                **file_json(file),
                "id": file.id,
                "server": item.server,
                "library": item.library,
                "item": item_reference(item),
                "title": _full_title(item),
            }
        return
    for item in items:
        first = item.files[0] if item.files else None
        yield {
            **item_json(item),
            "ids": " ".join(str(guid) for guid in item.ids),
            "show": item.show_title,
            "remote_id": item.remote_id,
            "added_at": isoformat(item.added_at),
            "duration_ms": item.duration_ms,
            "files": len(item.files),
            "server_path": first.server_path if first else None,
            "local_path": native_or_none(first.local_path) if first else None,
            "size_bytes": sum(file.size_bytes or 0 for file in item.files) or None,
            "state": first.state.value if first else None,
        }


def _write_json(items: Iterable[CatalogItem], what: ExportWhat, out: TextIO) -> int:
    count = 0
    if what is ExportWhat.FILES:
        entries: Iterable[dict[str, object]] = (
            {**file_json(file), "id": file.id, "item": item_reference(item), "title": _full_title(item)}
            for item, file in _each_file(items)
        )
    else:
        entries = (item_json(item) for item in items)
    for entry in entries:
        out.write(json_text(entry) + "\n")
        count += 1
    return count


def _each_file(items: Iterable[CatalogItem]) -> Iterator[tuple[CatalogItem, StoredFile]]:
    """Every file once, with the first item that it belongs to."""
    seen: set[int] = set()
    for item in items:
        for file in item.files:
            if file.id not in seen:
                seen.add(file.id)
                yield item, file


def _full_title(item: CatalogItem) -> str:
    if item.kind is not ItemKind.EPISODE:
        return titled(item.title, item.year)
    code = episode_code(item.season, item.episode, item.episode_end, item.originally_available_at)
    return episode_title(item.show_title, code, item.title)
