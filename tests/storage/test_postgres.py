"""A catalog goes to PostgreSQL and comes back as it was; what fails on the way leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.storage.engines import PostgresServer

from retrovue.core.domain.catalog_copies import CopiedTable, CopyProgress
from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import Cancelled, ConfigError, StorageError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage import schema
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.computers import ComputerRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.copying import copy_from_postgres, copy_to_postgres
from retrovue.core.storage.tables import metadata

NOW = 1_700_000_000
DESK, LAPTOP = Computer("d" * 32, "desk", "Windows"), Computer("e" * 32, "laptop", "macOS")
ITEM = "sort_key, view_count, size_bytes, fingerprint, change_key, first_seen_at, last_seen_at"
ROWS = f"""
INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, follow_live, state,
created_at) VALUES (1, 'u', 'plex', 'Tab\t and \\N', 'http://x', 'm', '', 1, 0, 1, 'online', 1);
INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode) VALUES
(1, 1, '1', 'Films', 'movies', 1, 'automatic');
INSERT INTO path_mappings (computer_id, server_id, server_path, local_path, created_at) VALUES (1, 1, '/f', '/mnt', 1);
INSERT INTO movies (id, library_id, remote_id, title, {ITEM})
VALUES (1, 1, '20', 'Amélie 千と千尋', 'amelie', 0, 0, 0, 0, 1, 1), (9, 1, '21', 'Gone', 'gone', 0, 0, 0, 0, 1, 1);
DELETE FROM movies WHERE id = 9;
INSERT INTO media_files (id, server_id, server_path, size_bytes, first_seen_at)
VALUES (1, 1, '/f/a.mkv', 99000000000, 1);
INSERT INTO file_places (media_file_id, computer_id, local_path, mapping_id, file_state)
VALUES (1, 1, '/mnt/a.mkv', 1, 'found');
INSERT INTO media_links (media_file_id, movie_id, version_index, part_index) VALUES (1, 1, 0, 0);
INSERT INTO search_text (id, folded) VALUES (5, 'amelie');
INSERT INTO search_fts (rowid, folded) VALUES (5, 'amelie');
"""


@pytest.fixture
def desk(tmp_path: Path) -> Database:
    path = tmp_path / "desk.db"
    database = schema.open_catalog(path, now=lambda: NOW, computer=DESK)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS)
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO notices (at, event, title, body) VALUES (?, 'x', ?, '')",
            [(number, f"notice {number}") for number in range(2500)],
        )
    return database


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            name: sorted((tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')), key=repr)
            for name in (*metadata.tables, "sqlite_sequence")
        }


def send(database: Database, url: str, **options: object) -> list[CopiedTable]:
    return copy_to_postgres(database, parse_address(url), token=CancelToken(), **options)  # type: ignore[arg-type]


def fetch(url: str, path: Path, computer: Computer) -> Database:
    database = schema.open_catalog(path, now=lambda: NOW, computer=computer)
    copy_from_postgres(parse_address(url), database, computer=computer, now=NOW, token=CancelToken())
    return database


def test_a_catalog_comes_back_from_postgresql_as_it_was(
    postgres: PostgresServer, desk: Database, tmp_path: Path
) -> None:
    name = postgres.create()
    steps: list[CopyProgress] = []
    copied = send(desk, postgres.url(name), report=steps.append)
    rows = {one.table: one.rows for one in copied}
    assert rows.keys() == metadata.tables.keys()
    assert (rows["notices"], rows["movies"], rows["computers"]) == (2500, 1, 1)
    assert (steps[-1].done, steps[-1].total) == (sum(rows.values()), sum(rows.values()))
    with postgres.connect(name) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(schema.HEAD,)]
        found = connection.execute("SELECT name, version, is_owner, is_active, removed_at FROM servers").fetchall()
        assert found == [("Tab\t and \\N", "", True, False, None)]
        (moved,) = connection.execute("SELECT nextval(pg_get_serial_sequence('movies', 'id'))").fetchone()
        assert moved == 10, "the id of a deleted movie would be given out again"
        connection.execute("SELECT setval(pg_get_serial_sequence('movies', 'id'), 9)")
        known = connection.execute("SELECT reltuples FROM pg_class WHERE relname = 'notices'").fetchone()
        assert known == (2500,), "the planner takes it for empty"
    with pytest.raises(ConfigError, match="is not empty"):
        send(desk, postgres.url(name))

    back = fetch(postgres.url(name), tmp_path / "back.db", DESK)
    before, after = dump(desk), dump(back)
    assert {table for table in metadata.tables if before[table] != after[table]} == set()
    with back.read() as connection:
        found = connection.exec_driver_sql("SELECT rowid FROM search_fts WHERE search_fts MATCH 'mel'").all()
        assert [row[0] for row in found] == [5]
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
        made = connection.exec_driver_sql(triggers).all()
    with desk.read() as connection:
        assert made == connection.exec_driver_sql(triggers).all()
    with pytest.raises(ConfigError, match="not empty"):
        copy_from_postgres(parse_address(postgres.url(name)), back, computer=DESK, now=NOW, token=CancelToken())
    back.close()

    # Another computer gets what is shared, and none of the paths.
    other = fetch(postgres.url(name), tmp_path / "other.db", LAPTOP)
    assert [(one.name, one.is_this) for one in ComputerRepository(other).all()] == [("laptop", True), ("desk", False)]
    (file,) = BrowseRepository(other).files([1])
    assert (file.local_path, file.state) == (None, FileState.UNMAPPED)
    assert dump(other)["file_places"] == before["file_places"]
    other.close()
    desk.close()


def test_without_its_package_the_remedy_fits_a_folder_and_the_packaged_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StorageError) as refused:
        parse_address("postgresql://nas/tv")
    # Nothing is published under the name of the program: what a registry has there is somebody else's.
    assert 'pip install ".[postgresql]"' in refused.value.command_hint
    assert "packaged" in refused.value.command_hint


def test_an_address_holds_no_password_and_names_a_database() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    address = parse_address("postgresql://ann@nas:5433/tv?sslmode=verify-full")
    assert address.params == {"user": "ann", "host": "nas", "port": "5433", "dbname": "tv", "sslmode": "verify-full"}
    assert address.shown() == "postgresql://nas:5433/tv"
    for secret in (
        "postgresql://ann:hush@nas/tv",
        "postgres://nas/tv?password=hush",
        "postgresql://nas/tv?sslpassword=h",
    ):
        with pytest.raises(ConfigError, match="contains a password") as caught:
            parse_address(secret)
        assert "hush" not in caught.value.command_text() + caught.value.detail
    for wrong in ("mysql://nas/tv", "nas/tv", "postgresql://nas/tv?nonsense=1", "postgresql://ann:hush@na s/tv%"):
        with pytest.raises(ConfigError, match="not the address") as caught:
            parse_address(wrong)
        assert "hush" not in caught.value.command_text() + caught.value.detail
    with pytest.raises(ConfigError, match="names no database"):
        parse_address("postgresql://nas")


@pytest.mark.slow
def test_a_text_that_postgresql_cannot_hold_is_marked(postgres: PostgresServer, desk: Database) -> None:
    with desk.write() as connection:
        connection.exec_driver_sql("UPDATE movies SET title = 'a' || char(0) || 'b'")
    name = postgres.create()
    send(desk, postgres.url(name))
    with postgres.connect(name) as connection:
        assert connection.execute("SELECT title FROM movies").fetchall() == [("a\ufffdb",)]
    desk.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cancelled", "killed", "hanging"])
def test_a_copy_that_breaks_off_leaves_the_target_empty(
    postgres: PostgresServer, desk: Database, tmp_path: Path, how: str
) -> None:
    name = postgres.create()
    token = CancelToken()
    stopped: list[int] = []

    def interfere(progress: CopyProgress) -> None:
        if progress.table != "notices" or stopped:
            return
        with postgres.connect() as connection:
            (pid,) = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'RetroVue'", (name,)
            ).fetchone()
            stopped.append(pid)
            if how == "cancelled":
                token.cancel()
            elif how == "killed":
                connection.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))
            else:
                os.kill(pid, signal.SIGSTOP)

    words = {"cancelled": None, "killed": "connection .* was lost", "hanging": "stopped responding"}[how]
    try:
        with pytest.raises(Cancelled if words is None else StorageError, match=words):
            copy_to_postgres(
                desk,
                parse_address(postgres.url(name)),
                token=token,
                report=interfere,
                stall_s=3 if how == "hanging" else 60,
            )
    finally:
        if how == "hanging":
            os.kill(stopped[0], signal.SIGCONT)
    assert stopped
    assert postgres.tables(name) == []
    # A backend that was stopped rolls back when it goes on, and holds the lock of the copy until then.
    with postgres.connect(name) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid = %s", (stopped[0],)
        )
    assert len(send(desk, postgres.url(name))) == len(metadata.tables)
    desk.close()


@pytest.mark.slow
def test_each_refusal_says_what_to_do(
    postgres: PostgresServer, desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute(f"ALTER ROLE {postgres.with_password('open sesame')} SUPERUSER")
    latin = postgres.create("ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    name = postgres.create()
    with postgres.connect(name) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM public")
    for url, words in (
        (postgres.url(latin), "encoding LATIN1"),
        (postgres.url(name, "guest"), "cannot create tables"),
        (postgres.url("nowhere"), "does not exist"),
        (postgres.url(name, "stranger"), "role .*stranger"),
        (postgres.url(name, "locked"), "requires a password"),
        ("postgresql://rv@127.0.0.1:1/tv", "refused"),
        (f"postgresql://rv@/tv?host={tmp_path}", "Could not connect"),
    ):
        with pytest.raises(StorageError, match=words) as caught:
            send(desk, url)
        assert caught.value.hint
    with pytest.raises(StorageError, match="no RetroVue catalog"):
        fetch(postgres.url(name), tmp_path / "back.db", DESK)
    monkeypatch.setenv("PGPASSWORD", "guess")
    with pytest.raises(StorageError, match="password authentication failed"):
        send(desk, postgres.url(name, "locked"))
    monkeypatch.delenv("PGPASSWORD")
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"*:*:{name}:locked:open sesame\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    assert postgres.tables(name) == []
    assert send(desk, postgres.url(name, "locked"))
    desk.close()


@pytest.mark.slow
def test_a_server_that_accepts_and_says_nothing_has_a_deadline(desk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        done = threading.Event()

        def attempt() -> None:
            with pytest.raises(StorageError, match="Could not connect"):
                send(desk, f"postgresql://rv@127.0.0.1:{port}/tv?sslmode=disable")
            done.set()

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        assert done.wait(60)
        thread.join()
    desk.close()


@pytest.mark.slow
def test_the_command_copies_there_and_back_and_keeps_the_rules_of_this_computer(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    home, guest = Cli(tmp_path / "home"), Cli(tmp_path / "guest")
    with closing(sqlite3.connect(_made(home))) as connection:
        connection.executescript(ROWS)
    name = postgres.create()
    done = home("db", "copy", "--to", postgres.url(name), "--json")
    assert (done.code, done.err) == (0, "")
    assert {"table": "movies", "rows": 1} in done.json["tables"]
    assert home("db", "copy", "--to", postgres.url(name)).code == 2
    assert home("db", "copy", "--to", "sqlite", "--from", postgres.url(name)).code == 2
    assert home("db", "new").code == 0
    back = home("db", "copy", "--to", "sqlite", "--from", postgres.url(name), "--json")
    assert back.json == done.json
    assert [rule["local_path"] for rule in home("mappings", "list", "--json").json] == ["/mnt"]
    (found,) = home("search", "amelie", "--json").json
    assert found["files"][0]["local_path"] == "/mnt/a.mkv"
    assert guest("db", "copy", "--to", "sqlite", "--from", postgres.url(name), "--json").code == 0
    assert guest("mappings", "list", "--json").json == []
    (found,) = guest("search", "amelie", "--json").json
    assert found["files"][0]["local_path"] is None


def _made(cli: Cli) -> Path:
    assert cli("db", "info").code == 0
    return cli.data_dir / "retrovue.db"


def test_what_is_asked_for_wrongly_is_said_before_anything_is_opened(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    cli = Cli(tmp_path / "profile")
    for words, text in (
        (("--to", "sqlite"), "The database to copy from is missing."),
        (("--to", "postgresql://a:hush@nas/tv"), "The address contains a password."),
        (("--to", "postgresql://nas/tv", "--from", "postgresql://nas/other"), "always made of the catalog"),
        (("--to", "nas"), "not the address of a PostgreSQL database"),
    ):
        done = cli("db", "copy", *words)
        assert done.code == 2
        assert text in done.err
        assert "hush" not in done.out + done.err
    assert not (cli.data_dir / "retrovue.db").exists()
