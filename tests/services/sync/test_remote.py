"""Links to what is elsewhere: the catalog knows where the link is, and nothing of where it leads."""

from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.media import ItemKind
from retrovue.demo.fault_kinds import SpoilItem

_ADDRESS = "http://user:pass-4711@cdn.example/live/s3cret-path.m3u8?token=t0ken-4711"
_SECRETS = ("pass-4711", "t0ken-4711", "s3cret-path", "cdn.example")


def link(document: dict[str, Any]) -> dict[str, Any]:
    """As Jellyfin 12 lists a .strm file: its own path, and the address as that of the only source."""
    if "Id" in document:
        source = {"Id": "1", "Path": _ADDRESS, "Protocol": "Http", "Size": 71, "Container": "hls", "Name": "Film"}
        return {**document, "Path": "/media/movies/Film/Film.strm", "Container": "hls", "MediaSources": [source]}
    part = {"id": 7, "key": "/library/parts/7/1/file.strm", "file": "/media/movies/Film/Film.strm", "size": 71}
    return {**document, "Media": [{"id": 7, "Part": [part]}]}


def share(document: dict[str, Any]) -> dict[str, Any]:
    path = "smb://user:pass-4711@nas/movies/Film.mkv"
    if "Id" in document:
        return {**document, "Path": path, "MediaSources": [{"Id": "1", "Path": path, "Protocol": "File", "Size": 71}]}
    return {
        **document,
        "Media": [{"id": 7, "Part": [{"id": 7, "key": "/library/parts/7/1/f", "file": path, "size": 71}]}],
    }


@pytest.mark.every_kind
def test_a_link_is_stored_under_its_own_path(world: World) -> None:
    film = world.library.members(world.adapter.movies, "movie")[12]
    world.server.faults.add(SpoilItem(item_id=film.id, change=link))
    world.sync()
    row = world.row(film.id)
    item = world.host.catalog.get(ItemKind.MOVIE, row["id"])
    assert item is not None
    assert [(file.server_path, file.is_remote, file.size_bytes) for file in item.files] == [
        ("/media/movies/Film/Film.strm", True, 71)
    ]
    content = b"".join(path.read_bytes() for path in world.directory.rglob("*") if path.is_file())
    assert not [secret for secret in _SECRETS if secret.encode() in content]


@pytest.mark.every_kind
def test_a_path_on_a_share_keeps_no_password(world: World) -> None:
    film = world.library.members(world.adapter.movies, "movie")[12]
    world.server.faults.add(SpoilItem(item_id=film.id, change=share))
    world.sync()
    paths = [row[0] for row in world.rows("SELECT server_path FROM media_files WHERE server_path LIKE 'smb:%'")]
    assert paths == ["smb://user@nas/movies/Film.mkv"]
    content = b"".join(path.read_bytes() for path in world.directory.rglob("*") if path.is_file())
    assert b"pass-4711" not in content
