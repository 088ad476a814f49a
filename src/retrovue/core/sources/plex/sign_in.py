"""Sign-in with a Plex account: a code confirmed in the browser, then the servers of the account."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import msgspec

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    UnreachableError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection
from retrovue.core.sources.claims import address_of, identity_of, secret_of, shown_name
from retrovue.core.sources.documents import any_json, malformed, number_of, text_of
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.http.network import is_private
from retrovue.core.sources.plex.source import plex_headers

ACCOUNT_URL = "https://plex.tv"
_BROWSER_URL = "https://app.plex.tv/auth"
_LIFETIME_S = 900.0
_MAX_LIFETIME_S = 3_600.0
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_MAX_ADDRESSES = 32


@dataclass(frozen=True, slots=True)
class Pin:
    """A code to confirm at `browser_url`. `expires_at` is in epoch seconds."""

    id: int
    code: str
    browser_url: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """One address of a server. `is_relay`: through Plex Relay, which is slow."""

    url: str
    is_local: bool = False
    is_relay: bool = False


@dataclass(frozen=True, slots=True)
class AccountServer:
    """A server of the account. `token` is secret and only for this server. A shared server is not `is_owned`."""

    name: str
    machine_identifier: str
    token: str = field(repr=False)
    is_owned: bool = True
    owner: str | None = None
    version: str | None = None
    platform: str | None = None
    is_online: bool = True
    addresses: tuple[AccountAddress, ...] = ()


class PlexAccount:
    """A client of the account service. Thread: one at a time; `cancel` can be set from any.

    Args:
        client_id: the permanent id of this installation; the code and the token belong to it.
        url: the account service, which can be changed in the settings.
        clock: epoch seconds.
    """

    def __init__(
        self,
        client_id: str,
        *,
        url: str = ACCOUNT_URL,
        cancel: CancelToken | None = None,
        client: HttpClient | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        connection = Connection(url.rstrip("/"), client_id=client_id)
        self._client_id = client_id
        self._cancel = cancel or CancelToken()
        self._clock = clock
        self._browser_url = _BROWSER_URL if connection.url == ACCOUNT_URL else f"{connection.url}/auth"
        self._http = client or HttpClient(connection, cancel=self._cancel, headers=plex_headers(connection))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back all connections."""
        self._http.close()

    def _reach(self, ask: Callable[[], Answer]) -> Answer:
        """Ask, and say what to do about a service whose address nobody has typed."""
        try:
            return ask()
        except UnreachableError as error:
            hint = _("Check the internet connection of this computer, then try again.")
            raise UnreachableError(error.text, hint=hint, detail=error.detail, layer=error.layer) from error

    def start_pin(self) -> Pin:
        """Request a code that can be confirmed in the browser.

        Raises:
            SourceError: the account service cannot be reached.
        """
        found = _object(self._reach(lambda: self._http.post("/api/v2/pins", [("strong", "true")], body=b"")).body)
        number, code = number_of(found.get("id")), identity_of(found.get("code"))
        if number is None or number < 0 or code is None:
            raise malformed("no id or code")
        lifetime_s = number_of(found.get("expiresIn")) or _LIFETIME_S
        lifetime_s = min(lifetime_s, _MAX_LIFETIME_S) if lifetime_s > 0 else _LIFETIME_S
        values = {"clientID": self._client_id, "code": code, "context[device][product]": "RetroVue"}
        fragment = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in values.items())
        return Pin(number, code, f"{self._browser_url}#?{fragment}", self._clock() + lifetime_s)

    def poll(self, pin: Pin) -> str | None:
        """Return the account's token once the code is confirmed, None before. Call it at most once per second.

        Raises:
            AuthError: the code has expired.
            SourceError: the account service cannot be reached.
        """
        try:
            found = _object(
                self._reach(lambda: self._http.get(f"/api/v2/pins/{pin.id}", max_bytes=_MAX_ANSWER_BYTES)).body
            )
        except NotFoundError as error:
            raise _expired(error.detail) from error
        given = found.get("authToken")
        token = secret_of(given)
        if token is None and given not in (None, ""):
            # A value that does not fit a header is not a token, and waiting would not help.
            raise malformed("a token of odd characters")
        return token

    def wait(self, pin: Pin, *, poll_s: float = 2.0) -> str:
        """Wait until the code is confirmed and return the account's token. Short outages are ignored.

        Raises:
            AuthError: the code was not confirmed before it expired.
            Cancelled: the token was canceled.
        """
        deadline = monotonic() + max(0.0, pin.expires_at - self._clock())
        while True:
            try:
                token = self.poll(pin)
            except (UnreachableError, RateLimitedError):
                token = None
            except ProtocolError as error:
                if error.status is None or error.status < 500:
                    raise
                token = None
            if token is not None:
                return token
            if self._cancel.wait(poll_s):
                raise Cancelled
            if monotonic() >= deadline:
                raise _expired("not confirmed in time")

    def name(self, token: str) -> str | None:
        """Return the account's name. Only `AuthError` means that the token is invalid; other errors are outages."""
        found = _object(
            self._http.get("/api/v2/user", headers={"X-Plex-Token": token}, max_bytes=_MAX_ANSWER_BYTES).body
        )
        told = (shown_name(found.get(name), "") for name in ("username", "title", "email"))
        return next((name for name in told if name), None)

    def servers(self, token: str) -> list[AccountServer]:
        """Return the servers that the account can use, its own first. Unreadable entries are left out.

        Raises:
            AuthError: the account's token is invalid.
            SourceError: the account service cannot be reached.
        """
        params = [("includeHttps", 1), ("includeRelay", 1), ("includeIPv6", 1)]
        answer = self._http.get(
            "/api/v2/resources", params, headers={"X-Plex-Token": token}, max_bytes=_MAX_ANSWER_BYTES
        )
        try:
            entries = any_json(answer.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise malformed(str(error)) from error
        if not isinstance(entries, list):
            raise malformed("resources that are no list")
        found = [_server(entry) for entry in entries if isinstance(entry, dict)]
        servers = [server for server in found if server is not None]
        return sorted(servers, key=lambda server: (not server.is_owned, server.name.casefold()))


def _expired(detail: str) -> AuthError:
    return AuthError(_("The code has expired."), hint=_("Start the sign-in again."), detail=detail)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = any_json(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(str(error)) from error
    if not isinstance(found, dict):
        raise malformed("no object")
    return found


def _server(entry: dict[str, Any]) -> AccountServer | None:
    provides = str(entry.get("provides", "")).split(",")
    machine, token = identity_of(entry.get("clientIdentifier")), secret_of(entry.get("accessToken"))
    if "server" not in provides or machine is None or token is None:
        return None
    owned = entry.get("owned") in (True, 1, "1")
    return AccountServer(
        name=shown_name(entry.get("name"), machine),
        machine_identifier=machine,
        token=token,
        is_owned=owned,
        owner=None if owned else shown_name(entry.get("sourceTitle"), "") or None,
        version=shown_name(entry.get("productVersion"), "") or None,
        platform=shown_name(entry.get("platform"), "") or None,
        is_online=entry.get("presence") is not False,
        addresses=_addresses(entry, owned=owned),
    )


def _addresses(entry: dict[str, Any], *, owned: bool) -> tuple[AccountAddress, ...]:
    """Return the addresses of a server, best first: local, remote, relay; encrypted before plain.

    Some routers block look-ups of names like 192-168-1-5.….plex.direct (DNS rebinding protection). For a local address
    the plain one follows, if the server allows it. The token is never sent unencrypted over the internet.
    """
    shared_nearby = entry.get("publicAddressMatches") is True
    plain_ok = entry.get("httpsRequired") is False
    ranked: list[tuple[int, AccountAddress]] = []
    connections = entry.get("connections")
    for each in connections[:_MAX_ADDRESSES] if isinstance(connections, list) else ():
        uri = address_of(each.get("uri")) if isinstance(each, dict) else None
        if uri is None:
            continue
        local, relay = each.get("local") is True, each.get("relay") is True
        if local and not owned and not shared_nearby:
            # The private address of a server in another network reaches an unknown machine here, or none.
            continue
        if uri.startswith("https:") or _is_near(uri):
            rank = 4 if relay else 0 if local else 2
            ranked.append((rank, AccountAddress(uri, local, relay)))
        if local and not relay and plain_ok and uri.startswith("https:"):
            plain = _plain_address(each)
            if plain is not None:
                ranked.append((1, AccountAddress(plain, is_local=True)))
    ranked.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(address for _rank, address in ranked))


def _plain_address(each: dict[str, Any]) -> str | None:
    """Return the unencrypted form of a local address, or None if it would leave this network."""
    host, port = text_of(each.get("address")), number_of(each.get("port"))
    if host is None or port is None:
        return None
    found = address_of(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    return found if found is not None and _is_near(found) else None


def _is_near(url: str) -> bool:
    """Return whether an address itself is private, whatever the account service reports."""
    return is_private(urlsplit(url).hostname or "")
