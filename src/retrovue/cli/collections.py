"""`retrovue collections`: the collections of servers, and what was watched of them."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE, DONE_WITH_FAILURES, servers_code
from retrovue.cli.output import cells, hours_minutes
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.servers import Server
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, number
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.collections.refresh import listed, refresh
from retrovue.core.services.collections.snapshots import chosen, take_snapshots
from retrovue.core.services.servers.stored import active_servers

app = typer.Typer(help=_("Collections: list, snapshot."), no_args_is_help=True)

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))]


@app.callback()
def collections() -> None:
    """Collections of the servers."""


@app.command("list")
def list_collections(ctx: typer.Context, server: ServerOption = None) -> int:
    """List the collections of the servers."""
    session = session_of(ctx)
    chosen_server = None if server is None else find_server(session.context, server)
    code = _refresh(session, chosen_server)
    found = listed(session.context, chosen_server)
    if session.out.as_json:
        session.out.json([_json(one) for one in found])
        return code
    rows = [
        cells(one.id, one.server, one.library, one.title, one.items, _("Yes") if one.is_promoted else None)
        for one in found
    ]
    if not rows:
        session.out.note(_("No collections yet."))
        return code
    columns = [_("ID"), _("Server"), _("Library"), _("Title"), _("Items"), _("On the home screen")]
    session.out.table(columns, rows, right=(0, 4))
    return code


@app.command("snapshot")
def snapshot(
    ctx: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help=_("IDs of collections."))] = None,
    promoted: Annotated[bool, typer.Option("--promoted", help=_("All that are on a home screen."))] = False,
    everything: Annotated[bool, typer.Option("--all", help=_("All collections."))] = False,
    label: Annotated[str | None, typer.Option("--label", metavar="L", help=_("A label for the snapshots."))] = None,
) -> int:
    """Count what was watched of collections, and keep the numbers."""
    session = session_of(ctx)
    # With what the servers have now; where one is away, with what was stored of it.
    code = DONE if _refresh(session, None) == DONE else DONE_WITH_FAILURES
    found = chosen(session.context, ids=ids or (), promoted=promoted, everything=everything)
    run = take_snapshots(session.context, found, session.token, label=label)
    for collection, reason in run.failed:
        session.out.problem(f"{collection.title}: {reason}")
    if session.out.as_json:
        session.out.json(
            {
                "collected": len(run.collected),
                "failed": len(run.failed),
                "total_collections": run.total,
                "collections": [
                    {
                        "title": one.title,
                        "total_plays": one.total_plays,
                        "total_duration_s": one.total_duration_s,
                        "unique_users": one.unique_users,
                        "collected_at": isoformat(one.collected_at),
                    }
                    for one in run.collected
                ],
            }
        )
    else:
        rows = [
            cells(one.title, number(one.total_plays), hours_minutes(one.total_duration_s), one.unique_users)
            for one in run.collected
        ]
        session.out.table([_("Title"), _("Plays"), _("Hours"), _("People")], rows, right=(1, 2, 3))
    return DONE_WITH_FAILURES if run.failed else code


def _refresh(session: Session, server: Server | None) -> int:
    context = session.context
    asked = [one for one in active_servers(context) if server is None or one.id == server.id]
    failed = refresh(context, asked, session.token)
    for one, error in failed:
        session.out.problem(f"{one.name}: {error.text}", error.command_hint)
    return servers_code(len(asked), len(failed))


def _json(one: Collection) -> dict[str, object]:
    return {
        "id": one.id,
        "server": one.server,
        "library": one.library,
        "title": one.title,
        "items": one.items,
        "promoted": one.is_promoted,
    }
