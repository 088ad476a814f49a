"""`retrovue history`: list, export, delete and restore plays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer

from retrovue.cli.days import From, To, parse_day
from retrovue.cli.failures import DONE
from retrovue.cli.history_imports import import_jellystat, import_reporting, import_server, import_tautulli
from retrovue.cli.history_people import ignore, keep, merge_users
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.export import ExportFormat
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.files.reports import save_report
from retrovue.core.services.history import plays as service

app = typer.Typer(help=_("History: list, export, delete, restore, import."), no_args_is_help=True)
app.command("import-tautulli")(import_tautulli)
app.command("import-server")(import_server)
app.command("import-playback-reporting")(import_reporting)
app.command("import-jellystat")(import_jellystat)
app.command("merge-users")(merge_users)
app.command("keep")(keep)
app.command("ignore")(ignore)

_LINES = 100

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only plays of this server."))]
UserOption = Annotated[str | None, typer.Option("--user", metavar="USER", help=_("Only plays of this user."))]
Search = Annotated[str, typer.Option("--search", metavar="TEXT", help=_("Words in titles, users, servers or players."))]
Sittings = Annotated[bool, typer.Option("--sittings", help=_("Group plays of the same title that follow each other."))]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help=_("Maximum number of results."))]


@app.callback()
def history() -> None:
    """What was played."""


@app.command("list")
def list_(
    ctx: typer.Context,
    first: From = None,
    last: To = None,
    server: ServerOption = None,
    user: UserOption = None,
    search: Search = "",
    sittings: Sittings = False,
    limit: Limit = None,
) -> int:
    """List plays that have ended, newest first."""
    session = session_of(ctx)
    shown = limit if limit is not None or session.out.as_json else _LINES
    chosen = _filter(session, first, last, server, user, search, limit=shown)
    plays = service.list_plays(session.context, chosen, joined=sittings)
    if session.out.as_json:
        session.out.json([service.play_json(play) for play in plays])
        return DONE
    if not plays:
        everything = _("No plays yet. Record them with “retrovue monitor”.")
        session.out.note(everything if chosen == PlayFilter(limit=shown) else _("No plays match."))
        return DONE
    _show(session, plays)
    if limit is None and len(plays) == _LINES:
        session.out.note(_("Only the newest {n} plays are shown; --limit shows more.").format(n=_LINES))
    return DONE


@app.command("export")
def export(
    ctx: typer.Context,
    format_: Annotated[str, typer.Option("--format", metavar="csv|json", help=_("Output format."))] = "csv",
    output: Annotated[
        Path | None, typer.Option("--out", "--output", metavar="FILE", help=_("Write to this file."))
    ] = None,
    first: From = None,
    last: To = None,
    server: ServerOption = None,
    user: UserOption = None,
    search: Search = "",
    sittings: Sittings = False,
) -> int:
    """Export plays as CSV, or as JSON with one play per line."""
    session = session_of(ctx)
    writers = {"csv": service.write_csv, "json": service.write_json}
    if format_ not in writers:
        raise ConfigError(_("There is no format “{name}”.").format(name=format_), hint=_("Use csv or json."))
    chosen = _filter(session, first, last, server, user, search, limit=None)
    plays = service.list_plays(session.context, chosen, joined=sittings)

    def write(stream: TextIO) -> int:
        writers[format_](plays, stream)
        return len(plays)

    if output is None:
        write(session.out.data())
    else:
        # As JSON in both formats: scripts read it, and a mark at the start of a CSV is for spreadsheets only.
        save_report(output, ExportFormat.JSON, write)
    session.out.note(ngettext("{n} play written.", "{n} plays written.", len(plays)).format(n=len(plays)))
    return DONE


@app.command("delete")
def delete(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Option("--id", metavar="N", help=_("An ID from “history list”. Can be repeated."))
    ] = None,
    user: UserOption = None,
    server: ServerOption = None,
    older_than: Annotated[
        int | None,
        typer.Option("--older-than", min=0, metavar="DAYS", help=_("Plays that ended more than this many days ago.")),
    ] = None,
) -> int:
    """Delete plays from the history. “history restore” brings them back."""
    session = session_of(ctx)
    found = None if server is None else find_server(session.context, server)
    count, undo = service.delete(session.context, ids=ids or None, user=user, server=found, older_than_days=older_than)
    if session.out.as_json:
        session.out.json({"deleted": count, "undo": undo})
        return DONE
    session.out.line(ngettext("{n} play deleted.", "{n} plays deleted.", count).format(n=count))
    if count:
        session.out.note(_("“retrovue history restore {undo}” brings them back.").format(undo=undo))
    return DONE


@app.command("restore")
def restore(
    ctx: typer.Context,
    undo: Annotated[str, typer.Argument(metavar="UNDO", help=_("The value that “history delete” printed."))],
) -> int:
    """Bring back deleted plays."""
    session = session_of(ctx)
    count = service.restore(session.context, undo)
    if session.out.as_json:
        session.out.json({"restored": count})
        return DONE
    session.out.line(ngettext("{n} play restored.", "{n} plays restored.", count).format(n=count))
    return DONE


def _filter(
    session: Session,
    first: str | None,
    last: str | None,
    server: str | None,
    user: str | None,
    search: str,
    *,
    limit: int | None,
) -> PlayFilter:
    begins, ends = service.days(parse_day(first), parse_day(last))
    server_id = None if server is None else find_server(session.context, server).id
    return PlayFilter(begins, ends, server_id, user, search, limit)


def _show(session: Session, plays: Sequence[Play]) -> None:
    rows = [
        cells(
            play.id,
            play.started_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            play.user,
            _title(play),
            play.server,
            play.player,
            f"{play.play_s // 60}:{play.play_s % 60:02d}",
            None if play.percent is None else f"{play.percent} %",
            (play.stream_decision or "").replace("_", " "),
        )
        for play in plays
    ]
    columns = [
        _("ID"),
        _("Started"),
        _("User"),
        _("Title"),
        _("Server"),
        _("Player"),
        _("Played"),
        _("Time"),
        _("Stream"),
    ]
    session.out.table(columns, rows, right=(0, 6, 7))


def _title(play: Play) -> str:
    if play.show is None:
        return titled(play.title, play.year)
    return episode_title(play.show, episode_code(play.season, play.episode, aired=play.aired), play.title)
