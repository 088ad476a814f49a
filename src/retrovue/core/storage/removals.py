"""Absent items, and what was decided about them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    union_all,
    update,
)

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import (
    Removal,
    RemovalState,
)
from retrovue.core.domain.titles import episode_code, episode_title
from retrovue.core.storage.catalog import search, totals
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    episodes,
    held_removals,
    libraries,
    media_files,
    media_links,
    path_mappings,
    servers,
    shows,
)
from retrovue.core.storage.times import to_datetime

# An item that is listed with fewer files than it had: it is no absent item, but waits for a decision like one.
_FILES_HELD, _FILES_AGREED, _FILES_KEPT = "files_held", "files_agreed", "files_kept"
_SHOWN = {
    RemovalState.HELD_BACK.value: RemovalState.HELD_BACK,
    RemovalState.REMOVED.value: RemovalState.REMOVED,
    _FILES_HELD: RemovalState.HELD_BACK,
}


class RemovalRepository:
    """Tombstones and held-back removals. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, library_id: int, kind: ItemKind) -> set[int]:
        """Row ids of absent items of a kind that a person said to keep."""
        column = held_removals.c[f"{kind.value}_id"]
        with self._database.read() as connection:
            rows = connection.execute(
                select(column).where(
                    held_removals.c.library_id == library_id,
                    held_removals.c.state == RemovalState.KEPT.value,
                    column.is_not(None),
                )
            )
            return {row[0] for row in rows}

    def named(self, kind: ItemKind, item_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """row id -> (remote id, title as people know it)."""
        table = ITEM_TABLES[kind]
        found: dict[int, tuple[str, str]] = {}
        with self._database.read() as connection:
            for chunk in chunks(item_ids):
                query = select(table.c.id, table.c.remote_id, *_title_columns(kind)).where(table.c.id.in_(chunk))
                if kind is ItemKind.EPISODE:
                    query = query.join(shows, shows.c.id == episodes.c.show_id)
                found.update({row[0]: (row[1], _title(row)) for row in connection.execute(query)})
        return found

    def known_absent(self, library_id: int, kind: ItemKind) -> int:
        """Present rows of a kind that the server is known to lack: held back, or kept by a person."""
        column = held_removals.c[f"{kind.value}_id"]
        with self._database.read() as connection:
            return connection.execute(
                select(func.count()).where(
                    held_removals.c.library_id == library_id,
                    held_removals.c.state.in_([RemovalState.HELD_BACK.value, RemovalState.KEPT.value]),
                    column.is_not(None),
                )
            ).scalar_one()

    def tombstone(
        self, library_id: int, absent: Mapping[ItemKind, Sequence[int]], *, run_id: int | None, now: int
    ) -> None:
        """Remove items that a complete and consistent listing lacks; they can be restored until a purge."""
        with self._database.write() as connection:
            for kind, ids in absent.items():
                _note(connection, library_id, kind, ids, RemovalState.REMOVED, run_id, now)
                _bury(connection, kind, ids, now)

    def hold_back(
        self, library_id: int, absent: Mapping[ItemKind, Sequence[int]], *, run_id: int | None, now: int
    ) -> None:
        """Keep the rows, and ask a person: too many would go at once."""
        with self._database.write() as connection:
            for kind, ids in absent.items():
                _note(connection, library_id, kind, ids, RemovalState.HELD_BACK, run_id, now)

    def hold_files(
        self, library_id: int, doubted: Mapping[ItemKind, Sequence[int]], *, run_id: int | None, now: int
    ) -> None:
        """Ask a person about items that arrived with fewer files than they had; what was decided stands."""
        with self._database.write() as connection:
            for kind, ids in doubted.items():
                column = f"{kind.value}_id"
                if ids:
                    connection.exec_driver_sql(
                        f"INSERT INTO held_removals (library_id, {column}, state, run_id, created_at) "
                        f"VALUES (?, ?, ?, ?, ?) ON CONFLICT ({column}) DO NOTHING",
                        [(library_id, item_id, _FILES_HELD, run_id, now) for item_id in ids],
                    )

    def decided_files(self, library_id: int, kind: ItemKind) -> tuple[set[int], set[int]]:
        """Row ids of items of which a person said that their files may go, and of those whose files stay."""
        agreed = self._of_files(library_id, kind, (_FILES_AGREED,))
        return agreed, self._of_files(library_id, kind, (_FILES_KEPT,))

    def drop_files(self, library_id: int, kind: ItemKind, *, doubted: set[int], asked: set[int] | None) -> None:
        """Forget decisions about files of items that are whole again.

        Args:
            doubted: rows of items that are not. asked: rows that the run read; None: all of them.
        """
        known = self._of_files(library_id, kind, (_FILES_HELD, _FILES_AGREED, _FILES_KEPT))
        whole = known - doubted if asked is None else (known & asked) - doubted
        stale = [(item_id,) for item_id in whole]
        if stale:
            with self._database.write() as connection:
                connection.exec_driver_sql(f"DELETE FROM held_removals WHERE {kind.value}_id = ?", stale)

    def _of_files(self, library_id: int, kind: ItemKind, states: Sequence[str]) -> set[int]:
        column = held_removals.c[f"{kind.value}_id"]
        with self._database.read() as connection:
            rows = connection.execute(
                select(column).where(
                    held_removals.c.library_id == library_id,
                    held_removals.c.state.in_(states),
                    column.is_not(None),
                )
            )
            return {row[0] for row in rows}

    def drop_stale(self, library_id: int, kind: ItemKind, absent: Sequence[int]) -> None:
        """Forget held-back and kept removals of items that are listed again."""
        column = held_removals.c[f"{kind.value}_id"]
        still = set(absent)
        with self._database.read() as connection:
            rows = connection.execute(
                select(held_removals.c.id, column).where(
                    held_removals.c.library_id == library_id,
                    column.is_not(None),
                    held_removals.c.state.in_([RemovalState.HELD_BACK.value, RemovalState.KEPT.value]),
                )
            )
            stale = [row.id for row in rows if row[1] not in still]
        if stale:
            with self._database.write() as connection:
                connection.exec_driver_sql("DELETE FROM held_removals WHERE id = ?", [(row_id,) for row_id in stale])

    def all(self, *, server_id: int | None = None, library_id: int | None = None) -> list[Removal]:
        """What waits for a decision or was removed, newest first."""
        parts = []
        for kind, table in ITEM_TABLES.items():
            column = held_removals.c[f"{kind.value}_id"]
            query = (
                select(
                    held_removals.c.id,
                    servers.c.name.label("server"),
                    libraries.c.name.label("library"),
                    libraries.c.id.label("library_id"),
                    column.label("item_id"),
                    *_title_columns(kind),
                    held_removals.c.state,
                    held_removals.c.created_at,
                )
                .join(table, table.c.id == column)
                .join(libraries, libraries.c.id == held_removals.c.library_id)
                .join(servers, servers.c.id == libraries.c.server_id)
                .where(held_removals.c.state.in_(_SHOWN), servers.c.removed_at.is_(None))
                .add_columns(literal(kind.value).label("kind"))
            )
            if kind is ItemKind.EPISODE:
                query = query.join(shows, shows.c.id == episodes.c.show_id)
            if server_id is not None:
                query = query.where(libraries.c.server_id == server_id)
            if library_id is not None:
                query = query.where(libraries.c.id == library_id)
            parts.append(query)
        with self._database.read() as connection:
            rows = connection.execute(union_all(*parts)).all()
        removals = [
            Removal(
                id=row.id,
                server=row.server,
                library=row.library,
                library_id=row.library_id,
                kind=ItemKind(row.kind),
                item_id=row.item_id,
                title=_title(row),
                state=_SHOWN[row.state],
                created_at=to_datetime(row.created_at),
                is_of_files=row.state == _FILES_HELD,
            )
            for row in rows
        ]
        return sorted(removals, key=lambda removal: -removal.id)

    def accept(self, removal_ids: Iterable[int], *, now: int) -> int:
        """Remove what was held back; returns how many items went.

        Files of items that are still listed go with the next sync, which knows what is left of them.
        """
        files = self._decide_files(removal_ids, _FILES_AGREED, now)
        return files + self._decide(removal_ids, RemovalState.HELD_BACK, now)

    def restore(self, removal_ids: Iterable[int], *, now: int) -> int:
        """Bring items back (removed ones too) and keep them from now on; returns how many."""
        files = self._decide_files(removal_ids, _FILES_KEPT, now)
        return files + self._decide(removal_ids, None, now)

    def _decide_files(self, removal_ids: Iterable[int], state: str, now: int) -> int:
        done = 0
        with self._database.write() as connection:
            for chunk in chunks(sorted(set(removal_ids))):
                result = connection.execute(
                    update(held_removals)
                    .where(held_removals.c.id.in_(chunk), held_removals.c.state == _FILES_HELD)
                    .values(state=state, created_at=now)
                )
                done += result.rowcount
        return done

    def _decide(self, removal_ids: Iterable[int], only: RemovalState | None, now: int) -> int:
        wanted = sorted(set(removal_ids))
        done = 0
        with self._database.write() as connection:
            waiting = (
                held_removals.c.state == only.value
                if only is not None
                else held_removals.c.state.in_([RemovalState.HELD_BACK.value, RemovalState.REMOVED.value])
            )
            for chunk in chunks(_with_episodes(connection, wanted, waiting)):
                rows = connection.execute(select(held_removals).where(held_removals.c.id.in_(chunk), waiting)).all()
                done += len(rows)
                for kind in ItemKind:
                    ids = [row._mapping[f"{kind.value}_id"] for row in rows]
                    ids = [item_id for item_id in ids if item_id is not None]
                    if only is not None:
                        _bury(connection, kind, ids, now)
                    else:
                        _unbury(connection, kind, ids)
                state = RemovalState.REMOVED if only is not None else RemovalState.KEPT
                connection.execute(
                    update(held_removals)
                    .where(held_removals.c.id.in_([row.id for row in rows]))
                    .values(state=state.value, created_at=now)
                )
        return done

    def file_rows(self) -> int:
        """How many files are stored, removed ones included."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(media_files)).scalar_one()

    def purge(self, *, library_id: int | None = None) -> dict[ItemKind, int]:
        """Delete tombstones for good, with files that no item needs and libraries that were let go.

        Returns:
            how many items were deleted, by kind.
        """
        counts: dict[ItemKind, int] = {}
        with self._database.write() as connection:
            for kind in (ItemKind.EPISODE, ItemKind.MOVIE, ItemKind.SHOW):
                table = ITEM_TABLES[kind]
                query = select(table.c.id).where(table.c.removed_at.is_not(None))
                if library_id is not None:
                    query = query.where(table.c.library_id == library_id)
                if kind is ItemKind.SHOW:
                    alive = select(episodes.c.id).where(episodes.c.show_id == shows.c.id).exists()
                    query = query.where(~alive)
                ids = [row[0] for row in connection.execute(query)]
                counts[kind] = len(ids)
                search.delete_rows(connection, [search.search_id(kind, item_id) for item_id in ids])
                if ids:
                    connection.exec_driver_sql(
                        f"DELETE FROM {table.name} WHERE id = ?", [(item_id,) for item_id in ids]
                    )
            connection.execute(
                delete(media_files).where(
                    media_files.c.removed_at.is_not(None),
                    media_files.c.id.not_in(select(media_links.c.media_file_id)),
                )
            )
            # Not one that a rule names: the rule still says where the files of its folders are.
            needed = [
                ~select(table.c.id).where(table.c.library_id == libraries.c.id).exists()
                for table in (*ITEM_TABLES.values(), path_mappings)
            ]
            connection.execute(delete(libraries).where(libraries.c.unavailable_since.is_not(None), *needed))
        return counts


def _with_episodes(connection: Connection, removal_ids: Sequence[int], waiting: ColumnElement[bool]) -> list[int]:
    """These removals and, of shows among them, those of their episodes: a show goes and comes as a whole."""
    found = set(removal_ids)
    for chunk in chunks(removal_ids):
        own_shows = select(held_removals.c.show_id).where(
            held_removals.c.id.in_(chunk), held_removals.c.show_id.is_not(None)
        )
        query = (
            select(held_removals.c.id)
            .join(episodes, episodes.c.id == held_removals.c.episode_id)
            .where(episodes.c.show_id.in_(own_shows), waiting)
        )
        found.update(row[0] for row in connection.execute(query))
    return sorted(found)


def _title_columns(kind: ItemKind) -> list[ColumnElement[Any]]:
    """Return what the title is made of; see `_title`."""
    own = ITEM_TABLES[kind].c.title.label("title")
    if kind is not ItemKind.EPISODE:
        # With their types: in a UNION a NULL without one is a text.
        others = (shows.c.title, episodes.c.season_number, episodes.c.episode_number, episodes.c.episode_number_end)
        types = [*(column.type for column in others), episodes.c.originally_available_at.type]
        names = ("show", "season", "number", "number_end", "aired")
        return [own, *(cast(null(), one).label(name) for name, one in zip(names, types, strict=True))]
    return [
        own,
        shows.c.title.label("show"),
        episodes.c.season_number.label("season"),
        episodes.c.episode_number.label("number"),
        episodes.c.episode_number_end.label("number_end"),
        episodes.c.originally_available_at.label("aired"),
    ]


def _title(row: Row[Any]) -> str:
    """Return the title people know an item by; an episode is named with its show and number."""
    if row.show is None:
        return str(row.title)
    return episode_title(row.show, episode_code(row.season, row.number, row.number_end, row.aired), row.title)


def _note(
    connection: Connection,
    library_id: int,
    kind: ItemKind,
    ids: Sequence[int],
    state: RemovalState,
    run_id: int | None,
    now: int,
) -> None:
    if not ids:
        return
    column = f"{kind.value}_id"
    connection.exec_driver_sql(
        f"INSERT INTO held_removals (library_id, {column}, state, run_id, created_at) VALUES (?, ?, ?, ?, ?) "
        f"ON CONFLICT ({column}) DO UPDATE SET state = excluded.state, run_id = excluded.run_id, "
        "created_at = CASE WHEN held_removals.state = excluded.state THEN held_removals.created_at "
        "ELSE excluded.created_at END",
        [(library_id, item_id, state.value, run_id, now) for item_id in ids],
    )


def _bury(connection: Connection, kind: ItemKind, ids: Sequence[int], now: int) -> None:
    if not ids:
        return
    rows = [(now, item_id) for item_id in ids]
    table = ITEM_TABLES[kind]
    connection.exec_driver_sql(f"UPDATE {table} SET removed_at = ? WHERE id = ? AND removed_at IS NULL", rows)
    _after(connection, kind, ids, now)


def _unbury(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> None:
    if not ids:
        return
    table = ITEM_TABLES[kind]
    connection.exec_driver_sql(f"UPDATE {table} SET removed_at = NULL WHERE id = ?", [(i,) for i in ids])
    if kind is not ItemKind.SHOW:
        connection.exec_driver_sql(
            "UPDATE media_files SET removed_at = NULL WHERE removed_at IS NOT NULL AND id IN "
            f"(SELECT media_file_id FROM media_links WHERE {kind.value}_id = ?)",
            [(i,) for i in ids],
        )
    _after(connection, kind, ids, None)


def _after(connection: Connection, kind: ItemKind, ids: Sequence[int], now: int | None) -> None:
    """Totals of shows and states of files follow their items."""
    if kind is ItemKind.SHOW:
        return
    files: set[int] = set()
    show_ids: set[int] = set()
    for chunk in chunks(ids):
        marks = ",".join("?" * len(chunk))
        rows = connection.exec_driver_sql(
            f"SELECT media_file_id FROM media_links WHERE {kind.value}_id IN ({marks})", tuple(chunk)
        )
        files.update(row[0] for row in rows)
        if kind is ItemKind.EPISODE:
            rows = connection.exec_driver_sql(
                f"SELECT DISTINCT show_id FROM episodes WHERE id IN ({marks})", tuple(chunk)
            )
            show_ids.update(row[0] for row in rows)
    totals.update_totals(connection, show_ids)
    if now is not None:
        totals.release_files(connection, files, now)
    elif kind is ItemKind.EPISODE:
        totals.wake_shows(connection, show_ids)
