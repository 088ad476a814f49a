"""`retrovue sync`."""

from dataclasses import replace
from typing import Annotated

import typer

from retrovue.cli.failures import DONE, DONE_WITH_FAILURES, INTERRUPTED, NO_SERVER
from retrovue.cli.output import cells
from retrovue.cli.progress import sync_bars
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, SecretError, SourceError, StorageError
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport, SyncRequest
from retrovue.core.domain.titles import titled
from retrovue.core.i18n import _, decimal, ngettext, number
from retrovue.core.services import words
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.sync.run import run_sync
from retrovue.core.services.sync.show import find_shows

_BAD = (SyncOutcome.INCOMPLETE, SyncOutcome.UNAVAILABLE, SyncOutcome.FAILED)


def sync(
    ctx: typer.Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))] = None,
    library: Annotated[str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only this library."))] = None,
    show: Annotated[str | None, typer.Option("--show", metavar="TITLE", help=_("Only this show."))] = None,
    year: Annotated[int | None, typer.Option("--year", help=_("Year of the show."))] = None,
    full: Annotated[bool, typer.Option("--full", help=_("Read everything again."))] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Show what would change without changing anything."))
    ] = False,
) -> int:
    """Bring the catalog up to date."""
    session = session_of(ctx)
    if year is not None and show is None:
        raise ConfigError(_("--year needs --show."))
    request = _request(session, server, library, show, year, full=full, dry_run=dry_run)
    if show is not None and year is None:
        request = _with_chosen_show(session, request)
    with sync_bars(session.out) as report_progress:
        report = run_sync(session.context, request, session.token, report_progress)
    if show is not None and not report.libraries and not report.failures and not session.token.cancelled:
        raise ConfigError(_("There is no show “{title}”.").format(title=show), hint=_("Give the exact title."))
    if session.out.as_json:
        session.out.json(report_json(report, planned=dry_run))
    else:
        show_report(session, report)
    if not dry_run:
        _send_on(session, report)
    return _conclude(session, report)


def report_json(report: SyncReport, *, planned: bool = False) -> dict[str, object]:
    """Return a sync report as JSON; a dry run adds the planned changes. Scripts rely on this shape."""
    return {
        "libraries": [_library_json(library, planned=planned) for library in report.libraries],
        "requests": report.requests,
        "bytes": report.received_bytes,
        "duration_s": round(report.duration_s, 3),
    }


def show_report(session: Session, report: SyncReport) -> None:
    """Print the result as a table."""
    rows = [
        cells(
            library.server,
            library.library,
            words.tier(library.mode),
            words.outcome(library.outcome),
            library.added,
            library.updated,
            library.unchanged,
            library.removed,
            library.held_back,
            library.failed,
        )
        for library in report.libraries
    ]
    columns = [
        _("Server"),
        _("Library"),
        _("Mode"),
        _("Result"),
        _("Added"),
        _("Updated"),
        _("Unchanged"),
        _("Removed"),
    ]
    columns += [_("Held back"), _("Failed")]
    if rows:
        session.out.table(columns, rows, right=(4, 5, 6, 7, 8, 9))
    for library in report.libraries:
        for change in library.planned:
            session.out.line(f"{words.planned_action(change.action):9} {words.item_kind(change.kind):8} {change.title}")
    text = ngettext(
        "{count} request, {size} kB, {seconds} s", "{count} requests, {size} kB, {seconds} s", report.requests
    )
    size = decimal(report.received_bytes / 1000, 0)
    session.out.line(text.format(count=number(report.requests), size=size, seconds=decimal(report.duration_s, 2)))


def _send_on(session: Session, report: SyncReport) -> None:
    """Tell the services that want to know of syncs. The sync stays done, whatever comes of that."""
    context = session.context
    from retrovue.core.services.forwarding.targets import all_targets

    try:
        if all_targets(context):
            # Imported here: most syncs tell nobody.
            from retrovue.core.services.forwarding.synced import send_sync

            send_sync(context, report, session.token)
    except StorageError as error:
        session.out.warn(error.text)


def _request(
    session: Session,
    server: str | None,
    library: str | None,
    show: str | None,
    year: int | None,
    *,
    full: bool,
    dry_run: bool,
) -> SyncRequest:
    context = session.context
    chosen = None if server is None else find_server(context, server)
    library_ids: tuple[int, ...] | None = None
    server_ids = None if chosen is None else (chosen.id,)
    if library is not None:
        found = find_library(context, library, server=chosen)
        if not found.kind.is_imported:
            raise ConfigError(
                _("“{library}” contains neither movies nor shows, and cannot be imported yet.").format(
                    library=found.name
                )
            )
        library_ids, server_ids = (found.id,), (found.server_id,)
    return SyncRequest(
        server_ids=server_ids, library_ids=library_ids, show_title=show, show_year=year, full=full, dry_run=dry_run
    )


def _with_chosen_show(session: Session, request: SyncRequest) -> SyncRequest:
    """Return the request with the found shows, so that they are not requested again.

    Raises:
        ConfigError: several shows have the title, and no year was given.
    """
    try:
        matches = find_shows(session.context, request, session.token)
    except (SourceError, SecretError):
        return request  # The sync reports this server's failure and syncs the others.
    if len({show.year for _library, show in matches}) > 1:
        found = ", ".join(
            titled(show.title, show.year) if show.year else f"{show.title} (?)" for _library, show in matches
        )
        raise ConfigError(
            _("Several shows are called “{title}”.").format(title=request.show_title),
            hint=_("Choose one with --year: {found}.").format(found=found),
        )
    if not matches:
        return request
    libraries = {library.id: library.server_id for library, _show in matches}
    return replace(
        request,
        shows=tuple((library.id, show) for library, show in matches),
        library_ids=tuple(libraries),
        server_ids=tuple(dict.fromkeys(libraries.values())),
    )


def _conclude(session: Session, report: SyncReport) -> int:
    """Print failures and held-back removals on stderr. Return the exit code."""
    for failure in report.failures:
        session.out.problem(f"{failure.server}: {failure.command_message}")
    said = {failure.server_id: failure.message for failure in report.failures}
    bad = False
    for library in report.libraries:
        name = f"{library.server}, {library.library}"
        if library.outcome in _BAD:
            bad = True
        # The failure of a whole server was printed above; do not repeat it for each of its libraries.
        is_said = bool(library.error) and (library.error or "") in said.get(library.server_id, "")
        if library.outcome in _BAD and not is_said:
            session.out.problem(f"{name}: {library.error or words.outcome(library.outcome)}", library.hint or "")
        if library.failed:
            bad = True
            text = ngettext("{name}: {count} item failed.", "{name}: {count} items failed.", library.failed)
            session.out.warn(text.format(name=name, count=library.failed))
        for issue in library.issues:
            # The error of the library is also among its issues, and was printed above.
            is_news = issue.remote_id is not None or not library.error or library.error not in issue.message
            if is_news and issue.level != "info" and (session.options.verbose or issue.level == "error"):
                session.out.warn(f"{name}: {issue.message}")
        if library.held_back:
            text = ngettext(
                "{name}: {count} removal is held back.",
                "{name}: {count} removals are held back.",
                library.held_back,
            )
            hint = _("List them with “retrovue removals list”, then accept or restore them.")
            session.out.warn(f"{text.format(name=name, count=library.held_back)} {hint}")
    if session.token.cancelled:
        session.out.note(_("Interrupted. Everything read so far is kept."))
        return INTERRUPTED
    dead = {failure.server_id for failure in report.failures}
    alive = {library.server_id for library in report.libraries if library.outcome not in _BAD}
    asked = dead | {library.server_id for library in report.libraries}
    if dead and asked == dead - alive:
        return NO_SERVER
    return DONE_WITH_FAILURES if dead or bad else DONE


def _library_json(library: LibraryReport, *, planned: bool) -> dict[str, object]:
    document: dict[str, object] = {
        "server": library.server,
        "library": library.library,
        "mode": library.mode.value,
        "added": library.added,
        "updated": library.updated,
        "unchanged": library.unchanged,
        "removed": library.removed,
        "held_back": library.held_back,
        "failed": library.failed,
        "outcome": library.outcome.value,
        "error": library.error,
    }
    if planned:
        document["planned"] = [
            {"action": change.action, "kind": change.kind.value, "title": change.title, "remote_id": change.remote_id}
            for change in library.planned
        ]
    return document
