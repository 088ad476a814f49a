"""`retrovue mappings`: add, list, remove, test, suggest, resolve."""

import os
from pathlib import Path
from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.files import counts_json, describe_counts
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native_or_none
from retrovue.core.domain.servers import Library, Server
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import words
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.mapping import rules as service
from retrovue.core.services.mapping.rules import MappingTest, RuleView
from retrovue.core.services.mapping.suggest import Suggestion

app = typer.Typer(help=_("Rules that map server paths to local paths."), no_args_is_help=True)

ServerOption = Annotated[str, typer.Option("--server", metavar="SERVER", help=_("Name or ID of the server."))]
LibraryOption = Annotated[
    str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only for this library (name or ID)."))
]


def _scope(session: Session, server: str, library: str | None) -> tuple[Server, Library | None]:
    chosen = find_server(session.context, server)
    return chosen, None if library is None else find_library(session.context, library, server=chosen)


@app.command("add")
def add(
    ctx: typer.Context,
    server: ServerOption,
    server_path: Annotated[str, typer.Argument(metavar="SERVER_PATH", help=_("Path as the server writes it."))],
    local_path: Annotated[str, typer.Argument(metavar="LOCAL_PATH", help=_("The same folder on this computer."))],
    library: LibraryOption = None,
) -> int:
    """Add a rule and apply it to all stored files."""
    session = session_of(ctx)
    context = session.context
    chosen, scope = _scope(session, server, library)
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
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Name or ID of a server."))] = None,
) -> int:
    """List rules and how many files each one maps."""
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
            words.mapping_state(view.state),
            " ".join(conflict.text for conflict in view.conflicts),
        )
        for view in views
    ]
    columns = [
        _("ID"),
        _("Server"),
        _("Library"),
        _("Server path"),
        _("Local path"),
        _("Files"),
        _("Status"),
        _("Note"),
    ]
    session.out.table(columns, rows, right=(0, 5))
    return DONE


@app.command("remove")
def remove(ctx: typer.Context, ids: Annotated[list[int], typer.Argument(metavar="ID...")]) -> int:
    """Remove rules. Files that no other rule maps become unmapped."""
    session = session_of(ctx)
    removed = [service.remove(session.context, mapping_id)[0] for mapping_id in ids]
    if session.out.as_json:
        session.out.json({"removed": [mapping.id for mapping in removed]})
    for mapping in removed:
        session.out.note(_("The rule for {path} was removed.").format(path=mapping.server_path))
    return DONE


@app.command("test")
def try_mappings(
    ctx: typer.Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Name or ID of a server."))] = None,
    mapping_id: Annotated[int | None, typer.Option("--id", metavar="N", help=_("Only this rule."))] = None,
    everything: Annotated[bool, typer.Option("--all", help=_("Check every file instead of a sample."))] = False,
) -> int:
    """Check files where the rules point, and explain what is wrong with those not found."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    mapping = None if mapping_id is None else service.find(context, mapping_id, server=chosen)
    outcome = service.test(context, server=chosen, mapping=mapping, everything=everything, token=session.token)
    if session.out.as_json:
        session.out.json(test_json(outcome))
        return DONE
    session.out.line(describe_counts(outcome.counts, outcome.sampled))
    shown = [example for example in outcome.examples if example.state is not FileState.FOUND]
    if shown:
        rows = [cells(words.file_state(one.state), one.server_path, one.local_path, one.reason) for one in shown]
        session.out.table([_("Status"), _("Server path"), _("Local path"), _("Reason")], rows)
    if not outcome.sampled:
        session.out.note(_("There are no files to test the rules on. Sync first."))
    return DONE


@app.command("suggest")
def suggest(
    ctx: typer.Context,
    server: ServerOption,
    folders: Annotated[
        list[Path] | None, typer.Option("--in", metavar="DIR", help=_("Search this folder first. Can be repeated."))
    ] = None,
    library: LibraryOption = None,
) -> int:
    """Find a server’s files on this computer and suggest rules, best first."""
    session = session_of(ctx)
    context = session.context
    chosen, scope = _scope(session, server, library)
    places = [_folder(folder) for folder in folders or ()]
    found = service.suggest(context, chosen, folders=places, library=scope, token=session.token)
    if session.out.as_json:
        session.out.json([suggestion_json(one) for one in found])
        return DONE
    rows = [cells(one.server_path, one.local_path, one.evidence.user_text) for one in found]
    if rows:
        session.out.table([_("Server path"), _("Local path"), _("Evidence")], rows)
    else:
        session.out.note(
            _("No files from “{server}” were found on this computer.").format(server=chosen.name)
            + " "
            + _("Connect the disk or share, or pass its folder with --in.")
        )
    return DONE


def _folder(folder: Path) -> str:
    path = os.path.abspath(folder.expanduser())  # noqa: PTH100 - resolving links would change the given folder
    if not os.path.isdir(path):  # noqa: PTH112 - the search needs the text itself
        raise ConfigError(
            _("Folder not found: {path}").format(path=path), hint=_("Connect its disk, or choose another folder.")
        )
    return path


@app.command("resolve")
def resolve(
    ctx: typer.Context,
    server: ServerOption,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help=_("Paths as the server writes them."))],
    library: LibraryOption = None,
) -> int:
    """Print the local path of each server path, one per line. A path that no rule maps is printed as is."""
    session = session_of(ctx)
    context = session.context
    chosen, scope = _scope(session, server, library)
    results = service.resolve(context, chosen, paths, library=scope)
    if session.out.as_json:
        session.out.json(
            [
                {
                    "server_path": result.server_path,
                    "local_path": native_or_none(result.local_path),
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
            why = service.explain(context, chosen, result, library=scope)
            session.out.note(f"{result.server_path}: {why}")
        for other in result.other_local_paths:
            session.out.note(
                _("{path}: another rule maps this to {other}.").format(path=result.server_path, other=other)
            )
    return DONE


def test_json(outcome: MappingTest) -> dict[str, object]:
    """Return a test of a rule as JSON. Scripts rely on this shape."""
    return {
        "sampled": outcome.sampled,
        **counts_json(outcome.counts),
        "examples": [
            {
                "server_path": example.server_path,
                "local_path": native_or_none(example.local_path),
                "state": example.state.value,
                "reason": example.reason,
            }
            for example in outcome.examples
        ],
    }


def suggestion_json(suggestion: Suggestion) -> dict[str, object]:
    """Return a suggested rule as JSON. Scripts rely on this shape."""
    return {
        "server_path": suggestion.server_path,
        "local_path": suggestion.local_path,
        "sampled": suggestion.sampled,
        "found": suggestion.found,
        "sizes_equal": suggestion.sizes_equal,
    }


def mapping_json(view: RuleView) -> dict[str, object]:
    """Return a rule as JSON. Scripts rely on this shape."""
    return {
        "id": view.mapping.id,
        "server": view.server,
        "library": view.library,
        "server_path": view.mapping.server_path,
        "local_path": native_or_none(view.mapping.local_path),
        "files": view.files,
        "state": view.state.value,
    }
