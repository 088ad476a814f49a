"""Adding, testing, editing and removing servers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import (
    AuthError,
    ConfigError,
    ForbiddenError,
    NotFoundError,
    SecretError,
    SourceError,
    StartingError,
    TlsError,
)
from retrovue.core.domain.servers import Library, RemoteLibrary, Server, ServerInfo, ServerKind, ServerState
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.servers.identity import refuse_twin
from retrovue.core.services.servers.probe import STARTING_PAUSE_S, Verdict, normalise_url, once_up, run_probe
from retrovue.core.services.servers.rights import Limit as Limit
from retrovue.core.services.servers.rights import limits as limits
from retrovue.core.sources.machines import is_right
from retrovue.core.system import deeds
from retrovue.core.system.secrets import SecretPlace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AddedServer:
    """A stored server. `place` is where its token is; `known_before`: its catalog was still there."""

    server: Server
    place: SecretPlace
    libraries: tuple[Library, ...]
    known_before: bool = False


@dataclass(frozen=True, slots=True)
class RemovedServer:
    """A server that is gone, with what went out of sight with it. `secret_problem`: its token could not be deleted."""

    name: str
    libraries: int
    items: int
    secret_problem: str | None = None


@dataclass(frozen=True, slots=True)
class ServerChange:
    """What is changed of a server; None leaves it."""

    name: str | None = None
    url: str | None = None
    secret: str | None = None
    is_active: bool | None = None
    follow_live: bool | None = None
    tls_fingerprint: str | None = None
    user_id: str | None = None
    """The account that `secret` belongs to, where a sign-in told it."""


def probe(
    host: AppContext,
    kind: ServerKind,
    url: str,
    secret: str,
    *,
    token: CancelToken | None = None,
    tls_fingerprint: str | None = None,
    user_id: str | None = None,
    say: Callable[[str], None] = log.info,
    pause_s: float = STARTING_PAUSE_S,
) -> Verdict:
    """Test an address and token before anything is stored; `Verdict.url` is the address to store.

    A server that is starting is asked again and again, for two minutes at most.

    Args:
        tls_fingerprint: trust this one certificate besides the system's.
        user_id: the account that the token belongs to, as a sign-in told it (Emby cannot be asked for it).
        say: told once what is waited for.
        pause_s: between two questions to a server that is starting.

    Raises:
        ConfigError: the address cannot be one.
        Cancelled: the token was cancelled.
    """
    address = normalise_url(url)
    connection = replace(
        host.connection(url=address, secret=secret), tls_fingerprint=tls_fingerprint, user_id=user_id, may_move=True
    )
    verdict: Verdict | None = None

    def test() -> Verdict:
        nonlocal verdict
        verdict = run_probe(address, lambda: host.connect(kind, connection, token))
        if isinstance(verdict.error, StartingError):
            raise verdict.error
        return verdict

    try:
        return once_up(test, token=token, say=say, pause_s=pause_s)
    except StartingError:
        assert verdict is not None
        return verdict


def add(
    host: AppContext,
    *,
    kind: ServerKind,
    name: str,
    url: str,
    secret: str,
    allow_file: bool = False,
    token: CancelToken | None = None,
    tls_fingerprint: str | None = None,
    user_id: str | None = None,
) -> AddedServer:
    """Test, then store a server, its token and its libraries.

    A server that was removed and answers again continues where it was. `user_id` is as for `probe`.

    Raises:
        ConfigError: the name is taken or the machine is there already.
        SourceError: the test failed; nothing was stored.
    """
    _check_name(host, name)
    verdict = probe(host, kind, url, secret, token=token, tls_fingerprint=tls_fingerprint, user_id=user_id)
    if verdict.error is not None:
        raise verdict.error
    assert verdict.info is not None
    return store(
        host,
        name=name,
        url=verdict.url,
        secret=secret,
        info=verdict.info,
        listed=verdict.libraries,
        allow_file=allow_file,
        tls_fingerprint=tls_fingerprint,
        token=token,
    )


def store(
    host: AppContext,
    *,
    name: str,
    url: str,
    secret: str,
    info: ServerInfo,
    listed: tuple[RemoteLibrary, ...],
    allow_file: bool = False,
    keep_secret: bool = True,
    tls_fingerprint: str | None = None,
    token: CancelToken | None = None,
) -> AddedServer:
    """Store a server that was tested (a wizard shows the verdict before it stores).

    Asks the network only when a stored server has the same identity: whether that one still is at its address.

    Args:
        keep_secret: False for a token that was given for this run only.

    Raises:
        SameMachineError: the machine is there already (a `ConfigError`; see `services.twins`).
        ConfigError: the name is taken.
    """
    _check_name(host, name)
    refuse_twin(host, url=normalise_url(url), info=info, token=token)
    known_before = host.servers.by_machine(info.kind, info.machine_identifier, removed=True) is not None
    now = host.clock.epoch()
    server = host.servers.add(name=name.strip(), url=normalise_url(url), info=info, now=now)
    if tls_fingerprint != server.tls_fingerprint:
        # One that was removed and comes back trusts what it is added with, not what it trusted then.
        host.servers.change(server.id, tls_fingerprint=tls_fingerprint)
        server = replace(server, tls_fingerprint=tls_fingerprint)
    place = SecretPlace.ENVIRONMENT
    if keep_secret:
        try:
            place = host.secrets.put(server.uuid, secret, allow_file=allow_file)
        except SecretError:
            # Without its token the server would stand there half-added, and adding it again would be refused.
            host.servers.remove(server.id, now=now)
            raise
    host.libraries.store_listing(server.id, listed, now=now)
    deeds.tell(
        _("Added the server “{server}” ({kind} {version}).").format(
            server=server.name, kind=info.kind.label, version=info.version
        )
    )
    libraries = tuple(host.libraries.all(server.id))
    return AddedServer(server, place, libraries, known_before=known_before)


def check(host: AppContext, server: Server, *, token: CancelToken | None = None) -> Verdict:
    """Test a stored server, keep its state, and note a new version or account.

    Where its address leads on to another one of the same host, and the same machine is there, that one is kept.

    Raises:
        SecretError: there is no token for it, or the keyring is locked.
        Cancelled: the token was cancelled.
    """
    try:
        verdict = run_probe(server.url, lambda: host.open_source(server, token, may_move=True), expected=server)
    except SecretError as error:
        keep_state(host, server, error)
        raise
    keep_state(host, server, verdict.error)
    if verdict.url != server.url and verdict.info is not None and is_right(verdict.info, server):
        deeds.tell(_("“{server}” is now at {url}.").format(server=server.name, url=verdict.url))
        host.servers.change(server.id, url=verdict.url)
    if verdict.ok and verdict.info is not None:
        _keep_info(host, server, verdict.info)
    return verdict


def edit(
    host: AppContext,
    server: Server,
    change: ServerChange,
    *,
    allow_file: bool = False,
    token: CancelToken | None = None,
) -> Server:
    """Change a server. A new address or token is tested first, and must lead to the same machine.

    Raises:
        ConfigError: the name is taken, or the address cannot be one.
        SourceError: the test failed; nothing was changed.
        SecretError: only the address changes, and there is no stored token to test it with.
    """
    if change.name is not None:
        _check_name(host, change.name, own=server)
    values: dict[str, object] = {
        key: value
        for key, value in (("is_active", change.is_active), ("follow_live", change.follow_live))
        if value is not None
    }
    if change.name is not None:
        values["name"] = change.name.strip()
    if change.url is not None or change.secret is not None or change.tls_fingerprint is not None:
        values.update(_tested(host, server, change, token))
    if values:
        host.servers.change(server.id, **values)
    if change.secret is not None:
        host.secrets.put(server.uuid, change.secret, allow_file=allow_file)
        _signed_in(host, server)
    changed = host.servers.get(server.id)
    assert changed is not None
    return changed


def sign_in(
    host: AppContext,
    server: Server,
    secret: str,
    *,
    allow_file: bool = False,
    token: CancelToken | None = None,
    user_id: str | None = None,
    url: str | None = None,
    keep_secret: bool = True,
) -> SecretPlace:
    """Give a server a new token, after a test; returns where it is kept. What is stored of the server goes on.

    Args:
        user_id: the account that the token belongs to, as a sign-in told it; None where nobody told.
        url: the server has moved here.
        keep_secret: False for a token that was given for this run only.

    Raises:
        ConfigError: the address cannot be one.
        WrongServerError: this leads to another machine; nothing was changed, and it did not get the token.
        SourceError: the test failed; the old token stays.
    """
    values = _tested(host, server, ServerChange(url=url, secret=secret, user_id=user_id), token)
    place = SecretPlace.ENVIRONMENT
    if keep_secret:
        place = host.secrets.put(server.uuid, secret, allow_file=allow_file)
    host.servers.change(server.id, **values)
    _signed_in(host, server)
    deeds.tell(_("Signed in to “{server}”.").format(server=server.name))
    return place


def remove(host: AppContext, server: Server) -> RemovedServer:
    """Take a server out of sight and forget its token. Its catalog stays until it is purged."""
    libraries = host.libraries.all(server.id)
    items = host.servers.item_count(server.id)
    problem: str | None = None
    try:
        host.secrets.delete(server.uuid)
    except SecretError as error:
        problem = error.user_text()
    host.servers.remove(server.id, now=host.clock.epoch())
    deeds.tell(_("Removed the server “{server}”.").format(server=server.name))
    return RemovedServer(server.name, len(libraries), items, problem)


def keep_state(host: Host, server: Server, error: SourceError | SecretError | None) -> ServerState:
    """Keep what an answer (or its absence) says of a server; returns the state."""
    match error:
        case None:
            state = ServerState.ONLINE
        case SecretError(is_locked=True):
            state = ServerState.KEYRING_LOCKED
        case AuthError() | SecretError():
            state = ServerState.SIGN_IN_AGAIN
        case TlsError():
            state = ServerState.CERTIFICATE
        case _:
            state = ServerState.NOT_REACHABLE
    _set_state(host, server, state, None if error is None else error.text)
    return state


def _set_state(host: Host, server: Server, state: ServerState, detail: str | None) -> None:
    host.servers.set_state(server.id, state, detail=detail, now=host.clock.epoch())


def _signed_in(host: Host, server: Server) -> None:
    """Note the moment of a new token, also where the server was online already.

    Whoever keeps a connection open, in whichever process, sees by it that the connection has another token.
    """
    before = 0 if server.state_at is None else int(server.state_at.timestamp())
    # Two within a second must differ.
    at = max(host.clock.epoch(), before + 1)
    host.servers.change(server.id, state=ServerState.ONLINE.value, state_detail=None, state_at=at)


def _tested(host: AppContext, server: Server, change: ServerChange, token: CancelToken | None) -> dict[str, object]:
    url = server.url if change.url is None else normalise_url(change.url)
    secret = change.secret if change.secret is not None else host.secrets.get(server.uuid, server.name)
    if secret is None:
        raise SecretError(
            _("Not signed in to “{server}”.").format(server=server.name),
            hint=_("Sign in again."),
            reason="missing",
        )
    fingerprint = change.tls_fingerprint if change.tls_fingerprint is not None else server.tls_fingerprint
    connection = replace(
        host.connection(url=url, secret=secret, server=server), tls_fingerprint=fingerprint, may_move=True
    )
    verdict: Verdict | None = None
    for user_id in _accounts(server, change):
        source = partial(host.connect, server.kind, replace(connection, user_id=user_id), token)
        verdict = run_probe(url, source, expected=server)
        if not isinstance(verdict.error, AuthError | ForbiddenError | NotFoundError):
            break
    assert verdict is not None
    if verdict.error is not None:
        raise verdict.error
    assert verdict.info is not None
    return {"url": verdict.url, "tls_fingerprint": fingerprint, **_news(server, verdict.info, new_secret=change.secret)}


def _accounts(server: Server, change: ServerChange) -> list[str | None]:
    """Whose token it may be, in the order in which to try: an account's id, or None for a key or "ask the server"."""
    if change.user_id is not None:
        return [change.user_id]
    if change.secret is None:
        return [server.remote_user_id]
    if server.kind is ServerKind.EMBY and server.remote_user_id is not None:
        # Emby cannot be asked whose token it is. A key and an administrator's see everything without a name; what is
        # refused so is most likely the token of the one who was signed in before.
        return [None, server.remote_user_id]
    return [None]


def _keep_info(host: Host, server: Server, info: ServerInfo) -> None:
    new = _news(server, info)
    if any(getattr(server, key) != value for key, value in new.items()):
        host.servers.change(server.id, **new)


def _news(server: Server, info: ServerInfo, *, new_secret: str | None = None) -> dict[str, object]:
    """What an answer tells anew of a server; with a new token the account may be another one, or none."""
    news: dict[str, object] = {
        "version": info.version,
        "platform": info.platform if info.platform is not None else server.platform,
        "account": info.account if info.account is not None else server.account,
        "is_owner": info.is_owner,
    }
    if new_secret is not None:
        news["remote_user_id"] = info.user_id
        if server.kind is not ServerKind.PLEX:
            news["account"] = info.account
    return news


def _check_name(host: Host, name: str, *, own: Server | None = None) -> None:
    """Names are how scripts and token variables address a server: none twice, none empty."""
    wanted = name.strip()
    if not wanted or not wanted.isprintable():
        raise ConfigError(_("The server name is empty."), hint=_("Enter a name such as Home."))
    for other in host.servers.all():
        if other.name.casefold() == wanted.casefold() and (own is None or other.id != own.id):
            raise ConfigError(
                _("There is already a server called “{name}”.").format(name=other.name),
                hint=_("Choose another name."),
            )
