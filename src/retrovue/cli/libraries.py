"""`retrovue libraries`: list, enable, disable, forget."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.libraries_list import ServerOption, library_json, list_libraries
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.servers import libraries as service

app = typer.Typer(help=_("Libraries of the servers: list, enable, disable, forget."), no_args_is_help=True)
app.command("list")(list_libraries)

Names = Annotated[list[str], typer.Argument(metavar="LIBRARY...", help=_("Names or IDs."))]


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
