"""`retrovue files`: check media files where the rules point, and search for extra files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.progress import check_bar
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native_or_none
from retrovue.core.domain.sizes import format_size
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services import words
from retrovue.core.services.catalog.export import ExportFormat
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.files import check as service
from retrovue.core.services.files.reports import extra_json, save_report, write_extra
from retrovue.core.services.looking import CheckSummary, FileFault

app = typer.Typer(help=_("Media files on this computer: check, extra."), no_args_is_help=True)

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))]
STATES = (
    FileState.FOUND,
    FileState.MISSING,
    FileState.SIZE_DIFFERS,
    FileState.UNMAPPED,
    FileState.UNREACHABLE,
)


@app.callback()
def files() -> None:
    """Media files on this computer."""


@app.command("check")
def check(
    ctx: typer.Context,
    server: ServerOption = None,
    accept_loss: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-loss", metavar="DIR", help=_("Mark the lost files of this folder as missing. Can be repeated.")
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help=_("Start over instead of continuing an interrupted check."))
    ] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help=_(
                "Compare sizes only where something has changed since the last full comparison, which is at "
                "most a week old."
            ),
        ),
    ] = False,
) -> int:
    """Check every file and report how many were found."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    with check_bar(session.out) as report:
        summary = service.check(
            context,
            server=chosen,
            accept=accept_loss or (),
            resume=not restart,
            all_sizes=not quick,
            token=session.token,
            report=report,
        )
    for root in summary.roots:
        if root.problem is not None:
            session.out.warn(root.user_text)
        if root.problem is FileFault.MANY_LOST:
            session.out.warn(
                _("If the files are really gone, run this again with --accept-loss “{folder}”.").format(
                    folder=root.root
                )
            )
    if session.out.as_json:
        session.out.json(summary_json(summary))
    else:
        _show(session, summary)
    return DONE


def _show(session: Session, summary: CheckSummary) -> None:
    session.out.line(describe(summary))
    rows = [
        [
            root.root,
            root.counts.get(FileState.FOUND, 0),
            root.checked,
            words.file_fault(root.problem),
        ]
        for root in summary.roots
    ]
    if rows:
        session.out.table([_("Folder"), _("Found"), _("Files"), _("Problem")], rows, right=(1, 2))


@app.command("extra")
def extra(
    ctx: typer.Context,
    server: ServerOption = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="PATTERN", help=_("Ignore names or paths that match this pattern. Can be repeated.")
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "--output", metavar="FILE", help=_("Write the list to a CSV file."))
    ] = None,
) -> int:
    """List video files in the mapped folders that no server knows about."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    found = service.extra(context, server=chosen, ignore=ignore or (), token=session.token)
    for problem in found.problems:
        session.out.warn(f"{problem.path}: {problem.fault.user_text}")
    if out is not None:
        save_report(out, ExportFormat.CSV, lambda stream: write_extra(found, ExportFormat.CSV, stream))
    if session.out.as_json:
        session.out.json(extra_json(found))
        return DONE
    if out is None and found.files:
        rows = [["" if one.size_bytes is None else format_size(one.size_bytes), one.path] for one in found.files]
        session.out.table([_("Size"), _("Path")], rows, right=(0,))
    text = ngettext(
        "{count} video file not known to any server, {size}.",
        "{count} video files not known to any server, {size}.",
        len(found.files),
    )
    session.out.note(text.format(count=number(len(found.files)), size=format_size(found.total_bytes)))
    return DONE


def describe(summary: CheckSummary) -> str:
    """Return the result as one sentence."""
    return describe_counts(summary.counts, summary.checked)


def describe_counts(counts: Mapping[FileState, int], total: int) -> str:
    """Return the counts of file states as one sentence."""
    parts = [
        _("{found} of {total} files found").format(found=number(counts.get(FileState.FOUND, 0)), total=number(total))
    ]
    names = {
        FileState.SIZE_DIFFERS: _("{count} with a different size"),
        FileState.MISSING: _("{count} missing"),
        FileState.UNREACHABLE: _("{count} unreachable"),
        FileState.UNMAPPED: _("{count} unmapped"),
    }
    for state, text in names.items():
        if counts.get(state):
            parts.append(text.format(count=number(counts[state])))
    return ", ".join(parts) + "."


def counts_json(counts: Mapping[FileState, int]) -> dict[str, int]:
    """Return every state with its count, in a fixed order."""
    return {state.value: counts.get(state, 0) for state in STATES}


def summary_json(summary: CheckSummary) -> dict[str, object]:
    """Return a check as JSON. Scripts rely on this shape."""
    return {
        "checked": summary.checked,
        **counts_json(summary.counts),
        "roots": [
            {
                "path": native_or_none(root.root),
                "checked": root.checked,
                **counts_json(root.counts),
                "problem": None if root.problem is None else root.problem.value,
            }
            for root in summary.roots
        ],
    }
