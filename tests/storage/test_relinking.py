"""Finding the rows of a library that was made anew follows the number of its rows, not its square, on both engines."""

import pytest
from tests.storage.test_grouping import episode, show, with_servers

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog import identity
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.places import MappedFile

N = 120


@pytest.mark.parametrize("has_ids", [True, False])
def test_no_row_is_compared_with_all_of_its_library(engine_database: Database, has_ids: bool) -> None:
    database = engine_database
    with_servers(database)
    writer = CatalogWriter(
        database, server_id=1, library_id=1, now=5,
        derive=lambda _rules: lambda path, _libraries: MappedFile(path, None, None),
    )  # fmt: skip
    writer.write(ItemKind.SHOW, [Prepared(show(f"show{n}", "Kessler", 2000, "tvdb:77"), n) for n in range(2)])
    told = [(f"imdb:tt{1000 + n}",) if has_ids else () for n in range(N)]
    items = [episode(f"show{anew}", 1, n, *told[n]) for anew in range(2) for n in range(N)]
    ids = writer.write(ItemKind.EPISODE, [Prepared(item, n) for n, item in enumerate(items)]).added_ids
    old, new = ids[:N], ids[N:]

    with database.write() as connection:
        dialect = writing_for(connection)
        dialect.hold(connection, "absent_rows", ("id",), [(row,) for row in old])
        dialect.hold(connection, "fresh_rows", ("id",), [(row,) for row in new])
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        for sql in (identity._SAME_IDS[ItemKind.EPISODE], identity._BY_SHOW):
            plan = str(connection.exec_driver_sql(f"{explain} {sql}").all())
            assert "ix_episodes_library_id" not in plan
        dialect.let_go(connection, "absent_rows", "fresh_rows")

    pairs = identity.RelinkRepository(database).pairs(ItemKind.EPISODE, old, new)
    assert sorted(pairs) == list(zip(old, new, strict=True))
