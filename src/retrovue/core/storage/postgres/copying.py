"""A whole catalog, copied to an empty PostgreSQL database, or back into an empty file.

Each direction is one transaction on both sides: what fails at any instant leaves the target empty. The counts of every
table are compared before the commit. What is shared and what is private comes along, of every computer.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, String, Table, insert, select

from retrovue.core.domain.catalog_copies import CopiedTable, CopyProgress
from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import ConfigError, LockedError, SchemaTooNewError, StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.catalog import search
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.dialects.sqlite_writing import FTS_TABLE
from retrovue.core.storage.postgres.address import PostgresAddress
from retrovue.core.storage.postgres.connection import CATALOG_LOCK, STALL_S, Link, connected
from retrovue.core.storage.postgres.schema import create_tables
from retrovue.core.storage.postgres.triggers import create_triggers
from retrovue.core.storage.revisions import HEAD, REVISIONS, VERSION_TABLE
from retrovue.core.storage.tables import computers, metadata
from retrovue.core.storage.tables.triggers import own_trigger

_AT_A_TIME = 2000
_OF_A_NEW_CATALOG = frozenset("profile computers listed_state statistics_state".split())


Report = Callable[[CopyProgress], None]


class _Counter:
    """Rows copied so far, reported a batch at a time."""

    def __init__(self, link: Link, total: int, report: Report | None) -> None:
        self._link = link
        self._total = total
        self._report = report
        self._done = 0

    def add(self, table: str, rows: int) -> None:
        self._done += rows
        self._link.moved()
        if self._report is not None:
            self._report(CopyProgress(table, self._done, self._total))


def copy_to_postgres(
    database: Database,
    address: PostgresAddress,
    *,
    token: CancelToken,
    report: Report | None = None,
    stall_s: float = STALL_S,
) -> list[CopiedTable]:
    """Copy the catalog file into an empty database, in one transaction there.

    Raises:
        Cancelled: the target is as it was.
        ConfigError: the target is not empty.
        StorageError: anything else went wrong; the target is as it was.
    """
    with database.read() as source, connected(address, token, stall_s=stall_s) as link:
        _require_empty(link, address)
        create_tables(link.connection)
        link.moved()
        counts = _file_counts(source)
        counter = _Counter(link, sum(counts.values()), report)
        for table in metadata.sorted_tables:
            _load(source, link, table, counter)
        _continue_ids(source, link)
        create_triggers(link.connection)
        search.create_index(link.connection)
        link.moved()
        return _compared(counts, {name: link.one(f'SELECT count(*) FROM "{name}"')[0] for name in counts})


def _require_empty(link: Link, address: PostgresAddress) -> None:
    if not link.one("SELECT pg_try_advisory_xact_lock(%s)", CATALOG_LOCK)[0]:
        raise LockedError(
            _("Another program is using the catalog."), hint=_("Close the other program, then try again.")
        )
    schema, may = link.one("SELECT current_schema(), has_schema_privilege(current_schema(), 'CREATE')")
    if schema is None or not may:
        raise StorageError(
            _("This user cannot create tables in {address}.").format(address=address.shown()),
            hint=_("Make this user the owner of the database, then try again."),
        )
    found = link.one(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY c.relname LIMIT 1",
        schema,
    )
    if found is not None:
        raise ConfigError(
            _("{address} is not empty: it has the table “{table}”.").format(address=address.shown(), table=found[0]),
            hint=_("Choose an empty database. Nothing was changed."),
        )


def _file_counts(source: Connection) -> dict[str, int]:
    return {
        table.name: source.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar_one()
        for table in metadata.sorted_tables
    }


def _load(source: Connection, link: Link, table: Table, counter: _Counter) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    is_spoilt = _has_zeros(source, table)
    with link.raw.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for rows in _batches(source, f'SELECT {names} FROM "{table.name}"'):
            for row in rows:
                copy.write_row(_without_zeros(row) if is_spoilt else row)
            counter.add(table.name, len(rows))


def _has_zeros(source: Connection, table: Table) -> bool:
    """Whether a text of the table has the character 0, which PostgreSQL cannot store."""
    texts = [column.name for column in table.columns if isinstance(column.type, String)]
    if not texts:
        return False
    spoilt = " OR ".join(f'instr("{name}", char(0)) > 0' for name in texts)
    return bool(source.exec_driver_sql(f'SELECT EXISTS (SELECT 1 FROM "{table.name}" WHERE {spoilt})').scalar_one())


def _without_zeros(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row)


def _batches(source: Connection, sql: str) -> Iterator[Sequence[tuple[object, ...]]]:
    cursor = source.connection.cursor()
    try:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_AT_A_TIME):
            yield rows
    finally:
        cursor.close()


def _continue_ids(source: Connection, link: Link) -> None:
    """Ids that were given out are not given out again, as AUTOINCREMENT has it."""
    reached: dict[str, int] = dict(source.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").fetchall())
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        last = max(
            link.one(f'SELECT coalesce(max("{column.name}"), 0) FROM "{table.name}"')[0], reached.get(table.name, 0)
        )
        link.one(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)", table.name, column.name, max(last, 1), last > 0
        )


def _compared(there: Mapping[str, int], here: Mapping[str, int]) -> list[CopiedTable]:
    wrong = {name: (rows, here[name]) for name, rows in there.items() if here[name] != rows}
    if wrong:
        raise StorageError(
            _("The copy differs from the catalog."),
            hint=_("Nothing was copied. Report this and attach the log."),
            detail=f"rows: {wrong}",
        )
    return [CopiedTable(name, rows) for name, rows in there.items()]


def copy_from_postgres(
    address: PostgresAddress,
    database: Database,
    *,
    computer: Computer,
    now: int,
    token: CancelToken,
    report: Report | None = None,
    stall_s: float = STALL_S,
) -> list[CopiedTable]:
    """Copy a catalog in PostgreSQL into an empty catalog file, which then is of `computer`.

    Raises:
        Cancelled: the file is as it was.
        ConfigError: the file is not empty.
        SchemaTooNewError: a newer RetroVue wrote the catalog.
        StorageError: anything else went wrong; the file is as it was.
    """
    with database.write() as target, connected(address, token, stall_s=stall_s, is_snapshot=True) as link:
        _require_empty_file(target)
        _require_same_schema(link, address)
        counts = {table.name: link.one(f'SELECT count(*) FROM "{table.name}"')[0] for table in metadata.sorted_tables}
        counter = _Counter(link, sum(counts.values()), report)
        triggers = target.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in triggers:
            target.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for table in reversed(metadata.sorted_tables):
            target.exec_driver_sql(f'DELETE FROM "{table.name}"')
        for table in metadata.sorted_tables:
            _fetch(link, target, table, counter)
        target.exec_driver_sql(f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}) VALUES ('rebuild')")
        copied = _compared(counts, _file_counts(target))
        for name in triggers:
            target.exec_driver_sql(own_trigger(name) or "")
        own = _take_over(target, computer, now)
    database.belongs_to(own)
    return copied


def _require_empty_file(target: Connection) -> None:
    for name, rows in _file_counts(target).items():
        if rows and name not in _OF_A_NEW_CATALOG:
            raise ConfigError(
                _("The catalog of this profile is not empty."),
                hint=_("Start with an empty catalog first. The current one is kept."),
                command_hint=_("Choose an empty folder with --data-dir, or run “retrovue db new” first."),
            )


def _require_same_schema(link: Link, address: PostgresAddress) -> None:
    known = link.one("SELECT to_regclass(%s) IS NOT NULL", VERSION_TABLE)[0]
    row = link.one(f"SELECT version_num FROM {VERSION_TABLE}") if known else None
    if row is None:
        raise StorageError(
            _("{address} has no RetroVue catalog.").format(address=address.shown()),
            hint=_("Check the name of the database."),
        )
    if row[0] == HEAD:
        return
    if row[0] in REVISIONS:
        raise StorageError(
            _("This catalog was written by an older version of RetroVue (schema {revision}).").format(revision=row[0]),
            hint=_("Copy it with that version, then open the copy with this one."),
        )
    raise SchemaTooNewError(
        _("This catalog was written by a newer version of RetroVue (schema {revision}).").format(revision=row[0]),
        hint=_("Update RetroVue, or choose another database."),
    )


def _fetch(link: Link, target: Connection, table: Table, counter: _Counter) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    cursor: sqlite3.Cursor = target.connection.cursor()  # type: ignore[assignment]  # it is sqlite3's own
    # A cursor with a name keeps the rows on the server until they are asked for.
    with link.raw.cursor(name="copied") as rows:
        rows.execute(f'SELECT {names} FROM "{table.name}"')
        while batch := rows.fetchmany(_AT_A_TIME):
            cursor.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', batch)
            counter.add(table.name, len(batch))
    cursor.close()


def _take_over(target: Connection, computer: Computer, now: int) -> int:
    """The row of `computer` in the copy; a new one where it did not work on the catalog."""
    own: int | None = target.execute(select(computers.c.id).where(computers.c.uuid == computer.uuid)).scalar()
    if own is not None:
        return own
    values = {"uuid": computer.uuid, "name": computer.name, "platform": computer.platform, "last_seen_at": now}
    return new_id(target.execute(insert(computers).values(values)))
