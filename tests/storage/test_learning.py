"""After a first import the planner of PostgreSQL knows what there is, whether or not the server looks by itself."""

from contextlib import closing

import pytest
from tests.storage.engines import PostgresServer
from tests.storage.test_grouping import movie, with_servers

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared
from retrovue.core.storage.places import MappedFile


@pytest.mark.slow
@pytest.mark.parametrize(("items", "is_known"), [(1_000, True), (999, False)])
def test_what_a_first_import_brought_is_counted(postgres: PostgresServer, items: int, is_known: bool) -> None:
    with closing(postgres.open()) as database:
        with_servers(database)
        writer = CatalogWriter(
            database, server_id=1, library_id=1, now=5,
            derive=lambda _rules: lambda path, _libraries: MappedFile(path, None, None),
        )  # fmt: skip
        writer.write(ItemKind.MOVIE, [Prepared(movie(str(n), f"Film {n}", 2000), n) for n in range(items)])
        writer.finish_totals()

        with database.read() as connection:
            query = (
                "SELECT relname FROM pg_class WHERE reltuples >= 999 AND relkind = 'r' "
                "AND relnamespace = CAST('public' AS regnamespace) ORDER BY relname"
            )
            known = connection.exec_driver_sql(query).scalars().all()
        assert known == (["media_files", "media_links", "movies", "search_text"] if is_known else [])
