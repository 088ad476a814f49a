"""What other programs are told, read from the catalog and the history. Nothing is written here."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sharing import SharedItem, SharedPlay, SharedUser
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import (
    GUID_TABLES,
    episodes,
    libraries,
    media_files,
    media_links,
    media_users,
    movies,
    seasons,
    shows,
)

_CHUNK = 500
_TABLES = {"movie": movies, "episode": episodes, "show": shows}


class SharedRepository:
    """Items and people for other programs. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items_of(self, played: Iterable[SharedPlay]) -> dict[tuple[int, str], SharedItem]:
        """The items of plays by (server, remote id); those that are not in the catalog are left out."""
        plays_seen = list(played)
        wanted: dict[int, set[str]] = {}
        for play in plays_seen:
            if play.server_id is not None and play.remote_id is not None:
                wanted.setdefault(play.server_id, set()).add(play.remote_id)
        found = self.items_at(wanted)
        lost = [
            play
            for play in plays_seen
            if play.server_id is not None
            and play.remote_id
            and play.guid
            and (play.server_id, play.remote_id) not in found
        ]
        if lost:
            self._find_by_guid(lost, found)
        return found

    def _find_by_guid(self, lost: Sequence[SharedPlay], found: dict[tuple[int, str], SharedItem]) -> None:
        """A server gave an item a new ID after it was played: it is still the item with that guid."""
        by_guid: dict[tuple[int, str], SharedItem] = {}
        guids = sorted({play.guid for play in lost if play.guid})
        for start in range(0, len(guids), _CHUNK):
            for kind in ("movie", "episode"):
                named = self._rows_with_guid(kind, guids[start : start + _CHUNK])
                items: dict[int, SharedItem] = {}
                ids = sorted({row.id for row in named})
                for first in range(0, len(ids), _CHUNK):
                    found_here = self._items(kind, [_TABLES[kind].c.id.in_(ids[first : first + _CHUNK])])
                    items.update((item.id, item) for item in found_here)
                for row in named:
                    item = items.get(row.id)
                    for guid in (row.source_guid, row.guid_primary):
                        if item is not None and guid:
                            by_guid.setdefault((item.server_id, guid), item)
        for play in lost:
            known = by_guid.get((play.server_id or 0, play.guid or ""))
            if known is not None:
                found[play.server_id or 0, play.remote_id or ""] = known

    def _rows_with_guid(self, kind: str, guids: Sequence[str]) -> list[Row[Any]]:
        """Rows that a play may name: by what Plex calls the item, or by what the catalog knows it by."""
        table = _TABLES[kind]
        named = or_(table.c.source_guid.in_(guids), table.c.guid_primary.in_(guids))
        query = select(table.c.id, table.c.source_guid, table.c.guid_primary).where(named, table.c.removed_at.is_(None))
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(table.c.id)))

    def items_at(self, wanted: dict[int, set[str]]) -> dict[tuple[int, str], SharedItem]:
        """The items at addresses: remote ids by server."""
        found: dict[tuple[int, str], SharedItem] = {}
        for server_id, remote_ids in wanted.items():
            ordered = sorted(remote_ids)
            for start in range(0, len(ordered), _CHUNK):
                chunk = ordered[start : start + _CHUNK]
                for kind in ("movie", "episode", "show"):
                    at = [libraries.c.server_id == server_id, _TABLES[kind].c.remote_id.in_(chunk)]
                    for item in self._items(kind, at):
                        found.setdefault((server_id, item.remote_id or ""), item)
        return found

    def item(self, kind: str, row_id: int) -> SharedItem | None:
        """An item by its row."""
        if kind == "season":
            return next(iter(self._seasons([seasons.c.id == row_id])), None)
        return next(iter(self._items(kind, [_TABLES[kind].c.id == row_id])), None)

    def season_at(self, server_id: int, remote_id: str) -> SharedItem | None:
        """A season by its address."""
        at = [libraries.c.server_id == server_id, seasons.c.remote_id == remote_id]
        return next(iter(self._seasons(at)), None)

    def children(self, kind: str, row_id: int) -> list[SharedItem]:
        """The seasons of a show, or the episodes of a season, in order."""
        if kind == "show":
            return self._seasons([seasons.c.show_id == row_id])
        if kind == "season":
            return self._items("episode", [episodes.c.season_id == row_id])
        return []

    def of_library(self, kind: str, library_id: int, *, search: str = "") -> list[SharedItem]:
        """The movies or shows of a library, by title."""
        table = _TABLES[kind]
        conditions: list[ColumnElement[bool]] = [table.c.library_id == library_id]
        conditions += [table.c.sort_key.contains(word, autoescape=True) for word in fold(search).split()]
        return self._items(kind, conditions)

    def found(self, text: str, *, limit: int) -> list[SharedItem]:
        """Items whose title has every word of a text, at most `limit` a kind."""
        words = fold(text).split()
        if not words:
            return []
        rows: list[SharedItem] = []
        for kind, table in _TABLES.items():
            matches = [table.c.sort_key.contains(word, autoescape=True) for word in words]
            rows += self._items(kind, matches, limit=limit)
        return rows

    def added_last(self, kind: str | None, library_ids: Sequence[int] | None, *, limit: int) -> list[SharedItem]:
        """The items that were added last, the newest first."""
        rows: list[SharedItem] = []
        for each in ("movie", "episode", "show") if kind is None else (kind,):
            table = _TABLES[each]
            chosen: list[ColumnElement[bool]] = [table.c.added_at.is_not(None)]
            if library_ids is not None:
                chosen.append(table.c.library_id.in_(library_ids))
            rows += self._items(each, chosen, limit=limit, order=(table.c.added_at.desc(), table.c.id.desc()))
        return sorted(rows, key=lambda item: item.added_at or 0, reverse=True)[:limit]

    def users(self) -> list[SharedUser]:
        """Everybody who was seen playing something, in the order they were first seen."""
        names = ("id", "server_id", "user_key", "name", "person", "first_seen_at", "last_seen_at")
        query = select(*[media_users.c[name] for name in names]).order_by(media_users.c.id)
        with self._database.read() as connection:
            return [SharedUser(*row) for row in connection.execute(query)]

    def counts(self, library_id: int) -> tuple[int, int, int, int]:
        """(movies, shows, seasons, episodes) of a library."""
        with self._database.read() as connection:
            numbers = [
                connection.scalar(
                    select(func.count())
                    .select_from(table)
                    .where(table.c.library_id == library_id, table.c.removed_at.is_(None))
                )
                for table in (movies, shows, episodes)
            ]
            of_shows = select(func.count()).select_from(seasons.join(shows, shows.c.id == seasons.c.show_id))
            of_seasons = connection.scalar(
                of_shows.where(shows.c.library_id == library_id, shows.c.removed_at.is_(None))
            )
        return numbers[0] or 0, numbers[1] or 0, of_seasons or 0, numbers[2] or 0

    def files(self, kind: str, row_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
        """The files of movies or episodes by row, best version first: rows of `media_files`."""
        column = media_links.c.movie_id if kind == "movie" else media_links.c.episode_id
        found: dict[int, list[Row[Any]]] = {}
        with self._database.read() as connection:
            for start in range(0, len(row_ids), _CHUNK):
                query = (
                    select(column.label("item_id"), media_files)
                    .join(media_files, media_files.c.id == media_links.c.media_file_id)
                    .where(column.in_(row_ids[start : start + _CHUNK]), media_files.c.removed_at.is_(None))
                    .order_by(media_links.c.version_index, media_links.c.part_index, media_links.c.id)
                )
                for row in connection.execute(query):
                    found.setdefault(row.item_id, []).append(row)
        return found

    def _items(
        self,
        kind: str,
        conditions: Sequence[ColumnElement[bool]],
        *,
        limit: int | None = None,
        order: tuple[ColumnElement[Any], ...] | None = None,
    ) -> list[SharedItem]:
        table = _TABLES[kind]
        columns = [table.c[name] for name in _COMMON]
        joined = table.join(libraries, libraries.c.id == table.c.library_id)
        extra: list[Any] = [libraries.c.server_id]
        if kind == "episode":
            joined = joined.join(shows, shows.c.id == episodes.c.show_id)
            joined = joined.outerjoin(seasons, seasons.c.id == episodes.c.season_id)
            extra += _ABOVE
        elif kind == "show":
            extra.append(shows.c.total_seasons.label("children"))
        numbers = (episodes.c.season_number.nulls_first(), episodes.c.episode_number.nulls_first())
        default = (shows.c.sort_key, *numbers, episodes.c.id)
        by = order if order is not None else default if kind == "episode" else (table.c.sort_key, table.c.id)
        query = select(*columns, *extra).select_from(joined)
        query = query.where(table.c.removed_at.is_(None), *conditions).order_by(*by).limit(limit)
        with self._database.read() as connection:
            rows = list(connection.execute(query))
            guids = GUID_TABLES[ItemKind(kind)]
            owner = guids.c[f"{kind}_id"]
            ids: dict[int, list[str]] = {}
            for start in range(0, len(rows), _CHUNK):
                chunk = [row.id for row in rows[start : start + _CHUNK]]
                asked = select(owner.label("owner"), guids.c.provider, guids.c.external_id)
                for row in connection.execute(asked.where(owner.in_(chunk))):
                    ids.setdefault(row.owner, []).append(f"{row.provider}://{row.external_id}")
        return [_item(kind, row, ids.get(row.id, ())) for row in rows]

    def _seasons(self, conditions: Sequence[ColumnElement[bool]]) -> list[SharedItem]:
        query = (
            select(
                seasons,
                libraries.c.server_id,
                shows.c.library_id,
                shows.c.title.label("show_title"),
                shows.c.remote_id.label("show_remote_id"),
                shows.c.artwork.label("show_artwork"),
                shows.c.year.label("show_year"),
                shows.c.source_guid.label("show_guid"),
            )
            .select_from(
                seasons.join(shows, shows.c.id == seasons.c.show_id).join(
                    libraries, libraries.c.id == shows.c.library_id
                )
            )
            .where(shows.c.removed_at.is_(None), *conditions)
            .order_by(seasons.c.show_id, seasons.c.number)
        )
        with self._database.read() as connection:
            return [
                SharedItem(
                    kind="season",
                    id=row.id,
                    server_id=row.server_id,
                    library_id=row.library_id,
                    remote_id=row.remote_id,
                    title=row.title or "",
                    number=row.number,
                    show_id=row.show_id,
                    show_title=row.show_title,
                    show_remote_id=row.show_remote_id,
                    show_year=row.show_year,
                    show_guid=row.show_guid,
                    artwork=row.show_artwork,
                    show_artwork=row.show_artwork,
                )
                for row in connection.execute(query)
            ]


_COMMON = (
    "id library_id remote_id title sort_title original_title year source_guid summary content_rating genre studio "
    "originally_available_at duration_ms added_at remote_updated_at artwork"
).split()
_ABOVE = [
    episodes.c.show_id,
    episodes.c.season_id,
    episodes.c.season_number,
    episodes.c.episode_number,
    shows.c.title.label("show_title"),
    shows.c.remote_id.label("show_remote_id"),
    shows.c.year.label("show_year"),
    shows.c.source_guid.label("show_guid"),
    shows.c.artwork.label("show_artwork"),
    seasons.c.title.label("season_title"),
    seasons.c.remote_id.label("season_remote_id"),
]


def _item(kind: str, row: Row[Any], ids: Sequence[str]) -> SharedItem:
    of_episode = {}
    if kind == "episode":
        of_episode = {
            "number": row.episode_number,
            "season_number": row.season_number,
            "show_id": row.show_id,
            "show_title": row.show_title,
            "show_remote_id": row.show_remote_id,
            "show_year": row.show_year,
            "show_guid": row.show_guid,
            "show_artwork": row.show_artwork,
            "season_id": row.season_id,
            "season_title": row.season_title,
            "season_remote_id": row.season_remote_id,
        }
    return SharedItem(
        kind=kind,
        id=row.id,
        server_id=row.server_id,
        library_id=row.library_id,
        remote_id=row.remote_id,
        title=row.title,
        year=row.year,
        guid=row.source_guid,
        artwork=row.artwork,
        genres=tuple(each.strip() for each in (row.genre or "").split(",") if each.strip()),
        ids=tuple(ids),
        content_rating=row.content_rating,
        studio=row.studio,
        summary=row.summary,
        original_title=row.original_title,
        sort_title=row.sort_title,
        aired=row.originally_available_at,
        duration_ms=row.duration_ms,
        added_at=row.added_at,
        updated_at=row.remote_updated_at,
        children=row.children if kind == "show" else 0,
        **of_episode,
    )
