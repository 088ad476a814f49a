"""Migrations on a catalog that holds something: everything kept, or nothing changed."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from retrovue.core.domain.errors import StorageError
from retrovue.core.storage import schema
from retrovue.core.storage.revisions import HEAD, REVISIONS
from retrovue.core.storage.tables.triggers import TRIGGERS
from retrovue.core.storage.upgrade import MIGRATIONS, upgrade

NOW = 1_700_000_000
ITEM = "sort_key, view_count, size_bytes, fingerprint, change_key, first_seen_at, last_seen_at"
ROWS = f"""
INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, follow_live, state,
created_at) VALUES (1, 'u', 'plex', 'Home', 'http://x', 'm', '1', 1, 1, 1, 'online', 1);
INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode, listing_notes)
VALUES (1, 1, '1', 'Films', 'movies', 1, 'automatic', '{{}}'), (2, 1, '2', 'Series', 'shows', 1, 'automatic', NULL);
INSERT INTO library_roots (library_id, path) VALUES (1, '/films'), (2, '/series');
INSERT INTO path_mappings (id, computer_id, server_id, library_id, server_path, local_path, created_at)
VALUES (1, 1, 1, 1, '/films', '/mnt', 1);
INSERT INTO shows (id, library_id, remote_id, title, {ITEM}) VALUES (1, 2, '10', 'Dark', 'dark', 0, 0, 0, 0, 1, 1);
INSERT INTO seasons (id, show_id, number) VALUES (1, 1, 1);
INSERT INTO episodes (id, library_id, show_id, season_id, remote_id, title, {ITEM})
VALUES (1, 2, 1, 1, '11', 'Secrets', 'secrets', 0, 0, 0, 0, 1, 1);
INSERT INTO movies (id, library_id, remote_id, title, {ITEM}) VALUES (1, 1, '20', 'Heat', 'heat', 0, 0, 0, 0, 1, 1);
INSERT INTO movies (id, library_id, remote_id, title, {ITEM}) VALUES (7, 1, '21', 'Gone', 'gone', 0, 0, 0, 0, 1, 1);
DELETE FROM movies WHERE id = 7;
INSERT INTO movie_guids VALUES (1, 'imdb', 'tt0113277', 'guid');
INSERT INTO media_files (id, server_id, server_path, first_seen_at) VALUES (1, 1, '/films/Heat.mkv', 1);
INSERT INTO file_places (media_file_id, computer_id, local_path, mapping_id, file_state)
VALUES (1, 1, '/mnt/Heat.mkv', 1, 'found');
INSERT INTO media_links (media_file_id, movie_id, version_index, part_index) VALUES (1, 1, 0, 0);
INSERT INTO held_removals (library_id, movie_id, state, created_at) VALUES (1, 1, 'held_back', 1);
INSERT INTO search_text (id, folded) VALUES (5, 'heat');
INSERT INTO search_fts (rowid, folded) VALUES (5, 'heat');
CREATE TRIGGER library_gone AFTER DELETE ON libraries BEGIN DELETE FROM notices; END;
CREATE TRIGGER notice_made AFTER INSERT ON notices BEGIN UPDATE libraries SET last_sync_at = 1; END;
"""
# Tables that others refer to are the ones that a batch can empty.
BATCH = """
    with op.batch_alter_table("libraries", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("listing_notes")
    with op.batch_alter_table("servers", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("note", sa.Text()))
    with op.batch_alter_table("movies", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("title", existing_type=sa.Text(), nullable=True)
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "%41?mode=ro#x" / "retrovue.db"
    path.parent.mkdir()
    schema.open_catalog(path, now=lambda: NOW).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS)
    return path


def scripts_with(tmp_path: Path, body: str) -> Path:
    """The program's revisions and one more."""
    scripts = tmp_path / "scripts"
    shutil.rmtree(scripts, ignore_errors=True)
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_next.py").write_text(
        f'import os, signal\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "9999"\n'
        f'down_revision = "{HEAD}"\n\n\ndef upgrade() -> None:\n{body}'
    )
    return scripts


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return list(connection.iterdump())


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def test_the_program_knows_each_revision_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == REVISIONS


def test_tables_that_others_refer_to_are_made_anew_without_a_loss(catalog: Path, tmp_path: Path) -> None:
    before = rows(catalog)
    upgrade(catalog, scripts=scripts_with(tmp_path, BATCH))
    assert schema.revision_of(catalog) == "9999"
    assert rows(catalog) == before
    dump(catalog)
    with closing(sqlite3.connect(catalog)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1").fetchall()
        ours = [(name,) for name in TRIGGERS]
        assert triggers == sorted([("library_gone",), ("notice_made",), *ours])
        found = connection.execute("SELECT rowid FROM search_fts WHERE search_fts MATCH 'hea'").fetchall()
        assert found == [(5,)]
        assert connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'movies'").fetchone() == (7,)
        columns = {row[1] for row in connection.execute("PRAGMA table_info(libraries)")}
    assert "listing_notes" not in columns


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("    raise RuntimeError('half-way')\n", "half-way"),
        ("    op.execute('DELETE FROM movie_guids')\n", "rows: .*movie_guids"),
        ("    with op.batch_alter_table('shows') as batch:\n        batch.drop_column('studio')\n", "tables: .*shows"),
        ("    op.execute('UPDATE movies SET library_id = 77')\n", "foreign_key_check: "),
    ],
    ids=["raises", "loses rows", "counts anew", "leaves references"],
)
def test_a_migration_that_goes_wrong_changes_nothing(catalog: Path, tmp_path: Path, rest: str, text: str) -> None:
    before = dump(catalog)
    with pytest.raises((StorageError, RuntimeError)) as caught:
        upgrade(catalog, scripts=scripts_with(tmp_path, BATCH + rest))
    assert re.search(text, getattr(caught.value, "detail", str(caught.value)))
    assert dump(catalog) == before
    assert schema.revision_of(catalog) == HEAD


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_migration_that_is_killed_changes_nothing(catalog: Path, tmp_path: Path) -> None:
    before = dump(catalog)
    scripts = scripts_with(tmp_path, BATCH + "    os.kill(os.getpid(), signal.SIGKILL)\n")
    program = "import sys, pathlib; from retrovue.core.storage.upgrade import upgrade; " + (
        "upgrade(pathlib.Path(sys.argv[1]), scripts=pathlib.Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(catalog), str(scripts)], timeout=60, check=False)
    assert killed.returncode == -9
    assert dump(catalog) == before
    upgrade(catalog, scripts=scripts_with(tmp_path, BATCH))
    assert schema.revision_of(catalog) == "9999"
