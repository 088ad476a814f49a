"""A profile whose catalog is in a PostgreSQL database, from the command line."""

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.storage.engines import PostgresServer

from retrovue.core.domain.errors import SchemaTooNewError
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.schema import upgrade_postgres
from retrovue.core.storage.revisions import HEAD, VERSION_TABLE

pytestmark = pytest.mark.slow

SCRIPT = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "next", "{HEAD}", None, None

def upgrade():
    op.add_column("notices", sa.Column("extra", sa.Text()))
"""


def test_a_profile_uses_a_database_and_goes_back(postgres: PostgresServer, tmp_path: Path) -> None:
    cli = Cli(tmp_path / "profile")
    url = postgres.url(postgres.create())

    tried = cli("--json", "db", "test", url)
    assert (tried.code, tried.json["can_use"]) == (0, True)
    assert [step["step"] for step in tried.json["steps"]] == "reached signed_in version encoding rights schema".split()
    used = cli("db", "use", url)
    assert used.code == 0
    assert "restart it: until then it uses the previous catalog" in used.err
    assert cli("servers", "list").code == 0

    facts = cli("--json", "db", "info").json
    assert (facts["engine"].split()[0], facts["schema"], facts["servers"]) == ("PostgreSQL", HEAD, 0)
    assert not (tmp_path / "profile" / "retrovue.db").exists()
    for refused in (("db", "new"), ("db", "restore"), ("db", "copy", "--to", url)):
        done = cli(*refused)
        assert done.code == 2, done.err
        assert "server" in done.err
    if shutil.which("pg_dump"):
        made = Path(cli("--json", "db", "backup").json["path"])
        assert made.read_bytes().startswith(b"PGDMP")

    assert cli("db", "copy", "--to", "sqlite").code == 0
    assert cli("db", "use", "sqlite").code == 0
    assert cli("--json", "db", "info").json["engine"].startswith("SQLite")


def test_what_cannot_be_used_is_said_and_changes_nothing(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    cli = Cli(tmp_path / "profile")
    foreign = postgres.create()
    with postgres.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (id int)")
    locked = postgres.url(postgres.new_catalog(), postgres.with_password("open sesame"))
    away = f"postgresql://rv@/x?host={tmp_path}"
    for url, failed in ((foreign, "schema"), (locked, "signed_in"), (away, "reached")):
        done = cli("--json", "db", "use", url if "/" in url else postgres.url(url))
        assert done.code == 4
        assert [step["step"] for step in done.json["steps"] if not step["ok"]][-1] == failed
    assert cli("--json", "db", "info").json["engine"].startswith("SQLite")

    # The password is read from stdin, and kept nowhere that can be read.
    with postgres.connect() as connection:
        connection.execute("ALTER ROLE locked SUPERUSER")
    assert cli("db", "use", locked, "--password-stdin", stdin="open sesame\n").code == 0
    assert not any(b"sesame" in path.read_bytes() for path in (tmp_path / "profile").rglob("*") if path.is_file())
    assert cli("servers", "list").code == 4
    monkeypatch.setenv("PGPASSWORD", "open sesame")
    assert cli("servers", "list").code == 0


def test_an_older_catalog_is_upgraded_and_a_newer_one_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(Path(upgrade_postgres.__globals__["MIGRATIONS"]), scripts)
    (scripts / "versions" / "next.py").write_text(SCRIPT)
    name = postgres.new_catalog()
    database: Database = postgres.open(name)
    assert isinstance(database, PostgresDatabase)
    upgrade_postgres(database, lambda _words: None, head="next", scripts=scripts)
    with postgres.connect(name) as connection:
        connection.execute("INSERT INTO notices (at, event, title, body, extra) VALUES (1, '', '', '', 'new')")
        (found,) = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        assert found == "next"
    with pytest.raises(SchemaTooNewError), database.write():
        """It was open while the other one upgraded."""
    database.close()

    with pytest.raises(SchemaTooNewError):
        postgres.open(name)
