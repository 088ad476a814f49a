"""What one answer about all libraries of a server is compared with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CompoundSelect, func, literal, select, union, union_all, update

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import RemovalState
from retrovue.core.storage.database import CHUNK, Database
from retrovue.core.storage.tables import episodes, held_removals, movies, servers, shows

_TABLES = {ItemKind.MOVIE: movies, ItemKind.SHOW: shows, ItemKind.EPISODE: episodes}
_WATCHED = (ItemKind.MOVIE, ItemKind.EPISODE)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A row of one library as an answer about all of them is compared with it."""

    library_id: int
    kind: ItemKind
    change_key: int
    is_removed: bool
    view_count: int
    last_viewed_at: int | None


class SurveyRepository:
    """Rows of several libraries at once, and what was learned of their server. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def notes(self, server_id: int) -> dict[str, object]:
        """What `keep` was given last; empty for nothing."""
        with self._database.read() as connection:
            text = connection.execute(select(servers.c.sync_notes).where(servers.c.id == server_id)).scalar_one()
        found = json.loads(text) if text else {}
        return found if isinstance(found, dict) else {}

    def keep(self, server_id: int, notes: dict[str, object]) -> None:
        """Keep notes for the next sync, as JSON can hold them."""
        with self._database.write() as connection:
            connection.execute(update(servers).where(servers.c.id == server_id).values(sync_notes=json.dumps(notes)))

    def items(self, library_ids: Sequence[int], remote_ids: Sequence[str]) -> dict[str, list[StoredItem]]:
        """remote id -> its rows, removed ones too: one in each of the libraries that have it."""
        found: dict[str, list[StoredItem]] = {}
        with self._database.read() as connection:
            for start in range(0, len(remote_ids), CHUNK):
                chunk = remote_ids[start : start + CHUNK]
                for kind, table in _TABLES.items():
                    columns = table.c
                    query = select(
                        columns.remote_id,
                        columns.library_id,
                        columns.change_key,
                        columns.removed_at.is_not(None),
                        columns.view_count,
                        columns.last_viewed_at,
                    ).where(columns.library_id.in_(library_ids), columns.remote_id.in_(chunk))
                    for remote_id, library_id, key, gone, count, last in connection.execute(query):
                        stored = StoredItem(library_id, kind, key, bool(gone), count, last)
                        found.setdefault(remote_id, []).append(stored)
        return found

    def present(self, library_ids: Sequence[int]) -> dict[int, int]:
        """library id -> its movies, shows and episodes that are not removed."""
        counts = [
            select(table.c.library_id, func.count().label("items"))
            .where(table.c.library_id.in_(library_ids), table.c.removed_at.is_(None))
            .group_by(table.c.library_id)
            for table in _TABLES.values()
        ]
        found = dict.fromkeys(library_ids, 0)
        with self._database.read() as connection:
            for library_id, items in connection.execute(union_all(*counts)):
                found[library_id] += items
        return found

    def known_absent(self, library_ids: Sequence[int]) -> int:
        """Present rows that the server is known to lack: held back, or kept by a person."""
        states = [RemovalState.HELD_BACK.value, RemovalState.KEPT.value]
        columns = held_removals.c
        query = select(func.count()).where(columns.library_id.in_(library_ids), columns.state.in_(states))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def watched(self, library_ids: Sequence[int]) -> set[str]:
        """The remote ids of the movies and episodes that were watched, as stored."""
        with self._database.read() as connection:
            return {row[0] for row in connection.execute(_watched(library_ids))}

    def watched_count(self, library_ids: Sequence[int]) -> int:
        """How many movies and episodes were watched; one in two libraries counts once, as servers count it."""
        rows = _watched(library_ids).subquery()
        with self._database.read() as connection:
            return connection.execute(select(func.count(literal(1))).select_from(rows)).scalar_one()


def _watched(library_ids: Sequence[int]) -> CompoundSelect[str]:
    queries = []
    for kind in _WATCHED:
        columns = _TABLES[kind].c
        present = (columns.library_id.in_(library_ids), columns.view_count > 0, columns.removed_at.is_(None))
        queries.append(select(columns.remote_id).where(*present))
    return union(*queries)
