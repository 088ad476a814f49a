"""Certificates: what is wrong with one is said, with the fingerprint to trust; a pin accepts exactly one."""

import sys

import pytest
from tests.sources.conftest import CERTIFICATES, answering, http_answer

from retrovue.core.domain.errors import TlsError
from retrovue.core.sources.http.failures import fetch_peer

OK = http_answer(b'{"ok":1}')

trusts_by_file = pytest.mark.skipif(sys.platform != "linux", reason="the system's trust is no file here")


@pytest.fixture
def authority(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))


@trusts_by_file
def test_a_trusted_certificate(bare, http, authority):
    server = bare(answering(OK), certificate="good")
    client = http(server.url)
    assert [client.get("/a").body for _ in range(3)] == [b'{"ok":1}'] * 3
    assert server.hits == 1


@trusts_by_file
@pytest.mark.parametrize(
    ("certificate", "words", "remedy"),
    [("expired", "expired on 1 January 2021", "Renew"), ("other-name", "a different name", "trust exactly this one")],
)
def test_what_is_wrong_with_a_certificate(bare, http, authority, certificate, words, remedy):
    server = bare(answering(OK), certificate=certificate)
    with pytest.raises(TlsError, match=words) as caught:
        http(server.url).get("/a")
    assert remedy in caught.value.hint
    assert caught.value.fingerprint == fetch_peer("127.0.0.1", server.port).fingerprint


def test_a_self_signed_certificate_is_refused_with_its_fingerprint(bare, http):
    server = bare(answering(OK), certificate="self-signed")
    with pytest.raises(TlsError, match="not signed by anyone this computer trusts") as caught:
        http(server.url).get("/a")
    assert len(caught.value.fingerprint) == 64


@pytest.mark.parametrize("certificate", ["self-signed", "expired", "other-name"])
def test_a_pin_accepts_exactly_that_certificate(bare, http, certificate):
    server = bare(answering(OK), certificate=certificate)
    pin = fetch_peer("127.0.0.1", server.port).fingerprint
    assert http(server.url, tls_fingerprint=pin).get("/a").body == b'{"ok":1}'


def test_a_pin_does_not_accept_another_certificate(bare, http):
    pin = fetch_peer("127.0.0.1", bare(answering(OK), certificate="other-name").port).fingerprint
    server = bare(answering(OK), certificate="self-signed")
    with pytest.raises(TlsError) as caught:
        http(server.url, tls_fingerprint=pin).get("/a")
    assert caught.value.fingerprint == fetch_peer("127.0.0.1", server.port).fingerprint


@trusts_by_file
def test_a_pinned_server_that_got_a_proper_certificate_stays_reachable(bare, http, authority):
    pin = fetch_peer("127.0.0.1", bare(answering(OK), certificate="self-signed").port).fingerprint
    server = bare(answering(OK), certificate="good")
    assert http(server.url, tls_fingerprint=pin).get("/a").body == b'{"ok":1}'


def test_https_asked_of_a_port_that_speaks_http(bare, http):
    def plain(sock):
        sock.recv(4096)
        sock.sendall(http_answer(b"bad", status="400 Bad Request"))

    server = bare(plain)
    with pytest.raises(TlsError, match="uses plain HTTP") as caught:
        http(server.url.replace("http://", "https://")).get("/a")
    assert "http://" in caught.value.hint


def test_http_asked_of_a_port_that_speaks_https(bare, http):
    server = bare(answering(OK), certificate="self-signed")
    with pytest.raises(TlsError, match="expects HTTPS") as caught:
        http(server.url.replace("https://", "http://")).get("/a")
    assert "https://" in caught.value.hint
