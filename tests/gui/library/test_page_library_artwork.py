"""Posters: the bounded cache, and the service that asks servers as little as it can."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkRequest, ArtworkService
from retrovue.gui.pages.library.decoding import decode

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

    def take(request: ArtworkRequest, data: bytes) -> bool:
        found[request] = data
        return True

    wanted = requests_of(desk, 5)
    desk.world.server.reset_counters()
    service.fetch(wanted, CancelToken(), take)
    assert set(found) == set(wanted)
    assert all(data.startswith(b"\x89PNG") for data in found.values())
    asked = desk.world.server.request_count
    # Who answers is asked before a token goes out: once, or once for each of three threads that begin together.
    assert 6 <= asked <= 8
    desk.context.servers.change(1, url="http://127.0.0.1:9")
    again = ArtworkService(desk.context, cache)
    found.clear()
    again.fetch(wanted, CancelToken(), take)
    assert len(found) == 5
    assert desk.world.server.request_count == asked
    service.close()
    again.close()


def test_what_a_server_lacks_and_one_that_is_off_are_left_alone(desk: Any, tmp_path: Path) -> None:
    service = ArtworkService(desk.context, ArtworkCache(tmp_path / "artwork"))
    found: dict[ArtworkRequest, bytes] = {}

    def take(request: ArtworkRequest, data: bytes) -> bool:
        found[request] = data
        return True

    lacking = [ArtworkRequest(1, "/library/metadata/999999/thumb/1"), ArtworkRequest(77, "/x")]
    service.fetch(lacking, CancelToken(), take)
    asked = desk.world.server.request_count
    service.fetch(lacking, CancelToken(), take)
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


def encoded(name: str, width: int = 40, height: int = 60) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, name)
    return bytes(buffer.data().data())


def nested_svg() -> bytes:
    """2 KB that take 2^30 drawings."""
    levels = "".join(f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, 31))
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g id="g0"><rect width="9" height="9"/></g>'
    return (svg + levels + "</svg>").encode()


def huge_png() -> bytes:
    """A head that promises 60,000 × 60,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_kinds_of_images_that_servers_send_are_decoded(qapp: QApplication, name: str) -> None:
    image = decode(encoded(name))
    assert image is not None
    assert (image.width(), image.height()) == (40, 60)
    assert decode(encoded(name)[:-30]) is None, "cut short"


def test_a_large_image_is_scaled_while_it_is_decoded(qapp: QApplication) -> None:
    image = decode(encoded("jpeg", 3000, 2000))
    assert image is not None
    assert (image.width(), image.height()) == (1200, 800)


BAD = {
    "nothing": b"",
    "svg": nested_svg(),
    "svg in a comment": b"<!-- \x89PNG -->" + nested_svg(),
    "svg behind a magic": b"\x89PNG\r\n\x1a\n" + nested_svg() + b"IEND",
    "too many pixels": huge_png(),
    "too many bytes": b"\xff\xd8\xff" + bytes(9_000_000) + b"\xff\xd9",
    "a page": b"<html>sign in</html>",
    "animated gif": b"GIF89a" + bytes(100),
    "bmp": b"BM" + bytes(100),
    "webp without an image": b"RIFF\x04\x00\x00\x00WEBP",
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused_before_it_is_decoded(qapp: QApplication, name: str) -> None:
    assert decode(BAD[name]) is None


class OnePicture:
    """A stored server whose every poster is the same bytes, and how often it was asked."""

    def __init__(self, host: Any, data: bytes) -> None:
        self.clock, self.servers, self.data, self.asked = host.clock, host.servers, data, 0

    def open_source(self, server: Any, token: CancelToken | None = None) -> Any:
        return self

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        self.asked += 1
        return self.data

    def close(self) -> None:
        pass


@pytest.mark.parametrize("name", BAD)
def test_what_never_decoded_is_not_kept_nor_asked_for_again(desk: Any, tmp_path: Path, name: str) -> None:
    host = OnePicture(desk.context, BAD[name])
    cache = ArtworkCache(tmp_path / "artwork")
    service = ArtworkService(host, cache)
    request = ArtworkRequest(1, "/poster")
    for _time in range(2):
        service.fetch([request], CancelToken(), lambda _request, data: decode(data) is not None)
    assert host.asked == 1
    assert [path for path in (tmp_path / "artwork").rglob("*") if path.is_file()] == []
    service.close()


def test_a_poisoned_cache_heals(desk: Any, tmp_path: Path) -> None:
    host = OnePicture(desk.context, encoded("png"))
    cache = ArtworkCache(tmp_path / "artwork")
    service = ArtworkService(host, cache)
    request = ArtworkRequest(1, "/poster")
    service.fetch([request], CancelToken(), lambda _request, data: decode(data) is not None)
    (file,) = (path for path in (tmp_path / "artwork").rglob("*") if path.is_file())
    file.write_bytes(nested_svg())
    service.fetch([request], CancelToken(), lambda _request, data: decode(data) is not None)
    assert file.read_bytes() == encoded("png")
    assert host.asked == 2
    service.close()
