"""`retrovue demo`: start a house of built-in servers, import them and show them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrovue.cli.demo_house import add_server, import_others, map_folders, sync_one
from retrovue.cli.demo_past import past_beside
from retrovue.cli.failures import DONE, DONE_WITH_FAILURES
from retrovue.cli.files import describe
from retrovue.cli.session import Session, session_of
from retrovue.cli.sync import show_report
from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncReport
from retrovue.core.i18n import _, decimal, ngettext
from retrovue.core.services.files.check import check as check_files
from retrovue.core.services.looking import CheckSummary
from retrovue.core.system.display import has_display
from retrovue.core.system.secrets import PLACE_VARIABLE

if TYPE_CHECKING:
    from retrovue.demo.house import House

NAME = "Demo"


def demo(
    ctx: typer.Context,
    no_window: Annotated[bool, typer.Option("--no-window", help=_("Print the results as tables, then exit."))] = False,
) -> int:
    """Start built-in demo servers, import them and open the window."""
    session = session_of(ctx)
    open_window = None if no_window or not has_display() else session.open_window
    with _profile(session) as context, _house(context) as house:
        code = _import(session, context, house, rest=open_window is None)
        if code == DONE and open_window is None and not session.out.as_json:
            _say_goodbye(session, context)
        if code != DONE or open_window is None:
            return code
        with past_beside(context, house):
            return open_window(context)


@contextmanager
def _profile(session: Session) -> Iterator[AppContext]:
    """Return the given profile, else a temporary one. Its token never leaves this process."""
    environ = {**session.environ, PLACE_VARIABLE: "memory"}
    if session.options.data_dir is not None or session.environ.get("RETROVUE_DATA_DIR"):
        context = session.make_context(session.options.data_dir, environ)
        try:
            yield context
        finally:
            context.close()
        return
    with tempfile.TemporaryDirectory(prefix="retrovue-demo-", ignore_cleanup_errors=True) as folder:
        context = session.make_context(Path(folder), environ)
        try:
            yield context
        finally:
            context.close()


@contextmanager
def _house(context: AppContext) -> Iterator["House"]:
    from retrovue.demo.house import House

    with House(context.clock.now()) as house:
        yield house


def _import(session: Session, context: AppContext, house: "House", *, rest: bool) -> int:
    """Import the Plex server, then the others; without `rest` those are only added, for the window to import."""
    out, demo_server = session.out, house.servers["plex"]
    rules = house.write_files("plex", _media_dir(context))
    server = add_server(session, context, ServerKind.PLEX, NAME, demo_server)
    out.line(
        _("The demo server “{name}” (version {version}) is running at {url}.").format(
            url=server.url, name=server.name, version=server.version
        )
    )
    map_folders(context, server, rules)
    out.line("")
    out.line(_("First import"))
    first = sync_one(session, context, server)
    show_report(session, first)
    checked = check_files(context, server=server, token=session.token)
    out.line("")
    out.line(describe(checked))
    out.line(
        _("A few files of the demo are missing or of another size on purpose, so that the check has something to find.")
    )
    out.line("")
    out.line(_("Second sync, with nothing changed"))
    second = sync_one(session, context, server)
    _show_second(session, second)
    others = import_others(session, context, house, _media_dir(context), rest=rest)
    if out.as_json:
        out.json(_json(first, second, checked) | others.json())
    reports = [first, second, *others.reports]
    failed = any(report.failures or any(library.failed for library in report.libraries) for report in reports)
    return DONE_WITH_FAILURES if failed else DONE


def _say_goodbye(session: Session, context: AppContext) -> None:
    session.out.line("")
    if session.options.data_dir is None and not session.environ.get("RETROVUE_DATA_DIR"):
        session.out.line(_("The demo servers stop now, and nothing of this is kept."))
    else:
        session.out.line(
            _("The demo servers stop now. What was imported is in {folder}.").format(folder=context.dirs.data_dir)
        )
    session.out.line(_("“retrovue” opens the window, and “retrovue servers add” adds a server of yours."))


def _show_second(session: Session, report: SyncReport) -> None:
    text = ngettext(
        "{count} request, {size} kB, {seconds} s; {changes}.",
        "{count} requests, {size} kB, {seconds} s; {changes}.",
        report.requests,
    )
    changes = _("changes were written") if report.wrote else _("nothing was written")
    session.out.line(
        text.format(
            count=report.requests,
            size=decimal(report.received_bytes / 1000, 0),
            seconds=decimal(report.duration_s, 2),
            changes=changes,
        )
    )


def _json(first: SyncReport, second: SyncReport, checked: CheckSummary) -> dict[str, object]:
    from retrovue.cli.files import summary_json
    from retrovue.cli.sync import report_json

    return {"first": report_json(first), "second": report_json(second), "files": summary_json(checked)}


def _media_dir(context: AppContext) -> Path:
    return context.dirs.data_dir / "demo-media"
