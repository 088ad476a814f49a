"""`retrovue history merge-users`, `keep` and `ignore`: whose plays these are, and which become history."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.history import people as service

Users = Annotated[list[str] | None, typer.Argument(metavar="NAME…", help=_("Usernames on the servers."))]
User = Annotated[str | None, typer.Option("--user", metavar="USER", help=_("Plays of this user."))]
OfLibrary = Annotated[str | None, typer.Option("--library", metavar="LIBRARY", help=_("Plays of this library."))]
OnServer = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only on this server."))]


def merge_users(
    ctx: typer.Context,
    names: Users = None,
    person: Annotated[str, typer.Option("--as", metavar="NAME", help=_("The name that is shown instead."))] = "",
    undo: Annotated[bool, typer.Option("--undo", help=_("Show the users under their own names again."))] = False,
) -> int:
    """Show users of several servers as one person."""
    session = session_of(ctx)
    if not person.strip() or not (names or undo):
        raise ConfigError(_("No users were given to merge."), hint=_("Give usernames, and the common name with --as."))
    if undo:
        found = service.split(session.context, names or (), person=person)
    else:
        found = service.merge(session.context, names or (), person=person)
    if session.out.as_json:
        session.out.json({"person": found.name, "accounts": [list(account) for account in found.accounts]})
        return DONE
    n = len(found.accounts)
    if undo:
        text = ngettext(
            "{n} account is no longer shown as “{name}”.", "{n} accounts are no longer shown as “{name}”.", n
        )
    else:
        text = ngettext("{n} account is shown as “{name}”.", "{n} accounts are shown as “{name}”.", n)
    session.out.line(text.format(n=n, name=found.name))
    session.out.lines(f"  {server} · {name}" for server, name in found.accounts)
    return DONE


def ignore(ctx: typer.Context, user: User = None, library: OfLibrary = None, server: OnServer = None) -> int:
    """Do not add plays of a user or library to the history from now on."""
    return _keep(session_of(ctx), user, library, server, keeps=False)


def keep(ctx: typer.Context, user: User = None, library: OfLibrary = None, server: OnServer = None) -> int:
    """Add plays of a user or library to the history again."""
    return _keep(session_of(ctx), user, library, server, keeps=True)


def _keep(session: Session, user: str | None, library: str | None, server: str | None, *, keeps: bool) -> int:
    if (user is None) == (library is None):
        raise ConfigError(_("Nothing was chosen."), hint=_("Give --user or --library."))
    context = session.context
    where = None if server is None else find_server(context, server)
    if user is not None:
        changed = [(each.server, each.name) for each in service.keep_user(context, user, keeps=keeps, server=where)]
    else:
        assert library is not None
        found = find_library(context, library, server=where)
        service.keep_library(context, found.id, keeps=keeps)
        changed = [(found.server_name, found.name)]
    if session.out.as_json:
        session.out.json([{"server": place, "name": name, "keeps_history": keeps} for place, name in changed])
        return DONE
    text = _("Plays of “{name}” ({server}) are kept.") if keeps else _("Plays of “{name}” ({server}) are not kept.")
    session.out.lines(text.format(name=name, server=place) for place, name in changed)
    return DONE
