"""Posters: the bounded cache, and the service that asks servers as little as it can."""

import os
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkRequest, ArtworkService

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_the_cache_throws_away_the_longest_unused(tmp_path: Path) -> None:
    cache = ArtworkCache(tmp_path / "artwork", max_bytes=10_000)
    for n in range(12):
        cache.put(f"poster {n}", bytes([n]) * 1_000)
    for n, path in enumerate(sorted((tmp_path / "artwork").glob("*/*"), key=lambda path: path.read_bytes())):
        os.utime(path, (n, n))
    assert cache.get("poster 0") == bytes(1_000)
    assert cache.prune() <= 9_000
    assert cache.get("poster 0") == bytes(1_000), "just used"
    assert cache.get("poster 1") is None
    assert cache.get("poster 11") == bytes([11]) * 1_000


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "artwork").write_text("not a folder")
    cache = ArtworkCache(tmp_path / "artwork")
    cache.put("poster", b"x")
    assert cache.get("poster") is None


def requests_of(desk: Any, count: int) -> list[ArtworkRequest]:
    ids = desk.context.catalog.iterate(ItemKind.MOVIE)
    return [ArtworkRequest(item.server_id, item.artwork) for item, _n in zip(ids, range(count), strict=False)]


def test_a_poster_is_asked_once_and_known_while_its_server_is_off(desk: Any, tmp_path: Path) -> None:
    cache = ArtworkCache(tmp_path / "artwork")
    service = ArtworkService(desk.context, cache)
    found: dict[ArtworkRequest, bytes] = {}
    wanted = requests_of(desk, 5)
    desk.world.server.reset_counters()
    service.fetch(wanted, CancelToken(), found.__setitem__)
    assert set(found) == set(wanted)
    assert all(data.startswith(b"\x89PNG") for data in found.values())
    asked = desk.world.server.request_count
    assert asked == 5
    desk.context.servers.change(1, url="http://127.0.0.1:9")
    again = ArtworkService(desk.context, cache)
    found.clear()
    again.fetch(wanted, CancelToken(), found.__setitem__)
    assert len(found) == 5
    assert desk.world.server.request_count == asked
    service.close()
    again.close()


def test_what_a_server_lacks_and_one_that_is_off_are_left_alone(desk: Any, tmp_path: Path) -> None:
    service = ArtworkService(desk.context, ArtworkCache(tmp_path / "artwork"))
    found: dict[ArtworkRequest, bytes] = {}
    lacking = [ArtworkRequest(1, "/library/metadata/999999/thumb/1"), ArtworkRequest(77, "/x")]
    service.fetch(lacking, CancelToken(), found.__setitem__)
    asked = desk.world.server.request_count
    service.fetch(lacking, CancelToken(), found.__setitem__)
    assert found == {}
    assert desk.world.server.request_count == asked
    service.close()


def test_a_cancelled_fetch_ends_as_cancelled(desk: Any, tmp_path: Path) -> None:
    service = ArtworkService(desk.context, ArtworkCache(tmp_path / "artwork"))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        service.fetch(requests_of(desk, 3), token, lambda _request, _data: pytest.fail("nothing is fetched"))
    service.close()
