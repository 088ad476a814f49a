"""What strangers claim is made fit before it is used; certificates are read whatever they hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import CERTIFICATES
from tests.texts import TEXT

from retrovue.core.domain.servers import readable_fingerprint
from retrovue.core.sources.claims import address_of, identity_of, secret_of, shown_name
from retrovue.core.sources.http.certificate import fetch_peer, read_certificate


@given(TEXT)
def test_names_are_printable_and_short(text: str) -> None:
    shown = shown_name(text, "nobody")
    assert shown.isprintable()
    assert 0 < len(shown) <= 100


@given(st.one_of(TEXT, st.integers(), st.none(), st.booleans(), st.lists(TEXT)))
def test_identities_fit_an_address(value: object) -> None:
    found = identity_of(value)
    assert found is None or (found.isascii() and 0 < len(found) <= 64 and not set(found) & set("/.?#%& \r\n"))


@given(st.one_of(TEXT, st.integers(), st.none(), st.dictionaries(TEXT, TEXT)))
def test_secrets_fit_a_header(value: object) -> None:
    found = secret_of(value)
    assert found is None or (found == value and all("!" <= character <= "~" for character in found))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("http://192.168.1.5:8096/", "http://192.168.1.5:8096"),
        ("https://media.example.org/jellyfin/", "https://media.example.org/jellyfin"),
        ("http://[fd00::1]:8096", "http://[fd00::1]:8096"),
        ("javascript:alert(1)", None), ("file:///etc/passwd", None), ("//host", None), ("host:80", None),
        ("http://user@host", None), ("http://host:99999", None), ("http://host/?x", None), ("http://host/#x", None),
        ("http://ho st", None), ("http://host\\@other", None), ("http://host\n.other", None), ("http://[", None),
        ("", None), (None, None), (7, None), ("http://" + "h" * 600, None),
    ],
)  # fmt: skip
def test_addresses_lead_to_a_server(value: object, wanted: str | None) -> None:
    assert address_of(value) == wanted


def test_a_certificate_tells_whose_it_is(bare) -> None:
    shown = {}
    for name in ("good", "expired", "other-name", "self-signed"):
        server = bare(lambda sock: None, certificate=name)
        shown[name] = fetch_peer("127.0.0.1", server.port)
    assert shown["expired"].valid_until == date(2021, 1, 1)
    assert shown["expired"].expires_on == "2021-01-01"
    assert shown["good"].issuer != shown["good"].subject
    assert shown["self-signed"].issuer == shown["self-signed"].subject
    assert len({each.fingerprint for each in shown.values()}) == 4
    assert shown["good"].readable == readable_fingerprint(shown["good"].fingerprint)
    assert len(shown["good"].readable) == 95


@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_still_have_a_fingerprint(data: bytes) -> None:
    assert len(read_certificate(data).fingerprint) == 64


@given(st.integers(0, 3_000), st.integers(0, 255))
def test_a_damaged_certificate_is_read_as_far_as_it_goes(position: int, value: int) -> None:
    import ssl

    der = bytearray(ssl.PEM_cert_to_DER_cert(_pem()))
    der[position % len(der)] = value
    found = read_certificate(bytes(der))
    assert all(name is None or name.isprintable() for name in (found.subject, found.issuer))


def _pem() -> str:
    text = (CERTIFICATES / "self-signed.pem").read_text()
    begin = text.index("-----BEGIN CERTIFICATE-----")
    return text[begin : text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")]
