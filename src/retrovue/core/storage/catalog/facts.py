"""What is stored of single items, for judging an answer that tells less of them."""

from collections.abc import Sequence
from typing import NamedTuple

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.tables import ITEM_TABLES


class StoredPart(NamedTuple):
    """A file of a stored item. `size_bytes` is None where the server never told it."""

    version_index: int
    server_path: str
    size_bytes: int | None


class StoredFacts(NamedTuple):
    """What an item must not lose without a question.

    Attributes:
        show_remote_id: of an episode; empty for the show of episodes that name none.
        parts: all its files, versions and parts in order.
    """

    title: str
    show_remote_id: str | None
    parts: tuple[StoredPart, ...]


class FactsRepository:
    """Reads what is stored of items. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, kind: ItemKind, row_ids: Sequence[int]) -> dict[int, StoredFacts]:
        """row id -> what is stored of it, for the given rows."""
        found: dict[int, StoredFacts] = {}
        with self._database.read() as connection:
            for chunk in chunks(row_ids):
                marks = ",".join("?" * len(chunk))
                own, join = "NULL", ""
                if kind is ItemKind.EPISODE:
                    own, join = "h.remote_id", " JOIN shows h ON h.id = t.show_id"
                rows = connection.exec_driver_sql(
                    f"SELECT t.id, t.title, {own} FROM {ITEM_TABLES[kind]} t{join} WHERE t.id IN ({marks})",
                    tuple(chunk),
                )
                found.update({row[0]: StoredFacts(row[1], row[2], ()) for row in rows})
                if kind is ItemKind.SHOW:
                    continue
                parts: dict[int, list[StoredPart]] = {}
                rows = connection.exec_driver_sql(
                    f"SELECT k.{kind.value}_id, k.version_index, f.server_path, f.size_bytes FROM media_links k "
                    f"JOIN media_files f ON f.id = k.media_file_id WHERE k.{kind.value}_id IN ({marks}) "
                    "ORDER BY k.version_index, k.part_index",
                    tuple(chunk),
                )
                for row in rows:
                    parts.setdefault(row[0], []).append(StoredPart(row[1], row[2], row[3]))
                found.update({row_id: found[row_id]._replace(parts=tuple(own)) for row_id, own in parts.items()})
        return found
