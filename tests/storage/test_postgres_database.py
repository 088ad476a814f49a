"""A catalog on a server: read, written by one at a time, noticed by others."""

from contextlib import closing

import pytest
from tests.storage.engines import PostgresServer, core_engines

from retrovue.core.domain.errors import LockedError
from retrovue.core.storage.computers import ComputerRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.statements import marks
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.database import PostgresDatabase


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
