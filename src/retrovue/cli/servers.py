"""`retrovue servers`: add, list, test, sign in, remove."""

import getpass
from typing import Annotated

import typer

from retrovue.cli.failures import DONE, NO_SERVER, servers_code
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, SecretError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import servers as service
from retrovue.core.services.export import isoformat
from retrovue.core.services.lookup import find_server
from retrovue.core.services.probe import StepState, Verdict
from retrovue.core.system.secrets import PLACE_VARIABLE, TOKEN_VARIABLE, SecretPlace, token_variable

app = typer.Typer(help=_("Media servers: add, list, test, sign in, remove."), no_args_is_help=True)

TokenStdin = Annotated[bool, typer.Option("--token-stdin", help=_("Read the token from the first line of stdin."))]
StoreInFile = Annotated[
    bool,
    typer.Option(
        "--store-token-in-file",
        help=_("Where the system has no keyring: keep the token in a file. Anyone who can read it can use the server."),
    ),
]
ServerName = Annotated[str, typer.Argument(metavar="SERVER", help=_("Name or id."))]


@app.command("add")
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Option("--url", help=_("Address, such as http://nas:32400."))],
    kind: Annotated[ServerKind, typer.Option("--kind", help=_("What it runs."))] = ServerKind.PLEX,
    name: Annotated[str | None, typer.Option("--name", help=_("How to call it; its own name by default."))] = None,
    token_stdin: TokenStdin = False,
    store_in_file: StoreInFile = False,
) -> int:
    """Test a server, then store it with its libraries."""
    session = session_of(ctx)
    context = session.context
    secret, for_one_run = _read_secret(session, name or "", token_stdin=token_stdin)
    verdict = service.probe(context, kind, url, secret, token=session.token)
    if verdict.error is not None:
        raise verdict.error
    assert verdict.info is not None
    consent = store_in_file or session.environ.get(PLACE_VARIABLE, "").strip().lower() == "file"
    added = service.store(
        context,
        name=name or verdict.info.name,
        url=url,
        secret=secret,
        info=verdict.info,
        listed=verdict.libraries,
        allow_file=consent,
        keep_secret=consent or not for_one_run,
    )
    server = added.server
    session.out.json(
        {
            "id": server.id,
            "name": server.name,
            "kind": server.kind.value,
            "machine_identifier": server.machine_identifier,
            "version": server.version,
        }
    )
    count = sum(library.kind.is_imported for library in added.libraries)
    text = ngettext("{count} library can be imported.", "{count} libraries can be imported.", count)
    session.out.note(text.format(count=count))
    if added.known_before:
        session.out.note(_("This server was here before; its catalogue goes on where it was."))
    _say_place(session, server, added.place)
    return DONE


@app.command("list")
def list_servers(ctx: typer.Context) -> int:
    """List the servers, with what is known of them."""
    session = session_of(ctx)
    context = session.context
    servers = context.servers.all()
    libraries = context.libraries.all()
    if session.out.as_json:
        session.out.json(
            [_server_json(server, [lib for lib in libraries if lib.server_id == server.id]) for server in servers]
        )
        return DONE
    if not servers:
        session.out.note(_("There is no server yet. Add one with “retrovue servers add”."))
        return DONE
    rows = []
    for server in servers:
        own = [library for library in libraries if library.server_id == server.id]
        items = sum(library.items for library in own)
        rows.append(
            cells(
                server.id,
                server.name,
                server.kind.label,
                server.url,
                server.version,
                server.state.value,
                len(own),
                items,
            )
        )
    columns = [_("Id"), _("Name"), _("Kind"), _("Address"), _("Version"), _("State"), _("Libraries"), _("Items")]
    session.out.table(columns, rows, right=(0, 6, 7))
    return DONE


@app.command("test")
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVER]...", help=_("Name or id; all by default."))
    ] = None,
) -> int:
    """Ask servers who they are, step by step."""
    session = session_of(ctx)
    context = session.context
    servers = [find_server(context, name) for name in names] if names else context.servers.all()
    if not servers:
        raise ConfigError(_("There is no server to test."), hint=_("Add one with “retrovue servers add”."))
    documents: list[dict[str, object]] = []
    failed = 0
    for server in servers:
        try:
            verdict = service.check(context, server, token=session.token)
        except SecretError as error:
            failed += 1
            session.out.problem(f"{server.name}: {error.text}", error.hint)
            documents.append({"id": server.id, "server": server.name, "ok": False, "error": error.text, "steps": []})
            continue
        failed += not verdict.ok
        documents.append(_verdict_json(server, verdict))
        _show_verdict(session, server, verdict)
    if session.out.as_json:
        session.out.json(documents)
    return servers_code(len(servers), failed)


@app.command("sign-in")
def sign_in(
    ctx: typer.Context, server: ServerName, token_stdin: TokenStdin = False, store_in_file: StoreInFile = False
) -> int:
    """Give a server a new token."""
    session = session_of(ctx)
    context = session.context
    found = find_server(context, server)
    secret, _for_one_run = _read_secret(session, found.name, token_stdin=token_stdin)
    consent = store_in_file or session.environ.get(PLACE_VARIABLE, "").strip().lower() == "file"
    place = service.sign_in(context, found, secret, allow_file=consent, token=session.token)
    if session.out.as_json:
        session.out.json({"id": found.id, "name": found.name, "token": place.value})
    _say_place(session, found, place)
    return DONE


@app.command("remove")
def remove(ctx: typer.Context, server: ServerName) -> int:
    """Remove a server and forget its token. Its catalogue can come back until “retrovue db purge”."""
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


def _read_secret(session: Session, name: str, *, token_stdin: bool) -> tuple[str, bool]:
    """(token, whether it is meant for this run only)."""
    if token_stdin:
        secret = session.stdin.readline().strip()
        if not secret:
            raise ConfigError(_("There is no token on stdin."), hint=_("Pipe it in, on one line."))
        return secret, False
    given = session.context.secrets.override(name)
    if given is not None:
        return given, True
    if session.stdin.isatty():
        secret = getpass.getpass(_("Token: ")).strip()
        if secret:
            return secret, False
    raise ConfigError(
        _("There is no token."), hint=_("Pipe it in with --token-stdin, or set {name}.").format(name=TOKEN_VARIABLE)
    )


def _say_place(session: Session, server: Server, place: SecretPlace) -> None:
    if place is SecretPlace.FILE:
        session.out.note(_("The token is in a file of the data directory: anyone who can read it can use the server."))
    elif place is SecretPlace.ENVIRONMENT:
        session.out.warn(
            _(
                "The token was taken from the environment and is not stored: set {variable} for later commands too."
            ).format(variable=token_variable(server.name))
        )
    elif place is SecretPlace.MEMORY:
        session.out.warn(
            _(
                "This system has no keyring that takes the token, so it is not stored. Set {variable} for later "
                "commands, or store it with “retrovue servers sign-in {name} --token-stdin --store-token-in-file”."
            ).format(variable=token_variable(server.name), name=server.name)
        )


def _show_verdict(session: Session, server: Server, verdict: Verdict) -> None:
    labels = {
        StepState.OK: _("ok"),
        StepState.FAILED: _("failed"),
        StepState.NOT_TRIED: _("not tried"),
        StepState.NOT_NEEDED: _("not needed"),
    }
    session.out.line(f"{server.name} ({server.url})")
    rows = []
    for step in verdict.steps:
        took = None if step.duration_ms is None else f"{step.duration_ms} ms"
        text = "" if step.state is StepState.FAILED else step.text
        rows.append(["  " + step.layer.label, labels[step.state], took, text])
    session.out.table(["  " + _("Step"), _("Result"), _("Time"), ""], rows, right=(2,))
    if verdict.error is not None:
        session.out.problem(f"{server.name}: {verdict.error.text}", verdict.error.hint)


def _verdict_json(server: Server, verdict: Verdict) -> dict[str, object]:
    return {
        "id": server.id,
        "server": server.name,
        "ok": verdict.ok,
        "version": verdict.info.version if verdict.info is not None else None,
        "libraries": len(verdict.libraries) if verdict.ok else None,
        "error": verdict.error.text if verdict.error is not None else None,
        "hint": verdict.error.hint if verdict.error is not None else None,
        "duration_ms": verdict.duration_ms,
        "steps": [
            {"step": step.layer.value, "state": step.state.value, "duration_ms": step.duration_ms, "text": step.text}
            for step in verdict.steps
        ],
    }


def _server_json(server: Server, libraries: list[object]) -> dict[str, object]:
    return {
        "id": server.id,
        "name": server.name,
        "kind": server.kind.value,
        "url": server.url,
        "machine_identifier": server.machine_identifier,
        "version": server.version,
        "active": server.is_active,
        "state": server.state.value,
        "state_at": isoformat(server.state_at),
        "libraries": len(libraries),
    }
