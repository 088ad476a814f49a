"""Values that no index of PostgreSQL can hold: the same becomes of them on every engine, and nothing else is lost."""

from dataclasses import replace
from datetime import UTC
from random import Random

import pytest
from sqlalchemy import insert
from tests.storage.engines import NOW
from tests.storage.test_grouping import movie, with_servers

from retrovue.core.domain.browse import SavedFilter
from retrovue.core.domain.cleanup.rules import Join, Rule, Section
from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import ItemKind, RemoteFile, RemoteItem
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary
from retrovue.core.storage.catalog.writer import BatchResult, CatalogWriter, Prepared
from retrovue.core.storage.cleanup.kept import CleanupRepository
from retrovue.core.storage.cleanup.marks import MarkRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.disks import DiskRepository
from retrovue.core.storage.filters import SavedFilterRepository
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.places import MappedFile
from retrovue.core.storage.statistics.counting import StatisticsRepository
from retrovue.core.storage.tables import plays
from retrovue.core.storage.values import LONGEST_NAME, LONGEST_PATH, key_text, storable_play
from retrovue.core.storage.watching.collections import CollectionRepository

# Of four bytes each, and so mixed that nothing can be compressed.
LONG = "".join(chr(Random(n).randrange(0x20000, 0x2A000)) for n in range(3_000))


def write(database: Database, *items: RemoteItem) -> BatchResult:
    writer = CatalogWriter(
        database, server_id=1, library_id=1, now=5,
        derive=lambda _rules: lambda path, _libraries: MappedFile(path, None, None),
    )  # fmt: skip
    return writer.write(ItemKind.MOVIE, [Prepared(item, n) for n, item in enumerate(items)])


def test_what_fits_no_index_costs_its_own_item_at_most(engine_database: Database) -> None:
    with_servers(engine_database)
    fitting = movie("f", "Fitting", 2000, path=f"/{LONG[: LONGEST_PATH // 4 - 1]}")
    titled = movie("t", LONG, 2000, f"tmdb:{LONG}", "imdb:tt1")
    done = write(
        engine_database,
        fitting,
        titled,
        movie(LONG[: LONGEST_NAME + 1], "Known by too much", 2000),
        movie("p", "Too deep", 2000, path=f"/{LONG[: LONGEST_PATH // 4]}"),
        movie("k", "Kept", 2000),
    )

    assert [reason.rpartition(": ")[2] for _id, reason in done.refused] == [
        "its ID has more than 300 characters",
        "the path of its file has more than 2,600 bytes",
    ]
    with engine_database.read() as connection:
        rows = connection.exec_driver_sql("SELECT title, sort_key FROM movies ORDER BY id").all()
        assert [row[0] for row in rows] == ["Fitting", LONG, "Kept"]
        assert len(rows[1][1]) == 500
        assert connection.exec_driver_sql("SELECT provider, external_id FROM movie_guids").all() == [("imdb", "tt1")]
        assert connection.exec_driver_sql("SELECT count(*) FROM media_links").scalar_one() == 3


def test_an_item_that_names_a_file_twice_has_it_once_and_files_are_changed_in_place(engine_database: Database) -> None:
    with_servers(engine_database)
    one = movie("a", "A", 2000, "tmdb:1", path="/x.mkv", size=1)
    write(engine_database, one, RemoteItem(ItemKind.MOVIE, "b", "B", 1, files=(*one.files, *one.files)))
    write(engine_database, movie("c", "C", 2000, path="/x.mkv", size=7), movie("d", "D", 2000, path="/y.mkv"))

    with engine_database.read() as connection:
        files = connection.exec_driver_sql("SELECT id, server_path, size_bytes FROM media_files ORDER BY id").all()
        assert [row[1:] for row in files] == [("/x.mkv", 7), ("/y.mkv", 1 << 30)]
        links = "SELECT m.title FROM media_links l JOIN movies m ON m.id = l.movie_id WHERE media_file_id = ?"
        assert sorted(connection.exec_driver_sql(links, (files[0][0],)).scalars()) == ["A", "B", "C"]


def test_what_else_a_server_tells_is_cut_or_left_out_where_no_index_holds_it(engine_database: Database) -> None:
    with_servers(engine_database)
    roots = (LibraryRoot("/films"), LibraryRoot(f"/{LONG}"))
    told = [
        RemoteLibrary("l1", "Mixed", LibraryKind.MIXED, uuid=LONG, roots=roots),
        RemoteLibrary(LONG, "Long", LibraryKind.MOVIES),
    ]
    LibraryRepository(engine_database).store_listing(1, told, now=2)
    LibraryRepository(engine_database).store_listing(1, told, now=3)
    (library,) = LibraryRepository(engine_database).all(1)
    assert [root.path for root in library.roots] == ["/films"]
    assert library.unavailable_since is None

    CollectionRepository(engine_database).replace(
        1,
        [
            RemoteCollection("c", LONG, None, False, ("a", LONG, "b", "a")),
            RemoteCollection("c", "Twice", None, False, ("a", "b")),
            RemoteCollection(LONG, "Known by too much", None, False, ()),
        ],
        now=1,
    )  # fmt: skip
    (collection,) = CollectionRepository(engine_database).all()
    assert (collection.title, collection.items) == ("Twice", 2)

    tags = [("tag", f"{LONG}{n}", "a") for n in range(2)]
    MarkRepository(engine_database).replace(1, [*tags, ("tag", "b", LONG), ("favorite", "ann", "b")], now=1)
    assert MarkRepository(engine_database).tags() == [(1, LONG[:LONGEST_NAME])]

    file = RemoteFile("/r.mkv", resolution=LONG)
    write(engine_database, RemoteItem(ItemKind.MOVIE, "r", "R", 1, files=(file,)))
    DiskRepository(engine_database).store_read([(f"/{LONG}", "x", 1, 1), ("/d", "x", 1, 1)], now=1)
    assert [volume.path for volume in DiskRepository(engine_database).volumes()] == ["/d"]


def test_a_person_is_told_that_a_name_is_too_long(engine_database: Database) -> None:
    filters, rules = SavedFilterRepository(engine_database), CleanupRepository(engine_database)
    fits = SavedFilter("library", LONG[:LONGEST_NAME], "{}")
    assert filters.put(fits, now=1) is None
    with pytest.raises(ConfigError, match="too long"):
        filters.put(replace(fits, name=LONG), now=1)
    with pytest.raises(ConfigError, match="too long"):
        filters.rename(fits, LONG)
    with pytest.raises(ConfigError, match="too long"):
        rules.save_rule(Rule(LONG, Section(Join.AND, ())), now=1)
    assert [saved.name for saved in filters.all("library")] == [fits.name]


def test_names_of_plays_and_ids_end_where_an_index_does(engine_database: Database) -> None:
    assert key_text(LONG) == LONG[:300]
    long = "\u6f22" * 400
    row = storable_play({"title": long, "guid": None, "player": long, "percent": 7, "folded": LONG, "kind": "a\0"})
    assert {name: len(value) for name, value in row.items() if isinstance(value, str)} == {
        "title": 266, "player": 120, "folded": 3_000, "kind": 2,
    }  # fmt: skip
    assert (row["guid"], row["percent"], row["kind"]) == (None, 7, "a\ufffd")

    # Nothing of it is known: neither account nor library are there, so that their names are in the sums, too.
    names = "uid server_name user_name person kind title show_title guid remote_id player platform library_name genre"
    facts = {name: LONG[n:] for n, name in enumerate(names.split())}
    flags = {"is_watched": True, "is_live": False, "is_inferred": False, "buffered": 0, "source": "live", "folded": ""}
    # Only months between others are summed.
    days = ({"started_at": NOW + day * 86_400, "stopped_at": NOW + day * 86_400 + 9} for day in (0, 40, 80))
    rows = [{**facts, **flags, **day, "paused_s": 0, "play_s": 9, "server_id": 1, "uid": str(day)} for day in days]
    with_servers(engine_database)
    with engine_database.write() as connection:
        connection.execute(insert(plays), [storable_play(row) for row in rows])
    StatisticsRepository(engine_database).prepare(UTC, 3600.0, None)
    with engine_database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM play_sums").scalar_one() > 10
