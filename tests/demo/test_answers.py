"""Permission, compression, connections, pictures: what surrounds the data."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest
import requests

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.artwork import poster

from .conftest import Client


@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_the_token_there_is_a_small_page_and_no_data(client: Client, token: str) -> None:
    for path in ("/", "/library/sections", "/library/sections/1/all", "/status/sessions", "/nowhere"):
        answer = client.get(path, token=token)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.headers["Connection"] == "close"
        assert b"MediaContainer" not in answer.content


def test_identity_needs_no_token(client: Client, library: DemoLibrary) -> None:
    identity = client.get("/identity", token="").json()["MediaContainer"]
    assert identity["machineIdentifier"] == library.machine_identifier


def test_the_token_may_stand_in_the_query(server: DemoServer) -> None:
    answer = requests.get(f"{server.url}/library/sections?X-Plex-Token={server.token}", timeout=30)
    assert answer.status_code == 200
    assert answer.content.startswith(b"<?xml")


def test_sections_carry_markers_roots_and_identity(client: Client, library: DemoLibrary) -> None:
    directories = client.container("/library/sections")["Directory"]
    assert [d["key"] for d in directories] == ["1", "2", "3", "4", "5", "6"]
    tv = directories[2]
    assert [location["path"] for location in tv["Location"]] == ["/media/tv", "/mnt/archive/tv"]
    assert directories[3]["Location"][0]["path"] == "\\\\NAS\\Anime"
    assert {"uuid", "agent", "scanner", "language", "updatedAt", "createdAt", "scannedAt"} <= tv.keys()
    library.add_show("New")
    after = client.container("/library/sections")["Directory"]
    moved = [d["key"] for d, new in zip(directories, after, strict=True) if d != new]
    assert moved == ["3"]
    assert after[2]["contentChangedAt"] != tv["contentChangedAt"]


def test_gzip_only_when_allowed_and_with_the_lengths(client: Client) -> None:
    path = "/library/sections/1/all"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip, deflate"}, stream=True)
    raw = packed.raw.read()
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert int(packed.headers["X-Plex-Content-Compressed-Length"]) == len(raw)
    assert int(packed.headers["X-Plex-Content-Original-Length"]) == len(plain.content)


def test_one_connection_serves_many_requests_and_may_be_dropped(client: Client, server: DemoServer) -> None:
    for _ in range(5):
        client.container("/library/sections")
    assert server.connections_opened == 1
    assert server.drop_connections() == 1
    client.container("/library/sections")
    assert server.connections_opened == 2


def test_the_record_counts_requests_and_bytes(client: Client, server: DemoServer) -> None:
    answer = client.get("/library/sections/1/all?type=1&limit=3", headers={"Accept-Encoding": "identity"})
    [record] = server.requests
    assert (record.method, record.path, record.query, record.status) == (
        "GET",
        "/library/sections/1/all",
        "type=1&limit=3",
        200,
    )
    assert record.headers["x-plex-token"] == server.token
    assert len(answer.content) < record.bytes < len(answer.content) + 500
    assert server.bytes_sent == record.bytes
    server.reset_counters()
    assert (server.requests, server.bytes_sent) == ([], 0)


def test_the_date_is_the_servers_own(client: Client, library: DemoLibrary) -> None:
    assert client.get("/identity").headers["Date"] == "Thu, 01 Jan 2026 20:40:00 GMT"
    library.set_clock_back(86_400)
    assert client.get("/identity").headers["Date"] == "Wed, 31 Dec 2025 20:40:00 GMT"


def test_a_base_path_is_kept(library: DemoLibrary) -> None:
    with DemoServer(library, base_path="/plex/") as server:
        assert server.url.endswith("/plex")
        assert requests.get(f"{server.url}/identity", timeout=30).status_code == 200
        outside = server.url.removesuffix("/plex")
        assert requests.get(f"{outside}/identity", timeout=30).status_code == 404


def test_a_stopped_server_refuses_and_starts_again_at_its_address(library: DemoLibrary) -> None:
    server = DemoServer(library).start()
    url = server.url
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/identity", timeout=30)
    server.start()
    assert server.url == url
    assert requests.get(f"{url}/identity", timeout=30).status_code == 200
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


def _size_of(png: bytes) -> tuple[int, int]:
    """Decode a PNG far enough to know that its pixels are complete."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack("!IIBB", png[16:26])
    assert (depth, colour) == (8, 2)
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack("!I4s", png[at : at + 8])
        data = png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack("!I", png[at + 8 + length : at + 12 + length])[0]
        packed += data if kind == b"IDAT" else b""
        at += 12 + length
    assert len(zlib.decompress(packed)) == height * (1 + width * 3)
    return width, height


def test_pictures_are_drawn_in_the_size_asked_for(client: Client, library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[0]
    item = client.container(f"/library/metadata/{movie.id}")["Metadata"][0]
    thumb = client.get(item["thumb"])
    assert thumb.headers["Content-Type"] == "image/png"
    assert _size_of(thumb.content) == (240, 360)
    assert _size_of(client.get(item["art"]).content) == (480, 270)
    scaled = client.get("/photo/:/transcode", params={"url": item["thumb"], "width": "120", "height": "180"})
    assert _size_of(scaled.content) == (120, 180)
    assert client.get("/photo/:/transcode?url=/library/metadata/99999/thumb/1").status_code == 404
    assert client.get(item["thumb"], token="wrong").status_code == 401


@pytest.mark.parametrize("size", [(1, 1), (7, 200), (300, 20), (240, 360)])
def test_posters_differ_by_title_and_have_any_size(size: tuple[int, int]) -> None:
    drawn = {poster(f"Title {number}", *size) for number in range(12)}
    assert len(drawn) == 12
    assert all(_size_of(png) == size for png in drawn)


def test_a_refresh_moves_the_scan_time_and_nothing_else(client: Client, library: DemoLibrary) -> None:
    section = library.sections["1"]
    marker = section.content_marker
    assert client.get("/library/sections/1/refresh").status_code == 200
    assert (section.scanned_at, section.content_marker) == (library.now(), marker)
