"""Values that no index of PostgreSQL can hold: the same becomes of them on every engine, and nothing else is lost."""

from random import Random

from tests.storage.test_grouping import movie, with_servers

from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.storage.catalog.writer import BatchResult, CatalogWriter, Prepared
from retrovue.core.storage.database import Database
from retrovue.core.storage.places import MappedFile
from retrovue.core.storage.values import LONGEST_NAME, LONGEST_PATH, key_text, storable_play

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


def test_names_of_plays_and_ids_end_where_an_index_does() -> None:
    assert key_text(LONG) == LONG[:300]
    row = storable_play({"title": LONG, "guid": None, "player": LONG, "percent": 7, "folded": LONG, "kind": "a\0"})
    assert {name: len(value) for name, value in row.items() if isinstance(value, str)} == {
        "title": 300, "player": 120, "folded": 3_000, "kind": 2,
    }  # fmt: skip
    assert (row["guid"], row["percent"], row["kind"]) == (None, 7, "a\ufffd")
    # Two titles, or four names, in one row of an index.
    assert max(len((LONG[:300] * 2).encode()), len((LONG[:120] * 4).encode())) < 2_700
