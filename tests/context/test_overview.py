"""The servers and libraries as scripts list them: the same as the repositories say, from a catalog that is ready."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import CorruptError, SchemaTooNewError
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.storage.overview import read_overview
from retrovue.core.system.dirs import resolve_dirs

NOW = 1_700_000_000


@pytest.fixture
def context(tmp_path: Path) -> Iterator[AppContext]:
    context = AppContext(resolve_dirs(tmp_path), environ={}, keyring=lambda: None)
    for name in ("Zoo", "Attic"):
        info = ServerInfo(ServerKind.PLEX, name, f"machine-{name}", "1.40.0")
        server = context.servers.add(name=name, url="http://127.0.0.1:1", info=info, now=NOW)
        roots = (LibraryRoot("/m", "1", None), LibraryRoot("/n", "2", None))
        listed = [RemoteLibrary(str(key), f"Films {key}", LibraryKind.MOVIES, None, roots) for key in (1, 2)]
        context.libraries.store_listing(server.id, listed, now=NOW)
    context.servers.change(server.id, is_active=False)
    # A library that its server lists no more, and that holds nothing.
    context.libraries.store_listing(server.id, listed[:1], now=NOW)
    yield context
    context.close()


def test_it_says_what_the_repositories_say_and_opens_nothing(context: AppContext) -> None:
    expected = (context.servers.all(), context.libraries.all())
    assert [server.name for server in expected[0]] == ["Attic", "Zoo"]
    assert [library.server_name for library in expected[1]] == ["Attic", "Zoo", "Zoo"]
    assert len(context.libraries.all(include_gone=True)) == 4
    assert context.overview() == expected
    other = AppContext(context.dirs, environ={}, keyring=lambda: None)
    # The catalog is open elsewhere, as while the window runs.
    assert other.overview() == expected
    context.close()
    assert other.overview() == expected
    assert not list(context.dirs.lock_dir.glob("open-*"))
    other.close()


def test_a_catalog_that_is_not_ready_is_opened_in_full(context: AppContext) -> None:
    expected = context.overview()
    context.close()
    catalog = context.dirs.catalog
    (context.dirs.lock_dir / "open-left").touch()
    assert context.overview() == expected
    assert not (context.dirs.lock_dir / "open-left").exists(), "nobody looked whether it is damaged"
    context.close()
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert read_overview(catalog) is None
    with pytest.raises(SchemaTooNewError):
        context.overview()
    catalog.write_bytes(b"no catalog at all" * 100)
    with pytest.raises(CorruptError):
        context.overview()


def test_the_first_look_makes_the_catalog(tmp_path: Path) -> None:
    context = AppContext(resolve_dirs(tmp_path / "new"), environ={}, keyring=lambda: None)
    assert context.overview() == ([], [])
    assert context.dirs.catalog.exists()
    context.close()
