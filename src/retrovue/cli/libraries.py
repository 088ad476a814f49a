"""`retrovue libraries`: list, enable, disable, forget."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import SecretError, SourceError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import words
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.servers import libraries as service
from retrovue.core.services.servers import registration as server_service

app = typer.Typer(help=_("Libraries of the servers: list, enable, disable, forget."), no_args_is_help=True)

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Name or ID of a server."))]
Names = Annotated[list[str], typer.Argument(metavar="LIBRARY...", help=_("Names or IDs."))]


@app.command("list")
def list_libraries(
    ctx: typer.Context,
    server: ServerOption = None,
    refresh: Annotated[bool, typer.Option("--refresh", help=_("Refresh from the servers first."))] = False,
) -> int:
    """List libraries and what they contain."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    code = _refresh(session, chosen) if refresh else DONE
    libraries = context.libraries.all(None if chosen is None else chosen.id)
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


@app.command("enable")
def enable(ctx: typer.Context, names: Names, server: ServerOption = None) -> int:
    """Import these libraries at the next sync."""
    return _set_enabled(session_of(ctx), names, server, enabled=True)


@app.command("disable")
def disable(ctx: typer.Context, names: Names, server: ServerOption = None) -> int:
    """Leave these libraries out of syncs; what is in the catalog stays."""
    return _set_enabled(session_of(ctx), names, server, enabled=False)


@app.command("forget")
def forget(ctx: typer.Context, names: Names, server: ServerOption = None) -> int:
    """Remove libraries that their server no longer lists. “removals restore” brings them back until “db purge”."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    wanted = [find_library(context, name, server=chosen) for name in names]
    found = [(library, service.forget(context, library, token=session.token)) for library in wanted]
    if session.out.as_json:
        session.out.json([forgotten_json(library, counts) for library, counts in found])
    for library, counts in found:
        total = sum(counts.values())
        text = ngettext(
            "“{library}” and {count} item left the catalog. “retrovue removals restore --all --library {id}” brings "
            "it back, until “retrovue db purge”.",
            "“{library}” and {count} items left the catalog. “retrovue removals restore --all --library {id}” brings "
            "them back, until “retrovue db purge”.",
            total,
        )
        session.out.note(text.format(library=library.name, count=total, id=library.id))
    return DONE


def forgotten_json(library: Library, counts: dict[ItemKind, int]) -> dict[str, object]:
    """Return a forgotten library as JSON. Scripts rely on this shape."""
    return {
        "id": library.id,
        "server": library.server_name,
        "name": library.name,
        "movies": counts[ItemKind.MOVIE],
        "shows": counts[ItemKind.SHOW],
        "episodes": counts[ItemKind.EPISODE],
    }


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


def _set_enabled(session: Session, names: list[str], server: str | None, *, enabled: bool) -> int:
    context = session.context
    chosen = None if server is None else find_server(context, server)
    wanted = [find_library(context, name, server=chosen) for name in names]
    changed = service.set_enabled(context, wanted, enabled=enabled)
    if session.out.as_json:
        session.out.json([library_json(library) for library in changed])
    for library in changed:
        text = _("“{library}” will be imported.") if enabled else _("“{library}” will not be imported.")
        session.out.note(text.format(library=library.name))
    return DONE


def _refresh(session: Session, chosen: Server | None) -> int:
    context = session.context
    servers = [chosen] if chosen is not None else [server for server in context.servers.all() if server.is_active]
    failed = 0
    for server in servers:
        try:
            service.refresh(context, server, token=session.token)
        except (SourceError, SecretError) as error:
            failed += 1
            server_service.keep_state(context, server, error)
            session.out.problem(f"{server.name}: {error.text}", error.command_hint)
    return servers_code(len(servers), failed)
