"""`retrovue notify`: send notices to phones, chats and mailboxes as well."""

from typing import Annotated, Any

import typer

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.session import session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.forwarding import NoticeChoice, NoticeTarget
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.forwarding import targets
from retrovue.core.services.forwarding.wording import fields_of, preview
from retrovue.core.services.servers.stored import all_servers

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
        list[str] | None, typer.Option("--server", metavar="S", help=_("Only what happens on this server; repeatable."))
    ] = None,
    user: Annotated[
        list[str] | None, typer.Option("--user", metavar="U", help=_("Only what this user does; repeatable."))
    ] = None,
    library: Annotated[
        list[str] | None, typer.Option("--library", metavar="L", help=_("Only plays of this library; repeatable."))
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--type", metavar="T", help=_("Only movie, episode or live; repeatable."))
    ] = None,
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=_("Words of the notification, with fields such as {user}."))
    ] = "",
) -> int:
    """Send notifications to a service, by its Apprise address."""
    session = session_of(ctx)
    url = session.stdin.readline().strip() if url_stdin else ""
    if not url:
        raise ConfigError(
            _("No address was given."),
            hint=_("Pass it on standard input: --url-stdin. It is never part of the command line."),
        )
    choice = NoticeChoice(
        events=tuple(event or ()),
        servers=tuple(find_server(session.context, name).id for name in server or ()),
        users=tuple(user or ()),
        libraries=tuple(library or ()),
        kinds=tuple(kind or ()),
        text=text.replace("\\n", "\n"),
    )
    target = targets.add(session.context, url, choice)
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
    names = {each.id: each.name for each in all_servers(session.context)}
    found = targets.all_targets(session.context)
    if session.out.as_json:
        session.out.json([_json(each, names) for each in found])
        return DONE
    rows = [
        (
            each.id,
            each.service,
            ", ".join(each.choice.events) or _("as on the desktop"),
            ", ".join(_limits(each, names)) or _("all"),
            each.waiting or "",
        )
        for each in found
    ]
    headings = (_("Number"), _("Service"), _("Events"), _("Only"), _("Waiting"))
    session.out.table(headings, rows, right=(0, 4))
    return DONE


@app.command("preview")
def show_preview(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=_("Words of the notification, with fields such as {user}."))
    ] = "",
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="E", help=_("Only this event; repeatable."))
    ] = None,
) -> int:
    """Show how a notification of each event would read, and the fields that it has."""
    session = session_of(ctx)
    now, zone = session.context.clock.now(), session.context.zone
    shown = []
    for each in event or targets.EVENTS:
        title, body = preview(text.replace("\\n", "\n"), each, now, zone)
        shown.append({"event": each, "title": title, "body": body, "fields": list(fields_of(each))})
    if session.out.as_json:
        session.out.json(shown)
        return DONE
    rows = [(each["event"], each["title"], str(each["body"]).replace("\n", " | ")) for each in shown]
    session.out.table((_("Event"), _("Title"), _("Text")), rows)
    session.out.note(_("Fields: {fields}").format(fields=" ".join(f"{{{name}}}" for name in fields_of("started"))))
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


def _limits(target: NoticeTarget, names: dict[int, str]) -> list[str]:
    choice = target.choice
    return [*(names.get(each, "") for each in choice.servers), *choice.users, *choice.libraries, *choice.kinds]


def _json(target: NoticeTarget, names: dict[int, str]) -> dict[str, Any]:
    choice = target.choice
    return {
        "id": target.id,
        "service": target.service,
        "events": list(choice.events),
        "servers": [names.get(each) for each in choice.servers],
        "users": list(choice.users),
        "libraries": list(choice.libraries),
        "types": list(choice.kinds),
        "text": choice.text,
        "waiting": target.waiting,
    }
