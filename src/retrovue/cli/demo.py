"""`retrovue demo`: start a built-in server, import it and show it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrovue.cli.failures import DONE, DONE_WITH_FAILURES
from retrovue.cli.files import describe
from retrovue.cli.progress import sync_bars
from retrovue.cli.session import Session, session_of
from retrovue.cli.sync import show_report
from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncReport, SyncRequest
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.files.check import check as check_files
from retrovue.core.services.looking import CheckSummary
from retrovue.core.services.mapping import rules as mapping_service
from retrovue.core.services.servers import registration as server_service
from retrovue.core.services.servers.registration import ServerChange
from retrovue.core.services.sync.run import run_sync
from retrovue.core.system.display import has_display
from retrovue.core.system.secrets import PLACE_VARIABLE

if TYPE_CHECKING:
    from retrovue.demo.server import DemoServer

NAME = "Demo"


def demo(
    ctx: typer.Context,
    no_window: Annotated[bool, typer.Option("--no-window", help=_("Print the results as tables, then exit."))] = False,
) -> int:
    """Start a built-in demo server, import it and open the window."""
    session = session_of(ctx)
    with _profile(session) as context, _server(context) as demo_server:
        code = _import(session, context, demo_server)
        if code != DONE or no_window or session.open_window is None or not has_display():
            return code
        return session.open_window(context)


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
def _server(context: AppContext) -> Iterator["DemoServer"]:
    from retrovue.demo.files import write_files
    from retrovue.demo.generate import make_library
    from retrovue.demo.scripts import SessionScript, evening, seed_history
    from retrovue.demo.server import DemoServer

    library = make_library()
    write_files(library, _media_dir(context))
    with DemoServer(library) as server:
        seed_history(library, server.playbacks)
        script = SessionScript(server.playbacks, evening(library))
        script.start()
        try:
            yield server
        finally:
            script.stop()


def _import(session: Session, context: AppContext, demo_server: "DemoServer") -> int:
    out = session.out
    server = _add(session, context, demo_server)
    out.line(
        _("The demo server “{name}” (version {version}) is running at {url}.").format(
            url=server.url, name=server.name, version=server.version
        )
    )
    _map(context, server, demo_server)
    out.line("")
    out.line(_("First import"))
    first = _sync(session, context, server)
    show_report(session, first)
    checked = check_files(context, server=server, token=session.token)
    out.line("")
    out.line(describe(checked))
    out.line("")
    out.line(_("Second sync, with nothing changed"))
    second = _sync(session, context, server)
    _show_second(session, second)
    if out.as_json:
        out.json(_json(first, second, checked))
    failed = first.failures or second.failures or any(library.failed for library in first.libraries)
    return DONE_WITH_FAILURES if failed else DONE


def _add(session: Session, context: AppContext, demo_server: "DemoServer") -> Server:
    known = context.servers.by_machine(ServerKind.PLEX, demo_server.library.machine_identifier)
    if known is not None:
        # On a permanent profile the demo server has a different port each time.
        change = ServerChange(url=demo_server.url, secret=demo_server.token)
        return server_service.edit(context, known, change, token=session.token)
    added = server_service.add(
        context,
        kind=ServerKind.PLEX,
        name=NAME,
        url=demo_server.url,
        secret=demo_server.token,
        token=session.token,
    )
    return added.server


def _map(context: AppContext, server: Server, demo_server: "DemoServer") -> None:
    from retrovue.demo.files import mappings

    known = {mapping.server_path for mapping in context.mappings.all(server.id)}
    for server_path, folder in mappings(demo_server.library, _media_dir(context)):
        if server_path not in known:
            mapping_service.add(context, server, None, server_path, str(folder))


def _sync(session: Session, context: AppContext, server: Server) -> SyncReport:
    request = SyncRequest(server_ids=(server.id,))
    with sync_bars(session.out) as report_progress:
        report = run_sync(context, request, session.token, report_progress)
    session.token.raise_if_cancelled()
    for failure in report.failures:
        session.out.problem(f"{failure.server}: {failure.command_message}")
    return report


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
            size=f"{report.received_bytes / 1000:,.0f}",
            seconds=f"{report.duration_s:.2f}",
            changes=changes,
        )
    )


def _json(first: SyncReport, second: SyncReport, checked: CheckSummary) -> dict[str, object]:
    from retrovue.cli.files import summary_json
    from retrovue.cli.sync import report_json

    return {"first": report_json(first), "second": report_json(second), "files": summary_json(checked)}


def _media_dir(context: AppContext) -> Path:
    return context.dirs.data_dir / "demo-media"
