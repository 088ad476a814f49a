"""`retrovue libraries list`: a separate module, because scripts call it often and it seldom asks a server."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import SecretError, SourceError
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _
from retrovue.core.services import words
from retrovue.core.services.servers.stored import active_servers

app = typer.Typer(no_args_is_help=True)

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Name or ID of a server."))]


@app.command("list")
def list_libraries(
    ctx: typer.Context,
    server: ServerOption = None,
    refresh: Annotated[bool, typer.Option("--refresh", help=_("Refresh from the servers first."))] = False,
) -> int:
    """List libraries and what they contain."""
    session = session_of(ctx)
    chosen = None if server is None else _find(session, server)
    code = _refresh(session, chosen) if refresh else DONE
    libraries = [each for each in session.context.overview().libraries if chosen is None or each.server_id == chosen.id]
    if session.out.as_json:
        session.out.json([library_json(library) for library in libraries])
        return code
    rows = [
        cells(
            library.id,
            library.server_name,
            library.name,
            words.library_kind(library.kind),
            _("yes") if library.is_enabled else _("no"),
            library.items,
            isoformat(library.last_sync_at),
            ", ".join(root.path for root in library.roots),
        )
        for library in libraries
    ]
    columns = [_("ID"), _("Server"), _("Name"), _("Type"), _("Enabled"), _("Items"), _("Last synced"), _("Folders")]
    session.out.table(columns, rows, right=(0, 5))
    return code


def library_json(library: Library) -> dict[str, object]:
    """Return a library as JSON. Scripts rely on this shape."""
    return {
        "id": library.id,
        "server": library.server_name,
        "name": library.name,
        "kind": library.kind.value,
        "enabled": library.is_enabled,
        "items": library.items,
        "roots": [root.path for root in library.roots],
        "last_sync_at": isoformat(library.last_sync_at),
    }


def _find(session: Session, name: str) -> Server:
    # On demand: it loads SQLAlchemy.
    from retrovue.core.services.catalog.lookup import find_server

    return find_server(session.context, name)


def _refresh(session: Session, chosen: Server | None) -> int:
    # On demand: they load what talks to servers.
    from retrovue.core.services.servers import libraries as service
    from retrovue.core.services.servers.registration import keep_state

    context = session.context
    servers = [chosen] if chosen is not None else active_servers(context)
    failed = 0
    for server in servers:
        try:
            service.refresh(context, server, token=session.token)
        except (SourceError, SecretError) as error:
            failed += 1
            keep_state(context, server, error)
            session.out.problem(f"{server.name}: {error.text}", error.command_hint)
    return servers_code(len(servers), failed)
