"""A whole catalog, copied to an empty PostgreSQL database, or back into an empty file.

Each direction is one transaction on both sides: what fails at any instant leaves the target empty. The counts of every
table are compared before the commit. What is shared and what is private comes along, of every computer.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Table, insert, select

from retrovue.core.domain.catalog_copies import CopiedTable, CopyProgress
from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import ConfigError, LockedError, RowError, SchemaTooNewError, StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.storage.catalog import search
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.dialects.sqlite_writing import FTS_TABLE
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.postgres.address import PostgresAddress
from retrovue.core.storage.postgres.connection import CATALOG_LOCK, STALL_S, Link, connected
from retrovue.core.storage.postgres.fitting import Fitting, misfits, readable
from retrovue.core.storage.postgres.schema import create_tables
from retrovue.core.storage.postgres.triggers import create_triggers
from retrovue.core.storage.revisions import HEAD, REVISIONS, VERSION_TABLE
from retrovue.core.storage.tables import computers, metadata
from retrovue.core.storage.tables.triggers import own_trigger

log = logging.getLogger(__name__)

_AT_A_TIME = 2000
_NAMED = 10
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

    Rows go as they are. Where the server refuses one, everything is copied once more with a look at each value: see
    `fitting`.

    Raises:
        Cancelled: the target is as it was.
        ConfigError: the target is not empty.
        StorageError: anything else went wrong; the target is as it was. Rows that do not fit are named.
    """

    def run(*, fits: bool) -> list[CopiedTable]:
        with database.read() as source, connected(address, token, stall_s=stall_s) as link, _texts(source, fits=fits):
            return _fill(source, link, address, report, fits=fits)

    try:
        return run(fits=False)
    except RowError as error:
        log.info("a row cannot be copied as it is, so each one is looked at: %s", error.detail)
    with database.read() as source, _texts(source, fits=True):
        _require_fitting(source)
    try:
        return run(fits=True)
    except RowError as error:
        raise _refused([_server_words(error)], 1) from error


def _fill(
    source: Connection, link: Link, address: PostgresAddress, report: Report | None, *, fits: bool
) -> list[CopiedTable]:
    _require_empty(link, address)
    create_tables(link.connection)
    link.moved()
    counts = _file_counts(source)
    counter = _Counter(link, sum(counts.values()), report)
    for table in metadata.sorted_tables:
        counts[table.name] -= _load(source, link, table, counter, fits=fits)
    _continue_ids(source, link)
    create_triggers(link.connection)
    search.create_index(link.connection)
    link.moved()
    for table in metadata.sorted_tables:
        # The planner would take each for empty until the server looks by itself, a minute later or never.
        writing_for(link.connection).learn(link.connection, (table.name,))
        link.moved()
    return _compared(counts, {name: link.one(f'SELECT count(*) FROM "{name}"')[0] for name in counts})


@contextmanager
def _texts(source: Connection, *, fits: bool) -> Iterator[None]:
    """Have texts read whatever their bytes are, which takes longer."""
    raw: sqlite3.Connection = source.connection.driver_connection  # type: ignore[assignment]  # it is sqlite3's own
    try:
        if fits:
            raw.text_factory = readable
        yield
    finally:
        raw.text_factory = str


def _require_fitting(source: Connection) -> None:
    rows = misfits(source, _batches)
    if rows:
        raise _refused(rows[:_NAMED], len(rows), detail="\n".join(rows))


def _refused(rows: Sequence[str], n: int, *, detail: str = "") -> StorageError:
    text = ngettext(
        "PostgreSQL cannot store {n} row of this catalog: {rows}",
        "PostgreSQL cannot store {n} rows of this catalog: {rows}",
        n,
    )
    named = "; ".join(rows) + ("; …" if n > len(rows) else "")
    return StorageError(
        text.format(n=number(n), rows=named),
        hint=_(
            "Nothing was copied. Change these on their server, sync, delete removed items permanently, then copy again."
        ),
        command_hint=_(
            "Nothing was copied. Change these on their server, run “retrovue sync” and “retrovue db purge”, then copy "
            "again."
        ),
        detail=detail,
    )


def _server_words(error: RowError) -> str:
    """Which row the server refused: its table, and the key that is there already or leads nowhere."""
    cause = error.__cause__
    diagnosis = getattr(getattr(cause, "orig", cause), "diag", None)
    words = [getattr(diagnosis, name, None) for name in ("table_name", "message_detail", "message_primary")]
    return " ".join(dict.fromkeys(word for word in words[:2] if word)) or str(words[2] or error.detail)


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


def _load(source: Connection, link: Link, table: Table, counter: _Counter, *, fits: bool) -> int:
    """Copy a table; returns how many rows were left out, see `Fitting`."""
    names = _names(table)
    fitting = Fitting(table) if fits else None
    left_out = 0
    with link.raw.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for rows in _batches(source, table):
            for row in rows:
                fit = row if fitting is None else fitting.fit(row)
                if fit is None:
                    left_out += 1
                else:
                    copy.write_row(fit)
            counter.add(table.name, len(rows))
    return left_out


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _batches(source: Connection, table: Table) -> Iterator[Sequence[tuple[object, ...]]]:
    cursor = source.connection.cursor()
    try:
        cursor.execute(f'SELECT {_names(table)} FROM "{table.name}"')
        while rows := cursor.fetchmany(_AT_A_TIME):
            yield rows
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        raise RowError(_("An item could not be read."), detail=str(error)) from error
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
    names = _names(table)
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
