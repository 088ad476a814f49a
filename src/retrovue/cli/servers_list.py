"""`retrovue servers list`: a separate module, because scripts call it often and it sends no requests."""

from collections.abc import Sequence

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _
from retrovue.core.services import words
from retrovue.core.services.servers.rights import limits

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_servers(ctx: typer.Context) -> int:
    """List servers and what is known about them."""
    session = session_of(ctx)
    servers, libraries = session.context.overview()
    if session.out.as_json:
        session.out.json(
            [server_json(server, [lib for lib in libraries if lib.server_id == server.id]) for server in servers]
        )
        return DONE
    if not servers:
        session.out.note(_("No servers yet. Add one with “retrovue servers add”."))
        return DONE
    show_servers(session, servers, libraries)
    return DONE


def server_json(server: Server, libraries: Sequence[Library]) -> dict[str, object]:
    """Return a server as JSON. Scripts rely on this shape."""
    return {
        "id": server.id,
        "name": server.name,
        "kind": server.kind.value,
        "url": server.url,
        "machine_identifier": server.machine_identifier,
        "version": server.version,
        "account": server.account,
        "is_owner": server.is_owner,
        "active": server.is_active,
        "state": server.state.value,
        "state_detail": server.state_detail,
        "state_at": isoformat(server.state_at),
        "tls_fingerprint": server.tls_fingerprint,
        "libraries": len(libraries),
        "limits": limits_json(server),
    }


def show_servers(session: Session, servers: Sequence[Server], libraries: Sequence[Library]) -> None:
    """Print the table of servers, and below it the features that are not available."""
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
                words.server_state(server.state),
                len(own),
                items,
            )
        )
    columns = [_("ID"), _("Name"), _("Type"), _("Address"), _("Version"), _("Status"), _("Libraries"), _("Items")]
    session.out.table(columns, rows, right=(0, 6, 7))
    for server in servers:
        if server.state_detail:
            session.out.line(f"{server.name}: {server.state_detail}")
    for server in servers:
        off = limits(server)
        if off:
            text = _("{server}: not available to this account: {features}. Run “retrovue servers test” to see why.")
            names = ", ".join(limit.feature.label for limit in off)
            session.out.line(text.format(server=server.name, features=names))


def limits_json(server: Server) -> list[dict[str, str]]:
    """Return the features that the account does not have, with reasons, as JSON."""
    return [{"feature": limit.feature.value, "reason": limit.reason} for limit in limits(server)]
