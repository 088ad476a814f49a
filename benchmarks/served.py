"""A benchmark's catalog on a PostgreSQL server, too: `--postgres URL`, whose user may create databases.

The file is copied into a database `retrovue_bench_…`, which is dropped in the end. Where the server runs on this
machine its processor time can be read: a file has no other process that works for it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.copying import copy_to_postgres
from retrovue.core.system.dirs import resolve_dirs


@contextmanager
def new_database(postgres: str) -> Iterator[str]:
    """Yield the address of an empty database."""
    import psycopg

    name = f"retrovue_bench_{os.getpid()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING UTF8")
        try:
            yield urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def on_server(context: AppContext, postgres: str, folder: Path) -> Iterator[AppContext]:
    """Yield a profile in `folder` whose catalog is a copy of that of `context` on a server."""
    import psycopg

    with new_database(postgres) as url:
        copy_to_postgres(context.database, parse_address(url), token=CancelToken())
        with psycopg.connect(url, autocommit=True) as connection:
            # As a server has it that looks after its tables itself, a minute later.
            connection.execute("VACUUM ANALYZE")
        environ = {"RETROVUE_CATALOG_ADDRESS": url, "TZ": "Europe/Berlin"}
        served = AppContext(resolve_dirs(folder), environ=environ, keyring=lambda: None, write_log=False)
        try:
            yield served
        finally:
            served.close()


def server_clock(database: Database) -> Callable[[], float]:
    """Return what tells the processor time of the catalog's server so far, in seconds; always 0 for a file."""
    if not database.is_on_server:
        return lambda: 0.0
    with database.read() as connection:
        pid = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    try:
        main = int(_stat(pid)[1])
    except OSError:
        # On another machine.
        return lambda: 0.0
    return lambda: _used_s(main)


def _used_s(main: int) -> float:
    """What all processes of a server have used; autovacuum and the writers in the background are among them."""
    own = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if int(_stat(int(folder.name))[1]) == main:
                    # Nanoseconds: a sync that finds nothing takes fewer than the ticks of `stat` could tell.
                    own += int((folder / "schedstat").read_text().split()[0])
    # Those of children that ended: fields 16 and 17.
    ended = sum(map(int, _stat(main)[13:15]))
    return own / 1e9 + ended / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on; the name before them may have blanks."""
    return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
