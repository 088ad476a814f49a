"""`retrovue files`: are the media files where the rules say they are?"""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.session import session_of
from retrovue.core.domain.media import FileState
from retrovue.core.i18n import _
from retrovue.core.services.filecheck import CheckSummary
from retrovue.core.services.files import check_stored
from retrovue.core.services.lookup import find_server

app = typer.Typer(help=_("Media files on this computer: check."), no_args_is_help=True)


@app.callback()
def files() -> None:
    """Media files on this computer."""


@app.command("check")
def check(
    ctx: typer.Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only of this server."))] = None,
) -> int:
    """Look for every file, and say how many were found."""
    session = session_of(ctx)
    context = session.context
    chosen = None if server is None else find_server(context, server)
    summary = check_stored(context, server=chosen, token=session.token)
    if session.out.as_json:
        session.out.json(summary_json(summary))
    else:
        session.out.line(describe(summary))
        rows = [
            [
                root.root,
                root.counts.get(FileState.FOUND, 0),
                root.checked,
                "" if root.problem is None else root.problem.value,
            ]
            for root in summary.roots
        ]
        if rows:
            session.out.table([_("Folder"), _("Found"), _("Files"), _("Problem")], rows, right=(1, 2))
    return DONE


def describe(summary: CheckSummary) -> str:
    """The outcome in one sentence."""
    found = summary.counts.get(FileState.FOUND, 0)
    parts = [_("{found} of {total} files found").format(found=f"{found:,}", total=f"{summary.checked:,}")]
    names = {
        FileState.SIZE_DIFFERS: _("{count} with another size"),
        FileState.MISSING: _("{count} missing"),
        FileState.UNREACHABLE: _("{count} not reachable"),
        FileState.UNMAPPED: _("{count} without a rule"),
    }
    for state, text in names.items():
        if summary.counts.get(state):
            parts.append(text.format(count=f"{summary.counts[state]:,}"))
    return ", ".join(parts) + "."


def summary_json(summary: CheckSummary) -> dict[str, object]:
    """The fixed shape of a check."""
    states = (FileState.FOUND, FileState.MISSING, FileState.SIZE_DIFFERS, FileState.UNMAPPED, FileState.UNREACHABLE)
    return {
        "checked": summary.checked,
        **{state.value: summary.counts.get(state, 0) for state in states},
        "roots": [
            {
                "path": root.root,
                "checked": root.checked,
                **{state.value: root.counts.get(state, 0) for state in states},
                "problem": None if root.problem is None else root.problem.value,
            }
            for root in summary.roots
        ],
    }
