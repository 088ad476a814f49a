"""`retrovue mappings`: add, list, remove, resolve."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import session_of
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import mappings as service
from retrovue.core.services.lookup import find_library, find_server
from retrovue.core.services.mappings import MappingView

app = typer.Typer(help=_("Rules that lead from server paths to local paths."), no_args_is_help=True)

ServerOption = Annotated[str, typer.Option("--server", metavar="SERVER", help=_("Name or id of the server."))]
LibraryOption = Annotated[
    str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only for this library (name or id)."))
]


@app.command("add")
def add(
    ctx: typer.Context,
    server: ServerOption,
    server_path: Annotated[str, typer.Argument(metavar="SERVER_PATH", help=_("As the server writes it."))],
    local_path: Annotated[str, typer.Argument(metavar="LOCAL_PATH", help=_("The same folder on this computer."))],
    library: LibraryOption = None,
) -> int:
    """Add a rule, and apply it to everything that is stored."""
    session = session_of(ctx)
    context = session.context
    chosen = find_server(context, server)
    scope = None if library is None else find_library(context, library, server=chosen)
    mapping, report = service.add(context, chosen, scope, server_path, local_path)
    if session.out.as_json:
        view = next(view for view in service.views(context, chosen) if view.mapping.id == mapping.id)
        session.out.json(mapping_json(view))
    text = ngettext(
        "{mapped} of {count} file has a local path.", "{mapped} of {count} files have a local path.", report.files
    )
    session.out.note(text.format(mapped=report.mapped, count=report.files))
    return DONE


@app.command("list")
def list_mappings(
    ctx: typer.Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Name or id of a server."))] = None,
) -> int:
    """List the rules, with how many files each maps."""
    session = session_of(ctx)
    context = session.context
    views = service.views(context, None if server is None else find_server(context, server))
    if session.out.as_json:
        session.out.json([mapping_json(view) for view in views])
        return DONE
    rows = [
        cells(
            view.mapping.id,
            view.server,
            view.library or _("all"),
            view.mapping.server_path,
            view.mapping.local_path,
            view.files,
            view.state.value,
        )
        for view in views
    ]
    columns = [_("Id"), _("Server"), _("Library"), _("Server path"), _("Local path"), _("Files"), _("State")]
    session.out.table(columns, rows, right=(0, 5))
    return DONE


@app.command("remove")
def remove(ctx: typer.Context, ids: Annotated[list[int], typer.Argument(metavar="ID...")]) -> int:
    """Remove rules; files that no other rule maps are unmapped then."""
    session = session_of(ctx)
    removed = [service.remove(session.context, mapping_id)[0] for mapping_id in ids]
    if session.out.as_json:
        session.out.json({"removed": [mapping.id for mapping in removed]})
    for mapping in removed:
        session.out.note(_("The rule for {path} was removed.").format(path=mapping.server_path))
    return DONE


@app.command("resolve")
def resolve(
    ctx: typer.Context,
    server: ServerOption,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help=_("Paths as the server writes them."))],
    library: LibraryOption = None,
) -> int:
    """Print the local path of each server path, one a line. A path that no rule maps is printed as it is."""
    session = session_of(ctx)
    context = session.context
    chosen = find_server(context, server)
    scope = None if library is None else find_library(context, library, server=chosen)
    results = service.resolve(context, chosen, paths, library=scope)
    if session.out.as_json:
        session.out.json(
            [
                {
                    "server_path": result.server_path,
                    "local_path": result.local_path,
                    "mapped": result.mapped,
                    "mapping_id": result.mapping_id if result.mapped else None,
                }
                for result in results
            ]
        )
        return DONE
    for result in results:
        session.out.line(result.local_path if result.local_path is not None else result.server_path)
        if result.reason is not None:
            session.out.note(f"{result.server_path}: {result.reason.user_text}")
        for other in result.other_local_paths:
            session.out.note(_("{path}: another rule leads to {other}.").format(path=result.server_path, other=other))
    return DONE


def mapping_json(view: MappingView) -> dict[str, object]:
    """The fixed shape of a rule."""
    return {
        "id": view.mapping.id,
        "server": view.server,
        "library": view.library,
        "server_path": view.mapping.server_path,
        "local_path": view.mapping.local_path,
        "files": view.files,
        "state": view.state.value,
    }
