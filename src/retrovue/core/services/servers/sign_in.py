"""Getting a token without copying one: a Plex account in the browser, Emby and Jellyfin by name or Quick Connect.

Nothing here is stored. What comes back goes to `servers.probe(…, user_id=…)`, `servers.store` or `servers.sign_in`; a
password is sent once and forgotten. All functions block, on any thread, and end within a second of a cancel.
"""

import logging
from contextlib import closing
from dataclasses import dataclass, field, replace

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, TlsError, UnreachableError, WrongServerError
from retrovue.core.domain.servers import Server, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers.probe import check_machine, normalise_url, once_up
from retrovue.core.sources.base import Connection
from retrovue.core.sources.mediabrowser.sign_in import MediaBrowserSignIn, QuickConnectCode, SignedIn
from retrovue.core.sources.plex.reach import best_address
from retrovue.core.sources.plex.sign_in import AccountAddress, AccountServer, Pin, PlexAccount
from retrovue.core.system.logging import register_secret
from retrovue.core.system.secrets import SecretPlace

log = logging.getLogger(__name__)

__all__ = [
    "AccountAddress",
    "AccountServer",
    "Pin",
    "QuickConnectCode",
    "Reached",
    "SignedIn",
    "plex_servers",
    "quick_connect_offered",
    "reach_plex",
    "renew_plex",
    "start_plex",
    "start_quick_connect",
    "wait_for_plex",
    "wait_for_quick_connect",
    "with_password",
]


@dataclass(frozen=True, slots=True)
class Reached:
    """The best way to a server of an account. `secret` is its token; `is_relay`: over Plex's own computers, slow."""

    url: str
    secret: str = field(repr=False)
    info: ServerInfo
    is_relay: bool


# --- Plex ---------------------------------------------------------------------------------------------------


def start_plex(host: AppContext, *, token: CancelToken | None = None) -> Pin:
    """Ask for a code; open `Pin.browser_url` in the browser, where a person confirms it before `Pin.expires_at`.

    Raises:
        SourceError: the account service cannot be asked.
        Cancelled: the token was cancelled.
    """
    with _account(host, token) as account:
        return account.start_pin()


def wait_for_plex(host: AppContext, pin: Pin, *, token: CancelToken | None = None, poll_s: float = 2.0) -> str:
    """Wait until the code was confirmed; gives the account's token, which is secret.

    Raises:
        AuthError: the code was not confirmed before it expired.
        SourceError: the account service refuses.
        Cancelled: the token was cancelled.
    """
    with _account(host, token) as account:
        found = account.wait(pin, poll_s=poll_s)
    register_secret(found)
    return found


def plex_servers(host: AppContext, account_token: str, *, token: CancelToken | None = None) -> list[AccountServer]:
    """The servers that the account may use, its own first; those of others have `is_owned` False and `owner`.

    Raises:
        AuthError: the account's token is worthless.
        SourceError: the account service cannot be asked.
        Cancelled: the token was cancelled.
    """
    with _account(host, token) as account:
        found = account.servers(account_token)
    for server in found:
        register_secret(server.token)
    return found


def reach_plex(host: AppContext, server: AccountServer, *, token: CancelToken | None = None) -> Reached:
    """Try all addresses of a server side by side, without its token: local before remote before relay.

    Raises:
        WrongServerError: something answers, but another machine.
        UnreachableError: nothing answers.
        Cancelled: the token was cancelled.
    """
    found = best_address(server, client_id=host.settings.client_id, cancel=token)
    info = replace(found.info, name=server.name, is_owner=server.is_owned)
    return Reached(found.address.url, server.token, info, found.address.is_relay)


def renew_plex(
    host: AppContext,
    server: Server,
    account_token: str,
    *,
    allow_file: bool = False,
    token: CancelToken | None = None,
    url: str | None = None,
) -> SecretPlace:
    """Sign in again to a stored Plex server with an account; what is stored of it goes on. Returns where the token is.

    The stored address stays; only when nothing answers there (or its certificate is not to be trusted) the account's
    addresses are tried.

    Args:
        url: the server has moved here; no other address is tried then.

    Raises:
        WrongServerError: the account does not have this machine; nothing was changed.
        SourceError: the test failed; the old token stays.
        Cancelled: the token was cancelled.
    """
    listed = plex_servers(host, account_token, token=token)
    mine = next((each for each in listed if each.machine_identifier == server.machine_identifier), None)
    if mine is None:
        names = ", ".join(each.name for each in listed)
        raise WrongServerError(
            _("This Plex account does not have the server “{server}”.").format(server=server.name),
            hint=_("Sign in with an account that can use it. This one has: {names}.").format(names=names)
            if names
            else _("Sign in with an account that can use it. This one has no servers."),
        )
    try:
        return servers.sign_in(host, server, mine.token, allow_file=allow_file, token=token, url=url)
    except (UnreachableError, TlsError):
        if url is not None:
            raise
        moved = reach_plex(host, mine, token=token)
        return servers.sign_in(host, server, mine.token, allow_file=allow_file, token=token, url=moved.url)


def _account(host: AppContext, token: CancelToken | None) -> PlexAccount:
    settings = host.settings
    return PlexAccount(settings.client_id, url=settings.account_url, cancel=token, clock=host.clock.epoch)


# --- Emby and Jellyfin --------------------------------------------------------------------------------------


def quick_connect_offered(
    host: AppContext,
    kind: ServerKind,
    url: str,
    *,
    tls_fingerprint: str | None = None,
    token: CancelToken | None = None,
) -> bool:
    """Whether a person can sign in there by confirming a code; only Jellyfin can.

    Raises:
        ConfigError: the address cannot be one.
        SourceError: the server cannot be asked.
        Cancelled: the token was cancelled.
    """
    if kind is not ServerKind.JELLYFIN:
        return False
    _info, address = _who_answers(host, kind, url, tls_fingerprint, token, None)
    with _sign_in(host, kind, address, tls_fingerprint, token) as desk:
        return desk.quick_connect_enabled()


def start_quick_connect(
    host: AppContext,
    url: str,
    *,
    tls_fingerprint: str | None = None,
    token: CancelToken | None = None,
    expected: Server | None = None,
) -> QuickConnectCode:
    """Ask a Jellyfin server for a code that a person confirms on a device that is signed in.

    Args:
        expected: the stored server that must be there.

    Raises:
        AuthError: Quick Connect is switched off there.
        WrongServerError: another product answers, or another machine than the expected one.
        SourceError: the server cannot be asked.
        Cancelled: the token was cancelled.
    """
    _info, address = _who_answers(host, ServerKind.JELLYFIN, url, tls_fingerprint, token, expected)
    with _sign_in(host, ServerKind.JELLYFIN, address, tls_fingerprint, token) as desk:
        code = desk.start_quick_connect()
    # It is part of the addresses that are asked from now on.
    register_secret(code.secret)
    return code


def wait_for_quick_connect(
    host: AppContext,
    url: str,
    code: QuickConnectCode,
    *,
    tls_fingerprint: str | None = None,
    token: CancelToken | None = None,
    poll_s: float = 2.0,
) -> SignedIn:
    """Wait until the code was confirmed.

    Raises:
        AuthError: it was not confirmed in time.
        SourceError: the server cannot be asked.
        Cancelled: the token was cancelled.
    """
    _info, address = _who_answers(host, ServerKind.JELLYFIN, url, tls_fingerprint, token, None)
    with _sign_in(host, ServerKind.JELLYFIN, address, tls_fingerprint, token) as desk:
        found = desk.wait_for_quick_connect(code, poll_s=poll_s)
    register_secret(found.token)
    return found


def with_password(
    host: AppContext,
    kind: ServerKind,
    url: str,
    user: str,
    password: str,
    *,
    tls_fingerprint: str | None = None,
    token: CancelToken | None = None,
    expected: Server | None = None,
) -> SignedIn:
    """Sign in to Emby or Jellyfin by name. The password goes only to a server that says it is of this kind.

    Args:
        expected: the stored server that must be there before the password is sent.

    Raises:
        AuthError: the name or the password is wrong.
        WrongServerError: another product or another machine answers, or the sign-in is for another machine.
        SourceError: the server cannot be asked.
        Cancelled: the token was cancelled.
    """
    if kind is ServerKind.PLEX:
        raise AuthError(
            _("Plex does not support signing in with a username and password."),
            hint=_("Sign in with your Plex account in the browser."),
        )
    info, address = _who_answers(host, kind, url, tls_fingerprint, token, expected)
    with _sign_in(host, kind, address, tls_fingerprint, token) as desk:
        found = desk.with_password(user, password)
    if found.machine_identifier is not None and found.machine_identifier != info.machine_identifier:
        raise WrongServerError(
            _("The sign-in belongs to a different server than the one at this address."),
            hint=_("Check the address and any proxy in front of the server."),
            detail=f"{info.machine_identifier} != {found.machine_identifier}",
        )
    register_secret(found.token)
    return found


def _connection(host: AppContext, url: str, tls_fingerprint: str | None) -> Connection:
    connection = host.connection(url=normalise_url(url), secret=None)
    return replace(connection, tls_fingerprint=tls_fingerprint, may_move=True)


def _sign_in(
    host: AppContext, kind: ServerKind, url: str, tls_fingerprint: str | None, token: CancelToken | None
) -> MediaBrowserSignIn:
    return MediaBrowserSignIn(kind, _connection(host, url, tls_fingerprint), cancel=token)


def _who_answers(
    host: AppContext,
    kind: ServerKind,
    url: str,
    tls_fingerprint: str | None,
    token: CancelToken | None,
    expected: Server | None,
) -> tuple[ServerInfo, str]:
    """Who is there, and at which address: what a person types is sent to where the redirects end, not to a redirect."""
    with closing(host.connect(kind, _connection(host, url, tls_fingerprint), token)) as source:
        info = once_up(source.identify, token=token, say=log.info)
        address = source.address
    if expected is not None:
        check_machine(info, expected)
    return info, address
