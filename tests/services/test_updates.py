"""The question whether there is a newer version, asked of loopback servers that answer well, badly and not at all."""

import json
import socket
from importlib import metadata

import pytest
from tests.servers.bare import BareServer, answering, read_head

from retrovue.core.domain.errors import RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.upkeep.updates import ReleaseAddress, find_newer, release_address


def http(body: bytes, *, kind: str = "application/json", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def release(**facts: object) -> bytes:
    return http(json.dumps(facts).encode())


def ask(*answers: bytes, running: str = "1.4.0") -> str:
    with BareServer(answering(*answers)) as server:
        address = ReleaseAddress(f"{server.url}/repos/x/releases/latest", "https://example.org/releases")
        return find_newer(address, CancelToken(), running=running)


@pytest.mark.parametrize(
    ("tag", "running", "offered"),
    [
        ("v1.5.0", "1.4.0", "1.5.0"),
        ("1.10", "1.9.9", "1.10"),
        ("V2", "1.4.0", "2"),
        ("v1.4.0+build.7", "1.3.9", "1.4.0+build.7"),
        ("1.5.0", "1.5.0.dev3", "1.5.0"),
        ("v1.4", "1.4.0", ""),
        ("v1.3.9", "1.4.0", ""),
        ("v1.5.0-rc.1", "1.4.0", ""),
        ("2.0b1", "1.4.0", ""),
    ],
)
def test_only_a_newer_final_version_is_offered(tag: str, running: str, offered: str) -> None:
    assert ask(release(tag_name=tag), running=running) == offered


def test_what_its_makers_call_unfinished_is_not_offered() -> None:
    assert ask(release(tag_name="v9.0.0", prerelease=True)) == ""
    assert ask(release(tag_name="v9.0.0", draft=True)) == ""


@pytest.mark.parametrize(
    "answer",
    [
        http(b"<!DOCTYPE html><title>Sign in to the hotel</title>", kind="text/html"),
        http(b""),
        http(b"[" * 100_000),
        http(b"null"),
        release(message="Not Found"),
        release(tag_name=["v9"]),
        release(tag_name="newest"),
        release(tag_name="v" + "9" * 5_000),
        http(b'{"tag_name": "v9.0.0", "body": "' + b"x" * 10_000_000 + b'"}'),
        http(b"{}", status="404 Not Found"),
        http(b"{}", status="403 rate limit exceeded"),
        http(b"{}", status="503 Service Unavailable"),
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=lambda answer: repr(answer[:24]),
)
def test_an_answer_that_names_no_version_is_an_error_with_a_remedy(answer: bytes) -> None:
    with pytest.raises(RetroVueError) as told:
        ask(answer)
    assert told.value.hint


def test_a_machine_that_hangs_up_without_a_word_is_an_error_with_a_remedy() -> None:
    with BareServer(lambda _sock: None) as server, pytest.raises(RetroVueError) as told:
        find_newer(ReleaseAddress(server.url, ""), CancelToken())
    assert told.value.hint


def test_a_machine_that_never_ends_its_answer_is_given_up() -> None:
    def drip(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        sock.recv(1)

    with BareServer(drip) as server, pytest.raises(RetroVueError, match=r"within 0\.2 s"):
        find_newer(ReleaseAddress(server.url, ""), CancelToken(), within_s=0.2)


def test_the_request_says_nothing_of_this_installation() -> None:
    heads: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        heads.append(read_head(sock))
        sock.sendall(release(tag_name="v1"))

    with BareServer(serve) as server:
        find_newer(ReleaseAddress(f"{server.url}/latest", ""), CancelToken())
    (head,) = heads
    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line}
    assert head.startswith(b"GET /latest HTTP/1.1")
    assert names <= {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}


def test_the_address_comes_from_the_package_and_needs_both_parts() -> None:
    feed, page = "Release feed, https://api.example.org/latest", "Releases, https://example.org/releases"
    assert release_address(lambda: [page, feed]) == ReleaseAddress(
        "https://api.example.org/latest", "https://example.org/releases"
    )
    assert release_address(lambda: [page]) is None
    assert release_address(lambda: [feed, "Releases, file:///bin/sh"]) is None
    assert release_address(list) is None


def test_the_installed_package_is_asked() -> None:
    named = metadata.metadata("retrovue").get_all("Project-URL") or []
    assert (release_address() is None) == (not any(line.startswith("Release feed,") for line in named))
