"""Search on PostgreSQL with the trigram index, and without the right to make it: the same is found."""

import pytest
from sqlalchemy import select
from tests.storage.engines import NOW, PostgresServer

from retrovue.core.storage.catalog import search
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.rows import rows_for
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres
from retrovue.core.storage.tables import search_text

pytestmark = pytest.mark.slow
TEXTS = {4: "amelie", 8: "das boot", 12: "千と千尋の神隠し", 16: "100% _real_", 20: "part 2"}


@pytest.fixture(params=["owner", "guest"])
def database(request: pytest.FixtureRequest, postgres: PostgresServer):
    name = postgres.create()
    user = PostgresServer.owner
    if request.param == "guest":
        user = f"guest_{name}"
        with postgres.connect(name) as connection:
            connection.execute(f"CREATE ROLE {user} LOGIN")
            connection.execute(f"GRANT ALL ON SCHEMA public TO {user}")
    database = open_postgres(parse_address(postgres.url(name, user)), now=lambda: NOW)
    with database.write() as connection:
        search.insert_rows(connection, list(TEXTS.items()))
    yield database
    database.close()


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("amel", [4]),
        ("BOOT das", [8]),
        ("千尋", [12]),
        ("夜", []),
        ("%", [16]),
        ("_", [16]),
        ("a", [4, 8, 16, 20]),
        ("das\0boot", [8]),
        ("\0", []),
    ],
)
def test_what_is_typed_is_found(database: Database, words: str, rows: list[int]) -> None:
    with database.read() as connection:
        assert sorted(search.find(connection, words)) == rows


def test_a_text_of_a_person_is_never_refused(database: Database) -> None:
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT id FROM search_text WHERE folded = ?", ("das\0boot",)).all() == []
        wanted = search_text.c.folded.contains("\0")
        assert connection.execute(select(search_text.c.id).where(wanted)).all() == []
        assert rows_for(connection).read("SELECT id FROM search_text WHERE folded = ?", "\0") == []


def test_the_index_is_there_where_it_may_be_made(database: Database, request: pytest.FixtureRequest) -> None:
    with database.read() as connection:
        query = "SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_search_text_trigrams'"
        assert connection.exec_driver_sql(query).scalar_one() == int("owner" in request.node.name)
        if "owner" in request.node.name:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            query = "EXPLAIN SELECT id FROM search_text WHERE folded ILIKE '%amel%'"
            plan = connection.exec_driver_sql(query).scalars()
            assert any("ix_search_text_trigrams" in step for step in plan)
