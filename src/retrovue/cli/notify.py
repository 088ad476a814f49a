"""`retrovue notify`: send notices to phones, chats and mailboxes as well."""

from typing import Annotated, Any

import typer

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.session import session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.forwarding import NoticeTarget
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.forwarding import targets

app = typer.Typer(help=_("Send notifications to other services."), no_args_is_help=True)


@app.command("add")
def add(
    ctx: typer.Context,
    url_stdin: Annotated[
        bool, typer.Option("--url-stdin", help=_("Read the address of the service from stdin."))
    ] = False,
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="E", help=_("Only this event; repeatable."))
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="S", help=_("Only what happens on this server."))
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="U", help=_("Only what this user does."))] = None,
) -> int:
    """Send notifications to a service, by its Apprise address."""
    session = session_of(ctx)
    url = session.stdin.readline().strip() if url_stdin else ""
    if not url:
        raise ConfigError(
            _("No address was given."),
            hint=_("Pass it on standard input: --url-stdin. It is never part of the command line."),
        )
    home = None if server is None else find_server(session.context, server)
    target = targets.add(session.context, url, events=event or (), server=home, user=user)
    if session.out.as_json:
        session.out.json({"id": target.id, "service": target.service})
    else:
        session.out.line(
            _("Notifications are now also sent to {service} (number {id}).").format(
                service=target.service, id=target.id
            )
        )
    return DONE


@app.command("list")
def list_targets(ctx: typer.Context) -> int:
    """List the services. Their addresses are not shown."""
    session = session_of(ctx)
    names = {each.id: each.name for each in session.context.servers.all()}
    found = session.context.forwarding.targets()
    if session.out.as_json:
        session.out.json([_json(each, names) for each in found])
        return DONE
    rows = [
        (
            each.id,
            each.service,
            ", ".join(each.events) or _("as on the desktop"),
            names.get(each.server_id or 0, ""),
            each.user or "",
        )
        for each in found
    ]
    session.out.table((_("Number"), _("Service"), _("Events"), _("Server"), _("User")), rows, right=(0,))
    return DONE


@app.command("test")
def try_targets(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[ID]", help=_("Number of a service; all without one."))
    ] = None,
) -> int:
    """Send a test notification."""
    session = session_of(ctx)
    tried = targets.try_out(session.context, number)
    if session.out.as_json:
        session.out.json(
            [
                {"id": each.target.id, "service": each.target.service, "ok": not each.problem, "message": each.problem}
                for each in tried
            ]
        )
    else:
        rows = [(each.target.id, each.target.service, each.problem or _("sent")) for each in tried]
        session.out.table((_("Number"), _("Service"), _("Result")), rows, right=(0,))
    failed = sum(bool(each.problem) for each in tried)
    return servers_code(len(tried), failed)


@app.command("remove")
def remove(
    ctx: typer.Context, number: Annotated[int, typer.Argument(metavar="ID", help=_("Number of a service."))]
) -> int:
    """Stop sending notifications to a service."""
    session = session_of(ctx)
    targets.remove(session.context, number)
    if session.out.as_json:
        session.out.json({"removed": number})
    else:
        session.out.line(_("Removed."))
    return DONE


def _json(target: NoticeTarget, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": target.id,
        "service": target.service,
        "events": list(target.events),
        "server": names.get(target.server_id or 0),
        "user": target.user,
    }
