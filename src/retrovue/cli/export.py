"""`retrovue export`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.export import ExportFormat, ExportWhat
from retrovue.core.services.catalog.export import export as write_export
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.catalog.playlist import PlaylistOptions
from retrovue.core.services.collections.lookup import find_collection


def export(
    ctx: typer.Context,
    what: Annotated[ExportWhat, typer.Argument(help=_("What to export."))],
    how: Annotated[ExportFormat, typer.Option("--format", help=_("Output format."))] = ExportFormat.CSV,
    out: Annotated[
        Path | None, typer.Option("--out", "--output", metavar="FILE", help=_("Write to a file instead of stdout."))
    ] = None,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))] = None,
    library: Annotated[str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only this library."))] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="COLLECTION", help=_("Only what is in this collection."))
    ] = None,
    all_versions: Annotated[
        bool, typer.Option("--all-versions", help=_("In a playlist, every version of an item; the best by default."))
    ] = False,
    relative_to: Annotated[
        Path | None,
        typer.Option("--relative-to", metavar="DIR", help=_("In a playlist, paths as seen from this folder.")),
    ] = None,
) -> int:
    """Write shows, episodes, movies or files as CSV, JSON lines or a playlist."""
    session = session_of(ctx)
    context = session.context
    if how is ExportFormat.M3U and what is ExportWhat.SHOWS:
        raise ConfigError(_("A playlist needs files, and shows are not files."), hint=_("Export episodes instead."))
    of_server = None if server is None else find_server(context, server)
    of_library = None if library is None else find_library(context, library, server=of_server)

    of_collection = None if collection is None else find_collection(context, collection, server=of_server)

    def write(stream: TextIO) -> int:
        return write_export(
            context,
            what,
            how,
            stream,
            session.token,
            server_id=None if of_server is None else of_server.id,
            library_id=None if of_library is None else of_library.id,
            collection_id=None if of_collection is None else of_collection.id,
            playlist=PlaylistOptions(all_versions, None if relative_to is None else str(relative_to.absolute())),
            on_left_out=left_out.append,
        )

    left_out: list[int] = []
    if out is None:
        write(session.out.data())
        _note_left_out(session, sum(left_out))
        return DONE
    count = write_file(out, write)
    text = ngettext("{count} entry was written to {path}.", "{count} entries were written to {path}.", count)
    session.out.note(text.format(count=count, path=out))
    _note_left_out(session, sum(left_out))
    return DONE


def _note_left_out(session: Session, count: int) -> None:
    if count:
        text = ngettext(
            "{count} item was left out: it has no local path that a playlist can hold.",
            "{count} items were left out: they have no local path that a playlist can hold.",
            count,
        )
        session.out.note(text.format(count=count))


def write_file(path: Path, write: Callable[[TextIO], int]) -> int:
    """Write the file atomically: a canceled export leaves the old file unchanged."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="", errors="surrogateescape") as stream:
            count = write(stream)
        partial.replace(path)
    except OSError as error:
        raise ConfigError(
            _("Cannot write to {path}: {reason}.").format(path=path, reason=error.strerror or type(error).__name__),
            hint=_("Choose another location with --out."),
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return count
