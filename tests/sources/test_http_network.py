"""Addresses: private or not, redaction, and the words for addresses that are none."""

import pytest

from retrovue.core.domain.errors import UnreachableError
from retrovue.core.sources.http.network import is_private, parse_base, redact, retry_after_s


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::1", "192.168.1.9", "10.0.0.1", "fe80::1%eth0", "fd00::7", "nas", "localhost", "nas.local",
     "nas.home.arpa", "192-168-1-9.0123456789abcdef.plex.direct"],
)  # fmt: skip
def test_private_hosts(host):
    assert is_private(host)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "2001:4860:4860::8888", "media.example.org", "8-8-8-8.0123456789abcdef.plex.direct"]
)
def test_public_hosts(host):
    assert not is_private(host)


@pytest.mark.parametrize(
    "text",
    [
        "http://h/a?X-Plex-Token=secret&b=1",
        "GET /x?api_key=secret failed",
        "https://me:secret@host/a",
        "https://h/?access_token=secret",
        "?X-Emby-Token=secret",
    ],
)
def test_secrets_are_taken_out(text):
    assert "secret" not in redact(text)


@pytest.mark.parametrize("url", ["", "nas:32400", "ftp://nas", "http://", "http://nas:99999", "http://a..b"])
def test_an_address_that_is_none(url):
    with pytest.raises(UnreachableError) as caught:
        parse_base(url)
    assert caught.value.layer == "address"
    assert "http://nas:32400" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), ("soon", None), ("12", 12.0), ("Thu, 01 Jan 2026 00:00:10 GMT", 10.0),
     ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after(value, expected):
    assert retry_after_s(value, 1_767_225_600.0) == expected


def test_the_quoted_token_of_a_header_is_hidden():
    shown = redact('MediaBrowser Client="RetroVue", Token="secret-token"')
    assert "secret" not in shown
    assert 'Client="RetroVue"' in shown
