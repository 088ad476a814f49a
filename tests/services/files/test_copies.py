"""Which versions of a title count as copies that can go: of one length and edition, within a show as well."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.media import ItemKind, RemoteFile, RemoteItem
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.services.files.duplicates import DuplicateGroup, find_duplicates
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.places import MappedFile
from retrovue.core.storage.servers import ServerRepository
from retrovue.core.system.dirs import resolve_dirs

MINUTE_MS = 60_000
GB = 1_000_000_000


def groups(tmp_path: Path, items: Sequence[RemoteItem]) -> tuple[DuplicateGroup, ...]:
    """The duplicates of a catalog of one library with these items."""
    context = AppContext(resolve_dirs(tmp_path), write_log=False)
    database = context.database
    info = ServerInfo(ServerKind.JELLYFIN, "Home", "m1", "1")
    server = ServerRepository(database).add(name="Home", url="http://h", info=info, now=1)
    LibraryRepository(database).store_listing(server.id, [RemoteLibrary("1", "All", LibraryKind.MIXED)], now=1)
    writer = CatalogWriter(
        database, server_id=server.id, library_id=LibraryRepository(database).all()[0].id, now=1,
        derive=lambda _rules: lambda _path, _libraries: MappedFile(None, None, None),
    )  # fmt: skip
    for kind in (ItemKind.MOVIE, ItemKind.SHOW, ItemKind.EPISODE):
        writer.write(kind, [Prepared(item, n) for n, item in enumerate(items) if item.kind is kind])
    found = find_duplicates(context).groups
    context.close()
    return found


def version(n: int, minutes: float | None, name: str | None = None, path: str = "film") -> RemoteFile:
    """The n-th version, each a GB smaller than the one before."""
    length = None if minutes is None else int(minutes * MINUTE_MS)
    return RemoteFile(
        f"/m/{path}-{n}.mkv", size_bytes=(9 - n) * GB, duration_ms=length, version_index=n, version_name=name
    )


@pytest.mark.parametrize(
    ("versions", "free_gb"),
    [
        ((version(0, 90), version(1, 90)), 8),
        ((version(0, 90), version(1, 1), version(2, 120)), 0),
        ((version(0, 120), version(1, 90), version(2, 90)), 7),
        ((version(0, 100), version(1, 96)), 8),
        ((version(0, 100), version(1, 90)), 0),
        ((version(0, 3), version(1, 2.5)), 8),
        ((version(0, None), version(1, 90)), 8),
        ((version(0, 90, "Director's Cut"), version(1, 90)), 0),
        ((version(0, 90, "Director's Cut"), version(1, 90, "Directors Cut")), 8),
        ((version(0, 90, "2160p"), version(1, 90, "1080p")), 8),
        ((version(0, 90), version(1, 90, path="Film {edition-Assembly}")), 0),
        ((version(0, 90), version(1, 90, path="Film.Extended")), 0),
        ((version(0, 90, path="Film IMAX"), version(1, 90, path="Film Theatrical"), version(2, 90, "imax")), 7),
    ],
)
def test_only_versions_of_one_length_and_edition_can_go(
    tmp_path: Path, versions: tuple[RemoteFile, ...], free_gb: int
) -> None:
    movie = RemoteItem(ItemKind.MOVIE, "1", "Film", 1, year=2000, files=versions)
    (group,) = groups(tmp_path, [movie])
    assert group.in_one_item
    assert group.extra_bytes == free_gb * GB
    assert len(group.copies) == len(versions)


def test_two_items_for_two_files_of_one_episode_are_copies(tmp_path: Path) -> None:
    def episode(key: str, number: int, n: int) -> RemoteItem:
        facts: dict[str, Any] = {"season_number": 1, "episode_number": number}
        files = (version(n, 40, path=f"e{number}"),)
        return RemoteItem(ItemKind.EPISODE, key, "Pilot", 1, show_remote_id="s", files=files, **facts)

    show = RemoteItem(ItemKind.SHOW, "s", "Show", 1)
    (group,) = groups(tmp_path, [show, episode("a", 1, 0), episode("b", 1, 1), episode("c", 2, 0)])
    assert (group.season, group.episode, len(group.copies), group.extra_bytes) == (1, 1, 2, 8 * GB)
    assert not group.in_one_item
