"""The HTTP client against servers that misbehave: each case ends by its own deadline with an error that helps."""

import gzip
import socket
import threading

import pytest
from tests.sources.conftest import answering, http_answer, read_head

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    ForbiddenError,
    MovedError,
    NotFoundError,
    PageTooLargeError,
    ProtocolError,
    ProxyError,
    RateLimitedError,
    SourceError,
    UnreachableError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http.client import HttpClient
from retrovue.core.sources.http.failures import fetch_peer
from retrovue.core.sources.plex.source import plex_headers

OK = http_answer(b'{"ok":1}')
NO_TIMEOUT = {"read_timeout_s": 3600.0, "total_timeout_s": 3600.0}
"""Only what the test does ends a read."""


def test_it_keeps_connections(bare, http):
    server = bare(answering(OK))
    client = http(server.url)
    assert [client.get("/a").body for _ in range(5)] == [b'{"ok":1}'] * 5
    assert server.hits == 1
    assert (client.traffic.requests, client.traffic.received_bytes) == (5, 40)


def test_a_kept_connection_that_the_server_closed_is_replaced_unnoticed(bare, http):
    def once(sock):
        read_head(sock)
        sock.sendall(OK)
        read_head(sock)  # the second request is read, then the connection ends without an answer

    server = bare(once)
    client = http(server.url)
    client.get("/a")
    assert client.get("/b").body == b'{"ok":1}'
    assert server.hits == 2
    assert client.traffic.retries == 1


def test_who_answers_is_asked_again_after_a_sleep_and_over_a_new_connection(bare, pauses):
    """A laptop that wakes in another network must not hand its token to whoever has the address there."""
    wall = [1_767_300_000.0]
    proofs: list[int] = []

    def twice(sock):
        for _ in range(2):
            read_head(sock)
            sock.sendall(OK)
        read_head(sock)  # the third one is read, then the connection ends without an answer

    server = bare(twice)
    connection = Connection(server.url, token="tok-of-mine-0123456789")
    client = HttpClient(connection, headers=plex_headers(connection), clock=lambda: wall[0], wait=pauses)

    def prove():
        proofs.append(server.hits)
        client.proven()

    client.guard(prove)
    client.get("/a")
    assert len(proofs) == 1
    wall[0] += 3_600
    client.get("/b")
    assert len(proofs) == 2
    client.get("/c")
    assert len(proofs) == 3
    client.close()


@pytest.mark.parametrize("certificate", [None, "self-signed"])
def test_a_stale_connection_does_not_use_up_the_other_retry(bare, http, certificate):
    answers = iter([OK, b"", OK[:-2], OK])

    def serve(sock):
        while read_head(sock) and (data := next(answers)):
            sock.sendall(data)
            if data != OK:
                return

    server = bare(serve, certificate=certificate)
    pin = fetch_peer("127.0.0.1", server.port).fingerprint if certificate else None
    client = http(server.url, tls_fingerprint=pin)
    client.get("/a")
    assert client.get("/b").body == b'{"ok":1}'
    assert client.traffic.retries == 2


def test_a_post_is_not_sent_twice(bare, http):
    server = bare(lambda sock: sock.recv(4096) and None)
    with pytest.raises(UnreachableError):
        http(server.url).post("/a", body=b"{}")
    assert server.hits <= 2  # the second connection only asks whether the port speaks TLS


@pytest.mark.parametrize(("status", "requests"), [(500, 1), (503, 4), (429, 4)])
def test_a_post_is_repeated_only_where_the_server_did_not_begin(bare, http, status, requests):
    client = http(bare(answering(http_answer(b"", status=f"{status} X"))).url)
    with pytest.raises((ProtocolError, RateLimitedError)):
        client.post("/a", body=b"")
    assert client.traffic.requests == requests


def test_a_body_shorter_than_announced_is_an_error_after_one_retry(bare, http):
    def cut(sock):
        read_head(sock)
        sock.sendall(OK[:-3])

    client = http(bare(cut).url)
    with pytest.raises(ProtocolError, match="cut off"):
        client.get("/a")
    assert client.traffic.requests == 2


def test_a_chunked_body_without_its_end_is_an_error(bare, http):
    def cut(sock):
        read_head(sock)
        sock.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"ok"')

    with pytest.raises(ProtocolError, match="cut off"):
        http(bare(cut).url).get("/a")


def test_a_server_that_answers_nothing_ends_at_the_read_time_out(bare, http):
    server = bare(lambda sock: read_head(sock) and sock.recv(1))
    with pytest.raises(UnreachableError, match=r"did not respond within 0\.2 s") as caught:
        http(server.url, read_timeout_s=0.2).get("/a")
    assert caught.value.layer == "port"
    assert caught.value.hint


def test_a_page_that_takes_too_long_asks_for_a_smaller_one(bare, http):
    server = bare(lambda sock: read_head(sock) and sock.recv(1))
    client = http(server.url, read_timeout_s=0.2)
    with pytest.raises(PageTooLargeError):
        client.get("/a", page_size=500)
    with pytest.raises(UnreachableError):
        client.get("/a", page_size=50)


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_dripping_server_ends_at_the_total_deadline(bare, http, where):
    stop = threading.Event()

    def drip(sock):
        read_head(sock)
        data = OK if where == "head" else http_answer(b"x" * 10_000)
        sent = 0 if where == "head" else data.index(b"\r\n\r\n") + 4
        sock.sendall(data[:sent])
        while not stop.wait(0.03):
            sock.sendall(data[sent : sent + 1])
            sent += 1

    try:
        with pytest.raises(UnreachableError, match=r"did not respond within 0\.6 s"):
            http(bare(drip).url, read_timeout_s=0.3, total_timeout_s=0.6).get("/a")
    finally:
        stop.set()


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("phase", ["waiting", "body"])
@pytest.mark.parametrize("by", ["token", "abort"])
def test_cancelling_ends_a_blocked_read_at_once(bare, http, phase, by, kept):
    blocked = threading.Event()

    def hang(sock):
        if kept:
            read_head(sock)
            sock.sendall(OK)
        read_head(sock)
        if phase == "body":
            sock.sendall(OK[:-3])
        blocked.set()
        sock.recv(1)

    token = CancelToken()
    client = http(bare(hang).url, cancel=token, **NO_TIMEOUT)
    caught = []

    def ask():
        try:
            if kept:
                client.get("/first")
            client.get("/a")
        except Cancelled as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert blocked.wait(30)
    token.cancel() if by == "token" else client.abort()
    thread.join(60)
    assert caught
    with pytest.raises(Cancelled):
        client.get("/a")


def test_cancelling_ends_a_hanging_tls_handshake(bare, http):
    blocked = threading.Event()

    def hang(sock):
        sock.recv(1)
        blocked.set()
        sock.recv(100_000)
        sock.recv(1)

    server = bare(hang)
    client = http(server.url.replace("http", "https"), **NO_TIMEOUT)
    ended = []

    def ask():
        with pytest.raises(Cancelled):
            client.get("/a")
        ended.append(True)

    thread = threading.Thread(target=ask)
    thread.start()
    assert blocked.wait(30)
    client.abort()
    thread.join(60)
    assert ended


def test_cancelling_ends_a_pause(bare):
    from retrovue.core.sources.base import Connection
    from retrovue.core.sources.http import HttpClient

    asked = threading.Event()
    server = bare(lambda sock: (read_head(sock), asked.set(), sock.sendall(_busy("15"))))
    token = CancelToken()
    client = HttpClient(Connection(server.url), cancel=token)
    timer = threading.Thread(target=lambda: (asked.wait(30), token.cancel()))
    timer.start()
    with pytest.raises(Cancelled):
        client.get("/a")
    timer.join()
    client.close()


def _busy(retry_after: str | None, status: str = "429 Too Many Requests") -> bytes:
    return http_answer(b"", status=status, extra=f"Retry-After: {retry_after}\r\n" if retry_after else "")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(("value", "expected_s"), [("7", 7.0), ("Thu, 01 Jan 2026 20:40:20 GMT", 20.0)])
def test_it_waits_as_long_as_the_server_asks(bare, http, pauses, status, value, expected_s):
    client = http(bare(answering(_busy(value, status), OK)).url)
    assert client.get("/a").body == b'{"ok":1}'
    assert pauses.waited_s == [expected_s]


def test_a_server_that_asks_for_too_long_a_wait_is_an_error_at_once(bare, http, pauses):
    with pytest.raises(RateLimitedError) as caught:
        http(bare(answering(_busy("900"))).url).get("/a")
    assert caught.value.retry_after_s == 900
    assert pauses.waited_s == []


def test_it_gives_up_when_the_server_asks_to_wait_again_and_again(bare, http, pauses):
    with pytest.raises(RateLimitedError):
        http(bare(answering(_busy("2"))).url).get("/a")
    assert pauses.waited_s == [2, 2, 2]


def test_server_errors_are_tried_again_with_growing_pauses(bare, http, pauses):
    broken = http_answer(b"<html>500</html>", status="500 Internal Server Error", kind="text/html")
    client = http(bare(answering(broken, broken, OK)).url)
    assert client.get("/a").body == b'{"ok":1}'
    assert pauses.waited_s == sorted(pauses.waited_s)
    assert len(pauses.waited_s) == client.traffic.retries == 2


@pytest.mark.parametrize(("status", "words"), [(500, "internal error"), (502, "proxy"), (503, "starting")])
def test_a_lasting_server_error_says_which(bare, http, pauses, status, words):
    server = bare(answering(http_answer(b"<html></html>", status=f"{status} X", kind="text/html")))
    with pytest.raises(ProtocolError, match=words) as caught:
        http(server.url).get("/a")
    assert caught.value.status == status
    assert len(pauses.waited_s) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthError), (403, ForbiddenError), (404, NotFoundError), (400, ProtocolError), (414, ProtocolError)],
)
def test_refusals_are_not_repeated(bare, http, pauses, status, kind):
    server = bare(answering(http_answer(b"<html><body>No</body></html>", status=f"{status} X", kind="text/html")))
    client = http(server.url)
    with pytest.raises(kind):
        client.get("/a")
    assert client.traffic.requests == 1
    assert pauses.waited_s == []


@pytest.mark.parametrize("status", [400, 413, 414])
def test_a_refused_page_asks_for_a_smaller_one(bare, http, status):
    server = bare(answering(http_answer(b"", status=f"{status} X")))
    with pytest.raises(PageTooLargeError, match="1000"):
        http(server.url).get("/a", page_size=1000)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=utf-8", b"<!DOCTYPE html><html><body>Sign in</body></html>"),
        ("application/json", b"\xef\xbb\xbf\n <HTML><body>Sign in</body></HTML>"),
        ("text/html", b"Please sign in"),
    ],
)
def test_a_web_page_is_a_captive_portal(bare, http, kind, body):
    with pytest.raises(ProtocolError, match="network login page") as caught:
        http(bare(answering(http_answer(body, kind=kind))).url).get("/a")
    assert "browser" in caught.value.hint


def test_data_that_is_labelled_as_html_is_data(bare, http):
    server = bare(answering(http_answer(b'{"ok":1}', kind="text/html")))
    assert http(server.url).get("/a").body == b'{"ok":1}'


def test_damaged_compression_is_an_error(bare, http):
    body = gzip.compress(b'{"ok":1}' * 100)[:40]
    server = bare(answering(http_answer(b"\x1f\x8b\x08\x00garbage" + body, extra="Content-Encoding: gzip\r\n")))
    with pytest.raises(ProtocolError, match="decompressed"):
        http(server.url).get("/a")


def test_compression_counts_what_crossed_the_wire(bare, http):
    body = gzip.compress(b'{"ok":1}' * 1000)
    client = http(bare(answering(http_answer(body, extra="Content-Encoding: gzip\r\n"))).url, gzip=True)
    assert len(client.get("/a").body) == 8000
    assert client.traffic.received_bytes == len(body)


@pytest.mark.parametrize(("forced", "expected"), [(None, b"identity"), (True, b"gzip"), (False, b"identity")])
def test_compression_is_asked_for_by_network(bare, http, forced, expected):
    heads = []

    def serve(sock):
        heads.append(read_head(sock))
        sock.sendall(OK)

    http(bare(serve).url, gzip=forced).get("/a")
    assert b"Accept-Encoding: " + expected in heads[0]


def test_an_endless_answer_is_stopped(bare, http):
    def flood(sock):
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65_536)

    client = http(bare(flood).url)
    with pytest.raises(ProtocolError, match="larger than 1 MB"):
        client.get("/a", max_bytes=1024 * 1024)
    assert client.traffic.received_bytes < 8 * 1024 * 1024


def test_a_redirect_on_the_same_host_is_followed_with_the_token(bare, http):
    heads = []

    def serve(sock):
        while head := read_head(sock):
            heads.append(head)
            moved = http_answer(b"", status="302 Found", extra="Location: /there\r\n")
            sock.sendall(OK if b"GET /there" in head else moved)

    assert http(bare(serve).url).get("/here").body == b'{"ok":1}'
    assert b"X-Plex-Token: demo-token" in heads[1]


@pytest.mark.parametrize("target", ["http://localhost:1/x", "//example.invalid/x", "https://example.invalid/x"])
def test_a_redirect_to_another_host_is_refused(bare, http, target):
    server = bare(answering(http_answer(b"", status="302 Found", extra=f"Location: {target}\r\n")))
    client = http(server.url)
    with pytest.raises(ProtocolError, match="redirects requests to"):
        client.get("/a")
    assert client.traffic.requests == 1


def test_a_redirect_to_another_port_of_the_same_host_gets_no_token_and_tells_where(bare, http):
    other = bare(answering(OK))
    moved = http_answer(b"", status="301 Moved", extra=f"Location: {other.url}/a\r\n")
    with pytest.raises(MovedError, match=f"redirects requests to http://127.0.0.1:{other.port}") as caught:
        http(bare(answering(moved)).url).get("/a")
    assert caught.value.target == f"{other.url}/a"
    assert other.hits == 0


@pytest.mark.parametrize("location", ["http://127.0.0.1:x/", "http://[::1/x", "http://", "", "http://127.0.0.1:99999/"])
def test_a_redirect_to_an_address_that_is_none(bare, http, location):
    server = bare(answering(http_answer(b"", status="302 Found", extra=f"Location: {location}\r\n")))
    with pytest.raises(ProtocolError, match="redirects to an invalid address"):
        http(server.url).get("/a")


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "500 X", "401 X"])
def test_the_endless_body_of_a_refusal_is_not_read(bare, http, status):
    def flood(sock):
        if not read_head(sock):
            return
        sock.sendall(f"HTTP/1.1 {status}\r\nLocation: /b\r\nContent-Type: text/html\r\n\r\n<html>".encode())
        while True:
            sock.sendall(b"x" * 65_536)

    client = http(bare(flood).url)
    with pytest.raises(SourceError):
        client.get("/a")
    assert client.traffic.received_bytes < client.traffic.requests * 512 * 1024


@pytest.mark.parametrize("scheme", ["Basic realm=x", "Digest realm=x", "Negotiate", "NTLM"])
def test_a_sign_in_that_no_media_server_asks_for_is_a_proxys(bare, http, scheme):
    extra = f"WWW-Authenticate: {scheme}\r\nServer: nginx/1.24.0\r\n"
    server = bare(answering(http_answer(b"", status="401 Unauthorized", extra=extra)))
    with pytest.raises(ProxyError, match="proxy in front of") as caught:
        http(server.url).get("/a")
    assert "nginx" in caught.value.hint


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_a_question_without_a_token_is_a_proxys(bare, http, status):
    server = bare(answering(http_answer(b"", status=f"{status} X", extra="Server: Caddy\r\n")))
    with pytest.raises(ProxyError) as caught:
        http(server.url).get("/a", headers={"X-Plex-Token": None})
    assert "Caddy" in caught.value.hint


def test_one_patience_for_all_questions(bare, http, pauses):
    client = http(bare(answering(http_answer(b"", status="500 X"))).url)
    for _each in range(40):
        with pytest.raises(ProtocolError):
            client.get("/a")
    assert sum(pauses.waited_s) <= 20
    before = client.traffic.requests
    with pytest.raises(ProtocolError):
        client.get("/a")
    assert client.traffic.requests == before + 1


def test_a_wait_of_a_minute_is_said_at_once(bare, http, pauses):
    with pytest.raises(RateLimitedError) as caught:
        http(bare(answering(_busy("60"))).url).get("/a")
    assert caught.value.retry_after_s == 60
    assert pauses.waited_s == []


def test_a_redirect_from_https_to_http_is_refused(bare, http):
    plain = bare(answering(OK))
    moved = http_answer(b"", status="301 Moved", extra=f"Location: {plain.url}/a\r\n")
    secure = bare(answering(moved), certificate="self-signed")
    pin = fetch_peer("127.0.0.1", secure.port).fingerprint
    with pytest.raises(ProtocolError, match="redirects requests to http://127"):
        http(secure.url, tls_fingerprint=pin).get("/a")
    assert plain.hits == 0


def test_redirects_in_a_circle_end(bare, http):
    server = bare(answering(http_answer(b"", status="301 Moved", extra="Location: /a\r\n")))
    with pytest.raises(ProtocolError, match="in a loop"):
        http(server.url).get("/a")


def test_nobody_at_the_port(http):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"refused the connection on port {port}") as caught:
        http(f"http://127.0.0.1:{port}").get("/a")
    assert caught.value.layer == "port"
    assert "running" in caught.value.hint


def test_an_unknown_name(http):
    with pytest.raises(UnreachableError, match=r"no-such-host\.invalid was not found") as caught:
        http("http://no-such-host.invalid:32400").get("/a")
    assert caught.value.layer == "address"


def test_something_else_than_a_web_server(bare, http):
    server = bare(lambda sock: sock.sendall(b"220 mail.example ESMTP ready\r\n") or sock.recv(4096))
    with pytest.raises(ProtocolError, match="not a web server"):
        http(server.url).get("/a")


def test_a_connection_that_is_reset_at_once_is_tried_once_more(bare, http):
    server = bare(lambda sock: sock.recv(4096) and None)
    client = http(server.url)
    with pytest.raises(UnreachableError, match="closed the connection"):
        client.get("/a")
    assert client.traffic.requests == 2


def test_the_token_is_in_no_address_and_no_message(bare, http):
    heads = []

    def serve(sock):
        heads.append(read_head(sock))
        sock.sendall(http_answer(b"bad token=demo-token", status="400 Bad"))

    with pytest.raises(ProtocolError) as caught:
        http(bare(serve).url).get("/a", [("X-Plex-Token", "demo-token")])
    everything = f"{caught.value} {caught.value.hint} {caught.value.detail} {caught.value!r}"
    assert "demo-token" not in everything


def test_a_base_path_is_kept(bare, http):
    heads = []

    def serve(sock):
        heads.append(read_head(sock))
        sock.sendall(OK)

    http(bare(serve).url + "/media/plex/").get("/library", [("updatedAt>>", 7), ("title=", "A & B")])
    assert heads[0].startswith(b"GET /media/plex/library?updatedAt%3E%3E=7&title%3D=A%20%26%20B HTTP/1.1")


def test_no_proxy_stands_before_loopback(bare, http, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert http(bare(answering(OK)).url).get("/a").body == b'{"ok":1}'


def test_a_proxy_of_the_environment_is_used_elsewhere(bare, http, monkeypatch):
    heads = []

    def serve(sock):
        heads.append(read_head(sock))
        sock.sendall(OK)

    monkeypatch.setenv("http_proxy", bare(serve).url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert http("http://media.example.invalid").get("/a").body == b'{"ok":1}'
    assert heads[0].startswith(b"GET http://media.example.invalid/a")


def test_several_threads_each_have_their_own_connection(bare, http):
    server = bare(answering(OK))
    client = http(server.url)
    threads = [threading.Thread(target=lambda: [client.get("/a") for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert client.traffic.requests == 80
    assert server.hits == 4


@pytest.mark.parametrize("certificate", [None, "self-signed"])
def test_closing_gives_back_the_connections(bare, http, certificate):
    left = threading.Event()

    def serve(sock):
        read_head(sock)
        sock.sendall(OK)
        if not read_head(sock):
            left.set()

    server = bare(serve, certificate=certificate)
    pin = fetch_peer("127.0.0.1", server.port).fingerprint if certificate else None
    client = http(server.url, tls_fingerprint=pin)
    client.get("/a")
    assert not left.is_set()
    client.close()
    assert left.wait(30)
