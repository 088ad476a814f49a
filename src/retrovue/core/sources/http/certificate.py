"""The unverified certificate of a server: fingerprint, owner, issuer and last day.

The `ssl` module parses only certificates that it trusts, and these are shown before that. So the few fields that the
user needs are parsed from the DER bytes here.
"""

import hashlib
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from retrovue.core.domain.servers import Certificate
from retrovue.core.sources.claims import shown_name
from retrovue.core.sources.http.wire import blind_trust

_TIMEOUT_S = 1.0
_UTC_TIME = 0x17
_VERSION = 0xA0
_BMP_STRING = 0x1E
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"


class _Element(NamedTuple):
    tag: int
    content: bytes


def fetch_peer(host: str, port: int, timeout_s: float = _TIMEOUT_S) -> Certificate | None:
    """Return the unverified certificate of a server; None without TLS or without a response."""
    try:
        with (
            socket.create_connection((host, port), timeout=timeout_s) as plain,
            blind_trust().wrap_socket(plain, server_hostname=host) as sock,
        ):
            der = sock.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None
    return None if der is None else read_certificate(der)


def read_certificate(der: bytes) -> Certificate:
    """Parse the fields of a certificate that the user needs. Unreadable ones are None."""
    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        outer = next(_elements(der))
        fields = list(_elements(next(_elements(outer.content)).content))
        if fields[0].tag == _VERSION:
            fields = fields[1:]
        _serial, _algorithm, issuer, validity, subject = fields[:5]
        begins, ends = list(_elements(validity.content))[:2]
        return Certificate(fingerprint, _name(subject.content), _name(issuer.content), _day(begins), _day(ends))
    except (ValueError, IndexError, StopIteration):
        return Certificate(fingerprint)


def _elements(data: bytes) -> Iterator[_Element]:
    """Yield the DER elements.

    Raises:
        ValueError, IndexError: they are cut off.
    """
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length >= 0x80:
            count = length - 0x80
            length = int.from_bytes(data[position : position + count], "big")
            position += count
        if position + length > len(data):
            raise ValueError("cut off")
        yield _Element(tag, data[position : position + length])
        position += length


def _name(content: bytes) -> str | None:
    """Return the common name of a distinguished name, else its organization."""
    found: dict[bytes, str] = {}
    for group in _elements(content):
        for pair in _elements(group.content):
            oid, value = list(_elements(pair.content))[:2]
            codec = "utf-16-be" if value.tag == _BMP_STRING else "utf-8"
            found.setdefault(oid.content, shown_name(value.content.decode(codec, "replace"), ""))
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION) or None


def _day(element: _Element) -> date | None:
    """Return the day of a time. Two-digit years mean 1950 to 2049."""
    text = element.content.decode("ascii", "replace")
    if element.tag == _UTC_TIME:
        text = ("20" if text < "50" else "19") + text
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).date()
    except ValueError:
        return None
