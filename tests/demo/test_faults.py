"""Each fault does what it says, when it says, and nothing after it was taken away."""

from __future__ import annotations

import json
import socket
import threading
import time
import xml.etree.ElementTree as ET

import pytest
import requests

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.fault_kinds import (
    BadGzip,
    CapPages,
    Cut,
    CutInBody,
    Delay,
    Drip,
    Duplicates,
    EmptyPage,
    Flag,
    Hang,
    Html,
    Malformed,
    Overlap,
    Redirect,
    RefuseLargePages,
    Replace,
    Run,
    SpoilItem,
    Status,
    Truncate,
    WrongTotal,
    without_key,
)
from retrovue.demo.faults import path

from .conftest import Client

PAGED = "/library/sections/1/all?type=1&X-Plex-Container-Start={}&X-Plex-Container-Size={}"
WHOLE = PAGED.format(0, 500)


def test_every_third_request_fails_at_most_twice(client: Client, server: DemoServer) -> None:
    fault = server.faults.add(Status(status=500, every=3, times=2))
    codes = [client.get("/library/sections").status_code for _ in range(10)]
    assert codes == [200, 200, 500, 200, 200, 500, 200, 200, 200, 200]
    assert fault.fired == 2


def test_a_match_limits_a_fault_to_some_requests(client: Client, server: DemoServer) -> None:
    server.faults.add(Status(status=503, retry_after="7", match=path(r"/all$", type="4")))
    assert client.get("/library/sections/3/all?type=2").status_code == 200
    refused = client.get("/library/sections/3/all?type=4")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")


def test_a_token_can_be_revoked_in_the_middle(client: Client, server: DemoServer) -> None:
    server.faults.add(Status(status=401, after=2))
    assert [client.get("/library/sections").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_faults_compose_and_end(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    with server.faults.using(CapPages(limit=10), WrongTotal(by=5)):
        page = client.container(WHOLE)
    assert (page["size"], page["totalSize"]) == (10, library.count("1", "movie") + 5)
    healthy = client.container(WHOLE)
    assert healthy["size"] == healthy["totalSize"] == library.count("1", "movie")


@pytest.mark.parametrize(
    "fault", [Cut(times=1), Cut(times=1, reset=False), CutInBody(times=1), CutInBody(times=1, reset=False, share=0.9)]
)
def test_a_cut_connection(client: Client, server: DemoServer, fault: Cut | CutInBody) -> None:
    server.faults.add(fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.get(WHOLE)
    assert fault.fired == 1
    assert client.get(WHOLE).status_code == 200


@pytest.mark.parametrize("fault", [Truncate(), Malformed()])
@pytest.mark.parametrize("accept", ["application/json", "text/xml"])
def test_a_broken_document_in_an_answer_of_the_right_length(
    client: Client, server: DemoServer, fault: Truncate | Malformed, accept: str
) -> None:
    server.faults.add(fault)
    answer = client.get(WHOLE, accept=accept, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises((json.JSONDecodeError, ET.ParseError)):
        ET.fromstring(answer.content) if "xml" in accept else json.loads(answer.content)
    server.faults.clear()


def test_spoilt_text(client: Client, server: DemoServer) -> None:
    server.faults.add(Replace(by=b'"title":"\xff\xfe', times=1))
    with pytest.raises(UnicodeDecodeError):
        client.get(WHOLE).content.decode("utf-8")
    server.faults.add(Replace(by=b'"title":"\x00', times=1))
    with pytest.raises(json.JSONDecodeError):
        json.loads(client.get(WHOLE).content)


def test_a_login_page_with_status_200(client: Client, server: DemoServer) -> None:
    server.faults.add(Html())
    answer = client.get(WHOLE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.content.startswith(b"<!DOCTYPE html>")


def test_a_redirect(client: Client, server: DemoServer) -> None:
    server.faults.add(Redirect(location="/elsewhere", times=1))
    answer = client.get(WHOLE, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")


def test_bad_gzip(client: Client, server: DemoServer) -> None:
    server.faults.add(BadGzip(times=1))
    with pytest.raises(requests.exceptions.ContentDecodingError):
        client.get(WHOLE)


@pytest.mark.parametrize("share", [None, 0.0, 0.5])
def test_a_hanging_server_hangs_until_the_client_leaves(
    client: Client, server: DemoServer, share: float | None
) -> None:
    server.faults.add(Hang(share=share, times=1))
    with pytest.raises((requests.exceptions.ReadTimeout, requests.ConnectionError)):
        client.get(WHOLE, timeout=0.2)
    assert client.get(WHOLE).status_code == 200


def test_stopping_ends_what_hangs(library: DemoLibrary) -> None:
    server = DemoServer(library).start()
    server.faults.add(Hang())
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(b"GET /identity HTTP/1.1\r\nHost: demo\r\n\r\n")
        assert server.wait_for_requests(1)
        server.stop()
        assert sock.recv(100) == b""
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-connection"]


def test_a_dripping_server_keeps_reads_alive(client: Client, server: DemoServer) -> None:
    server.faults.add(Drip(chunk_bytes=40, pause_s=0.01, times=1))
    before = time.monotonic()
    answer = client.get("/identity", timeout=30)
    assert answer.json()["MediaContainer"]["claimed"] is True
    assert time.monotonic() - before > 0.01 * (server.requests[-1].bytes // 40)


def test_a_delay_ends_with_the_server(library: DemoLibrary) -> None:
    server = DemoServer(library).start()
    arrived = threading.Event()
    server.faults.add(Run(action=arrived.set))
    server.faults.add(Delay(delay_s=3_600))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(b"GET /identity HTTP/1.1\r\nHost: demo\r\n\r\n")
        assert arrived.wait(30)
        server.stop()
        sock.recv(100)
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-connection"]


def test_the_library_changes_while_it_is_read(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    last = library.members("1", "movie")[-1]
    total = library.count("1", "movie")
    server.faults.add(Run(action=lambda: library.remove(last.id), after=1, times=1))
    assert client.container(PAGED.format(0, 10))["totalSize"] == total
    assert client.container(PAGED.format(10, 10))["totalSize"] == total - 1
    server.faults.add(Run(action=lambda: library.add_movie("Late"), times=1))
    assert client.container(PAGED.format(20, 10))["totalSize"] == total


def test_pages_above_a_limit_are_refused(client: Client, server: DemoServer) -> None:
    server.faults.add(RefuseLargePages(limit=100))
    assert client.get(PAGED.format(0, 101)).status_code == 400
    assert client.get(PAGED.format(0, 100)).status_code == 200


def test_overlaps_duplicates_and_an_empty_page(client: Client, server: DemoServer) -> None:
    order = client.keys(WHOLE)
    with server.faults.using(Overlap(items=3)):
        page = client.container(PAGED.format(10, 5))
        assert page["offset"] == 10
        assert [item["ratingKey"] for item in page["Metadata"]] == order[7:12]
    with server.faults.using(Duplicates()):
        assert client.keys(PAGED.format(10, 5)) == [*order[10:14], order[10]]
    with server.faults.using(EmptyPage()):
        page = client.container(PAGED.format(10, 5))
        assert (page["size"], page["totalSize"], "Metadata" in page) == (0, len(order), False)


def test_missing_and_moving_totals(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    total = library.count("1", "movie")
    with server.faults.using(WrongTotal(by=None)):
        assert "totalSize" not in client.container(WHOLE)
    with server.faults.using(WrongTotal(by=1, moving=True)):
        assert [client.container(WHOLE)["totalSize"] - total for _ in range(3)] == [1, 2, 3]


def test_one_bad_item_among_all(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    victim = library.members("1", "movie")[50]
    with server.faults.using(SpoilItem(item_id=victim.id)):
        items = client.container(WHOLE)["Metadata"]
        [bad] = [item for item in items if item["ratingKey"] == str(victim.id)]
        assert (bad["Media"], bad["index"]) == ("none", "seven")
        assert sum(isinstance(item["title"], str) for item in items) == len(items) - 1
    with server.faults.using(SpoilItem(item_id=victim.id, change=without_key)):
        items = client.container(WHOLE)["Metadata"]
        assert sum("ratingKey" not in item for item in items) == 1
    assert all("ratingKey" in item for item in client.container(WHOLE)["Metadata"])


def test_a_server_that_knows_no_json(client: Client, server: DemoServer) -> None:
    server.faults.add(Flag(flag="always_xml"))
    answer = client.get(WHOLE)
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert ET.fromstring(answer.content).tag == "MediaContainer"


def test_the_json_of_2015(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    server.faults.add(Flag(flag="legacy_tree"))
    tree = client.get(WHOLE).json()
    assert tree["_elementType"] == "MediaContainer"
    assert "MediaContainer" not in tree
    assert len(tree["_children"]) == library.count("1", "movie")
    assert tree["_children"][0]["_elementType"] == "Video"


def test_shared_attributes_on_the_container(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    season = library.members("3", "season")[0]
    server.faults.add(Flag(flag="hoist"))
    container = client.container(f"/library/metadata/{season.id}/children")
    assert container["grandparentRatingKey"] == season.show_id
    assert container["parentRatingKey"] == season.id
    assert all("grandparentTitle" not in item and "ratingKey" in item for item in container["Metadata"])


def test_slimming_can_be_ignored(client: Client, server: DemoServer) -> None:
    with server.faults.using(Flag(flag="ignore_slim")):
        assert "Media" in client.container(f"{WHOLE}&excludeElements=Media")["Metadata"][0]
    assert "Media" not in client.container(f"{WHOLE}&excludeElements=Media")["Metadata"][0]
