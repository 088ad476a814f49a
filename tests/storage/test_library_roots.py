"""What is kept of the folders of a library."""

from dataclasses import replace
from pathlib import Path

from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.storage import schema
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.servers import ServerRepository


def test_an_account_that_is_told_no_folders_does_not_forget_them(tmp_path: Path) -> None:
    database = schema.open_catalog(tmp_path / "retrovue.db", now=lambda: 1)
    info = ServerInfo(ServerKind.EMBY, "Home", "machine", "4.9")
    server = ServerRepository(database).add(name="Home", url="http://h", info=info, now=1)
    libraries = LibraryRepository(database)
    movies = RemoteLibrary("1", "Movies", LibraryKind.MOVIES, roots=(LibraryRoot("/media/movies"),))
    libraries.store_listing(server.id, [movies], now=1)
    libraries.store_listing(server.id, [replace(movies, roots=())], now=2)
    assert [root.path for root in libraries.all()[0].roots] == ["/media/movies"]
    libraries.store_listing(server.id, [replace(movies, roots=(LibraryRoot("/srv/movies"),))], now=3)
    assert [root.path for root in libraries.all()[0].roots] == ["/srv/movies"]
    database.close()
