"""A PostgreSQL server of the tests' own, on a socket in a folder that is deleted afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Users with a password, as on any server; everybody else is trusted, since the socket is ours alone.
HBA = "local all locked scram-sha-256\nlocal all all trust\n"


class PostgresServer:
    """A running server. `owner` may do everything."""

    owner = "rv"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def connect(self, name: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(host=str(self.folder), user=self.owner, dbname=name, autocommit=True)

    def create(self, options: str = "") -> str:
        """A new empty database; returns its name."""
        self._made += 1
        name = f"catalog{self._made}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return name

    def url(self, name: str, user: str = owner) -> str:
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def tables(self, name: str) -> list[str]:
        with self.connect(name) as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            return [row[0] for row in rows]


def _program(name: str) -> str | None:
    found = shutil.which(name)
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(debian[-1]) if debian else None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """Skipped where there is no PostgreSQL to start, or no psycopg to talk to it."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if os.name != "posix" or initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not on this machine")
    # Not below pytest's folder, which only root may enter: PostgreSQL refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="rv-pg-", dir="/tmp"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        folder.chmod(0o755)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    made = [initdb, "-D", str(data), "-U", PostgresServer.owner, "-E", "UTF8", "--locale=C", "--no-sync", "-A", "trust"]
    # fsync and autovacuum cost seconds, and nothing here outlives the test.
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c autovacuum=off -c max_connections=20"
    try:
        subprocess.run(made, **quiet, **user)
        (data / "pg_hba.conf").write_text(HBA)
        subprocess.run(
            [pg_ctl, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "-t", "120", "start"],
            **quiet,
            **user,
        )
        try:
            yield PostgresServer(folder)
        finally:
            subprocess.run([pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop"], **quiet, **user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
