"""Whole items of the catalog, with ids and files: for details, search, export and scripts."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, literal, select, union_all

from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import CatalogItem, FileState, ItemKind, StoredFile
from retrovue.core.storage.catalog import search
from retrovue.core.storage.catalog.lists import rank_title
from retrovue.core.storage.database import Database, computer_of
from retrovue.core.storage.files import looked_at
from retrovue.core.storage.places import OF_PLACE, joined
from retrovue.core.storage.tables import ITEM_TABLES, libraries, movies, shows
from retrovue.core.storage.times import to_datetime

_CHUNK = 400
_KIND_RANK = {ItemKind.SHOW: 0, ItemKind.MOVIE: 1, ItemKind.EPISODE: 2}
_COLUMNS = (
    "t.id, t.title, t.year, t.remote_id, t.summary, t.content_rating, t.genre, t.studio, t.originally_available_at, "
    "t.duration_ms, t.added_at, t.removed_at, t.trashed_at, t.view_count, t.artwork, t.library_id, l.server_id, "
    "l.name AS library, s.name AS server"
)
_JOINS = "JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id AND s.removed_at IS NULL"


class PosterRow(NamedTuple):
    """Where a poster is. `year` is that of a movie; shows are known by their title alone."""

    title: str
    year: int | None
    server_id: int
    artwork: str


class CatalogRepository:
    """Items with everything stored of them. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: ItemKind, item_id: int) -> CatalogItem | None:
        """One item, removed ones included (`removed_at` tells)."""
        with self._database.read() as connection:
            return next(iter(_load(connection, kind, [item_id])), None)

    def many(self, kind: ItemKind, ids: Sequence[int]) -> list[CatalogItem]:
        """Items in the order of `ids`; those that are gone are left out."""
        with self._database.read() as connection:
            found = {item.id: item for item in _load(connection, kind, ids)}
        return [found[item_id] for item_id in ids if item_id in found]

    def titles(self) -> set[str]:
        """The titles of all shows, episodes and movies, removed ones included."""
        with self._database.read() as connection:
            return {
                str(row[0])
                for kind in _KIND_RANK
                for row in connection.exec_driver_sql(f"SELECT DISTINCT title FROM {ITEM_TABLES[kind]}")
            }

    def posters(self, titles: Sequence[str]) -> list[PosterRow]:
        """The posters of the shows and movies with one of these titles, as plays know them; shows first."""
        parts = []
        for place, table in enumerate((shows, movies)):
            columns = (table.c.title, table.c.year, libraries.c.server_id, table.c.artwork)
            parts.append(
                select(*columns, literal(place).label("place"))
                .join(libraries, libraries.c.id == table.c.library_id)
                .where(table.c.title.in_(titles), table.c.removed_at.is_(None), table.c.artwork.is_not(None))
            )
        with self._database.read() as connection:
            rows = connection.execute(union_all(*parts).order_by("place", "server_id")).all()
        return [PosterRow(row.title, None if row.place == 0 else row.year, row.server_id, row.artwork) for row in rows]

    def library_of(self, server_id: int, remote_id: str) -> str | None:
        """The name of the library that holds a movie or an episode of a server; None when it is not known here."""
        with self._database.read() as connection:
            for kind in (ItemKind.EPISODE, ItemKind.MOVIE):
                row = connection.exec_driver_sql(
                    f"SELECT l.name FROM libraries l JOIN {ITEM_TABLES[kind]} t ON t.library_id = l.id "
                    "WHERE l.server_id = ? AND t.remote_id = ? LIMIT 1",
                    (server_id, remote_id),
                ).first()
                if row is not None:
                    return str(row[0])
        return None

    def by_external_id(self, provider: str, external_id: str) -> list[CatalogItem]:
        """Present items that carry an external id, shows before movies before episodes."""
        items: list[CatalogItem] = []
        with self._database.read() as connection:
            for kind in _KIND_RANK:
                rows = connection.exec_driver_sql(
                    f"SELECT DISTINCT {kind.value}_id FROM {kind.value}_guids WHERE provider = ? AND external_id = ?",
                    (provider, external_id),
                )
                items += _load(connection, kind, [row[0] for row in rows])
        return [item for item in items if item.removed_at is None]

    def search(self, text: str, *, limit: int = 50) -> list[CatalogItem]:
        """Present items whose title holds every word of `text`, best first; `limit` at most."""
        with self._database.read() as connection:
            by_kind: dict[ItemKind, list[int]] = {}
            for row in search.find(connection, text, limit=20_000):
                kind, item_id = search.item_of(row)
                by_kind.setdefault(kind, []).append(item_id)
            ranked: list[tuple[int, int, str, int, ItemKind]] = []
            for kind, ids in by_kind.items():
                for item_id, title, key in _titles(connection, kind, ids):
                    ranked.append((rank_title(title, text), _KIND_RANK[kind], key, item_id, kind))
            ranked.sort(key=lambda entry: entry[:4])
            best = ranked[:limit]
            loaded: dict[tuple[ItemKind, int], CatalogItem] = {}
            for kind in by_kind:
                wanted = [entry[3] for entry in best if entry[4] is kind]
                loaded.update({(kind, item.id): item for item in _load(connection, kind, wanted)})
        return [loaded[entry[4], entry[3]] for entry in best if (entry[4], entry[3]) in loaded]

    def iterate(
        self,
        kind: ItemKind,
        *,
        server_id: int | None = None,
        library_id: int | None = None,
        ids: Sequence[int] | None = None,
    ) -> Iterator[CatalogItem]:
        """Present items in the order of their titles (episodes: show, season, number), a chunk in memory at a time.

        Args:
            ids: exactly these, in this order, instead of a whole kind.
        """
        if ids is None:
            with self._database.read() as connection:
                ids = _ordered(connection, kind, server_id, library_id)
        for start in range(0, len(ids), _CHUNK):
            yield from self.many(kind, ids[start : start + _CHUNK])

    def episodes_of(self, show_id: int) -> list[CatalogItem]:
        """The present episodes of a show in order."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id FROM episodes WHERE show_id = ? AND removed_at IS NULL "
                "ORDER BY season_number NULLS FIRST, episode_number NULLS FIRST, id",
                (show_id,),
            )
            ids = [row[0] for row in rows]
        return self.many(ItemKind.EPISODE, ids)


def _ordered(connection: Connection, kind: ItemKind, server_id: int | None, library_id: int | None) -> list[int]:
    order = "t.sort_key, t.id"
    source = f"{ITEM_TABLES[kind]} t {_JOINS}"
    if kind is ItemKind.EPISODE:
        order = "h.sort_key, t.show_id, t.season_number NULLS FIRST, t.episode_number NULLS FIRST, t.id"
        source += " JOIN shows h ON h.id = t.show_id"
    conditions = ["t.removed_at IS NULL"]
    parameters: list[object] = []
    for column, value in (("l.server_id", server_id), ("t.library_id", library_id)):
        if value is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    sql = f"SELECT t.id FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {order}"
    return [row[0] for row in connection.exec_driver_sql(sql, tuple(parameters))]


def _titles(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    for start in range(0, len(ids), _CHUNK):
        chunk = tuple(ids[start : start + _CHUNK])
        rows = connection.exec_driver_sql(
            f"SELECT t.id, t.title, t.sort_key FROM {ITEM_TABLES[kind]} t {_JOINS} "
            f"WHERE t.removed_at IS NULL AND t.id IN ({_marks(chunk)})",
            chunk,
        )
        yield from ((row[0], row[1], row[2]) for row in rows)


def _load(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> list[CatalogItem]:
    items: list[CatalogItem] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = tuple(ids[start : start + _CHUNK])
        guids = _guids(connection, kind, chunk)
        files = _files(connection, kind, chunk)
        extra, join = "", ""
        if kind is ItemKind.EPISODE:
            extra = ", t.season_number, t.episode_number, t.episode_number_end, t.show_id, h.title AS show_title"
            join = " JOIN shows h ON h.id = t.show_id"
        rows = connection.exec_driver_sql(
            f"SELECT {_COLUMNS}{extra} FROM {ITEM_TABLES[kind]} t {_JOINS}{join} WHERE t.id IN ({_marks(chunk)})", chunk
        ).mappings()
        items += [_item(kind, row, guids.get(row["id"], ()), files.get(row["id"], ())) for row in rows]
    return items


def _item(kind: ItemKind, row: RowMapping, ids: tuple[ExternalId, ...], files: tuple[StoredFile, ...]) -> CatalogItem:
    return CatalogItem(
        id=row["id"],
        kind=kind,
        title=row["title"],
        server=row["server"],
        library=row["library"],
        server_id=row["server_id"],
        library_id=row["library_id"],
        remote_id=row["remote_id"],
        year=row["year"],
        season=row.get("season_number"),
        episode=row.get("episode_number"),
        episode_end=row.get("episode_number_end"),
        show_id=row.get("show_id"),
        show_title=row.get("show_title"),
        summary=row["summary"],
        content_rating=row["content_rating"],
        genre=row["genre"],
        studio=row["studio"],
        originally_available_at=row["originally_available_at"],
        duration_ms=row["duration_ms"],
        added_at=to_datetime(row["added_at"]),
        removed_at=to_datetime(row["removed_at"]),
        trashed_at=to_datetime(row["trashed_at"]),
        view_count=row["view_count"],
        artwork=row["artwork"],
        ids=ids,
        files=files,
    )


def _guids(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, tuple[ExternalId, ...]]:
    found: dict[int, tuple[ExternalId, ...]] = {}
    name = kind.value
    for row in connection.exec_driver_sql(
        f"SELECT {name}_id, provider, external_id, source FROM {name}_guids WHERE {name}_id IN ({_marks(ids)}) "
        "ORDER BY provider, external_id",
        tuple(ids),
    ):
        found[row[0]] = (*found.get(row[0], ()), ExternalId(row[1], row[2], row[3]))
    return found


def _files(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, tuple[StoredFile, ...]]:
    found: dict[int, tuple[StoredFile, ...]] = {}
    if kind is ItemKind.SHOW:
        return found
    name = kind.value
    seen = looked_at(computer_of(connection))
    rows = connection.exec_driver_sql(
        f"SELECT k.{name}_id AS item_id, k.version_index, k.part_index, f.*, {OF_PLACE}, {seen} AS looked_at "
        f"FROM media_links k JOIN media_files f ON f.id = k.media_file_id {joined(connection)} "
        f"WHERE k.{name}_id IN ({_marks(ids)}) "
        "ORDER BY k.version_index, k.part_index, f.id",
        tuple(ids),
    ).mappings()
    for row in rows:
        file = StoredFile(
            id=row["id"],
            server_path=row["server_path"],
            local_path=row["local_path"],
            size_bytes=row["size_bytes"],
            state=FileState(row["file_state"]),
            version=row["version_index"],
            part=row["part_index"],
            duration_ms=row["duration_ms"],
            container=row["container"],
            video_codec=row["video_codec"],
            audio_codec=row["audio_codec"],
            audio_channels=row["audio_channels"],
            resolution=row["resolution"],
            bitrate_kbps=row["bitrate_kbps"],
            checked_at=to_datetime(row["looked_at"]),
            map_reason=row["map_reason"],
            version_name=row["version_name"],
            disk_size_bytes=row["disk_size_bytes"],
        )
        found[row["item_id"]] = (*found.get(row["item_id"], ()), file)
    return found


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
