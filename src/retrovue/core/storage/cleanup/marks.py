"""Collections, tags and favorites of items: reading what is stored of them, and storing what a server lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from retrovue.core.domain.cleanup.facts import Address, Marks
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import item_marks, mark_reads
from retrovue.core.storage.values import is_known_by, key_text, storable_text

_COLLECTIONS = (
    "SELECT c.server_id, m.remote_id, c.id, c.title FROM collection_members m "
    "JOIN collections c ON c.id = m.collection_id WHERE c.removed_at IS NULL"
)


def read_marks(connection: Connection) -> Marks:
    """Everything that is stored."""
    titles: dict[Address, set[str]] = defaultdict(set)
    ids: dict[Address, set[int]] = defaultdict(set)
    for server_id, remote_id, collection_id, title in connection.exec_driver_sql(_COLLECTIONS):
        titles[server_id, remote_id].add(title)
        ids[server_id, remote_id].add(collection_id)
    by_kind: dict[str, dict[Address, set[str]]] = {"tag": defaultdict(set), "favorite": defaultdict(set)}
    for row in connection.execute(select(item_marks)):
        if row.kind in by_kind:
            by_kind[row.kind][row.server_id, row.remote_id].add(row.name)
    read_at = {row.server_id: row.read_at for row in connection.execute(select(mark_reads))}
    tags, favorites = _frozen(by_kind["tag"]), _frozen(by_kind["favorite"])
    return Marks(_frozen(titles), {one: frozenset(found) for one, found in ids.items()}, tags, favorites, read_at)


def _frozen(found: Mapping[Address, set[str]]) -> dict[Address, frozenset[str]]:
    return {address: frozenset(names) for address, names in found.items()}


class MarkRepository:
    """Rows of `item_marks` and `mark_reads`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_at(self) -> dict[int, int]:
        """Server id → when its marks were last read."""
        with self._database.read() as connection:
            return {row.server_id: row.read_at for row in connection.execute(select(mark_reads))}

    def tags(self) -> list[tuple[int, str]]:
        """Server id and name of every tag."""
        query = select(item_marks.c.server_id, item_marks.c.name).where(item_marks.c.kind == "tag").distinct()
        with self._database.read() as connection:
            return [(row.server_id, row.name) for row in connection.execute(query.order_by(item_marks.c.name))]

    def replace(self, server_id: int, marks: Sequence[tuple[str, str, str]], *, now: int) -> None:
        """Store all tags and favorites of a server, as kind, name and the server's id of the item."""
        rows = [
            {"server_id": server_id, "kind": kind, "name": name, "remote_id": remote_id}
            for kind, name, remote_id in dict.fromkeys(
                (kind, key_text(name), storable_text(one)) for kind, name, one in marks if is_known_by(one)
            )
        ]
        with self._database.write() as connection:
            connection.execute(delete(item_marks).where(item_marks.c.server_id == server_id))
            connection.execute(delete(mark_reads).where(mark_reads.c.server_id == server_id))
            if rows:
                connection.execute(insert(item_marks), rows)
            connection.execute(insert(mark_reads).values(server_id=server_id, read_at=now))
