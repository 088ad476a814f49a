"""Translation of library exceptions into errors with remedies."""

import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import SplitResult

from urllib3 import exceptions as u3

from retrovue.core.domain.errors import ProtocolError, SourceError, TlsError, UnreachableError
from retrovue.core.domain.servers import Certificate, readable_fingerprint
from retrovue.core.i18n import _, written_date
from retrovue.core.sources.http import remedies
from retrovue.core.sources.http.certificate import fetch_peer
from retrovue.core.sources.http.network import redact

_EXPIRED = 10
_WRONG_NAME = (62, 63, 64)


class Failure(NamedTuple):
    """An error, and whether the same GET can be repeated immediately."""

    error: SourceError
    broken: bool = False


def port_of(parts: SplitResult) -> int:
    """Return the port of an address."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return the error and all errors in its arguments, reasons and causes, each once."""
    seen: set[int] = set()
    stack: list[object] = [error]
    while stack:
        item = stack.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        stack += [getattr(item, "reason", None), *item.args, item.__cause__, item.__context__]


class Asked(NamedTuple):
    """The facts of a failed request that distinguish the possible reasons.

    Attributes:
        timeout_s: the read time-out.
        pinned: only one certificate was accepted.
        pin: the fingerprint of the trusted certificate, also after the system's trust was tried as a fallback.
        program: see `Connection`.
        proxied: a proxy was used, so the server's certificate cannot be fetched for comparison.
        first: this address has never responded, so it may use another protocol.
    """

    parts: SplitResult
    timeout_s: float
    pinned: bool = False
    proxied: bool = False
    first: bool = True
    pin: str | None = None
    program: str = ""


def translate(error: Exception, asked: Asked) -> Failure:
    """Translate a library exception into a `SourceError`."""
    parts, timeout_s = asked.parts, asked.timeout_s
    chain = list(_chain(error))
    detail = redact(f"{type(error).__name__}: {error}")
    host, port = parts.hostname or "", port_of(parts)
    failure = _tls(chain, asked, detail) or _connecting(chain, host, port, detail, asked.program)
    if failure is not None:
        return failure
    if any(isinstance(e, u3.ReadTimeoutError | TimeoutError) for e in chain):
        return Failure(silent(host, timeout_s, detail))
    if any(isinstance(e, u3.DecodeError) for e in chain):
        return Failure(
            ProtocolError(
                _("The response from {host} is damaged and cannot be decompressed.").format(host=host),
                hint=_("Check the proxy in front of the server, if there is one."),
                detail=detail,
            )
        )
    if any(isinstance(e, http.client.IncompleteRead) for e in chain):
        return Failure(truncated(host, detail), broken=True)
    return _broken(chain, asked, detail)


def silent(host: str, timeout_s: float, detail: str) -> UnreachableError:
    """Return the error for a server that accepted a request but did not respond in time."""
    return UnreachableError(
        _("{host} accepted the request but did not respond within {seconds} s.").format(
            host=host, seconds=f"{timeout_s:g}"
        ),
        hint=_("Try again when the server is less busy."),
        detail=detail,
    )


def truncated(host: str, detail: str) -> ProtocolError:
    """Return the error for a response that is shorter than announced."""
    return ProtocolError(
        _("The response from {host} was cut off.").format(host=host),
        hint=_("Try again. If it keeps happening, check the network and any proxy in front of the server."),
        detail=detail,
    )


def _connecting(chain: list[BaseException], host: str, port: int, detail: str, program: str) -> Failure | None:
    refused = any(isinstance(item, ConnectionRefusedError) for item in chain)
    for item in chain:
        match item:
            case u3.NameResolutionError() | socket.gaierror():
                text = _("{host} was not found.").format(host=host)
                hint = _("Check the name, or enter its IP address.")
                return Failure(UnreachableError(text, hint=hint, detail=detail, layer="address"))
            case u3.ProxyError() | u3.ProxySchemeUnknown() | u3.ProxySchemeUnsupported():
                text = _("The proxy on the way to {host} is not working.").format(host=host)
                hint = _("Check the proxy settings of this computer.")
                return Failure(UnreachableError(text, hint=hint, detail=detail))
            case u3.LocationValueError():
                text = _("The address of {host} cannot be used.").format(host=host)
                hint = _("Enter it like http://nas:32400 or https://media.example.org.")
                return Failure(UnreachableError(text, hint=hint, detail=detail, layer="address"))
            case u3.NewConnectionError() | ConnectionRefusedError() if refused:
                # Check this before the time-outs: in urllib3 every failed connection is a subclass of them.
                text = _("{host} refused the connection on port {port}.").format(host=host, port=port)
                hint = remedies.check_port(program)
                return Failure(UnreachableError(text, hint=hint, detail=detail))
            case u3.NewConnectionError():
                text = _("{host} cannot be reached from this computer.").format(host=host)
                hint = _("Check the network connection, or the VPN if the server is behind one.")
                return Failure(UnreachableError(text, hint=hint, detail=detail))
            case u3.ConnectTimeoutError():
                text = _("{host} did not respond on port {port}.").format(host=host, port=port)
                hint = _("Check that the computer is on, then check the address and the firewall.")
                return Failure(UnreachableError(text, hint=hint, detail=detail))
    return None


def _tls(chain: list[BaseException], asked: Asked, detail: str) -> Failure | None:
    failed = [e for e in chain if isinstance(e, ssl.SSLError | u3.SSLError)]
    if not failed or any(isinstance(e, ssl.SSLEOFError | ssl.SSLZeroReturnError) for e in failed):
        return None
    host, port = asked.parts.hostname or "", port_of(asked.parts)
    text_of_all = " ".join(str(e) for e in failed)
    if re.search(r"(?i)wrong.version.number|http.request|record.layer.failure|packet length", text_of_all):
        text = _("{host} uses plain HTTP on port {port}.").format(host=host, port=port)
        hint = _("If this is your own network, start the address with http://.")
        return Failure(TlsError(text, hint=hint, detail=detail))
    peer = None if asked.proxied else fetch_peer(host, port)
    verify = next((e for e in failed if isinstance(e, ssl.SSLCertVerificationError)), None)
    if verify is None and "ingerprint" not in text_of_all:
        text = _("The secure connection to {host} failed.").format(host=host)
        hint = _("Update the server or the proxy in front of it: it may support only outdated TLS.")
        return Failure(TlsError(text, hint=hint, detail=detail))
    if asked.pin is not None and peer is not None and peer.fingerprint != asked.pin:
        return Failure(_changed(host, peer, asked.pin, detail))
    text, hint = _certificate_words(verify, host, peer, pinned=asked.pinned)
    return Failure(TlsError(text, hint=hint, detail=detail, certificate=peer))


def _changed(host: str, peer: Certificate, pin: str, detail: str) -> TlsError:
    """Return the error for a different certificate than the trusted one, with both fingerprints."""
    text = _("{host} shows a different certificate than the one you trust. Trusted: {old}. Shown now: {new}.")
    return TlsError(
        text.format(host=host, old=readable_fingerprint(pin), new=peer.readable),
        hint=_("Make sure that it is your server, then trust the new certificate."),
        detail=detail,
        certificate=peer,
        trusted=pin,
    )


def _certificate_words(
    verify: ssl.SSLCertVerificationError | None, host: str, peer: Certificate | None, *, pinned: bool
) -> tuple[str, str]:
    """Return what is wrong with a certificate: by OpenSSL's codes, or by text where the system verifies."""
    if pinned or verify is None:
        return (
            _("{host} shows a different certificate than the one you trust.").format(host=host),
            _("Make sure that it is your server, then trust the new certificate."),
        )
    code, words = getattr(verify, "verify_code", 0), str(verify).lower()
    if code == _EXPIRED or "expired" in words:
        if peer is not None and peer.valid_until is not None:
            day = written_date(peer.valid_until)
            text = _("The certificate of {host} expired on {date}.").format(host=host, date=day)
        else:
            text = _("The certificate of {host} has expired.").format(host=host)
        return text, _("Renew it, or trust exactly this one.")
    if code in _WRONG_NAME or "hostname" in words or "mismatch" in words or "not valid for" in words:
        return (
            _("The certificate was issued for a different name than {host}.").format(host=host),
            _("Use the name in the certificate, or trust exactly this one."),
        )
    return (
        _("The certificate of {host} is not signed by anyone this computer trusts.").format(host=host),
        _("If it is your server, trust exactly this certificate."),
    )


def _broken(chain: list[BaseException], asked: Asked, detail: str) -> Failure:
    """Return the error for a connection that ended early, or for a response that is not HTTP."""
    host, port = asked.parts.hostname or "", port_of(asked.parts)
    may_be_tls = asked.first and asked.parts.scheme == "http" and not asked.proxied
    if may_be_tls and fetch_peer(host, port) is not None:
        text = _("{host} expects HTTPS on port {port}.").format(host=host, port=port)
        hint = _("Start the address with https://.")
        return Failure(TlsError(text, hint=hint, detail=detail))
    if any("BadStatusLine" in repr(e) or "UnknownProtocol" in repr(e) for e in chain):
        text = _("Port {port} of {host} is not a web server.").format(host=host, port=port)
        hint = remedies.check_kind_of_port(asked.program)
        return Failure(ProtocolError(text, hint=hint, detail=detail))
    text = _("{host} closed the connection.").format(host=host)
    hint = remedies.restart(asked.program)
    return Failure(UnreachableError(text, hint=hint, detail=detail), broken=True)
