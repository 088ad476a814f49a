"""Trusting one certificate of one server by its fingerprint. There is no switch that trusts everything.

A pin adds to the system's trust: a server that gets a proper certificate later stays reachable. It counts for HTTP and
for the websocket alike, since both read it from the stored server. A certificate that is neither the pinned one nor
trusted by the system stops everything (state "certificate"), with both fingerprints said, until a person decides again.
"""

import contextlib
import re
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, TlsError
from retrovue.core.domain.servers import Certificate, Server, ServerState, readable_fingerprint
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, written_date
from retrovue.core.services.servers.probe import check_machine, normalise_url
from retrovue.core.sources.http.certificate import fetch_peer
from retrovue.core.sources.http.failures import port_of

_LOOK_TIMEOUT_S = 5.0
_PREFIX = re.compile(r"(?i)^sha-?256(?:[ _]fingerprint)?\s*[:=]?\s*")


def fingerprint_of(text: str) -> str:
    """A fingerprint as it is stored: 64 lower-case hex digits, from any of the forms in which programs show it.

    Raises:
        ConfigError: it is none.
    """
    plain = re.sub(r"[\s:-]", "", _PREFIX.sub("", text.strip())).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise ConfigError(
            _("This is not a SHA-256 fingerprint."),
            hint=_("It has 64 digits (0 to 9, A to F), with or without colons between pairs."),
        )
    return plain


def look_at(url: str) -> Certificate:
    """The certificate that an address shows, verified by nobody.

    Raises:
        ConfigError: the address cannot be one, or nothing is encrypted there.
        TlsError: no certificate is shown.
    """
    parts = urlsplit(normalise_url(url))
    if parts.scheme != "https":
        raise ConfigError(
            _("The connection to {url} is not encrypted, so there is no certificate to trust.").format(url=url),
            hint=_("Use an address that starts with https://."),
        )
    found = fetch_peer(parts.hostname or "", port_of(parts), _LOOK_TIMEOUT_S)
    if found is None:
        raise TlsError(
            _("{host} shows no certificate on port {port}.").format(host=parts.hostname, port=port_of(parts)),
            hint=_("Check that the server is running and that the address is right."),
        )
    return found


def secure_address(host: AppContext, server: Server, *, token: CancelToken | None = None) -> str:
    """Where the certificate of a server is shown: its address, or the https one that a redirect of it leads to.

    Raises:
        SourceError: the server cannot be asked for another reason than its certificate.
        Cancelled: the token was cancelled.
    """
    if urlsplit(server.url).scheme == "https":
        return server.url
    connection = replace(host.connection(url=server.url, secret=None, server=server), may_move=True)
    with closing(host.connect(server.kind, connection, token)) as source:
        with contextlib.suppress(TlsError):
            # What is wrong with the certificate is looked at next; here only the way to it counts.
            source.identify()
        return source.address


def is_trusted(host: AppContext, server: Server, *, token: CancelToken | None = None) -> TlsError | None:
    """Whether the server's certificate is accepted as of now: None, or what is wrong with it. Asks without a token.

    Raises:
        SourceError: the server cannot be asked for another reason.
        Cancelled: the token was cancelled.
    """
    connection = replace(host.connection(url=server.url, secret=None, server=server), may_move=True)
    try:
        with closing(host.connect(server.kind, connection, token)) as source:
            check_machine(source.identify(), server)
    except TlsError as error:
        return error
    return None


def trust(host: AppContext, server: Server, fingerprint: str, *, token: CancelToken | None = None) -> Server:
    """Trust one certificate for one server, in place of the one that was trusted before.

    It must be the one that the server shows now, and the same machine must stand behind it. No token is sent.

    Raises:
        ConfigError: the fingerprint is none, or nothing is encrypted.
        TlsError: the server shows another certificate; nothing was changed.
        WrongServerError: another machine answers; nothing was changed.
        SourceError: the server cannot be asked.
        Cancelled: the token was cancelled.
    """
    pin = fingerprint_of(fingerprint)
    url = secure_address(host, server, token=token)
    shown = look_at(url)
    if shown.fingerprint != pin:
        raise TlsError(
            _("“{server}” shows a different certificate. Given: {old}. Shown now: {new}.").format(
                server=server.name, old=readable_fingerprint(pin), new=shown.readable
            ),
            hint=_("Compare it with the fingerprint shown on the server itself, then trust that one."),
            certificate=shown,
            trusted=pin,
        )
    connection = replace(host.connection(url=url, secret=None, server=server), tls_fingerprint=pin)
    with closing(host.connect(server.kind, connection, token)) as source:
        check_machine(source.identify(), server)
    host.servers.change(server.id, url=url, tls_fingerprint=pin)
    host.servers.set_state(server.id, ServerState.UNKNOWN, detail=None, now=host.clock.epoch())
    return replace(server, url=url, tls_fingerprint=pin, state=ServerState.UNKNOWN, state_detail=None)


def forget(host: AppContext, server: Server) -> Server:
    """Trust no certificate of a server but what the system trusts."""
    host.servers.change(server.id, tls_fingerprint=None)
    return replace(server, tls_fingerprint=None)


def put_back(host: AppContext, server: Server) -> None:
    """Trust the certificate again that `server` trusted before `forget`."""
    host.servers.change(server.id, tls_fingerprint=server.tls_fingerprint)


def described(certificate: Certificate) -> str:
    """A sentence for a person who decides: whose it is, who signed it, until when, and its fingerprint."""
    unknown = _("unknown")
    text = _("Certificate of {subject}, signed by {issuer}, valid until {date}. SHA-256: {fingerprint}")
    return text.format(
        subject=certificate.subject or unknown,
        issuer=certificate.issuer or unknown,
        date=unknown if certificate.valid_until is None else written_date(certificate.valid_until),
        fingerprint=certificate.readable,
    )
