"""Writing what a server told into the catalog: the hot path of every sync.

Statements are plain SQL with tuples for `executemany`: at 100,000 episodes a first import writes 600,000 rows, and
per-row work in Python is what would make it slow. Everything else goes through SQLAlchemy.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from retrovue.core.domain.errors import RowError
from retrovue.core.domain.guids import primary_id
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.text import sort_key
from retrovue.core.i18n import _, number
from retrovue.core.storage.catalog import search
from retrovue.core.storage.catalog.file_rows import FileWriter, too_long
from retrovue.core.storage.catalog.totals import (
    clear_removals,
    release_files,
    revive_rows,
    shows_of,
    update_totals,
    wake_shows,
)
from retrovue.core.storage.database import CHUNK, Database, chunks
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.mappings import Derive
from retrovue.core.storage.tables import GUID_TABLES, ITEM_TABLES
from retrovue.core.storage.values import LONGEST_NAME

log = logging.getLogger(__name__)


ITEM_COLUMNS = (
    "id library_id remote_id title sort_title sort_key original_title year guid_primary source_guid summary "
    "content_rating genre studio originally_available_at duration_ms added_at remote_updated_at trashed_at "
    "view_count last_viewed_at artwork size_bytes fingerprint change_key last_seen_at"
).split()
EPISODE_COLUMNS = [*ITEM_COLUMNS, *"show_id season_id season_number episode_number episode_number_end".split()]
_MANY = 1_000
"""So many new items change what a planner should know of the tables."""
_FILLED = (
    *(table.name for table in (*ITEM_TABLES.values(), *GUID_TABLES.values())),
    *"seasons media_files file_places media_links search_text".split(),
)

# A number beyond 64 bits, half a character, a doubled key: what one item can do to a whole statement.
_REFUSALS = (RowError, OverflowError, UnicodeError, ValueError)

StoredKey = tuple[int, int, int, bool]
"""(row id, fingerprint, change key, is removed)"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item with its fingerprint. `row_id` is None for one that is not stored yet."""

    item: RemoteItem
    fingerprint: int
    row_id: int | None = None


@dataclass(slots=True)
class BatchResult:
    """What a batch did.

    Attributes:
        refused: (remote id, reason) of items that the database would not take.
        placeholders: shows that were made because their episodes name them, remote id to row id.
    """

    added_ids: list[int] = field(default_factory=list)
    changed_ids: list[int] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, StoredKey] = field(default_factory=dict)
    placeholders: dict[str, int] = field(default_factory=dict)


class CatalogWriter:
    """Writes one library during one run. One thread; each batch is one transaction.

    Args:
        derive: what the rules of a moment make of files. Each transaction asks for the rules anew: a person may
            change one while a first import runs.
    """

    def __init__(
        self,
        database: Database,
        *,
        server_id: int,
        library_id: int,
        derive: Derive,
        now: int,
    ) -> None:
        self._database = database
        self._server_id = server_id
        self._library_id = library_id
        self._files = FileWriter(server_id, library_id, derive)
        self._now = now
        self._show_ids: dict[str, int] | None = None
        self._season_ids: dict[tuple[int, int], int] = {}
        self._touched_shows: set[int] = set()
        self._released_files: set[int] = set()
        self._placeholders: dict[str, int] = {}
        self._added = 0

    @property
    def database(self) -> Database:
        """The catalog that is written."""
        return self._database

    @property
    def stamp(self) -> int:
        """What new rows are stamped with as first seen, epoch s."""
        return self._now

    def begin(self, stamp: int) -> None:
        """The library is ours now; rows that are made from here on are first seen at `stamp` (epoch s)."""
        self._now = stamp

    def keys(self, kind: ItemKind, remote_ids: Sequence[str] | None = None) -> dict[str, StoredKey]:
        """remote id -> (row id, fingerprint, change key, is removed), of all rows of a kind or of some."""
        sql = (
            "SELECT remote_id, id, fingerprint, change_key, removed_at IS NOT NULL "
            f"FROM {ITEM_TABLES[kind]} WHERE library_id = ?"
        )
        found: dict[str, StoredKey] = {}
        with self._database.read() as connection:
            if remote_ids is None:
                rows = connection.exec_driver_sql(sql, (self._library_id,))
                return {row[0]: (row[1], row[2], row[3], bool(row[4])) for row in rows}
            for start in range(0, len(remote_ids), CHUNK):
                chunk = remote_ids[start : start + CHUNK]
                marks = ",".join("?" * len(chunk))
                rows = connection.exec_driver_sql(f"{sql} AND remote_id IN ({marks})", (self._library_id, *chunk))
                found.update({row[0]: (row[1], row[2], row[3], bool(row[4])) for row in rows})
        return found

    def write(self, kind: ItemKind, batch: Sequence[Prepared], *, mark: dict[str, object] | None = None) -> BatchResult:
        """Store new and changed items in one transaction, and the resume mark with them.

        An item that the database refuses is written again alone; if that fails too it is reported and stops
        nothing.

        Raises:
            StorageError: the disk or the file, not a single item, is the problem.
        """
        try:
            with self._database.write() as connection:
                result = self._store(connection, kind, batch)
                self._store_mark(connection, mark)
            self._added += len(result.added_ids)
            return result
        except _REFUSALS:
            self._forget_maps()
        total = BatchResult()
        for prepared in batch:
            try:
                with self._database.write() as connection:
                    part = self._store(connection, kind, [prepared])
            except _REFUSALS as error:
                self._forget_maps()
                detail = error.detail if isinstance(error, RowError) else f"{type(error).__name__}: {error}"
                log.warning("item %s refused: %s", prepared.item.remote_id, detail)
                reason = _("“{title}” (ID {id}) could not be stored: {reason}").format(
                    title=prepared.item.title, id=prepared.item.remote_id, reason=detail
                )
                total.refused.append((prepared.item.remote_id, reason))
                continue
            total.added_ids += part.added_ids
            total.changed_ids += part.changed_ids
            total.keys.update(part.keys)
            total.placeholders.update(part.placeholders)
        with self._database.write() as connection:
            self._store_mark(connection, mark)
        return total

    def touch_change_keys(self, kind: ItemKind, keys: Sequence[tuple[int, int]]) -> None:
        """Keep new change keys, (row id, key), of items whose content is the same after all."""
        if not keys:
            return
        with self._database.write() as connection:
            connection.exec_driver_sql(
                f"UPDATE {ITEM_TABLES[kind]} SET change_key = ? WHERE id = ?", [(key, row) for row, key in keys]
            )

    def revive(self, kind: ItemKind, row_ids: Sequence[int]) -> None:
        """Take tombstones back: these items are listed again."""
        if not row_ids:
            return
        with self._database.write() as connection:
            revive_rows(connection, kind, row_ids)
            if kind is ItemKind.EPISODE:
                self._touched_shows.update(shows_of(connection, row_ids))

    def repair(self) -> None:
        """After a run that was killed: have every total of the library counted, and files without items found."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql("SELECT id FROM shows WHERE library_id = ?", (self._library_id,))
            self._touched_shows.update(row[0] for row in rows)
            rows = connection.exec_driver_sql(
                "SELECT id FROM media_files WHERE server_id = ? AND removed_at IS NULL AND id NOT IN "
                "(SELECT media_file_id FROM media_links)",
                (self._server_id,),
            )
            self._released_files.update(row[0] for row in rows)

    def name_seasons(self, words: Mapping[tuple[str, int], tuple[str | None, str | None]]) -> None:
        """Keep the title and remote id of seasons, by their show's remote id and their number, where they differ."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT h.remote_id, s.number, s.id, s.title, s.remote_id FROM seasons s "
                "JOIN shows h ON h.id = s.show_id WHERE h.library_id = ?",
                (self._library_id,),
            )
            said = ((row[2], (row[3], row[4]), words.get((row[0], row[1]))) for row in rows)
            wrong = [(*right, row_id) for row_id, stored, right in said if right is not None and right != stored]
        if wrong:
            with self._database.write() as connection:
                connection.exec_driver_sql("UPDATE seasons SET title = ?, remote_id = ? WHERE id = ?", wrong)

    def finish_totals(self) -> None:
        """Bring the totals of touched shows and the state of files that lost their item up to date.

        After many new items the planner learns of them first.
        """
        if not self._touched_shows and not self._released_files and self._added < _MANY:
            return
        with self._database.write() as connection:
            if self._added >= _MANY:
                writing_for(connection).learn(connection, _FILLED)
                self._added = 0
            update_totals(connection, self._touched_shows)
            wake_shows(connection, self._touched_shows)
            release_files(connection, self._released_files, self._now)
        self._touched_shows.clear()
        self._released_files.clear()

    def _store(self, connection: Connection, kind: ItemKind, batch: Sequence[Prepared]) -> BatchResult:
        self._placeholders = {}
        new = [prepared for prepared in batch if prepared.row_id is None]
        changed = [prepared for prepared in batch if prepared.row_id is not None]
        table = ITEM_TABLES[kind].name
        dialect = writing_for(connection)
        first_id = dialect.next_ids(connection, table, len(new)) if new else 0
        numbered = [(first_id + offset, prepared) for offset, prepared in enumerate(new)]
        updates = [(prepared.row_id or 0, prepared) for prepared in changed]
        both = numbered + updates
        columns = ITEM_COLUMNS
        extra: dict[int, tuple[object, ...]] = {}
        if kind is ItemKind.EPISODE:
            columns = EPISODE_COLUMNS
            extra = self._episode_columns(connection, both)
        rows = {row_id: (*self._row(row_id, p), *extra.get(row_id, ())) for row_id, p in both}
        if numbered:
            dialect.insert(
                connection,
                table,
                (*columns, "first_seen_at"),
                [(*rows[row_id], self._now) for row_id, _one in numbered],
            )
        if updates:
            if kind is ItemKind.EPISODE:
                # An episode that goes to another show leaves one behind.
                self._touched_shows.update(shows_of(connection, [row_id for row_id, _one in updates]))
                self._store_season_titles(connection, updates, extra)
            # A show's size is the sum of its episodes, see `update_totals`.
            names = ", ".join(
                f"{name} = coalesce(nullif(?, 0), size_bytes)" if name == "size_bytes" else f"{name} = ?"
                for name in columns[1:]
            )
            connection.exec_driver_sql(
                f"UPDATE {table} SET {names}, removed_at = NULL WHERE id = ?",
                [(*rows[row_id][1:], row_id) for row_id, _one in updates],
            )
            self._drop_children(connection, kind, [row_id for row_id, _one in updates])
            clear_removals(connection, kind, [row_id for row_id, _one in updates])
        self._store_guids(connection, kind, both)
        self._files.store(connection, kind, [(row_id, p.item) for row_id, p in both], now=self._now)
        self._store_search(connection, kind, numbered, updates)
        return BatchResult(
            added_ids=[row_id for row_id, _one in numbered],
            changed_ids=[row_id for row_id, _one in updates],
            keys={p.item.remote_id: (row_id, p.fingerprint, p.item.change_key, False) for row_id, p in both},
            placeholders=self._placeholders,
        )

    def _row(self, row_id: int, prepared: Prepared) -> tuple[object, ...]:
        item = prepared.item
        if len(item.remote_id) > LONGEST_NAME:
            raise too_long(_("its ID has more than {n} characters").format(n=number(LONGEST_NAME)))
        first = primary_id(item.external_ids, item.kind.value)
        return (
            row_id,
            self._library_id,
            item.remote_id,
            item.title,
            item.sort_title,
            sort_key(item.sort_title or item.title),
            item.original_title,
            item.year,
            None if first is None else f"{first.provider}:{first.external_id}",
            item.source_guid,
            item.summary,
            item.content_rating,
            item.genre,
            item.studio,
            item.originally_available_at,
            item.duration_ms,
            item.added_at,
            item.updated_at,
            item.trashed_at,
            int(item.view_count),
            item.last_viewed_at,
            item.artwork,
            _size_of(item),
            prepared.fingerprint,
            item.change_key,
            self._now,
        )

    def _episode_columns(
        self, connection: Connection, batch: Iterable[tuple[int, Prepared]]
    ) -> dict[int, tuple[object, ...]]:
        columns: dict[int, tuple[object, ...]] = {}
        shows: list[tuple[int, int, RemoteItem]] = []
        show_ids = self._shows(connection)
        for row_id, prepared in batch:
            item = prepared.item
            show_id = show_ids.get(item.show_remote_id or "")
            if show_id is None:
                show_id = self._placeholder_show(connection, item)
            self._touched_shows.add(show_id)
            shows.append((row_id, show_id, item))
        self._make_seasons(connection, shows)
        for row_id, show_id, item in shows:
            season_id = None if item.season_number is None else self._season_ids[show_id, item.season_number]
            columns[row_id] = (
                show_id,
                season_id,
                item.season_number,
                item.episode_number,
                item.episode_number_end,
            )
        return columns

    def _make_seasons(self, connection: Connection, batch: Iterable[tuple[int, int, RemoteItem]]) -> None:
        new: dict[tuple[int, int], tuple[str | None, str | None]] = {}
        for _row_id, show_id, item in batch:
            if item.season_number is not None and (show_id, item.season_number) not in self._season_ids:
                new.setdefault((show_id, item.season_number), (item.season_title, item.season_remote_id))
        if not new:
            return
        dialect = writing_for(connection)
        first_id = dialect.next_ids(connection, "seasons", len(new))
        self._season_ids.update({key: first_id + n for n, key in enumerate(new)})
        rows = [(first_id + n, *key, *words) for n, (key, words) in enumerate(new.items())]
        dialect.insert(connection, "seasons", ("id", "show_id", "number", "title", "remote_id"), rows)

    def _store_season_titles(
        self,
        connection: Connection,
        updates: Iterable[tuple[int, Prepared]],
        columns: dict[int, tuple[object, ...]],
    ) -> None:
        titles = {
            columns[row_id][1]: (p.item.season_title, p.item.season_remote_id)
            for row_id, p in updates
            if columns[row_id][1] is not None and p.item.season_title
        }
        if titles:
            connection.exec_driver_sql(
                "UPDATE seasons SET title = ?, remote_id = ? WHERE id = ?",
                [(*title, season_id) for season_id, title in titles.items()],
            )

    def _shows(self, connection: Connection) -> dict[str, int]:
        if self._show_ids is None:
            rows = connection.exec_driver_sql(
                "SELECT remote_id, id FROM shows WHERE library_id = ?", (self._library_id,)
            )
            self._show_ids = {row[0]: row[1] for row in rows}
            seasons = connection.exec_driver_sql(
                "SELECT s.show_id, s.number, s.id FROM seasons s JOIN shows h ON h.id = s.show_id "
                "WHERE h.library_id = ?",
                (self._library_id,),
            )
            self._season_ids = {(row[0], row[1]): row[2] for row in seasons}
        return self._show_ids

    def _placeholder_show(self, connection: Connection, item: RemoteItem) -> int:
        """A show that only its episodes speak of (its own entry was bad or is still to come)."""
        remote_id = item.show_remote_id or ""
        title = item.show_title or remote_id
        show_id = writing_for(connection).next_ids(connection, "shows", 1)
        connection.exec_driver_sql(
            "INSERT INTO shows (id, library_id, remote_id, title, sort_key, source_guid, view_count, size_bytes, "
            "total_seasons, total_episodes, fingerprint, change_key, first_seen_at, last_seen_at) "
            "VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ?, ?)",
            (
                show_id,
                self._library_id,
                remote_id,
                title,
                sort_key(title),
                item.show_guid,
                self._now,
                self._now,
            ),
        )
        search.insert_rows(connection, search.index_rows(ItemKind.SHOW, [(show_id, title)]))
        self._shows(connection)[remote_id] = show_id
        self._placeholders[remote_id] = show_id
        return show_id

    def _store_guids(self, connection: Connection, kind: ItemKind, batch: Iterable[tuple[int, Prepared]]) -> None:
        rows = {
            (row_id, guid.provider, guid.external_id, guid.source)
            for row_id, prepared in batch
            for guid in prepared.item.external_ids
            if len(guid.provider) + len(guid.external_id) <= LONGEST_NAME
        }
        if rows:
            columns = (f"{kind.value}_id", "provider", "external_id", "source")
            writing_for(connection).insert(connection, f"{kind.value}_guids", columns, sorted(rows))

    def _store_search(
        self,
        connection: Connection,
        kind: ItemKind,
        new: Iterable[tuple[int, Prepared]],
        changed: Iterable[tuple[int, Prepared]],
    ) -> None:
        if kind is ItemKind.SHOW and self._show_ids is not None:
            self._show_ids.update({p.item.remote_id: row_id for row_id, p in new})
        search.insert_rows(
            connection,
            search.index_rows(kind, ((row_id, _searched(p.item)) for row_id, p in new)),
        )
        search.replace_rows(connection, search.index_rows(kind, [(row_id, _searched(p.item)) for row_id, p in changed]))

    def _drop_children(self, connection: Connection, kind: ItemKind, row_ids: Sequence[int]) -> None:
        ids = [(row_id,) for row_id in row_ids]
        connection.exec_driver_sql(f"DELETE FROM {kind.value}_guids WHERE {kind.value}_id = ?", ids)
        if kind is ItemKind.SHOW:
            return
        for chunk in chunks(row_ids):
            marks = ",".join("?" * len(chunk))
            rows = connection.exec_driver_sql(
                f"SELECT media_file_id FROM media_links WHERE {kind.value}_id IN ({marks})", tuple(chunk)
            )
            self._released_files.update(row[0] for row in rows)
        connection.exec_driver_sql(f"DELETE FROM media_links WHERE {kind.value}_id = ?", ids)

    def _store_mark(self, connection: Connection, mark: dict[str, object] | None) -> None:
        if mark is not None:
            connection.exec_driver_sql(
                "UPDATE libraries SET resume_mark = ? WHERE id = ?", (json.dumps(mark), self._library_id)
            )

    def _forget_maps(self) -> None:
        # A rolled-back batch may have put ids into these maps that do not exist.
        self._show_ids = None
        self._season_ids = {}


def _size_of(item: RemoteItem) -> int:
    sizes = {file.server_path: file.size_bytes or 0 for file in item.files}
    return sum(sizes.values())


def _searched(item: RemoteItem) -> str:
    if item.original_title and item.original_title != item.title:
        return f"{item.title} {item.original_title}"
    return item.title
