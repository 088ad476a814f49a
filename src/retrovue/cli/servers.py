"""`retrovue servers`: add, list, test, trust, discover, sign in, remove."""

import shlex
from typing import Annotated

import typer

from retrovue.cli.failures import DONE, NO_SERVER, servers_code
from retrovue.cli.servers_discover import discover
from retrovue.cli.servers_list import list_servers
from retrovue.cli.servers_secrets import (
    PasswordStdin,
    QuickConnect,
    StoreInFile,
    TokenStdin,
    UserName,
    check_choice,
    consents,
    read_token,
    say_place,
)
from retrovue.cli.servers_shown import added_json, show_verdict, verdict_json
from retrovue.cli.servers_sign_in import by_name_or_code, sign_in
from retrovue.cli.servers_trust import refuse_certificate, trust
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, SecretError, TlsError, WrongServerError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.servers import registration as service
from retrovue.core.services.servers.probe import Verdict, normalise_url
from retrovue.core.services.servers.registration import AddedServer
from retrovue.core.services.servers.stored import all_servers, server_with_id

app = typer.Typer(help=_("Media servers: add, list, test, trust, discover, sign in, remove."), no_args_is_help=True)
app.command("list")(list_servers)
app.command("discover")(discover)
app.command("sign-in")(sign_in)
app.command("trust")(trust)

ServerName = Annotated[str, typer.Argument(metavar="SERVER", help=_("Name or ID."))]


@app.command("add")
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Option("--url", help=_("Address, such as http://nas:32400."))],
    kind: Annotated[ServerKind, typer.Option("--kind", help=_("Server type."))] = ServerKind.PLEX,
    name: Annotated[
        str | None, typer.Option("--name", help=_("Name in RetroVue; the server’s own name by default."))
    ] = None,
    token_stdin: TokenStdin = False,
    user: UserName = None,
    password_stdin: PasswordStdin = False,
    with_code: QuickConnect = False,
    trusted: Annotated[
        str | None,
        typer.Option(
            "--trust", metavar="SHA256", help=_("Trust the certificate with this fingerprint, for this server only.")
        ),
    ] = None,
    store_in_file: StoreInFile = False,
) -> int:
    """Test a server, then add it with its libraries."""
    session = session_of(ctx)
    context = session.context
    check_choice(token_stdin=token_stdin, user=user, password_stdin=password_stdin, quick_connect=with_code)
    fingerprint = None if trusted is None else _fingerprint(trusted)
    consent = consents(session, store_in_file=store_in_file)
    command = _command(kind, url, name, user=user, with_code=with_code)
    try:
        signed = by_name_or_code(
            session, kind, url, user=user, password_stdin=password_stdin, with_code=with_code, fingerprint=fingerprint
        )
        if signed is None:
            secret, for_one_run = read_token(session, name or "", token_stdin=token_stdin)
        else:
            secret, for_one_run = signed.token, False
        user_id = None if signed is None else signed.user_id
        verdict = _tested(session, kind, url, secret, fingerprint=fingerprint, user_id=user_id)
    except TlsError as error:
        return refuse_certificate(session, error, f"{command} --trust")
    except WrongServerError as error:
        raise _as_what_it_is(error, kind, url, name, user) from error
    assert verdict.info is not None
    added = service.store(
        context,
        name=name or verdict.info.name,
        url=verdict.url,
        secret=secret,
        info=verdict.info,
        listed=verdict.libraries,
        allow_file=consent,
        keep_secret=consent or not for_one_run,
        tls_fingerprint=fingerprint,
        token=session.token,
    )
    _say_added(session, added, url)
    return DONE


def _tested(
    session: Session, kind: ServerKind, url: str, secret: str, *, fingerprint: str | None, user_id: str | None
) -> Verdict:
    """Test a server and return the verdict.

    Raises:
        SourceError: the test failed.
    """
    verdict = service.probe(
        session.context,
        kind,
        url,
        secret,
        token=session.token,
        tls_fingerprint=fingerprint,
        user_id=user_id,
        say=session.out.note,
    )
    if verdict.error is not None:
        raise verdict.error
    return verdict


def _say_added(session: Session, added: AddedServer, url: str) -> None:
    session.out.json(added_json(added.server))
    if added.server.url != normalise_url(url):
        session.out.note(
            _("Saved with the address {url}, because the given one redirects there.").format(url=added.server.url)
        )
    count = sum(library.kind.is_imported for library in added.libraries)
    text = ngettext("{count} library can be imported.", "{count} libraries can be imported.", count)
    session.out.note(text.format(count=count))
    if added.known_before:
        session.out.note(_("This server was added before. Its catalog continues where it left off."))
    for limit in service.limits(added.server):
        session.out.note(limit.reason)
    say_place(session, added.server, added.place)


def _fingerprint(text: str) -> str:
    from retrovue.core.services.servers.trust import fingerprint_of

    return fingerprint_of(text)


def _command(kind: ServerKind, url: str, name: str | None, *, user: str | None, with_code: bool) -> str:
    """Return the command that adds this server, for a hint that changes it."""
    words = ["retrovue", "servers", "add", "--kind", kind.value, "--url", url]
    if name is not None:
        words += ["--name", name]
    if user is not None:
        words += ["--user", user]
    elif with_code:
        words += ["--quick-connect"]
    else:
        words += ["--token-stdin"]
    return shlex.join(words)


def _as_what_it_is(
    error: WrongServerError, kind: ServerKind, url: str, name: str | None, user: str | None
) -> WrongServerError:
    """Return the error; if another product was recognized, with the command that adds it as that type."""
    if error.found_kind is None or error.found_kind == kind.value:
        return error
    found = ServerKind(error.found_kind)
    # Plex has no sign-in with a username.
    command = _command(found, url, name, user=None if found is ServerKind.PLEX else user, with_code=False)
    return WrongServerError(
        error.text,
        hint=_("To add it as that type: {command}").format(command=command),
        detail=error.detail,
        found_kind=error.found_kind,
    )


@app.command("test")
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVER]...", help=_("Name or ID; all by default."))
    ] = None,
) -> int:
    """Test servers step by step."""
    session = session_of(ctx)
    context = session.context
    servers = [find_server(context, name) for name in names] if names else all_servers(context)
    if not servers:
        raise ConfigError(_("There are no servers to test."), hint=_("Add one with “retrovue servers add”."))
    documents: list[dict[str, object]] = []
    failed = 0
    for server in servers:
        try:
            verdict = service.check(context, server, token=session.token)
        except SecretError as error:
            failed += 1
            session.out.problem(f"{server.name}: {error.text}", error.command_hint)
            documents.append({"id": server.id, "server": server.name, "ok": False, "error": error.text, "steps": []})
            continue
        failed += not verdict.ok
        # The test can have found changes: a new version, or an account with other permissions.
        server = server_with_id(context, server.id) or server
        documents.append(verdict_json(server, verdict))
        show_verdict(session, server, verdict)
        _say_remedy(session, server.name, verdict)
    if session.out.as_json:
        session.out.json(documents)
    return servers_code(len(servers), failed)


def _say_remedy(session: Session, name: str, verdict: Verdict) -> None:
    """Print the command that helps, if there is one."""
    if verdict.certificate is not None:
        text = _("Review its certificate with “retrovue servers trust {name}”.")
        session.out.note(text.format(name=shlex.quote(name)))


@app.command("remove")
def remove(ctx: typer.Context, server: ServerName) -> int:
    """Remove a server and forget its token. Its catalog can come back until “retrovue db purge”."""
    session = session_of(ctx)
    context = session.context
    removed = service.remove(context, find_server(context, server))
    if session.out.as_json:
        session.out.json({"name": removed.name, "libraries": removed.libraries, "items": removed.items})
    text = ngettext(
        "“{name}” was removed with {count} library and {items} items.",
        "“{name}” was removed with {count} libraries and {items} items.",
        removed.libraries,
    )
    session.out.note(text.format(name=removed.name, count=removed.libraries, items=removed.items))
    if removed.secret_problem is not None:
        session.out.warn(removed.secret_problem)
        return NO_SERVER
    return DONE
