"""The computers of a catalog: which of them this one is, and what each of them keeps there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from retrovue.core.domain.computers import Computer, KnownComputer
from retrovue.core.domain.errors import DiskFullError, LockedError, ReadOnlyError
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import computers, metadata
from retrovue.core.storage.tables.ownership import PRIVATE
from retrovue.core.storage.times import to_datetime

_PARENTS_FIRST = [table.name for table in metadata.sorted_tables if table.name in PRIVATE]
SEEN_EVERY_S = 3600
"""A command writes when this computer was last seen only where that is older."""


@dataclass(frozen=True, slots=True)
class ForgottenComputer:
    """The rows that a computer had, so that forgetting it can be undone. `private`: table → rows."""

    computer: Mapping[str, Any]
    private: Mapping[str, Sequence[Mapping[str, Any]]]

    def count(self, table: str) -> int:
        """How many rows it had in one of the private tables."""
        return len(self.private.get(table, ()))


def introduce(database: Database, computer: Computer | None, *, now: int) -> None:
    """Have `database` read and write the private rows of `computer`, which is added where the catalog lacks it.

    A file with only one computer belongs to whoever opens it: it is moved, restored from a backup and carried on
    sticks, and its rules come along. On a server every computer is one of its own. None: the first computer there is.

    Args:
        now: by this computer's clock; what is kept of a catalog on a server is the time there.
    """
    now = database.now(now)
    with database.read() as connection:
        known = connection.execute(select(computers).order_by(computers.c.id)).mappings().all()
    row = _match(known, computer, is_on_server=database.is_on_server)
    if row is not None and (computer is None or (row["uuid"] == computer.uuid and _is_recent(row, now))):
        database.belongs_to(row["id"])
        return
    who = computer or Computer("local", "", "")
    if row is not None and row["uuid"] == who.uuid:
        _note_seen(database, row["id"], now)
        return
    values = {"uuid": who.uuid, "name": who.name, "platform": who.platform, "last_seen_at": now}
    with database.write() as connection:
        # Read again under the lock: another program may have been first.
        known = connection.execute(select(computers).order_by(computers.c.id)).mappings().all()
        row = _match(known, computer, is_on_server=database.is_on_server)
        if row is None:
            own = new_id(connection.execute(insert(computers).values(values)))
        else:
            own = row["id"]
            connection.execute(update(computers).where(computers.c.id == own).values(values))
    database.belongs_to(own)


def own_computer(database: Database) -> Computer:
    """Return the computer that an open catalog belongs to, as the catalog has it."""
    with database.read() as connection:
        row = connection.execute(select(computers).where(computers.c.id == database.computer_id)).one()
    return Computer(row.uuid, row.name, row.platform)


def _match(
    known: Sequence[Mapping[Any, Any]], computer: Computer | None, *, is_on_server: bool
) -> Mapping[Any, Any] | None:
    if not known:
        return None
    if computer is None or (len(known) == 1 and not is_on_server):
        return known[0]
    return next((row for row in known if row["uuid"] == computer.uuid), None)


def _is_recent(row: Mapping[Any, Any], now: int) -> bool:
    # A time in the future was written while the clock was wrong.
    return 0 <= now - int(row["last_seen_at"]) < SEEN_EVERY_S


def _note_seen(database: Database, own: int, now: int) -> None:
    database.belongs_to(own)
    try:
        with database.write() as connection:
            connection.execute(update(computers).where(computers.c.id == own).values(last_seen_at=now))
    except (LockedError, ReadOnlyError, DiskFullError):
        # Only a remark: what cannot write it can still read the catalog, and the next opening tries again.
        return


class ComputerRepository:
    """Rows of `computers`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[KnownComputer]:
        """Every computer of this catalog: this one first, then by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(computers).order_by(func.lower(computers.c.name), computers.c.id)).all()
        found = []
        for row in rows:
            seen = to_datetime(row.last_seen_at)
            assert seen is not None
            found.append(KnownComputer(row.id, row.name, row.platform, seen, row.id == self._database.computer_id))
        return sorted(found, key=lambda one: not one.is_this)

    def rename(self, computer_id: int, name: str) -> None:
        """Call a computer by another name; one that is gone meanwhile is left alone."""
        with self._database.write() as connection:
            connection.execute(update(computers).where(computers.c.id == computer_id).values(name=name))

    def kept_by(self, computer_id: int) -> dict[str, int]:
        """Private table → how many rows of it belong to a computer."""
        with self._database.read() as connection:
            return {
                name: connection.execute(
                    select(func.count()).where(metadata.tables[name].c.computer_id == computer_id)
                ).scalar_one()
                for name in sorted(PRIVATE)
            }

    def forget(self, computer_id: int) -> ForgottenComputer | None:
        """Delete another computer and all that belongs to it; returns its rows. None: there is no such computer.

        Never this one: its rules are in use.
        """
        if computer_id == self._database.computer_id:
            return None
        with self._database.write() as connection:
            row = connection.execute(select(computers).where(computers.c.id == computer_id)).mappings().first()
            if row is None:
                return None
            private = {name: _rows(connection, name, computer_id) for name in _PARENTS_FIRST}
            connection.execute(delete(computers).where(computers.c.id == computer_id))
        return ForgottenComputer(dict(row), private)

    def restore(self, forgotten: ForgottenComputer) -> None:
        """Bring a forgotten computer back. What referred to something that is gone by now stays away.

        One that has introduced itself again meanwhile has begun afresh, and is left as it is.
        """
        uuid = forgotten.computer["uuid"]
        with self._database.write() as connection:
            if connection.execute(select(1).where(computers.c.uuid == uuid)).first():
                return
            connection.execute(insert(computers).values(dict(forgotten.computer)))
            for name, rows in forgotten.private.items():
                table = metadata.tables[name]
                present = rows and _with_parents(connection, name, rows)
                if present:
                    connection.execute(insert(table), present)


def _rows(connection: Connection, name: str, computer_id: int) -> list[dict[str, Any]]:
    table = metadata.tables[name]
    return [dict(row) for row in connection.execute(select(table).where(table.c.computer_id == computer_id)).mappings()]


def _with_parents(connection: Connection, name: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    for key in metadata.tables[name].foreign_keys:
        column = key.parent.name
        present = {None, *connection.execute(select(key.column)).scalars()}
        rows = [row for row in rows if row[column] in present]
    return rows
