"""A catalog on a server: read, written by one at a time, noticed by others."""

import os
import signal
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from time import monotonic, time

import pytest
from tests.storage.engines import NOW, PostgresServer, core_engines

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import (
    CatalogAddressError,
    CatalogAwayError,
    CatalogPasswordError,
    DiskFullError,
    LockedError,
    SchemaTooNewError,
    StorageError,
)
from retrovue.core.storage.computers import ComputerRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.statements import marks
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.errors import in_our_words

_NO_ENTRY = 'FATAL:  no pg_hba.conf entry for host "h", user "u", database "x", no encryption'


def note(database: Database, title: str) -> None:
    with database.write() as connection:
        sql = marks(connection, "INSERT INTO notices (at, event, title, body) VALUES (?, 'a?%', ?, '')")
        connection.exec_driver_sql(sql, (1, title))


def titles(database: Database) -> list[str]:
    with database.read() as connection:
        found = connection.exec_driver_sql("SELECT title FROM notices ORDER BY title")
        return list(found.scalars())


@core_engines
def test_what_is_written_is_read_in_the_order_of_its_bytes(engine_database: Database) -> None:
    for title in ("b", "B", "ä", "a", "Z"):
        note(engine_database, title)

    assert titles(engine_database) == ["B", "Z", "a", "b", "ä"]
    assert [one.is_this for one in ComputerRepository(engine_database).all()] == [True]


@core_engines
def test_reads_share_a_transaction_where_they_are_together(engine_database: Database) -> None:
    note(engine_database, "a")
    with engine_database.together():
        assert titles(engine_database) == ["a"]
        with engine_database.together():
            note(engine_database, "b")
        # A file has nothing to gain: there the second read is of its own instant.
        assert titles(engine_database) == (["a"] if engine_database.is_on_server else ["a", "b"])

    assert titles(engine_database) == ["a", "b"]


@core_engines
def test_a_failed_write_leaves_nothing(engine_database: Database) -> None:
    def fail() -> None:
        with engine_database.write() as connection:
            connection.exec_driver_sql("INSERT INTO notices (at, event, title, body) VALUES (1, 'a', 'b', '')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert titles(engine_database) == []


@core_engines
def test_the_version_moves_with_each_commit_that_wrote(engine_database: Database) -> None:
    before = engine_database.data_version()
    titles(engine_database)
    with engine_database.write():
        """Nothing."""
    assert engine_database.data_version() == before
    note(engine_database, "a")

    assert engine_database.data_version() != before


def test_one_computer_at_a_time_writes(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    impatient = PostgresDatabase(parse_address(postgres.url(name)), busy_timeout_s=0.05)
    with closing(postgres.open(name)) as database, closing(impatient):
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO notices (at, event, title, body) VALUES (1, 'a', 'b', '')")
            with pytest.raises(LockedError), impatient.write():
                """Never."""
            assert titles(impatient) == []
        note(impatient, "c")

        assert titles(database) == ["b", "c"]


def test_what_a_newer_program_upgraded_meanwhile_is_written_no_more(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    with closing(postgres.open(name)) as database:
        note(database, "a")
        with postgres.connect(name) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")

        with pytest.raises(SchemaTooNewError, match="schema 9999"), database.write():
            """Never."""
        # What can be read as before is.
        assert titles(database) == ["a"]
        with postgres.connect(name) as connection:
            connection.execute("ALTER TABLE notices RENAME COLUMN title TO caption")
        with pytest.raises(SchemaTooNewError, match="schema 9999"):
            titles(database)

        with postgres.connect(name) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        with pytest.raises(StorageError, match=r"older one \(schema 0001\)"), database.write():
            """Never."""
        with postgres.connect(name) as connection:
            connection.execute("DROP TABLE alembic_version")
        with pytest.raises(StorageError, match="refused a statement"), database.write():
            """Never."""


def pids(server: PostgresServer, name: str) -> list[int]:
    with server.connect() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'RetroVue'", (name,)
        )
        return [row[0] for row in rows]


def cut(server: PostgresServer, name: str) -> None:
    """End every connection to a database, as a server does that restarts."""
    with server.connect() as connection:
        for pid in pids(server, name):
            connection.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))


def until(condition: Callable[[], bool]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        Event().wait(0.02)


def test_what_another_computer_writes_is_noticed(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    with closing(postgres.open(name)) as desk, closing(postgres.open(name)) as laptop:
        seen = desk.data_version()
        note(laptop, "a")
        until(lambda: desk.data_version() > seen)

        # What is written while nobody listens is noticed, too.
        cut(postgres, name)
        seen = desk.data_version()
        until(lambda: desk.data_version() > seen)
        seen = desk.data_version()
        note(laptop, "b")
        until(lambda: desk.data_version() > seen)


def test_a_lost_connection_fails_once_and_comes_back(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    with closing(postgres.open(name)) as database:
        note(database, "a")
        cut(postgres, name)
        # Lost between two uses: nobody notices.
        note(database, "b")

        def break_off() -> None:
            with database.write() as connection:
                cut(postgres, name)
                connection.exec_driver_sql("DELETE FROM notices")

        with pytest.raises(CatalogAwayError):
            break_off()

        assert titles(database) == ["a", "b"]


@pytest.mark.slow
def test_a_server_that_hangs_is_left(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    with closing(PostgresDatabase(parse_address(postgres.url(name)), statement_s=0.5)) as database:
        with pytest.raises(StorageError, match="took too long"), database.read() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(60)")
        assert titles(database) == []
        (pid,) = pids(postgres, name)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(CatalogAwayError, match="stopped responding"):
                titles(database)
            assert titles(database) == []
        finally:
            os.kill(pid, signal.SIGCONT)


def test_what_a_server_refuses_is_said(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    name = postgres.new_catalog()
    with pytest.raises(StorageError) as refused:
        titles(PostgresDatabase(parse_address(postgres.url(name, "nobody_known"))))
    assert not isinstance(refused.value, CatalogAwayError | CatalogPasswordError)

    address = parse_address(postgres.url(name, postgres.with_password("right")))
    for other in (address, address.with_password("wrong")):
        with pytest.raises(CatalogPasswordError):
            titles(PostgresDatabase(other))
    with closing(PostgresDatabase(address.with_password("right"))) as database:
        assert database.data_version() == database.data_version()


def test_a_server_that_is_not_there_is_away(postgres: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(CatalogAwayError, match=r"Could not connect to postgresql://"):
        titles(PostgresDatabase(parse_address(f"postgresql:///x?host={tmp_path}")))


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ("127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/no/file", CatalogAwayError, "refused"),
        ("{plain}/x?sslmode=require", CatalogAddressError, "does not support SSL"),
        ("{plain}/x?sslmode=always", CatalogAddressError, r'x: invalid sslmode value: "always"$'),
    ],
)
def test_what_the_address_says_of_certificates_is_no_server_that_is_away(
    place: str, kind: type[StorageError], words: str
) -> None:
    """A server without TLS says so with one letter."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with socket.create_server(("127.0.0.1", 0)) as plain, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    line, _peer = plain.accept()
                    with line:
                        line.recv(8)
                        line.sendall(b"N")

        pool.submit(answer)
        url = f"postgresql://u@{place.format(plain=f'127.0.0.1:{plain.getsockname()[1]}')}"
        try:
            with pytest.raises(kind, match=words) as failed:
                titles(PostgresDatabase(parse_address(url)))
            assert failed.value.hint
        finally:
            plain.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        # A server that wants TLS: libpq tries without where the password was refused.
        (
            ("FATAL:  password authentication failed for user “u”", _NO_ENTRY),
            CatalogPasswordError,
            "password authentication failed",
        ),
        ((_NO_ENTRY,), StorageError, "no pg_hba.conf entry"),
        (("SSL error: certificate verify failed",), CatalogAddressError, ": SSL error"),
        (('root certificate file "/no/file" does not exist',), CatalogAddressError, "/no/file"),
        (("FATAL:  could not write init file",), DiskFullError, "no space"),
        (('FATAL:  too many connections for role "u"',), CatalogAwayError, "too many"),
    ],
)
def test_a_refusal_is_told_by_its_own_words(said: Sequence[str], kind: type[StorageError], words: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    lines = "\n".join(f'connection to server at "h", port 5432 failed: {line}' for line in said)
    error = psycopg.OperationalError(f"connection failed: {lines}\nMultiple connection attempts failed.")
    told = in_our_words(error, parse_address("postgresql://u@h/x"), is_connected=False)
    assert type(told) is kind
    assert words in told.text


def test_errors_are_said_without_what_is_around_them(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    name = postgres.new_catalog()
    with closing(postgres.open(name)) as database:
        with pytest.raises(StorageError) as failed, database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM computers WHERE nothing = 1")
        assert failed.value.text.endswith('refused a statement: column "nothing" does not exist')
        assert "LINE 1" in failed.value.detail
    address = parse_address(postgres.url(name, postgres.with_password("right")))
    with pytest.raises(CatalogPasswordError, match=r"it requires a password$"):
        titles(PostgresDatabase(address))
    with pytest.raises(CatalogPasswordError, match=r'password authentication failed for user "locked"$'):
        titles(PostgresDatabase(address.with_password("wrong")))


def test_computers_are_seen_by_the_clock_of_the_server(postgres: PostgresServer) -> None:
    """The one of `postgres.open` is years behind."""
    name = postgres.new_catalog()
    with closing(postgres.open(name)) as desk, closing(postgres.open(name, Computer("e" * 32, "laptop", "Linux"))):
        (_desk, laptop) = ComputerRepository(desk).all()
        assert laptop.name == "laptop"
        assert abs(laptop.last_seen_at.timestamp() - time()) < 3600
        assert abs(desk.now(NOW) - time()) < 3600
