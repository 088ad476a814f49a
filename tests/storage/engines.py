"""One test on both engines: a catalog file, and a database of a PostgreSQL server of the tests' own.

    def test_something(engine_database: Database) -> None: ...

runs on SQLite in the fast tier and on PostgreSQL in the slow one. A test of the core, which the fast tier runs on both,
is marked with `core_engines`. Whoever needs more than a catalog takes `postgres`, and `postgres.new_catalog()`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.computers import Computer
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.schema import open_postgres
from retrovue.core.storage.schema import open_catalog

NOW = 1_700_000_000
DESK = Computer("d" * 32, "desk", "Linux")
ENGINES = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.slow)]
core_engines = pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])

# Users with a password, as on any server; everybody else is trusted, since the socket is ours alone.
HBA = "local all locked scram-sha-256\nlocal all all trust\n"


class PostgresServer:
    """A running server. `owner` may do everything."""

    owner = "rv"

    def __init__(self, folder: Path, control: Callable[..., None]) -> None:
        self.folder = folder
        self._made = 0
        self._control = control

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._control("start")

    def stop(self) -> None:
        """Stop the server at once, as one whose machine loses power."""
        self._control("stop")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A time without the server, as while it is updated."""
        self.stop()
        try:
            yield
        finally:
            self.start()

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

    def drop(self, name: str) -> None:
        """Give the room of a database back: hundreds of them would fill the memory that they lie in."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def new_catalog(self) -> str:
        """A new database with an empty catalog of the newest schema; returns its name."""
        return self.create(f"TEMPLATE {self._template}")

    @cached_property
    def _template(self) -> str:
        name = self.create()
        open_postgres(parse_address(self.url(name)), now=lambda: NOW, computer=DESK).close()
        return name

    def open(self, name: str | None = None, computer: Computer = DESK) -> PostgresDatabase:
        """The open catalog of a database, by default of a new one."""
        address = parse_address(self.url(name or self.new_catalog()))
        return open_postgres(address, now=lambda: NOW, computer=computer)

    def with_password(self, password: str) -> str:
        """A user who has to give it; returns the name."""
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'locked'").fetchone():
                connection.execute("CREATE ROLE locked LOGIN")
            connection.execute(f"ALTER ROLE locked PASSWORD '{password}'")
        return "locked"

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process.

    Skipped where there is no PostgreSQL to start, or no psycopg to talk to it.
    """
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if os.name != "posix" or initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not on this machine")
    # Not below pytest's folder, which only root may enter: PostgreSQL refuses to run as root. In memory where there is
    # a folder for it: each database has hundreds of files, and a busy disk takes a minute to delete them.
    memory = Path("/dev/shm")
    is_usable = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    folder = Path(tempfile.mkdtemp(prefix="rv-pg-", dir=memory if is_usable else "/tmp"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        folder.chmod(0o755)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    made = [initdb, "-D", str(data), "-U", PostgresServer.owner, "-E", "UTF8", "--locale=C", "--no-sync", "-A", "trust"]
    # fsync and autovacuum cost seconds, and nothing here outlives the test. The log stays small, for it lies in memory.
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c autovacuum=off -c max_connections=100"
    options += " -c wal_level=minimal -c max_wal_senders=0 -c min_wal_size=32MB -c max_wal_size=128MB"
    try:
        subprocess.run(made, **quiet, **user)
        (data / "pg_hba.conf").write_text(HBA)
        starting = ["-o", options, "-l", str(folder / "log"), "-w", "-t", "120", "start"]
        ways = {"start": starting, "stop": ["-m", "immediate", "-w", "stop"]}

        def control(what: str) -> None:
            subprocess.run([pg_ctl, "-D", str(data), *ways[what]], **quiet, **user)

        server = PostgresServer(folder, control)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that a test runs on, "sqlite" or "postgresql"."""
    return str(request.param)


@pytest.fixture
def engine_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty catalog of the computer DESK, on one engine after the other."""
    with empty_catalog(engine_name, request, tmp_path) as database:
        yield database


@contextmanager
def empty_catalog(engine_name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """An empty catalog of the computer DESK, for fixtures of a module: `params=ENGINES`."""
    database: Database
    if engine_name == "sqlite":
        with closing(open_catalog(folder / "catalog.db", now=lambda: NOW, computer=DESK)) as database:
            yield database
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.new_catalog()
    with closing(server.open(name)) as database:
        yield database
    server.drop(name)
