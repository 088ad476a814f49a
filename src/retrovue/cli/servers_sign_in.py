"""`retrovue servers sign-in`: a Plex account in the browser, Emby and Jellyfin by name or Quick Connect, or a token."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.servers_account import Choice, account_token, add_from_account, quick_connect
from retrovue.cli.servers_secrets import (
    PasswordStdin,
    QuickConnect,
    StoreInFile,
    TokenStdin,
    UserName,
    check_choice,
    consents,
    read_password,
    read_token,
    say_place,
)
from retrovue.cli.servers_trust import refuse_certificate
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, TlsError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.servers import registration as service
from retrovue.core.system.secrets import SecretPlace

if TYPE_CHECKING:
    from retrovue.core.services.servers.sign_in import SignedIn


def sign_in(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[SERVER]", help=_("Name or ID. Without one, servers of a Plex account are added.")),
    ] = None,
    kind: Annotated[
        ServerKind | None, typer.Option("--kind", help=_("Without SERVER: the account type, plex."))
    ] = None,
    choose: Annotated[
        str | None,
        typer.Option("--server", metavar="NAME", help=_("Without SERVER: which server of the account to add.")),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=_("Without SERVER: add all servers of the account."))
    ] = False,
    call_it: Annotated[str | None, typer.Option("--name", help=_("Without SERVER: name for the new server."))] = None,
    url: Annotated[str | None, typer.Option("--url", help=_("New address, if the server has moved."))] = None,
    user: UserName = None,
    password_stdin: PasswordStdin = False,
    with_code: QuickConnect = False,
    token_stdin: TokenStdin = False,
    store_in_file: StoreInFile = False,
) -> int:
    """Sign in to a server again, or sign in with a Plex account and add its servers."""
    session = session_of(ctx)
    check_choice(token_stdin=token_stdin, user=user, password_stdin=password_stdin, quick_connect=with_code)
    consent = consents(session, store_in_file=store_in_file)
    if name is None:
        if kind is None:
            raise ConfigError(
                _("Which server?"), hint=_("Give a server, or use --kind plex to add servers of a Plex account.")
            )
        if kind is not ServerKind.PLEX or user is not None or with_code or token_stdin or url is not None:
            raise ConfigError(
                _("Only a Plex account can list its servers."),
                hint=_("Add other servers with “retrovue servers add --kind {kind} --url ADDRESS --user NAME”.").format(
                    kind=kind.value
                ),
            )
        return add_from_account(session, Choice(choose, call_it, everything), consent=consent)
    if kind is not None or choose is not None or everything or call_it is not None:
        raise ConfigError(_("--kind, --server, --all and --name are for new servers."), hint=_("Leave out SERVER."))
    server = find_server(session.context, name)
    try:
        place = _renew(
            session,
            server,
            _Way(url, user, password_stdin=password_stdin, with_code=with_code, token_stdin=token_stdin),
            consent=consent,
        )
    except TlsError as error:
        return refuse_certificate(session, error, f"retrovue servers trust {shlex.quote(server.name)}")
    if session.out.as_json:
        session.out.json({"id": server.id, "name": server.name, "token": place.value})
    session.out.note(_("“{name}” is signed in.").format(name=server.name))
    say_place(session, server, place)
    return DONE


class _Way:
    """The chosen way to sign in."""

    def __init__(
        self, url: str | None, user: str | None, *, password_stdin: bool, with_code: bool, token_stdin: bool
    ) -> None:
        self.url = url
        self.user = user
        self.password_stdin = password_stdin
        self.with_code = with_code
        self.token_stdin = token_stdin


def _renew(session: Session, server: Server, way: _Way, *, consent: bool) -> SecretPlace:
    from retrovue.core.services.servers import sign_in as signing_in

    context = session.context
    has_token = way.token_stdin or context.secrets.override(server.name) is not None
    if server.kind is ServerKind.PLEX and way.user is None and not way.with_code and not has_token:
        given = account_token(session)
        return signing_in.renew_plex(context, server, given, allow_file=consent, token=session.token, url=way.url)
    signed = by_name_or_code(
        session,
        server.kind,
        way.url or server.url,
        user=way.user,
        password_stdin=way.password_stdin,
        with_code=way.with_code,
        fingerprint=server.tls_fingerprint,
        expected=server,
    )
    if signed is None:
        secret, _for_one_run = read_token(session, server.name, token_stdin=way.token_stdin)
        user_id = None
    else:
        secret, user_id = signed.token, signed.user_id
    return service.sign_in(
        context, server, secret, allow_file=consent, token=session.token, user_id=user_id, url=way.url
    )


def by_name_or_code(
    session: Session,
    kind: ServerKind,
    url: str,
    *,
    user: str | None,
    password_stdin: bool,
    with_code: bool,
    fingerprint: str | None = None,
    expected: Server | None = None,
) -> "SignedIn | None":
    """Sign in to Emby or Jellyfin with a username or Quick Connect; return None when neither was given.

    Raises:
        ConfigError: this server type does not support it.
    """
    if user is None and not with_code:
        return None
    if kind is ServerKind.PLEX:
        raise ConfigError(
            _("Plex does not support usernames or Quick Connect."),
            hint=_("Sign in with a Plex account: “retrovue servers sign-in --kind plex”."),
        )
    if with_code:
        if kind is not ServerKind.JELLYFIN:
            raise ConfigError(_("Only Jellyfin has Quick Connect."), hint=_("Use --user instead."))
        return quick_connect(session, url, fingerprint=fingerprint, expected=expected)
    assert user is not None
    from retrovue.core.services.servers import sign_in as signing_in

    password = read_password(session, password_stdin=password_stdin)
    return signing_in.with_password(
        session.context,
        kind,
        url,
        user,
        password,
        tls_fingerprint=fingerprint,
        token=session.token,
        expected=expected,
    )
